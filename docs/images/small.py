"""Pictures of the pages as small files: few colours, because lines and text need no more."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LARGEST = 200_000  # bytes of any picture of the repository


def save(figure: Figure, path: str | Path, *, dpi: int = 120, tight: bool = False) -> None:
    """Write a figure as PNG with as many of 256, 64 or 16 colours as keep it under the limit."""
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", dpi=dpi, bbox_inches="tight" if tight else None)
    picture = Image.open(drawn).convert("RGB")
    for colours in (256, 64, 16):
        written = io.BytesIO()
        few = picture.quantize(colours, dither=Image.Dither.NONE)
        few.save(written, "png", optimize=True)
        if len(written.getvalue()) < LARGEST:
            break
    else:
        raise ValueError(f"{path} has {len(written.getvalue())} bytes; draw it smaller or split it")
    Path(path).write_bytes(written.getvalue())
