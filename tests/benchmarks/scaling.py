"""What a fit costs from a thousand to a million rows: time, memory, and the least it could take.

Each size runs in a process of its own, on 20 columns. Besides the exact fit (``"auto"``) the mode
(``"map"``) is timed beside scikit-learn's newton-cholesky solver, which is stopped at the first
tolerance whose gradient is as small as ours.

The bound of an exact fit is what evaluating the log posterior at every draw returned would take
if nothing else were done: draws x rows x (2 x columns operations at the rate of a large matrix
product + one exponential), both rates measured in the same process, with as many threads.

Run from the root of the repository::

    python -m tests.benchmarks.scaling --out scaling.json
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np

SIZES = ((1_000, 20), (10_000, 20), (100_000, 20), (1_000_000, 20), (100_000, 50))
PRIOR = 2.5


def simulated(rows: int, columns: int) -> tuple[np.ndarray, np.ndarray]:
    """Return predictors (rows, columns) and outcome codes (rows,)."""
    rng = np.random.default_rng(1)
    X = rng.normal(size=(rows, columns))
    beta = rng.normal(size=columns) / np.sqrt(columns)
    return X, (rng.random(rows) < 1 / (1 + np.exp(-(0.3 + X @ beta)))).astype(int)


def peak_mb() -> float:
    """Return the most memory this process has held, in MB."""
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def best(run: Callable[[], object], repeat: int) -> float:
    """Return the shortest of several times, in seconds."""
    times = []
    for _ in range(repeat):
        begin = time.perf_counter()
        run()
        times.append(time.perf_counter() - begin)
    return min(times)


def bound(rows: int, columns: int, draws: int) -> float:
    """Return the seconds that the arithmetic of all draws takes on all cores."""
    from concurrent.futures import ThreadPoolExecutor

    from bayeslogit.runtime.parallel import workers

    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2048, 2048)), rng.normal(size=(2048, 2048))
    product = best(lambda: a @ b, 3) / (2 * 2048**3)
    block = rng.normal(size=32768)
    threads = workers()

    def exponentials() -> None:
        for _ in range(200):
            np.exp(block)

    with ThreadPoolExecutor(threads) as pool:
        once = best(lambda: list(pool.map(lambda _: exponentials(), range(threads))), 3)
    exponential = once / (200 * block.size * threads)
    return draws * rows * (2 * columns * product + exponential)


def exact(rows: int, columns: int) -> dict[str, object]:
    """Time an exact fit; return what it took and gave."""
    import bayeslogit as bl

    X, y = simulated(rows, columns)
    model = bl.logistic(X, y, priors={"Intercept": bl.Normal(0, 10), "slopes": bl.Normal(0, PRIOR)})
    # Modules that load on first use are not part of the cost of rows.
    bl.logistic("passed ~ hours", bl.load_dataset("exam")).fit(progressbar=False)
    begin = time.perf_counter()
    fit = model.fit(random_seed=1, progressbar=False)
    seconds = time.perf_counter() - begin
    memory = peak_mb()
    info = fit.outcome.info
    ess = min(info["ess_bulk"], info["ess_tail"])
    least = bound(rows, columns + 1, 4000)
    return {
        "rows": rows,
        "columns": columns,
        "fit_s": round(seconds, 3),
        "ess": round(ess),
        "ess_per_s": round(ess / seconds, 1),
        "rhat": round(info["rhat"], 4),
        "route": info["route"],
        "bound_s": round(least, 3),
        "ratio_to_bound": round(seconds / least, 2),
        "peak_mb": round(memory),
        "design_mb": round(8 * rows * (columns + 1) / 2**20),
    }


def mode(rows: int, columns: int) -> dict[str, object]:
    """Time the mode beside scikit-learn at a gradient that is at most as small."""
    from sklearn.linear_model import LogisticRegression

    import bayeslogit as bl

    X, y = simulated(rows, columns)
    bl.logistic("passed ~ hours", bl.load_dataset("exam")).fit("map")
    repeat = 3 if rows < 1_000_000 else 2
    priors = {"Intercept": bl.Flat(), "slopes": bl.Normal(0, PRIOR)}

    def ours() -> np.ndarray:
        return bl.logistic(X, y, priors=priors).fit("map").outcome.draws.reshape(-1)

    def gradient(theta: np.ndarray) -> float:
        eta = theta[0] + X @ theta[1:]
        away = y - 1 / (1 + np.exp(-eta))
        slopes = away @ X - theta[1:] / PRIOR**2
        return float(max(abs(away.sum()), np.abs(slopes).max()))

    seconds, size = best(ours, repeat), gradient(ours())
    for tolerance in (1e-4, 1e-6, 1e-8, 1e-10, 1e-12):
        peer = LogisticRegression(C=PRIOR**2, solver="newton-cholesky", tol=tolerance, max_iter=100)
        peer.fit(X, y)
        reached = gradient(np.concatenate([peer.intercept_, peer.coef_[0]]))
        if reached <= 10 * size:
            break
    peer_seconds = best(lambda: peer.fit(X, y), repeat)
    return {
        "rows": rows,
        "columns": columns,
        "map_s": round(seconds, 4),
        "newton_cholesky_s": round(peer_seconds, 4),
        "ratio": round(seconds / peer_seconds, 2),
        "gradient": size,
        "newton_cholesky_gradient": reached,
        "newton_cholesky_tol": tolerance,
    }


def main() -> None:
    """Run every size in a process of its own; print rows and the log-log slope."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", default="scaling.json")
    parser.add_argument("--one", nargs=3, metavar=("WHAT", "ROWS", "COLUMNS"))
    options = parser.parse_args()
    if options.one:
        what, rows, columns = options.one
        print(json.dumps({"exact": exact, "mode": mode}[what](int(rows), int(columns))))
        return
    found: dict[str, list[dict[str, float]]] = {"exact": [], "mode": []}
    for what, rows_of in found.items():
        for size in SIZES:
            command = [sys.executable, "-m", "tests.benchmarks.scaling", "--one", what]
            output = subprocess.run(
                [*command, *map(str, size)], check=True, capture_output=True, text=True
            ).stdout
            rows_of.append(json.loads(output.strip().split("\n")[-1]))
            print(what, json.dumps(rows_of[-1]), flush=True)
    sizes = [row for row in found["exact"] if row["columns"] == 20]
    slope = np.polyfit(
        np.log([row["rows"] for row in sizes]), np.log([row["fit_s"] for row in sizes]), 1
    )[0]
    print(f"log-log slope of the exact fit from 1e3 to 1e6 rows at 20 columns: {slope:.2f}")
    with open(options.out, "w", encoding="utf-8") as file:
        json.dump(found | {"slope": round(float(slope), 3)}, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main()
