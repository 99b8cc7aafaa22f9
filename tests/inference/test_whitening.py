"""Densities in whitened coordinates, far out too."""

from __future__ import annotations

import numpy as np

import bayeslogit as bl
from bayeslogit.inference.whitening import Affine, Whitened


def test_a_slope_beyond_the_largest_number_is_no_warning() -> None:
    """A sampler that tries a point so far out rejects it; warnings are errors here."""
    table = {"k": [0, 5, 9], "n": [10, 10, 10], "x": [0.0, 1.0, 2.0]}
    model = bl.binomial("k ~ x", table, trials="n", link="cloglog")
    map = Affine(np.zeros(2), np.diag([1e200, 1e200]))
    _, gradient = Whitened(model.density, map).value_and_gradient(np.array([1e-195, 0.0]))
    assert not np.isfinite(gradient).all()
