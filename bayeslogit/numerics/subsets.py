"""Subsets of a given size, as likely as the product of their members' weights; many at once.

Their normaliser is an elementary symmetric polynomial. Member after member is added, and for each
number chosen so far the chance is kept that the last member is among them: a walk back over these
chances, all of them positive terms, gives how often each member is chosen, draws, and variances.
"""

from __future__ import annotations

import math

import numpy as np

__all__ = ["chosen", "draw", "log_normaliser", "spread"]

# The log weight of what cannot be: finite, so that differences of two such numbers are numbers.
_NEVER = -1e30
# Sums of products whose logarithms are within this of zero need no logarithms on the way.
_REACH = 600.0


def _walk(eta: np.ndarray, size: np.ndarray, keep: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return log normalisers, (sets, columns), and the chances of each member, if kept.

    ``chances[j, k - 1]`` is that of member j among the k chosen of the members up to j.
    """
    eta = np.maximum(eta, _NEVER)
    members, sets, columns = eta.shape
    most = int(size.max(initial=0))
    chances = np.zeros((members if keep else 0, most, sets, columns))
    top = eta.max(axis=0, initial=_NEVER)
    low = np.where(eta == _NEVER, top, eta).min(axis=0, initial=np.inf)
    furthest = most * (0.5 * float((top - low).max(initial=0.0)) + math.log(max(members, 1)))
    if furthest < _REACH:
        middle = 0.5 * (top + low)
        logs = _in_numbers(np.exp(eta - middle), size, chances) + size[:, None] * middle
    else:
        logs = _in_logarithms(eta, size, chances)
    return logs, chances


def _in_numbers(weight: np.ndarray, size: np.ndarray, chances: np.ndarray) -> np.ndarray:
    """Return log normalisers of weights, and fill in chances."""
    most = chances.shape[1]
    sums = np.zeros((most + 1, *weight.shape[1:]))
    sums[0] = 1.0
    for j, own in enumerate(weight):
        top = min(j + 1, most)
        within, total = own * sums[:top], sums[1 : top + 1]
        total += within
        if len(chances):
            np.divide(within, total, out=chances[j, :top], where=total > 0.0)
    result: np.ndarray = np.log(np.take_along_axis(sums, size[None, :, None], 0)[0])
    return result


def _in_logarithms(eta: np.ndarray, size: np.ndarray, chances: np.ndarray) -> np.ndarray:
    """Return log normalisers of log weights of any size, and fill in chances."""
    most = chances.shape[1]
    logs = np.full((most + 1, *eta.shape[1:]), _NEVER)
    logs[0] = 0.0
    for j, own in enumerate(eta):
        top = min(j + 1, most)
        without, within = logs[1 : top + 1], own + logs[:top]
        gap = within - without
        larger = np.maximum(without, within)
        small = np.exp(-np.abs(gap))
        if len(chances):
            np.divide(np.where(gap >= 0.0, 1.0, small), 1.0 + small, out=chances[j, :top])
        np.add(larger, np.log1p(small), out=without)
    result: np.ndarray = np.take_along_axis(logs, size[None, :, None], 0)[0]
    return result


def log_normaliser(eta: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Return the log of the sum over subsets of the product of their weights, (sets, columns).

    Parameters
    ----------
    eta : ndarray, shape (members, sets, columns)
        Log weights; ``-inf`` for members that a smaller set does not have.
    size : ndarray of int, shape (sets,)
        Members of each subset, at most those of its set.

    Examples
    --------
    Three members of weight 1 have three subsets of two:

    >>> log_normaliser(np.zeros((3, 1, 1)), np.array([2]))[0, 0].round(6) == np.log(3).round(6)
    np.True_
    """
    if size.max(initial=0) == 1 == size.min(initial=1):
        top = eta.max(axis=0)
        return np.asarray(top + np.log(np.exp(eta - top).sum(axis=0)))
    return _walk(eta, size, keep=False)[0]


def chosen(eta: np.ndarray, size: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the log normaliser, and the probability that each member is in the subset.

    Parameters
    ----------
    eta, size
        As in :func:`log_normaliser`.

    Returns
    -------
    log_normaliser : ndarray, shape (sets, columns)
    prob : ndarray, shape (members, sets, columns)
        Their sum over members is ``size``.
    """
    if size.max(initial=0) == 1 == size.min(initial=1):
        top = eta.max(axis=0)
        prob = np.exp(eta - top)
        total = prob.sum(axis=0)
        prob /= total
        return top + np.log(total), prob
    logs, chances = _walk(eta, size, keep=True)
    prob, state = np.zeros(eta.shape), _state(size, eta.shape, chances.shape[1])
    for j in range(len(eta) - 1, -1, -1):
        prob[j] = _back(state, chances[j], min(j + 1, chances.shape[1])).sum(axis=0)
    return logs, prob


def _state(size: np.ndarray, shape: tuple[int, ...], most: int) -> np.ndarray:
    """Return the chance of each number still to be chosen, before the walk back."""
    state = np.zeros((most + 1, *shape[1:]))
    np.put_along_axis(state, size[None, :, None], 1.0, 0)
    return state


def _back(state: np.ndarray, chances: np.ndarray, top: int) -> np.ndarray:
    """Take a step of the walk back; return the chance of each number with this member."""
    flow: np.ndarray = state[1 : top + 1] * chances[:top]
    state[1 : top + 1] -= flow
    state[:top] += flow
    return flow


def draw(eta: np.ndarray, size: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return whether each member is in a subset drawn at random, (members, sets, columns).

    Parameters
    ----------
    eta, size
        As in :func:`log_normaliser`.
    rng : numpy.random.Generator
    """
    _, chances = _walk(eta, size, keep=True)
    result = np.zeros(eta.shape, dtype=bool)
    left = np.repeat(size[:, None], eta.shape[2], axis=1)
    if not chances.shape[1]:
        return result
    for j in range(len(eta) - 1, -1, -1):
        own = np.take_along_axis(chances[j], np.maximum(left - 1, 0)[None], 0)[0]
        result[j] = (rng.random(left.shape) < own) & (left > 0)
        left -= result[j]
    return result


def spread(eta: np.ndarray, size: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return vectors and weights whose squares are the covariance of the sum over a subset.

    Of the walk back: what each choice moves the expected sum by, and the variance of the choice.
    The covariance of set s is ``sum_a weights[a, s] outer(moves[a, s], moves[a, s])``.

    Parameters
    ----------
    eta : ndarray, shape (members, sets)
        Log weights.
    size : ndarray of int, shape (sets,)
    x : ndarray, shape (members, sets, coefficients)
        What is summed over the members of the subset.

    Returns
    -------
    moves : ndarray, shape (choices, sets, coefficients)
    weights : ndarray, shape (choices, sets)
        Zero or more.
    """
    if size.max(initial=0) == 1 == size.min(initial=1):
        prob = chosen(eta[:, :, None], size)[1][:, :, 0]
        return x - np.einsum("ms,msp->sp", prob, x), prob
    _, chances = _walk(eta[:, :, None], size, keep=True)
    chances = chances[:, :, :, 0]
    members, most, sets = chances.shape
    moves = np.zeros((members, most, sets, x.shape[2]))
    mean = np.zeros((most + 1, sets, x.shape[2]))
    for j in range(members):
        top = min(j + 1, most)
        moves[j, :top] = x[j] + mean[:top] - mean[1 : top + 1]
        mean[1 : top + 1] += chances[j, :top, :, None] * moves[j, :top]
    weights, state = np.zeros((members, most, sets)), _state(size, (members, sets, 1), most)
    for j in range(members - 1, -1, -1):
        top = min(j + 1, most)
        share = chances[j, :, :, None]
        weights[j, :top] = (_back(state, share, top) * (1.0 - share[:top]))[:, :, 0]
    return moves.reshape(-1, sets, x.shape[2]), weights.reshape(-1, sets)
