"""Pictures of a posterior, on matplotlib Axes; nothing is shown, no global setting is changed."""

from __future__ import annotations

from bayeslogit.plots.classes.triangle import plot_simplex
from bayeslogit.plots.coefficients import plot_forest
from bayeslogit.plots.curves import plot_curve
from bayeslogit.plots.decisions import plot_costs, plot_net_benefit
from bayeslogit.plots.effects import plot_effects
from bayeslogit.plots.evaluation import plot_calibration, plot_precision_recall, plot_roc
from bayeslogit.plots.export import export
from bayeslogit.plots.groups import plot_groups
from bayeslogit.plots.influence import plot_influence
from bayeslogit.plots.predictive import plot_ppc
from bayeslogit.plots.prior_posterior import plot_prior
from bayeslogit.plots.prior_shift import plot_movement
from bayeslogit.plots.ranks import plot_ranks
from bayeslogit.plots.residuals import plot_residuals
from bayeslogit.plots.separation import plot_separation

__all__ = [
    "export",
    "plot_calibration",
    "plot_costs",
    "plot_curve",
    "plot_effects",
    "plot_forest",
    "plot_groups",
    "plot_influence",
    "plot_movement",
    "plot_net_benefit",
    "plot_ppc",
    "plot_precision_recall",
    "plot_prior",
    "plot_ranks",
    "plot_residuals",
    "plot_roc",
    "plot_separation",
    "plot_simplex",
]
