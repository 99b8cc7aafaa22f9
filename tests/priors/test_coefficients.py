"""The prior of all coefficients: its parts, levels at the predictor means, what users write."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from bayeslogit.errors import PriorError
from bayeslogit.priors import (
    Cauchy,
    CoefficientPrior,
    Flat,
    GaussianPrior,
    Normal,
    StudentT,
    default_prior,
    resolve_prior,
)
from tests.differences import jacobian

NAMES = ("Intercept", "a", "b", "c", "d")
CENTER = np.array([[1.0, 2.0, -0.5, 3.0, 0.1]])
# Coefficients 0 and 3 are both levels, each moved by slopes of its own.
TWO_LEVELS = np.array([[1.0, 2.0, -0.5, 0.0, 0.0], [0.0, 2.0, 0.0, 1.0, 0.4]])
COVARIANCE = np.array(
    [
        [4.0, 1.0, 0.0, 0.3, 0.0],
        [1.0, 9.0, -2.0, 0.0, 0.1],
        [0.0, -2.0, 3.0, 0.0, 0.0],
        [0.3, 0.0, 0.0, 1.0, 0.5],
        [0.0, 0.1, 0.0, 0.5, 2.0],
    ]
)
MIXED = (
    (np.array([0, 3]), Normal([0.5, -1.0], [2.0, 0.7])),
    (np.array([2]), StudentT(3, 0, 2.5)),
    (np.array([1]), Cauchy([0.2], [1.5])),
    (np.array([4]), Flat()),
)
PROPER = (*MIXED[:3], (np.array([4]), Normal(0, 4)))
COEFFICIENT_PRIORS = {
    "mixed": CoefficientPrior(NAMES, MIXED),
    "mixed, centred": CoefficientPrior(NAMES, MIXED, center=CENTER),
    "proper, centred": CoefficientPrior(NAMES, PROPER, center=CENTER),
    "two levels": CoefficientPrior(NAMES, PROPER, center=TWO_LEVELS, moved=(0, 3)),
    "Gaussian": CoefficientPrior(
        NAMES, ((np.array([0, 1, 3]), Normal([0.0, 1.0, -2.0], 3)), (np.array([2, 4]), Flat()))
    ),
    "Gaussian, centred": CoefficientPrior(
        NAMES, ((np.array([4, 1, 3]), Normal(1, 0.5)), (np.array([2, 0]), Flat())), center=CENTER
    ),
    "joint": CoefficientPrior(NAMES, joint=GaussianPrior(np.arange(5.0), COVARIANCE)),
}
coefficient_priors = pytest.mark.parametrize(
    "prior", COEFFICIENT_PRIORS.values(), ids=list(COEFFICIENT_PRIORS)
)
THETA = np.random.default_rng(2).normal(size=(5, 6)) * 2.0


@coefficient_priors
def test_coefficient_prior_derivatives_equal_differences(prior: CoefficientPrior) -> None:
    gradient = prior.gradient(THETA)
    for j in range(THETA.shape[1]):
        theta = THETA[:, j]
        expected = jacobian(lambda at: prior.log_density(at[:, None])[0], theta)
        np.testing.assert_allclose(gradient[:, j], expected, rtol=1e-8, atol=1e-8)
        expected = -jacobian(lambda at: prior.gradient(at[:, None])[:, 0], theta)
        precision = prior.precision(theta)
        np.testing.assert_allclose(precision, expected, rtol=1e-7, atol=1e-8)
        # Symmetric up to the rounding of two matrix products.
        slack = 2 * len(theta) * np.finfo(float).eps * np.abs(precision).max()
        np.testing.assert_allclose(precision, precision.T, rtol=0, atol=slack)


@coefficient_priors
def test_columns_are_independent_and_layout_does_not_matter(prior: CoefficientPrior) -> None:
    kept = THETA.copy()
    whole, gradient = prior.log_density(THETA), prior.gradient(THETA)
    for j in range(THETA.shape[1]):
        np.testing.assert_allclose(prior.log_density(THETA[:, j : j + 1]), whole[j : j + 1])
    strided = np.asfortranarray(np.repeat(THETA, 2, axis=1))[:, ::2]
    np.testing.assert_allclose(prior.log_density(strided), whole, rtol=1e-14)
    np.testing.assert_allclose(prior.gradient(strided), gradient, rtol=1e-13)
    np.testing.assert_allclose(prior.each(THETA).sum(axis=0), whole, rtol=1e-14)
    assert prior.each(THETA).shape == THETA.shape
    assert prior.log_density(np.zeros((5, 0))).shape == (0,)
    np.testing.assert_array_equal(THETA, kept)


@coefficient_priors
def test_newton_is_log_density_gradient_and_precision(prior: CoefficientPrior) -> None:
    for scale in (0.0, 1.0, 1e4):
        theta = scale * np.random.default_rng(3).standard_normal(prior.size)
        value, gradient, precision = prior.newton(theta)
        column = theta[:, None]
        np.testing.assert_allclose(value, prior.log_density(column)[0], rtol=1e-12)
        np.testing.assert_allclose(gradient, prior.gradient(column)[:, 0], rtol=1e-12)
        np.testing.assert_allclose(precision, prior.precision(theta), rtol=1e-12)


def test_parts_sum_up() -> None:
    expected = (
        stats.norm(0.5, 2.0).logpdf(THETA[0])
        + stats.norm(-1.0, 0.7).logpdf(THETA[3])
        + stats.t(3, 0, 2.5).logpdf(THETA[2])
        + stats.cauchy(0.2, 1.5).logpdf(THETA[1])
    )
    prior = COEFFICIENT_PRIORS["mixed"]
    np.testing.assert_allclose(prior.log_density(THETA), expected, rtol=1e-12)
    moved = THETA.copy()
    moved[[0]] = CENTER @ THETA
    centred = COEFFICIENT_PRIORS["mixed, centred"]
    np.testing.assert_allclose(centred.log_density(THETA), prior.log_density(moved), rtol=1e-14)
    moved[[0, 3]] = TWO_LEVELS @ THETA
    two = COEFFICIENT_PRIORS["two levels"].log_density(THETA)
    expected = CoefficientPrior(NAMES, PROPER).log_density(moved)
    np.testing.assert_allclose(two, expected, rtol=1e-14)
    assert not prior.gaussian
    assert not prior.proper
    np.testing.assert_array_equal(prior.flat, [False] * 4 + [True])
    assert COEFFICIENT_PRIORS["proper, centred"].proper


def test_joint_prior_equals_scipy_and_pymc() -> None:
    import pymc as pm

    prior = COEFFICIENT_PRIORS["joint"]
    expected = stats.multivariate_normal(np.arange(5.0), COVARIANCE).logpdf(THETA.T)
    np.testing.assert_allclose(prior.log_density(THETA), expected, rtol=1e-12)
    twin = pm.MvNormal.dist(mu=np.arange(5.0), cov=COVARIANCE)
    theirs = pm.logp(twin, THETA.T).eval(mode="FAST_COMPILE")
    np.testing.assert_allclose(prior.log_density(THETA), theirs, rtol=0, atol=1e-9)
    assert prior.gaussian
    assert prior.proper


def test_joint_prior_on_very_different_scales() -> None:
    scale = np.array([1e12, 1.0, 1e-12])
    correlation = np.array([[1.0, 0.5, 0.2], [0.5, 1.0, -0.3], [0.2, -0.3, 1.0]])
    plain = CoefficientPrior(NAMES[:3], joint=GaussianPrior(np.zeros(3), correlation))
    scaled = GaussianPrior(np.zeros(3), correlation * np.outer(scale, scale))
    prior = CoefficientPrior(NAMES[:3], joint=scaled)
    theta = THETA[:3]
    found = prior.log_density(theta * scale[:, None]) + np.log(scale).sum()
    np.testing.assert_allclose(found, plain.log_density(theta), rtol=1e-11)
    found = prior.gradient(theta * scale[:, None]) * scale[:, None]
    np.testing.assert_allclose(found, plain.gradient(theta), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", ["joint", "proper, centred", "two levels"])
def test_coefficient_prior_draws_have_its_moments(name: str) -> None:
    prior = COEFFICIENT_PRIORS[name]
    draws = prior.sample(np.random.default_rng(5), 40_000)
    assert draws.shape == (5, 40_000)
    if name == "joint":
        error = np.cov(draws) - COVARIANCE
        bound = 5 * np.sqrt(2 * np.outer(np.diag(COVARIANCE), np.diag(COVARIANCE)) / 40_000)
        assert np.all(np.abs(error) < bound)
        assert np.all(np.abs(draws.mean(axis=1) - np.arange(5.0)) < 5 * 3.0 / 200)
    else:
        # The intercept has its prior at the means: Normal(0.5, 2) there.
        assert prior.center is not None
        level = prior.center @ draws
        assert stats.kstest(level[0], stats.norm(0.5, 2.0).cdf).pvalue > 1e-3
        if len(level) == 2:
            assert stats.kstest(level[1], stats.norm(-1.0, 0.7).cdf).pvalue > 1e-3
        assert stats.kstest(draws[2], stats.t(3, 0, 2.5).cdf).pvalue > 1e-3


def test_draws_from_a_flat_part_are_refused() -> None:
    with pytest.raises(PriorError, match="a flat prior has no draws"):
        COEFFICIENT_PRIORS["mixed"].sample(np.random.default_rng(0), 3)


def test_of_and_describe_name_each_prior() -> None:
    prior = COEFFICIENT_PRIORS["mixed, centred"]
    words = dict(prior.describe())
    assert words["Intercept"] == "Normal(0.5, 2) at the predictor means"
    assert words["a"] == "Cauchy(0.2, 1.5)"
    assert words["d"] == "Flat()"
    joint = COEFFICIENT_PRIORS["joint"]
    assert dict(joint.describe())["b"] == "Normal(2, 1.732) (margin of the joint Gaussian)"
    with pytest.raises(PriorError, match="coefficient 1 has no prior; expected one for each"):
        CoefficientPrior(("a", "b"), ((np.array([0]), Flat()),)).of(1)


# --- the default -----------------------------------------------------------------------------


def _design(rows: int = 200) -> np.ndarray:
    rng = np.random.default_rng(9)
    x, z = rng.normal(3.0, 2.0, rows), rng.normal(-1.0, 0.01, rows)
    return np.column_stack([np.ones(rows), x, z, np.full(rows, 7.0)])


def test_default_prior_scales_with_the_columns() -> None:
    X = _design()
    prior = default_prior(("Intercept", "x", "z", "k"), X, np.ones(200), intercept=True)
    assert prior.default
    assert prior.center is not None
    sigma = [prior.of(i).sigma for i in range(4)]  # type: ignore[union-attr]
    expected = [2.5, 2.5 / X[:, 1].std(), 2.5 / X[:, 2].std(), 2.5]
    np.testing.assert_allclose(sigma, expected, rtol=1e-12)
    np.testing.assert_allclose(prior.center, [X.mean(axis=0)], rtol=1e-12)
    assert prior.center[0, 0] == 1.0
    theta = THETA[:4]
    moved = theta.copy()
    moved[0] = X.mean(axis=0) @ theta
    expected_density = sum(
        stats.norm(0, s).logpdf(row) for s, row in zip(sigma, moved, strict=True)
    )
    np.testing.assert_allclose(prior.log_density(theta), expected_density, rtol=1e-12)


def test_default_prior_is_the_same_for_grouped_and_long_tables() -> None:
    X, weights = _design(), np.random.default_rng(1).integers(0, 5, 200)
    names = ("Intercept", "x", "z", "k")
    grouped = default_prior(names, X, weights.astype(float), intercept=True)
    long = default_prior(
        names, np.repeat(X, weights, axis=0), np.ones(weights.sum()), intercept=True
    )
    np.testing.assert_allclose(grouped.log_density(THETA[:4]), long.log_density(THETA[:4]))


def test_default_prior_without_an_intercept_is_not_centred() -> None:
    prior = default_prior(("x", "z"), _design()[:, 1:3], np.ones(200), intercept=False)
    assert prior.center is None
    assert prior.size == 2


def test_default_prior_with_large_means_and_many_rows() -> None:
    # A one-pass variance would be all rounding error here.
    rng = np.random.default_rng(3)
    x = 1e9 + rng.normal(size=150_000)
    prior = default_prior(("x",), x[:, None], np.ones(len(x)), intercept=False)
    sigma = prior.of(0).sigma  # type: ignore[union-attr]
    np.testing.assert_allclose(sigma, 2.5 / np.std(x - 1e9), rtol=1e-6)
    constant = default_prior(("x",), np.full((7, 1), 0.1), np.ones(7), intercept=False)
    assert constant.of(0).sigma == 2.5  # type: ignore[union-attr]


# --- what the user writes --------------------------------------------------------------------

TERMS = ("Intercept", "x", "g[T.b]", "g[T.c]")
GROUPS = {"1": (0,), "x": (1,), "g": (2, 3)}
DEFAULT = default_prior(TERMS, _design(), np.ones(200), intercept=True)


def _resolve(priors: Any, names: Any = TERMS, groups: Any = GROUPS) -> CoefficientPrior:
    return resolve_prior(priors, names, groups, DEFAULT, intercept=True)


def _texts(priors: Any) -> list[str]:
    return [text for _, text in _resolve(priors).describe()]


def test_no_prior_is_the_default() -> None:
    assert _resolve(None) is DEFAULT


def test_flat_everywhere() -> None:
    prior = _resolve("flat")
    assert np.all(prior.flat)
    assert prior.center is None
    np.testing.assert_array_equal(prior.log_density(THETA[:4]), np.zeros(6))


def test_one_prior_is_for_every_slope() -> None:
    prior = _resolve(Normal(0, 3))
    assert _texts(Normal(0, 3)) == ["Normal(0, 2.5) at the predictor means"] + ["Normal(0, 3)"] * 3
    np.testing.assert_array_equal(prior.center, DEFAULT.center)
    assert not prior.default
    assert _texts(Normal(0, [1, 2, 3]))[1:] == ["Normal(0, 1)", "Normal(0, 2)", "Normal(0, 3)"]


def test_a_given_intercept_is_about_predictors_at_zero() -> None:
    prior = _resolve({"Intercept": Normal(1, 2)})
    assert prior.center is None
    assert prior.describe()[0] == ("Intercept", "Normal(1, 2)")
    assert _texts({"Intercept": Normal(1, 2)})[1:] == [t for _, t in DEFAULT.describe()][1:]


def test_terms_coefficients_and_slopes_by_name() -> None:
    found = _texts(
        {
            "g[T.c]": Cauchy(0, 1),
            "slopes": Normal(0, 5),
            "g": StudentT(3, 0, [1, 2]),
            "Intercept": Flat(),
        }
    )
    assert found == ["Flat()", "Normal(0, 5)", "StudentT(3, 0, 1)", "Cauchy(0, 1)"]


@pytest.mark.parametrize("order", [1, -1])
def test_the_more_particular_name_wins_in_any_order(order: int) -> None:
    # With one slope, "slopes", its term and its name all mean the same coefficient.
    priors = {"slopes": Normal(0, 5), "f": Normal(0, 4), "f[T.b]": Normal(0, 3)}
    for used in (priors, {k: priors[k] for k in ("slopes", "f")}):
        written = dict(list(used.items())[::order])
        found = _resolve(written, ("Intercept", "f[T.b]"), {"f": (1,)})
        last = list(used.values())[-1]
        assert found.describe()[1] == ("f[T.b]", str(last))


def test_merged_parts_keep_their_places() -> None:
    prior = _resolve({"slopes": Normal([1, 2, 3], [1, 2, 3]), "g": Cauchy(0, 2)})
    expected = (
        stats.norm(0, 2.5).logpdf(DEFAULT.center @ THETA[:4])[0]  # type: ignore[operator]
        + stats.norm(1, 1).logpdf(THETA[1])
        + stats.cauchy(0, 2).logpdf(THETA[2:4]).sum(axis=0)
    )
    np.testing.assert_allclose(prior.log_density(THETA[:4]), expected, rtol=1e-12)
    assert len(prior.parts) == 2


def test_joint_prior_by_order() -> None:
    prior = _resolve(GaussianPrior(np.zeros(4), np.eye(4)))
    assert prior.joint is not None
    assert prior.center is None


def test_an_intercept_only_model_takes_slopes() -> None:
    default = default_prior(("Intercept",), np.ones((3, 1)), np.ones(3), intercept=True)
    prior = resolve_prior(Normal(0, 1), ("Intercept",), {"1": (0,)}, default, intercept=True)
    assert prior.describe() == [("Intercept", "Normal(0, 2.5) at the predictor means")]


@pytest.mark.parametrize(
    ("priors", "sentence"),
    [
        ("Flat", r"priors='Flat' is not known; expected 'flat', a prior such as Normal"),
        (3.0, r"priors got float; expected a prior such as .*GaussianPrior\(mean, covariance\)"),
        ([Normal()], r"priors got list; expected a prior such as"),
        (Normal, r"priors got ABCMeta; expected a prior such as"),
        (
            GaussianPrior([0, 0], np.eye(2)),
            r"has 2 coefficients; the model has 4 \('Intercept', 'x', .*in that order",
        ),
        (
            {"gg": Normal()},
            r"names 'gg', which is not a term; expected one of 'Intercept', .*'slopes'.*"
            r"Did you mean 'g'",
        ),
        ({7: Normal()}, r"priors names 7, which is not a term"),
        ({"x": 2.5}, r"priors\['x'\] is 2.5; expected a prior of one coefficient, such as"),
        ({"x": "flat"}, r"priors\['x'\] is 'flat'; expected a prior of one .*or Flat\(\)"),
        ({"x": GaussianPrior([0], [[1]])}, r"priors\['x'\] is GaussianPrior.*one coefficient"),
        (
            {"g": Normal(0, [1, 2, 3])},
            r"priors\['g'\] has 3 values of sigma; expected one, or 2, one for each",
        ),
        (Normal([0, 0], 1), r"priors\['slopes'\] has 2 values of mu; expected one, or 3"),
    ],
)
def test_what_cannot_be_a_prior_is_refused(priors: Any, sentence: str) -> None:
    with pytest.raises(PriorError, match=sentence):
        _resolve(priors)


@pytest.mark.parametrize(
    ("mean", "covariance", "sentence"),
    [
        ([0, 0], np.eye(3), r"a mean of shape \(2,\) and a covariance of shape \(3, 3\); expected"),
        ([[0]], [[1]], r"a mean of shape \(1, 1\)"),
        ([0], 1.0, r"a covariance of shape \(\)"),
        ([np.nan], [[1]], r"not finite in its mean or covariance; .*for a flat coefficient use"),
        ([0, 0], [[np.inf, 0], [0, 1]], r"not finite"),
        (["a"], [[1]], r"not finite"),
        ([0, 0], [[1], [1, 2]], r"not finite"),
        ([0, 0], [[1, 0.5], [0.4, 1]], r"not symmetric \(largest difference 0.1\).*\(S \+ S.T\)"),
        ([0, 0], [[1, 2], [2, 1]], r"not positive definite \(smallest eigenvalue -1\); expected"),
        ([0], [[0.0]], r"not positive definite"),
    ],
)
def test_what_cannot_be_a_joint_prior_is_refused(mean: Any, covariance: Any, sentence: str) -> None:
    with pytest.raises(PriorError, match=sentence):
        GaussianPrior(mean, covariance)


def test_rounding_in_a_covariance_is_forgiven() -> None:
    prior = GaussianPrior([0, 0], [[1.0, 1e-17], [-1e-17, 1.0]])
    np.testing.assert_array_equal(prior.covariance, np.eye(2))
    assert str(prior) == "GaussianPrior(2 coefficients)"
