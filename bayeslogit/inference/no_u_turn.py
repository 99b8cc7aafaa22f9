"""The samplers of PyMC and nutpie, run on a numpy log posterior."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from bayeslogit.inference import graph
from bayeslogit.inference.whitening import Surface
from bayeslogit.runtime.libraries import need_pymc
from bayeslogit.runtime.progress import in_cell, progress

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["sample"]


class Options(Protocol):
    """What the samplers ask of the method that runs them."""

    @property
    def sampler(self) -> str:
        """``"pymc"`` or ``"nutpie"``."""

    @property
    def tune(self) -> int:
        """Warm-up draws of each chain."""

    @property
    def cores(self) -> int | None:
        """Chains that run at once."""

    @property
    def target_accept(self) -> float:
        """Acceptance rate to tune for."""

    @property
    def max_treedepth(self) -> int:
        """A path has at most two to this power steps."""


def sample(
    method: Options,
    surface: Surface,
    seeds: list[int],
    draws: int,
    progressbar: bool,
) -> xr.DataTree:
    """Sample with PyMC or nutpie.

    Parameters
    ----------
    method : Options
    surface : Surface
    seeds : list of int
        One for each chain.
    draws : int
        Draws of a chain, without warm-up.
    progressbar : bool

    Returns
    -------
    xarray.DataTree
        Its posterior has the one variable ``z``.
    """
    run = _nutpie if method.sampler == "nutpie" else _pymc
    return run(method, surface, seeds, draws, progressbar)


def _start(surface: Surface, seed: Sequence[int]) -> np.ndarray:
    """Return a start around the mode, (coordinates,), where the log posterior is finite."""
    start = np.random.default_rng(seed).standard_normal(surface.size)
    for _ in range(60):
        value, gradient = surface.value_and_gradient(start)
        if math.isfinite(value) and np.isfinite(gradient).all():
            break
        start *= 0.5
    return start


class _Watch:
    """A callback that ends a run of PyMC after an interrupt, which by itself ends one chain only.

    Parameters
    ----------
    length : int
        Steps of a whole chain.
    """

    def __init__(self, length: int) -> None:
        self.length = length
        self.chain, self.taken = 0, 0

    @property
    def cut_short(self) -> bool:
        """Whether the last chain seen is incomplete."""
        return self.taken < self.length

    def __call__(self, draw: Any) -> None:
        """Record a step."""
        if draw.chain != self.chain:
            if self.cut_short:
                raise _CutShort
            self.chain, self.taken = draw.chain, 0
        self.taken += 1


class _CutShort(Exception):  # noqa: N818 - not an error
    """A chain was interrupted."""


def _pymc(
    method: Options,
    surface: Surface,
    seeds: list[int],
    draws: int,
    progressbar: bool,
) -> xr.DataTree:
    """Sample with PyMC, through a graph of one node."""
    need_pymc("method='nuts'", "leave method= out: 'auto' draws exactly too")
    import pymc as pm
    from pytensor.compile.mode import Mode

    # Python's linker calls the node as it is; any other would compile a wrapper around it.
    uncompiled = Mode(linker="py", optimizer="fast_compile")
    steps = method.tune + draws
    # Chains in processes come in any order, and end together at an interrupt.
    watch = _Watch(steps) if method.cores == 1 else None
    # In a notebook PyMC's bar needs ipywidgets, and leaves a widget in the saved file.
    own = progressbar and in_cell()
    with pm.Model(), progress("nuts", steps * len(seeds), enabled=own) as advance:

        def note(trace: Any, draw: Any) -> None:
            advance(1)
            if watch is not None:
                watch(draw)

        z = pm.Flat("z", shape=surface.size)
        pm.Potential("log_posterior", graph.LogDensityOp(surface).make_node(z).outputs[0])
        try:
            tree: xr.DataTree = pm.sample(
                draws=draws,
                tune=method.tune,
                chains=len(seeds),
                cores=method.cores,
                # Threads of linear algebra are limited already.
                blas_cores=None,
                random_seed=seeds,
                initvals=[{"z": _start(surface, [seed])} for seed in seeds],
                nuts_sampler="pymc",
                init="adapt_diag",
                nuts={
                    "target_accept": method.target_accept,
                    "max_treedepth": method.max_treedepth,
                },
                callback=note,
                # One bar for all chains fits a terminal of 80 columns.
                progressbar="combined" if progressbar and not own else False,
                compute_convergence_checks=False,
                compile_kwargs={"mode": uncompiled},
            )
        except (_CutShort, ValueError):
            # PyMC makes a ValueError of an interrupt before the first draw.
            if watch is not None and watch.cut_short:
                raise KeyboardInterrupt from None
            raise
    return tree


def _nutpie(
    method: Options,
    surface: Surface,
    seeds: list[int],
    draws: int,
    progressbar: bool,
) -> xr.DataTree:
    """Sample with nutpie, which takes a Python function, and the first of the seeds."""
    import nutpie
    from nutpie.compiled_pyfunc import from_pyfunc

    def make_expand(seed1: int, seed2: int, chain: int) -> Callable[..., dict[str, np.ndarray]]:
        return lambda z: {"z": z}

    model = from_pyfunc(
        surface.size,
        lambda: surface.value_and_gradient,
        make_expand,
        [np.dtype("float64")],
        [(surface.size,)],
        ["z"],
        make_initial_point_fn=lambda seed: _start(surface, [seed]),
    )
    tree: xr.DataTree = nutpie.sample(
        model,
        draws=draws,
        tune=method.tune,
        chains=len(seeds),
        cores=method.cores,
        seed=seeds[0],
        save_warmup=False,
        progress_bar=progressbar,
        target_accept=method.target_accept,
        maxdepth=method.max_treedepth,
    )
    return tree
