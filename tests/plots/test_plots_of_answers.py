"""Pictures of answers: what is drawn is what the answers say, and nothing else is touched."""

from __future__ import annotations

import warnings

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.collections import LineCollection, PathCollection, PolyCollection

import bayeslogit as bl

EXAM = bl.load_dataset("exam")
COSTS = {"false_positive": 1, "false_negative": 4}


@pytest.fixture(autouse=True)
def _no_leaks_and_no_global_change():
    plt.close("all")
    before = dict(mpl.rcParams)
    yield
    plt.close("all")
    assert dict(mpl.rcParams) == before


@pytest.fixture(scope="module")
def exam():
    return bl.logistic("passed ~ hours", EXAM).fit("laplace", random_seed=1)


@pytest.fixture(scope="module")
def mle():
    return bl.logistic("passed ~ hours", EXAM, priors="flat").fit("map")


def clinic(n=300):
    rng = np.random.default_rng(2)
    data = {
        "age": rng.integers(18, 80, n),
        "dose": rng.normal(3, 1, n),
        "school": np.array(["west", "east", "north"])[rng.integers(0, 3, n)],
    }
    eta = -2.5 + 0.05 * data["age"] - 0.6 * data["dose"] + (data["school"] == "west")
    data["y"] = (rng.random(n) < 1 / (1 + np.exp(-eta))).astype(int)
    return data


@pytest.fixture(scope="module")
def many():
    return bl.logistic("y ~ age + dose + school", clinic()).fit("laplace", random_seed=1)


@pytest.fixture(scope="module")
def seeds():
    data = bl.load_dataset("seeds")
    return bl.binomial("germinated ~ x1 + x2", data, trials="n").fit("laplace", random_seed=1)


@pytest.fixture(scope="module")
def graded():
    rng = np.random.default_rng(5)
    x = rng.normal(size=150)
    y = np.array(["low", "mid", "top"])[np.digitize(x + rng.logistic(size=150), [-1, 1])]
    return bl.ordinal("y ~ x", {"x": x, "y": y}, levels=["low", "mid", "top"]).fit(
        "laplace", random_seed=1
    )


PICTURES = {
    "effects": {},
    "calibration": {},
    "validation": {"repeats": 20},
    "nomogram": {},
    "roc": {},
    "precision_recall": {},
    "separation": {},
    "net_benefit": {},
    "costs": {"costs": COSTS},
    "residuals": {},
    "influence": {},
    "movement": {},
}


def draw(fit, name, **options):
    return getattr(fit, f"plot_{name}")(**PICTURES[name] | options)


def line(ax, label):
    return next(item for item in ax.lines if item.get_label() == label)


def band(ax):
    return next(c for c in ax.collections if isinstance(c, PolyCollection))


def notes(ax):
    return " ".join(" ".join(t.get_text() for t in ax.texts).split())


def legend(ax):
    return [t.get_text() for t in ax.get_legend().get_texts()]


# ---- every picture ------------------------------------------------------------------------


@pytest.mark.parametrize("name", PICTURES)
def test_draws_on_the_axes_given(exam, name):
    figure, (left, right) = plt.subplots(1, 2)
    assert draw(exam, name, ax=right) is right
    assert plt.get_fignums() == [figure.number]
    assert not left.lines
    assert not left.collections
    figure.canvas.draw()


@pytest.mark.parametrize("name", PICTURES)
def test_the_same_picture_twice_in_a_figure_of_its_own(exam, name, monkeypatch):
    monkeypatch.setattr(plt, "show", lambda *a, **k: pytest.fail("shown"))
    images = []
    for _ in range(2):
        figure = draw(exam, name).figure
        figure.canvas.draw()
        images.append(np.asarray(figure.canvas.buffer_rgba()).copy())
    assert np.array_equal(*images)
    assert len(plt.get_fignums()) == 2


@pytest.mark.parametrize("name", PICTURES)
def test_leaves_no_figure_behind_when_it_fails(exam, name):
    if name not in ("influence", "separation"):
        with pytest.raises(bl.DesignError, match="ci_prob"):
            draw(exam, name, ci_prob=2.0)
    with pytest.raises(bl.DesignError, match=r"ax is a list; expected one matplotlib Axes; pass"):
        draw(exam, name, ax=[1])
    assert plt.get_fignums() == []


@pytest.mark.parametrize("name", PICTURES)
def test_an_approximation_is_called_one(exam, name):
    assert "Laplace approximation" in notes(draw(exam, name))
    other = bl.logistic("passed ~ hours", EXAM).fit("auto", random_seed=1, draws=200)
    assert "Laplace" not in notes(draw(other, name))


@pytest.mark.parametrize("name", PICTURES)
def test_counts_weights_and_two_figures_wide(seeds, name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", bl.BayesLogitWarning)
        ax = draw(seeds, name)
    ax.figure.canvas.draw()


# ---- effects ------------------------------------------------------------------------------


def test_effects_are_those_of_the_table(many):
    ax = many.plot_effects(ci_prob=0.9)
    table = many.comparisons(ci_prob=0.9)
    drawn = ax.lines[-1].get_xdata()
    assert drawn == pytest.approx(table["estimate"].to_numpy())
    outer = next(c for c in ax.collections if isinstance(c, LineCollection))
    ends = np.array([[p[0][0], p[1][0]] for p in outer.get_segments()])
    assert ends == pytest.approx(table[["eti90_lb", "eti90_ub"]].to_numpy())
    labels = [t.get_text() for t in ax.get_yticklabels()]
    assert labels == ["age: +1", "dose: +1", "school: north - east", "school: west - east"]
    assert "averaged over rows" in notes(ax)


@pytest.mark.parametrize(
    ("options", "label", "scale"),
    [
        ({"comparison": "ratio"}, "risk ratio of y = 1 (log scale)", "log"),
        (
            {"comparison": "odds_ratio", "newdata": "mean"},
            "odds ratio of y = 1 (log scale)",
            "log",
        ),
        ({"kind": "slopes"}, "change in P(y = 1) per unit", "linear"),
        ({"kind": "predictions", "by": "school"}, "P(y = 1)", "linear"),
    ],
)
def test_effects_of_each_kind(many, options, label, scale):
    ax = many.plot_effects(**options)
    assert ax.get_xlabel() == label
    assert ax.get_xscale() == scale
    asked = {k: v for k, v in options.items() if k != "kind"}
    table = getattr(many, options.get("kind", "comparisons"))(**asked)
    assert ax.lines[-1].get_xdata() == pytest.approx(table["estimate"].to_numpy())


def test_effects_of_a_point_and_of_several_classes(mle, graded):
    ax = mle.plot_effects({"hours": (2, 4)})
    assert ax.lines[-1].get_xdata() == pytest.approx([0.8744475024 - 0.2557031826])
    assert "point estimate" in notes(ax)
    labels = [t.get_text() for t in graded.plot_effects("x").get_yticklabels()]
    assert labels == ["x: +1, class = low", "x: +1, class = mid", "x: +1, class = top"]
    whole = mle.plot_effects(kind="predictions")
    assert [t.get_text() for t in whole.get_yticklabels()] == ["all rows"]


def test_effects_of_a_population():
    data = clinic()
    fit = bl.logistic("y ~ age", data).fit("laplace", random_seed=1).with_prevalence(0.01)
    assert fit.comparisons("age")["estimate"].iloc[0] > 0


# ---- forecasts beside what happened -------------------------------------------------------


def test_reliability_curve_is_that_of_the_table(many):
    ax = many.plot_calibration(random_seed=3)
    found = many.calibration(random_seed=3).curve
    some = found[found["forecast"] == "corrected"]
    drawn = line(ax, "observed, cases left out")
    assert drawn.get_xdata() == pytest.approx(some["predicted"].to_numpy())
    assert drawn.get_ydata() == pytest.approx(some["observed"].to_numpy())
    assert "if forecasts were right, 89 % interval" in legend(ax)


def test_reliability_of_one_of_several_classes(graded):
    ax = graded.plot_calibration(event="top", loo=False)
    assert ax.get_xlabel() == "forecast probability of y = top"
    with pytest.raises(bl.DesignError, match=r"none was named; expected one to draw; pass event="):
        graded.plot_calibration(loo=False)
    with pytest.raises(bl.DesignError, match=r"event='tap' is not among them.*Did you mean 'top'"):
        graded.plot_calibration(loo=False, event="tap")


def test_reliability_of_a_point_is_in_sample(mle):
    assert "which flatters" in notes(mle.plot_calibration())


def test_roc_and_its_fan(many):
    ax = many.plot_roc(draws=7)
    table, area = many.roc(), many.auc()
    drawn = line(ax, "these rows")
    assert drawn.get_ydata() == pytest.approx(table["sensitivity"].to_numpy())
    # The diagonal, the curve, the one in-sample, and seven draws.
    assert len(ax.lines) == 10
    assert line(ax, "in-sample").get_ydata() == pytest.approx(table["in_sample"].to_numpy())
    assert f"AUC {area.loc['auc', 'estimate']:.2f}" in notes(ax)
    assert f", in-sample {area.loc['auc', 'in_sample']:.2f}" in notes(ax)
    edges = band(ax).get_paths()[0].vertices
    assert edges[:, 1].max() == pytest.approx(table["eti89_ub"].max())


def test_draws_of_curves_are_those_of_the_band(many):
    drawn = many.roc(draws=300)
    assert drawn["draw"].nunique() == 300
    found = []
    for _, one in drawn.groupby("draw"):
        found.append(np.interp(0.2, one["false_positive_rate"], one["sensitivity"]))
    table = many.roc()
    at = int(np.argmin(np.abs(table["false_positive_rate"] - 0.2)))
    bounds = table.loc[at, ["eti89_lb", "eti89_ub"]].to_numpy()
    assert np.quantile(found, [0.055, 0.945]) == pytest.approx(bounds, abs=0.04)
    assert set(many.precision_recall(draws=2)["draw"]) == {0, 1}
    with pytest.raises(bl.DesignError, match=r"draws=0 is not a number of curves; expected a who"):
        many.roc(draws=0)


def test_fan_over_draws_of_the_coefficients(many):
    drawn = many.roc(draws=5, spread="draws")
    assert drawn.attrs["spread_over"] == "draws"
    assert drawn["draw"].nunique() == 5


def test_precision_and_recall(many):
    ax = many.plot_precision_recall(draws=3)
    table = many.precision_recall()
    assert line(ax, "these rows").get_ydata() == pytest.approx(table["precision"].to_numpy())
    share = np.mean(clinic()["y"])
    assert f"the share of events, {share:.3g}" in notes(ax)


def test_separation_plot_of_few_and_of_many_rows(mle):
    ax = mle.plot_separation()
    strips = np.asarray(ax.collections[0].get_array()).ravel()
    # Equal forecasts are one strip, whatever the order of the rows.
    assert strips.tolist() == EXAM.groupby("hours")["passed"].mean().tolist()
    forecast = ax.lines[1].get_ydata()
    assert np.all(np.diff(forecast) >= 0)
    expected = ax.lines[-1].get_xdata()[0]
    assert expected == pytest.approx(20 - 10)  # the probabilities add up to the events
    big = bl.logistic("y ~ age", clinic(1000)).fit("laplace", random_seed=1)
    shares = np.asarray(big.plot_separation().collections[0].get_array()).ravel()
    left = big.auc().loc["auc", "estimate"]
    assert f"in-sample, {left:.2f} corrected for optimism" in notes(big.plot_separation())
    assert len(shares) <= 400
    edges = np.asarray(big.plot_separation().collections[0].get_coordinates())[0, :, 0]
    assert np.average(shares, weights=np.diff(edges)) == pytest.approx(np.mean(clinic(1000)["y"]))


# ---- decisions ----------------------------------------------------------------------------


def test_decision_curve_has_its_three_lines_and_band(many):
    ax = many.plot_net_benefit([0.1, 0.2, 0.3], ci_prob=0.8)
    table = many.net_benefit([0.1, 0.2, 0.3], ci_prob=0.8)
    assert line(ax, "by the model").get_ydata() == pytest.approx(table["net_benefit"].to_numpy())
    assert line(ax, "act on everyone").get_ydata() == pytest.approx(table["treat_all"].to_numpy())
    assert line(ax, "act on no one").get_ydata() == pytest.approx([0, 0, 0])
    assert legend(ax)[0] == "80 % interval"


def test_cost_curve_marks_the_cheapest(many, mle):
    ax = many.plot_costs(COSTS)
    assert "cheapest: 0.2" in notes(ax)
    table = many.cost_curve(COSTS)
    assert line(ax, "posterior mean").get_ydata() == pytest.approx(table["estimate"].to_numpy())
    assert legend(mle.plot_costs(COSTS)) == ["point estimate"]


# ---- residuals ----------------------------------------------------------------------------


def test_binned_residuals_by_hand(mle, exam):
    table = exam.binned_residuals(bins=4, loo=False)
    prob = exam.predict()["mean"].to_numpy()
    order = np.argsort(prob)
    y = EXAM["passed"].to_numpy()
    for i, rows in enumerate(np.split(order, 4)):
        assert table["residual"][i] == pytest.approx(np.mean(y[rows] - prob[rows]))
        assert table["bin"][i] == pytest.approx(np.mean(prob[rows]))
    assert table["cases"].tolist() == [5, 5, 5, 5]
    ax = exam.plot_residuals(bins=4, loo=False)
    points = np.vstack([c.get_offsets() for c in ax.collections if isinstance(c, PathCollection)])
    assert sorted(points[:, 1]) == pytest.approx(sorted(table["residual"]))


def test_bars_hold_residuals_of_a_right_model_and_not_of_a_wrong_one():
    rng = np.random.default_rng(0)
    x = rng.uniform(-3, 3, 3000)
    right = (rng.random(3000) < 1 / (1 + np.exp(-x))).astype(int)
    wrong = (rng.random(3000) < 1 / (1 + np.exp(2 - x**2))).astype(int)
    inside = []
    for y in (right, wrong):
        fit = bl.logistic("y ~ x", {"y": y, "x": x}).fit("laplace", random_seed=1)
        table = fit.binned_residuals("x", bins=20)
        within = (table["residual"] >= table["eti89_lb"]) & (table["residual"] <= table["eti89_ub"])
        inside.append(within.mean())
    assert inside[0] >= 0.75
    assert inside[1] <= 0.3
    assert "outside the bar" in legend(fit.plot_residuals("x"))


def test_residuals_by_level_and_of_counts(many, seeds):
    table = many.binned_residuals("school")
    assert table["bin"].tolist() == ["east", "north", "west"]
    assert many.plot_residuals("school").get_xlabel() == "school"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", bl.BayesLogitWarning)
        by_x = seeds.binned_residuals("x1")
    assert by_x["cases"].sum() == bl.load_dataset("seeds")["n"].sum()


def test_row_residuals_are_those_of_maximum_likelihood_at_its_estimate(mle):
    mine = mle.residuals()
    theirs = mle.classical().residuals()
    for name in ("probability", "pearson", "deviance"):
        assert mine[name].to_numpy() == pytest.approx(theirs[name].to_numpy(), abs=1e-8)
    assert mine.attrs["forecast"] == "in_sample"


def test_quantile_residuals_of_counts_are_standard_normal_if_the_model_is_right():
    rng = np.random.default_rng(4)
    x = rng.normal(size=800)
    n = rng.integers(5, 30, 800)
    k = rng.binomial(n, 1 / (1 + np.exp(-0.5 * x)))
    fit = bl.binomial("k ~ x", {"k": k, "x": x, "n": n}, trials="n").fit("laplace", random_seed=1)
    found = fit.residuals(loo=False)["quantile"]
    assert found.mean() == pytest.approx(0.0, abs=0.1)
    assert found.std() == pytest.approx(1.0, abs=0.08)
    ax = fit.plot_residuals(kind="quantile", loo=False)
    assert line(ax, "rows").get_ydata()[-1] == pytest.approx(found.max())


def test_residuals_with_weights_and_empty_rows():
    data = {"k": [3, 0, 5, 2], "n": [6, 0, 9, 9], "x": [0.0, 1.0, 2.0, 3.0]}
    fit = bl.binomial("k ~ x", data, trials="n").fit("laplace", random_seed=1)
    table = fit.residuals(loo=False)
    assert table.iloc[1][["response", "pearson", "deviance"]].tolist() == [0, 0, 0]
    assert fit.binned_residuals(loo=False)["cases"].sum() == 24


def test_mistakes_with_residuals(exam, mle):
    with pytest.raises(bl.DesignError, match=r"bins=0 is not a number of bins; expected a whole"):
        exam.binned_residuals(bins=0)
    with pytest.raises(bl.DesignError, match=r"by='hour' is not a predictor.*Did you mean 'hours"):
        exam.binned_residuals("hour")
    with pytest.raises(bl.DesignError, match=r"newdata= was given for residuals, which are of the"):
        exam.residuals(newdata=EXAM)
    with pytest.raises(bl.DesignError, match=r"kind='qq' is not a picture of residuals; expected"):
        exam.plot_residuals(kind="qq")
    with pytest.raises(bl.DesignError, match=r"bins=3 were given with kind='quantile', which has"):
        exam.plot_residuals(kind="quantile", bins=3)
    with pytest.raises(bl.MethodRefused, match=r"the spread of binned residuals needs many draws"):
        mle.binned_residuals()


# ---- influence and movement ---------------------------------------------------------------


def test_influence_is_that_of_leave_one_out(exam):
    ax = exam.plot_influence()
    found = exam.loo().pareto_k
    assert ax.lines[0].get_ydata() == pytest.approx(found)
    named = {t.get_text() for t in ax.texts} & {str(i) for i in range(20)}
    assert named == {str(i) for i in np.argsort(found)[-5:]}


def test_large_k_is_a_diamond():
    data = {"x": [*np.linspace(-2, 2, 40), 30.0], "y": [0, 1] * 20 + [0]}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ax = bl.logistic("y ~ x", data).fit(random_seed=1).plot_influence()
    assert len(ax.lines[1].get_xdata()) >= 1
    assert ax.lines[1].get_marker() == "D"


def test_cook_and_leverage_are_those_of_the_table(exam):
    table = exam.classical().residuals()
    assert exam.plot_influence("cook").lines[0].get_ydata() == pytest.approx(table["cook"])
    ax = exam.plot_influence("leverage")
    found = next(c for c in ax.collections if isinstance(c, PathCollection)).get_offsets()
    points = np.asarray(found)
    assert points[:, 0] == pytest.approx(table["leverage"].to_numpy())
    assert points[:, 1] == pytest.approx(table["standardised"].to_numpy())


def test_movement_shows_estimate_mode_and_posterior(exam):
    table = exam.movement()
    part = exam.plot_movement("hours").child_axes[0]
    shown = [item.get_xdata()[0] for item in part.lines[1:]]
    assert shown == pytest.approx(table.loc["hours", ["mle", "map", "posterior_mean"]].tolist())
    labels = [t.get_text() for t in part.get_yticklabels()]
    assert labels == ["maximum likelihood", "posterior mode", "posterior"]


def test_movement_of_an_infinite_estimate_and_of_a_point(mle):
    data = {"x": np.arange(1.0, 11.0), "y": (np.arange(1, 11) > 5).astype(int)}
    fit = bl.logistic("y ~ x", data).fit("laplace", random_seed=1)
    ax = fit.plot_movement()
    words = [[t.get_text() for t in part.texts] for part in ax.child_axes]
    assert words == [["← infinite"], ["infinite →"]]
    part = mle.plot_movement("hours").child_axes[0]
    assert len(part.get_yticklabels()) == 2


def test_movement_of_many_coefficients_draws_twelve_and_says_so():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 15))
    fit = bl.logistic(X, (rng.random(200) < 0.5).astype(int)).fit("laplace", random_seed=1)
    ax = fit.plot_movement()
    assert len(ax.child_axes) == 12
    assert "4 more: name them by terms=" in notes(ax)


@pytest.mark.parametrize(
    ("mistake", "sentence"),
    [
        (lambda f: f.plot_effects(kind="comparison"), r"kind='comparison' is not a question abou"),
        (lambda f: f.plot_effects(comparison="nnt"), r"comparison='nnt' has no picture, because"),
        (lambda f: f.plot_effects(kind="predictions", by=False), r"there are 300 effects to draw"),
        (lambda f: f.plot_influence("cooks"), r"measure='cooks' is not a measure of influence"),
        (lambda f: f.plot_effects("agee"), r"Did you mean 'age'"),
    ],
)
def test_mistakes_get_a_sentence(many, mistake, sentence):
    with pytest.raises(bl.DesignError, match=sentence):
        mistake(many)
    assert plt.get_fignums() == []


def test_effects_beyond_the_largest_number():
    data = {"x": [*np.linspace(-2e-3, 2e-3, 20)], "y": [0, 1] * 10}
    fit = bl.logistic("y ~ x", data, priors=bl.Normal(0, 1000)).fit("laplace", random_seed=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", bl.BayesLogitWarning)
        ax = fit.plot_effects({"x": 5.0}, comparison="odds_ratio", newdata="mean")
    # Bounds of 0 and of infinity lead to the ends of the axis, and say so by an arrow.
    assert {line.get_marker() for line in ax.lines} >= {">", "<"}
    assert np.isfinite(ax.get_xlim()).all()


def test_influence_of_a_point_is_refused(mle):
    with pytest.raises(bl.MethodRefused, match="leave-one-out"):
        mle.plot_influence()
