"""A saved fit of every family gives the same answers after loading, to the last bit."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import bayeslogit as bl
from bayeslogit.answers.prediction.class_quantities import ORDERED
from bayeslogit.answers.prediction.profile_rows import KINDS
from bayeslogit.families import FAMILIES
from tests.helpers import UNBOUNDED

pytestmark = pytest.mark.filterwarnings(
    "ignore:.*survey of the whole posterior:bayeslogit.BayesLogitWarning"
)

LEVELS = ["Low", "Medium", "High"]
NEW = {"contact": ["High", "Low"], "influence": ["Low", "Medium"]}
SCORES = [1.0, 2.0, 4.0]


def ordinal(**options):
    data = bl.load_dataset("housing")
    formula = "satisfaction ~ contact + influence"
    return bl.ordinal(formula, data, levels=LEVELS, weights="frequency", **options)


def nominal(**options):
    data = bl.load_dataset("housing")
    formula = "satisfaction ~ contact + influence"
    return bl.multinomial(formula, data, weights="frequency", **options)


def counts(**options):
    return bl.binomial("germinated ~ x1 * x2", bl.load_dataset("seeds"), trials="n", **options)


def by_class():
    data = bl.load_dataset("housing").pivot_table(
        index=["influence", "contact"], columns="satisfaction", values="frequency", aggfunc="sum"
    )
    return bl.multinomial("~ contact + influence", data.reset_index(), counts=LEVELS)


def matched():
    data = bl.load_dataset("infert")
    return bl.logistic("case ~ spontaneous + induced", data, strata="stratum")


def choices(**options):
    data = bl.load_dataset("travel")
    return bl.choice("chosen ~ wait | income", data, alternatives="mode", case="trip", **options)


MODELS = {
    "conditional": matched,
    "choice": choices,
    "choice, weighted": lambda: choices(weights="size", reference="car", priors="flat"),
    "binomial": counts,
    "beta-binomial": lambda: counts(dispersion="beta"),
    "beta-binomial probit": lambda: counts(
        dispersion="beta", link="probit", priors={"log_precision": bl.Normal(2, 1)}
    ),
    "multinomial": lambda: nominal(reference="Low"),
    "multinomial flat": lambda: nominal(priors="flat"),
    "zero-sum": lambda: nominal(priors=bl.ZeroSum(1.5), reference="Medium"),
    "multinomial counts": by_class,
    "sequential": lambda: ordinal(form="sequential"),
    "adjacent": lambda: ordinal(form="adjacent"),
    "dirichlet": lambda: ordinal(priors={"cutpoints": bl.Dirichlet(1.5)}),
    "partial": lambda: ordinal(partial=["contact"]),
    "partial with priors": lambda: ordinal(
        partial=["contact", "influence"],
        priors={"partial": bl.Normal(0, 0.3), "cutpoints": bl.Normal([-1.0, 1.0], 2.0)},
    ),
    "partial sequential": lambda: ordinal(partial=["influence"], form="sequential"),
    "partial adjacent": lambda: ordinal(partial=["influence"], form="adjacent"),
    **{f"cumulative {link}": lambda link=link: ordinal(link=link) for link in UNBOUNDED},
}


def kinds_of(fit):
    if fit.model.family.coupled:
        return ["linear"]
    return [k for k in KINDS if k not in ORDERED or fit.model.response.kind == "ordinal"]


@pytest.mark.parametrize("name", MODELS)
def test_nothing_is_lost(tmp_path, name):
    fit = MODELS[name]().fit(draws=40, chains=2, random_seed=1)
    loaded = bl.load(fit.save(tmp_path / "fit.nc"))
    ours, theirs = fit.outcome.draws, loaded.outcome.draws
    assert (ours.dtype, ours.shape) == (theirs.dtype, theirs.shape)
    assert np.ascontiguousarray(ours).tobytes() == np.ascontiguousarray(theirs).tobytes()
    xr.testing.assert_identical(fit.posterior, loaded.posterior)
    assert loaded.model.family == fit.model.family
    assert loaded.model.layout.names == fit.model.layout.names
    assert loaded.model.layout.places == fit.model.layout.places
    assert repr(loaded.model) == repr(fit.model)
    assert np.array_equal(fit.model.density.value(fit.theta), loaded.model.density.value(fit.theta))
    pd.testing.assert_frame_equal(fit.summary(), loaded.summary(), check_exact=True)
    assert fit.summary().attrs == loaded.summary().attrs
    counted = fit.model.response.kind == "counts"
    new = {"x1": [0, 1], "x2": [1, 1]} if counted else NEW
    if fit.model.family.coupled:
        new = {"spontaneous": [0, 1], "induced": [1, 1]}
    if fit.model.response.alternatives is not None:
        new = bl.load_dataset("travel").head(8)
    for kind in kinds_of(fit):
        if counted and kind == "mean":
            continue
        options = {"scores": SCORES} if kind == "mean" else {}
        if kind == "count" or (counted and kind == "outcome"):
            options = {"trials": [10, 30]}
        for rows in (new, None):
            if rows is None and "trials" in options:
                options = {} if counted else {"trials": 5}
            one, two = (f.predict(rows, kind=kind, **options) for f in (fit, loaded))
            pd.testing.assert_frame_equal(one, two, check_exact=True)
    again = bl.load(loaded.save(tmp_path / "again.nc"))
    xr.testing.assert_identical(again.posterior, fit.posterior)


def test_every_family_is_among_them():
    assert {MODELS[name]().family.name for name in MODELS} == set(FAMILIES) - {"bernoulli"}


@pytest.mark.parametrize("name", ["beta-binomial", "zero-sum", "partial sequential"])
def test_every_group_is_the_same(tmp_path, name):
    fit = MODELS[name]().fit(draws=20, chains=2, random_seed=1)
    loaded = bl.load(fit.save(tmp_path / "fit.nc"))
    xr.testing.assert_identical(fit.idata, loaded.idata)
