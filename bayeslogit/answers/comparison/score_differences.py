"""Two models judged by what forecasts are for: differences in AUC, Brier score, net benefit.

Both forecasts are of the same cases, and replicates weigh these cases alike for both, so that what
the models have in common does not widen the interval of their difference.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from bayeslogit import tables
from bayeslogit.answers.comparison.compared import check_comparable, named_fits
from bayeslogit.answers.evaluation.forecasting import Forecasting
from bayeslogit.answers.evaluation.one_by_one import left_one_by_one
from bayeslogit.answers.evaluation.replicates import Replicated, replicate
from bayeslogit.errors import DesignError, listing, nearest
from bayeslogit.errors.door import at_the_door, refuse_unknown
from bayeslogit.numerics import scores
from bayeslogit.numerics.intervals import check_probabilities
from bayeslogit.posterior.posterior import Posterior
from bayeslogit.specification.repeats import distinct_rows

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["compare_scores"]

_REPLICATES, _LEAST_REPLICATES, _MOST_VALUES = 1000, 200, 50_000_000
# Cases of replicates that are held at a time.
_BLOCK = 2_000_000
_CAUTION = (
    "net reclassification counts every move across a threshold alike, and also rises by forecasts "
    "that are too extreme; expected beside it the net benefit, which weighs moves by what they "
    "cost; decide by that"
)


@dataclass(frozen=True, eq=False)
class _Judged:
    """The forecasts of one model for cells of cases that are alike in all models.

    ``prob`` (cells,) is of cases in the fit or new ones; ``alone`` (cells, classes, outcomes) are
    forecasts of each class for a case of each outcome, without that case where it was fitted.
    """

    replicated: Replicated
    prob: np.ndarray
    alone: np.ndarray


@at_the_door
def compare_scores(
    fits: Mapping[str, Posterior] | None = None,
    thresholds: Any = None,
    *,
    reference: str | None = None,
    **options: Unpack[Forecasting],
) -> pd.DataFrame:
    """Return how much better models forecast than one of them: AUC, Brier score, net benefit.

    Parameters
    ----------
    fits : dict of str to Fit
        Of the same rows and outcome.
    thresholds : float or array, optional
        Probabilities at which acting and not acting are worth the same; for the net benefit and
        the net reclassification, which need them.
    reference : str, optional
        The model that others are compared with; by default the first.
    **options
        ``newdata=`` (rows that were not fitted, with the outcome), ``loo=True`` (fitted cases are
        forecast by fits without them; False takes them in-sample), ``event=`` (of several
        classes), ``groups=``, ``ci_prob=``, ``ci_kind=``, ``rope=``, ``random_seed=``: see
        :class:`~bayeslogit.answers.evaluation.forecasting.Forecasting`.

    Returns
    -------
    pandas.DataFrame
        A row for each model, score and threshold: ``value`` and ``reference_value``,
        ``difference`` (value less reference), its ``sd`` and bounds over the population that the
        cases are from, and ``p_better``, P(the model is better than the reference): with a lower
        ``brier``, or a higher ``auc``, ``net_benefit``, ``reclassified_events`` or
        ``reclassified_others`` (share of events, and of other cases, that move across the
        threshold to the right side less the share that moves to the wrong one).

    Raises
    ------
    DesignError
        If the reference or an option is not known, a class of several must be named, or fits
        are of different rows or outcomes.

    See Also
    --------
    bayeslogit.compare : By the expected log predictive density.
    bayeslogit.Fit.net_benefit : Of one model.

    Notes
    -----
    Cases are left out as in :meth:`bayeslogit.Fit.confusion`, the same for all models. Replicates
    are random weights on cases (the Bayesian bootstrap), the same for all models; the coefficients
    are held. The net reclassification index is the sum of its two parts, which have no common
    unit; a positive one does not show that a model is better (Hilden and Gerds 2014).

    References
    ----------
    Rubin, D. B. (1981). The Bayesian bootstrap. doi:10.1214/aos/1176345338
    Vickers, A. J. and Elkin, E. B. (2006). Decision curve analysis. doi:10.1177/0272989X06295361
    Hilden, J. and Gerds, T. A. (2014). A note on the evaluation of novel biomarkers.
    doi:10.1002/sim.5804

    Examples
    --------
    >>> import bayeslogit as bl
    >>> exam = bl.load_dataset("exam")
    >>> fits = {
    ...     f: bl.logistic(f, exam).fit("quadrature", draws=500, random_seed=1)
    ...     for f in ("passed ~ 1", "passed ~ hours")
    ... }
    >>> found = bl.compare_scores(fits)
    >>> found[["model", "score", "difference"]].round(1).values.tolist()
    [['passed ~ hours', 'auc', 0.4], ['passed ~ hours', 'brier', -0.1]]
    """
    refuse_unknown(options, Forecasting.__annotations__)
    fits = named_fits({} if fits is None else fits, "compare_scores")
    check_comparable(fits)
    if reference is None:
        reference = next(iter(fits))
    if reference not in fits:
        raise DesignError(
            f"reference={reference!r} is not one of the models, which are {listing(fits)}; "
            "expected the one that others are compared with; name one of them."
            + nearest(str(reference), fits)
        )
    if options.get("spread") not in (None, "cases"):
        raise DesignError(
            f"spread={options['spread']!r} was given for differences of models, whose draws are "
            "not paired; expected spread='cases'; leave spread out"
        )
    t = np.zeros(0) if thresholds is None else check_probabilities("thresholds", thresholds)
    first = replicate(fits[reference], **options)
    # Models may have their classes in different orders.
    same: Any = {"event": first.posterior.model.response.classes[first.code]}
    replicated = {
        name: first if name == reference else replicate(fit, **options | same)
        for name, fit in fits.items()
    }
    counts, judged = _on_common_cells(replicated, options, reference)
    code = first.code
    base = judged.pop(reference)
    figures = {name: _values(base, other, t, counts, code) for name, other in judged.items()}
    replicates = _replicated(base, judged, t, counts, first)
    records: dict[str, list[Any]] = {}
    for name, (values, references) in figures.items():
        raw, moved = replicates[name]
        # Over resampled cases the in-sample difference varies about its own, so move it.
        spread = raw + (values - references - moved)[:, None]
        lower, upper = first.settings.bounds(spread)
        better = np.where(np.array(_names(t)) == "brier", -1.0, 1.0)[:, None]
        columns = {
            "model": [name] * len(values),
            "score": _names(t),
            "threshold": [np.nan] * 2 + [*np.tile(t, 3)],
            "value": values,
            "reference_value": references,
            "difference": values - references,
            "sd": spread.std(axis=1),
            first.settings.names[0]: lower,
            first.settings.names[1]: upper,
            "p_better": (spread * better > 0.0).mean(axis=1),
        } | first.settings.region(spread)
        for column, entries in columns.items():
            records.setdefault(column, []).extend(entries)
    table = tables.Answer(records)
    if not len(t):
        table = table.drop(columns="threshold")
    which = f"differences to {reference!r}; {_WHICH[first.name]}"
    if len(t):
        which += f"; {_CAUTION}"
    table.attrs.update(
        first.posterior.attrs
        | {"forecast": first.name, "which": which, "spread_over": "cases", "reference": reference}
    )
    return table


_WHICH = {
    "corrected": "each case is forecast by fits without it",
    "in_sample": "cases are forecast with themselves in the fit, which flatters the larger model",
    "new_data": "cases were not fitted",
}


def _names(t: np.ndarray) -> list[str]:
    """Return the score of each figure, in the order of all figures."""
    by_threshold = ("net_benefit", "reclassified_events", "reclassified_others")
    return ["auc", "brier", *(name for name in by_threshold for _ in t)]


def _on_common_cells(
    replicated: Mapping[str, Replicated], options: Forecasting, reference: str
) -> tuple[np.ndarray, dict[str, _Judged]]:
    """Return cases (cells, classes) that are alike in all models, and each model's forecasts.

    However rows write their cases, the cells are the same; classes are in the reference's order.
    """
    own = replicated[reference]
    classes = own.posterior.model.response.classes
    rows = own.forecasts.rows
    used = np.flatnonzero(rows.sum(axis=1) > 0.0)
    key = np.column_stack([r.forecasts.cases.cell[used] for r in replicated.values()])
    first, inverse = distinct_rows(key.astype(float))
    counts = np.stack([np.bincount(inverse, c, len(first)) for c in rows[used].T], axis=1)
    judged = {}
    for name, found in replicated.items():
        order = [found.posterior.model.response.classes.index(c) for c in classes]
        cell = found.forecasts.cases.cell[used[first]]
        alone = np.repeat(found.forecasts.prob[order][:, cell].T[:, :, None], len(classes), 2)
        left = left_one_by_one(
            found.posterior,
            found.forecasts,
            options.get("groups"),
            progressbar=options.get("progressbar", True),
        )
        if left is not None:
            place = left.cases.place[cell][:, order]
            # A class without a case in the cell has none to leave out.
            alone = np.where(
                (place >= 0)[:, None, :],
                np.moveaxis(left.prob[order][:, place], 0, 1),
                alone,
            )
        judged[name] = _Judged(found, found.prob[cell], alone)
    return counts, judged


def _values(
    base: _Judged, other: _Judged, t: np.ndarray, counts: np.ndarray, code: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the figures of a model and of the reference, each (figures,)."""
    found = []
    for one in (other, base):
        left = one.replicated.left
        if left is None:
            failures, successes = counts.sum(axis=1) - counts[:, code], counts[:, code]
            area = float(scores.auc(one.prob, failures, successes))
            benefit = scores.net_benefits(t, one.prob, failures, successes)[0]
        else:
            area, benefit = (
                left.area,
                scores.net_benefits(t, left.prob, left.failures, left.successes)[0],
            )
        # Summed over two classes, the squared error is that of the event, twice.
        found.append([area, float(_brier(one.alone, counts[..., None])[0]), *benefit])
    moves = _moves(base, other, t, counts[..., None], code)[:, 0]
    return np.r_[found[0], moves], np.r_[found[1], np.zeros(len(moves))]


def _brier(alone: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return Brier scores, (replicates,), of cases (cells, classes, replicates)."""
    classes = alone.shape[1]
    squares = ((alone - np.eye(classes)) ** 2).sum(axis=1) / (2.0 if classes == 2 else 1.0)
    total: np.ndarray = np.tensordot(squares, counts, 2) / counts.sum(axis=(0, 1))
    return total


def _moves(
    base: _Judged, other: _Judged, t: np.ndarray, counts: np.ndarray, code: int
) -> np.ndarray:
    """Return net shares of events, then of others, that move rightly, (figures, replicates)."""
    up = np.empty((2, len(t), counts.shape[2]))
    others = [c for c in range(counts.shape[1]) if c != code]
    for place, some in enumerate(([code], others)):
        after, before = (one.alone[:, code, some][..., None] > t for one in (other, base))
        moved = (after.astype(float) - before) * (1.0 if place == 0 else -1.0)
        total = counts[:, some].sum(axis=(0, 1))
        up[place] = np.einsum("nct,ncr->tr", moved, counts[:, some]) / total
    return up.reshape(2 * len(t), counts.shape[2])


def _replicated(
    base: _Judged,
    judged: Mapping[str, _Judged],
    t: np.ndarray,
    counts: np.ndarray,
    first: Replicated,
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return differences of replicates, (figures, replicates), and of the cases as they are."""

    def differences(other: _Judged, drawn: np.ndarray) -> np.ndarray:
        code, parts = first.code, []
        failures, successes = drawn.sum(axis=1) - drawn[:, code], drawn[:, code]
        for one in (other, base):
            acted = one.prob[:, None] > t
            benefit = acted.T @ successes - (t / (1.0 - t))[:, None] * (acted.T @ failures)
            parts.append(
                np.vstack(
                    [
                        scores.auc(one.prob, failures, successes)[None],
                        _brier(one.alone, drawn)[None],
                        benefit / drawn.sum(axis=(0, 1)),
                    ]
                )
            )
        return np.vstack([parts[0] - parts[1], _moves(base, other, t, drawn, code)])

    blocks: dict[str, list[np.ndarray]] = {name: [] for name in judged}
    for drawn in _resampled(counts, first):
        for name, other in judged.items():
            blocks[name].append(differences(other, drawn))
    return {
        name: (np.concatenate(blocks[name], axis=1), differences(other, counts[..., None])[:, 0])
        for name, other in judged.items()
    }


def _resampled(counts: np.ndarray, first: Replicated) -> Iterator[np.ndarray]:
    """Yield cases with random weights, (cells, classes, replicates), in which all are seen."""
    rng = np.random.default_rng(first.seed)
    number = int(np.clip(_MOST_VALUES // counts.size, _LEAST_REPLICATES, _REPLICATES))
    step = max(1, _BLOCK // counts.size)
    for start in range(0, number, step):
        size = min(step, number - start)
        drawn = rng.standard_gamma(np.repeat(counts[:, :, None], size, axis=2))
        yes = drawn[:, first.code].sum(axis=0)
        yield drawn[:, :, (yes > 0.0) & (drawn.sum(axis=(0, 1)) > yes)]
