"""Whether coefficients stay when an alternative is taken away."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from bayeslogit import tables
from bayeslogit.errors import DesignError, listing, nearest
from bayeslogit.inference.run import run
from bayeslogit.posterior.choice_rows import refuse_other_models
from bayeslogit.posterior.posterior import Posterior, refuse_point
from bayeslogit.priors import CoefficientPrior, GaussianPrior
from bayeslogit.specification.arrangements import layout_of
from bayeslogit.specification.specification import Specification
from bayeslogit.specification.subset import on_rows

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["check_alternatives"]


def check_alternatives(
    posterior: Posterior,
    without: str,
    *,
    random_seed: int | None = None,
    progressbar: bool = True,
    **options: Any,
) -> pd.DataFrame:
    """Fit again without an alternative, and return how far the other coefficients move.

    Under the independence of irrelevant alternatives the odds of two do not depend on what else
    there is, so that choices among the rest say the same. Where they do not, people who lose
    the alternative go to some of the others more than the model thinks (the red and the blue
    bus).

    Parameters
    ----------
    posterior : Posterior
        The fit.
    without : str
        The alternative; cases that chose it are left out.
    random_seed : int, optional
        Of the new fit; by default that of the fit.
    progressbar : bool
    **options
        Of the method of the fit.

    Returns
    -------
    pandas.DataFrame
        A row for each coefficient that both have: ``mean`` and ``sd`` of both fits (``_rest`` for
        that without), their ``difference`` and ``z``, the difference in units of the standard
        deviation that it would have if the model were right: the root of the difference of the
        variances (Hausman and McFadden). ``z`` is missing where that is not positive.

    Raises
    ------
    DesignError
        If there is no such alternative, it is the reference, or two others are not left.
    MethodRefused
        If the model is not one of choices, or the fit is a point estimate.

    See Also
    --------
    loo : How well each choice is predicted.

    References
    ----------
    Hausman, J. and McFadden, D. (1984). Specification tests for the multinomial logit model.
    doi:10.2307/1910997

    Examples
    --------
    >>> import bayeslogit as bl
    >>> model = bl.choice("chosen ~ wait + cost + time", bl.load_dataset("travel"),
    ...     alternatives="mode", case="trip", reference="car")
    >>> found = model.fit(random_seed=1).check_alternatives("air", progressbar=False)
    >>> found.index.tolist()
    ['wait', 'cost', 'time', 'bus: Intercept', 'train: Intercept']
    """
    among = refuse_other_models(posterior, "alternatives that are taken away")
    refuse_point(posterior, "a difference of posteriors")
    labels = among.labels
    if without not in labels[1:]:
        raise DesignError(
            f"without={without!r} is no alternative that can be taken away; expected one of "
            f"{listing(labels[1:])} (others are compared with {labels[0]!r}); name one of them, or "
            f"build the model with another reference=.{nearest(str(without), labels[1:])}"
        )
    if len(labels) < 3:
        raise DesignError(
            f"without={without!r} leaves the one alternative {labels[0]!r}; expected two or more "
            "that are left to choose from; there is nothing to compare"
        )
    rest, kept = _rest(posterior.model, labels.index(without))
    seed = posterior.seed if random_seed is None else random_seed
    chains, draws = posterior.outcome.draws.shape[:2]
    found = Posterior(
        rest,
        *run(
            rest,
            posterior.method,
            random_seed=seed,
            progressbar=progressbar,
            draws=draws,
            chains=chains,
            **options,
        ),
    )
    first, second = posterior.theta[kept], found.theta
    means, spreads = (
        [v.mean(axis=1) for v in (first, second)],
        [v.std(axis=1, ddof=1) for v in (first, second)],
    )
    difference = means[1] - means[0]
    variance = spreads[1] ** 2 - spreads[0] ** 2
    with np.errstate(invalid="ignore", divide="ignore"):
        z = np.where(variance > 0.0, difference / np.sqrt(variance), np.nan)
    columns = {
        "mean": means[0],
        "sd": spreads[0],
        "mean_rest": means[1],
        "sd_rest": spreads[1],
        "difference": difference,
        "z": z,
    }
    answer = tables.Answer(columns, index=list(rest.layout.names))
    answer.attrs = posterior.attrs
    answer.columns.name = f"without {without}"
    return answer


def _rest(model: Specification, gone: int) -> tuple[Specification, list[int]]:
    """Return the model of choices among the rest, and which coefficients it keeps."""
    among, sets = model.response.alternatives, model.response.sets
    assert among is not None
    assert sets is not None
    lost = np.zeros(len(sets.labels), dtype=bool)
    lost[sets.codes[(among.codes == gone) & (model.response.y == 1)]] = True
    rows = np.flatnonzero((among.codes != gone) & ~lost[sets.codes])
    if rows.size:
        # One that is left alone says nothing.
        alone = np.bincount(sets.codes[rows], minlength=len(lost)) < 2
        rows = rows[~alone[sets.codes[rows]]]
    if not rows.size:
        raise DesignError(
            f"without {among.labels[gone]!r} no case has two alternatives that it could choose; "
            "expected some; take away another one"
        )
    part = on_rows(model, rows)
    codes = among.codes[rows]
    left = replace(
        among,
        labels=tuple(name for k, name in enumerate(among.labels) if k != gone),
        codes=codes - (codes > gone),
    )
    layout = model.layout
    kept = [i for i, k in enumerate(layout.alternatives) if k != gone]
    design = model.design
    names = layout_of(
        "choice",
        design.names,
        design.term_columns,
        left.labels,
        intercept=design.intercept,
        partial=model.family.partial,
    ).names
    response = replace(part.response, alternatives=left)
    return replace(part, response=response, prior=_part(model.prior, kept, names)), kept


def _part(prior: CoefficientPrior, kept: list[int], names: tuple[str, ...]) -> CoefficientPrior:
    """Return the prior of some coefficients; that of an intercept names those of its own."""
    joint = prior.joint
    if joint is not None:
        covariance = joint.covariance[np.ix_(kept, kept)]
        return replace(prior, names=names, joint=GaussianPrior(joint.mean[kept], covariance))
    place = {i: k for k, i in enumerate(kept)}
    rows = [r for r, i in enumerate(prior.moved) if i in place and prior.center is not None]
    return replace(
        prior,
        names=names,
        parts=tuple((np.array([k]), prior.single(i)) for k, i in enumerate(kept)),
        center=prior.center[rows][:, kept] if prior.center is not None and rows else None,
        moved=tuple(place[prior.moved[r]] for r in rows),
        as_given=tuple(place[i] for i in prior.as_given if i in place),
    )
