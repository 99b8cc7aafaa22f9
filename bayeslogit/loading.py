"""A fit from a file."""

from __future__ import annotations

import os

from bayeslogit import storage
from bayeslogit.errors.door import at_the_door
from bayeslogit.model import Fit, Model

__all__ = ["load"]


@at_the_door
def load(path: str | os.PathLike[str]) -> Fit:
    """Read a fit that :meth:`bayeslogit.Fit.save` wrote.

    It predicts, summarises and draws as the fit that was saved, without its data and without
    PyMC. Files hold numbers and text only, so loading one runs no code from it.

    Parameters
    ----------
    path : str or path

    Returns
    -------
    Fit
        Draws are the same bit for bit.

    Raises
    ------
    StorageError
        If there is no such file, or it is something else, damaged, or of a newer format.

    See Also
    --------
    bayeslogit.Fit.save : The way there.

    Examples
    --------
    >>> import bayeslogit as bl, tempfile, pathlib
    >>> fit = bl.logistic("passed ~ hours", bl.load_dataset("exam")).fit("map")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     again = bl.load(fit.save(pathlib.Path(folder) / "exam.nc"))
    >>> bool((again.theta == fit.theta).all())
    True
    """
    found = storage.read(path)
    model = Model.of(found.model)
    return Fit(model, found.method, found.outcome, found.seed, found.seconds)
