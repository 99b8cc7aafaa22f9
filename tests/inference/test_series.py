"""The log posterior of tall data as a polynomial near its mode."""

from __future__ import annotations

import numpy as np
import pytest

import bayeslogit as bl
from bayeslogit.inference.evaluator import evaluator
from bayeslogit.inference.methods import independence as module
from bayeslogit.inference.methods.independence import Independence
from bayeslogit.inference.mode import find_mode, gaussian_at
from bayeslogit.inference.series import Series, series
from bayeslogit.specification.density import LogDensity


def _density(link: str = "logit", columns: int = 3, shift: float = -3.0) -> LogDensity:
    rng = np.random.default_rng(5)
    X = rng.normal(size=(30_000, columns))
    y = rng.random(30_000) < 1.0 / (1.0 + np.exp(-shift - 0.5 * X[:, 0]))
    return bl.logistic(X, y.astype(int), link=link).density


@pytest.mark.parametrize("link", ["logit", "probit", "cloglog"])
def test_a_polynomial_is_within_a_thousandth_of_a_nat(link: str) -> None:
    density = _density(link)
    gaussian = gaussian_at(find_mode(density))
    z = np.random.default_rng(6).normal(size=(4, 200)) * np.linspace(0.1, 2.5, 200)
    phi = gaussian.mean[:, None] + gaussian.cholesky @ z
    with evaluator(density) as evaluate:
        quick = series(evaluate, gaussian, 4000)
        assert isinstance(quick, Series)
        far = np.sqrt((z**2).sum(axis=0)) > quick.reach
        assert 0 < far.sum() < 50
        error = np.abs(quick.values(phi) - evaluate.values(phi))
    assert error[~far].max() < 1e-3
    assert error[far].max() < 1e-8  # row by row, up to the rounding of other blocks


def test_few_values_and_many_coefficients_are_summed_row_by_row() -> None:
    density = _density()
    gaussian = gaussian_at(find_mode(density))
    with evaluator(density) as evaluate:
        assert series(evaluate, gaussian, 100) is evaluate
    many = _density(columns=20)
    with evaluator(many) as evaluate:
        assert series(evaluate, gaussian_at(find_mode(many)), 4000) is evaluate
    rare = _density(shift=-9.0)
    with evaluator(rare) as evaluate:
        # Less than a handful of events: wide, and far from any polynomial.
        assert series(evaluate, gaussian_at(find_mode(rare)), 4000) is evaluate


def test_draws_are_those_of_sums_row_by_row(monkeypatch: pytest.MonkeyPatch) -> None:
    density = _density()
    found = []
    for plain in (False, True):
        if plain:
            monkeypatch.setattr(module, "series", lambda evaluate, *_: evaluate)
        found.append(
            Independence(subsample=False).run(
                density, draws=1000, chains=4, rng=np.random.default_rng(1), progressbar=False
            )
        )
    one, two = found
    assert one.problems == two.problems == ()
    # The same proposals: only those that are accepted by a hair may differ.
    same = (one.draws == two.draws).all(axis=2)
    assert same.mean() > 0.98
    np.testing.assert_allclose(one.stats["lp"][same], two.stats["lp"][same], atol=1e-3)
