"""Coefficients per ten units, per standard deviation, per distance of quartiles."""

from __future__ import annotations

import numpy as np
import pytest

import bayeslogit as bl
from tests.helpers import random_table

TABLE = random_table(120)
TABLE["age"] = 50 + 10 * TABLE["x"]
TABLE["grade"] = np.digitize(TABLE["x"] + TABLE["z"], [-0.6, 0.7])


@pytest.fixture(scope="module")
def fit():
    return bl.logistic("y ~ age * g + z", TABLE, weights="n").fit(
        "laplace", draws=200, random_seed=1
    )


def test_a_model_of_rescaled_columns_says_the_same(fit):
    """Maximum likelihood has no prior that a scale could change."""
    plain = bl.logistic("y ~ age * g + z", TABLE, priors="flat").fit("map")
    sd = TABLE["z"].std()
    other = TABLE.assign(age=TABLE["age"] / 10, z=TABLE["z"] / sd)
    theirs = bl.logistic("y ~ age * g + z", other, priors="flat").fit("map").summary()
    ours = plain.summary(per={"age": 10, "z": "sd"})
    for column in ("mode", "curvature_sd"):
        np.testing.assert_allclose(ours[column], theirs[column], rtol=1e-5)
    assert ours.index.tolist() == [
        *("Intercept", "age (per 10)", "g[T.b]", "g[T.c]", f"z (per sd, {sd:.4g})"),
        *("age:g[T.b] (per 10)", "age:g[T.c] (per 10)"),
    ]


def test_draws_are_multiplied_before_they_are_summarised(fit):
    age = fit.theta[fit.model.design.names.index("age")]
    row = fit.summary("odds_ratio", per={"age": 10}).loc["age (per 10)"]
    assert row["median"] == pytest.approx(np.median(np.exp(10 * age)))
    assert row["prior"].endswith(" per unit")
    plain = fit.summary("odds_ratio")
    assert row["ess_bulk"] == plain.loc["age", "ess_bulk"]
    assert fit.summary(per={}).equals(fit.summary())
    np.testing.assert_allclose(
        fit.summary(per={"age": 10}, base=2)["mean"].iloc[1] * np.log(2), 10 * age.mean()
    )


def test_quartiles_count_weights(fit):
    name = fit.summary(per={"z": "iqr"}).index[4]
    rows = TABLE["z"].repeat(TABLE["n"])
    low, high = np.quantile(rows, [0.25, 0.75])
    assert name == f"z (per iqr, {high - low:.4g})"


def test_several_classes_and_partial_slopes():
    multinomial = bl.multinomial("g ~ age", TABLE).fit("map")
    plain, scaled = multinomial.summary(), multinomial.summary(per={"age": 10})
    assert scaled.index.tolist() == [
        *("b: Intercept", "b: age (per 10)", "c: Intercept", "c: age (per 10)")
    ]
    np.testing.assert_allclose(scaled["mode"], plain["mode"] * [1, 10, 1, 10])
    partial = bl.ordinal("grade ~ age + z", TABLE, levels=[0, 1, 2], partial=["age"]).fit("map")
    assert partial.summary(per={"age": 10}).index.tolist()[-1].endswith(": age (per 10)")


def test_pictures_and_sentences_take_units_too(fit):
    ax = fit.plot_forest(terms="age", per={"age": 10})
    assert [text.get_text() for text in ax.get_yticklabels()] == ["age (per 10)"]
    assert ax.get_xlabel() == "odds ratio (log scale)"
    age = fit.theta[fit.model.design.names.index("age")]
    x = ax.lines[-1].get_xdata()
    assert float(np.asarray(x)[0]) == pytest.approx(np.median(np.exp(10 * age)))
    words = fit.in_words("z", per={"z": 2})
    assert words == fit.in_words({"z": 2})
    both = fit.in_words(["z", "age"], per={"age": 10}, units={"age": "year"})
    assert both.split("\n")[1].endswith("per 10 years, at the mean row")


def test_one_sentence_for_the_cumulative_odds_ratio():
    fit = bl.ordinal("grade ~ age + g", TABLE, levels=[0, 1, 2]).fit("laplace", random_seed=1)
    words = fit.in_words("age", per={"age": 10})
    assert words.startswith("Age: the odds of a higher grade multiply by ")
    assert "\n" not in words
    odds = fit.summary("odds_ratio", per={"age": 10}).loc["age (per 10)", "median"]
    assert f"multiply by {odds:.2g} " in words
    each = fit.in_words("age", kind="exceedance").split("\n")
    assert [line.split(" multiply")[0] for line in each] == [
        "Age: the odds of grade >= 1",
        "Age: the odds of grade >= 2",
    ]
    # Slopes that differ between classes have no such sentence.
    own = bl.ordinal("grade ~ z", TABLE, levels=[0, 1, 2], form="sequential").fit("map")
    assert own.in_words("z").count("\n") == 2


REFUSED = {
    "name": (lambda f: f.summary(per={"agee": 1}), "not a number of this model.*mean 'age'"),
    "factor": (lambda f: f.summary(per={"g": 1}), "'g', which is not a number of this model"),
    "size": (lambda f: f.summary(per={"age": 0}), "expected a positive number or one of 'sd'"),
    "word": (lambda f: f.summary(per={"age": "iq"}), "Did you mean 'iqr'"),
    "dict": (lambda f: f.summary(per=10), "per=10 is no dict; expected the units"),
    "forest": (lambda f: f.plot_forest(per={"agee": 1}), "Did you mean 'age'"),
    "words": (lambda f: f.in_words("z", per={"age": 3}), "'age', which is not asked about"),
    "words, dict": (lambda f: f.in_words(per=3), "per=3 is no dict; expected steps"),
    "kind": (lambda f: f.in_words(kind="exceedence"), "has no sentence.*Did you mean 'exceedance'"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_has_no_units_is_refused(fit, what):
    ask, sentence = REFUSED[what]
    with pytest.raises(bl.DesignError, match=sentence) as error:
        ask(fit)
    assert "expected" in str(error.value)


def test_other_functions_of_a_predictor_are_refused():
    fit = bl.logistic("y ~ log(age) + z", TABLE).fit("map")
    with pytest.raises(bl.DesignError, match=r"also enters as 'log\(age\)'.*comparisons\(\{'age'"):
        fit.summary(per={"age": 10})
    only = bl.logistic("y ~ z + offset(age)", TABLE).fit("map")
    with pytest.raises(bl.DesignError, match="'age' has no coefficient of its own"):
        only.summary(per={"age": 10})
