"""One typical row, one mean row, one offset: a single definition, which every answer uses."""

import numpy as np
import pandas as pd
import pytest

import bayeslogit as bl
from bayeslogit.errors import DesignError
from bayeslogit.posterior.requested_rows import rows_of
from bayeslogit.posterior.rows import fitted_rows, rows_in_words, typical_rows
from tests.helpers import random_table

N = 40
RNG = np.random.default_rng(4)
CARS = pd.DataFrame(
    {
        "cyl": RNG.choice([4, 6, 8], N),
        "wt": RNG.normal(3.2, 1.0, N),
        "vs": RNG.integers(0, 2, N),
        "gear": RNG.choice(["three", "four", "five"], N),
        "off": RNG.normal(0.6, 0.5, N),
    }
)
CARS["am"] = (RNG.random(N) < 1 / (1 + np.exp(CARS["wt"] - 3.2 - CARS["vs"]))).astype(int)
PRIOR = bl.Normal(0, 1.5)


def fitted(rhs, **options):
    model = bl.logistic(f"am ~ {rhs}", CARS, priors=PRIOR, **options)
    return model.fit("laplace", draws=400, random_seed=1)


@pytest.fixture(scope="module")
def levelled():
    return fitted("C(cyl) + wt + vs + gear")


def common(values):
    return pd.Series(values).value_counts().index[0]


def test_the_mean_row(levelled):
    row = rows_of(levelled, "mean").table
    assert row["wt"][0] == pytest.approx(CARS["wt"].mean(), rel=1e-12)
    assert row["vs"][0] == pytest.approx(CARS["vs"].mean(), rel=1e-12)
    assert (row["cyl"][0], row["gear"][0]) == (common(CARS["cyl"]), common(CARS["gear"]))


def test_the_median_row(levelled):
    row = rows_of(levelled, "median").table
    assert (row["wt"][0], row["vs"][0]) == (CARS["wt"].median(), CARS["vs"].median())
    assert (row["cyl"][0], row["gear"][0]) == (common(CARS["cyl"]), common(CARS["gear"]))


def test_the_balanced_grid(levelled):
    """Every combination of levels once, numbers at their means: as ``emmeans`` has it."""
    grid = rows_of(levelled, "balanced")
    assert grid.table.n_rows == 3 * 2 * 3
    assert len({*zip(grid.table["cyl"], grid.table["vs"], grid.table["gear"], strict=True)}) == 18
    assert np.ptp(grid.table["wt"]) == 0.0
    assert grid.labels[0] == "cyl = 4, vs = 0, gear = five"
    # A marginal mean on the scale of the linear predictor, from the coefficients.
    theta = dict(zip(levelled.model.layout.names, levelled.theta, strict=True))
    six = (
        theta["Intercept"]
        + theta["cyl[T.6]"]
        + theta["wt"] * CARS["wt"].mean()
        + theta["vs"] / 2
        + (theta["gear[T.four]"] + theta["gear[T.three]"]) / 3
    )
    table = levelled.predictions({"cyl": 6}, newdata="balanced", by=True, kind="linear")
    assert table["estimate"].item() == pytest.approx(six.mean(), rel=1e-10)


def test_a_grid_that_is_too_large_is_refused():
    rng = np.random.default_rng(0)
    table = {f"g{i}": [f"l{v}" for v in rng.integers(0, 30, 90)] for i in range(4)}
    table["y"] = rng.integers(0, 2, 90).tolist()
    model = bl.logistic("y ~ g0 + g1 + g2 + g3", table)
    with pytest.raises(DesignError, match=r"balanced grid of 4 predictors has \d+ rows; expected"):
        model.fit("map").predictions(newdata="balanced")


@pytest.mark.parametrize("words", ["mean", "median", "balanced"])
def test_every_verb_takes_every_word(levelled, words):
    for ask in (levelled.predictions, levelled.comparisons, levelled.slopes):
        assert np.isfinite(ask(newdata=words, progressbar=False)["estimate"]).all()
    assert levelled.decide(words, cutoff=0.5, progressbar=False).index[0]
    assert levelled.predict(words)["mean"].between(0, 1).all()
    assert levelled.in_words(newdata=words).count("\n") == 5
    assert levelled.plot_effects(newdata=words)
    assert len(
        levelled.expected_cost(words, cutoff=0.5, costs={"false_positive": 1, "false_negative": 2})
    )


def test_another_word_is_refused(levelled):
    with pytest.raises(DesignError, match=r"newdata='means' is not known; .*Did you mean 'mean'"):
        levelled.predictions(newdata="means")


def test_curve_solve_and_effects_hold_the_others_in_the_same_row(levelled):
    mean = CARS["wt"].mean()
    held = levelled.predictions(newdata="mean")["estimate"].item()
    assert levelled.curve("wt", [mean])["mean"].item() == pytest.approx(held, rel=1e-12)
    line = levelled.plot_curve("wt").lines[0]
    assert np.interp(mean, *line.get_data()) == pytest.approx(held, abs=1e-3)
    row = {"wt": 0.0, "vs": CARS["vs"].mean(), "cyl": common(CARS["cyl"])}
    X, _, _ = levelled.model.design.code(row | {"gear": [common(CARS["gear"])]})
    slope = levelled.theta[levelled.model.layout.names.index("wt")]
    expected = np.median((np.log(0.4 / 0.6) - (X @ levelled.theta)[0]) / slope)
    found = levelled.solve("wt", probability=0.4)["median"].item()
    assert found == pytest.approx(expected, rel=1e-9)


def test_two_ways_of_an_offset_are_one_model():
    """``offset(off)`` in the formula, and ``offset="off"``."""
    one, two = fitted("wt + offset(off)"), fitted("wt", offset="off")
    np.testing.assert_allclose(one.theta, two.theta, rtol=1e-9)
    same = {
        "curve": lambda f: f.curve("wt", [1.0, 2.0])["mean"],
        "solve": lambda f: f.solve("wt", probability=0.7)["median"],
        "mean row": lambda f: f.predictions(newdata="mean")["estimate"],
        "median row": lambda f: f.predictions(newdata="median")["estimate"],
        "balanced": lambda f: f.predictions(newdata="balanced")["estimate"],
        "comparisons": lambda f: f.comparisons(progressbar=False)["estimate"],
        "slopes": lambda f: f.slopes(progressbar=False)["estimate"],
        "picture": lambda f: f.plot_curve().lines[0].get_ydata(),
    }
    for ask in same.values():
        np.testing.assert_allclose(ask(one), ask(two), rtol=1e-9)
    assert one.in_words() == two.in_words()
    implied = [repr(f.model).partition("implied")[2] for f in (one, two)]
    assert implied[0] == implied[1]
    mean = f"offset = {CARS['off'].mean():.4g}"[:12]
    assert mean in two.plot_curve().texts[0].get_text() + two.plot_curve().get_title()


def test_weights_and_trials_count():
    table = {"g": list("aaabb"), "x": [0.0, 1, 2, 1, 1], "y": [1, 1, 1, 0, 1]}
    weights = [1, 1, 1, 45, 45]
    fit = bl.logistic("y ~ g + x", table | {"w": weights}, weights="w", priors=bl.Normal(0, 1)).fit(
        random_seed=1
    )
    long = {name: np.repeat(values, weights) for name, values in table.items()}
    written = bl.logistic("y ~ g + x", long, priors=bl.Normal(0, 1)).fit(random_seed=1)
    found = [f.curve("x", [1.0])["mean"].item() for f in (fit, written)]
    assert found == pytest.approx([0.510, 0.510], abs=5e-4)
    row = typical_rows(fitted_rows(fit.model), fit.model.design).table
    assert (row["g"][0], row["x"][0]) == ("b", 1.0)


def test_what_a_prior_implies_counts_trials_and_weights():
    table = {"k": [1, 1], "n": [2, 1000], "x": [0, 1]}
    assert "mean row: 0.0161 / 0.5 / 0.984" in repr(bl.binomial("k ~ x", table, trials="n"))
    long = {"y": [1, 0, 1] + [0] * 999, "x": [0, 0] + [1] * 1000}
    short = {"y": [1, 0, 1, 0], "x": [0, 0, 1, 1], "w": [1, 1, 1, 999]}
    one, two = bl.logistic("y ~ x", long), bl.logistic("y ~ x", short, weights="w")
    implied = [repr(m).partition("implied")[2] for m in (one, two)]
    assert implied[0] == implied[1]
    assert "mean row: 0.0161 / 0.5 / 0.984" in implied[0]
    assert "1002" in repr(two)


def test_ratios_of_a_group_are_those_of_its_mean_row():
    """Without an interaction every group has the coefficient's odds ratio, and says so."""
    fit = fitted("wt + vs")
    odds = np.median(np.exp(fit.theta[1]))
    whole, groups = fit.in_words("wt"), fit.in_words("wt", by="vs")
    shown = f"multiply by {odds:.2g}"
    assert [whole.count(shown), groups.count(shown)] == [1, 2]
    assert whole.endswith("per unit, at the mean row")
    assert groups.endswith("per unit, at the mean row of each group")
    assert fit.in_words("wt", newdata="median").endswith(", at the median row")
    assert fit.in_words("wt", newdata="balanced").endswith(", averaged over a balanced grid")
    assert fit.in_words("wt", comparison="difference").endswith(", averaged over rows")
    assert fit.in_words("wt", newdata=CARS).endswith(", averaged over new rows")
    assert fit.in_words("wt", by=False, newdata=CARS[:1]).endswith(" per unit")
    assert rows_in_words(None, "vs") == "averaged over rows"


def test_the_mean_row_of_a_group_is_of_its_own_rows():
    fit = fitted("wt * vs")
    rows = rows_of(fit, "mean", by="vs").table
    np.testing.assert_allclose(rows["wt"], CARS.groupby("vs")["wt"].mean(), rtol=1e-12)
    assert rows["vs"].tolist() == [0, 1]


def test_a_group_that_weighs_nothing_is_refused():
    table = random_table(40)
    table.loc[table["g"] == "a", "w"] = 0.0
    fit = bl.logistic("y ~ x + g", table, weights="w").fit("map")
    with pytest.raises(DesignError, match="the weights of all rows with g = a are 0"):
        fit.predictions(newdata="mean", by="g")


# ---- lists in at= --------------------------------------------------------------------------


def test_a_list_in_at_is_combined_with_everything(levelled):
    table = levelled.curve("wt", [2.0, 3.0], at={"gear": ["three", "five"], "cyl": [4, 6, 8]})
    assert table.columns[:3].tolist() == ["wt", "gear", "cyl"]
    assert len(table.drop_duplicates(["wt", "gear", "cyl"])) == 12
    one = levelled.curve("wt", [3.0], at={"gear": "five", "cyl": 6})
    again = table.query("wt == 3 and gear == 'five' and cyl == 6")
    np.testing.assert_allclose(one["mean"], again["mean"], rtol=1e-12)
    assert "cyl" not in one


def test_a_list_of_other_length_is_no_error(levelled):
    assert len(levelled.curve("wt", [2.0, 3.0], at={"cyl": np.array([4, 6, 8])})) == 6


def test_solve_answers_each_combination(levelled):
    table = levelled.solve("wt", at={"cyl": [4, 6], "gear": ["three", "four", "five"]})
    assert len(table) == 6
    for cyl, gear, found in zip(table["cyl"], table["gear"], table["median"], strict=True):
        one = levelled.solve("wt", at={"cyl": cyl, "gear": gear})
        assert one["median"].item() == pytest.approx(found, rel=1e-12)
        assert "cyl" not in one


def test_classes_stand_under_each_combination():
    table = random_table(60).assign(c=lambda t: np.digitize(t["x"] + t["z"], [-0.5, 0.5]))
    fit = bl.ordinal("c ~ x + g", table, levels=[0, 1, 2]).fit("map")
    found = fit.curve("x", [0.0, 1.0], at={"g": ["a", "b"]})
    assert len(found) == 12
    sums = found.groupby(["x", "g"])["estimate"].sum()
    np.testing.assert_allclose(sums, 1.0)


@pytest.mark.parametrize(
    ("ask", "sentence"),
    [
        (lambda f: f.solve("wt", at={"wt": 3}), "at= sets 'wt', which is the predictor asked"),
        (lambda f: f.curve("wt", at={"wt": 3}), "at= sets 'wt', which is the predictor asked"),
        (lambda f: f.plot_curve("wt", at={"wt": 3}), "at= sets 'wt', which is the predictor asked"),
        (lambda f: f.plot_curve("wt", at={"cyl": [4, 6]}), "a picture holds other predictors at"),
        (lambda f: f.curve("wt", at={"cyl": []}), r"at= has \[\] for 'cyl'; expected a value"),
        (lambda f: f.curve("wt", at={"cyl": [[4], [6]]}), "expected a value, or a list of values"),
        (lambda f: f.curve("wt", [[1.0, 2.0]]), r"the values of 'wt' have the shape \(1, 2\)"),
    ],
)
def test_refused_by_a_sentence(levelled, ask, sentence):
    with pytest.raises(DesignError, match=sentence):
        ask(levelled)
