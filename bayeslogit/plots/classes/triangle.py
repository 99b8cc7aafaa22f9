"""Probabilities of three classes in a triangle: for rows, or along one predictor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from bayeslogit.answers.prediction.curves import curve_rows, is_measured
from bayeslogit.design import Design
from bayeslogit.errors import DesignError
from bayeslogit.families import Family
from bayeslogit.numerics.intervals import interval_settings
from bayeslogit.plots import style
from bayeslogit.plots.classes.simplex import MOST_ROWS, check_simplex, simplex
from bayeslogit.plots.curves import chosen
from bayeslogit.plots.profile import Profile
from bayeslogit.posterior.linear_predictor import eta_blocks, index_of
from bayeslogit.response import Response

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["simplex_along", "simplex_of_rows"]

STATIONS = 5  # along a number
NAMED = 3  # predictors in the label of a row


def simplex_of_rows(
    design: Design,
    response: Response,
    family: Family,
    theta: np.ndarray,
    new: Any = None,
    *,
    basis: np.ndarray | None = None,
    offset: Any = 0.0,
    labels: Sequence[str] | None = None,
    **options: Any,
) -> Axes:
    """Draw posterior draws of the probabilities of three classes for some rows.

    Parameters
    ----------
    design, response, family
        Parts of a model for three classes.
    theta : ndarray, shape (coefficients, draws)
    new : table, optional
        At most eight rows; by default the different rows of the fit, where these are so few.
    basis : ndarray, shape (predictors x columns, coefficients), optional
        How coefficients make linear predictors.
    offset : number or array of shape (rows,)
        Added to the linear predictor.
    labels : sequence of str, optional
        One for each row; by default the names of rows (the index of a pandas table), or the
        values that differ between them.
    **options
        Of :func:`bayeslogit.plots.classes.simplex`.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    DesignError
        If there are not three classes, more than eight rows, or labels of another number.
    """
    check_simplex(response, 0)
    if new is None:
        kept = np.sort(np.unique(design.X, axis=0, return_index=True)[1])
        if len(kept) > MOST_ROWS:
            raise DesignError(
                f"the fit has {len(kept)} different rows, and a triangle can show {MOST_ROWS}; "
                "expected rows to draw; pass a table of them, or draw plot_curve(name, "
                "kind='simplex') along one predictor"
            )
        new = {name: values[kept] for name, values in design.columns.items()}
    X, own, columns = design.code(new)
    check_simplex(response, len(X))
    if labels is None:
        index = index_of(new, len(X))
        named = (
            index.dtype.kind not in "iu"
        )  # rows that were only numbered are told apart by values
        labels = [str(name) for name in index] if named else _labels(columns, len(X))
    elif len(labels) != len(X):
        raise DesignError(
            f"labels= has {len(labels)} entries for {len(X)} rows; expected one for each row; "
            "correct it, or leave it out"
        )
    prob = _probabilities(family, X, own, offset, theta, basis)
    return simplex(response, prob, labels, **options)


def simplex_along(
    design: Design,
    response: Response,
    family: Family,
    theta: np.ndarray,
    name: str | None = None,
    *,
    basis: np.ndarray | None = None,
    at: Mapping[str, Any] | None = None,
    offset: float = 0.0,
    note: str = "",
    ci_prob: float | None = None,
    ci_kind: str | None = None,
    kind: str = "simplex",
    weights: np.ndarray | None = None,
    **options: Any,
) -> Axes:
    """Draw the way that the probabilities of three classes take along one predictor.

    Parameters
    ----------
    design, response, family
        Parts of a model for three classes.
    theta : ndarray, shape (coefficients, draws)
    name : str, optional
        The predictor; by default the only one, or the only one that is a number.
    basis : ndarray, shape (predictors x columns, coefficients), optional
        How coefficients make linear predictors.
    at : mapping, optional
        Values of other predictors; by default their mean, or most frequent level.
    offset : float
        Added to the linear predictor.
    note : str
        Written below the title.
    ci_prob, ci_kind : optional
        Of the outlines; by default ArviZ's ``rcParams``.
    kind, weights
        Taken as other curves do; not used.
    **options
        Of :func:`bayeslogit.plots.classes.simplex`.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    DesignError
        If there are not three classes, no single predictor, or one of more than eight levels.
    """
    check_simplex(response, 0)
    prob, interval_kind = interval_settings(ci_prob, ci_kind)
    along = Profile(
        design, family, theta, chosen(design, name), at, offset, prob, interval_kind, basis
    )
    path: np.ndarray | None = None
    if is_measured(design, along.name):
        ends = float(along.values.min()), float(along.values.max())
        values: Any = np.linspace(*ends, STATIONS)
        path = along.of_classes(np.linspace(*ends, 101), prob, lambda every: every)[0]
    else:
        values = design.levels(along.name)
    check_simplex(response, len(values))
    X, own, columns = design.code(curve_rows(design, along.name, values, at))
    return simplex(
        response,
        _probabilities(family, X, own, offset, theta, basis),
        _labels({along.name: columns[along.name]}, len(X)),
        title=f"P({response.name} = k) by {along.name}",
        path=path,
        note=style.notes(along.held, note),
        ci_prob=ci_prob,
        ci_kind=ci_kind,
        **options,
    )


def _probabilities(
    family: Family,
    X: np.ndarray,
    own: np.ndarray | None,
    offset: Any,
    theta: np.ndarray,
    basis: np.ndarray | None,
) -> np.ndarray:
    """Return class probabilities of rows, (classes, rows, draws)."""
    total = np.broadcast_to(np.asarray(offset, dtype=float), (len(X),))
    total = total if own is None else total + own
    blocks = eta_blocks(family, X, total, theta, basis)
    return np.concatenate([family.probabilities(eta) for _, eta in blocks], axis=1)


def _labels(columns: Mapping[str, np.ndarray], rows: int) -> list[str]:
    """Return what is different between rows, in words."""
    texts = {name: [_text(v) for v in values.tolist()] for name, values in columns.items()}
    telling = [name for name in texts if rows == 1 or len(set(texts[name])) > 1][:NAMED]
    found = [", ".join(f"{name} = {texts[name][i]}" for name in telling) for i in range(rows)]
    if len(set(found)) < rows:
        return [f"row {i}: {text}" if text else f"row {i}" for i, text in enumerate(found)]
    return found


def _text(value: Any) -> str:
    return style.number(value) if isinstance(value, float) else str(value)
