"""The pages are run: code and commands, in order, and what they print is compared.

A ``python`` block followed by a ``text`` block prints that text; in a ``console`` block, lines
that begin with ``$`` are commands and what follows is what they print. Blocks of one page share
their names and their folder. ``UPDATE_DOCS=1`` writes what was printed into the pages instead.
"""

import contextlib
import importlib.util
import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bayeslogit import cli
from tests.helpers import ROOT

# What the site makes for itself, below docs/api, is not kept.
KEPT = [page for page in (ROOT / "docs").rglob("*.md") if page.parent.name != "api"]
PAGES = [ROOT / "README.md", *sorted(KEPT)]
UPDATE = bool(os.environ.get("UPDATE_DOCS"))

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```\n", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)#\s]+)(#[^)]*)?\)")


NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[-+]?\d+)?")


def _comparable(text):
    """Leave out what no two runs share, times, and blanks at the ends of lines."""
    text = re.sub(r"\b[\d.e-]+ s\b", "0 s", text)
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def _agree(have, want):
    """Whether two texts are equal but for the last digit of numbers.

    Sums round differently on other processors, and a rounded number may then end differently.
    """
    if NUMBER.sub("#", have) != NUMBER.sub("#", want):
        return False
    for a, b in zip(NUMBER.findall(have), NUMBER.findall(want), strict=True):
        places = len(b.partition("e")[0].partition(".")[2])
        scale = abs(float(b)) if "e" in b else 1.0
        slack = 1.01 * 10.0**-places * scale if places else 0.0
        if abs(float(a) - float(b)) > max(slack, 1e-9 * abs(float(b))):
            return False
    return True


def _printed_by(code, names, width):
    out = io.StringIO()
    with contextlib.redirect_stdout(out), pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", str(width))
        exec(compile(code, "<page>", "exec"), names)
    return out.getvalue()


# Starting the program takes longer than most of its answers. So the shell has a function of its
# name, which leaves arguments and input in a folder, asks the test process to run the command,
# and prints what it left there. Pipes, quotes and exit statuses are the shell's own as ever.
_IN_THIS_PROCESS = r"""
bayeslogit() {
    call=$(mktemp -d "$CALLS/XXXXXX")
    cat > "$call/stdin"
    printf '%s\0' "$@" > "$call/arguments"
    echo "$call" > "$ASK"
    read -r status < "$ANSWER"
    cat "$call/stdout"
    cat "$call/stderr" >&2
    return "$status"
}
"""
_IN_ITS_OWN = f"bayeslogit() {{ '{sys.executable}' -m bayeslogit \"$@\"; }}\n"


def _run_command(folder):
    """Run the command whose arguments and input are in a folder; return its exit status."""
    arguments = (folder / "arguments").read_text(encoding="utf-8").split("\0")[:-1]
    with (
        (folder / "stdin").open(encoding="utf-8") as stdin,
        (folder / "stdout").open("w", encoding="utf-8") as stdout,
        (folder / "stderr").open("w", encoding="utf-8") as stderr,
        contextlib.redirect_stdout(stdout),
        contextlib.redirect_stderr(stderr),
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(sys, "stdin", stdin)
        patch.setenv("COLUMNS", "100")
        try:
            return cli.main(arguments)
        except SystemExit as end:
            return end.code or 0


def _said_by_shell(line, folder):
    """Run a line of shell, with the commands of the package in it run by this process."""
    asked, ask = os.pipe()
    answer, answered = os.pipe()
    where = {"CALLS": str(folder), "ASK": f"/dev/fd/{ask}", "ANSWER": f"/dev/fd/{answer}"}
    with (folder / "out").open("w") as out, (folder / "err").open("w") as err:
        shell = subprocess.Popen(
            ["sh", "-c", _IN_THIS_PROCESS + line],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            env=os.environ | where,
            pass_fds=(ask, answer),
        )
        os.close(ask)  # so that what is asked ends with the shell
        os.close(answer)
        with open(asked, "rb") as questions, open(answered, "wb", buffering=0) as answers:
            for call in questions:
                answers.write(b"%d\n" % _run_command(Path(os.fsdecode(call[:-1]))))
        shell.wait()
    return "".join((folder / name).read_text(encoding="utf-8") for name in ("out", "err"))


def _printed_in_console(text, folder):
    lines = [line[2:] for line in text.splitlines() if line.startswith("$ ")]
    return "".join(f"$ {line}\n{_said_by_shell(line, folder)}" for line in lines)


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_page_prints_what_it_says(page, tmp_path, tmp_path_factory, monkeypatch):
    monkeypatch.chdir(tmp_path)
    # The tables that pages read from files of the repository.
    for name in ("verbagg.csv", "guimmun.csv"):
        (tmp_path / name).symlink_to(ROOT / "tests" / "references" / name)
    calls = tmp_path_factory.mktemp("calls")
    text = page.read_text(encoding="utf-8")
    width = 80 if page.name == "README.md" else 100  # its lines are pasted into any terminal
    names = {"__name__": "__main__"}
    wanted, found, replaced = [], [], []
    printed, end = None, 0  # of the last python block, and where it ended
    for block in BLOCK.finditer(text):
        kind, inside = block.groups()
        if kind == "python":
            printed, end = _printed_by(inside, names, width), block.end()
            _close_pictures()
        elif kind == "console":
            found.append(_printed_in_console(inside, calls))
            wanted.append(inside)
            replaced.append((block.span(2), found[-1]))
        elif kind == "text" and printed and not text[end : block.start()].strip():
            found.append(printed)
            wanted.append(inside)
            replaced.append((block.span(2), printed))
            printed = None
    if UPDATE:
        for (start, stop), new in reversed(replaced):
            text = text[:start] + new.rstrip() + "\n" + text[stop:]
        page.write_text(text, encoding="utf-8")
        return
    for want, have in zip(wanted, found, strict=True):
        have, want = _comparable(have), _comparable(want)
        if not _agree(have, want):
            assert have == want


@pytest.mark.parametrize(
    "line",
    [
        """printf 'a b,y\\n0,0\\n1,1\\n2,0\\n3,1\\n' |
        bayeslogit fit - 'y ~ `a b`' --method map | tail -n +2 | head -n 4""",
        """echo begun; bayeslogit summary "no such.nc" || echo "status $?" """,
        "bayeslogit summary; bayeslogit --version && echo status $?",
    ],
    ids=["answer", "failure", "wrong usage"],
)
def test_commands_in_this_process_say_what_the_program_says(line, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    done = subprocess.run(
        ["sh", "-c", _IN_ITS_OWN + line], capture_output=True, text=True, check=False
    )
    assert done.stdout
    (tmp_path / "calls").mkdir()
    assert _said_by_shell(line, tmp_path / "calls") == done.stdout + done.stderr


def _close_pictures():
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    for target, _ in LINK.findall(page.read_text(encoding="utf-8")):
        # What the site makes for itself stands below api/; its build checks links to there.
        if not target.startswith(("http://", "https://", "api/", "../api/")):
            assert (page.parent / target).exists(), target


def test_reference_is_what_the_docstrings_say():
    path = ROOT / "docs" / "make_reference.py"
    spec = importlib.util.spec_from_file_location("make_reference", path)
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    if UPDATE:
        maker.PAGE.write_text(maker.page(), encoding="utf-8")
    assert maker.PAGE.read_text(encoding="utf-8") == maker.page(), (
        "run python docs/make_reference.py"
    )


def test_benchmark_figures_are_those_of_the_results():
    from tests.benchmarks import report

    pages = [page.read_text(encoding="utf-8") for page in (report.PAGE, report.CHOOSING)]
    assert set(re.findall(r"<!-- (?!end)(\w+) -->", "".join(pages))) == set(report.SECTIONS)
    assert [report.filled(page) for page in pages] == pages, "run python -m tests.benchmarks.report"


def test_the_navigation_of_the_site_has_every_page():
    navigation = (ROOT / "docs" / "conf.py").read_text(encoding="utf-8")
    pages = (ROOT / "docs").rglob("*.md")
    ours = [p for p in pages if "api" not in p.parts and p.stem != "index"]
    assert [p.stem for p in ours if f'"{p.stem}"' not in navigation] == []


def test_choosing_names_every_method():
    import bayeslogit as bl

    page = (ROOT / "docs" / "choosing.md").read_text(encoding="utf-8")
    assert [name for name in bl.METHODS if f'`"{name}"`' not in page] == []


@pytest.mark.parametrize("page", ["README.md", "docs/guide/command-line.md"])
def test_every_command_is_named(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    with contextlib.redirect_stdout(io.StringIO()) as told, pytest.raises(SystemExit):
        cli.main(["--help"])
    listed = told.getvalue().partition("commands:")[2].partition("\n\n")[0]
    commands = re.findall(r"^    ([a-z]+) ", listed, re.MULTILINE)
    assert len(commands) >= 10
    assert [command for command in commands if not re.search(rf"\b{command}\b", text)] == []


def test_questions_to_a_fit_are_shown_in_a_guide():
    guides = "".join(p.read_text(encoding="utf-8") for p in (ROOT / "docs" / "guide").glob("*.md"))
    shown = "".join(inside for kind, inside in BLOCK.findall(guides) if kind == "python")
    asked = ["hosmer_lemeshow", "loo", "kfold", "r_squared", "residuals", "roc", "plot_costs"]
    assert [name for name in asked if f".{name}(" not in shown] == []
