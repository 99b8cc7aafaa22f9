"""The same model in PyMC: its log density equals numpy's, and PyMC can sample from it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pymc as pm
import pytest
from pytensor.compile.mode import Mode

import bayeslogit as bl
from bayeslogit.families import FAMILIES, LINKS
from bayeslogit.model import Model
from bayeslogit.priors import PRIORS
from bayeslogit.pymc_twin import build, log_posterior
from bayeslogit.pymc_twin.likelihoods import LINK_LOG_PROBS, OUTCOMES
from tests.helpers import UNBOUNDED

# The graph after all rewrites, without the seconds of compiling it.
PYTHON = Mode(linker="py", optimizer="fast_run")


def _table(n: int = 30) -> dict[str, Any]:
    rng = np.random.default_rng(11)
    trials = rng.integers(0, 9, n)
    return {
        "x": rng.standard_normal(n),
        "z": 5 + 2 * rng.standard_normal(n),
        "g": np.array(list("abcd"))[rng.integers(0, 4, n)],
        "y": np.arange(n) % 2,
        "k": rng.binomial(trials, 0.4),
        "n": trials,
        "c": np.array(list("uvwz"))[np.arange(n) % 4],
        "w": 3 * rng.random(n),
        "o": rng.standard_normal(n),
    }


def _points(model: Model, scale: float = 1.0, columns: int = 6) -> np.ndarray:
    """Return points of the coefficients, (coefficients, columns), with increasing cutpoints."""
    theta = scale * np.random.default_rng(3).standard_normal((model.density.size, columns))
    if model.family.increasing:
        cutpoints = model.layout.variables[0].index
        theta[cutpoints] = np.sort(theta[cutpoints], axis=0)
    return theta


def _agree(model: Model, theta: np.ndarray) -> None:
    theirs = log_posterior(model.pymc, model.layout, model.prior, mode=PYTHON)(theta)
    ours = model.density.value(theta)
    assert np.all(np.isfinite(ours))
    np.testing.assert_allclose(theirs, ours, rtol=1e-12, atol=1e-9)


MIXED = {"Intercept": bl.StudentT(4, 1, 3), "x": bl.Flat(), "g": bl.Normal([0, 1, 2], 2)}
ALL_PRIORS = {
    "default": None,
    "flat": "flat",
    "mixed": MIXED,
    "joint": bl.GaussianPrior(np.arange(6.0), np.eye(6) + 0.3),
    **{name: PRIORS[name]() for name in PRIORS},
    **{
        f"{name} for all": {"Intercept": PRIORS[name](), "slopes": PRIORS[name]()}
        for name in PRIORS
    },
}


@pytest.mark.parametrize("prior", ALL_PRIORS)
def test_numpy_equals_pymc_for_every_prior(prior: str) -> None:
    model = bl.logistic("y ~ x + z + g", _table(), priors=ALL_PRIORS[prior])
    _agree(model, _points(model, 2.0))


@pytest.mark.parametrize("formula", ["y ~ x + g", "y ~ 1", "y ~ x + g - 1"])
@pytest.mark.parametrize("options", [{}, {"weights": "w"}, {"offset": "o"}])
def test_numpy_equals_pymc_with_and_without_intercept(formula: str, options: dict) -> None:
    model = bl.logistic(formula, _table(), **options)
    _agree(model, _points(model))


@pytest.mark.parametrize("link", UNBOUNDED)
def test_numpy_equals_pymc_for_every_link(link: str) -> None:
    table = _table()
    options: Any = {"link": link, "weights": "w", "offset": "o"}
    binary = bl.logistic("y ~ x", table, **options)
    counts = bl.binomial("k ~ x", table, trials="n", **options)
    spread = {"link": link, "offset": "o", "dispersion": "beta"}
    dispersed = bl.binomial("k ~ x", table, trials="n", **spread)
    for model in (binary, counts, dispersed):
        _agree(model, _points(model, 2.0 if model is not dispersed else 1.0))


@pytest.mark.parametrize("link", UNBOUNDED)
def test_tails_keep_their_digits(link: str) -> None:
    # One coefficient per column, so that the linear predictor takes these values.
    eta = np.array([[-40.0, -30.0, -8.0, -0.5, 0.0, 0.5, 3.0, 30.0, 40.0]])
    y = np.array([0, 1])
    flat: Any = {"priors": "flat", "link": link}
    long = bl.logistic("y ~ 1", {"y": y}, **flat)
    wide = bl.binomial("k ~ 1", {"k": 5 * y, "n": 5 + y}, trials="n", **flat)
    for model in (long, wide):
        theirs = log_posterior(model.pymc, model.layout, model.prior, mode=PYTHON)(eta)
        np.testing.assert_allclose(theirs, model.density.value(eta), rtol=1e-9, atol=1e-9)
        slope = model.pymc.compile_dlogp(jacobian=False, mode=PYTHON)
        ours = model.density.value_and_gradient(eta)[1][0]
        found = [slope({"Intercept": np.array(e)})[0] for e in eta[0]]
        np.testing.assert_allclose(found, ours, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("link", [name for name in LINKS if name not in UNBOUNDED])
def test_numpy_equals_pymc_inside_a_range_and_beyond(link: str) -> None:
    table = _table() | {"n": 1 + _table()["n"], "o": np.full(30, -0.2)}
    options: Any = {"link": link, "weights": "w"}
    offset = {"offset": "o"} if link == "log" else {}
    for model in (
        bl.logistic("y ~ x", table, **options, **offset),
        bl.binomial("k ~ x", table, trials="n", **options, **offset),
    ):
        start = model.density.likelihood.start[:, None]
        inside = start + np.array([[0.0], [0.02]]) * np.linspace(-1.0, 1.0, 6)
        _agree(model, inside)
        beyond = start + np.array([[3.0, -9.0, 0.0], [0.0, 0.0, 9.0]])[:, : 3 if offset else 1]
        beyond = beyond[:, [0, -1]] if offset else beyond
        theirs = log_posterior(model.pymc, model.layout, model.prior, mode=PYTHON)(beyond)
        assert (theirs == -np.inf).all()
        assert (model.density.value(beyond) == -np.inf).all()


@pytest.mark.parametrize("prior", ["default", "mixed", "joint", "cutpoints"])
@pytest.mark.parametrize("form", ["cumulative", "sequential", "adjacent"])
def test_numpy_equals_pymc_for_ordered_classes(form: str, prior: str) -> None:
    size = 3 + 2
    priors: Any = {
        "default": None,
        "mixed": {"x": bl.Cauchy(0, 2)},
        "joint": bl.GaussianPrior(np.arange(size), np.eye(size) + 0.3),
        "cutpoints": {"cutpoints": bl.StudentT(4, [-1, 0, 1], 2)},
    }[prior]
    options: dict[str, Any] = {"weights": "w", "offset": "o", "levels": list("uvwz")}
    model = bl.ordinal("c ~ x + z", _table(), form=form, priors=priors, **options)
    _agree(model, _points(model))


@pytest.mark.parametrize("link", UNBOUNDED)
@pytest.mark.parametrize("form", ["cumulative", "sequential"])
def test_numpy_equals_pymc_for_ordered_classes_of_every_link(form: str, link: str) -> None:
    model = bl.ordinal("c ~ x", _table(), form=form, link=link, levels=list("uvwz"))
    _agree(model, _points(model, 2.0))


@pytest.mark.parametrize("prior", ["default", "mixed", "joint"])
def test_numpy_equals_pymc_for_several_classes(prior: str) -> None:
    priors: Any = {
        "default": None,
        "mixed": {"x": bl.Cauchy(0, 2), "Intercept": bl.Normal(1, 2)},
        "joint": bl.GaussianPrior(np.arange(9), np.eye(9) + 0.3),
    }[prior]
    model = bl.multinomial("c ~ x + z", _table(), priors=priors, weights="w", offset="o")
    _agree(model, _points(model, 5.0))


def test_every_family_and_link_has_its_twin() -> None:
    # Matched sets have a function of their own: tests/pymc_twin/test_matched.py.
    assert {*OUTCOMES, "conditional"} == set(FAMILIES)
    assert set(LINK_LOG_PROBS) == set(LINKS)


def test_names_coords_and_data_are_those_a_person_would_write() -> None:
    table = _table()
    model = bl.binomial("k ~ x + g", table, trials="n", weights="w", offset="o")
    twin = model.pymc
    assert [v.name for v in twin.free_RVs] == ["beta", "Intercept"]
    assert [v.name for v in twin.observed_RVs] == ["y"]
    assert twin.deterministics == []
    assert {v.name for v in twin.data_vars} == {"X", "y_data", "trials", "offset", "weights"}
    assert twin.named_vars_to_dims["X"] == ("obs", "term")
    assert twin.named_vars_to_dims["y"] == ("obs",)
    assert tuple(twin.coords["term"]) == ("x", "g[T.b]", "g[T.c]", "g[T.d]")
    assert set(twin.coords) == {"obs", "term"}
    np.testing.assert_array_equal(twin["X"].get_value(), model.design.X[:, 1:])
    assert "beta" in model.graph()


def test_a_flat_prior_has_no_graph():
    model = bl.logistic("y ~ x", {"y": [0, 1, 1, 0], "x": [1.0, 2.0, 3.0, 4.0]}, priors="flat")
    with pytest.raises(bl.MethodRefused, match=r"no graph of a flat prior.*give every"):
        model.graph()


def test_mixed_and_joint_priors_give_beta_by_its_name() -> None:
    mixed = bl.logistic("y ~ x + z + g", _table(), priors=MIXED).pymc
    assert {v.name for v in mixed.free_RVs} == {"beta_flat", "beta_normal", "Intercept"}
    assert [v.name for v in mixed.deterministics] == ["beta"]
    assert tuple(mixed.coords["term_flat"]) == ("x",)
    joint = bl.logistic("y ~ x + z + g", _table(), priors=ALL_PRIORS["joint"]).pymc
    assert [v.name for v in joint.free_RVs] == ["coefficients"]
    assert {v.name for v in joint.deterministics} == {"Intercept", "beta"}
    assert joint.coords["coefficient"][0] == "Intercept"


def _all_kinds() -> dict[str, Model]:
    table = _table()
    levels = list("uvwz")
    return {
        "binary": bl.logistic("y ~ x", table),
        "probit": bl.logistic("y ~ x", table, link="probit"),
        "counts": bl.binomial("k ~ x", table, trials="n"),
        "counts cloglog": bl.binomial("k ~ x", table, trials="n", link="cloglog"),
        "dispersed": bl.binomial("k ~ x", table, trials="n", dispersion="beta"),
        "several": bl.multinomial("c ~ x", table),
        **{f: bl.ordinal("c ~ x", table, levels=levels, form=f) for f in bl.builders.ORDINAL_FORMS},
    }


@pytest.mark.parametrize("kind", _all_kinds())
def test_pymc_can_start_and_draw_from_it(kind: str) -> None:
    model = _all_kinds()[kind]
    twin = model.pymc
    # Cutpoints with one prior start apart, without an initial value that PyMC could not copy.
    logp = twin.compile_logp(mode=PYTHON)(twin.initial_point())
    assert np.isfinite(logp)
    assert np.all(np.isfinite(twin.compile_dlogp(mode=PYTHON)(twin.initial_point())))
    if kind in ("cumulative", "sequential", "adjacent"):
        # A prior on the ordered region is no variable that PyMC could draw independently.
        theta = {"cutpoints": np.array([-1.0, 0.0, 1.0]), "beta": np.array([0.3])}
    else:
        theta = {v.name: np.full(v.index.shape, 0.3) for v in model.layout.variables}
    with twin:
        drawn = pm.draw(
            pm.do(twin, theta)["y"], draws=400, random_seed=1, mode=Mode("py", "fast_compile")
        )
    flat = np.concatenate([np.ravel(theta[v.name]) for v in model.layout.variables])
    probabilities = model.family.probabilities(model.density.likelihood.eta(flat[:, None]))[:, :, 0]
    if model.response.trials is not None:
        mean, spread = model.response.trials * probabilities[1], np.sqrt(model.response.trials)
    else:
        codes = np.arange(len(probabilities))
        mean, spread = codes @ probabilities, np.full(len(drawn[0]), codes.max() / 2)
    assert np.all(np.abs(drawn.mean(axis=0) - mean) <= 5 * spread / np.sqrt(400))


def test_new_data_go_in_by_name() -> None:
    model = bl.logistic("y ~ x", _table())
    twin = build(model.design, model.response, model.family, model.prior)
    with twin:
        new = {"X": np.array([[0.5], [1.0]]), "y_data": np.array([1, 1])}
        pm.set_data(new, coords={"obs": [0, 1]})
        value = twin.compile_logp(vars=[twin["y"]], mode=PYTHON)(
            {"Intercept": np.array(0.2), "beta": np.array([1.0])}
        )
    np.testing.assert_allclose(value, -np.log1p(np.exp([-0.7, -1.2])).sum(), rtol=1e-12)
