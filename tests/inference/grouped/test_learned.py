"""Coefficients with learned scales: coordinates, exact answers, funnels, what goes on with them."""

import json
import warnings
from pathlib import Path

import numpy as np
import pytest

import bayeslogit as bl
from bayeslogit.inference.grouped.start import nested_target
from tests.references.learned_models import MODELS

REFERENCES = json.loads(
    (Path(__file__).parents[2] / "references/learned_posteriors.json").read_text(encoding="utf-8")
)


def table(levels, rows, sd, seed=0):
    """Rows in levels whose effects have a standard deviation."""
    rng = np.random.default_rng(seed)
    g, x = rng.integers(0, levels, rows), rng.normal(size=rows)
    eta = 0.3 + 0.5 * x + rng.normal(0, sd, levels)[g]
    return {
        "y": (rng.random(rows) < 1 / (1 + np.exp(-eta))).astype(int),
        "c": rng.integers(0, 3, rows),
        "x": x,
        "g": [f"g{i:02}" for i in g],
        "h": [f"h{i}" for i in rng.integers(0, 6, rows)],
    }


PRIORS = {"g": bl.Hierarchical(bl.HalfNormal(1))}


@pytest.mark.parametrize(
    "make",
    [
        lambda d: bl.logistic("y ~ x + g", d, priors=PRIORS),
        lambda d: bl.logistic("y ~ x + g + (1 + x | h)", d, priors=PRIORS),
        lambda d: bl.ordinal("c ~ x + g", d, priors=PRIORS),
        lambda d: bl.multinomial("c ~ x + g", d, priors=PRIORS),
        lambda d: bl.logistic("y ~ x + g", d, priors=bl.Horseshoe()),
        lambda d: bl.logistic("y ~ x + g", d, priors=bl.R2D2()),
    ],
    ids=["alone", "beside groups", "ordinal", "multinomial", "horseshoe", "r2d2"],
)
def test_the_gradient_is_that_of_the_value(make):
    target = nested_target(make(table(4, 80, 0.8)).grouped_density)
    rng = np.random.default_rng(1)
    position = 0.7 * rng.normal(size=(target.size, 3))
    _, gradient, _ = target.value_and_gradient(position)
    step = 1e-5
    slopes = [
        (target.value_and_gradient(position + m)[0] - target.value_and_gradient(position - m)[0])
        / (2 * step)
        for m in step * np.eye(target.size)[:, :, None]
    ]
    np.testing.assert_allclose(gradient, slopes, rtol=1e-5, atol=1e-5)


def test_draws_are_those_of_the_posterior_on_a_grid():
    rng = np.random.default_rng(3)
    X = rng.normal(size=(40, 2))
    y = (rng.random(40) < 1 / (1 + np.exp(-X @ [1.0, -0.6]))).astype(int)
    data = {"y": y, "a": X[:, 0], "b": X[:, 1]}
    model = bl.logistic("y ~ 0 + a + b", data, priors=bl.Hierarchical(bl.HalfNormal(1)))
    # Coefficients and sd on a grid: nothing but sums.
    beta = np.linspace(-3.5, 4.5, 81)
    a, b = np.meshgrid(beta, beta, indexing="ij")
    theta = np.stack([a.ravel(), b.ravel()])
    eta = X @ theta
    fits = (y[:, None] * eta - np.logaddexp(0.0, eta)).sum(axis=0)
    sd = np.linspace(0.02, 5.0, 250)
    square = (theta**2).sum(axis=0)
    joint = fits[:, None] - 0.5 * square[:, None] / sd**2 - 2.0 * np.log(sd) - 0.5 * sd**2
    weight = np.exp(joint - joint.max())
    weight /= weight.sum()
    exact = np.array([*(theta @ weight.sum(axis=1)), sd @ weight.sum(axis=0)])
    square_sd = np.sqrt(sd**2 @ weight.sum(axis=0) - exact[2] ** 2)
    fit = model.fit(draws=4000, random_seed=1)
    summary = fit.summary()
    away = (summary["mean"].to_numpy() - exact) / summary["mcse_mean"].to_numpy()
    assert np.abs(away).max() < 4.0
    assert summary["sd"].iloc[2] == pytest.approx(square_sd, rel=0.1)


@pytest.mark.parametrize(
    ("levels", "rows", "sd", "prior"),
    [
        (3, 60, 0.0, bl.HalfNormal(2.5)),
        (8, 400, 0.0, bl.HalfNormal(2.5)),
        (12, 150, 2.0, bl.Exponential(1)),
        (4, 60, 1.0, bl.HalfStudentT(1, 2.5)),
    ],
)
def test_funnels_converge(levels, rows, sd, prior):
    model = bl.logistic("y ~ x + g", table(levels, rows, sd), priors={"g": bl.Hierarchical(prior)})
    fit = model.fit(random_seed=1)
    assert all(problem.severity == "note" for problem in fit.problems)
    assert fit.outcome.info["rhat"] < 1.01
    assert fit.outcome.stats["diverging"].mean() <= 1e-3


@pytest.fixture(scope="module")
def fitted():
    return bl.logistic("y ~ x + g", table(6, 200, 0.8), priors=PRIORS).fit(random_seed=1)


@pytest.mark.slow
def test_the_no_u_turn_sampler_agrees(fitted):
    model = bl.logistic("y ~ x + g", table(6, 200, 0.8), priors=PRIORS)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        other = model.fit("nuts", draws=300, tune=150, chains=2, random_seed=1, progressbar=False)
    one, two = fitted.summary(), other.summary()
    error = np.hypot(one["mcse_mean"], two["mcse_mean"])
    assert (np.abs(one["mean"] - two["mean"]) / error).max() < 4.5


def test_what_is_learned_is_reported(fitted):
    table = fitted.summary()
    assert table.index[-1] == "sd_g"
    assert table["prior"].iloc[-1] == "HalfNormal(1)"
    assert table.loc["g[T.g03]", "prior"] == "Normal(0, sd_g)"
    assert fitted.idata["posterior"]["sd_g"].dims == ("chain", "draw")
    assert "learned     sd_g ~ HalfNormal(1)" in str(fitted.model)
    assert "coefficients whitened given their scales" in fitted.outcome.label
    assert "log_prior" not in fitted.idata.children
    found = fitted.check(progressbar=False)
    assert found["scales"].severity == "ok"
    assert fitted.loo().elpd < 0


def test_answers_that_need_a_known_prior_are_refused(fitted):
    with pytest.raises(bl.MethodRefused, match="the scale of 'g' is learned"):
        _ = fitted.model.density
    with pytest.raises(bl.MethodRefused, match="'gaussian' refuses .* learned scales"):
        fitted.update(table(6, 20, 0.8), how="gaussian")
    with pytest.raises(bl.MethodRefused, match="learns scales of .*'auto', 'hmc'.*'map'"):
        bl.logistic("y ~ x + g", table(6, 200, 0.8), priors=PRIORS).fit("gibbs")


def test_more_rows_keep_the_prior(fitted):
    more = fitted.update(table(6, 50, 0.8, seed=2))
    assert more.outcome.scales["sd_g"].mean() > 0


def test_a_file_keeps_it(fitted, tmp_path):
    fitted.save(tmp_path / "fit.nc")
    again = bl.load(tmp_path / "fit.nc")
    assert again.summary().equals(fitted.summary())
    assert again.model.prior.learned[0].prior == fitted.model.prior.learned[0].prior


@pytest.mark.parametrize("name", list(MODELS))
def test_draws_are_those_of_long_runs_elsewhere(name):
    exact = REFERENCES[name]
    make, quantities = MODELS[name]
    fit = make().fit(draws=2000, random_seed=1)
    assert fit.outcome.info["rhat"] < 1.01
    assert fit.outcome.stats["diverging"].mean() <= 1e-3
    summary = fit.summary()
    summary = summary.drop(index="log_global_slopes", errors="ignore")
    assert tuple(summary.index[-len(quantities) :]) == quantities
    error = np.hypot(summary["mcse_mean"], exact["mcse"])
    assert (np.abs(summary["mean"] - exact["mean"]) / error).max() < 4.0
    np.testing.assert_allclose(summary["sd"][:-1], exact["sd"][:-1], rtol=0.15)


def test_without_data_draws_are_those_of_the_prior():
    """Signs that mean nothing: folding draws that are kept would change what they are from."""
    g = [f"g{i // 4}" for i in range(12)]
    data = {"y": [0, 1] * 6, "g": g, "w": [1e-9] * 12}
    model = bl.logistic("y ~ 1 + (1 | g)", data, priors={"g": bl.HalfNormal(1)}, weights="w")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        means = [
            float(model.fit(draws=2000, random_seed=seed).outcome.scales["sd_g"].mean())
            for seed in range(4)
        ]
    assert np.mean(means) == pytest.approx(np.sqrt(2.0 / np.pi), abs=0.012)
