"""Classes of the outcome and levels of predictors that occur in no row, or in one."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from bayeslogit.design import Design
from bayeslogit.errors import PriorError, Problem, listing
from bayeslogit.families import Family
from bayeslogit.priors import CoefficientPrior
from bayeslogit.response import Response
from bayeslogit.response.base import class_counts
from bayeslogit.specification.specification import Specification

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
    cases = class_counts(response.y, response.n_classes, response.trials)
    found = cases.sum(axis=0) == count
    return tuple(c for c, f in zip(response.classes, found, strict=True) if f)


def notes(specification: Specification) -> tuple[Problem, ...]:
    """Return notes about sets, classes and levels that say nothing, and what became of them.

    Parameters
    ----------
    specification : Specification

    Examples
    --------
    >>> import bayeslogit as bl
    >>> table = {"y": [0, 2, 2, 0, 3], "x": [1, 2, 3, 4, 5]}
    >>> [note.code for note in notes(bl.ordinal("y ~ x", table))]
    ['absent_class', 'single_case']
    """
    design, response = specification.design.fixed, specification.response
    return tuple(
        Problem(code, sentence, "note")
        for code, sentence in (
            *_of_sets(response),
            *_of_one_class(specification),
            *_of_classes(response),
            *_of_levels(design, specification.frequencies > 0.0),
        )
    )


def _of_sets(response: Response) -> Iterator[tuple[str, str]]:
    sets = response.sets
    if sets is not None and sets.silent[0]:
        number, rows = sets.silent
        of = f"{sets.name!r} ({rows} {'row' if rows == 1 else 'rows'})"
        if response.alternatives is not None:
            yield (
                "silent_sets",
                f"{number} of the cases of {of} had one alternative, or the weight 0, and did not "
                "count; expected two or more to choose from; such a case says nothing of choices",
            )
            return
        which = f"{number} sets of {of} have no case, or cases only, and were left out"
        if number == 1:
            which = f"1 set of {of} has no case, or cases only, and was left out"
        yield (
            "silent_sets",
            f"{which}; a set whose outcomes are all alike says nothing about odds ratios",
        )


def _of_one_class(specification: Specification) -> Iterator[tuple[str, str]]:
    response = specification.response
    seen = np.flatnonzero(specification.counts.sum(axis=0) > 0.0)
    if len(seen) == 1:
        yield (
            "one_class",
            f"every case of {response.name!r} is {response.classes[seen[0]]!r}; how rare the "
            "others are rests on the prior and on the number of cases, and no maximum likelihood "
            "estimate exists; report how the answer changes with the prior (see check())",
        )


def _of_classes(response: Response) -> Iterator[tuple[str, str]]:
    if response.absent and response.kind == "ordinal":
        stated = [*map(str, response.values), *response.absent]
        levels = ", ".join(sorted(stated, key=float)[:12])
        yield (
            "absent_class",
            f"the classes of {response.name!r} are {listing(response.classes)}, without "
            f"{listing(response.absent)}; classes beside a gap are neighbours, one boundary apart; "
            f"write levels=[{levels}] to keep a level that no row has",
        )
    elif response.absent:
        yield (
            "absent_class",
            f"no row has the class {listing(response.absent)} of {response.name!r}, which was left "
            "out; it has no probability; add rows that have it, if it can occur",
        )
    for level in unseen(response):
        yield (
            "unseen_level",
            f"the level {level!r} never occurs and was kept; its probability comes from the prior "
            "alone; leave it out of levels= if it cannot occur",
        )
    for level in single(response):
        yield (
            "single_case",
            f"the class {level!r} has one row; its probability rests on that row and the prior; "
            "join it to another class if they may be treated alike",
        )


def _of_levels(design: Design, seen: np.ndarray) -> Iterator[tuple[str, str]]:
    for name, levels in design.absent.items():
        yield (
            "absent_level",
            f"only rows that were left out have the level {listing(levels)} of {name!r}; it has "
            "no coefficient, and new rows that have it are refused; fill in the missing values of "
            "those rows to keep it",
        )
    zero = _zero_columns(design, seen)
    if zero:
        yield (
            "unseen_column",
            f"no row bears on the coefficients {listing(zero)}; the prior alone speaks of them; "
            "leave out levels and products that no row has",
        )
    for name, level in design.recipe.empty_references(design.source, seen).items():
        if name in design.references:
            yield (
                "unseen_reference",
                f"no row has {level!r}, the reference level of {name!r}; the prior has a part in "
                "every difference from it; choose a level that occurs, "
                "C(..., reference=...)",
            )


def _zero_columns(design: Design, seen: np.ndarray) -> tuple[str, ...]:
    """Return the names of columns of X that are 0 in every row seen."""
    X = design.X
    zero, rows = np.arange(X.shape[1]), np.flatnonzero(seen)
    step = max(1, len(rows) // 256)
    for start in range(step):
        # A few rows show nearly every column not to be 0; only the others are read further.
        zero = zero[~X[np.ix_(rows[start::step], zero)].any(axis=0)]
        if not zero.size:
            break
    return tuple(design.names[j] for j in zero)


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
