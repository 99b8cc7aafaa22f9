"""Ranks of true coefficients among posterior draws, and the band of uniform ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bayeslogit.answers.checks.calibrate import calibrate
from bayeslogit.errors import DesignError
from bayeslogit.numerics.ranks import band, shares_below
from bayeslogit.plots import style
from bayeslogit.plots.literal import literal
from bayeslogit.specification.specification import Specification

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["plot_ranks"]

# Quantities drawn, those that leave the band first; and the largest rank.
_MOST, _RANKED = 8, 99


@literal
def plot_ranks(
    specification: Specification,
    found: pd.DataFrame | None = None,
    *,
    ax: Axes | None = None,
    **options: Any,
) -> Axes:
    """Draw how far ranks of the truth among posterior draws are from uniform, with their band.

    Parameters
    ----------
    specification : Specification
        The model.
    found : pandas.DataFrame, optional
        What :func:`~bayeslogit.answers.checks.calibrate.calibrate` returned; it is run otherwise.
    ax : matplotlib.axes.Axes, optional
    **options
        Of that verb, where it is run: ``simulations``, ``method``, ``random_seed``.

    Returns
    -------
    matplotlib.axes.Axes
        A line for each quantity, at most 8, those nearest the border of the band first. A line
        above zero says that draws are too high, one that rises and falls that they are too wide.

    Raises
    ------
    DesignError
        If ``found`` is something else.

    See Also
    --------
    calibrate : The numbers.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> model = bl.logistic("passed ~ hours", bl.load_dataset("exam"))
    >>> ax = model.plot_ranks(model.calibrate(50, random_seed=1))
    >>> ax.get_xlabel()
    'rank of the truth among 99 draws'
    """
    table = calibrate(specification, **options) if found is None else found
    ranks = getattr(table, "attrs", {}).get("ranks")
    if ranks is None:
        raise DesignError(
            f"found is a {type(found).__name__} without ranks; expected what calibrate() returned; "
            "write model.plot_ranks(model.calibrate(200))"
        )
    ax = style.axes(ax, (6.4, 4.0))
    count = len(next(iter(ranks.values())))
    at = np.arange(_RANKED)
    uniform = (at + 1.0) / (_RANKED + 1.0)
    low, high = band(count, _RANKED)
    ax.fill_between(at, low - uniform, high - uniform, color=style.SHADE, linewidth=0)
    ax.axhline(0.0, color=style.NOTE, linewidth=0.8)
    shown = table["smallest_p"].sort_values(kind="stable").index[:_MOST]
    for name, look in zip(shown, style.looks(len(shown), ordered=False), strict=True):
        line = shares_below(ranks[name], _RANKED) - uniform
        ax.step(
            at,
            line,
            where="post",
            color=look.colour,
            linestyle=look.dash,
            label=name,
            linewidth=1.4,
        )
    ax.set_xlabel(f"rank of the truth among {_RANKED} draws")
    ax.set_ylabel("share of ranks at or below, less uniform")
    ax.set_title(f"{count} simulated data sets; grey: 99 % band of uniform ranks")
    ax.legend(loc="best", fontsize="small")
    return ax
