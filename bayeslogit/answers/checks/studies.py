"""Studies that a model expects before there are data: a truth, outcomes, and their posterior."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from bayeslogit.errors import (
    BayesLogitError,
    BayesLogitWarning,
    FitFailed,
    MethodRefused,
    listing,
)
from bayeslogit.inference.base import Method
from bayeslogit.inference.run import at_least_one, method_of, run
from bayeslogit.response.base import class_counts
from bayeslogit.specification.prior_draws import prior_draws
from bayeslogit.specification.specification import Specification

__all__ = ["Study", "check_studies", "studies"]

_CHAINS, _DRAWS = 4, 250
# Data sets, at most.
_MOST = 1_000_000
# Data sets in a row that lack a class of an ordered outcome, or that cannot be fitted.
_TRIES = 100


class Study(NamedTuple):
    """A simulated study.

    Attributes
    ----------
    data : Specification
        The model with simulated outcomes.
    truth : ndarray, shape (coefficients, 1)
        The coefficients that they were simulated with.
    draws : ndarray, shape (coefficients, 1000)
        From the posterior given them.
    """

    data: Specification
    truth: np.ndarray
    draws: np.ndarray


def check_studies(
    name: str,
    count: int,
    method: str | Method,
    options: Mapping[str, Any],
    specification: Specification,
) -> Method:
    """Return the method that fits simulated outcomes, or refuse what cannot be simulated.

    Parameters
    ----------
    name : str
        Of the argument that has the number of studies, for messages.
    count : int
        Studies.
    method : str or Method
    options : mapping
        Of the method.
    specification : Specification

    Raises
    ------
    MethodRefused
        If the number is none, the method gives no draws, or rows have weights.
    """
    chosen = method_of(method, options)
    at_least_one(name, count, _MOST, "would never end")
    if chosen.point:
        raise MethodRefused(
            f"method {chosen.name!r} gives one point, among which no truth can be ranked; expected "
            "a method that draws; leave method= out, or take 'laplace'"
        )
    if specification.weights is not None:
        raise MethodRefused(
            "the rows have weights, and one outcome is simulated for each row; expected a model "
            "without weights=; write out equal rows, or count them as trials of binomial()"
        )
    return chosen


def studies[T](
    rows: Callable[[], Specification],
    count: int,
    method: Method,
    rng: np.random.Generator,
    ask: Callable[[Study], T],
    advance: Callable[[int], None],
    known: Mapping[int, float] | None = None,
) -> tuple[list[T], int]:
    """Return what is asked of each simulated study, and how many could not be fitted.

    Parameters
    ----------
    rows : callable
        Gives the model of a study; its outcomes are not used.
    count : int
        Studies that are fitted.
    method : Method
    rng : numpy.random.Generator
    ask : callable
    advance : callable
        Shows progress.
    known : mapping of int to float, optional
        Coefficients whose truth is the same in all studies; the others are drawn from the prior.

    Raises
    ------
    PriorError
        If a prior is flat: it has no draws.
    FitFailed
        If no data set of a hundred can be fitted.
    """
    found: list[T] = []
    failed = in_a_row = 0
    while len(found) < count:
        truth, data = _simulated(rows(), rng, known or {})
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", BayesLogitWarning)
                outcome = run(
                    data, method, draws=_DRAWS, chains=_CHAINS, random_seed=rng, progressbar=False
                ).outcome
        except MethodRefused:
            raise
        except BayesLogitError as error:
            failed, in_a_row = failed + 1, in_a_row + 1
            if in_a_row == _TRIES:
                raise FitFailed(
                    f"{_TRIES} simulated data sets in a row could not be fitted, the last one "
                    f"because {error}"
                ) from None
            continue
        in_a_row = 0
        draws = outcome.draws.reshape(-1, outcome.draws.shape[-1]).T[: len(truth)]
        found.append(ask(Study(data, truth, draws)))
        advance(1)
    return found, failed


def _simulated(
    specification: Specification, rng: np.random.Generator, known: Mapping[int, float]
) -> tuple[np.ndarray, Specification]:
    """Return coefficients from the prior, (coefficients, 1), and the model with their outcomes."""
    response, family = specification.response, specification.family
    likelihood, classes = specification.likelihood, len(response.classes)
    for _ in range(_TRIES):
        theta = prior_draws(specification, rng, 1)
        for index, value in known.items():
            theta[index] = value
        if response.by_class:
            y = likelihood.family.probabilities(likelihood.eta(theta))[:, :, 0]
            codes = rng.multinomial(response.y.sum(axis=1), (y / y.sum(axis=0)).T)
        elif likelihood.matched is not None:
            codes = likelihood.matched.simulate(theta, rng)[:, 0]
        else:
            codes = family.simulate(likelihood.eta(theta), response.trials, rng)[:, 0]
        seen = class_counts(codes, classes, response.trials if classes == 2 else None)
        # To choose by the data, truth and all, leaves the posterior given the data as it is.
        if family.arrangement != "ordered" or seen.sum(axis=0).all():
            return theta, Specification.of(
                replace(specification, response=replace(response, y=codes))
            )
    raise FitFailed(
        f"{_TRIES} data sets in a row that the prior expects lack a class; expected all of "
        f"{listing(response.classes)}; give a prior under which each class occurs"
    )
