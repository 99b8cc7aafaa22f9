"""Every family of the registry with inputs that suit it; small log posteriors from arrays."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from bayeslogit.families import FAMILIES, Bernoulli, Family
from bayeslogit.priors import CoefficientPrior, Flat, GaussianPrior, Normal, Prior
from bayeslogit.response.base import class_counts
from bayeslogit.specification.density import Likelihood, LogDensity
from tests.helpers import HOURS, PASSED, UNBOUNDED

# Values of the fields that a family may need besides its link.
CHOICES = {"classes": 4, "categories": 4, "levels": 4, "n_classes": 4}


def _examples() -> dict[str, Family]:
    """Return every family of rows, with every link that makes a difference to it.

    What families of sets must do is in tests/families/test_conditional.py: a row of theirs is a
    set of any number of members.
    """
    found: dict[str, Family] = {}
    for name, kind in FAMILIES.items():
        if kind.coupled:
            continue
        known = {f.name for f in fields(kind) if f.init}  # type: ignore[arg-type]
        options = {k: v for k, v in CHOICES.items() if k in known}
        plain = kind(**options)
        found[f"{name}-{plain.link}"] = plain
        eta = np.linspace(-0.5, 0.6, plain.n_eta)[:, None, None]
        for link in UNBOUNDED if "link" in known else ():
            family = kind(**options, link=link)  # type: ignore[call-arg]
            if np.any(family.probabilities(eta) != plain.probabilities(eta)):
                found[f"{name}-{link}"] = family
    return found


EXAMPLES = _examples()


def classes_of(family: Family) -> int:
    return family.probabilities(np.zeros((family.n_eta, 1, 1))).shape[0]


def ordered(family: Family, eta: np.ndarray) -> np.ndarray:
    """Return increasing linear predictors, at least 0.3 apart, where boundaries must increase."""
    if family.name != "cumulative":
        return eta
    return np.sort(eta, axis=0) + 0.3 * np.arange(family.n_eta)[:, None, None]


def random_eta(
    family: Family, rows: int, columns: int, seed: int = 0, scale: float = 1.5
) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return ordered(family, rng.normal(size=(family.n_eta, rows, columns)) * scale)


def random_counts(family: Family, rows: int, kind: str, seed: int = 0) -> np.ndarray:
    """Return one case per row, several, none in some rows, or cases times weights."""
    rng = np.random.default_rng(seed)
    K = classes_of(family)
    if kind == "cases":
        return np.eye(K)[rng.integers(0, K, rows)]
    counts = rng.integers(0, 5, (rows, K)).astype(float)
    counts[: rows // 4] = 0.0
    if kind == "weighted":
        counts *= rng.uniform(0.1, 3.0, rows)[:, None]
    return counts


# Posterior modes of the exam data, by a script beside the file.
EXAM = json.loads((Path(__file__).parent / "references" / "exam.json").read_text(encoding="utf-8"))
# The outcome is one exactly where the predictor is above five.
SEPARATED = np.column_stack([np.ones(10), np.arange(1.0, 11.0)]), np.repeat(np.eye(2), 5, axis=0)


def density_of(
    X: np.ndarray,
    counts: np.ndarray,
    priors: list[Prior] | GaussianPrior,
    family: Family | None = None,
    **options: Any,
) -> LogDensity:
    """Return a log posterior from arrays and one prior per coefficient, or a joint one."""
    names = tuple(f"b{i}" for i in range(X.shape[1]))
    if isinstance(priors, GaussianPrior):
        prior = CoefficientPrior(names, joint=priors)
    else:
        prior = CoefficientPrior(names, tuple((np.array([i]), p) for i, p in enumerate(priors)))
    return LogDensity(Likelihood(family or Bernoulli(), X, counts, **options), prior)


def exam_density(sds: Any, family: Family | None = None) -> LogDensity:
    """Return the exam model with zero-mean Normal priors; None for a flat one."""
    X = np.column_stack([np.ones(20), HOURS])
    priors: list[Prior] = [Flat() if s is None else Normal(0, s) for s in sds]
    return density_of(X, class_counts(PASSED, 2, None), priors, family)


def table(n: int = 300, p: int = 4, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return predictors with a column of ones, and counts of one case per row."""
    rng = np.random.default_rng(seed)
    X = np.column_stack([np.ones(n), rng.normal(size=(n, p - 1))])
    prob = 1 / (1 + np.exp(-X @ rng.normal(size=p)))
    return X, class_counts((rng.random(n) < prob).astype(int), 2, None)
