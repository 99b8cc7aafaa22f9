"""The posterior mode by a safeguarded Newton method; ``"map"``.

For the logit this is iteratively reweighted least squares with the prior's precision added:
each step solves ``(X' S X + Q) step = gradient``. With flat priors the mode is the maximum
likelihood estimate; with Gaussian priors it is penalised maximum likelihood.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from bayeslogit.inference.base import Gaussian, Method, Outcome
from bayeslogit.inference.mode import Mode, find_mode
from bayeslogit.inference.refusals import meeting_cutpoints
from bayeslogit.specification.density import LogDensity

__all__ = ["Map"]


@dataclass(frozen=True)
class Map(Method):
    """The posterior mode: penalised maximum likelihood, one chain of one draw.

    Parameters
    ----------
    tolerance : float, default 1e-11
        Stop once a Newton step is shorter than this, in posterior standard deviations.

    References
    ----------
    McCullagh, P. and Nelder, J. A. (1989). Generalized Linear Models, 2nd ed.
    doi:10.1007/978-1-4899-3242-6
    """

    tolerance: float = 1e-11

    name: ClassVar[str] = "map"
    summary: ClassVar[str] = "posterior mode (penalised maximum likelihood) by Newton's method"
    exact: ClassVar[bool] = False
    point: ClassVar[bool] = True

    def refuses(self, density: LogDensity) -> str | None:
        """Refuse a posterior that is highest at its border."""
        return meeting_cutpoints(density)

    def run(
        self,
        density: LogDensity,
        *,
        draws: int,
        chains: int,
        rng: np.random.Generator,
        progressbar: bool,
    ) -> Outcome:
        """Return the mode, with the Gaussian of its curvature.

        Parameters
        ----------
        density : LogDensity
            The log posterior, in nats; highest inside, not where cutpoints meet.
        draws, chains : int
            Ignored: the result is one chain of one draw.
        rng : numpy.random.Generator
        progressbar : bool
            Not used: nothing is random, and no progress is shown.
        """
        mode = find_mode(density, tolerance=self.tolerance)
        return Outcome(
            mode.theta[None, None, :].copy(),
            exact=False,
            label="posterior mode (map)",
            stats={"lp": np.array([[mode.value]])},
            problems=mode.problems,
            info={
                "iterations": mode.iterations,
                "distance": mode.distance,
                "log_posterior": mode.value,
            },
            gaussian=_curvature(mode),
        )


def _curvature(mode: Mode) -> Gaussian | None:
    """Return the Gaussian of the curvature, or None where it is not positive definite."""
    try:
        return Gaussian.from_precision(mode.theta, mode.precision)
    except np.linalg.LinAlgError:
        return None
