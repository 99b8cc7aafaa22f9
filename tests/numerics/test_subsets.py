"""Subsets of a given size: every figure by enumeration of all of them."""

from __future__ import annotations

from itertools import combinations

import mpmath
import numpy as np
import pytest
from scipy import stats

from bayeslogit.numerics.subsets import chosen, draw, log_normaliser, spread

# Members and subset sizes; sets are padded to the largest.
SETS = [(6, 2), (5, 3), (6, 6), (4, 1), (3, 0), (1, 1), (6, 5)]
SIZE = np.array([size for _, size in SETS])


def weights(columns: int = 2, scale: float = 2.0) -> np.ndarray:
    eta = scale * np.random.default_rng(1).standard_normal((6, len(SETS), columns))
    for s, (members, _) in enumerate(SETS):
        eta[members:, s] = -np.inf
    return eta


def enumerated(eta: np.ndarray, members: int, size: int) -> tuple[list, np.ndarray, float]:
    """Return the subsets of one set, the probability of each, and the log normaliser."""
    subsets = list(combinations(range(members), size))
    logs = np.array([eta[list(one)].sum() for one in subsets])
    top = np.logaddexp.reduce(logs)
    return subsets, np.exp(logs - top), top


@pytest.mark.parametrize("place", range(len(SETS)))
def test_figures_equal_those_of_all_subsets(place: int) -> None:
    members, size = SETS[place]
    eta, x = weights(), np.random.default_rng(2).standard_normal((6, len(SETS), 3))
    logs, prob = chosen(eta, SIZE)
    moves, variance = spread(eta[:, :, 0], SIZE, x)
    subsets, p, top = enumerated(eta[:, place, 0], members, size)
    assert logs[place, 0] == pytest.approx(top, abs=1e-13)
    np.testing.assert_allclose(log_normaliser(eta, SIZE), logs, rtol=0, atol=1e-13)
    inside = np.array([[j in one for j in range(6)] for one in subsets], dtype=float)
    np.testing.assert_allclose(prob[:, place, 0], p @ inside, rtol=0, atol=1e-14)
    sums = inside @ x[:, place]
    away = sums - p @ sums
    found = np.einsum("a,ap,aq->pq", variance[:, place], moves[:, place], moves[:, place])
    np.testing.assert_allclose(found, away.T @ (away * p[:, None]), rtol=0, atol=1e-13)


def test_one_of_each_set_takes_the_short_way_to_the_same_figures() -> None:
    eta, one = weights()[:, :2], np.ones(2, dtype=int)
    # A third set of two shows the long way.
    both = np.concatenate([eta, eta[:, :1]], axis=1), np.array([1, 1, 2])
    for short, long in zip(chosen(eta, one), chosen(*both), strict=True):
        np.testing.assert_allclose(short, long[..., :2, :], rtol=0, atol=1e-13)


@pytest.mark.parametrize("place", range(len(SETS)))
def test_draws_come_as_often_as_their_probability(place: int) -> None:
    members, size = SETS[place]
    eta, draws = weights(1, 1.0), 20_000
    found = draw(np.repeat(eta, draws, axis=2), SIZE, np.random.default_rng(3))[:, place]
    assert (found.sum(axis=0) == size).all()
    subsets, p, _ = enumerated(eta[:, place, 0], members, size)
    seen = np.array([found[list(one)].all(axis=0).sum() for one in subsets])
    assert seen.sum() == draws
    if len(subsets) > 1:
        assert stats.chisquare(seen, draws * p).pvalue > 0.001


@pytest.mark.parametrize("size", [1.0, 40.0, 700.0, 1e5, 1e12])
def test_extreme_weights_keep_their_digits(size: float) -> None:
    eta = size * np.array([1.0, -0.5, 0.25, -1.0])[:, None, None]
    for k in (1, 2, 3):
        logs, prob = chosen(eta, np.array([k]))
        with mpmath.workdps(60):
            exact = [
                mpmath.fsum(mpmath.mpf(float(eta[j, 0, 0])) for j in one)
                for one in combinations(range(4), k)
            ]
            top = max(exact)
            log = top + mpmath.log(mpmath.fsum(mpmath.exp(e - top) for e in exact))
        assert np.isfinite(prob).all()
        assert logs[0, 0] == pytest.approx(float(log), rel=1e-14)
        assert prob.sum() == pytest.approx(k, rel=1e-14)


def test_both_ways_to_add_members_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    eta = weights(4, 3.0)
    near = chosen(eta, SIZE)
    monkeypatch.setattr("bayeslogit.numerics.subsets._REACH", 0.0)
    for one, other in zip(near, chosen(eta, SIZE), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-14)


def test_no_sets_make_nothing() -> None:
    eta, size = np.zeros((3, 0, 2)), np.zeros(0, dtype=int)
    assert log_normaliser(eta, size).shape == (0, 2)
    assert chosen(eta, size)[1].shape == (3, 0, 2)
    assert draw(eta, size, np.random.default_rng(0)).shape == (3, 0, 2)
