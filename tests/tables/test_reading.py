"""Tables: every kind of input becomes the same plain columns."""

import datetime
import decimal
import fractions
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bayeslogit as bl
from bayeslogit.errors import DesignError
from bayeslogit.tables.reading import from_columns, read

PLAIN: dict[str, Any] = {
    "hours": [0.5, 1.75, 3.0],
    "age": [20, 31, 42],
    "smokes": [True, False, True],
    "schöne stadt": ["b", "a", "b"],
}
SOURCES = {
    "lists": lambda: PLAIN,
    "tuples": lambda: {name: tuple(values) for name, values in PLAIN.items()},
    "arrays": lambda: {name: np.array(values) for name, values in PLAIN.items()},
    "objects": lambda: {name: np.array(values, dtype=object) for name, values in PLAIN.items()},
    "pandas": lambda: pd.DataFrame(PLAIN),
    "pandas objects": lambda: pd.DataFrame(PLAIN).astype(object),
    "pandas nullable": lambda: pd.DataFrame(PLAIN).convert_dtypes(),
    "pandas arrow": lambda: pd.DataFrame(PLAIN).convert_dtypes(dtype_backend="pyarrow"),
    "pandas category": lambda: pd.DataFrame(PLAIN).astype({"schöne stadt": "category"}),
    "pandas series": lambda: {name: pd.Series(values) for name, values in PLAIN.items()},
    "polars": lambda: pl.DataFrame(PLAIN),
    "polars categorical": lambda: pl.DataFrame(PLAIN).with_columns(
        pl.col("schöne stadt").cast(pl.Categorical)
    ),
    "polars series": lambda: {name: pl.Series(values) for name, values in PLAIN.items()},
    "pyarrow": lambda: pa.table(PLAIN),
    "structured": lambda: np.array(
        list(zip(*PLAIN.values(), strict=True)),
        dtype=[("hours", "f4"), ("age", "i2"), ("smokes", "?"), ("schöne stadt", "U3")],
    ),
    "a table": lambda: read(PLAIN),
}


@pytest.mark.parametrize("source", SOURCES)
def test_every_source_gives_the_same_columns(source):
    table = read(SOURCES[source]())
    assert table.names == tuple(PLAIN)
    assert table.n_rows == 3
    assert [table.kind(name) for name in table.names] == ["number", "number", "boolean", "category"]
    for name, values in PLAIN.items():
        assert table[name].tolist() == values
    assert [table[name].dtype.kind for name in table.names] == ["f", "i", "b", "U"]
    assert table.levels("schöne stadt") == ("a", "b")
    assert table.levels("age") == ()
    assert not table.ordered("schöne stadt")
    assert all(table.column(name).missing is None for name in table.names)


FIRST = {"x": 1.0, "i": 1, "b": True, "s": "a"}
GAPPY = {
    "pandas": lambda: pd.DataFrame(
        {"x": [1.0, None], "i": [1.0, np.nan], "b": [True, None], "s": ["a", None]}
    ),
    "pandas nullable": lambda: pd.DataFrame(
        {
            "x": pd.array([1.0, None], dtype="Float64"),
            "i": pd.array([1, None], dtype="Int64"),
            "b": pd.array([True, None], dtype="boolean"),
            "s": pd.array(["a", None], dtype="string"),
        }
    ),
    "pandas NA objects": lambda: pd.DataFrame(
        {"x": [1.0, pd.NA], "i": [1, pd.NA], "b": [True, pd.NA], "s": ["a", pd.NA]}, dtype=object
    ),
    "polars": lambda: pl.DataFrame(
        {"x": [1.0, None], "i": [1, None], "b": [True, None], "s": ["a", None]}
    ),
    "pyarrow": lambda: pa.table(
        {"x": [1.0, None], "i": [1, None], "b": [True, None], "s": ["a", None]}
    ),
    "lists": lambda: {"x": [1.0, None], "i": [1, None], "b": [True, None], "s": ["a", None]},
    "nan in lists": lambda: {
        "x": [1.0, np.nan],
        "i": [1, float("nan")],
        "b": [True, np.nan],
        "s": ["a", float("nan")],
    },
    "masked": lambda: {
        "x": np.ma.masked_array([1.0, 2.0], mask=[False, True]),
        "i": np.ma.masked_array([1, 2], mask=[False, True]),
        "b": np.ma.masked_array([True, True], mask=[False, True]),
        "s": np.ma.masked_array(["a", "b"], mask=[False, True]),
    },
}


@pytest.mark.parametrize("source", GAPPY)
def test_missing_values_are_found_everywhere(source):
    table = read(GAPPY[source]())
    assert [table.kind(name) for name in "xibs"] == ["number", "number", "boolean", "category"]
    for name in "xibs":
        np.testing.assert_array_equal(table.column(name).missing, [False, True])
        with pytest.raises(
            DesignError, match=f"{name!r} of the data has no value.* in row 1; 1 of"
        ):
            table.complete([name])
        full, kept = table.complete([name], missing="drop")
        assert (full.n_rows, kept.tolist()) == (1, [0])
        assert full[name].tolist() == [FIRST[name]]
        assert full.column(name).missing is None
    assert np.isnan(table["x"][1])
    assert table["s"].tolist() == ["a", None]
    assert table["b"].tolist() == [True, None]


def test_complete_looks_at_named_columns_and_drops_from_all():
    table = read({"x": [1.0, None, 3.0], "y": [None, 2.0, 3.0], "z": ["a", "b", None]})
    full, kept = table.complete(["x"], missing="drop")
    assert kept.tolist() == [0, 2]
    assert full["z"].tolist() == ["a", None]
    full, kept = table.complete(["x", "y"], missing="drop")
    assert kept.tolist() == [2]
    same, kept = table.select(["x"]).complete([])
    assert kept.tolist() == [0, 1, 2]
    assert same.names == ("x",)


def test_the_row_is_named_by_position_and_index_label():
    frame = pd.DataFrame({"x": [1.0, 2.0, None]}, index=["ann", "bob", "cy"])
    with pytest.raises(DesignError, match=r"in row 2 \(index 'cy'\)"):
        read(frame).complete(["x"])
    with pytest.raises(DesignError, match=r"in row 2 \(index 'cy'\)"):  # of the caller's
        read(frame).take([2]).complete(["x"])
    with pytest.raises(DesignError, match=r"in row 2;"):
        read(frame.reset_index(drop=True)).complete(["x"])


def test_infinite_values_are_refused_whatever_happens_to_missing_ones():
    table = read({"x": [1.0, -np.inf, np.nan]})
    with pytest.raises(DesignError, match=r"'x' of the data is -inf in row 1; finite numbers"):
        table.complete(["x"], missing="drop")
    full, kept = table.complete(["x"], missing="drop", finite=False)
    assert kept.tolist() == [0, 1]
    assert full["x"].tolist() == [1.0, -np.inf]


def test_nothing_left_is_refused():
    table = read({"x": [1.0, None], "y": [None, 2.0]})
    with pytest.raises(DesignError, match=r"Every one of the 2 rows.*'x', 'y'.*leaves nothing"):
        table.complete(["x", "y"], missing="drop")
    with pytest.raises(DesignError, match=r"missing='omit' is not known; expected 'raise'.*'drop'"):
        table.complete(["x"], missing="omit")


# -- categories --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        pd.DataFrame({"g": pd.Categorical(["m", "h"], ["l", "m", "h"], ordered=True)}),
        pl.DataFrame({"g": pl.Series(["m", "h"], dtype=pl.Enum(["l", "m", "h"]))}),
        pa.table(
            {"g": pa.DictionaryArray.from_arrays([1, 2], pa.array(["l", "m", "h"]), ordered=True)}
        ),
    ],
)
def test_declared_levels_keep_order_and_unused_ones(data):
    table = read(data)
    assert table.kind("g") == "category"
    assert table.levels("g") == ("l", "m", "h")
    assert table.ordered("g")
    assert table["g"].tolist() == ["m", "h"]
    assert table.take([1]).levels("g") == ("l", "m", "h")


def test_an_unordered_category_keeps_its_declared_levels_too():
    table = read(pd.DataFrame({"g": pd.Categorical(["a", None], ["c", "b", "a"])}))
    assert table.levels("g") == ("c", "b", "a")
    assert not table.ordered("g")
    dictionary = pa.array(["b", "a"]).dictionary_encode()
    assert read(pa.table({"g": dictionary})).levels("g") == ("b", "a")


def test_labels_that_are_not_text():
    table = read(pd.DataFrame({"g": pd.Categorical([3, 5, None], [5, 3])}))
    assert table.levels("g") == (5, 3)
    assert table.take([0, 1])["g"].tolist() == [3, 5]
    cut = read(pd.DataFrame({"g": pd.cut([1, 5], [0, 2, 6])}))
    assert cut.levels("g") == ("(0, 2]", "(2, 6]")
    assert cut.ordered("g")
    flags = read(pd.DataFrame({"g": pd.Categorical([True, False])}))
    assert flags.kind("g") == "category"
    assert flags["g"].tolist() == [True, False]


def test_polars_categories_of_other_columns_are_not_levels():
    other = pl.Series(["zz", "yy"], dtype=pl.Categorical)
    assert len(other) == 2
    frame = pl.DataFrame({"g": pl.Series(["b", "a"], dtype=pl.Categorical)})
    assert read(frame).levels("g") == ("a", "b")


def test_from_columns_rebuilds_a_table():
    first = read(pd.DataFrame({"g": pd.Categorical(["m", "h"], ["l", "m", "h"], ordered=True)}))
    again = from_columns({"g": first["g"]}, {"g": first.levels("g")}, ordered=["g"])
    assert again.levels("g") == first.levels("g")
    assert again.ordered("g")
    assert again["g"].tolist() == ["m", "h"]
    assert from_columns({}, n_rows=4).n_rows == 4
    with pytest.raises(DesignError, match=r"value 'west' in row 1.*levels 'West', 'e'.*Did you"):
        from_columns({"g": ["e", "west"]}, {"g": ("West", "e")})
    with pytest.raises(DesignError, match=r"no column 'h'"):
        from_columns({"g": ["e"]}, {"h": ("e",)})


# -- numbers -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "values",
    [
        [decimal.Decimal("1.5"), decimal.Decimal("2")],
        [fractions.Fraction(3, 2), 2],
        [1.5, 2],
        [np.float32(1.5), 2.0],
        np.array([1.5, 2.0], dtype=np.float16),
        np.array([1.5, 2.0], dtype=np.longdouble),
        pl.Series(["1.5", "2"]).cast(pl.Decimal(10, 2)),
        pa.chunked_array([[decimal.Decimal("1.5")], [decimal.Decimal("2.0")]]),
        pd.Series([1.5, 2.0], index=[7, 3]),
    ],
)
def test_numbers_become_float64(values):
    table = read({"x": values})
    assert table["x"].dtype == np.float64
    assert table["x"].tolist() == [1.5, 2.0]


@pytest.mark.parametrize(
    "values",
    [range(1, 3), [1, 2], np.array([1, 2], dtype=np.uint64), pl.Series([1, 2], dtype=pl.Int128)],
)
def test_whole_numbers_become_int64(values):
    table = read({"x": values})
    assert table["x"].dtype == np.int64
    assert table["x"].tolist() == [1, 2]


BIG = 2**53 + 1


@pytest.mark.parametrize(
    "values",
    [
        [0, BIG],
        [0, 2**70],
        [0.5, BIG],
        np.array([0, BIG], dtype=np.uint64),
        np.array([0, -BIG]),
        pl.Series([0, BIG]),
        pd.Series([0, BIG, None], dtype="Int64"),
    ],
)
def test_integers_beyond_what_float64_holds_are_refused(values):
    with pytest.raises(DesignError, match=r"'id' of the data is -?\d+ in row 1;.*identifier"):
        read({"id": values}).kind("id")
    assert read({"id": [2**53, -(2**53)]}).kind("id") == "number"


def test_single_values_are_repeated():
    table = read({"x": [1.0, 2.0, 3.0], "g": "a", "n": np.float64(2), "t": True})
    assert table["g"].tolist() == ["a"] * 3
    assert table["n"].tolist() == [2.0] * 3
    assert table["t"].tolist() == [True] * 3
    assert read({"x": 1, "y": 2}).n_rows == 1


def test_the_callers_data_is_not_changed():
    x = np.array([1.0, np.nan, 3.0])
    frame = pd.DataFrame({"x": x.copy(), "g": ["a", None, "b"]})
    before = frame.copy(deep=True)
    read(frame).complete(["x", "g"], missing="drop")
    pd.testing.assert_frame_equal(frame, before)
    masked = np.ma.masked_array([1.0, 2.0], mask=[False, True])
    read({"x": masked}).kind("x")
    assert masked.data.tolist() == [1.0, 2.0]
    table = read({"x": x})
    assert not np.shares_memory(table["x"], x)


# -- refusals ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (pd.Series(pd.to_datetime(["2020-01-01"])), r"'c' .* type Datetime.*days since"),
        (pd.Series(pd.to_timedelta([1], unit="h")), r"type Duration.*days since"),
        (pd.Series(pd.period_range("2020", periods=1)), r"type period.*days since"),
        (pl.Series([datetime.date(2020, 1, 1)]), r"type Date.*days since"),
        (pl.Series([datetime.time(1)]), r"type Time.*hour of the day"),
        ([datetime.date(2020, 1, 1)], r"type date.*days since"),
        (np.array(["2020-01-01"], dtype="M8[D]"), r"type datetime64.*days since"),
        (np.array([1], dtype="m8[h]"), r"type timedelta64"),
        (np.array([1j]), r"type complex128.*real part"),
        ([1j], r"type complex.*real part"),
        (pd.Series([1j]), r"type complex128"),
        ([b"a"], r"type bytes"),
        (np.array([b"a"]), r"type \|S1"),
        (pl.Series([[1, 2]]), r"type List"),
        (pl.Series([{"a": 1}]), r"type Struct"),
        ([[1, 2]], r"type list"),
        ([object()], r"type object"),
        (pd.Series(pd.arrays.SparseArray([0])), r"type Sparse"),
        (np.ones((1, 2)), r"array of shape \(1, 2\); one dimension"),
        ([1, "a"], r"mixes values of the types 'int', 'str'.*str\(\)"),
        ([True, 2], r"mixes values of the types 'bool', 'int'"),
        (pd.Series([1, "a"], dtype=object), r"mixes values of the types 'int', 'str'"),
    ],
)
def test_unusable_columns_are_refused_when_used_and_not_before(values, sentence):
    table = read({"c": values, "x": [1] * len(values)})
    assert table["x"].tolist() == [1] * len(values)
    assert table.select(["x"]).complete(["x"])[0].n_rows == len(values)
    with pytest.raises(DesignError, match=sentence):
        table["c"]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ("data.csv", r"is the text 'data.csv'.*Read the file first"),
        (None, r"is a builtins.NoneType; a pandas, polars or pyarrow table"),
        ([1, 2], r"is a builtins.list"),
        (3, r"is a builtins.int"),
        (np.ones((2, 2)), r"array of shape \(2, 2\), without column names.*Name the columns"),
        (pd.Series([1.0]), r"one row or one column.*table\[\['hours'\]\] a column"),
        (pl.Series([1.0]), r"one row or one column.*table\[\['hours'\]\] a column"),
        (pl.LazyFrame({"x": [1]}), r"not computed yet.*\.collect\(\)"),
        ({}, r"1 rows and 0 columns"),
        ({"x": []}, r"0 rows and 1 columns; at least one of each"),
        (pd.DataFrame({"x": []}), r"0 rows and 1 columns"),
        (pd.DataFrame(index=[1, 2]), r"2 rows and 0 columns|0 rows and 0 columns"),
        (pl.DataFrame(), r"0 rows and 0 columns"),
        ({"x": [1, 2], "y": [1]}, r"different lengths \('x': 2, 'y': 1\)"),
        ({"x": {1, 2}}, r"'x' of the data is a set; a list"),
        ({"x": {"a": 1}}, r"'x' of the data is a dict; a list"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), r"more than one column.*'a'"),
        (pa.table([pa.array([1])] * 2, names=["a", "a"]), r"more than one column.*'a'"),
        (pd.DataFrame([[1, 2]], columns=[1, "1"]), r"more than one column named '1'"),
    ],
)
def test_what_is_not_a_table_is_refused(data, sentence):
    with pytest.raises(DesignError, match=sentence):
        read(data)


def test_unknown_columns_get_the_nearest_name():
    table = read({"hours": [1], "School": ["a"]}, what="new rows")
    with pytest.raises(DesignError, match=r"no column 'school' in the new rows.*mean 'School'"):
        table["school"]
    for use in (table.kind, table.levels, lambda n: table.select([n]), lambda n: table.check([n])):
        with pytest.raises(DesignError, match=r"Did you mean 'hours'"):
            use("hour")


def test_take_and_select_keep_what_they_should():
    table = read(PLAIN)
    assert table.take([2, 0])["hours"].tolist() == [3.0, 0.5]
    assert table.take(np.array([True, False, True])).n_rows == 2
    assert table.take(slice(1, None))["age"].tolist() == [31, 42]
    assert table.select(["age", "age", "hours"]).names == ("age", "hours")
    assert "age" in table
    assert "year" not in table
    assert "3 rows" in repr(table)


def test_column_names_may_be_numbers_in_pandas():
    assert read(pd.DataFrame({0: [1], 1: [2]})).names == ("0", "1")


@settings(deadline=None)
@given(
    st.lists(
        st.one_of(st.none(), st.floats(), st.integers(-(2**60), 2**60), st.booleans(), st.text()),
        min_size=1,
        max_size=6,
    )
)
def test_any_list_is_read_or_refused(values):
    table = read({"x": values})
    try:
        full, kept = table.complete(["x"], missing="drop")
    except DesignError:
        return
    given = [v for v in values if v is not None and v == v]
    assert full["x"].tolist() == given
    assert kept.tolist() == [i for i, v in enumerate(values) if v is not None and v == v]


BARE = {
    "pandas": pd.Categorical(["m", "h", "m"], ["l", "m", "h"], ordered=True),
    "pandas index": pd.CategoricalIndex(["m", "h", "m"], ["l", "m", "h"], ordered=True),
    "arrow": pa.DictionaryArray.from_arrays([1, 2, 1], pa.array(["l", "m", "h"]), ordered=True),
}


@pytest.mark.parametrize("kind", BARE)
def test_bare_arrays_of_a_dict_keep_their_levels(kind):
    table = read({"g": BARE[kind], "x": [1, 2, 3]})
    assert table.levels("g") == ("l", "m", "h")
    assert table.ordered("g")
    assert list(table["g"]) == ["m", "h", "m"]


def test_bare_arrays_of_a_dict_keep_their_gaps():
    for values in (pd.array([1, None, 3], dtype="Int64"), pa.array([1, None, 3])):
        table = read({"x": values})
        assert table.kind("x") == "number"
        assert table.column("x").missing.tolist() == [False, True, False]


def test_a_class_that_a_bare_categorical_declares_is_not_lost():
    x = np.arange(12.0)
    for levels, found in (("abc", ("a", "b", "c")), ("cab", ("c", "a", "b"))):
        outcome = pd.Categorical(list("abbaab") * 2, list(levels))
        for model in (
            bl.multinomial("c ~ x", {"c": outcome, "x": x}),
            bl.multinomial(x[:, None], outcome),
        ):
            assert model.response.classes == found
