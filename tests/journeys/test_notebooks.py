"""Every notebook runs from top to bottom, in a fresh kernel, without an error or a warning."""

import os
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from tests.helpers import ROOT

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


@pytest.mark.slow
@pytest.mark.filterwarnings("default")  # of the client; the kernel is a process of its own
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_runs_from_top_to_bottom(path):
    notebook = nbformat.read(path, as_version=4)
    where = {"metadata": {"path": path.parent}}
    env = {k: v for k, v in os.environ.items() if k != "MPLBACKEND"}  # pictures into the notebook
    env["PYTHONPATH"] = str(ROOT)
    client = NotebookClient(notebook, timeout=600, kernel_name="python3", resources=where)
    client.execute(env=env)
    if keep := os.environ.get("KEEP_NOTEBOOKS"):  # to look at it: KEEP_NOTEBOOKS=folder
        nbformat.write(notebook, Path(keep) / path.name)
    outputs = [out for cell in notebook.cells for out in cell.get("outputs", [])]
    assert not [out["text"] for out in outputs if out.get("name") == "stderr"]
    assert sum("image/png" in out.get("data", {}) for out in outputs) >= 3


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_picture_is_told_in_words(path):
    # What the site gives to those who do not see the picture.
    for cell in nbformat.read(path, as_version=4).cells:
        if "plt.show()" in cell.source:
            assert len(cell.metadata["mystnb"]["image"]["alt"]) > 40
        assert cell.source.count("plt.show()") <= 1


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_has_exercises_with_folded_answers(path):
    text = "\n".join(cell.source for cell in nbformat.read(path, as_version=4).cells)
    assert "## Exercises" in text
    assert "<details><summary>Answers</summary>" in text
    assert "**Before you" in text


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_is_kept_without_outputs(path):
    # Outputs would go stale and hide what changed; running the notebook makes them.
    for cell in nbformat.read(path, as_version=4).cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None
