"""How well forecasts of several classes rank cases: every boundary, every class, every pair."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple, Unpack

import numpy as np

from bayeslogit import tables
from bayeslogit.answers.evaluation.cross_validation import Folds, Pairs, Ranking
from bayeslogit.answers.evaluation.forecasting import Forecasting
from bayeslogit.answers.evaluation.forecasts import Forecasts, asked, unless_rounding
from bayeslogit.errors import DesignError
from bayeslogit.numerics import scores
from bayeslogit.numerics.intervals import Settings
from bayeslogit.posterior.interval_summary import summarise
from bayeslogit.posterior.posterior import Posterior
from bayeslogit.specification.density import Likelihood

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["concordance"]

_REPLICATES, _LEAST_REPLICATES, _MOST_VALUES = 1000, 200, 50_000_000
# Cases of replicates that are held at a time.
_BLOCK = 2_000_000


class _Figure(NamedTuple):
    """A mean of areas under ROC curves: by their pairs of cases where ``by_pairs``, else plain."""

    name: str
    rankings: tuple[Ranking, ...]
    by_pairs: bool = True


def concordance(posterior: Posterior, **options: Unpack[Forecasting]) -> pd.DataFrame:
    """Return how well forecasts rank cases of several classes: c-index, Somers' D, areas.

    Parameters
    ----------
    posterior : Posterior
        The fit.
    **options
        As in :func:`confusion`, but for ``event=``.

    Returns
    -------
    pandas.DataFrame
        ``estimate``, ``sd`` and interval, and of the fitted rows ``in_sample`` and ``optimism``.
        Rows of ordered classes: ``concordance``, the share of pairs of cases of different classes
        of which the higher one has the higher forecast (ties count one half), where a forecast is
        the mean of the levels 0, 1, ...; ``somers_d``, twice that less 1; and the area under the
        ROC curve of P(at least k) for each k. Of two classes: ``concordance``, which is the AUC,
        and ``somers_d``. Of classes without an order: ``hand_till``, the mean over pairs of
        classes of the area that tells one from the other; and the area of each class against
        all others.

    Raises
    ------
    DesignError
        If an option is not known or out of its range, or ``event=`` is given.
    ResponseError
        If there is one class only.

    See Also
    --------
    auc : Of one event, with its average precision.
    calibration : Whether the probabilities are right.

    Notes
    -----
    Cases of the fitted rows are left out as in :func:`auc`: those that are compared are forecast
    by one fit. The posterior is for the population that the cases are a sample of, by random
    weights on cases, unless ``spread=`` says otherwise.

    References
    ----------
    Harrell, F. E., Lee, K. L. and Mark, D. B. (1996). Multivariable prognostic models.
    doi:10.1002/(SICI)1097-0258(19960229)15:4<361::AID-SIM168>3.0.CO;2-4
    Hand, D. J. and Till, R. J. (2001). A simple generalisation of the area under the ROC curve
    for multiple class classification problems. doi:10.1023/A:1010920819831

    Examples
    --------
    >>> import bayeslogit as bl
    >>> levels = ["Low", "Medium", "High"]
    >>> housing = bl.load_dataset("housing")
    >>> model = bl.ordinal(
    ...     "satisfaction ~ influence", housing, weights="frequency", levels=levels, priors="flat"
    ... )
    >>> found = model.fit("map").concordance()
    >>> found["estimate"].round(2).tolist()
    [0.61, 0.22, 0.62, 0.63]
    """
    if options.get("event") is not None:
        raise DesignError(
            f"event={options['event']!r} was given for the ranks of all classes; expected no "
            "event; leave it out, or ask auc(event=)"
        )
    forecasts, spread, seed = asked(posterior, **options)
    settings = Settings.of(options)
    figures = _figures(posterior, forecasts.counts)
    own = _values(figures, forecasts.prob, forecasts.counts[:, :, None])[:, 0]
    replicates = np.concatenate(
        [
            _values(figures, prob, counts)
            for prob, counts in _replicates(posterior, forecasts, spread, seed)
        ],
        axis=1,
    )
    corrected = None
    if forecasts.left is not None:
        corrected = unless_rounding(_left_out(figures, forecasts.left, forecasts.counts), own)
        replicates = np.clip(replicates + (corrected - own)[:, None], 0.0, 1.0)
    names = [f.name for f in figures]
    if names[0] == "concordance":  # Somers' D is the same on another scale
        names.insert(1, "somers_d")
        own, replicates = _with_somers_d(own), _with_somers_d(replicates)
        corrected = None if corrected is None else _with_somers_d(corrected)
    columns = summarise(replicates, settings, null=None)
    columns["estimate"] = own if corrected is None else corrected
    if corrected is not None:
        columns |= {"in_sample": own, "optimism": own - corrected}
    table = tables.Answer({"estimate": columns.pop("estimate")} | columns, index=names)
    table.attrs.update(
        posterior.attrs
        | {
            "forecast": forecasts.name,
            "which": forecasts.which("estimate"),
            "spread_over": spread,
        }
    )
    return table


def _with_somers_d(values: np.ndarray) -> np.ndarray:
    return np.concatenate([values[:1], 2.0 * values[:1] - 1.0, values[1:]])


def _figures(posterior: Posterior, counts: np.ndarray) -> list[_Figure]:
    """Return the figures of an outcome, of classes that occur."""
    response, number = posterior.model.response, counts.shape[1]
    code, seen = np.arange(number), counts.sum(axis=0) > 0.0
    if posterior.several and response.kind != "ordinal":
        found = np.flatnonzero(seen).tolist()
        pairs = tuple(
            Ranking((code == a).astype(float), code == a, code == b)
            for a in found
            for b in found
            if a != b
        )
        each = [
            _Figure(f"{response.classes[k]} against all others", (Ranking.of_class(k, number),))
            for k in found
        ]
        return [_Figure("hand_till", pairs, by_pairs=False), *each]
    level = code.astype(float)
    ranks = tuple(
        Ranking(level, code == k, code < k) for k in range(1, number) if seen[k] and seen[:k].any()
    )
    whole = _Figure("concordance", ranks)
    if not posterior.several:
        return [whole]
    each = [
        _Figure(
            f"P({response.name} >= {response.classes[k]})",
            (Ranking((code >= k).astype(float), code >= k, code < k),),
        )
        for k in range(1, number)
        if seen[:k].any() and seen[k:].any()
    ]
    return [whole, *each]


def _values(figures: Sequence[_Figure], prob: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return figures, (figures, replicates), of one forecast and cases (cells, classes, ...)."""

    def area(ranking: Ranking) -> tuple[np.ndarray, np.ndarray]:
        others, events = ranking.split(counts)
        return scores.auc(ranking.score @ prob, others, events), _pairs(others, events)

    return np.stack([_mean(f, [area(r) for r in f.rankings]) for f in figures])


def _left_out(figures: Sequence[_Figure], left: Pairs | Folds, counts: np.ndarray) -> np.ndarray:
    """Return figures of cases that were left out, (figures,)."""

    def area(ranking: Ranking) -> tuple[np.ndarray, np.ndarray]:
        return np.asarray(left.of(ranking, counts).area), _pairs(*ranking.split(counts))

    return np.stack([_mean(f, [area(r) for r in f.rankings]) for f in figures])


def _pairs(others: np.ndarray, events: np.ndarray) -> np.ndarray:
    pairs: np.ndarray = others.sum(axis=0) * events.sum(axis=0)
    return pairs


def _mean(figure: _Figure, found: list[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    areas, pairs = (np.stack(v) for v in zip(*found, strict=True))
    mean: np.ndarray = np.average(areas, axis=0, weights=pairs if figure.by_pairs else None)
    return mean


def _replicates(
    posterior: Posterior, forecasts: Forecasts, spread: str, seed: list[int]
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield forecasts (classes, cells) and cases (cells, classes, some) of replicates.

    Every class that has cases has some in each.
    """
    rng, counts, cases = np.random.default_rng(seed), forecasts.counts, forecasts.cases
    number = int(np.clip(_MOST_VALUES // counts.size, _LEAST_REPLICATES, _REPLICATES))
    seen = counts.sum(axis=0) > 0.0

    def drawn(some: int) -> np.ndarray:
        varied = rng.standard_gamma(np.repeat(counts[:, :, None], some, axis=2))
        kept: np.ndarray = varied[:, :, (varied.sum(axis=0)[seen] > 0.0).all(axis=0)]
        return kept

    if spread == "cases":
        step = max(1, _BLOCK // counts.size)
        for start in range(0, number, step):
            yield forecasts.prob, drawn(min(step, number - start))
        return
    family = posterior.model.family
    likelihood = Likelihood(
        family, cases.X, cases.counts, cases.offset, basis=posterior.model.layout.basis
    )
    picked = np.linspace(0, posterior.n_draws - 1, min(number, posterior.n_draws))
    for draw in picked.round().astype(np.intp):
        prob = family.probabilities(likelihood.eta(posterior.theta[:, [draw]]))[:, :, 0]
        yield prob, drawn(1) if spread == "both" else counts[:, :, None]
