"""Predictions along one predictor, the others held."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Unpack, cast

import numpy as np

from bayeslogit import tables
from bayeslogit.answers.prediction.predict import predict
from bayeslogit.answers.prediction.profile_rows import curve_rows
from bayeslogit.numerics.intervals import Interval
from bayeslogit.posterior.group_views import as_seen, default_along
from bayeslogit.posterior.posterior import Posterior

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["curve"]


def curve(
    posterior: Posterior,
    name: str,
    values: Any = None,
    *,
    at: Mapping[str, Any] | None = None,
    kind: str = "probability",
    scores: Any = None,
    offset: float | None = None,
    groups: str | None = None,
    **interval: Unpack[Interval],
) -> pd.DataFrame:
    """Return predictions along one predictor.

    Parameters
    ----------
    posterior : Posterior
        The fit.
    name : str
        The predictor that moves.
    values : array, optional
        Its values; by default 101 over the range of the data, or its levels.
    at : dict, optional
        Values of other predictors, which by default are held at the mean row (see
        :func:`predictions`). A list means each of its values, combined with all others: the
        predictor is then a column of the answer.
    kind, scores : optional
        As in :func:`predict`: probabilities by default.
    offset : float, optional
        Added to the linear predictor; by default the mean offset of the fitted rows, where the
        model has one.
    groups : {"typical", "known", "new", "average"}, optional
        As in :func:`predict`, but ``"typical"`` by default: a curve holds a typical row. Where
        ``at`` names a grouping, ``at={"school": "a"}``, it is that group.
    **interval
        ``ci_prob`` and ``ci_kind`` of the interval; by default ArviZ's ``rcParams``.

    Returns
    -------
    pandas.DataFrame
        A column named as the predictor, those of ``at=`` with several values, then those of
        :func:`predict`, with an underscore at the end where a predictor has their name.

    Raises
    ------
    DesignError
        If a name is not a predictor, or ``at=`` sets the one that moves.

    See Also
    --------
    predict : Predictions of rows.
    solve : From a probability back to the predictor.
    plot_curve : The same as a picture.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> fit = bl.logistic("passed ~ hours", bl.load_dataset("exam"), priors="flat").fit("map")
    >>> fit.curve("hours", [2, 4]).round(4)
    P(passed = 1)  hours  estimate
    0                  2    0.2557
    1                  4    0.8744
    """
    posterior = as_seen(posterior, groups, default_along(posterior, at))
    path = curve_rows(posterior, name, values, at, offset)
    found = predict(
        posterior, path.rows.table, kind=kind, scores=scores, offset=path.rows.offset, **interval
    )
    table = cast("pd.DataFrame", found)
    names = tables.beside(path.shown, table.columns)
    table = table.rename(columns=names)
    table.attrs["columns"] = names
    classes = len(table) // max(len(path.rows.weights), 1)
    for place, (shown, column) in enumerate(path.shown.items()):
        table.insert(place, shown, np.repeat(column, classes))
    return table
