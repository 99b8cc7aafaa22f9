"""The lasso: modes under priors with corners, and the posteriors around them."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

import bayeslogit as bl
from bayeslogit.errors import MethodRefused


def data(n: int, p: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, p))
    return X, (rng.random(n) < 1.0 / (1.0 + np.exp(0.5 * X[:, 1] - X[:, 0]))).astype(int)


@pytest.mark.parametrize(
    ("n", "p", "b"), [(50, 3, 1.0), (100, 5, 0.3), (300, 30, 0.1), (200, 100, 0.2)]
)
def test_the_mode_is_scikit_learns_lasso(n: int, p: int, b: float) -> None:
    X, y = data(n, p)
    priors = {"Intercept": bl.Flat(), "slopes": bl.Laplace(0, b)}
    mode = bl.logistic(X, y, priors=priors).fit("map").outcome.draws[0, 0]
    peer = LogisticRegression(l1_ratio=1, C=b, solver="saga", tol=1e-12, max_iter=100_000)
    peer.fit(X, y)
    np.testing.assert_allclose(mode[1:], peer.coef_[0], rtol=0, atol=1e-9)
    np.testing.assert_allclose(mode[0], peer.intercept_[0], rtol=0, atol=1e-9)
    assert np.array_equal(mode[1:] == 0.0, peer.coef_[0] == 0.0)


def test_corners_elsewhere_than_at_zero_hold_coefficients() -> None:
    X, y = data(100, 5)
    tight = bl.logistic(X, y, priors={"slopes": bl.Laplace([1, 2, 3, 4, 5], 1e-3)}).fit("map")
    assert tight.outcome.draws[0, 0, 1:].tolist() == [1.0, 2.0, 3.0, 4.0, 5.0]


@pytest.mark.parametrize(
    "build",
    [
        lambda X, y, p: bl.ordinal(X, y + (X[:, 2] > 1), priors=p),
        lambda X, y, p: bl.multinomial(X, y + (X[:, 2] > 1), priors=p),
        lambda X, y, p: bl.binomial(X, 3 * y, trials=5, dispersion="beta", priors=p),
        lambda X, y, p: bl.logistic(X, y, link="cauchit", priors=p),
    ],
)
def test_no_point_around_the_mode_is_higher(build) -> None:  # type: ignore[no-untyped-def]
    X, y = data(120, 4)
    model = build(X, y, {"slopes": bl.Laplace(0, 0.15)})
    fit = model.fit("map")
    mode = fit.outcome.draws[0, 0]
    assert not [p for p in fit.problems if p.severity == "severe"]
    rng = np.random.default_rng(1)
    away = rng.normal(size=(mode.size, 4000)) * 10.0 ** rng.uniform(-6, -1, 4000)
    away *= rng.random(away.shape) < 0.5
    height = model.density.value(mode[:, None])[0]
    assert model.density.value(mode[:, None] + away).max() <= height + 1e-9


def test_auto_equals_a_grid() -> None:
    y = np.array([0, 0, 1, 0, 1, 1])
    X = np.arange(6.0)[:, None] - 2.5
    priors = {"Intercept": bl.Laplace(0, 1), "slopes": bl.Laplace(0, 0.5)}
    model = bl.logistic(X, y, priors=priors)
    axis = np.linspace(-8.0, 8.0, 801)
    theta = np.stack(np.meshgrid(axis, axis, indexing="ij")).reshape(2, -1)
    weight = np.exp(model.density.value(theta) - model.density.value(np.zeros((2, 1))))
    weight /= weight.sum()
    mean = theta @ weight
    sd = np.sqrt((theta - mean[:, None]) ** 2 @ weight)
    for method in ("auto", "hmc"):
        fit = model.fit(method, random_seed=3)
        draws = fit.outcome.draws.reshape(-1, 2)
        error = sd / np.sqrt(fit.summary()["ess_bulk"].to_numpy())
        assert np.all(np.abs(draws.mean(axis=0) - mean) < 4.0 * error), method
        np.testing.assert_allclose(draws.std(axis=0), sd, rtol=0.08)


def test_what_needs_curvature_refuses() -> None:
    X, y = data(50, 2)
    model = bl.logistic(X, y, priors=bl.Laplace(0, 1))
    with pytest.raises(MethodRefused, match=r"the prior of .* has a corner at 0, where the"):
        model.fit("laplace")
    with pytest.raises(MethodRefused, match=r"optimizer='lbfgs' climbs a smooth.*leave optimizer"):
        model.fit("map", optimizer="lbfgs")


def test_a_saved_fit_has_the_same_priors(tmp_path) -> None:  # type: ignore[no-untyped-def]
    X, y = data(50, 2)
    priors = {"Intercept": bl.Logistic(0, 1), "slopes": bl.Laplace(0, 1)}
    fit = bl.logistic(X, y, priors=priors).fit(random_seed=1)
    fit.save(tmp_path / "fit.nc")
    again = bl.load(tmp_path / "fit.nc")
    assert again.model.prior.describe() == fit.model.prior.describe()
    theta = np.ones((3, 2))
    np.testing.assert_array_equal(again.model.density.value(theta), fit.model.density.value(theta))
