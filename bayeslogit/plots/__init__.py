"""Pictures of a posterior, on matplotlib Axes.

Each function takes plain pieces, draws on the Axes it is given (or on those of a new figure),
and returns them. Nothing is shown, and no global setting is changed. :func:`export` draws one
into a file.
"""

from __future__ import annotations

from bayeslogit.plots.classes.curves import check_picture, class_curve
from bayeslogit.plots.classes.predictive import class_ppc
from bayeslogit.plots.classes.simplex import simplex
from bayeslogit.plots.classes.triangle import simplex_along, simplex_of_rows
from bayeslogit.plots.coefficients import forest
from bayeslogit.plots.curves import curve
from bayeslogit.plots.decisions import costs, net_benefit
from bayeslogit.plots.effects import effects
from bayeslogit.plots.evaluation import calibration, precision_recall, roc, separation
from bayeslogit.plots.export import export
from bayeslogit.plots.influence import cook, leverage, pareto_k
from bayeslogit.plots.predictive import ppc
from bayeslogit.plots.prior_posterior import prior
from bayeslogit.plots.prior_shift import movement
from bayeslogit.plots.residuals import binned, quantiles

__all__ = [
    "binned",
    "calibration",
    "check_picture",
    "class_curve",
    "class_ppc",
    "cook",
    "costs",
    "curve",
    "effects",
    "export",
    "forest",
    "leverage",
    "movement",
    "net_benefit",
    "pareto_k",
    "ppc",
    "precision_recall",
    "prior",
    "quantiles",
    "roc",
    "separation",
    "simplex",
    "simplex_along",
    "simplex_of_rows",
]
