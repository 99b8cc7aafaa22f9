"""Predictions for rows: probabilities, linear predictors, classes and simulated outcomes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bayeslogit import tables
from bayeslogit.answers.prediction.class_quantities import (
    OF_CLASSES,
    Quantity,
    median_code,
    quantity_of,
)
from bayeslogit.answers.prediction.costs import cost_matrix
from bayeslogit.errors import MethodRefused
from bayeslogit.families import Family
from bayeslogit.families.base import draw_counts
from bayeslogit.numerics.intervals import Settings
from bayeslogit.posterior.interval_summary import summarise
from bayeslogit.posterior.linear_predictor import eta_blocks
from bayeslogit.posterior.out_of_range import warn_beyond
from bayeslogit.posterior.posterior import Posterior, fold
from bayeslogit.posterior.requested_rows import rows_of
from bayeslogit.posterior.rows import refuse_for_fitted
from bayeslogit.posterior.trials import trials_of
from bayeslogit.response import Response
from bayeslogit.tables.labels import coordinate
from bayeslogit.text import odds_text

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = ["Forecast"]

# Kinds with a value for each class, or for the event of two.
_EACH = ("probability", "odds", "count")


@dataclass(frozen=True, eq=False)
class Forecast:
    """Posterior predictions for rows: their design matrix, and what is computed from it.

    Parameters
    ----------
    posterior : Posterior
    X : ndarray, shape (rows, columns)
    offset : ndarray of shape (rows,), or None
    trials : ndarray of shape (rows,), or None
        Cases of each row, for simulated counts: of the event, or of each of several classes.
    index : pandas.Index
        Labels of the rows.
    scores : sequence or mapping, optional
        Of the classes, for their mean.
    """

    posterior: Posterior
    X: np.ndarray
    offset: np.ndarray | None
    trials: np.ndarray | None
    index: pd.Index
    scores: Any = None

    @classmethod
    def of(
        cls, posterior: Posterior, new: Any, *, offset: Any = None, trials: Any = None
    ) -> Forecast:
        """Return the predictions for new rows, or for the fitted ones.

        Parameters
        ----------
        posterior : Posterior
        new : table, array or None
            None for the fitted rows.
        offset : number or array of shape (rows,), optional
            Of new rows: a known part of the linear predictor.
        trials : number, array of shape (rows,) or str, optional
            Cases of each row, whole numbers of 0 or more, or the column that holds them.

        Raises
        ------
        DesignError, ResponseError
            If a column is missing, or the trials are not one whole number for each row.
        """
        model = posterior.model
        if new is None:
            refuse_for_fitted(offset=offset)
            X, total, own = model.design.X, model.offset, model.response.trials
            labels, table = model.labels, model.design.table()
        else:
            rows = rows_of(posterior, new, offset=offset)
            (X, total), own, labels = rows.coded(model.design), None, rows.labels
            table = rows.table
        if trials is not None:
            own = trials_of(trials, table, labels)
        made = cls(posterior, X, total, own, labels)
        if new is not None:
            warn_beyond(made.family, made._blocks(), labels)
        return made

    @property
    def response(self) -> Response:
        """The outcome that is predicted."""
        return self.posterior.model.response

    @property
    def family(self) -> Family:
        """The family of the model."""
        return self.posterior.model.family

    @property
    def _plain(self) -> bool:
        return len(self.response.classes) == 2

    @property
    def _counts_classes(self) -> bool:
        """Whether simulated outcomes are counts of cases, and not the class of one."""
        return self.trials is not None and self.response.kind != "counts"

    def labels(self, kind: str) -> tuple[str, ...] | None:
        """Return the classes that a kind of prediction has one value for; None for one value."""
        if kind == "linear":
            several = not self._plain and self.family.arrangement != "ordered"
            return self.response.classes[1:] if several else None
        if kind == "outcome" and self._counts_classes and not self._plain:
            return self.response.classes
        if kind == "outcome" or (kind in _EACH and self._plain):
            return None
        if kind in _EACH:
            return self.response.classes
        return self.quantity(kind).labels

    def quantity(self, kind: str) -> Quantity:
        """Return the function of class probabilities that a kind of prediction is.

        Raises
        ------
        DesignError
            If the outcome does not have it, or scores do not fit.
        """
        return quantity_of(kind, self.response, self.scores)

    def _blocks(self) -> Iterator[tuple[slice, np.ndarray]]:
        nodes = self.posterior.nodes
        return eta_blocks(nodes[0] if nodes else self.posterior, self.X, self.offset)

    def _probabilities(self, eta: np.ndarray) -> np.ndarray:
        return fold(self.posterior, self.family.probabilities(eta))

    def _cases_of_sets(self, rng: np.random.Generator) -> np.ndarray:
        """Return who is a case in the fitted sets, given how many are, (rows, draws)."""
        matched = self.posterior.model.likelihood.matched
        if self.X is not self.posterior.model.design.X or self.trials is not None:
            raise MethodRefused(
                "outcomes of matched sets are drawn within the sets, given how many cases each "
                "has, and the rows are new or have trials=; expected the fitted rows; leave both "
                "out, or ask for kind='linear'"
            )
        assert matched is not None
        return matched.simulate(self.posterior.theta, rng)

    def blocks(self, kind: str, rng: np.random.Generator) -> Iterator[tuple[slice, np.ndarray]]:
        """Yield draws of a quantity, block of rows by block of rows.

        Parameters
        ----------
        kind : str
            A kind of prediction, ``"class"`` and ``"median"`` aside.
        rng : numpy.random.Generator
            For ``"outcome"``.

        Yields
        ------
        rows : slice
        values : ndarray, shape (values, rows, draws)
            Probabilities, linear predictors, scores or codes, as the kind has it.
        """
        quantity = self.quantity(kind) if kind in OF_CLASSES else None
        if kind == "outcome" and self.family.coupled:
            yield slice(0, len(self.X)), self._cases_of_sets(rng)[None]
            return
        for rows, eta in self._blocks():
            if kind == "linear":
                ordered = self.family.arrangement == "ordered"
                if self._plain:
                    eta = eta[:1]  # a log precision is not a location
                # The location of an ordinal model is what its cutpoints are compared with.
                yield rows, (self.posterior.theta[0] - eta[:1] if ordered else eta)
            elif kind == "outcome":
                trials = None if self.trials is None else self.trials[rows]
                if trials is not None and self._counts_classes:
                    counts = draw_counts(self.family.probabilities(eta), trials, rng)
                    yield rows, (counts[1:] if self._plain else counts)
                else:
                    yield rows, self.family.simulate(eta, trials, rng)[None]
            elif kind in ("odds", "count"):
                yield rows, self._each(kind, rows, self._probabilities(eta))
            else:
                assert quantity is not None
                values = quantity.of(self._probabilities(eta))
                yield rows, (values[1:2] if kind == "probability" and self._plain else values)

    def _each(self, kind: str, rows: slice, prob: np.ndarray) -> np.ndarray:
        """Return the odds of each class, or how many cases of it are expected."""
        if kind == "odds":
            with np.errstate(divide="ignore"):
                # What the others add up to is accurate where it is small.
                others = np.tensordot(1.0 - np.eye(len(prob)), prob, axes=1)
                found = prob / others
        else:
            assert self.trials is not None
            found = prob * self.trials[rows, None]
        return found[1:2] if self._plain else found

    def table(self, kind: str, settings: Settings, rng: np.random.Generator) -> pd.DataFrame:
        """Return mean, sd and interval of each row (and class), without keeping the draws.

        Simulated outcomes of several classes are told class by class: codes have no mean.

        Parameters
        ----------
        kind : str
            A kind of prediction, ``"class"`` and ``"median"`` aside.
        settings : Settings
            Interval of the table.
        rng : numpy.random.Generator
            For ``"outcome"``.
        """
        one_hot = kind == "outcome" and not (self._plain or self._counts_classes)
        labels = self.response.classes if one_hot else self.labels(kind)
        width, n = len(labels or "1"), len(self.X)
        point = self.posterior.point
        columns: dict[str, np.ndarray] = {}
        for rows, values in self.blocks(kind, rng):
            if one_hot:
                values = (values == np.arange(len(self.response.classes))[:, None, None]) * 1.0
            values = np.moveaxis(values, 0, 1)
            found = summarise(values, settings, median=kind == "odds", null=None)
            for name, value in found.items():
                columns.setdefault(name, np.empty((n, width)))[rows] = value
        if not columns:
            one = np.empty((0, width, 1 if point else 2))
            columns = summarise(one, settings, median=kind == "odds", null=None)
        flat: dict[str, Any] = {name: value.ravel() for name, value in columns.items()}
        if not point:
            middle = "median" if kind == "odds" else "mean"
            flat = {middle if name == "estimate" else name: v for name, v in flat.items()}
        if kind == "odds":
            flat["odds"] = np.array([odds_text(v) for v in next(iter(flat.values()))], dtype=object)
        if labels is None:
            return tables.Answer(flat, index=self.index)
        classes = {"class": np.tile(np.array(labels, dtype=object), n)}
        return tables.Answer(classes | flat, index=self.index.repeat(width))

    def draws(self, kind: str, rng: np.random.Generator) -> xr.DataArray:
        """Return draws with dims ``chain, draw, obs`` and, for several values, ``class``.

        Parameters
        ----------
        kind : str
            A kind of prediction, ``"class"`` aside.
        rng : numpy.random.Generator
            For ``"outcome"``.
        """
        import xarray as xr

        labels = self.labels(kind)
        width, n = len(labels or "1"), len(self.X)
        shape = self.posterior.outcome.draws.shape[:2]
        values: np.ndarray = np.empty((self.posterior.n_draws, n, width))
        for rows, block in self.blocks(kind, rng):
            values[:, rows] = np.transpose(block, (2, 1, 0))
        dims: tuple[str, ...] = ("chain", "draw", "obs")
        coords: dict[str, Any] = {
            "chain": np.arange(shape[0]),
            "draw": np.arange(shape[1]),
            "obs": coordinate(self.index),
        }
        if labels is None:
            values = values[:, :, 0]
        else:
            dims, coords = (*dims, "class"), coords | {"class": np.array(labels)}
        values = values.reshape(*shape, *values.shape[1:])
        return xr.DataArray(values, dims=dims, coords=coords, name=kind)

    def medians(self, settings: Settings, rng: np.random.Generator) -> pd.DataFrame:
        """Return the median level of each row, the levels its draws are between, and its share.

        The median is that of the mean probabilities, ``probability`` the share of draws whose
        own median it is; a point estimate has ``estimate`` alone.

        Parameters
        ----------
        settings : Settings
            Interval of the level.
        rng : numpy.random.Generator
            Not used: the median has no randomness.
        """
        n, point = len(self.X), self.posterior.point
        code = np.empty((3, n), dtype=int)
        share = np.empty(n)
        for rows, eta in self._blocks():
            every = self._probabilities(eta)
            drawn = median_code(every)
            code[0, rows] = median_code(every.mean(axis=2))
            share[rows] = (drawn == code[0, rows, None]).mean(axis=1)
            if settings.kind == "eti":
                ends = [(1 - settings.prob) / 2, (1 + settings.prob) / 2]
                code[1:, rows] = np.quantile(drawn, ends, axis=1, method="inverted_cdf")
            elif not point:
                code[1:, rows] = settings.bounds(drawn)
        values = np.array(self.response.values, dtype=object)
        if point:
            return tables.Answer({"estimate": values[code[0]]}, index=self.index)
        lower, upper = settings.names
        columns = {"median": values[code[0]], lower: values[code[1]], upper: values[code[2]]}
        return tables.Answer(columns | {"probability": share}, index=self.index)

    def classes(
        self, cutoff: float, costs: np.ndarray | None, rng: np.random.Generator
    ) -> pd.DataFrame:
        """Return the predicted class of each row and its mean probability.

        Parameters
        ----------
        cutoff : float
            For two classes: the event is predicted where its mean probability is above this.
        costs : ndarray of shape (classes, classes), or None
            Cost of predicting the column's class where the row's is true; the class with the
            lowest expected cost is predicted. Without it, the most probable of several.
        """
        mean = np.empty((len(self.X), 1 if self._plain else len(self.response.classes)))
        for rows, prob in self.blocks("probability", rng):
            mean[rows] = prob.mean(axis=2).T
        if self._plain:
            mean = np.concatenate([1.0 - mean, mean], axis=1)
        if costs is not None:
            chosen = np.argmin(mean @ cost_matrix(costs, self.response.classes), axis=1)
        elif self._plain:
            chosen = (mean[:, 1] > cutoff).astype(int)
        else:
            chosen = np.argmax(mean, axis=1)
        counted = self.response.kind == "counts"
        values = np.array((0, 1) if counted else self.response.values, dtype=object)
        shown = mean[:, 1] if self._plain else mean[np.arange(len(mean)), chosen]
        return tables.Answer({"class": values[chosen], "probability": shown}, index=self.index)

    def class_draws(
        self, cutoff: float, costs: np.ndarray | None, rng: np.random.Generator
    ) -> xr.DataArray:
        """Return, per draw, whether the event (or the code of the class) would be predicted.

        Parameters
        ----------
        cutoff : float
            For two classes without costs: a probability of the event, between 0 and 1.
        costs : ndarray of shape (classes, classes), or None
            As in :meth:`classes`.
        rng : numpy.random.Generator
            Not used: class probabilities have no randomness.
        """
        prob = self.draws("probability", rng)
        if costs is None:
            chosen = prob > cutoff if self._plain else prob.argmax("class")
            return chosen.rename("class")
        every = prob.to_numpy()
        if self._plain:
            every = np.stack([1.0 - every, every], axis=-1)
        code = np.argmin(every @ cost_matrix(costs, self.response.classes), axis=-1)
        if self._plain:
            return prob.copy(data=code == 1).rename("class")
        return prob.isel({"class": 0}, drop=True).copy(data=code).rename("class")
