"""The default method: which route it takes, what it checks, and that its draws are right."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pytest

import bayeslogit as bl
from bayeslogit.errors import FitFailed, Problem
from bayeslogit.inference import METHODS, Method, Outcome
from bayeslogit.inference.coordinates import Coordinates
from bayeslogit.inference.methods.auto import Auto
from bayeslogit.inference.methods.hmc import Hmc
from bayeslogit.inference.methods.independence import Independence
from bayeslogit.numerics.convergence import diagnose
from bayeslogit.response.base import class_counts
from bayeslogit.specification.density import LogDensity
from tests.hard_problems import design, hard, reference
from tests.helpers import EXACT, exam_model, random_table


def _run(
    density: LogDensity, method: Method | None = None, seed: int = 1, draws: int = 1000
) -> Outcome:
    return (method or Auto()).run(
        density, draws=draws, chains=4, rng=np.random.default_rng(seed), progressbar=False
    )


@dataclass(frozen=True)
class _Nuts(Method):
    """Stands in for the No-U-Turn sampler: independent Gaussian draws, or trouble."""

    name: ClassVar[str] = "nuts"
    summary: ClassVar[str] = "a stand-in"
    exact: ClassVar[bool] = True
    trouble: ClassVar[str] = ""

    def refuses(self, density: LogDensity) -> str | None:
        return None

    def run(self, density, *, draws, chains, rng, progressbar) -> Outcome:  # type: ignore[no-untyped-def]
        if self.trouble == "fails":
            raise FitFailed("no luck; expected some; try again.")
        sample = rng.standard_normal((chains, draws, density.size))
        if self.trouble == "stuck":
            sample[:] = np.arange(chains)[:, None, None] + 0.01 * sample
        return Outcome(
            sample,
            exact=True,
            label="stand-in",
            problems=(Problem("aside", "a note", "note"),),
        )


@dataclass(frozen=True)
class _NutsFails(_Nuts):
    trouble: ClassVar[str] = "fails"


@dataclass(frozen=True)
class _NutsStuck(_Nuts):
    trouble: ClassVar[str] = "stuck"


@pytest.mark.parametrize("sds", list(EXACT))
def test_exam_is_exact(sds: tuple[float, float]) -> None:
    outcome = _run(exam_model(*sds).density, draws=4000)
    effective = min(outcome.info["ess_bulk"], outcome.info["ess_tail"])
    assert outcome.info["route"] == "independence"
    assert outcome.problems == ()
    for j, (mean, sd) in enumerate(EXACT[sds][:2]):
        column = outcome.draws[:, :, j]
        assert column.mean() == pytest.approx(mean, abs=4 * sd / math.sqrt(effective))
        assert column.std() == pytest.approx(sd, rel=4 / math.sqrt(effective))


@pytest.mark.parametrize(
    ("name", "route"),
    [
        ("separated", "independence"),
        ("correlation 0.99", "independence"),
        ("100 x 31", "hmc"),
        ("200 x 101", "hmc"),
    ],
)
def test_hard_posteriors(name: str, route: str) -> None:
    outcome = _run(hard(name))
    expected = reference(name)
    assert outcome.info["route"] == route
    assert [p for p in outcome.problems if p.severity != "note"] == []
    found = diagnose(outcome.draws)
    assert found.worst_rhat < 1.01
    assert found.smallest_ess >= 400
    own = outcome.draws.std(axis=(0, 1)) / np.sqrt(found.ess_bulk)
    error = np.hypot(own, expected["error"])
    assert np.max(np.abs(outcome.draws.mean(axis=(0, 1)) - expected["mean"]) / error) < 4


def test_reason_for_leaving_a_route_is_kept() -> None:
    outcome = _run(hard("100 x 31"))
    assert list(outcome.info["left"]) == ["independence"]
    assert "effective, expected 70 %" in outcome.info["left"]["independence"]


def test_a_route_that_fails_its_check_is_left() -> None:
    # Taken although the pilot says that the proposal does not fit: the check must notice.
    outcome = _run(hard("100 x 31"), Auto(enough=0.0))
    assert outcome.info["route"] == "hmc"
    assert "expected" in outcome.info["left"]["independence"]
    assert [p for p in outcome.problems if p.severity != "note"] == []


def _crippled(fallback: Method) -> Auto:
    """Return the default method with a second route that cannot mix, and what follows it."""
    return Auto(hmc=Hmc(trajectory=0.02, attempts=1), fallback=fallback)


def test_the_no_u_turn_sampler_takes_over() -> None:
    assert isinstance(Auto().fallback, METHODS["nuts"])
    outcome = _run(design(100, 31).density, _crippled(_Nuts()))
    assert outcome.info["route"] == "nuts"
    assert list(outcome.info["left"]) == ["independence", "hmc"]
    assert outcome.label == "stand-in"
    assert [p.code for p in outcome.problems] == ["aside"]


@pytest.mark.parametrize("stand_in", [_NutsFails, _NutsStuck])
def test_unsound_draws_come_with_a_severe_problem(stand_in: type[Method]) -> None:
    outcome = _run(design(100, 31).density, _crippled(stand_in()))
    assert "severe" in {problem.severity for problem in outcome.problems}
    if stand_in is _NutsFails:
        assert outcome.info["route"] == "hmc"
        assert outcome.info["left"]["nuts"] == "no luck; expected some; try again."


def test_problems_reach_the_fit_as_a_warning() -> None:
    rhat, ess = "the largest R-hat is", "the smallest effective sample size is"
    with (
        pytest.warns(bl.BayesLogitWarning, match=rhat),
        pytest.warns(bl.BayesLogitWarning, match=ess),
    ):
        design(100, 31).fit(_crippled(_NutsFails()), random_seed=1, progressbar=False)


def test_improper_posteriors_are_refused_or_fail() -> None:
    x = np.arange(1.0, 11.0)
    separated = bl.logistic(x[:, None], (x > 5).astype(int), priors="flat").density
    assert "improper" in str(Auto().refuses(separated))
    assert Auto().refuses(exam_model().density) is None
    flat = bl.logistic(np.ones((6, 1)), [0, 1] * 3, priors="flat").density
    assert "improper" in str(Auto().refuses(flat))


def test_a_mode_that_is_not_found_under_flat_priors_is_a_failure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = Coordinates.mode
    monkeypatch.setattr(Coordinates, "mode", lambda self: replace(found(self), converged=False))
    flat = bl.logistic("passed ~ hours", bl.load_dataset("exam"), priors="flat").density
    with pytest.raises(FitFailed, match=r"has no mode .* a prior is flat"):
        _run(flat)


def test_flat_priors_are_fine_where_the_data_bound_the_posterior() -> None:
    outcome = _run(bl.logistic("passed ~ hours", bl.load_dataset("exam"), priors="flat").density)
    assert outcome.problems == ()


def test_same_seed_same_draws() -> None:
    for density in (exam_model().density, hard("100 x 31")):
        first, second, other = (_run(density, seed=s, draws=100).draws for s in (1, 1, 2))
        np.testing.assert_array_equal(first, second)
        assert not np.array_equal(first, other)


@pytest.mark.parametrize("kind", ["binomial", "multinomial", "ordinal"])
def test_every_family_by_both_routes(kind: str) -> None:
    table = random_table(150, 1)
    rng = np.random.default_rng(5)
    table["c"] = rng.choice(["a", "b", "c"], 150)
    table["o"] = np.digitize(table["x"] + rng.logistic(size=150), [-1.0, 1.0])
    model = {
        "binomial": lambda: bl.binomial("k ~ x + z", table, trials="n"),
        "multinomial": lambda: bl.multinomial("c ~ x + z", table),
        "ordinal": lambda: bl.ordinal("o ~ x + z", table),
    }[kind]()
    one, other = _run(model.density), _run(model.density, Hmc())
    assert one.info["route"] == "independence"
    assert one.problems == other.problems == ()
    error = one.draws.std(axis=(0, 1)) * np.hypot(
        1 / np.sqrt(one.info["ess_bulk"]), 1 / np.sqrt(other.info["ess_bulk"])
    )
    difference = one.draws.mean(axis=(0, 1)) - other.draws.mean(axis=(0, 1))
    assert np.max(np.abs(difference) / error) < 4


@pytest.mark.slow
def test_reported_effective_sizes_are_true() -> None:
    for model, runs in ((exam_model(), 150), (design(60, 16), 60)):
        draws = np.stack([_run(model.density, seed=s).draws for s in range(runs)])
        sd = draws.std(axis=(0, 1, 2))
        variance = draws.mean(axis=(1, 2)).var(axis=0, ddof=1)
        reported = np.mean([1.0 / diagnose(x).ess_bulk for x in draws], axis=0)
        ratio = variance / (sd**2 * reported)
        # A coefficient's variance over 60 runs has a relative standard error of 18 %.
        assert ratio.mean() == pytest.approx(1.0, abs=0.25)


def _rank(statistic: np.ndarray, truth: float, rng: np.random.Generator) -> int:
    """Return the rank of the truth among 31 nearly independent draws, ties at random."""
    thinned = statistic.ravel()[:: statistic.size // 31][:31]
    below, equal = int((thinned < truth).sum()), int((thinned == truth).sum())
    return below + int(rng.integers(0, equal + 1))


@pytest.mark.slow
@pytest.mark.parametrize("method", [Independence(), Hmc(), Auto()], ids=lambda m: m.name)
def test_calibration_in_short(method: Method) -> None:
    """Parameters drawn from the prior are ranked uniformly among draws given their data.

    The log-likelihood of the data is ranked too: it sees errors that no coefficient sees. The
    long version is tests/benchmarks/calibration.py.
    """
    rng = np.random.default_rng(11)
    template = design(40, 3).density
    ranks = []
    for _ in range(120):
        theta = template.prior.sample(rng, 1)
        likelihood = template.likelihood
        y = likelihood.family.simulate(likelihood.eta(theta), None, rng)[:, 0]
        rows = replace(likelihood, counts=class_counts(y, 2, None))
        density = replace(template, likelihood=rows)
        outcome = method.run(density, draws=250, chains=4, rng=rng, progressbar=False)
        flat = outcome.draws.reshape(-1, 3)
        height = rows.value(flat.T)
        ranks.append(
            [_rank(flat[:, j], theta[j, 0], rng) for j in range(3)]
            + [_rank(height, rows.value(theta)[0], rng)]
        )
    counts = np.array([np.bincount(np.array(r) // 4, minlength=8) for r in np.array(ranks).T])
    # Chi-squared on 7 degrees of freedom exceeds 26 with a probability of 0.05 %.
    assert np.all(((counts - 15.0) ** 2 / 15.0).sum(axis=1) < 26.0)
