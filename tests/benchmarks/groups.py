"""Effective draws per processor second with group-level terms, beside nutpie and rstanarm.

Each program and problem runs in a process of its own, one after the other. The seconds are those of
the processor, children counted, from the table to the draws: the model, compilation, tuning and
drawing. What a program loads when it is first used is left out: a model of few rows is fitted
before the clock starts, and rstanarm's library is loaded. ESS is the smallest of bulk and tail
effective sample sizes over all parameters: coefficients, standard deviations, correlations and
effects (400 evenly spaced ones where there are more), by one program for all. Priors are the same:
Normal(0, 2.5) on coefficients, HalfNormal(2.5) on standard deviations, LKJ(1); rstanarm has no
half-normal, and takes the nearest it has, an exponential of mean 2.5. nutpie samples the model that
``model.pymc`` writes, four chains of 1 000 draws as everywhere here. Gibbs sampling with
Polya-Gamma variables is our own, in numpy (``groups_gibbs``), for one effect a group. A row is of
three runs with the seeds 1, 2 and 3: the effective draws of all by the seconds of all, since those
of one run vary by a factor of two, by luck in the tail of a standard deviation.

Tables of R's packages and two others are in ``tests/references``; the rest are simulated. Run from
the root of the repository; finished rows are kept, and a run goes on where one ended::

    python -m tests.benchmarks.groups --programs auto nutpie rstanarm gibbs
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import bayeslogit as bl
from bayeslogit.numerics.convergence import diagnose, monte_carlo_errors
from tests.benchmarks.groups_gibbs import sampled

REFERENCES = Path(__file__).parents[1] / "references"
RESULTS = Path(__file__).parent / "results" / "groups.json"
PROGRAMS = {
    "auto": "bayeslogit auto",
    "nutpie": "nutpie",
    "rstanarm": "rstanarm",
    "gibbs": "Polya-Gamma Gibbs",
}
# Effects whose effective sample size is computed, at most.
EFFECTS = 400
CHAINS, DRAWS = 4, 1000
SEEDS = (1, 2, 3)


@dataclass(frozen=True)
class Problem:
    """A formula, how its table is made, and the builder of its family."""

    formula: str
    table: Callable[[], pd.DataFrame]
    kind: str = "logistic"

    @property
    def groupings(self) -> list[str]:
        """The terms of the groups, without parentheses."""
        return [part.split(")")[0] for part in self.formula.split("(") if "|" in part]

    def model(self) -> bl.Model:
        """Return the model with the priors of all programs."""
        own = {term: bl.HalfNormal(2.5) for term in self.groupings}
        wide = bl.Normal(0, 2.5)
        data = self.table()
        if self.kind == "ordinal":
            own |= {"cutpoints": wide, "slopes": wide}
            return bl.ordinal(self.formula, data, priors=own)
        own["Intercept"] = wide
        if not self.formula.split("~")[1].strip().startswith("1 + ("):
            own["slopes"] = wide
        if self.kind == "binomial":
            return bl.binomial(self.formula, data, trials="n", priors=own)
        return getattr(bl, self.kind)(self.formula, data, priors=own)


def read(name: str) -> Callable[[], pd.DataFrame]:
    """Return the reader of a table of the references."""
    return lambda: pd.read_csv(REFERENCES / f"{name}.csv")


def simulated(
    seed: int,
    groups: list[tuple[np.ndarray, list[float]]],
    columns: list[str],
    beta: list[float],
    *,
    correlation: float = 0.0,
) -> pd.DataFrame:
    """Return a table of binary outcomes.

    ``groups`` are the codes of each grouping and the standard deviations of its effects on the
    intercept and on the first columns, which have one correlation; ``beta`` starts with the
    intercept.
    """
    rng = np.random.default_rng(seed)
    rows = len(groups[0][0])
    X = np.column_stack([np.ones(rows), rng.normal(size=(rows, len(columns)))])
    eta = X @ beta
    data = {name: X[:, j + 1] for j, name in enumerate(columns)}
    for letter, (codes, sds) in zip("gh", groups, strict=False):
        matrix = np.full((len(sds), len(sds)), correlation)
        np.fill_diagonal(matrix, 1.0)
        effects = rng.multivariate_normal(np.zeros(len(sds)), matrix, codes.max() + 1) * sds
        eta = eta + (effects[codes] * X[:, : len(sds)]).sum(axis=1)
        data[letter] = codes
    y = (rng.random(rows) < 1.0 / (1.0 + np.exp(-eta))).astype(int)
    return pd.DataFrame({"y": y, **data})


def _repeated(groups: int, rows: int) -> np.ndarray:
    return np.repeat(np.arange(groups), rows)


def _scattered(seed: int, groups: int, rows: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, groups, rows)


def _some_persons() -> pd.DataFrame:
    table = read("verbagg")()
    return table[table["id"] <= 100]


PROBLEMS = {
    "cbpp": Problem("y ~ period + (1 | herd)", read("cbpp"), "binomial"),
    "seeds": Problem("y ~ x1 * x2 + (1 | plate)", read("seeds"), "binomial"),
    "bacteria": Problem("y ~ trt + late + (1 | id)", read("bacteria")),
    "few": Problem(
        "y ~ x + (1 | g)", lambda: simulated(7, [(_repeated(5, 40), [0.5])], ["x"], [0.2, 0.5])
    ),
    "separated": Problem("y ~ x + (1 | g)", read("separated")),
    "toenail": Problem("y ~ trt * time + (1 | id)", read("toenail")),
    "contraception": Problem(
        "y ~ age + I(age**2) + urban + livch + (1 + urban | district)", read("contraception")
    ),
    "verbagg": Problem(
        "y ~ anger + gender + btype + situ + (1 | id) + (1 | item)", read("verbagg")
    ),
    "crossed": Problem(
        "y ~ x + (1 | g) + (1 | h)",
        lambda: simulated(
            9, [(_repeated(200, 50), [1.0]), (np.tile(np.arange(50), 200), [1.5])], ["x"],
            [-0.3, 0.5],
        ),
    ),
    "pairs": Problem("y ~ x + (1 | g)", read("pairs")),
    "slopes": Problem(
        "y ~ x1 + x2 + x3 + (1 + x1 + x2 + x3 | g)",
        lambda: simulated(
            11, [(_repeated(100, 50), [1.0, 0.5, 0.4, 0.3])], ["x1", "x2", "x3"],
            [-0.5, 0.5, -0.5, 0.3], correlation=0.3,
        ),
    ),
    "sparse": Problem(
        "y ~ x + (1 | g) + (1 | h)",
        lambda: simulated(
            12, [(_scattered(1, 1000, 5000), [1.0]), (_scattered(2, 1000, 5000), [0.7])], ["x"],
            [0.0, 0.5],
        ),
    ),
    "guimmun": Problem(
        "y ~ kid2p + mom_ed + hus_ed + rural + indigenous + (1 | mom) + (1 | comm)",
        read("guimmun"),
    ),
    "ordinal": Problem("resp ~ anger + gender + btype + situ + (1 | id)", _some_persons, "ordinal"),
    "multinomial": Problem(
        "resp ~ anger + gender + btype + situ + (1 | id)", _some_persons, "multinomial"
    ),
    "large": Problem(
        "y ~ x + w + (1 + x | g)",
        lambda: simulated(
            13, [(np.sort(_scattered(3, 5000, 100_000)), [1.0, 0.6])], ["x", "w"],
            [-1.0, 0.6, -0.4], correlation=0.5,
        ),
    ),
}  # fmt: skip

RSTANARM = """
suppressMessages(library(rstanarm))
a <- commandArgs(TRUE); d <- read.csv(a[1], stringsAsFactors = TRUE)
for (g in strsplit(a[5], ",")[[1]]) d[[g]] <- factor(d[[g]])
clock <- function() sum(proc.time()[c(1, 2, 4, 5)])
start <- clock()
fit <- suppressWarnings(stan_glmer(as.formula(a[4]), data = d, family = binomial,
  prior = normal(0, 2.5, autoscale = FALSE), prior_intercept = normal(0, 2.5, autoscale = FALSE),
  prior_covariance = decov(scale = 2.5), chains = 4, cores = 1, refresh = 0,
  seed = as.integer(a[6])))
draws <- as.array(fit); kept <- dimnames(draws)[[3]]
effects <- grep("^b\\\\[", kept); rest <- setdiff(seq_along(kept), effects)
effects <- effects[!grepl("_NEW_", kept[effects])]
if (length(effects) > 400) effects <- effects[round(seq(1, length(effects), length.out = 400))]
sampler <- rstan::get_sampler_params(fit$stanfit, inc_warmup = FALSE)
cat(clock() - start, sum(sapply(sampler, function(s) sum(s[, "divergent__"]))), file = a[3])
draws <- draws[, , c(rest, effects)]
con <- file(a[2], "wb"); writeBin(as.integer(dim(draws)), con); writeBin(as.double(draws), con)
close(con)
"""


def clock() -> float:
    """Return processor seconds of this process and its children."""
    both = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(sum(resource.getrusage(who)[:2]) for who in both)


def measured(
    draws: np.ndarray, seconds: float, divergent: int, names: list[str] | None = None
) -> dict[str, Any]:
    """Return a row of the table from draws (chains, draws, parameters), effects last.

    ``names`` are those of the parameters before the effects.
    """
    found = diagnose(draws)
    row: dict[str, Any] = {
        "processor_s": round(seconds, 3),
        "draws": draws.shape[0] * draws.shape[1],
        "ess": round(found.smallest_ess),
        "rhat": round(found.worst_rhat, 4),
        "divergent": divergent,
        "ess_per_s": round(found.smallest_ess / seconds, 2),
    }
    if names:
        few = draws[:, :, : len(names)]
        errors, _ = monte_carlo_errors(few)
        row["parameters"] = {
            name: [float(f"{value:.5g}") for value in values]
            for name, *values in zip(
                names, few.mean(axis=(0, 1)), errors, few.std(axis=(0, 1)), strict=True
            )
        }
    return row


def some(effects: np.ndarray) -> np.ndarray:
    """Return evenly spaced ones of effects (chains, draws, effects)."""
    count = effects.shape[2]
    return effects[:, :, np.linspace(0, count - 1, min(count, EFFECTS)).astype(int)]


def _first() -> bl.Model:
    """Return a model of few rows, whose fit loads what a program loads when it is first used.

    That is also what reads a data frame, as the tables are.
    """
    g = np.repeat(np.arange(4), 4)
    return bl.logistic("y ~ 1 + (1 | g)", pd.DataFrame({"y": np.arange(16) % 2, "g": g}))


def ours(problem: Problem, seed: int) -> dict[str, Any]:
    """Measure ``method="auto"``."""
    problem.table()
    _first().fit("auto", draws=10, random_seed=1, progressbar=False)
    start = clock()
    model = problem.model()
    fit = model.fit(draws=DRAWS, chains=CHAINS, random_seed=seed, progressbar=False)
    seconds = clock() - start
    outcome, layout = fit.outcome, model.layout
    names = [str(name) for name in np.array(layout.names)[layout.fixed]]
    fixed = outcome.draws[:, :, layout.fixed]
    parts, effects = (
        [fixed],
        outcome.draws[:, :, ~np.isin(np.arange(len(layout.names)), layout.fixed)],
    )
    for name, values in outcome.scales.items():
        if name.startswith("sd_"):
            parts.append(values)
            names += [f"{name}[{a}]" for a in range(values.shape[2])]
        else:
            a, b = np.tril_indices(values.shape[2], -1)
            parts.append(values[:, :, a, b])
            names += [f"{name}[{i},{j}]" for i, j in zip(a, b, strict=True)]
    draws = np.concatenate([*parts, some(effects)], axis=2)
    divergent = int(outcome.stats["diverging"].sum())
    return measured(draws, seconds, divergent, names) | {"attempts": outcome.info.get("attempts")}


def nutpie(problem: Problem, seed: int) -> dict[str, Any]:
    """Measure nutpie on the model in PyMC."""
    import nutpie
    from pytensor.tensor.random.basic import HalfNormalRV

    # PyTensor marks a view of a constant as writeable, which scipy's draws then cannot be given:
    # without this nutpie finds no start where effects of a group are correlated.
    plain = HalfNormalRV.rng_fn_scipy
    HalfNormalRV.rng_fn_scipy = classmethod(
        lambda _, rng, loc, scale, size: plain(rng, np.array(loc), np.array(scale), size)
    )
    problem.table()
    few = {"draws": 10, "tune": 10, "progress_bar": False}
    nutpie.sample(nutpie.compile_pymc_model(_first().pymc), **few)
    start = clock()
    model = problem.model()
    tree = nutpie.sample(
        nutpie.compile_pymc_model(model.pymc), draws=DRAWS, chains=CHAINS, cores=2, seed=seed,
        progress_bar=False,
    )  # fmt: skip
    seconds = clock() - start
    posterior, parts, effects, names = tree["posterior"], [], [], []
    for name in posterior.data_vars:
        values = np.asarray(posterior[name])
        values = values.reshape(*values.shape[:2], -1)
        if name.startswith("u_"):
            effects.append(values)
        elif name in ("Intercept", "beta", "cutpoints") or name.startswith("sd_"):
            parts.append(values)
            names += [f"{name}[{k}]" for k in range(values.shape[2])]
        elif name.endswith("_corr"):
            size = round(values.shape[2] ** 0.5)
            a, b = np.tril_indices(size, -1)
            parts.append(values[:, :, a * size + b])
            names += [f"{name}[{i},{j}]" for i, j in zip(a, b, strict=True)]
    draws = np.concatenate([*parts, some(np.concatenate(effects, axis=2))], axis=2)
    divergent = int(np.asarray(tree["sample_stats"]["diverging"]).sum())
    return measured(draws, seconds, divergent, names)


def rstanarm(problem: Problem, seed: int) -> dict[str, Any]:
    """Measure rstanarm's stan_glmer."""
    if problem.kind not in ("logistic", "binomial"):
        return {"failed": "no such model"}
    groups = ",".join(name.strip() for term in problem.groupings for name in [term.split("|")[1]])
    formula = problem.formula
    if problem.kind == "binomial":
        formula = formula.replace("y ~", "cbind(y, n - y) ~")
    with tempfile.TemporaryDirectory() as folder:
        table, out, said = (str(Path(folder) / name) for name in ("in.csv", "out", "said"))
        problem.table().to_csv(table, index=False)
        done = subprocess.run(
            ["Rscript", "-e", RSTANARM, table, out, said, formula, groups, str(seed)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if not Path(out).exists():
            return {"failed": done.stderr.strip().split("\n")[-1][:120] or "ended"}
        seconds, divergent = Path(said).read_text().split()
        raw = Path(out).read_bytes()
    shape = np.frombuffer(raw[:12], dtype=np.int32)
    draws = np.frombuffer(raw[12:]).reshape(shape, order="F").transpose(1, 0, 2)
    return measured(np.ascontiguousarray(draws), float(seconds), int(divergent))


def gibbs(problem: Problem, seed: int) -> dict[str, Any]:
    """Measure Gibbs sampling with Polya-Gamma variables."""
    if problem.kind not in ("logistic", "binomial") or any(
        not term.startswith("1 |") for term in problem.groupings
    ):
        return {"failed": "not written"}
    problem.table()
    sampled(_first(), 5, 5, 1, seed=1)
    start = clock()
    model = problem.model()
    draws = sampled(model, DRAWS, DRAWS // 4, CHAINS, seed=seed)
    seconds = clock() - start
    fixed = [str(name) for name in np.array(model.layout.names)[model.layout.fixed]]
    names = fixed + [f"sd[{block.name}]" for block in model.grouped_density.blocks]
    few, effects = np.split(draws, [len(names)], axis=2)
    return measured(np.concatenate([few, some(effects)], axis=2), seconds, 0, names)


def together(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return one row of several runs: means, the worst R-hat, and all divergent paths."""
    seconds, effective = (sum(row[key] for row in rows) for key in ("processor_s", "ess"))
    return {
        **rows[0],
        "runs": len(rows),
        "processor_s": round(seconds / len(rows), 3),
        "ess": round(effective / len(rows)),
        "rhat": max(row["rhat"] for row in rows),
        "divergent": sum(row["divergent"] for row in rows),
        "ess_per_s": round(effective / seconds, 2),
    }


def all_runs(program: str, problem: Problem) -> dict[str, Any]:
    """Measure a program with every seed; the first failure ends it."""
    rows = []
    for seed in SEEDS:
        row = MEASURES[program](problem, seed)
        if "failed" in row:
            return row
        rows.append(row)
    return together(rows)


MEASURES = {"auto": ours, "nutpie": nutpie, "rstanarm": rstanarm, "gibbs": gibbs}


def in_process(program: str, problem: str, limit: int) -> dict[str, Any]:
    """Return the row of one program and problem, measured in a process of its own."""

    def bounded() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))

    command = [sys.executable, "-m", "tests.benchmarks.groups", "--one", program, problem]
    done = subprocess.run(command, capture_output=True, text=True, check=False, preexec_fn=bounded)
    lines = done.stdout.strip().split("\n")
    if done.returncode == 0 and lines[-1].startswith("{"):
        found: dict[str, Any] = json.loads(lines[-1])
    elif done.returncode < 0:
        found = {"failed": f"not done in {limit} s"}
    else:
        found = {"failed": (done.stderr.strip().split("\n")[-1] or "ended")[:120]}
    if found.get("failed") == "ended":
        found = {"failed": f"not done in {limit} s"}
    return {"problem": problem, "program": PROGRAMS[program], **found}


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--programs", nargs="+", default=list(PROGRAMS), choices=list(PROGRAMS))
    parser.add_argument("--problems", nargs="+", default=list(PROBLEMS), choices=list(PROBLEMS))
    parser.add_argument(
        "--limit", type=int, default=700, help="processor seconds of all runs of a row"
    )
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--again", action="store_true", help="measure finished rows anew")
    parser.add_argument("--one", nargs=2, metavar=("PROGRAM", "PROBLEM"), help="print one row")
    arguments = parser.parse_args()
    if arguments.one:
        program, problem = arguments.one
        print(json.dumps(all_runs(program, PROBLEMS[problem])))
        return
    for problem in arguments.problems:
        for program in arguments.programs:
            out = arguments.out
            rows = json.loads(out.read_text(encoding="utf-8")) if out.exists() else []
            key = (problem, PROGRAMS[program])
            if not arguments.again and any((r["problem"], r["program"]) == key for r in rows):
                continue
            found = in_process(program, problem, arguments.limit)
            print(json.dumps({k: v for k, v in found.items() if k != "parameters"}), flush=True)
            rows = [r for r in rows if (r["problem"], r["program"]) != key] + [found]
            out.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
