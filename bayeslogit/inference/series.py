"""The log posterior of tall data near its mode, from sums of powers over the rows.

Near the mode the log-likelihood of a row is nearly a polynomial of its linear predictor, and a sum
of polynomials over the rows is a polynomial of the coefficients. Its coefficients are found by one
pass over the rows; the log posterior of a draw then costs as much with a million rows as with ten.
The error is bounded, and farther away the log posterior is summed row by row.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import factorial, prod

import numpy as np

from bayeslogit.inference.base import Gaussian
from bayeslogit.inference.evaluator import Evaluator
from bayeslogit.numerics.powers import Powers

__all__ = ["Series", "series"]

# Degrees, and most products of coefficients of half the degree: sums of their squares are taken.
_DEGREES, _PRODUCTS = (4, 6, 8), 120
# Largest error of the log posterior, in nats: draws do not show it, as it changes no probability
# by more than a thousandth of itself.
_ERROR = 1e-3
# Distance from the center beyond that of a mean draw, in standard deviations.
_BEYOND = 3.0
# Linear predictors below which sums row by row cost little.
_WORTHWHILE = 100_000_000
# Elements of one block of rows.
_BLOCK = 1 << 18


@dataclass(frozen=True, eq=False)
class Series:
    """A log posterior near the center of a Gaussian; see :func:`series`.

    Parameters
    ----------
    evaluate : Evaluator
        The log posterior itself.
    gaussian : Gaussian
    reach : float
        How far from the center the polynomial holds, in its standard deviations.
    low : tuple of ndarray
        Coefficients of the products of each degree up to half the whole.
    high : tuple of ndarray, shape (products of half the degree, products of one to that)
        Coefficients of the products of higher degrees.
    """

    evaluate: Evaluator
    gaussian: Gaussian
    reach: float
    low: tuple[np.ndarray, ...]
    high: tuple[np.ndarray, ...]

    @cached_property
    def _powers(self) -> tuple[Powers, ...]:
        return tuple(Powers(self.gaussian.mean.size, k) for k in range(1, len(self.low)))

    def values(self, phi: np.ndarray) -> np.ndarray:
        """Return the log density at each column of ``phi``, (columns,), in nats."""
        z = np.linalg.solve(self.gaussian.cholesky, phi - self.gaussian.mean[:, None])
        far = ~(np.einsum("pc,pc->c", z, z) <= self.reach**2)
        result: np.ndarray = self.evaluate.space.density.prior.log_density(phi) + self.low[0]
        products: list[np.ndarray] = []
        for power, low in zip(self._powers, self.low[1:], strict=True):
            products.append(power.of(z, products[-1] if products else z))
            result += low @ (power.count[:, None] * products[-1])
        most = self._powers[-1].count[:, None] * products[-1]
        for power, own, high in zip(self._powers, products, self.high, strict=True):
            result += np.einsum("mc,mc->c", most, high @ (power.count[:, None] * own))
        if far.any():
            result[far] = self.evaluate.values(phi[:, far])
        return result


def series(evaluate: Evaluator, gaussian: Gaussian, columns: int) -> Evaluator | Series:
    """Return the log posterior as a polynomial, if that pays for so many columns.

    The log-likelihood of each row is interpolated at Chebyshev nodes over all linear predictors
    that it can have within reach. Between the nodes its error is largest near the extremes of the
    Chebyshev polynomial; the sum of the largest errors of the rows bounds that of the whole.

    Parameters
    ----------
    evaluate : Evaluator
    gaussian : Gaussian
        Its center is where the polynomial is best.
    columns : int
        How many log posteriors are wanted.

    Returns
    -------
    Evaluator or Series
        What was given, where few are wanted, coefficients are many, or the error would be above
        a thousandth of a nat.

    References
    ----------
    Trefethen, L. N. (2019). Approximation Theory and Approximation Practice, extended edition.
    doi:10.1137/1.9781611975949
    """
    space = evaluate.space
    rows, size = space.density.rows, gaussian.mean.size
    plain = space.linear and rows.family.single and not rows.family.bounded and rows.basis is None
    if not plain or evaluate.predictors * columns < _WORTHWHILE:
        return evaluate
    reach = size**0.5 + _BEYOND
    for degree in _DEGREES:
        if prod(range(size, size + degree // 2)) / factorial(degree // 2) > _PRODUCTS:
            break
        found = _sums(evaluate, gaussian, reach, degree)
        if found is not None:
            return found
    return evaluate


def _sums(evaluate: Evaluator, gaussian: Gaussian, reach: float, degree: int) -> Series | None:
    """Return the polynomial of a degree, or None where its error is too large."""
    rows, half = evaluate.space.density.rows, degree // 2
    powers = [Powers(gaussian.mean.size, k) for k in range(1, half + 1)]
    nodes = np.cos((np.arange(degree + 1) + 0.5) * np.pi / (degree + 1))
    between = np.cos(np.arange(degree + 2) * np.pi / (degree + 1))
    inverse = np.linalg.inv(np.vander(nodes, increasing=True))
    checked = np.vander(between, degree + 1, increasing=True) @ inverse
    low = [np.full(1, rows.constant), *(np.zeros(len(p.count)) for p in powers)]
    high = [np.zeros((len(powers[-1].count), len(p.count))) for p in powers]
    error, step = 0.0, max(1, _BLOCK // len(powers[-1].count))
    for start in range(0, len(rows.X), step):
        part = slice(start, start + step)
        whitened = (rows.X[part] @ gaussian.cholesky).T
        length = reach * np.sqrt(np.einsum("pn,pn->n", whitened, whitened)) + 1e-300
        eta, counts = rows.eta(gaussian.mean[:, None], part)[0], rows.counts[part]
        logs = rows.family.row_log_likelihood((eta + length[:, None] * nodes)[None], counts)
        exact = rows.family.row_log_likelihood((eta + length[:, None] * between)[None], counts)
        error += float(np.abs(logs @ checked.T - exact).max(axis=1).sum())
        if not error <= _ERROR:
            return None
        terms = inverse @ logs.T
        low[0] += terms[0].sum()
        y = whitened / length
        products: list[np.ndarray] = []
        for k, power in enumerate(powers, start=1):
            products.append(power.of(y, products[-1] if products else y))
            low[k] += products[-1] @ terms[k]
        for k, own in enumerate(products, start=1):
            high[k - 1] += (products[-1] * terms[half + k]) @ own.T
    return Series(evaluate, gaussian, reach, tuple(low), tuple(high))
