"""The evaluation of an estimand: scenarios become a table, or an array of draws."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np

from bayeslogit import tables
from bayeslogit.answers.effects.measures import Measure
from bayeslogit.answers.prediction.averaging import Scenario, averages, by_rows
from bayeslogit.errors import DesignError
from bayeslogit.numerics.intervals import Settings, interval
from bayeslogit.posterior.interval_summary import summarise, warn_of_infinite
from bayeslogit.posterior.posterior import Posterior, refuse_point
from bayeslogit.posterior.requested_rows import at_least_one
from bayeslogit.posterior.rows import Rows, grouped

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = ["Estimand", "evaluate"]

# Numbers that are held at once: scenarios x classes x groups x draws.
_LARGEST_RESULT = 100_000_000
# The dims of draws keep their names, which ArviZ goes by.
_DIMS = ("chain", "draw", "effect")


@dataclass(frozen=True, eq=False)
class Estimand:
    """An estimand: scenarios, and how they combine into effects.

    Parameters
    ----------
    scenarios : list of Scenario
        One for each prediction; for a measure a pair for each effect, high and low, and as many
        of the complements for odds.
    columns : dict of str to list
        What names the effects, one entry for each.
    measure : Measure or None
        How pairs are compared; None for predictions as they are.
    """

    scenarios: list[Scenario]
    columns: dict[str, list[Any]]
    measure: Measure | None

    def combine(self, values: np.ndarray) -> np.ndarray:
        """Return effects from quantities of the scenarios, (effects, classes, cells, draws)."""
        if self.measure is None:
            return values
        halves = values.reshape(-1, 4 if self.measure.odds else 2, *values.shape[1:])
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            result = self.measure.combine(*(halves[:, i] for i in range(halves.shape[1])))
        wrong = np.isnan(result)
        if wrong.any():
            raise self._undefined("0 / 0", "both probabilities are", wrong)
        wrong = np.isinf(result)
        if wrong.any() and not self.measure.median:  # a mean does not pass over infinite draws
            raise self._undefined("infinite", "a probability is", wrong)
        return result

    def _undefined(self, what: str, because: str, wrong: np.ndarray) -> DesignError:
        assert self.measure is not None
        return DesignError(
            f"the {self.measure.name} is {what} in {int(wrong.sum())} of {wrong.size} draws, "
            f"because {because} 0 or 1 to machine precision; expected probabilities away from 0 "
            "and 1; ask for comparison='difference', or give the coefficients a tighter prior"
        )


def evaluate(
    posterior: Posterior,
    rows: Rows,
    estimand: Estimand,
    by: Any,
    settings: Settings,
    draws: bool,
    progressbar: bool,
    attrs: dict[str, Any],
) -> pd.DataFrame | xr.DataArray:
    """Return the posterior of an estimand, as a table or an array of draws.

    Parameters
    ----------
    posterior : Posterior
    rows : Rows
        The rows that its scenarios change.
    estimand : Estimand
    by : bool, str or list of str
        True averages over the rows, column names average within groups, False gives every row.
    settings : Settings
        Interval of the table.
    draws : bool
        Return draws (chain, draw, effect) instead of a table.
    progressbar : bool
        Show progress beyond two seconds.
    attrs : dict
        Added to the ``attrs`` of the result.

    Raises
    ------
    DesignError
        If ``by`` is not a column of the rows, groups have no weight, or the answer is too large.
    MethodRefused
        If draws of a point estimate are asked for.
    """
    if draws:
        refuse_point(posterior, "an array of draws")
    if not rows.table.n_rows:
        one = at_least_one(posterior, rows)
        answer: Any = evaluate(posterior, one, estimand, by, settings, draws, False, attrs)
        return cast("pd.DataFrame | xr.DataArray", answer[:, :, :0] if draws else answer[:0])
    attrs = {str(name): value for name, value in posterior.attrs.items()} | attrs
    if by is False:
        cells = {"row": rows.labels.to_numpy()}
        blocks = by_rows(posterior, rows, estimand.scenarios, progressbar=progressbar)
        pairs: Iterable[tuple[slice, np.ndarray]] = (
            (cell, estimand.combine(values)) for cell, values in blocks
        )
        n = rows.table.n_rows
    else:
        groups = grouped(rows, by)
        n, cells = groups.number, groups.cells
        code = groups.code if cells else None
        size = len(estimand.scenarios) * len(posterior.classes) * n * posterior.n_draws
        if size > _LARGEST_RESULT:
            raise DesignError(
                f"{n} groups of {posterior.n_draws} draws are {size} numbers in all; "
                f"expected at most {_LARGEST_RESULT}; group by fewer columns, fit fewer draws, "
                "or ask for fewer variables at once"
            )
        found = averages(posterior, rows, estimand.scenarios, code, n, progressbar=progressbar)
        pairs = [(slice(0, n), estimand.combine(found))]

    def labels(n: int, taken: Iterable[str] = ()) -> Labels:
        return _labels(posterior, estimand, cells, n, taken, grouped=by is not False)

    if draws:
        values = np.concatenate([values for _, values in pairs], axis=2)
        return _array(posterior, estimand, labels(values.shape[2], _DIMS), values, attrs)
    result: dict[str, np.ndarray] = {}
    measure = estimand.measure
    for cell, values in pairs:
        columns = summarise(
            values,
            settings,
            median=measure is not None and measure.median,
            null=None if measure is None else measure.null,
        )
        if measure is not None and measure.name == "nnt":
            columns = _needed(values, settings)
        for name, column in columns.items():
            whole = result.setdefault(name, np.empty((*values.shape[:2], n), dtype=column.dtype))
            whole[:, :, cell] = column
    if measure is not None and measure.name != "nnt":
        shown = np.stack([c.reshape(len(c), -1) for c in result.values()], axis=1)
        warn_of_infinite(measure.name, estimand.columns["term"], shown.reshape(len(shown), -1))
    return _table(labels(n), result, attrs)


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

    def beside(self, answers: Iterable[str] = ()) -> tuple[dict[str, np.ndarray], dict[str, str]]:
        """Return the columns by name, and what those of the answer are called."""
        pairs = list(zip(self.own, self.columns, strict=True))
        own = [name for is_own, (name, _) in pairs if is_own]
        names = tables.beside(own, [*(n for is_own, (n, _) in pairs if not is_own), *answers])
        return {n if is_own else names[n]: v for is_own, (n, v) in pairs}, names


def _labels(
    posterior: Posterior,
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
    classes = len(posterior.classes)
    is_set = estimand.measure is None
    named = tables.beside(taken, estimand.columns)
    columns, own = [], []
    for name, entries in estimand.columns.items():
        column = np.empty(effects, dtype=object)
        column[:] = entries
        columns.append((named[name], np.repeat(column, classes * n)))
        own.append(is_set)
    if posterior.several:
        every = np.array(posterior.classes, object)
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
    estimand: Estimand,
    labels: Labels,
    values: np.ndarray,
    attrs: dict[str, Any],
) -> xr.DataArray:
    import xarray as xr

    flat = values.reshape(-1, posterior.n_chains, posterior.n_draws // posterior.n_chains)
    columns, _ = labels.beside()
    coords: dict[str, Any] = {
        name: ("effect", column, {"long_name": name[:-1]} if name[:-1] in _DIMS else {})
        for name, column in columns.items()
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
        name=estimand.measure.name if estimand.measure else "prediction",
        attrs=attrs,
    )
