"""Exact draws of a grouped model, and checks of them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from bayeslogit.inference.base import Outcome
from bayeslogit.inference.ensemble import Ensemble, Options, run_ensemble
from bayeslogit.inference.grouped.recentred import recentred
from bayeslogit.inference.grouped.start import nested_target
from bayeslogit.inference.grouped.target import Target
from bayeslogit.inference.inner_chains import InnerChains
from bayeslogit.runtime.parallel import repeatable, threads
from bayeslogit.specification.grouped import GroupedDensity

__all__ = ["draw_grouped"]

# Effects of very many whose convergence is checked: evenly spaced ones, and as many of those whose
# chains differ most by a plain look.
_SPACED = 200
# What is whitened, without and with group-level terms.
_WHAT = ("coefficients whitened given their scales", "effects whitened given their covariance")
# Tuning windows after which the coordinates may be made anew.
_PILOT = 2


# Linear predictors above which columns are cut into blocks, which are shared out among threads, and
# columns of a block by the linear predictors of one: arrays of a block then stay in a cache.
_WORTHWHILE, _MANY = 1 << 18, 1 << 15
_COLUMNS, _FEW_COLUMNS = 32, 16


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
        size = _COLUMNS if predictors < _MANY else _FEW_COLUMNS
        starts = range(0, z.shape[1], size)
        blocks = [np.ascontiguousarray(z[:, start : start + size]) for start in starts]
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
        return self.target.core.place(z[: self.target.core_size])

    def rewhitened(
        self, pooled: np.ndarray, z: np.ndarray, slope: np.ndarray
    ) -> tuple[_Twice, np.ndarray, float]:
        """Whiten the core by pooled draws of it."""
        place = self.adaptive(z)
        core, noise = self.target.core.shrunk(pooled, z.shape[1], self.target.head)
        field = replace(self, target=self.target.whitened(core), rough=self.rough.whitened(core))
        return field, np.concatenate([core.whiten(place), z[len(place) :]]), noise


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
        target = target.whitened(target.core.thinned(target.head))
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


def _checked(
    density: GroupedDensity,
) -> tuple[np.ndarray, Callable[[np.ndarray], np.ndarray]]:
    """Return the quantities whose convergence is checked: the few that mix worst, then all.

    All are coefficients, scales that are learned, and some of very many effects.
    """
    scales, effects = density.reading_places()
    few = np.concatenate([np.arange(density.size), scales[_learned(density)]])

    def every(draws: np.ndarray) -> np.ndarray:
        return np.concatenate([few, effects[_doubtful(draws, effects)]])

    return few, every


def _doubtful(draws: np.ndarray, effects: np.ndarray) -> np.ndarray:
    """Return which effects to check, as their places among all, in order."""
    if len(effects) <= 2 * _SPACED:
        return np.arange(len(effects))
    spaced = np.linspace(0, len(effects) - 1, _SPACED).astype(np.intp)
    chains, length = draws.shape[0], draws.shape[1] // 2
    ratio = np.empty(len(effects))
    step = 1 + (1 << 20) // (chains * length)
    for start in range(0, len(effects), step):
        some = effects[start : start + step]
        halves = draws[:, : 2 * length, some].reshape(2 * chains, length, -1)
        within = halves.var(axis=1).mean(axis=0)
        ratio[start : start + step] = halves.mean(axis=1).var(axis=0) / np.maximum(within, 1e-300)
    return np.union1d(spaced, np.argsort(ratio)[-_SPACED:])


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
