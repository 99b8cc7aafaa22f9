"""Hypotheses: what the grammar reads, what it computes, and that nothing else is ever run."""

from __future__ import annotations

import numpy as np
import pytest

import bayeslogit as bl
from bayeslogit.posterior.hypotheses import hypotheses_of
from tests.helpers import exam_model

RNG = np.random.default_rng(3)
VALUES = RNG.normal(2.0, 1.0, (3, 500))
A, B, C = VALUES
NAMES = {"a": 0, "b": 1, "hours[T.c]": 2, "two words": 2, "x:g[T.c]": 2}


def read(given, **options):
    found = hypotheses_of(given)
    assert found is not None
    return found.of(VALUES, NAMES, ["a", "b", "c"], **options)


@pytest.mark.parametrize(
    ("text", "expected", "linear"),
    [
        ("a = b", A - B, True),
        ("b2 - b1 = 0", B - A, True),
        ("b2 - b1 == 0.5", B - A - 0.5, True),
        ("-a + 2 * b - hours[T.c] / 4", -A + 2 * B - C / 4, True),
        ("- ( a - (b - 1e-1) )", -(A - (B - 0.1)), True),
        ("--a", A, True),
        ("a * 3 - `two words`", 3 * A - C, True),
        ("x:g[T.c] - .5", C - 0.5, True),
        ("a / b = 1", A / B - 1, False),
        ("a * b", A * B, False),
        ("exp(a - b)", np.exp(A - B), False),
        ("log(exp(a)) - log(2)", A - np.log(2), False),
        ("a - b - hours[T.c]", A - B - C, True),
        ("a / 2 / 2 * 4", A, True),
    ],
)
def test_texts_are_computed_draw_by_draw(text, expected, linear):
    found = read(text)
    np.testing.assert_allclose(found.values, expected[None], rtol=1e-12, atol=1e-12)
    assert found.linear is linear
    assert found.labels == [text]
    assert found.probability() is None


@pytest.mark.parametrize(
    ("text", "holds"),
    [("a > b", A > B), ("a < b", A < B), ("a >= 2 * b", A >= 2 * B), ("a + b <= 4", A + B <= 4)],
)
def test_inequalities_have_a_probability(text, holds):
    found = read(["a = b", text])
    np.testing.assert_allclose(found.probability(), [np.nan, holds.mean()])


def test_words_and_weights():
    assert read("pairwise").labels == ["b - a", "c - a", "c - b"]
    assert read("reference").labels == ["b - a", "c - a"]
    found = read("sequential", ratio=True)
    assert found.labels == ["b / a", "c / b"]
    assert found.null == 1.0
    np.testing.assert_allclose(found.values, [B / A, C / B])
    found = read("pairwise", groups=np.array([0, 1, 0]))
    assert (found.labels, found.group.tolist()) == (["c - a"], [0])
    np.testing.assert_allclose(read([1, 0, -1]).values, [A - C])
    two = read(np.array([[1, 0], [-1, 1], [0, -1]]))
    assert two.labels == ["contrast 1", "contrast 2"]
    np.testing.assert_allclose(two.values, [A - B, B - C])
    named = read({"gain": "b - a", "trend": [-1, 0, 1]})
    assert named.labels == ["gain", "trend"]
    np.testing.assert_allclose(named.values, [B - A, C - A])


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (
            "twowords > 0",
            "names 'twowords', which is no row of this answer.*Did you mean 'two words'",
        ),
        ("b4", "names 'b4'.*expected b1 to b3"),
        ("b0 = 0", "names 'b0'.*expected b1 to b3"),
        ("", "ends too early"),
        ("a -", "ends too early"),
        ("(a", "a bracket is not closed"),
        ("a)", r"'\)' stands where the text should end"),
        ("a > b > 0", "'>' stands where the text should end"),
        ("a b", "'b' stands where the text should end"),
        ("2 * 3 = 6", "it names no row"),
        ("a / 0", "it divides by zero"),
        ("a ** b", "stands alone"),
        ("__import__('os').system('true')", "is not known there"),
        ("a.__class__", "names 'a.__class__', which is no row"),
        ("[v for v in a]", "is not known there"),
        ("lambda: a", "is not known there"),
        ("sin(a)", "names 'sin', which is no row"),
        ("`a", "is not known there"),
        ("(" * 60 + "a" + ")" * 60, "more than 40 brackets"),
        ("a + " * 400 + "a", "has 1601 characters; expected at most 1000"),
        ("log(a - 100)", "0 / 0, or the logarithm of a negative number"),
        ([], "states none"),
        ({}, "states none"),
        (3, "states none"),
        (["a", 3], "expected a text such as"),
        ({"a": None}, "expected a text such as"),
        ([1.0, np.nan, 0.0], "a finite weight for each row"),
        ([1.0, 0.0], "has 2 weights for 3 rows"),
    ],
)
def test_what_is_no_hypothesis_is_refused(given, sentence):
    with pytest.raises(bl.DesignError, match=sentence) as error:
        read(given)
    assert "expected" in str(error.value)


def test_a_name_that_is_another_row_s_place_stands_for_neither():
    with pytest.raises(bl.DesignError, match="the place of one row and the name of another"):
        hypotheses_of("b1 > 0").of(VALUES, {"b1": 2}, ["b2", "b3", "b1"])
    # Where both are the same row there is nothing to mistake.
    found = hypotheses_of("b1 > 0").of(VALUES, {"b1": 0}, ["b1", "b2", "b3"])
    np.testing.assert_allclose(found.values, [A])


def test_one_row_has_nothing_to_compare_with():
    with pytest.raises(bl.DesignError, match="it has a single one; expected two or more"):
        hypotheses_of("pairwise").of(VALUES[:1], {}, ["a"])
    with pytest.raises(bl.DesignError, match="has more than 10000 pairs"):
        hypotheses_of("pairwise").of(np.zeros((200, 1)), {}, ["a"] * 200)


# ---- regions -----------------------------------------------------------------------------------


def test_a_region_splits_the_draws_in_three():
    fit = exam_model().fit("laplace", draws=500, random_seed=1)
    slope = fit.theta[1]
    table = fit.summary(rope=(1.0, 2.0))
    parts = table.loc["hours", ["p_below", "p_inside", "p_above"]].tolist()
    assert parts == [(slope < 1).mean(), ((slope >= 1) & (slope <= 2)).mean(), (slope > 2).mean()]
    odds = fit.summary("odds_ratio", rope=(None, np.e)).loc["hours"]
    assert odds["p_inside"] == pytest.approx((slope <= 1).mean())
    assert odds["p_below"] == 0.0
    prob = fit.predict({"hours": [3.0]}, draws=True).values
    for table in (
        fit.predict({"hours": [3.0]}, rope=(0.4, 0.6)),
        fit.curve("hours", [3.0], rope=(0.4, 0.6)),
        fit.predictions(newdata={"hours": [3.0]}, rope=(0.4, 0.6)),
    ):
        assert table["p_inside"].iloc[0] == ((prob >= 0.4) & (prob <= 0.6)).mean()
        assert table[["p_below", "p_inside", "p_above"]].sum(axis=1).iloc[0] == pytest.approx(1)
    for verb in (fit.comparisons, fit.slopes, fit.auc, fit.r_squared):
        parts = verb(rope=(0.1, 0.9))[["p_below", "p_inside", "p_above"]]
        np.testing.assert_allclose(parts.sum(axis=1), 1.0)
    needed = fit.comparisons(comparison="nnt", rope=(0, 5))["p_inside"]
    effect = fit.comparisons(draws=True).values
    assert needed.iloc[0] == pytest.approx(((effect > 0) & (1 / effect <= 5)).mean())


@pytest.mark.parametrize("rope", [0.1, (1, 0), (0, 0), "ab", (None, None), (0, np.nan), (1, 2, 3)])
def test_what_is_no_region_is_refused(rope):
    fit = exam_model().fit("laplace", draws=50, random_seed=1)
    with pytest.raises(bl.DesignError, match="is no region; expected two numbers"):
        fit.summary(rope=rope)


def test_a_region_needs_draws_and_an_answer_with_numbers():
    point = exam_model().fit("map")
    with pytest.raises(bl.MethodRefused, match="a region needs many draws"):
        point.summary(rope=(0, 1))
    fit = exam_model().fit("laplace", draws=50, random_seed=1)
    with pytest.raises(bl.DesignError, match="there is no option 'rope'"):
        fit.plot_forest(rope=(0, 1))
    with pytest.raises(bl.DesignError, match="Did you mean 'rope'"):
        fit.summary(ropes=(0, 1))
    with pytest.raises(bl.DesignError, match="Did you mean 'rope'"):
        fit.comparisons(ropes=(0, 1))
