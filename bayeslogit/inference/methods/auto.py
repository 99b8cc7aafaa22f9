"""The default method: exact draws by the fastest algorithm that passes its checks; ``"auto"``."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import ClassVar, Unpack

import numpy as np

from bayeslogit.errors import BayesLogitError, FitFailed, Problem
from bayeslogit.inference.base import Evidence, Method, Outcome, Request
from bayeslogit.inference.evaluator import evaluator
from bayeslogit.inference.in_range import draw_in_range
from bayeslogit.inference.inner_chains import InnerChains, check_convergence
from bayeslogit.inference.landscape import Landscape, survey
from bayeslogit.inference.methods.hmc import Hmc
from bayeslogit.inference.methods.independence import Independence
from bayeslogit.inference.methods.nuts import Nuts
from bayeslogit.inference.mode import find_mode, gaussian_at
from bayeslogit.inference.refusals import improper_posterior
from bayeslogit.inference.resolved import Resolved
from bayeslogit.runtime.parallel import repeatable
from bayeslogit.specification.density import LogDensity
from bayeslogit.specification.grouped import GroupedDensity

__all__ = ["Auto"]

# Of a mixture: draws of the second route would start at its modes and never change between them.
_ENOUGH_OF_MIXTURE = 0.05


@dataclass(frozen=True)
class Auto(Method):
    """Exact draws; the algorithm is chosen by what a pilot sample shows, and checked.

    1. The mode is found, and a pilot sample around it tells how far the posterior is from a
       Gaussian. Where it is near, independence Metropolis-Hastings draws at the cost of one
       pass over the rows per draw, or over a sample of the rows where they are very many: the
       label then says how exact that is, as measured on all rows.
    2. Otherwise, or where a check of the first route fails, many chains of Hamiltonian Monte
       Carlo run in parallel, tuned together.
    3. Where that fails its checks too, the fallback runs: the No-U-Turn sampler (``"nuts"``).

    A route is left where R-hat is 1.01 or more, a bulk or tail effective sample size is below 400
    (both limits are wider for few draws), or the Pareto k of the importance weights is above 0.7.
    If none passes, the draws of the last one have a severe problem.

    Where the link, the family or a prior is not log-concave, there may be several modes and heavy
    tails. Then climbs from dispersed starts look for all modes first. A posterior of up to four
    coefficients is cut into adaptive cells, which give independent draws (``"cells"``); for more
    coefficients, or many rows, a mixture over the modes takes the place of the Gaussian in the
    first route, and starts the chains of the second.

    Under the log and the identity link, where probabilities end at 1 or 0, the second route is
    hit-and-run (``"hit_and_run"``): along a random line every chain draws a point of the slice
    that is inside. The first is left too where the posterior is highest at its border.

    Parameters
    ----------
    enough : float, default 0.7
        Least effective share of the pilot sample for the first route, in [0, 1].
    independence : Independence
        Options of the first route.
    hmc : Hmc
        Options of the second.
    fallback : Method
        Runs where both fail their checks; by default ``Nuts()``, the No-U-Turn sampler. If it
        raises an error or shows more problems, the draws of the second route are returned.

    See Also
    --------
    Independence, Hmc : The two routes.
    bayeslogit.Model.fit : Takes a method by name, or configured.

    Notes
    -----
    ``info["route"]`` names the route taken, and ``info["left"]`` those that were left, each with
    its reason.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> model = bl.logistic("passed ~ hours", bl.load_dataset("exam"))
    >>> fit = model.fit("auto", random_seed=1)
    >>> fit.exact, fit.outcome.info["route"]
    (True, 'independence')
    """

    enough: float = 0.7
    independence: Independence = field(default_factory=Independence)
    hmc: Hmc = field(default_factory=Hmc)
    fallback: Method = field(default_factory=Nuts)

    name: ClassVar[str] = "auto"
    summary: ClassVar[str] = "exact draws by the fastest route that proves sound (default)"
    exact: ClassVar[bool] = True
    grouped: ClassVar[bool] = True
    learned: ClassVar[bool] = True

    def refuses(self, density: LogDensity) -> str | None:
        """Refuse improper posteriors."""
        return improper_posterior(density)

    def run(
        self,
        density: LogDensity,
        *,
        draws: int,
        chains: int,
        rng: np.random.Generator,
        progressbar: bool,
    ) -> Outcome:
        """Return exact draws from the first route that passes its convergence checks.

        Parameters
        ----------
        density : LogDensity
            The log posterior, in nats, of a model that is not refused as improper.
        draws, chains : int
            Shape of the result, at least 1 each, whichever route is taken.
        rng : numpy.random.Generator
        progressbar : bool
            Whether to show progress.

        Raises
        ------
        FitFailed
            If a prior is flat and the log posterior has no mode: it may be improper then.
        """
        if density.family.bounded:
            return self._in_range(density, draws, chains, rng, progressbar)
        if not density.log_concave:
            landscape = survey(density)
            if landscape.resolved is not None:
                return _cut(landscape, landscape.resolved, density.size, draws, chains, rng)
        left: dict[str, str] = {}
        with evaluator(density) as evaluate:
            mode = evaluate.space.mode()
            if not mode.converged and not density.prior.proper:
                raise FitFailed(
                    f"the log posterior has no mode (none found in {mode.iterations} steps) "
                    "and a prior is flat; expected a "
                    "posterior that integrates to one; look for separation and collinear "
                    "columns, and give every coefficient a proper prior."
                )
            enough = self.enough
            if density.log_concave:
                gaussian = gaussian_at(mode)
                target = self.independence.target(evaluate, gaussian, chains * draws, rng)
                pilot = self.independence.explore(target, gaussian, rng)
            else:
                assert landscape.explored is not None
                explored = landscape.explored
                gaussian = explored.proposal.gaussian
                target = self.independence.target(evaluate, gaussian, chains * draws, rng)
                pilot = self.independence.pilot_of(explored, target)
                enough = min(enough, _ENOUGH_OF_MIXTURE)
            if pilot.efficiency >= enough:
                outcome = self.independence.sample(
                    evaluate,
                    pilot,
                    draws=draws,
                    chains=chains,
                    rng=rng,
                    progressbar=progressbar,
                )
                if not _serious(outcome):
                    return _by("independence", outcome, left)
                left["independence"] = _serious(outcome)[0].sentence
            else:
                left["independence"] = (
                    f"a pilot sample was {100 * pilot.efficiency:.0f} % effective, expected "
                    f"{100 * enough:.0f} %"
                )
            inner = InnerChains(chains, draws)
            start = pilot.resample(rng, self.hmc.columns(inner))
            outcome = self.hmc.sample(
                evaluate,
                pilot.proposal.gaussian,
                start,
                inner=inner,
                rng=rng,
                progressbar=progressbar,
            )
        if not _serious(outcome):
            return _by("hmc", outcome, left)
        left["hmc"] = _serious(outcome)[0].sentence
        return self._fall_back(density, outcome, left, draws, chains, rng, progressbar)

    def _in_range(
        self,
        density: LogDensity,
        draws: int,
        chains: int,
        rng: np.random.Generator,
        progressbar: bool,
    ) -> Outcome:
        """Return draws of a posterior whose border may cut off what a Gaussian would fit."""
        request: Request = {
            "draws": draws,
            "chains": chains,
            "rng": rng,
            "progressbar": progressbar,
        }
        mode = find_mode(density)
        if mode.walls:
            reason = f"the posterior is highest at its border ({mode.walls} kinds of rows)"
        else:
            with evaluator(density) as evaluate:
                pilot = self.independence.explore(evaluate, gaussian_at(mode), rng)
                reason = (
                    f"a pilot sample was {100 * pilot.efficiency:.0f} % effective, expected "
                    f"{100 * self.enough:.0f} %"
                )
                if pilot.efficiency >= self.enough:
                    outcome = self.independence.sample(evaluate, pilot, **request)
                    if not _serious(outcome):
                        return _by("independence", outcome, {})
                    reason = _serious(outcome)[0].sentence
        with repeatable():
            outcome = draw_in_range(density, **request)
        return _by("hit_and_run", outcome, {"independence": reason})

    def run_grouped(self, density: GroupedDensity, **request: Unpack[Request]) -> Outcome:
        """Return exact draws of a model that learns scales."""
        return _by("hmc", self.hmc.run_grouped(density, **request), {})

    def _fall_back(
        self,
        density: LogDensity,
        former: Outcome,
        left: dict[str, str],
        draws: int,
        chains: int,
        rng: np.random.Generator,
        progressbar: bool,
    ) -> Outcome:
        """Run the fallback; where it fails or is worse, return the former result."""
        try:
            outcome = self.fallback.run(
                density, draws=draws, chains=chains, rng=rng, progressbar=progressbar
            )
        except (BayesLogitError, ImportError) as error:
            return _by("hmc", former, {**left, "nuts": str(error)})
        _, problems = check_convergence(outcome.draws)
        known = {problem.code for problem in outcome.problems}
        problems = outcome.problems + tuple(p for p in problems if p.code not in known)
        outcome = replace(outcome, problems=problems)
        if len(_serious(outcome)) > len(_serious(former)):
            return _by("hmc", former, {**left, "nuts": _serious(outcome)[0].sentence})
        return _by("nuts", outcome, left)


def _cut(
    landscape: Landscape,
    resolved: Resolved,
    size: int,
    draws: int,
    chains: int,
    rng: np.random.Generator,
) -> Outcome:
    """Return independent draws of a posterior that is resolved in cells."""
    with repeatable():
        theta, lp, weights = resolved.sample(rng, chains * draws)
    off = float(np.log(weights.mean()))
    error = max(float(weights.std()) / math.sqrt(weights.size), resolved.cells.error)
    problems: tuple[Problem, ...] = ()
    if not abs(off) <= 0.05 + 3.0 * error:
        problems = (
            Problem(
                "evidence_disagrees",
                f"the log evidence is {landscape.log_evidence:.3f} by quadrature and differs by "
                f"{off:.2f} from that of the draws; expected at most {0.05 + 3.0 * error:.2f}; the "
                "posterior has parts that the cells do not resolve: give a prior with lighter "
                "tails, or compare with method='nuts'.",
                "severe",
            ),
        )
    return Outcome(
        theta.T.reshape(chains, draws, size),
        exact=True,
        label="exact posterior by adaptive cells (independent draws)",
        stats={"lp": lp.reshape(chains, draws)},
        problems=problems,
        info={
            "route": "cells",
            "left": {},
            "evaluations": resolved.cells.evaluated + weights.size,
            "efficiency": float(weights.mean() ** 2 / (weights**2).mean()),
        },
        evidence=Evidence(resolved.cells.log_total + off, "estimate", error),
    )


def _serious(outcome: Outcome) -> tuple[Problem, ...]:
    """Return the problems that are more than a note."""
    return tuple(p for p in outcome.problems if p.severity != "note")


def _by(route: str, outcome: Outcome, left: dict[str, str]) -> Outcome:
    """Record the route on an outcome, and why others were left."""
    return replace(outcome, info={"route": route, "left": left, **outcome.info})
