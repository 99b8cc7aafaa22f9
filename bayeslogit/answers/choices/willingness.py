"""What attributes of alternatives are worth, in units of the price."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

import numpy as np

from bayeslogit import tables
from bayeslogit.errors import DesignError, listing, nearest, warn
from bayeslogit.numerics.intervals import Region
from bayeslogit.posterior.choice_rows import refuse_other_models
from bayeslogit.posterior.interval_summary import settings_of, summarise
from bayeslogit.posterior.posterior import Posterior

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["willingness_to_pay"]

# A share of draws on the other side of zero above which a ratio has no moments worth the name.
_DOUBT = 0.005


def willingness_to_pay(
    posterior: Posterior, price: str, **interval: Unpack[Region]
) -> pd.DataFrame:
    """Return what a unit of each predictor is worth, in units of the price.

    The ratio of its coefficient to that of the price, with the sign turned: the rise of the price
    that takes back what one unit more gives.

    Parameters
    ----------
    posterior : Posterior
        The fit.
    price : str
        The coefficient of the price.
    **interval
        ``ci_prob``, ``ci_kind`` and ``rope``, as in :meth:`Fit.predict`.

    Returns
    -------
    pandas.DataFrame
        A row for each other coefficient: ``median`` and interval (for a point estimate
        ``estimate``), in units of the price for one of the predictor. A ratio may have no mean.

    Raises
    ------
    DesignError
        If the price has no coefficient that all alternatives share.
    MethodRefused
        If the model is not one of choices.

    Warns
    -----
    BayesLogitWarning
        If the coefficient of the price may be zero or of either sign: then the ratio is unbounded
        where it is near zero, and its quantiles say little.

    See Also
    --------
    summary : The coefficients.

    Examples
    --------
    What a minute of waiting and one of travelling are worth, in dollars:

    >>> import bayeslogit as bl
    >>> model = bl.choice("chosen ~ wait + cost + time", bl.load_dataset("travel"),
    ...     alternatives="mode", case="trip", priors="flat")
    >>> found = model.fit("map").willingness_to_pay("cost")
    >>> found["estimate"].round(2).to_dict()["wait"]
    -6.96
    """
    among = refuse_other_models(posterior, "willingnesses to pay")
    settings = settings_of(posterior, interval, willingness_to_pay)
    layout = posterior.model.layout
    shared = [name for name, k in zip(layout.names, layout.alternatives, strict=True) if not k]
    if price not in shared:
        raise DesignError(
            f"{price!r} is no coefficient that all alternatives share; expected one of "
            f"{listing(shared) or 'none, for the formula has none'}; write the price before the "
            f"bar of the formula, and name it here.{nearest(str(price), shared)}"
        )
    place = layout.names.index(price)
    draws = posterior.given[place]
    minority = min(float((draws > 0.0).mean()), float((draws < 0.0).mean()))
    if not posterior.point and minority > _DOUBT:
        warn(
            f"the coefficient of {price!r} has the other sign in {100 * minority:.2g} % of draws, "
            "so that it may be zero and ratios to it are unbounded; expected a price that surely "
            "matters; read the coefficients themselves, or give the price a prior of one sign's "
            "side such as Normal(-0.05, 0.02)"
        )
    others = [i for i in range(len(layout.names)) if i != place]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = -posterior.given[others] / draws
    ratio = np.where(np.isnan(ratio), 0.0, ratio)
    found = summarise(ratio, settings, median=True, null=None)
    if not posterior.point:
        found = {"median" if k == "estimate" else k: v for k, v in found.items()}
    answer = tables.Answer(found, index=[layout.names[i] for i in others])
    answer.attrs = posterior.attrs
    answer.columns.name = f"{price} for one unit (reference {among.labels[0]})"
    return answer
