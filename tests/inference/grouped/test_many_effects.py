"""Groups with many effects each: what can still be asked, and what is refused in words."""

import warnings

import numpy as np
import pytest

import bayeslogit as bl
from bayeslogit.inference.grouped import integrand

RNG = np.random.default_rng(0)
N = 120
TABLE = {
    "g": np.repeat(list("abcdefghij"), 12),
    "h": np.tile(list("uvwxyz"), 20),
    "x": RNG.normal(size=N),
    "y": RNG.integers(0, 2, N),
}


def test_a_check_goes_on_where_effects_cannot_be_integrated(monkeypatch):
    model = bl.logistic("y ~ x + (1 | g)", TABLE)
    fit = model.fit(draws=100, random_seed=1, progressbar=False)
    monkeypatch.setattr(integrand, "_NODES", 1)  # as if a group had many effects
    found = fit.check(progressbar=False)["influence"]
    assert found.severity == "note"
    assert "no case was left out: the 1 effects of a group of (1 | g)" in found.sentence
    assert found.action == "use kfold(groups='g'), which fits again"


def test_a_mode_with_many_correlations_is_found_without_warnings_of_numpy():
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        table = TABLE | {"h": np.tile(list("uvw"), 40)}
        fit = bl.logistic("y ~ x + (x:h | g)", table).fit("map", progressbar=False)
    assert np.isfinite(fit.outcome.draws).all()


def test_a_model_of_groups_alone_says_that_there_is_nothing_to_vary():
    fit = bl.logistic("y ~ 1 + (1 | g)", TABLE).fit("map", progressbar=False)
    with pytest.raises(bl.DesignError, match=r"expected one, and the model has none; ask predict"):
        fit.comparisons("x", groups="average")


@pytest.mark.parametrize("unit", ["case", "row", "group"])
def test_what_is_left_out_of_groups_says_how_many_draws_it_used(unit):
    model = bl.logistic("y ~ x + (1 | g)", TABLE)
    fit = model.fit(draws=200, chains=3, random_seed=1, progressbar=False)
    assert fit.loo(unit=unit).n_samples == 600
