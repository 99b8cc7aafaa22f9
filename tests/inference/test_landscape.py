"""Posteriors with several modes and heavy tails: exact draws, and a verdict that can fail."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import optimize, stats

import bayeslogit as bl
from bayeslogit.errors import FitFailed
from bayeslogit.inference.ascent import find_modes
from bayeslogit.inference.base import Outcome
from bayeslogit.inference.landscape import survey
from bayeslogit.inference.verdict import assess_draws
from tests.benchmarks.nonconcave import (
    PLACES,
    SAMPLE,
    Problem,
    judge,
    log_prob,
    outliers_at,
    problem,
    truth,
)
from tests.helpers import REFERENCES, exam_model

TRUTHS = json.loads((REFERENCES / "nonconcave.json").read_text(encoding="utf-8"))
pytestmark = pytest.mark.filterwarnings("ignore::bayeslogit.BayesLogitWarning")


def needle(x: np.ndarray, scale: float = 1e-3) -> bl.Model:
    y = (np.arange(len(x)) % 3 > 0).astype(int)
    return bl.logistic(x, y, priors={"slopes": bl.StudentT(1, 0, scale)})


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("seed", range(3))
def test_outliers_under_the_cauchit_are_weighed(place: float, seed: int) -> None:
    exact = TRUTHS[f"at {place:g}"][1]
    fit = outliers_at(place).model.fit(random_seed=seed)
    x = fit.outcome.draws[..., 1]
    assert x.mean() == pytest.approx(exact["mean"], abs=0.05 * exact["sd"])
    assert x.std() == pytest.approx(exact["sd"], rel=0.1)
    assert (x > 0.25).mean() == pytest.approx(exact["above a quarter"], abs=0.01)
    assert fit.problems == ()
    assert fit.outcome.info["route"] == "cells"
    assert fit.outcome.info["modes"] == 2


@pytest.mark.parametrize("index", SAMPLE)
def test_no_problem_of_the_bank_fails(index: int) -> None:
    given = problem(index)
    found = judge(given.model.fit(random_seed=index), given, TRUTHS[str(index)])
    assert not found["failed"], found
    assert not found["severe"], found


def test_evidence_agrees_with_quadrature_where_both_are_sound() -> None:
    model = exam_model()
    priors = {"Intercept": bl.StudentT(30, 0, 3), "hours": bl.StudentT(30, 0, 1)}
    model = bl.logistic("passed ~ hours", bl.load_dataset("exam"), priors=priors)
    exact = model.fit("quadrature", random_seed=1).outcome
    found = model.fit(random_seed=1).outcome
    assert found.evidence is not None
    assert exact.evidence is not None
    assert found.evidence.value == pytest.approx(exact.evidence.value, abs=0.02)
    np.testing.assert_allclose(found.draws.mean(axis=(0, 1)), exact.info["mean"], rtol=0.01)
    np.testing.assert_allclose(found.draws.std(axis=(0, 1)), exact.info["sd"], rtol=0.03)


def test_lp_is_the_log_posterior_of_the_draws_and_seeds_repeat() -> None:
    model = outliers_at(100.0).model
    one, two = (model.fit(random_seed=4).outcome for _ in range(2))
    np.testing.assert_array_equal(one.draws, two.draws)
    theta = one.draws.reshape(-1, 2).T
    np.testing.assert_allclose(one.stats["lp"].ravel(), model.density.value(theta), rtol=1e-10)


def test_draws_are_as_good_as_independent_ones() -> None:
    fit = outliers_at(100.0).model.fit(random_seed=5)
    table = fit.summary()
    assert (table["ess_bulk"] > 3000).all()
    assert (table["r_hat"] < 1.01).all()
    assert len(np.unique(fit.outcome.draws[..., 1])) > 3900


@pytest.mark.parametrize("method", ["independence", "laplace", "variational"])
def test_methods_that_lose_a_mode_say_so(method: str) -> None:
    fit = outliers_at(100.0).model.fit(method, random_seed=1)
    (found,) = [p for p in fit.problems if p.code == "not_the_posterior"]
    assert found.severity == "severe"
    for part in (
        "in these draws",
        ", by a survey of the whole posterior (2 modes, from dispersed starts); expected means "
        "within 0.2 posterior sd and sds within 15 %; do not use these draws, but fit with "
        "method='auto', or give a prior with lighter tails such as Normal(0, 2.5).",
    ):
        assert part in found.sentence


def test_right_draws_pass_and_wrong_ones_do_not() -> None:
    density = needle(np.linspace(-2.0, 2.0, 30)[:, None], 0.05).density
    land = survey(density).reference
    rng = np.random.default_rng(0)
    pick = rng.choice(land.shares.size, 4000, p=land.shares)
    right = land.theta[:, pick].T.reshape(4, 1000, 2)

    def codes(draws: np.ndarray) -> list[str]:
        outcome = assess_draws(density, land, Outcome(draws, exact=True, label="any"))
        return [p.code for p in outcome.problems]

    assert codes(right) == []
    assert codes(right + 0.3 * land.sd) == ["not_the_posterior"]
    middle = land.mean + 0.7 * (right - land.mean)
    assert codes(middle) == ["not_the_posterior"]


def test_three_coefficients_with_needles() -> None:
    x = np.random.default_rng(3).normal(size=(40, 2))
    model = needle(x, 0.01)
    fit = model.fit(random_seed=1)
    land = survey(model.density).reference
    assert fit.outcome.info["route"] == "cells"
    assert fit.problems == ()
    draws = fit.outcome.draws.reshape(-1, 3)
    assert np.abs((draws.mean(axis=0) - land.mean) / land.sd).max() < 0.1
    assert np.abs(draws.std(axis=0) / land.sd - 1.0).max() < 0.1


def test_more_coefficients_go_by_a_mixture() -> None:
    rng = np.random.default_rng(5)
    x = rng.normal(size=(120, 5))
    y = (rng.random(120) < 1 / (1 + np.exp(-x[:, 0]))).astype(int)
    model = bl.logistic(x, y, priors=bl.StudentT(3, 0, 1))
    fit = model.fit(random_seed=1)
    assert fit.outcome.info["route"] == "independence"
    assert fit.problems == ()
    # Priors this wide are nearly Gaussian where the data are: a concave posterior nearby.
    land = survey(model.density).reference
    assert land.sound
    draws = fit.outcome.draws.reshape(-1, 6)
    assert np.abs((draws.mean(axis=0) - land.mean) / land.sd).max() < 0.15


def test_several_modes_that_nothing_can_weigh_are_said() -> None:
    density = outliers_at(100.0).model.density
    unsound = replace(survey(density).reference, sound=False)
    outcome = assess_draws(density, unsound, Outcome(np.zeros((1, 9, 2)), exact=True, label="any"))
    (found,) = outcome.problems
    assert found.severity == "severe"
    assert found.sentence == (
        "the posterior has 2 modes or more, and how much of it each holds could not be checked; "
        "expected one mode, or a mixture over them that fits; give a prior with lighter tails "
        "such as Normal(0, 2.5), or compare several seeds."
    )


def test_a_tail_that_does_not_fall_is_refused() -> None:
    # One row on the wrong side: the likelihood falls as 1 / x, which has no integral.
    table: dict[str, Any] = {"x": [-1.0, 1.0, 2.0], "y": [0, 1, 0]}
    model = bl.logistic("y ~ x - 1", table, link="cauchit", priors="flat")
    with pytest.raises(FitFailed, match="the posterior does not fall off"):
        model.fit(random_seed=1)


def test_log_concave_models_are_not_surveyed(monkeypatch: pytest.MonkeyPatch) -> None:
    from bayeslogit.inference import run

    def never(*_: Any) -> Any:
        raise AssertionError("a log-concave posterior has one mode")

    monkeypatch.setattr(run, "assess_draws", never)
    assert exam_model().fit(random_seed=1).problems == ()


def test_two_routes_to_the_evidence_that_disagree_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    from bayeslogit.inference.resolved import Resolved

    model, plain = outliers_at(100.0).model, Resolved.sample

    def heavier(*args: Any) -> Any:
        theta, lp, weights = plain(*args)
        return theta, lp, 1.5 * weights

    monkeypatch.setattr(Resolved, "sample", heavier)
    (found,) = model.fit(random_seed=1).problems
    assert (found.code, found.severity) == ("evidence_disagrees", "severe")
    for part in (
        "the log evidence is -27.1",
        " by quadrature and differs by 0.4",
        "; the posterior has parts that the cells do not resolve: give a prior with lighter tails, "
        "or compare with method='nuts'.",
    ):
        assert part in found.sentence


def test_a_mixture_that_meets_no_finite_number_is_refused() -> None:
    from types import SimpleNamespace

    from bayeslogit.inference.evaluator import evaluator
    from bayeslogit.inference.mixture import fit_mixture

    density = outliers_at(100.0).model.density
    peak = find_modes(density)[0].gaussian
    with evaluator(density) as evaluate:
        nowhere: Any = SimpleNamespace(
            space=evaluate.space, values=lambda phi: np.full(phi.shape[1], np.nan)
        )
        with pytest.raises(FitFailed, match="not finite at any draw around its modes"):
            fit_mixture(nowhere, (peak,), np.zeros(1), np.random.default_rng(0))


@pytest.mark.parametrize("method", ["hmc", "independence", "laplace", "quadrature", "variational"])
@pytest.mark.parametrize("case", ["at 100", "at 1000", "1", "3", "7"])
def test_no_method_is_silently_wrong(case: str, method: str) -> None:
    given = outliers_at(float(case[3:])) if case[0] == "a" else problem(int(case))
    if method == "hmc" and case == "7":
        pytest.skip("its chains are long, and test_hmc has its diagnostics")
    try:
        fit = given.model.fit(method, random_seed=2, progressbar=False)
    except bl.MethodRefused:
        return
    found = judge(fit, given, TRUTHS[case])
    assert found["severe"] or not found["failed"], found


def test_nuts_is_not_silently_wrong() -> None:
    given = outliers_at(100.0)
    fit = given.model.fit("nuts", random_seed=2, draws=300, chains=1, progressbar=False)
    found = judge(fit, given, TRUTHS["at 100"])
    assert found["severe"] or not found["failed"], found


@pytest.mark.parametrize("case", ["at 100", "at 1000", *(str(k) for k in (0, 1, 2, 3, 4, 6, 8, 9))])
def test_map_is_the_highest_mode_and_names_the_others(case: str) -> None:
    given = outliers_at(float(case[3:])) if case[0] == "a" else problem(int(case))
    fit = given.model.fit("map", random_seed=2, progressbar=False)
    at = fit.outcome.draws.reshape(-1, 1)
    reached = float(given.log_density(at)[0])
    # Climbs without derivatives, from everywhere, on the density of the bank.
    rng, tops = np.random.default_rng(3), []
    for _ in range(8):
        start = rng.standard_t(2, size=len(given.names)) * 10.0 ** rng.uniform(-3.0, 1.0)
        top = optimize.minimize(
            lambda t: -float(given.log_density(t[:, None])[0]),
            start,
            method="Nelder-Mead",
            options={"xatol": 1e-7, "fatol": 1e-9, "maxiter": 500},
        )
        tops.append(-float(top.fun))
    assert reached >= max(tops) - 1e-6
    several = [p for p in fit.problems if p.code == "several_modes"]
    assert len(several) == (len(find_modes(given.model.density)) > 1)


def test_a_part_that_no_thousands_of_draws_hold_is_said_and_is_there() -> None:
    # A second mode holds a hundred-thousandth of the posterior and a third of its variance.
    given = problem(44)
    exact = truth(given)[1]
    fit = given.model.fit(random_seed=0, progressbar=False)
    assert [p.code for p in fit.problems] == ["rare_parts"]
    assert fit.outcome.draws[..., 1].std() < 0.86 * exact["sd"]
    assert survey(given.model.density).reference.sd[1] == pytest.approx(exact["sd"], rel=0.01)


def crossed_needles() -> Problem:
    """Return 36 rows whose intercept and slope both have a Cauchy prior of width 0.001."""
    rng = np.random.default_rng(33)
    x = rng.normal(size=int(rng.integers(6, 41)))
    slope, start = rng.normal(0, 2), rng.normal(0, 1)
    y = (rng.random(x.size) < 1.0 / (1.0 + np.exp(-start - slope * x))).astype(int)
    y[:2] = 0, 1
    signs = np.where(y == 1, 1.0, -1.0)
    prior = stats.cauchy(0, 0.001)

    def log_density(theta: np.ndarray) -> np.ndarray:
        eta = theta[0] + np.outer(x, theta[1])
        value = log_prob(signs[:, None] * eta, "logit").sum(axis=0)
        return np.asarray(value + prior.logpdf(theta[0]) + prior.logpdf(theta[1]))

    priors = {name: bl.Cauchy(0, 0.001) for name in ("Intercept", "x")}
    model = bl.logistic("y ~ x", {"x": x, "y": y}, priors=priors)
    return Problem("priors", model, model, ("Intercept", "x"), log_density, ((0.0, 0.0),) * 2)


def test_the_tail_of_one_coefficient_along_the_needle_of_another_is_seen() -> None:
    # Two fifths of the intercept's variance lie where the slope is within 0.01 of nothing, and the
    # intercept up to a thousand times its width away.
    given = crossed_needles()
    exact = truth(given)
    found = survey(given.model.density).reference
    for k in range(2):
        assert found.sd[k] == pytest.approx(exact[k]["sd"], rel=0.03)
        assert abs(found.mean[k] - exact[k]["mean"]) < 0.02 * exact[k]["sd"]
    fit = given.model.fit(random_seed=33, progressbar=False)
    verdict = judge(fit, given, exact)
    assert verdict["severe"] or not verdict["failed"], verdict
