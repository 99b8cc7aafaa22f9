"""An empty table of new rows gives an empty answer with the columns of any other, from every verb.

Verbs that give one figure over all rows say that there are none.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import bayeslogit as bl

_rng = np.random.default_rng(0)
N = 60
TABLE = pd.DataFrame(
    {
        "x": _rng.normal(size=N),
        "g": _rng.choice(["a", "b"], N),
        "t": _rng.random(N) < 0.5,
        "y": _rng.integers(0, 2, N),
        "c": _rng.integers(0, 3, N),
        "n": np.full(N, 5),
        "k": _rng.integers(0, 6, N),
        "o": _rng.normal(size=N),
    }
)
TERMS = "bs(x, df=4) * g + x:t + C(t) + poly(x, 2) + scale(x) + I(x > 0)"
MODELS: dict[str, Callable[[], bl.Model]] = {
    "yes/no": lambda: bl.logistic(f"y ~ {TERMS}", TABLE),
    "intercept": lambda: bl.logistic("y ~ 1", TABLE),
    "offset": lambda: bl.logistic("y ~ x + offset(o)", TABLE, offset="o"),
    "arrays": lambda: bl.logistic(TABLE[["x", "o"]].to_numpy(), TABLE["y"]),
    "counts": lambda: bl.binomial(f"k ~ {TERMS}", TABLE, trials="n"),
    "nominal": lambda: bl.multinomial("c ~ x * g * t", TABLE),
    "ordinal": lambda: bl.ordinal("c ~ x * g * t", TABLE),
}
EMPTY: dict[str, Any] = {
    "pandas": TABLE[:0],
    "objects": pd.DataFrame(columns=list(TABLE)),
    "lists": {name: [] for name in TABLE},
    "arrays": {name: np.array([]) for name in TABLE},
    "polars": pl.from_pandas(TABLE)[:0],
    "arrow": pa.Table.from_pandas(TABLE[:0]),
}


@cache
def fit_of(model: str, method: str = "laplace") -> bl.Fit:
    options = {} if method == "map" else {"draws": 20, "chains": 2}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return MODELS[model]().fit(method, random_seed=1, **options)


def costs_of(fit: bl.Fit) -> Any:
    k = len(fit.model.response.classes)
    return {"false_positive": 1, "false_negative": 3} if k == 2 else np.ones((k, k)) - np.eye(k)


def answers(fit: bl.Fit) -> dict[str, Callable[[Any], Any]]:
    """Return every question about new rows that gives an answer for each, or for groups."""
    offset = {} if fit.model.offset is None else {"offset": 0.0}
    kinds = ["probability", "linear", "class", "outcome"]
    ordered = ["cumulative", "exceedance", "median", "mean"]
    kinds += ordered if fit.model.response.kind == "ordinal" else []
    result: dict[str, Callable[[Any], Any]] = {
        "outcome of trials": lambda new: fit.predict(new, kind="outcome", trials=7, **offset),
        "predictions": lambda new: fit.predictions(newdata=new, **offset),
        "predictions by=True": lambda new: fit.predictions(newdata=new, by=True, **offset),
        "decide": lambda new: fit.decide(newdata=new, costs=costs_of(fit), **offset),
    }
    for kind in kinds:
        more: dict[str, Any] = dict(offset)
        if kind == "outcome" and fit.model.response.kind == "counts":
            more["trials"] = 3
        result[f"predict {kind}"] = lambda new, kind=kind, more=more: fit.predict(
            new, kind=kind, **more
        )
        if not fit.point and kind != "median":
            result[f"draws of {kind}"] = lambda new, kind=kind, more=more: fit.predict(
                new, kind=kind, draws=True, **more
            )
    if fit.model.design.columns:
        for by in (True, False):
            result |= {
                f"comparisons {by}": lambda new, by=by: fit.comparisons(
                    newdata=new, by=by, **offset
                ),
                f"slopes {by}": lambda new, by=by: fit.slopes(newdata=new, by=by, **offset),
            }
        if not offset:
            first = next(iter(fit.model.design.columns))
            result["in_words"] = lambda new: fit.in_words(first, newdata=new, by=False)
    if "g" in fit.model.design.columns:
        result["comparisons by g"] = lambda new: fit.comparisons("x", newdata=new, by="g")
    return result


def one_row(fit: bl.Fit) -> Any:
    middle = TABLE.assign(x=0.0)[:1]
    return middle if fit.model.design.formula else middle[["x", "o"]].to_numpy()


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("method", ["laplace", "map"])
@pytest.mark.parametrize("model", MODELS)
def test_no_rows_no_answers(model, method):
    fit = fit_of(model, method)
    nothing = TABLE[:0] if fit.model.design.formula else np.empty((0, 2))
    for name, ask in answers(fit).items():
        found, expected = ask(nothing), ask(one_row(fit))
        if isinstance(found, str):
            assert found == "", name
        elif isinstance(found, pd.DataFrame):
            assert len(found) == 0, name
            assert list(found.columns) == list(expected.columns), name
            assert found.attrs == expected.attrs, name
        else:
            assert found.dims == expected.dims, name
            assert found.sizes[{"effect": "effect"}.get(found.dims[2], "obs")] == 0, name


@pytest.mark.parametrize("kind", EMPTY)
def test_of_any_library(kind):
    for model in ("yes/no", "nominal"):
        fit = fit_of(model)
        assert len(fit.predict(EMPTY[kind])) == 0
        assert fit.predict(EMPTY[kind], draws=True).sizes["obs"] == 0
        assert len(fit.comparisons(newdata=EMPTY[kind])) == 0
        assert len(fit.decide(EMPTY[kind], costs=costs_of(fit))) == 0


def test_figures_over_all_rows_say_that_there_are_none():
    fit, event = fit_of("yes/no"), {"progressbar": False}
    asks: dict[str, Callable[[Any], Any]] = {
        "calibration": lambda new: fit.calibration(new, **event),
        "auc": lambda new: fit.auc(newdata=new, **event),
        "roc": lambda new: fit.roc(newdata=new, **event),
        "precision_recall": lambda new: fit.precision_recall(newdata=new, **event),
        "concordance": lambda new: fit.concordance(newdata=new, progressbar=False),
        "confusion": lambda new: fit.confusion(newdata=new, **event),
        "net_benefit": lambda new: fit.net_benefit(newdata=new, **event),
        "expected_cost": lambda new: fit.expected_cost(new, costs=costs_of(fit)),
        "cost_curve": lambda new: fit.cost_curve(costs_of(fit), newdata=new),
        "update": fit.update,
    }
    for ask in asks.values():
        with pytest.raises(ValueError, match=r"the new rows are none.*at least one"):
            ask(TABLE[:0])


def test_rows_to_learn_from_are_needed_and_columns_too():
    with pytest.raises(bl.DesignError, match="has 0 rows and 8 columns"):
        bl.logistic("y ~ x", TABLE[:0])
    with pytest.raises(bl.DesignError, match="no column 'x' in the new rows"):
        fit_of("yes/no").predict(TABLE[:0][["g", "t"]])


@pytest.mark.parametrize("method", ["laplace", "map"])
@pytest.mark.parametrize("model", ["yes/no", "nominal", "ordinal"])
def test_no_values_no_curve(model, method):
    fit = fit_of(model, method)
    found = fit.curve("x", [])
    assert len(found) == 0
    assert list(found.columns) == list(fit.curve("x", [0.0]).columns)


def test_lists_without_an_entry_get_a_sentence():
    fit = fit_of("yes/no")
    with pytest.raises(bl.DesignError, match="'x' was given no value; expected one or more"):
        fit.predictions({"x": []})
    for ask in (fit.predictions, fit.comparisons, fit.slopes):
        with pytest.raises(bl.DesignError, match="names no column; expected True, False or some"):
            ask(by=[])
