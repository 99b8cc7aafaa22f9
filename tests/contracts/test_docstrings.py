"""Every public name says what it takes, gives and refuses, and shows it in an example that runs.

A new name is found here by itself: what the root hands on, verbs and attributes of models, fits,
populations and the classifier, what their verbs return, and what stands in the registries.
"""

from __future__ import annotations

import doctest
import inspect
import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from functools import cache, cached_property
from typing import Any

import pytest

import bayeslogit as bl
from bayeslogit import simulate
from bayeslogit.errors import BayesLogitError
from bayeslogit.model import PopulationFit
from tests.helpers import ROOT

HOLDERS = (bl.Model, bl.Fit, PopulationFit, bl.LogisticClassifier)
REGISTRIES = {"METHODS": bl.METHODS, "FAMILIES": bl.FAMILIES, "LINKS": bl.LINKS}
# What only steers a run cannot be wrong in a way of its own.
STEERS = {"progressbar", "random_seed"}

# These take nothing that could be refused: parts of ours, a shape, a word for a sentence.
CANNOT_REFUSE = {"Model.of", "Fit.warn_of_risks", "PopulationFit.warn_of_risks", "Findings.of"}
CANNOT_REFUSE |= {"ErrorLaw.draw"}

# What comes from the literature has its source, with a digital identifier.
SOURCES = [
    *(f"METHODS[{name}]" for name in bl.METHODS if name != "auto"),
    *(f"FAMILIES[{n}]" for n in ("beta_binomial", "multinomial")),
    *(f"FAMILIES[{n}]" for n in ("cumulative", "sequential", "adjacent")),
    *("LINKS[probit]", "LINKS[cauchit]", "LKJ", "compare", "compare_scores"),
    *("Model.classical", "Model.check_proportional_odds", "Model.check", "Fit.check"),
    *("Fit.loo", "Fit.kfold", "Fit.calibration", "Fit.auc", "Fit.roc", "Fit.precision_recall"),
    "Fit.concordance",
    *("Fit.validate", "Fit.internal_external", "Fit.points"),
    *("Fit.confusion", "Fit.net_benefit", "Fit.expected_cost", "Fit.decide"),
    *("Fit.residuals", "Fit.binned_residuals", "Fit.r_squared", "Fit.comparisons", "Fit.slopes"),
    *("Fit.predictions", "Fit.solve", "Fit.summary", "Fit.diagnostics", "Fit.plot_separation"),
    *("Fit.with_prevalence", "Classical.hosmer_lemeshow", "Classical.residuals", "GroupedTest"),
    *("simulate.choices", "simulate.probabilities"),
]


# ---- the public names -----------------------------------------------------------------------


def _own(kind: type) -> bool:
    return kind.__module__.startswith("bayeslogit")


def _plain(thing: Any) -> Any:
    """Return the function behind a verb or an attribute."""
    if isinstance(thing, property):
        thing = thing.fget
    elif isinstance(thing, cached_property):
        thing = thing.func
    elif isinstance(thing, classmethod | staticmethod):
        thing = thing.__func__
    return inspect.unwrap(thing) if callable(thing) else thing


def _members(kind: type) -> dict[str, Any]:
    """Return the public functions and attributes of a class and of those above it."""
    found: dict[str, Any] = {}
    for base in filter(_own, kind.__mro__):
        for name, thing in vars(base).items():
            if not name.startswith("_") and not isinstance(thing, type | str | int | tuple | float):
                found.setdefault(name, thing)
    if kind is PopulationFit:  # what it refuses is of the sample's fit, and documented there
        found = {n: t for n, t in found.items() if "only_of_the_sample" not in _home(t)}
    return {n: t for n, t in found.items() if callable(_plain(t))}


def _home(thing: Any) -> str:
    return getattr(_plain(thing), "__qualname__", "")


def _returned(verb: Any) -> Iterator[type]:
    """Give the classes of ours that a verb returns."""
    words = str(getattr(verb, "__annotations__", {}).get("return", ""))
    for word in re.findall(r"[A-Z]\w+", words):
        kind = getattr(sys.modules[verb.__module__], word, None)
        if inspect.isclass(kind) and _own(kind):
            yield kind


@cache
def _answers() -> tuple[type, ...]:
    """Return the classes of what verbs return, and of what these return."""
    waiting: list[type] = list(HOLDERS)
    found: list[type] = []
    while waiting:
        for name, thing in [*_members(waiting[0]).items(), ("[]", _item(waiting[0]))]:
            for kind in _returned(_plain(thing)) if name and not _is_attribute(thing) else ():
                if kind not in (*found, *HOLDERS) and kind.__name__ not in ("Posterior", "Answer"):
                    found.append(kind)
                    waiting.append(kind)
        waiting.pop(0)
    return (*found, *_returned(_plain(bl.compare)))


def _item(kind: type) -> Any:
    return vars(kind).get("__getitem__")


def _is_attribute(thing: Any) -> bool:
    return isinstance(thing, property | cached_property)


@cache
def _names() -> dict[str, Any]:
    """Return every public function and class by the name that a user writes."""
    found: dict[str, Any] = {n: getattr(bl, n) for n in bl.__all__}
    found |= {f"simulate.{n}": getattr(simulate, n) for n in simulate.__all__}
    for registry, entries in REGISTRIES.items():
        for name, entry in entries.items():
            found[f"{registry}[{name}]"] = entry if inspect.isclass(entry) else type(entry)
    for kind in (*_answers(), PopulationFit):
        found[kind.__name__] = kind
    for kind in (*HOLDERS, *_answers(), bl.Normal, simulate.ErrorLaw):
        for name, thing in _members(kind).items():
            if not _is_attribute(thing) and _own(_plain(thing)):
                found[f"{kind.__name__}.{name}"] = _plain(thing)
    prior = {f"Normal.{n}" for n in _members(bl.Normal) if n not in ("from_C", "to_C")}
    return {n: t for n, t in found.items() if callable(t) and n not in prior}


NAMES = sorted(_names())


# ---- what a docstring says --------------------------------------------------------------------


def _text(thing: Any) -> str:
    return inspect.cleandoc(thing.__doc__ or "")


def _section(thing: Any, title: str) -> str:
    """Return a section of a docstring, empty if there is none."""
    found = re.split(r"^(\w[\w ]*)\n-+$", _text(thing), flags=re.MULTILINE)
    return dict(zip(found[1::2], found[2::2], strict=True)).get(title, "").strip()


def _parameters(thing: Any) -> list[str]:
    if inspect.isclass(thing):
        given = [f.name for f in fields(thing) if f.init] if is_dataclass(thing) else []
        return given or [n for n in inspect.signature(thing.__init__).parameters if n != "self"]
    names = list(inspect.signature(thing).parameters)
    bound = names[:1] in (["self"], ["cls"], ["posterior"], ["specification"])
    return names[1:] if bound else names


@pytest.mark.parametrize("name", NAMES)
def test_a_docstring_says_what_is_taken_given_and_refused(name):
    thing = _names()[name]
    assert _text(thing), "it has no docstring"
    takes = _parameters(thing)
    wanted = {"Examples", "See Also"}
    if inspect.isclass(thing):
        missing = {title for title in wanted if not _section(thing, title)}
        exception = issubclass(thing, BayesLogitError | Warning)
        described = _section(thing, "Parameters") or _section(thing, "Attributes")
        if takes and not described and not exception and thing not in (bl.Model, bl.Fit):
            missing.add("Parameters")
        refuses = [vars(k).get("__post_init__") for k in thing.__mro__ if _own(k)]
        if any("raise " in inspect.getsource(f) for f in refuses if f) and not exception:
            missing |= {"Raises"} - ({"Raises"} if _section(thing, "Raises") else set())
    else:
        wanted |= {"Parameters"} if takes else set()
        wanted |= {"Raises"} if set(takes) - STEERS and name not in CANNOT_REFUSE else set()
        wanted |= {"Returns"} if thing.__annotations__.get("return") != "None" else set()
        missing = {title for title in wanted if not _section(thing, title)}
    assert not missing, f"{name} lacks {sorted(missing)}"
    if inspect.isfunction(thing) or _section(thing, "Parameters"):
        text = _section(thing, "Parameters")
        silent = [p for p in takes if not re.search(rf"\b{p}\b", text)]
        assert not silent, f"{name} does not say what {silent} are"


@pytest.mark.parametrize("name", SOURCES)
def test_a_method_of_the_literature_has_its_source(name):
    text = _text(_names()[name])
    assert re.search(r"doi:10\.\d{4,}/\S+|arXiv:\d{4}\.\d{4,}", text), name


# ---- examples are run -------------------------------------------------------------------------


@cache
def _run_in(module: str) -> dict[str, doctest.DocTest]:
    """Return the examples of a file that the test command runs, by name."""
    source = inspect.getsourcefile(sys.modules[module]) or ""
    options = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["pytest"]
    options = options["ini_options"]
    place = ROOT / source
    assert any(place.is_relative_to(ROOT / path) for path in options["testpaths"]), source
    assert "--doctest-modules" in options["addopts"]
    for ignored in re.findall(r"--ignore=(\S+)", options["addopts"]):
        assert not place.is_relative_to(ROOT / ignored), source

    class Finder(doctest.DocTestFinder):
        """As pytest's: a cached property is of the module in which its function is."""

        def _from_module(self, module: Any, thing: Any) -> bool:
            return bool(super()._from_module(module, _plain(thing)))  # type: ignore[misc]

    return {test.name: test for test in Finder().find(sys.modules[module])}


def _examples(thing: Any) -> doctest.DocTest | None:
    return _run_in(thing.__module__).get(f"{thing.__module__}.{thing.__qualname__}")


@pytest.mark.parametrize("name", NAMES)
def test_an_example_is_run(name):
    found = _examples(_names()[name])
    assert found is not None, "the test command does not find it"
    assert found.examples, "there is none"
    shown = [example for example in found.examples if example.want or example.exc_msg]
    assert shown, "it shows no result"
    skipped = [e.source for e in found.examples if e.options.get(doctest.SKIP)]
    assert not skipped, skipped


@pytest.mark.parametrize("kind", [*HOLDERS, *_answers()], ids=lambda kind: kind.__name__)
def test_an_attribute_is_shown_in_an_example(kind):
    """Its own example, or one of its class or of a class above it."""
    attributes = {n: t for n, t in _members(kind).items() if _is_attribute(t)}
    held = {f.name for f in fields(kind)} if is_dataclass(kind) else set()
    above = [base for base in kind.__mro__ if _own(base)]
    code = "\n".join(e.source for base in above if (t := _examples(base)) for e in t.examples)
    bare = {n for n, t in attributes.items() if not _text(_plain(t))}
    assert not bare, f"these have no docstring: {sorted(bare)}"
    shown = {n for n in {*attributes, *held} if re.search(rf"\.{n}\b", code)}
    own = {n for n, t in attributes.items() if (found := _examples(_plain(t))) and found.examples}
    missing = {*attributes, *held} - shown - own
    assert not missing, f"no example shows {sorted(missing)}"
