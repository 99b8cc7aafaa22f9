"""Columns far from zero: the fit is that of the column near zero, and coefficients are as given."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

import bayeslogit as bl
from bayeslogit.inference.tails import missing_moments
from bayeslogit.pymc_twin.model import log_posterior
from bayeslogit.specification.as_given import as_given

FAR = 1e8
ROWS = 90


def tables() -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a table, and the same with x far from zero: its digits are all kept."""
    rng = np.random.default_rng(5)
    x = np.round(rng.normal(size=ROWS) * 256) / 256
    x -= 0.5 * (x.min() + x.max())
    z = rng.normal(size=ROWS)
    prob = 1 / (1 + np.exp(-(0.3 + 0.8 * x - 0.5 * z)))
    trials = rng.integers(1, 9, ROWS)
    level = (rng.random(ROWS) < prob).astype(int) + (rng.random(ROWS) < 0.4)
    near = {
        "x": x,
        "z": z,
        "y": (rng.random(ROWS) < prob).astype(int),
        "n": trials,
        "k": rng.binomial(trials, prob),
        "c": np.array(list("abc"))[level],
        "o": level,
        "g": np.array(list("uvw"))[rng.integers(0, 3, ROWS)],
    }
    return near, near | {"x": x + FAR}


NEAR, SHIFTED = tables()
MODELS = {
    "logistic": lambda t: bl.logistic("y ~ x + z", t),
    "arrays": lambda t: bl.logistic(np.column_stack([t["z"], t["x"]]), t["y"]),
    "probit": lambda t: bl.logistic("y ~ x + g", t, link="probit"),
    "binomial": lambda t: bl.binomial("k ~ z + x", t, trials="n"),
    "dispersed": lambda t: bl.binomial("k ~ x", t, trials="n", dispersion="beta"),
    "multinomial": lambda t: bl.multinomial("c ~ x + z", t),
    "symmetric": lambda t: bl.multinomial("c ~ x", t, priors=bl.ZeroSum(1.0)),
    "cumulative": lambda t: bl.ordinal("o ~ x + z", t, priors={"cutpoints": bl.Dirichlet(1)}),
    "sequential": lambda t: bl.ordinal("o ~ x", t, form="sequential"),
    "partial": lambda t: bl.ordinal("o ~ x + z", t, partial=["x"]),
    "groups": lambda t: bl.logistic("y ~ x + (1 | g)", t),
}


def slopes(table: pd.DataFrame) -> pd.DataFrame:
    """Return the numbers of the rows that are not about intercepts or cutpoints."""
    kept = [k for k in table.index if "Intercept" not in k and ("|" not in k or ":" in k)]
    return table.loc[kept].select_dtypes("number")


def new_rows(fit: bl.Fit, shift: float) -> Any:
    if fit.model.design.formula is None:
        return np.array([[0.0, shift], [1.0, shift + 1.0]])
    return {"x": [shift, shift + 1.0], "z": [0.0, 1.0], "g": ["u", "v"], "n": [1, 1]}


def agree(found: Any, wanted: Any, tolerance: float = 1e-9) -> None:
    pd.testing.assert_frame_equal(found, wanted, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("name", MODELS)
def test_a_column_far_from_zero_is_fitted_as_near_zero(name: str, tmp_path: Path) -> None:
    near, far = (MODELS[name](t).fit("map") for t in (NEAR, SHIFTED))
    np.testing.assert_array_equal(far.theta, near.theta)
    agree(slopes(far.summary()), slopes(near.summary()))
    agree(far.predict(new_rows(far, FAR)), near.predict(new_rows(near, 0.0)))
    x = "x1" if name == "arrays" else "x"
    agree(far.slopes(x), near.slopes(x), 1e-6)
    agree(far.comparisons(x), near.comparisons(x))
    # The linear predictor of the columns as given, with what rounding leaves of it.
    design, layout = far.model.design.fixed, far.model.fixed_layout
    fixed = far.model.layout.fixed
    basis = np.eye(len(fixed)) if layout.basis is None else layout.basis
    shape = (far.model.family.n_eta, -1)
    given = (basis @ far.given[fixed]).reshape(shape) @ (design.X + design.shift).T
    inside = (basis @ far.theta[fixed]).reshape(shape) @ design.X.T
    np.testing.assert_allclose(given, inside, atol=1e-6)
    np.testing.assert_array_equal(far.posterior["beta"], near.posterior["beta"])
    # The file has both, bit for bit.
    again = bl.load(far.save(tmp_path / "fit.nc"))
    np.testing.assert_array_equal(again.theta, far.theta)
    np.testing.assert_array_equal(again.model.design.X, far.model.design.X)
    assert str(again.model) == str(far.model)
    assert "computed with a number subtracted from 'x" in str(far.model)


@pytest.mark.parametrize("name", ["logistic", "binomial", "multinomial", "cumulative"])
def test_draws_and_classical_tables_are_those_near_zero(name: str) -> None:
    near, far = (MODELS[name](t).fit("laplace", draws=100, random_seed=1) for t in (NEAR, SHIFTED))
    agree(slopes(far.summary()), slopes(near.summary()))
    agree(slopes(far.classical().coefficients), slopes(near.classical().coefficients), 1e-8)
    agree(far.classical().statistics, near.classical().statistics, 1e-8)
    agree(slopes(far.movement()), slopes(near.movement()), 1e-8)
    assert far.loo().elpd == pytest.approx(near.loo().elpd, rel=1e-12)
    if name == "logistic":
        assert str(far.check())
    half = {k: v[:60] for k, v in SHIFTED.items()}, {k: v[60:] for k, v in SHIFTED.items()}
    options = {"trials": "n"} if name == "binomial" else {}
    updated = MODELS[name](half[0]).fit("map").update(half[1], **options)
    agree(updated.predict(new_rows(far, FAR)), _updated(name, options), 1e-9)


def _updated(name: str, options: dict[str, Any]) -> pd.DataFrame:
    half = {k: v[:60] for k, v in NEAR.items()}, {k: v[60:] for k, v in NEAR.items()}
    fit = MODELS[name](half[0]).fit("map").update(half[1], **options)
    return fit.predict(new_rows(fit, 0.0))


def test_the_intercept_of_a_classical_table_is_that_of_the_column_as_given() -> None:
    # Far enough to be moved, and near enough for a fit that is told not to.
    table = SHIFTED | {"x": NEAR["x"] + 2.0**20}
    model = bl.logistic("y ~ x + z", table)
    found = model.classical().coefficients
    slope = found.loc["x"]
    row = found.loc["Intercept"]
    # So far out the intercept is the slope, but for what the intercept at the centre adds.
    near = bl.logistic("y ~ x + z", NEAR).classical()
    at_centre = near.coefficients.loc["Intercept"]
    assert row["estimate"] == pytest.approx(
        at_centre["estimate"] - 2.0**20 * slope["estimate"], rel=1e-12
    )
    spread = np.array([1.0, -(2.0**20), 0.0])
    covariance = near.maximum.covariance
    assert row["se"] == pytest.approx(np.sqrt(spread @ covariance @ spread), rel=1e-9)
    assert row["firth"] == pytest.approx(at_centre["firth"] - 2.0**20 * slope["firth"], rel=1e-12)
    # At the ends of its interval the deviance has fallen by the quantile of chi-square.
    from scipy.optimize import minimize

    likelihood = near.likelihood
    for bound in ("profile95_lb", "profile95_ub"):
        end = row[bound]

        def fall(free: np.ndarray, end: float = end) -> float:
            # The intercept as given is held; the slope follows from the one at the centre.
            theta = np.array([free[0], (free[0] - end) / 2.0**20, free[1]])
            return -2.0 * float(likelihood.value(theta[:, None])[0] - near.log_likelihood)

        best = minimize(fall, near.maximum.theta[[0, 2]], tol=1e-12)
        assert best.fun == pytest.approx(3.841459, abs=1e-5)


def test_infinite_estimates_far_from_zero_have_their_signs() -> None:
    table = {"x": FAR + np.arange(8.0), "y": [0, 0, 0, 0, 1, 1, 1, 1]}
    model = bl.logistic("y ~ x", table)
    found = model.classical().coefficients["estimate"]
    assert found.tolist() == [-np.inf, np.inf]
    assert model.fit("map").movement()["mle"].tolist() == [-np.inf, np.inf]
    with pytest.raises(bl.PriorError, match="completely separated"):
        bl.logistic("y ~ x", table, priors="flat").fit("map")


@pytest.mark.parametrize(
    "priors",
    [
        {"Intercept": bl.Normal(-4e7, 1e7), "x": bl.Normal(0.8, 1)},
        bl.GaussianPrior([-4e7, 0.8], np.diag([1e14, 1.0])),
    ],
    ids=["each", "joint"],
)
def test_a_prior_is_on_the_coefficients_as_given(priors: Any) -> None:
    model = bl.logistic("y ~ x", SHIFTED, priors=priors)
    rng = np.random.default_rng(1)
    theta = rng.normal(size=(2, 5))
    given = as_given(model.layout, theta)
    np.testing.assert_allclose(given[0], theta[0] - FAR * theta[1], rtol=1e-12)
    wanted = norm.logpdf(given[0], -4e7, 1e7) + norm.logpdf(given[1], 0.8, 1.0)
    np.testing.assert_allclose(model.prior.log_density(theta), wanted, rtol=1e-12)
    if model.prior.joint is not None:
        compiled = log_posterior(model.pymc, model.layout, model.prior)
        np.testing.assert_allclose(compiled(theta), model.density.value(theta), rtol=1e-9)
    step = 1e-4 * np.eye(2)
    for j in range(2):
        up, down = (model.prior.log_density(theta + s * step[:, [j]]) for s in (1, -1))
        np.testing.assert_allclose(
            model.prior.gradient(theta)[j], (up - down) / 2e-4, rtol=1e-4, atol=1e-4
        )
    draws = as_given(model.layout, model.prior.sample(rng, 20_000))
    np.testing.assert_allclose(draws.mean(axis=1), [-4e7, 0.8], rtol=0.02)
    np.testing.assert_allclose(draws.std(axis=1), [1e7, 1.0], rtol=0.02)
    shown = str(model)
    assert "Normal(-4e+07, 1e+07)" in shown
    assert "predictor means" not in shown
    # The prior holds the line through zero; the data say the height at their centre.
    fit = model.fit("quadrature", draws=100, random_seed=1)
    mean, sd = fit.summary()[["mean", "sd"]].to_numpy().T
    assert mean[0] == pytest.approx(-FAR * mean[1], rel=1e-6)
    assert sd[0] == pytest.approx(FAR * sd[1], rel=1e-6)
    assert fit.idata["prior"]["Intercept"].std() == pytest.approx(1e7, rel=0.1)
    labels = [part.get_xlabel() for part in fit.plot_prior().child_axes]
    assert labels == ["Intercept", "x"]


def test_priors_of_several_intercepts_are_as_given() -> None:
    several = bl.multinomial("c ~ x + z", SHIFTED, priors={"Intercept": bl.Normal(0, 1e8)})
    theta = np.random.default_rng(2).normal(size=(6, 1))
    given = as_given(several.layout, theta)[:, 0]
    np.testing.assert_allclose(given[[0, 3]], theta[[0, 3], 0] - FAR * theta[[1, 4], 0], rtol=1e-12)
    ordered = bl.ordinal(
        "o ~ z + x", SHIFTED, partial=["x"], priors={"cutpoints": bl.Normal([-1e7, 1e7], 1e8)}
    )
    theta = np.array([-1.0, 1.0, 0.2, 0.5, 0.1])[:, None]
    given = as_given(ordered.layout, theta)[:, 0]
    np.testing.assert_allclose(given[:2], [FAR * 0.5 - 1.0, FAR * 0.6 + 1.0], rtol=1e-12)
    wanted = norm.logpdf(given[:2], [-1e7, 1e7], 1e8)
    np.testing.assert_allclose(ordered.prior.each(theta)[:2, 0], wanted, rtol=1e-12)
    # A margin of a joint prior is of the intercept as given.
    joint = dict(
        bl.multinomial("c ~ x", SHIFTED, priors=bl.ZeroSum(1.0)).prior.describe(
            bl.multinomial("c ~ x", SHIFTED, priors=bl.ZeroSum(1.0)).layout.given
        )
    )
    assert joint["b: Intercept"].startswith("Normal(0, 1.414e+08)")


def test_an_intercept_has_no_moment_where_its_slope_has_none() -> None:
    table = {"y": [0] * 8 + [1] * 6, "x": [FAR] * 8 + [FAR + 1] * 6}
    model = bl.logistic("y ~ x", table, priors={"x": bl.Cauchy(0, 2.5)})
    missing = missing_moments(model.density)
    assert missing.mean.tolist() == [False, True]
    assert missing.as_given(model.layout.given).mean.tolist() == [True, True]


@pytest.mark.parametrize("outcome", ["logistic", "binomial", "multinomial", "cumulative"])
def test_times_in_seconds_and_years_give_the_slope_of_days(outcome: str) -> None:
    make = {
        "logistic": lambda t: bl.logistic("y ~ t", t),
        "binomial": lambda t: bl.binomial("k ~ t", t, trials="n"),
        "multinomial": lambda t: bl.multinomial("c ~ t", t),
        "cumulative": lambda t: bl.ordinal("o ~ t", t),
    }[outcome]
    days = np.round(3.0 * NEAR["x"], 2)
    fit = make(NEAR | {"t": days}).fit("map")
    wanted, sd = (slopes(fit.summary())[k].to_numpy() for k in ("mode", "curvature_sd"))
    for size, unit, far in (
        (1_700_000_000.0, 86_400.0, False),
        (1_700_000_000.0, 60.0, True),
        (2010.0, 1.0, False),
        (1e8, 1.0, True),
    ):
        model = make(NEAR | {"t": size + unit * days})
        assert (model.design.shift is not None) == far
        found = slopes(model.fit("map").summary())["mode"].to_numpy() * unit
        np.testing.assert_allclose((found - wanted) / sd, 0.0, atol=1e-6)
