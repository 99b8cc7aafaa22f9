"""K-fold cross-validation: the folds, the scores, and equality with ArviZ on the same folds."""

from __future__ import annotations

import importlib
import warnings
from dataclasses import replace

import arviz_stats
import numpy as np
import pytest
import xarray as xr
from arviz_stats.loo import SamplingWrapper

import bayeslogit as bl
from bayeslogit.answers.comparison.folds import assign, groups_of
from bayeslogit.specification.subset import on_rows

EXAM = bl.load_dataset("exam")


@pytest.fixture(scope="module")
def fit():
    return bl.logistic("passed ~ hours", EXAM).fit("quadrature", draws=500, random_seed=1)


def clustered(n=120):
    rng = np.random.default_rng(3)
    person = np.repeat(np.arange(n // 6), 6)
    x = rng.normal(size=n)
    eta = x + 2.0 * rng.normal(size=n // 6)[person]
    return {"x": x, "person": person, "y": (rng.random(n) < 1 / (1 + np.exp(-eta))).astype(int)}


# ---- folds --------------------------------------------------------------------------------


def test_classes_are_spread_evenly_and_folds_are_of_one_size():
    rng = np.random.default_rng(0)
    y = (rng.random(97) < 0.2).astype(int)
    model = bl.logistic("y ~ x", {"y": y, "x": rng.normal(size=97)})
    left = assign([model], 10, None, rng)
    np.testing.assert_array_equal(left.sum(axis=0), model.counts)
    assert np.ptp(left.sum(axis=(1, 2))) <= 1
    assert np.ptp(left[:, :, 1].sum(axis=1)) <= 1


@pytest.mark.parametrize("weights", [[2.0, 3.0, 420.0, 0.0], [0.5, 2.7, 1e6, 3.0]])
def test_single_cases_of_a_row_are_in_different_folds(weights):
    table = {"y": [0, 1, 1, 0], "x": [0.0, 1, 0, 1], "w": weights}
    model = bl.logistic("y ~ x", table, weights="w", priors=bl.Normal(0, 1))
    left = assign([model], 4, None, np.random.default_rng(0))
    np.testing.assert_allclose(left.sum(axis=0), model.counts, rtol=1e-12)
    np.testing.assert_allclose(left[:, 2, 1], weights[2] / 4, rtol=0.01)


def test_groups_stay_together_in_folds_of_about_equal_size():
    rng = np.random.default_rng(0)
    groups = rng.choice(list("abcdefghijkl"), 200)
    y = (rng.random(200) < 0.5).astype(int)
    model = bl.logistic("y ~ x", {"y": y, "x": rng.normal(size=200)})
    fold = assign([model], 4, groups, rng).sum(axis=2).argmax(axis=0)
    assert all(len(set(fold[groups == name])) == 1 for name in "abcdefghijkl")
    assert np.ptp(np.bincount(fold)) <= 20


def test_folds_of_the_user_are_kept():
    model = bl.logistic("passed ~ hours", EXAM)
    given = np.array(["b", "a"] * 10)
    left = assign([model], given, None, np.random.default_rng(0))
    assert left.sum(axis=2).argmax(axis=0).tolist() == [1, 0] * 10
    assert left.sum() == 20


def test_groups_by_name_by_row_and_by_row_of_the_table():
    data = clustered() | {"z": np.ones(120)}
    data["x"] = data["x"].copy()
    data["x"][:6] = np.nan
    model = bl.logistic("y ~ x", data, missing="drop")
    wanted = data["person"][6:]
    assert groups_of(data["person"], model.design, model.rows).tolist() == wanted.tolist()
    assert groups_of(wanted, model.design, model.rows).tolist() == wanted.tolist()
    assert groups_of("x", model.design, model.rows).tolist() == data["x"][6:].tolist()
    assert groups_of(None, model.design, model.rows) is None


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"folds": 1}, r"folds=1 is not a number of folds; expected a whole number of at least 2"),
        ({"folds": 2.5}, r"folds=2.5 is not a number of folds"),
        ({"folds": 21}, r"21 folds do not fit 20 cases; expected from 2 folds to as many as th"),
        ({"folds": [1, 2]}, r"folds has 2 entries for 20 rows; expected one for each row of the f"),
        ({"folds": [1] * 20}, r"1 folds do not fit 20 rows; expected from 2"),
        ({"groups": "hour"}, r"groups='hour' is not a predictor of this model.*Did you mean 'hour"),
        ({"groups": [1, 2]}, r"groups has the shape \(2,\) for 20 rows; expected one value for ea"),
        ({"groups": [1] * 20}, r"2 folds do not fit 1 groups; expected from 2 folds to as many"),
        ({"folds": [1, 2] * 10, "groups": [1, 2] * 10}, r"folds is an array, and groups was given"),
    ],
)
def test_mistakes_get_a_sentence(fit, options, sentence):
    with pytest.raises(bl.DesignError, match=sentence):
        fit.kfold(**options)


# ---- scores -------------------------------------------------------------------------------


class Wrapper(SamplingWrapper):
    """ArviZ's way of fitting again, by the same fits."""

    def __init__(self, fit):
        super().__init__(model=None, idata_orig=fit.idata)
        self.fit = fit
        self.number = 0

    def sel_observations(self, idx):
        rows = np.arange(len(self.fit.model.rows))
        return np.setdiff1d(rows, idx), np.asarray(idx)

    def sample(self, modified_observed_data):
        self.number += 1
        chains, draws = self.fit.outcome.draws.shape[:2]
        return on_rows(self.fit.model, modified_observed_data).fit(
            self.fit.method, draws=draws, chains=chains, random_seed=self.number
        )

    def get_inference_data(self, fitted_model):
        return fitted_model

    def log_likelihood__i(self, excluded_obs, idata__i):
        part = on_rows(self.fit.model, excluded_obs)
        eta = part.density.likelihood.eta(idata__i.theta)
        logs = part.family.row_log_likelihood(eta, part.density.likelihood.counts)
        constants = part.density.likelihood.constants
        logs = logs if constants is None else logs + constants[:, None]
        return xr.DataArray(logs[:, None, :], dims=("obs", "chain", "draw"))


@pytest.mark.parametrize("kind", ["binary", "counts"])
def test_scores_equal_arviz_on_the_same_folds(fit, kind):
    if kind == "counts":
        seeds = bl.load_dataset("seeds")
        model = bl.binomial("germinated ~ x1 + x2", seeds, trials="n")
        fit = model.fit("auto", draws=300, random_seed=1)
    n = len(fit.model.rows)
    folds = np.random.default_rng(0).permutation(np.arange(n) % 4)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        mine = fit.kfold(folds, unit="row")
        theirs = arviz_stats.loo_kfold(fit.idata, Wrapper(fit), folds=folds, pointwise=True)
    assert mine.elpd_i.to_numpy() == pytest.approx(theirs.elpd_i.values, abs=1e-10)
    assert mine.elpd == pytest.approx(float(theirs.elpd))
    assert mine.p == pytest.approx(float(theirs.p))
    assert mine.se == pytest.approx(float(theirs.se) * np.sqrt(n / (n - 1)))
    assert str(mine).startswith(f"4-fold over {n} rows: elpd ")


def test_as_many_folds_as_rows_is_leave_one_out(fit):
    assert fit.kfold(20).elpd_i.to_numpy() == pytest.approx(fit.loo().elpd_i.to_numpy(), abs=0.05)


def test_an_approximation_is_carried_to_the_posterior():
    exact = bl.logistic("passed ~ hours", EXAM).fit("quadrature", draws=1000, random_seed=1)
    rough = bl.logistic("passed ~ hours", EXAM).fit("laplace", draws=1000, random_seed=1)
    assert rough.kfold(5).elpd == pytest.approx(exact.kfold(5).elpd, abs=0.15)
    assert exact.kfold(5, method="laplace").elpd == pytest.approx(exact.kfold(5).elpd, abs=0.15)


def test_same_seed_same_answer(fit):
    assert fit.kfold(3, random_seed=2).elpd == fit.kfold(3, random_seed=2).elpd
    assert fit.kfold(3, random_seed=2).elpd != fit.kfold(3, random_seed=3).elpd


def test_groups_are_harder_to_predict_than_rows():
    data = clustered()
    fit = bl.logistic("y ~ x + C(person)", data, priors=bl.Normal(0, 2)).fit(
        "laplace", draws=200, random_seed=1
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", bl.BayesLogitWarning)
        rows, people = fit.kfold(5), fit.kfold(5, groups=data["person"])
    assert people.elpd < rows.elpd - 4


def test_weights_offsets_and_classes_that_are_missing_from_a_fold():
    rng = np.random.default_rng(1)
    x, w = rng.normal(size=60), rng.integers(1, 4, 60)
    y = np.array(["a", "b", "c"])[np.r_[np.zeros(29, int), np.ones(29, int), 2, 2]]
    model = bl.multinomial("y ~ x", {"y": y, "x": x, "w": w}, weights="w")
    fit = model.fit("laplace", draws=200, random_seed=1)
    folds = np.r_[np.arange(58) % 2, 0, 0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", bl.BayesLogitWarning)
        found = fit.kfold(folds)
    assert np.isfinite(found.elpd)
    offset = bl.logistic("passed ~ hours", EXAM, offset=np.linspace(-1, 1, 20))
    assert np.isfinite(offset.fit("laplace", random_seed=1).kfold(4).elpd)


def test_trouble_of_the_fits_is_told_once(fit, monkeypatch):
    module = importlib.import_module("bayeslogit.answers.comparison.kfold")
    whole = module.run
    problem = bl.Problem("divergences", "3 divergences; expected none; use a prior.", "warning")

    def troubled(*args, **options):
        found = whole(*args, **options)
        return found._replace(outcome=replace(found.outcome, problems=(problem,)))

    monkeypatch.setattr(module, "run", troubled)
    with pytest.warns(bl.BayesLogitWarning, match=r"2 of 2 fits without a fold had trouble \(div"):
        fit.kfold(2)


def test_point_estimates_are_refused():
    fit = bl.logistic("passed ~ hours", EXAM).fit("map")
    with pytest.raises(bl.MethodRefused, match="cross-validation needs many draws.* by method 'm"):
        fit.kfold(4)


# ---- comparisons --------------------------------------------------------------------------


def test_comparison_by_folds(fit):
    other = bl.logistic("passed ~ 1", EXAM).fit("quadrature", draws=500, random_seed=1)
    found = bl.compare({"hours": fit, "nothing": other}, folds=5, random_seed=4)
    assert found.kind == "5-fold"
    assert str(found).startswith("Models compared by 5-fold (elpd in nats")
    assert found.table.index.tolist() == ["hours", "nothing"]
    diff = found.elpds["nothing"].values - found.elpds["hours"].values
    times, row = found.elpds["hours"].times, found.table.loc["nothing"]
    np.testing.assert_array_equal(times, found.elpds["nothing"].times)
    assert row["elpd_diff"] == pytest.approx(times @ diff)
    spread = times @ (diff - times @ diff / 20) ** 2 / 19
    assert row["dse"] == pytest.approx(np.sqrt(20 * spread))
    assert not any("Pareto" in note for note in found.notes)
    assert len(found.evidence) == 2


def test_comparison_by_groups_takes_as_many_folds_as_there_are(fit):
    groups = np.repeat([1, 2, 3, 4], 5)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", bl.BayesLogitWarning)
        found = bl.compare({"a": fit, "b": fit}, groups=groups)
    assert found.kind == "4-fold"
    with pytest.raises(bl.DesignError, match="there are 1 models to compare"):
        bl.compare({"a": fit}, folds=3)
