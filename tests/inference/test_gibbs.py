"""Gibbs sampling with Polya-Gamma variables against the exact posterior."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import pytest

from bayeslogit.errors import FitFailed
from bayeslogit.families import Bernoulli, Binomial, Family, Multinomial
from bayeslogit.inference.base import Outcome
from bayeslogit.inference.grid_integration import integrate
from bayeslogit.inference.methods import gibbs
from bayeslogit.inference.methods.gibbs import Gibbs, _step
from bayeslogit.inference.sites import Sites, sites_of
from bayeslogit.numerics.convergence import diagnose
from bayeslogit.priors import CoefficientPrior, Flat, Normal, Prior, StudentT
from bayeslogit.response.base import class_counts
from bayeslogit.specification.density import Likelihood, LogDensity
from tests.helpers import HOURS, PASSED, exam_model


def density_of(
    X: np.ndarray,
    counts: np.ndarray,
    prior: Prior,
    family: Family | None = None,
    offset: np.ndarray | None = None,
) -> LogDensity:
    names = tuple(f"b{k}" for k in range(X.shape[1]))
    likelihood = Likelihood(family or Bernoulli(), X, counts, offset)
    return LogDensity(likelihood, CoefficientPrior(names, ((np.arange(X.shape[1]), prior),)))


def run(
    density: LogDensity, draws: int = 2000, chains: int = 4, seed: int = 1, **options
) -> Outcome:
    return Gibbs(**options).run(
        density, draws=draws, chains=chains, rng=np.random.default_rng(seed), progressbar=False
    )


def binomial(weights: bool = False) -> LogDensity:
    rng = np.random.default_rng(4)
    X = np.column_stack([np.ones(12), rng.standard_normal(12)])
    trials = rng.integers(0, 60, 12)
    y = rng.binomial(trials, 1 / (1 + np.exp(-X @ [0.5, 1.0])))
    counts = class_counts(y, 2, trials)
    if weights:
        counts = counts * rng.uniform(0.02, 0.4, (12, 1))
    return density_of(X, counts, Normal(0, 2.5), Binomial(), rng.standard_normal(12))


CASES = {
    "exam": exam_model(10, 10).density,
    "flat": density_of(
        np.column_stack([np.ones(20), HOURS]), class_counts(PASSED, 2, None), Flat()
    ),
    "counts and offset": binomial(),
    "fractional weights": binomial(weights=True),
    "separated": density_of(
        np.column_stack([np.ones(10), np.arange(1.0, 11.0)]),
        class_counts(np.repeat([0, 1], 5), 2, None),
        Normal(0, 2.5),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_agrees_with_the_exact_posterior(case: str) -> None:
    density = CASES[case]
    out, exact = run(density), integrate(density)
    assert out.exact
    assert out.problems == ()
    found = diagnose(out.draws)
    draws = out.draws.reshape(-1, density.size)
    error = exact.sd / np.sqrt(found.ess_bulk)
    assert np.all(np.abs(draws.mean(axis=0) - exact.mean) < 4.5 * error)
    for k, margin in enumerate(exact.margins):
        for prob in (0.05, 0.5, 0.95):
            share = np.mean(draws[:, k] <= margin.quantile(np.array(prob)))
            assert abs(share - prob) < 4.5 * np.sqrt(prob * (1 - prob) / found.ess_tail[k] * 2)
    np.testing.assert_allclose(out.stats["lp"].ravel()[:50], density.value(draws[:50].T))


def test_shapes_and_seeds() -> None:
    density = exam_model().density
    for chains, draws in ((1, 100), (2, 300), (5, 40)):
        assert run(density, draws=draws, chains=chains).draws.shape == (chains, draws, 2)
    np.testing.assert_array_equal(run(density, 100).draws, run(density, 100).draws)
    assert run(density, 100, tune=0).info["tune"] == 0


@pytest.mark.parametrize("unit", [1e-12, 1e12])
def test_units_do_not_matter(unit: float) -> None:
    X = np.column_stack([np.ones(20), HOURS * unit])
    prior = Normal(np.zeros(2), np.array([10.0, 2.5 / unit]))
    out = run(density_of(X, class_counts(PASSED, 2, None), prior))
    assert out.draws[:, :, 1].mean() * unit == pytest.approx(1.66985, abs=0.06)


def test_slow_mixing_is_reported() -> None:
    # A wide prior on separated data: the variables tie the coefficients to where they were.
    x = np.arange(1.0, 11.0)
    density = density_of(
        np.column_stack([np.ones(10), x]),
        class_counts((x > 5).astype(int), 2, None),
        Normal(0, 1e4),
    )
    assert {"low_ess"} <= {problem.code for problem in run(density, 1000).problems}


def test_refusals() -> None:
    refuses = Gibbs().refuses
    y = class_counts(PASSED, 2, None)
    X = np.column_stack([np.ones(20), HOURS])
    assert refuses(density_of(X, y, Normal(0, 1), Bernoulli(link="probit"))) == (
        "Polya-Gamma variables need a binary or binomial outcome with the logit link; found the "
        "bernoulli family with the probit link"
    )
    three = density_of(np.ones((6, 2)), np.eye(3)[[0, 1, 2, 0, 1, 2]], Normal(0, 1), Multinomial(3))
    assert (refuses(three) or "").endswith("found the multinomial family with the logit link")
    assert refuses(density_of(X, y, StudentT(3, 0, 1))) == "the prior StudentT is not Gaussian"
    one_class = density_of(np.ones((3, 1)), class_counts(np.ones(3, int), 2, None), Flat())
    assert (refuses(one_class) or "").startswith("the posterior is improper: ")
    assert Gibbs(tune=-1).refuses(exam_model().density) == (
        "tune=-1 is negative; expected a number of draws to discard"
    )


def test_a_precision_lost_to_rounding() -> None:
    rows = sites_of(exam_model().density)
    lost = Sites(
        rows.family,
        np.zeros_like(rows.X),
        rows.base,
        rows.counts,
        rows.constant,
        rows.pull,
        np.zeros((2, 2)),
        rows.center,
        rows.factor,
        rows.resolution,
    )
    with pytest.raises(FitFailed, match="given the Polya-Gamma variables the coefficients have no"):
        _step(lost, np.zeros((2, 4)), np.random.default_rng(0))


def test_a_long_run_shows_its_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []

    @contextmanager
    def recorded(label: str, total: int, *, enabled: bool) -> Iterator[Callable[[int], None]]:
        assert (label, total) == ("gibbs", 350)
        yield seen.append if enabled else lambda _: None

    monkeypatch.setattr(gibbs, "progress", recorded)
    for shown in (False, True):
        Gibbs(tune=100).run(
            exam_model().density,
            draws=10,
            chains=4,
            rng=np.random.default_rng(0),
            progressbar=shown,
        )
        assert sum(seen) == 350 * shown
