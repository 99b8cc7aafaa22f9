"""New rows mean the same to predictions row by row and to effects, however they are given."""

import numpy as np
import pandas as pd
import pytest

import bayeslogit as bl

RNG = np.random.default_rng(3)
TABLE = pd.DataFrame(
    {
        "mean": RNG.normal(size=60),
        "class": RNG.choice(["a", "b"], 60),
        "row": RNG.normal(0.0, 0.3, 60),
        "o": RNG.normal(0.0, 0.3, 60),
        "n": RNG.integers(1, 6, 60),
    }
)
TABLE["y"] = RNG.binomial(TABLE["n"], 0.4)
NEW = pd.DataFrame(
    {"row": [0.1, -0.2, 0.4], "class": ["b", "a", "b"], "mean": [0.5, 1.5, -1.0], "x": [1, 2, 3]},
    index=["third", "first", "second"],
)


@pytest.fixture(scope="module")
def fit():
    """Predictors with the names of answers' columns, an offset of the formula and one beside it."""
    formula = "y ~ mean * class + offset(row)"
    return bl.binomial(formula, TABLE, trials="n", offset="o").fit("laplace", random_seed=1)


@pytest.mark.parametrize("new", [NEW, NEW.sample(frac=1.0, random_state=2), NEW.iloc[[1]]])
@pytest.mark.parametrize("offset", [0.0, 0.7, "each"])
def test_predictions_agree_whatever_the_order_and_the_labels(fit, new, offset):
    given = NEW["x"].loc[new.index].to_numpy() / 3.0 if offset == "each" else offset
    by_row = fit.predict(new, offset=given)
    effects = fit.predictions(newdata=new, by=False, offset=given)
    np.testing.assert_allclose(by_row["mean"], effects["estimate"], rtol=1e-12)
    assert by_row.index.tolist() == effects["row"].tolist() == new.index.tolist()
    draws = fit.predict(new, offset=given, draws=True)
    assert draws["obs"].values.tolist() == new.index.tolist()
    as_dict = fit.predict(dict(new), offset=given)
    np.testing.assert_array_equal(as_dict["mean"], by_row["mean"])


def test_an_offset_is_asked_for_alike(fit):
    for ask in (fit.predict, lambda new: fit.predictions(newdata=new, by=False)):
        with pytest.raises(bl.DesignError, match="pass offset="):
            ask(NEW)


def test_arrays_are_rows_of_the_columns_they_were_fitted_with():
    X = RNG.normal(size=(50, 2))
    fit = bl.logistic(X, (RNG.random(50) < 0.5).astype(int)).fit("laplace", random_seed=1)
    by_row = fit.predict(X[:5])
    effects = fit.predictions(newdata=X[:5], by=False)
    np.testing.assert_allclose(by_row["mean"], effects["estimate"], rtol=1e-12)
    np.testing.assert_allclose(fit.predict()["mean"].iloc[:5], by_row["mean"], rtol=1e-12)
