"""Wide matrices of indicators, and symmetric matrices that are nearly diagonal."""

from __future__ import annotations

import numpy as np
import pytest

import bayeslogit as bl
from bayeslogit.inference.elimination import arrow_of
from bayeslogit.inference.mode import climb, find_mode, gaussian_at
from bayeslogit.numerics.arrow import Arrow
from bayeslogit.numerics.gram import cross, gram
from bayeslogit.numerics.sparse import distinct_sparse_rows, nonzeros, pull, times
from bayeslogit.specification.density import Likelihood


def _indicators(rows: int = 300, columns: int = 80) -> np.ndarray:
    rng = np.random.default_rng(0)
    X = np.zeros((rows, columns))
    X[np.arange(rows), rng.integers(1, columns, rows)] = 1.0
    X[:, 0] = rng.integers(1, 3, rows)
    return X


def _model(formula: str = "y ~ x + g", link: str = "logit") -> bl.Model:
    rng = np.random.default_rng(1)
    g, x = np.arange(700) // 7, rng.integers(0, 2, 700)
    names = np.char.add("g", np.char.zfill(g.astype(str), 3))
    y = rng.random(700) < 1.0 / (1.0 + np.exp(-rng.normal(size=100)[g] - x))
    return bl.logistic(formula, {"g": names, "h": g % 12, "x": x, "y": y.astype(int)}, link=link)


def test_products_without_zeros_are_those_with_zeros() -> None:
    X, rng = _indicators(), np.random.default_rng(2)
    table = nonzeros(X)
    np.testing.assert_array_equal(table.toarray(), X)
    weights, slope = rng.normal(size=(2, 80, 3)), rng.normal(size=(2, 300, 3))
    np.testing.assert_allclose(times(table, weights), X @ weights, atol=1e-13)
    np.testing.assert_allclose(pull(table, slope), X.T @ slope, atol=1e-13)
    np.testing.assert_allclose(gram(table, X[:, 0]), gram(X, X[:, 0]), atol=1e-13)
    pairs = np.broadcast_to(X[:, 0], (2, 2, 300))
    np.testing.assert_allclose(cross(table, pairs), cross(X, pairs), atol=1e-13)
    dense = np.random.default_rng(3).normal(size=(50, 80))
    assert nonzeros(dense) is dense
    narrow = X[:, :60]
    assert nonzeros(narrow) is narrow


def test_equal_rows_of_indicators_are_one_set() -> None:
    X = _indicators()
    found = distinct_sparse_rows(nonzeros(X))
    assert found is not None
    first, inverse = found
    np.testing.assert_array_equal(X[first][inverse], X)
    assert len(first) == len(np.unique(X, axis=0))


@pytest.mark.parametrize("spikes", [0, 1, 2])
def test_elimination_solves(spikes: int) -> None:
    rng = np.random.default_rng(4)
    matrix = np.diag(rng.uniform(0.1, 5.0, 30))
    core, outer = np.array([0, 7]), np.setdiff1d(np.arange(30), [0, 7])
    matrix[np.ix_(core, outer)] = 0.1 * rng.normal(size=(2, 28))
    matrix[np.ix_(outer, core)] = matrix[np.ix_(core, outer)].T
    matrix[core, core] += 3.0
    V = rng.normal(size=(30, spikes))
    matrix += V @ V.T
    right = rng.normal(size=(30, 4))
    arrow = Arrow(outer, core, V)
    np.testing.assert_allclose(matrix @ arrow.solve(matrix, right), right, atol=1e-11)
    low = float(np.linalg.eigvalsh(matrix)[0])
    matrix[7, 7] -= 20.0 * low + 20.0
    with pytest.raises(np.linalg.LinAlgError):
        arrow.solve(matrix, right)
    matrix[3, 3] = -1.0
    with pytest.raises(np.linalg.LinAlgError):
        arrow.solve(matrix, right)


@pytest.mark.parametrize("formula", ["y ~ x + g", "y ~ g", "y ~ 0 + g", "y ~ C(h) + g"])
def test_modes_of_factors_are_those_of_dense_matrices(formula: str) -> None:
    density = _model(formula).density
    arrow, mode = arrow_of(density), find_mode(density)
    assert arrow is not None
    assert mode.converged
    beside = density.precision(mode.theta) - arrow.spikes @ arrow.spikes.T
    beside[arrow.core] = beside[:, arrow.core] = 0.0
    off = beside - np.diag(beside.diagonal())
    assert np.abs(off).max() < 1e-12 * np.abs(beside).max()
    plain = climb(density, density.rows.start)
    np.testing.assert_allclose(mode.theta, plain.theta, atol=1e-7)
    by_elimination, dense = gaussian_at(mode), gaussian_at(plain)
    np.testing.assert_allclose(by_elimination.covariance, dense.covariance, rtol=1e-6, atol=1e-9)


def test_likelihoods_of_factors_are_those_of_dense_matrices(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = _model().density.likelihood
    theta = np.random.default_rng(5).normal(size=(rows.size, 4))
    assert rows.table is not rows.X
    sparse = (rows.value(theta), *rows.value_and_gradient(theta), *rows.newton(theta[:, 0]))
    dense_rows = Likelihood(rows.family, rows.X, rows.counts)
    monkeypatch.setattr("bayeslogit.specification.density.nonzeros", lambda X: X)
    assert dense_rows.table is dense_rows.X
    dense = (
        dense_rows.value(theta),
        *dense_rows.value_and_gradient(theta),
        *dense_rows.newton(theta[:, 0]),
    )
    for one, two in zip(sparse, dense, strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-10, atol=1e-10)


def test_flat_priors_on_a_factor_reach_the_maximum_of_the_likelihood() -> None:
    g = np.arange(800) // 10
    y = (np.arange(800) % 10 < 1 + g % 9).astype(int)
    table = {"g": np.char.add("g", np.char.zfill(g.astype(str), 3)), "y": y}
    mode = find_mode(bl.logistic("y ~ 0 + g", table, priors="flat").density)
    share = (1 + np.arange(80) % 9) / 10.0
    np.testing.assert_allclose(mode.theta, np.log(share / (1.0 - share)), atol=1e-10)
