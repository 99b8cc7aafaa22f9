"""Small things that several test files use."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

import bayeslogit as bl

ROOT = Path(__file__).resolve().parents[1]
REFERENCES = ROOT / "tests" / "references"

HOURS = np.array(
    [0.50, 0.75, 1.00, 1.25, 1.50, 1.75, 1.75, 2.00, 2.25, 2.50]
    + [2.75, 3.00, 3.25, 3.50, 4.00, 4.25, 4.50, 4.75, 5.00, 5.50]
)
# Links of which any linear predictor has a probability; all models may have one of these.
UNBOUNDED = [name for name, link in bl.LINKS.items() if not link.bounded]
PASSED = np.array([0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 1, 1, 1, 1, 1])

# Prior sds (intercept, slope) and the exact posterior of the exam data: mean and sd of
# intercept and slope, log evidence, by quadrature on a grid of 1601 x 1601 points.
EXACT = {
    (10.0, 10.0): ((-4.82734, 1.94949), (1.80097, 0.70515), -13.614855),
    (10.0, 2.5): ((-4.48825, 1.77805), (1.66985, 0.63497), -12.487134),
    (2.5, 2.5): ((-3.18375, 1.24226), (1.23951, 0.45656), -12.306037),
}


def exam() -> pd.DataFrame:
    """Return the 20 students, written out here so that the shipped table is checked too."""
    return pd.DataFrame({"hours": HOURS, "passed": PASSED})


def exam_model(intercept_sd: float = 10.0, slope_sd: float = 2.5, **options) -> bl.Model:
    """Return the exam model with zero-mean Normal priors of the given sds."""
    priors = {"Intercept": bl.Normal(0, intercept_sd), "hours": bl.Normal(0, slope_sd)}
    return bl.logistic("passed ~ hours", exam(), priors=priors, **options)


def random_table(n: int = 60, seed: int = 0) -> pd.DataFrame:
    """Return a table with two numbers, a factor, a boolean, weights, offset and outcomes."""
    rng = np.random.default_rng(seed)
    x, z = rng.standard_normal((2, n))
    g = rng.choice(["a", "b", "c"], n)
    eta = 0.5 + x - 0.7 * z + 0.8 * (g == "b")
    trials = rng.integers(1, 9, n)
    prob = 1 / (1 + np.exp(-eta))
    return pd.DataFrame(
        {
            "x": x,
            "z": z,
            "g": g,
            "flag": rng.random(n) < 0.4,
            "w": rng.uniform(0.2, 3.0, n),
            "o": rng.normal(0, 0.5, n),
            "n": trials,
            "k": rng.binomial(trials, prob),
            "y": (rng.random(n) < prob).astype(int),
        }
    )
