"""Files that an earlier version wrote are read, and give the same answers as then."""

import json

import numpy as np
import pytest

import bayeslogit as bl
from tests.references.make_saved_fits import HERE, answers

KNOWN = json.loads((HERE / "saved_fits.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", KNOWN)
def test_a_file_of_an_earlier_version_answers_as_it_did(name):
    found = answers(bl.load(HERE / f"saved_{name}.nc"))
    assert set(found) == set(KNOWN[name])
    for question, value in KNOWN[name].items():
        if question in ("terms", "label"):
            assert found[question] == value
        else:
            np.testing.assert_allclose(found[question], value, rtol=1e-10)


def test_every_kind_of_outcome_has_a_file():
    fits = [bl.load(HERE / f"saved_{name}.nc") for name in KNOWN]
    kinds = {(fit.model.response.kind, fit.model.family.arrangement) for fit in fits}
    assert len(kinds) == 4


def test_a_boolean_that_was_a_number_stays_one(tmp_path):
    """In ``y ~ x:t`` it had the slope of True alone; a new model has both."""
    fit = bl.load(HERE / "saved_booleans.nc")
    assert fit.model.design.terms == ("x:t",)
    again = bl.load(fit.save(tmp_path / "again.nc"))
    assert again.model.design.terms == ("x:t",)
    table = {name: fit.model.design.columns[name] for name in ("x", "t")}
    new = bl.logistic("y ~ x:t", table | {"y": fit.model.response.y})
    assert new.design.terms == ("x:t[False]", "x:t[True]")
