"""A scikit-learn classifier whose probabilities are posterior means; needs scikit-learn."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from bayeslogit.builders import logistic, multinomial
from bayeslogit.errors import ResponseError
from bayeslogit.model import Fit

__all__ = ["LogisticClassifier"]


# scikit-learn has no types, so its base classes are Any.
class LogisticClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc, unused-ignore]
    """Bayesian logistic regression for scikit-learn's pipelines, searches and scores.

    Two classes make a logistic model, more a multinomial one. All else that a fit can tell
    (summaries, intervals, decisions) is in ``fit_``.

    Parameters
    ----------
    priors : prior, dict, "flat" or None
        As in :func:`bayeslogit.logistic`; coefficients are named by the columns of a data frame,
        else ``x0``, ``x1``, ... None for the default prior, which adapts to the columns' scales;
        ``{"Intercept": Flat(), "slopes": Normal.from_C(1.0)}`` is scikit-learn's own.
    link : str, default "logit"
        For two classes.
    method : str, default "auto"
        A name in ``bayeslogit.METHODS``; ``"map"`` gives the probabilities at the mode.
    draws, chains : int
        Shape of the posterior sample.
    random_state : int, numpy.random.RandomState or None
        One seed, one answer.

    Attributes
    ----------
    classes_ : ndarray, shape (classes,)
        Labels in sorted order; the second of two is the event.
    fit_ : Fit
        The posterior.
    n_features_in_ : int

    See Also
    --------
    bayeslogit.logistic, bayeslogit.multinomial : The models.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> exam = bl.load_dataset("exam")
    >>> classifier = bl.LogisticClassifier(random_state=1).fit(exam[["hours"]], exam["passed"])
    >>> classifier.predict_proba(exam[["hours"]])[-1].round(1)
    array([0., 1.])
    """

    def __init__(
        self,
        *,
        priors: Any = None,
        link: str = "logit",
        method: str = "auto",
        draws: int = 1000,
        chains: int = 4,
        random_state: Any = None,
    ) -> None:
        self.priors = priors
        self.link = link
        self.method = method
        self.draws = draws
        self.chains = chains
        self.random_state = random_state

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> LogisticClassifier:
        """Infer the coefficients.

        Parameters
        ----------
        X : array or data frame, shape (rows, columns)
        y : array, shape (rows,)
            Labels of two or more classes.
        sample_weight : array, shape (rows,), optional
            Frequency weights: they multiply the log-likelihood.

        Returns
        -------
        LogisticClassifier
            Itself, with ``classes_`` and ``fit_``.

        Raises
        ------
        ResponseError
            If there is only one class. It is a ValueError.

        See Also
        --------
        predict_proba : Probabilities of rows.

        Examples
        --------
        >>> import bayeslogit as bl
        >>> exam = bl.load_dataset("exam")
        >>> classifier = bl.LogisticClassifier(method="map").fit(exam[["hours"]], exam["passed"])
        >>> classifier.classes_.tolist(), classifier.fit_.method
        ([0, 1], 'map')
        """
        X, y = validate_data(self, X, y, dtype=np.float64)
        check_classification_targets(y)
        self.classes_, codes = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ResponseError(
                f"y has 1 class, {self.classes_[0]!r}, in all {len(y)} rows; expected two or more, "
                "since nothing distinguishes them otherwise; add rows of another class"
            )
        weights = None if sample_weight is None else _check_sample_weight(sample_weight, X)
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        table = self._named(X)
        if len(self.classes_) > 2:
            model = multinomial(table, codes, priors=self.priors, weights=weights)
        else:
            model = logistic(table, codes, priors=self.priors, link=self.link, weights=weights)
        self.fit_: Fit = model.fit(
            self.method, draws=self.draws, chains=self.chains, random_seed=seed, progressbar=False
        )
        return self

    def _named(self, X: np.ndarray) -> Any:
        """Return the columns under the names that the data frame had, if it was one."""
        names = getattr(self, "feature_names_in_", None)
        return X if names is None else {str(name): X[:, j] for j, name in enumerate(names)}

    def predict_proba(self, X: Any) -> np.ndarray:
        """Return posterior mean probabilities, (rows, classes), in the order of ``classes_``.

        Parameters
        ----------
        X : array or data frame, shape (rows, columns)
            The columns of the fit.

        Returns
        -------
        ndarray, shape (rows, classes)
            In [0, 1], each row summing to one.

        Raises
        ------
        ValueError
            If columns are missing or values are not finite.

        See Also
        --------
        predict : Labels.
        bayeslogit.Fit.predict : Probabilities with intervals; ask ``fit_``.

        Examples
        --------
        >>> import bayeslogit as bl
        >>> exam = bl.load_dataset("exam")
        >>> classifier = bl.LogisticClassifier(method="map").fit(exam[["hours"]], exam["passed"])
        >>> classifier.predict_proba(exam[["hours"]])[[0, -1]].round(2).tolist()
        [[0.95, 0.05], [0.02, 0.98]]
        """
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        found = self.fit_.predict(self._named(X))
        mean = found["estimate" if "estimate" in found else "mean"].to_numpy()
        if len(self.classes_) > 2:
            return mean.reshape(-1, len(self.classes_))
        return np.stack([1.0 - mean, mean], axis=1)

    def predict(self, X: Any) -> np.ndarray:
        """Return the label with the largest posterior mean probability, (rows,).

        Parameters
        ----------
        X : array or data frame, shape (rows, columns)
            The columns of the fit.

        Returns
        -------
        ndarray, shape (rows,)

        Raises
        ------
        ValueError
            If columns are missing or values are not finite.

        See Also
        --------
        predict_proba : The probabilities.
        bayeslogit.Fit.decide : Decisions by costs; ask ``fit_``.

        Examples
        --------
        >>> import bayeslogit as bl
        >>> exam = bl.load_dataset("exam")
        >>> classifier = bl.LogisticClassifier(method="map").fit(exam[["hours"]], exam["passed"])
        >>> classifier.predict(exam[["hours"]])[[0, -1]].tolist()
        [0, 1]
        >>> classifier.score(exam[["hours"]], exam["passed"])  # share of right labels
        0.8
        """
        prob = self.predict_proba(X)
        return self.classes_[prob.argmax(axis=1)]
