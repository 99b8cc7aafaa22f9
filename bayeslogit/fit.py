"""What the user holds after inference: one :class:`Fit` for every method."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bayeslogit.answers.summaries.coefficients import (
    UNITS,
    check_scale,
    diagnostics_line,
    point_table,
    posterior_table,
)
from bayeslogit.answers.summaries.odds import against, odds_in_words
from bayeslogit.errors import DesignError, MethodRefused, Problem
from bayeslogit.facade.answers import Answers
from bayeslogit.facade.pictures import Pictures
from bayeslogit.inference import Outcome
from bayeslogit.posterior.interval_summary import Settings
from bayeslogit.response.wording import heading
from bayeslogit.specification.layout import LOG_PRECISION

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from bayeslogit.answers.checks.findings import Findings
    from bayeslogit.answers.classical.table import Classical
    from bayeslogit.answers.comparison.elpd import Candidate, Elpd
    from bayeslogit.model import Model

__all__ = ["Fit"]

# Values per row and draw beyond which ``idata`` leaves out the groups that hold them.
_LARGEST_GROUP = 50_000_000


@dataclass(frozen=True, eq=False)
class Fit(Answers, Pictures):
    """The posterior of a model, from any method.

    Attributes
    ----------
    model : Model
    method : str
        Name in ``bl.METHODS``.
    outcome : Outcome
        Draws (chain, draw, coefficient) and what the method says about them.
    seed : int or None
        The seed that gives the same draws again; None if a generator was passed in.
    seconds : float
        Wall time of the inference.
    """

    model: Model
    method: str
    outcome: Outcome
    seed: int | None
    seconds: float

    # ---- what was found -------------------------------------------------------------------

    @property
    def exact(self) -> bool:
        """Whether the draws are from the posterior itself, up to Monte Carlo error."""
        return self.outcome.exact

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Trouble found during or after the fit, each with a sentence."""
        return self.outcome.problems

    @property
    def point(self) -> bool:
        """Whether this is a point estimate: one draw, without a spread."""
        return self.outcome.draws.shape[:2] == (1, 1)

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

    @cached_property
    def theta(self) -> np.ndarray:
        """All draws, (coefficients, chains x draws), on the scale of the linear predictor."""
        draws = self.outcome.draws
        return np.ascontiguousarray(draws.reshape(-1, draws.shape[2]).T)

    @cached_property
    def posterior(self) -> xr.Dataset:
        """Draws of ``Intercept`` and ``beta`` (dim ``term``), dims ``chain`` and ``draw``."""
        from bayeslogit.posterior.schema import named_draws

        layout = self.model.layout
        return named_draws(self.outcome.draws, layout.triples, layout.coords, self._attrs())

    @cached_property
    def idata(self) -> xr.DataTree:
        """Everything ArviZ asks for, as one DataTree; computed when first used.

        Groups ``posterior``, ``sample_stats``, ``fit`` (mean vector and covariance matrix of a
        Gaussian, where the method has one), ``observed_data``, ``constant_data``, and, unless
        draws times rows exceed 50 million, ``log_likelihood``, ``log_prior``,
        ``posterior_predictive``, ``predictions`` (probabilities ``p`` of the rows, in [0, 1]),
        and ``prior`` and ``prior_predictive`` (where the prior is proper). Ask :meth:`extend` for
        groups that are left out.
        """
        groups = ["log_prior"]
        if self.theta.shape[1] * len(self.model.response.y) <= _LARGEST_GROUP:
            groups += ["log_likelihood", "posterior_predictive", "predictions"]
            if self.model.prior.proper:
                groups.append("prior")
        return self.extend(*groups)

    def extend(self, *groups: str) -> xr.DataTree:
        """Return the base groups and those named, as a new DataTree.

        Parameters
        ----------
        *groups : str
            Of ``"log_likelihood"``, ``"log_prior"``, ``"posterior_predictive"``,
            ``"predictions"``, ``"prior"``.

        Raises
        ------
        DesignError
            If there is no such group.
        """
        import xarray as xr

        from bayeslogit.posterior import groups as make
        from bayeslogit.posterior.schema import stats_dataset

        model, draws, rows = self.model, self.outcome.draws, self.model.rows
        likelihood = model.density.likelihood
        rng = np.random.default_rng([self.seed or 0, 1])
        known = ("log_likelihood", "log_prior", "posterior_predictive", "predictions", "prior")
        for name in groups:
            if name not in known:
                raise DesignError(
                    f"{name!r} is not a group that can be added; expected some of "
                    f"{', '.join(known)}; name one of them"
                )
        tree: dict[str, xr.Dataset] = {"posterior": self.posterior}
        if self.outcome.stats:
            tree["sample_stats"] = stats_dataset(self.outcome.stats, draws.shape[:2])
        gaussian = self.outcome.gaussian
        if gaussian is not None:
            names = list(model.layout.names)
            tree["fit"] = xr.Dataset(
                {
                    "mean_vector": ("rows", gaussian.mean),
                    "covariance_matrix": (("rows", "columns"), gaussian.covariance),
                },
                coords={"rows": names, "columns": names},
            )
        if "log_likelihood" in groups:
            tree["log_likelihood"] = make.log_likelihood(likelihood, draws, rows)
        if "log_prior" in groups:
            tree["log_prior"] = make.log_prior(model.density, draws, model.layout)
        if "posterior_predictive" in groups:
            tree["posterior_predictive"] = make.posterior_predictive(
                likelihood, draws, model.response.trials, rows, rng
            )
        if "predictions" in groups:
            tree["predictions"] = make.predictions(likelihood, draws, model.response.classes, rows)
            tree["predictions_constant_data"] = make.constant_data(
                model.design, model.response, model.weights, model.offset, rows
            )
        if "prior" in groups:
            theta = model.prior.sample(rng, max(1000, self.theta.shape[1]))
            tree |= make.prior_groups(model.layout, model.response, likelihood, theta, rows, rng)
        tree["observed_data"] = make.observed_data(model.response, rows)
        tree["constant_data"] = make.constant_data(
            model.design, model.response, model.weights, model.offset, rows
        )
        return xr.DataTree.from_dict(tree)

    # ---- tables ---------------------------------------------------------------------------

    def summary(
        self,
        scale: str = "log_odds",
        *,
        base: str | int = "e",
        reference: Any = None,
        ci_prob: float | None = None,
        ci_kind: str | None = None,
        round_to: int | None = None,
    ) -> pd.DataFrame:
        """Return a table of the coefficients, with the prior of each.

        Parameters
        ----------
        scale : {"log_odds", "odds_ratio"}
            Odds ratios are summarised after exponentiating each draw.
        base : {"e", 2, 10}
            Base of the log-odds: logits, bits or bans.
        reference : optional
            For a multinomial model: compare with this class instead, without fitting again; the
            prior is left out, since it was stated against the other reference.
        ci_prob, ci_kind : optional
            Interval; by default ArviZ's ``rcParams``. A point estimate has none.
        round_to : int, optional
            Decimals; all of them by default.

        Returns
        -------
        pandas.DataFrame
            ArviZ's columns (mean, sd, interval, ESS, R-hat, MCSE) and ``prior``; for a point
            estimate ``mode``, ``curvature_sd`` and ``prior``. The corner and ``attrs`` name the
            method and the outcome (its event); ``attrs["odds"]`` says of which odds the ratios are.
        """
        model = self.model
        logarithm = check_scale(scale, base, model.family.link)
        names, priors = (list(v) for v in zip(*model.prior.describe(), strict=True))
        draws, gaussian = self.outcome.draws, self.outcome.gaussian
        if reference is not None:
            reference, draws, names, gaussian = against(
                reference, model.family, model.response, model.layout, draws, gaussian
            )
            priors = [""] * len(names)
        sd = None if gaussian is None else np.sqrt(np.diag(gaussian.covariance))
        # The logarithm of a precision is natural, whatever the base of the log-odds.
        divisor = np.where([name == LOG_PRECISION for name in names], 1.0, logarithm)
        if scale == "odds_ratio":
            # The exponential of a logarithm of the precision is no odds ratio.
            names = ["precision" if name == LOG_PRECISION else name for name in names]
        if ci_prob is not None or ci_kind is not None:
            Settings.of(self.pieces, ci_prob, ci_kind)
        if self.point:
            table = point_table(
                draws[0, 0],
                sd,
                names,
                priors,
                scale=scale,
                divisor=divisor,
                round_to=round_to,
            )
        else:
            table = posterior_table(
                draws,
                names,
                priors,
                scale=scale,
                divisor=divisor,
                ci_prob=ci_prob,
                ci_kind=ci_kind,
                round_to=round_to,
            )
        if reference is not None:
            table = table.drop(columns="prior")
        words = heading(model.response, "outcome")
        words = self.method if words is None else f"{self.method}: {words}"
        table.columns.name = words if base == "e" else f"{words}, in {UNITS[base]}"
        table.attrs = self._attrs() | {"scale": scale, "base": base}
        if reference is not None:
            table.attrs["outcome"] = f"{model.response.name} (against {reference})"
        if model.family.link == "logit":
            table.attrs["odds"] = odds_in_words(model.response, model.family, reference)
        return table

    def refine(
        self,
        *,
        draws: int = 1000,
        chains: int = 4,
        random_seed: int | np.random.Generator | None = None,
    ) -> Fit:
        """Return exact draws from the posterior that this fit approximates.

        Parameters
        ----------
        draws, chains : int
            Shape of what comes back.
        random_seed : int, numpy.random.Generator or None
            By default the seed of this fit.

        Returns
        -------
        Fit
            By method ``"auto"``. A fit that is exact already is returned as it is.
        """
        if self.exact:
            return self
        seed = self.seed if random_seed is None else random_seed
        return self.model.fit("auto", draws=draws, chains=chains, random_seed=seed)

    def check(self, *, progressbar: bool = True) -> Findings:
        """Check the fit: its data, its draws, single rows, and the part the prior plays.

        Beside what :meth:`Model.check` looks at: convergence (or the distance of an
        approximation), rows on which the posterior leans (Pareto k of leaving each out), power
        scaling of prior and likelihood, and how far the posterior is from maximum likelihood.

        Parameters
        ----------
        progressbar : bool
            Show progress of leaving rows out, beyond two seconds.

        Returns
        -------
        Findings
            Worst first; ``table`` is a data frame, ``findings`` the values.
        """
        from bayeslogit.answers.checks.check import check_fit

        return check_fit(
            self.pieces,
            self.model.density,
            self.outcome,
            slopes=self.model.layout.slopes,
            rows=self.model.rows,
            seed=self.seed or 0,
            heading=f"Check of the fit of {self._attrs()['outcome']} by {self.method}",
            progressbar=progressbar,
        )

    @property
    def candidate(self) -> Candidate:
        """The fit as :func:`bayeslogit.compare` takes it apart."""
        from bayeslogit.answers.comparison.elpd import Candidate

        return Candidate(self.pieces, self.model.density, self.outcome, self.model.rows)

    def loo(self, *, progressbar: bool = True) -> Elpd:
        """Return how well rows are predicted that were left out, by importance sampling.

        Equal to ``arviz.loo(fit.idata)`` up to its Monte Carlo error, in bounded memory;
        ``elpd``, ``se``, ``p``, ``elpd_i`` and ``pareto_k`` are called as there.

        Parameters
        ----------
        progressbar : bool
            Show progress beyond two seconds.

        Raises
        ------
        MethodRefused
            If this is a point estimate.
        """
        from bayeslogit.answers.comparison.elpd import loo

        return loo(self.candidate, progressbar=progressbar)

    def classical(self, *, ci_prob: float = 0.95, intervals: str = "profile") -> Classical:
        """Return the frequentist table beside the posterior; see :meth:`Model.classical`."""
        return self.model.classical(ci_prob=ci_prob, intervals=intervals, posterior=self.theta)

    # ---- files ----------------------------------------------------------------------------

    def save(self, path: str | Path) -> Path:
        """Write everything to one netCDF file; :func:`bayeslogit.load` reads it again.

        A file of that name is replaced only by a complete one.

        Raises
        ------
        StorageError
            If the place cannot be written to, or a prior is not in ``bl.PRIORS``.
        """
        from bayeslogit.storage import fit_file as storage

        pieces = {f.name: getattr(self.model, f.name) for f in fields(self.model)}
        saved = storage.Saved(
            **pieces,
            method=self.method,
            outcome=self.outcome,
            seed=self.seed,
            seconds=self.seconds,
        )
        return storage.save(saved, self.model.layout, path)

    def diagnostics(self) -> str:
        """Return the health of the draws in one line."""
        return diagnostics_line(self.outcome, self.method)

    def __repr__(self) -> str:
        chains, draws = self.outcome.draws.shape[:2]
        words = heading(self.model.response)
        shape = "one point" if self.point else f"{chains} chains x {draws} draws"
        lines = [
            f"Fit of {words or self.model.response.name} by {self.method}: {self.outcome.label}",
            f"  {shape}, seed {self.seed}, {self.seconds:.3g} s",
            f"  {self.diagnostics()}",
        ]
        return "\n".join(lines)
