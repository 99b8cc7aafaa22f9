"""A check of the model: whether data simulated from the posterior look like the data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bayeslogit.answers.evaluation.residuals import bin_by
from bayeslogit.design import Design
from bayeslogit.errors import DesignError
from bayeslogit.families import Family
from bayeslogit.numerics.intervals import interval, interval_settings
from bayeslogit.plots import style
from bayeslogit.plots.curves import check_one_event
from bayeslogit.plots.observed import hits_of, totals
from bayeslogit.posterior.linear_predictor import eta_blocks
from bayeslogit.response import Response

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["ppc", "replicates", "thinned"]

REPLICATES = 1000
MOST_CELLS = 20_000_000  # rows times replicates that are simulated at most
MOST_BINS = 12


def ppc(
    design: Design,
    response: Response,
    family: Family,
    theta: np.ndarray,
    *,
    basis: np.ndarray | None = None,
    offset: np.ndarray | None = None,
    weights: np.ndarray | None = None,
    bins: int | None = None,
    random_seed: int | list[int] = 0,
    note: str = "",
    ci_prob: float | None = None,
    ci_kind: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw observed shares of the event beside what the fitted model would produce.

    Rows are put into bins of like predicted probability. Each replicate takes one draw of the
    posterior and simulates every outcome anew; the bars are the intervals of the simulated
    shares, the diamonds the observed shares. A diamond outside its bar is a bin that the model
    does not reproduce. The last bar does the same for all rows together, and says how many
    events there were.

    Parameters
    ----------
    design, response, family
        Parts of a model for one event.
    theta : ndarray, shape (coefficients, draws)
        On the scale of the linear predictor.
    basis : ndarray, shape (predictors x columns, coefficients), optional
        How coefficients make linear predictors, where each has not just its own column.
    offset : ndarray, shape (obs,), optional
        Everything added to the linear predictor.
    weights : ndarray, shape (obs,), optional
        Frequency weights. Where they are whole numbers, and rows of the family can be added up,
        so many cases are simulated; elsewhere a row is simulated once and counted by its weight.
    bins : int, optional
        By default the square root of the number of rows, between 3 and 12, or the distinct
        predicted probabilities, where these are few.
    random_seed : int or list of int
    note : str
        Written below the title, such as the name of an approximation.
    ci_prob, ci_kind : optional
        Interval; by default ArviZ's ``rcParams``.
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    DesignError
        If the outcome has several classes, or ``bins`` is not a positive whole number.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> fit = bl.logistic("passed ~ hours", bl.load_dataset("exam")).fit("laplace", random_seed=1)
    >>> fit.plot_ppc().get_xlabel()
    'predicted probability of passed = 1'
    """
    check_one_event(response)
    prob, kind = interval_settings(ci_prob, ci_kind)
    if bins is not None and (isinstance(bins, bool) or not isinstance(bins, int) or bins < 1):
        raise DesignError(
            f"bins={bins!r} is not a number of bins; expected a whole number of at least 1; write "
            "for example bins=10"
        )
    rng = np.random.default_rng(random_seed)
    counts = totals(response, weights)
    events = hits_of(response, counts)
    rows = _Rows(family, design.X, offset, thinned(theta, len(design.X)), basis)
    predicted = rows.means()
    code, middle = bin_by(predicted, counts, bins, most=MOST_BINS)
    code = np.maximum(code, 0)  # rows without cases add nothing to the first bin
    size = np.bincount(code, counts)
    hits = rows.simulate(response.trials, weights, code, rng)
    observed = np.bincount(code, events, len(size))
    ax = style.axes(ax, (6.0, 4.6))
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
            "rows in bins of like prediction",
            f"{hits.shape[1]} simulated data sets"
            + (", all at the posterior mode" if theta.shape[1] == 1 else ""),
            note,
        ),
    )
    return ax


@dataclass(frozen=True, eq=False)
class _Rows:
    """The fitted rows, and draws to simulate them with."""

    family: Family
    X: np.ndarray
    offset: np.ndarray | None
    theta: np.ndarray
    basis: np.ndarray | None = None

    def blocks(self, theta: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
        """Walk the rows with their linear predictors."""
        return eta_blocks(self.family, self.X, self.offset, theta, self.basis)

    def means(self) -> np.ndarray:
        """Return the posterior mean of the probability of each row."""
        result = np.empty(len(self.X))
        for block, eta in self.blocks(self.theta):
            result[block] = self.family.probabilities(eta)[1].mean(axis=1)
        return result

    def simulate(
        self,
        trials: np.ndarray | None,
        weights: np.ndarray | None,
        code: np.ndarray,
        rng: np.random.Generator,
    ) -> np.ndarray:
        """Return simulated numbers of events, (bins, replicates); ``code`` is the bin of a row."""
        theta = self.theta
        if theta.shape[1] == 1:
            theta = np.repeat(theta, replicates(len(self.X)), axis=1)
        cases = np.ones(len(self.X)) if trials is None else trials
        cases = cases if weights is None else cases * weights
        added = weights is not None and self.family.collapsible and bool(np.all(cases % 1 == 0))
        hits = np.zeros((int(code.max()) + 1, theta.shape[1]))
        for block, eta in self.blocks(theta):
            if added:
                prob = self.family.probabilities(eta)[1]
                values: Any = rng.binomial(cases[block, None].astype(np.int64), prob)
            else:
                own = None if trials is None else trials[block]
                values = self.family.simulate(eta, own, rng)
                values = values if weights is None else values * weights[block, None]
            np.add.at(hits, code[block], values)
        return hits


def replicates(rows: int) -> int:
    """Return as many replicates as time allows for so many rows."""
    return int(np.clip(MOST_CELLS // rows, 100, REPLICATES))


def thinned(theta: np.ndarray, rows: int) -> np.ndarray:
    """Return as many draws as there will be replicates, evenly chosen."""
    wanted = replicates(rows)
    if theta.shape[1] <= wanted:
        return theta
    return theta[:, np.linspace(0, theta.shape[1] - 1, wanted).astype(int)]


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
        facecolors="white",
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
    ax.axvspan(1.06 * top, 1.45 * top, color="#F2F2F2", linewidth=0, zorder=0)
    for width, p in ((4.5, style.INNER), (1.4, prob)):
        low, high = interval(totals[None] / cases, p, kind)
        ax.vlines(place, low, high, color=style.MODEL, linewidth=width, zorder=2)
    ax.plot(
        [place],
        [observed / cases],
        "D",
        markersize=7,
        markerfacecolor="white",
        markeredgecolor=style.DATA,
        markeredgewidth=1.2,
        zorder=4,
    )
    ends = [style.number(float(np.round(end * cases))) for end in (low[0], high[0])]
    ax.annotate(
        f"{style.number(observed)} events\n({' to '.join(ends)}\nsimulated)",
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
