"""The posterior of a grouped model one point at a time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bayeslogit.inference.grouped.target import Target

__all__ = ["OnePoint"]


@dataclass(frozen=True, eq=False)
class OnePoint:
    """A target at one point at a time, for samplers that take no more.

    Parameters
    ----------
    target : Target
    """

    target: Target

    @property
    def size(self) -> int:
        """Number of coordinates."""
        return self.target.size

    def value_and_gradient(self, z: np.ndarray) -> tuple[float, np.ndarray]:
        """Return the log density and its gradient, (coordinates,), at one point, in nats."""
        with np.errstate(all="ignore"):
            value, gradient, _ = self.target.value_and_gradient(z[:, None])
        return float(value[0]), gradient[:, 0]
