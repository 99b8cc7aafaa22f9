"""Effects on the probability scale: predictions, comparisons and slopes, with their uncertainty.

The words are those of the R and Python package marginaleffects (Arel-Bundock, Greifer and Heiss
2024, doi:10.18637/jss.v111.i09). Averages are over rows, draw by draw: the result is the
posterior of the averaged quantity in these rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bayeslogit.averages import Scenario, averages, by_rows
from bayeslogit.contrasts import Contrast, contrasts_of, settings_of, slopes_of
from bayeslogit.errors import DesignError, listing, nearest
from bayeslogit.measures import MEASURES, SLOPES, Measure, measure_of
from bayeslogit.pieces import Pieces, Rows, Settings, refuse_point, rows_of, summarise
from bayeslogit.predictions import interval

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = ["comparisons", "predictions", "slopes"]

# Draws of averages that are held at once: groups x effects x draws.
_LARGEST_RESULT = 100_000_000
_RESERVED = ("row", "term", "contrast", "class", "estimate", "sd", "p_positive")


@dataclass(frozen=True, eq=False)
class _Plan:
    """What is wanted of which rows: scenarios, and how they combine into effects.

    ``combine`` takes (scenarios, classes, cells, draws) to (effects, classes, cells, draws);
    ``columns`` are lists of one entry per effect.
    """

    scenarios: list[Scenario]
    columns: dict[str, list[Any]]
    measure: Measure | None

    def combine(self, values: np.ndarray) -> np.ndarray:
        if self.measure is None:
            return values
        halves = values.reshape(-1, 4 if self.measure.odds else 2, *values.shape[1:])
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            result = self.measure.combine(*(halves[:, i] for i in range(halves.shape[1])))
        if np.isnan(result).any():
            raise DesignError(
                f"the {self.measure.name} is 0 / 0 in {int(np.isnan(result).sum())} of "
                f"{result.size} draws, because both probabilities are 0 or 1 to machine "
                "precision; expected probabilities away from 0 and 1; ask for "
                "comparison='difference', or give the coefficients a tighter prior"
            )
        return result


def predictions(
    pieces: Pieces,
    variables: Any = None,
    *,
    newdata: Any = None,
    by: Any = False,
    kind: str = "probability",
    weights: Any = None,
    offset: Any = None,
    ci_prob: float | None = None,
    ci_kind: str | None = None,
    draws: bool = False,
    progressbar: bool = True,
) -> pd.DataFrame | xr.DataArray:
    """Return probabilities by row, averaged, by group, or standardised to given values.

    Parameters
    ----------
    pieces : Pieces
    variables : str, list or dict, optional
        Predictors that are set, in every row, to each of the values listed (all combinations).
    newdata : None, "mean", table or array
        The rows: the fitted ones by default.
    by : bool, str or list of str
        True averages over the rows, column names average within groups, False gives every row.
    kind : {"probability", "linear"}
        Scale of the prediction; the linear predictor (log-odds) of two classes only.
    weights : str or array, optional
        Of the rows in an average. By default the frequency weights of the fit times its trials.
    offset : number or array, optional
        For new rows.
    ci_prob, ci_kind : optional
        Interval; by default ArviZ's ``rcParams``.
    draws : bool
        Return draws (chain, draw, effect) instead of a table.
    progressbar : bool

    Returns
    -------
    pandas.DataFrame or xarray.DataArray
    """
    if kind not in ("probability", "linear"):
        known = ("probability", "linear")
        raise DesignError(
            f"kind={kind!r} is not a scale of predictions; expected one of {listing(known)}; "
            "choose one of them." + nearest(kind, known)
        )
    if kind == "linear" and pieces.several:
        raise DesignError(
            f"kind='linear' was asked of the {pieces.family.name} family, which has "
            f"{pieces.family.n_eta} linear predictors a row; expected kind='probability'; "
            "predict(kind='linear') gives what there is for each row"
        )
    settings = [()] if variables is None else settings_of(pieces.design, variables)
    names = [change.name for change in settings[0]]
    columns = {name: [setting[i].value for setting in settings] for i, name in enumerate(names)}
    plan = _Plan([Scenario(changes, kind) for changes in settings], columns, None)
    rows = rows_of(pieces, newdata, weights=weights, offset=offset)
    extra = {"kind": kind}
    return _answer(
        pieces, rows, plan, by, Settings.of(pieces, ci_prob, ci_kind), draws, progressbar, extra
    )


def comparisons(
    pieces: Pieces,
    variables: Any = None,
    *,
    comparison: str = "difference",
    newdata: Any = None,
    by: Any = True,
    weights: Any = None,
    offset: Any = None,
    ci_prob: float | None = None,
    ci_kind: str | None = None,
    draws: bool = False,
    progressbar: bool = True,
) -> pd.DataFrame | xr.DataArray:
    """Return how probabilities change when predictors do.

    Each row is taken with the predictor changed and unchanged; the two probabilities are
    averaged over rows (``by``) and then compared, draw by draw. A ratio of averages is the
    population-averaged (standardised) ratio; with ``by=False`` each row has its own. For a
    logit model without interactions the odds ratio of a row is ``exp(beta)`` in every row, and
    that of the averages lies nearer to one (the odds ratio does not collapse).

    Parameters
    ----------
    pieces, newdata, by, weights, offset, ci_prob, ci_kind, draws, progressbar
        As in :func:`predictions`.
    variables : None, str, list of str, or dict
        All predictors by default. A dict says what is compared: for a number a step from each
        row's own value (1 by default; for 0/1 columns 0 to 1), ``"sd"``, ``"2sd"``, ``"iqr"``,
        ``"minmax"``, or a pair (from, to); for a category ``"reference"`` (default),
        ``"pairwise"``, ``"sequential"``, or a pair of levels.
    comparison : {"difference", "ratio", "lnratio", "odds_ratio", "lnor", "lift", "nnt"}
        ``"nnt"`` is the number needed to treat, one over the difference (Laupacis et al. 1988,
        doi:10.1056/NEJM198806303182605); where the difference may be zero its set of values is
        unbounded and the bounds are infinite (Altman 1998, doi:10.1136/bmj.317.7168.1309).

    Returns
    -------
    pandas.DataFrame or xarray.DataArray
        ``estimate`` is the posterior mean (the median for ratios, ``lift`` and ``nnt``);
        ``p_positive`` is P(effect > 0), for ratios P(ratio > 1).
    """
    measure = measure_of(comparison)
    settings = Settings.of(pieces, ci_prob, ci_kind)
    found = contrasts_of(pieces.design, variables, pieces.frequencies)
    rows = rows_of(pieces, newdata, weights=weights, offset=offset)
    plan = _plan_of(found, measure)
    return _answer(
        pieces, rows, plan, by, settings, draws, progressbar, {"comparison": measure.name}
    )


def slopes(
    pieces: Pieces,
    variables: Any = None,
    *,
    slope: str = "dydx",
    newdata: Any = None,
    by: Any = True,
    weights: Any = None,
    offset: Any = None,
    ci_prob: float | None = None,
    ci_kind: str | None = None,
    draws: bool = False,
    progressbar: bool = True,
) -> pd.DataFrame | xr.DataArray:
    """Return derivatives of the probability by numeric predictors, averaged or by row.

    The derivative is a central difference over 2e-5 of the range of the data, with a relative
    error of about 1e-9. Categories, booleans and 0/1 columns have no derivative: their change
    is given, as by :func:`comparisons`.

    Parameters
    ----------
    pieces, newdata, by, weights, offset, ci_prob, ci_kind, draws, progressbar
        As in :func:`predictions`.
    variables : None, str or list of str
        All predictors by default.
    slope : {"dydx", "eyex", "eydx", "dyex"}
        The derivative, the elasticity, and the two semi-elasticities.
    """
    if slope not in SLOPES:
        raise DesignError(
            f"slope={slope!r} is not known; expected one of {listing(SLOPES)}; choose one of them."
            + nearest(slope, SLOPES)
        )
    quantity, relative, label = SLOPES[slope]
    settings = Settings.of(pieces, ci_prob, ci_kind)
    found = slopes_of(pieces.design, variables)
    if slope != "dydx" and not all(c.slope for c in found):
        if variables is not None:
            other = next(c.term for c in found if not c.slope)
            raise DesignError(
                f"slope={slope!r} was asked of {other!r}, which is not a measured number; expected "
                "numeric predictors; use comparisons() for the others"
            )
        found = [c for c in found if c.slope]
    rows = rows_of(pieces, newdata, weights=weights, offset=offset)
    plan = _plan_of(found, MEASURES["difference"], quantity, relative, label)
    return _answer(pieces, rows, plan, by, settings, draws, progressbar, {"slope": slope})


def _plan_of(
    contrasts: Sequence[Contrast],
    measure: Measure,
    quantity: str = "probability",
    relative: bool = False,
    label: str = "",
) -> _Plan:
    scenarios: list[Scenario] = []
    for contrast in contrasts:
        states = [() if c is None else (c,) for c in (contrast.high, contrast.low)]
        factor = _per_distance(contrast, relative) if contrast.slope else None
        scenarios += [Scenario(state, quantity, factor) for state in states]
        if measure.odds:
            scenarios += [Scenario(state, "complement") for state in states]
    columns = {
        "term": [c.term for c in contrasts],
        "contrast": [c.label(label if c.slope else measure.operator) for c in contrasts],
    }
    return _Plan(scenarios, columns, measure)


def _per_distance(contrast: Contrast, relative: bool) -> Any:
    def factor(table: Any) -> np.ndarray:
        top = table[contrast.term] if relative else 1.0
        return top / contrast.distance(table)

    return factor


def _groups(rows: Rows, by: Any) -> tuple[np.ndarray | None, int, dict[str, np.ndarray]]:
    """Return each row's group, how many there are, and the columns that name them."""
    if by is True:
        return None, 1, {}
    names = [by] if isinstance(by, str) else list(by) if isinstance(by, Iterable) else [by]
    for name in names:
        if name not in rows.table:
            raise DesignError(
                f"by={name!r} is not a column of the rows that are averaged; expected True, False "
                f"or some of {listing(rows.table.names)}; pass a table with that column as "
                "newdata=." + nearest(name, rows.table.names)
            )
        if name in _RESERVED:
            raise DesignError(
                f"by={name!r} is also a column of the answer; expected another name; rename the "
                "column"
            )
    rows.table.complete(names)
    keys = [rows.table.column(name).values for name in names]
    cells, codes = np.unique(np.column_stack(keys), axis=0, return_inverse=True)
    first = np.zeros(len(cells), dtype=np.intp)
    codes = codes.ravel()
    first[codes[::-1]] = np.arange(len(codes))[::-1]
    labels = {name: rows.table.take(first)[name] for name in names}
    return codes, len(cells), labels


def _answer(
    pieces: Pieces,
    rows: Rows,
    plan: _Plan,
    by: Any,
    settings: Settings,
    draws: bool,
    progressbar: bool,
    attrs: dict[str, Any],
) -> pd.DataFrame | xr.DataArray:
    """Compute what a plan wants and put it into a table or an array of draws."""
    if draws:
        refuse_point(pieces, "an array of draws")
    attrs = dict(pieces.attrs) | attrs
    if by is False:
        cells = {"row": rows.labels.to_numpy()}
        blocks = by_rows(pieces, rows, plan.scenarios, progressbar=progressbar)
        pairs: Iterable[tuple[slice, np.ndarray]] = (
            (cell, plan.combine(values)) for cell, values in blocks
        )
        n = rows.table.n_rows
    else:
        groups, n, cells = _groups(rows, by)
        _check_mass(rows, groups, n, cells)
        size = len(plan.scenarios) * len(pieces.classes) * n * pieces.draws
        if size > _LARGEST_RESULT:
            raise DesignError(
                f"{n} groups of {pieces.draws} draws were asked for, {size} numbers in all; "
                f"expected at most {_LARGEST_RESULT}; group by fewer columns, fit fewer draws, "
                "or ask for fewer variables at once"
            )
        found = averages(pieces, rows, plan.scenarios, groups, n, progressbar=progressbar)
        pairs = [(slice(0, n), plan.combine(found))]
    if draws:
        values = np.concatenate([values for _, values in pairs], axis=2)
        return _array(pieces, plan, cells, values, attrs)
    result: dict[str, np.ndarray] = {}
    measure = plan.measure
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
    return _table(pieces, plan, cells, result, n, attrs)


def _check_mass(
    rows: Rows, groups: np.ndarray | None, n: int, cells: dict[str, np.ndarray]
) -> None:
    mass = rows.weights.sum(keepdims=True)
    if groups is not None:
        mass = np.bincount(groups, rows.weights, n)
    empty = np.flatnonzero(mass == 0.0)
    if len(empty):
        where = ", ".join(f"{name} = {values[empty[0]]!s}" for name, values in cells.items())
        raise DesignError(
            f"the weights of all rows{' with ' + where if where else ''} are 0, so there is "
            "nothing to average; expected a weight above 0; leave those rows out"
        )


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


def _labels(
    pieces: Pieces, plan: _Plan, cells: dict[str, np.ndarray], n: int
) -> dict[str, np.ndarray]:
    """Return the naming columns, one entry per effect, class and cell, in that order of change."""
    effects = len(next(iter(plan.columns.values()), [0]))
    classes = len(pieces.classes)
    result: dict[str, np.ndarray] = {}
    for name, entries in plan.columns.items():
        column = np.empty(effects, dtype=object)
        column[:] = entries
        result[name] = np.repeat(column, classes * n)
    if pieces.several:
        result["class"] = np.tile(np.repeat(np.array(pieces.classes, object), n), effects)
    for name, values in cells.items():
        result[name] = np.tile(values, effects * classes)
    return result


def _table(
    pieces: Pieces,
    plan: _Plan,
    cells: dict[str, np.ndarray],
    result: dict[str, np.ndarray],
    n: int,
    attrs: dict[str, Any],
) -> pd.DataFrame:
    import pandas as pd

    columns = _labels(pieces, plan, cells, n)
    columns |= {name: values.reshape(-1) for name, values in result.items()}
    table = pd.DataFrame(columns).infer_objects()
    table.attrs.update(attrs)
    return table


def _array(
    pieces: Pieces,
    plan: _Plan,
    cells: dict[str, np.ndarray],
    values: np.ndarray,
    attrs: dict[str, Any],
) -> xr.DataArray:
    import xarray as xr

    flat = values.reshape(-1, pieces.chains, pieces.draws // pieces.chains)
    labels = _labels(pieces, plan, cells, values.shape[2])
    coords: dict[str, Any] = {name: ("effect", column) for name, column in labels.items()}
    coords |= {
        "chain": np.arange(flat.shape[1]),
        "draw": np.arange(flat.shape[2]),
        "effect": np.arange(flat.shape[0]),
    }
    return xr.DataArray(
        np.moveaxis(flat, 0, -1),
        dims=("chain", "draw", "effect"),
        coords=coords,
        name=plan.measure.name if plan.measure else "prediction",
        attrs=attrs,
    )
