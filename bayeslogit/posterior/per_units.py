"""Coefficients per so many units of a predictor: ten years, one sd, the distance of quartiles."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from bayeslogit.errors import DesignError, listing, nearest
from bayeslogit.numerics.quantiles import quantiles
from bayeslogit.specification.specification import Specification

__all__ = ["per_units"]

_WORDS = ("sd", "iqr")


def per_units(
    specification: Specification, names: Sequence[str], per: Mapping[str, Any] | None
) -> tuple[np.ndarray, list[str]]:
    """Return what coefficients are multiplied by, and what they are called then.

    Parameters
    ----------
    specification : Specification
    names : sequence of str
        Of the coefficients.
    per : mapping, optional
        How many units of a predictor, ``{"age": 10}``; or ``"sd"``, ``"iqr"``: its standard
        deviation or the distance of its quartiles in the fitted rows, weights counted. A product
        with the predictor is per as many.

    Returns
    -------
    factors : ndarray, shape (coefficients,)
    names : list of str
        Such as ``"age (per 10)"``.

    Raises
    ------
    DesignError
        If a name is not a predictor, a size is no positive number, or the predictor does not enter
        as it is.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> model = bl.logistic("passed ~ hours", bl.load_dataset("exam"))
    >>> factors, names = per_units(model, ["Intercept", "hours"], {"hours": 0.5})
    >>> factors.tolist(), names
    ([1.0, 0.5], ['Intercept', 'hours (per 0.5)'])
    """
    factors, shown = np.ones(len(names)), list(names)
    if per is not None and not isinstance(per, Mapping):
        raise DesignError(
            f"per={per!r} is no dict; expected the units of predictors; write for example "
            f"per={{{next(iter(specification.design.columns), 'age')!r}: 10}}"
        )
    for name, size in (per or {}).items():
        amount, words = _amount(specification, name, size)
        found = False
        for i, coefficient in enumerate(names):
            power = _power(specification, coefficient, name)
            if power:
                found = True
                factors[i] *= amount**power
                shown[i] += f" (per {words})" if shown[i] == names[i] else f" (and {words})"
        if not found:
            raise DesignError(
                f"{name!r} has no coefficient of its own in {specification.design.formula!r}; "
                "expected a number that enters as it is; ask for "
                f"comparisons({{{name!r}: {size!r}}}, comparison='odds_ratio', newdata='mean')"
            )
    return factors, shown


def _amount(specification: Specification, name: str, size: Any) -> tuple[float, str]:
    design, weights = specification.design, specification.frequencies
    numeric = [
        n for n, v in design.columns.items() if v.dtype.kind in "iuf" and n not in design.factors
    ]
    if name not in numeric:
        raise DesignError(
            f"per= names {name!r}, which is not a number of this model; expected some of "
            f"{listing(numeric)}; name one of them.{nearest(str(name), numeric)}"
        )
    values = design.columns[name]
    if size == "sd":
        total = weights.sum()
        squares = weights @ (values - weights @ values / total) ** 2
        amount = float(np.sqrt(squares / (total - 1.0 if total > 1.0 else total)))
        words = f"sd, {amount:.4g}"
    elif size == "iqr":
        low, high = quantiles(values, [0.25, 0.75], weights).tolist()
        amount = high - low
        words = f"iqr, {amount:.4g}"
    else:
        number = isinstance(size, int | float | np.number) and not isinstance(size, bool)
        amount = float(size) if number else np.nan
        words = f"{amount:.6g}"
    if not (np.isfinite(amount) and amount > 0.0):
        raise DesignError(
            f"per= has {size!r} for {name!r}; expected a positive number or one of "
            f"{listing(_WORDS)} of a predictor that varies; write for example per={{{name!r}: 10}}"
            + (nearest(size, _WORDS) if isinstance(size, str) else "")
        )
    return amount, words


def _power(specification: Specification, coefficient: str, name: str) -> int:
    """Return how often a coefficient multiplies a predictor; refuse other functions of it."""
    columns = set(specification.design.names)
    label = coefficient if coefficient in columns else coefficient.partition(": ")[2]
    if label not in columns:
        return 0
    parts = label.split(":")
    own = sum(part == name for part in parts)
    within = rf"(?<![\w.]){re.escape(name)}(?![\w.])"
    for part in parts:
        if part != name and re.search(within, re.sub(r"\[[^\]]*\]$", "", part)):
            raise DesignError(
                f"{name!r} also enters as {part!r}, so no coefficient is per {name}; expected a "
                "number that enters as it is; ask for comparisons("
                f"{{{name!r}: 10}}, comparison='odds_ratio', newdata='mean')"
            )
    return own
