"""The house, held to docs/architecture.md: rooms and their order, imports, classes, functions.

Every file is parsed once (``tests/source.py``), and every import counts, those inside functions
and under ``TYPE_CHECKING`` too. ``python -m tests.house`` prints the same things as figures.
"""

import ast
import inspect
import re
from pathlib import Path

import pytest

from tests import source
from tests.house import circles, longest_path
from tests.source import EVERYWHERE, INSIDE, PACKAGE, TOP, TYPING, House

# What stands at the top of the package beside the rooms that are folders.
AT_TOP = {
    "__init__",
    "__main__",
    "text",
    "model",
    "loading",
    "simulate",
}

# Libraries that take long to load, or that few calls need: functions may import them. Everything
# else is imported at the top of a file, where a reader looks for it.
LATE = {
    "importlib",
    "IPython",
    "anywidget",
    "arviz_base",
    "arviz_plots",
    "arviz_stats",
    "formulaic",
    "great_tables",
    "h5netcdf",
    "h5py",
    "marimo",
    "matplotlib",
    "narwhals",
    "nutpie",
    "pandas",
    "pyarrow",
    "pymc",
    "pytensor",
    "rich",
    "scipy",
    "sklearn",
    "starlette",
    "threadpoolctl",
    "traitlets",
    "uvicorn",
    "xarray",
}
# And those that must be imported there, because everyone would pay for them: only the door to
# scikit-learn, which nobody passes who does not use it, may load its library at the top.
NEVER_FIRST = LATE - {
    "formulaic",
    "importlib",
    "h5netcdf",
    "h5py",
    "narwhals",
    "rich",
    "scipy",
    "threadpoolctl",
}
# Reached only through a name that loads when it is first asked for.
LOADS_ITS_LIBRARY = {
    "estimator",
    "pymc_twin",
    "inference.graph.op",
    "tables.answer",
    "teach.widget",
    "teach.page.app",
}

# Libraries that only some files may know, so that they can be replaced there.
ONLY = {
    "formulaic": ("design.encoding.bases",),
    "great_tables": ("tables.written",),
    "narwhals": ("tables.frames", "tables.sources"),
    "pyarrow": ("tables", "cli"),
    "sklearn": ("estimator",),
    "matplotlib": ("plots",),
    "pymc": ("pymc_twin", "inference.no_u_turn", "inference.methods.advi"),
    "pytensor": (
        "pymc_twin",
        "inference.no_u_turn",
        "inference.methods.advi",
        "inference.graph.op",
    ),
    "nutpie": ("inference.no_u_turn",),
    "h5py": ("storage.netcdf", "storage.hdf5_reader"),
    "h5netcdf": ("storage.netcdf",),
    "threadpoolctl": ("runtime",),
    "rich": ("runtime", "text"),
    "marimo": ("teach",),
    "anywidget": ("teach",),
}
# ``Model.graph`` hands on PyMC's own picture of ``Model.pymc``, loaded when asked for.
LAZY_ONLY = {("model", "pymc")}

LINES = 400
FACE_LINES = 40
PATH = 17
PARAMETERS = 8

# Functions whose parameters are the user's choices, one each; ``**options`` would hide them.
MANY_PARAMETERS = {
    ("builders", "logistic"),
    ("builders", "binomial"),
    ("builders", "multinomial"),
    ("builders", "choice"),
    ("builders", "ordinal"),
    ("answers/prediction", "predict"),
    ("answers/prediction", "curve"),
    ("answers/prediction", "solve"),
    ("answers/adjustment", "update"),
    ("answers/effects", "predictions"),
    ("answers/effects", "comparisons"),
    ("answers/effects", "slopes"),
    ("answers/decisions", "decide"),
    ("answers/evaluation", "calibration"),
    # What a scikit-learn estimator is told stands in its constructor.
    ("estimator", "__init__"),
}

# Public functions of two or more parameters that need no section about them.
WITHOUT_PARAMETERS: set[str] = set()


@pytest.fixture(scope="session")
def house():
    return House()


@pytest.fixture(scope="session")
def floors():
    return source.floors()


@pytest.fixture(scope="session")
def level(floors):
    return {room: number for number, rooms in enumerate(floors) for room in rooms}


@pytest.fixture(scope="session")
def beside():
    return source.beside()


def _short(file):
    return file.module.removeprefix(PACKAGE).removeprefix(".")


def _at_home(file, homes):
    return any(f"{_short(file)}.".startswith(f"{home}.") for home in homes)


def _library(found):
    return found.module.split(".")[0]


# ---- rooms --------------------------------------------------------------------------------


def test_the_page_names_every_room_once(house, floors, beside):
    named = [room for rooms in floors for room in rooms] + list(beside)
    assert len(named) == len(set(named))
    found = {source.room(module, named) for module in house.files}
    assert not set(named) - found, "these rooms of docs/architecture.md do not exist"


def test_every_file_stands_in_a_room(house, level, beside):
    rooms = [*level, *beside]
    over = {room.split("/")[0] for room in rooms if "/" in room}  # the face over inner rooms
    homeless = [
        file.place
        for file in house.files.values()
        if _short(file) and source.room(file.module, rooms) is None
        if not (file.face and _short(file) in over and not any(i.own for i in file.imports))
    ]
    assert not homeless, f"give these a room in docs/architecture.md: {homeless}"


def test_the_top_holds_the_ways_in_and_rooms_of_one_file(house):
    assert {path.stem for path in house.package.glob("*.py")} == AT_TOP


def test_a_room_imports_earlier_rooms_only(house, level, beside):
    wrong = []
    for file, found, target in house.own_imports():
        here, there = (source.room(module, [*level, *beside]) for module in (file.module, target))
        if file.module == PACKAGE or (here is not None and here == there):
            continue  # the root hands on names of all rooms
        if target == PACKAGE and here in ("cli", "teach"):
            continue  # they do what a user does with the package
        below = level.get(here, 1 if here in beside else 0)
        if there in beside or level.get(there, len(level)) >= below:
            wrong.append(f"{file.place}:{found.line} ({here}) imports {target} ({there})")
    assert not wrong, "\n".join(dict.fromkeys(wrong))


def test_no_imports_go_in_circles(house):
    rings = [" <-> ".join(ring) for ring in circles(house.graph())]
    assert not rings, "\n".join(rings)


def test_chains_of_imports_stay_short(house):
    chain = longest_path(house.graph())
    assert len(chain) <= PATH, f"{len(chain)} steps: {' -> '.join(chain)}"


def test_faces_only_hand_names_on(house):
    wrong = []
    for file in house.files.values():
        if not file.face or file.module == PACKAGE:
            continue
        if len(file.lines) > FACE_LINES:
            wrong.append(f"{file.place} has {len(file.lines)} lines")
        wrong += [
            f"{file.place}:{node.lineno} {ast.unparse(node).splitlines()[0]}"
            for node in file.tree.body
            if not _hands_on(node)
        ]
    assert not wrong, "\n".join(wrong)


def _hands_on(node):
    """Whether a statement is a docstring, an import, ``__all__`` or a registry."""
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    if isinstance(node, ast.If):
        return ast.unparse(node.test) == "TYPE_CHECKING" and all(map(_hands_on, node.body))
    if isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        name = ast.unparse(targets[0])
        if name == "__getattr__":  # names that load when they are first asked for
            return ast.unparse(node.value).startswith("on_demand(")
        return name == "__all__" or (name.isupper() and isinstance(node.value, ast.Dict))
    if isinstance(node, ast.AugAssign):
        return ast.unparse(node.target).isupper() and isinstance(
            node.value, ast.Dict | ast.DictComp
        )
    return isinstance(node, ast.Import | ast.ImportFrom)


# ---- imports ------------------------------------------------------------------------------


def test_functions_import_late_libraries_only(house):
    wrong = [
        f"{file.place}:{found.line} imports {found.module}"
        for file in house.files.values()
        for found in file.imports
        if found.where == INSIDE and _library(found) not in LATE
    ]
    assert not wrong, "\n".join(wrong)


def test_libraries_that_cost_much_are_imported_by_functions(house):
    wrong = [
        f"{file.place}:{found.line} imports {found.module}"
        for file in house.files.values()
        for found in file.imports
        if found.where == TOP and _library(found) in NEVER_FIRST
        if not _at_home(file, LOADS_ITS_LIBRARY)
    ]
    assert not wrong, "\n".join(wrong)


def test_the_package_itself_imports_its_parts_only_when_asked(house):
    names = {_library(found) for found in house.files[PACKAGE].imports if found.where == TOP}
    assert names <= {"__future__", "importlib", "typing"}


@pytest.mark.parametrize("library", ONLY)
def test_libraries_are_known_in_few_places(house, library):
    wrong = [
        f"{file.place}:{found.line}"
        for file in house.files.values()
        for found in file.imports
        if _library(found) == library and found.where != TYPING
        if not _at_home(file, ONLY[library])
        if not ((_short(file), library) in LAZY_ONLY and found.where == INSIDE)
    ]
    assert not wrong, f"{library} may be imported by {ONLY[library]} only, but is by {wrong}"


# ---- classes and functions ----------------------------------------------------------------


def test_classes_have_one_base(house):
    assert set(house.two_bases()) <= {
        f"{PACKAGE}.estimator.logistic.LogisticClassifier",
        f"{PACKAGE}.estimator.ordinal.OrdinalClassifier",
    }


def test_a_fit_is_a_posterior_with_verbs(house):
    for name in ("Fit", "PopulationFit"):
        above = house.above(house.named(name))
        assert [dotted.split(".")[-1] for dotted in above] == ["Posterior"], (name, above)


def test_functions_take_few_parameters(house, level):
    many = {
        (source.room(function.file.module, level), function.node.name): function
        for function in house.functions
        if len(function.parameters) > PARAMETERS
    }
    wrong = [
        f"{function.place} takes {len(function.parameters)}"
        for key, function in many.items()
        if key not in MANY_PARAMETERS
    ]
    assert not wrong, "\n".join(wrong)
    assert not MANY_PARAMETERS - set(many), "these take few by now: strike them off the list"


def test_parameters_are_documented(house):
    bare = [
        function.place
        for function in house.functions
        if function.public and len(function.parameters) > 1
        if f"{_short(function.file)}.{function.name}" not in WITHOUT_PARAMETERS
        if not any(one.has_section("Parameters") for one in _same_method(house, function))
    ]
    assert not bare, "these need a Parameters section:\n" + "\n".join(bare)


def _same_method(house, function):
    """The function, and the methods that it overrides: one text serves them all."""
    yield function
    if function.owner:
        for dotted in house.above(f"{function.file.module}.{function.owner.name}"):
            yield from (
                other
                for other in house.classes[dotted][0].functions
                if other.name == f"{dotted.split('.')[-1]}.{function.node.name}"
            )


def test_files_stay_short(house):
    long = {f.place: len(f.lines) for f in house.files.values() if len(f.lines) > LINES}
    assert not long, f"split these, they have more lines than agreed: {long}"


# ---- texts --------------------------------------------------------------------------------


def test_public_names_have_docstrings(house):
    bare = [f.place for f in house.files.values() if not ast.get_docstring(f.tree)]
    bare += [
        f"{file.place}: {node.name}"
        for file in house.files.values()
        for node in file.tree.body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
        if not ast.get_docstring(node)
    ]
    bare += [
        function.place
        for function in house.functions
        if function.public and not any(one.text for one in _same_method(house, function))
    ]
    assert not bare, "\n".join(bare)


def test_what_a_user_imports_says_what_it_takes_and_gives():
    import bayeslogit as bl

    for name in bl.__all__:
        thing = getattr(bl, name)
        if callable(thing):
            text = thing.__doc__ or ""
            assert len(text) > 20, name
            if not isinstance(thing, type) and inspect.signature(thing).parameters:
                assert re.search(r"Parameters\n\s*-+", text), name


def test_nothing_is_half_done(house):
    marks = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
    here = Path(__file__)
    files = [file.path for file in house.files.values()]
    wrong = [
        f"{path.name}:{i}"
        for path in [*files, *here.parent.rglob("*.py")]
        if path != here
        for i, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if marks.search(text)
    ]
    assert not wrong, wrong


# ---- the reading itself -------------------------------------------------------------------


@pytest.fixture
def small(tmp_path):
    """A package of a few files in which the counts are known."""
    files = {
        "__init__.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n"
        "    from bayeslogit.upper import Fit\n",
        "lower/__init__.py": "from bayeslogit.lower.part import Base, act as perform\n",
        "lower/part.py": "class Base:\n    def go(self, one, *, two=1, **rest): ...\n\n"
        "def act(base, *, a, b, c, d, e, f, g, h): ...\n",
        "lower/other.py": "def late():\n    from bayeslogit.upper import Fit\n    import pandas\n",
        "upper.py": "from bayeslogit import lower\nfrom bayeslogit.lower import Base\n"
        "from bayeslogit.lower.other import late\n\n"
        "class Fit(Base):\n    act = lower.perform\n",
    }
    for name, text in files.items():
        path = tmp_path / PACKAGE / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return House(tmp_path)


@pytest.mark.parametrize(("where", "sizes"), [([TOP], []), ([TOP, INSIDE], [2]), (EVERYWHERE, [2])])
def test_circles_of_a_small_package(small, where, sizes):
    assert [len(ring) for ring in circles(small.graph(where))] == sizes


def test_names_of_a_small_package_lead_to_where_they_are_defined(small):
    graph = small.graph()
    # The face of ``lower`` holds no code, and stands for what it hands on.
    assert "bayeslogit.lower" not in graph
    assert graph["bayeslogit.upper"] == {"bayeslogit.lower.part", "bayeslogit.lower.other"}
    assert "bayeslogit" not in graph
    assert longest_path(small.graph([TOP])) == [
        "bayeslogit.upper",
        "bayeslogit.lower.part",
    ]
    assert small.above("bayeslogit.upper.Fit") == ["bayeslogit.lower.part.Base"]
    assert {f.name: len(f.parameters) for f in small.verbs} == {"Base.go": 2, "act": 9}
