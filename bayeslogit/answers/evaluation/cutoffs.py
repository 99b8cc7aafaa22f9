"""Forecasts cut at a probability: right and wrong ones, and the net benefit of acting on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from bayeslogit import tables
from bayeslogit.answers.evaluation.forecasting import Forecasting
from bayeslogit.answers.evaluation.forecasts import unless_rounding
from bayeslogit.answers.evaluation.replicates import framed, replicate
from bayeslogit.errors import DesignError, nearest
from bayeslogit.numerics import scores
from bayeslogit.numerics.intervals import check_probabilities, check_probability, cutoffs_up_to
from bayeslogit.posterior.posterior import Posterior

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["confusion", "net_benefit"]

_RATES = {
    "sensitivity": (("true_positives",), ("true_positives", "false_negatives")),
    "specificity": (("true_negatives",), ("true_negatives", "false_positives")),
    "precision": (("true_positives",), ("true_positives", "false_positives")),
    "negative_predictive_value": (("true_negatives",), ("true_negatives", "false_negatives")),
    "accuracy": (
        ("true_positives", "true_negatives"),
        ("true_positives", "true_negatives", "false_positives", "false_negatives"),
    ),
}


def confusion(
    posterior: Posterior, cutoff: float | str = 0.5, **options: Unpack[Forecasting]
) -> pd.DataFrame:
    """Return right and wrong forecasts at a cut-off: counts, sensitivity, specificity.

    Parameters
    ----------
    posterior : Posterior
        The fit.
    cutoff : float or "youden"
        The event is forecast where its probability is above this; ``"youden"`` takes the cut-off
        with the largest sum of sensitivity and specificity, in the sample.
    **options
        ``newdata=`` (with the outcome; ``trials=``, ``offset=``), ``loo=True`` (figures are
        corrected for optimism; a point estimate is evaluated in-sample), ``event=`` (of several
        classes, the one against all others), ``spread="cases"`` (what the posterior is over: the
        population the cases are from; ``"draws"`` of the coefficients, in-sample; ``"both"``),
        ``ci_prob=``, ``ci_kind=``, ``random_seed=``, ``progressbar=``: see
        :class:`~bayeslogit.answers.evaluation.forecasting.Forecasting`.

    Returns
    -------
    pandas.DataFrame
        A row each: four counts, ``sensitivity``, ``specificity``, ``precision``,
        ``negative_predictive_value``, ``accuracy``; for
        ``cutoff="youden"`` also ``youden`` (sensitivity + specificity - 1) and the ``cutoff``
        itself, with its interval. ``estimate``, ``sd`` and interval; of the
        fitted rows ``estimate`` is corrected: it is ``in_sample`` less ``optimism``.

    Raises
    ------
    DesignError
        If an option is not known or out of its range, or a class of several must be named.

    See Also
    --------
    net_benefit : What acting at a cut-off is worth.
    roc : All cut-offs at once.

    Notes
    -----
    Counts are of weighted cases; over resampled cases their sum is held. Rates that divide by
    zero, such as the precision where no event is forecast, are left out.

    Cases that a fit has seen flatter it. To correct for that, cases are left out: up to 400 cases
    every pair of an event and another case, beyond ten folds of cases, several times over. The
    cut-off is put to what each fit forecasts for the cases left out of it, and counts are averaged
    over fits (``attrs["which"]`` says so in a sentence). A case is one unit of weight, one trial or
    one row.

    References
    ----------
    Airola, A. et al. (2011). An experimental comparison of cross-validation techniques for
    estimating the area under the ROC curve. doi:10.1016/j.csda.2010.11.018
    Harrell, F. E. (2015). Regression Modeling Strategies. doi:10.1007/978-3-319-19425-7

    Examples
    --------
    >>> import bayeslogit as bl
    >>> fit = bl.logistic("passed ~ hours", bl.load_dataset("exam"), priors="flat").fit("map")
    >>> fit.confusion(0.5)["estimate"].head(4).astype(int).tolist()
    [8, 2, 8, 2]
    """
    posterior.warn_of_risks("right and wrong forecasts at a cut-off of the risk")
    replicated = replicate(posterior, **options)
    found_here = isinstance(cutoff, str)
    if isinstance(cutoff, str):
        if cutoff != "youden":
            raise DesignError(
                f"cutoff={cutoff!r} is not known; expected a probability, or 'youden', the cut-off "
                "with the largest sum of sensitivity and specificity; write for example cutoff=0.5"
                + nearest(cutoff, ("youden",))
            )
        chosen = _youden(replicated.prob, replicated.failures, replicated.successes)
    else:
        chosen = check_probability("cutoff", cutoff)
    total = replicated.failures.sum() + replicated.successes.sum()
    own = _counts(chosen, total, replicated.prob, replicated.failures, replicated.successes)
    left, corrected = replicated.left, own
    if left is not None:
        corrected = _counts(chosen, total, left.prob, left.failures, left.successes)
    replicates: list[dict[str, float]] = [_counts(chosen, total, *r) for r in replicated.each()]
    rows = {}
    for name in (*_COUNTS, *_RATES, *(["youden"] if found_here else [])):
        if not (np.isfinite(own[name]) and np.isfinite(corrected[name])):
            continue
        values = np.array([r[name] for r in replicates])
        values = values[np.isfinite(values)]
        found = replicated.figures(
            np.array([own[name]]),
            None if left is None else np.array([corrected[name]]),
            values[None],
            total if name in _COUNTS else 1.0,
            -1.0 if name == "youden" else 0.0,
        )
        if "sd" in found and np.ptp(values) <= 1e-12 * np.max(np.abs(values)):
            found["sd"] = np.zeros(1)  # known, up to rounding
        rows[name] = {key: float(value[0]) for key, value in found.items()}
    if found_here:
        cuts = np.array([[_youden(*r) for r in replicated.each()]])
        places = replicated.figures(np.array([chosen]), None, cuts)
        rows["cutoff"] = {key: float(value[0]) for key, value in places.items()}
    table = framed(tables.Answer.from_dict(rows, orient="index"), replicated)
    table.attrs["cutoff"] = chosen
    return table


_COUNTS = ("true_positives", "false_positives", "true_negatives", "false_negatives")


def _counts(
    cutoff: float,
    total: float,
    prob: np.ndarray,
    failures: np.ndarray,
    successes: np.ndarray,
) -> dict[str, float]:
    """Return counts, scaled to a total, and rates; NaN for a rate of nothing."""
    positive = prob > cutoff
    scale = total / (failures.sum() + successes.sum())
    cells = (
        successes[positive].sum(),
        failures[positive].sum(),
        failures[~positive].sum(),
        successes[~positive].sum(),
    )
    found = {name: float(scale * v) for name, v in zip(_COUNTS, cells, strict=True)}
    for name, (over, under) in _RATES.items():
        below = sum(found[u] for u in under)
        found[name] = sum(found[o] for o in over) / below if below > 0 else np.nan
    found["youden"] = found["sensitivity"] + found["specificity"] - 1.0
    return found


def _youden(prob: np.ndarray, failures: np.ndarray, successes: np.ndarray) -> float:
    """Return the cut-off of the largest sum of sensitivity and specificity, midway between cases.

    Of several that are as good it is the lowest.
    """
    order = np.argsort(prob, kind="stable")
    ranked = prob[order]
    ends = np.flatnonzero(np.r_[ranked[1:] != ranked[:-1], False])
    if not len(ends):
        return float(ranked[0])
    gain = np.cumsum(failures[order]) / failures.sum() - np.cumsum(successes[order]) / (
        successes.sum()
    )
    # Sums that differ by rounding are as good.
    best = ends[np.argmax(gain[ends].round(12))]
    return float(0.5 * (ranked[best] + ranked[best + 1]))


def net_benefit(
    posterior: Posterior, thresholds: Any = None, **options: Unpack[Forecasting]
) -> pd.DataFrame:
    """Return the decision curve: net benefit of acting on the model, on all, on none.

    Parameters
    ----------
    posterior : Posterior
        The fit.
    thresholds : array, optional
        Probabilities at which acting and not acting are worth the same; by default 0.01 to
        0.99, or where no forecast reaches 0.3 so far as they reach.
    **options
        As in :func:`confusion`.

    Returns
    -------
    pandas.DataFrame
        ``threshold``, ``net_benefit`` (true positives per case) and bounds, ``treat_all`` and
        bounds, ``treat_none`` (0), and ``p_useful``: P(the model beats both). ``standardised`` is
        the net benefit as a share of the best there can be (1 is perfect), and
        ``interventions_avoided`` how many fewer interventions per case than by acting on everyone
        come at no loss of true positives. Of the fitted rows these and ``net_benefit`` are
        corrected as in :func:`confusion`, and ``in_sample`` is not.

    Raises
    ------
    DesignError
        If an option is not known or out of its range, or a class of several must be named.

    See Also
    --------
    plot_net_benefit : The same as a picture.
    expected_cost : Costs instead of thresholds.

    Notes
    -----
    Net benefit is the share of true positives minus that of false positives times ``t / (1 - t)``,
    where ``t`` is the probability at which acting and not acting are worth the same. It is in true
    positives per case. Divided by the share of events it is standardised; its lead over acting on
    everyone, divided by ``t / (1 - t)``, is the net reduction of interventions.

    References
    ----------
    Vickers, A. J. and Elkin, E. B. (2006). Decision curve analysis: a novel method for evaluating
    prediction models. doi:10.1177/0272989X06295361
    Kerr, K. F., Brown, M. D., Zhu, K. and Janes, H. (2016). Assessing the clinical impact of risk
    prediction models with decision curves. doi:10.1200/JCO.2015.65.5654

    Examples
    --------
    >>> import bayeslogit as bl
    >>> fit = bl.logistic("passed ~ hours", bl.load_dataset("exam"), priors="flat").fit("map")
    >>> fit.net_benefit([0.2, 0.5])["net_benefit"].round(4).tolist()
    [0.4, 0.3]
    """
    posterior.warn_of_risks("net benefits")
    replicated = replicate(posterior, **options)
    if thresholds is None:
        t = cutoffs_up_to(replicated.prob.max())
    else:
        t = check_probabilities("thresholds", thresholds)
    own = scores.net_benefits(t, replicated.prob, replicated.failures, replicated.successes)
    replicates = np.stack([scores.net_benefits(t, *r) for r in replicated.each()], axis=2)
    left, estimate = replicated.left, own[0]
    if left is not None:
        model = scores.net_benefits(t, left.prob, left.failures, left.successes)[0]
        estimate = unless_rounding(model, own[0])
        replicates[0] += (estimate - own[0])[:, None]
    lower, upper = replicated.settings.names
    model, everyone = (replicated.settings.bounds(v) for v in replicates)
    best = np.maximum(replicates[1], 0.0)
    won = replicated.successes.sum()
    share = won / (won + replicated.failures.sum())
    columns = {"threshold": t, "net_benefit": estimate, lower: model[0], upper: model[1]}
    if left is not None:
        columns["in_sample"] = own[0]
    columns |= {
        "treat_all": own[1],
        f"treat_all_{lower}": everyone[0],
        f"treat_all_{upper}": everyone[1],
        "treat_none": np.zeros(len(t)),
        "p_useful": (replicates[0] > best).mean(axis=1),
        "standardised": estimate / share,
        "interventions_avoided": (estimate - own[1]) * (1.0 - t) / t,
    }
    return framed(tables.Answer(columns), replicated, "net_benefit")
