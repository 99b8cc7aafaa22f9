"""The tables that ship with the package: their sources, and how they are read."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING

from bayeslogit.errors import DesignError, listing, nearest
from bayeslogit.errors.door import at_the_door

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["DATASETS", "load_dataset"]

DATASETS = {
    "exam": "20 students: hours studied, passed (1) or not (0); the worked example of the "
    "encyclopedia article 'Logistic regression'",
    "housing": "72 groups of 1681 Copenhagen households: satisfaction by influence, type of "
    "housing and contact, with frequencies (Madsen 1976, Scandinavian Journal of Statistics 3, "
    "97-106; as in R's MASS)",
    "seeds": "21 plates: germinated of n seeds, by seed type x1 and root extract x2 (Crowder "
    "1978, doi:10.2307/2346223; the 'Seeds' example of BUGS)",
}


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
            "them." + nearest(name, DATASETS)
        )
    with resources.files(__name__).joinpath(f"{name}.csv").open() as file:
        return pd.read_csv(file)
