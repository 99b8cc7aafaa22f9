"""Carrying a posterior over: to a population with a known share of cases, to new rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from bayeslogit.answers.base import Asked

if TYPE_CHECKING:
    from bayeslogit.fit import Fit
    from bayeslogit.population import PopulationFit

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
            If the prevalence is not between 0 and 1, the link is not the logit, or the model has
            no intercept.
        MethodRefused
            If an uncertain prevalence meets a point estimate.

        Examples
        --------
        >>> import bayeslogit as bl
        >>> fit = bl.logistic("passed ~ hours", bl.load_dataset("exam"), priors="flat").fit("map")
        >>> fit.with_prevalence(0.1).predict({"hours": [2]})["estimate"].round(4).tolist()
        [0.0368]
        """
        from bayeslogit.population import with_prevalence

        return with_prevalence(cast("Fit", self), prevalence, random_seed)
