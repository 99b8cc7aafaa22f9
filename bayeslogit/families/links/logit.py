"""The logit: the linear predictor is the logarithm of the odds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from bayeslogit.families.links.base import Link
from bayeslogit.numerics.special import expit, log_expit, logit, sum_log, sum_log1p_exp_neg

__all__ = ["Logit"]

# exp of this is below the largest double.
_LARGEST = 709.0


def _signs(failures: np.ndarray, successes: np.ndarray) -> np.ndarray | None:
    """Return 1 for a success and -1 for a failure, (rows, 1), if every row is one whole trial."""
    signs = successes - failures
    single = (np.abs(signs) == 1.0).all() and not (failures * successes).any()
    return signs[:, None] if single else None


def _towards(eta: np.ndarray, sign: np.ndarray) -> tuple[np.ndarray, float]:
    """Give ``eta`` the sign of the outcome, in place; return its sums and its highest value.

    With t the result in a row, its log-likelihood is ``t - log(1 + exp(t))`` and the slope
    ``sign / (1 + exp(t))``.
    """
    np.multiply(sign, eta, out=eta)
    np.minimum(eta, _LARGEST, out=eta)
    return np.ones(len(eta)) @ eta, float(eta.max(initial=0.0))


@dataclass(frozen=True)
class Logit(Link):
    """The canonical link: ``F`` is the standard logistic function, ``eta`` is in log-odds.

    See Also
    --------
    Probit : Nearly the same curve, in standard deviations.

    Examples
    --------
    >>> import numpy as np
    >>> Logit().prob(np.array([-1.0, 0.0, 1.0])).round(4)
    array([0.2689, 0.5   , 0.7311])
    """

    name: ClassVar[str] = "logit"
    scale: ClassVar[str] = "log-odds"
    log_concave: ClassVar[bool] = True
    error_variance: ClassVar[float | None] = np.pi**2 / 3.0
    exponential: ClassVar[str] = "odds_ratio"
    splits: ClassVar[bool] = True

    def prob(self, eta: np.ndarray) -> np.ndarray:
        """Return ``1 / (1 + exp(-eta))``."""
        return expit(eta)

    def complement(self, eta: np.ndarray) -> np.ndarray:
        """Return ``1 / (1 + exp(eta))``."""
        return expit(-eta)

    def shares(self, eta: np.ndarray) -> np.ndarray:
        """Return the probabilities below, between and above increasing log-odds.

        ``F(u) - F(l) = F(u) (1 - F(l)) (1 - exp(l - u))`` loses no digits anywhere.
        """
        if eta.min(initial=0.0) < -_LARGEST:
            below, above = expit(eta), expit(-eta)
        else:
            # Both from one exponential.
            above = np.negative(eta)
            np.exp(above, out=above)
            below = above + 1.0
            np.reciprocal(below, out=below)
            above *= below
        result = np.empty((len(eta) + 1, *eta.shape[1:]))
        result[0], result[-1] = below[0], above[-1]
        between = np.subtract(eta[:-1], eta[1:], out=result[1:-1])
        np.expm1(between, out=between)
        np.negative(between, out=between)
        between *= below[1:]
        between *= above[:-1]
        return result

    def odds_against(self, eta: np.ndarray, happened: np.ndarray) -> np.ndarray:
        """Return ``exp(-eta)`` where the event happened and ``exp(eta)`` elsewhere.

        Parameters
        ----------
        eta : ndarray, shape (rows, columns)
            Linear predictors, in log-odds; overwritten.
        happened : ndarray of bool, shape (rows,)
            Whether the event happened.
        """
        eta *= np.where(happened, -1.0, 1.0)[:, None]
        with np.errstate(over="ignore"):
            return np.exp(eta, out=eta)

    def inverse(self, prob: np.ndarray) -> np.ndarray:
        """Return ``log(prob / (1 - prob))``."""
        return logit(prob)

    def inverse_complement(self, prob: np.ndarray) -> np.ndarray:
        """Return ``log((1 - prob) / prob)``."""
        return -logit(prob)

    def log_density(self, eta: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return ``log(F (1 - F))``, ``1 - 2 F`` and ``2 F (1 - F)``."""
        small = np.exp(-np.abs(eta))
        value = -np.abs(eta) - 2.0 * np.log1p(small)
        return value, -np.tanh(0.5 * eta), 2.0 * small / (1.0 + small) ** 2

    def log_probs(self, eta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return ``-softplus(eta)`` and ``-softplus(-eta)``."""
        return log_expit(-eta), log_expit(eta)

    def total(self, eta: np.ndarray, failures: np.ndarray, successes: np.ndarray) -> np.ndarray:
        """Return the log-likelihood ``sum(successes eta - trials softplus(eta))``.

        The absolute error is a few units of roundoff times the value, or times the sum of
        ``trials (1 + abs(eta))`` where each row is one trial.

        Parameters
        ----------
        eta : ndarray, shape (rows, columns)
            Linear predictors, in log-odds; overwritten.
        failures, successes : ndarray, shape (rows,)
            Weighted cases without and with the event, zero or more.
        """
        # softplus(eta) = eta/2 + |eta|/2 + log(1 + exp(-|eta|)): one exponential per element, the
        # linear parts as matrix products, and one logarithm for many rows if each is one trial.
        trials = failures + successes
        if np.all(trials == 1.0):
            linear: np.ndarray = (0.5 * (successes - failures)) @ eta
            np.abs(eta, out=eta)
            linear -= 0.5 * (trials @ eta)
            linear -= sum_log1p_exp_neg(eta)
            return linear
        # Of many trials with few events the two halves would cancel.
        linear = successes @ np.minimum(eta, 0.0) - failures @ np.maximum(eta, 0.0)
        np.abs(eta, out=eta)
        np.negative(eta, out=eta)
        np.exp(eta, out=eta)
        np.log1p(eta, out=eta)
        linear -= trials @ eta
        return linear

    def slope(self, eta: np.ndarray, failures: np.ndarray, successes: np.ndarray) -> np.ndarray:
        """Return ``successes (1 - F) - failures F``, accurate in both tails.

        Parameters
        ----------
        eta : ndarray, shape (rows, columns)
            Linear predictors, in log-odds.
        failures, successes : ndarray, shape (rows,)
            Weighted cases without and with the event, zero or more.
        """
        # No np.where here: a condition that changes from element to element costs more than a
        # second exponential.
        sign = _signs(failures, successes)
        if sign is not None:
            result: np.ndarray = sign * eta
            np.minimum(result, _LARGEST, out=result)
            np.exp(result, out=result)
            result += 1.0
            np.divide(sign, result, out=result)
            return result
        low = np.minimum(eta, 0.0)
        np.exp(low, out=low)
        high: np.ndarray = np.maximum(eta, 0.0)
        np.negative(high, out=high)
        np.exp(high, out=high)
        # F = low / (1 + low high) and 1 - F = high / (1 + low high).
        below = low * high
        below += 1.0
        high *= successes[:, None]
        low *= failures[:, None]
        high -= low
        high /= below
        return high

    def total_and_slope(
        self, eta: np.ndarray, failures: np.ndarray, successes: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return :meth:`total` and :meth:`slope`, by one exponential if each row is one trial.

        Parameters
        ----------
        eta : ndarray, shape (rows, columns)
            Linear predictors, in log-odds; overwritten.
        failures, successes : ndarray, shape (rows,)
            Weighted cases without and with the event, zero or more.
        """
        sign = _signs(failures, successes)
        if sign is None:
            return super().total_and_slope(eta, failures, successes)
        total, highest = _towards(eta, sign)
        odds = np.exp(eta)
        odds += 1.0
        total -= sum_log(odds, highest, scratch=eta)
        return total, np.divide(sign, odds, out=odds)

    def newton(
        self, eta: np.ndarray, failures: np.ndarray, successes: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return total, slope and curvature, by one exponential if each row is one trial.

        Parameters
        ----------
        eta : ndarray, shape (rows, columns)
            Linear predictors, in log-odds; overwritten.
        failures, successes : ndarray, shape (rows,)
            Weighted cases without and with the event, zero or more.
        """
        sign = _signs(failures, successes)
        if sign is None:
            return super().newton(eta, failures, successes)
        total, highest = _towards(eta, sign)
        curvature = np.exp(eta)
        odds = curvature + 1.0
        total -= sum_log(odds, highest, scratch=eta)
        slope = np.divide(sign, odds, out=odds)
        # exp(t) / (1 + exp(t))**2, without overflow and accurate in both tails.
        curvature *= slope
        curvature *= slope
        return total, slope, curvature

    def curvature(self, eta: np.ndarray, failures: np.ndarray, successes: np.ndarray) -> np.ndarray:
        """Return ``trials F(eta) (1 - F(eta))``, accurate in both tails.

        Parameters
        ----------
        eta : ndarray, shape (rows, columns)
            Linear predictors, in log-odds.
        failures, successes : ndarray, shape (rows,)
            Weighted cases without and with the event, zero or more.
        """
        small = np.exp(-np.abs(eta))
        result: np.ndarray = (failures + successes)[:, None] * small / (1.0 + small) ** 2
        return result
