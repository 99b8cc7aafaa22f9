"""Differences of models in what forecasts are for: equal to pROC's, and to plain arithmetic."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

import bayeslogit as bl
from bayeslogit import compare_scores
from tests.helpers import REFERENCES, random_table

PROC = json.loads((REFERENCES / "scores.json").read_text())
FORMULAS = ("case ~ spontaneous", "case ~ spontaneous + induced + age")


def largest_likelihood():
    table = pd.read_csv(REFERENCES / "infert.csv")
    return {f: bl.logistic(f, table, priors="flat").fit("map") for f in FORMULAS}


@pytest.fixture(scope="module")
def fits():
    table = random_table(80, seed=3)
    return {
        f: bl.logistic(f, table).fit("laplace", random_seed=1, progressbar=False)
        for f in ("y ~ x", "y ~ x + z + g")
    }


def test_difference_of_areas_is_that_of_proc():
    found = compare_scores(largest_likelihood(), loo=False)
    row = found.set_index("score").loc["auc"]
    assert [row["reference_value"], row["value"]] == pytest.approx(PROC["auc"], abs=1e-9)
    # DeLong's standard error is another estimate of the same spread.
    assert row["sd"] == pytest.approx(PROC["difference_se"], rel=0.1)
    assert 0.9 < row["p_better"] < 1.0


def test_figures_in_the_sample_are_plain_arithmetic():
    fits = largest_likelihood()
    found = compare_scores(fits, [0.3, 0.4], loo=False).set_index(["score", "threshold"])
    old, new = (f.predict()["estimate"].to_numpy() for f in fits.values())
    y = pd.read_csv(REFERENCES / "infert.csv")["case"].to_numpy()
    brier = ((new - y) ** 2).mean() - ((old - y) ** 2).mean()
    assert found.loc["brier", "difference"].item() == pytest.approx(brier, abs=1e-9)
    for t in (0.3, 0.4):
        benefit = [((p > t) * np.where(y == 1, 1.0, -t / (1 - t))).mean() for p in (new, old)]
        row = found.loc[("net_benefit", t)]
        assert row["difference"] == pytest.approx(benefit[0] - benefit[1], abs=1e-9)
        moved = (new > t).astype(int) - (old > t)
        row = found.loc[("reclassified_events", t)]
        assert row["difference"] == pytest.approx(moved[y == 1].mean(), abs=1e-9)
        row = found.loc[("reclassified_others", t)]
        assert row["difference"] == pytest.approx(-moved[y == 0].mean(), abs=1e-9)
    assert "net benefit, which weighs" in found.attrs["which"]


def test_cases_left_out_are_those_of_each_fit(fits):
    found = compare_scores(fits, 0.4).set_index("score")
    for column, fit in zip(("reference_value", "value"), fits.values(), strict=True):
        corrected = fit.calibration(progressbar=False).scores["corrected"]
        assert found.loc["auc", column] == pytest.approx(corrected["auc"], abs=1e-12)
        assert found.loc["brier", column] == pytest.approx(corrected["brier"], abs=1e-9)
        benefit = fit.net_benefit([0.4], progressbar=False)["net_benefit"].item()
        assert found.loc["net_benefit", column] == pytest.approx(benefit, abs=1e-9)
    assert found.attrs["forecast"] == "corrected"


def test_a_model_and_itself_do_not_differ(fits):
    fit = next(iter(fits.values()))
    found = compare_scores({"one": fit, "again": fit}, 0.4)
    assert (found[["difference", "sd", "p_better"]] == 0.0).all(axis=None)


def test_the_reference_turns_the_sign(fits):
    one, other = compare_scores(fits), compare_scores(fits, reference="y ~ x + z + g")
    np.testing.assert_allclose(one["difference"], -other["difference"], atol=1e-15)
    np.testing.assert_allclose(one["p_better"], 1.0 - other["p_better"], atol=1e-9)


def test_the_table_may_be_written_otherwise():
    table = pd.DataFrame(
        {"x": [0, 0, 1, 1, 2, 2], "z": [0, 1, 0, 1, 0, 1], "n": [5, 4, 6, 5, 4, 6]}
    )
    table["k"] = [1, 1, 2, 4, 2, 5]
    long = table.loc[table.index.repeat(table["n"])].reset_index(drop=True)
    long["y"] = np.concatenate([np.arange(n) < k for n, k in zip(table.n, table.k, strict=True)])
    long = long.sample(frac=1.0, random_state=1).reset_index(drop=True)
    found = []
    for outcome, rows, build, more in (
        ("k", table, bl.binomial, {"trials": "n"}),
        ("y", long.astype(int), bl.logistic, {}),
    ):
        fits = {
            f: build(f"{outcome} ~ {f}", rows, **more).fit("laplace", random_seed=1)
            for f in ("x", "x + z")
        }
        found.append(compare_scores(fits, 0.5).drop(columns=["model", "score"]).to_numpy())
    np.testing.assert_allclose(found[0], found[1], rtol=1e-6, atol=1e-9)


def test_new_rows_and_a_region(fits):
    found = compare_scores(fits, newdata=random_table(60, seed=5), rope=(-0.01, 0.01))
    assert found.attrs["forecast"] == "new_data"
    sides = found[["p_below", "p_inside", "p_above"]].sum(axis=1)
    np.testing.assert_allclose(sides, 1.0)


def test_several_classes():
    table = random_table(60, seed=3)
    table["c"] = np.where(table["x"] > 0.5, "high", np.where(table["z"] > 0, "mid", "low"))
    fits = {f: bl.multinomial(f, table).fit("laplace", random_seed=1) for f in ("c ~ 1", "c ~ x")}
    found = compare_scores(fits, event="high").set_index("score")
    assert found.loc["auc", "difference"] > 0.3
    corrected = fits["c ~ x"].calibration(progressbar=False).scores["corrected"]["brier"]
    assert found.loc["brier", "value"] == pytest.approx(corrected, abs=1e-9)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"reference": "y ~ w"}, "reference='y ~ w' is not one of the models"),
        ({"spread": "draws"}, "whose draws are not paired"),
        ({"thresholds": 2.0}, "thresholds"),
        ({"ci_porb": 0.9}, "did you mean 'ci_prob'"),
    ],
)
def test_what_cannot_be_done_is_said(fits, options, sentence):
    with pytest.raises(bl.DesignError, match="(?i)" + sentence):
        compare_scores(fits, **options)
