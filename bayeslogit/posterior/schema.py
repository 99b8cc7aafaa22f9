"""The names and dims of results: arrays of draws become ``xarray`` datasets.

Dims are ``chain, draw, obs, term, class, cutpoint`` everywhere. Group ``posterior`` holds
``Intercept`` and ``beta`` and never a quantity per row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from bayeslogit.text import one_line

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["named_draws", "row_dataset", "stats_dataset"]


def _frame_coords(draws: np.ndarray) -> dict[str, np.ndarray]:
    return {"chain": np.arange(draws.shape[0]), "draw": np.arange(draws.shape[1])}


def named_draws(
    draws: np.ndarray,
    variables: Iterable[tuple[str, tuple[str, ...], np.ndarray]],
    labels: Mapping[str, Iterable[str]],
    attrs: Mapping[Any, Any] | None = None,
) -> xr.Dataset:
    """Name the coefficients of an array of draws.

    Parameters
    ----------
    draws : ndarray, shape (chains, draws, coefficients)
    variables : iterable of (name, dims, index)
        Each variable, its dims besides chain and draw, and the positions of its entries among
        the coefficients.
    labels : mapping of dim to labels
    attrs : mapping, optional
        Attributes of the dataset.
    """
    import xarray as xr

    data = {name: (("chain", "draw", *dims), draws[:, :, index]) for name, dims, index in variables}
    coords: dict[str, Any] = _frame_coords(draws)
    coords |= {
        dim: np.array(_distinct(names), dtype=object).astype(str) for dim, names in labels.items()
    }
    return xr.Dataset(data, coords=coords, attrs=dict(attrs or {}))


def _distinct(names: Iterable[str]) -> list[str]:
    """Return labels on one line each, as they are where that would make two alike."""
    names = list(names)
    shown = [one_line(name) for name in names]
    return shown if len(set(shown)) == len(set(names)) else names


def stats_dataset(stats: Mapping[str, np.ndarray], shape: tuple[int, int]) -> xr.Dataset:
    """Return sampler statistics as a dataset, dims ``chain`` and ``draw``.

    Parameters
    ----------
    stats : mapping of str to ndarray, shape (chains, draws)
        Under ArviZ's names.
    shape : tuple of int
        Chains and draws.
    """
    import xarray as xr

    blank = np.empty((*shape, 0))
    return xr.Dataset(
        {name: (("chain", "draw"), values) for name, values in stats.items()},
        coords=_frame_coords(blank),
    )


def row_dataset(
    name: str,
    values: np.ndarray,
    rows: np.ndarray,
    classes: Sequence[str] = (),
    dim: str = "obs",
) -> xr.Dataset:
    """Return values per draw and row as a dataset, dims ``chain``, ``draw``, ``obs``.

    Parameters
    ----------
    name : str
        Variable name; the outcome is ``y`` in every group.
    values : ndarray, shape (chains, draws, rows) or (chains, draws, rows, classes)
    rows : ndarray, shape (rows,)
        Labels of the rows in the user's table; the coordinate ``obs``.
    classes : sequence of str
        Names of classes, where there is a value for each; the coordinate ``class``.
    dim : str
        What the rows are: of matched sets ``"set"``.
    """
    import xarray as xr

    coords: dict[str, Any] = {**_frame_coords(values), dim: rows}
    if classes:
        coords["class"] = list(classes)
    dims = ("chain", "draw", dim, "class")[: values.ndim]
    return xr.Dataset({name: (dims, values)}, coords=coords)
