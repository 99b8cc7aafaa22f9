"""A nomogram: a scale for each predictor, whose points add up to a risk."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np

from bayeslogit.answers.evaluation.contributions import Contribution, contributions
from bayeslogit.plots import style
from bayeslogit.plots.literal import literal
from bayeslogit.plots.options import what
from bayeslogit.posterior.posterior import Posterior

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["plot_nomogram"]

_RISKS = (0.001, 0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999)
# Inches: of a scale, of one line of text, of a character, and of the whole width beside names.
_SCALE, _LINE, _LETTER, _WIDTH = 0.2, 0.15, 0.075, 7.2
_NAME, _LEVEL = 22, 24  # letters in a line of a name, and of a level


@literal
def plot_nomogram(posterior: Posterior, *, ax: Axes | None = None) -> Axes:
    """Draw a nomogram: read points from the scales of predictors, add them up, read the risk.

    Parameters
    ----------
    posterior : Posterior
        The fit, of an outcome of two classes, with effects that add up.
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    matplotlib.axes.Axes
        At the posterior mean of the coefficients, as ``rms::nomogram`` draws it. The predictor
        that matters most has 100 points over its range.

    Raises
    ------
    MethodRefused
        If effects do not add up, or the model has several classes, groups or an offset.

    See Also
    --------
    points : Whole points, with what rounding costs.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> fit = bl.logistic("low ~ age + smoker", bl.load_dataset("birthweight")).fit("map")
    >>> [text.get_text() for text in fit.plot_nomogram().texts if text.get_gid() == "scale"]
    ['Points', 'age', 'smoker', 'Total points', 'P(low = 1)']
    """
    found = contributions(posterior, "a nomogram")
    unit = max(part.width for part in found.parts) / 100.0
    scales: list[tuple[str, list[tuple[float, str]], float]] = [
        ("Points", [(float(x), str(x)) for x in range(0, 101, 10)], 1.0)
    ]
    scales += [(part.name, _ticks(part, unit), 1.0) for part in found.parts]
    most = sum(part.width for part in found.parts) / unit
    step = _round_step(most)
    totals = step * np.arange(np.ceil(most / step - 1e-9) + 1.0)
    top = float(totals[-1])
    risks = _risks(posterior, found.constant, unit, top)
    outcome = f"P({what(posterior)})"
    scales.append(("Total points", [(float(x), f"{x:g}") for x in totals], 100.0 / top))
    scales.append((outcome, risks, 100.0 / top))
    rows, height = _placed(scales)
    names = max(len(line) for name, _, _ in scales for line in textwrap.wrap(name, _NAME))
    left = 100.0 * names * _LETTER / _WIDTH
    ax = style.axes(ax, (_WIDTH + names * _LETTER + 0.4, height + 0.9))
    for (name, _, _), (y, ticks) in zip(scales, rows, strict=True):
        _draw(ax, name, y, ticks)
    ax.set_xlim(-left - 4.0, 104.0)
    ax.set_ylim(-height, 0.0)
    ax.set_axis_off()
    style.title(
        ax,
        f"Nomogram for {outcome}",
        style.notes(
            "read the points above each value, add them up, and read the probability below the "
            "total",
            posterior.caveat,
        ),
    )
    return ax


def _ticks(part: Contribution, unit: float) -> list[tuple[float, str]]:
    """Return where on the scale of points each label of a predictor stands."""
    if not part.measured:
        names = [f"{v:.12g}" if isinstance(v, float) else str(v) for v in part.values.tolist()]
        return list(zip((part.effect / unit).tolist(), names, strict=True))
    from matplotlib.ticker import MaxNLocator

    low, high = float(part.values[0]), float(part.values[-1])
    wanted = int(np.clip(part.width / unit / 9.0, 2, 9))
    at = np.array([v for v in MaxNLocator(wanted).tick_values(low, high) if low <= v <= high])
    effect = np.interp(at, part.values, part.effect) / unit
    return [(float(x), f"{v:.6g}") for x, v in zip(effect, at, strict=True)]


def _round_step(most: float) -> float:
    """Return a round distance of eight to sixteen marks up to a total."""
    sizes = [k * 10.0**e for e in range(-1, 6) for k in (1.0, 2.0, 5.0)]
    return next(size for size in sizes if most / size <= 14.0)


def _risks(
    posterior: Posterior, constant: float, unit: float, top: float
) -> list[tuple[float, str]]:
    """Return totals at which probabilities are round."""
    total = np.linspace(0.0, top, 2001)
    eta = (constant + unit * total)[None, :, None]
    prob = posterior.model.family.probabilities(eta)[1, :, 0]
    if prob[-1] < prob[0]:  # a link that falls
        total, prob = total[::-1], prob[::-1]
    inside = [p for p in _RISKS if prob[0] <= p <= prob[-1]]
    return [(float(np.interp(p, prob, total)), f"{p:g}") for p in inside]


type _Tick = tuple[float, str, int]  # where, the label, and its lane: 0 below, 1 above, and so on


def _placed(
    scales: list[tuple[str, list[tuple[float, str]], float]],
) -> tuple[list[tuple[float, list[_Tick]]], float]:
    """Return the height of each scale and the lanes of its labels, and the height of all."""
    rows, y = [], 0.0
    for name, ticks, stretch in scales:
        ends: list[float] = []
        placed: list[_Tick] = []
        for x, label in sorted(ticks):
            lines = textwrap.wrap(label, _LEVEL) or [""]
            half = 50.0 * (max(map(len, lines)) + 1.5) * _LETTER / _WIDTH
            at = x * stretch
            lane = next((k for k, end in enumerate(ends) if end <= at - half), len(ends))
            ends[lane : lane + 1] = [at + half]
            placed.append((at, "\n".join(lines), lane))
        deep = [
            max((label.count("\n") + 1 for _, label, own in placed if own == lane), default=0)
            for lane in range(len(ends))
        ]
        above, below = (
            _LINE * sum(deep[k] for k in range(start, len(deep), 2)) for start in (1, 0)
        )
        own = 0.5 * _LINE * (len(textwrap.wrap(name, _NAME)) - 1)
        y -= _SCALE + max(above, own)
        rows.append((y, placed))
        y -= max(below, own) + 0.1
    return rows, -y


def _draw(ax: Axes, name: str, y: float, ticks: list[_Tick]) -> None:
    """Draw one scale with its labels."""
    small: dict[str, Any] = {"fontsize": "small", "ha": "center", "color": style.INK}
    ax.text(
        -3.0,
        y,
        "\n".join(textwrap.wrap(name, _NAME)),
        ha="right",
        va="center",
        gid="scale",
        color=style.MODEL,
    )
    if not ticks:
        return
    places = [x for x, _, _ in ticks]
    ax.plot([min(places), max(places)], [y, y], color=style.DATA, linewidth=1.2, zorder=2)
    deep: dict[int, int] = {}
    for _, label, lane in ticks:
        deep[lane] = max(deep.get(lane, 0), label.count("\n") + 1)
    for x, label, lane in ticks:
        up = lane % 2 == 1
        away = 0.06 + _LINE * sum(deep[k] for k in range(lane % 2, lane, 2))
        end = y + away if up else y - away
        ax.plot([x, x], [y, end], color=style.DATA, linewidth=0.8, zorder=1)
        ax.text(x, end + (0.02 if up else -0.02), label, va="bottom" if up else "top", **small)
