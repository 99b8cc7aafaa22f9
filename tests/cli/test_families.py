"""The command line on outcomes of several classes, and on counts that vary too much."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import bayeslogit as bl
from bayeslogit.cli import main
from bayeslogit.cli.exits import UsageError
from bayeslogit.cli.families import costs_of, scores_of

LEVELS = ["Low", "Medium", "High"]
FORMULA = "satisfaction ~ contact + influence"
ORDINAL = ("--levels", "Low,Medium,High", "--weights", "frequency")
NOMINAL = ("--family", "multinomial", "--reference", "Low", "--weights", "frequency")


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Run a command in a folder with tables; return status, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    bl.load_dataset("housing").to_csv("housing.csv", index=False)
    bl.load_dataset("seeds").to_csv("seeds.csv", index=False)
    Path("new.csv").write_text("contact,influence\nLow,High\nHigh,Low\n", encoding="utf-8")

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
    """Two fits of the same table, in files."""

    def save(name, options):
        status, _, err = run(
            "fit", "housing.csv", FORMULA, *options, "-o", name, "--seed", 1, "--draws", 100
        )
        assert (status, err) == (0, "")
        return name

    return {"ordinal": save("o.nc", ORDINAL), "nominal": save("m.nc", NOMINAL)}


def housing():
    return bl.load_dataset("housing")


def csv(text):
    return pd.read_csv(io.StringIO(text))


# ---- fit ------------------------------------------------------------------------------------


def test_options_say_which_family(run):
    found = {}
    for name, options in {
        "ordinal": ORDINAL,
        "nominal": NOMINAL,
        "sequential": (*ORDINAL, "--form", "sequential", "--partial", "contact"),
        "probit": (*ORDINAL, "--link", "probit"),
        "implied": ("--reference", "High", "--weights", "frequency"),
    }.items():
        status, out, err = run("fit", "housing.csv", FORMULA, *options, "--method", "map", "--json")
        assert (status, err) == (0, ""), name
        found[name] = json.loads(out)
    assert found["ordinal"]["family"] == "cumulative"
    assert found["ordinal"]["classes"] == LEVELS
    assert found["ordinal"]["odds"].startswith("cumulative odds of satisfaction")
    assert found["nominal"]["family"] == "multinomial"
    assert found["nominal"]["odds"] == "odds of each satisfaction against Low"
    assert found["sequential"]["family"] == "sequential"
    assert "Medium|High: contact[T.Low]" in [c["term"] for c in found["sequential"]["coefficients"]]
    assert (found["probit"]["link"], found["probit"]["odds"]) == ("probit", None)
    assert found["implied"]["outcome"] == "satisfaction (against High)"
    expected = bl.ordinal(FORMULA, housing(), levels=LEVELS, weights="frequency").fit("map")
    modes = [c["mode"] for c in found["ordinal"]["coefficients"]]
    np.testing.assert_allclose(modes, expected.summary()["mode"])


def test_text_says_what_the_odds_are_of(run):
    status, out, err = run("fit", "housing.csv", FORMULA, *ORDINAL, "--seed", 1, "--draws", 100)
    assert (status, err) == (0, "")
    words = " ".join(out.split())
    assert "(odds ratio: posterior median; cumulative odds of satisfaction, above a level" in words
    assert "Low|Medium" in out
    status, out, err = run("fit", "housing.csv", FORMULA, *ORDINAL, "--method", "map")
    assert "(odds ratio; cumulative odds" in out


def test_counts_of_classes_and_overdispersed_counts(run):
    wide = housing().pivot_table(
        index=["influence", "type", "contact"], columns="satisfaction", values="frequency"
    )
    wide.reset_index().to_csv("wide.csv", index=False)
    by_counts, by_label = (
        json.loads(run(*argv, "--method", "map", "--json", "--prior", "normal:1")[1])
        for argv in (
            ("fit", "wide.csv", "~ contact", "--counts", "Low,Medium,High"),
            ("fit", "housing.csv", "satisfaction ~ contact", *NOMINAL),
        )
    )
    modes = [
        {c["term"]: c["mode"] for c in found["coefficients"]} for found in (by_counts, by_label)
    ]
    assert modes[0] == pytest.approx(modes[1], abs=1e-8)
    status, out, err = run(
        *("fit", "seeds.csv", "germinated ~ x1", "--trials", "n", "--dispersion", "beta"),
        *("--method", "map", "--json", "-o", "b.nc"),
    )
    assert (status, err) == (0, "")
    assert json.loads(out)["family"] == "beta_binomial"
    status, out, err = run("predict", "b.nc", "seeds.csv", "--kind", "outcome", "--trials", "n")
    assert (status, err) == (0, "")
    assert len(csv(out)) == 21


def test_a_prior_that_treats_classes_alike(run):
    argv = ("fit", "housing.csv", FORMULA, "--method", "map", "--json", "--prior", "zerosum:0.5")
    status, out, err = run(*argv, *NOMINAL)
    assert (status, err) == (0, "")
    model = bl.multinomial(
        FORMULA, housing(), reference="Low", weights="frequency", priors=bl.ZeroSum(0.5)
    )
    modes = [c["mode"] for c in json.loads(out)["coefficients"]]
    np.testing.assert_allclose(modes, model.fit("map").summary()["mode"])


@pytest.mark.parametrize(("words", "concentration"), [("1", 1.0), ("1:2:3", (1.0, 2.0, 3.0))])
def test_a_prior_of_class_probabilities(run, words, concentration):
    argv = ("fit", "housing.csv", FORMULA, "--method", "map", "--json")
    status, out, err = run(*argv, *ORDINAL, "--prior", f"cutpoints=dirichlet:{words}")
    assert (status, err) == (0, "")
    priors = {"cutpoints": bl.Dirichlet(concentration)}
    model = bl.ordinal(FORMULA, housing(), levels=LEVELS, weights="frequency", priors=priors)
    modes = [c["mode"] for c in json.loads(out)["coefficients"]]
    np.testing.assert_allclose(modes, model.fit("map").summary()["mode"])
    status, _, err = run(*argv, *ORDINAL, "--prior", "dirichlet:1")
    assert status == 1
    assert "expected it for the 'cutpoints' of an ordinal model" in err


def test_shares_of_several_classes(run, saved):
    shares = {"Low": 0.2, "Medium": 0.3, "High": 0.5}
    words = ",".join(f"{name}={share}" for name, share in shares.items())
    _, out, err = run("predict", saved["nominal"], "new.csv", "--prevalence", words, "--json")
    assert err == ""
    expected = bl.load(saved["nominal"]).with_prevalence(shares).predict(pd.read_csv("new.csv"))
    assert [row["mean"] for row in json.loads(out)] == list(expected["mean"])
    status, _, err = run("predict", saved["ordinal"], "new.csv", "--prevalence", 0.1)
    assert status == 1
    assert "a known prevalence was given to the cumulative family" in err


def test_levels_that_are_numbers(run):
    data = pd.DataFrame({"x": np.arange(12.0), "y": [3, 1, 2] * 4, "z": [0.5, 1.0, 2.0] * 4})
    data.to_csv("numbers.csv", index=False)
    for outcome, levels in (("y", "3,2,1"), ("z", "2.0,1.0,0.5")):
        argv = ("fit", "numbers.csv", f"{outcome} ~ x", "--levels", levels, "--method", "map")
        status, out, err = run(*argv, "--json")
        assert (status, err) == (0, ""), outcome
        assert [float(v) for v in json.loads(out)["classes"]] == [
            float(v) for v in levels.split(",")
        ]
    status, _, err = run("fit", "numbers.csv", "y ~ x", "--levels", "low,high")
    assert status == 2
    assert "--levels low,high has words, and 'y' holds numbers; expected numbers" in err


WRONG = [
    (("--levels", "a,b,c", "--family", "multinomial"), "--levels is for --family ordinal; this"),
    (("--reference", "Low", "--family", "ordinal"), "--reference is for --family multinomial"),
    (("--form", "adjacent", "--trials", "frequency"), "is for --family"),
    (("--dispersion", "beta", "--family", "logistic"), "--dispersion is for --family binomial"),
    (("--event", "Low", "--family", "ordinal"), "--event is for --family logistic; this one is o"),
    ((*ORDINAL, "--prior", "cutpoints=dirichlet:a"), "dirichlet:a has something else than numbers"),
    ((*ORDINAL, "--prior", "cutpoints=dirichlet"), "it needs a number, such as dirichlet:1"),
    ((*ORDINAL, "--prior", "cutpoints=dirichlet:-1"), "cutpoints=dirichlet:-1: .*positive"),
    (
        ("--case-control", "--family", "ordinal"),
        "--case-control is for --family logistic; this one is ordinal",
    ),
    (("--family", "binomial"), "--family binomial needs --trials COLUMN, the trials of each row"),
    ((*NOMINAL, "--link", "probit"), "--link probit is not for --family multinomial, which has"),
    ((*NOMINAL, "--prior", "zerosum:a"), "--prior zerosum:a: .*write for example zerosum:2.5"),
    ((*NOMINAL, "--prior", "zerosum:-1"), "--prior zerosum:-1: .*sigma"),
    (("--family", "poisson"), "invalid choice: 'poisson'"),
]


@pytest.mark.parametrize(("options", "sentence"), WRONG)
def test_wrong_usage_of_fit(run, options, sentence):
    import re

    status, out, err = run("fit", "housing.csv", FORMULA, *options)
    assert (status, out) == (2, "")
    assert re.search(sentence, err), err
    assert "try: bayeslogit fit --help" in err


# ---- summary, predict -----------------------------------------------------------------------


def test_summary_against_another_class(run, saved):
    status, out, err = run("summary", saved["nominal"], "--reference", "High")
    assert (status, err) == (0, "")
    assert "Against High. Posterior by auto" in out
    assert "odds of each satisfaction against High" in out
    fit = bl.load(saved["nominal"])
    table = csv(run("summary", saved["nominal"], "--reference", "High", "--csv")[1])
    expected = fit.summary(reference="High")
    np.testing.assert_allclose(table["mean"], expected["mean"])
    assert table["term"].tolist() == list(expected.index)
    said = json.loads(run("summary", saved["nominal"], "--reference", "High", "--json")[1])
    assert said["outcome"] == "satisfaction (against High)"
    assert [c["mean"] for c in said["coefficients"]] == pytest.approx(list(expected["mean"]))
    for extra in ((), ("--json",), ("--csv",)):
        status, out, err = run("summary", saved["ordinal"], "--reference", "High", *extra)
        assert (status, out) == (1, "")
        assert "coefficients are not against a class; expected a multinomial model" in err


@pytest.mark.parametrize("kind", ["probability", "cumulative", "exceedance", "median", "mean"])
def test_predictions_of_every_kind(run, saved, kind):
    extra = ("--scores", "Low=1,Medium=2,High=4") if kind == "mean" else ()
    argv = ("predict", saved["ordinal"], "new.csv", "--kind", kind, *extra)
    status, out, err = run(*argv)
    assert (status, err) == (0, "")
    fit, new = bl.load(saved["ordinal"]), pd.read_csv("new.csv")
    scores = [1, 2, 4] if kind == "mean" else None
    expected = fit.predict(new, kind=kind, scores=scores)
    table = csv(out)
    assert list(table) == ["contact", "influence", *expected]
    column = "median" if kind == "median" else "mean"
    assert table[column].tolist() == pytest.approx(expected[column].tolist())
    records = json.loads(run(*argv, "--json")[1])
    assert [row[column] for row in records] == table[column].tolist()


def test_classes_by_costs(run, saved):
    argv = ("predict", saved["ordinal"], "new.csv", "--kind", "class")
    assert csv(run(*argv)[1])["class"].tolist() == ["High", "Low"]
    by_costs = csv(run(*argv, "--costs", "0,1,4;1,0,1;4,1,0")[1])
    assert by_costs["class"].tolist() == ["Medium", "Medium"]
    status, _, err = run(*argv, "--costs", "0,1;1,0")
    assert status == 1
    assert "--costs has the shape (2, 2)" in err


def test_scores_and_costs():
    assert scores_of(None) is None
    assert scores_of("1, 2.5,3") == [1.0, 2.5, 3.0]
    assert scores_of("a=1, b = 2") == {"a": 1.0, "b": 2.0}
    assert costs_of(None) is None
    assert costs_of("0,1;5,0").tolist() == [[0, 1], [5, 0]]
    with pytest.raises(UsageError, match="--scores a,b has something else than numbers; expected"):
        scores_of("a,b")
    with pytest.raises(UsageError, match="--scores a=b has something else"):
        scores_of("a=b")
    for text in ("0,1;2", "0,x;1,0"):
        with pytest.raises(UsageError, match="is not a square of numbers; expected a row for each"):
            costs_of(text)


# ---- plot -----------------------------------------------------------------------------------


@pytest.mark.parametrize("curve", ["lines", "stack", "cumulative", "exceedance", "simplex"])
def test_curves(run, saved, curve):
    argv = ("plot", saved["ordinal"], "--name", "influence", "--curve", curve, "-o", "a.png")
    assert run(*argv) == (0, "a.png\n", "")
    assert Path("a.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"


def test_forest_against_another_class(run, saved):
    argv = ("plot", saved["nominal"], "--reference", "High", "-o", "forest.png")
    assert run(*argv, "--kind", "forest")[:2] == (0, "forest.png\n")
    status, _, err = run(*argv)
    assert status == 2
    assert "--reference is for --kind forest of a multinomial model" in err
    status, _, err = run("plot", saved["ordinal"], "--kind", "forest", "--reference", "High")
    assert status == 1
    assert "does not suit the cumulative family" in err


def test_other_pictures(run, saved):
    for kind in ("forest", "ppc", "prior"):
        status, out, err = run("plot", saved["nominal"], "--kind", kind)
        assert (status, out, err) == (0, f"m-{kind}.png\n", "")
    status, out, err = run("plot", saved["nominal"], "--kind", "ppc", "--by", "contact")
    assert (status, out, err) == (0, "m-ppc.png\n", "")
    for options, sentence in {
        ("--kind", "forest", "--curve", "stack"): "--curve is for --kind curve",
        ("--name", "contact", "--by", "contact"): "--by is for --kind ppc of several classes",
    }.items():
        status, out, err = run("plot", saved["nominal"], *options)
        assert (status, out) == (2, "")
        assert sentence in err
    status, _, err = run("plot", saved["nominal"], "--name", "contact", "--curve", "cumulative")
    assert status == 1
    assert "have no order; expected an ordinal model" in err


def test_check_of_several_classes(run, saved):
    for name in saved.values():
        status, out, err = run("check", name, "--quiet")
        assert (status, err) == (0, "")
        assert "R-hat" in out


def test_matched_sets(run):
    bl.load_dataset("infert").to_csv("infert.csv", index=False)
    formula = "case ~ spontaneous + induced"
    given = ("infert.csv", formula, "--strata", "stratum", "--seed", 1, "-o", "sets.nc")
    status, out, err = run("fit", *given)
    assert (status, err) == (0, "")
    assert "Bayesian conditional logistic model (logit link) of case = 1 within 83 sets" in out
    assert bl.load("sets.nc").model.response.sets.name == "stratum"
    status, out, _ = run("summary", "sets.nc", "--json")
    assert json.loads(out)["family"] == "conditional"
    status, out, err = run("predict", "sets.nc", "infert.csv")
    assert (status, out) == (1, "")
    assert "predicted risks need the level of each set, which bayeslogit fit ... --strata" in err
    _, _, err = run("fit", "infert.csv", formula, "--strata", "stratum", "--trials", "age")
    assert "--trials is for --family binomial; this one is logistic" in err


def test_choices(run):
    bl.load_dataset("travel").to_csv("travel.csv", index=False)
    formula = "chosen ~ wait + cost | income"
    kind = ("--alternatives", "mode", "--case", "trip", "--reference", "car")
    status, out, err = run("fit", "travel.csv", formula, *kind, "--seed", 1, "-o", "modes.nc")
    assert (status, err) == (0, "")
    assert "conditional logit model (logit link) of mode chosen (against car) from 210 sets" in out
    status, out, err = run("predict", "modes.nc", "travel.csv")
    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert lines[0].startswith("trip,mode,chosen,wait,cost,time,general_cost,income,size,mean,sd,")
    expected = bl.load("modes.nc").predict()["mean"].iloc[5]
    assert float(lines[6].split(",")[9]) == pytest.approx(expected, rel=1e-9)
    status, _, err = run("predict", "modes.nc", "travel.csv", "--on-bad-row", "skip")
    assert status == 2
    assert "not for choices" in err
    status, _, err = run("fit", "travel.csv", formula, "--family", "choice")
    assert status == 2
    assert "--family choice needs --alternatives COLUMN" in err
    _, _, err = run("fit", "travel.csv", formula, *kind, "--link", "probit")
    assert "--link probit is not for --family choice, which has logit" in err
    _, _, err = run("fit", "travel.csv", formula, "--alternatives", "mode")
    assert "--case" in err
