"""Forecasts of all cases by fits to other numbers of them, each in milliseconds.

A fit with draws is made again by moving its draws to the Gaussian at the other posterior's mode,
and weighting them to that posterior; a point estimate by climbing to the other mode.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from bayeslogit.answers.evaluation.cross_validation import drawn_for
from bayeslogit.answers.evaluation.left_out import likelihood_of, part_of
from bayeslogit.errors import FitFailed, MethodRefused
from bayeslogit.inference.mode import Mode, climb, find_mode, gaussian_at
from bayeslogit.numerics.pareto import smooth_weights
from bayeslogit.posterior.posterior import Posterior
from bayeslogit.specification.density import LogDensity
from bayeslogit.specification.subset import prior_of_cases

__all__ = ["FastRefits", "Refit"]

# Curvature, as a share of that of the fit, below which there is no mode.
_FLAT = 1e-6
# Linear predictors of the draws of one fit, and how many draws there are at least and at most.
_VALUES, _DRAWS = 4_000_000, (64, 128)


class Refit(NamedTuple):
    """A fit to other numbers of the same cases.

    Attributes
    ----------
    prob : ndarray, shape (classes, cells)
        Forecasts of all cells, of those without a case as well.
    k : float
        Pareto k of its weights; -inf of a point estimate.
    """

    prob: np.ndarray
    k: float


class FastRefits:
    """Fits a posterior again and again.

    Parameters
    ----------
    posterior : Posterior
        Whose prior is known.

    Raises
    ------
    MethodRefused
        If scales are learned.
    """

    def __init__(self, posterior: Posterior) -> None:
        model = posterior.model
        if model.learns:
            raise MethodRefused(
                "fast refits were asked of a model that learns scales (group-level terms, smooth "
                "curves, shrinkage), whose fits take long; expected known priors; ask kfold(), or "
                "calibration() and auc(), which leave folds out"
            )
        self.model, self.cases = model, model.cases
        self.likelihood = likelihood_of(model.likelihood, self.cases)
        self.start = find_mode(model.density)
        self.point = posterior.point
        if self.point:
            return
        size = len(self.cases.X) * self.likelihood.family.n_eta
        wanted = int(np.clip(_VALUES // size, *_DRAWS))
        self.theta, _, self.base = drawn_for(posterior, wanted)
        self.before = model.density.value(self.theta)
        self.white = np.linalg.solve(
            gaussian_at(self.start).cholesky, self.theta - self.start.theta[:, None]
        )

    def _flat(self, mode: Mode) -> bool:
        """Return whether only rounding holds the mode: separated cases under a flat prior."""
        bent = np.linalg.solve(self.start.precision, mode.precision)
        return bool(np.linalg.eigvals(bent).real.min() < _FLAT)

    def __call__(self, counts: np.ndarray) -> Refit | None:
        """Return the fit to some cases, or None where there is no mode.

        Parameters
        ----------
        counts : ndarray, shape (cells, classes)
            How many cases of each class there are in each cell.
        """
        kept = np.flatnonzero(counts.sum(axis=1) > 0.0)
        density = LogDensity(
            part_of(self.likelihood, kept, counts), prior_of_cases(self.model, counts)
        )
        try:
            mode = climb(density, self.start.theta, tolerance=1e-6)
            if not mode.converged or self._flat(mode):
                return None
            if self.point:
                found = self._forecast(mode.theta[:, None], np.ones(1))
                return None if found is None else Refit(found, -np.inf)
            theta = mode.theta[:, None] + gaussian_at(mode).cholesky @ self.white
        except (FitFailed, np.linalg.LinAlgError):
            return None
        weights, k = smooth_weights((self.base + density.value(theta) - self.before)[None])
        found = self._forecast(theta, weights[0])
        return None if found is None else Refit(found, float(k[0]))

    def _forecast(self, theta: np.ndarray, weights: np.ndarray) -> np.ndarray | None:
        """Return mean class probabilities, (classes, cells), over draws that have some."""
        family = self.likelihood.family
        if not family.walled:
            mean: np.ndarray = family.probabilities(self.likelihood.eta(theta)) @ weights
            return mean
        # Boundaries between classes may cross in cells that the moved draws have not seen.
        eta = self.likelihood.eta(theta)
        apart = (np.diff(eta, axis=0) > 0.0).all(axis=(0, 1)) & (weights > 0.0)
        if not apart.any():
            return None
        share = weights[apart] / weights[apart].sum()
        kept: np.ndarray = family.probabilities(eta[:, :, apart]) @ share
        return kept
