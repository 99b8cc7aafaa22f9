"""A check of the model: whether data simulated from the posterior look like the data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from bayeslogit.errors import DesignError
from bayeslogit.numerics.bins import bin_by
from bayeslogit.numerics.intervals import interval
from bayeslogit.plots import style
from bayeslogit.plots.classes.predictive import class_ppc
from bayeslogit.plots.literal import literal
from bayeslogit.plots.observed import hits_of, totals
from bayeslogit.plots.options import Figure, settings_of
from bayeslogit.plots.replicates import repeated, thinned
from bayeslogit.posterior.linear_predictor import eta_blocks
from bayeslogit.posterior.posterior import Posterior
from bayeslogit.runtime.seeds import generator
from bayeslogit.text import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["plot_ppc"]

MOST_BINS = 12


@literal
def plot_ppc(
    posterior: Posterior,
    *,
    by: str | None = None,
    bins: int | None = None,
    random_seed: int | list[int] | None = None,
    **options: Unpack[Figure],
) -> Axes:
    """Draw observed shares beside those that the fitted model would produce.

    Each replicate takes one draw of the posterior and simulates every outcome anew. Of one event,
    rows are put into bins of like predicted probability: the bars are the intervals of the
    simulated shares, the diamonds the observed shares. A diamond outside its bar is a bin that
    the model does not reproduce. The last bar does the same for all rows together, and says how
    many events there were.

    Of several classes, wide bars are the observed shares, the lines on them the intervals of the
    simulated ones. Over all rows a model with an intercept for each class can hardly miss the
    shares; ``by=`` looks at groups.

    Where frequency weights are whole numbers, and rows of the family can be added up, so many
    cases are simulated; elsewhere a row is simulated once and counted by its weight.

    Parameters
    ----------
    posterior : Posterior
        The fit.
    by : str, optional
        Of several classes, a predictor: the shares within each of its levels, or of four ranges
        of a number. Of one event, a grouping of the model, whose groups then take the place of
        bins.
    bins : int, optional
        Of one event: by default the square root of the number of rows, between 3 and 12, or the
        distinct predicted probabilities, where these are few.
    random_seed : int or list of int, optional
        By default derived from the seed of the fit.
    **options
        ``ax=``, ``note=`` (below the title), ``ci_prob=``, ``ci_kind=``.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    DesignError
        If ``by`` is not a predictor, ``bins`` is not a positive whole number, or one of them does
        not suit the outcome.

    See Also
    --------
    plot_calibration : Observed shares against forecasts, with scores.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> fit = bl.logistic("passed ~ hours", bl.load_dataset("exam")).fit("laplace", random_seed=1)
    >>> fit.plot_ppc().get_xlabel()
    'predicted probability of passed = 1'
    """
    settings = settings_of(options)
    if bins is not None and (isinstance(bins, bool) or not isinstance(bins, int) or bins < 1):
        raise DesignError(
            f"bins={bins!r} is not a number of bins; expected a whole number of at least 1; write "
            "for example bins=10"
        )
    terms = {term.factor: term.codes for term in posterior.model.design.groups}
    grouped = by in terms and not posterior.several
    other, number = ("bins", bins) if posterior.several or grouped else ("by", by)
    if number is not None:
        suits = "by= a predictor" if posterior.several else "bins= a number of bins"
        suits = "by= or bins=, not both" if grouped else suits
        raise DesignError(
            f"{other}={number!r} was given for an outcome of "
            f"{len(posterior.model.response.classes)} classes; expected {suits}; leave it out"
        )
    rng = generator(random_seed, [posterior.seed or 0, 3])
    if posterior.several:
        return class_ppc(posterior, by, settings, rng, options)
    model, response = posterior.model, posterior.model.response
    prob, kind, weights = settings.prob, settings.kind, model.weights
    counts = totals(response, weights)
    events = hits_of(response, counts)
    some = thinned(posterior)
    predicted = _means(some)
    if by is None:
        code, middle = bin_by(predicted, counts, bins, most=MOST_BINS)
        code = np.maximum(code, 0)  # rows without cases add nothing to the first bin
    else:
        code, middle = _by_group(terms[by], predicted, counts)
    size = np.bincount(code, counts)
    hits = _simulate(some, code, rng)
    observed = np.bincount(code, events, len(size))
    ax = style.axes(options.get("ax"), (6.0, 4.6))
    shares = hits / size[:, None]
    highest = max(interval(shares, prob, kind)[1].max(), (observed / size).max())
    # Where the event is rare, the axes end early.
    top = 1.0 if max(highest, middle.max()) > 0.5 else 1.15 * float(max(highest, middle.max()))
    _draw_shares(ax, middle, shares, observed / size, size, prob, kind, top)
    _draw_all(ax, hits.sum(axis=0), float(observed.sum()), float(size.sum()), prob, kind, top)
    words = style.event(response)
    ax.set_xlabel(f"predicted probability of {words}")
    ax.set_ylabel(f"share of {words}")
    style.tidy(ax)
    style.title(
        ax,
        "Observed and simulated shares",
        style.notes(
            "rows in bins of like prediction" if by is None else f"rows by {by}",
            f"{hits.shape[1]} simulated data sets"
            + (", all at the posterior mode" if posterior.point else ""),
            options.get("note", posterior.caveat),
        ),
    )
    return ax


def _by_group(
    codes: np.ndarray, predicted: np.ndarray, counts: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the place of the group of each row among those with cases, and their predictions."""
    present = np.unique(codes[counts > 0.0])
    # Rows without cases add nothing to whichever group they are put to.
    code = np.minimum(np.searchsorted(present, codes), len(present) - 1)
    return code, np.bincount(code, counts * predicted) / np.bincount(code, counts)


def _means(posterior: Posterior) -> np.ndarray:
    """Return the posterior mean of the probability of each row."""
    model = posterior.model
    result = np.empty(len(model.design.X))
    for block, eta in eta_blocks(posterior, model.design.X, model.offset):
        result[block] = model.family.probabilities(eta)[1].mean(axis=1)
    return result


def _simulate(posterior: Posterior, code: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return simulated numbers of events, (bins, replicates); ``code`` is the bin of a row."""
    model = posterior.model
    trials, weights, family = model.response.trials, model.weights, model.family
    many = repeated(posterior)
    cases = np.ones(len(code)) if trials is None else trials
    cases = cases if weights is None else cases * weights
    added = weights is not None and family.collapsible and bool(np.all(cases % 1 == 0))
    hits = np.zeros((int(code.max()) + 1, many.n_draws))
    for block, eta in eta_blocks(many, model.design.X, model.offset):
        if added:
            prob = family.probabilities(eta)[1]
            values: Any = rng.binomial(cases[block, None].astype(np.int64), prob)
        else:
            own = None if trials is None else trials[block]
            values = family.simulate(eta, own, rng)
            values = values if weights is None else values * weights[block, None]
        np.add.at(hits, code[block], values)
    return hits


def _draw_shares(
    ax: Axes,
    middle: np.ndarray,
    simulated: np.ndarray,
    observed: np.ndarray,
    size: np.ndarray,
    prob: float,
    kind: str,
    top: float,
) -> None:
    ax.plot([0, top], [0, top], color=style.NOTE, linewidth=1, linestyle="--", zorder=1)
    ax.scatter(
        middle,
        observed,
        s=16 + 34 * size / size.max(),
        marker="D",
        facecolors=style.PAPER,
        edgecolors=style.DATA,
        linewidths=1.2,
        label="observed",
        zorder=4,
    )
    for width, p in ((4.5, style.INNER), (1.4, prob)):
        low, high = interval(simulated, p, kind)
        label = f"simulated, {style.interval_label(p, kind)}"
        ax.vlines(middle, low, high, color=style.MODEL, linewidth=width, label=label, zorder=2)
    ax.legend(frameon=False, fontsize="small", loc="upper left")


def _draw_all(
    ax: Axes,
    totals: np.ndarray,
    observed: float,
    cases: float,
    prob: float,
    kind: str,
    top: float,
) -> None:
    """Draw the share of all rows in a place of its own, right of the scale of predictions."""
    place = 1.15 * top
    ax.axvspan(1.06 * top, 1.45 * top, color=style.SHADE, linewidth=0, zorder=0)
    for width, p in ((4.5, style.INNER), (1.4, prob)):
        low, high = interval(totals[None] / cases, p, kind)
        ax.vlines(place, low, high, color=style.MODEL, linewidth=width, zorder=2)
    ax.plot(
        [place],
        [observed / cases],
        "D",
        markersize=7,
        markerfacecolor=style.PAPER,
        markeredgecolor=style.DATA,
        markeredgewidth=1.2,
        zorder=4,
    )
    ends = [number(float(np.round(end * cases))) for end in (low[0], high[0])]
    ax.annotate(
        f"{number(observed)} events\n({' to '.join(ends)}\nsimulated)",
        (place, observed / cases),
        (9, 0),
        textcoords="offset points",
        va="center",
        fontsize="small",
        color=style.DATA,
    )
    decade = 10.0 ** np.floor(np.log10(top / 2))
    step = 0.2 if top == 1.0 else decade * (2.0 if top / decade > 8 else 1.0)
    ticks = [float(t) for t in np.arange(0, top + step / 10, step)]
    names = [f"{t:.6g}" for t in ticks]
    ax.set_xticks([*ticks, place], [*names, "all\nrows"])
    ax.set_yticks(ticks, names)
    ax.set_xlim(-0.03 * top, 1.45 * top)
    ax.set_ylim(-0.04 * top, 1.04 * top)
