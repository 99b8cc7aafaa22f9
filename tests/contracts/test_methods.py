"""Every method on every kind of outcome: the exact posterior, or a sentence that says why not."""

from __future__ import annotations

import warnings
from functools import cache
from typing import Any

import numpy as np
import pytest

import bayeslogit as bl
from bayeslogit.inference.base import Gaussian
from bayeslogit.inference.proposal import Proposal
from bayeslogit.numerics.convergence import diagnose
from bayeslogit.numerics.pareto import pareto_smooth

ROWS = 45


def _table() -> dict[str, Any]:
    rng = np.random.default_rng(5)
    x = rng.normal(size=ROWS)
    noise = rng.logistic(size=ROWS)
    trials = rng.integers(3, 12, ROWS)
    return {
        "x": x,
        "yes": (x + noise > 0).astype(int),
        "rating": np.digitize(x + noise, [-1.0, 1.0]),
        "n": trials,
        "k": rng.binomial(trials, rng.beta(2.0, 2.0, ROWS)),
    }


def _ordinal(**options: Any) -> bl.Model:
    return bl.ordinal("rating ~ x", _table(), **options)


MODELS: dict[str, Any] = {
    "bernoulli": lambda: bl.logistic("yes ~ x", _table()),
    "bernoulli cauchit": lambda: bl.logistic("yes ~ x", _table(), link="cauchit"),
    "bernoulli log": lambda: bl.logistic("yes ~ x", _table(), link="log"),
    "binomial identity": lambda: bl.binomial("k ~ x", _table(), trials="n", link="identity"),
    "bernoulli Cauchy prior": lambda: bl.logistic("yes ~ x", _table(), priors=bl.Cauchy(0, 1)),
    "binomial": lambda: bl.binomial("k ~ x", _table(), trials="n"),
    "beta_binomial": lambda: bl.binomial("k ~ x", _table(), trials="n", dispersion="beta"),
    "multinomial": lambda: bl.multinomial("rating ~ x - 1", _table()),
    "multinomial ZeroSum": lambda: bl.multinomial("rating ~ x", _table(), priors=bl.ZeroSum(1)),
    "cumulative": _ordinal,
    "cumulative probit": lambda: _ordinal(link="probit"),
    "cumulative Dirichlet": lambda: _ordinal(priors={"cutpoints": bl.Dirichlet(2)}),
    "cumulative partial": lambda: _ordinal(partial=["x"]),
    "cumulative unseen": lambda: bl.ordinal("yes ~ x", _table(), levels=[0, 1, 2]),
    "sequential": lambda: _ordinal(form="sequential"),
    "sequential partial": lambda: _ordinal(form="sequential", partial=["x"]),
    "adjacent": lambda: _ordinal(form="adjacent"),
    "adjacent Dirichlet": lambda: _ordinal(form="adjacent", priors={"cutpoints": bl.Dirichlet(1)}),
    "adjacent partial": lambda: _ordinal(form="adjacent", partial=["x"]),
}
# Which methods take what; a change here is a change of what the package can do.
EXACT = {"auto", "independence", "hmc", "nuts"}
PEAK = {"map", "laplace"}
ROWWISE = {"variational", "ep"}
GAUSSIAN = {"advi", "fullrank_advi"}
ACCEPTED: dict[str, set[str]] = {
    "bernoulli": EXACT | PEAK | ROWWISE | GAUSSIAN | {"gibbs", "quadrature"},
    "bernoulli cauchit": EXACT | PEAK | GAUSSIAN | {"variational", "quadrature"},
    "bernoulli log": {"auto", "map"},
    "binomial identity": {"auto", "independence", "map"},
    "bernoulli Cauchy prior": EXACT | PEAK | GAUSSIAN | {"quadrature"},
    "binomial": EXACT | PEAK | ROWWISE | GAUSSIAN | {"gibbs", "quadrature"},
    "beta_binomial": EXACT | PEAK | GAUSSIAN | {"quadrature"},
    "multinomial": EXACT | PEAK | GAUSSIAN | {"quadrature"},
    "multinomial ZeroSum": EXACT | PEAK | GAUSSIAN,
    "cumulative": EXACT | PEAK | {"quadrature"},
    "cumulative probit": EXACT | PEAK | {"quadrature"},
    "cumulative Dirichlet": EXACT | PEAK | {"quadrature"},
    "cumulative partial": EXACT | PEAK,
    "cumulative unseen": EXACT | PEAK | {"quadrature"},
    "sequential": EXACT | PEAK | GAUSSIAN | {"quadrature"},
    "sequential partial": EXACT | PEAK | GAUSSIAN,
    "adjacent": EXACT | PEAK | GAUSSIAN | {"quadrature"},
    "adjacent Dirichlet": EXACT | PEAK | GAUSSIAN | {"quadrature"},
    "adjacent partial": EXACT | PEAK | GAUSSIAN,
}
# Short runs, long enough for what is asked below.
OPTIONS: dict[str, dict[str, Any]] = {
    "nuts": {"tune": 150, "draws": 300, "chains": 1},
    "gibbs": {"tune": 100},
    "advi": {"steps": 800, "learning_rate": 0.03},
    "fullrank_advi": {"steps": 800, "learning_rate": 0.03},
    "quadrature": {"tolerance": 1e-4},
}


@cache
def built(name: str) -> bl.Model:
    return MODELS[name]()


@cache
def exact(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return posterior means and standard deviations by importance sampling on its own.

    The proposal has heavy tails and the moments of a first sample; 60 000 draws leave an error of
    about a hundredth of a standard deviation.
    """
    density, rng = built(name).density, np.random.default_rng(0)
    gaussian = (
        built(name)
        .fit("auto" if built(name).family.bounded else "hmc", draws=500, chains=2, random_seed=9)
        .theta
    )
    proposal = Proposal(Gaussian(gaussian.mean(axis=1), 1.3 * np.cov(gaussian)), 0.5, 5.0)
    theta, squares = proposal.sample(rng, 60_000)
    with np.errstate(all="ignore"):
        value = density.value(theta)
    log_weights = np.where(np.isfinite(value), value, -np.inf) - proposal.log_density(squares)
    smooth, k = pareto_smooth(log_weights)
    assert k < 0.7
    weights = np.exp(smooth)
    mean = theta @ weights
    return mean, np.sqrt((theta - mean[:, None]) ** 2 @ weights)


def test_every_method_is_listed() -> None:
    assert set(ACCEPTED) == set(MODELS)
    assert set.union(*ACCEPTED.values()) == set(bl.METHODS)


@pytest.mark.parametrize("method", bl.METHODS)
@pytest.mark.parametrize("name", MODELS)
def test_it_agrees_with_the_exact_posterior_or_says_who_does(name: str, method: str) -> None:
    model = built(name)
    if method not in ACCEPTED[name]:
        with pytest.raises(bl.MethodRefused, match=f"method '{method}' refuses this model: ") as e:
            model.fit(method)
        named = str(e.value).split("methods that accept it: ")[1].rstrip(".")
        assert set(named.replace("'", "").split(", ")) == ACCEPTED[name]
        return
    with warnings.catch_warnings():
        # Short runs may warn of themselves; what they return is looked at here.
        warnings.simplefilter("ignore", bl.BayesLogitWarning)
        options = {"draws": 500, "chains": 2} | OPTIONS.get(method, {})
        fit = model.fit(method, random_seed=3, progressbar=False, **options)
    mean, sd = exact(name)
    if fit.point:
        top = fit.theta[:, 0]
        value, gradient = model.density.value_and_gradient(top[:, None])
        if model.family.bounded:
            # At a border the gradient need not be zero; nothing inside is higher.
            assert np.all(model.density.value(built(name).fit(random_seed=8).theta) <= value)
        else:
            assert np.max(np.abs(gradient[:, 0] * sd)) < 1e-6
        around = top[:, None] + 0.3 * sd[:, None] * np.random.default_rng(1).normal(
            size=(top.size, 200)
        )
        assert np.all(model.density.value(around) <= value)
        return
    found, spread = fit.theta.mean(axis=1), fit.theta.std(axis=1)
    if fit.exact:
        check = diagnose(fit.outcome.draws)
        error = sd / np.sqrt(np.asarray(check.ess_bulk))
        # The exact moments have an error of their own.
        assert np.max(np.abs(found - mean) / np.hypot(error, 0.015 * sd)) < 4.5
        np.testing.assert_allclose(spread, sd, rtol=0.25)
    else:
        # Approximations lose skewness and, without correlations, spread.
        assert np.max(np.abs(found - mean) / sd) < 0.65
        assert np.all(spread < 1.4 * sd)
        assert np.all(spread > (0.3 if method == "advi" else 0.6) * sd)
