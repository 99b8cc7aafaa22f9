"""The shell speaks of its own options, carries columns through, and writes what an ending says."""

from __future__ import annotations

import errno
import io
import json
import os
import re

import numpy as np
import pandas as pd
import pytest

import bayeslogit as bl
from bayeslogit.cli import main
from bayeslogit.cli.parser import parser_of
from bayeslogit.cli.tables import write_rows
from bayeslogit.cli.wording import in_the_shell
from tests.helpers import ROOT

EXAM = bl.load_dataset("exam").assign(patient_id=[f"p{i}" for i in range(20)], mean=1.0, class_=2)


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Run a command in a folder with the exam data; return status, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    EXAM.assign(z=EXAM["hours"] ** 2).to_csv("exam.csv", index=False)
    gaps = EXAM.copy()
    gaps.loc[0, "hours"] = np.nan
    gaps.to_csv("gaps.csv", index=False)
    bl.logistic("passed ~ hours", EXAM).fit("laplace", draws=50, random_seed=1).save("exam.nc")

    def run_it(*argv):
        try:
            status = main([str(a) for a in argv])
        except SystemExit as error:
            status = error.code
        out, err = capsys.readouterr()
        return status, out, err

    return run_it


def test_predictions_carry_every_column_and_overwrite_none(run):
    status, out, err = run("predict", "exam.nc", "exam.csv")
    assert (status, err) == (0, "")
    found = pd.read_csv(io.StringIO(out))
    given = pd.read_csv("exam.csv")
    pd.testing.assert_frame_equal(found[given.columns], given)
    expected = bl.load("exam.nc").predict()
    assert list(found.columns[len(given.columns) :]) == ["mean_", "sd", "eti89_lb", "eti89_ub"]
    np.testing.assert_allclose(found["mean_"], expected["mean"], rtol=1e-12)
    rows = json.loads(run("predict", "exam.nc", "exam.csv", "--json")[1])
    assert [row["patient_id"] for row in rows] == EXAM["patient_id"].tolist()
    decided = run("decide", "exam.nc", "--data", "exam.csv", "--cutoff", 0.5)[1]
    assert decided.splitlines()[0].startswith("hours,passed,patient_id,mean,class_,z,")


def test_several_classes_have_a_row_each_with_all_columns(run):
    housing = bl.load_dataset("housing")
    counts = bl.multinomial("satisfaction ~ contact", housing, weights="frequency")
    counts.fit("map").save("housing.nc")
    new = pd.DataFrame({"contact": ["Low", "High"], "class": ["a", "b"], "id": [7, 8]})
    new.to_csv("new.csv", index=False)
    status, out, _ = run("predict", "housing.nc", "new.csv", "-o", "p.parquet")
    assert (status, out) == (0, "")
    found = pd.read_parquet("p.parquet")
    assert list(found) == ["contact", "class", "id", "class_", "estimate"]
    assert found["id"].tolist() == [7, 7, 7, 8, 8, 8]
    np.testing.assert_allclose(found.groupby("id")["estimate"].sum(), 1.0)


@pytest.mark.parametrize("ending", ["csv", "json", "parquet"])
def test_a_file_is_what_its_ending_says(run, ending):
    path = f"risk.{ending}"
    assert run("predict", "exam.nc", "exam.csv", "-o", path) == (0, "", "")
    read = {"csv": pd.read_csv, "json": pd.read_json, "parquet": pd.read_parquet}[ending]
    found = read(path)
    assert found["patient_id"].tolist() == EXAM["patient_id"].tolist()
    np.testing.assert_allclose(found["mean_"], bl.load("exam.nc").predict()["mean"], rtol=1e-9)


def test_files_that_cannot_be_written_are_refused_before_any_work(run, tmp_path):
    for path in ("risk.xlsx", "risk", "risk.nc"):
        status, out, err = run("predict", "exam.nc", "exam.csv", "-o", path)
        assert (status, out) == (1, "")
        assert "says no kind of file; expected one of .csv, .json, .parquet" in err
        assert not (tmp_path / path).exists()
    assert "Did you mean '.parquet'?" in run("predict", "exam.nc", "a", "-o", "x.parqet")[2]
    err = run("predict", "exam.nc", "exam.csv", "--json", "-o", "x.csv")[2]
    assert "--json and a file that ends with .csv say two things" in err


SAID = [
    (("fit", "gaps.csv", "passed ~ hours"), "leave such rows out with --missing drop"),
    (("fit", "exam.csv", "passed ~ hours", "--link", "logistic"), "--link logistic is not known"),
    (("fit", "exam.csv", "passed ~ hours", "--draws", "0"), "write for example --draws 1000"),
    (("fit", "exam.csv", "passed ~ hours", "--samples", "9"), "Did you mean --draws?"),
    (("fit", "--data", "exam.csv", "passed ~ hours"), "DATA is given without --data"),
    (("fit", "exam.csv", "passed ~ hours", "--method", "mcmc"), "Did you mean 'nuts' or 'hmc'?"),
    (("train", "exam.csv"), "Did you mean 'fit'?"),
    (("fit", "exam.csv", "passed ~ hours", "--random-seed", "1"), "Did you mean --seed?"),
    (("fit", "exam.csv", "passed ~ hours", "--family", "bernoulli"), "Did you mean 'logistic'?"),
    (("fit", "exam.csv", "passed ~ hours", "--prior", "gaussian:1"), "Did you mean 'normal'?"),
    (("fit", "exam.csv", "passed ~ hours", "--priors", "normal:1"), "Did you mean --prior?"),
    (("fit", "exam.csv", "passed ~ hours", "--save", "x.nc"), "Did you mean --output?"),
    (
        ("fit", "exam.csv", "passed ~ hours", "--warmup", "9"),
        "In Python it is given to fit('nuts', tune=...).",
    ),
    (
        ("fit", "exam.csv", "passed ~ hours", "--prevalence", ".1"),
        "It is given to bayeslogit predict ... --prevalence.",
    ),
    (("fit", "exam.csv", "passed ~ hours", "--distribution", "b"), "the function says the family"),
    (("predict", "exam.nc", "exam.csv", "--wald"), "to bayeslogit classical ... --wald."),
    (("effects", "exam.nc", "--by", "zz"), "pass the whole table as --data."),
    (("effects", "exam.nc", "--change", "hours=nan"), "write for example --change hours=1"),
    (("decide", "exam.nc", "--false-positive", 1), "--false-positive 1 --false-negative 5"),
    (("effects", "exam.nc", "--at", "mean"), "mean --at-mean or --at-median or --balanced?"),
    (("effects", "exam.nc", "--atmeans"), "Did you mean --at-mean"),
    (("decide", "exam.nc", "--fp", "1"), "Did you mean --false-positive?"),
    (("decide", "exam.nc", "--costs", "1"), "mean --false-positive or --false-negative?"),
    (("plot", "exam.nc", "--kind", "auc"), "Did you mean 'roc'?"),
    (("check", "exam.nc", "--priors", "flat"), "It is given to bayeslogit fit ... --prior."),
    (("summary", "exam.nc", "--random-seed", "1"), "It is given to bayeslogit fit ... --seed."),
    (("predict", "exam.nc", "exam.csv", "--kind", "response"), "Did you mean 'probability'?"),
    (("predict", "exam.nc", "exam.csv", "--type", "response"), "Did you mean --kind?"),
    (("predict", "exam.nc", "exam.csv", "--kind", "median"), "ask for --kind probability"),
    (("summary", "exam.nc", "--hdi-prob", "0.9"), "Did you mean --ci-prob?"),
    (("summary", "exam.nc", "--ci-prob", "95"), "write for example --ci-prob 0.95"),
    (("fit", "exam.csv", "passed ~ hours", "--event", "2"), "--event 2"),
]


@pytest.mark.parametrize(("argv", "sentence"), SAID, ids=range(len(SAID)))
def test_the_shell_speaks_of_its_own_options(run, argv, sentence):
    status, out, err = run(*argv)
    assert status in (1, 2)
    assert out == ""
    assert sentence in err
    # Nothing of Python is left: no option with a value behind an equals sign.
    options = {a.dest for a in parser_of("fit")._actions} | {"ci_prob", "random_seed", "priors"}
    assert not [word for word in re.findall(r"(\w+)=", err) if word in options], err


# Everything that a command writes: its options, and an ending that it knows.
WRITTEN = {
    "fit": (("exam.csv", "passed ~ hours", "--method", "map", "-o"), ".nc"),
    "predict": (("exam.nc", "exam.csv", "-o"), ".csv"),
    "plot": (("exam.nc", "--quiet", "-o"), ".png"),
    "classical": (("exam.nc", "--residuals"), ".json"),
    "demo": (("--method", "map", "-o"), ".svg"),
}


@pytest.mark.parametrize("command", WRITTEN)
def test_what_cannot_be_a_file_is_refused_by_everything_that_writes(run, tmp_path, command):
    options, ending = WRITTEN[command]
    (tmp_path / f"folder{ending}").mkdir()
    os.mkfifo(tmp_path / f"pipe{ending}")
    for place, sentence in {
        f"folder{ending}": "is a folder; expected the name of a file; add one",
        f"pipe{ending}": "is a device, pipe or socket, which a file would replace; expected",
        f"nowhere/a{ending}": "does not exist; expected a folder to put",
        f"{'long' * 80}{ending}": "cannot be the name of a file; expected a name of at most 255",
        "rows.numbers": "rows.numbers",
    }.items():
        if command == "fit" and place == "rows.numbers":
            continue  # any ending that says no other kind
        status, out, err = run(command, *options, place)
        assert (status, out) == (1, "")
        assert sentence in err
        assert "Errno" not in err
    assert not [path for path in tmp_path.iterdir() if path.suffix == ".part"]


def test_a_disk_that_is_full_leaves_the_old_file_and_no_part(run, tmp_path, monkeypatch):
    def full(*args):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    for command, (options, ending) in WRITTEN.items():
        place = tmp_path / f"old{ending}"
        place.write_text("old")
        status, _, err = run(command, *options, place)
        assert status == 1
        assert "cannot be written (No space left on device); expected a folder with room" in err
        assert place.read_text() == "old"
    assert not [path for path in tmp_path.iterdir() if path.suffix == ".part"]


@pytest.mark.parametrize("ending", ["csv", "CSV", "json", "parquet", "png", "pkl", "txt"])
def test_a_fit_is_not_saved_under_the_name_of_something_else(run, tmp_path, ending):
    status, out, err = run("fit", "exam.csv", "passed ~ hours", "-o", f"exam.{ending}")
    assert (status, out) == (1, "")
    assert "and a fit is saved as netCDF; expected the ending .nc; write for example" in err
    with pytest.raises(bl.StorageError, match="'exam.nc'"):
        bl.load("exam.nc").save(tmp_path / f"exam.{ending}")


@pytest.mark.parametrize("ending", ["csv", "json", "parquet"])
def test_residuals_are_written_as_their_ending_says(run, ending):
    assert run("classical", "exam.nc", "--residuals", f"rows.{ending}")[::2] == (0, "")
    read = {"csv": pd.read_csv, "json": pd.read_json, "parquet": pd.read_parquet}[ending]
    assert read(f"rows.{ending}")["leverage"].sum() == pytest.approx(2.0)


CODES = {
    "zero": ["007", "010"],
    "gap": ["12", ""],
    "digits": ["12345678901234567890123", "1"],
    "many": ["9007199254740993", "2"],
    "telephone": ["+4930123456", "+4940123456"],
}


def test_codes_are_carried_through_as_they_are_written(run):
    table = pd.DataFrame(CODES | {"number": ["1.5", "-2"], "count": ["3", "0"], "hours": [1, 2]})
    table.to_csv("codes.csv", index=False)
    for argv in (("predict", "exam.nc", "codes.csv"), ("decide", "exam.nc", "--data", "codes.csv")):
        found = pd.read_csv(io.StringIO(run(*argv)[1]), dtype=str, keep_default_na=False)
        for name, cells in CODES.items():
            assert found[name].tolist() == cells
    rows = json.loads(run("predict", "exam.nc", "codes.csv", "--json")[1])
    assert [(row["number"], row["count"], row["zero"]) for row in rows] == [
        (1.5, 3, "007"),
        (-2.0, 0, "010"),
    ]
    assert run("predict", "exam.nc", "codes.csv", "-o", "codes.parquet") == (0, "", "")
    assert pd.read_parquet("codes.parquet")["digits"].tolist() == CODES["digits"]


def test_columns_of_several_kinds_are_no_parquet_file(tmp_path):
    with pytest.raises(bl.StorageError, match=r"cannot hold these columns .* write a \.csv file"):
        write_rows(str(tmp_path / "a.parquet"), [{"a": 1}, {"a": "b"}], ["a"])


def test_what_is_merely_spelt_like_an_option_of_another_command_is_not_meant(run):
    for option in ("--digits", "--format", "--or"):
        assert "bayeslogit fit ..." not in run("summary", "exam.nc", option, "3")[2]


def test_every_option_is_on_the_page_of_the_shell():
    page = (ROOT / "docs" / "guide" / "command-line.md").read_text(encoding="utf-8")
    commands = parser_of("fit").get_default("siblings")
    missing = {
        (command, action.option_strings[-1])
        for command, parser in commands.items()
        for action in parser._actions
        if action.option_strings and action.option_strings[-1] not in page
    }
    assert not missing, sorted(missing)


def test_options_of_another_command_are_said_with_it():
    said = in_the_shell("fit again with missing='drop' and priors={'x': 1}.", parser_of("predict"))
    assert said == (
        "fit again with bayeslogit fit ... --missing drop and bayeslogit fit ... --prior."
    )
    assert in_the_shell("a=1, xlink='b', y.link=2", parser_of("fit")) == "a=1, xlink='b', y.link=2"


def test_a_curve_without_a_name_is_along_the_first_number(run):
    fit = bl.logistic("passed ~ g + z + hours", pd.read_csv("exam.csv").assign(g=list("ab") * 10))
    fit.fit("map").save("three.nc")
    status, out, err = run("plot", "three.nc", "-o", "curve.png")
    assert (status, out) == (0, "curve.png\n")
    assert err == "bayeslogit: the curve is along z; --name draws another: g, hours\n"
    assert run("plot", "three.nc", "-o", "curve.png", "--quiet")[2] == ""
    assert run("plot", "exam.nc", "-o", "curve.png")[2] == ""
