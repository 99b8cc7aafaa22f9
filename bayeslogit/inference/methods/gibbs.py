"""Gibbs sampling with Polya-Gamma variables; ``"gibbs"``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from bayeslogit.errors import FitFailed
from bayeslogit.inference.base import Method, Outcome
from bayeslogit.inference.inner_chains import InnerChains, check_convergence
from bayeslogit.inference.refusals import improper_posterior, other_prior
from bayeslogit.inference.sites import Sites, sites_of
from bayeslogit.numerics.polya_gamma import random_polya_gamma
from bayeslogit.runtime.parallel import repeatable
from bayeslogit.runtime.progress import progress
from bayeslogit.specification.density import LogDensity

__all__ = ["Gibbs"]

_FAMILIES = ("bernoulli", "binomial")


@dataclass(frozen=True)
class Gibbs(Method):
    """Gibbs sampling of a Polya-Gamma variable for each row, and all coefficients given them.

    Given a variable ``omega ~ PG(n, eta)`` for a row of ``n`` trials, its likelihood is Gaussian
    in the linear predictor, so that the coefficients are drawn from a Gaussian: nothing needs
    tuning. Exact for Gaussian priors, flat ones among them where the posterior is proper. Equal
    rows are one row of more trials; frequency weights make ``n`` fractional, which the sampler
    of the variables allows. Successive draws are correlated, strongly so where events are rare
    among very many trials.

    Parameters
    ----------
    tune : int, default 500
        Warm-up draws of each inner chain, which are discarded.

    See Also
    --------
    Auto : Fewer, nearly independent draws of the same posterior.
    bayeslogit.numerics.polya_gamma.random_polya_gamma : The variables.

    References
    ----------
    Polson, N. G., Scott, J. G. and Windle, J. (2013). Bayesian inference for logistic models
    using Polya-Gamma latent variables. doi:10.1080/01621459.2013.829001

    Examples
    --------
    >>> import bayeslogit as bl
    >>> model = bl.logistic("passed ~ hours", bl.load_dataset("exam"))
    >>> fit = model.fit("gibbs", draws=50, chains=1, random_seed=1)
    >>> fit.exact, fit.n_draws
    (True, 50)
    """

    tune: int = 500

    name: ClassVar[str] = "gibbs"
    summary: ClassVar[str] = "Gibbs sampling with Polya-Gamma variables (logit link)"
    exact: ClassVar[bool] = True

    def refuses(self, density: LogDensity) -> str | None:
        """Refuse other outcomes and links, priors that are not Gaussian, improper posteriors."""
        family = density.family
        if family.name not in _FAMILIES or family.link != "logit":
            return (
                "Polya-Gamma variables need a binary or binomial outcome with the logit link; "
                f"found the {family.name} family with the {family.link} link"
            )
        if self.tune < 0:
            return f"tune={self.tune} is negative; expected a number of draws to discard"
        return other_prior(density) or improper_posterior(density)

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
            The log posterior, in nats; binary or binomial outcome, logit link, Gaussian or flat
            priors.
        draws, chains : int
            Shape of the result, at least 1 each; at least 4 by 250 are drawn,
            so that convergence can be checked.
        rng : numpy.random.Generator
        progressbar : bool
            Whether to show progress.

        Raises
        ------
        FitFailed
            If the coefficients have no proper distribution given the Polya-Gamma variables.
        """
        rows = sites_of(density)
        inner = InnerChains(chains, draws)
        kept = np.empty((inner.length, rows.size, inner.groups))
        steps = self.tune + inner.length
        with repeatable(), progress("gibbs", steps, enabled=progressbar) as advance:
            z = rng.standard_normal((rows.size, inner.groups))
            for step in range(-self.tune, inner.length):
                z = _step(rows, z, rng)
                if step >= 0:
                    kept[step] = z
                advance(1)
        theta = rows.theta(kept.transpose(1, 2, 0).reshape(rows.size, -1))
        groups = theta.T.reshape(inner.groups, inner.length, rows.size)
        found, problems = check_convergence(groups)
        returned = inner.returned(groups)
        lp = density.value(returned.reshape(-1, rows.size).T).reshape(returned.shape[:2])
        return Outcome(
            returned,
            exact=True,
            label="exact draws (Gibbs sampling with Polya-Gamma variables)",
            stats={"lp": lp},
            problems=problems,
            info={
                "tune": self.tune,
                "chains_inside": inner.groups,
                "rhat": found.worst_rhat,
                "ess_bulk": float(np.min(found.ess_bulk)),
                "ess_tail": float(np.min(found.ess_tail)),
            },
        )


def _step(rows: Sites, z: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Move each chain, a column of z (coefficients, chains), by one scan."""
    trials = rows.counts.sum(axis=1)
    eta = rows.base[:, None] + rows.X @ z
    omega = random_polya_gamma(trials[:, None], eta, rng)
    # The row's likelihood given omega: exp(half_gap eta - omega eta**2 / 2).
    half_gap = 0.5 * (rows.counts[:, 1] - rows.counts[:, 0])
    shift = rows.pull[:, None] + rows.X.T @ (half_gap[:, None] - omega * rows.base[:, None])
    noise = rng.standard_normal(z.shape)
    result = np.empty_like(z)
    for chain in range(z.shape[1]):
        weighted = rows.X * omega[:, chain, None]
        try:
            chol = np.linalg.cholesky(rows.precision + rows.X.T @ weighted)
        except np.linalg.LinAlgError:
            raise FitFailed(
                "given the Polya-Gamma variables the coefficients have no proper distribution in "
                "double precision; expected a positive definite precision; remove collinear "
                "columns, or give flat coefficients a prior such as Normal(0, 2.5)"
            ) from None
        half = np.linalg.solve(chol, shift[:, chain])
        result[:, chain] = np.linalg.solve(chol.T, half + noise[:, chain])
    return result
