"""From a file to a :class:`Fit`; :meth:`Fit.save` writes it."""

from __future__ import annotations

import os
from dataclasses import fields

from bayeslogit.fit import Fit
from bayeslogit.model import Model
from bayeslogit.storage import fit_file as storage

__all__ = ["load"]


def load(path: str | os.PathLike[str]) -> Fit:
    """Read a fit that :meth:`bayeslogit.fit.Fit.save` wrote.

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

    Examples
    --------
    >>> import bayeslogit as bl, tempfile, pathlib
    >>> fit = bl.logistic("passed ~ hours", bl.load_dataset("exam")).fit("map")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     again = bl.load(fit.save(pathlib.Path(folder) / "exam.nc"))
    >>> bool((again.theta == fit.theta).all())
    True
    """
    saved = storage.load(path)
    model = Model(**{f.name: getattr(saved, f.name) for f in fields(Model)})
    return Fit(model, saved.method, saved.outcome, saved.seed, saved.seconds)
