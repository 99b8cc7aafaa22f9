"""Default effects exist for every formula: steps stay where the formula has values, and say so."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest

import bayeslogit as bl

N = 80
_rng = np.random.default_rng(5)
TABLE = pd.DataFrame(
    {
        "x": _rng.uniform(0.5, 9.9, N),
        "small": _rng.uniform(0.2, 0.6, N),
        "count": _rng.integers(0, 5, N),
        "g": _rng.choice(["a", "b"], N),
        "t": _rng.random(N) < 0.5,
        "yes": np.full(N, True),
    }
)
TABLE["z"] = TABLE["x"] + _rng.uniform(0.05, 3.0, N)
TABLE["y"] = (_rng.random(N) < 0.3 + 0.04 * TABLE["x"]).astype(int)
TABLE["three"] = _rng.integers(0, 3, N)

BACK, SMALLER, PLAIN = "+1, back at the end", "+0.1, back at the end", "+1"
FORMULAS = {
    "bs(x, df=4)": BACK,
    "bs(x, df=4) * g + t": BACK,
    "bs(log(x), df=4)": BACK,
    "x + bs(x, df=5, degree=2)": BACK,
    "log(10 - x)": BACK,
    "sqrt(10 - x) + log(x)": BACK,
    "log(z - x)": BACK,
    "I((10 - x) ** 0.5)": BACK,
    "bs(count, df=3, degree=2)": BACK,
    "bs(small, df=4)": SMALLER,
    "log(0.7 - small)": BACK,
    "log(x) + sqrt(count)": PLAIN,
    "poly(x, 2)": PLAIN,
    "cr(x, df=3)": PLAIN,
    "bs(x, df=4, extrapolation='clip')": PLAIN,
    "bs(x, df=4, extrapolation='extend')": PLAIN,
    "x * yes": PLAIN,
}


@cache
def fit_of(formula: str, outcome: str = "y") -> bl.Fit:
    build = bl.logistic if outcome == "y" else bl.ordinal
    priors = bl.Normal(0, 1)
    return build(f"{outcome} ~ {formula}", TABLE, priors=priors).fit(
        "laplace", draws=100, chains=2, random_seed=1
    )


def moved(fit: bl.Fit, name: str, step: float) -> np.ndarray:
    """Return the change of the mean probability over a step of each row, forward if it exists."""
    found = np.empty(N)
    for i in range(N):
        row = TABLE.iloc[[i]]
        other = row.assign(**{name: row[name] + step})
        sign = 1.0
        try:
            after = fit.predict(other, draws=True)
        except bl.DesignError:
            sign, after = -1.0, fit.predict(row.assign(**{name: row[name] - step}), draws=True)
        found[i] = float((sign * (after - fit.predict(row, draws=True))).mean())
    return found


@pytest.mark.filterwarnings("ignore::bayeslogit.BayesLogitWarning")
@pytest.mark.parametrize("formula", FORMULAS)
def test_default_effects_exist(formula):
    fit = fit_of(formula)
    table = fit.comparisons()
    said = dict(zip(table["term"], table["contrast"], strict=True))
    name = next(n for n in ("x", "count", "small") if n in said)
    assert said[name] == FORMULAS[formula]
    for by in (False, True):
        for found in (fit.comparisons(by=by), fit.slopes(by=by)):
            assert np.isfinite(found.select_dtypes("number").to_numpy()).all()
    words = fit.in_words(name, comparison="difference")
    assert ("ends there at the end of its range" in words) == ("back" in said[name])
    assert len(fit.comparisons("g" if "g" in said else name, newdata=TABLE.iloc[[3]])) == 1
    assert fit.comparisons(comparison="ratio")["estimate"].gt(0).all()
    fit.plot_effects(progressbar=False)


@pytest.mark.filterwarnings("ignore::bayeslogit.BayesLogitWarning")
@pytest.mark.parametrize(("formula", "name"), [("bs(x, df=4)", "x"), ("log(z - x)", "x")])
def test_each_row_steps_forward_or_ends_its_step_there(formula, name):
    fit = fit_of(formula)
    by_hand = moved(fit, name, 1.0)
    table = fit.comparisons(name, by=False)
    np.testing.assert_allclose(table["estimate"], by_hand, atol=1e-12)
    average = fit.comparisons(name)["estimate"].item()
    np.testing.assert_allclose(average, by_hand.mean(), atol=1e-12)
    # rows other than the fitted ones
    rows = TABLE.sort_values(name)[-5:]
    new = fit.comparisons(name, newdata=rows, by=False)["estimate"]
    np.testing.assert_allclose(new, by_hand[rows.index], atol=1e-12)
    # a step that was asked for is that step, back where there is no other
    half = fit.comparisons({name: 0.5}, by=False)
    np.testing.assert_allclose(half["estimate"], moved(fit, name, 0.5), atol=1e-12)
    assert half["contrast"].iloc[0] == "+0.5, back at the end"


@pytest.mark.filterwarnings("ignore::bayeslogit.BayesLogitWarning")
def test_a_step_that_was_asked_for_and_that_no_row_can_take_is_refused():
    with pytest.raises(bl.DesignError, match="is known from .* to"):
        fit_of("bs(small, df=4)").comparisons({"small": 1})
    assert fit_of("bs(small, df=4)").comparisons("small")["contrast"].item() == (
        "+0.1, back at the end"
    )


@pytest.mark.filterwarnings("ignore::bayeslogit.BayesLogitWarning")
def test_slopes_at_the_edge_and_beyond_the_data():
    fit = fit_of("sqrt(10 - x) + log(x)")
    new = TABLE.iloc[[0, 0]].assign(x=[9.9999999999, 0.01])
    slopes = fit.slopes("x", newdata=new, by=False)["estimate"]
    assert np.isfinite(slopes).all()
    fit = fit_of("log(x) + sqrt(count)")
    far = TABLE.iloc[[0]].assign(x=500.0)
    step = fit.predict(far.assign(x=500.5), draws=True) - fit.predict(
        far.assign(x=499.5), draws=True
    )
    found = fit.slopes("x", newdata=far)["estimate"].item()
    assert found == pytest.approx(float(step.mean()), rel=1e-4)


@pytest.mark.filterwarnings("ignore::bayeslogit.BayesLogitWarning")
def test_classes_step_back_too():
    table = fit_of("bs(x, df=4)", "three").comparisons()
    assert set(table["contrast"]) == {BACK}
    np.testing.assert_allclose(table["estimate"].sum(), 0.0, atol=1e-12)


@pytest.mark.filterwarnings("ignore::bayeslogit.BayesLogitWarning")
def test_predictors_that_do_not_vary():
    table = fit_of("x * yes").comparisons()
    assert table.set_index("term").loc["yes", "contrast"] == "True - False"


def test_a_predictor_of_one_level_is_left_out_and_said():
    table = TABLE.assign(one="a")
    fit = bl.logistic("y ~ t + x:C(one)", table, priors=bl.Normal(0, 1)).fit("map")
    with pytest.warns(bl.BayesLogitWarning, match="'one' has a single level"):
        assert fit.comparisons()["term"].tolist() == ["t", "x"]
    with pytest.raises(bl.DesignError, match="single level 'a'"):
        fit.comparisons("one")
