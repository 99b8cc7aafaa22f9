"""Two thousand random tables of counts: does every climb arrive, how soon, and how near?

Trials go from 1 to 1e12, shares of events from 1e-9 to 1 - 1e-9, tables from 2 to 200 rows, and all
links take turns. Shares are alike in all rows, follow the order of the rows, or are independent of
everything, so that the model cannot fit them. Of each table the posterior mode under the default
prior and the maximum of the likelihood are sought; fifty modes are compared with Newton's method
in 60 digits (mpmath).

Run from the root of the repository::

    python -m tests.benchmarks.climbs --out tests/benchmarks/results/climbs.json
"""

from __future__ import annotations

import argparse
import json
import time
import warnings
from pathlib import Path
from typing import Any

import mpmath as mp
import numpy as np

import bayeslogit as bl
from bayeslogit.answers.classical.maximum_likelihood import maximise
from bayeslogit.errors import DesignError, FitFailed
from bayeslogit.inference.mode import Mode, find_mode
from tests.references import make_links

LINKS = ("logit", "probit", "cloglog", "loglog", "cauchit")
TABLES, COMPARED, STEPS = 2_000, 50, 30
EDGE = float(np.log(1e9 - 1.0))


def random_table(seed: int) -> tuple[str, dict[str, np.ndarray], str]:
    """Return a formula, a table and a link."""
    rng = np.random.default_rng(seed)
    rows = int(np.exp(rng.uniform(np.log(2), np.log(201))))
    kind, most = rng.integers(3), rng.uniform(0, 12)
    powers = np.full(rows, most) if rng.random() < 0.5 else rng.uniform(0, most, rows)
    trials = np.floor(10**powers).astype(np.int64)
    if kind == 0:
        log_odds = np.full(rows, rng.uniform(-EDGE, EDGE))
    elif kind == 1:
        log_odds = np.linspace(*np.sort(rng.uniform(-EDGE, EDGE, 2)), rows)
    else:
        log_odds = rng.uniform(-EDGE, EDGE, rows)
    events = rng.binomial(trials, 1.0 / (1.0 + np.exp(-log_odds)))
    shapes = (np.arange(rows), rng.normal(size=rows), rng.integers(0, 2, rows))
    x = shapes[rng.integers(3)].astype(float)
    data = {"k": events, "n": trials, "x": x, "z": rng.normal(size=rows)}
    formula = "k ~ x" if rng.random() < 0.5 or rows < 4 else "k ~ x + z"
    return "k ~ 1" if np.ptp(x) == 0.0 else formula, data, LINKS[seed % len(LINKS)]


def random_model(seed: int) -> bl.Model:
    """Return the model of a random table under the default prior."""
    formula, data, link = random_table(seed)
    return bl.binomial(formula, data, trials="n", link=link)


def distance(model: bl.Model, mode: Mode) -> float:
    """Return how far a mode is from the exact one, in posterior standard deviations."""
    mp.mp.dps = 60
    density = model.density
    curve = getattr(make_links, model.family.link)
    X = mp.matrix(model.design.X.tolist())
    prior = mp.matrix(density.prior.precision(mode.theta).tolist())
    counts = [(mp.mpf(int(m)), mp.mpf(int(k))) for m, k in model.counts]
    theta = start = mp.matrix(mode.theta.tolist())
    for _ in range(4):
        eta, bends = X * theta, []
        slopes = mp.matrix(len(counts), 1)
        for i, (failures, events) in enumerate(counts):
            low, high, f, df = curve(eta[i])
            up, down = f / low, f / high
            slopes[i] = events * up - failures * down
            bends.append(events * (up**2 - df / low) + failures * (down**2 + df / high))
        precision = X.T * mp.diag(bends) * X + prior
        step = mp.lu_solve(precision, X.T * slopes - prior * theta)
        theta = theta + step
    covariance = mp.inverse(precision)
    away = [abs(theta[j] - start[j]) / mp.sqrt(covariance[j, j]) for j in range(len(theta))]
    return float(max(away))


def run(tables: int, compared: int) -> list[dict[str, Any]]:
    """Return what happened, link by link."""
    result = {
        link: {"link": link, "tables": 0, "no mode": 0, "most steps": 0, "farthest": 0.0}
        | {"compared": 0, "maximum": 0, "limit": 0, "failed": 0}
        for link in LINKS
    }
    begin = time.process_time()
    for seed in range(tables):
        model = random_model(seed)
        entry = result[model.family.link]
        mode = find_mode(model.density)
        entry["tables"] += 1
        entry["no mode"] += not mode.converged
        entry["most steps"] = max(entry["most steps"], mode.iterations)
        if seed < compared:
            entry["compared"] += 1
            entry["farthest"] = max(entry["farthest"], distance(model, mode))
        try:
            found = maximise(model.density.likelihood, model.density.names)
        except (FitFailed, DesignError):
            entry["failed"] += 1
        else:
            entry["limit" if found.separation else "maximum"] += 1
    print(f"{time.process_time() - begin:.0f} s")
    return list(result.values())


def main() -> None:
    """Run and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--tables", type=int, default=TABLES)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    found = run(arguments.tables, min(COMPARED, arguments.tables))
    text = json.dumps(found, indent=1)
    print(text)
    if arguments.out:
        arguments.out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
