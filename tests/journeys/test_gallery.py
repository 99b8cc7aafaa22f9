"""The gallery: every picture, few lines each, drawn on light and dark paper and in grey."""

import ast
import importlib.util

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from PIL import Image

import bayeslogit as bl
from bayeslogit.plots import style
from tests.helpers import ROOT

SPEC = importlib.util.spec_from_file_location("make_gallery", ROOT / "docs" / "make_gallery.py")
MAKER = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(MAKER)
PICTURES = MAKER.pictures(MAKER.PAGE.read_text(encoding="utf-8"))
DARK = ["dark_background", MAKER.DARK]


def test_every_picture_of_a_fit_is_shown():
    verbs = {name for name in dir(bl.Fit) if name.startswith("plot_")}
    shown = "".join(picture["code"] for picture in PICTURES)
    assert {verb for verb in verbs if f".{verb}(" not in shown} == set()
    page = MAKER.PAGE.read_text(encoding="utf-8")
    assert page.count("\n![") == page.count("\n```python") == len(PICTURES) >= 17
    assert len({picture["name"] for picture in PICTURES}) == len(PICTURES)


@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: picture["name"])
def test_few_lines_draw_it_and_words_say_it(picture):
    assert len(ast.parse(picture["code"]).body) <= 5
    assert len(picture["words"].split()) >= 8


@pytest.mark.parametrize("paper", [[], DARK], ids=["light", "dark"])
def test_colours_stand_out_from_the_paper(paper):
    def brightness(colour):
        parts = np.array(to_rgb(colour))
        linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
        return float(linear @ [0.2126, 0.7152, 0.0722])

    def contrast(a, b):  # of the Web Content Accessibility Guidelines 2.1
        low, high = sorted((brightness(a), brightness(b)))
        return (high + 0.05) / (low + 0.05)

    with plt.style.context(paper):
        # 4.5 is asked of words and 3 of lines and marks.
        for name in ("DATA", "NOTE", "INK", "MODEL"):
            assert contrast(getattr(style, name), style.PAPER) > 4.5, name
        classes = [look.colour for look in style.looks(7, ordered=False)]
        assert len(set(classes)) == 7
        assert contrast(style.MARK, style.PAPER) > 3
        assert min(contrast(colour, style.PAPER) for colour in classes) > (1.9 if not paper else 3)
        ends = style.looks(5, ordered=True)
        assert contrast(ends[0].colour, ends[-1].colour) > 4.5


def test_an_unknown_colour_is_no_attribute():
    with pytest.raises(AttributeError, match="BLUE"):
        _ = style.BLUE


def test_a_picture_is_drawn_on_three_papers(tmp_path, monkeypatch):
    page = tmp_path / "gallery.md"
    code = "import matplotlib.pyplot as plt\n\nplt.plot([1, 2])\n"
    page.write_text(f"# x\n\n![a line](api/gallery/line.png)\n\n```python\n{code}```\n")
    monkeypatch.setattr(MAKER, "PAGE", page)
    monkeypatch.setattr(MAKER, "PLACE", tmp_path / "made")
    MAKER.main()
    corner = {}
    for paper in MAKER.PAPERS:
        with Image.open(tmp_path / "made" / f"line-{paper}.png") as drawn:
            corner[paper] = drawn.convert("RGB").getpixel((2, 2))
    assert corner["light"] == corner["grey"] == (255, 255, 255)
    assert max(corner["dark"]) < 40
    made = (tmp_path / "made" / "line-light.png").stat().st_mtime_ns
    MAKER.main()  # nothing has changed
    assert (tmp_path / "made" / "line-light.png").stat().st_mtime_ns == made
    assert not plt.get_fignums()


def test_events_are_bright_on_dark_paper():
    fit = bl.logistic("passed ~ hours", bl.load_dataset("exam")).fit(random_seed=1)
    with plt.style.context(DARK):
        ax = fit.plot_separation()
        words = " ".join(text.get_text() for text in ax.texts)
        face = ax.get_facecolor()
        ax.figure.canvas.draw()
        light = ax.collections[0].get_facecolors()[-1]
    plt.close("all")
    assert "bright: 10 events" in words
    assert sum(light[:3]) > 1.5 > sum(face[:3])
