"""What a model tells of its PyMC twin; PyMC loads when one of these is first called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bayeslogit import pymc_twin
from bayeslogit.errors import MethodRefused
from bayeslogit.runtime.libraries import need_pymc
from bayeslogit.specification.specification import Specification

if TYPE_CHECKING:
    import pymc as pm

__all__ = ["graph", "twin"]


def twin(specification: Specification) -> pm.Model:
    """Return the same model in PyMC: ``Intercept``, ``beta``, named coords, data in ``pm.Data``.

    Parameters
    ----------
    specification : Specification
        The model.

    Raises
    ------
    MethodRefused
        If PyMC is not installed.

    See Also
    --------
    graph : A drawing of it.
    to_pymc_code : A program that builds it.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> model = bl.logistic("passed ~ hours", bl.load_dataset("exam"))
    >>> [variable.name for variable in model.pymc.free_RVs]
    ['beta', 'Intercept']
    """
    need_pymc("model.pymc", "ask model.density for the same log posterior on arrays")
    parts = ("design", "response", "family", "prior", "weights", "offset", "covariances")
    return pymc_twin.build(*(getattr(specification, name) for name in parts))


def graph(specification: Specification) -> str:
    """Return the model as a Mermaid flowchart, a text that notebooks and sites can draw.

    Parameters
    ----------
    specification : Specification
        The model.

    Returns
    -------
    str
        Mermaid code, which begins with ``graph TD``.

    Raises
    ------
    MethodRefused
        If a prior is flat (PyMC takes draws to learn shapes), or PyMC is not installed.

    See Also
    --------
    pymc : The model that is drawn.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> model = bl.logistic("passed ~ hours", bl.load_dataset("exam"))
    >>> model.graph().splitlines()[0]
    'graph TD'
    """
    built = twin(specification)
    if not specification.prior.proper:
        raise MethodRefused(
            "PyMC draws no graph of a flat prior: found Flat() on at least one coefficient; "
            "expected proper priors; give every coefficient one, for example Normal(0, 2.5)"
        )
    import pymc as pm

    chart: str = pm.model_to_mermaid(built)
    return chart
