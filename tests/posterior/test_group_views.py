"""Answers about known, typical, new and all groups, against the integrals written out."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from arviz_base import rc_context

import bayeslogit as bl
from bayeslogit.errors import DesignError

HERE = Path(__file__).parents[1] / "references"


@pytest.fixture(scope="module")
def data():
    return json.loads((HERE / "grouped_posteriors.json").read_text())["few"]["data"]


@pytest.fixture(scope="module")
def fit(data):
    return bl.logistic("y ~ x + (1 | g)", data).fit(draws=400, random_seed=3)


@pytest.fixture(scope="module")
def sloped(data):
    return bl.logistic("y ~ x + (1 + x | g)", data).fit(draws=400, random_seed=3)


NEW = {"x": [-1.0, 0.5], "g": [0, 3]}


def expit(eta):
    return 1.0 / (1.0 + np.exp(-eta))


def of(fit, groups, new=NEW):
    return fit.predict(new, groups=groups, draws=True).to_numpy().reshape(-1, 2)


def parts(fit):
    fixed = fit.outcome.draws[:, :, fit.model.layout.fixed].reshape(-1, 2)
    sd = fit.outcome.scales["sd_g"].reshape(len(fixed), -1)
    return fixed[:, :1] + fixed[:, 1:] * np.array(NEW["x"]), sd


def test_known_groups_have_their_own_effects(fit):
    eta, _ = parts(fit)
    u = fit.posterior["u_g"].to_numpy().reshape(len(eta), 5)
    np.testing.assert_allclose(of(fit, "known"), expit(eta + u[:, [0, 3]]), rtol=1e-12)
    np.testing.assert_array_equal(of(fit, None), of(fit, "known"))


def test_a_typical_group_has_none(fit):
    eta, _ = parts(fit)
    np.testing.assert_allclose(of(fit, "typical"), expit(eta), rtol=1e-12)
    without = {"x": NEW["x"]}
    np.testing.assert_array_equal(of(fit, "typical", without), of(fit, "typical"))


def test_the_average_is_the_integral_over_groups_draw_by_draw(fit):
    eta, sd = parts(fit)
    z = np.linspace(-8.0, 8.0, 4001)
    weight = np.exp(-0.5 * z**2)
    weight /= weight.sum()
    for draw in range(0, len(eta), 97):
        exact = expit(eta[draw][:, None] + sd[draw] * z) @ weight
        np.testing.assert_allclose(of(fit, "average")[draw], exact, atol=2e-6)


def test_new_groups_scatter_around_the_average(fit):
    new, average = of(fit, "new"), of(fit, "average")
    error = new.std(axis=0) / np.sqrt(len(new))
    assert (np.abs(new.mean(axis=0) - average.mean(axis=0)) < 4.0 * error).all()
    assert (new.std(axis=0) > 1.3 * average.std(axis=0)).all()
    np.testing.assert_array_equal(new, of(fit, "new"))


def test_slopes_that_differ_between_groups_enter_averages(sloped):
    """By many draws of the effects of a group for each draw of their covariance."""
    fixed = sloped.outcome.draws[:, :, sloped.model.layout.fixed].reshape(-1, 2)
    sd = sloped.outcome.scales["sd_g"].reshape(-1, 2)
    cor = sloped.outcome.scales["cor_g"].reshape(-1, 2, 2)[:, 1, 0]
    z = np.random.default_rng(0).normal(size=(len(fixed), 400, 2))
    u0 = sd[:, None, 0] * z[:, :, 0]
    u1 = sd[:, None, 1] * (cor[:, None] * z[:, :, 0] + np.sqrt(1 - cor**2)[:, None] * z[:, :, 1])
    x = np.array(NEW["x"])
    eta = (fixed[:, None, :1] + u0[..., None]) + (fixed[:, None, 1:] + u1[..., None]) * x
    exact = expit(eta).mean(axis=(0, 1))
    np.testing.assert_allclose(of(sloped, "average").mean(axis=0), exact, atol=4e-3)


def test_averages_of_effects_are_those_of_the_probabilities(fit):
    for groups in ("known", "typical", "new", "average"):
        table = fit.comparisons({"x": (-1.0, 0.5)}, groups=groups, newdata={"x": [0.0], "g": [0]})
        low, high = (of(fit, groups, {"x": [v, v], "g": [0, 0]})[:, 0] for v in (-1.0, 0.5))
        assert table["estimate"].iloc[0] == pytest.approx((high - low).mean(), abs=1e-12)


def test_one_default_for_rows_and_one_for_a_row_named_by_a_word(fit):
    rows = fit.predictions(by=True)["estimate"].iloc[0]
    assert rows == pytest.approx(fit.predictions(by=True, groups="known")["estimate"].iloc[0])
    mean = fit.predictions(newdata="mean")["estimate"].iloc[0]
    typical = fit.predictions(newdata="mean", groups="typical")["estimate"].iloc[0]
    assert mean == pytest.approx(typical)
    curve = fit.curve("x", [0.0])["mean"].iloc[0]
    assert curve == pytest.approx(fit.curve("x", [0.0], groups="typical")["mean"].iloc[0])


def test_the_probability_of_the_inverse_is_that_asked_for(fit):
    for groups in ("typical", "new"):
        x = float(fit.solve("x", probability=0.6, groups=groups)["median"].iloc[0])
        assert np.isfinite(x)
    with pytest.raises(DesignError, match="has no inverse prediction"):
        fit.solve("x", groups="average")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda f: f.predict({"x": [0.0], "g": [9]}), "groups='new' for one new group"),
        (lambda f: f.predict(NEW, groups="mean"), "groups='mean' is not known"),
        (lambda f: f.predict(NEW, groups="average", kind="linear"), "no mean over groups"),
        (lambda f: f.predict({"x": [0.0]}), "no column 'g'"),
    ],
)
def test_what_cannot_be_answered_is_refused(fit, call, message):
    with pytest.raises(DesignError, match=message):
        call(fit)


def test_models_without_groups_take_no_groups():
    plain = bl.logistic("passed ~ hours", bl.load_dataset("exam")).fit("map")
    with pytest.raises(DesignError, match="without group-level terms"):
        plain.predict(groups="new")


def test_a_column_that_has_effects_alone_cannot_be_centred(data):
    model = bl.logistic("y ~ 1 + (0 + x | g)", data)
    found = model.fit(draws=100, random_seed=1)
    assert found.predict(NEW, groups="typical").shape[0] == 2
    with pytest.raises(DesignError, match="not a term of the formula itself"):
        found.predict(NEW, groups="new")


@pytest.mark.parametrize("kind", ["ordinal", "classes"])
def test_several_classes_average_too(kind, data):
    rng = np.random.default_rng(1)
    c = np.clip(np.array(data["y"]) + rng.integers(0, 2, 200), 0, 2)
    if kind == "ordinal":
        model = bl.ordinal("c ~ x + (1 | g)", {**data, "c": c})
    else:
        model = bl.multinomial("c ~ x + (1 | g)", {**data, "c": [f"c{i}" for i in c]})
    found = model.fit(draws=200, random_seed=1)
    for groups in ("known", "typical", "new", "average"):
        table = found.predict({"x": [0.3], "g": [2]}, groups=groups)
        assert table["mean"].sum() == pytest.approx(1.0)
    new = found.predict({"x": [0.3]}, groups="new", draws=True).to_numpy().reshape(-1, 3)
    average = found.predict({"x": [0.3]}, groups="average")["mean"].to_numpy()
    error = new.std(axis=0) / np.sqrt(len(new))
    assert (np.abs(new.mean(axis=0) - average) < 4.5 * error).all()


def test_effects_of_groups_have_ranks_and_shares(fit, data):
    table = fit.group_effects()
    assert table["group"].tolist() == ["0", "1", "2", "3", "4"]
    shares = [np.array(data["y"])[np.array(data["g"]) == k].mean() for k in range(5)]
    np.testing.assert_allclose(table["share"], shares)
    assert table["p_best"].sum() == pytest.approx(1.0)
    assert table["rank"].sum() == pytest.approx(15.0)
    u = fit.posterior["u_g"].to_numpy().reshape(-1, 5)
    np.testing.assert_allclose(table["mean"], u.mean(axis=0))
    with pytest.raises(DesignError, match="names no group-level terms"):
        fit.group_effects("school")
    point = fit.model.fit("map").group_effects()
    assert {"estimate", "rank"} <= set(point)


def test_the_summary_has_spread_correlation_and_odds(fit, sloped):
    names = fit.summary().index.tolist()
    assert names == ["Intercept", "x", "sd_g[Intercept]", "icc_g"]
    sd = fit.outcome.scales["sd_g"][:, :, 0]
    table = fit.summary()
    assert table.loc["icc_g", "mean"] == pytest.approx((sd**2 / (sd**2 + np.pi**2 / 3)).mean())
    ratio = fit.summary("odds_ratio").loc["median_odds_ratio_g", "median"]
    assert ratio == pytest.approx(np.exp(0.9538725524 * np.median(sd)), rel=1e-6)
    assert "cor_g[Intercept, x]" in sloped.summary().index


def test_a_saved_fit_answers_alike(sloped, tmp_path):
    again = bl.load(sloped.save(tmp_path / "fit.nc"))
    assert np.array_equal(again.theta, sloped.theta)
    assert again.summary().equals(sloped.summary())
    for groups in ("known", "new", "average"):
        assert np.array_equal(of(again, groups), of(sloped, groups))


def test_more_rows_and_fewer_rows_keep_their_groups(fit, data):
    rows = {k: v[:30] for k, v in data.items()}
    updated = fit.update(rows, draws=100, random_seed=1)
    assert len(updated.model.response.y) == 230
    assert updated.model.design.groups[0].codes.shape == (230,)


def test_the_tree_has_scales_and_effects_by_name(sloped):
    tree = sloped.extend("log_likelihood", "posterior_predictive", "prior", "log_prior")
    posterior = tree["posterior"].to_dataset()
    assert posterior["u_g"].dims == ("chain", "draw", "g_group", "g_effect")
    assert posterior["sd_g"].dims == ("chain", "draw", "g_effect")
    assert posterior["cor_g"].shape[-2:] == (2, 2)
    assert tree["prior"]["u_g"].shape[-2:] == (5, 2)


def test_the_check_looks_at_groups(fit, data):
    found = fit.check(progressbar=False)
    codes = {finding.code for finding in found.findings}
    assert {"groups", "scales", "draws", "influence"} <= codes
    wide = bl.logistic("y ~ x + (1 | g)", data, priors={"g": bl.HalfNormal(0.02)})
    again = wide.fit(draws=200, random_seed=1).check(progressbar=False)
    assert again["scales"].severity == "note"
    assert "groups" in {f.code for f in fit.model.check().findings}


def test_diagnostics_are_of_all_that_the_summary_shows():
    data = {"y": [4, 9, 1, 6, 5, 2], "n": [10, 12, 11, 9, 10, 8], "g": list("abcdef")}
    fit = bl.binomial("y ~ 1 + (1 | g)", data, trials="n").fit(random_seed=1, draws=200)
    # The tails that diagnostics look at; those of a table are where its intervals end.
    with rc_context({"stats.ci_prob": 0.95}):
        table = fit.summary()
    least = re.search(r"at least (\d+) \(bulk\) and (\d+) \(tail\)", fit.diagnostics())
    assert int(least[1]) <= table["ess_bulk"].min() + 0.5
    assert int(least[2]) <= table["ess_tail"].min() + 0.5
    assert fit.check()["draws"].values["ess"] <= table["ess_tail"].min() + 0.5
