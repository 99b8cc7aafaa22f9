"""The family of matched sets, whose rows are sets: what the contract asks of families of rows."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from bayeslogit.errors import MethodRefused
from bayeslogit.families import FAMILIES, Conditional
from tests.differences import derivative

FAMILY = Conditional()
# Members and cases of each set, padded to the largest; weights.
SETS, WEIGHTS = [(5, 1), (4, 2), (5, 3), (2, 1), (5, 4)], np.array([1.0, 2.5, 1.0, 0.5, 3.0])


def inputs(columns: int = 3) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(4)
    eta, counts = 1.5 * rng.standard_normal((5, len(SETS), columns)), np.zeros((len(SETS), 5))
    for s, (members, cases) in enumerate(SETS):
        eta[members:, s] = -np.inf
        counts[s, rng.permutation(members)[:cases]] = WEIGHTS[s]
    return eta, counts


def test_it_is_in_the_registry_and_says_that_its_rows_are_sets() -> None:
    assert FAMILIES["conditional"] is Conditional
    assert [name for name, kind in FAMILIES.items() if kind.coupled] == ["conditional"]
    assert not FAMILY.single
    assert FAMILIES["bernoulli"]().single


def test_probabilities_of_all_subsets_sum_to_one() -> None:
    eta, _ = inputs()
    for s, (members, cases) in enumerate(SETS):
        total = np.zeros(3)
        for one in combinations(range(members), cases):
            counts = np.zeros((len(SETS), 5))
            counts[s, list(one)] = 1.0
            total += np.exp(FAMILY.row_log_likelihood(eta, counts)[s])
        np.testing.assert_allclose(total, 1.0, rtol=1e-13)


def test_a_level_of_the_set_cancels() -> None:
    eta, counts = inputs()
    rows = FAMILY.row_log_likelihood(eta, counts)
    levels = np.array([3.0, -200.0, 1.0, 0.5, 40.0])[:, None]
    np.testing.assert_allclose(FAMILY.row_log_likelihood(eta + levels, counts), rows, atol=1e-11)


def test_total_slope_and_curvature_belong_together() -> None:
    eta, counts = inputs()
    rows = FAMILY.row_log_likelihood(eta, counts)
    assert rows.shape == (len(SETS), 3)
    total, slope = FAMILY.total_and_slope(eta, counts)
    np.testing.assert_allclose(total, rows.sum(axis=0), rtol=1e-13)
    np.testing.assert_allclose(FAMILY.log_likelihood(eta, counts), total, rtol=1e-13)
    np.testing.assert_array_equal(FAMILY.slope(eta, counts), slope)
    bend = FAMILY.curvature(eta[:, :, :1], counts)
    X = np.random.default_rng(5).standard_normal((5, len(SETS), 2))
    np.testing.assert_allclose(
        FAMILY.information(eta[:, :, :1], counts, X),
        np.einsum("isp,ijs,jsq->pq", X, bend, X),
        rtol=1e-12,
    )
    here = np.isfinite(eta)
    for i in range(5):
        direction = np.where(here, 0.0, 0.0)
        direction[i] = here[i]
        with np.errstate(invalid="ignore"):
            expected = derivative(
                lambda at: FAMILY.row_log_likelihood(np.where(here, at, -np.inf), counts),
                np.where(here, eta, 0.0),
                direction,
            )
            bent = -derivative(
                lambda at: FAMILY.slope(np.where(here, at, -np.inf), counts),
                np.where(here, eta, 0.0),
                direction,
            )
        np.testing.assert_allclose(slope[i], expected, rtol=1e-7, atol=1e-8)
        np.testing.assert_allclose(bend[i], bent[:, :, 0], rtol=1e-7, atol=1e-7)
    eigenvalues = np.linalg.eigvalsh(np.moveaxis(bend, -1, 0))
    assert eigenvalues.min() > -1e-12
    assert FAMILY.log_concave


@pytest.mark.parametrize("size", [300.0, -300.0, 1e6])
def test_extreme_predictors_are_finite(size: float) -> None:
    eta = size * np.array([1.0, 0.5, -1.0])[:, None, None]
    for case in np.eye(3):
        counts = case[None]
        for found in (
            FAMILY.row_log_likelihood(eta, counts),
            FAMILY.slope(eta, counts),
            FAMILY.curvature(eta, counts),
        ):
            assert np.isfinite(found).all()


def test_comparisons_are_of_each_case_with_each_other_member() -> None:
    counts = np.array([[2.0, 0.0, 2.0, 0.0]])
    pairs = [
        (int(towards.argmax()), int(towards.argmin()))
        if up[0] > 0.0
        else (int(towards.argmin()), int(towards.argmax()))
        for towards, down, up in FAMILY.contrasts(counts)
        if down[0] + up[0] > 0.0
    ]
    assert sorted(pairs) == [(0, 1), (0, 3), (2, 1), (2, 3)]


def test_cases_are_drawn_given_their_number() -> None:
    eta, _ = inputs(500)
    number = np.array([cases for _, cases in SETS])
    drawn = FAMILY.simulate(eta, number, np.random.default_rng(1))
    np.testing.assert_array_equal(drawn.sum(axis=0), np.repeat(number[:, None], 500, axis=1))
    again = FAMILY.simulate(eta, number, np.random.default_rng(1))
    np.testing.assert_array_equal(drawn, again)
    with pytest.raises(TypeError, match="given their number; found None; pass one number a set"):
        FAMILY.simulate(eta, None, np.random.default_rng(1))


def test_there_are_no_probabilities() -> None:
    with pytest.raises(
        MethodRefused, match="probabilities need the level of each set, which strata="
    ):
        FAMILY.probabilities(np.zeros((3, 1, 1)))
    assert not FAMILY.constants(np.eye(2)).any()
