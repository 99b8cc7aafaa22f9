"""Checks of the data before any fit: separation, collinearity, numbers of events."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bayeslogit import tables
from bayeslogit.answers.checks.findings import Finding
from bayeslogit.answers.classical.maximum_likelihood import (
    Maximum,
    independent,
    informative,
    maximise,
    without,
)
from bayeslogit.design import Design, constant_columns, duplicate_columns
from bayeslogit.errors import DesignError, FitFailed, listing
from bayeslogit.inference.separation import Separation, dependent, separation
from bayeslogit.priors import CoefficientPrior
from bayeslogit.specification.density import Likelihood

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "INTERCEPT_ROWS",
    "check_collinearity",
    "check_columns",
    "check_events",
    "check_separation",
    "variance_decomposition",
]

# Rows that estimate a probability to within 0.1 either way with 95 % confidence, at worst.
INTERCEPT_ROWS = 0.25 * (1.959963984540054 / 0.1) ** 2


def check_columns(design: Design) -> list[Finding]:
    """Look for columns that say nothing, or nothing of their own."""
    constant, twice = constant_columns(design), duplicate_columns(design)
    findings = []
    if constant and design.intercept:
        findings.append(
            Finding(
                "columns",
                "warning",
                f"the columns {listing(constant)} have the same value in every row",
                "leave them out: only the prior says anything about their coefficients",
                constant,
            )
        )
    copies = tuple(name for name in twice if name not in constant)
    if copies:
        findings.append(
            Finding(
                "columns",
                "warning",
                f"the columns {listing(copies)} repeat an earlier column",
                "leave them out: only the prior tells their coefficients from the other's",
                copies,
            )
        )
    return findings or [Finding("columns", "ok", "every column varies and is its own")]


def check_separation(
    likelihood: Likelihood, names: tuple[str, ...], prior: CoefficientPrior
) -> tuple[Finding, Maximum | None]:
    """Look for separation, complete or quasi-complete, by linear programs.

    Parameters
    ----------
    likelihood : Likelihood
    names : tuple of str
        Coefficients, in the order of the likelihood's parameters.
    prior : CoefficientPrior
        Says which coefficients are left flat, and so have no finite estimate.

    Returns
    -------
    Finding
    Maximum or None
        The maximum likelihood estimate, where it is unique.
    """
    maximum: Maximum | None = None
    found: Separation | None
    try:
        maximum = maximise(likelihood, names)
        found = maximum.separation
    except DesignError:
        found = _without_copies(likelihood, names)
    except FitFailed:
        found = separation(informative(likelihood), names)
        if found is None and likelihood.family.bounded:
            return Finding(
                "separation",
                "ok",
                f"the likelihood is highest at the border of the {likelihood.family.link} link's "
                "range, which the posterior allows for",
            ), None
        if found is None:
            return Finding(
                "separation",
                "note",
                "the maximum of the likelihood was not found, though the outcomes overlap",
                "rescale predictors with very different units",
            ), None
    if found is None:
        return Finding(
            "separation",
            "ok",
            "the outcomes overlap: every maximum likelihood estimate is finite",
        ), maximum
    flat = {name for name, f in zip(prior.names, prior.flat, strict=True) if f}
    unbounded = sorted(flat & set(found.signs))
    if unbounded:
        return Finding(
            "separation",
            "severe",
            f"{found.sentence}, and the prior of {listing(unbounded)} is flat",
            "give these coefficients a proper prior: without one there is no posterior",
            found.names,
        ), maximum
    return Finding(
        "separation",
        "warning",
        f"{found.sentence}",
        "mind that the data do not bound these coefficients on one side: their posterior leans "
        "on the prior there, so choose it with care and report it",
        found.names,
    ), maximum


def _without_copies(likelihood: Likelihood, names: tuple[str, ...]) -> Separation | None:
    """Look for separation with collinear columns left out."""
    if likelihood.family.n_eta > 1:
        return None
    rows = informative(likelihood)
    kept = independent(rows.X if rows.matched is None else rows.matched.centred())
    drop = np.setdiff1d(np.arange(rows.size), kept)
    return separation(without(rows, drop), tuple(names[j] for j in kept))


def variance_decomposition(X: np.ndarray, names: tuple[str, ...]) -> pd.DataFrame:
    """Return condition indices and what share of each coefficient's variance goes with them.

    Parameters
    ----------
    X : ndarray, shape (rows, columns)
        Not centred; each column is scaled to length one.
    names : tuple of str

    Returns
    -------
    pandas.DataFrame
        A row per condition index, from the smallest; each column's shares sum to one.

    References
    ----------
    Belsley, D. A., Kuh, E. and Welsch, R. E. (1980). Regression Diagnostics.
    doi:10.1002/0471725153

    Examples
    --------
    >>> X = np.array([[1.0, 1.0], [1.0, -1.0]])
    >>> variance_decomposition(X, ("a", "b")).index.tolist()
    [1.0, 1.0]
    """
    import pandas as pd

    length = np.sqrt((X**2).sum(axis=0))
    scaled = X / np.where(length > 0.0, length, 1.0)
    if len(X) > X.shape[1]:
        scaled = np.linalg.qr(scaled, mode="r")
    _, singular, right = np.linalg.svd(scaled, full_matrices=True)
    values = np.zeros(X.shape[1])
    values[: len(singular)] = singular
    floor = np.finfo(float).eps * max(X.shape) * values[0]
    values = np.maximum(values, floor)
    shares = (right / values[:, None]) ** 2
    shares /= shares.sum(axis=0)
    index = pd.Index((values[0] / values).round(12), name="condition_index")
    return tables.Answer(shares, index=index, columns=list(names))


def check_collinearity(design: Design, weights: np.ndarray) -> Finding:
    """Look for columns that nearly, or exactly, follow from others.

    Parameters
    ----------
    design : Design
    weights : ndarray, shape (rows,)
        How many cases each row holds.
    """
    names = design.names
    if len(names) < 2:
        return Finding("collinearity", "ok", "one column cannot be collinear")
    seen = weights > 0.0
    X = design.X[seen] * np.sqrt(weights[seen])[:, None]
    table = variance_decomposition(X, names)
    worst = float(table.index[-1])
    values = {"condition_index": worst}
    tangled = dependent(X)
    if tangled.any():
        found = tuple(n for n, t in zip(names, tangled, strict=True) if t)
        return Finding(
            "collinearity",
            "warning",
            f"the columns {listing(found)} are exactly collinear: the rows do not tell their "
            "coefficients apart",
            "leave one of them out; until then the prior alone divides the effect among them",
            found,
            values,
            table,
        )
    # Several near dependences share variance among them, so their shares are added up.
    total = table.to_numpy()[table.index.to_numpy() > 30.0].sum(axis=0)
    involved = [name for name, share in zip(names, total, strict=True) if share > 0.5]
    if len(involved) < 2:
        return Finding(
            "collinearity",
            "ok",
            f"the largest condition index is {worst:.3g}: no near dependence of columns",
            values=values,
            details=table,
        )
    slopes = [name for name in involved if name != "Intercept"]
    if len(slopes) == 1:
        return Finding(
            "collinearity",
            "note",
            f"{slopes[0]!r} is far from zero for its spread (condition index {worst:.3g} with the "
            "intercept)",
            "centre it, if the intercept is to be read: its slope is not affected",
            tuple(involved),
            values,
            table,
        )
    return Finding(
        "collinearity",
        "warning",
        f"the columns {listing(involved)} nearly determine one another: condition index "
        f"{worst:.3g}, expected below 30",
        "read their coefficients together, not one by one, or leave one out; predictions within "
        "the range of the data are not harmed",
        tuple(involved),
        values,
        table,
    )


def check_events(counts: np.ndarray, slopes: int, classes: tuple[str, ...]) -> Finding:
    """Return the finding on events per variable, beside the rules about them.

    Parameters
    ----------
    counts : ndarray, shape (rows, classes)
        Cases of each class, times weights.
    slopes : int
        Coefficients of predictors (for several classes, of one class).
    classes : tuple of str

    References
    ----------
    Vittinghoff, E. and McCulloch, C. E. (2007). Relaxing the rule of ten events per variable.
    doi:10.1093/aje/kwk052
    van Smeden, M. et al. (2016). No rationale for 1 variable per 10 events criterion.
    doi:10.1186/s12874-016-0267-3
    """
    totals = counts.sum(axis=0)
    cases, rare = float(totals.sum()), int(np.argmin(totals))
    events, share = float(totals[rare]), float(totals[rare] / totals.sum())
    values = {"events": events, "cases": cases, "slopes": float(slopes)}
    values["intercept_rows"] = INTERCEPT_ROWS
    few = cases < INTERCEPT_ROWS
    intercept = (
        f"; with {cases:.6g} cases the intercept alone may be off by more than 0.1 on the "
        f"probability scale ({INTERCEPT_ROWS:.4g} would do)"
        if few
        else ""
    )
    if slopes == 0:
        return Finding(
            "events",
            "note" if few else "ok",
            f"{events:.6g} cases of {classes[rare]!r} and no predictors{intercept}",
            "expect a wide interval of the probability" if few else "",
            values=values,
        )
    ratio = events / slopes
    values |= {"events_per_variable": ratio}
    rule = "the rule of ten asks for 10 for each"
    if share > 0.0:
        values |= {"rule_of_ten_cases": 10.0 * slopes / share}
        rule = f"the rule of ten asks for {10.0 * slopes / share:.0f} cases"
    word = "coefficient" if slopes == 1 else "coefficients"
    shown = f"{ratio:.3g}" if ratio < 1000 else f"{ratio:.0f}"
    sentence = (
        f"{shown} events per variable ({events:.6g} of {classes[rare]!r}, {slopes} {word}; "
        f"{rule}){intercept}"
    )
    caveat = (
        "take such rules as hints: in simulations intervals and estimates failed often at 2 to 4 "
        "events per variable and now and then up to 16; proper priors help, and the prior's part "
        "is what fit.check() measures"
    )
    if ratio < 5.0:
        return Finding("events", "warning", sentence, caveat, values=values)
    if ratio < 10.0 or few:
        return Finding("events", "note", sentence, caveat, values=values)
    return Finding("events", "ok", sentence, values=values)
