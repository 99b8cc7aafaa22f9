"""Posterior moments of two small grouped models by quadrature alone, without draws.

python tests/references/make_grouped_posteriors.py writes grouped_posteriors.json beside this file.
The effects of each group are integrated by 61 points of Gauss-Hermite quadrature centred at their
mode, coefficients and standard deviation on a grid. Nothing of the package is used.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
HOSPITALS = {
    "y": [0, 18, 8, 46, 8, 13, 9, 31, 14, 8, 29, 24],
    "n": [47, 148, 119, 810, 211, 196, 148, 215, 207, 97, 256, 360],
}


def few() -> dict[str, list]:
    """Five groups of forty rows, a funnel: drawn once, with this seed."""
    rng = np.random.default_rng(7)
    g = np.repeat(np.arange(5), 40)
    x = rng.normal(size=200)
    u = 0.5 * rng.normal(size=5)
    y = rng.random(200) < 1.0 / (1.0 + np.exp(-(0.2 + 0.5 * x + u[g])))
    return {"y": y.astype(int).tolist(), "x": x.round(6).tolist(), "g": g.tolist()}


def log_integrals(eta: np.ndarray, y: np.ndarray, n: np.ndarray, sd: np.ndarray) -> np.ndarray:
    """Log-likelihood of a group at many points, its effect integrated.

    eta is (rows, points), without the effect; sd is (points,).
    """
    nodes, weights = np.polynomial.hermite.hermgauss(61)
    y, n = y[:, None], n[:, None]
    z = np.zeros(len(sd))
    for _ in range(40):
        p = 1.0 / (1.0 + np.exp(-(eta + sd * z)))
        slope = sd * (y - n * p).sum(axis=0) - z
        bend = sd**2 * (n * p * (1.0 - p)).sum(axis=0) + 1.0
        z = z + np.clip(slope / bend, -1.0, 1.0)
    total = np.full(len(sd), -np.inf)
    for node, weight in zip(nodes, weights, strict=True):
        at = z + np.sqrt(2.0 / bend) * node
        e = eta + sd * at
        value = (y * e - n * np.logaddexp(0.0, e)).sum(axis=0) - 0.5 * at**2
        total = np.logaddexp(total, value + np.log(weight) + node**2)
    return total + 0.5 * np.log(2.0 / bend) - 0.5 * np.log(2.0 * np.pi)


def moments(points: list[np.ndarray], log_density: np.ndarray) -> dict[str, list[float]]:
    """Means and standard deviations on a grid of evenly spaced points."""
    weight = np.exp(log_density - log_density.max())
    weight /= weight.sum()
    grid = np.meshgrid(*points, indexing="ij")
    mean = [float((weight * g).sum()) for g in grid]
    sd = [float(np.sqrt((weight * (g - m) ** 2).sum())) for g, m in zip(grid, mean, strict=True)]
    return {"mean": mean, "sd": sd}


def normal(x: np.ndarray, sigma: float) -> np.ndarray:
    return -0.5 * (x / sigma) ** 2


def hospitals() -> dict[str, list[float]]:
    y, n = (np.array(HOSPITALS[k], dtype=float) for k in ("y", "n"))
    b, s = np.linspace(-3.6, -1.5, 85), np.linspace(0.0, 1.9, 96)
    beta, sd = (g.ravel() for g in np.meshgrid(b, s, indexing="ij"))
    value = normal(beta, 2.5) + normal(sd, 2.5)
    for k in range(12):
        value += log_integrals(beta[None], y[[k]], n[[k]], sd)
    return moments([b, s], value.reshape(85, 96))


def five() -> dict[str, list[float]]:
    data = few()
    y, x, g = (np.array(data[k], dtype=float) for k in ("y", "x", "g"))
    points = [np.linspace(-1.8, 3.2, 41), np.linspace(-0.3, 1.3, 25), np.linspace(0.0, 5.0, 81)]
    shape = tuple(len(p) for p in points)
    beta, slope, sd = (a.ravel() for a in np.meshgrid(*points, indexing="ij"))
    value = normal(beta, 2.5) + normal(slope, 2.5) + normal(sd, 2.5)
    for m in range(5):
        rows = g == m
        eta = beta + slope * x[rows][:, None]
        value += log_integrals(eta, y[rows], np.ones(rows.sum()), sd)
    # Half of the first interval belongs to a standard deviation of zero.
    value = value.reshape(shape)
    value[:, :, 0] -= np.log(2.0)
    return moments(points, value)


if __name__ == "__main__":
    found = {
        "hospitals": {"data": HOSPITALS, **hospitals()},
        "few": {"data": few(), **five()},
    }
    (HERE / "grouped_posteriors.json").write_text(json.dumps(found, indent=1))
