"""The problems of the speed comparison: the same data and priors for everyone."""

from __future__ import annotations

import numpy as np

# The 20 students of the exam table.
HOURS = (
    "0.50 0.75 1.00 1.25 1.50 1.75 1.75 2.00 2.25 2.50 "
    "2.75 3.00 3.25 3.50 4.00 4.25 4.50 4.75 5.00 5.50"
)
PASSED = "0 0 0 0 0 0 1 0 1 0 1 0 1 0 1 1 1 1 1 1"

PROBLEMS = (
    "exam",
    "1000x10",
    "10000x20",
    "100000x50",
    "separated",
    "100x31",
    "200x101",
    "correlated",
)


def problem(name: str) -> tuple[np.ndarray, np.ndarray, float]:
    """Return predictors (rows, columns), outcome codes (rows,) and the prior sd of every slope.

    The intercept has Normal(0, 10). Slopes have Normal(0, 2.5).
    """
    if name == "exam":
        return np.array([HOURS.split()], dtype=float).T, np.array(PASSED.split(), dtype=int), 2.5
    if name == "separated":
        x = np.random.default_rng(3).normal(size=(10, 2))
        return x, (x.sum(axis=1) > 0).astype(int), 2.5
    rng = np.random.default_rng(1)
    rows, columns = (1000, 10) if name == "correlated" else map(int, name.split("x"))
    X = rng.normal(size=(rows, columns))
    if name == "correlated":
        common = rng.normal(size=(rows, 1))
        X = np.sqrt(0.99) * common + np.sqrt(0.01) * X
    beta = rng.normal(size=columns) / np.sqrt(columns)
    y = (rng.random(rows) < 1 / (1 + np.exp(-(0.3 + X @ beta)))).astype(int)
    return X, y, 2.5
