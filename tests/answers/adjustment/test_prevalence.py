"""From case-control samples to populations: known shifts, a simulated study, class weights."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.special import expit

import bayeslogit as bl
from bayeslogit.answers.adjustment.prevalence import intercept_shift
from tests.helpers import exam, random_table

TABLE = random_table(120)
# One in ten thousand is ill; x is Normal(1.3, 1) among the ill and Normal(0, 1) among the others,
# so the log-odds of illness are logit(1e-4) - 1.3**2 / 2 + 1.3 x.
PREVALENCE, SLOPE = 1e-4, 1.3
INTERCEPT = np.log(PREVALENCE / (1 - PREVALENCE)) - SLOPE**2 / 2


def study(cases: int = 600, seed: int = 0) -> pd.DataFrame:
    """Return cases and five controls for each."""
    rng = np.random.default_rng(seed)
    x = np.r_[rng.normal(SLOPE, 1, cases), rng.normal(0, 1, 5 * cases)]
    return pd.DataFrame({"x": x, "ill": np.r_[np.ones(cases, int), np.zeros(5 * cases, int)]})


@pytest.fixture(scope="module")
def fit():
    model = bl.logistic("ill ~ x", study(), case_control=True)
    return model.fit("laplace", draws=500, random_seed=1)


@pytest.fixture(scope="module")
def mle():
    return bl.logistic("y ~ x + g", TABLE, priors="flat").fit("map")


# ---- numbers known in advance -----------------------------------------------------------------


def test_article_s_shift():
    assert intercept_shift(1e-4, 1 / 6) == pytest.approx(-7.600802455, abs=5e-10)
    assert intercept_shift(0.3, 0.3) == 0.0
    assert intercept_shift(0.5, 0.2) == pytest.approx(np.log(4))


def test_simulated_case_control_study(fit):
    population = fit.with_prevalence(PREVALENCE)
    assert population.shift[0, 0] == pytest.approx(-7.600802455, abs=5e-10)
    table = population.summary(ci_prob=0.99)
    assert table.loc["Intercept", "eti99_lb"] < INTERCEPT < table.loc["Intercept", "eti99_ub"]
    assert table.loc["x", "eti99_lb"] < SLOPE < table.loc["x", "eti99_ub"]
    plain = fit.summary()
    assert plain.loc["x", "mean"] == pytest.approx(table.loc["x", "mean"], rel=1e-12)
    assert plain.loc["Intercept", "mean"] - table.loc["Intercept", "mean"] == pytest.approx(
        7.600802455, abs=1e-8
    )
    risk = population.predict({"x": [0.0, 3.0]})["mean"]
    np.testing.assert_allclose(risk, expit(INTERCEPT + SLOPE * np.array([0, 3])), rtol=0.15)


def test_averages_are_over_the_population(fit):
    population = fit.with_prevalence(PREVALENCE)
    mean = population.predictions(by=True)["estimate"].item()
    assert mean == pytest.approx(PREVALENCE, rel=5e-2)
    exact = stats.norm.expect(
        lambda x: expit(INTERCEPT + SLOPE * (x + 1)) - expit(INTERCEPT + SLOPE * x)
    )
    found = population.comparisons()["estimate"].item()
    # The population is Normal(0, 1) but for one in ten thousand.
    assert found == pytest.approx(exact, rel=0.1)
    ratio = population.comparisons(comparison="odds_ratio", by=False, newdata="mean")
    assert ratio["estimate"].item() == pytest.approx(np.exp(SLOPE), rel=0.1)


def test_maximum_likelihood_in_a_population_of_the_sample_s_share_changes_nothing(mle):
    share = TABLE["y"].mean()
    same = mle.with_prevalence(share)
    np.testing.assert_allclose(same.theta, mle.theta, atol=1e-12)
    pd.testing.assert_frame_equal(same.comparisons(), mle.comparisons(), rtol=1e-12)


def test_one_intercept_moves_and_nothing_else(mle):
    moved = mle.with_prevalence(0.02)
    expected = mle.theta.copy()
    expected[0] += intercept_shift(0.02, TABLE["y"].mean())
    np.testing.assert_allclose(moved.theta, expected, rtol=1e-13)
    assert moved.predictions(by=True)["estimate"].item() == pytest.approx(0.02, rel=0.2)
    new = {"x": [0.3], "g": ["b"]}
    eta = mle.predict(new, kind="linear")["estimate"].item() + moved.shift.item()
    assert moved.predict(new)["estimate"].item() == pytest.approx(expit(eta), rel=1e-12)
    assert moved.curve("x", [0.3], at={"g": "b"})["estimate"].item() == pytest.approx(
        expit(eta), rel=1e-12
    )
    assert moved.solve("x")["estimate"].item() != mle.solve("x")["estimate"].item()
    assert moved.posterior["beta"].equals(mle.posterior["beta"])
    assert moved.sample is mle
    assert "intercept corrected to a prevalence of 0.02" in repr(moved)


def test_class_weights_are_undone():
    balance = np.where(TABLE["y"] == 1, 0.5 / TABLE["y"].mean(), 0.5 / (1 - TABLE["y"].mean()))
    weighted = bl.logistic("y ~ x", TABLE, weights=balance, priors="flat").fit("map")
    assert weighted.model.counts[:, 1].sum() / balance.sum() == pytest.approx(0.5)
    back = weighted.with_prevalence(float(TABLE["y"].mean()))
    assert back.shift.item() == pytest.approx(intercept_shift(TABLE["y"].mean(), 0.5))
    plain = bl.logistic("y ~ x", TABLE, priors="flat").fit("map")
    np.testing.assert_allclose(back.model.weights, 1.0, rtol=1e-12)
    np.testing.assert_allclose(
        back.predict({"x": [-1.0, 1.0]})["estimate"],
        plain.predict({"x": [-1.0, 1.0]})["estimate"],
        atol=0.03,
    )


def test_counts_and_several_classes():
    counts = bl.binomial("k ~ x", TABLE, trials="n", priors="flat").fit("map")
    share = TABLE["k"].sum() / TABLE["n"].sum()
    moved = counts.with_prevalence(0.01)
    assert moved.shift.item() == pytest.approx(intercept_shift(0.01, share))
    assert moved.predictions(by=True)["estimate"].item() == pytest.approx(0.01, rel=0.1)
    colour = np.array(["blue", "green", "red"])[np.digitize(TABLE["x"] + TABLE["z"], [-0.6, 0.7])]
    table = TABLE.assign(colour=colour)
    fit = bl.multinomial("colour ~ z", table, priors="flat").fit("map")
    shares = {"blue": 0.7, "green": 0.2, "red": 0.1}
    moved = fit.with_prevalence(shares)
    found = moved.predictions(by=True)
    np.testing.assert_allclose(found["estimate"], list(shares.values()), rtol=0.15)
    own = table["colour"].value_counts(normalize=True)
    expected = np.log(0.1 / own["red"]) - np.log(0.7 / own["blue"])
    assert moved.shift[1, 0] == pytest.approx(expected)
    np.testing.assert_allclose(
        moved.posterior["Intercept"] - fit.posterior["Intercept"], moved.shift.T[None], atol=1e-12
    )


# ---- an uncertain prevalence ------------------------------------------------------------------


def test_a_distribution_widens_risks(fit):
    sure = fit.with_prevalence(0.002)
    draws = np.random.default_rng(1).beta(2, 998, 4000)
    for given in (draws, stats.beta(2, 998)):
        unsure = fit.with_prevalence(given)
        assert unsure.prevalence[1].mean() == pytest.approx(0.002, rel=0.1)
        at = {"x": [0.0]}
        assert unsure.predict(at)["sd"].item() > 5 * sure.predict(at)["sd"].item()
        assert "on average" in unsure.outcome.label
        assert unsure.summary().loc["x", "mean"] == pytest.approx(fit.summary().loc["x", "mean"])
    again = fit.with_prevalence(stats.beta(2, 998))
    np.testing.assert_array_equal(again.theta, unsure.theta)
    few = fit.with_prevalence([0.001, 0.002, 0.003])
    counts = np.unique(few.prevalence[1], return_counts=True)[1]
    assert counts.max() - counts.min() <= 1
    other = fit.with_prevalence(stats.beta(2, 998), random_seed=7)
    assert (other.theta[0] != again.theta[0]).any()


# ---- the warning --------------------------------------------------------------------------------


@pytest.mark.slow
def test_risks_of_an_uncorrected_sample_are_warned_of(fit):
    for ask in (
        lambda: fit.predict({"x": [0.0]}),
        lambda: fit.predict({"x": [0.0]}, kind="class"),
        lambda: fit.curve("x"),
        lambda: fit.predictions(newdata="mean"),
        lambda: fit.comparisons(),
        lambda: fit.comparisons(comparison="odds_ratio"),
        lambda: fit.slopes(),
        lambda: fit.decide(),
        lambda: fit.expected_cost(),
        lambda: fit.cost_curve({"false_positive": 1, "false_negative": 2}),
        lambda: fit.in_words(comparison="difference"),
    ):
        with pytest.warns(bl.BayesLogitWarning, match=r"case-control sample.*0\.1667.*prevalence"):
            ask()


@pytest.mark.slow
def test_what_needs_no_prevalence_is_not_warned_of(fit):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit.summary("odds_ratio")
        fit.predict({"x": [0.0]}, kind="linear")
        fit.comparisons(comparison="lnor", newdata="mean")
        fit.in_words()
        fit.auc(loo=False)
        population = fit.with_prevalence(PREVALENCE)
        population.predict()
        population.slopes()
        population.decide(costs={"false_positive": 1, "false_negative": 9999})
        bl.logistic("passed ~ hours", exam()).fit("map").predict()


def test_the_mark_survives_a_file(fit, tmp_path):
    again = bl.load(fit.save(tmp_path / "study.nc"))
    assert again.model.response.case_control
    with pytest.warns(bl.BayesLogitWarning, match="case-control"):
        again.predict({"x": [0.0]})


@pytest.mark.slow
def test_calibration_in_the_population(fit):
    rng = np.random.default_rng(2)
    ill = rng.random(1000) < 0.1
    x = rng.normal(SLOPE * ill, 1)
    population = fit.with_prevalence(0.1)
    table = population.calibration(pd.DataFrame({"x": x, "ill": ill.astype(int)})).scores
    assert abs(table.loc["calibration_intercept", "new_data"]) < 0.2
    wrong = fit.calibration(pd.DataFrame({"x": x, "ill": ill.astype(int)})).scores
    assert abs(wrong.loc["calibration_intercept", "new_data"]) > 0.4


# ---- mistakes -----------------------------------------------------------------------------------

MISTAKES = [
    (0, "the prevalence is 0.0; expected a share strictly between 0 and 1"),
    (1, "the prevalence is 1.0"),
    (-0.1, "the prevalence is -0.1"),
    (float("nan"), "the prevalence is nan"),
    ([0.1, 1.2], "the prevalence is 1.2"),
    ([], "the prevalence is no value"),
    ("0.1", "prevalence='0.1' is a str; expected a number"),
    ({"0": 0.9}, "no share for '1'"),
    ({"0": 0.9, "1": 0.2}, "sum to 1.1"),
    ({"0": 0.9, "yes": 0.1}, "prevalence names 'yes'"),
]


@pytest.mark.parametrize(("prevalence", "sentence"), MISTAKES)
def test_mistakes_get_a_sentence(fit, prevalence, sentence):
    with pytest.raises(bl.DesignError, match=sentence):
        fit.with_prevalence(prevalence)


def test_other_refusals(mle):
    for given in ([0.1, 0.2], stats.beta(2, 8)):
        with pytest.raises(bl.MethodRefused, match="distribution of the prevalence needs"):
            mle.with_prevalence(given)
    probit = bl.logistic("y ~ x", TABLE, link="probit").fit("map")
    with pytest.raises(bl.DesignError, match="the bernoulli family with link 'probit'"):
        probit.with_prevalence(0.1)
    through_zero = bl.logistic("y ~ x - 1", TABLE).fit("map")
    with pytest.raises(bl.DesignError, match="a model without an intercept"):
        through_zero.with_prevalence(0.1)
    grade = np.digitize(TABLE["x"], [-0.6, 0.7])
    ordered = bl.ordinal("grade ~ z", TABLE.assign(grade=grade), levels=[0, 1, 2]).fit("map")
    with pytest.raises(bl.DesignError, match="the cumulative family"):
        ordered.with_prevalence(0.1)
    nominal = bl.multinomial("grade ~ z", TABLE.assign(grade=grade.astype(str))).fit("map")
    with pytest.raises(bl.DesignError, match="one prevalence 0.1 was given for 3 classes"):
        nominal.with_prevalence(0.1)
