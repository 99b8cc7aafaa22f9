"""Posteriors with several modes and heavy tails: what the default method makes of 300 of them.

Random problems with one or two coefficients of interest: the cauchit link with outliers, Student t
and Cauchy priors of scale 1e-3 to 10, beta-binomial counts at the boundary, and slopes that differ
between the boundaries of an ordinal outcome. The truth is a fine grid of this file's own, with
its own likelihoods: nothing of it is shared with the package.

A fit fails where its mean is off by more than 0.2 posterior sd or its sd by more than 15 % (median
and interquartile range where moments do not exist, or rest on the last decade of the grid). It
fails silently if no severe problem says so.

Run from the root of the repository::

    python -m tests.benchmarks.nonconcave --problems 300
"""

from __future__ import annotations

import argparse
import json
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy import special, stats

import bayeslogit as bl

RESULTS = Path(__file__).parent / "results" / "nonconcave.json"
REFERENCES = Path(__file__).parents[1] / "references" / "nonconcave.json"
# The problems that the tests fit, and the outliers of two that people met.
KINDS = ("outliers", "priors", "boundary", "partial")
SAMPLE, PLACES = tuple(k for k in range(24) if k not in (5, 11, 23)), (100.0, 1000.0)
Density = Callable[[np.ndarray], np.ndarray]

# Offsets from a center at which the first grid has nodes: closer than a quarter of the distance.
_AWAY = np.concatenate([[0.0], np.geomspace(1e-5, 1e4, 100)])
_FINE = 500


@dataclass(frozen=True)
class Problem:
    """One posterior: the model, the model of the same size that is log-concave, and the truth's.

    ``names`` are the coefficients that ``log_density`` takes, in its order.
    """

    kind: str
    model: bl.Model
    concave: bl.Model
    names: tuple[str, ...]
    log_density: Density
    centers: tuple[tuple[float, ...], ...]


def log_prob(eta: np.ndarray, link: str) -> np.ndarray:
    """Return the log probability of an event."""
    if link == "logit":
        return -np.logaddexp(0.0, -eta)
    if link == "probit":
        return np.asarray(special.log_ndtr(eta))
    # The lower tail by the arc tangent of the reciprocal, which keeps its digits.
    return np.log(np.arctan2(1.0, -eta) / np.pi)


def prior_of(rng: np.random.Generator, heavy: bool) -> tuple[Any, Any, float]:
    """Return a random prior, the same in scipy, and its center."""
    if not heavy:
        scale = float(rng.choice([1.0, 2.5, 5.0, 10.0]))
        return bl.Normal(0, scale), stats.norm(0, scale), 0.0
    scale = float(10.0 ** rng.uniform(-3.0, 1.0))
    center = float(rng.choice([0.0, 0.0, rng.normal(0.0, 2.0)]))
    if rng.random() < 0.5:
        return bl.Cauchy(center, scale), stats.cauchy(center, scale), center
    return bl.StudentT(1, center, scale), stats.t(1, center, scale), center


def regression(rng: np.random.Generator, kind: str) -> Problem:
    """Return a yes/no outcome with outliers or heavy-tailed priors; one or two coefficients."""
    rows, two = int(rng.integers(8, 60)), bool(rng.random() < 0.6)
    x = rng.normal(size=rows)
    slope, start = rng.normal(0.0, 2.0), rng.normal(0.0, 1.0) * two
    link = "cauchit" if kind == "outliers" else str(rng.choice(["logit", "probit", "cauchit"]))
    prob = np.exp(log_prob(start + slope * x, link))
    y = (rng.random(rows) < prob).astype(int)
    if kind == "outliers":
        count = int(rng.integers(1, 6))
        x[:count] = 10.0 ** rng.uniform(1.0, 3.5) * rng.choice([-1.0, 1.0])
        y[:count] = int(slope * x[0] < 0.0)
    y[:2] = [0, 1]
    slope_prior = prior_of(rng, kind == "priors")
    start_prior = prior_of(rng, kind == "priors" and rng.random() < 0.5)
    signs = np.where(y == 1, 1.0, -1.0)

    def log_density(theta: np.ndarray) -> np.ndarray:
        intercept = theta[0] if two else np.zeros(theta.shape[1])
        eta = intercept + np.outer(x, theta[-1])
        value = log_prob(signs[:, None] * eta, link).sum(axis=0)
        value = value + slope_prior[1].logpdf(theta[-1])
        return value + start_prior[1].logpdf(theta[0]) if two else value

    formula = "y ~ x" if two else "y ~ x - 1"
    priors = {"x": slope_prior[0]} | ({"Intercept": start_prior[0]} if two else {})
    names = ("Intercept", "x") if two else ("x",)
    return Problem(
        kind,
        bl.logistic(formula, {"x": x, "y": y}, link=link, priors=priors),
        bl.logistic(formula, {"x": x, "y": y}, priors={n: bl.Normal(0, 2.5) for n in names}),
        names,
        log_density,
        ((0.0, start_prior[2]), (0.0, slope_prior[2]))[-len(names) :],
    )


def boundary(rng: np.random.Generator) -> Problem:
    """Return beta-binomial counts, many of them none or all."""
    rows = int(rng.integers(3, 25))
    trials = rng.integers(1, 30, rows)
    share = rng.beta(*(10.0 ** rng.uniform(-1.5, 1.0, 2)), size=rows)
    events = rng.binomial(trials, share)
    if rng.random() < 0.4:
        events = np.where(rng.random(rows) < 0.9, 0, events)
    start = prior_of(rng, bool(rng.random() < 0.3))
    spread = (bl.Normal(3, 2), stats.norm(3, 2), 3.0)
    if rng.random() < 0.3:
        spread = (bl.StudentT(3, 0, 3), stats.t(3, 0, 3), 0.0)

    def log_density(theta: np.ndarray) -> np.ndarray:
        log_p, log_q = log_prob(theta[0], "logit"), log_prob(-theta[0], "logit")
        precision = np.exp(theta[1])
        a, b = np.exp(log_p + theta[1]), np.exp(log_q + theta[1])
        value = start[1].logpdf(theta[0]) + spread[1].logpdf(theta[1])
        for k, n in zip(events, trials, strict=True):
            # Rising factorials as sums of logarithms: no difference of large gamma functions.
            for j in range(k):
                value = value + np.log(a + j)
            for j in range(n - k):
                value = value + np.log(b + j)
            for j in range(n):
                value = value - np.log(precision + j)
            value = value + special.gammaln(n + 1) - special.gammaln(k + 1)
            value = value - special.gammaln(n - k + 1)
        return np.asarray(value)

    table = {"k": events, "n": trials}
    priors = {"Intercept": start[0], "log_precision": spread[0]}
    plain = {"Intercept": bl.Normal(0, 2.5), "x": bl.Normal(0, 2.5)}
    return Problem(
        "boundary",
        bl.binomial("k ~ 1", table, trials="n", dispersion="beta", priors=priors),
        bl.binomial("k ~ x", table | {"x": rng.normal(size=rows)}, trials="n", priors=plain),
        ("Intercept", "log_precision"),
        log_density,
        ((0.0, start[2]), (0.0, spread[2])),
    )


def partial(rng: np.random.Generator) -> Problem:
    """Return an ordinal outcome whose slope may differ between its two boundaries."""
    rows = int(rng.integers(15, 50))
    x = rng.normal(size=rows)
    link = str(rng.choice(["cauchit", "logit"]))
    y = rng.integers(0, 3, rows)
    far = x > 0.0
    y[far] = np.clip(y[far] + rng.integers(0, 2, far.sum()), 0, 2)
    y[:3] = [0, 1, 2]
    if link == "cauchit":
        x[:2] = 10.0 ** rng.uniform(1.0, 2.5)
    slope, more = prior_of(rng, True), prior_of(rng, True)
    cut = stats.norm(0, 2.5)
    cuts = cut.ppf((np.arange(400) + 0.5) / 400)

    def margin(b: np.ndarray, stage: int) -> np.ndarray:
        """Return the log likelihood of one stage, with its cutpoint integrated out."""
        use = y >= stage
        signs = np.where(y[use] == stage, 1.0, -1.0)[:, None, None]
        parts = []
        for block in np.array_split(b, max(1, b.size // 200)):
            eta = cuts[:, None] - np.multiply.outer(x[use], block)[:, None, :]
            parts.append(special.logsumexp(log_prob(signs * eta, link).sum(axis=0), axis=0))
        return np.concatenate(parts) - np.log(cuts.size)

    table = np.concatenate([-_AWAY[:0:-1], _AWAY])
    table = np.sort(np.concatenate([table, np.linspace(-40, 40, 4001)]))
    known = [margin(table, stage) for stage in (0, 1)]

    def log_density(theta: np.ndarray) -> np.ndarray:
        first = np.interp(theta[0], table, known[0])
        second = np.interp(theta[0] + theta[1], table, known[1])
        return np.asarray(first + second + slope[1].logpdf(theta[0]) + more[1].logpdf(theta[1]))

    data = {"x": x, "y": np.array(list("abc"))[y]}
    options: dict[str, Any] = {"levels": list("abc"), "form": "sequential", "partial": ["x"]}
    priors = {"cutpoints": bl.Normal(0, 2.5), "x": slope[0], "b|c: x": more[0]}
    plain = {"cutpoints": bl.Normal(0, 2.5), "x": bl.Normal(0, 2.5), "b|c: x": bl.Normal(0, 2.5)}
    return Problem(
        "partial",
        bl.ordinal("y ~ x", data, link=link, priors=priors, **options),
        bl.ordinal("y ~ x", data, priors=plain, **options),
        ("x", "b|c: x"),
        log_density,
        ((0.0, slope[2]), (0.0, more[2])),
    )


def outliers_at(place: float) -> Problem:
    """Return 28 rows with a steep slope, two of them turned, and three outliers against it."""
    x = np.append(np.repeat([-1.0, 1.0], 14), [place] * 3)
    y = np.append(np.repeat([0, 1], 14), [0] * 3)
    y[[0, 27]] = 1, 0
    signs = np.where(y == 1, 1.0, -1.0)

    def log_density(theta: np.ndarray) -> np.ndarray:
        eta = theta[0] + np.outer(x, theta[1])
        value = log_prob(signs[:, None] * eta, "cauchit").sum(axis=0)
        return np.asarray(
            value + stats.norm(0, 3).logpdf(theta[0]) + stats.norm(0, 5).logpdf(theta[1])
        )

    table = {"x": x, "y": y}
    priors = {"Intercept": bl.Normal(0, 3), "x": bl.Normal(0, 5)}
    return Problem(
        "outliers",
        bl.logistic("y ~ x", table, link="cauchit", priors=priors),
        bl.logistic("y ~ x", table, priors=priors),
        ("Intercept", "x"),
        log_density,
        ((0.0, 0.0), (0.0, 0.0)),
    )


def problem(index: int) -> Problem:
    """Return one of the problems, the same for the same index."""
    rng = np.random.default_rng([2026, index])
    kind = ("outliers", "priors", "outliers", "priors", "boundary", "partial")[index % 6]
    if kind == "boundary":
        return boundary(rng)
    return partial(rng) if kind == "partial" else regression(rng, kind)


# ---- the truth ------------------------------------------------------------------------------


def _on(axes: list[np.ndarray], log_density: Density) -> np.ndarray:
    """Return the log density on the product of nodes along each axis."""
    grid = np.stack([g.ravel() for g in np.meshgrid(*axes, indexing="ij")])
    with np.errstate(all="ignore"):
        parts = [
            log_density(part)
            for part in np.array_split(grid, max(1, grid.shape[1] // 20000), axis=1)
        ]
    value = np.concatenate(parts).reshape([a.size for a in axes])
    return np.where(np.isnan(value), -np.inf, value)


def _lengths(nodes: np.ndarray) -> np.ndarray:
    """Return the weights of the trapezoidal rule."""
    gaps = np.diff(nodes)
    return 0.5 * (np.append(gaps, 0.0) + np.append(0.0, gaps))


def truth(given: Problem) -> list[dict[str, Any]]:
    """Return for each coefficient mean, sd, median, quartiles, and whether moments can be judged.

    The first grid has nodes around the centers of the priors at all orders of magnitude; the
    next ones have theirs where the marginal mass and the second moments are.
    """
    size = len(given.names)
    axes = []
    for centers in given.centers:
        nodes = [c + s * _AWAY for c in {*centers, 0.0} for s in (-1.0, 1.0)]
        axes.append(np.unique(np.concatenate([*nodes, np.linspace(-6, 6, 121)])))
    first_nodes = axes
    for turn in range(3):
        value = _on(axes, given.log_density)
        mass = np.exp(value - value.max())
        if size == 1:
            margins = [mass * _lengths(axes[0])]
        else:
            first, second = map(_lengths, axes)
            margins = [(mass @ second) * first, (first @ mass) * second]
        if turn == 2:
            break
        finer = [_refined(a, m) for a, m in zip(axes, margins, strict=True)]
        # The first nodes stay, so that no gap is wide for where it is.
        axes = [np.union1d(a, b) for a, b in zip(first_nodes, finer, strict=True)]
    return [_figures(a, m / m.sum()) for a, m in zip(axes, margins, strict=True)]


def _refined(nodes: np.ndarray, margin: np.ndarray) -> np.ndarray:
    """Return nodes of which each stands for the same part of mass, or of the second moment."""
    share = margin / margin.sum()
    middle = nodes[int(np.searchsorted(np.cumsum(share), 0.5))]
    far = share * (nodes - middle) ** 2
    density = 0.6 * share + 0.3 * far / max(far.sum(), 1e-300) + 0.1 / nodes.size
    cumulative = np.concatenate([[0.0], np.cumsum(density)])
    edges = np.concatenate([[nodes[0]], 0.5 * (nodes[1:] + nodes[:-1]), [nodes[-1]]])
    wanted = np.linspace(0.0, cumulative[-1], _FINE)
    return np.unique(np.concatenate([np.interp(wanted, cumulative, edges), [middle]]))


def _figures(nodes: np.ndarray, share: np.ndarray) -> dict[str, Any]:
    mean = float(nodes @ share)
    second = (nodes - mean) ** 2 * share
    sd = float(np.sqrt(second.sum()))
    cumulative = np.cumsum(share) - 0.5 * share
    quartiles = np.interp([0.25, 0.5, 0.75], cumulative, nodes)
    scale = max(float(quartiles[2] - quartiles[0]), 1e-300)
    away = np.abs(nodes - quartiles[1])
    far = away > min(1e3 * scale, 0.1 * float(away.max()))
    judged = float(second[far].sum()) < 0.02 * float(second.sum())
    return {
        "mean": mean,
        "sd": sd,
        "quartiles": quartiles.tolist(),
        "moments": judged,
        "above a quarter": float(share[nodes > 0.25].sum()),
    }


# ---- the fits -------------------------------------------------------------------------------


def judge(fit: bl.Fit, given: Problem, figures: list[dict[str, Any]]) -> dict[str, Any]:
    """Return how far a fit is from the truth, and what it says."""
    worst = 0.0
    flat = fit.outcome.draws.reshape(-1, len(fit.model.layout.names))
    for name, exact in zip(given.names, figures, strict=True):
        draws = flat[:, list(fit.model.layout.names).index(name)]
        if exact["moments"]:
            center, spread = float(draws.mean()), float(draws.std())
            at, width = exact["mean"], exact["sd"]
        else:
            low, center, high = np.quantile(draws, [0.25, 0.5, 0.75])
            first, at, last = exact["quartiles"]
            spread, width = float(high - low), last - first
        worst = max(worst, abs(center - at) / (0.2 * width), abs(spread / width - 1.0) / 0.15)
    severe = [p.code for p in fit.problems if p.severity == "severe"]
    return {"off": worst, "failed": worst > 1.0, "severe": severe}


def seconds(model: bl.Model, seed: int) -> tuple[bl.Fit, float]:
    """Return a fit, and the processor seconds it took: nothing is known from an earlier one."""
    best = np.inf
    for _ in range(3):
        fresh = replace(model)
        begin = time.process_time()
        fit = fresh.fit(random_seed=seed, progressbar=False)
        best = min(best, time.process_time() - begin)
    return fit, best


def run(index: int) -> dict[str, Any]:
    """Return the verdict on one problem."""
    given = problem(index)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit, taken = seconds(given.model, index)
        _, plain = seconds(given.concave, index)
    row: dict[str, Any] = {
        "index": index,
        "kind": given.kind,
        "coefficients": fit.model.density.size,
    }
    row |= judge(fit, given, truth(given))
    row |= {"route": fit.outcome.info["route"], "modes": fit.outcome.info.get("modes", 1)}
    return row | {"seconds": taken, "concave_seconds": plain}


def figures(kind: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the figures of one kind of problem, or of all."""
    return {
        "kind": kind,
        "problems": len(rows),
        "several modes": sum(r["modes"] > 1 for r in rows),
        "failed silently": sum(r["failed"] and not r["severe"] for r in rows),
        "failed and said": sum(bool(r["severe"]) for r in rows),
        "median ms": 1e3 * float(np.median([r["seconds"] for r in rows])),
        "times": float(np.median([r["seconds"] / r["concave_seconds"] for r in rows])),
    }


def write_references() -> None:
    """Keep the truths of the problems that the tests fit."""
    found = {str(index): truth(problem(index)) for index in SAMPLE}
    found |= {f"at {place:g}": truth(outliers_at(place)) for place in PLACES}
    REFERENCES.write_text(json.dumps(found, indent=1) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--problems", type=int, default=300)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--write", action="store_true", help="keep the results for the docs")
    parser.add_argument("--references", action="store_true", help="only the truths for the tests")
    options = parser.parse_args()
    if options.references:
        return write_references()
    rows = []
    for index in range(options.first, options.first + options.problems):
        rows.append(run(index))
        print(json.dumps(rows[-1]), flush=True)
    kinds = [figures(kind, [r for r in rows if r["kind"] == kind]) for kind in KINDS]
    kinds.append(figures("all", rows))
    print(json.dumps(kinds))
    if options.write:
        RESULTS.write_text(json.dumps({"kinds": kinds, "rows": rows}, indent=1) + "\n")
    return None


if __name__ == "__main__":
    main()
