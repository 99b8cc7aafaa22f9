"""A query that computes in steps: each step names its results, which later ones use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bayeslogit.export.sql_dialects import Dialect

__all__ = ["Piece", "Query", "added"]


@dataclass(frozen=True)
class Piece:
    """An expression of SQL.

    Parameters
    ----------
    sql : str
        In parentheses, where it could be read otherwise inside a larger one.
    step : int
        The last step whose results it uses; 0 for constants and columns of the table.
    """

    sql: str
    step: int = 0


class Query:
    """The steps of a query, each of which becomes a common table expression.

    Columns of the table are read in the first step, under names of our own, so that no name of
    the table can meet one of the query.

    Parameters
    ----------
    dialect : Dialect
    table : sequence of str
        Name of the table of rows, with that of its schema in front where it has one.
    """

    def __init__(self, dialect: Dialect, table: Sequence[str]) -> None:
        self.dialect = dialect
        self._table = ".".join(dialect.identifier(part) for part in table)
        used = {part.casefold() for part in table}
        self._prefix = "step"
        while any(part.startswith(self._prefix) for part in used):
            self._prefix = f"_{self._prefix}"
        self._steps: list[list[tuple[str, str]]] = []
        self._known: dict[tuple[int, str], Piece] = {}
        self._count: dict[str, int] = {}

    def column(self, name: str) -> str:
        """Return a column of the table, quoted, to be used in the first step."""
        # With its table: sqlite reads a quoted name that is no column as a text.
        return f"given.{self.dialect.identifier(name)}"

    def let(self, kind: str, sql: str, *uses: Piece) -> Piece:
        """Return a name for an expression, which is computed once.

        Parameters
        ----------
        kind : str
            What the name begins with.
        sql : str
            The expression.
        *uses : Piece
            What it uses.
        """
        at = max((piece.step for piece in uses), default=0)
        if (at, sql) not in self._known:
            number = self._count[kind] = self._count.get(kind, 0) + 1
            name = f"{kind}{number}"
            while len(self._steps) <= at:
                self._steps.append([])
            self._steps[at].append((name, sql))
            self._known[at, sql] = Piece(name, at + 1)
        return self._known[at, sql]

    def select(self, results: Sequence[tuple[str, Piece]]) -> str:
        """Return the query, with what it gives under the names that are wanted.

        Parameters
        ----------
        results : sequence of (str, Piece)
        """
        lines = []
        for at, step in enumerate(self._steps):
            source = f"{self._table} AS given" if at == 0 else f"{self._prefix}{at}"
            terms = [f"{sql} AS {name}" for name, sql in step]
            terms = terms if at == 0 else ["*", *terms]
            inside = ",\n    ".join(terms)
            lines.append(f"{self._prefix}{at + 1} AS (\n  SELECT\n    {inside}\n  FROM {source}\n)")
        last = f"{self._prefix}{len(self._steps)}"
        wanted = ",\n  ".join(
            f"{piece.sql} AS {self.dialect.identifier(name)}" for name, piece in results
        )
        return f"WITH {', '.join(lines)}\nSELECT\n  {wanted}\nFROM {last}\n"


def added(pieces: Sequence[Piece]) -> Piece:
    """Return a sum, in halves of halves, because databases bound how deep expressions nest."""
    if not pieces:
        return Piece("0e0")
    if len(pieces) <= 8:
        sql = " + ".join(piece.sql for piece in pieces)
        return Piece(f"({sql})", max(piece.step for piece in pieces))
    middle = len(pieces) // 2
    left, right = added(pieces[:middle]), added(pieces[middle:])
    return Piece(f"({left.sql} + {right.sql})", max(left.step, right.step))
