"""The page that a report is put in: plain HTML, with every text of the data escaped."""

from __future__ import annotations

import html
from dataclasses import dataclass
from pathlib import Path

from bayeslogit.text import clean

__all__ = ["Section", "figure", "page", "paragraph", "preformatted", "text"]

_STYLE = Path(__file__).with_name("page.css")


@dataclass(frozen=True)
class Section:
    """A part of the page.

    Parameters
    ----------
    key : str
        Its anchor.
    title : str
    body : str
        HTML.
    """

    key: str
    title: str
    body: str


def text(words: object) -> str:
    """Return words as HTML: control characters are written out, markup is text.

    Parameters
    ----------
    words : object

    Examples
    --------
    >>> text("<b>")
    '&lt;b&gt;'
    """
    return html.escape(clean(str(words)))


def paragraph(words: object, kind: str = "") -> str:
    """Return a paragraph.

    Parameters
    ----------
    words : object
    kind : str
        A class of the style sheet.
    """
    return f'<p class="{kind}">{text(words)}</p>' if kind else f"<p>{text(words)}</p>"


def preformatted(words: str) -> str:
    """Return lines as they are.

    Parameters
    ----------
    words : str
    """
    return "<pre>" + "\n".join(text(line) for line in words.splitlines()) + "</pre>"


def figure(svg: str, words: str) -> str:
    """Return a picture with what it shows, also for those who cannot see it.

    Parameters
    ----------
    svg : str
    words : str
    """
    svg = svg.replace("<svg", f'<svg role="img" aria-label="{text(words)}"', 1)
    return f"<figure>{svg}<figcaption>{text(words)}</figcaption></figure>"


def page(title: str, lead: str, sections: list[Section]) -> str:
    """Return the whole page, which loads nothing and runs nothing.

    Parameters
    ----------
    title : str
    lead : str
        HTML before the first section.
    sections : list of Section
    """
    links = "".join(f'<li><a href="#{s.key}">{text(s.title)}</a></li>' for s in sections)
    body = "".join(
        f'<section id="{s.key}"><h2>{text(s.title)}</h2>{s.body}</section>' for s in sections
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "style-src 'unsafe-inline'\">"
        f"<title>{text(title)}</title><style>{_STYLE.read_text(encoding='utf-8')}</style></head>"
        f"<body><h1>{text(title)}</h1>{lead}<nav><ul>{links}</ul></nav><main>{body}</main>"
        "</body></html>\n"
    )
