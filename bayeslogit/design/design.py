"""The design of a model, built from a formula, a table or an array."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, cast

import numpy as np

from bayeslogit.design import arrays
from bayeslogit.design.arrays import ArrayRecipe, column_names, design_matrix, real_array
from bayeslogit.design.encoding.recipe import FormulaRecipe, learn
from bayeslogit.design.encoding.smooths import Curve
from bayeslogit.design.formula.parser import parse, split, variables
from bayeslogit.design.formula.syntax import Formula, Grouped, Name
from bayeslogit.design.grouping import Grouping, learn_grouping, with_effects
from bayeslogit.design.indexed import Indexed
from bayeslogit.tables.reading import read
from bayeslogit.tables.table import Table

__all__ = ["Design", "from_array", "from_formula", "from_frame", "split", "variables"]


@dataclass(frozen=True, eq=False)
class Design:
    """The design of a model: its matrix X, coefficient names, and the coding of new rows.

    Parameters
    ----------
    X : np.ndarray of float64, shape (obs, coef)
        Column 0 is all ones when ``intercept``. With group-level terms an :class:`Indexed`.
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
    groups : tuple of Grouping
        The group-level terms. The columns of their effects come last in X.
    shift : np.ndarray of shape (coef,), or None
        What was subtracted from columns that are far from zero, effects of groups left out.
        Coefficients of X then differ from those of the columns as given in intercepts.
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
    groups: tuple[Grouping, ...] = ()
    shift: np.ndarray | None = None

    @property
    def effects(self) -> int:
        """Number of columns of X that are effects of groups; they come last."""
        return sum(len(group.effects) * len(group.levels) for group in self.groups)

    @cached_property
    def fixed(self) -> Design:
        """The design without the effects of groups."""
        if not self.groups:
            return self
        names = self.recipe.variables
        return replace(
            self,
            X=cast("Indexed", self.X).dense,
            names=self.names[: -self.effects],
            columns={name: self.columns[name] for name in names},
            source=self.source.select(names),
            groups=(),
        )

    def moved(self, shift: np.ndarray) -> Design:
        """Return the design with a number subtracted from each column, here and in new rows."""
        X: Any = self.X
        X = replace(X, dense=X.dense - shift) if self.groups else X - shift
        return replace(self, X=X, shift=shift)

    @property
    def key(self) -> np.ndarray:
        """Columns that are equal in two rows if and only if their predictors are, (rows, some)."""
        return cast("Indexed", self.X).key if self.groups else self.X

    @property
    def curves(self) -> dict[str, Curve]:
        """The columns of each curve and monotonic effect; of ``s`` all but the straight line.

        Examples
        --------
        >>> from bayeslogit.tables.reading import read
        >>> design = from_formula("s(x, k=6)", read({"x": [1, 2, 3, 4, 5, 6]}))
        >>> design.curves["s(x, k=6)"].columns, design.names[1:3]
        ((2, 3, 4, 5), ('s(x, k=6)[linear]', 's(x, k=6)[1]'))
        """
        return self.recipe.curves(self.names) if isinstance(self.recipe, FormulaRecipe) else {}

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
        """Columns whose values are levels: text, groups, and numbers or booleans inside ``C()``.

        Examples
        --------
        >>> from bayeslogit.tables.reading import read
        >>> table = read({"x": [1, 2, 3], "year": [1, 2, 1], "g": ["a", "b", "a"]})
        >>> sorted(from_formula("x + C(year) + g", table).factors)
        ['g', 'year']
        """
        groups = {name for group in self.groups for name in group.columns}
        return self.recipe.levelled | (groups - set(self.predictors))

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
            the range of a B-spline or of numbers that can be computed with.

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
        names = tuple(self.columns)
        for group in self.groups:
            group.refuse_without(table, beside=self.formula is None)
        table, _ = table.select(names).complete(names)
        X, offset = self.recipe.code(table)
        arrays.refuse_sizes(self.names, X)
        X = X if self.shift is None else X - self.shift
        X = with_effects(X, [group.known(table) for group in self.groups])
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
        names = self.recipe.variables
        numbers_only = all(self.source.kind(name) != "category" for name in names)
        if isinstance(self.recipe, ArrayRecipe) or (self.formula is None and numbers_only):
            return ArrayRecipe(names, self.intercept).as_table(data)
        return read(data, what="new rows")


def from_formula(
    formula: str, table: Table, *, flags: bool = True, cases: np.ndarray | None = None
) -> Design:
    """Return the design of a formula's right-hand side.

    Parameters
    ----------
    formula : str
        Right-hand side: columns, ``+ - * : / **``, 0 or 1 for the intercept, and the calls
        ``C I log log2 log10 exp sqrt center scale poly bs cr s hsgp mo offset``.
        Text and categories are factors, coded by indicators without the first level,
        ``g[T.level]``. ``C(g, reference="b", levels=[...])`` chooses; its coefficients carry the
        name of the column, unless another factor has it too. Booleans and comparisons,
        ``I(x > 3)``, are factors of False and True: one column of 0 and 1 under their name, and
        both, ``t[False]`` and ``t[True]``, where a factor would have every level, as in ``x:t``
        without ``x`` and in ``0 + t``.
        ``cr(x, df=4)`` is a natural cubic spline whose columns have mean zero; outside the range
        of the data it continues as a straight line. ``bs(x, df=5)`` is refused there, unless
        ``extrapolation="clip"`` or ``"extend"``. ``s(x)`` is a smooth curve, ``hsgp(x)`` a
        Gaussian process, ``s(x, by=g)`` one for each level, ``mo(x)`` a monotonic effect.
    table : Table
        Complete rows; see :meth:`bayeslogit.tables.table.Table.complete`.
    flags : bool
        Whether what is true or false is a factor; else it is a number, 0 or 1, everywhere, as
        in fits that version 0.1 saved before it was a factor.
    cases : np.ndarray of shape (rows,), optional
        How many cases each row holds, one each by default: means, standard deviations and knots
        are those of the cases written in a row each. Fractions count as such a share of a row;
        a standard deviation divides by their sum less 1.

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
    return _learnt(parse(formula), table, flags, cases)


def from_frame(table: Table, intercept: bool = True, groups: Sequence[str] = ()) -> Design:
    """Return the design in which every column of a table is a term.

    Parameters
    ----------
    table : Table
        Complete rows. Numbers are taken as they are, booleans as 0 and 1, text and categories
        as factors.
    intercept : bool
        Whether to put a column of ones in front.
    groups : sequence of str
        Columns that are groupings, with an effect on the level, and no terms.

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
    terms = tuple((Name(name),) for name in table.names if name not in groups)
    levels = tuple(Grouped((), True, (Name(name),)) for name in groups)
    every = Formula(None, terms, intercept, groups=levels)
    return _learnt(every, table, flags=False)


def _learnt(formula: Formula, table: Table, flags: bool, cases: np.ndarray | None = None) -> Design:
    if cases is not None and (np.all(cases == 1.0) or not np.any(cases > 0.0)):
        cases = None
    table = table.select(formula.columns)
    table.complete(formula.columns)
    recipe, X, offset, names, term_columns, references = learn(
        replace(formula, groups=()), table, flags, cases
    )
    groups = tuple(_grouping(term, table, cases) for term in formula.groups)
    return Design(
        X=with_effects(X, groups),
        names=names + tuple(name for group in groups for name in group.names),
        intercept=formula.intercept,
        term_columns=term_columns,
        offset=offset,
        references=references,
        columns={name: table[name] for name in formula.columns},
        formula=formula.text,
        recipe=recipe,
        source=table,
        groups=groups,
    )


def _grouping(term: Grouped, table: Table, cases: np.ndarray | None) -> Grouping:
    inside = Formula(None, term.terms, term.intercept)
    recipe, Z, _, names, *_ = learn(inside, table, cases=cases)
    return learn_grouping(term, table, recipe, Z, names)


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
