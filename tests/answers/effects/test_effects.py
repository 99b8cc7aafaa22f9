"""Effects against closed forms, predictions row by row, and the margins of statsmodels."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.special import expit
from scipy.stats import norm

import bayeslogit as bl
from bayeslogit.answers.effects import evaluate as plans
from bayeslogit.answers.prediction import averaging as averages
from bayeslogit.posterior.requested_rows import rows_of
from bayeslogit.runtime import progress as bars
from tests.helpers import exam, exam_model, random_table

TABLE = random_table(150)


@pytest.fixture(scope="module")
def fit():
    return bl.logistic("y ~ x * g + z + flag", TABLE).fit("laplace", draws=200, random_seed=1)


@pytest.fixture(scope="module")
def mle():
    return bl.logistic("y ~ x + z", TABLE, priors="flat").fit("map")


@pytest.fixture(scope="module")
def ordinal():
    table = TABLE.assign(grade=np.digitize(TABLE["x"] + TABLE["z"], [-0.6, 0.7]))
    model = bl.ordinal("grade ~ z + g", table, levels=[0, 1, 2])
    return model.fit("laplace", draws=100, random_seed=3)


def prob(fit, **changed) -> np.ndarray:
    """Return probabilities (draws, rows) of the fitted rows with columns changed."""
    table = TABLE.assign(**changed)
    return fit.predict(table, draws=True).values.reshape(-1, len(table))


# ---- against statsmodels ------------------------------------------------------------------------


@pytest.mark.parametrize("slope", ["dydx", "eyex", "eydx", "dyex"])
@pytest.mark.parametrize(("at", "options"), [("overall", {}), ("mean", {"newdata": "mean"})])
def test_slopes_equal_the_margins_of_statsmodels(mle, slope, at, options):
    theirs = sm.Logit(TABLE["y"], sm.add_constant(TABLE[["x", "z"]])).fit(disp=0, tol=1e-13)
    margins = theirs.get_margeff(at=at, method=slope).margeff
    table = mle.slopes(slope=slope, **options)
    assert table["term"].tolist() == ["x", "z"]
    np.testing.assert_allclose(table["estimate"], margins, rtol=2e-8)


def test_spread_of_slopes_is_that_of_the_delta_method(mle):
    theirs = sm.Logit(TABLE["y"], sm.add_constant(TABLE[["x", "z"]])).fit(disp=0)
    ours = mle.model.fit("laplace", draws=20_000, chains=1, random_seed=2).slopes()
    np.testing.assert_allclose(ours["sd"], theirs.get_margeff().margeff_se, rtol=0.05)
    z = theirs.get_margeff().tvalues
    np.testing.assert_allclose(ours["p_positive"], norm.cdf(z), atol=0.01)


# ---- against predictions row by row -----------------------------------------------------------


def test_average_comparisons_are_differences_of_average_predictions(fit):
    table = fit.comparisons(ci_prob=0.8)
    assert table["contrast"].tolist() == ["+1", "b - a", "c - a", "+1", "True - False"]
    pairs = [
        (prob(fit, x=TABLE["x"] + 1), prob(fit)),
        (prob(fit, g="b"), prob(fit, g="a")),
        (prob(fit, g="c"), prob(fit, g="a")),
        (prob(fit, z=TABLE["z"] + 1), prob(fit)),
        (prob(fit, flag=True), prob(fit, flag=False)),
    ]
    expected = np.array([(high - low).mean(axis=1) for high, low in pairs])
    np.testing.assert_allclose(table["estimate"], expected.mean(axis=1), rtol=1e-12)
    np.testing.assert_allclose(table["sd"], expected.std(axis=1, ddof=1), rtol=1e-10)
    np.testing.assert_allclose(table["eti80_lb"], np.quantile(expected, 0.1, axis=1), rtol=1e-12)
    np.testing.assert_allclose(table["p_positive"], (expected > 0).mean(axis=1))
    draws = fit.comparisons(draws=True)
    assert draws.dims == ("chain", "draw", "effect")
    np.testing.assert_allclose(draws.values.reshape(-1, 5).T, expected, atol=1e-14)
    assert draws["term"].values.tolist() == table["term"].tolist()


MEASURES = {
    "ratio": lambda high, low: high / low,
    "risk_ratio": lambda high, low: high / low,
    "lnratio": lambda high, low: np.log(high / low),
    "odds_ratio": lambda high, low: high / (1 - high) * (1 - low) / low,
    "lnor": lambda high, low: np.log(high / (1 - high)) - np.log(low / (1 - low)),
    "lift": lambda high, low: high / low - 1,
    "risk_difference": lambda high, low: high - low,
}


@pytest.mark.parametrize("name", MEASURES)
@pytest.mark.parametrize("by", [True, False])
def test_measures(fit, name, by):
    high, low = prob(fit, g="c"), prob(fit, g="b")
    if by:
        high, low = high.mean(axis=1, keepdims=True), low.mean(axis=1, keepdims=True)
    expected = MEASURES[name](high, low)
    middle = np.mean if name in ("lnratio", "lnor", "risk_difference") else np.median
    table = fit.comparisons({"g": ("b", "c")}, comparison=name, by=by)
    np.testing.assert_allclose(table["estimate"], middle(expected, axis=0), rtol=1e-10)
    null = 1.0 if name in ("ratio", "risk_ratio", "odds_ratio") else 0.0
    np.testing.assert_allclose(table["p_positive"], (expected > null).mean(axis=0))
    assert table["contrast"].iloc[0] in ("c / b", "c - b")


def test_averages_by_group_and_by_two_columns(fit):
    table = fit.comparisons("z", by=["flag", "g"])
    change = (prob(fit, z=TABLE["z"] + 1) - prob(fit)).mean(axis=0)
    expected = pd.Series(change).groupby([TABLE["flag"], TABLE["g"]]).mean()
    assert list(zip(table["flag"], table["g"], strict=True)) == list(expected.index)
    np.testing.assert_allclose(table["estimate"], expected, rtol=1e-12)
    new = TABLE.assign(town=np.where(np.arange(150) % 3 == 0, "far", "near"))
    by_town = fit.predictions(newdata=new, by="town")
    expected = pd.Series(prob(fit).mean(axis=0)).groupby(new["town"]).mean()
    np.testing.assert_allclose(by_town["estimate"], expected, rtol=1e-12)
    assert by_town["town"].tolist() == ["far", "near"]


def test_steps_of_numbers(fit):
    x = TABLE["x"]
    cases = {
        "sd": (x + x.std(), x),
        "2sd": (x + 2 * x.std(), x),
        "iqr": (x.quantile(0.75), x.quantile(0.25)),
        "minmax": (x.max(), x.min()),
        0.25: (x + 0.25, x),
        -3: (x - 3, x),
        (1, 2.5): (2.5, 1),
    }
    for step, (high, low) in cases.items():
        table = fit.comparisons({"x": step})
        expected = (prob(fit, x=high) - prob(fit, x=low)).mean()
        assert table["estimate"].item() == pytest.approx(expected, rel=1e-11)
    assert fit.comparisons({"x": "sd"})["contrast"].item() == "+1 sd"
    assert fit.comparisons({"x": -3})["contrast"].item() == "-3"


def test_steps_of_levels(fit):
    for how, expected in {
        "reference": ["b - a", "c - a"],
        "pairwise": ["b - a", "c - a", "c - b"],
        "sequential": ["b - a", "c - b"],
        ("c", "a"): ["a - c"],
    }.items():
        assert fit.comparisons({"g": how})["contrast"].tolist() == expected
    other = bl.logistic("y ~ C(g, reference='b') + x", TABLE).fit("map")
    assert other.comparisons("g")["contrast"].tolist() == ["a - b", "c - b"]


def test_zero_one_columns_are_compared_not_stepped():
    table = TABLE.assign(treated=TABLE["flag"].astype(int))
    fit = bl.logistic("y ~ treated + x", table, priors="flat").fit("map")
    theirs = sm.Logit(table["y"], sm.add_constant(table[["treated", "x"]])).fit(disp=0, tol=1e-13)
    margins = theirs.get_margeff(dummy=True).margeff
    for found in (fit.comparisons("treated"), fit.slopes("treated")):
        assert found["contrast"].item() == "1 - 0"
        assert found["estimate"].item() == pytest.approx(margins[0], rel=1e-8)


def test_numbers_in_a_factor_are_compared_by_level():
    table = TABLE.assign(year=np.arange(150) % 3 + 2001)
    for formula in ("y ~ C(year) + x", "y ~ 0 + C(year) + x"):
        found = bl.logistic(formula, table).fit("map").comparisons("year")
        assert found["contrast"].tolist() == ["2002 - 2001", "2003 - 2001"]


def test_predictions_average_standardise_and_stay_linear(fit):
    np.testing.assert_allclose(fit.predictions()["estimate"], prob(fit).mean(axis=0), rtol=1e-12)
    assert list(fit.predictions().columns[:3]) == ["row", "estimate", "sd"]
    whole = fit.predictions(by=True)
    assert whole["estimate"].item() == pytest.approx(prob(fit).mean(), rel=1e-12)
    table = fit.predictions({"g": ["a", "c"], "x": [0, 1]}, by=True)
    assert table[["g", "x"]].to_numpy().tolist() == [["a", 0], ["a", 1], ["c", 0], ["c", 1]]
    expected = [prob(fit, g=g, x=x).mean() for g in "ac" for x in (0.0, 1.0)]
    np.testing.assert_allclose(table["estimate"], expected, rtol=1e-12)
    assert len(fit.predictions(["g", "x"], by=True)) == 3 * 5
    linear = fit.predictions(kind="linear", newdata=TABLE.head(4))
    np.testing.assert_allclose(
        linear["estimate"], fit.predict(TABLE.head(4), kind="linear")["mean"], rtol=1e-11
    )


def test_the_mean_row(fit):
    row = fit.predictions(newdata="mean")
    typical = {
        "x": [TABLE["x"].mean()],
        "z": [TABLE["z"].mean()],
        "g": [TABLE["g"].mode()[0]],
        "flag": [bool(TABLE["flag"].mode()[0])],
    }
    np.testing.assert_allclose(row["estimate"], fit.predict(typical)["mean"], rtol=1e-12)
    assert row["row"].tolist() == ["mean"]


# ---- answers known in advance -------------------------------------------------------------------


def test_odds_ratio_of_a_row_is_the_coefficient_s_and_that_of_averages_is_nearer_to_one():
    fit = exam_model(10, 10).fit("laplace", draws=500, random_seed=1)
    slope = fit.posterior["beta"].values.ravel()
    at_mean = fit.comparisons("hours", comparison="odds_ratio", newdata="mean", ci_prob=0.9)
    assert at_mean["estimate"].item() == pytest.approx(np.median(np.exp(slope)), rel=1e-9)
    assert at_mean["eti90_ub"].item() == pytest.approx(np.quantile(np.exp(slope), 0.95), rel=1e-9)
    each = fit.comparisons("hours", comparison="lnor", by=False)
    np.testing.assert_allclose(each["estimate"], slope.mean(), rtol=1e-9)
    whole = fit.comparisons("hours", comparison="odds_ratio", draws=True).values.ravel()
    assert np.all(whole[slope > 0] < np.exp(slope[slope > 0]))


def test_article_s_figures():
    mle = bl.logistic("passed ~ hours", exam(), priors="flat").fit("map")
    ratio = mle.comparisons("hours", comparison="odds_ratio", newdata="mean")
    assert ratio["estimate"].item() == pytest.approx(4.502557, abs=5e-7)
    table = mle.predictions({"hours": [1, 2, 3, 4, 5]}, by=True)
    np.testing.assert_allclose(
        table["estimate"],
        [0.0708919599, 0.2557031826, 0.6073586454, 0.8744475024, 0.9690970679],
        atol=5e-11,
    )


def test_two_by_two_table_gives_risk_difference_risk_ratio_and_number_needed():
    counts = {"arm": ["control", "drug"], "cured": [20, 30], "n": [100, 100]}
    fit = bl.binomial("cured ~ arm", counts, trials="n", priors="flat").fit("map")
    found = {
        name: fit.comparisons("arm", comparison=name)["estimate"].item()
        for name in ("difference", "ratio", "odds_ratio", "nnt")
    }
    assert found["difference"] == pytest.approx(0.1)
    assert found["ratio"] == pytest.approx(1.5)
    assert found["odds_ratio"] == pytest.approx(30 * 80 / (70 * 20))
    assert found["nnt"] == pytest.approx(10.0)


def test_number_needed_to_treat_is_unbounded_where_the_difference_may_be_zero():
    counts = {"arm": ["a", "b", "c"], "cured": [20, 30, 80], "n": [100, 100, 100]}
    fit = bl.binomial("cured ~ arm", counts, trials="n").fit("laplace", random_seed=1)
    table = fit.comparisons({"arm": "reference"}, comparison="nnt", ci_prob=0.95)
    difference = fit.comparisons({"arm": "reference"}, ci_prob=0.95)
    assert table["bounded"].tolist() == [False, True]
    assert np.isinf(table.loc[0, ["eti95_lb", "eti95_ub"]].astype(float)).all()
    assert table.loc[1, "eti95_lb"] == pytest.approx(1 / difference.loc[1, "eti95_ub"], rel=1e-9)
    assert table.loc[1, "eti95_ub"] == pytest.approx(1 / difference.loc[1, "eti95_lb"], rel=1e-9)
    np.testing.assert_allclose(table["p_positive"], difference["p_positive"])


# ---- invariances --------------------------------------------------------------------------------


def test_weights_count_rows_and_trials_count_cases():
    rng = np.random.default_rng(5)
    table = TABLE.head(40).assign(w=rng.integers(1, 4, 40))
    longer = table.loc[table.index.repeat(table["w"])]
    weighted = bl.logistic("y ~ x + g", table, weights="w", priors=bl.Normal(0, 2)).fit("map")
    repeated = bl.logistic("y ~ x + g", longer, priors=bl.Normal(0, 2)).fit("map")
    plain = bl.logistic("y ~ x + g", table, priors=bl.Normal(0, 2)).fit("map")
    for ask in (
        lambda f, **o: f.comparisons({"x": "sd", "g": "pairwise"}, **o),
        lambda f, **o: f.slopes(by="g", **o),
        lambda f, **o: f.predictions(by=True, **o),
    ):
        np.testing.assert_allclose(ask(weighted)["estimate"], ask(repeated)["estimate"], rtol=1e-9)
    mine = plain.comparisons("x", weights="w", newdata=table)["estimate"].item()
    same = plain.comparisons("x", newdata=longer)["estimate"].item()
    assert mine == pytest.approx(same, rel=1e-12)
    assert plain.comparisons("x")["estimate"].item() != pytest.approx(same, rel=1e-4)
    grouped = {"x": [0.0, 1.0, 2.0], "k": [2, 5, 3], "n": [9, 6, 3]}
    cases = {
        "x": np.repeat(grouped["x"], grouped["n"]),
        "y": [
            int(i < k) for k, n in zip(grouped["k"], grouped["n"], strict=True) for i in range(n)
        ],
    }
    one = bl.binomial("k ~ x", grouped, trials="n", priors=bl.Normal(0, 2)).fit("map")
    two = bl.logistic("y ~ x", cases, priors=bl.Normal(0, 2)).fit("map")
    assert one.slopes()["estimate"].item() == pytest.approx(two.slopes()["estimate"].item())


def test_blocks_tiles_threads_and_equal_rows_change_nothing(fit, monkeypatch):
    twice = pd.concat([TABLE, TABLE, TABLE])
    twice["half"] = np.arange(450) % 2

    def ask():
        return [
            fit.comparisons(newdata=twice, comparison="odds_ratio", by="half"),
            fit.slopes(["x", "z"], newdata=twice),
            fit.predictions(newdata=twice, by="g"),
            fit.comparisons("z", newdata=twice, by=False),
        ]

    expected = ask()
    for setting in (
        {"_BLOCK_ROWS": 64, "_BLOCK_CODED": 64, "_TILE": 300, "_TILE_DRAWS": 7},
        {"merge_equal_rows": lambda pieces, rows, groups: (rows, groups)},
        {"_ROW_VALUES": 1},
    ):
        for name, value in setting.items():
            monkeypatch.setattr(averages, name, value)
        for one, two in zip(ask(), expected, strict=True):
            pd.testing.assert_frame_equal(one, two, rtol=1e-11, check_exact=False)
        monkeypatch.undo()


def test_equal_rows_are_merged_with_their_weights():
    table = pd.concat([TABLE] * 3)
    fit = bl.logistic("y ~ g + flag", table, offset=np.tile(TABLE["o"].round(0), 3)).fit("map")
    rows = rows_of(fit)
    merged, groups = averages.merge_equal_rows(fit, rows, np.arange(450) % 2)
    assert merged.table.n_rows == len(groups) < 100
    assert merged.weights.sum() == 450


def test_offsets_are_kept_and_can_be_varied():
    model = bl.logistic("y ~ x + offset(o)", TABLE, offset=TABLE["z"].to_numpy(), priors="flat")
    fit = model.fit("map")
    low, slope = fit.theta[:, 0]
    eta = low + slope * TABLE["x"] + TABLE["o"] + TABLE["z"]
    # An offset has no coefficient: it is varied where it is named.
    assert fit.comparisons()["term"].tolist() == ["x"]
    found = fit.comparisons(["x", "o"])
    changes = [(expit(eta + d) - expit(eta)).mean() for d in (slope, 1.0)]
    np.testing.assert_allclose(found["estimate"], changes, rtol=1e-10)
    at = fit.predictions(newdata={"x": [0.5], "o": [0.1]}, offset=0.2)["estimate"].item()
    assert at == pytest.approx(expit(low + 0.5 * slope + 0.3), rel=1e-12)
    mean = low + slope * TABLE["x"].mean() + TABLE["o"].mean() + TABLE["z"].mean()
    found = fit.predictions(newdata="mean", kind="linear")["estimate"].item()
    assert found == pytest.approx(mean, rel=1e-12)


@pytest.mark.parametrize("term", ["bs(x, df=5)", "cr(x, df=4)", "poly(x, 3)", "scale(x)"])
def test_slopes_of_curved_terms(term):
    fit = bl.logistic(f"y ~ {term} + z", TABLE).fit("map")
    inside = TABLE.assign(x=TABLE["x"].clip(-1.2, 1.2))
    found = fit.slopes("x", newdata=inside, by=False)["estimate"]
    h = 1e-4
    up, down = (fit.predict(inside.assign(x=inside["x"] + d))["estimate"] for d in (h, -h))
    np.testing.assert_allclose(found, (up - down) / (2 * h), rtol=2e-4, atol=1e-6)
    assert np.isfinite(fit.slopes("x")["estimate"].item())


def test_arrays_without_a_formula():
    X = TABLE[["x", "z"]].to_numpy()
    fit = bl.logistic(X, TABLE["y"].to_numpy()).fit("laplace", draws=50, random_seed=1)
    table = fit.comparisons()
    assert table["term"].tolist() == ["x0", "x1"]
    new = fit.comparisons("x0", newdata=X[:10])["estimate"].item()
    by_hand = fit.predict(X[:10] + np.array([1, 0]))["mean"] - fit.predict(X[:10])["mean"]
    assert new == pytest.approx(by_hand.mean(), rel=1e-11)


# ---- several classes ----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["ordinal", "multinomial"])
def test_several_classes_have_an_effect_each(ordinal, kind):
    fit = ordinal
    if kind == "multinomial":
        table = TABLE.assign(grade=np.digitize(TABLE["x"] + TABLE["z"], [-0.6, 0.7]).astype(str))
        fit = bl.multinomial("grade ~ z + g", table).fit("laplace", draws=100, random_seed=3)
    found = fit.comparisons({"z": 0.5, "g": ("a", "b")})
    assert found["class"].tolist() == ["0", "1", "2"] * 2
    np.testing.assert_allclose(found.groupby("contrast")["estimate"].sum(), 0.0, atol=1e-12)
    high, low = (fit.predict(TABLE.assign(z=TABLE["z"] + d), draws=True) for d in (0.5, 0.0))
    by_hand = (high - low).mean(("chain", "draw", "obs"))
    np.testing.assert_allclose(found["estimate"][:3], by_hand, rtol=1e-9)
    odds = fit.comparisons("z", comparison="lnor")["estimate"]
    ph, pl = (
        fit.predict(TABLE.assign(z=TABLE["z"] + d), draws=True).mean("obs") for d in (1.0, 0.0)
    )
    by_hand = (np.log(ph / (1 - ph)) - np.log(pl / (1 - pl))).mean(("chain", "draw"))
    np.testing.assert_allclose(odds, by_hand, rtol=1e-9)
    np.testing.assert_allclose(fit.predictions(by=True)["estimate"].sum(), 1.0, rtol=1e-12)
    slopes = fit.slopes("z", slope="eydx")
    assert np.isfinite(slopes["estimate"]).all()


# ---- sentences ----------------------------------------------------------------------------------


def test_effects_in_words(fit, ordinal):
    exact = exam_model(10, 10).fit("laplace", draws=500, random_seed=1)
    text = exact.in_words("hours", units={"hours": "hour"}, ci_prob=0.95)
    assert text.startswith("Hours: the odds of passed = 1 multiply by ")
    assert text.endswith(") per hour, at the mean row")
    table = exact.comparisons("hours", comparison="odds_ratio", newdata="mean", ci_prob=0.95)
    low, high = float(f"{table['eti95_lb'].item():.2g}"), float(f"{table['eti95_ub'].item():.2g}")
    assert f"95 % interval {low:g} to {high:g}" in text
    words = fit.in_words({"x": "sd", "g": ("a", "b"), "z": 2}, comparison="difference")
    one, two, three = words.split("\n")
    assert "percentage points (89 % interval" in one
    assert one.endswith("per sd of x, averaged over rows")
    assert two.startswith("G: the probability of y = 1 changes by ")
    assert two.endswith("from a to b, averaged over rows")
    assert three.endswith("per 2 units, averaged over rows")
    assert "unbounded: the difference may be zero" in fit.in_words("flag", comparison="nnt")
    assert "for every" in fit.in_words("x", comparison="nnt")
    assert "multiplies by" in fit.in_words("x", comparison="ratio", by="g").split("\n")[0]
    assert fit.in_words("x", comparison="ratio", by="g").startswith("X (g = a): ")
    words = ordinal.in_words("z", comparison="ratio").split("\n")
    assert "grade = 2 multiplies by" in words[2]


def test_names_of_intervals_follow_arviz(fit):
    assert "eti89_lb" in fit.comparisons("x").columns
    assert "hdi50_ub" in fit.slopes("x", ci_kind="hdi", ci_prob=0.5).columns


def test_attributes_say_what_was_computed(fit):
    assert fit.comparisons("x", comparison="ratio").attrs["comparison"] == "ratio"
    assert fit.slopes("x").attrs["outcome"] == "y = 1"


def test_a_bar_appears_for_long_work(fit, monkeypatch, capsys):
    monkeypatch.setattr(averages, "_BLOCK_ROWS", 16)
    monkeypatch.setattr(averages, "_BLOCK_CODED", 1)
    monkeypatch.setattr(bars, "PATIENCE", 0.0)
    fit.comparisons("x")
    assert capsys.readouterr().err == ""
    monkeypatch.setenv("FORCE_COLOR", "1")
    fit.comparisons("x")
    assert "averaging effects" in capsys.readouterr().err
    fit.comparisons("x", progressbar=False)
    assert capsys.readouterr().err == ""


MISTAKES = [
    (lambda f: f.comparisons("xx"), "'xx' is not a predictor of this model.*expected some of"),
    (lambda f: f.comparisons({"flg": 1}), "Did you mean 'flag'"),
    (lambda f: f.comparisons({"g": ("a", "bb")}), "'bb' is not a level of 'g'.*mean 'b'"),
    (lambda f: f.comparisons({"g": 1}), "'g' was given the step 1, but it has levels"),
    (lambda f: f.comparisons({"g": "pairwize"}), "'pairwize' of 'g'.*Did you mean 'pairwise'"),
    (lambda f: f.comparisons({"g": ("a", "a")}), "which are the same"),
    (lambda f: f.comparisons({"x": "sdd"}), "the step 'sdd' of 'x' is not known"),
    (lambda f: f.comparisons({"x": 0}), "the step of 'x' is 0"),
    (lambda f: f.comparisons({"x": np.nan}), "'x' was given nan; expected a finite number"),
    (lambda f: f.comparisons({"x": ("low", "high")}), "'x' was given 'low'; expected a number"),
    (lambda f: f.comparisons({"x": True}), "'x' was given True; expected a number"),
    (lambda f: f.comparisons({"x": [1, 2, 3]}), "expected a step, a word or a pair"),
    (lambda f: f.comparisons(7), "variables=7 is not understood"),
    (lambda f: f.comparisons([]), "there is no predictor to vary"),
    (lambda f: f.comparisons(comparison="oddsratio"), "Did you mean 'odds_ratio'"),
    (
        lambda f: f.comparisons(newdata="medain"),
        "newdata='medain' is not known.*Did you mean 'median'",
    ),
    (lambda f: f.comparisons(offset=1), "offset= is given without a table"),
    (lambda f: f.comparisons(newdata={"x": [1.0]}), "no column 'g'"),
    (lambda f: f.comparisons(by="gg"), "by='gg' is not a column of the rows"),
    (lambda f: f.comparisons(by=3), "by=3 is not a column"),
    (
        lambda f: f.comparisons(newdata=TABLE, weights=1.0 * (TABLE["g"] == "a"), by="g"),
        "weights of all rows with g = b are 0",
    ),
    (lambda f: f.predictions(kind="class"), "kind='class' is not a scale"),
    (lambda f: f.predictions({"g": ["d"]}), "'d' is not a level of 'g'"),
    (lambda f: f.slopes(slope="dxdy"), "slope='dxdy' is not known"),
    (lambda f: f.slopes("g", slope="eyex"), "slope='eyex' does not suit 'g'"),
    (lambda f: f.in_words(comparison="lift"), "comparison='lift' has no sentence"),
    (lambda f: f.in_words("x", units={"xx": "kg"}), "units='xx' is not a predictor"),
    (lambda f: f.comparisons(ci_prob=2), "ci_prob=2"),
]


@pytest.mark.parametrize(("mistake", "sentence"), MISTAKES)
def test_mistakes_get_a_sentence(fit, mistake, sentence):
    with pytest.raises(bl.DesignError, match=sentence):
        mistake(fit)


def test_other_refusals(mle, ordinal, monkeypatch):
    for ask in (
        lambda: mle.comparisons(ci_prob=0.9),
        lambda: mle.slopes(ci_kind="hdi"),
        lambda: mle.predictions(draws=True),
        lambda: mle.in_words("x", ci_prob=0.9),
    ):
        with pytest.raises(bl.MethodRefused, match=r"one draw without a spread.*'laplace'"):
            ask()
    assert mle.comparisons("x").columns.tolist() == ["term", "contrast", "estimate"]
    with pytest.raises(bl.DesignError, match="has 2 linear predictors a row"):
        ordinal.predictions(kind="linear")
    alone = bl.logistic("y ~ 1", TABLE).fit("map")
    with pytest.raises(bl.DesignError, match="no predictor to vary"):
        alone.comparisons()
    assert alone.predictions(by=True)["estimate"].item() == pytest.approx(
        expit(alone.theta[0, 0]), rel=1e-12
    )
    monkeypatch.setattr(plans, "_LARGEST_RESULT", 10)
    with pytest.raises(bl.DesignError, match="groups of 400 draws are"):
        ordinal.comparisons()


def test_probabilities_of_zero_have_no_odds_ratio():
    table = {"x": [-3000.0, 0.0, 1.0, 2.0], "y": [0, 0, 1, 1]}
    priors = {"Intercept": bl.Normal(0, 2.5), "x": bl.Normal(0, 10)}
    fit = bl.logistic("y ~ x", table, priors=priors).fit("map")
    with pytest.raises(bl.DesignError, match=r"is 0 / 0 in 1 of 4 draws.*comparison='difference'"):
        fit.comparisons(comparison="lnor", by=False)
    assert fit.comparisons(by=False)["estimate"].iloc[0] == 0.0


@pytest.mark.parametrize(
    "ask",
    [
        lambda f: f.summary(ci_prob=0.9),
        lambda f: f.predict({"hours": [2]}, ci_prob=0.9),
        lambda f: f.predict({"hours": [2]}, ci_kind="hdi"),
        lambda f: f.curve("hours", [2], ci_prob=0.9),
        lambda f: f.solve("hours", ci_prob=0.9),
        lambda f: f.comparisons(ci_prob=0.9),
        lambda f: f.r_squared(ci_prob=0.9),
    ],
)
def test_intervals_of_a_point_are_refused_with_the_methods_that_have_them(ask):
    point = bl.logistic("passed ~ hours", bl.load_dataset("exam")).fit("map")
    sentence = r"an interval needs many draws, and a fit by method 'map' is one draw.*'laplace'"
    with pytest.raises(bl.MethodRefused, match=sentence):
        ask(point)
