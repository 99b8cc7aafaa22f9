"""Subsets of the rows or cases of a model, with the coding and priors of all rows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from bayeslogit.design import Design
from bayeslogit.priors import CoefficientPrior
from bayeslogit.response import Response
from bayeslogit.specification.as_given import moved_prior
from bayeslogit.specification.default_prior import prior_of_columns
from bayeslogit.specification.specification import Specification

__all__ = [
    "on_cases",
    "on_rows",
    "part_of_design",
    "part_of_response",
    "prior_of_cases",
    "takes_its_prior_from_cases",
    "without",
]


def on_rows[S: Specification](specification: S, rows: np.ndarray) -> S:
    """Return the specification of a subset of rows, with the coding and priors of all rows.

    Parameters
    ----------
    specification : Specification
    rows : ndarray of int
        Positions among its rows; one may occur several times.
    """
    return replace(
        specification,
        design=part_of_design(specification.design, rows),
        response=part_of_response(specification.response, rows),
        weights=None if specification.weights is None else specification.weights[rows],
        offset=None if specification.offset is None else specification.offset[rows],
        rows=specification.rows[rows],
    )


def on_cases[S: Specification](specification: S, counts: np.ndarray) -> S:
    """Return the specification of other numbers of the same cases, a weighted row for each kind.

    However rows write their cases, this is the same, with the coding and priors of all rows.
    Under a link whose range ends, kinds without any stay, with weights of zero.

    Parameters
    ----------
    specification : Specification
        Of a family whose like cases can be added up.
    counts : ndarray, shape (cells, classes)
        How many cases of each class there are in each cell; kinds without any are left out.
    """
    cell, code = np.nonzero(counts)
    if specification.family.bounded:
        # A kind without cases still has a probability, which ends the range of the coefficients.
        none = np.flatnonzero(counts.sum(axis=1) == 0.0)
        cell, code = np.append(cell, none), np.append(code, np.zeros_like(none))
    one = np.zeros(len(counts), dtype=np.intp)
    used = np.flatnonzero(specification.cases.cell >= 0)
    one[specification.cases.cell[used]] = used
    rows, response = one[cell], specification.response
    trials = np.ones(len(code), dtype=np.int64) if response.kind == "counts" else None
    return replace(
        specification,
        design=part_of_design(specification.design, rows),
        response=replace(response, y=code.astype(np.int64), trials=trials),
        weights=counts[cell, code],
        offset=None if specification.offset is None else specification.offset[rows],
        rows=specification.rows[rows],
    )


def without(specification: Specification, left: np.ndarray) -> Specification:
    """Return the specification without some cases.

    Parameters
    ----------
    specification : Specification
    left : ndarray, shape (rows, classes)
        Weighted cases that go; rows whole, or cases of a family whose like cases can be added up.
    """
    rest = specification.counts - left
    some = left.sum(axis=1) > 0.0
    if not (rest[some].any() or specification.family.bounded):
        return on_rows(specification, np.flatnonzero(~some))
    counts = specification.cases.added(rest)
    # What rounding left of shares of like rows.
    counts[counts < 1e-9 * specification.cases.counts] = 0.0
    return on_cases(specification, counts)


def takes_its_prior_from_cases(specification: Specification) -> bool:
    """Return whether the prior is the default one, known, and so a matter of the cases.

    Parameters
    ----------
    specification : Specification
    """
    return specification.prior.default and not specification.learns


def prior_of_cases(specification: Specification, counts: np.ndarray) -> CoefficientPrior:
    """Return the prior of other numbers of the same cases: the default one is found anew.

    Parameters
    ----------
    specification : Specification
    counts : ndarray, shape (cells, classes)
        How many cases of each class there are in each cell.
    """
    if not takes_its_prior_from_cases(specification):
        return specification.prior
    prior = prior_of_columns(
        specification.design,
        specification.cases.X,
        counts.sum(axis=1),
        specification.family,
        specification.layout,
    )
    return moved_prior(prior, specification.layout)


def part_of_design(design: Design, rows: np.ndarray) -> Design:
    """Return the design of a subset of rows, with the coding of all rows.

    Parameters
    ----------
    design : Design
    rows : ndarray of int
        Positions among its rows.
    """
    return replace(
        design,
        X=design.X[rows],
        offset=None if design.offset is None else design.offset[rows],
        columns={name: values[rows] for name, values in design.columns.items()},
        source=design.source.take(rows),
        groups=tuple(
            replace(group, Z=group.Z[rows], codes=group.codes[rows]) for group in design.groups
        ),
    )


def part_of_response(response: Response, rows: np.ndarray) -> Response:
    """Return the outcome of a subset of rows, with all its classes.

    Parameters
    ----------
    response : Response
    rows : ndarray of int
        Positions among its rows.
    """
    trials = None if response.trials is None else response.trials[rows]
    sets = None if response.sets is None else response.sets.taken(rows)
    alternatives = None if response.alternatives is None else response.alternatives.taken(rows)
    return replace(
        response, y=response.y[rows], trials=trials, sets=sets, alternatives=alternatives
    )
