"""Names of outcomes and of their predicted quantities, for tables and messages."""

from __future__ import annotations

from bayeslogit.response import Response
from bayeslogit.text import one_line

__all__ = ["heading", "outcome_in_words"]


def outcome_in_words(response: Response) -> str:
    """Return the event whose probability is modelled as text, such as ``"passed = 1"``."""
    name = one_line(response.name)
    classes = [one_line(name) for name in response.classes]
    if response.kind == "counts":
        return f"{name} out of trials"
    if response.kind == "nominal":
        return f"{name} (against {classes[0]})"
    if response.kind == "ordinal":
        return f"{name} ({' < '.join(classes)})"
    words = f"{name} = {classes[1]}"
    if response.sets is None:
        return words
    if (among := response.alternatives) is not None:
        words = f"{one_line(among.name)} chosen (against {one_line(among.labels[0])})"
    left_out = f" ({response.sets.silent[0]} left out)" if response.sets.silent[0] else ""
    number = len(response.sets.labels)
    join = "within" if response.alternatives is None else "from"
    return f"{words} {join} {number} {'set' if number == 1 else 'sets'}{left_out}"


def heading(response: Response, kind: str = "probability", link: str = "logit") -> str | None:
    """Return the name of a predicted quantity, for the corner of a table of predictions.

    Parameters
    ----------
    response : Response
        The outcome.
    kind : str
        ``"linear"``, ``"outcome"``, ``"odds"``, ``"count"``, or any kind of probability.
    link : str
        Name of the link, on which it depends what ``"linear"`` is called.

    Returns
    -------
    str or None
        None for three or more classes, which have rows of their own.

    Examples
    --------
    >>> from bayeslogit.response import binary
    >>> passed = binary("passed", [0, 1])
    >>> [heading(passed, kind) for kind in ("probability", "linear", "outcome")]
    ['P(passed = 1)', 'log-odds of passed = 1', 'passed = 1']
    """
    if len(response.classes) != 2:
        return None
    words = outcome_in_words(response)
    if kind == "linear":
        named = {"logit": "log-odds", "log": "log risk", "identity": "risk"}
        return f"{named.get(link, 'linear predictor')} of {words}"
    if kind == "outcome":
        return one_line(response.name) if response.kind == "counts" else words
    if kind in ("odds", "count"):
        return f"{'odds' if kind == 'odds' else 'expected cases'} of {words}"
    return words if response.sets is not None else f"P({words})"
