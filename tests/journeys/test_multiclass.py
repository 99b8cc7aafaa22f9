"""Multinomial and ordinal models, from a table to answers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import bayeslogit as bl
from bayeslogit.families import Multinomial
from bayeslogit.numerics.convergence import monte_carlo_errors
from bayeslogit.specification.arrangements import layout_of

LEVELS = ["Low", "Medium", "High"]
RHS = (
    "C(influence, levels=['Low', 'Medium', 'High'])"
    " + C(type, levels=['Tower', 'Apartment', 'Atrium', 'Terrace'])"
    " + C(contact, levels=['Low', 'High'])"
)
FIRST = {"influence": ["Low"], "type": ["Tower"], "contact": ["Low"]}

# R 4.2: MASS::polr(Sat ~ Infl + Type + Cont, weights = Freq) and nnet::multinom on MASS::housing.
POLR = [-0.49613534, 0.69070829, 0.56639374, 1.28881906]
POLR += [-0.57235015, -0.36618657, -1.09101491, 0.36028415]
POLR_SD = [0.1248, 0.1255, 0.1047, 0.1272, 0.1192, 0.1552, 0.1515, 0.0955]
POLR_PROBS = [0.37844931, 0.28767516, 0.33387553]
MULTINOM = {
    "Medium": "-0.41922874 0.44639589 0.66493533 -0.43568870 0.13137029 -0.66657045 0.36085189",
    "High": "-0.13874275 0.73486322 1.61263107 -0.73563173 -0.40797809 -1.41232768 0.48182701",
}
MULTINOM_PROBS = {"Low": 0.39556873, "Medium": 0.26010771, "High": 0.34432356}


def housing():
    return bl.load_dataset("housing")


def ordinal(**options):
    options = {"levels": LEVELS, "weights": "frequency"} | options
    return bl.ordinal(f"satisfaction ~ {RHS}", housing(), **options)


def multinomial(**options):
    options = {"reference": "Low", "weights": "frequency"} | options
    return bl.multinomial(f"satisfaction ~ {RHS}", housing(), **options)


def modes(model):
    return model.fit("map").outcome.draws[0, 0]


# ---- flat priors are maximum likelihood -----------------------------------------------------


def test_flat_ordinal_mode_is_polr():
    fit = ordinal(priors="flat").fit("map")
    # R's optimiser stops at about 1e-7; a hundred-thousandth of a standard error is asked for.
    np.testing.assert_allclose(fit.outcome.draws[0, 0], POLR, atol=1e-5 * min(POLR_SD), rtol=0)
    deviance = -2 * fit.outcome.info["log_posterior"]
    assert deviance == pytest.approx(3479.1493, abs=5e-5)
    np.testing.assert_allclose(fit.predict(FIRST)["estimate"], POLR_PROBS, atol=1e-6)


def test_flat_multinomial_mode_is_multinom():
    fit = multinomial(priors="flat").fit("map")
    table = fit.summary()["mode"]
    for name, expected in MULTINOM.items():
        found = table[[i.startswith(f"{name}:") for i in table.index]]
        np.testing.assert_allclose(found, [float(v) for v in expected.split()], atol=1e-6)
    assert -2 * fit.outcome.info["log_posterior"] == pytest.approx(3470.0839, abs=5e-5)
    probs = fit.predict(FIRST).set_index("class")["estimate"]
    for name, expected in MULTINOM_PROBS.items():
        assert probs[name] == pytest.approx(expected, abs=1e-6)


# ---- structure ------------------------------------------------------------------------------


def test_two_classes_of_a_multinomial_are_a_logistic_model():
    rng = np.random.default_rng(0)
    eta = rng.normal(size=(1, 50, 3))
    counts = rng.integers(0, 3, (50, 2)).astype(float)
    plain = bl.FAMILIES["bernoulli"]()
    two = Multinomial(classes=2)
    np.testing.assert_allclose(
        two.row_log_likelihood(eta, counts), plain.row_log_likelihood(eta, counts), rtol=1e-13
    )
    np.testing.assert_allclose(two.slope(eta, counts), plain.slope(eta, counts), atol=1e-13)


def test_probabilities_of_every_draw_sum_to_one():
    for model in (multinomial(), ordinal(), ordinal(form="sequential"), ordinal(form="adjacent")):
        draws = model.fit(draws=100, random_seed=1).predict(draws=True)
        np.testing.assert_allclose(draws.sum("class"), 1.0, rtol=0, atol=1e-12)


def test_reference_does_not_change_maximum_likelihood_probabilities():
    low = multinomial(priors="flat").fit("map").predict(FIRST).set_index("class")["estimate"]
    high = multinomial(priors="flat", reference="High").fit("map").predict(FIRST)
    np.testing.assert_allclose(high.set_index("class")["estimate"][low.index], low, atol=1e-10)


def test_symmetric_prior_does_not_depend_on_the_reference():
    fits = {r: multinomial(priors=bl.ZeroSum(0.1), reference=r).fit("map") for r in LEVELS}
    probs = {r: f.predict(FIRST).set_index("class")["estimate"][LEVELS] for r, f in fits.items()}
    np.testing.assert_allclose(probs["Medium"], probs["Low"], atol=1e-10)
    np.testing.assert_allclose(probs["High"], probs["Low"], atol=1e-10)
    normal = {
        r: multinomial(priors=bl.Normal(0, 0.1), reference=r).fit("map").predict(FIRST)
        for r in LEVELS
    }
    low, high = (normal[r].set_index("class")["estimate"][LEVELS] for r in ("Low", "High"))
    assert np.max(np.abs(low - high)) > 1e-3
    with pytest.raises(bl.PriorError, match="no coefficients for each class"):
        ordinal(priors=bl.ZeroSum(1.0))
    with pytest.raises(bl.PriorError, match="sigma=-1"):
        bl.ZeroSum(-1)


def test_rebased_coefficients_are_those_of_a_fit_with_that_reference():
    low, high = (multinomial(priors="flat", reference=r).fit("map") for r in ("Low", "High"))
    moved = low.summary(reference="High")["mode"]
    np.testing.assert_allclose(moved, high.summary()["mode"][moved.index], atol=1e-9)
    with pytest.raises(bl.DesignError, match=r"reference='Hihg'.*Did you mean 'High'"):
        low.summary(reference="Hihg")
    with pytest.raises(bl.DesignError, match="not against a class"):
        ordinal(priors="flat").fit("map").summary(reference="High")


@pytest.mark.parametrize("method", ["map", "laplace"])
def test_forest_against_another_class(method):
    low, high = (
        multinomial(priors="flat", reference=r).fit(method, random_seed=1) for r in ("Low", "High")
    )
    moved, own = low.plot_forest(reference="High"), high.plot_forest()
    labels = [[t.get_text() for t in ax.get_yticklabels()] for ax in (moved, own)]
    order = [labels[0].index(label) for label in labels[1]]
    assert labels[0][0].startswith("Low: ")
    found = moved.lines[1].get_xdata()
    np.testing.assert_allclose(found[order], own.lines[1].get_xdata(), rtol=0.05)
    expected = low.summary(reference="High", scale="odds_ratio" if method == "map" else "log_odds")
    if method == "map":
        np.testing.assert_allclose(found, expected.loc[labels[0], "mode"], rtol=1e-12)
        spread = low.summary(reference="High")["curvature_sd"]
        np.testing.assert_allclose(
            spread[high.summary().index], high.summary()["curvature_sd"], rtol=1e-6
        )
    assert "(against High)" in moved.get_title(loc="left")
    assert "against High" in " ".join(t.get_text().replace("\n", " ") for t in moved.texts)
    one = low.plot_forest(reference="High", terms=["contact"])
    assert len(one.get_yticklabels()) == 2
    with pytest.raises(bl.DesignError, match="Did you mean 'High'"):
        low.plot_forest(reference="Hihg")
    with pytest.raises(bl.DesignError, match="does not suit the cumulative family"):
        ordinal(priors="flat").fit("map").plot_forest(reference="High")


def test_counts_per_class_are_cases():
    wide = housing().pivot_table(
        index=["influence", "type", "contact"], columns="satisfaction", values="frequency"
    )
    wide = wide.reset_index()
    by_counts = bl.multinomial(f"~ {RHS}", wide, counts=LEVELS, priors=bl.Normal(0, 1))
    by_label = multinomial(priors=bl.Normal(0, 1))
    np.testing.assert_allclose(
        by_counts.fit("map").summary()["mode"].sort_index(),
        by_label.fit("map").summary()["mode"].sort_index(),
        atol=1e-9,
    )


def test_a_positive_slope_moves_towards_higher_classes():
    rng = np.random.default_rng(0)
    x = rng.normal(size=300)
    y = np.digitize(2 * x + rng.logistic(size=300), [-1.0, 1.0])
    for form in ("cumulative", "sequential", "adjacent"):
        assert modes(bl.ordinal("y ~ x", {"x": x, "y": y}, form=form))[-1] > 0.5
    fit = bl.ordinal("y ~ x", {"x": x, "y": y}).fit("map")
    location = fit.predict({"x": [0.0, 1.0]}, kind="linear")["estimate"]
    assert location[0] == pytest.approx(0.0, abs=1e-12)
    assert location[1] == pytest.approx(fit.outcome.draws[0, 0, -1])


def gappy(n=60, **options):
    """Return a model of a table in which 'b' and 'e' never occur and 'd' once."""
    rng = np.random.default_rng(2)
    x = rng.normal(size=n)
    y = np.array(["a", "c"])[(x + rng.logistic(size=n) > 0).astype(int)]
    y[np.argmax(x)] = "d"
    return bl.ordinal("y ~ x", {"x": x, "y": y}, levels=list("abcde"), **options)


@pytest.mark.parametrize("form", ["cumulative", "sequential", "adjacent"])
def test_levels_that_never_occur_are_kept_and_said(form):
    model = gappy(form=form)
    assert model.layout.coords["cutpoint"] == ("a|b", "b|c", "c|d", "d|e")
    printed = repr(model)
    assert "the level 'b' never occurs and was kept" in printed
    assert "the level 'e' never occurs and was kept" in printed
    assert "the class 'd' has one row" in printed
    fit = model.fit(random_seed=1)
    assert not [p for p in fit.problems if p.severity != "note"]
    said = {p.code: p.sentence for p in fit.problems}
    assert "the level 'e' never occurs and was kept" in said["unseen_level"]
    assert "the class 'd' has one row" in said["single_case"]
    table = fit.predict({"x": [0.0]}).set_index("class")["mean"]
    assert list(table.index) == list("abcde")
    assert (table > 0).all()
    assert table["b"] < 0.1
    assert table.sum() == pytest.approx(1.0, abs=1e-12)


def test_what_is_said_of_an_unseen_level_agrees_between_exact_methods():
    model = gappy(200)
    one = model.fit(random_seed=1).theta
    two = model.fit("hmc", random_seed=2).theta
    gap = np.abs(one.mean(1) - two.mean(1)) / one.std(1)
    assert gap.max() < 4.5 * np.sqrt(2 / 1500)


def test_cutpoints_that_the_data_do_not_hold_need_a_prior_that_does():
    for form in ("cumulative", "sequential", "adjacent"):
        with pytest.raises(bl.PriorError, match=r"level 'b' of 'y' never occurs.*Dirichlet\(1\)"):
            gappy(form=form, priors="flat").fit("map")
    # The mode is at the border, unless the prior vanishes there.
    for method in ("map", "laplace"):
        for priors in (None, {"cutpoints": bl.Dirichlet(1)}):
            with pytest.raises(bl.MethodRefused, match=r"'a\|b' and 'b\|c', so that.*Dirichlet\(2"):
                gappy(priors=priors).fit(method)
        fit = gappy(priors={"cutpoints": bl.Dirichlet(2)}).fit(method, random_seed=1)
        assert np.all(np.diff(fit.theta[:4], axis=0) > 0)
    assert np.all(np.isfinite(modes(gappy(form="sequential"))))
    # An outer level leaves one cutpoint to its prior, and a mode inside.
    data = {"x": [1.0, 2, 3, 4, 5, 6], "y": [0, 0, 1, 0, 1, 1]}
    assert np.all(np.isfinite(modes(bl.ordinal("y ~ x", data, levels=[0, 1, 2]))))
    with pytest.raises(bl.ResponseError, match=r"level 'b' of 'y' never occurs and partial="):
        gappy(partial=["x"])


def test_forecasts_are_judged_by_the_levels_that_occur():
    rng = np.random.default_rng(1)
    x = rng.normal(size=60)
    y = np.where(x + rng.logistic(size=60) > 0, "c", "a")
    fit = bl.ordinal("y ~ x", {"x": x, "y": y}, levels=list("abc")).fit(draws=200, random_seed=1)
    table = fit.calibration().scores
    assert set(table["class"]) == {"", "a", "c"}
    assert np.isfinite(table["if_calibrated"]).all()


def test_a_class_with_one_row_is_allowed_and_said():
    data = {"x": np.arange(9.0), "y": list("ababababc")}
    model = bl.multinomial("y ~ x", data)
    assert "'c' has one row" in repr(model)
    assert [p.code for p in model.fit("map").problems] == ["single_case"]


def test_approximate_draws_keep_cutpoints_in_order():
    # 'b' is seen twice: the Gaussian at the mode reaches beyond the border.
    x = np.linspace(-1, 1, 42)
    y = np.array(["a", "c"])[(np.arange(42) % 2)]
    y[[20, 21]] = "b"
    model = bl.ordinal("y ~ x", {"x": x, "y": y}, levels=list("abc"))
    with pytest.warns(bl.BayesLogitWarning, match="Pareto k-hat"):
        fit = model.fit("laplace", random_seed=1)
    assert np.all(np.diff(fit.theta[:2], axis=0) > 0)
    np.testing.assert_allclose(fit.predict(draws=True).sum("class"), 1.0, rtol=0, atol=1e-12)


def test_ordered_types_need_no_levels():
    table = housing()
    kind = pd.CategoricalDtype(LEVELS, ordered=True)
    table["satisfaction"] = table["satisfaction"].astype(kind)
    own = bl.ordinal(f"satisfaction ~ {RHS}", table, weights="frequency")
    assert own.response.classes == tuple(LEVELS)
    np.testing.assert_array_equal(modes(own), modes(ordinal()))


def test_prior_cutpoints_increase():
    tree = ordinal().prior_predictive(draws=500, random_seed=1)
    assert np.all(np.diff(tree["prior"]["cutpoints"].values, axis=-1) > 0)
    uneven = ordinal(priors={"cutpoints": bl.Normal([-1.0, 1.0], [1.0, 2.0])})
    tree = uneven.prior_predictive(draws=500, random_seed=1)
    assert np.all(np.diff(tree["prior"]["cutpoints"].values, axis=-1) > 0)
    never = ordinal(priors={"cutpoints": bl.Normal([50.0, -50.0], 1.0)})
    with pytest.raises(bl.PriorError, match="almost never in increasing order"):
        never.prior_predictive(draws=10, random_seed=1)


def test_priors_by_class_and_term():
    model = multinomial(
        priors={"slopes": bl.Normal(0, 1), "contact": bl.Normal(0, 2), "High: Intercept": bl.Flat()}
    )
    described = dict(model.prior.describe())
    assert described["High: contact[T.High]"] == "Normal(0, 2)"
    assert described["Medium: type[T.Atrium]"] == "Normal(0, 1)"
    assert described["High: Intercept"] == "Flat()"


def marriages():
    import statsmodels.api as sm

    return sm.datasets.fair.load_pandas().data.iloc[::10]


THREE_TABLES = {
    "housing, multinomial": multinomial,
    "housing, ordinal": ordinal,
    "marriages, ordinal": lambda: bl.ordinal(
        "rate_marriage ~ age + yrs_married + religious + educ", marriages()
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", THREE_TABLES)
def test_auto_and_nuts_agree_within_monte_carlo_errors(name):
    model = THREE_TABLES[name]()
    auto = model.fit("auto", draws=2000, random_seed=1).outcome.draws
    nuts = model.fit(
        "nuts", draws=300, tune=200, chains=2, random_seed=2, progressbar=False, target_accept=0.9
    ).outcome.draws
    errors = [monte_carlo_errors(draws) for draws in (auto, nuts)]
    for k, moment in enumerate((np.mean, np.std)):
        one, two = (moment(d.reshape(-1, d.shape[2]), axis=0) for d in (auto, nuts))
        gap = np.abs(one - two) / np.hypot(errors[0][k], errors[1][k])
        assert gap.max() < 4.0


def test_costs_choose_the_class():
    fit = ordinal().fit(draws=200, random_seed=1)
    plain = fit.predict(FIRST, kind="class")["class"].item()
    assert plain == "Low"
    costs = [[0, 1, 4], [1, 0, 1], [4, 1, 0]]
    assert fit.predict(FIRST, kind="class", costs=costs)["class"].item() == "Medium"
    with pytest.raises(bl.DesignError, match=r"costs= has the shape \(2, 2\)"):
        fit.predict(FIRST, kind="class", costs=np.eye(2))
    with pytest.raises(bl.DesignError, match="negative entry -1"):
        fit.predict(FIRST, kind="class", costs=-np.eye(3))


def wide(**columns):
    """Return counts per class."""
    return {"x": [1.0, 2, 3, 4], "a": [3, 1, 2, 0], "b": [1, 0, 2, 2], "c": [0, 1, 1, 4]} | columns


def fitted(builder):
    """Return a fit with one factor as its predictor."""
    options = {"levels": LEVELS} if builder == "ordinal" else {}
    build = getattr(bl, builder)
    return build("satisfaction ~ type", housing(), weights="frequency", **options).fit("map")


def test_rows_without_counts_can_be_dropped():
    model = bl.multinomial(
        "~ x",
        wide(b=[np.nan, 0, 2, 2]),
        counts=["a", "b", "c"],
        missing="drop",
        weights=[1, 2, 1, 1],
    )
    part = {k: v[1:] for k, v in wide().items()}
    same = bl.multinomial("~ x", part, counts=["a", "b", "c"], weights=[2, 1, 1])
    assert model.dropped == 1
    np.testing.assert_allclose(modes(model), modes(same), atol=1e-9)


MISTAKES = [
    (lambda: bl.multinomial("contact ~ type", housing()), "has 2 classes.*logistic"),
    (lambda: bl.ordinal("satisfaction ~ type", housing()), "labels without an order.*levels="),
    (lambda: multinomial(reference="Lo"), "reference='Lo'.*Did you mean 'Low'"),
    (lambda: ordinal(levels=["Low", "High", "Top"]), "value 'Medium', which is not among"),
    (lambda: ordinal(levels=["Low", "Low", "High"]), "names a class twice"),
    (lambda: ordinal(levels=["Low", "High"]), "not among its levels|2 classes"),
    (lambda: ordinal(form="cumulativ"), "form='cumulativ'.*Did you mean 'cumulative'"),
    (lambda: ordinal(form="adjacent", link="probit"), "expected link='logit'"),
    (lambda: ordinal(link="logitt"), "link='logitt'"),
    (
        lambda: multinomial(link="probit"),
        r"link='probit' is given to multinomial\(\); expected link=",
    ),
    (lambda: multinomial(link="logti"), "link='logti' is not known.*Did you mean 'logit'"),
    (
        lambda: bl.ordinal("satisfaction ~ type - 1", housing(), levels=LEVELS),
        "leaves the intercept out",
    ),
    (
        lambda: bl.multinomial("satisfaction ~ type", housing(), counts=LEVELS),
        "expected one of the two",
    ),
    (lambda: bl.multinomial("~ type", housing(), counts=["frequency"]), "three or more different"),
    (
        lambda: bl.multinomial("~ x", wide(), counts="abc"),
        r"counts='abc' is a text.*counts=\['left'",
    ),
    (
        lambda: bl.multinomial("~ x", wide(b=[-1, 2, 3, 4]), counts=["a", "b", "c"]),
        "'b' is -1 in row 0",
    ),
    (
        lambda: bl.multinomial("~ x", wide(b=[1, 2.5, 3, 4]), counts=["a", "b", "c"]),
        "'b' is 2.5 in row 1",
    ),
    (
        lambda: bl.multinomial("~ x", wide(b=[0] * 4), counts=["a", "b", "c"], priors="flat").fit(
            "map"
        ),
        "along 'b: Intercept', 'b: x', and a prior there is flat",
    ),
    (
        lambda: bl.multinomial("~ x", wide(b=[np.nan, 1, 1, 1]), counts=["a", "b", "c"]),
        "'b' of the data has no value.*missing='drop'",
    ),
    (
        lambda: bl.multinomial("y ~ x", {"x": range(4), "y": ["a"] * 4}),
        "has 1 class, 'a'.*three or",
    ),
    (
        lambda: bl.ordinal("y ~ x", {"x": range(4), "y": [0, 1, 1, 0]}),
        "has 2 classes.*use logistic",
    ),
    (
        lambda: bl.ordinal("y ~ x", {"x": range(4), "y": list("abab")}),
        "has 2 classes.*use logistic",
    ),
    (
        lambda: bl.ordinal("y ~ x", {"x": range(4), "y": list("abca")}, levels="abc"),
        "levels='abc' is a text",
    ),
    (lambda: fitted("multinomial").predict({"type": ["Towr"]}), "level 'Towr' in row 0.*'Tower'"),
    (lambda: fitted("ordinal").predict({"type": ["Towr"]}), "level 'Towr' in row 0.*'Tower'"),
    (lambda: bl.multinomial(np.eye(3), [0, 1, 2], counts=LEVELS), "instead of a formula"),
    (
        lambda: bl.multinomial("y ~ x", {"x": [1, 2, 3], "y": [0.5, 1, 2]}),
        "y' is 0.5 in row 0; classes",
    ),
    (
        lambda: bl.multinomial("y ~ x", {"x": range(200), "y": range(200)}),
        "200 different values; at most 100",
    ),
    (lambda: multinomial().fit("map").solve("type"), "probability for each class"),
]


@pytest.mark.parametrize(("mistake", "sentence"), MISTAKES)
def test_mistakes_get_a_sentence(mistake, sentence):
    with pytest.raises(bl.BayesLogitError, match=sentence):
        mistake()


def test_separation_in_one_class_with_flat_priors_is_refused():
    x = np.arange(12.0)
    one = np.array([0, 1, 0, 1, 0, 1, 0, 1, 2, 2, 2, 2])
    with pytest.raises(bl.PriorError, match=r"quasi-completely separated.*'2: x'"):
        bl.multinomial("y ~ x", {"x": x, "y": one}, priors="flat").fit("map")
    assert np.all(np.isfinite(modes(bl.multinomial("y ~ x", {"x": x, "y": one}))))
    # With a slope that all boundaries share, the overlap of two classes bounds it for the third.
    shared = modes(bl.ordinal("y ~ x", {"x": x, "y": one}, priors="flat"))
    assert np.all(np.isfinite(shared))
    every = np.repeat([0, 1, 2], 4)
    with pytest.raises(bl.PriorError, match=r"completely separated.*'x'"):
        bl.ordinal("y ~ x", {"x": x, "y": every}, priors="flat").fit("map")


def test_layouts_share_what_is_shared():
    names, groups = ("Intercept", "x", "z"), {"x": (1,), "z": (2,)}
    several = layout_of("several", names, groups, ("a", "b", "c"), intercept=True)
    assert several.names[4] == "c: x"
    assert several.places["x"] == (1, 4)
    assert several.places["Intercept"] == (0, 3)
    ordered = layout_of("ordered", names, groups, ("a", "b", "c"), intercept=True)
    assert ordered.names == ("a|b", "b|c", "x", "z")
    eta = ordered.basis.reshape(2, 3, 4) @ np.array([-1.0, 1.0, 0.5, 2.0])
    np.testing.assert_array_equal(eta, [[-1.0, -0.5, -2.0], [1.0, -0.5, -2.0]])
