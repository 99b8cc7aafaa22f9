"""Dialects of SQL: how each quotes names and texts, writes numbers and reads columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bayeslogit.errors import DesignError, listing, nearest, quoted
from bayeslogit.text import clean

__all__ = ["DIALECTS", "Dialect", "dialect_of", "number", "text"]

_LARGEST = "1e140"  # as for new rows in Python: squares of larger values leave the range


@dataclass(frozen=True)
class Dialect:
    """A dialect of SQL.

    Parameters
    ----------
    name : str
    real, characters : str
        Types of numbers with 64 bits and of text.
    cast : str
        The call that converts a value; ``TRY_CAST`` gives NULL where it cannot.
    exact : str
        What makes comparisons of texts compare characters.
    any_case : bool
        Whether two columns may not differ in capitals alone.
    longest : int or None
        Most bytes in a name; longer ones are cut without a word.
    lenient : bool
        Whether conversions make numbers of any text, so that its type is asked first.
    booleans : bool
        Whether what is true or false has a type that cannot be converted to a number.
    """

    name: str
    real: str
    characters: str
    cast: str = "CAST"
    exact: str = ""
    any_case: bool = True
    longest: int | None = None
    lenient: bool = False
    booleans: bool = False

    def identifier(self, name: object) -> str:
        """Return a name in quotes.

        Parameters
        ----------
        name : str
            Of a column or table; quotes in it are doubled.

        Raises
        ------
        DesignError
            If it is no text, is empty, has a control character, or is longer than names may be.

        Examples
        --------
        >>> print(DIALECTS["sqlite"].identifier('a"; DROP TABLE rows; --'))
        "a""; DROP TABLE rows; --"
        """
        if not isinstance(name, str) or not name or clean(name) != name:
            raise DesignError(
                f"{quoted(name)} cannot be the name of a column or table in a query; expected a "
                "text of at least one character, none of them a control character; rename it"
            )
        if self.longest is not None and len(name.encode()) > self.longest:
            raise DesignError(
                f"the name {quoted(name)} has {len(name.encode())} bytes; expected at most "
                f"{self.longest}, because {self.name} cuts longer ones; rename the column"
            )
        return '"' + name.replace('"', '""') + '"'

    def numbers(self, column: str) -> str:
        """Return a column as numbers; NULL where it has none, or one that is too large.

        Parameters
        ----------
        column : str
            Quoted, with its table.
        """
        value = f"{self.cast}({column} AS {self.real})"
        usable = f"abs({value}) <= {_LARGEST}"
        if self.lenient:
            usable = f"typeof({column}) IN ('integer', 'real') AND {usable}"
        return f"CASE WHEN {usable} THEN {value} END"

    def flags(self, column: str) -> str:
        """Return a column of what is true or false as 1 and 0.

        Parameters
        ----------
        column : str
            Quoted, with its table.
        """
        if self.booleans:
            return f"CASE WHEN {column} THEN 1e0 WHEN NOT {column} THEN 0e0 END"
        return self.numbers(column)

    def texts(self, column: str) -> str:
        """Return a column as text that is compared character by character.

        Parameters
        ----------
        column : str
            Quoted, with its table.
        """
        return f"CAST({column} AS {self.characters}){self.exact}"


DIALECTS: Mapping[str, Dialect] = {
    dialect.name: dialect
    for dialect in (
        Dialect("duckdb", "DOUBLE", "VARCHAR", cast="TRY_CAST"),
        Dialect("sqlite", "REAL", "TEXT", exact=" COLLATE BINARY", lenient=True),
        Dialect(
            "postgres",
            "DOUBLE PRECISION",
            "TEXT",
            exact=' COLLATE "C"',
            any_case=False,
            longest=63,
            booleans=True,
        ),
    )
}


def dialect_of(name: object) -> Dialect:
    """Return a dialect by its name.

    Parameters
    ----------
    name : str
        A key of ``DIALECTS``.

    Raises
    ------
    DesignError
    """
    found = DIALECTS.get(name) if isinstance(name, str) else None
    if found is None:
        raise DesignError(
            f"dialect={quoted(name)} is not known; expected one of {listing(DIALECTS)}; choose "
            f"one of them.{nearest(name, DIALECTS)}"
        )
    return found


def number(value: float) -> str:
    """Return a number as SQL reads it: with an exponent, so that it is no decimal.

    Examples
    --------
    >>> number(1.5), number(-2.0), number(1e-300)
    ('1.5e0', '(-2.0e0)', '1e-300')
    """
    written = repr(float(value))
    written = written if "e" in written else f"{written}e0"
    return f"({written})" if value < 0 else written


def text(value: str) -> str:
    """Return a text as SQL reads it, in single quotes; those in it are doubled.

    Parameters
    ----------
    value : str

    Raises
    ------
    DesignError
        If it has a control character, which a terminal might obey when the query is printed.

    Examples
    --------
    >>> print(text("O'Hara"))
    'O''Hara'
    """
    if clean(value) != value:
        raise DesignError(
            f"the level {quoted(value)} has a control character; expected levels of characters "
            "that can be printed, because a query is read by people too; rename it"
        )
    return "'" + value.replace("'", "''") + "'"
