"""The pages "Coming from": figures of other software are those kept, and ours agree with them."""

import json
import re
from functools import cache

import numpy as np
import pytest

import bayeslogit as bl
from tests.helpers import ROOT

PLACE = ROOT / "tests" / "references"
KEPT = {
    name: value
    for part in ("r", "py")
    for name, value in json.loads((PLACE / f"neighbours_{part}.json").read_text()).items()
    if name != "versions"
}
PAGES = sorted((ROOT / "docs" / "coming-from").glob("*.md"))
ROW = re.compile(r"^\| `(\w+)\.(\w+)` \| (-?[\d.]+) \|", re.MULTILINE)
SHOWN = [row for page in PAGES for row in ROW.findall(page.read_text(encoding="utf-8"))]
EXAM = bl.load_dataset("exam")


@cache
def _ours():
    """What this package finds for each figure: the value, and how far apart the two may be."""
    exact, printed = 1e-6, 5e-6
    classical = bl.logistic("passed ~ hours", EXAM).classical()
    found = classical.statistics["value"]
    hours = classical.coefficients.loc["hours"]
    flat = bl.logistic("passed ~ hours", EXAM, priors="flat").fit("map")
    seeds = bl.binomial("germinated ~ x1 * x2", bl.load_dataset("seeds"), trials="n", priors="flat")
    plates = seeds.fit("map").summary()["mode"]
    options = {"weights": "frequency", "priors": "flat"}
    formula = "satisfaction ~ influence + type + contact"
    housing, levels = bl.load_dataset("housing"), ["Low", "Medium", "High"]
    ordered = bl.ordinal(formula, housing, levels=levels, **options).fit("map").summary()["mode"]
    classes = bl.multinomial(formula, housing, reference="Low", **options).fit("map").summary()
    change = {"hours": (2, 4)}
    ours = {
        "glm.intercept": (classical.coefficients.loc["Intercept", "estimate"], exact),
        "glm.hours": (hours["estimate"], exact),
        "glm.hours_se": (hours["se"], 1e-5),  # of glm's last step, not of the maximum
        "glm.deviance": (found["deviance"], exact),
        "glm.aic": (found["aic"], exact),
        "glm.lr": (found["likelihood_ratio"], exact),
        "glm.profile_low": (hours["profile95_lb"], 1e-3),  # R interpolates
        "glm.profile_high": (hours["profile95_ub"], 1e-3),
        "glm.at_2": (flat.predict({"hours": [2]})["estimate"][0], exact),
        "counts.intercept": (plates["Intercept"], printed),
        "counts.product": (plates["x1:x2"], printed),
        "polr.contact_low": (ordered["contact[T.Low]"], printed),
        "polr.cut_low": (ordered["Low|Medium"], printed),
        "multinom.high_contact_low": (classes["mode"]["High: contact[T.Low]"], printed),
        "lrm.lr": (found["likelihood_ratio"], exact),
        "lrm.r2": (found["nagelkerke"], exact),
        "lrm.brier": (found["brier"], exact),
        "lrm.c": (found["auc"], exact),
        "marginaleffects.slope": (flat.slopes()["estimate"].iloc[0], 2e-4),  # differences there
        "marginaleffects.difference": (flat.comparisons(change)["estimate"].iloc[0], exact),
        "marginaleffects.ratio": (
            flat.comparisons(change, comparison="ratio")["estimate"].iloc[0],
            1e-5,
        ),
        "marginaleffects.at_2": (flat.predict({"hours": [2]})["estimate"][0], exact),
        "stan_glm.prior_scale": (2.5 / EXAM["hours"].std(), exact),
    }
    chains = {
        "stan_glm": {"hours": bl.Normal(0, 2.5 / EXAM["hours"].std())},
        "bambi": {"hours": bl.Normal(0, 1)},
        "pymc": {"Intercept": bl.Normal(0, 10), "hours": bl.Normal(0, 2.5)},
    }
    for name, priors in chains.items():
        kept = KEPT[name]
        model = bl.logistic("passed ~ hours", EXAM, priors=priors)
        fit = model.fit("quadrature", draws=4000, random_seed=1)
        table = fit.summary()
        for term, row in (("intercept", "Intercept"), ("hours", "hours")):
            # Five standard errors of theirs and ours together.
            error = 5 * np.hypot(kept[f"{term}_mcse"], table.loc[row, "mcse_mean"])
            ours[f"{name}.{term}"] = (table.loc[row, "mean"], error)
            ours[f"{name}.{term}_sd"] = (table.loc[row, "sd"], error)
        if name == "stan_glm":
            ours["stan_glm.at_2"] = (fit.predict({"hours": [2]})["mean"][0], 0.005)
    ours |= _of_brms(KEPT["brm"])
    return ours


def _of_brms(kept):
    """Ours, with brms's prior of the intercept at the mean of the predictor."""
    assert kept["intercept_prior"] == "student_t(3, 0, 2.5)"
    priors = {"Intercept": bl.StudentT(3, 0, 2.5), "slopes": bl.Normal(0, 1)}
    model = bl.logistic("passed ~ center(hours)", EXAM, priors=priors)
    fit = model.fit("quadrature", draws=4000, random_seed=1)
    hours, at = fit.summary().loc["center(hours)"], fit.predict({"hours": [2, 4]})["mean"]
    error = 5 * np.hypot(kept["hours_mcse"], hours["mcse_mean"])
    return {
        "brm.hours": (hours["mean"], error),
        "brm.hours_sd": (hours["sd"], error),
        "brm.at_2": (at[0], 0.005),
        "brm.at_4": (at[1], 0.005),
        "brm.elpd_loo": (fit.loo().elpd, 0.05),
    }


@pytest.mark.parametrize(("name", "key", "figure"), SHOWN, ids=lambda part: str(part))
def test_a_figure_is_the_one_kept_and_ours_agrees(name, key, figure):
    kept = KEPT[name][key]
    places = len(figure.partition(".")[2])
    assert abs(kept - float(figure)) <= 0.5000001 * 10.0**-places
    value, apart = _ours()[f"{name}.{key}"]
    assert abs(value - kept) <= apart


def test_every_neighbour_is_shown():
    assert {"glm", "counts", "polr", "multinom", "lrm", "stan_glm", "brm", "bambi", "pymc"} <= {
        name for name, _, _ in SHOWN
    }
    assert len(SHOWN) >= 25


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_calls_of_others_are_those_that_were_run(page):
    text = page.read_text(encoding="utf-8")
    for kind, ending in (("r", "R"), ("py", "py")):
        source = (PLACE / f"make_neighbours.{ending}").read_text(encoding="utf-8").splitlines()
        for block in re.findall(rf"^```{kind}\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
            assert [line for line in block.splitlines() if line not in source] == []


def test_the_software_of_the_field_is_named():
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    names = ["OpenBUGS", "JAGS", "PyMC3", "Stan", "Turing.jl", "SPSS", "SAS", "Stata", "glmnet"]
    names += ["lmer", "Rfast", "arm", "statsmodels", "scikit-learn", "TensorFlow", "mnrfit"]
    names += ["fitglm", "Excel", "lrm", "glm"]
    assert [name for name in names if name not in text] == []
    assert "model.pymc" in text
