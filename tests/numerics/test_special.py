"""The elementwise kernels: right in both tails, at zero and at infinity, for every shape."""

from __future__ import annotations

import math

import numpy as np
import pytest

from bayeslogit.numerics.special import (
    expit,
    log_expit,
    logit,
    softplus,
    sum_log,
    sum_log1p_exp_neg,
)

EXTREME = [0.0, -0.0, 1e-300, -1e-300, 36.0, -36.0, 40.0, -40.0, 745.0, -745.0, 1e4, -1e4]


def test_expit_at_known_points() -> None:
    # 1 / 1001 and 1 / 11: odds of one to a thousand and one to ten.
    np.testing.assert_allclose(expit(np.array(-math.log(1000.0))), 1 / 1001, rtol=1e-15)
    np.testing.assert_allclose(expit(np.log([0.1, 1.0, 10.0])), [1 / 11, 0.5, 10 / 11], rtol=1e-15)


def test_expit_has_full_accuracy_in_the_lower_tail() -> None:
    eta = np.array([-700.0, -300.0, -40.0, -37.0])
    np.testing.assert_allclose(expit(eta), np.exp(eta) * (1 - np.exp(eta)), rtol=1e-15)


@pytest.mark.parametrize("function", [expit, softplus, log_expit])
def test_kernels_are_finite_at_extremes_and_keep_shapes(function) -> None:
    values = function(np.array(EXTREME))
    assert np.all(np.isfinite(values))
    assert function(np.zeros((2, 3, 4))).shape == (2, 3, 4)
    assert function(np.zeros((0, 3))).shape == (0, 3)
    assert np.ndim(function(0.0)) == 0
    assert np.isnan(function(np.array([np.nan, 0.0])))[0]


def test_infinite_log_odds() -> None:
    ends = np.array([-np.inf, np.inf])
    np.testing.assert_array_equal(expit(ends), [0.0, 1.0])
    np.testing.assert_array_equal(softplus(ends), [0.0, np.inf])
    np.testing.assert_array_equal(log_expit(ends), [-np.inf, 0.0])
    np.testing.assert_array_equal(logit(np.array([0.0, 1.0])), ends)


def test_integers_are_welcome() -> None:
    np.testing.assert_allclose(expit(np.array([0, 1])), [0.5, 1 / (1 + math.exp(-1))])
    np.testing.assert_array_equal(logit(np.array([0, 1])), [-np.inf, np.inf])


def test_softplus_splits_into_both_tails() -> None:
    eta = np.array([-800.0, -40.0, -1.0, 0.0, 1.0, 40.0, 800.0])
    np.testing.assert_allclose(softplus(eta) - softplus(-eta), eta, atol=1e-15)
    np.testing.assert_allclose(softplus(np.array(-40.0)), math.exp(-40.0), rtol=1e-15)
    np.testing.assert_allclose(log_expit(eta), -softplus(-eta))


def test_logit_undoes_expit() -> None:
    eta = np.linspace(-30.0, 15.0, 91)
    np.testing.assert_allclose(logit(expit(eta)), eta, rtol=1e-9, atol=1e-15)
    # Far up, a probability is too close to one to hold the log-odds; far down it is not.
    np.testing.assert_allclose(logit(expit(np.array(-700.0))), -700.0, rtol=1e-15)


def test_logit_near_one_half_keeps_relative_accuracy() -> None:
    # logit(1/2 + d) = 4 d + O(d**3).
    d = np.array([1e-3, 1e-6, 1e-9, 2.0**-52])
    prob = 0.5 + d
    d = prob - 0.5
    np.testing.assert_allclose(logit(prob), 2 * np.arctanh(2 * d), rtol=1e-14)
    assert logit(np.array(0.5)) == 0.0
    # The two formulas meet without a step.
    for edge in (0.25, 0.75):
        left, right = logit(np.nextafter(edge, [0.0, 1.0]))
        assert abs(left - right) < 1e-14


def test_logit_outside_zero_and_one_is_not_a_number() -> None:
    with np.errstate(invalid="ignore"):
        assert np.all(np.isnan(logit(np.array([-0.1, 1.1]))))


@pytest.mark.parametrize("rows", [0, 1, 2, 3, 511, 512, 513, 1023, 1025, 5000])
@pytest.mark.parametrize("columns", [1, 7])
def test_shared_logarithms_equal_one_per_row(rows: int, columns: int) -> None:
    magnitude = np.abs(np.random.default_rng(rows).normal(size=(rows, columns)) * 3.0)
    expected = np.log1p(np.exp(-magnitude)).sum(axis=0)
    found = sum_log1p_exp_neg(magnitude.copy())
    assert found.shape == (columns,)
    np.testing.assert_allclose(found, expected, rtol=1e-13, atol=1e-15)


def test_shared_logarithms_do_not_overflow() -> None:
    # All factors are 2: the largest products there can be.
    found = sum_log1p_exp_neg(np.zeros((100_000, 2)))
    np.testing.assert_allclose(found, 100_000 * math.log(2.0), rtol=1e-14)
    np.testing.assert_array_equal(sum_log1p_exp_neg(np.full((3, 1), np.inf)), [0.0])


def test_shared_logarithms_take_any_memory_layout() -> None:
    source = np.abs(np.random.default_rng(0).normal(size=(6, 1400)))
    expected = np.log1p(np.exp(-source.T)).sum(axis=0)
    np.testing.assert_allclose(sum_log1p_exp_neg(source.copy().T), expected, rtol=1e-13)
    wide = np.abs(np.random.default_rng(0).normal(size=(1400, 6)))
    expected = np.log1p(np.exp(-wide[::2, ::3])).sum(axis=0)
    np.testing.assert_allclose(sum_log1p_exp_neg(wide[::2, ::3]), expected, rtol=1e-13)


@pytest.mark.parametrize("highest", [0.0, 0.5, 3.0, 40.0, 300.0, 600.0, math.nan, math.inf])
@pytest.mark.parametrize("rows", [0, 1, 2, 5, 31, 32, 1000])
def test_products_of_large_factors_do_not_overflow(highest: float, rows: int) -> None:
    factors = np.full((rows, 3), 1.0 + math.exp(min(highest, 600.0) if highest >= 0 else 1.0))
    expected = np.log(factors).sum(axis=0)
    kept = factors.copy()
    np.testing.assert_allclose(
        sum_log(factors, highest, scratch=np.empty_like(factors)), expected, rtol=1e-13
    )
    np.testing.assert_array_equal(factors, kept)
