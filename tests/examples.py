"""Every family of the registry, with inputs that suit it."""

from __future__ import annotations

from dataclasses import fields

import numpy as np

from bayeslogit.families import FAMILIES, LINKS, Family

# Values of the fields that a family may need besides its link.
CHOICES = {"classes": 4, "categories": 4, "levels": 4, "n_classes": 4}


def _examples() -> dict[str, Family]:
    """Return every family, with every link that makes a difference to it."""
    found: dict[str, Family] = {}
    for name, kind in FAMILIES.items():
        known = {f.name for f in fields(kind) if f.init}  # type: ignore[arg-type]
        options = {k: v for k, v in CHOICES.items() if k in known}
        plain = kind(**options)
        found[f"{name}-{plain.link}"] = plain
        eta = np.linspace(-0.5, 0.6, plain.n_eta)[:, None, None]
        for link in LINKS if "link" in known else ():
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
