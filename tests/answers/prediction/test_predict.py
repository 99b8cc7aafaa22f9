"""Predictions of rows: draws, intervals, classes, simulated outcomes, offsets and trials."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

import bayeslogit as bl
from bayeslogit.posterior import linear_predictor
from tests.helpers import exam, exam_model, random_table


@pytest.fixture(scope="module")
def fit():
    return exam_model().fit("laplace", draws=500, random_seed=1)


def test_predictions_are_draws_of_the_linear_predictor(fit):
    new = {"hours": [1.0, 2.5, 4.0]}
    draws = fit.predict(new, kind="linear", draws=True)
    by_hand = fit.posterior["Intercept"].values[..., None] + fit.posterior[
        "beta"
    ].values * np.array(new["hours"])
    np.testing.assert_allclose(draws, by_hand, atol=1e-13)
    prob = fit.predict(new, draws=True)
    np.testing.assert_allclose(prob, expit(by_hand), atol=1e-14)
    table = fit.predict(new, ci_prob=0.8)
    np.testing.assert_allclose(table["mean"], prob.mean(("chain", "draw")), atol=1e-13)
    np.testing.assert_allclose(table["eti80_ub"], prob.quantile(0.9, ("chain", "draw")))
    assert list(table.columns) == ["mean", "sd", "eti80_lb", "eti80_ub"]


def test_hdi_is_arviz_s(fit):
    from arviz_stats.base import array_stats

    table = fit.predict({"hours": [2.0]}, ci_kind="hdi", ci_prob=0.9)
    draws = fit.predict({"hours": [2.0]}, draws=True).values.ravel()
    expected = array_stats.hdi(draws, prob=0.9, axis=-1)
    np.testing.assert_allclose(table[["hdi90_lb", "hdi90_ub"]].iloc[0], expected)


def test_classes_at_a_stated_cutoff(fit):
    new = {"hours": [1.0, 2.9, 5.0]}
    assert fit.predict(new, kind="class")["class"].tolist() == [0, 1, 1]
    assert fit.predict(new, kind="class", cutoff=0.9)["class"].tolist() == [0, 0, 1]
    drawn = fit.predict(new, kind="class", draws=True)
    assert drawn.dtype == bool
    words = bl.logistic(
        "passed ~ hours", exam().assign(passed=np.where(exam().passed == 1, "yes", "no"))
    ).fit("map")
    assert words.predict(new, kind="class")["class"].tolist() == ["no", "yes", "yes"]


def test_outcomes_are_a_function_of_the_seed(fit):
    one = fit.predict(kind="outcome", draws=True)
    np.testing.assert_array_equal(one, fit.predict(kind="outcome", draws=True))
    assert set(np.unique(one)) == {0, 1}
    other = fit.predict(kind="outcome", draws=True, random_seed=5)
    assert (one != other).any()
    share, prob = one.mean(("chain", "draw")), fit.predict()["mean"]
    np.testing.assert_allclose(share, prob, atol=4.5 * 0.5 / np.sqrt(2000))


def test_counts_of_new_rows_need_trials():
    table = random_table()
    fit = bl.binomial("k ~ x", table, trials="n").fit("laplace", draws=200, random_seed=1)
    with pytest.raises(bl.DesignError, match="need their trials"):
        fit.predict({"x": [0.0]}, kind="outcome")
    drawn = fit.predict({"x": [0.0, 1.0]}, kind="outcome", trials=[5, 50], draws=True)
    assert drawn.max("chain").max("draw").values[0] <= 5
    assert fit.predict(kind="outcome", draws=True).shape == (4, 200, len(table))


def test_offsets_enter_predictions():
    table = random_table()
    fit = bl.logistic("y ~ x + offset(o)", table).fit("map")
    new = {"x": [0.3, 0.3], "o": [0.0, 1.0]}
    eta = fit.predict(new, kind="linear")["estimate"]
    assert eta[1] - eta[0] == pytest.approx(1.0)
    plain = bl.logistic("y ~ x", table, offset="o").fit("map")
    eta = plain.predict({"x": [0.3, 0.3]}, kind="linear", offset=[0.0, 1.0])["estimate"]
    assert eta[1] - eta[0] == pytest.approx(1.0)


def test_blocks_do_not_show(fit, monkeypatch):

    whole = fit.predict()
    drawn = fit.predict(kind="outcome", draws=True)
    monkeypatch.setattr(linear_predictor, "_BLOCK_ELEMENTS", 2000 * 3)
    pd.testing.assert_frame_equal(fit.predict(), whole)
    assert fit.predict(kind="outcome", draws=True).shape == drawn.shape


def test_index_of_the_caller_is_kept(fit):
    new = pd.DataFrame({"hours": [1.0, 2.0]}, index=["ann", "bob"])
    assert fit.predict(new).index.tolist() == ["ann", "bob"]
    assert fit.predict(new, draws=True)["obs"].values.tolist() == ["ann", "bob"]


def test_unseen_level_is_named():
    fit = bl.logistic("y ~ g", random_table()).fit("map")
    with pytest.raises(bl.DesignError, match=r"'g'.*level 'd'"):
        fit.predict({"g": ["d"]})


COUNTED = {
    "logistic": lambda t: bl.logistic("y ~ x", t),
    "binomial": lambda t: bl.binomial("k ~ x", t, trials="n"),
    "beta_binomial": lambda t: bl.binomial("k ~ x", t, trials="n", dispersion="beta"),
    "multinomial": lambda t: bl.multinomial("c ~ x", t),
    "ordinal": lambda t: bl.ordinal("c ~ x", t),
    "sequential": lambda t: bl.ordinal("c ~ x", t, form="sequential"),
}


@pytest.mark.filterwarnings("ignore::bayeslogit.BayesLogitWarning")
@pytest.mark.parametrize("kind", COUNTED)
def test_simulated_outcomes_count_cases_of_every_kind_of_outcome(kind):
    rng = np.random.default_rng(4)
    x = rng.normal(size=40)
    table = {"x": x, "y": (x + rng.logistic(size=40) > 0).astype(int), "n": np.full(40, 6)}
    table |= {"k": rng.binomial(6, expit(x)), "c": np.digitize(x + rng.logistic(size=40), [-1, 1])}
    fit = COUNTED[kind](table).fit("laplace", draws=2000, random_seed=1)
    new = {"x": [0.0, 1.0, -1.0], "cases": [20, 3, 0]}
    drawn = fit.predict(new, kind="outcome", trials="cases", draws=True)
    again = fit.predict(new, kind="outcome", trials=[20, 3, 0], draws=True)
    np.testing.assert_array_equal(drawn, again)
    table = fit.predict(new, kind="outcome", trials=[20, 3, 0])
    prob = fit.predict(new)["mean"].to_numpy()
    classes = len(fit.model.response.classes) if fit.several else 1
    cases = np.repeat([20, 3, 0], classes)
    mean = np.moveaxis(drawn.to_numpy(), (0, 1), (-2, -1)).reshape(len(cases), -1).mean(axis=1)
    np.testing.assert_allclose(table["mean"], mean, atol=1e-12)
    np.testing.assert_allclose(mean, cases * prob, atol=4 * 20 * 0.5 / np.sqrt(8000))
    if classes > 1:
        assert set(drawn.dims) == {"chain", "draw", "obs", "class"}
        assert (drawn.sum("class") == [20, 3, 0]).all()
    one = fit.predict(new, kind="outcome", trials=20)
    assert (one["mean"] > 0).all()
    if kind == "logistic":
        assert one.columns.name == "cases of y = 1"
    if kind not in ("binomial", "beta_binomial"):
        with pytest.raises(bl.ResponseError, match="outcome '.' is the class of one case"):
            fit.update({"x": [0.0], "y": [0], "c": [0]}, trials=20)


@pytest.mark.parametrize(
    ("trials", "sentence"),
    [
        (-1, "'trials' is -1 in row 0; a count"),
        (2.5, "'trials' is 2.5 in row 0; a count"),
        ([1, 2, 3], "trials= has 3 values for 2 rows"),
        ("m", "no column 'm' in the new rows"),
    ],
)
def test_cases_that_are_no_whole_numbers_are_refused(fit, trials, sentence):
    with pytest.raises(ValueError, match=sentence):
        fit.predict({"hours": [1.0, 2.0]}, kind="outcome", trials=trials)
