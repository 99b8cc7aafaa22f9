"""Every method on a few posteriors: how far its answer is from the exact one, and what it costs.

Each method fits each model twice in one process, on one thread, the model made anew each time; the
second fit is timed, so that the loading of libraries is left out, but not the compilation that a
method does for each model.
The exact posterior is ``quadrature`` where it takes the model, and otherwise 40 000 draws of
``hmc``. Ratios of seconds carry over to other machines, seconds do not.

Run from the root of the repository::

    OMP_NUM_THREADS=1 python -m tests.benchmarks.methods --out tests/benchmarks/results/methods.json
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
from tests.benchmarks.problems import problem


def arrays(name: str) -> bl.Model:
    """Return the model of a problem of the speed comparison, with its priors."""
    X, y, sd = problem(name)
    return bl.logistic(X, y, priors={"Intercept": bl.Normal(0, 10), "slopes": bl.Normal(0, sd)})


def plates() -> bl.Model:
    """Return seeds on plates, each plate with a level of its own."""
    seeds = bl.load_dataset("seeds")
    seeds["plate"] = [f"p{place:02d}" for place in range(len(seeds))]
    return bl.binomial("germinated ~ x1 * x2 + (1 | plate)", seeds, trials="n")


MODELS: dict[str, Callable[[], bl.Model]] = {
    "exam": lambda: bl.logistic("passed ~ hours", bl.load_dataset("exam")),
    "separated": lambda: arrays("separated"),
    "1000x10": lambda: arrays("1000x10"),
    "100x31": lambda: arrays("100x31"),
    "plates": plates,
}


def moments(fit: bl.Fit, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return means and standard deviations of the coefficients that are not effects of groups."""
    draws = fit.theta[:count]
    sd = draws.std(axis=1, ddof=1) if draws.shape[1] > 1 else np.full(count, np.nan)
    return draws.mean(axis=1), sd


def exact(model: bl.Model, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return exact means and standard deviations, or those of very many exact draws."""
    try:
        info = model.fit("quadrature", draws=10, random_seed=1).outcome.info
    except bl.MethodRefused:
        return moments(model.fit("hmc", draws=10_000, random_seed=99, progressbar=False), count)
    return info["mean"], info["sd"]


def measured(name: str, method: str, truth: tuple[np.ndarray, ...]) -> dict[str, Any]:
    """Return the row of one method and model."""
    row: dict[str, Any] = {"model": name, "method": method}
    mean, sd = truth
    for _ in range(2):
        model = MODELS[name]()
        begin = time.process_time()
        try:
            fit = model.fit(method, random_seed=1, progressbar=False)
        except bl.MethodRefused:
            return row | {"refused": True}
        row["processor_s"] = time.process_time() - begin
    found, spread = moments(fit, len(mean))
    row["off"] = float(np.abs((found - mean) / sd).max())
    ratio = spread / sd
    if np.isfinite(ratio).all():
        row["sd_ratio"] = float(ratio[np.abs(np.log(ratio)).argmax()])
    row["exact"] = bool(fit.outcome.exact)
    row["problems"] = [found.code for found in fit.problems if found.severity != "note"]
    return row


def main() -> None:
    """Measure all, print, and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    warnings.simplefilter("ignore", bl.BayesLogitWarning)
    rows = []
    for name, make in MODELS.items():
        model = make()
        truth = exact(model, len(model.fixed_layout.names))
        for method in bl.METHODS:
            rows.append(measured(name, method, truth))
            print(rows[-1], flush=True)
    if options.out:
        options.out.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
