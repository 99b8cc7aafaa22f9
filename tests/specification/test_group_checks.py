"""What bad group-level terms get: a sentence that says what was found and what to write."""

import warnings

import numpy as np
import pytest

import bayeslogit as bl
from bayeslogit.errors import BayesLogitWarning, DesignError, PriorError

RNG = np.random.default_rng(0)
N = 60
G = np.repeat(np.arange(10), 6)
TABLE = {
    "y": RNG.integers(0, 2, N),
    "x": RNG.normal(size=N),
    "g": [f"g{i}" for i in G],
    "alias": [f"k{9 - i}" for i in G],
    "one": ["a"] * N,
    "row": np.arange(N),
    "constant": 3.0 * G,
    "half": G + 0.5,
    "gap": [None if i == 3 else f"g{j}" for i, j in enumerate(G)],
    "school": np.repeat(["A", "B"], [36, 24]),
    "class": np.r_[np.repeat([1, 2, 3], 12), np.repeat([1, 2], 12)],
    "letter": np.r_[np.repeat(["a", "b", "c"], 12), np.repeat(["a", "b"], 12)],
    "pupil": np.arange(N) % 6,
    "number": G,
    "when": np.array(["2020-01-01"], dtype="datetime64[D]").repeat(N),
}


def build(formula, **options):
    return bl.logistic(formula, TABLE, **options)


@pytest.mark.parametrize(
    ("right", "said"),
    [
        ("(1 | gg)", "no column 'gg'.*Did you mean 'g'"),
        ("(1 | one)", r"\(1 \| one\) has the group 'a' and no other.*at least two"),
        ("(1 | row)", r"\(1 \| row\) has one row in each of its 60 groups.*another column.*'row'"),
        ("(1 + constant | g)", r"'constant' does not vary within any group.*\(1 \| g\)"),
        ("(0 + x | g) + (1 | gap)", r"'gap' of the data has no value.*row 3.*missing='drop'"),
        ("(1 | half)", "'half' are numbers with fractions, such as 0.5.*on the left of"),
        ("(1 | x)", "'x' are numbers with fractions"),
        ("(1 | g) + (1 | alias)", r"\(1 \| g\) and \(1 \| alias\) have the same groups"),
        ("(1 | g) + (1 + x | g)", "have the same groups under two names"),
        ("(1 | g/g)", r"the term \(1 \| g\) a second time"),
        ("(1 | g) + (1 | g)", r"the term \(1 \| g\) a second time"),
        ("(1 | y)", "'y' is the outcome and a predictor at once"),
        ("(1 | when)", "'when' of the data has the type datetime64"),
        ("(1 | 3)", "'3' where a column of groups was expected"),
        ("(1 | C(number))", "'C' where a column of groups was expected"),
        ("(1 | g + school)", r"found '\+' where ':', '/' or '\)' was expected"),
        ("( | g)", "found '|' where a column name was expected"),
    ],
)
def test_a_term_that_cannot_be_fitted_gets_a_sentence(right, said):
    with pytest.raises(DesignError, match=said):
        build(f"y ~ x + {right}")


def test_nothing_around_which_groups_differ():
    with pytest.raises(DesignError, match=r"'0 \+ \(1 \| g\)' has group-level terms and no coeff"):
        build("y ~ 0 + (1 | g)")


@pytest.mark.parametrize("builder", [bl.ordinal, bl.multinomial])
def test_single_rows_say_nothing_in_models_of_classes_too(builder):
    with pytest.raises(DesignError, match="one row in each of its 60 groups"):
        builder("pupil ~ x + (1 | row)", TABLE)


def test_single_rows_of_several_cases_are_groups():
    assert bl.binomial("y ~ x + (1 | row)", TABLE, trials=3).design.groups
    assert build("y ~ x + (1 | row)", weights=np.full(N, 3.0)).design.groups
    with pytest.raises(DesignError, match="one row in each"):
        build("y ~ x + (1 | row)", weights=np.ones(N))


def warned(formula):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        build(formula).fit("map")
    return " ".join(str(w.message) for w in caught if w.category is BayesLogitWarning)


@pytest.mark.parametrize("inner", ["class", "letter"])
def test_names_that_begin_anew_in_each_parent_ask_whether_they_are_nested(inner):
    said = warned(f"y ~ x + (1 | school) + (1 | {inner})")
    assert f"is (1 | school/{inner}) meant?" in said
    assert "begin anew" not in warned(f"y ~ x + (1 | school/{inner})")


def test_crossed_groupings_are_not_asked_about():
    assert "begin anew" not in warned("y ~ x + (1 | g) + (1 | pupil)")


def test_a_grouping_that_is_a_term_too_is_said():
    found = {f.code: f for f in build("y ~ x + g + (1 | g)").check().findings}
    assert found["group_and_term"].severity == "warning"
    assert "'g' is a term of the formula and the grouping of (1 | g)" in str(
        found["group_and_term"].sentence
    )


@pytest.mark.parametrize(
    ("prior", "said"),
    [
        ({"1 | g": bl.Normal(0, 1)}, r"gives Normal\(0, 1\) for \(1 \| g\).*HalfNormal\(1\)"),
        ({"1 | g": -1}, "sd=-1; expected a positive finite number"),
        ({"1 | h": 1.0}, r"has the group-level term '1 \| h', which the formula does not have"),
        ({"1 | g": bl.LKJ(2)}, r"LKJ\(2\) for \(1 \| g\), whose effects have no correlations"),
        ({"g": [bl.HalfNormal(1)] * 3}, "3 priors of standard deviations.*has 1 effects"),
    ],
)
def test_priors_that_do_not_fit_get_a_sentence(prior, said):
    with pytest.raises(PriorError, match=said):
        build("y ~ x + (1 | g)", priors=prior)


def test_flat_priors_of_scales_are_for_estimates_and_print():
    model = build("y ~ x + (1 | g)", priors={"g": bl.Flat()})
    assert "sd of Intercept: Flat" in str(model)
    known = build("y ~ x + (1 | g)", priors={"g": 0.5})
    assert "a median odds ratio between two groups of 1.61" in str(known)


@pytest.fixture(scope="module")
def fit():
    return build("y ~ x + (1 | g)").fit("map")


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda f: f.predict({"x": [1], "g": ["zz"]}), "has the g 'zz'.*groups='new'.*'typical'"),
        (lambda f: f.predict({"x": [1]}), "no column 'g', which tells.*groups='average'"),
        (lambda f: f.predict({"x": [1], "g": [None]}), "'g' of the new rows has no value"),
        (lambda f: f.predict({"x": [1], "g": [3]}), "has the g '3'"),
        (lambda f: f.predict({"x": [1]}, groups="averages"), "'averages' is not known.*'average'"),
        (lambda f: f.curve("x", at={"g": "zz"}), "has the g 'zz'"),
        (lambda f: f.solve("x", probability=0.5, groups="average"), "no inverse prediction"),
        (
            lambda f: f.predict({"x": [1]}, kind="linear", groups="average"),
            "kind='linear' has no mean over groups",
        ),
        (lambda f: f.classical(), "priors='flat' by 'map' for maximum likelihood"),
    ],
)
def test_questions_about_groups_that_cannot_be_answered(fit, ask, said):
    with pytest.raises(ValueError, match=said):
        ask(fit)


def test_whole_numbers_and_texts_of_them_are_the_same_group():
    fit = build("y ~ x + (1 | number)").fit("map")
    same = [fit.predict({"x": [1], "number": [v]})["estimate"][0] for v in (3, 3.0, "3")]
    assert same[0] == same[1] == same[2]
    with pytest.raises(DesignError, match="numbers with fractions, such as 3.5"):
        fit.predict({"x": [1], "number": [3.5]})


def test_a_curve_is_of_the_group_that_is_named(fit):
    named = fit.curve("x", [0.0, 1.0], at={"g": "g3"})["estimate"]
    known = fit.predict({"x": [0.0, 1.0], "g": ["g3", "g3"]})["estimate"]
    np.testing.assert_allclose(named, known, rtol=1e-12)
    assert fit.solve("x", probability=0.4, at={"g": "g3"}).shape[0] == 1
    assert len(fit.plot_curve("x", at={"g": "g3"}).lines)
