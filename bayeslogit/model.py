"""What a user holds: values with verbs bound to them; a verb is a function in its room."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import numpy as np

from bayeslogit import export, plots, storage
from bayeslogit.answers import (
    adjustment,
    checks,
    choices,
    classical,
    comparison,
    decisions,
    effects,
    evaluation,
    prediction,
    summaries,
)
from bayeslogit.errors.closed import KeepWord
from bayeslogit.errors.door import answering
from bayeslogit.inference import Method
from bayeslogit.inference.run import Run, run
from bayeslogit.plots.nomogram import plot_nomogram
from bayeslogit.plots.validation import plot_validation
from bayeslogit.posterior import from_prior, groups
from bayeslogit.posterior.posterior import Population, Posterior
from bayeslogit.pymc_twin import of_model
from bayeslogit.report.report import report
from bayeslogit.specification.specification import Specification

__all__ = ["Fit", "Model", "PopulationFit"]


@dataclass(frozen=True, eq=False)
class Model(Specification):
    """A Bayesian logistic model of one table; made by a builder such as :func:`logistic`.

    It holds ``design``, ``response``, ``family``, ``prior``, ``weights``, ``offset`` and ``rows``.

    See Also
    --------
    bayeslogit.specification.specification.Specification : The attributes, with shape and scale.
    bayeslogit.logistic : A builder.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> model = bl.logistic("passed ~ hours", bl.load_dataset("exam"))
    >>> model.response.name, model.design.names
    ('passed', ('Intercept', 'hours'))
    """

    pymc = cached_property(of_model.twin)
    graph = of_model.graph
    to_pymc_code = export.to_pymc_code

    def fit(
        self,
        method: str | Method = "auto",
        *,
        draws: int = 1000,
        chains: int = 4,
        random_seed: int | np.random.Generator | None = None,
        progressbar: bool = True,
        keep: KeepWord = "draws",
        cache: str | os.PathLike[str] | None = None,
        **options: Any,
    ) -> Fit:
        """Infer the posterior of the coefficients.

        Parameters
        ----------
        method : str or Method, default "auto"
            A name in ``bl.METHODS`` or a configured method object.
        draws, chains : int
            Draws of each chain, and chains, both at least 1; ``"map"`` is one chain of one draw.
        random_seed : int, numpy.random.Generator or None
            One seed, one answer, bit for bit. None takes a fresh seed, which ``fit.seed`` keeps.
        progressbar : bool
            Show progress of what takes longer than a moment.
        keep : {"draws", "scales"}
            Of the effects of groups: all draws, or moments, quantiles and ranks alone, which
            takes a hundredth of the memory; what needs the draws then says so.
        cache : str or path, optional
            A file that keeps the fit. It is read in place of fitting again while data, formula,
            priors, method, options, seed and versions are the same (``random_seed=None`` is the
            same as itself); else the logger ``bayeslogit`` says which changed. Any other file
            of that name is refused and left as it is.
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
        StorageError
            If ``cache`` is a file of another kind, or cannot be written.

        See Also
        --------
        check : What to know of the data before a fit.

        Examples
        --------
        >>> import bayeslogit as bl
        >>> model = bl.logistic("passed ~ hours", bl.load_dataset("exam"), priors="flat")
        >>> model.fit("map").summary()["mode"].round(4).tolist()
        [-4.0777, 1.5046]
        """
        settings = {"draws": draws, "chains": chains, "keep": keep, **options}

        def infer() -> Run:
            return run(self, method, random_seed=random_seed, progressbar=progressbar, **settings)

        if cache is None:
            return Fit(self, *infer())
        asked = {"method": method, "options": settings, "seed": random_seed}
        return Fit(self, *storage.through_cache(self, cache, asked, infer))

    compare_methods = comparison.compare_methods
    prior_predictive = from_prior.prior_predictive
    check = checks.check_model
    calibrate, plot_ranks, plan = checks.calibrate, plots.plot_ranks, checks.plan
    check_proportional_odds = checks.check_proportional_odds
    classical = classical.classical
    __repr__, _repr_html_ = summaries.describe, summaries.model_in_html


@dataclass(frozen=True, eq=False, repr=False)
class Fit(Posterior):
    """The posterior of a model, from any method.

    It holds ``model``, ``method``, ``outcome`` (the draws), ``seed`` and ``seconds``.

    See Also
    --------
    bayeslogit.posterior.posterior.Posterior : The attributes, with shape and unit.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> model = bl.logistic("passed ~ hours", bl.load_dataset("exam"))
    >>> fit = model.fit(random_seed=1)
    >>> fit.summary("odds_ratio")["median"].round(1).tolist()
    [0.0, 4.6]
    """

    model: Model

    # ---- the posterior and its summaries
    idata = cached_property(groups.idata)
    extend = groups.extend
    refine = adjustment.refine
    summary = summaries.summary
    table = summaries.table
    group_effects = summaries.group_effects
    diagnostics = summaries.diagnostics
    classical = classical.beside_posterior

    # ---- prediction and effects
    predict = prediction.predict
    curve = prediction.curve
    solve = prediction.solve
    predictions = effects.predictions
    comparisons = effects.comparisons
    slopes = effects.slopes
    in_words = effects.in_words
    draws_frame = effects.draws_frame

    # ---- choices among alternatives
    shares = choices.shares
    elasticities = choices.elasticities
    willingness_to_pay = choices.willingness_to_pay
    check_alternatives = choices.check_alternatives

    # ---- decisions
    decide = decisions.decide
    expected_cost = decisions.expected_cost
    cost_curve = decisions.cost_curve

    # ---- evaluation
    calibration = evaluation.calibration
    r_squared = evaluation.r_squared
    confusion = evaluation.confusion
    roc = evaluation.roc
    precision_recall = evaluation.precision_recall
    auc = evaluation.auc
    concordance = evaluation.concordance
    net_benefit = evaluation.net_benefit
    validate = evaluation.validate
    points = evaluation.points
    residuals = evaluation.residuals
    binned_residuals = evaluation.binned_residuals
    loo = comparison.loo
    kfold = comparison.kfold
    internal_external = comparison.internal_external

    # ---- checks, and what becomes of the posterior elsewhere or later
    check = checks.check_fit
    movement = checks.movement
    update = adjustment.update

    def with_prevalence(self, prevalence: Any, *, random_seed: int | None = None) -> PopulationFit:
        """Return this fit carried over to a population in which the share of cases is known.

        For case-control samples, and for rows weighted by class: slopes stay, the intercept
        moves by ``log(pi / (1 - pi)) - log(s / (1 - s))``, where ``pi`` is the prevalence and
        ``s`` the weighted share of cases in the sample.

        Parameters
        ----------
        prevalence : float, array, scipy.stats distribution, or dict
            Strictly between 0 and 1. An array holds draws of an uncertain prevalence, matched
            to those of the posterior at random; a dict has a share for each of several classes.
        random_seed : int, optional
            For an uncertain prevalence; by default derived from the seed of the fit.

        Returns
        -------
        PopulationFit
            Predictions, effects and decisions for the population; averages over the fitted rows
            weigh cases and controls as the population has them.

        Raises
        ------
        DesignError
            If the prevalence is not between 0 and 1, the link is not the logit, the model has no
            intercept, or its classes are ordered and not compared with their neighbours
            (``form="adjacent"``).
        MethodRefused
            If an uncertain prevalence meets a point estimate.

        See Also
        --------
        update : The posterior after more rows.

        References
        ----------
        Prentice, R. L. and Pyke, R. (1979). Logistic disease incidence models and case-control
        studies. doi:10.1093/biomet/66.3.403

        Examples
        --------
        >>> import bayeslogit as bl
        >>> fit = bl.logistic("passed ~ hours", bl.load_dataset("exam"), priors="flat").fit("map")
        >>> fit.with_prevalence(0.1).predict({"hours": [2]})["estimate"].round(4).tolist()
        [0.0368]
        """
        found = adjustment.in_population(self, prevalence, random_seed)
        return PopulationFit(**{name: getattr(found, name) for name in _FIELDS})

    # ---- pictures and files
    plot_curve = plots.plot_curve
    plot_forest = plots.plot_forest
    plot_simplex = plots.plot_simplex
    plot_ppc = plots.plot_ppc
    plot_prior = plots.plot_prior
    plot_movement = plots.plot_movement
    plot_effects = plots.plot_effects
    plot_groups = plots.plot_groups
    plot_calibration = plots.plot_calibration
    plot_roc = plots.plot_roc
    plot_precision_recall = plots.plot_precision_recall
    plot_separation = plots.plot_separation
    plot_residuals = plots.plot_residuals
    plot_influence = plots.plot_influence
    plot_net_benefit = plots.plot_net_benefit
    plot_costs = plots.plot_costs
    plot_validation = plot_validation
    plot_nomogram = plot_nomogram
    report = report
    save = storage.save
    to_dict, to_sql = export.to_dict, export.to_sql
    __repr__, _repr_html_ = summaries.describe_fit, summaries.fit_in_html


_FIELDS = tuple(Posterior.__dataclass_fields__)


@dataclass(frozen=True, eq=False, repr=False)
class PopulationFit(Posterior):
    """Answers for a population, from a sample in which the share of cases was chosen.

    Predictions, effects, decisions and their pictures are those of a :class:`Fit`, with the
    intercept corrected; averages over the fitted rows weigh cases and controls as the population
    has them. Right and wrong forecasts (``confusion``, ``net_benefit``, ``precision_recall`` and
    their pictures) are of cases and controls among themselves, put together by the prevalence.
    What is about the sample (checks, leave-one-out, residuals, files) belongs to :attr:`sample`.

    Attributes
    ----------
    model : Model
        With weights that make classes as common as in the population.
    method, outcome, seed, seconds
        Of the sample's fit; the draws have corrected intercepts.
    population : Population
        The sample, the shares of the classes and what was added to the intercepts.

    See Also
    --------
    Fit.with_prevalence : Makes one.

    Examples
    --------
    Half of the sample passed; where one in ten does, every log-odds is lower by log(9):

    >>> import bayeslogit as bl
    >>> model = bl.logistic("passed ~ hours", bl.load_dataset("exam"))
    >>> fit = model.fit(random_seed=1)
    >>> population = fit.with_prevalence(0.1)
    >>> population.prevalence[:, 0].tolist(), population.shift.mean().round(3)
    ([0.9, 0.1], np.float64(-2.197))
    >>> population.sample is fit, population.fit.n_draws
    (True, 4000)
    """

    model: Model
    population: Population

    @property
    def sample(self) -> Fit:
        """The fit to the sample."""
        return cast("Fit", self.population.sample)

    @property
    def fit(self) -> Fit:
        """The same coefficients as a fit of their own."""
        return Fit(self.model, self.method, self.outcome, self.seed, self.seconds)

    @property
    def prevalence(self) -> np.ndarray:
        """Share of each class in the population, (classes, draws)."""
        return self.population.shares

    @property
    def shift(self) -> np.ndarray:
        """What was added to each intercept, (intercepts, draws), in log-odds."""
        return self.population.shift

    # ---- verbs that have a meaning for a population
    summary, predict, curve, solve = Fit.summary, Fit.predict, Fit.curve, Fit.solve
    predictions, comparisons = Fit.predictions, Fit.comparisons
    slopes, in_words, draws_frame = Fit.slopes, Fit.in_words, Fit.draws_frame
    to_dict, to_sql = Fit.to_dict, Fit.to_sql
    decide, expected_cost, cost_curve = Fit.decide, Fit.expected_cost, Fit.cost_curve
    calibration, r_squared, confusion = Fit.calibration, Fit.r_squared, Fit.confusion
    roc, precision_recall = Fit.roc, Fit.precision_recall
    auc, net_benefit = Fit.auc, Fit.net_benefit
    plot_curve, plot_forest = Fit.plot_curve, Fit.plot_forest
    plot_simplex, plot_effects = Fit.plot_simplex, Fit.plot_effects
    plot_calibration, plot_roc = Fit.plot_calibration, Fit.plot_roc
    plot_precision_recall, plot_net_benefit = Fit.plot_precision_recall, Fit.plot_net_benefit
    plot_costs = Fit.plot_costs

    def __repr__(self) -> str:
        shift = ", ".join(f"{v:.4f}" for v in self.shift.mean(axis=1))
        return (
            f"{type(self).__name__}: {self.outcome.label}\n"
            f"  {shift} added to the intercept (log-odds); ask .sample about the sample itself"
        )


_ = [answering(holder) for holder in (Model, Fit, PopulationFit)]
for _name in vars(Fit):
    if not _name.startswith("_") and not hasattr(PopulationFit, _name):
        setattr(PopulationFit, _name, adjustment.only_of_the_sample(_name))
