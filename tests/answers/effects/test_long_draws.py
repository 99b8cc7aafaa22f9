"""Draws as long tables: the same numbers as the arrays, under tidybayes's names."""

from __future__ import annotations

import numpy as np
import pytest

import bayeslogit as bl
from tests.helpers import exam_model, random_table

TABLE = random_table(40)
TABLE["grade"] = np.digitize(TABLE["x"] + TABLE["z"], [-0.6, 0.7])


@pytest.fixture(scope="module")
def fit():
    return bl.logistic("y ~ x + g", TABLE).fit("laplace", draws=30, random_seed=1)


@pytest.fixture(scope="module")
def ordinal():
    model = bl.ordinal("grade ~ x", TABLE, levels=[0, 1, 2])
    return model.fit("laplace", draws=30, random_seed=1)


def test_coefficients_long_and_wide(fit):
    long, wide = fit.draws_frame(), fit.draws_frame(wide=True)
    assert long.columns.tolist() == [".chain", ".iteration", ".draw", ".variable", ".value"]
    means = long.groupby(".variable")[".value"].mean()
    np.testing.assert_allclose(means[fit.summary().index], fit.summary()["mean"])
    assert wide.columns.tolist() == [".chain", ".iteration", ".draw", *fit.summary().index]
    np.testing.assert_array_equal(wide["x"], long.loc[long[".variable"] == "x", ".value"])
    np.testing.assert_array_equal(wide[".draw"], np.arange(120))
    row = wide.iloc[70]
    assert (row[".chain"], row[".iteration"]) == (2, 10)
    assert row["x"] == fit.posterior["beta"].sel(term="x").values[2, 10]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("probability", ".epred"),
        ("linear", ".linpred"),
        ("outcome", ".prediction"),
        ("odds", ".epred"),
    ],
)
def test_predictions_of_rows(fit, kind, value):
    new = {"x": [0.5, 1.5], "g": ["a", "b"]}
    table, array = fit.draws_frame(new, kind=kind), fit.predict(new, kind=kind, draws=True)
    assert table.columns.tolist() == [".row", ".chain", ".iteration", ".draw", value]
    for row in (0, 1):
        own = table[table[".row"] == row]
        np.testing.assert_array_equal(own[value], array.isel(obs=row).values.ravel())
        np.testing.assert_array_equal(own[".chain"], np.repeat(np.arange(4), 30))


def test_fitted_rows_keep_their_labels_and_classes_their_names(ordinal):
    table = ordinal.draws_frame(kind="exceedance")
    assert table[".category"].unique().tolist() == ["1", "2"]
    means = table.groupby([".row", ".category"])[".epred"].mean()
    np.testing.assert_allclose(means, ordinal.predict(kind="exceedance")["mean"])
    labelled = bl.logistic("y ~ x", TABLE.set_axis([f"r{i}" for i in range(40)]))
    found = labelled.fit("laplace", draws=5, random_seed=1).draws_frame(kind="probability")
    assert found[".row"].unique().tolist() == [f"r{i}" for i in range(40)]


def test_what_has_no_table_of_draws_is_refused(fit):
    with pytest.raises(bl.MethodRefused, match="a table of draws needs many draws"):
        exam_model().fit("map").draws_frame()
    refused = {
        "wide=True is given with predictions": {"kind": "probability", "wide": True},
        "trials= is given without kind= or new rows": {"trials": 3},
        "there is no option 'trial'": {"trial": 3},
        "Did you mean 'probability'": {"kind": "probabilty"},
    }
    for sentence, options in refused.items():
        with pytest.raises(bl.DesignError, match=sentence):
            fit.draws_frame(**options)
    many = {"x": np.zeros(420_000), "g": ["a"] * 420_000}
    with pytest.raises(bl.DesignError, match="would have 50400000 rows"):
        fit.draws_frame(many)
