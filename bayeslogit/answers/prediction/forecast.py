"""Predictions for rows: probabilities, linear predictors, classes and simulated outcomes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bayeslogit.answers.prediction.class_quantities import (
    OF_CLASSES,
    Quantity,
    median_code,
    quantity_of,
)
from bayeslogit.answers.prediction.costs import ABSTAIN, costs_of, in_class_order
from bayeslogit.errors import DesignError
from bayeslogit.families import Family
from bayeslogit.numerics.intervals import interval, interval_names
from bayeslogit.posterior.linear_predictor import eta_blocks
from bayeslogit.response import Response

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = ["Forecast"]


@dataclass(frozen=True, eq=False)
class Forecast:
    """What a posterior says of rows.

    Parameters
    ----------
    family : Family
    response : Response
    theta : ndarray, shape (coefficients, chains x draws)
    shape : tuple of int
        Chains and draws.
    X : ndarray, shape (rows, columns)
    basis : ndarray or None
        How coefficients make the weights of columns; see ``Likelihood.basis``.
    offset : ndarray of shape (rows,), or None
    trials : ndarray of shape (rows,), or None
        For simulated counts.
    index : pandas.Index
        Labels of the rows.
    scores : sequence or mapping, optional
        Of the classes, for their mean.
    """

    family: Family
    response: Response
    theta: np.ndarray
    shape: tuple[int, int]
    X: np.ndarray
    basis: np.ndarray | None
    offset: np.ndarray | None
    trials: np.ndarray | None
    index: pd.Index
    scores: Any = None

    @property
    def _plain(self) -> bool:
        return len(self.response.classes) == 2

    def labels(self, kind: str) -> tuple[str, ...] | None:
        """Return the classes that a kind of prediction has one value for; None for one value."""
        if kind == "linear":
            several = not self._plain and self.family.arrangement != "ordered"
            return self.response.classes[1:] if several else None
        if kind == "outcome" or (kind == "probability" and self._plain):
            return None
        return self.quantity(kind).labels

    def quantity(self, kind: str) -> Quantity:
        """Return the function of class probabilities that a kind is; see ``quantities``.

        Raises
        ------
        DesignError
            If the outcome does not have it, or scores do not fit.
        """
        return quantity_of(kind, self.response, self.scores)

    def _blocks(self) -> Iterator[tuple[slice, np.ndarray]]:
        return eta_blocks(self.family, self.X, self.offset, self.theta, self.basis)

    def blocks(self, kind: str, rng: np.random.Generator) -> Iterator[tuple[slice, np.ndarray]]:
        """Walk the rows; yield draws of a quantity, (values, rows, draws), block by block."""
        quantity = self.quantity(kind) if kind in OF_CLASSES else None
        for rows, eta in self._blocks():
            if kind == "linear":
                ordered = self.family.arrangement == "ordered"
                if self._plain:
                    eta = eta[:1]  # a log precision is no location
                # The location of an ordinal model is what its cutpoints are compared with.
                yield rows, (self.theta[0] - eta[:1] if ordered else eta)
            elif kind == "outcome":
                trials = None if self.trials is None else self.trials[rows]
                yield rows, self.family.simulate(eta, trials, rng)[None]
            else:
                assert quantity is not None
                values = quantity.of(self.family.probabilities(eta))
                yield rows, (values[1:2] if kind == "probability" and self._plain else values)

    def table(self, kind: str, prob: float, ci_kind: str, rng: np.random.Generator) -> pd.DataFrame:
        """Return mean, sd and interval of each row (and class), without keeping the draws.

        Simulated outcomes of several classes are told class by class: codes have no mean.
        """
        import pandas as pd

        one_hot = kind == "outcome" and not self._plain
        labels = self.response.classes if one_hot else self.labels(kind)
        width, n = len(labels or "1"), len(self.X)
        point = self.theta.shape[1] == 1
        names = ("estimate",) if point else ("mean", "sd", *interval_names(prob, ci_kind))
        columns = {name: np.empty((n, width)) for name in names}
        for rows, values in self.blocks(kind, rng):
            if one_hot:
                values = (values == np.arange(len(self.response.classes))[:, None, None]) * 1.0
            values = np.moveaxis(values, 0, 1)
            if point:
                columns["estimate"][rows] = values[..., 0]
                continue
            found = (values.mean(-1), values.std(-1, ddof=1), *interval(values, prob, ci_kind))
            for name, value in zip(names, found, strict=True):
                columns[name][rows] = value
        flat: dict[str, Any] = {name: value.ravel() for name, value in columns.items()}
        if labels is None:
            return pd.DataFrame(flat, index=self.index)
        classes = {"class": np.tile(np.array(labels, dtype=object), n)}
        return pd.DataFrame(classes | flat, index=self.index.repeat(width))

    def draws(self, kind: str, rng: np.random.Generator) -> xr.DataArray:
        """Return draws with dims ``chain, draw, obs`` and, for several values, ``class``."""
        import xarray as xr

        labels = self.labels(kind)
        width, n = len(labels or "1"), len(self.X)
        values: np.ndarray = np.empty((self.theta.shape[1], n, width))
        for rows, block in self.blocks(kind, rng):
            values[:, rows] = np.transpose(block, (2, 1, 0))
        dims: tuple[str, ...] = ("chain", "draw", "obs")
        coords: dict[str, Any] = {
            "chain": np.arange(self.shape[0]),
            "draw": np.arange(self.shape[1]),
            "obs": self.index.to_numpy(),
        }
        if labels is None:
            values = values[:, :, 0]
        else:
            dims, coords = (*dims, "class"), coords | {"class": np.array(labels)}
        values = values.reshape(*self.shape, *values.shape[1:])
        return xr.DataArray(values, dims=dims, coords=coords, name=kind)

    def medians(self, prob: float, ci_kind: str, rng: np.random.Generator) -> pd.DataFrame:
        """Return the median level of each row, the levels its draws are between, and its share.

        The median is that of the mean probabilities, ``probability`` the share of draws whose
        own median it is; a point estimate has ``estimate`` alone.
        """
        import pandas as pd

        n, point = len(self.X), self.theta.shape[1] == 1
        code = np.empty((3, n), dtype=int)
        share = np.empty(n)
        for rows, eta in self._blocks():
            every = self.family.probabilities(eta)
            drawn = median_code(every)
            code[0, rows] = median_code(every.mean(axis=2))
            share[rows] = (drawn == code[0, rows, None]).mean(axis=1)
            if ci_kind == "eti":
                ends = [(1 - prob) / 2, (1 + prob) / 2]
                code[1:, rows] = np.quantile(drawn, ends, axis=1, method="inverted_cdf")
            elif not point:
                code[1:, rows] = interval(drawn, prob, ci_kind)
        values = np.array(self.response.values, dtype=object)
        if point:
            return pd.DataFrame({"estimate": values[code[0]]}, index=self.index)
        lower, upper = interval_names(prob, ci_kind)
        columns = {"median": values[code[0]], lower: values[code[1]], upper: values[code[2]]}
        return pd.DataFrame(columns | {"probability": share}, index=self.index)

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
        import pandas as pd

        mean = np.concatenate([p.mean(axis=2).T for _, p in self.blocks("probability", rng)])
        if self._plain:
            mean = np.concatenate([1.0 - mean, mean], axis=1)
        if costs is not None:
            chosen = np.argmin(mean @ _check_costs(costs, self.response.classes), axis=1)
        elif self._plain:
            chosen = (mean[:, 1] > cutoff).astype(int)
        else:
            chosen = np.argmax(mean, axis=1)
        counted = self.response.kind == "counts"
        values = np.array((0, 1) if counted else self.response.values, dtype=object)
        shown = mean[:, 1] if self._plain else mean[np.arange(len(mean)), chosen]
        return pd.DataFrame({"class": values[chosen], "probability": shown}, index=self.index)

    def class_draws(
        self, cutoff: float, costs: np.ndarray | None, rng: np.random.Generator
    ) -> xr.DataArray:
        """Return, per draw, whether the event (or the code of the class) would be predicted."""
        prob = self.draws("probability", rng)
        if costs is None:
            chosen = prob > cutoff if self._plain else prob.argmax("class")
            return chosen.rename("class")
        every = prob.to_numpy()
        if self._plain:
            every = np.stack([1.0 - every, every], axis=-1)
        code = np.argmin(every @ _check_costs(costs, self.response.classes), axis=-1)
        if self._plain:
            return prob.copy(data=code == 1).rename("class")
        return prob.isel({"class": 0}, drop=True).copy(data=code).rename("class")


def _check_costs(costs: Any, names: tuple[str, ...]) -> np.ndarray:
    """Return the cost matrix as float64, or refuse it by a sentence."""
    if isinstance(costs, Mapping):
        found = costs_of(costs, names)
        if ABSTAIN in found.actions:
            raise DesignError(
                "costs= has a price of abstaining, and a predicted class cannot abstain; expected "
                "costs of the classes; use decide()"
            )
        return found.matrix
    classes = len(names)
    costs = in_class_order(costs, names)
    try:
        matrix = np.asarray(costs, dtype=float)
    except (TypeError, ValueError):
        matrix = np.full(1, np.nan)
    if matrix.shape != (classes, classes) or not np.all(np.isfinite(matrix)):
        raise DesignError(
            f"costs= has the shape {matrix.shape}; expected finite numbers of shape "
            f"({classes}, {classes}), a row per true class and a column per predicted class; "
            "write for example [[0, 1], [5, 0]] for two classes"
        )
    if (matrix < 0).any():
        raise DesignError(
            f"costs= has the negative entry {matrix.min():g}; expected costs of 0 or more; add a "
            "constant to the row, which changes no decision"
        )
    return matrix
