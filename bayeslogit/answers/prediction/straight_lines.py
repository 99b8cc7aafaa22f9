"""A linear predictor along one predictor: straight on the scale of some function, and back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from bayeslogit.answers.prediction.profile_rows import check_variable, curve_rows, is_measured
from bayeslogit.errors import DesignError
from bayeslogit.posterior.posterior import Posterior, column_weights

__all__ = ["Line", "line_of"]

# Where between its ends a predictor is looked at, and how straight the answer must be.
_PLACES = np.linspace(0.0, 1.0, 5)
_STRAIGHT = 1e-8


@dataclass(frozen=True)
class _Scale:
    """A rising or falling function of a predictor, and the way back.

    ``back`` gives an infinite value where no value of the predictor has that function.
    """

    name: str
    to: Callable[[Any], Any]
    back: Callable[[np.ndarray], np.ndarray]


def _log_of(shift: float) -> _Scale:
    return _Scale("log", lambda x: np.log(x + shift), lambda t: np.exp(t) - shift)


_IDENTITY = _Scale("straight line", lambda x: x, lambda t: t)
_SQUARE_ROOT = _Scale("sqrt", np.sqrt, lambda t: np.where(t >= 0.0, np.square(t), -np.inf))
_SQUARE = _Scale(
    "square", np.square, lambda t: np.where(t >= 0.0, np.sqrt(np.maximum(t, 0.0)), -np.inf)
)
_RECIPROCAL = _Scale(
    "reciprocal",
    lambda x: 1.0 / x,
    lambda t: np.where(t > 0.0, 1.0 / np.where(t > 0.0, t, 1.0), np.inf),
)
_EXPONENTIAL = _Scale(
    "exp", np.exp, lambda t: np.where(t > 0.0, np.log(np.where(t > 0.0, t, 1.0)), -np.inf)
)


@dataclass(frozen=True, eq=False)
class Line:
    """A linear predictor along one predictor, straight on the scale of a function of it.

    Parameters
    ----------
    scale : Scale
        The function of the predictor.
    ends : ndarray, shape (2,)
        That function at the ends of the data.
    start, rise : ndarray, shape (draws,)
        The linear predictor at the lower end, and by how much it rises to the upper one.
    """

    scale: _Scale
    ends: np.ndarray
    start: np.ndarray
    rise: np.ndarray

    def back(self, eta: float) -> np.ndarray:
        """Return the value of the predictor in each draw, (draws,).

        Parameters
        ----------
        eta : float
            The linear predictor that is to be reached.
        """
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            steps = (eta - self.start) * ((self.ends[1] - self.ends[0]) / self.rise)
            return self.scale.back(self.ends[0] + steps)


def line_of(
    posterior: Posterior,
    name: str,
    at: Mapping[str, Any] | None,
    offset: float | None,
    code: int,
) -> Line:
    """Return a linear predictor along a predictor, or refuse one that bends otherwise.

    Parameters
    ----------
    posterior : Posterior
    name : str
        The predictor.
    at : mapping, optional
        Values of other predictors, one each.
    offset : float, optional
        As for :func:`solve`.
    code : int
        Which linear predictor of a row.

    Raises
    ------
    DesignError
    """
    design = posterior.model.design
    check_variable(design, name)
    own = design.columns[name][posterior.model.frequencies > 0.0]
    if not is_measured(design, name):
        raise DesignError(
            f"{name!r} is not a number, so no value of it can be solved for; expected a numeric "
            f"predictor; compare its levels with curve({name!r})"
        )
    weights = column_weights(posterior)[code]
    low, high = float(own.min()), float(own.max())
    high = high if high > low else low + 1.0

    def line_at(values: np.ndarray) -> np.ndarray:
        """Return the linear predictor at values of the predictor, (values, draws)."""
        X, total = curve_rows(posterior, name, values, at, offset).rows.coded(design)
        line: np.ndarray = X @ weights
        sign = posterior.model.family.offset_signs[code]
        return line if total is None else line + sign * total[:, None]

    for scale in _scales(low, high, line_at):
        ends = scale.to(np.array([low, high]))
        places = ends[0] + (ends[1] - ends[0]) * _PLACES
        # There and back may round to outside of the ends, where some terms are not known.
        line = line_at(np.clip(scale.back(places), low, high))
        chord = line[0] + (line[-1] - line[0]) * _PLACES[:, None]
        if np.max(np.abs(line - chord)) <= _STRAIGHT * max(1.0, float(np.max(np.abs(line)))):
            return Line(scale, ends, line[0], line[-1] - line[0])
    raise DesignError(
        f"{name!r} does not enter the linear predictor as a straight line, nor by its log, "
        f"sqrt, exp, square or reciprocal alone (the formula is {design.formula!r}), so its "
        f"inverse is not one number; expected one such term; read the value off curve({name!r})"
    )


def _scales(
    low: float, high: float, line_at: Callable[[np.ndarray], np.ndarray]
) -> Iterator[_Scale]:
    """Yield functions by which a predictor with such ends may enter."""
    yield _IDENTITY
    if low > 0.0:
        yield _log_of(0.0)
    if low >= 0.0:
        yield _SQUARE_ROOT
        yield _SQUARE
    if low > 0.0:
        yield _RECIPROCAL
    if max(abs(low), abs(high)) < 700.0:
        yield _EXPONENTIAL
    shift = _shift(low, high, line_at)
    if shift is not None:
        yield _log_of(shift)


def _shift(low: float, high: float, line_at: Callable[[np.ndarray], np.ndarray]) -> float | None:
    """Return the number in ``log(x + number)`` that bends a line as this one is bent, or None.

    The bend is how far the line has come half-way between the ends: the later, the larger the
    number.
    """
    from scipy.optimize import brentq

    line = line_at(np.array([low, 0.5 * (low + high), high]))
    steepest = int(np.argmax(np.abs(line[2] - line[0])))
    start, middle, end = line[:, steepest]
    if end == start:
        return None
    share = (middle - start) / (end - start)
    half = 0.5 * (high - low)

    def bend(log_distance: float) -> float:
        """Of a number that is this far above minus the lower end."""
        distance = np.exp(log_distance)
        return float(np.log1p(half / distance) / np.log1p(2.0 * half / distance) - share)

    ends = np.log(half) + np.array([-20.0, 12.0])
    if not bend(ends[0]) > 0.0 > bend(ends[1]):
        return None
    found = np.exp(brentq(bend, *ends, xtol=1e-15, rtol=1e-15, maxiter=200)) - low
    # Numbers that people write have few digits; the root has lost some.
    near = float(f"{found:.6g}")
    return near if abs(near - found) <= 1e-6 * max(abs(found), half) else float(found)
