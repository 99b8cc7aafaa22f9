"""Questions about rows: what a fit predicts for them, along a predictor, and back again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from bayeslogit.answers.prediction.class_quantities import OF_CLASSES, quantity_of
from bayeslogit.answers.prediction.curves import check_kind, curve_rows
from bayeslogit.answers.prediction.forecast import Forecast
from bayeslogit.answers.prediction.inverse import inverse_prediction
from bayeslogit.errors import DesignError
from bayeslogit.facade.base import Asked
from bayeslogit.families import LINKS
from bayeslogit.numerics.intervals import check_probability
from bayeslogit.posterior.interval_summary import Settings
from bayeslogit.posterior.linear_predictor import code_rows, index_of
from bayeslogit.posterior.rows import refuse_without_offset
from bayeslogit.response.wording import heading

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = ["Predictions"]


class Predictions(Asked):
    """Predictions for rows; see :mod:`bayeslogit.answers.prediction`."""

    def _rows(
        self, new: Any, offset: Any
    ) -> tuple[np.ndarray, np.ndarray | None, np.ndarray | None]:
        """Return design matrix, offset and trials of new rows, or of the fitted ones."""
        model = self.model
        if new is None:
            return model.design.X, model.offset, model.response.trials
        X, total = code_rows(model.design, new)
        if offset is None:
            refuse_without_offset(model.design, model.offset)
        else:
            from bayeslogit.response import check_offset

            given = check_offset(
                np.full(len(X), offset) if np.ndim(offset) == 0 else offset, len(X)
            )
            total = given if total is None else total + given
        return X, total, None

    def predict(
        self,
        new: Any = None,
        *,
        kind: str = "probability",
        draws: bool = False,
        cutoff: float = 0.5,
        costs: Any = None,
        scores: Any = None,
        offset: Any = None,
        trials: Any = None,
        ci_prob: float | None = None,
        ci_kind: str | None = None,
        random_seed: int | None = None,
    ) -> pd.DataFrame | xr.DataArray:
        """Predict for new rows, or for the fitted ones.

        Parameters
        ----------
        new : table or array, optional
            Rows to predict, with the columns of the formula.
        kind : str
            ``"probability"``: of the event, or P(Y = k) of each class. ``"linear"``: the linear
            predictor (log-odds for the logit link; for an ordinal model the location its
            cutpoints are compared with). ``"class"``: the predicted class. ``"outcome"``:
            simulated outcomes. Of an ordinal model also ``"cumulative"``: P(Y <= k) of each
            class but the last; ``"exceedance"``: P(Y >= k) of each but the first;
            ``"median"``: the median level. ``"mean"``: the mean of the ``scores``.
        draws : bool
            Return draws, an array with dims ``chain, draw, obs`` (and ``class``), instead of a
            table.
        cutoff : float
            For ``kind="class"`` of two classes: the event is predicted where its mean
            probability is above this. Of several classes the most probable is predicted.
        costs : array or DataFrame of shape (classes, classes), or dict, optional
            For ``kind="class"``: the cost of predicting the column's class where the row's is
            true; the class of lowest expected cost is predicted. A table is read by its names,
            an array by position; a dict of two classes is as in :meth:`decide`.
        scores : sequence or dict, optional
            For ``kind="mean"``: a number for each class, in their order or by name; by default
            the classes themselves, where they are numbers.
        offset, trials : number or array of shape (rows,), optional
            For new rows of a model that has them: without its offset no probability is known,
            and simulated counts need ``trials``.
        ci_prob, ci_kind : optional
            Interval; by default ArviZ's ``rcParams``.
        random_seed : int, optional
            For ``kind="outcome"``; by default derived from the seed of the fit.

        Returns
        -------
        pandas.DataFrame or xarray.DataArray
            A row per new row (and class): ``mean``, ``sd`` and interval (for a point estimate
            ``estimate`` alone); for ``kind="class"`` the ``class`` and its ``probability`` (of
            two classes, the probability of the event); for ``kind="median"`` the ``median``
            level, the levels of its interval, and ``probability``, the share of draws whose
            median it is. The corner says what of, such as ``P(passed = 1)``.

        Raises
        ------
        DesignError
            If a column is missing, a level was not seen in the fit, an argument is unknown, or
            the classes have no order or no scores where these are needed.
        """
        check_kind(kind)
        if kind != "linear":
            self._warn_of_risks("predicted risks")
        if kind in OF_CLASSES or scores is not None:
            quantity_of(kind, self.model.response, scores)  # refuses before any work
        settings = Settings.of(self.pieces, ci_prob, ci_kind)
        prob, interval_kind = settings.prob, settings.kind
        forecast = replace(self._forecast(new, offset, trials), scores=scores)
        rng = np.random.default_rng([self.seed or 0, 2] if random_seed is None else random_seed)
        if kind == "class":
            cutoff = check_probability("cutoff", cutoff)
            if draws:
                return forecast.class_draws(cutoff, costs, rng)
            table = forecast.classes(cutoff, costs, rng)
            table.attrs = self._attrs() | {"cutoff": cutoff}
            table.columns.name = heading(self.model.response)
            return table
        if kind == "outcome" and self.model.response.kind == "counts" and forecast.trials is None:
            raise DesignError(
                "simulated counts of new rows need their trials and found none; expected a number "
                "or one for each row; pass trials="
            )
        if draws:
            return forecast.draws(kind, rng)
        if kind == "median":
            table = forecast.medians(prob, interval_kind, rng)
        else:
            table = forecast.table(kind, prob, interval_kind, rng)
        table.attrs = self._attrs() | {"kind": kind}
        response, link = self.model.response, self.model.family.link
        table.columns.name = heading(response, kind, link)
        return table

    def _forecast(self, new: Any, offset: Any, trials: Any) -> Forecast:
        """Return the forecaster of new rows, or of the fitted ones."""
        model = self.model
        X, total_offset, own_trials = self._rows(new, offset)
        if trials is not None:
            own_trials = np.broadcast_to(np.asarray(trials), (len(X),))
        return Forecast(
            model.family,
            model.response,
            self.theta,
            self.outcome.draws.shape[:2],
            X,
            model.layout.basis,
            total_offset,
            own_trials,
            index_of(new, len(X)),
        )

    def curve(
        self,
        name: str,
        values: Any = None,
        *,
        at: Mapping[str, Any] | None = None,
        kind: str = "probability",
        scores: Any = None,
        offset: float = 0.0,
        ci_prob: float | None = None,
        ci_kind: str | None = None,
    ) -> pd.DataFrame:
        """Return predictions along one predictor.

        Parameters
        ----------
        name : str
            The predictor that moves.
        values : array, optional
            Its values; by default 101 over the range of the data, or its levels.
        at : dict, optional
            Values of other predictors; by default their mean, or most frequent level.
        kind, scores : optional
            As in :meth:`predict`: probabilities by default.
        offset : float
            Added to the linear predictor.
        ci_prob, ci_kind : optional
            Interval; by default ArviZ's ``rcParams``.

        Returns
        -------
        pandas.DataFrame
            A column named as the predictor, then those of :meth:`predict`.
        """
        rows = curve_rows(self.model.design, name, values, at)
        found = self.predict(
            rows, kind=kind, scores=scores, offset=offset, ci_prob=ci_prob, ci_kind=ci_kind
        )
        table = cast("pd.DataFrame", found)
        classes = len(table) // len(rows[name])
        table.insert(0, name, np.repeat(rows[name], classes))
        return table

    def solve(
        self,
        name: str,
        *,
        probability: float = 0.5,
        at: Mapping[str, Any] | None = None,
        offset: float = 0.0,
        ci_prob: float | None = None,
        ci_kind: str | None = None,
    ) -> pd.DataFrame:
        """Return the value of a predictor at which the event has a given probability.

        Parameters
        ----------
        name : str
            A numeric predictor that enters as a straight line, or by its logarithm, square
            root, exponential, square or reciprocal, such as ``log(dose)``; the answer is in the
            unit of the predictor itself.
        probability : float
            Strictly between 0 and 1.
        at : dict, optional
            Values of other predictors; by default their mean, or most frequent level.
        offset : float
            Added to the linear predictor.
        ci_prob, ci_kind : optional
            Interval; by default ArviZ's ``rcParams``.

        Returns
        -------
        pandas.DataFrame
            One row: ``probability``, ``median`` and interval of the predictor's value,
            ``p_slope_positive``, and ``bounded``. Where the slope may be zero the set of values
            is unbounded: the bounds are then infinite and ``bounded`` is False. A bound is also
            infinite where no value of the predictor reaches the probability.

        Raises
        ------
        DesignError
            If the predictor is unknown, not numeric, or enters in another way, such as a spline.
        """
        import pandas as pd

        settings = Settings.of(self.pieces, ci_prob, ci_kind)
        prob, kind = settings.prob, settings.kind
        target = check_probability("probability", probability)
        eta = float(LINKS[self.model.family.link].inverse(np.array(target)))
        row = inverse_prediction(
            self.model.design, self.model.family, self.theta, name, eta, at, offset, prob, kind
        )
        if self.theta.shape[1] == 1:
            row = {"estimate": row["median"]}
        table = pd.DataFrame([{"probability": target} | row], index=[name])
        table.columns.name = heading(self.model.response, "outcome")
        table.attrs = self._attrs()
        return table
