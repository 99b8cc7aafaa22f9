"""The doctor looks whether forecasts of new cases are too extreme or too timid."""

from __future__ import annotations

import numpy as np
import pytest

import bayeslogit as bl


def checked(p, n, priors=None, seed=3, **options):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, max(p, 1)))
    y = (rng.random(n) < 1 / (1 + np.exp(-0.8 * X[:, 0]))).astype(int)
    table = {f"x{i}": X[:, i] for i in range(p)} | {"y": y}
    formula = "y ~ " + (" + ".join(f"x{i}" for i in range(p)) or "1")
    fit = bl.logistic(formula, table, priors=priors).fit("laplace", draws=250, random_seed=1)
    return fit, fit.check(progressbar=False)["calibration"]


def test_many_predictors_of_few_cases_are_too_extreme():
    fit, finding = checked(16, 100)
    assert finding.severity == "warning"
    assert finding.sentence.startswith("forecasts are too extreme for new cases: their calibration")
    assert "where 1 is best, by leave-pair-out cross-validation" in finding.sentence
    assert "use fewer predictors or narrower priors" in finding.action
    slope = fit.calibration(progressbar=False).scores.loc["calibration_slope", "corrected"]
    assert finding.values["slope"] == pytest.approx(slope, rel=1e-9)
    assert finding.values["upper"] < 1


def test_a_prior_that_holds_slopes_at_zero_is_too_timid():
    _, finding = checked(1, 900, bl.Normal(0, 0.03))
    assert finding.severity == "warning"
    assert "forecasts are too timid for new cases" in finding.sentence
    assert "by 10-fold cross-validation" in finding.sentence
    assert "priors hold the coefficients nearer to zero than was meant" in finding.action


def test_a_right_model_is_calibrated():
    _, finding = checked(1, 900)
    assert finding.severity == "ok"
    assert "neither too extreme nor too timid" in finding.sentence
    assert finding.values["lower"] < 1 < finding.values["upper"]


def test_what_may_be_is_a_note():
    severities = {seed: checked(3, 40, seed=seed)[1] for seed in range(6)}
    notes = [f for f in severities.values() if f.severity == "note"]
    assert notes
    assert all("may be too" in f.sentence for f in notes)


def test_forecasts_that_are_all_the_same_have_no_slope():
    _, finding = checked(0, 60)
    assert finding.severity == "ok"
    assert "no calibration slope can be told" in finding.sentence


def test_the_worst_of_several_classes_is_named():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 8))
    table = {f"x{i}": X[:, i] for i in range(8)} | {"y": np.array(list("abc"))[np.arange(60) % 3]}
    formula = "y ~ " + " + ".join(f"x{i}" for i in range(8))
    fit = bl.multinomial(formula, table).fit("laplace", draws=250, random_seed=1)
    finding = fit.check(progressbar=False)["calibration"]
    assert finding.severity in ("note", "warning")
    assert finding.sentence.startswith(("forecasts of a ", "forecasts of b ", "forecasts of c "))
