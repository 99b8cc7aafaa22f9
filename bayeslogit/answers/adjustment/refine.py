"""From an approximation to exact draws."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from bayeslogit.inference.run import run
from bayeslogit.posterior.posterior import Posterior

__all__ = ["refine"]


def refine[P: Posterior](
    posterior: P,
    *,
    draws: int = 1000,
    chains: int = 4,
    random_seed: int | np.random.Generator | None = None,
) -> P:
    """Return exact draws from the posterior that this fit approximates.

    Parameters
    ----------
    posterior : Posterior
        The fit.
    draws, chains : int
        Shape of what comes back.
    random_seed : int, numpy.random.Generator or None
        By default the seed of this fit.

    Returns
    -------
    Fit
        By method ``"auto"``. A fit that is exact already is returned as it is.

    Raises
    ------
    MethodRefused, FitFailed
        As :meth:`bayeslogit.Model.fit`.

    See Also
    --------
    bayeslogit.Model.fit : Any method, from the model.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> rough = bl.logistic("passed ~ hours", bl.load_dataset("exam")).fit("laplace", random_seed=1)
    >>> rough.exact, rough.refine().exact
    (False, True)
    """
    if posterior.exact:
        return posterior
    seed = posterior.seed if random_seed is None else random_seed
    found = run(posterior.model, "auto", draws=draws, chains=chains, random_seed=seed)
    return replace(posterior, **found._asdict())
