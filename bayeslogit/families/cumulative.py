"""Ordered classes by cumulative probabilities: cumulative models, such as proportional odds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from bayeslogit.errors import DesignError
from bayeslogit.families.base import Touched
from bayeslogit.families.ordered import Ordered, log_normaliser, on_either_side
from bayeslogit.numerics.running import running_sum

__all__ = ["Cumulative"]

_LOG2 = 0.6931471805599453


@dataclass(frozen=True, eq=False)
class _Rises:
    """Derivatives of log class probabilities of a cumulative model, and shares of tails.

    Parameters
    ----------
    upper : ndarray, shape (boundaries, rows, columns)
        Derivative of log P(class below a boundary) by that boundary.
    lower : ndarray, shape (boundaries, rows, columns)
        Minus the derivative of log P(class above a boundary) by that boundary.
    rest, own : ndarray, shape (boundaries - 1, rows, columns)
        An inner class and all classes beyond it make up a tail of the distribution. ``own`` is
        the share of that tail in the class, ``rest`` the share beyond it.
    """

    upper: np.ndarray
    lower: np.ndarray
    rest: np.ndarray
    own: np.ndarray


def _log_complement(gap: np.ndarray) -> np.ndarray:
    """Return ``log(1 - exp(gap))`` for negative gaps; ``-inf`` where the order is broken."""
    held = np.minimum(gap, 0.0)
    near = np.log(-np.expm1(held))
    return np.where(gap < -_LOG2, np.log1p(-np.exp(held)), np.where(gap < 0.0, near, -np.inf))


@dataclass(frozen=True)
class Cumulative(Ordered):
    """``P(y <= k) = F(cutpoint_k - x beta)``: proportional odds for the logit link.

    Cutpoints must increase; the log-likelihood is ``-inf`` where they do not.

    Parameters
    ----------
    classes : int, default 3
        How many, at least 3.
    link : str, default "logit"
        A key of ``bl.LINKS``.
    partial : tuple of int
        Columns of X whose slopes differ between boundaries.

    See Also
    --------
    Sequential, Adjacent : Other readings of an order.
    Multinomial : Classes without an order.
    bayeslogit.ordinal : The model.

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
    walled: bool = field(default=True, init=False)

    @property
    def increasing(self) -> bool:
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

    def row_log_likelihood(self, eta: np.ndarray, counts: np.ndarray) -> np.ndarray:
        """Return the log-likelihood of each row, (rows, columns), in nats.

        Parameters
        ----------
        eta : ndarray, shape (boundaries, rows, columns)
            Cutpoints minus ``x beta``, on the scale of the link; where they do not
            increase from one boundary to the next, the result is ``-inf``.
        counts : ndarray, shape (rows, classes)
            Weighted cases of each class, zero or more.
        """
        log_probs = self._log_probs(eta)
        seen = counts.T[:, :, None]
        with np.errstate(invalid="ignore"):
            result = np.where(seen > 0.0, seen * log_probs, 0.0).sum(axis=0)
        # Crossed cutpoints are outside the model, even where the class between them has no cases.
        return np.where((np.diff(eta, axis=0) <= 0.0).any(axis=0), -np.inf, result)

    def _rises(self, eta: np.ndarray) -> _Rises:
        """Return derivatives of log class probabilities, and shares of tails."""
        one, none = np.ones(1), np.zeros(1)
        flat = eta.reshape(1, -1)
        of_below = self._link.slope(flat, none, one).reshape(eta.shape)
        of_above = -self._link.slope(flat, one, none).reshape(eta.shape)
        above, below = self._link.log_probs(eta)
        with np.errstate(all="ignore"):
            high = eta[:-1] > 0.0
            # The share of F(upper), or of 1 - F(lower), beyond the class: taken from the smaller
            # of these two tails, which has the digits.
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
        """Return each row's derivative by each boundary, (boundaries, rows, columns).

        Parameters
        ----------
        eta : ndarray, shape (boundaries, rows, columns)
            Cutpoints minus ``x beta``, on the scale of the link; increasing.
        counts : ndarray, shape (rows, classes)
            Weighted cases of each class, zero or more.
        """
        rises, c = self._rises(eta), counts.T[:, :, None]
        with np.errstate(invalid="ignore"):
            # Classes without counts do not enter, even where their derivative is infinite.
            up = np.where(c[:-1] > 0.0, c[:-1] * rises.upper, 0.0)
            down = np.where(c[1:] > 0.0, c[1:] * rises.lower, 0.0)
            result: np.ndarray = up - down
        return result

    def _bends(self, eta: np.ndarray, rises: _Rises) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return minus the second derivatives of log class probabilities.

        Three arrays: by each boundary, for the class below it and for the class above it; and by
        both boundaries of each inner class. Where the density is log-concave no two numbers of
        opposite sign are added, so that nothing cancels.
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
        """Return minus the second derivatives, (boundaries, boundaries, rows); tridiagonal.

        Parameters
        ----------
        eta : ndarray, shape (boundaries, rows, 1)
            Cutpoints minus ``x beta``, on the scale of the link; increasing.
        counts : ndarray, shape (rows, classes)
            Weighted cases of each class, zero or more.
        """
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

    def touched(self, counts: np.ndarray) -> tuple[list[Touched], np.ndarray] | None:
        """Return cells by the one or two cutpoints around their class, if slopes are shared.

        Parameters
        ----------
        counts : ndarray, shape (rows, classes)
            Weighted cases of each class, zero or more.
        """
        if self.partial:
            return None
        below, above, apart = counts[:, :-1].T, counts[:, 1:].T, np.zeros(self.n_eta - 1)
        if self._link.splits:
            apart = counts.sum(axis=0)[1:-1]
            return [on_either_side(self.link, below, above)], apart
        inner, rows = np.nonzero(counts[:, 1:-1].T)
        middle = np.zeros((len(rows), 3))
        middle[:, 1] = counts[rows, inner + 1]
        cuts = np.stack([inner, inner + 1])
        below, above = below.copy(), above.copy()
        below[1:] = above[:-1] = 0.0
        ends = on_either_side(self.link, below, above)
        return [ends, Touched(Cumulative(3, self.link), rows, cuts, middle)], apart

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
        shares = self._link.shares(eta)
        # Crossed boundaries have no probability between them.
        np.maximum(shares, 0.0, out=shares)
        return shares

    def margins(self, concentration: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the beta distribution of the cumulative probability ``P(y <= k)``."""
        below = np.cumsum(concentration)[:-1]
        return below, concentration.sum() - below

    def boundaries(self, shares: np.ndarray) -> np.ndarray:
        """Return linear predictors (boundaries, columns) of shares (classes, columns)."""
        total = shares.sum(axis=0)
        below = running_sum(shares)[:-1] / total
        above = running_sum(shares[::-1])[::-1][1:] / total
        # From the smaller of both, which has the digits.
        low = self._link.inverse(np.minimum(below, 0.5))
        high = self._link.inverse_complement(np.minimum(above, 0.5))
        return np.where(below <= 0.5, low, high)

    def simplex(self, eta: np.ndarray, concentration: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the log density of a Dirichlet, (columns,), in nats, and its gradient.

        Parameters
        ----------
        eta : ndarray, shape (boundaries, columns)
            Cutpoints minus ``x beta``, on the scale of the link; where they do not
            increase, the log density is ``-inf``.
        concentration : ndarray, shape (classes,)
            Parameters of the Dirichlet, positive.
        """
        log_density, fall, _ = self._link.log_density(eta)
        rises, more = self._rises(eta[:, None]), (concentration - 1.0)[:, None]
        with np.errstate(invalid="ignore"):
            parts = np.where(more == 0.0, 0.0, more * self._log_probs(eta[:, None])[:, 0])
            value = log_normaliser(concentration) + parts.sum(axis=0) + log_density.sum(axis=0)
            up = np.where(more[:-1] == 0.0, 0.0, more[:-1] * rises.upper[:, 0])
            down = np.where(more[1:] == 0.0, 0.0, more[1:] * rises.lower[:, 0])
        crossed = (np.diff(eta, axis=0) <= 0.0).any(axis=0)
        return np.where(crossed, -np.inf, value), fall + up - down

    def simplex_curvature(self, eta: np.ndarray, concentration: np.ndarray) -> np.ndarray:
        """Return minus the second derivatives of :meth:`simplex`, (boundaries, boundaries).

        Parameters
        ----------
        eta : ndarray, shape (boundaries,)
            Cutpoints minus ``x beta``, on the scale of the link; increasing.
        concentration : ndarray, shape (classes,)
            Parameters of the Dirichlet, positive.
        """
        at, more = eta[:, None, None], concentration - 1.0
        below, above, cross = (v[:, 0, 0] for v in self._bends(at, self._rises(at)))
        result = np.diag(self._link.log_density(eta)[2] + more[:-1] * below + more[1:] * above)
        k = np.arange(len(eta) - 1)
        result[k, k + 1] = result[k + 1, k] = more[1:-1] * cross
        return result
