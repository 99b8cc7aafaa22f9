"""The effects of groups: how far each is from a typical one, and how it ranks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

import numpy as np

from bayeslogit import tables
from bayeslogit.errors import DesignError, listing, nearest
from bayeslogit.numerics.intervals import Region
from bayeslogit.posterior.interval_summary import settings_of
from bayeslogit.posterior.posterior import Posterior
from bayeslogit.specification.layout import Scale

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["effect_draws", "group_effects", "scale_of"]

KINDS = ("effect", "coefficient")


def scale_of(posterior: Posterior, group: str | None) -> tuple[int, Scale]:
    """Return a group-level term by its grouping or its text, and its position.

    Parameters
    ----------
    posterior : Posterior
    group : str or None
        None for the only one.

    Raises
    ------
    DesignError
        If there is no such term, or None is given and there are several.
    """
    scales = posterior.model.layout.scales
    known = [name for scale in scales for name in dict.fromkeys((scale.factor, scale.term))]
    if not scales:
        raise DesignError(
            "the model has no group-level terms; expected a formula with a term such as "
            "(1 | school); ask for summary()"
        )
    if group is None and len(scales) == 1:
        return 0, scales[0]
    found = [k for k, scale in enumerate(scales) if group in (scale.factor, scale.term)]
    if group is None:
        raise DesignError(
            f"the model has {len(scales)} group-level terms and none was named; expected one of "
            f"{listing(known)}; write for example {known[0]!r}"
        )
    if len(found) != 1:
        raise DesignError(
            f"group={group!r} names {len(found) or 'no'} group-level terms; expected one of "
            f"{listing(known)}; name one of them." + nearest(str(group), known)
        )
    return found[0], scales[found[0]]


def effect_draws(posterior: Posterior, scale: Scale) -> np.ndarray:
    """Return draws of the effects of a term, (effects, levels, draws).

    Where draws were not kept, evenly spaced quantiles stand for them, of each effect alone.

    Parameters
    ----------
    posterior : Posterior
    scale : Scale
        The term.
    """
    kept = posterior.outcome.effects
    if kept is None:
        found: np.ndarray = posterior.given[scale.index]
    else:
        found = kept.quantiles[scale.index - len(posterior.model.fixed_layout.names)]
    return found


def _of_all_groups(posterior: Posterior, scale: Scale) -> list[int]:
    """Return the positions of the coefficients that the effects of a group are added to."""
    names = posterior.model.fixed_layout.names
    for effect in scale.effects:
        if effect not in names:
            ordered = posterior.model.family.arrangement == "ordered" and effect == "Intercept"
            raise DesignError(
                f"({scale.term}) has an effect on {effect!r}, to which "
                + ("cutpoints stand" if ordered else "no coefficient stands")
                + f" beside it; expected one of {listing(names)} for each effect; "
                + (
                    "subtract the effect from each cutpoint, or ask for kind='effect'"
                    if ordered
                    else f"add {effect} to the formula, or ask for kind='effect'"
                )
            )
    return [names.index(effect) for effect in scale.effects]


def group_effects(
    posterior: Posterior,
    group: str | None = None,
    *,
    kind: str = "effect",
    **interval: Unpack[Region],
) -> pd.DataFrame:
    """Return the effects or the coefficients of each group, on the scale of the linear predictor.

    An effect is the difference of a group from a group whose effects are zero; a coefficient is
    that of all groups plus the effect, so the slope or intercept in that group (where there are
    other groupings, at effects of zero there). Groups with few rows are drawn towards the others;
    ``share`` beside it is what was observed.

    Parameters
    ----------
    posterior : Posterior
        The fit.
    group : str, optional
        The grouping (``"school"``) or term (``"1 + x | school"``); may be left out if there is
        one.
    kind : {"effect", "coefficient"}
        Differences from a typical group, or what holds in the group.
    **interval
        ``ci_prob`` and ``ci_kind`` of the interval; by default ArviZ's ``rcParams``.

    Returns
    -------
    pandas.DataFrame
        A row for each group and effect: ``cases`` (rows times weights and trials), ``share`` (of
        two classes, the observed share of the event), ``mean``, ``sd`` and interval of the effect
        or coefficient (log-odds for the logit link), ``rank`` (posterior mean, 1 for the
        highest) and ``p_best`` (probability of being the highest). A point estimate has
        ``estimate`` and ``rank``.

    Raises
    ------
    DesignError
        If there is no such term or kind, or the coefficients of the formula lack the effect.
    MethodRefused
        If coefficients are asked for and the draws of the effects were not kept.

    See Also
    --------
    plot_groups : The same as a picture, with what was observed of each group.
    summary : Coefficients, standard deviations and correlations.
    predict : Probabilities of rows in known, typical and new groups.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> data = {"y": [4, 9, 1, 6], "n": [10, 12, 11, 9], "ward": ["a", "b", "c", "d"]}
    >>> fit = bl.binomial("y ~ 1 + (1 | ward)", data, trials="n").fit("map")
    >>> fit.group_effects().set_index("group")["rank"].astype(int).to_dict()
    {'a': 3, 'b': 1, 'c': 4, 'd': 2}
    >>> inside = fit.group_effects(kind="coefficient")
    >>> bool(inside["estimate"].between(-3, 2).all())
    True
    """
    if kind not in KINDS:
        raise DesignError(
            f"kind={kind!r} is not known; expected one of {listing(KINDS)}; choose one of them."
            + nearest(str(kind), KINDS)
        )
    place, scale = scale_of(posterior, group)
    settings = settings_of(posterior, interval, group_effects)
    model, grouping = posterior.model, posterior.model.design.groups[place]
    levels, effects = len(grouping.levels), len(scale.effects)
    kept = posterior.outcome.effects
    # (effects, levels, draws), or quantiles in place of draws.
    draws = effect_draws(posterior, scale) if kind == "effect" else posterior.given[scale.index]
    if kind == "coefficient":
        draws += posterior.given[_of_all_groups(posterior, scale)][:, None]
    counts = np.stack(
        [np.bincount(grouping.codes, column, levels) for column in model.counts.T], axis=1
    )
    cases = counts.sum(axis=1)
    columns = {
        "group": np.tile(np.array(grouping.levels, dtype=object), effects),
        "effect": np.repeat(np.array(scale.effects, dtype=object), levels),
        "cases": np.tile(cases, effects),
    }
    if counts.shape[1] == 2:
        with np.errstate(invalid="ignore"):
            columns["share"] = np.tile(counts[:, 1] / cases, effects)
    if kept is not None:
        places = scale.index - len(model.fixed_layout.names)
        columns |= {"mean": kept.mean[places].ravel(), "sd": kept.sd[places].ravel()}
    else:
        ranks = levels - np.argsort(np.argsort(draws, axis=1), axis=1)
    if posterior.point:
        columns["estimate"] = draws[:, :, 0].ravel()
        columns["rank"] = ranks[:, :, 0].ravel()
    else:
        if kept is None:
            columns["mean"] = draws.mean(axis=2).ravel()
            columns["sd"] = draws.std(axis=2, ddof=1).ravel()
        for name, bound in zip(settings.names, settings.bounds(draws), strict=True):
            columns[name] = bound.ravel()
        columns |= {name: share.ravel() for name, share in settings.region(draws).items()}
        if kept is None:
            columns["rank"] = ranks.mean(axis=2).ravel()
            columns["p_best"] = (ranks == 1).mean(axis=2).ravel()
        else:
            columns |= {"rank": kept.rank[places].ravel(), "p_best": kept.best[places].ravel()}
    table = tables.Answer(columns)
    table.attrs = posterior.attrs | {"term": scale.term, "kind": kind}
    table.columns.name = f"({scale.term})"
    return table
