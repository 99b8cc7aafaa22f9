"""What scikit-learn asks of its LogisticRegression in test_logistic.py, asked of ours.

Each test here names those of scikit-learn 1.9 that it stands for. The others are about what the
classifier does not have, because its posterior is computed otherwise:

- solvers, their options and agreement (glmnet, check_solver_option, liblinear, saga, newton, lbfgs,
  regression_solvers, dtype_match, max_iter, n_iter, zero_max_iter, warm_start, intercept_scaling,
  path, n_jobs, callback): methods are held to one another in tests/contracts/test_methods.py;
- l1 and elastic-net penalties (logreg_l1, elastic_net, l1_ratio, sparsify): ``bl.Laplace`` is in
  tests/priors;
- the class LogisticRegressionCV (logistic_cv, scores, multinomial_cv): GridSearchCV is in
  test_estimator.py;
- sparse matrices and array API (large_sparse_matrix, array_api), which are refused by
  scikit-learn's own sentences.
"""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_iris, make_classification
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import get_scorer, log_loss

import bayeslogit as bl

IRIS = load_iris()
ROOMY = {"method": "map"}


def separated():
    return np.array([[-1.0, 0], [0, 1], [1, 1]])


@pytest.mark.parametrize(
    "labels", [[0, 1, 1], ["no", "yes", "yes"], [-1, 3, 3], [False, True, True]]
)
def test_two_classes_are_learnt(labels) -> None:
    """predict_2_classes, multinomial_logistic_regression_string_inputs."""
    X, y = separated(), np.array(labels)
    for C in (1.0, 100.0):
        fitted = bl.LogisticClassifier(C=C, **ROOMY).fit(X, y)
        assert fitted.classes_.tolist() == sorted(set(labels))
        np.testing.assert_array_equal(fitted.predict(X), y)
        prob = fitted.predict_proba(X)
        np.testing.assert_allclose(prob.sum(axis=1), 1.0, rtol=1e-12)
        np.testing.assert_array_equal(fitted.classes_[prob.argmax(axis=1)], y)


def test_three_classes_are_learnt() -> None:
    """predict_3_classes, logreg_predict_proba_multinomial."""
    y = IRIS.target_names[IRIS.target]
    fitted = bl.LogisticClassifier(C=1e3, **ROOMY).fit(IRIS.data, y)
    assert fitted.score(IRIS.data, y) > 0.95
    prob = fitted.predict_proba(IRIS.data)
    np.testing.assert_allclose(prob.sum(axis=1), 1.0, rtol=1e-12)
    apart = [
        LogisticRegression(C=1e3, max_iter=5000).fit(IRIS.data, y == k) for k in fitted.classes_
    ]
    each = np.stack([one.predict_proba(IRIS.data)[:, 1] for one in apart], axis=1)
    assert log_loss(y, prob) < log_loss(y, each / each.sum(axis=1, keepdims=True))


def test_rows_that_do_not_fit_are_refused() -> None:
    """inconsistent_input, nan."""
    X, y = separated(), np.array([0, 1, 1])
    fitted = bl.LogisticClassifier(**ROOMY).fit(X, y)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        fitted.fit(X, y[:-1])
    with pytest.raises(ValueError, match="X has 1 features, but LogisticClassifier is expecting 2"):
        fitted.predict(X[:, :1])
    with pytest.raises(ValueError, match="Input X contains NaN"):
        fitted.fit(np.where(X == 0, np.nan, X), y)
    with pytest.raises(NotFittedError):
        bl.LogisticClassifier().predict(X)


@pytest.mark.parametrize("classes", [2, 3])
def test_coefficients_sum_to_zero_and_do_not_depend_on_order(classes) -> None:
    """multinomial_identifiability_on_iris, consistency of class order."""
    rows = np.flatnonzero(IRIS.target < classes)
    X, y = IRIS.data[rows], IRIS.target[rows]
    fitted = bl.LogisticClassifier(C=1.0, **ROOMY).fit(X, y)
    other = bl.LogisticClassifier(C=1.0, **ROOMY).fit(X, classes - 1 - y)
    if classes > 2:
        np.testing.assert_allclose(fitted.coef_.sum(axis=0), 0.0, atol=1e-12)
        np.testing.assert_allclose(fitted.intercept_.sum(), 0.0, atol=1e-12)
    np.testing.assert_allclose(
        fitted.predict_proba(X), other.predict_proba(X)[:, ::-1], rtol=1e-6, atol=1e-9
    )


def test_weights_count_rows_and_leave_them_as_they_were() -> None:
    """logistic_regression_sample_weights, sample_weight_not_modified."""
    X, y = make_classification(120, 4, n_informative=3, n_redundant=0, random_state=1)
    weights = 1.0 + (np.arange(120) % 3 == 0)
    before = weights.copy()
    for options in ({}, {"class_weight": {0: 1.0, 1: 2.0}}):
        fitted = bl.LogisticClassifier(C=1.0, **ROOMY, **options).fit(X, y, weights)
        np.testing.assert_array_equal(weights, before)
        rows = np.repeat(np.arange(120), weights.astype(int))
        again = bl.LogisticClassifier(C=1.0, **ROOMY, **options).fit(X[rows], y[rows])
        np.testing.assert_allclose(fitted.coef_, again.coef_, rtol=1e-7)
        ones = bl.LogisticClassifier(C=1.0, **ROOMY, **options).fit(X, y, np.ones(120))
        plain = bl.LogisticClassifier(C=1.0, **ROOMY, **options).fit(X, y)
        np.testing.assert_allclose(ones.coef_, plain.coef_, rtol=1e-7)


@pytest.mark.parametrize("classes", [2, 3])
def test_balanced_is_the_inverse_share(classes) -> None:
    """logistic_regression_class_weights, sample_and_class_weight_equivalence."""
    rows = np.flatnonzero(IRIS.target < classes)[17:]
    X, y = IRIS.data[rows], IRIS.target[rows]
    counts = np.bincount(y)
    stated = {k: len(y) / (classes * counts[k]) for k in range(classes)}
    fitted = [
        bl.LogisticClassifier(C=1.0, class_weight=w, **ROOMY).fit(X, y)
        for w in ("balanced", stated)
    ]
    by_rows = bl.LogisticClassifier(C=1.0, **ROOMY).fit(X, y, np.array([stated[k] for k in y]))
    np.testing.assert_allclose(fitted[0].coef_, fitted[1].coef_, rtol=1e-9)
    np.testing.assert_allclose(fitted[0].coef_, by_rows.coef_, rtol=1e-6)
    np.testing.assert_array_equal(fitted[0].predict(X), by_rows.predict(X))


def test_no_penalty_and_a_weak_one_agree() -> None:
    """penalty_none, c_inf_no_warning."""
    X, y = make_classification(400, 4, n_informative=3, n_redundant=0, flip_y=0.3, random_state=3)
    none = bl.LogisticClassifier(priors="flat", **ROOMY).fit(X, y)
    weak = bl.LogisticClassifier(C=1e10, **ROOMY).fit(X, y)
    theirs = LogisticRegression(C=np.inf, tol=1e-12, solver="newton-cholesky").fit(X, y)
    np.testing.assert_allclose(none.coef_, weak.coef_, rtol=1e-6)
    np.testing.assert_allclose(none.coef_, theirs.coef_, rtol=1e-7)


def test_large_values_and_one_column() -> None:
    """liblinear_with_large_values, single_feature_newton_cg."""
    X, y = make_classification(200, 1, n_informative=1, n_redundant=0, n_clusters_per_class=1)
    fitted = bl.LogisticClassifier(**ROOMY).fit(X, y)
    large = bl.LogisticClassifier(**ROOMY).fit(X * 1e8, y)
    np.testing.assert_allclose(large.predict_proba(X * 1e8), fitted.predict_proba(X), rtol=1e-6)


def test_the_scores_of_scikit_learn_read_it() -> None:
    """get_default_scorer, logistic_cv_multinomial_score."""
    fitted = bl.LogisticClassifier(C=1.0, **ROOMY).fit(IRIS.data, IRIS.target)
    for name in ("accuracy", "neg_log_loss", "roc_auc_ovr", "f1_macro", "neg_brier_score"):
        assert np.isfinite(get_scorer(name)(fitted, IRIS.data, IRIS.target))
    assert fitted.score(IRIS.data, IRIS.target) == get_scorer("accuracy")(
        fitted, IRIS.data, IRIS.target
    )
