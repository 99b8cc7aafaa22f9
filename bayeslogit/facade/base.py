"""What every question starts from: the posterior taken apart."""

from __future__ import annotations

import warnings
from abc import ABC, abstractmethod
from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

import numpy as np

from bayeslogit.errors import BayesLogitWarning
from bayeslogit.posterior.posterior import Origin, Pieces
from bayeslogit.response.wording import outcome_in_words

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
    # Of what is about a population: the fit to the sample, and the shares of the classes.
    _sample: Asked | None = None
    _shares: np.ndarray | None = None

    @property
    @abstractmethod
    def theta(self) -> np.ndarray:
        """All draws, (coefficients, chains x draws), on the scale of the linear predictor."""

    @property
    def pieces(self) -> Pieces:
        """The posterior taken apart, as the modules that compute answers take it."""
        m, origin = self.model, None
        if self._sample is not None and self._shares is not None:
            origin = Origin(self._sample.theta, self._sample.model.weights, self._shares)
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
            self._attrs(),
            origin,
        )

    def _attrs(self) -> dict[Hashable | None, Any]:
        """Return what tables say about where they come from."""
        return {
            "inference_library": "bayeslogit",
            "method": self.method,
            "label": self.outcome.label,
            "exact": int(self.outcome.exact),
            "outcome": outcome_in_words(self.model.response),
        }

    def _log_weights(self) -> np.ndarray | None:
        """Return log posterior over approximation at each draw, in nats, where one is sampled."""
        if self._sample is not None:
            return self._sample._log_weights()
        gaussian = self.outcome.gaussian
        if self.outcome.exact or gaussian is None or self.theta.shape[1] == 1:
            return None
        return self.model.density.value(self.theta) - gaussian.log_density(self.theta)

    def _warn_of_risks(self, what: str) -> None:
        """Warn that the share of cases was chosen, where an answer depends on it."""
        response = self.model.response
        if not response.case_control:
            return
        share = self.pieces.counts[:, 1].sum() / self.pieces.counts.sum()
        warnings.warn(
            f"{what} were asked of a case-control sample, in which the share of cases, "
            f"{share:.4g}, was chosen and not observed; expected the prevalence in the population "
            "first; ask fit.with_prevalence(0.0001) (on the command line --prevalence 0.0001), "
            "with yours in place of the number. Odds ratios of single rows need none",
            BayesLogitWarning,
            stacklevel=3,
        )

    def _approximate(self) -> str:
        """Return what a picture must say of its draws: an approximation, a prevalence."""
        label = self.outcome.label
        if not self.outcome.exact and self.theta.shape[1] > 1:
            return label
        return "" if self._sample is None else label.rpartition("; ")[2]
