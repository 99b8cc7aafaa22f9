"""Run a method on a specification: check the request, refuse what cannot be, judge the result."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any, NamedTuple

import numpy as np

from bayeslogit import design as designs
from bayeslogit.errors import MethodRefused, PriorError, listing, nearest, warn
from bayeslogit.inference import METHODS, Method, Outcome
from bayeslogit.inference.approximation_error import judge_gaussian
from bayeslogit.inference.separation import improper_direction
from bayeslogit.runtime import memory
from bayeslogit.runtime.parallel import repeatable
from bayeslogit.specification.specification import Specification
from bayeslogit.specification.unobserved_levels import notes, refuse_flat_cutpoints

__all__ = ["Run", "at_least_one", "generator_of", "method_of", "run"]


def method_of(method: str | Method, options: Mapping[str, Any]) -> Method:
    """Return the method object, or a sentence with the nearest names."""
    if isinstance(method, Method):
        if options:
            raise MethodRefused(
                f"options {listing(options)} came with a configured method object; expected them "
                "on the object; write for example Nuts(target_accept=0.9)"
            )
        return method
    if method not in METHODS:
        raise MethodRefused(
            f"method={method!r} is not known; expected one of {listing(METHODS)}."
            + nearest(method, METHODS)
        )
    kind = METHODS[method]
    known = [f.name for f in fields(kind) if f.init]  # type: ignore[arg-type]
    for name in options:
        if name not in known:
            raise MethodRefused(
                f"method {method!r} has no option {name!r}; expected one of {listing(known)}; "
                "leave it out or choose another method." + nearest(name, known)
            )
    return kind(**options)


def at_least_one(name: str, value: int) -> int:
    """Return a whole number of at least one."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
        raise MethodRefused(
            f"{name}={value!r} is not a number of {name}; expected a whole number of at least 1; "
            f"write for example {name}={4 if name == 'chains' else 1000}"
        )
    return int(value)


def generator_of(
    random_seed: int | np.random.Generator | None,
) -> tuple[np.random.Generator, int | None]:
    """Return a generator and the seed that makes it again; None for a generator passed in."""
    if isinstance(random_seed, np.random.Generator):
        return random_seed, None
    if random_seed is None:
        random_seed = int(np.random.SeedSequence().generate_state(1, np.uint32)[0])
    if (
        isinstance(random_seed, bool)
        or not isinstance(random_seed, int | np.integer)
        or random_seed < 0
    ):
        raise MethodRefused(
            f"random_seed={random_seed!r} is not a seed; expected a whole number of at least 0, "
            "a numpy.random.Generator or None; write for example random_seed=1"
        )
    return np.random.default_rng(int(random_seed)), int(random_seed)


class Run(NamedTuple):
    """What running a method gives; in the order in which a posterior takes it.

    Attributes
    ----------
    method : str
        Name of the method.
    outcome : Outcome
        Its draws, and what it says about them.
    seed : int or None
        The seed that gives the same draws again.
    seconds : float
        Wall time.
    """

    method: str
    outcome: Outcome
    seed: int | None
    seconds: float


def run(
    specification: Specification,
    method: str | Method = "auto",
    *,
    draws: int = 1000,
    chains: int = 4,
    random_seed: int | np.random.Generator | None = None,
    progressbar: bool = True,
    **options: Any,
) -> Run:
    """Infer the coefficients of a specification.

    Parameters
    ----------
    specification : Specification
    method : str or Method
        A name in ``bl.METHODS`` or a configured method object.
    draws, chains : int
        Shape of what comes back, at least 1 each.
    random_seed : int, numpy.random.Generator or None
        One seed, one answer, bit for bit. None takes a fresh seed.
    progressbar : bool
        Show progress of what takes longer than a moment.
    **options
        Options of the method.

    Raises
    ------
    MethodRefused
        If there is no such method or option, or the method cannot do this model.
    PriorError
        If flat priors leave no proper posterior, as under separation or collinearity.
    FitFailed
        If the computation could not be completed.
    """
    chosen = method_of(method, options)
    draws, chains = at_least_one("draws", draws), at_least_one("chains", chains)
    rng, seed = generator_of(random_seed)
    with repeatable():
        begin = time.perf_counter()
        outcome = _infer(specification, chosen, draws, chains, rng, progressbar)
        seconds = time.perf_counter() - begin
    for problem in outcome.problems:
        if problem.severity != "note":
            warn(problem.sentence)
    return Run(chosen.name, outcome, seed, seconds)


def _infer(
    specification: Specification,
    chosen: Method,
    draws: int,
    chains: int,
    rng: np.random.Generator,
    progressbar: bool,
) -> Outcome:
    """Refuse what cannot be fitted, run the method, and judge what it found."""
    _refuse_improper(specification)
    density = specification.density
    reason = chosen.refuses(density)
    if reason is not None:
        others = [n for n, m in METHODS.items() if m().refuses(density) is None]
        raise MethodRefused(
            f"method {chosen.name!r} refuses this model: {reason}; expected a model within "
            f"its reach; methods that accept it: {listing(others)}."
        )
    if not chosen.point:
        # The draws, their copy with names, and what summaries rank; then a few matrices.
        memory.require(
            8.0 * (3.0 * chains * draws * density.size + 4.0 * density.size**2),
            f"{chains} chains of {draws:,} draws of {density.size:,} coefficients",
            "ask for fewer draws: 4 chains of 1 000 are enough for most purposes",
        )
    outcome = chosen.run(density, draws=draws, chains=chains, rng=rng, progressbar=progressbar)
    if not (outcome.exact or chosen.point):
        outcome = judge_gaussian(density, outcome, rng)
    return replace(outcome, problems=outcome.problems + notes(specification.response))


def _refuse_improper(specification: Specification) -> None:
    """Refuse flat priors that the data leave without a proper posterior (or finite mode)."""
    prior = specification.prior
    if prior.proper:
        return
    if specification.family.arrangement == "ordered":
        refuse_flat_cutpoints(specification.response, specification.family, prior)
    names = improper_direction(specification.density)
    if names is None:
        return
    constant = set(designs.constant_columns(specification.design)) & set(names.coefficients)
    kind = f"; {listing(sorted(constant))} is constant" if constant else ""
    raise PriorError(
        f"{names.reason} along {listing(names.coefficients)}{kind}, and a prior there is "
        "flat; expected data that bound every flat coefficient, because otherwise no "
        "posterior (and no finite maximum likelihood estimate) exists; give these "
        "coefficients a proper prior, for example Normal(0, 2.5), or leave columns out."
    )
