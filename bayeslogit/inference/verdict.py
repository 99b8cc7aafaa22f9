"""Draws of any method held against the whole posterior: a verdict that can fail."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from bayeslogit.errors import Problem
from bayeslogit.inference.base import Outcome
from bayeslogit.inference.reference import Reference
from bayeslogit.inference.tails import missing_moments
from bayeslogit.specification.density import LogDensity

__all__ = ["assess_draws"]

# What counts as the posterior: means within 0.2 sd, sds within 15 %; a little is left for the
# error of the reference itself. And the largest difference of distribution functions.
_MEAN, _SD, _CDF = 0.19, 0.14, 0.1


def assess_draws(density: LogDensity, land: Reference, outcome: Outcome) -> Outcome:
    """Hold draws against the whole posterior, and add a severe problem where they differ.

    Parameters
    ----------
    density : LogDensity
        One that need not be log-concave.
    land : Reference
        By a survey of the whole posterior.
    outcome : Outcome
        Draws of any method.

    Returns
    -------
    Outcome
        ``info["modes"]`` is the number of modes found. The problem ``"not_the_posterior"`` is
        added where means differ by more than 0.2 posterior sd, sds by more than 15 %, or
        distribution functions by more than 0.1, and ``"rare_parts"`` where so few draws, were they
        independent, could not tell better; ``"modes_not_weighed"`` where there are several modes
        and nothing is good enough to tell how much each holds, and ``"tails_not_weighed"`` where
        there is one, and points that are moved about it do not settle.
    """
    draws = outcome.draws.reshape(-1, density.size).T
    count = land.modes
    problems = outcome.problems
    if land.sound:
        words, rare = _difference(density, land, draws)
        if words:
            found = "one mode" if count == 1 else f"{count} modes"
            do = (
                "some of it is too rare for so few draws; use quantiles of these draws, not their "
                "sd, ask for more draws"
                if rare
                else "do not use these draws, but fit with method='auto'"
            )
            problems += (
                Problem(
                    "rare_parts" if rare else "not_the_posterior",
                    f"{words}, by a survey of the whole posterior ({found}, from dispersed "
                    f"starts); expected means within 0.2 posterior sd and sds within 15 %; {do}, "
                    "or give a prior with lighter tails such as Normal(0, 2.5).",
                    "severe",
                ),
            )
    elif count == 1:
        problems += (
            Problem(
                "tails_not_weighed",
                "points of the posterior that are moved about by a kernel that keeps it do not "
                "settle, so that its tails could not be weighed; expected moments that stay; give "
                "a prior with lighter tails such as Normal(0, 2.5), or compare several seeds.",
                "severe",
            ),
        )
    else:
        problems += (
            Problem(
                "modes_not_weighed",
                f"the posterior has {count} modes or more, and how much of it each holds could "
                "not be checked; expected one mode, or a mixture over them that fits; give a "
                "prior with lighter tails such as Normal(0, 2.5), or compare several seeds.",
                "severe",
            ),
        )
    return replace(outcome, problems=problems, info=outcome.info | {"modes": count})


def _difference(density: LogDensity, land: Reference, draws: np.ndarray) -> tuple[str, bool]:
    """Return in words where draws differ most, or nothing, and whether chance may explain it."""
    missing = missing_moments(density)
    worst, words, rare = 1.0, "", False
    for k, name in enumerate(density.names):
        order = np.argsort(land.theta[k])
        values, cumulative = land.theta[k][order], np.cumsum(land.shares[order])
        own = np.searchsorted(np.sort(draws[k]), values, side="right") / draws.shape[1]
        gap = float(np.abs(own - cumulative).max())
        if gap / _CDF > worst:
            worst, rare = gap / _CDF, False
            words = (
                f"the distribution function of {name!r} is off by up to {gap:.2f} in these draws"
            )
        if missing.mean[k] or missing.sd[k]:
            continue
        mean, sd = float(land.mean[k]), float(land.sd[k])
        found, spread = float(draws[k].mean()), float(draws[k].std())
        first, second = abs(found - mean) / sd, abs(spread / sd - 1.0)
        off = max(first / _MEAN, second / _SD)
        if off > worst:
            # The error of the mean and of the sd of as many independent draws.
            away = ((land.theta[k] - mean) / sd) ** 2
            error = np.sqrt([1.0, 0.25 * max(float(land.shares @ away**2) - 1.0, 0.0)])
            error /= np.sqrt(draws.shape[1])
            worst, rare = off, first <= max(3.0 * error[0], _MEAN) and second <= 3.0 * error[1]
            words = (
                f"{name!r} has mean {found:.3g} and sd {spread:.3g} in these draws, and mean "
                f"{mean:.3g} and sd {sd:.3g}"
            )
    return words, rare
