"""The log posterior of tall data from some of its rows, and what is measured on all of them."""

from __future__ import annotations

import importlib
from collections.abc import Callable

import numpy as np
import pytest

import bayeslogit as bl
from bayeslogit.inference.base import Gaussian
from bayeslogit.inference.coordinates import Coordinates
from bayeslogit.inference.evaluator import Evaluator, evaluator
from bayeslogit.inference.methods import independence
from bayeslogit.inference.methods.independence import Independence
from bayeslogit.inference.mode import find_mode, gaussian_at
from bayeslogit.inference.subsample import Subsample, subsample
from bayeslogit.specification.density import LogDensity

module = importlib.import_module("bayeslogit.inference.subsample")
ROWS = 20_000


@pytest.fixture(autouse=True)
def forced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the route for tables of twenty thousand rows, and no polynomial in its place."""
    monkeypatch.setattr(module, "_WORTHWHILE", 0)
    monkeypatch.setattr(module, "_FEWEST", 500)
    monkeypatch.setattr(independence, "series", lambda evaluate, *_: evaluate)


def _table(columns: int = 4, shift: float = -1.0) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(5)
    table = {f"x{j}": rng.normal(size=ROWS) for j in range(columns)}
    eta = shift + 0.5 * table["x0"] - 0.3 * table["x1"]
    table["y"] = (rng.random(ROWS) < 1.0 / (1.0 + np.exp(-eta))).astype(int)
    table["class"] = (eta + rng.logistic(size=ROWS) > np.array([[-1.0], [0.5]]) + shift).sum(axis=0)
    table["n"] = rng.integers(1, 6, ROWS)
    table["k"] = rng.binomial(table["n"], 1.0 / (1.0 + np.exp(-eta)))
    table["w"], table["o"] = rng.uniform(0.5, 2.0, ROWS), rng.normal(0.0, 0.3, ROWS)
    return table


RIGHT = "x0 + x1 + x2 + x3"
MODELS: dict[str, Callable[[], bl.Model]] = {
    "logit": lambda: bl.logistic(f"y ~ {RIGHT}", _table()),
    "weights and offset": lambda: bl.logistic(f"y ~ {RIGHT}", _table(), weights="w", offset="o"),
    "probit": lambda: bl.logistic(f"y ~ {RIGHT}", _table(), link="probit"),
    "cloglog": lambda: bl.logistic(f"y ~ {RIGHT}", _table(), link="cloglog"),
    "binomial": lambda: bl.binomial(f"k ~ {RIGHT}", _table(), trials="n"),
    "multinomial": lambda: bl.multinomial(f"class ~ {RIGHT}", _table()),
    "cumulative": lambda: bl.ordinal(f"class ~ {RIGHT}", _table()),
    "sequential": lambda: bl.ordinal(f"class ~ {RIGHT}", _table(), form="sequential"),
    "adjacent": lambda: bl.ordinal(f"class ~ {RIGHT}", _table(), form="adjacent"),
}


def _around(density: LogDensity) -> tuple[Gaussian, np.ndarray]:
    gaussian = gaussian_at(Coordinates(density).mode())
    return gaussian, gaussian.sample(np.random.default_rng(6), 200)


@pytest.mark.parametrize("name", MODELS)
def test_values_are_as_near_as_they_say(name: str) -> None:
    density = MODELS[name]().density
    gaussian, phi = _around(density)
    with evaluator(density) as evaluate:
        quick = subsample(evaluate, gaussian, 4000, np.random.default_rng(1))
        assert isinstance(quick, Subsample)
        off = quick.values(phi) - evaluate.values(phi)
        found = quick.certificate(phi, quick.values(phi))
    assert found["rows_read"] < 0.5 * ROWS == 0.5 * found["rows"]
    # All values share the rows, so that one draw of rows may be lucky or not.
    assert np.sqrt(np.mean(off**2)) < 3.0 * quick.error <= 3.0 * 0.006
    assert found["error"] == pytest.approx(np.sqrt(np.mean(off**2)), rel=0.5)
    assert quick.holds(found["error"])


def test_the_error_promised_is_that_over_repeated_draws_of_rows() -> None:
    density = MODELS["logit"]().density
    gaussian, phi = _around(density)
    squares, promised = [], []
    with evaluator(density) as evaluate:
        exact = evaluate.values(phi)
        for seed in range(40):
            quick = subsample(evaluate, gaussian, 4000, np.random.default_rng(seed))
            assert isinstance(quick, Subsample)
            squares.append(np.mean((quick.values(phi) - exact) ** 2))
            promised.append(quick.error)
    # Rows are drawn from equal parts of the probability, which can only lower the error.
    assert 0.4 < np.sqrt(np.mean(squares)) / np.mean(promised) < 1.2


def test_a_fit_says_how_exact_it_is_and_agrees_with_one_of_all_rows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = MODELS["logit"]()
    fit = model.fit("auto", random_seed=1)
    info = fit.outcome.info
    assert info["error"] < 0.01
    assert (info["rows"], info["checked"], fit.exact) == (ROWS, 64, True)
    assert f"measured on 64 draws over all {ROWS:,} rows" in fit.outcome.label
    assert f"exact draws to {info['error']:.1g} nats" in repr(fit)
    monkeypatch.setattr(module, "_WORTHWHILE", np.inf)
    whole = model.fit("auto", random_seed=1)
    assert whole.outcome.label == "exact draws (independence Metropolis-Hastings)"
    assert "error" not in whole.outcome.info
    ours, theirs = (f.outcome.draws.reshape(-1, model.density.size) for f in (fit, whole))
    sd = theirs.std(axis=0)
    assert np.abs(ours.mean(axis=0) - theirs.mean(axis=0)).max() < 0.1 * sd.max()
    np.testing.assert_allclose(ours.std(axis=0), sd, rtol=0.1)
    evidence = fit.outcome.evidence, whole.outcome.evidence
    assert evidence[0] is not None
    assert evidence[1] is not None
    assert abs(evidence[0].value - evidence[1].value) < 0.02


def test_where_the_measured_error_is_too_large_all_rows_are_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    density = MODELS["logit"]().density
    request = {"draws": 250, "chains": 4, "progressbar": False}
    monkeypatch.setattr(module, "_ALLOWED", 0.0)
    outcome = Independence().run(density, rng=np.random.default_rng(1), **request)
    assert outcome.label == "exact draws (independence Metropolis-Hastings)"
    assert "error" not in outcome.info
    theta = outcome.draws.reshape(-1, density.size).T
    np.testing.assert_allclose(outcome.stats["lp"].ravel(), density.value(theta), rtol=1e-12)


def test_all_rows_are_read_on_request() -> None:
    fit = MODELS["logit"]().fit("independence", subsample=False, random_seed=1)
    assert fit.outcome.label == "exact draws (independence Metropolis-Hastings)"


def test_cubes_of_all_rows_save_rows_where_events_are_rare() -> None:
    density = bl.logistic("y ~ x0 + x1 + x2 + x3", _table(shift=-5.0)).density
    gaussian = gaussian_at(find_mode(density))
    rng = np.random.default_rng(1)
    with evaluator(density) as evaluate:
        spread = [module._by_leverage(evaluate, gaussian, cubic)[1] for cubic in (False, True)]
        quick = subsample(evaluate, gaussian, 4000, rng)
        assert isinstance(quick, Subsample)
        assert quick.cubic is not None
        phi = gaussian.sample(rng, 200)
        off = quick.values(phi) - evaluate.values(phi)
    assert spread[1] < 0.3 * spread[0]
    assert np.sqrt(np.mean(off**2)) < 0.02


def test_rows_that_cannot_be_added_up_and_too_few_rows_are_read_whole() -> None:
    table = _table()
    table["k"] = np.minimum(table["k"] + (np.arange(ROWS) % 3 == 0), table["n"])
    density = bl.binomial("k ~ x0 + x1", table, trials="n", dispersion="beta").density
    few = bl.logistic("passed ~ hours", bl.load_dataset("exam")).density
    for one in (density, few):
        with evaluator(one) as evaluate:
            gaussian = gaussian_at(evaluate.space.mode())
            assert subsample(evaluate, gaussian, 4000, np.random.default_rng(1)) is evaluate


def test_threads_do_not_change_the_values() -> None:
    density = MODELS["cumulative"]().density
    gaussian, phi = _around(density)
    phi = np.tile(phi, (1, 6))
    found = []
    with evaluator(density) as pooled:
        for evaluate in (pooled, Evaluator(pooled.space, None)):
            quick = subsample(evaluate, gaussian, 4000, np.random.default_rng(1))
            found.append(quick.values(phi))
    np.testing.assert_array_equal(*found)


def test_the_verdict_of_an_approximation_reads_few_rows_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = MODELS["logit"]()
    quick = model.fit("laplace", random_seed=1).outcome.info
    monkeypatch.setattr(module, "_WORTHWHILE", np.inf)
    whole = model.fit("laplace", random_seed=1).outcome.info
    assert quick["effective_share"] == pytest.approx(whole["effective_share"], abs=0.01)
    assert quick["verdict"] == whole["verdict"]


def _written_otherwise() -> dict[str, bl.Model]:
    """Return the same cases, two like ones of each row, in several ways."""
    table, right = _table(), f"y ~ {RIGHT}"
    twice = {name: np.repeat(column, 2) for name, column in table.items()}
    order = np.random.default_rng(2).permutation(2 * ROWS)
    gaps = {name: np.append(column.astype(float), np.nan) for name, column in twice.items()}
    named = {"x0": "mean", "x1": "row", "x2": "estimate", "x3": "class"}
    other = {named.get(name, f"a{name}"): column for name, column in table.items()}
    return {
        "long": bl.logistic(right, twice),
        "weights": bl.logistic(right, table | {"w": np.full(ROWS, 2)}, weights="w"),
        "trials": bl.binomial(
            f"k ~ {RIGHT}", table | {"k": 2 * table["y"], "n": np.full(ROWS, 2)}, trials="n"
        ),
        "shuffled": bl.logistic(right, {name: column[order] for name, column in twice.items()}),
        "rows left out": bl.logistic(right, gaps, missing="drop"),
        "columns named like answers": bl.logistic(
            "ay ~ mean + row + estimate + class", other | {"w": np.full(ROWS, 2)}, weights="w"
        ),
    }


def test_rows_drawn_tell_the_same_however_the_cases_are_written() -> None:
    models = _written_otherwise()
    gaussian, phi = _around(models["long"].density)
    exact = models["long"].density.value(phi)
    means = []
    for name, model in models.items():
        with evaluator(model.density) as evaluate:
            quick = subsample(evaluate, gaussian, 4000, np.random.default_rng(1))
            assert isinstance(quick, Subsample), name
            # Constants of counts apart, all ways have one log posterior.
            off = quick.values(phi) - quick.evaluate.space.constant - exact
            assert np.sqrt(np.mean((off - off.mean()) ** 2)) < 0.01, name
        fit = model.fit("auto", random_seed=1)
        assert fit.outcome.info["error"] < 0.01, name
        means.append(fit.outcome.draws.reshape(-1, phi.shape[0]).mean(axis=0))
    sd = np.sqrt(np.diag(gaussian.covariance))
    # Eight Monte Carlo errors of 4 000 draws, which take other paths.
    assert (np.ptp(means, axis=0) / sd).max() < 0.13
