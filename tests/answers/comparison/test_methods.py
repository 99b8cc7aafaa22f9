"""Methods beside the exact posterior."""

from __future__ import annotations

import numpy as np
import pytest

import bayeslogit as bl

MODEL = bl.logistic("passed ~ hours", bl.load_dataset("exam"))
FAST = ["quadrature", "auto", "laplace", "variational", "ep", "map"]


@pytest.fixture(scope="module")
def table():
    return MODEL.compare_methods(FAST, random_seed=1)


def test_figures_are_those_of_the_fits(table):
    fit = MODEL.fit("laplace", random_seed=1, progressbar=False)
    summary = fit.summary()
    np.testing.assert_allclose(table.loc["laplace", "mean"], summary["mean"])
    np.testing.assert_allclose(table.loc["laplace", "sd"], summary["sd"])
    mode = MODEL.fit("map").theta[:, 0]
    np.testing.assert_array_equal(table.loc["map", "mean"], mode)
    assert table.loc["map", "sd"].isna().all()


def test_distances_are_from_the_grid(table):
    info = MODEL.fit("quadrature", random_seed=1, progressbar=False).outcome.info
    off = (table.loc["laplace", "mean"] - info["mean"]) / info["sd"]
    np.testing.assert_allclose(table.loc["laplace", "off"], off)
    np.testing.assert_allclose(
        table.loc["laplace", "sd_ratio"], table.loc["laplace", "sd"] / info["sd"]
    )
    assert (table.loc["auto", "off"].abs() < 0.1).all()  # four Monte Carlo errors
    assert (table.loc["laplace", "off"].abs() > 0.3).all()  # the posterior is skewed
    assert table["exact"].groupby(level=0).first().to_dict() == {
        "auto": "yes",
        "ep": "no",
        "laplace": "no",
        "map": "no",
        "quadrature": "yes",
        "variational": "no",
    }


def test_a_method_that_refuses_has_a_row_that_says_so():
    table = bl.multinomial(
        "c ~ x", {"c": list("abcabcab"), "x": [1, 2, 3, 2, 1, 3, 2, 4]}
    ).compare_methods(["auto", "gibbs", "quadrature"], draws=200)
    assert table.loc["quadrature", "note"].eq("refused").all()
    assert table.loc["quadrature", "mean"].isna().all()
    np.testing.assert_array_equal(table.loc["auto", "off"], 0.0)  # the reference here


def test_groups_are_compared_by_their_common_coefficients():
    data = {"y": [4, 9, 1, 6, 5], "n": [10, 12, 11, 9, 10], "ward": list("abcde")}
    model = bl.binomial("y ~ 1 + (1 | ward)", data, trials="n")
    table = model.compare_methods(["auto", "map"], draws=200)
    assert table.index.tolist() == [("auto", "Intercept"), ("map", "Intercept")]


def test_a_method_that_there_is_not_is_refused():
    with pytest.raises(bl.MethodRefused, match="method='laplac' is not known"):
        MODEL.compare_methods(["laplac"])
