"""Small tables that ship with the package, each with its question, source and licence."""

from __future__ import annotations

from bayeslogit.datasets.catalogue import DATASETS, Dataset
from bayeslogit.datasets.tables import list_datasets, load_dataset

__all__ = ["DATASETS", "Dataset", "list_datasets", "load_dataset"]
