"""Leaving whole groups out: what a model says of a group that it has not seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bayeslogit.answers.comparison.folds import groups_of
from bayeslogit.answers.evaluation.integrated import group_integrals, integrand_for
from bayeslogit.errors import DesignError, MethodRefused, listing
from bayeslogit.inference.grouped.integrand import places_of
from bayeslogit.numerics.pareto import smooth_weights
from bayeslogit.posterior.posterior import Posterior, refuse_point
from bayeslogit.specification.density import Likelihood
from bayeslogit.specification.specification import Specification

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["density_given_data", "density_of_groups", "grouping_of", "leave_groups_out"]


def grouping_of(specification: Specification, groups: Any) -> tuple[np.ndarray, pd.Index]:
    """Return the group or matched set of each row, as a code from 0, and their names.

    Parameters
    ----------
    specification : Specification
    groups : str, array or None
        A grouping or a predictor of the model, or a value for each row; None for the only
        grouping there is.

    Raises
    ------
    DesignError
        If it is None and the model has no grouping, or several.
    """
    terms, sets = specification.design.groups, specification.response.sets
    if groups is None and sets is not None:
        import pandas as pd

        return sets.codes, pd.Index(sets.labels, name=sets.name)
    if groups is None:
        factors = list(dict.fromkeys(term.factor for term in terms))
        if len(factors) != 1:
            has = f"the groupings {listing(factors)}" if factors else "no group-level terms"
            raise DesignError(
                f"unit='group' was given, and the model has {has}; expected to know which groups "
                "are left out; name them, such as groups='school'"
            )
        groups = factors[0]
    import pandas as pd

    values = groups_of(groups, specification.design, specification.rows)
    found, codes = np.unique(np.asarray(values), return_inverse=True)
    term = next((t for t in terms if isinstance(groups, str) and groups == t.factor), None)
    names = pd.Index(found if term is None else np.asarray(term.levels)[found])
    if len(names) < 2:
        raise DesignError(
            f"unit='group' was given, and all {len(codes)} rows are in one group; expected at "
            "least two; name another grouping by groups="
        )
    return codes.ravel(), names.rename(groups if isinstance(groups, str) else None)


def _inside(specification: Specification, codes: np.ndarray, number: int) -> tuple[int, ...]:
    """Return the places of the terms whose effects only the rows of one group inform about."""
    found = []
    for place, term in enumerate(specification.design.groups):
        pairs = len(np.unique(np.stack([term.codes, codes]), axis=1).T)
        if pairs != len(np.unique(term.codes)):
            continue  # its levels are spread over groups, and other rows inform about them
        if pairs > number:
            raise MethodRefused(
                f"the groups of ({term.name}) lie within those that are left out, so that the "
                "effects of both are to be integrated; expected effects of one grouping; fit "
                f"again with kfold(groups=...), or leave out the groups of ({term.name})"
            )
        found.append(place)
    return tuple(found)


def density_of_groups(
    posterior: Posterior, codes: np.ndarray, number: int, *, progressbar: bool = True
) -> np.ndarray:
    """Return the log density of each group by each draw, (groups, draws), in nats.

    Effects of the groups themselves are integrated; those of other groupings are as drawn. Of
    fewer draws, evenly spaced, where there are many rows. Without combinatorial constants.

    Parameters
    ----------
    posterior : Posterior
    codes : ndarray of int, shape (rows,)
        Group of each row.
    number : int
        Of groups.
    progressbar : bool
        Show progress beyond two seconds.

    Raises
    ------
    MethodRefused
        If groups of another term lie within these, or a group has too many effects.
    """
    model, rows = posterior.model, np.arange(len(codes))
    if model.family.coupled:
        return _of_matched(posterior, codes, number)
    likelihood = Likelihood(
        model.family, model.design.X, model.counts, model.offset, basis=model.layout.basis
    )
    which = _inside(model, codes, number)
    if which:
        drawn = posterior.outcome.scales
        integrand = integrand_for(model, posterior.theta, drawn, which, likelihood, rows)
        logs = group_integrals(integrand, progressbar=progressbar)
        level = np.full(number, -1)
        level[codes] = model.design.groups[which[0]].codes
        own: np.ndarray = logs[level]
        return own
    result = np.zeros((number, posterior.n_draws))
    for some in likelihood.blocks(posterior.n_draws):
        eta = likelihood.eta(posterior.theta, some)
        np.add.at(result, codes[some], model.family.row_log_likelihood(eta, model.counts[some]))
    return result


def _of_matched(posterior: Posterior, codes: np.ndarray, number: int) -> np.ndarray:
    """Return the log density of groups of matched sets, (groups, draws), in nats."""
    likelihood = posterior.model.likelihood
    assert likelihood.sets is not None
    first = np.unique(likelihood.sets, return_index=True)[1]
    result = np.zeros((number, posterior.n_draws))
    np.add.at(result, codes[first], likelihood.pointwise(posterior.theta))
    return result


def _constants(specification: Specification, codes: np.ndarray, number: int) -> np.ndarray:
    """Return log combinatorial constants of each group, (groups,), in nats."""
    constants = specification.likelihood.constants
    each = np.zeros(len(codes)) if constants is None else constants
    return np.asarray(np.bincount(codes, each, number))


def leave_groups_out(
    posterior: Posterior, codes: np.ndarray, number: int, *, progressbar: bool = True
) -> tuple[np.ndarray, np.ndarray, np.ndarray, int]:
    """Return the log density of each group given all others, and with it, and Pareto k.

    Parameters
    ----------
    posterior : Posterior
    codes : ndarray of int, shape (rows,)
    number : int
    progressbar : bool

    Returns
    -------
    values, seen, k : ndarray, shape (groups,)
        In nats.
    draws : int
        How many were used.
    """
    refuse_point(posterior, "a leave-one-out prediction")
    logs = density_of_groups(posterior, codes, number, progressbar=progressbar)
    at = places_of(posterior.n_draws, logs.shape[1])
    weights = posterior.importance
    base = np.zeros(len(at)) if weights is None else weights[at] - weights[at].max()
    smooth, k = smooth_weights(base - logs)
    constants = _constants(posterior.model, codes, number)
    share = np.exp(base) / np.exp(base).sum()
    return _mean(logs, smooth) + constants, _mean(logs, share) + constants, k, len(at)


def density_given_data(
    posterior: Posterior, codes: np.ndarray, number: int, log_weights: np.ndarray | None
) -> np.ndarray:
    """Return the log density of each group by all draws, (groups,), in nats.

    Parameters
    ----------
    posterior : Posterior
        Of the rows of the groups; its draws may not have seen them.
    codes : ndarray of int, shape (rows,)
    number : int
    log_weights : ndarray, shape (draws,), optional
        Log of posterior over what the draws are from.
    """
    logs = density_of_groups(posterior, codes, number, progressbar=False)
    share = np.ones(logs.shape[1])
    if log_weights is not None:
        some = log_weights[places_of(len(log_weights), len(share))]
        share = np.exp(some - some.max())
    found = _mean(logs, share / share.sum())
    found += _constants(posterior.model, codes, number)
    return found


def _mean(logs: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the log of weighted means over draws, (groups,)."""
    top = logs.max(axis=1, keepdims=True)
    found: np.ndarray = top[:, 0] + np.log((np.exp(logs - top) * weights).sum(axis=1))
    return found
