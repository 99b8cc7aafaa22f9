"""Pictures: what is drawn is what the posterior and the data say, and nothing else is touched."""

from __future__ import annotations

import re

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.collections import PathCollection, PolyCollection

import bayeslogit as bl
from bayeslogit.numerics.bins import bins_of
from bayeslogit.numerics.smoothed import density
from bayeslogit.plots import style
from bayeslogit.text import number

EXAM = bl.load_dataset("exam")


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
def exam_map():
    return bl.logistic("passed ~ hours", EXAM).fit("map", random_seed=1)


def clinic(n=400):
    rng = np.random.default_rng(2)
    data = {
        "age": rng.integers(18, 80, n),
        "dose": rng.normal(3, 1, n),
        "school": np.array(["west", "east", "north"])[rng.integers(0, 3, n)],
        "smoker": rng.random(n) < 0.3,
    }
    eta = -2.5 + 0.05 * data["age"] - 0.6 * data["dose"] + (data["school"] == "west")
    data["y"] = (rng.random(n) < 1 / (1 + np.exp(-eta))).astype(int)
    return data


@pytest.fixture(scope="module")
def many():
    return bl.logistic("y ~ age + dose + school + smoker", clinic()).fit("laplace", random_seed=1)


@pytest.fixture(scope="module")
def seeds():
    data = bl.load_dataset("seeds")
    return bl.binomial("germinated ~ x1 + x2", data, trials="n").fit("laplace", random_seed=1)


PICTURES = ("plot_curve", "plot_forest", "plot_ppc", "plot_prior")


def line(ax, label):
    return next(item for item in ax.lines if item.get_label() == label)


def band(ax, label):
    """Return lower and upper edge of a band, by their values of x."""
    found = next(
        c for c in ax.collections if isinstance(c, PolyCollection) and c.get_label() == label
    )
    points = found.get_paths()[0].vertices
    edges = {}
    for x, y in points:
        low, high = edges.get(x, (y, y))
        edges[x] = (min(low, y), max(high, y))
    return edges


def texts(ax):
    return [t.get_text() for t in ax.texts]


def notes(ax):
    """Return all that is written, without line breaks."""
    return " ".join(" ".join(texts(ax)).split())


def legend(ax):
    return [t.get_text() for t in ax.get_legend().get_texts()]


# ---- every picture ------------------------------------------------------------------------


@pytest.mark.parametrize("picture", PICTURES)
def test_draws_on_the_axes_given(exam, picture):
    figure, (left, right) = plt.subplots(1, 2)
    ax = getattr(exam, picture)(ax=right)
    assert ax is right
    assert plt.get_fignums() == [figure.number]
    assert not left.lines
    assert not left.collections
    figure.canvas.draw()


@pytest.mark.parametrize("picture", PICTURES)
def test_makes_one_figure_of_its_own_and_does_not_show_it(exam, picture, monkeypatch):
    monkeypatch.setattr(plt, "show", lambda *a, **k: pytest.fail("shown"))
    ax = getattr(exam, picture)()
    assert len(plt.get_fignums()) == 1
    ax.figure.canvas.draw()


@pytest.mark.parametrize("picture", PICTURES)
def test_leaves_no_figure_behind_when_it_fails(exam, picture):
    with pytest.raises((bl.DesignError, TypeError)):
        getattr(exam, picture)(ci_prob=2.0)
    with pytest.raises(bl.DesignError, match=r"ax is a list; expected one matplotlib Axes; pass"):
        getattr(exam, picture)(ax=[1])
    assert plt.get_fignums() == []


@pytest.mark.parametrize("picture", PICTURES)
def test_the_same_picture_twice(exam, picture):
    images = []
    for _ in range(2):
        figure = getattr(exam, picture)().figure
        figure.canvas.draw()
        images.append(np.asarray(figure.canvas.buffer_rgba()).copy())
    assert np.array_equal(*images)


@pytest.mark.parametrize("picture", PICTURES)
def test_an_approximation_is_called_one(exam, picture):
    assert "Laplace approximation" in notes(getattr(exam, picture)())
    other = bl.logistic("passed ~ hours", EXAM).fit("auto", random_seed=1, draws=200)
    assert "pproximation" not in notes(getattr(other, picture)())


def test_colours_can_be_told_apart_in_grey_and_by_the_colour_blind():
    def luminance(colour):
        rgb = np.array(mpl.colors.to_rgb(colour))
        linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
        return linear @ [0.2126, 0.7152, 0.0722]

    model, mark, data = (luminance(c) for c in (style.MODEL, style.MARK, style.DATA))
    for one, other in ((model, data), (mark, data), (model, mark)):
        high, low = max(one, other), min(one, other)
        assert (high + 0.05) / (low + 0.05) > 1.2


# ---- the curve ----------------------------------------------------------------------------


def test_curve_is_the_posterior_mean_with_its_bands(exam):
    ax = exam.plot_curve("hours", ci_prob=0.8)
    x, y = line(ax, "posterior mean").get_data()
    table = exam.curve("hours", x, ci_prob=0.8)
    assert (x[0], x[-1]) == (0.5, 5.5)
    assert np.allclose(y, table["mean"], atol=1e-12)
    edges = band(ax, "80 % interval")
    assert np.allclose([edges[v][0] for v in x], table["eti80_lb"], atol=1e-12)
    assert np.allclose([edges[v][1] for v in x], table["eti80_ub"], atol=1e-12)
    inner = exam.curve("hours", x, ci_prob=0.5)
    assert np.allclose([band(ax, "50 % interval")[v][1] for v in x], inner["eti50_ub"])


def test_curve_labels(exam):
    ax = exam.plot_curve()
    assert ax.get_xlabel() == "hours"
    assert ax.get_ylabel() == "probability of passed = 1"
    assert ax.get_title(loc="left").strip() == "P(passed = 1) by hours"
    assert legend(ax) == ["posterior mean", "50 % interval", "89 % interval", "data"]
    assert exam.plot_curve(legend=False).get_legend() is None


def test_curve_shows_each_row_of_small_data(exam):
    ax = exam.plot_curve()
    points = next(c for c in ax.collections if isinstance(c, PathCollection)).get_offsets()
    assert points[:, 0].tolist() == EXAM["hours"].tolist()
    assert ((points[:, 1] > 0.5) == (EXAM["passed"] == 1)).all()
    assert np.abs(points[:, 1] - EXAM["passed"]).max() < 0.08
    low, high = ax.get_ylim()
    assert low < points[:, 1].min()
    assert points[:, 1].max() < high
    assert not [c for c in exam.plot_curve(data=False).collections if isinstance(c, PathCollection)]


def test_curve_marks_a_value(exam):
    ax = exam.plot_curve(mark=3.0)
    row = exam.predict({"hours": [3.0]}).iloc[0]
    expected = (
        f"at hours = 3\nP = {row['mean']:.2f}\n[{row['eti89_lb']:.2f}, {row['eti89_ub']:.2f}]"
    )
    assert expected in texts(ax)
    assert any(
        item.get_marker() == "o"
        and item.get_xdata() == [3.0]
        and np.isclose(item.get_ydata()[0], row["mean"])
        for item in ax.lines
    )


def test_curve_marks_several_values_and_reaches_to_those_outside_the_data(exam):
    ax = exam.plot_curve(mark=[2, 7])
    assert sum("at hours" in text for text in texts(ax)) == 2
    assert line(ax, "posterior mean").get_xdata()[-1] == 7


def test_curve_marks_the_value_of_a_probability(exam):
    ax = exam.plot_curve(probability=0.9)
    row = exam.solve("hours", probability=0.9).iloc[0]
    numbers = [number(row[k]) for k in ("median", "eti89_lb", "eti89_ub")]
    assert f"P = 0.9\nat hours = {numbers[0]}\n[{numbers[1]}, {numbers[2]}]" in texts(ax)
    bar = next(item for item in ax.lines if list(item.get_ydata()) == [0.9, 0.9])
    assert np.allclose(bar.get_xdata(), [row["eti89_lb"], row["eti89_ub"]])


def test_curve_says_when_the_value_is_unbounded():
    rng = np.random.default_rng(0)
    data = {"x": rng.normal(size=30), "y": rng.integers(0, 2, 30)}
    fit = bl.logistic("y ~ x", data).fit("laplace", random_seed=1)
    assert not fit.solve("x", probability=0.5)["bounded"].iloc[0]
    ax = fit.plot_curve(probability=0.5)
    assert any(text.endswith("(unbounded)") for text in texts(ax))
    ax.figure.canvas.draw()
    low, high = ax.get_xlim()
    assert high - low < 5 * np.ptp(data["x"])


def test_curve_of_a_point_estimate_has_no_band_and_says_so(exam_map):
    ax = exam_map.plot_curve(mark=3.0, probability=0.9)
    assert not [c for c in ax.collections if isinstance(c, PolyCollection)]
    assert "a point estimate has no band" in legend(ax)[0]
    assert "at hours = 3\nP = 0.59" in texts(ax)
    assert all("[" not in text for text in texts(ax))


def test_curve_puts_many_rows_into_bins(many):
    data = clinic()
    ax = many.plot_curve("dose")
    shares = next(c for c in ax.collections if isinstance(c, PathCollection)).get_offsets()
    assert 5 <= len(shares) <= 20
    code, centres = bins_of(data["dose"], np.ones(400))
    assert np.allclose(shares[:, 0], centres)
    assert np.allclose(shares[:, 1], [data["y"][code == i].mean() for i in range(len(centres))])
    rugs = [item for item in ax.lines if item.get_marker() == "|"]
    assert sum(len(item.get_xdata()) for item in rugs) == 400


def test_curve_holds_other_predictors_and_says_where(many):
    ax = many.plot_curve("dose", at={"age": 70, "school": "west"})
    assert "at age = 70, school = west, smoker = False" in notes(ax)
    x, y = line(ax, "posterior mean").get_data()
    table = many.curve("dose", x, at={"age": 70, "school": "west"})
    assert np.allclose(y, table["mean"])
    assert "observed share, others as they are" in legend(ax)


def test_curve_of_a_category_has_points_with_bars(many):
    ax = many.plot_curve("school")
    names = [t.get_text().split("\n")[0] for t in ax.get_xticklabels()]
    assert names == ["east", "north", "west"]
    means = line(ax, "posterior mean").get_ydata()
    table = many.curve("school").set_index("school")
    assert np.allclose(means, table.loc[names, "mean"])
    shares = line(ax, "observed share, others as they are").get_ydata()
    data = clinic()
    assert np.allclose(shares, [data["y"][data["school"] == name].mean() for name in names])
    counts = [t.get_text().split("= ")[1] for t in ax.get_xticklabels()]
    assert counts == [str((data["school"] == name).sum()) for name in names]


def test_curve_of_a_boolean(many):
    ax = many.plot_curve("smoker")
    assert [t.get_text().split("\n")[0] for t in ax.get_xticklabels()] == ["False", "True"]


def test_curve_of_numbers_that_are_levels():
    """C(x) of a number: points at its values, and other predictors at their most frequent one."""
    data = bl.load_dataset("seeds")
    fit = bl.binomial("germinated ~ C(x1) + C(x2)", data, trials="n").fit(random_seed=1, draws=100)
    ax = fit.plot_curve("x2")
    assert [t.get_text() for t in ax.get_xticklabels()] == ["0\nn = 395", "1\nn = 436"]
    assert any(text.startswith("at x1 = 0") for text in texts(ax))
    expected = fit.predict({"x1": [0, 0], "x2": [0, 1]})["mean"]
    assert np.allclose(line(ax, "posterior mean").get_ydata(), expected)
    assert fit.curve("x2")["x2"].tolist() == [0, 1]


def test_curve_of_counts_shows_shares_by_size(seeds):
    ax = seeds.plot_curve("x2")
    data = bl.load_dataset("seeds")
    shares = next(c for c in ax.collections if isinstance(c, PathCollection))
    assert np.allclose(shares.get_offsets()[:, 1], data["germinated"] / data["n"])
    assert np.argmax(shares.get_sizes()) == data["n"].argmax()
    assert ax.get_ylabel() == "probability of germinated"


def test_curve_of_a_rare_event_is_not_flat():
    rng = np.random.default_rng(0)
    trials = np.full(40, 10_000)
    x = rng.normal(size=40)
    data = {"x": x, "n": trials, "k": rng.binomial(trials, 0.001 * np.exp(x))}
    fit = bl.binomial("k ~ x", data, trials="n").fit("laplace", random_seed=1)
    ax = fit.plot_curve()
    assert ax.get_ylim()[1] < 0.05
    assert line(ax, "posterior mean").get_ydata().max() > 0.2 * ax.get_ylim()[1]


def test_curve_of_weighted_rows():
    data = {"g": ["a", "a", "b", "b"], "y": [0, 1, 0, 1], "w": [3.0, 1, 1, 1]}
    ax = bl.logistic("y ~ g", data, weights="w").fit(random_seed=1).plot_curve()
    assert np.allclose(line(ax, "observed share").get_ydata(), [0.25, 0.5])


def test_curve_with_an_offset(seeds):
    lower = line(seeds.plot_curve("x1"), "posterior mean").get_ydata()
    higher = line(seeds.plot_curve("x1", offset=1.0), "posterior mean").get_ydata()
    assert (higher > lower + 0.1).all()


def test_curve_of_odd_formulas():
    data = clinic()
    model = bl.logistic("y ~ bs(dose, df=5) + cr(age, df=4) * school", data)
    fit = model.fit("auto", random_seed=1, draws=100)
    for name in ("dose", "age", "school"):
        fit.plot_curve(name).figure.canvas.draw()


def test_curve_of_one_value():
    data = {"x": [1.0, 1, 1, 1], "y": [0, 1, 1, 0]}
    bl.logistic("y ~ x", data).fit("laplace", random_seed=1).plot_curve().figure.canvas.draw()


def test_curve_refuses_what_it_cannot_draw(exam, many):
    with pytest.raises(bl.DesignError, match=r"'hour' is not a predictor.*Did you mean 'hours'"):
        exam.plot_curve("hour")
    with pytest.raises(bl.DesignError, match=r"has 4 predictors.*none was chosen; expected the"):
        many.plot_curve()
    with pytest.raises(bl.DesignError, match=r"'1' has no predictor; expected one"):
        bl.logistic("passed ~ 1", EXAM).fit("map").plot_curve()
    with pytest.raises(bl.DesignError, match=r"mark=nan cannot be marked.*write for example"):
        exam.plot_curve(mark=float("nan"))
    with pytest.raises(bl.DesignError, match=r"mark='a' cannot be marked"):
        exam.plot_curve(mark="a")
    with pytest.raises(bl.DesignError, match=r"'school' is no number; leave it out"):
        many.plot_curve("school", mark=1.0)
    with pytest.raises(bl.DesignError, match="'school' is not a number, so no value"):
        many.plot_curve("school", probability=0.5)
    with pytest.raises(bl.DesignError, match=r"probability=1\.5 is not a probability"):
        exam.plot_curve(probability=1.5)
    assert plt.get_fignums() == []


def test_the_only_number_is_the_default_predictor():
    data = clinic()
    fit = bl.logistic("y ~ school + dose", data).fit("laplace", random_seed=1)
    assert fit.plot_curve().get_xlabel() == "dose"


# ---- the forest ---------------------------------------------------------------------------


def test_forest_of_odds_ratios(many):
    ax = many.plot_forest(ci_prob=0.9)
    assert ax.get_xscale() == "log"
    names = [t.get_text() for t in ax.get_yticklabels()]
    assert names == list(many.model.design.terms)
    ratios = np.exp(many.theta[1:])
    assert np.allclose(ax.lines[1].get_xdata(), np.median(ratios, axis=1))
    low, high = np.quantile(ratios, [0.05, 0.95], axis=1)
    segments = np.array(ax.collections[0].get_segments())
    assert np.allclose(segments[:, 0, 0], low)
    assert np.allclose(segments[:, 1, 0], high)
    assert ax.lines[0].get_xdata() == [1.0, 1.0]
    assert ax.get_xlabel() == "odds ratio per unit (log scale)"
    assert ax.get_title(loc="left").strip() == "Odds ratios for y = 1"
    assert "median with 50 % interval and 90 % interval" in notes(ax)
    top, bottom = ax.get_ylim()[1], ax.get_ylim()[0]
    assert top < bottom  # the first coefficient is on top


def test_forest_shows_values_as_text(many):
    ax = many.plot_forest()
    ratios = np.exp(many.theta[1])
    low, high = np.quantile(ratios, [0.055, 0.945])
    expected = f"{number(np.median(ratios))} [{number(low)}, {number(high)}]"
    assert texts(ax)[0] == expected
    assert len(texts(many.plot_forest(values=False))) == 1


def test_forest_of_log_odds_and_of_the_intercept(exam):
    ax = exam.plot_forest(scale="log_odds", intercept=True)
    assert ax.get_xscale() == "linear"
    assert [t.get_text() for t in ax.get_yticklabels()] == ["Intercept", "hours"]
    assert ax.lines[0].get_xdata() == [0.0, 0.0]
    assert ax.get_xlabel() == "log-odds per unit"


def test_forest_of_chosen_terms(many):
    ax = many.plot_forest(terms=["dose", "school"])
    names = [t.get_text() for t in ax.get_yticklabels()]
    assert names == ["dose", "school[T.north]", "school[T.west]"]
    assert len(many.plot_forest(terms="dose").get_yticklabels()) == 1


def test_forest_of_other_links(exam):
    fit = bl.logistic("passed ~ hours", EXAM, link="probit").fit("laplace", random_seed=1)
    ax = fit.plot_forest()
    assert ax.get_xscale() == "linear"
    assert ax.get_xlabel() == "change of the linear predictor (probit) per unit"
    with pytest.raises(bl.DesignError, match="the link is 'probit'"):
        fit.plot_forest(scale="odds_ratio")


def test_forest_of_a_point_estimate_is_from_the_curvature(exam_map):
    ax = exam_map.plot_forest(ci_prob=0.95)
    mode = exam_map.theta[1, 0]
    sd = np.sqrt(exam_map.outcome.gaussian.covariance[1, 1])
    segment = np.array(ax.collections[0].get_segments())[0]
    assert np.allclose(segment[:, 0], np.exp(mode + sd * 1.959963984540054 * np.array([-1, 1])))
    assert "mode with 50 % interval and 95 % interval of the curvature there" in notes(ax)


def test_forest_of_a_point_without_curvature_names_methods(exam_map):
    from dataclasses import replace

    bare = replace(exam_map, outcome=replace(exam_map.outcome, gaussian=None))
    with pytest.raises(bl.MethodRefused, match=r"no interval; expected draws; fit with.*'laplace'"):
        bare.plot_forest()
    bare.plot_prior().figure.canvas.draw()


def test_forest_refuses_what_it_cannot_draw(exam):
    with pytest.raises(bl.DesignError, match=r"'hour' is not a coefficient.*Did you mean 'hours'"):
        exam.plot_forest(terms=["hour"])
    with pytest.raises(bl.DesignError, match="names nothing to draw"):
        exam.plot_forest(terms=[])
    with pytest.raises(bl.DesignError, match="scale='odds' is not known"):
        exam.plot_forest(scale="odds")
    only = bl.logistic("passed ~ 1", EXAM).fit("laplace", random_seed=1)
    with pytest.raises(bl.DesignError, match="no coefficients besides 'Intercept'"):
        only.plot_forest()
    only.plot_forest(intercept=True)


def test_forest_of_a_predictor_in_absurd_units():
    tiny = EXAM.assign(hours=EXAM["hours"] * 1e-12)
    fit = bl.logistic("passed ~ hours", tiny).fit("laplace", random_seed=1)
    forest = fit.plot_forest()
    forest.figure.canvas.draw()
    assert "inf" in forest.texts[0].get_text()
    fit.plot_forest(scale="log_odds").figure.canvas.draw()
    huge = EXAM.assign(hours=EXAM["hours"] * 1e12)
    fit = bl.logistic("passed ~ hours", huge).fit("laplace", random_seed=1)
    fit.plot_forest().figure.canvas.draw()
    fit.plot_curve().figure.canvas.draw()
    fit.plot_prior().figure.canvas.draw()


@pytest.mark.parametrize("spread", [0.001, 0.1, 1.0, 5.0, 30.0])
def test_forest_axis_has_plain_numbers_at_any_span(exam, spread):
    from dataclasses import replace

    draws = exam.outcome.draws * spread
    fit = replace(exam, outcome=replace(exam.outcome, draws=draws))
    ax = fit.plot_forest()
    ax.figure.canvas.draw()
    labels = [t.get_text() for t in ax.get_xticklabels() if t.get_text()]
    assert len(labels) >= 2


# ---- predictive check ---------------------------------------------------------------------


def test_ppc_observed_shares_are_those_of_the_bins(many):
    data = clinic()
    ax = many.plot_ppc(bins=8)
    points = next(c for c in ax.collections if isinstance(c, PathCollection)).get_offsets()
    predicted = many.predict()["mean"].to_numpy()
    order = np.argsort(predicted)
    expected = [data["y"][rows].mean() for rows in np.array_split(order, 8)]
    assert np.allclose(points[:, 1], expected)
    assert np.allclose(
        points[:, 0], [predicted[rows].mean() for rows in np.array_split(order, 8)], atol=0.01
    )


def test_ppc_intervals_hold_their_share_where_the_model_is_true():
    """Simulate data from the posterior predictive and count how often bars hold the diamonds."""
    rng = np.random.default_rng(1)
    n = 1500
    x = rng.normal(size=n)
    held = total = 0
    for _ in range(4):
        y = (rng.random(n) < 1 / (1 + np.exp(-x))).astype(int)
        fit = bl.logistic("y ~ x", {"x": x, "y": y}).fit("laplace", random_seed=1, draws=100)
        ax = fit.plot_ppc(bins=10, ci_prob=0.9)
        points = next(c for c in ax.collections if isinstance(c, PathCollection)).get_offsets()
        outer = next(c for c in ax.collections if c.get_label() == "simulated, 90 % interval")
        for (_, share), segment in zip(points, outer.get_segments(), strict=True):
            held += segment[0, 1] - 1e-12 <= share <= segment[1, 1] + 1e-12
            total += 1
    assert 0.8 <= held / total <= 1.0


def test_ppc_shows_a_model_that_is_wrong():
    """A straight line fitted to a parabola: some diamonds are outside their bars."""
    rng = np.random.default_rng(0)
    x = rng.uniform(-3, 3, 1000)
    y = (rng.random(1000) < 1 / (1 + np.exp(2 * (np.abs(x - 1) - 1.2)))).astype(int)
    fit = bl.logistic("y ~ x", {"x": x, "y": y}).fit("laplace", random_seed=1, draws=250)
    ax = fit.plot_ppc(ci_prob=0.99)
    points = next(c for c in ax.collections if isinstance(c, PathCollection)).get_offsets()
    outer = next(c for c in ax.collections if c.get_label() == "simulated, 99 % interval")
    outside = [
        not segment[0, 1] <= share <= segment[1, 1]
        for (_, share), segment in zip(points, outer.get_segments(), strict=True)
    ]
    assert sum(outside) >= 3


def test_ppc_labels_and_totals(exam, exam_map, seeds):
    ax = exam.plot_ppc()
    assert ax.get_xlabel() == "predicted probability of passed = 1"
    assert ax.get_ylabel() == "share of passed = 1"
    assert legend(ax)[0] == "observed"
    assert any(text.startswith("rows in bins of like prediction") for text in texts(ax))
    assert any(text.startswith("10 events") for text in texts(ax))
    assert "1000 simulated data sets" in notes(ax)
    assert "all at the posterior mode" in notes(exam_map.plot_ppc())
    total = bl.load_dataset("seeds")["germinated"].sum()
    assert any(text.startswith(f"{total} events") for text in texts(seeds.plot_ppc()))


def test_ppc_of_a_rare_event_fills_the_axes():
    rng = np.random.default_rng(0)
    x = rng.normal(size=3000)
    data = {"x": x, "y": (rng.random(3000) < 0.01 * np.exp(x / 2)).astype(int)}
    ax = bl.logistic("y ~ x", data).fit(random_seed=1, draws=100).plot_ppc()
    ax.figure.canvas.draw()
    assert ax.get_ylim()[1] < 0.2
    labels = [t.get_text() for t in ax.get_xticklabels()]
    assert labels[-1] == "all\nrows"
    assert 3 <= len(labels) <= 12


def test_ppc_bins_by_distinct_predictions_where_they_are_few(seeds):
    ax = seeds.plot_ppc()
    points = next(c for c in ax.collections if isinstance(c, PathCollection)).get_offsets()
    data = bl.load_dataset("seeds")
    sums = data.groupby(["x1", "x2"])[["germinated", "n"]].sum()
    assert sorted(points[:, 1]) == pytest.approx(sorted(sums["germinated"] / sums["n"]))


def test_ppc_totals_have_the_spread_of_the_family(exam_map):
    """At one point the number of events is a sum of Bernoulli draws: known mean and variance."""
    prob = exam_map.predict()["estimate"].to_numpy()
    text = next(t for t in texts(exam_map.plot_ppc()) if "events" in t)
    low, high = map(float, re.search(r"\((\d+) to (\d+)", text).groups())
    sd = np.sqrt((prob * (1 - prob)).sum())
    assert low == pytest.approx(prob.sum() - 1.6 * sd, abs=1.1)
    assert high == pytest.approx(prob.sum() + 1.6 * sd, abs=1.1)


def test_ppc_of_overdispersed_counts_is_wider(seeds):
    data = bl.load_dataset("seeds")
    model = bl.binomial("germinated ~ x1 + x2", data, trials="n", dispersion="beta")
    fit = model.fit(random_seed=1, draws=250)

    def widths(ax):
        outer = next(c for c in ax.collections if c.get_label() == "simulated, 89 % interval")
        return np.array([segment[1, 1] - segment[0, 1] for segment in outer.get_segments()])

    assert (widths(fit.plot_ppc()) > 1.2 * widths(seeds.plot_ppc())).all()
    ax = fit.plot_curve("x2")
    x, y = line(ax, "posterior mean").get_data()
    assert np.allclose(y, fit.curve("x2", x)["mean"])
    names = [t.get_text() for t in fit.plot_forest(intercept=True).get_yticklabels()]
    assert names == ["Intercept", "x1", "x2"]
    assert len(fit.plot_prior().child_axes) == 4


def test_ppc_with_weights_equals_repeated_rows():
    weights = np.arange(20) % 3 + 1
    weighted = bl.logistic("passed ~ hours", EXAM, weights=weights.astype(float))
    repeated = bl.logistic("passed ~ hours", EXAM.loc[EXAM.index.repeat(weights)])
    shares = []
    for model in (weighted, repeated):
        ax = model.fit("laplace", random_seed=1).plot_ppc(bins=4)
        points = next(c for c in ax.collections if isinstance(c, PathCollection)).get_offsets()
        shares.append(points)
    assert np.allclose(*shares, atol=1e-9)
    fractional = bl.logistic("passed ~ hours", EXAM, weights=weights + 0.5)
    fractional.fit("laplace", random_seed=1).plot_ppc().figure.canvas.draw()


def test_ppc_of_rows_without_trials():
    data = {"x": [1.0, 2, 3, 4], "k": [1, 0, 2, 3], "n": [2, 0, 4, 4]}
    fit = bl.binomial("k ~ x", data, trials="n").fit("laplace", random_seed=1)
    fit.plot_ppc().figure.canvas.draw()
    fit.plot_curve().figure.canvas.draw()


def test_ppc_refuses_bins_that_are_no_number(exam):
    with pytest.raises(bl.DesignError, match="bins=0 is not a number of bins; expected a whole"):
        exam.plot_ppc(bins=0)


def test_ppc_of_one_event_has_bins_and_not_groups(exam):
    sentence = "^by='hours' was given for an outcome of 2 classes; expected bins= a number of bins;"
    with pytest.raises(bl.DesignError, match=sentence):
        exam.plot_ppc(by="hours")


def test_predictive_checks_by_group():
    data = {"g": [f"g{i % 6}" for i in range(60)], "y": [int(i % 5 < i % 6) for i in range(60)]}
    data["w"] = [1.0] * 59 + [0.0]
    fit = bl.logistic("y ~ 1 + (1 | g)", data, weights="w").fit(random_seed=1, draws=100)
    ax = fit.plot_ppc(by="g")
    diamonds = ax.collections[0]
    assert len(diamonds.get_offsets()) == 6
    assert "rows by g" in ax.get_title() + "".join(text.get_text() for text in ax.texts)
    with pytest.raises(bl.DesignError, match="expected by= or bins=, not both"):
        fit.plot_ppc(by="g", bins=3)


# ---- prior and posterior ------------------------------------------------------------------


def test_prior_densities_are_right(exam):
    ax = exam.plot_prior()
    at_means, hours = ax.child_axes
    assert at_means.get_xlabel() == "Intercept, at the predictor means"
    for part, mu, sigma in ((at_means, 0, 2.5), (hours, 0, exam.model.prior.of(1).sigma)):
        x, y = line(part, "prior").get_data()
        exact = np.exp(-0.5 * ((x - mu) / sigma) ** 2) / (sigma * np.sqrt(2 * np.pi))
        assert np.allclose(y, exact, rtol=2e-3)
    x, y = line(hours, "posterior").get_data()
    assert np.trapezoid(y, x) == pytest.approx(1, abs=0.01)
    gaussian = exam.outcome.gaussian
    mean, sd = gaussian.mean[1], np.sqrt(gaussian.covariance[1, 1])
    assert np.trapezoid(x * y, x) == pytest.approx(mean, abs=0.05)
    exact = np.exp(-0.5 * ((x - mean) / sd) ** 2) / (sd * np.sqrt(2 * np.pi))
    assert np.abs(y - exact).max() < 0.1 * exact.max()


def test_prior_of_a_moved_intercept_is_compared_where_it_was_stated(exam):
    at_means = exam.plot_prior().child_axes[0]
    x, y = line(at_means, "posterior").get_data()
    moved = exam.theta[0] + exam.theta[1] * EXAM["hours"].mean()
    assert np.trapezoid(x * y, x) == pytest.approx(moved.mean(), abs=0.05)


def test_prior_of_a_point_estimate_is_the_curvature(exam_map):
    ax = exam_map.plot_prior()
    assert "from the curvature at the mode" in notes(ax)
    x, y = line(ax.child_axes[1], "posterior").get_data()
    assert x[np.argmax(y)] == pytest.approx(exam_map.theta[1, 0])
    sd = np.sqrt(exam_map.outcome.gaussian.covariance[1, 1])
    assert y.max() == pytest.approx(1 / (sd * np.sqrt(2 * np.pi)))


@pytest.mark.filterwarnings("ignore:.*survey of the whole:bayeslogit.BayesLogitWarning")
def test_prior_kinds():
    priors = {"Intercept": bl.Flat(), "hours": bl.StudentT(3, 0, 1)}
    fit = bl.logistic("passed ~ hours", EXAM, priors=priors).fit("laplace", random_seed=1)
    ax = fit.plot_prior()
    assert [part.get_xlabel() for part in ax.child_axes] == ["Intercept", "hours"]
    assert legend(ax) == ["prior: flat", "posterior", "prior"]
    joint = bl.GaussianPrior([0, 1], [[4, 1], [1, 9]])
    fit = bl.logistic("passed ~ hours", EXAM, priors=joint).fit("laplace", random_seed=1)
    x, y = line(fit.plot_prior().child_axes[1], "prior").get_data()
    assert x[np.argmax(y)] == pytest.approx(1, abs=0.05)


def test_prior_of_many_coefficients_draws_twelve_and_says_so():
    rng = np.random.default_rng(0)
    fit = bl.logistic(rng.normal(size=(60, 20)), rng.integers(0, 2, 60)).fit("map")
    ax = fit.plot_prior()
    assert len(ax.child_axes) == 12
    assert "9 more: name them by terms=" in notes(ax)
    ax = fit.plot_prior(terms=[f"x{i}" for i in range(20)])
    assert len(ax.child_axes) == 20


# ---- numbers in words ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.5, "0.50"), (0.997, "0.997"), (0.004, "0.004"), (1e-9, "<0.001"), (1 - 1e-9, ">0.999")],
)
def test_prob_text(value, text):
    assert style.prob_text(value) == text


def test_density_of_draws():
    draws = np.random.default_rng(0).normal(3, 2, 20_000)
    x, y = density(draws)
    exact = np.exp(-0.5 * ((x - 3) / 2) ** 2) / (2 * np.sqrt(2 * np.pi))
    assert np.abs(y - exact).max() < 0.05 * exact.max()
    x, y = density(np.random.default_rng(0).standard_cauchy(20_000))
    assert y.max() == pytest.approx(1 / np.pi, rel=0.3)


@pytest.mark.parametrize("rising", [True, False])
@pytest.mark.parametrize(("mark", "target"), [(2.625, 0.5), (3.0, 0.5), (2.0, 0.3), (3.0, 0.9)])
def test_what_is_marked_stays_legible(rising, mark, target):
    data = bl.load_dataset("exam")
    data["passed"] = data["passed"] if rising else 1 - data["passed"]
    fit = bl.logistic("passed ~ hours", data).fit("laplace", draws=250, random_seed=1)
    ax = fit.plot_curve("hours", mark=mark, probability=target)
    ax.figure.canvas.draw()
    texts = [t for t in ax.texts if t.get_text().startswith(("at hours", "P = "))]
    assert len(texts) == 2
    one, two = (t.get_window_extent() for t in texts)
    assert not one.overlaps(two)
    plt.close("all")


def test_texts_at_the_ends_of_the_axis_turn_inwards():
    fit = bl.logistic("passed ~ hours", bl.load_dataset("exam"))
    ax = fit.fit("laplace", draws=250, random_seed=1).plot_curve("hours", mark=[0.5])
    ax.figure.canvas.draw()
    assert ax.texts[0].get_window_extent().x0 > ax.get_window_extent().x0
    plt.close("all")


def test_narrow_intervals_have_the_digits_that_tell_them_apart():
    table = {"x": np.repeat([0.0, 1.0], 2), "k": [4000, 4010, 6000, 6015]}
    fit = bl.binomial("k ~ x", table, trials=10_000).fit("laplace", draws=250, random_seed=1)
    words = fit.plot_effects("x").texts[0].get_text()
    middle, low, high = (words.replace("[", "").replace("]", "").replace(",", "")).split()
    assert len({middle, low, high}) == 3
    plt.close("all")


def test_solved_values_have_the_digits_that_tell_them_apart():
    dose = np.linspace(100.0, 110.0, 8)
    prob = 1 / (1 + np.exp(-2 * (dose - 105)))
    table = {"dose": dose, "k": np.round(2000 * prob).astype(int)}
    fit = bl.binomial("k ~ dose", table, trials=2000).fit("laplace", draws=250, random_seed=1)
    words = next(t for t in fit.plot_curve("dose", probability=0.5).texts).get_text()
    figures = re.findall(r"[0-9.]+", words.split("dose = ")[1])
    assert len(set(figures)) == 3
    assert words.startswith("P = 0.5")
    plt.close("all")
