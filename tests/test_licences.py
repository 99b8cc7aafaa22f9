"""What is installed with the package may be used under its licence: nothing is copyleft."""

import importlib.metadata as metadata
import re

from packaging.requirements import Requirement

# The GNU licences by name. The LGPL and the exception that comes with a compiler's run-time
# library (scipy and numpy ship one) are named in full licence texts, so only the short fields,
# where a project says what it is, are read.
COPYLEFT = re.compile(r"\bA?GPL|GNU (Affero )?General Public", re.IGNORECASE)

# Projects that list the GPL for one file of their source, which is not installed: docutils keeps
# a mode for Emacs beside its own code, which is in the public domain or under BSD licences.
ELSEWHERE = {"docutils": "rst.el"}


def _installed(name, extras=(), seen=None):
    """Return every distribution that installing ``name`` brings along, by name."""
    seen = {} if seen is None else seen
    key = re.sub(r"[-_.]+", "-", name).lower()
    if key in seen:
        return seen
    try:
        found = metadata.distribution(name)
    except metadata.PackageNotFoundError:  # an optional part that is not installed here
        return seen
    seen[key] = found.metadata
    for text in found.requires or []:
        needed = Requirement(text)
        chosen = ({"extra": extra} for extra in ("", *extras))
        if needed.marker is None or any(needed.marker.evaluate(e) for e in chosen):
            _installed(needed.name, needed.extras, seen)
    return seen


def _says(about):
    """Return the short statements of a licence: expression, classifiers, first line of text."""
    text = (about.get("License") or "").strip().splitlines()[:1]
    classifiers = [c for c in about.get_all("Classifier") or [] if c.startswith("License")]
    return [about.get("License-Expression") or "", *classifiers, *text]


def _left_out(name):
    """Return whether the one copyleft file that ``name`` lists is not among those installed."""
    files = metadata.files(name) or []
    return name in ELSEWHERE and all(file.name != ELSEWHERE[name] for file in files)


def test_no_dependency_is_copyleft():
    brought = _installed("bayeslogit", ("nutpie", "sklearn", "parquet", "tables", "teach"))
    assert {"numpy", "pymc", "arviz", "formulaic", "matplotlib"} <= set(brought)
    silent = [name for name, about in brought.items() if not any(_says(about))]
    copyleft = [
        name
        for name, about in brought.items()
        if any(COPYLEFT.search(s) for s in _says(about)) and not _left_out(name)
    ]
    assert not copyleft
    assert not silent, f"look these up: {silent}"
