"""The evaluation of an estimand: scenarios become a table, or an array of draws."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np

from bayeslogit import tables
from bayeslogit.answers.effects.estimands import Estimand
from bayeslogit.answers.prediction.averaging import averages, by_rows
from bayeslogit.errors import DesignError
from bayeslogit.numerics.intervals import Settings, interval
from bayeslogit.posterior.hypotheses import Hypotheses
from bayeslogit.posterior.interval_summary import summarise, warn_of_infinite
from bayeslogit.posterior.posterior import Posterior, refuse_point
from bayeslogit.posterior.requested_rows import at_least_one
from bayeslogit.posterior.rows import Rows, grouped
from bayeslogit.text import value_text

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = ["Asked", "evaluate"]

# Numbers that are held at once: scenarios x classes x groups x draws.
_LARGEST_RESULT = 100_000_000
# The dims of draws keep their names, which ArviZ goes by.
_DIMS = ("chain", "draw", "effect")


class Asked(NamedTuple):
    """How an estimand is answered.

    Parameters
    ----------
    by : bool, str or list of str
        True averages over the rows, column names average within groups, False gives every row.
    settings : Settings
        Interval of the table, and its region.
    draws : bool
        Whether draws (chain, draw, effect) are returned instead of a table.
    progressbar : bool
        Show progress beyond two seconds.
    hypotheses : Hypotheses or None
        Contrasts of the rows of the answer, in place of these.
    """

    by: Any
    settings: Settings
    draws: bool
    progressbar: bool
    hypotheses: Hypotheses | None = None


def evaluate(
    posterior: Posterior, rows: Rows, estimand: Estimand, asked: Asked, attrs: dict[str, Any]
) -> pd.DataFrame | xr.DataArray:
    """Return the posterior of an estimand, as a table or an array of draws.

    Parameters
    ----------
    posterior : Posterior
    rows : Rows
        The rows that its scenarios change.
    estimand : Estimand
    asked : Asked
    attrs : dict
        Added to the ``attrs`` of the result.

    Raises
    ------
    DesignError
        If ``by`` is not a column of the rows, groups have no weight, a hypothesis names no row, or
        the answer is too large.
    MethodRefused
        If draws of a point estimate are asked for.
    """
    by, settings, draws, progressbar, hypotheses = asked
    if draws:
        refuse_point(posterior, "an array of draws")
    if not rows.table.n_rows and hypotheses is None:
        one = at_least_one(posterior, rows)
        answer: Any = evaluate(posterior, one, estimand, asked._replace(progressbar=False), attrs)
        return cast("pd.DataFrame | xr.DataArray", answer[:, :, :0] if draws else answer[:0])
    attrs = {str(name): value for name, value in posterior.attrs.items()} | attrs
    size = len(estimand.scenarios) * len(estimand.measured.labels or "1") * posterior.n_draws
    if by is False:
        cells = {"row": rows.labels.to_numpy()}
        n = rows.table.n_rows
    else:
        groups = grouped(rows, by)
        n, cells = groups.number, groups.cells
    if size * n > _LARGEST_RESULT and (by is not False or hypotheses is not None):
        raise DesignError(
            f"{n} groups of {posterior.n_draws} draws are {size * n} numbers in all; "
            f"expected at most {_LARGEST_RESULT}; group by fewer columns, fit fewer draws, "
            "or ask for fewer variables at once"
        )
    if by is False:
        blocks = by_rows(posterior, rows, estimand.scenarios, progressbar=progressbar)
        pairs: Iterable[tuple[slice, np.ndarray]] = (
            (cell, estimand.combine(values)) for cell, values in blocks
        )
    else:
        code = groups.code if cells else None
        found = averages(posterior, rows, estimand.scenarios, code, n, progressbar=progressbar)
        pairs = [(slice(0, n), estimand.combine(found))]

    def labels(n: int, taken: Iterable[str] = ()) -> Labels:
        return _labels(estimand, cells, n, taken, grouped=by is not False)

    if hypotheses is not None:
        values = np.concatenate([values for _, values in pairs], axis=2)
        return _hypotheses(posterior, estimand, labels(n), values, asked, attrs)
    if draws:
        values = np.concatenate([values for _, values in pairs], axis=2)
        name = estimand.measure.name if estimand.measure else "prediction"
        return _array(posterior, name, labels(values.shape[2], _DIMS), values, attrs)
    result: dict[str, np.ndarray] = {}
    measure = estimand.measure
    for cell, values in pairs:
        null = None if measure is None else measure.null
        columns = summarise(values, settings, median=estimand.median, null=null)
        if measure is not None and measure.name == "nnt":
            columns = _needed(values, settings)
        for name, column in columns.items():
            whole = result.setdefault(name, np.empty((*values.shape[:2], n), dtype=column.dtype))
            whole[:, :, cell] = column
    if measure is not None and measure.name != "nnt":
        shown = np.stack([c.reshape(len(c), -1) for c in result.values()], axis=1)
        warn_of_infinite(measure.name, estimand.columns["term"], shown.reshape(len(shown), -1))
    return _table(labels(n), result, attrs)


def _hypotheses(
    posterior: Posterior,
    estimand: Estimand,
    labels: Labels,
    values: np.ndarray,
    asked: Asked,
    attrs: dict[str, Any],
) -> pd.DataFrame | xr.DataArray:
    """Return hypotheses about the rows of an answer, (effects, classes, cells, draws)."""
    assert asked.hypotheses is not None
    flat = values.reshape(-1, values.shape[-1])
    # Words compare groups of rows where there are several, each effect and class by itself.
    apart = ["class"] if estimand.measured.labels is not None else []
    if estimand.measure is not None and values.shape[2] > 1:
        apart += estimand.columns
    texts, named = labels.names(apart)
    same = [
        (n, c) for is_own, (n, c) in zip(*labels[::-1], strict=True) if n in apart and not is_own
    ]
    code = None
    if same:
        keys = list(zip(*(column for _, column in same), strict=True))
        places = {key: i for i, key in enumerate(dict.fromkeys(keys))}
        code = np.array([places[key] for key in keys])
    found = asked.hypotheses.of(flat, named, texts, code, estimand.null == 1.0)
    columns: list[tuple[str, np.ndarray]] = [("hypothesis", np.array(found.labels, dtype=object))]
    if found.group is not None:
        columns += [(name, column[found.group]) for name, column in same]
    shown = Labels(columns, [False] * len(columns))
    attrs = attrs | {"comparison": "ratio" if found.ratio else "difference"}
    if asked.draws:
        return _array(posterior, "hypothesis", shown, found.values, attrs)
    median = estimand.median or not found.linear
    result = summarise(found.values, asked.settings, median=median, null=found.null)
    probability = None if posterior.point else found.probability()
    if probability is not None:
        result["probability"] = probability
    return _table(shown, result, attrs)


def _needed(values: np.ndarray, settings: Settings) -> dict[str, np.ndarray]:
    """Summarise numbers needed to treat through the risk difference, their inverse."""
    with np.errstate(divide="ignore"):
        difference = 1.0 / values
        if values.shape[-1] == 1:
            return {"estimate": values[..., 0]}
        lower, upper = interval(difference, settings.prob, settings.kind)
        bounded = (lower > 0.0) | (upper < 0.0)
        names = settings.names
        return {
            "estimate": 1.0 / np.median(difference, axis=-1),
            names[0]: np.where(bounded, 1.0 / upper, -np.inf),
            names[1]: np.where(bounded, 1.0 / lower, np.inf),
            "p_positive": (difference > 0.0).mean(axis=-1),
            "bounded": bounded,
            **settings.region(values),
        }


class Labels(NamedTuple):
    """The naming columns: ``(name, values)`` in the order of the table.

    Parameters
    ----------
    columns : list of (str, ndarray)
    own : list of bool
        Which of them are columns of the user.
    """

    columns: list[tuple[str, np.ndarray]]
    own: list[bool]

    def names(self, apart: Sequence[str]) -> tuple[list[str], dict[str, int]]:
        """Return what tells each row apart, in words, and the rows that one word tells apart.

        Parameters
        ----------
        apart : sequence of str
            Columns of the answer that the words leave out.
        """
        every = [[value_text(value) for value in column] for _, column in self.columns]
        differ = [
            texts
            for is_own, (name, _), texts in zip(self.own, self.columns, every, strict=True)
            if (is_own or name not in apart) and len({*texts}) > 1
        ]
        rows = range(len(every[0]) if every else 1)
        texts = [", ".join(column[i] for column in differ) or "all rows" for i in rows]
        found: dict[str, list[int]] = {}
        for column in [*every, texts]:
            for i in rows:
                places = found.setdefault(column[i], [])
                if i not in places:
                    places.append(i)
        return texts, {name: places[0] for name, places in found.items() if len(places) == 1}

    def beside(self, answers: Iterable[str] = ()) -> tuple[dict[str, np.ndarray], dict[str, str]]:
        """Return the columns by name, and what those of the answer are called."""
        pairs = list(zip(self.own, self.columns, strict=True))
        own = [name for is_own, (name, _) in pairs if is_own]
        names = tables.beside(own, [*(n for is_own, (n, _) in pairs if not is_own), *answers])
        return {n if is_own else names[n]: v for is_own, (n, v) in pairs}, names


def _labels(
    estimand: Estimand,
    cells: dict[str, np.ndarray],
    n: int,
    taken: Iterable[str],
    *,
    grouped: bool,
) -> Labels:
    """Return the naming columns, one entry per effect, class and cell, in that order of change.

    Names in ``taken`` are given to none. A predictor that is both set and grouped by has first
    the values that it is set to.
    """
    effects = len(next(iter(estimand.columns.values()), [0]))
    classes = len(estimand.measured.labels or "1")
    is_set = estimand.measure is None
    named = tables.beside(taken, estimand.columns)
    columns, own = [], []
    for name, entries in estimand.columns.items():
        column = np.empty(effects, dtype=object)
        column[:] = entries
        columns.append((named[name], np.repeat(column, classes * n)))
        own.append(is_set)
    if estimand.measured.labels is not None:
        every = np.array(estimand.measured.labels, object)
        columns.append(("class", np.tile(np.repeat(every, n), effects)))
        own.append(False)
    groups = tables.beside([*taken, *(named.values() if is_set else ())], cells)
    columns += [
        (groups[name], np.tile(values, effects * classes)) for name, values in cells.items()
    ]
    return Labels(columns, own + [grouped] * len(cells))


def _table(labels: Labels, result: dict[str, np.ndarray], attrs: dict[str, Any]) -> pd.DataFrame:
    columns, names = labels.beside(result)
    columns |= {names[name]: values.reshape(-1) for name, values in result.items()}
    table = tables.Answer(columns).infer_objects()
    table.attrs.update(attrs | ({"columns": names} if any(labels.own) else {}))
    return table


def _array(
    posterior: Posterior,
    name: str,
    labels: Labels,
    values: np.ndarray,
    attrs: dict[str, Any],
) -> xr.DataArray:
    import xarray as xr

    flat = values.reshape(-1, posterior.n_chains, posterior.n_draws // posterior.n_chains)
    columns, _ = labels.beside()
    coords: dict[str, Any] = {
        own: ("effect", column, {"long_name": own[:-1]} if own[:-1] in _DIMS else {})
        for own, column in columns.items()
    }
    coords |= {
        "chain": np.arange(flat.shape[1]),
        "draw": np.arange(flat.shape[2]),
        "effect": np.arange(flat.shape[0]),
    }
    return xr.DataArray(
        np.moveaxis(flat, 0, -1),
        dims=("chain", "draw", "effect"),
        coords=coords,
        name=name,
        attrs=attrs,
    )
