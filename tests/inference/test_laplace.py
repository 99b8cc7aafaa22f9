"""The Gaussian at the mode: its moments, its draws and its log evidence."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bayeslogit.errors import FitFailed
from bayeslogit.families import Bernoulli, Binomial, Family
from bayeslogit.inference.base import Gaussian, Outcome
from bayeslogit.inference.methods.laplace import Laplace
from bayeslogit.inference.mode import find_mode
from bayeslogit.priors import Cauchy, Flat, GaussianPrior, Normal, Prior, StudentT
from bayeslogit.specification.density import LogDensity
from tests.examples import EXAM, SEPARATED, density_of, exam_density, table
from tests.helpers import EXACT


def laplace(density: LogDensity, draws: int = 5, chains: int = 2, seed: int = 0) -> Outcome:
    rng = np.random.default_rng(seed)
    return Laplace().run(density, draws=draws, chains=chains, rng=rng, progressbar=False)


def evidence_of(density: LogDensity) -> float:
    found = laplace(density).evidence
    assert found is not None
    assert found.kind == "approximation"
    assert found.error == 0.0
    return found.value


@pytest.mark.parametrize("entry", EXAM["logit"], ids=lambda e: str(e["prior_sds"]))
def test_exam_moments_and_evidence_to_every_digit(entry: dict[str, Any]) -> None:
    outcome = laplace(exam_density(entry["prior_sds"]))
    gaussian = outcome.gaussian
    assert gaussian is not None
    np.testing.assert_allclose(gaussian.mean, [float(v) for v in entry["mode"]], rtol=1e-12)
    sds = np.sqrt(np.diag(gaussian.covariance))
    np.testing.assert_allclose(sds, [float(v) for v in entry["sds"]], rtol=1e-10)
    np.testing.assert_allclose(gaussian.covariance[0, 1], float(entry["covariance"]), rtol=1e-10)
    if entry["log_evidence"] is not None:
        value = evidence_of(exam_density(entry["prior_sds"]))
        np.testing.assert_allclose(value, float(entry["log_evidence"]), rtol=1e-12)


@pytest.mark.parametrize("sds", EXACT)
def test_evidence_is_near_the_exact_one(sds: tuple[float, float]) -> None:
    # Twenty rows leave the posterior skewed: a quarter of a nat is what Laplace misses.
    exact = EXACT[sds][2]
    assert -0.25 < evidence_of(exam_density(sds)) - exact < 0.0


def test_evidence_of_a_gaussian_posterior_is_exact() -> None:
    X = np.ones((3, 2))
    joint = GaussianPrior([1.0, -2.0], [[2.0, 0.5], [0.5, 1.0]])
    # Rows without weight: the posterior is the prior, whose mass is one.
    outcome = laplace(density_of(X, np.zeros((3, 2)), joint))
    assert outcome.evidence is not None
    assert outcome.gaussian is not None
    np.testing.assert_allclose(outcome.evidence.value, 0.0, atol=1e-12)
    np.testing.assert_allclose(outcome.gaussian.covariance, joint.covariance, rtol=1e-12)


def test_evidence_nears_the_exact_one_as_rows_are_added() -> None:
    # A binomial intercept has an exact evidence by quadrature; the gap shrinks as 1 / trials.
    from scipy.integrate import quad

    gaps = []
    for trials in (10.0, 1000.0):
        counts = np.array([[0.7 * trials, 0.3 * trials]])
        density = density_of(np.ones((1, 1)), counts, [Normal(0, 2)], Binomial())
        mode = find_mode(density)

        def height(x: float, density: LogDensity = density, top: float = mode.value) -> float:
            return float(np.exp(density.value(np.array([[x]]))[0] - top))

        sd = mode.precision[0, 0] ** -0.5
        mass = quad(height, mode.theta[0] - 12 * sd, mode.theta[0] + 12 * sd, points=mode.theta)[0]
        gaps.append(abs(evidence_of(density) - (mode.value + np.log(mass))))
    assert gaps[0] < 0.05
    assert gaps[1] < gaps[0] / 50


def test_draws_have_the_moments_of_the_gaussian() -> None:
    X, counts = table(200, 3)
    density = density_of(X, counts, [Normal(0, 2.5), StudentT(3, 0, 1), Cauchy(0, 1)])
    outcome = laplace(density, draws=10_000, chains=4)
    assert outcome.draws.shape == (4, 10_000, 3)
    gaussian = outcome.gaussian
    assert gaussian is not None
    flat = outcome.draws.reshape(-1, 3)
    sds = np.sqrt(np.diag(gaussian.covariance))
    assert np.all(np.abs(flat.mean(axis=0) - gaussian.mean) < 4.5 * sds / 200)
    error = np.cov(flat.T) - gaussian.covariance
    assert np.all(np.abs(error) < 4.5 * np.sqrt(2 / 40_000) * np.outer(sds, sds))
    # Independent draws: nothing carries over from one to the next.
    z = (outcome.draws[0] - gaussian.mean) / sds
    assert np.all(np.abs((z[1:] * z[:-1]).mean(axis=0)) < 4.5 / 100)


def test_same_seed_same_draws() -> None:
    density = exam_density((10, 2.5))
    first, again, other = (laplace(density, seed=s).draws for s in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert np.all(first != other)


def test_what_the_outcome_says() -> None:
    density = exam_density((10, 2.5))
    outcome = laplace(density)
    assert not outcome.exact
    assert not outcome.problems
    assert "Laplace" in outcome.label
    assert outcome.info["iterations"] == find_mode(density).iterations
    assert Laplace().refuses(density) is None
    assert not Laplace.exact
    assert not Laplace.point


@pytest.mark.parametrize("link", ["logit", "probit", "cloglog", "loglog", "cauchit"])
def test_precision_is_the_curvature_for_every_link(link: str) -> None:
    X, counts = table(150, 3, seed=7)
    density = density_of(X, counts, [Normal(0, 2.5)] * 3, Bernoulli(link))
    gaussian = laplace(density).gaussian
    assert gaussian is not None
    expected = np.linalg.inv(density.precision(gaussian.mean))
    np.testing.assert_allclose(gaussian.covariance, expected, rtol=1e-9)


@pytest.mark.parametrize("column", ["zeros", "copy", "sum"])
def test_a_flat_direction_is_refused(column: str) -> None:
    X, counts = table(50, 2)
    extra = {"zeros": np.zeros(50), "copy": X[:, 1], "sum": 3.0 - 0.7 * X[:, 1]}[column]
    wide = np.column_stack([X, extra])
    message = r"not curved downwards in every direction.*expected a proper peak; remove flat priors"
    with pytest.raises(FitFailed, match=message):
        laplace(density_of(wide, counts, [Flat()] * 3))


def test_separation_under_a_flat_prior_is_a_severe_problem() -> None:
    X, counts = SEPARATED
    outcome = laplace(density_of(X, counts, [Flat()] * 2))
    assert [(p.code, p.severity) for p in outcome.problems] == [("not_converged", "severe")]


# --- the Gaussian itself ---------------------------------------------------------------------


def test_gaussian_equals_scipy() -> None:
    from scipy.stats import multivariate_normal

    covariance = np.array([[2.0, 0.3], [0.3, 0.5]])
    gaussian = Gaussian(np.array([1.0, -1.0]), covariance)
    theta = np.random.default_rng(0).normal(size=(2, 7))
    expected = multivariate_normal([1.0, -1.0], covariance).logpdf(theta.T)
    np.testing.assert_allclose(gaussian.log_density(theta), expected, rtol=1e-12)
    np.testing.assert_allclose(gaussian.log_determinant, np.log(np.linalg.det(covariance)))
    np.testing.assert_allclose(gaussian.cholesky @ gaussian.cholesky.T, covariance, rtol=1e-14)


def test_gaussian_from_a_precision_of_very_different_scales() -> None:
    scale = np.array([1e12, 1.0, 1e-12])
    correlation = np.array([[1.0, 0.5, 0.2], [0.5, 1.0, -0.3], [0.2, -0.3, 1.0]])
    gaussian = Gaussian.from_precision(np.zeros(3), correlation * np.outer(scale, scale))
    expected = np.linalg.inv(correlation) / np.outer(scale, scale)
    np.testing.assert_allclose(gaussian.covariance, expected, rtol=1e-12)


@pytest.mark.parametrize(
    "precision", [[[1.0, 2.0], [2.0, 1.0]], [[1.0, 0.0], [0.0, 0.0]], [[1.0, 1.0], [1.0, 1.0]]]
)
def test_a_precision_that_is_not_positive_definite_is_refused(precision: Any) -> None:
    with pytest.raises(np.linalg.LinAlgError):
        Gaussian.from_precision(np.zeros(2), np.array(precision))


# --- what must not matter --------------------------------------------------------------------

quick = settings(max_examples=20, deadline=None)


@given(seed=st.integers(0, 10_000), exponent=st.integers(-9, 9))
@quick
def test_evidence_does_not_depend_on_units(seed: int, exponent: int) -> None:
    rng = np.random.default_rng(seed)
    X = np.column_stack([np.ones(30), rng.normal(size=30)])
    counts = np.eye(2)[rng.integers(0, 2, 30)]
    factor = 10.0**exponent
    plain = evidence_of(density_of(X, counts, [Normal(0, 2), Normal(0.3, 1)]))
    scaled = evidence_of(
        density_of(X * [1.0, factor], counts, [Normal(0, 2), Normal(0.3 / factor, 1 / factor)])
    )
    np.testing.assert_allclose(scaled, plain, rtol=1e-9)


@given(seed=st.integers(0, 10_000))
@quick
def test_evidence_of_weights_and_of_permuted_rows(seed: int) -> None:
    rng = np.random.default_rng(seed)
    X = np.column_stack([np.ones(30), rng.normal(size=(30, 2))])
    counts, times = np.eye(2)[rng.integers(0, 2, 30)], rng.integers(0, 4, 30)
    priors: list[Prior] = [Normal(0, 2), StudentT(3, 0, 1), Normal(0, 0.5)]
    family: Family = Bernoulli("probit")
    weighted = evidence_of(density_of(X, counts * times[:, None], priors, family))
    rows, columns = rng.permutation(np.repeat(np.arange(30), times)), rng.permutation(3)
    repeated = evidence_of(
        density_of(X[rows][:, columns], counts[rows], [priors[j] for j in columns], family)
    )
    np.testing.assert_allclose(repeated, weighted, rtol=1e-9, atol=1e-9)
