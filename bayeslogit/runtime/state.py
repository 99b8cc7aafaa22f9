"""The state of a value: its fields, and nothing that was computed from them."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

__all__ = ["fields_alone"]


def fields_alone(value: Any) -> dict[str, Any]:
    """Return the fields of a dataclass without its cached properties; bound as ``__getstate__``.

    What is cached can be computed again. Without it a copy or a pickle is as small as before
    anything was looked at, and holds nothing that cannot be pickled, such as a PyMC model.

    Examples
    --------
    >>> import pickle
    >>> import bayeslogit as bl
    >>> model = bl.logistic("passed ~ hours", bl.load_dataset("exam"))
    >>> before = len(pickle.dumps(model))
    >>> model.density.prior.proper, len(pickle.dumps(model)) == before
    (True, True)
    """
    return {field.name: getattr(value, field.name) for field in fields(value)}
