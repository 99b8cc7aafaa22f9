"""Carrying a posterior over: to a population with a known share of cases, to new rows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from bayeslogit.facade.base import Asked

if TYPE_CHECKING:
    from bayeslogit.answers.adjustment.update import Addition
    from bayeslogit.facade.population import PopulationFit
    from bayeslogit.fit import Fit
    from bayeslogit.model import Model
    from bayeslogit.priors import CoefficientPrior

__all__ = ["Carrying"]


class Carrying(Asked):
    """What becomes of a fit elsewhere, or later."""

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

        Examples
        --------
        >>> import bayeslogit as bl
        >>> fit = bl.logistic("passed ~ hours", bl.load_dataset("exam"), priors="flat").fit("map")
        >>> fit.with_prevalence(0.1).predict({"hours": [2]})["estimate"].round(4).tolist()
        [0.0368]
        """
        from bayeslogit.facade.population import with_prevalence

        return with_prevalence(cast("Fit", self), prevalence, random_seed)

    def update(
        self,
        new_rows: Any,
        *,
        how: str = "exact",
        trials: Any = None,
        weights: Any = None,
        offset: Any = None,
        method: str | None = None,
        draws: int = 1000,
        chains: int = 4,
        random_seed: int | np.random.Generator | None = None,
        progressbar: bool = True,
        **options: Any,
    ) -> Fit:
        """Return the posterior given more rows.

        Parameters
        ----------
        new_rows : table
            With the columns of the fitted rows: predictors and outcome. They are coded as those
            were (levels, knots, means), and one class alone is enough.
        how : {"exact", "gaussian"}
            ``"exact"`` keeps all likelihood terms: the posterior of old and new rows together.
            ``"gaussian"`` takes this posterior, as a Gaussian with its full covariance, as the
            prior of the new rows, and works on these alone.
        trials : str, int or array, optional
            Of counts.
        weights, offset : str or array, optional
            Needed where the fitted rows have them.
        method : str, optional
            By default that of this fit.
        draws, chains, random_seed, progressbar, **options
            As in :meth:`bayeslogit.model.Model.fit`.

        Returns
        -------
        Fit
            ``outcome.label`` says how it was updated, and ``outcome.info["update"]`` holds
            ``how``, ``rows`` and, for ``"gaussian"`` where this fit's rows are all there were,
            ``error``: by coefficient, the difference from the posterior of all rows together at
            the modes, in its standard deviations, and the ratio of standard deviations.

        Raises
        ------
        DesignError, ResponseError
            If a column is missing, a level or class is unknown, or weights are missing.

        Examples
        --------
        >>> import bayeslogit as bl
        >>> exam = bl.load_dataset("exam")
        >>> first = bl.logistic("passed ~ hours", exam.head(15), priors=bl.Normal(0, 2)).fit("map")
        >>> later = first.update(exam.tail(5))
        >>> later.outcome.info["update"]
        {'how': 'exact', 'rows': 5}
        """
        from bayeslogit.answers.adjustment import update as updating

        updating.check_how(how)
        model = self.model
        old = updating.Addition(model.design, model.response, model.weights, model.offset)
        new = updating.addition(old, new_rows, trials=trials, weights=weights, offset=offset)
        number = len(new.response.y)
        after = int(model.rows.max(initial=-1)) + 1 + np.arange(number)
        batch = self._with_rows(
            updating.joined(old, new), np.concatenate([model.rows, after]), model.prior
        )
        before = self.outcome.info.get("update", {})
        info: dict[str, Any] = {"how": how, "rows": number}
        chosen = batch
        if how == "gaussian":
            flat = self.outcome.draws.reshape(-1, len(model.layout.names))
            gaussian = None if self.outcome.exact else self.outcome.gaussian
            prior = updating.as_prior(model.prior, flat, gaussian, model.layout.names)
            chosen = self._with_rows(new, after, prior)
            # The rows of an earlier Gaussian update are not at hand any more.
            if before.get("how") != "gaussian":
                info["error"] = updating.error_in_sds(batch.density, chosen.density)
        elif before.get("how") == "gaussian":
            info["after"] = "a Gaussian update, whose error stays"
        fit = chosen.fit(
            method or self.method,
            draws=draws,
            chains=chains,
            random_seed=self.seed if random_seed is None else random_seed,
            progressbar=progressbar,
            **options,
        )
        words = {
            "exact": f"all likelihood terms kept, {number} rows added",
            "gaussian": f"the earlier posterior as a Gaussian prior of {number} new rows",
        }
        outcome = replace(
            fit.outcome,
            label=f"{fit.outcome.label}; updated: {words[how]}",
            info=fit.outcome.info | {"update": info},
        )
        return replace(fit, outcome=outcome)

    def _with_rows(self, rows: Addition, positions: np.ndarray, prior: CoefficientPrior) -> Model:
        """Return the model on other rows."""
        return replace(
            self.model,
            design=rows.design,
            response=rows.response,
            weights=rows.weights,
            offset=rows.offset,
            rows=positions,
            prior=prior,
        )
