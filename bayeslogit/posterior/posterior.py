"""A specification with draws of its coefficients, and what is known about them."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from bayeslogit.errors import MethodRefused, Problem, listing, warn
from bayeslogit.families import LINKS
from bayeslogit.inference import METHODS, Outcome
from bayeslogit.posterior.schema import named_draws
from bayeslogit.response.wording import outcome_in_words
from bayeslogit.specification.density import Likelihood
from bayeslogit.specification.specification import Specification

if TYPE_CHECKING:
    import xarray as xr

__all__ = [
    "Population",
    "Posterior",
    "column_weights",
    "complements",
    "log_probabilities",
    "probabilities",
    "refuse_point",
]


@dataclass(frozen=True, eq=False)
class Population:
    """Where figures for a population come from: a sample in which classes had other shares.

    Attributes
    ----------
    sample : Posterior
        The posterior given the sample.
    shares : ndarray, shape (classes, draws)
        Share of each class in the population, in (0, 1).
    shift : ndarray, shape (intercepts, draws)
        What was added to each intercept, in log-odds.
    """

    sample: Posterior
    shares: np.ndarray
    shift: np.ndarray


@dataclass(frozen=True, eq=False)
class Posterior:
    """A specification with draws.

    Attributes
    ----------
    model : Specification
    method : str
        Name in ``bl.METHODS``.
    outcome : Outcome
        Draws (chain, draw, coefficient) and what the method says about them.
    seed : int or None
        The seed that gives the same draws again; None if a generator was passed in.
    seconds : float
        Wall time of the inference.
    population : Population or None
        Of figures for a population: the sample that they come from.
    """

    model: Specification
    method: str
    outcome: Outcome
    seed: int | None
    seconds: float
    population: Population | None = None

    @property
    def exact(self) -> bool:
        """Whether the draws are from the posterior itself, up to Monte Carlo error."""
        return self.outcome.exact

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Trouble found during or after the fit, each with a sentence."""
        return self.outcome.problems

    @property
    def log_evidence(self) -> float:
        """Log marginal likelihood, in nats; ``outcome.evidence`` says how exact it is.

        Raises
        ------
        MethodRefused
            If the method gives none.
        """
        if self.outcome.evidence is None:
            raise MethodRefused(
                f"method {self.method!r} gives no log evidence; expected a method that does; fit "
                "with 'laplace', 'variational', 'ep' or 'quadrature'"
            )
        return self.outcome.evidence.value

    @property
    def n_chains(self) -> int:
        """Number of chains."""
        return self.outcome.draws.shape[0]

    @property
    def n_draws(self) -> int:
        """Number of draws over all chains."""
        return self.n_chains * self.outcome.draws.shape[1]

    @property
    def point(self) -> bool:
        """Whether this is a point estimate: one draw, without a spread."""
        return self.n_draws == 1

    @cached_property
    def theta(self) -> np.ndarray:
        """All draws, (coefficients, chains x draws), on the scale of the linear predictor."""
        draws = self.outcome.draws
        return np.ascontiguousarray(draws.reshape(-1, draws.shape[2]).T)

    @cached_property
    def posterior(self) -> xr.Dataset:
        """Draws of ``Intercept`` and ``beta`` (dim ``term``), dims ``chain`` and ``draw``."""
        layout = self.model.layout
        return named_draws(self.outcome.draws, layout.triples, layout.coords, self.attrs)

    @property
    def several(self) -> bool:
        """Whether there are more than two classes, so that answers come class by class."""
        return len(self.model.response.classes) > 2

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes whose probabilities are reported: the event alone, or all of several."""
        classes = self.model.response.classes
        return classes if self.several else classes[1:]

    @cached_property
    def likelihood(self) -> Likelihood:
        """The likelihood of the fitted rows, without combinatorial constants."""
        m = self.model
        return Likelihood(m.family, m.design.X, m.counts, m.offset, basis=m.layout.basis)

    @property
    def sample(self) -> Posterior:
        """The posterior given the sample: this one, unless it is about a population."""
        return self if self.population is None else self.population.sample

    @cached_property
    def importance(self) -> np.ndarray | None:
        """Log weights, (draws,), that carry draws of a Gaussian approximation to the posterior.

        In nats, up to a constant; None for exact draws, for a point estimate, and for
        approximations without a Gaussian. For a population they are those of its sample. Draws
        at which the log posterior is not finite get no weight.
        """
        given = self.sample
        gaussian = given.outcome.gaussian
        if given.exact or gaussian is None or given.point:
            return None
        with np.errstate(all="ignore"):
            weights = given.model.density.value(given.theta) - gaussian.log_density(given.theta)
        return np.where(np.isfinite(weights), weights, -np.inf)

    @property
    def attrs(self) -> dict[Hashable | None, Any]:
        """What tables say about where they come from."""
        return {
            "inference_library": "bayeslogit",
            "method": self.method,
            "label": self.outcome.label,
            "exact": int(self.outcome.exact),
            "outcome": outcome_in_words(self.model.response),
        }

    @property
    def caveat(self) -> str:
        """What a picture must say of its draws: an approximation, a prevalence; or nothing."""
        label = self.outcome.label
        if not self.outcome.exact and not self.point:
            return label
        return "" if self.population is None else label.rpartition("; ")[2]

    def warn_of_risks(self, what: str) -> None:
        """Warn that the share of cases was chosen, where an answer depends on it."""
        if not self.model.response.case_control:
            return
        cases = self.model.counts.sum(axis=0)
        share = cases[1] / cases.sum()
        warn(
            f"{what} were asked of a case-control sample, in which the share of cases, "
            f"{share:.4g}, was chosen and not observed; expected the prevalence in the population "
            "first; ask fit.with_prevalence(0.0001) (on the command line --prevalence 0.0001), "
            "with yours in place of the number. Odds ratios of single rows need none"
        )


def refuse_point(posterior: Posterior, what: str) -> None:
    """Refuse something that one draw cannot give.

    Parameters
    ----------
    posterior : Posterior
    what : str
        What was asked for, as a sentence begins.

    Raises
    ------
    MethodRefused
        If there is one draw; the sentence names methods with more.
    """
    if posterior.point:
        able = [name for name, method in METHODS.items() if not method.point]
        raise MethodRefused(
            f"{what} was asked of a fit by method {posterior.method!r}, which is one draw without "
            f"a spread; expected draws of the posterior; fit with one of {listing(able)}"
        )


def column_weights(posterior: Posterior) -> np.ndarray:
    """Return the weights of the columns of X by linear predictor, (predictors, columns, draws)."""
    basis, theta = posterior.model.layout.basis, posterior.theta
    flat = theta if basis is None else basis @ theta
    return flat.reshape(posterior.model.family.n_eta, -1, posterior.n_draws)


def probabilities(posterior: Posterior, eta: np.ndarray) -> np.ndarray:
    """Return probabilities of the classes that are reported.

    Parameters
    ----------
    posterior : Posterior
    eta : ndarray, shape (predictors, rows, draws)

    Returns
    -------
    ndarray, shape (classes, rows, draws)
        Of the event alone, or of each of several classes.
    """
    family = posterior.model.family
    if posterior.several:
        return family.probabilities(eta)
    return LINKS[family.link].prob(eta[0])[None]


def complements(posterior: Posterior, eta: np.ndarray) -> np.ndarray:
    """Return one minus each probability, accurate where it is small.

    Parameters and shapes are those of :func:`probabilities`.

    Parameters
    ----------
    posterior : Posterior
    eta : ndarray, shape (predictors, rows, draws)
    """
    family = posterior.model.family
    if not posterior.several:
        return LINKS[family.link].complement(eta[0])[None]
    prob = family.probabilities(eta)
    others = 1.0 - np.eye(len(prob))
    return np.einsum("kj,jrc->krc", others, prob)


def log_probabilities(posterior: Posterior, eta: np.ndarray) -> np.ndarray:
    """Return logarithms of the probabilities, in nats.

    Parameters
    ----------
    posterior : Posterior
    eta : ndarray, shape (predictors, rows, draws)
    """
    family = posterior.model.family
    if not posterior.several:
        return LINKS[family.link].log_probs(eta[0])[1][None]
    with np.errstate(divide="ignore"):
        return np.log(family.probabilities(eta))
