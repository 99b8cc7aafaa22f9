"""Answers about choices: shares, elasticities, prices, and an alternative taken away."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

import bayeslogit as bl
from tests.helpers import REFERENCES

TRAVEL = pd.DataFrame(bl.load_dataset("travel"))
FORMULA = "chosen ~ wait + cost + time | income"
VERBS = {
    "shares": lambda fit: fit.shares(),
    "elasticities": lambda fit: fit.elasticities("cost"),
    "willingness_to_pay": lambda fit: fit.willingness_to_pay("cost"),
    "check_alternatives": lambda fit: fit.check_alternatives("air"),
}


def travel(formula: str = FORMULA, data: pd.DataFrame = TRAVEL, **options: object) -> bl.Model:
    return bl.choice(formula, data, alternatives="mode", case="trip", reference="car", **options)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def fit() -> bl.Fit:
    return travel().fit(random_seed=1)


def scaled(mode: str, factor: float) -> pd.DataFrame:
    cost = TRAVEL["cost"] * np.where(TRAVEL["mode"] == mode, factor, 1.0)
    return TRAVEL.assign(cost=cost)


def test_shares_are_mean_probabilities(fit: bl.Fit) -> None:
    draws = fit.predict(draws=True).values.reshape(-1, len(TRAVEL))
    table = fit.shares()
    for mode in ("air", "bus", "car", "train"):
        each = draws[:, (TRAVEL["mode"] == mode).to_numpy()].sum(axis=1) / 210
        assert table.loc[mode, "mean"] == pytest.approx(each.mean(), rel=1e-10)
        assert table.loc[mode, "sd"] == pytest.approx(each.std(ddof=1), rel=1e-8)
    pd.testing.assert_frame_equal(fit.shares(TRAVEL), table)


def test_shares_at_the_flat_mode_are_the_observed_ones() -> None:
    for weights in (None, "size"):
        model = travel(priors="flat", weights=weights)
        found = model.fit("map").shares()["estimate"]
        chosen = TRAVEL[TRAVEL["chosen"] == 1]
        each = chosen.groupby("mode")["size"].agg("sum" if weights else "count")
        np.testing.assert_allclose(found[each.index], each / each.sum(), rtol=1e-9)


def test_scenarios_are_compared_draw_by_draw(fit: bl.Fit) -> None:
    cheap = scaled("train", 0.5)
    found = fit.shares(cheap, against=True)
    expected = fit.shares(cheap)["mean"] - fit.shares()["mean"]
    np.testing.assert_allclose(found["mean"], expected, atol=1e-12)
    # Less than if both were apart: they share their draws.
    assert (found["sd"] < fit.shares()["sd"] * 2).all()
    np.testing.assert_allclose(fit.shares(cheap, against=TRAVEL)["mean"], found["mean"], atol=1e-12)
    # Without the plane, the others keep their odds within a trip, and nobody has it.
    fewer = fit.shares(TRAVEL[TRAVEL["mode"] != "air"])
    assert fewer.loc["air", "mean"] == 0.0
    assert fewer["mean"].sum() == pytest.approx(1.0)


@pytest.mark.parametrize("mode", ["air", "car", "train"])
def test_elasticities_are_derivatives_of_shares(mode: str) -> None:
    h = 1e-5
    point = travel().fit("map")
    up, down = (point.shares(scaled(mode, 1.0 + s))["estimate"] for s in (h, -h))
    expected = (up - down) / (2 * h) / point.shares()["estimate"]
    table = point.elasticities("cost")
    found = table[table["of"] == mode].set_index("share")["estimate"]
    np.testing.assert_allclose(found[expected.index], expected, rtol=1e-6, atol=1e-9)


def test_cross_elasticities_of_one_case_are_alike(fit: bl.Fit) -> None:
    table = fit.elasticities("cost", TRAVEL[TRAVEL["trip"] == 5])
    cross = table[(table["of"] == "air") & (table["share"] != "air")]["mean"]
    np.testing.assert_allclose(cross, cross.iloc[0], rtol=1e-8)


def test_elasticities_follow_functions_of_the_predictor() -> None:
    point = travel("chosen ~ wait + log(time) + cost").fit("map")
    table = point.elasticities("time")
    slope = dict(zip(point.model.layout.names, point.theta[:, 0], strict=True))["log(time)"]
    p = point.predict()["estimate"].to_numpy()
    air = (TRAVEL["mode"] == "air").to_numpy()
    expected = slope * (p[air] * (1 - p[air])).sum() / p[air].sum()
    own = table[(table["of"] == "air") & (table["share"] == "air")]["estimate"].iloc[0]
    assert own == pytest.approx(expected, rel=1e-8)


def test_the_values_of_time_that_mlogit_prints() -> None:
    published = json.loads((REFERENCES / "choices.json").read_text(encoding="utf-8"))["mlogit"]
    train = pd.read_csv(REFERENCES / "choices_train.csv.gz")
    train["choice"] = train["choice"].str.removeprefix("choice")
    for k in "12":
        train[f"price{k}"] *= 2.20371 / 100
        train[f"time{k}"] /= 60
    model = bl.choice(
        "choice ~ price + time + change + comfort | 0",
        train,
        alternatives=["1", "2"],
        priors="flat",
    )
    found = model.fit("map").willingness_to_pay("price")["estimate"]
    np.testing.assert_allclose(-found, published["train"]["value"], rtol=1e-5)
    drawn = model.fit("laplace", random_seed=1).willingness_to_pay("price")
    np.testing.assert_allclose(-drawn["median"], published["train"]["value"], rtol=0.03)


def test_a_price_that_may_be_nothing_is_warned_of(fit: bl.Fit) -> None:
    with pytest.warns(bl.BayesLogitWarning, match="'cost' has the other sign in .* of draws"):
        found = fit.willingness_to_pay("cost")
    draws = dict(zip(fit.model.layout.names, fit.theta, strict=True))
    ratio = -draws["time"] / draws["cost"]
    assert found.loc["time", "median"] == pytest.approx(np.median(ratio), rel=1e-9)


def test_choices_by_the_model_pass_the_check_and_others_do_not(fit: bl.Fit) -> None:
    truth = fit.theta[:, :1]
    matched = fit.model.likelihood.matched
    assert matched is not None
    y = matched.simulate(truth, np.random.default_rng(3))[:, 0]
    own = travel(data=TRAVEL.assign(chosen=y)).fit(random_seed=1)
    found = own.check_alternatives("air", progressbar=False)
    assert np.nanmax(np.abs(found["z"])) < 3.0
    # Published: the plane is no alternative like the others (Hausman and McFadden's test).
    broken = fit.check_alternatives("air", progressbar=False)
    assert np.nanmax(np.abs(broken["z"])) > 4.0
    rest = TRAVEL[TRAVEL["mode"] != "air"]
    kept = rest.groupby("trip")["chosen"].transform("sum") == 1
    names = fit.model.layout.names
    priors = {
        n: fit.model.prior.single(i)
        for i, n in enumerate(names)
        if "air" not in n and "Intercept" not in n
    }
    again = travel(data=rest[kept], priors=priors).fit(random_seed=1).summary()
    np.testing.assert_allclose(broken["mean_rest"][:3], again["mean"][:3], atol=3e-3)


@pytest.mark.parametrize("verb", VERBS)
def test_other_models_are_told_what_choices_are(verb: str) -> None:
    plain = bl.logistic("passed ~ hours", bl.load_dataset("exam")).fit(random_seed=1)
    with pytest.raises(bl.MethodRefused, match=r"expected a model of choices; build one with"):
        VERBS[verb](plain)


REFUSED = {
    "variable": (lambda fit: fit.elasticities("income"), "'income' is no number that differs"),
    "price": (lambda fit: fit.willingness_to_pay("air: Intercept"), "is no coefficient that all"),
    "near": (lambda fit: fit.willingness_to_pay("coast"), "Did you mean 'cost'"),
    "reference": (lambda fit: fit.check_alternatives("car"), "is no alternative that can be"),
    "against": (lambda fit: fit.shares(against=False), "against=False compares with nothing"),
    "no rows": (lambda fit: fit.shares(TRAVEL.head(0)), "no rows"),
    "point": (
        lambda fit: fit.model.fit("map").check_alternatives("air"), "needs many draws"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_answered_is_refused_with_a_reason(fit: bl.Fit, name: str) -> None:
    ask, match = REFUSED[name]
    with pytest.raises(bl.BayesLogitError, match=match):
        ask(fit)


def test_two_alternatives_leave_nothing_to_compare() -> None:
    two = TRAVEL[TRAVEL["mode"].isin(["car", "train"])]
    two = two[two.groupby("trip")["chosen"].transform("sum") == 1]
    with pytest.raises(bl.DesignError, match="leaves the one alternative 'car'"):
        travel("chosen ~ cost", two).fit(random_seed=1).check_alternatives("train")
