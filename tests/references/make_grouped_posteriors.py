"""Posterior moments of grouped models without Markov chains.

python tests/references/make_grouped_posteriors.py writes grouped_posteriors.json beside this file,
and two tables that it draws. The effects of each group are integrated by Gauss-Hermite quadrature
centred at their mode; coefficients, standard deviations and correlation are integrated on a grid
where they are two or three, and else by importance sampling from a Student t distribution at their
mode, with standard errors. Nothing of the package is used. It takes some minutes. Effects that
cross have no such integral: the figures of that one table are copied.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.optimize import minimize

HERE = Path(__file__).parent
HOSPITALS = {
    "y": [0, 18, 8, 46, 8, 13, 9, 31, 14, 8, 29, 24],
    "n": [47, 148, 119, 810, 211, 196, 148, 215, 207, 97, 256, 360],
}
# Persons crossed with items (verbagg.csv): 51 200 draws of a separate Hamiltonian sampler, R-hat at
# most 1.0013, printed to four digits with their Monte Carlo errors.
CROSSED = {
    "mean": [0.1651, 0.0578, 0.3190, -1.0283, -2.0726, -1.0474, 1.3628, 0.5839],
    "error": [0.0020, 0.0001, 0.0009, 0.0015, 0.0015, 0.0012, 0.0003, 0.0006],
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


def drawn(seed: int, groups: int, rows: int, sd: float, beta: list[float]) -> pd.DataFrame:
    """Binary rows of many groups, drawn once, with this seed."""
    rng = np.random.default_rng(seed)
    g = np.repeat(np.arange(groups), rows)
    x = rng.normal(size=g.size).round(4)
    eta = beta[0] + beta[1] * x + sd * rng.normal(size=groups)[g]
    y = (rng.random(g.size) < 1.0 / (1.0 + np.exp(-eta))).astype(int)
    return pd.DataFrame({"y": y, "x": x, "g": g})


def columns(data: pd.DataFrame, *terms: str) -> np.ndarray:
    """The design: an intercept, numbers, indicators of all but the first level, and products."""
    made = [np.ones(len(data))]
    for term in terms:
        parts = []
        for name in term.split(":"):
            column = data[name]
            if column.dtype.kind not in "if":
                own = np.stack([column == level for level in sorted(column.unique())[1:]], axis=1)
            else:
                own = column.to_numpy(dtype=float)[:, None]
            parts.append(own.astype(float))
        made += list(np.prod(parts, axis=0).T)
    return np.column_stack(made)


class Marginal:
    """The log posterior of coefficients and covariance, the effects of each group integrated.

    Points are (beta, log sd, atanh correlation) by columns; priors are Normal(0, 2.5) on
    coefficients, half-normal(2.5) on standard deviations and uniform on the correlation.
    """

    def __init__(self, data: pd.DataFrame, X: np.ndarray, group: str, Z: np.ndarray, nodes: int):
        self.y = data["y"].to_numpy(dtype=float)
        self.n = data["n"].to_numpy(dtype=float) if "n" in data else np.ones(len(data))
        self.codes, levels = pd.factorize(data[group])
        order = np.argsort(self.codes, kind="stable")
        self.X, self.Z = X[order], Z[order]
        self.y, self.n, self.codes = self.y[order], self.n[order], self.codes[order]
        self.starts = np.flatnonzero(np.diff(self.codes, prepend=-1))
        self.p, self.q, self.J = X.shape[1], Z.shape[1], len(levels)
        points, weights = np.polynomial.hermite_e.hermegauss(nodes)
        grid = np.meshgrid(*[points] * self.q, indexing="ij")
        self.nodes = np.stack([g.ravel() for g in grid])
        each = np.meshgrid(*[np.log(weights) + 0.5 * points**2] * self.q, indexing="ij")
        self.log_weights = np.sum([e.ravel() for e in each], axis=0) - 0.5 * self.q * np.log(
            2 * np.pi
        )

    @property
    def size(self) -> int:
        return self.p + self.q + (self.q == 2)

    def _sums(self, rows: np.ndarray) -> np.ndarray:
        return np.add.reduceat(rows, self.starts, axis=0)

    def __call__(self, w: np.ndarray) -> np.ndarray:
        """Log density at columns of w, (columns,)."""
        return np.concatenate(
            [self._some(part) for part in np.array_split(w, max(1, w.shape[1] // 100), 1)]
        )

    def _some(self, w: np.ndarray) -> np.ndarray:
        p, q = self.p, self.q
        beta, sd = w[:p], np.exp(w[p : p + q])
        value = (
            normal(beta, 2.5).sum(axis=0) + normal(sd, 2.5).sum(axis=0) + w[p : p + q].sum(axis=0)
        )
        base = self.X @ beta
        # Loadings of z: rows x effects x columns.
        if q == 1:
            G = self.Z[:, :, None] * sd[None]
        else:
            r = np.tanh(w[p + 2])
            value += np.log1p(-(r**2))
            first = self.Z[:, :1] * sd[0] + self.Z[:, 1:] * sd[1] * r
            G = np.stack([first, self.Z[:, 1:] * sd[1] * np.sqrt(1 - r**2)], axis=1)
        z = np.zeros((self.J, q, w.shape[1]))
        for _ in range(60):
            prob = 1.0 / (1.0 + np.exp(-(base + (G * z[self.codes]).sum(axis=1))))
            slope = self._sums(G * (self.y[:, None] - self.n[:, None] * prob)[:, None]) - z
            weight = self.n[:, None] * prob * (1 - prob)
            H = self._sums(G[:, :, None] * G[:, None] * weight[:, None, None])
            H += np.eye(q)[None, :, :, None]
            if q == 1:
                move = slope / H[:, 0]
            else:
                turned = np.moveaxis(H, 3, 1)
                move = np.linalg.solve(turned, np.moveaxis(slope, 2, 1)[..., None])[..., 0]
                move = np.moveaxis(move, 1, 2)
            z = z + np.clip(move, -1.0, 1.0)
            if np.abs(move).max() < 1e-6:
                break
        H = np.moveaxis(H, 3, 1)
        chol = H**-0.5 if q == 1 else np.linalg.cholesky(np.linalg.inv(H))
        total = np.full((self.J, w.shape[1]), -np.inf)
        volume = np.log(np.diagonal(chol, axis1=2, axis2=3)).sum(axis=2)
        for node, log_weight in zip(self.nodes.T, self.log_weights, strict=True):
            shift = chol[..., 0] * node if q == 1 else chol @ node
            at = z + np.moveaxis(shift, 2, 1)
            eta = base + (G * at[self.codes]).sum(axis=1)
            height = self._sums(self.y[:, None] * eta - self.n[:, None] * np.logaddexp(0.0, eta))
            total = np.logaddexp(total, height - 0.5 * (at**2).sum(axis=1) + log_weight)
        return value + (total + volume).sum(axis=0)

    def moments(self, draws: int, seed: int) -> dict[str, object]:
        """Means, their standard errors, and standard deviations, by importance sampling."""
        step = 1e-3 * np.eye(self.size)

        def slope(w: np.ndarray) -> np.ndarray:
            ends = self(np.concatenate([w[:, None] + step, w[:, None] - step], axis=1))
            return -(ends[: self.size] - ends[self.size :]) / 2e-3

        start = np.zeros(self.size)
        start[self.p :] = -0.3
        start[self.p + self.q :] = 0.0
        unit = np.append(1.0 / np.abs(self.X).max(axis=0), np.ones(self.size - self.p))
        found = minimize(
            lambda v: -float(self(unit[:, None] * v[:, None])[0]), start / unit,
            jac=lambda v: unit * slope(unit * v), method="BFGS", options={"gtol": 1e-2},
        )  # fmt: skip
        mode = unit * found.x
        wide = 1e-2 * np.diag(unit)
        H = np.stack([(slope(mode + e) - slope(mode - e)) / (2 * e.max()) for e in wide])
        chol = np.linalg.cholesky(np.linalg.inv(0.5 * (H + H.T)))
        rng = np.random.default_rng(seed)
        t = rng.standard_normal((self.size, draws)) / np.sqrt(rng.chisquare(5, draws) / 5)
        w = mode[:, None] + 1.1 * chol @ t
        log_weight = self(w) + 0.5 * (5 + self.size) * np.log1p((t**2).sum(axis=0) / 5)
        weight = np.exp(log_weight - log_weight.max())
        weight /= weight.sum()
        f = w.copy()
        f[self.p : self.p + self.q] = np.exp(f[self.p : self.p + self.q])
        f[self.p + self.q :] = np.tanh(f[self.p + self.q :])
        mean = f @ weight
        away = f - mean[:, None]
        return {
            "mean": mean.tolist(),
            "error": np.sqrt((away * weight) ** 2 @ np.ones(draws)).tolist(),
            "sd": np.sqrt(away**2 @ weight).tolist(),
            "effective": float(1.0 / (weight**2).sum()),
        }


def sampled() -> dict[str, dict[str, object]]:
    drawn(10, 1000, 2, 1.2, [-0.5, 0.8]).to_csv(HERE / "pairs.csv", index=False)
    drawn(8, 60, 6, 3.0, [-1.0, 1.0]).to_csv(HERE / "separated.csv", index=False)
    specs: dict[str, tuple[list[str], str, list[str]]] = {
        "cbpp": (["period"], "herd", []),
        "seeds": (["x1", "x2", "x1:x2"], "plate", []),
        "bacteria": (["trt", "late"], "id", []),
        "separated": (["x"], "g", []),
        "pairs": (["x"], "g", []),
        "toenail": (["trt", "time", "trt:time"], "id", []),
        "contraception": (["age", "age:age", "urban", "livch"], "district", ["urban"]),
    }
    found = {}
    for name, (terms, group, slopes) in specs.items():
        data = pd.read_csv(HERE / f"{name}.csv")
        X, Z = columns(data, *terms), columns(data, *slopes)
        marginal = Marginal(data, X, group, Z, 13 if slopes else 61)
        found[name] = marginal.moments(4000 if slopes else 8000, 1)
        print(name, found[name], flush=True)
    return found


if __name__ == "__main__":
    found = {
        "hospitals": {"data": HOSPITALS, **hospitals()},
        "few": {"data": few(), **five()},
        **sampled(),
        "verbagg": CROSSED,
    }
    (HERE / "grouped_posteriors.json").write_text(json.dumps(found, indent=1))
