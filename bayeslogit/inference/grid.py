"""A grid over all coefficients, in coordinates that suit the posterior, refined where needed.

The grid is a product of equally spaced nodes in whitened and stretched coordinates ``t`` (see
``Stretched``).
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from bayeslogit.errors import FitFailed
from bayeslogit.inference.stretched import Stretched

__all__ = ["Sheet"]

_MASS = 1e-12  # of the total, on the outermost nodes of a side
_SPREAD = 1e-10  # of the second moment, on the outermost nodes of a side
_FAR = 1e-6  # of a moment, on the outermost nodes: it does not exist
_FAINT = 42.0  # nats under the peak: 6e-19, not evaluated when the grid is refined
_FARTHEST = 42.0  # of t / s: 1e18 posterior standard deviations
_START = 6.0


class Sheet:
    """Log posterior on the grid: nodes ``spacing[k] * i``, integers ``low[k] <= i <= high[k]``.

    Parameters
    ----------
    coordinates : Stretched
    spacing : float
        Distance of nodes at first, the same along all axes.
    pool : ThreadPoolExecutor, optional
        For the evaluation of blocks of nodes.
    most : int
        Nodes that it may have before it covers the posterior.
    """

    def __init__(
        self,
        coordinates: Stretched,
        spacing: float,
        pool: ThreadPoolExecutor | None = None,
        most: int = 4_000_000,
    ) -> None:
        size = coordinates.density.size
        self.coordinates = coordinates
        self.pool = pool
        self.most = most
        self.spacing = np.full(size, spacing)
        reach = int(np.ceil(_START / spacing))
        self.low = np.full(size, -reach)
        self.high = np.full(size, reach)
        self.evaluated = 0
        self.log = self._evaluate(np.ones((2 * reach + 1,) * size, dtype=bool), self.low)

    def _evaluate(self, wanted: np.ndarray, low: np.ndarray) -> np.ndarray:
        """Return log values where wanted, -inf elsewhere; index 0 is the node ``low``."""
        where = np.nonzero(wanted)
        t = (np.stack(where) + low[:, None]) * self.spacing[:, None]
        result = np.full(wanted.shape, -np.inf)
        result[where] = self.coordinates.log_value(t, self.pool)
        self.evaluated += t.shape[1]
        return result

    @property
    def size(self) -> int:
        """Number of axes."""
        return len(self.low)

    def nodes(self, axis: int) -> np.ndarray:
        """Return the grid coordinates of an axis."""
        nodes: np.ndarray = self.spacing[axis] * np.arange(self.low[axis], self.high[axis] + 1)
        return nodes

    def weights(self) -> np.ndarray:
        """Return the density at the nodes relative to the largest one, in [0, 1]."""
        peak = self.log.max()
        if not np.isfinite(peak):
            raise FitFailed(
                f"the log posterior is {peak} over the whole grid; expected finite numbers; "
                "check the scale of the predictors, the offset and the priors"
            )
        weights: np.ndarray = np.exp(self.log - peak)
        return weights

    def margin(self, weights: np.ndarray, axis: int) -> np.ndarray:
        """Return the marginal weights of an axis, (nodes,): sums over all other axes.

        Parameters
        ----------
        weights : ndarray, shape of the grid
        axis : int
        """
        margin: np.ndarray = weights.sum(axis=tuple(k for k in range(self.size) if k != axis))
        return margin

    def heavy_sides(self, weights: np.ndarray) -> list[tuple[int, int, bool]]:
        """Return (axis, side, by mass) where the outermost nodes still matter."""
        result = []
        for axis in range(self.size):
            margin = self.margin(weights, axis)
            second = margin * self.coordinates.z(self.nodes(axis)) ** 2
            for side, end in ((-1, 0), (1, -1)):
                by_mass = bool(margin[end] > _MASS * margin.sum())
                if by_mass or second[end] > _SPREAD * second.sum():
                    result.append((axis, side, by_mass))
        return result

    def expand(self) -> None:
        """Extend the grid until the mass beyond its ends is negligible.

        Raises
        ------
        FitFailed
            If the density does not fall off: the posterior is improper. Or if that takes more
            nodes than there may be.
        """
        while True:
            if self.log.size > self.most:
                raise FitFailed(
                    f"a grid of {self.log.size:,} nodes does not yet cover the posterior, whose "
                    f"tails are very long; expected at most {self.most:,} nodes for these rows; "
                    "use method='auto', which takes long tails, or give priors with lighter tails "
                    "such as Normal(0, 2.5)"
                )
            grew = False
            for axis, side, by_mass in self.heavy_sides(self.weights()):
                end = self.low[axis] if side < 0 else self.high[axis]
                if abs(end) * self.spacing[axis] >= _FARTHEST * self.coordinates.stretch:
                    if by_mass:
                        name = self.coordinates.density.names[self.coordinates.order[axis]]
                        raise FitFailed(
                            f"the posterior does not fall off: at 1e18 standard deviations in "
                            f"the direction of {name!r} there is still mass; expected a proper "
                            "posterior; give flat or very heavy-tailed coefficients a proper "
                            "prior such as Normal(0, 2.5)"
                        )
                    continue
                self._grow(axis, side, max(2, (self.high[axis] - self.low[axis]) // 6))
                grew = True
            if not grew:
                return

    def _grow(self, axis: int, side: int, count: int) -> None:
        shape = list(self.log.shape)
        shape[axis] = count
        low = self.low.copy()
        low[axis] = self.low[axis] - count if side < 0 else self.high[axis] + 1
        slab = self._evaluate(np.ones(shape, dtype=bool), low)
        parts = (slab, self.log) if side < 0 else (self.log, slab)
        self.log = np.concatenate(parts, axis=axis)
        if side < 0:
            self.low[axis] -= count
        else:
            self.high[axis] += count

    def refine(self, axis: int) -> None:
        """Halve the spacing of an axis; faint regions are left out."""
        far = np.zeros(())
        for k in range(self.size):
            shape = [1] * self.size
            shape[k] = -1
            far = far + self.coordinates.z(self.nodes(k)).reshape(shape) ** 2
        # Where a tail is heavy, what is faint may still carry the second moment.
        reach = self.log + np.log1p(far)
        bright = (self.log > self.log.max() - _FAINT) | (reach > reach.max() - _FAINT)
        for k in range(self.size):
            bright = _dilate(bright, k)
        self.spacing[axis] /= 2.0
        self.low[axis] *= 2
        self.high[axis] *= 2
        shape = list(self.log.shape)
        shape[axis] = 2 * shape[axis] - 1
        fine = np.full(shape, -np.inf)
        wanted = np.zeros(shape, dtype=bool)
        even = _slices(self.size, axis, slice(0, None, 2))
        odd = _slices(self.size, axis, slice(1, None, 2))
        before = _slices(self.size, axis, slice(0, -1))
        after = _slices(self.size, axis, slice(1, None))
        fine[even] = self.log
        wanted[odd] = bright[before] | bright[after]
        new = self._evaluate(wanted, self.low)
        fine[odd] = new[odd]
        self.log = fine

    def moments(
        self, weights: np.ndarray, thinned: tuple[int, ...] = (), every: int = 2
    ) -> np.ndarray:
        """Return log mass, means and second moments of z, from all nodes or some of them.

        Parameters
        ----------
        weights : ndarray, shape of the grid
        thinned : tuple of int
            Axes along which only some nodes are used.
        every : int
            Use each second, third, ... node of those axes.

        Returns
        -------
        ndarray, shape (1 + coefficients + coefficients**2,)
            The log mass is relative to the largest value.
        """
        spacing = self.spacing.copy()
        z = [self.coordinates.z(self.nodes(k)) for k in range(self.size)]
        for k in thinned:
            keep = slice(int(-self.low[k] % every), None, every)
            weights = weights[_slices(self.size, k, keep)]
            z[k] = z[k][keep]
            spacing[k] *= every
        total = weights.sum()
        margins = [self.margin(weights, k) for k in range(self.size)]
        with np.errstate(divide="ignore"):
            log_mass = np.log(total) + np.log(spacing).sum()
        if total == 0.0:
            return np.full(1 + self.size + self.size**2, np.inf)
        letters = "abc"[: self.size]
        first = np.array([m @ zk for m, zk in zip(margins, z, strict=True)]) / total
        second = np.empty((self.size, self.size))
        for k in range(self.size):
            second[k, k] = margins[k] @ z[k] ** 2
            for j in range(k):
                pair = np.einsum(f"{letters}->{letters[j]}{letters[k]}", weights)
                second[k, j] = second[j, k] = z[j] @ pair @ z[k]
        return np.concatenate([[log_mass], first, second.ravel() / total])

    def far_moments(self, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return which means, and which second moments (flat), lie in the outermost nodes."""
        first, second = np.empty(self.size, bool), np.empty(self.size, bool)
        for k in range(self.size):
            margin, z = self.margin(weights, k), np.abs(self.coordinates.z(self.nodes(k)))
            for power, result in ((1, first), (2, second)):
                part = margin * z**power
                result[k] = max(part[0], part[-1]) > _FAR * part.sum()
        return first, np.logical_or.outer(second, second).ravel()

    def core(self) -> tuple[np.ndarray, np.ndarray]:
        """Return mean and covariance of z in the region above 1e-4 of the highest density.

        Unlike the moments themselves they exist for every tail; they only choose coordinates.
        """
        u = [np.abs(self.nodes(k) / self.coordinates.stretch) for k in range(self.size)]
        log_density = self.log.copy()
        for k in range(self.size):
            shape = [1] * self.size
            shape[k] = -1
            log_density -= np.log(np.cosh(u[k])).reshape(shape)
        weights = np.where(log_density > log_density.max() - 9.2, self.weights(), 0.0)
        found = self.moments(weights)
        first = found[1 : 1 + self.size]
        cov = found[1 + self.size :].reshape(self.size, self.size) - np.outer(first, first)
        # A region narrower than the spacing shows no width: keep a fraction of the spacing.
        return first, cov + 0.01 * np.diag(self.spacing**2)


def _slices(size: int, axis: int, which: slice) -> tuple[slice, ...]:
    return tuple(which if k == axis else slice(None) for k in range(size))


def _dilate(mask: np.ndarray, axis: int) -> np.ndarray:
    """Return the mask with the neighbours along an axis added."""
    result = mask.copy()
    before = _slices(mask.ndim, axis, slice(0, -1))
    after = _slices(mask.ndim, axis, slice(1, None))
    result[before] |= mask[after]
    result[after] |= mask[before]
    return result
