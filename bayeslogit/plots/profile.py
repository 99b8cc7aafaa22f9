"""Probabilities at rows that differ in one predictor."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from bayeslogit.answers.prediction.profile_rows import (
    check_variable,
    combined,
    curve_rows,
    is_measured,
)
from bayeslogit.design import Design
from bayeslogit.errors import DesignError, listing
from bayeslogit.numerics.intervals import Settings, interval
from bayeslogit.posterior.group_views import as_seen, default_along
from bayeslogit.posterior.linear_predictor import eta_blocks
from bayeslogit.posterior.posterior import Posterior, fold
from bayeslogit.posterior.rows import Rows
from bayeslogit.text import number

__all__ = ["POINTS", "Profile", "Summary", "chosen"]

POINTS = 201  # of a line
_OF_GROUPS = {
    "typical": "a typical group",
    "new": "a new group",
    "average": "the mean over groups",
    "known": "",
}

Summary = tuple[np.ndarray, np.ndarray, np.ndarray]


def chosen(design: Design, name: str | None) -> str:
    """Return the predictor to draw along: the one named, the only one, or the only number.

    Parameters
    ----------
    design : Design
    name : str, optional

    Raises
    ------
    DesignError
        If there is no such predictor, or none that stands out.
    """
    columns = tuple(design.columns)
    if name is not None:
        check_variable(design, name)
        return name
    columns = design.predictors
    numbers = [c for c in columns if is_measured(design, c)]
    if len(columns) == 1:
        return columns[0]
    if len(numbers) == 1:
        return numbers[0]
    if not columns:
        raise DesignError(
            f"the formula {design.formula!r} has no predictor; expected one to draw the curve "
            "along; add one to the formula"
        )
    raise DesignError(
        f"the model has {len(columns)} predictors, {listing(columns)}, and none was chosen; "
        "expected the name of one; write for example "
        f"name={(numbers or columns)[0]!r} (on the command line --name)"
    )


class Profile:
    """Summaries of probabilities at rows that differ in one predictor.

    Parameters
    ----------
    posterior : Posterior
    name : str, optional
        The predictor; by default the only one, or the only one that is a number.
    at : mapping, optional
        Values of other predictors, one each.
    offset : float, optional
        Added to the linear predictor; by default that of the mean row.
    settings : Settings
        The interval.
    groups : str, optional
        For group-level terms, which group it is about: a typical one by default.
    """

    def __init__(
        self,
        posterior: Posterior,
        name: str | None,
        at: Mapping[str, Any] | None,
        offset: float | None,
        settings: Settings,
        groups: str | None = None,
    ) -> None:
        self.given = given = posterior
        word = groups or default_along(posterior, at)
        posterior = as_seen(posterior, groups, word)
        self.group = _OF_GROUPS[word] if given.model.design.groups else ""
        self.posterior, self.design = posterior, posterior.model.design
        self.name, self.at, self.offset = chosen(self.design, name), at, offset
        if len(combined(posterior, self.name, at)) > 1:
            raise DesignError(
                f"at={dict(at or {})!r} has a list, and a picture holds other predictors at one "
                "value; expected a value for each; draw a picture for each with ax=, or read "
                f"curve({self.name!r}, at=...), which takes every combination"
            )
        self.prob, self.kind = settings.prob, settings.kind
        self.point = posterior.point

    def at_values(self, values: Any, prob: float) -> Summary:
        """Return mean and bounds of the probability of the event at values of the predictor.

        Parameters
        ----------
        values : array-like, shape (values,)
            Of the predictor, in its own unit.
        prob : float
            Probability of the interval, between 0 and 1.

        Returns
        -------
        tuple of ndarray, shape (values,)
            Mean, lower and upper bound, as probabilities.
        """
        mean, lower, upper = self.of_classes(values, prob, lambda every: every[1:2])
        return mean[0], lower[0], upper[0]

    def of_classes(
        self, values: Any, prob: float, of: Callable[[np.ndarray], np.ndarray]
    ) -> Summary:
        """Return mean and bounds of functions of the class probabilities.

        Parameters
        ----------
        values : array-like, shape (values,)
            Of the predictor, in its own unit.
        prob : float
            Probability of the interval, between 0 and 1.
        of : callable
            Takes probabilities (classes, values, draws), returns (quantities, values, draws).

        Returns
        -------
        tuple of ndarray, shape (quantities, values)
            Mean, lower and upper bound.
        """
        X, total = self.rows(values).coded(self.design)
        parts = []
        nodes = self.posterior.nodes
        for _, eta in eta_blocks(nodes[0] if nodes else self.posterior, X, total):
            found = of(fold(self.posterior, self.posterior.model.family.probabilities(eta)))
            parts.append([found.mean(axis=2), *interval(found, prob, self.kind)])
        mean, lower, upper = (np.concatenate(part, axis=1) for part in zip(*parts, strict=True))
        return mean, lower, upper

    def rows(self, values: Any) -> Rows:
        """Return the rows of values of the predictor.

        Parameters
        ----------
        values : array-like, shape (values,)
            Of the predictor, in its own unit.
        """
        return curve_rows(self.posterior, self.name, values, self.at, self.offset).rows

    @property
    def values(self) -> np.ndarray:
        """The predictor in the rows of the fit."""
        return self.design.columns[self.name]

    @property
    def ends(self) -> tuple[float, float]:
        """The least and the largest value of the predictor in rows with cases."""
        own = self.values[self.posterior.sample.model.frequencies > 0.0]
        return float(own.min()), float(own.max())

    @property
    def rising(self) -> bool:
        """Whether the probability is higher at the end of the data than at their start."""
        mean = self.at_values(self.ends, self.prob)[0]
        return bool(mean[1] >= mean[0])

    @property
    def held(self) -> str:
        """At which values other predictors are held, in words."""
        row = self.rows(self.values[:1])
        held = {other: row.table[other][0] for other in self.design.columns if other != self.name}
        if row.offset is not None and row.offset[0]:
            held["offset"] = row.offset[0]
        if not held:
            return self.group
        parts = []
        for other, value in list(held.items())[:4]:
            measured = isinstance(value, int | float | np.number) and not isinstance(value, bool)
            parts.append(f"{other} = {number(float(value)) if measured else value}")
        more = f" and {len(held) - 4} more" if len(held) > 4 else ""
        where = f"at {', '.join(parts)}{more}"
        return f"{self.group}, {where}" if self.group else where
