"""Unconstrained coordinates of the coefficients, for samplers.

Most coefficients may take any value. Cutpoints must increase, and a posterior that is cut off
where two of them meet (a class with few or no rows) ends there abruptly: a Gaussian does not fit
it and a trajectory runs into the border. The first cutpoint and the logarithms of the gaps are
unconstrained.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bayeslogit.inference.mode import Mode, climb, find_mode, smoothed
from bayeslogit.specification.density import LogDensity

__all__ = ["Coordinates"]


@dataclass(frozen=True, eq=False)
class Coordinates:
    """A log posterior in unconstrained coordinates ``phi``, ready for Newton's method.

    ``theta[i[0]] = phi[i[0]]`` and ``theta[i[k]] = theta[i[k - 1]] + exp(phi[i[k]])`` for the
    increasing coefficients ``i``; all others are themselves. Where none must increase, ``phi`` is
    ``theta``.

    Parameters
    ----------
    density : LogDensity

    Examples
    --------
    >>> import bayeslogit as bl
    >>> model = bl.ordinal("y ~ x", {"y": [0, 1, 2, 1], "x": [0.0, 1.0, 2.0, 3.0]})
    >>> space = Coordinates(model.density)
    >>> space.theta(space.phi(np.array([[-1.0], [2.0], [0.5]]))).ravel()
    array([-1. ,  2. ,  0.5])
    """

    density: LogDensity

    @property
    def constant(self) -> float:
        """The part of the value that does not depend on ``phi``, in nats."""
        return self.density.constant

    @property
    def linear(self) -> bool:
        """Whether the coefficients are a linear function of the coordinates."""
        return not self._increasing

    @cached_property
    def _smoothed(self) -> LogDensity:
        return smoothed(self.density)

    @property
    def _increasing(self) -> list[int]:
        places = list(self.density.prior.increasing)
        return places if len(places) > 1 else []

    def theta(self, phi: np.ndarray) -> np.ndarray:
        """Return coefficients, (coefficients, columns), from coordinates of that shape."""
        places = self._increasing
        if not places:
            return phi
        theta = np.array(phi)
        theta[places[1:]] = np.exp(phi[places[1:]])
        theta[places] = np.cumsum(theta[places], axis=0)
        return theta

    def phi(self, theta: np.ndarray) -> np.ndarray:
        """Return the coordinates, (coefficients, columns), of coefficients: the inverse."""
        places = self._increasing
        phi = np.array(theta)
        if places:
            phi[places[1:]] = np.log(np.diff(theta[places], axis=0))
        return phi

    def log_volume(self, phi: np.ndarray) -> np.ndarray:
        """Return the log determinant of the Jacobian of theta by phi, (columns,)."""
        volume: np.ndarray = phi[self._increasing[1:]].sum(axis=0)
        return volume

    def value(self, phi: np.ndarray) -> np.ndarray:
        """Return the log posterior density of phi, (columns,), in nats, up to the evidence."""
        value: np.ndarray = self.density.value(self.theta(phi)) + self.log_volume(phi)
        return value

    def value_and_gradient(self, phi: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the log density of phi (columns,) and its gradient, the shape of ``phi``."""
        value, gradient = self.density.value_and_gradient(self.theta(phi))
        return value + self.log_volume(phi), self.pull(phi, gradient)

    def pull(self, phi: np.ndarray, gradient: np.ndarray) -> np.ndarray:
        """Return the gradient by phi of a function of theta plus the log volume.

        Parameters
        ----------
        phi : ndarray, shape (coefficients, columns)
        gradient : ndarray, shape (coefficients, columns)
            Of the function by theta.
        """
        places = self._increasing
        if not places:
            return gradient
        gradient = np.array(gradient)
        gradient[places] = self._from_here_on(gradient[places])
        gradient[places[1:]] = gradient[places[1:]] * np.exp(phi[places[1:]]) + 1.0
        return gradient

    def newton(self, phi: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        """Return value, gradient and minus the second derivatives, corners of the prior rounded."""
        column = phi[:, None]
        value, slope, precision = self._smoothed.newton(self.theta(column)[:, 0])
        places = self._increasing
        if not places:
            return value, slope, precision
        jacobian = self.jacobian(phi)
        gradient = jacobian.T @ slope
        precision = jacobian.T @ precision @ jacobian
        # The map is not linear: the second derivative of each gap is the gap itself.
        precision[places[1:], places[1:]] -= gradient[places[1:]]
        gradient[places[1:]] += 1.0
        return value + float(self.log_volume(column)[0]), gradient, precision

    def jacobian(self, phi: np.ndarray) -> np.ndarray:
        """Return the derivative of theta by phi at one vector, (coefficients, coefficients)."""
        places = self._increasing
        jacobian = np.eye(phi.size)
        if places:
            jacobian[np.ix_(places, places)] = np.tril(np.ones((len(places), len(places))))
            jacobian[:, places[1:]] *= np.exp(phi[places[1:]])
        return jacobian

    def gradient_terms(self, phi: np.ndarray) -> np.ndarray:
        """Return the sum of the absolute terms of the gradient at one vector, (coefficients,)."""
        terms = np.array(self.density.gradient_terms(self.theta(phi[:, None])[:, 0]))
        places = self._increasing
        if places:
            terms[places] = self._from_here_on(terms[places])
            terms[places[1:]] = terms[places[1:]] * np.exp(phi[places[1:]]) + 1.0
        return terms

    def mode(self) -> Mode:
        """Return the mode of the density of phi."""
        if not self._increasing:
            return find_mode(self.density)
        return climb(self, self.phi(self.density.rows.start[:, None])[:, 0])

    @staticmethod
    def _from_here_on(slopes: np.ndarray) -> np.ndarray:
        """Return sums over this and all later rows: a gap moves all cutpoints after it."""
        return np.cumsum(slopes[::-1], axis=0)[::-1]
