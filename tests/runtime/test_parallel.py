"""Threads: the same draws, to the last bit, on any number of them."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import pytest

from bayeslogit.inference.coordinates import Coordinates
from bayeslogit.inference.evaluator import Evaluator, evaluator
from bayeslogit.runtime import parallel
from bayeslogit.runtime.parallel import repeatable, workers
from tests.hard_problems import design


def _threads() -> int:
    from threadpoolctl import threadpool_info

    return max(pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas")


def test_repeatable_is_undone_and_nests() -> None:
    before = _threads()
    with repeatable():
        assert _threads() == 1
        with repeatable():
            assert _threads() == 1
        assert _threads() == 1
    assert _threads() == before


def test_repeatable_is_undone_by_the_last_to_leave() -> None:
    before = _threads()
    entered, leave = threading.Event(), threading.Event()

    def other() -> None:
        with repeatable():
            entered.set()
            leave.wait(600)

    with repeatable():
        thread = threading.Thread(target=other)
        thread.start()
        assert entered.wait(600)
    assert _threads() == 1
    leave.set()
    thread.join(600)
    assert _threads() == before


def test_workers_listens_to_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert workers() == 1
    monkeypatch.setenv("OMP_NUM_THREADS", "not a number")
    assert workers() >= 1


def test_a_pool_changes_nothing() -> None:
    density = design(3000, 5).density
    theta = np.random.default_rng(1).standard_normal((5, 600))
    alone = Evaluator(Coordinates(density))
    with evaluator(density) as shared:
        np.testing.assert_array_equal(shared.values(theta), alone.values(theta))
        for ours, theirs in zip(shared.gradients(theta), alone.gradients(theta), strict=True):
            np.testing.assert_array_equal(ours, theirs)
    np.testing.assert_allclose(alone.values(theta), density.value(theta), rtol=1e-12)


def test_numbers_out_of_range_are_silent() -> None:
    density = design(50, 3).density
    theta = np.array([[0.0, 1e308], [0.0, 1e308], [0.0, -1e308]])
    with evaluator(density) as evaluate:
        found = evaluate.values(theta)
    assert np.isfinite(found[0])
    assert not np.isfinite(found[1])


FITS = [
    (4000, 12, "auto"),
    (120, 40, "auto"),
    (3000, 5, "hmc"),
    (20_000, 60, "map"),
    (3000, 120, "laplace"),
]
_FIT = f"""
import hashlib
from tests.hard_problems import design
for rows, columns, method in {FITS}:
    fit = design(rows, columns).fit(method, draws=250, random_seed=1, progressbar=False)
    print(rows, columns, method, hashlib.sha256(fit.outcome.draws.tobytes()).hexdigest())
"""


@pytest.mark.slow
def test_same_seed_same_bits_on_any_number_of_threads() -> None:
    # How many threads there are is settled when a process starts; all fits share three of them.
    found = []
    for threads in ("1", "2", "4"):
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": threads, "OMP_NUM_THREADS": threads}
        arguments = [sys.executable, "-c", _FIT]
        run = subprocess.run(arguments, env=environment, capture_output=True, text=True, check=True)
        found.append(run.stdout.splitlines())
    assert found[0] == found[1] == found[2]
    assert len(found[0]) == len(FITS)


@pytest.mark.parametrize(
    ("method", "where"), [("independence", "methods.independence"), ("hmc", "ensemble")]
)
def test_all_steps_are_reported(method: str, where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from bayeslogit.inference import METHODS

    done = []

    @contextmanager
    def recorded(label: str, total: int, *, enabled: bool) -> Iterator[Callable[[int], None]]:
        assert enabled
        done.append(-total)
        yield done.append

    monkeypatch.setattr(f"bayeslogit.inference.{where}.progress", recorded)
    METHODS[method]().run(
        design(50, 3).density,
        draws=1000,
        chains=4,
        rng=np.random.default_rng(1),
        progressbar=True,
    )
    assert sum(done) == 0


def test_one_thread_answers_where_no_more_can_start(monkeypatch: pytest.MonkeyPatch) -> None:
    import bayeslogit as bl

    monkeypatch.setenv("OMP_NUM_THREADS", "4")
    monkeypatch.setattr(parallel, "workers", lambda: 4)
    fit = bl.logistic("passed ~ hours", bl.load_dataset("exam")).fit(random_seed=1)
    expected = [str(fit.loo()), *fit.comparisons()["estimate"]]
    begin, started = threading.Thread.start, []

    def start(thread: threading.Thread) -> None:
        started.append(thread)
        if len(started) % 4 > 1:
            raise RuntimeError("can't start new thread")
        begin(thread)

    monkeypatch.setattr(threading.Thread, "start", start)
    with parallel.threads() as pool:
        assert pool is None
    again = bl.logistic("passed ~ hours", bl.load_dataset("exam")).fit(random_seed=1)
    np.testing.assert_array_equal(again.theta, fit.theta)
    assert [str(again.loo()), *again.comparisons()["estimate"]] == expected
    assert "tjur" in again.r_squared().index
    assert started


@pytest.mark.skipif(sys.platform != "linux", reason="limits of memory are set by ulimit -v")
def test_a_limit_on_memory_is_answered_by_one_thread() -> None:
    code = (
        "import resource, bayeslogit as bl\n"
        "from bayeslogit.runtime import parallel\n"
        "model = bl.logistic('passed ~ hours', bl.load_dataset('exam'))\n"
        "first = model.fit(random_seed=1)\n"
        "before = str(first.loo())\n"
        "parallel.workers = lambda: 4\n"
        "used = int(open('/proc/self/statm').read().split()[0]) * resource.getpagesize()\n"
        "resource.setrlimit(resource.RLIMIT_AS, (used + 6_000_000, -1))\n"
        "with parallel.threads() as pool:\n"
        "    print(pool)\n"
        "print(str(first.loo()) == before)\n"
    )
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=600, env=environment
    )
    assert found.stdout.split() == ["None", "True"], found.stderr
