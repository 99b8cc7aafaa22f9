"""Polynomial and spline bases, from formulaic; no other file imports it.

formulaic (and pandas with it) takes about two seconds to import, so it is imported when
a basis is first computed. Only its numeric functions are used: no formula reaches it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["basis"]


def basis(
    function: str, x: np.ndarray, options: dict[str, Any], memory: dict[str, Any]
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

    Returns
    -------
    np.ndarray of float64, shape (rows, columns)
    """
    from formulaic.transforms import basis_spline, natural_cubic_spline, poly

    if function == "poly":
        return np.asarray(poly(x, **options, _state=memory))
    if function == "bs":
        columns = basis_spline(x, **options, _state=memory)
    else:
        columns = natural_cubic_spline(x, **options, constraints="center", _state=memory)
    return np.stack([np.asarray(columns[key], dtype=np.float64) for key in columns], axis=1)
