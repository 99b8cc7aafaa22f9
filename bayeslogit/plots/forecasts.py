"""What pictures of forecasts beside outcomes share: which forecasts, and how far they flatter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bayeslogit.plots import style

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["FORECASTS", "in_sample", "of_forecasts"]

# Labels of a forecast, and of the spread its band shows.
FORECASTS = {
    "in_sample": "cases forecast with themselves in the fit, which flatters",
    "loo": "each case forecast without itself",
    "corrected": "corrected for optimism by leaving cases out",
    "new_data": "rows that were not fitted",
}
SPREADS = {
    "cases": "over samples of such cases",
    "draws": "over draws of the coefficients",
    "both": "over samples of cases and draws of the coefficients",
}


def in_sample(ax: Axes, x: Any, table: pd.DataFrame) -> None:
    """Draw the in-sample curve beside one that is corrected for optimism, if it is.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    x : array
    table : pandas.DataFrame
        Of a question to forecasts, with ``in_sample`` if it is corrected.
    """
    if "in_sample" in table:
        ax.plot(
            x,
            table["in_sample"],
            color=style.MODEL,
            linewidth=1.1,
            linestyle=":",
            label="in-sample",
        )


def of_forecasts(table: pd.DataFrame, spread: str, *more: str) -> str:
    """Return which forecasts a picture is of, and what its band is over, in words.

    Parameters
    ----------
    table : pandas.DataFrame
        Of a question to forecasts.
    spread : str
        What is spread: ``"band"``, ``"posterior"``.
    *more : str
        Further notes.
    """
    attrs = table.attrs
    return style.notes(
        FORECASTS[attrs["forecast"]], f"{spread} {SPREADS[attrs['spread_over']]}", *more
    )
