"""The classical table: to every printed digit of published figures, and equal to statsmodels.

Figures of the exam data: R 4.2, glm, rms::lrm, brglm2 and ResourceSelection. The endometrial
table (references/endometrial.csv) is Endometrial.dat of Agresti (2015, Foundations of Linear and
Generalized Linear Models, section 5.7), first analysed by Heinze and Schemper (2002,
doi:10.1002/sim.1047); its figures are in the README of the R packages brglm2 and
detectseparation. The lizards (references/lizards.csv) are in McCullagh and Nelder (1989,
Generalized Linear Models, p. 129), from Schoener (1970, Ecology 51, 408-418).
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.interpolate import CubicSpline
from scipy.optimize import brentq, minimize
from scipy.stats import chi2, kstest, norm

import bayeslogit as bl
from bayeslogit.answers.classical.firth import density_slope, firth
from bayeslogit.answers.classical.fit_indices import hosmer_lemeshow, likelihood_indices
from bayeslogit.answers.classical.likelihood_ratio import factors
from bayeslogit.answers.classical.maximum_likelihood import informative, maximise
from bayeslogit.answers.classical.profile import profile_bound
from bayeslogit.families import LINKS
from bayeslogit.inference.level import is_level
from bayeslogit.inference.mode import Mode, climb
from bayeslogit.inference.separation import comparisons
from tests.benchmarks.climbs import random_model
from tests.helpers import REFERENCES, UNBOUNDED, exam, random_table


def endometrial() -> pd.DataFrame:
    return pd.read_csv(REFERENCES / "endometrial.csv")


def lizards() -> pd.DataFrame:
    table = pd.read_csv(REFERENCES / "lizards.csv")
    first = {
        "height": ["<5ft", ">=5ft"],
        "diameter": ["<=2in", ">2in"],
        "light": ["sunny", "shady"],
        "time": ["early", "midday", "late"],
    }
    for name, levels in first.items():
        table[name] = pd.Categorical(table[name], levels)
    return table.assign(n=table["grahami"] + table["opalinus"])


@pytest.fixture(scope="module")
def found():
    return bl.logistic("passed ~ hours", exam()).classical()


# ---- the exam table, digit by digit ---------------------------------------------------------


def test_estimates_and_wald_tests(found):
    table = found.coefficients
    np.testing.assert_allclose(table["estimate"], [-4.077713431, 1.504645428], atol=5e-10)
    np.testing.assert_allclose(table["se"], [1.760994314, 0.628720846], atol=5e-10)
    assert found.maximum.covariance[0, 1] == pytest.approx(-1.034503459, abs=5e-10)
    assert table["z"].round(3).tolist() == [-2.316, 2.393]
    assert table["p"].round(4).tolist() == [0.0206, 0.0167]
    np.testing.assert_allclose(table["wald"], [5.3618850, 5.7273354], atol=5e-8)


EXAM_STATISTICS = {
    "deviance": (16.05975693, 18, 5e-9),
    "null_deviance": (27.72588722, 19, 5e-9),
    "likelihood_ratio": (11.66613029, 1, 5e-9),
    "aic": (20.0597569287, None, 5e-11),
    "bic": (22.0512214758, None, 5e-11),
    "log_loss": (0.4014939232, None, 5e-11),
    "r2_likelihood": (0.4207667080, None, 5e-11),
    "mcfadden": (0.4207667080, None, 5e-11),
    "cox_snell": (0.4419498883, None, 5e-11),
    "cox_snell_ceiling": (0.75, None, 1e-14),
    "nagelkerke": (0.5892665177, None, 5e-11),
    "tjur": (0.4726491931, None, 5e-11),
    "efron": (0.4532639563, None, 5e-11),
    "mckelvey_zavoina": (0.5975902456, None, 5e-11),
    "brier": (0.1366840109, None, 5e-11),
    "auc": (0.895, None, 1e-14),
}


@pytest.mark.parametrize("name", EXAM_STATISTICS)
def test_statistics(found, name):
    value, df, tolerance = EXAM_STATISTICS[name]
    row = found.statistics.loc[name]
    assert row["value"] == pytest.approx(value, abs=tolerance)
    if df is not None:
        assert row["df"] == df


def test_likelihood_ratio_of_the_term(found):
    assert found.statistics.loc["likelihood_ratio", "p"] == pytest.approx(0.0006364826, abs=5e-11)
    row = found.terms.loc["hours"]
    assert row["likelihood_ratio"] == pytest.approx(11.66613029, abs=5e-9)
    assert (row["df"], row["with"]) == (1, "")
    assert found.entry["deviance"].tolist() == pytest.approx([27.72588722, 16.05975693], abs=5e-9)
    small = bl.logistic("passed ~ 1", exam()).classical()
    for test in (found.against(small), small.against(found)):
        assert (test.df, test.statistic) == (1, pytest.approx(11.66613029, abs=5e-9))
        assert test.p == pytest.approx(0.0006364826, abs=5e-11)


def test_cox_snell_and_mcfadden_are_related(found):
    value = found.statistics["value"]
    null = value["null_log_likelihood"]
    cox_snell = 1 - np.exp(null) ** (2 * value["mcfadden"] / 20)
    assert cox_snell == pytest.approx(0.4419498883, abs=5e-11)
    assert 10 * np.log(1 - cox_snell) / null == pytest.approx(value["mcfadden"], rel=1e-12)


@pytest.mark.parametrize(
    ("share", "ceiling"),
    [
        *((0.5, 0.75), (0.4, 0.739727), (0.3, 0.705280), (0.2, 0.632417)),
        *((0.1, 0.478041), (0.05, 0.327686), (0.01, 0.105958)),
    ],
)
def test_ceiling_of_cox_snell_by_share_of_cases(share, ceiling):
    null = 1000 * (share * np.log(share) + (1 - share) * np.log(1 - share))
    found = likelihood_indices(null / 2, null, 1000, -null, -2 * null)["cox_snell_ceiling"]
    assert found == pytest.approx(ceiling, abs=6e-7)


@pytest.mark.parametrize(
    ("groups", "statistic", "df", "p"), [(10, 2.245526, 8, 0.972544), (5, 0.624075, 3, 0.890899)]
)
def test_hosmer_lemeshow(found, groups, statistic, df, p):
    with pytest.warns(bl.BayesLogitWarning, match=r"obsolete.*calibration\(\) instead"):
        test = found.hosmer_lemeshow(groups)
    assert (test.df, test.statistic) == (df, pytest.approx(statistic, abs=5e-7))
    assert test.p == pytest.approx(p, abs=5e-7)
    assert test.table["events"].sum() == pytest.approx(test.table["expected"].sum()) == 10
    assert "obsolete" in str(test)


def test_profile_interval_is_exact_and_that_of_r_is_its_interpolation(found):
    """R's confint prints 0.52936 to 3.14514: it interpolates a spline by straight lines."""
    likelihood, top = found.likelihood, found.maximum
    X, y = likelihood.X, found.response.y

    def deviance(slope):
        eta = lambda intercept: intercept + slope * X[:, 1]  # noqa: E731
        score = lambda a: np.sum(y - 1 / (1 + np.exp(-eta(a))))  # noqa: E731
        best = eta(brentq(score, -60, 60, xtol=1e-14))
        return -2 * (np.sum(y * best - np.log1p(np.exp(best))) - top.log_likelihood)

    bounds = found.coefficients.loc["hours", ["profile95_lb", "profile95_ub"]].to_numpy(float)
    cut = chi2.ppf(0.95, 1)
    for bound, bracket in zip(bounds, ((0.1, 1.5), (1.6, 5.0)), strict=True):
        exact = brentq(lambda b: deviance(b) - cut, *bracket, xtol=1e-13)
        assert bound == pytest.approx(exact, abs=1e-9)
    np.testing.assert_allclose(bounds, [0.5291204302, 3.1449443458], atol=5e-11)

    # R: steps of a fifth of the widest z, a spline at three times as many points, then lines.
    estimate, se = top.estimates[1], top.standard_errors[1]
    widest = np.sqrt(chi2.ppf(1 - 0.05 / 4, 1))
    points = {estimate: 0.0}
    for side in (-1, 1):
        for step in range(1, 11):
            at = estimate + side * step * widest / 5 * se
            points[at] = side * np.sqrt(deviance(at))
            if abs(points[at]) > widest:
                break
    x = np.array(sorted(points))
    fine = np.linspace(x[0], x[-1], 3 * len(x))
    z = CubicSpline(x, [points[v] for v in x])(fine)
    theirs = np.interp(norm.ppf([0.025, 0.975]), z, fine)
    np.testing.assert_allclose(theirs, [0.52936, 3.14514], atol=5e-6)
    assert np.abs(bounds - theirs).max() < 3e-4


def test_wald_interval():
    table = bl.logistic("passed ~ hours", exam()).classical(intervals="wald").coefficients
    bounds = table.loc["hours", ["wald95_lb", "wald95_ub"]].tolist()
    assert bounds == pytest.approx([0.27238, 2.73692], abs=5e-6)


def test_probit_of_the_exam():
    """R stops 6e-5 short of the standard errors; its estimates are 0.0000005 off."""
    model = bl.logistic("passed ~ hours", exam(), link="probit")
    table = model.classical(information="expected").coefficients
    np.testing.assert_allclose(table["estimate"], [-2.4727601, 0.9126805], atol=2e-5)
    np.testing.assert_allclose(table["se"], [0.9516079, 0.3367201], rtol=1e-4)


@pytest.mark.parametrize("link", UNBOUNDED)
def test_standard_errors_are_from_the_observed_information(link):
    """One rule for all families and links: minus the second derivatives, as Stata has it."""
    model = bl.logistic("passed ~ hours", exam(), link=link)
    found = model.classical(intervals="wald")
    rows = model.density.likelihood
    step = 1e-5
    sides = [
        (rows.newton(found.maximum.theta + way)[1] - rows.newton(found.maximum.theta - way)[1])
        for way in step * np.eye(2)
    ]
    se = np.sqrt(np.diag(np.linalg.inv(-np.array(sides) / (2.0 * step))))
    np.testing.assert_allclose(found.coefficients["se"], se, rtol=1e-7)
    expected = model.classical(intervals="wald", information="expected")
    same = np.allclose(found.coefficients["se"], expected.coefficients["se"], rtol=1e-9)
    assert same == (link == "logit")
    assert any("observed information" in note for note in found.notes) == (link != "logit")
    assert any("expected information" in note for note in expected.notes) == (link != "logit")


def test_observed_information_of_the_probit_is_that_of_statsmodels():
    table = exam()
    theirs = sm.Probit(table["passed"], sm.add_constant(table["hours"])).fit(disp=0, tol=1e-10)
    found = bl.logistic("passed ~ hours", table, link="probit").classical()
    np.testing.assert_allclose(found.coefficients["se"], theirs.bse, rtol=1e-6)
    assert found.coefficients["se"].iloc[0] == pytest.approx(0.9836, abs=5e-5)


def test_what_information_may_be():
    with pytest.raises(
        bl.DesignError, match=r"information='fisher' is not known; expected 'observed'"
    ):
        bl.logistic("passed ~ hours", exam()).classical(information="fisher")
    table = {"y": [0, 1, 2, 0, 1, 2], "x": [1, 2, 3, 3, 2, 1]}
    for model in (bl.ordinal("y ~ x", table), bl.multinomial("y ~ x", table)):
        with pytest.raises(bl.DesignError, match=r"'expected' is for two classes"):
            model.classical(information="expected")


@pytest.mark.parametrize("value", [0, 1])
def test_one_class_has_no_maximum(value):
    table = {"y": [value] * 6, "x": [1, 2, 3, 4, 5, 6], "n": [1] * 6}
    for model in (bl.logistic("y ~ x", table), bl.binomial("y ~ x", table, trials="n")):
        with pytest.raises(bl.FitFailed, match="no maximum likelihood estimate exists: every case"):
            model.classical()


def test_two_by_two_table_gives_the_log_odds_ratio():
    a, b, c, d = 12, 5, 4, 9
    table = pd.DataFrame({"y": [1, 0, 1, 0], "x": [1, 1, 0, 0], "w": [a, b, c, d]})
    found = bl.logistic("y ~ x", table, weights="w").classical()
    row = found.coefficients.loc["x"]
    assert row["estimate"] == pytest.approx(np.log(a * d / (b * c)), rel=1e-12)
    assert row["se"] == pytest.approx(np.sqrt(1 / a + 1 / b + 1 / c + 1 / d), rel=1e-12)


# ---- other published figures ----------------------------------------------------------------


def test_seeds():
    found = bl.binomial("germinated ~ x1 * x2", bl.load_dataset("seeds"), trials="n").classical()
    np.testing.assert_allclose(
        found.coefficients["estimate"],
        [-0.55817174, 0.14592695, 1.31818187, -0.77810370],
        atol=5e-9,
    )
    deviance, pearson = found.statistics.loc["deviance"], found.statistics.loc["pearson"]
    assert (deviance["value"], deviance["df"]) == (pytest.approx(33.277786, abs=5e-7), 17)
    assert (pearson["value"], pearson["df"]) == (pytest.approx(31.651145, abs=5e-7), 17)
    assert found.terms.loc["x1", "with"] == "x1:x2"
    assert any("do not depend on how trials are grouped" in note for note in found.notes)


def housing() -> pd.DataFrame:
    table = bl.load_dataset("housing")
    order = {
        "satisfaction": ["Low", "Medium", "High"],
        "influence": ["Low", "Medium", "High"],
        "type": ["Tower", "Apartment", "Atrium", "Terrace"],
        "contact": ["Low", "High"],
    }
    return table.assign(
        **{k: pd.Categorical(table[k], v, ordered=k == "satisfaction") for k, v in order.items()}
    )


def test_several_classes_have_the_likelihood_part():
    """R: MASS::polr and nnet::multinom on MASS::housing."""
    formula = "satisfaction ~ influence + type + contact"
    found = bl.ordinal(formula, housing(), weights="frequency").classical()
    assert found.statistics.loc["deviance", "value"] == pytest.approx(3479.1493, abs=5e-5)
    theirs = [-0.49613534, 0.69070829, 0.56639374, 1.28881906]
    theirs += [-0.57235015, -0.36618657, -1.09101490, 0.36028415]
    # polr stops its quasi-Newton climb about 1e-6 short.
    np.testing.assert_allclose(found.coefficients["estimate"], theirs, atol=3e-6)
    assert found.terms["df"].tolist() == [2, 3, 1]
    assert "wald95_lb" in found.coefficients
    assert "firth" not in found.coefficients
    found = bl.multinomial(formula, housing(), weights="frequency").classical()
    assert found.statistics.loc["deviance", "value"] == pytest.approx(3470.0839, abs=5e-5)
    assert found.terms["df"].tolist() == [4, 6, 2]
    for ask in (found.residuals, found.hosmer_lemeshow):
        with pytest.raises(bl.DesignError, match="for 3 classes; expected a yes/no outcome"):
            ask()


def test_lizards_have_finite_estimates():
    """detectseparation finds no separation; McCullagh and Nelder (p. 133): deviance 14.2, 17 df."""
    model = bl.binomial("grahami ~ height + diameter + light + time", lizards(), trials="n")
    found = model.classical()
    assert found.maximum.separation is None
    row = found.statistics.loc["deviance"]
    assert (round(row["value"], 1), row["df"]) == (14.2, 17)  # the row without trials is none
    assert found.statistics.loc["observations", "value"] == 23
    assert found.coefficients["estimate"].round(2).tolist() == [
        1.94,
        1.13,
        -0.76,
        -0.85,
        0.23,
        -0.74,
    ]


# ---- separation -----------------------------------------------------------------------------


def test_endometrial_estimates_are_the_limits():
    """README of detectseparation: NV infinite, the others to every printed digit."""
    found = bl.logistic("HG ~ NV + PI + EH", endometrial()).classical()
    assert found.maximum.separation.kind == "quasi-complete"
    assert found.maximum.separation.signs == {"NV": 1}
    table = found.coefficients
    assert table.loc["NV", "estimate"] == np.inf
    assert table.loc["NV", "se"] == np.inf
    assert table.loc["NV", ["z", "p"]].isna().all()
    finite = ["Intercept", "PI", "EH"]
    estimate, se = table.loc[finite, "estimate"], table.loc[finite, "se"]
    np.testing.assert_allclose(estimate, [4.3045178, -0.0421834, -2.9026056], atol=5e-8)
    np.testing.assert_allclose(se, [1.63729861, 0.04433196, 0.84555156], atol=2e-8)
    assert table.loc[finite, "z"].round(3).tolist() == [2.629, -0.952, -3.433]
    assert found.statistics.loc["deviance", "value"] == pytest.approx(55.393, abs=5e-4)
    assert found.statistics.loc["null_deviance", "value"] == pytest.approx(104.903, abs=5e-4)
    assert found.statistics.loc["aic", "value"] == pytest.approx(63.393, abs=5e-4)
    # 9.357643: difference of deviances in R, on the iterates that do not converge.
    assert found.terms.loc["NV", "likelihood_ratio"] == pytest.approx(9.357643, abs=5e-7)
    assert "'NV' to plus infinity" in found.notes[0]
    assert "quasi-completely separated" in str(found)


def test_endometrial_firth():
    """README of brglm2: brglm_fit."""
    table = bl.logistic("HG ~ NV + PI + EH", endometrial()).classical().coefficients
    np.testing.assert_allclose(table["firth"], [3.77456, 2.92927, -0.03475, -2.60416], atol=5e-6)
    np.testing.assert_allclose(table["firth_se"], [1.48869, 1.55076, 0.03958, 0.77602], atol=5.1e-6)


def test_endometrial_with_the_sign_turned_and_another_link():
    """The test of detectseparation: I(-NV) with cloglog runs to minus infinity."""
    model = bl.logistic("HG ~ I(-NV) + PI + EH", endometrial(), link="cloglog")
    found = maximise(model.density.likelihood, model.density.names)
    assert found.estimates[1] == -np.inf
    assert np.isfinite(found.estimates[[0, 2, 3]]).all()


def test_the_last_steps_to_infinity_are_not_those_to_a_maximum():
    """What a matrix library rounds off decides how the climb above ends; the verdict does not."""
    model = bl.logistic("HG ~ I(-NV) + PI + EH", endometrial(), link="cloglog")
    rows = informative(model.density.likelihood)
    theta = np.array([3.63639069, -5.58957384, -0.04740312, -2.56863708])
    value, _, precision = rows.newton(theta)
    moves = comparisons(rows, np.eye(4))[0]
    last = Mode(theta, value, precision, 59, 7.5e-16, True)
    assert is_level(last, moves)
    for link in UNBOUNDED:
        kept = bl.logistic("HG ~ PI + EH", endometrial(), link=link).density.likelihood
        mode = climb(kept, kept.start)
        assert mode.converged
        assert not is_level(mode, comparisons(kept, np.eye(3))[0])


def test_profile_of_an_infinite_estimate():
    model = bl.logistic("HG ~ NV + PI + EH", endometrial())
    found = model.classical()
    low, high = found.coefficients.loc["NV", ["profile95_lb", "profile95_ub"]]
    assert high == np.inf
    table = endometrial()
    X = sm.add_constant(table[["PI", "EH"]])
    fixed = sm.GLM(table["HG"], X, family=sm.families.Binomial(), offset=low * table["NV"])
    fall = 2 * (found.log_likelihood - fixed.fit(tol=1e-14).llf)
    assert fall == pytest.approx(chi2.ppf(0.95, 1), rel=1e-8)


COMPLETE = pd.DataFrame({"x": np.arange(1.0, 11.0), "y": [0] * 5 + [1] * 5})


def test_complete_separation():
    found = bl.logistic("y ~ x", COMPLETE).classical()
    assert found.maximum.separation.kind == "complete"
    assert found.coefficients["estimate"].tolist() == [-np.inf, np.inf]
    # R, brglm2: it stops when the score is 1e-6; the equations are solved further here.
    np.testing.assert_allclose(found.coefficients["firth"], [-5.33857209, 0.97064947], atol=6e-7)
    value = found.statistics["value"]
    assert value["deviance"] == 0.0
    assert value["likelihood_ratio"] == pytest.approx(-20 * np.log(0.5))
    assert value["tjur"] == value["efron"] == value["auc"] == 1.0
    assert "mckelvey_zavoina" not in value
    low, high = found.coefficients.loc["x", ["profile95_lb", "profile95_ub"]]
    assert 0.5 < low < 1.0
    assert high == np.inf
    residual = found.residuals()
    assert (residual[["deviance", "pearson", "leverage", "cook"]] == 0.0).all(axis=None)
    assert np.isfinite(residual["quantile"]).all()
    assert residual["probability"].tolist() == COMPLETE["y"].tolist()


@pytest.mark.parametrize("link", UNBOUNDED)
def test_a_slanted_quasi_separation_among_other_columns(link):
    """Undecided rows at x = 5 differ in another column: no equal rows help to see it."""
    rng = np.random.default_rng(5)
    x, z = rng.integers(0, 11, 60).astype(float), rng.normal(size=60)
    x[:20] = 5.0
    y = (x > 5).astype(int)
    y[:20] = (z[:20] + rng.normal(size=20) > 0).astype(int)
    model = bl.logistic("y ~ x + z", {"x": x, "z": z, "y": y}, link=link)
    found = maximise(model.density.likelihood, model.density.names)
    assert found.separation.kind == "quasi-complete"
    assert found.separation.signs == {"Intercept": -1, "x": 1}
    at_five = bl.logistic("y ~ z", {"z": z[x == 5], "y": y[x == 5]}, link=link)
    alone = maximise(at_five.density.likelihood, at_five.density.names)
    assert found.estimates[2] == pytest.approx(alone.estimates[1], rel=1e-9)
    assert found.standard_errors[2] == pytest.approx(alone.standard_errors[1], rel=1e-9)
    assert found.log_likelihood == pytest.approx(alone.log_likelihood, rel=1e-12)
    bounds = [
        profile_bound(d.likelihood, m, j, 1, 3.84)
        for d, m, j in ((model.density, found, 2), (at_five.density, alone, 1))
    ]
    assert bounds[0] == pytest.approx(bounds[1], rel=1e-7)


def test_direction_is_not_decided_where_columns_share_it():
    x = COMPLETE["x"]
    model = bl.logistic("y ~ x + z", COMPLETE.assign(z=x + np.tile([0.3, -0.2], 5)))
    found = maximise(model.density.likelihood, model.density.names)
    assert found.separation.signs["Intercept"] == -1
    assert found.separation.signs["x"] == found.separation.signs["z"] == 0
    assert np.isnan(found.estimates[1:]).all()
    assert found.separation.sentence.endswith("to infinity, the sign open: 'x', 'z'")
    assert model.classical().coefficients.loc["x", "profile95_ub"] == np.inf


def test_no_false_alarm_whatever_the_units():
    rng = np.random.default_rng(8)
    for _ in range(10):
        X = rng.normal(size=(40, 3)) * 10.0 ** rng.uniform(-5, 5, 3)
        model = bl.logistic(X, rng.integers(0, 2, 40))
        assert maximise(model.density.likelihood, model.density.names).separation is None


def test_several_classes_without_a_maximum_are_refused():
    table = pd.DataFrame({"x": np.arange(9.0), "y": ["a"] * 3 + ["b"] * 3 + ["c"] * 3})
    with pytest.raises(bl.FitFailed, match=r"no maximum likelihood estimate exists.*separated"):
        bl.multinomial("y ~ x", table).classical()


# ---- Firth ----------------------------------------------------------------------------------


def test_firth_of_the_exam(found):
    """R, brglm2 and arm: printed to six decimals, stopped at a score of 1e-6."""
    np.testing.assert_allclose(found.coefficients["firth"], [-3.286589, 1.201230], atol=1.1e-6)


@pytest.mark.parametrize("table", [exam(), COMPLETE.rename(columns={"x": "hours", "y": "passed"})])
def test_firth_maximises_the_likelihood_times_jeffreys_prior(table):
    model = bl.logistic("passed ~ hours", table)
    likelihood = model.density.likelihood

    def negative(theta):
        value, _, information = likelihood.newton(theta)
        return -(value + 0.5 * np.linalg.slogdet(information)[1])

    found = firth(likelihood)
    best = minimize(
        negative, [0.0, 0.0], method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-13}
    )
    np.testing.assert_allclose(found.theta, best.x, atol=2e-6)
    assert negative(found.theta) <= best.fun + 1e-12


@pytest.mark.parametrize("link", UNBOUNDED)
def test_density_slope_equals_differences(link):
    kind, step = LINKS[link], 1e-5
    eta = np.linspace(-2.0, 1.2, 9)
    density = lambda e: (kind.prob(e + step) - kind.prob(e - step)) / (2 * step)  # noqa: E731
    slope = (density(eta + step) - density(eta - step)) / (2 * step) / density(eta)
    np.testing.assert_allclose(density_slope(kind, eta), slope, atol=5e-4)


@pytest.mark.parametrize("link", UNBOUNDED)
def test_firth_removes_the_bias_of_first_order(link):
    """Over all outcomes of 16 trials at each of two settings the bias nearly vanishes."""
    X, trials, truth = np.array([[1.0, -1.0], [1.0, 1.0]]), 16, np.array([-0.2, 0.3])
    kind = LINKS[link]
    prob = kind.prob(X @ truth)
    from scipy.stats import binom

    bias, total = np.zeros(2), 0.0
    for a in range(trials + 1):
        for b in range(trials + 1):
            weight = binom.pmf(a, trials, prob[0]) * binom.pmf(b, trials, prob[1])
            if weight < 1e-6:
                continue
            counts = np.array([[trials - a, a], [trials - b, b]], float)
            model = bl.binomial(X[:, 1:], counts[:, 1].astype(int), trials=trials, link=link)
            bias += weight * (firth(model.density.likelihood).theta - truth)
            total += weight
    assert np.abs(bias / total).max() < 0.012


def test_firth_refuses_several_classes():
    model = bl.multinomial("satisfaction ~ contact", housing(), weights="frequency")
    with pytest.raises(bl.DesignError, match=r"Firth's estimate is for two classes.*'multinomial'"):
        firth(model.density.likelihood)


def test_firth_solves_tables_whose_rows_weigh_very_differently():
    # Two rows, one of them with 2 failures in 275 515 376 trials. Far out under the cauchit link
    # the adjusted equation of that row is -(2 + 1) / eta + n / (pi eta**2) = 0.
    model = random_model(539)
    failures, events = model.counts[0]
    assert failures == 2
    found = firth(model.density.likelihood)
    assert found.theta[0] == pytest.approx(events / (3.0 * np.pi), rel=1e-6)
    failures, events = model.counts[1]
    share = events / (failures + events)
    assert found.theta.sum() == pytest.approx(np.tan(np.pi * (share - 0.5)), abs=1e-6)
    assert np.isfinite(found.covariance).all()


def test_firth_says_when_it_gives_up():
    # Hundreds of millions of trials that the loglog link cannot follow at all, and one step.
    likelihood = random_model(503).density.likelihood
    with pytest.raises(
        bl.FitFailed, match="no solution that scoring or a search from 4 starts finds"
    ):
        firth(likelihood, steps=1)


# ---- statsmodels as oracle ------------------------------------------------------------------

_THEIR_LINKS = {
    "logit": sm.families.links.Logit,
    "probit": sm.families.links.Probit,
    "cloglog": sm.families.links.CLogLog,
    "loglog": sm.families.links.LogLog,
    "cauchit": sm.families.links.Cauchy,
}


def their_fit(model, link, y, **options):
    family = sm.families.Binomial(link=_THEIR_LINKS[link]())
    # It stops by default when the deviance no longer changes, which a coefficient that is off by
    # the square root of its rounding hardly does, and where that is depends on the processor.
    stop = {"tol": 1e-11, "tol_criterion": "params", "maxiter": 1000}
    return sm.GLM(y, model.design.X, family=family, **options).fit(**stop)


@pytest.mark.parametrize("link", UNBOUNDED)
def test_binary_rows_with_offset_and_weights_equal_statsmodels(link):
    table = random_table(120, seed=4).assign(w=lambda t: np.round(2 * t["w"]) + 1)
    model = bl.logistic("y ~ x + g + x:g", table, link=link, weights="w", offset="o")
    found = model.classical(intervals="wald", information="expected")
    theirs = their_fit(model, link, table["y"], offset=table["o"], freq_weights=table["w"])
    np.testing.assert_allclose(found.coefficients["estimate"], theirs.params, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(found.coefficients["se"], theirs.bse, rtol=2e-5)
    value = found.statistics["value"]
    assert value["log_likelihood"] == pytest.approx(theirs.llf, rel=1e-11)
    assert value["deviance"] == pytest.approx(theirs.deviance, rel=1e-11)
    assert value["pearson"] == pytest.approx(theirs.pearson_chi2, rel=1e-6)
    assert found.statistics.loc["deviance", "df"] == theirs.df_resid
    null = their_fit(
        bl.logistic("y ~ 1", table), link, table["y"], offset=table["o"], freq_weights=table["w"]
    )
    assert value["null_deviance"] == pytest.approx(null.deviance, rel=1e-11)
    assert value["aic"] == pytest.approx(theirs.aic, rel=1e-11)
    assert value["bic"] == pytest.approx(theirs.bic_llf, rel=1e-11)


@pytest.mark.parametrize("link", ["logit", "probit", "cloglog"])
def test_counts_and_their_residuals_equal_statsmodels(link):
    table = random_table(80, seed=6)
    model = bl.binomial("k ~ x + z + flag", table, trials="n", link=link, offset="o")
    found = model.classical(intervals="wald")
    pairs = np.column_stack([table["k"], table["n"] - table["k"]])
    theirs = their_fit(model, link, pairs, offset=table["o"])
    np.testing.assert_allclose(found.coefficients["estimate"], theirs.params, rtol=1e-6)
    value = found.statistics["value"]
    assert value["deviance"] == pytest.approx(theirs.deviance, rel=1e-10)
    assert value["log_likelihood"] == pytest.approx(theirs.llf, rel=1e-10)
    influence = theirs.get_influence(observed=False)
    mine = found.residuals()
    np.testing.assert_allclose(mine["probability"], theirs.fittedvalues, rtol=1e-6)
    np.testing.assert_allclose(mine["deviance"], theirs.resid_deviance, atol=1e-6)
    np.testing.assert_allclose(mine["pearson"], theirs.resid_pearson, atol=1e-6)
    np.testing.assert_allclose(mine["leverage"], influence.hat_matrix_diag, atol=1e-6)
    np.testing.assert_allclose(mine["cook"], influence.cooks_distance[0], atol=1e-6)
    np.testing.assert_allclose(mine["standardised"], influence.resid_studentized, atol=1e-5)
    assert (mine["deviance"] ** 2).sum() == pytest.approx(value["deviance"], rel=1e-12)


def test_terms_equal_statsmodels():
    table = random_table(150, seed=2)
    found = bl.logistic("y ~ x + z + g + flag", table).classical()
    whole = their_fit(bl.logistic("y ~ x + z + g + flag", table), "logit", table["y"])
    for term, rest in {"g": "x + z + flag", "x": "z + g + flag"}.items():
        part = their_fit(bl.logistic(f"y ~ {rest}", table), "logit", table["y"])
        row = found.terms.loc[term]
        assert row["likelihood_ratio"] == pytest.approx(2 * (whole.llf - part.llf), rel=1e-7)
        assert row["p"] == pytest.approx(chi2.sf(row["likelihood_ratio"], row["df"]), rel=1e-10)
    assert found.terms["df"].tolist() == [1, 1, 2, 1]
    first = their_fit(bl.logistic("y ~ x", table), "logit", table["y"])
    assert found.entry.loc["x", "deviance"] == pytest.approx(first.deviance, rel=1e-9)
    assert found.entry["likelihood_ratio"].sum() == pytest.approx(
        found.statistics.loc["likelihood_ratio", "value"], rel=1e-12
    )


def test_profile_intervals_with_weights_and_offset():
    table = random_table(90, seed=9)
    model = bl.logistic("y ~ x + z", table, weights="w", offset="o")
    found = model.classical(ci_prob=0.9)
    for side in ("lb", "ub"):
        bound = found.coefficients.loc["z", f"profile90_{side}"]
        held = bl.logistic("y ~ x", table, weights="w", offset=table["o"] + bound * table["z"])
        top = maximise(held.density.likelihood, held.density.names)
        fall = 2 * (found.log_likelihood - top.log_likelihood)
        assert fall == pytest.approx(chi2.ppf(0.9, 1), rel=1e-9)


def test_grouped_and_single_trials_agree():
    table = random_table(40, seed=3)
    grouped = bl.binomial("k ~ x", table, trials="n").classical()
    single = pd.DataFrame(
        {
            "x": np.repeat(table["x"], table["n"]),
            "y": np.concatenate(
                [[1] * k + [0] * (n - k) for k, n in zip(table["k"], table["n"], strict=True)]
            ),
        }
    )
    alone = bl.logistic("y ~ x", single).classical()
    columns = ["estimate", "se", "profile95_lb", "profile95_ub", "firth"]
    np.testing.assert_allclose(
        grouped.coefficients[columns], alone.coefficients[columns], rtol=1e-8
    )
    names = ["mcfadden", "cox_snell", "nagelkerke", "tjur", "efron", "mckelvey_zavoina"]
    names += ["brier", "auc", "log_loss", "likelihood_ratio"]
    np.testing.assert_allclose(
        grouped.statistics.loc[names, "value"], alone.statistics.loc[names, "value"], rtol=1e-10
    )


# ---- residuals ------------------------------------------------------------------------------


def test_quantile_residuals_are_standard_normal_and_seeded():
    rng = np.random.default_rng(1)
    x, n = rng.normal(size=2000), rng.integers(1, 6, 2000)
    k = rng.binomial(n, 1 / (1 + np.exp(-x)))
    found = bl.binomial("k ~ x", {"x": x, "k": k, "n": n}, trials="n").classical()
    first = found.residuals(random_seed=3)["quantile"]
    assert kstest(first, "norm").pvalue > 0.01
    assert first.equals(found.residuals(random_seed=3)["quantile"])
    assert not first.equals(found.residuals(random_seed=4)["quantile"])


def test_leverage_sums_to_the_number_of_coefficients():
    table = random_table(70, seed=1)
    residual = bl.logistic("y ~ x * g", table, link="cloglog", weights="w").classical().residuals()
    assert residual["leverage"].sum() == pytest.approx(6.0, rel=1e-10)
    assert residual.index.equals(table.index)


# ---- what bad input gets --------------------------------------------------------------------


def of(formula, table=None, **options):
    return bl.logistic(formula, exam() if table is None else table, **options).classical()


NOT_NESTED = [
    (lambda t: of("y ~ z", t), "not nested: with 2 and 2 coefficients, neither has more"),
    (lambda t: of("y ~ x + g", t.iloc[:50]), r"different rows \(60 and 50\)"),
    (lambda t: of("y ~ 1", t.assign(y=1 - t["y"])), "different outcomes, trials or weights"),
    (lambda t: of("y ~ 1", t, weights="w"), "different outcomes, trials or weights"),
    (lambda t: of("y ~ 1", t, link="probit"), "bernoulli with link 'logit' and bernoulli with"),
    (lambda t: of("y ~ z + g", t), "not nested: with 4 and 2 coefficients, the smaller one's"),
    (lambda t: of("y ~ 1", t, offset="o"), "not nested"),
]


@pytest.mark.parametrize(("other", "sentence"), NOT_NESTED)
def test_invalid_nested_tests_are_refused(other, sentence):
    table = random_table()
    with pytest.raises(bl.DesignError, match=sentence):
        of("y ~ x", table).against(other(table))


def test_nested_by_recoding_is_nested():
    table = random_table().assign(b=lambda t: (t["g"] == "b").astype(int))
    assert of("y ~ g", table).against(of("y ~ b", table)).df == 1
    # an offset that is a multiple of a column of the larger model is a fixed coefficient
    whole = of("y ~ x", table)
    test = whole.against(of("y ~ 1", table, offset=0.7 * table["x"]))
    estimate = whole.coefficients.loc["x", "estimate"]
    assert (test.p > 0.05) == (abs(estimate - 0.7) < 2 * whole.coefficients.loc["x", "se"])


def test_a_falling_likelihood_is_refused():
    from dataclasses import replace

    big, small = of("passed ~ hours"), of("passed ~ 1")
    worse = replace(big, maximum=replace(big.maximum, log_likelihood=-20.0))
    with pytest.raises(bl.FitFailed, match=r"log-likelihood falls from -13\.86.* to -20\.0"):
        worse.against(small)


def test_collinear_columns_are_named():
    table = exam().assign(twice=lambda t: 2 * t["hours"])
    with pytest.raises(bl.DesignError, match=r"'hours', 'twice' are collinear.*leave one of them"):
        of("passed ~ hours + twice", table)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"intervals": "bootstrap"}, "intervals='bootstrap' is not known"),
        ({"ci_prob": 95}, "ci_prob=95 is not a probability"),
        ({"ci_prob": 1.0}, "ci_prob=1.0 is not a probability"),
    ],
)
def test_unknown_arguments(options, sentence):
    with pytest.raises(bl.DesignError, match=sentence):
        bl.logistic("passed ~ hours", exam()).classical(**options)


@pytest.mark.parametrize(
    ("groups", "sentence"),
    [(2, "groups=2 is not usable"), (40, "more than the 19 different fitted"), (3.5, "groups=3.5")],
)
def test_hosmer_lemeshow_groups(found, groups, sentence):
    with pytest.raises(bl.DesignError, match=sentence):
        found.hosmer_lemeshow(groups)


def test_hosmer_lemeshow_needs_cases_that_can_be_grouped():
    prob = np.array([0.1, 0.5, 0.5, 0.5, 0.9, 0.95])
    with pytest.raises(bl.DesignError, match="4 groups of 12 cases .* ask for groups=3"):
        hosmer_lemeshow(prob, np.tile([1.0, 1.0], (6, 1)), 4)
    with pytest.raises(bl.DesignError, match="the weights are not whole numbers"):
        hosmer_lemeshow(prob, np.tile([0.5, 1.0], (6, 1)), 3)


# ---- how it looks ---------------------------------------------------------------------------


def test_it_prints_its_parts_and_its_caution(found):
    text = str(found)
    assert text.startswith("Maximum likelihood for passed = 1 (logit link)")
    for part in ("coefficients", "each term left out", "nagelkerke", "0.589267", "not shares of"):
        assert part in text
    assert "(here 50 % events)" in text
    assert "nan" not in text.lower()
    html = found._repr_html_()
    assert html.count("<table") == 3
    assert "Pseudo-R2" in html
    assert repr(found) == text


def test_fractional_weights_are_remarked():
    notes = of("y ~ x", random_table(), weights="w").notes
    assert any("Weights with fractions" in note for note in notes)


def test_beside_a_posterior():
    model = bl.logistic("passed ~ hours", exam())
    fit = model.fit("laplace", draws=500, random_seed=1)
    table = fit.classical().coefficients
    np.testing.assert_allclose(table["posterior_mean"], fit.theta.mean(axis=1), rtol=1e-12)
    assert table["estimate"].equals(model.classical().coefficients["estimate"])
    mode = model.fit("map")
    assert mode.classical().coefficients["posterior_mode"].tolist() == mode.theta[:, 0].tolist()


def test_models_without_predictors_or_intercept():
    found = of("passed ~ 1")
    assert len(found.terms) == 0
    assert "likelihood_ratio" not in found.statistics.index
    assert found.statistics.loc["cox_snell", "value"] == 0.0
    through = of("passed ~ hours - 1")
    assert through.statistics.loc["null_deviance", "df"] == 20
    assert through.terms["df"].tolist() == [1]


def test_factors_of_a_term():
    assert factors("C(g, levels=['a:b']):x") == {"C(g, levels=['a:b'])", "x"}
    assert factors("`odd:name`") == {"`odd:name`"}


def test_draws_shown_beside_the_estimates_are_numbers_of_each_coefficient() -> None:
    model = bl.logistic("passed ~ hours", bl.load_dataset("exam"))
    draws = np.array([[1.0, 3.0], [2.0, 6.0]])
    for given in (draws, draws.tolist(), pd.DataFrame(draws)):
        shown = model.classical(posterior=given).coefficients
        assert shown["posterior_mean"].tolist() == [2.0, 4.0]
    refused = (
        pd.DataFrame({"a": [1.0]}),
        np.ones(2),
        np.ones((3, 4)),
        np.ones((2, 0)),
        np.full((2, 3), np.nan),
        pd.DataFrame({"a": ["u", "v"]}),
        "abc",
        {"a": 1},
        7,
    )
    for given in refused:
        with pytest.raises(
            bl.DesignError, match=r"no draws of the coefficients; expected finite numbers of shape"
        ):
            model.classical(posterior=given)
