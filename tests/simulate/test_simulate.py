"""Simulated latent variables: the model of their outcomes recovers the coefficients."""

from __future__ import annotations

import math
import subprocess
import sys

import numpy as np
import pytest
from scipy import stats

import bayeslogit as bl
from bayeslogit import simulate
from tests.helpers import HOURS, PASSED, exam

# R 4.2: glm(passed ~ hours, family = binomial("probit")) on the 20 students.
PROBIT, PROBIT_SE = (-2.4727601, 0.9126805), (0.9516079, 0.3367201)


def modes(model: bl.Model) -> np.ndarray:
    return model.fit("map").outcome.draws[0, 0]


def sds(fit: bl.Fit) -> np.ndarray:
    assert fit.outcome.gaussian is not None
    return np.sqrt(np.diag(fit.outcome.gaussian.covariance))


# ---- one threshold ---------------------------------------------------------------------------


def test_errors_have_the_variances_they_are_said_to_have() -> None:
    assert simulate.ERRORS["logistic"].variance == pytest.approx(3.289868, abs=5e-7)
    rng = np.random.default_rng(1)
    for law in simulate.ERRORS.values():
        found = law.draw(rng, (400_000,))
        # Four standard errors of a variance whose fourth moment is at most that of these laws.
        assert np.var(found) == pytest.approx(law.variance, rel=4 * math.sqrt(4.5 / 400_000))


@pytest.mark.parametrize("error", simulate.ERRORS)
def test_crossings_follow_the_link(error: str) -> None:
    link = bl.LINKS[simulate.ERRORS[error].link]
    eta = np.array([-2.0, -0.5, 0.0, 0.7, 2.5])
    n = 40_000
    found = simulate.crossings(np.repeat(eta, n), error=error, random_seed=2)
    share = found.reshape(5, n).mean(axis=1)
    expected = link.prob(eta)
    chi2 = (n * (share - expected) ** 2 / (expected * (1 - expected))).sum()
    assert 0.001 < stats.chi2.sf(chi2, 5) < 0.999


@pytest.mark.parametrize("error", simulate.ERRORS)
def test_the_model_of_the_link_gives_the_coefficients_back(error: str) -> None:
    x = np.random.default_rng(3).normal(size=8000)
    y = simulate.crossings(-0.4 + 1.2 * x, error=error, random_seed=4)
    link = simulate.ERRORS[error].link
    fit = bl.logistic("y ~ x", {"x": x, "y": y}, link=link, priors="flat").fit("map")
    assert np.max(np.abs(fit.outcome.draws[0, 0] - [-0.4, 1.2]) / sds(fit)) < 3.5


@pytest.mark.parametrize("error", simulate.ERRORS)
def test_location_and_scale_of_the_error_cannot_be_seen(error: str) -> None:
    eta = np.random.default_rng(5).normal(size=5000)
    plain = simulate.crossings(eta, error=error, random_seed=6)
    # Powers of two change no digit, so that the outcomes are the very same.
    stretched = simulate.crossings(4.0 * eta, error=error, scale=4.0, random_seed=6)
    np.testing.assert_array_equal(stretched, plain)
    moved = simulate.crossings(eta, error=error, location=3.0, threshold=3.0, random_seed=6)
    np.testing.assert_array_equal(moved, plain)


def test_location_goes_into_the_intercept_and_scale_divides_all_coefficients() -> None:
    x = np.random.default_rng(7).normal(size=20_000)
    y = simulate.crossings(1.0 + 2.0 * x, location=1.0, scale=2.0, random_seed=8)
    fit = bl.logistic("y ~ x", {"x": x, "y": y}, priors="flat").fit("map")
    assert np.max(np.abs(fit.outcome.draws[0, 0] - [1.0, 1.0]) / sds(fit)) < 3.5


# ---- probit beside logit ---------------------------------------------------------------------


def test_probit_of_the_exam_is_that_of_r() -> None:
    fit = bl.logistic("passed ~ hours", exam(), link="probit", priors="flat").fit("map")
    # glm stops once the deviance changes by 1e-8 of itself, which leaves this much.
    gap = np.abs(fit.outcome.draws[0, 0] - PROBIT) / PROBIT_SE
    assert gap.max() < 2e-5
    # glm takes the expected information, here by hand; the posterior has the observed one.
    eta = fit.outcome.draws[0, 0] @ np.stack([np.ones(20), HOURS])
    weight = stats.norm.pdf(eta) ** 2 / (stats.norm.cdf(eta) * stats.norm.sf(eta))
    X = np.column_stack([np.ones(20), HOURS])
    se = np.sqrt(np.diag(np.linalg.inv(X.T @ (X * weight[:, None]))))
    # (its weights are those of the step before the last).
    np.testing.assert_allclose(se, PROBIT_SE, rtol=1e-4)
    score = X.T @ ((PASSED - stats.norm.cdf(eta)) * weight / stats.norm.pdf(eta))
    np.testing.assert_allclose(score, 0.0, atol=1e-10)
    np.testing.assert_allclose(sds(fit), PROBIT_SE, rtol=0.05)


def test_probit_and_logit_say_nearly_the_same_of_the_exam() -> None:
    logit, probit = (
        bl.logistic("passed ~ hours", exam(), link=link, priors="flat").fit("map")
        for link in ("logit", "probit")
    )
    ratio = logit.outcome.draws[0, 0] / probit.outcome.draws[0, 0]
    # Between 1.6 (densities at zero) and 1.81 (standard deviations) is what is expected.
    assert np.all((ratio > 1.6) & (ratio < math.sqrt(math.pi**2 / 3)))
    one, other = (f.curve("hours")["estimate"] for f in (logit, probit))
    assert np.max(np.abs(one - other)) < 0.02


def test_one_flipped_point_moves_probit_more_than_logit() -> None:
    # The logistic tail is heavier: a pass at the very bottom is less of a surprise.
    y = np.append(np.repeat(PASSED, 10), 0)
    x = np.append(np.repeat(HOURS, 10), -6.0)
    x[1::2] += 4.0 * y[1::2]  # a steep curve, so that tails matter
    flipped = y.copy()
    flipped[-1] = 1
    moved = {}
    for link in ("logit", "probit"):
        before, after = (
            modes(bl.logistic("y ~ x", {"x": x, "y": v}, link=link, priors="flat"))
            for v in (y, flipped)
        )
        moved[link] = (before[1] - after[1]) / before[1]
    assert 0.05 < moved["logit"] < moved["probit"] - 0.02


# ---- choices ---------------------------------------------------------------------------------


def test_the_difference_of_two_extreme_value_errors_is_logistic() -> None:
    rng = np.random.default_rng(9)
    one, other = (simulate.ERRORS["extreme"].draw(rng, (50_000,)) for _ in range(2))
    assert stats.kstest(one - other, "logistic").pvalue > 0.001


@pytest.mark.parametrize("utilities", [[0.3, -0.6], [0.0, 1.0, -0.5], [2.0, -np.inf, 0.0, 1.0]])
def test_choices_follow_the_softmax(utilities: list[float]) -> None:
    n = 60_000
    rows = np.tile(utilities, (n, 1))
    found = np.bincount(simulate.choices(rows, random_seed=10), minlength=len(utilities))
    expected = n * simulate.probabilities([utilities])[0]
    seen = expected > 0
    assert np.all(found[~seen] == 0)
    chi2 = ((found - expected)[seen] ** 2 / expected[seen]).sum()
    assert 0.001 < stats.chi2.sf(chi2, int(seen.sum()) - 1) < 0.999


def test_two_alternatives_are_a_logistic_model() -> None:
    eta = np.linspace(-3, 3, 13)
    prob = simulate.probabilities(np.column_stack([np.zeros(13), eta]))[:, 1]
    np.testing.assert_allclose(prob, bl.LINKS["logit"].prob(eta), rtol=1e-14)


def test_softmax_is_that_of_the_multinomial_family() -> None:
    eta = np.random.default_rng(11).normal(size=(20, 3)) * 3
    family = bl.FAMILIES["multinomial"](classes=4)  # type: ignore[call-arg]
    theirs = family.probabilities(eta.T[:, :, None])[:, :, 0].T
    ours = simulate.probabilities(np.column_stack([np.zeros(20), eta]))
    np.testing.assert_allclose(ours, theirs, rtol=1e-13)
    # One constant added to all utilities of a row changes nothing.
    shifted = np.column_stack([np.zeros(20), eta]) + 700.0
    np.testing.assert_allclose(simulate.probabilities(shifted), ours, rtol=1e-11)


def test_irrelevant_alternatives_do_not_change_odds() -> None:
    rng = np.random.default_rng(12)
    utilities = rng.normal(size=(50, 4)) * 2
    full = simulate.probabilities(utilities)
    for gone in range(2, 4):
        fewer = utilities.copy()
        fewer[:, gone] = -np.inf
        prob = simulate.probabilities(fewer)
        np.testing.assert_allclose(prob[:, 0] / prob[:, 1], full[:, 0] / full[:, 1], rtol=1e-13)


def test_fitted_odds_of_two_classes_do_not_need_the_third() -> None:
    # The same in data: voters of a third party left out, the other two compare as before.
    x = np.random.default_rng(13).normal(size=30_000)
    y = simulate.choices(np.column_stack([0 * x, 0.8 * x - 0.2, 1.5 - x]), random_seed=14)
    all_three = bl.multinomial("y ~ x", {"x": x, "y": y}, priors="flat").fit("map")
    pair = y < 2
    two = bl.logistic("y ~ x", {"x": x[pair], "y": y[pair]}, priors="flat").fit("map")
    gap = all_three.outcome.draws[0, 0, :2] - two.outcome.draws[0, 0]
    assert np.max(np.abs(gap) / sds(two)) < 1.0


def test_nine_signs_of_the_election_come_back() -> None:
    table = simulate.election(6000, random_seed=15)
    fit = bl.multinomial("party ~ high + middle + low", table, reference="none").fit(
        "laplace", random_seed=1
    )
    summary = fit.summary(ci_prob=0.99, ci_kind="eti")
    for party, steps in simulate.PARTIES.items():
        for income, step in steps.items():
            low, high = summary.loc[f"{party}: {income}", ["eti99_lb", "eti99_ub"]]
            assert (low > 0) - (high < 0) == np.sign(step), (party, income)
            assert low - 0.1 < step < high + 0.1


def test_every_voter_chooses_at_most_one_party() -> None:
    table = simulate.election(500, random_seed=16)
    assert set(table["party"]) == {"none", *simulate.PARTIES}
    again = simulate.election(500, random_seed=16)
    np.testing.assert_array_equal(table["party"], again["party"])


# ---- the other way round ---------------------------------------------------------------------


def test_discriminant_analysis_has_the_slope_of_the_fitted_model() -> None:
    # Two Gaussian classes of one covariance: turned round by Bayes' rule, the probability of a
    # class is logistic, with slope S^-1 (m1 - m0).
    rng = np.random.default_rng(17)
    n, covariance = 4000, np.array([[1.0, 0.4], [0.4, 2.0]])
    y = np.arange(2 * n) % 2
    means = np.array([[0.0, 0.0], [1.0, -0.5]])
    X = means[y] + rng.multivariate_normal([0, 0], covariance, 2 * n)
    found = np.array([X[y == k].mean(axis=0) for k in range(2)])
    pooled = np.mean([np.cov(X[y == k].T) for k in range(2)], axis=0)
    slope = np.linalg.solve(pooled, found[1] - found[0])
    intercept = -0.5 * (found[0] + found[1]) @ slope
    fit = bl.logistic(X, y, priors="flat").fit("map")
    error = (fit.outcome.draws[0, 0] - [intercept, *slope]) / sds(fit)
    # Both estimate the same numbers from the same rows: they are nearer than a standard error.
    assert np.max(np.abs(error)) < 1.0
    truth = np.linalg.solve(covariance, means[1] - means[0])
    assert np.max(np.abs(fit.outcome.draws[0, 0, 1:] - truth) / sds(fit)[1:]) < 3.5


# ---- what is refused -------------------------------------------------------------------------

MISTAKES = [
    (
        lambda: simulate.crossings([0.0], error="logistc"),
        "error='logistc' is not known; expected one of .*; choose one.*Did you mean 'logistic'",
    ),
    (lambda: simulate.crossings([0.0], scale=0.0), r"scale=0\.0 cannot be the spread.*positive"),
    (lambda: simulate.crossings([0.0], scale=math.nan), "scale=nan cannot be the spread"),
    (
        lambda: simulate.crossings([0.0, np.nan]),
        r"eta has the shape \(2,\) and 1 values that are not finite; expected finite.*pass",
    ),
    (lambda: simulate.crossings([[0.0]]), r"eta has the shape \(1, 1\)"),
    (
        lambda: simulate.choices([[0.0, 1.0], [np.nan, 0.0]]),
        r"utilities hold nan in row 1, column 0; expected finite.*correct that row",
    ),
    (lambda: simulate.choices([[-np.inf, -np.inf]]), "hold -inf in row 0, column 0.*at least one"),
    (lambda: simulate.choices([1.0, 2.0]), r"utilities have the shape \(2,\); expected a row"),
]


@pytest.mark.parametrize(("call", "sentence"), MISTAKES)
def test_what_cannot_be_simulated_is_refused(call, sentence: str) -> None:
    with pytest.raises(bl.DesignError, match=sentence):
        call()


@pytest.mark.parametrize("voters", [-1, 2.5, True, "many"])
def test_a_number_of_voters_is_a_whole_number(voters: object) -> None:
    words = r"is no number of voters; expected a whole number from 0; write for example voters=3000"
    with pytest.raises(bl.DesignError, match=words):
        bl.simulate.election(voters)  # type: ignore[arg-type]


def test_the_module_is_a_public_name_that_loads_when_asked_for() -> None:
    code = (
        "import sys, bayeslogit as bl; print('bayeslogit.simulate' in sys.modules, "
        "bl.simulate.__name__, 'simulate' in dir(bl))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "bayeslogit.simulate", "True"]
