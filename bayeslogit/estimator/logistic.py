"""A scikit-learn classifier whose probabilities are posterior means."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.validation import check_is_fitted

from bayeslogit.builders import logistic, multinomial
from bayeslogit.errors import DesignError
from bayeslogit.errors.closed import LinkWord
from bayeslogit.estimator import shared
from bayeslogit.model import Fit, PopulationFit
from bayeslogit.posterior.posterior import refuse_point
from bayeslogit.priors import Normal, ZeroSum

__all__ = ["LogisticClassifier"]

# Wide enough to be flat beside any data: a prior of several classes has none that is.
_FLAT = 1e4


# scikit-learn has no types, so its base classes are Any.
class LogisticClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc, unused-ignore]
    """Bayesian logistic regression for scikit-learn's pipelines, searches and scores.

    Two classes make a logistic model, more a multinomial one. All else that a fit can tell
    (summaries, intervals, decisions) is in ``fit_``.

    Parameters
    ----------
    priors : prior, dict, "flat" or None
        As in :func:`bayeslogit.logistic`; coefficients are named by the columns of a data frame,
        else ``x0``, ``x1``, ... None for the default prior, which adapts to the columns' scales.
    C : float or None
        In place of ``priors``: the prior whose mode is scikit-learn's
        ``LogisticRegression(C=C)``, Normal(0, sqrt(C)) on slopes and flat on intercepts.
    class_weight : dict, "balanced" or None
        As in scikit-learn, weights of classes in the fit and in :meth:`predict`, which takes the
        class of largest weight times probability. Probabilities are those of the data as they
        are: the intercepts are moved back by what the weights added to them.
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
    coef_ : ndarray, shape (1, columns) or (classes, columns)
        Posterior means of the slopes, in log-odds; of several classes centred to sum to zero.
    intercept_ : ndarray, shape (1,) or (classes,)
    fit_ : Fit or PopulationFit
        The posterior; with ``class_weight`` the latter, carried over to the data as they are.
    n_features_in_ : int

    See Also
    --------
    OrdinalClassifier : Classes with an order.
    bayeslogit.logistic, bayeslogit.multinomial : The models.

    References
    ----------
    Prentice, R. L. and Pyke, R. (1979). Logistic disease incidence models and case-control
    studies. doi:10.1093/biomet/66.3.403

    Examples
    --------
    >>> import bayeslogit as bl
    >>> exam = bl.load_dataset("exam")
    >>> classifier = bl.LogisticClassifier(random_state=1).fit(exam[["hours"]], exam["passed"])
    >>> classifier.predict_proba(exam[["hours"]])[-1].round(1)
    array([0., 1.])
    >>> classifier.coef_.round(1), classifier.intercept_.round(1), classifier.classes_
    (array([[1.6]]), array([-4.3]), array([0, 1]))
    """

    def __init__(
        self,
        *,
        priors: Any = None,
        C: float | None = None,
        class_weight: Any = None,
        link: LinkWord = "logit",
        method: str = "auto",
        draws: int = 1000,
        chains: int = 4,
        random_state: Any = None,
    ) -> None:
        self.priors = priors
        self.C = C
        self.class_weight = class_weight
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
        PriorError
            If ``C`` and ``priors`` are both given, or ``C`` is not a positive number.
        DesignError
            If ``class_weight`` is given with another link than the logit.

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
        prior = shared.penalty(self.priors, self.C)
        table, codes, weights = shared.read_sample(self, X, y, sample_weight)
        balance = self._balance(codes, weights)
        used = (
            weights if balance is None else balance[codes] * (1.0 if weights is None else weights)
        )
        if len(self.classes_) > 2:
            if self.C is not None:
                prior = ZeroSum(Normal.from_C(self.C).sigma, _FLAT)
            model = multinomial(table, codes, priors=prior, weights=used)
        else:
            model = logistic(table, codes, priors=prior, link=self.link, weights=used)
        found = model.fit(
            self.method,
            draws=self.draws,
            chains=self.chains,
            random_seed=shared.seed_of(self.random_state),
            progressbar=False,
        )
        self.fit_: Fit | PopulationFit = found
        if balance is not None:
            shares = np.bincount(codes, weights) / (
                len(codes) if weights is None else weights.sum()
            )
            two = len(self.classes_) == 2
            labels = found.model.response.classes
            self.fit_ = found.with_prevalence(
                float(shares[1]) if two else dict(zip(labels, shares.tolist(), strict=True))
            )
        self._balanced = np.ones(len(self.classes_)) if balance is None else balance
        return self

    def _balance(self, codes: np.ndarray, weights: np.ndarray | None) -> np.ndarray | None:
        """Return the weight of each class."""
        if self.class_weight is None:
            return None
        if self.link != "logit":
            raise DesignError(
                f"class_weight= is given with link={self.link!r}, under which no shift of the "
                "intercept takes back what the weights add to it; expected link='logit'; leave "
                "class_weight out, and give costs to fit_.decide()"
            )
        found: np.ndarray = compute_class_weight(
            self.class_weight, classes=self.classes_, y=self.classes_[codes], sample_weight=weights
        )
        return found

    @property
    def coef_(self) -> np.ndarray:
        """Posterior means of the slopes, (1, columns) or (classes, columns), in log-odds."""
        return self._coefficients()[1]

    @property
    def intercept_(self) -> np.ndarray:
        """Posterior means of the intercepts, (1,) or (classes,), in log-odds."""
        return self._coefficients()[0]

    def _coefficients(self) -> tuple[np.ndarray, np.ndarray]:
        check_is_fitted(self, "fit_")
        mean = self.fit_.posterior.mean(("chain", "draw"))
        if len(self.classes_) == 2:
            return np.atleast_1d(mean["Intercept"].to_numpy()), mean["beta"].to_numpy()[None]
        found = []
        for name in ("Intercept", "beta"):
            values = mean[name].to_numpy()
            every = np.concatenate([np.zeros((1, *values.shape[1:])), values])
            found.append(every - every.mean(axis=0))
        return found[0], found[1]

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
        rows = shared.read_rows(self, X)
        return shared.mean_of(self.fit_, rows)

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
        >>> classifier = bl.LogisticClassifier(random_state=1).fit(exam[["hours"]], exam["passed"])
        >>> classifier.predict_interval(exam[["hours"]].head(1), ci_prob=0.9).round(1)
        array([[[0.8, 1. ],
                [0. , 0.2]]])
        """
        rows = shared.read_rows(self, X)
        refuse_point(self.fit_, "an interval")
        return shared.intervals_of(self.fit_, rows, ci_prob)

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
        >>> classifier = bl.LogisticClassifier(random_state=1).fit(exam[["hours"]], exam["passed"])
        >>> classifier.predict_proba_draws(exam[["hours"]]).shape
        (4000, 20, 2)
        """
        rows = shared.read_rows(self, X)
        return shared.draws_of(self.fit_, rows)

    def predict(self, X: Any) -> np.ndarray:
        """Return the label with the largest posterior mean probability, (rows,).

        With ``class_weight`` probabilities are multiplied by the weights first, as costs are.

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
        prob = self.predict_proba(X) * self._balanced
        found: np.ndarray = self.classes_[prob.argmax(axis=1)]
        return found
