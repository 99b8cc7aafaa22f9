"""Expectation propagation: a Gaussian that matches each row's tilted moments; ``"ep"``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from bayeslogit.errors import FitFailed
from bayeslogit.inference.base import Evidence, Method, Outcome
from bayeslogit.inference.refusals import (
    improper_posterior,
    other_prior,
    range_ends,
    several_predictors,
)
from bayeslogit.inference.sites import Sites, sites_of
from bayeslogit.inference.tilted_moments import match_moments
from bayeslogit.numerics.anderson import Anderson
from bayeslogit.runtime.parallel import repeatable
from bayeslogit.specification.density import Likelihood, LogDensity

__all__ = ["ExpectationPropagation", "Fixed", "propagate"]

_LOG_2PI = float(np.log(2.0 * np.pi))
_LEAST = 0.004  # of an update: sweeps that need less would hardly move


@dataclass(frozen=True)
class ExpectationPropagation(Method):
    """Expectation propagation: a Gaussian factor (site) in place of each row's likelihood.

    The site of a row is chosen so that, given the sites of all other rows, mean and variance of
    the linear predictor are those under the row's true likelihood, by one-dimensional
    quadrature. An approximation, usually closer than Laplace's and the variational one in
    standard deviations and log evidence. There is one site for each row of the table, so a
    table of counts and the same table trial by trial differ slightly.

    Parameters
    ----------
    tolerance : float, default 1e-9
        Stop once a sweep over all sites moves the mean by less than this, in standard
        deviations, and the precision by less than this share.
    damping : float, default 1
        Share of each update that is taken at first, in (0, 1]; lowered where sweeps do not
        converge.
    sweeps : int, default 200
        Most sweeps with all sites at once; as many again with sites in blocks, one after
        another, if those do not converge.

    See Also
    --------
    Variational : A Gaussian by a lower bound.
    Laplace : The Gaussian at the mode.

    References
    ----------
    Minka, T. P. (2001). Expectation propagation for approximate Bayesian inference.
    arXiv:1301.2294
    Rasmussen, C. E. and Williams, C. K. I. (2006). Gaussian Processes for Machine Learning,
    section 3.6. doi:10.7551/mitpress/3206.001.0001

    Examples
    --------
    Its log evidence of the seeds is that of exact draws, -68.70:

    >>> import bayeslogit as bl
    >>> model = bl.binomial("germinated ~ x1 * x2", bl.load_dataset("seeds"), trials="n")
    >>> round(model.fit("ep", random_seed=1).log_evidence, 2)
    -68.7
    """

    tolerance: float = 1e-9
    damping: float = 1.0
    sweeps: int = 200

    name: ClassVar[str] = "ep"
    summary: ClassVar[str] = "expectation propagation, Gaussian by moments (approximation)"
    exact: ClassVar[bool] = False

    def refuses(self, density: LogDensity) -> str | None:
        """Refuse several predictors a row, links not log-concave, and priors not Gaussian."""
        if not 0.0 < self.damping <= 1.0:
            return (
                f"damping={self.damping!r} is not a number above 0 and at most 1, the share of "
                "each update that is taken"
            )
        several = several_predictors(density) or range_ends(density)
        if several is None and not density.family.log_concave:
            return (
                f"the likelihood with the {density.family.link} link is not log-concave, so that "
                "sites may have negative variances"
            )
        return several or other_prior(density) or improper_posterior(density)

    def run(
        self,
        density: LogDensity,
        *,
        draws: int,
        chains: int,
        rng: np.random.Generator,
        progressbar: bool,
    ) -> Outcome:
        """Return independent draws from the Gaussian, and the log evidence.

        Parameters
        ----------
        density : LogDensity
            The log posterior, in nats; one linear predictor a row, a log-concave likelihood, and
            Gaussian or flat priors.
        draws, chains : int
            Shape of the result, at least 1 each; all draws are independent.
        rng : numpy.random.Generator
            For the draws; the Gaussian does not depend on it.
        progressbar : bool
            Not used: no progress is shown.

        Raises
        ------
        FitFailed
            If the sweeps do not converge, or a row alone determines a flat coefficient.
        """
        table, copies = _distinct(density)
        with repeatable():
            rows = sites_of(density, table)
            found = propagate(
                rows, copies, tolerance=self.tolerance, damping=self.damping, sweeps=self.sweeps
            )
        gaussian = rows.gaussian(found.mean, found.covariance)
        sample = gaussian.sample(rng, chains * draws)
        proper = density.prior.proper
        return Outcome(
            sample.T.reshape(chains, draws, density.size),
            exact=False,
            label="expectation propagation (Gaussian with matched moments)",
            info={
                "sweeps": found.sweeps,
                "change": found.change,
                "damping": found.damping,
                "sites": int(copies.sum()),
            },
            gaussian=gaussian,
            evidence=Evidence(found.log_evidence, "approximation") if proper else None,
        )


def _distinct(density: LogDensity) -> tuple[Likelihood, np.ndarray]:
    """Return the rows of the table, equal ones once, and the number of each.

    Rows are equal only if their outcomes are too: equal rows have equal sites.
    """
    table = density.likelihood
    seen = table.counts.sum(axis=1) > 0.0
    X, counts = table.X[seen], table.counts[seen]
    offset = None if table.offset is None else table.offset[seen]
    copies = np.ones(len(X))
    if density.rows.X.shape[0] < table.X.shape[0]:
        key = np.column_stack([X, counts] if offset is None else [X, counts, offset])
        _, first, many = np.unique(key, axis=0, return_index=True, return_counts=True)
        X, counts, copies = X[first], counts[first], many.astype(np.float64)
        offset = None if offset is None else offset[first]
    return Likelihood(table.family, X, counts, offset, basis=table.basis), copies


@dataclass(frozen=True, eq=False)
class Fixed:
    """A fixed point of expectation propagation.

    Parameters
    ----------
    mean : ndarray, shape (coefficients,)
    covariance : ndarray, shape (coefficients, coefficients)
        Of the whitened coordinates.
    log_evidence : float
        In nats.
    sweeps : int
        Number of sweeps.
    change : float
        Of the Gaussian in the last sweep, in standard deviations.
    damping : float
        Share of an update taken at the end, in (0, 1].
    """

    mean: np.ndarray
    covariance: np.ndarray
    log_evidence: float
    sweeps: int
    change: float
    damping: float


def propagate(
    rows: Sites,
    copies: np.ndarray,
    *,
    tolerance: float = 1e-9,
    damping: float = 1.0,
    sweeps: int = 200,
) -> Fixed:
    """Update sites until the Gaussian no longer changes.

    Parameters
    ----------
    rows : Sites
        The log posterior.
    copies : ndarray, shape (rows,)
        How often each row occurs.
    tolerance : float
        Largest change of the Gaussian in the last sweep, in standard deviations.
    damping : float
        Share of each update taken at first, in (0, 1].
    sweeps : int
        Most sweeps of each kind.

    Raises
    ------
    FitFailed
        If the sweeps do not converge, or a row alone determines a coefficient with a flat prior.
    """
    # Nothing comes nearer to a fixed point than the rounding of its sums allows.
    tolerance = max(tolerance, rows.resolution)
    # From the mode and the curvature there, which is the standard Gaussian of z.
    curvature = rows.curvature(rows.base[:, None], rows.counts)[:, 0]
    slope = rows.family.slope(rows.base[None, :, None], rows.counts)[0, :, 0]
    start = np.stack([np.maximum(curvature, 0.0), slope])
    done, change = 0, np.inf
    for search in (_together, _in_turn):
        sites, used, change, share = search(rows, copies, start, tolerance, damping, sweeps)
        done += used
        if change <= tolerance:
            mean, covariance, log_evidence = _answer(rows, copies, sites)
            return Fixed(mean, covariance, log_evidence, done, change, share)
    raise FitFailed(
        f"expectation propagation did not converge: after {done} sweeps the last one still moved "
        f"the Gaussian by {change:.1e} standard deviations; expected at most {tolerance:.0e}; try "
        "damping=0.3 or more sweeps, or use method='variational'"
    )


def _together(
    rows: Sites,
    copies: np.ndarray,
    sites: np.ndarray,
    tolerance: float,
    share: float,
    sweeps: int,
) -> tuple[np.ndarray, int, float, float]:
    """Update all sites at once, extrapolating; go back and take less where that goes wrong."""
    memory = Anderson()
    good, good_move, before = sites, np.zeros_like(sites), np.inf
    for used in range(1, sweeps + 1):
        try:
            updated, change = _sweep(rows, copies, sites, 1.0, 1)
        except np.linalg.LinAlgError:
            if not np.isfinite(before):
                return good, used, np.inf, share
            updated, change = sites, np.inf
        if change <= tolerance:
            return updated, used, change, share
        if change > 3.0 * before:
            # Many equal rows, updated at once, can overshoot by far.
            memory.clear()
            share *= 0.5
            if share < _LEAST:
                return good, used, before, share
            sites = good + share * good_move
            continue
        good, good_move, before = sites, updated - sites, change
        sites = memory.next(sites.ravel(), good_move.ravel(), share).reshape(sites.shape)
        sites[0] = np.maximum(sites[0], 0.0)
    return good, sweeps, before, share


def _in_turn(
    rows: Sites,
    copies: np.ndarray,
    sites: np.ndarray,
    tolerance: float,
    share: float,
    sweeps: int,
) -> tuple[np.ndarray, int, float, float]:
    """Update sites in blocks, one after another, and take less of each update if need be."""
    before, change = np.inf, np.inf
    for used in range(1, sweeps + 1):
        try:
            sites, change = _sweep(rows, copies, sites, share, min(32, len(copies)))
        except np.linalg.LinAlgError:
            if share <= _LEAST:
                return sites, used, np.inf, share
            share = max(_LEAST, 0.5 * share)
            continue
        change /= share
        if change <= tolerance:
            return sites, used, change, share
        if change > 0.9 * before:
            share = max(_LEAST, 0.7 * share)
        before = change
    return sites, sweeps, change, share


def _total(rows: Sites, copies: np.ndarray, sites: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return precision and shift (precision times mean) of the prior with all sites."""
    precision = rows.precision + rows.X.T @ ((copies * sites[0])[:, None] * rows.X)
    return precision, rows.pull + rows.X.T @ (copies * sites[1])


def _sweep(
    rows: Sites, copies: np.ndarray, sites: np.ndarray, share: float, parts: int
) -> tuple[np.ndarray, float]:
    """Update all sites once, part by part; return them and how far the Gaussian moved."""
    sites = sites.copy()
    precision, shift = _total(rows, copies, sites)
    begin, mean = precision, np.linalg.solve(precision, shift)
    for where in np.array_split(np.arange(len(rows.base)), parts):
        X, many = rows.X[where], copies[where]
        margin = _margins(X, precision, shift)
        cavity = _cavities(margin, sites[:, where])
        found = match_moments(rows, where, margin[0], np.sqrt(margin[1]), cavity)
        move = share * (np.stack([found.precision, found.shift]) - sites[:, where])
        if not np.isfinite(move).all():
            raise np.linalg.LinAlgError("a site is not finite")
        sites[:, where] += move
        precision = precision + X.T @ ((many * move[0])[:, None] * X)
        shift = shift + X.T @ (many * move[1])
    root = np.linalg.cholesky(precision)
    away = root.T @ (np.linalg.solve(precision, shift) - mean)
    turned = np.linalg.solve(root, np.linalg.solve(root, precision - begin).T)
    return sites, max(float(np.linalg.norm(away)), float(np.abs(turned).max()))


def _margins(X: np.ndarray, precision: np.ndarray, shift: np.ndarray) -> np.ndarray:
    """Return mean and variance of each row of X under the Gaussian, (2, rows)."""
    root = np.linalg.inv(np.linalg.cholesky(precision))
    spread = X @ root.T
    return np.stack([spread @ (root @ shift), np.einsum("ij,ij->i", spread, spread)])


def _cavities(margin: np.ndarray, sites: np.ndarray) -> np.ndarray:
    """Return means and variances without each row's own site, (2, rows)."""
    left = 1.0 - sites[0] * margin[1]
    if np.any(left < 1e-14):
        raise FitFailed(
            "a row alone determines a coefficient with a (nearly) flat prior: without the row "
            "its linear predictor is not identified; expected two rows or more, or a proper prior; "
            "use for example Normal(0, 2.5), or method='variational'"
        )
    return np.stack([(margin[0] - margin[1] * sites[1]) / left, margin[1] / left])


def _answer(
    rows: Sites, copies: np.ndarray, sites: np.ndarray
) -> tuple[np.ndarray, np.ndarray, float]:
    """Return mean, covariance and log evidence of z at fixed sites."""
    precision, shift = _total(rows, copies, sites)
    root = np.linalg.inv(np.linalg.cholesky(precision))
    mean = root.T @ (root @ shift)
    margin = _margins(rows.X, precision, shift)
    cavity = _cavities(margin, sites)
    where = np.arange(len(rows.base))
    log_mass = match_moments(rows, where, margin[0], np.sqrt(margin[1]), cavity).log_mass
    # A site is a Gaussian factor scaled so that cavity times site has the mass of cavity times
    # likelihood; the integral of prior times all sites is the evidence.
    scale = log_mass + _log_integral(*cavity) - _log_integral(*margin)
    log_evidence = (
        rows.constant
        + rows.log_volume
        + copies @ scale
        + 0.5 * shift @ mean
        + np.log(np.diag(root)).sum()
        + 0.5 * rows.size * _LOG_2PI
    )
    return mean, root.T @ root, float(log_evidence)


def _log_integral(mean: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """Return log of the integral of ``exp(shift u - precision u**2 / 2)``, less log(2 pi)/2."""
    log_integral: np.ndarray = 0.5 * mean**2 / variance + 0.5 * np.log(variance)
    return log_integral
