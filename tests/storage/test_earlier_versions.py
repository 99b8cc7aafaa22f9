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
    assert len(kinds) == len(fits) == 4
