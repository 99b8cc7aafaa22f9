"""What a fit answers: tables, predictions, curves, inverse predictions, groups for ArviZ."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

import bayeslogit as bl
from bayeslogit.posterior import linear_predictor
from tests.helpers import HOURS, exam, exam_model, random_table


@pytest.fixture(scope="module")
def fit():
    return exam_model().fit("laplace", draws=500, random_seed=1)


@pytest.fixture(scope="module")
def mle():
    return bl.logistic("passed ~ hours", exam(), priors="flat").fit("map")


# ---- the maximum likelihood figures of the article, to every printed digit ------------------


def test_article_s_estimates(mle):
    table = mle.summary()
    np.testing.assert_allclose(table["mode"], [-4.077713431, 1.504645428], atol=5e-10)
    np.testing.assert_allclose(table["curvature_sd"], [1.760994314, 0.628720846], atol=5e-10)
    assert mle.summary("odds_ratio")["mode"].iloc[1] == pytest.approx(4.502557, abs=5e-7)


def test_article_s_table_of_odds_and_probabilities(mle):
    hours = {"hours": [1, 2, 3, 4, 5]}
    eta = mle.predict(hours, kind="linear")["estimate"]
    np.testing.assert_allclose(
        eta, [-2.573068003, -1.068422574, 0.436222854, 1.940868282, 3.445513711], atol=5e-10
    )
    prob = mle.predict(hours)["estimate"]
    np.testing.assert_allclose(
        prob, [0.0708919599, 0.2557031826, 0.6073586454, 0.8744475024, 0.9690970679], atol=5e-11
    )
    assert mle.solve("hours")["estimate"].item() == pytest.approx(2.710082624, abs=5e-10)


@pytest.mark.parametrize(("base", "divisor"), [("e", 1.0), (2, np.log(2)), (10, np.log(10))])
def test_bases(mle, base, divisor):
    table = mle.summary(base=base)
    np.testing.assert_allclose(table["mode"] * divisor, mle.summary()["mode"], rtol=1e-14)
    np.testing.assert_allclose(
        table["curvature_sd"] * divisor, mle.summary()["curvature_sd"], rtol=1e-14
    )


def test_a_base_is_of_log_odds_only(mle):
    assert mle.summary(base=2).columns.name == "map: passed = 1, in bits"
    probit = exam_model(link="probit").fit("map")
    with pytest.raises(bl.DesignError, match="base=10 does not suit link='probit'"):
        probit.summary(base=10)
    seeds = bl.binomial("germinated ~ x1", bl.load_dataset("seeds"), trials="n", dispersion="beta")
    found = seeds.fit("map")
    ratio = found.summary()["mode"] / found.summary(base=2)["mode"]
    np.testing.assert_allclose(ratio, [np.log(2), np.log(2), 1.0])


# ---- summaries ------------------------------------------------------------------------------


def test_summary_is_arviz_s_with_the_prior(fit):
    import arviz_stats

    ours = fit.summary()
    theirs = arviz_stats.summary(fit.idata, round_to="none", var_names=["Intercept", "beta"])
    np.testing.assert_allclose(ours.drop(columns="prior"), theirs, rtol=1e-12)
    assert ours["prior"].tolist() == ["Normal(0, 10)", "Normal(0, 2.5)"]
    assert ours.columns.name == "laplace: passed = 1"
    assert ours.attrs["outcome"] == "passed = 1"
    assert list(fit.summary(ci_prob=0.95, ci_kind="hdi").columns[2:4]) == ["hdi95_lb", "hdi95_ub"]


def test_odds_ratios_are_summarised_draw_by_draw(fit):
    slope = fit.posterior["beta"].values.ravel()
    table = fit.summary("odds_ratio", ci_prob=0.9)
    assert table.loc["hours", "mean"] == pytest.approx(np.exp(slope).mean(), rel=1e-12)
    assert table.loc["hours", "eti90_lb"] == pytest.approx(np.exp(np.quantile(slope, 0.05)))
    assert fit.summary(round_to=2)["mean"].tolist() == fit.summary()["mean"].round(2).tolist()


MISTAKES = [
    (lambda f: f.summary("odds_rato"), "scale='odds_rato'.*Did you mean 'odds_ratio'"),
    (lambda f: f.summary(base=3), "base=3"),
    (lambda f: f.summary("odds_ratio", base=2), "does not suit scale='odds_ratio'"),
    (lambda f: f.summary(ci_prob=95), "ci_prob=95"),
    (lambda f: f.summary(ci_kind="hpd"), "ci_kind='hpd'"),
    (lambda f: f.predict(kind="prob"), "kind='prob'"),
    (lambda f: f.predict(kind="class", cutoff=1.5), "cutoff=1.5"),
    (lambda f: f.predict({"hour": [1]}), "no column 'hours'"),
    (lambda f: f.curve("hour"), "'hour' is not a predictor.*Did you mean 'hours'"),
    (lambda f: f.curve("hours", at={"x": 1}), "'x' is not a predictor"),
    (lambda f: f.solve("hours", probability=1), "probability=1 is not"),
    (lambda f: f.extend("likelihood"), "'likelihood' is not a group"),
    (lambda f: exam_model().fit("map").log_evidence, "gives no log evidence"),
]


@pytest.mark.parametrize(("mistake", "sentence"), MISTAKES)
def test_mistakes_get_a_sentence(fit, mistake, sentence):
    with pytest.raises(bl.BayesLogitError, match=sentence):
        mistake(fit)


# ---- predictions ----------------------------------------------------------------------------


def test_predictions_are_draws_of_the_linear_predictor(fit):
    new = {"hours": [1.0, 2.5, 4.0]}
    draws = fit.predict(new, kind="linear", draws=True)
    by_hand = fit.posterior["Intercept"].values[..., None] + fit.posterior[
        "beta"
    ].values * np.array(new["hours"])
    np.testing.assert_allclose(draws, by_hand, atol=1e-13)
    prob = fit.predict(new, draws=True)
    np.testing.assert_allclose(prob, expit(by_hand), atol=1e-14)
    table = fit.predict(new, ci_prob=0.8)
    np.testing.assert_allclose(table["mean"], prob.mean(("chain", "draw")), atol=1e-13)
    np.testing.assert_allclose(table["eti80_ub"], prob.quantile(0.9, ("chain", "draw")))
    assert list(table.columns) == ["mean", "sd", "eti80_lb", "eti80_ub"]


def test_hdi_is_arviz_s(fit):
    from arviz_stats.base import array_stats

    table = fit.predict({"hours": [2.0]}, ci_kind="hdi", ci_prob=0.9)
    draws = fit.predict({"hours": [2.0]}, draws=True).values.ravel()
    expected = array_stats.hdi(draws, prob=0.9, axis=-1)
    np.testing.assert_allclose(table[["hdi90_lb", "hdi90_ub"]].iloc[0], expected)


def test_classes_at_a_stated_cutoff(fit):
    new = {"hours": [1.0, 2.9, 5.0]}
    assert fit.predict(new, kind="class")["class"].tolist() == [0, 1, 1]
    assert fit.predict(new, kind="class", cutoff=0.9)["class"].tolist() == [0, 0, 1]
    drawn = fit.predict(new, kind="class", draws=True)
    assert drawn.dtype == bool
    words = bl.logistic(
        "passed ~ hours", exam().assign(passed=np.where(exam().passed == 1, "yes", "no"))
    ).fit("map")
    assert words.predict(new, kind="class")["class"].tolist() == ["no", "yes", "yes"]


def test_outcomes_are_a_function_of_the_seed(fit):
    one = fit.predict(kind="outcome", draws=True)
    np.testing.assert_array_equal(one, fit.predict(kind="outcome", draws=True))
    assert set(np.unique(one)) == {0, 1}
    other = fit.predict(kind="outcome", draws=True, random_seed=5)
    assert (one != other).any()
    share, prob = one.mean(("chain", "draw")), fit.predict()["mean"]
    np.testing.assert_allclose(share, prob, atol=4.5 * 0.5 / np.sqrt(2000))


def test_counts_of_new_rows_need_trials():
    table = random_table()
    fit = bl.binomial("k ~ x", table, trials="n").fit("laplace", draws=200, random_seed=1)
    with pytest.raises(bl.DesignError, match="need their trials"):
        fit.predict({"x": [0.0]}, kind="outcome")
    drawn = fit.predict({"x": [0.0, 1.0]}, kind="outcome", trials=[5, 50], draws=True)
    assert drawn.max("chain").max("draw").values[0] <= 5
    assert fit.predict(kind="outcome", draws=True).shape == (4, 200, len(table))


def test_offsets_enter_predictions():
    table = random_table()
    fit = bl.logistic("y ~ x + offset(o)", table).fit("map")
    new = {"x": [0.3, 0.3], "o": [0.0, 1.0]}
    eta = fit.predict(new, kind="linear")["estimate"]
    assert eta[1] - eta[0] == pytest.approx(1.0)
    plain = bl.logistic("y ~ x", table, offset="o").fit("map")
    eta = plain.predict({"x": [0.3, 0.3]}, kind="linear", offset=[0.0, 1.0])["estimate"]
    assert eta[1] - eta[0] == pytest.approx(1.0)


def test_blocks_do_not_show(fit, monkeypatch):

    whole = fit.predict()
    drawn = fit.predict(kind="outcome", draws=True)
    monkeypatch.setattr(linear_predictor, "_BLOCK_ELEMENTS", 2000 * 3)
    pd.testing.assert_frame_equal(fit.predict(), whole)
    assert fit.predict(kind="outcome", draws=True).shape == drawn.shape


def test_index_of_the_caller_is_kept(fit):
    new = pd.DataFrame({"hours": [1.0, 2.0]}, index=["ann", "bob"])
    assert fit.predict(new).index.tolist() == ["ann", "bob"]
    assert fit.predict(new, draws=True)["obs"].values.tolist() == ["ann", "bob"]


def test_unseen_level_is_named():
    fit = bl.logistic("y ~ g", random_table()).fit("map")
    with pytest.raises(bl.DesignError, match=r"'g'.*level 'd'"):
        fit.predict({"g": ["d"]})


# ---- curves and inverse predictions ---------------------------------------------------------


def test_curve_moves_one_predictor():
    table = random_table()
    fit = bl.logistic("y ~ x + z + g + flag", table).fit("laplace", random_seed=1)
    curve = fit.curve("x", values=[0.0, 1.0], at={"g": "b"})
    same = fit.predict(
        {"x": [0.0, 1.0], "z": [table.z.mean()] * 2, "g": ["b"] * 2, "flag": [False] * 2}
    )
    np.testing.assert_allclose(curve["mean"], same["mean"], rtol=1e-12)
    assert len(fit.curve("x")) == 101
    assert fit.curve("g")["g"].tolist() == ["a", "b", "c"]
    assert len(fit.curve("flag")) == 2


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


@pytest.mark.parametrize("draws", [1, 2, 3, 100, 999, 4000])
def test_intervals_are_numpy_s_quantiles(draws):
    from bayeslogit.numerics.intervals import interval

    values = np.random.default_rng(draws).normal(size=(5, draws))
    values[4] = 1.5
    kept = values.copy()
    for prob in (0.5, 0.89, 0.95, 0.999):
        found = interval(values, prob, "eti")
        expected = np.quantile(kept, [(1 - prob) / 2, (1 + prob) / 2], axis=-1)
        np.testing.assert_allclose(found, expected, rtol=1e-15, atol=0)
    np.testing.assert_array_equal(values, kept)
    with_nan = np.append(values, np.full((5, 1), np.nan), axis=1)
    assert np.isnan(interval(with_nan, 0.9, "eti")[1]).all()


# ---- groups ---------------------------------------------------------------------------------


def test_groups_and_dims(fit):
    tree = fit.idata
    assert tree["posterior"]["beta"].dims == ("chain", "draw", "term")
    assert tree["log_likelihood"]["y"].dims == ("chain", "draw", "obs")
    assert tree["observed_data"]["y"].dtype.kind == "i"
    np.testing.assert_array_equal(tree["constant_data"]["hours"], HOURS)
    per_row = tree["log_likelihood"]["y"].values
    prob = fit.predict(draws=True).values
    y = tree["observed_data"]["y"].values
    np.testing.assert_allclose(per_row, np.log(np.where(y == 1, prob, 1 - prob)), atol=1e-10)
    total = per_row.sum(axis=2) + sum(
        tree["log_prior"][v].values.reshape(4, 500, -1).sum(axis=2) for v in ("Intercept", "beta")
    )
    np.testing.assert_allclose(
        total.ravel(), fit.model.density.value(fit.theta), rtol=1e-12, atol=1e-10
    )
    assert not any("obs" in v.dims for v in tree["posterior"].data_vars.values())


def test_same_seed_same_draws():
    one, two = (exam_model().fit(random_seed=4).outcome.draws for _ in range(2))
    np.testing.assert_array_equal(one, two)
    fresh = exam_model().fit()
    again = exam_model().fit(random_seed=fresh.seed)
    np.testing.assert_array_equal(fresh.outcome.draws, again.outcome.draws)


def test_repr_says_what_was_done(fit, mle):
    assert "Laplace approximation" in repr(fit)
    assert "an approximation" in repr(fit)
    assert "posterior sd of the mode; no problems" in repr(mle)
