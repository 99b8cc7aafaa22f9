"""Corners of priors, where derivatives jump: which coefficients have them, and what is smooth."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from bayeslogit.priors.coefficients import CoefficientPrior
from bayeslogit.priors.univariate import Flat

__all__ = ["corners", "smooth"]


def corners(prior: CoefficientPrior) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the coefficients whose priors have corners, where these are, and their slopes.

    Parameters
    ----------
    prior : CoefficientPrior

    Returns
    -------
    index : ndarray of int, shape (corners,)
    place : ndarray, shape (corners,)
    slope : ndarray, shape (corners,)
        The density falls by so many nats a unit on either side.
    """
    index, place, slope = [], [], []
    for members, part in prior.parts:
        if part.corner is not None:
            at = np.broadcast_to(np.ravel(part.corner), members.shape)
            index.append(members)
            place.append(at)
            slope.append(-part.gradient((at + 1.0)[:, None])[:, 0])
    empty = np.zeros(0)
    return (
        np.concatenate([empty.astype(int), *index]),
        np.concatenate([empty, *place]),
        np.concatenate([empty, *slope]),
    )


def smooth(prior: CoefficientPrior, *, flat: bool = False) -> CoefficientPrior:
    """Return the prior with its corners rounded off, or left out; itself where it has none.

    Parameters
    ----------
    prior : CoefficientPrior
    flat : bool, default False
        Whether parts with corners become flat; by default they are rounded off.
    """
    if all(part.corner is None for _, part in prior.parts):
        return prior
    parts = [(i, Flat() if flat and p.corner is not None else p.smooth) for i, p in prior.parts]
    return replace(prior, parts=tuple(parts))
