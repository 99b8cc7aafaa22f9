"""The page of a fit: whole, of its own, escaped, and written whole or not at all."""

from __future__ import annotations

import os
import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

import bayeslogit as bl
from bayeslogit.cli import main
from tests.helpers import exam

EVIL = "<script>alert(1)</script>"
VOID = {"meta", "br", "hr", "img", "link", "input"}


class Balanced(HTMLParser):
    """Keeps the tags that are open, the anchors, and what the page would load."""

    def __init__(self):
        super().__init__()
        self.open, self.ids, self.links, self.loads = [], [], [], []
        self.seen, self.names = set(), set()

    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)
        self.names |= {name for name, _ in attrs}
        for name, value in attrs:
            if name == "id":
                self.ids.append(value)
            elif name in ("href", "xlink:href"):
                self.links.append(value)
            elif name == "src":
                self.loads.append(value)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def read(text):
    page = Balanced()
    page.feed(text)
    assert not page.open
    return page


@pytest.fixture(scope="module")
def fit():
    return bl.logistic("passed ~ hours", exam()).fit("laplace", draws=200, random_seed=1)


@pytest.fixture(scope="module")
def text(fit, tmp_path_factory):
    path = tmp_path_factory.mktemp("report") / "exam.html"
    costs = {"false_positive": 1, "false_negative": 3}
    assert fit.report(path, costs=costs, progressbar=False) == path
    return path.read_text(encoding="utf-8")


def test_the_page_is_whole_and_loads_nothing(text):
    page = read(text)
    assert not page.loads
    assert not page.seen & {"script", "link", "iframe", "object", "img"}
    assert all(link.startswith("#") for link in page.links)
    assert len(page.ids) == len(set(page.ids))
    assert {link[1:] for link in page.links} <= set(page.ids)
    assert "default-src &#x27;none&#x27;" in text or "default-src 'none'" in text


def test_it_says_what_was_asked_and_found(text, fit):
    for title in (
        "The answer in words",
        "Data, model and priors",
        "Coefficients",
        "Are the probabilities right?",
        "Decisions",
        "Can the numbers be trusted?",
        "What would change this answer",
        "To get this again",
    ):
        assert f"<h2>{title}</h2>" in text
    assert "10 are &#x27;0&#x27;, 10 are &#x27;1&#x27;" in text
    assert "random_seed=1" in text
    assert "multiply by" in text
    found = fit.check(progressbar=False)
    assert text.count('class="note"') >= sum(f.severity == "note" for f in found.findings)
    assert "P(1) without the row" in text
    assert "What deciding by each cut-off costs" in text


def test_pictures_are_well_formed(text):
    drawn = re.findall(r"<svg.*?</svg>", text, flags=re.DOTALL)
    assert len(drawn) == 6
    for one in drawn:
        ET.fromstring(one)


def test_one_fit_one_page(fit, tmp_path, text):
    costs = {"false_positive": 1, "false_negative": 3}
    again = fit.report(tmp_path / "again.html", costs=costs, progressbar=False)
    assert again.read_text(encoding="utf-8") == text


def test_text_of_the_data_is_text(tmp_path):
    rng = np.random.default_rng(1)
    table = pd.DataFrame(
        {
            EVIL: rng.normal(size=40),
            "g": rng.choice([EVIL, "b&b", 'c"><svg onload=x>'], 40),
            "y": rng.choice(["no", EVIL], 40),
        }
    )
    model = bl.logistic(f"y ~ `{EVIL}` + g", table, event=EVIL)
    path = model.fit("laplace", draws=100, random_seed=1).report(
        tmp_path / "evil.html", title=EVIL, progressbar=False
    )
    page = read(path.read_text(encoding="utf-8"))
    assert not page.seen & {"script"}
    assert "<script" not in path.read_text(encoding="utf-8")
    assert "onload" not in page.names


@pytest.mark.parametrize("kind", ["nominal", "ordinal", "point"])
def test_every_kind_of_fit_has_a_page(kind, tmp_path):
    table = pd.DataFrame({"x": np.arange(30.0) % 7, "c": [*"abcbca"] * 5, "y": [0, 1, 1] * 10})
    if kind == "point":
        fit = bl.logistic("y ~ x", table).fit("map")
    else:
        build = bl.multinomial if kind == "nominal" else bl.ordinal
        more = {} if kind == "nominal" else {"levels": ["a", "b", "c"]}
        fit = build("c ~ x", table, **more).fit("laplace", draws=100, random_seed=1)
    text = fit.report(tmp_path / "page.html", progressbar=False).read_text(encoding="utf-8")
    assert read(text).seen >= {"table", "svg"}


def test_a_bad_place_is_refused_before_anything_else(fit, tmp_path):
    with pytest.raises(bl.StorageError, match="does not exist"):
        fit.report(tmp_path / "none" / "page.html")
    with pytest.raises(bl.StorageError, match="is a folder"):
        fit.report(tmp_path)


def test_a_page_that_was_there_stays_if_writing_fails(fit, tmp_path, monkeypatch):
    path = tmp_path / "page.html"
    path.write_text("before", encoding="utf-8")

    def full(*args, **options):
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr("bayeslogit.runtime.files.os.replace", full)
    with pytest.raises(bl.StorageError, match="No space left"):
        fit.report(path, progressbar=False)
    assert path.read_text(encoding="utf-8") == "before"
    assert [p.name for p in tmp_path.iterdir()] == ["page.html"]


def test_wrong_costs_and_events_are_refused_and_nothing_is_written(fit, tmp_path):
    for wrong in ({"costs": {"false_positve": 1}}, {"event": "2"}):
        with pytest.raises(bl.DesignError):
            fit.report(tmp_path / "page.html", **wrong)
    assert not list(tmp_path.iterdir())


def test_the_shell_writes_it(fit, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    fit.save("exam.nc")
    assert main(["report", "exam.nc", "--quiet"]) == 0
    assert capsys.readouterr().out == "exam.html\n"
    assert (tmp_path / "exam.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert main(["report", "exam.nc", "-o", "none/page.html", "--quiet"]) == 1
    assert "does not exist" in capsys.readouterr().err
