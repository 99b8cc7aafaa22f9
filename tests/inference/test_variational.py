"""The best Gaussian: published optima, stationarity by independent integrals, and refusals."""

from __future__ import annotations

import numpy as np
import pytest

import bayeslogit as bl
from bayeslogit.errors import FitFailed
from bayeslogit.families import Bernoulli, Binomial, Family, Multinomial
from bayeslogit.inference.base import Gaussian, Outcome
from bayeslogit.inference.grid_integration import integrate
from bayeslogit.inference.methods.laplace import Laplace
from bayeslogit.inference.methods.variational import Variational, maximise_bound
from bayeslogit.inference.sites import normal_nodes, sites_of
from bayeslogit.priors import CoefficientPrior, Flat, Normal, Prior, StudentT
from bayeslogit.response.base import class_counts
from bayeslogit.specification.density import Likelihood, LogDensity
from tests.helpers import HOURS, PASSED, exam_model

# Optimal full Gaussian: mean and sd of intercept and slope, bound (independent optimiser).
OPTIMUM = {
    (10.0, 10.0): ((-4.77865, 1.74441), (1.78191, 0.61923), -13.675563),
    (10.0, 2.5): ((-4.45663, 1.63112), (1.65751, 0.57318), -12.536986),
    (2.5, 2.5): ((-3.17602, 1.20504), (1.23532, 0.43441), -12.331637),
}


def density_of(
    X: np.ndarray,
    counts: np.ndarray,
    prior: Prior,
    family: Family | None = None,
    offset: np.ndarray | None = None,
) -> LogDensity:
    names = tuple(f"b{k}" for k in range(X.shape[1]))
    likelihood = Likelihood(family or Bernoulli(), X, counts, offset)
    return LogDensity(likelihood, CoefficientPrior(names, ((np.arange(X.shape[1]), prior),)))


def separated(prior: Prior, family: Family | None = None) -> LogDensity:
    x = np.arange(1.0, 11.0)
    counts = class_counts((x > 5).astype(int), 2, None)
    return density_of(np.column_stack([np.ones(10), x]), counts, prior, family)


def run(density: LogDensity, draws: int = 1000, seed: int = 1, **options) -> Outcome:
    return Variational(**options).run(
        density, draws=draws, chains=4, rng=np.random.default_rng(seed), progressbar=False
    )


def bound_by_brute_force(density: LogDensity, gaussian: Gaussian, count: int = 240) -> float:
    """Return the bound of any Gaussian on two coefficients, by a product rule."""
    nodes, weights = normal_nodes(count, 9.0)
    z = np.stack(np.meshgrid(nodes, nodes, indexing="ij")).reshape(2, -1)
    value = density.value(gaussian.mean[:, None] + gaussian.cholesky @ z)
    entropy = 1.0 + np.log(2 * np.pi) + 0.5 * gaussian.log_determinant
    return float(np.outer(weights, weights).ravel() @ value + entropy)


@pytest.mark.parametrize("sds", list(OPTIMUM))
def test_exam_optimum_to_the_printed_digits(sds: tuple[float, float]) -> None:
    out = run(exam_model(*sds).density)
    assert out.gaussian is not None
    assert out.evidence is not None
    mean, sd = out.gaussian.mean, np.sqrt(np.diag(out.gaussian.covariance))
    *expected, bound = OPTIMUM[sds]
    np.testing.assert_allclose(np.stack([mean, sd], axis=1), expected, rtol=0, atol=6e-6)
    assert out.evidence.kind == "lower bound"
    assert out.evidence.value == pytest.approx(bound, abs=6e-7)
    assert out.info["elbo"] == out.evidence.value
    assert out.problems == ()
    assert not out.exact


@pytest.mark.parametrize(
    "density",
    [
        exam_model(10, 10).density,
        separated(Normal(0, 10)),
        separated(Normal(0, 2.5), Bernoulli(link="probit")),
        separated(Normal(0, 1.0), Bernoulli(link="cloglog")),
    ],
    ids=["exam", "separated", "probit", "cloglog"],
)
def test_no_gaussian_nearby_has_a_higher_bound(density: LogDensity) -> None:
    out = run(density)
    assert out.gaussian is not None
    best = bound_by_brute_force(density, out.gaussian)
    assert best == pytest.approx(out.info["elbo"], abs=1e-8)
    chol = out.gaussian.cholesky
    step = 1e-3
    for k in range(2):
        for sign in (-step, step):
            moved = Gaussian(out.gaussian.mean + sign * chol[:, k], out.gaussian.covariance)
            assert bound_by_brute_force(density, moved) < best
    for change in ([[1, 0], [0, 0]], [[0, 0], [1, 0]], [[0, 0], [0, 1]]):
        sides = []
        for sign in (-step, step):
            factor = chol @ (np.eye(2) + sign * np.array(change))
            moved = Gaussian(out.gaussian.mean, factor @ factor.T)
            sides.append(bound_by_brute_force(density, moved) - best)
        # Stationary: both sides fall, and by as much as a parabola does.
        assert max(sides) < 0.0
        assert sides[0] == pytest.approx(sides[1], rel=0.05)


@pytest.mark.parametrize("sd", [2.5, 100.0])
def test_the_bound_never_falls_and_stays_below_the_evidence(sd: float) -> None:
    density = separated(Normal(0, sd))
    rows = sites_of(density)
    bounds = np.array([maximise_bound(rows, steps=k)[0] for k in range(1, 25)])
    assert np.all(np.diff(bounds) >= -1e-11)
    assert bounds[-1] < integrate(density).log_evidence


def test_beats_laplace_and_stays_close_to_the_posterior() -> None:
    density = exam_model(10, 2.5).density
    ours, laplace = (
        run(density).gaussian,
        Laplace()
        .run(density, draws=1, chains=1, rng=np.random.default_rng(0), progressbar=False)
        .gaussian,
    )
    assert ours is not None
    assert laplace is not None
    assert bound_by_brute_force(density, ours) > bound_by_brute_force(density, laplace) + 0.05
    exact = integrate(density)
    assert np.all(np.abs(ours.mean - exact.mean) < 0.03 * exact.sd)
    assert np.all(np.abs(laplace.mean - exact.mean) > 0.3 * exact.sd)


def test_a_gaussian_posterior_is_found_exactly() -> None:
    prior = bl.GaussianPrior([1.0, -2.0], [[2.0, 0.5], [0.5, 1.0]])
    rows = Likelihood(Bernoulli(), np.ones((1, 2)), np.zeros((1, 2)))
    out = run(LogDensity(rows, CoefficientPrior(("a", "b"), joint=prior)))
    assert out.gaussian is not None
    np.testing.assert_allclose(out.gaussian.mean, prior.mean, atol=1e-10)
    np.testing.assert_allclose(out.gaussian.covariance, prior.covariance, atol=1e-10)
    assert out.info["elbo"] == pytest.approx(0.0, abs=1e-10)


def test_weights_offsets_counts_and_copies_agree() -> None:
    rng = np.random.default_rng(8)
    X = np.column_stack([np.ones(9), rng.standard_normal((9, 2))])
    y, offset = rng.integers(0, 2, 9), rng.standard_normal(9)
    counts = class_counts(y, 2, None)
    once = run(density_of(X, 2 * counts, Normal(0, 2), offset=offset))
    twice = run(
        density_of(
            np.tile(X, (2, 1)), np.tile(counts, (2, 1)), Normal(0, 2), None, np.tile(offset, 2)
        )
    )
    binomial = run(density_of(X, 2 * counts, Normal(0, 2), Binomial(), offset))
    assert once.gaussian is not None
    for other in (twice, binomial):
        assert other.gaussian is not None
        np.testing.assert_allclose(once.gaussian.mean, other.gaussian.mean, atol=1e-8)
        assert once.info["elbo"] == pytest.approx(other.info["elbo"], abs=1e-9)


def test_combinatorial_constants_count() -> None:
    model = bl.binomial(
        "k ~ 1", {"k": [3, 5], "n": [10, 12]}, trials="n", priors={"Intercept": Normal(0, 1)}
    )
    exact = integrate(model.density).log_evidence
    bound = run(model.density).info["elbo"]
    assert exact - 0.01 < bound < exact


@pytest.mark.parametrize("unit", [1e-12, 1e12])
def test_units_do_not_matter(unit: float) -> None:
    X = np.column_stack([np.ones(20), HOURS * unit])
    prior = Normal(np.zeros(2), np.array([10.0, 2.5 / unit]))
    out = run(density_of(X, class_counts(PASSED, 2, None), prior))
    assert out.gaussian is not None
    assert out.gaussian.mean[1] * unit == pytest.approx(1.65751, abs=6e-6)
    assert out.info["elbo"] == pytest.approx(-12.536986, abs=6e-7)


def test_many_coefficients() -> None:
    rng = np.random.default_rng(3)
    X = np.column_stack([np.ones(100), rng.standard_normal((100, 30))])
    y = (rng.random(100) < 1 / (1 + np.exp(-X[:, :3] @ [0.3, 1.0, -1.0]))).astype(int)
    density = density_of(X, class_counts(y, 2, None), Normal(0, 2.5))
    out = run(density)
    assert out.problems == ()
    assert out.info["iterations"] < 40
    # Stationarity: the averaged gradient is zero, the averaged curvature is the precision.
    assert out.gaussian is not None
    sample = out.gaussian.sample(np.random.default_rng(1), 40_000)
    gradient = density.value_and_gradient(sample)[1]
    error = gradient.std(axis=1) / 200.0
    assert np.all(np.abs(gradient.mean(axis=1)) < 5 * error)


def test_draws_come_from_the_gaussian() -> None:
    out = run(exam_model().density, draws=5000)
    assert out.draws.shape == (4, 5000, 2)
    assert out.gaussian is not None
    draws = out.draws.reshape(-1, 2)
    sd = np.sqrt(np.diag(out.gaussian.covariance))
    np.testing.assert_allclose(draws.mean(axis=0), out.gaussian.mean, atol=4 * sd.max() / 141)
    np.testing.assert_allclose(np.cov(draws.T), out.gaussian.covariance, rtol=0.05)
    np.testing.assert_array_equal(run(exam_model().density).draws, run(exam_model().density).draws)


def test_flat_priors_have_no_bound() -> None:
    X = np.column_stack([np.ones(20), HOURS])
    density = density_of(X, class_counts(PASSED, 2, None), Flat())
    assert Variational().refuses(density) is None
    assert run(density).evidence is None


def test_too_few_steps_are_a_problem() -> None:
    (problem,) = run(separated(Normal(0, 100)), steps=3).problems
    assert problem.code == "not_converged"
    assert problem.severity == "severe"
    assert problem.sentence.startswith("the variational Gaussian still changed by ")
    assert problem.sentence.endswith(
        "after 3 steps; expected at most 1e-09; raise steps, or use method='ep'."
    )


def test_refusals() -> None:
    three = density_of(np.ones((6, 2)), np.eye(3)[[0, 1, 2, 0, 1, 2]], Normal(0, 1), Multinomial(3))
    refuses = Variational().refuses
    assert refuses(three) == (
        "the multinomial family has 2 linear predictors per row and the integrals here are over one"
    )
    assert refuses(separated(StudentT(3, 0, 2.5))) == "the prior StudentT is not Gaussian"
    assert (refuses(separated(Flat())) or "").startswith("the posterior is improper: ")


def test_no_peak_to_expand_around() -> None:
    x = np.arange(1.0, 11.0)
    X = np.column_stack([x, 2.0 * x])
    density = density_of(X, class_counts((x % 2).astype(int), 2, None), Flat())
    with pytest.raises(FitFailed, match="the log posterior is not curved downwards in every"):
        sites_of(density)
