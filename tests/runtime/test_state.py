"""What is cached is not state: copies and pickles hold the fields of a model or fit alone."""

from __future__ import annotations

import copy
import pickle
from contextlib import suppress
from dataclasses import fields

import numpy as np
import pytest

import bayeslogit as bl


@pytest.fixture(scope="module")
def fit():
    return bl.logistic("passed ~ hours", bl.load_dataset("exam")).fit(random_seed=1)


def looked_at(fit):
    """Compute everything that a model and a fit keep once it was asked for."""
    for value in (fit.model, fit):
        for name in dir(type(value)):
            if not name.startswith("_"):
                with suppress(bl.MethodRefused):  # not of every model
                    getattr(value, name, None)
    assert "pymc" in vars(fit.model)
    assert "idata" in vars(fit)


@pytest.mark.parametrize("again", [copy.deepcopy, lambda v: pickle.loads(pickle.dumps(v))])
def test_a_copy_is_the_same_after_everything_was_looked_at(fit, again):
    looked_at(fit)
    found = again(fit)
    assert set(vars(found)) == {field.name for field in fields(fit)}
    assert set(vars(found.model)) == {field.name for field in fields(fit.model)}
    np.testing.assert_array_equal(found.theta, fit.theta)
    assert found.predict({"hours": [3.0]}).equals(fit.predict({"hours": [3.0]}))


def test_a_pickle_does_not_grow(fit):
    fresh = bl.logistic("passed ~ hours", bl.load_dataset("exam")).fit(random_seed=1)
    before = len(pickle.dumps(fresh))
    looked_at(fresh)
    assert len(pickle.dumps(fresh)) == before


def test_a_population_can_be_copied(fit):
    population = fit.with_prevalence(0.1)
    found = pickle.loads(pickle.dumps(population))
    np.testing.assert_array_equal(found.shift, population.shift)
    assert found.sample.predict().equals(fit.predict())


LEARNED = {
    "groups": ("y ~ x + (1 + x | g)", "laplace"),
    "a smooth": ("y ~ s(x)", "laplace"),
    "monotonic": ("y ~ mo(o)", "auto"),
}


@pytest.mark.parametrize("kind", LEARNED)
@pytest.mark.filterwarnings("ignore::bayeslogit.BayesLogitWarning")
def test_models_that_learn_scales_are_copied_as_they_are(kind, tmp_path):
    joblib = pytest.importorskip("joblib")
    formula, method = LEARNED[kind]
    rng = np.random.default_rng(4)
    table = {"x": rng.normal(size=60), "g": list("abcdef") * 10, "o": rng.integers(0, 4, 60)}
    table["y"] = (rng.random(60) < 0.5).astype(int)
    fit = bl.logistic(formula, table).fit(method, draws=50, random_seed=1, progressbar=False)
    before, rows = len(pickle.dumps(fit)), {name: table[name][:5] for name in "xgo"}
    looked_at(fit)
    assert len(pickle.dumps(fit)) == before
    joblib.dump(fit, tmp_path / "fit.joblib")
    for again in (
        copy.deepcopy(fit),
        pickle.loads(pickle.dumps(fit)),
        joblib.load(tmp_path / "fit.joblib"),
    ):
        assert again.predict(rows).equals(fit.predict(rows))
        assert set(vars(pickle.loads(pickle.dumps(again)))) == {f.name for f in fields(fit)}
