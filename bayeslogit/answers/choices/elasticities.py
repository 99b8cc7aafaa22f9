"""Elasticities: how shares answer to small changes of one predictor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from bayeslogit import tables
from bayeslogit.errors import DesignError, listing, nearest
from bayeslogit.numerics.intervals import Region
from bayeslogit.numerics.within import shares_within
from bayeslogit.posterior.choice_rows import choice_rows, refuse_other_models, varying
from bayeslogit.posterior.interval_summary import settings_of, summarise
from bayeslogit.posterior.posterior import Posterior
from bayeslogit.tables.columns import Column
from bayeslogit.tables.table import Table

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["elasticities"]

# Half the relative step of a central difference: its error is of the order of this, squared.
_STEP = 1e-5


def elasticities(
    posterior: Posterior, variable: str, new: Any = None, **interval: Unpack[Region]
) -> pd.DataFrame:
    """Return own and cross elasticities of the shares by a predictor of alternatives.

    By how many percent the share of an alternative changes where the predictor of one alternative
    rises by one percent in every case.

    Parameters
    ----------
    posterior : Posterior
        The fit.
    variable : str
        A column of numbers that stands before the bar of the formula.
    new : table, optional
        Sets as :meth:`Fit.predict` takes them; the fitted ones by default.
    **interval
        ``ci_prob``, ``ci_kind`` and ``rope``, as in :meth:`Fit.predict`.

    Returns
    -------
    pandas.DataFrame
        A row for each pair: ``of`` the alternative whose predictor rises, ``share`` the one that
        answers; ``mean``, ``sd``, interval and ``p_positive`` (for a point estimate
        ``estimate``). Where both are one, the elasticity is its own.

    Raises
    ------
    DesignError
        If the column is not a number of the formula that differs within cases.
    MethodRefused
        If the model is not one of choices.

    See Also
    --------
    shares : Shares under larger changes.

    Notes
    -----
    Of one case, cross elasticities are the same for all alternatives: the independence of
    irrelevant alternatives. Of the shares of many cases they differ, because cases do.

    References
    ----------
    Train, K. E. (2009). Discrete Choice Methods with Simulation, section 3.6.
    doi:10.1017/CBO9780511805271

    Examples
    --------
    >>> import bayeslogit as bl
    >>> model = bl.choice("chosen ~ wait + cost + time | income", bl.load_dataset("travel"),
    ...     alternatives="mode", case="trip")
    >>> table = model.fit("map").elasticities("cost")
    >>> table[table["of"] == table["share"]].set_index("of")["estimate"].round(2).to_dict()
    {'air': -0.1, 'bus': -0.05, 'car': -0.03, 'train': -0.05}
    """
    among = refuse_other_models(posterior, "elasticities")
    settings = settings_of(posterior, interval, elasticities)
    found = choice_rows(posterior, new)
    model = posterior.model
    table = model.design.table()
    known = [name for name in varying(model) if table.kind(name) == "number"]
    if variable not in known:
        raise DesignError(
            f"{variable!r} is no number that differs between the alternatives of a case; expected "
            f"one of {listing(known)}; name one of them.{nearest(str(variable), known)}"
        )
    labels, weight = among.labels, found.weights[found.sets]
    own = found.table.column(variable)
    K = len(labels)
    change, share = np.zeros((K, K, posterior.n_draws)), np.zeros((K, posterior.n_draws))
    steps = [_moved(found.table, variable, own, f) for f in (1.0 + _STEP, 1.0 - _STEP)]
    by = [model.design.code(moved)[0] for moved in steps]
    for rows, start in found.blocks(posterior.n_draws):
        codes, w = found.codes[rows], weight[rows, None]
        base = found.utilities(posterior, rows)
        prob = shares_within(base, start)
        np.add.at(share, codes, prob * w)
        difference = model.layout.of_rows(by[0][rows] - by[1][rows], codes)
        slope = difference @ posterior.theta / (2.0 * _STEP)
        size = np.diff(np.append(start, len(rows)))
        for k in range(K):
            # dp_i = p_i ([i = k] - p_k) du_k, with u_k by the logarithm of the predictor.
            pull = np.where((codes == k)[:, None], prob * slope, 0.0)
            every = np.repeat(np.add.reduceat(pull, start), size, axis=0)
            np.add.at(change[k], codes, (pull - prob * every) * w)
    with np.errstate(divide="ignore", invalid="ignore"):
        drawn = np.where(share > 0.0, change / share, 0.0)
    told = summarise(drawn.reshape(K * K, -1), settings)
    if not posterior.point:
        told = {"mean" if k == "estimate" else k: v for k, v in told.items()}
    pairs = {
        "of": np.repeat(np.array(labels, dtype=object), K),
        "share": np.tile(np.array(labels, dtype=object), K),
    }
    answer = tables.Answer(pairs | told)
    answer.attrs = posterior.attrs
    answer.columns.name = f"elasticity by {variable}"
    return answer


def _moved(table: Table, variable: str, own: Column, factor: float) -> Table:
    return table.replaced({variable: Column("number", own.values * factor)})
