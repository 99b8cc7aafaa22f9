"""Inverse prediction: the value of a predictor that gives a probability."""

from __future__ import annotations

import numpy as np
import pytest

import bayeslogit as bl
from tests.helpers import exam, exam_model, random_table


@pytest.fixture(scope="module")
def fit():
    return exam_model().fit("laplace", draws=500, random_seed=1)


def test_inverse_prediction_is_a_ratio_of_draws(fit):
    a, b = fit.theta
    x = (np.log(9.0) - a) / b
    table = fit.solve("hours", probability=0.9, ci_prob=0.95)
    assert table["median"].item() == pytest.approx(np.median(x), rel=1e-10)
    np.testing.assert_allclose(
        table[["eti95_lb", "eti95_ub"]].iloc[0], np.quantile(x, [0.025, 0.975]), rtol=1e-10
    )
    assert table["bounded"].item()


def test_inverse_prediction_says_when_it_is_unbounded():
    noise = {"x": [1, 2, 3, 4, 5, 6, 7, 8], "y": [0, 1, 1, 0, 0, 1, 1, 0]}
    table = bl.logistic("y ~ x", noise).fit("laplace", random_seed=1).solve("x")
    assert not table["bounded"].item()
    assert np.isinf(table.filter(like="eti").to_numpy()).all()


def only_above_zero(back, otherwise=-np.inf):
    """Return a way back that no value of the predictor has below zero."""
    return lambda t: np.where(t > 0, back(np.where(t > 0, t, 1.0)), otherwise)


WAYS_BACK = {
    "log(hours)": np.exp,
    "log(hours + 1)": lambda t: np.exp(t) - 1,
    "log(2 * hours + 0.25)": lambda t: (np.exp(t) - 0.25) / 2,
    "sqrt(hours)": only_above_zero(np.square),
    "I(hours ** 2)": only_above_zero(np.sqrt),
    "I(1 / hours)": only_above_zero(lambda t: 1 / t, np.inf),
    "exp(hours)": only_above_zero(np.log),
    "I(3 - 2 * hours)": lambda t: (3 - t) / 2,
}


@pytest.mark.parametrize("term", WAYS_BACK)
def test_inverse_prediction_through_a_function(term):
    fit = bl.logistic(f"passed ~ {term}", exam()).fit("laplace", draws=250, random_seed=1)
    a, b = fit.theta
    x = WAYS_BACK[term]((np.log(1.5) - a) / b)
    table = fit.solve("hours", probability=0.6, ci_prob=0.5)
    bounds = table[["eti50_lb", "eti50_ub"]].iloc[0]
    np.testing.assert_allclose(table["median"], np.median(x), rtol=1e-7)
    np.testing.assert_allclose(bounds, np.quantile(x, [0.25, 0.75]), rtol=1e-7)
    assert table["bounded"].item()
    rising = np.mean(b > 0) if term not in ("I(1 / hours)", "I(3 - 2 * hours)") else np.mean(b < 0)
    assert table["p_slope_positive"].item() == pytest.approx(rising)
    some = np.flatnonzero(np.isfinite(x) & (x > 0))[:3]
    back = fit.predict({"hours": x[some]}, draws=True).values.reshape(-1, 3)
    np.testing.assert_allclose(back[some, [0, 1, 2]], 0.6, rtol=1e-6)


def test_inverse_prediction_of_a_dose_within_groups():
    table = random_table(300)
    table["dose"] = np.exp(table["x"])
    fit = bl.logistic("y ~ log(dose) * g + z", table).fit("laplace", draws=200, random_seed=1)
    names = fit.model.layout.names
    theta = dict(zip(names, fit.theta, strict=True))
    rest = theta["Intercept"] + theta["g[T.b]"] + 0.5 * theta["z"]
    slope = theta["log(dose)"] + theta[next(n for n in names if "log" in n and "[T.b]" in n)]
    found = fit.solve("dose", at={"g": "b", "z": 0.5})
    assert found["median"].item() == pytest.approx(np.median(np.exp(-rest / slope)), rel=1e-9)
    ax = fit.plot_curve("dose", at={"g": "b", "z": 0.5}, probability=0.5)
    assert any("dose = " in text.get_text() for text in ax.texts)


def test_a_value_that_nothing_reaches_is_infinite():
    table = random_table(300)
    table["dose"] = table["x"] - table["x"].min()
    fit = bl.logistic("y ~ sqrt(dose)", table).fit("laplace", draws=500, random_seed=1)
    # At no dose the probability is higher already.
    assert fit.predict({"dose": [0.0]})["mean"].item() > 0.01
    found = fit.solve("dose", probability=1e-4)
    assert found["eti89_lb"].item() == -np.inf
    assert not found["bounded"].item()


@pytest.mark.parametrize("term", ["poly(hours, 2)", "bs(hours, df=4)", "hours + log(hours)"])
def test_inverse_prediction_needs_a_way_back(term):
    bent = bl.logistic(f"passed ~ {term}", exam()).fit("map")
    with pytest.raises(bl.DesignError, match=r"straight line, nor by its log, .*off curve"):
        bent.solve("hours")


def test_inverse_prediction_stays_within_the_data_where_a_spline_is_known():
    table = exam()
    table["hours"] *= 7.3 / table["hours"].max()
    assert np.exp(np.log(7.3)) > 7.3
    fit = bl.logistic("passed ~ bs(hours, df=4)", table).fit("map")
    with pytest.raises(bl.DesignError, match="straight line, nor by its log"):
        fit.solve("hours")


def test_inverse_prediction_needs_a_number():
    with pytest.raises(bl.DesignError, match="is not a number"):
        bl.logistic("y ~ g", random_table()).fit("map").solve("g")


# ---- several probabilities, ordered classes, draws and contrasts ---------------------------------


@pytest.fixture(scope="module")
def two_groups():
    table = random_table(200)
    model = bl.logistic("y ~ x + g", table)
    return model.fit("laplace", draws=200, random_seed=1)


def test_several_probabilities_have_a_row_each(two_groups):
    table = two_groups.solve("x", probability=[0.1, 0.5, 0.9], rope=(None, 0.0))
    assert table["probability"].tolist() == [0.1, 0.5, 0.9]
    for probability, row in zip((0.1, 0.5, 0.9), table.to_dict("records"), strict=True):
        one = two_groups.solve("x", probability=probability).iloc[0]
        assert {name: row[name] for name in one.index} == one.to_dict()
    draws = two_groups.solve("x", probability=[0.1, 0.5, 0.9], draws=True)
    assert draws.sizes == {"chain": 4, "draw": 200, "solution": 3}
    values = draws.values.reshape(-1, 3)
    np.testing.assert_allclose(table["median"], np.median(values, axis=0))
    np.testing.assert_allclose(table["p_inside"], (values <= 0).mean(axis=0))
    a, slope = two_groups.theta[0], two_groups.theta[1]
    level = two_groups.curve("x", [0.0]).columns  # held at the most frequent level of g
    assert "x" in level
    at_a = two_groups.solve("x", at={"g": "a"}, draws=True).values.ravel()
    np.testing.assert_allclose(at_a, -a / slope, rtol=1e-9)


def test_ratios_of_solutions(two_groups):
    by_level = two_groups.solve("x", at={"g": ["a", "b"]}, draws=True)
    assert by_level["g"].values.tolist() == ["a", "b"]
    a, b = by_level.values.reshape(-1, 2).T
    table = two_groups.solve("x", at={"g": ["a", "b"]}, hypothesis=["b - a = 0", "b < a"])
    np.testing.assert_allclose(table["estimate"], np.median(b - a))
    assert table["probability"].iloc[1] == (b < a).mean()
    ratio = two_groups.solve("x", at={"g": ["a", "b"]}, hypothesis="b / a", draws=True)
    np.testing.assert_allclose(ratio.values.ravel(), b / a)


def test_ordered_classes_are_solved_boundary_by_boundary():
    table = random_table(200)
    table["grade"] = np.digitize(table["x"] + table["z"], [-0.6, 0.7])
    fit = bl.ordinal("grade ~ x + z", table, levels=[0, 1, 2]).fit("map")
    found = fit.solve("x", probability=[0.5, 0.9])
    assert found["class"].tolist() == ["1", "1", "2", "2"]
    for row in found.to_dict("records"):
        seen = fit.curve("x", [row["estimate"]], kind="exceedance")
        own = seen.loc[seen["class"] == row["class"], "estimate"].iloc[0]
        assert own == pytest.approx(row["probability"], rel=1e-9)
    assert fit.solve("x", level=2)["class"].tolist() == ["2"]
    with pytest.raises(bl.DesignError, match=r"level=0 has no P\(Y >= level\)"):
        fit.solve("x", level=0)


def test_what_cannot_be_solved_is_refused(two_groups):
    with pytest.raises(bl.DesignError, match="level=1 is given for 'y', which has two classes"):
        two_groups.solve("x", level=1)
    with pytest.raises(bl.DesignError, match=r"probability holds 1\.0; expected probabilities"):
        two_groups.solve("x", probability=[0.5, 1.0])
    with pytest.raises(bl.DesignError, match="names 'd', which is no row of this answer"):
        two_groups.solve("x", at={"g": ["a", "b"]}, hypothesis="d > a")
    with pytest.raises(bl.MethodRefused, match="an array of draws needs many draws"):
        two_groups.model.fit("map").solve("x", draws=True)
    square = bl.logistic("y ~ I(x ** 2)", {"x": [0.1, 1, 2, 3] * 5, "y": [0, 1, 0, 1] * 5}).fit(
        "laplace", draws=100, random_seed=1
    )
    with pytest.raises(bl.DesignError, match="values that are infinite in some draws"):
        square.solve("x", probability=[0.01, 0.5], hypothesis="b1 > b2")
