"""Posteriors of smooth curves: beside mgcv, and what a fit can be asked."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import bayeslogit as bl

REFERENCES = Path(__file__).parents[2] / "references"


@pytest.fixture(scope="module")
def fitted():
    table = pd.read_csv(REFERENCES / "contraception.csv")
    return bl.logistic("y ~ s(age)", table).fit(random_seed=1)


def test_the_curve_is_that_of_mgcv(fitted):
    """The basis and penalty are the same; mgcv estimates its scale and holds it, here it is drawn.

    So the curves differ by little of their standard error, and ours are somewhat less certain.
    """
    theirs = pd.read_csv(REFERENCES / "smooth.csv")
    curve = fitted.predict(theirs[["age"]], kind="linear")
    away = np.abs(curve["mean"] - theirs["fit"]) / theirs["se"]
    assert away.max() < 0.3
    ratio = curve["sd"] / theirs["se"]
    assert 0.95 < ratio.min() < ratio.max() < 1.25


def test_a_curve_is_learned_soundly(fitted):
    assert fitted.problems == ()
    assert fitted.outcome.info["rhat"] < 1.01
    assert fitted.summary().index[-1] == "sd_s(age)"


def test_beyond_the_data_a_curve_goes_on(fitted):
    far = fitted.predict({"age": [19.44, 25.0]}, kind="linear")
    assert far["sd"].iloc[1] > 2.0 * far["sd"].iloc[0]


def test_a_file_keeps_the_curve(fitted, tmp_path):
    fitted.save(tmp_path / "fit.nc")
    again = bl.load(tmp_path / "fit.nc")
    assert again.curve("age", [-20, 0, 5]).equals(fitted.curve("age", [-20, 0, 5]))
    assert again.model.prior.learned[0].label == "s(age)"


def test_a_straight_line_is_found_straight():
    rng = np.random.default_rng(4)
    x = rng.uniform(0, 1, 300)
    y = (rng.random(300) < 1 / (1 + np.exp(2 - 4 * x))).astype(int)
    fit = bl.logistic("y ~ s(x)", {"x": x, "y": y}).fit(random_seed=1)
    assert all(problem.severity == "note" for problem in fit.problems)
    assert fit.outcome.info["rhat"] < 1.01
    line = bl.logistic("y ~ x", {"x": x, "y": y}).fit(random_seed=1)
    at = {"x": [0.25, 0.5, 0.75]}
    away = fit.predict(at, kind="linear")["mean"] - line.predict(at, kind="linear")["mean"]
    assert np.abs(away).max() < 0.3
