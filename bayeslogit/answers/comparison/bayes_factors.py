"""Bayes factors from log evidences, and their sensitivity to the prior."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from bayeslogit import tables
from bayeslogit.errors import listing
from bayeslogit.posterior.posterior import Posterior

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["bayes_factors"]


def bayes_factors(fits: Mapping[str, Posterior]) -> tuple[pd.DataFrame, list[str]]:
    """Compare models by their log evidence, where methods give one.

    Parameters
    ----------
    fits : dict of str to Posterior

    Returns
    -------
    pandas.DataFrame
        ``log_evidence`` (nats), ``kind``, ``error`` (standard error, nats), ``bayes_factor``
        (evidence over the highest one); highest first. Empty for fewer than two evidences.
    list of str
        What to mind.
    """
    import pandas as pd

    having = {
        name: fit.outcome.evidence
        for name, fit in fits.items()
        if fit.outcome.evidence is not None and fit.model.prior.proper
    }
    columns = ["log_evidence", "kind", "error", "bayes_factor"]
    if len(having) < 2:
        return tables.Answer(columns=columns), []
    order = sorted(having, key=lambda name: -having[name].value)
    top = having[order[0]].value
    table = tables.Answer(
        [
            (having[n].value, having[n].kind, having[n].error, np.exp(having[n].value - top))
            for n in order
        ],
        columns=columns,
        index=pd.Index(order, name="model"),
    )
    notes = [
        "Bayes factors depend on the priors, however many the data: a slope's prior twice as wide "
        "can halve the evidence. Use them only where the priors were meant, and show others."
    ]
    default = [n for n in order if fits[n].model.prior.default]
    if default:
        notes.append(
            f"{listing(default)} have default priors, which nobody meant: do not base a Bayes "
            "factor on them."
        )
    bounds = [n for n in order if having[n].kind == "lower bound"]
    if bounds:
        notes.append(
            f"The evidence of {listing(bounds)} is a lower bound: a ratio of bounds bounds nothing."
        )
    rough = [n for n in order if having[n].kind == "approximation"]
    if rough:
        notes.append(
            f"The evidence of {listing(rough)} is an approximation of unknown error; "
            "method='quadrature' or 'auto' gives better ones."
        )
    left = [n for n in fits if n not in having]
    if left:
        notes.append(f"{listing(left)} have no evidence: flat priors, or a method without one.")
    return table, notes
