"""Expectation propagation: published figures, exactness with one row, and refusals."""

from __future__ import annotations

import numpy as np
import pytest

from bayeslogit.errors import FitFailed
from bayeslogit.families import Bernoulli, Binomial, Family, Multinomial
from bayeslogit.inference.base import Outcome
from bayeslogit.inference.grid_integration import integrate
from bayeslogit.inference.methods.ep import ExpectationPropagation, _in_turn, _together, propagate
from bayeslogit.inference.sites import sites_of
from bayeslogit.priors import CoefficientPrior, Flat, Normal, Prior, StudentT
from bayeslogit.response.base import class_counts
from bayeslogit.specification.density import Likelihood, LogDensity
from tests.helpers import EXACT, HOURS, PASSED, exam_model

# Mean and sd of intercept and slope (independent implementation, 64 nodes, damped to 1e-11).
SETTLED = {
    (10.0, 10.0): ((-4.78531, 1.76849), (1.78454, 0.62966)),
    (10.0, 2.5): ((-4.46103, 1.64932), (1.65925, 0.58110)),
    (2.5, 2.5): ((-3.17712, 1.21056), (1.23589, 0.43756)),
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
    return ExpectationPropagation(**options).run(
        density, draws=draws, chains=4, rng=np.random.default_rng(seed), progressbar=False
    )


@pytest.mark.parametrize("sds", list(SETTLED))
def test_exam_to_the_printed_digits(sds: tuple[float, float]) -> None:
    out = run(exam_model(*sds).density)
    assert out.gaussian is not None
    assert out.evidence is not None
    mean, sd = out.gaussian.mean, np.sqrt(np.diag(out.gaussian.covariance))
    np.testing.assert_allclose(np.stack([mean, sd], axis=1), SETTLED[sds], rtol=0, atol=6e-6)
    assert out.evidence.kind == "approximation"
    assert out.evidence.value == pytest.approx(EXACT[sds][2], abs=0.06)
    assert out.info["sites"] == 20
    assert not out.exact


def test_exam_correlation() -> None:
    gaussian = run(exam_model(10, 10).density).gaussian
    assert gaussian is not None
    cov = gaussian.covariance
    assert cov[0, 1] / np.sqrt(cov[0, 0] * cov[1, 1]) == pytest.approx(-0.9281, abs=6e-5)


@pytest.mark.parametrize("link", ["logit", "probit", "cloglog"])
@pytest.mark.parametrize(
    ("failures", "successes", "sd"),
    [
        (0, 1, 1.0),
        (0, 1, 30.0),
        (1, 0, 5.0),
        (3, 4, 10.0),
        (3000, 4000, 1e5),
        (9000, 1000, 3.0),
        (0.2, 0.3, 2.0),
    ],
)
def test_one_row_is_exact(link: str, failures: float, successes: float, sd: float) -> None:
    # With one site the matched moments are the posterior's own, however steep the row.
    counts = np.array([[failures, successes]], dtype=float)
    density = density_of(
        np.full((1, 1), 0.7), counts, Normal(0.5, sd), Binomial(link=link), np.array([0.3])
    )
    out, exact = run(density), integrate(density)
    assert out.gaussian is not None
    assert out.evidence is not None
    assert out.gaussian.mean[0] == pytest.approx(exact.mean[0], abs=1e-7 * exact.sd[0])
    assert np.sqrt(out.gaussian.covariance[0, 0]) == pytest.approx(exact.sd[0], rel=1e-7)
    assert out.evidence.value == pytest.approx(exact.log_evidence, abs=1e-7)


def test_closer_than_laplace_on_separated_data() -> None:
    density = separated(Normal(0, 2.5))
    gaussian, exact = run(density).gaussian, integrate(density)
    assert gaussian is not None
    assert np.all(np.abs(gaussian.mean - exact.mean) < 0.02 * exact.sd)
    np.testing.assert_allclose(np.sqrt(np.diag(gaussian.covariance)), exact.sd, rtol=0.06)


def test_equal_rows_have_equal_sites() -> None:
    rng = np.random.default_rng(4)
    X = np.column_stack([np.ones(6), rng.standard_normal(6)])
    counts = class_counts(rng.integers(0, 2, 6), 2, None)
    many = density_of(np.tile(X, (5, 1)), np.tile(counts, (5, 1)), Normal(0, 2))
    assert many.rows.X.shape[0] == 6
    together = run(many)
    assert together.info["sites"] == 30
    apart = propagate(sites_of(many, many.likelihood), np.ones(30))
    assert together.evidence is not None
    assert together.evidence.value == pytest.approx(apart.log_evidence, abs=1e-9)
    expected = sites_of(many, many.likelihood).gaussian(apart.mean, apart.covariance)
    assert together.gaussian is not None
    np.testing.assert_allclose(together.gaussian.mean, expected.mean, atol=1e-8)


def test_rows_without_counts_change_nothing() -> None:
    X = np.column_stack([np.ones(20), HOURS])
    counts = class_counts(PASSED, 2, None)
    prior = Normal(0, 2.5)
    extra = density_of(np.vstack([X, [1.0, 40.0]]), np.vstack([counts, [0.0, 0.0]]), prior)
    first, second = run(density_of(X, counts, prior)).gaussian, run(extra).gaussian
    assert first is not None
    assert second is not None
    np.testing.assert_allclose(first.mean, second.mean, atol=1e-8)


@pytest.mark.parametrize("unit", [1e-12, 1e12])
def test_units_do_not_matter(unit: float) -> None:
    X = np.column_stack([np.ones(20), HOURS * unit])
    prior = Normal(np.zeros(2), np.array([10.0, 2.5 / unit]))
    out = run(density_of(X, class_counts(PASSED, 2, None), prior))
    assert out.gaussian is not None
    assert out.gaussian.mean[1] * unit == pytest.approx(1.65925, abs=6e-6)


def test_wide_priors_on_separated_data_settle() -> None:
    for sd in (10.0, 100.0, 1000.0):
        density = separated(Normal(0, sd))
        out = run(density)
        assert out.info["change"] < 1e-9
        assert out.evidence is not None
        assert out.evidence.value == pytest.approx(integrate(density).log_evidence, abs=0.15)


def test_more_coefficients_than_rows() -> None:
    rng = np.random.default_rng(6)
    X = rng.standard_normal((30, 60))
    counts = class_counts(rng.integers(0, 2, 30), 2, None)
    out = run(density_of(X, counts, Normal(0, 3)))
    assert out.info["change"] < 1e-9


def test_sites_one_after_another_reach_the_same_point() -> None:
    rows = sites_of(exam_model(10, 10).density)
    copies = np.ones(len(rows.base))
    start = np.stack([np.full(len(copies), 0.1), np.zeros(len(copies))])
    together, *_ = _together(rows, copies, start, 1e-10, 1.0, 200)
    turned, _, change, _ = _in_turn(rows, copies, start, 1e-10, 1.0, 200)
    assert change < 1e-10
    np.testing.assert_allclose(turned, together, atol=1e-8)


def test_many_equal_rows_that_overshoot_together() -> None:
    # Thirty equal rows answer a change at once: plain sweeps swing for ever here.
    density = density_of(np.ones((30, 1)), np.tile([0.0, 1.0], (30, 1)), Normal(0, 10))
    out = run(density)
    assert out.info["damping"] < 1.0
    assert out.info["change"] < 1e-9
    assert out.gaussian is not None
    exact = integrate(density)
    assert abs(out.gaussian.mean[0] - exact.mean[0]) < 0.2 * exact.sd[0]


def test_damping_does_not_move_the_fixed_point() -> None:
    first, second = run(exam_model().density), run(exam_model().density, damping=0.5)
    assert first.gaussian is not None
    assert second.gaussian is not None
    np.testing.assert_allclose(first.gaussian.mean, second.gaussian.mean, atol=1e-7)


def test_flat_priors_have_no_evidence() -> None:
    X = np.column_stack([np.ones(20), HOURS])
    density = density_of(X, class_counts(PASSED, 2, None), Flat())
    out = run(density)
    assert out.evidence is None
    exact = integrate(density)
    assert out.gaussian is not None
    assert np.all(np.abs(out.gaussian.mean - exact.mean) < 0.05 * exact.sd)


def test_draws_come_from_the_gaussian() -> None:
    out = run(exam_model().density, draws=5000)
    assert out.draws.shape == (4, 5000, 2)
    assert out.gaussian is not None
    np.testing.assert_allclose(
        np.cov(out.draws.reshape(-1, 2).T), out.gaussian.covariance, rtol=0.05
    )
    np.testing.assert_array_equal(run(exam_model().density).draws, run(exam_model().density).draws)


def test_sweeps_that_do_not_settle() -> None:
    with pytest.raises(FitFailed) as caught:
        run(exam_model().density, sweeps=2)
    assert str(caught.value).startswith(
        "expectation propagation did not converge: after 4 sweeps the last one still moved the "
    )
    assert str(caught.value).endswith("or use method='variational'")


def test_a_row_that_alone_determines_a_flat_coefficient() -> None:
    X = np.array([[1.0, 0.0], [1.0, 0.0], [1.0, 1.0]])
    counts = np.array([[3.0, 4.0], [5.0, 2.0], [7.0, 3.0]])
    density = density_of(X, counts, Flat(), Binomial())
    assert ExpectationPropagation().refuses(density) is None
    with pytest.raises(
        FitFailed, match=r"a row alone determines a coefficient with a \(nearly\) flat"
    ):
        run(density)


def test_refusals() -> None:
    refuses = ExpectationPropagation().refuses
    three = density_of(np.ones((6, 2)), np.eye(3)[[0, 1, 2, 0, 1, 2]], Normal(0, 1), Multinomial(3))
    assert refuses(three) == (
        "the multinomial family has 2 linear predictors per row and the integrals here are over one"
    )
    assert refuses(separated(StudentT(3, 0, 2.5))) == "the prior StudentT is not Gaussian"
    assert (refuses(separated(Flat())) or "").startswith("the posterior is improper: ")
    assert refuses(separated(Normal(0, 1), Bernoulli(link="cauchit"))) == (
        "the likelihood with the cauchit link is not log-concave, so that sites may have negative "
        "variances"
    )
    assert ExpectationPropagation(damping=1.5).refuses(separated(Normal(0, 1))) == (
        "damping=1.5 is not a number above 0 and at most 1, the share of each update that is taken"
    )
