"""One posterior by every method: how far each is from the exact one, and what it costs."""

from __future__ import annotations

import time
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from bayeslogit import tables
from bayeslogit.errors import BayesLogitWarning, MethodRefused
from bayeslogit.inference import METHODS
from bayeslogit.inference.run import Run, method_of, run
from bayeslogit.specification.specification import Specification

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["compare_methods"]

_COLUMNS = ("mean", "sd", "off", "sd_ratio", "seconds", "exact", "note")


def compare_methods(
    specification: Specification,
    methods: Sequence[str] | None = None,
    *,
    draws: int = 1000,
    chains: int = 4,
    random_seed: int = 0,
) -> pd.DataFrame:
    """Return the posterior of each coefficient by several methods, beside the exact one.

    Made for a small model, to see what an approximation loses and what each method costs. The
    reference is ``"quadrature"`` where it takes the model, and otherwise ``"auto"``.

    Parameters
    ----------
    specification : Specification
        The model.
    methods : sequence of str, optional
        Names in ``bl.METHODS``; by default all of them.
    draws, chains : int
        Of each method that draws.
    random_seed : int
        Of each method: the same table again, but for the seconds.

    Returns
    -------
    pandas.DataFrame
        A row for each method and coefficient that is not the effect of a group: ``mean`` and
        ``sd`` (log-odds for the logit link; the mode, and no sd, of ``"map"``), ``off`` (mean less
        the reference's, in posterior standard deviations), ``sd_ratio`` (sd by the reference's),
        ``seconds`` (of the fit, the loading of libraries included), ``exact``, and ``note``: the
        first problem that the method found, or why it refuses, by its code.

    Raises
    ------
    MethodRefused
        If a method is not known.
    PriorError
        If flat priors leave no proper posterior.

    See Also
    --------
    fit : The posterior by one method.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> model = bl.logistic("passed ~ hours", bl.load_dataset("exam"))
    >>> table = model.compare_methods(["quadrature", "laplace", "map"])
    >>> table.xs("hours", level="coefficient")["mean"].round(2).tolist()
    [1.58, 1.35, 1.34]
    """
    wanted = list(METHODS if methods is None else methods)
    for name in wanted:
        method_of(name, {})
    found, taken = {}, {}
    for name in wanted:
        begin = time.perf_counter()
        found[name] = _fitted(specification, name, draws, chains, random_seed)
        taken[name] = time.perf_counter() - begin
    names = list(specification.fixed_layout.names)
    center, spread = _reference(specification, found, random_seed)
    rows: list[tuple[Any, ...]] = []
    for name in wanted:
        one = found[name]
        if not isinstance(one, Run):
            gone = np.full(len(names), np.nan)
            rows += zip(gone, gone, gone, gone, gone, gone, ["refused"] * len(names), strict=True)
            continue
        mean, sd = _moments(one, len(names))
        note = next((problem.code for problem in one.outcome.problems), "")
        rest = (taken[name], float(one.outcome.exact), note)
        rows += [
            (*four, *rest)
            for four in zip(mean, sd, (mean - center) / spread, sd / spread, strict=True)
        ]
    table = tables.Answer(rows, columns=list(_COLUMNS))
    table["exact"] = table["exact"].map({1.0: "yes", 0.0: "no"}).fillna("")
    table.index = _labels(wanted, names)
    return table


def _fitted(
    specification: Specification, name: str, draws: int, chains: int, seed: int
) -> Run | MethodRefused:
    """Return what a method gives, or its refusal."""
    shape: dict[str, Any] = {"draws": draws, "chains": chains, "progressbar": False}
    try:
        with warnings.catch_warnings():
            # What a method found is in its row.
            warnings.simplefilter("ignore", BayesLogitWarning)
            return run(specification, name, random_seed=seed, **shape)
    except MethodRefused as refused:
        return refused


def _reference(
    specification: Specification, found: dict[str, Run | MethodRefused], seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return means and sds that the others are measured by: of a grid, or of exact draws."""
    grid = found.get("quadrature") or _fitted(specification, "quadrature", 1, 1, seed)
    if not isinstance(grid, MethodRefused):
        return grid.outcome.info["mean"], grid.outcome.info["sd"]
    auto = found.get("auto") or _fitted(specification, "auto", 1000, 4, seed)
    if isinstance(auto, MethodRefused):
        raise auto
    return _moments(auto, len(specification.fixed_layout.names))


def _moments(one: Run, count: int) -> tuple[np.ndarray, np.ndarray]:
    flat = one.outcome.draws.reshape(-1, one.outcome.draws.shape[-1])[:, :count]
    sd = flat.std(axis=0, ddof=1) if len(flat) > 1 else np.full(count, np.nan)
    return flat.mean(axis=0), sd


def _labels(methods: list[str], names: list[str]) -> pd.MultiIndex:
    import pandas as pd

    return pd.MultiIndex.from_product([methods, names], names=["method", "coefficient"])
