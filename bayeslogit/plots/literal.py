"""Texts of pictures as they are: names of columns and levels are data, not mathematics."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial, wraps
from typing import TYPE_CHECKING, Any

from bayeslogit.text import clean

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Text

__all__ = ["literal"]

_DOLLAR = re.compile(r"(?<!\\)\$")


def literal[**P, R](picture: Callable[P, R]) -> Callable[P, R]:
    """Return a picture whose texts show dollar signs and control characters as they are.

    Matplotlib reads what stands between two dollar signs as mathematics, and cannot draw the
    picture if it is none. Texts that were on the Axes before are left alone.

    Parameters
    ----------
    picture : callable
        One that takes ``ax`` as an option and returns Axes.
    """

    @wraps(picture)
    def drawn(*args: P.args, **options: P.kwargs) -> R:
        given: Any = options.get("ax")
        before = {id(text): text.get_text() for text in _texts(given)}
        result = picture(*args, **options)
        axes: Any = result
        whole = axes if given is not None else axes.get_figure(root=True)
        for text in _texts(whole):
            if before.get(id(text)) != text.get_text():
                text.set_text(_plain(text.get_text()))
        for ax in [axes] if given is not None else whole.axes:
            _name_ticks(ax)
        return result

    return drawn


def _texts(artist: Any) -> list[Text]:
    from matplotlib.artist import Artist
    from matplotlib.text import Text

    # What is given as Axes may be anything; the picture then says so.
    return artist.findobj(Text) if isinstance(artist, Artist) else []


def _name_ticks(ax: Axes) -> None:
    """Treat the names of ticks alike, which are written anew whenever the picture is drawn."""
    from matplotlib.ticker import FixedFormatter, FuncFormatter

    for axis in (ax.xaxis, ax.yaxis):
        names = axis.get_major_formatter()
        if isinstance(names, FixedFormatter | FuncFormatter):
            axis.set_major_formatter(FuncFormatter(partial(_tick, names)))


def _tick(names: Callable[..., str], value: float, position: int | None = None) -> str:
    return _plain(names(value, position))


def _plain(text: str) -> str:
    return _DOLLAR.sub(r"\\$", clean(text))
