"""A mixture of heavy-tailed densities over the modes of a posterior, fitted by importance sampling.

One component starts at each mode, and a wide one around them all; where the prior is proper it is
a component too, so that weights are bounded by the likelihood. Then the components are matched
to their shares of a weighted sample, a few times.

References
----------
Cappe, O., Douc, R., Guillin, A., Marin, J.-M. and Robert, C. P. (2008). Adaptive importance
sampling in general mixture classes. doi:10.1007/s11222-008-9059-x
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from bayeslogit.errors import FitFailed
from bayeslogit.inference.base import Gaussian
from bayeslogit.inference.evaluator import Evaluator
from bayeslogit.inference.proposal import student_log_density
from bayeslogit.numerics.pareto import pareto_smooth

__all__ = ["Explored", "Mixture", "fit_mixture"]

_ROUNDS, _COLUMNS, _GOOD = 5, 2000, 0.7
# Degrees of freedom of the components, and of the wide one; shares of the parts that keep watch.
_DEGREES, _WIDE = 5.0, 2.0
_WATCH = 0.1


@dataclass(frozen=True, eq=False)
class Mixture:
    """A mixture of Student t densities, and the prior where that is proper.

    Parameters
    ----------
    evaluate : Evaluator
        For the coordinates, and the prior.
    shares : ndarray, shape (components,)
        They sum to one; that of the prior, if it is a component, is last.
    gaussians : tuple of Gaussian
        Center and scale of each Student t.
    degrees : tuple of float
    """

    evaluate: Evaluator
    shares: np.ndarray
    gaussians: tuple[Gaussian, ...]
    degrees: tuple[float, ...]

    @property
    def gaussian(self) -> Gaussian:
        """The component with the largest share."""
        return self.gaussians[int(np.argmax(self.shares[: len(self.gaussians)]))]

    def draw(self, rng: np.random.Generator, columns: int) -> tuple[np.ndarray, np.ndarray]:
        """Return draws, (coefficients, columns), and their log density, (columns,), in nats.

        Parameters
        ----------
        rng : numpy.random.Generator
        columns : int
            Number of draws.
        """
        size = self.gaussians[0].mean.size
        phi = np.empty((size, columns))
        counts = rng.multinomial(columns, self.shares)
        ends = np.cumsum(counts)
        for gaussian, nu, count, end in zip(
            self.gaussians, self.degrees, counts, ends, strict=False
        ):
            z = rng.standard_normal((size, count)) * np.sqrt(nu / rng.chisquare(nu, count))
            phi[:, end - count : end] = gaussian.mean[:, None] + gaussian.cholesky @ z
        if len(counts) > len(self.gaussians):
            space = self.evaluate.space
            phi[:, ends[-2] :] = space.phi(space.density.prior.sample(rng, int(counts[-1])))
        phi = phi[:, rng.permutation(columns)]
        return phi, self.log_density_at(phi)

    def log_density_at(self, phi: np.ndarray) -> np.ndarray:
        """Return the log density at each column, (columns,), in nats."""
        parts = self.parts(phi)
        peak = parts.max(axis=0)
        result: np.ndarray = peak + np.log(np.exp(parts - peak).sum(axis=0))
        return result

    def parts(self, phi: np.ndarray) -> np.ndarray:
        """Return the log of each component times its share, (components, columns)."""
        parts = [
            student_log_density(gaussian, nu, gaussian.squares(phi))
            for gaussian, nu in zip(self.gaussians, self.degrees, strict=True)
        ]
        if len(self.shares) > len(parts):
            space = self.evaluate.space
            with np.errstate(all="ignore"):
                prior = space.density.prior.log_density(space.theta(phi)) + space.log_volume(phi)
            parts.append(np.where(np.isnan(prior), -np.inf, prior))
        with np.errstate(divide="ignore"):
            result: np.ndarray = np.stack(parts) + np.log(self.shares)[:, None]
        return result


@dataclass(frozen=True, eq=False)
class Explored:
    """A fitted mixture, with a weighted sample from it.

    Parameters
    ----------
    proposal : Mixture
    phi : ndarray, shape (coefficients, columns)
        Unconstrained coordinates.
    heights : ndarray, shape (columns,)
        Log posterior there, in nats.
    log_weights : ndarray, shape (columns,)
        Not normalised, in nats: their mean weight is the evidence.
    """

    proposal: Mixture
    phi: np.ndarray
    heights: np.ndarray
    log_weights: np.ndarray

    @property
    def shares(self) -> np.ndarray:
        """Weights that sum to one, (columns,)."""
        weights = np.exp(self.log_weights - self.log_weights.max())
        shares: np.ndarray = weights / weights.sum()
        return shares

    @property
    def efficiency(self) -> float:
        """Effective share of the sample, in (0, 1]."""
        shares = self.shares
        return 1.0 / float(shares @ shares) / shares.size

    @property
    def pareto_k(self) -> float:
        """Pareto's k of the weights."""
        return pareto_smooth(self.log_weights)[1]

    @property
    def log_evidence(self) -> float:
        """Log of the mean weight, in nats."""
        peak = self.log_weights.max()
        return float(peak + np.log(np.exp(self.log_weights - peak).mean()))


def fit_mixture(
    evaluate: Evaluator,
    peaks: tuple[Gaussian, ...],
    log_masses: np.ndarray,
    rng: np.random.Generator,
) -> Explored:
    """Return a mixture fitted to a posterior, and a weighted sample from it.

    Parameters
    ----------
    evaluate : Evaluator
    peaks : tuple of Gaussian
        One at each of its modes.
    log_masses : ndarray, shape (peaks,)
        About how much each of them holds, in nats.
    rng : numpy.random.Generator

    Raises
    ------
    FitFailed
        If the log posterior is finite at no draw.
    """
    mixture = _first(evaluate, peaks, log_masses)
    best: Explored | None = None
    for turn in range(_ROUNDS):
        phi, log_density = mixture.draw(rng, _COLUMNS * (1 + turn))
        heights = evaluate.values(phi)
        log_weights = heights - log_density
        log_weights[np.isnan(log_weights)] = -np.inf
        if not np.isfinite(log_weights).any():
            raise FitFailed(
                "the log posterior is not finite at any draw around its modes; expected finite "
                "numbers; check the scale of the predictors and of the priors."
            )
        found = Explored(mixture, phi, heights, log_weights)
        if best is None or found.efficiency > best.efficiency:
            best = found
        if found.efficiency >= _GOOD:
            break
        mixture = _matched(found)
    assert best is not None
    return best


def _first(evaluate: Evaluator, peaks: tuple[Gaussian, ...], masses: np.ndarray) -> Mixture:
    """Return the mixture to begin with: a component a mode, a wide one, and the prior."""
    # Laplace's masses may be off by orders of magnitude: no mode is left without draws.
    shares = np.exp(0.5 * (masses - masses.max())) + 0.05
    shares /= shares.sum()
    mean = sum(s * g.mean for s, g in zip(shares, peaks, strict=True))
    away = [g.mean - mean for g in peaks]
    wide = sum(
        s * (4.0 * g.covariance + np.outer(a, a))
        for s, g, a in zip(shares, peaks, away, strict=True)
    )
    proper = evaluate.space.density.prior.proper
    watch = [_WATCH] * (2 if proper else 1)
    return Mixture(
        evaluate,
        np.concatenate([shares * (1.0 - sum(watch)), watch]),
        (*peaks, Gaussian(np.asarray(mean), np.asarray(wide))),
        (_DEGREES,) * len(peaks) + (_WIDE,),
    )


def _matched(found: Explored) -> Mixture:
    """Return the mixture with each component matched to its part of a weighted sample."""
    mixture, phi, weights = found.proposal, found.phi, np.exp(pareto_smooth(found.log_weights)[0])
    weights = weights / weights.sum()
    parts = mixture.parts(phi)
    belongs = np.exp(parts - parts.max(axis=0))
    belongs /= belongs.sum(axis=0)
    size = len(phi)
    entries = 0.5 * size * (size + 1)
    gaussians, shares = [], []
    for k, (gaussian, nu) in enumerate(zip(mixture.gaussians, mixture.degrees, strict=True)):
        own = belongs[k] * weights
        mass = float(own.sum())
        shares.append(mass)
        if mass < 1e-6 or nu == _WIDE:
            gaussians.append(gaussian)
            continue
        # The scale of a Student t: far draws count less.
        z = (nu + size) / (nu + gaussian.squares(phi))
        effective = mass**2 / float(own @ own)
        mean = phi @ (own * z) / float((own * z).sum())
        away = phi - mean[:, None]
        covariance = (away * (own * z)) @ away.T / mass
        former = entries / (entries + effective)
        center = (1.0 - former) * mean + former * gaussian.mean
        gaussians.append(
            Gaussian(center, (1.0 - former) * covariance + former * gaussian.covariance)
        )
    watched = np.array([nu == _WIDE for nu in mixture.degrees])
    held = np.where(watched, 0.0, np.array(shares))
    proper = len(mixture.shares) > len(mixture.gaussians)
    watch = 0.5 * _WATCH
    free = 1.0 - watch * (watched.sum() + proper)
    held = np.maximum(held / max(held.sum(), 1e-300), 0.01)
    held = np.where(watched, watch, free * held / held[~watched].sum())
    return replace(
        mixture,
        shares=np.concatenate([held, [watch] * proper]) / (held.sum() + watch * proper),
        gaussians=tuple(gaussians),
    )
