"""Partial proportional odds: slopes of named terms that differ between boundaries."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import optimize

import bayeslogit as bl
from bayeslogit.pymc_twin import log_posterior
from tests.answers.checks.test_partial_slopes import table
from tests.differences import jacobian

LEVELS = [0, 1, 2]


def ratings(**options: Any) -> bl.Model:
    return bl.ordinal("y ~ x + z", table(1.0, 600), **({"partial": ["x"]} | options))


def test_names_and_variables_say_which_boundary() -> None:
    rng = np.random.default_rng(0)
    data = {"x": rng.normal(size=80), "g": np.tile(["a", "b", "c", "d"], 20)}
    data["y"] = np.arange(80) // 4 % 4
    model = bl.ordinal("y ~ x + g", data, partial=["g"])
    assert model.layout.names[3:7] == ("x", "g[T.b]", "g[T.c]", "g[T.d]")
    assert model.layout.names[7:10] == ("1|2: g[T.b]", "1|2: g[T.c]", "1|2: g[T.d]")
    posterior = model.fit("map").posterior
    assert posterior["beta_partial"].dims == ("chain", "draw", "later_cutpoint", "partial_term")
    assert posterior["beta_partial"].shape == (1, 1, 2, 3)
    assert dict(model.prior.describe())["1|2: g[T.b]"].startswith("Normal(0, 1.15")


@pytest.mark.parametrize("link", ["logit", "probit"])
def test_flat_priors_are_maximum_likelihood(link: str) -> None:
    data = table(1.0, 600)
    x, z, y = data["x"], data["z"], data["y"]
    inverse = bl.LINKS[link].prob

    def loss(theta: np.ndarray) -> float:
        low = inverse(theta[0] - theta[2] * x - theta[3] * z)
        high = inverse(theta[1] - (theta[2] + theta[4]) * x - theta[3] * z)
        prob = np.stack([low, high - low, 1 - high])[y, np.arange(len(y))]
        return -float(np.log(prob).sum()) if np.all(prob > 0) else np.inf

    start = np.array([-1.0, 1.0, 0.0, 0.0, 0.0])
    for _ in range(4):
        found = optimize.minimize(
            loss,
            start,
            method="Nelder-Mead",
            options={"xatol": 1e-9, "fatol": 1e-12, "maxfev": 5000},
        )
        start = found.x
    fit = ratings(priors="flat", link=link).fit("map")
    assert fit.outcome.gaussian is not None
    sd = np.sqrt(np.diag(fit.outcome.gaussian.covariance))
    assert np.max(np.abs(fit.outcome.draws[0, 0] - start) / sd) < 1e-5
    assert fit.outcome.info["log_posterior"] == pytest.approx(-found.fun, abs=1e-9)


def test_sequential_with_every_slope_of_its_own_is_a_logistic_model_for_each_step() -> None:
    data = table(1.0, 600)
    model = bl.ordinal("y ~ x + z", data, form="sequential", partial=["x", "z"], priors="flat")
    found = model.fit("map").outcome.draws[0, 0]
    steps = []
    for k in range(2):
        reached = data["y"] >= k
        one = {n: v[reached] for n, v in data.items()} | {"on": data["y"][reached] > k}
        steps.append(bl.logistic("on ~ x + z", one, priors="flat").fit("map").outcome.draws[0, 0])
    first, second = steps
    expected = [-first[0], -second[0], *first[1:], *(second - first)[1:]]
    np.testing.assert_allclose(found, expected, atol=1e-8)


@pytest.mark.parametrize("form", ["cumulative", "sequential", "adjacent"])
def test_derivatives_and_pymc_agree(form: str) -> None:
    model = ratings(form=form)
    density = model.density
    theta = np.array([-1.2, 1.6, 0.8, 0.9, 0.3])
    gradient = density.value_and_gradient(theta[:, None])[1][:, 0]
    found = jacobian(lambda t: density.value(t[:, None]), theta)[:, 0]
    np.testing.assert_allclose(gradient, found, rtol=1e-7, atol=1e-6)
    columns = theta[:, None] + 0.1 * np.random.default_rng(1).normal(size=(5, 4))
    theirs = log_posterior(model.pymc, model.layout, model.prior, mode="FAST_COMPILE")(columns)
    np.testing.assert_allclose(theirs, density.value(columns), rtol=1e-12, atol=1e-9)


def test_exact_draws_give_the_slopes_back_and_keep_probabilities_valid() -> None:
    fit = ratings().fit(random_seed=1)
    assert fit.exact
    assert not [p for p in fit.problems if p.severity == "severe"]
    summary = fit.summary(ci_prob=0.99, ci_kind="eti")
    for name, truth in {"0|1": -1.0, "1|2": 1.5, "x": 1.0, "z": 1.0, "1|2: x": 1.0}.items():
        assert summary.loc[name, "eti99_lb"] < truth < summary.loc[name, "eti99_ub"]
    draws = fit.predict(draws=True)
    assert float(draws.min()) > 0.0
    np.testing.assert_allclose(draws.sum("class"), 1.0, rtol=0, atol=1e-12)


def test_coefficients_that_cross_in_the_data_have_no_probability() -> None:
    density = ratings().density
    crossing = np.array([-1.0, 1.5, 1.0, 1.0, 2.6])  # at x = 1 the gap is 2.5 - 2.6
    assert density.value(crossing[:, None])[0] == -np.inf
    crossing[4] = 2.4
    assert np.isfinite(density.value(crossing[:, None])[0])


def test_new_rows_where_boundaries_cross_are_refused() -> None:
    fit = ratings().fit("map")
    assert fit.predict({"x": [0.9], "z": [100.0]})["estimate"].between(0, 1).all()
    with pytest.raises(
        bl.DesignError, match="cross in 1 of 2 rows.*a probability would be negative"
    ):
        fit.predict({"x": [0.0, 50.0], "z": [0.0, 0.0]})


def test_prior_draws_are_valid_in_every_row() -> None:
    model = ratings()
    tree = model.prior_predictive(draws=300, random_seed=1)
    flat = model.prior.sample(np.random.default_rng(2), 500)
    assert flat.shape == (5, 500)
    assert np.all(np.diff(model.density.likelihood.eta(flat), axis=0) > 0)
    assert tree["prior_predictive"]["y"].shape == (1, 300, 600)
    assert "probability of 1 at the mean row" in repr(model)
    wide = ratings(priors={"partial": bl.Normal(0, 1e7)})
    with pytest.raises(bl.PriorError, match="keep the boundaries between classes apart.*'partial'"):
        wide.prior.sample(np.random.default_rng(3), 200)


def test_saved_and_loaded_again(tmp_path: Any) -> None:
    fit = ratings().fit(draws=50, random_seed=4)
    again = bl.load(fit.save(tmp_path / "ratings.nc"))
    assert again.model.layout.names == fit.model.layout.names
    np.testing.assert_array_equal(again.theta, fit.theta)


def test_terms_that_do_not_exist_are_refused() -> None:
    with pytest.raises(bl.DesignError, match="partial= names 'xx', which is not a term.*Did you"):
        ratings(partial=["xx"])
    with pytest.raises(bl.DesignError, match=r"partial='x' is a text.*write partial=\['x'\]"):
        ratings(partial="x")
