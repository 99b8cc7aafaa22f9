"""Where the time of a fit grows fastest: many classes, many coefficients, many levels, rare events.

Each case is fitted by ``map``, ``laplace`` and ``auto`` one after the other in one process, on one
thread, with default priors; processor seconds are the least of a few repetitions. Ratios carry
over to other machines, seconds do not.

Run from the root of the repository::

    OMP_NUM_THREADS=1 python -m tests.benchmarks.cliffs --out tests/benchmarks/results/cliffs.json
"""

from __future__ import annotations

import argparse
import json
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import bayeslogit as bl

Build = Callable[[], bl.Model]


def _predictors(rng: np.random.Generator, rows: int, columns: int) -> dict[str, np.ndarray]:
    return {f"x{j}": rng.standard_normal(rows) for j in range(columns)}


def _formula(columns: int) -> str:
    return "y ~ " + " + ".join(f"x{j}" for j in range(columns))


def ordinal(classes: int, form: str) -> bl.Model:
    """Return a model of ordered classes on 1 000 rows and 3 predictors."""
    rng = np.random.default_rng(1)
    table = _predictors(rng, 1000, 3)
    latent = table["x0"] - 0.5 * table["x1"] + rng.logistic(size=1000)
    cuts = np.quantile(latent, np.arange(1, classes) / classes)
    return bl.ordinal(_formula(3), {**table, "y": np.searchsorted(cuts, latent)}, form=form)


def multinomial(classes: int) -> bl.Model:
    """Return a model of unordered classes on 1 000 rows and 5 predictors."""
    rng = np.random.default_rng(2)
    table = _predictors(rng, 1000, 5)
    slopes = rng.normal(0.0, 0.5, (6, classes))
    utility = slopes[0] + np.stack(list(table.values()), axis=1) @ slopes[1:]
    y = (utility + rng.gumbel(size=utility.shape)).argmax(axis=1)
    return bl.multinomial(_formula(5), {**table, "y": np.char.add("c", y.astype(str))})


def factor(levels: int) -> bl.Model:
    """Return a model of one factor on 5 000 rows."""
    rng = np.random.default_rng(3)
    g = np.r_[np.arange(levels), rng.integers(0, levels, 5000 - levels)]
    y = rng.random(5000) < 1.0 / (1.0 + np.exp(-rng.normal(0.0, 1.0, levels)[g]))
    names = np.char.add("g", np.char.zfill(g.astype(str), 4))
    return bl.logistic("y ~ g", {"g": names, "y": y.astype(int)})


def binary(rows: int, columns: int, intercept: float = 0.0) -> bl.Model:
    """Return a model of a yes/no outcome on numeric predictors."""
    rng = np.random.default_rng(4)
    X = rng.standard_normal((rows, columns))
    eta = intercept + X @ rng.normal(0.0, 1.0 / np.sqrt(columns), columns)
    return bl.logistic(X, (rng.random(rows) < 1.0 / (1.0 + np.exp(-eta))).astype(int))


CASES: dict[str, Build] = {
    **{
        f"{form}, K = {k}": (lambda k=k, form=form: ordinal(k, form))
        for k in (5, 10, 20, 50)
        for form in ("cumulative", "sequential", "adjacent")
    },
    **{f"multinomial, K = {k}": (lambda k=k: multinomial(k)) for k in (5, 10, 20)},
    **{f"factor of {k} levels": (lambda k=k: factor(k)) for k in (100, 300, 1000)},
    "100 000 x 3, rare events": lambda: binary(100_000, 3, -7.0),
    "100 000 x 10": lambda: binary(100_000, 10),
    "500 x 100": lambda: binary(500, 100),
    "1 000 x 200": lambda: binary(1000, 200),
    "100 x 200": lambda: binary(100, 200),
}


def measure(build: Build, method: str, repeats: int) -> tuple[float, Any]:
    """Return the least processor seconds of a fit from a fresh model, and the last fit."""
    least, fit = np.inf, None
    for _ in range(repeats):
        model = build()
        before = time.process_time()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            fit = model.fit(method, random_seed=1)
        least = min(least, time.process_time() - before)
        if least > 5.0:
            break
    return least, fit


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--only", default="", help="cases whose name contains this")
    parser.add_argument("--methods", default="map,laplace,auto")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    multinomial(3).fit(random_seed=1)  # loads what a fit needs
    rows = []
    for name, build in CASES.items():
        if options.only not in name:
            continue
        row: dict[str, Any] = {"case": name}
        for method in options.methods.split(","):
            row[method], fit = measure(build, method, options.repeats)
            if method == "auto":
                info = fit.outcome.info
                row |= {"route": info["route"], "ess": min(info["ess_bulk"], info["ess_tail"])}
                row |= {"rhat": info["rhat"], "problems": [p.code for p in fit.problems]}
        print(json.dumps(row), flush=True)
        rows.append(row)
    if options.out is not None:
        options.out.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
