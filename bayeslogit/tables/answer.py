"""Answers: pandas tables that print whole, at the width of the terminal, in readable digits."""

from __future__ import annotations

import html
import shutil
import textwrap
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pandas as pd

from bayeslogit.tables.written import Written
from bayeslogit.text import clean, figures, in_width, laid_out, number, one_line, value_text

__all__ = ["Answer", "beside", "columns_of", "guarded"]

# How a formula starts in a spreadsheet; the last four are as wide as Chinese letters.
_FORMULA = (
    "=",
    "+",
    "-",
    "@",
    "\uff1d",
    "\uff0b",
    "\uff0d",
    "\uff20",
)

_MOST_ROWS = 200  # a longer table shows its ends
_ENDS = 10
_ESTIMATES = ("median", "mean", "estimate", "mode")
_RATIOS = ("ratio", "odds_ratio")


class Answer(pd.DataFrame):
    """A pandas table that prints whole: columns that do not fit follow below the first.

    Numbers have three significant digits, or as many as tell an estimate and its bounds apart;
    numbers that were rounded, and those of the user, are shown as they are. What is made of it
    by pandas (``round``, ``head``, columns of it) prints in the same way; the values are never
    changed. ``attrs["which"]``, if there is one, says below it which column is which, and
    ``attrs["note"]`` what to know of its rows.

    Examples
    --------
    >>> Answer({"estimate": [1 / 3], "eti89_lb": [0.3 / 0.9001], "eti89_ub": [0.30002 / 0.9]})
       estimate  eti89_lb  eti89_ub
    0   0.33333   0.33330   0.33336
    """

    @property
    def _constructor(self) -> type[Answer]:
        return Answer

    def __repr__(self) -> str:
        lines, room = self.in_lines(), min(88, shutil.get_terminal_size().columns)
        for note in self._notes():
            lines += textwrap.wrap(f"({clean(note)})", room)
        return "\n".join(lines)

    def _notes(self) -> list[str]:
        """Return what stands below the table: which column is which, and what to know of rows."""
        return [str(self.attrs[key]) for key in ("which", "note") if key in self.attrs]

    def _repr_html_(self) -> str | None:
        """Return what a notebook shows: every column, in the digits of print, all text escaped."""
        return self.written().to_html()

    def written(self, digits: int = 3) -> Written:
        """Return the table as texts, in the digits that it prints.

        Parameters
        ----------
        digits : int
            Significant digits of numbers that were not rounded.

        Examples
        --------
        >>> Answer({"p": [1 / 3]}, index=["a"]).written().rows
        (('a', '0.333'),)
        """
        frame, left_out = _shown(self)
        labels, body = _label_columns(frame), _columns(frame, digits)
        cells = [*(values for _, values in labels), *(values for _, values, _ in body)]
        words = {len(labels) + j for j, (_, _, is_words) in enumerate(body) if is_words}
        notes = self._notes()
        if left_out:
            notes.insert(0, f"{len(self) - 2 * _ENDS} of {len(self)} rows are not shown")
        if not len(self):
            notes.insert(0, "no rows")
        named = self.columns.nlevels == 1 and self.columns.name is not None
        return Written(
            (*(name for name, _ in labels), *(name for name, _, _ in body)),
            tuple(zip(*cells, strict=True)),
            str(self.columns.name) if named else "",
            tuple(notes),
            words=frozenset(words | set(range(len(labels)))),
        )

    def to_markdown(self, digits: int = 3) -> str:  # type: ignore[override]
        """Return the table in Markdown, in the digits that it prints.

        Parameters
        ----------
        digits : int
            Significant digits of numbers that were not rounded.

        Examples
        --------
        >>> print(Answer({"p": [1 / 3]}, index=["a"]).to_markdown().splitlines()[2])
        | a | 0.333 |
        """
        return self.written(digits).to_markdown()

    def to_latex(self, digits: int = 3) -> str:  # type: ignore[override]
        r"""Return the table in LaTeX for the package booktabs, in the digits that it prints.

        Parameters
        ----------
        digits : int
            Significant digits of numbers that were not rounded.

        Examples
        --------
        >>> print(Answer({"p": [1 / 3]}, index=["a"]).to_latex().splitlines()[5])
        a & 0.333 \\
        """
        return self.written(digits).to_latex()

    def to_string(self, *args: Any, **options: Any) -> str | None:  # type: ignore[override]
        """Return the table as pandas prints it, without control characters."""
        text: str | None = _written(self, one_line).to_string(*args, **options)
        return text

    def to_html(self, *args: Any, **options: Any) -> str | None:  # type: ignore[override]
        """Return the table in HTML, without control characters."""
        text: str | None = _written(self, one_line).to_html(*args, **options)
        return text

    def to_csv(self, *args: Any, guard: bool = True, **options: Any) -> str | None:  # type: ignore[override]
        """Write the table as CSV, as pandas does, with text that is text to any program.

        Parameters
        ----------
        *args, **options : Any
            As for pandas.
        guard : bool
            Whether to put an apostrophe before text that starts with ``=``, ``+``, ``-`` or
            ``@`` and is no number, which a spreadsheet would run as a formula, and to write out
            control characters. Names and levels come from data, and so from strangers.

        Examples
        --------
        >>> table = Answer({"level": ["=1+1", "east"], "mean": [-0.5, 1.0]})
        >>> print(table.to_csv(index=False))
        level,mean
        '=1+1,-0.5
        east,1.0
        <BLANKLINE>
        >>> print(table.to_csv(index=False, guard=False).splitlines()[1])
        =1+1,-0.5
        """
        frame = _written(self, guarded) if guard else pd.DataFrame(self)
        text: str | None = frame.to_csv(*args, **options)
        return text

    def in_html(self, digits: int = 3) -> str:
        """Return the table in HTML, with as many digits as it prints, and every text escaped.

        Parameters
        ----------
        digits : int
            Significant digits of numbers that were not rounded.

        Examples
        --------
        >>> Answer({"level": ["<b>"], "p": [1 / 3]}).in_html().count("&lt;b&gt;")
        1
        """
        frame, left_out = _shown(self)
        labels = [(name, cells, True) for name, cells in _label_columns(frame)]
        columns = [*labels, *_columns(frame, digits)]
        head = "".join(f'<th scope="col">{_escaped(name)}</th>' for name, _, _ in columns)
        rows = [
            "".join(
                f'<td class="word">{_escaped(cells[i])}</td>'
                if words
                else f"<td>{_escaped(cells[i])}</td>"
                for _, cells, words in columns
            )
            for i in range(len(frame))
        ]
        notes = self._notes()
        if left_out:
            notes.append(f"{len(self) - 2 * _ENDS} of {len(self)} rows are not shown")
        body = "".join(f"<tr>{row}</tr>" for row in rows)
        said = "".join(f'<p class="soft">{_escaped(note)}</p>' for note in notes)
        return (
            f'<div class="wide"><table><thead><tr>{head}</tr></thead>'
            f"<tbody>{body}</tbody></table></div>{said}"
        )

    def in_lines(self, digits: int = 3, indent: str = "") -> list[str]:
        """Return the table as lines of text.

        Parameters
        ----------
        digits : int
            Significant digits of numbers that were not rounded.
        indent : str
            Before each line.

        Examples
        --------
        >>> Answer({"p": [1 / 3]}).in_lines(digits=5)
        ['         p', '0  0.33333']
        """
        frame, left_out = _shown(self)
        labels, body = _label_columns(frame), _columns(frame, digits)
        header = [name for name, _ in labels] + [name for name, _, _ in body]
        cells = [*(values for _, values in labels), *(values for _, values, _ in body)]
        rows = list(zip(*cells, strict=True))
        words = [len(labels) + j for j, (_, _, is_words) in enumerate(body) if is_words]
        shape: dict[str, Any] = {"labels": len(labels), "words": words, "indent": indent}
        lines = laid_out(header, rows, **shape) if body else []
        if self.columns.nlevels == 1 and self.columns.name is not None:
            lines[:0] = in_width(str(self.columns.name), indent)
        if left_out:
            lines.append(f"{indent}({len(self) - 2 * _ENDS} of {len(self)} rows are not shown)")
        if not len(self):
            lines.append(f"{indent}(no rows)")
        return lines


def beside(own: Iterable[Any], answers: Iterable[str]) -> dict[str, str]:
    """Return what the columns of an answer are called beside columns of the user.

    A column of the user keeps its name; that of an answer gets underscores where it is taken.

    Parameters
    ----------
    own : iterable of str
        Names that the user gave.
    answers : iterable of str
        Names of the columns of the answer.

    Returns
    -------
    dict of str to str
        From each name of the answer to the one that it has in the table; all different.

    Examples
    --------
    >>> beside(["class", "mean", "mean_"], ["class", "mean", "sd"])
    {'class': 'class_', 'mean': 'mean__', 'sd': 'sd'}
    """
    taken, names = set(own), {}
    for answer in answers:
        name = answer
        while name in taken:
            name += "_"
        taken.add(name)
        names[answer] = name
    return names


def columns_of(table: pd.DataFrame) -> dict[str, str]:
    """Return the columns that are the answer's and not the user's, and what they are called.

    Parameters
    ----------
    table : DataFrame
        ``attrs["columns"]``, if there are columns of the user, is from :func:`beside`.

    Examples
    --------
    >>> columns_of(Answer({"mean": [0.5]}))
    {'mean': 'mean'}
    """
    return table.attrs.get("columns") or {str(name): str(name) for name in table.columns}


def guarded(text: str) -> str:
    """Return text that no spreadsheet takes for a formula.

    Parameters
    ----------
    text : str

    Examples
    --------
    >>> [guarded(text) for text in ("=A1", "@x", "-1.5", "- none", "a=b")]
    ["'=A1", "'@x", '-1.5', "'- none", 'a=b']
    """
    shown = one_line(text)
    if shown.lstrip()[:1] not in _FORMULA or not shown.strip():
        return shown
    try:
        float(shown)
    except ValueError:
        return f"'{shown}"
    return shown


def _escaped(text: str) -> str:
    return html.escape(clean(text))


def _written(frame: pd.DataFrame, write: Callable[[str], str]) -> pd.DataFrame:
    """Return a plain table in which each text, in cells and names, was written by a function."""

    def one(value: Any) -> Any:
        return write(value) if isinstance(value, str) else value

    def labels(index: pd.Index) -> pd.Index:
        if index.nlevels > 1:
            levels = [[one(v) for v in index.get_level_values(i)] for i in range(index.nlevels)]
            return pd.MultiIndex.from_arrays(levels, names=[one(name) for name in index.names])
        if index.dtype.kind in "iufbmM":
            renamed: pd.Index = index.rename(one(index.name))
            return renamed
        written: pd.Index = pd.Index([*map(one, index)], dtype=object, name=one(index.name))
        return written

    plain = pd.DataFrame(frame).copy()
    for j, dtype in enumerate(plain.dtypes):
        if getattr(dtype, "kind", "O") not in "iufbmM":
            plain.isetitem(j, [one(value) for value in plain.iloc[:, j]])
    plain.index, plain.columns = labels(plain.index), labels(plain.columns)
    return plain


def _shown(frame: pd.DataFrame) -> tuple[pd.DataFrame, bool]:
    plain = pd.DataFrame(frame)
    cut = len(plain) > _MOST_ROWS
    if cut:
        plain = pd.concat([plain.head(_ENDS), plain.tail(_ENDS)])
    plain.attrs = dict(frame.attrs)
    return plain, cut


def _label_columns(frame: pd.DataFrame) -> list[tuple[str, list[str]]]:
    index = frame.index
    return [
        (
            "" if index.names[level] is None else str(index.names[level]),
            [_text(value) for value in index.get_level_values(level)],
        )
        for level in range(index.nlevels)
    ]


def _columns(frame: pd.DataFrame, digits: int) -> list[tuple[str, list[str], bool]]:
    """Return the name of each column, its cells, and whether they are words."""
    names = [" ".join(map(str, c)) if isinstance(c, tuple) else str(c) for c in frame.columns]
    arrays = [frame.iloc[:, j].to_numpy() for j in range(frame.shape[1])]
    # Columns of the user mean nothing here, whatever they are called.
    given = {shown: name for name, shown in frame.attrs.get("columns", {}).items()}
    meant = [given.get(name, "") for name in names] if given else names
    floats = [j for j, values in enumerate(arrays) if values.dtype.kind == "f"]
    result = {
        j: [_text(value) for value in values] for j, values in enumerate(arrays) if j not in floats
    }
    for j in floats:
        result[j] = _numbers(meant[j], arrays[j], digits)
    together = [j for j in floats if meant[j].endswith(("_lb", "_ub"))]
    together = [j for j in floats if meant[j] in _ESTIMATES][:1] + together
    if len(together) in (1, 3) and not any(_decimals(arrays[j]) is not None for j in together):
        null = 1.0 if {frame.attrs.get(k) for k in ("comparison", "scale")} & {*_RATIOS} else None
        for i, row in enumerate(zip(*(arrays[j] for j in together), strict=True)):
            texts = figures(*map(float, row), null=null, least=digits)
            for j, text in zip(together, texts, strict=True):
                result[j][i] = text
    words = {j for j, values in enumerate(arrays) if values.dtype.kind not in "fiub"}
    return [(name, result[j], j in words) for j, name in enumerate(names)]


def _numbers(name: str, values: np.ndarray, digits: int) -> list[str]:
    fixed = {"r_hat": 3}.get(name, 0 if name.startswith("ess_") else _decimals(values))
    if fixed is None:
        return [number(v, digits, zeros=abs(v) < 10 or not v.is_integer()) for v in values]
    return [f"{v + 0.0:.{fixed}f}" if np.isfinite(v) else number(v) for v in values]


def _decimals(values: np.ndarray) -> int | None:
    """Return the decimals of numbers that were rounded, or None if they never were."""
    finite = values[np.isfinite(values)]
    if np.any(np.abs(finite) >= 1e9):
        return None
    return next((d for d in range(7) if np.array_equal(finite.round(d), finite)), None)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float | np.floating):
        return number(float(value)) if not np.isfinite(value) else value_text(float(value))
    return str(value)
