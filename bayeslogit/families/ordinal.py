"""Ordered classes: cumulative (proportional odds), sequential and adjacent-category models.

All have one linear predictor per boundary between neighbouring classes,
``eta_k = cutpoint_k - x beta``, so that a positive coefficient moves towards higher classes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from bayeslogit.errors import DesignError
from bayeslogit.families.base import Family, arrangements, draw_classes
from bayeslogit.families.links import LINKS, Link
from bayeslogit.families.multinomial import Multinomial

__all__ = ["Adjacent", "Cumulative", "Sequential"]

_LOG2 = 0.6931471805599453


@dataclass(frozen=True)
class _Ordered(Family):
    """What the ordinal families share."""

    classes: int = 3
    link: str = "logit"
    partial: tuple[int, ...] = ()
    collapsible: bool = field(default=True, init=False)
    arrangement: str = field(default="ordered", init=False)

    @property
    def n_eta(self) -> int:  # type: ignore[override]
        """One linear predictor per boundary."""
        return self.classes - 1

    @property
    def offset_signs(self) -> tuple[float, ...]:  # type: ignore[override]
        """An offset moves towards higher classes, as ``x beta`` does."""
        return (-1.0,) * self.n_eta

    @property
    def log_concave(self) -> bool:  # type: ignore[override]
        """Whether the link is (Pratt 1981, doi:10.1080/01621459.1981.10477613)."""
        return LINKS[self.link].log_concave

    @property
    def _link(self) -> Link:
        return LINKS[self.link]

    def constants(self, counts: np.ndarray) -> np.ndarray:
        """Return the logarithms of the multinomial coefficients, (rows,)."""
        return arrangements(counts)

    def simulate(
        self, eta: np.ndarray, trials: np.ndarray | None, rng: np.random.Generator
    ) -> np.ndarray:
        """Return class codes, (rows, columns)."""
        return draw_classes(self.probabilities(eta), rng)


def _log_complement(gap: np.ndarray) -> np.ndarray:
    """Return ``log(1 - exp(gap))`` for negative gaps; ``-inf`` where the order is broken."""
    held = np.minimum(gap, 0.0)
    near = np.log(-np.expm1(held))
    return np.where(gap < -_LOG2, np.log1p(-np.exp(held)), np.where(gap < 0.0, near, -np.inf))


@dataclass(frozen=True, eq=False)
class _Rises:
    """Derivatives of log class probabilities of a cumulative model.

    Parameters
    ----------
    upper : ndarray, shape (boundaries, rows, columns)
        By each boundary, of the class below it.
    lower : ndarray, shape (boundaries, rows, columns)
        Minus the one of the class above it.
    rest, own : ndarray, shape (boundaries - 1, rows, columns)
        For each inner class: the share of the tail that it is cut from beyond it, and its own.
    """

    upper: np.ndarray
    lower: np.ndarray
    rest: np.ndarray
    own: np.ndarray


@dataclass(frozen=True)
class Cumulative(_Ordered):
    """``P(y <= k) = F(cutpoint_k - x beta)``: proportional odds for the logit link.

    Cutpoints must increase; the log-likelihood is ``-inf`` where they do not.

    References
    ----------
    McCullagh, P. (1980). Regression models for ordinal data.
    doi:10.1111/j.2517-6161.1980.tb01109.x

    Examples
    --------
    >>> import numpy as np
    >>> eta = np.array([-1.0, 1.0])[:, None, None]
    >>> Cumulative(classes=3).probabilities(eta)[:, 0, 0].round(3)
    array([0.269, 0.462, 0.269])
    """

    name: str = field(default="cumulative", init=False)

    @property
    def increasing(self) -> bool:  # type: ignore[override]
        """Whether increasing cutpoints suffice: with one slope they increase everywhere."""
        return not self.partial

    def _log_probs(self, eta: np.ndarray) -> np.ndarray:
        """Return log class probabilities, (classes, rows, columns), accurate in both tails."""
        with np.errstate(divide="ignore", invalid="ignore"):
            above, below = self._link.log_probs(eta)
            inner_low = below[1:] + _log_complement(below[:-1] - below[1:])
            inner_high = above[:-1] + _log_complement(above[1:] - above[:-1])
            inner = np.where(eta[:-1] > 0.0, inner_high, inner_low)
            return np.concatenate([below[:1], inner, above[-1:]])

    def rows(self, eta: np.ndarray, counts: np.ndarray) -> np.ndarray:
        """Return the log-likelihood of each row, (rows, columns), in nats."""
        log_probs = self._log_probs(eta)
        seen = counts.T[:, :, None]
        with np.errstate(invalid="ignore"):
            result = np.where(seen > 0.0, seen * log_probs, 0.0).sum(axis=0)
        # A class without observations does not object to crossed cutpoints; the model does.
        return np.where((np.diff(eta, axis=0) <= 0.0).any(axis=0), -np.inf, result)

    def total(self, eta: np.ndarray, counts: np.ndarray) -> np.ndarray:
        """Return the log-likelihood over all rows, (columns,), in nats."""
        return self.rows(eta, counts).sum(axis=0)

    def _rises(self, eta: np.ndarray) -> _Rises:
        """Return what derivatives of log class probabilities are made of."""
        one, none = np.ones(1), np.zeros(1)
        flat = eta.reshape(1, -1)
        of_below = self._link.slope(flat, none, one).reshape(eta.shape)
        of_above = -self._link.slope(flat, one, none).reshape(eta.shape)
        above, below = self._link.log_probs(eta)
        with np.errstate(all="ignore"):
            high = eta[:-1] > 0.0
            # The part of F(upper), or of 1 - F(lower), that is not of the class: whichever of
            # the two is the smaller tail has the digits.
            gap = np.where(high, above[1:] - above[:-1], below[:-1] - below[1:])
            rest, own = np.exp(gap), -np.expm1(gap)
            upper = np.where(high, of_above[1:] * rest, of_below[1:]) / own
            lower = np.where(high, of_above[:-1], of_below[:-1] * rest) / own
        return _Rises(
            np.concatenate([of_below[:1], upper]),
            np.concatenate([lower, of_above[-1:]]),
            rest,
            own,
        )

    def slope(self, eta: np.ndarray, counts: np.ndarray) -> np.ndarray:
        """Return the derivative by each boundary, (boundaries, rows, columns)."""
        rises, c = self._rises(eta), counts.T[:, :, None]
        with np.errstate(invalid="ignore"):
            # Classes without counts do not enter, whatever their rise is.
            up = np.where(c[:-1] > 0.0, c[:-1] * rises.upper, 0.0)
            down = np.where(c[1:] > 0.0, c[1:] * rises.lower, 0.0)
            return up - down

    def _bends(self, eta: np.ndarray, rises: _Rises) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return minus the second derivatives of log class probabilities.

        For each boundary that of the class below it by this boundary, that of the class above
        it, and for each inner class the mixed one by its two boundaries. No two numbers of
        opposite sign meet where the density is log-concave, so that nothing cancels.
        """
        one, none = np.ones(1), np.zeros(1)
        flat = eta.reshape(1, -1)
        bent_below = self._link.curvature(flat, none, one).reshape(eta.shape)
        bent_above = self._link.curvature(flat, one, none).reshape(eta.shape)
        fall = -self._link.log_density(eta)[1]
        up, down, rest, own = rises.upper, rises.lower, rises.rest, rises.own
        with np.errstate(all="ignore"):
            u, v = up[1:], down[:-1]
            # -(log p)'' is u (u - f' / f) by the upper boundary. Where the density still rises
            # there, u - f' / f is a small difference, and that of log F stands for it.
            below = np.where(
                eta[1:] > 0.0, u * (u + fall[1:]), bent_below[1:] / own + u * (u * rest)
            )
            above = np.where(
                eta[:-1] > 0.0, bent_above[:-1] / own + v * (v * rest), v * (v - fall[:-1])
            )
            return (
                np.concatenate([bent_below[:1], below]),
                np.concatenate([above, bent_above[-1:]]),
                -u * v,
            )

    def curvature(self, eta: np.ndarray, counts: np.ndarray) -> np.ndarray:
        """Return minus the second derivatives, (boundaries, boundaries, rows); tridiagonal."""
        bends = self._bends(eta, self._rises(eta))
        below, above, cross = (v[:, :, 0] for v in bends)
        c = counts.T
        result = np.zeros((self.n_eta, self.n_eta, counts.shape[0]))
        k = np.arange(self.n_eta)
        with np.errstate(invalid="ignore"):
            mixed = np.where(c[1:-1] > 0.0, c[1:-1] * cross, 0.0)
            result[k, k] = np.where(c[:-1] > 0.0, c[:-1] * below, 0.0)
            result[k, k] += np.where(c[1:] > 0.0, c[1:] * above, 0.0)
        result[k[:-1], k[1:]] = mixed
        result[k[1:], k[:-1]] = mixed
        return result

    def contrasts(self, counts: np.ndarray) -> Iterable[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Return, for each boundary, the class above it against the class below."""
        for k, weights in enumerate(np.eye(self.n_eta)):
            yield weights, counts[:, k + 1], counts[:, k]

    def probabilities(self, eta: np.ndarray) -> np.ndarray:
        """Return class probabilities, (classes, rows, columns).

        Raises
        ------
        DesignError
            If slopes differ between boundaries and boundaries cross, as they may in rows outside
            of the data.
        """
        if self.partial:
            crossed = (np.diff(eta, axis=0) <= 0.0).any(axis=0)
            if crossed.any():
                raise DesignError(
                    f"boundaries between classes cross in {int(crossed.any(axis=1).sum())} of "
                    f"{crossed.shape[0]} rows (in {crossed.mean():.2g} of rows and draws), where "
                    "a probability would be negative; expected rows within the range of the data "
                    "in the terms of partial=; leave such rows out, or fit without partial="
                )
        return np.exp(self._log_probs(eta))


@dataclass(frozen=True)
class Sequential(_Ordered):
    """``P(y = k | y >= k) = F(cutpoint_k - x beta)``: the continuation ratio model.

    Cutpoints need no order, and every class is a choice to stop at it or go on.

    References
    ----------
    Tutz, G. (1991). Sequential models in categorical regression.
    doi:10.1016/0167-9473(91)90004-7
    """

    name: str = field(default="sequential", init=False)
    increasing: bool = field(default=False, init=False)

    def _pairs(self, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return how many went on and how many stopped, each (rows, boundaries)."""
        reached = np.cumsum(counts[:, ::-1], axis=1)[:, ::-1]
        return reached[:, 1:], counts[:, :-1]

    def rows(self, eta: np.ndarray, counts: np.ndarray) -> np.ndarray:
        """Return the log-likelihood of each row, (rows, columns), in nats."""
        on, stop = (v.T[:, :, None] for v in self._pairs(counts))
        above, below = self._link.log_probs(eta)
        with np.errstate(invalid="ignore"):
            return (np.where(on > 0, on * above, 0.0) + np.where(stop > 0, stop * below, 0.0)).sum(
                axis=0
            )

    def total(self, eta: np.ndarray, counts: np.ndarray) -> np.ndarray:
        """Return the log-likelihood over all rows, (columns,), in nats."""
        return self.rows(eta, counts).sum(axis=0)

    def slope(self, eta: np.ndarray, counts: np.ndarray) -> np.ndarray:
        """Return the derivative by each boundary, (boundaries, rows, columns)."""
        on, stop = self._pairs(counts)
        return np.stack([self._link.slope(e, on[:, k], stop[:, k]) for k, e in enumerate(eta)])

    def curvature(self, eta: np.ndarray, counts: np.ndarray) -> np.ndarray:
        """Return minus the second derivatives, (boundaries, boundaries, rows); diagonal."""
        on, stop = self._pairs(counts)
        result = np.zeros((self.n_eta, self.n_eta, counts.shape[0]))
        for k, e in enumerate(eta):
            result[k, k] = self._link.curvature(e, on[:, k], stop[:, k])[:, 0]
        return result

    def contrasts(self, counts: np.ndarray) -> Iterable[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Return, for each boundary, those who went on against those who stopped."""
        on, stop = self._pairs(counts)
        for k, weights in enumerate(np.eye(self.n_eta)):
            yield weights, on[:, k], stop[:, k]

    def probabilities(self, eta: np.ndarray) -> np.ndarray:
        """Return class probabilities, (classes, rows, columns)."""
        above, below = self._link.log_probs(eta)
        reach = np.concatenate([np.zeros_like(above[:1]), np.cumsum(above, axis=0)])
        stop = np.concatenate([below, np.zeros_like(below[:1])])
        return np.exp(reach + stop)


@dataclass(frozen=True)
class Adjacent(_Ordered):
    """``log(P(y = k) / P(y = k + 1)) = cutpoint_k - x beta``: adjacent categories, logit link.

    References
    ----------
    Agresti, A. (2010). Analysis of Ordinal Categorical Data, 2nd ed. doi:10.1002/9780470594001
    """

    name: str = field(default="adjacent", init=False)
    increasing: bool = field(default=False, init=False)

    @property
    def _softmax(self) -> Multinomial:
        return Multinomial(self.classes)

    def _sums(self, eta: np.ndarray) -> np.ndarray:
        """Return log odds of each class but the first against the first."""
        return -np.cumsum(eta, axis=0)

    def rows(self, eta: np.ndarray, counts: np.ndarray) -> np.ndarray:
        """Return the log-likelihood of each row, (rows, columns), in nats."""
        return self._softmax.rows(self._sums(eta), counts)

    def total(self, eta: np.ndarray, counts: np.ndarray) -> np.ndarray:
        """Return the log-likelihood over all rows, (columns,), in nats."""
        return self.rows(eta, counts).sum(axis=0)

    def _sides(self, eta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return probabilities of being above and below each boundary, (boundaries, ...)."""
        prob = self.probabilities(eta)
        return np.cumsum(prob[:0:-1], axis=0)[::-1], np.cumsum(prob[:-1], axis=0)

    def slope(self, eta: np.ndarray, counts: np.ndarray) -> np.ndarray:
        """Return the derivative by each boundary, (boundaries, rows, columns)."""
        above, below = self._sides(eta)
        c = counts.T[:, :, None]
        higher, lower = np.cumsum(c[:0:-1], axis=0)[::-1], np.cumsum(c[:-1], axis=0)
        return lower * above - higher * below

    def curvature(self, eta: np.ndarray, counts: np.ndarray) -> np.ndarray:
        """Return minus the second derivatives, (boundaries, boundaries, rows)."""
        above, below = (v[:, :, 0] for v in self._sides(eta))
        k = np.arange(self.n_eta)
        # The covariance of being above one boundary and above another.
        both = above[np.maximum.outer(k, k)] * below[np.minimum.outer(k, k)]
        return both * counts.sum(axis=1)

    def contrasts(self, counts: np.ndarray) -> Iterable[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Return the comparison of every two classes."""
        for weights, failures, successes in self._softmax.contrasts(counts):
            yield -np.cumsum(weights[::-1])[::-1], failures, successes

    def probabilities(self, eta: np.ndarray) -> np.ndarray:
        """Return class probabilities, (classes, rows, columns)."""
        return self._softmax.probabilities(self._sums(eta))
