"""A check of models of several classes: observed shares beside those the model would produce."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from bayeslogit.answers.prediction.curves import is_measured
from bayeslogit.design import Design
from bayeslogit.errors import DesignError, listing, nearest
from bayeslogit.families import Family
from bayeslogit.numerics.intervals import interval, interval_settings
from bayeslogit.plots import style
from bayeslogit.plots.observed import bins_of
from bayeslogit.plots.predictive import replicates, thinned
from bayeslogit.posterior.linear_predictor import eta_blocks
from bayeslogit.response import Response
from bayeslogit.specification.density import class_counts

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["class_ppc", "simulated_counts"]

GROUPS = 4  # of a number


def class_ppc(
    design: Design,
    response: Response,
    family: Family,
    theta: np.ndarray,
    *,
    by: str | None = None,
    basis: np.ndarray | None = None,
    offset: np.ndarray | None = None,
    weights: np.ndarray | None = None,
    random_seed: int | list[int] = 0,
    note: str = "",
    ci_prob: float | None = None,
    ci_kind: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the observed share of each class beside what the fitted model would produce.

    Each replicate takes one draw of the posterior and simulates every outcome anew. Wide bars
    are the observed shares, the lines on them the intervals of the simulated ones. Over all rows
    a model with an intercept for each class can hardly miss the shares; ``by=`` looks at groups.

    Parameters
    ----------
    design, response, family
        Parts of a model for several classes.
    theta : ndarray, shape (coefficients, draws)
    by : str, optional
        A predictor: the shares within each of its levels, or of four ranges of a number.
    basis : ndarray, shape (predictors x columns, coefficients), optional
        How coefficients make linear predictors.
    offset : ndarray, shape (obs,), optional
        Everything added to the linear predictor.
    weights : ndarray, shape (obs,), optional
        Frequency weights. Where they are whole numbers, so many cases are simulated; elsewhere
        a row is simulated once and counted by its weight.
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
        If ``by`` is not a predictor.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> data = bl.load_dataset("housing")
    >>> model = bl.multinomial("satisfaction ~ influence", data, weights="frequency")
    >>> fit = model.fit("laplace", random_seed=1)
    >>> fit.plot_ppc().get_ylabel()
    'share of satisfaction = k'
    """
    prob, kind = interval_settings(ci_prob, ci_kind)
    counts = class_counts(response.y, len(response.classes), response.trials)
    counts = counts if weights is None else counts * weights[:, None]
    code, names = _groups(design, by, counts.sum(axis=1))
    observed = np.stack(
        [np.bincount(code, counts[:, k], len(names)) for k in range(counts.shape[1])], axis=1
    )
    rng = np.random.default_rng(random_seed)
    draws = thinned(theta, len(design.X))
    hits = simulated_counts(
        design.X, family, draws, code, basis=basis, offset=offset, weights=weights, rng=rng
    )
    size = observed.sum(axis=1)
    shares = hits / hits.sum(axis=1, keepdims=True)
    ax = style.axes(ax, (max(5.4, 2.2 + 0.34 * observed.size), 4.2))
    _draw(ax, response, observed / size[:, None], shares, prob, kind, grouped=by is not None)
    if by is None:
        ax.set_xticks(np.arange(len(response.classes)), response.classes)
        ax.set_xlabel(f"{response.name} (n = {size[0]:.6g})")
    else:
        ticks = [f"{name}\nn = {n:.6g}" for name, n in zip(names, size, strict=True)]
        ax.set_xticks(np.arange(len(names)), ticks)
        ax.set_xlabel(by)
    ax.set_ylabel(f"share of {response.name} = k")
    style.tidy(ax)
    style.title(
        ax,
        f"Observed and simulated shares{f' by {by}' if by else ''}",
        style.notes(
            f"{hits.shape[2]} simulated data sets"
            + (", all at the posterior mode" if theta.shape[1] == 1 else ""),
            note,
        ),
    )
    return ax


def simulated_counts(
    X: np.ndarray,
    family: Family,
    theta: np.ndarray,
    code: np.ndarray,
    *,
    basis: np.ndarray | None,
    offset: np.ndarray | None,
    weights: np.ndarray | None,
    rng: np.random.Generator,
) -> np.ndarray:
    """Return simulated cases, (groups, classes, replicates); ``code`` is the group of each row.

    Each replicate is of one column of ``theta``; of one column there are as many as time allows.
    """
    if theta.shape[1] == 1:
        theta = np.repeat(theta, replicates(len(X)), axis=1)
    added = weights is not None and family.collapsible and bool(np.all(weights % 1 == 0))
    place = np.arange(theta.shape[1])
    hits: np.ndarray | None = None
    for block, eta in eta_blocks(family, X, offset, theta, basis):
        prob = family.probabilities(eta)
        if hits is None:
            hits = np.zeros((int(code.max()) + 1, len(prob), theta.shape[1]))
        if added:
            assert weights is not None
            every = np.moveaxis(prob, 0, 2)
            every = every / every.sum(axis=2, keepdims=True)
            cases = rng.multinomial(weights[block, None].astype(np.int64), every)
            np.add.at(hits, code[block], np.moveaxis(cases, 2, 1))
        else:
            own = np.ones(len(eta[0])) if weights is None else weights[block]
            drawn = family.simulate(eta, None, rng)
            np.add.at(hits, (code[block, None], drawn, place[None]), own[:, None])
    assert hits is not None
    return hits


def _groups(design: Design, by: str | None, total: np.ndarray) -> tuple[np.ndarray, Sequence[str]]:
    """Return the group of each row, and the groups' names."""
    if by is None:
        return np.zeros(len(total), dtype=int), [""]
    if by not in design.columns:
        raise DesignError(
            f"by={by!r} is not a predictor of this model; expected one of "
            f"{listing(design.columns)}; name one of them.{nearest(by, design.columns)}"
        )
    own = design.columns[by]
    if is_measured(design, by) and len(np.unique(own)) > GROUPS:
        x = own.astype(float)
        code, _ = bins_of(x, np.maximum(total, 1e-12), GROUPS)
        ends = [(x[code == g].min(), x[code == g].max()) for g in range(code.max() + 1)]
        texts = [(style.number(a), style.number(b)) for a, b in ends]
        return code, [a if a == b else f"{a} to {b}" for a, b in texts]
    levels = design.levels(by)
    names = [style.number(v) if isinstance(v, float) else str(v) for v in levels]
    return np.array([levels.index(value) for value in own.tolist()]), names


def _draw(
    ax: Axes,
    response: Response,
    observed: np.ndarray,
    simulated: np.ndarray,
    prob: float,
    kind: str,
    *,
    grouped: bool,
) -> None:
    """Draw observed shares, (groups, classes), as bars, and simulated ones as lines on them."""
    classes = observed.shape[1]
    width = 0.8 / classes if grouped else 0.62
    for k, look in enumerate(style.looks(classes, ordered=response.kind == "ordinal")):
        places = np.arange(len(observed)) + width * (k - 0.5 * (classes - 1))
        x = places if grouped else np.array([float(k)])
        fill: dict[str, Any] = (
            {"facecolor": look.colour, "hatch": look.hatch, "alpha": 0.45}
            if grouped
            else {"facecolor": "#D9D9D9"}
        )
        label = str(response.classes[k]) if grouped else "observed"
        ax.bar(x, observed[:, k], 0.92 * width, edgecolor="#777777", label=label, **fill)
        ax.plot(
            x,
            simulated[:, k].mean(axis=1),
            "o",
            color=style.MODEL,
            markeredgecolor="white",
            markersize=5.5,
            zorder=4,
        )
        for thick, p in ((4.0, style.INNER), (1.5, prob)):
            low, high = interval(simulated[:, k], p, kind)
            ax.vlines(x, low, high, color="white", linewidth=thick + 1.6, zorder=2.5)
            ax.vlines(
                x,
                low,
                high,
                color=style.MODEL,
                linewidth=thick,
                zorder=3,
                label=f"simulated, {style.interval_label(p, kind)}",
            )
    ax.set_ylim(bottom=0.0)
    found = dict(zip(*ax.get_legend_handles_labels()[::-1], strict=True))
    before = f"observed, {response.name} = " if grouped else ""
    labels = response.classes if grouped else ("observed",)
    handles = {f"{before}{label}": found.pop(label) for label in labels} | found
    style.legend_beside(ax, list(handles.values()), list(handles))
