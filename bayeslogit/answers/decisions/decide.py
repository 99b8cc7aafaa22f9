"""Decisions from probabilities: cut-offs from costs, what they cost, and how sure they are.

The cheapest action by the posterior mean probabilities is the best one that can be taken now;
the posterior says how likely more data would change it, and what knowing the coefficients would
be worth.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from bayeslogit import tables
from bayeslogit.answers.prediction.averaging import averages, by_rows
from bayeslogit.answers.prediction.changes import Scenario
from bayeslogit.answers.prediction.costs import ABSTAIN, Costs, costs_of
from bayeslogit.errors import DesignError
from bayeslogit.numerics.intervals import (
    Interval,
    Region,
    check_probabilities,
    check_probability,
    cutoffs_up_to,
)
from bayeslogit.posterior.group_views import as_seen, in_groups
from bayeslogit.posterior.interval_summary import settings_of, summarise
from bayeslogit.posterior.new_levels import with_new_levels
from bayeslogit.posterior.posterior import Posterior, refuse_point
from bayeslogit.posterior.requested_rows import at_least_one, refuse_no_rows, rows_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CostOptions", "cost_curve", "decide", "expected_cost"]


class CostOptions(Interval, total=False):
    """Options of :func:`cost_curve`, beside the costs.

    Attributes
    ----------
    cutoffs : array
    newdata : table
    weights : str or array
    offset : number or array
    progressbar : bool
    """

    cutoffs: Any
    newdata: Any
    weights: Any
    offset: Any
    progressbar: bool


def _all_classes(posterior: Posterior, prob: np.ndarray) -> np.ndarray:
    """Return probabilities of all classes from those of the classes reported, (classes, ...)."""
    return prob if posterior.several else np.concatenate([1.0 - prob, prob])


def _costs(posterior: Posterior, costs: Any, cutoff: float | None) -> Costs:
    classes = posterior.model.response.classes
    if cutoff is not None:
        cutoff = check_probability("cutoff", cutoff)
        if posterior.several:
            raise DesignError(
                f"cutoff={cutoff:g} was given for {len(classes)} classes; expected costs as an "
                "array, or nothing for the most probable class; pass costs="
            )
    return costs_of(costs, classes, cutoff)


def decide(
    posterior: Posterior,
    newdata: Any = None,
    *,
    costs: Any = None,
    cutoff: float | None = None,
    max_flip: float | None = None,
    offset: Any = None,
    groups: Any = None,
    new_levels: str = "raise",
    progressbar: bool = True,
    **interval: Unpack[Interval],
) -> pd.DataFrame:
    """Return the decision of lowest expected cost for each row, and how sure it is.

    Parameters
    ----------
    posterior : Posterior
        The fit.
    newdata : table, optional
        The fitted rows by default.
    costs : dict or array, optional
        ``{"false_positive": 1, "false_negative": 5}``, perhaps with ``"true_positive"``,
        ``"true_negative"`` and ``"abstain"`` (then rows between two probabilities are left
        undecided); of several classes an array, a row per true class and a column per
        decision.
    cutoff : float, optional
        Instead of costs; 0.5 if neither is given (of several classes the most probable is
        decided then). The event is decided above it.
    max_flip : float, optional
        Abstain where the posterior probability that another decision is cheaper exceeds
        this.
    offset : number or array, optional
        For new rows.
    groups : {"known", "typical", "new", "average"} or dict, optional
        For group-level terms, as in :meth:`bayeslogit.Fit.predict`.
    new_levels : {"raise", "reference", "average", "prior"}
        What levels that were not fitted are taken for, as in :meth:`bayeslogit.Fit.predict`.
    progressbar : bool
        Show progress of what takes longer than two seconds.
    **interval
        ``ci_prob`` and ``ci_kind`` of the value's interval; by default ArviZ's ``rcParams``.

    Returns
    -------
    pandas.DataFrame
        ``probability`` (of the event; of several classes that of the decision),
        ``decision``, ``p_flip`` (posterior probability that another decision is cheaper),
        ``value`` (expected saving over the next best decision, in the unit of the costs)
        with its interval, and ``abstain`` where asked for. A point estimate has no
        ``p_flip`` and no interval. ``attrs`` holds ``cutoff`` and ``abstain_between``.

    Raises
    ------
    DesignError
        If costs are negative or incomplete.
    MethodRefused
        If ``max_flip`` is given for a point estimate.

    See Also
    --------
    expected_cost : What these decisions cost on average.
    cost_curve : The cost of each cut-off.

    References
    ----------
    Chow, C. K. (1970). On optimum recognition error and reject tradeoff.
    doi:10.1109/TIT.1970.1054406

    Examples
    --------
    >>> import bayeslogit as bl
    >>> fit = bl.logistic("passed ~ hours", bl.load_dataset("exam"), priors="flat").fit("map")
    >>> costs = {"false_positive": 1, "false_negative": 4}
    >>> table = fit.decide({"hours": [1, 2]}, costs=costs)
    >>> table.attrs["cutoff"], table["decision"].tolist()
    (0.2, [0, 1])
    """
    newdata, groups = in_groups(posterior, newdata, groups)
    newdata, posterior = with_new_levels(posterior, newdata, new_levels)
    posterior = as_seen(posterior, groups)
    posterior.warn_of_risks("decisions by risks")
    settings = settings_of(posterior, interval, decide)
    if max_flip is not None:
        refuse_point(posterior, "the probability of a flip")
        max_flip = check_probability("max_flip", max_flip)
    prices = _costs(posterior, costs, cutoff)
    asked = rows_of(posterior, newdata, offset=offset)
    rows = at_least_one(posterior, asked)
    n = rows.table.n_rows
    chosen, prob = np.empty(n, dtype=np.intp), np.empty(n)
    found: dict[str, np.ndarray] = {}
    everything = np.arange(len(prices.actions))
    for block, values in by_rows(posterior, rows, [Scenario()], progressbar=progressbar):
        every = _all_classes(posterior, values[0])
        mean = every.mean(axis=2)
        by_mean = prices.expected(mean)
        best = _cheapest(by_mean)
        chosen[block] = best
        seen = np.where(np.array(prices.actions)[best] == ABSTAIN, mean.argmax(axis=0), best)
        prob[block] = np.take_along_axis(mean, seen[None], 0)[0] if posterior.several else mean[1]
        by_draw = prices.expected(every)
        own = np.take_along_axis(by_draw, best[None, :, None], 0)[0]
        others = np.where((everything[:, None] == best)[:, :, None], np.inf, by_draw)
        second = np.where(everything[:, None] == best, np.inf, by_mean).argmin(axis=0)
        saving = np.take_along_axis(by_draw, second[None, :, None], 0)[0] - own
        columns = {}
        if not posterior.point:
            columns["p_flip"] = (others.min(axis=0) < own).mean(axis=1)
        summary = summarise(saving, settings, null=None)
        columns["value"] = summary.pop("estimate")
        columns |= {f"value_{name}": v for name, v in summary.items() if name != "sd"}
        for name, column in columns.items():
            found.setdefault(name, np.empty(n))[block] = column
    response = posterior.model.response
    labels = np.array([*response.values, ABSTAIN], dtype=object)
    if response.kind == "counts":
        labels = np.array([*response.classes, ABSTAIN], dtype=object)
    if len(prices.actions) > len(response.classes) or max_flip is not None:
        abstain = np.array([prices.actions[i] == ABSTAIN for i in chosen])
        if max_flip is not None:
            abstain |= found["p_flip"] > max_flip
        found["abstain"] = abstain
    table = tables.Answer(
        {"probability": prob, "decision": labels[chosen]} | found, index=rows.labels
    )
    table = table[: asked.table.n_rows]
    table.attrs.update(posterior.attrs | {"cutoff": prices.cutoff, "abstain_between": prices.band})
    return table


def _cheapest(costs: np.ndarray) -> np.ndarray:
    """Return the action of lowest cost, (rows,), the first (the non-event) where costs tie."""
    return costs.argmin(axis=0)


def expected_cost(
    posterior: Posterior,
    newdata: Any = None,
    *,
    costs: Any = None,
    cutoff: float | None = None,
    weights: Any = None,
    offset: Any = None,
    new_levels: str = "raise",
    progressbar: bool = True,
    **interval: Unpack[Region],
) -> pd.DataFrame:
    """Return the expected cost per case of deciding by the model, and of other policies.

    Parameters
    ----------
    posterior : Posterior
        The fit.
    newdata, costs, offset, new_levels, progressbar, **interval
        As in :func:`decide`.
    cutoff : float, optional
        With ``costs``: what deciding by another cut-off costs.
    weights : str or array, optional
        Of the rows; by default the weights of the fit times its trials.

    Returns
    -------
    pandas.DataFrame
        A row for the ``model`` (the cheapest action by the mean probabilities, or by
        ``cutoff``), for each action taken on everyone, and for ``known_coefficients``: what
        the cheapest actions would cost if the coefficients were known, so that the
        difference from ``model`` is the value of knowing them (perfect information, Raiffa and
        Schlaifer 1961). ``estimate``, ``sd`` and
        interval are per case, in the unit of the costs; ``p_best`` is the posterior
        probability that no other policy, knowing the coefficients aside, costs less.

    Raises
    ------
    DesignError
        If costs are negative or incomplete, or a column is missing.

    See Also
    --------
    decide : The decision for each row.
    cost_curve : The cost of each cut-off.

    References
    ----------
    Howard, R. A. (1966). Information value theory. doi:10.1109/TSSC.1966.300074

    Examples
    --------
    Acting on the model costs less than passing or failing everyone:

    >>> import bayeslogit as bl
    >>> fit = bl.logistic("passed ~ hours", bl.load_dataset("exam"), priors="flat").fit("map")
    >>> table = fit.expected_cost(costs={"false_positive": 1, "false_negative": 4})
    >>> table["estimate"].round(2).to_dict()
    {'model': 0.34, 'all: 0': 2.0, 'all: 1': 0.5}
    """
    newdata, posterior = with_new_levels(posterior, newdata, new_levels)
    posterior.warn_of_risks("decisions by risks")
    settings = settings_of(posterior, interval, expected_cost)
    priced = None
    if costs is not None and cutoff is not None:
        priced, cutoff = check_probability("cutoff", cutoff), None
    prices = _costs(posterior, costs, cutoff)
    if priced is not None and prices.cutoff is None:
        raise DesignError(
            f"cutoff={priced:g} was given with costs of {len(prices.matrix)} classes; "
            "expected a cut-off for two classes only; leave it out"
        )
    rows = rows_of(posterior, newdata, weights=weights, offset=offset)
    refuse_no_rows(rows, "the expected cost")
    names = [f"all: {name}" for name in prices.actions]
    totals = np.zeros((len(names) + 2, posterior.n_draws))
    for block, values in by_rows(posterior, rows, [Scenario()], progressbar=progressbar):
        every = _all_classes(posterior, values[0])
        mass = rows.weights[block]
        mean = every.mean(axis=2)
        best = _cheapest(prices.expected(mean))
        if priced is not None:
            best = (mean[1] > priced).astype(np.intp)
        by_draw = prices.expected(every)
        totals[0] += mass @ np.take_along_axis(by_draw, best[None, :, None], 0)[0]
        totals[1:-1] += np.matmul(mass, by_draw)
        totals[-1] += mass @ by_draw.min(axis=0)
    totals /= rows.weights.sum()
    columns = summarise(totals, settings, null=None)
    if not posterior.point:
        cheapest = totals[:-1].min(axis=0)
        columns["p_best"] = np.append((totals[:-1] <= cheapest).mean(axis=1), 1.0)
    table = tables.Answer(columns, index=["model", *names, "known_coefficients"])
    if posterior.point:
        table = table.drop(index="known_coefficients")
    table.attrs.update(posterior.attrs | {"cutoff": prices.cutoff if priced is None else priced})
    return table


def cost_curve(
    posterior: Posterior,
    costs: Any,
    *,
    cutoffs: Any = None,
    newdata: Any = None,
    weights: Any = None,
    offset: Any = None,
    new_levels: str = "raise",
    progressbar: bool = True,
    **interval: Unpack[Interval],
) -> pd.DataFrame:
    """Return the expected cost per case of each cut-off, with the best one among them.

    Parameters
    ----------
    posterior : Posterior
        The fit.
    costs, newdata, weights, offset, new_levels, progressbar, **interval
        As in :func:`expected_cost`.
    cutoffs : array, optional
        Between 0 and 1; by default 0.01 to 0.99, or where no forecast reaches 0.3 so far as
        they reach. The best one is always among them.

    Returns
    -------
    pandas.DataFrame
        ``cutoff``, ``estimate``, ``sd`` and interval (per case, in the unit of the costs),
        and ``best``. ``attrs["cutoff"]`` is the best cut-off, which the costs alone decide.

    Raises
    ------
    DesignError
        If costs are negative or incomplete, or a cut-off is not a probability.

    See Also
    --------
    plot_costs : The same as a picture.
    bayeslogit.Fit.net_benefit : The decision curve, without costs.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> fit = bl.logistic("passed ~ hours", bl.load_dataset("exam"), priors="flat").fit("map")
    >>> table = fit.cost_curve({"false_positive": 1, "false_negative": 4})
    >>> table.attrs["cutoff"], table["cutoff"][table["best"]].tolist()
    (0.2, [0.2])
    """
    newdata, posterior = with_new_levels(posterior, newdata, new_levels)
    posterior.warn_of_risks("decisions by risks")
    settings = settings_of(posterior, interval, cost_curve)
    prices = _costs(posterior, costs, None)
    if prices.cutoff is None or len(prices.actions) > 2:
        raise DesignError(
            f"a cut-off cannot choose among {len(prices.actions)} actions {prices.actions}; "
            "expected two classes and no price of abstaining; use decide() with costs as they are"
        )
    best = prices.cutoff
    grid = None if cutoffs is None else check_probabilities("cutoffs", cutoffs)
    rows = rows_of(posterior, newdata, weights=weights, offset=offset)
    refuse_no_rows(rows, "the expected cost")
    mean = np.empty(rows.table.n_rows)
    for block, values in by_rows(posterior, rows, [Scenario()], progressbar=progressbar):
        mean[block] = values[0, 0].mean(axis=1)
    grid = cutoffs_up_to(mean.max()) if grid is None else grid
    grid = np.unique(np.append(grid, best))
    # Rows between two cut-offs are treated alike by all of them, so only their sums matter.
    used = rows.weights > 0
    cells, codes = np.unique(np.searchsorted(grid, mean[used], side="left"), return_inverse=True)
    codes = codes.ravel()
    some = rows.take(np.flatnonzero(used))
    mass = np.bincount(codes, some.weights)
    average = averages(posterior, some, [Scenario()], codes, len(cells), progressbar=progressbar)[
        0, 0
    ]
    events, others = np.zeros((2, len(grid) + 1, posterior.n_draws))
    events[cells] = mass[:, None] * average
    others[cells] = mass[:, None] * (1.0 - average)
    # A row in cell c has c cut-offs below its probability, so those and only those act on it.
    acted = [np.cumsum(v[::-1], axis=0)[::-1][1:] for v in (events, others)]
    left = [v.sum(axis=0) - a for v, a in zip((events, others), acted, strict=True)]
    (negative, false_positive), (false_negative, positive) = prices.matrix
    total = positive * acted[0] + false_positive * acted[1]
    total += false_negative * left[0] + negative * left[1]
    columns = summarise(total / mass.sum(), settings, null=None)
    table = tables.Answer({"cutoff": grid} | columns | {"best": grid == best})
    table.attrs.update(posterior.attrs | {"cutoff": best})
    return table
