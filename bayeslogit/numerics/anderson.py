"""Anderson extrapolation of a fixed-point iteration, for where it swings or creeps."""

from __future__ import annotations

import numpy as np

__all__ = ["Anderson"]


class Anderson:
    """Remembers points and the moves that the iteration makes from them, and extrapolates.

    Parameters
    ----------
    depth : int, default 6
        Most differences remembered.

    References
    ----------
    Walker, H. F. and Ni, P. (2011). Anderson acceleration for fixed-point iterations.
    doi:10.1137/10078356X

    Examples
    --------
    The fixed point of ``x -> 1 - 3 x``, from which plain steps run away:

    >>> import numpy as np
    >>> memory, x = Anderson(), np.zeros(1)
    >>> for _ in range(4):
    ...     x = memory.next(x, 1.0 - 3.0 * x - x)
    >>> float(x[0])
    0.25
    """

    def __init__(self, depth: int = 6) -> None:
        self.depth = depth
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self.points: list[np.ndarray] = []
        self.moves: list[np.ndarray] = []

    @property
    def ready(self) -> bool:
        """Whether there is enough to extrapolate from."""
        return len(self.points) > 2

    def next(self, point: np.ndarray, move: np.ndarray, share: float = 1.0) -> np.ndarray:
        """Return the next point, from a flat point and the move that the iteration makes from it.

        While there is little to extrapolate from, this is ``point + share * move``.
        """
        self.points = [*self.points[-self.depth :], point]
        self.moves = [*self.moves[-self.depth :], move]
        plain = point + share * move
        if len(self.points) < 2:
            return plain
        points = np.diff(np.array(self.points), axis=0).T
        moves = np.diff(np.array(self.moves), axis=0).T
        # The combination of past points at which the move would have been shortest.
        weights = np.linalg.lstsq(moves, move, rcond=1e-10)[0]
        return plain - (points + share * moves) @ weights
