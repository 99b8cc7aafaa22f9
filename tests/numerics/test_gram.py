"""Products with weights between, against the sum over rows written out."""

import numpy as np
import pytest
from scipy import sparse

from bayeslogit.numerics.gram import cross, gram
from bayeslogit.numerics.running import running_sum


@pytest.mark.parametrize(("predictors", "columns"), [(2, 5), (5, 2), (3, 3)])
@pytest.mark.parametrize("kind", ["dense", "sparse"])
def test_cross_products_of_predictors_are_sums_over_rows(
    predictors: int, columns: int, kind: str
) -> None:
    rng = np.random.default_rng(1)
    X, root = rng.normal(size=(30, columns)), rng.normal(size=(predictors, 30))
    weights = root[:, None] * root[None] - 0.5
    expected = np.einsum("ni,abn,nj->aibj", X, weights, X)
    found = cross(X if kind == "dense" else sparse.csr_matrix(X), weights)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12 * np.abs(expected).max())


@pytest.mark.parametrize("columns", [3, 50])
def test_gram_is_a_sum_over_rows(columns: int) -> None:
    rng = np.random.default_rng(2)
    X, weights = rng.normal(size=(70, columns)), rng.random(70)
    np.testing.assert_allclose(gram(X, weights), (X.T * weights) @ X, rtol=0, atol=1e-12)


def test_running_sums_are_those_of_numpy_to_the_last_bit() -> None:
    values = np.random.default_rng(3).normal(size=(7, 4, 5))
    for given in (values, values[::-1], values[:0:-1], values[:1], values[:, 0, 0]):
        np.testing.assert_array_equal(running_sum(given), np.cumsum(given, axis=0))
