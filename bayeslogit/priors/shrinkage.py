"""Priors that shrink many coefficients: most of them to zero, a few of them hardly at all."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from bayeslogit.errors import PriorError
from bayeslogit.errors.door import built_by_name
from bayeslogit.priors.learned import LearnedPrior

__all__ = ["R2D2", "Horseshoe"]

# Beyond this a Gaussian coordinate is a Cauchy variable of 1e15.
_FARTHEST = 8.0
_LOG_2PI = math.log(2.0 * math.pi)


def _positive(prior: LearnedPrior, example: str, below: dict[str, float]) -> None:
    """Refuse fields that are not positive finite numbers, and store the others as floats."""
    for name, value in vars(prior).copy().items():
        most = below.get(name, math.inf)
        try:
            number = float(value)
        except (TypeError, ValueError):
            number = math.nan
        if isinstance(value, bool) or not (math.isfinite(number) and 0.0 < number < most):
            wanted = (
                "a positive finite number" if most == math.inf else f"a number in (0, {most:g})"
            )
            raise PriorError(
                f"{prior.name} got {name}={value!r}; expected {wanted}; write for example {example}"
            )
        object.__setattr__(prior, name, number)


def _cauchy(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return half a standard Cauchy variable of a standard Gaussian one, and its derivative."""
    from scipy.special import ndtr

    x = np.clip(x, -_FARTHEST, _FARTHEST)
    tail = np.tan(0.5 * math.pi * ndtr(-np.abs(x)))
    value = np.where(x < 0.0, tail, 1.0 / tail)
    slope = math.sqrt(math.pi / 8.0) * np.exp(-0.5 * x * x) * (1.0 + value * value)
    return value, slope


@built_by_name
@dataclass(frozen=True)
class Horseshoe(LearnedPrior):
    """Most coefficients near zero, a few far from it: the regularised horseshoe.

    A coefficient is Normal(0, s), per standard deviation of its predictor, with ``1 / s**2 =
    1 / (global * local)**2 + 1 / slab**2``. The global scale is small and shared; each coefficient
    has a local scale, half a Cauchy, that lets it escape, and the slab bounds those that do.

    Parameters
    ----------
    scale : float, default 0.1
        Positive; the global scale is half a Cauchy with this scale, in units of the linear
        predictor per standard deviation of the predictor. :meth:`expecting` finds it from the
        number of coefficients that are expected to matter.
    slab : float, default 2.5
        Positive; scale of coefficients that are not shrunk.
    df : float, default 4
        Positive; the slab is a Student t with these degrees of freedom.

    Raises
    ------
    PriorError
        If a field is not a positive finite number.

    See Also
    --------
    R2D2 : A prior on how much all predictors explain together.
    Hierarchical : All coefficients of one size.

    References
    ----------
    Piironen, J. and Vehtari, A. (2017). Sparsity information and regularization in the horseshoe
    and other shrinkage priors. doi:10.1214/17-EJS1337SI

    Examples
    --------
    >>> print(Horseshoe(0.05))
    Horseshoe(0.05, slab=2.5, df=4)
    >>> print(Horseshoe.expecting(3, of=50, rows=400))
    Horseshoe(0.006383, slab=2.5, df=4)
    """

    scale: float = 0.1
    slab: float = 2.5
    df: float = 4.0

    name: ClassVar[str] = "Horseshoe"
    standard: ClassVar[bool] = True

    def __post_init__(self) -> None:
        _positive(self, "Horseshoe(0.1)", {})

    def __str__(self) -> str:
        return f"{self.name}({self.scale:.4g}, slab={self.slab:.4g}, df={self.df:.4g})"

    @classmethod
    def expecting(cls, relevant: float, *, of: int, rows: int) -> Horseshoe:
        """Return the prior under which about some number of coefficients are not shrunk.

        Its scale is ``relevant / (of - relevant) * 2 / sqrt(rows)``: 2 is the standard deviation of
        the logistic model's latent outcome where both classes are as frequent.

        Parameters
        ----------
        relevant : float
            Coefficients that are expected to matter, more than 0 and fewer than ``of``.
        of : int
            All coefficients.
        rows : int
            Cases.

        Raises
        ------
        PriorError
            If there are not more coefficients than relevant ones, or no rows.

        See Also
        --------
        Horseshoe : Its scale given as a number.

        Examples
        --------
        >>> round(Horseshoe.expecting(5, of=20, rows=100).scale, 4)
        0.0667
        """
        if not (0 < relevant < of and rows > 0):
            raise PriorError(
                f"Horseshoe.expecting got relevant={relevant!r}, of={of!r} and rows={rows!r}; "
                "expected some of all coefficients to matter, and rows; write for example "
                "Horseshoe.expecting(3, of=50, rows=400)"
            )
        return cls(relevant / (of - relevant) * 2.0 / math.sqrt(rows))

    def count(self, size: int) -> int:
        """Return one for the global scale, one for the slab, and one for each local scale."""
        return 2 + size

    @property
    def shared(self) -> int:
        """The global scale and the slab."""
        return 2

    def _parts(self, h: np.ndarray) -> tuple[np.ndarray, ...]:
        """Return global scale and its slope, slab, local scales and their slopes."""
        tau, by_tau = _cauchy(h[0])
        local, by_local = _cauchy(h[2:])
        slab = self.slab * np.exp(0.5 * np.clip(h[1], -40.0, 40.0))
        return self.scale * tau, self.scale * by_tau, slab, local, by_local

    def scales(self, h: np.ndarray) -> np.ndarray:
        """Return the scale of each coefficient."""
        tau, _, slab, local, _ = self._parts(h)
        # A ratio first: the square of a local scale may be too large for a double.
        wide = tau * local / slab
        scale: np.ndarray = slab * wide / np.hypot(1.0, wide)
        return scale

    def log_density(self, h: np.ndarray) -> np.ndarray:
        """Return the log density of h: Gaussians, and the logarithm of the slab's variance."""
        half = 0.5 * self.df
        gaussian = h[0] ** 2 + np.einsum("kc,kc->c", h[2:], h[2:])
        value: np.ndarray = -0.5 * (gaussian + (len(h) - 1) * _LOG_2PI)
        value += half * math.log(half) - math.lgamma(half) - half * (h[1] + np.exp(-h[1]))
        return value

    def pull(self, h: np.ndarray, by_scales: np.ndarray) -> np.ndarray:
        """Return derivatives by h."""
        tau, by_tau, slab, local, by_local = self._parts(h)
        wide = tau * local / slab
        root = np.hypot(1.0, wide)
        by_product = by_scales / root**3
        result = -h.copy()
        result[0] += (by_product * local).sum(axis=0) * by_tau
        result[2:] += by_product * tau * by_local
        half = 0.5 * self.df
        result[1] = half * (np.exp(-h[1]) - 1.0)
        result[1] += 0.5 * slab * (by_scales * (wide / root) ** 3).sum(axis=0)
        return result

    def sample(self, rng: np.random.Generator, size: int, columns: int) -> np.ndarray:
        """Return draws of h."""
        h = rng.standard_normal((2 + size, columns))
        h[1] = np.log(self.df / rng.chisquare(self.df, columns))
        return h

    def start(self, size: int) -> np.ndarray:
        """Return medians of global and local scales."""
        return np.zeros(2 + size)

    def quantities(self, label: str, size: int) -> tuple[tuple[str, str], ...]:
        """Return the names of the log global scale, which alone has no mean, and of the slab."""
        return (
            (f"log_global_{label}", f"log HalfCauchy({self.scale:.4g})"),
            (f"slab_{label}", f"{self.slab:.4g} sqrt(df / chi2), df={self.df:.4g}"),
        )

    def readings(self, h: np.ndarray, z: np.ndarray) -> np.ndarray:
        """Return log global scale and slab, (2, columns)."""
        tau, _, slab, _, _ = self._parts(h)
        return np.stack([np.log(tau), slab])

    def words(self, label: str) -> str:
        """Return what the coefficient is given the scales."""
        return f"Normal(0, global * local, at most slab_{label}), per sd"


@built_by_name
@dataclass(frozen=True)
class R2D2(LearnedPrior):
    """A prior on how much all predictors explain together, shared out among them.

    The share R2 of the variance of the latent outcome that the predictors explain has a beta
    distribution; what they explain is shared out by a Dirichlet. A coefficient is Normal(0, s)
    with ``s**2 = phi * R2 / (1 - R2) * v / var(x)``, where v is the variance of the latent outcome
    given the predictors, ``pi**2 / 3`` for the logit link.

    Parameters
    ----------
    mean : float, default 0.5
        Of R2, between 0 and 1.
    precision : float, default 2
        Positive; R2 is Beta(mean * precision, (1 - mean) * precision), and the default is uniform.
    concentration : float, default 0.5
        Positive; of the Dirichlet. Small: a few predictors explain nearly all.

    Raises
    ------
    PriorError
        If a field is not in its range, or the latent outcome has no variance, as for cauchit.

    See Also
    --------
    Horseshoe : A prior on how many coefficients matter.

    Notes
    -----
    R2 is that of predictors that are uncorrelated; correlated ones explain more or less together.

    References
    ----------
    Zhang, Y. D., Naughton, B. P., Bondell, H. D. and Reich, B. J. (2022). Bayesian regression using
    a prior on the model fit: the R2-D2 shrinkage prior. doi:10.1080/01621459.2020.1825449

    McKelvey, R. D. and Zavoina, W. (1975). A statistical model for the analysis of ordinal level
    dependent variables (R2 of the latent outcome). doi:10.1080/0022250X.1975.9989847

    Examples
    --------
    >>> print(R2D2(0.3, 5))
    R2D2(0.3, precision=5, concentration=0.5)
    """

    mean: float = 0.5
    precision: float = 2.0
    concentration: float = 0.5

    name: ClassVar[str] = "R2D2"
    standard: ClassVar[bool] = True
    latent: ClassVar[bool] = True

    def __post_init__(self) -> None:
        _positive(self, "R2D2(0.5, 2)", {"mean": 1.0})

    def __str__(self) -> str:
        more = f"precision={self.precision:.4g}, concentration={self.concentration:.4g}"
        return f"{self.name}({self.mean:.4g}, {more})"

    @property
    def _beta(self) -> tuple[float, float]:
        return self.mean * self.precision, (1.0 - self.mean) * self.precision

    def count(self, size: int) -> int:
        """Return one for R2, and one for each share: the logarithm of a gamma variable."""
        return 1 + size

    @property
    def shared(self) -> int:
        """R2."""
        return 1

    def scales(self, h: np.ndarray) -> np.ndarray:
        """Return the scale of each coefficient; h[0] is the log odds of R2."""
        most = h[1:].max(axis=0)
        total = most + np.log(np.exp(h[1:] - most).sum(axis=0))
        scale: np.ndarray = np.exp(0.5 * np.clip(h[0] + h[1:] - total, -200.0, 200.0))
        return scale

    def log_density(self, h: np.ndarray) -> np.ndarray:
        """Return the log density of h."""
        from scipy.special import betaln

        a, b = self._beta
        c = self.concentration
        value: np.ndarray = -a * np.logaddexp(0.0, -h[0]) - b * np.logaddexp(0.0, h[0])
        value = value - betaln(a, b) - (len(h) - 1) * math.lgamma(c)
        return value + (c * h[1:] - np.exp(h[1:])).sum(axis=0)

    def pull(self, h: np.ndarray, by_scales: np.ndarray) -> np.ndarray:
        """Return derivatives by h."""
        a, b = self._beta
        by_log = 0.5 * by_scales * self.scales(h)
        total = by_log.sum(axis=0)
        share = np.exp(h[1:] - h[1:].max(axis=0))
        share /= share.sum(axis=0)
        odds = np.exp(-np.logaddexp(0.0, -h[0]))
        result = np.empty_like(h)
        result[0] = total + a * (1.0 - odds) - b * odds
        result[1:] = by_log - share * total + self.concentration - np.exp(h[1:])
        return result

    def sample(self, rng: np.random.Generator, size: int, columns: int) -> np.ndarray:
        """Return draws of h."""
        a, b = self._beta
        c = self.concentration
        # A gamma variable of a small shape may be too small for a double; its logarithm is not.
        power = np.log(rng.random((size, columns)) + 1e-300) / c
        shares = np.log(rng.standard_gamma(c + 1.0, (size, columns))) + power
        odds = np.log(rng.standard_gamma(a, columns) + 1e-300)
        odds -= np.log(rng.standard_gamma(b, columns) + 1e-300)
        return np.concatenate([odds[None], shares])

    def start(self, size: int) -> np.ndarray:
        """Return the mean of R2 and equal shares."""
        h = np.full(1 + size, math.log(self.concentration))
        h[0] = math.log(self.mean / (1.0 - self.mean))
        return h

    def quantities(self, label: str, size: int) -> tuple[tuple[str, str], ...]:
        """Return the name of R2 and its prior."""
        a, b = self._beta
        return ((f"R2_{label}", f"Beta({a:.4g}, {b:.4g})"),)

    def readings(self, h: np.ndarray, z: np.ndarray) -> np.ndarray:
        """Return R2, in [0, 1], (1, columns)."""
        share: Any = np.exp(-np.logaddexp(0.0, -h[0]))
        return np.asarray(share)[None]

    def words(self, label: str) -> str:
        """Return what the coefficient is given the scales."""
        return f"Normal(0, sqrt(share * odds of R2_{label})), per latent sd / sd"
