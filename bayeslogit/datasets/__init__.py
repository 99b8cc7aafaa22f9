"""Small tables that ship with the package, each with its source."""

from __future__ import annotations

from bayeslogit.datasets.tables import DATASETS, load_dataset

__all__ = ["DATASETS", "load_dataset"]
