"""Posteriors with learned scales by long runs of the No-U-Turn sampler on the models in PyMC.

Writes learned_posteriors.json: means of coefficients and of what is learned, and their Monte Carlo
errors. Takes some minutes and needs nutpie: python -m tests.references.make_learned_posteriors
"""

from __future__ import annotations

import json
from pathlib import Path

import arviz as az
import nutpie

from tests.references.learned_models import MODELS

PAGE = Path(__file__).resolve().parent / "learned_posteriors.json"


def main() -> None:
    """Sample every model and write its moments."""
    found = {}
    for name, (make, quantities) in MODELS.items():
        compiled = nutpie.compile_pymc_model(make().pymc)
        tree = nutpie.sample(
            compiled,
            draws=8000,
            tune=2000,
            chains=4,
            seed=1,
            target_accept=0.99,
            progress_bar=False,
        )
        names = ["Intercept", "beta", *quantities]
        table = az.summary(tree, var_names=names, round_to="none")
        spread = table["sd"].to_numpy(dtype=float)
        found[name] = {
            "mean": table["mean"].astype(float).tolist(),
            "mcse": table["mcse_mean"].astype(float).tolist(),
            "sd": spread.tolist(),
            "rhat": float(table["r_hat"].astype(float).max()),
            "divergences": int(tree["sample_stats"]["diverging"].sum()),
        }
        print(name, found[name]["rhat"], found[name]["divergences"], flush=True)
    PAGE.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
