"""What a user asked of a fit, checked: method and options, numbers of draws, seeds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np

from bayeslogit.errors import MethodRefused, listing, nearest
from bayeslogit.inference import METHODS, Method

__all__ = ["at_least_one", "generator_of", "method_of"]


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
