"""Moments that do not exist: heavy-tailed priors along directions that the data do not bound.

Along a direction in which no row's likelihood falls (separation), the posterior has the tail of
the prior. A Cauchy prior then leaves no mean, and a Student t with two degrees of freedom or fewer
no standard deviation: those of the draws are finite, and mean nothing.

References
----------
Ghosh, J., Li, Y. and Mitra, R. (2018). On the use of Cauchy prior distributions for Bayesian
logistic regression. doi:10.1214/17-BA1051
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np

from bayeslogit.errors import Problem, listing
from bayeslogit.families import LINKS
from bayeslogit.inference.separation import comparisons
from bayeslogit.specification.density import LogDensity

__all__ = ["Missing", "missing_moments"]

# A density that falls with this power, or a smaller one, has no mean; no sd.
_NO_MEAN, _NO_SD = 2.0, 3.0


@dataclass(frozen=True, eq=False)
class Missing:
    """Moments of the posterior that do not exist.

    Parameters
    ----------
    names : tuple of str
        Of the coefficients.
    power : ndarray, shape (coefficients,)
        The power with which the marginal posterior of each falls far out, at the heavier of its
        ends; infinite where it falls faster than any power.
    """

    names: tuple[str, ...]
    power: np.ndarray

    def as_given(self, given: Mapping[int, np.ndarray]) -> Missing:
        """Return the same of combinations of coefficients, each in the place of one of them.

        Parameters
        ----------
        given : mapping of int to ndarray of shape (coefficients,)
            ``given`` of the layout.
        """
        power = self.power.copy()
        for place, weights in given.items():
            power[place] = self.power[weights != 0.0].min()
        return Missing(self.names, power)

    @property
    def mean(self) -> np.ndarray:
        """Which coefficients have no posterior mean, (coefficients,)."""
        return np.asarray(self.power <= _NO_MEAN)

    @property
    def sd(self) -> np.ndarray:
        """Which have no posterior standard deviation, (coefficients,)."""
        return np.asarray(self.power <= _NO_SD)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """A note that names what does not exist."""
        if not self.sd.any():
            return ()
        means = [name for name, gone in zip(self.names, self.mean, strict=True) if gone]
        sds = [
            name
            for name, gone, worse in zip(self.names, self.sd, self.mean, strict=True)
            if gone and not worse
        ]
        found = [f"the posterior of {listing(means)} has no mean and no sd"] if means else []
        found += [f"the posterior of {listing(sds)} has no sd"] if sds else []
        return (
            Problem(
                "no_moments",
                f"{'; '.join(found)}: the data set no bound on one side, where the tail is that "
                "of the prior; expected a finite sd; report the median and quantiles, which "
                "exist, or use a prior with lighter tails such as Normal(0, 2.5).",
                "note",
            ),
        )


_known: WeakKeyDictionary[LogDensity, Missing] = WeakKeyDictionary()


def missing_moments(density: LogDensity) -> Missing:
    """Return which moments of the posterior do not exist.

    Each coefficient is moved alone, and together with each other one: the likelihood bounds such
    a move if it makes some observed class ever less likely. Moves of three coefficients or more
    fall too fast to matter, unless degrees of freedom are below one.

    Parameters
    ----------
    density : LogDensity

    Examples
    --------
    >>> import bayeslogit as bl
    >>> table = {"y": [0, 1] * 4 + [1] * 6, "g": [0] * 8 + [1] * 6}
    >>> priors = {"Intercept": bl.Normal(0, 2.5), "g": bl.Cauchy(0, 2.5)}
    >>> model = bl.logistic("y ~ g", table, priors=priors)
    >>> missing_moments(model.density).mean.tolist()  # every outcome of g = 1 is 1
    [False, True]
    """
    if density not in _known:
        _known[density] = _find(density)
    return _known[density]


def _find(density: LogDensity) -> Missing:
    size, prior, rows = density.size, density.prior, density.rows
    power = np.full((2, size), np.inf)
    decay = prior.decay
    heavy = np.flatnonzero(np.isfinite(decay))
    if heavy.size:
        # Intercepts follow, so that those at the predictor means stay where they are.
        moves, counts = comparisons(rows, prior.moves(heavy))
        moves = moves / np.maximum(np.abs(moves).max(axis=0, initial=0.0), 1e-300)
        moves[np.abs(moves) < 1e-12] = 0.0
        lost = LINKS[density.family.link].decay
        for k, j in enumerate(heavy):
            for side, sign in enumerate((1.0, -1.0)):
                wrong = _wrong(sign * moves[:, k], counts)
                power[side, j] = decay[j] + (lost * wrong if wrong else 0.0)
        _pairs(power, decay, heavy, moves, counts)
    return Missing(density.names, power.min(axis=0))


def _wrong(moves: np.ndarray, counts: np.ndarray) -> float:
    """Return how many cases become ever less likely along a move."""
    return float(counts[moves > 0.0, 0].sum() + counts[moves < 0.0, 1].sum())


def _pairs(
    power: np.ndarray,
    decay: np.ndarray,
    heavy: np.ndarray,
    moves: np.ndarray,
    counts: np.ndarray,
) -> None:
    """Lower the powers of pairs that can move off together within a sector, in place.

    The width of the sector grows with the way, which takes one power away.
    """
    for a, i in enumerate(heavy):
        for b, j in enumerate(heavy[:a]):
            together = float(decay[i] + decay[j]) - 1.0
            if together > _NO_SD:
                continue
            pair = moves[:, [a, b]]
            gains = np.concatenate([pair[counts[:, 1] > 0], -pair[counts[:, 0] > 0]])
            gains = gains[(gains != 0.0).any(axis=1)]
            angles = np.sort(np.arctan2(gains[:, 1], gains[:, 0]))
            if not angles.size:
                continue
            gaps = np.diff(angles, append=angles[0] + 2.0 * np.pi)
            widest = int(np.argmax(gaps))
            if gaps[widest] <= np.pi + 1e-9:
                continue
            # Directions that all rows gain from: within a right angle of every gain.
            first, last = angles[(widest + 1) % angles.size], angles[widest]
            middle = first + 0.5 * ((last - first) % (2.0 * np.pi))
            half = 0.5 * (gaps[widest] - np.pi)
            for place, axis in ((i, 0.0), (j, 0.5 * np.pi)):
                for side, end in enumerate((axis, axis + np.pi)):
                    apart = abs((middle - end + np.pi) % (2.0 * np.pi) - np.pi)
                    if apart < half + 0.5 * np.pi - 1e-9:
                        power[side, place] = min(power[side, place], together)
