"""Two classes: the Bernoulli family (one trial per row) and the binomial family (counts)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from bayeslogit.families.base import Family, log_binomial_coefficients
from bayeslogit.families.links import LINKS, Link

__all__ = ["Bernoulli", "Binomial"]


@dataclass(frozen=True)
class _TwoClass(Family):
    """What Bernoulli and binomial share: the log-likelihood of a link on two counts."""

    link: str = "logit"
    n_eta: int = field(default=1, init=False)
    offset_signs: tuple[float, ...] = field(default=(1.0,), init=False)
    collapsible: bool = field(default=True, init=False)
    arrangement: str = field(default="plain", init=False)
    increasing: bool = field(default=False, init=False)

    @property
    def _link(self) -> Link:
        return LINKS[self.link]

    @property
    def log_concave(self) -> bool:
        return self._link.log_concave

    @property
    def ends(self) -> tuple[float, float]:  # type: ignore[override]
        return self._link.low, self._link.high

    @property
    def walled(self) -> bool:  # type: ignore[override]
        return self._link.bounded

    def log_likelihood(self, eta: np.ndarray, counts: np.ndarray) -> np.ndarray:
        return self._link.total(eta[0], counts[:, 0], counts[:, 1])

    def row_log_likelihood(self, eta: np.ndarray, counts: np.ndarray) -> np.ndarray:
        log_failure, log_success = self._link.log_probs(eta[0])
        # 0 times -inf is 0 here: a class without cases has no part in the likelihood.
        failures, successes = counts[:, 0, None], counts[:, 1, None]
        with np.errstate(invalid="ignore"):
            return np.where(failures > 0, failures * log_failure, 0.0) + np.where(
                successes > 0, successes * log_success, 0.0
            )

    def slope(self, eta: np.ndarray, counts: np.ndarray) -> np.ndarray:
        return self._link.slope(eta[0], counts[:, 0], counts[:, 1])[None]

    def total_and_slope(self, eta: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        total, slope = self._link.total_and_slope(eta[0], counts[:, 0], counts[:, 1])
        return total, slope[None]

    def newton(
        self, eta: np.ndarray, counts: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        total, slope, curvature = self._link.newton(eta[0], counts[:, 0], counts[:, 1])
        return total, slope[None], curvature[None, None, :, 0]

    def curvature(self, eta: np.ndarray, counts: np.ndarray) -> np.ndarray:
        return self._link.curvature(eta[0], counts[:, 0], counts[:, 1])[None, None, :, 0]

    def contrasts(self, counts: np.ndarray) -> Iterable[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Return the one comparison: event against non-event.

        Where the range of the linear predictor ends, no case can gain for ever towards its end:
        there a row counts as if it had both outcomes.
        """
        failures, successes = counts.T
        link = self._link
        if link.high < np.inf:
            failures = np.maximum(failures, 1.0)
        if link.low > -np.inf:
            successes = np.maximum(successes, 1.0)
        return [(np.ones(1), failures, successes)]

    def probabilities(self, eta: np.ndarray) -> np.ndarray:
        return np.stack([self._link.complement(eta[0]), self._link.prob(eta[0])])


@dataclass(frozen=True)
class Bernoulli(_TwoClass):
    """One trial per row; the outcome is the code 0 (no event) or 1 (event).

    Parameters
    ----------
    link : str, default "logit"
        A key of ``bl.LINKS``.

    See Also
    --------
    Binomial : Several trials per row.
    bayeslogit.logistic : The model.

    Examples
    --------
    Log-odds of 0 and of log(3) are probabilities of 1/2 and 3/4, of no event and of an event:

    >>> import numpy as np
    >>> eta = np.array([[[0.0], [np.log(3.0)]]])
    >>> Bernoulli().probabilities(eta)[:, :, 0].round(2)
    array([[0.5 , 0.25],
           [0.5 , 0.75]])
    """

    name: str = field(default="bernoulli", init=False)

    def constants(self, counts: np.ndarray) -> np.ndarray:
        """Return zeros: one trial has one arrangement."""
        return np.zeros(len(counts))

    def simulate(
        self, eta: np.ndarray, trials: np.ndarray | None, rng: np.random.Generator
    ) -> np.ndarray:
        """Return simulated codes 0 and 1, (rows, columns).

        Parameters
        ----------
        eta : ndarray, shape (1, rows, columns)
            Linear predictors, on the scale of the link.
        trials : ndarray, shape (rows,), or None
            Ignored: a row is one trial.
        rng : numpy.random.Generator
        """
        prob = self._link.prob(eta[0])
        return (rng.random(prob.shape) < prob).astype(np.int64)


@dataclass(frozen=True)
class Binomial(_TwoClass):
    """Several trials per row; the outcome is the count of events.

    With :meth:`constants`, the logarithm of the binomial coefficient, the log-likelihood is the
    log probability of the count and equals PyMC's.

    Parameters
    ----------
    link : str, default "logit"
        A key of ``bl.LINKS``.

    See Also
    --------
    Bernoulli : One trial per row.
    BetaBinomial : Rows that vary more than trials do.
    bayeslogit.binomial : The model.

    Examples
    --------
    The probability of 2 events in 4 trials of probability 1/2 is 6/16:

    >>> import numpy as np
    >>> family, counts = Binomial(), np.array([[2.0, 2.0]])
    >>> row = family.row_log_likelihood(np.zeros((1, 1, 1)), counts)[:, 0]
    >>> np.exp(row + family.constants(counts)).round(3)
    array([0.375])
    """

    name: str = field(default="binomial", init=False)

    def constants(self, counts: np.ndarray) -> np.ndarray:
        """Return the logarithms of the binomial coefficients, (rows,)."""
        return log_binomial_coefficients(counts)

    def simulate(
        self, eta: np.ndarray, trials: np.ndarray | None, rng: np.random.Generator
    ) -> np.ndarray:
        """Return simulated counts of events, (rows, columns).

        Parameters
        ----------
        eta : ndarray, shape (1, rows, columns)
            Linear predictors, on the scale of the link.
        trials : ndarray of int, shape (rows,)
            Trials of each row, zero or more.
        rng : numpy.random.Generator

        Raises
        ------
        TypeError
            If ``trials`` is None.
        """
        prob = self._link.prob(eta[0])
        if trials is None:
            raise TypeError("binomial draws need trials; found None; pass one number a row")
        counts: np.ndarray = rng.binomial(np.asarray(trials, dtype=np.int64)[:, None], prob)
        return counts
