"""Figures of cases that were left out of models with group-level terms, by fitting again."""

import warnings

import numpy as np
import pytest

import bayeslogit as bl
from bayeslogit.answers.evaluation.forecasts import NewRows, forecasts_of
from bayeslogit.errors import DesignError, MethodRefused

RNG = np.random.default_rng(8)
GROUPS, EACH = 21, 20


def table():
    """Return cases of groups that differ much, and depend on x."""
    g = np.repeat(np.arange(GROUPS), EACH)
    x = RNG.normal(size=g.size)
    line = 1.5 * x + np.repeat(2.0 * RNG.normal(size=GROUPS), EACH)
    y = (RNG.random(g.size) < 1.0 / (1.0 + np.exp(-line))).astype(int)
    return {"g": g.astype(str), "x": x, "y": y}


@pytest.fixture(scope="module")
def fit():
    return bl.logistic("y ~ x + (1 | g)", table()).fit(random_seed=1, draws=100)


def test_known_groups_are_told_apart_and_new_ones_by_predictors_alone(fit):
    known = fit.auc(progressbar=False)
    new = fit.auc(groups="new", progressbar=False)
    assert "10-fold cross-validation" in known.attrs["which"]
    assert "groups left out whole" in new.attrs["which"]
    assert known.loc["auc", "estimate"] > 0.75
    assert 0.65 < new.loc["auc", "estimate"] < known.loc["auc", "estimate"] - 0.05
    # Of a new group nothing was seen, so that there is little optimism.
    assert abs(new.loc["auc", "optimism"]) < 0.05
    assert known.loc["auc", "optimism"] > 0.0
    assert fit.confusion(0.5, groups="new", progressbar=False)["estimate"].notna().all()


def test_folds_of_groups_hold_each_case_once(fit):
    left = forecasts_of(fit, groups="new", progressbar=False).left
    counts = sum(np.bincount(c, w.sum(axis=1), len(left.cases.X)) for c, w in _folds(left))
    np.testing.assert_allclose(counts, left.cases.counts.sum(axis=1))
    again = forecasts_of(fit, groups="new", progressbar=False).left
    assert again.prob is left.prob


def _folds(left):
    return zip(left.cell, left.counts, strict=True)


def test_calibration_within_groups_and_of_new_ones(fit):
    within = fit.calibration(progressbar=False).scores
    between = fit.calibration(groups="new", progressbar=False).scores
    assert within.loc["brier", "corrected"] < between.loc["brier", "corrected"]
    assert 0.5 < within.loc["calibration_slope", "corrected"] < 1.6
    # With few groups the levels of folds would run against their outcomes: a slope below zero.
    assert 0.6 < between.loc["calibration_slope", "corrected"] < 1.6
    # Shares of events, and so an average of the outcome, are all that a new group has.
    y = np.array(fit.model.response.y)
    assert between.loc["brier", "corrected"] < y.var() * 1.05


def test_new_rows_of_new_groups(fit):
    data = {"g": ["never"] * 3 + ["seen"], "x": [0.0, 1.0, -1.0, 0.5], "y": [1, 1, 0, 0]}
    found = forecasts_of(fit, NewRows(data), groups="new")
    expected = fit.predict({"x": data["x"]}, groups="average")["mean"].to_numpy()
    order = [int(np.flatnonzero(found.cases.cell == c)[0]) for c in range(4)]
    np.testing.assert_allclose(found.prob[1], expected[order], atol=1e-9)
    with pytest.raises(DesignError, match="which is none of the 21 groups"):
        fit.auc(newdata=data)


def test_refusals(fit):
    with pytest.raises(DesignError, match="expected 'known' or 'new'"):
        fit.auc(groups="average")
    with pytest.raises(DesignError, match="given with groups='new'"):
        fit.auc(groups="new", spread="draws")
    with pytest.raises(DesignError, match="given for residuals"):
        fit.residuals(groups="new")
    with pytest.raises(DesignError, match="figures about a population"):
        forecasts_of(fit.with_prevalence(0.1), groups="new")
    with pytest.raises(DesignError, match="without group-level terms"):
        bl.logistic("y ~ x", table()).fit("laplace", random_seed=1).auc(groups="new")
    data = table() | {"h": np.tile(list("abcde"), GROUPS * EACH // 5)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", bl.BayesLogitWarning)  # of so few draws
        crossed = bl.logistic("y ~ x + (1 | g) + (1 | h)", data).fit(random_seed=1, draws=50)
    with pytest.raises(MethodRefused, match="cross, so that no group can be left out"):
        crossed.auc(groups="new")
