"""Group-level terms: the same cases, however they are written, give the same answers."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import bayeslogit as bl

# Two rows of a group that have the same predictors are what weights and trials add up.
_RNG = np.random.default_rng(4)
LONG = pd.DataFrame(
    {
        "g": np.repeat([f"g{i}" for i in range(6)], 30),
        "x": np.tile(np.repeat([-1.0, 0.5, 2.0], 10), 6),
    }
)
_LEVEL = np.repeat(_RNG.normal(size=6), 30)
LONG["y"] = (_RNG.random(180) < 1.0 / (1.0 + np.exp(-(0.2 + 0.7 * LONG["x"] + _LEVEL)))).astype(int)
CELLS = LONG.groupby(["g", "x", "y"], as_index=False).size().rename(columns={"size": "w"})
COUNTS = LONG.groupby(["g", "x"], as_index=False).agg(y=("y", "sum"), n=("y", "size"))
PRIORS = {"Intercept": bl.Normal(0, 2), "x": bl.Normal(0, 2), "g": bl.HalfNormal(1.5)}


def as_long(formula="y ~ x + (1 + x | g)", data=LONG, **options):
    return bl.logistic(formula, data, priors=PRIORS, **options)


def shuffled():
    order = np.random.default_rng(1).permutation(len(LONG))
    mixed = LONG.iloc[order].copy()
    mixed.index = [f"case {i}" for i in order]
    return as_long(data=mixed)


def with_gaps():
    extra = pd.DataFrame({"g": ["g0", "other"], "x": [np.nan, np.nan], "y": [1, 0]})
    return as_long(data=pd.concat([extra, LONG], ignore_index=True), missing="drop")


def with_empty_rows():
    empty = CELLS.assign(w=0.0, y=1 - CELLS["y"])
    return as_long(data=pd.concat([CELLS, empty], ignore_index=True), weights="w")


WAYS = {
    "weights": lambda: as_long(data=CELLS, weights="w"),
    "trials": lambda: bl.binomial("y ~ x + (1 + x | g)", COUNTS, trials="n", priors=PRIORS),
    "shuffled": shuffled,
    "rows left out": with_gaps,
    "rows of weight 0": with_empty_rows,
}
NEW = pd.DataFrame({"x": [-1.0, 0.0, 3.0], "g": ["g1", "g5", "g0"]}, index=["a", "b", "c"])


@pytest.fixture(scope="module")
def known():
    return as_long().fit(draws=100, random_seed=1)


def given(model, fit):
    """Return a fit of a model with the draws of another fit."""
    return replace(fit, model=model)


@pytest.mark.parametrize("way", WAYS)
def test_the_posterior_is_the_same_up_to_a_constant(way, known):
    one, two = known.model.grouped_density, WAYS[way]().grouped_density
    rng = np.random.default_rng(2)
    theta, u = rng.normal(size=(2, 4)), rng.normal(size=(2, 6, 4))
    sd, partial = np.abs(rng.normal(size=(2, 4))), rng.normal(size=(1, 4))
    apart = one.log_joint(theta, [sd], [partial], [u]) - two.log_joint(theta, [sd], [partial], [u])
    np.testing.assert_allclose(apart, apart[0], atol=1e-9)


@pytest.mark.parametrize("way", WAYS)
def test_the_mode_is_the_same(way):
    one, two = as_long().fit("map"), WAYS[way]().fit("map")
    np.testing.assert_allclose(two.theta, one.theta, atol=2e-5)
    for name, values in one.outcome.scales.items():
        np.testing.assert_allclose(two.outcome.scales[name], values, atol=2e-5)


@pytest.mark.parametrize("groups", ["known", "typical", "new", "average"])
@pytest.mark.parametrize("way", WAYS)
def test_answers_are_the_same_given_the_same_draws(way, groups, known):
    other = given(WAYS[way](), known)
    pd.testing.assert_frame_equal(
        other.predict(NEW, groups=groups),
        known.predict(NEW, groups=groups),
        atol=1e-10,
        check_names=False,
    )
    for ask in (
        lambda fit: fit.comparisons("x", groups=groups),
        lambda fit: fit.slopes("x", groups=groups),
        lambda fit: fit.predictions(by=True, groups=groups),
        lambda fit: (
            fit.curve("x", [0.0, 1.0], groups=groups)
            if groups != "known"
            else fit.predictions(by="g", groups=groups)
        ),
    ):
        one, two = (ask(fit).select_dtypes("number") for fit in (known, other))
        np.testing.assert_allclose(two, one, atol=1e-10)


@pytest.mark.parametrize("way", WAYS)
def test_effects_scores_and_checks_count_cases(way, known):
    other = given(WAYS[way](), known)
    one, two = (fit.group_effects().drop(columns="effect") for fit in (known, other))
    pd.testing.assert_frame_equal(two, one, atol=1e-10)
    assert other.loo().elpd == pytest.approx(known.loo().elpd, abs=1e-8)
    assert other.auc()["estimate"].tolist() == pytest.approx(known.auc()["estimate"].tolist())
    alike = [fit.check(progressbar=False)["groups"].values for fit in (known, other)]
    assert alike[0] == alike[1]


def test_default_priors_are_the_same():
    texts = [
        str(make).split("priors")[1].split("implied")[0].replace("rows", "")
        for make in (
            bl.logistic("y ~ x + (1 + x | g)", LONG),
            bl.logistic("y ~ x + (1 + x | g)", CELLS, weights="w"),
            bl.binomial("y ~ x + (1 + x | g)", COUNTS, trials="n"),
        )
    ]
    scales = [[line for line in text.splitlines() if "sd of" in line] for text in texts]
    assert scales[0] == scales[1] == scales[2]


@pytest.mark.parametrize("name", ["class", "estimate", "group", "effect", "mean", "row", "rank"])
def test_columns_named_as_an_answer_s_lose_nothing(name, known):
    renamed = LONG.rename(columns={"x": name, "g": f"{name}s"})
    priors = {"Intercept": bl.Normal(0, 2), name: bl.Normal(0, 2), f"{name}s": bl.HalfNormal(1.5)}
    model = bl.logistic(f"y ~ `{name}` + (1 + `{name}` | `{name}s`)", renamed, priors=priors)
    other = given(model, known)
    scales = {f"{k.partition('_')[0]}_{name}s": v for k, v in known.outcome.scales.items()}
    other = replace(other, outcome=replace(known.outcome, scales=scales))
    new = NEW.rename(columns={"x": name, "g": f"{name}s"})
    for groups in ("known", "average"):
        one, two = known.predict(NEW, groups=groups), other.predict(new, groups=groups)
        np.testing.assert_allclose(two["mean"], one["mean"], atol=1e-12)
    table = other.curve(name, [0.0, 1.0])
    assert table[name].tolist() == [0.0, 1.0]
    assert (
        other.group_effects(f"{name}s")["mean"].tolist() == known.group_effects()["mean"].tolist()
    )
