"""Coordinates made anew where the first draws of the covariances are."""

from __future__ import annotations

import numpy as np

from bayeslogit.inference.grouped.expected import expected
from bayeslogit.inference.grouped.nested import Nested
from bayeslogit.inference.grouped.start import Hyper, ScaleMode, target_at
from bayeslogit.inference.grouped.target import Target

__all__ = ["recentred"]


def recentred(target: Target, pooled: np.ndarray) -> Target | None:
    """Return a target in coordinates made where draws of the covariances are; None where it was.

    Where groups have few rows Laplace's approximation puts the mode far from the posterior, and
    what the rows say about effects of the size that they have there is another thing.

    Parameters
    ----------
    target : Target
        As made from the nested mode.
    pooled : ndarray, shape (core, any)
        Draws of its core.
    """
    density = target.density
    hyper = Hyper(density.blocks)
    if not hyper.size or density.prior.learned:
        return None
    rows, mode = [], []
    for shape in target.shapes:
        unit = shape.unit[shape.block.covariance.learned]
        sd = np.abs(unit * np.sinh(pooled[shape.sd]))
        at = target.core.mean
        rows += [np.log(np.maximum(sd, 1e-4)), target.partials(shape, pooled)]
        mode += [np.log(2.0 * unit[:, 0]), target.partials(shape, at[:, None])[:, 0]]
    low, middle, high = np.quantile(np.concatenate(rows), [0.16, 0.5, 0.84], axis=1)
    spread = 0.5 * (high - low)
    if not (np.abs(middle - np.concatenate(mode)) > spread).any():
        return None
    nested = Nested(density)
    inner = expected(nested, nested.inner(hyper.factors(middle), tolerance=1e-8))
    found = ScaleMode(middle, np.diag(np.maximum(spread, 1e-4) ** -2.0), inner, 0.0, 0)
    return target_at(density, found, hyper)
