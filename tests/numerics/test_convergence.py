"""Convergence diagnostics: equal to ArviZ's, on well-behaved and on pathological chains."""

from __future__ import annotations

import numpy as np
import pytest

from bayeslogit.numerics import convergence
from bayeslogit.numerics.convergence import diagnose


def _chains(kind: str, chains: int, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Return (chains, draws, 3) with a given trouble."""
    x = rng.standard_normal((chains, draws, 3))
    if kind == "random walk":
        return np.cumsum(x, axis=1)
    if kind == "ties":
        return np.round(2 * x)
    if kind == "stuck":
        return x + 3 * rng.standard_normal((chains, 1, 3))
    slope = {"independent": 0.0, "positive": 0.9, "antithetic": -0.8}[kind]
    for t in range(1, draws):
        x[:, t] += slope * x[:, t - 1]
    return x


@pytest.mark.parametrize(
    "kind", ["independent", "random walk", "ties", "stuck", "positive", "antithetic"]
)
def test_diagnose_equals_arviz(kind: str) -> None:
    from arviz_stats.base import array_stats

    rng = np.random.default_rng(len(kind))
    for chains, draws in [(1, 4), (1, 50), (2, 5), (2, 7), (3, 21), (4, 6), (4, 100), (5, 137)]:
        x = _chains(kind, chains, draws, rng)
        found = diagnose(x)
        axes = {"chain_axis": 0, "draw_axis": 1}
        for j in range(3):
            column = x[:, :, j]
            bulk = array_stats.ess(column, **axes)
            tail = array_stats.ess(column, method="tail", prob=0.95, **axes)
            np.testing.assert_allclose(found.ess_bulk[j], bulk, rtol=1e-9)
            np.testing.assert_allclose(found.ess_tail[j], tail, rtol=1e-9)
            if chains > 1:
                np.testing.assert_allclose(
                    found.rhat[j], array_stats.rhat(column, **axes), rtol=1e-9
                )
            else:
                assert np.isnan(found.rhat[j])


def test_tail_probability_is_a_choice() -> None:
    from arviz_stats.base import array_stats

    x = _chains("positive", 4, 200, np.random.default_rng(3))
    expected = array_stats.ess(x[:, :, 0], chain_axis=0, draw_axis=1, method="tail", prob=0.89)
    np.testing.assert_allclose(diagnose(x, prob=0.89).ess_tail[0], expected, rtol=1e-9)


def test_bad_draws_are_not_a_number_and_spare_the_others() -> None:
    x = np.random.default_rng(1).standard_normal((4, 100, 2))
    x[2, 50, 0] = np.inf
    found = diagnose(x)
    assert np.isnan([found.rhat[0], found.ess_bulk[0], found.ess_tail[0]]).all()
    assert found.rhat[1] < 1.05
    assert np.isnan(found.worst_rhat)
    assert np.isnan(found.smallest_ess)


def test_too_few_draws_are_not_a_number() -> None:
    assert np.isnan(diagnose(np.zeros((4, 3, 2))).ess_bulk).all()


def test_constant_draws_do_not_look_converged() -> None:
    found = diagnose(np.ones((4, 100, 1)))
    assert not found.worst_rhat < 1.01


def test_many_coefficients_are_diagnosed_part_by_part(monkeypatch: pytest.MonkeyPatch) -> None:
    draws = np.random.default_rng(4).normal(size=(4, 50, 7))
    whole = diagnose(draws)
    monkeypatch.setattr(convergence, "_MOST", 400)
    parts = diagnose(draws)
    for name in ("rhat", "ess_bulk", "ess_tail"):
        np.testing.assert_array_equal(getattr(parts, name), getattr(whole, name))
