"""Tables as people show them: text, Markdown, LaTeX and HTML from the same cells."""

from __future__ import annotations

import html
import re
import shutil
import sys
import textwrap
from dataclasses import dataclass
from typing import Any

from bayeslogit.errors import MethodRefused
from bayeslogit.runtime.libraries import installed
from bayeslogit.text import clean, laid_out, one_line

__all__ = ["Written"]

_WIDEST = 100
_LATEX = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
} | {sign: f"\\{sign}" for sign in "&%$#_{}"}
# Signs that Markdown takes for more than themselves, wherever they stand.
_MARKDOWN = re.compile(r"([\\`*_\[\]<>|~$#])")
# Word takes a style for what it is only where it stands at the cell itself.
_RULE = "1px solid currentColor"


@dataclass(frozen=True, eq=False)
class Written:
    """A table of texts, in every form that people show tables in.

    Attributes
    ----------
    columns : tuple of str
        Heads of the columns; the first column names the rows.
    rows : tuple of tuple of str
        A cell for each column.
    title : str
    notes : tuple of str
        Sentences below the table.
    spans : tuple of (str, int)
        Heads over several columns each, in order; empty for none.
    inner : frozenset of int
        Rows that stand indented under one before them.
    words : frozenset of int
        Columns of words, which stand at the left as the first does.

    See Also
    --------
    bayeslogit.Fit.table : Makes one of a fit.

    Examples
    --------
    >>> table = Written(("", "odds ratio"), (("age", "1.02 (0.98 to 1.06)"),), "Births")
    >>> table
    Births
         odds ratio
    age  1.02 (0.98 to 1.06)
    >>> print(table.to_markdown())
    **Births**
    <BLANKLINE>
    |  | odds ratio |
    | :-- | --: |
    | age | 1.02 (0.98 to 1.06) |
    >>> len(table.columns), table.rows[0][0], table.title, table.notes, table.spans
    (2, 'age', 'Births', (), ())
    >>> table.inner, table.words
    (frozenset(), frozenset())
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    title: str = ""
    notes: tuple[str, ...] = ()
    spans: tuple[tuple[str, int], ...] = ()
    inner: frozenset[int] = frozenset()
    words: frozenset[int] = frozenset()

    def __repr__(self) -> str:
        heads = self._heads(": ")
        rows = [
            [("  " if i in self.inner and j == 0 else "") + cell for j, cell in enumerate(row)]
            for i, row in enumerate(self.rows)
        ]
        room = min(_WIDEST, shutil.get_terminal_size().columns)
        lines = textwrap.wrap(one_line(self.title), room)
        lines += laid_out(heads, rows, words=[*range(1, len(heads))])
        for note in self.notes:
            lines += textwrap.wrap(one_line(note), room)
        return "\n".join(lines)

    def _heads(self, joint: str) -> list[str]:
        """Return the heads of the columns with those over them."""
        over = [name for name, size in self.spans for _ in range(size)]
        over += [""] * (len(self.columns) - len(over))
        pairs = zip(over, self.columns, strict=True)
        return [f"{name}{joint}{head}" if name else head for name, head in pairs]

    def to_markdown(self) -> str:
        r"""Return the table in Markdown, with every sign of a text as itself.

        Returns
        -------
        str

        See Also
        --------
        to_html : The same for a browser or a word processor.

        Examples
        --------
        >>> print(Written(("", "n"), (("a|b", "3"),)).to_markdown().splitlines()[2])
        | a\|b | 3 |
        """
        lines = [f"**{_markdown(self.title)}**", ""] if self.title else []
        rules = [":--" if self._left(j) else "--:" for j in range(len(self.columns))]
        heads = [_markdown(head) for head in self._heads(": ")]
        lines += [f"| {' | '.join(cells)} |" for cells in (heads, rules)]
        for i, row in enumerate(self.rows):
            shown = [_markdown(cell) for cell in row]
            if i in self.inner:
                shown[0] = f"&nbsp;&nbsp;{shown[0]}"
            lines.append(f"| {' | '.join(shown)} |")
        for note in self.notes:
            lines += ["", _markdown(note)]
        return "\n".join(lines)

    def to_latex(self) -> str:
        r"""Return the table in LaTeX, for the package booktabs, with every sign as itself.

        Returns
        -------
        str
            A ``table`` with its caption, its ``tabular`` and notes.

        See Also
        --------
        to_markdown : The same in Markdown.

        Examples
        --------
        >>> print(Written(("", "share"), (("a_b", "5 %"),)).to_latex().splitlines()[5])
        a\_b & 5 \% \\
        """
        form = "".join("l" if self._left(j) else "r" for j in range(len(self.columns)))
        lines = [r"\begin{table}"] + ([rf"\caption{{{_latex(self.title)}}}"] if self.title else [])
        lines += [rf"\begin{{tabular}}{{{form}}}", r"\toprule"]
        if self.spans:
            over = [
                rf"\multicolumn{{{size}}}{{c}}{{{_latex(name)}}}" if name else " & " * (size - 1)
                for name, size in self.spans
            ]
            lines.append(" & ".join(over) + r" \\")
        lines += [" & ".join(map(_latex, self.columns)) + r" \\", r"\midrule"]
        for i, row in enumerate(self.rows):
            cells = [_latex(cell) for cell in row]
            if i in self.inner:
                cells[0] = rf"\quad {cells[0]}"
            lines.append(" & ".join(cells) + r" \\")
        lines += [r"\bottomrule", r"\end{tabular}"]
        lines += [rf"\par\smallskip\footnotesize {_latex(note)}" for note in self.notes]
        return "\n".join([*lines, r"\end{table}"])

    def to_html(self) -> str:
        """Return the table in HTML that browsers and word processors show alike.

        Returns
        -------
        str
            Every text of the data is escaped; colours are those of the page around it.

        See Also
        --------
        to_latex : The same in LaTeX.

        Examples
        --------
        >>> "&lt;b&gt;" in Written(("", "n"), (("<b>", "3"),)).to_html()
        True
        """
        span, body = "", []
        if self.spans:
            cells = "".join(
                f'<th colspan="{size}" style="text-align:center;padding:2px 10px;'
                f'{f"border-bottom:{_RULE}" if name else ""}">{_html(name)}</th>'
                for name, size in self.spans
            )
            span = f"<tr>{cells}</tr>"
        heads = "".join(
            f'<th scope="col" style="{self._style(j)};border-bottom:{_RULE}">{_html(head)}</th>'
            for j, head in enumerate(self.columns)
        )
        for i, row in enumerate(self.rows):
            inner = ";padding-left:26px" if i in self.inner else ""
            body.append(
                "<tr>"
                + "".join(
                    f'<td style="{self._style(j)}{"" if j else inner}">{_html(cell)}</td>'
                    for j, cell in enumerate(row)
                )
                + "</tr>"
            )
        title = (
            f'<caption style="caption-side:top;text-align:left;font-weight:bold;color:inherit">'
            f"{_html(self.title)}</caption>"
            if self.title
            else ""
        )
        notes = "".join(
            f'<p style="margin:4px 0;font-size:smaller">{_html(note)}</p>' for note in self.notes
        )
        return (
            '<div style="overflow-x:auto">'
            f'<table style="border-collapse:collapse;border-top:{_RULE};border-bottom:{_RULE}">'
            f"{title}<thead>{span}<tr>{heads}</tr></thead><tbody>{''.join(body)}</tbody></table>"
            f"{notes}</div>"
        )

    _repr_html_ = to_html

    def to_great_tables(self) -> Any:
        """Return the table as one of the package great_tables, which has more styles and forms.

        Returns
        -------
        great_tables.GT

        Raises
        ------
        MethodRefused
            If that package is not installed.

        See Also
        --------
        to_html : HTML without it.

        Examples
        --------
        >>> table = Written(("", "n"), (("a", "3"),))
        >>> shown = table.to_great_tables() if installed("great_tables") else None
        >>> shown is None or type(shown).__name__ == "GT"
        True
        """
        if not installed("great_tables"):
            raise MethodRefused(
                "to_great_tables() needs the package great_tables, which is not installed; "
                f"expected it beside bayeslogit; run {sys.executable} -m pip install great_tables, "
                "or use to_html(), which word processors read too"
            )
        import great_tables
        import pandas as pd

        names = [f"c{j}" for j in range(len(self.columns))]
        cells = [
            ["\u2003" * (i in self.inner and j == 0) + clean(cell) for j, cell in enumerate(row)]
            for i, row in enumerate(self.rows)
        ]
        heads: dict[str, Any] = dict(zip(names, map(clean, self.columns), strict=True))
        shown = great_tables.GT(pd.DataFrame(cells, columns=names)).cols_label(**heads)
        for j, name in enumerate(names):
            shown = shown.cols_align("left" if self._left(j) else "right", columns=name)
        at = 0
        for name, size in self.spans:
            if name:
                shown = shown.tab_spanner(label=clean(name), columns=names[at : at + size])
            at += size
        if self.title:
            shown = shown.tab_header(title=clean(self.title))
        for note in self.notes:
            shown = shown.tab_source_note(clean(note))
        return shown

    def _left(self, j: int) -> bool:
        return j == 0 or j in self.words

    def _style(self, j: int) -> str:
        side = "left" if self._left(j) else "right"
        wide = ";min-width:8em" if j and j in self.words else ""
        return f"text-align:{side};padding:2px 10px;vertical-align:top{wide}"


def _html(text: str) -> str:
    return html.escape(clean(text))


def _markdown(text: str) -> str:
    return _MARKDOWN.sub(r"\\\1", one_line(text)).replace("&", "&amp;")


def _latex(text: str) -> str:
    return "".join(_LATEX.get(sign, sign) for sign in one_line(text))
