"""Ranks of several classes: those of R in the sample, and of fits without a pair out of it."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import bayeslogit as bl

REFERENCES = Path(__file__).parents[2] / "references"
LEVELS = ["Low", "Medium", "High"]
QUIET = {"progressbar": False}


@pytest.fixture(scope="module")
def reference():
    return json.loads((REFERENCES / "validation.json").read_text())


@pytest.fixture(scope="module")
def housing():
    return bl.load_dataset("housing")


@pytest.fixture(scope="module")
def ordered(housing):
    return bl.ordinal(
        "satisfaction ~ influence + type",
        housing,
        weights="frequency",
        levels=LEVELS,
        priors="flat",
    )


@pytest.fixture(scope="module")
def small():
    """Twenty-four cases of three ordered classes, and a fit to them."""
    rng = np.random.default_rng(3)
    x = np.tile([0.0, 1.0, 2.0], 8)
    y = np.clip(np.floor(x / 1.5 + rng.normal(0.4, 0.9, 24)), 0, 2).astype(int)
    data = {"x": x, "y": y}
    return data, _fitted(data)


def _fitted(data):
    priors = {"x": bl.Normal(0, 1), "cutpoints": bl.Normal(0, 2)}
    return bl.ordinal("y ~ x", data, priors=priors).fit(draws=2000, random_seed=1, **QUIET)


def test_ordered_classes_are_ranked_as_by_rms_and_proc(ordered, reference):
    found = ordered.fit("map").concordance()["estimate"]
    expected = reference["ordered"]
    assert expected["lrm_c"] == pytest.approx(expected["c_index"], abs=1e-9)
    assert found["concordance"] == pytest.approx(expected["c_index"], abs=1e-8)
    assert found["somers_d"] == pytest.approx(expected["dxy"], abs=1e-8)
    above = found[["P(satisfaction >= Medium)", "P(satisfaction >= High)"]]
    assert above.tolist() == pytest.approx(expected["above"], abs=1e-8)


def test_unordered_classes_are_ranked_as_by_proc(housing, reference):
    model = bl.multinomial(
        "satisfaction ~ influence + type", housing, weights="frequency", priors="flat"
    )
    found = model.fit("map").concordance()["estimate"]
    assert found["hand_till"] == pytest.approx(reference["nominal"]["hand_till"], abs=1e-6)
    for name, area in reference["nominal"]["each"].items():
        assert found[f"{name} against all others"] == pytest.approx(area, abs=1e-6)


def test_each_class_is_ranked_as_by_auc(ordered):
    fit = ordered.fit(draws=300, random_seed=1)
    found = fit.concordance(random_seed=1)
    alone = fit.auc(event="High", random_seed=1).loc["auc"]
    for column in ("estimate", "in_sample"):
        assert found.loc["P(satisfaction >= High)", column] == pytest.approx(alone[column])
    assert found.loc["P(satisfaction >= High)", "sd"] == pytest.approx(alone["sd"], rel=0.15)


def test_two_classes_have_the_area_and_twice_it_less_one():
    fit = bl.logistic("passed ~ hours", bl.load_dataset("exam")).fit(random_seed=1)
    found, area = fit.concordance(), fit.auc().loc["auc"]
    for column in ("estimate", "in_sample", "optimism"):
        assert found.loc["concordance", column] == pytest.approx(area[column])
        scale = (2.0, 0.0) if column == "optimism" else (2.0, -1.0)
        expected = scale[0] * found.loc["concordance", column] + scale[1]
        assert found.loc["somers_d", column] == pytest.approx(expected)
    assert found.index.tolist() == ["concordance", "somers_d"]


def test_pairs_are_ranked_by_fits_without_them(small):
    data, fit = small
    table = pd.DataFrame(data)
    kinds = table.value_counts().sort_index()
    right = above = total = boundary = 0.0
    for (one, n), (other, m) in combinations(kinds.items(), 2):
        if one[1] == other[1]:
            continue
        rows = [
            int(np.flatnonzero((table.to_numpy() == kind).all(axis=1))[0]) for kind in (one, other)
        ]
        again = _fitted(table.drop(index=rows))
        prob = again.predict({"x": [one[0], other[0]]})
        prob = prob["mean"].to_numpy().reshape(2, 3)
        assert prob.sum(axis=1) == pytest.approx([1.0, 1.0])
        better = _better(prob @ [0, 1, 2]) if one[1] < other[1] else _better(prob[::-1] @ [0, 1, 2])
        right, total = right + n * m * better, total + n * m
        if (one[1] == 2) != (other[1] == 2):
            low, high = (0, 1) if other[1] == 2 else (1, 0)
            above += n * m * _better(prob[[low, high], 2])
            boundary += n * m
    found = fit.concordance()["estimate"]
    assert found["concordance"] == pytest.approx(right / total, abs=0.01)
    assert found["P(y >= 2)"] == pytest.approx(above / boundary, abs=0.01)
    assert found["concordance"] < fit.concordance(loo=False)["estimate"]["concordance"] + 1e-9


def _better(pair):
    low, high = pair
    return 0.5 if abs(low - high) < 1e-9 else float(high > low)


def test_new_rows_are_ranked_one_by_one(small):
    fit = small[1]
    new = {"x": [0.0, 2.0, 1.0, 1.0], "y": [0, 2, 1, 0]}
    found = fit.concordance(newdata=new)["estimate"]
    # Of five pairs of different levels, four are in order and one is level.
    assert found["concordance"] == pytest.approx(4.5 / 5.0)
    assert found["P(y >= 1)"] == pytest.approx(3.5 / 4.0)
    assert found["P(y >= 2)"] == pytest.approx(1.0)


@pytest.mark.parametrize("spread", ["draws", "both"])
def test_the_spread_may_be_over_draws(small, spread):
    fit = small[1]
    found = fit.concordance(spread=spread)
    assert "optimism" not in found
    # By one predictor every draw ranks alike, or the other way round.
    narrow = fit.concordance(spread="draws").loc["concordance", "sd"]
    assert found.loc["concordance", "sd"] >= narrow


def test_what_cannot_be_ranked_is_said(small):
    fit = small[1]
    with pytest.raises(bl.DesignError, match="was given for the ranks of all classes"):
        fit.concordance(event="2")
    with pytest.raises(bl.DesignError, match="spread='rows' is not known"):
        fit.concordance(spread="rows")
    with pytest.raises(bl.DesignError, match="cutoff"):
        fit.concordance(cutoff=0.5)
    with pytest.raises(bl.ResponseError, match="in all rows that count"):
        fit.concordance(newdata={"x": [0.0, 1.0], "y": [1, 1]})
    with pytest.raises(bl.MethodRefused, match="spread='draws'"):
        fit.model.fit("map").concordance(spread="draws")
