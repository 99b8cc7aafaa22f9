"""Counts that vary more than binomial ones, from the special functions to answers."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
import pytest
from scipy import optimize, stats

import bayeslogit as bl
from bayeslogit.families import LINKS, BetaBinomial, Binomial
from bayeslogit.numerics.rising_factorial import excess, excess_curvature, excess_slope
from tests.differences import jacobian
from tests.helpers import UNBOUNDED

SEEDS = "germinated ~ x1 * x2"


def seeds(**options: Any) -> bl.Model:
    options = {"trials": "n", "dispersion": "beta"} | options
    return bl.binomial(SEEDS, bl.load_dataset("seeds"), **options)


# ---- special functions -----------------------------------------------------------------------


@pytest.mark.parametrize("log_x", [-600.0, -40.0, -3.0, 0.0, 1.0, 2.77, 2.78, 4.0, 12.0, 60.0])
@pytest.mark.parametrize("m", [0.0, 0.4, 1.0, 2.0, 7.5, 60.0, 100_000.0])
def test_excesses_equal_mpmath(log_x: float, m: float) -> None:
    with mpmath.workdps(600):
        x, count = mpmath.exp(mpmath.mpf(log_x)), mpmath.mpf(m)
        value = mpmath.loggamma(x + count) - mpmath.loggamma(x) - count * mpmath.mpf(log_x)
        slope = x * (mpmath.digamma(x + count) - mpmath.digamma(x)) - count
        bend = slope + count + x**2 * (mpmath.psi(1, x + count) - mpmath.psi(1, x))
        expected = [float(v) for v in (value, slope, bend)]
    at = np.array([log_x]), np.array([m])
    found = [f(*at)[0] for f in (excess, excess_slope, excess_curvature)]
    for ours, theirs in zip(found, expected, strict=True):
        # Rounding is relative to the count: that much log probability there is in the row.
        size = max(m * max(1.0, -log_x, 10.0), abs(theirs))
        assert abs(ours - theirs) <= 4e-15 * size


# ---- the family ------------------------------------------------------------------------------


@pytest.mark.parametrize("link", UNBOUNDED)
def test_log_density_equals_scipy(link: str) -> None:
    rng = np.random.default_rng(0)
    trials = rng.integers(0, 40, 60)
    successes = rng.binomial(trials, 0.4)
    counts = np.column_stack([trials - successes, successes]).astype(float)
    eta = rng.normal(size=(2, 60, 1)) * np.array([1.0, 2.0])[:, None, None]
    family = BetaBinomial(link)
    prob, phi = family.probabilities(eta)[1], np.exp(eta[1])
    expected = stats.betabinom.logpmf(
        successes[:, None], trials[:, None], prob * phi, (1 - prob) * phi
    )
    found = family.row_log_likelihood(eta, counts) + family.constants(counts)[:, None]
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-11)


@pytest.mark.parametrize("link", UNBOUNDED)
def test_large_precision_is_the_binomial_family(link: str) -> None:
    rng = np.random.default_rng(1)
    counts = rng.integers(0, 30, (50, 2)).astype(float)
    eta = rng.normal(size=(2, 50, 1))
    own, plain = BetaBinomial(link), Binomial(link)
    for log_phi, gap in [(30.0, 1e-5), (45.0, 1e-11), (300.0, 1e-11), (800.0, 1e-11)]:
        eta[1] = log_phi
        np.testing.assert_allclose(
            own.row_log_likelihood(eta, counts),
            plain.row_log_likelihood(eta[:1], counts),
            rtol=gap,
            atol=gap,
        )
        slope, curvature = own.slope(eta, counts), own.curvature(eta, counts)
        np.testing.assert_allclose(slope[0], plain.slope(eta[:1], counts)[0], rtol=gap, atol=gap)
        np.testing.assert_allclose(slope[1], 0.0, atol=max(gap, 1e-12))
        binomial = plain.curvature(eta[:1], counts)[0, 0]
        np.testing.assert_allclose(curvature[0, 0], binomial, rtol=10 * gap, atol=10 * gap)
        np.testing.assert_allclose(curvature[1], 0.0, atol=max(gap, 1e-12))


def test_small_precision_is_all_or_nothing() -> None:
    family = BetaBinomial()
    eta = np.array([0.4, -400.0])[:, None, None]
    counts = np.array([[6.0, 0.0], [0.0, 6.0], [3.0, 3.0]])
    log_density = (
        family.row_log_likelihood(np.tile(eta, (1, 3, 1)), counts)
        + family.constants(counts)[:, None]
    )
    prob = 1 / (1 + np.exp(-0.4))
    np.testing.assert_allclose(np.exp(log_density[:, 0]), [1 - prob, prob, 0.0], atol=1e-13)


def test_simulated_counts_have_the_distribution() -> None:
    family, trials, draws = BetaBinomial(), 7, 40_000
    eta = np.array([[0.3, -1.0], [1.0, 0.2]])[:, :, None]
    found = family.simulate(np.repeat(eta, draws, axis=2), np.full(2, 7), np.random.default_rng(2))
    chi2 = 0.0
    for row, prob, phi in zip(
        found, family.probabilities(eta)[1, :, 0], np.exp(eta[1, :, 0]), strict=True
    ):
        pmf = stats.betabinom.pmf(np.arange(trials + 1), trials, prob * phi, (1 - prob) * phi)
        expected = draws * pmf
        chi2 += ((np.bincount(row, minlength=trials + 1) - expected) ** 2 / expected).sum()
    assert 0.001 < stats.chi2.sf(chi2, 2 * trials) < 0.999


@pytest.mark.parametrize("log_phi", [-800.0, 0.0, 40.0, 800.0])
@pytest.mark.parametrize("eta", [-800.0, -5.0, 800.0])
def test_extreme_draws_are_possible_counts(eta: float, log_phi: float) -> None:
    at = np.array([eta, log_phi])[:, None, None]
    found = BetaBinomial().simulate(
        np.tile(at, (1, 1, 200)), np.array([9]), np.random.default_rng(3)
    )
    assert np.all((found >= 0) & (found <= 9))
    if abs(eta) > 100:
        assert np.all(found == (9 if eta > 0 else 0))


def test_draws_without_trials_are_refused() -> None:
    with pytest.raises(TypeError, match="need trials; found None; pass one number a row"):
        BetaBinomial().simulate(np.zeros((2, 2, 3)), None, np.random.default_rng(0))


# ---- the seeds -------------------------------------------------------------------------------


def _by_scipy(link: str = "logit") -> tuple[np.ndarray, float]:
    """Return the maximum likelihood estimate by scipy's distribution and optimiser."""
    table = bl.load_dataset("seeds")
    y, n, x1, x2 = (table[c].to_numpy() for c in ("germinated", "n", "x1", "x2"))
    X = np.column_stack([np.ones(len(y)), x1, x2, x1 * x2])

    def loss(theta: np.ndarray) -> float:
        prob, phi = LINKS[link].prob(X @ theta[:4]), np.exp(theta[4])
        return -float(stats.betabinom.logpmf(y, n, prob * phi, (1 - prob) * phi).sum())

    start = np.array([-0.5, 0.0, 1.0, -0.5, 3.0])
    for _ in range(4):
        found = optimize.minimize(
            loss,
            start,
            method="Nelder-Mead",
            options={"xatol": 1e-9, "fatol": 1e-12, "maxfev": 5000},
        )
        start = found.x
    return start, -float(found.fun)


@pytest.mark.parametrize("link", ["logit", "probit"])
def test_flat_slopes_and_a_wide_prior_are_maximum_likelihood(link: str) -> None:
    wide = {"Intercept": bl.Flat(), "slopes": bl.Flat(), "log_precision": bl.Normal(0, 1e7)}
    fit = seeds(priors=wide, link=link).fit("map")
    expected, log_likelihood = _by_scipy(link)
    assert fit.outcome.gaussian is not None
    sd = np.sqrt(np.diag(fit.outcome.gaussian.covariance))
    assert np.max(np.abs(fit.outcome.draws[0, 0] - expected) / sd) < 1e-5
    found = fit.model.density.likelihood.value(fit.outcome.draws[0, 0][:, None])[0]
    assert found == pytest.approx(log_likelihood, abs=1e-10)


def test_gradient_and_precision_of_the_posterior_are_those_of_differences() -> None:
    density = seeds().density
    theta = np.array([-0.4, 0.1, 1.2, -0.6, 2.5])
    gradient = density.value_and_gradient(theta[:, None])[1][:, 0]
    found = jacobian(lambda t: density.value(t[:, None]), theta)[:, 0]
    np.testing.assert_allclose(gradient, found, rtol=1e-7, atol=1e-7)
    bend = -jacobian(lambda t: density.value_and_gradient(t[:, None])[1][:, 0], theta)
    np.testing.assert_allclose(density.precision(theta), bend, rtol=1e-6, atol=1e-6)


def test_dispersion_widens_what_the_binomial_model_claims() -> None:
    beta, plain = (seeds(dispersion=d).fit(random_seed=1) for d in ("beta", None))
    assert beta.exact
    assert not [p for p in beta.problems if p.severity == "severe"]
    names = ["Intercept", "x1", "x2", "x1:x2"]
    wide, narrow = (f.summary().loc[names, "sd"] for f in (beta, plain))
    assert (wide > 1.1 * narrow).all()
    # And the binomial model is left where the data ask for it.
    correlation = 1 / (1 + np.exp(beta.theta[-1]))
    assert 0.002 < np.median(correlation) < 0.1


def test_exact_draws_agree_with_a_grid_of_the_precision() -> None:
    # By the intercept-only model, whose two coefficients a grid covers.
    table = bl.load_dataset("seeds")
    model = bl.binomial("germinated ~ 1", table, trials="n", dispersion="beta")
    a, b = np.linspace(-1.2, 1.2, 241), np.linspace(-1.0, 10.0, 441)
    at = np.stack([v.ravel() for v in np.meshgrid(a, b, indexing="ij")])
    log_density = np.concatenate([model.density.value(p) for p in np.array_split(at, 40, axis=1)])
    weight = np.exp(log_density - log_density.max())
    weight /= weight.sum()
    mean = at @ weight
    sd = np.sqrt((at - mean[:, None]) ** 2 @ weight)
    table_of = model.fit(random_seed=2).summary()
    assert np.all(np.abs(table_of["mean"] - mean) < 4.5 * table_of["mcse_mean"])
    np.testing.assert_allclose(table_of["sd"], sd, rtol=0.08)


@pytest.mark.filterwarnings("ignore:.*log_precision:bayeslogit.BayesLogitWarning")
@pytest.mark.parametrize("method", ["map", "laplace", "auto"])
def test_methods_answer_every_question(method: str) -> None:
    fit = seeds().fit(method, draws=200, random_seed=3)
    assert set(fit.posterior) == {"Intercept", "beta", "log_precision"}
    assert fit.posterior["log_precision"].dims == ("chain", "draw")
    new = {"x1": [0, 1], "x2": [1, 1]}
    center = "estimate" if method == "map" else "mean"
    probs = fit.predict(new)[center]
    assert probs.between(0, 1).all()
    np.testing.assert_allclose(probs, [0.68, 0.53], atol=0.05)
    linear = fit.predict(new, kind="linear")[center]
    assert linear[0] > linear[1]
    counts = fit.predict(new, kind="outcome", trials=30, draws=True)
    assert counts.max() <= 30
    assert fit.predict(new, kind="class")["class"].tolist() is not None
    assert "log_precision" in fit.summary().index
    if method == "auto":
        tree = fit.extend("log_likelihood", "posterior_predictive", "prior")
        assert tree["posterior_predictive"]["y"].shape == (4, 200, 21)
        assert np.isfinite(tree["log_likelihood"]["y"]).all()


def test_predicted_counts_spread_as_the_observed_ones_do() -> None:
    # Pearson's statistic, 31.7 on 17 degrees of freedom for the binomial model.
    def share_above(dispersion: str | None) -> float:
        fit = seeds(dispersion=dispersion).fit(draws=500, random_seed=4)
        y, n = fit.model.response.y, fit.model.response.trials
        prob = fit.predict(draws=True).values.reshape(-1, 21)
        drawn = fit.extend("posterior_predictive")["posterior_predictive"]["y"]
        spread = n * prob * (1 - prob)
        own = ((y - n * prob) ** 2 / spread).sum(axis=1)
        theirs = ((drawn.values.reshape(-1, 21) - n * prob) ** 2 / spread).sum(axis=1)
        return float(np.mean(theirs >= own))

    assert share_above(None) < 0.1
    assert 0.1 < share_above("beta") < 0.9


def test_inverse_prediction_is_of_the_mean() -> None:
    rng = np.random.default_rng(5)
    x = np.linspace(-2, 2, 60)
    prob = rng.beta(*(30 * np.stack([1 / (1 + np.exp(-x)), 1 / (1 + np.exp(x))])))
    table = {"x": x, "k": rng.binomial(20, prob), "n": np.full(60, 20)}
    model = bl.binomial("k ~ x", table, trials="n", dispersion="beta")
    found = model.fit(random_seed=6).solve("x", probability=0.5)
    assert abs(found["median"].item()) < 0.3


def test_offset_moves_the_mean_and_not_the_precision() -> None:
    table = bl.load_dataset("seeds")
    plain = bl.binomial("germinated ~ x2", table, trials="n", dispersion="beta")
    moved = bl.binomial(
        "germinated ~ x2", table, trials="n", dispersion="beta", offset=np.full(21, 0.5)
    )
    theta = np.array([[0.2], [0.4], [2.0]])
    other = theta - np.array([[0.5], [0.0], [0.0]])
    np.testing.assert_allclose(
        moved.density.likelihood.value(other), plain.density.likelihood.value(theta), rtol=1e-13
    )


def test_the_model_says_what_its_prior_implies() -> None:
    text = repr(seeds())
    assert "log_precision  Normal(3, 2)\n" in text
    assert "correlation of two trials of a row: 0.0018" in text
    own = seeds(priors={"log_precision": bl.Normal(5, 1)})
    assert dict(own.prior.describe())["log_precision"] == "Normal(5, 1)"
    # What is said of the predictor means stays said of them.
    assert dict(own.prior.describe())["Intercept"].endswith("at the predictor means")


def test_saved_and_loaded_again(tmp_path: Any) -> None:
    fit = seeds().fit(draws=50, random_seed=7)
    again = bl.load(fit.save(tmp_path / "seeds.nc"))
    np.testing.assert_array_equal(again.theta, fit.theta)
    assert again.model.family == fit.model.family


def test_separated_plates_with_flat_slopes_are_refused() -> None:
    table = {"x": [1.0, 2.0, 3.0, 4.0], "k": [0, 0, 5, 5], "n": [5, 5, 5, 5]}
    flat = {"Intercept": bl.Flat(), "slopes": bl.Flat()}
    model = bl.binomial("k ~ x", table, trials="n", dispersion="beta", priors=flat)
    with pytest.raises(bl.PriorError, match="separated by the predictors along"):
        model.fit("map")


MISTAKES: list[tuple[dict[str, Any], type[Exception], str]] = [
    (
        {"dispersion": "betta"},
        bl.DesignError,
        "dispersion='betta' is not known.*Did you mean 'beta",
    ),
    (
        {"weights": np.ones(21)},
        bl.DesignError,
        "weights= is given with dispersion='beta'.*expected a row for each unit; repeat rows",
    ),
    ({"priors": "flat"}, bl.PriorError, "prior of 'log_precision' is flat; expected a proper one"),
    (
        {"priors": {"log_precison": bl.Normal(0, 1)}},
        bl.PriorError,
        "'log_precison', which is not a term.*Did you mean 'log_precision'",
    ),
]


@pytest.mark.parametrize(("options", "error", "sentence"), MISTAKES)
def test_what_cannot_be_built_is_refused(
    options: dict[str, Any], error: type[Exception], sentence: str
) -> None:
    with pytest.raises(error, match=sentence):
        seeds(**options)


def test_designs_that_have_no_room_for_a_precision_are_refused() -> None:
    table = bl.load_dataset("seeds").assign(log_precision=1.0)
    with pytest.raises(bl.DesignError, match="leaves the intercept out and dispersion= is given"):
        bl.binomial("germinated ~ x1 - 1", table, trials="n", dispersion="beta")
    with pytest.raises(bl.DesignError, match="a term is called 'log_precision'.*rename"):
        bl.binomial("germinated ~ log_precision", table, trials="n", dispersion="beta")


def test_a_classical_table_is_refused() -> None:
    with pytest.raises(bl.DesignError, match="has a precision beside.*leave dispersion= out"):
        seeds().classical()
