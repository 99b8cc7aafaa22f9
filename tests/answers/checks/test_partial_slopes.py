"""The check of proportional odds, against models with a slope for each boundary."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import bayeslogit as bl
from bayeslogit.answers.checks.partial_slopes import cases
from bayeslogit.specification.partial import relaxed
from tests.journeys.test_multiclass import LEVELS, RHS, housing


def table(extra: float, n: int = 1500, seed: int = 0) -> dict[str, np.ndarray]:
    """Return ratings whose upper boundary has a slope larger by ``extra`` for ``x``."""
    rng = np.random.default_rng(seed)
    x, z = rng.uniform(-1, 1, n), rng.normal(size=n)
    below = np.stack([-1.0 - x - z, 1.5 - (1.0 + extra) * x - z])
    above = 1 / (1 + np.exp(below))
    u = rng.random(n)
    return {"x": x, "z": z, "y": (u < above).sum(axis=0)}


def test_a_slope_that_changes_is_found_and_others_are_not() -> None:
    found = bl.ordinal("y ~ x + z", table(1.5)).check_proportional_odds()
    assert found.doubtful == ("x",)
    assert "doubtful for 'x'" in repr(found)
    slopes = found.slopes.set_index(["term", "boundary"])
    assert slopes.loc[("x", "0|1"), "p_above"] < 0.01
    assert slopes.loc[("x", "1|2"), "p_above"] > 0.99
    gap = slopes.loc[("x", "1|2"), "slope"] - slopes.loc[("x", "0|1"), "slope"]
    assert abs(gap - 1.5) < 4 * 2 * slopes.loc[("x", "1|2"), "difference_sd"]
    assert list(found.slopes.columns[6:8]) == ["eti94_lb", "eti94_ub"]


def test_content_is_uniform_where_odds_are_proportional() -> None:
    contents = [
        bl.ordinal("y ~ x + z", table(0.0, 400, seed)).check_proportional_odds().terms["content"]
        for seed in range(60)
    ]
    values = np.sort(np.concatenate(contents))
    from scipy import stats

    assert stats.kstest(values, "uniform").pvalue > 0.001


def test_covariance_counts_that_boundaries_share_rows() -> None:
    # The spread of differences over repeated tables is the one that is said.
    tables = [table(0.0, 500, seed) for seed in range(100, 200)]
    found = [bl.ordinal("y ~ x + z", t).check_proportional_odds().slopes for t in tables]
    differences = np.array([f["difference"] for f in found])
    said = np.mean([f["difference_sd"] for f in found], axis=0)
    np.testing.assert_allclose(differences.std(axis=0), said, rtol=0.3)


def test_terms_of_several_columns_are_judged_together() -> None:
    model = bl.ordinal(f"satisfaction ~ {RHS}", housing(), levels=LEVELS, weights="frequency")
    found = model.check_proportional_odds(ci_prob=0.9)
    # Influence and contact: two columns and one, each for two boundaries that differ once.
    assert found.terms["df"].tolist() == [2, 3, 1]
    assert found.terms["content"].between(0, 1).all()
    assert len(found.slopes) == 12
    assert "eti90_lb" in found.slopes


@pytest.mark.parametrize("link", ["probit", "cloglog"])
def test_other_links_and_offsets(link: str) -> None:
    data = table(0.0)
    plain = bl.ordinal("y ~ x", data, link=link)
    assert np.isfinite(plain.check_proportional_odds().terms.to_numpy()).all()
    moved = bl.ordinal("y ~ x", data, link=link, offset=np.full(1500, 0.3))
    np.testing.assert_allclose(
        moved.check_proportional_odds().slopes["slope"],
        plain.check_proportional_odds().slopes["slope"],
        rtol=0.01,
    )


def test_weights_are_repeated_rows() -> None:
    data = table(0.5, 200)
    twice = {k: np.repeat(v, 2) for k, v in data.items()}
    once = bl.ordinal("y ~ x", data | {"w": np.full(200, 2.0)}, weights="w")
    np.testing.assert_allclose(
        once.check_proportional_odds().terms,
        bl.ordinal("y ~ x", twice).check_proportional_odds().terms,
        rtol=1e-8,
    )


@pytest.mark.slow
def test_leave_one_out_says_whether_slopes_of_their_own_predict_better() -> None:
    model = bl.ordinal("y ~ x + z", table(1.5, 600))
    found = model.check_proportional_odds(loo=True, draws=500, random_seed=1)
    assert found.comparison is not None
    ranks = found.comparison.table
    assert ranks.index.tolist() == ["own slopes", "one slope"]
    assert float(ranks["elpd_diff"].iloc[1]) < -2 * float(ranks["dse"].iloc[1])
    assert "own slopes" in repr(found)
    # It is the comparison of the two fits that a user would make.
    fits = {
        "one slope": model.fit(draws=500, random_seed=1),
        "own slopes": bl.ordinal("y ~ x + z", table(1.5, 600), partial=["x", "z"]).fit(
            draws=500, random_seed=1
        ),
    }
    by_hand = bl.compare(fits).table
    np.testing.assert_allclose(ranks["elpd"], by_hand["elpd"], rtol=1e-12)
    same = bl.ordinal("y ~ x + z", table(0.0, 600)).check_proportional_odds(
        loo=True, terms=["x"], draws=500, random_seed=1
    )
    assert same.comparison is not None
    assert same.comparison.table["elpd_diff"].iloc[1] > -4.0


@pytest.mark.parametrize("form", ["cumulative", "sequential", "adjacent"])
@pytest.mark.parametrize(
    "priors",
    [
        None,
        bl.Normal(0, 1),
        {"cutpoints": bl.Dirichlet(1), "x": bl.StudentT(3, 0, 1)},
        {"cutpoints": bl.Normal(0, 3)},
    ],
)
def test_a_relaxed_model_is_the_one_that_partial_builds(form: str, priors: Any) -> None:
    data = table(0.5, 100)
    plain = bl.ordinal("y ~ x + z", data, form=form, priors=priors)
    built = bl.ordinal("y ~ x + z", data, form=form, priors=priors, partial=["x"])
    found = relaxed(plain, ["x"])
    assert found.layout.names == built.layout.names
    theta = np.array([-1.2, 1.6, 0.8, 0.9, 0.3])[:, None] + 0.1 * np.random.default_rng(1).normal(
        size=(5, 6)
    )
    np.testing.assert_allclose(found.density.value(theta), built.density.value(theta), rtol=1e-12)
    assert found.prior.default == built.prior.default


def test_cases_are_left_out_one_at_a_time() -> None:
    data = table(1.0, 150)
    twice = {k: np.repeat(v, 2) for k, v in data.items()}
    weighted = bl.ordinal("y ~ x", data | {"w": np.full(150, 2.0)}, weights="w", offset=data["z"])
    plain = bl.ordinal("y ~ x", twice, offset=twice["z"])
    options: Any = {"loo": True, "draws": 500, "random_seed": 1}
    one, two = (m.check_proportional_odds(**options).comparison for m in (weighted, plain))
    assert one is not None
    assert two is not None
    np.testing.assert_allclose(one.table["elpd"], two.table["elpd"], rtol=1e-9)
    assert cases(plain) is plain


def test_what_has_no_larger_model_is_refused() -> None:
    with pytest.raises(bl.DesignError, match=r"differ between boundaries already \(partial=\)"):
        bl.ordinal("y ~ x", table(0.0, 100), partial=["x"]).check_proportional_odds(loo=True)
    joint = bl.GaussianPrior(np.array([-1.0, 1.0, 0.0]), np.eye(3))
    model = bl.ordinal("y ~ x", table(0.0, 100), priors=joint)
    with pytest.raises(
        bl.PriorError, match="joint prior of its 3 coefficients; expected priors by"
    ):
        model.check_proportional_odds(loo=True)
    with pytest.raises(bl.DesignError, match="terms= names 'zz', which is not a term"):
        bl.ordinal("y ~ x", table(0.0, 100)).check_proportional_odds(loo=True, terms=["zz"])


def test_what_cannot_be_checked_is_refused() -> None:
    model = bl.logistic("passed ~ hours", bl.load_dataset("exam"))
    with pytest.raises(bl.DesignError, match="the bernoulli model has no boundaries.*ordinal"):
        model.check_proportional_odds()
    with pytest.raises(bl.DesignError, match="3 classes and 0 slopes; expected three or more"):
        bl.ordinal("y ~ 1", table(0.0)).check_proportional_odds()
