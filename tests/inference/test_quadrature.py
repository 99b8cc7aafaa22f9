"""The exact posterior on a grid, against published figures, brute force and closed forms."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import integrate as scipy_integrate
from scipy import stats

import bayeslogit as bl
from bayeslogit.errors import FitFailed
from bayeslogit.families import Bernoulli, Binomial, Cumulative
from bayeslogit.inference.grid import Sheet
from bayeslogit.inference.grid_integration import integrate
from bayeslogit.inference.methods.quadrature import Quadrature, sample
from bayeslogit.inference.refusals import improper_posterior
from bayeslogit.priors import Cauchy, CoefficientPrior, Flat, Normal, Prior, StudentT
from bayeslogit.response.base import class_counts
from bayeslogit.specification.density import Likelihood, LogDensity
from tests.helpers import EXACT, HOURS, PASSED, exam_model


def density_of(
    X: np.ndarray,
    y: np.ndarray,
    prior: Prior,
    trials: np.ndarray | None = None,
    weights: np.ndarray | float = 1.0,
    offset: np.ndarray | None = None,
) -> LogDensity:
    counts = class_counts(y, 2, trials) * np.reshape(weights, (-1, 1))
    family = Bernoulli() if trials is None else Binomial()
    names = tuple(f"b{k}" for k in range(X.shape[1]))
    likelihood = Likelihood(family, X, counts, offset)
    return LogDensity(likelihood, CoefficientPrior(names, ((np.arange(X.shape[1]), prior),)))


def separated(prior: Prior) -> LogDensity:
    x = np.arange(1.0, 11.0)
    return density_of(np.column_stack([np.ones(10), x]), (x > 5).astype(int), prior)


def run(density: LogDensity, draws: int = 1000, seed: int = 1, **options):
    return Quadrature(**options).run(
        density, draws=draws, chains=4, rng=np.random.default_rng(seed), progressbar=False
    )


@pytest.mark.parametrize("sds", list(EXACT))
def test_exam_moments_to_the_printed_digits(sds: tuple[float, float]) -> None:
    intercept, slope, log_evidence = EXACT[sds]
    out = run(exam_model(*sds).density)
    mean, sd = out.info["mean"], out.info["sd"]
    np.testing.assert_allclose((mean[0], sd[0]), intercept, rtol=0, atol=6e-6)
    np.testing.assert_allclose((mean[1], sd[1]), slope, rtol=0, atol=6e-6)
    assert out.evidence is not None
    assert out.evidence.kind == "exact"
    assert out.evidence.value == pytest.approx(log_evidence, abs=6e-7)
    assert out.exact
    assert out.problems == ()
    assert out.info["stability"] < 1e-8


@pytest.mark.parametrize(("sds", "corr"), [((10, 10), -0.93650), ((10, 2.5), -0.92794)])
def test_exam_correlation(sds: tuple[float, float], corr: float) -> None:
    cov = run(exam_model(*sds).density).info["covariance"]
    assert cov[0, 1] / np.sqrt(cov[0, 0] * cov[1, 1]) == pytest.approx(corr, abs=6e-6)


def test_evidence_without_the_slope() -> None:
    # The null model of the exam data: log evidence by one-dimensional quadrature.
    for sd, expected in [(10.0, -16.958803), (2.5, -15.587994)]:
        density = density_of(np.ones((20, 1)), PASSED, Normal(0, sd))
        assert integrate(density).log_evidence == pytest.approx(expected, abs=6e-7)


def test_quantiles_by_brute_force() -> None:
    density = exam_model(10, 2.5).density
    slope, intercept = np.linspace(-2, 9, 1101), np.linspace(-28, 8, 721)
    marginal = np.array(
        [np.exp(density.value(np.stack([intercept, 0 * intercept + b])) + 8).sum() for b in slope]
    )
    cdf = scipy_integrate.cumulative_simpson(marginal, x=slope, initial=0)
    found = integrate(density)
    margin = found.margins[1]
    np.testing.assert_allclose(margin.cdf(slope[100:1000]), (cdf / cdf[-1])[100:1000], atol=2e-8)
    # A grid of 1601 nodes without interpolation between them misses these by up to 0.005.
    probs = np.array([0.025, 0.5, 0.975])
    np.testing.assert_allclose(margin.quantile(probs), [0.61432, 1.60454, 3.09359], atol=6e-6)
    np.testing.assert_allclose(margin.cdf(margin.quantile(probs)), probs, atol=1e-12)
    assert 1 - margin.cdf(np.array(0.0)) == pytest.approx(0.999834, abs=1e-6)


def test_closed_form_without_data() -> None:
    # Rows of weight zero leave the prior: a Gaussian with known moments and evidence one.
    rng = np.random.default_rng(3)
    for size in (1, 2, 3):
        half = rng.standard_normal((size, size + 2))
        prior = bl.GaussianPrior(rng.standard_normal(size), half @ half.T)
        names = tuple("abc"[:size])
        rows = Likelihood(Bernoulli(), np.ones((1, size)), np.zeros((1, 2)))
        found = integrate(LogDensity(rows, CoefficientPrior(names, joint=prior)))
        assert found.log_evidence == pytest.approx(0.0, abs=1e-10)
        np.testing.assert_allclose(found.mean, prior.mean, atol=1e-9)
        np.testing.assert_allclose(found.covariance, prior.covariance, atol=1e-8)
        for k in range(size):
            np.testing.assert_allclose(
                found.margins[k].quantile(np.array([0.01, 0.6])),
                stats.norm.ppf([0.01, 0.6], prior.mean[k], np.sqrt(prior.covariance[k, k])),
                atol=1e-7,
            )


@pytest.mark.parametrize("nu", [2.5, 3.0, 7.0])
def test_closed_form_of_a_heavy_tail(nu: float) -> None:
    density = density_of(np.ones((1, 1)), np.zeros(1, int), StudentT(nu, 1.0, 2.0), weights=0.0)
    found = integrate(density)
    assert found.log_evidence == pytest.approx(0.0, abs=1e-8)
    assert found.mean[0] == pytest.approx(1.0, abs=1e-6)
    assert found.sd[0] == pytest.approx(2 * np.sqrt(nu / (nu - 2)), rel=1e-6)
    expected = stats.t.ppf([0.001, 0.975], nu, 1.0, 2.0)
    np.testing.assert_allclose(
        found.margins[0].quantile(np.array([0.001, 0.975])), expected, rtol=1e-6
    )


def test_moments_that_do_not_exist() -> None:
    density = density_of(np.ones((1, 1)), np.zeros(1, int), Cauchy(0, 1), weights=0.0)
    out = run(density)
    assert np.isnan(out.info["mean"][0])
    assert np.isinf(out.info["sd"][0])
    np.testing.assert_allclose(out.info["quantiles"][[1, 3], 0], [-1, 1], atol=1e-6)
    (problem,) = out.problems
    assert problem.code == "no_moments"
    assert problem.sentence == (
        "the posterior variance of 'b0' does not exist: heavy tails of a prior or link meet data "
        "that set no bound; expected a finite variance; report quantiles, or use a prior with "
        "lighter tails such as Normal(0, 2.5)."
    )


def test_separation_with_narrow_and_wide_priors() -> None:
    for sd in (1.0, 10.0, 100.0):
        density = separated(Normal(0, sd))
        found = integrate(density)
        assert found.stability < 1e-8
        # Each coefficient took its turn as the first axis of a grid of its own.
        for k in range(2):
            margin = found.margins[k]
            assert margin.weights @ margin.values == pytest.approx(found.mean[k], rel=1e-9)


def test_three_coefficients_against_two() -> None:
    # A column of zeros leaves its prior and changes nothing else.
    rng = np.random.default_rng(5)
    X = np.column_stack([np.ones(15), rng.standard_normal((15, 2))])
    X[:, 2] = 0.0
    y = rng.integers(0, 2, 15)
    three = integrate(density_of(X, y, Normal(0, 2)))
    two = integrate(density_of(X[:, :2], y, Normal(0, 2)))
    assert three.log_evidence == pytest.approx(two.log_evidence, abs=1e-9)
    np.testing.assert_allclose(three.mean, [*two.mean, 0.0], atol=1e-8)
    np.testing.assert_allclose(three.sd, [*two.sd, 2.0], atol=1e-8)


@pytest.mark.parametrize("counts", [(4, 1, 4), (0, 0, 3), (30, 2, 1)])
def test_cutpoints_without_walls(counts: tuple[int, int, int]) -> None:
    y = np.repeat([0, 1, 2], counts)
    prior = CoefficientPrior(
        ("0|1", "1|2"),
        ((np.arange(2), Normal(np.array([-1.0, 1.0]), 2.0)),),
        increasing=(0, 1),
    )
    rows = Likelihood(
        Cumulative(classes=3),
        np.ones((len(y), 1)),
        class_counts(y, 3, None),
        initial=np.array([-1.0, 1.0]),
    )
    density = LogDensity(rows, prior)
    found = integrate(density)
    assert found.stability < 1e-8
    # Brute force in the first cutpoint and the gap, which is positive.
    first, gap = np.linspace(-14, 10, 1201), np.linspace(0, 16, 1601)[1:] - 0.005
    points = np.stack([np.repeat(first, 1600), np.tile(gap, 1201) + np.repeat(first, 1600)])
    value = np.exp(density.value(points)) * 0.02 * 0.01
    assert found.log_evidence == pytest.approx(np.log(value.sum()), abs=1e-4)
    value /= value.sum()
    mean = points @ value
    np.testing.assert_allclose(found.mean, mean, atol=1e-4)
    np.testing.assert_allclose(found.covariance, np.cov(points, aweights=value), atol=1e-3)
    for k, margin in enumerate(found.margins):
        assert margin.weights @ margin.values == pytest.approx(found.mean[k], abs=1e-7)
        below = margin.cdf(np.array(mean[k]))
        assert below == pytest.approx(value[points[k] <= mean[k]].sum(), abs=5e-3)
    draws = run(density, draws=2000).draws
    assert np.all(draws[:, :, 0] < draws[:, :, 1])
    flat = draws.reshape(-1, 2)
    assert np.all(np.abs(flat.mean(axis=0) - found.mean) < 4.5 * found.sd / np.sqrt(8000))


def test_weights_offsets_and_counts() -> None:
    # Weights multiply the log-likelihood: two copies of a row are one row of weight two.
    rng = np.random.default_rng(8)
    X = np.column_stack([np.ones(8), rng.standard_normal(8)])
    y, offset = rng.integers(0, 2, 8), rng.standard_normal(8)
    once = integrate(density_of(X, y, Normal(0, 2), weights=2.0, offset=offset))
    twice = integrate(
        density_of(np.tile(X, (2, 1)), np.tile(y, 2), Normal(0, 2), offset=np.tile(offset, 2))
    )
    counts = integrate(density_of(X, 2 * y, Normal(0, 2), trials=np.full(8, 2), offset=offset))
    for other in (twice, counts):
        assert once.log_evidence == pytest.approx(other.log_evidence, abs=1e-9)
        np.testing.assert_allclose(once.mean, other.mean, atol=1e-8)


def test_units_do_not_matter() -> None:
    for unit in (1e-12, 1e12):
        X = np.column_stack([np.ones(20), HOURS * unit])
        prior = CoefficientPrior(
            ("a", "b"), ((np.arange(2), Normal(np.zeros(2), np.array([10.0, 2.5 / unit]))),)
        )
        found = integrate(
            LogDensity(Likelihood(Bernoulli(), X, class_counts(PASSED, 2, None)), prior)
        )
        assert found.log_evidence == pytest.approx(-12.487134, abs=1e-6)
        assert found.mean[1] * unit == pytest.approx(1.66985, abs=6e-6)


def test_large_samples_far_from_zero() -> None:
    rng = np.random.default_rng(2)
    year = rng.uniform(1900, 2020, 3000)
    y = (rng.random(3000) < 1 / (1 + np.exp(-0.03 * (year - 1960)))).astype(int)
    X = np.column_stack([np.ones(3000), year])
    found = integrate(density_of(X, y, Normal(0, 1000)))
    centred = X - [0, 1960]
    prior = bl.GaussianPrior([0, 0], 1e6 * np.array([[1 + 1960**2, 1960], [1960, 1]]))
    rows = Likelihood(Bernoulli(), centred, class_counts(y, 2, None))
    other = integrate(LogDensity(rows, CoefficientPrior(("a", "b"), joint=prior)))
    assert found.log_evidence == pytest.approx(other.log_evidence, abs=1e-6)
    assert found.mean[1] == pytest.approx(other.mean[1], rel=1e-7)
    assert found.sd[1] == pytest.approx(other.sd[1], rel=1e-7)


@pytest.mark.parametrize(
    "density",
    [
        exam_model(10, 10).density,
        separated(Normal(0, 10)),
        separated(StudentT(3, 0, 2.5)),
        density_of(np.ones((9, 1)), (np.arange(9) > 0).astype(int), Normal(0, 5)),
    ],
    ids=["exam", "separated", "heavy", "one"],
)
def test_draws_are_from_the_posterior(density: LogDensity) -> None:
    out = run(density, draws=2000)
    assert out.draws.shape == (4, 2000, density.size)
    draws = out.draws.reshape(-1, density.size)
    for k, margin in enumerate(integrate(density).margins):
        # Probability integral transforms are uniform, tails included.
        assert stats.kstest(margin.cdf(draws[:, k]), "uniform").pvalue > 1e-3
    np.testing.assert_allclose(out.stats["lp"].ravel(), density.value(draws.T), atol=1e-9)
    assert out.info["acceptance"] > 0.8


def test_joint_draws() -> None:
    density = exam_model(10, 10).density
    draws = run(density, draws=10_000).draws.reshape(-1, 2)
    assert np.corrcoef(draws.T)[0, 1] == pytest.approx(-0.9365, abs=0.004)


def test_same_seed_same_draws() -> None:
    density = exam_model().density
    np.testing.assert_array_equal(run(density).draws, run(density).draws)
    assert not np.array_equal(run(density).draws, run(density, seed=2).draws)


def test_points_run_out() -> None:
    out = run(separated(Normal(0, 1000)), max_points=5_000)
    (problem,) = out.problems
    assert problem.code == "grid_not_stable"
    assert problem.severity == "severe"
    assert problem.sentence.startswith("the grid leaves an error of about ")
    assert "raise max_points" in problem.sentence


def test_flat_priors_have_no_evidence() -> None:
    X = np.column_stack([np.ones(20), HOURS])
    density = density_of(X, PASSED, Flat())
    assert Quadrature().refuses(density) is None
    assert run(density).evidence is None


def test_refuses_many_coefficients() -> None:
    density = density_of(np.ones((5, 4)), np.zeros(5, int), Normal(0, 1))
    assert Quadrature().refuses(density) == (
        "the model has 4 coefficients and a grid over all of them is possible for at most 3"
    )


def test_refuses_improper_posteriors() -> None:
    x = np.arange(1.0, 11.0)
    one = np.ones(10)
    cases = {
        "separated": (np.column_stack([one, x]), x > 5),
        "quasi-separated": (np.column_stack([one, np.minimum(x, 5)]), x + 0 * (x == 5) > 5),
        "collinear": (np.column_stack([one, x, 2 * x]), x % 2),
        "one class": (one[:, None], one),
    }
    for X, y in cases.values():
        density = density_of(X, np.asarray(y, int), Flat())
        assert (Quadrature().refuses(density) or "").startswith(
            "the posterior is improper: with flat priors ('b0'"
        )
    assert improper_posterior(separated(Normal(0, 100))) is None


def test_improper_posterior_that_reaches_the_grid() -> None:
    with pytest.raises(FitFailed, match="the posterior does not fall off: at 1e18 standard dev"):
        integrate(separated(Flat()))


def test_infinite_density() -> None:
    class Nowhere:
        constant = 0.0

        def value(self, theta: np.ndarray) -> np.ndarray:
            return np.full(theta.shape[1], -np.inf)

        size, prior, rows = (
            1,
            CoefficientPrior(("a",)),
            Likelihood(Bernoulli(), np.ones((1, 1)), np.ones((1, 2))),
        )

    coordinates = integrate(density_of(np.ones((2, 1)), np.array([0, 1]), Normal(0, 1))).sheet
    sheet = Sheet(replace(coordinates.coordinates, density=Nowhere()), 0.5)  # type: ignore[arg-type]
    with pytest.raises(FitFailed, match="the log posterior is -inf over the whole grid"):
        sheet.weights()


def test_density_that_the_grid_misses() -> None:
    sheet = integrate(density_of(np.ones((2, 1)), np.array([0, 1]), Normal(0, 1))).sheet

    class Corner:
        constant = 0.0

        def value(self, theta: np.ndarray) -> np.ndarray:
            return np.where(theta[0] > 2.6, 0.0, -60.0)

        rows = Likelihood(Bernoulli(), np.ones((1, 1)), np.ones((1, 2)))
        prior = CoefficientPrior(("a",))

    sheet.coordinates = replace(sheet.coordinates, density=Corner())  # type: ignore[arg-type]
    with pytest.raises(FitFailed, match="proposals from the grid were accepted"):
        sample(sheet, np.random.default_rng(0), 1000)


def test_a_grid_that_would_take_minutes_is_refused() -> None:
    coordinates = integrate(exam_model().density).sheet.coordinates
    with pytest.raises(FitFailed, match="does not yet cover the posterior, whose tails are very"):
        Sheet(coordinates, 0.5, None, 100).expand()
