"""Matrices with columns held by index multiply, and answer, as if written out."""

import tracemalloc
import warnings

import numpy as np
import pytest

import bayeslogit as bl
from bayeslogit.design.indexed import Indexed, Part

RNG = np.random.default_rng(5)


@pytest.fixture(scope="module")
def table():
    n = 120
    x, g = RNG.normal(size=n), RNG.integers(0, 6, n)
    level = np.clip(np.round(x + 0.4 * g - 1 + RNG.normal(size=n)), 0, 2).astype(int)
    return {
        "x": x,
        "g": [f"g{i}" for i in g],
        "h": [f"h{i}" for i in RNG.integers(0, 4, n)],
        "y": (level > 0).astype(int),
        "k": np.minimum(level + RNG.integers(0, 2, n), 3),
        "n": np.full(n, 3),
        "level": level,
    }


@pytest.fixture(scope="module")
def models(table):
    right = "x + (1 + x | g) + (1 | h)"
    return {
        "binary": bl.logistic(f"y ~ {right}", table),
        "counts": bl.binomial(f"k ~ {right}", table, trials="n"),
        "dispersed": bl.binomial(f"k ~ {right}", table, trials="n", dispersion="beta"),
        "classes": bl.multinomial(f"level ~ {right}", table),
        "ordered": bl.ordinal(f"level ~ {right}", table),
    }


@pytest.fixture(scope="module")
def fits(models):
    """Draws far from the posterior do: the answers are of the draws, whatever these are."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", bl.BayesLogitWarning)
        return {
            kind: models[kind].fit("laplace", draws=20, chains=1, random_seed=1)
            for kind in ("binary", "classes", "ordered")
        }


def matrix():
    Z = RNG.normal(size=(7, 2))
    parts = (
        Part(Z, RNG.integers(0, 3, 7), 3, 2),
        Part(np.ones((7, 1)), RNG.integers(0, 4, 7), 4, 8),
    )
    return Indexed(RNG.normal(size=(7, 2)), parts, 12)


def test_products_rows_and_differences_are_those_of_the_matrix_written_out():
    X, other = matrix(), matrix()
    dense, weights = np.asarray(X), RNG.normal(size=(3, 12, 5))
    np.testing.assert_allclose(X @ weights, dense @ weights, atol=1e-13)
    np.testing.assert_allclose(X[[4, 1, 1]] @ weights, dense[[4, 1, 1]] @ weights, atol=1e-13)
    np.testing.assert_allclose(np.asarray(X - other), dense - np.asarray(other), atol=1e-14)
    fixed, rest = (X - other).split()
    assert rest is not None
    difference = fixed @ weights[:, :2] + rest @ weights
    np.testing.assert_allclose(difference, (dense - np.asarray(other)) @ weights, atol=1e-13)
    assert (X - X).split()[1] is None
    assert np.asarray(X, dtype=np.float32).dtype == np.float32


@pytest.mark.parametrize("kind", ["binary", "counts", "dispersed", "classes", "ordered"])
def test_linear_predictors_are_coefficients_and_effects_added_by_hand(models, kind):
    model = models[kind]
    layout, family = model.layout, model.family
    theta = RNG.normal(size=(len(layout.names), 3))
    eta = model.likelihood.eta(theta)
    by_hand = model.grouped_density.base.likelihood.eta(theta[layout.fixed])
    for group, scale in zip(model.design.groups, layout.scales, strict=True):
        u = theta[scale.index][:, group.codes]  # (effects, rows, draws)
        added = np.einsum("ra,karc->krc", group.Z, u.reshape(-1, len(group.effects), *u.shape[1:]))
        if family.arrangement == "several":
            by_hand += added
        elif family.arrangement == "ordered":
            by_hand -= added
        else:
            by_hand[:1] += added
    np.testing.assert_allclose(eta, by_hand, atol=1e-12)
    names = [layout.names[i] for i in layout.scales[0].index[:, 2]]
    assert all(name.endswith(" | g[g2]") for name in names)
    assert len(set(layout.names)) == len(layout.names)


@pytest.mark.parametrize("kind", ["binary", "classes", "ordered"])
def test_averages_and_contrasts_are_those_of_predictions(table, fits, kind):
    fit = fits[kind]
    every = fit.predict(table, draws=True).to_numpy()[0]
    found = fit.predictions(draws=True, by=True).to_numpy()[0]
    np.testing.assert_allclose(found, every.reshape(20, len(table["y"]), -1).mean(axis=1))
    moved = fit.predict(table | {"x": table["x"] + 1.0}, draws=True).to_numpy()[0]
    change = fit.comparisons({"x": 1}, draws=True).to_numpy()[0]
    both = (moved - every).reshape(20, len(table["y"]), -1).mean(axis=1)
    np.testing.assert_allclose(change, both, atol=1e-12)
    one, other = (
        fit.predict(table | {"g": [g] * len(table["y"])}, draws=True).to_numpy()[0]
        for g in ("g1", "g4")
    )
    between = fit.comparisons({"g": ("g1", "g4")}, draws=True).to_numpy()[0]
    both = (other - one).reshape(20, len(table["y"]), -1).mean(axis=1)
    np.testing.assert_allclose(between, both, atol=1e-12)


def test_r_squared_of_the_location_is_the_variance_over_rows(fits):
    fit = fits["ordered"]
    eta = fit.likelihood.eta(fit.theta)[0]
    variance = eta.var(axis=0)
    expected = (variance / (variance + np.pi**2 / 3)).mean()
    found = fit.r_squared()
    assert found["estimate"].iloc[0] == pytest.approx(expected, rel=1e-10)


def test_many_groups_take_memory_of_rows_and_of_groups_not_of_their_product():
    n, J = 20_000, 4_000
    table = {"x": RNG.normal(size=n), "g": RNG.integers(0, J, n), "y": RNG.integers(0, 2, n)}
    tracemalloc.start()
    model = bl.logistic("y ~ x + (1 + x | g)", table)
    theta = np.zeros((len(model.layout.names), 2))
    assert model.likelihood.eta(theta).shape == (1, n, 2)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 60e6  # written out, the columns alone are 1.3 GB
