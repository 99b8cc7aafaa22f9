"""Modes of learned scales: beside mgcv, and beside integrals with the scale known."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import trapezoid

import bayeslogit as bl
from bayeslogit.errors import MethodRefused

REFERENCES = Path(__file__).parents[2] / "references"
RNG = np.random.default_rng(1)
N = 300
TABLE = {
    "x": RNG.uniform(-2, 2, N),
    "w": RNG.normal(size=N) + 1,
    "g": RNG.integers(0, 8, N).astype(str),
    "h": RNG.integers(0, 10, N).astype(str),
    "e": RNG.integers(0, 4, N),
}
G = np.array([1.2, -0.8, 0.5, -1.5, 0.0, 0.9, -0.3, 0.4])[TABLE["g"].astype(int)]
H = 1.5 * np.sin(3 * np.arange(10))[TABLE["h"].astype(int)]
TABLE["y"] = (
    np.sin(2 * TABLE["x"]) + 0.5 * TABLE["w"] + G + H + RNG.logistic(size=N) > 0.5
).astype(int)
TABLE["c"] = np.array(["lo", "mid", "hi"])[np.clip(TABLE["y"] + RNG.integers(0, 2, N), 0, 2)]


def known_scale(sd):
    """Return the log evidence with the scale known, by the route of models that learn nothing."""
    model = bl.logistic("y ~ w + g", TABLE, priors={"g": bl.Normal(0, sd)})
    return model.fit("laplace", draws=1, random_seed=1, progressbar=False).outcome.evidence.value


def test_the_mode_and_the_evidence_are_those_of_integrals_with_the_scale_known():
    prior = bl.HalfNormal(2.5)
    model = bl.logistic("y ~ w + g", TABLE, priors={"g": bl.Hierarchical(prior)})

    def height(sd):
        return known_scale(sd) + float(prior.log_density(np.array(sd)))

    fit = model.fit("map")
    sd = fit.outcome.scales["sd_g"][0, 0]
    low, middle, high = (height(sd + step) for step in (-0.02, 0.0, 0.02))
    top = 0.01 * (high - low) / (2 * middle - high - low)  # of the parabola through the three
    assert top == pytest.approx(0.0, abs=1e-3)
    assert fit.outcome.info["log_posterior"] == pytest.approx(middle, abs=1e-6)
    grid = np.geomspace(0.2, 9, 15)
    heights = np.array([height(one) for one in grid]) + np.log(grid)
    evidence = np.log(trapezoid(np.exp(heights - middle), np.log(grid))) + middle
    laplace = model.fit("laplace", draws=500, random_seed=1, progressbar=False)
    assert laplace.outcome.evidence.value == pytest.approx(evidence, abs=0.1)
    assert laplace.outcome.label == "nested Laplace approximation (scales integrated)"
    assert 0.0 < laplace.outcome.info["pareto_k"] < 1.0


def test_a_curve_with_vague_priors_is_mgcv_s_by_restricted_maximum_likelihood():
    known = pd.read_csv(REFERENCES / "smooth.csv")
    data = pd.read_csv(REFERENCES / "contraception.csv")
    priors = {
        "Intercept": bl.Flat(),
        "s(age)[linear]": bl.Flat(),
        "s(age)": bl.Hierarchical(bl.HalfNormal(1e4)),
    }
    fit = bl.logistic("y ~ s(age)", data, priors=priors).fit("map")
    found = fit.predict({"age": known["age"]}, kind="linear")
    np.testing.assert_allclose(found["estimate"], known["fit"], atol=0.002)


@pytest.mark.filterwarnings("ignore:.*Pareto k-hat")
@pytest.mark.parametrize(
    ("builder", "formula"),
    [
        ("logistic", "y ~ w + s(x) + (1 | h)"),
        ("logistic", "y ~ w + hsgp(x)"),
        ("multinomial", "c ~ w + s(x)"),
        ("ordinal", "c ~ s(x) + (1 | h)"),
    ],
)
def test_modes_and_approximations_are_near_the_posterior(builder, formula):
    more = {"levels": ["lo", "mid", "hi"]} if builder == "ordinal" else {}
    model = getattr(bl, builder)(formula, TABLE, **more)
    options = {"random_seed": 1, "progressbar": False}
    draws = model.fit(draws=500, **options).outcome.draws
    for method in ("map", "laplace"):
        fit = model.fit(method, draws=500, **options)
        assert fit.outcome.info.get("distance", 0.0) < 1e-2
        assert fit.predict(TABLE).shape[0] > 0
        away = fit.outcome.draws.mean(axis=(0, 1)) - draws.mean(axis=(0, 1))
        assert np.abs(away / draws.std(axis=(0, 1))).max() < 0.5


def test_a_scale_that_is_zero_at_the_mode_is_said():
    noise = TABLE | {"y": np.arange(N) % 2}
    fit = bl.logistic("y ~ g", noise, priors={"g": bl.Hierarchical()}).fit("map")
    [problem] = [p for p in fit.problems if p.code == "singular"]
    assert "of 'g' is zero at the mode" in problem.sentence
    assert np.abs(fit.outcome.draws[0, 0, 1:]).max() < 1e-4


@pytest.mark.parametrize(
    ("formula", "priors"),
    [
        ("y ~ w + x", {"slopes": bl.Horseshoe()}),
        ("y ~ w + x", {"slopes": bl.R2D2()}),
        ("y ~ mo(e)", {}),
    ],
)
@pytest.mark.parametrize("method", ["map", "laplace", "gibbs", "variational", "ep", "quadrature"])
def test_what_has_no_mode_is_refused_and_the_methods_named_that_fit_it(formula, priors, method):
    model = bl.logistic(formula, TABLE, priors=priors)
    with pytest.raises(MethodRefused, match=r"accept it: 'auto', 'hmc', 'nuts'\.$"):
        model.fit(method)


def test_points_of_quadrature_are_for_effects_of_groups():
    model = bl.logistic("y ~ s(x)", TABLE)
    with pytest.raises(MethodRefused, match=r"learns scales of 's\(x\)'.*leave quadrature_points"):
        model.fit("map", quadrature_points=9)
