"""One case is one case, however it is written.

The same cases as a row each, as rows with weights, as counts out of trials, as counts of classes;
in another order; with rows that weigh nothing. Given the same draws every verb gives the same
answer to 1e-10, or its question differs, which is then said here.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import bayeslogit as bl
from bayeslogit.posterior.posterior import Posterior
from tests.contracts.verbs import FIT, MODEL, QUIET, costs_of, kept, missing

pytestmark = pytest.mark.filterwarnings("ignore::bayeslogit.BayesLogitWarning")


@pytest.fixture(autouse=True)
def _no_figures_left():
    yield
    plt.close("all")


RNG = np.random.default_rng(5)
CELLS = [(x, g) for x in (0.0, 1.0, 2.0, 4.0) for g in "abc"]
# Cases of each outcome in each cell; some cells are much larger than others.
EACH = (
    RNG.integers(0, 7, (len(CELLS), 3)) + np.array([[0, 1, 2]]) * (np.arange(12) % 5 == 0)[:, None]
)
EACH[3] += [20, 5, 1]
LABELS = np.array(["low", "mid", "top"])


def cells(**columns):
    return pd.DataFrame(CELLS, columns=["x", "g"]).assign(**columns)


def weighted(counts, labels):
    """Return a row for each cell and outcome, with the number of its cases."""
    parts = [cells(y=label, w=counts[:, k]) for k, label in enumerate(labels)]
    return pd.concat(parts, ignore_index=True).query("w > 0").reset_index(drop=True)


def long(counts, labels):
    table = weighted(counts, labels)
    return table.loc[table.index.repeat(table["w"])].drop(columns="w").reset_index(drop=True)


def with_nothing(table, column):
    """Return a table with rows that weigh nothing, at values that no case has."""
    more = table.head(2).assign(x=[-50.0, 80.0], **{column: 0})
    return pd.concat([more.head(1), table, more.tail(1)], ignore_index=True)


TWO = np.column_stack([EACH[:, 0] + EACH[:, 1], EACH[:, 2]])
PAIR = weighted(TWO, [0, 1])
THREE = weighted(EACH, LABELS)
TRIALS = cells(k=TWO[:, 1], n=TWO.sum(axis=1))
COUNTS = cells(**dict(zip(LABELS, EACH.T, strict=True)))
RHS = "x * g"


def ordered(table, **options):
    return bl.ordinal(f"y ~ {RHS}", table, levels=list(LABELS), **options)


def counted(table, **options):
    return bl.multinomial(f"~ {RHS}", table, counts=list(LABELS), **options)


KINDS: dict[str, dict[str, bl.Model]] = {
    "two classes": {
        "long": bl.logistic(f"y ~ {RHS}", long(TWO, [0, 1])),
        "shuffled": bl.logistic(f"y ~ {RHS}", long(TWO, [0, 1]).sample(frac=1, random_state=1)),
        "weights": bl.logistic(f"y ~ {RHS}", PAIR, weights="w"),
        "weights, shuffled": bl.logistic(
            f"y ~ {RHS}", PAIR.sample(frac=1, random_state=2), weights="w"
        ),
        "weights, some 0": bl.logistic(f"y ~ {RHS}", with_nothing(PAIR, "w"), weights="w"),
        "trials": bl.binomial(f"k ~ {RHS}", TRIALS, trials="n"),
        "trials, some 0": bl.binomial(
            f"k ~ {RHS}",
            with_nothing(TRIALS, "n").assign(k=lambda t: t["k"].clip(upper=t["n"])),
            trials="n",
        ),
        "trials and weights": bl.binomial(
            f"k ~ {RHS}", PAIR.assign(k=PAIR["y"], n=1), trials="n", weights="w"
        ),
    },
    "classes": {
        "long": bl.multinomial(f"y ~ {RHS}", long(EACH, LABELS)),
        "shuffled": bl.multinomial(f"y ~ {RHS}", long(EACH, LABELS).sample(frac=1, random_state=1)),
        "weights": bl.multinomial(f"y ~ {RHS}", THREE, weights="w"),
        "weights, some 0": bl.multinomial(f"y ~ {RHS}", with_nothing(THREE, "w"), weights="w"),
        "counts": counted(COUNTS),
        "counts, shuffled": counted(COUNTS.sample(frac=1, random_state=3)),
        "counts and weights": counted(
            pd.concat([COUNTS.assign(w=1), COUNTS.assign(w=0)]), weights="w"
        ),
    },
    "ordered": {
        "long": ordered(long(EACH, LABELS)),
        "shuffled": ordered(long(EACH, LABELS).sample(frac=1, random_state=1)),
        "weights": ordered(THREE, weights="w"),
        "weights, some 0": ordered(with_nothing(THREE, "w"), weights="w"),
    },
}
FITS = {
    kind: models["long"].fit("laplace", draws=60, chains=2, random_seed=1)
    for kind, models in KINDS.items()
}
WAYS = [(kind, way) for kind, models in KINDS.items() for way in models if way != "long"]


def pair(kind, way):
    """Return the fit of cases written out, and the same draws beside cases written otherwise."""
    fit = FITS[kind]
    return fit, replace(fit, model=KINDS[kind][way])


# ---- what an answer holds ------------------------------------------------------------------


def figures(answer: Any) -> Any:
    """Return what an answer says, as arrays and text."""
    if isinstance(answer, pd.DataFrame):
        return {str(name): column.to_numpy() for name, column in answer.items()}
    if isinstance(answer, pd.Series):
        return answer.to_numpy()
    if hasattr(answer, "get_lines"):
        marks = [c.get_offsets().data for c in answer.collections if len(c.get_offsets())]
        lines = [np.array(line.get_data(), dtype=object) for line in answer.get_lines()]
        return {"title": answer.get_title(), "lines": lines, "marks": marks}
    if isinstance(answer, Posterior):
        return answer.theta
    return answer


def same(found: Any, expected: Any, rtol: float = 1e-10) -> None:
    """Hold two answers to one another."""
    if isinstance(expected, dict):
        assert list(found) == list(expected)
        for name in expected:
            same(found[name], expected[name], rtol)
    elif isinstance(expected, list | tuple):
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            same(one, other, rtol)
    elif isinstance(expected, np.ndarray) and expected.dtype.kind in "fiub":
        np.testing.assert_allclose(found, expected, rtol=rtol, atol=1e-12)
    elif isinstance(expected, np.ndarray):
        assert found.shape == expected.shape
        for one, other in zip(found.ravel(), expected.ravel(), strict=True):
            assert one == other or one == pytest.approx(other, rel=rtol, abs=1e-12)
    elif isinstance(expected, float):
        assert found == pytest.approx(expected, rel=rtol, abs=1e-12, nan_ok=True)
    else:
        assert found == expected


def implied(model):
    """Return what the print of a model says of its priors and of what they imply."""
    return repr(model).partition("priors")[2]


def without_counts(text):
    """Return a sentence about an outcome under one name."""
    return text.replace(" of k ", " of y = 1 ").replace(" of class = ", " of y = ")


COMPARISONS = ({"x": "sd"}, {"x": "iqr"}, {"x": "minmax"}, {"x": 2, "g": "pairwise"})
ROWS = (None, "mean", "median", "balanced")

# Answers that are the same, however the cases are written.
SAME: dict[str, Any] = {
    "curve": lambda f: [
        figures(f.curve("x", [1.0, 2.5])),
        figures(f.curve("g")),
        f.curve("x").filter(["x", "mean"]).to_numpy(),
    ],
    "solve": lambda f: [] if f.several else figures(f.solve("x", probability=0.4)),
    "predictions": lambda f: [
        figures(f.predictions(v, newdata=r, by=by, **QUIET))
        for v in (None, "x", {"g": ["a", "b"]})
        for r in ROWS
        for by in (True, "g")
    ],
    "comparisons": lambda f: [
        figures(f.comparisons(v, newdata=r, comparison=c, **QUIET))
        for v in COMPARISONS
        for r in ROWS
        for c in ("difference", "odds_ratio")
    ],
    "slopes": lambda f: [
        figures(f.slopes(newdata=r, by=by, **QUIET)) for r in ROWS for by in (True, "g")
    ],
    "in_words": lambda f: [without_counts(f.in_words(by=by)) for by in (True, "g")],
    "plot_effects": lambda f: figures(f.plot_effects(**QUIET)),
    "plot_forest": lambda f: figures(f.plot_forest()),
    "table": lambda f: [
        line for line in f.table().to_markdown().splitlines() if line.startswith("|")
    ],
    "summary": lambda f: [figures(f.summary()), figures(f.summary("odds_ratio"))],
    "diagnostics": lambda f: f.diagnostics(),
    "expected_cost": lambda f: figures(f.expected_cost(costs=costs_of(f), **QUIET)),
    "cost_curve": lambda f: [] if f.several else figures(f.cost_curve(costs=costs_of(f), **QUIET)),
    "plot_costs": lambda f: [] if f.several else figures(f.plot_costs(costs=costs_of(f), **QUIET)),
    "r_squared": lambda f: [] if f.model.response.kind == "nominal" else figures(f.r_squared()),
    "with_prevalence": lambda f: (
        [] if f.several else figures(f.with_prevalence(0.1).comparisons(**QUIET))
    ),
    "movement": lambda f: figures(f.movement()),
    "plot_movement": lambda f: figures(f.plot_movement()),
    "plot_prior": lambda f: [figures(a) for a in (f.plot_prior().child_axes or [f.plot_prior()])],
    "refine": lambda f: figures(f.refine(random_seed=1)),
    "model": lambda f: implied(f.model),
    "prior": lambda f: f.model.prior.describe(),
}
# Answers about maximum likelihood, or found by a climb: the same to what a climb resolves.
CLIMBED: dict[str, Any] = {
    "classical": lambda f: [
        figures(f.model.classical(intervals="wald").coefficients),
        figures(f.model.classical(intervals="wald").terms),
    ],
    "compare_methods": lambda f: figures(f.model.compare_methods(["map"])[["mean"]]),
    "fit": lambda f: f.model.fit("map", **QUIET).theta,
    "check_proportional_odds": lambda f: (
        []
        if f.model.response.kind != "ordinal"
        else figures(f.model.check_proportional_odds().terms)
    ),
}
# Verbs whose question is about rows, or about simulated ones.
DIFFERS = {
    "predict": "a forecast of each row; those of equal predictors are held to one another below",
    "residuals": "of each row",
    "points": "of models whose effects add up; held to predictions in its tests",
    "plot_nomogram": "of models whose effects add up; held to predictions in its tests",
    "internal_external": "rows are left out; like groups are held to one another in its tests",
    "decide": "a decision for each row",
    "save": "a file of the rows",
    "idata": "groups by row",
    "draws_frame": "the draws themselves, or those of each row",
    "extend": "groups by row",
    "prior_predictive": "simulated outcomes of each row",
    "to_dict": "how many rows there are, and means of draws, which are held to one another here",
    "to_pymc_code": "a program with the rows",
    "to_sql": "a text with the means of draws, which are held to one another here",
    "report": "a page of the answers that are held to one another here",
    "plan": "simulated outcomes of rows drawn; weights are refused",
    "calibrate": "simulated outcomes of each row; weights are refused",
    "plot_ranks": "simulated outcomes of each row; weights are refused",
    "pymc": "a model of the rows",
    "graph": "a picture of the model of the rows",
    "plot_simplex": "the different rows of predictors, in the order of the table",
    "plot_influence": "of leaving out a row",
    "plot_curve": "the lines are held to one another below; the data are drawn row by row",
    "plot_ppc": "simulated rows; observed shares are held to one another below",
    "plot_residuals": "bins of rows",
    "binned_residuals": "bins of rows, and simulated ones",
    "check": "rows that lead the posterior, and simulated ones; the other findings are held below",
    "update": "of other rows; held below",
}
# How well rows or cases are forecast.
SCORES = {
    *("concordance", "validate", "plot_validation"),
    *("auc", "calibration", "confusion", "kfold", "loo", "net_benefit", "precision_recall", "roc"),
    *("plot_calibration", "plot_net_benefit", "plot_precision_recall", "plot_roc"),
    "plot_separation",
}


def test_every_verb_is_asked():
    assert not missing(bl.Fit)
    assert not missing(bl.Model)
    asked = {*SAME, *CLIMBED, *DIFFERS, *SCORES} - {"model", "prior"}
    assert asked == {*FIT, *MODEL}


@pytest.mark.parametrize("verb", SAME)
@pytest.mark.parametrize(("kind", "way"), WAYS)
def test_the_same_answer(kind, way, verb):
    written, otherwise = pair(kind, way)
    same(SAME[verb](otherwise), SAME[verb](written))


@pytest.mark.parametrize("verb", CLIMBED)
@pytest.mark.parametrize(("kind", "way"), WAYS)
def test_the_same_maximum(kind, way, verb):
    written, otherwise = pair(kind, way)
    same(CLIMBED[verb](otherwise), CLIMBED[verb](written), rtol=1e-6)


# ---- verbs of rows -------------------------------------------------------------------------


def by_predictors(fit, answer):
    """Return what each different row of predictors is told, in one order."""
    keys = [fit.model.design.columns[name] for name in ("x", "g")]
    width = len(answer) // len(keys[0])
    table = answer.reset_index(drop=True).assign(
        x_=np.repeat(keys[0], width),
        g_=np.repeat(keys[1], width),
        place=np.arange(len(answer)) % width,
    )
    table = table[table["x_"].between(0, 4)].drop_duplicates(["x_", "g_", "place"])
    return table.sort_values(["x_", "g_", "place"])


@pytest.mark.parametrize(("kind", "way"), WAYS)
def test_rows_of_equal_predictors_are_told_the_same(kind, way):
    written, otherwise = pair(kind, way)
    for ask in (
        lambda f: f.predict(),
        lambda f: f.predict(kind="linear"),
        lambda f: f.decide(costs=costs_of(f), **QUIET).filter(like="prob"),
    ):
        found, expected = (by_predictors(f, ask(f)) for f in (otherwise, written))
        if way.startswith(("trials", "counts")):
            # Cells without cases have a row there.
            cells_seen = expected[["x_", "g_"]].drop_duplicates()
            found = found.merge(cells_seen)
        same(figures(found), figures(expected))


@pytest.mark.parametrize(("kind", "way"), WAYS)
def test_lines_of_curves(kind, way):
    written, otherwise = pair(kind, way)
    for name in ("x", "g"):
        found, expected = (f.plot_curve(name, data=False) for f in (otherwise, written))
        found = [line.get_ydata() for line in found.get_lines()]
        same(found, [line.get_ydata() for line in expected.get_lines()])


@pytest.mark.parametrize(("kind", "way"), WAYS)
def test_findings_of_checks(kind, way):
    """Those about cases, columns, cells, priors and separation; not about rows and dispersion."""
    about_rows = ("influence", "dispersion", "single_case", "draws")
    written, otherwise = pair(kind, way)
    found, expected = (
        {
            f.code: (f.values, f.severity)
            for f in fit.check(**QUIET).findings
            if f.code not in about_rows
        }
        for fit in (otherwise, written)
    )
    same(found, expected, rtol=1e-8)


@pytest.mark.parametrize(("kind", "way"), WAYS)
def test_observed_shares(kind, way):
    written, otherwise = pair(kind, way)
    found, expected = (f.plot_ppc(random_seed=1) for f in (otherwise, written))
    if written.several:
        found, expected = ([b.get_height() for b in ax.patches] for ax in (found, expected))
        same(found, expected)


@pytest.mark.parametrize("way", ["weights", "trials"])
def test_more_cases(way):
    """Another hundred, written as the first ones are; draws of the joint posterior."""
    fit = KINDS["two classes"]["long"].fit("map")
    more = fit.update(long(TWO, [0, 1]))
    other = replace(fit, model=KINDS["two classes"][way])
    table, options = (PAIR, {"weights": "w"}) if way == "weights" else (TRIALS, {"trials": "n"})
    same(other.update(table, **options).theta, more.theta, rtol=1e-7)


def test_a_row_of_counts_stays_one_row():
    fit = replace(FITS["classes"], model=KINDS["classes"]["counts"])
    n = len(COUNTS)
    assert len(fit.model.rows) == len(fit.model.labels) == n
    assert len(fit.predict()) == 3 * n
    assert fit.predict(draws=True).sizes["obs"] == n
    assert len(fit.residuals(event="mid", loo=False, **QUIET)) == n
    assert fit.idata["posterior_predictive"]["y"].dims == ("chain", "draw", "obs", "class")
    simulated = fit.idata["posterior_predictive"]["y"].sum("class")
    np.testing.assert_array_equal(simulated.values[0, 0], COUNTS[list(LABELS)].sum(axis=1))
    np.testing.assert_array_equal(fit.idata["observed_data"]["y"], COUNTS[list(LABELS)])
    assert repr(fit.model).count(f"{n}, {EACH.sum()} cases") == 1
    mean = fit.predict(kind="outcome", random_seed=1).groupby(level=0)["mean"].sum()
    np.testing.assert_allclose(mean, COUNTS[list(LABELS)].sum(axis=1))
    assert kept(fit).model.response.y.tolist() == fit.model.response.y.tolist()
    assert len(fit.update(COUNTS, how="gaussian").model.rows) == n


# What formulas learn from the rows of the fit.
LEARNED = (
    "center(x) * g",
    "scale(x)",
    "poly(x, 3)",
    "bs(x, df=4)",
    "bs(x, df=3, degree=2, extrapolation='clip', lower_bound=0.5, upper_bound=3.5)",
    "cr(x, df=3)",
    "s(x, k=5)",
    "g + offset(center(x))",
    "x + (1 + scale(x) | g)",
)


@pytest.mark.parametrize("rhs", LEARNED)
def test_formulas_learn_from_cases(rhs):
    """Means, knots and norms are those of cases; rows of weight 0 have no part in them."""
    empty = pd.concat([PAIR, PAIR.assign(w=0, x=PAIR["x"] * 0.3 + 1.0)]).sample(
        frac=1, random_state=4, ignore_index=True
    )
    models = [
        bl.logistic(f"y ~ {rhs}", long(TWO, [0, 1])),
        bl.logistic(f"y ~ {rhs}", PAIR, weights="w"),
        bl.logistic(f"y ~ {rhs}", empty, weights=empty["w"].to_numpy()),
        bl.binomial(f"k ~ {rhs}", TRIALS, trials="n"),
        bl.multinomial(
            f"~ {rhs}",
            TRIALS.assign(a=TWO[:, 0], b=TWO[:, 1] // 2, c=TWO[:, 1] - TWO[:, 1] // 2),
            counts=["a", "b", "c"],
        ),
    ]
    new = {"x": [0.5, 1.7, 3.0], "g": ["a", "b", "c"]}
    expected, offset, _ = models[0].design.code(new)
    for model in models[1:]:
        found, own, _ = model.design.code(new)
        same(np.asarray(found), np.asarray(expected))
        same(own, offset)


def test_fractions_of_cases_are_shares_of_rows():
    table = {"x": [0.0, 1.0, 3.0], "y": [0, 1, 1], "w": [0.5, 1.5, 2.0]}
    design = bl.logistic("y ~ scale(x)", table, weights="w").design
    spread = np.sqrt(np.array([0.5, 1.5, 2.0]) @ (np.array([0.0, 1.0, 3.0]) - 1.875) ** 2 / 3.0)
    same(design.X[:, 1], (np.array([0.0, 1.0, 3.0]) - 1.875) / spread)


def test_what_was_learned_from_cases_is_learned_again_on_loading(tmp_path):
    for model in (
        bl.binomial("k ~ cr(x, df=3) + scale(x)", TRIALS, trials="n"),
        bl.logistic("y ~ poly(x, 2)", PAIR, weights="w"),
    ):
        fit = model.fit("map")
        again = bl.load(fit.save(tmp_path / "fit.nc"))
        np.testing.assert_array_equal(again.model.design.X, fit.model.design.X)
        same(
            figures(again.predict({"x": [0.5], "g": ["a"]})),
            figures(fit.predict({"x": [0.5], "g": ["a"]})),
        )
    # Files from before have means and knots of rows.
    before = replace(fit, model=replace(model, design=bl.logistic("y ~ poly(x, 2)", PAIR).design))
    again = bl.load(before.save(tmp_path / "before.nc"))
    np.testing.assert_array_equal(again.model.design.X, before.model.design.X)
