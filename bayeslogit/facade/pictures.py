"""The pictures of a fit, each drawn by a function of :mod:`bayeslogit.plots`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from bayeslogit.answers.summaries.odds import against, odds_in_words
from bayeslogit.facade.base import Asked
from bayeslogit.specification.layout import layout_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Pictures", "Portraits"]


class Portraits(Asked):
    """Pictures of what is also known of a population; each returns matplotlib Axes."""

    def plot_curve(self, name: str | None = None, **options: Any) -> Axes:
        """Draw the probability curve with bands and data, or those of several classes.

        Options: ``mark=3.0`` writes the probability there, ``probability=0.9`` the value that
        reaches it, ``at=`` holds other predictors; ``ax=``, ``ci_prob=``, and others: see
        :func:`bayeslogit.plots.curve`. Of several classes, ``kind="lines"`` or ``"stack"``; of
        ordered ones also ``"cumulative"`` and ``"exceedance"``; of three ``"simplex"``: see
        :func:`bayeslogit.plots.class_curve`. Of a population the rows of the sample are left
        out; ``data=True`` draws them, weighed as the population has them.
        """
        from bayeslogit import plots

        self._warn_of_risks("predicted risks")
        m, weights = self.model, self.model.weights
        kind = options.setdefault("kind", "lines")
        if self._sample is not None and kind != "simplex":
            weights = weights if options.setdefault("data", False) else self._sample.model.weights
        plots.check_picture(kind, m.response, options)
        several = len(m.response.classes) > 2
        for other in ("mark", "probability") if several else ("kind",):
            options.pop(other, None)
        picture: Callable[..., Axes] = plots.class_curve if several else plots.curve
        if kind == "simplex":
            picture = plots.simplex_along
        return picture(
            m.design,
            m.response,
            m.family,
            self.theta,
            name,
            basis=m.layout.basis,
            weights=weights,
            **self._noted(options),
        )

    def plot_forest(self, *, reference: Any = None, **options: Any) -> Axes:
        """Draw intervals of the odds ratios on a log axis.

        ``reference=`` compares the classes of a multinomial model with another one than that of
        the fit, as :meth:`summary` does. Options: ``terms=``, ``intercept=True``,
        ``scale="log_odds"``, ``ax=``, and others: see :func:`bayeslogit.plots.forest`.
        """
        from bayeslogit import plots

        model, layout, response = self.model, self.model.layout, self.model.response
        theta, gaussian = self.theta, self.outcome.gaussian
        if reference is not None:
            draws = self.outcome.draws
            reference, draws, _, gaussian = against(
                reference, model.family, response, layout, draws, gaussian
            )
            theta = np.ascontiguousarray(draws.reshape(-1, draws.shape[2]).T)
            others = (name for name in response.classes if name != reference)
            response = replace(response, classes=(reference, *others))
            layout = layout_of(
                model.family.arrangement,
                model.design.names,
                model.design.groups,
                response.classes,
                intercept=model.design.intercept,
            )
        return plots.forest(
            layout,
            theta,
            gaussian,
            model.family.link,
            response,
            odds=odds_in_words(response, model.family),
            **self._noted(options),
        )

    def plot_simplex(self, new: Any = None, **options: Any) -> Axes:
        """Draw the probabilities of three classes, for rows, as points of a triangle.

        ``new`` has at most eight rows; by default the different rows of the fit, where these are
        so few. Options: ``labels=``, ``offset=``, ``ax=``, ``ci_prob=``, and others: see
        :func:`bayeslogit.plots.simplex_of_rows`; for one predictor,
        ``plot_curve(name, kind="simplex")``.
        """
        from bayeslogit import plots

        m = self.model
        options = self._noted(options)
        return plots.simplex_of_rows(
            m.design, m.response, m.family, self.theta, new, basis=m.layout.basis, **options
        )

    def _noted(self, options: dict[str, Any]) -> dict[str, Any]:
        """Have a picture say what must be known of its draws."""
        return {"note": self._approximate()} | options


class Pictures(Portraits):
    """The pictures that :class:`bayeslogit.fit.Fit` draws; each returns matplotlib Axes."""

    def plot_ppc(self, **options: Any) -> Axes:
        """Draw observed shares beside those that the fitted model would produce.

        Options: ``bins=``, ``random_seed=``, ``ax=``, and others: see
        :func:`bayeslogit.plots.ppc`. Of several classes the shares of each, ``by=`` a predictor
        within its levels: see :func:`bayeslogit.plots.class_ppc`.
        """
        from bayeslogit import plots

        m = self.model
        options.setdefault("random_seed", [self.seed or 0, 3])
        several = len(m.response.classes) > 2
        picture: Callable[..., Axes] = plots.class_ppc if several else plots.ppc
        return picture(
            m.design,
            m.response,
            m.family,
            self.theta,
            basis=m.layout.basis,
            offset=m.offset,
            weights=m.weights,
            **self._noted(options),
        )

    def plot_prior(self, **options: Any) -> Axes:
        """Draw the density of each coefficient before and after the data.

        Options: ``terms=``, ``ax=``: see :func:`bayeslogit.plots.prior`.
        """
        from bayeslogit import plots

        model, link = self.model, self.model.family.link
        return plots.prior(
            model.prior,
            model.layout,
            self.theta,
            self.outcome.gaussian,
            "log-odds" if link == "logit" else f"units of the linear predictor ({link})",
            **self._noted(options),
        )
