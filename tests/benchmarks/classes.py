"""Effective draws per second for several classes beside Bambi: categorical and cumulative.

Each runs in a process of its own, one after the other, on the same data and priors, with four
chains of 1 000 draws and its own defaults otherwise, as in :mod:`tests.benchmarks.peers`.

Run from the root of the repository, with the interpreter of an environment that holds Bambi::

    python -m tests.benchmarks.classes --python-peers /path/to/python
    python -m tests.benchmarks.classes --python-peers /path/to/python --rows 300 --columns 2
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from tests.benchmarks.peers import run_python

OURS = """
import sys, time
import numpy as np
import bayeslogit as bl
z = np.load(sys.argv[1])
X, y, cutpoints = z["X"], z["y"], z["cutpoints"]
kind, method = sys.argv[3].split()
slopes = bl.Normal(0, 2.5)
if kind == "categorical":
    priors = {"Intercept": bl.Normal(0, 10), "slopes": slopes}
    model = bl.multinomial(X, y, priors=priors)
else:
    priors = {"cutpoints": bl.Normal(cutpoints, 10), "slopes": slopes}
    model = bl.ordinal(X, y, priors=priors)
t = time.perf_counter()
fit = model.fit(method, draws=1000, chains=4, random_seed=1, progressbar=False)
seconds = time.perf_counter() - t
np.savez(sys.argv[2], draws=fit.outcome.draws, seconds=seconds)
"""

BAMBI = """
import sys, time
import numpy as np, pandas as pd
import bambi as bmb
import pymc as pm
z = np.load(sys.argv[1])
X, y, cutpoints = z["X"], z["y"], z["cutpoints"]
kind = sys.argv[3]
names = [f"x{i}" for i in range(X.shape[1])]
data = pd.DataFrame(X, columns=names)
data["y"] = pd.Categorical(y, ordered=kind == "cumulative")
priors = {n: bmb.Prior("Normal", mu=0, sigma=2.5) for n in names}
if kind == "categorical":
    priors["Intercept"] = bmb.Prior("Normal", mu=0, sigma=10)
    first = "Intercept"
else:
    priors["threshold"] = bmb.Prior(
        "Normal", mu=cutpoints, sigma=10, transform=pm.distributions.transforms.ordered
    )
    first = "threshold"
model = bmb.Model("y ~ " + " + ".join(names), data, family=kind, priors=priors,
                  center_predictors=False)
t = time.perf_counter()
tree = model.fit(draws=1000, tune=1000, chains=4, random_seed=1, progressbar=False)
seconds = time.perf_counter() - t
post = tree["posterior"]
parts = [post[n].values for n in [first, *names]]
draws = np.concatenate([p.reshape(*p.shape[:2], -1) for p in parts], axis=2)
np.savez(sys.argv[2], draws=draws, seconds=seconds)
"""

KINDS = ("categorical", "cumulative")
CLASSES = 4
# Prior means of the cutpoints; apart, so that every sampler finds a start.
CUTPOINTS = np.array([-1.0, 0.0, 1.0])


def problem(kind: str, rows: int, columns: int) -> dict[str, Any]:
    """Return predictors (rows, columns) and class codes (rows,), simulated from the model."""
    rng = np.random.default_rng(1)
    X = rng.normal(size=(rows, columns))
    if kind == "categorical":
        beta = rng.normal(size=(columns, CLASSES)) / np.sqrt(columns)
        y = np.argmax(X @ beta + rng.gumbel(size=(rows, CLASSES)), axis=1)
    else:
        beta = rng.normal(size=columns) / np.sqrt(columns)
        y = np.digitize(X @ beta + rng.logistic(size=rows), CUTPOINTS)
    return {"X": X, "y": y, "cutpoints": CUTPOINTS}


def main() -> None:
    """Run the comparison, print each row and the ratios, and write them all as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, default=5000)
    parser.add_argument("--columns", type=int, default=10)
    parser.add_argument("--kinds", nargs="+", default=list(KINDS), choices=KINDS)
    parser.add_argument("--python-peers", default=sys.executable)
    parser.add_argument("--limit", type=float, default=1800.0, help="seconds for each")
    parser.add_argument("--out", default="classes.json")
    options = parser.parse_args()
    table = []
    for kind in options.kinds:
        data = problem(kind, options.rows, options.columns)
        found: dict[str, dict[str, Any]] = {
            "bayeslogit auto": run_python(
                sys.executable, OURS, f"{kind} auto", data, options.limit
            ),
            "Bambi": run_python(options.python_peers, BAMBI, kind, data, options.limit),
        }
        for name, row in found.items():
            table.append({"program": name, "kind": kind, "rows": options.rows, **row})
            print(json.dumps(table[-1]), flush=True)
        speeds = [row.get("ess_per_s") for row in found.values()]
        if all(speeds):
            print(f"{kind}: {speeds[0] / speeds[1]:.0f} times Bambi's smallest ESS per second")
        Path(options.out).write_text(json.dumps(table, indent=1) + "\n")


if __name__ == "__main__":
    main()
