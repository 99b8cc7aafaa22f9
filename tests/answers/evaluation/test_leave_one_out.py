"""Forecasts of rows that are left out: equal to ArviZ, and to fits without those rows."""

from __future__ import annotations

import warnings
from dataclasses import replace

import arviz_stats
import numpy as np
import pandas as pd
import pytest

import bayeslogit as bl
from bayeslogit.answers.comparison.units import units_of
from bayeslogit.answers.evaluation import leave_one_out as leaveout
from bayeslogit.numerics.pareto import pareto_smooth, smooth_weights
from tests.helpers import HOURS, PASSED, exam, exam_model, random_table

TABLE = random_table(120)


def by_row(fit, left):
    """Return forecasts, log probabilities and Pareto k of each row, of one case each."""
    row, kind, times = left.cases.of_rows(fit.model.counts)
    assert row.tolist() == list(range(len(fit.model.rows)))
    assert (times == 1.0).all()
    return left.prob[:, kind], left.log_prob[kind], left.k[kind]


def test_leave_one_out_is_arviz_s():
    fit = exam_model().fit("auto", draws=500, random_seed=2)
    left = leaveout.leave_one_out(fit)
    theirs = arviz_stats.loo(fit.idata, pointwise=True, reff=1.0)
    prob, log_prob, k = by_row(fit, left)
    np.testing.assert_allclose(log_prob, theirs.elpd_i, atol=1e-12)
    np.testing.assert_allclose(k, theirs.pareto_k, atol=1e-12)
    own = np.where(PASSED == 1, prob[1], prob[0])
    np.testing.assert_allclose(np.log(own), log_prob, atol=1e-12)
    np.testing.assert_allclose(left.log_prob_of_rows(fit.model.counts), log_prob)
    np.testing.assert_allclose(left.k_of_rows(fit.model.counts), k)


@pytest.mark.parametrize("draws", [10, 100, 2000])
def test_smoothed_weights_are_those_of_one_row_at_a_time(draws):
    rng = np.random.default_rng(draws)
    logs = rng.standard_normal((40, draws)) * rng.uniform(0.0, 4.0, (40, 1))
    logs[0] = 3.0
    logs[1, : draws // 2] = 0.0
    logs[2] = np.where(np.arange(draws) < 3, 1e3, 0.0)
    weights, k = smooth_weights(logs)
    for i, row in enumerate(logs):
        one, shape = pareto_smooth(row)
        np.testing.assert_allclose(weights[i], np.exp(one), rtol=1e-10, atol=1e-300)
        np.testing.assert_allclose(k[i], shape, rtol=1e-10)


@pytest.mark.parametrize("method", ["quadrature", "laplace"])
def test_leave_one_out_equals_refits(method):
    model = exam_model()
    fit = model.fit(method, draws=4000, random_seed=1)
    left = leaveout.leave_one_out(fit)
    refits = np.empty(20)
    for i in range(20):
        kept = exam().drop(i)
        priors = {"Intercept": bl.Normal(0, 10), "hours": bl.Normal(0, 2.5)}
        other = bl.logistic("passed ~ hours", kept, priors=priors)
        one = other.fit("quadrature", draws=2000, random_seed=1)
        refits[i] = one.predict({"hours": [HOURS[i]]})["mean"].item()
    np.testing.assert_allclose(by_row(fit, left)[0][1], refits, atol=0.03)


def test_equal_rows_and_weights_when_left_out(monkeypatch):
    table = pd.concat([TABLE[["g", "flag", "y"]]] * 2)
    fit = bl.logistic("y ~ g + flag", table).fit("laplace", draws=100, random_seed=1)
    once = leaveout.leave_one_out(fit)
    monkeypatch.setattr(leaveout, "_BLOCK", 1)
    each = leaveout.leave_one_out(fit)
    for name in ("prob", "log_prob", "k"):
        np.testing.assert_allclose(getattr(once, name), getattr(each, name), rtol=1e-12)
    rows = leaveout.leave_one_out(fit, units_of(fit.model, "row"))
    for mine, theirs in zip(by_row(fit, once), by_row(fit, rows), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-7)
    empty = bl.binomial("k ~ x", TABLE.assign(n=TABLE["n"] * (TABLE["k"] > 0)), trials="n")
    left = leaveout.leave_one_out(empty.fit("laplace", draws=100, random_seed=1))
    assert (left.k_of_rows(empty.counts)[TABLE["k"] == 0] == -np.inf).all()
    assert np.isfinite(left.prob).all()


def test_rows_that_all_draws_are_sure_of_are_not_doubted():
    x = np.linspace(-3.0, 3.0, 41)
    table = {"x": x, "y": (x > 0.1).astype(int)}
    fit = bl.logistic("y ~ x", table).fit("laplace", draws=100, random_seed=1)
    steep = 20.0 + np.abs(fit.theta[1])
    draws = np.stack([-0.1 * steep, steep], axis=1)[None]
    fit = replace(fit, outcome=replace(fit.outcome, draws=draws, exact=True))
    odds = np.exp(-np.abs(fit.likelihood.eta(fit.theta)[0])).max(axis=1)
    sure = odds < 1e-17
    assert 0 < sure.sum() < 41
    k = by_row(fit, leaveout.leave_one_out(fit))[2]
    assert (k[sure] == -np.inf).all()
    assert np.isfinite(k[odds > 1e-10]).all()


@pytest.mark.parametrize("link", ["logit", "cloglog", "cauchit"])
def test_single_trials_take_a_short_cut_to_the_same_figures(link, monkeypatch):
    model = bl.logistic("y ~ x + g", random_table(80), link=link)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", bl.BayesLogitWarning)
        fit = model.fit("laplace", draws=200, random_seed=1)
    short = leaveout.leave_one_out(fit)
    monkeypatch.setattr(leaveout, "_one_trial_each", lambda *_: False)
    long = leaveout.leave_one_out(fit)
    np.testing.assert_allclose(short.prob, long.prob, rtol=1e-10)
    np.testing.assert_allclose(short.log_prob, long.log_prob, rtol=1e-10)
    np.testing.assert_allclose(short.k, long.k, rtol=1e-7)


def test_outcomes_next_to_impossible_take_the_long_way():
    x = np.r_[np.linspace(-1, 1, 20), 400.0]
    model = bl.logistic("y ~ x", {"x": x, "y": [0, 1] * 10 + [0]}, priors=bl.Normal(2, 0.001))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", bl.BayesLogitWarning)
        fit = model.fit("laplace", random_seed=1)
    found = leaveout.leave_one_out(fit)
    assert np.isfinite(found.log_prob).all()
    assert found.log_prob.min() < -600
    np.testing.assert_allclose(found.prob.sum(axis=0), 1.0)


def test_forecasts_next_to_certain_keep_their_digits():
    x = np.r_[np.linspace(-1, 1, 40), -60.0]
    y = (np.random.default_rng(0).random(41) < 1 / (1 + np.exp(-x))).astype(int)
    fit = bl.logistic("y ~ x", {"x": x, "y": np.r_[y[:40], 0]}, priors=bl.Normal(1, 0.01)).fit(
        "laplace", random_seed=1
    )
    found = leaveout.leave_one_out(fit)
    assert 0.0 < by_row(fit, found)[0][1, -1] < 1e-22


def test_rows_left_out_do_not_depend_on_how_they_are_cut_into_blocks(monkeypatch):
    fit = bl.logistic("y ~ x + g", random_table(80)).fit(draws=100, random_seed=1)
    once = leaveout.leave_one_out(fit)
    monkeypatch.setattr(leaveout, "_CACHED", 3 * fit.n_draws)
    cut = leaveout.leave_one_out(fit)
    for name in ("prob", "log_prob", "k"):
        np.testing.assert_allclose(getattr(cut, name), getattr(once, name), rtol=1e-10)
