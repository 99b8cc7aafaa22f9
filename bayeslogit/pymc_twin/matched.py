"""Matched sets in PyMC: which members are cases, given how many there are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pymc as pm
import pytensor
import pytensor.tensor as pt

from bayeslogit.families import Conditional
from bayeslogit.response import Sets

__all__ = ["matched_sets"]

# The log weight of what cannot be, as in numpy.
_NEVER = -1e30


def matched_sets(eta: Any, y: Any, sets: Sets, cases: np.ndarray, weights: Any) -> Any:
    """Add the observed variable ``y``, (obs,), with a likelihood of sets.

    Parameters
    ----------
    eta : tensor, shape (obs,)
    y : tensor, shape (obs,)
        1 for cases.
    sets : Sets
    cases : ndarray of int, shape (obs,)
        The same as numbers; they say how many cases a set has at most.
    weights : tensor of shape (obs,), or None
        Equal within a set.
    """
    members = _members(sets.codes)
    most = int(np.bincount(sets.codes, cases).max())
    pm.modelcontext(None).add_coord("set", list(sets.labels))
    rows = pm.Data("members", members, dims=("set", "member"))  # -1 where a set has fewer

    def logp(value: Any, eta: Any) -> Any:
        inside = pt.ge(rows, 0)
        own = pt.switch(inside, eta[rows], _NEVER)
        case = pt.and_(inside, pt.eq(value[rows], 1))
        chosen = pt.switch(case, own, 0.0).sum(axis=1)
        each = chosen - _log_normaliser(own, case.sum(axis=1), most)
        return (each if weights is None else each * weights[rows[:, 0]]).sum()

    def random(eta: np.ndarray, rng: Any = None, size: Any = None) -> np.ndarray:
        each = np.reshape(eta, (-1, len(cases))).T
        own = np.where((members < 0)[:, :, None], -np.inf, each[members])
        number = np.bincount(sets.codes, cases).astype(np.int64)
        drawn = Conditional().simulate(np.swapaxes(own, 0, 1), number, rng)
        found = np.empty((len(cases), drawn.shape[2]), dtype=np.int64)
        found[members[members >= 0]] = np.swapaxes(drawn, 0, 1)[members >= 0]
        return found.T.reshape(np.shape(eta))

    return pm.CustomDist(
        "y",
        eta,
        logp=logp,
        random=random,
        signature="(n)->(n)",
        observed=y,
        dims="obs",
        dtype="int64",
    )


def _members(codes: np.ndarray) -> np.ndarray:
    """Return the rows of each set, (sets, members), -1 where it has fewer."""
    order = np.argsort(codes, kind="stable")
    size = np.bincount(codes)
    start = np.cumsum(size) - size
    place = np.arange(size.max())
    inside = place < size[:, None]
    return np.where(inside, order[np.where(inside, start[:, None] + place, 0)], -1)


def _log_normaliser(own: Any, size: Any, most: int) -> Any:
    """Return the log of the sum over all subsets of a set with so many members, (sets,)."""
    if most == 1:
        return pt.logsumexp(own, axis=1)

    def with_one_more(eta: Any, logs: Any) -> Any:
        within = eta[:, None] + logs[:, :-1]
        return pt.concatenate([logs[:, :1], pt.logaddexp(logs[:, 1:], within)], axis=1)

    never = pt.full((own.shape[0], most), _NEVER)
    none = pt.concatenate([pt.zeros_like(own[:, :1]), never], axis=1)
    logs = pytensor.scan(with_one_more, sequences=own.T, outputs_info=none, return_updates=False)
    return logs[-1, pt.arange(own.shape[0]), size]
