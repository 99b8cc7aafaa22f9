"""A checkout that was never installed has a version to write into files."""

import importlib.metadata as metadata

import h5py

from bayeslogit.runtime.version import installed_version
from tests.helpers import exam_model


def test_a_fit_is_saved_by_a_package_that_was_not_installed(tmp_path, monkeypatch):
    version = metadata.version

    def missing(name):
        if name == "bayeslogit":
            raise metadata.PackageNotFoundError(name)
        return version(name)

    monkeypatch.setattr(metadata, "version", missing)
    assert installed_version() == "0+unknown"
    with h5py.File(exam_model().fit("map").save(tmp_path / "fit.nc")) as file:
        assert file.attrs["bayeslogit_version"] == "0+unknown"
