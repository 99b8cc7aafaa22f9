"""The builders: what they take, what they refuse, and what the printed model states."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bayeslogit as bl
from tests.helpers import HOURS, PASSED, exam, exam_model, random_table


def modes(model):
    return model.fit("map").outcome.draws[0, 0]


def test_shipped_exam_table_is_the_article_s():
    pd.testing.assert_frame_equal(bl.load_dataset("exam"), exam(), check_dtype=False)


def test_unknown_dataset_names_the_nearest():
    with pytest.raises(bl.DesignError, match=r"no dataset 'exams'.*Did you mean 'exam'"):
        bl.load_dataset("exams")


def test_formula_table_array_and_frame_give_the_same_model():
    by_formula = bl.logistic("passed ~ hours", exam())
    by_array = bl.logistic(HOURS[:, None], PASSED)
    by_frame = bl.logistic(exam()[["hours"]], exam()["passed"])
    by_dict = bl.logistic("passed ~ hours", {"hours": list(HOURS), "passed": list(PASSED)})
    for other in (by_array, by_frame, by_dict):
        np.testing.assert_array_equal(other.design.X, by_formula.design.X)
        np.testing.assert_array_equal(modes(other), modes(by_formula))
    assert by_frame.response.name == "passed"
    assert by_array.design.names == ("Intercept", "x0")


@pytest.mark.parametrize("kind", ["polars", "pyarrow"])
def test_other_tables(kind):
    if kind == "polars":
        import polars as pl

        table = pl.DataFrame({"hours": HOURS, "passed": PASSED})
    else:
        import pyarrow as pa

        table = pa.table({"hours": HOURS, "passed": PASSED})
    np.testing.assert_array_equal(
        modes(bl.logistic("passed ~ hours", table)), modes(bl.logistic("passed ~ hours", exam()))
    )


def test_two_labels_are_the_same_as_0_1():
    words = np.where(PASSED == 1, "pass", "fail")
    model = bl.logistic("passed ~ hours", {"hours": HOURS, "passed": words})
    assert model.response.event == "pass"
    np.testing.assert_array_equal(modes(model), modes(bl.logistic("passed ~ hours", exam())))
    flipped = bl.logistic("passed ~ hours", {"hours": HOURS, "passed": words}, event="fail")
    np.testing.assert_allclose(modes(flipped), -modes(model), rtol=1e-9)
    assert "passed = fail" in repr(flipped)


def test_columns_by_name_or_by_array():
    table = random_table()
    by_name = bl.binomial("k ~ x + g", table, trials="n", weights="w", offset="o")
    by_array = bl.binomial(
        "k ~ x + g", table, trials=table["n"], weights=table["w"].to_numpy(), offset=table["o"]
    )
    np.testing.assert_array_equal(modes(by_name), modes(by_array))
    with_call = bl.binomial("k ~ x + g + offset(o)", table, trials="n", weights="w")
    np.testing.assert_allclose(modes(with_call), modes(by_name), atol=1e-12)


def test_dropping_rows_drops_them_everywhere():
    table = random_table()
    holes = table.assign(x=table["x"].where(table.index != 7))
    weights = table["w"].to_numpy()
    model = bl.logistic("y ~ x", holes, weights=weights, missing="drop")
    assert model.dropped == 1
    assert 7 not in model.rows
    left = bl.logistic("y ~ x", table.drop(index=7), weights=np.delete(weights, 7))
    np.testing.assert_array_equal(modes(model), modes(left))
    assert "1 rows with a missing value" in repr(model)
    arrays = bl.logistic(holes[["x"]].to_numpy(), holes["y"], weights=weights, missing="drop")
    np.testing.assert_array_equal(modes(arrays), modes(left))


def test_caller_s_data_and_random_state_are_untouched():
    table = random_table()
    before, state = table.copy(), np.random.get_state()[1].copy()
    bl.logistic("y ~ x * g", table, weights="w").fit("laplace", random_seed=1).idata
    pd.testing.assert_frame_equal(table, before)
    np.testing.assert_array_equal(np.random.get_state()[1], state)


def test_description_names_event_references_priors_and_what_they_imply():
    text = repr(bl.logistic("y ~ x + C(g, reference='b')", random_table()))
    for part in ("P(y = 1)", "g = b", "Intercept", "at the predictor means", "the default"):
        assert part in text
    found = re.search(r"probability at the mean row: ([\d.]+) / ([\d.]+) / ([\d.]+)", text)
    # The mean row is that of curve(): the mean of x, and the most frequent level of g, whose
    # log-odds are Normal(0, 2.5) at the predictor means and a part of each level's effect.
    shares = random_table()["g"].value_counts(normalize=True)
    off = np.where(shares.index[0] == np.array(["a", "c"]), 1.0, 0.0) - shares[["a", "c"]]
    levels = 2.5**2 / (shares * (1 - shares))[["a", "c"]]
    spread = np.sqrt(2.5**2 + off.to_numpy() ** 2 @ levels.to_numpy())
    expected = 1 / (1 + np.exp(-1.644854 * spread * np.array([-1, 0, 1])))
    assert [float(v) for v in found.groups()] == pytest.approx(expected, abs=5e-4)
    assert "nothing before the data" in repr(bl.logistic("y ~ x", random_table(), priors="flat"))


def test_implied_quantiles_of_a_prior_without_closed_form():
    text = repr(bl.logistic("y ~ x", random_table(), priors=bl.Cauchy(0, 1)))
    assert "Cauchy(0, 1)" in text
    assert "odds ratio per sd of x" in text


def test_prior_predictive_is_a_function_of_its_seed():
    model = exam_model()
    one, two = (model.prior_predictive(draws=500, random_seed=3) for _ in range(2))
    np.testing.assert_array_equal(
        one["prior_predictive"]["y"].values, two["prior_predictive"]["y"].values
    )
    assert one["prior_predictive"]["y"].shape == (1, 500, 20)
    sd = one["prior"]["beta"].values.std()
    assert abs(sd - 2.5) < 4 * 2.5 / np.sqrt(2 * 500)
    with pytest.raises(bl.PriorError, match="flat prior has no draws"):
        bl.logistic("passed ~ hours", exam(), priors="flat").prior_predictive()


MISTAKES = [
    (lambda: bl.logistic("passed ~ hour", exam()), "no column 'hour'.*Did you mean 'hours'"),
    (lambda: bl.logistic("~ hours", exam()), "no outcome|left of ~|outcome"),
    (lambda: bl.logistic("passed ~ hours"), "a formula needs a table"),
    (lambda: bl.logistic(HOURS[:, None]), "predictors were given without an outcome"),
    (lambda: bl.logistic(HOURS[:5, None], PASSED), "X has 5 rows and y has 20"),
    (lambda: bl.logistic(HOURS[:, None], PASSED, weights="w"), "names a column and X is an array"),
    (lambda: bl.logistic("passed ~ hours", exam(), link="logitt"), "link='logitt'.*'logit'"),
    (lambda: bl.logistic("passed ~ hours", exam(), missing="omit"), "missing='omit'"),
    (lambda: bl.logistic("passed ~ hours", exam(), weights=[1.0]), "weights has the shape"),
    (lambda: exam_model().fit("laplac"), "method='laplac'.*Did you mean 'laplace'"),
    (lambda: exam_model().fit("map", toleranc=1), "no option 'toleranc'.*'tolerance'"),
    (lambda: exam_model().fit("laplace", draws=0), "draws=0"),
    (lambda: exam_model().fit("laplace", chains=2.5), "chains=2.5"),
    (lambda: exam_model().fit("laplace", random_seed=-1), "random_seed=-1"),
    (lambda: exam_model().fit(bl.METHODS["map"](), tolerance=1), "configured method object"),
]


@pytest.mark.parametrize(("mistake", "sentence"), MISTAKES)
def test_mistakes_get_a_sentence(mistake, sentence):
    with pytest.raises(bl.BayesLogitError, match=sentence):
        mistake()


FLAT = [
    ("y ~ x", {"x": range(1, 11), "y": [0] * 5 + [1] * 5}, "completely separated.*'x'"),
    ("y ~ x", {"x": [1, 2, 3, 3, 4, 5], "y": [0, 0, 0, 1, 1, 1]}, "quasi-completely separated"),
    ("y ~ x + k", {"x": HOURS, "k": np.ones(20), "y": PASSED}, "collinear.*'k' is constant"),
    ("y ~ x + k", {"x": HOURS, "k": 2 * HOURS, "y": PASSED}, "collinear.*'x', 'k'"),
]


@pytest.mark.parametrize(("formula", "data", "sentence"), FLAT)
@pytest.mark.parametrize("method", ["map", "laplace"])
def test_flat_priors_without_a_posterior_are_refused(formula, data, sentence, method):
    table = {k: list(v) for k, v in data.items()}
    with pytest.raises(bl.PriorError, match=sentence):
        bl.logistic(formula, table, priors="flat").fit(method)
    fit = bl.logistic(formula, table).fit("map")
    assert np.all(np.isfinite(fit.outcome.draws))


def test_more_columns_than_rows():
    X, y = np.random.default_rng(1).standard_normal((5, 9)), [0, 1, 0, 1, 1]
    with pytest.raises(bl.PriorError, match="collinear"):
        bl.logistic(X, y, priors="flat").fit("map")
    assert np.all(np.isfinite(modes(bl.logistic(X, y))))


def test_only_the_flat_coefficients_must_be_bounded_by_the_data():
    separated = {"x": list(range(1, 11)), "y": [0] * 5 + [1] * 5}
    half = {"Intercept": bl.Flat(), "x": bl.Normal(0, 2.5)}
    assert np.all(np.isfinite(modes(bl.logistic("y ~ x", separated, priors=half))))
    # No row is at the origin's other side, so a bounded intercept bounds the slope as well ...
    bounded = {"Intercept": bl.Normal(0, 2.5), "x": bl.Flat()}
    assert np.all(np.isfinite(modes(bl.logistic("y ~ x", separated, priors=bounded))))
    # ... but not if it is the log-odds at the mean that is bounded: the line can turn there.
    with pytest.raises(bl.PriorError, match=r"completely separated.*'x'"):
        bl.logistic("y ~ x", separated, priors={"x": bl.Flat()}).fit("map")


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_weights_are_repeated_rows_and_counts_are_long_rows(seed):
    rng = np.random.default_rng(seed)
    table = random_table(40, seed)
    repeats = rng.integers(1, 4, len(table))
    weighted = bl.logistic("y ~ x + z", table, weights=repeats)
    repeated = bl.logistic("y ~ x + z", table.loc[table.index.repeat(repeats)])
    np.testing.assert_allclose(modes(weighted), modes(repeated), rtol=1e-8, atol=1e-9)
    long = pd.DataFrame(
        [{"x": r.x, "z": r.z, "y": int(i < r.k)} for r in table.itertuples() for i in range(r.n)]
    )
    grouped = bl.binomial("k ~ x + z", table, trials="n")
    np.testing.assert_allclose(
        modes(grouped), modes(bl.logistic("y ~ x + z", long)), rtol=1e-8, atol=1e-9
    )


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.floats(1e-3, 1e3))
def test_permutation_and_scale(seed, factor):
    rng = np.random.default_rng(seed)
    table = random_table(40, seed)
    model = bl.logistic("y ~ x + z", table)
    shuffled = bl.logistic("y ~ z + x", table.sample(frac=1, random_state=rng))
    np.testing.assert_allclose(modes(shuffled)[[0, 2, 1]], modes(model), rtol=1e-8, atol=1e-9)
    prior = {"Intercept": bl.Normal(0, 2), "x": bl.Normal(0, 1.5), "z": bl.Normal(0, 1)}
    scaled_prior = prior | {"x": bl.Normal(0, 1.5 / factor)}
    plain = bl.logistic("y ~ x + z", table, priors=prior)
    scaled = bl.logistic("y ~ x + z", table.assign(x=table.x * factor), priors=scaled_prior)
    np.testing.assert_allclose(modes(scaled) * [1, factor, 1], modes(plain), rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("scale", [1e12, 1e-12])
def test_odd_scales(scale):
    plain = bl.logistic("passed ~ hours", exam(), priors="flat")
    odd = bl.logistic("passed ~ hours", exam().assign(hours=HOURS * scale), priors="flat")
    np.testing.assert_allclose(modes(odd) * [1, scale], modes(plain), rtol=1e-9)


def test_odd_names_work_throughout():
    table = {"bestanden? ✓": PASSED, "Stunden gelernt": HOURS}
    fit = bl.logistic("`bestanden? ✓` ~ `Stunden gelernt`", table).fit(random_seed=1)
    assert fit.summary().index.tolist() == ["Intercept", "Stunden gelernt"]
    assert fit.predict({"Stunden gelernt": [3.0]}).shape[0] == 1


def test_rows_that_count_must_have_trials():
    table = {"k": [0, 1], "n": [0, 2], "x": [0.0, 1.0], "w": [1.0, 0.0]}
    with pytest.raises(bl.ResponseError, match="each of the 2 rows has a weight of 0 or no trials"):
        bl.binomial("k ~ x", table, trials="n", weights="w")
    classes = {"a": [0, 1], "b": [0, 2], "c": [0, 0], "x": [0.0, 1.0], "w": [1.0, 0.0]}
    with pytest.raises(bl.ResponseError, match="each of the 2 rows has a weight of 0 or no trials"):
        bl.multinomial("~ x", classes, counts=["a", "b", "c"], weights="w")
