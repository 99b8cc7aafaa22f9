"""The groups of ``fit.idata``: their dims, and what the log densities in them add up to."""

from __future__ import annotations

import numpy as np
import pytest

from tests.helpers import HOURS, exam_model


@pytest.fixture(scope="module")
def fit():
    return exam_model().fit("laplace", draws=500, random_seed=1)


def test_groups_and_dims(fit):
    tree = fit.idata
    assert tree["posterior"]["beta"].dims == ("chain", "draw", "term")
    assert tree["log_likelihood"]["y"].dims == ("chain", "draw", "obs")
    assert tree["observed_data"]["y"].dtype.kind == "i"
    np.testing.assert_array_equal(tree["constant_data"]["hours"], HOURS)
    per_row = tree["log_likelihood"]["y"].values
    prob = fit.predict(draws=True).values
    y = tree["observed_data"]["y"].values
    np.testing.assert_allclose(per_row, np.log(np.where(y == 1, prob, 1 - prob)), atol=1e-10)
    total = per_row.sum(axis=2) + sum(
        tree["log_prior"][v].values.reshape(4, 500, -1).sum(axis=2) for v in ("Intercept", "beta")
    )
    np.testing.assert_allclose(
        total.ravel(), fit.model.density.value(fit.theta), rtol=1e-12, atol=1e-10
    )
    assert not any("obs" in v.dims for v in tree["posterior"].data_vars.values())
