"""The tables that ship with the package: what is said of them, and what publications say."""

import re

import pandas as pd
import pytest

import bayeslogit as bl
from tests.helpers import ROOT

FOLDER = ROOT / "bayeslogit" / "datasets"


def test_every_table_is_listed_with_its_shape_question_source_and_licence():
    table = bl.list_datasets()
    assert list(table.index) == sorted(bl.DATASETS) == sorted(p.stem for p in FOLDER.glob("*.csv"))
    for name, row in table.iterrows():
        assert (row["rows"], row["columns"]) == bl.load_dataset(name).shape
        assert row["question"].endswith("?")
        assert re.search(r"\b(19|20)\d\d\b|encyclopedia", row["source"]), name
        assert row["licence"]


def test_the_list_prints_whole(monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")  # where no address is broken over two lines
    shown = repr(bl.list_datasets())
    assert max(map(len, shown.splitlines())) <= 120
    assert "..." not in shown
    for dataset in bl.DATASETS.values():
        assert {*dataset.question.split(), *dataset.source.split()} <= {*shown.split()}


def test_tables_are_whole_and_small():
    sizes = {path.stem: path.stat().st_size for path in FOLDER.glob("*.csv")}
    assert sum(sizes.values()) < 300_000
    for name in bl.DATASETS:
        assert not bl.load_dataset(name).isna().any(axis=None), name


def test_a_name_that_resembles_none_is_answered_with_the_list():
    with pytest.raises(bl.DesignError, match=r"no dataset 'nope'.*list_datasets\(\) says") as error:
        bl.load_dataset("nope")
    assert "Did you mean" not in str(error.value)
    with pytest.raises(bl.DesignError, match="Did you mean 'birthweight'"):
        bl.load_dataset("birthwt")


# Totals that the publications print, so that a slip in a table shows.
TOTALS = {
    # Dalal, Fowlkes and Hoadley (1989): nine of 138 joints damaged, on seven of 23 flights.
    "orings": lambda t: (t["damaged"].sum(), (t["damaged"] > 0).sum(), t["joints"].sum()),
    # Hosmer and Lemeshow (1989): 59 of 189 children were light.
    "birthweight": lambda t: (t["low"].sum(), (t["grams"] < 2500).sum(), t["smoker"].sum()),
    # Bickel et al. (1975) as in R's datasets: 1755 of 4526 admitted.
    "admissions": lambda t: (t["admitted"].sum(), t["applicants"].sum()),
    # Bliss (1935): 291 of 481 beetles killed.
    "beetles": lambda t: (t["killed"].sum(), t["beetles"].sum()),
    # Trichopoulos et al. (1976): 83 cases, two controls each but for one.
    "infert": lambda t: (t["case"].sum(), len(t), t["stratum"].nunique()),
    # Mroz (1987): 428 of 753 women worked.
    "labour": lambda t: (t["works"].sum(), len(t)),
    # Stock and Watson on the Boston data: 285 of 2380 denied.
    "mortgages": lambda t: (t["denied"].sum(), t["black"].sum()),
    # The tenth of CDNOW's customers in Fader and Hardie (2001).
    "customers": lambda t: (len(t), (t["orders"] > 1).sum()),
    "surgical": lambda t: (t["deaths"].sum(), t["operations"].sum()),
    # Greene and Hensher (1997): 58 by air, 63 by train, 30 by bus, 59 by car.
    "travel": lambda t: tuple(
        t[t["chosen"] == 1]["mode"].value_counts(sort=False)[["air", "train", "bus", "car"]]
    ),
    "wine": lambda t: tuple(t["rating"].value_counts().sort_index()),
}
KNOWN = {
    "orings": (9, 7, 138),
    "birthweight": (59, 59, 74),
    "admissions": (1755, 4526),
    "beetles": (291, 481),
    "infert": (83, 248, 83),
    "labour": (428, 753),
    "mortgages": (285, 339),
    "customers": (2357, 946),
    "surgical": (208, 2814),
    "travel": (58, 63, 30, 59),
    "wine": (5, 22, 26, 12, 7),
}


@pytest.mark.parametrize("name", TOTALS)
def test_totals_are_those_of_the_publication(name):
    assert TOTALS[name](bl.load_dataset(name)) == KNOWN[name]


def test_tables_shared_with_the_references_agree():
    found = bl.load_dataset("infert")
    pd.testing.assert_frame_equal(
        found[["age", "parity", "induced", "spontaneous", "case", "stratum"]],
        pd.read_csv(ROOT / "tests" / "references" / "infert.csv"),
    )
    hospitals = pd.read_csv(ROOT / "tests" / "references" / "surgical.csv")
    assert hospitals["y"].tolist() == bl.load_dataset("surgical")["deaths"].tolist()
