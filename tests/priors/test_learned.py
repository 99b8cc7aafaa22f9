"""Priors whose scales are learned: densities, derivatives, draws; what they refuse."""

from itertools import pairwise

import numpy as np
import pytest
from scipy import integrate, stats

import bayeslogit as bl
from bayeslogit.priors import LEARNED, Learned

SIZE = 4
PRIORS = [
    bl.Hierarchical(),
    bl.Hierarchical(bl.HalfStudentT(3, 0.5)),
    bl.Hierarchical(bl.Exponential(1)),
    bl.Horseshoe(0.3, 1.5, 5),
    bl.R2D2(0.4, 3, 0.7),
    bl.GaussianProcess(bl.HalfStudentT(3, 0.5), length=(0.3, 2), basis=(0.7, 3, SIZE)),
    bl.Monotonic(bl.Normal(0.5, 1.5), [0.6, 1, 2, 3]),
]
each_prior = pytest.mark.parametrize("prior", PRIORS, ids=str)


def scales(prior, h):
    """All scales, where they are alike too."""
    return np.broadcast_to(prior.scales(h), (SIZE, h.shape[1]))


def test_every_registered_prior_is_tried():
    assert {prior.name for prior in PRIORS} == set(LEARNED)


@each_prior
def test_the_slopes_are_those_of_the_density(prior):
    rng = np.random.default_rng(0)
    h = rng.normal(size=(prior.count(SIZE), 5)) + prior.start(SIZE)[:, None]
    weights = rng.normal(size=(SIZE, 5))

    def height(h):
        return (weights * scales(prior, h)).sum(axis=0) + prior.log_density(h)

    step = 1e-6
    slopes = [
        (height(h + move[:, None]) - height(h - move[:, None])) / (2 * step)
        for move in step * np.eye(len(h))
    ]
    np.testing.assert_allclose(prior.pull(h, weights), slopes, rtol=1e-5, atol=1e-7)


@each_prior
def test_the_margin_of_a_coefficient_is_that_of_its_draws(prior):
    part = Learned(np.arange(SIZE), "set", prior, np.full(SIZE, 2.0))
    draws = part.sample(np.random.default_rng(2), 20_000)
    margin = part.margin(1)
    grid = np.quantile(draws[1], [0.05, 0.25, 0.5, 0.75, 0.95])
    inside = [
        integrate.quad(lambda x: float(np.exp(margin.log_density(np.array(x)))), a, b)[0]
        for a, b in pairwise(grid)
    ]
    np.testing.assert_allclose(inside, [0.2, 0.25, 0.25, 0.2], atol=0.02)


@pytest.mark.parametrize("sd", [bl.HalfNormal(2), bl.HalfStudentT(3, 1), bl.Exponential(1)])
def test_the_standard_deviation_has_its_prior(sd):
    prior = bl.Hierarchical(sd)
    total, _ = integrate.quad(
        lambda h: float(np.exp(prior.log_density(np.array([[h]])))[0]), -12, 12
    )
    assert total == pytest.approx(1.0, abs=1e-4)
    h = prior.sample(np.random.default_rng(0), SIZE, 4000)
    drawn = sd.sample(np.random.default_rng(1), 4000)
    assert stats.ks_2samp(prior.readings(h, h)[0], drawn).pvalue > 0.01


def test_only_a_learned_standard_deviation_is_taken():
    with pytest.raises(bl.PriorError, match=r"sd='1'; expected the prior of a standard deviation"):
        bl.Hierarchical(1)


DATA = {
    "y": [0, 1, 1, 0, 1, 0, 1, 1],
    "a": [0.3, 1.2, -0.5, 0.9, 2.0, -1.1, 0.4, 0.8],
    "b": [1.0, -0.2, 0.7, 0.1, -0.9, 0.3, 1.4, -0.6],
    "g": list("uvwuvwuv"),
}


def learned(formula, priors):
    return bl.logistic(formula, DATA, priors=priors).prior


def test_terms_several_terms_and_slopes_are_sets():
    prior = learned("y ~ a + b + g", {"g": bl.Hierarchical(), "slopes": bl.Hierarchical()})
    assert [(part.label, part.index.tolist()) for part in prior.learned] == [
        ("g", [3, 4]),
        ("slopes", [1, 2]),
    ]
    prior = learned("y ~ a + b + g", {("a", "g"): bl.Hierarchical(), "b": bl.Normal(0, 1)})
    assert prior.learned[0].label == "a, g"
    assert prior.learned[0].index.tolist() == [1, 3, 4]
    assert prior.describe()[2:4] == [("b", "Normal(0, 1)"), ("g[T.v]", "Normal(0, sd_a, g)")]
    assert learned("y ~ a + b", bl.Hierarchical()).learned[0].index.tolist() == [1, 2]


def test_a_more_particular_prior_takes_a_coefficient_out():
    prior = learned("y ~ a + b + g", {"slopes": bl.Hierarchical(), "a": bl.Normal(0, 1)})
    assert prior.learned[0].index.tolist() == [2, 3, 4]


@pytest.mark.parametrize(
    ("priors", "sentence"),
    [
        ({"Intercept": bl.Hierarchical()}, "for 'Intercept'; expected it for slopes"),
        ({"a": bl.Hierarchical()}, r"for 1 coefficient; expected two or more.*\('a', 'b'\)"),
        ({("a", "z"): bl.Hierarchical()}, "names 'z', which is not a term"),
    ],
)
def test_what_is_refused(priors, sentence):
    with pytest.raises(bl.PriorError, match=sentence):
        bl.logistic("y ~ a + b", DATA, priors=priors)


def test_a_density_that_depends_on_what_is_learned_is_not_given():
    with pytest.raises(bl.PriorError, match="depends on scales that are learned"):
        _ = learned("y ~ a + b", bl.Hierarchical()).known


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (
            lambda: bl.Horseshoe(0),
            r"scale=0; expected a positive finite number.*Horseshoe\(",
        ),
        (lambda: bl.Horseshoe(slab="wide"), "slab='wide'"),
        (lambda: bl.R2D2(1.0), r"mean=1.0; expected a number in \(0, 1\).*R2D2\("),
        (lambda: bl.R2D2(0.5, -2), "precision=-2"),
        (lambda: bl.Horseshoe.expecting(5, of=5, rows=100), "relevant=5, of=5 and rows=100"),
    ],
)
def test_fields_that_are_refused(make, sentence):
    with pytest.raises(bl.PriorError, match=sentence):
        make()


def test_scales_are_per_standard_deviation_of_predictor_and_latent_outcome():
    (part,) = learned("y ~ a + b", bl.Horseshoe()).learned
    spread = np.array([np.std(DATA["a"]), np.std(DATA["b"])])
    np.testing.assert_allclose(part.unit, 1.0 / spread)
    (part,) = learned("y ~ a + b", bl.R2D2()).learned
    np.testing.assert_allclose(part.unit, np.pi / np.sqrt(3.0) / spread)
    with pytest.raises(bl.PriorError, match="with the link 'cauchit' that has none"):
        bl.logistic("y ~ a + b", DATA, priors=bl.R2D2(), link="cauchit")


def test_r_squared_has_its_prior_and_scales_the_share_that_it_is():
    prior = bl.R2D2(0.3, 5, 0.7)
    h = prior.sample(np.random.default_rng(0), SIZE, 4000)
    r2 = prior.readings(h, h)[0]
    assert stats.kstest(r2, stats.beta(1.5, 3.5).cdf).pvalue > 0.01
    explained = (prior.scales(h) ** 2).sum(axis=0)
    np.testing.assert_allclose(explained / (1.0 + explained), r2)
    share = prior.scales(h) ** 2 / explained
    assert stats.kstest(share[0], stats.beta(0.7, 0.7 * (SIZE - 1)).cdf).pvalue > 0.01


def test_the_slab_and_the_global_scale_have_their_priors():
    prior = bl.Horseshoe(0.3, 1.5, 5)
    tau, slab = prior.readings(
        prior.sample(np.random.default_rng(1), SIZE, 4000), np.zeros((SIZE, 4000))
    )
    assert stats.kstest(np.exp(tau), stats.halfcauchy(scale=0.3).cdf).pvalue > 0.01
    inverse = stats.invgamma(2.5, scale=2.5 * 1.5**2)
    assert stats.kstest(slab**2, inverse.cdf).pvalue > 0.01
    total, _ = integrate.quad(
        lambda v: float(np.exp(prior.log_density(np.array([[0.0], [v]])))[0]), -8, 12
    )
    assert total * np.sqrt(2.0 * np.pi) == pytest.approx(1.0, abs=1e-4)
