#!/bin/sh
# One command each: see usage() below, or docs/contributing.md.
# Everything is made inside this folder (.venv, .cache); nothing else on the machine is changed.
set -eu
cd "$(dirname "$0")"
root=$(pwd)
venv="$root/.venv"
python="$venv/bin/python"

usage() {
    cat <<'END'
usage: ./do COMMAND [ARGUMENTS]

  demo     fit the exam data, print the answers, draw the curve      (sets up on first use)
  test     lint, types, tests, docstring examples, docs, notebook    (sets up on first use)
  pytest   only pytest, with your arguments: ./do pytest tests/test_model.py -k exam
  format   let ruff format and fix the code
  setup    make .venv with everything for development, run nothing
  clean    remove .venv and all caches

PYTHON=/path/to/python ./do ...   uses that interpreter (3.12 or newer)
END
}

say() { printf '%s\n' "$*" >&2; }

# A name on the PATH proves nothing (a pyenv shim may exist and fail), so each candidate is run.
usable() {
    "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 12))' >/dev/null 2>&1
}

find_python() {
    if [ -n "${PYTHON:-}" ]; then
        usable "$PYTHON" && printf '%s\n' "$PYTHON" && return
        say "PYTHON=$PYTHON does not run, is older than 3.12, or lacks venv; expected Python 3.12"
        say "or newer; give another path, or unset PYTHON."
        exit 1
    fi
    for candidate in python3.13 python3.12 python3 python \
        "${PYENV_ROOT:-${HOME:-}/.pyenv}"/versions/3.1[23]*/bin/python python3.14; do
        usable "$candidate" && printf '%s\n' "$candidate" && return
    done
    found=$(python3 --version 2>/dev/null || echo "no python3")
    say "No Python for bayeslogit: found $found; expected Python 3.12 or newer with its venv module;"
    say "install one (python.org, pyenv install 3.13, uv python install 3.13; on Debian and Ubuntu"
    say "also the package python3-venv), or name it: PYTHON=/path/to/python ./do ${1:-demo}"
    exit 1
}

# What an installation depends on; an equal stamp means there is nothing to do.
stamp() { printf '%s %s ' "$root" "$1" && cksum <pyproject.toml; }

# install EXTRA: "" for the package alone, "[dev]" for everything the checks need.
install() {
    if [ -x "$python" ] && usable "$python"; then
        for have in "$1" "[dev]"; do
            [ "$(cat "$venv/stamp$have" 2>/dev/null)" = "$(stamp "$have")" ] && return
        done
    else
        rm -rf "$venv"
        base=$(find_python "$command")
        say "Making .venv with $("$base" --version) ..."
        "$base" -m venv "$venv"
    fi
    say "Installing bayeslogit$1 into .venv (the first time takes a minute or two) ..."
    # uv is quicker, but reads no pip configuration: where it fails, pip has the last word.
    { uv --version && uv pip install --quiet --python "$python" --editable ".$1"; } \
        >/dev/null 2>&1 ||
        "$python" -m pip install --quiet --disable-pip-version-check --no-compile --editable ".$1"
    stamp "$1" >"$venv/stamp$1"
}

command="${1:-help}"
[ $# -gt 0 ] && shift
export MPLBACKEND="${MPLBACKEND:-agg}"
export MPLCONFIGDIR="${MPLCONFIGDIR:-$root/.cache/matplotlib}"

# Two workers, one thread each, suit two cores; pytest's own closing line comes last.
run_pytest() {
    OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1 "$python" -m pytest "$@"
}

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
    say "pytest";      run_pytest -n 2 --dist loadgroup "$@"
    ;;
pytest)
    install "[dev]"
    run_pytest "$@"
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
