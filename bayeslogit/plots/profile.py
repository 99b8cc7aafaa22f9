"""Probabilities at rows that differ in one predictor."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from bayeslogit.answers.prediction.curves import curve_rows
from bayeslogit.design import Design
from bayeslogit.families import Family
from bayeslogit.numerics.intervals import interval
from bayeslogit.plots import style
from bayeslogit.posterior.linear_predictor import code_rows, eta_blocks

__all__ = ["Profile", "Summary"]

Summary = tuple[np.ndarray, np.ndarray, np.ndarray]


class Profile:
    """Summaries of probabilities at rows that differ in one predictor."""

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
        """Return mean and bounds of the probability of the event at values of the predictor."""
        mean, lower, upper = self.of_classes(values, prob, lambda every: every[1:2])
        return mean[0], lower[0], upper[0]

    def of_classes(
        self, values: Any, prob: float, of: Callable[[np.ndarray], np.ndarray]
    ) -> Summary:
        """Return mean and bounds, (quantities, values), of what ``of`` makes of probabilities.

        ``of`` takes (classes, rows, draws).
        """
        rows = curve_rows(self.design, self.name, values, self.at)
        X, offset = code_rows(self.design, rows)
        total = (0.0 if offset is None else offset) + np.full(len(X), float(self.offset))
        parts = []
        for _, eta in eta_blocks(self.family, X, total, self.theta, self.basis):
            found = of(self.family.probabilities(eta))
            parts.append([found.mean(axis=2), *interval(found, prob, self.kind)])
        mean, lower, upper = (np.concatenate(part, axis=1) for part in zip(*parts, strict=True))
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
        row = curve_rows(self.design, self.name, self.values[:1], self.at)
        parts = []
        for other in others[:4]:
            value = row[other][0]
            number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
            parts.append(f"{other} = {style.number(float(value)) if number else value}")
        more = f" and {len(others) - 4} more" if len(others) > 4 else ""
        return f"at {', '.join(parts)}{more}"
