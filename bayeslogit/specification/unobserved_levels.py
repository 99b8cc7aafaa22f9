"""Levels of an outcome of three or more classes that occur in no row, or in one."""

from __future__ import annotations

import numpy as np

from bayeslogit.errors import PriorError, Problem
from bayeslogit.families import Family
from bayeslogit.priors import CoefficientPrior
from bayeslogit.response import Response

__all__ = ["notes", "refuse_flat_cutpoints", "single", "unseen"]


def unseen(response: Response) -> tuple[str, ...]:
    """Return the classes, out of three or more, that never occur."""
    return _with(response, 0)


def single(response: Response) -> tuple[str, ...]:
    """Return the classes, out of three or more, that occur in one row."""
    return _with(response, 1)


def _with(response: Response, count: int) -> tuple[str, ...]:
    if response.kind not in ("nominal", "ordinal"):
        return ()
    found = np.bincount(response.y, minlength=response.n_classes) == count
    return tuple(c for c, f in zip(response.classes, found, strict=True) if f)


def notes(response: Response) -> tuple[Problem, ...]:
    """Return notes about levels that never occur, or occur once.

    Examples
    --------
    >>> from bayeslogit.response import ordinal
    >>> [note.code for note in notes(ordinal("y", [0, 2, 2, 0], [0, 1, 2], ordered=True))]
    ['unseen_level']
    """
    never = (
        f"the level {level!r} never occurs and was kept; its probability comes from the prior "
        "alone; leave it out of levels= if it cannot occur"
        for level in unseen(response)
    )
    once = (
        f"the class {level!r} has one row; its probability rests on that row and the prior; "
        "join it to another class if they may be treated alike"
        for level in single(response)
    )
    return (
        *(Problem("unseen_level", sentence, "note") for sentence in never),
        *(Problem("single_case", sentence, "note") for sentence in once),
    )


def refuse_flat_cutpoints(response: Response, family: Family, prior: CoefficientPrior) -> None:
    """Refuse a flat prior on cutpoints that the data leave free: an improper posterior.

    Parameters
    ----------
    response : Response
        An ordinal outcome.
    family : Family
    prior : CoefficientPrior
        With the cutpoints first.

    Raises
    ------
    PriorError
        If a level never occurs and the cutpoints beside it have no proper prior.
    """
    last = response.n_classes - 1
    for level in unseen(response):
        k = response.classes.index(level)
        flat = prior.flat[max(k - 1, 0) : min(k + 1, last)]
        if flat.any() if family.walled else flat.all():
            raise PriorError(
                f"the level {level!r} of {response.name!r} never occurs, and the prior of the "
                "cutpoints beside it is flat; expected a proper one, because no row says where "
                "they are; write priors={'cutpoints': Dirichlet(1)} or Normal(0, 2.5), or leave "
                "the level out of levels="
            )
