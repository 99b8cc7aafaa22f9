"""A posterior updated with more rows, against the fit to all rows at once."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import bayeslogit as bl
from tests.helpers import exam, random_table

TABLE = random_table(150)
OLD, NEW = TABLE.head(100), TABLE.tail(50)
PRIOR = bl.Normal(0, 2)


def batch(formula: str = "y ~ x + g + flag", **options) -> bl.Model:
    # The default prior of the intercept is about the predictor means, which differ by table.
    priors = {"Intercept": PRIOR, "slopes": PRIOR}
    return bl.logistic(formula, TABLE, priors=priors, **options)


def part(formula: str = "y ~ x + g + flag", **options) -> bl.Model:
    return bl.logistic(formula, OLD, priors={"Intercept": PRIOR, "slopes": PRIOR}, **options)


# ---- exact: all likelihood terms kept -----------------------------------------------------------


@pytest.mark.parametrize("method", ["map", "laplace", "auto"])
def test_keeping_all_terms_is_the_batch_fit(method):
    updated = part().fit(method, draws=200, random_seed=1).update(NEW, draws=200)
    whole = batch().fit(method, draws=200, random_seed=1)
    np.testing.assert_allclose(updated.theta, whole.theta, rtol=1e-9, atol=1e-12)
    assert updated.method == method
    assert updated.outcome.info["update"] == {"how": "exact", "rows": 50}
    assert "all likelihood terms kept, 50 rows added" in updated.outcome.label
    assert len(updated.model.response.y) == 150
    assert len(set(updated.model.rows)) == 150


def test_row_after_row_is_the_batch_fit():
    fit = bl.logistic("passed ~ hours", exam().head(12), priors=PRIOR).fit("map")
    for i in range(12, 20):
        fit = fit.update(exam().iloc[[i]])
    whole = bl.logistic("passed ~ hours", exam(), priors=PRIOR)
    np.testing.assert_allclose(
        fit.model.density.likelihood.X, whole.density.likelihood.X, rtol=1e-14
    )
    theta = np.array([[-2.0], [0.8]])
    assert fit.model.density.likelihood.value(theta) == pytest.approx(
        whole.density.likelihood.value(theta), rel=1e-13
    )


def test_new_rows_are_coded_as_the_old_ones():
    formula = "y ~ center(x) + cr(z, df=3) + g"
    model = part(formula)
    updated = model.fit("map").update(NEW)
    X, _, _ = model.design.code(TABLE)
    # A spline is a matrix product, which rounds otherwise for another number of rows.
    slack = 4 * np.finfo(float).eps * np.abs(X).max()
    np.testing.assert_allclose(updated.model.design.X, X, rtol=0, atol=slack)
    assert updated.model.design.table()["g"].tolist() == TABLE["g"].tolist()
    again = updated.predict(TABLE.head(3))["estimate"]
    np.testing.assert_allclose(again, updated.predict()["estimate"][:3], rtol=1e-12)


def test_weights_offsets_and_trials():
    fit = part("y ~ x", weights="w", offset="o").fit("map")
    updated = fit.update(NEW, weights="w", offset=NEW["o"].to_numpy())
    whole = batch("y ~ x", weights="w", offset="o").fit("map")
    np.testing.assert_allclose(updated.theta, whole.theta, rtol=1e-10)
    own = part("y ~ x + offset(o)").fit("map").update(NEW)
    whole = batch("y ~ x + offset(o)").fit("map")
    np.testing.assert_allclose(own.theta, whole.theta, rtol=1e-10)
    mixed = part("y ~ x").fit("map").update(NEW, weights="w")
    np.testing.assert_array_equal(mixed.model.weights, np.r_[np.ones(100), NEW["w"]])
    both = {"Intercept": PRIOR, "x": PRIOR}
    counts = bl.binomial("k ~ x", OLD, trials="n", priors=both).fit("map").update(NEW, trials="n")
    whole = bl.binomial("k ~ x", TABLE, trials="n", priors=both).fit("map")
    np.testing.assert_allclose(counts.theta, whole.theta, rtol=1e-10)


def test_one_class_and_one_row_are_enough():
    yes = NEW[NEW["y"] == 1]
    updated = part().fit("map").update(yes)
    assert updated.model.response.y.sum() == OLD["y"].sum() + len(yes)
    assert len(part().fit("map").update(yes.head(1)).model.response.y) == 101
    alone = part("y ~ 1").fit("map").update(NEW)
    np.testing.assert_allclose(alone.theta, batch("y ~ 1").fit("map").theta, rtol=1e-10)


def test_arrays():
    X, y = OLD[["x", "z"]].to_numpy(), OLD["y"].to_numpy()
    both = {"Intercept": PRIOR, "slopes": PRIOR}
    fit = bl.logistic(X, y, priors=both).fit("map")
    new = pd.DataFrame({"x0": NEW["x"], "x1": NEW["z"], "y": NEW["y"]})
    whole = bl.logistic(TABLE[["x", "z"]].to_numpy(), TABLE["y"].to_numpy(), priors=both).fit("map")
    np.testing.assert_allclose(fit.update(new).theta, whole.theta, rtol=1e-10)


@pytest.mark.parametrize("kind", ["multinomial", "ordinal"])
@pytest.mark.parametrize("how", ["exact", "gaussian"])
def test_several_classes(kind, how):
    grade = np.digitize(TABLE["x"] + TABLE["z"], [-0.6, 0.7])
    table = TABLE.assign(grade=grade.astype(str) if kind == "multinomial" else grade)
    build = {
        "multinomial": lambda t: bl.multinomial("grade ~ z", t),
        "ordinal": lambda t: bl.ordinal("grade ~ z", t, levels=[0, 1, 2]),
    }[kind]
    first = build(table.head(100))
    updated = first.fit("map").update(table.tail(50), how=how)
    density = first.fit("map").update(table.tail(50)).model.density
    whole = density.precision(updated.theta[:, 0])
    gradient = density.value_and_gradient(updated.theta)[1][:, 0]
    away = np.sqrt(gradient @ np.linalg.solve(whole, gradient))
    assert away < (1e-6 if how == "exact" else 0.5)


# ---- gaussian: the posterior as the next prior ------------------------------------------------


def test_gaussian_update_is_near_the_batch_fit_and_says_how_near():
    first = part("y ~ x + z").fit("laplace", draws=2000, random_seed=1)
    updated = first.update(NEW, how="gaussian", draws=2000)
    whole = batch("y ~ x + z").fit("map")
    info = updated.outcome.info["update"]
    assert info["how"] == "gaussian"
    assert info["rows"] == 50
    mode = updated.model.fit("map")
    spread = whole.summary()["curvature_sd"].to_numpy()
    for i, name in enumerate(("Intercept", "x", "z")):
        moved, ratio = info["error"][name]
        assert moved == pytest.approx((mode.theta[i, 0] - whole.theta[i, 0]) / spread[i], abs=1e-8)
        assert ratio == pytest.approx(mode.summary()["curvature_sd"].iloc[i] / spread[i], rel=1e-8)
        assert abs(moved) < 0.3
        assert ratio == pytest.approx(1.0, abs=0.1)
    assert len(updated.model.response.y) == 50
    assert "the earlier posterior as a Gaussian prior of 50 new rows" in updated.outcome.label
    prior = updated.model.prior.joint
    np.testing.assert_allclose(prior.covariance, first.outcome.gaussian.covariance, rtol=1e-12)


def test_draws_give_the_gaussian_of_an_exact_fit():
    first = part("y ~ x").fit("auto", draws=500, random_seed=1)
    prior = first.update(NEW, how="gaussian", method="map").model.prior.joint
    np.testing.assert_allclose(prior.mean, first.theta.mean(axis=1), rtol=1e-12)
    np.testing.assert_allclose(prior.covariance, np.cov(first.theta), rtol=1e-12)


def test_the_error_of_a_second_gaussian_update_is_not_known():
    first = part("y ~ x").fit("laplace", draws=100, random_seed=1)
    second = first.update(NEW.head(25), how="gaussian").update(NEW.tail(25), how="gaussian")
    assert "error" not in second.outcome.info["update"]
    third = first.update(NEW.head(25), how="gaussian").update(NEW.tail(25))
    assert "whose error stays" in third.outcome.info["update"]["after"]


def test_updated_fits_answer_and_are_kept_in_files(tmp_path):
    for how in ("exact", "gaussian"):
        fit = part("y ~ x + g").fit("laplace", draws=100, random_seed=1).update(NEW, how=how)
        assert np.isfinite(fit.comparisons()["estimate"]).all()
        assert fit.predict(NEW.head(2)).shape[0] == 2
        again = bl.load(fit.save(tmp_path / f"{how}.nc"))
        assert again.outcome.info["update"]["how"] == how
        np.testing.assert_array_equal(again.theta, fit.theta)
    assert fit.model.dropped == 0


@pytest.mark.parametrize("how", ["exact", "gaussian"])
def test_a_file_that_could_not_be_read_is_not_written(how, tmp_path):
    fit = part("y ~ center(x)").fit("map").update(NEW, how=how)
    with pytest.raises(bl.StorageError, match=r"took means, knots or levels from rows before"):
        fit.save(tmp_path / "fit.nc")
    assert not list(tmp_path.iterdir())
    years = TABLE.assign(year=np.where(TABLE["flag"], 2001, 2002), x=TABLE["x"])
    fit = bl.logistic("y ~ C(year)", years.head(100)).fit("map")
    fit = fit.update(years.tail(50)[years.tail(50)["flag"]], how="gaussian")
    with pytest.raises(bl.StorageError, match="took means, knots or levels"):
        fit.save(tmp_path / "fit.nc")


def test_same_seed_same_draws():
    fit = part().fit("laplace", draws=50, random_seed=3)
    np.testing.assert_array_equal(fit.update(NEW).theta, fit.update(NEW).theta)
    other = fit.update(NEW, random_seed=4)
    assert (other.theta != fit.update(NEW).theta).any()
    assert fit.update(NEW, method="map").point


# ---- mistakes -----------------------------------------------------------------------------------

MISTAKES = [
    (lambda f: f.update(NEW, how="online"), bl.DesignError, "how='online' is not known"),
    (lambda f: f.update(NEW[["x", "y"]]), bl.DesignError, r"lack 'g', 'flag'; expected those"),
    (lambda f: f.update(NEW.rename(columns={"flag": "flags"})), bl.DesignError, "mean 'flags'"),
    (lambda f: f.update(NEW.drop(columns="y")), bl.DesignError, "lack 'y'"),
    (lambda f: f.update(NEW.assign(g="d")), bl.DesignError, "has the level 'd'"),
    (lambda f: f.update(NEW.assign(y=2)), bl.ResponseError, "'y' is '2' in row"),
    (lambda f: f.update(NEW.assign(x=np.nan)), bl.DesignError, "has no value"),
    (lambda f: f.update(NEW, weights=[1.0]), bl.ResponseError, "weights has the shape"),
]


@pytest.mark.parametrize(("mistake", "kind", "sentence"), MISTAKES)
def test_mistakes_get_a_sentence(mistake, kind, sentence):
    fit = part().fit("map")
    with pytest.raises(kind, match=sentence):
        mistake(fit)


def test_what_the_fitted_rows_had_is_needed():
    weighted = part("y ~ x", weights="w", offset="o").fit("map")
    with pytest.raises(bl.DesignError, match="the fitted rows have weights and the new rows have"):
        weighted.update(NEW, offset="o")
    with pytest.raises(bl.DesignError, match="the fitted rows have offset"):
        weighted.update(NEW, weights="w")
    counts = bl.binomial("k ~ x", OLD, trials="n").fit("map")
    with pytest.raises(bl.ResponseError, match="need their trials"):
        counts.update(NEW)
    few = part("y ~ x + g + z").fit("auto", draws=1, chains=4, random_seed=1)
    with pytest.raises(bl.PriorError, match="4 draws of 5 coefficients are too few"):
        few.update(NEW, how="gaussian")
