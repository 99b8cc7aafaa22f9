"""What families of ordered classes share, and the Dirichlet prior of their class probabilities.

All have one linear predictor per boundary between neighbouring classes,
``eta_k = cutpoint_k - x beta``, so that a positive coefficient moves towards higher classes.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field

import numpy as np

from bayeslogit.families.base import Family, arrangements, draw_classes
from bayeslogit.families.links import LINKS, Link

__all__ = ["Ordered", "log_normaliser"]


@dataclass(frozen=True)
class Ordered(Family):
    """Classes with an order, and a linear predictor for each boundary between two of them.

    A Dirichlet distribution of the class probabilities of one row is a density of its linear
    predictors too: that of the probabilities times the volume they gain per volume of the
    predictors. ``concentration`` is (classes,) below.
    """

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

    def log_likelihood(self, eta: np.ndarray, counts: np.ndarray) -> np.ndarray:
        """Return the log-likelihood over all rows, (columns,), in nats."""
        return self.row_log_likelihood(eta, counts).sum(axis=0)

    def constants(self, counts: np.ndarray) -> np.ndarray:
        """Return the logarithms of the multinomial coefficients, (rows,)."""
        return arrangements(counts)

    def simulate(
        self, eta: np.ndarray, trials: np.ndarray | None, rng: np.random.Generator
    ) -> np.ndarray:
        """Return class codes, (rows, columns)."""
        return draw_classes(self.probabilities(eta), rng)

    @abstractmethod
    def margins(self, concentration: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the beta distribution of ``F(eta_k)`` under a Dirichlet, for each boundary."""

    def margin(self, eta: np.ndarray, beta: np.ndarray) -> np.ndarray:
        """Return the log density of a predictor whose ``F`` has a beta distribution, elementwise.

        ``beta`` holds its two parameters, as :meth:`margins` gives them for each boundary.
        """
        above, below = self._link.log_probs(eta)
        value = (beta[0] - 1.0) * below + (beta[1] - 1.0) * above
        return log_normaliser(beta) + value + self._link.log_density(eta)[0]

    @abstractmethod
    def boundaries(self, shares: np.ndarray) -> np.ndarray:
        """Return linear predictors (boundaries, columns) of positive shares (classes, columns).

        Shares need not sum to one. This is the inverse of :meth:`probabilities`.
        """

    @abstractmethod
    def simplex(self, eta: np.ndarray, concentration: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return log density (columns,) and gradient of a Dirichlet, at (boundaries, columns)."""

    @abstractmethod
    def simplex_curvature(self, eta: np.ndarray, concentration: np.ndarray) -> np.ndarray:
        """Return minus the second derivatives at (boundaries,), (boundaries, boundaries)."""


def log_normaliser(concentration: np.ndarray) -> float:
    """Return the log of the factor that makes a Dirichlet density integrate to one, in nats."""
    from scipy.special import gammaln

    return float(gammaln(concentration.sum()) - gammaln(concentration).sum())
