"""The prior of a monotonic effect: one size, and its shares at the steps between levels."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from bayeslogit.errors import PriorError
from bayeslogit.errors.door import built_by_name
from bayeslogit.priors.base import numbers
from bayeslogit.priors.learned import LearnedPrior
from bayeslogit.priors.univariate import Normal

__all__ = ["Monotonic"]


@built_by_name
@dataclass(frozen=True, eq=False)
class Monotonic(LearnedPrior):
    """The prior of ``mo(x)``: the effect of an ordered predictor that only rises, or only falls.

    With D + 1 levels there are D steps. The effect of all steps together is ``D b``, and step i has
    the share ``share_i`` of it: b is the effect of an average step, of either sign, and the shares
    are positive and sum to 1.

    Parameters
    ----------
    size : Normal, default Normal(0, 2.5)
        Prior of b, on the scale of the linear predictor per step. Where none is given the default
        is Normal(0, 2.5 / sd(level)), as if levels were the numbers 0, 1, 2, ...
    concentration : float or array of shape (steps,), default 1
        Positive; the shares have a Dirichlet density. With 1 all shares are as likely; large
        numbers say that all steps are alike.

    Raises
    ------
    PriorError
        If ``size`` is not one proper Normal, or a concentration is not positive and finite.

    See Also
    --------
    Normal : ``priors={"mo(x)": Normal(0, 1)}`` sets the size alone.

    References
    ----------
    Bürkner, P.-C. and Charpentier, E. (2020). Modelling monotonic effects of ordinal predictors in
    Bayesian regression models. doi:10.1111/bmsp.12195

    Examples
    --------
    >>> from bayeslogit.priors import Normal
    >>> print(Monotonic(Normal(0, 1), concentration=2))
    Monotonic(Normal(0, 1), concentration=2)
    """

    size: Normal = field(default_factory=lambda: Normal(0.0, 2.5))
    concentration: Any = 1.0

    name: ClassVar[str] = "Monotonic"
    together: ClassVar[bool] = True

    def __post_init__(self) -> None:
        own = self.size
        if not (isinstance(own, Normal) and np.ndim(own.mu) == 0 and np.ndim(own.sigma) == 0):
            raise PriorError(
                f"Monotonic got size={str(own)[:80]!r}; expected the Normal prior of an average "
                "step; write Monotonic(Normal(0, 1))"
            )
        array = numbers(self.concentration)
        if array.ndim > 1 or array.size == 0 or not np.all(np.isfinite(array) & (array > 0)):
            raise PriorError(
                f"Monotonic got concentration={self.concentration!r}; expected a positive finite "
                "number (or one for each step); write for example "
                "Monotonic(Normal(0, 1), concentration=1)"
            )
        object.__setattr__(self, "concentration", float(array) if array.ndim == 0 else array)

    def __str__(self) -> str:
        if np.ndim(self.concentration) == 0:
            return f"{self.name}({self.size}, concentration={self.concentration:.4g})"
        each = ", ".join(f"{v:.4g}" for v in self.concentration)
        return f"{self.name}({self.size}, concentration=[{each}])"

    @property
    def middle(self) -> float:
        """Mean of b in units of its standard deviation."""
        return float(self.size.mu) / float(self.size.sigma)

    def _betas(self, size: int) -> tuple[np.ndarray, np.ndarray]:
        """Return parameters of the beta distribution of each step's share of what is left."""
        each = np.broadcast_to(self.concentration, (size,)).astype(float)
        return each[:-1, None], np.cumsum(each[::-1])[::-1][1:, None]

    def _logs(self, h: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return logarithms of each step's share of what is left, and of the rest."""
        a, rest = self._betas(len(h) + 1)
        odds = h + np.log(a / rest)
        return -np.logaddexp(0.0, -odds), -np.logaddexp(0.0, odds)

    def _log_shares(self, h: np.ndarray) -> np.ndarray:
        """Return logarithms of the shares, (size, columns)."""
        taken, left = self._logs(h)
        none = np.zeros((1, h.shape[1]))
        log_shares: np.ndarray = np.concatenate([taken, none])
        log_shares[1:] += np.cumsum(left, axis=0)
        return log_shares

    def count(self, size: int) -> int:
        """Return one for each share but the last: log odds of its part of what is left."""
        return size - 1

    def scales(self, h: np.ndarray) -> np.ndarray:
        """Return the effect of each step where b is one standard deviation of its prior."""
        shares = np.exp(self._log_shares(h))
        scale: np.ndarray = float(self.size.sigma) * len(shares) * shares
        return scale

    def log_density(self, h: np.ndarray) -> np.ndarray:
        """Return the log density of h."""
        from scipy.special import betaln

        a, rest = self._betas(len(h) + 1)
        taken, left = self._logs(h)
        value: np.ndarray = (a * taken + rest * left - betaln(a, rest)).sum(axis=0)
        return value

    def pull(self, h: np.ndarray, by_scales: np.ndarray) -> np.ndarray:
        """Return derivatives by h."""
        by_log = by_scales * self.scales(h)
        a, rest = self._betas(len(h) + 1)
        taken = np.exp(self._logs(h)[0])
        later = np.cumsum(by_log[::-1], axis=0)[::-1][1:]
        pulled: np.ndarray = (by_log[:-1] + a) * (1.0 - taken) - (later + rest) * taken
        return pulled

    def sample(self, rng: np.random.Generator, size: int, columns: int) -> np.ndarray:
        """Return draws of h."""
        a, rest = self._betas(size)
        # Logarithms of gamma variables, which may be too small for a double themselves.
        odds = [
            np.log(rng.standard_gamma(np.broadcast_to(c + 1.0, (size - 1, columns))))
            + np.log(rng.random((size - 1, columns)) + 1e-300) / c
            for c in (a, rest)
        ]
        draws: np.ndarray = odds[0] - odds[1] - np.log(a / rest)
        return draws

    def start(self, size: int) -> np.ndarray:
        """Return the mean of the shares."""
        return np.zeros(size - 1)

    def quantities(self, label: str, size: int) -> tuple[tuple[str, str], ...]:
        """Return the names of b and of the shares, and their priors."""
        each = np.broadcast_to(self.concentration, (size,))
        shares = tuple(
            (f"share_{label}[{i}]", f"Beta({c:.4g}, {each.sum() - c:.4g})")
            for i, c in enumerate(each, start=1)
        )
        return ((f"step_{label}", str(self.size)), *(shares if size > 1 else ()))

    def readings(self, h: np.ndarray, z: np.ndarray) -> np.ndarray:
        """Return b and the shares."""
        step = float(self.size.sigma) * z[:1]
        return np.concatenate([step, np.exp(self._log_shares(h))]) if len(h) else step

    def fits(self, size: int) -> bool:
        """Return whether there is one concentration, or one for each step."""
        return np.size(self.concentration) in (1, size)

    def words(self, label: str) -> str:
        """Return what a step is given b and the shares."""
        return f"step_{label} * share * number of steps"
