"""Calibration of a user's own model by simulation."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import bayeslogit as bl
from bayeslogit.numerics.ranks import band, limit, shares_below, smallest


def _table() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(3)
    y = np.arange(48) % 3
    return {
        "x": rng.normal(size=48),
        "y": y % 2,
        "k": y,
        "n": np.full(48, 3),
        "c": np.array(list("abc"))[y],
        "g": np.repeat(list("pqrstuvw"), 6),
        "a": y,
        "b": 2 - y,
        "d": np.ones(48, dtype=int),
    }


PRIORS = bl.Normal(0, 1)
MODELS: dict[str, Callable[[], bl.Model]] = {
    "bernoulli": lambda: bl.logistic("y ~ x", _table(), priors=PRIORS),
    "binomial": lambda: bl.binomial("k ~ x", _table(), trials="n", priors=PRIORS),
    "multinomial": lambda: bl.multinomial("c ~ x", _table(), priors=PRIORS),
    "counts of classes": lambda: bl.multinomial(
        "~ x", _table(), counts=["a", "b", "d"], priors=PRIORS
    ),
    "ordinal": lambda: bl.ordinal("k ~ x", _table(), priors=PRIORS),
}


@pytest.mark.parametrize("name", MODELS)
def test_exact_draws_stay_in_the_band(name: str) -> None:
    model = MODELS[name]()
    found = model.calibrate(60, random_seed=1, progressbar=False)
    assert found["in_band"].all()
    assert list(found.index) == [*model.layout.names, "log-likelihood"]
    assert (found["mean_rank"] - 0.5).abs().max() < 0.15  # four standard errors of a mean of 60
    ranks = found.attrs["ranks"]["x" if "x" in found.index else found.index[0]]
    assert ranks.shape == (60,)
    assert 0 <= ranks.min() <= ranks.max() <= 99
    assert found.attrs["failed"] == 0


def test_groups_and_learned_scales_are_ranked_by_their_spread() -> None:
    grouped = bl.logistic("y ~ x + (1 | g)", _table(), priors={"slopes": PRIORS})
    found = grouped.calibrate(20, random_seed=1, progressbar=False)
    assert "sd of the effects of 1 | g" in found.index
    learned = bl.logistic(
        "y ~ x + n", _table() | {"n": np.arange(48) % 5}, priors=bl.Hierarchical()
    )
    found = learned.calibrate(20, random_seed=1, progressbar=False)
    assert [name for name in found.index if name.startswith("sd of")] == ["sd of slopes"]


def test_draws_that_are_wrong_leave_the_band() -> None:
    wide = bl.Normal(0, 3)
    model = bl.logistic("y ~ x", {k: v[:12] for k, v in _table().items()}, priors=wide)
    found = model.calibrate(200, "laplace", random_seed=1, progressbar=False)
    assert not found["in_band"].all()
    assert model.calibrate(200, "auto", random_seed=1, progressbar=False)["in_band"].all()


def test_one_seed_one_answer() -> None:
    model = MODELS["bernoulli"]()
    one, two, other = (
        model.calibrate(20, "laplace", random_seed=s, progressbar=False).attrs["ranks"]["x"]
        for s in (1, 1, 2)
    )
    np.testing.assert_array_equal(one, two)
    assert (one != other).any()


def test_what_cannot_be_simulated_has_a_sentence() -> None:
    model = MODELS["bernoulli"]()
    with pytest.raises(bl.MethodRefused, match="simulations=5 is too few"):
        model.calibrate(5)
    with pytest.raises(bl.MethodRefused, match="would never end; expected some hundreds"):
        model.calibrate(10**30)
    with pytest.raises(bl.MethodRefused, match="'map' gives one point"):
        model.calibrate(50, "map")
    with pytest.raises(bl.PriorError, match="flat"):
        bl.logistic("y ~ x", _table(), priors="flat").calibrate(50)
    with pytest.raises(bl.MethodRefused, match="rows have weights"):
        bl.logistic("y ~ x", _table(), weights="n").calibrate(50)
    with pytest.raises(bl.DesignError, match=r"expected what calibrate\(\) returned"):
        model.plot_ranks(model.compare_methods(["map"]))
    far = {"cutpoints": bl.Normal(50, 0.1)}  # the first class takes all rows
    with pytest.raises(bl.FitFailed, match="lack a class"):
        bl.ordinal("k ~ x", _table(), priors=far).calibrate(20, "laplace")


def test_the_picture_draws_the_worst_first_with_a_band() -> None:
    model = MODELS["multinomial"]()
    found = model.calibrate(40, "laplace", random_seed=1, progressbar=False)
    ax = model.plot_ranks(found)
    shown = [text.get_text() for text in ax.get_legend().get_texts()]
    assert shown == list(found["smallest_p"].sort_values(kind="stable").index)
    assert ax.get_ylabel() == "share of ranks at or below, less uniform"
    assert "40 simulated data sets" in ax.get_title()


def test_uniform_ranks_leave_the_band_once_in_a_hundred() -> None:
    ranks = np.random.default_rng(5).integers(0, 100, (3000, 50))
    low, high = band(50, 99)
    outside = (smallest(ranks, 99) <= limit(50, 99)).mean()
    assert 0.004 < outside < 0.018
    below = shares_below(ranks, 99)
    crossed = ((below < low) | (below > high)).any(axis=1)
    assert abs(crossed.mean() - outside) < 0.01
    assert smallest(np.zeros(50, dtype=int), 99) < 1e-20
