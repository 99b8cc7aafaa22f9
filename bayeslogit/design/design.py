"""The design of a model, built from a formula, a table or an array."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bayeslogit.design.arrays import ArrayRecipe, column_names, design_matrix, real_array
from bayeslogit.design.encoding.recipe import FormulaRecipe, learn
from bayeslogit.design.formula.parser import parse, split, variables
from bayeslogit.design.formula.syntax import Formula, Name
from bayeslogit.errors import DesignError
from bayeslogit.tables.reading import read
from bayeslogit.tables.table import Table

__all__ = [
    "Design",
    "check_variation",
    "constant_columns",
    "duplicate_columns",
    "from_array",
    "from_formula",
    "from_frame",
    "split",
    "variables",
]

# Range of a column, as a share of its largest value, below which its products lose digits.
_VARIES = 1e-6
# Squares of larger values, and of the inverse, leave the range of doubles.
_LARGEST = 1e140


@dataclass(frozen=True, eq=False)
class Design:
    """The design of a model: its matrix X, coefficient names, and the coding of new rows.

    Parameters
    ----------
    X : np.ndarray of float64, shape (obs, coef)
        Column 0 is all ones when ``intercept``.
    names : tuple of str
        Coefficient names, ``"Intercept"`` first when ``intercept``.
    intercept : bool
        Whether X has a column of ones.
    term_columns : dict of str to tuple of int
        Each term, named as in its coefficients, to its columns of X: ``"g"`` to ``(2, 3)``.
    offset : np.ndarray of shape (obs,), or None
        From ``offset(...)`` in the formula; added to the linear predictor as it is (in log-odds
        for the logit link).
    references : dict of str to str
        Reference level of each factor that leaves one out.
    columns : dict of str to np.ndarray of shape (obs,)
        The columns of the table that the terms use: numbers, booleans or labels.
    formula : str or None
        Right-hand side as the user wrote it; None for arrays and tables without a formula.
    recipe : FormulaRecipe or ArrayRecipe
        Codes new rows; see :meth:`code`.
    source : Table
        The rows that the design was built from, with the columns used; see :meth:`table`.
    absent : dict of str to tuple of str
        Levels of a column that only rows with a missing value had: they have no coefficient.
    """

    X: np.ndarray
    names: tuple[str, ...]
    intercept: bool
    term_columns: dict[str, tuple[int, ...]]
    offset: np.ndarray | None
    references: dict[str, str]
    columns: dict[str, np.ndarray]
    formula: str | None
    recipe: FormulaRecipe | ArrayRecipe = field(repr=False)
    source: Table = field(repr=False)
    absent: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def terms(self) -> tuple[str, ...]:
        """Coefficient names without ``"Intercept"``."""
        return self.names[1:] if self.intercept else self.names

    @property
    def predictors(self) -> tuple[str, ...]:
        """Columns that have coefficients; those of ``offset()`` alone are only added.

        Examples
        --------
        >>> from bayeslogit.tables.reading import read
        >>> from_formula("x + offset(log(t))", read({"x": [1, 2], "t": [1, 3]})).predictors
        ('x',)
        """
        return self.recipe.predictors

    @property
    def factors(self) -> frozenset[str]:
        """Columns whose values are levels: text, and numbers or booleans inside ``C()``.

        Examples
        --------
        >>> from bayeslogit.tables.reading import read
        >>> table = read({"x": [1, 2, 3], "year": [1, 2, 1], "g": ["a", "b", "a"]})
        >>> sorted(from_formula("x + C(year) + g", table).factors)
        ['g', 'year']
        """
        return self.recipe.levelled

    def levels(self, name: str) -> list[Any]:
        """Return the values that occur in a column, in the order of the formula or the column.

        Examples
        --------
        >>> from bayeslogit.tables.reading import read
        >>> table = read({"dose": ["low", "high", "low", "none"]})
        >>> from_formula("dose", table).levels("dose")
        ['high', 'low', 'none']
        >>> from_formula("C(dose, levels=['none', 'low', 'high'])", table).levels("dose")
        ['none', 'low', 'high']
        """
        present = {str(value): value for value in self.columns[name].tolist()}
        stated = self.recipe.stated(name)
        if set(present) <= set(stated):
            return [present[text] for text in stated if text in present]
        declared = self.table().levels(name) or sorted(present.values())
        return [value for value in declared if str(value) in present]

    def table(self) -> Table:
        """Return the table of the columns used; the same design can be built from it again."""
        return self.source

    def code(self, data: Any) -> tuple[np.ndarray, np.ndarray | None, dict[str, np.ndarray]]:
        """Return the design matrix of new rows, coded as the rows of the fit.

        Knots, means, standard deviations and levels are those of the fit, so one row alone is
        coded as it is among many.

        Parameters
        ----------
        data : table, or array of shape (rows, columns) where there is no formula
            Anything :func:`~bayeslogit.tables.reading.read` takes, with the columns used here;
            others are ignored.

        Returns
        -------
        X : np.ndarray of float64, shape (rows, coef)
        offset : np.ndarray of shape (rows,), or None
            The ``offset(...)`` of the formula, on the scale of the linear predictor.
        columns : dict of str to np.ndarray of shape (rows,)
            The columns used, as in ``self.columns``.

        Raises
        ------
        DesignError
            A column is absent or has missing values, a level is unknown, or a value lies outside
            the range of a B-spline.

        Examples
        --------
        >>> from bayeslogit.tables.reading import read
        >>> design = from_formula("center(hours) + school",
        ...     read({"hours": [1, 2, 6], "school": ["east", "west", "east"]}))
        >>> design.names
        ('Intercept', 'center(hours)', 'school[T.west]')
        >>> design.code({"hours": 4, "school": "west"})[0]
        array([[1., 1., 1.]])
        """
        table = self.read_rows(data)
        names = self.recipe.variables
        table, _ = table.select(names).complete(names)
        X, offset = self.recipe.code(table)
        return X, offset, {name: table[name] for name in names}

    def read_rows(self, data: Any) -> Table:
        """Return new rows as a table; an array gets the names of the fitted columns.

        Parameters
        ----------
        data : table, or array of shape (rows, columns) where there is no formula

        Raises
        ------
        DesignError
            If the data are no table, or an array with another number of columns.
        """
        numbers_only = all(self.source.kind(name) != "category" for name in self.columns)
        if isinstance(self.recipe, ArrayRecipe) or (self.formula is None and numbers_only):
            return ArrayRecipe(tuple(self.columns), self.intercept).as_table(data)
        return read(data, what="new rows")


def from_formula(formula: str, table: Table, *, flags: bool = True) -> Design:
    """Return the design of a formula's right-hand side.

    Parameters
    ----------
    formula : str
        Right-hand side: columns, ``+ - * : / **``, 0 or 1 for the intercept, and the calls
        ``C I log log2 log10 exp sqrt center scale poly bs cr offset``. Text and categories are
        factors, coded by indicators without the first level, ``g[T.level]``. ``C(g,
        reference="b", levels=[...])`` chooses; its coefficients carry the name of the column,
        unless another factor has it too. Booleans and comparisons, ``I(x > 3)``, are factors of
        False and True: one column of 0 and 1 under their name, and both, ``t[False]`` and
        ``t[True]``, where a factor would have every level, as in ``x:t`` without ``x`` and in
        ``0 + t``.
        ``cr(x, df=4)`` is a natural cubic spline whose columns have mean zero; outside the range
        of the data it continues as a straight line. ``bs(x, df=5)`` is refused there, unless
        ``extrapolation="clip"`` or ``"extend"``.
    table : Table
        Complete rows; see :meth:`bayeslogit.tables.table.Table.complete`.
    flags : bool
        Whether what is true or false is a factor; else it is a number, 0 or 1, everywhere, as
        in fits that version 0.1 saved before it was a factor.

    Returns
    -------
    Design

    Raises
    ------
    DesignError
        The formula is not allowed, a column is not in the table or not usable, or the columns
        would be more than 10 000.

    Examples
    --------
    >>> from bayeslogit.tables.reading import read
    >>> table = read({"x": [1, 2, 3, 4], "g": ["a", "b", "a", "b"]})
    >>> design = from_formula("x * C(g, reference='b')", table)
    >>> design.names, design.references
    (('Intercept', 'x', 'g[T.a]', 'x:g[T.a]'), {'g': 'b'})
    """
    return _learnt(parse(formula), table, flags)


def from_frame(table: Table, intercept: bool = True) -> Design:
    """Return the design in which every column of a table is a term.

    Parameters
    ----------
    table : Table
        Complete rows. Numbers are taken as they are, booleans as 0 and 1, text and categories
        as factors.
    intercept : bool
        Whether to put a column of ones in front.

    Returns
    -------
    Design

    Examples
    --------
    >>> from bayeslogit.tables.reading import read
    >>> from_frame(read({"x": [1, 2], "smokes": [True, False]})).X
    array([[1., 1., 1.],
           [1., 2., 0.]])
    """
    every = Formula(None, tuple((Name(name),) for name in table.names), intercept)
    return _learnt(every, table, flags=False)


def _learnt(formula: Formula, table: Table, flags: bool) -> Design:
    table = table.select(formula.columns)
    table.complete(formula.columns)
    recipe, X, offset, names, term_columns, references = learn(formula, table, flags)
    return Design(
        X=X,
        names=names,
        intercept=formula.intercept,
        term_columns=term_columns,
        offset=offset,
        references=references,
        columns={name: table[name] for name in formula.columns},
        formula=formula.text,
        recipe=recipe,
        source=table,
    )


def from_array(X: Any, names: Sequence[str] | None = None, intercept: bool = True) -> Design:
    """Return the design of an array; each of its columns is a term.

    Parameters
    ----------
    X : array of shape (obs, columns)
        Finite real numbers. float64 is copied once to put the ones in front, and not at all
        without an intercept.
    names : sequence of str, optional
        Names of the columns; x0, x1, ... by default.
    intercept : bool
        Whether to put a column of ones in front.

    Returns
    -------
    Design

    Raises
    ------
    DesignError
        Not a two-dimensional array of finite real numbers, or names that do not fit.

    Examples
    --------
    >>> from_array([[1.0, 2.0], [3.0, 5.0]]).names
    ('Intercept', 'x0', 'x1')
    """
    array = real_array(X)
    given = column_names(names, array.shape[1], intercept)
    matrix = design_matrix(array, intercept, given)
    first = int(intercept)
    columns = {name: matrix[:, first + j] for j, name in enumerate(given)}
    return Design(
        X=matrix,
        names=("Intercept", *given) if intercept else given,
        intercept=intercept,
        term_columns={name: (first + j,) for j, name in enumerate(given)},
        offset=None,
        references={},
        columns=columns,
        formula=None,
        recipe=ArrayRecipe(given, intercept),
        source=Table.from_numbers(columns),
    )


def constant_columns(design: Design) -> tuple[str, ...]:
    """Return the names of constant columns of X, the intercept left out."""
    X = design.X
    few = _some_rows(X)
    # A few rows show nearly every column to vary; only the others are read whole.
    open_columns = np.flatnonzero((few == few[0]).all(axis=0))
    return tuple(
        design.names[j]
        for j in open_columns
        if not (design.intercept and j == 0) and bool((X[:, j] == X[0, j]).all())
    )


def check_variation(design: Design) -> None:
    """Refuse a column whose range is so small beside its values that rounding errors matter.

    With an intercept, shifting a column does not change the fit, but it costs digits: with values
    a million times the range, half of them are lost.

    Raises
    ------
    DesignError
        If a column that is not constant has a range below a millionth of its largest value.
    """
    X = design.X
    size = np.maximum(X.max(axis=0), -X.min(axis=0))
    for j in np.flatnonzero((size > _LARGEST) | ((size < 1.0 / _LARGEST) & (size > 0.0))):
        raise DesignError(
            f"column {design.names[j]!r} has values of up to {size[j]:.3g}, whose squares are "
            f"beyond the range of numbers; expected sizes from {1.0 / _LARGEST:.0e} to "
            f"{_LARGEST:.0e}; use another unit"
        )
    if not design.intercept:
        return
    few = _some_rows(X)
    largest = np.abs(few).max(axis=0)
    # A range over some rows is at most that over all.
    for j in np.flatnonzero(np.ptp(few, axis=0) < _VARIES * largest):
        low, high = float(X[:, j].min()), float(X[:, j].max())
        size = max(abs(low), abs(high))
        if 0.0 < high - low < _VARIES * size:
            raise DesignError(
                f"column {design.names[j]!r} varies by {high - low:.3g} around {low:.6g}, and "
                "beside an intercept that is lost to rounding; expected a range of at least a "
                f"millionth of the values; use center({design.names[j]}), or subtract a typical "
                "value"
            )


def duplicate_columns(design: Design) -> tuple[str, ...]:
    """Return the names of columns of X that repeat an earlier one, the intercept included."""
    X = design.X
    few = _some_rows(X) + 0.0  # turns -0.0 into 0.0, which is equal but not the same bytes
    alike: dict[bytes, list[int]] = {}
    out = []
    for j, name in enumerate(design.names):
        earlier = alike.setdefault(few[:, j].tobytes(), [])
        if any(np.array_equal(X[:, i], X[:, j]) for i in earlier):
            out.append(name)
        else:
            earlier.append(j)
    return tuple(out)


def _some_rows(X: np.ndarray) -> np.ndarray:
    return X[np.unique(np.linspace(0, len(X) - 1, 32).astype(np.intp))]
