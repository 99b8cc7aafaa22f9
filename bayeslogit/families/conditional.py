"""Matched sets: which members of a set are its cases, given how many there are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import combinations
from typing import NoReturn

import numpy as np

from bayeslogit.errors import MethodRefused
from bayeslogit.families.base import Family
from bayeslogit.numerics.subsets import chosen, draw, log_normaliser, spread

__all__ = ["Conditional", "refuse_risks"]


def refuse_risks(what: str, arrangement: str = "matched") -> NoReturn:
    """Refuse an answer that needs more than odds ratios.

    Parameters
    ----------
    what : str
        Name of the answer in the plural, as a sentence begins: ``"predicted risks"``.
    arrangement : {"matched", "choice"}
        That of the family.

    Raises
    ------
    MethodRefused
    """
    if arrangement == "choice":
        raise MethodRefused(
            f"{what} are of rows by themselves, and a row of a model of choices is an alternative "
            "beside the others of its case; expected a question about choices; ask predict(), "
            "shares(), elasticities(), in_words() or summary('odds_ratio')"
        )
    raise MethodRefused(
        f"{what} need the level of each set, which strata= conditions away: odds ratios "
        "within a set are known, and absolute risks are not; expected a question about odds "
        "ratios; ask summary('odds_ratio') or in_words(), or build the model without strata="
    )


@dataclass(frozen=True)
class Conditional(Family):
    """The cases of a set given their number, each subset as likely as its odds multiplied.

    Here a row is a set and has a linear predictor for each of its members. Whatever is the same
    in all members of a set cancels, so that sets may differ in risk without being told how much.
    ``counts`` are (sets, members): the weight of the set for its cases, zero for others.

    Parameters
    ----------
    link : {"logit"}
    arrangement : {"matched", "choice"}
        Whether members have the same coefficients, or are alternatives of a choice, whose
        coefficients may differ.
    partial : tuple of int
        Columns of which each alternative but the first has a coefficient of its own.

    See Also
    --------
    bayeslogit.logistic : The model, with ``strata=``.

    References
    ----------
    Breslow, N. E. and Day, N. E. (1980). Statistical Methods in Cancer Research 1: The Analysis
    of Case-Control Studies. IARC Scientific Publications 32, chapter 7.
    Gail, M. H., Lubin, J. H. and Rubinstein, L. V. (1981). Likelihood calculations for matched
    case-control studies and survival studies with tied death times. doi:10.1093/biomet/68.3.703

    Examples
    --------
    One case among three members, the first of which has twice the odds of the others:

    >>> import numpy as np
    >>> eta = np.log([2.0, 1.0, 1.0])[:, None, None]
    >>> row = Conditional().row_log_likelihood(eta, np.array([[1.0, 0.0, 0.0]]))
    >>> np.exp(row).round(3)
    array([[0.5]])
    """

    link: str = "logit"
    arrangement: str = "matched"
    partial: tuple[int, ...] = ()
    name: str = field(default="conditional", init=False)
    n_eta: int = field(default=1, init=False)
    log_concave: bool = field(default=True, init=False)
    offset_signs: tuple[float, ...] = field(default=(1.0,), init=False)
    collapsible: bool = field(default=False, init=False)
    increasing: bool = field(default=False, init=False)
    coupled: bool = field(default=True, init=False)

    def log_likelihood(self, eta: np.ndarray, counts: np.ndarray) -> np.ndarray:
        """Return the sum of :meth:`row_log_likelihood` over sets, (columns,), in nats."""
        total: np.ndarray = self.row_log_likelihood(eta, counts).sum(axis=0)
        return total

    def row_log_likelihood(self, eta: np.ndarray, counts: np.ndarray) -> np.ndarray:
        """Return the log-likelihood of each set times its weight, (sets, columns), in nats.

        Parameters
        ----------
        eta : ndarray, shape (members, sets, columns)
            Log-odds up to a number for each set; ``-inf`` for members that it does not have.
        counts : ndarray, shape (sets, members)
            Weight of the set for its cases, zero for others.
        """
        case, size, weight = _cases(counts)
        result: np.ndarray = weight * (_sum_of_cases(eta, case) - log_normaliser(eta, size))
        return result

    def slope(self, eta: np.ndarray, counts: np.ndarray) -> np.ndarray:
        """Return case less the probability of being one, times the weight, the shape of ``eta``."""
        return self.total_and_slope(eta, counts)[1]

    def total_and_slope(self, eta: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return :meth:`log_likelihood` and :meth:`slope`, from one walk over the members."""
        case, size, weight = _cases(counts)
        logs, prob = chosen(eta, size)
        total = (weight * (_sum_of_cases(eta, case) - logs)).sum(axis=0)
        return total, weight * (case[:, :, None] - prob)

    def curvature(self, eta: np.ndarray, counts: np.ndarray) -> np.ndarray:
        """Return the covariance of who is a case, times the weight, (members, members, sets)."""
        members = len(eta)
        one = np.broadcast_to(np.eye(members)[:, None], (members, len(counts), members))
        _, size, weight = _cases(counts)
        moves, weights = spread(eta[:, :, 0], size, one)
        result: np.ndarray = np.einsum(
            "asi,asj,as,s->ijs", moves, moves, weights, weight[:, 0], optimize=True
        )
        return result

    def information(self, eta: np.ndarray, counts: np.ndarray, X: np.ndarray) -> np.ndarray:
        """Return minus the second derivatives by coefficients that all members share.

        Parameters
        ----------
        eta : ndarray, shape (members, sets, 1)
        counts : ndarray, shape (sets, members)
        X : ndarray, shape (members, sets, coefficients)
            Finite, also for members that a set does not have.

        Returns
        -------
        ndarray, shape (coefficients, coefficients)
        """
        _, size, weight = _cases(counts)
        moves, weights = spread(eta[:, :, 0], size, X)
        flat = moves.reshape(-1, X.shape[2])
        result: np.ndarray = flat.T @ (flat * (weights * weight[:, 0]).reshape(-1, 1))
        return result

    def contrasts(self, counts: np.ndarray) -> Iterable[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Return the comparisons of each case with each other member, pair by pair."""
        case, _, weight = _cases(counts)
        for i, j in combinations(range(len(case)), 2):
            towards = np.zeros(len(case))
            towards[i], towards[j] = 1.0, -1.0
            yield (
                towards,
                weight[:, 0] * ((case[j] > 0.0) & (case[i] == 0.0)),
                weight[:, 0] * ((case[i] > 0.0) & (case[j] == 0.0)),
            )

    def constants(self, counts: np.ndarray) -> np.ndarray:
        """Return zeros: the cases of a set are told apart."""
        return np.zeros(len(counts))

    def probabilities(self, eta: np.ndarray) -> np.ndarray:
        """Refuse: without the intercepts of sets there are no probabilities.

        Raises
        ------
        MethodRefused
        """
        refuse_risks("probabilities", self.arrangement)

    def simulate(
        self, eta: np.ndarray, trials: np.ndarray | None, rng: np.random.Generator
    ) -> np.ndarray:
        """Return who is a case, 0 or 1, (members, sets, columns).

        Parameters
        ----------
        eta : ndarray, shape (members, sets, columns)
            Log-odds up to a number for each set; ``-inf`` for members that it does not have.
        trials : ndarray of int, shape (sets,)
            Cases of each set.
        rng : numpy.random.Generator

        Raises
        ------
        TypeError
            If ``trials`` is None.
        """
        if trials is None:
            raise TypeError(
                "the cases of sets are drawn given their number; found None; pass one number a set"
            )
        return draw(eta, np.asarray(trials, dtype=np.intp), rng).astype(np.int64)


def _cases(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return who is a case, (members, sets), how many, (sets,), and weights, (sets, 1)."""
    case = counts.T > 0.0
    return case.astype(np.float64), case.sum(axis=0), counts.max(axis=1, initial=0.0)[:, None]


def _sum_of_cases(eta: np.ndarray, case: np.ndarray) -> np.ndarray:
    result: np.ndarray = np.where(case[:, :, None] > 0.0, eta, 0.0).sum(axis=0)
    return result
