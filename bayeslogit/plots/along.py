"""The probability of the event at rows that differ in one predictor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from bayeslogit import predictions
from bayeslogit.design import Design
from bayeslogit.families import Family
from bayeslogit.plots import style

__all__ = ["Along", "Summary"]

Summary = tuple[np.ndarray, np.ndarray, np.ndarray]


class Along:
    """Summaries of the probability of the event at rows that differ in one predictor."""

    def __init__(
        self,
        design: Design,
        family: Family,
        theta: np.ndarray,
        name: str,
        at: Mapping[str, Any] | None,
        offset: float,
        prob: float,
        kind: str,
        basis: np.ndarray | None = None,
    ) -> None:
        self.design, self.family, self.theta, self.basis = design, family, theta, basis
        self.name, self.at, self.offset = name, at, offset
        self.prob, self.kind = prob, kind
        self.point = theta.shape[1] == 1

    def at_values(self, values: Any, prob: float) -> Summary:
        """Return mean and bounds of the probability at values of the predictor."""
        rows = predictions.curve_rows(self.design, self.name, values, self.at)
        X, offset = predictions.code_rows(self.design, rows)
        total = (0.0 if offset is None else offset) + np.full(len(X), float(self.offset))
        mean, lower, upper = np.empty((3, len(X)))
        for block, eta in predictions.eta_blocks(self.family, X, total, self.theta, self.basis):
            event = self.family.probabilities(eta)[1]
            mean[block] = event.mean(axis=1)
            lower[block], upper[block] = predictions.interval(event, prob, self.kind)
        return mean, lower, upper

    @property
    def values(self) -> np.ndarray:
        """The predictor in the rows of the fit."""
        return self.design.columns[self.name]

    @property
    def rising(self) -> bool:
        """Whether the probability is higher at the end of the data than at their start."""
        own = self.values
        mean = self.at_values([float(own.min()), float(own.max())], self.prob)[0]
        return bool(mean[1] >= mean[0])

    @property
    def held(self) -> str:
        """At which values other predictors are held, in words."""
        others = [other for other in self.design.columns if other != self.name]
        if not others:
            return ""
        row = predictions.curve_rows(self.design, self.name, self.values[:1], self.at)
        parts = []
        for other in others[:4]:
            value = row[other][0]
            number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
            parts.append(f"{other} = {style.number(float(value)) if number else value}")
        more = f" and {len(others) - 4} more" if len(others) > 4 else ""
        return f"at {', '.join(parts)}{more}"
