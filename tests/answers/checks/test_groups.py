"""Doubts about group-level terms, each on a table that was made for it."""

import numpy as np
import pytest

import bayeslogit as bl

RNG = np.random.default_rng(11)


def table(groups, rows, sd=1.0, slope=0.0):
    g = np.repeat(np.arange(groups), rows)
    x = np.tile(np.linspace(-1.0, 1.0, rows), groups)
    u = sd * RNG.normal(size=groups)
    eta = 0.3 * x + u[g] + slope * RNG.normal(size=groups)[g] * x
    y = (RNG.random(len(g)) < 1 / (1 + np.exp(-eta))).astype(int)
    return {"y": y, "x": x, "g": [f"g{i}" for i in g]}


def of(fit_or_model, code):
    found = fit_or_model.check()
    return [f for f in found.findings if f.code == code]


def alike():
    """Groups with the same outcomes in each: no spread at all."""
    x = np.tile(np.linspace(-1.0, 1.0, 8), 12)
    return {"y": np.tile([0, 1] * 4, 12), "x": x, "g": [f"g{i}" for i in np.repeat(range(12), 8)]}


@pytest.mark.filterwarnings("ignore::bayeslogit.BayesLogitWarning")
def test_few_groups_are_noted():
    few, many = (bl.logistic("y ~ x + (1 | g)", table(J, 20)) for J in (3, 12))
    (note,) = of(few, "few_groups")
    assert note.severity == "note"
    assert "has 3 groups; expected 5 or more" in note.sentence
    assert not of(many, "few_groups")


def test_groups_whose_outcomes_are_all_alike_are_counted():
    apart = table(10, 6)
    apart["y"] = np.repeat(np.arange(10) % 2, 6)
    apart["y"][0] = 1
    (found,) = of(bl.logistic("y ~ x + (1 | g)", apart), "groups")
    assert (found.severity, found.values["alike"]) == ("note", 9.0)
    assert "9 of 10 groups have outcomes of one class only" in found.sentence
    (fine,) = of(bl.logistic("y ~ x + (1 | g)", alike()), "groups")
    assert (fine.severity, fine.values["alike"]) == ("ok", 0.0)


def test_a_spread_that_the_data_say_nothing_about_is_at_its_prior():
    small = table(2, 3, sd=0.0)
    small["y"] = np.array([0, 1, 0, 1, 0, 1])
    model = bl.logistic("y ~ x + (1 | g)", small, priors={"g": bl.HalfNormal(0.2)})
    fit = model.fit(draws=250, random_seed=1)
    (note,) = of(fit, "scales")
    assert note.severity == "note"
    assert note.names == ("sd_g[Intercept]",)
    assert "as wide as the prior" in note.sentence
    assert note.values["largest_share"] > 0.9


def test_a_correlation_that_was_not_learned_is_named_and_one_that_was_is_not():
    slopes = table(25, 8, sd=1.0, slope=0.0)
    slopes["x"] = np.where(np.arange(200) < 6, slopes["x"], 0.0)  # a slope in one group only
    fit = bl.logistic("y ~ x + (1 + x | g)", slopes).fit(draws=250, random_seed=1)
    (note,) = of(fit, "scales")
    assert "cor_g[Intercept, x]" in note.names
    assert "sd_g[Intercept]" not in note.names


@pytest.mark.filterwarnings("ignore::bayeslogit.BayesLogitWarning")
def test_an_estimate_without_spread_is_singular():
    flat = bl.logistic("y ~ x + (1 | g)", alike(), priors="flat").fit("map")
    (found,) = of(flat, "singular")
    assert found.severity == "note"
    assert "standard deviation of (1 | g) is zero at the mode (a singular fit" in found.sentence
    assert "method='auto'" in found.action
    spread = bl.logistic("y ~ x + (1 | g)", table(12, 20, sd=2.0), priors="flat").fit("map")
    assert not of(spread, "singular")
    assert not of(spread, "scales")


@pytest.mark.filterwarnings("ignore::bayeslogit.BayesLogitWarning")
def test_a_correlation_of_one_is_singular_too():
    rows = 40
    x = np.tile(np.linspace(-1.0, 1.0, rows), 3)
    g = np.repeat([0, 1, 2], rows)
    y = (x * (g - 1.0) * 3.0 + (g - 1.0) * 2.0 + np.tile([-2.0, 2.0], 60) > 0).astype(int)
    data = {"y": y, "x": x, "g": [f"g{i}" for i in g]}
    fit = bl.logistic("y ~ x + (1 + x | g)", data, priors="flat").fit("map")
    (found,) = of(fit, "singular")
    assert found.severity == "note"
    assert "correlation of (1 + x | g) is -1 or 1 at the mode" in found.sentence
