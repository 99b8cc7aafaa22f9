"""What a picture of several classes is made of: lines, areas, points, bars, and their legend."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from bayeslogit.answers.prediction.class_quantities import Quantity
from bayeslogit.answers.prediction.profile_rows import is_measured
from bayeslogit.numerics.bins import bins_of
from bayeslogit.plots import style
from bayeslogit.plots.profile import Profile, Summary
from bayeslogit.response import Response

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Picture"]

MARKERS = 7  # on each line
BINS = 8  # of observed shares along a number


def _level_words(quantity: Quantity) -> list[str]:
    """Return what each value of a quantity is of: ``at most Low``, ``at least High``."""
    before = {"cumulative": "at most ", "exceedance": "at least "}.get(quantity.kind, "")
    return [f"{before}{label}" for label in quantity.labels or ()]


class Picture:
    """One picture in the making: what is drawn, and its legend."""

    def __init__(
        self,
        ax: Axes,
        along: Profile,
        response: Response,
        quantity: Quantity,
        found: list[Summary],
        counts: np.ndarray | None,
    ) -> None:
        self.ax, self.along, self.quantity, self.counts = ax, along, quantity, counts
        self.outer, self.inner = found[0], found[-1]
        self.words = _level_words(quantity)
        every = style.looks(len(response.classes), ordered=response.kind == "ordinal")
        places = [response.classes.index(label) for label in quantity.labels or ()]
        self.looks = [every[place] for place in places]
        self.extra: list[tuple[Any, str]] = []
        self._scale(1.0)

    def _scale(self, highest: float) -> None:
        """Scale the axis from 0 to 1, or less far where all is low."""
        top = 1.0 if highest > 0.5 else 1.25 * highest
        self.ax.set_ylim(-0.03 * top, 1.03 * top)
        if top == 1.0:
            self.ax.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0", "0.25", "0.5", "0.75", "1"])
        else:
            from matplotlib.ticker import MaxNLocator, StrMethodFormatter

            self.ax.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
            self.ax.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))

    # ---- a number ---------------------------------------------------------------------------

    def lines(self, grid: np.ndarray) -> None:
        """Draw a line with its band for each value of the quantity."""
        mean, lower, upper = self.outer
        step = max(1, len(grid) // MARKERS)
        for k, look in enumerate(self.looks):
            self.ax.plot(
                grid,
                mean[k],
                color=look.colour,
                linestyle=look.dash,
                linewidth=2,
                marker=look.marker,
                markersize=5,
                # Not all at the same places, so that lines that meet can be told apart.
                markevery=(k * step // len(self.looks), step),
                label=self.words[k],
                zorder=3,
            )
            if not self.along.point:
                style.band(self.ax, grid, lower[k], upper[k], color=look.colour, alpha=0.2)
        self._say_interval()
        highest = float(upper.max())
        if self.counts is not None:
            highest = max(highest, self._shares_along(self.quantity))
        self._scale(highest)

    def areas(self, grid: np.ndarray) -> None:
        """Draw stacked areas, and where their borders may be."""
        mean, lower, upper = self.outer
        edges = np.concatenate([np.zeros_like(mean[:1]), mean, np.ones_like(mean[:1])])
        for k, look in enumerate(self.looks):
            self.ax.fill_between(grid, edges[k], edges[k + 1], label=self.words[k], **_fill(look))
        for k in range(len(mean)):
            self.ax.plot(grid, mean[k], color=style.PAPER, linewidth=1.6, zorder=3)
            if not self.along.point:
                for bound in (lower[k], upper[k]):
                    self.ax.plot(grid, bound, color=style.INK, linewidth=1, linestyle=":", zorder=3)
        self._say_borders()
        if self.counts is not None:
            self._shares_along(Quantity("cumulative", self.quantity.labels), border=True)
        self.ax.margins(x=0)

    def _shares_along(self, quantity: Quantity, *, border: bool = False) -> float:
        """Draw observed shares of bins; return how high they are."""
        assert self.counts is not None
        total = self.counts.sum(axis=1)
        kept = total > 0
        x = self.along.values.astype(float)[kept]
        code, centres = bins_of(x, total[kept], BINS)
        shares, size = _shares(code, self.counts[kept], len(centres))
        observed = quantity.of(shares[:, :, None])[:, :, 0]
        area = 10 + 36 * size / size.max()
        for k, values in enumerate(observed):
            self.ax.scatter(
                centres,
                values,
                s=area,
                marker="D" if border else self.looks[k].marker,
                facecolors=style.PAPER,
                edgecolors=style.DATA if border else self.looks[k].colour,
                linewidths=1,
                clip_on=False,
                zorder=4,
            )
        self._say_observed("D" if border else "o", "border" if border else "")
        return float(observed.max(initial=0.0))

    # ---- a category -------------------------------------------------------------------------

    def points(self, levels: Sequence[Any]) -> None:
        """Draw a point with bars for each level and value, side by side."""
        width = min(0.7 / len(self.looks), 0.2)
        shift = width * (np.arange(len(self.looks)) - 0.5 * (len(self.looks) - 1))
        place = np.arange(len(levels))
        for k, look in enumerate(self.looks):
            x = place + shift[k]
            if not self.along.point:
                for thick, (_, lower, upper) in ((4.0, self.inner), (1.4, self.outer)):
                    self.ax.vlines(x, lower[k], upper[k], color=look.colour, linewidth=thick)
            self.ax.plot(
                x,
                self.outer[0][k],
                linestyle="none",
                marker=look.marker,
                color=look.colour,
                markeredgecolor=style.DATA,
                markeredgewidth=0.6,
                markersize=7,
                label=self.words[k],
                zorder=3,
            )
        self._say_bars()
        highest = float(self.outer[2].max())
        if self.counts is not None:
            observed = self._by_level(levels, self.quantity)
            for k, values in enumerate(observed):
                self._dash(place + shift[k], values, 9)
            self._say_observed("_")
            highest = max(highest, float(np.nanmax(observed)))
        self._scale(highest)
        for border in place[:-1] + 0.5:
            self.ax.axvline(border, color=style.GRID, linewidth=0.8, zorder=0)

    def bars(self, levels: Sequence[Any]) -> None:
        """Draw stacked bars, and where their borders may be."""
        mean, lower, upper = self.outer
        edges = np.concatenate([np.zeros_like(mean[:1]), mean, np.ones_like(mean[:1])])
        place = np.arange(len(levels))
        for k, look in enumerate(self.looks):
            height = np.diff(edges[k : k + 2], axis=0)[0]
            self.ax.bar(place, height, 0.62, bottom=edges[k], label=self.words[k], **_fill(look))
        if not self.along.point:
            for k in range(len(mean)):
                x = place - 0.2 + 0.08 * k
                self.ax.vlines(x, lower[k], upper[k], color=style.PAPER, linewidth=4, zorder=3)
                self.ax.vlines(x, lower[k], upper[k], color=style.INK, linewidth=1.6, zorder=4)
        self._say_borders()
        if self.counts is not None:
            order = Quantity("cumulative", self.quantity.labels)
            for values in self._by_level(levels, order):
                self.ax.scatter(
                    place + 0.2,
                    values,
                    s=30,
                    marker="D",
                    facecolors=style.PAPER,
                    edgecolors=style.DATA,
                    zorder=5,
                )
            self._say_observed("D", "border")

    def _by_level(self, levels: Sequence[Any], quantity: Quantity) -> np.ndarray:
        """Return observed values, (values, levels); a level without cases has none."""
        assert self.counts is not None
        code = np.array([levels.index(value) for value in self.along.values.tolist()])
        shares, _ = _shares(code, self.counts, len(levels))
        return quantity.of(shares[:, :, None])[:, :, 0]

    def _dash(self, x: np.ndarray, y: np.ndarray, size: float) -> None:
        self.ax.plot(
            x,
            y,
            "_",
            color=style.INK,
            markersize=size,
            markeredgewidth=1.6,
            zorder=5,
        )

    # ---- the legend -------------------------------------------------------------------------

    def _say_interval(self) -> None:
        from matplotlib.patches import Patch

        if not self.along.point:
            text = style.interval_label(self.along.prob, self.along.kind)
            self.extra.append((Patch(color=style.NOTE, alpha=0.25, linewidth=0), text))

    def _say_bars(self) -> None:
        from matplotlib.lines import Line2D

        if not self.along.point:
            for width, p in ((4.0, style.INNER), (1.4, self.along.prob)):
                text = style.interval_label(p, self.along.kind)
                self.extra.append((Line2D([], [], color=style.NOTE, linewidth=width), text))

    def _say_borders(self) -> None:
        from matplotlib.lines import Line2D

        if not self.along.point:
            text = f"border, {style.interval_label(self.along.prob, self.along.kind)}"
            numeric = is_measured(self.along.design, self.along.name)
            line = Line2D([], [], color=style.INK, linewidth=1.3, linestyle=":" if numeric else "-")
            self.extra.append((line, text))

    def _say_observed(self, marker: str, what: str = "") -> None:
        from matplotlib.lines import Line2D

        alone = len(self.along.design.columns) == 1
        handle = Line2D(
            [],
            [],
            linestyle="none",
            marker=marker,
            markerfacecolor=style.PAPER,
            markeredgecolor=style.INK if marker == "_" else style.DATA,
            markeredgewidth=1.6 if marker == "_" else 1,
            markersize=8 if marker == "_" else 6,
        )
        text = f"observed {what or 'share'}" + ("" if alone else ",\nothers as they are")
        self.extra.append((handle, text))

    def legend(self, *, by_height: bool, reverse: bool) -> tuple[list[Any], list[str]]:
        """Return handles and labels of the legend, with those of bars, borders and data last.

        Parameters
        ----------
        by_height : bool
            The class with the highest curve at the right first; else in the order of the classes.
        reverse : bool
            Turn that order round.
        """
        handles, labels = self.ax.get_legend_handles_labels()
        order = list(range(len(labels)))
        if by_height:
            order = [int(k) for k in np.argsort(-self.outer[0][:, -1], kind="stable")]
        pairs = [(handles[k], labels[k]) for k in (order[::-1] if reverse else order)] + self.extra
        return [handle for handle, _ in pairs], [label for _, label in pairs]


def _fill(look: style.Look) -> dict[str, Any]:
    """Return how an area of a class is filled: colour, and white lines over it."""
    return {
        "facecolor": look.colour,
        "hatch": look.hatch,
        "edgecolor": style.PAPER,
        "linewidth": 0.0,
        "alpha": 0.9,
    }


def _shares(code: np.ndarray, counts: np.ndarray, groups: int) -> tuple[np.ndarray, np.ndarray]:
    """Return shares of the classes, (classes, groups), and the cases of each group."""
    cases = np.stack([np.bincount(code, counts[:, k], groups) for k in range(counts.shape[1])])
    size = cases.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return cases / size, size
