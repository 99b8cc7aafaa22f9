"""Laplace's approximation: the Gaussian at the mode with the curvature there; ``"laplace"``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Unpack

import numpy as np

from bayeslogit.errors import FitFailed
from bayeslogit.inference.ascent import modes_by_height
from bayeslogit.inference.base import Evidence, Gaussian, Method, Outcome, Request
from bayeslogit.inference.grouped.approximate import laplace_grouped
from bayeslogit.inference.refusals import cornered, meeting_cutpoints, range_ends
from bayeslogit.specification.density import LogDensity
from bayeslogit.specification.grouped import GroupedDensity

__all__ = ["Laplace"]


@dataclass(frozen=True)
class Laplace(Method):
    """Laplace's approximation: the Gaussian with the mode as mean, the curvature as precision.

    The true posterior of a logistic model is skewed where data are few. Of a model with group-level
    terms or learned scales it is the nested approximation: standard deviations and correlations are
    drawn from a Gaussian in coordinates in which they are nearly one, coefficients and effects
    given them, and a Pareto k-hat tells how far that is from the posterior.

    See Also
    --------
    Quadrature : Exact, for few coefficients.
    Variational, ExpectationPropagation : Gaussians that are nearer to the posterior.

    References
    ----------
    Tierney, L. and Kadane, J. B. (1986). Accurate approximations for posterior moments and
    marginal densities. doi:10.1080/01621459.1986.10478240

    Examples
    --------
    Mean and sd of the coefficient of ``hours``; the exact ones are 1.58 and 0.59:

    >>> import bayeslogit as bl
    >>> model = bl.logistic("passed ~ hours", bl.load_dataset("exam"))
    >>> gaussian = model.fit("laplace", random_seed=1).outcome.gaussian
    >>> gaussian.mean[1].round(2), np.sqrt(gaussian.covariance[1, 1]).round(2)
    (np.float64(1.34), np.float64(0.54))
    """

    name: ClassVar[str] = "laplace"
    summary: ClassVar[str] = "Gaussian at the mode with its curvature (approximation)"
    exact: ClassVar[bool] = False
    grouped: ClassVar[bool] = True
    learned: ClassVar[bool] = True

    def refuses(self, density: LogDensity) -> str | None:
        """Refuse a posterior that is highest at its border, or may be at a corner of the prior."""
        return range_ends(density) or meeting_cutpoints(density) or cornered(density)

    def run(
        self,
        density: LogDensity,
        *,
        draws: int,
        chains: int,
        rng: np.random.Generator,
        progressbar: bool,
    ) -> Outcome:
        """Return independent draws from the Gaussian, and Laplace's log evidence.

        Parameters
        ----------
        density : LogDensity
            The log posterior, in nats; highest inside, not where cutpoints meet.
        draws, chains : int
            Shape of the result, at least 1 each; all draws are independent.
        rng : numpy.random.Generator
            For the draws; the Gaussian does not depend on it.
        progressbar : bool
            Not used: no progress is shown.

        Raises
        ------
        FitFailed
            If the log posterior is not curved downwards at its mode, or draws with increasing
            cutpoints are too rare.
        """
        mode = modes_by_height(density)[0]
        try:
            gaussian = Gaussian.from_precision(mode.theta, mode.precision, mode.arrow)
        except np.linalg.LinAlgError:
            raise FitFailed(
                "the log posterior is not curved downwards in every direction at its mode; "
                "expected a proper peak; remove flat priors, collinear columns or separation, "
                "which check() names"
            ) from None
        sample = _within(density, gaussian, rng, chains * draws)
        log_evidence = mode.value + 0.5 * (
            density.size * np.log(2 * np.pi) + gaussian.log_determinant
        )
        return Outcome(
            sample.T.reshape(chains, draws, density.size),
            exact=False,
            label="Laplace approximation (Gaussian at the mode)",
            problems=mode.problems,
            info={"iterations": mode.iterations, "distance": mode.distance},
            gaussian=gaussian,
            evidence=Evidence(float(log_evidence), "approximation"),
        )

    def run_grouped(self, density: GroupedDensity, **request: Unpack[Request]) -> Outcome:
        """Return draws from the nested Laplace approximation."""
        return laplace_grouped(
            density, draws=request["draws"], chains=request["chains"], rng=request["rng"]
        )


def _within(
    density: LogDensity, gaussian: Gaussian, rng: np.random.Generator, columns: int
) -> np.ndarray:
    """Return draws from the Gaussian where cutpoints increase, (coefficients, columns).

    Elsewhere the posterior is zero, and class probabilities would be negative.
    """
    sample = gaussian.sample(rng, columns)
    for _ in range(100):
        wrong = np.flatnonzero(~density.prior.allows(sample))
        if not wrong.size:
            return sample
        sample[:, wrong] = gaussian.sample(rng, wrong.size)
    raise FitFailed(
        f"{wrong.size} of {columns} draws from the Gaussian at the mode still had cutpoints that "
        "do not increase after 100 tries; expected a posterior away from where cutpoints meet; use "
        "method='auto'"
    )
