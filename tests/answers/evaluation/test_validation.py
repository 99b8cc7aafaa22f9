"""Optimism-corrected indices: those of rms in the mean, and of fits to the same cases."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from statsmodels.api import GLM, add_constant, families
from statsmodels.nonparametric.smoothers_lowess import lowess

import bayeslogit as bl
from bayeslogit.answers.evaluation import validation as module
from bayeslogit.answers.evaluation.fast_refits import FastRefits
from bayeslogit.numerics.indices import INDICES, local_line, mean_difference, validation_indices

REFERENCE = json.loads(
    (Path(__file__).parents[2] / "references" / "validation.json").read_text(encoding="utf-8")
)
FORMULAS = {
    "birthweight": "low ~ age + weight + race + smoker",
    "labour": "works ~ children_to_5 + children_from_6 + age + schooling + experience"
    " + other_income",
}
# Names of rms, and ours.
NAMES = {
    **{"Dxy": "somers_d", "R2": "r_squared", "Intercept": "intercept", "Slope": "slope"},
    **{"Emax": "e_max", "D": "discrimination", "U": "unreliability", "Q": "quality", "B": "brier"},
    **{"g": "g", "gp": "g_probability"},
}
QUIET = {"progressbar": False}


def flat(name, method="map"):
    model = bl.logistic(FORMULAS[name], bl.load_dataset(name), priors="flat")
    return model.fit(method, random_seed=1, **QUIET)


@pytest.fixture(scope="module", params=list(FORMULAS))
def beside(request):
    """What 400 refits say, their standard errors, and what rms says by 4000."""
    fit, kept = flat(request.param), []
    own = module.validation_indices

    def remember(*arguments):
        kept.append(own(*arguments))
        return kept[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "validation_indices", remember)
        found = fit.validate(repeats=400, random_seed=1, **QUIET)
    optimism = np.stack([v[:, 0] - v[:, 1] for v in kept if v.shape[1] == 2])
    spread = optimism.std(axis=0, ddof=1)
    return request.param, found, dict(zip(INDICES, spread, strict=True))


def test_bootstrap_indices_are_those_of_rms(beside):
    name, found, spread = beside
    table = pd.DataFrame(
        REFERENCE[name]["boot"],
        index=REFERENCE[name]["indices"],
        columns=REFERENCE[name]["columns"],
    )
    for theirs, ours in NAMES.items():
        row, expected = found.indices.loc[ours], table.loc[theirs]
        assert row["apparent"] == pytest.approx(expected["index.orig"], abs=2e-5), ours
        if ours == "e_max":
            assert row["corrected"] == pytest.approx(expected["index.corrected"], abs=0.02)
            continue
        # Of 400 refits here and 4000 there; three standard errors of their difference.
        slack = 3.0 * spread[ours] * np.sqrt(1 / 400 + 1 / 4000)
        assert row["optimism"] == pytest.approx(expected["optimism"], abs=slack), ours
        assert row["corrected"] == pytest.approx(expected["index.corrected"], abs=slack + 2e-5)
        assert slack < 0.1
        assert row["n"] == 400
    assert found.problems == ()


def test_the_calibration_curve_is_that_of_rms(beside):
    name, found, _ = beside
    known = REFERENCE[name]
    for column in ("apparent", "corrected"):
        expected = np.interp(found.curve["predicted"], known["predicted"], known[column])
        inside = found.curve["predicted"].between(known["predicted"][0], known["predicted"][-1])
        np.testing.assert_allclose(found.curve[column][inside], expected[inside], atol=0.02)


def test_repeated_folds_are_near_those_of_rms():
    """In small folds, whose classes rms does not spread evenly, only what is steady agrees."""
    found = flat("labour").validate("kfold", repeats=5, random_seed=1, **QUIET)
    table = pd.DataFrame(
        REFERENCE["labour"]["folds"],
        index=REFERENCE["labour"]["indices"],
        columns=REFERENCE["labour"]["columns"],
    )
    for theirs, slack in {"Dxy": 0.01, "R2": 0.015, "B": 0.0015, "gp": 0.01, "Slope": 0.06}.items():
        row = found.indices.loc[NAMES[theirs]]
        assert row["corrected"] == pytest.approx(table.loc[theirs, "index.corrected"], abs=slack)
    assert found.indices["n"].tolist() == [50] * len(found.indices)


def test_indices_are_those_of_statsmodels():
    rng = np.random.default_rng(0)
    prob = expit(rng.normal(size=80))
    y = (rng.random(80) < prob).astype(float)
    logit = np.log(prob / (1 - prob))
    found = validation_indices(prob, 1 - y[:, None], y[:, None])[:, 0]
    found = dict(zip(INDICES, found, strict=True))
    line = GLM(y, add_constant(logit), families.Binomial()).fit()
    null = GLM(y, np.ones(80), families.Binomial()).fit()
    ratio = null.deviance - line.deviance
    own = -2 * (y * np.log(prob) + (1 - y) * np.log1p(-prob)).sum()
    pairs = np.abs(np.subtract.outer(line.params[1] * logit, line.params[1] * logit))
    shares = np.abs(np.subtract.outer(line.fittedvalues, line.fittedvalues))
    expected = {
        "intercept": line.params[0],
        "slope": line.params[1],
        "r_squared": (1 - np.exp(-ratio / 80)) / (1 - np.exp(-null.deviance / 80)),
        "discrimination": (ratio - 1) / 80,
        "unreliability": (own - line.deviance - 2) / 80,
        "quality": (ratio - 1) / 80 - (own - line.deviance - 2) / 80,
        "brier": ((prob - y) ** 2).mean(),
        "log_score": own / 160,
        "g": pairs.sum() / (80 * 79),
        "g_probability": shares.sum() / (80 * 79),
    }
    for name, value in expected.items():
        assert found[name] == pytest.approx(value, abs=1e-7), name
    assert found["somers_d"] == 2 * found["auc"] - 1


def test_counts_are_cases():
    rng = np.random.default_rng(1)
    x, y, times = rng.random(20), rng.random(20) < 0.5, rng.integers(1, 4, 20) + 0.0
    long = np.repeat(x, times.astype(int)), np.repeat(y, times.astype(int)).astype(float)
    short = validation_indices(x, (times * ~y)[:, None], (times * y)[:, None])
    each = validation_indices(long[0], 1 - long[1][:, None], long[1][:, None])
    np.testing.assert_allclose(short, each, atol=1e-9)
    assert mean_difference(x, times[:, None]) == pytest.approx(
        mean_difference(long[0], np.ones((len(long[0]), 1)))
    )
    at = np.linspace(0.2, 0.8, 7)
    np.testing.assert_allclose(
        local_line(x, (times * ~y)[:, None], (times * y)[:, None], at),
        local_line(long[0], 1 - long[1][:, None], long[1][:, None], at),
    )


def test_the_local_line_is_lowess():
    rng = np.random.default_rng(2)
    x = np.sort(rng.random(90))
    y = (rng.random(90) < x).astype(float)
    expected = lowess(y, x, frac=2 / 3, it=0, return_sorted=False)
    found = local_line(x, 1 - y[:, None], y[:, None], x)[:, 0]
    np.testing.assert_allclose(found, expected, atol=2e-3)


def test_a_fast_refit_is_a_fit():
    births = bl.load_dataset("birthweight").iloc[::2].reset_index(drop=True)
    priors = {"Intercept": bl.Normal(0, 2), "slopes": bl.Normal(0, 1)}
    model = bl.logistic("low ~ smoker + premature", births, priors=priors)
    fit = model.fit("quadrature", random_seed=1, **QUIET)
    rows = np.random.default_rng(0).integers(0, len(births), len(births))
    cases = fit.model.cases
    seen = cases.added(np.bincount(rows, minlength=len(births))[:, None] * model.counts)
    found = FastRefits(fit)(seen)
    again = bl.logistic("low ~ smoker + premature", births.iloc[rows], priors=priors)
    expected = again.fit("quadrature", random_seed=1, **QUIET).predict(births)["mean"]
    np.testing.assert_allclose(found.prob[1][cases.cell], expected, atol=6e-3)
    assert found.k < 0.7


def test_the_posterior_mean_is_less_extreme_than_the_mode():
    births = bl.load_dataset("birthweight")
    model = bl.logistic("low ~ age + weight + smoker", births)
    found = {
        m: model.fit(m, random_seed=1, **QUIET).validate(repeats=60, **QUIET)
        for m in ("map", "laplace")
    }
    slopes = [found[m].indices.loc["slope", "corrected"] for m in ("map", "laplace")]
    assert slopes[0] < slopes[1]
    again = model.fit("laplace", random_seed=1, **QUIET).validate(repeats=60, **QUIET)
    pd.testing.assert_frame_equal(again.indices, found["laplace"].indices)
    lower, corrected, upper = found["laplace"].indices.loc[
        "auc", ["eti89_lb", "corrected", "eti89_ub"]
    ]
    assert lower < corrected < upper


def test_one_class_against_all_others():
    wine = bl.load_dataset("housing")
    model = bl.multinomial("satisfaction ~ influence + type", wine, weights="frequency")
    fit = model.fit("map")
    found = fit.validate(repeats=20, event="High", random_seed=1, **QUIET)
    area = fit.auc(event="High").loc["auc", "estimate"]
    assert found.indices.loc["auc", "apparent"] == pytest.approx(area)
    assert found.indices.attrs["outcome"] == "satisfaction = High"
    with pytest.raises(bl.DesignError, match="none was named"):
        fit.validate(repeats=20)


def test_what_cannot_be_validated_is_said():
    fit = bl.logistic("passed ~ hours", bl.load_dataset("exam")).fit("map")
    with pytest.raises(bl.DesignError, match="how='boot' is not known.*Did you mean 'bootstrap'"):
        fit.validate("boot")
    for given in ({"repeats": 1}, {"repeats": 2.5}, {"repeats": True}, {"repeats": 10**6}):
        with pytest.raises(bl.DesignError, match="is not a number of repeats"):
            fit.validate(**given)
    for folds in (1, 21, "ten"):
        with pytest.raises(bl.DesignError, match="is not a number of folds"):
            fit.validate("kfold", folds=folds)
    grouped = bl.logistic("y ~ age + (1 | district)", _contraception()).fit("map", **QUIET)
    with pytest.raises(bl.MethodRefused, match="a model that learns scales"):
        grouped.validate()


def _contraception():
    table = pd.read_csv(Path(__file__).parents[2] / "references" / "contraception.csv")
    return table.iloc[::4]


def test_separated_refits_are_left_out_and_said():
    x = np.linspace(0, 1, 18)
    y = np.repeat([0, 1], 9)
    y[7], y[10] = 1, 0
    fit = bl.logistic("y ~ x", {"x": x, "y": y}, priors="flat").fit("map")
    with pytest.warns(bl.BayesLogitWarning, match="fits to other cases have no finite answer"):
        found = fit.validate(repeats=40, random_seed=1, **QUIET)
    assert found.indices["n"].max() < 40
    assert np.isfinite(found.indices.to_numpy(dtype=float)).all()
    assert "failed_refits" in [p.code for p in found.problems]
    assert "no finite answer" in repr(found)
