"""Predictions along one predictor, the others held."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Unpack, cast

import numpy as np

from bayeslogit.answers.prediction.predict import predict
from bayeslogit.answers.prediction.profile_rows import curve_rows
from bayeslogit.numerics.intervals import Interval
from bayeslogit.posterior.posterior import Posterior

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["curve"]


def curve(
    posterior: Posterior,
    name: str,
    values: Any = None,
    *,
    at: Mapping[str, Any] | None = None,
    kind: str = "probability",
    scores: Any = None,
    offset: float = 0.0,
    **interval: Unpack[Interval],
) -> pd.DataFrame:
    """Return predictions along one predictor.

    Parameters
    ----------
    posterior : Posterior
        The fit.
    name : str
        The predictor that moves.
    values : array, optional
        Its values; by default 101 over the range of the data, or its levels.
    at : dict, optional
        Values of other predictors; by default their mean, or most frequent level.
    kind, scores : optional
        As in :func:`predict`: probabilities by default.
    offset : float
        Added to the linear predictor.
    **interval
        ``ci_prob`` and ``ci_kind`` of the interval; by default ArviZ's ``rcParams``.

    Returns
    -------
    pandas.DataFrame
        A column named as the predictor, then those of :func:`predict`.

    See Also
    --------
    predict : Predictions of rows.
    solve : From a probability back to the predictor.
    plot_curve : The same as a picture.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> fit = bl.logistic("passed ~ hours", bl.load_dataset("exam"), priors="flat").fit("map")
    >>> fit.curve("hours", [2, 4]).round(4)
    P(passed = 1)  hours  estimate
    0                  2    0.2557
    1                  4    0.8744
    """
    rows = curve_rows(posterior.model.design, name, values, at)
    found = predict(posterior, rows, kind=kind, scores=scores, offset=offset, **interval)
    table = cast("pd.DataFrame", found)
    classes = len(table) // len(rows[name])
    table.insert(0, name, np.repeat(rows[name], classes))
    return table
