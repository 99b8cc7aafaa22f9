"""Draws of a model with group-level terms, of which the effects of one grouping are integrated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from bayeslogit.errors import MethodRefused
from bayeslogit.inference.grouped.integrals import Levels, Rule, joined_factor
from bayeslogit.specification.density import Likelihood
from bayeslogit.specification.effects import Block
from bayeslogit.specification.layout import Scale

__all__ = ["Integrand", "integrand_of", "places_of"]

# Linear predictors held at a time.
_BLOCK = 250_000
# Numbers of points in each effect that are tried, and nodes of a group at most.
_POINTS, _NODES = (5, 9, 15, 25, 41, 69), 2_500


@dataclass(frozen=True, eq=False)
class Integrand:
    """Rows in the levels of one grouping, and draws of all but the effects of these.

    Attributes
    ----------
    levels : Levels
    likelihood : Likelihood
        Of the same rows.
    theta : ndarray, shape (coefficients, draws)
        With zeros for the effects that are integrated.
    factor : ndarray, shape (effects, effects, draws)
        Lam.
    names : str
        The terms that are integrated, in words.
    """

    levels: Levels
    likelihood: Likelihood
    theta: np.ndarray
    factor: np.ndarray
    names: str

    @property
    def rules(self) -> list[Rule]:
        """Rules of rising accuracy; empty where a group has too many effects for any."""
        q = self.levels.effects
        return [Rule.tensor(p, q) for p in _POINTS if p**q <= _NODES]

    def thinned(self, most: int) -> Integrand:
        """Return the same of so many draws, evenly spaced.

        Parameters
        ----------
        most : int
        """
        at = places_of(self.theta.shape[1], most)
        return replace(self, theta=self.theta[:, at], factor=self.factor[:, :, at])

    def parts(self) -> Iterator[tuple[np.ndarray, np.ndarray, Integrand]]:
        """Yield rows and levels in parts that are small enough to hold, with the integrand."""
        levels, draws = self.levels, self.theta.shape[1]
        size = np.bincount(levels.codes, minlength=levels.number)
        part = np.cumsum(size) * draws * self.likelihood.family.n_eta // _BLOCK
        order = np.argsort(levels.codes, kind="stable")
        ends = np.r_[0, np.cumsum(size)]
        for number in np.unique(part):
            own = np.flatnonzero(part == number)
            rows = order[ends[own[0]] : ends[own[-1] + 1]]
            some = replace(
                levels,
                counts=levels.counts[rows],
                loadings=levels.loadings[:, rows],
                codes=levels.codes[rows] - own[0],
                number=len(own),
            )
            whole = self.likelihood
            likelihood = replace(
                whole,
                X=whole.X[rows],
                counts=whole.counts[rows],
                offset=None if whole.offset is None else whole.offset[rows],
                constants=None,
            )
            yield rows, own, replace(self, levels=some, likelihood=likelihood)


def places_of(draws: int, most: int) -> np.ndarray:
    """Return at most so many places of draws, evenly spaced.

    Parameters
    ----------
    draws, most : int
    """
    return np.linspace(0, draws - 1, min(most, draws)).round().astype(np.intp)


def integrand_of(
    blocks: Sequence[Block],
    scales: Sequence[Scale],
    theta: np.ndarray,
    drawn: Mapping[str, np.ndarray],
    likelihood: Likelihood,
    rows: np.ndarray,
) -> Integrand:
    """Return what is integrated over the effects of one grouping.

    Parameters
    ----------
    blocks : sequence of Block
        The effects, all of one grouping.
    scales : sequence of Scale
        Where they are in ``theta``, and the names of their covariances.
    theta : ndarray, shape (coefficients, draws)
        All coefficients and effects.
    drawn : dict of str to ndarray, shape (chains, draws, ...)
        Standard deviations and correlations, as an outcome has them.
    likelihood : Likelihood
        Of the rows.
    rows : ndarray of int, shape (rows,)
        A row of the blocks for each, whose group and predictors it has.

    Raises
    ------
    MethodRefused
        If a group has too many effects.
    """
    theta = theta.copy()
    some, factors = [], []
    for block, scale in zip(blocks, scales, strict=True):
        theta[scale.index.ravel()] = 0.0
        some.append(replace(block, Z=block.Z[rows], codes=block.codes[rows]))
        q = block.effects
        sd = drawn[f"sd_{scale.suffix}"].reshape(-1, q).T
        lower = np.broadcast_to(np.eye(q)[:, :, None], (q, q, sd.shape[1]))
        if f"cor_{scale.suffix}" in drawn:
            matrix = drawn[f"cor_{scale.suffix}"].reshape(-1, q, q)
            lower = np.moveaxis(np.linalg.cholesky(matrix + 1e-12 * np.eye(q)), 0, 2)
        factors.append(lower * sd[:, None])
    names = " and ".join(f"({block.name})" for block in some)
    levels = Levels.of(likelihood.family, likelihood.counts, some)
    found = Integrand(levels, likelihood, theta, joined_factor(factors), names)
    if not found.rules:
        raise MethodRefused(
            f"the {levels.effects} effects of a group of {names} are too many to be integrated by "
            f"quadrature; expected at most {_NODES:,} nodes for each group; use "
            f"kfold(groups={scales[0].factor!r}), which fits again"
        )
    return found
