"""Kinds of effects, hypotheses and joint changes, against emmeans, marginaleffects and by hand."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

import bayeslogit as bl
from tests.helpers import REFERENCES, random_table

MARGINAL = json.loads((REFERENCES / "marginal.json").read_text())
EMMEANS = json.loads((REFERENCES / "contrasts_emmeans.json").read_text())
LEVELS = ["c0", "c1", "c2", "c3"]
ROW = {"livch": ["c0"], "age": [5], "urban": [0]}
TABLE = random_table(150)
TABLE["grade"] = np.digitize(TABLE["x"] + TABLE["z"], [-0.6, 0.7])


@pytest.fixture(scope="module")
def mle():
    table = pd.read_csv(REFERENCES / "contraception.csv")
    return bl.logistic("y ~ livch * age + urban", table, priors="flat").fit("map")


@pytest.fixture(scope="module")
def fit():
    return bl.logistic("y ~ x * g + z", TABLE).fit("laplace", draws=200, random_seed=1)


@pytest.fixture(scope="module")
def ordinal():
    model = bl.ordinal("grade ~ z + g", TABLE, levels=[0, 1, 2])
    return model.fit("laplace", draws=100, random_seed=3)


@pytest.fixture(scope="module")
def counts():
    return bl.binomial("k ~ x + g", TABLE, trials="n").fit("laplace", draws=100, random_seed=3)


def close(table, expected):
    np.testing.assert_allclose(table["estimate"].astype(float), expected, rtol=2e-6, atol=1e-8)


# ---- against other packages --------------------------------------------------------------------


def test_hypotheses_equal_those_of_marginaleffects(mle):
    close(mle.predictions(by="livch"), MARGINAL["by"])
    pairs = mle.predictions(by="livch", hypothesis="pairwise").set_index("hypothesis")["estimate"]
    order = ["c1 - c0", "c2 - c0", "c2 - c1", "c3 - c0", "c3 - c1", "c3 - c2"]
    np.testing.assert_allclose(pairs[order], MARGINAL["pairwise"], rtol=2e-6)
    close(mle.predictions(by="livch", hypothesis="sequential"), MARGINAL["sequential"])
    grid = {"livch": LEVELS, "age": [5] * 4, "urban": [0] * 4}
    found = mle.predictions(newdata=grid, hypothesis="b4 - 2 * b1 + b2 / 3 = 0")
    close(found, MARGINAL["text"])
    both = {"livch": ["c0", "c0", "c3", "c3"], "age": [-5, 5] * 2, "urban": [0] * 4}
    close(mle.predictions(newdata=both, hypothesis="(b4 - b3) - (b2 - b1) = 0"), MARGINAL["twice"])
    crossed = mle.comparisons({"urban": (0, 1), "age": (0, 10)}, cross=True)
    assert crossed[["term", "contrast"]].iloc[0].tolist() == ["urban, age", "1 - 0, 10 - 0"]
    close(crossed, MARGINAL["cross"])
    close(mle.comparisons("urban", by="livch", hypothesis="reference"), MARGINAL["by_group"])


def test_contrasts_at_a_row_equal_those_of_emmeans(mle):
    logs = mle.comparisons({"livch": "pairwise"}, kind="linear", newdata=ROW)
    found = dict(zip(logs["contrast"], logs["estimate"], strict=True))
    assert found == pytest.approx(EMMEANS["log_odds_ratios"], rel=2e-6)
    ratios = mle.comparisons({"livch": "pairwise"}, comparison="odds_ratio", newdata=ROW)
    np.testing.assert_allclose(np.log(ratios["estimate"]), logs["estimate"], rtol=1e-9)
    # The same from the odds of the levels, whose contrasts are ratios.
    odds = mle.predictions({"livch": LEVELS}, kind="odds", newdata=ROW, hypothesis="pairwise")
    found = {
        text.replace("/", "-"): np.log(value)
        for text, value in zip(odds["hypothesis"], odds["estimate"], strict=True)
    }
    assert found == pytest.approx(EMMEANS["log_odds_ratios"], rel=2e-6)
    differences = mle.comparisons({"livch": "pairwise"}, newdata=ROW)
    found = dict(zip(differences["contrast"], differences["estimate"], strict=True))
    assert found == pytest.approx(EMMEANS["probabilities"], rel=2e-6)


def test_differences_in_differences_equal_those_of_emmeans(mle):
    rows = {"livch": ["c0", "c0"], "age": [-5, 5], "urban": [0, 0]}
    twice = mle.comparisons(
        {"livch": "pairwise"}, kind="linear", newdata=rows, by="age", hypothesis="pairwise"
    )
    assert set(twice["hypothesis"]) == {"5 - -5"}
    found = dict(zip(twice["contrast"], twice["estimate"], strict=True))
    assert found == pytest.approx(EMMEANS["twice"], rel=2e-6)


def test_ordered_classes_equal_those_of_emmeans():
    table, levels = bl.load_dataset("housing"), ["Low", "Medium", "High"]
    fit = bl.ordinal(
        "satisfaction ~ influence + type + contact",
        table,
        weights="frequency",
        levels=levels,
        priors="flat",
    ).fit("map")
    rows = {"influence": levels, "type": ["Tower"] * 3, "contact": ["Low"] * 3}
    mean = fit.predictions(newdata=rows, kind="mean", scores=[1, 2, 3])
    np.testing.assert_allclose(
        mean["estimate"], [EMMEANS["mean_class"][k] for k in levels], rtol=1e-5
    )
    found = fit.predictions(newdata=rows, kind="exceedance")
    assert found["class"].tolist() == ["Medium"] * 3 + ["High"] * 3
    theirs = np.array([EMMEANS["exceedance"][k] for k in levels]).T
    np.testing.assert_allclose(found["estimate"], theirs.ravel(), rtol=1e-5)


# ---- kinds, by hand ----------------------------------------------------------------------------


def drawn(fit, table, kind, **options):
    """Return predictions row by row, (values, rows, draws)."""
    found = fit.predict(table, kind=kind, draws=True, **options)
    if "class" not in found.dims:
        found = found.expand_dims("class")
    values = found.transpose("class", "obs", "chain", "draw").values
    return values.reshape(*values.shape[:2], -1)


@pytest.mark.parametrize("kind", ["cumulative", "exceedance", "mean"])
def test_effects_on_sums_over_classes(ordinal, kind):
    high, low = (drawn(ordinal, TABLE.assign(z=TABLE["z"] + d), kind).mean(axis=1) for d in (1, 0))
    close(ordinal.comparisons("z", kind=kind), (high - low).mean(axis=1))
    ratio = ordinal.comparisons("z", kind=kind, comparison="ratio")
    close(ratio, np.median(high / low, axis=1))
    close(ordinal.predictions(by=True, kind=kind), low.mean(axis=1))
    step = 1e-5
    up, down = (
        drawn(ordinal, TABLE.assign(z=TABLE["z"] + d), kind).mean(axis=1) for d in (step, -step)
    )
    slope = ordinal.slopes("z", kind=kind)["estimate"]
    np.testing.assert_allclose(slope, (up - down).mean(axis=1) / (2 * step), rtol=1e-5)
    if kind != "mean":
        odds = ordinal.comparisons("z", kind=kind, comparison="odds_ratio")
        expected = np.median(high / (1 - high) / (low / (1 - low)), axis=1)
        close(odds, expected)
        assert ordinal.comparisons("z", kind=kind)["class"].tolist() == (
            ["0", "1"] if kind == "cumulative" else ["1", "2"]
        )


def test_effects_on_sums_are_those_of_each_row(ordinal):
    rows = ordinal.comparisons("z", kind="exceedance", by=False)
    assert len(rows) == 2 * len(TABLE)
    both = [drawn(ordinal, TABLE.assign(z=TABLE["z"] + d), "exceedance") for d in (1, 0)]
    close(rows, (both[0] - both[1]).mean(axis=2).ravel())


def test_odds_are_those_of_the_averaged_probability(fit):
    mean = drawn(fit, TABLE, "probability")[0].mean(axis=0)
    table = fit.predictions(by=True, kind="odds")
    assert table["estimate"].iloc[0] == pytest.approx(np.median(mean / (1 - mean)))
    assert "sd" not in table
    # So a ratio of odds is the odds ratio.
    one = fit.comparisons("g", kind="odds", comparison="ratio")
    other = fit.comparisons("g", comparison="odds_ratio")
    np.testing.assert_allclose(one["estimate"], other["estimate"], rtol=1e-12)
    by_row = fit.predictions(kind="odds")["estimate"]
    np.testing.assert_allclose(by_row, fit.predict(kind="odds")["median"], rtol=1e-12)


def test_odds_of_rows(fit):
    new = TABLE.head(4)
    prob = drawn(fit, new, "probability")[0]
    table = fit.predict(new, kind="odds", ci_prob=0.8)
    np.testing.assert_allclose(table["median"], np.median(prob / (1 - prob), axis=1), rtol=1e-12)
    upper = np.quantile(prob, 0.9, axis=1)  # odds rise with the probability
    np.testing.assert_allclose(table["eti80_ub"], upper / (1 - upper), rtol=0.02)
    assert list(table.columns) == ["median", "eti80_lb", "eti80_ub", "odds"]
    assert table.columns.name == "odds of y = 1"
    three = bl.multinomial("g ~ x", TABLE).fit("laplace", draws=50, random_seed=1)
    table, prob = three.predict(new, kind="odds"), drawn(three, new, "probability")
    expected = np.median(prob / (1 - prob), axis=2)
    np.testing.assert_allclose(table["median"], expected.T.ravel(), rtol=1e-9)
    assert table["class"].tolist() == ["a", "b", "c"] * 4


def test_odds_in_words():
    fit = bl.logistic("passed ~ hours", bl.load_dataset("exam"), priors="flat").fit("map")
    table = fit.predict({"hours": [1.0, 5.0]}, kind="odds")
    assert table["odds"].tolist() == ["1 : 13.1", "31.4 : 1"]
    assert table["estimate"].iloc[0] == pytest.approx(1 / 13.1, rel=0.01)


def test_counts_are_trials_times_probabilities(counts):
    prob, n = drawn(counts, TABLE, "probability")[0], TABLE["n"].to_numpy()
    expected = prob * n[:, None]
    np.testing.assert_allclose(counts.predict(kind="count")["mean"], expected.mean(axis=1))
    table = counts.predictions(kind="count", by="g")
    for level in "abc":
        own = (TABLE["g"] == level).to_numpy()
        value = table.loc[table["g"] == level, "estimate"].iloc[0]
        assert value == pytest.approx(expected[own].mean())


def test_counts_of_effects(counts):
    n = TABLE["n"].to_numpy()[:, None]
    high, low = (
        (drawn(counts, TABLE.assign(x=TABLE["x"] + d), "probability")[0] * n).mean(axis=0)
        for d in (1, 0)
    )
    close(counts.comparisons("x", kind="count"), [(high - low).mean()])
    # Other rows need their trials: a number, a column, or one for each.
    new = TABLE.head(5)
    whole = counts.comparisons("x", newdata=new)["estimate"] * 20
    np.testing.assert_allclose(
        counts.comparisons("x", kind="count", newdata=new, trials=20)["estimate"], whole
    )
    by_column = counts.predictions(newdata=new, kind="count", trials="n")["estimate"]
    np.testing.assert_allclose(by_column, expected_counts(counts, new))
    slope = counts.slopes("x", kind="count", newdata=new, trials=20)["estimate"]
    np.testing.assert_allclose(slope, 20 * counts.slopes("x", newdata=new)["estimate"])
    # Equal predictors with different trials stay apart.
    same = pd.DataFrame({"x": [0.5] * 60, "g": "a", "n": np.arange(1, 61)})
    found = counts.predictions(newdata=same, by=True, kind="count", trials="n")["estimate"]
    one = counts.predictions(newdata=same, by=True)["estimate"]
    np.testing.assert_allclose(found, one * same["n"].mean())


def expected_counts(counts, new):
    return (drawn(counts, new, "probability")[0] * new["n"].to_numpy()[:, None]).mean(axis=1)


# ---- hypotheses, by hand -----------------------------------------------------------------------


def test_hypotheses_are_computed_draw_by_draw(fit):
    draws = fit.predictions(by="g", draws=True)
    a, b, c = draws.transpose("effect", "chain", "draw").values.reshape(3, -1)
    table = fit.predictions(by="g", hypothesis=["b > a", "c / a = 1"], ci_prob=0.8)
    np.testing.assert_allclose(table["estimate"], [np.median(b - a), np.median(c / a - 1)])
    np.testing.assert_allclose(table["eti80_lb"].iloc[0], np.quantile(b - a, 0.1))
    np.testing.assert_allclose(table["probability"], [(b > a).mean(), np.nan])
    linear = fit.predictions(by="g", hypothesis="b - a = 0", rope=(-0.1, 0.1))
    assert linear["estimate"].iloc[0] == pytest.approx((b - a).mean())
    assert linear["sd"].iloc[0] == pytest.approx((b - a).std(ddof=1))
    assert linear["p_inside"].iloc[0] == (np.abs(b - a) <= 0.1).mean()
    found = fit.predictions(by="g", hypothesis="pairwise", draws=True)
    assert found["hypothesis"].values.tolist() == ["b - a", "c - a", "c - b"]
    np.testing.assert_allclose(found.isel(effect=2).values.ravel(), c - b)


def test_hypotheses_about_ratios_and_classes(fit, ordinal):
    ratios = fit.comparisons({"g": "reference"}, comparison="odds_ratio", hypothesis="pairwise")
    assert ratios["hypothesis"].tolist() == ["(c / a) / (b / a)"]
    high, low = fit.comparisons({"g": "reference"}, comparison="odds_ratio", draws=True).transpose(
        "effect", ...
    )[::-1]
    assert ratios["estimate"].iloc[0] == pytest.approx(float(np.median(high / low)))
    table = ordinal.comparisons("g", hypothesis="pairwise")
    assert table["class"].tolist() == ["0", "1", "2"]
    assert table["estimate"].sum() == pytest.approx(0, abs=1e-12)
    by_name = ordinal.predictions(by=True, hypothesis="`2` > `0`")
    classes = ordinal.predictions(by=True)["estimate"]
    assert by_name["estimate"].iloc[0] == pytest.approx(classes.iloc[2] - classes.iloc[0])


def test_hypotheses_about_coefficients(fit):
    x, z = (fit.theta[fit.model.design.names.index(name)] for name in ("x", "z"))
    table = fit.summary(hypothesis=["x > 0", "x + z = 0", "`x:g[T.b]` < 0"])
    assert table["estimate"].iloc[1] == pytest.approx((x + z).mean())
    assert table["probability"].iloc[0] == (x > 0).mean()
    ratio = fit.summary("odds_ratio", hypothesis="x / z = 1")
    assert ratio["estimate"].iloc[0] == pytest.approx(np.median(np.exp(x - z)) - 1)
    with pytest.raises(bl.DesignError, match="names 'xx', which is no row.*Did you mean 'x'"):
        fit.summary(hypothesis="xx > 0")


def test_predictors_change_together(fit):
    table = fit.comparisons({"x": 1, "g": "reference"}, cross=True)
    assert table["contrast"].tolist() == ["+1, b - a", "+1, c - a"]
    up = drawn(fit, TABLE.assign(x=TABLE["x"] + 1, g="b"), "probability")[0].mean(axis=0)
    down = drawn(fit, TABLE.assign(g="a"), "probability")[0].mean(axis=0)
    assert table["estimate"].iloc[0] == pytest.approx((up - down).mean())


# ---- what is refused ---------------------------------------------------------------------------

REFUSED = {
    "kind": (lambda f: f.comparisons(kind="exceedence"), "Did you mean 'exceedance'"),
    "sums of two": (lambda f: f.comparisons(kind="exceedance"), "have no order"),
    "scores": (lambda f: f.slopes(scores=[1, 2]), "which uses none"),
    "odds of odds": (
        lambda f: f.comparisons(kind="odds", comparison="odds_ratio"),
        "does not suit kind='odds', which is no probability",
    ),
    "nnt": (lambda f: f.comparisons(kind="odds", comparison="nnt"), "which is no probability"),
    "linear": (lambda f: f.comparisons(kind="linear", comparison="ratio"), "whose zero means"),
    "slope of odds": (lambda f: f.slopes(kind="odds"), "has no slope of its own"),
    "elasticity": (lambda f: f.slopes(kind="linear", slope="eyex"), "does not suit kind='linear'"),
    "trials": (lambda f: f.comparisons(kind="count"), "needs the trials of each row"),
    "trials of a row": (
        lambda f: f.predict({"x": [0], "g": ["a"], "z": [0]}, kind="count"),
        "needs",
    ),
    "needless trials": (lambda f: f.comparisons(trials=3), "which does not use it"),
    "one alone": (lambda f: f.comparisons("x", cross=True), "'x' is the only one"),
    "region of levels": (lambda f: f.plot_effects(quantity="odd"), "Did you mean 'odds'"),
    "cross of slopes": (lambda f: f.plot_effects(kind="slopes", cross=True), "no option 'cross'"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_has_no_answer_is_refused(fit, what):
    ask, sentence = REFUSED[what]
    with pytest.raises(bl.DesignError, match=sentence) as error:
        ask(fit)
    assert "expected" in str(error.value)


def test_median_levels_have_no_region(ordinal):
    with pytest.raises(bl.DesignError, match="whose levels are no numbers"):
        ordinal.predict(kind="median", rope=(0, 1))


# ---- pictures ----------------------------------------------------------------------------------

PICTURES = {
    "odds": (
        {"variables": "g", "kind": "predictions", "quantity": "odds", "newdata": "mean"},
        "odds of y = 1 (log scale)",
        ["g = a", "g = b", "g = c"],
    ),
    "ratios": (
        {"variables": "g", "kind": "predictions", "quantity": "odds", "hypothesis": "pairwise"},
        "ratio of odds of y = 1 (log scale)",
        ["b / a", "c / a", "c / b"],
    ),
    "crossed": (
        {"variables": {"x": 1, "z": 1}, "cross": True},
        "change in P(y = 1)",
        ["x, z: +1, +1"],
    ),
    "contrast": (
        {"kind": "predictions", "by": "g", "hypothesis": "b - a = 0"},
        "contrast of P(y = 1)",
        ["b - a = 0"],
    ),
    "twice": (
        {"variables": "x", "by": "g", "hypothesis": "reference"},
        "contrast of change in P(y = 1)",
        ["b - a, x: +1", "c - a, x: +1"],
    ),
}


@pytest.mark.parametrize("what", PICTURES)
def test_pictures_say_what_they_show(fit, what):
    options, label, ticks = PICTURES[what]
    ax = fit.plot_effects(**options)
    assert ax.get_xlabel() == label
    assert [text.get_text() for text in ax.get_yticklabels()] == ticks


def test_pictures_of_sums_over_classes(ordinal):
    assert ordinal.plot_effects("z", quantity="exceedance").get_xlabel() == (
        "change in P(grade at least k)"
    )
    ax = ordinal.plot_effects("z", quantity="mean", kind="slopes")
    assert ax.get_xlabel() == "change in the mean of grade per unit"
