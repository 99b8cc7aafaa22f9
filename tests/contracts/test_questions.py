"""Every question of every kind of model: a finite answer, or a sentence that says why not.

A grid, so that an answer that one kind of model lacks is found here and not by a user; what the
answers should be is asked in the files of each question, and at the end for ordered classes.
"""

from __future__ import annotations

import warnings

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from scipy.stats import norm

import bayeslogit as bl
from tests.helpers import random_table

TABLE = random_table(80)
TABLE["grade"] = np.digitize(TABLE["x"] + TABLE["z"], [-0.9, 0.7])
TABLE["colour"] = np.array(["blue", "green", "red"])[TABLE["grade"]]
RHS = "x + g"


def ordinal(**options):
    return bl.ordinal(f"grade ~ {RHS}", TABLE, levels=[0, 1, 2], **options)


MODELS = {
    "logistic": lambda: bl.logistic(f"y ~ {RHS}", TABLE),
    "logistic, cloglog": lambda: bl.logistic(f"y ~ {RHS}", TABLE, link="cloglog"),
    "logistic, offset": lambda: bl.logistic(f"y ~ {RHS}", TABLE, offset="o"),
    "case-control": lambda: bl.logistic(f"y ~ {RHS}", TABLE, case_control=True),
    "binomial": lambda: bl.binomial(f"k ~ {RHS}", TABLE, trials="n"),
    "beta-binomial": lambda: bl.binomial(f"k ~ {RHS}", TABLE, trials="n", dispersion="beta"),
    "multinomial": lambda: bl.multinomial(f"colour ~ {RHS}", TABLE),
    "cumulative": ordinal,
    "cumulative, probit": lambda: ordinal(link="probit"),
    "cumulative, partial": lambda: ordinal(partial=["x"]),
    "sequential": lambda: ordinal(form="sequential"),
    "sequential, cloglog": lambda: ordinal(form="sequential", link="cloglog"),
    "sequential, partial": lambda: ordinal(form="sequential", partial=["x"]),
    "adjacent": lambda: ordinal(form="adjacent"),
    "adjacent, partial": lambda: ordinal(form="adjacent", partial=["x"]),
}
ORDERED = [name for name in MODELS if name.startswith(("cumulative", "sequential", "adjacent"))]
SEVERAL = [*ORDERED, "multinomial"]
NEW = {"x": [-1.0, 0.0, 1.0], "g": ["a", "b", "c"]}


def offset_of(fit):
    return {"offset": 0.0} if fit.model.offset is not None else {}


def offsets_of(fit):
    return {"offset": np.zeros(40)} if fit.model.offset is not None else {}


def event_of(fit):
    classes = fit.model.response.classes
    return {"event": classes[-1]} if len(classes) > 2 else {}


def costs_of(fit):
    k = len(fit.model.response.classes)
    return {"false_positive": 1, "false_negative": 3} if k == 2 else np.ones((k, k)) - np.eye(k)


def shares_of(fit):
    classes = fit.model.response.classes
    return 0.02 if len(classes) == 2 else dict(zip(classes, [0.7, 0.2, 0.1], strict=True))


def outcome_rows(fit):
    name = fit.model.response.name
    rows = {column: TABLE[column].head(40) for column in ("x", "g", name)}
    if fit.model.response.trials is not None:
        rows["n"] = TABLE["n"].head(40)
    return pd.DataFrame(rows)


def more(fit):
    response = fit.model.response
    return {"trials": "n"} if response.trials is not None else {}


QUESTIONS = {
    # effects
    "predictions": lambda f: f.predictions(newdata=NEW, **offset_of(f)),
    "average predictions": lambda f: f.predictions(by="g"),
    "linear predictions": lambda f: f.predictions(newdata=NEW, kind="linear", **offset_of(f)),
    "differences": lambda f: f.comparisons(),
    "ratios": lambda f: f.comparisons("x", comparison="ratio"),
    "odds ratios": lambda f: f.comparisons("g", comparison="odds_ratio", newdata="mean"),
    "numbers needed to treat": lambda f: f.comparisons({"x": (0, 1)}, comparison="nnt"),
    "differences of rows": lambda f: f.comparisons({"g": "pairwise"}, by=False, newdata="mean"),
    "slopes": lambda f: f.slopes("x"),
    "odds of predictions": lambda f: f.predictions(newdata=NEW, kind="odds", **offset_of(f)),
    "differences of exceedance": lambda f: f.comparisons("g", kind="exceedance"),
    "slopes of the mean": lambda f: f.slopes("x", kind="mean", scores=[1, 2, 5]),
    "contrasts": lambda f: f.predictions(by="g", hypothesis="pairwise", rope=(-0.1, 0.1)),
    "joint changes": lambda f: f.comparisons({"x": (0, 1), "g": ("a", "b")}, cross=True),
    "elasticities": lambda f: f.slopes("x", slope="eyex", newdata="mean"),
    "words": lambda f: f.in_words(),
    "words of a difference": lambda f: f.in_words(comparison="difference"),
    # rows
    "probabilities": lambda f: f.predict(NEW, **offset_of(f)),
    "classes": lambda f: f.predict(NEW, kind="class", **offset_of(f)),
    "odds": lambda f: f.predict(NEW, kind="odds", **offset_of(f)),
    "counts": lambda f: f.predict(NEW, kind="count", trials=3, **offset_of(f)),
    "outcomes": lambda f: f.predict(NEW, kind="outcome", trials=3, **offset_of(f)),
    "cumulative": lambda f: f.predict(NEW, kind="cumulative", **offset_of(f)),
    "exceedance": lambda f: f.predict(NEW, kind="exceedance", **offset_of(f)),
    "median": lambda f: f.predict(NEW, kind="median", **offset_of(f)),
    "mean": lambda f: f.predict(NEW, kind="mean", scores=[1, 2, 5], **offset_of(f)),
    "curve": lambda f: f.curve("x"),
    "curves": lambda f: f.curve("x", by="g"),
    "contrasts of curves": lambda f: f.curve("x", by="g", hypothesis="pairwise"),
    "solve": lambda f: f.solve("x"),
    # decisions
    "decide": lambda f: f.decide(costs=costs_of(f)),
    "decide, abstaining": lambda f: f.decide(costs=costs_of(f), max_flip=0.1),
    "expected cost": lambda f: f.expected_cost(costs=costs_of(f)),
    "cost curve": lambda f: f.cost_curve({"false_positive": 1, "false_negative": 3}),
    "net benefit": lambda f: f.net_benefit([0.2, 0.5], **event_of(f)),
    "validate": lambda f: f.validate(repeats=10, **event_of(f)).curve,
    "concordance": lambda f: f.concordance(),
    "confusion": lambda f: f.confusion(0.4, **event_of(f)),
    "roc": lambda f: f.roc(**event_of(f)).iloc[1:],
    "precision and recall": lambda f: f.precision_recall(**event_of(f)),
    "auc": lambda f: f.auc(**event_of(f)),
    "auc over draws": lambda f: f.auc(spread="draws", **event_of(f)),
    "population": lambda f: f.with_prevalence(shares_of(f)).predict(NEW, **offset_of(f)),
    # forecasts
    "calibration": lambda f: f.calibration().curve,
    "scores": lambda f: f.calibration().scores.drop(columns="class", errors="ignore"),
    "scores of new rows": lambda f: f.calibration(outcome_rows(f), **more(f), **offset_of(f)).curve,
    "r squared": lambda f: f.r_squared(),
    # checks
    "check": lambda f: f.check(progressbar=False).table,
    "check of the model": lambda f: f.model.check().table,
    "residuals": lambda f: f.residuals(**event_of(f)),
    "binned residuals": lambda f: f.binned_residuals(**event_of(f)),
    "movement": lambda f: f.movement().drop(columns=["mle_se"], errors="ignore"),
    # classical
    "classical": lambda f: f.classical().coefficients,
    "classical terms": lambda f: f.classical(intervals="wald").terms.dropna(),
    "classical residuals": lambda f: f.classical(intervals="wald").residuals(),
    "nested": lambda f: f.classical(intervals="wald").against(
        smaller(f).classical(intervals="wald")
    ),
    # comparison and update
    "loo": lambda f: f.loo(progressbar=False).elpd,
    # The best is not worse than itself, so its p_worse is left out, as ArviZ does.
    "compare": lambda f: bl.compare(
        {"a": f, "b": smaller(f).fit("laplace", draws=100, random_seed=1)}
    ).table.drop(columns="p_worse"),
    "kfold": lambda f: f.kfold(3, progressbar=False).elpd,
    "log evidence": lambda f: f.log_evidence,
    "update": lambda f: f.update(outcome_rows(f), **more(f), **offsets_of(f)).summary(),
    "gaussian update": lambda f: f.update(
        outcome_rows(f), how="gaussian", **more(f), **offsets_of(f)
    ).summary(),
    # tables
    "summary": lambda f: f.summary(),
    "summary of odds": lambda f: f.summary("odds_ratio"),
    "summary of a contrast": lambda f: f.summary(hypothesis="x > 0"),
    "summary in bits": lambda f: f.summary(base=2),
    "summary against another class": lambda f: f.summary(reference="red"),
}

PICTURES = {
    "plot_curve": lambda f: f.plot_curve("x"),
    "plot_curve of a factor": lambda f: f.plot_curve("g"),
    "plot_curve, stacked": lambda f: f.plot_curve("x", kind="stack"),
    "plot_curve, exceedance": lambda f: f.plot_curve("x", kind="exceedance"),
    "plot_curve, by": lambda f: f.plot_curve("x", by="g"),
    "plot_curve, contrasts": lambda f: f.plot_curve("x", by="g", hypothesis="pairwise"),
    "plot_curve, facet": lambda f: f.plot_curve("x", facet="g"),
    "plot_forest": lambda f: f.plot_forest(),
    "plot_ppc": lambda f: f.plot_ppc(),
    "plot_prior": lambda f: f.plot_prior(),
    "plot_simplex": lambda f: f.plot_simplex(NEW, **offset_of(f)),
    "plot_effects": lambda f: f.plot_effects(),
    "plot_effects, slopes": lambda f: f.plot_effects("x", kind="slopes"),
    "plot_effects, predictions": lambda f: f.plot_effects(None, kind="predictions", by="g"),
    "plot_calibration": lambda f: f.plot_calibration(**event_of(f)),
    "plot_roc": lambda f: f.plot_roc(**event_of(f)),
    "plot_precision_recall": lambda f: f.plot_precision_recall(**event_of(f)),
    "plot_separation": lambda f: f.plot_separation(**event_of(f)),
    "plot_net_benefit": lambda f: f.plot_net_benefit(**event_of(f)),
    "plot_costs": lambda f: f.plot_costs({"false_positive": 1, "false_negative": 3}),
    "plot_residuals": lambda f: f.plot_residuals(**event_of(f)),
    "plot_residuals, quantile": lambda f: f.plot_residuals(kind="quantile", **event_of(f)),
    "plot_influence": lambda f: f.plot_influence(progressbar=False),
    "plot_influence, cook": lambda f: f.plot_influence("cook"),
    "plot_influence, leverage": lambda f: f.plot_influence("leverage"),
    "plot_validation": lambda f: f.plot_validation(repeats=10, **event_of(f)),
    "plot_movement": lambda f: f.plot_movement(),
}

_FITS: dict[str, bl.Fit] = {}


def fit_of(name):
    if name not in _FITS:
        _FITS[name] = MODELS[name]().fit("laplace", draws=100, random_seed=1)
    return _FITS[name]


def smaller(fit):
    """Return the same kind of model with one term less."""
    model, response = fit.model, fit.model.response
    options = {}
    if response.kind == "counts":
        options["trials"] = "n"
        if model.family.name == "beta_binomial":
            options["dispersion"] = "beta"
        builder = bl.binomial
    elif response.kind == "nominal":
        return bl.multinomial("colour ~ x", TABLE)
    elif response.kind == "ordinal":
        builder, options = bl.ordinal, {"levels": [0, 1, 2], "form": model.family.name}
        options["partial"] = ["x"] if model.family.partial else []
    else:
        builder = bl.logistic
        options["offset"] = "o" if model.offset is not None else None
    return builder(f"{response.name} ~ x", TABLE, link=model.family.link, **options)


def numbers_of(answer):
    """Return all numbers in an answer."""
    if isinstance(answer, pd.DataFrame):
        return answer.select_dtypes("number").to_numpy(dtype=float)
    return np.array([answer], dtype=float) if isinstance(answer, float) else np.empty(0)


# ---- the grid -------------------------------------------------------------------------------

TWO = [name for name in MODELS if name not in SEVERAL]
OTHER_LINKS = [name for name in MODELS if name.endswith(("probit", "cloglog"))]
PARTIAL = [name for name in MODELS if name.endswith("partial")]
# What has no answer, for which models, and why not.
REFUSED = {
    "linear predictions": (SEVERAL, "which has 2 linear predictors a row"),
    "cumulative": ([*TWO, "multinomial"], "have no order; expected an ordinal model"),
    "exceedance": ([*TWO, "multinomial"], "have no order; expected an ordinal model"),
    "median": ([*TWO, "multinomial"], "have no order; expected an ordinal model"),
    "mean": (TWO, "does not fit the 2 classes|which counts events"),
    "slopes of the mean": (TWO, "does not fit the 2 classes|which counts events"),
    "differences of exceedance": ([*TWO, "multinomial"], "have no order; expected an ordinal"),
    "solve": (
        [name for name in SEVERAL if not name.startswith("cumulative")],
        "has a probability for each class, so no single value",
    ),
    "cost curve": (SEVERAL, "costs were given by name for 3 classes"),
    "plot_costs": (SEVERAL, "costs were given by name for 3 classes"),
    "population": (
        ["beta-binomial", *(n for n in ORDERED if n[0] != "a"), *OTHER_LINKS],
        "a known prevalence was given to the",
    ),
    "r squared": (["multinomial", *PARTIAL], "R-squared is not defined for"),
    "classical": (["beta-binomial"], "has a precision beside its coefficients"),
    "classical terms": (["beta-binomial"], "has a precision beside its coefficients"),
    "nested": (["beta-binomial"], "has a precision beside its coefficients"),
    "classical residuals": (
        [*SEVERAL, "beta-binomial"],
        "residuals cannot be computed for 3 classes|has a precision beside",
    ),
    "plot_influence, cook": (
        [*SEVERAL, "beta-binomial"],
        "residuals cannot be computed for 3 classes|has a precision beside",
    ),
    "plot_influence, leverage": (
        [*SEVERAL, "beta-binomial"],
        "residuals cannot be computed for 3 classes|has a precision beside",
    ),
    "summary of odds": (OTHER_LINKS, "are not logarithms of odds ratios"),
    "summary of a contrast": (["multinomial"], "names 'x', which is no row of this answer"),
    "summary in bits": (OTHER_LINKS, "whose coefficients are not log-odds"),
    "summary against another class": (
        [name for name in MODELS if name != "multinomial"],
        "whose coefficients are not against a class; expected a multinomial model",
    ),
    "plot_curve, by": (SEVERAL, "which have a line each already; expected facet="),
    "plot_curve, contrasts": (SEVERAL, "which have a line each already; expected facet="),
    "plot_curve, stacked": (TWO, "is a picture of several classes"),
    "plot_curve, exceedance": ([*TWO, "multinomial"], "several classes|have no order"),
    "plot_simplex": (TWO, "expected three, one for each corner"),
}
# Steps beyond the data, where boundaries with slopes of their own may cross.
CROSSING = ["differences", "ratios", "words of a difference", "plot_effects"]
REFUSED |= {
    question: (["cumulative, partial"], "boundaries between classes cross") for question in CROSSING
}


@pytest.fixture(autouse=True)
def _quiet():
    """Warnings of approximations and of case-control samples are asked for elsewhere."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", bl.BayesLogitWarning)
        yield
    plt.close("all")


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("question", [*QUESTIONS, *PICTURES])
def test_every_question_of_every_model(question, model):
    ask = (QUESTIONS | PICTURES)[question]
    refused, sentence = REFUSED.get(question, ([], ""))
    fit = fit_of(model)
    if model in refused:
        with pytest.raises(bl.BayesLogitError, match=sentence) as error:
            ask(fit)
        assert "expected" in str(error.value)
        return
    answer = ask(fit)
    if question in PICTURES:
        answer.figure.canvas.draw()
        assert answer.has_data() or answer.child_axes
    else:
        assert answer is not None
        assert np.isfinite(numbers_of(answer)).all()


# ---- ordered classes, by hand ---------------------------------------------------------------


def probabilities_of(name, X, theta=None):
    """Return P(Y = k) of rows of the design matrix for every draw, (classes, rows, draws)."""
    fit = fit_of(name)
    theta = fit.theta if theta is None else theta
    moved = X[:, 1:] @ theta[2:5]
    eta = theta[:2, None, :] - moved
    if name.endswith("partial"):
        eta[1] -= X[:, 1:2] @ theta[5:6]
    link = {"probit": norm.cdf, "cloglog": lambda e: 1 - np.exp(-np.exp(e))}
    below = link.get(fit.model.family.link, expit)(eta)
    if name.startswith("cumulative"):
        return np.stack([below[0], below[1] - below[0], 1 - below[1]])
    if name.startswith("sequential"):
        on = 1 - below[0]
        return np.stack([below[0], on * below[1], on * (1 - below[1])])
    # Adjacent: log(P0 / P1) = eta0, log(P1 / P2) = eta1.
    odds = np.stack([np.exp(eta[0] + eta[1]), np.exp(eta[1]), np.ones_like(eta[0])])
    return odds / odds.sum(axis=0)


@pytest.mark.parametrize("name", ORDERED)
def test_ordered_classes_by_hand(name):
    fit = fit_of(name)
    X = fit.model.design.X
    prob = probabilities_of(name, X)
    np.testing.assert_allclose(prob.sum(axis=0), 1.0, rtol=0, atol=1e-12)
    draws = fit.predict(draws=True)
    assert draws.sizes == {"chain": 4, "draw": 100, "obs": len(X), "class": 3}
    own = draws.transpose("class", "obs", "chain", "draw").values.reshape(3, len(X), -1)
    np.testing.assert_allclose(own, prob, rtol=1e-9, atol=1e-12)
    mean = prob.mean(axis=2)
    table = fit.predictions(by=True)
    np.testing.assert_allclose(table["estimate"], mean.mean(axis=1), rtol=1e-10)
    by = fit.predictions(by="g")
    for level in "abc":
        rows = (TABLE["g"] == level).to_numpy()
        found = by.loc[by["g"] == level, "estimate"]
        np.testing.assert_allclose(found, mean[:, rows].mean(axis=1), rtol=1e-10)
    # A factor: everyone at b less everyone at a.
    at = [X.copy(), X.copy()]
    at[0][:, 2:4], at[1][:, 2:4] = [1.0, 0.0], [0.0, 0.0]
    b, a = (probabilities_of(name, rows).mean(axis=1) for rows in at)
    found = fit.comparisons({"g": ("a", "b")})
    np.testing.assert_allclose(found["estimate"], (b - a).mean(axis=1), rtol=1e-8, atol=1e-12)
    assert found["estimate"].sum() == pytest.approx(0.0, abs=1e-12)
    ratio = fit.comparisons({"g": ("a", "b")}, comparison="ratio")
    np.testing.assert_allclose(ratio["estimate"], np.median(b / a, axis=1), rtol=1e-8)
    step = 1e-5
    up, down = X.copy(), X.copy()
    up[:, 1] += step
    down[:, 1] -= step
    slopes = (probabilities_of(name, up) - probabilities_of(name, down)).mean(axis=(1, 2))
    found = fit.slopes("x")["estimate"]
    np.testing.assert_allclose(found, slopes / (2 * step), rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("name", ORDERED)
def test_decisions_of_ordered_classes_by_hand(name):
    fit = fit_of(name)
    prob = probabilities_of(name, fit.model.design.X)
    costs = np.array([[0, 1, 4], [2, 0, 1], [6, 2, 0.0]])
    expected = np.einsum("krd,ka->ard", prob, costs)
    mean = expected.mean(axis=2)
    table = fit.decide(costs=costs)
    np.testing.assert_array_equal(table["decision"].astype(int), mean.argmin(axis=0))
    others = np.sort(mean, axis=0)
    np.testing.assert_allclose(table["value"], others[1] - others[0], rtol=1e-9)
    best = expected.argmin(axis=0)
    np.testing.assert_allclose(table["p_flip"], (best != mean.argmin(axis=0)[:, None]).mean(1))
    policies = fit.expected_cost(costs=costs)["estimate"]
    assert policies.iloc[0] == pytest.approx(mean.min(axis=0).mean())
    np.testing.assert_allclose(policies.iloc[1:4], mean.mean(axis=1), rtol=1e-9)
    assert policies.iloc[-1] == pytest.approx(expected.min(axis=0).mean())


@pytest.mark.parametrize("name", ORDERED)
def test_judgement_of_ordered_classes_by_hand(name):
    fit = fit_of(name)
    prob = probabilities_of(name, fit.model.design.X).mean(axis=2)
    y = TABLE["grade"].to_numpy()
    scores = fit.calibration(loo=False).scores["in_sample"]
    seen = prob[y, np.arange(len(y))]
    assert scores["log_score"] == pytest.approx(-np.log(seen).mean(), rel=1e-9)
    hit = np.eye(3)[y].T
    rps = (np.cumsum(prob - hit, axis=0)[:-1] ** 2).sum(axis=0).mean()
    found = scores["ranked_probability"]
    assert found == pytest.approx(rps)
    table = fit.confusion(0.4, event="2", loo=False)["estimate"]
    above = prob[2] > 0.4
    assert table["true_positives"] == (above & (y == 2)).sum()
    assert table["false_positives"] == (above & (y != 2)).sum()
    both = np.subtract.outer(prob[2][y == 2], prob[2][y != 2])
    auc = (both > 0).mean() + 0.5 * (both == 0).mean()
    assert fit.auc(event="2", loo=False).loc["auc", "estimate"] == pytest.approx(auc)


@pytest.mark.parametrize("name", ORDERED)
def test_likelihood_of_ordered_classes_by_hand(name):
    fit = fit_of(name)
    y, rows = TABLE["grade"].to_numpy(), np.arange(len(TABLE))
    prob = probabilities_of(name, fit.model.design.X)
    logs = np.log(prob[y, rows])
    own = fit.extend("log_likelihood")["log_likelihood"]["y"]
    own = own.transpose("obs", "chain", "draw").values.reshape(len(y), -1)
    np.testing.assert_allclose(own, logs, rtol=1e-8, atol=1e-12)
    found = fit.classical(intervals="wald")
    theta = found.coefficients["estimate"].to_numpy()
    assert found.statistics["value"]["log_likelihood"] == pytest.approx(
        _log_likelihood(name, theta), rel=1e-9
    )
    for j in range(len(theta)):
        for step in (1e-3, -1e-3):
            assert _log_likelihood(name, theta + step * np.eye(len(theta))[j]) < (
                _log_likelihood(name, theta)
            )


def _log_likelihood(name, theta):
    """Return the log-likelihood of the fitted rows at coefficients (coefficients,)."""
    prob = probabilities_of(name, fit_of(name).model.design.X, theta[:, None])[:, :, 0]
    return float(np.log(prob[TABLE["grade"], np.arange(len(TABLE))]).sum())


@pytest.mark.parametrize("name", ["adjacent", "adjacent, partial"])
def test_adjacent_slopes_survive_sampling_by_the_outcome(name):
    fit = fit_of(name)
    shares = {"0": 0.7, "1": 0.2, "2": 0.1}
    population = fit.with_prevalence(shares)
    own = np.bincount(TABLE["grade"]) / len(TABLE)
    weights = np.array(list(shares.values())) / own
    # Bayes' rule: each class's probability times how much more common it is there.
    prob = probabilities_of(name, fit.model.design.X) * weights[:, None, None]
    prob /= prob.sum(axis=0)
    found = population.predict()["mean"].to_numpy().reshape(-1, 3).T
    np.testing.assert_allclose(found, prob.mean(axis=2), rtol=1e-9)
    np.testing.assert_array_equal(population.theta[2:], fit.theta[2:])
    assert population.shift.shape == (2, fit.theta.shape[1])
    with pytest.raises(bl.DesignError, match="one prevalence 0.1 was given for 3 classes"):
        fit.with_prevalence(0.1)
