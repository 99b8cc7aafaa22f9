"""The posterior mode by a safeguarded Newton method; ``"map"``.

For the logit this is iteratively reweighted least squares with the prior's precision added:
each step solves ``(X' S X + Q) step = gradient``. With flat priors the mode is the maximum
likelihood estimate; with Gaussian priors it is penalised maximum likelihood.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Unpack

import numpy as np

from bayeslogit.errors import MethodRefused, Problem
from bayeslogit.inference.ascent import modes_by_height
from bayeslogit.inference.base import Gaussian, Method, Outcome, Request
from bayeslogit.inference.corner_mode import corner_modes
from bayeslogit.inference.grouped.approximate import mode_grouped
from bayeslogit.inference.mode import Mode
from bayeslogit.inference.optimizers import unfinished, walk
from bayeslogit.inference.refusals import cornered, meeting_cutpoints
from bayeslogit.specification.density import LogDensity
from bayeslogit.specification.grouped import GroupedDensity

__all__ = ["Map"]


@dataclass(frozen=True)
class Map(Method):
    """The posterior mode: penalised maximum likelihood, one chain of one draw.

    Under a prior with a corner (:class:`bayeslogit.Laplace`, the lasso) coefficients may rest at
    the corner exactly. Where the log posterior need not be concave, climbs start from several
    places, and the highest mode is returned; a problem says where the others are.

    Effects of groups are integrated, and so are coefficients with learned scales: the mode is that
    of standard deviations and correlations, with the coefficients and effects at their mode given
    these. Where only effects are integrated, flat priors make it maximum likelihood; with learned
    scales all coefficients are, as restricted maximum likelihood does (that of mgcv's curves).
    :class:`bayeslogit.Horseshoe`, :class:`bayeslogit.R2D2` and :class:`bayeslogit.Monotonic` have
    no mode that stands for them, and are refused.

    Parameters
    ----------
    tolerance : float, default 1e-11
        Stop once a Newton step is shorter than this, in posterior standard deviations.
    quadrature_points : int, default 1
        Of group-level terms: points of adaptive Gauss-Hermite quadrature in each effect of a
        group, over which effects are integrated; 1 is Laplace's approximation. More than one
        needs a single grouping.
    optimizer : {"newton", "lbfgs", "gradient"}, optional
        One climb from the usual start by Newton's method, by a quasi-Newton method of limited
        memory, or by steepest ascent, whose points ``outcome.info["path"]`` keeps, (steps + 1,
        coefficients): to see how each goes. By default Newton's method, from several places where
        there may be several modes, without the path.

    See Also
    --------
    Laplace : The same mode with a spread around it.
    bayeslogit.Model.classical : Maximum likelihood, whatever the priors are.

    References
    ----------
    McCullagh, P. and Nelder, J. A. (1989). Generalized Linear Models, 2nd ed.
    doi:10.1007/978-1-4899-3242-6
    Pinheiro, J. C. and Bates, D. M. (1995). Approximations to the log-likelihood function in the
    nonlinear mixed-effects model. doi:10.1080/10618600.1995.10474663

    Examples
    --------
    The default prior draws the odds ratio of an hour from 4.5 (maximum likelihood) to 3.8:

    >>> import bayeslogit as bl
    >>> model = bl.logistic("passed ~ hours", bl.load_dataset("exam"))
    >>> model.fit("map").summary("odds_ratio")["mode"].round(1).tolist()
    [0.0, 3.8]
    """

    tolerance: float = 1e-11
    quadrature_points: int = 1
    optimizer: str | None = None

    name: ClassVar[str] = "map"
    summary: ClassVar[str] = "posterior mode (penalised maximum likelihood) by Newton's method"
    exact: ClassVar[bool] = False
    point: ClassVar[bool] = True
    grouped: ClassVar[bool] = True
    learned: ClassVar[bool] = True

    def refuses(self, density: LogDensity) -> str | None:
        """Refuse a posterior that is highest at its border."""
        corner = cornered(density) if density.family.bounded else None
        return meeting_cutpoints(density) or corner

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

        Raises
        ------
        MethodRefused
            If there are ``quadrature_points`` and no effects of groups.
        """
        if self.quadrature_points != 1:
            raise MethodRefused(
                f"quadrature_points={self.quadrature_points!r} was given for a model without "
                "group-level terms; expected effects to integrate, such as those of (1 | school); "
                "leave quadrature_points out"
            )
        path = {}
        corner = cornered(density)
        if corner and self.optimizer is not None:
            raise MethodRefused(
                f"optimizer={self.optimizer!r} climbs a smooth log posterior, and {corner}; "
                "expected a prior without corners, such as Normal(0, 1); leave optimizer out"
            )
        if corner:
            mode, *others = corner_modes(density, tolerance=self.tolerance)
        elif self.optimizer is None:
            mode, *others = modes_by_height(density, tolerance=self.tolerance)
        elif density.family.bounded:
            raise MethodRefused(
                f"optimizer={self.optimizer!r} does not see where the probabilities of the "
                f"{density.family.link} link end; expected none for this link; leave optimizer out"
            )
        else:
            mode, points = walk(density, self.optimizer, tolerance=self.tolerance)
            others, path = [], {"path": points}
        return Outcome(
            mode.theta[None, None, :].copy(),
            exact=False,
            label="posterior mode (map)",
            stats={"lp": np.array([[mode.value]])},
            problems=unfinished(mode, self.optimizer or "newton")
            + _elsewhere(density, mode, others),
            info={
                "iterations": mode.iterations,
                "distance": mode.distance,
                "log_posterior": mode.value,
                "modes": 1 + len(others),
            }
            | path,
            gaussian=None if corner or mode.walls else _curvature(mode),
        )

    def run_grouped(self, density: GroupedDensity, **request: Unpack[Request]) -> Outcome:
        """Return the mode of coefficients and covariances, with the effects integrated."""
        if self.optimizer is not None:
            raise MethodRefused(
                f"optimizer={self.optimizer!r} is for models without group-level terms, whose mode "
                "is found by steps in the coefficients alone; expected none for a model with "
                "group-level terms; leave optimizer out"
            )
        return mode_grouped(density, self.quadrature_points)


def _elsewhere(density: LogDensity, mode: Mode, others: list[Mode]) -> tuple[Problem, ...]:
    """Return a note that says where other modes are, if there are any."""
    if not others:
        return ()
    places = [
        f"{_place(density, other)}, {mode.value - other.value:.2f} nats lower"
        for other in others[:3]
    ]
    more = f"; and {len(others) - 3} more" if len(others) > 3 else ""
    return (
        Problem(
            "several_modes",
            f"the log posterior has {1 + len(others)} modes: this is the highest that climbs from "
            f"dispersed starts found, and there is another at {'; at '.join(places)}{more}; "
            "expected one mode; a single point does not describe such a posterior: draw from it "
            "with method='auto'.",
            "warning",
        ),
    )


def _place(density: LogDensity, mode: Mode) -> str:
    """Return the place of a mode in words, coefficient by coefficient."""
    pairs = [f"{n} = {v:.4g}" for n, v in zip(density.names, mode.theta, strict=True)]
    return ", ".join(pairs[:4]) + (", ..." if len(pairs) > 4 else "")


def _curvature(mode: Mode) -> Gaussian | None:
    """Return the Gaussian of the curvature, or None where it is not positive definite."""
    try:
        return Gaussian.from_precision(mode.theta, mode.precision, mode.arrow)
    except np.linalg.LinAlgError:
        return None
