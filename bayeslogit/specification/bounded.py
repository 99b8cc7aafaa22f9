"""Linear predictors with a range that ends: where it is, points inside, and draws of the prior.

Under the log and the identity link the linear predictor of every fitted row must be a probability,
or the logarithm of one. These are linear constraints on the coefficients: a polytope.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from bayeslogit.errors import DesignError, listing
from bayeslogit.families import Family
from bayeslogit.numerics.hit_and_run import Polytope, Walk
from bayeslogit.priors import CoefficientPrior
from bayeslogit.specification.density import Likelihood

__all__ = [
    "central_point", "refuse_empty_rows", "refuse_no_room", "refuse_scales", "truncated_prior",
    "with_start_inside",
]  # fmt: skip

# Draws of the prior at once, and how many times, before chains take over.
_BATCH, _TRIES = 2000, 25
# Chains, and sweeps of each until they forget where they began, and between draws.
_CHAINS, _FORGET, _APART = 64, 60, 5
# Linear functions of draws at once, at most.
_ELEMENTS = 8_000_000


def central_point(polytope: Polytope) -> tuple[np.ndarray, float]:
    """Return coefficients as far inside as a linear program finds, and how far that is.

    Parameters
    ----------
    polytope : Polytope

    Returns
    -------
    theta : ndarray, shape (coefficients,)
    slack : float
        Least distance of a linear predictor from the ends of the range, one at most; negative if
        there is no point inside.
    """
    from scipy.optimize import linprog

    X, offset = polytope.X, polytope.offset
    scale = np.maximum(np.abs(X).max(axis=0, initial=0.0), 1e-300)
    sides, bounds = [], []
    ones = np.ones((len(X), 1))
    if polytope.high < math.inf:
        sides.append(np.hstack([X / scale, ones]))
        bounds.append(polytope.high - offset)
    if polytope.low > -math.inf:
        sides.append(np.hstack([-X / scale, ones]))
        bounds.append(offset - polytope.low)
    aim = np.append(np.zeros(X.shape[1]), -1.0)
    limits = [(None, None)] * X.shape[1] + [(None, 1.0)]
    found = linprog(aim, A_ub=np.concatenate(sides), b_ub=np.concatenate(bounds), bounds=limits)
    if found.x is None:
        return np.zeros(X.shape[1]), -math.inf
    return found.x[:-1] / scale, float(found.x[-1])


def with_start_inside(likelihood: Likelihood) -> Likelihood:
    """Return the same with a start at which every row has a probability, where there is one."""
    polytope = Polytope.of(likelihood.X, likelihood.offset, likelihood.family.ends)
    if polytope.holds(likelihood.eta(likelihood.start[:, None])[0])[0]:
        return likelihood
    theta, slack = central_point(polytope)
    return replace(likelihood, initial=theta) if slack > 0.0 else likelihood


def refuse_scales(family: Family, prior: CoefficientPrior, groups: Sequence[str]) -> None:
    """Refuse learned scales under a link whose range ends.

    Parameters
    ----------
    family : Family
    prior : CoefficientPrior
    groups : sequence of str
        Names of the group-level terms.

    Raises
    ------
    DesignError
    """
    sets = [f"({name})" for name in groups] + [part.label for part in prior.learned]
    if family.bounded and sets:
        raise DesignError(
            f"the link {family.link!r} ends where a probability is 0 or 1, and the scale of "
            f"{listing(sets)} is learned; expected coefficients whose priors are known, which the "
            "range of the probabilities cuts off; give them Normal(0, 1), leave the group-level "
            "term out, or use link='logit' and ask comparisons(comparison='ratio')"
        )


def refuse_empty_rows(family: Family, counts: np.ndarray) -> None:
    """Refuse rows without cases, which would end the range of the coefficients all the same.

    Parameters
    ----------
    family : Family
    counts : ndarray, shape (rows, classes)
        Weighted cases of each class.

    Raises
    ------
    DesignError
    """
    empty = int((counts.sum(axis=1) == 0.0).sum())
    if empty:
        raise DesignError(
            f"{empty} of {len(counts)} rows have no cases (weight or trials 0), and under "
            f"link={family.link!r} every row of a model must have a probability; expected rows "
            "that count; leave these out of the table"
        )


def refuse_no_room(family: Family, likelihood: Likelihood) -> None:
    """Refuse rows that no coefficients all give a probability.

    Parameters
    ----------
    family : Family
    likelihood : Likelihood
        Of the rows, with the start that :func:`with_start_inside` found.

    Raises
    ------
    DesignError
    """
    polytope = Polytope.of(likelihood.X, likelihood.offset, family.ends)
    if not polytope.holds(likelihood.eta(likelihood.start[:, None])[0])[0]:
        where = "below 0" if family.ends[0] == -math.inf else "between 0 and 1"
        raise DesignError(
            f"no coefficients give every row a probability under link={family.link!r}: the linear "
            f"predictors of all rows are never {where} together; expected an intercept, or "
            "predictors and an offset that leave room; add the intercept, check offset=, or use "
            "link='logit'"
        )


def truncated_prior(
    prior: CoefficientPrior, rows: Likelihood, rng: np.random.Generator, columns: int
) -> np.ndarray:
    """Return draws of the prior given that every row has a probability, (coefficients, columns).

    Parameters
    ----------
    prior : CoefficientPrior
    rows : Likelihood
        Of a bounded family.
    rng : numpy.random.Generator
    columns : int
        Number of draws.

    Raises
    ------
    PriorError
        If a prior is flat.
    """
    rows = rows.collapsed()
    polytope = Polytope.of(rows.X, rows.offset, rows.family.ends)
    batch = int(np.clip(_ELEMENTS // len(rows.X), 64, _BATCH))
    kept, found = [], 0
    for _ in range(_TRIES):
        theta = prior.sample(rng, batch)
        theta = theta[:, polytope.holds(polytope.eta(theta))]
        kept.append(theta)
        found += theta.shape[1]
        if found >= columns:
            return np.concatenate(kept, axis=1)[:, :columns]
    start = np.repeat(rows.start[:, None], min(columns, _CHAINS), axis=1)
    scale = np.diag(np.median(np.abs(prior.sample(rng, 200) - rows.start[:, None]), axis=1))

    def log_density(theta: np.ndarray, eta: np.ndarray) -> np.ndarray:
        return prior.log_density(theta)

    walk = Walk(polytope, log_density, start, scale, rng)
    size = len(start)
    for window in range(4):
        seen = [walk.sweep() for _ in range(_FORGET // 4)]
        pooled = np.concatenate(seen[len(seen) // 2 :], axis=1)
        if window < 3 and pooled.shape[1] > 4 * size:
            walk.scale = np.linalg.cholesky(np.atleast_2d(np.cov(pooled)) + 1e-12 * scale**2)
    draws: list[np.ndarray] = []
    while sum(d.shape[1] for d in draws) < columns:
        for _ in range(_APART):
            now = walk.sweep()
        draws.append(now)
    return np.concatenate(draws, axis=1)[:, :columns]
