"""Inner chains: how they are laid out, and that their reported diagnostics are true."""

from __future__ import annotations

import numpy as np
import pytest

from bayeslogit.inference.inner_chains import InnerChains, check_convergence
from bayeslogit.numerics.convergence import diagnose


@pytest.mark.parametrize(
    ("chains", "draws", "groups", "length"),
    [(4, 1000, 4, 1000), (1, 1000, 4, 250), (2, 1000, 4, 500), (3, 100, 6, 250), (6, 7, 6, 250)],
)
def test_groups(chains: int, draws: int, groups: int, length: int) -> None:
    inner = InnerChains(chains, draws)
    assert (inner.groups, inner.length) == (groups, length)
    x = np.arange(groups * length * 2.0).reshape(groups, length, 2)
    assert inner.returned(x).shape == (chains, draws, 2)


def test_inner_chains_are_whole_and_in_time_order() -> None:
    inner = InnerChains(4, 1000)
    assert inner.per_group(64) == 16
    # Sixty-four inner chains of 63 draws; the number is the chain, its fraction the time.
    x = np.arange(64)[:, None] + np.arange(63)[None, :] / 100
    rows = inner.returned(inner.join(x))
    assert rows.shape == (4, 1000)
    np.testing.assert_array_equal(rows[0, :63], x[0])
    np.testing.assert_array_equal(rows[0, 63:126], x[1])
    np.testing.assert_array_equal(rows[3, :63], x[48])


def test_fewer_draws_than_were_made_are_spread_over_them() -> None:
    inner = InnerChains(1, 10)
    rows = inner.returned(np.arange(1000.0).reshape(4, 250))
    np.testing.assert_array_equal(rows[0], 100 * np.arange(10))


def test_more_chains_than_lanes() -> None:
    assert InnerChains(100, 50).per_group(64) == 1


def test_a_stuck_inner_chain_is_seen() -> None:
    rng = np.random.default_rng(1)
    x = rng.standard_normal((64, 63, 1))
    assert check_convergence(InnerChains(4, 1000).join(x))[1] == ()
    x[::4] = 5.0 * rng.standard_normal((16, 1, 1))
    codes = [problem.code for problem in check_convergence(InnerChains(4, 1000).join(x))[1]]
    assert "low_ess" in codes


@pytest.mark.parametrize("slope", [0.0, 0.5, 0.9])
def test_effective_sizes_of_joined_chains_are_true(slope: float) -> None:
    rng = np.random.default_rng(7)
    means, reported = [], []
    inner = InnerChains(4, 1000)
    for _ in range(200):
        x = rng.standard_normal((64, 63, 1)) * np.sqrt(1 - slope**2)
        x[:, 0] /= np.sqrt(1 - slope**2)
        for t in range(1, 63):
            x[:, t] += slope * x[:, t - 1]
        joined = inner.join(x)
        means.append(joined.mean())
        reported.append(1.0 / diagnose(joined).ess_bulk[0])
    # The variance of 200 means has a relative standard error of 10 %.
    assert np.var(means) / np.mean(reported) == pytest.approx(1.0, abs=0.3)


def test_problems_say_what_was_found_expected_and_to_do() -> None:
    rng = np.random.default_rng(3)
    x = np.cumsum(rng.standard_normal((4, 1000, 2)), axis=1)
    found, problems = check_convergence(x)
    sentences = {problem.code: problem.sentence for problem in problems}
    assert (
        f"the largest R-hat is {found.worst_rhat:.3f}; expected below 1.01"
        in (sentences["high_rhat"])
    )
    assert "run method='nuts' with more draws, or set a tighter prior." in sentences["high_rhat"]
    assert "of 4000 draws; expected at least 400; ask for more draws" in sentences["low_ess"]


def test_draws_that_are_not_finite_are_not_sound() -> None:
    x = np.full((4, 500, 1), np.nan)
    assert {problem.code for problem in check_convergence(x)[1]} == {"high_rhat", "low_ess"}
