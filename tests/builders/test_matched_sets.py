"""Conditional logistic regression: matched sets against R's clogit, and what they answer."""

from __future__ import annotations

import json
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import bayeslogit as bl
from tests.contracts.verbs import FIT
from tests.differences import derivative
from tests.helpers import REFERENCES

R = json.loads((REFERENCES / "matched.json").read_text(encoding="utf-8"))
INFERT = pd.DataFrame(bl.load_dataset("infert")).assign(pooled=R["data"]["pooled"])
EYES = pd.DataFrame(R["data"]["retinopathy"])
FORMULA = "case ~ spontaneous + induced"
JUVENILE = "C(type, reference='juvenile')"


def occupations() -> pd.DataFrame:
    """Return a row for each occupation that a man may have, his own being the case."""
    men = pd.DataFrame(R["data"]["logan"])
    levels = ["farm", "operatives", "craftsmen", "sales", "professional"]
    parts = [men.assign(man=np.arange(len(men)), own=level) for level in levels]
    long = pd.concat(parts, ignore_index=True)
    long["case"] = (long["occupation"] == long["own"]).astype(int)
    for level in levels[:4]:
        long[f"school_{level}"] = (long["own"] == level) * long["education"]
    return long


LOGAN = "C(own, levels=['farm', 'operatives', 'craftsmen', 'sales', 'professional'])"
MODELS: dict[str, tuple[str, pd.DataFrame, dict[str, Any]]] = {
    "infert": (FORMULA, INFERT, {"strata": "stratum"}),
    "pooled": (FORMULA, INFERT, {"strata": "pooled"}),
    "offset": ("case ~ spontaneous + offset(0.5 * induced)", INFERT, {"strata": "pooled"}),
    "eyes": ("status ~ trt + risk", EYES, {"strata": "id"}),
    "risks": (f"status ~ trt + age + {JUVENILE}", EYES, {"strata": "risk"}),
    "logan": (
        f"case ~ {LOGAN} + school_farm + school_operatives + school_craftsmen + school_sales",
        occupations(),
        {"strata": "man"},
    ),
}


def model_of(name: str, **options: Any) -> bl.Model:
    formula, data, given = MODELS[name]
    return bl.logistic(formula, data, **(given | options))


@pytest.fixture(scope="module")
def fit() -> bl.Fit:
    return model_of("infert").fit(random_seed=1)


@pytest.mark.parametrize("name", MODELS)
def test_flat_priors_give_the_figures_of_clogit(name: str) -> None:
    model = model_of(name, priors="flat")
    found, expected = model.fit("map"), R[name]
    table = found.summary()
    # R stops one step after the last that it needs.
    se = np.atleast_1d(expected["se"])
    off = (table["mode"].to_numpy() - np.atleast_1d(expected["estimate"])) / se
    np.testing.assert_allclose(off, 0.0, atol=1e-9)
    np.testing.assert_allclose(table["curvature_sd"], se, rtol=1e-9)
    log_likelihood = float(model.likelihood.value(found.theta)[0])
    assert log_likelihood == pytest.approx(expected["log_likelihood"], rel=1e-12)


def test_the_digits_of_the_manual() -> None:
    table = model_of("infert", priors="flat").fit("map").summary()
    np.testing.assert_allclose(table["mode"], [1.9858755, 1.4090116], atol=5e-8)
    np.testing.assert_allclose(table["curvature_sd"], [0.3524435, 0.3607124], atol=5e-8)


@pytest.mark.parametrize("name", ["pooled", "risks"])
def test_derivatives_equal_differences(name: str) -> None:
    density = model_of(name, weights=None).density
    theta = np.random.default_rng(2).normal(0.0, 0.3, (density.size, 3))
    value, gradient = density.value_and_gradient(theta)
    np.testing.assert_allclose(value, density.value(theta), rtol=1e-13)
    at = theta[:, :1]
    precision = density.precision(at[:, 0])
    for j in range(density.size):
        direction = np.zeros_like(at)
        direction[j] = 1.0
        slope = derivative(density.value, at, direction)
        np.testing.assert_allclose(gradient[j, :1], slope, rtol=1e-7, atol=1e-6)
        bend = -derivative(lambda t: density.value_and_gradient(t)[1], at, direction)[:, 0]
        np.testing.assert_allclose(precision[j], bend, rtol=1e-6, atol=1e-5)


def test_the_likelihood_is_that_of_all_ways_to_choose_the_cases() -> None:
    model = model_of("pooled", weights=np.full(248, 1.5))
    theta = np.array([[0.7, -0.4], [-1.1, 2.0]])
    rows, sets, y = model.likelihood, model.response.sets, model.response.y
    assert sets is not None
    expected = np.zeros((len(sets.labels), 2))
    for k in range(len(sets.labels)):
        own = np.flatnonzero(sets.codes == k)
        eta = rows.X[own] @ theta
        ways = combinations(range(len(own)), int(y[own].sum()))
        every = np.stack([eta[list(way)].sum(axis=0) for way in ways])
        expected[k] = 1.5 * (eta[y[own] == 1].sum(axis=0) - np.logaddexp.reduce(every))
    np.testing.assert_allclose(rows.pointwise(theta), expected, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(rows.value(theta), expected.sum(axis=0), rtol=1e-12)


@pytest.mark.parametrize("name", ["infert", "pooled"])
def test_auto_is_exact_on_a_grid(name: str) -> None:
    model = model_of(name, priors=bl.StudentT(4, 0, 1))
    found = model.fit(random_seed=3)
    assert found.exact
    axes = [np.linspace(-1.0, 5.0, 241)] * 2
    grid = np.stack([axis.ravel() for axis in np.meshgrid(*axes, indexing="ij")])
    logs = model.density.value(grid)
    mass = np.exp(logs - logs.max())
    mass /= mass.sum()
    mean = grid @ mass
    sd = np.sqrt((grid - mean[:, None]) ** 2 @ mass)
    table = found.summary()
    off = (table["mean"].to_numpy() - mean) / table["mcse_mean"].to_numpy()
    assert np.abs(off).max() < 4.0
    np.testing.assert_allclose(table["sd"], sd, rtol=0.06)


@pytest.mark.parametrize("name", ["infert", "pooled"])
def test_posteriors_are_those_of_stan_clogit(name: str) -> None:
    path = REFERENCES / "matched_posteriors.json"
    theirs = {k: np.array(v) for k, v in json.loads(path.read_text(encoding="utf-8"))[name].items()}
    assert theirs["rhat"].max() < 1.01
    found = model_of(name, priors=bl.Normal(0, 1.5)).fit("quadrature", draws=10_000, random_seed=1)
    table = found.summary()
    error = np.hypot(theirs["mcse"], table["mcse_mean"])
    assert (np.abs(table["mean"] - theirs["mean"]) < 4.0 * error).all()
    # A standard deviation of so many independent draws.
    error = np.hypot(theirs["mcse"] / np.sqrt(2.0), table["mcse_sd"])
    assert (np.abs(table["sd"] - theirs["sd"]) < 4.0 * error).all()


def test_arrays_and_a_table_without_a_formula_say_the_same() -> None:
    expected = model_of("infert").fit("map").theta
    X, y = INFERT[["spontaneous", "induced"]], INFERT["case"]
    arrays = bl.logistic(X.to_numpy(float), y.to_numpy(), strata=INFERT["stratum"].to_numpy())
    frame = bl.logistic(X.assign(set=INFERT["stratum"]), y, strata="set")
    text = bl.logistic(FORMULA, INFERT, strata=[f"set {k}" for k in INFERT["stratum"]])
    bare = bl.logistic(X.to_numpy(float), y.to_numpy(), strata=INFERT["stratum"], intercept=False)
    for model in (arrays, frame, text, bare):
        np.testing.assert_allclose(model.fit("map").theta, expected, rtol=1e-9)
    assert arrays.layout.names == ("x0", "x1")
    assert bare.layout.names == ("x0", "x1")


def test_rows_may_come_in_any_order() -> None:
    order = np.random.default_rng(0).permutation(len(INFERT))
    shuffled = bl.logistic(FORMULA, INFERT.iloc[order], strata="stratum")
    theta = np.array([[0.3], [1.0]])
    expected = model_of("infert").density.value(theta)
    np.testing.assert_allclose(shuffled.density.value(theta), expected, rtol=1e-12)


def test_sets_that_say_nothing_are_left_out_and_counted() -> None:
    more = pd.DataFrame(
        {
            "case": [0, 0, 1, 1, 1],
            "spontaneous": [0, 1, 2, 0, 1],
            "induced": 0,
            "stratum": [901, 901, 902, 902, 903],
        }
    )
    model = bl.logistic(FORMULA, pd.concat([INFERT, more]), strata="stratum")
    theta = np.array([[1.0], [0.5]])
    rows = model_of("infert").likelihood.value(theta)
    np.testing.assert_allclose(model.likelihood.value(theta), rows, rtol=1e-13)
    found = model.fit("map")
    (note,) = found.problems
    assert note.severity == "note"
    assert note.sentence == (
        "3 sets of 'stratum' (5 rows) have no case, or cases only, and were left out; a set "
        "whose outcomes are all alike says nothing about odds ratios"
    )
    assert "note        3 sets of 'stratum' (5 rows) have no case" in repr(model)
    assert model.dropped == 0
    assert len(model.rows) == 248
    assert "3 others (5 rows) were left out" in model.check()["sets"].sentence


def test_a_column_that_varies_in_few_sets_is_named() -> None:
    table = INFERT.assign(rare=(INFERT["stratum"] < 4) * INFERT["case"])
    found = bl.logistic("case ~ spontaneous + rare", table, strata="stratum").check()
    assert found["sets"].severity == "warning"
    assert "'rare' varies in fewer than 10 of them" in found["sets"].sentence
    assert found["sets"].details["sets_that_vary"].tolist()[1] == 3


def test_cases_are_compared_with_each_other_member() -> None:
    model = model_of("pooled", weights=np.full(248, 2.0))
    matched, sets, y = model.likelihood.matched, model.response.sets, model.response.y
    assert matched is not None
    assert sets is not None
    X = model.likelihood.X
    expected = [
        X[i] - X[j]
        for i in np.flatnonzero(y == 1)
        for j in np.flatnonzero((y == 0) & (sets.codes == sets.codes[i]))
    ]
    moves, counts = matched.comparisons()
    np.testing.assert_array_equal(np.unique(moves, axis=0), np.unique(expected, axis=0))
    assert moves.shape == (len(expected), 2)
    np.testing.assert_array_equal(counts, np.tile([0.0, 2.0], (len(moves), 1)))
    assert np.linalg.matrix_rank(matched.centred()) == np.linalg.matrix_rank(moves)


def test_more_comparisons_than_memory_takes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    matched = model_of("pooled").likelihood.matched
    assert matched is not None
    monkeypatch.setattr("bayeslogit.runtime.memory.available", lambda: 1.0)
    with pytest.raises(
        bl.FitFailed, match=r"[0-9]+ comparisons of cases with others of their sets"
    ):
        matched.comparisons()


def test_a_column_that_follows_from_others_within_sets_is_named() -> None:
    # Within a set age is the same, so that the second is twice the first.
    table = INFERT.assign(mixed=2 * INFERT["induced"] + INFERT["age"])
    model = bl.logistic("case ~ induced + mixed", table, strata="stratum")
    with pytest.raises(bl.DesignError, match="'induced', 'mixed' are collinear"):
        model.classical()
    found = model.check()
    assert "'induced', 'mixed' are exactly collinear" in found["collinearity"].sentence
    assert found["separation"].severity == "ok"


def test_pairs_are_a_logistic_regression_of_differences() -> None:
    rng = np.random.default_rng(6)
    pairs = 21_000  # so many that the search for the mode may start from a part of the rows
    X = rng.standard_normal((pairs, 2, 2)) + rng.standard_normal((pairs, 1, 1))
    case = rng.integers(0, 2, pairs)
    y = np.stack([1 - case, case], axis=1)
    strata = np.repeat(np.arange(pairs), 2)
    sets = bl.logistic(X.reshape(-1, 2), y.ravel(), strata=strata, priors="flat").fit("map")
    # Told as the second less the first, which is the case or not.
    plain = bl.logistic(X[:, 1] - X[:, 0], case, intercept=False, priors="flat").fit("map")
    np.testing.assert_allclose(sets.theta, plain.theta, rtol=1e-9)
    height = plain.model.likelihood.value(plain.theta)
    np.testing.assert_allclose(sets.model.likelihood.value(sets.theta), height, rtol=1e-12)


def test_sets_of_weight_zero_are_not_there() -> None:
    weights = np.where(INFERT["stratum"] == 7, 0.0, 1.0)
    model = model_of("infert", weights=weights)
    rest = bl.logistic(FORMULA, INFERT[INFERT["stratum"] != 7], strata="stratum")
    theta = np.array([[0.3], [1.0]])
    np.testing.assert_allclose(model.density.value(theta), rest.density.value(theta), rtol=1e-12)
    assert model.response.sets.silent == (1, 3)
    one = bl.logistic("y ~ x", {"y": [1, 0, 1], "x": [1, 2, 0], "s": [1, 1, 2]}, strata="s")
    assert "of y = 1 within 1 set (1 left out)" in repr(one)
    assert "1 set of 's' (1 row) has no case, or cases only, and was left out" in repr(one)


def test_weights_of_a_set_are_copies_of_it() -> None:
    weights = 1.0 + (INFERT["stratum"] % 3)
    copies = [
        INFERT.assign(stratum=INFERT["stratum"] + 1000 * k)[(weights > k).to_numpy()]
        for k in range(3)
    ]
    theta = np.array([[0.3, 1.0], [1.0, -2.0]])
    written = bl.logistic(FORMULA, pd.concat(copies), strata="stratum").likelihood
    weighted = model_of("infert", weights=weights.to_numpy())
    found = weighted.likelihood.value(theta)
    np.testing.assert_allclose(found, written.value(theta), rtol=1e-12)
    assert "weights multiply each set's log-likelihood" in repr(weighted)


def test_missing_labels_are_refused_or_left_out() -> None:
    table = INFERT.assign(stratum=INFERT["stratum"].where(INFERT.index != 5))
    with pytest.raises(bl.DesignError, match="'stratum'.*missing"):
        bl.logistic(FORMULA, table, strata="stratum")
    for strata in ("stratum", table["stratum"].to_numpy()):
        model = bl.logistic(FORMULA, table, strata=strata, missing="drop")
        # Row 5 was the case of its set, of which nothing is left.
        assert model.dropped == 1
        assert len(model.response.sets.labels) == 82
        assert model.response.sets.silent == (1, 2)
    with pytest.raises(bl.ResponseError, match=r"strata \(strata=\) is missing in 1 of 248 rows"):
        bl.logistic(FORMULA, INFERT, strata=table["stratum"].to_numpy())


REFUSED = {
    "link": (lambda: model_of("infert", link="probit"), "link='probit' is given with strata="),
    "sampling": (lambda: model_of("infert", case_control=True), "it does not matter how they were"),
    "groups": (
        lambda: bl.logistic(np.eye(2), [0, 1], strata=[1, 1], groups={"g": [1, 2]}),
        "groups= is given with strata=; expected one of the two",
    ),
    "group terms": (
        lambda: bl.logistic(f"{FORMULA} + (1 | age)", INFERT, strata="stratum"),
        r"\(1 \| age\) is given with strata=",
    ),
    "constant": (
        lambda: bl.logistic(f"{FORMULA} + age + C(parity)", INFERT, strata="stratum"),
        "'age', 'parity' has the same value in all rows of each set of 'stratum'",
    ),
    "nothing": (
        lambda: bl.logistic("case ~ 1", INFERT, strata="stratum"),
        "strata= is given without a predictor",
    ),
    "no set speaks": (
        lambda: bl.logistic(FORMULA, INFERT, strata=np.arange(248)),
        "none of the 248 sets of strata .* has both a case and another member",
    ),
    "length": (
        lambda: bl.logistic(FORMULA, INFERT, strata=[1, 2, 3]),
        r"strata has the shape \(3,\); \(248,\)",
    ),
    "column": (
        lambda: bl.logistic(FORMULA, INFERT, strata="strat"),
        "strat.*Did you mean 'stratum'",
    ),
    "outcome": (lambda: bl.logistic(FORMULA, INFERT, strata="case"), "is the outcome and strata="),
    "weights": (
        lambda: model_of("infert", weights=np.arange(1.0, 249.0)),
        "weights differ within '1', '2', '3' of stratum",
    ),
    "curves": (
        lambda: bl.logistic("status ~ trt + s(age)", EYES, strata="risk"),
        "is learned and strata= is given",
    ),
    "horseshoe": (
        lambda: model_of("infert", priors=bl.Horseshoe()),
        "is learned and strata= is given",
    ),
    "probabilities": (
        lambda: model_of("infert", priors=[bl.probability({"induced": 1}, between=(0.1, 0.5))]),
        "is about a risk, and with strata= the levels of sets are conditioned away",
    ),
    "cost": (
        lambda: bl.logistic(
            np.arange(20_000.0)[:, None], np.arange(20_000) % 2, strata=np.zeros(20_000)
        ),
        "take 200,000,000 steps for each value of the exact likelihood.*20,000 rows and 10,000",
    ),
    "intercept": (
        lambda: model_of("infert", priors={"Intercept": bl.Normal(0, 1)}),
        "Intercept",
    ),
    "separated": (
        lambda: bl.logistic(
            "y ~ x", {"y": [1, 0, 1, 0], "x": [2, 1, 4, 3], "s": [1, 1, 2, 2]}, strata="s",
            priors="flat",
        ).fit(),
        "completely separated",
    ),
    "collinear": (
        lambda: bl.logistic("case ~ induced + I(2 * induced + age)", INFERT, strata="stratum",
            priors="flat").fit(),
        "collinear",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_asked_is_refused_with_a_reason(name: str) -> None:
    ask, match = REFUSED[name]
    with pytest.raises(bl.BayesLogitError, match=match):
        ask()


def test_a_table_that_is_not_in_memory_is_refused(tmp_path: Any) -> None:
    path = tmp_path / "infert.parquet"
    INFERT.to_parquet(path)
    with pytest.raises(bl.DesignError, match="the data are not in memory"):
        bl.logistic(FORMULA, path, strata="stratum")


def test_beliefs_about_odds_ratios_are_a_prior() -> None:
    stated = [bl.odds_ratio("spontaneous", between=(1.0, 4.0), prob=0.9)]
    model = model_of("infert", priors=stated)
    drawn = np.exp(model.prior.sample(np.random.default_rng(1), 20_000)[0])
    assert np.mean((drawn > 1.0) & (drawn < 4.0)) == pytest.approx(0.9, abs=0.01)


# What has a meaning without the levels of sets; all else is refused.
ANSWERED = {
    *("check", "classical", "diagnostics", "idata", "in_words", "kfold", "loo", "movement"),
    *("plot_forest", "plot_influence", "plot_movement", "plot_prior", "refine", "summary", "table"),
    "to_dict",
}
# What needs arguments of its own: below.
ASKED_APART = {"report", "update", "save", "cost_curve", "plot_costs"}


def test_every_verb_is_one_of_a_fit() -> None:
    assert set(FIT) >= ANSWERED | ASKED_APART


@pytest.mark.parametrize("verb", sorted(set(FIT) - ASKED_APART))
def test_a_verb_answers_about_odds_ratios_or_says_why_not(fit: bl.Fit, verb: str) -> None:
    if verb in ANSWERED:
        assert FIT[verb](fit, "spontaneous") is not None
        return
    with pytest.raises(bl.BayesLogitError) as refused:
        FIT[verb](fit, "spontaneous")
    if verb not in ("plot_simplex", "with_prevalence"):
        assert "need the level of each set, which strata= conditions away" in str(refused.value)


def test_costs_updates_and_prevalence_are_refused(fit: bl.Fit) -> None:
    costs = {"false_positive": 1, "false_negative": 2}
    with pytest.raises(bl.MethodRefused, match="decisions by risks need the level of each set"):
        fit.cost_curve(costs)
    with pytest.raises(bl.MethodRefused, match="decisions by risks need the level of each set"):
        fit.plot_costs(costs)
    with pytest.raises(bl.MethodRefused, match="an update was asked of a model with strata="):
        fit.update(INFERT.head(3))
    with pytest.raises(bl.DesignError, match="no intercepts that it could correct"):
        fit.with_prevalence(0.1)
    with pytest.raises(bl.MethodRefused, match="residuals need the level of each set"):
        fit.classical().residuals()


def test_odds_ratios_in_words(fit: bl.Fit) -> None:
    lines = fit.in_words().splitlines()
    assert lines[0] == (
        "Spontaneous: the odds of case = 1 multiply by 7.4 (89 % interval 4.4 to 14) per unit, "
        "within a set"
    )
    ratio = fit.summary("odds_ratio")["median"].to_numpy()
    table = fit.comparisons(comparison="odds_ratio", newdata="mean")
    np.testing.assert_allclose(table["estimate"], ratio, rtol=1e-9)


def test_outcomes_are_drawn_within_the_fitted_sets(fit: bl.Fit) -> None:
    drawn = fit.predict(kind="outcome", draws=True, random_seed=1)
    assert isinstance(drawn, xr.DataArray)
    assert drawn.shape == (4, 1000, 248)
    sets = fit.model.response.sets
    assert sets is not None
    per_set = np.zeros((83, 4000))
    np.add.at(per_set, sets.codes, drawn.values.reshape(-1, 248).T)
    assert (per_set == 1.0).all()
    # A woman's share is her odds over those of her set, on average over draws.
    odds = np.exp(fit.model.likelihood.X @ fit.theta)
    total = np.zeros((83, 4000))
    np.add.at(total, sets.codes, odds)
    share = (odds / total[sets.codes]).mean(axis=1)
    np.testing.assert_allclose(drawn.mean(("chain", "draw")), share, atol=0.04)
    prior = fit.model.prior_predictive(300, random_seed=1)["prior_predictive"]["y"].values[0]
    np.testing.assert_array_equal(prior.sum(axis=1), np.full(300, 83))
    with pytest.raises(
        bl.MethodRefused, match="outcomes of matched sets are drawn within the sets"
    ):
        fit.predict({"spontaneous": [1], "induced": [0]}, kind="outcome")
    with pytest.raises(bl.MethodRefused, match="predicted risks need the level of each set"):
        fit.predict({"spontaneous": [1], "induced": [0]})


def test_a_set_is_what_is_left_out(fit: bl.Fit) -> None:
    found = fit.loo()
    assert (found.unit, found.n_data_points, found.labels.name) == ("set", 83, "stratum")
    # Independent: the exact posterior without one set, by fitting again.
    rest = INFERT[INFERT["stratum"] != 7]
    again = bl.logistic(FORMULA, rest, strata="stratum", priors=fit.model.prior.single(0))
    without = bl.logistic(
        FORMULA,
        rest,
        strata="stratum",
        priors={n: fit.model.prior.single(i) for i, n in enumerate(fit.model.layout.names)},
    ).fit(random_seed=2)
    assert again.layout.names == fit.model.layout.names
    own = INFERT[INFERT["stratum"] == 7]
    eta = own[["spontaneous", "induced"]].to_numpy() @ without.theta
    p = np.exp(eta[own["case"].to_numpy() == 1][0]) / np.exp(eta).sum(axis=0)
    assert found.elpd_i.loc["7"] == pytest.approx(np.log(p.mean()), abs=0.02)
    folds = fit.kfold(5, progressbar=False)
    assert (folds.unit, folds.n_data_points, folds.labels.name) == ("set", 83, "stratum")
    assert folds.elpd == pytest.approx(found.elpd, abs=3.0)
    group = fit.idata["log_likelihood"]["y"]
    assert group.dims == ("chain", "draw", "set")
    assert group.sizes["set"] == 83


def test_sets_are_compared_with_the_same_sets(fit: bl.Fit) -> None:
    smaller = bl.logistic("case ~ induced", INFERT, strata="stratum").fit(random_seed=1)
    found = bl.compare({"both": fit, "one": smaller})
    assert found.table.index.tolist() == ["both", "one"]
    assert found.elpds["one"].unit == "set"
    by_folds = bl.compare({"both": fit, "one": smaller}, folds=3, progressbar=False)
    assert by_folds.elpds["one"].labels.tolist() == found.elpds["one"].labels.tolist()
    coarse = model_of("pooled").fit(random_seed=1)
    plain = bl.logistic(FORMULA, INFERT).fit(random_seed=1)
    for other in (coarse, plain):
        with pytest.raises(bl.DesignError, match="have different matched sets"):
            bl.compare({"a": fit, "b": other})
        with pytest.raises(bl.DesignError, match="different matched sets|nested"):
            fit.classical().against(other.model.classical())
    with pytest.raises(bl.DesignError, match="unit='case' was given for matched sets"):
        fit.loo(unit="case")
    with pytest.raises(bl.DesignError, match="are in different folds"):
        fit.kfold(np.arange(248) % 2)


def test_maximum_likelihood_beside_the_posterior(fit: bl.Fit) -> None:
    found = fit.classical()
    expected = R["infert"]
    np.testing.assert_allclose(found.coefficients["estimate"], expected["estimate"], rtol=1e-9)
    np.testing.assert_allclose(found.coefficients["se"], expected["se"], rtol=1e-9)
    statistics = found.statistics["value"]
    # One case of three, or of two, whoever she is.
    size = INFERT.groupby("stratum").size()
    null = -float(np.log(size).sum())
    assert statistics["null_log_likelihood"] == pytest.approx(null, rel=1e-12)
    assert statistics["observations"] == 83
    # A profile interval ends where the likelihood, maximised over the other, falls by 1.92.
    low = found.coefficients["profile95_lb"].iloc[0]
    held = bl.logistic(
        "case ~ induced", INFERT, strata="stratum", priors="flat",
        offset=(low * INFERT["spontaneous"]).to_numpy(),
    )  # fmt: skip
    fall = expected["log_likelihood"] - held.classical().log_likelihood
    assert 2.0 * fall == pytest.approx(3.841458820694124, rel=1e-8)


def test_copies_and_files_are_the_same_fit(fit: bl.Fit, tmp_path: Any) -> None:
    import pickle

    for other in (pickle.loads(pickle.dumps(fit)), bl.load(fit.save(tmp_path / "sets.nc"))):
        assert repr(other.model) == repr(fit.model)
        pd.testing.assert_frame_equal(other.summary(), fit.summary(), check_exact=True)
        assert other.loo().elpd == fit.loo().elpd
        xr.testing.assert_identical(other.idata["log_likelihood"], fit.idata["log_likelihood"])


def test_a_report_says_why_parts_are_missing(fit: bl.Fit, tmp_path: Any) -> None:
    page = fit.report(tmp_path / "sets.html", progressbar=False).read_text(encoding="utf-8")
    assert "within a set" in page
    assert "need the level of each set" in page


def test_methods_that_go_by_rows_are_refused() -> None:
    model = model_of("infert")
    for method in ("ep", "variational"):
        with pytest.raises(bl.MethodRefused, match="the cases of a matched set depend on one anot"):
            model.fit(method)
    with pytest.raises(bl.MethodRefused, match="found the conditional family.*'quadrature'"):
        model.fit("gibbs")
    expected = model.fit("quadrature", random_seed=1).summary()["mean"]
    for method in ("hmc", "independence", "laplace"):
        found = model.fit(method, random_seed=1, progressbar=False).summary()["mean"]
        np.testing.assert_allclose(found, expected, atol=0.07)


def test_calibration_of_the_model_itself() -> None:
    found = model_of("pooled", priors=bl.Normal(0, 1)).calibrate(50, random_seed=1)
    assert found["in_band"].all()


def test_predictors_and_sets_may_bear_the_names_of_answers() -> None:
    names = {"spontaneous": "mean", "induced": "estimate", "stratum": "row"}
    named = bl.logistic("case ~ mean + estimate", INFERT.rename(columns=names), strata="row")
    found = named.fit("map").summary()
    plain = bl.logistic(FORMULA, INFERT, strata="stratum").fit("map").summary()
    assert found.index.tolist() == ["mean", "estimate"]
    np.testing.assert_allclose(found["mode"], plain["mode"], rtol=1e-12)
