"""Free coordinates: a bijection, its volume, and derivatives of the density there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import bayeslogit as bl
from bayeslogit.inference.coordinates import Coordinates
from bayeslogit.specification.density import LogDensity
from tests.helpers import exam_model


def _ordinal() -> LogDensity:
    rng = np.random.default_rng(1)
    table = {"x": rng.standard_normal(40), "y": rng.integers(0, 4, 40)}
    return bl.ordinal("y ~ x", table, priors=bl.Normal(0, 1)).density


@pytest.fixture
def phi() -> np.ndarray:
    return np.random.default_rng(2).standard_normal((4, 5))


def test_free_coordinates_are_a_bijection_onto_increasing_cutpoints(phi: np.ndarray) -> None:
    space = Coordinates(_ordinal())
    theta = space.theta(phi)
    assert np.all(np.diff(theta[:3], axis=0) > 0)
    np.testing.assert_allclose(space.phi(theta), phi, rtol=1e-12)
    np.testing.assert_array_equal(theta[3], phi[3])


def test_volume_is_the_determinant_of_the_derivative(phi: np.ndarray) -> None:
    space, step = Coordinates(_ordinal()), 1e-6
    for j in range(5):
        columns = phi[:, [j]]
        moved = step * np.eye(4)
        jacobian = (space.theta(columns + moved) - space.theta(columns - moved)) / (2 * step)
        expected = np.log(np.linalg.det(jacobian))
        assert space.log_volume(columns)[0] == pytest.approx(expected, abs=1e-8)


def test_derivatives_are_those_of_the_value(phi: np.ndarray) -> None:
    space, step = Coordinates(_ordinal()), 1e-5
    value, gradient = space.value_and_gradient(phi)
    np.testing.assert_allclose(value, space.value(phi), rtol=1e-12)
    for j in range(5):
        moved = step * np.eye(4)
        up, down = space.value(phi[:, [j]] + moved), space.value(phi[:, [j]] - moved)
        np.testing.assert_allclose(gradient[:, j], (up - down) / (2 * step), rtol=1e-6, atol=1e-6)
        own, slope, precision = space.newton(phi[:, j])
        assert own == pytest.approx(value[j], rel=1e-12)
        np.testing.assert_allclose(slope, gradient[:, j], rtol=1e-10)
        up = space.value_and_gradient(phi[:, [j]] + moved)[1]
        down = space.value_and_gradient(phi[:, [j]] - moved)[1]
        np.testing.assert_allclose(precision, -(up - down) / (2 * step), rtol=1e-5, atol=1e-5)
        assert np.all(space.gradient_terms(phi[:, j]) >= np.abs(slope) * (1 - 1e-12))


def test_mode_of_a_class_that_was_not_seen_is_inside() -> None:
    density = _ordinal()
    counts = density.likelihood.counts.copy()
    counts[:, 0] += counts[:, 1]
    counts[:, 1] = 0.0
    unseen = replace(density, likelihood=replace(density.likelihood, counts=counts))
    mode = Coordinates(unseen).mode()
    assert mode.converged
    assert np.all(np.isfinite(mode.theta))
    np.linalg.cholesky(mode.precision)


def test_without_an_order_nothing_changes(phi: np.ndarray) -> None:
    density = exam_model().density
    space, columns = Coordinates(density), phi[:2]
    assert space.theta(columns) is columns
    np.testing.assert_array_equal(space.phi(columns), columns)
    np.testing.assert_array_equal(space.log_volume(columns), 0.0)
    np.testing.assert_array_equal(space.value(columns), density.value(columns))
    for ours, theirs in zip(
        space.newton(columns[:, 0]), density.newton(columns[:, 0]), strict=True
    ):
        np.testing.assert_array_equal(ours, theirs)
