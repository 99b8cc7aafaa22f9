"""Choices among alternatives: against R's clogit and mlogit, and what they answer."""

from __future__ import annotations

import json
import pickle
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import bayeslogit as bl
from bayeslogit.pymc_twin.model import log_posterior
from tests.contracts.verbs import FIT
from tests.differences import derivative
from tests.helpers import REFERENCES

R = json.loads((REFERENCES / "choices.json").read_text(encoding="utf-8"))
TRAVEL = pd.DataFrame(bl.load_dataset("travel"))
HEATING = pd.read_csv(REFERENCES / "choices_heating.csv.gz")
TRAIN = pd.read_csv(REFERENCES / "choices_train.csv.gz")
FEWER = TRAVEL[~((TRAVEL["mode"] == "bus") & (TRAVEL["chosen"] == 0) & (TRAVEL["trip"] % 3 == 0))]
FORMULA = "chosen ~ general_cost + wait | income"
SYSTEMS = ["ec", "er", "gc", "gr", "hp"]


def trains() -> pd.DataFrame:
    """Return trips with prices in euros and times in hours, as mlogit has them."""
    table = TRAIN.assign(choice=TRAIN["choice"].str.removeprefix("choice"))
    for k in "12":
        table[f"price{k}"] = table[f"price{k}"] / 100 * 2.20371
        table[f"time{k}"] = table[f"time{k}"] / 60
    return table


def travel(data: Any = TRAVEL, formula: str = FORMULA, **options: Any) -> bl.Model:
    named = {"alternatives": "mode", "case": "trip", "reference": "car"} | options
    return bl.choice(formula, data, **named)


def heating(formula: str, **options: Any) -> bl.Model:
    return bl.choice(formula, HEATING, alternatives=SYSTEMS, **options)


MODELS = {
    "travel": lambda **options: travel(**options),
    "fewer": lambda **options: travel(FEWER, **options),
    "heating": lambda **options: heating("depvar ~ ic + oc | 0", **options),
    "heating_income": lambda **options: heating("depvar ~ ic + oc | income", **options),
    "train": lambda **options: bl.choice(
        "choice ~ price + time + change + comfort | 0", trains(), alternatives=["1", "2"], **options
    ),
}


@pytest.fixture(scope="module")
def fit() -> bl.Fit:
    return travel().fit(random_seed=1)


@pytest.mark.parametrize("name", MODELS)
def test_flat_priors_give_the_figures_of_clogit(name: str) -> None:
    model = MODELS[name](priors="flat")
    found, expected = model.fit("map"), R[name]
    table = found.summary()
    off = (table["mode"].to_numpy() - expected["estimate"]) / np.array(expected["se"])
    np.testing.assert_allclose(off, 0.0, atol=1e-7)
    np.testing.assert_allclose(table["curvature_sd"], expected["se"], rtol=1e-7)
    log_likelihood = float(model.likelihood.value(found.theta)[0])
    assert log_likelihood == pytest.approx(expected["log_likelihood"], rel=1e-11)


@pytest.mark.parametrize("name", ["train", "heating"])
def test_the_digits_that_mlogit_prints(name: str) -> None:
    expected = R["mlogit"][name]
    found = MODELS[name](priors="flat").fit("map")
    table = found.summary()
    # It stops a step before the last that there is.
    off = (table["mode"] - expected["estimate"]) / expected["se"]
    np.testing.assert_allclose(off, 0.0, atol=3e-5)
    np.testing.assert_allclose(table["curvature_sd"], expected["se"], rtol=2e-5)
    value = float(found.model.likelihood.value(found.theta)[0])
    assert round(value, 1) == expected["log_likelihood"]


def test_case_effects_alone_are_a_multinomial_model() -> None:
    people = TRAVEL[TRAVEL["chosen"] == 1]
    for priors in (None, "flat", {"income": bl.Normal(0, 0.01), "Intercept": bl.Normal(0, 1)}):
        nominal = bl.multinomial("mode ~ income", people, reference="car", priors=priors)
        long = travel(formula="chosen ~ 1 | income", priors=priors)
        wide = bl.choice(
            "mode ~ 0 | income", people, alternatives=["car", "air", "bus", "train"], priors=priors
        )
        expected = nominal.fit("map").summary()
        for model in (long, wide):
            assert model.layout.names == nominal.layout.names
            found = model.fit("map").summary()
            np.testing.assert_allclose(found["mode"], expected["mode"], rtol=1e-9, atol=1e-12)
            np.testing.assert_allclose(found["curvature_sd"], expected["curvature_sd"], rtol=1e-9)
            theta = np.random.default_rng(1).normal(0, 0.1, (6, 4))
            np.testing.assert_allclose(
                model.density.value(theta), nominal.density.value(theta), rtol=1e-10
            )
    # Sets that are of one size are in the same order, so that the draws are the same too.
    one = nominal.fit("laplace", random_seed=3).theta
    np.testing.assert_allclose(long.fit("laplace", random_seed=3).theta, one, rtol=1e-6, atol=1e-8)


def test_the_likelihood_is_that_of_each_choice() -> None:
    model = travel(FEWER, weights="size")
    theta = np.random.default_rng(2).normal(0, 0.02, (8, 2))
    beta = dict(zip(model.layout.names, theta, strict=True))
    expected = np.zeros(2)
    for _, own in FEWER.groupby("trip"):
        utility = np.stack(
            [
                row.general_cost * beta["general_cost"]
                + row.wait * beta["wait"]
                + (0.0 if row.mode == "car" else beta[f"{row.mode}: Intercept"])
                + (0.0 if row.mode == "car" else row.income * beta[f"{row.mode}: income"])
                for row in own.itertuples()
            ]
        )
        chosen = own["chosen"].to_numpy() == 1
        expected += own["size"].iloc[0] * (
            utility[chosen][0] - np.logaddexp.reduce(utility, axis=0)
        )
    np.testing.assert_allclose(model.likelihood.value(theta), expected, rtol=1e-12)
    density = model.density
    value, gradient = density.value_and_gradient(theta)
    for j in range(8):
        direction = np.zeros((8, 2))
        direction[j] = 1e-3
        slope = derivative(density.value, theta, direction)
        np.testing.assert_allclose(1e-3 * gradient[j], slope, rtol=1e-6, atol=1e-6)
    assert value.shape == (2,)


@pytest.mark.parametrize("name", ["travel", "fewer", "train"])
def test_pymc_has_the_same_log_density(name: str) -> None:
    model = MODELS[name]()
    theta = np.random.default_rng(3).normal(0, 0.1, (len(model.layout.names), 4))
    found = log_posterior(model.pymc, model.layout, model.prior)(theta)
    np.testing.assert_allclose(found, model.density.value(theta), rtol=1e-11, atol=1e-9)
    weighted = travel(weights="size", priors=bl.GaussianPrior(np.zeros(8), np.eye(8)))
    theta = np.random.default_rng(3).normal(0, 0.1, (8, 2))
    found = log_posterior(weighted.pymc, weighted.layout, weighted.prior)(theta)
    np.testing.assert_allclose(found, weighted.density.value(theta), rtol=1e-11, atol=1e-9)


def test_exact_methods_agree() -> None:
    model = travel(priors=bl.StudentT(4, 0, 0.5))
    expected = model.fit("auto", draws=2000, random_seed=1).summary()
    for method in ("hmc", "independence", "nuts"):
        found = model.fit(method, draws=500, chains=2, random_seed=2, progressbar=False).summary()
        error = np.hypot(found["mcse_mean"], expected["mcse_mean"])
        assert (np.abs(found["mean"] - expected["mean"]) < 5.0 * error).all()
    own = travel()
    close, expected = (own.fit(m, random_seed=1).summary() for m in ("laplace", "auto"))
    assert (np.abs(close["mean"] - expected["mean"]) < 0.3 * expected["sd"]).all()


def test_methods_that_go_by_rows_are_refused() -> None:
    for method in ("ep", "variational", "gibbs"):
        with pytest.raises(bl.MethodRefused):
            travel().fit(method)


def test_rows_may_come_in_any_order_and_choices_in_any_form() -> None:
    theta = np.random.default_rng(2).normal(0, 0.02, (8, 2))
    expected = travel().density.value(theta)
    shuffled = TRAVEL.sample(frac=1.0, random_state=1)
    named = TRAVEL.merge(
        TRAVEL[TRAVEL["chosen"] == 1][["trip", "mode"]].rename(columns={"mode": "what"}), on="trip"
    )
    forms: list[tuple[Any, str]] = [
        (shuffled, FORMULA),
        (TRAVEL.assign(chosen=TRAVEL["chosen"] == 1), FORMULA),
        (TRAVEL.assign(chosen=np.where(TRAVEL["chosen"] == 1, "yes", "no")), FORMULA),
        (named, FORMULA.replace("chosen", "what")),
    ]
    for data, formula in forms:
        found = travel(data, formula).density.value(theta)
        np.testing.assert_allclose(found, expected, rtol=1e-12)
    wide = TRAVEL.pivot(index="trip", columns="mode", values=["general_cost", "wait"])
    for join in ("_", ".", ":"):
        table = wide.copy()
        table.columns = [f"{name}{join}{mode}" for name, mode in wide.columns]
        table["what"] = TRAVEL[TRAVEL["chosen"] == 1].set_index("trip")["mode"]
        table["income"] = TRAVEL.groupby("trip")["income"].first()
        model = bl.choice(
            FORMULA.replace("chosen", "what"), table, alternatives=["car", "air", "bus", "train"]
        )
        np.testing.assert_allclose(model.density.value(theta), expected, rtol=1e-12)


def test_new_cases_of_a_wide_table_may_be_wide() -> None:
    found = heating("depvar ~ ic + oc | income").fit("map")
    table = found.predict(HEATING.head(3).drop(columns="depvar"))
    np.testing.assert_allclose(table["estimate"], found.predict()["estimate"].iloc[:15], rtol=1e-12)
    assert table["alternative"].tolist()[:5] == SYSTEMS


def test_what_was_not_available_is_not_in_the_set() -> None:
    had = ~TRAVEL.index.isin(TRAVEL.index.difference(FEWER.index))
    expected = travel(FEWER).fit("map").theta
    found = travel(TRAVEL.assign(there=had.astype(int)), available="there").fit("map").theta
    np.testing.assert_allclose(found, expected, rtol=1e-9)
    alone = pd.concat(
        [TRAVEL, pd.DataFrame({"trip": [900], "mode": "car", "chosen": 1, "general_cost": 3,
                               "wait": 0, "income": 9})]
    )  # fmt: skip
    model = travel(alone)
    assert model.response.sets is not None
    assert model.response.sets.silent == (1, 1)
    assert "1 of the cases of 'trip' (1 row) had one alternative, or the weight 0" in repr(model)
    # In a wide table, where what could not be chosen may have no price.
    table = TRAVEL.pivot(index="trip", columns="mode", values=["general_cost", "wait"])
    table.columns = [f"{name}_{mode}" for name, mode in table.columns]
    table["what"] = TRAVEL[TRAVEL["chosen"] == 1].set_index("trip")["mode"]
    table["income"] = TRAVEL.groupby("trip")["income"].first()
    lost = (table["what"] != "bus") & (table.index % 3 == 0)
    for mode in ("air", "bus", "car", "train"):
        table[f"av_{mode}"] = np.where(lost & (mode == "bus"), 0, 1)
    table.loc[lost, ["general_cost_bus", "wait_bus"]] = np.nan
    wide = bl.choice(
        FORMULA.replace("chosen", "what"), table, available="av",
        alternatives=["car", "air", "bus", "train"],
    )  # fmt: skip
    np.testing.assert_allclose(wide.fit("map").theta, expected, rtol=1e-9)


def test_an_effect_that_differs_by_alternative() -> None:
    model = travel(formula="chosen ~ wait + mode:cost | income", priors="flat")
    assert model.layout.names[:5] == (
        "wait", "mode[air]:cost", "mode[bus]:cost", "mode[car]:cost", "mode[train]:cost"
    )  # fmt: skip
    own = TRAVEL.copy()
    for mode in ("air", "bus", "car", "train"):
        own[f"cost_{mode}"] = own["cost"] * (own["mode"] == mode)
    apart = travel(
        own, "chosen ~ wait + cost_air + cost_bus + cost_car + cost_train | income", priors="flat"
    )
    np.testing.assert_allclose(model.fit("map").theta, apart.fit("map").theta, rtol=1e-8)


def test_counts_are_choices_made_that_often() -> None:
    market = pd.DataFrame(
        {
            "week": np.repeat(range(4), 3),
            "brand": ["a", "b", "c"] * 4,
            "price": [1.0, 2, 3, 2, 2, 1, 3, 1, 2, 2, 3, 1],
            "sold": [5, 3, 0, 4, 2, 9, 1, 8, 2, 0, 1, 6],
        }
    )
    model = bl.choice("~ price", market, counts="sold", alternatives="brand", case="week")
    people = []
    for week, own in market.groupby("week"):
        for brand, number in zip(own["brand"], own["sold"], strict=True):
            chosen = (own["brand"] == brand) * 1
            people += [own.assign(person=f"{week}{brand}{k}", chosen=chosen) for k in range(number)]
    single = bl.choice("chosen ~ price", pd.concat(people), alternatives="brand", case="person")
    theta = np.random.default_rng(4).normal(0, 1, (3, 3))
    np.testing.assert_allclose(model.density.value(theta), single.density.value(theta), rtol=1e-12)
    assert float(model.counts[:, 1].sum()) == 41.0


def test_ranks_are_choices_among_what_is_left() -> None:
    rng = np.random.default_rng(5)
    table = pd.DataFrame({"case": np.repeat(range(30), 4), "what": list("abcd") * 30})
    table["x"] = rng.normal(size=120)
    table["rank"] = np.concatenate([rng.permutation(4) + 1 for _ in range(30)])
    model = bl.choice("rank ~ x", table, alternatives="what", case="case", ranked=True)
    theta = rng.normal(0, 1, (4, 2))
    names = dict(zip(model.layout.names, theta, strict=True))
    full, two = np.zeros(2), np.zeros(2)
    for _, own in table.groupby("case"):
        best = own.sort_values("rank")
        utility = np.stack(
            [
                row.x * names["x"] + (0.0 if row.what == "a" else names[f"{row.what}: Intercept"])
                for row in best.itertuples()
            ]
        )
        steps = [utility[k] - np.logaddexp.reduce(utility[k:]) for k in range(3)]
        full += sum(steps)
        two += sum(steps[:2])
    np.testing.assert_allclose(model.likelihood.value(theta), full, rtol=1e-12)
    partly = bl.choice(
        "rank ~ x",
        table.assign(rank=table["rank"].where(table["rank"] < 3, 0)),
        alternatives="what",
        case="case",
        ranked=True,
    )
    np.testing.assert_allclose(partly.likelihood.value(theta), two, rtol=1e-12)
    assert partly.response.sets is not None
    assert partly.response.sets.labels[:2] == ("0 (rank 1)", "0 (rank 2)")


def test_far_columns_have_the_intercepts_of_columns_as_given() -> None:
    near = travel(priors="flat")
    far = travel(
        TRAVEL.assign(income=TRAVEL["income"] + 1e7, wait=TRAVEL["wait"] + 1e8), priors="flat"
    )
    assert far.design.shift is not None
    expected, found = near.fit("map"), far.fit("map")
    np.testing.assert_allclose(found.theta[:2], expected.theta[:2], rtol=1e-5)
    given = dict(zip(far.layout.names, found.given[:, 0], strict=True))
    for mode in ("air", "bus", "train"):
        slope = given[f"{mode}: income"]
        want = dict(zip(near.layout.names, expected.theta[:, 0], strict=True))
        assert given[f"{mode}: Intercept"] + 1e7 * slope == pytest.approx(
            want[f"{mode}: Intercept"], abs=1e-3 + 1e-7 * abs(1e7 * slope)
        )


def test_probabilities_of_fitted_and_new_sets(fit: bl.Fit) -> None:
    table = fit.predict()
    beta = fit.theta
    model = fit.model
    names = dict(zip(model.layout.names, beta, strict=True))
    own = TRAVEL[TRAVEL["trip"] == 7]

    def utility(row: Any) -> np.ndarray:
        base: np.ndarray = row.general_cost * names["general_cost"] + row.wait * names["wait"]
        if row.mode != "car":
            base = (
                base + names[f"{row.mode}: Intercept"] + row.income * names[f"{row.mode}: income"]
            )
        return base

    logs = np.stack([utility(row) for row in own.itertuples()])
    p = np.exp(logs) / np.exp(logs).sum(axis=0)
    rows = table[table["trip"] == "7"]
    np.testing.assert_allclose(rows["mean"], p.mean(axis=1), rtol=1e-10)
    np.testing.assert_allclose(rows["sd"], p.std(axis=1, ddof=1), rtol=1e-8)
    assert rows["mode"].tolist() == own["mode"].tolist()
    np.testing.assert_allclose(table.groupby("trip")["mean"].sum(), 1.0, rtol=1e-12)
    # A new set of two: what is left keeps its odds.
    two = own[own["mode"].isin(["car", "bus"])]
    found = fit.predict(two, draws=True)
    assert isinstance(found, xr.DataArray)
    q = p[[list(own["mode"]).index(m) for m in two["mode"]]]
    np.testing.assert_allclose(found.values.reshape(-1, 2).T, q / q.sum(axis=0), rtol=1e-10)
    one_case = fit.predict(two.drop(columns="trip"))
    np.testing.assert_allclose(one_case["mean"], fit.predict(two)["mean"], rtol=1e-12)
    linear = fit.predict(own, kind="linear", draws=True)
    np.testing.assert_allclose(linear.values.reshape(-1, 4).T, logs, rtol=1e-10)
    outcome = fit.predict(kind="outcome", draws=True, random_seed=1)
    assert (outcome.groupby(xr.DataArray(TRAVEL["trip"].to_numpy(), dims="obs")).sum() == 1).all()
    np.testing.assert_allclose(outcome.mean(("chain", "draw")), table["mean"], atol=0.04)


def test_files_copies_and_words(fit: bl.Fit, tmp_path: Any) -> None:
    for other in (pickle.loads(pickle.dumps(fit)), bl.load(fit.save(tmp_path / "choice.nc"))):
        assert repr(other.model) == repr(fit.model)
        pd.testing.assert_frame_equal(other.summary(), fit.summary(), check_exact=True)
        pd.testing.assert_frame_equal(
            other.predict(TRAVEL.head(8)), fit.predict(TRAVEL.head(8)), check_exact=True
        )
        assert other.loo().elpd == fit.loo().elpd
    text = repr(fit.model)
    assert "conditional logit model (logit link) of mode chosen (against car) from 210 sets" in text
    assert "chosen      car 59 of 210, air 58 of 210, bus 30 of 210, train 63 of 210" in text
    assert "formula     chosen ~ general_cost + wait | income" in text
    lines = fit.in_words().splitlines()
    assert lines[0].startswith(
        "General_cost: the odds of choosing an alternative over another multiply by 0.989 ("
    )
    assert lines[2].startswith("Income: the odds of choosing air over car multiply by 0.99")
    assert fit.posterior["beta_case"].dims == ("chain", "draw", "alternative", "case_term")


# What has a meaning for choices; all else is refused.
ANSWERED = {
    *("check", "classical", "diagnostics", "draws_frame", "idata", "in_words", "kfold", "loo"),
    *("movement", "plot_forest", "plot_influence", "plot_movement", "plot_prior", "predict"),
    *("refine", "save", "summary", "to_dict"),
}
ASKED_APART = {"report", "update", "cost_curve", "plot_costs"}


@pytest.mark.parametrize("verb", sorted(set(FIT) - ASKED_APART))
def test_a_verb_answers_about_choices_or_says_why_not(fit: bl.Fit, verb: str) -> None:
    if verb in ANSWERED:
        assert FIT[verb](fit, "wait") is not None
        return
    with pytest.raises(bl.BayesLogitError) as refused:
        FIT[verb](fit, "wait")
    if verb != "plot_simplex":
        assert "expected a question about choices" in str(refused.value)


BAD: dict[str, tuple[Any, str]] = {
    "chosen twice": (
        lambda: travel(TRAVEL.assign(chosen=TRAVEL["chosen"].where(TRAVEL["trip"] != 3, 1))),
        "case '3' of 'trip' has 4 chosen rows",
    ),
    "no choice": (
        lambda: travel(TRAVEL.assign(chosen=TRAVEL["chosen"].where(TRAVEL["trip"] != 3, 0))),
        "case '3' of 'trip' has no chosen row",
    ),
    "alternative twice": (
        lambda: travel(TRAVEL.assign(mode=TRAVEL["mode"].where(TRAVEL.index != 4, "car"))),
        "has the alternative 'car' of 'mode' 2 times",
    ),
    "chosen and missing": (
        lambda: travel(
            TRAVEL.merge(
                TRAVEL[TRAVEL["chosen"] == 1][["trip", "mode"]].rename(columns={"mode": "what"}),
                on="trip",
            ).query("not (trip == 1 and mode == 'car')"),
            "what ~ wait",
        ),
        "case '1' of 'trip' chose 'car', which is not among its rows",
    ),
    "never available": (
        lambda: travel(TRAVEL.assign(a=(TRAVEL["mode"] != "bus") * 1), available="a"),
        "the alternative 'bus' of 'mode' is never available",
    ),
    "chosen and not available": (
        lambda: travel(
            TRAVEL.assign(a=((TRAVEL["trip"] != 1) | (TRAVEL["mode"] != "car")) * 1), available="a"
        ),
        "case '1' of 'trip' chose 'car', which 'a' says was not available",
    ),
    "available": (lambda: travel(available="wait"), r"has other values than 0 and 1"),
    "unused level": (
        lambda: travel(
            TRAVEL.assign(
                mode=pd.Categorical(TRAVEL["mode"], ["air", "bus", "car", "ship", "train"])
            )
        ),
        "the alternative 'ship' of 'mode' is in no row",
    ),
    "constant": (
        lambda: travel(formula="chosen ~ wait + income"),
        "'income' is the same for all alternatives of each case of 'trip'.*after the bar",
    ),
    "varies": (
        lambda: travel(formula="chosen ~ wait | cost"),
        "'cost' differs between the alternatives of a case.*before the bar",
    ),
    "factor": (
        lambda: travel(TRAVEL.assign(g=(TRAVEL["income"] > 35).map({True: "a", False: "b"})),
                       "chosen ~ wait | g - 1"),
        "leaves out the intercepts of alternatives, and 'g' after the bar is a factor",
    ),
    "nothing": (lambda: travel(formula="chosen ~ 0 | 0"), "neither predictors nor intercepts"),
    "same column": (lambda: travel(formula="mode ~ wait"), "is the outcome and alternatives= at"),
    "two bars": (lambda: travel(formula="chosen ~ wait | income | cost"), "a second '|'"),
    "both sides": (lambda: travel(formula="chosen ~ wait | wait"), "on both sides of '|'"),
    "groups": (lambda: travel(formula="chosen ~ wait + (1 | size)"), "group-level term"),
    "intercept": (lambda: travel(formula="chosen ~ wait - 1"), "an intercept left out before"),
    "after the bar": (lambda: travel(formula="chosen ~ wait |"), "nothing after"),
    "no case": (lambda: bl.choice(FORMULA, TRAVEL, alternatives="mode"), "case=None were given"),
    "reference": (lambda: travel(reference="cart"), "Did you mean 'car'"),
    "outcome and counts": (lambda: travel(counts="size"), "has an outcome and counts= is 'size'"),
    "predictor": (lambda: travel(formula="chosen ~ chosen"), "the outcome and a predictor at once"),
    "no table": (lambda: bl.choice(FORMULA, alternatives="mode"), "a formula and no table"),
    "no formula": (lambda: bl.choice(TRAVEL, alternatives="mode"), "expected a formula"),
    "ranks": (
        lambda: travel(TRAVEL.assign(r=2), "r ~ wait", ranked=True),
        "has the ranks '2', '2', '2', '2'",
    ),
    "text ranks": (lambda: travel(formula="mode2 ~ wait", data=TRAVEL.assign(mode2="a"),
                                  ranked=True), "is no column of numbers"),
    "ranked counts": (
        lambda: travel(formula="~ wait", counts="size", ranked=True), "counts= and ranked= were"
    ),
    "wide column": (
        lambda: heating("depvar ~ cost"), "no column 'cost', nor 'cost_ec', 'cost_er'"
    ),
    "wide outcome": (
        lambda: bl.choice("depvar ~ ic", HEATING, alternatives=["ec", "er"]),
        "which alternatives= does not name",
    ),
    "wide case": (
        lambda: heating("depvar ~ ic", case="region"), "has a value in several rows"
    ),
    "one alternative": (
        lambda: bl.choice("depvar ~ ic", HEATING, alternatives=["ec"]), "expected two or more"
    ),
    "wide ranks": (lambda: heating("depvar ~ ic", ranked=True), "into long form"),
    "weights": (lambda: travel(weights="wait"), "weights differ within"),
    "short weights": (lambda: travel(weights=[1, 2]), r"weights has the shape \(2,\)"),
    "learned": (lambda: travel(priors=bl.Horseshoe()), "is learned"),
    "zero sum": (lambda: travel(priors=bl.ZeroSum(1.0)), "no coefficients for each class"),
    "prior name": (lambda: travel(priors={"bus: incom": bl.Normal(0, 1)}), "bus: income"),
    "missing": (
        lambda: travel(TRAVEL.assign(wait=TRAVEL["wait"].where(TRAVEL.index != 5))),
        "'wait' of the data has no value",
    ),
    "collinear": (
        lambda: travel(
            TRAVEL.assign(fare=TRAVEL["mode"].map({"air": 9, "bus": 2, "car": 5, "train": 4})),
            "chosen ~ fare + wait",
            priors="flat",
        ).fit(),
        "collinear",
    ),
    "never chosen": (
        lambda: travel(
            TRAVEL[~TRAVEL["trip"].isin(TRAVEL.query("chosen == 1 and mode == 'bus'")["trip"])],
            priors="flat",
        ).fit(),
        "separated",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_what_is_not_one_choice_is_refused_with_a_reason(name: str) -> None:
    ask, match = BAD[name]
    with pytest.raises(bl.BayesLogitError, match=match):
        ask()


def test_a_case_with_a_gap_is_left_out_whole() -> None:
    gappy = TRAVEL.assign(wait=TRAVEL["wait"].where(TRAVEL.index != 5))
    found = travel(gappy, missing="drop").fit("map").theta
    expected = travel(TRAVEL[TRAVEL["trip"] != 2]).fit("map").theta
    np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_questions_about_rows_that_are_no_sets_are_refused(fit: bl.Fit) -> None:
    with pytest.raises(bl.DesignError, match="the alternative 'ship' of 'mode'"):
        fit.predict(TRAVEL.head(4).assign(mode=["ship", "air", "bus", "car"]))
    with pytest.raises(bl.DesignError, match="the alternative 'air' twice in case '1'"):
        fit.predict(TRAVEL.head(4).assign(mode="air"))
    with pytest.raises(bl.DesignError, match="There is no column 'mode' in the new rows"):
        fit.predict(TRAVEL.drop(columns="mode"))
    with pytest.raises(bl.DesignError, match="kind='class' was asked of a model of choices"):
        fit.predict(kind="class")
    with pytest.raises(bl.DesignError, match="cutoff= is given to a model of choices"):
        fit.predict(cutoff=0.3)


def test_calibration_of_the_model_itself() -> None:
    found = travel(FEWER, priors=bl.Normal(0, 0.03)).calibrate(60, random_seed=1)
    assert found["in_band"].all()


def test_names_of_sets_are_in_order() -> None:
    sets = travel().response.sets
    assert sets is not None
    assert all(int(a) < int(b) for a, b in pairwise(sets.labels))
