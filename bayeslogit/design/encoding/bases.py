"""Polynomial and spline bases, from formulaic; no other file imports it.

formulaic (and pandas with it) takes about two seconds to import, so it is imported when
a basis is first computed. Only its numeric functions are used: no formula reaches it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["basis"]


def basis(
    function: str,
    x: np.ndarray,
    options: dict[str, Any],
    memory: dict[str, Any],
    cases: np.ndarray | None = None,
) -> np.ndarray:
    """Return the columns of a polynomial or spline basis at given values.

    Parameters
    ----------
    function : {"poly", "bs", "cr"}
        Orthonormal polynomials without the constant; B-splines without the first, so that the
        intercept is not repeated; natural cubic splines whose columns have mean zero in the rows
        of the fit, for the same reason.
    x : np.ndarray, shape (rows,)
        Finite values, in the unit of the predictor.
    options : dict
        Options of the call, such as ``df``, checked before.
    memory : dict
        Knots, bounds and norms: filled if empty, else used.
    cases : np.ndarray, shape (rows,), optional
        How many cases each row holds, more than 0, where an empty memory is filled; one each by
        default.

    Returns
    -------
    np.ndarray of float64, shape (rows, columns)
    """
    from formulaic.transforms import basis_spline, natural_cubic_spline, poly

    if cases is not None and not memory:
        _learn(function, x, options, memory, cases)
    if function == "poly":
        return np.asarray(poly(x, **options, _state=memory))
    if function == "bs":
        columns = basis_spline(x, **options, _state=memory)
    else:
        columns = natural_cubic_spline(x, **options, constraints="center", _state=memory)
    return np.stack([np.asarray(columns[key], dtype=np.float64) for key in columns], axis=1)


def _learn(
    function: str,
    x: np.ndarray,
    options: dict[str, Any],
    memory: dict[str, Any],
    cases: np.ndarray,
) -> None:
    """Fill the memory of a basis as the cases would, each in a row of its own."""
    from formulaic.transforms import basis_spline, natural_cubic_spline

    if function == "poly":
        memory |= _orthogonal(x, cases, options["degree"])
    elif function == "bs":
        given = {key: value for key, value in options.items() if key not in ("df", "knots")}
        low, high = options.get("lower_bound", x.min()), options.get("upper_bound", x.max())
        knots = options.get("knots")
        if knots is None:
            free = options.get("extrapolation") == "extend"
            inside = np.full(len(x), True) if free else (x >= low) & (x <= high)
            number = options.get("df", 0) - options.get("degree", 3)
            shares = np.linspace(0.0, 1.0, max(number, 0) + 2)[1:-1]
            knots = _quantiles(x[inside], cases[inside], shares)
        basis_spline(x, knots=list(knots), **given, _state=memory)
    else:
        # Knots are quantiles of the different values; the mean of zero is over cases.
        natural_cubic_spline(x, **options, constraints="center", _state=memory)
        state = memory | {"constraints": None}
        columns = natural_cubic_spline(x, **options, _state=state)
        free_columns = np.stack([np.asarray(columns[key], dtype=float) for key in columns], axis=1)
        memory["constraints"] = np.average(free_columns, axis=0, weights=cases)[None]


def _orthogonal(x: np.ndarray, cases: np.ndarray, degree: int) -> dict[str, Any]:
    """Return the recurrence of polynomials that are orthonormal over cases."""
    alpha, norms = {}, {}
    before, now = np.zeros(len(x)), np.ones(len(x))
    for k in range(degree + 1):
        norms[k] = float(cases @ now**2)
        alpha[k] = float(cases @ (x * now**2)) / norms[k]
        back = norms[k] / norms[k - 1] if k else 0.0
        before, now = now, (x - alpha[k]) * now - back * before
    return {"alpha": alpha, "norms2": norms}


def _quantiles(x: np.ndarray, cases: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Return quantiles of values that stand for several cases each, between neighbours in order."""
    order = np.argsort(x, kind="stable")
    x, last = x[order], np.cumsum(cases[order])
    place = shares * (last[-1] - 1.0)
    low = np.floor(place)
    # The case at a position, from 0: the first row at which more cases have been counted.
    ends = [
        x[np.minimum(np.searchsorted(last, at * (1.0 + 1e-12), side="right"), len(x) - 1)]
        for at in (low, low + 1.0)
    ]
    result: np.ndarray = ends[0] + (place - low) * (ends[1] - ends[0])
    return result
