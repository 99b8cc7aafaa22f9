"""A check of models of several classes: observed shares beside those the model would produce."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from bayeslogit.answers.prediction.profile_rows import check_variable, is_measured
from bayeslogit.design import Design
from bayeslogit.families.base import draw_counts
from bayeslogit.numerics.bins import bins_of
from bayeslogit.numerics.intervals import Settings, interval
from bayeslogit.plots import style
from bayeslogit.plots.options import Figure
from bayeslogit.plots.replicates import repeated, thinned
from bayeslogit.posterior.linear_predictor import eta_blocks
from bayeslogit.posterior.posterior import Posterior
from bayeslogit.response import Response
from bayeslogit.text import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["class_ppc", "simulated_counts"]

GROUPS = 4  # of a number


def class_ppc(
    posterior: Posterior,
    by: str | None,
    settings: Settings,
    rng: np.random.Generator,
    options: Figure,
) -> Axes:
    """Draw the observed share of each class beside what the fitted model would produce.

    Parameters
    ----------
    posterior : Posterior
    by : str, optional
        A predictor: the shares within each of its levels, or of four ranges of a number.
    settings : Settings
    rng : numpy.random.Generator
    options : Figure

    Raises
    ------
    DesignError
        If ``by`` is not a predictor.
    """
    model = posterior.model
    response, counts = model.response, model.counts
    prob, kind = settings.prob, settings.kind
    code, names = _groups(model.design, by, counts.sum(axis=1))
    observed = np.stack(
        [np.bincount(code, counts[:, k], len(names)) for k in range(counts.shape[1])], axis=1
    )
    hits = simulated_counts(thinned(posterior), code, rng)
    size = observed.sum(axis=1)
    shares = hits / hits.sum(axis=1, keepdims=True)
    ax = style.axes(options.get("ax"), (max(5.4, 2.2 + 0.34 * observed.size), 4.2))
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
            + (", all at the posterior mode" if posterior.point else ""),
            options.get("note", posterior.caveat),
        ),
    )
    return ax


def simulated_counts(
    posterior: Posterior, code: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Return simulated cases, (groups, classes, replicates).

    Each replicate is of one draw; of a point estimate there are as many as time allows.

    Parameters
    ----------
    posterior : Posterior
    code : ndarray of int, shape (obs,)
        The group of each row.
    rng : numpy.random.Generator
    """
    model, many = posterior.model, repeated(posterior)
    family, weights, trials = model.family, model.weights, model.response.trials
    cases = np.ones(len(code), dtype=np.int64) if trials is None else trials
    each = np.ones(len(code)) if weights is None else weights
    if weights is not None and family.collapsible and np.all(weights % 1 == 0):
        cases, each = cases * weights.astype(np.int64), np.ones(len(code))
    single = bool(np.all(cases == 1))
    place = np.arange(many.n_draws)
    hits: np.ndarray | None = None
    for block, eta in eta_blocks(many, model.design.X, model.offset):
        prob = family.probabilities(eta)
        if hits is None:
            hits = np.zeros((int(code.max()) + 1, len(prob), many.n_draws))
        if single:
            drawn = family.simulate(eta, None, rng)
            np.add.at(hits, (code[block, None], drawn, place[None]), each[block, None])
        else:
            counts = draw_counts(prob, cases[block], rng) * each[block, None]
            np.add.at(hits, code[block], np.moveaxis(counts, 0, 1))
    assert hits is not None
    return hits


def _groups(design: Design, by: str | None, total: np.ndarray) -> tuple[np.ndarray, Sequence[str]]:
    """Return the group of each row, and the groups' names."""
    if by is None:
        return np.zeros(len(total), dtype=int), [""]
    check_variable(design, by, "by=")
    own = design.columns[by]
    if is_measured(design, by) and len(np.unique(own)) > GROUPS:
        x = own.astype(float)
        code, _ = bins_of(x, np.maximum(total, 1e-12), GROUPS)
        ends = [(x[code == g].min(), x[code == g].max()) for g in range(code.max() + 1)]
        texts = [(number(a), number(b)) for a, b in ends]
        return code, [a if a == b else f"{a} to {b}" for a, b in texts]
    levels = design.levels(by)
    names = [number(v) if isinstance(v, float) else str(v) for v in levels]
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
            else {"facecolor": style.BAR}
        )
        label = str(response.classes[k]) if grouped else "observed"
        ax.bar(x, observed[:, k], 0.92 * width, edgecolor=style.EDGE, label=label, **fill)
        ax.plot(
            x,
            simulated[:, k].mean(axis=1),
            "o",
            color=style.MODEL,
            markeredgecolor=style.PAPER,
            markersize=5.5,
            zorder=4,
        )
        for thick, p in ((4.0, style.INNER), (1.5, prob)):
            low, high = interval(simulated[:, k], p, kind)
            ax.vlines(x, low, high, color=style.PAPER, linewidth=thick + 1.6, zorder=2.5)
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
