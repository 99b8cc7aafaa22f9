"""Links: the distribution function F that turns a linear predictor into a probability.

A link knows ``log F`` and ``log(1 - F)`` and their derivatives; both tails are computed on
their own, never as one minus the other.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from bayeslogit.special import expit, log_expit, logit, sum_log1p_exp_neg

__all__ = ["LINKS", "Link", "Logit"]


class Link(ABC):
    """The interface of a link. Arrays are elementwise and of any shape.

    Attributes
    ----------
    name : str
        The name used in ``link=``.
    scale : str
        What one unit of the linear predictor is called, such as ``"log-odds"``.
    log_concave : bool
        Whether ``log F`` and ``log(1 - F)`` are both concave, so that the log-likelihood has one
        mode at most.
    """

    name: ClassVar[str]
    scale: ClassVar[str]
    log_concave: ClassVar[bool]

    @abstractmethod
    def prob(self, eta: np.ndarray) -> np.ndarray:
        """Return ``F(eta)``, a probability."""

    @abstractmethod
    def inverse(self, prob: np.ndarray) -> np.ndarray:
        """Return the linear predictor whose probability is ``prob``."""

    @abstractmethod
    def log_probs(self, eta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return ``log(1 - F(eta))`` and ``log F(eta)``, in nats."""

    @abstractmethod
    def total(self, eta: np.ndarray, failures: np.ndarray, successes: np.ndarray) -> np.ndarray:
        """Return ``sum(failures log(1 - F) + successes log F)`` over rows.

        ``eta`` is (rows, columns) and may be overwritten; the result is (columns,), in nats.
        """

    @abstractmethod
    def slope(self, eta: np.ndarray, failures: np.ndarray, successes: np.ndarray) -> np.ndarray:
        """Return the derivative of each row's log-likelihood by ``eta``, (rows, columns)."""

    @abstractmethod
    def curvature(
        self, eta: np.ndarray, failures: np.ndarray, successes: np.ndarray
    ) -> np.ndarray:
        """Return minus the second derivative of each row's log-likelihood by ``eta``."""


@dataclass(frozen=True)
class Logit(Link):
    """The canonical link: ``F`` is the standard logistic function, ``eta`` is in log-odds."""

    name: ClassVar[str] = "logit"
    scale: ClassVar[str] = "log-odds"
    log_concave: ClassVar[bool] = True

    def prob(self, eta: np.ndarray) -> np.ndarray:
        """Return ``1 / (1 + exp(-eta))``."""
        return expit(eta)

    def inverse(self, prob: np.ndarray) -> np.ndarray:
        """Return ``log(prob / (1 - prob))``."""
        return logit(prob)

    def log_probs(self, eta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return ``-softplus(eta)`` and ``-softplus(-eta)``."""
        return log_expit(-eta), log_expit(eta)

    def total(self, eta: np.ndarray, failures: np.ndarray, successes: np.ndarray) -> np.ndarray:
        """Return ``sum(successes eta - trials softplus(eta))``, one exponential per element."""
        # softplus(eta) = eta/2 + |eta|/2 + log(1 + exp(-|eta|)): the linear parts are matrix
        # products, and the logarithm is shared by many rows where every row is one trial.
        trials = failures + successes
        linear = (0.5 * (successes - failures)) @ eta
        np.abs(eta, out=eta)
        linear -= (0.5 * trials) @ eta
        if np.all(trials == 1.0):
            return linear - sum_log1p_exp_neg(eta)
        np.negative(eta, out=eta)
        np.exp(eta, out=eta)
        np.log1p(eta, out=eta)
        return linear - trials @ eta

    def slope(self, eta: np.ndarray, failures: np.ndarray, successes: np.ndarray) -> np.ndarray:
        """Return ``successes - trials F(eta)``."""
        trials = failures + successes
        result = expit(eta)
        result *= -trials[:, None]
        result += successes[:, None]
        return result

    def curvature(
        self, eta: np.ndarray, failures: np.ndarray, successes: np.ndarray
    ) -> np.ndarray:
        """Return ``trials F(eta) (1 - F(eta))``, accurate in both tails."""
        small = np.exp(-np.abs(eta))
        return (failures + successes)[:, None] * small / (1.0 + small) ** 2


LINKS: dict[str, Link] = {link.name: link for link in (Logit(),)}
