"""How well probabilities tell events from others: ROC, precision against recall, areas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from bayeslogit.answers.evaluation.forecasting import Forecasting
from bayeslogit.answers.evaluation.ranking import area, curves, precision_recall_table, roc_table
from bayeslogit.answers.evaluation.replicates import replicate
from bayeslogit.errors import DesignError
from bayeslogit.posterior.posterior import Posterior

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["auc", "precision_recall", "roc"]


def roc(
    posterior: Posterior, *, draws: int | None = None, **options: Unpack[Forecasting]
) -> pd.DataFrame:
    """Return the ROC curve with a band.

    Parameters
    ----------
    posterior : Posterior
        The fit.
    draws : int, optional
        Return so many curves drawn from the posterior instead.
    **options
        As in :func:`confusion`.

    Returns
    -------
    pandas.DataFrame
        ``cutoff``, ``false_positive_rate``, ``sensitivity`` and its bounds; for ``draws``
        also ``draw`` and ``precision``, without bounds.

    Raises
    ------
    DesignError
        If an option is not known or out of its range, or a class of several must be named.

    See Also
    --------
    auc : The area under this curve.
    plot_roc : The same as a picture.

    References
    ----------
    Hanley, J. A. and McNeil, B. J. (1982). The meaning and use of the area under a receiver
    operating characteristic (ROC) curve. doi:10.1148/radiology.143.1.7063747

    Examples
    --------
    >>> import bayeslogit as bl
    >>> fit = bl.logistic("passed ~ hours", bl.load_dataset("exam"), priors="flat").fit("map")
    >>> fit.roc()[["cutoff", "false_positive_rate", "sensitivity"]].round(2).iloc[5].tolist()
    [0.91, 0.0, 0.5]
    """
    replicated = replicate(posterior, **options)
    return roc_table(replicated) if draws is None else curves(replicated, draws)


def precision_recall(
    posterior: Posterior, *, draws: int | None = None, **options: Unpack[Forecasting]
) -> pd.DataFrame:
    """Return precision against recall with a band.

    Parameters
    ----------
    posterior : Posterior
        The fit.
    draws : int, optional
        Return so many curves drawn from the posterior instead, as :func:`roc` does.
    **options
        As in :func:`confusion`.

    Returns
    -------
    pandas.DataFrame
        ``cutoff``, ``recall``, ``precision`` and its bounds.

    Raises
    ------
    DesignError
        If an option is not known or out of its range, or a class of several must be named.

    See Also
    --------
    auc : Average precision, the area under this curve.
    plot_precision_recall : The same as a picture.

    References
    ----------
    Saito, T. and Rehmsmeier, M. (2015). The precision-recall plot is more informative than the ROC
    plot when evaluating binary classifiers on imbalanced datasets.
    doi:10.1371/journal.pone.0118432

    Examples
    --------
    >>> import bayeslogit as bl
    >>> fit = bl.logistic("passed ~ hours", bl.load_dataset("exam"), priors="flat").fit("map")
    >>> fit.precision_recall()[["cutoff", "recall", "precision"]].round(2).iloc[9].tolist()
    [0.52, 0.8, 0.8]
    """
    posterior.warn_of_risks("precisions")
    replicated = replicate(posterior, **options)
    return precision_recall_table(replicated) if draws is None else curves(replicated, draws)


def auc(posterior: Posterior, *, part: Any = None, **options: Unpack[Forecasting]) -> pd.DataFrame:
    """Return the area under the ROC curve and the average precision, with posteriors.

    Parameters
    ----------
    posterior : Posterior
        The fit.
    part : tuple of (float, float), optional
        Two false positive rates, such as (0, 0.2): what lies between them only.
    **options
        As in :func:`confusion`.

    Returns
    -------
    pandas.DataFrame
        A row each of ``auc`` and ``average_precision``, in [0, 1]: ``estimate`` (that of the data),
        ``sd`` and interval. With ``part``, also ``partial_auc``, the mean sensitivity over these
        false positive rates: the area between them, divided by their distance.

    Raises
    ------
    DesignError
        If an option is not known or out of its range, or a class of several must be named.

    See Also
    --------
    roc : The curve that this is the area under.
    calibration : Whether the probabilities are right.

    Notes
    -----
    The posterior is for the population that the cases are a sample of, by random weights on the
    cases (Rubin 1981), or for the coefficients, by the draws.

    References
    ----------
    Rubin, D. B. (1981). The Bayesian bootstrap. doi:10.1214/aos/1176345338
    McClish, D. K. (1989). Analyzing a portion of the ROC curve. doi:10.1177/0272989X8900900307

    Examples
    --------
    >>> import bayeslogit as bl
    >>> fit = bl.logistic("passed ~ hours", bl.load_dataset("exam"), priors="flat").fit("map")
    >>> fit.auc().loc["auc", "estimate"].round(4)
    np.float64(0.895)
    """
    return area(replicate(posterior, **options), None if part is None else _rates(part))


def _rates(part: Any) -> tuple[float, float]:
    """Return two false positive rates, or refuse what are none."""
    try:
        low, high = map(float, part)
    except (TypeError, ValueError):
        low = high = np.nan
    if isinstance(part, str) or not 0.0 <= low < high <= 1.0:
        raise DesignError(
            f"part={part!r} is not a part of an ROC curve; expected two false positive rates "
            "between 0 and 1, the smaller first; write for example part=(0, 0.2)"
        )
    return low, high
