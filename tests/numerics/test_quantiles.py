"""Quantiles of cases: those of the cases written out, and what is sensible for fractions."""

import numpy as np
import pytest

from bayeslogit.numerics.quantiles import quantiles


@pytest.mark.parametrize("seed", range(20))
def test_whole_numbers_are_cases_written_out(seed):
    rng = np.random.default_rng(seed)
    values, cases = rng.integers(0, 5, 8) + 0.3, rng.integers(0, 4, 8)
    cases[0] += 1
    prob = np.r_[0.0, 0.25, 0.5, 0.75, 1.0, rng.random(4)]
    expected = np.quantile(np.repeat(values, cases), prob)
    np.testing.assert_allclose(quantiles(values, prob, cases.astype(float)), expected, atol=1e-12)


def test_fractions_do_not_depend_on_their_unit():
    values, prob = np.array([3.0, 1.0, 2.0]), [0.0, 0.5, 1 / 3, 1.0]
    for unit in (0.1, 0.7, 13.3):
        found = quantiles(values, prob, np.full(3, unit))
        np.testing.assert_allclose(found, [1.0, 2.0, 1.5, 3.0])


def test_a_row_without_cases_has_no_say():
    assert quantiles(np.array([1.0, 99.0]), [1.0], np.array([2.0, 0.0])) == [1.0]
