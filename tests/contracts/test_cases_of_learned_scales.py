"""Models that learn scales have one answer, however their cases are written."""

import numpy as np
import pandas as pd
import pytest

import bayeslogit as bl

RNG = np.random.default_rng(1)
TABLE = pd.DataFrame(
    {
        "x": RNG.normal(size=60),
        "mean": RNG.normal(size=60),  # named like a column of the answers
        "y": RNG.integers(0, 2, 60),
        "w": RNG.integers(0, 4, 60),
        "o": RNG.permutation(60) % 4,
    }
)
LONG = TABLE.loc[TABLE.index.repeat(TABLE["w"])].reset_index(drop=True)
GAPS = pd.concat([TABLE, TABLE.assign(x=np.nan, o=np.nan)], ignore_index=True)
WAYS = {
    "weights": (TABLE, {"weights": "w"}),
    "shuffled": (TABLE.sample(frac=1.0, random_state=3), {"weights": "w"}),
    "rows left out": (GAPS, {"weights": "w", "missing": "drop"}),
}
MODELS = {
    "shared": ("y ~ x + mean", {"priors": bl.Hierarchical(bl.HalfNormal(1))}),
    "smooth": ("y ~ s(x) + mean", {}),
    "monotonic": ("y ~ mo(o) + mean", {}),
    "process": ("y ~ hsgp(x) + mean", {}),
    "horseshoe": ("y ~ x + mean", {"priors": bl.Horseshoe(0.1)}),
}
NEW = {"x": [-1.0, 0.5], "mean": [0.0, 1.0], "o": [0, 3]}


def answers(model):
    fit = model.fit(random_seed=1, draws=250, progressbar=False)
    table = fit.summary()
    numbers = [table["mean"], table["mcse_mean"], fit.predict(NEW)["mean"]]
    return table.index.tolist(), *(np.asarray(one, dtype=float) for one in numbers)


# Paths have single precision, which sums rows in the order in which they stand. What comes of it is
# as small where chains with the same noise come together, and not where what is learned bends them.
BENT = ("process",)


def check(name, found, expected):
    assert found[0] == expected[0]
    if name in BENT:
        assert np.all(np.abs(found[1] - expected[1]) < 6.0 * (found[2] + expected[2]))
        np.testing.assert_allclose(found[3], expected[3], atol=0.03)
        return
    np.testing.assert_allclose(found[1], expected[1], rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(found[3], expected[3], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", MODELS)
def test_there_is_one_likelihood(name):
    formula, options = MODELS[name]
    long, kept = (bl.logistic(formula, t, **options, **w) for t, w in ((LONG, {}), WAYS["weights"]))
    theta = np.random.default_rng(0).normal(size=(len(long.layout.names), 3))
    np.testing.assert_allclose(
        long.likelihood.value(theta), kept.likelihood.value(theta), rtol=1e-12
    )


@pytest.fixture(scope="module")
def written():
    return {
        name: answers(bl.logistic(formula, LONG, **options))
        for name, (formula, options) in MODELS.items()
    }


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", MODELS)
def test_one_case_is_one_case(name, way, written):
    (formula, options), (table, more) = MODELS[name], WAYS[way]
    check(name, answers(bl.logistic(formula, table, **options, **more)), written[name])


@pytest.mark.parametrize("name", MODELS)
def test_trials_are_cases(name, written):
    formula, options = MODELS[name]
    kept = TABLE[TABLE["w"] > 0].assign(y=lambda t: t["y"] * t["w"])
    check(name, answers(bl.binomial(formula, kept, trials="w", **options)), written[name])
