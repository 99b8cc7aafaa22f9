"""A row keeps its name: every answer about rows carries the labels of the user's table.

The index of a pandas table, whatever it is, also after rows were dropped or picked; positions in
the whole table where there is none.
"""

import warnings

import arviz as az
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import bayeslogit as bl
from tests.contracts.verbs import FIT, MODEL, QUIET, kept, missing

# Ten rows and few draws: whether a row can be left out is not asked here.
pytestmark = pytest.mark.filterwarnings("ignore::bayeslogit.BayesLogitWarning")

X = [0.4, None, 1.3, 2.2, 0.1, 3.1, None, 1.9, 2.8, 0.7, 1.1, 2.4]
Y = [0, 0, 0, 1, 0, 1, 1, 1, 0, 1, 0, 1]
TABLE = pd.DataFrame({"x": X, "y": Y})
COMPLETE = TABLE["x"].notna().to_numpy()
TEXTS = [f"patient {c}" for c in "abcdefghijkl"]

INDICES = {
    "none": pd.RangeIndex(12),
    "text": pd.Index(TEXTS, name="patient"),
    "duplicated": pd.Index([7, 7, 7, 3, 3, 1, 1, 1, 1, 0, 0, 5]),
    "shuffled": pd.Index([3, 1, 0, 2, 7, 6, 5, 4, 11, 10, 9, 8]),
    "times": pd.date_range("2024-01-01", periods=12, freq="D"),
    "levels": pd.MultiIndex.from_product([["u", "v"], range(6)], names=["ward", "bed"]),
}


def fitted(table, **options):
    return bl.logistic("y ~ x", table, **options).fit(draws=50, chains=2, random_seed=1)


def findings(fit):
    return fit.check(**QUIET)["influence"].details.index


def obs_of(tree):
    """Return the coordinate of every group that has rows, which must be the same."""
    found = [node["obs"].values for node in tree.subtree if "obs" in node.coords]
    assert len(found) > 1
    assert all(np.array_equal(found[0], other) for other in found)
    return found[0]


def named(fit, measure):
    """Return the labels that a picture of influence names, as text."""
    return {text.get_text() for text in fit.plot_influence(measure).texts}


# What has rows: the labels in its answer. A verb of rows that stands in neither set fails.
ROWS = {
    "predict": lambda fit: fit.predict().index,
    "residuals": lambda fit: fit.residuals().index,
    "predictions": lambda fit: fit.predictions()["row"],
    "comparisons": lambda fit: fit.comparisons(by=False, **QUIET)["row"],
    "slopes": lambda fit: fit.slopes(by=False, **QUIET)["row"],
    "decide": lambda fit: fit.decide(cutoff=0.5, **QUIET).index,
    "classical": lambda fit: fit.classical().residuals().index,
    "save": lambda fit: kept(fit).residuals().index,
    "with_prevalence": lambda fit: fit.with_prevalence(0.2).predict().index,
    "refine": lambda fit: fit.refine(random_seed=1).predict().index,
    "loo": lambda fit: fit.loo(**QUIET).elpd_i.index,
    "loo, k": lambda fit: fit.loo(unit="row", **QUIET).pareto_k.index,
    "calibration": lambda fit: fit.calibration(**QUIET).forecasts["in_sample"].index,
    "calibration, loo": lambda fit: fit.calibration(**QUIET).forecasts["loo"].index,
    "calibration, counts": lambda fit: fit.calibration(**QUIET).counts.index,
    "calibration, k": lambda fit: fit.calibration(**QUIET).pareto_k.index,
}
COORDINATES = {
    "idata": lambda fit: obs_of(fit.idata),
    "extend": lambda fit: obs_of(fit.extend("log_likelihood")),
    "predict, draws": lambda fit: fit.predict(draws=True)["obs"].values,
    "prior_predictive": lambda fit: obs_of(fit.model.prior_predictive(10, random_seed=1)),
    "pymc": lambda fit: np.array(fit.model.pymc.coords["obs"]),
}
ELSEWHERE = {
    "draws_frame",
    "check",
    "plot_influence",
    "update",
    "fit",
    "kfold",
}  # in tests of their own
WITHOUT = {
    *("concordance", "validate", "plot_validation", "internal_external"),
    *("points", "plot_nomogram"),
    *("auc", "binned_residuals", "confusion", "cost_curve", "curve", "diagnostics"),
    *("expected_cost", "in_words", "movement", "net_benefit", "precision_recall", "r_squared"),
    *(
        "roc",
        "solve",
        "summary",
        "table",
        "check_proportional_odds",
        "compare_methods",
        "graph",
        "calibrate",
        "plan",
        "report",
        "to_dict",
        "to_pymc_code",
        "to_sql",
    ),
    "plot_ranks",
    *(name for name in FIT if name.startswith("plot_") and name != "plot_influence"),
}


def test_every_verb_is_asked():
    assert not missing(bl.Fit)
    assert not missing(bl.Model)
    asked = {name.partition(",")[0] for name in {*ROWS, *COORDINATES, *ELSEWHERE, *WITHOUT}}
    assert asked == {*FIT, *MODEL}


def fit_of(index, missing="drop"):
    return fitted(TABLE.set_axis(INDICES[index]), missing=missing)


@pytest.fixture(scope="module", params=INDICES)
def dropped(request):
    """A fit of a table with such an index, two rows of which are dropped; and the labels left."""
    return fit_of(request.param), INDICES[request.param][COMPLETE]


@pytest.mark.parametrize("verb", ROWS)
def test_labels_of_dropped_rows(dropped, verb):
    fit, labels = dropped
    found = pd.Index(ROWS[verb](fit))
    assert list(found) == list(labels)


@pytest.mark.parametrize("verb", [name for name in COORDINATES if name != "pymc"])
def test_coordinates_of_dropped_rows(dropped, verb):
    fit, labels = dropped
    expected = labels.map(lambda v: ", ".join(map(str, v))) if labels.nlevels > 1 else labels
    assert list(pd.Index(COORDINATES[verb](fit))) == list(expected)


@pytest.mark.parametrize("index", ["none", "text"])
def test_pymc_s_coordinate(index):
    model = bl.logistic("y ~ x", TABLE.set_axis(INDICES[index]), missing="drop")
    assert list(model.pymc.coords["obs"]) == list(INDICES[index][COMPLETE])


def test_joining_puts_each_forecast_in_its_row():
    """The case of a table with missing values, whose forecasts are written beside it."""
    table = pd.DataFrame({"x": [1, None, 2, 3, 4, 5.0], "y": [0, 0, 0, 1, 0, 1]})
    fit = fitted(table, missing="drop")
    table["p"] = fit.predict()["mean"]
    assert np.isnan(table["p"][1])
    again = fit.predict(table.dropna(subset="x"))["mean"]
    pd.testing.assert_series_equal(table["p"].dropna(), again, check_names=False)


def test_200_rows_with_2_missing():
    rng = np.random.default_rng(1)
    table = pd.DataFrame({"x": rng.normal(size=200)})
    table["y"] = (rng.random(200) < 1 / (1 + np.exp(-table["x"]))).astype(int)
    table.loc[[3, 90], "x"] = np.nan
    table["p"] = fitted(table, missing="drop").predict()["mean"]
    order = table.dropna().sort_values("x")
    assert order["p"].is_monotonic_increasing
    assert table["p"].isna().sum() == 2


def test_influential_rows_are_named():
    table = TABLE.set_axis(INDICES["text"])
    fit = fitted(table, missing="drop")
    assert set(findings(fit)) == set(table.index[COMPLETE])
    for measure in ("pareto_k", "cook", "leverage"):
        assert named(fit, measure) & set(TEXTS)


@pytest.mark.parametrize("make", [pl.DataFrame, pa.table, lambda d: d])
def test_a_table_without_an_index_counts_all_its_rows(make):
    fit = fitted(make({"x": X, "y": Y}), missing="drop")
    for verb, ask in (ROWS | COORDINATES).items():
        if verb != "pymc":
            assert list(ask(fit)) == list(np.flatnonzero(COMPLETE)), verb


def test_rows_picked_by_the_user():
    """A filtered table keeps the labels it had; a filtered table without an index has new ones."""
    picked = TABLE.dropna().query("x > 0.5")
    assert fitted(picked).predict().index.equals(picked.index)
    frame = pl.from_pandas(TABLE).drop_nulls().filter(pl.col("x") > 0.5)
    assert list(fitted(frame).predict().index) == list(range(len(frame)))


def test_arrays_take_the_labels_of_the_outcome():
    table = TABLE.set_axis(INDICES["text"])
    model = bl.logistic(table[["x"]].to_numpy(), table["y"], missing="drop")
    assert model.labels.equals(table.index[COMPLETE])
    model = bl.logistic(np.array(X, dtype=float)[:, None], np.array(Y), missing="drop")
    assert list(model.labels) == list(np.flatnonzero(COMPLETE))
    model = bl.logistic(table[["x"]], table["y"], missing="drop")
    assert model.labels.equals(table.index[COMPLETE])
    model = bl.logistic({"x": X}, table["y"], missing="drop")
    assert model.labels.equals(table.index[COMPLETE])


def test_columns_of_one_index_keep_it():
    table = TABLE.set_axis(INDICES["text"])
    fit = fitted({"x": table["x"], "y": table["y"]}, missing="drop")
    assert fit.predict().index.equals(table.index[COMPLETE])


@pytest.mark.parametrize("index", ["text", "duplicated", "levels"])
def test_new_rows_keep_their_labels(index):
    fit = fitted(TABLE.dropna())
    new = TABLE.set_axis(INDICES[index]).dropna().iloc[::-1]
    assert fit.calibration(new, **QUIET).forecasts["new_data"].index.equals(new.index)
    assert fit.predict(new).index.equals(new.index)
    assert fit.decide(new, cutoff=0.5, **QUIET).index.equals(new.index)
    for verb in (fit.predictions, fit.comparisons, fit.slopes):
        assert list(verb(newdata=new, by=False, **QUIET)["row"]) == list(new.index)
    arrays = bl.logistic(TABLE.dropna()[["x"]].to_numpy(), TABLE.dropna()["y"]).fit("map")
    assert list(arrays.predict(new[["x"]].to_numpy()).index) == list(range(len(new)))


def test_several_classes_repeat_a_label():
    table = TABLE.assign(c=["u", "v", "w"] * 4).set_axis(INDICES["text"])
    fit = bl.multinomial("c ~ x", table, missing="drop").fit("map")
    assert list(fit.predict().index) == [name for name in table.index[COMPLETE] for _ in range(3)]


def test_cross_validated_densities_are_those_of_their_rows():
    fit = fit_of("text")
    for found in (fit.kfold(2, **QUIET), bl.compare({"a": fit, "b": fit}).elpds["b"]):
        assert list(found.elpd_i.index) == list(INDICES["text"][COMPLETE])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = az.loo(fit.idata, pointwise=True)
    ours = fit.loo(unit="row", **QUIET).elpd_i
    assert ours.to_xarray().values == pytest.approx(theirs.elpd_i.values, abs=0.1)


def test_rows_that_come_later():
    """Labels of both tables, one after the other; positions go on where there are none."""
    table = TABLE.set_axis(INDICES["text"])
    fit = bl.logistic("y ~ x", table.iloc[:8], missing="drop").fit("map")
    later = fit.update(table.iloc[8:])
    assert later.predict().index.equals(table.index[COMPLETE])
    plain = {"x": X, "y": Y}
    fit = bl.logistic("y ~ x", plain, missing="drop").fit("map")
    later = fit.update({"x": [0.5, 0.6], "y": [1, 0]})
    assert list(later.predict().index) == [*np.flatnonzero(COMPLETE), 12, 13]


@pytest.mark.parametrize("index", INDICES)
def test_a_file_keeps_them(index):
    fit = bl.logistic("y ~ x", TABLE.set_axis(INDICES[index]), missing="drop").fit("map")
    assert kept(fit).model.labels.equals(INDICES[index][COMPLETE])
    assert kept(fit).model.labels.names == INDICES[index].names


def test_labels_that_are_neither_numbers_nor_times_are_saved_as_text():
    months = pd.period_range("2024-01", periods=12, freq="M")
    fit = bl.logistic("y ~ x", TABLE.set_axis(months), missing="drop").fit("map")
    assert list(kept(fit).model.labels) == list(months[COMPLETE].astype(str))
