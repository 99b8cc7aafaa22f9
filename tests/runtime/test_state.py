"""What is cached is not state: copies and pickles hold the fields of a model or fit alone."""

from __future__ import annotations

import copy
import pickle
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
