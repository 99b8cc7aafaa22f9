"""What is left out and scored together: a case, or a row with all its trials and its weight."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from bayeslogit.errors import DesignError, nearest
from bayeslogit.posterior.posterior import Posterior
from bayeslogit.specification.cases import Cases, cases_of
from bayeslogit.specification.density import Likelihood
from bayeslogit.specification.specification import Specification

__all__ = [
    "checked_unit",
    "common_unit",
    "constants_of",
    "held_out",
    "parts_of",
    "units_of",
]

_BLOCK = 1_000_000
_UNITS = ("case", "row", "group")


def checked_unit(specification: Specification, unit: str | None) -> str:
    """Return what is left out: a case, or a row where its trials are correlated, or a matched set.

    Parameters
    ----------
    specification : Specification
    unit : str or None

    Raises
    ------
    DesignError
        If it is another word, or a case of correlated trials.

    See Also
    --------
    bayeslogit.answers.comparison.by_group.grouping_of : Which group a row is in.
    """
    apart = specification.family.collapsible
    if specification.family.coupled:
        if unit not in (None, "set"):
            raise DesignError(
                f"unit={unit!r} was given for matched sets, of which one is what can be left out: "
                "its members are told apart given how many are cases; expected unit='set'; leave "
                "unit= out"
            )
        return "set"
    if unit is None:
        return "case" if apart else "row"
    if unit not in _UNITS:
        raise DesignError(
            f"unit={unit!r} is not known; expected 'case', 'row' or 'group'; choose one of them."
            + nearest(unit, _UNITS)
        )
    if unit == "case" and not apart:
        raise DesignError(
            f"unit='case' was given for the {specification.family.name} family, whose trials are "
            "correlated within a row; expected unit='row'; leave unit= out"
        )
    return unit


def common_unit(fits: Mapping[str, Posterior]) -> str:
    """Return what can be left out of several models: a set or a row if that is so of one of them.

    Parameters
    ----------
    fits : dict of str to Posterior
    """
    units = {checked_unit(fit.model, None) for fit in fits.values()}
    return next((unit for unit in ("set", "row") if unit in units), "case")


def units_of(specification: Specification, unit: str) -> Cases:
    """Return the cases of a model, or its rows as cases.

    Parameters
    ----------
    specification : Specification
    unit : {"case", "row"}
    """
    if unit == "case":
        return specification.cases
    design = specification.design
    family, offset, counts = specification.family, specification.offset, specification.counts
    return cases_of(family, design.X, offset, counts, key=design.key, whole=True)


def parts_of(
    specification: Specification, cases: Cases, counts: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return which kinds of case rows hold, row by row and by the names of their classes.

    Models of the same rows have them in the same order, whatever their reference or event.

    Parameters
    ----------
    specification : Specification
    cases : Cases
        Of :func:`units_of`.
    counts : ndarray, shape (rows, classes)
        Weighted cases of each class in each row.

    Returns
    -------
    row, kind, times : ndarray, shape (parts,)
        As :meth:`Cases.of_rows` has them.
    """
    row, kind, times = cases.of_rows(counts)
    names = np.array(specification.response.classes)[cases.kinds[1][kind].argmax(axis=1)]
    order = np.lexsort((names, row)) if cases.single else np.argsort(row, kind="stable")
    return row[order], kind[order], times[order]


def constants_of(specification: Specification, unit: str) -> np.ndarray:
    """Return log combinatorial constants of each row, (rows,), in nats; zero for single cases.

    Parameters
    ----------
    specification : Specification
    unit : {"case", "row"}
    """
    constants = specification.likelihood.constants
    if unit == "case" or constants is None:
        return np.zeros(len(specification.rows))
    return constants


def held_out(posterior: Posterior, cases: Cases, log_weights: np.ndarray | None) -> np.ndarray:
    """Return the log predictive density of each kind of case, (kinds,), in nats.

    Without combinatorial constants.

    Parameters
    ----------
    posterior : Posterior
        With draws that have not seen the cases, or that have.
    cases : Cases
    log_weights : ndarray, shape (draws,), optional
        Log of posterior over what the draws are from.
    """
    model, (cell, held) = posterior.model, cases.kinds
    likelihood = Likelihood(
        model.family,
        cases.X[cell],
        held,
        None if cases.offset is None else cases.offset[cell],
        basis=model.layout.basis,
    )
    base = np.zeros(posterior.n_draws) if log_weights is None else log_weights
    base = base - base.max()
    base = base - np.log(np.exp(base).sum())
    result = np.empty(len(cell))
    step = max(1, _BLOCK // (posterior.n_draws * held.shape[1]))
    for start in range(0, len(result), step):
        rows = slice(start, start + step)
        logs = model.family.row_log_likelihood(likelihood.eta(posterior.theta, rows), held[rows])
        logs = logs + base
        top = logs.max(axis=1, keepdims=True)
        result[rows] = top[:, 0] + np.log(np.exp(logs - top).sum(axis=1))
    return result
