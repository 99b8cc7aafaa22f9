"""Scores of forecasts, against scikit-learn and statsmodels, and by plain arithmetic."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from sklearn import metrics
from sklearn.isotonic import IsotonicRegression

from bayeslogit.numerics import scores

RNG = np.random.default_rng(7)
PROB = RNG.random(200).round(2)  # with ties
Y = (RNG.random(200) < PROB).astype(int)
WEIGHTS = RNG.uniform(0.2, 3.0, 200)
FAILURES, SUCCESSES = WEIGHTS * (1 - Y), WEIGHTS * Y
BOTH = np.stack([1 - PROB, PROB]), np.column_stack([FAILURES, SUCCESSES])


def test_scores_equal_scikit_learn():
    prob, counts = BOTH
    weighted = {"sample_weight": WEIGHTS}
    assert scores.brier(prob, counts) == pytest.approx(
        metrics.brier_score_loss(Y, PROB, **weighted), rel=1e-12
    )
    inner = np.clip(PROB, 0.01, 0.99)
    assert scores.log_score(np.stack([1 - inner, inner]), counts) == pytest.approx(
        metrics.log_loss(Y, inner, **weighted), rel=1e-12
    )
    assert scores.auc(PROB, FAILURES, SUCCESSES) == pytest.approx(
        metrics.roc_auc_score(Y, PROB, **weighted), rel=1e-12
    )


def test_isotonic_curve_equals_scikit_learn():
    curve = scores.isotonic(PROB, FAILURES, SUCCESSES)
    theirs = IsotonicRegression().fit(PROB, Y, sample_weight=WEIGHTS)
    np.testing.assert_allclose(curve.observed, theirs.predict(curve.predicted), atol=1e-12)
    index = scores.integrated_calibration_index(PROB, FAILURES, SUCCESSES)
    gap = np.abs(theirs.predict(PROB) - PROB)
    assert index == pytest.approx(np.average(gap, weights=WEIGHTS), rel=1e-12)


def test_recalibration_equals_statsmodels():
    inner = np.clip(PROB, 0.01, 0.99)
    log_odds = np.log(inner / (1 - inner))
    binomial = sm.families.Binomial()
    slope, intercept = scores.recalibrate(inner, FAILURES, SUCCESSES)
    two = sm.GLM(Y, sm.add_constant(log_odds), binomial, freq_weights=WEIGHTS).fit(tol=1e-13)
    one = sm.GLM(Y, np.ones(200), binomial, offset=log_odds, freq_weights=WEIGHTS).fit(tol=1e-13)
    assert slope == pytest.approx(two.params[1], rel=1e-9)
    assert intercept == pytest.approx(one.params[0], rel=1e-9)


def test_scores_of_many_outcomes_are_those_of_each():
    prob, _ = BOTH
    prob = np.clip(prob, 0.01, 0.99)
    cases = RNG.standard_gamma(np.repeat(BOTH[1][:, :, None], 4, axis=2))
    for i in range(4):
        for score in (scores.brier, scores.log_score, scores.ranked_probability):
            assert score(prob, cases)[i] == pytest.approx(score(prob, cases[:, :, i]), rel=1e-12)
        for judge in (scores.auc, scores.integrated_calibration_index):
            many = judge(prob[1], cases[:, 0], cases[:, 1])
            assert many[i] == pytest.approx(judge(prob[1], *cases[:, :, i].T), rel=1e-12)
        many = scores.recalibrate(prob[1], cases[:, 0], cases[:, 1])
        single = scores.recalibrate(prob[1], *cases[:, :, i].T)
        np.testing.assert_allclose([v[i] for v in many], single, rtol=1e-7)


def test_slopes_of_forecasts_that_separate_or_never_vary():
    up = scores.recalibrate(np.array([0.2, 0.4, 0.6]), np.array([1, 1, 0.0]), np.array([0, 0, 1.0]))
    down = scores.recalibrate(np.array([0.6, 0.4]), np.array([1, 0.0]), np.array([0, 1.0]))
    same = scores.recalibrate(np.full(3, 0.5), np.array([1, 0, 0.0]), np.array([0, 1, 1.0]))
    assert [float(up[0]), float(down[0]), float(same[0])] == [np.inf, -np.inf, 0.0]
    assert same[1] == pytest.approx(np.log(2), rel=1e-9)
    extreme = scores.recalibrate(np.array([0.0, 1.0, 0.3]), np.array([0, 1, 1.0]), np.ones(3))
    assert np.isfinite(extreme).all()


def test_scores_of_several_classes():
    rng = np.random.default_rng(3)
    prob = rng.dirichlet(np.ones(4), 50).T
    y = rng.integers(0, 4, 50)
    counts = np.eye(4)[y]
    assert scores.brier(prob, counts) == pytest.approx(((prob.T - counts) ** 2).sum() / 50)
    assert scores.log_score(prob, counts) == pytest.approx(metrics.log_loss(y, prob.T), rel=1e-12)
    steps = (np.cumsum(prob.T, axis=1) - np.cumsum(counts, axis=1)) ** 2
    assert scores.ranked_probability(prob, counts) == pytest.approx(steps.sum() / 50, rel=1e-12)
    two, cases = BOTH
    assert scores.ranked_probability(two, cases) == pytest.approx(scores.brier(two, cases))
