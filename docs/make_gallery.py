"""Draw the pictures of docs/gallery.md from the code beside each: python docs/make_gallery.py.

Each is drawn on light and on dark paper, and once more in grey. They are not kept: the site draws
them when the page or the package has changed.
"""

from __future__ import annotations

import hashlib
import re
import sys
import warnings
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
PAGE = ROOT / "docs" / "gallery.md"
PLACE = ROOT / "docs" / "api" / "gallery"

SHOWN = re.compile(
    r"^!\[(?P<words>[^\]]+)\]\(api/gallery/(?P<name>[\w-]+)\.png\)\n\n```python\n(?P<code>.*?)^```\n",
    re.MULTILINE | re.DOTALL,
)
PAPERS = ("light", "dark", "grey")
DARK = {"figure.facecolor": "#14181e", "axes.facecolor": "#14181e", "savefig.facecolor": "#14181e"}


def pictures(text: str) -> list[dict[str, str]]:
    """Return name, words and code of each picture of the page."""
    return [found.groupdict() for found in SHOWN.finditer(text)]


def draw(code: str, path: Path, *, dark: bool) -> None:
    """Run the lines of a picture and write what they draw."""
    import matplotlib.pyplot as plt

    from docs.images.small import save

    with warnings.catch_warnings(), plt.style.context(["dark_background", DARK] if dark else []):
        warnings.simplefilter("ignore")  # what a fit says of itself is not about the picture
        exec(compile(code, "<gallery>", "exec"), {})
        save(plt.gcf(), path, dpi=110)
    plt.close("all")


def stamp(text: str) -> str:
    """Return what changes where a picture may: the page, the package, this file."""
    known = hashlib.sha256(text.encode())
    for path in [Path(__file__), *sorted((ROOT / "bayeslogit").rglob("*.py"))]:
        known.update(path.read_bytes())
    return known.hexdigest()


def main() -> None:
    """Draw all pictures, unless nothing has changed since they were drawn."""
    text = PAGE.read_text(encoding="utf-8")
    known = PLACE / "stamp"
    if known.exists() and known.read_text() == stamp(text):
        return
    PLACE.mkdir(parents=True, exist_ok=True)
    for old in PLACE.glob("*.png"):
        old.unlink()
    for picture in pictures(text):
        light, dark, grey = (PLACE / f"{picture['name']}-{paper}.png" for paper in PAPERS)
        draw(picture["code"], light, dark=False)
        draw(picture["code"], dark, dark=True)
        Image.open(light).convert("L").save(grey, optimize=True)
    known.write_text(stamp(text))


if __name__ == "__main__":
    main()
