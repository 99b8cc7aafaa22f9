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
