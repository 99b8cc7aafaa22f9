"""Independence Metropolis-Hastings: proposal, pilot, walk, and the reported diagnostics."""

from __future__ import annotations

import math

import numpy as np
import pytest

import bayeslogit as bl
from bayeslogit.errors import FitFailed
from bayeslogit.inference.base import Gaussian, Outcome
from bayeslogit.inference.coordinates import Coordinates
from bayeslogit.inference.evaluator import Evaluator, evaluator
from bayeslogit.inference.methods.independence import Independence, _accept
from bayeslogit.inference.mode import Mode, find_mode, gaussian_at
from bayeslogit.inference.pilot import Pilot, thinning
from bayeslogit.inference.proposal import Proposal
from tests.hard_problems import design, heavy_tailed, separated
from tests.helpers import EXACT, exam_model


def _run(model: bl.Model, seed: int = 1, draws: int = 1000, chains: int = 4, **options) -> Outcome:
    return Independence(**options).run(
        model.density,
        draws=draws,
        chains=chains,
        rng=np.random.default_rng(seed),
        progressbar=False,
    )


@pytest.mark.parametrize(("heavy", "degrees"), [(0.1, 5.0), (0.9, 10.0)])
def test_proposal_density_is_that_of_its_draws(heavy: float, degrees: float) -> None:
    gaussian = Gaussian(np.array([1.0, -2.0]), np.array([[2.0, 0.6], [0.6, 0.5]]))
    proposal = Proposal(gaussian, heavy, degrees)
    theta, squares = proposal.sample(np.random.default_rng(1), 400_000)
    # Weighted to a narrower Gaussian, the draws have its mass and its moments.
    narrow = Gaussian(gaussian.mean + 0.1, 0.7 * gaussian.covariance)
    weights = np.exp(narrow.log_density(theta) - proposal.log_density(squares))
    assert weights.mean() == pytest.approx(1.0, abs=0.01)
    np.testing.assert_allclose(theta @ weights / weights.sum(), narrow.mean, atol=0.02)
    # Known in one dimension, where the density integrates to one.
    line = Proposal(Gaussian(np.zeros(1), np.array([[4.0]])), heavy, degrees)
    x = np.linspace(-400, 400, 400_001)
    assert np.exp(line.log_density((x / 2) ** 2)).sum() * (x[1] - x[0]) == pytest.approx(
        1.0, abs=1e-4
    )


def test_accept_walks_by_hand() -> None:
    weights = [0.0, 5.0, 4.0, -np.inf, 6.0]
    thresholds = [-1.0, -1.0, -0.5, -9.0, -0.1]
    # From level 1: -1 is not below 0 - 1; 5 is accepted; 4 - 5 = -1 is not above -0.5; ...
    assert _accept(weights, thresholds, 1.0, 1) == ([0, 2, 2, 2, 5], 6.0, 2)
    assert _accept(weights, thresholds, 1.0, 2) == ([2, 2], 6.0, 2)


def test_thinning_predicts_the_autocorrelation_time() -> None:
    rng = np.random.default_rng(4)
    spread = 0.9
    weight = spread * rng.standard_normal(100_000)  # of independent proposals
    shares = np.exp(weight - np.log(np.exp(weight).sum()))
    thin, time = thinning(shares, np.zeros(weight.size), weight, 1)
    assert thin == 1
    # A walk on the same weights, with a quantity that has nothing to do with them.
    kept, _, _ = _accept(weight.tolist(), np.log(rng.random(weight.size)).tolist(), 0.0, 1)
    holds = np.diff(np.flatnonzero(np.diff(kept) != 0))
    assert time == pytest.approx((holds**2).mean() / holds.mean(), rel=0.15)


def test_thinning_grows_until_draws_are_nearly_independent() -> None:
    weight = 1.0 * np.random.default_rng(4).standard_normal(20_000)
    shares = np.exp(weight - np.log(np.exp(weight).sum()))
    thin, time = thinning(shares, np.zeros(weight.size), weight, 8)
    assert 1 < thin <= 8
    assert time < 1.5 or thin == 8


def test_weights_tempered_for_a_start_leave_half_of_it_distinct() -> None:
    rng = np.random.default_rng(2)
    theta = rng.standard_normal((3, 500))
    log_weights = 20.0 * rng.standard_normal(500)
    proposal = Proposal(Gaussian(np.zeros(3), np.eye(3)))
    target = Evaluator(Coordinates(bl.logistic("passed ~ hours", bl.load_dataset("exam")).density))
    pilot = Pilot(proposal, 0.0, theta, log_weights, 8, 9.0, 500, target)
    start = pilot.resample(rng, 64)
    assert start.shape == (3, 64)
    assert len(np.unique(start[0])) >= 32


@pytest.mark.parametrize("sds", list(EXACT))
def test_exam_is_exact(sds: tuple[float, float]) -> None:
    outcome = _run(exam_model(*sds), draws=5000)
    means_and_sds, log_evidence = EXACT[sds][:2], EXACT[sds][2]
    effective = min(outcome.info["ess_bulk"], outcome.info["ess_tail"])
    assert outcome.problems == ()
    for j, (mean, sd) in enumerate(means_and_sds):
        column = outcome.draws[:, :, j]
        assert column.mean() == pytest.approx(mean, abs=4 * sd / math.sqrt(effective))
        assert column.std() == pytest.approx(sd, rel=4 / math.sqrt(effective))
    assert outcome.evidence is not None
    assert outcome.evidence.kind == "estimate"
    assert abs(outcome.evidence.value - log_evidence) < 5 * outcome.evidence.error
    assert outcome.evidence.error < 0.01


def test_log_posterior_belongs_to_the_draws() -> None:
    model = exam_model()
    outcome = _run(model, draws=300)
    flat = outcome.draws.reshape(-1, 2).T
    np.testing.assert_allclose(outcome.stats["lp"].ravel(), model.density.value(flat), rtol=1e-12)


@pytest.mark.parametrize(("chains", "draws"), [(1, 10), (3, 7), (2, 600), (5, 250)])
def test_shape_is_as_asked(chains: int, draws: int) -> None:
    outcome = _run(exam_model(), chains=chains, draws=draws)
    assert outcome.draws.shape == (chains, draws, 2)
    assert outcome.stats["lp"].shape == (chains, draws)
    assert outcome.problems == ()


def test_batches_change_nothing_but_the_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    from bayeslogit.inference.methods import independence

    monkeypatch.setattr(independence, "_BATCH", 40)
    outcome = _run(exam_model(), draws=1000)
    assert outcome.problems == ()
    (mean, sd) = EXACT[10.0, 2.5][1]
    assert outcome.draws[:, :, 1].mean() == pytest.approx(mean, abs=4 * sd / math.sqrt(1000))


def test_what_the_proposal_does_not_fit_is_said() -> None:
    outcome = _run(design(100, 31))
    codes = {problem.code for problem in outcome.problems}
    assert "low_ess" in codes or "high_rhat" in codes
    outcome = _run(heavy_tailed())
    sentences = {problem.code: problem.sentence for problem in outcome.problems}
    assert (
        "expected at most 0.7, the posterior has parts that the proposal hardly visits"
        in (sentences["pareto_k"])
    )


def test_rounds_of_matching_help_on_a_skewed_posterior() -> None:
    density = separated().density
    with evaluator(density) as evaluate:
        start = gaussian_at(find_mode(density))
        once = Independence(rounds=1).explore(evaluate, start, np.random.default_rng(1))
        matched = Independence(rounds=3).explore(evaluate, start, np.random.default_rng(1))
    assert matched.efficiency > once.efficiency + 0.05
    assert matched.efficiency > 0.8


def test_peak_bounds_a_curvature_that_is_not_positive() -> None:
    precision = np.array([[2.0, 0.0], [0.0, -1.0]])
    gaussian = gaussian_at(Mode(np.array([1.0, 2.0]), 0.0, precision, 1, 0.0, False))
    assert np.all(np.linalg.eigvalsh(gaussian.covariance) > 0)
    np.testing.assert_array_equal(gaussian.mean, [1.0, 2.0])


def test_a_log_posterior_that_is_nowhere_finite_is_a_failure() -> None:
    density = exam_model().density
    far, rng = Gaussian(np.full(2, np.nan), np.eye(2)), np.random.default_rng(1)
    with pytest.raises(FitFailed, match="not finite at any draw around its mode; expected"):
        Independence().explore(Evaluator(Coordinates(density)), far, rng)


def test_improper_posteriors_are_refused() -> None:
    x = np.arange(1.0, 11.0)
    density = bl.logistic(x[:, None], (x > 5).astype(int), priors="flat").density
    reason = Independence().refuses(density)
    assert reason is not None
    assert "improper" in reason
    assert Independence().refuses(exam_model().density) is None
