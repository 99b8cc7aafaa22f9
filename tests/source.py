"""The files of the package as the tests of the house see them, each parsed once.

Nothing of the package is imported. An import counts wherever it stands: at the top of a file,
inside a function, or under ``TYPE_CHECKING``. ``from bayeslogit.room import name`` leads to the
file that defines the name, because the face of a room (its ``__init__``) only hands names on. A
face that is imported whole leads to itself, and from there to what it hands on. The table of names
that the root of the package loads when they are first asked for is no import.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "architecture.md"
PACKAGE = "bayeslogit"

TOP, INSIDE, TYPING = "top", "inside a function", "under TYPE_CHECKING"
EVERYWHERE = (TOP, INSIDE, TYPING)

Graph = Mapping[str, frozenset[str]]

# A row of the table: the number of the floor, or "beside", then the rooms.
_ROW = re.compile(r"^\| (\d+|beside) \| ((?:`[\w/]+`[ ,]*)+)\|", re.MULTILINE)


def _rows(page: Path) -> list[tuple[str, tuple[str, ...]]]:
    rows = _ROW.findall(page.read_text(encoding="utf-8"))
    return [(floor, tuple(re.findall(r"`([\w/]+)`", rooms))) for floor, rooms in rows]


def floors(page: Path = PAGE) -> list[tuple[str, ...]]:
    """The rooms on each floor, the lowest first, as docs/architecture.md has them."""
    return [rooms for floor, rooms in _rows(page) if floor != "beside"]


def beside(page: Path = PAGE) -> tuple[str, ...]:
    """The rooms that stand beside the house: they use floor 0, and no room uses them."""
    return tuple(room for floor, rooms in _rows(page) if floor == "beside" for room in rooms)


def room(module: str, rooms: Iterable[str]) -> str | None:
    """The innermost room that a module stands in."""
    path = module.replace(".", "/").removeprefix(f"{PACKAGE}/")
    found = [name for name in rooms if f"{path}/".startswith(f"{name}/")]
    return max(found, key=len, default=None)


@dataclass(frozen=True)
class Import:
    """One imported name: its module as written, in full, and the name it is bound to here."""

    module: str
    name: str | None  # None for ``import module``
    bound: str
    line: int
    where: str

    @property
    def own(self) -> bool:
        return self.module.split(".")[0] == PACKAGE


@dataclass(frozen=True)
class Function:
    """A function or a method of a class at the top of a file."""

    file: File
    owner: ast.ClassDef | None
    node: ast.FunctionDef

    @property
    def name(self) -> str:
        return f"{self.owner.name}.{self.node.name}" if self.owner else self.node.name

    @property
    def place(self) -> str:
        return f"{self.file.place}:{self.node.lineno} {self.name}"

    @property
    def public(self) -> bool:
        return not any(part.startswith("_") for part in self.name.split("."))

    @cached_property
    def decorators(self) -> frozenset[str]:
        return frozenset(ast.unparse(d).split("(")[0] for d in self.node.decorator_list)

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """Named parameters, keyword-only ones too; not self, cls, ``*arguments``, ``**options``."""
        given = self.node.args
        names = [a.arg for a in (*given.posonlyargs, *given.args)]
        if self.owner and names and "staticmethod" not in self.decorators:
            names = names[1:]
        return (*names, *(a.arg for a in given.kwonlyargs))

    @cached_property
    def text(self) -> str:
        return ast.get_docstring(self.node) or ""

    def has_section(self, title: str) -> bool:
        return re.search(rf"^{title}\n-+$", self.text, re.MULTILINE) is not None


class File:
    """One file of the package, parsed once."""

    def __init__(self, package: Path, path: Path) -> None:
        self.path = path
        self.place = f"{PACKAGE}/{path.relative_to(package).as_posix()}"
        parts = (PACKAGE, *path.relative_to(package).with_suffix("").parts)
        self.face = parts[-1] == "__init__"
        self.module = ".".join(parts[:-1] if self.face else parts)
        self.folder = parts[:-1]
        self.source = path.read_text(encoding="utf-8")
        self.lines = self.source.splitlines()
        self.tree = ast.parse(self.source)
        self.imports = tuple(self._imports(self.tree, TOP))

    def _imports(self, node: ast.AST, where: str) -> Iterator[Import]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Import):
                for alias in child.names:
                    bound = alias.asname or alias.name.split(".")[0]
                    yield Import(alias.name, None, bound, child.lineno, where)
            elif isinstance(child, ast.ImportFrom):
                above = self.folder[: len(self.folder) + 1 - child.level] if child.level else ()
                base = ".".join([*above, *([child.module] if child.module else [])])
                for alias in child.names:
                    bound = alias.asname or alias.name
                    yield Import(base, alias.name, bound, child.lineno, where)
            elif isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
                for inner in child.body:
                    yield from self._imports(ast.Module([inner], []), TYPING)
                for inner in child.orelse:
                    yield from self._imports(ast.Module([inner], []), where)
            elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                yield from self._imports(child, TYPING if where == TYPING else INSIDE)
            else:
                yield from self._imports(child, where)

    @cached_property
    def bare(self) -> bool:
        """Whether this is a face that holds no code: imports, ``__all__``, a docstring."""
        return self.face and all(
            isinstance(node, ast.Import | ast.ImportFrom | ast.If)
            or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
            or ast.unparse(node).startswith(("__all__ =", "__getattr__ ="))
            for node in self.tree.body
        )

    @cached_property
    def classes(self) -> tuple[ast.ClassDef, ...]:
        return tuple(node for node in ast.walk(self.tree) if isinstance(node, ast.ClassDef))

    @cached_property
    def functions(self) -> tuple[Function, ...]:
        """Functions at the top of the file and methods of its classes."""
        found = [Function(self, None, n) for n in self.tree.body if isinstance(n, ast.FunctionDef)]
        for owner in self.tree.body:
            if isinstance(owner, ast.ClassDef):
                found += [
                    Function(self, owner, n) for n in owner.body if isinstance(n, ast.FunctionDef)
                ]
        return tuple(found)


class House:
    """All files of the package in one checkout."""

    def __init__(self, tree: Path = ROOT) -> None:
        self.package = tree / PACKAGE
        files = [File(self.package, path) for path in sorted(self.package.rglob("*.py"))]
        self.files = {file.module: file for file in files}

    # ---- imports --------------------------------------------------------------------------

    @cached_property
    def _bound(self) -> dict[tuple[str, str], Import]:
        """The import that binds a name in a module; one at the top goes before one inside."""
        known: dict[tuple[str, str], Import] = {}
        for file in self.files.values():
            for found in sorted(file.imports, key=lambda i: EVERYWHERE.index(i.where)):
                known.setdefault((file.module, found.bound), found)
        return known

    def defined(self, module: str, name: str | None) -> tuple[str, str | None]:
        """The module that defines a name, and the name there, through faces that hand it on."""
        while name is not None:
            if f"{module}.{name}" in self.files:
                return f"{module}.{name}", None
            file, found = self.files.get(module), self._bound.get((module, name))
            if file is None or not file.face or found is None or not found.own:
                break
            if (found.module, found.name) == (module, name):
                break
            module, name = found.module, found.name
        return module, name

    def target(self, found: Import) -> str:
        """The module that an import leads to; for another library the module as written."""
        return self.defined(found.module, found.name)[0]

    def own_imports(self, where: Iterable[str] = EVERYWHERE) -> Iterator[tuple[File, Import, str]]:
        """Give (file, import, module it leads to) of the imports within the package."""
        places = set(where)
        for file in self.files.values():
            for found in file.imports:
                if found.where in places and found.own:
                    yield file, found, self.target(found)

    def graph(self, where: Iterable[str] = EVERYWHERE) -> Graph:
        """The modules that each module imports; a face without code stands for what it hands on."""
        edges: dict[str, set[str]] = {module: set() for module in self.files}
        for file, _, target in self.own_imports(where):
            if target in edges and target != file.module:
                edges[file.module].add(target)
        bare = {module for module, file in self.files.items() if file.bare}

        def behind(module: str, seen: frozenset[str] = frozenset()) -> set[str]:
            if module not in bare or module in seen:
                return {module}
            return {end for near in edges[module] for end in behind(near, seen | {module})}

        return {
            module: frozenset(end for near in targets for end in behind(near)) - {module}
            for module, targets in edges.items()
            if module not in bare
        }

    # ---- names ----------------------------------------------------------------------------

    def follow(self, module: str, dotted: str) -> tuple[str, str]:
        """The module that defines what ``dotted`` means in ``module``, and its name there."""
        head, *rest = dotted.split(".")
        found = self._bound.get((module, head))
        if found is None or not found.own:
            return module, dotted
        home, name = self.defined(found.module, found.name)
        while name is None and rest:
            home, name = self.defined(home, rest.pop(0))
        return home, ".".join([*([name] if name else []), *rest])

    # ---- classes and functions ------------------------------------------------------------

    @cached_property
    def classes(self) -> dict[str, tuple[File, ast.ClassDef]]:
        """Classes by dotted name, those inside functions and classes too."""
        return {
            f"{file.module}.{node.name}": (file, node)
            for file in self.files.values()
            for node in file.classes
        }

    def own_bases(self, dotted: str) -> list[str]:
        """The bases of a class that are classes of the package."""
        file, node = self.classes[dotted]
        names = [ast.unparse(base).split("[")[0] for base in node.bases]
        found = [".".join(self.follow(file.module, name)) for name in names]
        return [name for name in found if name in self.classes and name != dotted]

    def above(self, dotted: str) -> list[str]:
        """Own classes that a class inherits from, directly or not."""
        found: list[str] = []
        waiting = self.own_bases(dotted)
        while waiting:
            base = waiting.pop(0)
            if base not in found:
                found.append(base)
                waiting += self.own_bases(base)
        return found

    def _outer_bases(self, dotted: str) -> set[str]:
        """Names of all bases, of the class and of the own classes above it."""
        return {
            ast.unparse(base).split("[")[0].split(".")[-1]
            for name in (dotted, *self.above(dotted))
            for base in self.classes[name][1].bases
        }

    def is_exception(self, dotted: str) -> bool:
        ends = ("Error", "Exception", "Warning")
        return any(base.endswith(ends) for base in self._outer_bases(dotted))

    def two_bases(self) -> list[str]:
        """Classes with two or more bases, exceptions and TypedDicts aside."""
        return [
            dotted
            for dotted, (_, node) in self.classes.items()
            if len(node.bases) > 1
            and not self.is_exception(dotted)
            and "TypedDict" not in self._outer_bases(dotted)
        ]

    @cached_property
    def functions(self) -> tuple[Function, ...]:
        return tuple(f for file in self.files.values() for f in file.functions)

    def named(self, name: str) -> str | None:
        """The dotted name of the one class of that name, wherever it stands."""
        found = [dotted for dotted in self.classes if dotted.rsplit(".", 1)[1] == name]
        return found[0] if len(found) == 1 else None

    @cached_property
    def verbs(self) -> tuple[Function, ...]:
        """What users call: public functions of the root, methods of Model, Fit, PopulationFit.

        A method may be a function that is bound in the class: ``slopes = effects.slopes``.
        """
        by_name = {(f.file.module, f.name): f for f in self.functions}
        found = [by_name.get(self.follow(PACKAGE, i.bound)) for i in self.files[PACKAGE].imports]
        for name in ("Model", "Fit", "PopulationFit"):
            dotted = self.named(name)
            for above in (dotted, *self.above(dotted)) if dotted else ():
                file, node = self.classes[above]
                for child in node.body:
                    if isinstance(child, ast.FunctionDef):
                        function = by_name[file.module, f"{node.name}.{child.name}"]
                        property_ = {"property", "cached_property"} & function.decorators
                        found += [function] if function.public and not property_ else []
                    elif isinstance(child, ast.Assign) and not ast.unparse(child).startswith("_"):
                        value = ast.unparse(child.value)
                        found.append(by_name.get(self.follow(file.module, value)))
        return tuple(dict.fromkeys(f for f in found if f is not None))
