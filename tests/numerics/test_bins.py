"""Bins keep equal values together, and leave out what has no cases."""

from __future__ import annotations

import numpy as np
import pytest

from bayeslogit.numerics.bins import bin_by, bins_of


def test_bins_keep_equal_values_together():
    x = np.repeat(np.arange(30.0), 10)
    code, centres = bins_of(x, np.ones(300))
    for value in np.unique(x):
        assert len(np.unique(code[x == value])) == 1
    assert (np.diff(centres) > 0).all()
    assert np.bincount(code).min() > 0


def test_bins_keep_equal_values_together_and_leave_out_empty_ones():
    values = np.array([0.1, 0.1, 0.2, 0.9])
    code, middle = bin_by(values, np.array([1.0, 1.0, 0.0, 2.0]), None)
    assert code.tolist() == [0, 0, -1, 1]
    assert middle == pytest.approx([0.1, 0.9])
