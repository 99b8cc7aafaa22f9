"""Every error, warning and problem of the package has its place on the pages, by its words."""

import ast
import importlib.util
import re

import pytest

import bayeslogit as bl
from bayeslogit.design.formula.functions import FUNCTIONS
from bayeslogit.tables import Written
from tests.helpers import ROOT

SPEC = importlib.util.spec_from_file_location("make_messages", ROOT / "docs" / "make_messages.py")
MAKER = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(MAKER)
PAGE = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")


def _explained():
    """The first column of the tables of the page, where it is a piece of code."""
    return set(re.findall(r"^\| `([a-z_]+)` \|", PAGE, re.MULTILINE))


def _findings():
    found = set()
    for path in (ROOT / "bayeslogit" / "answers" / "checks").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            made = isinstance(node, ast.Call) and MAKER.called(node) == "Finding" and node.args
            if made and isinstance(node.args[0], ast.Constant):
                found.add(node.args[0].value)
    return found


def test_every_code_of_a_problem_or_a_finding_is_explained_and_no_other():
    assert len(MAKER.codes()) > 20
    assert len(_findings()) > 10
    assert _explained() == MAKER.codes() | _findings()


def test_every_kind_of_error_is_explained():
    kinds = {name for name in bl.__all__ if isinstance(getattr(bl, name), type)}
    kinds = {k for k in kinds if issubclass(getattr(bl, k), bl.BayesLogitError | Warning)}
    assert {kind for kind in kinds if f"`bl.{kind}`" not in PAGE} == set()
    assert kinds - {"BayesLogitError", "BayesLogitWarning"} == MAKER.ERRORS


def test_every_warning_of_an_answer_is_explained():
    told = PAGE.partition("### Warnings of single answers")[2].partition("\n## ")[0]
    words = re.findall(r"^\| (\w[^|]+) \| \w", told, re.MULTILINE)
    warnings = [t for rows in MAKER.messages().values() for kind, t in rows if kind == "warning"]
    assert len(warnings) >= 5
    for text in warnings:
        assert any(part.lower() in text.lower() for part in words), text


def test_every_place_that_raises_is_listed():
    listed = MAKER.messages()
    raised = 0
    for path in (ROOT / "bayeslogit").rglob("*.py"):
        assert MAKER.room(path) in MAKER.ABOUT or path.stem == "__init__" or "__" in path.stem
        text = path.read_text(encoding="utf-8")
        raised += len(re.findall(rf"raise (?:{'|'.join(MAKER.ERRORS)})\(", text))
    rows = [row for rows in listed.values() for row in rows]
    assert len(rows) > 0.95 * raised > 300


def test_messages_call_only_what_exists():
    known = {*bl.__all__, *FUNCTIONS, "str", "help", "Nuts", "PG"}
    for kind in (bl.Fit, bl.Model, bl.LogisticClassifier, Written):
        known |= set(dir(kind))
    for rows in MAKER.messages().values():
        for _, text in rows:
            assert set(re.findall(r"(?<![\w.])([A-Za-z_]\w+)\(", text)) <= known, text


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (
            'def f(n):\n    raise DesignError(f"{n} is odd; expected " + ("1" if n else "2"))',
            "… is",
        ),
        ('WHAT = "it is odd; expected one"\ndef f():\n    warn(WHAT)', "it is odd"),
        ('def f():\n    words = f"is {3} odd"\n    return Problem("odd", words)', "is … odd"),
        ('def refuses(x):\n    return f"{x} is too odd for it"', "… is too"),
        ('def f(x):\n    return f"{x} is odd; expected even ones"', "… is odd"),
    ],
)
def test_words_are_read_from_the_source(code, text):
    ((_, found),) = MAKER.said(ast.parse(code))
    assert found.startswith(text)


def test_the_page_of_messages_has_them_all_as_plain_words():
    page = MAKER.page()
    rows = sum(len(set(rows)) for rows in MAKER.messages().values())
    assert page.count("\n- **") == rows
    assert all(f"\n## {about}\n" in page for about in MAKER.messages())
    assert MAKER.escaped("a_b*[c]") == r"a\_b\*\[c\]"
