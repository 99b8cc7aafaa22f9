"""The pictures of checks: each asks the question beside it, and draws what comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bayeslogit.errors import DesignError, listing, nearest
from bayeslogit.facade.charts import Charts
from bayeslogit.facade.scrutiny import Scrutiny

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

__all__ = ["Drawings"]

_MEASURES = ("pareto_k", "cook", "leverage")


class Drawings(Charts, Scrutiny):
    """Pictures of checks beside those of :class:`Charts`; each returns matplotlib Axes."""

    def plot_separation(self, *, ax: Axes | None = None, **options: Any) -> Axes:
        """Draw all rows in the order of their forecasts, events dark.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
        **options
            As in :meth:`confusion`.

        Returns
        -------
        matplotlib.axes.Axes
        """
        from bayeslogit import plots

        judged = self._judged(options)
        return plots.separation(
            judged.prob,
            judged.failures,
            judged.successes,
            judged.name,
            self._what(options.get("event")),
            note=self._approximate(),
            ax=ax,
        )

    def plot_residuals(
        self,
        by: str | None = None,
        *,
        kind: str = "binned",
        bins: int | None = None,
        ax: Axes | None = None,
        **options: Any,
    ) -> Axes:
        """Draw residuals: means of like rows, or quantiles of single rows.

        Parameters
        ----------
        by : str, optional
            For ``kind="binned"``: a predictor; by default the forecast.
        kind : {"binned", "quantile"}
        bins : int, optional
            For ``kind="binned"``.
        ax : matplotlib.axes.Axes, optional
        **options
            As in :meth:`residuals`.

        Returns
        -------
        matplotlib.axes.Axes
        """
        from bayeslogit import plots

        interval = {key: options.get(key) for key in ("ci_prob", "ci_kind")}
        note = self._approximate()
        if kind == "binned":
            table = self.binned_residuals(by, bins=bins, **options)
            what = self._what(options.get("event"))
            return plots.binned(table, what, note=note, ax=ax, **interval)
        if kind != "quantile":
            known = ("binned", "quantile")
            raise DesignError(
                f"kind={kind!r} is not a picture of residuals; expected one of {listing(known)}; "
                "choose one of them." + nearest(kind, known)
            )
        if by is not None or bins is not None:
            raise DesignError(
                f"by={by!r}, bins={bins!r} came with kind='quantile', which has no bins; expected "
                "them with kind='binned' only; leave them out"
            )
        return plots.quantiles(self.residuals(**options), note=note, ax=ax, **interval)

    def plot_influence(
        self, measure: str = "pareto_k", *, ax: Axes | None = None, progressbar: bool = True
    ) -> Axes:
        """Draw how much each row moves the answer.

        Parameters
        ----------
        measure : {"pareto_k", "cook", "leverage"}
            Pareto k of leaving the row out of the posterior; Cook's distance, or leverage and
            residuals, of the maximum likelihood fit.
        ax : matplotlib.axes.Axes, optional
        progressbar : bool

        Returns
        -------
        matplotlib.axes.Axes
        """
        from bayeslogit import plots
        from bayeslogit.answers.comparison.elpd import Candidate, loo

        model = self.model
        if measure == "pareto_k":
            found = loo(
                Candidate(self.pieces, model.density, self.outcome, model.rows),
                progressbar=progressbar,
            )
            return plots.pareto_k(
                found.pareto_k, model.rows, found.good_k, note=self._approximate(), ax=ax
            )
        if measure not in _MEASURES:
            raise DesignError(
                f"measure={measure!r} is not a measure of influence; expected one of "
                f"{listing(_MEASURES)}; choose one of them." + nearest(measure, _MEASURES)
            )
        table = model.classical(intervals="wald").residuals()
        return (plots.cook if measure == "cook" else plots.leverage)(table, ax=ax)

    def plot_movement(
        self,
        terms: Sequence[str] | str | None = None,
        *,
        ci_prob: float | None = None,
        ci_kind: str | None = None,
        ax: Axes | None = None,
    ) -> Axes:
        """Draw maximum likelihood, posterior mode and posterior of each coefficient.

        Parameters
        ----------
        terms : sequence of str, optional
            Coefficients or terms; by default all, up to the first 12.
        ci_prob, ci_kind : optional
            Interval; by default ArviZ's ``rcParams``.
        ax : matplotlib.axes.Axes, optional

        Returns
        -------
        matplotlib.axes.Axes
        """
        from bayeslogit import plots

        link = self.model.family.link
        return plots.movement(
            self.movement(),
            self.model.layout,
            self.theta,
            "log-odds" if link == "logit" else f"units of the linear predictor ({link})",
            terms=terms,
            note=self._approximate(),
            ci_prob=ci_prob,
            ci_kind=ci_kind,
            ax=ax,
        )
