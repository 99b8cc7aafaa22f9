"""Firth's estimate: maximum likelihood with its first-order bias removed, finite always."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bayeslogit.answers.classical.maximum_likelihood import expected_weights, informative
from bayeslogit.errors import DesignError, FitFailed
from bayeslogit.families import LINKS, Link
from bayeslogit.inference.ascent import held
from bayeslogit.inference.elimination import newton_step
from bayeslogit.inference.mode import arrived, find_mode, resolution
from bayeslogit.specification.as_given import as_given
from bayeslogit.specification.density import Likelihood
from bayeslogit.specification.layout import Layout

__all__ = ["Firth", "density_slope", "firth"]

# Steps of scoring before another method is tried, and a step from where nothing is finite.
_PATIENCE, _NOWHERE = 100, 1e6
# It starts at modes under priors of these widths, in units of what one case tells.
_WIDTHS = (0.1, 1.0, 10.0, 100.0)


@dataclass(frozen=True, eq=False)
class Firth:
    """Firth's bias-reduced estimate.

    Parameters
    ----------
    theta : ndarray, shape (coefficients,)
        In units of the linear predictor (log-odds for the logit link).
    covariance : ndarray, shape (coefficients, coefficients)
        Inverse of the expected information there.
    iterations : int
    """

    theta: np.ndarray
    covariance: np.ndarray
    iterations: int

    def as_given(self, layout: Layout) -> Firth:
        """Return the estimate of the coefficients of the columns as given."""
        covariance = as_given(layout, as_given(layout, self.covariance), 1)
        return Firth(as_given(layout, self.theta), covariance, self.iterations)

    @property
    def standard_errors(self) -> np.ndarray:
        """Square roots of the diagonal of the covariance, (coefficients,)."""
        return np.sqrt(np.diag(self.covariance))


def firth(likelihood: Likelihood, *, tolerance: float = 1e-10, steps: int = 500) -> Firth:
    """Return Firth's estimate: the root of the score adjusted to remove the first-order bias.

    For the logit this maximises the likelihood times Jeffreys' prior, the square root of the
    determinant of the information. The estimate is finite under separation too (proved for the
    logit by Kosmidis and Firth).

    Parameters
    ----------
    likelihood : Likelihood
        Of two classes, without collinear columns.
    tolerance : float
        Stop once the adjusted score is shorter than this, in units of the information, or
        shorter than its rounding error.
    steps : int
        Most steps.

    Raises
    ------
    DesignError
        If the family has several classes.
    FitFailed
        If the equations could not be solved.

    References
    ----------
    Firth, D. (1993). Bias reduction of maximum likelihood estimates. doi:10.1093/biomet/80.1.27
    Kosmidis, I. and Firth, D. (2009). Bias reduction in exponential family nonlinear models.
    doi:10.1093/biomet/asp055
    Kosmidis, I. and Firth, D. (2021). Jeffreys-prior penalty, finiteness and shrinkage in
    binomial-response generalized linear models. doi:10.1093/biomet/asaa052

    Examples
    --------
    Three of three: the estimate of the log-odds is log(3.5 / 0.5) and not infinite.

    >>> from bayeslogit.families import Bernoulli
    >>> rows = Likelihood(Bernoulli(), np.ones((3, 1)), np.array([[0.0, 1.0]] * 3))
    >>> firth(rows).theta.round(6)
    array([1.94591])
    """
    if likelihood.family.n_eta > 1:
        raise DesignError(
            f"Firth's estimate is for two classes and the family is {likelihood.family.name!r}; "
            "expected a yes/no outcome or counts; use proper priors for several classes"
        )
    rows = informative(likelihood)
    zero = np.zeros(rows.size)
    if found := _scored(rows, zero, tolerance, min(steps, _PATIENCE)):
        return found
    for width in _WIDTHS:
        if found := _rooted(rows, find_mode(held(rows, width), steps=50).theta, tolerance):
            return found
    if found := _scored(rows, zero, tolerance, steps) or _observed(rows, tolerance, steps):
        return found
    raise FitFailed(
        "Firth's equations have no solution that scoring or a search from "
        f"{len(_WIDTHS)} starts finds (the table has {len(rows.counts)} informative rows); "
        f"expected an adjusted score of at most {tolerance:.0e}, in units of the information; "
        "give the coefficients a proper prior such as Normal(0, 2.5), or rescale predictors with "
        "very different units"
    )


def _scored(rows: Likelihood, theta: np.ndarray, tolerance: float, steps: int) -> Firth | None:
    """Return the estimate that Fisher scoring finds from a start, or None."""
    score, half, information, _ = _adjusted(rows, theta)
    before = np.inf
    for iteration in range(1, steps + 1):
        size = float(np.linalg.norm(score))
        if not np.isfinite(size):
            return None
        step = half @ score
        if size <= tolerance or arrived(rows, theta, information, size, before):
            return Firth(theta, half @ half.T, iteration - 1)
        before = size
        # Steps of bounded length keep the information away from zero on the way.
        longest = float(np.max(np.abs(rows.X @ step)))
        reached = float(np.max(np.abs(rows.X @ theta)))
        step *= min(1.0, (5.0 + 0.5 * reached) / longest)
        for _ in range(30):
            trial = theta + step
            new = _adjusted(rows, trial)
            # The step need not lessen the score at once, but must not let it grow without end.
            if float(np.linalg.norm(new[0])) <= 2.0 * size + tolerance:
                break
            step = 0.5 * step
        theta, (score, half, information, _) = trial, new
    return None


def _rooted(rows: Likelihood, start: np.ndarray, tolerance: float) -> Firth | None:
    """Return the estimate that Powell's hybrid method finds from a start, or None.

    Scoring leaves out how the bias changes, and may go round a root for ever where it changes
    fast (few rows under the cauchit link).
    """
    from scipy import optimize

    def step(theta: np.ndarray) -> np.ndarray:
        score, half, _, _ = _adjusted(rows, theta)
        away: np.ndarray = half @ score
        return np.where(np.isfinite(away), away, _NOWHERE)

    with np.errstate(all="ignore"):
        found = optimize.root(step, start, method="hybr", tol=1e-14)
        score, half, information, _ = _adjusted(rows, found.x)
        size = float(np.linalg.norm(score))
        if not np.isfinite(size):
            return None
        near = max(tolerance, resolution(rows, found.x, information))
        return Firth(found.x, half @ half.T, int(found.nfev)) if size <= near else None


def _observed(rows: Likelihood, tolerance: float, steps: int) -> Firth | None:
    """Return the estimate that steps by the observed information find from the mode, or None.

    Where a model of many trials does not fit, the information that it expects of a row may be
    1e20 times too small, and steps that rest on it go nowhere. Their length is then measured by
    the observed information as well.
    """
    theta = find_mode(held(rows, _WIDTHS[-1]), steps=50).theta
    before = np.inf
    with np.errstate(all="ignore"):
        for iteration in range(steps):
            _, half, _, score = _adjusted(rows, theta)
            precision = rows.newton(theta)[2]
            if not (np.isfinite(score).all() and np.isfinite(precision).all()):
                return None
            step, peaked = newton_step(precision, score, None)
            if not peaked:
                return None
            size = float(np.sqrt(max(score @ step, 0.0)))
            if size <= tolerance or arrived(rows, theta, precision, size, before):
                return Firth(theta, half @ half.T, iteration)
            theta, before = theta + step, size
    return None


def _adjusted(
    rows: Likelihood, theta: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return the adjusted score, half of its covariance, the information, and the score as it is.

    The first is in units of the information: its length is how far the root is, in standard
    errors. ``half @ half.T`` is the inverse of the information, from an orthogonal factor of the
    weighted columns: rows whose weights differ by a factor of 1e20, as those of rare and of even
    outcomes of billions of trials do, would be lost in the information itself.
    """
    eta = rows.eta(theta[:, None])[0, :, 0]
    root = np.sqrt(expected_weights(rows, eta))
    none = np.full((len(theta),) * 2, np.nan)
    # Heavy rows first: the factor then keeps what light ones say.
    order = np.argsort(-root)
    weighted = root[order, None] * rows.X[order]
    scale = np.abs(weighted).max(axis=0, initial=0.0)
    if not (np.isfinite(weighted).all() and (scale > 0.0).all()):
        return none[0], none, none, none[0]
    Q, R = np.linalg.qr(weighted / scale)
    if not np.abs(np.diag(R)).min() > 1e-15:
        return none[0], none, none, none[0]
    half = np.linalg.solve(R, np.diag(np.ones(len(theta)))) / scale[:, None]
    leverage = np.einsum("rc,rc->r", Q, Q)
    slope = rows.family.slope(eta[None, :, None], rows.counts)[0, order, 0]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        adjusted = slope + 0.5 * leverage * density_slope(LINKS[rows.family.link], eta[order])
        known = root[order] > 0.0
        each = np.where(known, adjusted / root[order], 0.0)
        # Rows whose information is below the smallest number pull as well.
        rest = half.T @ (rows.X[order].T @ np.where(known, 0.0, adjusted))
        score = rows.X[order].T @ adjusted
        return Q.T @ each + rest, half, weighted.T @ weighted, score


def density_slope(link: Link, eta: np.ndarray) -> np.ndarray:
    """Return ``F''(eta) / F'(eta)``, the derivative of the link's log density, (rows,).

    Parameters
    ----------
    link : Link
    eta : ndarray, shape (rows,)
        Linear predictor, on the scale of the link.
    """
    column = eta[:, None]
    one, none = np.ones(len(eta)), np.zeros(len(eta))
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        below = link.slope(column, none, one) - (
            link.curvature(column, none, one) / link.slope(column, none, one)
        )
        # The same ratio from the upper tail, where the lower one cancels.
        above = link.curvature(column, one, none) / -link.slope(column, one, none) + link.slope(
            column, one, none
        )
    result: np.ndarray = np.where(column <= 0.0, below, above)[:, 0]
    return result
