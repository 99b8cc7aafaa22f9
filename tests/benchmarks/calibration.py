"""Simulation-based calibration of the exact methods, family by family.

Coefficients are drawn from the prior and data from the model given them; each coefficient is
ranked among its draws from the posterior given the data. If the draws are right the ranks are
uniform. The log-likelihood of the data is ranked too, because it depends on the data: it sees
errors, such as a posterior that ignores the data, which no coefficient on its own can see.

Run from the root of the repository::

    python -m tests.benchmarks.calibration --simulations 1000 --plot calibration.png

It prints, for each method and family, the number of simulations, the smallest pointwise p-value of
the empirical distributions of ranks, times their number, the smallest that uniform ranks have in
99 % of cases, and so whether they lie in the simultaneous band.

References
----------
Talts, S., Betancourt, M., Simpson, D., Vehtari, A. and Gelman, A. (2018). Validating Bayesian
inference algorithms with simulation-based calibration. arXiv:1804.06788
Modrak, M., Moon, A. H., Kim, S., Buerkner, P., Huurre, N., Faltejskova, K., Gelman, A. and
Vehtari, A. (2023). Simulation-based calibration checking for Bayesian computation: the choice of
test quantities shapes sensitivity. doi:10.1214/23-BA1404
Saeilynoja, T., Buerkner, P.-C. and Vehtari, A. (2022). Graphical test for discrete uniformity and
its applications in goodness-of-fit evaluation. doi:10.1007/s11222-022-10090-6
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

import bayeslogit as bl
from bayeslogit.inference import METHODS, Method, Outcome
from bayeslogit.inference.methods.independence import Independence
from bayeslogit.numerics.ranks import band, limit, shares_below, smallest
from bayeslogit.response.base import class_counts
from bayeslogit.specification.bounded import truncated_prior
from bayeslogit.specification.density import LogDensity
from docs.images.small import save

DRAWS = 99  # nearly independent ones that a truth is ranked among
# Chains and draws of each chain. Draws of NUTS in its coordinates are nearly independent at once,
# and each of its chains tunes itself anew, so one short chain per simulation tests as much.
SHAPE = {"nuts": (1, 2 * DRAWS)}


def _predictors(rows: int, columns: int) -> np.ndarray:
    return np.random.default_rng(0).standard_normal((rows, columns))


def _bernoulli() -> LogDensity:
    priors = {"Intercept": bl.Normal(0, 2.5), "slopes": bl.Normal(0, 1)}
    return bl.logistic(_predictors(40, 3), np.arange(40) % 2, priors=priors).density


def _many() -> LogDensity:
    priors = {"Intercept": bl.Normal(0, 2.5), "slopes": bl.Normal(0, 1)}
    return bl.logistic(_predictors(40, 20), np.arange(40) % 2, priors=priors).density


def _heavy(freedom: float = 4.0) -> LogDensity:
    priors = {"Intercept": bl.Normal(0, 2.5), "slopes": bl.StudentT(freedom, 0, 1)}
    return bl.logistic(_predictors(40, 3), np.arange(40) % 2, priors=priors).density


def _cauchit() -> LogDensity:
    priors = {"Intercept": bl.Normal(0, 2), "slopes": bl.Normal(0, 2)}
    X = _predictors(40, 2)
    return bl.logistic(X, np.arange(40) % 2, priors=priors, link="cauchit").density


def _table(columns: int = 2) -> dict[str, np.ndarray]:
    X = _predictors(50, columns)
    return {f"x{j}": X[:, j] for j in range(columns)}


def _binomial() -> LogDensity:
    trials = 1 + np.arange(50) % 8
    table = {**_table(), "n": trials, "k": trials // 2}
    priors = {"Intercept": bl.Normal(0, 2.5), "slopes": bl.Normal(0, 1)}
    return bl.binomial("k ~ x0 + x1", table, trials="n", priors=priors).density


def _multinomial() -> LogDensity:
    table = {**_table(), "c": np.array(["a", "b", "c"])[np.arange(50) % 3]}
    priors = {"Intercept": bl.Normal(0, 2), "slopes": bl.Normal(0, 1)}
    return bl.multinomial("c ~ x0 + x1", table, priors=priors).density


def _ordinal(form: str = "cumulative") -> LogDensity:
    table = {**_table(), "c": np.arange(50) % 4}
    return bl.ordinal("c ~ x0 + x1", table, form=form, priors=bl.Normal(0, 1)).density


def _probit() -> LogDensity:
    priors = {"Intercept": bl.Normal(0, 1), "slopes": bl.Normal(0, 0.5)}
    X = _predictors(40, 3)
    return bl.logistic(X, np.arange(40) % 2, priors=priors, link="probit").density


def _bounded(link: str) -> LogDensity:
    # Trials of half the rows are few, so that the posterior is cut off in many data sets.
    trials = 1 + np.arange(40) % 5
    table = {"x0": _predictors(40, 1)[:, 0], "n": trials, "k": trials // 2}
    priors = {"Intercept": bl.Normal(-0.5, 1), "slopes": bl.Normal(0, 0.5)}
    if link == "identity":
        priors = {"Intercept": bl.Normal(0.5, 0.5), "slopes": bl.Normal(0, 0.3)}
    return bl.binomial("k ~ x0", table, trials="n", priors=priors, link=link).density


def _dispersed() -> LogDensity:
    trials = 1 + np.arange(50) % 8
    table = {**_table(), "n": trials, "k": trials // 2}
    priors = {"Intercept": bl.Normal(0, 2.5), "slopes": bl.Normal(0, 1)}
    return bl.binomial("k ~ x0 + x1", table, trials="n", priors=priors, dispersion="beta").density


def _matched(several: bool = False) -> LogDensity:
    # Sets of three with one case; or of four to eight, with one case to all but one.
    size = 4 + np.arange(20) % 5 if several else np.full(30, 3)
    cases = 1 + np.arange(len(size)) % (size - 1) if several else np.ones(len(size), dtype=int)
    place = np.concatenate([np.arange(n) for n in size])
    y = (place < np.repeat(cases, size)).astype(int)
    strata = np.repeat(np.arange(len(size)), size)
    return bl.logistic(_predictors(len(y), 3), y, strata=strata, priors=bl.Normal(0, 1)).density


def _choices() -> LogDensity:
    # Sets of three of four alternatives, one another each time.
    case, place = np.repeat(np.arange(40), 3), np.tile(np.arange(3), 40)
    X = _predictors(len(case), 2)
    table = {
        "case": case,
        "what": np.array(list("abcd"))[(case + place) % 4],
        "cost": X[:, 0],
        "income": X[case, 1],
        "chosen": (place == 0).astype(int),
    }
    return bl.choice(
        "chosen ~ cost | income", table, alternatives="what", case="case", priors=bl.Normal(0, 1)
    ).density


MODELS: dict[str, Callable[[], LogDensity]] = {
    "bernoulli": _bernoulli,
    "bernoulli, 21 coefficients": _many,
    "bernoulli, Student t priors": _heavy,
    "bernoulli, Cauchy priors": lambda: _heavy(1.0),
    "bernoulli, cauchit": _cauchit,
    "binomial": _binomial,
    "multinomial": _multinomial,
    "cumulative": _ordinal,
    "sequential": lambda: _ordinal("sequential"),
    "adjacent": lambda: _ordinal("adjacent"),
    "bernoulli, probit": _probit,
    "beta-binomial": _dispersed,
    "binomial, log": lambda: _bounded("log"),
    "binomial, identity": lambda: _bounded("identity"),
    "matched, one case": _matched,
    "matched, several cases": lambda: _matched(several=True),
    "choices": _choices,
}


def _tall(rows: int = 20_000) -> dict[str, np.ndarray]:
    X = _predictors(rows, 3)
    return {**{f"x{j}": X[:, j] for j in range(3)}, "c": np.arange(rows) % 3}


ROOM = "bayeslogit.inference"
# Whether rows were drawn, of each simulation; where too many would be needed, all are read.
DRAWN: list[bool] = []
# Tables for which rows are drawn, if that is forced.
TALL: dict[str, Callable[[], LogDensity]] = {
    "bernoulli, 5 000 rows": lambda: (
        bl.logistic(_predictors(5000, 3), np.arange(5000) % 2, priors=bl.Normal(0, 1)).density
    ),
    "multinomial, 20 000 rows": lambda: (
        bl.multinomial("c ~ x0 + x1 + x2", _tall(), priors=bl.Normal(0, 0.5)).density
    ),
    "cumulative, 20 000 rows": lambda: (
        bl.ordinal("c ~ x0 + x1 + x2", _tall(), priors=bl.Normal(0, 0.5)).density
    ),
}


class Subsampled(Independence):
    """Independence Metropolis-Hastings from some of the rows of tables that are not tall."""

    def run(self, density: LogDensity, **request: Any) -> Outcome:
        """Return draws for which rows were drawn."""
        with (
            patch.multiple(f"{ROOM}.subsample", _WORTHWHILE=0, _FEWEST=100, _MOST=0.6),
            patch(f"{ROOM}.methods.independence.series", lambda evaluate, *_: evaluate),
        ):
            outcome = super().run(density, **request)
        DRAWN.append("rows_read" in outcome.info)
        return outcome


def simulate(template: LogDensity, rng: np.random.Generator) -> tuple[np.ndarray, LogDensity]:
    """Return coefficients from the prior, (coefficients, 1), and a posterior given their data.

    Data in which a class never occurs are drawn anew with new coefficients: cumulative models do
    not take them, and to choose by the data leaves the posterior given the data as it is.
    """
    rows = template.likelihood
    classes = rows.counts.shape[1]
    trials = rows.counts.sum(axis=1).astype(np.int64)
    several = trials if rows.family.name in ("binomial", "beta_binomial") else None
    while True:
        if rows.family.bounded:
            theta = truncated_prior(template.prior, rows, rng, 1)
        else:
            theta = template.prior.sample(rng, 1)
        if rows.matched is not None:
            y = rows.matched.simulate(theta, rng)[:, 0]
        else:
            y = rows.family.simulate(rows.eta(theta), several, rng)[:, 0]
        counts = class_counts(y, classes, several)
        if classes == 2 or counts.sum(axis=0).all():
            data = replace(rows, counts=counts, constants=None)
            return theta, replace(template, likelihood=data)


def rank(draws: np.ndarray, truth: float, rng: np.random.Generator) -> int:
    """Return the rank of the truth among DRAWS of the draws, ties in random order."""
    thinned = draws[:: len(draws) // DRAWS][:DRAWS]
    below, equal = int((thinned < truth).sum()), int((thinned == truth).sum())
    return below + int(rng.integers(0, equal + 1))


def calibrate(method: Method, template: LogDensity, simulations: int, seed: int) -> np.ndarray:
    """Return ranks, (simulations, coefficients and the log-likelihood)."""
    rng = np.random.default_rng(seed)
    ranks = np.empty((simulations, template.size + 1), dtype=np.int64)
    chains, draws = SHAPE.get(method.name, (4, 1000))
    for i in range(simulations):
        theta, density = simulate(template, rng)
        outcome = method.run(density, draws=draws, chains=chains, rng=rng, progressbar=False)
        flat = outcome.draws.reshape(-1, density.size)
        for j in range(density.size):
            ranks[i, j] = rank(flat[:, j], theta[j, 0], rng)
        height = density.likelihood.value(flat.T)
        ranks[i, -1] = rank(height, density.likelihood.value(theta)[0], rng)
    return ranks


def plot(found: dict[tuple[str, str], np.ndarray], path: str) -> None:
    """Draw the difference of each empirical distribution of ranks from uniform, with the band."""
    from matplotlib.figure import Figure

    methods = list(dict.fromkeys(method for method, _ in found))
    models = list(dict.fromkeys(model for _, model in found))
    figure = Figure(figsize=(2.3 * len(methods), 1.25 * len(models)), layout="constrained")
    axes = figure.subplots(len(models), len(methods), squeeze=False, sharex=True, sharey=True)
    share = np.arange(1, DRAWS + 1) / (DRAWS + 1)
    for ax in axes.flat:
        ax.set_visible(False)
    for (method, model), ranks in found.items():
        ax = axes[models.index(model)][methods.index(method)]
        ax.set_visible(True)
        n = len(ranks)
        low, high = (bound - share for bound in band(n, DRAWS))
        ax.fill_between(share, low, high, color="0.85", linewidth=0)
        for j, column in enumerate(ranks.T):
            below = shares_below(column, DRAWS)
            last = j == ranks.shape[1] - 1
            ax.plot(share, below - share, color="C1" if last else "C0", lw=1.5 if last else 0.7)
        ax.set_title(f"{method}: {model}", fontsize=7, pad=2)
        ax.tick_params(labelsize=7)
    figure.supxlabel("rank of the truth (thick: the log-likelihood)", fontsize=9)
    figure.supylabel("share of simulations below, less uniform", fontsize=9)
    save(figure, path)


def judged(method: str, model: str, ranks: np.ndarray) -> dict[str, object]:
    """Return one row of the table."""
    # Several quantities are looked at, so each is held to its share of the 1 %.
    worst = float(smallest(ranks.T, DRAWS).min()) * ranks.shape[1]
    bound = limit(len(ranks), DRAWS)
    return {
        "method": method,
        "model": model,
        "simulations": len(ranks),
        "smallest_p": min(worst, 1.0),
        "limit": bound,
        "verdict": "in the band" if worst > bound else "outside the band",
    }


def main() -> None:
    """Run the calibration that the command line asks for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    exact = ["auto", "independence", "subsample", "hmc", "nuts", "gibbs", "quadrature"]
    parser.add_argument("--methods", nargs="+", default=exact)
    parser.add_argument("--models", nargs="+", default=list(MODELS), choices=list(MODELS))
    parser.add_argument("--simulations", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--plot", help="where to write the picture")
    parser.add_argument("--save", help="where to keep the ranks, as npz")
    parser.add_argument("--out", help="where to write the table of loaded ranks, as JSON")
    parser.add_argument("--load", nargs="+", default=[], help="kept ranks; nothing is simulated")
    arguments = parser.parse_args()
    found = {}
    for path in arguments.load:
        with np.load(path) as kept:
            found |= {tuple(key.split(": ")): kept[key] for key in kept.files}
    if found:
        rows = [judged(*key, ranks) for key, ranks in found.items()]
        for row in rows:
            print(json.dumps(row))
        if arguments.out:
            Path(arguments.out).write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
        if arguments.plot:
            plot(found, arguments.plot)
        return
    for name in arguments.methods:
        forced = name == "subsample"
        method = Subsampled() if forced else METHODS[name]()
        for model in TALL if forced else arguments.models:
            template = (TALL if forced else MODELS)[model]()
            if method.refuses(template) is not None:
                continue
            begin = time.perf_counter()
            ranks = calibrate(method, template, arguments.simulations, arguments.seed)
            row = judged(name, model, ranks)
            if forced:
                row["rows_drawn_in"] = f"{np.mean(DRAWN):.1%}"
                DRAWN.clear()
            print(json.dumps(row), f"{time.perf_counter() - begin:.0f} s", flush=True)
            found[name, model] = ranks
            if arguments.save:
                np.savez(arguments.save, **{": ".join(key): kept for key, kept in found.items()})
    if arguments.plot:
        plot(found, arguments.plot)


if __name__ == "__main__":
    main()
