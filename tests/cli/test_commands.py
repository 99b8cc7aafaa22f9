"""The command line: what it prints and where, its exit status, and how it answers mistakes."""

from __future__ import annotations

import gzip
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import bayeslogit as bl
from bayeslogit.cli import commands, main
from bayeslogit.cli.arguments import priors_of
from bayeslogit.cli.output import rows_of_text, to_json
from bayeslogit.cli.parser import build_parser
from bayeslogit.cli.tables import read_table
from bayeslogit.text import clean, figures

EXAM = bl.load_dataset("exam")
FORMULA = "passed ~ hours"


def number(value):
    return figures(value)[0]


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder with the exam data, to work in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    EXAM.to_csv("exam.csv", index=False)
    return tmp_path


@pytest.fixture
def run(here, capsys):
    """Run a command in that folder; return status, stdout and stderr."""

    def run_it(*argv):
        try:
            status = main([str(a) for a in argv])
        except SystemExit as error:
            status = error.code
        out, err = capsys.readouterr()
        return status, out, err

    return run_it


@pytest.fixture
def saved(run):
    """A saved fit of the exam data."""
    status, _, err = run("fit", "exam.csv", FORMULA, "-o", "exam.nc", "--seed", 1, "--draws", 200)
    assert (status, err) == (0, "")
    return "exam.nc"


def is_png(path):
    return Path(path).read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"


# A fresh process finds the package wherever it is started.
ENVIRONMENT = os.environ | {"PYTHONPATH": str(Path(bl.__file__).parents[1])}


def python(*argv, env=None, **options):
    return subprocess.run(
        [sys.executable, *argv],
        capture_output=True,
        text=True,
        check=False,
        env=ENVIRONMENT | (env or {}),
        **options,
    )


def command(*argv, **options):
    return python("-m", "bayeslogit", *argv, **options)


# ---- demo ---------------------------------------------------------------------------------


def test_demo_prints_model_posterior_probabilities_hours_and_diagnostics(run):
    status, out, err = run("demo")
    assert (status, err) == (0, "")
    assert max(map(len, out.splitlines())) <= 100
    fit = bl.logistic(FORMULA, EXAM).fit("auto", random_seed=1)
    assert repr(fit.model) in out
    for hours, row in zip(
        range(1, 6), fit.predict({"hours": [1.0, 2, 3, 4, 5]}).values, strict=True
    ):
        mean, _, low, high = row
        assert re.search(rf"^ *{hours} +{mean:.3f} +\[{low:.3f}, {high:.3f}\]$", out, re.MULTILINE)
    needed = fit.solve("hours", probability=0.9).iloc[0]
    assert f"Hours needed for a 90 % chance: {needed['median']:.2f} [" in out
    assert "Diagnostics: R-hat at most 1.0" in out
    assert "Picture: exam-curve.png" in out
    assert is_png("exam-curve.png")


def test_demo_is_the_same_every_time(run):
    first, second = (run("demo", "--draws", 100)[1] for _ in range(2))
    shorten = re.compile(r"\([\d.]+ s for everything\)")
    assert shorten.sub("", first) == shorten.sub("", second)


def test_demo_as_json(run):
    status, out, err = run("demo", "--json", "--output", "picture.svg", "--draws", 100)
    assert (status, err) == (0, "")
    said = json.loads(out)
    assert [row["hours"] for row in said["probability"]] == [1, 2, 3, 4, 5]
    assert said["hours_for_90_percent"]["probability"] == 0.9
    assert said["picture"] == "picture.svg"
    assert Path("picture.svg").read_text().startswith("<?xml")


@pytest.mark.parametrize("method", ["map", "laplace"])
def test_demo_by_other_methods(run, method):
    status, out, _ = run("demo", "--method", method)
    assert status == 0
    assert f"Posterior by {method}" in out
    assert ("point estimate" in out) == (method == "map")


# ---- fit and summary ----------------------------------------------------------------------


def test_fit_prints_what_the_python_interface_says(run):
    status, out, err = run("fit", "exam.csv", FORMULA, "--seed", 3, "--ci-prob", 0.9)
    assert (status, err) == (0, "")
    fit = bl.logistic(FORMULA, EXAM).fit(random_seed=3)
    assert repr(fit.model) in out
    assert "4 chains x 1000 draws, seed 3" in out
    table = fit.summary(ci_prob=0.9)
    ratios = np.quantile(np.exp(fit.theta), [0.05, 0.5, 0.95], axis=1)
    for i, name in enumerate(table.index):
        line = next(x for x in out.splitlines() if x.strip().startswith(f"{name} ") and "[" in x)
        cells = re.split(r"\s{2,}", line.strip())
        row = table.loc[name]
        low, median, high = map(number, ratios[:, i])
        assert cells == [
            name,
            number(row["mean"]),
            number(row["sd"]),
            f"[{number(row['eti90_lb'])}, {number(row['eti90_ub'])}]",
            median,
            f"[{low}, {high}]",
            f"{min(row['ess_bulk'], row['ess_tail']):.0f}",
            f"{row['r_hat']:.3f}",
        ]
    assert "90 % interval" in out


def test_fit_saves_and_summary_prints_the_same(run, saved):
    fit = bl.load(saved)
    assert fit.seed == 1
    assert fit.outcome.draws.shape == (4, 200, 2)
    status, out, err = run("summary", saved)
    assert (status, err) == (0, "")
    again = run("fit", "exam.csv", FORMULA, "-o", "exam.nc", "--seed", 1, "--draws", 200)[1]
    assert again == out + "Saved: exam.nc\n"


def test_summary_as_json_and_csv(run, saved):
    fit = bl.load(saved)
    _, out, _ = run("summary", saved, "--json", "--scale", "odds_ratio", "--ci-prob", 0.5)
    said = json.loads(out)
    expected = fit.summary("odds_ratio", ci_prob=0.5)
    assert [row["term"] for row in said["coefficients"]] == list(expected.index)
    assert said["coefficients"][1]["eti50_ub"] == expected.loc["hours", "eti50_ub"]
    assert said["formula"] == FORMULA
    assert said["event"] == "1"
    assert said["exact"] is True
    assert said["problems"] == []
    _, out, _ = run("summary", saved, "--csv")
    table = pd.read_csv(io.StringIO(out), index_col="term")
    pd.testing.assert_frame_equal(fit.summary(), table, check_names=False)


@pytest.mark.parametrize("base", ["e", "2", "10"])
def test_summary_in_bits_and_bans(run, saved, base):
    fit = bl.load(saved)
    expected = fit.summary(base="e" if base == "e" else int(base))
    said = json.loads(run("summary", saved, "--json", "--base", base)[1])
    assert str(said["base"]) == base
    assert [row["mean"] for row in said["coefficients"]] == list(expected["mean"])
    _, out, _ = run("summary", saved, "--csv", "--base", base)
    table = pd.read_csv(io.StringIO(out), index_col="term")
    pd.testing.assert_frame_equal(expected, table, check_names=False)
    _, text, _ = run("summary", saved, "--base", base)
    cells = next(line for line in text.splitlines() if line.startswith("  hours ")).split()
    plain = next(
        line for line in run("summary", saved)[1].splitlines() if line.startswith("  hours ")
    ).split()
    if base == "e":
        assert cells == plain
        return
    assert cells[1:3] == [number(expected.loc["hours", c]) for c in ("mean", "sd")]
    assert cells[5:] == plain[5:]  # odds ratios have no base
    assert f"(log-odds to base {base}). Posterior by" in text


def test_summary_of_a_point_in_bits(run):
    run("fit", "exam.csv", FORMULA, "--method", "map", "--prior", "flat", "-o", "map.nc")
    out = run("summary", "map.nc", "--base", 2)[1]
    cells = next(line for line in out.splitlines() if line.startswith("  hours ")).split()
    table = bl.load("map.nc").summary(base=2).loc["hours"]
    assert cells[1:3] == [number(table["mode"]), number(table["curvature_sd"])]
    status, _, err = run("summary", "map.nc", "--base", 2, "--scale", "odds_ratio", "--csv")
    assert status == 1
    assert "--base 2 does not suit --scale odds_ratio, which has no base" in err


def test_a_sample_of_cases_and_controls(run):
    _, out, err = run("fit", "exam.csv", FORMULA, "--case-control", "--seed", 1, "-o", "cc.nc")
    assert err == ""
    assert "sample      cases and controls apart: risks need the prevalence" in out
    fit = bl.load("cc.nc")
    assert fit.model.response.case_control
    assert json.loads(run("summary", "cc.nc", "--json")[1])["case_control"] is True
    _, _, err = run("predict", "cc.nc", "exam.csv")
    assert "predicted risks depend on the share of cases" in err
    assert "(on the command line --prevalence 0.0001)" in err
    # What the sample was weighed against: the shift of the intercept is known.
    shift = np.log(0.01 / 0.99)  # half of the students passed
    plain = fit.summary()["mean"]
    for extra in ((), ("--base", "10")):
        said = json.loads(run("summary", "cc.nc", "--prevalence", 0.01, "--json", *extra)[1])
        divisor = np.log(10.0) if extra else 1.0
        means = [row["mean"] for row in said["coefficients"]]
        expected = [(plain["Intercept"] + shift) / divisor, plain["hours"] / divisor]
        np.testing.assert_allclose(means, expected)
    _, out, err = run("summary", "cc.nc", "--prevalence", 0.01)
    assert err == ""
    assert "intercept corrected to a prevalence of 0.01" in out
    _, out, err = run("predict", "cc.nc", "exam.csv", "--prevalence", 0.01)
    assert err == ""
    expected = fit.with_prevalence(0.01).predict(EXAM)
    np.testing.assert_allclose(pd.read_csv(io.StringIO(out))["mean"], expected["mean"])
    _, out, err = run("predict", "cc.nc", "exam.csv", "--prevalence", "beta:2:998")
    assert err == ""
    from scipy.stats import beta

    expected = fit.with_prevalence(beta(2, 998)).predict(EXAM)
    np.testing.assert_allclose(pd.read_csv(io.StringIO(out))["sd"], expected["sd"])


@pytest.mark.parametrize("words", ["many", "beta:2", "beta:a:b", "beta:0:1", "a=b"])
def test_a_prevalence_that_is_none(run, saved, words):
    status, out, err = run("predict", saved, "exam.csv", "--prevalence", words)
    assert (status, out) == (2, "")
    assert f"--prevalence {words} is not a share; expected a number such as 0.001" in err


def test_fit_as_json(run):
    status, out, _ = run("fit", "exam.csv", FORMULA, "--method", "map", "--prior", "flat", "--json")
    assert status == 0
    said = json.loads(out)
    assert [round(row["mode"], 4) for row in said["coefficients"]] == [-4.0777, 1.5046]
    assert said["file"] is None


def test_fit_by_map_is_a_point_with_its_curvature(run):
    _, out, _ = run("fit", "exam.csv", FORMULA, "--method", "map", "--prior", "flat")
    assert re.search(r"hours +1\.50 +0\.629 +4\.50", out)
    assert "point estimate after" in out
    assert "seed" not in out


def test_fit_reads_stdin(run, monkeypatch):
    content = EXAM.to_csv(index=False).encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    status, out, _ = run("fit", "-", FORMULA, "--method", "map", "--json")
    assert status == 0
    assert json.loads(out)["rows"] == 20


def test_fit_with_event_weights_offset_link_and_missing(run):
    data = EXAM.assign(
        grade=np.where(EXAM["passed"] == 1, "pass", "fail"), w=1.5, o=0.25, x=EXAM["hours"]
    )
    data.loc[3, "x"] = np.nan
    data.to_csv("more.csv", index=False)
    arguments = ["fit", "more.csv", "grade ~ x", "--method", "map", "--json"]
    status, _, err = run(*arguments)
    assert status == 1
    assert "Column 'x' of the data has no value" in err
    arguments += ["--missing", "drop", "--event", "fail", "--weights", "w", "--offset", "o"]
    status, out, _ = run(*arguments, "--link", "probit")
    assert status == 0
    said = json.loads(out)
    assert (said["rows"], said["dropped"], said["event"]) == (19, 1, "fail")
    assert said["link"] == "probit"
    model = bl.logistic(
        "grade ~ x", data, weights="w", offset="o", event="fail", missing="drop", link="probit"
    )
    assert said["coefficients"][1]["mode"] == model.fit("map").theta[1, 0]


def test_fit_of_counts(run):
    bl.load_dataset("seeds").to_csv("seeds.csv", index=False)
    arguments = ["fit", "seeds.csv", "germinated ~ x1 * x2", "--trials", "n", "--method", "map"]
    status, out, _ = run(*arguments, "--prior", "flat", "--json")
    assert status == 0
    modes = [round(row["mode"], 6) for row in json.loads(out)["coefficients"]]
    assert modes == [-0.558172, 0.145927, 1.318182, -0.778104]  # R: glm(cbind(r, n - r) ~ x1 * x2)
    status, _, err = run(*arguments, "--event", "1")
    assert status == 2
    assert "--event and --trials exclude one another" in err


def test_same_seed_same_answer_and_a_fresh_seed_is_printed(run):
    arguments = ["fit", "exam.csv", FORMULA, "--draws", 50]
    first, second = (run(*arguments, "--seed", 5)[1] for _ in range(2))
    assert first == second
    out = run(*arguments)[1]
    seed = re.search(r"seed (\d+)", out)[1]
    assert run(*arguments, "--seed", seed)[1] == out


def test_what_samplers_print_goes_to_stderr(run, monkeypatch):
    fit = bl.Model.fit

    def chatty(self, *args, **options):
        print("sampling ...")
        return fit(self, *args, **options)

    monkeypatch.setattr(bl.Model, "fit", chatty)
    status, out, err = run("fit", "exam.csv", FORMULA, "--method", "map", "--json")
    assert status == 0
    assert json.loads(out)
    assert err == "sampling ...\n"


def test_warnings_are_lines_on_stderr_unless_quiet(run):
    few = pd.DataFrame({"x": [1.0, 2, 3, 4], "y": [0, 0, 1, 1]})
    few.to_csv("few.csv", index=False)
    arguments = [
        "fit",
        "few.csv",
        "y ~ x",
        "--method",
        "laplace",
        "--seed",
        1,
        "--prior",
        "normal:99",
    ]
    status, out, err = run(*arguments)
    assert status == 0
    assert re.fullmatch(r"bayeslogit: warning: .*Pareto k.*\n", err)
    assert "warning" not in out
    assert run(*arguments, "--quiet") == (0, out, "")


# ---- predict ------------------------------------------------------------------------------


def test_predict_as_csv(run, saved):
    pd.DataFrame({"extra": ["a", "b"], "hours": [1.0, 3.0]}).to_csv("new.csv", index=False)
    status, out, err = run("predict", saved, "new.csv")
    assert (status, err) == (0, "")
    table = pd.read_csv(io.StringIO(out))
    expected = bl.load(saved).predict({"hours": [1.0, 3.0]})
    expected.insert(0, "hours", [1.0, 3.0])
    expected.insert(0, "extra", ["a", "b"])
    pd.testing.assert_frame_equal(expected, table, check_exact=True, check_names=False)


def test_predict_as_json_and_into_files(run, saved):
    status, out, _ = run("predict", saved, "exam.csv", "--json", "--ci-prob", 0.5)
    assert status == 0
    records = json.loads(out)
    assert list(records[0]) == ["hours", "passed", "mean", "sd", "eti50_lb", "eti50_ub"]
    assert run("predict", saved, "exam.csv", "-o", "p.json", "--ci-prob", 0.5) == (0, "", "")
    assert json.loads(Path("p.json").read_text()) == records
    assert run("predict", saved, "exam.csv", "-o", "p.csv") == (0, "", "")
    assert len(pd.read_csv("p.csv")) == 20


def test_predict_other_kinds(run, saved):
    _, out, _ = run("predict", saved, "exam.csv", "--kind", "class", "--cutoff", 0.8, "--json")
    records = json.loads(out)
    assert all((row["probability"] > 0.8) == (row["class"] == 1) for row in records)
    outcomes = [
        run("predict", saved, "exam.csv", "--kind", "outcome", "--seed", seed)[1]
        for seed in (1, 1, 2)
    ]
    assert outcomes[0] == outcomes[1] != outcomes[2]
    assert "\nhours" not in run("predict", saved, "exam.csv", "--kind", "linear")[1]


def test_predict_counts_with_trials_and_offset(run):
    data = bl.load_dataset("seeds").assign(o=0.1)
    data.to_csv("seeds.csv", index=False)
    run("fit", "seeds.csv", "germinated ~ x1", "--trials", "n", "-o", "s.nc", "--offset", "o")
    arguments = ["predict", "s.nc", "seeds.csv", "--kind", "outcome", "--json", "--seed", 1]
    status, _, err = run(*arguments)
    assert status == 1
    assert "on the command line --offset COLUMN" in err
    arguments += ["--offset", "o"]
    status, _, err = run(*arguments)
    assert status == 1
    assert "need their trials" in err
    status, out, _ = run(*arguments, "--trials", "n", "--offset", "o")
    assert status == 0
    means = [row["mean"] for row in json.loads(out)]
    assert all(0 <= mean <= n for mean, n in zip(means, data["n"], strict=True))
    status, _, err = run(*arguments, "--trials", "m")
    assert status == 1
    assert "--trials names the column 'm', which the new rows do not have" in err


def test_predictions_do_not_overwrite_a_predictor_of_their_name(run):
    EXAM.rename(columns={"hours": "mean"}).to_csv("mean.csv", index=False)
    run("fit", "mean.csv", "passed ~ mean", "-o", "m.nc", "--method", "laplace")
    out = run("predict", "m.nc", "mean.csv")[1]
    assert out.splitlines()[0].startswith("mean,passed,mean_,sd,")


def test_predict_several_classes(run):
    rng = np.random.default_rng(0)
    data = pd.DataFrame(
        {"x": rng.normal(size=60), "y": np.array(["a", "b", "c"])[np.arange(60) % 3]}
    )
    bl.multinomial("y ~ x", data).fit(random_seed=1, draws=100).save("several.nc")
    data.head(2).to_csv("new.csv", index=False)
    status, out, err = run("predict", "several.nc", "new.csv", "--json")
    assert (status, err) == (0, "")
    records = json.loads(out)
    assert [row["class"] for row in records] == ["a", "b", "c"] * 2
    assert [row["x"] for row in records] == np.repeat(data["x"][:2], 3).tolist()
    assert sum(row["mean"] for row in records) == pytest.approx(2)
    status, out, err = run("summary", "several.nc")
    assert (status, err) == (0, "")
    assert "b: x" in out


# ---- plot and check -----------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["curve", "forest", "ppc", "prior"])
def test_plot(run, saved, kind):
    status, out, err = run("plot", saved, "--kind", kind)
    assert (status, out, err) == (0, f"exam-{kind}.png\n", "")
    assert is_png(f"exam-{kind}.png")


def test_plot_options(run):
    data = EXAM.assign(school=np.where(EXAM.index % 2, "east", "west"), late=EXAM.index % 3 == 0)
    data.to_csv("more.csv", index=False)
    run("fit", "more.csv", "passed ~ hours + school + late", "-o", "more.nc", "--seed", 1)
    curve = ["plot", "more.nc", "--name", "hours", "--mark", 2, "--mark", 3, "--probability", 0.9]
    status, out, err = run(*curve, "--at", "school=east", "--at", "late=true", "--json")
    assert (status, err) == (0, "")
    assert json.loads(out) == {"picture": "more-curve.png"}
    assert run("plot", "more.nc", "--name", "hours", "--at", "late=maybe") == (
        2,
        "",
        "bayeslogit plot: --at late=maybe: 'maybe' is not true or false, as 'late' is\n"
        "try: bayeslogit plot --help\n",
    )
    assert run("plot", "more.nc", "--at", "school")[0] == 2
    assert run("plot", "more.nc", "--name", "late", "--at", "hours=x")[0] == 2
    status, _, err = run("plot", "more.nc", "--kind", "forest", "--mark", 3)
    assert status == 2
    assert "--mark is for --kind curve" in err


def test_plot_into_an_unknown_kind_of_file(run, saved):
    status, out, err = run("plot", saved, "-o", "exam.xyz")
    assert (status, out) == (1, "")
    assert "'exam.xyz' has no ending of a picture; expected one of" in err
    status, _, err = run("plot", saved, "-o", "nowhere/exam.png")
    assert status == 1
    assert "nowhere' does not exist; expected a folder to put 'exam.png' in; create it" in err


def test_plot_leaves_no_figure_behind(run, saved):
    import matplotlib.pyplot as plt

    before = plt.get_fignums()
    run("plot", saved)
    run("plot", saved, "--name", "nothing")
    assert plt.get_fignums() == before


def test_check(run, saved):
    status, out, err = run("check", saved)
    assert (status, err) == (0, "")
    fit = bl.load(saved)
    assert fit.diagnostics() in out
    assert re.search(r"hours +1\.0\d\d +\d+ +\d+", out)
    assert str(fit.check(progressbar=False)) in out
    said = json.loads(run("check", saved, "--json")[1])
    assert said["usable"] is True
    assert {row["term"] for row in said["coefficients"]} == {"Intercept", "hours"}
    codes = {finding.code for finding in fit.check(progressbar=False).findings}
    assert {finding["code"] for finding in said["findings"]} == codes


def test_check_fails_where_the_numbers_should_not_be_used(run, saved):
    from dataclasses import replace

    fit = bl.load(saved)
    problem = bl.Problem("divergences", "17 divergences; expected none; use a prior.", "severe")
    replace(fit, outcome=replace(fit.outcome, problems=(problem,))).save("bad.nc")
    status, out, _ = run("check", "bad.nc")
    assert status == 1
    assert "17 divergences" in out
    status, out, _ = run("check", "bad.nc", "--json")
    assert status == 1
    assert json.loads(out)["problems"][0]["code"] == "divergences"


# ---- reading tables -----------------------------------------------------------------------


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("ending", [".csv", ".csv.gz", ".txt"])
def test_csv_separators_and_compression(here, separator, ending):
    text = EXAM.to_csv(index=False, sep=separator)
    path = here / f"data{ending}"
    path.write_bytes(gzip.compress(text.encode()) if ending.endswith("gz") else text.encode())
    pd.testing.assert_frame_equal(read_table(str(path)), EXAM)


def test_csv_details(here):
    text = '\ufeff"a, b",ünï,g,missing\n1,2.5,None,NA\n2,3.5,x,\n3,4.5,"two\nlines",null\n'
    Path("odd.csv").write_text(text, encoding="utf-8")
    table = read_table("odd.csv")
    assert list(table.columns) == ["a, b", "ünï", "g", "missing"]
    assert table["g"].tolist() == ["None", "x", "two\nlines"]
    assert table["missing"].isna().all()


def test_parquet(here):
    EXAM.to_parquet("exam.parquet")
    pd.testing.assert_frame_equal(read_table("exam.parquet"), EXAM)


def test_parquet_without_pyarrow(here, monkeypatch):
    def no_engine(path):
        raise ImportError

    EXAM.to_parquet("exam.parquet")
    monkeypatch.setattr(pd, "read_parquet", no_engine)
    with pytest.raises(bl.DesignError, match=r"pyarrow is not installed.*pip install"):
        read_table("exam.parquet")


def test_no_rows_to_predict_are_no_answers(run, saved):
    Path("none.csv").write_text("hours,patient\n")
    _, full, _ = run("predict", saved, "exam.csv")
    status, out, err = run("predict", saved, "none.csv")
    assert (status, err, len(out.splitlines())) == (0, "", 1)
    assert {"hours", "mean", "sd", "eti89_lb"} <= set(out.strip().split(","))
    assert set(full.splitlines()[0].split(",")) - set(out.strip().split(",")) <= set(EXAM)
    assert run("predict", saved, "none.csv", "--json")[:2] == (0, "[]\n")
    status, out, err = run("decide", saved, "--data", "none.csv", "--cutoff", 0.2)
    assert status == 0
    assert len(out.splitlines()) == 1
    assert "decision" in out


BAD = {
    "twice.csv": (b"x,y,x\n1,2,3\n", "more than one column named 'x'"),
    "ragged.csv": (b"x,y\n1,2\n1,2,3\n", "is not a table"),
    "empty.csv": (b"", "is empty; expected a CSV file"),
    "blank.csv": (b"\n\n", "is empty; expected a CSV file"),
    "header.csv": (b"x,y\n", "has the columns 'x', 'y' and no rows"),
    "latin.csv": ("x,y\ncafé,1\n".encode("latin-1"), "is not UTF-8 text (byte 7 is 0xe9)"),
    "broken.parquet": (b"PAR1 nothing", "cannot be read as Parquet"),
    "broken.csv.gz": (b"x,y\n1,2\n", "cannot be read"),
}


@pytest.mark.parametrize("name", BAD)
def test_files_that_are_no_tables(run, name):
    content, sentence = BAD[name]
    Path(name).write_bytes(content)
    status, out, err = run("fit", name, "y ~ x")
    assert (status, out) == (1, "")
    assert sentence in err
    assert "expected" in err or "each name may occur once" in err
    assert "Traceback" not in err


def test_files_that_are_not_there(run, here):
    status, _, err = run("fit", "exan.csv", FORMULA)
    assert status == 1
    assert "there is no file 'exan.csv'" in err
    assert "Did you mean 'exam.csv'?" in err
    assert "there is no file 'none.parquet'" in run("fit", "none.parquet", FORMULA)[2]
    (here / "folder").mkdir()
    assert "'folder' is a folder; expected a CSV" in run("fit", "folder", FORMULA)[2]


# ---- mistakes -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        ([], "required: COMMAND"),
        (["fix"], "invalid choice: 'fix'"),
        (["fit", "exam.csv"], "required: FORMULA"),
        (["fit", "exam.csv", FORMULA, "--draws", "many"], "invalid int value: 'many'"),
        (["fit", "exam.csv", FORMULA, "--seed", "-1"], "invalid seed"),
        (["fit", "exam.csv", FORMULA, "--meth", "map"], "unrecognized arguments: --meth"),
        (["fit", "exam.csv", FORMULA, "--method", "nutz"], "Did you mean 'nuts'?"),
        (["fit", "exam.csv", FORMULA, "--missing", "keep"], "invalid choice: 'keep'"),
        (["fit", "exam.csv", FORMULA, "--prior", "norm:2"], "Did you mean 'normal'?"),
        (["fit", "exam.csv", FORMULA, "--prior", "normal:x"], "something else than numbers"),
        (["fit", "exam.csv", FORMULA, "--prior", "normal:-1"], "expected a positive finite number"),
        (["fit", "exam.csv", FORMULA, "--prior", "normal:1:2:3"], "--prior normal:1:2:3"),
        (["fit", "exam.csv", FORMULA, *["--prior", "normal:1"] * 2], "names 'slopes' twice"),
        (["summary", "exam.nc", "--json", "--csv"], "not allowed with argument"),
    ],
)
def test_wrong_usage(run, argv, sentence):
    status, out, err = run(*argv)
    assert (status, out) == (2, "")
    assert sentence in err
    assert re.search(r"\ntry: bayeslogit( \w+)? --help\n$", err)


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        (["fit", "exam.csv", "passed ~ hour"], "Did you mean 'hours'?"),
        (["fit", "exam.csv", "hours ~ passed"], "two classes, were expected"),
        (["fit", "exam.csv", "passed ~ __import__('os').system('ls')"], "bayeslogit: "),
        (["fit", "exam.csv", FORMULA, "--draws", "0"], "--draws 0 is not a number of draws"),
        (["fit", "exam.csv", FORMULA, "--ci-prob", "95"], "--ci-prob 95.0 is not a probability"),
        (["fit", "exam.csv", FORMULA, "--event", "2"], "--event 2 is not among the classes"),
        (["fit", "exam.csv", FORMULA, "--link", "arcsine"], "--link arcsine is not known"),
        (["fit", "exam.csv", FORMULA, "--prior", "age=normal:1"], "'age', which is not a term"),
        (["fit", "exam.csv", FORMULA, "-o", "no/where.nc"], "does not exist; expected a folder"),
        (["fit", "exam.csv", FORMULA, "-o", "."], "is a folder; expected the name of a file"),
        (["summary", "exam.csv"], "is a text file that starts with 'hours,passed"),
        (["predict", "none.nc", "exam.csv"], "there is no file 'none.nc'"),
        (["check", "none.nc"], "there is no file 'none.nc'"),
    ],
)
def test_expected_errors_are_one_line_on_stderr(run, argv, sentence):
    status, out, err = run(*argv)
    assert (status, out) == (1, "")
    assert sentence in err
    assert err.startswith("bayeslogit: ")
    assert err.count("\n") == 1


def test_errors_of_predictions(run, saved):
    Path("new.csv").write_text("hour\n1\n")
    status, out, err = run("predict", saved, "new.csv")
    assert (status, out) == (1, "")
    assert "There is no column 'hours' in the new rows" in err
    status, _, err = run("predict", saved, "exam.csv", "-o", "no/where.csv")
    assert status == 1
    assert "does not exist; expected a folder" in err


def test_a_failed_fit_leaves_the_saved_one(run, saved):
    before = Path(saved).read_bytes()
    for bad in (["passed ~ hour"], [FORMULA, "--draws", 0], [FORMULA, "--method", "x"]):
        assert run("fit", "exam.csv", *bad, "-o", saved)[0] != 0
    assert Path(saved).read_bytes() == before


def test_interruption(run, monkeypatch):
    def interrupt(args):
        raise KeyboardInterrupt

    monkeypatch.setattr(commands, "demo", interrupt)
    assert run("demo") == (130, "", "bayeslogit: interrupted\n")


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (MemoryError(), "the memory is not enough"),
        (PermissionError(13, "Permission denied", "x.csv"), "x.csv: Permission denied; check"),
    ],
)
def test_the_system_says_no(run, monkeypatch, error, sentence):
    def fail(args):
        raise error

    monkeypatch.setattr(commands, "demo", fail)
    status, out, err = run("demo")
    assert (status, out) == (1, "")
    assert sentence in err


def test_a_bug_is_not_hidden(run, monkeypatch):
    def bug(args):
        raise ZeroDivisionError

    monkeypatch.setattr(commands, "demo", bug)
    with pytest.raises(ZeroDivisionError):
        main(["demo"])


def test_closed_output_is_no_error_message(run, saved):
    large = pd.concat([EXAM] * 500)
    large.to_csv("large.csv", index=False)
    process = subprocess.Popen(
        [sys.executable, "-m", "bayeslogit", "predict", saved, "large.csv"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # Unbuffered, Python does not notice that only a part of its output was taken.
        env=ENVIRONMENT | {"PYTHONUNBUFFERED": ""},
    )
    assert process.stdout.readline().startswith(b"hours,passed,mean")
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait() == 1


# ---- arguments and output -----------------------------------------------------------------


def test_priors():
    assert priors_of([]) is None
    assert priors_of(["flat"]) == "flat"
    found = priors_of(["normal:2.5", "Intercept=flat", "a=b=studentt:3:0:1", "x=cauchy:0.5"])
    assert {term: str(prior) for term, prior in found.items()} == {
        "slopes": "Normal(0, 2.5)",
        "Intercept": "Flat()",
        "a=b": "StudentT(3, 0, 1)",
        "x": "Cauchy(0, 0.5)",
    }
    assert str(priors_of(["Normal:1:2"])["slopes"]) == "Normal(1, 2)"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (1, "1.00"),
        (-4.368, "-4.37"),
        (0.000677, "0.000677"),
        (0.0000677, "6.77e-05"),
        (123.4, "123"),
        (999.9, "1000"),
        (123456, "123456"),
        (1234567, "1.23e+06"),
        (float("inf"), "inf"),
        (float("nan"), "-"),
    ],
)
def test_number(value, text):
    assert number(value) == text


def test_json_has_only_what_json_has():
    value = {"a": float("inf"), "b": np.float64(2), "c": np.array([1, np.nan]), 3: ("é", None)}
    assert json.loads(to_json(value)) == {"a": None, "b": 2, "c": [1, None], "3": ["é", None]}


def test_text_does_not_command_the_terminal(run):
    data = EXAM.rename(columns={"hours": "hours\x1b[31m\x07"})
    data.to_csv("evil.csv", index=False)
    _, out, err = run("fit", "evil.csv", "passed ~ `hours\x1b[31m\x07`", "--method", "map")
    assert "\x1b" not in out + err
    assert "\x07" not in out + err
    assert clean("a\x1b[0mb\nc") == "a\\x1b[0mb\nc"
    assert rows_of_text(["x"], [["a\nb"]], indent="") == ["x", "a\\nb"]


def test_help_of_every_command(run):
    status, out, _ = run("--help")
    assert status == 0
    for command in ("demo", "fit", "summary", "predict", "plot", "check"):
        assert command in out
        status, text, _ = run(command, "--help")
        assert status == 0
        assert "--quiet" in text
        assert "--json" in text
    assert build_parser().prog == "bayeslogit"


def test_version_needs_nothing_heavy(here):
    code = (
        "import sys\n"
        "from bayeslogit.cli import main\n"
        "try:\n    main(['--version'])\nexcept SystemExit: pass\n"
        "heavy = {'numpy', 'pandas', 'xarray', 'scipy', 'matplotlib', 'pymc', 'rich'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    done = python("-c", code)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"bayeslogit {bl.__version__}\n"


def test_fit_by_map_loads_neither_xarray_nor_arviz_nor_pymc(here):
    code = (
        "import sys\n"
        "from bayeslogit.cli import main\n"
        f"assert main(['fit', 'exam.csv', {FORMULA!r}, '--method', 'map']) == 0\n"
        "heavy = {'xarray', 'arviz_base', 'arviz_stats', 'matplotlib', 'pymc', 'scipy.special'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    done = python("-c", code)
    assert (done.returncode, done.stderr) == (0, "")


def test_python_dash_m(here):
    done = command("fit", "-", FORMULA, "--method", "map", input=Path("exam.csv").read_text())
    assert (done.returncode, done.stderr) == (0, "")
    assert "P(passed = 1)" in done.stdout
    assert command("summary").returncode == 2


def test_output_in_an_encoding_without_the_letters(here):
    EXAM.rename(columns={"hours": "Übung"}).to_csv("u.csv", index=False)
    done = command(
        "fit",
        "u.csv",
        "passed ~ Übung",
        "--method",
        "map",
        env={"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
    )
    assert done.returncode == 0, done.stderr
    assert "\\xdcbung" in done.stdout
