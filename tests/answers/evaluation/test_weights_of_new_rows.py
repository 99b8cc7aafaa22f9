"""Weights for judging new rows, against scikit-learn and against rows that are written out."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics

import bayeslogit as bl
from tests.helpers import random_table

OLD, NEW = random_table(120, seed=4), random_table(80, seed=5)
NEW["size"] = np.random.default_rng(1).integers(0, 4, len(NEW))
WRITTEN_OUT = NEW.loc[NEW.index.repeat(NEW["size"])].reset_index(drop=True)


@pytest.fixture(scope="module")
def fit():
    return bl.logistic("y ~ x + z + g", OLD).fit("laplace", draws=200, random_seed=1)


def test_scores_are_those_of_scikit_learn(fit):
    p, y, w = fit.predict(NEW)["mean"].to_numpy(), NEW["y"], NEW["w"]
    given = {"newdata": NEW, "weights": "w", "random_seed": 1}
    found = fit.auc(**given)["estimate"]
    assert found["auc"] == pytest.approx(metrics.roc_auc_score(y, p, sample_weight=w), rel=1e-12)
    expected = metrics.average_precision_score(y, p, sample_weight=w)
    assert found["average_precision"] == pytest.approx(expected, rel=1e-12)
    scores = fit.calibration(NEW, weights=NEW["w"]).scores["new_data"]
    expected = metrics.brier_score_loss(y, p, sample_weight=w)
    assert scores["brier"] == pytest.approx(expected, rel=1e-12)
    expected = metrics.log_loss(y, p, sample_weight=w)
    assert scores["log_score"] == pytest.approx(expected, rel=1e-12)
    counts = metrics.confusion_matrix(y, p > 0.5, sample_weight=w).ravel()
    found = fit.confusion(**given)["estimate"]
    names = ["true_negatives", "false_positives", "false_negatives", "true_positives"]
    np.testing.assert_allclose(found[names], counts, rtol=1e-12)
    assert found["precision"] == pytest.approx(metrics.precision_score(y, p > 0.5, sample_weight=w))
    benefit = fit.net_benefit([0.3], **given)["net_benefit"].iloc[0]
    _, fp, _, tp = metrics.confusion_matrix(y, p > 0.3, sample_weight=w).ravel()
    assert benefit == pytest.approx((tp - fp * 0.3 / 0.7) / w.sum(), rel=1e-12)
    rates, reached, _ = metrics.roc_curve(y, p, sample_weight=w, drop_intermediate=False)
    found = fit.roc(**given)
    np.testing.assert_allclose(found["false_positive_rate"], rates, rtol=1e-12)
    np.testing.assert_allclose(found["sensitivity"], reached, rtol=1e-12)


def test_whole_numbers_are_rows_written_out(fit):
    for verb, column in {
        "auc": "estimate",
        "confusion": "estimate",
        "net_benefit": "net_benefit",
        "precision_recall": "precision",
    }.items():
        found = getattr(fit, verb)(newdata=NEW, weights="size")
        expected = getattr(fit, verb)(newdata=WRITTEN_OUT)
        np.testing.assert_allclose(found[column], expected[column], rtol=1e-12)
        pd.testing.assert_frame_equal(found, expected)
    fits = {"x": bl.logistic("y ~ x", OLD).fit("map"), "all": fit}
    found = bl.compare_scores(fits, newdata=NEW, weights="size", loo=False)
    expected = bl.compare_scores(fits, newdata=WRITTEN_OUT, loo=False)
    pd.testing.assert_frame_equal(found, expected)


def test_what_is_refused(fit):
    with pytest.raises(bl.DesignError, match="weights= is given without a table of new rows"):
        fit.auc(weights=OLD["w"])
    with pytest.raises(bl.BayesLogitError, match="weights"):
        fit.auc(newdata=NEW, weights=-NEW["w"])
    with pytest.raises(bl.BayesLogitError, match="'ww'.*'w'"):
        fit.calibration(NEW, weights="ww")
