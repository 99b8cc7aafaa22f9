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
from dataclasses import replace
from typing import Any, NoReturn

import numpy as np

from bayeslogit.errors import DesignError, listing, nearest
from bayeslogit.inference import Gaussian
from bayeslogit.posterior.posterior import Population, Posterior, refuse_point
from bayeslogit.runtime.seeds import generator

__all__ = [
    "corrected_theta",
    "in_population",
    "intercept_shift",
    "only_of_the_sample",
    "population_weights",
    "prevalence_draws",
]


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
    moved: np.ndarray = (
        np.log(prevalence) - np.log1p(-prevalence) - np.log(share) + np.log1p(-share)
    )
    return moved


def _shares(posterior: Posterior) -> np.ndarray:
    """Return the weighted share of each class among the fitted cases, (classes,)."""
    totals = posterior.model.counts.sum(axis=0)
    shares: np.ndarray = totals / totals.sum()
    return shares


def _refuse(posterior: Posterior) -> None:
    family, design = posterior.model.family, posterior.model.design
    if posterior.model.response.alternatives is not None:
        posterior.warn_of_risks("shares of a population")
    if family.coupled:
        raise DesignError(
            "a known prevalence was given to a model with strata=, whose sets have no intercepts "
            "that it could correct: each may have another; expected a model with one; fit without "
            "strata= and with what was matched on as predictors, case_control=True"
        )
    known = family.arrangement in ("plain", "several") or family.name == ADJACENT
    if family.link != "logit" or not known:
        raise DesignError(
            f"a known prevalence was given to the {family.name} family with link {family.link!r}; "
            "expected the logit link, and classes without an order or compared with their "
            "neighbours, because slopes of others do not survive sampling by the outcome; fit "
            "logistic(), binomial(), multinomial() or ordinal(form='adjacent')"
        )
    none = _shares(posterior) == 0.0
    if none.any():
        name = posterior.model.response.classes[int(np.argmax(none))]
        raise DesignError(
            f"a known prevalence was given to a sample without a case of {name!r}; expected cases "
            "of every class, because the share among them is what is corrected; add rows of it"
        )
    if not design.intercept:
        raise DesignError(
            "a known prevalence was given to a model without an intercept, which is what it "
            "corrects; expected one; leave - 1 or + 0 out of the formula"
        )


def prevalence_draws(posterior: Posterior, prevalence: Any, rng: np.random.Generator) -> np.ndarray:
    """Return the share of each class in the population, (classes, draws).

    Parameters
    ----------
    posterior : Posterior
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
    _refuse(posterior)
    classes = posterior.model.response.classes
    if isinstance(prevalence, Mapping):
        return _of_classes(prevalence, classes, posterior.n_draws)
    if posterior.several:
        raise DesignError(
            f"one prevalence {prevalence!r} was given for {len(classes)} classes; expected a dict "
            f"with a share for each of {listing(classes)}"
        )
    if np.ndim(prevalence) == 0 and not isinstance(prevalence, int | float | np.number):
        refuse_point(posterior, "a distribution of the prevalence")
        try:
            found = prevalence.rvs(size=posterior.n_draws, random_state=rng)
        except AttributeError:
            raise DesignError(
                f"prevalence={prevalence!r} is a {type(prevalence).__name__}; expected a number "
                "between 0 and 1, an array of draws, or a frozen distribution such as "
                "scipy.stats.beta(2, 998)"
            ) from None
        event = np.asarray(found, dtype=float)
    elif np.ndim(prevalence) == 0:
        event = np.full(posterior.n_draws, float(prevalence))
    else:
        refuse_point(posterior, "a distribution of the prevalence")
        given = np.asarray(prevalence, dtype=float).ravel()
        _check_shares(given)
        event = rng.permutation(np.resize(rng.permutation(given), posterior.n_draws))
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


def corrected_theta(posterior: Posterior, prevalence: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return coefficients with corrected intercepts, and what was added to these.

    Parameters
    ----------
    posterior : Posterior
    prevalence : ndarray, shape (classes, draws)

    Returns
    -------
    theta : ndarray, shape (coefficients, draws)
    shift : ndarray, shape (intercepts, draws)
        In log-odds against the first class; of the adjacent family, against the next one.
    """
    shares = _shares(posterior)[:, None]
    logs = np.log(prevalence) - np.log(shares)
    theta = posterior.theta.copy()
    if posterior.model.family.name == ADJACENT:
        # Cutpoints, which come first: log-odds of each class against the next.
        shift = logs[:-1] - logs[1:]
        theta[: len(shift)] += shift
        return theta, shift
    # Against the first class, so that two classes are a case of several.
    shift = logs[1:] - logs[:1]
    theta[:: len(posterior.model.design.fixed.names)][: len(shift)] += shift
    return theta, shift


def population_weights(posterior: Posterior, prevalence: np.ndarray) -> np.ndarray:
    """Return weights of the fitted rows that make their classes as common as in the population.

    Averages over the fitted rows are then averages over the population.

    Parameters
    ----------
    posterior : Posterior
    prevalence : ndarray, shape (classes, draws)
        Shares of the classes in the population, between 0 and 1; they are averaged over draws.

    Returns
    -------
    ndarray, shape (rows,)
        Frequency weights; those of the fit are in them.
    """
    ratio = prevalence.mean(axis=1) / _shares(posterior)
    model = posterior.model
    cases = model.frequencies
    counts = model.counts @ ratio
    own = np.ones(len(cases)) if model.weights is None else model.weights
    weights: np.ndarray = own * np.divide(counts, cases, out=np.zeros_like(cases), where=cases > 0)
    return weights


def in_population(
    posterior: Posterior, prevalence: Any, random_seed: int | None = None
) -> Posterior:
    """Return the posterior in a population in which the share of cases is known.

    Parameters
    ----------
    posterior : Posterior
        Given the sample.
    prevalence : float, array, scipy.stats distribution, or dict
        See :func:`prevalence_draws`.
    random_seed : int, optional
        For draws of a distribution; by default derived from the seed of the fit.

    Returns
    -------
    Posterior
        With corrected intercepts, weights that make classes as common as in the population, and
        the sample in ``population``.
    """
    model, outcome = posterior.model, posterior.outcome
    rng = generator(random_seed, [posterior.seed or 0, 5])
    shares = prevalence_draws(posterior, prevalence, rng)
    theta, shift = corrected_theta(posterior, shares)
    gaussian = outcome.gaussian if posterior.point else None
    if gaussian is not None:
        # A known prevalence moves the mode, and nothing of the curvature there.
        gaussian = Gaussian(theta[:, 0], gaussian.covariance)
    corrected = replace(
        outcome,
        draws=np.ascontiguousarray(theta.T.reshape(outcome.draws.shape)),
        gaussian=gaussian,
        evidence=None,
        label=f"{outcome.label}; intercept corrected to a prevalence of {_in_words(shares)}",
    )
    return replace(
        posterior,
        model=replace(
            model,
            weights=population_weights(posterior, shares),
            response=replace(model.response, case_control=False),
        ),
        outcome=corrected,
        population=Population(posterior, shares, shift),
    )


def _in_words(shares: np.ndarray) -> str:
    events = shares[1:]
    spread = np.ptp(events, axis=1).max() > 0.0
    shown = ", ".join(f"{v:.4g}" for v in events.mean(axis=1))
    return f"{shown} on average" if spread else shown


class _OfTheSampleError(DesignError, AttributeError):
    """A figure or file that belongs to the sample, not to the population."""


def only_of_the_sample(name: str) -> property:
    """Return a property that refuses, and names the verb of the sample instead.

    Parameters
    ----------
    name : str
        The verb that has no meaning for a population.

    Examples
    --------
    >>> only_of_the_sample("loo").fget(None)
    Traceback (most recent call last):
        ...
    bayeslogit.answers.adjustment.prevalence._OfTheSampleError: loo is about the sample, ...
    """

    def refuse(self: Any) -> NoReturn:
        raise _OfTheSampleError(
            f"{name} is about the sample, in which the share of cases was chosen, and not about "
            "the population; expected predictions, effects, forecasts or decisions; use "
            f".sample.{name} (on the command line leave --prevalence out)"
        )

    return property(refuse)
