"""The page as a widget: it asks by messages, and is answered by arrays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anywidget
import traitlets

from bayeslogit.teach import request
from bayeslogit.teach.answer import GRID, HIGHEST, answered
from bayeslogit.teach.lessons import LESSONS, NUMBERS, WIDTHS, students, to_page

__all__ = ["Classroom", "replied", "settings"]

_PAGE = Path(__file__).parent / "page"


class Classroom(anywidget.AnyWidget):
    """Lessons, pictures and controls; the drawing is done by the browser.

    Attributes
    ----------
    settings : dict
        What does not change: see :func:`settings`.
    """

    # One module out of two files: how to draw, and what to do.
    _esm = "\n".join((_PAGE / name).read_text(encoding="utf-8") for name in ("draw.js", "page.js"))
    _css = (_PAGE / "page.css").read_text(encoding="utf-8")
    settings = traitlets.Dict().tag(sync=True)

    def __init__(self) -> None:
        super().__init__(settings=settings())
        self.on_msg(_reply)


def _reply(widget: Classroom, content: Any, buffers: list[Any]) -> None:
    widget.send(*replied(content))


def settings() -> dict[str, Any]:
    """Return the lessons, and the ranges of the controls.

    Returns
    -------
    dict
        What JSON can hold.
    """
    return {
        "lessons": [to_page(lesson) for lesson in LESSONS],
        "links": list(request.LINKS),
        "widths": list(WIDTHS),
        "numbers": list(NUMBERS),
        "grid": GRID.tolist(),
        "highest": HIGHEST,
    }


def replied(content: Any) -> tuple[dict[str, Any], list[bytes]]:
    """Return the reply to a message of the page, and its buffers.

    Parameters
    ----------
    content : dict
        ``lesson`` and ``seed`` ask for another class of a lesson; anything else is a question to
        :func:`bayeslogit.teach.answer.answered`.

    Examples
    --------
    >>> reply, buffers = replied({"lesson": 2, "seed": 7})
    >>> len(reply["hours"]), len(buffers)
    (500, 0)
    """
    if not isinstance(content, dict) or "lesson" not in content:
        return answered(content)
    lesson, seed = content["lesson"], content.get("seed")
    if lesson not in range(len(LESSONS)) or type(seed) is not int or seed < 0:
        return {"error": "the page asked for a class that does not exist; load the page again"}, []
    hours, passed = students(LESSONS[lesson], seed)
    return {"lesson": lesson, "hours": hours.tolist(), "passed": passed.tolist()}, []
