"""The classroom page: its server, and what a visitor does with it in a headless browser."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from urllib.parse import urlsplit

import numpy as np
import pytest

from bayeslogit.cli import main
from bayeslogit.errors import DesignError
from bayeslogit.teach import serve, server
from bayeslogit.teach.widget import Classroom, replied, settings
from tests.browser import Tab, browser
from tests.helpers import ROOT

PAGE = "document.querySelector('marimo-anywidget')?.shadowRoot?.querySelector('.classroom')"

# Reports every address outside this machine that the server would talk to.
WATCHED = """
import sys
def watch(event, arguments):
    if event == "socket.connect" and isinstance(arguments[1], tuple):
        if arguments[1][0] not in ("127.0.0.1", "::1"):
            print("LEFT", arguments[1], file=sys.stderr, flush=True)
    if event == "socket.getaddrinfo" and arguments[0] not in (None, "", "localhost", "127.0.0.1"):
        print("LEFT", arguments[0], file=sys.stderr, flush=True)
sys.addaudithook(watch)
from bayeslogit.cli import main
sys.exit(main(["teach", "--json", "--no-browser"]))
"""


# ---- without a browser ----------------------------------------------------------------------


def test_the_page_of_ours_is_small_and_names_no_other_address():
    folder = ROOT / "bayeslogit" / "teach" / "page"
    files = [path for path in folder.iterdir() if path.is_file()]
    lessons = len(json.dumps(settings(), allow_nan=False))
    assert sum(path.stat().st_size for path in files) + lessons < 2_000_000
    for path in files:
        assert not re.search(r"https?:|//cdn|@import|url\(", path.read_text(encoding="utf-8"))


def test_the_widget_answers_the_message_of_a_page(monkeypatch):
    widget = Classroom()
    sent = []
    monkeypatch.setattr(widget, "send", lambda *message: sent.append(message))
    asked = {"hours": [1, 2, 4], "passed": [0, 1, 0], "width": 1, "link": "logit", "mark": 3}
    widget._handle_custom_msg({"seq": 3, **asked}, [])
    content, buffers = sent[0]
    assert content["seq"] == 3
    assert len(buffers[0]) == 4 * sum(content["lengths"].values())
    assert len(widget.settings["lessons"]) == 3


def test_another_class_is_the_same_for_the_same_seed():
    first, second = (replied({"lesson": 2, "seed": seed})[0] for seed in (4, 5))
    assert first == replied({"lesson": 2, "seed": 4})[0]
    assert first["hours"] != second["hours"]


@pytest.mark.parametrize(
    "content", [{"lesson": 3, "seed": 1}, {"lesson": 0, "seed": -1}, {"lesson": 0}]
)
def test_a_class_that_does_not_exist_is_refused(content):
    assert replied(content)[0]["error"].startswith("the page asked for a class that does not exist")


def test_what_is_missing_is_named_with_what_to_install(monkeypatch, capsys):
    find = server.importlib.util.find_spec
    monkeypatch.setattr(
        server.importlib.util, "find_spec", lambda name: None if name == "marimo" else find(name)
    )
    assert main(["teach", "--no-browser"]) == 1
    said = capsys.readouterr().err
    assert "the classroom page needs 'marimo', not installed here" in said
    assert "-m pip install 'bayeslogit[teach]'" in said


def test_a_port_in_use_is_refused():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(DesignError, match=f"cannot listen at 127.0.0.1, port {port}"):
            serve(port, browser=False)
    with pytest.raises(DesignError, match="expected an address of this machine and a free port"):
        serve(70000, browser=False)


# ---- in a browser ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def address():
    """The page, served by a process of its own, which Ctrl-C ends; nothing left the machine."""
    if browser() is None:
        pytest.skip("no Chromium here; install one (Debian and Ubuntu: apt install chromium)")
    process = subprocess.Popen(
        [sys.executable, "-c", WATCHED],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    said = ""
    while "}" not in said:
        line = process.stdout.readline()
        assert line, process.stderr.read()
        said += line
    yield json.loads(said)["address"]
    process.send_signal(signal.SIGINT)
    _, complaints = process.communicate(timeout=60)
    assert (process.returncode, complaints) == (0, "")


@pytest.fixture(scope="module")
def tab(address):
    opened = Tab()
    opened.do("Page.navigate", url=address)
    opened.until(f"{PAGE}?.dataset.seq")
    yield opened
    opened.close()


class Visitor:
    """What a visitor sees and does."""

    def __init__(self, tab):
        self.tab = tab

    def of(self, code):
        return self.tab.value(f"(() => {{ const page = {PAGE}; return {code}; }})()")

    def array(self, name):
        return np.array(self.of(f"Array.from(page.answer.{name})"))

    def after(self, act):
        """Act, wait for the new band, and return the milliseconds that the page measured."""
        before = self.of("page.dataset.seq")
        act()
        self.tab.until(f"{PAGE}.dataset.seq !== '{before}'")
        return float(self.of("page.dataset.milliseconds"))

    def control(self, name, value):
        kind = "change" if name == "select.link" else "input"
        code = f"const c = {PAGE}.querySelector('{name}'); c.value = '{value}'"
        return self.after(
            lambda: self.tab.value(f"{{ {code}; c.dispatchEvent(new Event('{kind}')) }}")
        )

    def click(self, name, place=0):
        self.tab.value(f"{PAGE}.querySelectorAll('{name}')[{place}].click()")

    def text(self, name):
        return self.of(f"page.querySelector('{name}').textContent")

    def open(self, lesson):
        self.after(lambda: self.click(".lessons button", lesson))

    def student(self, i):
        """Where a student is drawn, in pixels of the tab."""
        return self.of(f"page.placeOf({i})")


@pytest.fixture
def visitor(tab):
    found = Visitor(tab)
    tab.resize(1280, 720)
    found.of("page.scrollTo(0, 0)")
    found.open(0)
    return found


@pytest.mark.slow
def test_no_request_leaves_the_machine(tab, address):
    asked = [
        e["params"]["request"]["url"]
        for e in tab.events
        if e["method"] == "Network.requestWillBeSent"
    ]
    sockets = [e["params"]["url"] for e in tab.events if e["method"] == "Network.webSocketCreated"]
    home = urlsplit(address).netloc
    assert len(asked) > 1
    assert sockets
    assert {
        urlsplit(u).netloc for u in [*asked, *sockets] if not u.startswith(("data:", "blob:"))
    } == {home}
    # Marimo's page is 7 MB before it is compressed; ours is 30 kB of it.
    sizes = [e["params"] for e in tab.events if e["method"] == "Network.loadingFinished"]
    assert 1_000_000 < sum(size["encodedDataLength"] for size in sizes) < 3_500_000


@pytest.mark.slow
def test_a_control_that_is_moved_moves_the_band(visitor):
    wide = visitor.array("mean")
    visitor.control("input.width", 0)
    narrow = visitor.array("mean")
    assert np.ptp(narrow) < 0.3 < np.ptp(wide)
    assert visitor.text(".width-value") == "sd 0.05 per hour"
    band = visitor.array("high") - visitor.array("low")
    visitor.control("input.number", 31)
    assert (visitor.array("high") - visitor.array("low")).mean() < band.mean()
    logit = visitor.array("mean")
    visitor.control("select.link", "cloglog")
    assert np.abs(visitor.array("mean") - logit).max() > 0
    assert "Odds" not in visitor.text("dl")


@pytest.mark.slow
def test_a_student_that_is_dragged_moves_the_band(visitor):
    before = visitor.array("mean")
    # The student of fewest hours has nobody near.
    i = visitor.of("page.state.hours.slice(0, 20).indexOf(0.5)")
    hours = visitor.of(f"page.state.hours[{i}]")
    assert not visitor.of(f"page.state.passed[{i}]")
    x, y = visitor.student(i)
    visitor.tab.mouse("mousePressed", x, y)
    visitor.after(lambda: visitor.tab.mouse("mouseMoved", x + 200, y))
    visitor.after(lambda: visitor.tab.mouse("mouseMoved", x + 200, y - 250))
    visitor.tab.mouse("mouseReleased", x + 200, y - 250)
    moved = visitor.of(f"page.state.hours[{i}]")
    assert moved > hours + 1
    assert visitor.of(f"page.state.passed[{i}]") == 1
    assert visitor.text(".said") == f"Student {i + 1} of 20: {moved:g} hours, passed"
    assert np.abs(visitor.array("mean") - before).max() > 0.01
    # Without a button pressed nothing moves.
    visitor.tab.mouse("mouseMoved", x, y)
    assert visitor.of(f"page.state.hours[{i}]") == moved


@pytest.mark.slow
def test_from_move_to_new_band_in_a_tenth_of_a_second(visitor):
    """As measured by the page; the fastest of many, since the machine may be busy with others."""
    taken = [visitor.control("input.width", i) for i in [*range(15), *range(14)]]
    assert min(taken) < 100


@pytest.mark.slow
def test_a_finger_drags_a_student_and_else_scrolls(visitor):
    visitor.tab.resize(390, 844, mobile=True)
    visitor.of("page.querySelector('canvas.main').scrollIntoView()")
    assert visitor.of("page.scrollWidth <= page.clientWidth"), "the page is wider than a telephone"
    before, (x, y) = visitor.of("page.state.hours[0]"), visitor.student(0)
    visitor.tab.touch("touchStart", (x, y))
    for step in (10, 25, 40):
        visitor.tab.touch("touchMove", (x - step, y))
    visitor.after(lambda: visitor.tab.touch("touchMove", (x - 60, y)))
    visitor.tab.touch("touchEnd")
    assert visitor.of("page.state.hours[0]") < before - 0.3


@pytest.mark.slow
def test_the_page_works_by_keys_alone(visitor):
    visitor.of("page.querySelector('canvas.main').focus()")
    visitor.tab.key("Home")
    assert re.fullmatch(r"Student \d+ of 20: 0.5 hours, failed", visitor.text(".said"))
    visitor.after(lambda: visitor.tab.key("ArrowUp"))
    assert visitor.text(".said").endswith("0.5 hours, passed")
    visitor.after(lambda: visitor.tab.key("ArrowRight"))
    assert visitor.text(".said").endswith("0.6 hours, passed")
    visitor.tab.key("PageDown")
    assert not visitor.text(".said").endswith("0.6 hours, passed")
    # All that can be pressed can be reached, and has a name.
    bare = visitor.of(
        "[...page.querySelectorAll('button, input, select, canvas')].filter((e) =>"
        " !(e.textContent.trim() || e.ariaLabel || e.labels?.length)).map((e) => e.className)"
    )
    assert bare == []
    visitor.of("page.querySelector('input.width').focus()")
    visitor.after(lambda: visitor.tab.key("ArrowRight", 39))
    assert visitor.text(".width-value") == "sd 1.5 per hour"


@pytest.mark.slow
def test_a_lesson_asks_before_it_shows(visitor):
    visitor.open(1)
    assert visitor.of("page.querySelector('.seen').hidden")
    visitor.click(".choices button", 0)
    assert not visitor.of("page.querySelector('.seen').hidden")
    assert visitor.text(".because").startswith("No: “It grows with the prior, without end”.")
    visitor.click(".choices button", 1)
    assert visitor.text(".because").startswith("Yes. ")
    gentle = visitor.array("mean")
    visitor.after(lambda: visitor.click(".steps button", 1))
    endless = f"{PAGE}.querySelector('dl').textContent.includes('no finite slope')"
    visitor.tab.until(endless)
    assert np.abs(visitor.array("mean") - gentle).max() > 0.1
    visitor.after(lambda: visitor.click(".steps button", 2))
    visitor.tab.until(f"!{endless}")
    visitor.open(2)
    before = visitor.of("page.state.hours[0]")
    visitor.after(lambda: visitor.click(".again"))
    assert visitor.of("page.state.hours[0]") != before


@pytest.mark.slow
def test_dark_and_light_and_larger(visitor):
    paper = "getComputedStyle(page).backgroundColor"
    assert visitor.of(paper) == "rgb(255, 255, 255)"
    visitor.tab.dark(True)
    visitor.tab.until(f"{PAGE}.classList.contains('dark')")
    assert visitor.of(paper) == "rgb(20, 22, 26)"
    visitor.click(".theme")
    assert visitor.of(paper) == "rgb(255, 255, 255)"
    visitor.tab.dark(False)
    size = "parseFloat(getComputedStyle(page.querySelector('canvas.main')).fontSize)"
    before = visitor.of(size)
    assert before >= 16
    visitor.click(".larger")
    assert visitor.of(size) == pytest.approx(1.3 * before, rel=0.01)
    visitor.click(".larger")
    visitor.click(".larger")
    assert visitor.of(size) == before
