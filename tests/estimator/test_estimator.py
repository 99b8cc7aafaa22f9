"""The scikit-learn classifier: scikit-learn's own checks, and agreement with ``fit_``."""

from __future__ import annotations

import pickle

import joblib
import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from sklearn import config_context
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import make_column_transformer
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    FixedThresholdClassifier,
    GridSearchCV,
    cross_val_score,
    cross_validate,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import bayeslogit as bl

ALL = [
    bl.LogisticClassifier(draws=100),
    bl.LogisticClassifier(method="map"),
    bl.OrdinalClassifier(method="map"),
]


@parametrize_with_checks(ALL)
@pytest.mark.filterwarnings("ignore::bayeslogit.BayesLogitWarning")
def test_scikit_learn_s_checks(estimator, check) -> None:
    check(estimator)


def test_the_mode_under_its_penalty_is_scikit_learn_s() -> None:
    rng = np.random.default_rng(2)
    X = rng.normal(size=(200, 3))
    y = np.where(rng.random(200) < 1 / (1 + np.exp(-X[:, 0])), "yes", "no")
    priors = {"Intercept": bl.Flat(), "slopes": bl.Normal.from_C(0.5)}
    ours = bl.LogisticClassifier(method="map", priors=priors).fit(X, y)
    theirs = LogisticRegression(C=0.5, solver="newton-cholesky", tol=1e-12).fit(X, y)
    assert list(ours.classes_) == ["no", "yes"]
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), rtol=1e-8)
    np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))


def test_probabilities_are_posterior_means() -> None:
    exam = bl.load_dataset("exam")
    classifier = bl.LogisticClassifier(random_state=3).fit(exam[["hours"]], exam["passed"])
    assert list(classifier.fit_.summary().index) == ["Intercept", "hours"]
    again = bl.LogisticClassifier(random_state=3).fit(exam[["hours"]], exam["passed"])
    new = exam[["hours"]].iloc[:4]
    np.testing.assert_array_equal(classifier.predict_proba(new), again.predict_proba(new))
    np.testing.assert_array_equal(
        classifier.predict_proba(new)[:, 1], classifier.fit_.predict(new)["mean"]
    )


def test_several_classes_make_a_multinomial_model() -> None:
    rng = np.random.default_rng(4)
    X = rng.normal(size=(150, 2))
    y = np.array(["a", "b", "c"])[np.argmax(X @ [[1, 0, -1], [0, 1, -1]], axis=1)]
    classifier = bl.LogisticClassifier(random_state=1).fit(X, y)
    assert classifier.fit_.model.family.name == "multinomial"
    np.testing.assert_allclose(classifier.predict_proba(X).sum(axis=1), 1.0, rtol=1e-12)
    assert classifier.score(X, y) > 0.8


def test_one_class_is_refused() -> None:
    with pytest.raises(bl.ResponseError, match=r"y has 1 class, .*'a'.*, in all 3 rows; expected"):
        bl.LogisticClassifier().fit(np.arange(3.0)[:, None], ["a", "a", "a"])


def test_in_a_pipeline() -> None:
    exam = bl.load_dataset("exam")
    pipeline = make_pipeline(StandardScaler(), bl.LogisticClassifier(method="map"))
    scores = cross_val_score(pipeline, exam[["hours"]], exam["passed"], cv=4)
    assert scores.mean() > 0.6


def sample(n=300, classes=2):
    rng = np.random.default_rng(2)
    X = rng.normal(size=(n, 3))
    if classes == 2:
        return X, (rng.random(n) < 1 / (1 + np.exp(2 - X[:, 0]))).astype(int)
    return X, np.argmax(X @ rng.normal(size=(3, classes)) + rng.gumbel(size=(n, classes)), axis=1)


THEIRS = {"solver": "lbfgs", "tol": 1e-13, "max_iter": 10_000}


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("weights", [None, "balanced", {0: 5.0, 1: 1.0, 2: 1.0}])
def test_c_and_class_weight_are_scikit_learn_s(classes, weights) -> None:
    X, y = sample(classes=classes)
    if isinstance(weights, dict):
        weights = {k: v for k, v in weights.items() if k < classes}
    ours = bl.LogisticClassifier(C=0.5, method="map", class_weight=weights).fit(X, y)
    theirs = LogisticRegression(C=0.5, class_weight=weights, **THEIRS).fit(X, y)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, atol=1e-6)
    np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))
    if weights is None:
        np.testing.assert_allclose(ours.intercept_, theirs.intercept_, atol=1e-6)
        np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=1e-6)


@pytest.mark.parametrize("classes", [2, 3])
def test_probabilities_stay_honest_under_class_weights(classes) -> None:
    X, y = sample(classes=classes)
    shares = np.bincount(y) / len(y)
    heavy = {k: 20.0 if k == shares.argmin() else 1.0 for k in range(classes)}
    ours = bl.LogisticClassifier(C=1e4, method="map", class_weight=heavy).fit(X, y)
    theirs = LogisticRegression(C=1e4, class_weight=heavy, **THEIRS).fit(X, y)
    assert np.abs(theirs.predict_proba(X).mean(axis=0) - shares).max() > 0.15
    assert np.abs(ours.predict_proba(X).mean(axis=0) - shares).max() < 0.03
    # The same odds but for the weights: those of scikit-learn with the weights taken back.
    back = theirs.predict_proba(X) / np.array([heavy[k] for k in range(classes)])
    np.testing.assert_allclose(
        ours.predict_proba(X), back / back.sum(axis=1, keepdims=True), atol=0.03
    )


def test_weights_of_rows_and_of_classes_multiply() -> None:
    X, y = sample()
    w = np.random.default_rng(3).uniform(0.5, 2.0, len(y))
    for weights in ({0: 1.0, 1: 3.0}, "balanced"):
        ours = bl.LogisticClassifier(C=0.5, method="map", class_weight=weights).fit(X, y, w)
        theirs = LogisticRegression(C=0.5, class_weight=weights, **THEIRS).fit(X, y, w)
        np.testing.assert_allclose(ours.coef_, theirs.coef_, atol=1e-6)


@pytest.mark.parametrize("classes", [2, 3])
def test_draws_and_intervals(classes) -> None:
    X, y = sample(classes=classes)
    for estimator in (
        bl.LogisticClassifier(random_state=1),
        bl.LogisticClassifier(random_state=1, class_weight="balanced"),
        bl.OrdinalClassifier(random_state=1),
    ):
        fitted = estimator.fit(X, y)
        draws, prob = fitted.predict_proba_draws(X[:9]), fitted.predict_proba(X[:9])
        assert draws.shape == (4000, 9, classes)
        np.testing.assert_allclose(draws.sum(axis=2), 1.0, rtol=1e-12)
        np.testing.assert_allclose(draws.mean(axis=0), prob, rtol=1e-12)
        ends = fitted.predict_interval(X[:9], ci_prob=0.8)
        expected = np.moveaxis(np.quantile(draws, [0.1, 0.9], axis=0), 0, -1)
        np.testing.assert_allclose(ends, expected, rtol=1e-9, atol=1e-12)
    with pytest.raises(bl.MethodRefused, match="an interval needs many draws"):
        bl.LogisticClassifier(method="map").fit(X, y).predict_interval(X)


def test_ordered_labels_keep_their_columns() -> None:
    X, _ = sample()
    rank = np.digitize(X[:, 0] + np.random.default_rng(1).logistic(size=len(X)), [-1.0, 1.0])
    y = np.array(["low", "mid", "high"])[rank]
    fitted = bl.OrdinalClassifier(levels=["low", "mid", "high"], method="map").fit(X, y)
    assert fitted.classes_.tolist() == ["high", "low", "mid"]
    assert fitted.levels_.tolist() == ["low", "mid", "high"]
    model = bl.ordinal(X, rank).fit("map")
    expected = model.predict(X)["estimate"].to_numpy().reshape(-1, 3)[:, [2, 0, 1]]
    np.testing.assert_allclose(fitted.predict_proba(X), expected, rtol=1e-12)
    assert fitted.coef_.shape == (1, 3)
    assert fitted.coef_[0, 0] > 0.5
    assert fitted.score(X, y) > 0.5
    ridge = bl.OrdinalClassifier(C=0.01, method="map").fit(X, rank)
    assert np.abs(ridge.coef_).max() < 0.5 * np.abs(fitted.coef_).max()


def test_what_is_refused() -> None:
    X, y = sample(60)
    with pytest.raises(
        bl.PriorError, match="both are the prior of the slopes; expected one of them"
    ):
        bl.LogisticClassifier(C=1.0, priors="flat").fit(X, y)
    with pytest.raises(bl.PriorError, match="from_C got C=-1"):
        bl.LogisticClassifier(C=-1).fit(X, y)
    with pytest.raises(bl.DesignError, match="no shift of the intercept takes back"):
        bl.LogisticClassifier(link="probit", class_weight="balanced").fit(X, y)
    with pytest.raises(bl.ResponseError, match="are not the classes of y"):
        bl.OrdinalClassifier(levels=[0, 2]).fit(X, y)
    with pytest.raises(ValueError, match="The classes, \\[7\\], are not in class_weight"):
        bl.LogisticClassifier(class_weight={0: 1.0, 1: 2.0}).fit(X, np.where(y == 1, 7, 0))
    with pytest.raises(TypeError, match="Sparse data was passed"):
        bl.LogisticClassifier().fit(scipy.sparse.csr_array(X), y)


def test_in_a_pipeline_of_columns_with_names() -> None:
    X, y = sample(120)
    rows = pd.DataFrame(X, columns=["a", "b", "c"]).assign(g=np.where(X[:, 1] > 0, "u", "v"))
    columns = make_column_transformer(
        (OneHotEncoder(drop="first", sparse_output=False), ["g"]), (StandardScaler(), ["a", "b"])
    )
    pipeline = make_pipeline(columns, bl.LogisticClassifier(method="map"))
    pipeline.set_output(transform="pandas").fit(rows, y)
    names = pipeline[-1].fit_.model.design.names
    assert names == ("Intercept", "onehotencoder__g_v", "standardscaler__a", "standardscaler__b")
    assert pipeline.predict_proba(rows).shape == (120, 2)


def test_in_searches_calibration_thresholds_and_frozen() -> None:
    X, y = sample(150)
    search = GridSearchCV(bl.LogisticClassifier(method="map"), {"C": [0.1, 10.0]}, cv=3)
    assert search.fit(X, y).best_params_["C"] in (0.1, 10.0)
    fitted = bl.LogisticClassifier(method="map").fit(X, y)
    calibrated = CalibratedClassifierCV(FrozenEstimator(fitted)).fit(X, y)
    assert calibrated.predict_proba(X).shape == (150, 2)
    CalibratedClassifierCV(bl.LogisticClassifier(method="map"), cv=3).fit(X, y)
    threshold = FixedThresholdClassifier(fitted, threshold=0.1).fit(X, y)
    np.testing.assert_array_equal(threshold.predict(X), fitted.predict_proba(X)[:, 1] >= 0.1)
    frozen = FrozenEstimator(fitted).fit(X[:50], 1 - y[:50])
    np.testing.assert_array_equal(frozen.predict(X), fitted.predict(X))


def test_weights_are_routed() -> None:
    X, y = sample(150)
    w = np.where(y == 1, 3.0, 1.0)
    with config_context(enable_metadata_routing=True):
        asked = bl.LogisticClassifier(method="map").set_fit_request(sample_weight=True)
        asked = asked.set_score_request(sample_weight=True)
        routed = cross_validate(
            asked, X, y, params={"sample_weight": w}, cv=3, return_estimator=True
        )
    plain = cross_validate(bl.LogisticClassifier(method="map"), X, y, cv=3, return_estimator=True)
    for one, other in zip(routed["estimator"], plain["estimator"], strict=True):
        assert one.intercept_[0] > other.intercept_[0] + 0.5


@pytest.mark.parametrize("estimator", ALL)
def test_clone_pickle_and_joblib(estimator, tmp_path) -> None:
    X, y = sample(80)
    fitted = clone(estimator).set_params(random_state=3).fit(X, y)
    assert clone(fitted).get_params() == fitted.get_params()
    joblib.dump(fitted, tmp_path / "fitted.joblib")
    for again in (pickle.loads(pickle.dumps(fitted)), joblib.load(tmp_path / "fitted.joblib")):
        np.testing.assert_array_equal(again.predict_proba(X), fitted.predict_proba(X))
