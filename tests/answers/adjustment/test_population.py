"""A fit with another prevalence: scores of its forecasts by Bayes' rule, effects and pictures."""

from __future__ import annotations

import warnings

import matplotlib.pyplot as plt
import numpy as np
import pytest
from scipy import stats
from scipy.special import expit

import bayeslogit as bl
from bayeslogit.specification.subset import on_rows
from tests.helpers import random_table

TABLE = random_table(160)
SHARE = float(TABLE["y"].mean())
RARE = 0.01


@pytest.fixture(scope="module")
def fit():
    model = bl.logistic("y ~ x + g", TABLE, case_control=True)
    return model.fit("laplace", draws=250, random_seed=1)


@pytest.fixture(scope="module")
def rare(fit):
    return fit.with_prevalence(RARE)


@pytest.fixture(scope="module")
def point():
    model = bl.logistic("y ~ x + g", TABLE, priors="flat", case_control=True)
    return model.fit("map")


@pytest.fixture(scope="module")
def several():
    colour = np.array(["blue", "green", "red"])[np.digitize(TABLE["x"] + TABLE["z"], [-0.6, 0.7])]
    model = bl.multinomial("colour ~ x", TABLE.assign(colour=colour))
    return model.fit("laplace", draws=250, random_seed=1)


@pytest.fixture(autouse=True)
def _closed():
    yield
    plt.close("all")


# ---- forecasts, by Bayes' rule --------------------------------------------------------------


def rates(prob, cutoff):
    """Return sensitivity and false positive rate of forecasts of the fitted rows."""
    above = prob > cutoff
    return above[TABLE["y"] == 1].mean(), above[TABLE["y"] == 0].mean()


def test_decision_curve_of_a_population(point):
    population = point.with_prevalence(RARE)
    prob = population.predict()["estimate"].to_numpy()
    thresholds = [0.004, 0.01, 0.03]
    found = population.net_benefit(thresholds)
    for t, benefit, everyone in zip(
        thresholds, found["net_benefit"], found["treat_all"], strict=True
    ):
        sensitivity, false = rates(prob, t)
        odds = t / (1 - t)
        assert benefit == pytest.approx(RARE * sensitivity - odds * (1 - RARE) * false, rel=1e-9)
        assert everyone == pytest.approx(RARE - odds * (1 - RARE), abs=1e-12)
    by_default = population.net_benefit()["threshold"]
    assert by_default.max() == pytest.approx(1.25 * prob.max())
    assert len(by_default) == 99


def test_precision_is_bayes_rule(point):
    population = point.with_prevalence(RARE)
    prob = population.predict()["estimate"].to_numpy()
    table = population.confusion(RARE)["estimate"]
    sensitivity, false = rates(prob, RARE)
    assert table["sensitivity"] == pytest.approx(sensitivity)
    assert table["specificity"] == pytest.approx(1 - false)
    hits = RARE * sensitivity
    assert table["precision"] == pytest.approx(hits / (hits + (1 - RARE) * false), rel=1e-9)
    assert table.iloc[:4].sum() == pytest.approx(len(TABLE))  # as many people as rows
    curve = population.precision_recall()
    assert curve["precision"].iloc[-1] == pytest.approx(RARE)


def test_what_nothing_forecasts_has_no_rounding_error(rare, fit):
    table = rare.net_benefit([0.9, 0.95])
    assert (table["net_benefit"] == 0.0).all()
    assert (table["p_useful"] == 0.0).all()
    confusion = rare.confusion(0.9)
    assert confusion.loc["true_positives", ["estimate", "sd"]].tolist() == [0.0, 0.0]
    assert (confusion["sd"] == 0.0).all()
    # Acting on all by the model is acting on everyone, draw by draw.
    low = rare.net_benefit([1e-6])
    assert low["net_benefit"].item() == low["treat_all"].item()
    assert low["p_useful"].item() == 0.0


def test_what_no_share_changes(fit, rare):
    ours, theirs = rare.auc(spread="draws"), fit.auc(spread="draws")
    assert ours.loc["auc"].to_numpy() == pytest.approx(theirs.loc["auc"].to_numpy(), abs=2e-3)
    assert ours.loc["average_precision", "estimate"] < theirs.loc["average_precision", "estimate"]


def test_a_population_with_the_share_of_the_sample_is_the_sample(fit):
    same = fit.with_prevalence(SHARE)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", bl.BayesLogitWarning)
        for question in ("auc", "roc", "net_benefit"):
            ours, theirs = getattr(same, question)(), getattr(fit, question)()
            columns = [c for c in ours if "eti" not in c and c not in ("sd", "p_useful")]
            np.testing.assert_allclose(ours[columns], theirs[columns], rtol=1e-8, atol=1e-12)
        # Cases and controls are varied apart, so only what depends on their share is narrower.
        both = [f.confusion(0.4).loc[["sensitivity", "specificity"], "sd"] for f in (same, fit)]
    np.testing.assert_allclose(both[0], both[1], rtol=0.15)


def test_forecasts_leave_rows_out_of_the_sample(fit, rare):
    from bayeslogit.answers.evaluation.leave_one_out import leave_one_out

    left = leave_one_out(fit, progressbar=False)
    moved = leave_one_out(rare, progressbar=False)
    np.testing.assert_allclose(moved.k, left.k, rtol=1e-9)
    np.testing.assert_allclose(moved.log_prob, left.log_prob, rtol=1e-9)
    for row in (2, 6):
        again = on_rows(fit.model, np.delete(np.arange(len(TABLE)), row))
        draws = again.fit(draws=2000, random_seed=1).theta
        expected = expit(fit.model.design.X[row] @ draws + rare.shift[0, 0]).mean()
        prob = moved.prob_of_rows(fit.model.counts, np.zeros((2, len(TABLE))))
        assert prob[1, row] == pytest.approx(expected, rel=0.05)


def test_an_uncertain_prevalence_widens_what_depends_on_it(fit, rare):
    unsure = fit.with_prevalence(stats.beta(4, 396))
    for spread in ("cases", "draws", "both"):
        sure, wide = (p.confusion(RARE, spread=spread)["sd"] for p in (rare, unsure))
        assert wide["true_positives"] > 1.5 * sure["true_positives"]
    cases = unsure.confusion(RARE)
    assert cases.loc["true_positives", "estimate"] < 0.03 * len(TABLE)


def test_new_rows_are_of_the_population(rare):
    rng = np.random.default_rng(3)
    y = (rng.random(len(TABLE)) < 0.2).astype(int)
    found = rare.confusion(0.02, newdata=TABLE.assign(y=y))["estimate"]
    prob = rare.predict(TABLE)["mean"].to_numpy()
    assert found["true_positives"] == ((prob > 0.02) & (y == 1)).sum()
    assert rare.calibration(TABLE.assign(y=y)).scores.columns[0] == "new_data"
    ax = rare.plot_calibration(TABLE.assign(y=y))
    assert "rows that were not fitted" in ax.texts[0].get_text()


def test_explained_variance_is_of_the_population(point):
    population = point.with_prevalence(RARE)
    weights = np.where(TABLE["y"] == 1, RARE / SHARE, (1 - RARE) / (1 - SHARE))
    prob = population.predict()["estimate"].to_numpy()
    mean = np.average(prob, weights=weights)
    spread = np.average((prob - mean) ** 2, weights=weights)
    noise = np.average(prob * (1 - prob), weights=weights)
    found = population.r_squared()["estimate"]
    assert found["bayes"] == pytest.approx(spread / (spread + noise), rel=1e-9)


# ---- pictures ---------------------------------------------------------------------------------


def test_curve_is_of_the_population(rare):
    ax = rare.plot_curve("x", at={"g": "b"})
    grid, drawn = ax.lines[0].get_data()
    expected = rare.curve("x", grid, at={"g": "b"})["mean"]
    np.testing.assert_allclose(drawn, expected, rtol=1e-12)
    assert ax.get_ylim()[1] < 0.5
    assert not any("observed" in text.get_text() for text in ax.get_legend().get_texts())
    assert "prevalence of 0.01" in ax.texts[0].get_text()
    # With the rows: shares of bins, weighed as the population has them.
    with_rows = rare.plot_curve("x", data=True)
    shares = with_rows.collections[-1].get_offsets()[:, 1]
    assert shares.max() < 0.2
    levels = rare.plot_curve("g")
    words = [label.get_text() for label in levels.get_xticklabels()]
    count = TABLE["g"].value_counts()
    assert words == [f"{level}\nn = {count[level]}" for level in "abc"]


def test_forest_keeps_the_slopes(fit, rare):
    ours, theirs = rare.plot_forest(), fit.plot_forest()
    assert [t.get_text() for t in ours.texts[:3]] == [t.get_text() for t in theirs.texts[:3]]
    both = rare.plot_forest(intercept=True, scale="log_odds")
    middle = np.median(rare.theta[0])
    assert both.lines[1].get_xdata()[0] == pytest.approx(middle)


def test_a_point_has_the_curvature_of_the_sample(point):
    population = point.with_prevalence(RARE)
    both = [f.summary()["curvature_sd"] for f in (population, point)]
    np.testing.assert_allclose(both[0], both[1], rtol=1e-12)
    assert len(population.plot_forest().texts) >= 3
    ax = population.plot_curve("x")
    assert "intercept corrected to a prevalence of 0.01" in ax.texts[0].get_text()
    line = ax.lines[0]
    new = {"x": line.get_xdata()[:1], "g": [TABLE["g"].mode().item()]}
    assert line.get_ydata()[0] == pytest.approx(population.predict(new)["estimate"].item())


def test_decision_curve_is_drawn(rare):
    ax = rare.plot_net_benefit()
    table = rare.net_benefit()
    lines = {line.get_label(): line for line in ax.lines}
    np.testing.assert_allclose(lines["by the model"].get_ydata(), table["net_benefit"])
    np.testing.assert_allclose(lines["act on everyone"].get_ydata(), table["treat_all"])
    assert ax.get_xlim()[1] == pytest.approx(1.02 * table["threshold"].max())


def test_precision_and_recall_are_drawn(rare):
    ax = rare.plot_precision_recall()
    assert "share of events, 0.01" in ax.texts[-1].get_text().replace("\n", " ")
    assert ax.texts[0].get_position() == (0.98, 0.98)  # the curve is low: room above it
    roc = rare.plot_roc()
    assert "AUC" in roc.texts[0].get_text()


def test_effects_and_costs_are_drawn(rare):
    table = rare.comparisons("x")
    ax = rare.plot_effects("x")
    assert ax.lines[1].get_xdata()[0] == pytest.approx(table["estimate"].item())
    costs = {"false_positive": 1, "false_negative": 50}
    drawn = rare.plot_costs(costs)
    assert drawn.lines[1].get_xdata()[0] == pytest.approx(1 / 51)
    np.testing.assert_allclose(drawn.lines[0].get_ydata(), rare.cost_curve(costs)["estimate"])


def test_several_classes(several):
    shares = {"blue": 0.9, "green": 0.09, "red": 0.01}
    population = several.with_prevalence(shares)
    table = population.confusion(0.1, event="green")["estimate"]
    assert table[["true_positives", "false_negatives"]].sum() == pytest.approx(0.09 * len(TABLE))
    curve = population.plot_curve("x")
    grid = curve.lines[0].get_xdata()
    found = population.curve("x", grid)["mean"].to_numpy().reshape(-1, 3)
    np.testing.assert_allclose(curve.lines[2].get_ydata(), found[:, 2], rtol=1e-12)
    ax = population.plot_simplex({"x": [-1.0, 1.0]})
    assert len(ax.get_legend_handles_labels()[1]) >= 2
    population.plot_curve("x", kind="simplex")
    with pytest.raises(bl.DesignError, match="none was named; expected the one that counts as"):
        population.plot_roc()


# ---- what is not of a population --------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["plot_ppc", "plot_prior", "plot_residuals", "plot_influence", "plot_movement"]
    + ["plot_separation", "loo", "check", "classical", "save", "update", "with_prevalence"],
)
def test_what_is_of_the_sample_says_so(fit, rare, name):
    assert callable(getattr(fit, name))
    assert not hasattr(rare, name)
    with pytest.raises(bl.DesignError, match=rf"{name} is about the sample.*\.sample\.{name}"):
        getattr(rare, name)


def test_other_names_are_unknown(rare):
    with pytest.raises(AttributeError, match="has no 'plot_curves'. Did you mean 'plot_curve'"):
        rare.plot_curves


def test_calibration_needs_rows_of_the_population(rare):
    for ask in (rare.calibration, rare.plot_calibration):
        with pytest.raises(bl.DesignError, match=r"pass newdata=, or use \.sample\.calibration"):
            ask()


@pytest.mark.slow
def test_pictures_of_risks_of_a_sample_are_warned_of(fit):
    for ask in (
        lambda: fit.plot_curve("x"),
        lambda: fit.net_benefit(),
        lambda: fit.plot_net_benefit(),
        lambda: fit.confusion(),
        lambda: fit.precision_recall(),
        lambda: fit.plot_precision_recall(),
    ):
        with pytest.warns(bl.BayesLogitWarning, match="depend on the share of cases"):
            ask()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit.roc()
        fit.plot_roc()
        fit.plot_forest()


def test_risks_are_those_of_the_corrected_intercept(rare, fit):
    eta = fit.predict({"x": [0.2], "g": ["b"]}, kind="linear", draws=True).values.ravel()
    expected = expit(eta + rare.shift[0]).mean()
    found = rare.predict({"x": [0.2], "g": ["b"]})["mean"].item()
    assert found == pytest.approx(expected, rel=1e-12)
