"""Designs: formulaic's columns, the same coding for new rows, and clear refusals."""

import subprocess
import sys

import formulaic
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import bayeslogit as bl
from bayeslogit.design import (
    constant_columns,
    duplicate_columns,
    from_array,
    from_formula,
    from_frame,
    recentred,
)
from bayeslogit.design.encoding.redundancy import Reducer
from bayeslogit.errors import DesignError
from bayeslogit.tables.columns import label
from bayeslogit.tables.reading import from_columns, read

N = 60
_rng = np.random.default_rng(20)
FRAME = pd.DataFrame(
    {
        "a": _rng.normal(size=N),
        "b": _rng.normal(size=N) * 1e3 + 5e3,
        "n": _rng.integers(1, 9, size=N),
        "t": _rng.random(N) < 0.4,
        "g": pd.Categorical(_rng.choice(list("xyz"), N)),
        "h": pd.Categorical(_rng.choice(["u", "v"], N)),
        "k": pd.Categorical(_rng.choice(["p", "q", "r"], N), categories=["r", "q", "p"]),
    }
)
TABLE = read(FRAME)

# Every formula here is coded by formulaic too, with the same names and the same numbers.
SAME_AS_FORMULAIC = [
    "1",
    "a",
    "a + b",
    "a - 1",
    "0 + a + b",
    "t",
    "a * t",
    "g",
    "g - 1",
    "g + h",
    "g + h - 1",
    "h + g - 1",
    "k",
    "g:h",
    "g:h - 1",
    "g * h",
    "g * h - 1",
    "g + g:h",
    "h + g:h",
    "g / h",
    "a:g",
    "a:g - 1",
    "a * g",
    "g + a:g",
    "g * h * k",
    "g:h:k",
    "(g + h + k)**2",
    "(g + h + k)**2 - g:h",
    "a:b:g + n:g:h",
    "a*b*n",
    "log(b)",
    "log2(b) + log10(b) + exp(a)",
    "sqrt(b) * g",
    "center(b)",
    "scale(b)",
    "scale(log(b)) + center(a) * g",
    "I(a + 2 * b)",
    "I(a ** 2) + I((a - b) / n)",
    "I(-a)",
    "I(a > 0)",
    "poly(a, 3)",
    "poly(b, degree=2) * g",
    "poly(scale(b), 2)",
    "bs(a, df=4)",
    "bs(a, df=5, degree=2)",
    "bs(a, degree=2)",
    "bs(a, knots=[-0.5, 0.5])",
    "bs(a, knots=[-0.5, 0.5], degree=1, lower_bound=-9, upper_bound=9)",
    "bs(log(b), df=4):h",
    "bs(a, df=4, extrapolation='clip')",
]


def offset_of(design):
    assert design.offset is not None
    return design.offset


def by_formulaic(formula, frame=FRAME):
    return formulaic.model_matrix(formula, frame, context={"sqrt": np.sqrt})


@pytest.mark.parametrize("formula", SAME_AS_FORMULAIC)
def test_columns_are_those_of_formulaic(formula):
    theirs = by_formulaic(formula)
    ours = from_formula(formula, TABLE)
    assert ours.names == tuple(theirs.columns)
    np.testing.assert_allclose(ours.X, theirs.to_numpy(float), rtol=1e-12, atol=1e-12)


# A boolean is a factor of False and True, whose True alone carries the bare name.
BOOLEANS = [
    "t", "0 + t", "a:t", "a:t - 1", "a + a:t", "t + a:t", "a * t", "t:u", "t:u - 1", "t + t:u",
    "u + t:u", "t * u", "t + u - 1", "a:t:u", "t:g", "g:t - 1", "g + t:g", "t + t:g", "a:t:g",
    "(t + u + g)**2", "t:u:g", "a * t * u",
]  # fmt: skip


@pytest.mark.parametrize("formula", BOOLEANS)
def test_booleans_are_factors_of_false_and_true(formula):
    as_text = FRAME.assign(u=FRAME["a"] > FRAME["n"] - 5)
    table = read(as_text.copy())
    for name in ("t", "u"):
        as_text[name] = pd.Categorical(as_text[name].astype(str), ["False", "True"])
    theirs = by_formulaic(formula, as_text)
    ours = from_formula(formula, table)
    names = [name.replace("[T.True]", "") for name in theirs.columns]
    assert list(ours.names) == names
    np.testing.assert_allclose(ours.X, theirs.to_numpy(float), rtol=1e-12, atol=1e-12)
    np.testing.assert_array_equal(ours.code(table)[0], ours.X)
    compared = from_formula(formula.replace("t", "I(n > 4)"), read(FRAME.assign(u=table["u"])))
    named = {name.replace("I(n > 4)", "t") for name in compared.names}
    assert named == set(names)
    numbers = from_formula(formula.replace("t", "I(1 * t)"), table)
    assert "I(1 * t)[False]" not in " ".join(numbers.names)


def test_new_values_of_a_boolean():
    design = from_formula("a:t", TABLE)
    assert design.names == ("Intercept", "a:t[False]", "a:t[True]")
    new = {"a": [2.0, 2.0, 2.0], "t": [0, 1, 0.25]}
    assert design.code(new)[0].tolist() == [[1, 2, 0], [1, 0, 2], [1, 1.5, 0.5]]
    with pytest.raises(DesignError, match="t of the new rows is 2 in row 1, and was True or False"):
        design.code({"a": 1.0, "t": [1, 2]})
    # without a formula a column of a table is a column of X, whatever else there is
    assert from_frame(read({"t": [True, False], "u": [False, True]}), intercept=False).names == (
        "t",
        "u",
    )


def test_natural_splines_are_those_of_formulaic_centred():
    theirs = by_formulaic("cr(b, df=4, constraints='center')")
    ours = from_formula("cr(b, df=4)", TABLE)
    np.testing.assert_allclose(ours.X, theirs.to_numpy(float), rtol=1e-12, atol=1e-12)
    assert ours.names == ("Intercept", *(f"cr(b, df=4)[{i}]" for i in (1, 2, 3, 4)))
    np.testing.assert_allclose(ours.X[:, 1:].mean(axis=0), 0, atol=1e-12)
    assert np.linalg.matrix_rank(ours.X) == 5


_atom = st.sampled_from(["a", "b", "n", "g", "h", "k"])
_formulas = st.recursive(
    _atom,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from([" + ", ":", " * ", " / "]), inner).map(
            lambda parts: f"({parts[0]}){parts[1]}({parts[2]})"
        ),
        st.tuples(inner, st.sampled_from(["**2", "**3"])).map(lambda p: f"({p[0]}){p[1]}"),
    ),
    max_leaves=5,
)


@given(_formulas, st.sampled_from(["", " - 1", " + 0", " + 1"]))
@settings(max_examples=60, deadline=None)
def test_any_combination_of_operators_is_that_of_formulaic(formula, end):
    ours = from_formula(formula + end, TABLE)
    assume(len(ours.names) < 200)
    theirs = by_formulaic(formula + end)
    assert ours.names == tuple(theirs.columns)
    np.testing.assert_allclose(ours.X, theirs.to_numpy(float), rtol=1e-12, atol=1e-12)


# -- what a design says about itself -----------------------------------------------------


def test_design_names_term_columns_references_and_columns():
    design = from_formula("a * g + t - 1", TABLE)
    assert design.names == ("a", "g[x]", "g[y]", "g[z]", "t", "a:g[T.y]", "a:g[T.z]")
    assert not design.intercept
    assert design.terms == design.names
    assert design.term_columns == {"a": (0,), "g": (1, 2, 3), "t": (4,), "a:g": (5, 6)}
    assert design.references == {"g": "x"}
    assert list(design.columns) == ["a", "g", "t"]
    assert design.columns["g"].tolist() == FRAME["g"].tolist()
    assert design.columns["t"].dtype == bool
    assert design.offset is None
    assert design.formula == "a * g + t - 1"
    assert design.X.dtype == np.float64
    assert design.X.flags.c_contiguous


def test_intercept_is_a_column_of_ones_and_not_a_term():
    design = from_formula("a", TABLE)
    assert design.names == ("Intercept", "a")
    assert design.terms == ("a",)
    assert design.term_columns == {"a": (1,)}
    assert (design.X[:, 0] == 1).all()


def test_intercept_alone():
    design = from_formula("1", TABLE)
    assert design.X.tolist() == [[1.0]] * N
    assert design.columns == {}
    assert design.table().n_rows == N
    assert from_formula("1", design.table()).X.shape == (N, 1)
    assert design.code({"anything": [1, 2]})[0].tolist() == [[1.0], [1.0]]


def test_a_factor_without_a_left_out_level_has_no_reference():
    assert from_formula("g - 1", TABLE).references == {}


def test_reference_and_levels_are_chosen():
    design = from_formula("C(g, reference='y')", TABLE)
    assert design.names == ("Intercept", "g[T.x]", "g[T.z]")
    assert design.references == {"g": "y"}
    assert design.term_columns == {"g": (1, 2)}
    design = from_formula("C(g, levels=['z', 'y', 'w', 'x'])", TABLE)
    assert design.names == ("Intercept", "g[T.y]", "g[T.w]", "g[T.x]")
    assert constant_columns(design) == ("g[T.w]",)
    np.testing.assert_array_equal(design.X[:, 1], FRAME["g"] == "y")


def test_two_factors_of_one_column_keep_their_names_apart():
    design = from_formula("n + C(n, levels=[1,2,3,4,5,6,7,8])", TABLE)
    assert design.names[:3] == ("Intercept", "n", "C(n, levels=[1, 2, 3, 4, 5, 6, 7, 8])[T.2]")
    design = from_formula("C(g, reference='y'):a + C(g, reference='z'):b", TABLE)
    assert "C(g, reference='y')[x]:a" in design.names


def test_numbers_as_levels_are_text_without_a_point():
    table = read({"year": [2001.0, 2003.0, 2002.0], "x": [1.5, 0.5, 1.5]})
    design = from_formula("C(year) + C(x)", table)
    assert design.names == ("Intercept", "year[T.2002]", "year[T.2003]", "x[T.1.5]")
    assert design.references == {"year": "2001", "x": "0.5"}
    assert from_formula("C(year, reference=2003)", table).references == {"year": "2003"}
    assert design.code({"year": ["2003"], "x": 0.5})[0].tolist() == [[1, 0, 1, 0]]
    assert (label(3.0), label(2.5), label(True), label("a")) == ("3", "2.5", "True", "a")


def test_booleans_are_one_column_of_zero_and_one():
    design = from_formula("t", TABLE)
    assert design.names == ("Intercept", "t")
    np.testing.assert_array_equal(design.X[:, 1], FRAME["t"])
    as_factor = from_formula("C(t)", TABLE)
    assert as_factor.names == ("Intercept", "t[T.True]")
    np.testing.assert_array_equal(as_factor.X, design.X)
    assert from_formula("C(t, reference=True)", TABLE).names == ("Intercept", "t[T.False]")


def test_declared_levels_keep_their_order_and_unused_ones_stay():
    levels = ["low", "mid", "high", "extreme"]
    frame = pd.DataFrame({"d": pd.Categorical(["high", "low", "mid"], categories=levels)})
    design = from_formula("d", read(frame))
    assert design.names == ("Intercept", "d[T.mid]", "d[T.high]", "d[T.extreme]")
    assert design.references == {"d": "low"}
    # one level that occurs, of two that were declared, is a factor all the same
    one = pd.DataFrame({"d": pd.Categorical(["b", "b"], categories=["a", "b"])})
    assert from_formula("d", read(one)).X.tolist() == [[1, 1], [1, 1]]


def test_offsets_are_kept_apart_and_add_up():
    design = from_formula("a + offset(log(b)) + offset(n)", TABLE)
    assert design.names == ("Intercept", "a")
    np.testing.assert_allclose(offset_of(design), np.log(FRAME["b"]) + FRAME["n"], rtol=1e-14)
    assert set(design.columns) == {"a", "b", "n"}
    _, offset, columns = design.code({"a": [0.0], "b": [np.e], "n": [2]})
    assert offset is not None
    np.testing.assert_allclose(offset, np.array([3.0]), rtol=1e-14)
    assert set(columns) == {"a", "b", "n"}
    centred = from_formula("1 + offset(center(b))", TABLE)
    _, offset, _ = centred.code({"b": 1.0})
    assert offset is not None
    np.testing.assert_allclose(offset, np.array([1.0 - FRAME["b"].mean()]))


def test_odd_names():
    table = read({"hours per week": [1.0, 2.0], "größe": [3, 4], "a:b": [0, 1], "g 1": ["u", "v"]})
    design = from_formula("`hours per week` * `g 1` + größe + log(`größe`)", table)
    assert design.names == (
        "Intercept",
        "hours per week",
        "g 1[T.v]",
        "größe",
        "log(größe)",
        "hours per week:g 1[T.v]",
    )
    assert from_formula("log(`hours per week`)", table).names[1] == "log(`hours per week`)"


def test_constant_and_duplicate_columns_are_named_not_refused():
    table = read({"c": [2.0, 2.0, 2.0], "x": [0.0, 1.0, 2.0], "y": [-0.0, 1.0, 2.0]})
    design = from_formula("c + x + y", table)
    assert constant_columns(design) == ("c",)
    assert duplicate_columns(design) == ("y",)
    ones = from_formula("c", read({"c": [1.0, 1.0]}))
    assert constant_columns(ones) == ("c",)
    assert duplicate_columns(ones) == ("c",)
    assert from_formula("a + b + n + g * h", TABLE.take([0, 1])).X.shape == (2, 9)


# -- new rows ----------------------------------------------------------------------------

KINDS = {
    "pandas": lambda t: pd.DataFrame({n: t[n] for n in t.names}),
    "polars": lambda t: pl.DataFrame({n: t[n] for n in t.names}),
    "pyarrow": lambda t: pa.table({n: pa.array(t[n]) for n in t.names}),
    "lists": lambda t: {n: t[n].tolist() for n in t.names},
    "arrays": lambda t: {n: t[n] for n in t.names},
}
STATEFUL = (
    "scale(b) * g + poly(a, 3) + bs(a, df=5) + cr(b, df=4) + center(log(b)) + t"
    " + C(n) + bs(scale(b), knots=[0.1], degree=2):h + offset(center(a))"
)


@pytest.mark.parametrize("formula", [*SAME_AS_FORMULAIC, STATEFUL])
def test_the_training_rows_are_coded_to_the_same_bits(formula):
    design = from_formula(formula, TABLE)
    X, offset, columns = design.code(FRAME)
    assert X.tobytes() == design.X.tobytes()
    assert (offset is None) == (design.offset is None)
    if offset is not None:
        assert offset.tobytes() == offset_of(design).tobytes()
    assert columns.keys() == design.columns.keys()


@pytest.mark.parametrize("formula", [*SAME_AS_FORMULAIC, STATEFUL])
def test_a_row_alone_is_coded_as_among_the_others(formula):
    design = from_formula(formula, TABLE)
    for row in (0, 17, N - 1):
        X, _, _ = design.code(FRAME.iloc[[row]])
        np.testing.assert_allclose(X[0], design.X[row], rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("kind", KINDS)
def test_new_rows_may_come_in_any_kind_of_table(kind):
    design = from_formula(STATEFUL, TABLE)
    few = TABLE.take([5, 3, 8])
    X, offset, columns = design.code(KINDS[kind](few))
    np.testing.assert_allclose(X, design.X[[5, 3, 8]], rtol=1e-13, atol=1e-13)
    assert offset is not None
    np.testing.assert_allclose(offset, offset_of(design)[[5, 3, 8]], rtol=1e-13)
    assert columns["g"].tolist() == few["g"].tolist()


def test_the_table_of_a_design_builds_it_again():
    design = from_formula(STATEFUL, TABLE)
    table = design.table()
    again = from_formula(STATEFUL, table)
    assert design.formula == STATEFUL
    assert again.X.tobytes() == design.X.tobytes()
    # and so do the raw columns with their levels, as a file keeps them
    levels = {name: table.levels(name) for name in table.names if table.kind(name) == "category"}
    rebuilt = from_formula(STATEFUL, from_columns(design.columns, levels))
    assert rebuilt.X.tobytes() == design.X.tobytes()
    assert rebuilt.names == design.names
    assert rebuilt.references == design.references


_values = st.integers(2, 25).flatmap(
    lambda n: st.fixed_dictionaries(
        {
            "x": st.lists(st.floats(-1e6, 1e6), min_size=n, max_size=n),
            "i": st.lists(st.integers(-1000, 1000), min_size=n, max_size=n),
            "f": st.lists(st.booleans(), min_size=n, max_size=n),
            "s": st.lists(st.sampled_from(["b", "a", "é", "c d"]), min_size=n, max_size=n),
        }
    )
)


@given(_values)
@settings(deadline=None, max_examples=50)
def test_every_kind_of_table_gives_the_same_design(values):
    assume(len(set(values["s"])) > 1)
    formula = "x * s + i + f + C(i):x - 1 + offset(x)"
    assume(len(set(values["i"])) > 1)
    first = from_formula(formula, read(values))
    for other in (
        pd.DataFrame(values),
        pl.DataFrame(values),
        pa.table(values),
        {name: np.array(column) for name, column in values.items()},
        pd.DataFrame(values).astype({"i": "Int64", "f": "boolean", "s": "category"}),
        pl.DataFrame(values).with_columns(pl.col("s").cast(pl.Categorical)),
    ):
        design = from_formula(formula, read(other))
        assert design.names == first.names
        assert design.references == first.references
        assert design.X.tobytes() == first.X.tobytes()
        assert design.code(values)[0].tobytes() == first.X.tobytes()


@given(_values, st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=50)
def test_rows_in_another_order_give_the_same_rows(values, random):
    assume(len(set(values["s"])) > 1)
    table = read(values)
    order = list(range(table.n_rows))
    random.shuffle(order)
    formula = "center(x) * s + i + I(x * i) + f"
    design = from_formula(formula, table)
    shuffled = from_formula(formula, table.take(order))
    assert shuffled.names == design.names
    np.testing.assert_allclose(shuffled.X, design.X[order], rtol=1e-9, atol=1e-6)
    assert design.code(table.take(order))[0].tobytes() == design.X[order].tobytes()


def test_levels_of_new_rows_are_matched_by_name_not_by_place():
    design = from_formula("g", TABLE)
    other = pd.DataFrame({"g": pd.Categorical(["z", "x"], categories=["z", "other", "x"])})
    assert design.code(other)[0].tolist() == [[1, 0, 1], [1, 0, 0]]
    assert design.code({"g": "y"})[0].tolist() == [[1, 1, 0]]


def test_natural_splines_go_on_as_straight_lines_outside():
    design = from_formula("cr(a, df=4)", TABLE)
    outside = np.array([10.0, 11.0, 12.0, 20.0])
    X, _, _ = design.code({"a": outside})
    slopes = np.diff(X, axis=0) / np.diff(outside)[:, None]
    np.testing.assert_allclose(slopes[0], slopes[1], atol=1e-9)
    np.testing.assert_allclose(slopes[0], slopes[2], atol=1e-9)


def test_clipped_splines_go_on_as_constants_outside():
    design = from_formula("bs(a, df=4, extrapolation='clip')", TABLE)
    X, _, _ = design.code({"a": [FRAME["a"].max(), 100.0]})
    np.testing.assert_array_equal(X[0], X[1])


# -- refusals ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("formula", "rows", "sentence"),
    [
        ("g", {"g": ["x", "w"]}, "'g' of the new rows has the level 'w' in row 1.*'x', 'y', 'z'"),
        ("g", {"g": ["xx"]}, "Did you mean 'x'"),
        ("C(n)", {"n": [99]}, "level '99' in row 0"),
        ("bs(a, df=4)", {"a": [0.0, 9.0]}, "is known from .* to .*, but a is 9 in row 1.*cr\\(x"),
        ("log(b)", {"b": [1.0, 0.0]}, "log\\(b\\) is -inf in row 1.*'b' is 0.0.*log\\(x \\+ 1\\)"),
        ("sqrt(b)", {"b": [-1.0]}, "sqrt\\(b\\) is nan in row 0.*'b' is -1.0"),
        ("I(a / b)", {"a": [1.0], "b": [0.0]}, "a / b\\) is inf.*'a' is 1.0, 'b' is 0.0"),
        ("a + offset(log(b))", {"a": [1.0], "b": [0.0]}, "log\\(b\\) is -inf in row 0"),
        ("exp(a)", {"a": [1e6]}, "exp\\(a\\) is inf in row 0"),
        ("a", {"b": [1.0]}, "no column 'a' in the new rows"),
        ("hours", {"hour": [1.0]}, "Did you mean 'hour'"),
        ("a", {"a": [1.0, np.nan]}, "'a' of the new rows has no value .* in row 1"),
        ("g", {"g": ["x", None]}, "'g' of the new rows has no value .* in row 1"),
        ("a", {"a": [np.inf]}, "'a' of the new rows is inf in row 0"),
        ("a", {"a": ["1.0"]}, "'a' of the new rows holds text .*needs numbers"),
    ],
)
def test_new_rows_that_cannot_be_coded(formula, rows, sentence):
    table = read({"hours": [1.0, 2.0]}) if formula == "hours" else TABLE
    design = from_formula(formula, table)
    with pytest.raises(DesignError, match=sentence):
        design.code(rows)


@pytest.mark.parametrize(
    ("formula", "columns", "sentence"),
    [
        ("g", {"g": ["a", "a"]}, "factor 'g' has the level 'a' and no other"),
        ("C(g, reference='q')", {"g": ["a", "b"]}, "reference 'q' is not among the levels of 'g'"),
        ("C(g, reference='west')", {"g": ["West", "east"]}, "Did you mean 'West'"),
        ("C(g, levels=['a', 'c'])", {"g": ["a", "b"]}, "level 'b' in row 1.*levels 'a', 'c'"),
        ("C(g, levels=['a', 'a'])", {"g": ["a", "b"]}, "one of them occurs twice"),
        ("log(g)", {"g": ["a", "b"]}, "'g' of the data holds text.*'a', 'b'.*C\\(g\\)"),
        ("offset(g)", {"g": ["a", "b"]}, "'g' of the data holds text"),
        ("scale(x)", {"x": [2.0, 2.0]}, "standard deviation, which is 0: every value of x is 2"),
        ("scale(x)", {"x": [2.0]}, "standard deviation, which is 0"),
        ("scale(log(x))", {"x": [0.0, 1.0]}, "log\\(x\\) is -inf in row 0"),
        ("poly(x, 2)", {"x": [1, 1, 2, 2]}, "at least 3 different values, but x has 2"),
        ("bs(x, df=4)", {"x": [1, 1, 2, 2]}, "at least 4 different values, but x has 2"),
        ("bs(x, degree=1)", {"x": [1, 1, 1]}, "at least 2 different values, but x has 1"),
        ("cr(x, df=3)", {"x": [1, 1, 2, 2]}, "at least 3 different values"),
        ("bs(x, knots=[9])", {"x": [1, 2, 3, 4]}, "has knots \\[9\\] and bounds from 1 to 4"),
        ("cr(x, knots=[-9])", {"x": [1, 2, 3, 4]}, "has knots \\[-9\\] and bounds from 1 to 4"),
        ("bs(x, upper_bound=0)", {"x": [1, 2, 3, 4]}, "bounds from 1 to 0"),
        ("bs(x, upper_bound=3)", {"x": [1, 2, 3, 4]}, "known from 1 to 3, but x is 4 in row 3"),
        ("bs(x, df=4)", {"x": [-1e308, -1, 0, 1, 1e308]}, "gives no finite columns"),
        ("poly(x, 2)", {"x": [-1e300, 0, 1e300]}, "gives no finite columns"),
        ("a:b", {"a": [1.0, 1e200], "b": [1.0, 1e200]}, "'a:b' is inf in row 1"),
        ("`a:b` + a:b", {"a:b": [1, 2], "a": [1, 2], "b": [3, 4]}, "called 'a:b'.*Rename"),
        ("Intercept", {"Intercept": [1, 2]}, "called 'Intercept'"),
        ("g", {"g": [f"id{i}" for i in range(10_002)]}, "10002 columns; at most 10000.*identifier"),
        (
            "g:h",
            {"g": [f"{i}" for i in range(200)], "h": [f"{i}" for i in range(200)]},
            "'g:h' \\(199 x 200 columns\\)",
        ),
        (":".join("abcdefghi"), {n: ["u", "v"] for n in "abcdefghi"}, "more than 8 factors"),
    ],
)
def test_designs_that_cannot_be_built(formula, columns, sentence):
    with pytest.raises(DesignError, match=sentence):
        from_formula(formula, read(columns))


def test_rows_with_gaps_are_refused_even_if_the_caller_forgot():
    with pytest.raises(DesignError, match="'x' of the data has no value"):
        from_formula("x", read({"x": [1.0, None]}))


def test_a_factor_of_one_level_is_fine_without_an_intercept():
    assert from_formula("g - 1", read({"g": ["a", "a"]})).X.tolist() == [[1.0], [1.0]]


# -- arrays and frames -------------------------------------------------------------------


def test_from_array_puts_ones_in_front():
    X = np.array([[1.0, 2.0], [3.0, 4.0]])
    design = from_array(X)
    assert design.names == ("Intercept", "x0", "x1")
    assert design.X.tolist() == [[1, 1, 2], [1, 3, 4]]
    assert design.term_columns == {"x0": (1,), "x1": (2,)}
    assert design.columns["x1"].tolist() == [2.0, 4.0]
    assert design.formula is None
    assert design.table()["x0"].tolist() == [1.0, 3.0]
    X[0, 0] = 9.0
    assert design.X[0, 1] == 1.0


def test_from_array_without_an_intercept_does_not_copy():
    X = np.array([[1.0, 2.0], [3.0, 4.0]], order="F")
    design = from_array(X, names=["u", "v"], intercept=False)
    assert design.names == design.terms == ("u", "v")
    assert np.shares_memory(design.X, X)
    assert not design.X.flags.writeable
    assert X.flags.writeable


@pytest.mark.parametrize("dtype", [np.int32, np.uint8, np.float32, bool, np.longdouble])
def test_from_array_takes_every_real_type(dtype):
    design = from_array(np.array([[1, 0], [0, 1]], dtype=dtype), intercept=False)
    assert design.X.dtype == np.float64
    assert design.X.tolist() == [[1.0, 0.0], [0.0, 1.0]]


def test_new_rows_of_an_array_design():
    design = from_array([[1, 2], [3, 4]], names=["u", "v"])
    expected = [[1.0, 5.0, 6.0]]
    assert design.code(np.array([[5, 6]]))[0].tolist() == expected
    assert design.code([[5, 6]])[0].tolist() == expected
    assert design.code({"v": [6], "u": [5]})[0].tolist() == expected
    assert design.code(pl.DataFrame({"v": [6], "u": [5], "w": ["no"]}))[0].tolist() == expected
    assert design.code({"v": 6, "u": 5})[2]["v"].tolist() == [6]


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        (np.ones((2, 3)), "shape \\(2, 3\\); two dimensions with 2 columns.*'u', 'v'"),
        (np.ones(2), "shape \\(2,\\)"),
        ({"u": [1]}, "no column 'v'"),
        ({"u": [1], "v": ["a"]}, "'v' of the new rows holds text"),
        (np.array([[1.0, np.nan]]), "'v' of the new rows has no value"),
    ],
)
def test_new_rows_that_do_not_fit_an_array_design(rows, sentence):
    with pytest.raises(DesignError, match=sentence):
        from_array([[1, 2], [3, 4]], names=["u", "v"]).code(rows)


@pytest.mark.parametrize(
    ("X", "sentence"),
    [
        (
            np.array([[1.0, np.nan], [np.inf, 1]]),
            "X is nan in row 0, column 1 \\('x1'\\); 2 of its 4",
        ),
        (np.array([[1.0], [-np.inf]]), "X is -inf in row 1, column 0"),
        (np.array([[1j]]), "type complex128; real numbers"),
        (np.array([["a"]]), "type <U1; real numbers.*table and a formula"),
        (np.array([[None]]), "type object"),
        (np.array([[1.0]], dtype=object), "type object.*astype\\(float\\)"),
        (np.array([["2020"]], dtype="M8[Y]"), "type datetime64"),
        (np.ones(3), "shape \\(3,\\).*reshape\\(-1, 1\\)"),
        (np.ones((2, 2, 2)), "shape \\(2, 2, 2\\); two dimensions"),
        (np.ones((0, 2)), "shape \\(0, 2\\); at least one row"),
        (np.ones((2, 0)), "shape \\(2, 0\\); at least one row and one column"),
        ([[1, 2], [3]], "rows of equal length"),
        (np.array([[2**53 + 1, 1]]), "X is 9007199254740993 in row 0.*identifier"),
        (np.ma.masked_array([[1.0, 2.0]], mask=[[True, False]]), "masked array"),
    ],
)
@pytest.mark.parametrize("intercept", [True, False])
def test_arrays_that_are_refused(X, sentence, intercept):
    with pytest.raises(DesignError, match=sentence):
        from_array(X, intercept=intercept)


def test_sparse_arrays_are_refused_with_advice():
    from scipy import sparse

    with pytest.raises(DesignError, match=r"sparse matrix.*toarray"):
        from_array(sparse.eye_array(3).tocsr())


def test_huge_but_finite_values_are_not_refused():
    X = np.full((3, 2), 1e308)
    assert np.isfinite(from_array(X).X).all()
    assert np.isfinite(from_array(X, intercept=False).X).all()


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (["u"], "1 names were given for the 2 columns"),
        (["u", "u"], "Two columns of X are named 'u'"),
        (["u", "Intercept"], "named 'Intercept'"),
    ],
)
def test_names_that_do_not_fit_an_array(names, sentence):
    with pytest.raises(DesignError, match=sentence):
        from_array(np.ones((2, 2)), names=names)


def test_from_frame_takes_every_column():
    table = TABLE.select(["a", "t", "g"])
    design = from_frame(table)
    by_formula = from_formula("a + t + g", TABLE)
    assert design.names == by_formula.names
    assert design.term_columns == by_formula.term_columns
    assert design.X.tobytes() == by_formula.X.tobytes()
    assert design.formula is None
    assert from_frame(table, intercept=False).names == ("a", "t", "g[x]", "g[y]", "g[z]")
    again = from_frame(design.table())
    assert again.X.tobytes() == design.X.tobytes()
    assert design.code(FRAME)[0].tobytes() == design.X.tobytes()


def test_from_frame_takes_names_that_no_formula_could_say():
    design = from_frame(read({"a`b": [1.0, 2.0], "1 + x": [3.0, 4.0], "": [0.0, 1.0]}))
    assert design.names == ("Intercept", "a`b", "1 + x", "")
    assert design.code(np.array([[1.0, 3.0, 0.0]]))[0].tolist() == [[1, 1, 3, 0]]


# -- cost --------------------------------------------------------------------------------


def run(code):
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=600, check=True
    )
    return out.stdout.split()


def test_nothing_heavy_is_imported_until_it_is_needed():
    code = """
import sys
from bayeslogit.design import from_array, from_formula, from_frame
from bayeslogit.tables.reading import read
table = read({"x": [1.0, 2, 3, 4], "g": ["a", "b", "a", "b"]})
from_array([[1.0], [2.0]])
from_frame(table)
design = from_formula("scale(x) * C(g, reference='b') + I(x**2)", table)
design.code({"x": 1, "g": "a"})
print("pandas" in sys.modules, "formulaic" in sys.modules, "narwhals" in sys.modules)
from_formula("bs(x, df=3)", table)
print("formulaic" in sys.modules)
"""
    assert run(code) == ["False", "False", "False", "True"]


def test_an_array_is_copied_once():
    import tracemalloc

    X = np.ones((200_000, 10))
    tracemalloc.start()
    from_array(X)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1.15 * X.nbytes * 11 / 10


def test_pieces_of_a_term_are_as_few_and_complete_as_possible():
    # 0 is a number, 1 and 2 are factors; the marks say whether every level is used
    reducer = Reducer(spans={1, 2}, intercept=True)
    assert reducer.pieces((0,)) == [((0, True),)]
    assert reducer.pieces((1, 2)) == [((2, False),), ((1, False), (2, True))]
    assert reducer.pieces((2,)) == []
    assert reducer.pieces((0, 2)) == [((0, True), (2, False))]


def test_an_error_inside_a_spline_becomes_a_sentence(monkeypatch):
    from bayeslogit.design.encoding import factors

    def broken(*args):
        raise ValueError("no quantiles")

    monkeypatch.setattr(factors, "basis", broken)
    with pytest.raises(DesignError, match=r"cr\(a, df=3\) cannot be computed .* no quantiles"):
        from_formula("cr(a, df=3)", TABLE)


@pytest.mark.parametrize("size", [1e7, -1e9, 2.0**33])
def test_a_column_far_from_zero_is_moved_near_it(size: float) -> None:
    x = size + np.arange(5.0)
    design = from_frame(read({"year": x}), intercept=True)
    moved = recentred(design)
    np.testing.assert_array_equal(moved.X[:, 1], np.arange(5.0) - 2.0)
    np.testing.assert_array_equal(moved.shift, [0.0, size + 2.0])
    np.testing.assert_array_equal(moved.columns["year"], x)
    np.testing.assert_array_equal(moved.code({"year": size + 7.0})[0], [[1.0, 5.0]])
    for other in (
        from_frame(read({"year": x}), intercept=False),
        from_frame(read({"year": x - size}), intercept=True),
        from_frame(read({"year": np.full(5, size)}), intercept=True),
        from_frame(read({"year": np.arange(2000.0, 2021.0)}), intercept=True),
    ):
        assert recentred(other) is other


def test_a_column_that_has_lost_its_digits_is_refused() -> None:
    with pytest.raises(
        DesignError,
        match=r"column 'year' varies by 4 around 1e\+15, of which rounding has left few digits; "
        r"expected a range of at least 1e-10 of the values; subtract a typical value",
    ):
        recentred(from_frame(read({"year": 1e15 + np.arange(5.0)}), intercept=True))


@pytest.mark.parametrize("term", ["X", "`my x`", "I(x + 1e8)", "log(X)", "g + X", "X:Z"])
def test_columns_of_formulas_far_from_zero_are_moved(term: str) -> None:
    x, z = np.random.default_rng(1).normal(size=(2, 200))
    table = read({"x": x, "X": x + 1e8, "Z": z + 1e8, "my x": x + 1e8, "g": ["u", "v"] * 100})
    design = from_formula(term, table)
    moved = recentred(design)
    assert moved.shift is not None
    np.testing.assert_array_equal(moved.X + moved.shift, design.X)
    np.testing.assert_array_equal(moved.code(table)[0], moved.X)


@pytest.mark.parametrize(
    ("term", "advised"),
    [
        ("X * g", "center(X) * g"),
        ("X + I(X**2)", "center(X) + I(X**2)"),
        ("x + X", "center(X)"),
        ("g + X:g", "g + center(X):g"),
        ("0 + g + X", "center(X)"),
        ("X + (X | g)", "center(X) + (center(X) | g)"),
    ],
)
def test_what_rounding_leaves_of_products_is_refused(term: str, advised: str) -> None:
    x, z = np.random.default_rng(1).normal(size=(2, 200))
    table = read({"x": x, "X": x + 1e8, "Z": z + 1e8, "g": ["u", "v"] * 100})
    with pytest.raises(
        DesignError,
        match=r"'X' varies by \d.* around 1e\+08, and beside other columns, or in products with "
        r"them, that is lost to rounding; .* a millionth of the values; use center\(X\), or subtr",
    ):
        recentred(from_formula(term, table))
    if "I(" not in term:
        recentred(from_formula(advised, table))
    # Nearer to zero they are used as they are.
    near = read({"x": x, "X": x + 1e5, "g": ["u", "v"] * 100})
    if "x +" not in term:
        design = from_formula(term, near)
        assert recentred(design) is design


def test_what_is_advised_for_a_product_far_from_zero_works() -> None:
    x, z = np.random.default_rng(1).normal(size=(2, 200))
    table = read({"X": x + 1e8, "Z": z + 1e8})
    with pytest.raises(DesignError, match=r"'Z' .*; use center\(Z\)"):
        recentred(from_formula("X * Z", table))
    with pytest.raises(DesignError, match=r"'X' .*; use center\(X\)"):
        recentred(from_formula("X * center(Z)", table))
    design = recentred(from_formula("center(X) * center(Z)", table))
    np.testing.assert_allclose(design.X[:, 3], (x - x.mean()) * (z - z.mean()), atol=1e-6)
    with pytest.raises(DesignError, match=r"'x0' .* of the values; subtract a typical value"):
        recentred(from_array(np.column_stack([x + 1e8, z, (x + 1e8) * z])))


def test_one_row_that_varies_is_found_among_many() -> None:
    x = np.full(5000, 1e9)
    x[4321] = 0.0
    assert recentred(from_array(x[:, None])).shift is None
    x[4321] = 1e9 - 1.0
    assert recentred(from_array(x[:, None])).shift.tolist() == [0.0, 1e9 - 0.5]


@pytest.mark.parametrize("size", [1e100, 1e-100, 1e130, 1e-130])
@pytest.mark.parametrize("priors", [None, bl.Normal(0, 1), bl.StudentT(3, 0, 1)])
def test_columns_of_any_size_are_described(size: float, priors: bl.Normal | None) -> None:
    rng = np.random.default_rng(0)
    table = {"x": rng.normal(size=12) * size, "z": rng.normal(size=12), "y": [0, 1] * 6}
    for formula in ("y ~ x", "y ~ x + z", "y ~ x * z"):
        assert "probability at the mean row" in repr(bl.logistic(formula, table, priors=priors))


@pytest.mark.parametrize("size", [1e160, 1e300, 1e-160, 1e-300])
def test_columns_whose_squares_are_no_numbers_are_refused(size: float) -> None:
    table = {"x": np.arange(12.0) * size, "y": [0, 1] * 6}
    with pytest.raises(DesignError, match=r"column 'x' has values of up to .*squares are beyond"):
        bl.logistic("y ~ x", table)
    with pytest.raises(DesignError, match=r"column 'x0' has values of up to"):
        bl.logistic(table["x"][:, None], table["y"])
