"""Maximum likelihood with group-level terms beside glmmTMB: processor seconds and log-likelihood.

Each program fits the eight tables of ``tests/references`` in one process, five times each; the
least time is kept. It is that of the call, from the table to the estimates: glmmTMB's by R's
``proc.time`` after its library is loaded, ours by the processor's clock after a model of few rows
was fitted. glmmTMB computes a covariance matrix in its call, and so does ``map``. Run from the root
of the repository::

    python -m tests.benchmarks.modes
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import bayeslogit as bl
from tests.inference.grouped.test_known_answers import FORMULAS

REFERENCES = Path(__file__).parents[1] / "references"
RESULTS = Path(__file__).parent / "results" / "modes.json"
TIMES = 5

GLMMTMB = """
suppressMessages({library(glmmTMB); library(jsonlite)})
a <- commandArgs(TRUE); formulas <- fromJSON(a[1]); found <- list()
for (name in names(formulas)) {
  d <- read.csv(file.path(a[2], paste0(name, ".csv")))
  text <- gsub("I\\\\((\\\\w+)\\\\*\\\\*2\\\\)", "I(\\\\1^2)", formulas[[name]])
  if ("n" %in% names(d)) text <- sub("y ~", "cbind(y, n - y) ~", text)
  seconds <- sapply(seq_len(as.integer(a[3])), function(k) {
    start <- proc.time(); m <<- glmmTMB(as.formula(text), d, family = binomial)
    sum((proc.time() - start)[c(1, 2, 4, 5)])
  })
  found[[name]] <- list(seconds = min(seconds), log_likelihood = as.numeric(logLik(m)))
}
cat(toJSON(found, digits = 10, auto_unbox = TRUE))
"""


def clock() -> float:
    """Return processor seconds of this process."""
    return sum(resource.getrusage(resource.RUSAGE_SELF)[:2])


def fitted(name: str) -> tuple[float, float]:
    """Return the processor seconds of one fit, and its log-likelihood."""
    data = pd.read_csv(REFERENCES / f"{name}.csv")
    start = clock()
    if "n" in data:
        model = bl.binomial(FORMULAS[name], data, trials="n", priors="flat")
    else:
        model = bl.logistic(FORMULAS[name], data, priors="flat")
    fit = model.fit("map", progressbar=False)
    return clock() - start, float(fit.outcome.info["log_likelihood"])


def ours() -> dict[str, dict[str, float]]:
    """Return least processor seconds and log-likelihood of every table."""
    warnings.simplefilter("ignore")
    g = np.repeat(np.arange(4), 4)
    few = pd.DataFrame({"y": np.arange(16) % 2, "g": g})
    bl.logistic("y ~ 1 + (1 | g)", few, priors="flat").fit("map", progressbar=False)
    found = {}
    for name in FORMULAS:
        runs = [fitted(name) for _ in range(TIMES)]
        found[name] = {"seconds": min(s for s, _ in runs), "log_likelihood": runs[-1][1]}
    return found


def glmm_tmb() -> dict[str, dict[str, float]]:
    """Return the same of glmmTMB."""
    done = subprocess.run(
        ["Rscript", "-e", GLMMTMB, json.dumps(FORMULAS), str(REFERENCES), str(TIMES)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    found: dict[str, dict[str, float]] = json.loads(done.stdout)
    return found


def main() -> None:
    """Run both, and write the rows of the table."""
    if sys.argv[1:] == ["--ours"]:
        print(json.dumps(ours()))
        return
    command = [sys.executable, "-m", "tests.benchmarks.modes", "--ours"]
    own = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    theirs = glmm_tmb()
    rows: list[dict[str, Any]] = []
    for name in FORMULAS:
        a, b = own[name], theirs[name]
        rows.append(
            {
                "table": name,
                "map, s": round(a["seconds"], 3),
                "glmmTMB, s": round(b["seconds"], 3),
                "ratio": round(b["seconds"] / a["seconds"], 1),
                "log-likelihood of map": f"{a['log_likelihood']:.6f}",
                "map less glmmTMB, nats": f"{a['log_likelihood'] - b['log_likelihood']:.0e}",
            }
        )
    RESULTS.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    print(pd.DataFrame(rows).to_string(index=False))


if __name__ == "__main__":
    main()
