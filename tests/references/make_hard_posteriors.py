"""Make hard_posteriors.json: long runs of nutpie on the posteriors of tests/hard_problems.py.

Run from the root of the repository: ``python -m tests.references.make_hard_posteriors`` (a few
minutes). nutpie samples in coordinates whitened at the mode, which saves time and changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import nutpie
from nutpie.compiled_pyfunc import from_pyfunc

from bayeslogit.inference.mode import find_mode, gaussian_at
from bayeslogit.numerics.convergence import diagnose
from bayeslogit.specification.density import LogDensity
from tests.hard_problems import REFERENCES, hard

NAMES = ("separated", "correlation 0.99", "100 x 31", "200 x 101")
DRAWS = 10_000


def long_run(density: LogDensity) -> np.ndarray:
    """Return draws, (4, DRAWS, coefficients)."""
    gaussian = gaussian_at(find_mode(density))
    chol, mean, size = gaussian.cholesky, gaussian.mean, density.size

    def make_logp() -> Callable[[np.ndarray], tuple[float, np.ndarray]]:
        def logp(z: np.ndarray) -> tuple[float, np.ndarray]:
            value, gradient = density.value_and_gradient((mean + chol @ z)[:, None])
            return float(value[0]), chol.T @ gradient[:, 0]

        return logp

    def make_expand(*_: Any) -> Callable[[np.ndarray], dict[str, np.ndarray]]:
        return lambda z: {"theta": mean + chol @ z}

    def start(seed: int) -> np.ndarray:
        return 0.5 * np.random.default_rng(seed).standard_normal(size)

    model = from_pyfunc(
        size, make_logp, make_expand, [np.dtype("float64")], [(size,)], ["theta"],
        make_initial_point_fn=start,
    )  # fmt: skip
    tree = nutpie.sample(model, draws=DRAWS, tune=1000, chains=4, seed=1, progress_bar=False)
    return np.asarray(tree.posterior["theta"].values)


def main() -> None:
    """Write the file."""
    found = {}
    for name in NAMES:
        draws = long_run(hard(name))
        sd = draws.std(axis=(0, 1))
        checked = diagnose(draws)
        print(name, checked.worst_rhat, checked.smallest_ess)
        found[name] = {
            "mean": np.round(draws.mean(axis=(0, 1)), 6).tolist(),
            "sd": np.round(sd, 6).tolist(),
            "error": np.round(sd / np.sqrt(checked.ess_bulk), 6).tolist(),
        }
    REFERENCES.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
