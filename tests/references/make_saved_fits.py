"""Saved fits, and what they answer; made by ``python tests/references/make_saved_fits.py``.

They are kept as they are, so that every later version is tested on files that an earlier one
wrote. Run this again only for a kind of outcome that has no file yet, never to replace one.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd

import bayeslogit as bl

HERE = Path(__file__).resolve().parent


def models() -> dict[str, bl.Model]:
    """Return one model for each kind of outcome: yes/no, counts, classes with and without order."""
    rng = np.random.default_rng(7)
    n = 40
    table = pd.DataFrame(
        {
            "x": rng.normal(size=n).round(3),
            "g": rng.choice(["a", "b", "c"], n),
            "w": rng.integers(1, 4, n).astype(float),
            "o": rng.normal(0.0, 0.3, n).round(3),
            "n": rng.integers(1, 12, n),
            "level": pd.Categorical(
                rng.choice(["low", "mid", "high"], n), ["low", "mid", "high"], ordered=True
            ),
            "kind": rng.choice(["car", "train", "bus"], n),
        }
    )
    table["k"] = rng.binomial(table["n"], 0.4)
    table["y"] = rng.choice(["no", "yes"], n)
    table["t"] = rng.random(n) < 0.4
    return {
        "binary": bl.logistic("y ~ x * g", table, event="yes", weights="w", offset="o"),
        "counts": bl.binomial("k ~ bs(x, df=4) + g", table, trials="n"),
        "ordered": bl.ordinal("level ~ x + g", table, priors={"cutpoints": bl.Dirichlet(2.0)}),
        # written when a boolean was a number, 0 or 1: the slope where t is False is 0
        "booleans": bl.logistic("y ~ x:t", table),
        "unordered": bl.multinomial("kind ~ x", table, priors=bl.StudentT(4, 0, 2.5)),
    }


def answers(fit: bl.Fit) -> dict[str, object]:
    """Return numbers that a loaded fit must give again."""
    summary = fit.summary()
    new = {"x": [0.1, -0.4], "g": ["a", "c"], "t": [True, False]}
    options = {"offset": 0.2} if fit.model.offset is not None else {}
    return {
        "terms": summary.index.tolist(),
        "mean": summary["mean"].tolist(),
        "predicted": fit.predict(new, **options)["mean"].tolist(),
        "log_posterior": float(fit.model.density.value(fit.theta).sum()),
        "label": fit.outcome.label,
    }


if __name__ == "__main__":
    words = HERE / "saved_fits.json"
    known = json.loads(words.read_text(encoding="utf-8"))
    for name, model in models().items():
        if name in known:
            continue
        fit = model.fit("auto", draws=50, chains=2, random_seed=3)
        fit.save(HERE / f"saved_{name}.nc")
        known[name] = answers(fit)
    text = json.dumps(known, indent=1)
    words.write_text(text + "\n", encoding="utf-8")
