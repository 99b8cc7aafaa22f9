"""What the page asks for, read and checked: a browser may send anything."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

import bayeslogit as bl
from bayeslogit.errors import DesignError, listing, nearest, shortened

__all__ = ["LINKS", "MOST", "NARROWEST", "WIDEST", "Request", "read"]

# Curves of the page have no bounds.
LINKS = tuple(name for name, link in bl.LINKS.items() if not link.bounded)

NARROWEST, WIDEST = 0.05, 20.0  # sd of the prior of the slope, in units of the predictor per hour
MOST = 500  # students
LONGEST = 24.0  # hours of a day


@dataclass(frozen=True, eq=False)
class Request:
    """A class of students, and the model to fit to it.

    Attributes
    ----------
    hours : ndarray, shape (students,)
    passed : ndarray of int, shape (students,)
        1 or 0.
    width : float
        Standard deviation of the prior of the slope, on the scale of the linear predictor per
        hour.
    link : str
    mark : float
        Hours at which the probability of passing is asked for.
    """

    hours: np.ndarray
    passed: np.ndarray
    width: float
    link: str
    mark: float


def read(content: Any) -> Request:
    """Return a request of the page.

    Parameters
    ----------
    content : dict
        ``hours``, ``passed``, ``width``, ``link`` and ``mark``, as JSON has them.

    Raises
    ------
    DesignError
        If something is missing or outside what the page can show.

    Examples
    --------
    >>> asked = {"hours": [1, 2, 4], "passed": [0, 0, 1], "width": 1, "link": "logit", "mark": 3}
    >>> read(asked).hours
    array([1., 2., 4.])
    """
    wanted = ("hours", "passed", "width", "link", "mark")
    if not isinstance(content, dict) or not set(wanted) <= set(content):
        found = listing(map(str, content)) if isinstance(content, dict) else type(content).__name__
        raise DesignError(
            f"the page sent {found or 'nothing'}; expected {listing(wanted)}; load the page again"
        )
    hours, passed = (_numbers(content, name) for name in ("hours", "passed"))
    if len(hours) != len(passed) or not 1 <= len(hours) <= MOST:
        raise DesignError(
            f"the page sent {len(hours)} hours and {len(passed)} outcomes; expected as many of "
            f"each, from 1 to {MOST}; load the page again"
        )
    _within("hours", hours, 0.0, LONGEST)
    if not np.isin(passed, (0, 1)).all():
        raise DesignError(
            "the page sent outcomes other than 0 and 1; expected 1 for passed and 0 for failed; "
            "load the page again"
        )
    width, mark = (_numbers({name: [content[name]]}, name) for name in ("width", "mark"))
    _within("width", width, NARROWEST, WIDEST)
    _within("mark", mark, 0.0, LONGEST)
    link = content["link"]
    if not isinstance(link, str) or link not in LINKS:
        raise DesignError(
            f"the page sent the link {shortened(repr(link))}; expected one of "
            f"{listing(LINKS)}; load the page again.{nearest(str(link), LINKS)}"
        )
    return Request(hours, passed.astype(int), float(width[0]), link, float(mark[0]))


def _numbers(content: dict[str, Any], name: str) -> np.ndarray:
    values = content[name]
    good = isinstance(values, list) and all(
        isinstance(v, int | float) and not isinstance(v, bool) and math.isfinite(v) for v in values
    )
    if not good:
        raise DesignError(
            f"the page sent something else than finite numbers as {name!r}; expected a list of "
            "numbers; load the page again"
        )
    return np.asarray(values, dtype=float)


def _within(name: str, values: np.ndarray, low: float, high: float) -> None:
    if values.min() < low or values.max() > high:
        wrong = values[(values < low) | (values > high)][0]
        raise DesignError(
            f"the page sent {name!r} {wrong:g}; expected {low:g} to {high:g}; load the page again"
        )
