"""Group-level terms from the shell: fits, priors, questions, and what is said of mistakes."""

import csv
import io
import json
import re

import numpy as np
import pytest

import bayeslogit as bl
from bayeslogit.cli import main

RNG = np.random.default_rng(6)
N = 60
WARD = np.repeat([f"w{i}" for i in range(10)], 6)
X = RNG.normal(size=N).round(3)
Y = (RNG.random(N) < 1 / (1 + np.exp(-X - np.repeat(np.linspace(-1, 1, 10), 6)))).astype(int)
FORMULA = "y ~ x + (1 | ward)"


def write(path, header, rows):
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    here = tmp_path_factory.mktemp("groups")
    write(here / "data.csv", ["y", "x", "ward"], zip(Y, X, WARD, strict=True))
    write(here / "new.csv", ["x", "ward"], [(0.5, "w3"), (0.5, "w99")])
    write(here / "without.csv", ["x"], [(0.5,), (1.5,)])
    table = {"y": Y, "x": X, "ward": WARD}
    bl.logistic(FORMULA, table).fit(draws=100, random_seed=1).save(here / "fit.nc")
    return here


def run(capsys, *words):
    try:
        status = main([str(word) for word in words])
    except SystemExit as error:
        status = error.code
    out, err = capsys.readouterr()
    return status, out, err


def test_fit_takes_priors_of_scales_and_prints_them(folder, capsys):
    data = folder / "data.csv"
    shared = ("fit", data, FORMULA, "--method", "map", "--quiet", "--seed", 1)
    for words, shown in (
        ("1 | ward=halfnormal:1", "HalfNormal(1)"),
        ("ward=exponential:2", "Exponential(2)"),
        ("ward=halfstudentt:3:1", "HalfStudentT(3, 1)"),
        ("ward=0.5", "Known(0.5)"),
        ("ward=flat", "Flat"),
    ):
        status, out, _ = run(capsys, *shared, "--prior", words)
        assert status == 0
        assert "(1 | ward): 10 groups of 6 to 6 rows" in out
        assert re.search(rf"sd of Intercept: .*{re.escape(shown)}", out, re.I), out
    words = ("fit", data, "y ~ x + (1 + x | ward)", "--method", "map", "--quiet")
    status, out, _ = run(capsys, *words, "--prior", "ward=halfnormal:1", "--prior", "ward=lkj:2")
    assert status == 0
    assert "HalfNormal(1)" in out
    assert "LKJ(2)" in out


def test_summary_has_scales_and_median_odds_ratios(folder, capsys):
    status, out, _ = run(capsys, "summary", folder / "fit.nc")
    assert status == 0
    fit = bl.load(folder / "fit.nc")
    line = next(line for line in out.splitlines() if line.startswith("  sd_ward[Intercept]"))
    mean = fit.summary()["mean"]["sd_ward[Intercept]"]
    assert float(line.split()[1]) == pytest.approx(mean, rel=0.01)
    ratio = fit.summary("odds_ratio")["median"]["median_odds_ratio_ward"]
    found = re.search(r"median odds ratio between two groups of ward: ([\d.]+) \[", out)
    assert float(found[1]) == pytest.approx(ratio, rel=0.01)
    slope = next(line for line in out.splitlines() if re.match(r"  x ", line))
    own = fit.summary("odds_ratio")["median"]["x"]
    assert any(abs(float(v) - own) < 0.02 * own for v in re.findall(r"(?<![\w.])\d+\.\d+", slope))


def test_summary_of_one_grouping(folder, capsys):
    status, out, _ = run(capsys, "summary", folder / "fit.nc", "--group", "ward", "--json")
    found = json.loads(out)
    assert status == 0
    assert found["term"] == "1 | ward"
    assert [row["group"] for row in found["effects"]] == [f"w{i}" for i in range(10)]
    assert {"share", "mean", "rank", "p_best"} <= set(found["effects"][0])
    status, out, _ = run(capsys, "summary", folder / "fit.nc", "--group", "ward", "--csv")
    assert len(list(csv.DictReader(io.StringIO(out)))) == 10
    assert "rank" in run(capsys, "summary", folder / "fit.nc", "--group", "ward")[1]
    status, _, err = run(capsys, "summary", folder / "fit.nc", "--group", "wards")
    assert status == 1
    assert "Did you mean 'ward'" in err


def test_predict_and_questions_say_which_group(folder, capsys):
    fit, new = folder / "fit.nc", folder / "without.csv"
    answers = {}
    for word in ("typical", "new", "average"):
        status, out, _ = run(capsys, "predict", fit, new, "--groups", word, "--json")
        assert status == 0
        answers[word] = [row["mean"] for row in json.loads(out)]
        loaded = bl.load(fit).predict({"x": [0.5, 1.5]}, groups=word)
        assert answers[word] == loaded["mean"].tolist()
        words = ("--data", new, "--groups", word, "--json")
        assert run(capsys, "decide", fit, "--cutoff", 0.5, *words)[0] == 0
        status, out, _ = run(capsys, "effects", fit, *words)
        assert status == 0
        path = folder / f"{word}.png"
        assert run(capsys, "plot", fit, "--groups", word, "-o", path, "--quiet")[0] == 0
        assert path.stat().st_size > 1000
    assert answers["typical"] != answers["average"] != answers["new"]


def test_plot_of_groups(folder, capsys):
    path = folder / "groups.png"
    words = ("plot", folder / "fit.nc", "--kind", "groups", "-o", path)
    assert run(capsys, *words, "--name", "ward")[0] == 0
    assert path.stat().st_size > 1000
    status, _, err = run(capsys, *words, "--mark", 2)
    assert (status, "--mark is for --kind curve" in err) == (2, True)


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (
            ["predict", "fit.nc", "new.csv"],
            1,
            "'w99', which is none of the 10 groups.*--groups new",
        ),
        (
            ["predict", "fit.nc", "without.csv"],
            1,
            "no column 'ward'.*--groups typical, --groups average or --groups new",
        ),
        (["predict", "fit.nc", "new.csv", "--groups", "all"], 2, "choose from .*average"),
        (["decide", "fit.nc", "--groups", "new"], 2, "--groups is for the decisions of rows"),
        (["fit", "data.csv", "y ~ x + (1 | wrad)"], 1, "no column 'wrad'.*Did you mean 'ward'"),
        (
            ["fit", "data.csv", FORMULA, "--prior", "1 | wrad=halfnormal:1"],
            1,
            r"--prior has the group-level term '1 \| wrad'",
        ),
        (
            ["fit", "data.csv", FORMULA, "--prior", "ward=halfnorm:1"],
            2,
            "has no prior 'halfnorm'.*'halfnormal'",
        ),
        (
            ["fit", "data.csv", FORMULA, "--prior", "ward=exponential:1", "--prior", "ward=0.5"],
            2,
            "--prior names 'ward' twice",
        ),
        (
            ["fit", "data.csv", FORMULA, "--prior", "ward=halfnormal:-1"],
            2,
            "--prior ward=halfnormal:-1:",
        ),
        (["fit", "data.csv", FORMULA, "--method", "gibbs"], 1, "group-level"),
        (["summary", "fit.nc", "--group", "1 | x"], 1, "names no group-level terms"),
    ],
)
def test_mistakes_get_a_sentence_and_a_status(folder, capsys, monkeypatch, words, status, said):
    monkeypatch.chdir(folder)
    found, _, err = run(capsys, *words)
    assert found == status
    assert re.search(said, err), err
    assert err.startswith("bayeslogit")
