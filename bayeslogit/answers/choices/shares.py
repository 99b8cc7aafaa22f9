"""Shares of alternatives, as things are or would be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from bayeslogit import tables
from bayeslogit.errors import DesignError
from bayeslogit.numerics.intervals import Region
from bayeslogit.posterior.choice_rows import ChoiceRows, choice_rows, refuse_other_models
from bayeslogit.posterior.interval_summary import settings_of, summarise
from bayeslogit.posterior.posterior import Posterior

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["shares"]


def shares(
    posterior: Posterior,
    scenario: Any = None,
    *,
    against: Any = None,
    offset: Any = None,
    **interval: Unpack[Region],
) -> pd.DataFrame:
    """Return the share of each alternative: the mean of its probability over cases.

    Parameters
    ----------
    posterior : Posterior
        The fit.
    scenario : table, optional
        Sets as :meth:`Fit.predict` takes them, with prices or alternatives as they would be; the
        fitted sets by default. Each of its cases counts once; fitted ones by their weights.
    against : table or True, optional
        Other sets that the shares are compared with; True for the fitted ones. The table then has
        the differences, in shares.
    offset : number or array of shape (rows,), optional
        Of the scenario, for a model that has one.
    **interval
        ``ci_prob``, ``ci_kind`` and ``rope``, as in :meth:`Fit.predict`.

    Returns
    -------
    pandas.DataFrame
        A row for each alternative: ``mean``, ``sd`` and interval (for a point estimate
        ``estimate``), in [0, 1]; of differences in [-1, 1], with ``p_positive``. An alternative
        that no case has has the share 0.

    Raises
    ------
    DesignError
        If a column is missing, or a case has an alternative twice.
    MethodRefused
        If the model is not one of choices.

    See Also
    --------
    predict : Probabilities of each case.
    elasticities : Changes for a small change of a predictor.

    Notes
    -----
    Shares of those who were asked, and not of a population, unless weights make them so. With
    intercepts of alternatives and flat priors they are the observed ones at the mode.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> travel = bl.load_dataset("travel")
    >>> model = bl.choice("chosen ~ wait + cost + time | income", travel,
    ...     alternatives="mode", case="trip", priors="flat")
    >>> fit = model.fit("map")
    >>> fit.shares()["estimate"].round(3).to_dict()
    {'air': 0.276, 'bus': 0.143, 'car': 0.281, 'train': 0.3}
    >>> cheaper = travel.assign(cost=travel["cost"].where(travel["mode"] != "train", 10))
    >>> fit.shares(cheaper, against=True)["estimate"].round(3).to_dict()
    {'air': -0.007, 'bus': -0.006, 'car': -0.009, 'train': 0.022}
    """
    among = refuse_other_models(posterior, "shares")
    settings = settings_of(posterior, interval, shares)
    if isinstance(against, bool) and not against:
        raise DesignError(
            "against=False compares with nothing; expected a table, or True for the fitted sets; "
            "leave it out"
        )
    drawn = _shares(posterior, choice_rows(posterior, scenario, offset=offset))
    if against is not None:
        other = choice_rows(posterior, None if against is True else against)
        drawn = drawn - _shares(posterior, other)
    found = summarise(drawn, settings, null=None if against is None else 0.0)
    if not posterior.point:
        found = {"mean" if k == "estimate" else k: v for k, v in found.items()}
    answer = tables.Answer(found, index=list(among.labels))
    answer.attrs = posterior.attrs
    answer.columns.name = "share" if against is None else "difference of shares"
    return answer.loc[sorted(among.labels)]


def _shares(posterior: Posterior, found: ChoiceRows) -> np.ndarray:
    """Return the share of each alternative, (alternatives, draws)."""
    if not len(found.X):
        raise DesignError(
            "the scenario has no rows, and shares are over all cases; expected at least one case; "
            "check how they were selected"
        )
    among = posterior.model.response.alternatives
    assert among is not None
    total = np.zeros((len(among.labels), posterior.n_draws))
    weight = found.weights[found.sets]
    for rows, _, prob in found.probabilities(posterior):
        np.add.at(total, found.codes[rows], prob * weight[rows, None])
    total /= found.weights.sum()
    return total
