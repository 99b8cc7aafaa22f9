"""What the classifiers share: reading of rows and priors, and answers in scikit-learn's shapes."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from bayeslogit.errors import PriorError, ResponseError
from bayeslogit.priors import Flat, Normal

__all__ = [
    "draws_of",
    "in_classes",
    "intervals_of",
    "mean_of",
    "penalty",
    "read_rows",
    "read_sample",
    "seed_of",
]


def read_sample(
    classifier: Any, X: Any, y: Any, sample_weight: Any
) -> tuple[Any, np.ndarray, np.ndarray | None]:
    """Return rows, codes of their classes and weights, and set ``classes_``.

    Parameters
    ----------
    classifier : estimator
    X : array or data frame, shape (rows, columns)
    y : array, shape (rows,)
    sample_weight : array, shape (rows,), or None

    Raises
    ------
    ResponseError
        If there is only one class.
    """
    X, y = validate_data(classifier, X, y, dtype=np.float64)
    check_classification_targets(y)
    classifier.classes_, codes = np.unique(y, return_inverse=True)
    if len(classifier.classes_) < 2:
        raise ResponseError(
            f"y has 1 class, {classifier.classes_[0]!r}, in all {len(y)} rows; expected two or "
            "more, since nothing distinguishes them otherwise; add rows of another class"
        )
    weights = None if sample_weight is None else _check_sample_weight(sample_weight, X)
    return _named(classifier, X), codes, weights


def read_rows(classifier: Any, X: Any) -> Any:
    """Return new rows, under the names of the columns of the fit.

    Parameters
    ----------
    classifier : estimator
    X : array or data frame, shape (rows, columns)
    """
    check_is_fitted(classifier)
    return _named(classifier, validate_data(classifier, X, dtype=np.float64, reset=False))


def _named(classifier: Any, X: np.ndarray) -> Any:
    """Return the columns under the names that the data frame had, if it was one."""
    names = getattr(classifier, "feature_names_in_", None)
    return X if names is None else {str(name): X[:, j] for j, name in enumerate(names)}


def seed_of(random_state: Any) -> int:
    """Return a seed from what scikit-learn takes as one."""
    return int(check_random_state(random_state).randint(2**31 - 1))


def penalty(priors: Any, C: Any) -> Any:
    """Return priors, or those of scikit-learn's penalty.

    Parameters
    ----------
    priors : prior, dict, "flat" or None
    C : float or None

    Raises
    ------
    PriorError
        If both are given.
    """
    if C is None:
        return priors
    if priors is not None:
        raise PriorError(
            f"C={C!r} and priors= are both given, and both are the prior of the slopes; expected "
            "one of them; leave C out, or write priors=None"
        )
    return {"Intercept": Flat(), "slopes": Normal.from_C(C)}


def mean_of(fit: Any, rows: Any) -> np.ndarray:
    """Return posterior mean probabilities, (rows, classes of the model).

    Parameters
    ----------
    fit : Fit
    rows : array or table, as :func:`read_rows` gives them
    """
    found = fit.predict(rows)
    mean: np.ndarray = found["estimate" if "estimate" in found else "mean"].to_numpy()
    return in_classes(mean.reshape(-1, len(fit.classes)))


def intervals_of(fit: Any, rows: Any, prob: float | None) -> np.ndarray:
    """Return intervals of probabilities, (rows, classes of the model, 2).

    Parameters
    ----------
    fit : Fit
    rows : array or table, as :func:`read_rows` gives them
    prob : float, optional
        Of the interval.
    """
    found = fit.predict(rows, ci_prob=prob, ci_kind="eti")
    ends: np.ndarray = found[[c for c in found if c.startswith("eti")]].to_numpy()
    if fit.several:
        return ends.reshape(-1, len(fit.classes), 2)
    return np.stack([1.0 - ends[:, ::-1], ends], axis=1)


def draws_of(fit: Any, rows: Any) -> np.ndarray:
    """Return draws of probabilities, (draws, rows, classes of the model).

    Parameters
    ----------
    fit : Fit
    rows : array or table, as :func:`read_rows` gives them
    """
    found = fit.predict(rows, draws=True)
    order = ("chain", "draw", "obs", *(("class",) if fit.several else ()))
    prob: np.ndarray = found.transpose(*order).to_numpy()
    return in_classes(prob.reshape(fit.n_draws, prob.shape[2], -1))


def in_classes(prob: np.ndarray) -> np.ndarray:
    """Return probabilities of all classes, where that of the event stands for two.

    Parameters
    ----------
    prob : ndarray, shape (..., classes) or (..., 1)
    """
    return np.concatenate([1.0 - prob, prob], axis=-1) if prob.shape[-1] == 1 else prob
