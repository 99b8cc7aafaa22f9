"""The files of the project: its version, its citation, and the pinned checks before a commit."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.version import Version

import bayeslogit as bl

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CITATION = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
HOOKS = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
DEVELOPMENT = {
    need.name: need for need in map(Requirement, PROJECT["optional-dependencies"]["dev"])
}
PINNED = {repo["repo"]: repo for repo in HOOKS["repos"] if repo["repo"] != "local"}


def _run(*arguments):
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, check=True
    ).stdout.strip()


def test_the_version_is_the_one_in_pyproject():
    assert bl.__version__ == PROJECT["version"], "install again: ./do setup"
    assert "__version__" in dir(bl)


def test_the_version_is_read_only_when_asked_for():
    code = (
        "import sys, bayeslogit as bl; print('importlib.metadata' in sys.modules, "
        "bl.__version__, 'importlib.metadata' in sys.modules, '__version__' in vars(bl))"
    )
    assert _run("-c", code) == f"False {PROJECT['version']} True True"


def test_a_checkout_that_is_not_installed_has_an_unknown_version():
    # -S: without site-packages, where an installed copy would answer; -I: nor the environment.
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); import bayeslogit as bl; "
        "from bayeslogit import __version__; print(bl.__version__, __version__)"
    )
    assert _run("-I", "-S", "-c", code) == "0+unknown 0+unknown"
    assert Version("0+unknown") < Version(PROJECT["version"])


def test_the_citation_is_of_this_version():
    assert CITATION["version"] == PROJECT["version"]
    assert CITATION["title"] == PROJECT["name"]
    assert CITATION["license"] == PROJECT["license"]


def test_the_citation_has_what_its_format_requires():
    # Citation File Format 1.2.0: four required keys, and no author without a name.
    assert CITATION["cff-version"] == "1.2.0"
    assert CITATION["type"] == "software"
    assert CITATION["message"]
    assert [set(author) for author in CITATION["authors"]] == [{"name"}]


@pytest.mark.parametrize("address", PINNED)
def test_hooks_are_pinned_to_a_release(address):
    pin = Version(PINNED[address]["rev"])  # a branch, or a part of a hash, is not a version
    assert len(pin.release) == 3


def test_the_pinned_ruff_is_one_that_pyproject_allows():
    pins = {address.rsplit("/", 1)[1]: repo["rev"] for address, repo in PINNED.items()}
    assert sorted(pins) == ["nbstripout", "ruff-pre-commit"]
    assert DEVELOPMENT["ruff"].specifier.contains(pins["ruff-pre-commit"].removeprefix("v"))


def test_hooks_do_what_the_test_command_does():
    hooks = {hook["id"]: hook for repo in HOOKS["repos"] for hook in repo["hooks"]}
    assert list(hooks) == ["ruff-check", "ruff-format", "nbstripout", "mypy"]
    command = (ROOT / "do").read_text(encoding="utf-8")
    assert hooks["mypy"]["entry"] == ".venv/bin/python -m mypy bayeslogit"
    assert '"$python" -m mypy bayeslogit' in command
