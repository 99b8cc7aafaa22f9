"""The interface of a prior of one coefficient, and its fields: numbers or arrays of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import Field, fields, replace
from typing import Any, ClassVar

import numpy as np

from bayeslogit.errors import PriorError

__all__ = ["Prior", "check_field", "column", "length", "numbers"]


class Prior(ABC):
    """The density of a coefficient. Fields may be arrays, one entry per coefficient.

    Attributes
    ----------
    name : str
        Key in ``PRIORS``, and the name of the PyMC distribution.
    gaussian, proper : bool
        Whether the log density is quadratic; whether it integrates to one.
    log_concave : bool
        Whether the log density is concave. Where a part of a log posterior is not, it may have
        several modes and heavy tails.
    """

    name: ClassVar[str]
    gaussian: ClassVar[bool]
    proper: ClassVar[bool]
    log_concave: ClassVar[bool]
    # Every prior is a dataclass.
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    @abstractmethod
    def log_density(self, x: np.ndarray) -> np.ndarray:
        """Return the log density in nats, elementwise over (coefficients, columns)."""

    @abstractmethod
    def gradient(self, x: np.ndarray) -> np.ndarray:
        """Return the derivative of the log density, elementwise."""

    @abstractmethod
    def curvature(self, x: np.ndarray) -> np.ndarray:
        """Return minus the second derivative of the log density, elementwise."""

    @abstractmethod
    def sample(self, rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
        """Return draws of coefficients.

        Parameters
        ----------
        rng : numpy.random.Generator
        shape : tuple of int
            (coefficients, columns).

        Raises
        ------
        PriorError
            If the density is not proper.
        """

    @property
    def decay(self) -> Any:
        """The power with which the density falls far out, a number or an array as the fields.

        Infinite if it falls faster than any power; zero if it does not fall.
        """
        return np.inf if self.proper else 0.0

    @property
    def corner(self) -> Any:
        """Where the density has a corner, a number or an array as the fields; None if nowhere."""
        return None

    @property
    def smooth(self) -> Prior:
        """A density nearby that has two derivatives: itself, unless it has a corner."""
        return self

    def parameters(self) -> dict[str, Any]:
        """Return the fields by name; they are the arguments of the PyMC distribution too."""
        return {f.name: getattr(self, f.name) for f in fields(self)}

    def pick(self, index: int) -> Prior:
        """Return the prior of one coefficient, with scalar fields."""
        return replace(
            self,
            **{
                k: float(np.ravel(v)[index if np.size(v) > 1 else 0])
                for k, v in self.parameters().items()
            },
        )

    def __str__(self) -> str:
        inside = ", ".join(_number(v) for v in self.parameters().values())
        return f"{self.name}({inside})"


def _number(value: Any) -> str:
    if np.ndim(value) == 0:
        return f"{float(value):.4g}"
    return "[" + ", ".join(f"{v:.4g}" for v in np.ravel(value)) + "]"


def column(value: Any) -> np.ndarray:
    """Return a field as an array that broadcasts with (coefficients, columns)."""
    if isinstance(value, np.ndarray) and value.ndim == 1:
        return value[:, None]
    return np.reshape(np.asarray(value, dtype=float), (-1, 1))


def numbers(value: Any) -> np.ndarray:
    """Return a copy as float64; NaN if there are other values than real numbers, such as text."""
    try:
        array = np.asarray(value)
        if array.dtype.kind in "fiuO":
            return np.array(array, dtype=np.float64)
    except (TypeError, ValueError):
        pass
    return np.array(np.nan)


def check_field(prior: Prior, name: str, *, positive: bool = False, example: str) -> None:
    """Check one field of a prior and store it as a float or a float64 array.

    Parameters
    ----------
    prior : Prior
        A prior under construction.
    name : str
        The field.
    positive : bool, default False
        Whether its numbers must be positive.
    example : str
        A correct call, for the error message.

    Raises
    ------
    PriorError
        If the field is not a finite number or a vector of such numbers, or not positive.
    """
    value = getattr(prior, name)
    array = numbers(value)
    if (
        array.ndim > 1
        or array.size == 0
        or not np.all(np.isfinite(array))
        or (positive and np.any(array <= 0))
    ):
        kind = "a positive finite number" if positive else "a finite number"
        raise PriorError(
            f"{prior.name} got {name}={value!r}; expected {kind} (or one for each "
            f"coefficient); write for example {example}"
        )
    object.__setattr__(prior, name, float(array) if array.ndim == 0 else array)


def length(vector: np.ndarray) -> float:
    """Return the Euclidean length, also where squares would overflow."""
    largest = float(np.abs(vector).max(initial=0.0))
    return largest * float(np.linalg.norm(vector / largest)) if largest > 0.0 else 0.0
