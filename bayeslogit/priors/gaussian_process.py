"""The prior of a Gaussian process in a basis: an amplitude and a length scale, both learned."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from bayeslogit.errors import PriorError, Problem
from bayeslogit.errors.door import built_by_name
from bayeslogit.priors.learned import LearnedPrior, of_quantile, volume_of_quantile
from bayeslogit.priors.scales import HalfNormal, ScalePrior

__all__ = ["GaussianProcess", "good_lengths"]

_FARTHEST = 8.0
# A normal variable is within this of its mean with probability 0.95.
_WITHIN = 1.959963984540054
# Largest error of a correlation that an approximation may have.
_TOLERATED = 0.05
_GRID = 41


def good_lengths(functions: int, boundary: float) -> tuple[float, float]:
    """Return the length scales, in halves of the range, that a basis is good for.

    Parameters
    ----------
    functions : int
    boundary : float
        Half of the interval of the basis, in halves of the range.

    References
    ----------
    Riutort-Mayol, G., Bürkner, P.-C., Andersen, M. R., Solin, A. and Vehtari, A. (2023). Practical
    Hilbert space approximate Bayesian Gaussian processes for probabilistic programming.
    doi:10.1007/s11222-022-10167-2
    """
    return 1.75 * boundary / functions, boundary / 3.2


@built_by_name
@dataclass(frozen=True)
class GaussianProcess(LearnedPrior):
    """The prior of ``hsgp(x)``: a Gaussian process with squared exponential covariance.

    The curve has at each x the standard deviation ``sd``, in log-odds, and its values at x and x'
    the correlation ``exp(-(x - x')**2 / (2 length**2))``. Both are learned.

    Parameters
    ----------
    sd : HalfNormal, HalfStudentT or Exponential, default HalfNormal(2.5)
        Prior of the standard deviation, on the scale of the linear predictor.
    length : tuple of float, optional
        Two numbers between which the length scale is with probability 0.95, in units of x; its
        prior is log-normal. By default those for which the basis of the term is good.
    basis : tuple, optional
        Set by the term: half of the range of x, the boundary factor, the number of functions.

    Raises
    ------
    PriorError
        If ``sd`` is not a prior of a standard deviation that is learned, or ``length`` is not two
        positive numbers, the smaller first.

    See Also
    --------
    Hierarchical : The prior of ``s(x)``, a penalised spline.

    References
    ----------
    Riutort-Mayol, G., Bürkner, P.-C., Andersen, M. R., Solin, A. and Vehtari, A. (2023). Practical
    Hilbert space approximate Bayesian Gaussian processes for probabilistic programming.
    doi:10.1007/s11222-022-10167-2

    Examples
    --------
    >>> print(GaussianProcess(HalfNormal(1), length=(5, 20)))
    GaussianProcess(HalfNormal(1), length=(5, 20))
    """

    sd: ScalePrior = field(default_factory=HalfNormal)
    length: Any = None
    basis: Any = None

    name: ClassVar[str] = "GaussianProcess"
    modal: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if not (isinstance(self.sd, ScalePrior) and self.sd.learned and self.sd.proper):
            raise PriorError(
                f"GaussianProcess got sd={str(self.sd)[:80]!r}; expected the prior of a standard "
                "deviation; write GaussianProcess(HalfNormal(1))"
            )
        if self.basis is not None:
            half, boundary, functions = self.basis
            object.__setattr__(self, "basis", (float(half), float(boundary), int(functions)))
        if self.length is None:
            return
        try:
            low, high = (float(value) for value in self.length)
        except (TypeError, ValueError):
            low = high = math.nan
        if not 0.0 < low < high < math.inf:
            raise PriorError(
                f"GaussianProcess got length={str(self.length)[:80]}; expected two positive "
                "numbers, the smaller first, between which the length scale is with probability "
                "0.95; write for example GaussianProcess(length=(5, 20))"
            )
        object.__setattr__(self, "length", (low, high))

    def __str__(self) -> str:
        if self.length is None:
            return f"{self.name}({self.sd})"
        low, high = self.length
        return f"{self.name}({self.sd}, length=({low:.4g}, {high:.4g}))"

    @property
    def interval(self) -> tuple[float, float]:
        """Where the length scale is with probability 0.95, in units of x."""
        if self.length is not None:
            low, high = self.length
            return low, high
        half, boundary, functions = self.basis
        low, high = good_lengths(functions, boundary)
        return half * low, half * high

    @property
    def _frequencies(self) -> np.ndarray:
        """Frequencies of the basis, (functions, 1), per half of the range."""
        _, boundary, functions = self.basis
        frequencies: np.ndarray = np.arange(1, functions + 1)[:, None] * (0.5 * math.pi / boundary)
        return frequencies

    def _lengths(self, h: np.ndarray) -> tuple[np.ndarray, float]:
        """Return length scales in halves of the range, and the sd of their logarithm."""
        low, high = self.interval
        spread = 0.5 * math.log(high / low) / _WITHIN
        middle = 0.5 * math.log(low * high) - math.log(self.basis[0])
        return np.exp(middle + spread * np.clip(h[1], -_FARTHEST, _FARTHEST)), spread

    def _parts(self, h: np.ndarray) -> tuple[np.ndarray, ...]:
        """Return sd and its slope, scales where sd is 1, and slopes of their logarithms by h[1]."""
        sd, by_sd = of_quantile(self.sd, h[0])
        length, spread = self._lengths(h)
        turns = (length * self._frequencies) ** 2
        plain = (2.0 * math.pi) ** 0.25 * np.sqrt(length) * np.exp(-0.25 * turns)
        return sd, by_sd, plain, spread * (0.5 - 0.5 * turns)

    def count(self, size: int) -> int:
        """Return two: sd as the quantile of its prior, and the log length scale, standardised."""
        return 2

    @property
    def shared(self) -> int:
        """Both."""
        return 2

    def scales(self, h: np.ndarray) -> np.ndarray:
        """Return the scale of each function: roots of the spectral density."""
        sd, _, plain, _ = self._parts(h)
        scale: np.ndarray = sd * plain
        return scale

    def log_density(self, h: np.ndarray) -> np.ndarray:
        """Return the log density of two standard Gaussians."""
        value: np.ndarray = -0.5 * (h[0] ** 2 + h[1] ** 2) - math.log(2.0 * math.pi)
        return value

    def pull(self, h: np.ndarray, by_scales: np.ndarray) -> np.ndarray:
        """Return derivatives by h."""
        sd, by_sd, plain, by_log = self._parts(h)
        by_plain = by_scales * plain
        result = -h.copy()
        result[0] += by_plain.sum(axis=0) * by_sd
        result[1] += (by_plain * sd * by_log).sum(axis=0)
        return result

    def sample(self, rng: np.random.Generator, size: int, columns: int) -> np.ndarray:
        """Return draws of h."""
        return rng.standard_normal((2, columns))

    def start(self, size: int) -> np.ndarray:
        """Return a moderate sd and the median length scale."""
        return np.array([-0.5, 0.0])

    def quantities(self, label: str, size: int) -> tuple[tuple[str, str], ...]:
        """Return the names of the standard deviation and the length scale, and their priors."""
        low, high = self.interval
        return (
            (f"sd_{label}", str(self.sd)),
            (f"length_{label}", f"log-normal, 95 % from {low:.4g} to {high:.4g}"),
        )

    def readings(self, h: np.ndarray, z: np.ndarray) -> np.ndarray:
        """Return standard deviation and length scale in units of x, (2, columns)."""
        return np.stack([of_quantile(self.sd, h[0])[0], self._lengths(h)[0] * self.basis[0]])

    def log_volume(self, h: np.ndarray) -> tuple[float, np.ndarray]:
        """Return the log volume of sd and the log length scale by h, and its gradient."""
        value, slope = volume_of_quantile(self.sd, h[0])
        return value, np.array([slope, 0.0])

    def words(self, label: str) -> str:
        """Return what a coefficient is given sd and length scale."""
        return f"Normal(0, sd_{label} * root of the spectral density)"

    def fits(self, size: int) -> bool:
        """Return whether the basis has so many functions."""
        half, boundary, functions = self.basis or (0.0, 0.0, 0)
        return functions == size and 0.0 < half < math.inf and 1.0 < boundary < math.inf

    def error(self, length: float) -> float:
        """Return the largest error of a correlation between two points of the range.

        Parameters
        ----------
        length : float
            Length scale, in units of x.
        """
        half, boundary, _ = self.basis
        own, at = length / half, np.linspace(-1.0, 1.0, _GRID)
        waves = np.sin(self._frequencies * (at + boundary)) / math.sqrt(boundary)
        density = math.sqrt(2.0 * math.pi) * own * np.exp(-0.5 * (own * self._frequencies) ** 2)
        exact = np.exp(-0.5 * ((at[:, None] - at) / own) ** 2)
        return float(np.abs((waves * density).T @ waves - exact).max())

    def doubts(self, label: str, readings: np.ndarray) -> tuple[Problem, ...]:
        """Return a problem where the basis is not good for the length scales that were found."""
        low, high = (float(length) for length in np.quantile(readings[1], [0.1, 0.9]))
        half, boundary, functions = self.basis
        needed = 3.2 * high / half
        wide, least = max(boundary, needed), 1.75 * half / low
        narrow = self.error(high) > _TOLERATED and needed > boundary
        length = high if narrow else low
        error = self.error(length)
        if error <= _TOLERATED:
            return ()
        more = f", c={math.ceil(wide)}" if narrow else ""
        count = max(functions, math.ceil(least * (math.ceil(wide) if narrow else boundary)))
        return (
            Problem(
                "approximation",
                f"the basis of {label} is {'too narrow' if narrow else 'too coarse'} for a length "
                f"scale of {length:.3g}, where correlations are off by up to {error:.2g}; expected "
                f"an error of at most {_TOLERATED:g}; write hsgp(..., m={count}{more}), or give "
                "the length scale a prior that leaves it out",
                "warning",
            ),
        )
