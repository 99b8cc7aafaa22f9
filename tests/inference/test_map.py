"""The posterior mode: to every printed digit, against other software, and where data are hard."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import bayeslogit as bl
from bayeslogit.errors import FitFailed
from bayeslogit.families import Bernoulli, Binomial, Family
from bayeslogit.inference.methods.map import Map
from bayeslogit.inference.mode import Mode, find_mode, relative_gradient
from bayeslogit.priors import Cauchy, CoefficientPrior, Flat, GaussianPrior, Normal, Prior, StudentT
from bayeslogit.response.base import class_counts
from bayeslogit.specification.density import Likelihood, LogDensity
from tests.differences import jacobian
from tests.examples import (
    EXAM,
    EXAMPLES,
    SEPARATED,
    density_of,
    exam_density,
    random_counts,
    table,
)
from tests.helpers import PASSED, UNBOUNDED

# The same figures as printed by R 4.2 (glm for the first, penalised Newton for the others):
# prior sds, mode, Laplace sds in brackets.
PRINTED = [
    ((None, None), ("-4.07771343", "1.50464543"), ("1.760994", "0.628721")),
    ((None, 1), ("-3.13952493", "1.14860390"), ("1.312302", "0.445466")),
    ((None, 2.5), ("-3.85521506", "1.41975133"), ("1.637742", "0.578541")),
    ((10, 10), ("-3.94416387", "1.45943859"), ("1.684844", "0.602105")),
    ((10, 2.5), ("-3.75641710", "1.38741683"), ("1.585724", "0.561199")),
    ((2.5, 2.5), ("-2.85466104", "1.09507120"), ("1.186780", "0.428947")),
    ((1, 1), ("-1.36550208", "0.61126359"), ("0.713276", "0.270489")),
]


def assert_peak(density: LogDensity, mode: Mode) -> None:
    """Check that the gradient is zero and that nowhere near is higher."""
    assert mode.converged
    assert relative_gradient(density, mode.theta) < 1e-8
    value, gradient = density.value_and_gradient(mode.theta[:, None])
    np.testing.assert_allclose(mode.value, value[0], rtol=1e-12, atol=1e-12)
    assert np.all(
        np.abs(gradient[:, 0]) <= 1e-8 * np.maximum(density.gradient_terms(mode.theta), 1)
    )
    scale = np.sqrt(np.diag(np.linalg.inv(mode.precision)))
    moves = np.random.default_rng(0).normal(size=(len(scale), 50)) * scale[:, None] * 1e-3
    assert np.all(density.value(mode.theta[:, None] + moves) <= mode.value + 1e-12)


# --- figures known in advance ----------------------------------------------------------------


@pytest.mark.parametrize(("entry", "printed"), list(zip(EXAM["logit"], PRINTED, strict=True)))
def test_exam_modes_to_every_digit(entry: dict[str, Any], printed: Any) -> None:
    sds, printed_mode, printed_sds = printed
    assert tuple(entry["prior_sds"]) == sds
    mode = find_mode(exam_density(sds))
    assert mode.converged
    np.testing.assert_allclose(mode.theta, [float(v) for v in entry["mode"]], rtol=1e-12)
    np.testing.assert_allclose(mode.value, float(entry["log_posterior"]), rtol=1e-13)
    covariance = np.linalg.inv(mode.precision)
    found_sds = np.sqrt(np.diag(covariance))
    np.testing.assert_allclose(found_sds, [float(v) for v in entry["sds"]], rtol=1e-10)
    np.testing.assert_allclose(covariance[0, 1], float(entry["covariance"]), rtol=1e-10)
    assert tuple(f"{v:.8f}" for v in mode.theta) == printed_mode
    assert tuple(f"{v:.6f}" for v in found_sds) == printed_sds


def test_exam_maximum_likelihood_and_what_follows_from_it() -> None:
    # Computed with R 4.2: glm(passed ~ hours, binomial).
    density = exam_density((None, None))
    mode = find_mode(density)
    intercept, slope = mode.theta
    eta = intercept + slope * np.arange(1, 6)
    odds, prob = np.exp(eta), 1 / (1 + np.exp(-eta))
    assert [f"{v:.9f}" for v in eta] == [
        "-2.573068003",
        "-1.068422574",
        "0.436222854",
        "1.940868282",
        "3.445513711",
    ]
    assert [f"{v:.10f}" for v in odds] == [
        "0.0763010940",
        "0.3435500148",
        "1.5468534789",
        "6.9647957556",
        "31.3593889657",
    ]
    assert [f"{v:.10f}" for v in prob] == [
        "0.0708919599",
        "0.2557031826",
        "0.6073586454",
        "0.8744475024",
        "0.9690970679",
    ]
    assert f"{-intercept / slope:.9f}" == "2.710082624"
    deviance = -2 * density.likelihood.value(mode.theta[:, None])[0]
    assert f"{deviance:.8f}" == "16.05975693"
    assert f"{deviance + 4:.10f}" == "20.0597569287"
    assert f"{deviance + 2 * np.log(20):.10f}" == "22.0512214758"
    fitted = density.family.probabilities(density.likelihood.eta(mode.theta[:, None]))[1, :, 0]
    assert f"{np.mean((PASSED - fitted) ** 2):.10f}" == "0.1366840109"
    assert f"{fitted[PASSED == 1].mean() - fitted[PASSED == 0].mean():.10f}" == "0.4726491931"
    null = density_of(np.ones((20, 1)), class_counts(PASSED, 2, None), [Flat()])
    assert f"{-2 * find_mode(null).value:.8f}" == "27.72588722"


def test_newton_needs_eight_steps_at_most() -> None:
    assert find_mode(exam_density((None, None))).iterations <= 8


def test_exam_probit() -> None:
    density = exam_density((None, None), Bernoulli("probit"))
    mode = find_mode(density)
    np.testing.assert_allclose(mode.theta, [float(v) for v in EXAM["probit"]], rtol=1e-12)
    # R 4.2: glm(passed ~ hours, binomial("probit")), which stops 1.5e-5 standard errors short.
    # Its standard errors use the expected information, a step behind; the curvature here is the
    # observed one.
    np.testing.assert_allclose(mode.theta, [-2.4727601, 0.9126805], atol=2e-5)
    from scipy.stats import norm

    X = density.likelihood.X
    eta = X @ mode.theta
    weight = norm.pdf(eta) ** 2 / (norm.cdf(eta) * norm.sf(eta))
    expected = np.sqrt(np.diag(np.linalg.inv(X.T @ (X * weight[:, None]))))
    np.testing.assert_allclose(expected, [0.9516079, 0.3367201], atol=1e-4)


def test_seeds_grouped_binomial() -> None:
    # R 4.2: glm(cbind(r, n - r) ~ x1 * x2, binomial) on the 21 plates of the BUGS example.
    r = [10, 23, 23, 26, 17, 5, 53, 55, 32, 46, 10, 8, 10, 8, 23, 0, 3, 22, 15, 32, 3]
    n = [39, 62, 81, 51, 39, 6, 74, 72, 51, 79, 13, 16, 30, 28, 45, 4, 12, 41, 30, 51, 7]
    x1, x2 = np.repeat([0, 1], [11, 10]), np.repeat([0, 1, 0, 1], [5, 6, 5, 5])
    X = np.column_stack([np.ones(21), x1, x2, x1 * x2]).astype(float)
    counts = class_counts(np.array(r), 2, np.array(n))
    constants = Binomial().constants(counts)
    density = density_of(X, counts, [Flat()] * 4, Binomial(), constants=constants)
    mode = find_mode(density)
    found = [f"{v:.8f}" for v in mode.theta]
    assert found == ["-0.55817174", "0.14592695", "1.31818187", "-0.77810370"]
    share = np.array(r) / np.array(n)
    with np.errstate(divide="ignore", invalid="ignore"):
        saturated = np.nansum(counts[:, 1] * np.log(share)) + np.nansum(
            counts[:, 0] * np.log1p(-share)
        )
    deviance = 2 * (saturated - (mode.value - constants.sum()))
    assert f"{deviance:.6f}" == "33.277786"


def test_odds_ratio_of_a_two_by_two_table() -> None:
    a, b, c, d = 12.0, 5.0, 3.0, 9.0
    X = np.array([[1.0, 1.0], [1.0, 0.0]])
    counts = np.array([[b, a], [d, c]])
    mode = find_mode(density_of(X, counts, [Flat(), Flat()], Binomial()))
    np.testing.assert_allclose(mode.theta, [np.log(c / d), np.log(a * d / (b * c))], rtol=1e-13)


# --- against other software ------------------------------------------------------------------


@pytest.mark.parametrize("C", [0.01, 1.0, 100.0])
def test_mode_equals_scikit_learn(C: float) -> None:
    from sklearn.linear_model import LogisticRegression

    X, counts = table(400, 6)
    priors: list[Prior] = [Flat(), *[Normal.from_C(C)] * 5]
    mode = find_mode(density_of(X, counts, priors))
    theirs = LogisticRegression(C=C, solver="newton-cholesky", tol=1e-14, max_iter=1000)
    theirs.fit(X[:, 1:], counts[:, 1])
    expected = np.concatenate([theirs.intercept_, theirs.coef_[0]])
    np.testing.assert_allclose(mode.theta, expected, rtol=1e-9, atol=1e-10)


STATSMODELS = {
    "logit": "Logit",
    "probit": "Probit",
    "cloglog": "CLogLog",
    "loglog": "LogLog",
    "cauchit": "Cauchy",
}


@pytest.mark.parametrize("link", STATSMODELS)
def test_mode_equals_statsmodels_with_weights_and_offset(link: str) -> None:
    import statsmodels.api as sm

    X, counts = table(250, 3, seed=4)
    rng = np.random.default_rng(1)
    weights, offset = rng.uniform(0.2, 3.0, 250), rng.normal(size=250) * 0.4
    density = density_of(X, counts * weights[:, None], [Flat()] * 3, Bernoulli(link), offset=offset)
    mode = find_mode(density)
    family = sm.families.Binomial(link=getattr(sm.families.links, STATSMODELS[link])())
    model = sm.GLM(counts[:, 1], X, family=family, freq_weights=weights, offset=offset)
    theirs = model.fit(tol=1e-14, maxiter=500)
    assert_peak(density, mode)
    np.testing.assert_allclose(mode.theta, theirs.params, rtol=1e-7, atol=1e-8)
    np.testing.assert_allclose(mode.value, theirs.llf, rtol=1e-12)
    information = -model.hessian(mode.theta, observed=True)
    np.testing.assert_allclose(mode.precision, information, rtol=1e-7, atol=1e-7)


def test_every_link_the_package_has_is_compared() -> None:
    assert set(STATSMODELS) == set(UNBOUNDED)


# --- the climb -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["logit", "probit", "cauchit"])
@pytest.mark.parametrize("prior", [Normal(30, 1), StudentT(1.5, -40, 0.3), Cauchy(60, 0.01)])
def test_the_log_posterior_never_falls(name: str, prior: Prior) -> None:
    X, counts = table(40, 3)
    density = density_of(X * [1.0, 30.0, 0.01], counts, [prior] * 3, Bernoulli(name))
    mode = find_mode(density)
    values = [find_mode(density, steps=steps).value for steps in range(mode.iterations + 1)]
    assert values[0] == pytest.approx(density.value(np.zeros((3, 1)))[0], rel=1e-14)
    assert np.min(np.diff(values)) >= -1e-11
    assert mode.value == values[-1]
    assert_peak(density, mode)


@pytest.mark.parametrize("prior", [StudentT(3, 0, 2.5), Cauchy(0, 2.5), StudentT(1.2, 5, 0.1)])
def test_heavy_tailed_priors_reach_a_mode(prior: Prior) -> None:
    X, counts = table(60, 4, seed=2)
    density = density_of(X, counts, [prior] * 4)
    mode = find_mode(density)
    assert_peak(density, mode)
    gradient = jacobian(lambda at: density.value(at[:, None])[0], mode.theta)
    np.testing.assert_allclose(gradient, 0.0, atol=1e-7)


@pytest.mark.parametrize("family", EXAMPLES.values(), ids=list(EXAMPLES))
def test_every_family_reaches_a_mode(family: Family) -> None:
    rng = np.random.default_rng(3)
    counts = random_counts(family, 120, "weighted")
    X = np.column_stack([np.ones(120), rng.normal(size=120)])
    L, size = family.n_eta, family.n_eta * 2
    initial = None
    if family.name == "cumulative":
        initial = np.column_stack([np.linspace(-1, 1, L), np.zeros(L)]).ravel()
    names = tuple(f"b{i}" for i in range(size))
    prior = CoefficientPrior(
        names, ((np.arange(size), Normal(np.zeros(size), np.full(size, 3.0))),)
    )
    density = LogDensity(Likelihood(family, X, counts, initial=initial), prior)
    assert_peak(density, find_mode(density))


@pytest.mark.parametrize("factor", [1e12, 1e-12, 1e100])
@pytest.mark.parametrize("prior", [Flat(), Normal(0, 2.5), StudentT(3, 0.5, 1.0)])
def test_units_of_a_predictor_do_not_matter(factor: float, prior: Prior) -> None:
    X, counts = table(200, 3)
    plain = find_mode(density_of(X, counts, [prior] * 3))
    scaled_prior = prior
    if isinstance(prior, Normal):
        scaled_prior = Normal(0, 2.5 / factor)
    elif isinstance(prior, StudentT):
        scaled_prior = StudentT(3, 0.5 / factor, 1.0 / factor)
    scale = np.array([1.0, factor, 1.0])
    scaled = find_mode(density_of(X * scale, counts, [prior, scaled_prior, prior]))
    assert scaled.converged
    assert scaled.iterations == plain.iterations
    np.testing.assert_allclose(scaled.theta * scale, plain.theta, rtol=1e-10)


@pytest.mark.parametrize("center", [1e3, 1e5, 1e6])
def test_a_predictor_far_from_zero(center: float) -> None:
    # Years, prices or coordinates: the climb ends where rounding ends it, and says so.
    X, counts = table(500, 2)
    plain = find_mode(density_of(X, counts, [Flat()] * 2))
    far = find_mode(density_of(X + np.array([0.0, center]), counts, [Flat()] * 2))
    assert far.converged
    assert far.iterations < 20
    np.testing.assert_allclose(far.theta[1], plain.theta[1], rtol=1e-8)
    np.testing.assert_allclose(far.theta[0] + center * far.theta[1], plain.theta[0], rtol=1e-6)


def test_collinear_columns_share_under_a_proper_prior() -> None:
    X, counts = table(200, 2)
    twice = np.column_stack([X, X[:, 1]])
    density = density_of(twice, counts, [Normal(0, 10), Normal(0, 2.5), Normal(0, 2.5)])
    mode = find_mode(density)
    assert_peak(density, mode)
    np.testing.assert_allclose(mode.theta[1], mode.theta[2], rtol=1e-9)
    # Two equal columns with sds s are one column with sd s sqrt(2).
    single = find_mode(density_of(X, counts, [Normal(0, 10), Normal(0, 2.5 * np.sqrt(2))]))
    np.testing.assert_allclose(mode.theta[1] + mode.theta[2], single.theta[1], rtol=1e-9)


def test_more_columns_than_rows_under_a_proper_prior() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(10, 40))
    density = density_of(X, np.eye(2)[rng.integers(0, 2, 10)], [Normal(0, 1)] * 40)
    assert_peak(density, find_mode(density))


@pytest.mark.parametrize("sd", [0.1, 2.5, 1e3, 1e6])
@pytest.mark.parametrize("far", [1.0, 1e4])
def test_separated_data_under_a_proper_prior(sd: float, far: float) -> None:
    X, counts = SEPARATED
    X = X * [1.0, 1.0] if far == 1.0 else np.where(X > 5, X * far, X)
    density = density_of(X, counts, [Normal(0, sd)] * 2)
    mode = find_mode(density)
    assert mode.converged
    assert mode.iterations < 60
    assert relative_gradient(density, mode.theta) < 1e-7


@pytest.mark.parametrize("outcome", ["separated", "one class"])
def test_no_mode_is_not_called_one(outcome: str) -> None:
    X, counts = SEPARATED
    if outcome == "one class":
        counts = np.tile([0.0, 1.0], (10, 1))
    density = density_of(X, counts, [Flat()] * 2)
    mode = find_mode(density)
    assert not mode.converged
    # The log-likelihood is below zero everywhere and comes as near to it as one likes. Row by row
    # it is never above; its sum over n rows is the difference of two sums of terms of at most
    # 1 + |eta|, and may be off by n times the roundoff of all these terms together, in whichever
    # order they are added.
    column = mode.theta[:, None]
    assert np.all(density.likelihood.pointwise(column) <= 0.0)
    terms = 1.0 + np.abs(density.likelihood.eta(column))
    assert mode.value <= len(X) * np.finfo(float).eps * terms.sum()
    assert [p.code for p in mode.problems] == ["not_converged"]


def test_a_start_near_or_far_leads_to_the_same_mode() -> None:
    density = exam_density((10, 2.5))
    mode = find_mode(density)
    for start in ([50.0, -30.0], [-4.0, 1.5], mode.theta):
        again = find_mode(density, start=np.asarray(start))
        assert again.converged
        np.testing.assert_allclose(again.theta, mode.theta, rtol=1e-11)
    assert find_mode(density, start=mode.theta).iterations <= 2


def test_many_rows_start_from_a_part_of_them() -> None:
    X, counts = table(30_000, 3, seed=6)
    offset = np.random.default_rng(0).normal(size=30_000) * 0.1
    density = density_of(X, counts, [Normal(0, 2)] * 3, offset=offset)
    cold = find_mode(density, start=np.zeros(3))
    warm = find_mode(density)
    assert warm.iterations < cold.iterations
    np.testing.assert_allclose(warm.theta, cold.theta, rtol=1e-10)
    assert_peak(density, warm)


def test_steps_run_out() -> None:
    mode = find_mode(exam_density((None, None)), steps=2)
    assert not mode.converged
    assert mode.iterations == 2
    sentence = str(mode.problems[0])
    assert "stopped after 2 steps, the last of them 9.2e-01 posterior standard devi" in sentence
    assert "expected steps that shrink to nothing; check for separation" in sentence
    assert mode.problems[0].severity == "severe"


def test_a_start_where_the_log_posterior_is_not_finite_is_refused() -> None:
    X, counts = table(10, 2)
    density = density_of(X, counts, [Normal(0, 1)] * 2, offset=np.full(10, np.inf))
    with pytest.raises(FitFailed, match=r"is -inf at the start; expected a finite.*the offset and"):
        find_mode(density)


def test_a_curvature_that_is_not_finite_is_refused() -> None:
    X, counts = table(10, 2)
    with pytest.raises(
        FitFailed, match=r"curvature of the log posterior is not finite; .*scale of"
    ):
        find_mode(density_of(X * [1.0, 1e200], counts, [Normal(0, 1)] * 2))


def test_only_priors() -> None:
    X, counts = np.ones((3, 2)), np.zeros((3, 2))
    joint = GaussianPrior([1.0, -2.0], [[2.0, 0.5], [0.5, 1.0]])
    mode = find_mode(density_of(X, counts, joint))
    np.testing.assert_allclose(mode.theta, [1.0, -2.0], rtol=1e-14)


def test_map_is_one_chain_of_one_draw() -> None:
    density = exam_density((10, 2.5))
    rng = np.random.default_rng(0)
    outcome = Map().run(density, draws=500, chains=4, rng=rng, progressbar=False)
    assert outcome.draws.shape == (1, 1, 2)
    mode = find_mode(density)
    np.testing.assert_array_equal(outcome.draws[0, 0], mode.theta)
    assert outcome.stats["lp"].shape == (1, 1)
    assert outcome.stats["lp"][0, 0] == outcome.info["log_posterior"] == mode.value
    assert outcome.info["iterations"] == mode.iterations
    assert not outcome.exact
    assert not outcome.problems
    assert outcome.gaussian is not None
    np.testing.assert_allclose(np.linalg.inv(outcome.gaussian.covariance), mode.precision)
    assert Map().refuses(density) is None
    assert Map.point


def test_map_says_when_there_is_no_mode() -> None:
    X, counts = SEPARATED
    density = density_of(X, counts, [Flat()] * 2)
    rng = np.random.default_rng(0)
    outcome = Map().run(density, draws=1, chains=1, rng=rng, progressbar=False)
    assert [p.code for p in outcome.problems] == ["not_converged"]


def test_a_mode_kept_is_not_changed_by_what_is_done_to_a_fit() -> None:
    model = bl.logistic("passed ~ hours", bl.load_dataset("exam"))
    first = model.fit("map")
    kept = first.outcome.draws.copy()
    first.outcome.draws[:] = 99.0
    np.testing.assert_array_equal(model.fit("map").outcome.draws, kept)


def test_a_mode_kept_is_only_that_of_the_same_density_and_settings() -> None:
    X, counts = table(40, 2)
    one, other = (density_of(X, counts, [Normal(0, sigma)] * 2) for sigma in (1.0, 0.1))
    rough, fine = find_mode(one, tolerance=1e-1), find_mode(one)
    assert fine.iterations > rough.iterations
    assert find_mode(one) is fine
    assert np.abs(find_mode(other).theta).max() < np.abs(fine.theta).max()


@pytest.mark.parametrize("apart", [0.0, 1e-14, 1e-13])
def test_columns_that_rows_cannot_tell_apart_are_never_seen_as_bent(apart: float) -> None:
    rng = np.random.default_rng(2)
    x, noise = rng.standard_normal((2, 300))
    y = (rng.random(300) < 1 / (1 + np.exp(-x))).astype(int)
    model = bl.logistic(np.column_stack([x, x + apart * noise]), y, priors="flat")
    with pytest.raises(bl.PriorError, match="collinear"):
        model.fit("map")
