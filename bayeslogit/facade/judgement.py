"""Questions about the forecasts: are they right, do they tell events from others."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from bayeslogit.errors import BayesLogitWarning, DesignError, Problem, listing, nearest
from bayeslogit.facade.base import Asked

if TYPE_CHECKING:
    import pandas as pd

    from bayeslogit.answers.evaluation.calibration import Calibration
    from bayeslogit.answers.evaluation.replicates import Replicated

__all__ = ["Judgement"]

_OPTIONS = (
    "newdata",
    "trials",
    "offset",
    "loo",
    "event",
    "spread",
    "ci_prob",
    "ci_kind",
    "random_seed",
    "progressbar",
)


class Judgement(Asked):
    """Calibration, scores, ROC and decision curves, beside what happened."""

    def calibration(
        self,
        newdata: Any = None,
        *,
        trials: Any = None,
        offset: Any = None,
        loo: bool = True,
        ci_prob: float | None = None,
        ci_kind: str | None = None,
        random_seed: int | None = None,
        progressbar: bool = True,
    ) -> Calibration:
        """Judge the probabilities: reliability curve, calibration, Brier, log score, AUC.

        Parameters
        ----------
        newdata : table, optional
            Rows that were not fitted, with the outcome's column. By default the fitted rows,
            each forecast with itself (in-sample, which flatters) and without (leave-one-out, by
            importance sampling, without fitting again).
        trials : str, int or array, optional
            Trials of new rows of counts.
        offset : number or array, optional
            For new rows of a model that has one.
        loo : bool
            False saves the time of leaving rows out.
        ci_prob, ci_kind : optional
            Bounds, over resampled cases; by default ArviZ's ``rcParams``.
        random_seed : int, optional
            By default derived from the seed of the fit.
        progressbar : bool

        Returns
        -------
        Calibration
            ``scores``: ``brier``, ``log_score`` (nats), ``auc``, ``calibration_slope`` (1 is
            best), ``calibration_intercept`` (0 is best), ``integrated_calibration_index``, and
            for ordered classes ``ranked_probability``. ``curve``: the isotonic reliability
            curve with a band in which it would lie if the forecasts were right.

        Raises
        ------
        ResponseError
            If the new rows lack the outcome, hold an unknown class, or one class only.
        DesignError
            If a population is asked about without new rows.

        Examples
        --------
        >>> import bayeslogit as bl
        >>> fit = bl.logistic("passed ~ hours", bl.load_dataset("exam"), priors="flat").fit("map")
        >>> fit.calibration().scores["in_sample"].round(4).head(3).to_dict()
        {'brier': 0.1367, 'log_score': 0.4015, 'auc': 0.895}
        """
        from bayeslogit.answers.evaluation.calibration import calibration

        if self._sample is not None and newdata is None:
            raise DesignError(
                "calibration in a population was asked of the sample, in which the share of cases "
                "was chosen, so that it cannot say whether risks are right; expected rows of the "
                "population with their outcome; pass newdata=, or ask .sample.calibration()"
            )
        seed = [self.seed or 0, 3] if random_seed is None else random_seed
        result = calibration(
            self.pieces,
            newdata=newdata,
            trials=trials,
            offset=offset,
            loo=loo,
            log_weights=self._log_weights() if newdata is None and loo else None,
            ci_prob=ci_prob,
            ci_kind=ci_kind,
            rng=np.random.default_rng(seed),
            progressbar=progressbar,
        )
        _warn(result.problems)
        return result

    def r_squared(
        self, *, ci_prob: float | None = None, ci_kind: str | None = None
    ) -> pd.DataFrame:
        """Return Bayesian R-squared, Tjur's and McKelvey and Zavoina's, with their posteriors.

        They say how much of the outcome's variation the probabilities follow in these rows, and
        depend on how common the event is: values of different samples cannot be compared.

        Parameters
        ----------
        ci_prob, ci_kind : optional
            Interval; by default ArviZ's ``rcParams``.

        Returns
        -------
        pandas.DataFrame
            A row each of ``bayes``, ``tjur`` and ``mckelvey_zavoina``, where they are defined.

        Examples
        --------
        >>> import bayeslogit as bl
        >>> fit = bl.logistic("passed ~ hours", bl.load_dataset("exam"), priors="flat").fit("map")
        >>> fit.r_squared()["estimate"].round(4).to_dict()
        {'bayes': 0.492, 'tjur': 0.4726, 'mckelvey_zavoina': 0.5976}
        """
        from bayeslogit.answers.evaluation.r_squared import explained

        return explained(self.pieces, ci_prob=ci_prob, ci_kind=ci_kind)

    def _judged(self, options: dict[str, Any]) -> Replicated:
        """Return the forecast that a question about discrimination is asked of."""
        from bayeslogit.answers.evaluation.forecasts import forecasts_of
        from bayeslogit.answers.evaluation.replicates import Replicated
        from bayeslogit.numerics.intervals import interval_settings
        from bayeslogit.posterior.interval_summary import Settings

        for name in options:
            if name not in _OPTIONS:
                raise DesignError(
                    f"there is no option {name!r}; expected some of {listing(_OPTIONS)}; leave it "
                    "out." + nearest(name, _OPTIONS)
                )
        newdata, loo = options.get("newdata"), options.get("loo", True)
        # The draws say how the coefficients vary with a row in, so no row is left out then.
        loo = loo and newdata is None and options.get("spread") in (None, "cases")
        outcomes = forecasts_of(
            self.pieces,
            newdata,
            trials=options.get("trials"),
            offset=options.get("offset"),
            loo=loo,
            log_weights=self._log_weights() if loo else None,
            progressbar=options.get("progressbar", True),
        )
        _warn(outcomes.problems(newdata), level=4)
        seed = options.get("random_seed")
        return Replicated.of(
            self.pieces,
            outcomes,
            event=options.get("event"),
            spread=options.get("spread"),
            settings=Settings(*interval_settings(options.get("ci_prob"), options.get("ci_kind"))),
            seed=[self.seed or 0, 4] if seed is None else seed,
        )

    def confusion(self, cutoff: float = 0.5, **options: Any) -> pd.DataFrame:
        """Return right and wrong forecasts at a cut-off: counts, sensitivity, specificity.

        Parameters
        ----------
        cutoff : float
            The event is forecast where its probability is above this.
        **options
            ``newdata=`` (with the outcome; ``trials=``, ``offset=``), ``loo=True`` (each fitted
            row is forecast without itself; a point estimate is judged in-sample),
            ``event=`` (of several classes, the one against all others), ``spread="cases"``
            (what the posterior is over: the population the cases are from; ``"draws"`` of the
            coefficients, in-sample; ``"both"``), ``ci_prob=``, ``ci_kind=``, ``random_seed=``,
            ``progressbar=``.

        Returns
        -------
        pandas.DataFrame
            A row each: four counts, ``sensitivity``, ``specificity``, ``precision``,
            ``negative_predictive_value``, ``accuracy``. ``estimate`` is that of the data.

        Examples
        --------
        >>> import bayeslogit as bl
        >>> fit = bl.logistic("passed ~ hours", bl.load_dataset("exam"), priors="flat").fit("map")
        >>> fit.confusion(0.5)["estimate"].head(4).astype(int).tolist()
        [8, 2, 8, 2]
        """
        from bayeslogit.answers.evaluation import discrimination

        self._warn_of_risks("right and wrong forecasts at a cut-off of the risk")
        return discrimination.confusion(self._judged(options), cutoff)

    def roc(self, *, draws: int | None = None, **options: Any) -> pd.DataFrame:
        """Return the ROC curve with a band; options as in :meth:`confusion`.

        Parameters
        ----------
        draws : int, optional
            Return so many curves drawn from the posterior instead.
        **options
            As in :meth:`confusion`.

        Returns
        -------
        pandas.DataFrame
            ``cutoff``, ``false_positive_rate``, ``sensitivity`` and its bounds; for ``draws``
            also ``draw`` and ``precision``, without bounds.
        """
        from bayeslogit.answers.evaluation import discrimination

        if draws is not None:
            return discrimination.curves(self._judged(options), draws)
        return discrimination.roc(self._judged(options))

    def precision_recall(self, *, draws: int | None = None, **options: Any) -> pd.DataFrame:
        """Return precision against recall with a band; options as in :meth:`confusion`.

        Parameters
        ----------
        draws : int, optional
            Return so many curves drawn from the posterior instead, as :meth:`roc` does.
        **options
            As in :meth:`confusion`.

        Returns
        -------
        pandas.DataFrame
            ``cutoff``, ``recall``, ``precision`` and its bounds.
        """
        from bayeslogit.answers.evaluation import discrimination

        self._warn_of_risks("precisions")
        if draws is not None:
            return discrimination.curves(self._judged(options), draws)
        return discrimination.precision_recall(self._judged(options))

    def auc(self, **options: Any) -> pd.DataFrame:
        """Return the area under the ROC curve and the average precision, with posteriors.

        Options as in :meth:`confusion`.

        Examples
        --------
        >>> import bayeslogit as bl
        >>> fit = bl.logistic("passed ~ hours", bl.load_dataset("exam"), priors="flat").fit("map")
        >>> fit.auc().loc["auc", "estimate"].round(4)
        np.float64(0.895)
        """
        from bayeslogit.answers.evaluation import discrimination

        return discrimination.area(self._judged(options))

    def net_benefit(self, thresholds: Any = None, **options: Any) -> pd.DataFrame:
        """Return the decision curve: net benefit of acting on the model, on all, on none.

        Parameters
        ----------
        thresholds : array, optional
            Probabilities at which acting and not acting are worth the same; by default 0.01 to
            0.99, or where no forecast reaches 0.3 so far as they reach.
        **options
            As in :meth:`confusion`.

        Returns
        -------
        pandas.DataFrame
            ``threshold``, ``net_benefit`` (true positives per case) and bounds, ``treat_all``,
            ``treat_none``, and ``p_useful``: P(the model beats both).
        """
        from bayeslogit.answers.evaluation import discrimination

        self._warn_of_risks("net benefits")
        return discrimination.net_benefit(self._judged(options), thresholds)


def _warn(problems: tuple[Problem, ...], level: int = 3) -> None:
    """Show problems as warnings at the caller of the question."""
    for problem in problems:
        if problem.severity != "note":
            warnings.warn(problem.sentence, BayesLogitWarning, stacklevel=level)
