"""Estimate, sd, interval and direction of draws, as tables show them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bayeslogit.errors import MethodRefused, listing
from bayeslogit.inference import METHODS
from bayeslogit.numerics.intervals import interval, interval_names, interval_settings
from bayeslogit.posterior.posterior import Pieces

__all__ = ["Settings", "refuse_point", "summarise"]


@dataclass(frozen=True)
class Settings:
    """How draws are summarised.

    Parameters
    ----------
    prob, kind : float, str
        Probability of the interval and ``"eti"`` or ``"hdi"``.
    """

    prob: float
    kind: str

    @classmethod
    def of(cls, pieces: Pieces, ci_prob: float | None, ci_kind: str | None) -> Settings:
        """Check the interval asked for; a point estimate has none.

        Raises
        ------
        DesignError
            If ``ci_prob`` or ``ci_kind`` is not known.
        MethodRefused
            If an interval of a point estimate is asked for.
        """
        prob, kind = interval_settings(ci_prob, ci_kind)
        if ci_prob is not None or ci_kind is not None:
            refuse_point(pieces, "an interval")
        return cls(prob, kind)

    @property
    def names(self) -> tuple[str, str]:
        """Column names of the bounds."""
        return interval_names(self.prob, self.kind)

    def bounds(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return lower and upper bounds over the last axis."""
        return interval(values, self.prob, self.kind)


def summarise(
    values: np.ndarray, settings: Settings, *, median: bool = False, null: float | None = 0.0
) -> dict[str, np.ndarray]:
    """Return estimate, sd, bounds and P(above null) of quantities, each (...).

    Parameters
    ----------
    values : ndarray, shape (..., draws)
    settings : Settings
    median : bool
        Whether the estimate is the median, without sd: for ratios, which may have no mean.
    null : float or None
        What "no effect" is; None leaves out ``p_positive``.
    """
    if values.shape[-1] == 1:
        return {"estimate": values[..., 0]}
    result: dict[str, np.ndarray] = {}
    if median:
        result["estimate"] = np.median(values, axis=-1)
    else:
        result["estimate"] = values.mean(axis=-1)
        result["sd"] = values.std(axis=-1, ddof=1)
    lower, upper = settings.names
    result[lower], result[upper] = settings.bounds(values)
    if null is not None:
        result["p_positive"] = (values > null).mean(axis=-1)
    return result


def refuse_point(pieces: Pieces, what: str) -> None:
    """Refuse something that one draw cannot give.

    Raises
    ------
    MethodRefused
        If there is one draw; the sentence names methods with more.
    """
    if pieces.point:
        able = [name for name, method in METHODS.items() if not method.point]
        raise MethodRefused(
            f"{what} was asked of a fit by method {pieces.method!r}, which is one draw without a "
            f"spread; expected draws of the posterior; fit with one of {listing(able)}"
        )
