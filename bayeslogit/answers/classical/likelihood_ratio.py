"""Likelihood-ratio tests: of each term, of terms entered in order, of two nested models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bayeslogit import tables
from bayeslogit.answers.classical.maximum_likelihood import Maximum, maximise, without
from bayeslogit.errors import DesignError, FitFailed
from bayeslogit.response import Response
from bayeslogit.specification.density import Likelihood

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LikelihoodRatio", "likelihood_ratio", "term_tests"]


@dataclass(frozen=True)
class LikelihoodRatio:
    """A likelihood-ratio test of nested models.

    Parameters
    ----------
    statistic : float
        Twice the difference of the log-likelihoods.
    df : int
        Difference in the number of coefficients (degrees of freedom).
    p : float
        Upper tail of chi-square.

    See Also
    --------
    bayeslogit.answers.classical.result.Classical.against : Makes one.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> exam = bl.load_dataset("exam")
    >>> whole, null = (bl.logistic(f, exam).classical() for f in ("passed ~ hours", "passed ~ 1"))
    >>> test = whole.against(null)
    >>> round(test.statistic, 2), test.df, round(test.p, 4)
    (11.67, 1, 0.0006)
    """

    statistic: float
    df: int
    p: float

    def __str__(self) -> str:
        return f"likelihood-ratio chi-square {self.statistic:.6g} on {self.df} df, p = {self.p:.6g}"


def _test(larger: float, smaller: float, df: int) -> LikelihoodRatio:
    from scipy.special import chdtrc

    statistic = 2.0 * (larger - smaller)
    slack = 1e-7 * max(1.0, abs(larger))
    if statistic < -slack:
        raise FitFailed(
            f"the log-likelihood falls from {smaller:.6f} to {larger:.6f} as terms are added; "
            "expected it to rise; one of the two maxima was not found, so rescale predictors "
            "with very different units, and mind that the cauchit link can have several maxima"
        )
    statistic = max(statistic, 0.0)
    return LikelihoodRatio(statistic, df, float(chdtrc(df, statistic)))


def factors(term: str) -> frozenset[str]:
    """Return the factors of a term: ``"a:C(b, levels=['x:y'])"`` has two.

    Examples
    --------
    >>> sorted(factors("log(x):`a:b`"))
    ['`a:b`', 'log(x)']
    """
    parts, depth, quote = [""], 0, ""
    for letter in term:
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "`'\"":
            quote = letter
        elif letter in "([":
            depth += 1
        elif letter in ")]":
            depth -= 1
        elif letter == ":" and depth == 0:
            parts.append("")
            continue
        parts[-1] += letter
    return frozenset(parts)


def term_tests(
    likelihood: Likelihood,
    names: tuple[str, ...],
    terms: Mapping[str, tuple[int, ...]],
    slopes: Sequence[int],
    maximum: Maximum,
    null: Maximum,
    top: float,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return likelihood-ratio tests of each term, left out and entered in order.

    A term that is part of interactions is left out together with them: without it alone the
    test would depend on where its predictors have their zero.

    Parameters
    ----------
    likelihood : Likelihood
    names : tuple of str
        Of the coefficients.
    terms : dict of str to tuple of int
        Each term to its coefficients.
    slopes : sequence of int
        Coefficients that the null model lacks.
    maximum, null : Maximum
        Of the whole model and of the null model.
    top : float
        Log-likelihood of the saturated model, in nats.

    Returns
    -------
    per_term : pandas.DataFrame
        ``with`` (interactions left out too), ``df``, ``likelihood_ratio``, ``p``.
    entry : pandas.DataFrame
        ``deviance`` once the term is in, ``df``, ``likelihood_ratio``, ``p``.
    """
    everything = set(slopes)

    def fit(drop: set[int]) -> float:
        if not drop:
            return maximum.log_likelihood
        if drop == everything:
            return null.log_likelihood
        index = np.array(sorted(drop), dtype=int)
        kept = tuple(name for j, name in enumerate(names) if j not in drop)
        return maximise(without(likelihood, index), kept).log_likelihood

    per_term = []
    for term in terms:
        along = [t for t in terms if t != term and factors(term) < factors(t)]
        drop = {j for t in (term, *along) for j in terms[t]}
        test = _test(maximum.log_likelihood, fit(drop), len(drop))
        per_term.append((term, ", ".join(along), test.df, test.statistic, test.p))
    entry: list[tuple[str, float, float, float, float]] = []
    inside = set(range(len(names))) - everything
    before = null.log_likelihood
    entry.append(("(none)", 2.0 * (top - before), np.nan, np.nan, np.nan))
    for term, index in terms.items():
        inside |= set(index)
        now = fit(set(range(len(names))) - inside)
        test = _test(now, before, len(index))
        deviance = max(2.0 * (top - now), 0.0)
        entry.append((term, deviance, test.df, test.statistic, test.p))
        before = now
    tests = ["df", "likelihood_ratio", "p"]
    return (
        tables.Answer(per_term, columns=["term", "with", *tests]).set_index("term"),
        tables.Answer(entry, columns=["term", "deviance", *tests]).set_index("term"),
    )


_Side = tuple[Likelihood, Response, np.ndarray, float]


def likelihood_ratio(one: _Side, other: _Side) -> LikelihoodRatio:
    """Return the likelihood-ratio test of two nested models, once it is known to be valid.

    Parameters
    ----------
    one, other : tuple of (Likelihood, Response, row labels, log-likelihood)
        In either order.

    Raises
    ------
    DesignError
        If the rows, the outcome, its weights, the family or the link differ, or neither model
        is nested in the other.
    FitFailed
        If the larger model has the lower likelihood.
    """
    (rows, response, labels, value), (rows2, response2, labels2, value2) = one, other
    if len(labels) != len(labels2) or not np.array_equal(labels, labels2):
        raise DesignError(
            f"the models are of different rows ({len(labels)} and {len(labels2)}); expected the "
            "same rows in both; fit both to the rows that are complete for the larger one"
        )
    if not np.array_equal(rows.counts, rows2.counts):
        names = " and ".join(sorted({repr(response.name), repr(response2.name)}))
        raise DesignError(
            f"the models have different outcomes, trials or weights ({names}); expected the same; "
            "likelihoods of different outcomes cannot be compared"
        )
    if not _same_sets(rows, rows2):
        raise DesignError(
            "the models have different matched sets (strata=), or one has none; expected the same; "
            "likelihoods given different sets cannot be compared"
        )
    if (rows.family.name, rows.family.link) != (rows2.family.name, rows2.family.link):
        raise DesignError(
            f"the models are {rows.family.name} with link {rows.family.link!r} and "
            f"{rows2.family.name} with link {rows2.family.link!r}; expected the same family and "
            "link; compare them by leave-one-out with compare()"
        )
    if rows.size < rows2.size:
        return likelihood_ratio(other, one)
    df = rows.size - rows2.size
    shift = _offset(rows2) - _offset(rows)
    outside = _outside(rows.X, np.column_stack([rows2.X, shift]))
    if outside or df == 0:
        raise DesignError(
            f"the models are not nested: with {rows.size} and {rows2.size} coefficients, "
            + (
                "the smaller one's columns are not combinations of the larger one's"
                if df
                else "neither has more"
            )
            + "; expected all terms of one in the other; compare them by leave-one-out with "
            "compare()"
        )
    return _test(value, value2, df)


def _same_sets(rows: Likelihood, other: Likelihood) -> bool:
    if rows.sets is None or other.sets is None:
        return rows.sets is other.sets
    return np.array_equal(rows.sets, other.sets)


def _offset(rows: Likelihood) -> np.ndarray:
    return np.zeros(len(rows.X)) if rows.offset is None else rows.offset


def _outside(whole: np.ndarray, part: np.ndarray) -> bool:
    """Whether some column of ``part`` is not a combination of the columns of ``whole``."""
    scale = np.max(np.abs(whole), axis=0, initial=0.0)
    scale[scale == 0.0] = 1.0
    basis, _ = np.linalg.qr(whole / scale)
    rest = part - basis @ (basis.T @ part)
    return bool(np.any(np.abs(rest).max(axis=0) > 1e-8 * np.abs(part).max(axis=0)))
