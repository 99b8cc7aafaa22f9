"""Products of several variables, which a power of their sum is made of."""

from __future__ import annotations

from itertools import combinations_with_replacement
from math import factorial, prod

import numpy as np

__all__ = ["Powers"]


class Powers:
    """All products of ``degree`` of some variables, and how often each occurs in a power.

    Parameters
    ----------
    size : int
        Number of variables.
    degree : int
    """

    def __init__(self, size: int, degree: int) -> None:
        self.degree = degree
        chosen = list(combinations_with_replacement(range(size), degree))
        former = {
            c: i for i, c in enumerate(combinations_with_replacement(range(size), degree - 1))
        }
        self.parent = np.array([former[c[:-1]] for c in chosen])
        self.last = np.array([c[-1] for c in chosen])
        self.count = np.array(
            [factorial(degree) / prod(factorial(c.count(j)) for j in set(c)) for c in chosen]
        )

    def of(self, x: np.ndarray, former: np.ndarray) -> np.ndarray:
        """Return the products of x, (products, any), given those of one degree less.

        Parameters
        ----------
        x : ndarray, shape (variables, any)
        former : ndarray, shape (products of one degree less, any)
        """
        return x if self.degree == 1 else former[self.parent] * x[self.last]
