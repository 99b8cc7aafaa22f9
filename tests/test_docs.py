"""The pages are run: code and commands, in order, and what they print is compared.

A ``python`` block followed by a ``text`` block prints that text; in a ``console`` block, lines
that begin with ``$`` are commands and what follows is what they print. Blocks of one page share
their names and their folder. ``UPDATE_DOCS=1`` writes what was printed into the pages instead.
"""

import contextlib
import importlib.util
import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
UPDATE = bool(os.environ.get("UPDATE_DOCS"))

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```\n", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)#\s]+)(#[^)]*)?\)")


NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[-+]?\d+)?")


def _comparable(text):
    """Leave out what no two runs share, times, and blanks at the ends of lines."""
    text = re.sub(r"\b[\d.e-]+ s\b", "0 s", text)
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def _agree(have, want):
    """Whether two texts are equal but for the last digit of numbers.

    Sums round differently on other processors, and a rounded number may then end differently.
    """
    if NUMBER.sub("#", have) != NUMBER.sub("#", want):
        return False
    for a, b in zip(NUMBER.findall(have), NUMBER.findall(want), strict=True):
        places = len(b.partition("e")[0].partition(".")[2])
        scale = abs(float(b)) if "e" in b else 1.0
        slack = 1.01 * 10.0**-places * scale if places else 0.0
        if abs(float(a) - float(b)) > max(slack, 1e-9 * abs(float(b))):
            return False
    return True


def _printed_by(code, names, width):
    import pandas as pd

    out = io.StringIO()
    with (
        contextlib.redirect_stdout(out),
        pd.option_context("display.width", width, "display.max_columns", 20),
    ):
        exec(compile(code, "<page>", "exec"), names)
    return out.getvalue()


def _printed_in_console(text):
    lines = [line[2:] for line in text.splitlines() if line.startswith("$ ")]
    program = f"bayeslogit() {{ '{sys.executable}' -m bayeslogit \"$@\"; }}\n"
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    pieces = []
    for line in lines:
        done = subprocess.run(
            ["sh", "-c", program + line], capture_output=True, text=True, env=env, check=False
        )
        pieces.append(f"$ {line}\n{done.stdout}{done.stderr}")
    return "".join(pieces)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_page_prints_what_it_says(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = page.read_text(encoding="utf-8")
    width = 80 if page.name == "README.md" else 100  # its lines are pasted into any terminal
    names = {"__name__": "__main__"}
    wanted, found, replaced = [], [], []
    printed, end = None, 0  # of the last python block, and where it ended
    for block in BLOCK.finditer(text):
        kind, inside = block.groups()
        if kind == "python":
            printed, end = _printed_by(inside, names, width), block.end()
        elif kind == "console":
            found.append(_printed_in_console(inside))
            wanted.append(inside)
            replaced.append((block.span(2), found[-1]))
        elif kind == "text" and printed and not text[end : block.start()].strip():
            found.append(printed)
            wanted.append(inside)
            replaced.append((block.span(2), printed))
            printed = None
    _close_pictures()
    if UPDATE:
        for (start, stop), new in reversed(replaced):
            text = text[:start] + new.rstrip() + "\n" + text[stop:]
        page.write_text(text, encoding="utf-8")
        return
    for want, have in zip(wanted, found, strict=True):
        have, want = _comparable(have), _comparable(want)
        if not _agree(have, want):
            assert have == want


def _close_pictures():
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    for target, _ in LINK.findall(page.read_text(encoding="utf-8")):
        if not target.startswith(("http://", "https://")):
            assert (page.parent / target).exists(), target


def test_reference_is_what_the_docstrings_say():
    path = ROOT / "docs" / "make_reference.py"
    spec = importlib.util.spec_from_file_location("make_reference", path)
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    if UPDATE:
        maker.PAGE.write_text(maker.page(), encoding="utf-8")
    assert maker.PAGE.read_text(encoding="utf-8") == maker.page(), (
        "run python docs/make_reference.py"
    )


def test_benchmark_figures_are_those_of_the_results():
    from tests.benchmarks import report

    page = report.PAGE.read_text(encoding="utf-8")
    assert set(re.findall(r"<!-- (?!end)(\w+) -->", page)) == set(report.SECTIONS)
    assert report.filled(page) == page, "run python -m tests.benchmarks.report"


def test_choosing_names_every_method():
    import bayeslogit as bl

    page = (ROOT / "docs" / "choosing.md").read_text(encoding="utf-8")
    assert [name for name in bl.METHODS if f'`"{name}"`' not in page] == []
