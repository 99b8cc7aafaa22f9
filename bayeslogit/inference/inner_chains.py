"""Many inner chains returned as a few long ones, and convergence checks of the result."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from bayeslogit.errors import Problem
from bayeslogit.numerics.convergence import Convergence, diagnose

__all__ = ["InnerChains", "bars", "check_convergence", "lower_bars"]


@dataclass(frozen=True)
class InnerChains:
    """The layout of inner chains in the ``chains`` x ``draws`` that are returned.

    Inner chains are never interleaved: a returned chain is a row of whole inner chains, each in
    time order. An inner chain that is stuck is then a stretch of equal or similar draws, which
    R-hat and the effective sample size of the returned chain notice as they do in one long chain.

    At least four groups of at least 250 draws are made, so that convergence can be checked
    where fewer are to be returned; evenly spaced draws of them are returned.

    Parameters
    ----------
    chains, draws : int
        The shape to return.

    Examples
    --------
    >>> InnerChains(4, 1000).groups, InnerChains(4, 1000).length, InnerChains(1, 1000).groups
    (4, 1000, 4)
    """

    chains: int
    draws: int

    @property
    def parts(self) -> int:
        """Groups per returned chain."""
        return math.ceil(4 / self.chains)

    @property
    def groups(self) -> int:
        """Chains that R-hat compares."""
        return self.chains * self.parts

    @property
    def length(self) -> int:
        """Draws of a group."""
        return max(math.ceil(self.draws / self.parts), 250)

    def per_group(self, wanted: int) -> int:
        """Return the number of inner chains in a group, if about ``wanted`` run in all."""
        return max(1, min(wanted // self.groups, self.length))

    def join(self, x: np.ndarray) -> np.ndarray:
        """Lay inner chains, (groups times any, time, ...), end to end: (groups, length, ...)."""
        return x.reshape(self.groups, -1, *x.shape[2:])[:, : self.length]

    def returned(self, x: np.ndarray) -> np.ndarray:
        """Return (chains, draws, ...) from groups, (groups, length, ...)."""
        rows = x.reshape(self.chains, self.parts * self.length, *x.shape[2:])
        stride = rows.shape[1] // self.draws
        return rows[:, ::stride][:, : self.draws]


def bars(draws: np.ndarray) -> tuple[float, int]:
    """Return what R-hat must be below and how many effective draws there must be.

    1.01 and 400, or less strict numbers where the draws are few, as :func:`check_convergence` says.

    Parameters
    ----------
    draws : ndarray, shape (chains, draws, coefficients)

    Examples
    --------
    >>> bars(np.empty((4, 1000, 2))), bars(np.empty((4, 100, 2)))
    ((1.01, 400), (1.1, 100))
    """
    chains, length, _ = draws.shape
    return max(1.01, 1.0 + 10.0 / length), min(400, chains * length // 4)


def lower_bars(draws: np.ndarray) -> str:
    """Return which bars few draws were held to, for the end of a sentence; "" for the usual ones.

    Parameters
    ----------
    draws : ndarray, shape (chains, draws, coefficients)

    Examples
    --------
    >>> lower_bars(np.empty((4, 100, 2)))
    ' (few draws: held to R-hat below 1.1 and 100 effective draws, not to 1.01 and 400)'
    """
    limit, needed = bars(draws)
    if limit <= 1.01 and needed >= 400:
        return ""
    return (
        f" (few draws: held to R-hat below {limit:.3g} and {needed} effective draws, not to 1.01 "
        "and 400)"
    )


def check_convergence(draws: np.ndarray) -> tuple[Convergence, tuple[Problem, ...]]:
    """Return R-hat and effective sample sizes of draws, and the problems they show.

    R-hat should be below 1.01, and the bulk and tail effective sample sizes at least 400
    (Vehtari et al. 2021, doi:10.1214/20-BA1221). With fewer than 1000 draws a chain R-hat of
    converged chains scatters more widely, and 1 + 10 / draws is allowed; with fewer than 1600
    draws in all, a quarter of them must be effective.

    Parameters
    ----------
    draws : ndarray, shape (chains, draws, coefficients)

    Returns
    -------
    Convergence
    tuple of Problem
        Empty if the draws pass both checks.
    """
    found = diagnose(draws)
    chains, length, _ = draws.shape
    problems = []
    limit, needed = bars(draws)
    if not found.worst_rhat < limit:
        problems.append(
            Problem(
                "high_rhat",
                f"the largest R-hat is {found.worst_rhat:.3f}; expected below {limit:.3g}, the "
                "chains do not agree; do not use these draws, but run method='nuts' "
                "with more draws, or set a tighter prior.",
                "severe",
            )
        )
    if not found.smallest_ess >= needed:
        problems.append(
            Problem(
                "low_ess",
                f"the smallest effective sample size is {found.smallest_ess:.0f} of "
                f"{chains * length} draws; expected at least {needed}; ask for more draws, or "
                "run method='nuts'.",
                "warning",
            )
        )
    return found, tuple(problems)
