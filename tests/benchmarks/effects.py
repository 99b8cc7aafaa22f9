"""How long, and in how much memory, average effects and leave-one-out over many rows take.

Run ``python -m tests.benchmarks.effects [rows] [draws] [predictors] [results.json]``; it measures
at the size given (by default a twentieth of 1 000 000 rows x 4 000 draws) and extrapolates in
proportion to rows times draws, which is what the work is proportional to. The cost that cannot be
avoided is measured in the same tiles: one matrix product and one exponential per row, draw and
state of the rows. Leave-one-out, of a tenth of the rows, also needs the logarithms of its tail
fits. All of it runs on one thread if OMP_NUM_THREADS=1 is set before, which is what the ratios are
of.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from bayeslogit.answers.effects import marginal as effects
from bayeslogit.answers.evaluation.leave_one_out import leave_one_out
from bayeslogit.builders import logistic
from bayeslogit.inference import Outcome
from bayeslogit.posterior.posterior import Posterior

ROWS, DRAWS = 1_000_000, 4_000


def posterior_of(rows: int, draws: int, predictors: int) -> Posterior:
    """Return a posterior of random coefficients on random rows; no two rows are equal."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((rows, predictors))
    theta = rng.normal(0.0, 0.2, (predictors + 1, draws))
    y = (rng.random(rows) < 0.5).astype(np.int64)
    outcome = Outcome(theta.T.reshape(4, -1, predictors + 1), exact=True, label="random draws")
    return Posterior(logistic(X, y), "bench", outcome, None, 0.0)


def needed(posterior: Posterior, states: int) -> float:
    """Return seconds of the matrix products and exponentials alone, over tiles in cache."""
    X, theta = posterior.model.design.X, posterior.theta
    part, tile = X[:64], np.ascontiguousarray(theta[:, :512])
    out = np.empty((64, tile.shape[1]))
    repeats = 400

    def once() -> None:
        for _ in range(repeats):
            np.matmul(part, tile, out=out)
            np.exp(out, out=out)

    seconds = min(timed(once) for _ in range(3)) / (repeats * out.size)
    return seconds * len(X) * theta.shape[1] * states


def needed_tails(rows: int, draws: int) -> float:
    """Return seconds of the logarithms in the Pareto fits of leave-one-out alone."""
    tail = int(3.0 * np.sqrt(draws))
    part = np.random.default_rng(0).random((16, 30 + int(np.sqrt(tail)), tail))
    out = np.empty_like(part)

    def once() -> None:
        for _ in range(20):
            np.log1p(part, out=out)

    return min(timed(once) for _ in range(3)) / (20 * 16) * rows


def timed(run: Callable[[], object]) -> float:
    """Return the seconds that a call takes."""
    begin = time.perf_counter()
    run()
    return time.perf_counter() - begin


def costs(run: Callable[[], object], posterior: Posterior) -> tuple[float, float]:
    """Return the seconds that a call takes, and the most memory held beyond data and draws, in GB.

    The interpreter and its libraries are part of that memory. On Linux only.
    """
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # forget what was held before
    seconds = timed(run)
    status = Path("/proc/self/status").read_text(encoding="ascii")
    most = int(status.split("VmHWM:")[1].split()[0]) / 1e6
    return seconds, most - (posterior.model.design.X.nbytes + posterior.theta.nbytes) / 1e9


def measured(
    name: str, rows: int, draws: int, seconds: float, least: float, memory: float
) -> dict[str, object]:
    """Return one row of the table."""
    return {
        "what": name,
        "rows": rows,
        "draws": draws,
        "seconds": round(seconds, 2),
        "least, s": round(least, 2),
        "ratio": round(seconds / least, 2),
        "memory beyond the data, MB": round(1000 * memory),
    }


def main(
    rows: int = ROWS // 20, draws: int = DRAWS, predictors: int = 20, out: str | None = None
) -> None:
    """Measure and print."""
    small = posterior_of(100, draws, predictors)  # what loads when first used
    effects.predictions(small, by=True)
    leave_one_out(small)
    posterior = posterior_of(rows, draws, predictors)
    quiet = {"progressbar": False}
    scale = ROWS * DRAWS / (rows * draws)
    tasks: list[tuple[str, int, Callable[[], object]]] = [
        (
            "average prediction",
            1,
            lambda: effects.predictions(posterior, by=True, **quiet),
        ),
        ("average comparison", 2, lambda: effects.comparisons(posterior, "x0", **quiet)),
        ("average slope", 2, lambda: effects.slopes(posterior, "x0", **quiet)),
        (
            "average odds ratio",
            4,
            lambda: effects.comparisons(
                posterior, "x0", comparison="odds_ratio", progressbar=False
            ),
        ),
    ]
    print(f"{rows} rows x {draws} draws, {predictors} predictors")
    table = []
    for name, states, run in tasks:
        # Before and after, because other work on the machine comes and goes.
        least = 0.5 * needed(posterior, states)
        seconds, memory = costs(run, posterior)
        least += 0.5 * needed(posterior, states)
        print(
            f"{name:20s} {seconds:7.2f} s, {seconds / least:4.2f} times products and exponentials "
            f"({least:.2f} s); {ROWS} x {DRAWS}: {seconds * scale:6.0f} s"
        )
        table.append(measured(name, rows, draws, seconds, least, memory))
    some = posterior_of(rows // 10, draws, predictors)
    bare, tails = 0.5 * needed(some, 1), 0.5 * needed_tails(rows // 10, draws)
    seconds, memory = costs(lambda: leave_one_out(some, progressbar=False), posterior)
    bare += 0.5 * needed(some, 1)
    tails += 0.5 * needed_tails(rows // 10, draws)
    for name, least in (
        ("leave-one-out", bare + tails),
        ("leave-one-out, logarithms not counted", bare),
    ):
        print(
            f"{name:20s} {seconds:7.2f} s, {seconds / least:4.2f} times ({least:.2f} s); "
            f"{ROWS // 10} x {DRAWS}: {seconds * scale:6.0f} s"
        )
        table.append(measured(name, rows // 10, draws, seconds, least, memory))
    if out is not None:
        Path(out).write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")
    print(f"the predictors are {posterior.model.design.X.nbytes / 1e9:.2f} GB")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:4]), *sys.argv[4:])
