"""The exact posterior, by quadrature on a grid over all coefficients; ``"quadrature"``."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import ClassVar, Literal

import numpy as np

from bayeslogit.errors import FitFailed, Problem
from bayeslogit.inference.base import Evidence, Method, Outcome
from bayeslogit.inference.grid import Sheet
from bayeslogit.inference.grid_integration import Integral, integrate
from bayeslogit.inference.refusals import improper_posterior, range_ends
from bayeslogit.runtime.parallel import repeatable
from bayeslogit.specification.density import LogDensity

__all__ = ["Quadrature"]

_LARGEST = 3
_PROBS = (0.025, 0.25, 0.5, 0.75, 0.975)


@dataclass(frozen=True)
class Quadrature(Method):
    """Moments, quantiles and log evidence by adaptive quadrature, and independent exact draws.

    For up to three coefficients. ``info`` holds ``mean``, ``sd`` (coefficients,),
    ``covariance``, ``quantiles`` (probabilities, coefficients) at ``quantile_probs``,
    ``stability`` (an estimate of the largest error left, in posterior standard deviations or
    nats) and ``points`` (evaluations of the log posterior for one grid). Draws are independent:
    a node of the grid and a place around it are proposed from the multilinear interpolation of
    the density, and accepted in proportion to the true density there.

    Parameters
    ----------
    tolerance : float, default 1e-8
        Refine until log evidence, means and second moments are within this.
    max_points : int, default 4 000 000
        Most nodes of one grid.

    See Also
    --------
    bayeslogit.inference.grid_integration.integrate : The integral alone, with margins.

    References
    ----------
    Trefethen, L. N. and Weideman, J. A. C. (2014). The exponentially convergent trapezoidal rule.
    doi:10.1137/130932132

    Examples
    --------
    Posterior mean and sd of the intercept and of ``hours``, without Monte Carlo error:

    >>> import bayeslogit as bl
    >>> model = bl.logistic("passed ~ hours", bl.load_dataset("exam"))
    >>> info = model.fit("quadrature", random_seed=1).outcome.info
    >>> info["mean"].round(2).tolist(), info["sd"].round(2).tolist()
    ([-4.3, 1.58], [1.69, 0.59])
    """

    tolerance: float = 1e-8
    max_points: int = 4_000_000

    name: ClassVar[str] = "quadrature"
    summary: ClassVar[str] = "exact, on an adaptive grid, for up to 3 coefficients"
    exact: ClassVar[bool] = True

    def refuses(self, density: LogDensity) -> str | None:
        """Refuse more than three coefficients, and improper posteriors."""
        if density.size > _LARGEST:
            return (
                f"the model has {density.size} coefficients and a grid over all of them is "
                f"possible for at most {_LARGEST}"
            )
        return range_ends(density) or improper_posterior(density)

    def run(
        self,
        density: LogDensity,
        *,
        draws: int,
        chains: int,
        rng: np.random.Generator,
        progressbar: bool,
    ) -> Outcome:
        """Return independent draws from the posterior, and its moments in ``info``.

        Parameters
        ----------
        density : LogDensity
            The log posterior, in nats; proper, with up to three coefficients.
        draws, chains : int
            Shape of the result, at least 1 each; all draws are independent.
        rng : numpy.random.Generator
            For the draws; the moments do not depend on it.
        progressbar : bool
            Not used: no progress is shown.
        """
        found = integrate(density, tolerance=self.tolerance, max_points=self.max_points)
        with repeatable():
            theta, lp, acceptance = sample(found.sheet, rng, chains * draws)
        probs = np.array(_PROBS)
        evidence = Evidence(found.log_evidence, "exact") if density.prior.proper else None
        return Outcome(
            theta.T.reshape(chains, draws, density.size),
            exact=True,
            label="exact posterior by quadrature (independent draws)",
            stats={"lp": lp.reshape(chains, draws)},
            problems=_problems(found, density),
            info={
                "mean": found.mean,
                "sd": found.sd,
                "covariance": found.covariance,
                "quantile_probs": probs,
                "quantiles": np.stack([m.quantile(probs) for m in found.margins], axis=1),
                "stability": found.stability,
                "points": found.sheet.evaluated,
                "acceptance": acceptance,
            },
            evidence=evidence,
        )


def _problems(found: Integral, density: LogDensity) -> tuple[Problem, ...]:
    problems = []
    if found.stability > found.tolerance:
        severity: Literal["note", "warning", "severe"] = "severe"
        if found.stability < 1e-2:
            severity = "note" if found.stability < 1e-5 else "warning"
        problems.append(
            Problem(
                "grid_not_stable",
                f"the grid leaves an error of about {found.stability:.1e} posterior standard "
                "deviations in the moments, or nats in the log evidence; expected at most "
                f"{found.tolerance:.0e}; raise max_points, give narrower priors, or compare with "
                "method='nuts'.",
                severity,
            )
        )
    far = ~np.isfinite(found.sd)
    if far.any():
        names = ", ".join(repr(density.names[k]) for k in np.flatnonzero(far))
        problems.append(
            Problem(
                "no_moments",
                f"the posterior variance of {names} does not exist: heavy tails of a prior "
                "or link meet data that set no bound; expected a finite variance; report "
                "quantiles, or use a prior with lighter tails such as Normal(0, 2.5).",
            )
        )
    return tuple(problems)


def sample(
    sheet: Sheet, rng: np.random.Generator, count: int
) -> tuple[np.ndarray, np.ndarray, float]:
    """Return independent draws from the density on a grid.

    The proposal is the multilinear interpolation ``q`` of the nodes: a node in proportion to its
    value plus a triangular offset. A proposal is kept with probability proportional to ``p/q``,
    where ``p`` is the density itself, so that the draws are from ``p`` and not from ``q``.

    Parameters
    ----------
    sheet : Sheet
        The grid.
    rng : numpy.random.Generator
    count : int
        Number of draws.

    Returns
    -------
    theta : ndarray, shape (coefficients, count)
    lp : ndarray, shape (count,)
        Log posterior of each draw, in nats.
    acceptance : float
        Share of the proposals kept, in [0, 1].

    Raises
    ------
    FitFailed
        If hardly any proposal is kept: the grid does not resolve the density.
    """
    weights = sheet.weights()
    peak = sheet.log.max()
    cumulative = np.cumsum(weights.ravel())
    # One layer of zeros around the grid: the mass outside is negligible.
    padded = np.pad(weights, 1)
    kept: list[tuple[np.ndarray, np.ndarray]] = []
    bound, proposed, have = 0.0, 0, 0
    while have < count:
        size = max(4096, int(1.3 * (count - have)))
        pick = np.searchsorted(cumulative, rng.random(size) * cumulative[-1], side="right")
        index = np.stack(np.unravel_index(np.minimum(pick, weights.size - 1), weights.shape))
        offset = rng.random(index.shape) + rng.random(index.shape) - 1.0
        place = index + offset
        t = (place + sheet.low[:, None]) * sheet.spacing[:, None]
        log_p = sheet.coordinates.log_value(t)
        ratio = np.exp(log_p - peak) / _interpolate(padded, place + 1.0)
        # The largest of thousands of ratios; where a later one is larger, it is cut there.
        bound = bound or float(ratio.max())
        keep = rng.random(size) * bound < ratio
        proposed += size
        have += int(keep.sum())
        theta = sheet.coordinates.theta(t[:, keep])
        kept.append((theta, log_p[keep] - sheet.coordinates.log_volume(t[:, keep])))
        if proposed > 100 * (have + 4096):
            raise FitFailed(
                f"{have} of {proposed} proposals from the grid were accepted; expected most of "
                "them; the posterior has parts that the grid does not resolve: use method='nuts'"
            )
    theta = np.concatenate([part for part, _ in kept], axis=1)[:, :count]
    lp = np.concatenate([part for _, part in kept])[:count]
    return theta, lp, have / proposed


def _interpolate(values: np.ndarray, place: np.ndarray) -> np.ndarray:
    """Return the multilinear interpolation at fractional indices, (axes, columns)."""
    low = np.floor(place).astype(np.int64)
    high = np.array(values.shape)[:, None] - 1
    share = place - low
    result = np.zeros(place.shape[1])
    for corner in product((0, 1), repeat=values.ndim):
        side = np.array(corner)[:, None]
        weight = np.where(side == 1, share, 1.0 - share).prod(axis=0)
        result += weight * values[tuple(np.clip(low + side, 0, high))]
    return result
