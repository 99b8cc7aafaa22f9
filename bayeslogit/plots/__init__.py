"""Pictures of a posterior, on matplotlib Axes.

Each function takes plain pieces, draws on the Axes it is given (or on those of a new figure),
and returns them. Nothing is shown, and no global setting is changed. :func:`export` draws one
into a file.
"""

from __future__ import annotations

from bayeslogit.plots.coefficients import forest
from bayeslogit.plots.curves import curve
from bayeslogit.plots.densities import prior
from bayeslogit.plots.export import export
from bayeslogit.plots.predictive import ppc

__all__ = ["curve", "export", "forest", "ppc", "prior"]
