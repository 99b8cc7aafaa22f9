"""Moments of tilted distributions: rows' likelihoods times Gaussian cavities, many at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bayeslogit.inference.sites import Sites, bent_nodes, blocks

__all__ = ["MatchedSites", "match_moments"]

_LOG_2PI = float(np.log(2.0 * np.pi))
_NODES = 64
# Of rows with more trials the values round more than they need to differ from node to node.
_TALL = 1e5
# Widest range of nodes over which a cubic through slopes integrates to rounding.
_SHORT = 0.1


@dataclass(frozen=True, eq=False)
class MatchedSites:
    """Gaussian sites that give the moments of their rows' tilted distributions.

    Parameters
    ----------
    log_mass : ndarray, shape (some rows,)
        Log of the integral of likelihood times cavity, in nats.
    precision, shift : ndarray, shape (some rows,)
        Of the site; the shift is precision times mean.
    """

    log_mass: np.ndarray
    precision: np.ndarray
    shift: np.ndarray


def match_moments(
    rows: Sites, where: np.ndarray, mean: np.ndarray, sd: np.ndarray, cavity: np.ndarray
) -> MatchedSites:
    """Return the sites that match mean and variance of some rows' tilted distributions.

    Parameters
    ----------
    rows : Sites
    where : ndarray of int, shape (some rows,)
        Positions of the rows.
    mean, sd : ndarray, shape (some rows,)
        Of each row's linear predictor, less its base, under the present Gaussian: they place
        the nodes.
    cavity : ndarray, shape (2, some rows)
        Mean and variance without the row's own site.
    """
    result = np.empty((3, len(where)))
    # A log-concave density falls at least as fast as an exponential of its own sd, and this one
    # at least as fast as its cavity.
    reach = np.minimum(8.5 * np.sqrt(cavity[1]) / sd + 2.0, 32.0)
    wide = rows.wide(rows.base[where] + mean, sd)
    # Far out the likelihood may underflow to zero, and its derivatives overflow.
    with np.errstate(all="ignore"):
        for part, unit in _groups(np.arcsinh(reach), sd, rows.smooth, ~wide):
            t = np.arcsinh(reach[part, None]) * unit
            away = sd[part, None] * np.sinh(t)
            volume = sd[part, None] * np.cosh(t) * (t[:, 1] - t[:, 0])[:, None]
            result[:, part] = _moments(rows, where[part], mean[part], away, volume, cavity[:, part])
        for part in blocks(np.flatnonzero(wide), 400):
            zero = (rows.base[where[part]] + mean[part])[:, None]
            end = (reach[part] * sd[part])[:, None]
            eta, volume = bent_nodes(zero - end, zero + end)
            result[:, part] = _moments(
                rows, where[part], mean[part], eta - zero, volume, cavity[:, part]
            )
    return MatchedSites(*result)


def _groups(
    reach: np.ndarray, sd: np.ndarray, smooth: float, chosen: np.ndarray
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return (rows, nodes in [-1, 1]): rows in blocks, with as many nodes as they need."""
    needed = 2.0 * reach / (0.08 * smooth / np.minimum(sd, 4.0 * smooth)) / (_NODES - 1)
    level = np.ceil(np.log2(np.maximum(1.0, needed))).astype(int)
    groups = []
    for k in np.unique(level[chosen]):
        unit = np.linspace(-1.0, 1.0, _NODES * 2**k)
        which = np.flatnonzero((level == k) & chosen)
        groups += [(part, unit) for part in blocks(which, len(unit))]
    return groups


def _moments(
    rows: Sites,
    where: np.ndarray,
    mean: np.ndarray,
    away: np.ndarray,
    volume: np.ndarray,
    cavity: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return log mass, site precision and site shift; nodes are ``mean + away``."""
    u = mean[:, None] + away
    counts = rows.counts[where]
    eta = (rows.base[where, None] + u)[None]
    center, variance = cavity
    slope, bend = rows.family.slope(eta, counts)[0], rows.curvature(eta[0], counts)
    height = rows.family.row_log_likelihood(eta, counts)
    exact = (counts.sum(axis=1) > _TALL) & (away[:, -1] - away[:, 0] < _SHORT)
    level = np.where(exact, height[:, height.shape[1] // 2], height.max(axis=1))
    height -= level[:, None]
    if exact.any():
        height[exact] = _integrated(slope[exact], bend[exact], away[exact])
    # The cavity of a row that pulls hard lies far away: its parabola, too, less its value here.
    apart = mean - center
    level -= 0.5 * apart**2 / variance
    log_weight = height - away * (0.5 * away + apart[:, None]) / variance[:, None]
    peak = log_weight.max(axis=1, keepdims=True)
    weight = np.exp(log_weight - peak) * volume
    total = weight.sum(axis=1)
    weight /= total[:, None]
    log_mass = level + peak[:, 0] + np.log(total) - 0.5 * (_LOG_2PI + np.log(variance))
    moved = (weight * away).sum(axis=1)
    matched = (weight * away**2).sum(axis=1) - moved**2
    # Site = matched less cavity. Where a row is informative that is a plain difference; where it
    # is not, the difference follows without cancellation from the derivatives of the log mass by
    # the cavity's mean.
    slope = np.where(weight > 0.0, slope, 0.0)
    first = (weight * slope).sum(axis=1)
    curvature = np.where(weight > 0.0, bend - (slope - first[:, None]) ** 2, 0.0)
    little = matched > 0.5 * variance
    precision = np.where(
        little,
        (weight * curvature).sum(axis=1) * variance / matched,
        1.0 / matched - 1.0 / variance,
    )
    precision = np.maximum(precision, 0.0)
    # The mean slope is how far the mean lies from the cavity's, over the cavity's variance. So
    # an error of the precision counts only for the way from here.
    shift = (mean + moved) * precision + first
    return log_mass, precision, shift


def _integrated(slope: np.ndarray, bend: np.ndarray, away: np.ndarray) -> np.ndarray:
    """Return how much higher rows are at their nodes than in the middle, from the slopes there.

    Parameters
    ----------
    slope, bend : ndarray, shape (some rows, nodes)
        Derivative of the value at each node, and minus the second one.
    away : ndarray, shape (some rows, nodes)
        The nodes.
    """
    step = np.diff(away, axis=1)
    gain = 0.5 * step * (slope[:, 1:] + slope[:, :-1]) + step**2 * np.diff(bend, axis=1) / 12.0
    result = np.pad(np.cumsum(gain, axis=1), ((0, 0), (1, 0)))
    return np.asarray(result - result[:, [result.shape[1] // 2]])
