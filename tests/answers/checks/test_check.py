"""``check``: what it finds in data, priors and draws, how severe that is, and in which words."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2

import bayeslogit as bl
from bayeslogit.answers.checks.data import INTERCEPT_ROWS, check_events, variance_decomposition
from bayeslogit.answers.checks.draws import check_draws
from bayeslogit.answers.checks.findings import Finding, Findings, from_problem
from bayeslogit.errors import Problem
from bayeslogit.inference import Outcome
from bayeslogit.inference.separation import separation
from tests.answers.classical.test_table import COMPLETE, endometrial, housing, lizards
from tests.helpers import exam, random_table


def found_in(model: bl.Model, code: str) -> Finding:
    return model.check()[code]


@pytest.fixture(scope="module")
def exam_fit():
    return bl.logistic("passed ~ hours", exam()).fit(random_seed=1, progressbar=False)


# ---- separation: the verdicts of R's detectseparation ---------------------------------------


def test_endometrial_is_quasi_completely_separated_in_nv():
    """README and tests of detectseparation: NV is infinite, the others are finite."""
    finding = found_in(bl.logistic("HG ~ NV + PI + EH", endometrial()), "separation")
    assert (finding.severity, finding.names) == ("warning", ("NV",))
    assert "quasi-completely separated by the predictors: 'NV' to plus infinity" in finding.sentence
    assert "leans on the prior" in finding.action


def test_lizards_overlap():
    """Tests of detectseparation: all six estimates of the lizards are finite."""
    model = bl.binomial("grahami ~ height + diameter + light + time", lizards(), trials="n")
    assert found_in(model, "separation").severity == "ok"


def test_complete_separation_under_flat_priors_is_severe():
    finding = found_in(bl.logistic("y ~ x", COMPLETE, priors="flat"), "separation")
    assert (finding.severity, finding.names) == ("severe", ("Intercept", "x"))
    assert "completely separated" in finding.sentence
    assert "'Intercept' to minus infinity, 'x' to plus infinity" in finding.sentence
    assert "prior of 'Intercept', 'x' is flat" in finding.sentence
    assert "there is no posterior" in finding.action


def test_separation_among_collinear_columns():
    table = COMPLETE.assign(z=lambda t: 3 * t["x"])
    findings = bl.logistic("y ~ x + z", table).check()
    assert findings["separation"].names[0] == "Intercept"
    assert len(findings["separation"].names) == 2
    assert "exactly collinear" in findings["collinearity"].sentence


def test_more_columns_than_rows():
    rng = np.random.default_rng(6)
    findings = bl.logistic(rng.normal(size=(30, 90)), rng.integers(0, 2, 30)).check()
    assert findings["separation"].severity == "warning"
    assert "completely separated" in findings["separation"].sentence
    assert "exactly collinear" in findings["collinearity"].sentence
    assert findings["events"].severity == "warning"


def test_where_wald_says_nothing_the_posterior_is_proper():
    """statsmodels stops at a slope of 39.2 with a standard error of 25 660 here."""
    model = bl.logistic("y ~ x", COMPLETE)
    row = model.classical().coefficients.loc["x"]
    assert np.isinf(row["estimate"])
    assert np.isnan(row["p"])
    fit = model.fit(random_seed=1, progressbar=False)
    slope = fit.posterior["beta"].to_numpy()
    assert 0.5 < slope.mean() < 5.0
    assert slope.std() < 3.0
    assert (slope > 0.0).mean() > 0.999


def test_separation_of_several_classes():
    x = np.arange(12.0)
    three = ["a"] * 4 + ["b"] * 4 + ["c"] * 4
    finding = found_in(bl.multinomial("y ~ x", {"x": x, "y": three}), "separation")
    assert finding.severity == "warning"
    assert {"c: Intercept", "c: x"} <= set(finding.names)
    mixed = ["a", "b", "c"] * 4
    assert found_in(bl.multinomial("y ~ x", {"x": x, "y": mixed}), "separation").severity == "ok"


def test_many_infinite_estimates_are_cut_short():
    rng = np.random.default_rng(0)
    model = bl.logistic(np.diag(rng.uniform(1, 2, 12)), [0, 1] * 6, intercept=False)
    found = separation(model.density.likelihood, model.density.names)
    assert found.kind == "complete"
    assert found.sentence.endswith("'x9' to plus infinity, ... (12 in all)")


def test_a_clean_split_of_many_rows_names_the_splitter():
    rng = np.random.default_rng(1)
    X = rng.normal(size=(4000, 8))
    model = bl.logistic(X, (X[:, 0] > 0.3).astype(int))
    finding = found_in(model, "separation")
    assert finding.names == ("Intercept", "x0")
    assert "'x0' to plus infinity; to infinity, the sign open: 'x1'" in finding.sentence
    assert "... (7 in all)" in finding.sentence


def test_a_maximum_that_is_not_found_is_a_note(monkeypatch):
    def fail(*_):
        raise bl.FitFailed("no")

    monkeypatch.setattr("bayeslogit.answers.checks.data.maximise", fail)
    finding = found_in(bl.logistic("passed ~ hours", exam()), "separation")
    assert finding.severity == "note"
    assert "was not found, though the outcomes overlap" in finding.sentence


# ---- collinearity ---------------------------------------------------------------------------


def test_condition_indices_by_hand():
    """Two columns of length one at a correlation r: eigenvalues 1 + r and 1 - r."""
    r = 0.99
    X = np.array([[1.0, r], [0.0, np.sqrt(1 - r * r)]]) * [3.0, 0.2]
    table = variance_decomposition(X, ("a", "b"))
    assert table.index[1] == pytest.approx(np.sqrt((1 + r) / (1 - r)))
    np.testing.assert_allclose(table.sum(), 1.0)
    shares = np.array([1 / (1 + r), 1 / (1 - r)])
    np.testing.assert_allclose(table["a"], shares / shares.sum())


def test_near_collinearity_names_the_columns():
    table = random_table(100)
    table["copy"] = table["x"] + 0.002 * table["z"]
    table["other"] = np.random.default_rng(3).normal(size=100)
    finding = found_in(bl.logistic("y ~ x + copy + other", table), "collinearity")
    assert (finding.severity, finding.names) == ("warning", ("x", "copy"))
    assert finding.values["condition_index"] > 300
    assert "nearly determine one another: condition index" in finding.sentence
    assert "read their coefficients together" in finding.action
    np.testing.assert_allclose(finding.details.sum(), 1.0)


def test_two_near_dependences_are_both_seen():
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=(2, 200))
    noise = 1e-3 * rng.normal(size=(2, 200))
    X = np.column_stack([a, a + noise[0], b, b + noise[1]])
    finding = found_in(bl.logistic(X, rng.integers(0, 2, 200)), "collinearity")
    assert finding.names == ("x0", "x1", "x2", "x3")


def test_a_column_far_from_zero_is_only_a_note():
    rng = np.random.default_rng(2)
    table = {"year": 2000 + rng.uniform(0, 10, 80), "y": rng.integers(0, 2, 80)}
    finding = found_in(bl.logistic("y ~ year", table), "collinearity")
    assert (finding.severity, finding.names) == ("note", ("Intercept", "year"))
    assert "'year' is far from zero for its spread" in finding.sentence
    assert "centre it" in finding.action
    assert found_in(bl.logistic("y ~ center(year)", table), "collinearity").severity == "ok"


def test_exact_collinearity_names_the_columns():
    table = random_table(60).assign(s=lambda t: t["x"] + t["z"])
    finding = found_in(bl.logistic("y ~ x + z + s + flag", table), "collinearity")
    assert (finding.severity, finding.names) == ("warning", ("x", "z", "s"))
    assert "the prior alone divides the effect" in finding.action


def test_constant_and_copied_columns():
    table = random_table(40).assign(one=3.0, again=lambda t: t["x"])
    findings = bl.logistic("y ~ x + one + again", table).check()
    said = [f for f in findings.findings if f.code == "columns"]
    assert [f.names for f in said] == [("one",), ("again",)]
    assert "the columns 'one' have the same value in every row" in said[0].sentence
    assert "the columns 'again' repeat an earlier column" in said[1].sentence
    assert {f.severity for f in said} == {"warning"}


def test_one_column_cannot_be_collinear():
    assert found_in(bl.logistic("passed ~ 1", exam()), "collinearity").severity == "ok"


# ---- cells ----------------------------------------------------------------------------------


def test_empty_and_small_cells():
    y = [0, 1] * 10 + [1] * 4
    table = {"g": ["a"] * 10 + ["b"] * 10 + ["c"] * 4, "y": y}
    finding = found_in(bl.logistic("y ~ g", table), "cells")
    assert (finding.severity, finding.names) == ("warning", ("g",))
    assert "g = c has no '0'" in finding.sentence
    assert finding.details.loc[("g", "c")].tolist() == [0.0, 4.0]
    few = {"g": ["a"] * 14 + ["b"] * 10, "y": [0, 1] * 5 + [0, 1] * 7}
    finding = found_in(bl.logistic("y ~ g", few), "cells")
    assert finding.severity == "ok"
    finding = found_in(bl.logistic("y ~ g", {**few, "y": [0, 1] * 7 + [0] * 8 + [1] * 2}), "cells")
    assert (finding.severity, finding.values["smallest"]) == ("note", 2.0)
    assert "has 2 cases (g = b, '1')" in finding.sentence


def test_cells_of_an_interaction():
    rng = np.random.default_rng(4)
    a, b = rng.choice(["u", "v"], 200), rng.choice([0.5, 1.5], 200)
    y = np.where((a == "v") & (b == 1.5), 1, rng.integers(0, 2, 200))
    table = {"a": a, "b": b, "y": y}
    finding = found_in(bl.logistic("y ~ a * b", table), "cells")
    assert "a & b = v & 1.5 has no '0'" in finding.sentence
    assert found_in(bl.logistic("y ~ a + b", table), "cells").severity == "ok"


def test_many_empty_cells_are_cut_short():
    table = {"g": list("abcdefgh") * 2, "y": [0, 1, 0, 1, 0, 1, 0, 1] * 2}
    sentence = found_in(bl.logistic("y ~ g", table), "cells").sentence
    assert sentence.endswith("... (8 cells in all)")


def test_weights_count_in_cells():
    table = {"g": ["a", "a", "b", "b"], "y": [0, 1, 0, 1], "w": [9.0, 9.0, 0.0, 9.0]}
    assert (
        "g = b has no '0'" in found_in(bl.logistic("y ~ g", table, weights="w"), "cells").sentence
    )


# ---- events per variable --------------------------------------------------------------------


def test_events_per_variable_of_the_exam():
    finding = found_in(bl.logistic("passed ~ hours", exam()), "events")
    assert finding.values["events_per_variable"] == 10.0
    assert finding.values["rule_of_ten_cases"] == 20.0
    assert finding.values["intercept_rows"] == pytest.approx(96.04, abs=5e-3)
    assert finding.sentence.startswith("10 events per variable (10 of '0', 1 coefficient; the rule")
    assert "(96.04 would do)" in finding.sentence
    assert "2 to 4 events per variable" in finding.action
    assert pytest.approx(0.25 * (1.959964 / 0.1) ** 2, rel=1e-6) == INTERCEPT_ROWS


def test_rule_of_ten_for_five_coefficients_at_a_share_of_one_fifth():
    counts = np.repeat([[1.0, 0.0], [0.0, 1.0]], [800, 200], axis=0)
    finding = check_events(counts, 5, ("no", "yes"))
    assert finding.values["rule_of_ten_cases"] == pytest.approx(250.0)
    assert (finding.severity, finding.values["events_per_variable"]) == ("ok", 40.0)
    assert finding.action == ""


@pytest.mark.parametrize(("slopes", "severity"), [(41, "warning"), (30, "note"), (20, "ok")])
def test_few_events_are_worse(slopes, severity):
    counts = np.repeat([[1.0, 0.0], [0.0, 1.0]], [800, 200], axis=0)
    assert check_events(counts, slopes, ("no", "yes")).severity == severity


def test_events_without_predictors_and_of_several_classes():
    assert found_in(bl.logistic("passed ~ 1", exam()), "events").severity == "note"
    model = bl.multinomial("satisfaction ~ contact + type", housing(), weights="frequency")
    finding = found_in(model, "events")
    assert finding.values["slopes"] == 4
    assert finding.values["events"] == 446
    ordinal = bl.ordinal("satisfaction ~ contact + type", housing(), weights="frequency")
    assert found_in(ordinal, "events").values["slopes"] == 4


# ---- over-dispersion ------------------------------------------------------------------------


def seeds_model() -> bl.Model:
    return bl.binomial("germinated ~ x1 * x2", bl.load_dataset("seeds"), trials="n")


def test_seeds_are_over_dispersed():
    """R 4.2, glm: deviance 33.277786 and Pearson chi-square 31.651145 on 17 df."""
    finding = found_in(seeds_model(), "dispersion")
    assert finding.severity == "warning"
    assert finding.values["deviance"] == pytest.approx(33.277786, abs=5e-7)
    assert finding.values["pearson"] == pytest.approx(31.651145, abs=5e-7)
    assert finding.values["df"] == 17
    assert finding.values["p"] == pytest.approx(chi2.sf(31.651145, 17), rel=1e-6)
    assert "1.86 times as much as binomial trials do" in finding.sentence
    assert "too narrow, by a factor of about 1.4" in finding.action


def test_posterior_predictive_share_of_scatter():
    fit = seeds_model().fit("laplace", random_seed=1)
    finding = fit.check(progressbar=False)["dispersion"]
    # The discrepancy averages over coefficients, so it is a little larger than the tail of
    # chi-square at the estimate.
    assert 0.01 < finding.values["posterior_predictive_p"] < 0.06
    assert "of tables drawn from the posterior scatter as much" in finding.sentence


def test_binomial_counts_scatter_as_they_should_and_single_trials_say_nothing():
    rng = np.random.default_rng(1)
    x, n = rng.normal(size=80), rng.integers(5, 20, 80)
    table = {"x": x, "n": n, "k": rng.binomial(n, 1 / (1 + np.exp(-x)))}
    assert found_in(bl.binomial("k ~ x", table, trials="n"), "dispersion").severity == "ok"
    assert "dispersion" not in bl.logistic("passed ~ hours", exam()).check()


def test_too_little_scatter_is_a_note():
    n = np.full(30, 20)
    x = np.linspace(-2, 2, 30)
    k = np.round(n / (1 + np.exp(-x))).astype(int)
    finding = found_in(bl.binomial("k ~ x", {"x": x, "k": k, "n": n}, trials="n"), "dispersion")
    assert finding.severity == "note"
    assert "less scatter than chance allows" in finding.action
    few = bl.binomial("k ~ x", {"x": [0.0, 1.0], "k": [1, 2], "n": [4, 4]}, trials="n")
    assert "dispersion" not in few.check()


# ---- the prior ------------------------------------------------------------------------------


def test_flat_and_extreme_priors():
    finding = found_in(bl.logistic("passed ~ hours", exam(), priors="flat"), "prior")
    assert finding.names == ("Intercept", "hours")
    assert "the prior of 'Intercept', 'hours' is flat" in finding.sentence
    wide = bl.logistic("passed ~ hours", exam(), priors=bl.Normal(0, 100))
    finding = found_in(wide, "prior")
    assert finding.severity == "note"
    assert finding.values["extreme_share"] > 0.9
    assert "beyond 1 % or 99 %" in finding.sentence
    assert found_in(bl.logistic("passed ~ hours", exam()), "prior").severity == "ok"


def test_prior_of_ordered_classes():
    model = bl.ordinal("satisfaction ~ contact", housing(), weights="frequency")
    assert 0.0 <= found_in(model, "prior").values["extreme_share"] <= 1.0


def test_sensitivity_equals_arviz(exam_fit):
    from arviz_stats import psense

    finding = exam_fit.check(progressbar=False)["prior_sensitivity"]
    for group in ("prior", "likelihood"):
        theirs = psense(exam_fit.idata, group=group)
        ours = finding.details[group]
        assert ours["Intercept"] == pytest.approx(float(theirs["Intercept"]), rel=1e-6)
        assert ours["hours"] == pytest.approx(float(theirs["beta"][0]), rel=1e-6)
    assert finding.severity == "note"
    assert "prior and data both move" in finding.sentence


def test_a_prior_that_fights_the_data_is_a_warning():
    model = bl.logistic("passed ~ hours", exam(), priors={"hours": bl.Normal(-1, 0.3)})
    findings = model.fit(random_seed=1, progressbar=False).check(progressbar=False)
    assert findings["prior_sensitivity"].severity == "warning"
    assert "hours" in findings["prior_sensitivity"].names
    shift = findings["prior_shift"]
    assert shift.severity == "note"
    assert "more than one standard error from the maximum likelihood estimate" in shift.sentence
    assert shift.values["largest_shift"] > 1.0


def test_a_prior_that_decides_alone(recwarn):
    fit = bl.logistic("HG ~ NV + PI + EH", endometrial()).fit(random_seed=1, progressbar=False)
    findings = fit.check(progressbar=False)
    sensitivity = findings["prior_sensitivity"]
    assert "NV" in sensitivity.names
    assert (
        sensitivity.details.loc["NV", "likelihood"] < 0.05 < sensitivity.details.loc["NV", "prior"]
    )
    shift = findings["prior_shift"]
    assert "no finite, unique maximum likelihood estimate of 'NV'" in shift.sentence
    assert np.isinf(shift.details.loc["NV", "mle"])


def test_much_data_leaves_little_to_the_prior():
    table = random_table(800, seed=7)
    findings = bl.logistic("y ~ x + z", table).fit(random_seed=1, progressbar=False).check()
    assert findings["prior_sensitivity"].severity == "ok"
    assert findings["prior_shift"].severity == "ok"
    assert findings.worst == "ok"


def test_movement_puts_three_answers_side_by_side(exam_fit):
    table = exam_fit.check(progressbar=False)["prior_shift"].details
    assert table.columns.tolist() == [
        *("mle", "mle_se", "map", "posterior_mean", "posterior_sd", "shift")
    ]
    np.testing.assert_allclose(table["mle"], [-4.077713431, 1.504645428], atol=5e-10)
    expected = (table["posterior_mean"] - table["mle"]) / table["mle_se"]
    np.testing.assert_allclose(table["shift"], expected)
    mode = exam_fit.model.fit("map").theta[:, 0]
    np.testing.assert_allclose(table["map"], mode, rtol=1e-10)


def test_flat_priors_have_no_sensitivity():
    fit = bl.logistic("passed ~ hours", exam(), priors="flat").fit(random_seed=1, progressbar=False)
    finding = fit.check(progressbar=False)["prior_sensitivity"]
    assert (finding.severity, finding.sentence) == (
        "ok",
        "every prior is flat: there is none to vary",
    )


# ---- draws and rows -------------------------------------------------------------------------


def test_draws_of_the_exam(exam_fit):
    finding = exam_fit.check(progressbar=False)["draws"]
    assert finding.severity == "ok"
    assert finding.values["rhat"] < 1.01
    assert finding.values["ess"] > 400


def test_chains_that_do_not_agree():
    rng = np.random.default_rng(0)
    draws = rng.normal(size=(4, 500, 1)) + np.arange(4)[:, None, None]
    findings = check_draws(Outcome(draws, exact=True, label="draws"))
    assert [f.code for f in findings] == ["high_rhat", "low_ess"]
    assert findings[0].severity == "severe"
    assert findings[0].action.startswith("do not use these draws")


def test_problems_of_a_fit_are_passed_on_once():
    rng = np.random.default_rng(0)
    draws = rng.normal(size=(4, 500, 1)) + np.arange(4)[:, None, None]
    known = Problem("high_rhat", "found 1.5; expected 1.0; run longer.", "severe")
    findings = check_draws(Outcome(draws, exact=True, label="draws", problems=(known,)))
    assert [f.code for f in findings] == ["high_rhat", "low_ess"]
    assert (findings[0].sentence, findings[0].action) == ("found 1.5; expected 1.0", "run longer")
    assert from_problem(Problem("a", "one part")).sentence == "one part"


@pytest.mark.parametrize(
    ("info", "severity", "word"),
    [
        ({"pareto_k": 0.2, "verdict": "close to the posterior"}, "ok", "close to the posterior"),
        ({"pareto_k": 0.6}, "note", "k-hat 0.60"),
        ({"pareto_k": 0.9}, "warning", "k-hat 0.90"),
        ({}, "note", "was not measured"),
    ],
)
def test_approximations(info, severity, word):
    outcome = Outcome(np.zeros((1, 10, 1)), exact=False, label="Gaussian", info=info)
    (finding,) = check_draws(outcome)
    assert finding.severity == severity
    assert word in finding.sentence


def test_a_point_estimate_is_checked_without_draws():
    findings = bl.logistic("passed ~ hours", exam()).fit("map").check()
    assert "point estimate" in findings["draws"].sentence
    assert "influence" not in findings
    assert "prior_sensitivity" not in findings
    assert "the posterior mode is within" in findings["prior_shift"].sentence


def test_an_influential_row_is_named():
    table = exam()
    table.loc[20] = [60.0, 0]
    model = bl.logistic("passed ~ hours", table, priors=bl.Normal(0, 2.5))
    finding = model.fit(random_seed=1, progressbar=False).check(progressbar=False)["influence"]
    assert finding.severity == "warning"
    assert finding.names == ("20",)
    assert finding.details.index[0] == 20
    assert "1 case has a Pareto k above 0.70" in finding.sentence


def test_too_few_draws_tell_nothing_of_rows_and_prior():
    fit = bl.logistic("passed ~ hours", exam()).fit("laplace", draws=2, chains=1, random_seed=1)
    findings = fit.check(progressbar=False)
    finding = findings["prior_sensitivity"]
    assert finding.severity == "note"
    assert "cannot be told from 2 draws: expected 25 or more" in finding.sentence
    finding = findings["influence"]
    assert finding.severity == "note"
    assert finding.sentence == (
        "whether a case dominates cannot be told: 20 cases have no Pareto k, for want of different "
        "draws"
    )


def test_no_row_dominates_the_exam(exam_fit):
    import arviz_stats

    finding = exam_fit.check(progressbar=False)["influence"]
    assert finding.severity == "ok"
    theirs = arviz_stats.loo(exam_fit.idata, pointwise=True).pareto_k.max()
    assert finding.values["largest_k"] == pytest.approx(float(theirs), abs=0.1)


def test_of_a_row_of_many_cases_one_is_left_out():
    finding = seeds_model().fit(random_seed=1).check(progressbar=False)["influence"]
    assert finding.severity == "ok"
    assert finding.values["largest_k"] < 0.5


def test_draws_are_thinned_for_many_rows(monkeypatch, exam_fit):
    monkeypatch.setattr("bayeslogit.answers.checks.draws._LARGEST", 20_000)
    findings = exam_fit.check(progressbar=False)
    assert findings["influence"].severity == "ok"
    assert findings["prior_sensitivity"].details.loc["hours", "prior"] == pytest.approx(
        0.08, abs=0.05
    )


@pytest.mark.parametrize("build", [bl.multinomial, bl.ordinal])
def test_several_classes_are_checked(build):
    model = build("satisfaction ~ contact + influence", housing(), weights="frequency")
    findings = model.fit("laplace", random_seed=1).check(progressbar=False)
    assert {"separation", "cells", "events", "draws", "influence", "prior_shift"} <= {
        f.code for f in findings.findings
    }


# ---- how it looks ---------------------------------------------------------------------------


def test_worst_come_first_in_every_form():
    findings = bl.logistic("y ~ x", COMPLETE, priors="flat").check()
    table = findings.table
    assert findings.worst == table["severity"].iloc[0] == "severe"
    assert table.index.name == "check"
    assert table.columns.tolist() == ["severity", "finding", "what_to_do"]
    assert len(table) == len(findings)
    text = str(findings)
    assert text.startswith("Check of the model of y = 1")
    assert text.index("severe") < text.index("ok ")
    assert max(len(line) for line in text.splitlines()) <= 100
    html = findings._repr_html_()
    assert "✖ severe" in html
    assert html.count("<tr>") == len(findings) + 1
    assert repr(findings) == text


def test_records_are_plain(exam_fit):
    records = exam_fit.check(progressbar=False).records()
    assert json.loads(json.dumps(records)) == records
    assert set(records[0]) == {"check", "severity", "finding", "what_to_do", "names", "values"}


def test_unknown_finding():
    findings = bl.logistic("passed ~ hours", exam()).check()
    with pytest.raises(
        bl.DesignError, match=r"no finding 'separations'.*Did you mean 'separation'"
    ):
        findings["separations"]
    assert Findings("nothing", ()).worst == "ok"


def test_same_fit_same_findings(exam_fit):
    assert (
        exam_fit.check(progressbar=False).records() == exam_fit.check(progressbar=False).records()
    )
    other = replace(exam_fit, seed=None)
    assert other.check(progressbar=False)["draws"].severity == "ok"


def test_a_table_of_everything_wrong_is_refused_nothing():
    """A check never fails on data that can be modelled at all."""
    table = pd.DataFrame({"a": [1.0] * 6, "b": [1.0] * 6, "y": [0, 0, 0, 0, 0, 1]})
    findings = bl.logistic("y ~ a + b", table).check()
    assert findings["events"].severity == "warning"
    assert "columns" in findings
