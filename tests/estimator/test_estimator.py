"""The scikit-learn classifier: scikit-learn's own checks, and agreement with ``fit_``."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import bayeslogit as bl


@parametrize_with_checks([bl.LogisticClassifier(draws=100), bl.LogisticClassifier(method="map")])
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
