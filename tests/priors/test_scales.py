"""Priors of standard deviations and correlations: densities, derivatives, draws, coordinates."""

import numpy as np
import pytest
from scipy.integrate import quad

from bayeslogit.errors import PriorError
from bayeslogit.priors.covariance import Covariance
from bayeslogit.priors.scales import (
    LKJ,
    SCALE_PRIORS,
    Exponential,
    FlatScale,
    HalfNormal,
    HalfStudentT,
    Known,
)

PROPER = [HalfNormal(1.3), HalfStudentT(3, 2.0), HalfStudentT(1, 0.5), Exponential(2.0)]


@pytest.mark.parametrize("prior", PROPER, ids=str)
def test_densities_integrate_to_one_and_have_their_slope(prior):
    total = quad(lambda sd: float(np.exp(prior.log_density(np.array(sd)))), 0.0, np.inf)[0]
    assert total == pytest.approx(1.0, abs=1e-8)
    sd, step = np.array([0.05, 0.7, 3.0]), 1e-6
    slope = (prior.log_density(sd + step) - prior.log_density(sd - step)) / (2 * step)
    np.testing.assert_allclose(prior.gradient(sd), slope, rtol=1e-6)


@pytest.mark.parametrize("prior", PROPER, ids=str)
def test_draws_have_the_density(prior):
    draws = prior.sample(np.random.default_rng(1), 40_000)
    for at in (0.3, 1.0, 2.5):
        share = quad(lambda sd: float(np.exp(prior.log_density(np.array(sd)))), 0.0, at)[0]
        assert (draws < at).mean() == pytest.approx(share, abs=0.012)


@pytest.mark.parametrize("prior", PROPER, ids=str)
def test_log_concavity_is_declared_as_it_is(prior):
    sd = np.linspace(0.01, 12.0, 400)
    concave = bool((np.diff(prior.gradient(sd)) <= 1e-12).all())
    assert concave == prior.log_concave


@pytest.mark.parametrize("kind", [HalfNormal, HalfStudentT, Exponential, Known, LKJ])
@pytest.mark.parametrize("wrong", [0.0, -1.0, np.nan, np.inf, "wide", True, None])
def test_fields_must_be_positive_numbers(kind, wrong):
    with pytest.raises(PriorError, match="expected a positive finite number; write for example"):
        kind(wrong)


def test_every_prior_of_a_scale_is_registered():
    assert set(SCALE_PRIORS) == {"HalfNormal", "HalfStudentT", "Exponential", "Known", "Flat"}
    with pytest.raises(PriorError, match="flat and has no draws"):
        SCALE_PRIORS["Flat"]().sample(np.random.default_rng(0), 1)


@pytest.mark.parametrize("q", [1, 2, 3, 4])
@pytest.mark.parametrize("eta", [0.6, 1.0, 3.0])
def test_the_factor_has_unit_rows_and_its_derivatives(q, eta):
    rng = np.random.default_rng(q)
    covariance = Covariance((HalfNormal(1.0),) * q, LKJ(eta) if q > 1 else None)
    sd, partial = rng.normal(size=(q, 3)), rng.normal(size=(covariance.partials, 3))
    lower = covariance.cholesky(partial)
    np.testing.assert_allclose((lower**2).sum(axis=1), 1.0)
    weight = np.tril(np.ones((q, q)))[:, :, None] * rng.normal(size=(q, q, 3))

    def height(sd, partial):
        return (weight * covariance.factor(sd, partial)).sum(axis=(0, 1)) + covariance.log_density(
            sd, partial
        )

    pulled = covariance.pull(sd, partial, weight)
    own = covariance.gradient(sd, partial)
    for position, values in enumerate((sd, partial)):
        for i in range(len(values)):
            step = np.zeros_like(values)
            step[i] = 1e-6
            ends = [
                height(
                    *(
                        (sd, partial)[:position]
                        + (values + sign * step,)
                        + (sd, partial)[position + 1 :]
                    )
                )
                for sign in (1, -1)
            ]
            slope = (ends[0] - ends[1]) / 2e-6
            np.testing.assert_allclose(
                pulled[position][i] + own[position][i], slope, rtol=2e-5, atol=1e-7
            )


def test_one_correlation_is_uniform_under_lkj_one_and_its_density_integrates_to_one():
    covariance = Covariance((Known(1.0), Known(1.0)), LKJ(1.0))
    _, partial = covariance.sample(np.random.default_rng(3), 50_000)
    r = np.tanh(partial[0])
    assert r.mean() == pytest.approx(0.0, abs=0.01)
    assert r.var() == pytest.approx(1.0 / 3.0, abs=0.01)
    for eta in (0.7, 1.0, 4.0):
        two = Covariance((Known(1.0), Known(1.0)), LKJ(eta))
        partial = np.linspace(-20.0, 20.0, 40_001)[None]
        density = np.exp(two.log_density(np.ones((2, partial.size)), partial))
        assert density.sum() * 1e-3 == pytest.approx(1.0, abs=1e-6)


def test_lkj_draws_of_three_effects_have_the_margin_of_the_density():
    # A margin of LKJ(eta) for q effects is Beta(b, b) on (-1, 1) with b = eta - 1 + q / 2.
    covariance = Covariance((Known(1.0),) * 3, LKJ(2.0))
    sd, partial = covariance.sample(np.random.default_rng(4), 40_000)
    matrix = covariance.correlations(sd, partial)
    b = 2.0 - 1.0 + 1.5
    for i, j in ((1, 0), (2, 0), (2, 1)):
        assert matrix[i, j].var() == pytest.approx(1.0 / (2.0 * b + 1.0), abs=0.006)


def test_coordinates_give_a_covariance_back():
    root = np.array([[1.0, 0.0, 0.0], [0.4, 0.8, 0.0], [-0.3, 0.2, 0.5]])
    covariance = Covariance((HalfNormal(1.0),) * 3, LKJ(1.0))
    sd, partial = covariance.coordinates(root @ root.T)
    factor = covariance.factor(sd[:, None], partial[:, None])[:, :, 0]
    np.testing.assert_allclose(factor @ factor.T, root @ root.T, atol=1e-7)


@pytest.mark.parametrize("prior", [Known(0.5), FlatScale()])
def test_what_has_no_quantiles_says_so(prior):
    with pytest.raises(PriorError, match="has no quantiles; expected a proper density"):
        prior.exceeded(np.array([0.5]))
