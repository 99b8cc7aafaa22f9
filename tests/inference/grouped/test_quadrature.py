"""Integrals over the effects of groups: against Laplace, SciPy's quadrature and lme4."""

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import dblquad, quad

import bayeslogit as bl
from bayeslogit.errors import BayesLogitWarning, MethodRefused
from bayeslogit.inference.grouped.integrals import Levels, Rule, log_integrals, peaks
from bayeslogit.inference.grouped.nested import Nested
from bayeslogit.inference.grouped.quadrature import Marginal
from tests.inference.grouped.test_known_answers import MAXIMA, model_of

RNG = np.random.default_rng(3)
ROWS = {
    "g": np.repeat(list("abcdefgh"), 6),
    "h": np.tile(list("uvw"), 16),
    "x": RNG.normal(size=48),
    "y": RNG.integers(0, 2, 48),
    "k": RNG.integers(0, 5, 48),
    "n": np.full(48, 4),
    "c": np.array(["low", "mid", "high"])[RNG.integers(0, 3, 48)],
}
LEVELS = {"levels": ["low", "mid", "high"]}
MODELS = {
    "logit": lambda: bl.logistic("y ~ x + (1 | g)", ROWS),
    "slopes": lambda: bl.logistic("y ~ x + (1 + x | g)", ROWS),
    "apart": lambda: bl.logistic("y ~ x + (1 | g) + (0 + x | g)", ROWS),
    "probit": lambda: bl.logistic("y ~ x + (1 | g)", ROWS, link="probit"),
    "cauchit": lambda: bl.logistic("y ~ x + (1 | g)", ROWS, link="cauchit"),
    "binomial": lambda: bl.binomial("k ~ x + (1 | g)", ROWS, trials="n"),
    "beta-binomial": lambda: bl.binomial("k ~ x + (1 | g)", ROWS, trials="n", dispersion="beta"),
    "multinomial": lambda: bl.multinomial("c ~ x + (1 | g)", ROWS),
    "cumulative": lambda: bl.ordinal("c ~ x + (1 | g)", ROWS, **LEVELS),
    "sequential": lambda: bl.ordinal("c ~ x + (1 | g)", ROWS, form="sequential", **LEVELS),
}


@pytest.mark.parametrize("name", MODELS)
def test_one_point_is_laplace_and_many_stand_still(name):
    density = MODELS[name]().grouped_density
    theta = density.start + 0.1
    factors = [0.6 * np.eye(b.effects) + 0.2 * np.eye(b.effects, k=-1) for b in density.blocks]
    columns = [factor[:, :, None] for factor in factors]
    one, some, many = (
        Marginal(density, points).value(theta[:, None], columns)[0] for points in (1, 11, 19)
    )
    if density.family.log_concave:
        nested = Nested(density, outer=True)
        assert one == pytest.approx(nested.marginal(nested.inner(factors, theta)), abs=1e-6)
    assert some == pytest.approx(many, abs=1e-5)


def level_by_scipy(density, theta, factor, level):
    """Return the log integral of one level by SciPy's adaptive quadrature."""
    levels = Levels.of(density.family, density.counts, density.blocks)
    here = np.flatnonzero(levels.codes == level)
    eta = density.base.likelihood.eta(theta[:, None])[:, here, 0]

    def at(*z):
        u = factor @ np.array(z)
        moved = eta + levels.loadings[:, here] @ u
        logs = density.family.row_log_likelihood(moved[:, :, None], density.counts[here])
        return float(np.exp(logs.sum() - 0.5 * (u.size * np.log(2 * np.pi) + np.dot(z, z))))

    if len(factor) == 1:
        return np.log(quad(at, -12, 12, epsabs=0, epsrel=1e-12, limit=400)[0])
    return np.log(dblquad(at, -7, 7, -7, 7, epsabs=1e-9, epsrel=1e-7)[0])


@pytest.mark.parametrize(("name", "sd"), [("logit", 1.0), ("logit", 5.0), ("cumulative", 2.0)])
def test_integrals_are_scipy_s(name, sd):
    density = MODELS[name]().grouped_density
    theta, factor = density.start + 0.2, np.array([[sd]])
    levels = Levels.of(density.family, density.counts, density.blocks)
    eta = density.base.likelihood.eta(theta[:, None])
    found = log_integrals(levels, eta, factor[:, :, None], Rule.tensor(61, 1))[:, 0]
    for level in (0, 3):
        known = level_by_scipy(density, theta, factor, level)
        assert found[level] == pytest.approx(known, abs=1e-6)


def test_integrals_over_two_effects_are_scipy_s():
    density = MODELS["slopes"]().grouped_density
    theta, factor = density.start + 0.2, np.array([[0.8, 0.0], [0.3, 0.5]])
    levels = Levels.of(density.family, density.counts, density.blocks)
    eta = density.base.likelihood.eta(theta[:, None])
    found = log_integrals(levels, eta, factor[:, :, None], Rule.tensor(21, 2))[0, 0]
    assert found == pytest.approx(level_by_scipy(density, theta, factor, 0), abs=1e-6)


def test_levels_without_rows_and_columns_at_once():
    density = MODELS["logit"]().grouped_density
    block = density.blocks[0]
    levels = Levels(density.family, density.counts, block.loadings, block.codes, 9)
    theta = np.column_stack([density.start, density.start + 1.0])
    factor = np.array([[[0.5, 2.0]]])
    eta, rule = density.base.likelihood.eta(theta), Rule.tensor(15, 1)
    both = log_integrals(levels, eta, factor, rule)
    for column in range(2):
        some = slice(column, column + 1)
        alone = log_integrals(levels, eta[:, :, some], factor[:, :, some], rule)
        np.testing.assert_allclose(both[:, some], alone, atol=1e-10)
    np.testing.assert_allclose(both[8], 0.0, atol=1e-12)
    assert peaks(levels, eta, factor).z[0, 8].tolist() == [0.0, 0.0]


@pytest.mark.parametrize("name", ["cbpp", "seeds", "bacteria", "toenail"])
def test_quadrature_is_lme4_s_with_its_modes_finished(name):
    """lme4's default leaves conditional modes unfinished: see ``make_grouped.R``."""
    fit = model_of(name, priors="flat").fit("map", quadrature_points=25)
    known, fixed = MAXIMA[name]["quadrature"], fit.model.layout.fixed
    deviations = np.sqrt(np.diag(fit.outcome.gaussian.covariance))
    away = np.abs(fit.outcome.draws[0, 0, fixed] - known["beta"]) / deviations
    assert away.max() < 1e-4
    sd = next(v for v in fit.outcome.scales.values())[0, 0]
    np.testing.assert_allclose(sd, known["sd"], rtol=2e-5)
    if name in ("bacteria", "toenail"):  # of counts lme4 leaves constants out
        found = fit.outcome.info["log_likelihood"]
        assert found == pytest.approx(known["log_likelihood"], abs=1e-6)
    assert "quadrature of 25 points" in fit.outcome.label
    assert not [p for p in fit.problems if p.code == "laplace_error"]


def test_laplace_tells_its_error():
    with pytest.warns(BayesLogitWarning, match=r"move the mode by about \d.* standard errors"):
        fit = model_of("toenail", priors="flat").fit("map")
    (problem,) = [p for p in fit.problems if p.code == "laplace_error"]
    assert problem.severity == "warning"
    small = model_of("bacteria", priors="flat").fit("map")
    (note,) = [p for p in small.problems if p.code == "laplace_error"]
    assert note.severity == "note"
    assert "off by 0.22 nats" in note.sentence
    assert not [p for p in model_of("cbpp").fit("map").problems if p.code == "laplace_error"]


def test_laplace_tells_its_error_on_the_larger_of_two_groupings():
    rng = np.random.default_rng(1)
    data = {"a": np.repeat(np.arange(80), 3).astype(str), "b": np.tile(list("xyz"), 80)}
    level = np.repeat(3.0 * rng.normal(size=80), 3)
    data["y"] = (rng.random(240) < 1 / (1 + np.exp(-level))).astype(int)
    fit = bl.logistic("y ~ 1 + (1 | a) + (1 | b)", data).fit("map")
    assert any("integral over (1 | a) is off by" in p.sentence for p in fit.problems)


def test_priors_count_with_quadrature_too():
    """The mode under a tight prior is nearer to zero than that under a flat one."""
    data = pd.DataFrame(ROWS)
    tight = bl.logistic("y ~ x + (1 | g)", data, priors={"x": bl.Normal(0, 0.01)})
    fit = tight.fit("map", quadrature_points=9)
    place = list(fit.model.layout.names).index("x")
    assert abs(fit.theta[place, 0]) < 0.01


def test_refusals_of_quadrature():
    two = bl.logistic("y ~ x + (1 | g) + (1 | h)", ROWS)
    with pytest.raises(MethodRefused, match="cannot be integrated group by group"):
        two.fit("map", quadrature_points=5)
    with pytest.raises(MethodRefused, match="not a number of points"):
        MODELS["logit"]().fit("map", quadrature_points=0)
    with pytest.raises(MethodRefused, match=r"10,000 nodes for each group; .*quadrature_points=70"):
        MODELS["slopes"]().fit("map", quadrature_points=100)
    with pytest.raises(MethodRefused, match="without group-level terms"):
        bl.logistic("y ~ x", ROWS).fit("map", quadrature_points=5)
