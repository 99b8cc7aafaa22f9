"""Equal-tailed intervals are the quantiles of numpy, to rounding."""

from __future__ import annotations

import numpy as np
import pytest

from bayeslogit.numerics.intervals import interval


@pytest.mark.parametrize("draws", [1, 2, 3, 100, 999, 4000])
def test_intervals_are_numpy_s_quantiles(draws):
    values = np.random.default_rng(draws).normal(size=(5, draws))
    values[4] = 1.5
    kept = values.copy()
    for prob in (0.5, 0.89, 0.95, 0.999):
        found = interval(values, prob, "eti")
        expected = np.quantile(kept, [(1 - prob) / 2, (1 + prob) / 2], axis=-1)
        np.testing.assert_allclose(found, expected, rtol=1e-15, atol=0)
    np.testing.assert_array_equal(values, kept)
    with_nan = np.append(values, np.full((5, 1), np.nan), axis=1)
    assert np.isnan(interval(with_nan, 0.9, "eti")[1]).all()
