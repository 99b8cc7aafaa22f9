"""Row labels, as the user's table has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["coordinate"]


def coordinate(labels: pd.Index) -> np.ndarray:
    """Return row labels as the values of a coordinate, which a netCDF file can hold.

    Parameters
    ----------
    labels : pandas.Index, shape (rows,)

    Returns
    -------
    ndarray, shape (rows,)
        Numbers and times without a zone as they are; all else as text, the levels of a
        ``MultiIndex`` joined by commas.

    Examples
    --------
    >>> import pandas as pd
    >>> coordinate(pd.MultiIndex.from_tuples([("ward 1", 7)])).tolist()
    ['ward 1, 7']
    """
    values: np.ndarray = labels.to_numpy()
    if values.dtype.kind in "iufbmM":
        return values
    texts: np.ndarray = np.empty(len(values), dtype=object)
    texts[:] = [", ".join(map(str, v)) if isinstance(v, tuple) else str(v) for v in values]
    return texts
