"""A curve moves one predictor and holds the others."""

from __future__ import annotations

import numpy as np
import pytest

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


def test_a_model_without_predictors_says_what_there_is_to_ask() -> None:
    table = {"y": [0, 1, 1, 0, 1, 0] * 3, "g": list("aabbcc") * 3}
    groups = bl.logistic("y ~ 1 + (1 | g)", table).fit("map")
    only = (
        "'x' is not a predictor of this model; expected one, and this model has none; add "
        "predictors to the formula."
    )
    for ask in (groups.curve, groups.solve, groups.plot_curve):
        with pytest.raises(bl.DesignError) as caught:
            ask("x")
        assert str(caught.value) == only
    bare = bl.logistic("y ~ 1", table).fit("laplace", draws=20)
    for ask, said in (
        (lambda: bare.curve("x"), "'x' is not a"),
        (lambda: bare.binned_residuals("x"), "by='x' is not a"),
    ):
        with pytest.raises(bl.DesignError) as caught:
            ask()
        found = str(caught.value)
        assert found.startswith(said)
        assert "predictor of this model; expected one, and this model has none; add" in found
