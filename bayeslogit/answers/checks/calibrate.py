"""Simulation-based calibration of a user's own model."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from bayeslogit import tables
from bayeslogit.answers.checks.studies import Study, check_studies, studies
from bayeslogit.errors import MethodRefused
from bayeslogit.inference.base import Method
from bayeslogit.inference.run import generator_of
from bayeslogit.numerics.ranks import limit, smallest
from bayeslogit.runtime.progress import progress
from bayeslogit.specification.specification import Specification

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["calibrate"]

# Nearly independent draws that each truth is ranked among.
_RANKED = 99
_COLUMNS = ("mean_rank", "smallest_p", "limit", "in_band")


def calibrate(
    specification: Specification,
    simulations: int = 200,
    method: str | Method = "auto",
    *,
    random_seed: int | np.random.Generator | None = None,
    progressbar: bool = True,
    **options: Any,
) -> pd.DataFrame:
    """Check that posteriors of this model hold the truth as often as they say.

    Coefficients are drawn from the prior, and outcomes of the same rows from the model given
    them; the truth is then ranked among draws from the posterior given these outcomes. If the
    draws are right, ranks are uniform. Beside each coefficient the log-likelihood of the outcomes
    is ranked: it depends on the data, and sees a posterior that ignores them. Of the effects of a
    grouping, or of coefficients that share a learned scale, their standard deviation is ranked.

    Parameters
    ----------
    specification : Specification
        The model; its outcomes are not used.
    simulations : int, default 200
        Data sets, at least 20.
    method : str or Method, default "auto"
        A name in ``bl.METHODS``, or a configured method object.
    random_seed : int, numpy.random.Generator or None
        The same seed gives the same ranks; None takes a fresh one.
    progressbar : bool
        Show progress of what takes longer than a moment.
    **options
        Options of the method.

    Returns
    -------
    pandas.DataFrame
        A row for each quantity: ``mean_rank`` (of the truth among draws, in [0, 1]; 0.5 if the
        draws are right, lower where they are too high), ``smallest_p`` (pointwise, of the
        distribution of ranks, times the number of quantities), ``limit`` (what it exceeds for
        uniform ranks with probability 0.99) and ``in_band``. ``attrs["ranks"]`` has the ranks, a
        dict of arrays of whole numbers from 0 to 99, and ``attrs["failed"]`` how many data sets
        could not be fitted and were drawn anew.

    Raises
    ------
    MethodRefused
        If simulations are fewer than 20, the method gives no draws, or rows have weights.
    PriorError
        If a prior is flat: it has no draws.
    FitFailed
        If no data set of a hundred can be fitted.

    See Also
    --------
    plot_ranks : The ranks as a picture.
    prior_predictive : The outcomes that the prior expects.

    References
    ----------
    Talts, S., Betancourt, M., Simpson, D., Vehtari, A. and Gelman, A. (2018). Validating Bayesian
    inference algorithms with simulation-based calibration. doi:10.48550/arXiv.1804.06788
    Modrak, M., Moon, A. H., Kim, S., Buerkner, P., Huurre, N., Faltejskova, K., Gelman, A. and
    Vehtari, A. (2025). Simulation-based calibration checking for Bayesian computation: the choice
    of test quantities shapes sensitivity. doi:10.1214/23-BA1404

    Examples
    --------
    >>> import bayeslogit as bl
    >>> model = bl.logistic("passed ~ hours", bl.load_dataset("exam"))
    >>> found = model.calibrate(50, random_seed=1)
    >>> found["in_band"].tolist()
    [True, True, True]
    """
    chosen = check_studies("simulations", simulations, method, options, specification)
    if simulations < 20:
        raise MethodRefused(
            f"simulations={simulations} is too few to see a distribution of ranks; expected 20 or "
            "more; 200 show an error of a tenth of a standard deviation"
        )
    rng, _ = generator_of(random_seed)
    with progress("simulating", simulations, enabled=progressbar) as advance:
        found, failed = studies(
            lambda: specification, simulations, chosen, rng, partial(_ranks, rng=rng), advance
        )
    ranks = {name: np.array([one[name] for one in found]) for name in found[0]}
    return _table(ranks, failed)


def _ranks(study: Study, rng: np.random.Generator) -> dict[str, int]:
    """Return the rank of each quantity's truth among some of the draws."""
    data, truth, draws = study
    some = draws[:, np.linspace(0, draws.shape[1] - 1, _RANKED).astype(int)]
    both = np.column_stack([truth, some])
    layout, fixed = data.layout, len(data.fixed_layout.names)
    values = dict(zip(layout.names[:fixed], both[:fixed], strict=True))
    for scale in layout.scales:
        own = both[scale.index.reshape(-1)]
        values[f"sd of the effects of {scale.term}"] = np.sqrt((own**2).mean(axis=0))
    for part in data.prior.learned:
        own = both[np.asarray(part.index)]
        values[f"sd of {part.label}"] = np.sqrt((own**2).mean(axis=0))
    # Beyond the largest number it is minus infinity, which has its rank too.
    with np.errstate(all="ignore"):
        values["log-likelihood"] = data.likelihood.value(both)
    return {name: _rank(one, rng) for name, one in values.items()}


def _rank(values: np.ndarray, rng: np.random.Generator) -> int:
    """Return how many values are below the first one, ties in random order."""
    below, equal = int((values[1:] < values[0]).sum()), int((values[1:] == values[0]).sum())
    return below + int(rng.integers(0, equal + 1))


def _table(ranks: dict[str, np.ndarray], failed: int) -> pd.DataFrame:
    count = len(next(iter(ranks.values())))
    bound = limit(count, _RANKED)
    rows = []
    for one in ranks.values():
        # Several quantities are looked at, so each is held to its share of the 1 %.
        p = min(float(smallest(one, _RANKED)) * len(ranks), 1.0)
        rows.append((float(one.mean()) / _RANKED, p, bound, p > bound))
    table = tables.Answer(rows, index=list(ranks), columns=list(_COLUMNS))
    table.index.name = "quantity"
    table.attrs.update(ranks=ranks, failed=failed)
    return table
