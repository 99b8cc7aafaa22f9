"""The grouped posterior in the sampler's coordinates, against the model written out plainly."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import bayeslogit as bl
from bayeslogit.inference.grouped import draw
from bayeslogit.inference.grouped.draw import _Twice
from bayeslogit.inference.grouped.nested import Nested
from bayeslogit.inference.grouped.one_point import OnePoint
from bayeslogit.inference.grouped.recentred import recentred
from bayeslogit.inference.grouped.start import Hyper, nested_target

ROWS = 90


def table(seed=0):
    rng = np.random.default_rng(seed)
    g, h = rng.integers(0, 9, ROWS), rng.integers(0, 5, ROWS)
    x = rng.normal(size=ROWS)
    eta = 0.3 + 0.6 * x + rng.normal(size=9)[g] + 0.7 * rng.normal(size=5)[h]
    return {
        "y": (rng.random(ROWS) < 1.0 / (1.0 + np.exp(-eta))).astype(int),
        "k": rng.binomial(7, 1.0 / (1.0 + np.exp(-eta))),
        "n": np.full(ROWS, 7),
        "c": rng.integers(0, 3, ROWS),
        "x": x,
        "g": [f"g{i}" for i in g],
        "h": [f"h{i}" for i in h],
        "w": rng.integers(1, 4, ROWS),
        "o": 0.1 * rng.normal(size=ROWS),
    }


MODELS = {
    "level": lambda d: bl.logistic("y ~ x + (1 | g)", d),
    "slope": lambda d: bl.logistic("y ~ x + (1 + x | g)", d),
    "apart": lambda d: bl.logistic("y ~ x + (x || g)", d, weights="w", offset="o"),
    "crossed": lambda d: bl.logistic("y ~ x + (1 | g) + (1 + x | h)", d),
    "known": lambda d: bl.logistic("y ~ x + (1 | g)", d, priors={"g": 0.8}),
    "counts": lambda d: bl.binomial("k ~ x + (1 | g)", d, trials="n", link="probit"),
    "dispersed": lambda d: bl.binomial("k ~ x + (1 | g)", d, trials="n", dispersion="beta"),
    "ordinal": lambda d: bl.ordinal("c ~ x + (1 + x | g)", d),
    "classes": lambda d: bl.multinomial("c ~ x + (1 | g)", {**d, "c": [f"c{i}" for i in d["c"]]}),
}


@pytest.fixture(scope="module", params=MODELS)
def density(request):
    return MODELS[request.param](table()).grouped_density


@pytest.fixture(scope="module")
def target(density):
    return nested_target(density)


@pytest.fixture(scope="module")
def positions(target):
    return 0.8 * np.random.default_rng(1).normal(size=(target.size, 3))


def test_the_gradient_is_that_of_the_value(target, positions):
    _, gradient, _ = target.value_and_gradient(positions)
    rng = np.random.default_rng(2)
    some = np.union1d(np.arange(min(target.core_size, 12)), rng.integers(0, target.size, 8))
    for i in some:
        step = np.zeros((target.size, 1))
        step[i] = 1e-5
        ends = [target.value_and_gradient(positions + sign * step)[0] for sign in (1, -1)]
        scale = np.abs(gradient).max()
        np.testing.assert_allclose(gradient[i], (ends[0] - ends[1]) / 2e-5, atol=2e-6 * scale)


def test_single_precision_follows_the_gradient(target, positions):
    _, gradient, _ = target.value_and_gradient(positions)
    single = target.single().gradient(positions)
    assert np.abs(single - gradient).max() <= 2e-3 * np.abs(gradient).max()
    alone = target.gradient(positions)
    np.testing.assert_allclose(alone, gradient, rtol=1e-9, atol=1e-9)


def test_the_value_is_the_joint_density_times_the_volume(density, target, positions):
    """Differences of two points, because both leave constants out."""
    height, _, reading = target.value_and_gradient(positions)
    path = target._walk(positions)
    theta = reading[: density.size]
    sd = [np.abs(s) for s in path.sd]
    u = [np.stack(made.u) for made in path.effects]
    # The sign of a standard deviation goes into the partial correlations.
    partial = []
    for shape, s, p in zip(target.shapes, path.sd, path.partial, strict=True):
        rows, columns = np.tril_indices(shape.block.effects, -1)
        partial.append(p.y * np.sign(s[rows] * s[columns]) if p.y.size else p.y)
    joint = density.log_joint(theta, sd, partial, u)
    volume = target.space.log_volume(path.phi)
    for shape, s, p, made in zip(target.shapes, path.s, path.partial, path.effects, strict=True):
        volume = volume + np.log(np.cosh(s)).sum(axis=0) + p.log_stretch
        diagonal = np.abs(np.diagonal(made.factor, axis1=0, axis2=1).T)
        volume = volume + shape.block.levels * np.log(diagonal).sum(axis=0)
        for a in range(shape.block.effects):
            volume = volume - np.log(made.lower[a][a]).sum(axis=0)
    difference = height - joint - volume
    np.testing.assert_allclose(difference, difference[0], atol=1e-8)


def test_both_signs_of_a_standard_deviation_are_one_point(target, positions):
    value, slope, reading = target.value_and_gradient(positions)
    folded, its_slope = target.fold(positions, slope)
    again, slope_again, reading_again = target.value_and_gradient(folded)
    np.testing.assert_allclose(again, value, rtol=1e-10)
    np.testing.assert_allclose(its_slope, slope_again, atol=1e-7 * np.abs(slope).max())
    np.testing.assert_allclose(reading_again, reading, atol=1e-8)
    c = target.core.mean[:, None] + target.core.cholesky @ folded[: target.core_size]
    assert all((c[shape.sd] >= 0.0).all() for shape in target.shapes)


def test_one_point_is_a_column(target, positions):
    value, gradient, _ = target.value_and_gradient(positions)
    one, slope = OnePoint(target).value_and_gradient(positions[:, 0])
    assert one == pytest.approx(value[0])
    np.testing.assert_allclose(slope, gradient[:, 0])


def test_the_marginal_has_its_exact_gradient(density):
    for outer in (True, False):
        nested, hyper = Nested(density, outer=outer), Hyper(density.blocks)
        rng = np.random.default_rng(3)
        x = hyper.start + 0.1 * rng.normal(size=hyper.size)
        theta = nested.inner(hyper.factors(x), density.start).core[: density.size]

        def height(x, theta, nested=nested, hyper=hyper):
            found = nested.inner(hyper.factors(x), theta, tolerance=1e-13)
            by_factor, by_theta, _ = nested.gradient(found)
            return nested.marginal(found), np.concatenate([hyper.pull(x, by_factor), by_theta])

        value, gradient = height(x, theta)
        assert np.isfinite(value)
        for i in range(len(gradient)):
            moves = [np.zeros(hyper.size), np.zeros(density.size)]
            part = int(i >= hyper.size)
            moves[part][i - part * hyper.size] = 1e-5
            ends = [height(x + s * moves[0], theta + s * moves[1])[0] for s in (1, -1)]
            slope = (ends[0] - ends[1]) / 2e-5
            assert gradient[i] == pytest.approx(slope, abs=2e-4 * max(1.0, np.abs(gradient).max()))


def test_coordinates_are_made_anew_where_the_draws_are(density, target):
    # Around the mode itself, then around standard deviations three times as large.
    noise = np.random.default_rng(0).standard_normal((target.core_size, 200))
    pooled = target.core.mean[:, None] + 0.2 * noise
    assert recentred(target, pooled) is None
    for shape in target.shapes:
        pooled[shape.sd] += np.log(3.0)
    again = recentred(target, pooled)
    assert (again is None) == (not Hyper(density.blocks).size)
    for shape, former in zip(again.shapes if again else (), target.shapes, strict=False):
        learned = shape.block.covariance.learned
        ratio = shape.unit[learned] / former.unit[learned]
        assert ((ratio > 2.0) & (ratio < 5.0)).all()


def test_columns_in_blocks_are_the_same_on_any_number_of_threads(target, positions, monkeypatch):
    many = np.tile(positions, (1, 12))
    whole = [_Twice(target, target.single()).value_and_gradient(many)[0]]
    monkeypatch.setattr(draw, "_WORTHWHILE", 0)
    with ThreadPoolExecutor(2) as pool:
        alone, shared = (_Twice(target, target.single(), p) for p in (None, pool))
        whole += [field.value_and_gradient(many)[0] for field in (alone, shared)]
        assert np.array_equal(alone.gradient(many), shared.gradient(many))
    assert np.array_equal(whole[1], whole[2])
    np.testing.assert_allclose(whole[0], whole[1], rtol=1e-12)
