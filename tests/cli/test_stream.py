"""Predictions of long files: the same as of short ones, and bad rows aside where asked."""

from __future__ import annotations

import contextlib
import gzip
import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import bayeslogit as bl
from bayeslogit.cli import main, stream
from tests.helpers import random_table


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """Work in an empty folder, with pieces of seven rows and no file too short for them."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(stream, "_ROWS", 7)
    monkeypatch.setattr(stream, "_LONG", 0)


def run(*words):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            status = main([str(word) for word in words])
        except SystemExit as ended:
            status = ended.code
    return status, out.getvalue(), err.getvalue()


def whole(monkeypatch, *words):
    """Return the same answer with the file read at once."""
    with monkeypatch.context() as patch:
        patch.setattr(stream, "_LONG", 2**40)
        return run(*words)


MODELS = {
    "two classes": lambda rows: bl.logistic("y ~ x * g + flag", rows),
    "classes": lambda rows: bl.multinomial("g ~ x", rows),
    "trials": lambda rows: bl.binomial("k ~ x", rows, trials="n"),
    "groups": lambda rows: bl.logistic("y ~ x + (1 | g)", rows),
}
ASKED = {
    "two classes": [[], ["--kind", "class"], ["--kind", "linear", "--ci-prob", 0.5]],
    "classes": [[], ["--kind", "class"]],
    "trials": [["--kind", "count", "--trials", "n"]],
    "groups": [[], ["--groups", "new"]],
}


@pytest.mark.parametrize("name", MODELS)
def test_pieces_say_what_the_whole_says(name, monkeypatch) -> None:
    rows = random_table(40).assign(id=[f"00{i}" for i in range(40)])
    MODELS[name](rows).fit(draws=60, chains=2, random_seed=1).save("m.nc")
    rows.to_csv("new.csv", index=False)
    with gzip.open("new.csv.gz", "wt") as file:
        file.write(rows.to_csv(index=False))
    rows.to_parquet("new.parquet")
    for words in ASKED[name]:
        expected = whole(monkeypatch, "predict", "m.nc", "new.csv", *words)
        assert expected[0] == 0
        assert run("predict", "m.nc", "new.csv", *words) == expected
        assert run("predict", "m.nc", "new.csv.gz", *words) == expected
        wanted = whole(monkeypatch, "predict", "m.nc", "new.parquet", *words)
        assert run("predict", "m.nc", "new.parquet", *words) == wanted
        assert run("predict", "m.nc", "new.csv", "-o", "out.csv", *words)[0] == 0
        with open("out.csv", newline="") as file:
            assert file.read() == expected[1]
        assert run("predict", "m.nc", "new.csv", "-o", "out.parquet", *words)[0] == 0
        assert len(pd.read_parquet("out.parquet")) == expected[1].count("\n") - 1
    assert not [path for path in Path().iterdir() if "part" in path.name]


def fitted():
    rows = random_table(60)
    fit = bl.logistic("y ~ log(z + 9) + x + g", rows).fit("laplace", draws=80, random_seed=1)
    fit.save("m.nc")
    return fit, rows


def spoilt(rows):
    """Return the rows with five that cannot be predicted, and the reasons to expect."""
    cells = rows.astype(object)
    cells.loc[3, "x"] = "abc"
    cells.loc[8, "g"] = "zzz"
    cells.loc[20, "x"] = np.nan
    cells.loc[21, "z"] = -9.0
    cells.loc[50, "x"] = 1e200
    words = ["no number", "not seen", "is missing", "log(z + 9)", "beyond the range"]
    return cells, dict(zip([3, 8, 20, 21, 50], words, strict=True))


def test_bad_rows_are_put_aside_with_their_reasons() -> None:
    fit, rows = fitted()
    cells, reasons = spoilt(rows)
    cells.to_csv("new.csv", index=False)
    status, out, err = run("predict", "m.nc", "new.csv", "--on-bad-row", "skip")
    assert status == 0
    assert "5 of 60 rows were skipped; they are in new-bad-rows.csv" in err
    aside = pd.read_csv("new-bad-rows.csv")
    assert aside["row"].tolist() == [1 + i for i in reasons]
    for sentence, words in zip(aside["reason"], reasons.values(), strict=True):
        assert words in sentence
    assert aside.loc[0, "x"] == "abc"
    found = pd.read_csv(io.StringIO(out))
    expected = fit.predict(rows.drop(index=list(reasons)))
    np.testing.assert_allclose(found["mean"], expected["mean"], rtol=1e-12)
    status, out, err = run("predict", "m.nc", "new.csv")
    assert status == 1
    assert "x" in err


def test_the_side_file_has_a_name_of_its_own_and_is_not_made_for_nothing(tmp_path) -> None:
    _, rows = fitted()
    rows.to_csv("new.csv", index=False)
    asked = ("predict", "m.nc", "new.csv", "--on-bad-row", "skip", "--bad-rows", "aside.csv")
    status, _, err = run(*asked)
    assert (status, err) == (0, "")
    assert not (tmp_path / "aside.csv").exists()
    spoilt(rows)[0].to_csv("new.csv", index=False)
    assert run(*asked, "-o", "out.csv")[0] == 0
    assert (tmp_path / "aside.csv").exists()
    assert len(pd.read_csv("out.csv")) == 55


def test_a_row_that_is_not_skipped_leaves_no_half_file(tmp_path) -> None:
    _, rows = fitted()
    spoilt(rows)[0].drop(index=[3, 8, 20, 21]).to_csv("new.csv", index=False)
    (tmp_path / "out.csv").write_text("before")
    status, _, err = run("predict", "m.nc", "new.csv", "-o", "out.csv")
    assert status == 1
    assert "beyond the range of numbers" in err
    assert (tmp_path / "out.csv").read_text() == "before"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["m.nc", "new.csv", "out.csv"]


REFUSED = [
    (["--on-bad-row", "skip", "--json"], 2, "is for CSV and Parquet of forecasts, not for JSON"),
    (["--on-bad-row", "skip", "--kind", "outcome"], 2, "not for --kind outcome"),
    (["--on-bad-row", "skip", "--new-levels", "average"], 2, "not for --new-levels"),
    (["--on-bad-row", "skip", "--bad-rows", "no/where.csv"], 1, "does not exist"),
]


@pytest.mark.parametrize(("words", "status", "sentence"), REFUSED)
def test_what_is_refused(words, status, sentence) -> None:
    _, rows = fitted()
    rows.to_csv("new.csv", index=False)
    found = run("predict", "m.nc", "new.csv", *words)
    assert found[0] == status
    assert sentence in found[2]


def test_files_that_are_no_tables() -> None:
    _, rows = fitted()
    rows.to_csv("new.csv", index=False)
    text = Path("new.csv").read_text()
    for content, sentence in {
        "": "is empty",
        "x,x\n1,2\n": "more than one column named 'x'",
        text + "1,2,3,4,5,6,7,8,9,10,11,12\n": "is not a table",
        text.replace("x,", "xx,", 1): "There is no column 'x'",
    }.items():
        with open("bad.csv", "w") as file:
            file.write(content)
        for words in ([], ["--on-bad-row", "skip"]):
            status, _, err = run("predict", "m.nc", "bad.csv", *words)
            assert status == 1
            assert sentence in err
    with open("bad.parquet", "w") as file:
        file.write(text)
    assert "cannot be read as Parquet" in run("predict", "m.nc", "bad.parquet")[2]
    assert "there is no file" in run("predict", "m.nc", "n.csv", "--on-bad-row", "skip")[2]


def test_no_rows_are_no_answers() -> None:
    fit, rows = fitted()
    rows.head(0).to_csv("none.csv", index=False)
    status, out, err = run("predict", "m.nc", "none.csv", "--on-bad-row", "skip")
    assert (status, err) == (0, "")
    assert out.splitlines() == [",".join([*rows.columns, *fit.predict(rows.head(1)).columns])]


def test_stdin_is_read_in_pieces_where_rows_are_skipped(monkeypatch, tmp_path) -> None:
    _, rows = fitted()
    spoilt(rows)[0].to_csv("new.csv", index=False)
    with open("new.csv") as file:
        found = subprocess.run(
            [sys.executable, "-m", "bayeslogit", "predict", "m.nc", "-", "--on-bad-row", "skip"],
            stdin=file,
            capture_output=True,
            text=True,
            timeout=240,
            check=True,
        )
    assert found.stdout.count("\n") == 56
    assert "5 of 60 rows were skipped; they are in stdin-bad-rows.csv" in found.stderr
