"""The picture of groups: places of what is drawn, names, many groups, refusals."""

import warnings

import matplotlib.pyplot as plt
import numpy as np
import pytest

import bayeslogit as bl
from bayeslogit.errors import DesignError

RNG = np.random.default_rng(4)
LONG = "a district whose name is so long that no axis has room for all of it in one line, number"


def table_of(groups, rows=6):
    g = np.repeat(np.arange(groups), rows)
    x = RNG.normal(size=len(g))
    y = (RNG.random(len(g)) < 1 / (1 + np.exp(-x - np.linspace(-1, 1, groups)[g]))).astype(int)
    level = np.clip(np.round(x + RNG.normal(size=len(g))), -1, 1).astype(int)
    return {"x": x, "g": [f"{LONG} {i}" for i in g], "y": y, "level": level}


@pytest.fixture(scope="module")
def fit():
    return bl.logistic("y ~ x + (1 | g)", table_of(9)).fit(draws=50, chains=2, random_seed=1)


@pytest.fixture(scope="module")
def many():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", bl.BayesLogitWarning)
        model = bl.logistic("y ~ x + (1 + x | g)", table_of(300, 2))
        return model.fit("laplace", draws=20, chains=1, random_seed=1)


def parts(ax):
    intervals, arrows = (ax.collections[i] for i in (0, 1))
    return np.array([s[:, 0] for s in intervals.get_segments()]), arrows


def test_probabilities_are_means_over_the_rows_of_each_group(fit):
    ax = fit.plot_groups(ci_prob=0.8, ci_kind="eti")
    found = fit.predictions(by="g", ci_prob=0.8, ci_kind="eti").sort_values(
        "estimate", ascending=False
    )
    segments, arrows = parts(ax)
    np.testing.assert_allclose(segments, found[["eti80_lb", "eti80_ub"]].to_numpy(), atol=1e-12)
    shares = fit.group_effects().set_index("group")["share"][found["g"]]
    np.testing.assert_allclose(arrows.X, shares, atol=1e-12)
    np.testing.assert_allclose(arrows.X + arrows.U, found["estimate"], atol=1e-12)
    named = [t.get_text().replace("\n", " ") for t in ax.get_yticklabels()]
    assert named == found["g"].tolist()  # wrapped, and whole
    assert "P(y = 1)" in ax.get_xlabel()


def test_effects_have_arrows_from_the_observed_share_on_their_scale(fit):
    ax = fit.plot_groups(scale="log_odds")
    table = fit.group_effects().sort_values("mean", ascending=False)
    segments, arrows = parts(ax)
    np.testing.assert_allclose(arrows.X + arrows.U, table["mean"], atol=1e-12)
    assert "log-odds" in ax.get_xlabel()
    rows = fit.predictions(by="g", groups="known")
    assert len(rows) == len(segments) == 9


def test_every_text_is_inside_the_picture(fit, many):
    for ax in (fit.plot_groups(), many.plot_groups(), many.plot_groups(effect="x")):
        figure = ax.figure
        figure.draw_without_rendering()
        box, renderer = figure.bbox, figure.canvas.get_renderer()
        for text in [*ax.get_yticklabels(), *ax.texts]:
            if text.get_text():
                where = text.get_window_extent(renderer)
                assert box.x0 - 1 <= where.x0 <= where.x1 <= box.x1 + 1, text.get_text()
        assert ax.get_position().width * figure.get_figwidth() > 2.0
        plt.close(figure)


def test_of_many_groups_ranks_and_the_ends_are_named(many):
    ax = many.plot_groups()
    assert [t.get_text() for t in ax.get_yticklabels()] == [
        "1",
        "50",
        "100",
        "150",
        "200",
        "250",
        "300",
    ]
    assert ax.figure.get_figheight() <= 8.0
    texts = " ".join(t.get_text() for t in ax.texts)
    assert "highest:" in texts
    assert "lowest last:" in texts


@pytest.mark.filterwarnings("ignore::bayeslogit.BayesLogitWarning")
def test_of_very_many_groups_shares_are_dots():
    fit = bl.logistic("y ~ x + (1 | g)", table_of(600, 3)).fit("map")
    ax = fit.plot_groups()
    assert not [c for c in ax.collections if hasattr(c, "U")]
    assert "dots: observed" in " ".join(t.get_text() for t in ax.texts)
    assert len(ax.lines[-1].get_xdata()) == 600


def test_classes_are_drawn_by_effect_or_by_name():
    fit = bl.ordinal("level ~ x + (1 | g)", table_of(7, 10)).fit("map")
    assert "effect" in fit.plot_groups().get_xlabel()
    assert "level = 1" in fit.plot_groups(event=1).get_xlabel()
    with pytest.raises(DesignError, match="event=5 is none of the classes.*scale='log_odds'"):
        fit.plot_groups(event=5)
    with pytest.raises(DesignError, match="event=None is none of the classes"):
        fit.plot_groups(scale="probability")


def test_unknown_scales_and_effects_are_said(fit):
    with pytest.raises(DesignError, match="scale='logodds' is not known.*log_odds"):
        fit.plot_groups(scale="logodds")
    with pytest.raises(DesignError, match="effect='x' is none of the effects.*'Intercept'"):
        fit.plot_groups(effect="x")
    with pytest.raises(DesignError, match="names no group-level terms"):
        fit.plot_groups("h")


def test_curves_are_of_a_typical_group_unless_asked(fit):
    def line(ax):
        x, y = ax.lines[0].get_data()
        return x, y

    def note(ax):
        return " ".join(t.get_text() for t in ax.texts).replace("\n", " ")

    for word in (None, "typical", "new", "average"):
        ax = fit.plot_curve("x", data=False, groups=word)
        x, y = line(ax)
        np.testing.assert_allclose(y, fit.curve("x", x, groups=word)["mean"], rtol=1e-12)
    assert "the mean over groups" in note(ax)
    assert "a typical group" in note(fit.plot_curve("x"))
    with pytest.raises(DesignError, match="groups='average', and the mean over groups has no"):
        fit.plot_curve("x", groups="average", probability=0.5)
    typical, average = (fit.plot_effects("x", groups=g) for g in ("typical", "average"))
    places = [[s[:, 0] for s in ax.collections[0].get_segments()] for ax in (typical, average)]
    assert not np.allclose(*places)
