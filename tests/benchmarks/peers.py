"""Effective draws per second beside PyMC, nutpie, Bambi, NumPyro and rstanarm.

Each runs in a process of its own, one after the other, on the same data and priors, with four
chains of 1 000 draws after 1 000 of tuning (a quarter of that on the largest problem, for the
others alone) and its own defaults otherwise. The time is that of the fit call, compilation
included and imports left out; the time of the whole process, from start to printed summary, is
given as well. ESS is the smallest of bulk and tail effective sample sizes over all coefficients,
by one program for all.

Run from the root of the repository, with the interpreters of environments that hold the peers::

    python -m tests.benchmarks.peers --python-peers /path/to/python --problems exam 1000x10
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from tests.benchmarks.problems import PROBLEMS, problem

OURS = """
import json, sys, time
import numpy as np
import bayeslogit as bl
z = np.load(sys.argv[1])
X, y, sd = z["X"], z["y"], float(z["sd"])
method = sys.argv[3]
if method == "nuts":
    import pymc  # loaded on first use; the others load it before the clock starts, too
model = bl.logistic(X, y, priors={"Intercept": bl.Normal(0, 10), "slopes": bl.Normal(0, sd)})
t = time.perf_counter()
fit = model.fit(method, draws=1000, chains=4, random_seed=1, progressbar=False)
seconds = time.perf_counter() - t
print(fit.summary())
np.savez(sys.argv[2], draws=fit.outcome.draws, seconds=seconds)
"""

PYMC = """
import sys, time
import numpy as np
import pymc as pm
z = np.load(sys.argv[1])
X, y, sd = z["X"], z["y"], float(z["sd"])
n, chains = int(z["n"]), int(z["chains"])
with pm.Model():
    a = pm.Normal("a", 0, 10)
    b = pm.Normal("b", 0, sd, shape=X.shape[1])
    pm.Bernoulli("y", logit_p=a + pm.math.dot(pm.Data("X", X), b), observed=pm.Data("t", y))
    t = time.perf_counter()
    tree = pm.sample(n, tune=n, chains=chains, nuts_sampler=sys.argv[3], random_seed=1,
                     progressbar=False, compute_convergence_checks=False)
seconds = time.perf_counter() - t
import arviz
print(arviz.summary(tree))
post = tree["posterior"]
draws = np.concatenate([post["a"].values[..., None], post["b"].values], axis=2)
np.savez(sys.argv[2], draws=draws, seconds=seconds)
"""

BAMBI = """
import sys, time
import numpy as np, pandas as pd
import bambi as bmb
z = np.load(sys.argv[1])
X, y, sd = z["X"], z["y"], float(z["sd"])
n, chains = int(z["n"]), int(z["chains"])
names = [f"x{i}" for i in range(X.shape[1])]
data = pd.DataFrame(X, columns=names).assign(y=y)
priors = {n: bmb.Prior("Normal", mu=0, sigma=sd) for n in names}
priors["Intercept"] = bmb.Prior("Normal", mu=0, sigma=10)
model = bmb.Model("y ~ " + " + ".join(names), data, family="bernoulli", priors=priors,
                  center_predictors=False)
t = time.perf_counter()
tree = model.fit(draws=n, tune=n, chains=chains, random_seed=1, progressbar=False)
seconds = time.perf_counter() - t
import arviz
print(arviz.summary(tree))
post = tree["posterior"]
draws = np.stack([post[n].values for n in ["Intercept", *names]], axis=2)
np.savez(sys.argv[2], draws=draws, seconds=seconds)
"""

NUMPYRO = """
import sys, time
import numpy as np
import jax, numpyro, numpyro.distributions as dist
from numpyro.infer import MCMC, NUTS
numpyro.enable_x64()
z = np.load(sys.argv[1])
X, y, sd = z["X"], z["y"], float(z["sd"])
n, chains = int(z["n"]), int(z["chains"])
def model(X, y):
    a = numpyro.sample("a", dist.Normal(0, 10))
    b = numpyro.sample("b", dist.Normal(0, sd).expand([X.shape[1]]))
    numpyro.sample("y", dist.Bernoulli(logits=a + X @ b), obs=y)
t = time.perf_counter()
mcmc = MCMC(NUTS(model), num_warmup=n, num_samples=n, num_chains=chains,
            chain_method="sequential", progress_bar=False)
mcmc.run(jax.random.PRNGKey(1), X, y)
s = mcmc.get_samples(group_by_chain=True)
draws = np.concatenate([np.asarray(s["a"])[..., None], np.asarray(s["b"])], axis=2)
seconds = time.perf_counter() - t
mcmc.print_summary()
np.savez(sys.argv[2], draws=draws, seconds=seconds)
"""

RSTANARM = """
suppressMessages(library(rstanarm))
args <- commandArgs(TRUE)
data <- read.csv(args[1])
sd <- as.numeric(args[3])
t <- proc.time()[["elapsed"]]
fit <- stan_glm(y ~ ., data = data, family = binomial(), prior = normal(0, sd, autoscale = FALSE),
                prior_intercept = normal(0, 10, autoscale = FALSE), chains = as.integer(args[5]),
                cores = 2, iter = 2 * as.integer(args[4]), seed = 1, refresh = 0)
seconds <- proc.time()[["elapsed"]] - t
print(summary(fit))
draws <- as.array(fit)
write.csv(data.frame(seconds = seconds), paste0(args[2], ".time"))
con <- file(args[2], "wb")
writeBin(as.integer(dim(draws)), con)
writeBin(as.double(draws), con)
close(con)
"""

SCRIPTS = {
    "bayeslogit auto": (OURS, "auto"),
    "bayeslogit nuts": (OURS, "nuts"),
    "PyMC": (PYMC, "pymc"),
    "nutpie": (PYMC, "nutpie"),
    "Bambi": (BAMBI, ""),
    "NumPyro": (NUMPYRO, ""),
    "rstanarm": (RSTANARM, ""),
}


# Problems of which the others do a quarter of the work, with the same share of tuning: the whole
# takes them the better part of an hour. Ours are never cut short.
LONG = ("100000x50",)
QUARTER = (500, 2)


def finished(command: list[str], limit: float) -> float | str:
    """Return the seconds of a process, or why there are none."""
    begin = time.perf_counter()
    try:
        subprocess.run(
            command,
            check=True,
            capture_output=True,
            timeout=limit,
            env=os.environ | {"PYTHONPATH": str(Path.cwd())},
        )
    except subprocess.TimeoutExpired:
        return f"over {limit:.0f} s"
    except (subprocess.CalledProcessError, FileNotFoundError) as error:
        last = (getattr(error, "stderr", b"") or b"").decode().strip().split("\n")[-1]
        return last[:200] or str(error)
    return time.perf_counter() - begin


def measured(draws: np.ndarray, seconds: float, process: float) -> dict[str, object]:
    """Return seconds, ESS and R-hat of draws (chains, draws, coefficients)."""
    from bayeslogit.numerics.convergence import diagnose

    found = diagnose(draws)
    return {
        "fit_s": round(seconds, 3),
        "process_s": round(process, 2),
        "ess": round(found.smallest_ess),
        "rhat": round(found.worst_rhat, 4),
        "ess_per_s": round(found.smallest_ess / seconds, 1),
    }


def run_python(
    python: str, script: str, option: str, data: dict[str, Any], limit: float
) -> dict[str, object]:
    """Run a program that reads arrays and writes ``draws`` and ``seconds``."""
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        code, arrays, result = here / "run.py", here / "data.npz", here / "draws.npz"
        code.write_text(script)
        np.savez(arrays, **data)
        process = finished([python, str(code), str(arrays), str(result), option], limit)
        if isinstance(process, str):
            return {"failed": process}
        saved = np.load(result)
        return measured(saved["draws"], float(saved["seconds"]), process)


def run_rstanarm(data: dict[str, Any], limit: float) -> dict[str, object]:
    """Run rstanarm, which reads a table and writes raw numbers."""
    import pandas as pd

    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        (here / "run.R").write_text(RSTANARM)
        table = pd.DataFrame(data["X"]).add_prefix("x").assign(y=data["y"])
        table.to_csv(here / "data.csv", index=False)
        files = [str(here / name) for name in ("run.R", "data.csv", "out")]
        numbers = [str(data[name]) for name in ("sd", "n", "chains")]
        process = finished(["Rscript", *files, *numbers], limit)
        if isinstance(process, str):
            return {"failed": process}
        raw = (here / "out").read_bytes()
        shape = np.frombuffer(raw[:12], dtype=np.int32)
        values = np.frombuffer(raw[12:], dtype=np.float64).reshape(shape, order="F")
        draws = np.ascontiguousarray(np.transpose(values, (1, 0, 2)))
        seconds = float(np.genfromtxt(here / "out.time", delimiter=",", skip_header=1)[1])
        return measured(draws, seconds, process)


def run(name: str, which: str, python_peers: str, limit: float) -> dict[str, object]:
    """Run one program on one problem; return its seconds, ESS and R-hat."""
    X, y, sd = problem(which)
    script, option = SCRIPTS[name]
    n, chains = QUARTER if which in LONG else (1000, 4)
    data = {"X": X, "y": y, "sd": sd, "n": n, "chains": chains}
    if name == "rstanarm":
        found = run_rstanarm(data, limit)
    else:
        python = sys.executable if name.startswith("bayeslogit") else python_peers
        found = run_python(python, script, option, data, limit)
    return {"program": name, "problem": which, **found}


def main() -> None:
    """Run the comparison, print each row, and write them all as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--problems", nargs="+", default=list(PROBLEMS), choices=PROBLEMS)
    parser.add_argument("--programs", nargs="+", default=list(SCRIPTS), choices=list(SCRIPTS))
    parser.add_argument("--python-peers", default=sys.executable)
    parser.add_argument("--limit", type=float, default=900.0, help="seconds for each")
    parser.add_argument("--out", default="peers.json", help="rows measured again are replaced")
    options = parser.parse_args()
    out = Path(options.out)
    rows = json.loads(out.read_text()) if out.exists() else []
    for which in options.problems:
        for name in options.programs:
            rows = [r for r in rows if (r["program"], r["problem"]) != (name, which)]
            rows.append(run(name, which, options.python_peers, options.limit))
            print(json.dumps(rows[-1]), flush=True)
            out.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
