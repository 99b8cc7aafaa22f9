"""The Gaussian prior that meets stated beliefs."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from statistics import NormalDist

import numpy as np

from bayeslogit.design import Design
from bayeslogit.errors import PriorError, listing, nearest
from bayeslogit.families import LINKS, Family
from bayeslogit.priors import CoefficientPrior, GaussianPrior
from bayeslogit.priors.beliefs import Belief
from bayeslogit.specification.layout import Layout

__all__ = ["beliefs_in", "believed"]

# Beliefs about one combination of coefficients: their directions differ by no more than this.
_PARALLEL = 1e-9


def beliefs_in(priors: object) -> tuple[Belief, ...]:
    """Return the beliefs that ``priors=`` consists of; none if it is something else.

    Raises
    ------
    PriorError
        If a list holds anything else.
    """
    if isinstance(priors, Belief):
        return (priors,)
    if not isinstance(priors, list | tuple) or not priors:
        return ()
    for entry in priors:
        if not isinstance(entry, Belief):
            raise PriorError(
                f"priors= is a list that holds {type(entry).__name__}; expected beliefs alone, "
                "such as odds_ratio('x', between=(0.8, 3)); give other priors as a dict by term"
            )
    return tuple(priors)


def believed(
    beliefs: Sequence[Belief],
    design: Design,
    family: Family,
    layout: Layout,
    default: CoefficientPrior,
) -> CoefficientPrior:
    """Return the Gaussian prior of the coefficients of a design that meets beliefs.

    Each belief is the distribution of a combination ``c theta``. The combinations are independent
    of one another, and given them the coefficients are as under the default prior. Where more
    beliefs than combinations are independent, means and log standard deviations are fitted to
    them by least squares.

    Parameters
    ----------
    beliefs : sequence of Belief
        At least one.
    design : Design
        Without the columns of group-level terms.
    family : Family
    layout : Layout
    default : CoefficientPrior
        On the coefficients of the columns of the design.

    Raises
    ------
    PriorError
        If a belief is about something that the model does not have, or two contradict each other.
    """
    if family.arrangement not in ("plain", "ordered", "matched"):
        raise PriorError(
            f"beliefs were given as the prior of a {family.name} model; expected a model of a "
            "yes/no outcome, of successes out of trials, or of ordered classes; give a prior such "
            "as Normal(0, 2.5), or priors by term"
        )
    if not default.gaussian:
        raise PriorError(
            "beliefs were given as the prior of a model that learns scales; expected coefficients "
            "whose default prior is Gaussian; give priors by term, or leave the smooth out"
        )
    C = np.stack([_direction(belief, design, family, layout) for belief in beliefs])
    ends = np.array([_ends(belief, family) for belief in beliefs])
    z = np.array([NormalDist().inv_cdf(0.5 + 0.5 * belief.prob) for belief in beliefs])
    middle, spread = ends.mean(axis=1), 0.5 * np.diff(ends)[:, 0] / z
    _refuse_opposites(beliefs, C, ends)
    B, D = _independent(C)
    mean, covariance = (middle, np.diag(spread**2)) if D is None else _fitted(D, middle, spread)
    start, around = _moments(default)
    gain = np.linalg.solve(B @ around @ B.T, B @ around).T
    center = start + gain @ (mean - B @ start)
    total = around + gain @ (covariance - B @ around @ B.T) @ gain.T
    center[np.abs(center) < 1e-12 * np.sqrt(np.diag(total))] = 0.0  # rounding
    found = C @ center
    reach = z * np.sqrt(np.einsum("kp,pq,kq->k", C, total, C))
    _refuse_unmet(beliefs, ends, found, (middle - found) / spread)
    said = [
        _said(belief, family, low, high)
        for belief, low, high in zip(beliefs, found - reach, found + reach, strict=True)
    ]
    joint = GaussianPrior(center, 0.5 * (total + total.T), tuple(said))
    return CoefficientPrior(
        default.names, joint=joint, increasing=default.increasing, constraints=default.constraints
    )


def _direction(belief: Belief, design: Design, family: Family, layout: Layout) -> np.ndarray:
    """Return the combination of coefficients that a belief is about, (coefficients,)."""
    direction = np.zeros(len(layout.names))
    if belief.kind == "probability":
        if family.coupled:
            raise PriorError(
                f"{belief} is about a risk, and with strata= the levels of sets are conditioned "
                "away; expected statements about odds ratios; leave it out, or state odds ratios"
            )
        if family.arrangement != "plain":
            raise PriorError(
                f"{belief} is about a {family.name} model; expected a yes/no outcome, which has "
                "one probability at a row; state odds ratios, or give 'cutpoints' a Dirichlet prior"
            )
        needed = design.recipe.variables
        if absent := [name for name in needed if name not in belief.of]:
            raise PriorError(
                f"{belief} leaves {listing(absent)} out; expected a value of every predictor: "
                f"{listing(list(needed))}; add what is missing"
            )
        if not needed:  # the intercept alone
            direction[0] = 1.0
            return direction
        X, offset, _ = design.code(belief.of)
        if offset is not None and np.any(offset != 0.0):
            raise PriorError(
                f"{belief} is about a row with an offset; expected a row whose offset is 0; give "
                "the offset the value 0 there"
            )
        direction[: X.shape[1]] = X[0]
        return direction
    if family.link != "logit":
        raise PriorError(
            f"{belief} is stated for the link {family.link!r}; expected link='logit', under which "
            "coefficients are logarithms of odds ratios; state probabilities, or use that link"
        )
    names = layout.names
    slopes = [names[i] for i in layout.slopes]
    if belief.levels is None:
        if belief.of not in slopes:
            own = [design.names[j] for j in design.term_columns.get(belief.of, ())]
            more = f" {belief.of!r} has {listing(own)}: name one, or give levels=." if own else ""
            raise PriorError(
                f"{belief} is about {belief.of!r}, which is not a coefficient; expected one of "
                f"{listing(slopes)}; name one of these.{more}" + nearest(belief.of, slopes)
            )
        direction[names.index(belief.of)] = belief.per
        return direction
    known = dict.fromkeys(map(str, design.levels(belief.of)) if belief.of in design.factors else [])
    for level, sign in zip(belief.levels, (1.0, -1.0), strict=True):
        if str(level) not in known:
            raise PriorError(
                f"{belief} names the level {level!r}; expected two levels of a factor of the "
                f"model: {listing(list(known)) if known else f'{belief.of!r} is not one'}; "
                "correct it." + nearest(str(level), list(known))
            )
        column = f"{belief.of}[T.{level}]"
        if column in names:
            direction[names.index(column)] += sign
    return direction


def _ends(belief: Belief, family: Family) -> np.ndarray:
    """Return the range on the scale of the linear predictor, (2,)."""
    ends = np.array(belief.between)
    return np.log(ends) if belief.kind == "odds ratio" else LINKS[family.link].inverse(ends)


def _said(belief: Belief, family: Family, low: float, high: float) -> str:
    """Return in words what was stated, and what the prior says where that differs."""
    asked = "{:.4g} to {:.4g}".format(*belief.between)
    both = np.array([low, high])
    got = np.exp(both) if belief.kind == "odds ratio" else LINKS[family.link].prob(both)
    text = "{:.4g} to {:.4g}".format(*got)
    met = "as stated" if text == asked else f"stated as {asked}"
    return f"{belief}: {text} with probability {belief.prob:g}, {met}"


def _moments(default: CoefficientPrior) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and covariance of the coefficients under a Gaussian prior."""
    size = default.size
    turn = default.at(np.eye(size))
    each = [default.single(i).parameters() for i in range(size)]
    mean = np.linalg.solve(turn, np.array([own["mu"] for own in each]))
    half = np.linalg.solve(turn, np.diag([own["sigma"] for own in each]))
    return mean, half @ half.T


def _independent(C: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
    """Return independent combinations, and how the others are made of these where some are not."""
    scaled = C / np.linalg.norm(C, axis=1, keepdims=True)
    _, sizes, turned = np.linalg.svd(scaled, full_matrices=False)
    rank = int((sizes > 1e-9 * sizes[0]).sum())
    if rank == len(C):
        return C, None
    basis = turned[:rank]
    return basis, C @ basis.T


def _fitted(D: np.ndarray, middle: np.ndarray, spread: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean and covariance whose combinations are nearest to those stated."""
    from scipy.optimize import least_squares

    mean = np.linalg.lstsq(D / spread[:, None], middle / spread, rcond=None)[0]
    places = np.tril_indices(D.shape[1])
    start = np.linalg.cholesky(np.linalg.inv(D.T @ (D / spread[:, None] ** 2)) * len(D))

    def off(entries: np.ndarray) -> np.ndarray:
        half = np.zeros((D.shape[1], D.shape[1]))
        half[places] = entries
        sds = np.linalg.norm(D @ half, axis=1)
        gaps: np.ndarray = np.log(np.maximum(sds, 1e-300) / spread)
        return gaps

    half = np.zeros((D.shape[1], D.shape[1]))
    half[places] = least_squares(off, start[places], xtol=1e-14, ftol=1e-14, gtol=1e-14).x
    # A belief that fixes nothing of its own leaves the covariance singular without this.
    return mean, half @ half.T + 1e-8 * start @ start.T


def _refuse_opposites(beliefs: Sequence[Belief], C: np.ndarray, ends: np.ndarray) -> None:
    """Refuse two beliefs about the same combination whose ranges have nothing in common."""
    for i, j in combinations(range(len(beliefs)), 2):
        size = float(C[j] @ C[i] / (C[i] @ C[i])) if C[i].any() else 0.0
        if np.linalg.norm(C[j] - size * C[i]) > _PARALLEL * np.linalg.norm(C[j]):
            continue
        low, high = np.sort(size * ends[i])
        if high < ends[j, 0] or low > ends[j, 1]:
            raise PriorError(_contradiction(beliefs[i], beliefs[j]))


def _refuse_unmet(
    beliefs: Sequence[Belief], ends: np.ndarray, found: np.ndarray, off: np.ndarray
) -> None:
    """Refuse beliefs of which one is not met, with that which pulls the most the other way."""
    outside = np.flatnonzero((found < ends[:, 0]) | (found > ends[:, 1]))
    if outside.size:
        worst = int(outside[np.argmax(np.abs(off[outside]))])
        other = int(np.argmax(np.where(np.arange(len(off)) == worst, -1.0, np.abs(off))))
        raise PriorError(_contradiction(beliefs[worst], beliefs[other]))


def _contradiction(one: Belief, other: Belief) -> str:
    return (
        f"two beliefs contradict each other: {one} between {one.between[0]:g} and "
        f"{one.between[1]:g}, and {other} between {other.between[0]:g} and {other.between[1]:g}; "
        "expected ranges that can hold together; widen or leave out one of them"
    )
