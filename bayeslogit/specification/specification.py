"""The specification of a model: its parts and their log posterior, as one value."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from bayeslogit.design import Design
from bayeslogit.families import LINKS, Family
from bayeslogit.priors import CoefficientPrior
from bayeslogit.response import Response
from bayeslogit.runtime.state import fields_alone
from bayeslogit.specification.cases import Cases, cases_of
from bayeslogit.specification.density import Likelihood, LogDensity, class_counts
from bayeslogit.specification.layout import Layout, layout_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Specification"]


@dataclass(frozen=True, eq=False)
class Specification:
    """The specification of a model: design, outcome, family, prior, weights and offset.

    Attributes
    ----------
    design : Design
        Predictors: ``X`` (obs, coefficients), coefficient names, how to code new rows.
    response : Response
        The coded outcome, its classes and which one is the event.
    family : Family
        Likelihood and link.
    prior : CoefficientPrior
        Density on all coefficients of the raw columns, on the scale of the linear predictor
        (log-odds for the logit link).
    weights : ndarray of shape (obs,), or None
        Frequency weights; they multiply each row's log-likelihood.
    offset : ndarray of shape (obs,), or None
        The sum of ``offset=`` and ``offset(...)``, added to the linear predictor.
    rows : ndarray of shape (obs,)
        Positions, in the user's table, of the rows that are used.
    dropped : int
        Number of rows left out because a value was missing.
    """

    design: Design
    response: Response
    family: Family
    prior: CoefficientPrior
    weights: np.ndarray | None
    offset: np.ndarray | None
    rows: np.ndarray
    dropped: int = 0

    __getstate__ = fields_alone

    @cached_property
    def layout(self) -> Layout:
        """Names and order of the coefficients, and the posterior variables that hold them."""
        design = self.design
        return layout_of(
            self.family.arrangement,
            design.names,
            design.term_columns,
            self.response.classes,
            intercept=design.intercept,
            partial=self.family.partial,
        )

    @cached_property
    def counts(self) -> np.ndarray:
        """Weighted counts of each class in each row, (obs, classes)."""
        response = self.response
        counts = class_counts(response.y, len(response.classes), response.trials)
        return counts if self.weights is None else counts * self.weights[:, None]

    @cached_property
    def cases(self) -> Cases:
        """The cases that the rows hold, like ones together, however the rows write them."""
        return cases_of(self.family, self.design.X, self.offset, self.counts)

    @property
    def labels(self) -> pd.Index:
        """Labels of the rows, (obs,): the index of the user's table, else ``rows``."""
        return self.design.source.labels

    @property
    def frequencies(self) -> np.ndarray:
        """Number of cases in each row: its weight times its trials, (obs,)."""
        n = len(self.response.y)
        result = np.ones(n) if self.weights is None else self.weights.astype(float)
        return result if self.response.trials is None else result * self.response.trials

    @cached_property
    def density(self) -> LogDensity:
        """The log posterior on arrays, in nats."""
        response = self.response
        cases = class_counts(response.y, len(response.classes), response.trials)
        constants = self.family.constants(cases)
        if self.weights is not None:
            constants = constants * self.weights
        likelihood = Likelihood(
            self.family,
            self.design.X,
            self.counts,
            self.offset,
            constants if constants.any() else None,
            self.layout.basis,
            self._start(),
        )
        return LogDensity(likelihood, self.prior)

    def _start(self) -> np.ndarray | None:
        """Return coefficients of finite density: the observed shares, and slopes of zero."""
        counts, ordered = self.counts.sum(axis=0), self.family.arrangement == "ordered"
        start = np.zeros(len(self.layout.names))
        if ordered:
            share = np.cumsum(counts + 0.5)[:-1] / (counts.sum() + 0.5 * len(counts))
            start[: len(share)] = np.log(share / (1.0 - share))
            return start
        if not self.design.intercept or self.family.arrangement == "several":
            return None
        link, shares = LINKS[self.family.link], (counts + 0.5) / (counts.sum() + 1.0)
        # From the smaller share, which has its digits.
        rare = link.inverse if shares[1] <= 0.5 else link.inverse_complement
        start[0] = float(rare(shares.min(keepdims=True))[0])
        if self.offset is not None:
            start[0] -= np.average(self.offset, weights=self.counts.sum(axis=1))
        return start
