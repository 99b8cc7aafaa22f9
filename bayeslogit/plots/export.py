"""Pictures into files."""

from __future__ import annotations

import hashlib
import io
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bayeslogit.errors import StorageError, quoted
from bayeslogit.runtime.files import check_place, write_whole

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["export", "inline_svg"]

DPI = 150


def export(picture: Callable[..., Axes], path: str | Path, **options: Any) -> Path:
    """Draw a picture into a file, without a window, and close its figure.

    Parameters
    ----------
    picture : callable
        One that returns Axes, such as ``fit.plot_curve``.
    path : str or path
        The ending says what kind of file: ``.png``, ``.svg``, ``.pdf`` and others. Nothing is
        written before the picture is complete.
    **options
        Of the picture.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    StorageError
        If the ending is not that of a picture, or the file cannot be written.
    """
    if "matplotlib.pyplot" not in sys.modules:
        import matplotlib

        matplotlib.use("Agg")  # a choice for a process that has not chosen to open windows
    import matplotlib.pyplot as plt
    from matplotlib.backend_bases import FigureCanvasBase

    place = Path(path)
    known = sorted(FigureCanvasBase.get_supported_filetypes())
    ending = place.suffix[1:].lower()
    if ending not in known:
        raise StorageError(
            f"{quoted(str(path))} has no ending of a picture; expected one of {', '.join(known)}; "
            f"write for example {quoted(place.stem[:60] + '.png')}"
        )
    check_place(path, f"picture.{ending}")
    figure = picture(**options).get_figure(root=True)
    content = io.BytesIO()
    try:
        figure.savefig(content, format=ending, dpi=DPI)  # type: ignore[union-attr]
    finally:
        plt.close(figure)
    return write_whole(path, lambda: [content.getbuffer()], f"picture.{ending}")


def inline_svg(picture: Callable[[], Axes], key: str) -> str:
    """Draw a picture as SVG that can stand inside a page, and close its figure.

    Parameters
    ----------
    picture : callable
        One that returns Axes.
    key : str
        Tells its parts from those of other pictures on the page.
    """
    import matplotlib as mpl
    import matplotlib.pyplot as plt

    settings: Any = {"svg.hashsalt": key, "svg.fonttype": "path"}
    content = io.StringIO()
    # On its own white ground, whatever colours pictures have elsewhere.
    with mpl.rc_context(settings):
        figure = picture().get_figure(root=True)
        try:
            figure.savefig(  # type: ignore[union-attr]
                content, format="svg", bbox_inches="tight", metadata={"Date": None}
            )
        finally:
            plt.close(figure)
    svg = content.getvalue()
    # Without what says nothing to a reader; comments repeat the texts.
    svg = re.sub(
        r"<metadata>.*?</metadata>|<!--.*?-->", "", svg[svg.index("<svg") :], flags=re.DOTALL
    )
    mark = hashlib.sha256(key.encode()).hexdigest()[:6]
    svg = re.sub(r'\bid="', f'id="{mark}-', svg)
    return re.sub(r'(xlink:href="|url\()#', rf"\1#{mark}-", svg)
