"""The log posterior of tall data near its mode, from some of the rows.

Around the mode the log-likelihood of a row is nearly a quadratic of its linear predictors. What is
left, its remainder, is of third order: small in most rows, and larger in a few that lie far out.
The sum of the quadratics is known after one pass over all rows. The sum of the remainders is
estimated from rows drawn with probabilities in proportion to their size, so that a few thousand
rows tell it to a thousandth of a nat. How far off that is, is measured afterwards on all rows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from bayeslogit.inference.base import Gaussian
from bayeslogit.inference.evaluator import Evaluator
from bayeslogit.numerics.powers import Powers
from bayeslogit.specification.density import Likelihood, LogDensity

__all__ = ["Subsample", "label", "subsample"]

# Standard error of the sum of remainders that rows are drawn for, if so few rows do, and otherwise;
# and the largest that is taken for exact when it is measured on all rows. In nats.
_AIM, _LEAST_AIM, _ALLOWED = 0.003, 0.005, 0.01
# Draws around the mode that show how large each remainder is, and others that say how well a
# number of rows would do.
_PROBES = (16, 16)
# Share of the rows beyond which fewer would pay, and that is drawn at most; and the fewest drawn.
_MANY, _MOST, _FEWEST = 0.02, 0.3, 2_000
# Share of the probability that all rows have alike.
_ALIKE = 0.1
# Linear predictors below which sums over all rows cost little.
_WORTHWHILE = 100_000_000
# Draws that are evaluated on all rows in the end.
_CHECKED = 64
# Step, in units of the linear predictor, over which curvatures are compared.
_STEP = 1e-3


@dataclass(frozen=True, eq=False)
class Subsample:
    """A log posterior estimated from some of the rows; see :func:`subsample`.

    Parameters
    ----------
    evaluate : Evaluator
        The log posterior of all rows.
    part : Evaluator
        That of the rows drawn, each weighted by one over how often it is expected to be drawn.
    center : ndarray, shape (coefficients,)
        Where the quadratics are expanded.
    quadratic : tuple of float, ndarray and ndarray
        Value, gradient and minus the second derivatives of the log-likelihood at the center: of
        all rows less those of the part.
    cubic : Cubic or None
        Third-order terms of all rows less those of the part, where quadratics are not enough.
    error : float
        Standard error of the values around the center, in nats, as the probabilities imply it.
    """

    evaluate: Evaluator
    part: Evaluator
    center: np.ndarray
    quadratic: tuple[float, np.ndarray, np.ndarray]
    cubic: Cubic | None
    error: float

    def values(self, phi: np.ndarray) -> np.ndarray:
        """Return the log density at each column of ``phi``, (columns,), in nats."""
        away = self.evaluate.space.theta(phi) - self.center[:, None]
        level, slope, bend = self.quadratic
        result: np.ndarray = self.part.values(phi)
        result += level + slope @ away - 0.5 * np.einsum("pc,pc->c", away, bend @ away)
        return result if self.cubic is None else result + self.cubic.values(away)

    def certificate(self, phi: np.ndarray, values: np.ndarray) -> dict[str, Any]:
        """Compare values that were estimated with those of all rows, at some of the draws.

        Parameters
        ----------
        phi : ndarray, shape (coefficients, columns)
            Draws of the posterior.
        values : ndarray, shape (columns,)
            The log density there by :meth:`values`.

        Returns
        -------
        dict
            ``error``, the root mean square difference in nats at ``checked`` draws; ``expected``
            is what the probabilities of the rows promised. ``rows_read`` of all ``rows``.
        """
        some = np.linspace(0, len(values) - 1, min(_CHECKED, len(values))).astype(int)
        off = values[some] - self.evaluate.values(phi[:, some])
        return {
            "error": math.sqrt(float(off @ off) / len(off)),
            "expected_error": self.error,
            "checked": len(some),
            "rows_read": len(self.part.space.density.rows.X),
            "rows": len(self.evaluate.space.density.rows.X),
        }

    @staticmethod
    def holds(error: float) -> bool:
        """Return whether draws of values with this error, in nats, may be called exact."""
        return error <= _ALLOWED


def label(found: dict[str, Any]) -> str:
    """Return what draws with a certificate are, in words.

    Parameters
    ----------
    found : dict
        By :meth:`Subsample.certificate`.
    """
    return (
        f"exact draws to {found['error']:.1g} nats (independence Metropolis-Hastings from "
        f"{found['rows_read']:,} rows; measured on {found['checked']} draws over all "
        f"{found['rows']:,} rows)"
    )


def subsample(
    evaluate: Evaluator, gaussian: Gaussian, columns: int, rng: np.random.Generator
) -> Evaluator | Subsample:
    """Return the log posterior near a Gaussian from some of the rows, if that pays.

    Parameters
    ----------
    evaluate : Evaluator
    gaussian : Gaussian
        At the mode, with the curvature there.
    columns : int
        How many log posteriors are wanted.
    rng : numpy.random.Generator
        Draws the rows; not used where all rows are read.

    Returns
    -------
    Evaluator or Subsample
        What was given, where rows times columns are few, or too many rows would be needed.

    References
    ----------
    Quiroz, M., Kohn, R., Villani, M. and Tran, M.-N. (2019). Speeding up MCMC by efficient data
    subsampling. doi:10.1080/01621459.2018.1448827
    Hansen, M. H. and Hurwitz, W. N. (1943). On the theory of sampling from finite populations.
    doi:10.1214/aoms/1177731356
    """
    if evaluate.predictors * columns < _WORTHWHILE:
        return evaluate
    family = evaluate.space.density.family
    if not family.collapsible or family.bounded:
        # The log-likelihood of a row is not in proportion to its counts, or every row is a border.
        return evaluate
    rows = evaluate.space.density.rows
    plain = evaluate.space.linear and rows.family.n_eta == 1 and rows.basis is None
    cubic = False
    if plain:
        chance, spread = _by_leverage(evaluate, gaussian, cubic)
        products = gaussian.mean.size * (gaussian.mean.size + 1) // 2
        # Cubes of all rows may cost less than the rows that they save.
        cubic = columns * (spread / _LEAST_AIM) ** 2 > products * len(chance)
        if cubic:
            chance, spread = _by_leverage(evaluate, gaussian, cubic)
    else:
        chance, spread = _by_probes(evaluate, gaussian, rng)
    wanted = max(_FEWEST, math.ceil((spread / _AIM) ** 2))
    most = int(max(_MANY * len(chance), (spread / _LEAST_AIM) ** 2))
    wanted = min(wanted, most)
    if wanted > _MOST * len(chance):
        return evaluate
    return _drawn(evaluate, gaussian, chance, wanted, cubic, rng, spread / math.sqrt(wanted))


def _third(rows: Likelihood, eta: np.ndarray, block: slice) -> np.ndarray:
    """Return third derivatives by the linear predictor, about; (rows,), for one predictor a row.

    All that is asked of them is to be the same wherever they are added and taken away.
    """
    counts = rows.counts[block]
    after, before = (rows.family.curvature(eta + h, counts)[0, 0] for h in (_STEP, -_STEP))
    result: np.ndarray = (before - after) / (2.0 * _STEP)
    return result


@dataclass(frozen=True, eq=False)
class Cubic:
    """A sum of cubes of linear predictors, as a polynomial of the coefficients.

    Parameters
    ----------
    whitening : ndarray, shape (coefficients, coefficients)
        Inverse of the Cholesky factor in whose coordinates it is written.
    powers : Powers
        Products of two coordinates.
    terms : ndarray, shape (products, coefficients)
    """

    whitening: np.ndarray
    powers: Powers
    terms: np.ndarray

    def values(self, away: np.ndarray) -> np.ndarray:
        """Return the value at distances from the center, (columns,), in nats.

        Parameters
        ----------
        away : ndarray, shape (coefficients, columns)
        """
        z = self.whitening @ away
        result: np.ndarray = np.einsum("mc,mc->c", self.powers.of(z, z), self.terms @ z)
        return result


def _cubes(rows: Likelihood, gaussian: Gaussian, powers: Powers) -> np.ndarray:
    """Return the terms of the sum over rows of third-order terms at the mean of a Gaussian."""
    total = np.zeros((len(powers.count), gaussian.mean.size))
    for block in rows.blocks(len(powers.count)):
        y = (rows.X[block] @ gaussian.cholesky).T
        third = _third(rows, rows.eta(gaussian.mean[:, None], block), block) / 6.0
        total += (powers.of(y, y) * third) @ y.T
    return powers.count[:, None] * total


def _chances(size: np.ndarray, sample: np.ndarray) -> tuple[np.ndarray, float]:
    """Return the probability of each row, and the standard error of a sum from one row drawn.

    Parameters
    ----------
    size : ndarray, shape (rows,)
        Of the remainders.
    sample : ndarray, shape (rows, any)
        Remainders at points that did not make the sizes, or the sizes themselves.
    """
    if not (size.sum() > 0.0 and np.isfinite(size).all() and np.isfinite(sample).all()):
        return np.full(len(size), 1.0 / len(size)), math.inf
    chance = (1.0 - _ALIKE) * size / size.sum() + _ALIKE / len(size)
    squares = np.einsum("nc,nc,n->c", sample, sample, 1.0 / chance)
    return chance, math.sqrt(float(squares.mean()))


def _by_leverage(evaluate: Evaluator, gaussian: Gaussian, cubic: bool) -> tuple[np.ndarray, float]:
    """Return :func:`_chances` where a row has one linear predictor, from its leverage.

    Under the Gaussian a linear predictor is Gaussian too, so that the mean squares of its third
    and fourth powers are known. Derivatives are differences over its own standard deviation.
    """
    rows = evaluate.space.density.rows
    size = np.empty(len(rows.X))
    with np.errstate(all="ignore"):
        for block in rows.blocks(gaussian.mean.size):
            y, counts = rows.X[block] @ gaussian.cholesky, rows.counts[block]
            square = np.einsum("np,np->n", y, y) + 1e-300
            eta = rows.eta(gaussian.mean[:, None], block)
            step = 1.5 * np.sqrt(square)[:, None]
            middle, before, after = (
                rows.family.curvature(eta + h, counts)[0, 0] for h in (0.0, -step, step)
            )
            third = (before - after) / (2.0 * step[:, 0])
            fourth = (2.0 * middle - before - after) / step[:, 0] ** 2
            mean_square = 105.0 * (fourth / 24.0 * square**2) ** 2
            if not cubic:
                mean_square += 15.0 * (third / 6.0) ** 2 * square**3
            size[block] = np.sqrt(mean_square)
    return _chances(size, size[:, None])


def _by_probes(
    evaluate: Evaluator, gaussian: Gaussian, rng: np.random.Generator
) -> tuple[np.ndarray, float]:
    """Return :func:`_chances` for any likelihood, from remainders at draws of the Gaussian."""
    rows, own = evaluate.space.density.rows, _PROBES[0]
    phi = np.column_stack([gaussian.mean, gaussian.sample(rng, sum(_PROBES))])
    theta = evaluate.space.theta(phi)
    size, others = np.empty(len(rows.X)), np.empty((len(rows.X), _PROBES[1]), dtype=np.float32)
    with np.errstate(all="ignore"):
        for block in rows.blocks(theta.shape[1]):
            eta, counts = rows.eta(theta, block), rows.counts[block]
            center, away = eta[:, :, :1], eta[:, :, 1:] - eta[:, :, :1]
            # How far the slope is from its expansion, times the way, is three remainders.
            rest = rows.family.slope(eta[:, :, 1:], counts) - rows.family.slope(center, counts)
            rest += np.einsum("abn,bnc->anc", rows.family.curvature(center, counts), away)
            rest = np.einsum("anc,anc->nc", rest, away) / 3.0
            size[block] = np.sqrt(np.einsum("nc,nc->n", rest[:, :own], rest[:, :own]))
            others[block] = rest[:, own:]
    return _chances(size, others)


def _drawn(
    evaluate: Evaluator,
    gaussian: Gaussian,
    chance: np.ndarray,
    wanted: int,
    cubic: bool,
    rng: np.random.Generator,
    error: float,
) -> Subsample:
    """Draw rows, one from each of ``wanted`` equal parts of the whole probability."""
    density: LogDensity = evaluate.space.density
    rows = density.rows
    ends = np.cumsum(chance)
    points = (np.arange(wanted) + rng.random(wanted)) * (ends[-1] / wanted)
    chosen, often = np.unique(np.searchsorted(ends, points), return_counts=True)
    weight = often / (wanted * chance[chosen])
    part = replace(
        rows,
        X=rows.X[chosen],
        counts=rows.counts[chosen] * weight[:, None],
        offset=None if rows.offset is None else rows.offset[chosen],
        constants=None,
    )
    center = evaluate.space.theta(gaussian.mean[:, None])[:, 0]
    space: Any = replace(evaluate.space, density=LogDensity(part, density.prior))
    whole, some = rows.newton(center), part.newton(center)
    quadratic = (whole[0] - some[0], whole[1] - some[1], whole[2] - some[2])
    cubes = None
    if cubic:
        powers = Powers(gaussian.mean.size, 2)
        terms = _cubes(rows, gaussian, powers) - _cubes(part, gaussian, powers)
        cubes = Cubic(np.linalg.inv(gaussian.cholesky), powers, terms)
    return Subsample(evaluate, replace(evaluate, space=space), center, quadratic, cubes, error)
