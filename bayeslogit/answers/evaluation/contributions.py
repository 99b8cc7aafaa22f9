"""What each predictor adds to the linear predictor of a model in which effects add up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from bayeslogit.answers.prediction.profile_rows import curve_rows, is_measured
from bayeslogit.errors import MethodRefused
from bayeslogit.families.conditional import refuse_risks
from bayeslogit.posterior.posterior import Posterior, column_weights
from bayeslogit.posterior.rows import fitted_rows

__all__ = ["Contribution", "Contributions", "contributions"]

_POINTS = 401
# Whole numbers that are no more than these have points by their values.
_FEW = 10
# How far effects may be from adding up, in units of the linear predictor.
_ADDS_UP = 1e-6


@dataclass(frozen=True, eq=False)
class Contribution:
    """What one predictor adds, at the posterior mean of the coefficients.

    Attributes
    ----------
    name : str
    measured : bool
        Whether it is a number with a scale, and not one of a few levels.
    values : ndarray, shape (values,)
        Levels, or numbers over the range of the fitted rows, rising.
    effect : ndarray, shape (values,)
        Added to the linear predictor, beyond what adds least.
    """

    name: str
    measured: bool
    values: np.ndarray
    effect: np.ndarray

    @property
    def width(self) -> float:
        """What adds most."""
        return float(self.effect.max())


@dataclass(frozen=True, eq=False)
class Contributions:
    """What all predictors add.

    Attributes
    ----------
    parts : tuple of Contribution
        Of predictors that add anything.
    constant : float
        The linear predictor where each adds least.
    """

    parts: tuple[Contribution, ...]
    constant: float


def contributions(posterior: Posterior, what: str) -> Contributions:
    """Return what each predictor adds to the linear predictor.

    Parameters
    ----------
    posterior : Posterior
        Of an outcome of two classes.
    what : str
        What they are wanted for, in a sentence.

    Raises
    ------
    MethodRefused
        If effects do not add up, or the model has several classes, groups or an offset.
    """
    model = posterior.model
    if model.family.coupled:
        refuse_risks(f"{what}s".removeprefix("a "), model.family.arrangement)
    if posterior.several or model.family.n_eta != 1:
        _refuse(what, "an outcome of several classes", "an outcome of two", "bind classes together")
    if model.design.groups:
        _refuse(what, "group-level terms", "a model without", "leave them out")
    if model.offset is not None:
        _refuse(what, "an offset", "a model without", "leave it out")
    design, weights = model.design, column_weights(posterior)[0].mean(axis=1)
    rows = fitted_rows(model)
    eta = rows.coded(design)[0] @ weights
    parts, total = [], np.zeros(len(eta))
    for name in design.predictors:
        own = design.columns[name]
        used = own[rows.weights > 0.0]
        number = is_measured(design, name)
        # A number such as 0 and 1, or of children, has points by its values.
        values: Any = np.unique(used) if number else np.array(design.levels(name), dtype=object)
        measured = number and (len(values) > _FEW or bool((values % 1 != 0.0).any()))
        if measured:
            values = np.linspace(float(used.min()), float(used.max()), _POINTS)
        effect = curve_rows(posterior, name, values).rows.coded(design)[0] @ weights
        seen, place = np.unique(own, return_inverse=True)
        at = curve_rows(posterior, name, seen).rows.coded(design)[0] @ weights
        total += (at - effect.min())[place.ravel()]
        if np.ptp(effect) > 0.0:
            parts.append(Contribution(name, measured, values, effect - effect.min()))
    constant = float(np.mean(eta - total))
    if not parts:
        _refuse(what, "no predictors", "some", "add them to the formula")
    if np.abs(eta - total - constant).max() > _ADDS_UP * max(1.0, float(np.ptp(eta))):
        _refuse(what, "effects that do not add up, such as interactions", "a sum", "leave them out")
    return Contributions(tuple(parts), constant)


def _refuse(what: str, found: str, expected: str, do: str) -> None:
    raise MethodRefused(
        f"{what} was asked of a model with {found}; expected {expected}, because each predictor "
        f"has points of its own; {do}, or use predict()"
    )
