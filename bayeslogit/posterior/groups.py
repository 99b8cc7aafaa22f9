"""The groups of the DataTree that are computed on demand: per-row quantities and priors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from bayeslogit import tables
from bayeslogit.design import Design
from bayeslogit.errors import DesignError, nearest
from bayeslogit.families.base import draw_counts
from bayeslogit.posterior.posterior import Posterior, refuse_without_effects
from bayeslogit.posterior.schema import named_draws, row_dataset, stats_dataset
from bayeslogit.priors import CoefficientPrior
from bayeslogit.response import Response
from bayeslogit.specification.as_given import as_given
from bayeslogit.specification.density import Likelihood
from bayeslogit.specification.layout import Layout
from bayeslogit.specification.prior_draws import prior_draws
from bayeslogit.tables.labels import coordinate
from bayeslogit.text import one_line

if TYPE_CHECKING:
    import xarray as xr

__all__ = [
    "constant_data",
    "extend",
    "idata",
    "log_likelihood",
    "log_prior",
    "observed_data",
    "posterior_predictive",
    "predictions",
    "prior_groups",
]

# Values per row and draw beyond which ``idata`` leaves out the groups that hold them.
_LARGEST_GROUP = 50_000_000


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
    """Return the coded outcome ``y``, (obs), or counts of every class, (obs, class).

    Parameters
    ----------
    response : Response
    rows : ndarray, shape (obs,)
        Labels of the rows in the user's table; the coordinate ``obs``.
    """
    import xarray as xr

    coords: dict[str, Any] = {"obs": rows}
    if response.by_class:
        coords["class"] = list(response.classes)
    return xr.Dataset({"y": (list(coords), response.y)}, coords=coords)


def constant_data(
    design: Design,
    response: Response,
    weights: np.ndarray | None,
    offset: np.ndarray | None,
    rows: np.ndarray,
) -> xr.Dataset:
    """Return one variable per predictor, (obs), and trials, weights and offset where used.

    Parameters
    ----------
    design : Design
        Its columns, as the user gave them, are the predictors.
    response : Response
        For the trials.
    weights, offset : ndarray, shape (obs,), or None
        Frequency weights, and what is added to the linear predictor.
    rows : ndarray, shape (obs,)
        Labels of the rows in the user's table.
    """
    import xarray as xr

    extra: dict[str, Any] = {"trials": response.trials, "weights": weights, "offset": offset}
    # Dims keep their names, then predictors do; a DataTree takes no name with a slash.
    free = tables.beside(("obs", "chain", "draw", ""), design.columns)
    own = {k: name.replace("/", "\u2215") for k, name in free.items()}
    data = {own[k]: v.astype(str) if v.dtype == object else v for k, v in design.columns.items()}
    data |= {
        n: extra[k] for k, n in tables.beside([*data, "obs"], extra).items() if extra[k] is not None
    }
    shown = {k: one_line(k) for k in data}
    if len(set(shown.values())) == len(shown):
        data = {shown[k]: v for k, v in data.items()}
    return xr.Dataset({k: ("obs", v) for k, v in data.items()}, coords={"obs": rows})


def log_likelihood(likelihood: Likelihood, draws: np.ndarray, rows: np.ndarray) -> xr.Dataset:
    """Return each row's log-likelihood ``y``, (chain, draw, obs), in nats, times its weight.

    Parameters
    ----------
    likelihood : Likelihood
        Of the rows, with its combinatorial constants if it has them.
    draws : ndarray, shape (chains, draws, coefficients)
    rows : ndarray, shape (obs,)
        Labels of the rows in the user's table; of matched sets, which have a term each, theirs.
    """
    if likelihood.matched is not None:
        values = likelihood.pointwise(_columns(draws)).T
        return row_dataset("y", values.reshape(*draws.shape[:2], -1), rows, dim="set")
    constants = likelihood.constants

    def compute(block: slice, eta: np.ndarray) -> np.ndarray:
        values = likelihood.family.row_log_likelihood(eta, likelihood.counts[block])
        return values if constants is None else values + constants[block, None]

    return row_dataset("y", _per_row(likelihood, draws, compute, float), rows)


def log_prior(prior: CoefficientPrior, draws: np.ndarray, layout: Layout) -> xr.Dataset:
    """Return the log prior density of each coefficient, named as the posterior, in nats.

    Parameters
    ----------
    prior : CoefficientPrior
    draws : ndarray, shape (chains, draws, coefficients)
    layout : Layout
        Names and places of the coefficients.
    """
    each = prior.each(_columns(draws)).T.reshape(draws.shape)
    return named_draws(each, layout.triples, layout.coords)


def posterior_predictive(
    likelihood: Likelihood,
    draws: np.ndarray,
    response: Response,
    rows: np.ndarray,
    rng: np.random.Generator,
) -> xr.Dataset:
    """Return simulated outcomes ``y``, (chain, draw, obs): codes of classes, or counts.

    Counts of every class have a last dimension ``class``.

    Parameters
    ----------
    likelihood : Likelihood
    draws : ndarray, shape (chains, draws, coefficients)
        From the posterior, or from the prior.
    response : Response
        For the cases of each row.
    rows : ndarray, shape (obs,)
        Labels of the rows in the user's table.
    rng : numpy.random.Generator
    """
    family, trials = likelihood.family, response.trials
    if likelihood.matched is not None:
        cases = likelihood.matched.simulate(_columns(draws), rng).T
        return row_dataset("y", cases.reshape(*draws.shape[:2], -1), rows)
    if response.by_class:
        assert trials is not None
        theta = _columns(draws)
        counts = np.empty((theta.shape[1], *response.y.shape), dtype=np.int64)
        for block in likelihood.blocks(theta.shape[1]):
            prob = family.probabilities(likelihood.eta(theta, block))
            counts[:, block] = np.transpose(draw_counts(prob, trials[block], rng), (2, 1, 0))
        return row_dataset(
            "y", counts.reshape(*draws.shape[:2], *response.y.shape), rows, response.classes
        )

    def compute(block: slice, eta: np.ndarray) -> np.ndarray:
        return family.simulate(eta, None if trials is None else trials[block], rng)

    return row_dataset("y", _per_row(likelihood, draws, compute, np.int64), rows)


def predictions(
    likelihood: Likelihood, draws: np.ndarray, classes: Sequence[str], rows: np.ndarray
) -> xr.Dataset:
    """Return ``p``, the probability of the event, (chain, draw, obs), or of each class.

    With more than two classes it has a last dimension ``class``.

    Parameters
    ----------
    likelihood : Likelihood
    draws : ndarray, shape (chains, draws, coefficients)
    classes : sequence of str
        Names of all classes, in the order of their codes.
    rows : ndarray, shape (obs,)
        Labels of the rows in the user's table.
    """
    import xarray as xr

    def of(k: int) -> np.ndarray:
        return _per_row(
            likelihood, draws, lambda block, eta: likelihood.family.probabilities(eta)[k], float
        )

    if len(classes) == 2:
        return row_dataset("p", of(1), rows)
    each = [row_dataset("p", of(k), rows) for k in range(len(classes))]
    joined: xr.Dataset = xr.concat(each, "class").assign_coords({"class": list(classes)})
    return joined.transpose(..., "class")


def prior_groups(
    layout: Layout,
    response: Response,
    likelihood: Likelihood,
    theta: np.ndarray,
    rows: np.ndarray,
    rng: np.random.Generator,
) -> dict[str, xr.Dataset]:
    """Return ``prior``, ``prior_predictive`` and ``observed_data`` of prior draws.

    Parameters
    ----------
    layout : Layout
    response : Response
    likelihood : Likelihood
        Of the rows, for the simulated outcomes.
    theta : ndarray, shape (coefficients, draws)
        Draws from the prior; the groups have one chain of them.
    rows : ndarray, shape (obs,)
        Labels of the rows in the user's table.
    rng : numpy.random.Generator
    """
    draws = theta.T[None]
    return {
        "prior": named_draws(as_given(layout, draws, 2), layout.triples, layout.coords),
        "prior_predictive": posterior_predictive(likelihood, draws, response, rows, rng),
        "observed_data": observed_data(response, rows),
    }


def idata(posterior: Posterior) -> xr.DataTree:
    """Draws and everything ArviZ computes with, as one DataTree; computed when first used.

    Groups ``posterior``, ``sample_stats``, ``fit`` (mean vector and covariance matrix of a
    Gaussian, where the method has one), ``observed_data``, ``constant_data``, and, unless
    draws times rows exceed 50 million, ``log_likelihood``, ``log_prior``,
    ``posterior_predictive``, ``predictions`` (probabilities ``p`` of the rows, in [0, 1]),
    and ``prior`` and ``prior_predictive`` (where the prior is proper). :func:`extend` adds the
    groups that are left out.

    See Also
    --------
    bayeslogit.Fit.extend : The base groups and those named.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> model = bl.logistic("passed ~ hours", bl.load_dataset("exam"))
    >>> fit = model.fit(random_seed=1)
    >>> sorted(name for name in fit.idata.children if "prior" in name)
    ['log_prior', 'prior', 'prior_predictive']
    """
    groups = [] if posterior.model.prior.learned else ["log_prior"]
    if posterior.outcome.effects is not None:
        return extend(posterior, *groups)
    if posterior.n_draws * len(posterior.model.response.y) <= _LARGEST_GROUP:
        groups += ["log_likelihood", "posterior_predictive"]
        groups += [] if posterior.model.family.coupled else ["predictions"]
        if posterior.model.prior.proper:
            groups.append("prior")
    return extend(posterior, *groups)


def extend(posterior: Posterior, *groups: str) -> xr.DataTree:
    """Return the draws, the data and the groups named, as a new DataTree.

    Parameters
    ----------
    posterior : Posterior
        A fitted model.
    *groups : str
        Any of ``"log_likelihood"``, ``"log_prior"`` (in nats), ``"posterior_predictive"``,
        ``"predictions"`` (probabilities), ``"prior"``.

    Returns
    -------
    xarray.DataTree
        Also ``posterior``, ``observed_data`` and ``constant_data``, and, where the method has
        them, ``sample_stats`` and ``fit``.

    Raises
    ------
    DesignError
        If there is no such group.

    See Also
    --------
    bayeslogit.Fit.idata : The groups that ArviZ asks for.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> fit = bl.logistic("passed ~ hours", bl.load_dataset("exam")).fit(random_seed=1)
    >>> sorted(fit.extend("log_likelihood").children)
    ['constant_data', 'log_likelihood', 'observed_data', 'posterior', 'sample_stats']
    """
    import xarray as xr

    model, draws = posterior.model, posterior.outcome.draws
    rows = coordinate(model.labels)
    held = constant_data(model.design, model.response, model.weights, model.offset, rows)
    likelihood = model.likelihood
    rng = np.random.default_rng([posterior.seed or 0, 1])
    known = ("log_likelihood", "log_prior", "posterior_predictive", "predictions", "prior")
    for name in groups:
        if name not in known:
            raise DesignError(
                f"{name!r} is not a group that can be added; expected some of "
                f"{', '.join(known)}; name one of them.{nearest(name, known)}"
            )
    if set(groups) & {"log_likelihood", "posterior_predictive", "predictions"}:
        refuse_without_effects(posterior)
    tree: dict[str, xr.Dataset] = {"posterior": posterior.posterior}
    if posterior.outcome.stats:
        tree["sample_stats"] = stats_dataset(posterior.outcome.stats, draws.shape[:2])
    gaussian = posterior.given_gaussian
    if gaussian is not None:
        names = list(model.fixed_layout.names)
        tree["fit"] = xr.Dataset(
            {
                "mean_vector": ("rows", gaussian.mean),
                "covariance_matrix": (("rows", "columns"), gaussian.covariance),
            },
            {"rows": names, "columns": names},
        )
    if "log_likelihood" in groups:
        sets = model.response.sets
        own = rows if sets is None else np.array(sets.labels)
        tree["log_likelihood"] = log_likelihood(likelihood, draws, own)
    if "log_prior" in groups:
        layout = model.fixed_layout
        tree["log_prior"] = log_prior(model.prior.known, draws[:, :, model.layout.fixed], layout)
    if "posterior_predictive" in groups:
        simulated = posterior_predictive(likelihood, draws, model.response, rows, rng)
        tree["posterior_predictive"] = simulated
    if "predictions" in groups:
        tree["predictions"] = predictions(likelihood, draws, model.response.classes, rows)
        tree["predictions_constant_data"] = held
    if "prior" in groups:
        theta = prior_draws(model, rng, max(1000, posterior.theta.shape[1]))
        tree |= prior_groups(model.layout, model.response, likelihood, theta, rows, rng)
    tree["observed_data"] = observed_data(model.response, rows)
    tree["constant_data"] = held
    return xr.DataTree.from_dict(tree)
