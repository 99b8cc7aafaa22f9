"""Anderson acceleration of a fixed-point iteration that oscillates or converges slowly."""

from __future__ import annotations

import numpy as np

__all__ = ["Anderson"]


class Anderson:
    """Anderson acceleration: the next point is extrapolated from earlier points and their moves.

    Parameters
    ----------
    depth : int, default 6
        Largest number of differences kept.

    References
    ----------
    Walker, H. F. and Ni, P. (2011). Anderson acceleration for fixed-point iterations.
    doi:10.1137/10078356X

    Examples
    --------
    The fixed point of ``x -> 1 - 3 x``, from which plain steps diverge:

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
        """Return the next point of the iteration, extrapolated from all points kept.

        Parameters
        ----------
        point, move : ndarray, shape (elements,)
            Current point, and the step that the iteration would take from it.
        share : float, default 1
            Share of the step to take, in (0, 1].

        Returns
        -------
        ndarray, shape (elements,)
            For the first point ``point + share * move``.
        """
        self.points = [*self.points[-self.depth :], point]
        self.moves = [*self.moves[-self.depth :], move]
        plain: np.ndarray = point + share * move
        if len(self.points) < 2:
            return plain
        points = np.diff(np.array(self.points), axis=0).T
        moves = np.diff(np.array(self.moves), axis=0).T
        # The combination of past points at which the move would have been shortest.
        weights = np.linalg.lstsq(moves, move, rcond=1e-10)[0]
        result: np.ndarray = plain - (points + share * moves) @ weights
        return result
