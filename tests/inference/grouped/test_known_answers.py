"""Grouped models against lme4, glmmTMB and brute-force quadrature."""

import json
import re
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import bayeslogit as bl
from bayeslogit.errors import BayesLogitWarning, DesignError, MethodRefused, PriorError
from bayeslogit.numerics.convergence import diagnose, monte_carlo_errors

HERE = Path(__file__).parents[2] / "references"
MAXIMA = json.loads((HERE / "grouped.json").read_text())
FORMULAS = {
    "cbpp": "y ~ period + (1 | herd)",
    "seeds": "y ~ x1 * x2 + (1 | plate)",
    "bacteria": "y ~ trt + late + (1 | id)",
    "toenail": "y ~ trt * time + (1 | id)",
    "contraception": "y ~ age + I(age**2) + urban + livch + (1 + urban | district)",
    "surgical": "y ~ 1 + (1 | h)",
    "verbagg": "y ~ anger + gender + btype + situ + (1 | id) + (1 | item)",
    "guimmun": "y ~ kid2p + mom_ed + hus_ed + rural + indigenous + (1 | mom) + (1 | comm)",
}


# Tables that make_grouped_posteriors.py draws.
DRAWN = {"separated": "y ~ x + (1 | g)", "pairs": "y ~ x + (1 | g)"}


def model_of(name, **options):
    data, formula = pd.read_csv(HERE / f"{name}.csv"), (FORMULAS | DRAWN)[name]
    if "n" in data:
        return bl.binomial(formula, data, trials="n", **options)
    return bl.logistic(formula, data, **options)


@pytest.mark.parametrize("name", FORMULAS)
def test_the_mode_with_flat_priors_is_maximum_likelihood_as_others_find_it(name):
    with warnings.catch_warnings():  # toenail says that Laplace's approximation is far off
        warnings.simplefilter("ignore", BayesLogitWarning)
        fit = model_of(name, priors="flat").fit("map")
    found, known = fit.outcome, MAXIMA[name]
    assert found.info["log_likelihood"] == pytest.approx(known["log_likelihood"], abs=1e-5)
    fixed = fit.model.layout.fixed
    deviations = np.sqrt(np.diag(found.gaussian.covariance))
    np.testing.assert_array_less(
        np.abs(found.draws[0, 0, fixed] - known["beta"]) / deviations, 1e-3
    )
    sd = np.concatenate([v[0, 0] for k, v in found.scales.items() if k.startswith("sd_")])
    np.testing.assert_allclose(sd, known["sd"], rtol=2e-4)
    if "correlation" in known:
        cor = next(v for k, v in found.scales.items() if k.startswith("cor_"))[0, 0]
        assert cor[0, 1] == pytest.approx(known["correlation"], abs=1e-3)


@pytest.mark.parametrize("name", ["cbpp", "seeds"])
def test_flat_and_vague_posteriors_are_near_the_maximum(name):
    """A sanity check across methods: exact draws under weak priors lie around the estimates."""
    fit = model_of(name).fit(random_seed=1)
    known = np.array(MAXIMA[name]["beta"])
    draws = fit.outcome.draws[:, :, fit.model.layout.fixed].reshape(-1, len(known))
    assert (np.abs(draws.mean(axis=0) - known) < draws.std(axis=0)).all()


KNOWN = json.loads((HERE / "grouped_posteriors.json").read_text())
RAW = {"Intercept": bl.Normal(0, 2.5)}


@pytest.fixture(scope="module")
def few():
    data = KNOWN["few"]["data"]
    return bl.logistic("y ~ x + (1 | g)", data, priors=RAW | {"x": bl.Normal(0, 2.5)})


@pytest.fixture(scope="module")
def hospitals():
    data = {**KNOWN["hospitals"]["data"], "h": [f"h{i}" for i in range(12)]}
    return bl.binomial("y ~ 1 + (1 | h)", data, trials="n", priors=RAW)


@pytest.mark.parametrize(
    ("name", "method"),
    [("few", "auto"), ("hospitals", "auto"), ("hospitals", "nuts"), ("few", "nuts")],
)
def test_draws_have_the_moments_of_quadrature(name, method, request):
    model = request.getfixturevalue(name)
    options = {"draws": 2000} if method == "auto" else {"draws": 200, "chains": 2, "tune": 150}
    fit = model.fit(method, random_seed=2, **options)
    sd = next(iter(fit.outcome.scales.values()))
    draws = np.concatenate([fit.outcome.draws[:, :, model.layout.fixed], sd], axis=2)
    errors, _ = monte_carlo_errors(draws)
    away = np.abs(draws.mean(axis=(0, 1)) - KNOWN[name]["mean"]) / errors
    assert (away < 4.0).all(), away
    np.testing.assert_allclose(
        draws.std(axis=(0, 1)), KNOWN[name]["sd"], rtol=0.12 if method == "auto" else 0.3
    )
    if method == "auto":
        assert diagnose(draws).worst_rhat < 1.01
        assert fit.outcome.stats["diverging"].mean() <= 1e-3


# Of the terms that the formulas have, with the priors of make_grouped_posteriors.py.
SAMPLED = {
    "cbpp": ["herd"],
    "seeds": ["plate"],
    "bacteria": ["id"],
    "separated": ["g"],
    "pairs": ["g"],
    "toenail": ["id"],
    "contraception": ["1 + urban | district"],
    "verbagg": ["id", "item"],
}


@pytest.mark.parametrize("name", SAMPLED)
def test_draws_have_the_moments_of_importance_sampling(name):
    wide = bl.Normal(0, 2.5)
    given = {"Intercept": wide, "slopes": wide} | dict.fromkeys(SAMPLED[name], bl.HalfNormal(2.5))
    fit = model_of(name, priors=given).fit(random_seed=3, progressbar=False)
    assert fit.problems == ()
    scales = [fit.outcome.draws[:, :, fit.model.layout.fixed]]
    for label, values in fit.outcome.scales.items():
        scales.append(values if label.startswith("sd_") else values[:, :, 1:, 0])
    draws, known = np.concatenate(scales, axis=2), KNOWN[name]
    errors = np.hypot(monte_carlo_errors(draws)[0], known["error"])
    away = np.abs(draws.mean(axis=(0, 1)) - known["mean"]) / errors
    assert (away < 4.0).all(), away
    if "sd" in known:
        np.testing.assert_allclose(draws.std(axis=(0, 1)), known["sd"], rtol=0.15)


def funnel(groups, rows, sd, apart=None):
    """Return a table of few or flat groups; with ``apart``, half of them that far above zero."""
    rng = np.random.default_rng(groups)
    g = np.repeat(np.arange(groups), rows)
    x, u = rng.normal(size=g.size), sd * rng.normal(size=groups)
    if apart is not None:
        u = np.where(np.arange(groups) % 2, apart, -apart)
    y = rng.random(g.size) < 1.0 / (1.0 + np.exp(-(0.2 + 0.5 * x + u[g])))
    return {"y": y.astype(int), "x": x, "g": g, "h": g // 4}


@pytest.mark.parametrize(
    ("formula", "data"),
    [
        ("y ~ x + (1 | g)", funnel(2, 40, 0.5)),
        ("y ~ x + (1 | g)", funnel(2, 41, 0.0, apart=2.0)),
        ("y ~ x + (1 + x | g)", funnel(5, 40, 0.5)),
        ("y ~ x + (1 | g)", funnel(30, 8, 0.0)),
        ("y ~ x + (1 | g)", funnel(20, 6, 0.0, apart=30.0)),
        ("y ~ x + (1 | g)", funnel(100, 2, 1.2)),
        ("y ~ x + (1 | h/g)", funnel(20, 10, 0.5)),
    ],
    ids=["two", "two far apart", "five with slopes", "alike", "separated", "two rows", "nested"],
)
def test_funnels_are_drawn_from_soundly(formula, data):
    outcome = bl.logistic(formula, data).fit(random_seed=1).outcome
    assert outcome.info["rhat"] < 1.01
    assert min(outcome.info["ess_bulk"], outcome.info["ess_tail"]) >= 400
    assert outcome.stats["diverging"].mean() <= 1e-3
    assert [p.code for p in outcome.problems if p.severity != "note"] == []


def test_a_run_that_does_not_converge_says_so(few):
    from bayeslogit.inference.methods.hmc import Hmc

    agree = pytest.warns(BayesLogitWarning, match="the chains do not agree")
    with agree, pytest.warns(BayesLogitWarning, match="effective sample size is"):
        short = few.fit(Hmc(trajectory=0.02, attempts=1), random_seed=1)
    sentences = {p.code: p.sentence for p in short.problems}
    assert "expected below 1.01, the chains do not agree" in sentences["high_rhat"]
    assert "ask for more draws" in sentences["low_ess"]


def test_the_same_seed_gives_the_same_draws_and_another_one_others(few):
    one, two, other = (few.fit(random_seed=s, draws=250) for s in (1, 1, 2))
    assert np.array_equal(one.outcome.draws, two.outcome.draws)
    assert not np.array_equal(one.outcome.draws, other.outcome.draws)
    assert one.outcome.draws.shape == (4, 250, 7)


def test_nested_laplace_tells_its_error():
    small = model_of("cbpp").fit("laplace", random_seed=1)
    assert small.outcome.info["pareto_k"] < 0.7
    assert not small.exact
    with pytest.warns(BayesLogitWarning, match="Pareto k-hat"):
        toenail = model_of("toenail").fit("laplace", random_seed=1)
    assert toenail.outcome.info["pareto_k"] > 0.7


def test_no_spread_between_groups_is_said():
    rng = np.random.default_rng(5)
    data = {"k": rng.binomial(40, 0.5, 30), "n": [40] * 30, "g": list("abcdefghij") * 3}
    data["k"] = np.tile([20, 19, 21], 10)
    fit = bl.binomial("k ~ 1 + (1 | g)", data, trials="n", priors="flat").fit("map")
    assert [p.code for p in fit.problems] == ["singular"]
    assert "zero at the mode" in fit.problems[0].sentence


@pytest.mark.parametrize("method", ["gibbs", "ep", "variational", "quadrature", "advi"])
def test_other_methods_refuse_and_name_those_that_do_not(few, method):
    with pytest.raises(MethodRefused, match="it has group-level terms.*'auto', 'hmc', 'map'"):
        few.fit(method)


def test_flat_priors_have_a_mode_and_no_draws():
    data = KNOWN["few"]["data"]
    model = bl.logistic("y ~ x + (1 | g)", data, priors="flat")
    with pytest.raises(PriorError, match="is flat and the model learns scales"):
        model.fit()


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        ("y ~ x + (1 | nope)", "no column 'nope'"),
        ("y ~ x + (1 | one)", "at least two groups"),
        ("y ~ x + (1 | x)", "numbers with fractions"),
        ("y ~ x + (1 | row)", "one row in each of its 40 groups"),
        ("y ~ x + (1 + z | g)", "does not vary within any group"),
        ("y ~ x + (1 | g) + (1 | twin)", "the same groups under two names"),
        ("y ~ 0 + (1 | g)", "no coefficient beside them"),
    ],
)
def test_terms_that_the_data_cannot_inform_about_are_refused(formula, message):
    rng = np.random.default_rng(0)
    g = np.repeat(np.arange(5), 8)
    data = {"y": rng.integers(0, 2, 40), "x": rng.normal(size=40), "g": g, "z": 1.5 * g}
    data |= {"one": ["a"] * 40, "row": np.arange(40), "twin": [f"t{i}" for i in g]}
    with pytest.raises(DesignError, match=message):
        bl.logistic(formula, data)


def test_few_groups_and_numbers_that_repeat_within_parents_are_said():
    rng = np.random.default_rng(0)
    outer = np.repeat([0, 1, 2], 16)
    inner = np.concatenate([np.tile([1, 2], 8), np.tile([1, 2, 3, 4], 4), np.tile([1, 2], 8)])
    data = {"y": rng.integers(0, 2, 48), "school": outer, "room": inner}
    model = bl.logistic("y ~ 1 + (1 | school) + (1 | room)", data)
    with pytest.warns(BayesLogitWarning, match="begin anew, with '1', within each 'school'"):
        fit = model.fit(draws=100, random_seed=1)
    codes = {problem.code for problem in fit.problems}
    assert {"few_groups", "repeated_names"} <= codes
    assert "(1 | school/room)" in " ".join(p.sentence for p in fit.problems)


def test_priors_are_given_by_term_or_grouping():
    data = KNOWN["few"]["data"]
    given = ({"1 | g": bl.HalfNormal(0.3)}, {"g": 0.3}, {"(1|g)": bl.Exponential(2)})
    texts = [str(bl.logistic("y ~ x + (1 | g)", data, priors=priors)) for priors in given]
    assert "HalfNormal(0.3)" in texts[0]
    assert "Known(0.3)" in texts[1]
    assert "Exponential(2)" in texts[2]
    two = bl.logistic("y ~ x + (1 + x | g)", data, priors={"g": (bl.HalfNormal(1), bl.LKJ(3))})
    assert "LKJ(3)" in str(two)
    with pytest.raises(PriorError, match="which the formula does not have"):
        bl.logistic("y ~ x + (1 | g)", data, priors={"1 | h": bl.HalfNormal(1)})
    with pytest.raises(PriorError, match="expected a prior of its standard deviation"):
        bl.logistic("y ~ x + (1 | g)", data, priors={"1 | g": "wide"})
    for value, text in (("abc", "'abc'"), ({"sd": "abc"}, "{'sd': 'abc'}"), (b"x", "b'x'")):
        with pytest.raises(PriorError, match=f"priors= gives {re.escape(text)} for"):
            bl.logistic("y ~ x + (1 | g)", data, priors={"g": value})
    with pytest.raises(PriorError, match="gives 2 priors of standard deviations"):
        bl.logistic("y ~ x + (1 | g)", data, priors={"g": (1.0, 2.0)})


def test_a_scale_that_is_known_is_no_chain_that_is_stuck():
    fit = bl.logistic("y ~ x + (1 | g)", KNOWN["few"]["data"], priors={"g": 0.3}).fit(random_seed=1)
    assert not [p for p in fit.problems if p.code in ("high_rhat", "low_ess")]
    assert fit.summary().loc["sd_g[Intercept]", "mean"] == pytest.approx(0.3)
