"""Predictions of several classes: levels, sums of probabilities, mean scores, decisions."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import bayeslogit as bl

LEVELS = ["Low", "Medium", "High"]
NEW = {"contact": ["High", "Low", "High"], "influence": ["Low", "High", "Medium"]}
FORMULA = "satisfaction ~ contact + influence"
SEEDS = {"germinated": [10, 23, 8, 20], "n": [39, 62, 16, 30], "x": [0, 1, 1, 0]}


def ordinal(method="auto", **options):
    data = bl.load_dataset("housing")
    model = bl.ordinal(FORMULA, data, levels=LEVELS, weights="frequency", **options)
    return model.fit(method, draws=250, random_seed=1)


@pytest.fixture(scope="module")
def cumulative():
    return ordinal()


@pytest.fixture(scope="module")
def nominal():
    data = bl.load_dataset("housing")
    model = bl.multinomial(FORMULA, data, reference="Low", weights="frequency")
    return model.fit(draws=250, random_seed=1)


ORDINALS = {
    "cumulative": {},
    "probit": {"link": "probit"},
    "sequential": {"form": "sequential"},
    "adjacent": {"form": "adjacent"},
    "partial": {"partial": ["contact"]},
    "partial sequential": {"partial": ["contact"], "form": "sequential"},
}


@pytest.mark.parametrize("name", ORDINALS)
def test_sums_of_probabilities(name):
    fit = ordinal("laplace", **ORDINALS[name])
    prob = fit.predict(NEW, draws=True)
    assert np.abs(prob.sum("class") - 1.0).max() < 1e-12
    below = fit.predict(NEW, kind="cumulative", draws=True)
    above = fit.predict(NEW, kind="exceedance", draws=True)
    assert below["class"].values.tolist() == LEVELS[:-1]
    assert above["class"].values.tolist() == LEVELS[1:]
    np.testing.assert_allclose(below, prob.cumsum("class")[..., :-1], atol=1e-14)
    # P(Y <= k) and P(Y >= k + 1) leave nothing out and count nothing twice.
    np.testing.assert_allclose(below.values + above.values, 1.0, rtol=0, atol=1e-12)
    assert (np.diff(below, axis=-1) >= 0).all()
    table = fit.predict(NEW, kind="exceedance")
    assert table["class"].tolist() == LEVELS[1:] * 3
    np.testing.assert_allclose(table["mean"], above.mean(("chain", "draw")).values.ravel())
    lower = np.quantile(above.stack(s=("chain", "draw")), 0.055, axis=-1)
    np.testing.assert_allclose(table["eti89_lb"], lower.ravel())
    assert table.attrs["kind"] == "exceedance"


def test_small_sums_keep_their_digits():
    """Far below the first cutpoint, the probability of the highest levels is tiny, not zero."""
    x = np.linspace(-3, 3, 60)
    y = np.digitize(x + np.sin(7 * x), [-1.0, 1.0])
    fit = bl.ordinal("y ~ x", {"x": x, "y": y}).fit("map")
    cuts, slope = fit.outcome.draws[0, 0, :2], fit.outcome.draws[0, 0, 2]
    far = -45.0 / slope
    above = fit.predict({"x": [far]}, kind="exceedance")["estimate"].to_numpy()
    expected = np.exp(-(cuts - far * slope))  # the upper tail of the logistic distribution
    np.testing.assert_allclose(above, expected, rtol=1e-10)
    assert above[1] < 1e-18


def test_median_level(cumulative):
    table = cumulative.predict(NEW, kind="median")
    assert list(table) == ["median", "eti89_lb", "eti89_ub", "probability"]
    prob = cumulative.predict(NEW, draws=True).stack(s=("chain", "draw")).transpose("obs", ..., "s")
    for i in range(3):
        mean = prob[i].mean("s").values
        assert table["median"][i] == LEVELS[int(np.argmax(np.cumsum(mean) >= 0.5))]
        drawn = np.argmax(np.cumsum(prob[i].values, axis=0) >= 0.5, axis=0)
        share = np.bincount(drawn, minlength=3) / drawn.size
        assert table["probability"][i] == pytest.approx(share[LEVELS.index(table["median"][i])])
        low, high = (LEVELS.index(table[c][i]) for c in ("eti89_lb", "eti89_ub"))
        assert share[:low].sum() < 0.055 <= share[: low + 1].sum() + 1e-12
        assert share[:high].sum() < 0.945 <= share[: high + 1].sum() + 1e-12
    codes = cumulative.predict(NEW, kind="median", draws=True)
    assert codes.dims == ("chain", "draw", "obs")
    assert set(np.unique(codes)) <= {0.0, 1.0, 2.0}
    hdi = cumulative.predict(NEW, kind="median", ci_kind="hdi")
    assert set(hdi["hdi89_lb"]) <= set(LEVELS)
    point = ordinal("map").predict(NEW, kind="median")
    assert list(point) == ["estimate"]
    assert set(point["estimate"]) <= set(LEVELS)


def test_median_of_a_half_is_the_lower_level():
    from bayeslogit.answers.prediction.class_quantities import median_code

    assert median_code(np.array([[0.5, 0.1], [0.25, 0.4], [0.25, 0.5]])).tolist() == [0, 1]
    many = np.append(np.full(10, 0.05), 0.5)
    assert np.cumsum(many)[9] == 0.49999999999999994
    assert median_code(many) == 9


def test_mean_of_scores(cumulative, nominal):
    for fit in (cumulative, nominal):
        prob = fit.predict(NEW, draws=True)
        scores = {"Low": -1.0, "Medium": 0.5, "High": 4.0}
        expected = sum(prob.sel({"class": name}) * score for name, score in scores.items())
        found = fit.predict(NEW, kind="mean", scores=scores, draws=True)
        np.testing.assert_allclose(found, expected.drop_vars("class"), atol=1e-12)
        in_order = [scores[name] for name in fit.model.response.classes]
        table = fit.predict(NEW, kind="mean", scores=in_order)
        np.testing.assert_allclose(table["mean"], expected.mean(("chain", "draw")))
        assert list(table) == ["mean", "sd", "eti89_lb", "eti89_ub"]


def test_numbers_are_their_own_scores():
    rng = np.random.default_rng(1)
    data = {"x": rng.normal(size=90), "y": rng.choice([1, 2, 5], 90)}
    fit = bl.ordinal("y ~ x", data).fit("laplace", random_seed=1)
    prob = fit.predict({"x": [0.0]}, draws=True)
    own = fit.predict({"x": [0.0]}, kind="mean", draws=True)
    np.testing.assert_allclose(own, prob.values @ np.array([1.0, 2.0, 5.0]))
    by_value = fit.predict({"x": [0.0]}, kind="mean", scores={1: 0, 2: 0, 5: 1}, draws=True)
    np.testing.assert_allclose(by_value, prob.sel({"class": "5"}))
    assert fit.predict({"x": [0.0]}, kind="median")["median"][0] in (1, 2, 5)
    binary = bl.logistic("passed ~ hours", bl.load_dataset("exam")).fit("laplace", random_seed=1)
    new = {"hours": [2.0]}
    assert binary.predict(new, kind="mean")["mean"][0] == binary.predict(new)["mean"][0]


def test_simulated_outcomes_are_told_class_by_class(nominal):
    table = nominal.predict(NEW, kind="outcome", random_seed=3)
    classes = list(nominal.model.response.classes)
    assert table["class"].tolist() == classes * 3
    codes = nominal.predict(NEW, kind="outcome", draws=True, random_seed=3)
    shares = [(codes == k).mean(("chain", "draw")) for k in range(3)]
    np.testing.assert_allclose(table["mean"], np.stack(shares, axis=1).ravel())
    assert table.groupby(level=0)["mean"].sum().tolist() == pytest.approx([1, 1, 1])
    expected = nominal.predict(NEW)["mean"]
    np.testing.assert_allclose(table["mean"], expected, atol=4 * np.sqrt(0.25 / 1000))


def test_classes_by_costs_draw_by_draw(cumulative):
    costs = np.array([[0, 1, 4], [1, 0, 1], [4, 1, 0]])
    prob = cumulative.predict(NEW, draws=True).values
    drawn = cumulative.predict(NEW, kind="class", costs=costs, draws=True)
    assert drawn.dims == ("chain", "draw", "obs")
    np.testing.assert_array_equal(drawn, np.argmin(prob @ costs, axis=-1))
    exam = bl.logistic("passed ~ hours", bl.load_dataset("exam")).fit("laplace", random_seed=1)
    new = {"hours": [2.0, 3.0]}
    by_costs = exam.predict(new, kind="class", costs=[[0, 4], [1, 0]], draws=True)
    by_cutoff = exam.predict(new, kind="class", cutoff=0.8, draws=True)
    np.testing.assert_array_equal(by_costs, by_cutoff)


def test_costs_by_name(cumulative, nominal):
    """A table of costs is read by its names, whatever its order; numbered ones by position."""
    costs = pd.DataFrame(
        [[0, 1, 4], [2, 0, 1], [9, 1, 0]], index=LEVELS, columns=LEVELS, dtype=float
    )
    mixed = costs.loc[["High", "Low", "Medium"], ["Medium", "High", "Low"]]
    for fit in (cumulative, nominal):
        classes = list(fit.model.response.classes)
        expected = fit.predict(NEW, kind="class", costs=costs.loc[classes, classes].to_numpy())
        for table in (
            costs,
            mixed,
            costs.loc[classes, classes].reset_index(drop=True).T.reset_index(drop=True).T,
        ):
            found = fit.predict(NEW, kind="class", costs=table)
            pd.testing.assert_frame_equal(found, expected)
        decided = fit.decide(NEW, costs=mixed)["decision"].tolist()
        assert decided == expected["class"].tolist()
    exam = bl.logistic("passed ~ hours", bl.load_dataset("exam")).fit("laplace", random_seed=1)
    new = {"hours": [2.0, 3.0]}
    by_name = exam.predict(new, kind="class", costs={"false_positive": 4, "false_negative": 1})
    pd.testing.assert_frame_equal(by_name, exam.predict(new, kind="class", costs=[[0, 4], [1, 0]]))


def test_the_class_is_the_most_probable_one(cumulative):
    table = cumulative.predict(NEW, kind="class")
    mean = cumulative.predict(NEW)["mean"].to_numpy().reshape(3, 3)
    assert table["class"].tolist() == [LEVELS[k] for k in mean.argmax(axis=1)]
    np.testing.assert_allclose(table["probability"], mean.max(axis=1))


def test_curves_of_every_kind(cumulative):
    table = cumulative.curve("influence", LEVELS, kind="exceedance", at={"contact": "Low"})
    assert list(table)[:2] == ["influence", "class"]
    assert table["influence"].tolist() == ["Low"] * 2 + ["Medium"] * 2 + ["High"] * 2
    rows = {"influence": LEVELS, "contact": ["Low"] * 3}
    expected = cumulative.predict(rows, kind="exceedance")
    pd.testing.assert_frame_equal(table.drop(columns="influence"), expected)
    scores = {"Low": 1, "Medium": 2, "High": 3}
    mean = cumulative.curve("influence", LEVELS, kind="mean", scores=scores)
    assert mean["mean"].is_monotonic_increasing
    levels = cumulative.curve("influence", LEVELS, kind="median")["median"]
    assert levels.tolist() == ["Medium", "Medium", "High"]
    assert cumulative.curve("influence", kind="class")["class"].isin(LEVELS).all()


def exam():
    return bl.logistic("passed ~ hours", bl.load_dataset("exam")).fit("map")


def counts():
    return bl.binomial("germinated ~ x", SEEDS, trials="n").fit("map")


EXAM = {"false_positive": 4, "false_negative": 1, "abstain": 0.1}

MISTAKES = [
    (
        lambda o, n: o.predict(
            NEW, kind="class", costs=pd.DataFrame(np.eye(3), index=list("abc"), columns=LEVELS)
        ),
        r"costs= is a table with the rows 'a', 'b', 'c' and the columns 'Low', .*expected the cl",
    ),
    (lambda o, n: o.predict(NEW, kind="class", costs="abc"), r"costs= has the shape \(1,\); exp"),
    (
        lambda o, n: exam().predict(kind="class", costs=EXAM),
        r"costs= has a price of abstaining, and a predicted class cannot abstain.*use decide\(\)",
    ),
    (lambda o, n: o.predict(NEW, kind="exceed"), "kind='exceed'.*Did you mean 'exceedance'"),
    (
        lambda o, n: n.predict(NEW, kind="cumulative"),
        r"kind='cumulative' does not suit 'satisfaction', whose classes "
        r"\('Low', 'High', 'Medium'\) have no order; expected an ordinal model; build one "
        r"with ordinal\(\)",
    ),
    (lambda o, n: n.curve("contact", kind="median"), "kind='median' does not suit.*have no order"),
    (
        lambda o, n: counts().predict(kind="exceedance"),
        "kind='exceedance' does not suit 'germinated'.*have no order",
    ),
    (
        lambda o, n: counts().predict(kind="mean"),
        "'germinated', which counts events; expected an outcome whose classes have scores; ask",
    ),
    (
        lambda o, n: o.predict(NEW, kind="mean"),
        r"are not numbers.*expected a score for each; write scores=\{'Low': 1, 'Medium': 2, 'High'",
    ),
    (
        lambda o, n: o.predict(NEW, kind="mean", scores=[1, 2]),
        r"scores=\[1, 2\] does not fit the 3 classes.*expected a finite number for each",
    ),
    (lambda o, n: o.predict(NEW, kind="mean", scores="abc"), "scores='abc' does not fit"),
    (
        lambda o, n: o.predict(NEW, kind="mean", scores=[1, 2, np.inf]),
        "does not fit the 3 classes",
    ),
    (
        lambda o, n: o.predict(NEW, kind="mean", scores={"Low": 1, "Medum": 2, "High": 3}),
        "scores= names 'Medum', which is not a class.*Did you mean 'Medium'",
    ),
    (
        lambda o, n: o.predict(NEW, kind="mean", scores={"Low": 1, "High": 3}),
        r"scores= has none for \('Medium',\)|scores= has none for 'Medium'",
    ),
    (
        lambda o, n: o.predict(NEW, scores=[1, 2, 3]),
        "scores= was given with kind='probability', which uses none; expected it with kind='mean'",
    ),
]


@pytest.mark.parametrize(("mistake", "sentence"), MISTAKES)
def test_mistakes_get_a_sentence(cumulative, nominal, mistake, sentence):
    with pytest.raises(bl.DesignError, match=sentence):
        mistake(cumulative, nominal)


def test_models_are_called_by_what_they_are(cumulative, nominal):
    first = repr(cumulative.model).splitlines()[0]
    assert first == (
        "Bayesian cumulative ordinal model (logit link) of satisfaction (Low < Medium < High)"
    )
    assert repr(nominal.model).splitlines()[0].endswith("of satisfaction (against Low)")
    model = bl.binomial("germinated ~ x", SEEDS, trials="n", dispersion="beta")
    assert repr(model).startswith("Bayesian beta-binomial model (logit link) of P(germinated out")
