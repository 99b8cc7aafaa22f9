"""Polya-Gamma draws: moments, Laplace transform and distribution over a grid of (b, z)."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from scipy import stats

from bayeslogit.numerics import polya_gamma
from bayeslogit.numerics.polya_gamma import mean, random_polya_gamma, variance

SHAPES = (0.05, 0.5, 1.0, 2.0, 3.7, 6.0, 7.0, 25.0, 1000.0)
TILTS = (0.0, 0.5, 3.1, 3.15, 8.0, 39.9, 40.1, 300.0)
COUNT = 20_000


def laplace_transform(
    b: np.ndarray | float, z: np.ndarray | float, t: np.ndarray | float
) -> np.ndarray:
    """Return ``E exp(-t omega)`` for ``t >= 0``, elementwise."""
    inner, outer = 0.5 * np.abs(z), np.sqrt(0.25 * np.square(z) + 0.5 * t)
    ratio = inner - outer + np.log1p(np.exp(-2.0 * inner)) - np.log1p(np.exp(-2.0 * outer))
    return np.exp(b * ratio)


@pytest.mark.parametrize("z", [0.0, 1e-9, 1e-4, 0.29, 0.31, 1.0, 7.0, 50.0, 800.0])
def test_mean_and_variance_against_high_precision(z: float) -> None:
    with mpmath.workdps(60):
        x = mpmath.mpf(z)
        first, second = mpmath.mpf(1) / 4, mpmath.mpf(1) / 24
        if z > 0:
            first = mpmath.tanh(x / 2) / (2 * x)
            second = (mpmath.sinh(x) - x) / (4 * x**3 * mpmath.cosh(x / 2) ** 2)
    assert float(mean(3.0, z)) == pytest.approx(float(3 * first), rel=1e-14)
    assert float(variance(3.0, -z)) == pytest.approx(float(3 * second), rel=1e-13)


@pytest.mark.parametrize("z", [0.0, 2.0, 30.0, 900.0])
def test_laplace_transform_against_high_precision(z: float) -> None:
    with mpmath.workdps(40):
        x, t = mpmath.mpf(z), mpmath.mpf("0.7")
        expected = (mpmath.cosh(x / 2) / mpmath.cosh(mpmath.sqrt(x**2 / 4 + t / 2))) ** 2.5
    assert float(laplace_transform(2.5, z, 0.7)) == pytest.approx(float(expected), rel=1e-12)


@pytest.mark.parametrize("b", SHAPES)
def test_draws_over_a_grid(b: float) -> None:
    # All tilts in one call, so that the routes are mixed as they are in use. With 5 standard
    # errors 9 x 8 x 4 checks of sound draws fail together once in 6 000 seeds.
    z = np.array(TILTS)
    draws = random_polya_gamma(b, np.tile(z, (COUNT, 1)), np.random.default_rng(int(10 * b)))
    first, second = mean(b, z), variance(b, z)
    assert np.all(np.abs(draws.mean(axis=0) - first) < 5 * np.sqrt(second / COUNT))
    squares = (draws - first) ** 2
    assert np.all(np.abs(squares.mean(axis=0) - second) < 5 * squares.std(axis=0) / COUNT**0.5)
    for t in (1.0 / first, 10.0 / first):
        values = np.exp(-t * draws)
        error = values.std(axis=0) / COUNT**0.5
        assert np.all(np.abs(values.mean(axis=0) - laplace_transform(b, z, t)) < 5 * error)


def density_at_zero_tilt(x: np.ndarray) -> np.ndarray:
    """Return the density of PG(1, 0) by its alternating series."""
    n = np.arange(40)[:, None]
    terms = (-1.0) ** n * (2 * n + 1) * np.exp(-((2 * n + 1) ** 2) / (8 * x))
    return terms.sum(axis=0) / np.sqrt(2 * np.pi * x**3)


@pytest.mark.parametrize("z", [0.0, 2.0, 6.0])
def test_distribution_of_one_trial(z: float) -> None:
    # The density is cosh(z/2) exp(-x z**2 / 2) times that at zero tilt.
    x = np.linspace(1e-4, 6.0, 60_001)
    density = np.cosh(z / 2) * np.exp(-x * z**2 / 2) * density_at_zero_tilt(x)
    cdf = np.concatenate([[0.0], np.cumsum(0.5 * (density[1:] + density[:-1]) * np.diff(x))])
    assert cdf[-1] == pytest.approx(1.0, abs=1e-6)
    draws = random_polya_gamma(1.0, np.full(COUNT, z), np.random.default_rng(7))
    assert stats.kstest(draws, lambda v: np.interp(v, x, cdf)).pvalue > 1e-3


@pytest.mark.parametrize(("b", "z"), [(1, 0.0), (1, 12.0), (4, 3.0)])
def test_the_sum_and_the_exact_route_agree(b: int, z: float) -> None:
    rng = np.random.default_rng(3)
    tilt = np.full(COUNT, z)
    series = polya_gamma._series(np.full(COUNT, float(b)), tilt, rng)
    exact = polya_gamma._sums(np.full(COUNT, b), tilt, rng)
    assert stats.ks_2samp(series, exact).pvalue > 1e-3


def test_third_cumulant_of_the_sum_is_within_the_stated_error() -> None:
    k = np.arange(100_000) + 0.5
    for z in np.arange(0.0, 40.0, 0.5):
        scale = 0.5 / (np.pi**2 * k**2 + 0.25 * z**2)
        count = 20 + int(np.ceil(0.15 * float(z))) * 10
        first = float(mean(1.0, z)) - scale[:count].sum()
        second = float(variance(1.0, z)) - (scale[:count] ** 2).sum()
        # A Gamma with this mean and variance has half its third cumulant at second**2 / first.
        error = second**2 / first - (scale[count:] ** 3).sum()
        assert abs(error) < 1e-6 * (scale**3).sum()
        if z == 0.0:
            assert abs(error) < 5e-10 * (scale**3).sum()


def test_edges() -> None:
    rng = np.random.default_rng(0)
    assert random_polya_gamma(0.0, np.array([0.0, 50.0]), rng).tolist() == [0.0, 0.0]
    assert random_polya_gamma(np.ones((3, 1)), np.zeros((1, 4)), rng).shape == (3, 4)
    assert random_polya_gamma(np.ones(0), np.zeros(0), rng).shape == (0,)
    huge = random_polya_gamma(1.0, np.array([1e6, -1e6]), rng)
    np.testing.assert_allclose(huge, 0.5e-6, rtol=0.02)


def test_the_sign_of_the_tilt_does_not_matter_and_seeds_repeat() -> None:
    z = np.linspace(-60, 60, 500)
    b = np.tile([1.0, 2.5, 3.0, 40.0], 125)
    first = random_polya_gamma(b, z, np.random.default_rng(5))
    np.testing.assert_array_equal(first, random_polya_gamma(b, -z, np.random.default_rng(5)))
    assert np.all(first > 0)


@pytest.mark.parametrize(("b", "z"), [(-1.0, 0.0), (np.nan, 0.0), (1.0, np.inf)])
def test_bad_arguments(b: float, z: float) -> None:
    with pytest.raises(ValueError, match=r"PG\(b, z\) got b=.*; expected finite numbers and b of"):
        random_polya_gamma(np.array([1.0, b]), np.array([1.0, z]), np.random.default_rng(0))
