"""Predictions of choices: probabilities, utilities, and simulated choices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from bayeslogit import tables
from bayeslogit.errors import DesignError, listing
from bayeslogit.numerics.intervals import Settings
from bayeslogit.numerics.within import shares_within
from bayeslogit.posterior.choice_rows import ChoiceRows
from bayeslogit.posterior.interval_summary import summarise
from bayeslogit.posterior.posterior import Posterior
from bayeslogit.tables.labels import coordinate

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = ["drawn", "refuse_of_rows", "told"]

_KINDS = ("probability", "linear", "outcome")


def refuse_of_rows(kind: str, given: Mapping[str, Any]) -> None:
    """Refuse kinds and options that choices do not have.

    Parameters
    ----------
    kind : str
    given : dict
        Options; those that were not given are None.

    Raises
    ------
    DesignError
    """
    if kind not in _KINDS:
        raise DesignError(
            f"kind={kind!r} was asked of a model of choices; expected one of {listing(_KINDS)}; "
            "read the most probable alternative off the probabilities, or ask shares()"
        )
    for name, value in given.items():
        if value is not None:
            raise DesignError(
                f"{name}= is given to a model of choices, which does not use it; expected a "
                "question about probabilities, utilities ('linear') or choices ('outcome'); leave "
                "it out"
            )


def _values(posterior: Posterior, found: ChoiceRows, kind: str, rng: np.random.Generator) -> Any:
    """Yield rows, and draws of a quantity, (rows, draws)."""
    for rows, start in found.blocks(posterior.n_draws):
        values = found.utilities(posterior, rows)
        if kind != "linear":
            values = shares_within(values, start)
        if kind == "outcome":
            # The chosen row is the first whose sum, with those before it, exceeds a uniform.
            size = np.diff(np.append(start, len(rows)))
            sums = np.cumsum(values, axis=0)
            before = np.concatenate([np.zeros((1, values.shape[1])), sums])
            uniform = rng.random((len(start), values.shape[1]))
            mark = before[start] + uniform * (before[start + size] - before[start])
            mark = np.repeat(mark, size, axis=0)
            values = ((before[:-1] <= mark) & (mark < sums)).astype(np.int64)
        yield rows, values


def told(
    posterior: Posterior,
    found: ChoiceRows,
    kind: str,
    settings: Settings,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Return mean, sd and interval of each row, beside its case and alternative.

    Parameters
    ----------
    posterior : Posterior
    found : ChoiceRows
    kind : {"probability", "linear", "outcome"}
    settings : Settings
    rng : numpy.random.Generator
    """
    among, sets = posterior.model.response.alternatives, posterior.model.response.sets
    assert among is not None
    assert sets is not None
    columns: dict[str, np.ndarray] = {}
    for rows, values in _values(posterior, found, kind, rng):
        for name, value in summarise(values, settings, null=None).items():
            columns.setdefault(name, np.empty(len(found.X)))[rows] = value
    if not columns:
        empty = np.empty((0, 1 if posterior.point else 2))
        columns = summarise(empty, settings, null=None)
    if not posterior.point:
        columns = {"mean" if k == "estimate" else k: v for k, v in columns.items()}
    own = {
        sets.name: np.array(found.cases, dtype=object)[found.sets],
        among.name: np.array(among.labels, dtype=object)[found.codes],
    }
    called = tables.beside(own, columns)
    answer = tables.Answer(own | {called[k]: v for k, v in columns.items()}, index=found.index)
    answer.attrs = posterior.attrs | {"kind": kind, "columns": called}
    answer.columns.name = {"probability": "P(chosen)", "linear": "utility"}.get(kind, "chosen")
    return answer


def drawn(
    posterior: Posterior, found: ChoiceRows, kind: str, rng: np.random.Generator
) -> xr.DataArray:
    """Return draws with dims ``chain, draw, obs``.

    Parameters
    ----------
    posterior : Posterior
    found : ChoiceRows
    kind : {"probability", "linear", "outcome"}
    rng : numpy.random.Generator
    """
    import xarray as xr

    values = np.empty((posterior.n_draws, len(found.X)))
    for rows, some in _values(posterior, found, kind, rng):
        values[:, rows] = some.T
    shape = posterior.outcome.draws.shape[:2]
    coords = {
        "chain": np.arange(shape[0]),
        "draw": np.arange(shape[1]),
        "obs": coordinate(found.index),
    }
    dims = ("chain", "draw", "obs")
    return xr.DataArray(values.reshape(*shape, -1), coords, dims, name=kind)
