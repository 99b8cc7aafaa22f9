#!/bin/sh
# One command each: see usage() below, or docs/contributing.md.
# Everything is made inside this folder (.venv, .cache); nothing else on the machine is changed.
set -eu
cd "$(dirname "$0")"
root=$(pwd)
command="${1:-help}"
[ $# -gt 0 ] && shift
[ "$command" = newest ] && venv=.cache/venv-newest || venv=.venv
venv="${VENV:-$venv}"
case "$venv" in /*) ;; *) venv="$root/$venv" ;; esac
python="$venv/bin/python"
export UV_PYTHON_DOWNLOADS=never

usage() {
    cat <<'END'
usage: ./do COMMAND [ARGUMENTS]

  demo     fit the exam data, print the answers, draw the curve      (sets up on first use)
  test     lint, types, tests, docstring examples, docs, notebook    (sets up on first use)
  docs     build the site: .cache/site/docs/index.html                (sets up on first use)
  pytest   only pytest, with your arguments: ./do pytest tests/builders/test_builders.py -k exam
  matrix   test, on Python 3.12 and on 3.13, each in an environment of its own
  newest   pytest with the newest versions that pyproject.toml allows;
           ./do newest --beyond: with the newest there are, its upper bounds left out
  format   let ruff format and fix the code
  setup    make .venv with everything for development, run nothing
  clean    remove .venv and all caches

PYTHON=3.12 ./do ...              uses Python 3.12; .venv is made anew if it has another one
PYTHON=/path/to/python ./do ...   uses that interpreter (3.12 or newer)
VENV=.cache/venv-3.12 ./do ...    uses that environment in place of .venv
END
}

say() { printf '%s\n' "$*" >&2; }

# A name on the PATH proves nothing (a pyenv shim may exist and fail), so each candidate is run.
# usable PYTHON [VERSION]
usable() {
    "$1" -c 'import sys, venv, ensurepip
have, want = sys.version.split()[0] + ".", "".join(f"{part}." for part in sys.argv[1:])
sys.exit(sys.version_info < (3, 12) or not have.startswith(want))' ${2:+"$2"} >/dev/null 2>&1
}

find_python() {
    pyenv="${PYENV_ROOT:-${HOME:-}/.pyenv}/versions"
    version=""
    case "${PYTHON:-}" in
    "") set -- python3.13 python3.12 python3 python "$pyenv"/3.1[23]*/bin/python python3.14 ;;
    [0-9].[0-9]*)
        version=$PYTHON
        set -- "python$PYTHON" python3 python \
            "$pyenv/$PYTHON"/bin/python "$pyenv/$PYTHON".*/bin/python
        ;;
    *) set -- "$PYTHON" ;;
    esac
    for candidate in "$@"; do
        usable "$candidate" "$version" && printf '%s\n' "$candidate" && return
    done
    if [ -n "${PYTHON:-}" ]; then
        say "PYTHON=$PYTHON was not found, does not run, is older than 3.12, or lacks venv; expected"
        say "Python 3.12 or newer; give another version or path, or unset PYTHON."
        exit 1
    fi
    found=$(python3 --version 2>/dev/null || echo "no python3")
    say "No Python for bayeslogit: found $found; expected Python 3.12 or newer with its venv module;"
    say "install one (python.org, pyenv install 3.13, uv python install 3.13; on Debian and Ubuntu"
    say "also the package python3-venv), or name it: PYTHON=/path/to/python ./do $command"
    exit 1
}

# What an installation depends on; an equal stamp means there is nothing to do.
stamp() { printf '%s %s ' "$root" "$1" && cksum <pyproject.toml; }

# The installation of Python that an interpreter, or an environment made from it, belongs to.
origin() { "$1" -c 'import sys; print(sys.base_prefix, sys.version)' 2>/dev/null; }

make_venv() {
    [ -z "${PYTHON:-}" ] && usable "$python" && return
    base=$(find_python)
    [ "$(origin "$python")" = "$(origin "$base")" ] && usable "$python" && return
    if [ -e "$venv" ] && ! [ -e "$venv/pyvenv.cfg" ]; then
        say "VENV is $venv, which is not an environment; expected the name of one, or of a folder"
        say "that does not exist yet; give another name, or remove what is there."
        exit 1
    fi
    rm -rf "$venv"
    say "Making ${venv#"$root"/} with $("$base" --version) ..."
    "$base" -m venv "$venv"
}

# install EXTRA: "" for the package alone, "[dev]" for everything the checks need.
install() {
    make_venv
    for have in "$1" "[dev]"; do
        [ "$(cat "$venv/stamp$have" 2>/dev/null)" = "$(stamp "$have")" ] && return
    done
    say "Installing bayeslogit$1 into ${venv#"$root"/} (the first time takes a minute or two) ..."
    # uv is quicker, but reads no pip configuration: where it fails, pip has the last word.
    { uv --version && uv pip install --quiet --python "$python" --editable ".$1"; } \
        >/dev/null 2>&1 ||
        pip_install --no-compile --editable ".$1"
    stamp "$1" >"$venv/stamp$1"
}

pip_install() { "$python" -m pip install --quiet --disable-pip-version-check "$@"; }

# All that pyproject.toml asks for, one a line, with the upper bounds left out.
without_upper_bounds() {
    "$python" -c 'import pathlib, re, tomllib
project = tomllib.loads(pathlib.Path("pyproject.toml").read_text())["project"]
for group in (project["dependencies"], *project["optional-dependencies"].values()):
    for need in group:
        if not need.startswith(project["name"]):
            print(re.sub(r",?<[^,;]*", "", need))'
}

# install_newest [--beyond]: no stamp, because what is newest changes while this folder does not.
install_newest() {
    make_venv
    say "Bringing ${venv#"$root"/} up to date ..."
    if [ "${1:-}" = --beyond ]; then
        without_upper_bounds >"$venv/wanted.txt"
        pip_install --upgrade --upgrade-strategy eager --requirement "$venv/wanted.txt"
        pip_install --no-deps --editable .
        say "What lies beyond the bounds:"
        "$python" -m pip check >&2 || true
    else
        pip_install --upgrade --upgrade-strategy eager --editable ".[dev]"
    fi
}

export MPLBACKEND="${MPLBACKEND:-agg}"
export MPLCONFIGDIR="${MPLCONFIGDIR:-$root/.cache/matplotlib}"

# Two workers, one thread each, suit two cores; pytest's own closing line comes last.
run_pytest() {
    OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1 "$python" -m pytest "$@"
}
# Warnings are errors: a link that leads nowhere, a page that no other names, a broken docstring.
build_docs() {
    MPLBACKEND=module://matplotlib_inline.backend_inline "$python" -m sphinx --quiet --fail-on-warning --keep-going -c docs "$@" . .cache/site
}
run_suite() { run_pytest -n 2 --dist loadgroup "$@"; }

case "$command" in
demo)
    install ""
    exec "$python" -m bayeslogit demo "$@"
    ;;
test)
    install "[dev]"
    say "ruff check";  "$python" -m ruff check .
    say "ruff format"; "$python" -m ruff format --check .
    say "mypy";        "$python" -m mypy bayeslogit
    say "docs";        build_docs -D nb_execution_mode=off  # pytest runs the notebooks
    say "pytest";      run_suite --cov --cov-report=term "$@"
    ;;
docs)
    install "[dev]"
    build_docs "$@"
    say "The site is ready: .cache/site/docs/index.html"
    ;;
pytest)
    install "[dev]"
    run_pytest "$@"
    ;;
matrix)
    failed=""
    for version in 3.12 3.13; do
        say "Python $version"
        PYTHON=$version VENV=.cache/venv-$version ./do test "$@" || failed="$failed $version"
    done
    [ -z "$failed" ] || { say "The checks failed on Python$failed."; exit 1; }
    ;;
newest)
    beyond=""
    [ "${1:-}" = --beyond ] && beyond=$1 && shift
    install_newest "$beyond"
    run_suite "$@"
    ;;
format)
    install "[dev]"
    "$python" -m ruff format .
    "$python" -m ruff check --fix .
    ;;
setup)
    install "[dev]"
    ;;
clean)
    rm -rf "$venv" .cache .pytest_cache .mypy_cache .ruff_cache .hypothesis
    ;;
help | -h | --help)
    usage
    ;;
*)
    say "There is no command '$command'; expected one of those below."
    usage >&2
    exit 2
    ;;
esac
