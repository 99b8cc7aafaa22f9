"""Pictures of effects, forecasts and decisions, of a fit or of what it says of a population."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bayeslogit.errors import DesignError, listing, nearest
from bayeslogit.facade.decisions import Decisions
from bayeslogit.facade.effects import Effects
from bayeslogit.facade.judgement import Judgement

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

__all__ = ["Charts", "effect_labels"]

_ASKED = {"comparisons": "comparison", "slopes": "slope", "predictions": "kind"}
_DEFAULTS = {"comparisons": "difference", "slopes": "dydx", "predictions": "probability"}


class Charts(Effects, Judgement, Decisions):
    """Pictures of effects, forecasts and decisions; each returns matplotlib Axes."""

    def plot_effects(
        self,
        variables: Any = None,
        *,
        kind: str = "comparisons",
        ax: Axes | None = None,
        numbers: bool = True,
        **options: Any,
    ) -> Axes:
        """Draw effects on the probability scale with their intervals.

        Parameters
        ----------
        variables : optional
            As in :meth:`comparisons`; for predictions as in :meth:`predictions`.
        kind : {"comparisons", "slopes", "predictions"}
            Which question is asked.
        ax : matplotlib.axes.Axes, optional
        numbers : bool
            Write estimates and intervals at the right.
        **options
            Of that question, such as ``comparison="ratio"``, ``by="school"``, ``newdata="mean"``,
            ``ci_prob=0.5``.

        Returns
        -------
        matplotlib.axes.Axes
        """
        from bayeslogit import plots
        from bayeslogit.answers.effects.measures import measure_of

        if kind not in _ASKED:
            raise DesignError(
                f"kind={kind!r} is not a question about effects; expected one of "
                f"{listing(_ASKED)}; choose one of them." + nearest(kind, _ASKED)
            )
        interval = {key: options.pop(key, None) for key in ("ci_prob", "ci_kind")}
        options.setdefault("by", True)
        measure = options.get(_ASKED[kind], _DEFAULTS[kind])
        if kind == "comparisons":
            measure = measure_of(measure).name
        asked = getattr(self, kind)
        if self.theta.shape[1] > 1:
            found = asked(variables, draws=True, **options)
            values = found.transpose("effect", "chain", "draw").values
            values = values.reshape(len(values), -1)
            columns = _columns(found)
        else:
            table = asked(variables, **options)
            values = table["estimate"].to_numpy()[:, None]
            columns = {name: table[name].tolist() for name in table if name != "estimate"}
        by = options["by"]
        return plots.effects(
            effect_labels(columns, len(values)),
            values,
            measure,
            self._what(),
            rows="averaged over rows"
            if by is True and options.get("newdata") is None
            else "at the mean row"
            if options.get("newdata") == "mean"
            else "",
            numbers=numbers,
            note=self._approximate(),
            ax=ax,
            **interval,
        )

    def plot_calibration(
        self, newdata: Any = None, *, event: Any = None, ax: Axes | None = None, **options: Any
    ) -> Axes:
        """Draw the reliability curve with a band in which right forecasts would lie.

        Parameters
        ----------
        newdata, **options
            As in :meth:`calibration`.
        event : optional
            Of several classes, the one to draw.
        ax : matplotlib.axes.Axes, optional

        Returns
        -------
        matplotlib.axes.Axes
        """
        from bayeslogit import plots

        return plots.calibration(
            self.calibration(newdata, **options).curve,
            self._what(),
            event=event,
            note=self._approximate(),
            ci_prob=options.get("ci_prob"),
            ci_kind=options.get("ci_kind"),
            ax=ax,
        )

    def plot_roc(self, *, draws: int = 50, ax: Axes | None = None, **options: Any) -> Axes:
        """Draw the ROC curve as a fan of draws from its posterior, with a band and the AUC.

        Parameters
        ----------
        draws : int
            Curves of the fan.
        ax : matplotlib.axes.Axes, optional
        **options
            As in :meth:`confusion`.

        Returns
        -------
        matplotlib.axes.Axes
        """
        from bayeslogit import plots
        from bayeslogit.answers.evaluation import discrimination

        judged = self._judged(options)
        return plots.roc(
            discrimination.roc(judged),
            discrimination.curves(judged, draws),
            discrimination.area(judged),
            self._what(options.get("event")),
            note=self._approximate(),
            ci_prob=options.get("ci_prob"),
            ci_kind=options.get("ci_kind"),
            ax=ax,
        )

    def plot_precision_recall(
        self, *, draws: int = 50, ax: Axes | None = None, **options: Any
    ) -> Axes:
        """Draw precision against recall as a fan of draws, with a band.

        Parameters
        ----------
        draws : int
            Curves of the fan.
        ax : matplotlib.axes.Axes, optional
        **options
            As in :meth:`confusion`.

        Returns
        -------
        matplotlib.axes.Axes
        """
        from bayeslogit import plots
        from bayeslogit.answers.evaluation import discrimination

        self._warn_of_risks("precisions")
        judged = self._judged(options)
        cases = judged.failures.sum() + judged.successes.sum()
        return plots.precision_recall(
            discrimination.precision_recall(judged),
            discrimination.curves(judged, draws),
            discrimination.area(judged),
            float(judged.successes.sum() / cases),
            self._what(options.get("event")),
            note=self._approximate(),
            ci_prob=options.get("ci_prob"),
            ci_kind=options.get("ci_kind"),
            ax=ax,
        )

    def plot_net_benefit(
        self, thresholds: Any = None, *, ax: Axes | None = None, **options: Any
    ) -> Axes:
        """Draw the decision curve with a band, beside acting on everyone and on no one.

        Parameters
        ----------
        thresholds, **options
            As in :meth:`net_benefit`.
        ax : matplotlib.axes.Axes, optional

        Returns
        -------
        matplotlib.axes.Axes
        """
        from bayeslogit import plots

        return plots.net_benefit(
            self.net_benefit(thresholds, **options),
            self._what(options.get("event")),
            note=self._approximate(),
            ci_prob=options.get("ci_prob"),
            ci_kind=options.get("ci_kind"),
            ax=ax,
        )

    def plot_costs(self, costs: Any, *, ax: Axes | None = None, **options: Any) -> Axes:
        """Draw the expected cost per case of each cut-off, and the cheapest.

        Parameters
        ----------
        costs, **options
            As in :meth:`cost_curve`.
        ax : matplotlib.axes.Axes, optional

        Returns
        -------
        matplotlib.axes.Axes
        """
        from bayeslogit import plots

        return plots.costs(
            self.cost_curve(costs, **options),
            self._what(),
            note=self._approximate(),
            ci_prob=options.get("ci_prob"),
            ci_kind=options.get("ci_kind"),
            ax=ax,
        )

    def _what(self, event: Any = None) -> str:
        """Return what the probability is of, as it stands in labels."""
        from bayeslogit.plots import style

        response = self.model.response
        if len(response.classes) > 2:
            return response.name if event is None else f"{response.name} = {event}"
        return style.event(response)


def _columns(found: xr.DataArray) -> dict[str, list[Any]]:
    """Return the naming columns of draws of effects."""
    skipped = {"chain", "draw", "effect"}
    return {str(n): found.coords[n].values.tolist() for n in found.coords if n not in skipped}


def effect_labels(columns: dict[str, list[Any]], number: int) -> list[str]:
    """Return a label for each of a number of effects from the columns that name it.

    Examples
    --------
    >>> effect_labels({"term": ["hours"], "contrast": ["4 - 2"], "school": ["east"]}, 1)
    ['hours: 4 - 2, school = east']
    """
    others = {name: v for name, v in columns.items() if name not in ("term", "contrast")}
    labels = []
    for i in range(number):
        parts = [f"{columns['term'][i]}: {columns['contrast'][i]}"] if "term" in columns else []
        parts += [f"{name} = {_short(values[i])}" for name, values in others.items()]
        labels.append(", ".join(parts) or "all rows")
    return labels


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float | np.floating) else str(value)
