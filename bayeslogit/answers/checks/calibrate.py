"""Studies that a model expects before there are data, and calibration by their posteriors."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from bayeslogit import tables
from bayeslogit.errors import (
    BayesLogitError,
    BayesLogitWarning,
    FitFailed,
    MethodRefused,
    listing,
)
from bayeslogit.inference.base import Method
from bayeslogit.inference.run import at_least_one, generator_of, method_of, run
from bayeslogit.numerics.ranks import limit, smallest
from bayeslogit.response.base import class_counts
from bayeslogit.runtime.progress import progress
from bayeslogit.specification.prior_draws import prior_draws
from bayeslogit.specification.specification import Specification

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Study", "calibrate", "check_studies", "studies"]

_CHAINS, _DRAWS = 4, 250
# Data sets, at most.
_MOST = 1_000_000
# Data sets in a row that lack a class of an ordered outcome, or that cannot be fitted.
_TRIES = 100
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


class Study(NamedTuple):
    """A simulated study.

    Attributes
    ----------
    data : Specification
        The model with simulated outcomes.
    truth : ndarray, shape (coefficients, 1)
        The coefficients that they were simulated with.
    draws : ndarray, shape (coefficients, 1000)
        From the posterior given them.
    """

    data: Specification
    truth: np.ndarray
    draws: np.ndarray


def check_studies(
    name: str,
    count: int,
    method: str | Method,
    options: Mapping[str, Any],
    specification: Specification,
) -> Method:
    """Return the method that fits simulated outcomes, or refuse what cannot be simulated.

    Parameters
    ----------
    name : str
        Of the argument that has the number of studies, for messages.
    count : int
        Studies.
    method : str or Method
    options : mapping
        Of the method.
    specification : Specification

    Raises
    ------
    MethodRefused
        If the number is none, the method gives no draws, or rows have weights.
    """
    chosen = method_of(method, options)
    at_least_one(name, count, _MOST, "would never end")
    if chosen.point:
        raise MethodRefused(
            f"method {chosen.name!r} gives one point, among which no truth can be ranked; expected "
            "a method that draws; leave method= out, or take 'laplace'"
        )
    if specification.weights is not None:
        raise MethodRefused(
            "the rows have weights, and one outcome is simulated for each row; expected a model "
            "without weights=; write out equal rows, or count them as trials of binomial()"
        )
    return chosen


def studies[T](
    rows: Callable[[], Specification],
    count: int,
    method: Method,
    rng: np.random.Generator,
    ask: Callable[[Study], T],
    advance: Callable[[int], None],
    known: Mapping[int, float] | None = None,
) -> tuple[list[T], int]:
    """Return what is asked of each simulated study, and how many could not be fitted.

    Parameters
    ----------
    rows : callable
        Gives the model of a study; its outcomes are not used.
    count : int
        Studies that are fitted.
    method : Method
    rng : numpy.random.Generator
    ask : callable
    advance : callable
        Shows progress.
    known : mapping of int to float, optional
        Coefficients whose truth is the same in all studies; the others are drawn from the prior.

    Raises
    ------
    PriorError
        If a prior is flat: it has no draws.
    FitFailed
        If no data set of a hundred can be fitted.
    """
    found: list[T] = []
    failed = in_a_row = 0
    while len(found) < count:
        truth, data = _simulated(rows(), rng, known or {})
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", BayesLogitWarning)
                outcome = run(
                    data, method, draws=_DRAWS, chains=_CHAINS, random_seed=rng, progressbar=False
                ).outcome
        except MethodRefused:
            raise
        except BayesLogitError as error:
            failed, in_a_row = failed + 1, in_a_row + 1
            if in_a_row == _TRIES:
                raise FitFailed(
                    f"{_TRIES} simulated data sets in a row could not be fitted, the last one "
                    f"because {error}"
                ) from None
            continue
        in_a_row = 0
        draws = outcome.draws.reshape(-1, outcome.draws.shape[-1]).T[: len(truth)]
        found.append(ask(Study(data, truth, draws)))
        advance(1)
    return found, failed


def _simulated(
    specification: Specification, rng: np.random.Generator, known: Mapping[int, float]
) -> tuple[np.ndarray, Specification]:
    """Return coefficients from the prior, (coefficients, 1), and the model with their outcomes."""
    response, family = specification.response, specification.family
    likelihood, classes = specification.likelihood, len(response.classes)
    for _ in range(_TRIES):
        theta = prior_draws(specification, rng, 1)
        for index, value in known.items():
            theta[index] = value
        if response.by_class:
            y = likelihood.family.probabilities(likelihood.eta(theta))[:, :, 0]
            codes = rng.multinomial(response.y.sum(axis=1), (y / y.sum(axis=0)).T)
        elif likelihood.matched is not None:
            codes = likelihood.matched.simulate(theta, rng)[:, 0]
        else:
            codes = family.simulate(likelihood.eta(theta), response.trials, rng)[:, 0]
        seen = class_counts(codes, classes, response.trials if classes == 2 else None)
        # To choose by the data, truth and all, leaves the posterior given the data as it is.
        if family.arrangement != "ordered" or seen.sum(axis=0).all():
            return theta, Specification.of(
                replace(specification, response=replace(response, y=codes))
            )
    raise FitFailed(
        f"{_TRIES} data sets in a row that the prior expects lack a class; expected all of "
        f"{listing(response.classes)}; give a prior under which each class occurs"
    )
