"""Every verb on models with groups, of every kind of outcome and for every word of ``groups=``."""

import warnings

import arviz_stats
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import bayeslogit as bl
from bayeslogit.errors import DesignError

RNG = np.random.default_rng(0)
N = 60
G = np.repeat(np.arange(6), 10)
X = RNG.normal(size=N)
ETA = X + RNG.normal(size=6)[G]
TABLE = {
    "x": X,
    "g": [f"g{i}" for i in G],
    "h": np.tile(np.arange(5), 12),
    "y": (RNG.random(N) < 1 / (1 + np.exp(-ETA))).astype(int),
    "k": RNG.binomial(5, 1 / (1 + np.exp(-ETA))),
    "n": np.full(N, 5),
    "o": np.clip(np.round(ETA + RNG.normal(size=N)), -1, 1).astype(int),
}
TABLE["c"] = np.array(["a", "b", "c"])[TABLE["o"] + 1]
RIGHT = "x + (1 + x | g) + (1 | h)"
NEW = {"x": [0.0, 1.0, -1.0]}
WORDS = ("typical", "new", "average")


def built(kind):
    if kind == "binary":
        return bl.logistic(f"y ~ {RIGHT}", TABLE)
    if kind == "counts":
        return bl.binomial(f"k ~ {RIGHT}", TABLE, trials="n")
    if kind == "classes":
        return bl.multinomial(f"c ~ {RIGHT}", TABLE)
    return bl.ordinal(f"o ~ {RIGHT}", TABLE)


@pytest.fixture(scope="module", params=["binary", "counts", "classes", "ordered"])
def fit(request):
    """Draws far from the posterior do: the answers are of the draws, whatever these are."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", bl.BayesLogitWarning)
        return built(request.param).fit("laplace", draws=12, chains=2, random_seed=1)


@pytest.mark.parametrize("word", WORDS)
def test_every_verb_answers_for_groups_that_are_not_in_the_rows(fit, word):
    """Rows need no column of the grouping, and verbs agree with the probabilities of rows."""
    rows = fit.predict(NEW, groups=word, draws=True).to_numpy().reshape(24, 3, -1)
    table = fit.predict(NEW, groups=word)["mean"].to_numpy().reshape(3, -1)
    np.testing.assert_allclose(table, rows.mean(axis=0), rtol=1e-10)
    averaged = fit.predictions(newdata=NEW, by=True, groups=word)["estimate"]
    np.testing.assert_allclose(averaged, rows.mean(axis=(0, 1)), rtol=1e-10)
    change = fit.comparisons({"x": (0, 1)}, newdata={"x": [0.5]}, groups=word)["estimate"]
    np.testing.assert_allclose(change, rows.mean(axis=0)[1] - rows.mean(axis=0)[0], atol=1e-12)
    slope = fit.slopes("x", newdata={"x": [0.5]}, groups=word)["estimate"]
    assert np.isfinite(slope).all()
    curve = fit.curve("x", NEW["x"], groups=word)["mean"].to_numpy().reshape(3, -1)
    np.testing.assert_allclose(curve, table, rtol=1e-10)
    decided = fit.decide(NEW, groups=word)
    several = table.shape[1] > 1
    expected = table.max(axis=1) if several else table[:, 0]
    np.testing.assert_allclose(decided["probability"], expected, rtol=1e-10)
    assert len(fit.predictions(newdata="mean", groups=word)) == table.shape[1]
    plt.close(fit.plot_curve("x", groups=word).figure)


def test_known_groups_are_the_default_of_rows_and_typical_ones_of_curves(fit):
    pd.testing.assert_frame_equal(fit.predict(), fit.predict(groups="known"))
    pd.testing.assert_frame_equal(fit.curve("x"), fit.curve("x", groups="typical"))
    every = fit.predict(TABLE, draws=True).to_numpy().reshape(24, N, -1)
    averaged = fit.predictions(by=True)["estimate"]
    np.testing.assert_allclose(averaged, every.mean(axis=(0, 1)), rtol=1e-10)
    # A group that is a number is held at one that there is, not at a mean of numbers.
    held = fit.predictions(newdata="mean", groups="known")["estimate"]
    assert np.isfinite(held).all()


def test_solve_is_of_two_classes_and_of_one_group(fit):
    if fit.several:
        if fit.model.family.name == "cumulative":  # of P(Y >= k), class by class
            assert np.isfinite(fit.solve("x", probability=0.5)["median"]).all()
            return
        with pytest.raises(DesignError, match="a probability for each class"):
            fit.solve("x", probability=0.5)
        return
    for word in ("typical", "new", "known"):
        assert np.isfinite(fit.solve("x", probability=0.5, groups=word)["median"]).all()
    with pytest.raises(DesignError, match="no inverse prediction"):
        fit.solve("x", probability=0.5, groups="average")


def test_files_hold_all_of_it(fit, tmp_path):
    again = bl.load(fit.save(tmp_path / "fit.nc"))
    np.testing.assert_array_equal(again.theta, fit.theta)
    pd.testing.assert_frame_equal(again.group_effects("g"), fit.group_effects("g"))
    pd.testing.assert_frame_equal(again.predict(NEW, groups="new"), fit.predict(NEW, groups="new"))
    assert again.idata.posterior.equals(fit.idata.posterior)


def test_the_tree_has_a_dim_for_each_grouping_and_arviz_reads_it(fit):
    tree = fit.idata
    sizes = tree.posterior.sizes
    assert (sizes["g_group"], sizes["h_group"]) == (6, 5)
    assert tree.posterior["u_g"].dims == ("chain", "draw", "g_group", "g_effect")
    assert tree.posterior["cor_g"].dims == ("chain", "draw", "g_effect", "g_effect_2")
    assert list(tree.posterior["g_group"].values[:2]) == ["g0", "g1"]
    summary = arviz_stats.summary(tree, var_names=["sd_g", "u_h"])
    own = fit.posterior["sd_g"].to_numpy().mean(axis=(0, 1))
    np.testing.assert_allclose(summary["mean"].astype(float)[: len(own)], own, atol=0.01)
    named = [name for name in fit.model.layout.names if name.endswith("| h[4]")]
    last = tree.posterior["u_h"].sel(h_group="4").to_numpy().reshape(24, -1)
    places = [fit.model.layout.names.index(name) for name in named]
    np.testing.assert_array_equal(last.T, fit.theta[places])


def test_pictures_and_words_of_the_whole(fit):
    for picture in (fit.plot_prior, fit.plot_forest, fit.plot_ppc, lambda: fit.plot_groups("h")):
        plt.close(picture().figure)
    assert "(1 + x | g): 6 groups of 10 to 10 rows" in str(fit.model)
    summary = fit.summary()
    assert {"r_hat", "ess_bulk", "ess_tail"} <= set(summary.columns)
    assert sum(name.startswith("cor_g") for name in summary.index) >= 1
    ratio = fit.summary("odds_ratio")
    assert any(name.startswith("median_odds_ratio_g") for name in ratio.index)
    assert len(fit.in_words())


def test_more_rows_of_known_groups_and_rows_of_new_ones():
    fit = built("binary").fit("map")
    more = {name: values[:9] for name, values in TABLE.items()}
    assert len(fit.update(more).model.response.y) == N + 9
    with pytest.raises(DesignError, match="has the g 'g99', which is none of the 6 groups"):
        fit.update(more | {"g": ["g99"] * 9})


def test_averages_are_no_simulation_and_no_linear_predictor(fit):
    for kind in ("linear", "outcome"):
        with pytest.raises(DesignError, match=f"kind='{kind}' has no mean over groups"):
            fit.predict(NEW, kind=kind, groups="average")
