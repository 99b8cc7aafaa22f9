"""The table of coefficients: published estimates, bases of log-odds, odds ratios, the prior."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import bayeslogit as bl
from tests.helpers import exam, exam_model


@pytest.fixture(scope="module")
def fit():
    return exam_model().fit("laplace", draws=500, random_seed=1)


@pytest.fixture(scope="module")
def mle():
    return bl.logistic("passed ~ hours", exam(), priors="flat").fit("map")


def test_article_s_estimates(mle):
    table = mle.summary()
    np.testing.assert_allclose(table["mode"], [-4.077713431, 1.504645428], atol=5e-10)
    np.testing.assert_allclose(table["curvature_sd"], [1.760994314, 0.628720846], atol=5e-10)
    assert mle.summary("odds_ratio")["mode"].iloc[1] == pytest.approx(4.502557, abs=5e-7)


@pytest.mark.parametrize(("base", "divisor"), [("e", 1.0), (2, np.log(2)), (10, np.log(10))])
def test_bases(mle, base, divisor):
    table = mle.summary(base=base)
    np.testing.assert_allclose(table["mode"] * divisor, mle.summary()["mode"], rtol=1e-14)
    np.testing.assert_allclose(
        table["curvature_sd"] * divisor, mle.summary()["curvature_sd"], rtol=1e-14
    )


def test_a_base_is_of_log_odds_only(mle):
    assert mle.summary(base=2).columns.name == "map: passed = 1, in bits"
    probit = exam_model(link="probit").fit("map")
    with pytest.raises(bl.DesignError, match="base=10 does not suit link='probit'"):
        probit.summary(base=10)
    seeds = bl.binomial("germinated ~ x1", bl.load_dataset("seeds"), trials="n", dispersion="beta")
    found = seeds.fit("map")
    ratio = found.summary()["mode"] / found.summary(base=2)["mode"]
    np.testing.assert_allclose(ratio, [np.log(2), np.log(2), 1.0])


def test_summary_is_arviz_s_with_the_prior(fit):
    import arviz_stats

    ours = fit.summary()
    theirs = arviz_stats.summary(fit.idata, round_to="none", var_names=["Intercept", "beta"])
    np.testing.assert_allclose(ours.drop(columns="prior"), theirs, rtol=1e-12)
    assert ours["prior"].tolist() == ["Normal(0, 10)", "Normal(0, 2.5)"]
    assert ours.columns.name == "laplace: passed = 1"
    assert ours.attrs["outcome"] == "passed = 1"
    assert list(fit.summary(ci_prob=0.95, ci_kind="hdi").columns[2:4]) == ["hdi95_lb", "hdi95_ub"]


def test_odds_ratios_are_summarised_draw_by_draw(fit):
    slope = fit.posterior["beta"].values.ravel()
    table = fit.summary("odds_ratio", ci_prob=0.9)
    assert table.loc["hours", "median"] == pytest.approx(np.median(np.exp(slope)), rel=1e-12)
    assert table.loc["hours", "eti90_lb"] == pytest.approx(np.exp(np.quantile(slope, 0.05)))
    assert fit.summary(round_to=2)["mean"].tolist() == fit.summary()["mean"].round(2).tolist()


def test_diagnostics_say_notes_and_the_bar_that_few_draws_were_held_to(fit):
    few = exam_model().fit("independence", draws=100, random_seed=1)
    assert "held to R-hat below 1.1 and 100 effective draws, not to 1.01 and 400" in (
        few.diagnostics()
    )
    assert "few draws: held to R-hat below 1.1" in few.check(progressbar=False)["draws"].sentence
    many = exam_model().fit("independence", random_seed=1)
    assert "few draws" not in many.diagnostics()
    assert many.diagnostics().endswith("no problems found")
    for severities, said in (
        (["note"], "notes: a0"),
        (["warning", "note"], "problems: a0; notes: a1"),
        ([], "no problems found"),
    ):
        problems = tuple(bl.Problem(f"a{i}", "so", s) for i, s in enumerate(severities))
        held = replace(fit, outcome=replace(fit.outcome, problems=problems))
        assert held.diagnostics().endswith(said)
