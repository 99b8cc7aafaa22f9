"""Each way up to the mode arrives at the same place, and keeps where it went."""

from __future__ import annotations

import numpy as np
import pytest

import bayeslogit as bl
from bayeslogit.inference import optimizers
from bayeslogit.inference.optimizers import OPTIMIZERS

HOUSING = bl.load_dataset("housing")
ORDER = ["Low", "Medium", "High"]
MODELS = {
    "logistic": bl.logistic("passed ~ hours", bl.load_dataset("exam")),
    "several classes": bl.multinomial("satisfaction ~ contact", HOUSING, weights="frequency"),
    "ordered": bl.ordinal("satisfaction ~ contact", HOUSING, weights="frequency", levels=ORDER),
}


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("model", MODELS)
def test_every_optimizer_finds_the_mode(model, optimizer):
    mode = MODELS[model].fit("map").theta[:, 0]
    fit = MODELS[model].fit("map", optimizer=optimizer)
    assert not fit.problems
    np.testing.assert_allclose(fit.theta[:, 0], mode, atol=1e-6)
    path = fit.outcome.info["path"]
    np.testing.assert_array_equal(path[-1], fit.theta[:, 0])
    assert len(path) == fit.outcome.info["iterations"] + 1 or optimizer == "newton"
    heights = MODELS[model].density.value(path.T)
    assert heights[-1] == pytest.approx(heights.max(), abs=1e-9)


def test_newton_needs_few_steps_and_steepest_ascent_many():
    steps = {
        name: len(MODELS["logistic"].fit("map", optimizer=name).outcome.info["path"])
        for name in OPTIMIZERS
    }
    assert steps["newton"] < steps["lbfgs"] < steps["gradient"]


def test_a_path_is_kept_only_when_asked_for_and_in_files(tmp_path):
    assert "path" not in MODELS["logistic"].fit("map").outcome.info
    fit = MODELS["logistic"].fit("map", optimizer="newton")
    again = bl.load(fit.save(tmp_path / "fit.nc"))
    np.testing.assert_array_equal(again.outcome.info["path"], fit.outcome.info["path"])


def test_an_unknown_optimizer_is_refused_with_those_there_are():
    with pytest.raises(bl.MethodRefused, match="expected one of 'newton', 'lbfgs', 'gradient'"):
        MODELS["logistic"].fit("map", optimizer="sgd")


def test_steepest_ascent_that_stops_before_the_mode_says_so(monkeypatch):
    monkeypatch.setattr(optimizers, "_STEPS", 50)
    rng = np.random.default_rng(1)
    table = {"x": 1e4 + rng.normal(size=40), "y": np.arange(40) % 2}
    with pytest.warns(bl.BayesLogitWarning, match="'gradient' stopped after .* use optimizer="):
        fit = bl.logistic("y ~ x", table).fit("map", optimizer="gradient")
    assert [problem.code for problem in fit.problems] == ["not_converged"]


def test_the_mode_of_a_model_with_groups_has_a_way_of_its_own():
    data = {"y": [4, 9, 1, 6, 5], "n": [10, 12, 11, 9, 10], "ward": list("abcde")}
    with pytest.raises(bl.MethodRefused, match="group-level terms; leave optimizer out"):
        bl.binomial("y ~ 1 + (1 | ward)", data, trials="n").fit("map", optimizer="newton")
