"""Forecasts compared within one fit: equal to fitting again, and fair to cases that are alike."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics

import bayeslogit as bl
from bayeslogit.answers.evaluation import cross_validation as module
from bayeslogit.answers.evaluation.cross_validation import Folds, Pairs, Ranking, cross_validate
from bayeslogit.specification.subset import prior_of_cases
from tests.benchmarks import held_out

PRIORS = {"Intercept": bl.Normal(0, 2.5), "slopes": bl.Normal(0, 2.5)}
TREATED = {
    "treated": [1] * 100 + [0] * 100,
    "y": [1] * 60 + [0] * 40 + [1] * 40 + [0] * 60,
}


def table(n, p, seed):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, p))
    eta = X @ (0.9 * (-0.6) ** np.arange(p)) - 0.4
    return {f"x{i}": X[:, i] for i in range(p)} | {
        "y": (rng.random(n) < 1 / (1 + np.exp(-eta))).astype(int)
    }


def fitted(data, terms=None, **options):
    terms = terms or " + ".join(name for name in data if name != "y")
    model = bl.logistic(f"y ~ {terms}", data, priors=PRIORS if terms != "1" else None)
    return model.fit(random_seed=1, progressbar=False, **options)


def without(data, rows):
    keep = np.setdiff1d(np.arange(len(data["y"])), rows)
    return {name: np.asarray(values)[keep] for name, values in data.items()}


# ---- the case that was wrong --------------------------------------------------------------


def test_alike_cases_are_level():
    """An event that is left out lowers the forecast of its like; that is no wrong rank."""
    found = fitted(TREATED).auc()
    assert found.loc["auc", "estimate"] == pytest.approx(0.6, abs=1e-9)
    assert found.loc["auc", "in_sample"] == pytest.approx(0.6, abs=1e-12)
    lower, upper = found.loc["auc", ["eti89_lb", "eti89_ub"]]
    assert 0.5 < lower < 0.6 < upper < 0.7


@pytest.mark.parametrize("n", [200, 1000])
def test_a_model_without_predictors_ranks_nothing(n):
    y = (np.arange(n) < 0.4 * n).astype(int)
    found = fitted({"y": y}, "1", draws=200)
    table = found.auc()
    assert table.loc["auc", ["estimate", "in_sample", "optimism"]].tolist() == [0.5, 0.5, 0.0]
    assert found.confusion(0.5).loc["accuracy", "estimate"] == 0.6
    benefit = found.net_benefit([0.1, 0.2])
    np.testing.assert_allclose(benefit["net_benefit"], benefit["in_sample"], atol=1e-12)


def test_cut_offs_far_from_any_forecast_are_as_in_sample():
    found = fitted(TREATED).confusion(0.5)
    assert found.loc["accuracy", "estimate"] == found.loc["accuracy", "in_sample"] == 0.6
    benefit = fitted(TREATED).net_benefit([0.2, 0.5, 0.8])
    np.testing.assert_allclose(benefit["net_benefit"], benefit["in_sample"], atol=1e-12)


# ---- equal to fitting again ---------------------------------------------------------------


def test_pairs_are_those_of_fits_without_them():
    data = table(40, 2, 3)
    fit = fitted(data, draws=2000)
    pairs = cross_validate(fit)
    assert isinstance(pairs, Pairs)
    cases = fit.model.cases
    left = pairs.of(Ranking.of_class(1, 2), cases.counts)
    cell, held = cases.kinds
    events, others = np.flatnonzero(held[:, 1]), np.flatnonzero(held[:, 0])
    first, second = left.prob.reshape(2, len(events), len(others))
    rng = np.random.default_rng(0)
    for i, j in rng.integers((len(events), len(others)), size=(4, 2)):
        cells = cell[events[i]], cell[others[j]]
        rows = [int(np.flatnonzero(cases.cell == c)[0]) for c in cells]
        again = fitted(without(data, rows), draws=2000)
        new = {name: np.asarray(data[name])[rows] for name in ("x0", "x1")}
        expected = again.predict(new)["mean"].to_numpy()
        assert (first[i, j], second[i, j]) == pytest.approx(expected, abs=0.012)


def test_folds_are_those_of_fits_without_them(monkeypatch):
    monkeypatch.setattr(module, "_FORECASTS", 500)
    data = table(450, 3, 4)
    fit = fitted(data)
    folds = cross_validate(fit)
    assert isinstance(folds, Folds)
    assert len(folds.k) == 10
    assert np.nanmax(folds.k) < 0.7
    dealt = np.sum([c.sum(axis=0) for c in folds.counts], axis=0)
    np.testing.assert_array_equal(dealt, fit.model.counts.sum(axis=0))
    row = np.argsort(fit.model.cases.cell)
    for i in (0, 7):
        rows = row[folds.cell[i]]
        again = fitted(without(data, rows))
        new = {name: np.asarray(data[name])[rows] for name in ("x0", "x1", "x2")}
        np.testing.assert_allclose(folds.prob[i][1], again.predict(new)["mean"], atol=0.012)


def four_cells():
    """Return a table of two factors, in which one event makes a cell what it is."""
    cells = {("m", "a"): (10, 3), ("m", "b"): (5, 11), ("f", "a"): (1, 6), ("f", "b"): (7, 7)}
    rows = [
        (sex, arm, y)
        for (sex, arm), numbers in cells.items()
        for y, number in zip((1, 0), numbers, strict=True)
        for _ in range(number)
    ]
    return pd.DataFrame(rows, columns=["sex", "arm", "y"])


SMALL = {
    "intercept only": ("y ~ 1", pd.DataFrame({"y": [1] * 9 + [0] * 21})),
    "one factor": ("y ~ treated", pd.DataFrame(TREATED)),
    "saturated": ("y ~ sex * arm", four_cells()),
    "exam": ("y ~ hours", bl.load_dataset("exam").rename(columns={"passed": "y"})),
    "noise": held_out.models()["noise, 40 rows"],
    "forecasts at the cut-off": held_out.models()["saturated, 80 rows"],
}


@pytest.mark.parametrize("name", SMALL)
def test_figures_are_those_of_brute_force(name):
    """Each pair left out, and the posterior integrated again."""
    formula, rows = SMALL[name]
    exact = held_out.brute(held_out.pairs(formula, rows), float(rows["y"].mean()))
    found = held_out.ours(formula, rows)
    for figure, value in exact.items():
        if value is not None:
            assert found[figure] == pytest.approx(value, abs=0.01), figure


def test_a_slope_of_forecasts_that_hardly_differ_has_an_interval_that_says_so():
    """Of a noise predictor: right to the digits of brute force, and hardly known."""
    formula, rows = held_out.models()["noise, 40 rows"]
    fit = bl.logistic(formula, rows, event=1).fit(random_seed=1, progressbar=False)
    slope = fit.calibration(progressbar=False).scores.loc["calibration_slope"]
    assert slope["corrected"] < -15.0
    assert slope["eti89_ub"] - slope["eti89_lb"] > 20.0
    assert slope["eti89_lb"] < slope["corrected"] < slope["eti89_ub"]


def test_a_hard_case_is_left_out_by_draws_that_were_moved():
    """Of a cell with one event its forecast without it, which few draws speak for."""
    rows = four_cells()
    fit = bl.logistic("y ~ sex * arm", rows).fit(random_seed=1, progressbar=False)
    pairs = cross_validate(fit)
    cell, held = pairs.cases.kinds
    lone = np.flatnonzero((pairs.cases.counts[cell, 1] == 1.0) & (held[:, 1] > 0.0))
    assert set(lone) <= set(pairs.again)
    without_it = rows.drop(rows.index[(rows.sex == "f") & (rows.arm == "a") & (rows.y == 1)])
    again = bl.logistic("y ~ sex * arm", without_it).fit(draws=5000, random_seed=1)
    expected = again.predict({"sex": ["f"], "arm": ["a"]})["mean"].item()
    assert pairs.again[int(lone[0])].alone[1] == pytest.approx(expected, abs=0.003)


def test_the_default_prior_is_that_of_the_cases_left():
    rows = pd.DataFrame(table(40, 2, 3))
    model, kept = bl.logistic("y ~ x0 + x1", rows), bl.logistic("y ~ x0 + x1", rows[5:])
    counts = model.cases.added(model.counts * (np.arange(40) >= 5)[:, None])
    theta = np.random.default_rng(0).normal(size=(3, 4))
    found = prior_of_cases(model, counts).log_density(theta)
    np.testing.assert_allclose(found, kept.prior.log_density(theta), rtol=1e-12)
    given = bl.logistic("y ~ x0 + x1", rows, priors=PRIORS)
    assert prior_of_cases(given, counts) is given.prior


def test_the_same_seed_gives_the_same_folds():
    data = table(450, 1, 4)
    once, again = (fitted(data, draws=200).auc() for _ in range(2))
    assert once.equals(again)


# ---- one definition behind all figures ----------------------------------------------------


@pytest.mark.parametrize("n", [60, 450])
def test_figures_agree_with_one_another(n):
    fit = fitted(table(n, 3, n), draws=500)
    area = fit.auc().loc["auc", "estimate"]
    roc = fit.roc()
    left = cross_validate(fit, fit.seed).of(Ranking.of_class(1, 2), fit.model.cases.counts)
    assert area == pytest.approx(left.area, abs=1e-15)
    assert fit.calibration().scores.loc["auc", "corrected"] == pytest.approx(area, abs=1e-12)
    # The curve is shown at the false positive rates in the sample; between them it is straight.
    rate, height = roc["false_positive_rate"], roc["sensitivity"]
    assert np.trapezoid(height, rate) == pytest.approx(area, abs=0.02)
    assert (np.diff(height) >= -1e-12).all()
    cut = fit.confusion(0.4)["estimate"]
    share = left.successes[left.prob > 0.4].sum() / left.successes.sum()
    assert cut["sensitivity"] == pytest.approx(share, abs=1e-12)
    assert cut[:4].sum() == pytest.approx(n)
    benefit = (cut["true_positives"] - cut["false_positives"] * 0.4 / 0.6) / n
    assert fit.net_benefit([0.4])["net_benefit"].item() == pytest.approx(benefit, abs=1e-12)
    precision = fit.precision_recall()
    assert precision["precision"].between(0, 1).all()
    assert {"in_sample"} <= set(roc) & set(precision) & set(fit.net_benefit())


def test_optimism_is_that_of_fresh_rows_on_average():
    """Over studies of one population: corrected figures, and intervals that hold the new ones."""
    fresh = table(4_000, 6, 99)
    gaps, inside = [], []
    for seed in range(6):
        fit = fitted(table(150, 6, seed), draws=250)
        found = fit.auc(progressbar=False).loc["auc"]
        new = metrics.roc_auc_score(fresh["y"], fit.predict(fresh)["mean"])
        gaps.append([found["in_sample"] - new, found["estimate"] - new])
        inside.append(found["eti89_lb"] < new < found["eti89_ub"])
    flattered, corrected = np.mean(gaps, axis=0)
    assert flattered > 0.015
    assert abs(corrected) < flattered
    assert sum(inside) >= 4


def test_rare_doubts_of_many_fits_are_no_warning():
    fit = fitted(table(450, 3, 4), draws=250)
    assert fit.calibration().problems == ()
