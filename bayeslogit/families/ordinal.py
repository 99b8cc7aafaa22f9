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


def _log_difference(log_large: np.ndarray, log_small: np.ndarray) -> np.ndarray:
    """Return ``log(exp(log_large) - exp(log_small))``; ``-inf`` where the order is broken."""
    gap = log_small - log_large
    return log_large + np.where(gap < 0.0, np.log(-np.expm1(np.minimum(gap, 0.0))), -np.inf)


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
            inner_low = _log_difference(below[1:], below[:-1])
            inner_high = _log_difference(above[:-1], above[1:])
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

    def _pieces(self, eta: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return log class probabilities, log density at each boundary, and its log-derivative."""
        one, none = np.ones(1), np.zeros(1)
        flat = eta.reshape(1, -1)
        above, below = self._link.log_probs(flat)
        from_below = self._link.slope(flat, none, one)
        from_above = -self._link.slope(flat, one, none)
        curved_below = self._link.curvature(flat, none, one)
        curved_above = self._link.curvature(flat, one, none)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            # F' from the smaller of F and 1 - F; F'' / F' likewise.
            low = flat <= 0.0
            log_density = np.where(low, below + np.log(from_below), above + np.log(from_above))
            bend = np.where(
                low,
                from_below - curved_below / from_below,
                curved_above / from_above - from_above,
            )
        return self._log_probs(eta), log_density.reshape(eta.shape), bend.reshape(eta.shape)

    def _ratios(
        self, eta: np.ndarray, counts: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return density / probability of the class below and above each boundary, and the bend.

        Classes without counts get a ratio of zero: they do not enter.
        """
        log_probs, log_density, bend = self._pieces(eta)
        seen = counts.T[:, :, None] > 0.0
        with np.errstate(over="ignore", invalid="ignore"):
            under = np.where(seen[:-1], np.exp(log_density - log_probs[:-1]), 0.0)
            over = np.where(seen[1:], np.exp(log_density - log_probs[1:]), 0.0)
        return under, over, bend

    def slope(self, eta: np.ndarray, counts: np.ndarray) -> np.ndarray:
        """Return the derivative by each boundary, (boundaries, rows, columns)."""
        under, over, _ = self._ratios(eta, counts)
        c = counts.T[:, :, None]
        return c[:-1] * under - c[1:] * over

    def curvature(self, eta: np.ndarray, counts: np.ndarray) -> np.ndarray:
        """Return minus the second derivatives, (boundaries, boundaries, rows); tridiagonal."""
        under, over, bend = (v[:, :, 0] for v in self._ratios(eta, counts))
        c = counts.T
        result = np.zeros((self.n_eta, self.n_eta, counts.shape[0]))
        k = np.arange(self.n_eta)
        result[k, k] = c[:-1] * under**2 + c[1:] * over**2 - bend * (c[:-1] * under - c[1:] * over)
        cross = -c[1:-1] * over[:-1] * under[1:]
        result[k[:-1], k[1:]] = cross
        result[k[1:], k[:-1]] = cross
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

    def slope(self, eta: np.ndarray, counts: np.ndarray) -> np.ndarray:
        """Return the derivative by each boundary, (boundaries, rows, columns)."""
        by_class = self._softmax.slope(self._sums(eta), counts)
        return -np.cumsum(by_class[::-1], axis=0)[::-1]

    def curvature(self, eta: np.ndarray, counts: np.ndarray) -> np.ndarray:
        """Return minus the second derivatives, (boundaries, boundaries, rows)."""
        by_class = self._softmax.curvature(self._sums(eta), counts)
        once = np.cumsum(by_class[::-1], axis=0)[::-1]
        return np.cumsum(once[:, ::-1], axis=1)[:, ::-1]

    def contrasts(self, counts: np.ndarray) -> Iterable[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Return the comparison of every two classes."""
        for weights, failures, successes in self._softmax.contrasts(counts):
            yield -np.cumsum(weights[::-1])[::-1], failures, successes

    def probabilities(self, eta: np.ndarray) -> np.ndarray:
        """Return class probabilities, (classes, rows, columns)."""
        return self._softmax.probabilities(self._sums(eta))
