"""Climbs end where the arithmetic ends: many trials, few events, every method that seeks a top."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import optimize, stats

import bayeslogit as bl
from bayeslogit.answers.classical.firth import _adjusted, firth
from bayeslogit.answers.classical.maximum_likelihood import informative, maximise
from bayeslogit.answers.classical.profile import profile_bound
from bayeslogit.inference.mode import find_mode, resolution
from tests.benchmarks.climbs import LINKS, STEPS, distance, random_model

RARE = {
    "k": [5, 6, 4, 8, 5, 5, 5, 6],
    "x": list(range(8)),
    "n": [294637, 302364, 351033, 390092, 206970, 228831, 364588, 389729],
}
MANY = {"k": [3 * 10**8, 10**9, 4 * 10**8], "n": [10**9, 2 * 10**9, 5 * 10**8], "x": [0, 1, 2]}


def rare(seed: int) -> bl.Model:
    """Return a model of eight rows of about 300 000 trials with about five events each."""
    rng = np.random.default_rng(seed)
    n = rng.integers(200_000, 400_000, 8)
    data = {"n": n, "k": rng.poisson(5, 8), "x": np.arange(8)}
    return bl.binomial("k ~ x", data, trials="n")


def test_maximum_likelihood_of_rare_events_is_that_of_glm() -> None:
    # R 4.2 (glm) and statsmodels give the same figures.
    found = bl.binomial("k ~ x", RARE, trials="n").classical()
    table = found.coefficients
    np.testing.assert_allclose(table["estimate"], [-10.919159, -0.011163], atol=5e-7)
    np.testing.assert_allclose(table["se"], [0.271610, 0.064135], atol=5e-7)
    assert abs(found.statistics["value"]["log_likelihood"] + 15.336476) < 5e-7


def test_sixty_tables_of_rare_events_have_a_maximum_and_a_mode() -> None:
    for seed in range(60):
        model = rare(seed)
        density = model.density
        found = maximise(density.likelihood, density.names)
        gradient = density.likelihood.newton(found.theta)[1]
        assert np.sqrt(gradient @ found.covariance @ gradient) < 1e-9
        assert find_mode(density).converged


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_profiles_and_firth_of_rare_events(seed: int) -> None:
    likelihood, names = rare(seed).density.likelihood, rare(seed).density.names
    maximum = maximise(likelihood, names)
    for index in range(2):
        sides = [profile_bound(likelihood, maximum, index, side, 3.841459) for side in (-1, 1)]
        wald = maximum.theta[index] + np.array([-1.96, 1.96]) * maximum.standard_errors[index]
        np.testing.assert_allclose(sides, wald, atol=0.5 * maximum.standard_errors[index])
    near = (firth(likelihood).theta - maximum.theta) / maximum.standard_errors
    assert np.abs(near).max() < 0.2


@pytest.mark.parametrize("method", ["ep", "variational", "laplace", "quadrature"])
def test_billions_of_trials_are_within_reach(method: str) -> None:
    # The posterior is Gaussian to seven digits, and so is what each method finds.
    model = bl.binomial("k ~ x", MANY, trials="n")
    fit = model.fit(method=method, draws=500, random_seed=1)
    mode = find_mode(model.density)
    np.testing.assert_allclose(mode.theta, [-0.954478, 1.042594], atol=1e-6)
    sd = np.sqrt(np.diag(np.linalg.inv(mode.precision)))
    np.testing.assert_allclose(sd, [0.000062, 0.000060], rtol=0.02)
    assert not fit.problems
    gaussian = fit.outcome.gaussian
    mean = fit.outcome.info["mean"] if gaussian is None else gaussian.mean
    assert np.abs((mean - mode.theta) / sd).max() < 1e-3


def test_a_profile_of_trillions_of_trials_is_that_of_the_normal_distribution() -> None:
    # The log-likelihood is 1e12 nats and rounds to 1e-4; the bound needs differences of 1e-9.
    data = {"k": [10**12, 2 * 10**12], "n": [3 * 10**12, 4 * 10**12], "x": [0, 1]}
    density = bl.binomial("k ~ x", data, trials="n").density
    maximum = maximise(density.likelihood, density.names)
    for index, side in ((0, -1), (1, 1)):
        bound = profile_bound(density.likelihood, maximum, index, side, 3.841459)
        away = (bound - maximum.theta[index]) / maximum.standard_errors[index]
        np.testing.assert_allclose(away, side * np.sqrt(3.841459), rtol=1e-5)


def test_random_tables_from_one_to_a_trillion_trials() -> None:
    assert {random_model(seed).family.link for seed in range(5)} == set(LINKS)
    for seed in range(100):
        model = random_model(seed)
        mode = find_mode(model.density)
        assert mode.converged, seed
        assert mode.iterations <= STEPS, seed
        if seed < 10:
            assert distance(model, mode) < 1e-6, seed
        maximise(model.density.likelihood, model.density.names)


@pytest.mark.parametrize("seed", [7, 31, 33, 36, 45, 57])
def test_expectation_propagation_where_rows_contradict_each_other(seed: int) -> None:
    model = random_model(seed)
    assert model.fit(method="ep", draws=100, random_seed=1).outcome.info["change"] < 1e-6


def test_resolution_is_the_rounding_error_of_the_gradient() -> None:
    density = bl.logistic("passed ~ hours", bl.load_dataset("exam")).density
    mode = find_mode(density)
    small = resolution(density, mode.theta, mode.precision)
    assert 1e-15 < small < 1e-12
    many = bl.binomial("k ~ x", MANY, trials="n").density
    top = find_mode(many)
    # The error of a sum grows with the root of the trials when measured in standard deviations.
    assert 1e3 < resolution(many, top.theta, top.precision) / small < 1e6


def test_a_rise_is_the_difference_of_values_where_these_are_exact() -> None:
    density = bl.logistic("passed ~ hours", bl.load_dataset("exam")).density
    start, theta = np.zeros(2), np.array([[0.1, -1.0], [0.2, 3.0]])
    expected = density.value(theta) - density.value(start[:, None])
    np.testing.assert_allclose(density.rise(start, theta), expected, rtol=1e-13)
    large = bl.binomial("k ~ x", MANY, trials="n").density
    top = find_mode(large)
    sd = np.sqrt(np.diag(np.linalg.inv(top.precision)))
    steps = np.linspace(-3.0, 3.0, 7) * sd[:, None]
    found = large.rise(top.theta, top.theta[:, None] + steps)
    expected = -0.5 * np.einsum("ij,ik,kj->j", steps, top.precision, steps)
    np.testing.assert_allclose(found, expected, rtol=2e-4, atol=1e-12)


def test_firth_settles_on_random_tables() -> None:
    for seed in range(0, 100, 5):
        likelihood = random_model(seed).density.likelihood
        assert np.isfinite(firth(likelihood).theta).all(), seed
    assert np.isfinite(firth(random_model(53).density.likelihood).theta).all()


@pytest.mark.parametrize("seed", [54, 226, 244, 299, 660])
def test_firth_is_found_where_scoring_goes_round_it(seed: int) -> None:
    likelihood = random_model(seed).density.likelihood
    found = firth(likelihood)
    score, covariance, _, _ = _adjusted(informative(likelihood), found.theta)
    assert np.sqrt(abs(score @ covariance @ score)) < 1e-9  # below zero by rounding


def test_firth_is_found_where_the_model_does_not_fit() -> None:
    # Millions of trials under shares that follow nothing: expected and observed information of a
    # row differ by many orders, and only the latter tells how far a root is.
    rows = informative(random_model(503).density.likelihood)
    found = firth(rows)
    score = _adjusted(rows, found.theta)[3]
    step = np.linalg.solve(rows.newton(found.theta)[2], score)
    assert np.sqrt(score @ step) < 1e-4


def far_apart(trials: int, events: tuple[int, int]) -> tuple[bl.Model, np.ndarray]:
    """Return two rows under the cauchit link, and their linear predictors as they must be."""
    table = {"k": events, "n": [trials] * 2, "x": [0.0, 1.0]}
    exact = [1.0 / np.tan(np.pi * (1.0 - k / trials)) for k in events]
    return bl.binomial("k ~ x", table, trials="n", link="cauchit"), np.array(exact)


@pytest.mark.parametrize("trials", [8_297_224, 275_515_376])
def test_coefficients_that_nearly_cancel_have_a_maximum(trials: int) -> None:
    model, exact = far_apart(trials, (trials - 2, trials // 2 + 1000))
    table = model.classical().coefficients
    np.testing.assert_allclose(table["estimate"], [exact[0], exact[1] - exact[0]], rtol=1e-8)
    # Two failures in many trials: the predictor is trials / (pi failures), its se that / sqrt(2).
    np.testing.assert_allclose(table["se"], exact[0] / np.sqrt(2.0), rtol=1e-6)

    def fall(failures: float) -> float:
        return 2.0 * (2.0 * np.log(2.0 / failures) - (2.0 - failures)) - stats.chi2(1).ppf(0.95)

    ends = [trials / np.pi / optimize.brentq(fall, *side) for side in ((2.0, 9.0), (0.1, 2.0))]
    found = table.loc["Intercept", ["profile95_lb", "profile95_ub"]]
    np.testing.assert_allclose(found.to_numpy(dtype=float), ends, rtol=1e-6)
    found = table.loc["x", ["profile95_ub", "profile95_lb"]]
    np.testing.assert_allclose(-found.to_numpy(dtype=float), ends, rtol=1e-6)


@pytest.mark.parametrize("seed", [539, 1489])
def test_random_tables_whose_coefficients_cancel_have_a_maximum(seed: int) -> None:
    density = random_model(seed).density
    assert maximise(density.likelihood, density.names).separation is None


def test_a_mode_that_only_rounding_hides_is_found() -> None:
    # Two rows, 161 and 1.8e11 trials: one direction has a trillionth of the curvature of the other.
    model = random_model(623)
    mode = find_mode(model.density)
    assert mode.converged
    assert mode.iterations <= STEPS
    assert distance(model, mode) < 1e-6
