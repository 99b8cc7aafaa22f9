"""What the odds are of, of which a coefficient is the logarithm of a ratio, family by family."""

from __future__ import annotations

from typing import Any

from bayeslogit.families import Family
from bayeslogit.response import Response

__all__ = ["odds_in_words"]


def odds_in_words(response: Response, family: Family, reference: Any = None) -> str:
    """Return what the odds are of whose ratio a slope is the logarithm of.

    Parameters
    ----------
    response : Response
    family : Family
        With the logit link.
    reference : optional
        For a multinomial model compared with another class than that of the fit.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> model = bl.logistic("passed ~ hours", bl.load_dataset("exam"))
    >>> odds_in_words(model.response, model.family)
    'odds of passed = 1'
    """
    name = response.name
    if response.kind == "counts":
        return f"odds of {name}"
    if response.kind == "binary":
        return f"odds of {name} = {response.event}"
    if response.kind == "nominal":
        against = response.classes[0] if reference is None else reference
        return f"odds of each {name} against {against}"
    words = {
        "sequential": f"odds of going on beyond a level of {name} once it is reached",
        "adjacent": f"odds of the next higher level of {name} against each",
    }.get(family.name, f"cumulative odds of {name}, above a level against at most it")
    if family.partial:
        return f"{words}; 'a|b: term' multiplies that of the lowest boundary"
    return f"{words}, alike for every level"
