"""Models and fits as notebooks show them: HTML in the colours of the page around it."""

from __future__ import annotations

import html

from bayeslogit.answers.summaries.coefficients import summary
from bayeslogit.answers.summaries.describe import describe, describe_fit
from bayeslogit.posterior.posterior import Posterior
from bayeslogit.specification.specification import Specification
from bayeslogit.text import clean

__all__ = ["fit_in_html", "model_in_html"]

_MOST = 30
_LEFT_OUT = ("ess_", "r_hat", "mcse_", "prior")
_BOX = "border-left:3px solid currentColor;padding:2px 12px;margin:4px 0;max-width:60em"


def model_in_html(specification: Specification) -> str:
    """Return a model in HTML: what it is of, and on request its priors and what they imply."""
    title, *lines = describe(specification).splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("  priors"))
    return _box(title, lines[:at], ("priors, and what they imply", _pre(lines[at:])))


def fit_in_html(posterior: Posterior) -> str:
    """Return a fit in HTML: the method and its health, problems, and the coefficients."""
    title, *lines = describe_fit(posterior).splitlines()
    lines += [f"{problem.severity}: {problem.sentence}" for problem in posterior.problems]
    shown = summary(posterior)
    kept = [c for c in shown.columns if not str(c).startswith(_LEFT_OUT)]
    body = shown[kept].head(_MOST).written().to_html()  # type: ignore[operator]
    if len(shown) > _MOST:
        body += f"<p>{len(shown) - _MOST} of {len(shown)} rows are not shown: fit.summary()</p>"
    return _box(title, lines, ("coefficients", body), is_open=True)


def _box(title: str, lines: list[str], details: tuple[str, str], *, is_open: bool = False) -> str:
    """Return a title, lines, and a part that opens and closes."""
    name, body = details
    return (
        f'<div style="{_BOX}"><strong>{_escaped(title)}</strong>{_pre(lines)}'
        f"<details{' open' if is_open else ''}><summary>{name}</summary>{body}</details></div>"
    )


def _pre(lines: list[str]) -> str:
    style = "margin:4px 0;background:none;color:inherit;white-space:pre-wrap"
    return f'<pre style="{style}">{_escaped(chr(10).join(lines))}</pre>'


def _escaped(text: str) -> str:
    return html.escape(clean(text))
