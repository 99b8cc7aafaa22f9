"""Predictions along one predictor, the others held."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Unpack, cast

import numpy as np

from bayeslogit import tables
from bayeslogit.answers.prediction.predict import predict
from bayeslogit.answers.prediction.profile_rows import Path, curve_rows, with_groups
from bayeslogit.errors.closed import KindWord
from bayeslogit.numerics.intervals import Region, Settings
from bayeslogit.posterior.group_views import as_seen, default_along
from bayeslogit.posterior.hypotheses import Hypotheses, hypotheses_of
from bayeslogit.posterior.interval_summary import settings_of, summarise
from bayeslogit.posterior.posterior import Posterior
from bayeslogit.text import value_text

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = ["curve"]


def curve(
    posterior: Posterior,
    name: str,
    values: Any = None,
    *,
    at: Mapping[str, Any] | None = None,
    by: Any = None,
    hypothesis: Any = None,
    kind: KindWord = "probability",
    scores: Any = None,
    offset: float | None = None,
    groups: str | None = None,
    **interval: Unpack[Region],
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
    by : str or list of str, optional
        Predictors whose groups have a curve each: all levels of a category, the quartiles of a
        number (all its values, where there are no more than five).
    hypothesis : optional
        Contrasts of the curves of ``by`` or ``at`` at each value, in place of these, as in
        :func:`predictions`: ``"pairwise"``, ``"b - a = 0"``.
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
    if posterior.model.response.alternatives is not None:
        posterior.warn_of_risks("curves of risks")
    at = with_groups(posterior, name, at, by)
    posterior = as_seen(posterior, groups, default_along(posterior, at))
    path = curve_rows(posterior, name, values, at, offset)
    wanted = hypotheses_of(hypothesis)
    if wanted is not None:
        settings = settings_of(posterior, interval, curve)
        return _contrasts(posterior, name, path, wanted, settings, {"kind": kind, "scores": scores})
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


def _contrasts(
    posterior: Posterior,
    name: str,
    path: Path,
    wanted: Hypotheses,
    settings: Settings,
    options: dict[str, Any],
) -> pd.DataFrame:
    """Return contrasts of the curves of a path at each value of the moving predictor."""
    offset = path.rows.offset
    drawn = predict(posterior, path.rows.table, offset=offset, draws=True, **options)
    found = cast("xr.DataArray", drawn)
    several = "class" in found.dims
    found = found if several else found.expand_dims("class")
    flat = found.transpose("obs", "class", "chain", "draw").to_numpy()
    flat = flat.reshape(*flat.shape[:2], -1)
    others = {other: column for other, column in path.shown.items() if other != name}
    size = int(np.prod([len(dict.fromkeys(column.tolist())) for column in others.values()]))
    moving = path.shown[name][: len(flat) // size]
    # (curves, values, classes, draws)
    curves = flat.reshape(size, len(moving), *flat.shape[1:])
    every = [[value_text(v) for v in c[:: len(moving)].tolist()] for c in others.values()]
    labels = [", ".join(texts) for texts in zip(*every, strict=True)] or ["all"]
    named = {c[i]: i for c in (*every, labels) for i in range(size) if c.count(c[i]) == 1}
    ratio = options["kind"] == "odds"
    cells = [
        wanted.of(curves[:, i, k], named, labels, None, ratio)
        for i in range(len(moving))
        for k in range(curves.shape[2])
    ]
    values = np.stack([cell.values for cell in cells], axis=1)
    first = cells[0]
    median = ratio or not first.linear
    columns = summarise(values, settings, median=median, null=first.null)
    if first.unequal.any() and not posterior.point:
        chances = np.stack([cell.holds.mean(axis=-1) for cell in cells], axis=1)
        columns["probability"] = np.where(first.unequal[:, None], chances, np.nan)
    flat_columns = {n: column.ravel() for n, column in columns.items()}
    classes = curves.shape[2]
    naming = {"hypothesis": np.repeat(np.array(first.labels, dtype=object), len(cells))}
    if several:
        own = np.array(found["class"].to_numpy(), dtype=object)
        naming["class"] = np.tile(own, len(first.labels) * len(moving))
    answer = naming | flat_columns
    names = tables.beside([name], answer)
    along = np.tile(np.repeat(moving, classes), len(first.labels))
    table = tables.Answer({name: along} | {names[n]: column for n, column in answer.items()})
    table.attrs = posterior.attrs | {"kind": options["kind"], "columns": names}
    table.attrs["comparison"] = "ratio" if first.ratio else "difference"
    return table
