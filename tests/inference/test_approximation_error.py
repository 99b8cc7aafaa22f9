"""The measured error of an approximation, and its correction to exact draws."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pytest

import bayeslogit as bl
from bayeslogit.inference.approximation_error import assess_approximation
from bayeslogit.inference.base import Gaussian
from tests.helpers import EXACT, exam_model


def large_model():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((2000, 3))
    y = rng.random(2000) < 1 / (1 + np.exp(-X @ [1.0, -0.5, 0.2]))
    return bl.logistic(X, y)


def test_a_good_approximation_is_called_good():
    fit = large_model().fit("laplace", random_seed=1)
    info = fit.outcome.info
    assert info["pareto_k"] < 0.5
    assert info["effective_share"] > 0.9
    assert fit.problems == ()
    assert "close to the posterior" in repr(fit)


def test_a_bad_approximation_is_called_bad():
    model = large_model()
    fit = model.fit("laplace", random_seed=1)
    narrow = Gaussian(fit.outcome.gaussian.mean, fit.outcome.gaussian.covariance / 9.0)

    outcome = assess_approximation(
        model.density, replace(fit.outcome, gaussian=narrow), np.random.default_rng(1)
    )
    assert outcome.info["pareto_k"] > 0.7
    problem = outcome.problems[-1]
    assert problem.code == "pareto_k"
    assert "refine()" in problem.sentence


def test_the_problem_is_a_warning_too():
    skewed = {"x": list(range(1, 11)), "y": [0] * 5 + [1] * 5}
    wide = {"Intercept": bl.Normal(0, 100), "x": bl.Normal(0, 50)}
    with pytest.warns(bl.BayesLogitWarning, match="Pareto k-hat"):
        fit = bl.logistic("y ~ x", skewed, priors=wide).fit("laplace", random_seed=1)
    assert [p.code for p in fit.problems] == ["pareto_k"]


def test_refined_draws_are_exact():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", bl.BayesLogitWarning)
        fit = exam_model(10.0, 10.0).fit("laplace", random_seed=3)
    exact = fit.refine()
    assert exact.exact
    assert exact.refine() is exact
    mean, sd = EXACT[10.0, 10.0][1]
    from arviz_stats import summary

    table = summary(exact.idata, var_names=["beta"], round_to="none")
    assert abs(table["mean"].iloc[0] - mean) < 4 * table["mcse_mean"].iloc[0]
    assert table["sd"].iloc[0] == pytest.approx(sd, abs=4 * table["mcse_sd"].iloc[0])
