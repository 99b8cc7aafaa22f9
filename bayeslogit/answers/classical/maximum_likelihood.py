"""The highest point of a likelihood, at infinity too, and profiles through it.

Where the outcome is separated some estimates are infinite. The log-likelihood still has a
supremum, and the other estimates a limit: both are those of the rows that the runaway direction
does not decide.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from bayeslogit.errors import DesignError, FitFailed, listing
from bayeslogit.families import LINKS
from bayeslogit.inference.base import Gaussian
from bayeslogit.inference.mode import Mode, climb
from bayeslogit.inference.separation import Separation, comparisons, dependent, separation
from bayeslogit.specification.density import Likelihood

__all__ = [
    "Maximum",
    "expected_weights",
    "independent",
    "informative",
    "maximise",
    "profile_bound",
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

    @property
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
class _Slice:
    """A log-likelihood along some coefficients, the others held."""

    rows: Likelihood
    held: np.ndarray
    free: np.ndarray

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
        """Return the mode reached from the free part of ``start``, or the held point."""
        if self.free.size:
            return climb(self, start[self.free], steps=steps)
        value = float(self.rows.value(self.held[:, None])[0])
        return Mode(np.zeros(0), value, np.zeros((0, 0)), 0, 0.0, True)


def informative(likelihood: Likelihood) -> Likelihood:
    """Return the rows that say something, with equal rows added up."""
    rows = likelihood.collapsed()
    kept = rows.counts.sum(axis=1) > 0.0
    return rows if kept.all() else _rows(rows, kept)


def _rows(rows: Likelihood, kept: np.ndarray) -> Likelihood:
    return replace(
        rows,
        X=rows.X[kept],
        counts=rows.counts[kept],
        offset=None if rows.offset is None else rows.offset[kept],
        constants=None if rows.constants is None else rows.constants[kept],
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


def _information(rows: Likelihood, theta: np.ndarray, mode: Mode) -> np.ndarray:
    """Return the information that standard errors rest on.

    Two classes: the expected information, as in every table of a generalised linear model (for
    the logit it is the observed one too). Several classes: the observed information.
    """
    if rows.family.n_eta > 1 or rows.basis is not None or rows.family.link == "logit":
        return mode.precision
    weights = expected_weights(rows, rows.eta(theta[:, None])[0, :, 0])
    information: np.ndarray = rows.X.T @ (rows.X * weights[:, None])
    return information


def maximise(likelihood: Likelihood, names: tuple[str, ...]) -> Maximum:
    """Return the maximum likelihood estimate, or its limit under separation.

    Parameters
    ----------
    likelihood : Likelihood
    names : tuple of str
        Of the coefficients.

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
    if size:
        tangled = dependent(comparisons(rows, np.eye(size))[0])
        if tangled.any():
            found = [n for n, t in zip(names, tangled, strict=True) if t]
            raise DesignError(
                f"the columns {listing(found)} are collinear: the rows do not tell their "
                "coefficients apart, and no maximum likelihood estimate is unique; expected "
                "independent columns; leave one of them out"
            )
    mode = _Slice(rows, rows.start, everything).climb(rows.start)
    if mode.converged:
        covariance = _inverse(_information(rows, mode.theta, mode), names)
        return Maximum(names, mode.theta, covariance, mode.value, None)
    found_separation = separation(rows, names)
    if found_separation is None:
        raise FitFailed(
            f"Newton's method stopped after {mode.iterations} steps, the last of them "
            f"{mode.distance:.1e} standard errors long; expected a maximum of the likelihood; "
            "rescale predictors with very different units, or ask check() what is wrong"
        )
    if rows.family.n_eta > 1:
        raise FitFailed(
            f"no maximum likelihood estimate exists: {found_separation.sentence}; expected "
            "outcomes that overlap; use the posterior, which proper priors keep finite, or leave "
            "these terms out"
        )
    return _limit(rows, names, found_separation)


def _inverse(information: np.ndarray, names: tuple[str, ...]) -> np.ndarray:
    try:
        return Gaussian.from_precision(np.zeros(len(names)), information).covariance
    except np.linalg.LinAlgError:
        raise FitFailed(
            "the information matrix at the maximum of the likelihood is not positive definite; "
            "expected a proper peak; ask check() for collinear or separating columns"
        ) from None


def _limit(rows: Likelihood, names: tuple[str, ...], found: Separation) -> Maximum:
    """Return the limit of the estimates along a direction of separation."""
    size = len(names)
    partial = Maximum(names, np.zeros(size), np.eye(size), 0.0, found)
    rest = _rows(rows, partial.decided(rows.X) == 0.0)
    free = independent(rest.X)
    mode = _Slice(rest, np.zeros(size), free).climb(rest.start, steps=200)
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
            _information(part, mode.theta, mode), tuple(names[j] for j in free)
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


@dataclass(eq=False)
class _Profile:
    """The likelihood maximised over all coefficients but one."""

    rows: Likelihood
    index: int
    names: tuple[str, ...]
    theta: np.ndarray

    def at(self, value: float) -> tuple[float, float]:
        """Return the profile log-likelihood at a value of the coefficient, and its slope."""
        others = np.setdiff1d(np.arange(len(self.theta)), [self.index])
        held = self.theta.copy()
        held[self.index] = value
        mode = _Slice(self.rows, held, others).climb(held)
        if mode.converged:
            # The next value is near: its climb starts here.
            self.theta = held.copy()
            self.theta[others] = mode.theta
            slope = self.rows.newton(self.theta)[1][self.index]
            return mode.value, float(slope)
        shift = value * self.rows.X[:, self.index]
        offset = shift if self.rows.offset is None else self.rows.offset + shift
        rest = replace(without(self.rows, np.array([self.index])), offset=offset)
        found = maximise(rest, tuple(self.names[j] for j in others))
        open_rows = _rows(self.rows, found.decided(rest.X) == 0.0)
        held[others] = found.theta
        return found.log_likelihood, float(open_rows.newton(held)[1][self.index])


def profile_bound(
    likelihood: Likelihood, maximum: Maximum, index: int, side: int, deviance: float
) -> float:
    """Return where a profile deviance reaches a value, on one side of the maximum.

    Two classes only. Newton's method on the signed root of the deviance, which is nearly
    straight, within a bracket.

    Parameters
    ----------
    likelihood : Likelihood
    maximum : Maximum
        Of that likelihood.
    index : int
        Position of the coefficient, from 0.
    side : {-1, 1}
        Below the estimate, or above.
    deviance : float
        Fall of twice the log-likelihood from its maximum, such as a quantile of chi-square.

    Returns
    -------
    float
        Infinite where the profile never falls so far.

    References
    ----------
    Venzon, D. J. and Moolgavkar, S. H. (1988). A method for computing profile-likelihood-based
    confidence intervals. doi:10.2307/2347496
    """
    rows = informative(likelihood)
    estimate = maximum.estimates[index]
    if np.isnan(estimate) or estimate == side * np.inf:
        return side * np.inf
    target = float(np.sqrt(deviance))
    if np.isfinite(estimate):
        base, unit = float(estimate), float(maximum.standard_errors[index])
        low, step = 0.0, target
    else:
        base, unit = 0.0, float(1.0 / np.max(np.abs(rows.X[:, index])))
        low, step = -np.inf, 0.0
    profile = _Profile(rows, index, maximum.names, maximum.theta.copy())
    if maximum.separation is not None and np.isfinite(estimate):
        # Rows that are decided stay so, whatever the value of a finite coefficient.
        rest = _rows(rows, maximum.decided(rows.X) == 0.0)
        kept = np.union1d(independent(rest.X), [index])
        place = int(np.searchsorted(kept, index))
        names = tuple(maximum.names[j] for j in kept)
        profile = _Profile(replace(rest, X=rest.X[:, kept]), place, names, maximum.theta[kept])
    top = maximum.log_likelihood - (rows.constant - profile.rows.constant)
    high = np.inf
    for _ in range(100):
        value, slope = profile.at(base + side * unit * step)
        root = float(np.sqrt(max(2.0 * (top - value), 0.0)))
        if root < target:
            low = step
        else:
            high = step
        climb_rate = -slope * side * unit / root if root > 0.0 else 0.0
        widest = 4.0 * max(1.0, abs(step))
        change = (target - root) / climb_rate if climb_rate > 0.0 else np.copysign(np.inf, target)
        new = step + float(np.clip(change, -widest, widest))
        if np.isfinite(low) and np.isfinite(high) and not low < new < high:
            new = 0.5 * (low + high)
        if abs(new - step) <= 1e-11 * max(1.0, abs(new)):
            return base + side * unit * new
        if abs(new) > 1e6:
            return side * np.inf
        step = new
    return base + side * unit * step
