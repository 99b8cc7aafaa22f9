"""Pictures of the pages: small files, each with words for readers who do not see it."""

import re
from functools import cache

import pytest
from matplotlib.figure import Figure

from docs.images import small
from tests.helpers import ROOT

KINDS = {".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp", ".pdf"}
SKIPPED = {".git", ".cache", ".venv", "api"}  # not of the repository: the site makes it
# What the site makes for itself, below docs/api, is not kept.
KEPT = [page for page in (ROOT / "docs").rglob("*.md") if page.parent.name != "api"]
PAGES = [ROOT / "README.md", *sorted(KEPT)]
PAGES += sorted((ROOT / "notebooks").glob("*.ipynb"))
SHOWN = re.compile(r"!\[([^\]]*)\]\(([^)\s]+)\)")


@cache
def _pictures():
    found = (path for path in ROOT.rglob("*") if path.suffix.lower() in KINDS)
    return [path for path in found if not SKIPPED & set(path.relative_to(ROOT).parts)]


def test_no_picture_is_large():
    sizes = {str(path.relative_to(ROOT)): path.stat().st_size for path in _pictures()}
    assert len(sizes) >= 10
    assert {name: size for name, size in sizes.items() if size > small.LARGEST} == {}


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_picture_is_said_in_words(page):
    for words, target in SHOWN.findall(page.read_text(encoding="utf-8")):
        assert len(words.split()) >= 5, f"{target} has the alternative text {words!r}"


def test_every_picture_is_shown_on_a_page():
    shown = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    unused = [path.name for path in _pictures() if path.name not in shown]
    assert unused == []


def test_pictures_are_written_with_few_colours_or_refused(tmp_path, monkeypatch):
    figure = Figure(figsize=(3, 2))
    figure.subplots().plot([1, 2])
    small.save(figure, tmp_path / "plot.png")
    assert 1000 < (tmp_path / "plot.png").stat().st_size < 20_000
    monkeypatch.setattr(small, "LARGEST", 1000)
    with pytest.raises(ValueError, match=r"again.png has \d+ bytes; draw it smaller or split it"):
        small.save(figure, tmp_path / "again.png")
    assert not (tmp_path / "again.png").exists()
