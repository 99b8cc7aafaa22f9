"""The mode of learned scales of coefficients, with the coefficients and all effects integrated.

Given the scales the coefficients of a set are Gaussian, so that they are integrated as effects of
groups are: by Laplace's approximation, with its exact gradient. With a prior that is nearly flat it
is restricted maximum likelihood, as that of mgcv's penalised curves (Wood 2011).

References
----------
Wood, S. N. (2011). Fast stable restricted maximum likelihood and marginal likelihood estimation of
semiparametric generalized linear models. doi:10.1111/j.1467-9868.2010.00749.x
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from bayeslogit.inference.grouped.inner import Inner
from bayeslogit.inference.grouped.learned import Settled
from bayeslogit.inference.grouped.nested import Nested
from bayeslogit.inference.grouped.sets import bounded_inverse
from bayeslogit.inference.grouped.start import Hyper, ScaleMode
from bayeslogit.priors.learned import Learned
from bayeslogit.specification.grouped import GroupedDensity

__all__ = ["LearnedMode", "learned_mode"]

# Where h may be: beyond, a standard deviation is as good as zero, or as a flat prior.
_LOW, _HIGH = -5.0, 6.0
# Step of the central differences that give the curvature.
_STEP = 1e-3


@dataclass(frozen=True, eq=False)
class LearnedMode:
    """The mode of covariances of groups and of h of each set.

    Attributes
    ----------
    hyper : Hyper
        How to read ``x``.
    x : ndarray
        Covariances of the groups.
    h : list of ndarray, shape (count,)
        Of each set.
    precision : ndarray, shape (x and h, x and h)
        Minus the second derivatives of the log marginal.
    inner : Inner
        Mode of coefficients and effects given these.
    value : float
        Log marginal posterior, in nats.
    distance : float
        Length of a last Newton step, in standard errors, along what is not at its bound.
    evaluations : int
    zero : tuple of str
        Labels of sets whose standard deviation is as good as zero.
    """

    hyper: Hyper
    x: np.ndarray
    h: list[np.ndarray]
    precision: np.ndarray
    inner: Inner
    value: float
    distance: float
    evaluations: int
    zero: tuple[str, ...]

    def settled(self, sets: tuple[Learned, ...]) -> tuple[Settled, ScaleMode]:
        """Return where coordinates for draws are made, and a Gaussian of what is learned.

        Parameters
        ----------
        sets : tuple of Learned
        """
        covariance = bounded_inverse(self.precision, 0.25)
        at, spread = self.x.size, []
        for own in self.h:
            spread.append(covariance[at : at + own.size, at : at + own.size])
            at += own.size
        groups = covariance[: self.x.size, : self.x.size]
        precision = np.linalg.inv(groups) if groups.size else groups
        found = ScaleMode(self.x, precision, self.inner, self.value, self.evaluations)
        return Settled(sets, self.h, spread), found


def learned_mode(density: GroupedDensity, *, reported: bool) -> LearnedMode:
    """Return the mode of what a model learns, by a quasi-Newton search with exact gradients.

    Parameters
    ----------
    density : GroupedDensity
        With sets of coefficients whose scales have a mode.
    reported : bool
        Whether it is the mode of the density of standard deviations themselves, as they are
        reported; else of the coordinates of a sampler.
    """
    from scipy.optimize import minimize

    sets = density.prior.learned
    nested = Nested(density)
    hyper = Hyper(nested.blocks, logarithms=not reported)
    counts = [part.count for part in sets]
    ends = np.cumsum([hyper.size, *counts])
    evaluations = 0

    def split(w: np.ndarray) -> tuple[np.ndarray, list[np.ndarray]]:
        return w[: hyper.size], [w[a:b] for a, b in pairwise(ends)]

    def inner_at(w: np.ndarray, tolerance: float) -> Inner:
        x, h = split(w)
        given = density.prior.given(h)
        return nested.inner(hyper.factors(x), prior=given, tolerance=tolerance)

    def height(w: np.ndarray) -> tuple[float, np.ndarray]:
        nonlocal evaluations
        evaluations += 1
        x, h = split(w)
        found = inner_at(w, 1e-11)
        by_factor, _, moved = nested.gradient(found)
        value, by_x = hyper.prior(x)
        value += nested.marginal(found)
        by_scale = _by_scales(density, h, found, moved)
        result = [hyper.pull(x, by_factor) + by_x]
        for part, own, slope in zip(sets, h, by_scale, strict=True):
            value += float(part.prior.log_density(own[:, None])[0])
            by_h = part.prior.pull(own[:, None], (part.unit * slope)[:, None])[:, 0]
            if reported:
                volume, by_volume = part.prior.log_volume(own)
                value -= volume
                by_h = by_h - by_volume
            result.append(by_h)
        return -value, -np.concatenate(result)

    first = np.concatenate([hyper.start, *(part.prior.start(part.size) for part in sets)])
    wide = [(-9.0, 5.0)] if not reported else [(-np.inf, np.inf)]
    bounds = wide * hyper.size + [(_LOW, _HIGH)] * (len(first) - hyper.size)
    options = {"maxiter": 200, "ftol": 1e-13, "gtol": 1e-6}
    found = minimize(height, first, jac=True, method="L-BFGS-B", bounds=bounds, options=options)
    w = found.x
    rows = [(height(w + m)[1] - height(w - m)[1]) / (2.0 * _STEP) for m in _STEP * np.eye(w.size)]
    precision = 0.5 * (np.array(rows) + np.array(rows).T)
    low, high = np.array(bounds).T
    free = (w > low + _STEP) & (w < high - _STEP)
    slope = height(w)[1][free]
    step = bounded_inverse(precision[np.ix_(free, free)], 1e-8) @ slope
    inside = float(np.sqrt(max(slope @ step, 0.0)))
    x, h = split(w)
    zero = tuple(p.label for p, own in zip(sets, h, strict=True) if own[0] < _LOW + _STEP)
    inner = inner_at(w, 1e-13)
    return LearnedMode(hyper, x, h, precision, inner, -height(w)[0], inside, evaluations, zero)


def _by_scales(
    density: GroupedDensity, h: list[np.ndarray], found: Inner, moved: np.ndarray
) -> list[np.ndarray]:
    """Return derivatives of the log marginal by the standard deviation of each coefficient.

    Parameters
    ----------
    density : GroupedDensity
    h : list of ndarray
    found : Inner
    moved : ndarray, shape (core,)
        Minus the inverse curvature times half the derivative of its log determinant by the core.
    """
    theta, variance = found.core, np.diag(found.covariance)
    result = []
    for part, own in zip(density.prior.learned, h, strict=True):
        scale = part.unit * part.scales(own)
        beta, lam = theta[part.index], moved[part.index]
        squares = beta * beta + variance[part.index] + 2.0 * lam * beta
        result.append(squares / scale**3 - 1.0 / scale)
    return result
