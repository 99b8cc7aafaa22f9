"""The part the prior plays: power scaling, its place, and the shift from maximum likelihood."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from bayeslogit import tables
from bayeslogit.answers.checks.data import check_separation
from bayeslogit.answers.checks.draws import thinned
from bayeslogit.answers.checks.findings import Finding
from bayeslogit.answers.classical.maximum_likelihood import Maximum
from bayeslogit.answers.classical.maximum_likelihood import as_given as maxima_as_given
from bayeslogit.errors import listing
from bayeslogit.inference.mode import find_mode
from bayeslogit.numerics.equal_rows import equal_rows
from bayeslogit.numerics.pareto import tail_length
from bayeslogit.posterior.posterior import Posterior
from bayeslogit.specification.as_given import as_given
from bayeslogit.specification.bounded import truncated_prior
from bayeslogit.specification.density import Likelihood, LogDensity

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["check_movement", "check_prior", "check_sensitivity", "movement"]

# Above these a prior is said to matter: power-scaling sensitivity, and standard errors.
_THRESHOLD = 0.05


_MOVED = 0.5


def check_sensitivity(posterior: Posterior, movement: Finding) -> Finding:
    """Raise prior and likelihood to powers near one, and see which coefficients follow.

    Parameters
    ----------
    posterior : Posterior
    movement : Finding
        From :func:`check_movement`: where the posterior hardly left the maximum likelihood
        estimate, a sensitivity is a note and not a warning.

    References
    ----------
    Kallioinen, N. et al. (2024). Detecting and diagnosing prior and likelihood sensitivity with
    power-scaling. doi:10.1007/s11222-023-10366-5
    """
    import pandas as pd
    import xarray as xr
    from arviz_stats.psense import psense

    density = posterior.model.density
    prior = density.prior
    if prior.flat.all():
        return Finding("prior_sensitivity", "ok", "every prior is flat: there is none to vary")
    if tail_length(posterior.n_draws) < 5:
        return Finding(
            "prior_sensitivity",
            "note",
            f"how much the prior matters cannot be told from {posterior.n_draws} draws: expected "
            "25 or more",
            "fit with more draws: four chains of 1000 are enough for most purposes",
        )
    theta = thinned(posterior, len(density.rows.X)).theta
    chains = posterior.n_chains if theta.shape[1] % posterior.n_chains == 0 else 1

    def dataset(values: np.ndarray, dim: str, labels: tuple[str, ...]) -> xr.Dataset:
        shaped = values.T.reshape(chains, -1, len(labels))
        coords = {dim: list(labels)}
        return xr.Dataset({"coefficient": (("chain", "draw", dim), shaped)}, coords=coords)

    tree = xr.DataTree.from_dict(
        {
            "posterior": dataset(as_given(posterior.model.layout, theta), "name", prior.names),
            "log_prior": dataset(prior.log_density(theta)[None], "part", ("all",)),
            "log_likelihood": dataset(density.rows.value(theta)[None], "part", ("all",)),
        }
    )
    sensitivity: Callable[..., xr.Dataset] = psense
    try:
        with warnings.catch_warnings():
            # ArviZ says of few draws how it smooths them; few draws are said elsewhere.
            warnings.simplefilter("ignore", UserWarning)
            shifts = {
                group: sensitivity(tree, group=group)["coefficient"].values
                for group in ("prior", "likelihood")
            }
    except ValueError:
        return Finding(
            "prior_sensitivity",
            "note",
            "how much the prior matters cannot be told from these draws: the largest weights of "
            "draws are all alike",
            "fit with more draws, or compare fits under two priors",
        )
    table = tables.Answer(shifts, index=pd.Index(prior.names, name="coefficient"))
    led = table["prior"] >= _THRESHOLD
    conflict = tuple(table.index[led & (table["likelihood"] >= _THRESHOLD)])
    strong = tuple(table.index[led & (table["likelihood"] < _THRESHOLD)])
    values = {"largest": float(table["prior"].max())}
    if conflict:
        moved = not movement.values.get("largest_shift", np.inf) < _MOVED
        return Finding(
            "prior_sensitivity",
            "warning" if moved else "note",
            f"prior and data both move {listing(conflict)} (power-scaling sensitivity to the prior "
            f"up to {values['largest']:.2g}; below {_THRESHOLD} it would hardly matter)",
            "ask whether the prior says what you mean, and report the answer under a wider and a "
            "tighter one",
            (*conflict, *strong),
            values,
            table,
        )
    if strong:
        return Finding(
            "prior_sensitivity",
            "note",
            f"the prior alone decides {listing(strong)}: the data say little",
            "report this; a defensible prior is the answer here, or more data",
            strong,
            values,
            table,
        )
    return Finding(
        "prior_sensitivity",
        "ok",
        f"making the prior a little stronger or weaker changes little (sensitivity at most "
        f"{values['largest']:.2g})",
        values=values,
        details=table,
    )


def check_movement(posterior: Posterior, maximum: Maximum | None) -> Finding:
    """Put the maximum likelihood estimate, the posterior mode and the posterior side by side.

    Parameters
    ----------
    posterior : Posterior
    maximum : Maximum or None
        None where there is no unique estimate.

    Returns
    -------
    Finding
        ``details`` has ``mle``, ``mle_se``, ``map``, ``posterior_mean``, ``posterior_sd`` and
        ``shift``: posterior mean less estimate, in standard errors of the estimate.
    """
    import pandas as pd

    density = posterior.model.density
    names = density.names
    mode = find_mode(density)
    columns: dict[str, np.ndarray] = {}
    layout = posterior.model.layout
    mean = estimates = posterior.given.mean(axis=1)
    if maximum is not None:
        each = maxima_as_given(density.likelihood, maximum, layout.given)
        estimates = np.array([found.estimates[place] for _, found, place in each])
        errors = np.array([found.standard_errors[place] for _, found, place in each])
        columns |= {"mle": estimates, "mle_se": errors}
    best = as_given(layout, mode.theta)
    columns["map"] = best if mode.converged else np.full(len(names), np.nan)
    if not posterior.point:
        columns |= {"posterior_mean": mean, "posterior_sd": posterior.given.std(axis=1, ddof=1)}
    shift = np.full(len(names), np.nan)
    if maximum is not None:
        finite = np.isfinite(estimates) & (errors > 0.0)
        away = mean - np.where(finite, estimates, 0.0)
        shift = np.divide(away, errors, out=shift, where=finite)
        columns["shift"] = shift
    table = tables.Answer(columns, index=pd.Index(names, name="coefficient"))
    infinite = tuple(n for n, e in zip(names, estimates, strict=True) if not np.isfinite(e))
    if maximum is None and not infinite and posterior.model.family.bounded:
        return Finding(
            "prior_shift",
            "ok",
            "the likelihood is highest at the border of the link's range, where no standard error "
            "tells how far the posterior is from it",
            details=table,
        )
    if maximum is None or infinite:
        which = f" of {listing(infinite)}" if infinite else ""
        return Finding(
            "prior_shift",
            "note",
            f"there is no finite, unique maximum likelihood estimate{which}: the prior made it "
            "finite",
            "compare posteriors under two or three priors",
            infinite,
            details=table,
        )
    far = tuple(n for n, s in zip(names, shift, strict=True) if abs(s) > 1.0)
    largest = float(np.nanmax(np.abs(shift), initial=0.0))
    values = {"largest_shift": largest}
    center = "mode" if posterior.point else "mean"
    if far:
        return Finding(
            "prior_shift",
            "note",
            f"the posterior {center} of {listing(far)} is more than one standard error from the "
            f"maximum likelihood estimate (up to {largest:.2g})",
            "see in details how far prior and skewness moved it, and ask whether you meant that",
            far,
            values,
            table,
        )
    return Finding(
        "prior_shift",
        "ok",
        f"the posterior {center} is within {largest:.2g} standard "
        "errors of the maximum likelihood estimates",
        values=values,
        details=table,
    )


def check_prior(density: LogDensity) -> Finding:
    """Say what the prior expects before the data."""
    prior = density.prior
    flat = tuple(name for name, f in zip(prior.names, prior.flat, strict=True) if f)
    if flat:
        return Finding(
            "prior",
            "note",
            f"the prior of {listing(flat)} is flat",
            "mind that nothing then tames estimates where data are few; Normal(0, 2.5) is a mild "
            "prior for a predictor of unit spread",
            flat,
        )
    likelihood = density.likelihood
    rng = np.random.default_rng(0)
    if likelihood.family.bounded:
        theta = truncated_prior(prior, likelihood, rng, 2000)
    else:
        theta = prior.sample(rng, 2000)
    some, cases = _some_rows(likelihood)
    with np.errstate(all="ignore"):
        probabilities = likelihood.family.probabilities(likelihood.eta(theta, some))
    # Draws that a family forbids, such as crossed cutpoints, have no probabilities.
    top = probabilities.max(axis=0)
    share = float(np.average(top > 0.99, weights=cases[:, None] * np.isfinite(top)))
    values = {"extreme_share": share}
    sentence = (
        f"before the data, {100 * share:.0f} % of the probabilities that the prior expects in "
        "these rows are beyond 1 % or 99 %"
    )
    if share > 0.5:
        return Finding(
            "prior",
            "note",
            sentence,
            "tighten the slopes' priors if you do not believe that: many wide priors add up",
            values=values,
        )
    return Finding("prior", "ok", sentence, values=values)


def movement(posterior: Posterior) -> pd.DataFrame:
    """Return the shift of each coefficient from maximum likelihood to mode and posterior mean.

    Parameters
    ----------
    posterior : Posterior
        The fit.

    Returns
    -------
    pandas.DataFrame
        A row per coefficient: ``mle``, ``mle_se``, ``map`` (posterior mode),
        ``posterior_mean``, ``posterior_sd``, and ``shift``: posterior mean less estimate, in
        standard errors of the estimate. Without the first two and the last where no unique
        estimate exists; infinite estimates are infinite.

    See Also
    --------
    plot_movement : The same as a picture.
    check : What the prior does, in words.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> fit = bl.logistic("passed ~ hours", bl.load_dataset("exam"), priors="flat").fit("map")
    >>> fit.movement().round(4).loc["hours"].to_dict()
    {'mle': 1.5046, 'mle_se': 0.6287, 'map': 1.5046, 'shift': 0.0}
    """
    density = posterior.model.density
    _, maximum = check_separation(density.likelihood, density.names, density.prior)
    table = check_movement(posterior, maximum).details
    assert table is not None
    return table


def _some_rows(likelihood: Likelihood) -> tuple[np.ndarray, np.ndarray]:
    """Return a few hundred different rows, and how many cases each stands for."""
    cases = likelihood.counts.sum(axis=1)
    offset = [] if likelihood.offset is None else [likelihood.offset]
    keys = [*likelihood.X.T, *offset] or [np.zeros(len(cases))]
    first, code = equal_rows(keys) or (np.arange(len(cases)), np.arange(len(cases)))
    mass = np.bincount(code, cases, len(first))
    used = np.flatnonzero(mass > 0.0)
    used = used[:: max(1, len(used) // 200)]
    return first[used], mass[used]
