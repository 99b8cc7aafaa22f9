"""Levels that were not fitted, against emmeans of R and answers about rows of known levels."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

import bayeslogit as bl
from tests.helpers import ROOT

FOUND = json.loads((ROOT / "tests/references/new_levels.json").read_text(encoding="utf-8"))
BIRTHS = bl.load_dataset("birthweight")
ROWS = pd.DataFrame({"age": 30, "race": ["unheard", "unheard"], "smoker": [0, 1]})


@pytest.fixture(scope="module")
def births():
    model = bl.logistic("low ~ age + race * smoker", BIRTHS, priors="flat")
    return model.fit("laplace", draws=100, random_seed=1)


def logit(fit, rows, **options) -> np.ndarray:
    """Return draws of the linear predictor, (draws, rows)."""
    found = fit.predict(rows, kind="linear", draws=True, **options)
    return found.stack(sample=("chain", "draw")).transpose("sample", "obs").to_numpy()


def test_the_average_is_that_of_emmeans():
    fit = bl.logistic("low ~ age + race * smoker", BIRTHS, priors="flat").fit("map")
    found = fit.predict(ROWS, kind="linear", new_levels="average")["estimate"]
    np.testing.assert_allclose(found, list(FOUND["logit"].values()), rtol=1e-7)


def test_the_average_of_an_ordinal_model_is_that_of_emmeans():
    housing = bl.load_dataset("housing")
    levels = {"influence": "Low Medium High", "type": "Tower Apartment Atrium Terrace"}
    for name, words in levels.items():
        housing[name] = pd.Categorical(housing[name], words.split())
    fit = bl.ordinal(
        "satisfaction ~ influence + type + contact",
        housing,
        levels=["Low", "Medium", "High"],
        weights="frequency",
        priors="flat",
    ).fit("map")
    row = {"influence": "High", "type": "Castle", "contact": "Low"}
    found = fit.predict(row, new_levels="average").set_index("class")["estimate"]
    np.testing.assert_allclose(found, list(FOUND["probabilities"].values()), rtol=2e-6)


def test_as_the_reference_level_is_as_rows_of_that_level(births):
    as_black = ROWS.assign(race="black")
    found = logit(births, ROWS, new_levels="reference")
    np.testing.assert_array_equal(found, logit(births, as_black))
    effects = {"newdata": ROWS, "new_levels": "reference"}
    found = births.comparisons("smoker", **effects)
    pd.testing.assert_frame_equal(found, births.comparisons("smoker", newdata=as_black))
    assert "race = 'unheard' as 'black'" in found.attrs["note"]
    assert found.attrs["note"] in " ".join(str(found).split())
    assert births.predict(ROWS, draws=True, new_levels="reference").attrs["note"]
    frame = births.draws_frame(ROWS, new_levels="reference")
    assert frame.attrs["note"] == found.attrs["note"]


def test_the_average_is_over_draws_and_cases(births):
    every = np.stack([logit(births, ROWS.assign(race=r)) for r in ("black", "other", "white")])
    share = BIRTHS["race"].value_counts(normalize=True)[["black", "other", "white"]].to_numpy()
    expected = np.tensordot(share, every, axes=1)
    np.testing.assert_allclose(logit(births, ROWS, new_levels="average"), expected, rtol=1e-12)
    known = BIRTHS.head(5)
    mixed = known.assign(race=["unheard", *known["race"][1:]])
    found = logit(births, mixed, new_levels="average")[:, 1:]
    np.testing.assert_allclose(found, logit(births, known)[:, 1:], rtol=0, atol=1e-13)


def test_both_factors_of_a_product_may_be_new():
    table = BIRTHS.assign(smoker=np.where(BIRTHS["smoker"] == 1, "yes", "no"))
    fit = bl.logistic("low ~ race * smoker", table, priors="flat").fit("map")
    rows = {"race": ["unheard"], "smoker": ["unsaid"]}
    shares = [table[name].value_counts(normalize=True) for name in rows]
    expected = sum(
        shares[0][r]
        * shares[1][s]
        * fit.predict({"race": r, "smoker": s}, kind="linear")["estimate"].iloc[0]
        for r in shares[0].index
        for s in shares[1].index
    )
    found = fit.predict(rows, kind="linear", new_levels="average")["estimate"].iloc[0]
    assert found == pytest.approx(expected, rel=1e-9)


def test_a_draw_from_the_prior_has_its_spread_and_the_rest_of_the_posterior():
    priors = {"race": bl.Normal(0.5, 2.0)}
    model = bl.logistic("low ~ age + race", BIRTHS, priors=priors)
    fit = model.fit("laplace", draws=20_000, chains=1, random_seed=1)
    row = {"age": 30, "race": "unheard"}
    beyond = logit(fit, row, new_levels="prior") - logit(fit, row | {"race": "black"})
    assert beyond.mean() == pytest.approx(0.5, abs=5 * 2.0 / np.sqrt(20_000))
    assert beyond.std() == pytest.approx(2.0, rel=5 / np.sqrt(2 * 20_000))
    again = [logit(fit, row, new_levels="prior") for _ in range(2)]
    np.testing.assert_array_equal(*again)
    mixed = bl.logistic("low ~ race", BIRTHS, priors={"race[T.white]": bl.Normal(40.0, 1.0)})
    fit = mixed.fit("laplace", draws=4000, chains=1, random_seed=1)
    row = {"race": "unheard"}
    beyond = logit(fit, row, new_levels="prior") - logit(fit, {"race": "black"})
    # Each level that has a coefficient is as likely.
    assert (beyond > 30.0).mean() == pytest.approx(0.5, abs=5 * 0.5 / np.sqrt(4000))


@pytest.mark.filterwarnings("ignore:the approximation has a Pareto")
@pytest.mark.parametrize("form", ["classes", "boundaries", "groups", "far", "all levels"])
def test_every_arrangement_of_coefficients(form):
    rng = np.random.default_rng(3)
    n = 300
    table = pd.DataFrame({"x": rng.normal(size=n), "g": rng.choice(list("abc"), n)})
    table["s"] = rng.choice(list("uvw"), n)
    table["y"] = rng.integers(0, 3, n)
    table["far"] = 1e6 + table["x"]
    table["b"] = (rng.random(n) < expit(table["x"] + (table["g"] == "b"))).astype(int)
    model = {
        "classes": lambda: bl.multinomial("y ~ x * g", table),
        "boundaries": lambda: bl.ordinal("y ~ x + g", table, levels=[0, 1, 2], partial=["g"]),
        "groups": lambda: bl.logistic("b ~ x * g + (1 | s)", table),
        "far": lambda: bl.logistic("b ~ far * g", table),
        "all levels": lambda: bl.logistic("b ~ 0 + g + x", table),
    }[form]()
    fit = model.fit("laplace", draws=50, random_seed=1)
    rows = table.head(6)
    new = rows.assign(g="z")
    found = fit.predict(new, new_levels="reference", draws=True)
    expected = fit.predict(rows.assign(g="a"), draws=True)
    np.testing.assert_allclose(found, expected, rtol=1e-9)
    assert fit.predict(new, new_levels="average").notna().all(axis=None)
    if form == "boundaries":  # slopes that differ between them, drawn from their prior
        with pytest.raises(bl.DesignError, match="boundaries between classes cross"):
            fit.predict(new, new_levels="prior")
    else:
        assert fit.predict(new, new_levels="prior").notna().all(axis=None)
    if form == "groups":
        found = fit.predict(new, new_levels="reference", groups="average")
        expected = fit.predict(rows.assign(g="a"), groups="average")
        np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_scores_and_decisions_of_rows_with_new_levels(births):
    new = BIRTHS.assign(race="unheard")
    old = BIRTHS.assign(race="black")
    for verb, column in {
        "auc": "estimate",
        "concordance": "estimate",
        "confusion": "estimate",
        "roc": "sensitivity",
        "precision_recall": "precision",
        "net_benefit": "net_benefit",
    }.items():
        found = getattr(births, verb)(newdata=new, new_levels="reference")
        expected = getattr(births, verb)(newdata=old)
        # Replicates of cases come in another order.
        np.testing.assert_allclose(found[column], expected[column], rtol=1e-12)
        assert "'unheard' as 'black'" in found.attrs["which"]
    found = births.calibration(new, new_levels="reference").scores["new_data"]
    expected = births.calibration(old).scores["new_data"]
    np.testing.assert_allclose(found, expected, rtol=1e-9)
    found = births.decide(new, new_levels="reference")
    pd.testing.assert_frame_equal(found, births.decide(old))
    costs = {"false_positive": 1, "false_negative": 4}
    found = births.expected_cost(new, costs=costs, new_levels="reference")
    pd.testing.assert_frame_equal(found, births.expected_cost(old, costs=costs))
    found = births.cost_curve(costs, newdata=new, new_levels="reference")
    pd.testing.assert_frame_equal(found, births.cost_curve(costs, newdata=old))


def test_a_population_takes_them_too():
    fit = bl.logistic("low ~ age + race", BIRTHS, case_control=True).fit("map")
    rows = ROWS[["age", "race"]]
    found = fit.with_prevalence(0.01).predict(rows, new_levels="reference")
    expected = fit.with_prevalence(0.01).predict(rows.assign(race="black"))
    np.testing.assert_allclose(found["estimate"], expected["estimate"], rtol=1e-12)


def test_what_is_refused(births):
    with pytest.raises(bl.DesignError, match=r"'unheard'.*new_levels='reference', 'average' or"):
        births.predict(ROWS)
    with pytest.raises(bl.DesignError, match="new_levels='averge' is not known.*'average'"):
        births.predict(ROWS, new_levels="averge")
    with pytest.raises(bl.DesignError, match="from the prior of 'race.T.other.', which is flat"):
        births.predict(ROWS, new_levels="prior")
    with pytest.raises(bl.MethodRefused, match="a coefficient drawn from its prior needs many"):
        bl.logistic("low ~ race", BIRTHS).fit("map").predict(ROWS, new_levels="prior")
    grouped = bl.logistic("low ~ race + (1 + race | visits)", BIRTHS).fit("map")
    with pytest.raises(bl.DesignError, match="'race', 'unheard', whose effects also differ"):
        grouped.predict(ROWS.assign(visits=1), new_levels="reference")
    # Where all levels are known, nothing is stated.
    assert "note" not in births.predict(BIRTHS, new_levels="average").attrs


@pytest.mark.parametrize("policy", ["reference", "average"])
def test_cases_have_one_answer_however_they_are_written(policy):
    table = pd.DataFrame({"g": list("aaabbbc"), "x": [0.0, 1, 2, 0, 1, 2, 1]})
    table["y"], table["w"] = [0, 1, 1, 0, 0, 1, 1], [5, 2, 3, 7, 1, 4, 9]
    table["k"] = table["y"] * table["w"]
    long = table.loc[np.repeat(table.index, table["w"])].reset_index(drop=True)
    idle = pd.concat([table, table.assign(w=0)], ignore_index=True)
    priors = {"Intercept": bl.Normal(0, 2), "slopes": bl.Normal(0, 1)}
    models = [
        bl.logistic("y ~ g * x", long, priors=priors),
        bl.logistic("y ~ g * x", long.sample(frac=1, random_state=1), priors=priors),
        bl.logistic("y ~ g * x", table, weights="w", priors=priors),
        bl.logistic("y ~ g * x", idle, weights="w", priors=priors),
        bl.binomial("k ~ g * x", table, trials="w", priors=priors),
    ]
    new = pd.DataFrame({"g": ["never", "b"], "x": [1.0, 1.0]})
    first, *others = [
        model.fit("map").predict(new, new_levels=policy)["estimate"].to_numpy() for model in models
    ]
    for other in others:
        np.testing.assert_allclose(other, first, rtol=1e-9)
