"""How the tables that ship with the package are read and listed."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING, Any

from bayeslogit import tables
from bayeslogit.datasets.catalogue import DATASETS
from bayeslogit.errors import DesignError, listing, nearest
from bayeslogit.errors.door import at_the_door

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["list_datasets", "load_dataset"]


@at_the_door
def load_dataset(name: str) -> pd.DataFrame:
    """Return a small table that ships with the package.

    Parameters
    ----------
    name : str
        A key of ``DATASETS``, whose value describes the table and gives its source.

    Returns
    -------
    pandas.DataFrame
        One row per case, or per group of cases where the table has counts or frequencies.

    Raises
    ------
    DesignError
        If no dataset has this name.

    See Also
    --------
    list_datasets : All of them, with their questions and sources.
    bayeslogit.logistic : A model of a yes/no outcome, such as that of ``exam``.

    Examples
    --------
    >>> exam = load_dataset("exam")
    >>> exam.groupby("passed")["hours"].mean().round(1).to_dict()
    {0: 1.8, 1: 3.8}
    """
    import pandas as pd

    if name not in DATASETS:
        raise DesignError(
            f"there is no dataset {name!r}; expected one of {listing(DATASETS)}; choose one of "
            "them, list_datasets() says what each is." + nearest(name, DATASETS)
        )
    with resources.files(__name__).joinpath(f"{name}.csv").open() as file:
        return pd.read_csv(file)


@at_the_door
def list_datasets() -> tables.Answer:
    """Return a table of the tables that ship with the package.

    Returns
    -------
    Answer
        One row per dataset, by name: ``rows`` and ``columns`` of its table, ``question``, what it
        is ``about``, ``source`` and ``licence``.

    See Also
    --------
    load_dataset : One of them.

    Examples
    --------
    >>> list_datasets().loc["wine", ["rows", "columns"]].tolist()
    [72, 5]
    >>> print(list_datasets().loc["exam", "question"])
    How does the chance of passing grow with the hours of study?
    """
    shapes = zip(*(load_dataset(name).shape for name in DATASETS), strict=True)
    columns: dict[str, Any] = dict(zip(("rows", "columns"), shapes, strict=True))
    for field in ("question", "about", "source", "licence"):
        columns[field] = [getattr(entry, field) for entry in DATASETS.values()]
    return tables.Answer(columns, index=list(DATASETS))
