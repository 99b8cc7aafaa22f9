"""Doubts about group-level terms: what the data say of the spread between groups."""

from __future__ import annotations

import numpy as np

from bayeslogit.answers.checks.findings import Finding, from_problem
from bayeslogit.errors import listing
from bayeslogit.posterior.posterior import Posterior
from bayeslogit.specification.group_checks import group_notes
from bayeslogit.specification.specification import Specification

__all__ = ["check_groups", "check_scales"]

# A posterior whose spread is at least this share of its prior's has learned little.
_UNLEARNED = 0.9
_PRIOR_DRAWS = 20_000


def check_groups(specification: Specification) -> list[Finding]:
    """Look at the number of groups, and at groups whose outcomes are all alike.

    Parameters
    ----------
    specification : Specification
    """
    found = [from_problem(problem) for problem in group_notes(specification)]
    for group in specification.design.groups:
        counts = np.stack(
            [np.bincount(group.codes, c, len(group.levels)) for c in specification.counts.T]
        )
        alike = int(((counts > 0.0).sum(axis=0) < 2).sum())
        total = len(group.levels)
        share = alike / total
        found.append(
            Finding(
                "groups",
                "note" if share > 0.5 else "ok",
                f"({group.name}): {alike} of {total} groups have outcomes of one class only",
                "read the spread between groups with its prior in mind, which bounds it from above"
                if share > 0.5
                else "",
                values={"alike": float(alike), "groups": float(total)},
            )
        )
    return found


def check_scales(posterior: Posterior) -> list[Finding]:
    """Look for standard deviations and correlations that the data did not move from their prior.

    Parameters
    ----------
    posterior : Posterior
        With several draws.
    """
    model = posterior.model
    rng = np.random.default_rng(0)
    unlearned: list[str] = []
    smallest = 0.0
    for scale, covariance in zip(model.layout.scales, model.covariances, strict=True):
        sd, partial = covariance.sample(rng, _PRIOR_DRAWS)
        drawn = posterior.outcome.scales[f"sd_{scale.suffix}"].reshape(-1, covariance.effects)
        for a in np.flatnonzero(covariance.learned):
            ratio = float(drawn[:, a].std() / sd[a].std())
            smallest = max(smallest, ratio)
            if ratio > _UNLEARNED:
                unlearned.append(f"sd_{scale.suffix}[{scale.effects[a]}]")
        if covariance.partials:
            prior = covariance.correlations(np.ones_like(sd), partial)
            matrix = posterior.outcome.scales[f"cor_{scale.suffix}"]
            for a, b in zip(*np.tril_indices(covariance.effects, -1), strict=True):
                ratio = float(matrix[:, :, a, b].std() / prior[a, b].std())
                smallest = max(smallest, ratio)
                if ratio > _UNLEARNED:
                    pair = f"{scale.effects[b]}, {scale.effects[a]}"
                    unlearned.append(f"cor_{scale.suffix}[{pair}]")
    for part in model.prior.learned:
        h = part.prior.sample(rng, part.size, _PRIOR_DRAWS)
        before = part.prior.readings(h, part.variables(rng, _PRIOR_DRAWS))
        for (name, _), own in zip(part.quantities, before, strict=True):
            ratio = float(posterior.outcome.scales[name].std() / own.std())
            smallest = max(smallest, ratio)
            if ratio > _UNLEARNED:
                unlearned.append(name)
    values = {"largest_share": smallest}
    if unlearned:
        return [
            Finding(
                "scales",
                "note",
                f"the data say little about {listing(unlearned)}: the posterior is as wide as the "
                "prior",
                "state that prior, or leave the effect out",
                names=tuple(unlearned),
                values=values,
            )
        ]
    return [
        Finding(
            "scales",
            "ok",
            "every standard deviation and correlation is narrower than its prior",
            values=values,
        )
    ]
