"""Hamiltonian Monte Carlo with many chains in step."""

from __future__ import annotations

import math

import numpy as np
import pytest

import bayeslogit as bl
from bayeslogit.errors import FitFailed
from bayeslogit.inference.base import Gaussian, Outcome
from bayeslogit.inference.coordinates import Coordinates
from bayeslogit.inference.ensemble import Ensemble
from bayeslogit.inference.evaluator import Evaluator
from bayeslogit.inference.flat import flat
from bayeslogit.inference.inner_chains import InnerChains
from bayeslogit.inference.methods.hmc import Hmc
from bayeslogit.inference.mode import find_mode, gaussian_at
from bayeslogit.inference.whitening import shrunk
from bayeslogit.numerics.sequences import van_der_corput
from tests.hard_problems import design, hard, heavy_tailed, reference, separated
from tests.helpers import EXACT, exam_model


def _run(
    model: bl.Model, seed: int = 1, draws: int = 1000, chains: int = 4, **options: object
) -> Outcome:
    return Hmc(**options).run(  # type: ignore[arg-type]
        model.density,
        draws=draws,
        chains=chains,
        rng=np.random.default_rng(seed),
        progressbar=False,
    )


def _ensemble(model: bl.Model, seed: int = 1, **options: float) -> Ensemble:
    density = model.density
    gaussian = gaussian_at(find_mode(density))
    rng = np.random.default_rng(seed)
    start = gaussian.sample(rng, 64)
    field = flat(Evaluator(Coordinates(density)), gaussian, start)
    return Ensemble(*field, rng, Hmc(**options))  # type: ignore[arg-type]


def test_halton_is_the_sequence_of_van_der_corput() -> None:
    assert [van_der_corput(i) for i in range(1, 8)] == [0.5, 0.25, 0.75, 0.125, 0.625, 0.375, 0.875]


def test_a_short_step_conserves_energy() -> None:
    ensemble = _ensemble(exam_model())
    rates = []
    for log_step in (-1.0, -3.0):
        ensemble.log_step = log_step
        rates.append(float(np.mean([ensemble.move()["acceptance_rate"].mean() for _ in range(4)])))
    assert 1.0 - rates[1] < 1e-3
    assert rates[0] < rates[1]


def test_statistics_belong_to_the_draws() -> None:
    model = exam_model()
    outcome = _run(model, draws=300)
    flat = outcome.draws.reshape(-1, 2).T
    np.testing.assert_allclose(outcome.stats["lp"].ravel(), model.density.value(flat), rtol=1e-9)
    assert set(outcome.stats) == {"lp", "energy", "acceptance_rate", "diverging", "n_steps"}
    assert np.all(outcome.stats["energy"] >= -outcome.stats["lp"])
    assert {value.shape for value in outcome.stats.values()} == {(4, 300)}
    assert outcome.stats["diverging"].dtype == bool


@pytest.mark.parametrize("sds", list(EXACT))
def test_exam_is_exact(sds: tuple[float, float]) -> None:
    outcome = _run(exam_model(*sds), draws=4000)
    effective = min(outcome.info["ess_bulk"], outcome.info["ess_tail"])
    assert outcome.problems == ()
    for j, (mean, sd) in enumerate(EXACT[sds][:2]):
        column = outcome.draws[:, :, j]
        assert column.mean() == pytest.approx(mean, abs=4 * sd / math.sqrt(effective))
        assert column.std() == pytest.approx(sd, rel=4 / math.sqrt(effective))


@pytest.mark.parametrize("name", ["separated", "correlation 0.99", "100 x 31", "200 x 101"])
def test_hard_posteriors_agree_with_a_long_run_of_another_sampler(name: str) -> None:
    outcome = Hmc().run(
        hard(name), draws=1000, chains=4, rng=np.random.default_rng(2), progressbar=False
    )
    expected = reference(name)
    assert [p for p in outcome.problems if p.severity != "note"] == []
    assert outcome.info["rhat"] < 1.01
    assert min(outcome.info["ess_bulk"], outcome.info["ess_tail"]) >= 400
    own = outcome.draws.std(axis=(0, 1)) / math.sqrt(outcome.info["ess_bulk"])
    error = np.hypot(own, expected["error"])
    assert np.max(np.abs(outcome.draws.mean(axis=(0, 1)) - expected["mean"]) / error) < 4
    np.testing.assert_allclose(outcome.draws.std(axis=(0, 1)), expected["sd"], rtol=0.12)


def test_quantiles_under_heavy_tails_agree_with_integration() -> None:
    model = heavy_tailed(degrees=3)
    outcome = _run(model)
    t = np.linspace(-25, 25, 20_001)
    density = np.exp(model.density.value(np.sinh(t)[None, :]) - find_mode(model.density).value)
    below = np.cumsum(density * np.cosh(t))
    for prob in (0.1, 0.5, 0.9):
        edge = np.sinh(t[np.searchsorted(below, prob * below[-1])])
        assert (outcome.draws < edge).mean() == pytest.approx(prob, abs=0.06)


@pytest.mark.parametrize(("chains", "draws"), [(1, 10), (3, 7), (2, 600), (100, 5)])
def test_shape_is_as_asked(chains: int, draws: int) -> None:
    outcome = _run(exam_model(), chains=chains, draws=draws)
    assert outcome.draws.shape == (chains, draws, 2)
    assert outcome.problems == ()


def test_a_run_that_is_too_short_goes_on() -> None:
    outcome = _run(exam_model(), trajectory=0.1)
    assert outcome.info["attempts"] > 1
    assert outcome.info["steps_per_draw"] > 1
    assert (
        outcome.info["ess_bulk"] > _run(exam_model(), trajectory=0.1, attempts=1).info["ess_bulk"]
    )


def test_a_run_that_stays_too_short_says_so() -> None:
    outcome = _run(design(100, 31), trajectory=0.02, attempts=1)
    codes = {problem.code: problem.severity for problem in outcome.problems}
    assert codes["high_rhat"] == "severe"
    assert codes["low_ess"] == "warning"


def test_divergences_are_said_and_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    from bayeslogit.inference import ensemble

    monkeypatch.setattr(ensemble, "_DIVERGED", 0.05)
    once = _run(separated(), attempts=1)
    problem = next(p for p in once.problems if p.code == "divergences")
    assert "trajectories diverged; expected none" in problem.sentence
    assert "raise target_accept or set a tighter prior." in problem.sentence
    assert problem.severity == "warning"
    again = _run(separated(), attempts=2)
    assert again.info["acceptance"] > once.info["acceptance"]
    assert again.stats["diverging"].mean() < once.stats["diverging"].mean()


def test_chains_stuck_on_a_steep_slope_come_free() -> None:
    # Sharp separation: draws around the mode fall over its cliff, where steps must be short.
    rng = np.random.default_rng(0)
    X = rng.standard_normal((30, 3))
    y = (X @ [3.0, -2.0, 1.0] > 0).astype(int)
    model = bl.logistic(
        10 * X, y, priors={"Intercept": bl.Normal(0, 10), "slopes": bl.Normal(0, 10)}
    )
    ensemble = _ensemble(model)
    for steps in Hmc().windows:
        ensemble.rewhiten(ensemble.tune(steps, careful=True))
    rates = np.mean([ensemble.move()["acceptance_rate"] for _ in range(20)], axis=0)
    assert rates.min() > 0.2


def test_whitening_that_fails_is_left_alone() -> None:
    ensemble = _ensemble(exam_model())
    before = ensemble.field
    ensemble.rewhiten(np.full((2, 128), np.nan))
    assert ensemble.field is before


def test_a_gaussian_is_followed_exactly() -> None:
    # With almost no data the posterior is the Gaussian prior, and a rotation needs no short steps.
    narrow = bl.Normal(0, 1e-3)
    model = bl.logistic([[0.0], [1.0]], [0, 1], priors={"Intercept": narrow, "slopes": narrow})
    ensemble = _ensemble(model)
    ensemble.log_step = math.log(2.0)
    moved = [ensemble.move() for _ in range(8)]
    assert min(m["acceptance_rate"].min() for m in moved) > 0.999
    assert {int(m["n_steps"][0]) for m in moved} == {1, 2}


def test_noise_in_a_covariance_is_shrunk_away() -> None:
    rng = np.random.default_rng(1)
    target = Gaussian(np.zeros(50), np.diag(np.linspace(0.1, 10.0, 50)))
    close, noise = shrunk(target.cholesky @ rng.standard_normal((50, 8 * 64)), target, 64)
    assert noise > 0.8
    np.testing.assert_allclose(close.covariance, target.covariance, atol=1.0)
    wide, noise = shrunk(3.0 * target.cholesky @ rng.standard_normal((50, 8 * 64)), target, 64)
    assert noise < 0.2
    assert np.trace(wide.covariance) == pytest.approx(9.0 * np.trace(target.covariance), rel=0.2)


def test_chains_not_draws_count_as_independent() -> None:
    rng = np.random.default_rng(2)
    once = rng.standard_normal((5, 64))
    target = Gaussian(np.zeros(5), np.eye(5))
    _, single = shrunk(once, target, 64)
    _, repeated = shrunk(np.tile(once, (1, 10)), target, 64)
    assert repeated == pytest.approx(single)


def test_starts_that_are_not_finite_are_a_failure() -> None:
    density = exam_model().density
    start = np.full((2, 64), np.nan)
    with pytest.raises(FitFailed, match="not finite at 64 of 64 starts; expected finite numbers"):
        Hmc().sample(
            Evaluator(Coordinates(density)),
            gaussian_at(find_mode(density)),
            start,
            inner=InnerChains(4, 1000),
            rng=np.random.default_rng(1),
        )


def test_improper_posteriors_are_refused() -> None:
    x = np.arange(1.0, 11.0)
    density = bl.logistic(x[:, None], (x > 5).astype(int), priors="flat").density
    assert "improper" in str(Hmc().refuses(density))
    assert Hmc().refuses(exam_model().density) is None


@pytest.mark.parametrize(
    "family", ["far", "counts", "classes", "adjacent", "student", "flat", "probit", "cauchit"]
)
def test_paths_in_single_precision_follow_the_gradient(
    family: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bayeslogit.inference.flat._LEAST", 0)  # tables as small as these
    rng = np.random.default_rng(3)
    X, o = rng.standard_normal((60, 2)), rng.standard_normal(60)
    data = {"a": X[:, 0] + 1e5, "b": X[:, 1], "o": o, "n": 4 + np.arange(60) % 3}
    data |= {"y": (X[:, 0] + o > 0).astype(int), "k": np.arange(60) % 4}
    model = {
        "far": lambda: bl.logistic("y ~ a + b", data, offset="o"),
        "counts": lambda: bl.binomial("k ~ a + b", data, trials="n"),
        "classes": lambda: bl.multinomial("k ~ a + b", data),
        "adjacent": lambda: bl.ordinal("k ~ a + b", data, form="adjacent"),
        "student": lambda: bl.logistic("y ~ b + o", data, priors=bl.StudentT(4, 0, 1)),
        "flat": lambda: bl.logistic("y ~ b", data, priors="flat"),
    }.get(family, lambda: bl.logistic("y ~ a + b", data, link=family))()
    evaluate = Evaluator(Coordinates(model.density))
    gaussian = gaussian_at(find_mode(model.density))
    field, _ = flat(evaluate, gaussian, gaussian.mean[:, None])
    z = 1.5 * rng.standard_normal((field.size, 5))
    exact = field.value_and_gradient(z)[1]
    assert field._rough is not None
    np.testing.assert_allclose(field.gradient(z), exact, atol=2e-5 * np.abs(exact).max())


def test_coordinates_that_are_not_linear_keep_double_precision() -> None:
    data = {"y": np.arange(40) % 4, "x": np.linspace(-1.0, 1.0, 40)}
    density = bl.ordinal("y ~ x", data, link="probit").density
    evaluate = Evaluator(Coordinates(density))
    gaussian = gaussian_at(evaluate.space.mode())
    field, z = flat(evaluate, gaussian, gaussian.sample(np.random.default_rng(0), 3))
    assert field._rough is None
    np.testing.assert_array_equal(field.gradient(z), field.value_and_gradient(z)[1])
