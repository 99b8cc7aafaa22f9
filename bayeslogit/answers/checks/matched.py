"""Checks of matched sets: how many say something about each coefficient."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from bayeslogit import tables
from bayeslogit.answers.checks.findings import Finding
from bayeslogit.answers.comparison.by_group import grouping_of, leave_groups_out
from bayeslogit.design import Design
from bayeslogit.errors import listing
from bayeslogit.numerics.pareto import doubtful_cases, reliable_k
from bayeslogit.posterior.posterior import Posterior
from bayeslogit.specification.specification import Specification

__all__ = ["check_influential_sets", "check_sets", "within_sets"]

# Sets in which a column varies, for each coefficient, below which the prior has much to say.
_FEW = 10


def within_sets(specification: Specification) -> Design:
    """Return the design as the likelihood sees it: columns less their means in each set.

    Parameters
    ----------
    specification : Specification
        With matched sets.
    """
    X, sets = specification.likelihood.X, specification.response.sets
    assert sets is not None
    size = np.bincount(sets.codes)
    means = np.stack([np.bincount(sets.codes, column) / size for column in X.T], axis=1)
    return replace(
        specification.design,
        X=X - means[sets.codes],
        names=specification.layout.names,
        intercept=False,
        shift=None,
    )


def check_sets(specification: Specification) -> Finding:
    """Say how many sets there are, and in how many of them each column varies.

    Parameters
    ----------
    specification : Specification
        With matched sets.
    """
    sets, X = specification.response.sets, specification.likelihood.X
    assert sets is not None
    first = np.unique(sets.codes, return_index=True)[1]
    other = X[first[sets.codes]] != X
    varies = np.zeros((len(first), X.shape[1]), dtype=bool)
    np.logical_or.at(varies, sets.codes, other)
    number = varies.sum(axis=0)
    names = specification.layout.names
    details = tables.Answer({"sets_that_vary": number}, index=list(names))
    values = {"sets": float(len(first)), "left_out": float(sets.silent[0])}
    values["fewest"] = float(number.min())
    few = tuple(name for name, n in zip(names, number, strict=True) if n < _FEW)
    text = f"{len(first)} sets have a case and another member"
    if sets.silent[0]:
        text += f", and {sets.silent[0]} others ({sets.silent[1]} rows) were left out"
    if not few:
        return Finding(
            "sets",
            "ok",
            f"{text}; every column varies in {number.min()} of them or more",
            values=values,
            details=details,
        )
    return Finding(
        "sets",
        "warning",
        f"{text}; {listing(few)} varies in fewer than {_FEW} of them, and only these say something",
        "read these odds ratios with their priors in mind, or match less closely",
        few,
        values,
        details,
    )


def check_influential_sets(posterior: Posterior, *, progressbar: bool = True) -> Finding:
    """Look for influential sets, by Pareto k of leaving each out.

    Parameters
    ----------
    posterior : Posterior
        Of a model with matched sets.
    progressbar : bool
        Show progress beyond two seconds.
    """
    codes, labels = grouping_of(posterior.model, None)
    values, _, k, used = leave_groups_out(posterior, codes, len(labels), progressbar=progressbar)
    limit = reliable_k(used)
    order = np.argsort(-k)[:20]
    details = tables.Answer({"pareto_k": k[order], "log_prob": values[order]}, index=labels[order])
    largest = float(np.fmax.reduce(k))
    numbers = {"largest_k": largest, "cases": float((~(k <= limit)).sum())}
    if (k <= limit).all():
        return Finding(
            "influence",
            "ok",
            f"no set dominates: the largest Pareto k of leaving one out is {largest:.2f}",
            values=numbers,
            details=details,
        )
    names = tuple(str(labels[i]) for i in order if not k[i] <= limit)
    doubtful = doubtful_cases(k, limit).replace("case", "set")
    return Finding(
        "influence",
        "warning",
        f"the posterior would move much without some sets: {doubtful} (largest {largest:.2f}), "
        f"set {', '.join(names[:10])}",
        "look whether these sets are right, and fit without them to see what changes; figures by "
        "leave-one-out are not reliable here",
        names,
        numbers,
        details,
    )
