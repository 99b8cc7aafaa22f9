"""The groups of a result that are computed on demand: per-row quantities and priors."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import xarray as xr

from bayeslogit.design import Design
from bayeslogit.posterior.schema import named_draws, row_dataset
from bayeslogit.response import Response
from bayeslogit.specification.density import Likelihood, LogDensity
from bayeslogit.specification.layout import Layout

__all__ = [
    "constant_data",
    "log_likelihood",
    "log_prior",
    "observed_data",
    "posterior_predictive",
    "predictions",
    "prior_groups",
]


def _columns(draws: np.ndarray) -> np.ndarray:
    """Return draws (chains, draws, coefficients) as theta (coefficients, columns)."""
    return np.ascontiguousarray(draws.reshape(-1, draws.shape[2]).T)


def _per_row(
    likelihood: Likelihood,
    draws: np.ndarray,
    compute: Callable[[slice, np.ndarray], np.ndarray],
    dtype: type,
) -> np.ndarray:
    """Fill (chains, draws, rows) from blocks of rows of ``compute(rows, eta)``."""
    theta = _columns(draws)
    n = len(likelihood.X)
    result: np.ndarray = np.empty((theta.shape[1], n), dtype=dtype)
    for rows in likelihood.blocks(theta.shape[1]):
        result[:, rows] = compute(rows, likelihood.eta(theta, rows)).T
    return result.reshape(*draws.shape[:2], n)


def observed_data(response: Response, rows: np.ndarray) -> xr.Dataset:
    """Return the coded outcome ``y``, (obs)."""
    return xr.Dataset({"y": ("obs", response.y)}, coords={"obs": rows})


def constant_data(
    design: Design,
    response: Response,
    weights: np.ndarray | None,
    offset: np.ndarray | None,
    rows: np.ndarray,
) -> xr.Dataset:
    """Return one variable per predictor, (obs), and trials, weights and offset where used."""
    extra = {"trials": response.trials, "weights": weights, "offset": offset}
    data = {k: v for k, v in extra.items() if v is not None}
    # A predictor of the same name is the user's own and wins.
    data |= {k: v.astype(str) if v.dtype == object else v for k, v in design.columns.items()}
    # A DataTree takes no name with a slash, and dims keep theirs.
    taken = {"obs", "chain", "draw", ""}
    data = {f"{k}_" if k in taken else k.replace("/", "\u2215"): v for k, v in data.items()}
    return xr.Dataset({k: ("obs", v) for k, v in data.items()}, coords={"obs": rows})


def log_likelihood(likelihood: Likelihood, draws: np.ndarray, rows: np.ndarray) -> xr.Dataset:
    """Return each row's log-likelihood ``y``, (chain, draw, obs), in nats, times its weight."""
    constants = likelihood.constants

    def compute(block: slice, eta: np.ndarray) -> np.ndarray:
        values = likelihood.family.rows(eta, likelihood.counts[block])
        return values if constants is None else values + constants[block, None]

    return row_dataset("y", _per_row(likelihood, draws, compute, float), rows)


def log_prior(density: LogDensity, draws: np.ndarray, layout: Layout) -> xr.Dataset:
    """Return the log prior of each coefficient, named as the posterior, in nats."""
    each = density.prior.each(_columns(draws)).T.reshape(draws.shape)
    return named_draws(each, layout.triples, layout.coords)


def posterior_predictive(
    likelihood: Likelihood,
    draws: np.ndarray,
    trials: np.ndarray | None,
    rows: np.ndarray,
    rng: np.random.Generator,
) -> xr.Dataset:
    """Return simulated outcomes ``y``, (chain, draw, obs): codes, or counts."""

    def compute(block: slice, eta: np.ndarray) -> np.ndarray:
        return likelihood.family.simulate(eta, None if trials is None else trials[block], rng)

    return row_dataset("y", _per_row(likelihood, draws, compute, np.int64), rows)


def predictions(
    likelihood: Likelihood, draws: np.ndarray, classes: Sequence[str], rows: np.ndarray
) -> xr.Dataset:
    """Return ``p``, the probability of the event, (chain, draw, obs), or of each class.

    With more than two classes it has a last dimension ``class``.
    """

    def of(k: int) -> np.ndarray:
        return _per_row(
            likelihood, draws, lambda block, eta: likelihood.family.probabilities(eta)[k], float
        )

    if len(classes) == 2:
        return row_dataset("p", of(1), rows)
    each = [row_dataset("p", of(k), rows) for k in range(len(classes))]
    return xr.concat(each, xr.IndexVariable("class", list(classes))).transpose(..., "class")


def prior_groups(
    layout: Layout,
    response: Response,
    likelihood: Likelihood,
    theta: np.ndarray,
    rows: np.ndarray,
    rng: np.random.Generator,
) -> dict[str, xr.Dataset]:
    """Return ``prior``, ``prior_predictive`` and ``observed_data`` of prior draws.

    ``theta`` is (coefficients, draws).
    """
    draws = theta.T[None]
    return {
        "prior": named_draws(draws, layout.triples, layout.coords),
        "prior_predictive": posterior_predictive(likelihood, draws, response.trials, rows, rng),
        "observed_data": observed_data(response, rows),
    }
