"""Scores against scikit-learn and statsmodels, leave-one-out against refits, figures known."""

from __future__ import annotations

import warnings
from dataclasses import replace

import arviz_stats
import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from sklearn import metrics
from sklearn.isotonic import IsotonicRegression

import bayeslogit as bl
from bayeslogit.answers.evaluation import leave_one_out as leaveout
from bayeslogit.numerics import scores
from bayeslogit.numerics.pareto import pareto_smooth
from tests.helpers import HOURS, PASSED, exam, exam_model, random_table

TABLE = random_table(120)
RNG = np.random.default_rng(7)
PROB = RNG.random(200).round(2)  # with ties
Y = (RNG.random(200) < PROB).astype(int)
WEIGHTS = RNG.uniform(0.2, 3.0, 200)
FAILURES, SUCCESSES = WEIGHTS * (1 - Y), WEIGHTS * Y
BOTH = np.stack([1 - PROB, PROB]), np.column_stack([FAILURES, SUCCESSES])


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


# ---- scores -------------------------------------------------------------------------------------


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


def test_scores_equal_scikit_learn():
    prob, counts = BOTH
    weighted = {"sample_weight": WEIGHTS}
    assert scores.brier(prob, counts) == pytest.approx(
        metrics.brier_score_loss(Y, PROB, **weighted), rel=1e-12
    )
    inner = np.clip(PROB, 0.01, 0.99)
    assert scores.log_score(np.stack([1 - inner, inner]), counts) == pytest.approx(
        metrics.log_loss(Y, inner, **weighted), rel=1e-12
    )
    assert scores.auc(PROB, FAILURES, SUCCESSES) == pytest.approx(
        metrics.roc_auc_score(Y, PROB, **weighted), rel=1e-12
    )


def test_isotonic_curve_equals_scikit_learn():
    curve = scores.isotonic(PROB, FAILURES, SUCCESSES)
    theirs = IsotonicRegression().fit(PROB, Y, sample_weight=WEIGHTS)
    np.testing.assert_allclose(curve.observed, theirs.predict(curve.predicted), atol=1e-12)
    index = scores.integrated_calibration_index(PROB, FAILURES, SUCCESSES)
    gap = np.abs(theirs.predict(PROB) - PROB)
    assert index == pytest.approx(np.average(gap, weights=WEIGHTS), rel=1e-12)


def test_recalibration_equals_statsmodels():
    inner = np.clip(PROB, 0.01, 0.99)
    log_odds = np.log(inner / (1 - inner))
    binomial = sm.families.Binomial()
    slope, intercept = scores.recalibrate(inner, FAILURES, SUCCESSES)
    two = sm.GLM(Y, sm.add_constant(log_odds), binomial, freq_weights=WEIGHTS).fit(tol=1e-13)
    one = sm.GLM(Y, np.ones(200), binomial, offset=log_odds, freq_weights=WEIGHTS).fit(tol=1e-13)
    assert slope == pytest.approx(two.params[1], rel=1e-9)
    assert intercept == pytest.approx(one.params[0], rel=1e-9)


def test_scores_of_many_outcomes_are_those_of_each():
    prob, _ = BOTH
    prob = np.clip(prob, 0.01, 0.99)
    cases = RNG.standard_gamma(np.repeat(BOTH[1][:, :, None], 4, axis=2))
    for i in range(4):
        for score in (scores.brier, scores.log_score, scores.ranked_probability):
            assert score(prob, cases)[i] == pytest.approx(score(prob, cases[:, :, i]), rel=1e-12)
        for judge in (scores.auc, scores.integrated_calibration_index):
            many = judge(prob[1], cases[:, 0], cases[:, 1])
            assert many[i] == pytest.approx(judge(prob[1], *cases[:, :, i].T), rel=1e-12)
        many = scores.recalibrate(prob[1], cases[:, 0], cases[:, 1])
        single = scores.recalibrate(prob[1], *cases[:, :, i].T)
        np.testing.assert_allclose([v[i] for v in many], single, rtol=1e-7)


def test_slopes_of_forecasts_that_separate_or_never_vary():
    up = scores.recalibrate(np.array([0.2, 0.4, 0.6]), np.array([1, 1, 0.0]), np.array([0, 0, 1.0]))
    down = scores.recalibrate(np.array([0.6, 0.4]), np.array([1, 0.0]), np.array([0, 1.0]))
    same = scores.recalibrate(np.full(3, 0.5), np.array([1, 0, 0.0]), np.array([0, 1, 1.0]))
    assert [float(up[0]), float(down[0]), float(same[0])] == [np.inf, -np.inf, 0.0]
    assert same[1] == pytest.approx(np.log(2), rel=1e-9)
    extreme = scores.recalibrate(np.array([0.0, 1.0, 0.3]), np.array([0, 1, 1.0]), np.ones(3))
    assert np.isfinite(extreme).all()


def test_scores_of_several_classes():
    rng = np.random.default_rng(3)
    prob = rng.dirichlet(np.ones(4), 50).T
    y = rng.integers(0, 4, 50)
    counts = np.eye(4)[y]
    assert scores.brier(prob, counts) == pytest.approx(((prob.T - counts) ** 2).sum() / 50)
    assert scores.log_score(prob, counts) == pytest.approx(metrics.log_loss(y, prob.T), rel=1e-12)
    steps = (np.cumsum(prob.T, axis=1) - np.cumsum(counts, axis=1)) ** 2
    assert scores.ranked_probability(prob, counts) == pytest.approx(steps.sum() / 50, rel=1e-12)
    two, cases = BOTH
    assert scores.ranked_probability(two, cases) == pytest.approx(scores.brier(two, cases))


# ---- leaving rows out ---------------------------------------------------------------------------


def test_leave_one_out_is_arviz_s():
    fit = exam_model().fit("auto", draws=500, random_seed=2)
    left = leaveout.leave_one_out(fit)
    theirs = arviz_stats.loo(fit.idata, pointwise=True, reff=1.0)
    np.testing.assert_allclose(left.log_prob, theirs.elpd_i, atol=1e-12)
    np.testing.assert_allclose(left.k, theirs.pareto_k, atol=1e-12)
    own = np.where(PASSED == 1, left.prob[1], left.prob[0])
    np.testing.assert_allclose(np.log(own), left.log_prob, atol=1e-12)


@pytest.mark.parametrize("draws", [10, 100, 2000])
def test_smoothed_weights_are_those_of_one_row_at_a_time(draws):
    rng = np.random.default_rng(draws)
    logs = rng.standard_normal((40, draws)) * rng.uniform(0.0, 4.0, (40, 1))
    logs[0] = 3.0
    logs[1, : draws // 2] = 0.0
    logs[2] = np.where(np.arange(draws) < 3, 1e3, 0.0)
    weights, k = leaveout.smooth(logs)
    for i, row in enumerate(logs):
        one, shape = pareto_smooth(row)
        np.testing.assert_allclose(weights[i], np.exp(one), rtol=1e-10, atol=1e-300)
        np.testing.assert_allclose(k[i], shape, rtol=1e-10)


@pytest.mark.parametrize("method", ["quadrature", "laplace"])
def test_leave_one_out_equals_refits(method):
    model = exam_model()
    fit = model.fit(method, draws=4000, random_seed=1)
    left = leaveout.leave_one_out(fit)
    refits = np.empty(20)
    for i in range(20):
        kept = exam().drop(i)
        priors = {"Intercept": bl.Normal(0, 10), "hours": bl.Normal(0, 2.5)}
        other = bl.logistic("passed ~ hours", kept, priors=priors)
        one = other.fit("quadrature", draws=2000, random_seed=1)
        refits[i] = one.predict({"hours": [HOURS[i]]})["mean"].item()
    np.testing.assert_allclose(left.prob[1], refits, atol=0.03)


def test_equal_rows_and_weights_when_left_out(monkeypatch):
    table = pd.concat([TABLE[["g", "flag", "y"]]] * 2)
    fit = bl.logistic("y ~ g + flag", table).fit("laplace", draws=100, random_seed=1)
    once = leaveout.leave_one_out(fit)
    monkeypatch.setattr(leaveout, "equal_rows", lambda keys: None)
    monkeypatch.setattr(leaveout, "_BLOCK", 1)
    each = leaveout.leave_one_out(fit)
    for name in ("prob", "log_prob", "k"):
        np.testing.assert_allclose(getattr(once, name), getattr(each, name), rtol=1e-12)
    empty = bl.binomial("k ~ x", TABLE.assign(n=TABLE["n"] * (TABLE["k"] > 0)), trials="n")
    left = leaveout.leave_one_out(empty.fit("laplace", draws=100, random_seed=1))
    assert (left.k[TABLE["k"] == 0] == -np.inf).all()
    assert np.isfinite(left.prob).all()


def test_in_sample_flatters(judged):
    table = judged.scores
    assert table.loc["brier", "loo"] > table.loc["brier", "in_sample"]
    assert table.loc["log_score", "loo"] > table.loc["log_score", "in_sample"]
    assert table.loc["auc", "loo"] < table.loc["auc", "in_sample"]
    assert table.loc["calibration_slope", "loo"] < table.loc["calibration_slope", "in_sample"]


def test_rows_that_cannot_be_left_out_are_told():
    table = exam()
    table.loc[20] = [60.0, 0]
    fit = bl.logistic("passed ~ hours", table).fit("auto", draws=500, random_seed=1)
    with pytest.warns(bl.BayesLogitWarning, match=r"of 21 rows .the first is row \d+. have a Par"):
        judged = fit.calibration()
    assert judged.problems[0].code == "pareto_k"
    assert "Pareto k" in repr(judged)


def test_rows_that_all_draws_are_sure_of_are_not_doubted():
    x = np.linspace(-3.0, 3.0, 41)
    table = {"x": x, "y": (x > 0.1).astype(int)}
    fit = bl.logistic("y ~ x", table).fit("laplace", draws=100, random_seed=1)
    steep = 20.0 + np.abs(fit.theta[1])
    draws = np.stack([-0.1 * steep, steep], axis=1)[None]
    fit = replace(fit, outcome=replace(fit.outcome, draws=draws, exact=True))
    odds = np.exp(-np.abs(fit.likelihood.eta(fit.theta)[0])).max(axis=1)
    sure = odds < 1e-17
    assert 0 < sure.sum() < 41
    left = leaveout.leave_one_out(fit)
    assert (left.k[sure] == -np.inf).all()
    assert np.isfinite(left.k[odds > 1e-10]).all()


def test_rows_of_too_few_draws_are_told():
    fit = bl.logistic("passed ~ hours", exam()).fit("laplace", draws=2, chains=1, random_seed=1)
    (problem,) = fit.calibration().problems
    assert problem.severity == "note"
    assert problem.sentence.startswith("20 rows have no Pareto k, for want of different draws; ex")


# ---- the table and the curve --------------------------------------------------------------------


def test_table_of_scores(judged, fit):
    assert list(judged.scores.columns) == [
        "in_sample",
        "loo",
        "eti89_lb",
        "eti89_ub",
        "if_calibrated",
    ]
    prob = fit.predict()["mean"]
    assert judged.scores.loc["brier", "in_sample"] == pytest.approx(
        metrics.brier_score_loss(TABLE["y"], prob), rel=1e-10
    )
    left = judged.forecasts["loo"][1]
    assert judged.scores.loc["auc", "loo"] == pytest.approx(
        metrics.roc_auc_score(TABLE["y"], left), rel=1e-12
    )
    inside = judged.scores["loo"].between(judged.scores["eti89_lb"], judged.scores["eti89_ub"])
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
    assert set(curve["forecast"]) == {"in_sample", "loo"}
    loo = curve[curve["forecast"] == "loo"]
    assert loo["predicted"].is_monotonic_increasing
    assert loo["observed"].is_monotonic_increasing
    assert loo["cases"].sum() == 120
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


@pytest.mark.parametrize("link", ["logit", "cloglog", "cauchit"])
def test_single_trials_take_a_short_cut_to_the_same_figures(link, monkeypatch):
    model = bl.logistic("y ~ x + g", random_table(80), link=link)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", bl.BayesLogitWarning)
        fit = model.fit("laplace", draws=200, random_seed=1)
    short = leaveout.leave_one_out(fit)
    monkeypatch.setattr(leaveout, "_one_trial_each", lambda *_: False)
    long = leaveout.leave_one_out(fit)
    np.testing.assert_allclose(short.prob, long.prob, rtol=1e-10)
    np.testing.assert_allclose(short.log_prob, long.log_prob, rtol=1e-10)
    np.testing.assert_allclose(short.k, long.k, rtol=1e-7)


def test_outcomes_next_to_impossible_take_the_long_way():
    x = np.r_[np.linspace(-1, 1, 20), 400.0]
    model = bl.logistic("y ~ x", {"x": x, "y": [0, 1] * 10 + [0]}, priors=bl.Normal(2, 0.001))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", bl.BayesLogitWarning)
        fit = model.fit("laplace", random_seed=1)
    found = leaveout.leave_one_out(fit)
    assert np.isfinite(found.log_prob).all()
    assert found.log_prob.min() < -600
    np.testing.assert_allclose(found.prob.sum(axis=0), 1.0)


def test_forecasts_next_to_certain_keep_their_digits():
    x = np.r_[np.linspace(-1, 1, 40), -60.0]
    y = (np.random.default_rng(0).random(41) < 1 / (1 + np.exp(-x))).astype(int)
    fit = bl.logistic("y ~ x", {"x": x, "y": np.r_[y[:40], 0]}, priors=bl.Normal(1, 0.01)).fit(
        "laplace", random_seed=1
    )
    found = leaveout.leave_one_out(fit)
    assert 0.0 < found.prob[1, -1] < 1e-22


def test_rows_left_out_do_not_depend_on_how_they_are_cut_into_blocks(monkeypatch):
    fit = bl.logistic("y ~ x + g", random_table(80)).fit(draws=100, random_seed=1)
    once = leaveout.leave_one_out(fit)
    monkeypatch.setattr(leaveout, "_CACHED", 3 * fit.n_draws)
    cut = leaveout.leave_one_out(fit)
    for name in ("prob", "log_prob", "k"):
        np.testing.assert_allclose(getattr(cut, name), getattr(once, name), rtol=1e-10)
