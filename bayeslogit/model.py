"""What the user builds: a table, a formula and priors become a :class:`Model`."""

from __future__ import annotations

import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from bayeslogit import design as designs
from bayeslogit.design import Design
from bayeslogit.errors import BayesLogitWarning, DesignError, MethodRefused, PriorError, listing
from bayeslogit.families import Family
from bayeslogit.fit import Fit
from bayeslogit.inference import METHODS, Method
from bayeslogit.inference.approximation_error import judge_gaussian
from bayeslogit.inference.base import Outcome
from bayeslogit.inference.run import at_least_one, generator_of, method_of
from bayeslogit.inference.separation import improper_direction
from bayeslogit.priors import CoefficientPrior
from bayeslogit.response import Response
from bayeslogit.runtime import memory
from bayeslogit.runtime.parallel import repeatable
from bayeslogit.specification.density import Likelihood, LogDensity, class_counts
from bayeslogit.specification.layout import Layout, layout_of
from bayeslogit.specification.unobserved_levels import notes, refuse_flat_cutpoints

if TYPE_CHECKING:
    import pymc as pm
    import xarray as xr

    from bayeslogit.answers.checks.findings import Findings
    from bayeslogit.answers.checks.proportional_odds import ProportionalOdds
    from bayeslogit.answers.classical.table import Classical

__all__ = ["Model"]


@dataclass(frozen=True, eq=False)
class Model:
    """A Bayesian logistic model of one table; made by a builder such as :func:`logistic`.

    Attributes
    ----------
    design : Design
        Predictors: ``X`` (obs, coefficients), coefficient names, how to code new rows.
    response : Response
        The coded outcome, its classes and which one is the event.
    family : Family
        Likelihood and link.
    prior : CoefficientPrior
        Density on all coefficients of the raw columns, on the scale of the linear predictor
        (log-odds for the logit link).
    weights : ndarray of shape (obs,), or None
        Frequency weights; they multiply each row's log-likelihood.
    offset : ndarray of shape (obs,), or None
        Added to the linear predictor: ``offset=`` and ``offset(...)`` together.
    rows : ndarray of shape (obs,)
        Positions, in the user's table, of the rows that are used.
    dropped : int
        Rows left out because a value was missing.
    """

    design: Design
    response: Response
    family: Family
    prior: CoefficientPrior
    weights: np.ndarray | None
    offset: np.ndarray | None
    rows: np.ndarray
    dropped: int = 0

    @cached_property
    def layout(self) -> Layout:
        """Names and order of the coefficients, and the variables they become."""
        design = self.design
        return layout_of(
            self.family.arrangement,
            design.names,
            design.groups,
            self.response.classes,
            intercept=design.intercept,
            partial=self.family.partial,
        )

    @cached_property
    def density(self) -> LogDensity:
        """The log posterior on arrays."""
        response = self.response
        counts = class_counts(response.y, len(response.classes), response.trials)
        constants = self.family.constants(counts)
        if self.weights is not None:
            counts *= self.weights[:, None]
            constants = constants * self.weights
        likelihood = Likelihood(
            self.family,
            self.design.X,
            counts,
            self.offset,
            constants if constants.any() else None,
            self.layout.basis,
            _ordered_start(counts, self.layout) if self.family.arrangement == "ordered" else None,
        )
        return LogDensity(likelihood, self.prior)

    @cached_property
    def pymc(self) -> pm.Model:
        """The same model in PyMC: ``Intercept``, ``beta``, named coords, data in ``pm.Data``."""
        from bayeslogit import pymc_twin

        return pymc_twin.build(
            self.design, self.response, self.family, self.prior, self.weights, self.offset
        )

    def graph(self) -> str:
        """Return the model as a Mermaid flowchart, a text that notebooks and sites can draw."""
        import pymc as pm

        return pm.model_to_mermaid(self.pymc)

    def prior_predictive(
        self, draws: int = 1000, random_seed: int | np.random.Generator | None = None
    ) -> xr.DataTree:
        """Draw coefficients from the prior and outcomes from the model.

        Parameters
        ----------
        draws : int
        random_seed : int, numpy.random.Generator or None

        Returns
        -------
        xarray.DataTree
            Groups ``prior`` (``Intercept``, ``beta``), ``prior_predictive`` (``y``, (chain,
            draw, obs)) and ``observed_data``; one chain.

        Raises
        ------
        PriorError
            If a prior is flat: there is nothing to draw from.
        """
        import xarray as xr

        from bayeslogit.posterior.groups import prior_groups

        rng, _ = generator_of(random_seed)
        theta = self.prior.sample(rng, at_least_one("draws", draws))
        groups = prior_groups(
            self.layout, self.response, self.density.likelihood, theta, self.rows, rng
        )
        return xr.DataTree.from_dict(groups)

    def fit(
        self,
        method: str | Method = "auto",
        *,
        draws: int = 1000,
        chains: int = 4,
        random_seed: int | np.random.Generator | None = None,
        progressbar: bool = True,
        **options: Any,
    ) -> Fit:
        """Infer the coefficients.

        Parameters
        ----------
        method : str or Method, default "auto"
            A name in ``bl.METHODS`` or a configured method object.
        draws, chains : int
            Shape of what comes back; ``"map"`` is one chain of one draw.
        random_seed : int, numpy.random.Generator or None
            One seed, one answer, bit for bit. None takes a fresh seed, which ``fit.seed`` keeps.
        progressbar : bool
            Show progress of what takes longer than a moment.
        **options
            Options of the method, such as ``target_accept=0.9`` for ``"nuts"``.

        Returns
        -------
        Fit

        Raises
        ------
        MethodRefused
            If there is no such method or option, or the method cannot do this model.
        PriorError
            If flat priors leave no proper posterior, as under separation or collinearity.
        FitFailed
            If the computation could not be completed.

        Examples
        --------
        >>> import bayeslogit as bl
        >>> model = bl.logistic("passed ~ hours", bl.load_dataset("exam"), priors="flat")
        >>> model.fit("map").summary()["mode"].round(4).tolist()
        [-4.0777, 1.5046]
        """
        chosen = method_of(method, options)
        draws, chains = at_least_one("draws", draws), at_least_one("chains", chains)
        rng, seed = generator_of(random_seed)
        with repeatable():
            begin = time.perf_counter()
            outcome = self._infer(chosen, draws, chains, rng, progressbar)
            seconds = time.perf_counter() - begin
        for problem in outcome.problems:
            if problem.severity != "note":
                warnings.warn(problem.sentence, BayesLogitWarning, stacklevel=2)
        return Fit(self, chosen.name, outcome, seed, seconds)

    def _infer(
        self,
        chosen: Method,
        draws: int,
        chains: int,
        rng: np.random.Generator,
        progressbar: bool,
    ) -> Outcome:
        """Refuse what cannot be fitted, run the method, and judge what it found."""
        self._refuse_improper()
        density = self.density
        reason = chosen.refuses(density)
        if reason is not None:
            others = [n for n, m in METHODS.items() if m().refuses(density) is None]
            raise MethodRefused(
                f"method {chosen.name!r} refuses this model: {reason}; expected a model within "
                f"its reach; methods that accept it: {listing(others)}."
            )
        if not chosen.point:
            # The draws, their copy with names, and what summaries rank; then a few matrices.
            memory.require(
                8.0 * (3.0 * chains * draws * density.size + 4.0 * density.size**2),
                f"{chains} chains of {draws:,} draws of {density.size:,} coefficients",
                "ask for fewer draws: 4 chains of 1 000 are enough for most purposes",
            )
        outcome = chosen.run(density, draws=draws, chains=chains, rng=rng, progressbar=progressbar)
        if not (outcome.exact or chosen.point):
            outcome = judge_gaussian(density, outcome, rng)
        return replace(outcome, problems=outcome.problems + notes(self.response))

    def _refuse_improper(self) -> None:
        """Refuse flat priors that the data leave without a proper posterior (or finite mode)."""
        if self.prior.proper:
            return
        if self.family.arrangement == "ordered":
            refuse_flat_cutpoints(self.response, self.family, self.prior)
        names = improper_direction(self.density)
        if names is None:
            return
        constant = set(designs.constant_columns(self.design)) & set(names.coefficients)
        kind = f"; {listing(sorted(constant))} is constant" if constant else ""
        raise PriorError(
            f"{names.reason} along {listing(names.coefficients)}{kind}, and a prior there is "
            "flat; expected data that bound every flat coefficient, because otherwise no "
            "posterior (and no finite maximum likelihood estimate) exists; give these "
            "coefficients a proper prior, for example Normal(0, 2.5), or leave columns out."
        )

    def check(self) -> Findings:
        """Check the data and the prior, before any fit.

        Separation, collinearity, sparse cells of factors and outcome, events per variable, what
        the prior expects, and for counts whether they scatter more than trials do.

        Returns
        -------
        Findings
            Worst first; ``table`` is a data frame, ``findings`` the values.

        Examples
        --------
        >>> import bayeslogit as bl
        >>> found = bl.logistic("passed ~ hours", bl.load_dataset("exam")).check()
        >>> found["events"].values["events_per_variable"], found["separation"].severity
        (10.0, 'ok')
        """
        from bayeslogit.answers.checks.check import check_model
        from bayeslogit.response.wording import outcome_in_words

        return check_model(
            self.design,
            self.response,
            self.density,
            slopes=self.layout.slopes,
            weights=self.weights,
            heading=f"Check of the model of {outcome_in_words(self.response)}",
        )

    def classical(
        self,
        *,
        ci_prob: float = 0.95,
        intervals: str = "profile",
        posterior: np.ndarray | None = None,
    ) -> Classical:
        """Fit by maximum likelihood: the frequentist table, whatever the priors are.

        Parameters
        ----------
        ci_prob : float
            Confidence of the intervals: 0.95, the convention of such tables.
        intervals : {"profile", "wald"}
        posterior : ndarray, shape (coefficients, draws), optional
            Draws to show beside the estimates.

        Returns
        -------
        Classical
            Estimates, tests, profile intervals, deviances, indices; Firth's estimate beside
            them; where the outcome is separated, which estimates are infinite.

        Raises
        ------
        DesignError
            If columns are collinear: then no estimate is unique. If the model has a precision
            beside its coefficients (``dispersion=``).
        FitFailed
            If the likelihood of several classes has no maximum.

        Examples
        --------
        >>> import bayeslogit as bl
        >>> found = bl.logistic("passed ~ hours", bl.load_dataset("exam")).classical()
        >>> found.coefficients[["estimate", "se", "p"]].round(4).values.tolist()
        [[-4.0777, 1.761, 0.0206], [1.5046, 0.6287, 0.0167]]
        """
        from bayeslogit.answers.classical.table import classical
        from bayeslogit.response.wording import outcome_in_words

        if self.family.arrangement == "dispersed":
            raise DesignError(
                f"the {self.family.name} model has a precision beside its coefficients, for which "
                "this table has no tests; expected a model without; leave dispersion= out, or fit "
                "with method='map' and wide priors for the estimate alone"
            )

        layout = self.layout
        link = self.family.link
        return classical(
            self.density.likelihood,
            self.response,
            names=layout.names,
            terms={term: layout.places[term] for term in self.design.groups},
            slopes=layout.slopes,
            rows=self.rows,
            weights=self.weights,
            heading=f"Maximum likelihood for {outcome_in_words(self.response)} ({link} link)",
            ci_prob=ci_prob,
            intervals=intervals,
            posterior=posterior,
        )

    def check_proportional_odds(
        self,
        *,
        ci_prob: float = 0.94,
        loo: bool = False,
        terms: Sequence[str] | None = None,
        **options: Any,
    ) -> ProportionalOdds:
        """Ask of an ordinal model whether one slope serves all boundaries, before fitting it.

        Parameters
        ----------
        ci_prob : float
            Posterior probability of the intervals.
        loo : bool
            Also fit both models, with one slope and with slopes of their own at each boundary,
            and compare them by leave-one-out (of cases, where weights are whole numbers).
        terms : sequence of str, optional
            Whose slopes may differ in that; all terms by default.
        **options
            Of :meth:`fit`, such as ``random_seed``.

        Returns
        -------
        ProportionalOdds
            Slopes of separate yes/no models of being above each boundary, compared, and
            ``comparison`` where ``loo``.

        Raises
        ------
        DesignError
            If the model is not ordinal, or has no slopes.
        """
        from bayeslogit.answers.checks.partial_slopes import compare_slopes
        from bayeslogit.answers.checks.proportional_odds import proportional_odds

        if self.family.arrangement != "ordered":
            raise DesignError(
                f"the {self.family.name} model has no boundaries between ordered classes; "
                "expected an ordinal model; build one with ordinal()"
            )
        design, response = self.design, self.response
        found = proportional_odds(
            design.X,
            response.y,
            response.classes,
            design.names,
            design.groups,
            link=self.family.link,
            weights=self.weights,
            offset=self.offset,
            ci_prob=ci_prob,
        )
        return replace(found, comparison=compare_slopes(self, terms, **options)) if loo else found

    def __repr__(self) -> str:
        from bayeslogit.answers.summaries.describe import describe

        return describe(
            self.design,
            self.response,
            self.family,
            self.prior,
            self.layout,
            weighted=self.weights is not None,
            offset=self.offset is not None,
            dropped=self.dropped,
        )


def _ordered_start(counts: np.ndarray, layout: Layout) -> np.ndarray:
    """Return ordered cutpoints at the observed shares, and slopes of zero: a finite start."""
    share = np.cumsum(counts.sum(axis=0) + 0.5)[:-1] / (counts.sum() + 0.5 * counts.shape[1])
    start = np.zeros(len(layout.names))
    start[: len(share)] = np.log(share / (1.0 - share))
    return start
