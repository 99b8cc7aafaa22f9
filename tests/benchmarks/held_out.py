"""Out-of-sample figures of forecasts beside brute force, and beside fresh rows.

Of nine models each pair of an event and another case (small tables), or each fold of ten, five
times over (larger ones), is really left out: the model is fitted again without it, and figures
compare forecasts of one and the same fit. Forecasts of pairs are posterior means by quadrature, or
by importance sampling with evenly spread points: draws would be off by much the same for all pairs,
and the slope of forecasts that hardly differ is a ratio of two small numbers. Then the AUC of forty
simulated studies of 600 rows is compared with that of 40 000 fresh rows.

Run from the root of the repository::

    python -m tests.benchmarks.held_out --out tests/benchmarks/results/held_out.json
"""

from __future__ import annotations

import argparse
import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats
from scipy.special import expit, logit
from scipy.stats import qmc, rankdata

import bayeslogit as bl
from bayeslogit.inference.mode import find_mode, gaussian_at

CUTOFF, REPEATS, FOLDS, STUDIES = 0.5, 5, 10, 40
FIT = {"draws": 500, "chains": 2, "progressbar": False}
# Nodes along each of two coefficients; for more, points of the importance samples (a power of two)
# and the degrees of freedom that they come from.
NODES, POINTS, DEGREES = 60, 1 << 16, 8.0


def simulated(rows: int, slopes: list[float], seed: int, *, start: float = 0.0) -> pd.DataFrame:
    """Return a table of independent predictors a, b, ... and an outcome y."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, len(slopes)))
    table = pd.DataFrame(dict(zip("abcdefgh", x.T, strict=False)))
    table["y"] = (rng.random(rows) < expit(start + x @ np.array(slopes))).astype(int)
    return table


def factors(rows: int, seed: int) -> pd.DataFrame:
    """Return a table of two factors and an outcome y."""
    rng = np.random.default_rng(seed)
    sex, grade = rng.integers(0, 2, rows), rng.integers(0, 3, rows)
    y = rng.random(rows) < expit(-1.0 + 2.0 * sex - 0.8 * grade)
    names = {"sex": np.array(["m", "f"])[sex], "grade": np.array(list("uvw"))[grade]}
    return pd.DataFrame(names | {"y": y.astype(int)})


def models() -> dict[str, tuple[str, pd.DataFrame]]:
    """Return the models: a formula and a table of each."""
    treated = {"treated": [1] * 100 + [0] * 100, "y": [1] * 60 + [0] * 40 + [1] * 40 + [0] * 60}
    exam = bl.load_dataset("exam").rename(columns={"passed": "y"})
    return {
        "intercept only, 30 rows": ("y ~ 1", simulated(30, [0.0], 1, start=-0.5)),
        "one factor, 200 rows": ("y ~ treated", pd.DataFrame(treated)),
        "saturated, 80 rows": ("y ~ sex * grade", factors(80, 2)),
        "noise, 40 rows": ("y ~ a", simulated(40, [0.0], 3)),
        "exam, 20 rows": ("y ~ hours", exam),
        "two numbers, 36 rows": ("y ~ a + b", simulated(36, [1.0, 0.5], 4)),
        "two factors, 1 280 rows": ("y ~ sex + grade", factors(1280, 5)),
        "three numbers, 600 rows": ("y ~ a + b + c", simulated(600, [1.0, 0.5, 0.0], 6)),
        "eight numbers, 500 rows": (
            "y ~ a + b + c + d + e + f + g + h",
            simulated(500, [0.8, -0.5, 0.3] + [0.0] * 5, 7, start=-1.0),
        ),
    }  # fmt: skip


def forecasts(formula: str, kept: pd.DataFrame, left: pd.DataFrame, seed: int) -> np.ndarray:
    """Return forecasts of rows by a fit to others, (rows,)."""
    fit = bl.logistic(formula, kept, event=1).fit(random_seed=seed, **FIT)
    return fit.predict(left)["mean"].to_numpy()


def spread(size: int) -> tuple[np.ndarray, np.ndarray]:
    """Return points that integrate over a posterior, and how dense they are, in nats.

    The nodes of Gauss and Legendre for up to two coefficients, else evenly spread points of a
    standard t distribution.
    """
    if size <= 2:
        nodes, weights = np.polynomial.legendre.leggauss(NODES)
        z = np.stack([g.ravel() for g in np.meshgrid(*[8.0 * nodes] * size)])
        return z, -sum(np.log(g.ravel()) for g in np.meshgrid(*[weights] * size))
    uniform = qmc.Sobol(size + 1, seed=1).random(POINTS).T
    gaussian, square = stats.norm.ppf(uniform[:size]), stats.chi2.ppf(uniform[size], DEGREES)
    z = gaussian * np.sqrt(DEGREES / square)
    far = (z**2).sum(axis=0) / DEGREES
    return z, -0.5 * (DEGREES + size) * np.log1p(far)


def means(
    formula: str, kept: pd.DataFrame, X: np.ndarray, points: tuple[np.ndarray, np.ndarray]
) -> np.ndarray:
    """Return posterior means of the probabilities of rows, by a fit to others, (rows,)."""
    density = bl.logistic(formula, kept, event=1).density
    peak = gaussian_at(find_mode(density))
    z, log_density = points
    theta = peak.mean[:, None] + peak.cholesky @ z
    log_weights = density.value(theta) - log_density
    weights = np.exp(log_weights - log_weights.max())
    return expit(X @ theta) @ (weights / weights.sum())


def pairs(formula: str, table: pd.DataFrame) -> list[tuple[np.ndarray, np.ndarray, float]]:
    """Return forecasts and outcomes of each pair left out, and how many such pairs there are."""
    sides = [table[table["y"] == y].groupby(list(table.columns), sort=False) for y in (1, 0)]
    like = [[(rows.index[0], len(rows)) for _, rows in side] for side in sides]
    X = bl.logistic(formula, table, event=1).density.likelihood.X
    points, found = spread(X.shape[1]), []
    for event, times in like[0]:
        for other, more in like[1]:
            left = [event, other]
            prob = means(formula, table.drop(left), X[table.index.get_indexer(left)], points)
            found.append((prob, np.array([1, 0]), float(times * more)))
    return found


def folds(formula: str, table: pd.DataFrame) -> list[tuple[np.ndarray, np.ndarray, float]]:
    """Return forecasts and outcomes of each fold left out, of all repeats."""
    rng, found = np.random.default_rng(1), []
    y = table["y"].to_numpy()
    for _ in range(REPEATS):
        fold = np.empty(len(y), dtype=int)
        for code in (0, 1):  # classes are spread evenly
            rows = rng.permutation(np.flatnonzero(y == code))
            fold[rows] = np.arange(len(rows)) % FOLDS
        for k in range(FOLDS):
            out = fold == k
            found.append((forecasts(formula, table[~out], table[out], 1), y[out], 1.0))
    return found


def slope(prob: np.ndarray, y: np.ndarray, weights: np.ndarray) -> float | None:
    """Return the slope of the outcome on the log-odds of forecasts, by maximum likelihood."""
    eta = logit(np.clip(prob, 1e-12, 1 - 1e-12))
    design, theta = np.column_stack([np.ones_like(eta), eta]), np.zeros(2)
    if np.ptp(eta) < 1e-6:
        return None  # forecasts that do not differ have no slope
    for _ in range(50):
        p = expit(design @ theta)
        weighted = (weights * p * (1 - p))[:, None] * design
        theta = theta + np.linalg.solve(design.T @ weighted, design.T @ (weights * (y - p)))
    return float(theta[1])


def brute(left: list[tuple[np.ndarray, np.ndarray, float]], events: float = 0.5) -> dict[str, Any]:
    """Return figures of forecasts of cases that were left out, a share of them events."""
    won = compared = 0.0
    for prob, y, times in left:
        rank = rankdata(np.round(prob, 9))
        yes, no = y.sum(), len(y) - y.sum()
        won += times * (rank[y == 1].sum() - yes * (yes + 1) / 2)
        compared += times * yes * no
    prob, y = (np.concatenate([part[k] for part in left]) for k in (0, 1))
    weights = np.concatenate([np.full(len(part[1]), part[2]) for part in left])
    share = {c: weights[y == c].sum() for c in (0, 1)}
    # Pairs hold an event each; a line is drawn through as many events as the table has.
    weights = weights * np.where(y == 1, events / share[1], (1.0 - events) / share[0])
    share = {1: events, 0: 1.0 - events}
    return {"auc": won / compared, "slope": slope(prob, y, weights)} | {
        name: float(weights[(y == c) & (prob > CUTOFF)].sum() / share[c])
        for name, c in (("sensitivity", 1), ("false alarms", 0))
    }


def ours(formula: str, table: pd.DataFrame) -> dict[str, float]:
    """Return the same figures as the package gives them."""
    fit = bl.logistic(formula, table, event=1).fit(random_seed=1, progressbar=False)
    cut = fit.confusion(cutoff=CUTOFF, progressbar=False)["estimate"]
    scores = fit.calibration(progressbar=False).scores["corrected"]
    return {
        "auc": float(fit.auc(progressbar=False)["estimate"]["auc"]),
        "slope": float(scores["calibration_slope"]),
        "sensitivity": float(cut["sensitivity"]),
        "false alarms": 1.0 - float(cut["specificity"]),
    }


def row(name: str) -> dict[str, Any]:
    """Return the figures of one model, ours and by brute force, and net benefits."""
    formula, table = models()[name]
    by_pairs = len(table.drop_duplicates()) <= 40
    share = float(table["y"].mean())
    left = (pairs if by_pairs else folds)(formula, table)
    found, exact = ours(formula, table), brute(left, share)
    result: dict[str, Any] = {"model": name, "left out": "pairs" if by_pairs else "folds"}
    for key in ("auc", "slope"):
        result |= {key: found[key], f"{key}, brute force": exact[key]}
    # At a cut-off of one half a false alarm costs as much as an event is worth.
    for words, figures in (("net benefit", found), ("net benefit, brute force", exact)):
        result[words] = share * figures["sensitivity"] - (1.0 - share) * figures["false alarms"]
    for key in ("sensitivity", "false alarms"):
        result |= {key: found[key], f"{key}, brute force": exact[key]}
    return result


def study(seed: int) -> dict[str, float]:
    """Return the AUC of a study of 600 rows, its interval, and the AUC of fresh rows."""
    slopes = [0.5, -0.3, 0.2, *[0.0] * 5]
    table, fresh = simulated(600, slopes, 100 + seed), simulated(40_000, slopes, 900 + seed)
    fit = bl.logistic(f"y ~ {' + '.join('abcdefgh')}", table).fit(random_seed=seed, **FIT)
    found = fit.auc(progressbar=False).loc["auc"]
    prob = fit.predict(fresh)["mean"].to_numpy()
    known = brute([(prob, fresh["y"].to_numpy(), 1.0)])["auc"]
    low, high = (float(found[name]) for name in ("eti89_lb", "eti89_ub"))
    return {
        "in sample": float(found["in_sample"]), "corrected": float(found["estimate"]),
        "lower": low, "upper": high, "fresh rows": known, "inside": float(low <= known <= high),
    }  # fmt: skip


def main() -> None:
    """Run and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    rows = [row(name) for name in models()]
    studies = [study(seed) for seed in range(STUDIES)]
    mean = {key: float(np.mean([s[key] for s in studies])) for key in studies[0]}
    text = json.dumps({"models": rows, "studies": [{"studies": STUDIES} | mean]}, indent=1)
    print(text)
    if arguments.out:
        arguments.out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
