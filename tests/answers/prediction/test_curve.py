"""A curve moves one predictor and holds the others."""

from __future__ import annotations

import numpy as np

import bayeslogit as bl
from tests.helpers import random_table


def test_curve_moves_one_predictor():
    table = random_table()
    fit = bl.logistic("y ~ x + z + g + flag", table).fit("laplace", random_seed=1)
    curve = fit.curve("x", values=[0.0, 1.0], at={"g": "b"})
    same = fit.predict(
        {"x": [0.0, 1.0], "z": [table.z.mean()] * 2, "g": ["b"] * 2, "flag": [False] * 2}
    )
    np.testing.assert_allclose(curve["mean"], same["mean"], rtol=1e-12)
    assert len(fit.curve("x")) == 101
    assert fit.curve("g")["g"].tolist() == ["a", "b", "c"]
    assert len(fit.curve("flag")) == 2
