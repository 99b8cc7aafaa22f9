"""Progress bars: what they show, where, and that they leave nothing behind."""

import os

import nbformat
import pytest
from nbclient import NotebookClient

from bayeslogit.runtime import progress as bars
from tests.helpers import ROOT


def _count(steps, **options):
    with bars.progress("counting", steps, **options) as advance:
        for _ in range(steps):
            advance(1)


def test_it_is_drawn_on_stderr_of_a_terminal(monkeypatch, capsys):
    monkeypatch.setenv("FORCE_COLOR", "1")
    _count(3, patience=0.0)
    captured = capsys.readouterr()
    assert "counting" in captured.err
    assert captured.out == ""


@pytest.mark.parametrize("options", [{"enabled": False}, {"patience": 60.0}])
def test_it_waits_and_can_be_turned_off(options, monkeypatch, capsys):
    monkeypatch.setenv("FORCE_COLOR", "1")
    _count(3, **({"patience": 0.0} | options))
    assert capsys.readouterr().err == ""


def test_nobody_watches_a_pipe(capsys):
    _count(3, patience=0.0)
    captured = capsys.readouterr()
    assert captured.out + captured.err == ""


# The first cell keeps what is sent to the notebook; the second works, the third tells.
_BEGIN = """
import warnings
import bayeslogit as bl
from bayeslogit.errors import BayesLogitWarning
from bayeslogit.runtime import progress as bars
bars.PATIENCE = 0.0
class Clock:
    # A sixteenth of a second passes at every look, however fast the machine is.
    looks = 16000
    def monotonic(self):
        self.looks += 1
        return self.looks / 16
bars.time = Clock()
warnings.simplefilter("ignore", BayesLogitWarning)  # of a run this short
sent = []
get_ipython().display_pub.register_hook(lambda message: sent.append(message) or message)
model = bl.logistic("passed ~ hours", bl.load_dataset("exam"))
"""
_WORK = {
    "own": (
        'with bars.progress("counting", 8) as advance:\n    for _ in range(8):\n        advance(1)'
    ),
    "nuts": 'fit = model.fit("nuts", draws=100, tune=100, cores=1, random_seed=1)',
    "advi": 'fit = model.fit("advi", steps=500, random_seed=1)',
    "interrupted": (
        'try:\n    with bars.progress("counting", 8) as advance:\n        advance(1)\n'
        "        raise KeyboardInterrupt\nexcept KeyboardInterrupt:\n    pass"
    ),
}
_TELL = """
print(bars.time.looks)
bars.time.looks = 16000
for kind, data in ((m["msg_type"], m["content"]["data"]) for m in sent):
    print(kind, data["text/plain"], data["text/html"], sep="|")
sent.clear()
"""


@pytest.mark.slow
@pytest.mark.filterwarnings("default")  # of the client; the kernel is a process of its own
def test_a_notebook_shows_one_bar_and_keeps_none():
    sources = [_BEGIN] + [cell for work in _WORK.values() for cell in (work, _TELL)]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(s) for s in sources])
    client = NotebookClient(notebook, timeout=600, kernel_name="python3")
    client.execute(env=os.environ | {"PYTHONPATH": str(ROOT)})
    outputs = [cell["outputs"] for cell in notebook.cells]
    assert outputs[0] == []
    labels = {"own": "counting", "nuts": "nuts", "advi": "advi", "interrupted": "counting"}
    for name, left, told in zip(_WORK, outputs[1::2], outputs[2::2], strict=True):
        # One place below the cell, empty in the end; no warning, and no widget.
        assert [output.get("data", output) for output in left] == [
            {"text/plain": "", "text/html": ""}
        ], name
        looks, *said = told[0]["text"].splitlines()
        lines = [line.split("|") for line in said]
        assert [kind for kind, *_ in lines[:1]] == ["display_data"]
        assert {kind for kind, *_ in lines[1:]} == {"update_display_data"}
        assert lines[0][1].startswith(f"{labels[name]} ")
        assert lines[0][1].endswith(" left")
        assert "<progress value=" in lines[0][2]
        # Four states a second at most, the first and the empty last one aside.
        assert len(lines) <= 2 + (int(looks) - 16000) / 4
