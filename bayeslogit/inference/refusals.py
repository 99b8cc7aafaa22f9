"""Reasons why methods refuse a log posterior, shared by several of them.

Each function returns None, or a clause that completes "method 'x' refuses this model: ...".
"""

from __future__ import annotations

import numpy as np

from bayeslogit.errors import FitFailed
from bayeslogit.inference.mode import find_mode, relative_gradient, smoothed
from bayeslogit.priors.corners import corners
from bayeslogit.specification.density import LogDensity

__all__ = [
    "cornered",
    "improper_posterior",
    "meeting_cutpoints",
    "on_border",
    "other_prior",
    "range_ends",
    "several_predictors",
]

# A Newton step of 1e-11 posterior standard deviations is reached on separated data too, far out.
# There the gradient is all of one sign, or the curvature is this flat in some direction.
_ONE_SIDED = 1e-6
_FLAT = 1e-13


def improper_posterior(density: LogDensity) -> str | None:
    """Return why the posterior is improper, or None.

    A proper prior always gives a proper posterior. With flat priors and a log-concave
    likelihood the posterior is proper exactly if its mode is a strict, finite one. A likelihood
    that is not log-concave with flat priors is left to the method, which sees the tails.
    """
    if density.prior.proper:
        return None
    try:
        with np.errstate(all="ignore"):
            mode = find_mode(density)
    except FitFailed:
        return _sentence(density)
    if mode.walls:
        return None  # it is the border that ends the rise
    diagonal = np.diag(mode.precision)
    one_sided = relative_gradient(smoothed(density), mode.theta) > _ONE_SIDED
    if one_sided or not np.all(diagonal > 0):
        return _sentence(density)
    scale = 1.0 / np.sqrt(diagonal)
    smallest = np.linalg.eigvalsh(mode.precision * np.outer(scale, scale))[0]
    return None if smallest > _FLAT else _sentence(density)


def _sentence(density: LogDensity) -> str:
    flat = ", ".join(repr(density.names[i]) for i in np.flatnonzero(density.prior.flat)[:5])
    return (
        f"the posterior is improper: with flat priors ({flat}) the log posterior has no strict "
        "highest point (separation, or collinear columns); give these coefficients a proper "
        "prior such as Normal(0, 2.5)"
    )


def meeting_cutpoints(density: LogDensity) -> str | None:
    """Return why the posterior has no mode inside its support, or None.

    The data do not keep apart the cutpoints around a class that never occurs. Unless the prior
    does, the density is highest where they meet, at the border.
    """
    family, prior = density.family, density.prior
    if not family.walled or family.bounded:
        return None
    unseen = np.flatnonzero(density.rows.counts.sum(axis=0)[1:-1] == 0.0) + 1
    if prior.simplex is not None and not family.partial:
        unseen = unseen[prior.simplex.concentration[unseen] <= 1.0]
    if not unseen.size:
        return None
    low, high = density.names[unseen[0] - 1], density.names[unseen[0]]
    return (
        f"no row is of the class between the cutpoints {low!r} and {high!r}, so that the posterior "
        "is highest where they meet, at its border, and has no curvature there (the prior "
        "Dirichlet(2) of 'cutpoints' would keep them apart)"
    )


def range_ends(density: LogDensity) -> str | None:
    """Return why points around the mode may have no probability, or None."""
    if not density.family.bounded:
        return None
    return (
        f"under the {density.family.link} link the probabilities of the rows end at "
        + ("1" if density.family.ends[0] == -np.inf else "0 and 1")
        + ", and points beyond, which this method needs, have none"
    )


def on_border(density: LogDensity) -> str | None:
    """Return why a Gaussian at the mode does not fit: it is at the end of the range; or None."""
    if not density.family.bounded or not find_mode(density).walls:
        return None
    return (
        f"under the {density.family.link} link the posterior is highest at its border, where the "
        "probability of some row is at the end of its range, and a Gaussian does not fit there"
    )


def cornered(density: LogDensity) -> str | None:
    """Return why the posterior has no curvature at its mode, or None."""
    index, place, _ = corners(density.prior)
    if not index.size:
        return None
    names = ", ".join(repr(density.names[i]) for i in index[:5])
    return (
        f"the prior of {names} has a corner at {place[0]:.4g}, where the posterior may be highest "
        "and has no curvature"
    )


def several_predictors(density: LogDensity) -> str | None:
    """Return why a method on one linear predictor a row cannot take this family, or None."""
    family = density.family
    if family.single:
        return None
    if family.coupled:
        return "the cases of a matched set depend on one another, and the integrals here are by row"
    return (
        f"the {family.name} family has {family.n_eta} linear predictors per row and the integrals "
        "here are over one"
    )


def other_prior(density: LogDensity) -> str | None:
    """Return which prior is not Gaussian (flat counts as Gaussian), or None."""
    if density.prior.gaussian:
        return None
    return f"the prior {' and '.join(density.prior.kinds)} is not Gaussian"
