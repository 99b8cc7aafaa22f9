"""Priors stated as beliefs: of an odds ratio, or of a probability at a row."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bayeslogit.errors import PriorError
from bayeslogit.errors.door import at_the_door

__all__ = ["Belief", "odds_ratio", "probability"]


@dataclass(frozen=True)
class Belief:
    """A range that holds an odds ratio or a probability with a stated probability.

    Parameters
    ----------
    kind : {"odds ratio", "probability"}
    of : str, or dict
        The term of an odds ratio; the row of a probability.
    between : tuple of float
        Ends of the range.
    prob : float
        Probability inside the range, half of the rest on either side.
    per : float
        Of an odds ratio: the increase of the term.
    levels : tuple of two levels, or None
        Of an odds ratio: the first against the second.
    """

    kind: str
    of: Any
    between: tuple[float, float]
    prob: float
    per: float = 1.0
    levels: tuple[Any, Any] | None = None

    def __str__(self) -> str:
        where = f"{self.of}"
        if self.kind == "probability":
            where = ", ".join(f"{name} = {value}" for name, value in self.of.items()) or "any row"
            return f"probability at {where}"
        if self.levels is not None:
            where += f" {self.levels[0]} against {self.levels[1]}"
        return f"odds ratio of {where}" + (f" per {self.per:g}" if self.per != 1.0 else "")


@at_the_door
def odds_ratio(
    term: str,
    *,
    between: tuple[float, float],
    prob: float = 0.9,
    per: float = 1.0,
    levels: tuple[Any, Any] | None = None,
) -> Belief:
    """Return the belief that an odds ratio lies in a range, for ``priors=``.

    Given to a builder, alone or in a list, beliefs make one Gaussian prior of all coefficients
    that meets each of them; what they leave open is as the default prior has it. Several that
    cannot all be met exactly are met by least squares, and ``print(model)`` says how well.

    Parameters
    ----------
    term : str
        A coefficient, or a factor together with ``levels``.
    between : tuple of two floats
        Ends of the range, both positive: odds ratios.
    prob : float, default 0.9
        Probability inside the range, in (0, 1); half of the rest is on either side, in log-odds.
    per : float, default 1
        The increase of the term that the odds ratio is for, not zero.
    levels : tuple of two levels, optional
        Of a factor: the odds of the first level against those of the second.

    Returns
    -------
    Belief

    Raises
    ------
    PriorError
        If a number is not as described.

    See Also
    --------
    probability : A belief about a probability.
    GaussianPrior : Means and covariances instead.

    Examples
    --------
    An hour of study multiplies the odds of passing by 1 to 5, and after 2 hours a tenth to a half
    pass, each with probability 0.9:

    >>> import numpy as np
    >>> import bayeslogit as bl
    >>> exam = bl.load_dataset("exam")
    >>> beliefs = [
    ...     bl.odds_ratio("hours", between=(1, 5)),
    ...     bl.probability({"hours": 2}, between=(0.1, 0.5)),
    ... ]
    >>> model = bl.logistic("passed ~ hours", exam, priors=beliefs)
    >>> model.prior.joint.mean.round(1), np.sqrt(np.diag(model.prior.joint.covariance)).round(1)
    (array([-2.7,  0.8]), array([1.2, 0.5]))
    """
    low, high = _range("odds_ratio", between, prob, 0.0, math.inf, "(0.8, 3)")
    if not _number(per) or per == 0.0:
        raise PriorError(
            f"odds_ratio got per={per!r}; expected a finite number that is not zero; write for "
            "example per=10"
        )
    if levels is not None and (isinstance(levels, str) or len(tuple(levels)) != 2):
        raise PriorError(
            f"odds_ratio got levels={levels!r}; expected two levels, the first against the "
            "second; write for example levels=('yes', 'no')"
        )
    pair = None if levels is None else (levels[0], levels[1])
    return Belief("odds ratio", str(term), (low, high), float(prob), float(per), pair)


@at_the_door
def probability(
    row: Mapping[str, Any], *, between: tuple[float, float], prob: float = 0.9
) -> Belief:
    """Return the belief that the probability of the event at a row lies in a range.

    Parameters
    ----------
    row : dict of str to value
        A value of every predictor of the model.
    between : tuple of two floats
        Ends of the range, in (0, 1).
    prob : float, default 0.9
        Probability inside the range, in (0, 1); half of the rest is on either side, on the scale
        of the linear predictor.

    Returns
    -------
    Belief
        For ``priors=``, alone or in a list.

    Raises
    ------
    PriorError
        If a number is not as described.

    See Also
    --------
    odds_ratio : A belief about an odds ratio, and what beliefs together make.

    References
    ----------
    Bedrick, E. J., Christensen, R. and Johnson, W. (1996). A new perspective on priors for
    generalized linear models. doi:10.1080/01621459.1996.10476713

    Examples
    --------
    >>> import bayeslogit as bl
    >>> exam = bl.load_dataset("exam")
    >>> belief = bl.probability({"hours": 2}, between=(0.1, 0.5), prob=0.9)
    >>> model = bl.logistic("passed ~ hours", exam, priors=belief)
    >>> print(model.prior.joint.stated[0])
    probability at hours = 2: 0.1 to 0.5 with probability 0.9, as stated
    """
    low, high = _range("probability", between, prob, 0.0, 1.0, "(0.1, 0.5)")
    if not isinstance(row, Mapping):
        raise PriorError(
            f"probability got {type(row).__name__} as its row; expected a dict with a value of "
            "every predictor; write for example probability({'hours': 2}, between=(0.1, 0.5))"
        )
    return Belief("probability", dict(row), (low, high), float(prob))


def _number(value: Any) -> bool:
    try:
        return math.isfinite(value)
    except TypeError:
        return False


def _range(
    verb: str, between: Any, prob: Any, lowest: float, highest: float, example: str
) -> tuple[float, float]:
    """Return the ends of a range, or refuse it."""
    try:
        low, high = (float(value) for value in between)
    except (TypeError, ValueError):
        low, high = math.nan, math.nan
    if not lowest < low < high < highest:
        top = "1" if highest == 1.0 else "infinity"
        raise PriorError(
            f"{verb} got between={between!r}; expected two numbers, the lower first, above 0 and "
            f"below {top}; write for example between={example}"
        )
    if not _number(prob) or not 0.0 < prob < 1.0:
        raise PriorError(
            f"{verb} got prob={prob!r}; expected a number above 0 and below 1, the probability "
            "inside the range; write for example prob=0.9"
        )
    return low, high
