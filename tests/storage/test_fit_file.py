"""Saving and loading: nothing is lost, nothing is run, and no good file is harmed."""

from __future__ import annotations

import json
import os
import pickle
import stat
import subprocess
import sys
from dataclasses import fields, is_dataclass, replace
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
import xarray as xr

import bayeslogit as bl
from bayeslogit.errors import Problem
from bayeslogit.inference import Evidence
from bayeslogit.storage import fit_file as storage
from bayeslogit.storage import netcdf, packing
from bayeslogit.storage.packing import variable_names


def exam_fit(method="laplace", **options):
    model = bl.logistic("passed ~ hours", bl.load_dataset("exam"))
    return model.fit(method, random_seed=1, draws=50, chains=2, **options)


def same(a, b, path="fit"):
    """Assert that two nested values are equal, arrays bit for bit and of the same type."""
    assert type(a) is type(b), path
    if is_dataclass(a):
        for f in fields(a):
            if f.name not in ("recipe", "source"):
                same(getattr(a, f.name), getattr(b, f.name), f"{path}.{f.name}")
    elif isinstance(a, np.ndarray):
        assert a.dtype.kind == b.dtype.kind, path
        assert a.shape == b.shape, path
        if a.dtype.kind == "f":
            assert np.ascontiguousarray(a).tobytes() == np.ascontiguousarray(b).tobytes(), path
        else:
            assert a.tolist() == b.tolist(), path
    elif isinstance(a, dict):
        assert list(a) == list(b), path
        for key in a:
            same(a[key], b[key], f"{path}[{key!r}]")
    elif isinstance(a, tuple | list):
        assert len(a) == len(b), path
        for i, (x, y) in enumerate(zip(a, b, strict=True)):
            same(x, y, f"{path}[{i}]")
    else:
        assert a == b or (a != a and b != b), path


def round_trip(fit, tmp_path, new=None, **options):
    """Save, load, and compare everything that the two fits are and say."""
    loaded = bl.load(fit.save(tmp_path / "fit.nc"))
    same(fit.model, loaded.model)
    same(fit.outcome, loaded.outcome)
    assert (fit.method, fit.seed, fit.seconds) == (loaded.method, loaded.seed, loaded.seconds)
    assert repr(fit.model) == repr(loaded.model)
    assert repr(fit) == repr(loaded)
    pd.testing.assert_frame_equal(fit.summary(), loaded.summary(), check_exact=True)
    pd.testing.assert_frame_equal(fit.predict(), loaded.predict(), check_exact=True)
    if new is not None:
        found = (one.predict(new, **options) for one in (fit, loaded))
        pd.testing.assert_frame_equal(*found, check_exact=True)
    assert np.array_equal(fit.model.density.value(fit.theta), loaded.model.density.value(fit.theta))
    return loaded


# ---- nothing is lost ----------------------------------------------------------------------


@pytest.mark.parametrize("method", ["map", "laplace"])
def test_exam(tmp_path, method):
    round_trip(exam_fit(method), tmp_path, {"hours": [0.0, 3.0]})


def test_returns_the_path_given(tmp_path):
    path = exam_fit().save(str(tmp_path / "a.nc"))
    assert path == tmp_path / "a.nc"
    assert isinstance(path, Path)


def rows(n=40):
    rng = np.random.default_rng(3)
    return {
        "x": rng.normal(size=n),
        "age": rng.integers(20, 60, n),
        "smoker": rng.random(n) < 0.5,
        "g": np.array(["b", "a", "c"])[rng.integers(0, 3, n)],
        "w": rng.random(n) + 0.5,
        "o": rng.normal(size=n) / 5,
        "y": np.array(["no", "yes"])[rng.integers(0, 2, n)],
    }


@pytest.mark.parametrize(
    "formula",
    [
        "y ~ 1",
        "y ~ x - 1",
        "y ~ x * C(g, reference='b') + smoker",
        "y ~ bs(x, df=5) + age",
        "y ~ cr(x, df=4) + poly(age, 2)",
        "y ~ center(x) + scale(age) + offset(o)",
        "y ~ log(age) + I(x**2) + C(g, levels=['c', 'a', 'b'])",
    ],
)
def test_formulas(tmp_path, formula):
    data = rows()
    fit = bl.logistic(formula, data).fit("laplace", draws=20, chains=2, random_seed=1)
    few = {name: values[:3] for name, values in data.items()}
    loaded = round_trip(fit, tmp_path, few)
    assert loaded.model.design.formula == formula.split(" ~ ")[1]


@pytest.mark.parametrize("builder", ["multinomial", "ordinal"])
def test_several_classes(tmp_path, builder):
    data = rows()
    data["y"] = np.array(["low", "mid", "high"])[np.arange(40) % 3]
    options = {"levels": ["low", "mid", "high"]} if builder == "ordinal" else {}
    fit = getattr(bl, builder)("y ~ x + smoker", data, **options).fit("map")
    loaded = round_trip(fit, tmp_path, {"x": [0.3, 1], "smoker": [True, False]})
    assert loaded.model.response.classes == fit.model.response.classes
    xr.testing.assert_identical(loaded.posterior, fit.posterior)


def test_weights_offset_missing_event_and_link(tmp_path):
    data = pd.DataFrame(rows())
    data.loc[[2, 5], "x"] = np.nan
    model = bl.logistic(
        "y ~ x", data, weights="w", offset="o", missing="drop", event="no", link="probit"
    )
    fit = model.fit("laplace", draws=20, random_seed=1)
    loaded = round_trip(fit, tmp_path, {"x": [0.3]}, offset=0.2)
    assert loaded.model.dropped == 2
    assert 2 not in loaded.model.rows
    assert loaded.model.response.event == "no"
    assert loaded.model.response.values == ("yes", "no")
    assert loaded.model.family.link == "probit"
    classes = loaded.predict({"x": [0.3]}, kind="class", offset=0)["class"]
    assert set(classes) <= {"yes", "no"}


def test_counts(tmp_path):
    model = bl.binomial("germinated ~ x1 * x2", bl.load_dataset("seeds"), trials="n")
    fit = model.fit("laplace", draws=20, random_seed=1)
    loaded = round_trip(fit, tmp_path)
    assert loaded.model.response.trials.tolist() == bl.load_dataset("seeds")["n"].tolist()
    assert np.array_equal(fit.predict(kind="outcome"), loaded.predict(kind="outcome"))


@pytest.mark.parametrize(
    "priors",
    [
        "flat",
        {"Intercept": bl.Flat(), "slopes": bl.Normal(0, 2.5), "smoker": bl.StudentT(4, 1, 2)},
        {"x": bl.Cauchy(0, 0.1), "Intercept": bl.Normal(1 / 3, 0.1)},
        bl.GaussianPrior([0.1, 0.2, 0.3], np.diag([1.0, 2, 3]) + 0.1),
        bl.Normal(0, 1),
    ],
)
def test_priors(tmp_path, priors):
    fit = bl.logistic("y ~ x + smoker", rows(), priors=priors).fit("map")
    loaded = round_trip(fit, tmp_path)
    theta = np.random.default_rng(0).normal(size=(3, 5))
    assert np.array_equal(fit.model.prior.log_density(theta), loaded.model.prior.log_density(theta))
    assert fit.model.prior.describe() == loaded.model.prior.describe()


@pytest.mark.parametrize("intercept", [True, False])
def test_arrays_are_stored_once(tmp_path, intercept):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(2000, 40))
    fit = bl.logistic(X, rng.integers(0, 2, 2000), intercept=intercept).fit("map")
    round_trip(fit, tmp_path, X[:2])
    size = (tmp_path / "fit.nc").stat().st_size
    assert size < X.nbytes + 200_000
    with xr.open_datatree(tmp_path / "fit.nc", engine="h5netcdf") as tree:
        assert np.array_equal(tree.constant_data["X"], X)


def test_frames(tmp_path):
    data = rows()
    frame = pd.DataFrame({k: data[k] for k in ("x", "g", "smoker")})
    fit = bl.logistic(frame, data["y"]).fit("map")
    round_trip(fit, tmp_path, frame.head(2))


def test_declared_levels_stay_in_order_with_unused_ones(tmp_path):
    size = pd.Categorical(
        ["s", "m", "l", "s", "l", "m"], categories=["s", "m", "l", "xl"], ordered=True
    )
    model = bl.logistic("y ~ size", pd.DataFrame({"size": size, "y": [0, 1, 0, 1, 1, 0]}))
    loaded = round_trip(model.fit("map"), tmp_path, {"size": ["l"]})
    table = loaded.model.design.table()
    assert table.levels("size") == ("s", "m", "l", "xl")
    assert table.ordered("size")


ODD = [
    "Stunden je Woche",
    "naïve ☃ 時間 🎓",
    "a/b/c",
    "",
    " ",
    'he said "hi"',
    "it's",
    "back\\slash",
    "tab\there",
    "new\nline",
    "nul\x00inside",
    "e\u0301",
    "\u00e9",
    ".",
    "..",
    "obs",
    "chain",
    "trials",
    "weights",
    "X",
    "_hidden",
    "column_3",
    "n" * 300,
]


def test_odd_names_of_columns_and_levels(tmp_path):
    rng = np.random.default_rng(0)
    n = 60
    data: dict = {name: rng.normal(size=n) for name in ODD}
    labels = np.array([*ODD, "nul\\x00inside"], dtype=object)
    data["label/s"] = labels[np.arange(n) % len(labels)]
    fit = bl.logistic(data, rng.integers(0, 2, n)).fit("map")
    new = {name: values[:3] for name, values in data.items()}
    loaded = round_trip(fit, tmp_path, new)
    assert [name for name in loaded.model.design.columns if name in ODD] == ODD
    assert set(loaded.model.design.table().levels("label/s")) == set(labels)
    assert xr.load_datatree(tmp_path / "fit.nc", engine="h5netcdf").posterior.sizes["draw"] == 1


def test_odd_names_in_formulas_outcomes_and_classes(tmp_path):
    data = {"Übung /h": [1.0, 2, 3, 4, 5], "bestanden?": ["ja ☃", "nein/", "ja ☃", "nein/", "ja ☃"]}
    fit = bl.logistic("`bestanden?` ~ `Übung /h`", data).fit("map")
    loaded = round_trip(fit, tmp_path, {"Übung /h": [2.5]})
    assert loaded.model.response.name == "bestanden?"
    assert loaded.model.response.event == "nein/"


def test_names_that_extras_share_with_predictors(tmp_path):
    data = {"trials": [1.0, 2, 3], "offset": [0.1, 0.2, 0.3], "k": [1, 2, 1], "n": [2, 3, 4]}
    model = bl.binomial("k ~ trials + offset", data, trials="n", offset=np.array([0.5, 0, 1]))
    loaded = round_trip(model.fit("map"), tmp_path)
    assert loaded.model.response.trials.tolist() == [2, 3, 4]
    assert loaded.model.design.columns["trials"].tolist() == [1, 2, 3]


def test_everything_an_outcome_can_hold(tmp_path):
    fit = exam_fit()
    outcome = replace(
        fit.outcome,
        stats={
            "diverging": np.zeros((2, 50), dtype=bool),
            "lp": np.random.default_rng(0).normal(size=(2, 50)),
            "tree_depth": np.ones((2, 50), dtype=np.int64),
        },
        problems=(Problem("code", 'a sentence with "quotes" and é', "severe"),),
        info={
            "route": "hmc",
            "nested": {"steps": (1, 2), "list": [0.1, None, True]},
            "elbo": np.linspace(0, 1, 7),
            "scalar": np.float64(1 / 3),
            "words": np.array(["a", "b"], dtype=object),
            "nothing": np.array([]),
            "infinite": float("inf"),
            "undefined": float("nan"),
        },
        evidence=Evidence(-12.3, "estimate", 0.01),
    )
    loaded = bl.load(replace(fit, outcome=outcome, seed=2**80).save(tmp_path / "fit.nc"))
    outcome.info["scalar"] = float(outcome.info["scalar"])
    same(outcome, loaded.outcome)
    assert loaded.seed == 2**80


def test_draws_are_kept_bit_for_bit(tmp_path):
    fit = exam_fit()
    odd = np.array([-0.0, 5e-324, 1.7976931348623157e308, 1 / 3, np.pi, -1e-300])
    draws = fit.outcome.draws.copy()
    draws[0, :6, 1] = odd
    loaded = bl.load(
        replace(fit, outcome=replace(fit.outcome, draws=draws)).save(tmp_path / "fit.nc")
    )
    assert loaded.outcome.draws.tobytes() == draws.tobytes()


def test_a_seed_of_none_and_objects_in_info_become_text(tmp_path):
    fit = exam_fit()
    fit = replace(fit, seed=None, outcome=replace(fit.outcome, info={"path": Path("a")}))
    loaded = bl.load(fit.save(tmp_path / "fit.nc"))
    assert loaded.seed is None
    assert loaded.outcome.info == {"path": "a"}


def test_no_field_of_model_or_fit_is_forgotten(tmp_path):
    """What the two are made of is what a file holds; the parts are stored field by field."""
    fit = exam_fit()
    parts = {f.name for f in (*fields(fit.model), *fields(fit))} - {
        "model",
        "population",
        "nodes",
        "note",
    }
    words = packing.unpack(*netcdf.read(fit.save(tmp_path / "fit.nc")))
    assert set(words) == parts | {"variables", "labels"}


def test_predicts_without_pymc_and_without_the_data(tmp_path):
    fit = exam_fit()
    path = fit.save(tmp_path / "fit.nc")
    code = (
        "import sys, bayeslogit as bl\n"
        f"fit = bl.load({str(path)!r})\n"
        "print(fit.predict({'hours': [3.0]}).to_json(double_precision=15))\n"
        "print(fit.summary().round(6).to_json())\n"
        "assert not {'pymc', 'pytensor', 'numba', 'matplotlib', 'sklearn'} & set(sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.splitlines()
    expected = fit.predict({"hours": [3.0]})
    assert json.loads(first) == json.loads(expected.to_json(double_precision=15))
    assert json.loads(second) == json.loads(fit.summary().round(6).to_json())


def test_arviz_and_xarray_read_the_file_directly(tmp_path):
    import arviz as az

    fit = exam_fit()
    tree = az.from_netcdf(fit.save(tmp_path / "fit.nc"))
    assert set(tree.children) == {"posterior", "fit", "observed_data", "constant_data", "model"}
    table = az.summary(tree, round_to="none")
    assert table.loc["beta[hours]", "mean"] == fit.summary().loc["hours", "mean"]
    exam = bl.load_dataset("exam")
    assert tree.constant_data["hours"].values.tolist() == exam["hours"].tolist()
    assert tree.observed_data["y"].values.tolist() == exam["passed"].tolist()
    assert tree.attrs["formula"] == "passed ~ hours"


def test_categories_are_readable_text_in_the_file(tmp_path):
    data = rows()
    path = bl.logistic("y ~ g", data).fit("map").save(tmp_path / "fit.nc")
    tree = xr.load_datatree(path, engine="h5netcdf")
    assert tree.constant_data["g"].values.tolist() == data["g"].tolist()


# ---- nothing good is harmed ---------------------------------------------------------------


def files_in(folder):
    return sorted(p.name for p in folder.iterdir())


@pytest.mark.parametrize("failure", [OSError("disk full"), KeyboardInterrupt(), MemoryError()])
@pytest.mark.parametrize("where", ["to_netcdf", "replace", "fsync"])
def test_a_failed_write_harms_nothing(tmp_path, monkeypatch, failure, where):
    path = exam_fit().save(tmp_path / "fit.nc")
    before = path.read_bytes()

    def fail(*args, **kwargs):
        raise failure

    if where == "to_netcdf":
        monkeypatch.setattr(xr.DataTree, "to_netcdf", fail)
    else:
        monkeypatch.setattr(os, where, fail)
    expected = bl.StorageError if isinstance(failure, OSError) else type(failure)
    with pytest.raises(expected):
        exam_fit("map").save(path)
    monkeypatch.undo()
    assert path.read_bytes() == before
    assert files_in(tmp_path) == ["fit.nc"]


def test_a_killed_writer_leaves_the_old_file_whole(tmp_path):
    path = exam_fit().save(tmp_path / "fit.nc")
    before = path.read_bytes()
    code = (
        "import os, signal, bayeslogit as bl\n"
        "fit = bl.logistic('passed ~ hours', bl.load_dataset('exam')).fit('map')\n"
        "os.replace = lambda *a: os.kill(os.getpid(), signal.SIGKILL)\n"
        f"fit.save({str(path)!r})\n"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode != 0
    assert path.read_bytes() == before


def test_replaces_an_older_fit_and_keeps_its_permissions(tmp_path):
    path = exam_fit("map").save(tmp_path / "fit.nc")
    path.chmod(0o640)
    exam_fit().save(path)
    assert bl.load(path).method == "laplace"
    assert path.stat().st_mode & 0o777 == 0o640
    assert files_in(tmp_path) == ["fit.nc"]


def test_a_link_keeps_pointing_at_its_file(tmp_path):
    (tmp_path / "real").mkdir()
    link = tmp_path / "link.nc"
    link.symlink_to(tmp_path / "real" / "fit.nc")
    exam_fit("map").save(link)
    assert link.is_symlink()
    assert bl.load(tmp_path / "real" / "fit.nc").method == "map"


def test_new_files_have_the_permissions_of_any_new_file(tmp_path):
    (tmp_path / "plain").write_text("")
    path = exam_fit("map").save(tmp_path / "fit.nc")
    assert path.stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_saving_into_a_missing_folder(tmp_path):
    with pytest.raises(bl.StorageError, match=r"'.*nowhere' does not exist; expected .* create it"):
        exam_fit("map").save(tmp_path / "nowhere" / "fit.nc")


def test_saving_onto_a_folder(tmp_path):
    with pytest.raises(bl.StorageError, match=r"is a folder; expected the name of a file; add one"):
        exam_fit("map").save(tmp_path)
    assert files_in(tmp_path) == []


def test_a_prior_outside_the_registry_is_refused_before_anything_is_written(tmp_path):
    class Mine(bl.Normal):
        pass

    fit = bl.logistic("passed ~ hours", bl.load_dataset("exam"), priors=Mine(0, 1)).fit("map")
    with pytest.raises(bl.StorageError, match="prior 'Normal' is not the one of the registry"):
        fit.save(tmp_path / "fit.nc")
    assert files_in(tmp_path) == []


def test_objects_that_are_neither_numbers_nor_text_are_refused(tmp_path):
    fit = exam_fit("map")
    response = replace(fit.model.response, values=(object(), 1))
    fit = replace(fit, model=replace(fit.model, response=response))
    with pytest.raises(bl.StorageError, match=r"fit\.response\.values\.0 is .* cannot hold"):
        fit.save(tmp_path / "fit.nc")
    assert files_in(tmp_path) == []


# ---- what is not a fit --------------------------------------------------------------------


class Evil:
    def __reduce__(self):
        return (pytest.fail, ("a pickle was loaded",))


def write_foreign(path, kind):
    if kind == "random":
        path.write_bytes(np.random.default_rng(0).bytes(10_000))
    elif kind == "empty":
        path.write_bytes(b"")
    elif kind == "csv":
        path.write_text("hours,passed\n1,0\n2,1\n")
    elif kind == "text":
        path.write_text("étude", encoding="utf-8")
    elif kind.startswith("pickle"):
        path.write_bytes(pickle.dumps(Evil(), protocol=int(kind[-1])))
    elif kind == "classic":
        path.write_bytes(b"CDF\x01" + bytes(28))
    elif kind == "zip":
        np.savez(path.with_suffix(".npz"), a=np.arange(3))
        path.with_suffix(".npz").rename(path)
    elif kind == "netcdf":
        xr.Dataset({"temperature": ("x", [1.0, 2.0])}).to_netcdf(path, engine="h5netcdf")
    elif kind == "arviz":
        fit = exam_fit()
        xr.DataTree.from_dict({"posterior": fit.posterior}).to_netcdf(path, engine="h5netcdf")
    elif kind == "hdf5":
        with h5py.File(path, "w") as file:
            file["a"] = [1, 2]
    elif kind == "bare":
        with h5py.File(path, "w"):
            pass


FOUND = {
    "random": "starts with the bytes",
    "empty": "is empty",
    "csv": "text file that starts with 'hours,passed",
    "text": "text file|starts with the bytes",
    "pickle0": "text file that starts with",
    "pickle2": "is a Python pickle, which is never loaded",
    "pickle5": "is a Python pickle, which is never loaded",
    "classic": "netCDF file of the classic format",
    "zip": "archive",
    "netcdf": r"something else \(found temperature, x\)",
    "arviz": r"something else \(found posterior\)",
    "hdf5": r"something else \(found a\)",
    "bare": r"something else \(found nothing\)",
}


def never_reached(*args, **kwargs):
    pytest.fail("the arrays of a file were read that is not a whole fit")


@pytest.mark.parametrize("kind", FOUND)
def test_foreign_files(tmp_path, kind, monkeypatch):
    path = tmp_path / "fit.nc"
    write_foreign(path, kind)
    before = path.read_bytes()
    monkeypatch.setattr(xr, "open_datatree", never_reached)
    with pytest.raises(bl.StorageError, match=FOUND[kind]) as caught:
        bl.load(path)
    assert "expected" in str(caught.value)
    assert ";" in str(caught.value)
    assert path.read_bytes() == before


def test_a_missing_file_names_near_ones(tmp_path):
    (tmp_path / "exam.nc").write_bytes(b"")
    with pytest.raises(bl.StorageError, match=r"there is no file .*Did you mean 'exam.nc'"):
        bl.load(tmp_path / "exan.nc")
    with pytest.raises(bl.StorageError, match="there is no file"):
        bl.load(tmp_path / "no" / "folder.nc")


def test_a_folder(tmp_path):
    with pytest.raises(bl.StorageError, match="is a folder; expected a netCDF file"):
        bl.load(tmp_path)


def test_a_file_that_may_not_be_read(tmp_path, monkeypatch):
    def refuse(*args, **kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(bl.StorageError, match=r"cannot be read \(Permission denied\); expected"):
        bl.load(tmp_path / "fit.nc")


def test_truncated_at_every_length(tmp_path, monkeypatch):
    whole = exam_fit("map").save(tmp_path / "whole.nc").read_bytes()
    path = tmp_path / "cut.nc"
    monkeypatch.setattr(xr, "open_datatree", never_reached)
    for length in [*range(0, len(whole) - 1, len(whole) // 60), len(whole) - 1]:
        path.write_bytes(whole[:length])
        with pytest.raises(bl.StorageError, match="expected"):
            bl.load(path)


def test_text_that_utf8_cannot_hold(tmp_path):
    """pandas refuses half of a surrogate pair in a table, but outcomes and notes may have it."""
    fit = exam_fit()
    half = "half \ud800 pair \x00"
    outcome = replace(fit.outcome, label=half, info={half: half})
    loaded = bl.load(replace(fit, outcome=outcome).save(tmp_path / "fit.nc"))
    assert loaded.outcome.label == half
    assert loaded.outcome.info == {half: half}


def test_variable_names_stay_where_they_can_and_differ_always():
    names = variable_names(tuple(ODD), {"trials"})
    assert list(names) != []
    assert len(set(names.values())) == len(ODD)
    assert names["Stunden je Woche"] == "Stunden je Woche"
    assert names["trials"] != "trials"
    assert not any("/" in variable for variable in names.values())


def test_saved_parts_are_plain():
    """The file layer takes parts, not the whole: it imports neither Model nor Fit."""
    text = Path(storage.__file__).read_text()
    assert "import Model" not in text
    assert "import Fit" not in text


# ---- names and places that cannot hold a file -----------------------------------------------


@pytest.mark.parametrize("name", ["a" * 300, "a\0b.nc", "x/" + "a" * 5000])
def test_a_name_that_no_file_can_have_is_refused(tmp_path, name):
    sentence = "cannot be the name of a file"
    with pytest.raises(bl.StorageError, match=sentence):
        exam_fit().save(tmp_path / name)
    with pytest.raises(bl.StorageError):
        bl.load(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_only_a_regular_file_is_replaced(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(bl.StorageError, match="is a device, pipe or socket"):
        exam_fit().save(pipe)
    with pytest.raises(bl.StorageError, match=r"^'.*pipe' is a device, pipe or socket; expected"):
        bl.load(pipe)
    assert [path.name for path in tmp_path.iterdir()] == ["pipe"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_names_with_control_characters_drive_no_terminal_that_shows_the_file(tmp_path):
    red = "\x1b[31mred"
    data = {red: [1.0, 2, 3, 4, 5, 6], "g": [red, "b", "c"] * 2, "y": [0, 1, 0, 1, 1, 0]}
    path = bl.logistic(f"y ~ `{red}` + g", data).fit("map").save(tmp_path / "fit.nc")
    with xr.open_datatree(path) as tree:
        shown = repr(tree) + "".join(map(repr, tree["constant_data"].to_dict().values()))
    assert "\x1b" not in shown
    assert bl.load(path).model.design.columns["g"].tolist() == data["g"]
