"""Options that pictures share, and the outcome in their labels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bayeslogit.errors import refuse_unknown
from bayeslogit.numerics.intervals import Interval, Settings
from bayeslogit.plots.style import event
from bayeslogit.posterior.posterior import Posterior

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Curved", "Figure", "Grouped", "Legended", "settings_of", "what"]


class Figure(Interval, total=False):
    """Options of a picture.

    Attributes
    ----------
    ax : matplotlib.axes.Axes
        Where to draw; a new figure by default.
    note : str
        Written below the title; by default what must be known of the draws.
    """

    ax: Axes | None
    note: str


class Legended(Figure, total=False):
    """Options of a picture with a legend.

    Attributes
    ----------
    legend : bool
        Whether to draw it, as by default.
    """

    legend: bool


class Curved(Legended, total=False):
    """Options of a picture along a predictor.

    Attributes
    ----------
    groups : {"typical", "known", "new", "average"}
        For group-level terms, as in :func:`bayeslogit.Fit.curve`.
    """

    groups: str | None


class Grouped(Curved, total=False):
    """Options of a picture along a predictor, of several groups.

    Attributes
    ----------
    by : str or list of str
        Predictors whose levels have a curve each.
    facet : str or list of str
        Predictors whose levels have a picture each.
    hypothesis : optional
        Contrasts of the curves in ``by``, in place of these.
    """

    by: Any
    facet: Any
    hypothesis: Any


def settings_of(options: Mapping[str, Any], known: type = Figure) -> Settings:
    """Return the interval of a picture; refuse options that it does not have.

    Parameters
    ----------
    options : mapping
    known : type
        The ``TypedDict`` of its options.

    Raises
    ------
    DesignError
        If an option is not known.
    """
    refuse_unknown(options, known.__annotations__)
    return Settings.of(options)


def what(posterior: Posterior, event_name: Any = None) -> str:
    """Return what a probability is of, as it stands in labels.

    Parameters
    ----------
    posterior : Posterior
    event_name : optional
        Of several classes, the one against all others.
    """
    response = posterior.model.response
    if not posterior.several:
        return event(response)
    return response.name if event_name is None else f"{response.name} = {event_name}"
