"""Tables that are not in memory: equal rows are counted where the data are."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

import bayeslogit as bl
from bayeslogit.runtime import memory
from bayeslogit.tables import sources

ROWS = 20_000


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    rng = np.random.default_rng(1)
    found = pd.DataFrame(
        {
            "dose": rng.integers(0, 4, ROWS),
            "ward": rng.choice(["a", "b", "c"], ROWS),
            "age": rng.normal(50.0, 10.0, ROWS),
            "weight": rng.choice([0.5, 1.0, 2.0], ROWS),
            "n": rng.integers(1, 4, ROWS),
        }
    )
    found["died"] = (rng.random(ROWS) < 1.0 / (1.0 + np.exp(1.5 - found["dose"]))).astype(int)
    found["k"] = rng.binomial(found["n"], 0.4)
    found["grade"] = rng.integers(0, 3, ROWS)
    found.loc[rng.random(ROWS) < 0.01, "ward"] = None
    return found


SOURCES: dict[str, Callable[[pd.DataFrame, Path], Any]] = {
    "path": lambda table, folder: str(folder),
    "Path of a file": lambda table, folder: _one_file(table, folder),
    "dataset": lambda table, folder: ds.dataset(folder),
    "polars": lambda table, folder: pl.from_pandas(table).lazy(),
    "duckdb": lambda table, folder: duckdb.sql(f"select * from '{folder}/*.parquet'"),
}


def _one_file(table: pd.DataFrame, folder: Path) -> Path:
    path = folder.parent / "whole.parquet"
    table.to_parquet(path)
    return path


@pytest.fixture(scope="module")
def folder(table: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("source") / "parts"
    made.mkdir()
    for part in range(4):
        table.iloc[part::4].to_parquet(made / f"{part}.parquet")
    return made


@pytest.mark.parametrize("name", SOURCES)
def test_counted_rows_give_the_same_posterior(name: str, table: pd.DataFrame, folder: Path) -> None:
    whole = bl.logistic("died ~ dose + ward", table, missing="drop")
    counted = bl.logistic("died ~ dose + ward", SOURCES[name](table, folder), missing="drop")
    assert len(counted.density.likelihood.X) == 4 * 3 * 2
    assert counted.dropped == whole.dropped > 100
    one, other = (model.fit("auto", random_seed=1).outcome.draws for model in (whole, counted))
    np.testing.assert_allclose(one, other, rtol=1e-8, atol=1e-10)


def test_sources_give_the_same_draws_bit_for_bit(table: pd.DataFrame, folder: Path) -> None:
    found = [
        bl.logistic("died ~ dose + ward", make(table, folder), missing="drop")
        .fit("auto", random_seed=1)
        .outcome.draws
        for make in SOURCES.values()
    ]
    for draws in found[1:]:
        np.testing.assert_array_equal(found[0], draws)


@pytest.mark.parametrize(
    "make",
    [
        lambda data: bl.logistic("died ~ dose", data, weights="weight"),
        lambda data: bl.binomial("k ~ dose", data, trials="n"),
        lambda data: bl.ordinal("grade ~ dose", data),
        lambda data: bl.multinomial("grade ~ dose + C(n)", data),
        lambda data: bl.logistic("died ~ dose", data, offset="weight"),
    ],
)
def test_every_family_and_column(
    make: Callable[[Any], bl.Model], table: pd.DataFrame, folder: Path
) -> None:
    one, other = (make(data).fit("map") for data in (table, ds.dataset(folder)))
    np.testing.assert_allclose(one.outcome.draws, other.outcome.draws, rtol=1e-9, atol=1e-11)


def test_a_column_called_rows_is_left_alone(table: pd.DataFrame) -> None:
    named = table.rename(columns={"dose": "rows"})
    model = bl.logistic("died ~ rows", pl.from_pandas(named).lazy())
    whole = bl.logistic("died ~ rows", named)
    np.testing.assert_allclose(
        model.fit("map").outcome.draws, whole.fit("map").outcome.draws, rtol=1e-9
    )


@pytest.mark.parametrize("name", ["dataset", "polars", "duckdb"])
def test_rows_that_differ_are_read_whole(name: str, table: pd.DataFrame, folder: Path) -> None:
    model = bl.logistic("died ~ age", SOURCES[name](table, folder))
    assert len(model.density.likelihood.X) == ROWS
    assert model.weights is None


def test_batches_of_too_many_kinds_are_not_counted(
    monkeypatch: pytest.MonkeyPatch, table: pd.DataFrame, folder: Path
) -> None:
    monkeypatch.setattr(sources, "_MOST", 20)
    model = bl.logistic("died ~ dose + ward", ds.dataset(folder), missing="drop")
    assert len(model.density.likelihood.X) + model.dropped == ROWS
    monkeypatch.setattr(sources, "_MOST", 80)  # parts are put together on the way
    model = bl.logistic("died ~ dose + ward", ds.dataset(folder), missing="drop")
    assert len(model.density.likelihood.X) == 24


def test_what_memory_does_not_take_is_refused_before_it_is_read(
    monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    monkeypatch.setattr(memory, "available", lambda: 1_000_000)
    with pytest.raises(bl.FitFailed, match=r"20,000 rows and 2 columns.*round or bin predictors"):
        bl.logistic("died ~ age", ds.dataset(folder))


def test_mistakes_have_a_sentence(tmp_path: Path, table: pd.DataFrame, folder: Path) -> None:
    source = ds.dataset(folder)
    with pytest.raises(bl.DesignError, match=r"no column 'does' .* Did you mean 'dose'"):
        bl.logistic("died ~ does", source)
    with pytest.raises(bl.DesignError, match=r"weights= is not the name of a column, and the data"):
        bl.logistic("died ~ dose", source, weights=np.ones(ROWS))
    with pytest.raises(bl.DesignError, match=r"Parquet files of .*none\.parquet' cannot be read"):
        bl.logistic("died ~ dose", tmp_path / "none.parquet")
    (tmp_path / "text.parquet").write_text("no parquet", encoding="utf-8")
    with pytest.raises(bl.DesignError, match="Parquet files of .* cannot be read"):
        bl.logistic("died ~ dose", tmp_path / "text.parquet")
    with pytest.raises(bl.DesignError, match="source has no rows"):
        bl.logistic("died ~ dose", pl.from_pandas(table[:0]).lazy())
    with pytest.raises(bl.DesignError, match="'ward' of the counted rows has no value"):
        bl.logistic("died ~ dose + ward", source)
    with pytest.raises(bl.DesignError, match="Read the file first"):
        bl.logistic("died ~ dose", "table.csv")


def test_a_class_that_no_row_has_is_found_when_rows_are_counted() -> None:
    table = pa.table({"y": [0] * 1000, "x": [0, 1] * 500})
    model = bl.logistic("y ~ x", ds.dataset(table))
    assert model.density.likelihood.counts.sum(axis=0).tolist() == [1000.0, 0.0]
    assert "0 '1' (the event)" in repr(model)


def test_folders_with_other_columns_are_refused_by_name(tmp_path: Path) -> None:
    pq.write_table(pa.table({"y": [0, 1], "x": [1, 2]}), tmp_path / "a.parquet")
    pq.write_table(pa.table({"y": [0, 1], "z": [1, 2]}), tmp_path / "b.parquet")
    with pytest.raises(bl.DesignError, match=r"'x' is missing in .*b\.parquet"):
        bl.logistic("y ~ x", str(tmp_path))
    pq.write_table(pa.table({"y": [0, 1], "x": ["u", "v"]}), tmp_path / "b.parquet")
    with pytest.raises(bl.DesignError, match=r"'x' is of type string in .*b\.parquet"):
        bl.logistic("y ~ x", str(tmp_path))


def test_a_block_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    table = pa.table({"y": [0, 1] * 500, "x": list(range(1000))})
    pq.write_table(table, path, row_group_size=250, compression="none", use_dictionary=False)
    where = pq.ParquetFile(path).metadata.row_group(2).column(1).data_page_offset
    content = bytearray(path.read_bytes())
    content[where : where + 40] = b"\xff" * 40
    path.write_bytes(content)
    with pytest.raises(bl.DesignError, match=r"Row group 2 of .*a\.parquet' cannot be read"):
        bl.logistic("y ~ x", ds.dataset(path))


def test_a_file_that_changes_while_it_is_read_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "a.parquet"
    table = pa.table({"y": [0, 1] * 500, "x": [0, 1, 1, 0] * 250})
    pq.write_table(table, path)
    first = sources._Batches.first

    def then_changed(self: Any, keys: list[str]) -> Any:
        found = first(self, keys)
        pq.write_table(pa.concat_tables([table, table]), path)
        return found

    monkeypatch.setattr(sources._Batches, "first", then_changed)
    with pytest.raises(bl.DesignError, match=r"a\.parquet' was changed while it was read"):
        bl.logistic("y ~ x", ds.dataset(path))


def test_without_pyarrow_a_path_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(bl.DesignError, match=r"pyarrow, which reads Parquet, is not installed"):
        bl.logistic("y ~ x", "visits.parquet")
