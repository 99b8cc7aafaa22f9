"""Odds: which ones a coefficient compares, family by family, and against which class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from bayeslogit.errors import DesignError, listing, nearest
from bayeslogit.families import Family
from bayeslogit.inference import Gaussian
from bayeslogit.posterior.posterior import Posterior
from bayeslogit.response import Response
from bayeslogit.specification.as_given import as_given
from bayeslogit.specification.layout import Layout

__all__ = ["Against", "against", "odds_in_words", "rebased"]


def odds_in_words(response: Response, family: Family, reference: Any = None) -> str:
    """Describe which odds a slope's odds ratio compares.

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
    if (among := response.alternatives) is not None:
        return f"odds of one {among.name} against another; 'a: term' of a against {among.labels[0]}"
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


class Against(NamedTuple):
    """Coefficients of a multinomial model against another class than that of the fit.

    Attributes
    ----------
    reference : str
        The class.
    draws : ndarray, shape (chains, draws, coefficients)
        In log-odds.
    names : list of str
        Of the coefficients.
    gaussian : Gaussian or None
        That of the fit, of these coefficients.
    """

    reference: str
    draws: np.ndarray
    names: list[str]
    gaussian: Gaussian | None


def against(posterior: Posterior, reference: Any) -> Against:
    """Return coefficients against another class, named by its value or its text.

    Parameters
    ----------
    posterior : Posterior
    reference
        A class of the outcome.

    Raises
    ------
    DesignError
        If the family has no classes without an order, or the reference is not a class.
    """
    model = posterior.model
    family, response, layout = model.family, model.response, model.layout
    if family.arrangement != "several":
        raise DesignError(
            f"reference={reference!r} does not suit the {family.name} family, whose coefficients "
            "are not against a class; expected a multinomial model; leave reference out"
        )
    known = zip(response.values, response.classes, strict=True)
    # A class may be named by its value, such as 3.0, as well as by its text.
    reference = next((text for value, text in known if value == reference), reference)
    draws = as_given(layout, posterior.outcome.draws, 2)
    moved, names = rebased(draws, layout, response.classes, reference)
    gaussian = posterior.given_gaussian
    if gaussian is not None:
        unit = np.eye(len(names))[None]
        turn = rebased(unit, layout, response.classes, reference)[0][0]
        gaussian = Gaussian(gaussian.mean @ turn, turn.T @ gaussian.covariance @ turn)
    return Against(str(reference), moved, names, gaussian)


def rebased(
    draws: np.ndarray, layout: Layout, classes: Sequence[str], reference: str
) -> tuple[np.ndarray, list[str]]:
    """Return coefficients of a multinomial model against another class, and their names.

    Subtracting one class's coefficients from all changes no probability.

    Parameters
    ----------
    draws : ndarray, shape (chains, draws, coefficients)
        Against the first class.
    layout : Layout
    classes : sequence of str
        In code order; the first is the reference of the fit.
    reference : str
        The class to compare with instead.

    Raises
    ------
    DesignError
        If the reference is not a class.
    """
    texts = [str(c) for c in classes]
    if str(reference) not in texts:
        raise DesignError(
            f"reference={reference!r} is not a class of the outcome; expected one of "
            f"{listing(texts)}; choose one of them." + nearest(reference, texts)
        )
    each_has = len(layout.names) // (len(texts) - 1)
    each = draws.reshape(*draws.shape[:2], len(texts) - 1, each_has)
    full = np.concatenate([np.zeros_like(each[:, :, :1]), each], axis=2)
    chosen = texts.index(str(reference))
    moved = np.delete(full - full[:, :, chosen : chosen + 1], chosen, axis=2)
    terms = [name.split(": ", 1)[1] for name in layout.names[:each_has]]
    names = [f"{c}: {t}" for c in texts if c != str(reference) for t in terms]
    return moved.reshape(*draws.shape[:2], -1), names
