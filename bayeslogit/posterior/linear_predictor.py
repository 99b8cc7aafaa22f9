"""Linear predictors of rows at all draws, in blocks; rows as a design codes them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from bayeslogit.design import Design
from bayeslogit.families import Family
from bayeslogit.specification.density import Likelihood

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["code_rows", "eta_blocks", "index_of"]

# Linear predictors held at a time: what is made of them stays in the cache.
_BLOCK_ELEMENTS = 500_000


def eta_blocks(
    family: Family,
    X: np.ndarray,
    offset: np.ndarray | None,
    theta: np.ndarray,
    basis: np.ndarray | None = None,
) -> Iterator[tuple[slice, np.ndarray]]:
    """Walk the rows; yield each block with its linear predictors, (predictors, rows, draws)."""
    rows = Likelihood(family, X, np.empty((len(X), 0)), offset, basis=basis)
    step = max(1, _BLOCK_ELEMENTS // (theta.shape[1] * family.n_eta))
    for start in range(0, len(X), step):
        block = slice(start, start + step)
        yield block, rows.eta(theta, block)


def code_rows(design: Design, new: Any) -> tuple[np.ndarray, np.ndarray | None]:
    """Return the design matrix and the formula's offset of new rows."""
    X, offset, _ = design.code(new)
    return X, offset


def index_of(new: Any, n: int) -> pd.Index:
    """Return the row labels of a pandas table, else 0, 1, ..."""
    import pandas as pd

    index = getattr(new, "index", None)
    return index if isinstance(index, pd.Index) and len(index) == n else pd.RangeIndex(n)
