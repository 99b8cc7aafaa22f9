"""The plain pieces of a posterior that answers are computed from, and rows to compute them on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from bayeslogit.density import Likelihood, class_counts
from bayeslogit.design import Design
from bayeslogit.errors import DesignError, MethodRefused, listing
from bayeslogit.families import LINKS, Family
from bayeslogit.inference import METHODS
from bayeslogit.predictions import index_of, interval, interval_names, interval_settings
from bayeslogit.response import Response, check_offset, check_weights
from bayeslogit.tables import Column, Table, read

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "Origin",
    "Pieces",
    "Rows",
    "Settings",
    "own_offset",
    "refuse_point",
    "refuse_without_offset",
    "rows_of",
    "summarise",
    "typical_row",
]


@dataclass(frozen=True, eq=False)
class Origin:
    """The sample that figures for a population come from, in which classes had other shares.

    Parameters
    ----------
    theta : ndarray, shape (coefficients, draws)
        Draws of the posterior given the sample.
    weights : ndarray, shape (rows,), optional
        Frequency weights of the sample's rows.
    shares : ndarray, shape (classes, draws)
        Share of each class in the population.
    """

    theta: np.ndarray
    weights: np.ndarray | None
    shares: np.ndarray


@dataclass(frozen=True, eq=False)
class Pieces:
    """A posterior, taken apart.

    Parameters
    ----------
    design : Design
    response : Response
    family : Family
    theta : ndarray, shape (coefficients, draws)
        All chains side by side.
    chains : int
        How many chains the draws are of.
    basis : ndarray, shape (predictors x columns, coefficients), optional
        How coefficients make the weights of each column; see ``Likelihood``.
    weights : ndarray, shape (rows,), optional
        Frequency weights of the fitted rows.
    offset : ndarray, shape (rows,), optional
        Everything added to the linear predictor of the fitted rows.
    method : str
        Name of the method, for sentences.
    attrs : dict
        Attributes of the tables that come out.
    origin : Origin, optional
        Of figures for a population: the sample that they come from.
    """

    design: Design
    response: Response
    family: Family
    theta: np.ndarray
    chains: int
    basis: np.ndarray | None
    weights: np.ndarray | None
    offset: np.ndarray | None
    method: str
    attrs: dict[Any, Any]
    origin: Origin | None = None

    @property
    def draws(self) -> int:
        """Number of draws over all chains."""
        return self.theta.shape[1]

    @property
    def point(self) -> bool:
        """Whether there is one draw only: a point estimate."""
        return self.draws == 1

    @property
    def several(self) -> bool:
        """Whether there are more than two classes, so that answers come class by class."""
        return len(self.response.classes) > 2

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes whose probabilities are reported: the event alone, or all of several."""
        return self.response.classes if self.several else self.response.classes[1:]

    @property
    def column_weights(self) -> np.ndarray:
        """Weights of the columns of X by linear predictor, (predictors, columns, draws)."""
        flat = self.theta if self.basis is None else self.basis @ self.theta
        return flat.reshape(self.family.n_eta, -1, self.draws)

    def probabilities(self, eta: np.ndarray) -> np.ndarray:
        """Return probabilities of the classes reported, (classes, rows, draws).

        ``eta`` is (predictors, rows, draws).
        """
        if self.several:
            return self.family.probabilities(eta)
        return LINKS[self.family.link].prob(eta[0])[None]

    def linear(self, eta: np.ndarray) -> np.ndarray:
        """Return the linear predictor of the event, (1, rows, draws), of two classes."""
        return eta[:1]

    def complements(self, eta: np.ndarray) -> np.ndarray:
        """Return one minus each probability, accurate where it is small."""
        if not self.several:
            return LINKS[self.family.link].complement(eta[0])[None]
        prob = self.family.probabilities(eta)
        others = 1.0 - np.eye(len(prob))
        return np.einsum("kj,jrc->krc", others, prob)

    def log_probabilities(self, eta: np.ndarray) -> np.ndarray:
        """Return logarithms of the probabilities, in nats."""
        if not self.several:
            return LINKS[self.family.link].log_probs(eta[0])[1][None]
        with np.errstate(divide="ignore"):
            return np.log(self.family.probabilities(eta))

    @property
    def counts(self) -> np.ndarray:
        """Weighted cases of each class in the fitted rows, (rows, classes)."""
        response = self.response
        counts = class_counts(response.y, len(response.classes), response.trials)
        return counts if self.weights is None else counts * self.weights[:, None]

    @property
    def sampled(self) -> Pieces:
        """The pieces of the sample: these, unless they are about a population."""
        if self.origin is None:
            return self
        return replace(self, theta=self.origin.theta, weights=self.origin.weights, origin=None)

    @property
    def likelihood(self) -> Likelihood:
        """The likelihood of the fitted rows, without combinatorial constants."""
        return Likelihood(self.family, self.design.X, self.counts, self.offset, basis=self.basis)

    @property
    def frequencies(self) -> np.ndarray:
        """How many cases each fitted row stands for: its weight times its trials, (rows,)."""
        n = len(self.response.y)
        result = np.ones(n) if self.weights is None else self.weights.astype(float)
        return result if self.response.trials is None else result * self.response.trials


@dataclass(frozen=True)
class Settings:
    """How draws are summarised.

    Parameters
    ----------
    prob, kind : float, str
        Probability of the interval and ``"eti"`` or ``"hdi"``.
    """

    prob: float
    kind: str

    @classmethod
    def of(cls, pieces: Pieces, ci_prob: float | None, ci_kind: str | None) -> Settings:
        """Check the interval asked for; a point estimate has none.

        Raises
        ------
        DesignError
            If ``ci_prob`` or ``ci_kind`` is not known.
        MethodRefused
            If an interval of a point estimate is asked for.
        """
        prob, kind = interval_settings(ci_prob, ci_kind)
        if ci_prob is not None or ci_kind is not None:
            refuse_point(pieces, "an interval")
        return cls(prob, kind)

    @property
    def names(self) -> tuple[str, str]:
        """Column names of the bounds."""
        return interval_names(self.prob, self.kind)

    def bounds(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return lower and upper bounds over the last axis."""
        return interval(values, self.prob, self.kind)


def refuse_point(pieces: Pieces, what: str) -> None:
    """Refuse something that one draw cannot give.

    Raises
    ------
    MethodRefused
        If there is one draw; the sentence names methods with more.
    """
    if pieces.point:
        able = [name for name, method in METHODS.items() if not method.point]
        raise MethodRefused(
            f"{what} was asked of a fit by method {pieces.method!r}, which is one draw without a "
            f"spread; expected draws of the posterior; fit with one of {listing(able)}"
        )


def summarise(
    values: np.ndarray, settings: Settings, *, median: bool = False, null: float | None = 0.0
) -> dict[str, np.ndarray]:
    """Return estimate, sd, bounds and P(above null) of quantities, each (...).

    Parameters
    ----------
    values : ndarray, shape (..., draws)
    settings : Settings
    median : bool
        Whether the estimate is the median, without sd: for ratios, which may have no mean.
    null : float or None
        What "no effect" is; None leaves out ``p_positive``.
    """
    if values.shape[-1] == 1:
        return {"estimate": values[..., 0]}
    result: dict[str, np.ndarray] = {}
    if median:
        result["estimate"] = np.median(values, axis=-1)
    else:
        result["estimate"] = values.mean(axis=-1)
        result["sd"] = values.std(axis=-1, ddof=1)
    lower, upper = settings.names
    result[lower], result[upper] = settings.bounds(values)
    if null is not None:
        result["p_positive"] = (values > null).mean(axis=-1)
    return result


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows that answers are computed on.

    Parameters
    ----------
    table : Table
    weights : ndarray, shape (rows,)
        How many cases each row stands for.
    offset : ndarray, shape (rows,), optional
        Added to the linear predictor beside the formula's own ``offset(...)``.
    labels : pandas.Index
    """

    table: Table
    weights: np.ndarray
    offset: np.ndarray | None
    labels: pd.Index

    def take(self, index: np.ndarray, weights: np.ndarray | None = None) -> Rows:
        """Return some rows, with other weights where given."""
        return Rows(
            self.table.take(index),
            self.weights[index] if weights is None else weights,
            None if self.offset is None else self.offset[index],
            self.labels[index],
        )


def rows_of(
    pieces: Pieces, newdata: Any = None, *, weights: Any = None, offset: Any = None
) -> Rows:
    """Return the rows asked for: the fitted ones, the mean row, or a table.

    Parameters
    ----------
    pieces : Pieces
    newdata : None, "mean", table or array
    weights : str or array, optional
        Column or values; by default the weights of the fit times the trials for the fitted
        rows, and one for others.
    offset : number or array, optional
        For a table.

    Raises
    ------
    DesignError, ResponseError
        If a column is missing, or ``newdata`` is another word.
    """
    import pandas as pd

    design = pieces.design
    if newdata is None or isinstance(newdata, str):
        if isinstance(newdata, str) and newdata != "mean":
            raise DesignError(
                f"newdata={newdata!r} is not known; expected 'mean' (one row of means and most "
                "frequent levels), a table, or nothing for the fitted rows; choose one of these"
            )
        if offset is not None:
            raise DesignError(
                "offset= came without a table of new rows; expected it with newdata only, because "
                "the fitted rows have theirs; leave it out, or pass newdata="
            )
        table = design.table()
        extra = own_offset(design, pieces.offset)
        used = _weights(weights, table, pieces.frequencies)
        rows = Rows(table, used, extra, pd.RangeIndex(table.n_rows))
        return rows if newdata is None else typical_row(rows)
    if isinstance(newdata, np.ndarray | list | tuple):
        table = read(dict(design.code(newdata)[2]), what="new rows")
    else:
        table = read(newdata, what="new rows")
    n = table.n_rows
    given = None
    if offset is None:
        refuse_without_offset(design, pieces.offset)
    else:
        given = check_offset(np.full(n, offset) if np.ndim(offset) == 0 else offset, n)
    return Rows(table, _weights(weights, table, np.ones(n)), given, index_of(newdata, n))


def own_offset(design: Design, total: np.ndarray | None) -> np.ndarray | None:
    """Return the offset of the fitted rows that the formula does not give, or None."""
    if total is None:
        return None
    extra = total if design.offset is None else total - design.offset
    return extra if extra.any() else None


def refuse_without_offset(design: Design, total: np.ndarray | None) -> None:
    """Refuse new rows without an offset where the fitted rows had one.

    Raises
    ------
    DesignError
        Zero in its place would be a silent, wrong answer.
    """
    extra = own_offset(design, total)
    if extra is not None:
        raise DesignError(
            f"the model has an offset (from {extra.min():.6g} to {extra.max():.6g} in the fitted "
            "rows) and the new rows came without one; expected a number, or one for each new row; "
            "pass offset=, for example offset=0 (on the command line --offset COLUMN)"
        )


def _weights(weights: Any, table: Table, default: np.ndarray) -> np.ndarray:
    if weights is None:
        return default
    if isinstance(weights, str):
        table.complete([weights])
        weights = table[weights]
    return check_weights(weights, table.n_rows)


def typical_row(rows: Rows) -> Rows:
    """Return one row: weighted means of numbers, most frequent levels of the others."""
    import pandas as pd

    weights = rows.weights / rows.weights.sum()
    columns: dict[str, Any] = {}
    for name in rows.table.names:
        column = rows.table.column(name)
        if column.kind == "number":
            columns[name] = Column("number", np.array([weights @ column.values]))
        else:
            counts = np.bincount(column.values.astype(np.int64), weights)
            kept = np.array([np.argmax(counts)]).astype(column.values.dtype)
            columns[name] = Column(column.kind, kept, column.levels, column.ordered)
    offset = None if rows.offset is None else np.array([weights @ rows.offset])
    return Rows(Table(columns, 1, what=rows.table.what), np.ones(1), offset, pd.Index(["mean"]))
