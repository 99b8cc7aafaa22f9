"""Decisions against costs counted by hand; curves against scikit-learn."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics

import bayeslogit as bl
from bayeslogit.answers.evaluation import ranking
from bayeslogit.answers.prediction.costs import costs_of
from tests.helpers import PASSED, exam, exam_model, random_table

TABLE = random_table(120)
COSTS = {"false_positive": 1, "false_negative": 4}


@pytest.fixture(scope="module")
def fit():
    return bl.logistic("y ~ x + g + z", TABLE).fit("auto", draws=300, random_seed=1)


@pytest.fixture(scope="module")
def mle():
    return bl.logistic("passed ~ hours", exam(), priors="flat").fit("map")


@pytest.fixture(scope="module")
def draws(fit):
    """Return probabilities of the event, (draws, rows)."""
    return fit.predict(draws=True).values.reshape(-1, 120)


def cost_of(act, prob, price):
    """Return the expected cost of acting or not, each (draws, rows)."""
    positive = price.get("true_positive", 0) * prob + price["false_positive"] * (1 - prob)
    negative = price["false_negative"] * prob + price.get("true_negative", 0) * (1 - prob)
    return np.where(act, positive, negative)


# ---- decisions row by row -------------------------------------------------------------------


def test_cutoff_from_costs(fit, draws):
    table = fit.decide(costs=COSTS)
    assert table.attrs["cutoff"] == pytest.approx(0.2)
    mean = draws.mean(axis=0)
    np.testing.assert_allclose(table["probability"], mean, rtol=1e-12)
    assert table["decision"].tolist() == (mean > 0.2).astype(int).tolist()
    flips = np.where(mean > 0.2, (draws <= 0.2).mean(axis=0), (draws > 0.2).mean(axis=0))
    np.testing.assert_allclose(table["p_flip"], flips, atol=1e-12)
    saving = cost_of(mean <= 0.2, draws, COSTS) - cost_of(mean > 0.2, draws, COSTS)
    np.testing.assert_allclose(table["value"], saving.mean(axis=0), rtol=1e-9)
    np.testing.assert_allclose(
        table["value_eti89_ub"], np.quantile(saving, 0.945, axis=0), rtol=1e-9
    )
    assert (table["value"] >= 0).all()


def test_costs_of_right_decisions_count():
    prices = {**COSTS, "true_positive": 0.5, "true_negative": 0.2}
    cutoff = (1 - 0.2) / (1 - 0.2 + 4 - 0.5)
    fit = exam_model().fit("map")
    by_name = fit.decide(costs=prices)
    assert by_name.attrs["cutoff"] == pytest.approx(cutoff)
    by_matrix = fit.decide(costs=[[0.2, 1], [4, 0.5]])
    by_cutoff = fit.decide(cutoff=cutoff)
    assert by_name["decision"].tolist() == by_matrix["decision"].tolist()
    assert by_name["decision"].tolist() == by_cutoff["decision"].tolist()
    default = fit.decide()
    assert default["decision"].tolist() == fit.predict(kind="class")["class"].tolist()
    assert list(default.columns) == ["probability", "decision", "value"]


def test_abstaining_by_price_and_by_doubt(fit, draws):
    mean = draws.mean(axis=0)
    priced = fit.decide(costs={**COSTS, "abstain": 0.5})
    assert priced.attrs["abstain_between"] == pytest.approx((0.125, 0.5))
    between = (mean > 0.125) & (mean < 0.5)
    assert priced["abstain"].tolist() == between.tolist()
    assert (priced.loc[between, "decision"] == "abstain").all()
    assert fit.decide(costs={**COSTS, "abstain": 2}).attrs["abstain_between"] is None
    doubtful = fit.decide(costs=COSTS, max_flip=0.1)
    assert doubtful["abstain"].tolist() == (doubtful["p_flip"] > 0.1).tolist()
    assert set(doubtful["decision"]) == {0, 1}


def test_new_rows_and_labels():
    named = bl.logistic("y ~ x", TABLE.assign(y=np.where(TABLE["y"] == 1, "sick", "well")))
    table = named.fit("map").decide(pd.DataFrame({"x": [-9.0, 9.0]}, index=["a", "b"]))
    assert table["decision"].tolist() in (["sick", "well"], ["well", "sick"])
    assert table.index.tolist() == ["a", "b"]
    counts = bl.binomial("k ~ x", TABLE, trials="n").fit("map").decide({"x": [-20.0, 20.0]})
    assert counts["decision"].tolist() == ["failure", "success"]


def test_several_classes_by_a_matrix_of_costs():
    grade = np.digitize(TABLE["x"], [-0.5, 0.7])
    fit = bl.ordinal("grade ~ z + x", TABLE.assign(grade=grade), levels=[0, 1, 2]).fit(
        "laplace", draws=100, random_seed=1
    )
    prob = fit.predict(draws=True).values.reshape(-1, 120, 3)
    costs = np.array([[0, 1, 4], [1, 0, 1], [9, 3, 0.0]])
    table = fit.decide(costs=costs)
    expected = prob.mean(axis=0) @ costs
    assert table["decision"].tolist() == expected.argmin(axis=1).tolist()
    flips = (prob @ costs).argmin(axis=2) != expected.argmin(axis=1)
    np.testing.assert_allclose(table["p_flip"], flips.mean(axis=0), atol=1e-12)
    top = prob.mean(axis=0).argmax(axis=1)
    assert fit.decide()["decision"].tolist() == top.tolist()
    with_abstain = fit.decide(costs=np.column_stack([1.0 - np.eye(3), [0.2] * 3]))
    assert (with_abstain["decision"] == "abstain").tolist() == with_abstain["abstain"].tolist()
    np.testing.assert_allclose(with_abstain["abstain"], 1 - prob.mean(axis=0).max(axis=1) > 0.2)
    policies = fit.expected_cost(costs=costs)
    assert policies.index.tolist() == ["model", "all: 0", "all: 1", "all: 2", "known_coefficients"]


# ---- what policies cost ---------------------------------------------------------------------


def test_expected_cost_of_policies(fit, draws):
    table = fit.expected_cost(costs=COSTS, ci_prob=0.8)
    act = draws.mean(axis=0) > 0.2
    by_hand = {
        "model": cost_of(act, draws, COSTS).mean(axis=1),
        "all: 0": cost_of(False, draws, COSTS).mean(axis=1),
        "all: 1": cost_of(True, draws, COSTS).mean(axis=1),
        "known_coefficients": cost_of(draws > 0.2, draws, COSTS).mean(axis=1),
    }
    for name, values in by_hand.items():
        assert table.loc[name, "estimate"] == pytest.approx(values.mean(), rel=1e-10)
        assert table.loc[name, "eti80_lb"] == pytest.approx(np.quantile(values, 0.1), rel=1e-10)
    model = table["estimate"]
    assert model["known_coefficients"] <= model["model"] <= model[["all: 0", "all: 1"]].min()
    assert table.loc[["model", "all: 0", "all: 1"], "p_best"].sum() == pytest.approx(1.0, abs=0.05)
    other = fit.expected_cost(costs=COSTS, cutoff=0.7)
    values = cost_of(draws.mean(axis=0) > 0.7, draws, COSTS).mean(axis=1)
    assert other.loc["model", "estimate"] == pytest.approx(values.mean(), rel=1e-10)
    assert other.attrs["cutoff"] == 0.7


def test_cost_curve_prices_every_cutoff(fit, monkeypatch):
    grid = [0.1, 0.2, 0.45, 0.8]
    curve = fit.cost_curve(COSTS, cutoffs=grid)
    for cutoff, estimate in zip(curve["cutoff"], curve["estimate"], strict=True):
        other = fit.expected_cost(costs=COSTS, cutoff=float(cutoff))
        assert estimate == pytest.approx(other.loc["model", "estimate"], rel=1e-10)
    assert curve.loc[curve["best"], "cutoff"].tolist() == [0.2]
    assert curve.attrs["cutoff"] == pytest.approx(0.2)
    whole = fit.cost_curve(COSTS)
    assert len(whole) == 99
    assert whole["estimate"].min() == whole.loc[whole["best"], "estimate"].item()


def test_point_estimates_have_costs_without_spread(mle):
    table = mle.expected_cost(costs=COSTS)
    assert table.columns.tolist() == ["estimate"]
    assert table.index.tolist() == ["model", "all: 0", "all: 1"]
    assert "sd" not in mle.cost_curve(COSTS)


# ---- forecasts against outcomes -------------------------------------------------------------


def test_article_s_confusion_and_auc(mle):
    prob = mle.predict()["estimate"]
    for cutoff in (0.3, 0.5, 0.8):
        table = mle.confusion(cutoff)["estimate"]
        tn, fp, fn, tp = metrics.confusion_matrix(PASSED, prob > cutoff).ravel()
        assert table.iloc[:4].tolist() == [tp, fp, tn, fn]
        assert table["sensitivity"] == pytest.approx(metrics.recall_score(PASSED, prob > cutoff))
        assert table["precision"] == pytest.approx(metrics.precision_score(PASSED, prob > cutoff))
        assert table["accuracy"] == pytest.approx(metrics.accuracy_score(PASSED, prob > cutoff))
        assert table["specificity"] == pytest.approx(tn / (tn + fp))
        assert table["negative_predictive_value"] == pytest.approx(tn / (tn + fn))
    areas = mle.auc()["estimate"]
    assert areas["auc"] == pytest.approx(0.895, abs=1e-12)
    assert areas["average_precision"] == pytest.approx(
        metrics.average_precision_score(PASSED, prob), rel=1e-12
    )


def test_curves_equal_scikit_learn(fit):
    y, w = TABLE["y"], TABLE["w"]
    weighted = bl.logistic("y ~ x + g + z", TABLE, weights="w").fit("map")
    prob = weighted.predict()["estimate"].round(12)
    false, true, cutoffs = metrics.roc_curve(y, prob, sample_weight=w, drop_intermediate=False)
    found = weighted.roc()
    np.testing.assert_allclose(found["false_positive_rate"], false, atol=1e-12)
    np.testing.assert_allclose(found["sensitivity"], true, atol=1e-12)
    np.testing.assert_allclose(found["cutoff"], cutoffs, atol=1e-10)
    precision, recall, _ = metrics.precision_recall_curve(y, prob, sample_weight=w)
    found = weighted.precision_recall()
    np.testing.assert_allclose(found["precision"], precision[-2::-1], rtol=1e-10)
    np.testing.assert_allclose(found["recall"], recall[-2::-1], rtol=1e-10)


def test_posterior_of_sensitivity_is_a_beta(fit):
    """Random weights on n cases give a share the distribution Beta(hits, misses)."""
    from scipy.stats import beta

    table = fit.confusion(0.5, ci_prob=0.9, loo=False)
    hits, misses = table.loc[["true_positives", "false_negatives"], "estimate"]
    exact = beta(hits, misses)
    assert table.loc["sensitivity", "estimate"] == pytest.approx(hits / (hits + misses))
    assert table.loc["sensitivity", "sd"] == pytest.approx(exact.std(), rel=0.1)
    assert table.loc["sensitivity", "eti90_lb"] == pytest.approx(exact.ppf(0.05), abs=0.02)


def test_figures_are_corrected_for_optimism_unless_asked(fit):
    out, inside = fit.auc(), fit.auc(loo=False)
    assert out.attrs["forecast"] == "corrected"
    assert "leave-pair-out cross-validation" in out.attrs["which"]
    assert "which flatters" in inside.attrs["which"]
    np.testing.assert_array_equal(out["in_sample"], inside["estimate"])
    np.testing.assert_allclose(out["estimate"] + out["optimism"], out["in_sample"], rtol=1e-12)
    assert out.loc["auc", "estimate"] < inside.loc["auc", "estimate"]
    assert inside.loc["auc", "estimate"] == pytest.approx(
        metrics.roc_auc_score(TABLE["y"], fit.predict()["mean"]), rel=1e-12
    )
    new = fit.auc(newdata=TABLE)
    assert new.loc["auc", "estimate"] == pytest.approx(inside.loc["auc", "estimate"], rel=1e-12)


def test_spread_over_draws_cases_and_both(fit, draws):
    over = fit.auc(spread="draws")
    expected = [metrics.roc_auc_score(TABLE["y"], p) for p in draws[:: len(draws) // 100]]
    assert over.attrs["forecast"] == "in_sample"
    assert over.loc["auc", "sd"] == pytest.approx(np.std(expected), rel=0.3)
    cases, both = fit.auc(loo=False), fit.auc(spread="both")
    assert over.loc["auc", "sd"] < cases.loc["auc", "sd"]
    assert both.loc["auc", "sd"] > over.loc["auc", "sd"]
    pd.testing.assert_frame_equal(fit.auc(spread="both"), both)
    one = exam_model().fit("auto", draws=200, random_seed=1)
    # The ranking of a model of one predictor is the same in every draw with a positive slope.
    assert one.auc(spread="draws").loc["auc", "eti89_lb"] == pytest.approx(0.895)


def test_bands_hold_the_curve(fit):
    roc = fit.roc(ci_prob=0.95)
    inner = roc[(roc["false_positive_rate"] > 0.05) & (roc["false_positive_rate"] < 0.95)]
    low, high = inner["eti95_lb"], inner["eti95_ub"]
    assert inner["sensitivity"].between(low, high).mean() > 0.9
    assert (roc["eti95_ub"] >= roc["eti95_lb"]).all()
    last = roc.iloc[-1]
    assert last[["sensitivity", "eti95_lb", "eti95_ub"]].tolist() == [1, 1, 1]
    precise = fit.precision_recall(ci_prob=0.95)
    assert precise["precision"].between(precise["eti95_lb"], precise["eti95_ub"]).mean() > 0.9


def test_long_curves_are_thinned(monkeypatch):
    monkeypatch.setattr(ranking, "_POINTS", 10)
    fit = bl.logistic("y ~ x + z", TABLE).fit("map")
    assert len(fit.roc()) == len(fit.precision_recall()) == 10


def test_net_benefit_by_hand(mle):
    prob = mle.predict()["estimate"].to_numpy()
    table = mle.net_benefit([0.1, 0.25, 0.6])
    for t, found, everyone in table[["threshold", "net_benefit", "treat_all"]].to_numpy():
        act = prob > t
        by_hand = (PASSED[act] == 1).mean() * act.mean() - (PASSED[act] == 0).sum() / 20 * t / (
            1 - t
        )
        assert found == pytest.approx(by_hand, rel=1e-12)
        assert everyone == pytest.approx(0.5 - 0.5 * t / (1 - t), rel=1e-12)
    assert (table["treat_none"] == 0).all()
    assert table["p_useful"].between(0, 1).all()
    assert (table["net_benefit"] <= table["eti89_ub"]).all()
    assert len(mle.net_benefit()) == 99


def test_several_classes_need_an_event():
    grade = np.digitize(TABLE["x"] + TABLE["z"], [-0.6, 0.7]).astype(str)
    fit = bl.multinomial("grade ~ z + g", TABLE.assign(grade=grade)).fit("map")
    prob = fit.predict()["estimate"].to_numpy().reshape(-1, 3)
    found = fit.auc(event="2").loc["auc", "estimate"]
    assert found == pytest.approx(metrics.roc_auc_score(grade == "2", prob[:, 2]), rel=1e-12)
    with pytest.raises(bl.DesignError, match="none was named.*pass event="):
        fit.auc()
    with pytest.raises(bl.DesignError, match="event='3' is not among the classes"):
        fit.roc(event="3")


def test_rates_of_nothing_are_left_out(mle):
    table = mle.confusion(0.999)
    assert "precision" not in table.index
    assert table.loc["sensitivity", "estimate"] == 0.0
    assert np.isfinite(table.to_numpy()).all()


# ---- mistakes ---------------------------------------------------------------------------------

MISTAKES = [
    (lambda f: f.decide(costs={"false_positive": -1, "false_negative": 1}), "is -1; expected 0"),
    (lambda f: f.decide(costs={"false_positive": 1}), "the cost false_negative is missing"),
    (lambda f: f.decide(costs={**COSTS, "fals_positive": 1}), "Did you mean 'false_positive'"),
    (lambda f: f.decide(costs={**COSTS, "abstain": np.nan}), "the cost abstain is nan"),
    (lambda f: f.decide(costs={**COSTS, "abstain": "2"}), "the cost abstain is '2'"),
    (
        lambda f: f.decide(costs={"false_positive": 0, "false_negative": 0}),
        "one decision is always best",
    ),
    (lambda f: f.decide(costs={**COSTS, "true_positive": 5}), "one decision is always best"),
    (lambda f: f.decide(costs=[1, 2]), r"costs has the shape \(2,\)"),
    (lambda f: f.decide(costs=[[0, 1], [-2, 0]]), "of deciding '0' where '1' is true is -2"),
    (lambda f: f.decide(costs=COSTS, cutoff=0.5), "both costs= and cutoff=0.5 were given"),
    (lambda f: f.decide(cutoff=1.5), "cutoff=1.5 is not a probability"),
    (lambda f: f.decide(max_flip=0), "max_flip=0 is not a probability"),
    (lambda f: f.cost_curve(COSTS, cutoffs=[0.5, 1.0]), "cutoffs holds 1.0"),
    (lambda f: f.cost_curve({**COSTS, "abstain": 1}), "a cut-off cannot choose among 3 actions"),
    (lambda f: f.confusion(0), "cutoff=0 is not a probability"),
    (lambda f: f.net_benefit([0.2, 1.0]), "thresholds holds 1.0"),
    (lambda f: f.roc(spread="rows"), "spread='rows' is not known"),
    (lambda f: f.auc(spread="draws", newdata=TABLE), "was given with new rows"),
    (lambda f: f.auc(seed=1), "there is no option 'seed'"),
]


@pytest.mark.parametrize(("mistake", "sentence"), MISTAKES)
def test_mistakes_get_a_sentence(fit, mistake, sentence):
    with pytest.raises(bl.DesignError, match=sentence):
        mistake(fit)


def test_other_refusals(mle):
    for ask in (
        lambda: mle.decide(max_flip=0.1),
        lambda: mle.decide(ci_prob=0.9),
        lambda: mle.expected_cost(costs=COSTS, ci_prob=0.9),
        lambda: mle.auc(spread="draws"),
    ):
        with pytest.raises(bl.MethodRefused, match="one draw without a spread"):
            ask()
    grade = np.digitize(TABLE["x"], [-0.5, 0.7]).astype(str)
    fit = bl.multinomial("grade ~ z", TABLE.assign(grade=grade)).fit("map")
    for ask, sentence in (
        (lambda: fit.decide(costs=COSTS), "costs were given by name for 3 classes"),
        (lambda: fit.decide(cutoff=0.3), "cutoff=0.3 was given for 3 classes"),
        (
            lambda: fit.expected_cost(costs=1.0 - np.eye(3), cutoff=0.3),
            "expected a cut-off for two",
        ),
        (lambda: fit.cost_curve(1.0 - np.eye(3)), "a cut-off cannot choose among 3 actions"),
    ):
        with pytest.raises(bl.DesignError, match=sentence):
            ask()
    one = TABLE.assign(y=0)
    with pytest.raises(bl.ResponseError, match="'y' is '0' in all rows"):
        bl.logistic("y ~ x", TABLE).fit("map").roc(newdata=one)
    assert costs_of(None, ("a", "b", "c")).matrix.trace() == 0
