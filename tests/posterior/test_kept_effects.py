"""Effects of groups kept as moments and quantiles, against those of all draws."""

import numpy as np
import pytest

import bayeslogit as bl
from bayeslogit.errors import MethodRefused
from bayeslogit.inference.kept import KeptEffects


@pytest.fixture(scope="module")
def model():
    rng = np.random.default_rng(0)
    g = np.repeat(np.arange(12), 8)
    x = rng.normal(size=g.size)
    eta = 0.5 * x + rng.normal(size=12)[g]
    y = (rng.random(g.size) < 1.0 / (1.0 + np.exp(-eta))).astype(int)
    return bl.logistic("y ~ x + (1 + x | g)", {"y": y, "x": x, "g": [f"g{i}" for i in g]})


@pytest.fixture(scope="module")
def both(model):
    return [model.fit(draws=500, random_seed=1, keep=keep) for keep in ("draws", "scales")]


def test_the_rest_of_the_fit_is_the_same(both):
    every, few = both
    assert few.summary().equals(every.summary())
    assert few.outcome.draws.shape == (4, 500, 2)
    for groups in ("typical", "new", "average"):
        new = {"x": [0.3], "g": ["g1"]}
        assert few.predict(new, groups=groups).equals(every.predict(new, groups=groups))
    assert "24 effects of groups: moments and quantiles, no draws (keep='scales')" in repr(few)
    assert "keep=" not in repr(every)


def test_effects_have_the_moments_ranks_and_intervals_of_the_draws(both):
    every, few = (fit.group_effects("g") for fit in both)
    exact = ["cases", "share", "mean", "sd", "rank", "p_best"]
    np.testing.assert_allclose(few[exact], every[exact], rtol=1e-10)
    bounds = [name for name in every.columns if name.startswith("eti")]
    assert len(bounds) == 2
    off = np.abs(few[bounds].to_numpy() - every[bounds].to_numpy()) / every[["sd"]].to_numpy()
    # Between two quantiles the draws are not followed, and 0.055 is a quantile that is kept.
    assert off.max() < 0.01
    hdi = [fit.group_effects(ci_kind="hdi", ci_prob=0.8) for fit in both]
    columns = [name for name in hdi[0].columns if name.startswith("hdi")]
    width = [(table[columns[1]] - table[columns[0]]).to_numpy() for table in hdi]
    np.testing.assert_allclose(width[1], width[0], rtol=0.05)


def test_a_picture_of_effects_needs_no_draws(both):
    axes = [fit.plot_groups(scale="log_odds", effect="x") for fit in both]
    names = [[label.get_text() for label in ax.get_yticklabels()] for ax in axes]
    assert set(names[0]) == set(names[1])
    assert both[1].plot_groups().get_xlabel().startswith("effect")


@pytest.mark.parametrize(
    "ask",
    [
        lambda fit: fit.predict(),
        lambda fit: fit.group_effects(kind="coefficient"),
        lambda fit: fit.loo(),
        lambda fit: fit.plot_groups(scale="probability"),
        lambda fit: fit.extend("log_likelihood"),
        lambda fit: fit.check(),
    ],
    ids=["predict", "coefficient", "loo", "plot", "extend", "check"],
)
def test_what_needs_the_draws_says_so(both, ask):
    with pytest.raises(MethodRefused, match=r"24 effects of groups.*fit with keep='draws', or ask"):
        ask(both[1])


def test_groups_for_arviz_leave_out_what_needs_effects(both):
    assert set(both[1].idata.children) >= {"posterior", "log_prior", "sample_stats"}
    assert ["u_g" in fit.posterior for fit in both] == [True, False]
    assert both[1].posterior["sd_g"].dims == ("chain", "draw", "g_effect")
    assert both[1].posterior["g_effect"].values.tolist() == ["Intercept", "x"]


def test_a_file_holds_them(both, tmp_path):
    path = both[1].save(tmp_path / "few.nc")
    again = bl.load(path)
    assert again.group_effects("g").equals(both[1].group_effects("g"))
    assert np.array_equal(again.outcome.draws, both[1].outcome.draws)
    assert repr(again) == repr(both[1])


def test_classes_have_effects_of_their_own(tmp_path):
    rng = np.random.default_rng(1)
    data = {"c": rng.choice(list("abc"), 80), "g": np.arange(80) % 8, "h": np.arange(80) % 5}
    model = bl.multinomial("c ~ 1 + (1 | h) + (1 | g)", data)
    every, few = (model.fit(draws=100, random_seed=2, keep=keep) for keep in ("draws", "scales"))
    for group in ("g", "h"):
        wanted, found = (fit.group_effects(group)[["mean", "p_best"]] for fit in (every, few))
        np.testing.assert_allclose(found, wanted, rtol=1e-10)
    assert bl.load(few.save(tmp_path / "c.nc")).summary().equals(few.summary())


def test_ranks_are_those_of_every_draw():
    draws = np.random.default_rng(3).normal(size=(2, 150, 7))
    kept = KeptEffects.of(draws, 2, [np.array([[2, 3, 4], [5, 6, 5]])[:1], np.array([[5, 6]])])
    flat = draws.reshape(-1, 7)
    for places in ([2, 3, 4], [5, 6]):
        order = (-flat[:, places]).argsort(axis=1).argsort(axis=1) + 1
        np.testing.assert_allclose(kept.rank[np.array(places) - 2], order.mean(axis=0))
        np.testing.assert_allclose(kept.best[np.array(places) - 2], (order == 1).mean(axis=0))
    np.testing.assert_allclose(kept.quantiles[:, 100], np.median(flat[:, 2:], axis=0))


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"keep": "scale"}, r"keep='scale' is not known.*'scales'"),
        ({"keep": "scales", "method": "map"}, r"method 'map' gives one point; expected many draws"),
    ],
)
def test_what_cannot_be_kept_is_refused(model, options, match):
    with pytest.raises(MethodRefused, match=match):
        model.fit(**options)


def test_a_model_without_groups_has_no_effects_to_leave_out():
    model = bl.logistic("passed ~ hours", bl.load_dataset("exam"))
    with pytest.raises(MethodRefused, match=r"the model has no group-level terms; expected many"):
        model.fit(keep="scales")
