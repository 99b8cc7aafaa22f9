"""The dictionary of a fit is JSON, follows its schema, and is enough to score a row."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import jsonschema
import numpy as np
import pytest

import bayeslogit as bl
from bayeslogit.export.dictionary import SCHEMA, schema
from tests.helpers import exam, random_table

MODELS = {
    "two classes": lambda: bl.logistic("y ~ x * g + flag", random_table()),
    "arrays": lambda: bl.logistic(random_table()[["x", "z"]].to_numpy(), random_table()["y"]),
    "counts": lambda: bl.binomial("k ~ x", random_table(), trials="n", dispersion="beta"),
    "nominal": lambda: bl.multinomial("g ~ x + z", random_table(), weights="w"),
    "ordinal": lambda: bl.ordinal("g ~ x", random_table(), levels=["a", "b", "c"], offset="o"),
    "matched": lambda: bl.logistic(
        "case ~ spontaneous", bl.load_dataset("infert"), strata="stratum"
    ),
    "groups": lambda: bl.logistic("y ~ x + (1 + x | g)", random_table()),
    "curve": lambda: bl.logistic("y ~ s(x)", random_table()),
    "far": lambda: bl.logistic("y ~ x", random_table().assign(x=lambda d: d.x + 1e9)),
    "many": lambda: bl.logistic("y ~ C(n)", random_table()),
}


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("draws", [False, True])
def test_it_follows_the_schema_and_is_the_same_after_json(name, draws) -> None:
    fit = MODELS[name]().fit(draws=40, chains=2, random_seed=1)
    found = fit.to_dict(draws=draws)
    jsonschema.Draft202012Validator.check_schema(schema())
    jsonschema.validate(found, schema())
    again = json.loads(json.dumps(found, allow_nan=False))
    assert again == found
    mean = fit.posterior["beta"].mean(("chain", "draw")).to_numpy().ravel()
    told = {c["name"]: c["mean"] for c in again["coefficients"]}
    slopes = [told[fit.model.fixed_layout.names[i]] for i in fit.model.fixed_layout.slopes]
    np.testing.assert_allclose(slopes, mean[: len(slopes)], rtol=1e-12)
    assert ("draws" in found) is draws


def test_a_row_is_scored_from_it_alone() -> None:
    fit = bl.logistic("passed ~ hours", exam()).fit(random_seed=1)
    told = json.loads(json.dumps(fit.to_dict(draws=True)))
    place = {c["name"]: i for i, c in enumerate(told["coefficients"])}
    eta = [
        draw[place["Intercept"]] + 3.0 * draw[place["hours"]]
        for chain in told["draws"]
        for draw in chain
    ]
    mean = sum(1 / (1 + math.exp(-e)) for e in eta) / len(eta)
    assert mean == pytest.approx(fit.predict({"hours": [3]})["mean"].iloc[0], rel=1e-12)
    covariance = np.cov(fit.theta)
    np.testing.assert_allclose(told["covariance"], covariance, rtol=1e-12)


def test_a_point_has_no_spread_and_a_fit_its_problems() -> None:
    told = bl.logistic("passed ~ hours", exam(), priors="flat").fit("map").to_dict()
    assert told["covariance"] is None
    assert told["coefficients"][0]["quantiles"] is None
    fit = bl.logistic("passed ~ hours", exam()).fit("map")
    doubt = bl.Problem("divergences", "3 transitions diverged; expected none; fit again", "severe")
    fit = replace(fit, outcome=replace(fit.outcome, problems=(doubt,)))
    told = fit.to_dict()
    jsonschema.validate(told, schema())
    assert [p["code"] for p in told["problems"]] == ["divergences"]


def test_the_schema_refuses_what_is_left_out_or_added() -> None:
    told = bl.logistic("passed ~ hours", exam()).fit("map").to_dict()
    for wrong in ({**told, "more": 1}, {k: v for k, v in told.items() if k != "seed"}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, schema())
    assert SCHEMA.suffixes == [".schema", ".json"]


def test_another_word_than_true_or_false_is_refused() -> None:
    with pytest.raises(bl.DesignError, match="draws='yes' is neither True nor False"):
        bl.logistic("passed ~ hours", exam()).fit("map").to_dict(draws="yes")
