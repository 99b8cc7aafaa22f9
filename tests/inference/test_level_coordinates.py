"""Coordinates that straighten the levels of a factor."""

from __future__ import annotations

import numpy as np
import pytest

import bayeslogit as bl
from bayeslogit.inference import evaluator as evaluator_module
from bayeslogit.inference.level_coordinates import LevelCoordinates, level_coordinates
from bayeslogit.inference.methods.hmc import Hmc
from bayeslogit.numerics.convergence import diagnose


def _model(levels: int = 25, rows: int = 200, formula: str = "y ~ x + g") -> bl.Model:
    rng = np.random.default_rng(0)
    g = np.r_[np.arange(levels), rng.integers(0, levels, rows - levels)]
    x = rng.normal(size=rows)
    y = rng.random(rows) < 1.0 / (1.0 + np.exp(-rng.normal(0.0, 1.5, levels)[g] - x))
    names = np.char.add("g", np.char.zfill(g.astype(str), 3))
    return bl.logistic(formula, {"x": x, "g": names, "y": y.astype(int)})


def _space(formula: str) -> LevelCoordinates:
    space = level_coordinates(_model(formula=formula).density)
    assert space is not None
    return space


@pytest.mark.parametrize("formula", ["y ~ x + g", "y ~ g", "y ~ 0 + g + x"])
def test_coordinates_and_coefficients_are_each_other_s_inverse(formula: str) -> None:
    space = _space(formula)
    phi = 2.0 * np.random.default_rng(1).normal(size=(space.density.size, 5))
    np.testing.assert_allclose(space.phi(space.theta(phi)), phi, atol=1e-9)


@pytest.mark.parametrize("formula", ["y ~ x + g", "y ~ 0 + g + x"])
def test_derivatives_equal_differences(formula: str) -> None:
    space = _space(formula)
    size, step = space.density.size, 1e-5
    phi = np.random.default_rng(2).normal(size=(size, 1))
    around = phi + step * np.hstack([np.eye(size), -np.eye(size)])
    value, gradient = space.value_and_gradient(phi)
    np.testing.assert_allclose(value, space.value(phi), rtol=1e-12)
    values, slopes = space.value_and_gradient(around)
    difference = (values[:size] - values[size:]) / (2.0 * step)
    np.testing.assert_allclose(gradient[:, 0], difference, rtol=1e-6, atol=1e-6)
    height, slope, precision = space.newton(phi[:, 0])
    assert height == pytest.approx(value[0])
    np.testing.assert_allclose(slope, gradient[:, 0], rtol=1e-10, atol=1e-10)
    second = -(slopes[:, :size] - slopes[:, size:]) / (2.0 * step)
    np.testing.assert_allclose(precision, second, rtol=1e-5, atol=1e-5)
    moved = space.theta(around)
    jacobian = (moved[:, :size] - moved[:, size:]) / (2.0 * step)
    assert np.linalg.slogdet(jacobian)[1] == pytest.approx(space.log_volume(phi)[0], abs=1e-7)
    assert np.all(space.gradient_terms(phi[:, 0]) >= np.abs(slope) * 0.5)


def test_few_levels_and_other_models_are_left_alone() -> None:
    assert level_coordinates(_model(levels=8).density) is None
    rng = np.random.default_rng(3)
    X, y = rng.normal(size=(100, 30)), rng.integers(0, 2, 100)
    assert level_coordinates(bl.logistic(X, y).density) is None
    table = {"y": rng.integers(0, 3, 100), "x": rng.normal(size=100)}
    assert level_coordinates(bl.ordinal("y ~ x", table).density) is None


def test_levels_of_one_outcome_agree_with_draws_in_plain_coordinates(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    density = _model(formula="y ~ g", rows=100).density
    found = []
    for seed in (1, 2):
        outcome = Hmc().run(
            density, draws=1000, chains=4, rng=np.random.default_rng(seed), progressbar=False
        )
        assert outcome.problems == ()
        found.append(outcome.draws)
        np.testing.assert_allclose(
            outcome.stats["lp"].ravel(),
            density.value(outcome.draws.reshape(-1, density.size).T),
            rtol=1e-9,
        )
        monkeypatch.setattr(evaluator_module, "level_coordinates", lambda _: None)
    one, two = found
    sd = two.std(axis=(0, 1))
    error = sd * np.sqrt(1.0 / diagnose(one).ess_bulk + 1.0 / diagnose(two).ess_bulk)
    away = np.abs(one.mean(axis=(0, 1)) - two.mean(axis=(0, 1)))
    assert np.max(away / error) < 4.5
    np.testing.assert_allclose(one.std(axis=(0, 1)), sd, rtol=0.15)


def test_hmc_takes_long_steps_between_levels() -> None:
    outcome = Hmc().run(
        _model(levels=100, rows=1700, formula="y ~ g").density,
        draws=1000,
        chains=4,
        rng=np.random.default_rng(1),
        progressbar=False,
    )
    assert outcome.problems == ()
    assert outcome.info["step_size"] > 0.3
