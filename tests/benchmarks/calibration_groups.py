"""Simulation-based calibration of models with group-level terms, family by family.

Coefficients, standard deviations, correlations and effects are drawn from the prior and data from
the model given them; coefficients, standard deviations, correlations, the first effects of each
grouping and the log-likelihood are ranked as in :mod:`tests.benchmarks.calibration`.

Run from the root of the repository; runs of several seeds are added up::

    python -m tests.benchmarks.calibration_groups --simulations 100 --seed 1 --save one.npz
    python -m tests.benchmarks.calibration_groups --load one.npz two.npz --out table.json
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

import bayeslogit as bl
from bayeslogit.inference import METHODS, Method
from bayeslogit.response.base import class_counts
from bayeslogit.specification.grouped import GroupedDensity
from tests.benchmarks.calibration import judged, rank

GROUPS, ROWS, OTHERS = 12, 96, 6
# Effects of each grouping that are ranked.
EFFECTS = 2
# Chains and draws of each chain: enough for 99 that are nearly independent.
SHAPE = (4, 250)


def _table() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    y = np.arange(ROWS) % 4
    return {
        "y": y % 2,
        "k": y,
        "n": 4 + np.arange(ROWS) % 3,
        "c": np.array(list("abc"))[np.arange(ROWS) % 3],
        "x": rng.standard_normal(ROWS),
        "g": np.repeat(np.arange(GROUPS), ROWS // GROUPS),
        "h": rng.permutation(np.arange(ROWS) % OTHERS),
    }


def _priors(*terms: str, **coefficients: object) -> dict[str, object]:
    return {**coefficients, **{term: bl.HalfNormal(1.0) for term in terms}}


WIDE = {"Intercept": bl.Normal(0, 1.5), "slopes": bl.Normal(0, 1)}
ORDERED = {"cutpoints": bl.Normal(0, 1.5), "slopes": bl.Normal(0, 1)}


def _logistic(formula: str, *terms: str, link: str = "logit") -> bl.Model:
    return bl.logistic(formula, _table(), link=link, priors=_priors(*terms, **WIDE))


def _binomial(dispersion: str | None = None) -> bl.Model:
    priors = _priors("g", **WIDE)
    return bl.binomial(
        "k ~ x + (1 | g)", _table(), trials="n", priors=priors, dispersion=dispersion
    )


def _ordinal(form: str) -> bl.Model:
    return bl.ordinal("k ~ x + (1 | g)", _table(), form=form, priors=_priors("g", **ORDERED))


MODELS: dict[str, Callable[[], bl.Model]] = {
    "bernoulli, slopes": lambda: _logistic("y ~ x + (1 + x | g)", "g"),
    "bernoulli, crossed": lambda: _logistic("y ~ x + (1 | g) + (1 | h)", "g", "h"),
    "bernoulli, probit": lambda: _logistic("y ~ x + (1 | g)", "g", link="probit"),
    "binomial": _binomial,
    "beta-binomial": lambda: _binomial("beta"),
    "multinomial": lambda: bl.multinomial("c ~ x + (1 | g)", _table(), priors=_priors("g", **WIDE)),
    "cumulative": lambda: _ordinal("cumulative"),
    "sequential": lambda: _ordinal("sequential"),
    "adjacent": lambda: _ordinal("adjacent"),
}


def log_likelihood(
    density: GroupedDensity, theta: np.ndarray, effects: list[np.ndarray]
) -> np.ndarray:
    """Return the log-likelihood, (columns,), from effects (effects, levels, columns) by block."""
    eta = density.base.likelihood.eta(theta)
    for block, u in zip(density.blocks, effects, strict=True):
        block.add(eta, list(u))
    return density.family.log_likelihood(eta, density.counts)


def simulate(
    template: GroupedDensity, rng: np.random.Generator
) -> tuple[np.ndarray, GroupedDensity]:
    """Return a reading of the truth, (quantities,), and a posterior given its data.

    Data in which a class never occurs are drawn anew with a new truth.
    """
    rows = template.base.likelihood
    classes = rows.counts.shape[1]
    trials = rows.counts.sum(axis=1).astype(np.int64)
    several = trials if rows.family.name in ("binomial", "beta_binomial") else None
    while True:
        theta = template.prior.sample(rng, 1)
        eta, truth = rows.eta(theta), [theta[:, 0]]
        for block in template.blocks:
            sd, partial = block.covariance.sample(rng, 1)
            factor = block.covariance.factor(sd, partial)[:, :, 0]
            u = factor @ rng.standard_normal((block.effects, block.levels))
            block.add(eta, list(u[:, :, None]))
            correlations = block.covariance.correlations(sd, partial)
            pairs = np.tril_indices(block.effects, -1)
            truth += [sd[:, 0], correlations[pairs][:, 0], u.ravel()]
        y = rows.family.simulate(eta, several, rng)[:, 0]
        counts = class_counts(y, classes, several)
        if classes == 2 or counts.sum(axis=0).all():
            base = replace(template.base, likelihood=replace(rows, counts=counts, constants=None))
            return np.concatenate(truth), replace(template, base=base)


def places(density: GroupedDensity) -> tuple[np.ndarray, list[np.ndarray]]:
    """Return the places in a reading that are ranked, and those of the effects of each block."""
    at, ranked, effects = density.size, [np.arange(density.size)], []
    for block in density.blocks:
        scales = block.effects + block.covariance.partials
        ranked.append(np.arange(at, at + scales))
        at += scales
        own = np.arange(at, at + block.effects * block.levels)
        effects.append(own.reshape(block.effects, block.levels))
        ranked.append(own.reshape(block.effects, block.levels)[:, :EFFECTS].ravel())
        at += own.size
    return np.concatenate(ranked), effects


def calibrate(method: Method, template: GroupedDensity, simulations: int, seed: int) -> np.ndarray:
    """Return ranks, (simulations, quantities and the log-likelihood)."""
    rng = np.random.default_rng(seed)
    ranked, effects = places(template)
    ranks = np.empty((simulations, ranked.size + 1), dtype=np.int64)
    chains, draws = SHAPE
    for i in range(simulations):
        truth, density = simulate(template, rng)
        outcome = method.run_grouped(
            density, draws=draws, chains=chains, rng=rng, progressbar=False
        )
        flat = outcome.draws.reshape(chains * draws, -1).T
        both = np.column_stack([truth, flat])
        for k, place in enumerate(ranked):
            ranks[i, k] = rank(flat[place], truth[place], rng)
        height = log_likelihood(density, both[: density.size], [both[e] for e in effects])
        ranks[i, -1] = rank(height[1:], height[0], rng)
    return ranks


def main() -> None:
    """Run the calibration that the command line asks for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--methods", nargs="+", default=["hmc"])
    parser.add_argument("--models", nargs="+", default=list(MODELS), choices=list(MODELS))
    parser.add_argument("--simulations", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--save", help="where to keep the ranks, as npz")
    parser.add_argument("--load", nargs="+", default=[], help="kept ranks, added up")
    parser.add_argument("--out", help="where to write the table of loaded ranks, as JSON")
    arguments = parser.parse_args()
    if arguments.load:
        parts: dict[str, list[np.ndarray]] = {}
        for path in arguments.load:
            with np.load(path) as kept:
                for key in kept.files:
                    parts.setdefault(key, []).append(kept[key])
        rows = [judged(*key.split(": "), np.concatenate(all_)) for key, all_ in parts.items()]
        for row in rows:
            print(json.dumps(row))
        if arguments.out:
            Path(arguments.out).write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
        return
    found: dict[str, np.ndarray] = {}
    for name in arguments.methods:
        for model in arguments.models:
            density = MODELS[model]().grouped_density
            begin = time.perf_counter()
            ranks = calibrate(METHODS[name](), density, arguments.simulations, arguments.seed)
            print(json.dumps(judged(name, model, ranks)), f"{time.perf_counter() - begin:.0f} s")
            found[f"{name}: {model}"] = ranks
            if arguments.save:
                np.savez(arguments.save, **found)


if __name__ == "__main__":
    main()
