"""Write marginal.json: effects by the Python package marginaleffects.

Run ``python tests/references/make_marginal.py`` with marginaleffects 0.6, statsmodels 0.15 and
polars 1 (marginaleffects 0.6 does not run with polars 2). Its first row is ``b0``; ours is ``b1``:
maximum likelihood of contraception.csv (mlmRev of R).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

HERE = Path(__file__).parent


def main() -> None:
    """Write the file."""
    import marginaleffects as me
    import statsmodels.formula.api as smf

    table = pd.read_csv(HERE / "contraception.csv", dtype={"livch": "category"})
    fit = smf.logit("y ~ livch * age + urban", table).fit(disp=0, tol=1e-14)

    def estimates(found: Any) -> list[float]:
        return [float(v) for v in found["estimate"]]

    grid = me.datagrid(model=fit, livch=["c0", "c1", "c2", "c3"], age=[5], urban=[0])
    both = me.datagrid(model=fit, livch=["c0", "c3"], age=[-5, 5], urban=[0])
    out = {
        "by": estimates(me.avg_predictions(fit, by="livch")),
        "pairwise": estimates(
            me.avg_predictions(fit, by="livch", hypothesis="difference ~ pairwise")
        ),
        "sequential": estimates(
            me.avg_predictions(fit, by="livch", hypothesis="difference ~ sequential")
        ),
        "text": estimates(me.predictions(fit, newdata=grid, hypothesis="b3 - 2 * b0 + b1 / 3 = 0")),
        "twice": estimates(
            me.predictions(fit, newdata=both, hypothesis="(b3 - b2) - (b1 - b0) = 0")
        ),
        "cross": estimates(
            me.avg_comparisons(fit, variables={"urban": [0, 1], "age": [0, 10]}, cross=True)
        ),
        "by_group": estimates(
            me.avg_comparisons(
                fit, variables="urban", by="livch", hypothesis="difference ~ reference"
            )
        ),
    }
    (HERE / "marginal.json").write_text(json.dumps(out, indent=1) + "\n")


if __name__ == "__main__":
    main()
