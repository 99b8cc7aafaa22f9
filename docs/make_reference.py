"""Write the tables of docs/reference.md from the docstrings: python docs/make_reference.py."""

from __future__ import annotations

import inspect
import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import bayeslogit as bl

PAGE = Path(__file__).resolve().parent / "reference.md"
LONGEST = 60


def first_line(thing: Any) -> str:
    """Return the first paragraph of a docstring, without markup that a table does not take."""
    text = (inspect.getdoc(thing) or "").split("\n\n")[0].replace("\n", " ")
    text = re.sub(r":\w+:`~?([^`]+)`", r"`\1`", text)
    return text.replace("``", "`").replace("|", "or")


def call(name: str, thing: Any) -> str:
    """Return a name with its first arguments; the docstring has them all."""
    if not inspect.isfunction(thing):
        return f"`{name}`"
    words = []
    given = list(inspect.signature(thing).parameters.values())
    # What a verb is bound to is not given by the caller.
    bound = given and given[0].name in ("self", "posterior", "specification")
    for parameter in given[1:] if bound else given:
        word = {"VAR_POSITIONAL": "*", "VAR_KEYWORD": "**"}.get(parameter.kind.name, "")
        words.append(word + parameter.name)
        if len(", ".join(words)) > LONGEST:
            words[-1] = "..."
            break
    return f"`{name}({', '.join(words)})`"


def table(rows: list[tuple[str, str]]) -> str:
    """Return a Markdown table of two columns."""
    return "\n".join(["| name | |", "|---|---|", *(f"| {a} | {b} |" for a, b in rows)])


def members(kind: type) -> list[tuple[str, str]]:
    """Return a row for each public field, property and method of a class, as they are written."""
    own = kind.__name__.lower()
    notes = attribute_notes(kind)
    held = [field.name for field in fields(kind)]  # type: ignore[arg-type]
    rows = [(f"`{own}.{name}`", notes.get(name, "")) for name in held]
    found: dict[str, Any] = {}
    for base in kind.__mro__:
        for name, thing in vars(base).items():
            if not name.startswith("_") and name not in held:
                found.setdefault(name, thing)
    for name, thing in sorted(found.items()):
        rows.append((call(f"{own}.{name}", thing), first_line(thing)))
    return rows


def attribute_notes(kind: type) -> dict[str, str]:
    """Return what "Attributes" of a class and of those above it say about each, in one line."""
    texts = [inspect.cleandoc(base.__doc__ or "") for base in kind.__mro__]
    text = next((text for text in texts if "Attributes\n----------\n" in text), "")
    section = text.partition("Attributes\n----------\n")[2].split("\n\n")[0]
    notes: dict[str, str] = {}
    name = ""
    for line in section.splitlines():
        if line.startswith(" "):
            notes[name] = f"{notes[name]} {line.strip()}".strip()
        else:
            name = line.partition(" : ")[0]
            notes[name] = ""
    return {k: v.replace("``", "`") for k, v in notes.items()}


def sections() -> dict[str, str]:
    """Return each table under the name of its place on the page."""
    public = {name: getattr(bl, name) for name in bl.__all__}
    registries = {n: v for n, v in public.items() if isinstance(v, dict)}
    errors = {
        n: v for n, v in public.items() if getattr(v, "__module__", "") == "bayeslogit.errors"
    }
    functions = {n: v for n, v in public.items() if inspect.isfunction(v)}
    rest = {n: v for n, v in public.items() if n not in registries | errors | functions}

    def rows(names: dict[str, Any]) -> list[tuple[str, str]]:
        return [(call(f"bl.{n}", v), first_line(v)) for n, v in names.items()]

    return {
        "functions": table(rows(functions)),
        "classes": table(rows(rest)),
        "model": table(members(bl.Model)),
        "fit": table(members(bl.Fit)),
        "registries": table(
            [(f"`bl.{n}`", ", ".join(f"`{key}`" for key in v)) for n, v in registries.items()]
        ),
        "errors": table(rows(errors)),
    }


def page() -> str:
    """Return the page with every table as the docstrings have it now."""
    text = PAGE.read_text(encoding="utf-8")
    for name, new in sections().items():
        place = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end -->)", re.DOTALL)
        text, count = place.subn(lambda m, new=new: f"{m[1]}{new}\n{m[2]}", text)  # type: ignore[misc]
        if count != 1:
            raise ValueError(f"the page has {count} places for {name!r}; expected 1")
    return text


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
