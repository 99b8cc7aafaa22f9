"""NUTS by PyMC and by nutpie: the exam posterior, reproducible, quiet, and its diagnostics."""

from __future__ import annotations

import importlib.util
import io
import logging
import multiprocessing
import subprocess
import sys
from dataclasses import dataclass, field
from itertools import count
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import bayeslogit as bl
from bayeslogit.errors import FitFailed, MethodRefused
from bayeslogit.inference import METHODS, Outcome
from bayeslogit.inference.coordinates import Coordinates
from bayeslogit.inference.methods import nuts as module
from bayeslogit.inference.methods.nuts import Nuts
from bayeslogit.inference.mode import gaussian_at
from bayeslogit.inference.whitening import Affine, Whitened
from bayeslogit.numerics.convergence import diagnose
from bayeslogit.specification.density import LogDensity

samplers = pytest.mark.parametrize("sampler", ["pymc", "nutpie"])

STATS = {
    "lp",
    "energy",
    "diverging",
    "tree_depth",
    "n_steps",
    "acceptance_rate",
    "step_size",
    "reached_max_treedepth",
}


def _exam(**options: Any) -> LogDensity:
    priors = {"Intercept": bl.Normal(0, 10), "hours": bl.Normal(0, 2.5)}
    return bl.logistic("passed ~ hours", bl.load_dataset("exam"), priors=priors, **options).density


def _run(density: Any, seed: int = 1, draws: int = 200, chains: int = 2, **options: Any) -> Outcome:
    options = {"tune": 200} | options
    return Nuts(**options).run(
        density, draws=draws, chains=chains, rng=np.random.default_rng(seed), progressbar=False
    )


@pytest.mark.slow
@samplers
def test_exam_posterior_within_monte_carlo_error(sampler: str) -> None:
    # Exact by quadrature on a grid of 1601 x 1601: means, standard deviations.
    exact_mean, exact_sd = np.array([-4.48825, 1.66985]), np.array([1.77805, 0.63497])
    outcome = _run(_exam(), sampler=sampler, draws=1000, chains=4, tune=500)
    assert outcome.draws.shape == (4, 1000, 2)
    assert outcome.exact
    assert outcome.problems == ()
    assert diagnose(outcome.draws).worst_rhat < 1.02
    flat = outcome.draws.reshape(-1, 2)
    ess = diagnose(outcome.draws).ess_bulk
    assert np.all(np.abs(flat.mean(axis=0) - exact_mean) < 4 * exact_sd / np.sqrt(ess))
    # The error of a standard deviation is that of the mean of squares, by its own ESS.
    squares = (outcome.draws - exact_mean) ** 2
    found = squares.reshape(-1, 2)
    error = found.std(axis=0) / np.sqrt(diagnose(squares).ess_bulk)
    assert np.all(np.abs(found.mean(axis=0) - exact_sd**2) < 4 * error)


@samplers
def test_statistics_have_one_set_of_names_and_belong_to_the_draws(sampler: str) -> None:
    density = _exam()
    outcome = _run(density, sampler=sampler)
    assert set(outcome.stats) == STATS
    assert all(v.shape == (2, 200) for v in outcome.stats.values())
    assert outcome.stats["diverging"].dtype == bool
    lp = density.value(outcome.draws.reshape(-1, 2).T).reshape(2, 200)
    np.testing.assert_allclose(outcome.stats["lp"], lp, atol=1e-9)
    assert outcome.info["evaluations"] == outcome.stats["n_steps"].sum()


def test_chains_run_at_once_only_where_it_pays(monkeypatch: pytest.MonkeyPatch) -> None:
    density = _exam()
    space = Coordinates(density)
    whitened = Whitened(space, Affine.whitening(gaussian_at(space.mode())))
    monkeypatch.setattr(module, "workers", lambda: 3)
    # A clock on which three evaluations take a tenth of a millisecond.
    ticks = count(0.0, 1e-4)
    monkeypatch.setattr(module, "time", SimpleNamespace(perf_counter=lambda: next(ticks)))
    assert module._cores(Nuts(), whitened, 4, 100) == 1
    many = module._cores(Nuts(), whitened, 4, 100_000)
    assert many == (3 if multiprocessing.get_start_method() == "fork" else 1)
    assert module._cores(Nuts(sampler="nutpie"), whitened, 2, 100_000) == 2
    monkeypatch.setattr(multiprocessing, "get_start_method", lambda: "spawn")
    assert module._cores(Nuts(), whitened, 4, 100_000) == 1


@samplers
def test_same_seed_same_draws_whatever_the_cores(sampler: str) -> None:
    density = _exam()
    first = _run(density, sampler=sampler, seed=7).draws
    assert np.array_equal(first, _run(density, sampler=sampler, seed=7).draws)
    assert np.array_equal(first, _run(density, sampler=sampler, seed=7, cores=2).draws)
    assert not np.array_equal(first, _run(density, sampler=sampler, seed=8).draws)
    assert not np.array_equal(first[0], first[1])


@samplers
def test_quiet_and_leaves_the_global_state_alone(
    sampler: str, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    before, level = np.random.get_state()[1].copy(), logging.getLogger("pymc").level
    handlers = list(logging.getLogger("pymc").handlers)
    _run(_exam(), sampler=sampler, draws=20, tune=50)
    assert np.array_equal(before, np.random.get_state()[1])
    assert logging.getLogger("pymc").level == level
    assert logging.getLogger("pymc").handlers == handlers
    captured = capfd.readouterr()
    assert captured.out + captured.err == ""
    assert caplog.text == ""


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("terminal", [True, False])
def test_progress_is_on_stderr_if_that_is_a_terminal(
    terminal: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = _Terminal() if terminal else io.StringIO()
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stderr", shown)
        Nuts(tune=50).run(
            _exam(), draws=20, chains=2, rng=np.random.default_rng(1), progressbar=True
        )
    assert capsys.readouterr().out == ""
    assert ("draws/s" in shown.getvalue()) == terminal


@dataclass(frozen=True, eq=False)
class _Altered:
    """A log posterior with a twist, for trouble."""

    inner: LogDensity
    twist: Any
    calls: list[int] = field(default_factory=lambda: [0])

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def value_and_gradient(self, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        self.calls[0] += 1
        return self.twist(self.calls[0], theta, *self.inner.value_and_gradient(theta))


def test_divergences_and_deep_trees_are_problems() -> None:
    def cliff(call: int, theta: np.ndarray, value: Any, gradient: Any) -> Any:
        return np.where(theta[1] > 1.6, value - 1e6, value), gradient

    outcome = _run(_Altered(_exam(), cliff), max_treedepth=1)
    found = {problem.code: problem for problem in outcome.problems}
    assert set(found) == {"divergences", "max_treedepth"}
    assert found["divergences"].severity == "severe"
    assert "of 400 transitions diverged; expected none" in str(found["divergences"])
    assert "target_accept (it is 0.8)" in str(found["divergences"])
    assert "(max_treedepth=1); expected at most one in a hundred" in str(found["max_treedepth"])


@samplers
def test_a_log_posterior_that_breaks_down_is_a_failure(sampler: str) -> None:
    def broken(call: int, theta: np.ndarray, value: Any, gradient: Any) -> Any:
        return value * np.nan, gradient * np.nan

    with pytest.raises(
        FitFailed, match=r"the sampler stopped: .*; expected a finite .*; check the"
    ):
        _run(_Altered(_exam(), broken), sampler=sampler)


@pytest.mark.parametrize(("chains", "moment"), [(2, 100), (2, 1500), (1, 100)])
def test_an_interrupt_ends_the_run(chains: int, moment: int) -> None:
    last = {"call": 0}

    def interrupt(call: int, theta: np.ndarray, value: Any, gradient: Any) -> Any:
        last["call"] = call
        if call == moment:
            raise KeyboardInterrupt
        return value, gradient

    density = _Altered(_exam(), interrupt)
    with pytest.raises(KeyboardInterrupt):
        _run(density, chains=chains)
    assert last["call"] < moment + 300


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"sampler": "pymcc"}, r"sampler='pymcc' is not known; .*Did you mean 'pymc'"),
        ({"tune": 0}, r"tune=0 cannot be used by 'nuts'; expected a whole number of at least 1"),
        ({"tune": 10.5}, r"tune=10.5 cannot be used"),
        ({"cores": True}, r"cores=True cannot be used"),
        ({"max_treedepth": -1}, r"max_treedepth=-1 cannot be used"),
        ({"target_accept": 1.0}, r"target_accept=1.0 cannot be used .* between 0 and 1; 0.8 is"),
        ({"target_accept": float("nan")}, r"target_accept=nan cannot be used"),
    ],
)
def test_options_out_of_range_are_refused(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(MethodRefused, match=sentence):
        Nuts(**options)


def test_nutpie_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MethodRefused, match=r"pip install 'bayeslogit\[nutpie\]', or use sampler="):
        _run(_exam(), sampler="nutpie")


def test_flat_directions_and_many_coefficients() -> None:
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((12, 20)), np.arange(12) % 2
    outcome = _run(bl.logistic(X, y).density, draws=300)
    assert diagnose(outcome.draws).worst_rhat < 1.1
    # Equal columns: only their sum is informed by the data.
    X = np.column_stack([X[:, 0], X[:, 0]])
    outcome = _run(bl.logistic(X, y, priors=bl.Normal(0, 100)).density, draws=300)
    assert diagnose(outcome.draws).worst_rhat < 1.1
    assert outcome.draws[:, :, 1].std() > 50


@pytest.mark.slow
@samplers
def test_cutpoints_have_no_wall_to_run_into(sampler: str) -> None:
    # Of 20 rows, one or two are in each middle class: neighbouring cutpoints almost meet.
    rng = np.random.default_rng(1)
    x = rng.standard_normal(20)
    c = np.digitize(x + 1.5 * rng.standard_normal(20), [-1.0, 1.2, 1.6])
    model = bl.ordinal("c ~ x", {"x": x, "c": c})
    outcome = _run(model.density, sampler=sampler, draws=300)
    assert outcome.problems == ()
    assert np.all(np.diff(outcome.draws[:, :, :3], axis=2) > 0)
    lp = model.density.value(outcome.draws.reshape(-1, 4).T).reshape(2, 300)
    np.testing.assert_allclose(outcome.stats["lp"], lp, atol=1e-9)


def test_registered_and_light_until_run() -> None:
    assert METHODS["nuts"] is Nuts
    code = (
        "import sys, bayeslogit.inference\n"
        "from bayeslogit.inference.methods.nuts import Nuts\n"
        "import bayeslogit as bl\n"
        "density = bl.logistic('y ~ 1', {'y': [0, 1]}).density\n"
        "assert Nuts(sampler='nutpie').refuses(density) is None\n"
        "bad = {'pymc', 'pytensor', 'numba', 'nutpie', 'arviz_stats'} & set(sys.modules)\n"
        "assert not bad, bad"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_fit_by_name() -> None:
    model = bl.logistic("passed ~ hours", bl.load_dataset("exam"))
    fit = model.fit("nuts", draws=50, chains=2, tune=100, random_seed=1, progressbar=False)
    assert fit.idata["posterior"]["beta"].shape == (2, 50, 1)
    assert {"diverging", "energy"} <= set(fit.idata["sample_stats"].data_vars)
