"""The door of a verb: arguments that Python itself would refuse are answered with a sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache, wraps
from inspect import Parameter, signature
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

from bayeslogit.errors.words import (
    BayesLogitError,
    DesignError,
    listing,
    meant,
    nearest,
    neighbours,
    quoted,
)

__all__ = [
    "answering",
    "at_the_door",
    "built_by_name",
    "elsewhere",
    "no_attribute",
    "refuse_unknown",
]

_SIMPLE: dict[str, tuple[type, ...]] = {
    "str": (str,),
    "bool": (bool,),
    "int": (int,),
    "float": (int, float),
    "None": (type(None),),
}
_INTERVAL = {"ci_prob": "a number between 0 and 1", "ci_kind": "'eti' or 'hdi'", "rope": "a pair"}
_ASKED = ("self", "posterior", "specification")  # what a verb is asked of
_NEVER = (FunctionType, BuiltinFunctionType, ModuleType, type)


def answering[Holder](holder: type[Holder]) -> type[Holder]:
    """Let every public verb of a class answer what Python would refuse; a decorator of classes.

    An unknown option is answered with the options there are and, where it is the word of another
    package, with the word for it; a value of a kind that no option takes, with what was expected.
    Nothing is looked at unless something was refused.
    """
    for name, verb in vars(holder).copy().items():
        plain = isinstance(verb, FunctionType) and not hasattr(verb, "at_the_door")
        if plain and not name.startswith("_"):
            setattr(holder, name, at_the_door(verb))

    def missing(self: Any, name: str) -> Any:
        if hasattr(holder, name):
            return object.__getattribute__(self, name)  # says again what its property said
        if name.startswith("_"):
            raise AttributeError(name)
        raise AttributeError(no_attribute(f"a {holder.__name__}", name, dir(holder)))

    # Not in the body of the class, where a type checker would take every name for known.
    holder.__getattr__ = missing  # type: ignore[attr-defined]
    return holder


def built_by_name[Holder](holder: type[Holder]) -> type[Holder]:
    """Let a class answer what Python would refuse when one is made; a decorator of classes."""
    wrapped = at_the_door(vars(holder)["__init__"])
    type.__setattr__(holder, "__init__", wrapped)
    return holder


def at_the_door[**P, R](verb: Callable[P, R]) -> Callable[P, R]:
    """Return a verb whose refusals are sentences; a decorator of functions.

    Parameters
    ----------
    verb : callable

    Raises
    ------
    DesignError
        For arguments that the verb does not have or cannot take.

    Examples
    --------
    >>> @at_the_door
    ... def fit(draws: int = 1000, *, random_seed: int | None = None) -> int:
    ...     return draws
    >>> fit(seed=1)
    Traceback (most recent call last):
        ...
    bayeslogit.errors.words.DesignError: there is no option 'seed'; ... Did you mean 'random_seed'?
    """

    @wraps(verb)
    def asked(*args: P.args, **kwargs: P.kwargs) -> R:
        for name in _switches(verb) & kwargs.keys():
            _check_switch(name, kwargs[name])
        try:
            return verb(*args, **kwargs)
        except BayesLogitError as error:
            if "unknown" in vars(error):  # what the verb hands its options to knows these only
                name, known = vars(error)["unknown"]
                refuse_unknown([name], dict.fromkeys([*_own(verb), *known]))
            raise
        except (TypeError, ValueError, AttributeError, OverflowError, LookupError) as error:
            sentence = _misunderstood(verb, args, kwargs, error)
            if sentence is None:
                raise
            raise DesignError(sentence) from error

    vars(asked)["at_the_door"] = True
    return asked


def no_attribute(holder: str, name: str, known: list[str]) -> str:
    """Return the sentence for an attribute that there is not.

    Parameters
    ----------
    holder : str
        What was asked, such as ``"a Fit"``.
    name : str
    known : list of str
        The attributes there are.

    Examples
    --------
    >>> no_attribute("a Fit", "coef_", ["summary"])
    "a Fit has no 'coef_'; the same question is answered here by summary()"
    """
    text = f"{holder} has no {name!r}"
    here = neighbours()["here"]
    if name in here:
        return f"{text}; the same question is answered here by {here[name]}"
    return f"{text}.{nearest(name, known)}"


def refuse_unknown(options: Iterable[str], known: Iterable[str]) -> None:
    """Refuse options that are not among the known ones, with the nearest name.

    Parameters
    ----------
    options : iterable of str
        Names that were given.
    known : iterable of str
        Names that exist.

    Raises
    ------
    DesignError
        If a name is not among them.

    Examples
    --------
    >>> refuse_unknown(["ci_pob"], ["ci_prob", "ci_kind"])
    Traceback (most recent call last):
        ...
    bayeslogit.errors.words.DesignError: there is no option 'ci_pob'; expected some of ...
    """
    known = list(known)
    for name in options:
        if name not in known:
            hint = nearest(name, known) or elsewhere(name)
            error = DesignError(
                f"there is no option {quoted(name, 60)}; expected some of "
                f"{listing(known, limit=30)}; leave it out.{hint}"
            )
            vars(error)["unknown"] = name, known
            raise error


def elsewhere(name: str) -> str:
    """Return where an option belongs that is not one of a verb, else ``""``.

    Parameters
    ----------
    name : str
        The word for it here, or in another package.

    Examples
    --------
    >>> elsewhere("seed")
    ' It is given to fit(random_seed=...).'
    """
    if name in neighbours()["said_by"]:
        return f" Here {neighbours()['said_by'][name]}."
    homes = neighbours()["home"]
    home = next((homes[ours] for ours in (name, *meant(name)) if ours in homes), None)
    return "" if home is None else f" It is given to {home}."


@cache
def _switches(verb: Callable[..., Any]) -> frozenset[str]:
    parameters = signature(verb).parameters.values()
    return frozenset(p.name for p in parameters if p.annotation in ("bool", bool))


def _check_switch(name: str, value: Any) -> None:
    if not isinstance(value, bool) and type(value).__name__ not in ("bool", "bool_"):
        raise DesignError(
            f"{name}={_short(value)} is neither True nor False; expected one of these, since "
            f"{name}= says whether, not how many or which; write {name}=True"
        )


def _misunderstood(
    verb: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any], error: Exception
) -> str | None:
    """Return what was wrong with the arguments, or None if they were not the reason."""
    found = signature(verb)
    names = [p.name for p in found.parameters.values() if p.kind is not Parameter.VAR_KEYWORD]
    if not any(p.kind is Parameter.VAR_KEYWORD for p in found.parameters.values()):
        refuse_unknown(kwargs, _own(verb))
    try:
        bound = found.bind(*args, **kwargs).arguments
    except TypeError as wrong:
        return f"{verb.__name__}: {wrong}; expected {verb.__name__}({', '.join(_own(verb))})"
    given = {name: value for name, value in bound.items() if name in names}
    for name, parameter in found.parameters.items():
        if parameter.kind is Parameter.VAR_KEYWORD:
            given |= bound.get(name, {})
    kinds = {name: _kinds(found, name) for name in given}
    given = {
        name: value
        for name, value in given.items()
        if name not in _ASKED
        and (value is not None or _is_needed(found, name) or _does_not_fit(None, kinds[name]))
    }
    blamed = [n for n, v in given.items() if _does_not_fit(v, kinds[n])]
    if not blamed and isinstance(error, OverflowError):
        blamed = [n for n, v in given.items() if _is_huge(v)]
    if not blamed and (
        isinstance(error, TypeError | AttributeError) or _is_about_values(str(error))
    ):
        # Text is asked for most, and seldom what cannot be used.
        blamed = sorted(given, key=lambda n: (isinstance(given[n], str), isinstance(given[n], int)))
    if not blamed:
        return None
    name = blamed[0]
    # What Python said of it is of its own insides, and stays behind as the cause.
    return (
        f"{name}={_short(given[name])} cannot be used; expected {_documented(verb, name)}; see "
        f"help({verb.__name__})"
    )


def _own(verb: Callable[..., Any]) -> list[str]:
    """Return the names of the options that a verb spells out."""
    parameters = signature(verb).parameters.values()
    kinds = (Parameter.VAR_KEYWORD, Parameter.VAR_POSITIONAL)
    return [p.name for p in parameters if p.kind not in kinds and p.name not in _ASKED]


def _is_needed(found: Any, name: str) -> bool:
    """Return whether an option has no default, so that None is a value given by mistake."""
    return name in found.parameters and found.parameters[name].default is Parameter.empty


def _kinds(found: Any, name: str) -> set[str] | None:
    """Return the kinds of value that the annotation of an option names, or None for any."""
    if name not in found.parameters:
        return {"ci_prob": {"float", "None"}, "ci_kind": {"str", "None"}}.get(name)
    parts = (part.strip() for part in str(found.parameters[name].annotation).split("|"))
    kinds = {"str" if part.endswith("Word") else part for part in parts}  # closed.py
    known = all(kind in _SIMPLE or kind.startswith("Mapping") for kind in kinds)
    return kinds if known else None


def _does_not_fit(value: Any, kinds: set[str] | None) -> bool:
    if kinds is None:
        return isinstance(value, _NEVER) or type(value) is object
    for kind in kinds:
        if kind.startswith("Mapping"):
            if isinstance(value, Mapping):
                return False
        elif isinstance(value, _SIMPLE[kind]) or (
            hasattr(value, "item") and getattr(value, "ndim", 1) == 0
        ):
            return False
    return True


def _is_huge(value: Any) -> bool:
    """Return whether a value is or holds a whole number beyond those of a machine."""
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list | tuple):
        return any(_is_huge(one) for one in value)
    return isinstance(value, int) and abs(value) >= 2**63


def _is_about_values(text: str) -> bool:
    words = ("convert", "truth value", "iterable", "seed", "non-negative", "inhomogeneous")
    return any(word in text for word in words)


def _documented(verb: Callable[..., Any], name: str) -> str:
    """Return what the docstring says that an option is."""
    for line in (verb.__doc__ or "").splitlines():
        names, found, kind = line.strip().partition(" : ")
        if found and name in names.replace("*", "").replace(" ", "").split(","):
            return kind.partition(", optional")[0].partition(", default")[0]
    return _INTERVAL.get(name, "another value")


def _short(value: Any) -> str:
    if isinstance(value, str | int | float | list | tuple | dict | None):
        return quoted(value, 80)
    return f"a value of type {type(value).__name__}"
