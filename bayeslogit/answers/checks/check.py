"""The doctor: one table of findings, each with how bad it is, in plain words, and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from bayeslogit.answers.checks.data import (
    check_collinearity,
    check_columns,
    check_events,
    check_separation,
    variance_decomposition,
)
from bayeslogit.answers.checks.dispersion import check_dispersion, predictive_share
from bayeslogit.answers.checks.draws import check_draws, check_influence
from bayeslogit.answers.checks.findings import Finding, Findings
from bayeslogit.answers.checks.prior_influence import (
    check_movement,
    check_prior,
    check_sensitivity,
)
from bayeslogit.answers.checks.sparse_cells import check_cells
from bayeslogit.answers.classical.maximum_likelihood import Maximum
from bayeslogit.design import Design
from bayeslogit.inference import Outcome
from bayeslogit.posterior.importance import importance
from bayeslogit.posterior.posterior import Pieces
from bayeslogit.response import Response
from bayeslogit.specification.density import LogDensity

if TYPE_CHECKING:
    pass

__all__ = [
    "Finding",
    "Findings",
    "check_fit",
    "check_model",
    "importance",
    "variance_decomposition",
]


def _before(
    design: Design,
    response: Response,
    density: LogDensity,
    slopes: Sequence[int],
) -> tuple[list[Finding], Maximum | None]:
    """Return what needs no draws, and the maximum likelihood estimate if it is unique."""
    counts = density.likelihood.counts
    overlap, maximum = check_separation(density.likelihood, density.names, density.prior)
    per_class = len(slopes) // (density.family.n_eta if density.likelihood.basis is None else 1)
    findings = [
        overlap,
        *check_columns(design),
        check_collinearity(design, counts.sum(axis=1)),
        check_cells(design, response, counts),
        check_events(counts, per_class, response.classes),
        check_prior(density),
    ]
    return findings, maximum


def check_model(
    design: Design,
    response: Response,
    density: LogDensity,
    *,
    slopes: Sequence[int],
    weights: np.ndarray | None = None,
    heading: str = "Check",
) -> Findings:
    """Check a model before it is fitted.

    Parameters
    ----------
    design : Design
    response : Response
    density : LogDensity
    slopes : sequence of int
        Coefficients of predictors.
    weights : ndarray, shape (rows,), optional
    heading : str
    """
    findings, maximum = _before(design, response, density, slopes)
    findings += check_dispersion(density.likelihood, response, weights, maximum)
    return Findings.of(heading, findings)


def check_fit(
    pieces: Pieces,
    density: LogDensity,
    outcome: Outcome,
    *,
    slopes: Sequence[int],
    rows: np.ndarray,
    seed: int = 0,
    heading: str = "Check",
    progressbar: bool = True,
) -> Findings:
    """Check a fit: its data, its draws, single rows and the part of the prior.

    Parameters
    ----------
    pieces : Pieces
    density : LogDensity
    outcome : Outcome
    slopes : sequence of int
        Coefficients of predictors.
    rows : ndarray, shape (rows,)
        Labels of the rows.
    seed : int
        For replicated counts.
    heading : str
    progressbar : bool
        Show progress of leaving rows out, beyond two seconds.
    """
    findings, maximum = _before(pieces.design, pieces.response, density, slopes)
    predictive = None
    if not pieces.point:
        predictive = predictive_share(
            density.likelihood, pieces.response, pieces.theta, np.random.default_rng([seed, 3])
        )
    findings += check_dispersion(
        density.likelihood, pieces.response, pieces.weights, maximum, predictive
    )
    findings += check_draws(outcome)
    movement = check_movement(pieces, density, maximum)
    if not pieces.point:
        findings.append(check_influence(pieces, density, outcome, rows, progressbar=progressbar))
        findings.append(check_sensitivity(pieces, density, movement))
    return Findings.of(heading, [*findings, movement])
