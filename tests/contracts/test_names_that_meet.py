"""Names that meet: predictors called like the columns of an answer.

A column of the user keeps its name and its values in every answer, and the answer's own column of
the same name gets an underscore. Each answer is that of the same model with other names.
"""

from functools import cache

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from matplotlib.text import Text

import bayeslogit as bl
from tests.contracts.verbs import FIT, MODEL, QUIET, missing

pytestmark = pytest.mark.filterwarnings("ignore::bayeslogit.BayesLogitWarning")

OTHER = "_own"  # at the end of each name in the table that meets nothing
KINDS = {"two classes": 2, "several classes": 3}
COSTS = {"false_positive": 1, "false_negative": 3}
# Dims, which keep their names, of draws and of trees.
DIMS = {xr.DataArray: ("chain", "draw", "effect"), xr.DataTree: ("chain", "draw", "obs")}
VERBS = {verb: call for verb, call in FIT.items() if verb != "update"} | {
    "refine": lambda fit, x: fit.refine(random_seed=1).predict(),
    "cost_curve": lambda fit, x: fit.cost_curve(COSTS, **QUIET),
    "plot_costs": lambda fit, x: fit.plot_costs(COSTS, **QUIET),
}

# What names columns of the user besides: one that moves, is set, or groups.
CALLS = {
    "curve, several": lambda fit, x: fit.curve(x, [0, 1], at={other(fit, x): [0, 1]}),
    "curve, class": lambda fit, x: fit.curve(x, [0, 1], kind="class"),
    "solve, several": lambda fit, x: fit.solve(x, at={other(fit, x): [0, 1]}),
    "predictions, set": lambda fit, x: fit.predictions({x: [0, 1]}, by=other(fit, x), **QUIET),
    "predictions, draws": lambda fit, x: fit.predictions({x: [0]}, by=True, draws=True),
    "predictions, rows": lambda fit, x: fit.predictions({x: [0, 1]}),
    "comparisons, by": lambda fit, x: fit.comparisons(other(fit, x), by=x, **QUIET),
    "comparisons, nnt": lambda fit, x: fit.comparisons(x, comparison="nnt", by=x, **QUIET),
    "comparisons, draws": lambda fit, x: fit.comparisons(x, by=x, draws=True, **QUIET),
    "slopes, by": lambda fit, x: fit.slopes(other(fit, x), by=x, **QUIET),
    "in_words, by": lambda fit, x: fit.in_words(other(fit, x), by=x),
    "in_words, rows": lambda fit, x: fit.in_words(x, by=[x, other(fit, x)]),
    "plot_effects, by": lambda fit, x: fit.plot_effects(x, by=x, **QUIET),
    "plot_effects, set": lambda fit, x: fit.plot_effects({x: [0, 1]}, kind="predictions", **QUIET),
}


def other(fit, name):
    """Return the predictor before one, or the same if there is no other."""
    names = list(fit.model.design.columns)
    return names[names.index(name) - 1]


def names_of(answer):
    """Return every name in an answer: of columns, indices, dims, coordinates and variables."""
    if isinstance(answer, pd.DataFrame):
        return {*map(str, answer.columns), *map(str, answer.index.names)}
    if isinstance(answer, xr.DataArray | xr.Dataset):
        return {*map(str, answer.dims), *map(str, answer.coords), *getattr(answer, "data_vars", ())}
    if isinstance(answer, xr.DataTree):
        return {name for node in answer.subtree for name in names_of(node.to_dataset())}
    held = vars(answer).values() if hasattr(answer, "__dict__") else ()
    return {name for value in held if isinstance(value, pd.DataFrame) for name in names_of(value)}


def small(classes):
    rng = np.random.default_rng(1)
    table = {"z_": rng.normal(size=30), "x_": rng.normal(size=30)}
    table |= {"outcome_": np.array(list("uvw"))[np.arange(30) % classes]}
    make = bl.logistic if classes == 2 else bl.multinomial
    return make("outcome_ ~ z_ + x_", table).fit("laplace", draws=20, chains=2, random_seed=1)


def asked(call, fit, name):
    """Return an answer, or the sentence that says why there is none."""
    try:
        return call(fit, name)
    except bl.BayesLogitError as error:
        return str(error)


@cache
def output_names():
    """Return the names of every output of every verb, and those that stand beside predictors."""
    every, beside = {"group", "weights", "trials", "offset"}, set()
    for classes in KINDS.values():
        fit = small(classes)
        for call in CALLS.values():
            beside |= names_of(asked(call, fit, "x_"))
        for verb, call in VERBS.items():
            if not verb.startswith("plot_"):
                every |= names_of(asked(call, fit, "x_"))
    not_theirs = {"None", "Intercept", "x_", "z_", "outcome_"}
    return sorted((every | beside) - not_theirs), sorted(beside - not_theirs)


def written(text):
    return " ".join(str(text).replace(OTHER, "").split())


def tables_of(answer):
    """Return what an answer consists of, as (what, names, values) with a list of each."""
    if isinstance(answer, pd.DataFrame):
        columns = [answer.iloc[:, j] for j in range(answer.shape[1])]
        return [([str(n) for n in answer.columns], [*columns, answer.index])]
    if isinstance(answer, xr.DataTree):
        return [part for node in answer.subtree for part in tables_of(node.to_dataset())]
    if isinstance(answer, xr.DataArray | xr.Dataset):
        held = {**answer.coords, **getattr(answer, "data_vars", {"": answer})}
        return [([str(name) for name in held], [v.values for v in held.values()])]
    if isinstance(answer, plt.Axes | plt.Figure):
        texts = [text.get_text() for text in answer.get_figure().findobj(Text)]
        return [([], [[text.replace("class_ =", "class =") for text in texts]])]
    held = list(vars(answer).values()) if hasattr(answer, "__dict__") else []
    parts = [part for v in held if isinstance(v, pd.DataFrame) for part in tables_of(v)]
    return parts or [([], [answer if isinstance(answer, np.ndarray) else [str(answer)]])]


def assert_alike(met, free, what):
    """Both answers have the same values, and each column of the user keeps its name."""
    assert type(met) is type(free), what
    mets, frees = tables_of(met), tables_of(free)
    assert len(mets) == len(frees), what
    dims = DIMS.get(type(met), ())
    for (names, values), (expected, others) in zip(mets, frees, strict=True):
        assert len(names) == len(expected) == len({*names}), what
        users = {name.removesuffix(OTHER) for name in expected if name.endswith(OTHER)}
        for name, free_name in zip(names, expected, strict=True):
            plain = free_name.removesuffix(OTHER)
            if plain != free_name:
                assert name == (f"{plain}_" if plain in dims else plain), what
            else:
                assert name == (f"{plain}_" if plain in users and plain not in dims else plain)
        for value, expected_value in zip(values, others, strict=True):
            value, expected_value = np.asarray(value), np.asarray(expected_value)
            if value.dtype.kind in "fiub":
                np.testing.assert_array_equal(value, expected_value, err_msg=what)
            else:
                texts = [[written(v) for v in part.ravel()] for part in (value, expected_value)]
                assert texts[0] == texts[1], what


@cache
def fits(classes, method, few=False):
    """Return the same model with names that meet those of answers, and with names that do not."""
    names, rng, n = output_names()[few], np.random.default_rng(2), 120
    columns = rng.integers(0, 3, (len(names), n))
    outcome = np.array(list("uvw"))[rng.integers(0, classes, n)]
    make = bl.logistic if classes == 2 else bl.multinomial

    def fitted(end):
        table = {f"{name}{end}": values for name, values in zip(names, columns, strict=True)}
        terms = " + ".join(f"`{name}`" for name in table)
        model = make(f"outcome_ ~ {terms}", table | {"outcome_": outcome})
        options = {} if method == "map" else {"draws": 10, "chains": 2, "random_seed": 1}
        return model.fit(method, **options)

    return fitted(""), fitted(OTHER)


@pytest.mark.parametrize("classes", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize("verb", CALLS)
def test_every_name_beside(verb, classes):
    """A predictor that moves, is set, or groups is called as a column of such answers."""
    met, free = fits(classes, "laplace")
    _, names = output_names()
    answered = 0
    for name in names:
        own = asked(CALLS[verb], met, name)
        assert_alike(own, asked(CALLS[verb], free, name + OTHER), f"{verb}: {name}")
        answered += not isinstance(own, str) or "in_words" in verb
        plt.close("all")
    assert answered == len(names) or (verb, classes) == ("solve, several", 3)


@pytest.mark.parametrize("verb", ["curve, several", "curve, class", "solve, several"])
def test_point_estimates(verb):
    met, free = fits(2, "map")
    for name in output_names()[1]:
        own = asked(CALLS[verb], met, name)
        assert_alike(own, asked(CALLS[verb], free, name + OTHER), f"{verb}: {name}")


@pytest.mark.parametrize("name", ["eti89_lb", "p_positive", "sd"])
def test_a_point_estimate_has_no_bounds_to_mistake_for_others(name):
    met, free = fits(2, "map")
    for call in ("in_words, by", "plot_effects, by", "comparisons, by"):
        own = asked(CALLS[call], met, name)
        assert_alike(own, asked(CALLS[call], free, name + OTHER), call)
    assert "a point estimate" in asked(CALLS["in_words, by"], met, name)
    plt.close("all")


def test_a_predictor_that_is_set_and_grouped_by():
    met, free = fits(2, "laplace")
    table = met.predictions({"estimate": [0, 1]}, by="estimate", **QUIET)
    other_names = free.predictions({"estimate_own": [0, 1]}, by="estimate_own", **QUIET)
    assert list(table.columns[:3]) == ["estimate", "estimate_", "estimate__"]
    assert list(table["estimate"]) == [0, 0, 0, 1, 1, 1]
    assert list(table["estimate_"]) == [0, 1, 2, 0, 1, 2]
    np.testing.assert_array_equal(table["estimate__"], other_names["estimate"])


@pytest.mark.parametrize("classes", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize("verb", sorted(VERBS))
def test_every_verb(verb, classes, monkeypatch):
    """A table in which every output's name is that of a predictor."""
    monkeypatch.setenv("COLUMNS", "100000")
    met, free = fits(classes, "laplace", few=True)
    own = asked(VERBS[verb], met, "mean")
    assert_alike(own, asked(VERBS[verb], free, "mean" + OTHER), verb)
    plt.close("all")


@pytest.mark.parametrize("classes", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize("verb", sorted({*MODEL} - {"pymc", "graph"}))
def test_every_verb_of_a_model(verb, classes, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100000")
    met, free = (fit.model for fit in fits(classes, "laplace", few=True))
    own = asked(MODEL[verb], met, "mean")
    assert_alike(own, asked(MODEL[verb], free, "mean" + OTHER), verb)


def test_every_verb_is_asked():
    assert not missing(bl.Fit)
    assert not missing(bl.Model)


def test_more_rows():
    """Verb ``update``, whose rows come with columns of the user."""
    met, free = fits(2, "laplace", few=True)
    found = []
    for fit in (met, free):
        rows = pd.DataFrame({name: fit.model.design.columns[name][:6] for name in names(fit)})
        rows["outcome_"] = list("uvuvuv")
        found.append(fit.update(rows).summary())
    assert_alike(*found, "update")


def names(fit):
    """Return the predictors of a fit."""
    return list(fit.model.design.columns)


def test_folds_by_a_column():
    met, free = fits(2, "laplace", few=True)
    for name in ("class", "row"):
        found = met.kfold(2, groups=name, **QUIET), free.kfold(2, groups=name + OTHER, **QUIET)
        assert found[0].elpd == found[1].elpd


def test_what_belongs_to_rows_stands_beside_predictors():
    """Trials, weights and offset are in the tree, whatever the predictors are called."""
    rng = np.random.default_rng(3)
    table = {name: rng.normal(size=12) for name in ("trials", "weights", "offset", "obs")}
    table |= {"k": rng.integers(0, 5, 12), "n": [5] * 12, "w": rng.integers(1, 4, 12)}
    formula = "k ~ trials + weights + offset + obs"
    model = bl.binomial(formula, table, trials="n", weights="w", offset=[0.5] * 12)
    data = model.fit("laplace", draws=10, chains=1, random_seed=1).idata["constant_data"]
    for name in ("trials", "weights", "offset"):
        np.testing.assert_array_equal(data[name], table[name])
    np.testing.assert_array_equal(data["obs_"], table["obs"])
    np.testing.assert_array_equal(data["trials_"], table["n"])
    np.testing.assert_array_equal(data["weights_"], table["w"])
    assert (data["offset_"] == 0.5).all()


def test_columns_of_text():
    """Levels, of a table with a column for each part of an effect's name."""
    rng = np.random.default_rng(4)
    table = pd.DataFrame({n: rng.choice(["a", "b"], 40) for n in ("class", "term", "contrast")})
    table["y"] = rng.choice(["u", "v", "w"], 40)
    fit = bl.multinomial("y ~ class + term + contrast", table).fit("map")
    found = fit.comparisons("term", by=["class", "term", "contrast"], **QUIET)
    groups = list(dict.fromkeys(zip(found["class"], found["term"], found["contrast"], strict=True)))
    assert groups == sorted(set(zip(table["class"], table["term"], table["contrast"], strict=True)))
    assert set(found["term_"]) == {"term"}
    assert set(found["contrast_"]) == {"b - a"}
    assert set(found["class_"]) == {"u", "v", "w"}
    curve = fit.curve("class", at={"term": ["a", "b"]})
    assert list(curve.columns) == ["class", "term", "class_", "estimate"]
    assert list(curve["class"]) == ["a"] * 3 + ["b"] * 3 + ["a"] * 3 + ["b"] * 3
    assert curve.groupby(["class", "term"])["estimate"].sum().to_numpy() == pytest.approx(1.0)


def test_an_intercept_of_the_user_is_refused():
    table = {"Intercept": [0.0, 1.0, 2.0, 1.5], "y": [0, 1, 0, 1]}
    with pytest.raises(bl.DesignError, match="Two coefficients would be called 'Intercept'"):
        bl.logistic("y ~ Intercept", table)
