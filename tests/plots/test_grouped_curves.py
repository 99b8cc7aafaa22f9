"""Curves of several groups: their numbers, their pictures, and what is refused."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pytest

import bayeslogit as bl
from tests.helpers import random_table

TABLE = random_table(200)
TABLE["grade"] = np.digitize(TABLE["x"] + TABLE["z"], [-0.6, 0.7])
TABLE["few"] = np.arange(200) % 3


@pytest.fixture(autouse=True)
def _no_figures_left():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def fit():
    return bl.logistic("y ~ x * g + z + few", TABLE).fit("laplace", draws=200, random_seed=1)


@pytest.fixture(scope="module")
def ordinal():
    model = bl.ordinal("grade ~ x + g", TABLE, levels=[0, 1, 2])
    return model.fit("laplace", draws=100, random_seed=1)


def test_by_stands_for_all_levels_or_quartiles(fit):
    one, two = fit.curve("x", [0, 1], by="g"), fit.curve("x", [0, 1], at={"g": ["a", "b", "c"]})
    assert one.equals(two)
    quartiles = np.quantile(TABLE["z"], [0.25, 0.5, 0.75])
    np.testing.assert_allclose(fit.curve("x", [0], by="z")["z"], quartiles)
    assert fit.curve("x", [0], by="few")["few"].tolist() == [0, 1, 2]
    assert len(fit.curve("x", [0], by=["g", "few"])) == 9


def test_contrasts_of_curves_are_those_of_predictions(fit):
    table = fit.curve("x", [-1.0, 2.0], by="g", at={"z": 0.5, "few": 1}, hypothesis="pairwise")
    assert table["hypothesis"].tolist() == ["b - a"] * 2 + ["c - a"] * 2 + ["c - b"] * 2
    assert table["x"].tolist() == [-1.0, 2.0] * 3
    rows = {"x": [2.0] * 3, "g": ["a", "b", "c"], "z": [0.5] * 3, "few": [1] * 3}
    one = fit.predictions(newdata=rows, hypothesis="pairwise", by="g")
    for column in ("estimate", "sd", "eti89_lb", "eti89_ub", "p_positive"):
        np.testing.assert_allclose(table[column].iloc[1::2], one[column])
    text = fit.curve("x", [2.0], by="g", at={"z": 0.5, "few": 1}, hypothesis="b > a", rope=(0, 0.1))
    assert text["probability"].iloc[0] == one["p_positive"].iloc[0]
    assert text[["p_below", "p_inside", "p_above"]].sum(axis=1).iloc[0] == pytest.approx(1)
    odds = fit.curve("x", [2.0], by="g", kind="odds", hypothesis="reference")
    assert odds["hypothesis"].tolist() == ["b / a", "c / a"]
    point = fit.model.fit("map").curve("x", [2.0], by="g", hypothesis="reference")
    assert list(point.columns) == ["x", "hypothesis", "estimate"]


def test_contrasts_of_curves_of_classes(ordinal):
    table = ordinal.curve("x", [0.0, 1.0], by="g", kind="exceedance", hypothesis="reference")
    assert table["class"].tolist() == ["1", "2"] * 4
    assert table["x"].tolist() == [0.0, 0.0, 1.0, 1.0] * 2
    draws = ordinal.predict({"x": [1.0] * 2, "g": ["a", "c"]}, kind="exceedance", draws=True)
    a, c = draws.sel({"class": "2"}).transpose("obs", "chain", "draw").values.reshape(2, -1)
    assert table["estimate"].iloc[-1] == pytest.approx((c - a).mean())


def test_a_picture_has_a_line_and_a_band_for_each_group(fit):
    ax = fit.plot_curve("x", by="g")
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["g = a", "g = b", "g = c"]
    lines = [line for line in ax.lines if len(line.get_xdata()) > 100]
    dashes = {line.get_linestyle() for line in lines}
    assert len(lines) == len(dashes) == len(ax.collections) == 3  # known in grey as well
    own = fit.curve("x", lines[1].get_xdata(), at={"g": "b"})["mean"]
    np.testing.assert_allclose(lines[1].get_ydata(), own)
    numbers = fit.plot_curve("x", by="z", legend=True).get_legend().get_texts()
    assert numbers[0].get_text() == f"z = {np.quantile(TABLE['z'], 0.25):.3g}"
    levels = fit.plot_curve("g", by="few")
    assert [text.get_text() for text in levels.get_xticklabels()] == ["a", "b", "c"]
    assert fit.model.fit("map").plot_curve("x", by="g").collections[:] == []


def test_a_picture_of_differences_has_the_line_of_none(fit):
    ax = fit.plot_curve("x", by="g", hypothesis="reference")
    assert ax.get_ylabel() == "contrast of P(y = 1)"
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["b - a", "c - a"]
    assert ax.lines[0].get_ydata()[0] == 0.0


def test_a_picture_for_each_group(fit, ordinal):
    first = fit.plot_curve("x", facet="g", mark=0.0)
    panels = [ax for ax in first.figure.axes if ax.get_visible()]
    assert [ax.get_title(loc="left") for ax in panels] == ["g = a", "g = b", "g = c"]
    assert {ax.get_ylim() for ax in panels} == {first.get_ylim()}
    above = first.figure.get_suptitle()
    assert above.startswith("P(y = 1) by x")
    assert "z = " in above
    assert "g = " not in above
    own = fit.curve("x", panels[2].lines[0].get_xdata(), at={"g": "c"})["mean"]
    np.testing.assert_allclose(panels[2].lines[0].get_ydata(), own)
    four = ordinal.plot_curve("x", facet="g", kind="stack").figure
    four.canvas.draw()
    assert len([ax for ax in four.axes if ax.get_visible()]) == 3


REFUSED = {
    "name": (lambda f: f.plot_curve("x", by="gg"), "Did you mean 'g'"),
    "itself": (lambda f: f.curve("x", by="x"), "what moves too"),
    "twice": (lambda f: f.curve("x", by="g", at={"g": "a"}), "set by at= too"),
    "mark": (lambda f: f.plot_curve("x", by="g", mark=1), "mark=1 is given with by="),
    "no groups": (lambda f: f.plot_curve("x", hypothesis="pairwise"), "is given without by="),
    "one curve": (lambda f: f.curve("x", hypothesis="pairwise"), "it has a single one"),
    "many": (lambda f: f.plot_curve("x", by=["g", "few"]), "there are 9 curves to draw"),
    "axes": (lambda f: f.plot_curve("x", facet="g", ax=plt.gca()), "facet= is given with ax="),
    "row": (lambda f: f.curve("x", by="g", hypothesis="d > a"), "names 'd', which is no row"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_drawn_is_refused(fit, what):
    ask, sentence = REFUSED[what]
    with pytest.raises(bl.DesignError, match=sentence) as error:
        ask(fit)
    assert "expected" in str(error.value)


def test_classes_have_lines_already(ordinal):
    with pytest.raises(bl.DesignError, match="have a line each already; expected facet="):
        ordinal.plot_curve("x", by="g")
    many = bl.logistic("y ~ x + s", TABLE.assign(s=[f"s{i % 20}" for i in range(200)]))
    with pytest.raises(bl.DesignError, match="has 20 pictures; expected at most 16"):
        many.fit("map").plot_curve("x", facet="s")
