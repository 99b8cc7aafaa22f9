"""The No-U-Turn sampler of PyMC or nutpie on the numpy log posterior; ``"nuts"``.

The sampler works in coordinates in which the posterior is near a standard Gaussian, and numpy
evaluates the log posterior and its gradient: nothing is compiled, and a step costs a few passes
over the rows.
"""

from __future__ import annotations

import multiprocessing
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Unpack

import numpy as np

from bayeslogit.errors import FitFailed, MethodRefused, Problem, listing, nearest
from bayeslogit.inference.base import Method, Outcome, Request
from bayeslogit.inference.coordinates import Coordinates
from bayeslogit.inference.grouped.one_point import OnePoint
from bayeslogit.inference.grouped.start import nested_target
from bayeslogit.inference.mode import gaussian_at
from bayeslogit.inference.no_u_turn import sample
from bayeslogit.inference.refusals import range_ends
from bayeslogit.inference.whitening import Affine, Surface, Whitened
from bayeslogit.runtime.libraries import installed
from bayeslogit.runtime.parallel import repeatable, workers
from bayeslogit.runtime.quiet import hushed, seen
from bayeslogit.specification.density import LogDensity
from bayeslogit.specification.grouped import GroupedDensity

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["Nuts"]

_SAMPLERS = ("pymc", "nutpie")
# ArviZ's names of the statistics of a transition, and those of PyMC and nutpie.
_STATS = {
    "lp": ("lp", "logp"),
    "energy": ("energy",),
    "diverging": ("diverging",),
    "tree_depth": ("tree_depth", "depth"),
    "n_steps": ("n_steps",),
    "acceptance_rate": ("acceptance_rate", "mean_tree_accept"),
    "step_size": ("step_size",),
    "reached_max_treedepth": ("reached_max_treedepth", "maxdepth_reached"),
}


# Seconds per step that the sampler itself takes, steps of a usual path, and seconds below which
# starting processes costs more than it saves.
_OVERHEAD = 1e-4
_PATH = 8
_SOON = 8.0


@dataclass(frozen=True)
class Nuts(Method):
    """The No-U-Turn sampler, a variant of Hamiltonian Monte Carlo that tunes its own path length.

    Parameters
    ----------
    sampler : {"pymc", "nutpie"}, default "pymc"
        The implementation; nutpie is an optional package.
    tune : int, default 300
        Warm-up draws of each chain, which are discarded. The coordinates leave little to tune:
        500 were not better than 250 in any posterior that was tried.
    cores : int, optional
        Chains that run at once. The draws do not depend on it. By default one where that takes a
        few seconds, and else as many as there are cores. PyMC starts processes for it, nutpie
        threads; where the system cannot fork a process, PyMC's chains run one after the other
        unless this is set.
    target_accept : float, default 0.8
        Acceptance rate to tune the step size for, in (0, 1); higher is slower and safer.
    max_treedepth : int, default 10
        A path has at most ``2**max_treedepth`` steps.

    Raises
    ------
    MethodRefused
        If an option is out of its range, or the sampler is not installed.

    See Also
    --------
    Auto : The same posterior, mostly in less time.
    bayeslogit.Model.pymc : The model that PyMC samples.

    References
    ----------
    Hoffman, M. D. and Gelman, A. (2014). The No-U-Turn sampler. JMLR 15:1593-1623.
    arXiv:1111.4246

    Examples
    --------
    >>> method = Nuts(target_accept=0.95)  # for model.fit(method), where transitions diverge
    >>> method.exact, method.tune
    (True, 300)
    """

    sampler: str = "pymc"
    tune: int = 300
    cores: int | None = None
    target_accept: float = 0.8
    max_treedepth: int = 10

    name: ClassVar[str] = "nuts"
    summary: ClassVar[str] = "exact draws by the No-U-Turn sampler of PyMC or nutpie"
    exact: ClassVar[bool] = True
    grouped: ClassVar[bool] = True
    learned: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if self.sampler not in _SAMPLERS:
            raise MethodRefused(
                f"sampler={self.sampler!r} is not known; expected one of {listing(_SAMPLERS)}; "
                "leave it out for PyMC's." + nearest(self.sampler, _SAMPLERS)
            )
        for name in ("tune", "cores", "max_treedepth"):
            value = getattr(self, name)
            if name == "cores" and value is None:
                continue
            if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
                raise MethodRefused(
                    f"{name}={value!r} cannot be used by 'nuts'; expected a whole number of at "
                    f"least 1; leave it out for the default"
                )
            object.__setattr__(self, name, int(value))
        if not (np.ndim(self.target_accept) == 0 and 0.0 < self.target_accept < 1.0):
            raise MethodRefused(
                f"target_accept={self.target_accept!r} cannot be used by 'nuts'; expected a "
                "number between 0 and 1; 0.8 is usual, 0.95 for hard posteriors"
            )

    def refuses(self, density: LogDensity) -> str | None:
        """Accept every log posterior whose linear predictors may take any value."""
        return range_ends(density)

    def run(
        self,
        density: LogDensity,
        *,
        draws: int,
        chains: int,
        rng: np.random.Generator,
        progressbar: bool,
    ) -> Outcome:
        """Return exact draws and the sampler's statistics.

        Parameters
        ----------
        density : LogDensity
            The log posterior, in nats; not checked to be proper.
        draws, chains : int
            Shape of the result, at least 1 each, without warm-up draws.
        rng : numpy.random.Generator
            Seeds the chains, one seed each.
        progressbar : bool
            Whether to show progress.

        Raises
        ------
        MethodRefused
            If nutpie is to sample and is not installed.
        FitFailed
            If the sampler stops with an error.
        """
        with repeatable():
            space = Coordinates(density)
            whitened = Whitened(space, Affine.whitening(gaussian_at(space.mode())))
            z, stats = self._sampled(
                whitened, draws=draws, chains=chains, rng=rng, progressbar=progressbar
            )
        phi = whitened.map.forward(z.reshape(-1, density.size).T)
        # The sampler's density is that of the unconstrained coordinates.
        stats["lp"] = stats["lp"] - space.log_volume(phi).reshape(chains, draws)
        return self._outcome(space.theta(phi).T.reshape(z.shape), stats)

    def run_grouped(self, density: GroupedDensity, **request: Unpack[Request]) -> Outcome:
        """Return exact draws of a model that learns scales, in the coordinates of ``"hmc"``."""
        draws, chains = request["draws"], request["chains"]
        with repeatable():
            target = nested_target(density)
            z, stats = self._sampled(OnePoint(target), **request)
            readings = target.read(z.reshape(-1, target.size).T)
        return self._outcome(readings.T.reshape(chains, draws, -1), stats)

    def _sampled(
        self,
        surface: Surface,
        *,
        draws: int,
        chains: int,
        rng: np.random.Generator,
        progressbar: bool,
    ) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """Return positions (chains, draws, coordinates) and statistics (chains, draws)."""
        if self.sampler == "nutpie" and not installed("nutpie"):
            raise MethodRefused(
                "sampler='nutpie' needs the package nutpie, which is not installed; expected it "
                "beside bayeslogit; run pip install 'bayeslogit[nutpie]', or use sampler='pymc'"
            )
        seeds = [int(seed) for seed in rng.integers(2**31, size=chains)]
        cores = self.cores or _cores(self, surface, chains, draws)
        with hushed():
            try:
                tree = sample(replace(self, cores=cores), surface, seeds, draws, seen(progressbar))
            except RuntimeError as error:
                raise FitFailed(
                    f"the sampler stopped: {' '.join(str(error).split())[:300]}; expected a "
                    "finite log posterior around the mode; check the scale of the predictors and "
                    "of the priors"
                ) from error
        posterior, group = tree["posterior"].to_dataset(), tree["sample_stats"].to_dataset()
        z = posterior["z"].values
        if z.shape[:2] != (chains, draws):
            # Both samplers return what they have so far after an interrupt.
            raise KeyboardInterrupt
        return z, _stats(group)

    def _outcome(self, draws: np.ndarray, stats: dict[str, np.ndarray]) -> Outcome:
        return Outcome(
            draws,
            exact=True,
            label=f"exact draws (NUTS, {'PyMC' if self.sampler == 'pymc' else 'nutpie'})",
            stats=stats,
            problems=_problems(stats, self),
            info={
                "sampler": self.sampler,
                "acceptance": float(stats["acceptance_rate"].mean()),
                "evaluations": int(stats["n_steps"].sum()),
                "step_size": float(stats["step_size"].mean()),
            },
        )


def _cores(method: Nuts, surface: Surface, chains: int, draws: int) -> int:
    """Return the number of chains to run at once, from the time of one evaluation."""
    if method.sampler == "pymc" and multiprocessing.get_start_method() != "fork":
        return 1
    z = np.zeros(surface.size)
    begin = time.perf_counter()
    for _ in range(3):
        surface.value_and_gradient(z)
    evaluation = (time.perf_counter() - begin) / 3.0 + _OVERHEAD
    seconds = (method.tune + draws) * chains * _PATH * evaluation
    return min(chains, workers()) if seconds > _SOON else 1


def _stats(group: xr.Dataset) -> dict[str, np.ndarray]:
    """Return the statistics of both samplers under one set of names, each (chains, draws)."""
    found: dict[str, Any] = {}
    for name, known in _STATS.items():
        for candidate in known:
            if candidate in group:
                found[name] = group[candidate].values
                break
    return found


def _problems(stats: dict[str, np.ndarray], method: Nuts) -> tuple[Problem, ...]:
    """Return the problems that the statistics show."""
    problems = []
    total = stats["diverging"].size
    diverged = int(stats["diverging"].sum())
    if diverged:
        problems.append(
            Problem(
                "divergences",
                f"{diverged} of {total} transitions diverged; expected none, the posterior has "
                "parts that are too sharply curved for the step size; raise target_accept (it is "
                f"{method.target_accept:g}) or set a tighter prior",
                "severe" if diverged > 0.01 * total else "warning",
            )
        )
    deepest = int(stats["reached_max_treedepth"].sum())
    if deepest > 0.01 * total:
        problems.append(
            Problem(
                "max_treedepth",
                f"{deepest} of {total} transitions reached the longest path allowed "
                f"(max_treedepth={method.max_treedepth}); expected at most one in a hundred, such "
                "draws are valid but slow to mix; set a tighter prior or raise max_treedepth",
            )
        )
    return tuple(problems)
