"""Log and identity links: posteriors inside the range of the probabilities, against known answers.

The grids below are arithmetic of their own; published and R's figures are in risks.json, which
``tests/references/make_risks.R`` writes.
"""

from __future__ import annotations

import json
import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest

import bayeslogit as bl
from bayeslogit.numerics.convergence import diagnose
from tests.helpers import REFERENCES

RISKS = json.loads((REFERENCES / "risks.json").read_text(encoding="utf-8"))
BOUNDED = [name for name, link in bl.LINKS.items() if link.bounded]
PRIORS = {"Intercept": bl.Normal(0, 2), "x": bl.Normal(0, 1)}


def sample(seed: int, n: int = 30) -> dict[str, Any]:
    """Return a table with a strong effect, whose highest probabilities are at the border."""
    rng = np.random.default_rng(seed)
    x = np.sort(rng.uniform(-1.0, 1.0, n))
    return {"x": x, "y": (rng.random(n) < np.clip(0.5 + 0.45 * x, 0, 1)).astype(int)}


def cancer(**options: Any) -> bl.Model:
    rows: dict[str, Any] = {c: [row[c] for row in RISKS["cancer"]] for c in ("low", "dead", "n")}
    rows["stage"] = [str(row["stage"]) for row in RISKS["cancer"]]
    return bl.binomial("dead ~ low + stage", rows, trials="n", **options)


def babies(formula: str = "low ~ smoker + race", **options: Any) -> bl.Model:
    table = bl.load_dataset("birthweight")
    return bl.logistic(formula, table.assign(smoker=table["smoker"].astype(float)), **options)


def grid(table: dict[str, Any], link: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return means, sds and the share of slopes below zero, by sums over 500 x 500 points."""
    x, y = np.asarray(table["x"]), np.asarray(table["y"])
    a, b = np.meshgrid(np.linspace(-6.0, 1.0, 500), np.linspace(-2.0, 3.0, 500), indexing="ij")
    log_density = -0.5 * (a / 2.0) ** 2 - 0.5 * b**2
    with np.errstate(all="ignore"):
        for one, happened in zip(x, y, strict=True):
            eta = a + b * one
            p = np.exp(eta) if link == "log" else eta
            allowed = (p > 0.0) & (p < 1.0)
            log_density += np.where(allowed, np.log(p if happened else 1.0 - p), -np.inf)
    weight = np.exp(log_density - log_density.max())
    weight /= weight.sum()
    mean = np.array([(weight * a).sum(), (weight * b).sum()])
    sd = np.sqrt([(weight * (a - mean[0]) ** 2).sum(), (weight * (b - mean[1]) ** 2).sum()])
    return mean, sd, np.array([weight[a > mean[0]].sum(), weight[b > mean[1]].sum()])


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("link", BOUNDED)
def test_exact_draws_agree_with_a_grid(link: str, seed: int) -> None:
    table = sample(seed)
    model = bl.logistic("y ~ x", table, link=link, priors=PRIORS)
    fit = model.fit(draws=2000, random_seed=seed, progressbar=False)
    mean, sd, above = grid(table, link)
    size = np.asarray(diagnose(fit.outcome.draws).ess_bulk)
    assert size.min() > 1000
    # A grid of cells is off by a fraction of one near the border.
    off = (fit.theta.mean(axis=1) - mean) / sd
    assert np.all(np.abs(off) < 4.0 / np.sqrt(size) + 0.005)
    np.testing.assert_allclose(fit.theta.std(axis=1), sd, rtol=0.05)
    share = (fit.theta > mean[:, None]).mean(axis=1)
    assert np.all(np.abs(share - above) < 4.0 * 0.5 / np.sqrt(size) + 0.005)
    eta = model.likelihood.eta(fit.theta)[0]
    low, high = model.family.ends
    assert np.all((eta > low) & (eta < high))


@pytest.mark.parametrize("link", BOUNDED)
def test_flat_priors_give_the_maximum_likelihood_of_r(link: str) -> None:
    for name, build in (("cancer", cancer), ("babies", babies)):
        expected = RISKS[f"{name}_{link}"]
        model = build(link=link, priors="flat")
        fit = model.fit("map")
        # It stops by the deviance, which is level around the maximum.
        np.testing.assert_allclose(fit.theta[:, 0], expected["estimate"], rtol=1e-7, atol=1e-7)
        # Those of glm are by the expected information.
        found = model.classical(information="expected")
        np.testing.assert_allclose(found.coefficients["se"], expected["se"], rtol=1e-6)
        np.testing.assert_allclose(
            model.likelihood.value(fit.theta)[0], expected["log_likelihood"], rtol=1e-9
        )


def test_published_risk_ratios_of_breast_cancer_survival() -> None:
    # Spiegelman and Hertzmark (2005), by SAS: see make_risks.R.
    table = cancer(link="log", priors="flat").classical(information="observed").coefficients
    found = np.exp(table.iloc[1:][["estimate", "wald95_lb", "wald95_ub"]].to_numpy(dtype=float))
    published = [
        [1.5583, 1.0487, 2.3155],
        [2.5382, 1.1734, 5.4903],
        [5.8680, 2.7458, 12.5406],
    ]
    np.testing.assert_allclose(found, published, rtol=1e-4)


@pytest.mark.parametrize("link", BOUNDED)
@pytest.mark.parametrize("seed", range(3))
def test_a_mode_at_the_border_is_the_highest_point_inside(link: str, seed: int) -> None:
    from scipy.optimize import minimize

    table = sample(seed, 24)
    model = bl.logistic("y ~ x", table, link=link, priors=PRIORS)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit = model.fit("map")
    assert not fit.problems
    top = model.density.value(fit.theta)[0]
    low, high = model.family.ends
    X = model.design.X
    sides = [{"type": "ineq", "fun": lambda t: high - 1e-9 - X @ t}]
    if np.isfinite(low):
        sides.append({"type": "ineq", "fun": lambda t: X @ t - low - 1e-9})

    def loss(theta: np.ndarray) -> float:
        value = float(model.density.value(theta[:, None])[0])
        return -value if np.isfinite(value) else 1e6

    theirs = minimize(loss, model.density.likelihood.start, constraints=sides, method="SLSQP")
    assert top >= -theirs.fun - 1e-6
    rng = np.random.default_rng(seed)
    around = fit.theta + 0.1 * rng.standard_normal((2, 20_000))
    assert np.all(model.density.value(around) <= top)
    eta = model.likelihood.eta(fit.theta)[0]
    assert np.all((eta > low) & (eta < high))


def test_where_glm_meets_the_border_there_is_an_answer() -> None:
    # R's glm stops here with "algorithm stopped at boundary value".
    model = babies("low ~ smoker + race + hypertension", link="log", priors="flat")
    fit = model.fit("map")
    eta = model.likelihood.eta(fit.theta)[0]
    assert -1e-6 < eta.max() < 0.0
    assert not fit.problems
    with pytest.raises(bl.FitFailed, match="highest at its border, where"):
        model.classical()
    drawn = model.fit(random_seed=1, progressbar=False)
    assert drawn.outcome.info["route"] == "hit_and_run"
    assert not drawn.problems
    assert (model.likelihood.eta(drawn.theta)[0] < 0.0).all()


def test_many_coefficients_agree_between_routes() -> None:
    # Far from the border an independence sampler and hit-and-run draw from the same posterior.
    from bayeslogit.inference.in_range import draw_in_range

    model = cancer(link="log", priors=bl.Normal(0, 1))
    one = model.fit("independence", random_seed=1, draws=4000, progressbar=False)
    two = draw_in_range(
        model.density, draws=4000, chains=4, rng=np.random.default_rng(2), progressbar=False
    )
    draws = two.draws.reshape(-1, model.density.size).T
    error = one.theta.std(axis=1) / np.sqrt(np.asarray(diagnose(two.draws).ess_bulk))
    assert np.all(np.abs(draws.mean(axis=1) - one.theta.mean(axis=1)) < 5.0 * error)
    np.testing.assert_allclose(draws.std(axis=1), one.theta.std(axis=1), rtol=0.06)


def test_flat_priors_are_proper_where_the_range_bounds_them() -> None:
    # Events at high x only: separated, and the logit has no maximum.
    x, y = np.arange(8.0), np.repeat([0, 1], 4)
    with pytest.raises(bl.PriorError, match="separated"):
        bl.logistic("y ~ x", {"x": x, "y": y}, priors="flat").fit("map")
    fit = bl.logistic("y ~ x", {"x": x, "y": y}, link="identity", priors="flat").fit(
        random_seed=1, progressbar=False
    )
    assert not fit.problems
    # Under the log link only failures may go on for ever: a level without events.
    table = {"g": list("aabb"), "y": [1, 0, 0, 0]}
    with pytest.raises(bl.PriorError, match="separated"):
        bl.logistic("y ~ g", table, link="log", priors="flat").fit("map")
    turned = {"g": list("aabb"), "y": [1, 0, 1, 1]}
    bl.logistic("y ~ g", turned, link="log", priors="flat").fit("map")


@pytest.mark.parametrize("link", BOUNDED)
def test_draws_of_the_prior_are_those_with_a_probability_in_every_row(link: str) -> None:
    model = bl.logistic("y ~ x", sample(1), link=link)
    tree = model.prior_predictive(500, random_seed=1)
    theta = np.stack(
        [tree["prior"]["Intercept"].values.ravel(), tree["prior"]["beta"].values.ravel()]
    )
    eta = model.likelihood.eta(theta)[0]
    low, high = model.family.ends
    assert np.all((eta > low) & (eta < high))
    # A prior that hardly ever is inside takes chains, with the same law.
    from bayeslogit.specification import bounded

    rng = np.random.default_rng(3)
    many = bounded.truncated_prior(model.prior, model.likelihood, rng, 4000)
    tries, bounded._TRIES = bounded._TRIES, 0
    try:
        chains = bounded.truncated_prior(model.prior, model.likelihood, rng, 4000)
    finally:
        bounded._TRIES = tries
    error = many.std(axis=1) / np.sqrt(1500)
    assert np.all(np.abs(many.mean(axis=1) - chains.mean(axis=1)) < 4.0 * error)
    np.testing.assert_allclose(chains.std(axis=1), many.std(axis=1), rtol=0.1)


def test_rows_that_no_coefficients_give_a_probability_are_refused() -> None:
    rows = {"x": [-1.0, 1.0, 2.0], "y": [0, 1, 0], "far": [0.5, 0.5, 0.5], "wide": [0.0, 2.0, 0.0]}
    with pytest.raises(bl.DesignError, match="no coefficients give every row a probability"):
        bl.logistic("y ~ x - 1", rows, link="log")
    with pytest.raises(bl.DesignError, match="are never between 0 and 1 together"):
        bl.logistic("y ~ 1", rows, link="identity", offset="wide")
    # An offset above the border only moves the intercept.
    model = bl.logistic("y ~ x", rows, link="log", offset="far")
    assert np.isfinite(model.density.value(model.density.likelihood.start[:, None])).all()


@pytest.mark.parametrize("link", BOUNDED)
def test_who_does_not_take_these_links_says_so(link: str) -> None:
    rows = sample(1) | {"g": list("abc") * 10, "r": [0, 1, 2] * 10, "n": [3] * 30}
    with pytest.raises(bl.DesignError, match="leave the link out"):
        bl.ordinal("r ~ x", rows, link=link)
    with pytest.raises(bl.DesignError, match="leave dispersion= out"):
        bl.binomial("y ~ x", rows, trials="n", link=link, dispersion="beta")
    with pytest.raises(bl.DesignError, match="is learned; expected coefficients whose priors"):
        bl.logistic("y ~ x + (1 | g)", rows, link=link)
    with pytest.raises(bl.DesignError, match="is learned; expected coefficients whose priors"):
        bl.logistic("y ~ s(x)", rows, link=link)
    model = bl.logistic("y ~ x", rows, link=link)
    with pytest.raises(bl.MethodRefused, match="leave optimizer out"):
        model.fit("map", optimizer="lbfgs")
    with pytest.raises(bl.MethodRefused, match="has a corner"):
        bl.logistic("y ~ x", rows, link=link, priors=bl.Laplace(0, 1)).fit("map")
    with pytest.raises(bl.MethodRefused, match="methods that accept it: 'auto'"):
        model.fit("nuts")


@pytest.mark.parametrize("link", BOUNDED)
def test_new_rows_that_leave_the_range_are_named(link: str) -> None:
    fit = bl.logistic("y ~ x", sample(1), link=link).fit(random_seed=1, progressbar=False)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit.predict()
        fit.predict({"x": [-0.2, 0.3]})
        fit.predictions()
    with pytest.warns(bl.BayesLogitWarning, match=r"1 of 2 rows leave the range .*row 1 in "):
        table = fit.predict({"x": [0.0, 3.0]})
    assert table["mean"].between(0.0, 1.0).all()
    with pytest.warns(bl.BayesLogitWarning, match="rows leave the range"):
        fit.comparisons({"x": 2.0})


def test_words_are_those_of_the_link() -> None:
    log = cancer(link="log").fit(random_seed=1, progressbar=False)
    assert "Low: the probability of dead multiplies by" in log.in_words("low")
    assert "changes by" in cancer(link="identity").fit(random_seed=1).in_words("low")
    ratio = log.summary("risk_ratio")["median"].iloc[1]
    assert ratio == pytest.approx(np.median(np.exp(log.theta[1])), rel=1e-12)
    # The ratio of probabilities is the same in every row.
    said = log.comparisons("low", comparison="ratio", newdata="mean")["estimate"].iloc[0]
    assert said == pytest.approx(ratio, rel=1e-3)
    assert log.plot_forest().get_xlabel() == "risk ratio per unit (log scale)"
    with pytest.raises(bl.DesignError, match="expected link='logit' for scale='odds_ratio'"):
        log.summary("odds_ratio")
    with pytest.raises(bl.DesignError, match="expected link='log' for scale='risk_ratio'"):
        cancer().fit("map").summary("risk_ratio")
    assert "risk ratio per sd of low" in str(log.model)
    identity = cancer(link="identity").fit(random_seed=1, progressbar=False)
    assert identity.plot_forest().get_xlabel() == "risk difference per unit"
    assert "risk difference" in str(identity.table())
    assert "Risk ratios: dead" in str(log.table())
    assert "odds" not in f"{log.table()}{log.in_words()}{log.summary()}{log.model}".lower()


@pytest.mark.parametrize("link", BOUNDED)
def test_leaving_rows_out_keeps_their_probabilities(link: str) -> None:
    fit = bl.logistic("y ~ x", sample(1), link=link, priors=PRIORS).fit(
        random_seed=1, progressbar=False
    )
    found = fit.kfold(5, random_seed=1, progressbar=False)
    assert np.isfinite(found.elpd)
    assert abs(found.elpd - fit.loo().elpd) < 2.0


@pytest.mark.parametrize("link", BOUNDED)
def test_cases_are_the_same_however_they_are_written(link: str) -> None:
    rng = np.random.default_rng(5)
    x = rng.integers(0, 4, 80).astype(float)
    long = pd.DataFrame({"mean": x, "y": (rng.random(80) < 0.2 + 0.05 * x).astype(int)})
    tall = long.groupby(["mean", "y"]).size().reset_index(name="w")
    wide = long.groupby("mean").agg(k=("y", "sum"), n=("y", "size")).reset_index()
    center, scale = (-1.0, 1.0) if link == "log" else (0.3, 0.1)
    options = {
        "link": link,
        "priors": {"Intercept": bl.Normal(center, 1), "mean": bl.Normal(0, scale)},
    }
    shuffled = tall.sample(frac=1, random_state=3)
    models = [
        bl.logistic("y ~ mean", long, **options),
        bl.logistic("y ~ mean", tall, weights="w", **options),
        bl.logistic("y ~ mean", shuffled, weights="w", **options),
        bl.binomial("k ~ mean", wide, trials="n", **options),
    ]
    first, *others = (m.fit(random_seed=1, progressbar=False) for m in models)
    for other in others:
        np.testing.assert_allclose(other.theta, first.theta, rtol=0, atol=1e-10)
    # A row without cases would end the range all the same.
    empty = pd.concat([tall, pd.DataFrame({"mean": [50.0], "y": [1], "w": [0]})])
    with pytest.raises(bl.DesignError, match=r"1 of \d+ rows have no cases .* leave these out"):
        bl.logistic("y ~ mean", empty, weights="w", **options)
    none = pd.concat([wide, pd.DataFrame({"mean": [50.0], "k": [0], "n": [0]})])
    with pytest.raises(bl.DesignError, match="have no cases"):
        bl.binomial("k ~ mean", none, trials="n", **options)


@pytest.mark.parametrize("link", BOUNDED)
def test_a_saved_fit_comes_back(link: str, tmp_path: Any) -> None:
    fit = cancer(link=link).fit(random_seed=1, draws=100, progressbar=False)
    fit.save(tmp_path / "fit.nc")
    back = bl.load(tmp_path / "fit.nc")
    np.testing.assert_array_equal(back.theta, fit.theta)
    assert back.model.family.link == link


@pytest.mark.parametrize("link", BOUNDED)
def test_what_is_simulated_comes_back(link: str) -> None:
    x = {"x": np.linspace(-1, 1, 25), "y": [0, 1] * 12 + [0]}
    model = bl.logistic("y ~ x", x, link=link, priors=PRIORS)
    table = model.calibrate(30, random_seed=1, progressbar=False)
    assert table["in_band"].all()
