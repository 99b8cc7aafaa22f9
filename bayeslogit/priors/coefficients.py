"""The prior of a model: one density on the vector of its coefficients."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from bayeslogit.errors import PriorError
from bayeslogit.priors.base import Prior, length
from bayeslogit.priors.in_order import in_order
from bayeslogit.priors.joint import GaussianPrior
from bayeslogit.priors.learned import Learned, Mixture
from bayeslogit.priors.simplex import Margin, Simplex
from bayeslogit.priors.univariate import Normal

__all__ = ["CoefficientPrior"]

_LOG_2PI = math.log(2.0 * math.pi)


@dataclass(frozen=True, eq=False)
class CoefficientPrior:
    """The prior of all coefficients of a model, as a density on ``theta``.

    Parameters
    ----------
    names : tuple of str
        Coefficient names, in the order of ``theta``.
    parts : tuple of (indices, Prior)
        Which coefficients have which prior; every coefficient is in one part, unless it is in
        ``joint``, ``simplex`` or ``learned``.
    joint : GaussianPrior, optional
        One prior for all coefficients.
    center : array of shape (moved coefficients, coefficients), optional
        Some coefficients (intercepts, cutpoints) have their prior at ``center @ theta``, the
        linear predictors at the predictor means, instead of at all predictors zero. The entry
        of a moved coefficient in its own row is 1.
    moved : tuple of int
        Which coefficients those are, row by row.
    default : bool
        Whether no prior was given by the user.
    increasing : tuple of int
        Coefficients (cutpoints) whose prior holds on the region where they increase; the
        density is not normalised for that.
    constraints : array of shape (constraints, coefficients), optional
        Combinations that must be positive: draws are from the density restricted so. The
        likelihood is zero elsewhere; the density is not normalised for that either.
    simplex : Simplex, optional
        The prior of all cutpoints together. They are ``moved``.
    learned : tuple of Learned
        Sets of coefficients whose scales are learned. Densities here leave them out, as they
        depend on the scales; draws have them.
    as_given : tuple of int
        Those of ``moved`` whose prior is at all predictors zero after all, where columns of the
        design were moved.
    """

    names: tuple[str, ...]
    parts: tuple[tuple[np.ndarray, Prior], ...] = ()
    joint: GaussianPrior | None = None
    center: np.ndarray | None = None
    moved: tuple[int, ...] = (0,)
    default: bool = False
    increasing: tuple[int, ...] = ()
    constraints: np.ndarray | None = None
    simplex: Simplex | None = None
    learned: tuple[Learned, ...] = ()
    as_given: tuple[int, ...] = ()

    @property
    def size(self) -> int:
        """Number of coefficients."""
        return len(self.names)

    @property
    def gaussian(self) -> bool:
        """Whether the log density is quadratic (flat parts count as quadratic)."""
        alone = self.simplex is None and not self.learned
        return alone and all(prior.gaussian for _, prior in self.parts)

    @property
    def log_concave(self) -> bool:
        """Whether the log density is concave."""
        parts = not self.learned and all(prior.log_concave for _, prior in self.parts)
        return parts and (self.simplex is None or self.simplex.log_concave)

    @property
    def decay(self) -> np.ndarray:
        """The power with which the density of each coefficient falls, (coefficients,)."""
        power = np.full(self.size, np.inf)
        for index, prior in self.parts:
            power[index] = prior.decay
        return power

    @property
    def kinds(self) -> tuple[str, ...]:
        """Names of the densities that are not quadratic, sorted."""
        found = {prior.name for _, prior in self.parts if not prior.gaussian}
        return tuple(sorted(found if self.simplex is None else found | {"Dirichlet"}))

    @property
    def flat(self) -> np.ndarray:
        """Boolean mask of the coefficients without a proper prior."""
        mask = np.zeros(self.size, dtype=bool)
        for index, prior in self.parts:
            mask[index] = not prior.proper
        return mask

    @property
    def proper(self) -> bool:
        """Whether the density integrates to one."""
        return not bool(self.flat.any())

    @property
    def known(self) -> CoefficientPrior:
        """The same, unless its density depends on scales that are learned, which is refused."""
        if self.learned:
            raise PriorError(
                "the density of the prior depends on scales that are learned; expected priors that "
                "are known; give for example Normal(0, 1), or ask for other groups of draws"
            )
        return self

    def at(self, theta: np.ndarray) -> np.ndarray:
        """Return theta with intercepts moved to the predictor means, if ``center`` is given."""
        if self.center is None:
            return theta
        at = theta.copy()
        at[list(self.moved)] = self.center @ theta
        return at

    def _pull(self, gradient: np.ndarray) -> np.ndarray:
        """Carry a gradient by the moved intercept back to theta (transpose of :meth:`at`)."""
        if self.center is not None:
            moved = list(self.moved)
            own = gradient[moved]
            carried: np.ndarray = self.center.T @ own
            carried += gradient
            carried[moved] -= own
            return carried
        return gradient

    def log_density(self, theta: np.ndarray) -> np.ndarray:
        """Return the log density at each column of ``theta`` (coefficients, columns), in nats."""
        value: np.ndarray = self.each(theta).sum(axis=0)
        return value

    def each(self, theta: np.ndarray) -> np.ndarray:
        """Return terms that sum to the log density, one per coefficient, the shape of ``theta``.

        A joint Gaussian is split into the conditional density of each coefficient given those
        before it; a Dirichlet evenly.
        """
        if self.joint is not None:
            z = self.joint.whitener @ (self.at(theta) - self.joint.mean[:, None])
            log_scale = np.log(np.diag(self.joint.cholesky))[:, None]
            terms: np.ndarray = -0.5 * (z**2 + _LOG_2PI) - log_scale
            return terms
        at = self.at(theta)
        result = np.zeros_like(at)
        for index, prior in self.parts:
            result[index] = prior.log_density(at[index])
        if self.simplex is not None:
            places = list(self.simplex.index)
            result[places] = self.simplex.log_density(at[places]) / len(places)
        return result

    def gradient(self, theta: np.ndarray) -> np.ndarray:
        """Return the gradient of the log density, the shape of ``theta``."""
        if self.joint is not None:
            whitener = self.joint.whitener
            away = self.joint.mean[:, None] - self.at(theta)
            return self._pull(whitener.T @ (whitener @ away))
        at = self.at(theta)
        result = np.zeros_like(at)
        for index, prior in self.parts:
            result[index] = prior.gradient(at[index])
        if self.simplex is not None:
            places = list(self.simplex.index)
            result[places] = self.simplex.gradient(at[places])
        return self._pull(result)

    def precision(self, theta: np.ndarray) -> np.ndarray:
        """Return minus the second derivatives at one vector, (coefficients, coefficients)."""
        if self.joint is not None:
            half = self._pull(self.joint.whitener.T).T
            joint: np.ndarray = half.T @ half
            return joint
        at = self.at(theta[:, None])
        diagonal = np.zeros(self.size)
        for index, prior in self.parts:
            diagonal[index] = prior.curvature(at[index])[:, 0]
        result = np.diag(diagonal)
        if self.simplex is not None:
            places = list(self.simplex.index)
            result[np.ix_(places, places)] = self.simplex.precision(at[places, 0])
        if self.center is None:
            return result
        moved = list(self.moved)
        outer: np.ndarray = self.center.T @ result[np.ix_(moved, moved)] @ self.center
        result[moved] = 0.0
        outer += result
        return outer

    @cached_property
    def _parabola(self) -> tuple[np.ndarray, np.ndarray, float, np.ndarray]:
        """Means, curvatures, highest log density and precision of Gaussian and flat parts."""
        pull, curvature, zero = np.zeros((3, self.size, 1))
        for index, prior in self.parts:
            pull[index] = prior.gradient(zero[index])
            curvature[index] = prior.curvature(zero[index])
        mean = np.divide(pull, curvature, out=zero, where=curvature > 0.0)
        top = sum(float(prior.log_density(mean[index]).sum()) for index, prior in self.parts)
        return mean, curvature, top, self.precision(np.zeros(self.size))

    def value_and_gradient(self, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the log density (columns,), in nats, and its gradient, the shape of ``theta``."""
        if not self.gaussian or self.joint is not None:
            return self.log_density(theta), self.gradient(theta)
        mean, curvature, top, _ = self._parabola
        away = mean - self.at(theta)
        pull = curvature * away
        return top - 0.5 * np.einsum("pc,pc->c", away, pull), self._pull(pull)

    def newton(self, theta: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        """Return log density, gradient and precision at one vector."""
        value, gradient = self.value_and_gradient(theta[:, None])
        quadratic = self.gaussian and self.joint is None
        precision = self._parabola[3] if quadratic else self.precision(theta)
        return float(value[0]), gradient[:, 0], precision

    def combination(self, direction: np.ndarray) -> tuple[float, float]:
        """Return mean and sd of a linear combination of coefficients under a Gaussian prior.

        Parameters
        ----------
        direction : ndarray, shape (coefficients,)
            The weight of each coefficient.
        """
        # Each moved coefficient is its own prior's value less what others add at the means.
        at = direction.copy()
        if self.center is not None:
            pull = direction[list(self.moved)] @ self.center
            pull[list(self.moved)] = 0.0
            at -= pull
        if self.joint is not None:
            return float(at @ self.joint.mean), length(self.joint.cholesky.T @ at)
        mean, curvature, _, _ = self._parabola
        return float(at @ mean[:, 0]), length(at / np.sqrt(curvature[:, 0]))

    def sample(self, rng: np.random.Generator, columns: int) -> np.ndarray:
        """Return draws from the prior, with cutpoints that increase and constraints that hold.

        Parameters
        ----------
        rng : numpy.random.Generator
        columns : int
            Number of draws.

        Returns
        -------
        ndarray, shape (coefficients, columns)
            On the scale of ``theta``.

        Raises
        ------
        PriorError
            If a part is flat, or almost no draw satisfies the constraints.
        """
        if self.constraints is None and (self.joint is None or not self.increasing):
            return self._unrestricted(rng, columns)
        kept: list[np.ndarray] = []
        found = 0
        for _ in range(100):
            draws = self._unrestricted(rng, max(columns, 2000))
            good = np.flatnonzero(self.allows(draws))
            kept.append(draws[:, good])
            found += good.size
            if found >= columns:
                return np.concatenate(kept, axis=1)[:, :columns]
        raise PriorError(
            f"only {found} of {100 * max(columns, 2000)} draws from the prior keep the boundaries "
            f"between classes apart in all rows; expected {columns}; "
            + (
                "give cutpoints that increase, with little overlap"
                if self.constraints is None
                else "give the coefficients of 'partial' a tighter prior, such as Normal(0, 0.1)"
            )
        )

    def moves(self, index: np.ndarray) -> np.ndarray:
        """Return moves of single coefficients that other priors do not see, (size, directions)."""
        result = np.zeros((self.size, len(index)))
        result[index, np.arange(len(index))] = 1.0
        if self.center is not None:
            result[list(self.moved)] = 2.0 * result[list(self.moved)] - self.center[:, index]
        return result

    def allows(self, theta: np.ndarray) -> np.ndarray:
        """Return whether cutpoints increase and constraints hold at each column, (columns,)."""
        allowed = (np.diff(theta[list(self.increasing)], axis=0) > 0.0).all(axis=0)
        if self.constraints is not None:
            allowed &= (self.constraints @ theta > 0.0).all(axis=0)
        return allowed

    def _unrestricted(self, rng: np.random.Generator, columns: int) -> np.ndarray:
        """Return draws from the density without constraints."""
        draws: np.ndarray
        if self.joint is not None:
            normal = rng.standard_normal((self.size, columns))
            draws = self.joint.mean[:, None] + self.joint.cholesky @ normal
        else:
            draws = self._independent(rng, columns)
        if self.center is not None:
            moved = list(self.moved)
            slopes = draws.copy()
            slopes[moved] = 0.0
            draws[moved] -= self.center @ slopes
        return draws

    def _independent(self, rng: np.random.Generator, columns: int) -> np.ndarray:
        """Return draws before intercepts are moved back, by rejection where some must increase."""
        draws = np.empty((self.size, columns))
        for index, prior in self.parts:
            draws[index] = prior.sample(rng, (len(index), columns))
        for part in self.learned:
            draws[part.index] = part.sample(rng, columns)
        if self.simplex is not None:
            draws[list(self.simplex.index)] = self.simplex.sample(rng, columns)
            return draws
        rows = list(self.increasing)
        if not rows:
            return draws
        alike = len({str(self.of(i)) for i in rows}) == 1
        return in_order(draws, rows, self.parts, alike, rng)

    def of(self, index: int) -> Prior | Margin | Mixture:
        """Return the prior of one coefficient."""
        for part in self.learned:
            if index in part.index:
                return part.margin(int(np.flatnonzero(part.index == index)[0]))
        if self.simplex is not None and index in self.simplex.index:
            return self.simplex.margin(self.simplex.index.index(index))
        return self.single(index)

    def single(self, index: int) -> Prior:
        """Return the prior of one coefficient that is not in :attr:`simplex`."""
        if self.joint is not None:
            return Normal(self.joint.mean[index], math.sqrt(self.joint.covariance[index, index]))
        for members, prior in self.parts:
            where = np.flatnonzero(members == index)
            if where.size:
                return prior.pick(int(where[0]))
        raise PriorError(f"coefficient {index} has no prior; expected one for each coefficient")

    def given(self, h: Sequence[np.ndarray]) -> CoefficientPrior:
        """Return the prior of all coefficients given what is learned, h of each set (count,)."""
        parts = list(self.parts)
        for part, own in zip(self.learned, h, strict=True):
            scale = np.abs(part.unit * part.scales(own))
            parts.append((part.index, Normal(np.zeros(part.size), scale)))
        return replace(self, parts=tuple(parts), learned=())

    def extended(self, name: str, prior: Prior) -> CoefficientPrior:
        """Return the prior of these coefficients and one more, independent of them.

        Parameters
        ----------
        name : str
            The new coefficient, which comes last.
        prior : Prior
            Its density.
        """
        center = self.center
        if center is not None:
            center = np.column_stack([center, np.zeros(len(center))])
        parts = (*self.parts, (np.array([self.size]), prior))
        return replace(self, names=(*self.names, name), parts=parts, center=center)

    def describe(self, given: Mapping[int, np.ndarray] | None = None) -> list[tuple[str, str]]:
        """Return (coefficient, prior in words) pairs, for printing.

        With ``given`` of the layout, margins of a joint prior are of the columns as given.
        """
        rows = []
        for i, name in enumerate(self.names):
            inside = self.joint is not None and given and i in given and i not in self.as_given
            text = str(Normal(*self.combination(given[i])) if inside and given else self.of(i))
            if self.simplex is not None and i in self.simplex.index:
                text += " on class probabilities"
            if self.center is not None and i in self.moved and i not in self.as_given:
                text += " at the predictor means"
            if self.joint is not None:
                text += " (margin of the joint Gaussian)"
            rows.append((name, text))
        return rows
