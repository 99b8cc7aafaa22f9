"""What every question starts from: the posterior taken apart."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

import numpy as np

from bayeslogit import summaries
from bayeslogit.pieces import Pieces

if TYPE_CHECKING:
    from bayeslogit.inference import Outcome
    from bayeslogit.model import Model

__all__ = ["Asked"]


class Asked(ABC):
    """A model with draws of its posterior, of which questions are asked.

    Attributes
    ----------
    model : Model
    method : str
    outcome : Outcome
    seed : int or None
    """

    model: Model
    method: str
    outcome: Outcome
    seed: int | None

    @property
    @abstractmethod
    def theta(self) -> np.ndarray:
        """All draws as (coefficients, chains x draws), in log-odds."""

    @property
    def pieces(self) -> Pieces:
        """The posterior taken apart, as the modules that compute answers take it."""
        m = self.model
        return Pieces(
            m.design,
            m.response,
            m.family,
            self.theta,
            self.outcome.draws.shape[0],
            m.layout.basis,
            m.weights,
            m.offset,
            self.method,
            {
                "inference_library": "bayeslogit",
                "method": self.method,
                "label": self.outcome.label,
                "outcome": summaries.outcome_in_words(m.response),
            },
        )

    def _log_weights(self) -> np.ndarray | None:
        """Return log posterior over approximation at each draw, in nats, where one is sampled."""
        gaussian = self.outcome.gaussian
        if self.outcome.exact or gaussian is None or self.theta.shape[1] == 1:
            return None
        return self.model.density.value(self.theta) - gaussian.log_density(self.theta)
