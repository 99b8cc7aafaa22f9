"""Equal rows are found, whatever their order and layout."""

from __future__ import annotations

import numpy as np
import pytest

from bayeslogit.specification import repeats as module
from bayeslogit.specification.repeats import distinct_rows


def test_rows_that_mix_alike_are_still_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    X = np.repeat(np.array([[1.0, 2.0], [2.0, 1.0], [1.0, 1.0]]), 40, axis=0)
    for mixer in (module._MIXER, np.uint64(0)):
        # Times zero, all rows mix alike, and the rows themselves are sorted.
        monkeypatch.setattr(module, "_MIXER", mixer)
        for view in (X, np.asfortranarray(X), np.repeat(X, 2, axis=1)[:, ::2]):
            first, inverse = distinct_rows(view)
            assert len(first) == 3
            np.testing.assert_array_equal(view[first][inverse], X)


@pytest.mark.parametrize("columns", [0, 1, 3])
def test_sets_come_in_an_order_of_their_own(columns: int) -> None:
    rng = np.random.default_rng(columns)
    X = rng.integers(-1, 2, (200, columns)).astype(float)
    X[::2] *= 1.0
    mixed = rng.permutation(200)
    once, again = distinct_rows(X)[0], distinct_rows(-0.0 + X[mixed])[0]
    np.testing.assert_array_equal(X[once], X[mixed][again])
