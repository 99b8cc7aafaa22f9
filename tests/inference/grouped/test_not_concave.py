"""Groups in models whose likelihood is not log-concave: climbs lead up from any start."""

from __future__ import annotations

import numpy as np
import pytest

import bayeslogit as bl


def table(seed: int) -> dict[str, np.ndarray]:
    """Return counts out of 3 to 6 in eight groups, correlated within rows and within groups."""
    rng = np.random.default_rng(seed)
    g = np.repeat(np.arange(8), 12)
    x, n = rng.normal(size=g.size), rng.integers(3, 7, g.size)
    eta = rng.normal(0.0, 2.0) + rng.normal() * x + rng.normal(0.0, 0.7, 8)[g]
    phi, prob = np.exp(rng.normal(1.0, 3.0)), 1.0 / (1.0 + np.exp(-eta))
    k = rng.binomial(n, rng.beta(phi * prob + 1e-9, phi * (1.0 - prob) + 1e-9))
    return {"k": k, "n": n, "x": x, "g": np.array(list("abcdefgh"))[g]}


@pytest.mark.parametrize("seed", range(8))
def test_beta_binomial_counts_in_groups_have_draws_and_a_mode(seed: int) -> None:
    model = bl.binomial("k ~ x + (1 | g)", table(seed), trials="n", dispersion="beta")
    fit = model.fit(draws=100, random_seed=1)
    draws = fit.idata.posterior["log_precision"].to_numpy()
    assert np.isfinite(draws).all()
    assert draws.std() > 0.1
    mode = model.fit("map").outcome.draws
    assert np.isfinite(mode).all()
