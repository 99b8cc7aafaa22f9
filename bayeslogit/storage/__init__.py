"""Saved fits: one netCDF file each."""

from __future__ import annotations

from bayeslogit.storage.cache import through_cache
from bayeslogit.storage.fit_file import read, save

__all__ = ["read", "save", "through_cache"]
