"""A cached fit is used again for the same question alone, and no other file is replaced."""

from __future__ import annotations

import logging

import numpy as np
import pandas as pd
import pytest

import bayeslogit as bl
from tests.helpers import exam, random_table

ASKED = {"draws": 50, "chains": 2, "random_seed": 1}


@pytest.fixture
def log(caplog):
    caplog.set_level(logging.INFO, logger="bayeslogit")
    return caplog


def fit(path, rows=None, formula="passed ~ hours", method="laplace", priors=None, **options):
    model = bl.logistic(formula, exam() if rows is None else rows, priors=priors)
    return model.fit(method, cache=path, **{**ASKED, **options})


def test_the_same_question_is_read_from_the_file(tmp_path, log) -> None:
    path = tmp_path / "exam.nc"
    first = fit(path)
    written = path.stat().st_mtime_ns
    again = fit(path)
    assert path.stat().st_mtime_ns == written
    assert "nothing changed" in log.text
    assert (again.seconds, again.seed) == (first.seconds, first.seed)
    np.testing.assert_array_equal(again.theta, first.theta)
    pd.testing.assert_frame_equal(again.summary(), first.summary())
    np.testing.assert_array_equal(bl.load(path).theta, first.theta)
    plain = bl.logistic("passed ~ hours", exam()).fit("laplace", **ASKED)
    np.testing.assert_array_equal(plain.theta, first.theta)


CHANGES = {
    "data": {"rows": exam().assign(hours=lambda d: d.hours.where(d.index > 0, 0.25))},
    "formula": {"formula": "passed ~ log(hours)"},
    "priors": {"priors": bl.Normal(0, 1)},
    "method": {"method": "variational"},
    "options": {"draws": 51},
    "seed": {"random_seed": 2},
}


@pytest.mark.parametrize("what", CHANGES)
def test_what_changed_is_said_and_fitted_again(what, tmp_path, log) -> None:
    path = tmp_path / "exam.nc"
    fit(path)
    log.clear()
    changed = fit(path, **CHANGES[what])
    assert what in changed.outcome.info["cache"]["changed"]
    if what not in ("formula",):  # another formula has other priors and columns too
        assert changed.outcome.info["cache"]["changed"][0] == what
    assert f"'{what}'" in log.text
    assert "changed since exam.nc" in log.text
    np.testing.assert_array_equal(bl.load(path).theta, changed.theta)
    log.clear()
    assert fit(path, **CHANGES[what]).outcome.info["cache"]["changed"] == ()
    assert "nothing changed" in log.text


def test_another_version_fits_again(tmp_path, log, monkeypatch) -> None:
    path = tmp_path / "exam.nc"
    fit(path)
    monkeypatch.setattr("bayeslogit.storage.cache.installed_version", lambda: "99.0")
    assert fit(path).outcome.info["cache"]["changed"] == ("versions",)


def test_no_seed_is_the_same_as_no_seed(tmp_path) -> None:
    path = tmp_path / "exam.nc"
    first, again = (fit(path, random_seed=None) for _ in range(2))
    np.testing.assert_array_equal(first.theta, again.theta)
    assert first.seed == again.seed


def test_groups_weights_and_arrays(tmp_path, log) -> None:
    rows = random_table()
    grouped = bl.logistic("y ~ x + (1 | g)", rows, weights=rows["w"].round() + 1)
    for model in (grouped, bl.logistic(rows[["x"]].to_numpy(), rows["y"])):
        path = tmp_path / f"{model.design.formula is None}.nc"
        first = model.fit(cache=path, **ASKED)
        log.clear()
        np.testing.assert_array_equal(model.fit(cache=path, **ASKED).theta, first.theta)
        assert "nothing changed" in log.text
    other = rows.assign(g=rows["g"].to_numpy()[::-1])
    changed = bl.logistic("y ~ x + (1 | g)", other, weights=rows["w"].round() + 1).fit(
        cache=tmp_path / "False.nc", **ASKED
    )
    assert "data" in changed.outcome.info["cache"]["changed"]


def test_other_sets_are_other_data(tmp_path) -> None:
    rows = bl.load_dataset("infert")
    for _ in range(2):
        model = bl.logistic("case ~ spontaneous", rows, strata="stratum")
        fitted = model.fit("map", cache=tmp_path / "sets.nc")
        assert fitted.outcome.info["cache"]["changed"] == ()
    joined = rows.assign(stratum=rows["stratum"].replace({83: 82}))
    model = bl.logistic("case ~ spontaneous", joined, strata="stratum")
    changed = model.fit("map", cache=tmp_path / "sets.nc").outcome.info["cache"]["changed"]
    assert "data" in changed


def test_no_other_file_is_replaced(tmp_path) -> None:
    notes, saved = tmp_path / "notes.nc", tmp_path / "saved.nc"
    notes.write_text("dear diary")
    with pytest.raises(bl.StorageError, match="no fit that can be read, and is left as it is"):
        fit(notes)
    assert notes.read_text() == "dear diary"
    bl.logistic("passed ~ hours", exam()).fit("map").save(saved)
    before = saved.read_bytes()
    with pytest.raises(bl.StorageError, match=r"a fit that save\(\) wrote, and is left as it is"):
        fit(saved)
    assert saved.read_bytes() == before
    cut = tmp_path / "cut.nc"
    fit(cut)
    cut.write_bytes(cut.read_bytes()[:-100])
    with pytest.raises(bl.StorageError, match="no fit that can be read"):
        fit(cut)


def test_a_place_that_cannot_be_written_to_is_refused_before_the_fit(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("bayeslogit.model.run", lambda *a, **o: pytest.fail("it was fitted"))
    with pytest.raises(bl.StorageError, match="does not exist"):
        fit(tmp_path / "nowhere" / "exam.nc")
    with pytest.raises(bl.MethodRefused, match="whose draws depend on what it was used for"):
        fit(tmp_path / "exam.nc", random_seed=np.random.default_rng(1))


def test_a_fit_that_cannot_be_kept_is_returned_all_the_same(tmp_path, monkeypatch) -> None:
    def full(*arguments):
        raise bl.StorageError("the disk is full")

    monkeypatch.setattr("bayeslogit.storage.cache.save", full)
    with pytest.warns(bl.BayesLogitWarning, match="computed and is not kept: the disk is full"):
        assert fit(tmp_path / "exam.nc").n_draws == 100
    assert not (tmp_path / "exam.nc").exists()


def test_warnings_of_a_kept_fit_are_given_again(tmp_path) -> None:
    rows = random_table()
    model = bl.logistic("y ~ x + (1 | g)", rows)
    for _ in range(2):
        with pytest.warns(bl.BayesLogitWarning, match="Pareto"):
            model.fit("laplace", draws=100, random_seed=1, cache=tmp_path / "fit.nc")
