"""The plain pieces of a posterior that answers are computed from, and rows to compute them on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from bayeslogit.design import Design
from bayeslogit.families import LINKS, Family
from bayeslogit.response import Response
from bayeslogit.specification.density import Likelihood, class_counts

if TYPE_CHECKING:
    pass

__all__ = ["Origin", "Pieces"]


@dataclass(frozen=True, eq=False)
class Origin:
    """The sample that figures for a population come from, in which classes had other shares.

    Parameters
    ----------
    theta : ndarray, shape (coefficients, draws)
        Draws of the posterior given the sample.
    weights : ndarray, shape (rows,), optional
        Frequency weights of the sample's rows.
    shares : ndarray, shape (classes, draws)
        Share of each class in the population.
    """

    theta: np.ndarray
    weights: np.ndarray | None
    shares: np.ndarray


@dataclass(frozen=True, eq=False)
class Pieces:
    """A posterior, taken apart.

    Parameters
    ----------
    design : Design
    response : Response
    family : Family
    theta : ndarray, shape (coefficients, draws)
        All chains side by side.
    chains : int
        How many chains the draws are of.
    basis : ndarray, shape (predictors x columns, coefficients), optional
        How coefficients make the weights of each column; see ``Likelihood``.
    weights : ndarray, shape (rows,), optional
        Frequency weights of the fitted rows.
    offset : ndarray, shape (rows,), optional
        Everything added to the linear predictor of the fitted rows.
    method : str
        Name of the method, for sentences.
    attrs : dict
        Attributes of the tables that come out.
    origin : Origin, optional
        Of figures for a population: the sample that they come from.
    """

    design: Design
    response: Response
    family: Family
    theta: np.ndarray
    chains: int
    basis: np.ndarray | None
    weights: np.ndarray | None
    offset: np.ndarray | None
    method: str
    attrs: dict[Any, Any]
    origin: Origin | None = None

    @property
    def draws(self) -> int:
        """Number of draws over all chains."""
        return self.theta.shape[1]

    @property
    def point(self) -> bool:
        """Whether there is one draw only: a point estimate."""
        return self.draws == 1

    @property
    def several(self) -> bool:
        """Whether there are more than two classes, so that answers come class by class."""
        return len(self.response.classes) > 2

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes whose probabilities are reported: the event alone, or all of several."""
        return self.response.classes if self.several else self.response.classes[1:]

    @property
    def column_weights(self) -> np.ndarray:
        """Weights of the columns of X by linear predictor, (predictors, columns, draws)."""
        flat = self.theta if self.basis is None else self.basis @ self.theta
        return flat.reshape(self.family.n_eta, -1, self.draws)

    def probabilities(self, eta: np.ndarray) -> np.ndarray:
        """Return probabilities of the classes reported, (classes, rows, draws).

        ``eta`` is (predictors, rows, draws).
        """
        if self.several:
            return self.family.probabilities(eta)
        return LINKS[self.family.link].prob(eta[0])[None]

    def linear(self, eta: np.ndarray) -> np.ndarray:
        """Return the linear predictor of the event, (1, rows, draws), of two classes."""
        return eta[:1]

    def complements(self, eta: np.ndarray) -> np.ndarray:
        """Return one minus each probability, accurate where it is small."""
        if not self.several:
            return LINKS[self.family.link].complement(eta[0])[None]
        prob = self.family.probabilities(eta)
        others = 1.0 - np.eye(len(prob))
        return np.einsum("kj,jrc->krc", others, prob)

    def log_probabilities(self, eta: np.ndarray) -> np.ndarray:
        """Return logarithms of the probabilities, in nats."""
        if not self.several:
            return LINKS[self.family.link].log_probs(eta[0])[1][None]
        with np.errstate(divide="ignore"):
            return np.log(self.family.probabilities(eta))

    @property
    def counts(self) -> np.ndarray:
        """Weighted cases of each class in the fitted rows, (rows, classes)."""
        response = self.response
        counts = class_counts(response.y, len(response.classes), response.trials)
        return counts if self.weights is None else counts * self.weights[:, None]

    @property
    def sampled(self) -> Pieces:
        """The pieces of the sample: these, unless they are about a population."""
        if self.origin is None:
            return self
        return replace(self, theta=self.origin.theta, weights=self.origin.weights, origin=None)

    @property
    def likelihood(self) -> Likelihood:
        """The likelihood of the fitted rows, without combinatorial constants."""
        return Likelihood(self.family, self.design.X, self.counts, self.offset, basis=self.basis)

    @property
    def frequencies(self) -> np.ndarray:
        """How many cases each fitted row stands for: its weight times its trials, (rows,)."""
        n = len(self.response.y)
        result = np.ones(n) if self.weights is None else self.weights.astype(float)
        return result if self.response.trials is None else result * self.response.trials
