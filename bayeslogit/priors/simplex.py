"""Dirichlet priors of the class probabilities of an ordinal model at the predictor means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np

from bayeslogit.errors import PriorError
from bayeslogit.errors.door import built_by_name
from bayeslogit.priors.base import numbers

__all__ = ["Boundaries", "Dirichlet", "Margin", "Simplex"]


class Boundaries(Protocol):
    """Dirichlet densities of the linear predictors of ordered classes (``families.Ordered``)."""

    def margins(self, concentration: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the beta distribution of ``F(eta_k)`` for each boundary."""

    def margin(self, eta: np.ndarray, beta: np.ndarray) -> np.ndarray:
        """Return the log density of one linear predictor whose ``F(eta)`` is beta distributed.

        Parameters
        ----------
        eta : ndarray
            Linear predictors of any shape, on the scale of the link.
        beta : ndarray, shape (2,)
            Parameters of the beta distribution, positive.
        """

    def boundaries(self, shares: np.ndarray) -> np.ndarray:
        """Return linear predictors (boundaries, columns) of shares (classes, columns)."""

    def simplex_log_concave(self, concentration: np.ndarray) -> bool:
        """Return whether the log density of the linear predictors is concave."""

    def simplex(self, eta: np.ndarray, concentration: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return log density (columns,), in nats, and gradient (boundaries, columns).

        Parameters
        ----------
        eta : ndarray, shape (boundaries, columns)
            Linear predictors of one row, on the scale of the link.
        concentration : ndarray, shape (classes,)
            Parameters of the Dirichlet, positive.
        """

    def simplex_curvature(self, eta: np.ndarray, concentration: np.ndarray) -> np.ndarray:
        """Return minus the second derivatives of the log density, (boundaries, boundaries).

        Parameters
        ----------
        eta : ndarray, shape (boundaries,)
            Linear predictors of one row, on the scale of the link.
        concentration : ndarray, shape (classes,)
            Parameters of the Dirichlet, positive.
        """


@built_by_name
@dataclass(frozen=True, eq=False)
class Dirichlet:
    """A prior of cutpoints: class probabilities at the predictor means have a Dirichlet density.

    Give it to an ordinal model as ``priors={"cutpoints": Dirichlet(1)}``. The class probabilities
    it implies are the same for every link and form; those that independent Normals on cutpoints
    imply depend on the link and on the number of classes.

    Parameters
    ----------
    concentration : float or array of shape (classes,), default 1
        Positive. With 1 the density is uniform over class probabilities; each unit above 1 counts
        as one more case of the class. Above 1 the mode is finite even if a level never occurs.

    Raises
    ------
    PriorError
        If a number is not positive and finite.

    See Also
    --------
    bayeslogit.Normal : Independent priors of cutpoints.

    Notes
    -----
    rstanarm calls the concentration ``prior_counts``; the R package rmsb uses
    ``1 / (0.8 + 0.35 * max(classes, 3))``. Cutpoints in the summary are for all predictors at zero;
    the prior holds at the predictor means.

    Examples
    --------
    >>> print(Dirichlet(2))
    Dirichlet(2)
    >>> import bayeslogit as bl
    >>> model = bl.ordinal("satisfaction ~ contact", bl.load_dataset("housing"),
    ...     levels=["Low", "Medium", "High"], weights="frequency",
    ...     priors={"cutpoints": bl.Dirichlet(1)})
    >>> model.prior.describe()[0]
    ('Low|Medium', 'Dirichlet(1) on class probabilities at the predictor means')
    """

    concentration: Any = 1.0

    name: ClassVar[str] = "Dirichlet"

    def __post_init__(self) -> None:
        array = numbers(self.concentration)
        if array.ndim > 1 or array.size == 0 or not np.all(np.isfinite(array) & (array > 0)):
            raise PriorError(
                f"Dirichlet got concentration={self.concentration!r}; expected a positive finite "
                "number (or one for each class); write for example Dirichlet(1)"
            )
        object.__setattr__(self, "concentration", float(array) if array.ndim == 0 else array)

    def __str__(self) -> str:
        if np.ndim(self.concentration) == 0:
            return f"Dirichlet({self.concentration:.4g})"
        return "Dirichlet([" + ", ".join(f"{v:.4g}" for v in self.concentration) + "])"

    def bound(self, index: tuple[int, ...], family: Boundaries) -> Simplex:
        """Return this prior as a density of the cutpoints of a family.

        Parameters
        ----------
        index : tuple of int
            Coefficients that are cutpoints, from lowest to highest.
        family : Boundaries
            A family of ordered classes.

        Raises
        ------
        PriorError
            If the number of concentrations is neither one nor the number of classes.
        """
        classes = len(index) + 1
        if np.size(self.concentration) not in (1, classes):
            raise PriorError(
                f"Dirichlet has {np.size(self.concentration)} concentrations; expected one, or "
                f"{classes}, one for each class; give them from the lowest class to the highest"
            )
        return Simplex(index, np.broadcast_to(self.concentration, (classes,)).copy(), family)


@dataclass(frozen=True, eq=False)
class Simplex:
    """A Dirichlet on class probabilities, as a density of the linear predictors of one row.

    Parameters
    ----------
    index : tuple of int
        The coefficients (cutpoints) that are those linear predictors.
    concentration : ndarray, shape (classes,)
        Parameters of the Dirichlet, positive.
    family : Boundaries
        A family of ordered classes.
    """

    index: tuple[int, ...]
    concentration: np.ndarray
    family: Boundaries

    @property
    def log_concave(self) -> bool:
        """Whether the log density is concave."""
        return self.family.simplex_log_concave(self.concentration)

    def log_density(self, eta: np.ndarray) -> np.ndarray:
        """Return the log density, (columns,), in nats; ``-inf`` where cutpoints cross."""
        return self.family.simplex(eta, self.concentration)[0]

    def gradient(self, eta: np.ndarray) -> np.ndarray:
        """Return the gradient of the log density, (boundaries, columns)."""
        return self.family.simplex(eta, self.concentration)[1]

    def precision(self, eta: np.ndarray) -> np.ndarray:
        """Return minus the second derivatives at one vector, (boundaries, boundaries)."""
        return self.family.simplex_curvature(eta, self.concentration)

    def sample(self, rng: np.random.Generator, columns: int) -> np.ndarray:
        """Return draws of the linear predictors.

        Parameters
        ----------
        rng : numpy.random.Generator
        columns : int
            Number of draws.

        Returns
        -------
        ndarray, shape (boundaries, columns)
            On the scale of the link.
        """
        # A gamma variable of a small shape may be too small for a double. A gamma variable of a
        # larger shape times a power of a uniform one has the same distribution; its log is finite.
        a = self.concentration[:, None]
        shape = (len(self.concentration), columns)
        tiny = np.finfo(float).tiny
        power = np.log(np.maximum(rng.random(shape), tiny)) / a
        log_gamma = np.log(np.maximum(rng.standard_gamma(a + 1.0, shape), tiny)) + power
        shares = np.exp(np.maximum(log_gamma - log_gamma.max(axis=0), -700.0))
        return self.family.boundaries(shares)

    def margin(self, position: int) -> Margin:
        """Return the prior of one of the linear predictors."""
        alpha, beta = self.family.margins(self.concentration)
        return Margin(str(self), float(alpha[position]), float(beta[position]), self.family)

    def __str__(self) -> str:
        equal = np.all(self.concentration == self.concentration[0])
        return str(Dirichlet(self.concentration[0] if equal else self.concentration))


@dataclass(frozen=True, eq=False)
class Margin:
    """The marginal prior of one linear predictor: ``F(eta)`` has a beta distribution.

    Parameters
    ----------
    words : str
        The Dirichlet prior in words.
    alpha, beta : float
        Parameters of the beta distribution, positive.
    family : Boundaries
        A family of ordered classes.
    """

    words: str
    alpha: float
    beta: float
    family: Boundaries

    proper: ClassVar[bool] = True

    def log_density(self, x: np.ndarray) -> np.ndarray:
        """Return the log density in nats, elementwise."""
        return self.family.margin(x, np.array([self.alpha, self.beta]))

    def __str__(self) -> str:
        return self.words
