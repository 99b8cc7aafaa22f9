"""The alternatives of choices: what each row of a choice set is."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

__all__ = ["Alternatives"]


@dataclass(frozen=True, eq=False)
class Alternatives:
    """The alternative that each row is, where a set of rows is one choice among them.

    Parameters
    ----------
    name : str
        Of the column that names them.
    labels : tuple of str
        The alternatives, the reference first.
    codes : np.ndarray of int64, shape (obs,)
        The alternative of each row.
    formula : str
        The right-hand side as written, with what is after its bar.
    """

    name: str
    labels: tuple[str, ...]
    codes: np.ndarray
    formula: str

    def taken(self, rows: np.ndarray) -> Alternatives:
        """Return the alternatives of some rows.

        Parameters
        ----------
        rows : ndarray of int
        """
        return replace(self, codes=self.codes[rows])
