"""Lasso modes and stated beliefs are of cases, however these are written and columns are called."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import bayeslogit as bl

CELLS = pd.DataFrame(
    {"g": list("aaabbb"), "mean": [0.0, 1.0, 2.0, 0.0, 1.0, 2.0], "k": [1, 3, 4, 2, 2, 5], "n": 6}
)
LONG = pd.DataFrame(
    [(r.g, r.mean, int(i < r.k)) for r in CELLS.itertuples() for i in range(r.n)],
    columns=["g", "mean", "row"],  # names of an answer's columns
)
WEIGHTED = LONG.groupby(["g", "mean", "row"]).size().rename("estimate").reset_index()
WAYS = {
    "weights": lambda p: bl.logistic("row ~ g + mean", WEIGHTED, weights="estimate", priors=p),
    "trials": lambda p: bl.binomial("k ~ g + mean", CELLS, trials="n", priors=p),
    "shuffled": lambda p: bl.logistic(
        "row ~ g + mean", LONG.sample(frac=1, random_state=3), priors=p
    ),
    "rows left out": lambda p: bl.logistic(
        "row ~ g + mean",
        pd.concat([LONG, pd.DataFrame({"g": ["a"], "mean": [np.nan], "row": [1]})]),
        priors=p,
        missing="drop",
    ),
}
PRIORS = {
    "lasso": bl.Laplace(0, 0.2),
    "logistic": bl.Logistic(0, 1),
    "beliefs": [
        bl.odds_ratio("mean", between=(0.8, 4)),
        bl.odds_ratio("g", levels=("b", "a"), between=(0.5, 3)),
    ],
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("prior", PRIORS)
def test_the_same_mode(way, prior):
    long = bl.logistic("row ~ g + mean", LONG, priors=PRIORS[prior])
    other = WAYS[way](PRIORS[prior])
    ours, theirs = long.fit("map").outcome.draws[0, 0], other.fit("map").outcome.draws[0, 0]
    np.testing.assert_allclose(theirs, ours, rtol=0, atol=1e-9)
    new = {"g": ["b"], "mean": [1.5]}
    risks = [m.fit("map").predict(new)["estimate"].item() for m in (long, other)]
    assert risks[1] == pytest.approx(risks[0], abs=1e-10)
