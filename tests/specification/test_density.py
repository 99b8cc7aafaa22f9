"""The log posterior on arrays: derivatives, blocks of rows, equal rows counted once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from bayeslogit.families import Bernoulli, Binomial, Cumulative, Family
from bayeslogit.priors import CoefficientPrior, Normal, StudentT
from bayeslogit.response.base import class_counts
from bayeslogit.specification import density as module
from bayeslogit.specification.density import Likelihood, LogDensity
from tests.differences import jacobian
from tests.examples import EXAMPLES, classes_of, random_counts

families = pytest.mark.parametrize("family", EXAMPLES.values(), ids=list(EXAMPLES))


def _likelihood(family: Family, rows: int = 60, kind: str = "weighted", **options) -> Likelihood:
    """Return three columns, the first of ones, with offsets and constants."""
    rng = np.random.default_rng(rows)
    X = np.column_stack([np.ones(rows), rng.normal(size=rows), rng.integers(0, 3, rows)])
    counts = random_counts(family, rows, kind)
    return Likelihood(
        family,
        X,
        counts,
        offset=rng.normal(size=rows) * 0.5,
        constants=rng.normal(size=rows),
        **options,
    )


def _theta(likelihood: Likelihood, columns: int, seed: int = 0) -> np.ndarray:
    """Return coefficients whose linear predictors increase over predictors, if they must."""
    rng = np.random.default_rng(seed)
    L, p = likelihood.family.n_eta, likelihood.X.shape[1]
    theta = 0.4 * rng.normal(size=(L, p, columns))
    if likelihood.family.name == "cumulative":
        theta = np.repeat(theta[:1], L, axis=0)
        theta[:, 0] += 0.9 * np.arange(L)[:, None]
    return theta.reshape(L * p, columns)


def _density(likelihood: Likelihood) -> LogDensity:
    size = likelihood.size
    names = tuple(f"b{i}" for i in range(size))
    center = np.concatenate([[1.0], np.linspace(-1, 2, size - 1)])[None]
    parts = (
        (np.arange(0, size, 2), Normal(0.3, 2.0)),
        (np.arange(1, size, 2), StudentT(3, 0, 2.5)),
    )
    return LogDensity(likelihood, CoefficientPrior(names, parts, center=center))


@families
def test_gradient_and_precision_equal_differences(family: Family) -> None:
    density = _density(_likelihood(family))
    theta = _theta(density.likelihood, 2)
    value, gradient = density.value_and_gradient(theta)
    np.testing.assert_allclose(value, density.value(theta), rtol=1e-14)
    assert gradient.shape == theta.shape
    for j in range(2):
        expected = jacobian(lambda at: density.value(at[:, None])[0], theta[:, j])
        np.testing.assert_allclose(gradient[:, j], expected, rtol=1e-7, atol=1e-6)
    at = theta[:, 0]
    precision = -jacobian(lambda t: density.value_and_gradient(t[:, None])[1][:, 0], at)
    np.testing.assert_allclose(density.precision(at), precision, rtol=1e-6, atol=1e-5)


@families
def test_one_pass_gives_what_a_newton_step_needs(family: Family) -> None:
    density = _density(_likelihood(family))
    theta = _theta(density.likelihood, 1)
    value, gradient, precision = density.newton(theta[:, 0])
    values, gradients = density.value_and_gradient(theta)
    assert isinstance(value, float)
    np.testing.assert_allclose(value, values[0], rtol=1e-13)
    np.testing.assert_allclose(gradient, gradients[:, 0], rtol=1e-11, atol=1e-11)
    np.testing.assert_array_equal(precision, density.precision(theta[:, 0]))
    np.testing.assert_allclose(precision, precision.T, rtol=1e-12)
    terms = density.gradient_terms(theta[:, 0])
    assert np.all(terms >= np.abs(gradient) - 1e-12)


@families
def test_rows_sum_to_the_value(family: Family) -> None:
    likelihood = _likelihood(family, rows=700)
    theta = _theta(likelihood, 4)
    pointwise = likelihood.pointwise(theta)
    assert pointwise.shape == (700, 4)
    np.testing.assert_allclose(pointwise.sum(axis=0), likelihood.value(theta), rtol=1e-12)
    bare = replace(likelihood, constants=None)
    difference = pointwise - bare.pointwise(theta)
    expected = np.broadcast_to(likelihood.constants[:, None], (700, 4))  # type: ignore[index]
    np.testing.assert_allclose(difference, expected, atol=1e-12)


@families
def test_blocks_of_rows_change_nothing(family: Family, monkeypatch: pytest.MonkeyPatch) -> None:
    likelihood = _likelihood(family, rows=1111)
    theta = _theta(likelihood, 3)
    found = []
    for block in (1, 10**9):
        monkeypatch.setattr(module, "_BLOCK", block)
        sizes = [len(likelihood.X[rows]) for rows in likelihood.blocks(3)]
        assert sizes == ([64] * 17 + [23] if block == 1 else [1111])
        value, gradient = likelihood.value_and_gradient(theta)
        step = likelihood.newton(theta[:, 0])
        terms = likelihood.gradient_terms(theta[:, 0])
        found.append((likelihood.value(theta), value, gradient, *step, terms))
    for blocked, whole in zip(*found, strict=True):
        np.testing.assert_allclose(blocked, whole, rtol=1e-11, atol=1e-11)


@families
def test_equal_rows_are_counted_once(family: Family) -> None:
    few = _likelihood(family, rows=40)
    again = np.random.default_rng(3).integers(0, 40, 900)
    long = replace(
        few,
        X=few.X[again],
        counts=random_counts(family, 900, "weighted"),
        offset=few.offset[again],  # type: ignore[index]
        constants=np.random.default_rng(4).normal(size=900),
    )
    short = long.collapsed()
    assert len(short.X) == (len(np.unique(again)) if family.collapsible else 900)
    theta = _theta(long, 5)
    np.testing.assert_allclose(short.value(theta), long.value(theta), rtol=1e-12)
    once = (*short.value_and_gradient(theta), *short.newton(theta[:, 0]))
    each = (*long.value_and_gradient(theta), *long.newton(theta[:, 0]))
    for a, b in zip(once, each, strict=True):
        np.testing.assert_allclose(np.asarray(a), np.asarray(b), rtol=1e-10, atol=1e-10)
    density = _density(long)
    np.testing.assert_allclose(
        density.value(theta), long.value(theta) + density.prior.log_density(theta), rtol=1e-12
    )


def test_rows_that_differ_are_left_alone() -> None:
    likelihood = _likelihood(Bernoulli(), rows=500)
    assert likelihood.collapsed() is likelihood
    # The offset tells rows apart as predictors do.
    X = np.ones((500, 1))
    apart = Likelihood(Bernoulli(), X, likelihood.counts, offset=np.arange(500.0))
    assert apart.collapsed() is apart
    assert len(Likelihood(Bernoulli(), X, likelihood.counts).collapsed().X) == 1


def test_zero_and_negative_zero_are_the_same_predictor() -> None:
    X = np.array([[0.0], [-0.0]] * 50)
    likelihood = Likelihood(Bernoulli(), X, np.ones((100, 2)))
    short = likelihood.collapsed()
    assert len(short.X) == 1
    np.testing.assert_array_equal(short.counts, [[100.0, 100.0]])


def test_collapsing_a_large_table_judges_by_a_sample() -> None:
    rng = np.random.default_rng(0)
    X = np.column_stack([np.ones(30_000), rng.integers(0, 2, (30_000, 4))]).astype(float)
    counts = np.eye(2)[rng.integers(0, 2, 30_000)]
    likelihood = Likelihood(Bernoulli(), X, counts)
    assert len(likelihood.collapsed().X) == 16
    assert likelihood.collapsed().counts.sum() == 30_000
    distinct = Likelihood(Bernoulli(), rng.normal(size=(30_000, 2)), counts)
    assert distinct.collapsed() is distinct


def test_one_row_none_and_no_columns() -> None:
    prior = CoefficientPrior(("a",), ((np.array([0]), Normal(0, 1)),))
    none = LogDensity(Likelihood(Bernoulli(), np.ones((0, 1)), np.zeros((0, 2))), prior)
    theta = np.array([[0.5, -1.0]])
    np.testing.assert_allclose(none.value(theta), stats.norm.logpdf(theta[0]))
    value, gradient, precision = none.newton(theta[:, 0])
    np.testing.assert_allclose([value, *gradient], [stats.norm.logpdf(0.5), -0.5])
    np.testing.assert_allclose(precision, [[1.0]])
    one = LogDensity(Likelihood(Bernoulli(), np.ones((1, 1)), np.array([[0.0, 1.0]])), prior)
    np.testing.assert_allclose(one.value(theta) - none.value(theta), -np.log1p(np.exp(-theta[0])))
    assert one.value(np.zeros((1, 0))).shape == (0,)
    assert one.value_and_gradient(np.zeros((1, 0)))[1].shape == (1, 0)
    bare = Likelihood(Bernoulli(), np.ones((4, 0)), np.ones((4, 2)), offset=np.full(4, 0.3))
    assert bare.size == 0
    value, gradient, information = bare.newton(np.zeros(0))
    np.testing.assert_allclose(value, 4 * (np.log(0.25) - 2 * np.log(np.cosh(0.15))))
    assert (gradient.shape, information.shape) == ((0,), (0, 0))


@families
def test_layout_and_inputs(family: Family) -> None:
    likelihood = _likelihood(family, rows=300)
    theta = _theta(likelihood, 6)
    kept = [v.copy() for v in (likelihood.X, likelihood.counts, theta)]
    value, gradient = likelihood.value_and_gradient(np.ascontiguousarray(theta[:, ::2]))
    strided, slope = likelihood.value_and_gradient(theta[:, ::2])
    np.testing.assert_allclose(strided, value, rtol=1e-14)
    np.testing.assert_allclose(slope, gradient, rtol=1e-12, atol=1e-12)
    fortran = replace(
        likelihood,
        X=np.asfortranarray(likelihood.X),
        counts=np.asfortranarray(likelihood.counts),
    )
    np.testing.assert_allclose(fortran.value(np.asfortranarray(theta))[::2], value, rtol=1e-13)
    likelihood.newton(theta[:, 0]), likelihood.pointwise(theta)
    for now, before in zip((likelihood.X, likelihood.counts, theta), kept, strict=True):
        np.testing.assert_array_equal(now, before)


@pytest.mark.parametrize(
    "family",
    # A row of an overdispersed family is a unit of its own; the builder refuses weights there.
    [family for family in EXAMPLES.values() if family.collapsible],
    ids=[name for name, family in EXAMPLES.items() if family.collapsible],
)
def test_weights_multiply_rows(family: Family) -> None:
    likelihood = _likelihood(family, rows=50, kind="cases")
    times = np.random.default_rng(8).integers(0, 4, 50)
    repeated = replace(
        likelihood,
        X=np.repeat(likelihood.X, times, axis=0),
        counts=np.repeat(likelihood.counts, times, axis=0),
        offset=np.repeat(likelihood.offset, times),  # type: ignore[arg-type]
        constants=None,
    )
    weighted = replace(likelihood, counts=likelihood.counts * times[:, None], constants=None)
    theta = _theta(likelihood, 3)
    np.testing.assert_allclose(weighted.value(theta), repeated.value(theta), rtol=1e-12)


def test_offset_moves_the_linear_predictor() -> None:
    X = np.ones((3, 1))
    offset = np.array([0.0, 1.0, -2.0])
    plain = Likelihood(Bernoulli(), X, np.ones((3, 2)), offset=offset)
    np.testing.assert_array_equal(plain.eta(np.array([[0.5]]))[0, :, 0], 0.5 + offset)
    # In an ordinal model an offset moves towards higher classes: away from the boundary.
    ordinal = Likelihood(Cumulative(3), X, np.ones((3, 3)), offset=offset)
    eta = ordinal.eta(np.array([[-1.0], [1.0]]))[:, :, 0]
    np.testing.assert_array_equal(eta, np.array([[-1.0], [1.0]]) - offset)


def test_a_basis_shares_coefficients_between_predictors() -> None:
    # Boundaries of their own and one slope for both, with a minus sign: proportional odds.
    rng = np.random.default_rng(2)
    X = np.column_stack([np.ones(80), rng.normal(size=80)])
    counts = np.eye(3)[rng.integers(0, 3, 80)]
    basis = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0], [0, 0, -1]])
    shared = Likelihood(Cumulative(3), X, counts, basis=basis)
    own = replace(shared, basis=None)
    theta = np.array([[-0.7, -1.0], [0.9, 0.1], [0.4, -0.3]])
    assert (shared.size, own.size) == (3, 4)
    wide = basis @ theta
    np.testing.assert_array_equal(wide[:, 0], [-0.7, -0.4, 0.9, -0.4])
    np.testing.assert_allclose(shared.value(theta), own.value(wide), rtol=1e-14)
    gradient = shared.value_and_gradient(theta)[1]
    expected = basis.T @ own.value_and_gradient(wide)[1]
    np.testing.assert_allclose(gradient, expected, atol=1e-12)
    information = shared.newton(theta[:, 0])[2]
    expected = basis.T @ own.newton(wide[:, 0])[2] @ basis
    np.testing.assert_allclose(information, expected, rtol=1e-12)
    difference = -jacobian(lambda at: shared.value_and_gradient(at[:, None])[1][:, 0], theta[:, 0])
    np.testing.assert_allclose(information, difference, rtol=1e-7, atol=1e-7)


def test_counts_per_class() -> None:
    np.testing.assert_array_equal(class_counts(np.array([0, 2, 1]), 3, None), np.eye(3)[[0, 2, 1]])
    trials = np.array([5, 0, 3])
    counts = class_counts(np.array([2, 0, 3]), 2, trials)
    np.testing.assert_array_equal(counts, [[3, 2], [0, 0], [0, 3]])
    assert counts.dtype == np.float64
    assert class_counts(np.zeros(0, dtype=int), 4, None).shape == (0, 4)


def test_grouped_and_long_tables_differ_by_the_constants_alone() -> None:
    successes, trials = np.array([2, 0, 3]), np.array([5, 4, 3])
    X = np.column_stack([np.ones(3), [0.1, 0.5, -1.0]])
    counts = class_counts(successes, 2, trials)
    grouped = Likelihood(Binomial(), X, counts, constants=Binomial().constants(counts))
    codes = np.concatenate(
        [[1] * s + [0] * (n - s) for s, n in zip(successes, trials, strict=True)]
    )
    long = Likelihood(Bernoulli(), np.repeat(X, trials, axis=0), class_counts(codes, 2, None))
    theta = np.random.default_rng(0).normal(size=(2, 4))
    difference = grouped.value(theta) - long.value(theta)
    np.testing.assert_allclose(difference, np.log(10.0), rtol=1e-12)


def test_names_sizes_and_parts() -> None:
    density = _density(_likelihood(Bernoulli(), rows=70))
    theta = _theta(density.likelihood, 2)
    assert density.names == ("b0", "b1", "b2")
    assert density.size == density.likelihood.size == 3
    assert density.family.name == "bernoulli"
    assert classes_of(density.family) == 2
    np.testing.assert_allclose(
        density.value(theta), density.likelihood.value(theta) + density.prior.log_density(theta)
    )


def test_memory_is_bounded_by_the_block() -> None:
    import tracemalloc

    likelihood = _likelihood(Bernoulli(), rows=60_000, kind="cases")
    theta = _theta(likelihood, 200)
    tracemalloc.start()
    likelihood.value_and_gradient(theta)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # All linear predictors together would take 96 MB.
    assert peak < 12e6


@pytest.mark.parametrize("columns", [1, 7, 39, 40, 60])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_weighted_gram_matrix(columns: int, sign: float) -> None:
    rng = np.random.default_rng(columns)
    X, weights = rng.standard_normal((1500, columns)), sign * rng.random(1500)
    expected = np.einsum("ia,i,ib->ab", X, weights, X)
    np.testing.assert_allclose(module.gram(X, weights), expected, rtol=1e-12, atol=1e-11)
