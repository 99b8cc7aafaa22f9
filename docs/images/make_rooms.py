"""Draw the rooms of the package from its imports: python -m docs.images.make_rooms.

Rooms stand on the floors of docs/architecture.md, with arrows to the rooms they import. An arrow
is left out where a longer way already shows it. An arrow that goes up, or that joins two rooms of
one floor, breaks the rule of the house and is red. A room that does not exist is not drawn.
"""

from __future__ import annotations

import argparse
from itertools import pairwise
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from matplotlib.path import Path as Curve
from scipy.optimize import isotonic_regression

from docs.images.small import save
from tests.source import ROOT, House, beside, floors, room

mpl.use("agg")
from matplotlib import pyplot as plt

HERE = Path(__file__).resolve().parent
OUTER, INNER = "#dde8f3", "#f7efd9"
LINE, WRONG, TEXT = "#5b6b7b", "#c0392b", "#1d2733"
HEIGHT, STEP, GAP, LETTER, SIZE = 0.42, 1.0, 0.34, 0.102, 9.5

Edge = tuple[str, str]


def imports(house: House, rooms: list[str]) -> set[Edge]:
    """Find the pairs of rooms where the first imports the second."""
    pairs = {
        (room(module, rooms), room(target, rooms))
        for module, targets in house.graph().items()
        for target in targets
    }
    return {(one, two) for one, two in pairs if one and two and one != two}


def needed(edges: set[Edge]) -> set[Edge]:
    """Leave out the edges that a longer way already shows; the graph has no circles."""
    below: dict[str, set[str]] = {}
    for one, two in edges:
        below.setdefault(one, set()).add(two)

    def reach(node: str) -> set[str]:
        return {node}.union(*(reach(other) for other in below.get(node, ())))

    return {
        (one, two)
        for one, two in edges
        if not any(two in reach(other) for other in below[one] - {two})
    }


class Layout:
    """Places for rooms on floors; an arrow over several floors bends around what stands there.

    On each floor between its ends such an arrow has a point of its own, which takes part in the
    ordering like a narrow room (Sugiyama, Tagawa and Toda 1981).
    """

    def __init__(self, level: dict[str, int], edges: set[Edge]) -> None:
        self.rows: list[list[str]] = [[] for _ in range(max(level.values()) + 1)]
        for name, floor in level.items():
            self.rows[floor].append(name)
        self.ways: dict[Edge, list[str]] = {}
        for one, two in sorted(edges):
            points = [f"{one}>{two}@{floor}" for floor in range(level[one] - 1, level[two], -1)]
            for point in points:
                self.rows[int(point.rsplit("@", 1)[1])].append(point)
            self.ways[one, two] = [one, *points, two]
        self.near: dict[str, list[str]] = {name: [] for row in self.rows for name in row}
        for way in self.ways.values():
            for one, two in pairwise(way):
                self.near[one].append(two)
                self.near[two].append(one)
        self.floor = {name: i for i, row in enumerate(self.rows) for name in row}
        self.x = {name: float(i) for row in self.rows for i, name in enumerate(row)}
        self._order()
        self._settle()

    @staticmethod
    def width(name: str) -> float:
        """Take the width of a box from its text; a point of an arrow has none."""
        return 0.0 if "@" in name else LETTER * len(name.rsplit("/", 1)[-1]) + 0.24

    def _crossings(self) -> int:
        count = 0
        for row in self.rows:
            ends = [
                (self.x[name], self.x[other])
                for name in row
                for other in self.near[name]
                if self.floor[other] < self.floor[name]
            ]
            count += sum((a - c) * (b - d) < 0 for a, b in ends for c, d in ends) // 2
        return count

    def _order(self) -> None:
        """Sort each floor by the mean place of the neighbours, and keep the best order seen."""
        best = self._crossings(), [list(row) for row in self.rows]
        for sweep in range(60):
            up = sweep % 2 == 0
            for row in self.rows if up else self.rows[::-1]:
                here = self.floor[row[0]] if row else 0
                mean = {}
                for name in row:
                    side = [o for o in self.near[name] if (self.floor[o] < here) == up]
                    mean[name] = np.mean([self.x[o] for o in side]) if side else self.x[name]
                row.sort(key=lambda name: (mean[name], name))
                self.x.update({name: i - len(row) / 2 for i, name in enumerate(row)})
            best = min(best, (self._crossings(), [list(row) for row in self.rows]))
        self.rows = best[1]

    def _settle(self) -> None:
        """Move each floor to the mean of its neighbours, as far as its order and gaps allow."""
        offset = {}
        for row in self.rows:
            place = 0.0
            for before, name in zip([None, *row], row, strict=False):
                if before is not None:
                    place += (self.width(before) + self.width(name)) / 2 + GAP
                offset[name] = place
            for name in row:
                self.x[name] = offset[name] - place / 2
        for sweep in range(200):
            for row in self.rows if sweep % 2 else self.rows[::-1]:
                if row:
                    wanted = [
                        np.mean([self.x[o] for o in self.near[n]] or [self.x[n]]) - offset[n]
                        for n in row
                    ]
                    # Points pull less than rooms do, so rooms stand in the middle of theirs.
                    weights = [1.0 if "@" in n else 2.0 for n in row]
                    placed = isotonic_regression(wanted, weights=weights).x
                    self.x.update({n: p + offset[n] for n, p in zip(row, placed, strict=True)})

    def curve(self, edge: Edge) -> Curve:
        """From the lower side of the first room to the upper side of the second."""
        way = self.ways[edge]
        at = [(self.x[name], STEP * self.floor[name]) for name in way]
        at[0] = at[0][0], at[0][1] - HEIGHT / 2
        at[-1] = at[-1][0], at[-1][1] + HEIGHT / 2 + 0.02
        points, codes = [at[0]], [Curve.MOVETO]
        for (x, y), (to_x, to_y) in pairwise(at):
            bend = 0.42 * (y - to_y)
            points += [(x, y - bend), (to_x, to_y + bend), (to_x, to_y)]
            codes += [Curve.CURVE4] * 3
        return Curve(points, codes)


def draw(ax: Axes, edges: set[Edge], level: dict[str, int], aside: tuple[str, ...] = ()) -> None:
    """Draw rooms and arrows on Axes; ``aside`` are the rooms that stand beside the house."""
    down = {(one, two) for one, two in edges if level[one] > level[two]}
    layout = Layout(level, needed(down))
    for edge in layout.ways:
        arrow = FancyArrowPatch(
            path=layout.curve(edge), arrowstyle="-|>", mutation_scale=8, color=LINE, lw=0.9
        )
        ax.add_patch(arrow)
    for one, two in sorted(edges - down):
        ends = [(layout.x[name], STEP * level[name]) for name in (one, two)]
        style = {"arrowstyle": "-|>", "mutation_scale": 8, "connectionstyle": "arc3,rad=0.3"}
        ax.add_patch(FancyArrowPatch(*ends, color=WRONG, shrinkA=12, shrinkB=12, zorder=4, **style))
    tops = sorted({name.split("/")[0] for name in level if "/" in name})
    for name, floor in level.items():
        wide, x, y = layout.width(name), layout.x[name], STEP * floor
        box = FancyBboxPatch(
            (x - wide / 2, y - HEIGHT / 2),
            wide,
            HEIGHT,
            boxstyle="round,pad=0,rounding_size=0.07",
            facecolor="white" if name in aside else INNER if "/" in name else OUTER,
            edgecolor=LINE,
            linestyle=":" if name in aside else "-",
            zorder=3,
        )
        ax.add_patch(box)
        text = name.rsplit("/", 1)[-1]
        ax.text(x, y, text, ha="center", va="center", fontsize=SIZE, color=TEXT, zorder=5)
    left = min(layout.x[n] - layout.width(n) / 2 for n in layout.x) - 0.6
    right = max(layout.x[n] + layout.width(n) / 2 for n in layout.x) + 0.2
    for floor, row in enumerate(layout.rows):
        if any("@" not in name for name in row):
            ax.text(left, STEP * floor, str(floor), ha="center", va="center", color=LINE)
    for top in tops:
        inside = [floor for name, floor in level.items() if name.startswith(f"{top}/")]
        low, high = STEP * min(inside) - 0.4, STEP * max(inside) + 0.4
        band = FancyBboxPatch(
            (left + 0.3, low), right - left - 0.3, high - low, boxstyle="round,pad=0", zorder=0
        )
        band.set(facecolor="#fbf8f4", edgecolor="#e5d9cc")
        ax.add_patch(band)
        ax.text(right - 0.1, high - 0.08, f"{top}/", ha="right", va="top", color=LINE)
    ax.set(xlim=(left - 0.2, right + 0.1), ylim=(-0.5, STEP * (len(layout.rows) - 1) + 0.5))
    ax.set_aspect("equal")
    ax.axis("off")
    ax.figure.set_size_inches((right - left + 0.3) * 0.8, STEP * len(layout.rows) * 0.8)


def main() -> None:
    """Draw one checkout into one file."""
    parser = argparse.ArgumentParser(prog="python -m docs.images.make_rooms")
    parser.add_argument("--tree", type=Path, default=ROOT, help="the checkout to draw")
    parser.add_argument("--out", type=Path, default=HERE / "rooms.png")
    given = parser.parse_args()
    house = House(given.tree)
    level = {name: floor for floor, rooms in enumerate(floors()) for name in rooms}
    level |= dict.fromkeys(beside(), 1)
    standing = {room(module, level) for module in house.files}
    level = {name: floor for name, floor in level.items() if name in standing}
    fig, ax = plt.subplots(layout="constrained")
    draw(ax, imports(house, list(level)), level, beside())
    save(fig, given.out, dpi=110)


if __name__ == "__main__":
    main()
