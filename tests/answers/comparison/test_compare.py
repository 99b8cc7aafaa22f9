"""Comparison of models: equal to ArviZ, and what it remarks where it cannot tell them apart."""

from __future__ import annotations

from dataclasses import replace

import arviz_stats
import numpy as np
import pandas as pd
import pytest

import bayeslogit as bl
from bayeslogit.answers.comparison.compared import compared
from bayeslogit.answers.comparison.stacking import stacking
from bayeslogit.inference.base import Evidence
from bayeslogit.posterior.posterior import Posterior
from tests.helpers import exam, random_table

WIDE = {"Intercept": bl.Normal(0, 10), "slopes": bl.Normal(0, 10)}


def fitted(formula, table=None, method="auto", priors=None, seed=1, **options):
    model = bl.logistic(formula, exam() if table is None else table, priors=priors, **options)
    return model.fit(method, random_seed=seed, progressbar=False)


@pytest.fixture(scope="module")
def exact():
    """The exam with and without its slope, by quadrature, at prior sds of 10."""
    null = {"Intercept": bl.Normal(0, 10)}
    return {
        "null": fitted("passed ~ 1", method="quadrature", priors=null),
        "hours": fitted("passed ~ hours", method="quadrature", priors=WIDE),
    }


@pytest.fixture(scope="module")
def fits():
    table = random_table(150, seed=11)
    return {f: fitted(f, table) for f in ("y ~ x + z + g", "y ~ x", "y ~ flag")}


# ---- leave-one-out --------------------------------------------------------------------------


@pytest.mark.parametrize("formula", ["y ~ x + z + g", "y ~ flag"])
def test_loo_equals_arviz(fits, formula):
    fit = fits[formula]
    ours, theirs = fit.loo(progressbar=False), arviz_stats.loo(fit.idata, pointwise=True)
    # ArviZ lengthens the tail that is smoothed by the draws' autocorrelation.
    assert ours.elpd == pytest.approx(theirs.elpd, abs=0.02)
    assert ours.se == pytest.approx(theirs.se, rel=2e-3)
    assert ours.p == pytest.approx(theirs.p, abs=0.02)
    np.testing.assert_allclose(ours.elpd_i, theirs.elpd_i, atol=0.02)
    assert ours.good_k == pytest.approx(theirs.good_k)
    assert (ours.n_data_points, ours.n_samples) == (150, 4000)
    assert ours.doubtful == 0


def test_loo_of_whole_rows_has_the_binomial_coefficients():
    table = random_table(60, seed=5)
    model = bl.binomial("k ~ x + z", table, trials="n")
    fit = model.fit(random_seed=2, progressbar=False)
    ours, theirs = fit.loo(unit="row", progressbar=False), arviz_stats.loo(fit.idata)
    assert str(ours).startswith("leave-one-out over 60 rows: elpd ")
    assert ours.elpd == pytest.approx(theirs.elpd, abs=0.05)
    assert ours.p == pytest.approx(theirs.p, abs=0.05)


def test_loo_of_an_approximation_is_carried_to_the_posterior():
    """Laplace draws, weighted, give the leave-one-out of exact draws."""
    model = bl.logistic("passed ~ hours", exam(), priors=dict.fromkeys(WIDE, bl.Normal(0, 2.5)))
    truth = model.fit("quadrature", draws=4000, random_seed=1).loo(progressbar=False).elpd
    rough = model.fit("laplace", draws=4000, random_seed=1)
    mended = rough.loo(progressbar=False).elpd
    naive = replace(rough, outcome=replace(rough.outcome, gaussian=None)).loo(progressbar=False)
    assert abs(mended - truth) < 0.03
    assert abs(naive.elpd - truth) > 0.08


def test_a_large_k_is_counted():
    table = exam()
    table.loc[20] = [60.0, 0]
    found = fitted("passed ~ hours", table, priors=bl.Normal(0, 2.5)).loo(progressbar=False)
    assert found.doubtful == 1
    assert "1 case has a Pareto k above 0.70" in str(found)


def test_too_few_draws_have_no_k():
    fit = bl.logistic("passed ~ hours", exam()).fit("laplace", draws=2, chains=1, random_seed=1)
    found = fit.loo(progressbar=False)
    assert "20 cases have no Pareto k, for want of different draws" in str(found)


def test_a_point_estimate_has_no_loo():
    with pytest.raises(bl.MethodRefused, match="leave-one-out prediction needs many draws, and a"):
        fitted("passed ~ hours", method="map").loo()


# ---- comparison -----------------------------------------------------------------------------


def test_comparison_equals_arviz(fits):
    found = bl.compare(fits, progressbar=False)
    theirs = arviz_stats.compare({k: f.idata for k, f in fits.items()}, round_to="none")
    assert found.table.index.tolist() == theirs.index.tolist()
    shared = ["elpd", "elpd_diff", "p"]
    np.testing.assert_allclose(found.table[shared], theirs[shared].astype(float), atol=0.05)
    np.testing.assert_allclose(found.table["se"], theirs["se"].astype(float), rtol=5e-3)
    np.testing.assert_allclose(found.table["dse"], theirs["dse"].astype(float), rtol=1e-2)
    np.testing.assert_allclose(found.table["weight"], theirs["weight"].astype(float), atol=2e-3)
    worse = theirs["p_worse"].astype(float).to_numpy()[1:]
    np.testing.assert_allclose(found.table["p_worse"].to_numpy()[1:], worse, atol=5e-3)
    assert found.table["rank"].tolist() == [0, 1, 2]
    assert found.table["elpd_diff"].iloc[0] == 0.0
    assert np.isnan(found.table["p_worse"].iloc[0])


@pytest.mark.parametrize("models", [2, 4])
def test_stacking_weights_are_the_best_mixture(models):
    rng = np.random.default_rng(models)
    elpd = rng.normal(-1.0, 0.7, size=(300, models))
    weights = stacking(elpd)
    assert weights.sum() == pytest.approx(1.0)
    assert (weights >= 0.0).all()
    dens = np.exp(elpd)
    gain = (dens / (dens @ weights)[:, None]).mean(axis=0)
    # Karush-Kuhn-Tucker: one where a model has weight, at most one where it has none.
    assert gain.max() < 1.0 + 1e-5
    np.testing.assert_allclose(gain[weights > 1e-6], 1.0, atol=1e-5)


def test_stacking_of_very_unlikely_rows():
    rows = np.array([[-2000.0, -2001.0], [-1500.0, -1502.0]])
    assert stacking(rows).tolist() == [1.0, 0.0]


def test_models_of_other_links_and_families_compare():
    table = random_table(120, seed=3)
    table["three"] = pd.cut(table["x"] + table["z"], [-9, -0.5, 0.5, 9], labels=["l", "m", "h"])
    fits = {
        "ordinal": bl.ordinal("three ~ x", table).fit(random_seed=1, progressbar=False),
        "nominal": bl.multinomial("three ~ x", table).fit(random_seed=1, progressbar=False),
    }
    assert bl.compare(fits, progressbar=False).table["rank"].tolist() == [0, 1]
    links = {k: fitted("y ~ x", table, link=k) for k in ("logit", "probit")}
    found = bl.compare(links, progressbar=False)
    assert abs(found.table["elpd_diff"].iloc[1]) < 1.0


# ---- Bayes factors --------------------------------------------------------------------------


def test_bayes_factor_of_the_slope(exact):
    """Quadrature on a grid of 1601 x 1601 points: log evidences -13.614855 and -16.958803."""
    found = bl.compare(exact, progressbar=False)
    evidence = found.evidence
    assert evidence["log_evidence"].to_numpy() == pytest.approx([-13.614855, -16.958803], abs=1e-6)
    assert 1 / evidence.loc["null", "bayes_factor"] == pytest.approx(np.exp(3.343948), rel=2e-6)
    assert evidence["kind"].tolist() == ["exact", "exact"]
    assert any("depend on the priors, however many the data" in note for note in found.notes)


def with_evidence(fit, kind):
    return replace(fit, outcome=replace(fit.outcome, evidence=Evidence(-13.0, kind)))


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("lower bound", "'hours' is a lower bound: a ratio of bounds bounds nothing"),
        ("approximation", "'hours' is an approximation of unknown error"),
    ],
)
def test_rough_evidence_is_said_to_be_rough(exact, kind, sentence):
    fits = exact | {"hours": with_evidence(exact["hours"], kind)}
    assert any(sentence in note for note in bl.compare(fits, progressbar=False).notes)


def test_default_and_flat_priors_make_poor_bayes_factors(exact):
    default = fitted("passed ~ hours", method="quadrature")
    found = bl.compare({"a": default, "null": exact["null"]}, progressbar=False)
    assert any("'a' have default priors, which nobody meant" in note for note in found.notes)
    flat = fitted("passed ~ hours", priors="flat")
    found = bl.compare(exact | {"flat": flat}, progressbar=False)
    assert "flat" not in found.evidence.index
    assert any("'flat' have no evidence: flat priors" in note for note in found.notes)
    alone = bl.compare({"flat": flat, "null": exact["null"]}, progressbar=False)
    assert len(alone.evidence) == 0


# ---- what to mind ---------------------------------------------------------------------------


def test_small_differences_and_few_rows_are_remarked(exact):
    other = fitted("passed ~ hours", priors={"hours": bl.Normal(0, 8)}, method="quadrature")
    notes = bl.compare(exact | {"other": other}, progressbar=False).notes
    assert any("With 20 cases (fewer than 100)" in note for note in notes)
    assert any("Less than 4 nats from the best:" in note for note in notes)


@pytest.mark.filterwarnings("ignore::bayeslogit.BayesLogitWarning")
def test_large_k_and_grouped_rows_are_remarked():
    table = exam()
    table.loc[20] = [60.0, 0]
    two = {
        "a": fitted("passed ~ hours", table, priors=bl.Normal(0, 2.5)),
        "b": fitted("passed ~ 1", table),
    }
    notes = bl.compare(two, progressbar=False).notes
    assert any("Cases with a large Pareto k ('a': 1)" in note for note in notes)
    seeds = bl.load_dataset("seeds")
    counts = {
        f or "none": bl.binomial("germinated ~ x1", seeds, trials="n", dispersion=f).fit(
            "laplace", random_seed=1
        )
        for f in (None, "beta")
    }
    found = bl.compare(counts, progressbar=False)
    assert {e.unit for e in found.elpds.values()} == {"row"}
    assert any("Rows are left out whole, with all their cases" in note for note in found.notes)
    for name, fit in counts.items():
        row = fit.loo(unit="row", progressbar=False).elpd
        assert found.table.loc[name, "elpd"] == pytest.approx(row, abs=1e-12)
    with pytest.raises(bl.DesignError, match="unit='case' was given for the beta_binomial family"):
        counts["beta"].loo(unit="case")
    with pytest.raises(bl.DesignError, match="unit='rows' is not known.*Did you mean 'row'"):
        counts["none"].loo(unit="rows")


def test_approximations_and_many_models_are_remarked(fits):
    fit = fits["y ~ x"]
    rough = fit.model.fit("laplace", random_seed=1)
    notes = bl.compare({"rough": rough, "exact": fit}, progressbar=False).notes
    assert any("'rough' are approximations" in note for note in notes)
    short = replace(fit, outcome=replace(fit.outcome, draws=fit.outcome.draws[:, :50]))
    notes = bl.compare({str(i): short for i in range(12)}, progressbar=False).notes
    assert any("The best of 12 models looks better than it is" in note for note in notes)


# ---- what bad input gets --------------------------------------------------------------------


def refused(fits, sentence, error=bl.DesignError):
    with pytest.raises(error, match=sentence):
        bl.compare(fits, progressbar=False)


def test_not_a_dict_of_fits(fits):
    fit = fits["y ~ x"]
    refused([fit, fit], r"compare\(\) got list; expected a dict of names and fits")
    refused({"a": fit, "b": fit.model}, "got Model as 'b'; expected a fit")
    refused({"a": fit}, "there are 1 models to compare; expected at least two")


def test_other_rows_outcomes_and_weights(fits):
    table = random_table(150, seed=11)
    fit = fits["y ~ x"]
    refused({"a": fit, "b": fitted("y ~ x", table[:100])}, r"different rows \(150 and 100\)")
    turned = fitted("y ~ x", table.assign(y=1 - table["y"]))
    refused({"a": fit, "b": turned}, "differ in the outcome, its trials or the weights")
    weighted = fitted("y ~ x", table, weights="w")
    refused({"a": fit, "b": weighted}, "differ in the outcome, its trials or the weights")
    words = fitted("y ~ x", table.assign(y=np.where(table["y"] == 1, "yes", "no")))
    refused({"a": fit, "b": words}, "have different outcomes")


def test_the_same_outcome_told_the_other_way_round_is_the_same(fits):
    table = random_table(150, seed=11)
    turned = bl.logistic("y ~ x", table, event=0).fit(random_seed=1, progressbar=False)
    found = bl.compare({"a": fits["y ~ x"], "b": turned}, progressbar=False)
    assert abs(found.table["elpd_diff"].iloc[1]) < 0.1


def test_point_estimates_are_refused(fits):
    point = fits["y ~ x"].model.fit("map")
    refused({"a": fits["y ~ x"], "b": point}, "fit by method 'map'", bl.MethodRefused)


# ---- how it looks ---------------------------------------------------------------------------


def test_it_prints(exact):
    found = bl.compare(exact, progressbar=False)
    text = str(found)
    assert text.startswith("Models compared by leave-one-out (elpd in nats")
    for part in ("weight", "bayes_factor", "note: "):
        assert part in text
    html = found._repr_html_()
    assert html.count("<table") == 2
    assert "<ul><li>" in html
    assert repr(found) == text
    assert set(found.elpds) == {"null", "hours"}
    assert "leave-one-out over 20 cases: elpd" in repr(found.elpds["hours"])


def test_a_plain_posterior_is_enough(exact):
    plain = {
        name: Posterior(fit.model, fit.method, fit.outcome, fit.seed, fit.seconds)
        for name, fit in exact.items()
    }
    assert compared(plain).table.index[0] == "hours"
