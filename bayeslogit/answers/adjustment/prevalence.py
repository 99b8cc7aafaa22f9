"""From a sample with a chosen share of cases to a population where the share is known.

Where cases and controls are sampled separately, a logit model's slopes are those of the
population and only its intercept is off, by a number that the two shares give. The same holds
for rows that were weighted by class.

References
----------
Prentice, R. L. and Pyke, R. (1979). Logistic disease incidence models and case-control studies.
doi:10.1093/biomet/66.3.403
King, G. and Zeng, L. (2001). Logistic regression in rare events data.
doi:10.1093/oxfordjournals.pan.a004868
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from bayeslogit.errors import DesignError, listing, nearest
from bayeslogit.posterior.interval_summary import refuse_point
from bayeslogit.posterior.posterior import Pieces

__all__ = ["corrected_theta", "intercept_shift", "population_weights", "prevalence_draws"]


# The odds of neighbouring classes change by a factor, as those of a multinomial model do.
ADJACENT = "adjacent"


def intercept_shift(prevalence: Any, share: Any) -> Any:
    """Return what is added to the intercept, in log-odds.

    Parameters
    ----------
    prevalence : float or ndarray
        Share of cases in the population.
    share : float or ndarray
        Share of cases in the sample.

    Examples
    --------
    >>> round(float(intercept_shift(1e-4, 1 / 6)), 9)
    -7.600802455
    """
    prevalence, share = np.asarray(prevalence, dtype=float), np.asarray(share, dtype=float)
    return np.log(prevalence) - np.log1p(-prevalence) - np.log(share) + np.log1p(-share)


def _shares(pieces: Pieces) -> np.ndarray:
    """Return the weighted share of each class among the fitted cases, (classes,)."""
    totals = pieces.counts.sum(axis=0)
    return totals / totals.sum()


def _refuse(pieces: Pieces) -> None:
    family, design = pieces.family, pieces.design
    known = family.arrangement in ("plain", "several") or family.name == ADJACENT
    if family.link != "logit" or not known:
        raise DesignError(
            f"a known prevalence was given to the {family.name} family with link {family.link!r}; "
            "expected the logit link, and classes without an order or compared with their "
            "neighbours, because slopes of others do not survive sampling by the outcome; fit "
            "logistic(), binomial(), multinomial() or ordinal(form='adjacent')"
        )
    if not design.intercept:
        raise DesignError(
            "a known prevalence was given to a model without an intercept, which is what it "
            "corrects; expected one; leave - 1 or + 0 out of the formula"
        )


def prevalence_draws(pieces: Pieces, prevalence: Any, rng: np.random.Generator) -> np.ndarray:
    """Return the share of each class in the population, (classes, draws).

    Parameters
    ----------
    pieces : Pieces
    prevalence : float, array, scipy.stats distribution, or dict of class to float
        One number; draws of a distribution (any number of them, matched to those of the
        posterior at random); a frozen distribution; or of several classes a share for each.
    rng : numpy.random.Generator

    Raises
    ------
    DesignError
        If a share is not strictly between 0 and 1, or the shares do not sum to one.
    MethodRefused
        If a distribution meets a point estimate.
    """
    _refuse(pieces)
    classes = pieces.response.classes
    if isinstance(prevalence, Mapping):
        return _of_classes(prevalence, classes, pieces.draws)
    if pieces.several:
        raise DesignError(
            f"one prevalence {prevalence!r} came for {len(classes)} classes; expected a dict with "
            f"a share for each of {listing(classes)}"
        )
    if np.ndim(prevalence) == 0 and not isinstance(prevalence, int | float | np.number):
        refuse_point(pieces, "a distribution of the prevalence")
        try:
            found = prevalence.rvs(size=pieces.draws, random_state=rng)
        except AttributeError:
            raise DesignError(
                f"prevalence={prevalence!r} is a {type(prevalence).__name__}; expected a number "
                "between 0 and 1, an array of draws, or a frozen distribution such as "
                "scipy.stats.beta(2, 998)"
            ) from None
        event = np.asarray(found, dtype=float)
    elif np.ndim(prevalence) == 0:
        event = np.full(pieces.draws, float(prevalence))
    else:
        refuse_point(pieces, "a distribution of the prevalence")
        given = np.asarray(prevalence, dtype=float).ravel()
        _check_shares(given)
        event = rng.permutation(np.resize(rng.permutation(given), pieces.draws))
    _check_shares(event)
    return np.stack([1.0 - event, event])


def _check_shares(shares: np.ndarray) -> None:
    wrong = ~((shares > 0.0) & (shares < 1.0))
    if shares.size == 0 or wrong.any():
        found = shares[wrong][0] if wrong.any() else "no value"
        raise DesignError(
            f"the prevalence is {found}; expected a share strictly between 0 and 1, such as 0.0001 "
            "for one in ten thousand"
        )


def _of_classes(prevalence: Mapping[Any, Any], classes: tuple[str, ...], draws: int) -> np.ndarray:
    given = {str(name): value for name, value in prevalence.items()}
    for name in given:
        if name not in classes:
            raise DesignError(
                f"prevalence names {name!r}, which is not a class of the outcome; expected a share "
                f"for each of {listing(classes)}." + nearest(name, classes)
            )
    missing = [name for name in classes if name not in given]
    if missing:
        raise DesignError(
            f"prevalence has no share for {listing(missing)}; expected one for each of "
            f"{listing(classes)}; add it"
        )
    shares = np.array([given[name] for name in classes], dtype=float)
    _check_shares(shares)
    if abs(shares.sum() - 1.0) > 1e-9:
        raise DesignError(
            f"the shares of the classes sum to {shares.sum():.6g}; expected 1; divide each by "
            "their sum"
        )
    return np.repeat(shares[:, None], draws, axis=1)


def corrected_theta(pieces: Pieces, prevalence: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return coefficients with corrected intercepts, and what was added to these.

    Parameters
    ----------
    pieces : Pieces
    prevalence : ndarray, shape (classes, draws)

    Returns
    -------
    theta : ndarray, shape (coefficients, draws)
    shift : ndarray, shape (intercepts, draws)
        In log-odds against the first class; of the adjacent family, against the next one.
    """
    shares = _shares(pieces)[:, None]
    logs = np.log(prevalence) - np.log(shares)
    theta = pieces.theta.copy()
    if pieces.family.name == ADJACENT:
        # Cutpoints, which come first: log-odds of each class against the next.
        shift = logs[:-1] - logs[1:]
        theta[: len(shift)] += shift
        return theta, shift
    # Against the first class, so that two classes are a case of several.
    shift = logs[1:] - logs[:1]
    theta[:: len(pieces.design.names)][: len(shift)] += shift
    return theta, shift


def population_weights(pieces: Pieces, prevalence: np.ndarray) -> np.ndarray:
    """Return weights of the fitted rows that make their classes as common as in the population.

    Averages over the fitted rows are then averages over the population.

    Returns
    -------
    ndarray, shape (rows,)
        Frequency weights; those of the fit are in them.
    """
    ratio = prevalence.mean(axis=1) / _shares(pieces)
    cases = pieces.frequencies
    counts = pieces.counts @ ratio
    own = np.ones(len(cases)) if pieces.weights is None else pieces.weights
    per_case = np.divide(counts, cases, out=np.zeros_like(cases), where=cases > 0)
    return own * per_case
