"""Responses: which class is the event, and outcomes that cannot be used."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bayeslogit.errors import ResponseError
from bayeslogit.response import binary, check_offset, check_weights, counts
from bayeslogit.tables.reading import read


def of_column(values, event=None):
    table = read({"y": values})
    return binary("y", table["y"], table.kind("y"), table.levels("y"), event=event)


@pytest.mark.parametrize(
    ("values", "codes", "classes", "given"),
    [
        ([0, 1, 1], [0, 1, 1], ("0", "1"), (0, 1)),
        ([1.0, 0.0], [1, 0], ("0", "1"), (0.0, 1.0)),
        ([False, True], [0, 1], ("False", "True"), (False, True)),
        (["yes", "no"], [1, 0], ("no", "yes"), ("no", "yes")),
        (["b", "a", "a"], [1, 0, 0], ("a", "b"), ("a", "b")),
        (["nein", "ja"], [1, 0], ("ja", "nein"), ("ja", "nein")),
        (pd.Series(pd.Categorical(["a", "b"], ["b", "a"])), [1, 0], ("b", "a"), ("b", "a")),
        (pl.Series(["a", "b"], dtype=pl.Enum(["b", "a"])), [1, 0], ("b", "a"), ("b", "a")),
        (pd.Series(pd.Categorical(["a", "b"], ["c", "b", "a"])), [1, 0], ("b", "a"), ("b", "a")),
        (pd.Series(pd.Categorical([1, 0])), [1, 0], ("0", "1"), (0, 1)),
        (pd.Series(pd.Categorical([True, False])), [1, 0], ("False", "True"), (False, True)),
        (pd.array([1, 0], dtype="Int64"), [1, 0], ("0", "1"), (0, 1)),
    ],
)
def test_the_event_is_one_true_or_the_last_level(values, codes, classes, given):
    response = of_column(values)
    assert response.y.tolist() == codes
    assert response.y.dtype == np.int64
    assert response.kind == "binary"
    assert response.classes == classes
    assert response.event == classes[1]
    assert response.values == given
    assert response.trials is None
    assert response.n_classes == 2


@pytest.mark.parametrize(
    ("values", "event", "codes", "classes"),
    [
        ([0, 1, 1], 0, [1, 0, 0], ("1", "0")),
        ([0, 1, 1], "1", [0, 1, 1], ("0", "1")),
        ([1, 2, 2], 2, [0, 1, 1], ("1", "2")),
        ([1, 2, 2], 1, [1, 0, 0], ("2", "1")),
        ([1.0, 2.0], 2, [0, 1], ("1", "2")),
        ([-1, 1], 1, [0, 1], ("-1", "1")),
        (["no", "yes"], "no", [1, 0], ("yes", "no")),
        ([True, False], False, [0, 1], ("True", "False")),
        ([True, False], "False", [0, 1], ("True", "False")),
        (pd.Series(pd.Categorical([1, 2])), 2, [0, 1], ("1", "2")),
    ],
)
def test_the_event_is_chosen(values, event, codes, classes):
    response = of_column(values, event)
    assert response.y.tolist() == codes
    assert response.classes == classes


@pytest.mark.parametrize(
    ("values", "event", "codes", "classes"),
    [
        ([0, 0], None, [0, 0], ("0", "1")),
        ([1, 1, 1], None, [1, 1, 1], ("0", "1")),
        ([1.0, 1.0], 0, [0, 0], ("1", "0")),
        ([True], None, [1], ("False", "True")),
        ([False, False], None, [0, 0], ("False", "True")),
        (pd.Series(pd.Categorical(["no"], ["no", "yes"])), None, [0], ("no", "yes")),
        (pd.Series(pd.Categorical(["yes"], ["no", "yes"])), None, [1], ("no", "yes")),
        (["no", "no"], "yes", [0, 0], ("no", "yes")),
        ([2, 2], 3, [0, 0], ("2", "3")),
    ],
)
def test_one_class_is_coded_where_the_other_has_a_name(values, event, codes, classes):
    response = of_column(values, event)
    assert response.y.tolist() == codes
    assert response.classes == classes
    assert response.absent == ()


@pytest.mark.parametrize("values", [[0, 1], np.array([0, 1]), np.array([[0], [1]]), (False, True)])
def test_arrays_without_a_table(values):
    assert binary("y", values).y.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("values", "event", "sentence"),
    [
        ([2, 2, 2], None, r"'y' is '2' in all 3 rows.*two classes were expected.*event="),
        ([2, 2, 2], 2, r"'y' is '2' in all 3 rows"),
        (["a", "a"], None, r"'y' is 'a' in all 2 rows"),
        (["a", "b", "c"], None, r"3 different values, 'a', 'b', 'c'.*multinomial\(\).*ordinal\(\)"),
        ([0, 1, 2], None, r"3 different values, '0', '1', '2'.*multinomial\(\)"),
        (list(range(0, 101, 5)), None, r"21 different numbers from 0 to 100.*linear model"),
        ([0.0, 0.5, 1.0], None, r"'y' is 0.5 in row 1.*linear model.*counts, with trials"),
        ([0.2, 0.8], None, r"'y' is 0.2 in row 0"),
        ([1, 2], None, r"values 1 and 2; 0 and 1 were expected.*event=2"),
        ([-1, 1], None, r"values -1 and 1.*event=1"),
        ([1.0, 2.0], None, r"values 1 and 2.*event=2"),
        (["yes", "no"], "Yes", r"event='Yes' is not among the classes.*Did you mean 'yes'"),
        ([0, 1], 2, r"event=2 is not among the classes .* '0', '1'"),
        ([0.0, np.nan, 1.0], None, r"'y' has no value in row 1; 1 of its 3.*missing='drop'"),
        ([True, None], None, r"'y' has no value in row 1"),
        (["a", None, "b", None], None, r"'y' has no value in row 1; 2 of its 4"),
        ([0.0, np.inf, 1.0], None, r"'y' is inf in row 1"),
    ],
)
def test_outcomes_that_are_not_two_classes(values, event, sentence):
    with pytest.raises(ResponseError, match=sentence):
        of_column(values, event)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (np.ones((2, 2)), r"shape \(2, 2\); one value for each row"),
        ([], r"shape \(0,\)"),
        (3, r"shape \(\)"),
        (np.array([1j, 2]), r"type complex128"),
        (np.array(["2020"], dtype="M8[Y]"), r"type datetime64"),
        ([1, "a"], r"mixes values of the types 'int', 'str'"),
        (np.array([1, "a"], dtype=object), r"mixes values of the types 'int', 'str'"),
        (np.array([pd.NA, "a"], dtype=object), r"no value in row 0"),
        (np.array([pd.NaT, "a"], dtype=object), r"no value in row 0"),
    ],
)
def test_arrays_that_are_no_outcome(values, sentence):
    with pytest.raises(ResponseError, match=sentence):
        binary("y", values)


@settings(deadline=None)
@given(st.lists(st.sampled_from(["u", "v"]), min_size=2).filter(lambda v: len(set(v)) == 2))
def test_choosing_the_other_event_mirrors_the_codes(values):
    first, second = of_column(values, "u"), of_column(values, "v")
    assert (first.y + second.y == 1).all()
    assert first.classes == second.classes[::-1]
    assert [first.values[code] for code in first.y] == values


# -- counts ------------------------------------------------------------------------------


def test_counts():
    response = counts("k", [3, 0, 0], [5, 2, 0])
    assert response.kind == "counts"
    assert response.trials is not None
    assert response.y.tolist() == [3, 0, 0]
    assert response.trials.tolist() == [5, 2, 0]
    assert response.y.dtype == response.trials.dtype == np.int64
    assert response.classes == ("failure", "success")
    assert response.event == "success"
    np.testing.assert_array_equal(counts("k", [1.0, 2.0], 3).trials, [3, 3])
    assert counts("k", np.array([1], dtype=np.uint8), np.float64(2.0)).y.tolist() == [1]
    assert counts("k", [True, False], 1).y.tolist() == [1, 0]


@pytest.mark.parametrize(
    ("hits", "trials", "sentence"),
    [
        ([1, 4], [3, 3], r"'k' is 4 and 'n' is 3 in row 1: more successes than trials.*exchanged"),
        ([1, -1], 3, r"'k' is -1 in row 1; a count"),
        ([1, 1], [3, -2], r"'n' is -2 in row 1; a count"),
        ([1, 0.25], 3, r"'k' is 0.25 in row 1.*share \* trials"),
        ([1, 1], [3, 2.5], r"'n' is 2.5 in row 1"),
        ([1, 1], 2.5, r"'n' is 2.5 in row 0"),
        ([1, np.nan], 3, r"'k' has no value in row 1"),
        ([1, 1], [3, np.nan], r"'n' has no value in row 1"),
        ([1, np.inf], 3, r"'k' is inf in row 1"),
        ([1, 1], [1, 2, 3], r"'n' has 3 values and 'k' has 2"),
        ([0, 0], [0, 0], r"'n' is 0 in every one of the 2 rows"),
        ([0, 0], 0, r"'n' is 0 in every one"),
        (["1", "2"], 3, r"'k' has the type <U1; counts"),
        ([1, 1], "n", r"'n' has the type <U1; counts"),
        (np.array([1, None], dtype=object), 3, r"'k' has no value in row 1"),
        (np.array([1, 2], dtype=object), 3, r"'k' has the type object"),
        ([1, 2**60], 2**61, r"'k' is 1152921504606846976 in row 1; counts up to 2\*\*53"),
    ],
)
def test_counts_that_cannot_be(hits, trials, sentence):
    with pytest.raises(ResponseError, match=sentence):
        counts("k", hits, trials, trials_name="n")


# -- weights and offsets -----------------------------------------------------------------


def test_weights_and_offsets():
    assert check_weights(np.array([1, 0]), 2).tolist() == [1.0, 0.0]
    assert check_weights([True, False], 2).dtype == np.float64
    assert check_offset([-1.5, 0.0], 2).tolist() == [-1.5, 0.0]
    given = np.array([1.0, 2.0])
    assert not np.shares_memory(check_weights(given, 2), given)


@pytest.mark.parametrize(
    ("check", "values", "sentence"),
    [
        (check_weights, [1.0, -2.0], r"weights is -2 in row 1; weights of 0 or more"),
        (check_weights, [0, 0], r"weights is 0 in all 2 rows"),
        (check_weights, [1.0, np.nan], r"weights is nan in row 1; a finite number"),
        (check_weights, [1.0], r"weights has the shape \(1,\); \(2,\)"),
        (check_weights, 2.0, r"weights has the shape \(\)"),
        (check_weights, ["a", "b"], r"weights has the type <U1; real numbers"),
        (check_offset, [0.0, np.inf], r"offset is inf in row 1"),
        (check_offset, [[0.0], [1.0]], r"offset has the shape \(2, 1\)"),
        (check_offset, [1j, 0], r"offset has the type complex128"),
        (check_offset, [0.0, None], r"offset has the type object"),
    ],
)
def test_weights_and_offsets_that_cannot_be(check, values, sentence):
    with pytest.raises(ResponseError, match=sentence):
        check(values, 2)
