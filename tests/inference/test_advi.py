"""ADVI of both kinds: near the best Gaussian, reproducible, quiet, and warned of if too short."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest

import bayeslogit as bl
from bayeslogit.errors import FitFailed, MethodRefused
from bayeslogit.inference import METHODS, Outcome
from bayeslogit.inference.methods.advi import Advi, FullRankAdvi, _centred
from bayeslogit.inference.mode import find_mode
from bayeslogit.specification.density import LogDensity

kinds = pytest.mark.parametrize("kind", [Advi, FullRankAdvi])

# The Gaussian of the highest lower bound, by deterministic optimisation, for the exam table and
# Normal(0, 10) and Normal(0, 2.5) priors: means, standard deviations, bound.
BEST_MEAN, BEST_SD = np.array([-4.45663, 1.65751]), np.array([1.63112, 0.57318])
BEST_BOUND = -12.536986
LOG_EVIDENCE = -12.487134


def _exam() -> LogDensity:
    priors = {"Intercept": bl.Normal(0, 10), "hours": bl.Normal(0, 2.5)}
    return bl.logistic("passed ~ hours", bl.load_dataset("exam"), priors=priors).density


def _run(
    density: Any, kind: type = Advi, seed: int = 1, draws: int = 50, **options: Any
) -> Outcome:
    return kind(**options).run(
        density, draws=draws, chains=2, rng=np.random.default_rng(seed), progressbar=False
    )


@pytest.mark.slow
@kinds
def test_exam_is_near_the_best_gaussian_and_passes_its_own_check(kind: type) -> None:
    outcome = _run(_exam(), kind, draws=4000)
    assert outcome.problems == ()
    assert not outcome.exact
    found = outcome.gaussian
    assert found is not None
    sd = np.sqrt(np.diag(found.covariance))
    # Stochastic steps scatter by some hundredths of a standard deviation.
    assert np.all(np.abs(found.mean - BEST_MEAN) < 0.15 * BEST_SD)
    assert np.all(np.abs(sd / BEST_SD - 1) < 0.12)
    # The draws are the Gaussian's.
    draws = outcome.draws.reshape(-1, 2)
    assert np.all(np.abs(draws.mean(axis=0) - found.mean) < 4 * sd / np.sqrt(len(draws)))
    np.testing.assert_allclose(np.cov(draws.T), found.covariance, rtol=0.1)
    # On centred hours little is lost by leaving correlations out; on raw hours a factor of three.
    lost = 0.02 if kind is FullRankAdvi else 0.05
    assert outcome.evidence is not None
    assert outcome.evidence.kind == "lower bound"
    assert BEST_BOUND - lost < outcome.evidence.value < BEST_BOUND + 4 * outcome.evidence.error
    assert outcome.evidence.value < LOG_EVIDENCE + 4 * outcome.evidence.error
    trace = outcome.info["lower_bound_trace"]
    assert len(trace) == 50
    assert abs(np.mean(trace[-10:]) - BEST_BOUND) < 0.1


@kinds
def test_few_steps_are_reported(kind: type) -> None:
    outcome = _run(_exam(), kind, steps=50)
    assert [p.code for p in outcome.problems] == ["not_converged"]
    assert outcome.problems[0].severity == "severe"
    sentence = str(outcome.problems[0])
    assert "had not flattened after 50 steps" in sentence
    assert "expected at most 0.1, 0.15 and 15%; raise steps" in sentence
    # Steps too short to get anywhere leave a flat trace; the gradient gives them away.
    outcome = _run(_exam(), kind, steps=200, learning_rate=1e-6)
    assert outcome.info["lower_bound_rise"] < 0.01
    assert [p.code for p in outcome.problems] == ["not_converged"]


def test_scale_and_place_of_columns_do_not_matter() -> None:
    rng = np.random.default_rng(2)
    X = rng.standard_normal((200, 3))
    y = (rng.random(200) < 1 / (1 + np.exp(-X[:, 0]))).astype(int)
    far = X * [1e6, 1e-6, 1.0] + [0.0, 1.0, 1e4]
    plain = _run(bl.logistic(X, y).density, steps=300)
    moved = _run(bl.logistic(far, y).density, steps=300)
    scale = np.array([1e6, 1e-6, 1.0])
    np.testing.assert_allclose(
        moved.draws[:, :, 1:] * scale, plain.draws[:, :, 1:], rtol=1e-3, atol=1e-4
    )


@pytest.mark.slow
def test_coordinates_are_centred_for_several_predictors_too() -> None:
    rng = np.random.default_rng(3)
    table = {"x": 50 + rng.standard_normal(60), "c": np.array(list("uvw"))[np.arange(60) % 3]}
    many = bl.multinomial("c ~ x", table).density
    ordered = bl.ordinal("c ~ x", table, levels=list("uvw"), form="sequential").density
    for density in (many, ordered):
        coordinates = _centred(density, find_mode(density))
        precision = density.precision(coordinates.center)
        scaled = coordinates.matrix.T @ precision @ coordinates.matrix
        np.testing.assert_allclose(np.diag(scaled), 1.0, rtol=1e-8)
        # On raw columns intercepts and slopes would be correlated by more than 0.99.
        assert np.abs(scaled - np.eye(len(scaled))).max() < 0.8
        outcome = _run(density, FullRankAdvi, steps=1500)
        assert outcome.problems == ()
    assert _run(bl.logistic("u ~ x - 1", {"u": [0, 1, 1], "x": [1, 2, 0]}).density, steps=300)


@kinds
def test_same_seed_same_draws(kind: type) -> None:
    density, options = _exam(), {"steps": 200}
    first = _run(density, kind, seed=5, **options)
    again = _run(density, kind, seed=5, **options)
    assert np.array_equal(first.draws, again.draws)
    assert first.evidence == again.evidence
    assert not np.array_equal(first.draws, _run(density, kind, seed=6, **options).draws)


def test_quiet_and_leaves_the_global_state_alone(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    before = np.random.get_state()[1].copy()
    _run(_exam(), steps=50)
    assert np.array_equal(before, np.random.get_state()[1])
    captured = capfd.readouterr()
    assert captured.out + captured.err + caplog.text == ""


class _Twisted:
    """A log posterior that does something at its 300th evaluation."""

    def __init__(self, inner: LogDensity, event: Any) -> None:
        self.inner, self.event, self.calls = inner, event, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def value_and_gradient(self, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        self.calls += 1
        value, gradient = self.inner.value_and_gradient(theta)
        return self.event(value, gradient) if self.calls >= 300 else (value, gradient)


def test_numbers_that_break_down_are_a_failure() -> None:
    broken = _Twisted(_exam(), lambda value, gradient: (value * np.nan, gradient * np.nan))
    with pytest.raises(
        FitFailed, match=r"'advi' met a log posterior .*; expected finite .*; set a"
    ):
        _run(broken)


def test_an_interrupt_ends_the_run() -> None:
    def interrupt(value: Any, gradient: Any) -> Any:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        _run(_Twisted(_exam(), interrupt))


def test_what_it_cannot_do_is_refused() -> None:
    table = {"x": np.arange(12.0), "c": np.array(list("uvw") * 4)}
    ordered = bl.ordinal("c ~ x", table, levels=list("uvw"))
    reason = Advi().refuses(ordered.density)
    assert reason is not None
    assert "boundaries between its classes must not cross" in reason
    with pytest.raises(MethodRefused, match=r"must not cross.*methods that accept it"):
        ordered.fit("advi")
    separated = bl.logistic([[1.0], [2.0], [3.0], [4.0]], [0, 0, 1, 1], priors="flat")
    reason = Advi().refuses(separated.density)
    assert reason is not None
    assert "the posterior is improper" in reason
    flat = bl.logistic("passed ~ hours", bl.load_dataset("exam"), priors="flat").density
    assert _run(flat, steps=300).evidence is None


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"steps": 5}, r"steps=5 cannot be used by 'advi'; expected a whole number of at least 10"),
        ({"steps": 100.0}, r"steps=100.0 cannot be used"),
        ({"learning_rate": 0.0}, r"learning_rate=0.0 cannot be used by 'advi'; expected a number"),
        ({"learning_rate": 2}, r"learning_rate=2 cannot be used"),
    ],
)
def test_options_out_of_range_are_refused(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(MethodRefused, match=sentence):
        Advi(**options)


def test_a_fit_by_name() -> None:
    assert METHODS["advi"] is Advi
    assert METHODS["fullrank_advi"] is FullRankAdvi
    rng = np.random.default_rng(4)
    X = rng.standard_normal((500, 2))
    model = bl.logistic(X, (rng.random(500) < 0.4).astype(int))
    fit = model.fit("fullrank_advi", steps=1000, draws=50, random_seed=1, progressbar=False)
    assert fit.idata["posterior"]["beta"].shape == (4, 50, 2)
    assert "pymc" in sys.modules
