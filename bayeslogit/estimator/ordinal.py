"""A scikit-learn classifier for classes with an order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from bayeslogit.builders import logistic, ordinal
from bayeslogit.errors import ResponseError, quoted
from bayeslogit.errors.closed import FormWord, LinkWord
from bayeslogit.estimator import shared
from bayeslogit.model import Fit
from bayeslogit.posterior.posterior import refuse_point
from bayeslogit.priors import Normal

__all__ = ["OrdinalClassifier"]


# scikit-learn has no types, so its base classes are Any.
class OrdinalClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc, unused-ignore]
    """Bayesian ordinal regression for scikit-learn's pipelines, searches and scores.

    Of three and more classes with an order; two make a logistic model. There is no
    ``class_weight``: weights of ordered classes move no single intercept, so that nothing could
    take them back from the probabilities. ``fit_.decide`` has costs of mistakes instead.

    Parameters
    ----------
    levels : sequence or None
        Classes from lowest to highest; None for their sorted order.
    priors : prior, dict, "flat" or None
        As in :func:`bayeslogit.ordinal`.
    C : float or None
        In place of ``priors``: Normal(0, sqrt(C)) on slopes, and the default on cutpoints.
    form : {"cumulative", "sequential", "adjacent"}
    link : str, default "logit"
    method : str, default "auto"
        A name in ``bayeslogit.METHODS``; ``"map"`` gives the probabilities at the mode.
    draws, chains : int
        Shape of the posterior sample.
    random_state : int, numpy.random.RandomState or None
        One seed, one answer.

    Attributes
    ----------
    classes_ : ndarray, shape (classes,)
        Labels in sorted order, which is that of the columns of probabilities.
    levels_ : ndarray, shape (classes,)
        Labels from lowest to highest.
    coef_ : ndarray, shape (1, columns)
        Posterior means of the slopes: positive ones move towards higher classes.
    fit_ : Fit
        The posterior.
    n_features_in_ : int

    See Also
    --------
    LogisticClassifier : Classes without an order.
    bayeslogit.ordinal : The model.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> exam = bl.load_dataset("exam")
    >>> grade = ["low"] * 7 + ["middle"] * 7 + ["top"] * 6
    >>> classifier = bl.OrdinalClassifier(levels=["low", "middle", "top"], method="map")
    >>> classifier.fit(exam[["hours"]], grade).predict(exam[["hours"]])[[0, 10, 19]].tolist()
    ['low', 'middle', 'top']
    """

    def __init__(
        self,
        *,
        levels: Sequence[Any] | None = None,
        priors: Any = None,
        C: float | None = None,
        form: FormWord = "cumulative",
        link: LinkWord = "logit",
        method: str = "auto",
        draws: int = 1000,
        chains: int = 4,
        random_state: Any = None,
    ) -> None:
        self.levels = levels
        self.priors = priors
        self.C = C
        self.form = form
        self.link = link
        self.method = method
        self.draws = draws
        self.chains = chains
        self.random_state = random_state

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        # Classes without an order, such as clouds of points anywhere, are not its matter.
        tags.classifier_tags.poor_score = True
        return tags

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> OrdinalClassifier:
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
        OrdinalClassifier
            Itself, with ``classes_``, ``levels_`` and ``fit_``.

        Raises
        ------
        ResponseError
            If there is only one class, or ``levels`` are not the classes of ``y``. It is a
            ValueError.
        PriorError
            If ``C`` and ``priors`` are both given, or ``C`` is not a positive number.

        See Also
        --------
        predict_proba : Probabilities of rows.

        Examples
        --------
        >>> import bayeslogit as bl
        >>> exam = bl.load_dataset("exam")
        >>> grade = [1] * 7 + [2] * 7 + [3] * 6
        >>> classifier = bl.OrdinalClassifier(method="map").fit(exam[["hours"]], grade)
        >>> classifier.classes_.tolist(), classifier.fit_.model.family.name
        ([1, 2, 3], 'cumulative')
        """
        prior = shared.penalty(self.priors, self.C)
        if self.C is not None:
            prior = {"slopes": Normal.from_C(self.C)}
        table, codes, weights = shared.read_sample(self, X, y, sample_weight)
        self._order = self._positions()
        self.levels_ = self.classes_[self._order]
        ranks = np.argsort(self._order)[codes]
        if len(self.classes_) > 2:
            model = ordinal(
                table, ranks, priors=prior, form=self.form, link=self.link, weights=weights
            )
        else:
            model = logistic(table, ranks, priors=prior, link=self.link, weights=weights)
        self.fit_: Fit = model.fit(
            self.method,
            draws=self.draws,
            chains=self.chains,
            random_seed=shared.seed_of(self.random_state),
            progressbar=False,
        )
        return self

    def _positions(self) -> np.ndarray:
        """Return the place of each level, from the lowest, among the sorted classes."""
        if self.levels is None:
            return np.arange(len(self.classes_))
        known = {label: i for i, label in enumerate(self.classes_.tolist())}
        levels = list(self.levels)
        if set(levels) != set(known) or len(levels) != len(known):
            raise ResponseError(
                f"levels={quoted(levels)} are not the classes of y, "
                f"which are {quoted(list(known))}; expected each of them once, from lowest to "
                "highest; write them in that order"
            )
        return np.array([known[label] for label in levels])

    @property
    def coef_(self) -> np.ndarray:
        """Posterior means of the slopes, (1, columns), in the unit of the link."""
        check_is_fitted(self, "fit_")
        found: np.ndarray = self.fit_.posterior["beta"].mean(("chain", "draw")).to_numpy()[None]
        return found

    def _sorted(self, prob: np.ndarray, axis: int) -> np.ndarray:
        """Return what stands from lowest to highest class in the order of ``classes_``."""
        return np.take(prob, np.argsort(self._order), axis)

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

        Examples
        --------
        >>> import bayeslogit as bl
        >>> exam = bl.load_dataset("exam")
        >>> grade = [1] * 7 + [2] * 7 + [3] * 6
        >>> classifier = bl.OrdinalClassifier(method="map").fit(exam[["hours"]], grade)
        >>> classifier.predict_proba(exam[["hours"]]).shape
        (20, 3)
        """
        rows = shared.read_rows(self, X)
        return self._sorted(shared.mean_of(self.fit_, rows), 1)

    def predict_interval(self, X: Any, ci_prob: float | None = None) -> np.ndarray:
        """Return equal-tailed intervals of the probabilities, (rows, classes, 2).

        Parameters
        ----------
        X : array or data frame, shape (rows, columns)
            The columns of the fit.
        ci_prob : float, optional
            Probability of the interval; by default that of ArviZ's ``rcParams``.

        Returns
        -------
        ndarray, shape (rows, classes, 2)
            Lower and upper ends, in [0, 1].

        Raises
        ------
        MethodRefused
            If the fit is a point estimate. It is a ValueError.

        See Also
        --------
        predict_proba : The means.

        Examples
        --------
        >>> import bayeslogit as bl
        >>> exam = bl.load_dataset("exam")
        >>> grade = [1] * 7 + [2] * 7 + [3] * 6
        >>> classifier = bl.OrdinalClassifier(random_state=1).fit(exam[["hours"]], grade)
        >>> classifier.predict_interval(exam[["hours"]]).shape
        (20, 3, 2)
        """
        rows = shared.read_rows(self, X)
        refuse_point(self.fit_, "an interval")
        return self._sorted(shared.intervals_of(self.fit_, rows, ci_prob), 1)

    def predict_proba_draws(self, X: Any) -> np.ndarray:
        """Return draws of the probabilities from the posterior, (draws, rows, classes).

        Parameters
        ----------
        X : array or data frame, shape (rows, columns)
            The columns of the fit.

        Returns
        -------
        ndarray, shape (draws, rows, classes)
            Each row of each draw sums to one; of a point estimate there is one draw.

        Raises
        ------
        ValueError
            If columns are missing or values are not finite.

        See Also
        --------
        predict_proba : Their means.

        Examples
        --------
        >>> import bayeslogit as bl
        >>> exam = bl.load_dataset("exam")
        >>> grade = [1] * 7 + [2] * 7 + [3] * 6
        >>> classifier = bl.OrdinalClassifier(method="map").fit(exam[["hours"]], grade)
        >>> classifier.predict_proba_draws(exam[["hours"]]).shape
        (1, 20, 3)
        """
        rows = shared.read_rows(self, X)
        return self._sorted(shared.draws_of(self.fit_, rows), 2)

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
        >>> grade = [1] * 7 + [2] * 7 + [3] * 6
        >>> classifier = bl.OrdinalClassifier(method="map").fit(exam[["hours"]], grade)
        >>> classifier.predict(exam[["hours"]])[[0, 19]].tolist()
        [1, 3]
        """
        prob = self.predict_proba(X)  # first, as it refuses before the fit
        found: np.ndarray = self.classes_[prob.argmax(axis=1)]
        return found
