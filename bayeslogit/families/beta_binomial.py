"""Overdispersed counts: the beta-binomial family, where every row has its own probability."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from bayeslogit.families.base import Family, log_binomial_coefficients
from bayeslogit.families.links import LINKS, Link
from bayeslogit.numerics.rising_factorial import excess, excess_curvature, excess_slope

__all__ = ["BetaBinomial"]

# Beyond this log precision draws of a row's probability are its mean to the eighth digit; beyond
# minus this they are zero or one.
_TIGHT = 35.0


@dataclass(frozen=True)
class BetaBinomial(Family):
    """Counts whose probability is drawn, row by row, from a beta distribution.

    The first linear predictor gives the mean probability of a row by the link; the second is the
    logarithm of the precision ``phi``, the sum of the two beta parameters. Two trials of a row
    have the correlation ``1 / (1 + phi)``, and counts have ``1 + (trials - 1) / (1 + phi)`` times
    the binomial variance. For large precision this is the binomial family, smoothly and without
    loss of digits.

    Parameters
    ----------
    link : str, default "logit"
        A key of ``bl.LINKS``.

    See Also
    --------
    Binomial : The limit for large precision.
    bayeslogit.binomial : The model, with ``dispersion="beta"``.

    References
    ----------
    Williams, D. A. (1975). The analysis of binary responses from toxicological experiments
    involving reproduction and teratogenicity. doi:10.2307/2529820

    Examples
    --------
    >>> import numpy as np
    >>> eta = np.array([0.0, np.log(2.0)])[:, None, None]  # a uniform probability
    >>> family = BetaBinomial()
    >>> counts = np.array([[3.0, 0.0], [2.0, 1.0], [1.0, 2.0], [0.0, 3.0]])
    >>> rows = family.row_log_likelihood(np.tile(eta, (1, 4, 1)), counts)[:, 0]
    >>> np.exp(rows + family.constants(counts)).round(12)  # makes all counts equally likely
    array([0.25, 0.25, 0.25, 0.25])
    """

    link: str = "logit"
    name: str = field(default="beta_binomial", init=False)
    n_eta: int = field(default=2, init=False)
    log_concave: bool = field(default=False, init=False)
    offset_signs: tuple[float, ...] = field(default=(1.0, 0.0), init=False)
    collapsible: bool = field(default=False, init=False)
    arrangement: str = field(default="dispersed", init=False)
    increasing: bool = field(default=False, init=False)

    @property
    def _link(self) -> Link:
        return LINKS[self.link]

    def row_log_likelihood(self, eta: np.ndarray, counts: np.ndarray) -> np.ndarray:
        """Return each row's log-likelihood, (rows, columns), in nats, by rising factorials.

        Parameters
        ----------
        eta : ndarray, shape (2, rows, columns)
            Mean probability on the scale of the link, and the log of the precision.
        counts : ndarray, shape (rows, 2)
            Non-events and events, zero or more.
        """
        log_failure, log_success = self._link.log_probs(eta[0])
        failures, successes = counts[:, 0, None], counts[:, 1, None]
        with np.errstate(invalid="ignore", over="ignore"):
            # 0 times -inf is 0 here: a class without cases has no part in the likelihood.
            binomial = np.where(failures > 0, failures * log_failure, 0.0) + np.where(
                successes > 0, successes * log_success, 0.0
            )
            result: np.ndarray = (
                binomial
                + excess(log_success + eta[1], successes)
                + excess(log_failure + eta[1], failures)
                - excess(eta[1], failures + successes)
            )
        return result

    def log_likelihood(self, eta: np.ndarray, counts: np.ndarray) -> np.ndarray:
        """Return the sum of :meth:`row_log_likelihood` over rows, (columns,), in nats.

        Parameters
        ----------
        eta : ndarray, shape (2, rows, columns)
            Mean probability on the scale of the link, and the log of the precision.
        counts : ndarray, shape (rows, 2)
            Non-events and events, zero or more.
        """
        total: np.ndarray = self.row_log_likelihood(eta, counts).sum(axis=0)
        return total

    def _derivatives(self, eta: np.ndarray) -> tuple[np.ndarray, ...]:
        """Return log(1 - p), log p, their first derivatives, and minus their second ones."""
        one, none, flat = np.ones(1), np.zeros(1), eta[0].reshape(1, -1)
        pieces = (
            self._link.slope(flat, one, none),
            self._link.slope(flat, none, one),
            self._link.curvature(flat, one, none),
            self._link.curvature(flat, none, one),
        )
        return *self._link.log_probs(eta[0]), *(v.reshape(eta[0].shape) for v in pieces)

    def slope(self, eta: np.ndarray, counts: np.ndarray) -> np.ndarray:
        """Return each row's derivatives by both linear predictors, (2, rows, columns).

        Parameters
        ----------
        eta : ndarray, shape (2, rows, columns)
            Mean probability on the scale of the link, and the log of the precision.
        counts : ndarray, shape (rows, 2)
            Non-events and events, zero or more.
        """
        log_failure, log_success, by_failure, by_success, _, _ = self._derivatives(eta)
        failures, successes = counts[:, 0, None], counts[:, 1, None]
        more_success = excess_slope(log_success + eta[1], successes)
        more_failure = excess_slope(log_failure + eta[1], failures)
        return np.stack(
            [
                (successes + more_success) * by_success + (failures + more_failure) * by_failure,
                more_success + more_failure - excess_slope(eta[1], failures + successes),
            ]
        )

    def curvature(self, eta: np.ndarray, counts: np.ndarray) -> np.ndarray:
        """Return minus each row's second derivatives, (2, 2, rows).

        Parameters
        ----------
        eta : ndarray, shape (2, rows, 1)
            Mean probability on the scale of the link, and the log of the precision.
        counts : ndarray, shape (rows, 2)
            Non-events and events, zero or more.
        """
        log_failure, log_success, by_failure, by_success, bent_failure, bent_success = (
            v[:, 0] for v in self._derivatives(eta)
        )
        failures, successes, spread = counts[:, 0], counts[:, 1], eta[1, :, 0]
        a, b = log_success + spread, log_failure + spread
        bend_a, bend_b = excess_curvature(a, successes), excess_curvature(b, failures)
        result = np.empty((2, 2, len(counts)))
        result[0, 0] = (
            (successes + excess_slope(a, successes)) * bent_success
            + (failures + excess_slope(b, failures)) * bent_failure
            - bend_a * by_success**2
            - bend_b * by_failure**2
        )
        result[0, 1] = result[1, 0] = -(bend_a * by_success + bend_b * by_failure)
        result[1, 1] = excess_curvature(spread, failures + successes) - bend_a - bend_b
        return result

    def contrasts(self, counts: np.ndarray) -> Iterable[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Return the one comparison, event against non-event, by the first linear predictor."""
        return [(np.array([1.0, 0.0]), counts[:, 0], counts[:, 1])]

    def constants(self, counts: np.ndarray) -> np.ndarray:
        """Return the logarithms of the binomial coefficients, (rows,)."""
        return log_binomial_coefficients(counts)

    def probabilities(self, eta: np.ndarray) -> np.ndarray:
        """Return mean class probabilities, (2, rows, columns)."""
        return np.stack([self._link.complement(eta[0]), self._link.prob(eta[0])])

    def simulate(
        self, eta: np.ndarray, trials: np.ndarray | None, rng: np.random.Generator
    ) -> np.ndarray:
        """Return counts of events, (rows, columns), from a beta-distributed probability each.

        Parameters
        ----------
        eta : ndarray, shape (2, rows, columns)
            Mean probability on the scale of the link, and the log of the precision.
        trials : ndarray of int, shape (rows,)
            Trials of each row, zero or more.
        rng : numpy.random.Generator

        Raises
        ------
        TypeError
            If ``trials`` is None.
        """
        if trials is None:
            raise TypeError("beta-binomial draws need trials; found None; pass one number a row")
        phi = np.exp(np.clip(eta[1], -_TIGHT, _TIGHT))
        tiny = np.finfo(float).tiny
        prob = rng.beta(
            np.maximum(self._link.prob(eta[0]) * phi, tiny),
            np.maximum(self._link.complement(eta[0]) * phi, tiny),
        )
        counts: np.ndarray = rng.binomial(np.asarray(trials, dtype=np.int64)[:, None], prob)
        return counts
