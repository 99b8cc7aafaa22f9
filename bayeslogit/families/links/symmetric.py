"""Links of symmetric distributions, ``1 - F(eta) = F(-eta)``: one tail serves both."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np

from bayeslogit.families.links.base import Link

__all__ = ["SymmetricLink"]


class SymmetricLink(Link):
    """A link with ``1 - F(eta) = F(-eta)``, given by ``log F`` and its two derivatives.

    A row with one outcome only, which is every row of a Bernoulli model, costs one evaluation,
    at ``eta`` or at ``-eta``.
    """

    @abstractmethod
    def log_prob(self, eta: np.ndarray) -> np.ndarray:
        """Return ``log F(eta)`` in nats; finite for every finite ``eta``."""

    @abstractmethod
    def ratio(self, eta: np.ndarray) -> np.ndarray:
        """Return the derivative of ``log F``."""

    @abstractmethod
    def bend(self, eta: np.ndarray) -> np.ndarray:
        """Return minus the second derivative of ``log F``."""

    def complement(self, eta: np.ndarray) -> np.ndarray:
        """Return ``F(-eta)``."""
        return self.prob(-eta)

    def inverse_complement(self, prob: np.ndarray) -> np.ndarray:
        """Return ``-inverse(prob)``."""
        return -self.inverse(prob)

    def log_probs(self, eta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return ``log F(-eta)`` and ``log F(eta)``."""
        return self.log_prob(-eta), self.log_prob(eta)

    def total(self, eta: np.ndarray, failures: np.ndarray, successes: np.ndarray) -> np.ndarray:
        """Return the log-likelihood ``sum(failures log F(-eta) + successes log F(eta))``.

        Parameters
        ----------
        eta : ndarray, shape (rows, columns)
            Linear predictors, on the scale of the link; may be overwritten.
        failures, successes : ndarray, shape (rows,)
            Weighted cases without and with the event, zero or more.
        """
        sign = _outcome(failures, successes)
        result: np.ndarray
        if sign is None:
            result = failures @ self.log_prob(-eta) + successes @ self.log_prob(eta)
        else:
            eta *= sign
            result = (failures + successes) @ self.log_prob(eta)
        return result

    def slope(self, eta: np.ndarray, failures: np.ndarray, successes: np.ndarray) -> np.ndarray:
        """Return ``successes ratio(eta) - failures ratio(-eta)`` of each row.

        Parameters
        ----------
        eta : ndarray, shape (rows, columns)
            Linear predictors, on the scale of the link.
        failures, successes : ndarray, shape (rows,)
            Weighted cases without and with the event, zero or more.
        """
        sign = _outcome(failures, successes)
        result: np.ndarray
        if sign is None:
            result = successes[:, None] * self.ratio(eta) - failures[:, None] * self.ratio(-eta)
        else:
            result = (successes - failures)[:, None] * self.ratio(sign * eta)
        return result

    def curvature(self, eta: np.ndarray, failures: np.ndarray, successes: np.ndarray) -> np.ndarray:
        """Return ``successes bend(eta) + failures bend(-eta)`` of each row.

        Parameters
        ----------
        eta : ndarray, shape (rows, columns)
            Linear predictors, on the scale of the link.
        failures, successes : ndarray, shape (rows,)
            Weighted cases without and with the event, zero or more.
        """
        sign = _outcome(failures, successes)
        result: np.ndarray
        if sign is None:
            result = successes[:, None] * self.bend(eta) + failures[:, None] * self.bend(-eta)
        else:
            result = (successes + failures)[:, None] * self.bend(sign * eta)
        return result


def _outcome(failures: np.ndarray, successes: np.ndarray) -> np.ndarray | None:
    """Return +1 or -1 per row, (rows, 1), if no row holds both outcomes; else None."""
    seen = successes > 0.0
    if np.any(seen & (failures > 0.0)):
        return None
    return np.where(seen, 1.0, -1.0)[:, None]
