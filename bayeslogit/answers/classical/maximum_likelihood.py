"""The highest point of a likelihood, at infinity too, and profiles through it.

Where the outcome is separated some estimates are infinite. The log-likelihood still has a
supremum, and the other estimates a limit: both are those of the rows that the runaway direction
does not decide.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from bayeslogit.answers.classical.row_predictors import row_predictors
from bayeslogit.errors import DesignError, FitFailed, listing
from bayeslogit.families import LINKS
from bayeslogit.inference.base import Gaussian
from bayeslogit.inference.level import is_level
from bayeslogit.inference.mode import Mode, climb
from bayeslogit.inference.separation import Separation, comparisons, dependent, separation
from bayeslogit.specification.density import Likelihood

__all__ = [
    "Maximum",
    "Slice",
    "as_given",
    "expected_weights",
    "independent",
    "informative",
    "maximise",
    "rows_of",
    "without",
]


@dataclass(frozen=True, eq=False)
class Maximum:
    """A maximum likelihood estimate, or what is left of one under separation.

    Parameters
    ----------
    names : tuple of str
    theta : ndarray, shape (coefficients,)
        Finite part of the estimate: where a coefficient is infinite, an arbitrary number.
    covariance : ndarray, shape (coefficients, coefficients)
        Inverse of the information; infinite for infinite estimates.
    log_likelihood : float
        At the maximum, or its supremum, in nats, with all constants.
    separation : Separation or None
    """

    names: tuple[str, ...]
    theta: np.ndarray
    covariance: np.ndarray
    log_likelihood: float
    separation: Separation | None

    @cached_property
    def estimates(self) -> np.ndarray:
        """The estimates, (coefficients,); ``inf``, ``-inf``, or NaN where the sign is open."""
        result = self.theta.copy()
        if self.separation is not None:
            ends = {1: np.inf, -1: -np.inf, 0: np.nan}
            for name, sign in self.separation.signs.items():
                result[self.names.index(name)] = ends[sign]
        return result

    @cached_property
    def standard_errors(self) -> np.ndarray:
        """Square roots of the diagonal of the covariance, (coefficients,)."""
        return np.sqrt(np.diag(self.covariance))

    def decided(self, X: np.ndarray) -> np.ndarray:
        """Return 1 or -1 for rows whose predictor is infinite in the limit, else 0, (rows,)."""
        if self.separation is None:
            return np.zeros(len(X))
        gain = X @ self.separation.direction
        rounding = 1e-10 * float(np.abs(self.separation.along).sum())
        return np.where(np.abs(gain) > rounding, np.sign(gain), 0.0)


@dataclass(frozen=True, eq=False)
class Slice:
    """A log-likelihood along some coefficients, the others held.

    Parameters
    ----------
    rows : Likelihood
    held : ndarray, shape (coefficients,)
        All coefficients; only those not free count.
    free : ndarray of int, shape (free coefficients,)
    """

    rows: Likelihood
    held: np.ndarray
    free: np.ndarray

    @property
    def constant(self) -> float:
        """The part of the log-likelihood that does not depend on the coefficients."""
        return self.rows.constant

    def _full(self, theta: np.ndarray) -> np.ndarray:
        full = self.held.copy()
        full[self.free] = theta
        return full

    def newton(self, theta: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        """Return value, gradient and information of the free coefficients."""
        value, gradient, information = self.rows.newton(self._full(theta))
        return value, gradient[self.free], information[np.ix_(self.free, self.free)]

    def gradient_terms(self, theta: np.ndarray) -> np.ndarray:
        """Return the sum of the absolute terms of the gradient."""
        terms: np.ndarray = self.rows.gradient_terms(self._full(theta))[self.free]
        return terms

    def climb(self, start: np.ndarray, steps: int = 60) -> Mode:
        """Return the mode reached from the free part of ``start``, or the held point.

        Parameters
        ----------
        start : ndarray, shape (coefficients,)
        steps : int
            Most Newton steps.
        """
        if self.free.size:
            return climb(self, start[self.free], steps=steps)
        value = float(self.rows.value(self.held[:, None])[0])
        return Mode(np.zeros(0), value, np.zeros((0, 0)), 0, 0.0, True)


def informative(likelihood: Likelihood) -> Likelihood:
    """Return the rows that say something, with equal rows added up."""
    rows = likelihood.collapsed()
    kept = rows.counts.sum(axis=1) > 0.0
    return rows if kept.all() else rows_of(rows, kept)


def rows_of(rows: Likelihood, kept: np.ndarray) -> Likelihood:
    """Return the likelihood of some rows.

    Parameters
    ----------
    rows : Likelihood
    kept : ndarray of bool, shape (rows,)
    """
    return replace(
        rows,
        X=rows.X[kept],
        counts=rows.counts[kept],
        offset=None if rows.offset is None else rows.offset[kept],
        constants=None if rows.constants is None else rows.constants[kept],
        sets=None if rows.sets is None else rows.sets[kept],
    )


def without(likelihood: Likelihood, drop: np.ndarray) -> Likelihood:
    """Return the same likelihood without some coefficients.

    Parameters
    ----------
    likelihood : Likelihood
    drop : ndarray of int, shape (dropped,)
        Indices of the coefficients to leave out.
    """
    keep = np.setdiff1d(np.arange(likelihood.size), drop)
    initial = None if likelihood.initial is None else likelihood.initial[keep]
    if likelihood.basis is None and likelihood.family.n_eta == 1:
        return replace(likelihood, X=likelihood.X[:, keep], initial=initial)
    basis = np.eye(likelihood.size) if likelihood.basis is None else likelihood.basis
    return replace(likelihood, basis=basis[:, keep], initial=initial)


def expected_weights(likelihood: Likelihood, eta: np.ndarray) -> np.ndarray:
    """Return the expected information of each row on its linear predictor, (rows,).

    Two classes only: ``trials f(eta)**2 / (F (1 - F))``, accurate in both tails.

    Parameters
    ----------
    likelihood : Likelihood
    eta : ndarray, shape (rows,)
        Linear predictor, finite.
    """
    link = LINKS[likelihood.family.link]
    one, none = np.ones(len(eta)), np.zeros(len(eta))
    up = link.slope(eta[:, None], none, one)[:, 0]
    down = link.slope(eta[:, None], one, none)[:, 0]
    weights: np.ndarray = -likelihood.counts.sum(axis=1) * up * down
    return weights


def _information(rows: Likelihood, theta: np.ndarray, mode: Mode, kind: str) -> np.ndarray:
    """Return the information that standard errors rest on; for the logit both are the same."""
    if kind == "observed" or rows.family.link == "logit":
        return mode.precision
    weights = expected_weights(rows, rows.eta(theta[:, None])[0, :, 0])
    information: np.ndarray = rows.X.T @ (rows.X * weights[:, None])
    return information


def maximise(
    likelihood: Likelihood, names: tuple[str, ...], information: str = "observed"
) -> Maximum:
    """Return the maximum likelihood estimate, or its limit under separation.

    Parameters
    ----------
    likelihood : Likelihood
    names : tuple of str
        Of the coefficients.
    information : {"observed", "expected"}
        What the covariance is the inverse of: minus the second derivatives of the
        log-likelihood, or their expectation under the model (two classes only).

    Returns
    -------
    Maximum

    Raises
    ------
    DesignError
        If columns are collinear, so that no estimate is unique.
    FitFailed
        If the likelihood has no maximum and the family has several classes, for which the
        limits are not computed; or if the climb failed.

    Examples
    --------
    >>> import numpy as np
    >>> from bayeslogit.families import Bernoulli
    >>> X, y = np.ones((4, 1)), np.array([0, 1, 1, 1])
    >>> rows = Likelihood(Bernoulli(), X, np.column_stack([1 - y, y]).astype(float))
    >>> maximise(rows, ("Intercept",)).estimates.round(6)
    array([1.098612])
    """
    rows = informative(likelihood)
    size = rows.size
    everything = np.arange(size)
    moves, matched = np.zeros((1, 0)), rows.matched
    if size:
        moves = comparisons(rows, np.eye(size))[0] if matched is None else matched.centred()
        tangled = dependent(moves)
        if tangled.any():
            mixed = [n for n, t in zip(names, tangled, strict=True) if t]
            raise DesignError(
                f"the columns {listing(mixed)} are collinear: the rows do not tell their "
                "coefficients apart, and no maximum likelihood estimate is unique; expected "
                "independent columns; leave one of them out"
            )
    mode = Slice(rows, rows.start, everything).climb(rows.start)
    doubtful = not mode.converged or is_level(mode, moves)
    found_separation = separation(rows, names) if doubtful else None
    if mode.converged and found_separation is None:
        covariance = _inverse(_information(rows, mode.theta, mode, information), names)
        return Maximum(names, mode.theta, covariance, mode.value, None)
    if rows.family.bounded:
        raise FitFailed(
            f"the likelihood under the {rows.family.link} link is highest at its border, where "
            "the probability of some row is 0 or 1 and no standard error exists; expected a "
            "maximum inside; take the posterior, for example fit('map') with priors='flat' for "
            "the estimate and fit('auto') for intervals"
        )
    if found_separation is None:
        if (found := _by_rows(rows, mode.theta, names, information)) is not None:
            return found
        raise FitFailed(
            f"Newton's method stopped after {mode.iterations} steps, the last of them "
            f"{mode.distance:.1e} standard errors long; expected a maximum of the likelihood; "
            "rescale predictors with very different units, or ask check() what is wrong"
        )
    if not rows.family.single:
        raise FitFailed(
            f"no maximum likelihood estimate exists: {found_separation.sentence}; expected "
            "outcomes that overlap; use the posterior, which proper priors keep finite, or leave "
            "these terms out"
        )
    return _limit(rows, names, found_separation, information)


def as_given(
    likelihood: Likelihood,
    maximum: Maximum,
    given: Mapping[int, np.ndarray],
    information: str = "observed",
) -> list[tuple[Likelihood, Maximum, int]]:
    """Return each coefficient of the columns as given, as one of a likelihood and its maximum.

    Parameters
    ----------
    likelihood : Likelihood
    maximum : Maximum
        Of that likelihood.
    given : mapping of int to ndarray of shape (coefficients,)
        ``given`` of the layout: the intercepts that differ.
    information : {"observed", "expected"}

    Returns
    -------
    list of (Likelihood, Maximum, int)
        For each coefficient, the last of which is its place there.
    """
    found = [(likelihood, maximum, place) for place in range(len(maximum.names))]
    for place, weights in given.items():
        if likelihood.family.n_eta > 1:
            turn = np.eye(len(weights))
            turn[place] = weights
            covariance = turn @ maximum.covariance @ turn.T
            moved = replace(maximum, theta=turn @ maximum.theta, covariance=covariance)
            found[place] = likelihood, moved, place
            continue
        # The intercept takes the place of the slope that decides most of it: the two together
        # could not be told apart.
        X = likelihood.X
        spread = np.abs(X).max(axis=0)
        slope = int(np.argmax(np.where(weights != 0.0, np.abs(weights) / spread, 0.0)))
        own = X[:, slope] / weights[slope]
        X = X - np.outer(own, weights)
        X[:, slope] = own
        rows = replace(likelihood, X=X, initial=None)
        found[place] = rows, maximise(rows, maximum.names, information), slope
    return found


def _inverse(information: np.ndarray, names: tuple[str, ...]) -> np.ndarray:
    try:
        return Gaussian.from_precision(np.zeros(len(names)), information).covariance
    except np.linalg.LinAlgError:
        raise FitFailed(
            "the information matrix at the maximum of the likelihood is not positive definite; "
            "expected a proper peak; ask check() for collinear or separating columns"
        ) from None


def _by_rows(
    rows: Likelihood, start: np.ndarray, names: tuple[str, ...], information: str
) -> Maximum | None:
    """Return the maximum by a climb in linear predictors of rows; None where that fails too."""
    if rows.family.n_eta > 1 or rows.basis is not None:
        return None
    found = row_predictors(rows, start, expected_weights(rows, rows.eta(start[:, None])[0, :, 0]))
    if found is None:
        return None
    turned, back = found.rows, found.back
    mode = Slice(turned, turned.start, np.arange(rows.size)).climb(turned.start)
    if not mode.converged:
        return None
    covariance = _inverse(_information(turned, mode.theta, mode, information), names)
    return Maximum(names, found.theta(mode.theta), back @ covariance @ back.T, mode.value, None)


def _limit(
    rows: Likelihood, names: tuple[str, ...], found: Separation, information: str
) -> Maximum:
    """Return the limit of the estimates along a direction of separation."""
    size = len(names)
    partial = Maximum(names, np.zeros(size), np.eye(size), 0.0, found)
    rest = rows_of(rows, partial.decided(rows.X) == 0.0)
    free = independent(rest.X)
    mode = Slice(rest, np.zeros(size), free).climb(rest.start, steps=200)
    if not mode.converged:
        raise FitFailed(
            f"Newton's method stopped after {mode.iterations} steps on the rows that separation "
            "leaves undecided; expected a maximum of their likelihood; rescale predictors with "
            "very different units"
        )
    theta = np.zeros(size)
    theta[free] = mode.theta
    covariance = np.zeros((size, size))
    if free.size:
        part = replace(rest, X=rest.X[:, free])
        covariance[np.ix_(free, free)] = _inverse(
            _information(part, mode.theta, mode, information), tuple(names[j] for j in free)
        )
    for j in np.flatnonzero(found.runs_off):
        covariance[j] = covariance[:, j] = np.nan
        covariance[j, j] = np.inf
    # Rows that are decided have probability one in the limit, and keep only their constants.
    constant = rows.constant - rest.constant
    return Maximum(names, theta, covariance, mode.value + constant, found)


def independent(X: np.ndarray) -> np.ndarray:
    """Return indices of independent columns that span the others, in order."""
    from scipy.linalg import qr

    if X.size == 0:
        return np.zeros(0, dtype=int)
    scale = np.max(np.abs(X), axis=0)
    scale[scale == 0.0] = 1.0
    triangle, order = qr(X / scale, mode="r", pivoting=True)
    diagonal = np.abs(np.diag(triangle))
    rank = int(np.sum(diagonal > diagonal[0] * 1e-11 * max(X.shape)))
    return np.sort(order[:rank])
