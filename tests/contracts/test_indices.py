"""Values of rows with a pandas index of their own are joined to the rows that it names, or refused.

The table of places below is every argument that takes one value for each row.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

import bayeslogit as bl

N = 12
INDEX = pd.Index([f"case {i}" for i in range(N)])
_rng = np.random.default_rng(3)
X = pd.DataFrame({"x": _rng.normal(size=N), "g": ["a", "b"] * (N // 2)}, index=INDEX)
Y = pd.Series([0, 1, 1, 0, 0, 1] * 2, INDEX, name="y")
ONES = pd.Series(1, INDEX)
BOTH = X.assign(y=Y, k=Y, n=3, three=list("abc") * 4)


@cache
def yes_no() -> bl.Fit:
    return bl.logistic("y ~ x", BOTH).fit(draws=50, chains=2, random_seed=1)


@cache
def of_counts() -> bl.Fit:
    return bl.binomial("k ~ x", BOTH, trials="n").fit(draws=50, chains=2, random_seed=1)


@cache
def with_offset() -> bl.Fit:
    return bl.logistic("y ~ x", BOTH, offset=ONES).fit(draws=50, chains=2, random_seed=1)


PLACES: dict[str, Callable[[Any], Any]] = {
    "y": lambda s: bl.logistic(X, s * Y.to_numpy()),
    "columns of a dict": lambda s: bl.logistic("y ~ x", {"x": X["x"], "y": s * Y.to_numpy()}),
    "weights of a table": lambda s: bl.logistic("y ~ x", BOTH, weights=s),
    "weights of X": lambda s: bl.logistic(X, Y.to_numpy(), weights=s),
    "weights beside an array": lambda s: bl.logistic(X[["x"]].to_numpy(), Y, weights=s),
    "offset": lambda s: bl.logistic("y ~ x", BOTH, offset=s),
    "trials": lambda s: bl.binomial("k ~ x", BOTH, trials=s),
    "weights of class counts": lambda s: bl.multinomial(
        "~ x", BOTH.assign(l=1, m=2, r=3), counts=["l", "m", "r"], weights=s
    ),
    "weights of ordinal": lambda s: bl.ordinal(
        "three ~ x", BOTH, levels=["a", "b", "c"], weights=s
    ),
    "predict offset": lambda s: with_offset().predict(X, offset=s),
    "predict trials": lambda s: of_counts().predict(X, kind="outcome", trials=s),
    "predictions weights": lambda s: yes_no().predictions(newdata=X, weights=s),
    "weights of fitted rows": lambda s: yes_no().predictions(weights=s),
    "calibration trials": lambda s: of_counts().calibration(BOTH, trials=s),
    "update weights": lambda s: yes_no().update(BOTH, weights=s),
    "kfold groups": lambda s: yes_no().kfold(2, groups=s * np.repeat([1, 2, 3], 4)),
}


@pytest.mark.filterwarnings("ignore::bayeslogit.BayesLogitWarning")
@pytest.mark.parametrize("place", PLACES)
def test_values_of_other_rows_are_refused(place):
    ask = PLACES[place]
    ask(ONES)
    ask(ONES.to_numpy())
    with pytest.raises(bl.DesignError, match="'case 0', .*'case 11', .*order of the rows by"):
        ask(ONES[::-1])
    with pytest.raises(bl.DesignError, match="'case 0', .* 0, 1, 2; the same labels .* an array"):
        ask(ONES.reset_index(drop=True))
    with pytest.raises(bl.DesignError, match="from position 3 on, .*an array"):
        ask(ONES.rename({"case 3": "case 2"}))


def test_rows_left_out_are_compared_by_the_labels_of_all_rows():
    gaps = BOTH.assign(x=X["x"].where(X["x"] > X["x"].min()))
    model = bl.logistic("y ~ x", gaps, weights=ONES, missing="drop")
    assert model.dropped == 1
    with pytest.raises(bl.DesignError, match="the data are labelled"):
        bl.logistic("y ~ x", gaps, weights=ONES[::-1], missing="drop")
    fit = model.fit(draws=50, chains=2, random_seed=1)
    groups = pd.Series(np.repeat([1, 2, 3], 4), INDEX)
    fit.kfold(2, groups=groups)
    fit.kfold(2, groups=groups.iloc[model.rows])
    with pytest.raises(bl.DesignError, match="of groups= "):
        fit.kfold(2, groups=groups[::-1])


def test_rows_without_an_index_are_joined_by_position():
    reverse = ONES[::-1]
    bl.logistic(X.to_dict("list"), Y.to_numpy(), weights=reverse)
    bl.logistic(X[["x"]].to_numpy(), Y.to_numpy(), weights=reverse)
    bl.logistic(X, Y.tolist())
