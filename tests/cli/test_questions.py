"""The commands that question a saved fit: effects, classical, decide."""

from __future__ import annotations

import io
import json
import re

import numpy as np
import pandas as pd
import pytest

import bayeslogit as bl
from bayeslogit.cli import main
from bayeslogit.cli.questions import changes_of
from bayeslogit.cli.saved_arguments import PICTURES

EXAM = bl.load_dataset("exam")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with saved fits."""
    here = tmp_path_factory.mktemp("fits")
    EXAM.to_csv(here / "exam.csv", index=False)
    for name, formula in (("exam", "passed ~ hours"), ("null", "passed ~ 1")):
        bl.logistic(formula, EXAM).fit("laplace", random_seed=1, draws=300).save(
            here / f"{name}.nc"
        )
    bl.logistic("passed ~ hours", EXAM).fit("map").save(here / "map.nc")
    rng = np.random.default_rng(1)
    school = np.array(["east", "west"])[rng.integers(0, 2, 60)]
    x = rng.normal(size=60)
    y = (rng.random(60) < 0.3 + 0.4 * (school == "west")).astype(int)
    data = {"y": y, "x": x, "school": school, "smoker": x > 0.3}
    bl.logistic("y ~ x + school + smoker", data).fit("laplace", random_seed=1, draws=300).save(
        here / "school.nc"
    )
    return here


@pytest.fixture
def run(folder, capsys, monkeypatch):
    """Run a command in that folder; return status, stdout and stderr."""
    monkeypatch.chdir(folder)
    monkeypatch.setenv("COLUMNS", "100")

    def run_it(*argv):
        try:
            status = main([str(a) for a in argv])
        except SystemExit as error:
            status = error.code
        out, err = capsys.readouterr()
        return status, out, err

    return run_it


def test_levels_that_were_not_fitted(run, folder):
    new = pd.DataFrame({"x": [0.1, 0.2], "school": ["north", "west"], "smoker": [True, False]})
    new.to_csv(folder / "new.csv", index=False)
    status, _, err = run("predict", "school.nc", "new.csv")
    assert status == 1
    assert "on the command line --new-levels" in err
    fit, words = bl.load(folder / "school.nc"), ("--new-levels", "average")
    status, out, err = run("predict", "school.nc", "new.csv", *words)
    expected = fit.predict(new, new_levels="average")
    np.testing.assert_allclose(pd.read_csv(io.StringIO(out))["mean"], expected["mean"], rtol=1e-12)
    assert (status, err) == (0, f"bayeslogit: {expected.attrs['note']}\n")
    assert run("predict", "school.nc", "new.csv", *words, "--quiet") == (0, out, "")
    asked = ("--data", "new.csv", *words, "--json")
    found = json.loads(run("effects", "school.nc", "--change", "x", *asked)[1])
    effects = fit.comparisons("x", newdata=new, new_levels="average")
    assert found["note"] == expected.attrs["note"]
    assert found["effects"][0]["estimate"] == pytest.approx(effects["estimate"].iloc[0], rel=1e-12)
    status, out, err = run("decide", "school.nc", "--cutoff", 0.5, *asked)
    decided = fit.decide(new, cutoff=0.5, new_levels="average")["probability"]
    assert json.loads(out)["decisions"][0]["probability"] == pytest.approx(decided.iloc[0])
    assert expected.attrs["note"] in err


def test_effects_say_what_python_says(run):
    status, out, err = run("effects", "exam.nc", "--change", "hours=2:4")
    assert (status, err) == (0, "")
    assert out.startswith("Effects on P(passed = 1): difference, averaged over rows\n")
    assert re.search(r"hours +4 - 2 +0\.5\d\d +\[0\.\d+, 0\.\d+\] +(1\.000|0\.99\d)", out)
    said = json.loads(run("effects", "exam.nc", "--change", "hours=2:4", "--json")[1])
    table = bl.load("exam.nc").comparisons({"hours": (2, 4)})
    assert said["effects"][0]["estimate"] == pytest.approx(table["estimate"].iloc[0])
    assert said["comparison"] == "difference"


@pytest.mark.parametrize(
    ("argv", "call"),
    [
        (["--change", "x=sd"], lambda f: f.comparisons({"x": "sd"})),
        (["--change", "x=2"], lambda f: f.comparisons({"x": 2})),
        (["--change", "school=west:east"], lambda f: f.comparisons({"school": ("west", "east")})),
        (
            ["--change", "x=1", "--change", "school"],
            lambda f: f.comparisons({"x": 1, "school": "reference"}),
        ),
        (["--change", "smoker=false:true"], lambda f: f.comparisons({"smoker": (False, True)})),
        (["--change", "x", "--by", "school"], lambda f: f.comparisons("x", by=["school"])),
        (
            ["--comparison", "ratio", "--ci-prob", "0.5"],
            lambda f: f.comparisons(comparison="ratio", ci_prob=0.5),
        ),
        (
            ["--change", "x", "--comparison", "odds_ratio", "--at-mean"],
            lambda f: f.comparisons("x", comparison="odds_ratio", newdata="mean"),
        ),
        (["--change", "x", "--slopes"], lambda f: f.slopes("x")),
        (
            ["--change", "x", "--prevalence", "0.01"],
            lambda f: f.with_prevalence(0.01).comparisons("x"),
        ),
    ],
)
def test_effects_of_every_kind(run, argv, call):
    status, out, _ = run("effects", "school.nc", *argv, "--json")
    assert status == 0
    found = pd.DataFrame(json.loads(out)["effects"])
    wanted = call(bl.load("school.nc"))
    assert found["estimate"].tolist() == pytest.approx(wanted["estimate"].tolist())
    assert run("effects", "school.nc", *argv)[0] == 0


def test_narrow_effects_show_the_digits_that_tell_them_apart(run, folder):
    table = pd.DataFrame({"x": [0, 0, 1, 1], "k": [4000, 4010, 6000, 6015], "n": 10_000})
    model = bl.binomial("k ~ x", table, trials="n")
    model.fit("laplace", draws=250, random_seed=1).save(folder / "narrow.nc")
    out = run("effects", "narrow.nc")[1]
    figures = out.splitlines()[-1].replace("[", "").replace("]", "").replace(",", "").split()[2:5]
    assert len(set(figures)) == 3


def test_effects_on_other_rows_and_of_a_point(run, folder):
    (folder / "new.csv").write_text("hours\n2\n3\n")
    said = json.loads(
        run("effects", "map.nc", "--change", "hours", "--data", "new.csv", "--json")[1]
    )
    wanted = bl.load("map.nc").comparisons("hours", newdata={"hours": [2, 3]})
    assert said["effects"][0]["estimate"] == pytest.approx(wanted["estimate"].iloc[0])
    out = run("effects", "map.nc", "--change", "hours")[1]
    assert "interval" not in out
    assert "P(> 0)" not in out
    assert "P(> 1)" in run("effects", "exam.nc", "--comparison", "odds_ratio")[1]


def test_number_needed_to_treat_leaves_out_what_text_does_not_need(run):
    out = run("effects", "exam.nc", "--change", "hours=2:4", "--comparison", "nnt")[1]
    assert "bounded" not in out


def test_classical_prints_the_table(run):
    status, out, err = run("classical", "exam.nc", "--against", "null.nc")
    assert (status, err) == (0, "")
    fit = bl.load("exam.nc")
    assert out.startswith(str(fit.classical()))
    assert "against null.nc: likelihood-ratio chi-square 11.6661 on 1 df, p = 0.000636483" in out
    said = json.loads(run("classical", "exam.nc", "--wald", "--json", "--ci-prob", "0.9")[1])
    hours = said["coefficients"][1]
    assert hours["estimate"] == pytest.approx(1.504645428, abs=1e-8)
    assert {"wald90_lb", "wald90_ub", "firth", "posterior_mean"} <= set(hours)
    assert {row["statistic"] for row in said["statistics"]} >= {"tjur", "aic", "nagelkerke"}
    assert said["against"] is None
    test = json.loads(run("classical", "exam.nc", "--against", "null.nc", "--json")[1])["against"]
    assert test["df"] == 1


def test_classical_writes_residuals(run, folder):
    assert run("classical", "exam.nc", "--residuals", "rows.csv")[0] == 0
    table = pd.read_csv(folder / "rows.csv")
    assert list(table.columns[:2]) == ["obs", "linear"]
    assert table["leverage"].sum() == pytest.approx(2.0)


def test_validate_corrects_for_optimism(run):
    asked = ["validate", "exam.nc", "--repeats", 20, "--seed", 3]
    found = json.loads(run(*asked, "--json")[1])
    expected = bl.load("exam.nc").validate(repeats=20, random_seed=3, progressbar=False)
    assert [row["index"] for row in found["indices"]] == expected.indices.index.tolist()
    assert found["indices"][0]["corrected"] == pytest.approx(expected.indices["corrected"].iloc[0])
    assert len(found["curve"]) == 50
    status, out, _ = run(*asked)
    assert status == 0
    assert "optimism" in out
    assert "somers_d" in out
    by = json.loads(run("validate", "school.nc", "--by", "school", "--seed", 1, "--json")[1])
    assert [row["level"] for row in by["levels"][::5]] == ["east", "west"]
    assert by["pooled"][0]["levels"] == 2
    assert "Internal-external" in run("validate", "school.nc", "--by", "school")[1]
    assert "is not a predictor" in run("validate", "school.nc", "--by", "site")[2]
    status, _, err = run("validate", "exam.nc", "--how", "kfold", "--folds", 50)
    assert status == 1
    assert "is not a number of folds" in err


def test_decide_compares_policies(run):
    argv = ["decide", "exam.nc", "--false-positive", 1, "--false-negative", 4]
    status, out, err = run(*argv)
    assert (status, err) == (0, "")
    assert "act where the probability is above 0.2" in out
    assert re.search(r"all: 1 +0\.\d+ +\[", out)
    said = json.loads(run(*argv, "--json")[1])
    assert said["cutoff"] == 0.2
    wanted = bl.load("exam.nc").expected_cost(costs={"false_positive": 1, "false_negative": 4})
    assert [p["estimate"] for p in said["policies"]] == pytest.approx(wanted["estimate"].tolist())


def test_decide_may_abstain(run):
    out = run(
        *["decide", "exam.nc", "--false-positive", 4, "--false-negative", 1, "--abstain", 0.3]
    )[1]
    assert "act where the probability is above 0.925, abstain down to 0.300" in out


def test_decide_new_rows(run, folder):
    (folder / "new.csv").write_text("hours\n2\n4\n")
    argv = ["decide", "exam.nc", "--data", "new.csv", "--false-positive", 4, "--false-negative", 1]
    status, out, _ = run(*argv)
    assert status == 0
    table = pd.read_csv(io.StringIO(out))
    costs = {"false_positive": 4, "false_negative": 1}
    wanted = bl.load("exam.nc").decide({"hours": [2, 4]}, costs=costs)
    assert table["decision"].tolist() == wanted["decision"].tolist()
    assert table["p_flip"].tolist() == pytest.approx(wanted["p_flip"].tolist())
    said = json.loads(run(*argv, "--max-flip", 0.1, "--json")[1])
    assert [row["abstain"] for row in said["decisions"]] == [False, True]
    assert said["cutoff"] == 0.8


def test_decide_by_a_cutoff_and_in_a_population(run):
    out = run("decide", "exam.nc", "--cutoff", 0.3)[1]
    assert "above 0.300" in out
    rare = json.loads(run("decide", "exam.nc", "--prevalence", 0.01, "--json")[1])
    assert rare["policies"][2]["estimate"] > 0.49  # of 0.5 at most


@pytest.mark.parametrize(
    ("argv", "status", "sentence"),
    [
        (["effects", "exam.nc", "--change", "hour"], 1, "Did you mean 'hours'?"),
        (
            ["effects", "exam.nc", "--change", "hours=many"],
            2,
            "'many' is not a number; expected a step",
        ),
        (["effects", "exam.nc", "--slopes", "--comparison", "ratio"], 2, "exclude one another"),
        (
            ["effects", "exam.nc", "--slopes", "--change", "hours=2"],
            2,
            "--slopes takes --change NAME only",
        ),
        (["effects", "exam.nc", "--at-mean", "--data", "x.csv"], 2, "not allowed with argument"),
        (["effects", "exam.nc", "--prevalence", "2"], 1, "the prevalence is 2.0; expected a share"),
        (["effects", "none.nc"], 1, "there is no file 'none.nc'"),
        (["effects", "map.nc", "--ci-prob", "0.9"], 1, "an interval needs many draws"),
        (["classical", "exam.nc", "--ci-prob", "95"], 1, "--ci-prob 95.0 is not a probability"),
        (["decide", "exam.nc", "--false-positive", "-1", "--false-negative", "2"], 1, "is -1;"),
        (["decide", "exam.nc", "--max-flip", "0.1"], 2, "--max-flip is for the decisions of rows"),
    ],
)
def test_mistakes(run, argv, status, sentence):
    found, out, err = run(*argv)
    assert (found, out) == (status, "")
    assert sentence in err


def test_changes_keep_the_type_of_their_column():
    design = bl.logistic("passed ~ hours", EXAM).design
    assert changes_of([], design) is None
    assert changes_of(["hours"], design) == ["hours"]
    assert changes_of(["hours=2:4"], design) == {"hours": (2.0, 4.0)}
    assert changes_of(["hours=iqr", "other=a:b"], design) == {"hours": "iqr", "other": ("a", "b")}


@pytest.mark.parametrize("command", ["effects", "classical", "decide"])
def test_help(run, command):
    status, text, _ = run(command, "--help")
    assert status == 0
    assert "--json" in text
    assert "--quiet" in text
    assert command in run("--help")[1]


# ---- pictures -----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [kind for kind in PICTURES if kind != "groups"])
def test_pictures_of_answers(run, folder, kind):
    status, out, err = run("plot", "exam.nc", "--kind", kind, "--ci-prob", 0.8, "--quiet")
    assert (status, out, err) == (0, f"exam-{kind}.png\n", "")
    assert (folder / f"exam-{kind}.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("kind", ["curve", "forest", "effects", "net_benefit", "roc"])
def test_pictures_of_a_population(run, folder, kind):
    path = f"rare-{kind}.png"
    argv = ("plot", "exam.nc", "--kind", kind, "--prevalence", 0.01, "-o", path, "--quiet")
    assert run(*argv) == (0, f"{path}\n", "")
    assert (folder / path).read_bytes().startswith(b"\x89PNG")


def test_a_picture_of_the_sample_is_none_of_a_population(run):
    status, out, err = run("plot", "exam.nc", "--kind", "ppc", "--prevalence", 0.01)
    assert (status, out) == (1, "")
    assert "plot_ppc is about the sample" in err
    assert "on the command line leave --prevalence out" in err


def test_pictures_of_one_of_several_classes(run, folder):
    rng = np.random.default_rng(0)
    x = rng.normal(size=60)
    y = np.array(["a", "b", "c"])[rng.integers(0, 3, 60)]
    model = bl.multinomial("y ~ x", {"x": x, "y": y})
    model.fit("laplace", random_seed=1, draws=100).save(folder / "several.nc")
    status, out, _ = run("plot", "several.nc", "--kind", "roc", "--event", "b", "--quiet")
    assert (status, out) == (0, "several-roc.png\n")
    status, _, err = run("plot", "several.nc", "--kind", "roc", "--quiet")
    assert status == 1
    assert "none was named; expected the one that counts as the event" in err
    status, _, err = run("plot", "several.nc", "--kind", "effects", "--event", "b")
    assert status == 2
    assert "--event is not for --kind effects, which is of all classes" in err


def test_answers_for_new_rows_take_their_offset(run):
    data = bl.load_dataset("exam").assign(o=0.1)
    data.to_csv("with_offset.csv", index=False)
    run(
        "fit",
        "with_offset.csv",
        "passed ~ hours",
        "--offset",
        "o",
        "--method",
        "laplace",
        "-o",
        "o.nc",
    )
    for command in (["effects"], ["decide", "--cutoff", "0.5"]):
        arguments = [command[0], "o.nc", *command[1:], "--data", "with_offset.csv"]
        status, _, err = run(*arguments)
        assert status == 1
        assert "the new rows have none" in err
        assert run(*arguments, "--offset", "o")[0] == 0
        status, _, err = run(*arguments[:-2], "--offset", "o")
        assert status == 2
        assert "--offset is a column of the rows of --data" in err
