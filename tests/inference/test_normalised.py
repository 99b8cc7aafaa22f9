"""The evidence of models whose prior holds where cutpoints increase, beside plain integrals."""

import numpy as np
import pytest
from scipy import special, stats

import bayeslogit as bl

RATINGS = {
    "y": list("aabbbccccab"),
    "x": [0.1, -0.4, 1.2, 0.3, -1.0, 0.8, 0.2, 0.5, -0.2, 0.9, 0.0],
}
COUNTS = (3, 4, 4)


def _on_a_grid(first, second):
    """The log integral of likelihood times prior over two increasing cutpoints, by sums."""
    cut = np.linspace(-15, 15, 3001)
    low, high = np.meshgrid(cut, cut, indexing="ij")
    with np.errstate(all="ignore"):
        value = COUNTS[0] * np.log(special.expit(low))
        value = value + COUNTS[1] * np.log(special.expit(high) - special.expit(low))
        value = value + COUNTS[2] * np.log(special.expit(-high))
    prior = first.logpdf(low) + second.logpdf(high)
    kept = np.where(high > low, 1.0, np.where(high == low, 0.5, 0.0))  # half of the border
    value[kept == 0.0] = -np.inf
    return np.log((kept * np.exp(value + prior)).sum() / (kept * np.exp(prior)).sum())


@pytest.mark.parametrize("method", ["quadrature", "auto", "laplace"])
def test_evidence_of_cutpoints_with_one_prior(method):
    model = bl.ordinal("y ~ 1", RATINGS, levels=["a", "b", "c"])
    found = model.fit(method, random_seed=1).outcome.evidence
    wanted = _on_a_grid(stats.norm(0, 2.5), stats.norm(0, 2.5))
    apart = {"exact": 1e-6, "estimate": 5 * found.error, "approximation": 0.1}[found.kind]
    assert found.value == pytest.approx(wanted, abs=apart)
    assert (found.kind == "exact") == (method == "quadrature")


def test_evidence_of_cutpoints_with_priors_of_their_own():
    priors = {"cutpoints": bl.Normal([-0.5, 0.5], [1.0, 2.0])}
    model = bl.ordinal("y ~ 1", RATINGS, levels=["a", "b", "c"], priors=priors)
    found = model.fit("quadrature", random_seed=1).outcome.evidence
    assert found.kind == "estimate"
    assert 0 < found.error < 0.01
    wanted = _on_a_grid(stats.norm(-0.5, 1), stats.norm(0.5, 2))
    assert found.value == pytest.approx(wanted, abs=5 * found.error)


@pytest.mark.parametrize("cutpoints", [None, bl.Dirichlet(1)], ids=["default", "Dirichlet"])
def test_evidence_where_boundaries_must_not_cross(cutpoints):
    """The mean likelihood of draws from the prior, which are of the density that is scaled."""
    priors = {} if cutpoints is None else {"priors": {"cutpoints": cutpoints}}
    model = bl.ordinal("y ~ x", RATINGS, levels=["a", "b", "c"], partial=["x"], **priors)
    found = model.fit(random_seed=1).outcome.evidence
    draws = model.prior.sample(np.random.default_rng(2), 300_000)
    likelihood = np.exp(model.density.likelihood.value(draws))
    error = np.hypot(found.error, likelihood.std() / likelihood.mean() / np.sqrt(likelihood.size))
    assert found.value == pytest.approx(np.log(likelihood.mean()), abs=5 * error)
    assert error < 0.03


def test_no_evidence_where_hardly_a_draw_of_the_prior_is_in_order():
    priors = {"cutpoints": bl.Normal([3.0, -3.0], 0.5)}
    model = bl.ordinal("y ~ 1", RATINGS, levels=["a", "b", "c"], priors=priors)
    assert model.fit("quadrature", random_seed=1).outcome.evidence is None


def test_forms_without_an_order_of_cutpoints_are_left_as_they_are():
    """Sequential cutpoints are free, so that the prior is whole: 3 of 11, then 4 of 8."""
    model = bl.ordinal("y ~ 1", RATINGS, levels=["a", "b", "c"], form="sequential")
    cut = np.linspace(-20, 20, 20_001)
    wanted = 0.0
    for yes, no in ((3, 8), (4, 4)):
        value = yes * np.log(special.expit(cut)) + no * np.log(special.expit(-cut))
        prior = stats.norm.logpdf(cut, 0, 2.5)
        wanted += np.log(np.exp(value + prior).sum() * (cut[1] - cut[0]))
    found = model.fit("quadrature", random_seed=1).outcome.evidence
    assert found.kind == "exact"
    assert found.value == pytest.approx(wanted, abs=1e-6)
