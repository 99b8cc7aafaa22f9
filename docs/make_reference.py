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


def verbs(kind: type) -> dict[str, list[str]]:
    """Return the public names of a class by task, as the captions in its code divide them.

    What classes above it add comes last, under no caption.
    """
    tasks: dict[str, list[str]] = {"": []}
    for line in inspect.getsource(kind).splitlines():
        caption = re.match(r"    # ---- (.+)", line)
        name = re.match(r"    (?:def )?([a-z]\w*)(?: = |\()", line)
        if caption:
            tasks[caption[1]] = []
        elif name and name[1] in vars(kind):
            tasks[list(tasks)[-1]].append(name[1])
    held = {field.name for field in fields(kind)}  # type: ignore[arg-type]
    known = {name for names in tasks.values() for name in names} | held
    above = {name for base in kind.__mro__ for name in vars(base) if not name.startswith("_")}
    tasks["more"] = sorted(above - known)
    return {caption: names for caption, names in tasks.items() if names}


def members(kind: type) -> str:
    """Return tables of the public fields, and of the properties and methods by task."""
    own = kind.__name__.lower()
    notes = attribute_notes(kind)
    held = [field.name for field in fields(kind)]  # type: ignore[arg-type]
    parts = [table([(f"`{own}.{name}`", notes.get(name, "")) for name in held])]
    for caption, names in verbs(kind).items():
        found = [(name, inspect.getattr_static(kind, name)) for name in names]
        rows = table([(call(f"{own}.{name}", thing), first_line(thing)) for name, thing in found])
        parts.append(f"### {caption[0].upper()}{caption[1:]}\n\n{rows}" if caption else rows)
    return "\n\n".join(parts)


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


def public_names() -> dict[str, str]:
    """Return the path below the package of each public name, by the name as pages write it."""
    found = {f"bl.{name}": f"bayeslogit.{name}" for name in bl.__all__}
    found = {spoken: path for spoken, path in found.items() if callable(getattr(bl, spoken[3:]))}
    for name in bl.simulate.__all__:
        if callable(getattr(bl.simulate, name)):
            found |= {f"bl.simulate.{name}": f"bayeslogit.simulate.{name}"}
    for kind in (bl.Model, bl.Fit):
        own = kind.__name__
        names = [name for names in verbs(kind).values() for name in names]
        found |= {f"{own.lower()}.{name}": f"bayeslogit.{own}.{name}" for name in names}
    return found


def sections() -> dict[str, str]:
    """Return each table under the name of its place on the page."""
    public = {name: getattr(bl, name) for name in bl.__all__ if name != "simulate"}
    registries = {n: v for n, v in public.items() if isinstance(v, dict)}
    errors = {
        n: v
        for n, v in public.items()
        if getattr(v, "__module__", "").startswith("bayeslogit.errors.")
    }
    functions = {n: v for n, v in public.items() if inspect.isfunction(v)}
    rest = {n: v for n, v in public.items() if n not in registries | errors | functions}
    simulated = {n: getattr(bl.simulate, n) for n in bl.simulate.__all__}
    simulated = {n: v for n, v in simulated.items() if callable(v)}

    def rows(names: dict[str, Any]) -> list[tuple[str, str]]:
        return [(call(f"bl.{n}", v), first_line(v)) for n, v in names.items()]

    return {
        "functions": table(rows(functions)),
        "classes": table(rows(rest)),
        "model": members(bl.Model),
        "fit": members(bl.Fit),
        "simulate": table(
            [(call(f"bl.simulate.{n}", v), first_line(v)) for n, v in simulated.items()]
        ),
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
