"""Maps of a standard Gaussian to distributions that are known on a grid."""

from __future__ import annotations

import numpy as np
import pytest

from bayeslogit.numerics.quantile_maps import quantile_maps


def test_maps_go_through_quantiles() -> None:
    grid = np.linspace(-40.0, 40.0, 4001)
    logistic = grid - 2.0 * np.logaddexp(0.0, grid)
    maps = quantile_maps(np.stack([grid, 5.0 + 0.1 * grid]), np.stack([logistic, -0.5 * grid**2]))
    z = np.array([-5.0, -2.0, -0.1, 0.0, 1.3, 4.9])
    # log-odds of the standard Gaussian distribution function, from tables of 10 digits
    tail = {5.0: 2.866515719e-7, 2.0: 0.0227501319482, 0.1: 0.4601721627, 1.3: 0.0968004846}
    value = maps.values(np.stack([z, z]))
    expected = [np.log(tail[k] / (1.0 - tail[k])) for k in (5.0, 2.0, 0.1)]
    np.testing.assert_allclose(value[0, :3], expected, rtol=2e-4)
    assert value[0, 3] == pytest.approx(0.0, abs=1e-9)
    assert value[0, 4] == pytest.approx(-np.log(tail[1.3] / (1.0 - tail[1.3])), rel=2e-4)
    np.testing.assert_allclose(value[1], 5.0 + 0.1 * z, rtol=1e-4)


def test_derivatives_are_those_of_the_values() -> None:
    grid = np.linspace(-30.0, 400.0, 3001)[None]
    # All cases of one outcome, and a wide prior: a wall and a half Gaussian.
    maps = quantile_maps(grid, -5.0 * np.logaddexp(0.0, -grid) - 0.5 * (grid / 79.0) ** 2)
    z, step = np.linspace(-8.013, 8.011, 97)[None], 1e-6
    value, first, second, third = maps.derivatives(z)
    np.testing.assert_array_equal(value, maps.values(z))
    assert np.all(first > 0.0)
    low, high = maps.derivatives(z - step), maps.derivatives(z + step)
    for k, slope in enumerate((first, second, third)):
        scale = np.abs(slope).max()
        np.testing.assert_allclose((high[k] - low[k]) / (2.0 * step), slope, atol=1e-6 * scale)
    assert np.all(second[:, np.abs(z[0]) > 6.0] == 0.0)


def test_where_a_spline_would_turn_back_the_map_is_a_straight_line() -> None:
    grid = np.linspace(-12.0, 12.0, 2001)[None]
    bumps = np.logaddexp(-0.5 * ((grid - 9.0) / 0.01) ** 2, -0.5 * ((grid + 9.0) / 0.01) ** 2)
    value, first, second, _ = quantile_maps(grid, bumps).derivatives(np.linspace(-7, 7, 50)[None])
    assert np.all(first > 0.0)
    np.testing.assert_array_equal(second, 0.0)
    np.testing.assert_allclose(np.diff(value, n=2), 0.0, atol=1e-12)
