"""How families lay their coefficients out: names, order, and what each multiplies."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from bayeslogit.errors import DesignError
from bayeslogit.specification.layout import LOG_PRECISION, Layout, Variable

__all__ = ["layout_of", "size_of"]

MAX_COEFFICIENTS = 20_000  # a matrix of all with all has 3 GB
MAX_BASIS = 50_000_000


def layout_of(
    arrangement: str,
    names: tuple[str, ...],
    term_columns: dict[str, tuple[int, ...]],
    classes: tuple[str, ...],
    *,
    intercept: bool,
    partial: tuple[int, ...] = (),
) -> Layout:
    """Return the layout of a family on a design.

    Parameters
    ----------
    arrangement : {"plain", "several", "ordered", "dispersed", "matched", "choice"}
        ``arrangement`` of the family.
    names : tuple of str
        Coefficient names of the design.
    term_columns : dict of str to tuple of int
        Each term to its columns of X.
    classes : tuple of str
        Classes of the outcome in code order, or alternatives, the reference first.
    intercept : bool
        Whether the first column is that of ones.
    partial : tuple of int
        For ``"ordered"``: columns whose slopes differ between boundaries; for ``"choice"``: those
        whose coefficients differ between alternatives.

    Examples
    --------
    >>> layout_of("ordered", ("Intercept", "x"), {"x": (1,)}, ("a", "b", "c"), intercept=True).names
    ('a|b', 'b|c', 'x')

    Raises
    ------
    DesignError
        If there are more than 20 000 coefficients, or as many columns and classes together.
    """
    _check_size(arrangement, len(names), len(classes), len(partial))
    if arrangement == "several":
        return _several(names, term_columns, classes, intercept=intercept)
    if arrangement == "ordered":
        shared = _ordered(names, term_columns, classes)
        return _partial(shared, names, classes, partial) if partial else shared
    if arrangement == "dispersed":
        return _dispersed(names, term_columns)
    if arrangement == "matched":
        return _matched(names, term_columns, first=int(intercept))
    if arrangement == "choice":
        return _choice(names, term_columns, classes, partial)
    return _plain(names, term_columns, intercept=intercept)


def size_of(
    arrangement: str, columns: int, classes: int, partial: int = 0, intercept: bool = True
) -> int:
    """Return the number of coefficients of a family on a design.

    Parameters
    ----------
    arrangement : {"plain", "several", "ordered", "dispersed", "matched", "choice"}
    columns, classes : int
        Columns of the design, classes of the outcome.
    partial : int
        Columns whose slopes differ between boundaries.
    intercept : bool
        Whether the first column is that of ones, which cancels in matched sets.

    Examples
    --------
    >>> size_of("several", 3, 4), size_of("ordered", 3, 4)
    (9, 5)
    """
    later = classes - 1
    return {
        "plain": columns,
        "several": later * columns,
        "ordered": later + columns - 1 + (later - 1) * partial,
        "dispersed": columns + 1,
        "matched": columns - intercept,
        "choice": columns - intercept + (later - 1) * partial,
    }[arrangement]


def _check_size(arrangement: str, columns: int, classes: int, partial: int) -> None:
    """Refuse a model of more coefficients than any method takes, before they have names."""
    size = size_of(arrangement, columns, classes, partial)
    basis = (classes - 1) * columns * size if arrangement == "ordered" else 0
    if size > MAX_COEFFICIENTS or basis > MAX_BASIS:
        raise DesignError(
            f"{columns} columns and {classes} classes make {size} coefficients in a model of this "
            f"kind; expected at most {MAX_COEFFICIENTS}, and fewer for many ordered classes; leave "
            "columns out, or join classes or levels"
        )


def _plain(
    names: tuple[str, ...], term_columns: dict[str, tuple[int, ...]], *, intercept: bool
) -> Layout:
    """Lay out one linear predictor: ``Intercept``, then ``beta`` by term.

    Parameters
    ----------
    names : tuple of str
        Coefficient names of a design.
    term_columns : dict
        Each term to its columns.
    intercept : bool
        Whether the first column is that of ones.
    """
    first = int(intercept)
    slopes = tuple(range(first, len(names)))
    variables: tuple[Variable, ...] = ()
    if intercept:
        variables += (Variable("Intercept", (), np.array(0)),)
    if slopes:
        variables += (Variable("beta", ("term",), np.array(slopes)),)
    coords = {"term": names[first:]} if slopes else {}
    return Layout(names, dict(term_columns), slopes, tuple(range(len(names))), variables, coords)


def _several(
    names: tuple[str, ...],
    term_columns: dict[str, tuple[int, ...]],
    classes: tuple[str, ...],
    *,
    intercept: bool,
) -> Layout:
    """Lay out one linear predictor for each class but the first, class by class.

    Coefficients are called ``"class: term"``; in priors a term stands for that term in all
    classes, and ``"Intercept"`` for all intercepts.
    """
    width, first = len(names), int(intercept)
    grid = np.arange((len(classes) - 1) * width).reshape(-1, width)
    places = {k: tuple(int(i) for i in grid[:, list(v)].ravel()) for k, v in term_columns.items()}
    places |= {name: tuple(int(i) for i in grid[:, j]) for j, name in enumerate(names)}
    variables: tuple[Variable, ...] = ()
    coords = {"class": classes[1:]}
    if intercept:
        variables += (Variable("Intercept", ("class",), grid[:, 0]),)
    if width > first:
        variables += (Variable("beta", ("class", "term"), grid[:, first:]),)
        coords["term"] = names[first:]
    return Layout(
        tuple(f"{c}: {name}" for c in classes[1:] for name in names),
        places,
        tuple(int(i) for i in grid[:, first:].ravel()),
        tuple(range(width)) * (len(classes) - 1),
        variables,
        coords,
    )


def _ordered(
    names: tuple[str, ...], term_columns: dict[str, tuple[int, ...]], classes: tuple[str, ...]
) -> Layout:
    """Lay out cutpoints, then slopes that all boundaries share: ``eta_k = cutpoint_k - x beta``.

    The design has a column of ones first. Cutpoints are called by the classes they part,
    ``"low|high"``.
    """
    cuts, width = len(classes) - 1, len(names)
    size = cuts + width - 1
    basis = np.zeros((cuts, width, size))
    basis[np.arange(cuts), 0, np.arange(cuts)] = 1.0
    basis[:, np.arange(1, width), np.arange(cuts, size)] = -1.0
    cut_names = tuple(f"{a}|{b}" for a, b in pairwise(classes))
    slopes = tuple(range(cuts, size))
    places = {k: tuple(cuts + j - 1 for j in v if j > 0) for k, v in term_columns.items()}
    variables: tuple[Variable, ...] = (Variable("cutpoints", ("cutpoint",), np.arange(cuts)),)
    coords = {"cutpoint": cut_names}
    if slopes:
        variables += (Variable("beta", ("term",), np.array(slopes)),)
        coords["term"] = names[1:]
    return Layout(
        cut_names + names[1:],
        {"cutpoints": tuple(range(cuts))} | {k: v for k, v in places.items() if v},
        slopes,
        (0,) * cuts + tuple(range(1, width)),
        variables,
        coords,
        basis.reshape(cuts * width, size),
    )


def _dispersed(names: tuple[str, ...], term_columns: dict[str, tuple[int, ...]]) -> Layout:
    """Lay out one linear predictor, then the log precision, the same in all rows.

    The design has a column of ones first, which the log precision multiplies.
    """
    plain, width = _plain(names, term_columns, intercept=True), len(names)
    basis = np.zeros((2, width, width + 1))
    basis[0, np.arange(width), np.arange(width)] = 1.0
    basis[1, 0, width] = 1.0
    return Layout(
        (*names, LOG_PRECISION),
        plain.places,
        plain.slopes,
        (*plain.columns, 0),
        (*plain.variables, Variable(LOG_PRECISION, (), np.array(width))),
        plain.coords,
        basis.reshape(2 * width, width + 1),
    )


def _matched(
    names: tuple[str, ...], term_columns: dict[str, tuple[int, ...]], *, first: int
) -> Layout:
    """Lay out one linear predictor without an intercept, which cancels within a set.

    The design may have a column of ones first, which keeps its factors as they are elsewhere.
    """
    width = len(names)
    size = width - first
    slopes = tuple(range(size))
    return Layout(
        names[first:],
        {k: tuple(j - first for j in v) for k, v in term_columns.items()},
        slopes,
        tuple(range(first, width)),
        (Variable("beta", ("term",), np.array(slopes)),),
        {"term": names[first:]},
        np.eye(width)[:, first:],
    )


def _choice(
    names: tuple[str, ...],
    term_columns: dict[str, tuple[int, ...]],
    alternatives: tuple[str, ...],
    partial: tuple[int, ...],
) -> Layout:
    """Lay out what all alternatives share, then each alternative but the first by itself.

    Coefficients of the latter are called ``"alternative: term"``. The design has a column of ones
    first; unless it is among ``partial``, it cancels. Coefficients that are drawn anew for each
    case (mixed logit) would be a block of effects by case on the columns of ``beta``.
    """
    shared = [j for j in range(1, len(names)) if j not in partial]
    own, later = sorted(partial), alternatives[1:]
    grid = len(shared) + np.arange(len(later) * len(own)).reshape(len(later), len(own))
    at: dict[int, tuple[int, ...]] = {j: (k,) for k, j in enumerate(shared)}
    at |= {j: tuple(int(i) for i in grid[:, k]) for k, j in enumerate(own)}
    places = {k: tuple(sorted(i for j in v for i in at[j])) for k, v in term_columns.items()}
    places |= {names[j]: at[j] for j in own}
    first = int(0 in own)
    variables: tuple[Variable, ...] = ()
    coords: dict[str, tuple[str, ...]] = {}
    if shared:
        variables += (Variable("beta", ("term",), np.arange(len(shared))),)
        coords["term"] = tuple(names[j] for j in shared)
    if own:
        coords["alternative"] = later
    if first:
        variables += (Variable("Intercept", ("alternative",), grid[:, 0]),)
    if len(own) > first:
        variables += (Variable("beta_case", ("alternative", "case_term"), grid[:, first:]),)
        coords["case_term"] = tuple(names[j] for j in own[first:])
    whose = tuple(k for k in range(1, len(alternatives)) for _ in own)
    return Layout(
        coords.get("term", ()) + tuple(f"{a}: {names[j]}" for a in later for j in own),
        places,
        tuple(range(len(shared))) + tuple(int(i) for i in grid[:, first:].ravel()),
        tuple(shared) + tuple(own) * len(later),
        variables,
        coords,
        alternatives=(0,) * len(shared) + whose,
    )


def _partial(
    shared: Layout, names: tuple[str, ...], classes: tuple[str, ...], partial: tuple[int, ...]
) -> Layout:
    """Add the differences of slopes at each later boundary from those at the first.

    Their names have boundary and column, ``"middle|high: x"``; in priors all are ``"partial"``.
    """
    cuts, width, size = len(classes) - 1, len(names), len(shared.names)
    later = shared.coords["cutpoint"][1:]
    added = size + np.arange((cuts - 1) * len(partial)).reshape(cuts - 1, len(partial))
    assert shared.basis is not None
    basis = np.zeros((cuts, width, size + added.size))
    basis[:, :, :size] = shared.basis.reshape(cuts, width, size)
    for k, index in enumerate(added, start=1):
        basis[k, list(partial), index] = -1.0
    variable = Variable("beta_partial", ("later_cutpoint", "partial_term"), added)
    return Layout(
        shared.names + tuple(f"{cut}: {names[j]}" for cut in later for j in partial),
        shared.places | {"partial": tuple(int(i) for i in added.ravel())},
        shared.slopes,
        shared.columns + partial * (cuts - 1),
        (*shared.variables, variable),
        shared.coords | {"later_cutpoint": later, "partial_term": tuple(names[j] for j in partial)},
        basis.reshape(cuts * width, -1),
    )
