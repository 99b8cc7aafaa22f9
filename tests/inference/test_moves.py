"""An exact kernel that moves points: right ones stay as they are, missing parts fill up."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from scipy import stats

import bayeslogit as bl
from bayeslogit.inference import landscape
from bayeslogit.inference.ascent import find_modes
from bayeslogit.inference.base import Outcome
from bayeslogit.inference.moves import move, tilted
from bayeslogit.inference.reference import Reference
from bayeslogit.inference.strays import seek, settled
from bayeslogit.inference.verdict import assess_draws
from tests.benchmarks.nonconcave import outliers_at


def banana(t: np.ndarray) -> np.ndarray:
    """Log density of a curved ridge: the second coordinate follows the square of the first."""
    return np.asarray(stats.norm.logpdf(t[0], 0, 2) + stats.norm.logpdf(t[1], 0.2 * t[0] ** 2, 0.3))


def points(rng: np.random.Generator, count: int) -> np.ndarray:
    first = rng.normal(0, 2, count)
    return np.stack([first, 0.2 * first**2 + 0.3 * rng.normal(size=count)])


def test_right_points_stay_as_they_are() -> None:
    rng = np.random.default_rng(1)
    begin = points(rng, 4000)
    moved = move(banana, begin, rng, 30)
    assert (moved != begin).any(axis=0).mean() > 0.95
    assert stats.kstest(moved[0], stats.norm(0, 2).cdf).pvalue > 1e-3
    assert stats.kstest(moved[1] - 0.2 * moved[0] ** 2, stats.norm(0, 0.3).cdf).pvalue > 1e-3


def test_a_part_that_is_missing_fills_up() -> None:
    rng = np.random.default_rng(2)
    begin = points(rng, 4000)
    begin = begin[:, begin[0] < 1.0]
    share = [(move(banana, begin, rng, sweeps)[0] > 1.0).mean() for sweeps in (0, 30, 200)]
    assert share[0] == 0.0
    assert 0.05 < share[1] < share[2]
    assert share[2] == pytest.approx(stats.norm(0, 2).sf(1.0), abs=0.06)


def test_tilted_points_go_along_second_moments() -> None:
    rng = np.random.default_rng(3)
    theta = rng.normal([[1.0], [5.0]], [[1.0], [0.1]], (2, 100_000))
    factor = np.exp(tilted(theta, np.array([1.0, 5.0]), np.array([1.0, 0.1])))
    # Of mean one: a fifth is the density itself, the rest goes with squares of distances.
    assert factor.mean() == pytest.approx(1.0, abs=0.01)
    alone = np.exp(tilted(theta, np.array([1.0, 5.0]), np.array([1.0, np.inf])))
    np.testing.assert_allclose(alone, 0.2 + 0.8 * (theta[0] - 1.0) ** 2)


@cache
def needles() -> bl.Model:
    x = np.random.default_rng(3).normal(size=(40, 2))
    y = (np.arange(40) % 3 > 0).astype(int)
    return bl.logistic(x, y, priors={"slopes": bl.StudentT(1, 0, 0.01)})


def test_cells_that_miss_a_tail_are_found_out() -> None:
    model = needles()
    resolved = landscape.survey(model.density).resolved
    assert resolved is not None
    rng = np.random.default_rng(4)
    t, _, log_weights = resolved.weighted(rng, 4000)
    nothing = np.zeros(3, dtype=bool)
    assert not seek(resolved.coordinates, resolved.weigh, t, log_weights, nothing, rng).many
    # The same cells, blind to one side of a needle.
    cells = resolved.cells
    blind = np.where((cells.low[0] > 0.5)[:, None], -1e3, cells.log)
    missing = replace(resolved, cells=replace(cells, log=blind, errors=cells.errors))
    t, _, log_weights = missing.cells.propose(rng, 4000)
    log_weights = resolved.coordinates.log_value(t) - log_weights
    strays = seek(resolved.coordinates, missing.weigh, t, log_weights, nothing, rng)
    assert strays.many


def test_points_settle_where_the_posterior_is() -> None:
    model = needles()
    known = landscape.survey(model.density)
    resolved = known.resolved
    assert resolved is not None
    rng = np.random.default_rng(5)
    t, _, log_weights = resolved.weighted(rng, 4000)
    nothing = np.zeros(3, dtype=bool)
    strays = seek(resolved.coordinates, resolved.weigh, t, log_weights, nothing, rng)
    theta, shares, still = settled(resolved.coordinates, strays, rng)
    assert still
    assert shares.sum() == pytest.approx(1.0)
    mean = theta @ shares
    assert np.abs((mean - known.reference.mean) / known.reference.sd).max() < 0.2


def test_tails_that_could_not_be_weighed_are_said() -> None:
    density = needles().density
    unsound = replace(landscape.survey(density).reference, sound=False)
    outcome = Outcome(np.zeros((1, 9, 3)), exact=True, label="any")
    (found,) = assess_draws(density, replace(unsound, modes=1), outcome).problems
    assert (found.code, found.severity) == ("tails_not_weighed", "severe")
    assert found.sentence == (
        "points of the posterior that are moved about by a kernel that keeps it do not settle, so "
        "that its tails could not be weighed; expected moments that stay; give a prior with "
        "lighter tails such as Normal(0, 2.5), or compare several seeds."
    )


def test_parts_too_rare_for_the_draws_are_told_from_parts_that_are_lost() -> None:
    density = outliers_at(100.0).model.density
    rng = np.random.default_rng(6)
    theta = rng.normal(size=(2, 20_001))
    # One point in 20 000 of a posterior, so far out that it makes half of the variance.
    theta[1, -1] = 140.0
    shares = np.full(20_001, 1 / 20_001)
    mean = theta @ shares
    land = Reference(2, theta, shares, mean, np.sqrt((theta**2) @ shares - mean**2), True)
    draws = rng.normal(size=(4, 250, 2))
    (rare,) = assess_draws(density, land, Outcome(draws, exact=True, label="any")).problems
    assert (rare.code, rare.severity) == ("rare_parts", "severe")
    assert (
        "; some of it is too rare for so few draws; use quantiles of these draws, not their sd, "
        "ask for more draws, or give a prior with lighter tails such as Normal(0, 2.5)."
    ) in rare.sentence
    (lost,) = assess_draws(density, land, Outcome(draws + 1.0, exact=True, label="any")).problems
    assert lost.code == "not_the_posterior"


def test_modes_keep_their_peaks_in_stretched_coordinates() -> None:
    density = needles().density
    for peak in find_modes(density):
        coordinates = landscape._coordinates(density, peak)
        rng = np.random.default_rng(7)
        t = rng.uniform(-8.0, 8.0, (3, 50))
        np.testing.assert_allclose(coordinates.t(coordinates.phi(t)), t, atol=1e-6)
        place, step = t[:, 0], 1e-6
        slopes = np.stack(
            [
                (coordinates.phi((place + e)[:, None]) - coordinates.phi((place - e)[:, None]))[
                    :, 0
                ]
                for e in step * np.eye(3)
            ],
            axis=1,
        ) / (2.0 * step)
        np.testing.assert_allclose(
            coordinates.slopes(place), slopes[coordinates.order], rtol=1e-4, atol=1e-4
        )
