"""Arguments of the command line in terms of the package: priors, values, columns."""

from __future__ import annotations

from typing import Any

import numpy as np

import bayeslogit as bl
from bayeslogit.cli.exits import UsageError, as_given
from bayeslogit.design import Design
from bayeslogit.errors import DesignError, PriorError, nearest

__all__ = ["column_of", "population", "priors_of", "values_of"]


# Priors of standard deviations and correlations of group-level terms.
_OF_GROUPS = ("HalfNormal", "HalfStudentT", "Exponential", "LKJ")


def priors_of(texts: list[str]) -> Any:
    """Return ``priors=`` from ``[TERM=]PRIOR`` arguments."""
    if not texts:
        return None
    if texts == ["flat"]:
        return "flat"
    if len(texts) == 1 and texts[0].lower().startswith("zerosum"):
        return _zero_sum(texts[0])
    result: dict[str, Any] = {}
    for text in texts:
        term, found, words = text.rpartition("=")
        term = term if found else "slopes"
        prior = _prior(words, text)
        if term not in result:
            result[term] = prior
            continue
        pair = [result[term], prior]  # of a standard deviation, and of correlations
        if sum(isinstance(one, bl.LKJ) for one in pair) != 1 or isinstance(pair[0], list):
            raise UsageError(f"--prior names {term!r} twice; expected one prior for each term")
        result[term] = pair
    return result


def _zero_sum(text: str) -> bl.ZeroSum:
    try:
        return bl.ZeroSum(*(float(part) for part in text.split(":")[1:]))
    except (TypeError, ValueError) as error:
        raise UsageError(
            f"--prior {as_given(text)}: {error}; write for example zerosum:2.5"
        ) from None


def _prior(words: str, text: str) -> Any:
    name, *parts = words.split(":")
    kinds: dict[str, Any] = {key.lower(): kind for key, kind in bl.PRIORS.items()}
    kinds["dirichlet"] = _dirichlet
    kinds |= {kind.lower(): getattr(bl, kind) for kind in _OF_GROUPS}
    if _is_number(words):
        return float(words)
    kind = kinds.get(name.lower())
    if kind is None:
        raise UsageError(
            f"--prior {as_given(text)} has no prior {name!r}; expected one of {', '.join(kinds)}, "
            f"such as normal:2.5.{nearest(name, kinds)}"
        )
    try:
        values = [float(part) for part in parts]
    except ValueError:
        raise UsageError(
            f"--prior {as_given(text)} has something else than numbers after {name!r}; expected "
            "for example normal:2.5 or normal:0:2.5"
        ) from None
    if name.lower() in ("normal", "cauchy") and len(values) == 1:
        values = [0.0, *values]
    try:
        return kind(*values)
    except (DesignError, PriorError, TypeError) as error:
        raise UsageError(f"--prior {as_given(text)}: {error}") from None


def _is_number(text: str) -> bool:
    try:
        return bool(np.isfinite(float(text)))
    except ValueError:
        return False


def _dirichlet(*concentration: float) -> bl.Dirichlet:
    """Return a prior of class probabilities: one number for all classes, or one for each."""
    if not concentration:
        raise TypeError("it needs a number, such as dirichlet:1, or one for each class")
    return bl.Dirichlet(concentration[0] if len(concentration) == 1 else concentration)


def population(fit: bl.Fit, prevalence: str | None) -> Any:
    """Return a fit, or the fit moved to a population of another prevalence.

    Parameters
    ----------
    fit : Fit
    prevalence : str or None
        Share of events: ``0.001``, ``beta:2:998`` for a distribution, or
        ``none=0.9,mild=0.08,severe=0.02``.
    """
    return fit if prevalence is None else fit.with_prevalence(_prevalence(prevalence))


def _prevalence(text: str) -> Any:
    try:
        if "=" in text:
            pairs = [part.rpartition("=") for part in text.split(",") if part.strip()]
            return {name.strip(): float(share) for name, _, share in pairs}
        if text.startswith("beta:"):
            from scipy.stats import beta

            a, b = (float(part) for part in text.split(":")[1:])
            if min(a, b) <= 0.0:
                raise ValueError(text)
            return beta(a, b)
        return float(text)
    except ValueError:
        raise UsageError(
            f"--prevalence {as_given(text)} is not a share; expected a number such as 0.001, a "
            "distribution such as beta:2:998, or a share for each class such as "
            "no=0.9,mild=0.08,severe=0.02"
        ) from None


def values_of(texts: list[str], design: Design) -> dict[str, Any]:
    """Return ``at=`` from ``NAME=VALUE`` arguments, values in the type of their column.

    Parameters
    ----------
    texts : list of str
        ``NAME=VALUE`` each.
    design : Design
        Its columns tell numbers from levels.

    Raises
    ------
    UsageError
        If an argument has no ``=``, or a value is not of the column's type.
    """
    result: dict[str, Any] = {}
    for text in texts:
        name, found, word = text.partition("=")
        if not found:
            raise UsageError(
                f"--at {as_given(text)} has no '='; expected NAME=VALUE, such as --at school=east"
            )
        kind = design.columns[name].dtype.kind if name in design.columns else "U"
        try:
            if kind in "fiu":
                result[name] = float(word)
            elif kind == "b":
                result[name] = {"true": True, "1": True, "false": False, "0": False}[word.lower()]
            else:
                result[name] = word
        except (ValueError, KeyError):
            wanted = "true or false" if kind == "b" else "a number"
            raise UsageError(
                f"--at {as_given(text)}: {word!r} is not {wanted}, as {name!r} is"
            ) from None
    return result


def column_of(data: Any, what: str, name: str | None) -> np.ndarray | None:
    """Return a column of the new rows by the name that an argument gives, if it gives one.

    Parameters
    ----------
    data : DataFrame
        The new rows.
    what : str
        The option, such as ``"offset"``.
    name : str or None
        The column; None where the option was not given.

    Raises
    ------
    DesignError
        If the rows have no such column.
    """
    if name is None:
        return None
    if name not in data:
        raise DesignError(
            f"--{what} names the column {name!r}, which the new rows do not have; expected one of "
            f"{', '.join(map(repr, data.columns))}; add it.{nearest(name, data.columns)}"
        )
    values: np.ndarray = data[name].to_numpy()
    return values
