"""The house in figures: what the files of the package import, inherit, take and repeat.

Run ``python -m tests.house`` for the table; ``--tree DIR`` measures another checkout, given twice
it puts two side by side, and ``--names`` lists what the counts are made of.
"""

from __future__ import annotations

import argparse
import ast
import keyword
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import combinations
from pathlib import Path

from tests.source import INSIDE, ROOT, TOP, File, Function, Graph, House

# ---- graphs -------------------------------------------------------------------------------


def components(graph: Graph) -> list[list[str]]:
    """Strongly connected components, what is imported before what imports it (Tarjan 1972)."""
    number: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(node: str) -> None:
        number[node] = low[node] = len(number)
        stack.append(node)
        for other in sorted(graph[node]):
            if other not in number:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], number[other])
        if low[node] == number[node]:
            at = stack.index(node)
            found.append(sorted(stack[at:]))
            del stack[at:]

    for node in sorted(graph):
        if node not in number:
            visit(node)
    return found


def circles(graph: Graph) -> list[list[str]]:
    return [part for part in components(graph) if len(part) > 1]


def longest_path(graph: Graph, size: Callable[[list[str]], int] = lambda part: 1) -> list[str]:
    """The longest chain of imports, from the top down; a circle is one step of it.

    ``size`` says how much a circle weighs: 1, or ``len`` for all its files.
    """
    parts = components(graph)
    home = {node: i for i, part in enumerate(parts) for node in part}
    best: list[tuple[int, list[str]]] = []
    for i, part in enumerate(parts):
        below = {home[other] for node in part for other in graph[node]} - {i}
        weight, chain = max((best[j] for j in below), default=(0, []))
        best.append((weight + size(part), [" <-> ".join(part), *chain]))
    return max(best)[1]


def path_length(graph: Graph) -> str:
    """Steps of the longest path: from circles counted as one file each to all their files."""
    ends = []
    for size in (lambda part: 1, len):
        chain = longest_path(graph, size)
        ends.append(sum(size(step.split(" <-> ")) for step in chain))
    return str(ends[0]) if ends[0] == ends[1] else f"{ends[0]} to {ends[1]}"


# ---- repetition -------------------------------------------------------------------------


def repeats(house: House, *, shape: bool, length: int = 6) -> list[tuple[str, str]]:
    """Pairs of places from which ``length`` or more lines of code are the same.

    Docstrings, comments, imports and lines of one word or none (brackets, entries of a list)
    are passed over, and white space is folded. With ``shape``, names and numbers may differ.
    """
    code = {file.module: list(_code(file, shape)) for file in house.files.values()}
    starts: dict[tuple[str, ...], list[tuple[str, int]]] = defaultdict(list)
    for module, lines in code.items():
        for i in range(len(lines) - length + 1):
            starts[tuple(text for _, text in lines[i : i + length])].append((module, i))
    found = []
    for places in starts.values():
        for (one, i), (two, j) in combinations(places, 2):
            overlap = one == two and j - i < length
            longer = i and j and code[one][i - 1][1] == code[two][j - 1][1]
            if not overlap and not longer:
                files = house.files[one].place, house.files[two].place
                found.append((f"{files[0]}:{code[one][i][0]}", f"{files[1]}:{code[two][j][0]}"))
    return sorted(found)


_WORD = re.compile(r"[^\W\d]\w*")
_NUMBER = re.compile(r"\b\d[\w.]*")


def _code(file: File, shape: bool) -> Iterator[tuple[int, str]]:
    """The lines that are compared, with their numbers."""
    passed: set[int] = set()
    for node in ast.walk(file.tree):
        if isinstance(node, ast.Import | ast.ImportFrom) or (
            isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        ):
            passed.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    for number, line in enumerate(file.lines, 1):
        text = " ".join(line.split())
        if number in passed or text.startswith("#") or len(re.findall(r"\w+", text)) < 2:
            continue
        if shape:
            text = _WORD.sub(lambda m: m[0] if keyword.iskeyword(m[0]) else "n", text)
            text = _NUMBER.sub("0", text)
        yield number, text


# ---- the table ----------------------------------------------------------------------------


def top(module: str) -> str:
    """The part of the package at its top that a module belongs to."""
    return module.split(".")[1] if "." in module else "__init__"


def top_graph(graph: Graph) -> Graph:
    """The graph of the parts at the top, without the two ways in: ``__init__``, ``__main__``."""
    edges: dict[str, set[str]] = {top(module): set() for module in graph}
    for module, targets in graph.items():
        edges[top(module)] |= {top(target) for target in targets} - {top(module)}
    ways_in = {"__init__", "__main__"}
    return {one: frozenset(two - ways_in) for one, two in edges.items() if one not in ways_in}


def measure(house: House) -> dict[str, tuple[str, list[str]]]:
    """Each figure with what it is made of."""
    files = list(house.files.values())
    at_top = [path.name for path in sorted(house.package.glob("*.py"))]
    graphs = {
        "top-level imports": house.graph([TOP]),
        "and inside functions": house.graph([TOP, INSIDE]),
        "and under TYPE_CHECKING": house.graph(),
    }
    found: dict[str, tuple[str, list[str]]] = {}

    def count(title: str, names: list[str]) -> None:
        found[title] = str(len(names)), names

    def share(title: str, have: list[Function], functions: list[Function]) -> None:
        text = f"{len(have)} of {len(functions)} ({len(have) / max(len(functions), 1):.0%})"
        found[title] = text, sorted({f.place for f in functions} - {f.place for f in have})

    # Every file counts, ``__init__`` and ``__main__`` too.
    count("modules in the top folder", at_top)
    folders = {file.folder[1] for file in files if len(file.folder) > 1}
    count("rooms seen at the top (modules and folders)", [*at_top, *sorted(folders)])
    for title, graph in graphs.items():
        rooms = top_graph(graph)
        found[f"floors of rooms, {title}"] = path_length(rooms), longest_path(rooms)
    for title, graph in graphs.items():
        found[f"longest import path, {title}"] = path_length(graph), longest_path(graph)
    for title, graph in graphs.items():
        rings = circles(graph)
        sizes = f" ({', '.join(str(len(ring)) for ring in rings)} files)" if rings else ""
        found[f"circles, {title}"] = f"{len(rings)}{sizes}", [" <-> ".join(r) for r in rings]
    inside = {f"{f.place}:{i.line} {i.module}" for f, i, _ in house.own_imports([INSIDE])}
    count("own imports inside functions", sorted(inside))
    fit = house.named("Fit")
    count("own classes above Fit", house.above(fit) if fit else [])
    count("classes with two or more bases (not exceptions, TypedDicts)", house.two_bases())
    long = [f for f in house.functions if len(f.parameters) > 8]
    count("functions with more than 8 parameters", [f.place for f in long])
    public = [f for f in house.functions if f.public and len(f.parameters) > 1]
    has = [f for f in public if f.has_section("Parameters")]
    share("public functions of 2 or more parameters with Parameters", has, public)
    verbs = list(house.verbs)
    share("public verbs with See Also", [f for f in verbs if f.has_section("See Also")], verbs)
    ignored = "# type: ignore[override]"
    lines = [
        f"{f.place}:{i}" for f in files for i, line in enumerate(f.lines, 1) if ignored in line
    ]
    count(ignored, lines)
    for shape, title in ((False, "as written"), (True, "names and numbers may differ")):
        pairs = [" = ".join(pair) for pair in repeats(house, shape=shape)]
        count(f"repeated runs of six lines, {title}", pairs)
    over = [f"{f.place} {len(f.lines)}" for f in files if len(f.lines) > 400]
    count("files of more than 400 lines", over)
    found["files of the package"] = str(len(files)), []
    found["lines of the package"] = str(sum(len(f.lines) for f in files)), []
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.house", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument(
        "--tree",
        type=Path,
        action="append",
        metavar="DIR",
        help="a checkout to measure, this one if none is given; give two to compare them",
    )
    parser.add_argument("--names", action="store_true", help="list what the counts are made of")
    given = parser.parse_args()
    tables = [measure(House(tree)) for tree in given.tree or [ROOT]]
    wide = max(map(len, tables[0]))
    for title in tables[0]:
        print(title.ljust(wide), *(table[title][0].rjust(18) for table in tables))
        if given.names:
            for name in tables[-1][title][1]:
                print(f"    {name}")


if __name__ == "__main__":
    main()
