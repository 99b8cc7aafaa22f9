"""What a fit is asked for beyond its table of coefficients; each answer is a module of its own."""

from __future__ import annotations

import warnings
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

import numpy as np

from bayeslogit import summaries
from bayeslogit.pieces import Pieces

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    import xarray as xr

    from bayeslogit.calibration import Calibration
    from bayeslogit.inference import Outcome
    from bayeslogit.model import Model

__all__ = ["Answers"]


class Answers(ABC):
    """The questions that :class:`bayeslogit.fit.Fit` takes; nothing here samples again.

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

    @property
    @abstractmethod
    def theta(self) -> np.ndarray:
        """All draws as (coefficients, chains x draws), in log-odds."""

    @property
    def pieces(self) -> Pieces:
        """The posterior taken apart, as the modules that compute answers take it."""
        m = self.model
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
            {
                "inference_library": "bayeslogit",
                "method": self.method,
                "label": self.outcome.label,
                "outcome": summaries.outcome_in_words(m.response),
            },
        )

    # ---- effects on the probability scale -------------------------------------------------

    def predictions(
        self,
        variables: Any = None,
        *,
        newdata: Any = None,
        by: Any = False,
        kind: str = "probability",
        weights: Any = None,
        offset: Any = None,
        ci_prob: float | None = None,
        ci_kind: str | None = None,
        draws: bool = False,
        progressbar: bool = True,
    ) -> pd.DataFrame | xr.DataArray:
        """Return probabilities by row, averaged, by group, or standardised to given values.

        Parameters
        ----------
        variables : str, list or dict, optional
            Predictors that are set, in every row, to each of the values listed, such as
            ``{"hours": [1, 2, 3]}``; with ``by=True`` that is the standardised probability.
        newdata : None, "mean", table or array
            The rows: those of the fit, one of means and most frequent levels, or others.
        by : bool, str or list of str
            True averages over the rows, column names average within groups, False (the default)
            gives every row.
        kind : {"probability", "linear"}
        weights : str or array, optional
            Of the rows in an average; by default the frequency weights of the fit times its
            trials, and one for other rows.
        offset : number or array, optional
            For other rows of a model that has one.
        ci_prob, ci_kind : optional
            Interval; by default ArviZ's ``rcParams``.
        draws : bool
            Return draws, with dims ``chain, draw, effect``, instead of a table.
        progressbar : bool
            Show one, on stderr, for what takes longer than two seconds.

        Returns
        -------
        pandas.DataFrame
            ``estimate`` (posterior mean), ``sd`` and interval of each; a point estimate has
            ``estimate`` alone. Several classes have a row each.

        Examples
        --------
        >>> import bayeslogit as bl
        >>> fit = bl.logistic("passed ~ hours", bl.load_dataset("exam"), priors="flat").fit("map")
        >>> fit.predictions({"hours": [2, 4]}, by=True).round(4)
           hours  estimate
        0    2.0    0.2557
        1    4.0    0.8744
        """
        from bayeslogit import effects

        return effects.predictions(
            self.pieces,
            variables,
            newdata=newdata,
            by=by,
            kind=kind,
            weights=weights,
            offset=offset,
            ci_prob=ci_prob,
            ci_kind=ci_kind,
            draws=draws,
            progressbar=progressbar,
        )

    def comparisons(
        self,
        variables: Any = None,
        *,
        comparison: str = "difference",
        newdata: Any = None,
        by: Any = True,
        weights: Any = None,
        offset: Any = None,
        ci_prob: float | None = None,
        ci_kind: str | None = None,
        draws: bool = False,
        progressbar: bool = True,
    ) -> pd.DataFrame | xr.DataArray:
        """Return how probabilities change when predictors do, averaged over the rows.

        Parameters
        ----------
        variables : None, str, list of str, or dict
            All predictors by default. A dict says what is compared: for a number a step from
            each row's own value (1 by default; for 0/1 columns 0 to 1), ``"sd"``, ``"2sd"``,
            ``"iqr"``, ``"minmax"``, or a pair (from, to); for a category ``"reference"`` (the
            default), ``"pairwise"``, ``"sequential"``, or a pair of levels.
        comparison : str
            ``"difference"`` (risk difference), ``"ratio"`` (risk ratio), ``"odds_ratio"``,
            their logarithms ``"lnratio"`` and ``"lnor"``, ``"lift"``, or ``"nnt"`` (number
            needed to treat). Probabilities are averaged before they are compared, so a ratio is
            the population-averaged one; ``by=False`` gives each row its own, and
            ``newdata="mean"`` that of the mean row.
        newdata, by, weights, offset, ci_prob, ci_kind, draws, progressbar
            As in :meth:`predictions`; ``by=True`` is the default here.

        Returns
        -------
        pandas.DataFrame
            ``term``, ``contrast``, ``estimate`` (posterior mean; the median for ratios, lift
            and nnt), interval, and ``p_positive``: P(effect > 0), for ratios P(ratio > 1).

        Raises
        ------
        DesignError
            If a predictor, level or word is unknown, with the nearest names.
        MethodRefused
            If an interval or draws of a point estimate are asked for.

        Examples
        --------
        >>> import bayeslogit as bl
        >>> fit = bl.logistic("passed ~ hours", bl.load_dataset("exam"), priors="flat").fit("map")
        >>> fit.comparisons({"hours": (2, 4)}).round(4)
            term contrast  estimate
        0  hours    4 - 2    0.6187
        """
        from bayeslogit import effects

        return effects.comparisons(
            self.pieces,
            variables,
            comparison=comparison,
            newdata=newdata,
            by=by,
            weights=weights,
            offset=offset,
            ci_prob=ci_prob,
            ci_kind=ci_kind,
            draws=draws,
            progressbar=progressbar,
        )

    def slopes(
        self,
        variables: Any = None,
        *,
        slope: str = "dydx",
        newdata: Any = None,
        by: Any = True,
        weights: Any = None,
        offset: Any = None,
        ci_prob: float | None = None,
        ci_kind: str | None = None,
        draws: bool = False,
        progressbar: bool = True,
    ) -> pd.DataFrame | xr.DataArray:
        """Return derivatives of the probability by numeric predictors (marginal effects).

        Parameters
        ----------
        variables : None, str or list of str
            All predictors by default. Categories, booleans and 0/1 columns have no derivative;
            their change is given, as by :meth:`comparisons`.
        slope : {"dydx", "eyex", "eydx", "dyex"}
            Derivative, elasticity, and the two semi-elasticities.
        newdata, by, weights, offset, ci_prob, ci_kind, draws, progressbar
            As in :meth:`comparisons`.

        Returns
        -------
        pandas.DataFrame
        """
        from bayeslogit import effects

        return effects.slopes(
            self.pieces,
            variables,
            slope=slope,
            newdata=newdata,
            by=by,
            weights=weights,
            offset=offset,
            ci_prob=ci_prob,
            ci_kind=ci_kind,
            draws=draws,
            progressbar=progressbar,
        )

    def in_words(
        self,
        variables: Any = None,
        *,
        comparison: str = "odds_ratio",
        newdata: Any = None,
        by: Any = True,
        units: Mapping[str, str] | None = None,
        ci_prob: float | None = None,
        ci_kind: str | None = None,
    ) -> str:
        """Return effects as sentences, a line each.

        Parameters
        ----------
        variables, newdata, by, ci_prob, ci_kind
            As in :meth:`comparisons`; odds ratios are those of the mean row by default.
        comparison : {"odds_ratio", "ratio", "difference", "nnt"}
        units : dict, optional
            What one unit of a number is called.

        Examples
        --------
        >>> import bayeslogit as bl
        >>> fit = bl.logistic("passed ~ hours", bl.load_dataset("exam"), priors="flat").fit("map")
        >>> print(fit.in_words("hours", units={"hours": "hour"}))
        Hours: the odds of passed = 1 multiply by 4.5 (a point estimate) per hour
        """
        from bayeslogit import wording

        return "\n".join(
            wording.sentences(
                self.pieces,
                variables,
                comparison=comparison,
                newdata=newdata,
                by=by,
                units=units,
                ci_prob=ci_prob,
                ci_kind=ci_kind,
            )
        )

    # ---- calibration ----------------------------------------------------------------------

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

        Examples
        --------
        >>> import bayeslogit as bl
        >>> fit = bl.logistic("passed ~ hours", bl.load_dataset("exam"), priors="flat").fit("map")
        >>> fit.calibration().scores["in_sample"].round(4).head(3).to_dict()
        {'brier': 0.1367, 'log_score': 0.4015, 'auc': 0.895}
        """
        from bayeslogit.calibration import calibration
        from bayeslogit.errors import BayesLogitWarning

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
        for problem in result.problems:
            if problem.severity != "note":
                warnings.warn(problem.sentence, BayesLogitWarning, stacklevel=2)
        return result

    def _log_weights(self) -> np.ndarray | None:
        """Return log posterior over approximation at each draw, in nats, where one is sampled."""
        gaussian = self.outcome.gaussian
        if self.outcome.exact or gaussian is None or self.theta.shape[1] == 1:
            return None
        return self.model.density.value(self.theta) - gaussian.log_density(self.theta)

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
        from bayeslogit.explained import explained

        return explained(self.pieces, ci_prob=ci_prob, ci_kind=ci_kind)
