"""Monotonic effects beside brms, which samples the same models with Stan (make_monotonic.R)."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import bayeslogit as bl
from bayeslogit.numerics.convergence import monte_carlo_errors

REFERENCES = Path(__file__).parents[2] / "references"
KNOWN = json.loads((REFERENCES / "monotonic.json").read_text())
LEVELS = "['below_20', '20_to_40', '40_to_100', 'greater_100']"
MO = f"mo(income, levels={LEVELS})"
WIDE = bl.Normal(0, 2.5)


def parts_of(fit, label, name):
    """Return draws of the average step and of its three shares, under brms' names."""
    scales = fit.outcome.scales
    return {f"bsp_mo{name}": scales[f"step_{label}"]} | {
        f"simo_mo{name}1[{i}]": scales[f"share_{label}[{i}]"] for i in (1, 2)
    }


@pytest.mark.parametrize("model", ["plain", "shares", "age"])
def test_posteriors_are_those_of_brms(model):
    data = pd.read_csv(REFERENCES / "monotonic.csv")
    concentration = [2.0, 1.0, 1.0] if model == "shares" else 1.0
    priors = {"Intercept": WIDE, "mo(income)": bl.Monotonic(WIDE, concentration)}
    formula = f"satisfied ~ {MO}"
    if model == "age":
        priors |= {"decades": WIDE, "mo(income):decades": bl.Monotonic(WIDE, 1.0)}
        formula += f" + decades + {MO}:decades"
    fit = bl.logistic(formula, data, priors=priors).fit(
        draws=2500, random_seed=1, progressbar=False
    )
    names = fit.model.layout.names
    found = {"b_Intercept": fit.outcome.draws[:, :, names.index("Intercept")]}
    found |= parts_of(fit, "mo(income)", "income")
    if model == "age":
        found["b_decades"] = fit.outcome.draws[:, :, names.index("decades")]
        found |= parts_of(fit, "mo(income):decades", "income:decades")
    errors, _ = monte_carlo_errors(np.stack(list(found.values()), axis=2))
    known = KNOWN[model]
    for (name, draws), error in zip(found.items(), errors, strict=True):
        at = known["parameters"].index(name)
        both = float(np.hypot(error, known["mcse"][at]))
        assert abs(draws.mean() - known["mean"][at]) < 4.0 * both, name
        assert draws.std() == pytest.approx(known["sd"][at], rel=0.06), name
