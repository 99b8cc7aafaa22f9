"""Scores of forecasts do not depend on how cases are written: rows, weights, trials, classes."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import bayeslogit as bl
from tests.contracts.verbs import event_of

QUIET = {"progressbar": False}
PRIORS = {"Intercept": bl.Normal(0, 2.5), "slopes": bl.Normal(0, 2.5)}


def numbers(table: Any) -> np.ndarray:
    """Return the numbers of a table, columns of text left out."""
    return table.select_dtypes("number").to_numpy(dtype=float)


SCORES: dict[str, Callable[[bl.Fit], Any]] = {
    "auc": lambda fit: numbers(fit.auc(**event_of(fit), **QUIET)),
    "binned_residuals": lambda fit: numbers(fit.binned_residuals(**event_of(fit), **QUIET)),
    "binned_residuals in x": lambda fit: numbers(
        fit.binned_residuals("x", bins=3, **event_of(fit), **QUIET)
    ),
    "calibration": lambda fit: numbers(fit.calibration(**QUIET).scores),
    "calibration curve": lambda fit: numbers(fit.calibration(**QUIET).curve),
    "check": lambda fit: fit.check(**QUIET)["influence"].values["largest_k"],
    "concordance": lambda fit: numbers(fit.concordance(**QUIET)),
    "confusion": lambda fit: numbers(fit.confusion(**event_of(fit), **QUIET)),
    "confusion in-sample": lambda fit: numbers(fit.confusion(loo=False, **event_of(fit), **QUIET)),
    "curves": lambda fit: numbers(fit.roc(draws=3, **event_of(fit), **QUIET)),
    "kfold": lambda fit: [fit.kfold(3, method="laplace", **QUIET).p],
    "loo": lambda fit: [
        getattr(fit.loo(**QUIET), name) for name in ("elpd", "se", "p", "n_data_points", "doubtful")
    ],
    "net_benefit": lambda fit: numbers(fit.net_benefit(**event_of(fit), **QUIET)),
    "plot_separation": lambda fit: np.asarray(
        fit.plot_separation(**event_of(fit), **QUIET).collections[0].get_array()
    ).ravel(),
    "precision_recall": lambda fit: numbers(fit.precision_recall(**event_of(fit), **QUIET)),
    "roc": lambda fit: numbers(fit.roc(**event_of(fit), **QUIET)),
    "validate": lambda fit: numbers(fit.validate(repeats=6, **event_of(fit), **QUIET).indices),
    "spread over draws": lambda fit: numbers(fit.auc(spread="draws", **event_of(fit), **QUIET)),
}


def long_table(n: int, classes: int) -> pd.DataFrame:
    rng = np.random.default_rng(n)
    x, g = rng.integers(0, 4, n), rng.integers(0, 2, n)
    level = (0.6 * x - 0.8 * g + rng.logistic(size=n) > 0.5).astype(int)
    if classes > 2:
        level += x + rng.logistic(size=n) > 2.5
    return pd.DataFrame({"x": x, "g": np.array(["a", "b"])[g], "y": level})


def writings(n: int) -> dict[str, bl.Model]:
    long = long_table(n, 2)
    grouped = long.groupby(["x", "g", "y"], as_index=False).size()
    # Some of a kind in a second row, and a row of no weight.
    again = grouped.assign(size=np.where(grouped["size"] > 2, 2.0, 0.0))
    split = pd.concat([grouped.assign(size=grouped["size"] - again["size"]), again])
    trials = long.groupby(["x", "g"], as_index=False).agg(k=("y", "sum"), n=("y", "size"))
    shuffled = long.sample(frac=1.0, random_state=1)
    formula = "y ~ x + g"
    return {
        "long": bl.logistic(formula, long, priors=PRIORS),
        "shuffled": bl.logistic(formula, shuffled, priors=PRIORS),
        "weights": bl.logistic(formula, grouped, weights="size", priors=PRIORS),
        "rows of weight 0": bl.logistic(formula, split, weights="size", priors=PRIORS),
        "trials": bl.binomial("k ~ x + g", trials, trials="n", priors=PRIORS),
    }


def of_classes(n: int) -> dict[str, bl.Model]:
    long = long_table(n, 3)
    wide = long.assign(one=1).pivot_table(
        index=["x", "g"], columns="y", values="one", aggfunc="sum", fill_value=0
    )
    wide.columns = ["0", "1", "2"]
    prior = bl.Normal(0, 2.0)
    return {
        "long": bl.multinomial("y ~ x + g", long, priors=prior),
        "shuffled": bl.multinomial("y ~ x + g", long.iloc[::-1], priors=prior),
        "class counts": bl.multinomial(
            "~ x + g", wide.reset_index(), counts=["0", "1", "2"], priors=prior
        ),
    }


TABLES = {"pairs": writings(90), "folds": writings(430), "classes": of_classes(80)}
KINDS = [(name, how) for name, models in TABLES.items() for how in list(models)[1:]]


@pytest.fixture(scope="module")
def fits() -> dict[tuple[str, str], bl.Fit]:
    """One set of draws for all writings of the same cases."""
    found = {}
    for name, models in TABLES.items():
        first = models["long"].fit("laplace", draws=100, random_seed=1)
        for how, model in models.items():
            found[name, how] = replace(first, model=model)
    return found


@pytest.fixture(scope="module")
def expected(fits: Any) -> Callable[[str, str], Any]:
    known: dict[tuple[str, str], Any] = {}

    def of(name: str, score: str) -> Any:
        if (name, score) not in known:
            known[name, score] = SCORES[score](fits[name, "long"])
        return known[name, score]

    return of


@pytest.mark.parametrize(("name", "how"), KINDS, ids=[f"{a}: {b}" for a, b in KINDS])
def test_one_case_is_one_case(fits: Any, expected: Any, name: str, how: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", bl.BayesLogitWarning)
        for score, asked in SCORES.items():
            # Fits without a fold are runs of their own, whose draws round differently.
            slack = 1e-6 if score == "kfold" else 1e-10
            np.testing.assert_allclose(
                asked(fits[name, how]), expected(name, score), rtol=slack, atol=slack, err_msg=score
            )
