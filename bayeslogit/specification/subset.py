"""A model on some of its rows, coded and with priors as among all."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from bayeslogit.design import Design
from bayeslogit.response import Response

if TYPE_CHECKING:
    from bayeslogit.model import Model

__all__ = ["on_rows", "part_of_design", "part_of_response"]


def on_rows(model: Model, rows: np.ndarray) -> Model:
    """Return a model on some of its rows, coded and with priors as among all."""
    return replace(
        model,
        design=part_of_design(model.design, rows),
        response=part_of_response(model.response, rows),
        weights=None if model.weights is None else model.weights[rows],
        offset=None if model.offset is None else model.offset[rows],
        rows=model.rows[rows],
    )


def part_of_design(design: Design, rows: np.ndarray) -> Design:
    """Return some rows of a design, coded as they are among all."""
    return replace(
        design,
        X=design.X[rows],
        offset=None if design.offset is None else design.offset[rows],
        columns={name: values[rows] for name, values in design.columns.items()},
        source=design.source.take(rows),
    )


def part_of_response(response: Response, rows: np.ndarray) -> Response:
    """Return some rows of an outcome; its classes stay, though some may not occur."""
    trials = None if response.trials is None else response.trials[rows]
    return replace(response, y=response.y[rows], trials=trials)
