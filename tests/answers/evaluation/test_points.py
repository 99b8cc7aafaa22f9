"""Points and nomograms: the model's own sums, rounded, and what that costs."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pytest
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score

import bayeslogit as bl
from bayeslogit.answers.evaluation.contributions import contributions

BIRTHS = bl.load_dataset("birthweight")
FORMULA = "low ~ age + weight + race + smoker + premature"
QUIET = {"progressbar": False}


@pytest.fixture(scope="module")
def fit():
    return bl.logistic(FORMULA, BIRTHS).fit("laplace", random_seed=1, **QUIET)


@pytest.mark.parametrize("formula", [FORMULA, "low ~ bs(age, df=4) + log(weight) + C(premature)"])
def test_contributions_are_the_linear_predictor(formula):
    fit = bl.logistic(formula, BIRTHS).fit("map")
    found = contributions(fit, "this test")
    eta = found.constant
    for part in found.parts:
        own = BIRTHS[part.name].to_numpy()
        if part.measured:
            eta = eta + np.interp(own, part.values, part.effect)
        else:
            eta = eta + np.array([dict(zip(part.values, part.effect, strict=True))[v] for v in own])
    expected = fit.predict(kind="linear")["estimate"]
    np.testing.assert_allclose(eta, expected, atol=2e-3 if "bs" in formula else 1e-9)


def test_points_are_the_effects_in_their_unit(fit):
    score = fit.points(10)
    beta = fit.posterior["beta"].mean(("chain", "draw"))
    table = score.table.set_index(["predictor", "value"])["points"]
    widest = 3 * float(beta.sel(term="premature"))
    assert score.unit == pytest.approx(widest / 10)
    weight = abs(float(beta.sel(term="weight"))) * np.ptp(BIRTHS["weight"])
    assert table["smoker"].tolist() == [0, round(float(beta.sel(term="smoker")) / score.unit)]
    premature = float(beta.sel(term="premature")) / score.unit
    assert table["premature"].tolist() == [round(premature * k) for k in range(4)]
    assert table["premature"].max() == 10
    assert table["weight"].max() == round(weight / score.unit)
    # Whole points are within one half of each part, and near a break a little more.
    exact = (fit.predict(kind="linear")["mean"] - contributions(fit, "").constant) / score.unit
    assert np.abs(score.total(BIRTHS) - exact).max() < 0.5 * 5 + 0.3


def test_risks_are_those_of_cases_with_a_total(fit):
    score = fit.points(10)
    total, prob = score.total(BIRTHS), fit.predict()["mean"]
    assert total.index.equals(BIRTHS.index)
    risk = score.risk.set_index("total")
    assert risk["cases"].sum() == len(BIRTHS)
    assert np.all(np.diff(risk["risk"]) > 0)
    for value, some in prob.groupby(total):
        if len(some) > 5:
            assert risk.loc[value, "risk"] == pytest.approx(some.mean(), abs=0.03)
    # The projection has the mean of the model.
    assert risk["risk"][total].mean() == pytest.approx(prob.mean(), abs=1e-3)
    assert (risk["eti89_lb"] < risk["risk"]).all()
    assert (risk["risk"] < risk["eti89_ub"]).all()


def test_the_loss_is_that_of_the_scores(fit):
    score, y = fit.points(3), BIRTHS["low"]
    own = fit.predict()["mean"]
    rounded = score.risk.set_index("total")["risk"][score.total(BIRTHS)].to_numpy()
    for name, by in (("auc", roc_auc_score), ("brier", brier_score_loss), ("log_score", log_loss)):
        row = score.accuracy.loc[name]
        assert row[["model", "points"]].tolist() == pytest.approx([by(y, own), by(y, rounded)])
        assert row["difference"] == pytest.approx(row["points"] - row["model"])
        assert row["eti89_lb"] < row["difference"] < row["eti89_ub"]
    fine = fit.points(200).accuracy
    assert abs(fine.loc["log_score", "difference"]) < 1e-3
    assert abs(fine.loc["auc", "difference"]) < 3e-3


def test_a_point_estimate_has_no_bounds_of_risk():
    score = bl.logistic(FORMULA, BIRTHS).fit("map").points(5)
    assert score.risk.columns.tolist() == ["total", "risk", "cases"]
    assert "one point is" in repr(score)


def test_a_nomogram_places_values_by_their_points():
    fit = bl.logistic(FORMULA, BIRTHS, priors="flat").fit("map")
    ax = fit.plot_nomogram()
    beta = fit.posterior["beta"].squeeze()
    unit = 3 * float(beta.sel(term="premature")) / 100
    marks = {t.get_text(): t.get_position()[0] for t in ax.texts if t.get_gid() is None}
    race = {"black": 0.0} | {
        name: float(beta.sel(term=f"race[T.{name}]")) / unit for name in ("other", "white")
    }
    for name, value in race.items():
        assert marks[name] == pytest.approx(value - min(race.values()), abs=1e-6)
    scales = [t for t in ax.texts if t.get_gid() == "scale"]
    names = ["Points", "age", "weight", "race", "smoker", "premature", "Total points", "P(low = 1)"]
    assert [t.get_text() for t in scales] == names
    assert np.all(np.diff([t.get_position()[1] for t in scales]) < 0)
    # One half of risk stands where the linear predictor is zero.
    height = scales[-2].get_position()[1]
    numbers = [t for t in ax.texts if t.get_gid() is None and t.get_text().isdigit()]
    end = max(float(t.get_text()) for t in numbers if abs(t.get_position()[1] - height) < 0.2)
    assert end == max(float(t.get_text()) for t in numbers)
    assert end >= sum(part.width for part in contributions(fit, "").parts) / unit
    zero = -contributions(fit, "").constant / unit
    assert marks["0.5"] == pytest.approx(100 * zero / end, abs=0.1)


def test_long_names_are_whole():
    name, level = "a_name_of_a_column_" * 3, "a level with a name that nobody would ever cut short "
    data = BIRTHS[["low", "weight"]].assign(**{name: np.where(BIRTHS["smoker"] == 1, level, "b")})
    ax = bl.logistic(f"low ~ weight + {name}", data).fit("map").plot_nomogram()
    texts = [t.get_text().replace("\n", " ").strip() for t in ax.texts]
    assert level.strip() in texts
    assert name in [t.replace(" ", "") for t in texts]
    figure = ax.figure
    figure.canvas.draw()
    inside = figure.get_window_extent()
    for text in ax.texts:
        box = text.get_window_extent()
        assert box.x0 >= inside.x0
        assert box.x1 <= inside.x1
    plt.close(figure)


def test_what_has_no_points_is_said(fit):
    for most in (0, 1001, 2.5, True):
        with pytest.raises(bl.DesignError, match="is not a number of points"):
            fit.points(most)
    crossed = bl.logistic("low ~ age * smoker", BIRTHS).fit("map")
    for verb in ("points", "plot_nomogram"):
        with pytest.raises(bl.MethodRefused, match="effects that do not add up"):
            getattr(crossed, verb)()
    alone = bl.logistic("low ~ 1", BIRTHS).fit("map")
    with pytest.raises(bl.MethodRefused, match="no predictors"):
        alone.points()
    several = bl.multinomial("race ~ age", BIRTHS).fit("map")
    with pytest.raises(bl.MethodRefused, match="several classes"):
        several.points()
    shifted = bl.logistic("low ~ age", BIRTHS, offset=np.ones(len(BIRTHS))).fit("map")
    with pytest.raises(bl.MethodRefused, match="an offset"):
        shifted.plot_nomogram()
    with pytest.raises(bl.DesignError, match="the value 7.* of 'premature' has no points"):
        fit.points().total(BIRTHS.assign(premature=7))
    with pytest.raises(bl.DesignError, match="new rows are none"):
        fit.points().total(BIRTHS[:0])
