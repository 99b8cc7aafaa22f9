"""Pareto smoothing of importance weights: equal to ArviZ's, and to plain arithmetic far out."""

from __future__ import annotations

import numpy as np
import pytest

from bayeslogit.numerics import pareto
from bayeslogit.numerics.pareto import pareto_smooth, smooth_tails


@pytest.mark.parametrize("draws", [30, 100, 400, 4000])
@pytest.mark.parametrize("spread", [0.1, 1.0, 3.0])
def test_pareto_smooth_equals_arviz(draws: int, spread: float) -> None:
    from arviz_stats.base import array_stats

    log_weights = spread * np.random.default_rng(draws).standard_normal(draws)
    smooth, k = pareto_smooth(log_weights)
    expected, expected_k = array_stats.psislw(-log_weights, axis=0)
    np.testing.assert_allclose(smooth, expected, rtol=0, atol=1e-12)
    assert k == pytest.approx(float(expected_k), abs=1e-12)
    assert np.exp(smooth).sum() == pytest.approx(1.0)


def test_pareto_k_knows_the_tail() -> None:
    rng = np.random.default_rng(5)
    assert pareto_smooth(np.log(rng.pareto(1 / 0.9, 20_000)))[1] == pytest.approx(0.9, abs=0.15)
    assert pareto_smooth(np.log(rng.pareto(1 / 0.3, 20_000)))[1] == pytest.approx(0.3, abs=0.15)
    assert pareto_smooth(np.zeros(1000))[1] == -np.inf
    assert np.isnan(pareto_smooth(np.zeros(10))[1])


def test_pareto_smoothing_leaves_its_argument_alone() -> None:
    log_weights = np.random.default_rng(2).standard_normal(500)
    copy = log_weights.copy()
    pareto_smooth(log_weights)
    np.testing.assert_array_equal(log_weights, copy)


@pytest.mark.parametrize("shape", [-0.5, 0.0, 0.5, 3.0, 30.0])
@pytest.mark.parametrize("tail", [6, 45, 189])
def test_logarithms_of_products_are_those_of_the_factors(shape: float, tail: int) -> None:
    rng = np.random.default_rng(tail)
    uniform = np.sort(rng.random((20, tail)), axis=1)
    excess = np.expm1(-shape * np.log1p(-uniform)) / shape if shape else -np.log1p(-uniform)
    excess *= 10.0 ** rng.uniform(-30.0, 30.0, (20, 1))
    # Slopes from far below zero to just below one over the largest excess, and next to none.
    rest = np.r_[0.002, 0.1, 0.9, 1 - 1e-6, 1.0 + 1e-12, 1.01, 4.0, 1e6, 1e100] * np.ones((20, 1))
    found = pareto._mean_log(rest, excess)
    slope = (1.0 - rest) / excess[:, -1:]
    direct = np.log1p(-slope[:, :, None] * excess[:, None]).mean(axis=2)
    np.testing.assert_allclose(found, direct, rtol=1e-12)


def test_rows_are_smoothed_each_on_its_own() -> None:
    from arviz_stats.base import array_stats

    rng = np.random.default_rng(3)
    logs = rng.standard_normal((70, 1000)) * rng.uniform(0.05, 3.0, (70, 1))
    weights = np.exp(logs)
    k = smooth_tails(weights)
    for i, row in enumerate(logs):
        expected, expected_k = array_stats.psislw(-row, axis=0)
        np.testing.assert_allclose(weights[i] / weights[i].sum(), np.exp(expected), rtol=1e-10)
        assert k[i] == pytest.approx(float(expected_k), abs=1e-12)


def test_a_tail_beyond_the_largest_number_ends_at_the_largest_weight() -> None:
    largest = np.sort(10.0 ** np.linspace(0.0, 300.0, 100))[None]
    smooth, k = pareto.smooth_largest(largest, np.zeros(1))
    assert k[0] > 100.0
    assert (np.diff(smooth[0]) >= 0.0).all()
    assert smooth[0, -1] == largest[0, -1]
