"""Pictures of several classes: what is drawn is what the posterior and the data say."""

from __future__ import annotations

from dataclasses import replace

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import LineCollection, PathCollection

import bayeslogit as bl
from bayeslogit.families import FAMILIES
from bayeslogit.plots import style
from bayeslogit.plots.classes.predictive import simulated_counts
from bayeslogit.plots.classes.simplex import _outline, corners

LEVELS = ["Low", "Medium", "High"]


@pytest.fixture(autouse=True)
def _no_leaks_and_no_global_change():
    plt.close("all")
    before = dict(mpl.rcParams)
    yield
    plt.close("all")
    assert dict(mpl.rcParams) == before


@pytest.fixture(scope="module")
def ordered():
    data = bl.load_dataset("housing")
    formula = "satisfaction ~ contact + influence"
    model = bl.ordinal(formula, data, levels=LEVELS, weights="frequency")
    return model.fit(draws=100, random_seed=1)


def votes(n=400):
    rng = np.random.default_rng(4)
    data = {"age": rng.integers(18, 80, n), "left": rng.normal(size=n)}
    eta = np.stack([np.zeros(n), data["left"], 2 * data["left"] - 0.02 * data["age"]])
    prob = np.exp(eta) / np.exp(eta).sum(axis=0)
    code = (rng.random(n) > np.cumsum(prob, axis=0)[:-1]).sum(axis=0)
    return data | {"vote": np.array(["Blue", "Green", "Red"])[code]}


@pytest.fixture(scope="module")
def nominal():
    return bl.multinomial("vote ~ age + left", votes()).fit("laplace", draws=100, random_seed=1)


@pytest.fixture(scope="module")
def many():
    """Seven ordered levels."""
    rng = np.random.default_rng(5)
    x = rng.normal(size=300)
    y = np.digitize(x + rng.logistic(size=300), [-3, -2, -1, 0, 1, 2])
    return bl.ordinal("y ~ x", {"x": x, "y": y}).fit("laplace", draws=100, random_seed=1)


def legend(ax):
    return [t.get_text() for t in ax.get_legend().get_texts()]


def line(ax, label):
    return next(item for item in ax.lines if item.get_label() == label)


def notes(ax):
    return " ".join(" ".join(t.get_text() for t in ax.texts).split())


PICTURES = {
    "lines": lambda f, **o: f.plot_curve("left", **o),
    "stack": lambda f, **o: f.plot_curve("left", kind="stack", **o),
    "simplex": lambda f, **o: f.plot_curve("left", kind="simplex", **o),
    "rows": lambda f, **o: f.plot_simplex({"left": [0.0, 1.0], "age": [30, 30]}, **o),
    "ppc": lambda f, **o: f.plot_ppc(**o),
    "ppc by": lambda f, **o: f.plot_ppc(by="age", **o),
    "forest": lambda f, **o: f.plot_forest(**o),
    "prior": lambda f, **o: f.plot_prior(**o),
}


@pytest.mark.parametrize("name", PICTURES)
def test_every_picture(nominal, name, monkeypatch):
    monkeypatch.setattr(plt, "show", lambda *a, **k: pytest.fail("shown"))
    figure, (left, right) = plt.subplots(1, 2)
    assert PICTURES[name](nominal, ax=right) is right
    assert plt.get_fignums() == [figure.number]
    assert not left.lines
    figure.canvas.draw()
    images = []
    for _ in range(2):
        ax = PICTURES[name](nominal)
        ax.figure.canvas.draw()
        images.append(np.asarray(ax.figure.canvas.buffer_rgba()).copy())
    assert np.array_equal(*images)
    assert "Gaussian" in notes(ax)  # says that the draws are of an approximation
    plt.close("all")
    with pytest.raises((bl.DesignError, TypeError)):
        PICTURES[name](nominal, ci_prob=2.0)
    with pytest.raises(bl.DesignError, match="ax is a list; expected one matplotlib Axes"):
        PICTURES[name](nominal, ax=[1])
    assert plt.get_fignums() == []


@pytest.mark.parametrize("name", PICTURES)
def test_every_picture_of_a_point_estimate(name):
    fit = bl.multinomial("vote ~ age + left", votes()).fit("map")
    PICTURES[name](fit).figure.canvas.draw()


# ---- curves ---------------------------------------------------------------------------------


def test_lines_are_posterior_means(nominal):
    ax = nominal.plot_curve("left")
    for name in ("Blue", "Green", "Red"):
        x, y = line(ax, name).get_data()
        table = nominal.curve("left", x)
        np.testing.assert_allclose(y, table[table["class"] == name]["mean"], atol=1e-12)
    assert ax.get_ylabel() == "probability of vote = k"
    assert ax.get_title(loc="left").startswith("P(vote = k) by left")
    assert notes(ax).startswith("at age = ")
    # The legend is in the order of the lines at their right end.
    ends = [line(ax, name).get_ydata()[-1] for name in legend(ax)[:3]]
    assert ends == sorted(ends, reverse=True)
    assert legend(ax)[3:] == ["89 % interval", "observed share,\nothers as they are"]


def test_bands_hold_the_interval(nominal):
    ax = nominal.plot_curve("left", ci_prob=0.5, data=False)
    points = ax.collections[0].get_paths()[0].vertices
    x = line(ax, "Blue").get_xdata()
    middle = points[np.isclose(points[:, 0], x[100]), 1]
    table = nominal.curve("left", [x[100]], ci_prob=0.5)
    row = table[table["class"] == "Blue"].iloc[0]
    assert (middle.min(), middle.max()) == pytest.approx((row["eti50_lb"], row["eti50_ub"]))
    assert not [c for c in ax.collections if isinstance(c, PathCollection)]
    assert legend(ax)[-1] == "50 % interval"


def test_observed_shares_of_bins_are_counted(nominal):
    ax = nominal.plot_curve("left")
    shown = [c for c in ax.collections if isinstance(c, PathCollection)]
    shares = np.array([c.get_offsets()[:, 1] for c in shown])
    np.testing.assert_allclose(shares.sum(axis=0), 1.0)
    assert shares.shape[1] == 8
    data = votes()
    first = np.sort(data["left"])[:50]
    blue = np.mean(data["vote"][np.isin(data["left"], first)] == "Blue")
    assert shares[0, 0] == pytest.approx(blue, abs=0.02)


def test_stacked_areas_add_up(nominal):
    ax = nominal.plot_curve("left", kind="stack")
    x, border = ax.lines[0].get_data()
    table = nominal.curve("left", x)
    np.testing.assert_allclose(border, table[table["class"] == "Blue"]["mean"], atol=1e-12)
    assert legend(ax)[:3] == ["Red", "Green", "Blue"]  # as they lie on one another
    hatches = {c.get_hatch() for c in ax.collections if c.get_label() in ("Red", "Green", "Blue")}
    assert len(hatches) == 3
    assert legend(ax)[3] == "border, 89 % interval"


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["cumulative", "exceedance"])
def test_sums_over_levels(many, kind):
    ax = many.plot_curve("x", kind=kind)
    before = {"cumulative": "at most", "exceedance": "at least"}[kind]
    assert ax.get_ylabel() == f"probability of y {before} k"
    x, y = line(ax, f"{before} 3").get_data()
    table = many.curve("x", x, kind=kind)
    np.testing.assert_allclose(y, table[table["class"] == "3"]["mean"])
    assert [text for text in legend(ax) if text.startswith(before)].__len__() == 6
    # Seven levels: observed shares would hide the lines, unless asked for.
    assert not [c for c in ax.collections if isinstance(c, PathCollection)]
    assert many.plot_curve("x", kind=kind, data=True).collections[-1].get_offsets().shape[0] == 8


@pytest.mark.slow
def test_low_probabilities_fill_the_axes(many):
    ax = many.plot_curve("x", at={})
    assert ax.get_ylim()[1] > 0.9  # one of them is high somewhere
    data = {"x": [0.0, 1.0] * 60, "y": np.arange(120) % 8}
    low = bl.ordinal("y ~ x", data).fit("laplace", random_seed=1).plot_curve("x")
    assert low.get_ylim()[1] < 0.5


def test_levels_of_a_category(ordered):
    ax = ordered.plot_curve("influence")
    table = ordered.curve("influence", ["High", "Low", "Medium"])
    for name in LEVELS:
        means = line(ax, name).get_ydata()
        np.testing.assert_allclose(means, table[table["class"] == name]["mean"])
    assert legend(ax)[:5] == [*LEVELS, "50 % interval", "89 % interval"]
    assert [t.get_text() for t in ax.get_xticklabels()][1] == "Low\nn = 627"
    bars = [c for c in ax.collections if isinstance(c, LineCollection)]
    low = table[table["class"] == "Low"]
    np.testing.assert_allclose(
        [s[:, 1] for s in bars[1].get_segments()], low[["eti89_lb", "eti89_ub"]]
    )
    observed = next(item for item in ax.lines if item.get_marker() == "_")
    data = bl.load_dataset("housing")
    high = data[data["influence"] == "High"]
    share = high[high["satisfaction"] == "Low"]["frequency"].sum() / high["frequency"].sum()
    assert observed.get_ydata()[0] == pytest.approx(share)


def test_stacked_bars(ordered):
    ax = ordered.plot_curve("influence", kind="stack", at={"contact": "Low"})
    tops = np.array([bar.get_y() + bar.get_height() for bar in ax.patches]).reshape(3, 3)
    np.testing.assert_allclose(tops[-1], 1.0)
    table = ordered.curve("influence", ["High"], at={"contact": "Low"}, kind="cumulative")
    np.testing.assert_allclose(tops[:-1, 0], table["mean"])
    assert legend(ax)[:3] == ["High", "Medium", "Low"]
    assert "at contact = Low" in notes(ax)


def test_no_two_of_63_classes_look_alike():
    for ordered in (False, True):
        looks = style.looks(63, ordered=ordered)
        assert len({(v.colour, v.marker, v.hatch) for v in looks}) == 63
    grey = [
        mpl.colors.to_rgb(v.colour) @ np.array([0.3, 0.6, 0.1])
        for v in style.looks(5, ordered=True)
    ]
    assert (np.diff(grey) > 0.08).all()
    few = style.looks(5, ordered=False)
    for part in ("marker", "dash", "hatch"):
        assert len({getattr(v, part) for v in few}) == 5


# ---- the predictive check -------------------------------------------------------------------


def test_bars_are_the_observed_shares(ordered):
    ax = ordered.plot_ppc()
    data = bl.load_dataset("housing")
    shares = data.groupby("satisfaction")["frequency"].sum() / data["frequency"].sum()
    np.testing.assert_allclose([bar.get_height() for bar in ax.patches], shares[LEVELS])
    assert [t.get_text() for t in ax.get_xticklabels()] == LEVELS
    assert ax.get_xlabel() == "satisfaction (n = 1681)"
    assert legend(ax) == ["observed", "simulated, 50 % interval", "simulated, 89 % interval"]
    by = ordered.plot_ppc(by="influence")
    assert len(by.patches) == 9
    low = data[(data["influence"] == "Low")]
    expected = low[low["satisfaction"] == "Low"]["frequency"].sum() / low["frequency"].sum()
    assert by.patches[1].get_height() == pytest.approx(expected)
    assert legend(by)[0] == "observed, satisfaction = Low"


def test_groups_of_a_number(nominal):
    ax = nominal.plot_ppc(by="age")
    names = [t.get_text() for t in ax.get_xticklabels()]
    assert len(names) == 4
    assert names[0].startswith("18 to ")
    assert sum(float(name.split("n = ")[1]) for name in names) == 400


@pytest.mark.parametrize("whole", [True, False])
def test_simulated_counts_have_the_mean_and_spread_of_the_family(whole):
    """At one point the counts are sums of multinomial draws: known means and variances."""
    rng = np.random.default_rng(0)
    family = FAMILIES["multinomial"](classes=3)
    theta = np.array([[0.3], [0.8], [-0.2], [-0.5]])
    weights = rng.integers(1, 9, 12) + (0.0 if whole else 0.5)
    code = np.arange(12) % 2
    table = {"x": np.linspace(-1, 1, 12), "y": list("abc") * 4}
    fit = bl.multinomial("y ~ x", table, weights=weights).fit("map")
    X = fit.model.design.X
    fit = replace(fit, outcome=replace(fit.outcome, draws=theta.T[None]))
    hits = simulated_counts(fit, code, rng)
    assert hits.shape == (2, 3, 1000)
    prob = family.probabilities((X @ theta.reshape(2, 2).T).T[:, :, None])[:, :, 0]
    for g in range(2):
        w = weights[code == g]
        np.testing.assert_allclose(hits[g].sum(axis=0), w.sum())
        expected = prob[:, code == g] @ w
        # Whole weights are so many cases; a fraction counts one case by its weight.
        times = w if whole else w**2
        variance = (prob * (1 - prob))[:, code == g] @ times
        error = np.sqrt(variance / 1000)
        np.testing.assert_array_less(np.abs(hits[g].mean(axis=1) - expected), 4.5 * error)
        np.testing.assert_allclose(hits[g].var(axis=1), variance, rtol=0.2)


def test_a_wrong_model_is_seen():
    """A model without the predictor misses the shares within its levels."""
    data = votes()
    data["side"] = np.where(data["left"] > 0, "left", "right")
    fit = bl.multinomial("vote ~ age + side", data).fit("laplace", random_seed=1)

    def outside(ax):
        outer = [c for c in ax.collections if c.get_label() == "simulated, 89 % interval"]
        ends = np.array([[s[:, 1] for s in c.get_segments()] for c in outer])
        heights = np.array([p.get_height() for p in ax.patches]).reshape(ends.shape[:2])
        return ((heights < ends[..., 0]) | (heights > ends[..., 1])).sum()

    assert outside(fit.plot_ppc(by="side")) == 0
    flat = bl.multinomial("vote ~ age", data).fit("laplace", random_seed=1)
    constrained = bl.multinomial("vote ~ age + side", data, priors={"side": bl.Normal(0, 0.01)})
    assert outside(flat.plot_ppc()) == 0
    assert outside(constrained.fit("laplace", random_seed=1).plot_ppc(by="side")) >= 3


# ---- the triangle ---------------------------------------------------------------------------


def test_corners_of_the_triangle():
    np.testing.assert_allclose(corners(np.eye(3)), [[0, 0], [0.5, np.sqrt(0.75)], [1, 0]])
    third = corners(np.full(3, 1 / 3))
    np.testing.assert_allclose(third, [0.5, np.sqrt(0.75) / 3])


def test_the_outline_holds_its_share(nominal):
    prob = nominal.predict({"left": [0.5], "age": [40]}, draws=True).values.reshape(-1, 3).T
    found = _outline(prob, 0.6)
    np.testing.assert_allclose(found.sum(axis=0), 1.0)
    inside = mpl.path.Path(corners(found)).contains_points(corners(prob))
    assert inside.mean() == pytest.approx(0.6, abs=0.02)
    assert _outline(np.repeat(prob[:, :1], 5, axis=1), 0.6) is None
    assert _outline(np.array([[0.0, 0.1], [0.5, 0.4], [0.5, 0.5]]), 0.6) is None


def test_points_are_the_posterior_means(nominal, ordered):
    new = {"left": [0.0, 1.0], "age": [30, 30]}
    ax = nominal.plot_simplex(new)
    assert legend(ax) == ["left = 0", "left = 1"]
    mean = nominal.predict(new)["mean"].to_numpy().reshape(2, 3)
    np.testing.assert_allclose(line(ax, "left = 1").get_xydata()[0], corners(mean[1]))
    assert {"vote = Blue", "vote = Green", "vote = Red"} <= {t.get_text() for t in ax.texts}
    assert "an outline around 89 % of them" in notes(ax)
    assert len(legend(ordered.plot_simplex())) == 6  # the different rows of the fit
    assert legend(nominal.plot_simplex(new, labels=["one", "two"])) == ["one", "two"]
    named = pd.DataFrame(new, index=["here", "there"])
    assert legend(nominal.plot_simplex(named)) == ["here", "there"]
    same = nominal.plot_simplex({"left": [0.0, 0.0], "age": [30, 30]})
    assert legend(same) == ["row 0", "row 1"]


def test_the_way_along_a_predictor(nominal, ordered):
    ax = nominal.plot_curve("left", kind="simplex", at={"age": 30})
    assert len(legend(ax)) == 5
    assert "at age = 30" in notes(ax)
    way = max(ax.lines, key=lambda item: len(item.get_xdata()) == 101).get_xydata()
    ends = nominal.curve("left", at={"age": 30})["mean"].to_numpy().reshape(-1, 3)[[0, -1]]
    np.testing.assert_allclose(way[[0, -1]], corners(ends.T))
    shown = ordered.plot_curve("influence", kind="simplex")
    assert legend(shown) == ["influence = High", "influence = Low", "influence = Medium"]
    higher = nominal.plot_simplex({"left": [0.0], "age": [30]}, offset=9.0)
    assert line(higher, legend(higher)[0]).get_xydata()[0, 0] > 0.4


# ---- what cannot be drawn -------------------------------------------------------------------


def exam():
    return bl.logistic("passed ~ hours", bl.load_dataset("exam")).fit("map")


MISTAKES = [
    (lambda n, m: n.plot_curve("left", kind="bars"), "kind='bars' is not a kind of curve; exp"),
    (lambda n, m: n.plot_curve("left", kind="stak"), "Did you mean 'stack'"),
    (lambda n, m: exam().plot_curve(kind="stack"), "several classes, and 'passed' has one event"),
    (lambda n, m: n.plot_curve("left", mark=1.0), "mark=1.0 marks the curve of one event.*leave"),
    (lambda n, m: n.plot_curve("left", probability=0.5), "probability=0.5 marks the curve of one"),
    (lambda n, m: n.plot_curve("left", kind="cumulative"), "classes.*have no order; expected an"),
    (lambda n, m: n.plot_curve("lefd"), "'lefd' is not a predictor.*Did you mean 'left'"),
    (lambda n, m: n.plot_curve(), "none was chosen; expected the name of one"),
    (lambda n, m: n.plot_ppc(by="ag"), "by='ag' is not a predictor.*Did you mean 'age'"),
    (
        lambda n, m: n.plot_ppc(bins=5),
        "^bins=5 was given for an outcome of 3 classes; expected by= a predictor; leave it out$",
    ),
    (lambda n, m: m.plot_curve(kind="simplex"), "has 7 classes.*expected three, one for each co"),
    (lambda n, m: m.plot_simplex({"x": [0.0]}), "has 7 classes.*expected three"),
    (lambda n, m: exam().plot_simplex(), r"has 2 classes.*draw plot_curve\(\) instead"),
    (lambda n, m: n.plot_simplex(), "the fit has 400 different rows, and a triangle can show 8"),
    (
        lambda n, m: n.plot_simplex({"left": range(9), "age": range(9)}),
        "9 rows are too many to be told apart in one triangle; expected at most 8; choose",
    ),
    (
        lambda n, m: n.plot_simplex({"left": [1.0], "age": [30]}, labels=["a", "b"]),
        "labels= has 2 entries for 1 rows; expected one for each row; correct it",
    ),
]


@pytest.mark.parametrize(("mistake", "sentence"), MISTAKES)
def test_mistakes_get_a_sentence(nominal, many, mistake, sentence):
    with pytest.raises(bl.DesignError, match=sentence):
        mistake(nominal, many)
    assert plt.get_fignums() == []


def test_kind_lines_of_one_event_is_its_curve():
    assert exam().plot_curve(kind="lines").get_ylabel() == "probability of passed = 1"


@pytest.mark.parametrize("form", ["sequential", "adjacent"])
def test_every_ordinal_form_and_partial_slopes(form):
    data = bl.load_dataset("housing")
    fit = bl.ordinal(
        "satisfaction ~ influence + contact",
        data,
        levels=LEVELS,
        weights="frequency",
        form=form,
        partial=["contact"],
    ).fit("laplace", random_seed=1)
    for kind in ("lines", "stack", "cumulative", "exceedance", "simplex"):
        fit.plot_curve("contact", kind=kind).figure.canvas.draw()
    fit.plot_ppc(by="contact").figure.canvas.draw()
    names = [t.get_text() for t in fit.plot_forest().get_yticklabels()]
    assert "contact[T.Low]" in names


# ---- odds ratios in words -------------------------------------------------------------------


def test_odds_ratios_say_what_they_are_of(ordered, nominal):
    assert "of the cumulative odds of satisfaction, above a level against" in notes(
        ordered.plot_forest()
    )
    assert "of the odds of each vote against Blue" in notes(nominal.plot_forest())
    assert "odds of" not in notes(nominal.plot_forest(scale="log_odds"))
    assert ordered.summary("odds_ratio").attrs["odds"].endswith("alike for every level")
    seq = bl.ordinal("y ~ x", {"x": range(9), "y": [0, 1, 2] * 3}, form="sequential").fit("map")
    assert seq.summary().attrs["odds"].startswith("odds of going on beyond a level of y once")
    adj = bl.ordinal("y ~ x", {"x": range(9), "y": [0, 1, 2] * 3}, form="adjacent").fit("map")
    assert "next higher level of y against each" in adj.summary().attrs["odds"]
    probit = bl.ordinal("y ~ x", {"x": range(9), "y": [0, 1, 2] * 3}, link="probit").fit("map")
    assert "odds" not in probit.summary().attrs


def test_slopes_of_later_boundaries_are_drawn():
    data = {"x": np.arange(30.0), "y": np.arange(30) % 3}
    fit = bl.ordinal("y ~ x", data, partial=["x"], form="sequential").fit("laplace", random_seed=1)
    assert [t.get_text() for t in fit.plot_forest().get_yticklabels()] == ["x", "1|2: x"]
    assert (
        fit.summary().attrs["odds"].endswith("'a|b: term' multiplies that of the lowest boundary")
    )


def test_other_references_keep_curvature_and_say_so(nominal):
    model = nominal.model
    other = bl.multinomial("vote ~ age + left", votes(), reference="Red", priors="flat").fit("map")
    ours = bl.multinomial("vote ~ age + left", votes(), priors="flat").fit("map")
    table = ours.summary(reference="Red")
    expected = other.summary()
    for column in ("mode", "curvature_sd"):
        np.testing.assert_allclose(table[column], expected[column][table.index], rtol=1e-4)
    assert table.attrs["outcome"] == "vote (against Red)"
    assert table.attrs["odds"] == "odds of each vote against Red"
    assert model.response.classes[0] == "Blue"


def test_precision_is_no_odds_ratio():
    seeds = bl.load_dataset("seeds")
    model = bl.binomial("germinated ~ x1", seeds, trials="n", dispersion="beta")
    fit = model.fit("map")
    assert list(fit.summary("odds_ratio").index) == ["Intercept", "x1", "precision"]
    assert list(fit.summary().index) == ["Intercept", "x1", "log_precision"]
    assert fit.summary().attrs["odds"] == "odds of germinated"
    names = [t.get_text() for t in fit.plot_forest(intercept=True).get_yticklabels()]
    assert names == ["Intercept", "x1"]
    assert fit.plot_curve("x1").get_ylabel() == "probability of germinated"
    fit.plot_ppc().figure.canvas.draw()


def test_a_reference_may_be_named_by_its_value():
    data = {"x": np.arange(12.0), "y": np.array([1.0, 2.0, 3.0] * 4)}
    fit = bl.multinomial("y ~ x", data, reference=2.0).fit("map")
    assert list(fit.summary(reference=3.0).index) == list(fit.summary(reference="3").index)
    assert fit.summary(reference=3.0).attrs["outcome"] == "y (against 3)"


def test_a_legend_does_not_lie_on_the_next_picture(nominal):
    _, (left, right) = plt.subplots(1, 2, figsize=(9, 4))
    for name in ("lines", "ppc by"):
        ax = PICTURES[name](nominal, ax=left)
        ax.figure.canvas.draw()
        assert ax.get_legend().get_window_extent().x1 < right.get_window_extent().x0
        left.clear()
    _, (left, right) = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
    ax = nominal.plot_curve("left", ax=left)
    ax.figure.canvas.draw()
    shown = ax.get_legend().get_window_extent()
    assert left.get_window_extent().x1 < shown.x0
    assert shown.x1 < right.get_window_extent().x0


def test_levels_stand_in_the_order_of_the_formula():
    formula = f"satisfaction ~ C(influence, levels={LEVELS})"
    data = bl.load_dataset("housing")
    model = bl.ordinal(formula, data, levels=LEVELS, weights="frequency")
    fit = model.fit("laplace", random_seed=1)
    for ax in (fit.plot_curve(), fit.plot_curve(kind="stack"), fit.plot_ppc(by="influence")):
        ticks = [t.get_text().split("\n")[0] for t in ax.get_xticklabels()]
        assert ticks == LEVELS
    assert legend(fit.plot_curve(kind="simplex")) == [f"influence = {name}" for name in LEVELS]
    assert fit.curve("influence")["influence"].unique().tolist() == LEVELS
    numbers = {"y": [0, 1] * 6, "g": [3, 1, 2] * 4}
    plain = bl.logistic("y ~ C(g, levels=[3, 1, 2])", numbers).fit("laplace", random_seed=1)
    assert plain.curve("g")["g"].tolist() == [3, 1, 2]
    assert [t.get_text()[0] for t in plain.plot_curve("g").get_xticklabels()] == ["3", "1", "2"]


def test_offsets_of_the_formula_count_in_the_triangle():
    data = {"g": ["a", "b"] * 30, "o": [0.5] * 60, "y": np.arange(60) % 3}
    fit = bl.multinomial("y ~ g + offset(o)", data).fit("map")
    ax = fit.plot_simplex()
    expected = fit.predict({"g": ["a"], "o": [0.5]})["estimate"]
    np.testing.assert_allclose(line(ax, "g = a").get_xydata()[0], corners(expected.to_numpy()))
