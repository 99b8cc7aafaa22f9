"""Draws that do not fit into memory are refused beforehand; an interrupt leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

import bayeslogit as bl
from bayeslogit.errors import FitFailed
from bayeslogit.runtime import memory
from tests.helpers import ROOT, exam_model


def test_more_draws_than_memory_are_refused_before_any_is_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun: list[int] = []
    monkeypatch.setattr(bl.METHODS["auto"], "run", lambda *args, **kwargs: begun.append(1))
    with pytest.raises(
        FitFailed,
        match=r"4 chains of 1,000,000,000,000 draws of 2 coefficients would need 192,000\.0 GB of "
        r"memory and [\d,.]+ GB are free; expected it to fit; ask for fewer draws",
    ):
        exam_model().fit(draws=10**12)
    assert not begun


def test_one_point_needs_no_draws() -> None:
    assert exam_model().fit("map", draws=10**12).outcome.draws.shape == (1, 1, 2)


def test_what_is_free_is_the_least_of_machine_and_container(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit, use = tmp_path / "max", tmp_path / "current"
    monkeypatch.setattr(memory, "_GROUPS", ((str(limit), str(use)), ("/no/such", "/file")))
    machine = memory.available()
    if machine is None:
        pytest.fail("this system does not say how much memory is free")
    limit.write_text("3000\n", encoding="ascii")
    use.write_text("1000\n", encoding="ascii")
    assert memory.available() == 2000
    memory.require(2000, "a thing", "wait")
    with pytest.raises(FitFailed, match="a thing would need 0.0 GB"):
        memory.require(2001, "a thing", "wait")
    use.write_text("9000\n", encoding="ascii")
    assert memory.available() == 0
    limit.write_text("max\n", encoding="ascii")
    assert memory.available() > 2000


def test_where_it_is_unknown_nothing_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "available", lambda: None)
    memory.require(1e30, "a thing", "wait")


_LONG = """
import numpy as np
import bayeslogit as bl
rng = np.random.default_rng(1)
X = rng.normal(size=(100_000, 20))
model = bl.logistic(X, (rng.random(100_000) < 0.5).astype(int))
print("ready", flush=True)
model.fit({method!r}, draws=100_000, random_seed=1)
print("done", flush=True)
"""


@pytest.mark.parametrize("method", ["auto", "hmc"])
def test_an_interrupt_ends_a_fit(method: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _LONG.format(method=method)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=os.environ,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(1.0)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=600)  # only so that a hang comes to an end
    assert out == ""
    assert err.rstrip().endswith("KeyboardInterrupt")


def test_after_an_interrupt_the_next_fit_is_as_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    X = rng.normal(size=(5000, 3))
    model = bl.logistic(X, (rng.random(5000) < 0.5).astype(int))
    expected = model.fit(random_seed=1).outcome.draws
    kind = type(model.density.rows.family)
    whole, calls = kind.log_likelihood, []

    def interrupted(self, eta, counts):
        calls.append(1)
        if len(calls) == 40:
            raise KeyboardInterrupt
        return whole(self, eta, counts)

    before = threading.active_count()
    with monkeypatch.context() as patch:
        patch.setattr(kind, "log_likelihood", interrupted)
        with pytest.raises(KeyboardInterrupt):
            model.fit(random_seed=1)
    assert threading.active_count() == before
    np.testing.assert_array_equal(model.fit(random_seed=1).outcome.draws, expected)
