"""Modes by climbs from dispersed starts, and the point estimate that rests on them."""

from __future__ import annotations

import numpy as np
import pytest

import bayeslogit as bl
from bayeslogit.errors import BayesLogitWarning, FitFailed
from bayeslogit.inference.ascent import ascend, find_modes, modes_by_height
from bayeslogit.inference.evaluator import evaluator
from tests.benchmarks.climbs import random_model
from tests.benchmarks.nonconcave import outliers_at
from tests.helpers import exam_model


@pytest.mark.parametrize("place", [100.0, 1000.0])
def test_two_modes_of_a_cauchit_with_outliers(place: float) -> None:
    density = outliers_at(place).model.density
    peaks = find_modes(density)
    assert len(peaks) == 2
    for peak in peaks:
        _, gradient, precision = density.newton(peak.mode.theta)
        step = np.linalg.solve(precision, gradient)
        assert np.sqrt(gradient @ step) < 1e-2
        assert np.linalg.eigvalsh(precision)[0] > 0.0
    assert find_modes(density) is peaks


def test_all_climbs_reach_the_mode_of_a_concave_density() -> None:
    density = exam_model().density
    (mode,) = modes_by_height(density)
    with evaluator(density) as evaluate:
        start = np.random.default_rng(1).normal(size=(2, 40)) * np.array([[30.0], [5.0]])
        top, height, settled = ascend(evaluate, start, np.ones(2))
    assert settled.mean() > 0.8
    np.testing.assert_allclose(height[settled], mode.value, atol=1e-3)
    assert np.abs(top[:, settled] - mode.theta[:, None]).max() < 0.1


def test_map_returns_the_highest_mode_and_says_where_others_are() -> None:
    model = outliers_at(100.0).model
    with pytest.warns(BayesLogitWarning, match="2 modes"):
        fit = model.fit("map")
    at = np.linspace(-1.0, 4.0, 2001)
    theta = np.stack([np.zeros(at.size), at])
    assert fit.outcome.info["log_posterior"] >= model.density.value(theta).max()
    (problem,) = fit.problems
    assert problem.code == "several_modes"
    assert problem.severity == "warning"
    assert problem.sentence == (
        "the log posterior has 2 modes: this is the highest that climbs from dispersed starts "
        "found, and there is another at Intercept = -0.006846, x = 1.517, 7.07 nats lower; "
        "expected one mode; a single point does not describe such a posterior: draw from it with "
        "method='auto'."
    )


def test_map_leaves_a_lower_mode_that_the_usual_start_finds() -> None:
    # From zero Newton's method stays in the needle of the prior; the data are far away.
    x = np.repeat([-1.0, 1.0], 60)
    y = np.r_[np.repeat([0, 1], [55, 5]), np.repeat([0, 1], [5, 55])]
    model = bl.logistic("y ~ x - 1", {"x": x, "y": y}, priors=bl.StudentT(1, 0, 1e-3))
    with pytest.warns(BayesLogitWarning, match="2 modes"):
        fit = model.fit("map")
    grid = np.linspace(-4.0, 4.0, 80001)
    highest = grid[np.argmax(model.density.value(grid[None]))]
    assert highest > 2.0
    assert fit.outcome.draws[0, 0, 0] == pytest.approx(highest, abs=2e-4)
    assert [p.code for p in fit.problems] == ["several_modes"]


def test_a_needle_of_the_prior_does_not_hide_the_data() -> None:
    # The curvature where climbs start is that of the prior alone.
    exam = bl.load_dataset("exam")
    density = bl.logistic("passed ~ hours", exam, priors=bl.Cauchy(0, 0.001)).density
    needle, data = sorted(find_modes(density), key=lambda peak: abs(peak.mode.theta[1]))
    assert abs(needle.mode.theta[1]) < 1e-4
    slopes = np.linspace(0.3, 2.5, 111)
    intercepts = np.linspace(-8.0, 0.0, 401)
    theta = np.stack(np.meshgrid(intercepts, slopes)).reshape(2, -1)
    best = theta[:, np.argmax(density.value(theta))]
    np.testing.assert_allclose(data.mode.theta, best, atol=0.03)


def test_a_climb_that_is_still_on_its_way_is_not_left_below_one_that_arrived() -> None:
    # Most climbs arrive soon, at a mode 350 000 nats below the highest.
    model = random_model(24)
    with pytest.warns(BayesLogitWarning, match="2 modes"):
        fit = model.fit("map")
    top = fit.theta[:, 0]
    axes = [np.linspace(t - 0.1, t + 0.1, 401) for t in top]
    grid = np.stack([axis.ravel() for axis in np.meshgrid(*axes, indexing="ij")])
    mass = np.exp(model.density.value(grid) - fit.outcome.info["log_posterior"])
    assert mass.max() <= 1.0 + 1e-6
    mass /= mass.sum()
    mean = grid @ mass
    sd = np.sqrt((grid - mean[:, None]) ** 2 @ mass)
    exact = model.fit(random_seed=1)
    assert exact.problems == ()
    np.testing.assert_allclose(exact.theta.mean(axis=1), mean, atol=0.1 * sd.min())
    np.testing.assert_allclose(exact.theta.std(axis=1), sd, rtol=0.03)


@pytest.mark.filterwarnings("error")
def test_starts_by_the_data_keep_cutpoints_in_order() -> None:
    """A class that occurs once has a narrow gap, and noise around the mode would cross it."""
    table = {"x": np.arange(8.0), "y": list("aaacbccc")}
    model = bl.ordinal("y ~ x", table, levels=list("abc"), link="cauchit")
    first, second, _ = model.fit("map").theta[:, 0]
    assert first < second


def test_a_concave_posterior_has_one_climb() -> None:
    fit = exam_model().fit("map")
    assert fit.outcome.info["modes"] == 1
    assert fit.problems == ()


def test_no_mode_at_all_is_refused() -> None:
    model = bl.logistic("y ~ x - 1", {"x": [1.0, -1.0], "y": [1, 0]}, link="cauchit", priors="flat")
    with pytest.raises(FitFailed, match="climbs from dispersed starts found a highest point"):
        find_modes(model.density)
