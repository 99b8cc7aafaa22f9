"""Every verb of a model and of a fit, with a call that any model of these contracts answers.

The contracts ask each verb something: whose rows an answer names, whether it depends on how cases
are written, what becomes of columns named like its own. A new verb is added here, and to them.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import bayeslogit as bl

QUIET = {"progressbar": False}


def event_of(fit: bl.Fit) -> dict[str, Any]:
    """Return the class that counts as the event, where one of several must be named."""
    return {"event": fit.model.response.classes[-1]} if fit.several else {}


def costs_of(fit: bl.Fit) -> Any:
    """Return costs of wrong decisions."""
    k = len(fit.model.response.classes)
    return {"false_positive": 1, "false_negative": 3} if k == 2 else np.ones((k, k)) - np.eye(k)


def kept(fit: bl.Fit) -> bl.Fit:
    """Return a fit after it was saved and loaded."""
    with tempfile.TemporaryDirectory() as folder:
        return bl.load(fit.save(Path(folder) / "fit.nc"))


# A fit and one of its numeric predictors.
Call = Callable[[Any, str], Any]

FIT: dict[str, Call] = {
    "auc": lambda fit, x: fit.auc(**event_of(fit), **QUIET),
    "binned_residuals": lambda fit, x: fit.binned_residuals(x, bins=3, **event_of(fit), **QUIET),
    "calibration": lambda fit, x: fit.calibration(**QUIET),
    "check": lambda fit, x: fit.check(**QUIET),
    "classical": lambda fit, x: fit.classical(),
    "comparisons": lambda fit, x: fit.comparisons(**QUIET),
    "concordance": lambda fit, x: fit.concordance(**QUIET),
    "confusion": lambda fit, x: fit.confusion(**event_of(fit), **QUIET),
    "cost_curve": lambda fit, x: fit.cost_curve(**QUIET),
    "curve": lambda fit, x: fit.curve(x, [0.0, 1.0]),
    "decide": lambda fit, x: fit.decide(costs=costs_of(fit), **QUIET),
    "diagnostics": lambda fit, x: fit.diagnostics(),
    "draws_frame": lambda fit, x: fit.draws_frame(kind="probability"),
    "expected_cost": lambda fit, x: fit.expected_cost(costs=costs_of(fit), **QUIET),
    "extend": lambda fit, x: fit.extend("predictions"),
    "idata": lambda fit, x: fit.idata,
    "in_words": lambda fit, x: fit.in_words(x),
    "internal_external": lambda fit, x: fit.internal_external(
        np.arange(len(fit.model.rows)) % 2, **event_of(fit), **QUIET
    ),
    "kfold": lambda fit, x: fit.kfold(2, **QUIET),
    "loo": lambda fit, x: fit.loo(**QUIET),
    "movement": lambda fit, x: fit.movement(),
    "net_benefit": lambda fit, x: fit.net_benefit(**event_of(fit), **QUIET),
    "plot_calibration": lambda fit, x: fit.plot_calibration(**event_of(fit), **QUIET),
    "plot_costs": lambda fit, x: fit.plot_costs(**QUIET),
    "plot_curve": lambda fit, x: fit.plot_curve(x),
    "plot_effects": lambda fit, x: fit.plot_effects(**QUIET),
    "plot_forest": lambda fit, x: fit.plot_forest(),
    "plot_influence": lambda fit, x: fit.plot_influence(**QUIET),
    "plot_nomogram": lambda fit, x: fit.plot_nomogram(),
    "plot_movement": lambda fit, x: fit.plot_movement(),
    "plot_net_benefit": lambda fit, x: fit.plot_net_benefit(**event_of(fit), **QUIET),
    "plot_ppc": lambda fit, x: fit.plot_ppc(random_seed=1),
    "plot_precision_recall": lambda fit, x: fit.plot_precision_recall(**event_of(fit), **QUIET),
    "plot_prior": lambda fit, x: fit.plot_prior(),
    "plot_residuals": lambda fit, x: fit.plot_residuals(**event_of(fit), **QUIET),
    "plot_roc": lambda fit, x: fit.plot_roc(**event_of(fit), **QUIET),
    "plot_separation": lambda fit, x: fit.plot_separation(**event_of(fit), **QUIET),
    "plot_simplex": lambda fit, x: fit.plot_simplex(),
    "plot_validation": lambda fit, x: fit.plot_validation(repeats=8, **event_of(fit), **QUIET),
    "points": lambda fit, x: fit.points(),
    "precision_recall": lambda fit, x: fit.precision_recall(**event_of(fit), **QUIET),
    "predict": lambda fit, x: fit.predict(),
    "predictions": lambda fit, x: fit.predictions(**QUIET),
    "r_squared": lambda fit, x: fit.r_squared(),
    "refine": lambda fit, x: fit.refine(random_seed=1),
    "report": lambda fit, x: None,  # a page made of the answers of other verbs: tests/report
    "residuals": lambda fit, x: fit.residuals(**event_of(fit), **QUIET),
    "roc": lambda fit, x: fit.roc(**event_of(fit), **QUIET),
    "save": lambda fit, x: kept(fit).predict(),
    "slopes": lambda fit, x: fit.slopes(**QUIET),
    "solve": lambda fit, x: fit.solve(x),
    "summary": lambda fit, x: fit.summary(),
    "to_dict": lambda fit, x: fit.to_dict(),
    "table": lambda fit, x: fit.table(),
    "to_sql": lambda fit, x: fit.to_sql(),
    "update": lambda fit, x: None,  # of other rows: asked by each contract by itself
    "validate": lambda fit, x: fit.validate(repeats=8, **event_of(fit), **QUIET),
    "with_prevalence": lambda fit, x: fit.with_prevalence(0.1).predict(),
}
MODEL: dict[str, Call] = {
    "calibrate": lambda model, x: model.calibrate(20, "laplace", random_seed=1, **QUIET),
    "check": lambda model, x: model.check(),
    "check_proportional_odds": lambda model, x: model.check_proportional_odds(),
    "classical": lambda model, x: model.classical(),
    "compare_methods": lambda model, x: model.compare_methods(["laplace", "map"], draws=50).drop(
        columns="seconds"
    ),
    "fit": lambda model, x: model.fit("map", **QUIET).theta,
    "graph": lambda model, x: model.graph(),
    "plot_ranks": lambda model, x: model.plot_ranks(
        simulations=20, method="laplace", random_seed=1, **QUIET
    ),
    "plan": lambda model, x: model.plan(
        30, simulations=20, method="laplace", random_seed=1, **QUIET
    ),
    "prior_predictive": lambda model, x: model.prior_predictive(100, random_seed=1),
    "pymc": lambda model, x: model.pymc,
    "to_pymc_code": lambda model, x: model.to_pymc_code(),
}

# Fields, properties that hold what was fitted or drawn, and what only models with groups have.
_HELD = {
    *("nodes", "covariances", "fixed_layout", "grouped_density", "block_order", "group_effects"),
    "plot_groups",
    *("shares", "elasticities", "willingness_to_pay", "check_alternatives"),  # of choices
    *("attrs", "caveat", "classes", "exact", "importance", "likelihood", "log_evidence"),
    *(
        "n_chains",
        "n_draws",
        "note",
        "point",
        "population",
        "posterior",
        "problems",
        "sample",
        "several",
    ),
    *(
        "theta",
        "given",
        "given_gaussian",
        "learns",
        "warn_of_risks",
        "cases",
        "counts",
        "density",
        "dropped",
        "frequencies",
        "labels",
        "layout",
    ),
    "of",
    "learns",
    *("given", "given_gaussian"),
}


def missing(kind: type) -> set[str]:
    """Return the verbs of a class that stand in none of the lists above."""
    listed = FIT if kind is bl.Fit else MODEL
    return {name for name in dir(kind) if not name.startswith("_")} - set(listed) - _HELD
