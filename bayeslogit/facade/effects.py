"""Questions about effects: what changes with a predictor, and by how much."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bayeslogit.answers.effects.measures import measure_of
from bayeslogit.facade.base import Asked

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    import xarray as xr

__all__ = ["Effects"]


class Effects(Asked):
    """Predictions, comparisons and slopes; see :mod:`bayeslogit.answers.effects.marginal`."""

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
            The rows: those of the fit by default, one of means and most frequent levels, or
            others.
        by : bool, str or list of str
            True averages over the rows, column names average within groups, False (the default)
            gives every row.
        kind : {"probability", "linear"}
            Scale of the prediction; the linear predictor (log-odds for the logit link) of two
            classes only.
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
            Show progress of what takes longer than two seconds.

        Returns
        -------
        pandas.DataFrame or xarray.DataArray
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
        from bayeslogit.answers.effects import marginal as effects

        self._warn_of_risks("predicted risks")
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
            their logarithms ``"lnratio"`` and ``"lnor"``, ``"lift"`` (relative difference), or
            ``"nnt"`` (number needed to treat, one over the difference). Probabilities are
            averaged before they are compared, so a ratio is the population-averaged one;
            ``by=False`` gives each row its own, and ``newdata="mean"`` that of the mean row.
        newdata, by, weights, offset, ci_prob, ci_kind, draws, progressbar
            As in :meth:`predictions`; ``by=True`` is the default here.

        Returns
        -------
        pandas.DataFrame or xarray.DataArray
            ``term``, ``contrast``, ``estimate`` (posterior mean; the median for ratios, lift
            and nnt), interval, and ``p_positive``: P(effect > 0), for ratios P(ratio > 1).
            Where the difference may be zero, numbers needed to treat have no bounded interval:
            its ends are infinite, and ``bounded`` is False.

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
        from bayeslogit.answers.effects import marginal as effects

        # The odds ratio of one row does not depend on the intercept; averages do.
        one_row = by is False or isinstance(newdata, str)
        if not (one_row and measure_of(comparison).odds):
            self._warn_of_risks("effects on risks")
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
            Derivative (change in probability per unit of the predictor), elasticity, and the two
            semi-elasticities: relative change in probability per unit, and change in probability
            per relative change of the predictor.
        newdata, by, weights, offset, ci_prob, ci_kind, draws, progressbar
            As in :meth:`comparisons`.

        Returns
        -------
        pandas.DataFrame or xarray.DataArray
            As from :meth:`comparisons`; ``estimate`` is the posterior mean.
        """
        from bayeslogit.answers.effects import marginal as effects

        self._warn_of_risks("slopes of risks")
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
        from bayeslogit.answers.effects import sentences as wording

        if not measure_of(comparison).odds or newdata is not None or by is not True:
            self._warn_of_risks("effects on risks")
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
