"""Fits that are computed only when needed: a file is used again for the same question."""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

import numpy as np

from bayeslogit.errors import MethodRefused, StorageError, listing, quoted, warn
from bayeslogit.inference.run import Run
from bayeslogit.posterior.posterior import Posterior
from bayeslogit.runtime.files import check_place
from bayeslogit.runtime.version import installed_version
from bayeslogit.specification.specification import Specification
from bayeslogit.storage.fit_file import read, save

__all__ = ["through_cache"]

_LOG = logging.getLogger("bayeslogit")
# In ``outcome.info``, and so in the file.
_NOTE = "cache"


def through_cache(
    specification: Specification,
    path: str | os.PathLike[str],
    asked: Mapping[str, Any],
    infer: Callable[[], Run],
) -> Run:
    """Return the fit that a file holds if it answers the same question, else a new one, kept there.

    Parameters
    ----------
    specification : Specification
    path : str or path
        Of the file. One that :meth:`bayeslogit.Fit.save` wrote, or another program, is never
        replaced.
    asked : mapping of str to object
        ``method``, ``options`` and ``seed`` of the fit.
    infer : callable
        Computes the fit.

    Returns
    -------
    Run
        What changed is logged by the logger ``bayeslogit`` as information, and is in
        ``outcome.info["cache"]``.

    Raises
    ------
    StorageError
        If the file is something else than a fit kept by this way, or cannot be written.
    MethodRefused
        If the seed is a generator, whose state no file can be compared with.
    """
    if isinstance(asked["seed"], np.random.Generator):
        raise MethodRefused(
            "cache= is given with random_seed=a generator, whose draws depend on what it was used "
            "for; expected a whole number or None, which can be compared; write for example "
            "random_seed=1"
        )
    place = check_place(path)
    wanted = {name: _digest(value) for name, value in _question(specification, asked).items()}
    before = _kept(place)
    if before is not None:
        found = before.outcome.info[_NOTE]["question"]
        changed = tuple(name for name in wanted if found.get(name) != wanted[name])
        if not changed:
            _LOG.info("the fit is that of %s: nothing changed", place.name)
            for problem in before.problems:
                if problem.severity != "note":
                    warn(problem.sentence)
            return _noted(Run(before.method, before.outcome, before.seed, before.seconds), wanted)
        _LOG.info("fitting again, because %s changed since %s", listing(changed), place.name)
    else:
        changed = ()
    fitted = _noted(infer(), wanted, changed)
    try:
        save(Posterior(specification, *fitted), place)
    except StorageError as error:
        warn(f"the fit was computed and is not kept: {error}")
    return fitted


def _noted(run: Run, question: dict[str, str], changed: tuple[str, ...] = ()) -> Run:
    """Return a run that knows its question, and what of it changed since the last fit."""
    note = {"question": question, "changed": changed}
    return run._replace(outcome=replace(run.outcome, info={**run.outcome.info, _NOTE: note}))


def _kept(place: Any) -> Posterior | None:
    """Return the fit of a file; None where there is no file."""
    if not place.exists():
        return None
    try:
        found = read(place)
    except StorageError as error:
        raise StorageError(
            f"cache={quoted(str(place))} is a file and no fit that can be read, and is left as it "
            f"is; expected a name that is free, or a file that cache= wrote; choose another name, "
            f"or remove that file. What was found: {error}"
        ) from error
    if not isinstance(found.outcome.info.get(_NOTE), dict):
        raise StorageError(
            f"cache={quoted(str(place))} is a fit that save() wrote, and is left as it is; "
            "expected a name that is free, or a file that cache= wrote; choose another name, or "
            "remove that file"
        )
    return found


def _question(model: Specification, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a fit depends on, by the words that say what changed."""
    design = model.design
    named = {"design", "family", "prior", "covariances"}
    rest = {f.name: getattr(model, f.name) for f in fields(model) if f.name not in named}
    return {
        "data": (design.columns, model.labels.tolist(), rest),
        "formula": (design.formula, design.names, design.absent, model.family.name, model.family),
        "priors": (model.prior, model.covariances),
        **asked,
        "versions": (installed_version(), np.__version__),
    }


def _digest(value: Any) -> str:
    """Return a hash of numbers and words, however they are nested."""
    found = hashlib.sha256()
    for part in _bytes(value):
        found.update(part)
    return found.hexdigest()


def _bytes(value: Any) -> Iterator[bytes]:
    """Yield what tells a value from others, each with its kind and its length."""
    if isinstance(value, np.ndarray) and value.dtype.kind in "biuf":
        yield f"array {value.dtype.str} {value.shape}".encode()
        yield np.ascontiguousarray(value).tobytes()
    elif isinstance(value, np.ndarray | list | tuple):
        yield f"list {len(value)} ".encode()
        for item in value:
            yield from _bytes(item)
    elif isinstance(value, Mapping):
        yield f"dict {len(value)} ".encode()
        for key, item in value.items():
            yield from _bytes(key)
            yield from _bytes(item)
    elif is_dataclass(value) and not isinstance(value, type):
        yield f"{type(value).__name__} ".encode()
        for field in fields(value):
            yield from _bytes(getattr(value, field.name))
    else:
        text = repr(value).encode()
        yield f"{type(value).__name__} {len(text)} ".encode()
        yield text
