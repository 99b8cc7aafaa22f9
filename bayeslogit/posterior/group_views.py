"""The group that an answer is about: one of the fitted ones, a typical one, a new one, or all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from bayeslogit.errors import DesignError, listing, nearest
from bayeslogit.posterior.posterior import Posterior
from bayeslogit.specification.array_groups import with_ids
from bayeslogit.specification.effects import signs_of

__all__ = ["GROUPS", "as_seen", "default_along", "default_groups", "in_groups"]

GROUPS = ("known", "typical", "new", "average")
# Points of the Gaussian that stand for the groups of a population.
_HERMITE, _RANDOM = 31, 64


def as_seen(posterior: Posterior, groups: str | None, default: str = "known") -> Posterior:
    """Return a posterior whose answers are about the groups that are asked for.

    Parameters
    ----------
    posterior : Posterior
    groups : {"known", "typical", "new", "average"}, optional
        ``"known"``: each row is in one of the fitted groups. ``"typical"``: in a group whose
        effects are zero. ``"new"``: all rows are in one group that was not seen, whose effects
        are drawn from the learned distribution, draw by draw. ``"average"``: the mean of
        probabilities over all groups that there may be.
    default : str
        Taken where ``groups`` is None.

    Returns
    -------
    Posterior
        For all but ``"known"`` one of a model without group-level terms.

    Raises
    ------
    DesignError
        If the word is unknown, or is given for a model without group-level terms.
    """
    if groups is not None and groups not in GROUPS:
        raise DesignError(
            f"groups={groups!r} is not known; expected one of {listing(GROUPS)}; choose one of "
            "them." + nearest(groups, GROUPS)
        )
    if not posterior.model.design.groups:
        if groups is not None:
            raise DesignError(
                f"groups={groups!r} is given for a model without group-level terms; expected a "
                "formula with a term such as (1 | school); leave groups out"
            )
        return posterior
    chosen = groups or default
    if chosen == "known":
        return posterior
    typical = _without_effects(
        posterior, posterior.outcome.draws[:, :, posterior.model.layout.fixed]
    )
    if chosen == "typical":
        return typical
    shape = posterior.outcome.draws.shape[:2]
    seed = [posterior.seed or 0, 5]
    if chosen == "new":
        z = np.random.default_rng(seed).standard_normal((*shape, _effects(posterior)))
        return _without_effects(posterior, typical.outcome.draws + _moved(posterior, z))
    return replace(typical, nodes=_spread(posterior, typical, seed))


def in_groups(posterior: Posterior, newdata: Any, groups: Any) -> tuple[Any, Any]:
    """Return new rows with the groups that ``groups=`` says they are in, and the word that is left.

    Parameters
    ----------
    posterior : Posterior
    newdata : table, array, word or None
    groups : word, dict of str to array of shape (rows,), or None
        A dict has the group of each row, or one for all rows.

    Raises
    ------
    DesignError
        If a dict is given without new rows, or names no grouping of the model.
    """
    if not isinstance(groups, Mapping):
        return newdata, groups
    design = posterior.model.design
    known = tuple(dict.fromkeys(name for group in design.groups for name in group.columns))
    for name in groups:
        if name not in known:
            raise DesignError(
                f"groups= has {str(name)!r}, which is no grouping of the model; expected "
                f"{listing(known) or 'none, for it has no group-level terms'}; correct that name."
                + nearest(str(name), known)
            )
    if newdata is None or isinstance(newdata, str):
        raise DesignError(
            "groups= has the group of each row and there are no new rows; expected them together, "
            "because the fitted rows have their groups; pass newdata= too, or a word such as "
            "groups='typical'"
        )
    return with_ids(design.read_rows(newdata), groups), "known"


def default_groups(newdata: Any) -> str:
    """Return the groups that an answer is about where none are named.

    Rows are in groups of their own; a row that is named by a word, such as ``"mean"``, is in a
    typical one.
    """
    return "typical" if isinstance(newdata, str) else "known"


def default_along(posterior: Posterior, at: Mapping[str, Any] | None) -> str:
    """Return the group of a curve where none is said: one that ``at`` names, else a typical one.

    Parameters
    ----------
    posterior : Posterior
    at : mapping, optional
        Values at which predictors, or the groupings, are held.
    """
    columns = {name for group in posterior.model.design.groups for name in group.columns}
    return "known" if columns & set(at or ()) else "typical"


def _without_effects(posterior: Posterior, draws: np.ndarray) -> Posterior:
    """Return a posterior of the model without group-level terms."""
    model = posterior.model
    plain = replace(model, design=model.design.fixed, covariances=())
    outcome = replace(posterior.outcome, draws=draws, scales={}, effects=None, gaussian=None)
    return replace(posterior, model=plain, outcome=outcome)


def _effects(posterior: Posterior) -> int:
    return sum(covariance.effects for covariance in posterior.model.covariances)


def _moved(posterior: Posterior, z: np.ndarray) -> np.ndarray:
    """Return what group effects add to the coefficients, (..., coefficients).

    Parameters
    ----------
    posterior : Posterior
    z : ndarray, shape (chains, draws, ..., effects)
        Standard Gaussian effects, term by term.

    Raises
    ------
    DesignError
        If a term has an effect on a column that is not a term of the formula itself.
    """
    model, design = posterior.model, posterior.model.design
    fixed, layout = design.fixed, model.fixed_layout
    signs = signs_of(model.family.arrangement, model.family.n_eta)
    L, width = model.family.n_eta, len(fixed.names)
    basis = np.eye(L * width) if layout.basis is None else layout.basis
    back = np.linalg.pinv(basis)
    total: Any = 0.0
    at = 0
    for group, covariance, scale in zip(
        design.groups, model.covariances, model.layout.scales, strict=True
    ):
        missing = [name for name in group.effects if name not in fixed.names]
        if missing and not (missing == ["Intercept"] and model.family.arrangement == "ordered"):
            raise DesignError(
                f"({group.name}) has an effect on {missing[0]!r}, which is not a term of the "
                "formula itself; expected it there too, so that the effects of a group are "
                f"around a mean; add {missing[0]} to the formula, or ask for groups='known'"
            )
        places = [fixed.names.index(name) for name in group.effects]
        sd = posterior.outcome.scales[f"sd_{scale.suffix}"]
        mine = z[..., at : at + covariance.effects]
        at += covariance.effects
        correlations = posterior.outcome.scales.get(f"cor_{scale.suffix}")
        if correlations is not None:
            slack = 1e-12 * np.eye(covariance.effects)
            lower = np.linalg.cholesky(correlations + slack)
            mine = np.einsum("cdij,cd...j->cd...i", lower, mine)
        spread = sd.reshape(*sd.shape[:2], *[1] * (mine.ndim - 3), sd.shape[2])
        u = mine * spread
        turn = np.zeros((covariance.effects, L * width))
        for repeat in range(signs.shape[1]):
            for a, column in enumerate(places):
                row = repeat * len(places) + a
                turn[row, np.arange(L) * width + column] = signs[:, repeat]
        total = total + u @ (back @ turn.T).T
    return np.asarray(total)


def _spread(
    posterior: Posterior, typical: Posterior, seed: list[int]
) -> tuple[Posterior, np.ndarray]:
    """Return the posterior at nodes of the distribution of groups, and the weights of the nodes."""
    draws = typical.outcome.draws
    chains, length, P = draws.shape
    count = _effects(posterior)
    if count == 1:
        x, weights = np.polynomial.hermite_e.hermegauss(_HERMITE)
        weights = weights / weights.sum()
        z = np.broadcast_to(x[:, None], (chains, length, _HERMITE, 1))
    else:
        weights = np.full(_RANDOM, 1.0 / _RANDOM)
        half = np.random.default_rng(seed).standard_normal((chains, length, _RANDOM // 2, count))
        z = np.concatenate([half, -half], axis=2)
    moved = draws[:, :, None, :] + _moved(posterior, z)
    flat = moved.reshape(chains, length * len(weights), P)
    return _without_effects(posterior, flat), weights
