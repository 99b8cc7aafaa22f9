"""Output is data: names and levels from strangers drive no terminal, no spreadsheet, no picture."""

from __future__ import annotations

import csv
import inspect
import io
import json
import re
import warnings

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

import bayeslogit as bl
from bayeslogit.cli import main
from bayeslogit.errors import BayesLogitError
from bayeslogit.tables import Answer

# What a terminal obeys; the end of a line is our own.
RAW = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]")
FORMULA = re.compile(r"[=+\-@]")

RED, BELL, CLEAR, BACK = "\x1b[31m", "\x07", "\x9b2J", "\u202e"
NUMBER, FACTOR = f"do{RED}se\n$x$", f"=gr$o$up\t{CLEAR}"
LEVELS = [f"=1+1{RED}", f"@b{BELL}", "c$$d", "+e\nf", f"-{BACK}g"]
CLASSES = [f"=a{RED}", f"b\n{CLEAR}", "c$$"]


@pytest.fixture(scope="module")
def fits():
    """Return a fit of two classes, of classes without order and with one, all badly named."""
    rng, n = np.random.default_rng(0), 90
    table = {NUMBER: rng.normal(size=n), FACTOR: rng.choice(LEVELS, n)}
    rhs = f"`{NUMBER}` + `{FACTOR}`"
    two = table | {"y": rng.choice(CLASSES[:2], n)}
    three = table | {f"y{RED}": rng.choice(CLASSES, n)}
    options = {"method": "laplace", "draws": 50, "chains": 2, "random_seed": 1}
    return {
        "binary": (bl.logistic(f"y ~ {rhs}", two).fit(**options), two),
        "nominal": (bl.multinomial(f"`y{RED}` ~ {rhs}", three).fit(**options), three),
        "ordinal": (
            bl.ordinal(f"`y{RED}` ~ {rhs}", three, levels=CLASSES).fit(**options),
            three,
        ),
    }


KINDS = ("binary", "nominal", "ordinal")
# What verbs need to be asked.
NEEDED = {
    "name": NUMBER,
    "values": [0.0, 1.0],
    "probability": 0.5,
    "prevalence": 0.3,
    "variables": [NUMBER],
    "costs": None,
}
ELSEWHERE = {"save", "report", "update", "refine", "fit", "extend", "with_prevalence"}


def answers(owner, asked):
    """Yield the name of each verb, and what it answers or complains of."""
    for name, verb in inspect.getmembers(type(owner), inspect.isfunction):
        if name.startswith(("_", "plot_")) or name in ELSEWHERE:
            continue
        parameters = list(inspect.signature(verb).parameters.values())[1:]
        given = {
            p.name: asked.get(p.name, NUMBER)
            for p in parameters
            if p.default is p.empty and p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)
        }
        if "event" in inspect.signature(verb).parameters and len(owner.classes) > 1:
            given["event"] = CLASSES[0]
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                yield name, verb(owner, **given)
            except BayesLogitError as error:
                yield name, str(error)
        for warning in caught:
            yield name, str(warning.message)


@pytest.mark.parametrize("kind", KINDS)
def test_no_answer_holds_a_control_character(fits, kind):
    fit, _ = fits[kind]
    asked = NEEDED | {"costs": 1.0 - np.eye(len(fit.model.response.classes))}
    seen = 0
    for name, answer in [("model", fit.model), ("fit", fit), *answers(fit, asked)]:
        texts = [repr(answer), str(answer)]
        if isinstance(answer, pd.DataFrame):
            assert isinstance(answer, Answer), name
            texts += [answer.to_string(), answer.to_html(), answer.to_csv()]
            texts += [answer._repr_html_()]
            for row in csv.reader(io.StringIO(answer.to_csv())):
                for cell in row:
                    assert not FORMULA.match(cell) or is_number(cell), (name, cell)
            seen += 1
        for text in texts:
            assert not RAW.search(text), (name, text)
    assert seen >= 8
    assert not RAW.search(repr(fit.idata))


def is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("kind", KINDS)
def test_every_picture_is_drawn_with_the_names_as_they_are(fits, kind):
    fit, _ = fits[kind]
    drawn = 0
    for name, verb in inspect.getmembers(type(fit), inspect.isfunction):
        if not name.startswith("plot_"):
            continue
        given = {"name": NUMBER} if "name" in inspect.signature(verb).parameters else {}
        if "event" in inspect.signature(verb).parameters and kind != "binary":
            given["event"] = CLASSES[0]
        if name == "plot_costs":
            given["costs"] = 1.0 - np.eye(len(fit.model.response.classes))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                ax = verb(fit, **given)
            except BayesLogitError:
                continue  # not for this kind of outcome
            figure = ax.get_figure(root=True)
            figure.draw_without_rendering()
        for text in figure.findobj(Text):
            assert not RAW.search(text.get_text()), (name, text.get_text())
            assert not text._preprocess_math(text.get_text())[1], (name, text.get_text())
        plt.close(figure)
        drawn += 1
    assert drawn >= 7


def test_a_picture_leaves_the_texts_of_others_alone(fits):
    fit, _ = fits["binary"]
    figure, (left, right) = plt.subplots(1, 2)
    left.text(0.5, 0.5, "$\\beta$")
    right.set_title("$\\gamma$")
    fit.plot_curve(NUMBER, ax=left)
    texts = {text.get_text() for text in figure.findobj(Text)}
    assert {"$\\beta$", "$\\gamma$"} <= texts
    assert r"do\x1b[31mse" + "\n" + r"\$x\$" in {left.get_xlabel(), *texts}
    plt.close(figure)


def test_signatures_and_documents_of_pictures_are_kept():
    for name, verb in inspect.getmembers(bl.Fit, inspect.isfunction):
        if name.startswith("plot_"):
            assert "posterior" in inspect.signature(verb).parameters
            assert "Parameters" in verb.__doc__


CELLS = {
    "=1+1": "'=1+1",
    "+cmd": "'+cmd",
    "-cmd": "'-cmd",
    "@sum": "'@sum",
    " =1": "' =1",
    "\uff1d1": "'\uff1d1",
    "\t=1": "\\t=1",
    "\r=1": "\\r=1",
    "-1.5": "-1.5",
    "+2": "+2",
    "-inf": "-inf",
    "-": "'-",
    "a=b": "a=b",
    "": "",
    "x\x1b[0m": "x\\x1b[0m",
}


@pytest.mark.parametrize("cell", CELLS)
def test_cells_of_a_csv_file(cell):
    table = Answer({cell: [cell]}, index=pd.Index([cell], name=cell))
    header, row = csv.reader(io.StringIO(table.to_csv()))
    assert header == row == [CELLS[cell]] * 2
    plain = pd.DataFrame(table).to_csv()
    assert table.to_csv(guard=False) == plain


def test_numbers_of_a_csv_file_are_left_alone():
    table = Answer({"a": [-1.5, np.nan], "b": [1, -2], "c": [True, False]})
    assert table.to_csv() == pd.DataFrame(table).to_csv()
    assert table.head(1).to_csv(index=False) == "a,b,c\n-1.5,1,True\n"


@pytest.mark.parametrize("kind", KINDS)
def test_the_shell(fits, kind, tmp_path, capsys):
    fit, table = fits[kind]
    file = str(fit.save(tmp_path / "fit.nc"))
    new = str(tmp_path / "new.csv")
    pd.DataFrame(table).head(3).to_csv(new, index=False)
    commands = [
        ["summary", file],
        ["summary", file, "--csv"],
        ["predict", file, new],
        ["check", file, "--quiet"],
        ["classical", file],
        ["effects", file, "--quiet"],
        *([[name, file, "--json"] for name in ("summary", "classical", "effects")]),
        ["predict", file, new, "--json"],
    ]
    for command in commands:
        assert main(command) in (0, 1)
        out, err = capsys.readouterr()
        assert not RAW.search(out), command
        assert not RAW.search(err), command
        if "--json" in command:
            assert json.loads(out)
    assert main(["predict", file, new]) == 0
    cells = [c for row in csv.reader(io.StringIO(capsys.readouterr().out)) for c in row]
    assert not [c for c in cells if FORMULA.match(c) and not is_number(c)]
    assert main(["predict", file, new, "--no-guard"]) == 0
    assert any(c.startswith(("=", "@", "+", "-")) for c in capsys.readouterr().out.split(","))


def test_a_notebook_shows_every_column_without_control_characters():
    table = Answer({f"c{j}{BACK}": [f"a{RED}<b>"] for j in range(50)})
    page = table._repr_html_()
    assert not RAW.search(page)
    assert "c49" in page
    assert "..." not in page
    assert "<b>" not in page
