"""Write neighbours_py.json: what Bambi, marginaleffects and PyMC print for the pages "Coming from".

Run ``python tests/references/make_neighbours.py`` in an environment with bambi, marginaleffects,
statsmodels and polars. The calls on the pages are lines of this file. Chains are long, so that
their Monte Carlo error is small beside the digits that are shown.
"""

import json
from importlib.metadata import version
from pathlib import Path

import arviz as az
import bambi as bmb
import marginaleffects as me
import pandas as pd
import polars as pl
import pymc as pm
import statsmodels.formula.api as smf

HERE = Path(__file__).parent
LONG = {"draws": 5000, "tune": 1000, "chains": 4, "random_seed": 1, "progressbar": False}

exam = pd.read_csv(HERE.parents[1] / "bayeslogit" / "datasets" / "exam.csv")
seeds = pd.read_csv(HERE.parents[1] / "bayeslogit" / "datasets" / "seeds.csv")
found = {}


def moments(tree, **names):
    """Return means, standard deviations and Monte Carlo errors of variables of a posterior."""
    row = {}
    for name, variable in names.items():
        values = tree.posterior[variable].to_numpy().squeeze()
        row |= {name: float(values.mean()), f"{name}_sd": float(values.std())}
        row[f"{name}_mcse"] = float(az.mcse(values, method="mean"))
    return row


# marginaleffects, on a fit of statsmodels
fit = smf.logit("passed ~ hours", exam).fit(disp=False)
slopes = me.avg_slopes(fit)
step = me.avg_comparisons(fit, variables={"hours": [2.0, 4.0]})
ratio = me.avg_comparisons(fit, variables={"hours": [2.0, 4.0]}, comparison="ratio")
at = me.predictions(fit, newdata=pl.DataFrame({"hours": [2.0, 4.0], "passed": [0, 0]}))
found["marginaleffects"] = {
    "slope": slopes["estimate"][0],
    "slope_se": slopes["std_error"][0],
    "difference": step["estimate"][0],
    "difference_low": step["conf_low"][0],
    "difference_high": step["conf_high"][0],
    "ratio": ratio["estimate"][0],
    "at_2": at["estimate"][0],
    "at_4": at["estimate"][1],
}

# Bambi, with the priors of the page and with its own
priors = {
    "Intercept": bmb.Prior("Normal", mu=0, sigma=2.5),
    "hours": bmb.Prior("Normal", mu=0, sigma=1),
}
model = bmb.Model("passed ~ hours", exam, family="bernoulli", priors=priors)
idata = model.fit(**LONG)
found["bambi"] = moments(idata, intercept="Intercept", hours="hours")
own = bmb.Model("passed ~ hours", exam, family="bernoulli")
own.build()
found["bambi_default"] = {
    name: float(term.prior.args["sigma"])
    for name, term in own.components["p"].terms.items()
    if hasattr(term.prior, "args")
}

# PyMC, by hand
with pm.Model(coords={"obs": exam.index}) as by_hand:
    hours = pm.Data("hours", exam["hours"].to_numpy(), dims="obs")
    intercept = pm.Normal("Intercept", 0, 10)
    slope = pm.Normal("slope", 0, 2.5)
    pm.Bernoulli("passed", logit_p=intercept + slope * hours, observed=exam["passed"], dims="obs")
    idata = pm.sample(**LONG)
found["pymc"] = moments(idata, intercept="Intercept", hours="slope")

found["versions"] = {name: version(name) for name in ("bambi", "marginaleffects", "pymc")}
(HERE / "neighbours_py.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
