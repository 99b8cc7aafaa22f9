"""Row labels as numbers and text that a file holds, and back."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from bayeslogit.design import Design

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["labels_of", "relabelled"]

_UNIT = re.compile(r"[<>|=]?[mM]8\[\w{1,8}\]\Z")


def labels_of(design: Design) -> dict[str, Any] | None:
    """Return the labels of a design's rows in numbers and words; None where they have none.

    Parameters
    ----------
    design : Design

    See Also
    --------
    relabelled : The way back.
    """
    index = design.source.index
    return None if index is None else _described(index)


def relabelled(design: Design, words: dict[str, Any] | None, rows: np.ndarray) -> Design:
    """Return a design whose rows carry labels again.

    Parameters
    ----------
    design : Design
    words : dict or None
        From :func:`labels_of`; files of earlier versions have none.
    rows : ndarray of int, shape (rows,)
        Positions of the rows in the user's table.

    Raises
    ------
    ValueError
        If there are more or fewer labels than rows, or they are of no kind that is written.
    """
    index = None if words is None else _restored(words)
    if index is not None and len(index) != len(design.X):
        raise ValueError(f"{len(index)} labels for {len(design.X)} rows")
    return replace(design, source=design.source.labelled(index, rows))


def _described(index: pd.Index) -> dict[str, Any]:
    """Return labels by kind; what is neither number nor time becomes text."""
    if index.nlevels > 1:
        levels = [_described(index.get_level_values(i)) for i in range(index.nlevels)]
        return {"kind": "levels", "levels": levels, "name": None}
    name = index.name if isinstance(index.name, str | int) else None
    values = index.to_numpy()
    if values.dtype.kind in "iufb":
        return {"kind": "numbers", "values": values, "name": name}
    if values.dtype.kind in "mM":
        times = values.view(np.int64)
        return {"kind": "times", "values": times, "unit": values.dtype.str, "name": name}
    return {"kind": "text", "values": [str(value) for value in index], "name": name}


def _restored(words: dict[str, Any]) -> pd.Index:
    import pandas as pd

    if words["kind"] == "levels":
        return pd.MultiIndex.from_arrays([_restored(level) for level in words["levels"]])
    values = words["values"]
    if words["kind"] == "times":
        if not _UNIT.match(words["unit"]):  # another type may ask for any number of bytes
            raise ValueError("times of an unknown unit")
        values = np.asarray(values, dtype=np.int64).view(np.dtype(words["unit"]))
    index: pd.Index = pd.Index(values, name=words["name"])
    return index
