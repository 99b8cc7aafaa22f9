"""A specification with draws of its coefficients, and what is known about them."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from bayeslogit.errors import MethodRefused, Problem, listing, warn
from bayeslogit.families.conditional import refuse_risks
from bayeslogit.inference import METHODS, Gaussian, Outcome
from bayeslogit.posterior.schema import named_draws
from bayeslogit.response.wording import outcome_in_words
from bayeslogit.runtime.state import fields_alone
from bayeslogit.specification.as_given import as_given
from bayeslogit.specification.density import Likelihood
from bayeslogit.specification.layout import Layout
from bayeslogit.specification.specification import Specification

if TYPE_CHECKING:
    import xarray as xr

__all__ = [
    "Population",
    "Posterior",
    "column_weights",
    "fold",
    "refuse_point",
    "refuse_without_effects",
]


@dataclass(frozen=True, eq=False)
class Population:
    """The sample behind figures for a population, in which classes have other shares.

    Attributes
    ----------
    sample : Posterior
        The posterior given the sample.
    shares : ndarray, shape (classes, draws)
        Share of each class in the population, in (0, 1).
    shift : ndarray, shape (intercepts, draws)
        What was added to each intercept, in log-odds.

    See Also
    --------
    bayeslogit.Fit.with_prevalence : Makes one.
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
        What the model is: design, outcome, family, prior.
    method : str
        Name in ``bl.METHODS``.
    outcome : Outcome
        Draws (chain, draw, coefficient), and what the method knows about them.
    seed : int or None
        The seed that gives the same draws again; None if a generator was passed in.
    seconds : float
        Wall time of the inference.
    population : Population or None
        For figures about a population: the sample that they come from.
    nodes : tuple of Posterior and ndarray, or None
        For averages over groups: the posterior at several groups for each draw, one after
        another, and their weights; see :mod:`bayeslogit.posterior.group_views`.
    note : str
        What answers state about their rows, such as levels that were not fitted.

    See Also
    --------
    bayeslogit.Fit : The same with verbs.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> model = bl.logistic("passed ~ hours", bl.load_dataset("exam"))
    >>> fit = model.fit(random_seed=1)
    >>> fit.exact, fit.point, fit.problems, fit.caveat
    (True, False, (), '')
    >>> fit.n_chains, fit.n_draws, fit.theta.shape, dict(fit.posterior.sizes)
    (4, 4000, (2, 4000), {'chain': 4, 'draw': 1000, 'term': 1})
    >>> fit.classes, fit.several, fit.attrs["outcome"]
    (('1',), False, 'passed = 1')
    >>> round(fit.log_evidence, 1), round(float(fit.likelihood.value(fit.theta).max()), 1)
    (-10.9, -8.0)
    >>> fit.sample is fit, fit.importance  # log weights, of an approximation only
    (True, None)
    >>> bool((fit.given == fit.theta).all()), fit.given_gaussian  # an approximation's
    (True, None)
    >>> fit.model is model, fit.method, fit.seed, fit.population, fit.nodes
    (True, 'auto', 1, None, None)
    >>> fit.outcome.draws.shape, fit.seconds > 0, fit.layout is model.layout, fit.note
    ((4, 1000, 2), True, True, '')
    """

    model: Specification
    method: str
    outcome: Outcome
    seed: int | None
    seconds: float
    population: Population | None = None
    nodes: tuple[Posterior, np.ndarray] | None = None
    note: str = ""

    __getstate__ = fields_alone

    @property
    def exact(self) -> bool:
        """Whether the draws are from the posterior itself, up to Monte Carlo error."""
        return self.outcome.exact

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Warnings about the fit, such as divergences or separation, each with a sentence."""
        return self.outcome.problems

    @property
    def log_evidence(self) -> float:
        """Log marginal likelihood, in nats; ``outcome.evidence`` has its kind and error.

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
        chains: int = self.outcome.draws.shape[0]
        return chains

    @property
    def n_draws(self) -> int:
        """Number of draws over all chains."""
        length: int = self.outcome.draws.shape[1]
        return self.n_chains * length

    @property
    def point(self) -> bool:
        """Whether this is a point estimate: one draw, without a spread."""
        return self.n_draws == 1

    @cached_property
    def theta(self) -> np.ndarray:
        """All draws, (coefficients of X, chains x draws), on the scale of the linear predictor.

        Raises
        ------
        MethodRefused
            If the draws of the effects of groups were not kept.
        """
        refuse_without_effects(self)
        draws = self.outcome.draws
        return np.ascontiguousarray(draws.reshape(-1, draws.shape[2]).T)

    @cached_property
    def given(self) -> np.ndarray:
        """Draws of the coefficients of the columns as given, the shape of ``theta``.

        They are ``theta``, unless a column is so far from zero that it was moved.
        """
        return as_given(self.model.layout, self.theta)

    @property
    def given_gaussian(self) -> Gaussian | None:
        """The Gaussian of the method, of the coefficients of the columns as given."""
        gaussian, layout = self.outcome.gaussian, self.model.fixed_layout
        if gaussian is None or not layout.given:
            return gaussian
        half = as_given(layout, gaussian.cholesky)
        return Gaussian(as_given(layout, gaussian.mean), half @ half.T)

    @cached_property
    def posterior(self) -> xr.Dataset:
        """Draws of ``Intercept`` and ``beta`` (dim ``term``), dims ``chain`` and ``draw``.

        For each group-level term also ``sd_g``, ``cor_g`` and the effects ``u_g``, unless their
        draws were not kept.
        """
        layout = self.layout
        draws = as_given(layout, self.outcome.draws, 2)
        named = named_draws(draws, layout.triples, layout.coords, self.attrs)
        for name, values in self.outcome.scales.items():
            effect = f"{name.partition('_')[2]}_effect"
            dims = [effect, f"{effect}_2"][: values.ndim - 2]
            if dims and effect not in named.coords:
                named = named.assign_coords({effect: list(self.model.layout.coords[effect])})
            if len(dims) == 2:
                named = named.assign_coords({dims[1]: named[effect].values})
            named[name] = (("chain", "draw", *dims), values)
        return named

    @property
    def layout(self) -> Layout:
        """The layout of the draws: without effects of groups where these were not kept."""
        return self.model.layout if self.outcome.effects is None else self.model.fixed_layout

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
        if m.family.coupled:
            return m.likelihood
        return Likelihood(m.family, m.design.X, m.counts, m.offset, basis=m.layout.basis)

    @property
    def sample(self) -> Posterior:
        """The posterior given the sample: itself, unless it is about a population."""
        return self if self.population is None else self.population.sample

    @cached_property
    def importance(self) -> np.ndarray | None:
        """Log importance weights, (draws,), of a Gaussian approximation against the posterior.

        In nats, up to a constant; None for exact draws, for a point estimate, and for
        approximations without a Gaussian. For a population they are those of its sample. Draws
        at which the log posterior is not finite get weight zero.
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
        """Attributes that tables carry: the method, whether it is exact, and the outcome."""
        found: dict[Hashable | None, Any] = {
            "inference_library": "bayeslogit",
            "method": self.method,
            "label": self.outcome.label,
            "exact": int(self.outcome.exact),
            "outcome": outcome_in_words(self.model.response),
        }
        return found | ({"note": self.note} if self.note else {})

    @property
    def caveat(self) -> str:
        """What a plot must state about its draws: an approximation, a prevalence; else empty."""
        label = self.outcome.label
        if not self.outcome.exact and not self.point:
            return label
        return "" if self.population is None else label.rpartition("; ")[2]

    def warn_of_risks(self, what: str) -> None:
        """Warn, for a case-control sample, that an answer depends on its share of cases.

        For matched sets, whose level is not known, the answer is refused.

        Parameters
        ----------
        what : str
            Name of the answer in the plural, as a sentence begins: ``"predicted risks"``.

        Raises
        ------
        MethodRefused
            If the rows are members of matched sets.

        See Also
        --------
        bayeslogit.Fit.with_prevalence : Answers for a population.

        Examples
        --------
        >>> import bayeslogit as bl
        >>> import warnings
        >>> exam = bl.load_dataset("exam")
        >>> fit = bl.logistic("passed ~ hours", exam, case_control=True).fit("map")
        >>> with warnings.catch_warnings(record=True) as caught:
        ...     warnings.simplefilter("always")
        ...     fit.warn_of_risks("predicted risks")
        >>> str(caught[0].message)[:44]
        'predicted risks depend on the share of cases'
        """
        if self.model.family.coupled:
            refuse_risks(what, self.model.family.arrangement)
        if not self.model.response.case_control:
            return
        cases = self.model.counts.sum(axis=0)
        share = cases[1] / cases.sum()
        warn(
            f"{what} depend on the share of cases, and in this case-control sample that share, "
            f"{share:.4g}, was chosen and not observed; expected the prevalence in the population "
            "first; use fit.with_prevalence(0.0001) (on the command line --prevalence 0.0001), "
            "with yours in place of the number. Odds ratios of single rows do not need it"
        )


def refuse_point(posterior: Posterior, what: str) -> None:
    """Refuse a quantity that needs several draws, where the posterior is a point estimate.

    Parameters
    ----------
    posterior : Posterior
    what : str
        The quantity in the singular, as a sentence begins: ``"an interval"``.

    Raises
    ------
    MethodRefused
        If there is one draw; the message names methods with more.
    """
    if posterior.point:
        able = [name for name, method in METHODS.items() if not method.point]
        raise MethodRefused(
            f"{what} needs many draws, and a fit by method {posterior.method!r} is one draw "
            f"without a spread; expected draws of the posterior; fit with one of {listing(able)}"
        )


def refuse_without_effects(posterior: Posterior) -> None:
    """Refuse what needs the draws of the effects of groups, where they were not kept.

    Parameters
    ----------
    posterior : Posterior

    Raises
    ------
    MethodRefused
        If the fit kept moments and quantiles alone.
    """
    kept = posterior.outcome.effects
    if kept is not None:
        raise MethodRefused(
            f"this answer needs the draws of {len(kept.mean):,} effects of groups, and the fit "
            "kept their moments and quantiles (keep='scales'); expected draws of each effect; fit "
            "with keep='draws', or ask for groups='typical', 'new' or 'average' where an answer "
            "takes groups="
        )


def column_weights(posterior: Posterior) -> np.ndarray:
    """Return coefficients of the columns of X, (predictors, columns, draws), in log-odds."""
    if posterior.model.response.alternatives is not None:
        posterior.warn_of_risks("coefficients of columns")
    basis, theta = posterior.model.layout.basis, posterior.theta
    flat = theta if basis is None else basis @ theta
    return flat.reshape(posterior.model.family.n_eta, -1, posterior.n_draws)


def fold(posterior: Posterior, values: np.ndarray) -> np.ndarray:
    """Return means over the groups of a population, draw by draw.

    Parameters
    ----------
    posterior : Posterior
        One with ``nodes``, or another, for which the values are returned as they are.
    values : ndarray, shape (..., draws of the nodes)
    """
    if posterior.nodes is None:
        return values
    weights = posterior.nodes[1]
    result: np.ndarray = values.reshape(*values.shape[:-1], -1, len(weights)) @ weights
    return result
