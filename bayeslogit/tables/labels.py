"""Row labels, as the user's table has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["index_of"]


def index_of(new: Any, n: int) -> pd.Index:
    """Return the row labels of a pandas table, else 0, 1, ...

    Parameters
    ----------
    new : Any
        The rows as the user gave them.
    n : int
        Number of rows.
    """
    import pandas as pd

    index = getattr(new, "index", None)
    return index if isinstance(index, pd.Index) and len(index) == n else pd.RangeIndex(n)
