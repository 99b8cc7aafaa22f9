"""Plans of studies, against every outcome that a study can have, added up."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from scipy.special import expit

import bayeslogit as bl

SIMULATIONS = 400


def _model(**options: object) -> bl.Model:
    rng = np.random.default_rng(1)
    table = {"x": rng.normal(size=60), "g": list("abc") * 20, "y": [0, 1] * 30}
    return bl.logistic("y ~ x", table, priors=bl.Normal(0, 1), **options)


def _exact(rows: int, truth: float, bound: float, prob: float, sure: float) -> dict[str, float]:
    """Return what a study of an intercept shows, over all numbers of events and a fine grid."""
    grid = np.linspace(-8.0, 8.0, 20_001)
    number = np.arange(rows + 1)[:, None]
    height = stats.norm(0, 1).logpdf(grid) + stats.binom.logpmf(number, rows, expit(grid))
    mass = np.exp(height - height.max(axis=1, keepdims=True))
    below = np.cumsum(mass, axis=1) / mass.sum(axis=1, keepdims=True)
    low, high = (
        np.array([grid[np.searchsorted(one, level)] for one in below])
        for level in (0.5 - prob / 2, 0.5 + prob / 2)
    )
    above = 1.0 - below[:, np.searchsorted(grid, bound)]
    weight = stats.binom.pmf(np.arange(rows + 1), rows, expit(truth))
    up, down = above >= sure, above <= 1.0 - sure
    return {
        "width": float(weight @ (high - low)),
        "clear": float(weight @ ((low > bound) | (high < bound))),
        "decision": float(weight @ (up | down)),
        "wrong": float(weight @ (down if truth > bound else up)),
        "events": float(weight @ np.minimum(np.arange(rows + 1), rows - np.arange(rows + 1))),
    }


def test_a_plan_is_the_sum_over_all_outcomes() -> None:
    model = bl.logistic("y ~ 1", {"y": [0, 1] * 5}, priors={"Intercept": bl.Normal(0, 1)})
    found = model.plan(
        [13, 46],
        {"Intercept": 0.2},
        truth={"Intercept": 1.1},
        simulations=SIMULATIONS,
        method="quadrature",
        ci_prob=0.85,
        sure=0.925,
        random_seed=2,
        progressbar=False,
    )
    assert found.attrs["failed"] == {13: 0, 46: 0}
    for _, row in found.iterrows():
        n = int(row["n"])
        expected = _exact(n, 1.1, 0.2, 0.85, 0.925)
        for name in ("clear", "decision", "wrong"):
            p = expected[name]
            error = np.sqrt(max(p * (1 - p), 1 / SIMULATIONS) / SIMULATIONS)
            # No outcome is nearer to its bound than 0.014, which 1 000 draws miss one time in 20.
            assert abs(row[name] - p) < 4 * error + 0.02, (n, name, row[name], p)
        assert row["width"] == pytest.approx(expected["width"], rel=0.03)
        assert row["events"] == pytest.approx(expected["events"], rel=0.1)
        assert row["margin"] == pytest.approx(0.5 * stats.norm.ppf(0.975) / np.sqrt(n))
    assert found["decision"][1] > found["decision"][0] + 0.2


def test_rules_of_thumb_stand_beside() -> None:
    found = _model().plan([40, 80], simulations=50, method="laplace", random_seed=1)
    assert found["target"].tolist() == ["x", "x"]
    np.testing.assert_array_equal(found["events_per_variable"], found["events"])
    share = found["events"] / found["n"]
    np.testing.assert_allclose(found["rule_of_ten"], 10.0 / share)
    assert (found["width"].diff()[1:] < 0.0).all()
    assert float(_model().plan(96, simulations=5, method="laplace")["margin"][0]) == pytest.approx(
        0.1, abs=1e-4
    )


def test_one_seed_has_one_plan() -> None:
    one, again, other = (
        _model().plan(30, simulations=10, method="laplace", random_seed=s) for s in (1, 1, 2)
    )
    assert one.equals(again)
    assert not one.equals(other)


def test_every_family_can_be_planned() -> None:
    rng = np.random.default_rng(3)
    table = {"x": rng.normal(size=40), "n": rng.integers(3, 9, 40), "k": rng.integers(0, 3, 40)}
    table["c"] = np.array(list("abc"))[np.arange(40) % 3]
    prior = bl.Normal(0, 1)
    for model, targets in (
        (bl.binomial("k ~ x", table, trials="n", priors=prior), ["x"]),
        (bl.multinomial("c ~ x", table, priors=prior), ["b: x", "c: x"]),
        (bl.ordinal("c ~ x", table, levels=list("abc"), priors={"x": prior}), ["x"]),
    ):
        found = model.plan(50, simulations=10, method="laplace", random_seed=1)
        assert found["target"].tolist() == targets
        assert np.isfinite(found.drop(columns="target").to_numpy(dtype=float)).all()


def test_what_cannot_be_planned_has_a_sentence() -> None:
    model = _model()
    for ask, error, said in (
        (lambda: model.plan([]), bl.DesignError, r"n=\[\] is not numbers of rows"),
        (lambda: model.plan([10, 0]), bl.DesignError, r"n=\[10, 0\] is not numbers of rows"),
        (lambda: model.plan("many"), bl.DesignError, "n='many' is not numbers of rows"),
        (lambda: model.plan(10**30), bl.DesignError, "is not numbers of rows"),
        (lambda: model.plan(9, "xx"), bl.DesignError, "target= names 'xx'.*Did you mean 'x'"),
        (lambda: model.plan(9, 3), bl.DesignError, "target= names '3'"),
        (lambda: model.plan(9, []), bl.DesignError, "target= names no coefficient"),
        (lambda: model.plan(9, {"x": "a"}), bl.DesignError, "not a finite number"),
        (lambda: model.plan(9, truth={"z": 1}), bl.DesignError, "truth= names 'z'"),
        (lambda: model.plan(9, truth={"x": np.inf}), bl.DesignError, "truth= gives 'x'"),
        (lambda: model.plan(9, sure=0.4), bl.DesignError, "sure=0.4 is not a probability"),
        (lambda: model.plan(9, simulations=0), bl.MethodRefused, "simulations=0"),
        (lambda: model.plan(9, method="map"), bl.MethodRefused, "'map' gives one point"),
        (lambda: model.plan(9, surely=0.9), bl.DesignError, "surely"),
    ):
        with pytest.raises(error, match=said):
            ask()
    grouped = {"y": [0, 1] * 9, "x": np.arange(18.0) % 5, "g": list("abc") * 6}
    groups = bl.logistic("y ~ x + (1 | g)", grouped)
    with pytest.raises(bl.MethodRefused, match="group-level terms, and how many groups"):
        groups.plan(30)
    sets = {"y": [1, 0] * 9, "x": np.arange(18.0) % 5, "s": np.arange(18) // 2}
    with pytest.raises(bl.MethodRefused, match="matched sets, whose rows belong together"):
        bl.logistic("y ~ x", sets, strata="s").plan(30)
    with pytest.raises(bl.PriorError, match="flat"):
        bl.logistic("y ~ x", sets, priors="flat").plan(30)
