"""Running a method on a specification: checks of the arguments, refusals, and the result."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any, NamedTuple

import numpy as np

from bayeslogit import design as designs
from bayeslogit.errors import MethodRefused, PriorError, listing, nearest, quoted, warn
from bayeslogit.errors.door import elsewhere
from bayeslogit.inference import METHODS, Method, Outcome
from bayeslogit.inference.approximation_error import assess_approximation
from bayeslogit.inference.base import without_learning
from bayeslogit.inference.grouped.readings import named_outcome
from bayeslogit.inference.kept import KEEP, KeptEffects
from bayeslogit.inference.landscape import survey
from bayeslogit.inference.normalised import normalised
from bayeslogit.inference.separation import improper_direction
from bayeslogit.inference.tails import missing_moments
from bayeslogit.inference.verdict import assess_draws
from bayeslogit.runtime import memory
from bayeslogit.runtime.parallel import repeatable
from bayeslogit.runtime.seeds import check_seed
from bayeslogit.specification.group_checks import group_notes
from bayeslogit.specification.specification import Specification
from bayeslogit.specification.unobserved_levels import notes, refuse_flat_cutpoints

__all__ = ["Run", "at_least_one", "generator_of", "method_of", "run"]

# Draws or chains, at most: more than the addresses of a processor.
_MOST = 10**15


def _nearest_option(name: str, known: list[str]) -> str:
    also = [*known, "draws", "chains", "random_seed", "progressbar", "method"]
    return nearest(name, also) or elsewhere(name)


def method_of(method: str | Method, options: Mapping[str, Any]) -> Method:
    """Return a method with its options set.

    Parameters
    ----------
    method : str or Method
        A name in ``METHODS``, or a configured method object.
    options : mapping of str to value
        Options of the named method; empty for a method object.

    Raises
    ------
    MethodRefused
        If the name or an option is not known; the message has the nearest names.
    """
    if isinstance(method, Method):
        if options:
            raise MethodRefused(
                f"options {listing(options)} are given beside a configured method object; "
                "expected them on the object; write for example Nuts(target_accept=0.9)"
            )
        return method
    if method not in METHODS:
        raise MethodRefused(
            f"method={method!r} is not known; expected one of {listing(METHODS)}."
            + nearest(method, METHODS)
        )
    kind = METHODS[method]
    known = [f.name for f in fields(kind) if f.init]
    for name in options:
        if name not in known:
            raise MethodRefused(
                f"method {method!r} has no option {name!r}; expected one of {listing(known)}; "
                "leave it out or choose another method." + _nearest_option(name, known)
            )
    return kind(**options)


def at_least_one(name: str, value: int, most: int = _MOST, beyond: str = "no memory holds") -> int:
    """Return a count as an int, at least 1.

    Parameters
    ----------
    name : str
        Name of the argument, for the message.
    value : int
        What the user gave.
    most : int
        The largest number allowed.
    beyond : str
        What is true of more, for the message.

    Raises
    ------
    MethodRefused
        If it is not a whole number, is below 1, or is above `most`.
    """
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
        raise MethodRefused(
            f"{name}={value!r} is not a number of {name}; expected a whole number of at least 1; "
            f"write for example {name}={4 if name == 'chains' else 1000}"
        )
    if value > most:
        raise MethodRefused(
            f"{name}={quoted(value)} is more than {most:,}, which {beyond}; expected some hundreds "
            f"or thousands; write for example {name}={4 if name == 'chains' else 1000}"
        )
    return int(value)


def generator_of(
    random_seed: int | np.random.Generator | None,
) -> tuple[np.random.Generator, int | None]:
    """Return a generator, and the seed that reproduces it (None for a generator passed in)."""
    if isinstance(random_seed, np.random.Generator):
        return random_seed, None
    if random_seed is None:
        random_seed = int(np.random.SeedSequence().generate_state(1, np.uint32)[0])
    check_seed(random_seed, MethodRefused)
    return np.random.default_rng(int(random_seed)), int(random_seed)


class Run(NamedTuple):
    """The result of a run; its fields in the order in which a posterior takes them.

    Attributes
    ----------
    method : str
        Name of the method.
    outcome : Outcome
        Its draws, and what it knows about them.
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
    keep: str = "draws",
    **options: Any,
) -> Run:
    """Return draws of the coefficients of a specification, by one of the methods.

    Parameters
    ----------
    specification : Specification
    method : str or Method
        A name in ``bl.METHODS`` or a configured method object.
    draws, chains : int
        Number of draws of a chain and of chains, at least 1 each.
    random_seed : int, numpy.random.Generator or None
        The same seed gives the same draws, bit for bit; None takes a fresh one.
    progressbar : bool
        Whether to show progress of a long run.
    keep : {"draws", "scales"}
        Of the effects of groups: all draws, or moments, quantiles and ranks alone.
    **options
        Options of the method.

    Raises
    ------
    MethodRefused
        If the method or an option is not known, or the method cannot fit this model; if
        ``keep="scales"`` and there are no draws of effects.
    PriorError
        If flat priors leave no proper posterior, as under separation or collinearity.
    FitFailed
        If the computation could not be completed.
    """
    chosen = method_of(method, options)
    draws, chains = at_least_one("draws", draws), at_least_one("chains", chains)
    _check_keep(keep, specification, chosen)
    rng, seed = generator_of(random_seed)
    with repeatable():
        begin = time.perf_counter()
        outcome = _infer(specification, chosen, draws, chains, rng, progressbar, keep)
        if keep == "scales":
            outcome = _without_effects(specification, outcome)
        seconds = time.perf_counter() - begin
    for problem in outcome.problems:
        if problem.severity != "note":
            warn(problem.sentence)
    return Run(chosen.name, outcome, seed, seconds)


def _check_keep(keep: str, specification: Specification, chosen: Method) -> None:
    """Refuse to keep what there is not."""
    if keep not in KEEP:
        raise MethodRefused(
            f"keep={keep!r} is not known; expected one of {listing(KEEP)}: all draws of the "
            "effects of groups, or their moments and quantiles; choose one of them."
            + nearest(str(keep), KEEP)
        )
    if keep == "draws":
        return
    why = "method 'map' gives one point" if chosen.point else "the model has no group-level terms"
    if chosen.point or not specification.design.groups:
        raise MethodRefused(
            f"keep={keep!r} leaves out the draws of the effects of groups, and {why}; expected "
            "many draws of a model with a term such as (1 | school); leave keep out"
        )


def _without_effects(specification: Specification, outcome: Outcome) -> Outcome:
    """Return an outcome that keeps moments, quantiles and ranks of effects, not their draws."""
    layout = specification.layout
    fixed = layout.fixed
    kept = KeptEffects.of(outcome.draws, len(fixed), [scale.index for scale in layout.scales])
    return replace(outcome, draws=outcome.draws[:, :, fixed].copy(), effects=kept)


def _infer(
    specification: Specification,
    chosen: Method,
    draws: int,
    chains: int,
    rng: np.random.Generator,
    progressbar: bool,
    keep: str,
) -> Outcome:
    """Refuse what cannot be fitted, run the method, and assess an approximation."""
    if specification.learns:
        return _infer_grouped(specification, chosen, draws, chains, rng, progressbar, keep)
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
        outcome = assess_approximation(density, outcome, rng)
    more = notes(specification)
    if not (density.log_concave or chosen.point or density.family.bounded):
        outcome = assess_draws(density, survey(density).reference, outcome)
        known = {problem.code for problem in outcome.problems}
        more = (*(p for p in missing_moments(density).problems if p.code not in known), *more)
    # The share of the prior that the range leaves is not known.
    bounded = density.family.bounded
    evidence = None if bounded else normalised(outcome.evidence, density.prior)
    return replace(outcome, problems=outcome.problems + more, evidence=evidence)


def _infer_grouped(
    specification: Specification,
    chosen: Method,
    draws: int,
    chains: int,
    rng: np.random.Generator,
    progressbar: bool,
    keep: str,
) -> Outcome:
    """Run a method on a model that learns scales, and name what it found."""
    prior = specification.prior
    modal = all(part.prior.modal for part in prior.learned)
    for what, has in (("grouped", specification.design.groups), ("learned", prior.learned)):
        if has and not getattr(chosen, what):
            raise without_learning(chosen, what, modal)
    if not (modal or chosen.exact):
        raise without_learning(chosen, "modeless", modal)
    if not (prior.proper or chosen.point):
        names = [prior.names[j] for j in np.flatnonzero(prior.flat)]
        raise PriorError(
            f"the prior of {listing(names)} is flat and the model learns scales; expected "
            "proper priors, because a posterior may not exist otherwise; give Normal(0, 2.5), or "
            "fit by method='map', which is maximum likelihood then"
        )
    layout = specification.layout
    # The draws, and where they are kept the copies that answers make.
    copies = {"draws": 3.0, "scales": 1.2}[keep]
    size = len(layout.names) * (2 if chosen.point else copies * chains * draws)
    memory.require(
        8.0 * size,
        f"{chains} chains of {draws:,} draws of {len(layout.names):,} coefficients and effects",
        "ask for fewer draws: 4 chains of 1 000 are enough for most purposes"
        + (", or for keep='scales'" if layout.scales and keep == "draws" else ""),
    )
    density = specification.grouped_density
    outcome = chosen.run_grouped(
        density, draws=draws, chains=chains, rng=rng, progressbar=progressbar
    )
    named = named_outcome(specification, outcome)
    return replace(
        named, problems=named.problems + notes(specification) + group_notes(specification)
    )


def _refuse_improper(specification: Specification) -> None:
    """Refuse flat priors where the posterior is improper, or the mode not finite."""
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
