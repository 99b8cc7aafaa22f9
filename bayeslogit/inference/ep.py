"""Expectation propagation: a Gaussian whose moments agree with every row's own; ``"ep"``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from bayeslogit.density import Likelihood, LogDensity
from bayeslogit.errors import FitFailed
from bayeslogit.inference.base import Evidence, Method, Outcome
from bayeslogit.inference.limits import improper_posterior, other_prior, several_predictors
from bayeslogit.inference.rowwise import Rowwise, rowwise

__all__ = ["ExpectationPropagation", "Fixed", "propagate"]

_LOG_2PI = float(np.log(2.0 * np.pi))
_NODES = 64
_BLOCK = 65536


@dataclass(frozen=True)
class ExpectationPropagation(Method):
    """Each row's likelihood is replaced by a Gaussian factor (a site) of the linear predictor.

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
        settle.
    sweeps : int, default 200
        Most sweeps with all sites at once; as many again with sites in blocks, one after
        another, if those do not settle.

    References
    ----------
    Minka, T. P. (2001). Expectation propagation for approximate Bayesian inference.
    arXiv:1301.2294
    Rasmussen, C. E. and Williams, C. K. I. (2006). Gaussian Processes for Machine Learning,
    section 3.6. doi:10.7551/mitpress/3206.001.0001
    """

    tolerance: float = 1e-9
    damping: float = 1.0
    sweeps: int = 200

    name: ClassVar[str] = "ep"
    summary: ClassVar[str] = "expectation propagation, Gaussian by moments (approximation)"
    exact: ClassVar[bool] = False

    def refuses(self, density: LogDensity) -> str | None:
        """Refuse what has no one-dimensional, log-concave rows or no Gaussian prior."""
        if not 0.0 < self.damping <= 1.0:
            return (
                f"damping={self.damping!r} is not a number above 0 and at most 1, the share of "
                "each update that is taken"
            )
        if not density.family.log_concave:
            return (
                f"the likelihood with the {density.family.link} link is not log-concave, so that "
                "sites may have negative variances"
            )
        return several_predictors(density) or other_prior(density) or improper_posterior(density)

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

        Raises
        ------
        FitFailed
            If the sweeps do not settle, or a row alone determines a flat coefficient.
        """
        table, copies = _distinct(density)
        rows = rowwise(density, table)
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
    """Return the rows of the table, equal ones once, and how many there are of each.

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
    """Where expectation propagation settled.

    Parameters
    ----------
    mean, covariance : ndarray
        Of the whitened coordinates.
    log_evidence : float
        In nats.
    sweeps : int
    change : float
        Made by the last sweep.
    damping : float
        At the end.
    """

    mean: np.ndarray
    covariance: np.ndarray
    log_evidence: float
    sweeps: int
    change: float
    damping: float


@dataclass(frozen=True, eq=False)
class _Tilted:
    """Moments of rows' true likelihoods times their cavities."""

    log_mass: np.ndarray
    precision: np.ndarray  # of the site that would give these moments
    shift: np.ndarray


def _tilted(
    rows: Rowwise, where: np.ndarray, mean: np.ndarray, sd: np.ndarray, cavity: np.ndarray
) -> _Tilted:
    """Return the sites that match the moments of some rows.

    Parameters
    ----------
    where : ndarray of int, shape (some rows,)
    mean, sd : ndarray, shape (some rows,)
        Of the present Gaussian for each row's linear predictor less its base: the nodes are put
        around them.
    cavity : ndarray, shape (2, some rows)
        Mean and variance without the row's own site.
    """
    result = np.empty((3, len(where)))
    cavity_sd = np.sqrt(cavity[1])
    # A log-concave density falls at least as fast as an exponential of its own sd, and this one
    # at least as fast as its cavity.
    reach = np.arcsinh(np.minimum(8.5 * cavity_sd / sd + 2.0, 32.0))
    finest = 0.08 * rows.smooth / sd
    level = np.ceil(np.log2(np.maximum(1.0, 2.0 * reach / (_NODES - 1) / finest))).astype(int)
    for k in np.unique(level):
        count = _NODES * 2**k
        unit = np.linspace(-1.0, 1.0, count)
        group = np.flatnonzero(level == k)
        step = max(1, _BLOCK // count)
        for i in range(0, len(group), step):
            part = group[i : i + step]
            result[:, part] = _moments(
                rows, where[part], mean[part], sd[part], cavity[:, part], reach[part, None] * unit
            )
    return _Tilted(*result)


def _moments(
    rows: Rowwise,
    where: np.ndarray,
    mean: np.ndarray,
    sd: np.ndarray,
    cavity: np.ndarray,
    t: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return log mass, site precision and site shift; nodes are ``mean + sd sinh(t)``."""
    away = sd[:, None] * np.sinh(t)
    u = mean[:, None] + away
    counts = rows.counts[where]
    eta = (rows.base[where, None] + u)[None]
    spacing = (t[:, 1] - t[:, 0]) * sd
    center, variance = cavity
    log_weight = (
        rows.family.rows(eta, counts) - 0.5 * (u - center[:, None]) ** 2 / variance[:, None]
    )
    peak = log_weight.max(axis=1, keepdims=True)
    weight = np.exp(log_weight - peak) * np.cosh(t)
    total = weight.sum(axis=1)
    weight /= total[:, None]
    log_mass = peak[:, 0] + np.log(total * spacing) - 0.5 * (_LOG_2PI + np.log(variance))
    slope = rows.family.slope(eta, counts)[0]
    # The differences "matched minus cavity" by the derivatives of the log mass in the cavity's
    # mean: no cancellation, however little a row says.
    first = (weight * slope).sum(axis=1)
    second = (weight * (rows.curvature(eta[0], counts) - (slope - first[:, None]) ** 2)).sum(axis=1)
    moved = (weight * away).sum(axis=1)
    ratio = variance / ((weight * away**2).sum(axis=1) - moved**2)
    precision = np.maximum(second * ratio, 0.0)
    return log_mass, precision, first * ratio + center * precision


def propagate(
    rows: Rowwise,
    copies: np.ndarray,
    *,
    tolerance: float = 1e-9,
    damping: float = 1.0,
    sweeps: int = 200,
) -> Fixed:
    """Update sites until the Gaussian stands still.

    Raises
    ------
    FitFailed
        If it does not, or if a row alone determines a coefficient with a flat prior.
    """
    # From the mode and the curvature there, which is the standard Gaussian of z.
    start = np.zeros(len(rows.base))
    curvature = rows.curvature(rows.base[:, None], rows.counts)[:, 0]
    slope = rows.family.slope(rows.base[None, :, None], rows.counts)[0, :, 0]
    change, done = np.inf, 0
    for parts in (1, min(32, len(start))):
        sites = np.stack([np.maximum(curvature, 0.0), slope])
        share, before = damping, np.inf
        for _ in range(sweeps):
            done += 1
            sites, change = _sweep(rows, copies, sites, share, parts)
            change /= share
            if change <= tolerance:
                mean, covariance, log_evidence = _answer(rows, copies, sites)
                return Fixed(mean, covariance, log_evidence, done, change, share)
            if not np.isfinite(change):
                break
            share = max(0.05, 0.7 * share) if change > 0.9 * before else min(damping, 1.1 * share)
            before = change
    raise FitFailed(
        f"expectation propagation did not settle: after {done} sweeps the last one still moved "
        f"the Gaussian by {change:.1e} standard deviations; expected at most {tolerance:.0e}; try "
        "damping=0.3 or more sweeps, or use method='variational'"
    )


def _total(rows: Rowwise, copies: np.ndarray, sites: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return precision and shift (precision times mean) of the prior with all sites."""
    precision = rows.precision + rows.X.T @ ((copies * sites[0])[:, None] * rows.X)
    return precision, rows.pull + rows.X.T @ (copies * sites[1])


def _sweep(
    rows: Rowwise, copies: np.ndarray, sites: np.ndarray, share: float, parts: int
) -> tuple[np.ndarray, float]:
    """Update all sites once, part by part; return them and how far the Gaussian moved."""
    sites = sites.copy()
    precision, shift = _total(rows, copies, sites)
    begin, mean = precision, np.linalg.solve(precision, shift)
    for where in np.array_split(np.arange(len(rows.base)), parts):
        X, many = rows.X[where], copies[where]
        margin = _margins(X, precision, shift)
        cavity = _cavities(margin, sites[:, where])
        tilted = _tilted(rows, where, margin[0], np.sqrt(margin[1]), cavity)
        move = share * (np.stack([tilted.precision, tilted.shift]) - sites[:, where])
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
    if np.any(left < 1e-10):
        raise FitFailed(
            "a row alone determines a coefficient with a flat prior: without it nothing is known "
            "of its linear predictor; expected at least two rows, or a proper prior; use for "
            "example Normal(0, 2.5), or method='variational'"
        )
    return np.stack([(margin[0] - margin[1] * sites[1]) / left, margin[1] / left])


def _answer(
    rows: Rowwise, copies: np.ndarray, sites: np.ndarray
) -> tuple[np.ndarray, np.ndarray, float]:
    """Return mean, covariance and log evidence of z at fixed sites."""
    precision, shift = _total(rows, copies, sites)
    root = np.linalg.inv(np.linalg.cholesky(precision))
    mean = root.T @ (root @ shift)
    margin = _margins(rows.X, precision, shift)
    cavity = _cavities(margin, sites)
    where = np.arange(len(rows.base))
    log_mass = _tilted(rows, where, margin[0], np.sqrt(margin[1]), cavity).log_mass
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
    return 0.5 * mean**2 / variance + 0.5 * np.log(variance)
