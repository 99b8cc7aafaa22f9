"""Ordered classes by the cutpoints that each case touches: the same numbers, at a bounded cost."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import bayeslogit as bl
from bayeslogit.specification.density import Likelihood
from tests.helpers import UNBOUNDED


def _model(classes: int, form: str = "cumulative", link: str = "logit", **options) -> bl.Model:
    rng = np.random.default_rng(classes)
    n = 40 * classes
    x = rng.normal(size=(n, 2))
    latent = x @ [1.0, -0.5] + rng.logistic(size=n)
    y = np.searchsorted(np.quantile(latent, np.arange(1, classes) / classes), latent)
    table = {"a": x[:, 0], "b": x[:, 1].round(), "y": y}
    table |= {"o": 0.3 * rng.normal(size=n).round(1), "w": rng.integers(1, 4, n)}
    return bl.ordinal("y ~ a + b", table, form=form, link=link, **options)


def _points(likelihood: Likelihood) -> np.ndarray:
    rng = np.random.default_rng(1)
    theta = likelihood.start[:, None] + 0.2 * rng.normal(size=(likelihood.size, 4))
    levels = likelihood.family.n_eta
    theta[:levels] = np.sort(theta[:levels], axis=0)
    return theta


def _by_boundary(likelihood: Likelihood) -> Likelihood:
    """Return the same likelihood with the linear predictors of every boundary."""
    plain = replace(likelihood)
    plain.__dict__["_cells"] = None
    return plain


@pytest.mark.parametrize("link", UNBOUNDED)
@pytest.mark.parametrize("form", ["cumulative", "sequential"])
@pytest.mark.parametrize("classes", [3, 7])
def test_cells_equal_boundaries(classes: int, form: str, link: str) -> None:
    own = _model(classes, form, link, offset="o", weights="w").density.rows
    assert own._cells is not None
    theta, plain = _points(own), _by_boundary(own)
    np.testing.assert_allclose(own.value(theta), plain.value(theta), rtol=1e-12)
    for found, expected in zip(
        own.value_and_gradient(theta), plain.value_and_gradient(theta), strict=True
    ):
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-8)
    for found, expected in zip(own.newton(theta[:, 0]), plain.newton(theta[:, 0]), strict=True):
        scale = np.abs(expected).max()
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-10 * scale)


@pytest.mark.parametrize("link", ["logit", "probit"])
def test_counts_of_several_classes_in_a_row(link: str) -> None:
    own = _model(4, link=link).density.rows
    counts = np.random.default_rng(2).integers(0, 3, own.counts.shape).astype(float)
    several = replace(own, counts=counts)
    theta = _points(own)
    np.testing.assert_allclose(
        several.value(theta), several.pointwise(theta).sum(axis=0) - several.constant, rtol=1e-12
    )


@pytest.mark.parametrize("link", ["logit", "cloglog"])
def test_crossed_cutpoints_have_no_likelihood_even_around_a_class_without_cases(link: str) -> None:
    own = _model(4, link=link).density.rows
    empty = own.counts.copy()
    empty[:, 2] = 0.0
    theta = _points(own)
    theta[[1, 2]] = theta[[2, 1]]
    for counts in (own.counts, empty):
        value = replace(own, counts=counts).value(theta)
        assert np.all(value == -np.inf)


def test_slopes_that_differ_between_boundaries_need_every_boundary() -> None:
    assert _model(4).density.rows._cells is not None
    assert _model(4, partial=["a"]).density.rows._cells is None


def test_the_cost_of_a_cumulative_model_does_not_depend_on_the_classes() -> None:
    for link, most in (("logit", 2), ("probit", 2)):
        for classes in (3, 10, 50):
            cells = _model(classes, link=link).density.rows._cells
            rows = 40 * classes
            touched = sum(part.cuts.size for part in cells.parts)  # type: ignore[union-attr]
            assert touched <= most * rows, (link, classes)


def test_fifty_classes_give_exact_draws() -> None:
    model = _model(50)
    outcome = model.fit(random_seed=1).outcome
    assert outcome.problems == ()
    info = outcome.info
    assert info["rhat"] < 1.01
    assert min(info["ess_bulk"], info["ess_tail"]) >= 400
