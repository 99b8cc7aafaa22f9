"""Probabilities of three classes in a triangle: for rows, or along one predictor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from bayeslogit.answers.prediction.profile_rows import is_measured
from bayeslogit.errors import DesignError
from bayeslogit.plots import style
from bayeslogit.plots.classes.simplex import MOST_ROWS, check_simplex, simplex
from bayeslogit.plots.literal import literal
from bayeslogit.plots.options import Legended
from bayeslogit.plots.profile import Profile
from bayeslogit.posterior.linear_predictor import eta_blocks
from bayeslogit.posterior.posterior import Posterior
from bayeslogit.response import check_offset
from bayeslogit.text import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["plot_simplex", "simplex_along"]

STATIONS = 5  # along a number
NAMED = 3  # predictors in the label of a row


@literal
def plot_simplex(
    posterior: Posterior,
    new: Any = None,
    *,
    offset: Any = 0.0,
    labels: Sequence[str] | None = None,
    **options: Unpack[Legended],
) -> Axes:
    """Draw the probabilities of three classes, for rows, as points of a triangle.

    Small points are draws of the posterior, the large one is their mean, and an outline holds
    ``ci_prob`` of them.

    Parameters
    ----------
    posterior : Posterior
        A fit of an outcome with three classes.
    new : table, optional
        At most eight rows; by default the different rows of the fit, where these are so few.
    offset : number or array of shape (rows,)
        Added to the linear predictor.
    labels : sequence of str, optional
        One for each row; by default the names of rows (the index of a pandas table), or the
        values that differ between them.
    **options
        ``ax=``, ``note=`` (below the title), ``legend=``, ``ci_prob=``, ``ci_kind=``.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    DesignError
        If there are not three classes, more than eight rows, or labels of another number.

    See Also
    --------
    plot_curve : ``kind="simplex"`` for one predictor.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> data = bl.load_dataset("housing")
    >>> model = bl.multinomial("satisfaction ~ influence", data, weights="frequency")
    >>> fit = model.fit("laplace", random_seed=1)
    >>> ax = fit.plot_simplex({"influence": ["Low", "High"]})
    >>> [text.get_text() for text in ax.get_legend().get_texts()][:2]
    ['influence = Low', 'influence = High']
    """
    design, response = posterior.model.design, posterior.model.response
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
    table = design.read_rows(new)
    X, own, columns = design.code(table)
    check_simplex(response, len(X))
    if labels is None:
        # Rows that were only numbered are told apart by values.
        named = table.labels.dtype.kind not in "iu"
        labels = [str(v) for v in table.labels] if named else _labels(columns, len(X))
    elif len(labels) != len(X):
        raise DesignError(
            f"labels= has {len(labels)} entries for {len(X)} rows; expected one for each row; "
            "correct it, or leave it out"
        )
    prob = _probabilities(posterior, X, own, offset)
    note = options.get("note", posterior.caveat)
    return simplex(response, prob, labels, note=note, options=options)


def simplex_along(along: Profile, options: Legended) -> Axes:
    """Draw the way that the probabilities of three classes take along one predictor.

    Parameters
    ----------
    along : Profile
    options : Legended

    Raises
    ------
    DesignError
        If there are not three classes, or a predictor of more than eight levels.
    """
    posterior, design = along.posterior, along.design
    response = posterior.model.response
    check_simplex(response, 0)
    path: np.ndarray | None = None
    if is_measured(design, along.name):
        values: Any = np.linspace(*along.ends, STATIONS)
        path = along.of_classes(np.linspace(*along.ends, 101), along.prob, lambda every: every)[0]
    else:
        values = design.levels(along.name)
    check_simplex(response, len(values))
    rows = along.rows(values)
    X, total = rows.coded(design)
    return simplex(
        response,
        _probabilities(posterior, X, total, 0.0),
        _labels({along.name: rows.table[along.name]}, len(X)),
        title=f"P({response.name} = k) by {along.name}",
        path=path,
        note=style.notes(along.held, options.get("note", posterior.caveat)),
        options=options,
    )


def _probabilities(
    posterior: Posterior, X: np.ndarray, own: np.ndarray | None, offset: Any
) -> np.ndarray:
    """Return class probabilities of rows, (classes, rows, draws)."""
    total = check_offset(np.full(len(X), offset) if np.ndim(offset) == 0 else offset, len(X))
    total = total if own is None else total + own
    family, blocks = posterior.model.family, eta_blocks(posterior, X, total)
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
    return number(value) if isinstance(value, float) else str(value)
