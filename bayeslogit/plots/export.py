"""Pictures into files."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bayeslogit.errors import StorageError, quoted
from bayeslogit.runtime.files import check_place, write_whole

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["export"]

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
