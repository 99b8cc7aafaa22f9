"""What may be wrong with a result that there is: a value of the fit, and a warning."""

from __future__ import annotations

import os
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bayeslogit.errors.words import BayesLogitWarning, shortened

__all__ = ["Problem", "warn"]

_PACKAGE = (str(Path(__file__).parents[1]) + os.sep,)


@dataclass(frozen=True)
class Problem:
    """A problem found after a fit, kept as a value in ``fit.problems``.

    Parameters
    ----------
    code : str
        Short name that does not change, such as ``"divergences"``.
    sentence : str
        What was found, what was expected, what to do.
    severity : {"note", "warning", "severe"}
        ``"severe"`` means that the numbers should not be used as they are.

    See Also
    --------
    bayeslogit.Fit.check : All that was looked at, also what is in order.

    Examples
    --------
    >>> print(Problem("divergences", "3 transitions diverged; expected none; raise target_accept"))
    3 transitions diverged; expected none; raise target_accept
    """

    code: str
    sentence: str
    severity: Literal["note", "warning", "severe"] = "warning"

    def __post_init__(self) -> None:
        if isinstance(self.sentence, str):
            object.__setattr__(self, "sentence", shortened(self.sentence))

    def __str__(self) -> str:
        return self.sentence


def warn(sentence: str) -> None:
    """Issue a :class:`BayesLogitWarning` at the line of the caller outside the package.

    Parameters
    ----------
    sentence : str
        What was found, what was expected, what to do.
    """
    warnings.warn(shortened(sentence), BayesLogitWarning, skip_file_prefixes=_PACKAGE)
