"""Hamiltonian Monte Carlo with many chains in parallel; ``"hmc"``.

Coordinates are whitened, so that the posterior is nearly a standard Gaussian where it can be; there
a quarter of an oscillation takes a chain to an almost independent point.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Unpack

import numpy as np

from bayeslogit.inference.base import Gaussian, Method, Outcome, Request
from bayeslogit.inference.ensemble import Ensemble, run_ensemble
from bayeslogit.inference.evaluator import Evaluator, evaluator
from bayeslogit.inference.flat import flat
from bayeslogit.inference.grouped.draw import draw_grouped
from bayeslogit.inference.inner_chains import InnerChains
from bayeslogit.inference.methods.independence import Independence
from bayeslogit.inference.mode import gaussian_at
from bayeslogit.inference.refusals import improper_posterior, range_ends
from bayeslogit.specification.density import LogDensity
from bayeslogit.specification.grouped import GroupedDensity

__all__ = ["Hmc"]


@dataclass(frozen=True)
class Hmc(Method):
    """Hamiltonian Monte Carlo, many chains at once, tuned together.

    Chains start from draws around the mode, resampled by importance weight. In each of the
    ``windows`` all chains tune one step size, and the coordinates are whitened anew: by the inverse
    of the curvature averaged over the chains, which has little noise, and by the covariance of the
    pooled draws as far as it differs from that by more than noise. Where it does not, the windows
    that are left are skipped. Then everything is fixed and the draws are taken. If R-hat or an
    effective sample size is not good enough, the run goes on with longer trajectories and more of
    them between draws. Inside a trajectory the gradient may have single precision; its end is
    judged in double precision, so that the draws are of the posterior itself.

    Parameters
    ----------
    lanes : int, default 64
        Approximate number of inner chains; whole ones are joined to the chains that are returned
        (see ``InnerChains``).
    target_accept : float, default 0.8
        Acceptance rate to tune the step size for, in (0, 1); halfway from it to one where scales
        are learned.
    trajectory : float, default 1.8
        Mean length of a trajectory in whitened units; in a Gaussian pi / 2 gives independent
        draws. Lengths vary by a quarter of it either way, against periodic orbits.
    windows : tuple of int, default (8, 8, 16, 24)
        Steps of each tuning window.
    attempts : int, default 3
        Runs, at most, each with more steps per draw.

    See Also
    --------
    Independence : For posteriors near a Gaussian, in fewer evaluations.
    Nuts : One chain at a time, by PyMC.

    References
    ----------
    Neal, R. M. (2011). MCMC using Hamiltonian dynamics. arXiv:1206.1901
    Shahbaba, B., Lan, S., Johnson, W. O. and Neal, R. M. (2014). Split Hamiltonian Monte Carlo.
    doi:10.1007/s11222-012-9373-1
    Ledoit, O. and Wolf, M. (2004). A well-conditioned estimator for large-dimensional covariance
    matrices. doi:10.1016/S0047-259X(03)00096-4
    Hoffman, M., Radul, A. and Sountsov, P. (2021). An adaptive-MCMC scheme for setting
    trajectory lengths in Hamiltonian Monte Carlo. AISTATS, PMLR 130:3907-3915.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> model = bl.logistic("passed ~ hours", bl.load_dataset("exam"))
    >>> fit = model.fit("hmc", random_seed=1)
    >>> fit.exact, fit.outcome.info["chains_inside"]
    (True, 64)
    """

    lanes: int = 64
    target_accept: float = 0.8
    trajectory: float = 1.8
    windows: tuple[int, ...] = (8, 8, 16, 24)
    attempts: int = 3

    name: ClassVar[str] = "hmc"
    summary: ClassVar[str] = "exact draws by many short Hamiltonian chains, tuned together"
    exact: ClassVar[bool] = True
    grouped: ClassVar[bool] = True
    learned: ClassVar[bool] = True

    def refuses(self, density: LogDensity) -> str | None:
        """Refuse improper posteriors."""
        return range_ends(density) or improper_posterior(density)

    def run(
        self,
        density: LogDensity,
        *,
        draws: int,
        chains: int,
        rng: np.random.Generator,
        progressbar: bool,
    ) -> Outcome:
        """Return exact draws, and their convergence diagnostics in ``info``.

        Parameters
        ----------
        density : LogDensity
            The log posterior, in nats; proper.
        draws, chains : int
            Shape of the result, at least 1 each; inner chains are joined to it.
        rng : numpy.random.Generator
        progressbar : bool
            Whether to show progress.
        """
        with evaluator(density) as evaluate:
            gaussian = gaussian_at(evaluate.space.mode())
            start = Independence(rounds=1).explore(evaluate, gaussian, rng)
            inner = InnerChains(chains, draws)
            begin = start.resample(rng, self.columns(inner))
            return self.sample(
                evaluate, gaussian, begin, inner=inner, rng=rng, progressbar=progressbar
            )

    def run_grouped(self, density: GroupedDensity, **request: Unpack[Request]) -> Outcome:
        """Return exact draws of a model that learns scales."""
        return draw_grouped(density, self, **request)

    def columns(self, inner: InnerChains) -> int:
        """Return the number of inner chains."""
        return inner.groups * inner.per_group(self.lanes)

    def sample(
        self,
        evaluate: Evaluator,
        gaussian: Gaussian,
        start: np.ndarray,
        *,
        inner: InnerChains,
        rng: np.random.Generator,
        progressbar: bool = False,
    ) -> Outcome:
        """Tune the inner chains, run them from given points, and return their draws.

        Parameters
        ----------
        evaluate : Evaluator
            The log posterior.
        gaussian : Gaussian
            Whitens the coordinates at first.
        start : ndarray, shape (coefficients, inner chains)
            Starting points, in unconstrained coordinates.
        inner : InnerChains
            Layout of the inner chains in those that are returned.
        rng : numpy.random.Generator
        progressbar : bool
        """
        ensemble = Ensemble(*flat(evaluate, gaussian, start), rng, self)
        outcome = run_ensemble(
            ensemble,
            inner,
            self,
            windows=self.windows,
            label="exact draws (Hamiltonian Monte Carlo, many chains tuned together)",
            progressbar=progressbar,
        )
        theta, lp = evaluate.coefficients(outcome.draws, outcome.stats["lp"])
        return replace(outcome, draws=theta, stats=outcome.stats | {"lp": lp})
