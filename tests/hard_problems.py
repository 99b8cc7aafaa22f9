"""Posteriors that are hard to draw from, and what a long run of another sampler says of them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

import bayeslogit as bl
from bayeslogit.specification.density import LogDensity

REFERENCES = Path(__file__).parent / "references" / "hard_posteriors.json"


def design(rows: int, columns: int, *, correlation: float = 0.0, seed: int = 0) -> bl.Model:
    """Return a model of random predictors with Normal(0, 2.5) priors throughout."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((rows, columns - 1)) * np.sqrt(1.0 - correlation)
    X += np.sqrt(correlation) * rng.standard_normal((rows, 1))
    beta = rng.standard_normal(columns - 1) / np.sqrt(columns - 1)
    y = (rng.random(rows) < 1 / (1 + np.exp(-X @ beta))).astype(int)
    prior = bl.Normal(0, 2.5)
    return bl.logistic(X, y, priors={"Intercept": prior, "slopes": prior})


def separated() -> bl.Model:
    """Return ten rows that x > 5 tells apart completely."""
    x = np.arange(1.0, 11.0)
    priors = {"Intercept": bl.Normal(0, 10), "slopes": bl.Normal(0, 2.5)}
    return bl.logistic(x[:, None], (x > 5).astype(int), priors=priors)


def heavy_tailed(degrees: float = 1) -> bl.Model:
    """Return a separated slope with a Student t prior; by default its posterior has no mean."""
    x = np.arange(1.0, 11.0)
    prior = bl.StudentT(degrees, 0, 2.5)
    return bl.logistic(x[:, None] - 5.5, (x > 5).astype(int), priors=prior, intercept=False)


def hard(name: str) -> LogDensity:
    """Return a log posterior by the name it has in the references."""
    return {
        "100 x 31": lambda: design(100, 31),
        "200 x 101": lambda: design(200, 101),
        "correlation 0.99": lambda: design(500, 10, correlation=0.99),
        "separated": separated,
    }[name]().density


def reference(name: str) -> dict[str, np.ndarray]:
    """Return ``mean``, ``sd`` and Monte Carlo ``error`` of the mean of each coefficient."""
    return {key: np.array(value) for key, value in json.loads(REFERENCES.read_text())[name].items()}
