"""Draws as a long table: a row for each draw and coefficient, or for each draw and row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict, Unpack, cast

import numpy as np

from bayeslogit import tables
from bayeslogit.answers.prediction.predict import predict
from bayeslogit.answers.summaries.groups import scale_rows
from bayeslogit.errors import DesignError, refuse_unknown
from bayeslogit.errors.closed import KindWord
from bayeslogit.posterior.group_views import in_groups
from bayeslogit.posterior.posterior import Posterior, refuse_point
from bayeslogit.specification.as_given import as_given

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = ["PredictionOptions", "draws_frame"]

_LARGEST = 50_000_000
# What tidybayes calls the values of each kind; others are functions of expected ones.
_VALUES = {"linear": ".linpred", "outcome": ".prediction", "class": ".prediction"}


class PredictionOptions(TypedDict, total=False):
    """Options of the predictions whose draws are returned.

    Attributes
    ----------
    scores, offset, trials, groups, new_levels
        As for :func:`predict`.
    random_seed : int
        For ``kind="outcome"``.
    """

    scores: Any
    offset: Any
    trials: Any
    groups: Any
    new_levels: str
    random_seed: int | None


def draws_frame(
    posterior: Posterior,
    new: Any = None,
    *,
    kind: KindWord | None = None,
    wide: bool = False,
    **options: Unpack[PredictionOptions],
) -> pd.DataFrame:
    """Return the draws as a tidy table, with columns named as in the R package tidybayes.

    Parameters
    ----------
    posterior : Posterior
        The fit.
    new : table or array, optional
        Rows whose predictions are drawn; with ``kind=`` alone the fitted rows.
    kind : str, optional
        As in :func:`predict`; ``"probability"`` where there are new rows. Without new rows and
        without a kind the coefficients are returned.
    wide : bool
        A row for each draw with a column for each coefficient, instead of a row for each draw and
        coefficient.
    **options
        ``scores``, ``offset``, ``trials``, ``groups``, ``new_levels``, ``random_seed`` of
        predictions.

    Returns
    -------
    pandas.DataFrame
        ``.chain``, ``.iteration`` within it and ``.draw`` over all, counted from 0; of
        coefficients ``.variable`` and ``.value``, in log-odds as in :func:`summary`; of
        predictions ``.row``, the label of the row, for several classes ``.category``, and the
        value: ``.epred`` (probabilities and functions of them), ``.linpred`` or ``.prediction``.

    Raises
    ------
    DesignError
        If an option is not known, or the table would have more than 50 million rows.
    MethodRefused
        If the fit is a point estimate.

    See Also
    --------
    predict : Summaries of these draws, and the draws as an array.
    summary : Summaries of the coefficients.

    References
    ----------
    Kay, M. tidybayes: tidy data and geoms for Bayesian models. doi:10.5281/zenodo.1308151

    Examples
    --------
    >>> import bayeslogit as bl
    >>> fit = bl.logistic("passed ~ hours", bl.load_dataset("exam")).fit("laplace", random_seed=1)
    >>> fit.draws_frame().columns.tolist(), len(fit.draws_frame())
    (['.chain', '.iteration', '.draw', '.variable', '.value'], 8000)
    >>> fit.draws_frame({"hours": [2, 4]}).groupby(".row")[".epred"].mean().round(1).tolist()
    [0.3, 0.8]
    """
    refuse_point(posterior, "a table of draws")
    refuse_unknown(options, PredictionOptions.__annotations__)
    if new is None and kind is None:
        if options:
            raise DesignError(
                f"{next(iter(options))}= is given without kind= or new rows, and coefficients do "
                "not use it; expected it with predictions; leave it out, or pass kind="
            )
        return _coefficients(posterior, wide)
    if wide:
        raise DesignError(
            "wide=True is given with predictions, which have a row for each draw and row; expected "
            "it for coefficients; leave it out, or use predict(draws=True)"
        )
    kind = kind or "probability"
    rows, _ = in_groups(posterior, new, options.get("groups"))
    design, labels = posterior.model.design, posterior.model.labels
    n_rows = len(labels) if rows is None else design.read_rows(rows).n_rows
    _refuse_large(n_rows * posterior.n_draws)
    found = cast("xr.DataArray", predict(posterior, new, kind=kind, draws=True, **options))
    several = "class" in found.dims
    order = ("obs", *(("class",) if several else ()), "chain", "draw")
    found = found.transpose(*order)
    n, chains = found.sizes["obs"], found.sizes["chain"]
    classes = found["class"].to_numpy() if several else np.zeros(1)
    each = found.sizes["chain"] * found.sizes["draw"]
    columns = {".row": np.repeat(found["obs"].to_numpy(), len(classes) * each)}
    if several:
        columns[".category"] = np.tile(np.repeat(classes.astype(object), each), n)
    columns |= _places(chains, each, n * len(classes))
    columns[_VALUES.get(kind, ".epred")] = found.to_numpy().ravel()
    note = found.attrs.get("note")
    return _framed(posterior, columns, {"kind": kind} | ({"note": note} if note else {}))


def _coefficients(posterior: Posterior, wide: bool) -> pd.DataFrame:
    model = posterior.model
    layout = model.fixed_layout
    names = [name for name, _ in model.prior.describe(layout.given)]
    values = as_given(layout, posterior.outcome.draws[:, :, model.layout.fixed], 2)
    if model.learns:
        more, learned, _ = scale_rows(posterior, "log_odds")
        names, values = names + more, np.concatenate([values, learned], axis=2)
    chains, each = values.shape[0], values.shape[0] * values.shape[1]
    flat = values.reshape(each, -1).T
    if wide:
        taken = tables.beside(names, (".chain", ".iteration", ".draw"))
        start = {taken[n]: column for n, column in _places(chains, each, 1).items()}
        return _framed(posterior, start | dict(zip(names, flat, strict=True)), {})
    _refuse_large(flat.size)
    columns = _places(chains, each, len(names))
    columns[".variable"] = np.repeat(np.array(names, dtype=object), each)
    columns[".value"] = flat.ravel()
    return _framed(posterior, columns, {})


def _places(chains: int, each: int, times: int) -> dict[str, np.ndarray]:
    """Return where each draw comes from, so many times."""
    draw = np.arange(each)
    length = each // chains
    places = {".chain": draw // length, ".iteration": draw % length, ".draw": draw}
    return {name: np.tile(column, times) for name, column in places.items()}


def _refuse_large(size: int) -> None:
    if size > _LARGEST:
        raise DesignError(
            f"the table would have {size} rows; expected at most {_LARGEST}; ask for fewer rows at "
            "a time, or use predict(draws=True), which is an array"
        )


def _framed(posterior: Posterior, columns: dict[str, Any], attrs: dict[str, Any]) -> pd.DataFrame:
    table = tables.Answer(columns)
    table.attrs = posterior.attrs | attrs
    return table
