"""Exact draws of a grouped model, and checks of them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from bayeslogit.inference.base import Outcome
from bayeslogit.inference.ensemble import Ensemble, Options, run_ensemble
from bayeslogit.inference.grouped.start import nested_target, recentred
from bayeslogit.inference.grouped.target import Target
from bayeslogit.inference.inner_chains import InnerChains
from bayeslogit.inference.whitening import shrunk
from bayeslogit.runtime.parallel import repeatable, threads
from bayeslogit.specification.grouped import GroupedDensity

__all__ = ["draw_grouped"]

# Effects whose convergence is checked, at most, evenly spaced over all.
_MOST_CHECKED = 2000
# What is whitened, without and with group-level terms.
_WHAT = ("coefficients whitened given their scales", "effects whitened given their covariance")
# Tuning windows after which the coordinates may be made anew.
_PILOT = 2


# Columns of a block, and linear predictors above which columns are cut: the arrays of a block then
# fit in a cache, and blocks are shared out among threads.
_COLUMNS, _WORTHWHILE = 16, 1 << 18


@dataclass(frozen=True, eq=False)
class _Twice:
    """A target whose paths are followed in single precision, and whose core is whitened.

    Parameters
    ----------
    target, rough : Target
        The same one in double and in single precision.
    pool : ThreadPoolExecutor, optional
        Without one, blocks are evaluated one after the other, with the same result.
    """

    target: Target
    rough: Target
    pool: ThreadPoolExecutor | None = None

    def _share[T](self, one: Callable[[np.ndarray], T], z: np.ndarray) -> list[T]:
        """Apply a function to blocks of columns; their cut depends on the problem alone."""

        def quiet(block: np.ndarray) -> T:
            with np.errstate(all="ignore"):
                return one(block)

        predictors = self.target.density.eta0.size
        if predictors * z.shape[1] < _WORTHWHILE:
            return [quiet(z)]
        starts = range(0, z.shape[1], _COLUMNS)
        blocks = [np.ascontiguousarray(z[:, start : start + _COLUMNS]) for start in starts]
        return list((map if self.pool is None else self.pool.map)(quiet, blocks))

    @property
    def size(self) -> int:
        """Number of coordinates."""
        return self.target.size

    def value_and_gradient(self, z: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the log density, its gradient, and what positions mean."""
        found = zip(*self._share(self.target.value_and_gradient, z), strict=True)
        value, gradient, reading = (np.concatenate(parts, axis=-1) for parts in found)
        return value, gradient, reading

    def gradient(self, z: np.ndarray) -> np.ndarray:
        """Return the gradient, computed in single precision."""
        return np.concatenate(self._share(self.rough.gradient, z), axis=1)

    def fold(self, z: np.ndarray, slope: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the points where standard deviations are positive; see :meth:`Target.fold`.

        Parameters
        ----------
        z, slope : ndarray, shape (coordinates, columns)
        """
        return self.target.fold(z, slope)

    def adaptive(self, z: np.ndarray) -> np.ndarray:
        """Return the core, not whitened."""
        gaussian = self.target.core
        core: np.ndarray = gaussian.mean[:, None] + gaussian.cholesky @ z[: gaussian.mean.size]
        return core

    def rewhitened(
        self, pooled: np.ndarray, z: np.ndarray, slope: np.ndarray
    ) -> tuple[_Twice, np.ndarray, float]:
        """Whiten the core by pooled draws of it."""
        core = self.adaptive(z)
        gaussian, noise = shrunk(pooled, self.target.core, z.shape[1])
        moved = np.linalg.solve(gaussian.cholesky, core - gaussian.mean[:, None])
        field = replace(
            self, target=self.target.whitened(gaussian), rough=self.rough.whitened(gaussian)
        )
        return field, np.concatenate([moved, z[len(moved) :]]), noise


def draw_grouped(
    density: GroupedDensity,
    options: Options,
    *,
    draws: int,
    chains: int,
    rng: np.random.Generator,
    progressbar: bool,
) -> Outcome:
    """Return exact draws of coefficients, covariances and effects.

    Parameters
    ----------
    density : GroupedDensity
    options : Options
    draws, chains : int
        Shape of the result.
    rng : numpy.random.Generator
    progressbar : bool

    Returns
    -------
    Outcome
        Its draws are readings of the density (see ``GroupedDensity.read``), not yet in the order
        of a layout.
    """
    inner = InnerChains(chains, draws)
    lanes = inner.groups * inner.per_group(options.lanes)

    def begun(target: Target) -> Ensemble:
        start = rng.standard_normal((target.size, lanes))
        made = Ensemble(_Twice(target, target.single(), pool), start, rng, options)
        # Tails of scales and effects are what draws are short of, and small steps reach them: of
        # ten tables all had more effective draws a second than at the goal of coefficients.
        made.goal = 0.5 * (1.0 + made.goal)
        return made

    with repeatable(), threads() as pool:
        target = nested_target(density)
        ensemble, windows = begun(target), options.windows
        for steps in windows[:_PILOT]:
            pooled = ensemble.tune(steps, careful=True)
            learnt = ensemble.rewhiten(pooled)
        moved = recentred(target, pooled)
        if moved is None:
            windows = windows[_PILOT:] if learnt else ()
        else:
            ensemble = begun(moved)
        return run_ensemble(
            ensemble,
            inner,
            options,
            windows=windows,
            label=f"exact draws (Hamiltonian Monte Carlo, {_WHAT[bool(density.blocks)]})",
            checked=_checked(density),
            progressbar=progressbar,
        )


def _checked(density: GroupedDensity) -> tuple[np.ndarray, np.ndarray]:
    """Return the quantities whose convergence is checked: the few that mix worst, then all.

    All are coefficients, scales that are learned, and evenly spaced ones of very many effects.
    """
    scales, effects = density.reading_places()
    if len(effects) > _MOST_CHECKED:
        effects = effects[np.linspace(0, len(effects) - 1, _MOST_CHECKED).astype(np.intp)]
    few = np.concatenate([np.arange(density.size), scales[_learned(density)]])
    return few, np.concatenate([few, effects])


def _learned(density: GroupedDensity) -> np.ndarray:
    """Return which scales of a reading are learned: one that is known is the same in every draw."""
    parts = [
        np.r_[block.covariance.learned, np.ones(block.covariance.partials, bool)]
        for block in density.blocks
    ]
    found = np.concatenate([np.zeros(0, bool), *parts])
    others = len(density.reading_places()[0]) - len(found)
    result: np.ndarray = np.r_[found, np.ones(others, bool)]
    return result
