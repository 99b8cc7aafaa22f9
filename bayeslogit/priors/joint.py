"""Joint priors: one Gaussian density of all coefficients."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from bayeslogit.errors import PriorError
from bayeslogit.errors.door import built_by_name
from bayeslogit.priors.base import numbers

__all__ = ["GaussianPrior", "ZeroSum"]


@built_by_name
@dataclass(frozen=True, eq=False)
class GaussianPrior:
    """A joint Gaussian prior on all coefficients.

    Parameters
    ----------
    mean : array of shape (coefficients,)
        In the order Intercept, terms (class by class for a multinomial model), in log-odds.
    covariance : array of shape (coefficients, coefficients)
        Symmetric and positive definite.
    stated : tuple of str
        The beliefs that it was made of, in words (see :func:`bayeslogit.odds_ratio`).

    Raises
    ------
    PriorError
        If shapes do not agree or the covariance is not symmetric positive definite.

    See Also
    --------
    bayeslogit.Normal : Independent priors.
    ZeroSum : A joint prior of a multinomial model.

    Examples
    --------
    A prior that expects a half to pass at 2.5 hours, and the slope to go with the intercept:

    >>> import bayeslogit as bl
    >>> prior = GaussianPrior([-2.5, 1.0], [[6.25, -2.0], [-2.0, 1.0]])
    >>> fit = bl.logistic("passed ~ hours", bl.load_dataset("exam"), priors=prior).fit("map")
    >>> fit.summary()["mode"].round(2).tolist()
    [-3.59, 1.34]
    """

    mean: Any
    covariance: Any
    stated: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        mean, cov = numbers(self.mean), numbers(self.covariance)
        if not (np.all(np.isfinite(mean)) and np.all(np.isfinite(cov))):
            raise PriorError(
                "GaussianPrior got a value that is not finite in its mean or covariance; "
                "expected finite numbers; for a flat coefficient use priors={...: Flat()}"
            )
        if mean.ndim != 1 or cov.shape != (mean.size, mean.size):
            raise PriorError(
                f"GaussianPrior got a mean of shape {mean.shape} and a covariance of shape "
                f"{cov.shape}; expected (p,) and (p, p); give one entry per coefficient, in the "
                "order Intercept, terms"
            )
        # Relative to the standard deviations: a product may leave 1e-17 where zero was meant.
        spread = np.sqrt(np.abs(np.diag(cov)))
        if np.any(np.abs(cov - cov.T) > 1e-10 * np.outer(spread, spread)):
            raise PriorError(
                "GaussianPrior got a covariance that is not symmetric (largest difference "
                f"{np.max(np.abs(cov - cov.T)):.3g}); expected a symmetric matrix; use "
                "(S + S.T) / 2 if it is rounding"
            )
        cov = 0.5 * (cov + cov.T)
        try:
            np.linalg.cholesky(cov)
        except np.linalg.LinAlgError:
            raise PriorError(
                "GaussianPrior got a covariance that is not positive definite (smallest "
                f"eigenvalue {np.linalg.eigvalsh(cov)[0]:.3g}); expected all eigenvalues "
                "positive; check variances and correlations"
            ) from None
        object.__setattr__(self, "mean", mean)
        object.__setattr__(self, "covariance", cov)
        object.__setattr__(self, "stated", tuple(map(str, self.stated)))

    @cached_property
    def cholesky(self) -> np.ndarray:
        """Lower triangular L with ``L @ L.T`` the covariance."""
        return np.linalg.cholesky(self.covariance)

    @cached_property
    def whitener(self) -> np.ndarray:
        """The inverse of :attr:`cholesky`; ``whitener @ (theta - mean)`` is standard normal."""
        return np.tril(np.linalg.inv(self.cholesky))

    def __str__(self) -> str:
        return f"GaussianPrior({self.mean.size} coefficients)"


@built_by_name
@dataclass(frozen=True)
class ZeroSum:
    """A symmetric prior of a multinomial model: the same for every choice of the reference class.

    Each term has a coefficient for every class, Normal(0, sigma) and centred to sum to zero over
    classes; against a reference class the coefficients then have covariance
    ``sigma**2 (I + 11')``. With independent Normals on coefficients against a reference class,
    answers depend on which class that is.

    Parameters
    ----------
    sigma : float
        Standard deviation of each class's coefficient before centring, in log-odds per unit.
    intercept : float
        The same for the intercepts, at the predictor means.

    Raises
    ------
    PriorError
        If a scale is not a positive finite number.

    See Also
    --------
    GaussianPrior : Any mean and covariance.

    Examples
    --------
    The answer does not depend on the class that the others are compared with:

    >>> import bayeslogit as bl
    >>> data = {"y": list("aabbcc"), "x": [0, 1, 1, 2, 2, 3]}
    >>> for reference in ("a", "b"):
    ...     model = bl.multinomial("y ~ x", data, reference=reference, priors=ZeroSum(1.5))
    ...     table = model.fit("map").predict({"x": [3]}).set_index("class")
    ...     print(table.loc["c", "estimate"].round(2))
    0.78
    0.78
    """

    sigma: float = 2.5
    intercept: float = 2.5

    def __post_init__(self) -> None:
        for name in ("sigma", "intercept"):
            value = getattr(self, name)
            if np.ndim(value) != 0 or not math.isfinite(value) or value <= 0:
                raise PriorError(
                    f"ZeroSum got {name}={value!r}; expected a positive finite number; write for "
                    "example ZeroSum(2.5)"
                )

    def __str__(self) -> str:
        return f"ZeroSum({self.sigma:.4g}, intercept={self.intercept:.4g})"

    def joint(self, size: int, classes: int, center: np.ndarray | None) -> GaussianPrior:
        """Return the Gaussian prior of the coefficients against a reference class, class by class.

        Parameters
        ----------
        size, classes : int
            Number of coefficients, and of classes with the reference class.
        center : ndarray, shape (coefficients of a class,), or None
            Combination of a class's coefficients that has the prior of its intercept: the linear
            predictor at the predictor means.
        """
        width = size // (classes - 1)
        scale = np.full(width, self.sigma)
        shift = np.eye(width)
        if center is not None:
            scale[0] = self.intercept
            shift[0] = center
        half = np.linalg.solve(shift, np.diag(scale))
        between = np.eye(classes - 1) + 1.0
        return GaussianPrior(np.zeros(size), np.kron(between, half @ half.T))
