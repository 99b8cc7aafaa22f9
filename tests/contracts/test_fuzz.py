"""A fixed sample of the bank of random tables, formulas and verbs (tests/benchmarks/fuzz.py)."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import bayeslogit as bl
from bayeslogit.answers.effects.estimands import Estimand, Measured
from bayeslogit.answers.effects.measures import MEASURES
from tests.benchmarks.fuzz import ASKS, asked, judged
from tests.contracts import verbs

SAMPLE = range(5000, 5024)


@pytest.mark.parametrize("start", range(SAMPLE.start, SAMPLE.stop, 6))
def test_every_answer_is_finite_or_a_sentence(start):
    failures = [f for case in range(start, start + 6) for f in asked(case, 5, quick=True)[0]]
    assert not failures, "\n".join(map(str, failures))


@pytest.mark.parametrize("case", [1613, 2174, 2270, 2276])
def test_cases_that_gave_numbers_beyond_the_largest_fit_quietly(case):
    """Cutpoints that meet far out, and sites of expectation propagation that are not finite."""
    failures, counts = asked(case, 0)
    assert not failures, "\n".join(map(str, failures))
    assert counts["answer"] == 2


def test_the_bank_asks_every_verb():
    assert set(verbs.FIT) <= set(ASKS)
    assert {f"model {name}" for name in verbs.MODEL} <= set(ASKS)


def test_what_is_not_finite_is_found():
    table = pd.DataFrame({"estimate": [1.0, np.nan], "name": ["a", "b"]})
    assert judged("summary", table, []) == [".estimate is NaN"]
    assert judged("summary", {"a": [np.inf]}, []) == [".a[0] is infinite"]
    assert judged("summary", {"a": [np.inf]}, ["it is shown as inf"]) == []
    assert judged("solve", table.fillna(np.inf), []) == []
    assert judged("r_squared", "the mean is nan", []) == [". is NaN"]
    assert judged("r_squared", table.dropna(), []) == []


def tiny(y: list[int], x: list[float]) -> bl.Fit:
    return bl.logistic("y ~ x", {"y": y, "x": x}).fit(draws=50, chains=2, random_seed=1)


def test_a_forecast_that_is_wrong_beyond_rounding_has_a_large_residual():
    """1 - p is 0 to machine precision: the residual was 0 where it is largest."""
    table = {"x": [-1.0, 1.0, 0.0, 0.5], "y": [0, 1, 1, 0], "o": [0.0, 0.0, 0.0, 60.0]}
    fit = bl.logistic("y ~ x", table, offset="o", priors=bl.Normal(0, 1)).fit("map")
    found = fit.residuals(loo=False)
    assert np.isfinite(found.to_numpy()).all()
    assert found["pearson"].iloc[3] < -1e5
    assert found["deviance"].iloc[3] < -5.0


def test_a_prevalence_needs_cases_of_every_class():
    table = {"x": [0.0, 1.0, 2.0, 1.0], "y": [0, 1, 0, 0], "w": [1.0, 0.0, 2.0, 1.0]}
    fit = bl.logistic("y ~ x", table, weights="w").fit("map")
    with pytest.raises(bl.DesignError, match="a sample without a case of '1'; expected cases of"):
        fit.with_prevalence(0.1)


def test_no_events_have_no_rule_and_no_share_explained():
    model = bl.binomial("k ~ x", {"k": [0, 0, 0], "x": [0.0, 1.0, 2.0]}, trials=4)
    events = model.check()["events"]
    assert "inf" not in events.sentence
    assert "the rule of ten asks for 10 for each" in events.sentence
    assert "rule_of_ten_cases" not in events.values


def test_one_class_alone_has_no_difference_of_means():
    fit = bl.binomial("k ~ x", {"k": [0, 0, 0], "x": [0.0, 1.0, 2.0]}, trials=4).fit("map")
    assert fit.r_squared().index.tolist() == ["bayes", "mckelvey_zavoina"]


@pytest.mark.parametrize(
    ("high", "word"), [(1.0, "infinite in 2 of 2"), (0.0, "infinite in 2 of 2")]
)
def test_a_logarithm_of_a_ratio_that_is_infinite_has_no_mean(high, word):
    estimand = Estimand([], {}, MEASURES["lnor"], Measured("probability", None, None))
    values = np.array([high, 1.0 - high, 0.5, 0.5])[:, None, None, None].repeat(2, axis=3)
    with pytest.raises(bl.DesignError, match=f"the lnor is {word} draws, because a probability"):
        estimand.combine(values)


@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_forecasts_that_no_draw_is_left_for_are_ranked():
    for case in (10038, 20041):
        failures = asked(case, 0, ["roc", "auc", "precision_recall"], quick=True)[0]
        assert not failures


def test_ratios_beyond_the_largest_number_are_said():
    table = {"x": [1e-6, 2e-6, 3e-6, 4e-6, 5e-6, 6e-6], "y": [0, 0, 1, 0, 1, 1]}
    fit = bl.logistic("y ~ x", table, priors=bl.Normal(0, 1e6)).fit(
        draws=50, chains=2, random_seed=1
    )
    with pytest.warns(bl.BayesLogitWarning, match=r"odds_ratio of 'x' per unit.* shown as inf"):
        fit.comparisons(comparison="odds_ratio")
    with pytest.warns(bl.BayesLogitWarning, match=r"odds ratio of 'x' per unit.* shown as inf"):
        fit.summary("odds_ratio")


@pytest.mark.filterwarnings("ignore::bayeslogit.BayesLogitWarning")
def test_forecasts_without_an_error_have_no_calibration_slope():
    fit = tiny([0, 0, 0, 1, 1, 1], [-9.0, -8.0, -7.0, 7.0, 8.0, 9.0])
    found = fit.calibration(progressbar=False)
    assert "endless_slope" in [p.code for p in found.problems]
    assert not found.scores.isna().to_numpy().any()


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize(
    ("case", "verb"), [(205, "check"), (337, "summary"), (523, "summary"), (190, "slopes eyex")]
)
def test_what_the_bank_brought_out(case, verb):
    """Weights all alike, halves of cells far higher than all before, climbs that overflow."""
    assert not asked(case, 0, [verb])[0]
