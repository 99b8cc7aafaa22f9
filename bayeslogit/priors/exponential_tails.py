"""Priors of one coefficient whose tails fall exponentially: log-concave, and not Gaussian."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from bayeslogit.errors.door import built_by_name
from bayeslogit.priors.base import Prior, check_field, column

__all__ = ["Laplace", "Logistic"]


@built_by_name
@dataclass(frozen=True, eq=False)
class Laplace(Prior):
    """Laplace (double exponential) prior: location ``mu``, scale ``b``; its mode is the lasso.

    Its density has a corner at ``mu``, so the posterior mode sets coefficients of which the data
    say little to ``mu`` exactly. The posterior does not: every draw differs from ``mu``, and the
    posterior mean shrinks without selecting. To ask whether a coefficient may be left out, look
    at its interval rather than at the zeros of the mode.

    Parameters
    ----------
    mu : float or array of shape (coefficients,), default 0
        Location, in log-odds.
    b : float or array of shape (coefficients,), default 1
        Scale, positive, in log-odds: the standard deviation is ``sqrt(2) b``. The mode equals
        that of scikit-learn's ``LogisticRegression(l1_ratio=1, C=b)``.

    Raises
    ------
    PriorError
        If a field is not finite or ``b`` is not positive.

    See Also
    --------
    Logistic : Tails as heavy, without the corner.
    Normal : The squared penalty.
    bayeslogit.Horseshoe : Shrinks what is small, and leaves what is large alone.

    References
    ----------
    Park, T. and Casella, G. (2008). The Bayesian lasso. doi:10.1198/016214508000000337

    Examples
    --------
    A predictor that says nothing of passing: the mode leaves it out, the posterior does not.

    >>> import bayeslogit as bl
    >>> exam = bl.load_dataset("exam").assign(noise=[1.0, 1.0, -1.0, -1.0] * 5)
    >>> model = bl.logistic("passed ~ hours + noise", exam, priors=Laplace(0, 0.5))
    >>> model.fit("map").summary()["mode"].round(2).to_dict()
    {'Intercept': -2.64, 'hours': 0.96, 'noise': 0.0}
    >>> fit = model.fit(random_seed=1)
    >>> bool(fit.idata.posterior["beta"].sel(term="noise").std() > 0.3)
    True
    """

    mu: Any = 0.0
    b: Any = 1.0

    name: ClassVar[str] = "Laplace"
    gaussian: ClassVar[bool] = False
    proper: ClassVar[bool] = True
    log_concave: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_field(self, "mu", example="Laplace(0, 1)")
        check_field(self, "b", positive=True, example="Laplace(0, 1)")

    @property
    def corner(self) -> Any:
        """The location ``mu``."""
        return self.mu

    @property
    def smooth(self) -> Prior:
        """A hyperbola with the same tails, rounded off within ``b`` of the corner."""
        return _Hyperbolic(self.mu, self.b)

    def log_density(self, x: np.ndarray) -> np.ndarray:
        """Return the log density ``-|x - mu| / b - log(2 b)``."""
        b = column(self.b)
        value: np.ndarray = -np.abs(x - column(self.mu)) / b - np.log(2.0 * b)
        return value

    def gradient(self, x: np.ndarray) -> np.ndarray:
        """Return ``-sign(x - mu) / b``, zero at the corner."""
        slope: np.ndarray = -np.sign(x - column(self.mu)) / column(self.b)
        return slope

    def curvature(self, x: np.ndarray) -> np.ndarray:
        """Return zeros: all of the curvature is at the corner."""
        return np.zeros(x.shape)

    def sample(self, rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
        """Return draws of coefficients from the Laplace distribution.

        Parameters
        ----------
        rng : numpy.random.Generator
        shape : tuple of int
            (coefficients, columns).
        """
        draws: np.ndarray = column(self.mu) + column(self.b) * rng.laplace(size=shape)
        return draws


@dataclass(frozen=True, eq=False)
class _Hyperbolic(Prior):
    """``exp(-sqrt((x - mu)^2 + b^2) / b)``, without its normalising constant."""

    mu: Any
    b: Any

    name: ClassVar[str] = "Hyperbolic"
    gaussian: ClassVar[bool] = False
    proper: ClassVar[bool] = True
    log_concave: ClassVar[bool] = True

    def log_density(self, x: np.ndarray) -> np.ndarray:
        b = column(self.b)
        value: np.ndarray = 1.0 - np.hypot((x - column(self.mu)) / b, 1.0) - np.log(2.0 * b)
        return value

    def gradient(self, x: np.ndarray) -> np.ndarray:
        b = column(self.b)
        z = (x - column(self.mu)) / b
        slope: np.ndarray = -z / np.hypot(z, 1.0) / b
        return slope

    def curvature(self, x: np.ndarray) -> np.ndarray:
        b = column(self.b)
        bend: np.ndarray = np.hypot((x - column(self.mu)) / b, 1.0) ** -3.0 / b**2
        return bend

    def sample(self, rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
        return Laplace(self.mu, self.b).sample(rng, shape)


@built_by_name
@dataclass(frozen=True, eq=False)
class Logistic(Prior):
    """Logistic prior: location ``mu``, scale ``s``; Gaussian in the middle, exponential far out.

    On the log-odds of a probability, ``Logistic(0, 1)`` is the uniform distribution of that
    probability.

    Parameters
    ----------
    mu : float or array of shape (coefficients,), default 0
        Location, in log-odds.
    s : float or array of shape (coefficients,), default 1
        Scale, positive, in log-odds: the standard deviation is ``pi s / sqrt(3)``, or 1.81 s.

    Raises
    ------
    PriorError
        If a field is not finite or ``s`` is not positive.

    See Also
    --------
    Laplace : Tails as heavy, and a corner.
    StudentT : Heavier tails.

    Examples
    --------
    Without predictors it makes every probability of passing as likely as any other, so 12 passes
    of 20 have the posterior Beta(13, 9), with mean 13 / 22:

    >>> import bayeslogit as bl
    >>> table = {"k": [12], "n": [20]}
    >>> model = bl.binomial("k ~ 1", table, trials="n", priors={"Intercept": Logistic(0, 1)})
    >>> fit = model.fit("quadrature", random_seed=1)
    >>> fit.predict()["mean"].round(2).tolist(), round(13 / 22, 2)
    ([0.59], 0.59)
    """

    mu: Any = 0.0
    s: Any = 1.0

    name: ClassVar[str] = "Logistic"
    gaussian: ClassVar[bool] = False
    proper: ClassVar[bool] = True
    log_concave: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_field(self, "mu", example="Logistic(0, 1)")
        check_field(self, "s", positive=True, example="Logistic(0, 1)")

    def _z(self, x: np.ndarray) -> np.ndarray:
        z: np.ndarray = (x - column(self.mu)) / column(self.s)
        return z

    def log_density(self, x: np.ndarray) -> np.ndarray:
        """Return the log density of the logistic distribution."""
        z = np.abs(self._z(x))
        value: np.ndarray = -z - 2.0 * np.log1p(np.exp(-z)) - np.log(column(self.s))
        return value

    def gradient(self, x: np.ndarray) -> np.ndarray:
        """Return ``-tanh(z / 2) / s`` with ``z = (x - mu) / s``."""
        slope: np.ndarray = -np.tanh(0.5 * self._z(x)) / column(self.s)
        return slope

    def curvature(self, x: np.ndarray) -> np.ndarray:
        """Return ``1 / (2 s^2 cosh(z / 2)^2)``."""
        below = np.exp(-np.abs(self._z(x)))
        bend: np.ndarray = 2.0 * below / ((1.0 + below) * column(self.s)) ** 2
        return bend

    def sample(self, rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
        """Return draws of coefficients from the logistic distribution.

        Parameters
        ----------
        rng : numpy.random.Generator
        shape : tuple of int
            (coefficients, columns).
        """
        draws: np.ndarray = column(self.mu) + column(self.s) * rng.logistic(size=shape)
        return draws
