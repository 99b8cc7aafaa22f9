"""Definiteness of symmetric matrices."""

from __future__ import annotations

import numpy as np

from bayeslogit.numerics.definite import bent_down, peaked


def test_matrices_are_bent_down_to_the_nearest_and_left_alone_where_they_are() -> None:
    rng = np.random.default_rng(0)
    half = rng.normal(size=(50, 3, 3))
    good = half @ half.swapaxes(1, 2)
    assert peaked(good)
    np.testing.assert_allclose(bent_down(good), good, atol=1e-12)
    bad = good - 2.0 * np.eye(3)
    assert not peaked(bad)
    values = np.linalg.eigvalsh(bent_down(bad))
    expected = np.maximum(np.linalg.eigvalsh(bad), 0.0)
    np.testing.assert_allclose(values, expected, atol=1e-12)
    assert bent_down(np.zeros((0, 0))).shape == (0, 0)
