"""Designs: the columns that the coefficients multiply, their names, and the coding of new rows."""

from __future__ import annotations

from bayeslogit.design.columns import constant_columns, duplicate_columns, recentred
from bayeslogit.design.design import Design, from_array, from_formula, from_frame
from bayeslogit.design.encoding.smooths import Curve
from bayeslogit.design.formula.bar import Barred, split_bar
from bayeslogit.design.formula.parser import split, variables

__all__ = [
    "Barred",
    "Curve",
    "Design",
    "constant_columns",
    "duplicate_columns",
    "from_array",
    "from_formula",
    "from_frame",
    "recentred",
    "split",
    "split_bar",
    "variables",
]
