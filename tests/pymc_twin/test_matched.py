"""Matched sets in PyMC: the same log density as numpy's, and draws within sets."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pymc as pm
import pytest
from pytensor.compile.mode import Mode

import bayeslogit as bl
from bayeslogit.pymc_twin import log_posterior
from tests.helpers import REFERENCES

PYTHON = Mode(linker="py", optimizer="fast_run")
POOLED = json.loads((REFERENCES / "matched.json").read_text(encoding="utf-8"))["data"]["pooled"]
INFERT = pd.DataFrame(bl.load_dataset("infert")).assign(pooled=POOLED)


def model_of(strata: str, weighted: bool) -> bl.Model:
    extra = {"weights": 1.0 + INFERT[strata] % 3, "offset": 0.3 * INFERT["parity"] * INFERT.index}
    options = {k: v.to_numpy(float) for k, v in extra.items()} if weighted else {}
    return bl.logistic("case ~ spontaneous + induced", INFERT, strata=strata, **options)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("strata", ["stratum", "pooled"])
def test_numpy_equals_pymc(strata: str, weighted: bool) -> None:
    model = model_of(strata, weighted)
    theta = 2.0 * np.random.default_rng(1).standard_normal((2, 5))
    theirs = log_posterior(model.pymc, model.layout, model.prior, mode=PYTHON)(theta)
    np.testing.assert_allclose(theirs, model.density.value(theta), rtol=1e-12, atol=1e-9)


@pytest.mark.slow
def test_gradients_agree_and_coords_have_the_sets() -> None:
    model = model_of("pooled", True)
    slope = model.pymc.compile_dlogp(jacobian=False, mode=PYTHON)
    theta = np.array([[0.5], [-0.3]])
    expected = model.density.value_and_gradient(theta)[1][:, 0]
    np.testing.assert_allclose(slope({"beta": theta[:, 0]}), expected, rtol=1e-8)
    assert list(model.pymc.coords["set"]) == list(model.response.sets.labels)


def test_draws_keep_the_number_of_cases() -> None:
    model = model_of("pooled", False)
    with model.pymc:
        tree = pm.sample_prior_predictive(30, random_seed=1, compile_kwargs={"mode": PYTHON})
    drawn = tree["prior_predictive"]["y"].values[0]
    sets = model.response.sets
    number = np.bincount(sets.codes, model.response.y)
    assert len(np.unique(drawn, axis=0)) > 20
    for one in drawn:
        np.testing.assert_array_equal(np.bincount(sets.codes, one), number)
