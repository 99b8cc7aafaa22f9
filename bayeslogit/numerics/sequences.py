"""Evenly spread sequences of numbers."""

from __future__ import annotations

__all__ = ["van_der_corput"]


def van_der_corput(index: int) -> float:
    """Return a point of van der Corput's sequence in base two, in (0, 1).

    Parameters
    ----------
    index : int
        From 1.

    Examples
    --------
    >>> [van_der_corput(i) for i in (1, 2, 3)]
    [0.5, 0.25, 0.75]
    """
    value, base = 0.0, 0.5
    while index:
        value += base * (index & 1)
        index >>= 1
        base *= 0.5
    return value
