"""Calibration of a fit: the table of scores, the curve and its band, and R-squared."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics

import bayeslogit as bl
from bayeslogit.answers.evaluation import leave_one_out as leaveout
from tests.helpers import exam, random_table

TABLE = random_table(120)


@pytest.fixture(scope="module")
def mle():
    return bl.logistic("passed ~ hours", exam(), priors="flat").fit("map")


@pytest.fixture(scope="module")
def fit():
    return bl.logistic("y ~ x + g + z", TABLE).fit("auto", draws=500, random_seed=1)


@pytest.fixture(scope="module")
def judged(fit):
    return fit.calibration()


@pytest.fixture(scope="module")
def graded():
    grade = np.digitize(TABLE["x"] + 0.5 * TABLE["z"], [-0.6, 0.7])
    return TABLE.assign(grade=grade, colour=np.array(["blue", "green", "red"])[grade])


# ---- published figures --------------------------------------------------------------------------


def test_article_s_figures(mle):
    table = mle.calibration().scores["in_sample"]
    assert table["brier"] == pytest.approx(0.1366840109, abs=5e-11)
    assert table["log_score"] == pytest.approx(0.4014939232, abs=5e-11)
    assert table["auc"] == pytest.approx(0.895, abs=1e-15)
    assert table["calibration_slope"] == pytest.approx(1.0, abs=1e-8)
    assert table["calibration_intercept"] == pytest.approx(0.0, abs=1e-8)
    explained = mle.r_squared()["estimate"]
    assert explained["tjur"] == pytest.approx(0.4726491931, abs=5e-11)
    assert explained["mckelvey_zavoina"] == pytest.approx(0.5975902456, abs=5e-11)


# ---- leaving rows out ---------------------------------------------------------------------------


def test_in_sample_flatters(judged):
    table = judged.scores
    for name in ("brier", "log_score"):
        assert table.loc[name, "corrected"] > table.loc[name, "in_sample"]
    for name in ("auc", "calibration_slope"):
        assert table.loc[name, "corrected"] < table.loc[name, "in_sample"]
    gap = table["in_sample"] - table["optimism"] - table["corrected"]
    np.testing.assert_allclose(gap, 0.0, atol=1e-14)
    sentence = "corrected is what to expect of new cases: in_sample, of cases that the fit has seen"
    assert judged.which.startswith(sentence)
    assert "leave-pair-out" in repr(judged)


def test_a_row_that_is_hard_to_leave_out_is_left_out():
    """Few draws speak for the posterior without it; they are moved there."""
    table, priors = exam(), bl.Normal(0, 2)
    table.loc[20] = [60.0, 0]
    fit = bl.logistic("passed ~ hours", table, priors=priors).fit(draws=500, random_seed=1)
    assert fit.loo(progressbar=False).k.max() > 0.7
    judged = fit.calibration(progressbar=False)
    assert judged.problems == ()
    without = bl.logistic("passed ~ hours", exam(), priors=priors).fit(random_seed=1)
    wrong = float(without.predict({"hours": [60.0]})["mean"].item())
    kept = judged.scores.loc["brier", "corrected"] * 21
    assert wrong > 0.99
    assert kept > wrong**2


def test_rows_that_cannot_be_left_out_are_told():
    """Without either of two cases all are separated, and flat priors leave no posterior."""
    table = {"x": [1.0, 2, 3, 4, 5, 6, 7, 8], "y": [0, 0, 0, 1, 0, 1, 1, 1]}
    fit = bl.logistic("y ~ x", table, priors="flat").fit(draws=500, random_seed=1)
    with pytest.warns(bl.BayesLogitWarning, match=r"of 8 cases have a Pareto k above"):
        judged = fit.calibration()
    assert judged.problems[0].code == "pareto_k"
    assert "Pareto k" in repr(judged)


def test_rows_of_too_few_draws_are_told():
    fit = bl.logistic("passed ~ hours", exam()).fit("laplace", draws=2, chains=1, random_seed=1)
    (problem,) = fit.calibration().problems
    assert problem.severity == "note"
    assert problem.sentence.startswith("20 cases have no Pareto k, for want of different draws; e")


# ---- the table and the curve --------------------------------------------------------------------


def test_table_of_scores(judged, fit):
    assert list(judged.scores.columns) == [
        "in_sample",
        "optimism",
        "corrected",
        "eti89_lb",
        "eti89_ub",
        "if_calibrated",
    ]
    prob = fit.predict()["mean"]
    assert judged.scores.loc["brier", "in_sample"] == pytest.approx(
        metrics.brier_score_loss(TABLE["y"], prob), rel=1e-10
    )
    left = judged.forecasts["loo"]
    assert judged.scores.loc["log_score", "corrected"] == pytest.approx(
        metrics.log_loss(TABLE["y"], left), rel=1e-12
    )
    inside = judged.scores["corrected"].between(
        judged.scores["eti89_lb"], judged.scores["eti89_ub"]
    )
    assert inside.all()
    assert "auc" in repr(judged)
    assert fit.calibration().scores.equals(judged.scores)
    other = fit.calibration(loo=False, ci_prob=0.5, ci_kind="hdi", random_seed=4)
    assert list(other.scores.columns) == ["in_sample", "hdi50_lb", "hdi50_ub", "if_calibrated"]


def test_bounds_of_auc_agree_with_their_large_sample_error():
    rng = np.random.default_rng(1)
    x = rng.standard_normal(600)
    y = (rng.random(600) < 1 / (1 + np.exp(-1.5 * x))).astype(int)
    fit = bl.logistic("y ~ x", {"x": x, "y": y}, priors="flat").fit("map")
    row = fit.calibration(ci_prob=0.6827).scores.loc["auc"]
    # Hanley and McNeil's formula, doi:10.1148/radiology.143.1.7063747
    area, n, m = row["in_sample"], y.sum(), (1 - y).sum()
    q1, q2 = area / (2 - area), 2 * area**2 / (1 + area)
    error = np.sqrt(
        (area * (1 - area) + (n - 1) * (q1 - area**2) + (m - 1) * (q2 - area**2)) / (n * m)
    )
    assert (row["eti68.27_ub"] - row["eti68.27_lb"]) / 2 == pytest.approx(error, rel=0.15)


def test_if_calibrated_is_what_right_forecasts_score(mle):
    prob = mle.predict()["estimate"].to_numpy()
    row = mle.calibration(random_seed=1).scores.loc["brier"]
    assert row["if_calibrated"] == pytest.approx((prob * (1 - prob)).mean(), rel=0.08)


def test_curve_and_band(judged):
    curve = judged.curve
    assert set(curve["forecast"]) == {"in_sample", "corrected"}
    loo = curve[curve["forecast"] == "corrected"]
    assert loo["predicted"].is_monotonic_increasing
    assert loo["observed"].is_monotonic_increasing
    assert loo["cases"].sum() == pytest.approx(120)
    assert loo["observed"].between(loo["eti89_lb"], loo["eti89_ub"]).mean() > 0.7


def test_band_holds_calibrated_forecasts_and_not_others():
    rng = np.random.default_rng(11)
    x = rng.standard_normal(1500)
    new = {"x": x, "y": (rng.random(1500) < 1 / (1 + np.exp(-x))).astype(int)}
    inside = {}
    for slope in (1.0, 2.0):
        fit = bl.logistic(
            "y ~ x",
            {"x": [-1.0, 1.0], "y": [0, 1]},
            priors={"Intercept": bl.Normal(0, 1e-3), "x": bl.Normal(slope, 1e-3)},
        ).fit("map")
        judged = fit.calibration(new)
        curve = judged.curve
        inside[slope] = curve["observed"].between(curve["eti89_lb"], curve["eti89_ub"]).mean()
        found = judged.scores.loc["calibration_slope", "new_data"]
        assert found == pytest.approx(1 / slope, rel=0.1)
    assert inside[1.0] > 0.75
    assert inside[2.0] < 0.5
    assert len(curve) == 200


def test_trials_and_weights_are_cases():
    n, k, x = np.array([3, 4, 5, 2]), np.array([0, 1, 3, 2]), np.arange(4.0)
    cases = pd.DataFrame(
        [(v, int(i < a)) for v, b, a in zip(x, n, k, strict=True) for i in range(b)],
        columns=["x", "y"],
    )
    grouped = cases.groupby(["x", "y"], as_index=False).size()
    prior = bl.Normal(0, 2)
    fits = [
        bl.binomial("k ~ x", {"x": x, "k": k, "n": n}, trials="n", priors=prior).fit("map"),
        bl.logistic("y ~ x", cases, priors=prior).fit("map"),
        bl.logistic("y ~ x", grouped, weights="size", priors=prior).fit("map"),
    ]
    tables = [f.calibration(random_seed=1).scores["in_sample"] for f in fits]
    squares = [f.r_squared()["estimate"] for f in fits]
    for table, square in zip(tables[1:], squares[1:], strict=True):
        np.testing.assert_allclose(table, tables[0], rtol=1e-6, atol=1e-9)
        np.testing.assert_allclose(square, squares[0], rtol=1e-8)
    new = fits[0].calibration({"x": x, "k": k, "n": n}, trials="n").scores["new_data"]
    np.testing.assert_allclose(new, tables[0], rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("kind", ["ordinal", "multinomial"])
def test_several_classes(graded, kind):
    if kind == "ordinal":
        model = bl.ordinal("grade ~ z + g", graded, levels=[0, 1, 2])
        names, y = ["0", "1", "2"], graded["grade"]
    else:
        model = bl.multinomial("colour ~ z + g", graded)
        names, y = ["blue", "green", "red"], graded["grade"]
    fit = model.fit("laplace", draws=200, random_seed=1)
    table = fit.calibration().scores
    prob = fit.predict()["mean"].to_numpy().reshape(-1, 3)
    assert table.loc["log_score", "in_sample"] == pytest.approx(
        metrics.log_loss(y, prob), rel=1e-10
    )
    assert table.loc["auc", "class"].tolist() == names
    assert table.loc["auc", "in_sample"].iloc[2] == pytest.approx(
        metrics.roc_auc_score(y == 2, prob[:, 2]), rel=1e-10
    )
    assert ("ranked_probability" in table.index) == (kind == "ordinal")
    assert np.isfinite(table.drop(columns="class").to_numpy()).all()
    new = fit.calibration(graded).scores["new_data"]
    np.testing.assert_allclose(new, table["in_sample"], rtol=1e-6, atol=1e-9)
    assert set(fit.calibration(loo=False).curve["class"]) == set(names)


# ---- R-squared ----------------------------------------------------------------------------------


def test_r_squared_draw_by_draw(fit):
    eta = fit.predict(kind="linear", draws=True).values.reshape(-1, 120)
    prob = 1 / (1 + np.exp(-eta))
    noise = (prob * (1 - prob)).mean(axis=1)
    y = TABLE["y"].to_numpy()
    expected = {
        "bayes": prob.var(axis=1) / (prob.var(axis=1) + noise),
        "tjur": prob[:, y == 1].mean(axis=1) - prob[:, y == 0].mean(axis=1),
        "mckelvey_zavoina": eta.var(axis=1) / (eta.var(axis=1) + np.pi**2 / 3),
    }
    table = fit.r_squared(ci_prob=0.8)
    for name, draws in expected.items():
        assert table.loc[name, "estimate"] == pytest.approx(draws.mean(), rel=1e-10)
        assert table.loc[name, "sd"] == pytest.approx(draws.std(ddof=1), rel=1e-9)
        assert table.loc[name, "eti80_ub"] == pytest.approx(np.quantile(draws, 0.9), rel=1e-10)


def test_r_squared_of_other_links_offsets_and_orders(graded):
    probit = bl.logistic("y ~ x", TABLE, link="probit", offset="o").fit("map")
    eta = probit.predict(kind="linear")["estimate"]
    expected = np.var(eta) / (np.var(eta) + 1)
    assert probit.r_squared()["estimate"]["mckelvey_zavoina"] == pytest.approx(expected, rel=1e-10)
    cauchit = bl.logistic("y ~ x", TABLE, link="cauchit").fit("map")
    assert cauchit.r_squared().index.tolist() == ["bayes", "tjur"]
    ordered = bl.ordinal("grade ~ z", graded, levels=[0, 1, 2]).fit("map")
    location = ordered.predict(kind="linear")["estimate"]
    found = ordered.r_squared()["estimate"]
    assert found.index.tolist() == ["mckelvey_zavoina"]
    spread = np.var(location)
    assert found.item() == pytest.approx(spread / (spread + np.pi**2 / 3), rel=1e-10)
    heavy = bl.ordinal("grade ~ z", graded, levels=[0, 1, 2], link="cauchit").fit("map")
    with pytest.raises(bl.DesignError, match="and a link other than cauchit; read"):
        heavy.r_squared()
    nominal = bl.multinomial("colour ~ z", graded).fit("map")
    with pytest.raises(bl.DesignError, match="R-squared is not defined for the multinomial family"):
        nominal.r_squared()


# ---- mistakes -----------------------------------------------------------------------------------


NEW = TABLE.head(6)
MISTAKES = [
    (lambda f: f.calibration(NEW.drop(columns="y")), "no column 'y', the outcome"),
    (lambda f: f.calibration(NEW.assign(y=1)), "'y' is '1' in all rows that count"),
    (lambda f: f.calibration(NEW.assign(y=[0, 1, 2, 0, 1, 0])), "'y' is '2' in row 2 of the new"),
]


@pytest.mark.parametrize(("mistake", "sentence"), MISTAKES)
def test_mistakes_get_a_sentence(fit, mistake, sentence):
    with pytest.raises(bl.ResponseError, match=sentence):
        mistake(fit)


def test_other_refusals(mle):
    counts = bl.binomial("k ~ x", TABLE, trials="n").fit("map")
    with pytest.raises(bl.ResponseError, match="need their trials and found none"):
        counts.calibration(TABLE)
    with pytest.raises(bl.MethodRefused, match="a leave-one-out prediction needs many draws"):
        leaveout.leave_one_out(mle)
    with pytest.raises(bl.MethodRefused, match="an interval needs many draws"):
        mle.r_squared(ci_prob=0.9)
    judged = mle.calibration()
    assert judged.pareto_k is None
    assert judged.problems[0].code == "in_sample"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert "flatter" in repr(judged)


def test_outcomes_of_new_rows_are_read_as_in_the_fit():
    text = TABLE.assign(y=np.where(TABLE["y"] == 1, "yes", "no"))
    flag = TABLE.assign(y=TABLE["y"] == 1)
    figures = [
        bl.logistic("y ~ x", table).fit("map").calibration(table).scores["new_data"]
        for table in (TABLE, TABLE.assign(y=TABLE["y"].astype(float)), text, flag)
    ]
    for found in figures[1:]:
        np.testing.assert_allclose(found, figures[0], rtol=1e-8, atol=1e-10)
