"""The posterior mode does not depend on order, units, written-out weights or the chosen event."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from bayeslogit.families import Binomial
from bayeslogit.inference.mode import find_mode
from bayeslogit.priors import Normal, Prior
from bayeslogit.response.base import class_counts
from tests.examples import density_of

cases = st.integers(0, 10_000)
quick = settings(max_examples=25, deadline=None)


def _case(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[Prior]]:
    """Return predictors, counts, offset and proper priors, at random."""
    rng = np.random.default_rng(seed)
    n, p = int(rng.integers(5, 60)), int(rng.integers(1, 5))
    X = np.column_stack([np.ones(n), rng.normal(size=(n, p)).round(1)])
    counts = np.eye(2)[rng.integers(0, 2, n)]
    kinds = [Normal(0, 2), Normal(1, 0.5), Normal(-0.5, 10)]
    priors: list[Prior] = [kinds[rng.integers(3)] for _ in range(p + 1)]
    return X, counts, rng.normal(size=n), priors


@given(seed=cases)
@quick
def test_weights_are_repeated_rows(seed: int) -> None:
    X, counts, offset, priors = _case(seed)
    times = np.random.default_rng(seed).integers(0, 4, len(X))
    weighted = find_mode(density_of(X, counts * times[:, None], priors, offset=offset))
    repeated = find_mode(
        density_of(
            np.repeat(X, times, axis=0),
            np.repeat(counts, times, axis=0),
            priors,
            offset=np.repeat(offset, times),
        )
    )
    np.testing.assert_allclose(weighted.theta, repeated.theta, rtol=1e-8, atol=1e-9)
    np.testing.assert_allclose(weighted.value, repeated.value, rtol=1e-11)


@given(seed=cases)
@quick
def test_grouped_is_long(seed: int) -> None:
    X, _, offset, priors = _case(seed)
    rng = np.random.default_rng(seed)
    trials = rng.integers(0, 6, len(X))
    successes = rng.binomial(trials, 0.4)
    counts = class_counts(successes, 2, trials)
    grouped = find_mode(density_of(X, counts, priors, Binomial(), offset=offset))
    codes = np.concatenate(
        [np.repeat([1, 0], [s, n - s]) for s, n in zip(successes, trials, strict=True)]
    )
    long = find_mode(
        density_of(
            np.repeat(X, trials, axis=0),
            class_counts(codes, 2, None),
            priors,
            offset=np.repeat(offset, trials),
        )
    )
    np.testing.assert_allclose(grouped.theta, long.theta, rtol=1e-8, atol=1e-9)
    np.testing.assert_allclose(grouped.precision, long.precision, rtol=1e-8)


@given(seed=cases)
@quick
def test_order_of_rows_and_columns_does_not_matter(seed: int) -> None:
    X, counts, offset, priors = _case(seed)
    rng = np.random.default_rng(seed)
    rows, columns = rng.permutation(len(X)), rng.permutation(X.shape[1])
    plain = find_mode(density_of(X, counts, priors, offset=offset))
    moved = find_mode(
        density_of(
            X[rows][:, columns], counts[rows], [priors[j] for j in columns], offset=offset[rows]
        )
    )
    np.testing.assert_allclose(moved.theta, plain.theta[columns], rtol=1e-8, atol=1e-9)


@given(seed=cases, exponent=st.integers(-9, 9))
@quick
def test_a_scaled_column_with_a_scaled_prior_is_the_same_model(seed: int, exponent: int) -> None:
    X, counts, offset, priors = _case(seed)
    factor = 10.0**exponent
    plain = find_mode(density_of(X, counts, priors, offset=offset))
    scaled_X, scaled_priors = X.copy(), list(priors)
    scaled_X[:, -1] *= factor
    last = priors[-1].parameters()
    scaled_priors[-1] = Normal(last["mu"] / factor, last["sigma"] / factor)
    scaled = find_mode(density_of(scaled_X, counts, scaled_priors, offset=offset))
    expected = plain.theta.copy()
    expected[-1] /= factor
    np.testing.assert_allclose(scaled.theta, expected, rtol=1e-8, atol=1e-9 * min(1.0, 1 / factor))


@given(seed=cases)
@quick
def test_exchanging_event_and_non_event_changes_the_sign(seed: int) -> None:
    X, counts, offset, _ = _case(seed)
    priors: list[Prior] = [Normal(0, 2)] * X.shape[1]
    plain = find_mode(density_of(X, counts, priors, offset=offset))
    other = find_mode(density_of(X, counts[:, ::-1], priors, offset=-offset))
    np.testing.assert_allclose(other.theta, -plain.theta, rtol=1e-8, atol=1e-9)
