"""A fit carried over to a population in which the share of cases is known."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from bayeslogit.answers.adjustment.prevalence import (
    corrected_theta,
    population_weights,
    prevalence_draws,
)
from bayeslogit.errors import DesignError
from bayeslogit.facade.charts import Charts
from bayeslogit.facade.pictures import Portraits
from bayeslogit.fit import Fit
from bayeslogit.inference import Gaussian

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = ["PopulationFit", "with_prevalence"]


def with_prevalence(fit: Fit, prevalence: Any, random_seed: int | None = None) -> PopulationFit:
    """Return a fit of sampled cases and controls, corrected to a population.

    Parameters
    ----------
    fit : Fit
    prevalence : float, array, scipy.stats distribution, or dict
        See :func:`bayeslogit.answers.adjustment.prevalence.prevalence_draws`.
    random_seed : int, optional
        For draws of a distribution; by default derived from the seed of the fit.
    """
    pieces = fit.pieces
    rng = np.random.default_rng([fit.seed or 0, 5] if random_seed is None else random_seed)
    shares = prevalence_draws(pieces, prevalence, rng)
    theta, shift = corrected_theta(pieces, shares)
    draws = theta.T.reshape(fit.outcome.draws.shape)
    label = f"{fit.outcome.label}; intercept corrected to a prevalence of {_in_words(shares)}"
    gaussian = fit.outcome.gaussian if fit.point else None
    if gaussian is not None:
        # A known prevalence moves the mode, and nothing of the curvature there.
        gaussian = Gaussian(theta[:, 0], gaussian.covariance)
    outcome = replace(
        fit.outcome, draws=np.ascontiguousarray(draws), gaussian=gaussian, evidence=None
    )
    outcome = replace(outcome, label=label)
    model = replace(
        fit.model,
        weights=population_weights(pieces, shares),
        response=replace(fit.model.response, case_control=False),
    )
    inner = replace(fit, model=model, outcome=outcome)
    return PopulationFit(fit, inner, shares, shift)


def _in_words(shares: np.ndarray) -> str:
    events = shares[1:]
    spread = np.ptp(events, axis=1).max() > 0.0
    shown = ", ".join(f"{v:.4g}" for v in events.mean(axis=1))
    return f"{shown} on average" if spread else shown


class _OfTheSampleError(DesignError, AttributeError):
    """Something was asked of a population that only the sample can say."""


@dataclass(frozen=True, eq=False)
class PopulationFit(Charts, Portraits):
    """Answers for a population, from a sample in which the share of cases was chosen.

    Predictions, effects, decisions and their pictures are those of a
    :class:`~bayeslogit.fit.Fit`, with the intercept corrected; averages over the fitted rows weigh
    cases and controls as the population has them. Right and wrong forecasts (``confusion``,
    ``net_benefit``, ``precision_recall`` and their pictures) are of cases and controls among
    themselves, put together by the prevalence. What is about the sample (checks, leave-one-out,
    residuals, files) is asked of :attr:`sample`, and a sentence says so.

    Attributes
    ----------
    sample : Fit
        The fit to the sample.
    fit : Fit
        The same with corrected intercepts.
    prevalence : ndarray, shape (classes, draws)
        Share of each class in the population.
    shift : ndarray, shape (intercepts, draws)
        What was added to each intercept, in log-odds.
    """

    sample: Fit
    fit: Fit
    prevalence: np.ndarray
    shift: np.ndarray

    @property
    def model(self) -> Any:  # type: ignore[override]
        """The model, with weights that make classes as common as in the population."""
        return self.fit.model

    @property
    def method(self) -> str:  # type: ignore[override]
        """Name of the method of the sample's fit."""
        return self.fit.method

    @property
    def outcome(self) -> Any:  # type: ignore[override]
        """Draws with corrected intercepts."""
        return self.fit.outcome

    @property
    def seed(self) -> int | None:  # type: ignore[override]
        """Seed of the sample's fit."""
        return self.fit.seed

    @property
    def _sample(self) -> Fit:  # type: ignore[override]
        return self.sample

    @property
    def _shares(self) -> np.ndarray:  # type: ignore[override]
        return self.prevalence

    @cached_property
    def theta(self) -> np.ndarray:
        """All draws as (coefficients, chains x draws), in log-odds."""
        return self.fit.theta

    @property
    def posterior(self) -> xr.Dataset:
        """Draws of the corrected coefficients, by name."""
        return self.fit.posterior

    def summary(self, scale: str = "log_odds", **options: Any) -> pd.DataFrame:
        """Return the table of coefficients; see :meth:`bayeslogit.fit.Fit.summary`."""
        return self.fit.summary(scale, **options)

    def predict(self, new: Any = None, **options: Any) -> pd.DataFrame | xr.DataArray:
        """Predict for the population; see :meth:`bayeslogit.fit.Fit.predict`."""
        return self.fit.predict(new, **options)

    def curve(self, name: str, values: Any = None, **options: Any) -> pd.DataFrame:
        """Return the probability along a predictor; see :meth:`bayeslogit.fit.Fit.curve`."""
        return self.fit.curve(name, values, **options)

    def solve(self, name: str, **options: Any) -> pd.DataFrame:
        """Return where a probability is reached; see :meth:`bayeslogit.fit.Fit.solve`."""
        return self.fit.solve(name, **options)

    def __repr__(self) -> str:
        shift = ", ".join(f"{v:.4f}" for v in self.shift.mean(axis=1))
        return (
            f"{type(self).__name__}: {self.outcome.label}\n"
            f"  {shift} added to the intercept (log-odds); ask .sample about the sample itself"
        )

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name not in dir(Fit):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        raise _OfTheSampleError(
            f"{name} was asked of a population, and is about the sample, in which the share of "
            "cases was chosen; expected predictions, effects, forecasts or decisions; ask "
            f".sample.{name} (on the command line leave --prevalence out)"
        )
