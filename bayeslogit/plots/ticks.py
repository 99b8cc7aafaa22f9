"""Ticks that pictures of counted things need."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["whole_numbers"]


def whole_numbers(ax: Axes) -> None:
    """Label the horizontal axis by whole numbers."""
    from matplotlib.ticker import MaxNLocator

    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
