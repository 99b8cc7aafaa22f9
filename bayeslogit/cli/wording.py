"""Sentences of the package in the words of the shell: options as they are typed there."""

from __future__ import annotations

import argparse
import re
from functools import partial

from bayeslogit.errors import nearest
from bayeslogit.errors.door import elsewhere
from bayeslogit.errors.words import meant

__all__ = ["in_the_shell", "other_word"]

# Options that are called otherwise in Python.
_IN_PYTHON = {
    "prior": ("priors",),
    "seed": ("random_seed",),
    "data": ("newdata",),
    "change": ("variables",),
}
_BUILDER = r"(?:logistic|binomial|multinomial|ordinal|choice)\((?:\.\.\., )?"
_COSTS = re.compile(r"costs=\{('false_positive': [^}]*)\}")
_VALUE = r"""('[^']*'|"[^"]*"|\[[^\]]*\]|\{[^}]*\}|[\w.-]*\w(?:\([^()]*\))?|)"""


def in_the_shell(sentence: str, parser: argparse.ArgumentParser) -> str:
    """Return a sentence with ``missing='drop'`` and the like as ``--missing drop``.

    Parameters
    ----------
    sentence : str
    parser : ArgumentParser
        Of the command; options that it does not have are those of ``bayeslogit fit``, if it has
        them, and stay as they are otherwise.

    Examples
    --------
    >>> from bayeslogit.cli.parser import parser_of
    >>> in_the_shell("leave such rows out with missing='drop'.", parser_of("fit"))
    'leave such rows out with --missing drop.'
    """
    from_fit = parser.get_default("siblings")["fit"]
    for owner in (from_fit, parser):
        for action in owner._actions:
            if not action.option_strings:
                continue
            flag = action.option_strings[-1]
            if owner is from_fit and parser is not from_fit and flag not in _flags(parser):
                flag = f"bayeslogit fit ... {flag}"
            typed = partial(_typed, flag)
            for name in (action.dest, *_IN_PYTHON.get(action.dest, ())):
                sentence = re.sub(rf"\b{_BUILDER}{name}={_VALUE}\)", typed, sentence)
                sentence = re.sub(rf"(?<![\w.-])(?<!C\(\w, ){name}={_VALUE}", typed, sentence)
    if "--costs" not in _flags(parser):
        sentence = _COSTS.sub(_each, sentence) if "--false-positive" in _flags(parser) else sentence
        sentence = re.sub(r"(?<![\w.-])costs=$", "bayeslogit predict ... --costs", sentence)
    return sentence


def _flags(parser: argparse.ArgumentParser) -> set[str]:
    return {flag for action in parser._actions for flag in action.option_strings}


def _each(found: re.Match[str]) -> str:
    costs = re.findall(r"'(\w+)': ([\d.]+)", found.group(1))
    return " ".join(f"--{name.replace('_', '-')} {cost}" for name, cost in costs)


def _typed(flag: str, found: re.Match[str]) -> str:
    value = found.group(1)
    plain = value.strip("'\"")
    pair = re.fullmatch(r"\{'([^']*)': ([^{}]*)\}", value)
    if flag == "--change" and pair is not None:
        return f"{flag} {pair.group(1)}={pair.group(2)}"
    if not plain or value[0] in "[{" or "(" in value or value in ("True", "..."):
        return flag
    return f"{flag} {plain}" if re.fullmatch(r"[\w.,:-]+", plain) else f"{flag} '{plain}'"


def other_word(message: str, parser: argparse.ArgumentParser) -> str:
    """Return what argparse says, with the word here for a word of another program.

    Parameters
    ----------
    message : str
        About options that were not recognised, or a choice that is none.
    parser : ArgumentParser
        Of the command.
    """
    choice = re.search(r"invalid choice: '([^']*)' \(choose from (.*)\)", message)
    if choice is not None:
        near = nearest(choice.group(1), re.findall(r"[\w.-]+", choice.group(2)))
        return f"{message}.{near}" if near else message
    for word in re.findall(r"--([\w-]+)", message.partition("unrecognized arguments: ")[2]):
        own, dest = _options(parser), word.replace("-", "_")
        if dest in own and not own[dest]:
            return f"{message}; {dest.upper()} is given without --{word}"
        siblings = parser.get_default("siblings")
        others = {name: _options(siblings[name]) for name in ("fit", "predict", *siblings)}
        # What is meant comes before what is merely spelt alike, of another command too.
        if known := _typed_as([dest, *meant(dest)], own):
            return f"{message}. Did you mean {known}?"
        for name, options in others.items():
            if options.get(dest):
                return f"{message}. It is given to bayeslogit {name} ... {options[dest][0]}."
        place = elsewhere(dest)
        if place.startswith(" Here"):
            return f"{message}.{place}"
        if known := _typed_as(re.findall(r"'(\w+)'", nearest(dest, own)), own):
            return f"{message}. Did you mean {known}?"
        if known := _typed_as(meant(dest), others["fit"]):
            return f"{message}. It is given to bayeslogit fit ... {known}."
        if place:
            return f"{message}.{place.replace(' It is', ' In Python it is')}"
    return message


def _options(parser: argparse.ArgumentParser) -> dict[str, list[str]]:
    """Return the flags of each option, by its name and by its flag; none of what is positional."""
    found: dict[str, list[str]] = {}
    for action in parser._actions:
        flags = action.option_strings[-1:]
        found.setdefault(action.dest, []).extend(flags)
        found |= {flag.lstrip("-").replace("-", "_"): [flag] for flag in flags if _differs(action)}
    return found


def _differs(action: argparse.Action) -> bool:
    return action.option_strings[-1].lstrip("-").replace("-", "_") != action.dest


def _typed_as(names: list[str], options: dict[str, list[str]]) -> str:
    """Return names of options as they are typed, empty where there are none."""
    known = [options[name] or [name.upper()] for name in names if name in options]
    return " or ".join(dict.fromkeys(flag for flags in known for flag in flags))
