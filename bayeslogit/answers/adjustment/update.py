"""More rows for a posterior: all likelihood terms kept, or the posterior as the next prior.

Where the old rows are at hand, the likelihood of all rows together is the exact answer. Without
them the old posterior, as a Gaussian with its full covariance, stands in for them; the error of
that shrinks as the old posterior nears a Gaussian.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from bayeslogit.design import Design
from bayeslogit.design.grouping import with_effects
from bayeslogit.errors import DesignError, FitFailed, MethodRefused, PriorError, listing, nearest
from bayeslogit.inference import Gaussian
from bayeslogit.inference.mode import find_mode
from bayeslogit.inference.run import run
from bayeslogit.posterior.posterior import Posterior
from bayeslogit.priors import CoefficientPrior, GaussianPrior
from bayeslogit.response import check_offset, check_weights
from bayeslogit.response.new_rows import coded
from bayeslogit.specification.density import LogDensity
from bayeslogit.specification.specification import Specification
from bayeslogit.tables.columns import Column
from bayeslogit.tables.frames import refuse_other_rows
from bayeslogit.tables.reading import read
from bayeslogit.tables.table import Table

__all__ = ["HOWS", "as_prior", "coded_rows", "error_in_sds", "joined", "update"]

HOWS = ("exact", "gaussian")


def update[P: Posterior](
    posterior: P,
    new_rows: Any,
    *,
    how: str = "exact",
    trials: Any = None,
    weights: Any = None,
    offset: Any = None,
    method: str | None = None,
    draws: int = 1000,
    chains: int = 4,
    random_seed: int | np.random.Generator | None = None,
    progressbar: bool = True,
    **options: Any,
) -> P:
    """Return the posterior given more rows.

    Parameters
    ----------
    posterior : Posterior
        The fit.
    new_rows : table
        With the columns of the fitted rows: predictors and outcome. They are coded as those
        were (levels, knots, means), and one class alone is enough.
    how : {"exact", "gaussian"}
        ``"exact"`` keeps all likelihood terms: the posterior of old and new rows together.
        ``"gaussian"`` takes this posterior, as a Gaussian with its full covariance, as the
        prior of the new rows, and works on these alone.
    trials : str, int or array, optional
        Of counts.
    weights, offset : str or array, optional
        Needed where the fitted rows have them.
    method : str, optional
        By default that of this fit.
    draws, chains, random_seed, progressbar, **options
        As in :meth:`bayeslogit.Model.fit`.

    Returns
    -------
    Fit
        ``outcome.label`` says how it was updated, and ``outcome.info["update"]`` holds
        ``how``, ``rows`` and, for ``"gaussian"`` where this fit's rows are all there were,
        ``error``: by coefficient, the difference from the posterior of all rows together at
        the modes, in its standard deviations, and the ratio of standard deviations.

    Raises
    ------
    DesignError, ResponseError
        If a column is missing, a level or class is unknown, or weights are missing.

    See Also
    --------
    bayeslogit.Fit.with_prevalence : The posterior in a population.

    Examples
    --------
    Five more students take the odds ratio of an hour of study from 2.9 to 3.9:

    >>> import bayeslogit as bl
    >>> exam = bl.load_dataset("exam")
    >>> first = bl.logistic("passed ~ hours", exam.head(15), priors=bl.Normal(0, 2)).fit("map")
    >>> later = first.update(exam.tail(5))
    >>> [f.summary("odds_ratio")["mode"].round(1)["hours"].item() for f in (first, later)]
    [2.9, 3.9]
    >>> later.outcome.info["update"]
    {'how': 'exact', 'rows': 5}
    """
    check_how(how)
    model = posterior.model
    new = coded_rows(model, new_rows, trials=trials, weights=weights, offset=offset)
    number = len(new.response.y)
    batch = joined(model, new)
    before = posterior.outcome.info.get("update", {})
    info: dict[str, Any] = {"how": how, "rows": number}
    chosen = batch
    if how == "gaussian" and model.learns:
        raise MethodRefused(
            "how='gaussian' refuses group-level terms and coefficients with learned scales, which "
            "depend on standard deviations that are far from Gaussian; expected how='exact'; leave "
            "how out"
        )
    if how == "gaussian":
        gaussian = None if posterior.exact else posterior.outcome.gaussian
        prior = as_prior(
            model.prior, np.ascontiguousarray(posterior.theta.T), gaussian, model.layout.names
        )
        chosen = replace(new, prior=prior)
        # The rows of an earlier Gaussian update are not at hand any more.
        if before.get("how") != "gaussian":
            info["error"] = error_in_sds(batch.density, chosen.density)
    elif before.get("how") == "gaussian":
        info["after"] = "a Gaussian update, whose error stays"
    found = run(
        chosen,
        method or posterior.method,
        draws=draws,
        chains=chains,
        random_seed=posterior.seed if random_seed is None else random_seed,
        progressbar=progressbar,
        **options,
    )
    words = {
        "exact": f"all likelihood terms kept, {number} rows added",
        "gaussian": f"the earlier posterior as a Gaussian prior of {number} new rows",
    }
    outcome = replace(
        found.outcome,
        label=f"{found.outcome.label}; updated: {words[how]}",
        info=found.outcome.info | {"update": info},
    )
    return replace(posterior, model=chosen, **found._replace(outcome=outcome)._asdict())


def check_how(how: str) -> None:
    """Refuse an unknown way of updating."""
    if how not in HOWS:
        raise DesignError(
            f"how={how!r} is not known; expected 'exact' (all likelihood terms kept) or 'gaussian' "
            "(the posterior as the next prior); choose one of them." + nearest(how, HOWS)
        )


def coded_rows(
    old: Specification,
    new_rows: Any,
    *,
    trials: Any = None,
    weights: Any = None,
    offset: Any = None,
) -> Specification:
    """Return the model on new rows, coded exactly as the old ones: columns, levels, knots, classes.

    Parameters
    ----------
    old : Specification
        With the fitted rows.
    new_rows : table
        With the predictors and the outcome.
    trials : str, int or array, optional
        Of counts.
    weights, offset : str or array, optional
        Needed if the old rows have them.

    Raises
    ------
    DesignError, ResponseError
        If a column is missing, a level or class unknown, or weights or offset are missing.
    MethodRefused
        If the old rows are members of matched sets.
    """
    if old.family.coupled:
        raise MethodRefused(
            "an update was asked of a model with strata= or of choices, whose likelihood is of "
            "whole sets and not of single rows; expected another; build it again from all rows "
            "together"
        )
    table = read(new_rows, what="new rows")
    wanted = (*old.design.columns, *old.response.columns)
    missing = [name for name in wanted if name not in table]
    if missing:
        raise DesignError(
            f"the new rows have the columns {listing(table.names)} and lack {listing(missing)}; "
            f"expected those of the fitted rows, {listing(wanted)}; add what is missing."
            + nearest(missing[0], table.names)
        )
    X, own_offset, columns = _code(old.design, table)
    n = table.n_rows
    response = coded(old.response, table, trials)
    row_weights = _per_row("weights", weights, table, old.weights is not None)
    extra = old.offset is not None and not _only_from_formula(old)
    given = _per_row("offset", offset, table, extra)
    total = own_offset
    if given is not None:
        given = check_offset(given, n)
        total = given if total is None else total + given
    after = int(old.rows.max(initial=-1)) + 1 + np.arange(n)
    source = table.select(old.design.source.names) if old.design.columns else table
    design = replace(
        old.design,
        X=X,
        offset=own_offset,
        columns=columns,
        source=source.labelled(source.index, after),
        groups=tuple(group.known(table) for group in old.design.groups),
    )
    if row_weights is not None:
        row_weights = check_weights(row_weights, n)
    return replace(
        old, design=design, response=response, weights=row_weights, offset=total, rows=after
    )


def _code(
    design: Design, table: Table
) -> tuple[np.ndarray, np.ndarray | None, dict[str, np.ndarray]]:
    if not design.columns:  # an intercept alone
        return np.ones((table.n_rows, design.X.shape[1])), None, {}
    return design.code(table.select(design.columns))


def _only_from_formula(old: Specification) -> bool:
    own = old.design.offset
    return own is not None and old.offset is not None and np.array_equal(own, old.offset)


def _per_row(name: str, values: Any, table: Table, needed: bool) -> Any:
    if values is None:
        if needed:
            raise DesignError(
                f"the fitted rows have {name} and the new rows have none; expected {name}= of "
                "the new rows, a column or one number for each; pass it"
            )
        return None
    refuse_other_rows(table.index, values, "the new rows", f"{name}=")
    return table[values] if isinstance(values, str) else np.asarray(values)


def joined(old: Specification, new: Specification) -> Specification:
    """Return old and new rows together; a part that only some have is filled with one or zero.

    Parameters
    ----------
    old, new : Specification
        Coded alike.
    """
    groups = tuple(
        replace(a, Z=np.concatenate([a.Z, b.Z]), codes=np.concatenate([a.codes, b.codes]))
        for a, b in zip(old.design.groups, new.design.groups, strict=True)
    )
    fixed = np.concatenate([old.design.fixed.X, new.design.fixed.X])
    design = replace(
        old.design,
        X=with_effects(fixed, groups),
        offset=_filled(old.design.offset, new.design.offset, old, new, 0.0),
        columns={
            name: np.concatenate([values, new.design.columns[name]])
            for name, values in old.design.columns.items()
        },
        source=_stacked(old.design.source, new.design.source),
        groups=groups,
    )
    one, two = old.response, new.response
    trials = None if one.trials is None or two.trials is None else (one.trials, two.trials)
    response = replace(
        one,
        y=np.concatenate([one.y, two.y]),
        trials=None if trials is None else np.concatenate(trials),
    )
    return replace(
        old,
        design=design,
        response=response,
        weights=_filled(old.weights, new.weights, old, new, 1.0),
        offset=_filled(old.offset, new.offset, old, new, 0.0),
        rows=np.concatenate([old.rows, new.rows]),
    )


def _filled(
    one: np.ndarray | None,
    two: np.ndarray | None,
    old: Specification,
    new: Specification,
    fill: float,
) -> np.ndarray | None:
    if one is None and two is None:
        return None
    sizes = len(old.response.y), len(new.response.y)
    return np.concatenate(
        [np.full(n, fill) if v is None else v for v, n in zip((one, two), sizes, strict=True)]
    )


def _stacked(old: Table, new: Table) -> Table:
    """Put tables of the same columns on top of one another; levels are those of the old one."""
    columns = {name: _stack(old.column(name), new.column(name)) for name in old.names}
    # Rows of a table without an index are numbered on from those before.
    return Table(columns, old.n_rows + new.n_rows, row_labels=old.labels.append(new.labels))


def _stack(old: Column, new: Column) -> Column:
    if old.kind != "category":
        return Column(old.kind, np.concatenate([old.values, new.values]))
    places = {str(level): code for code, level in enumerate(old.levels)}
    levels = list(old.levels)
    for level in new.levels:
        if str(level) not in places:
            places[str(level)] = len(levels)
            levels.append(level)
    codes = np.array([places[str(level)] for level in new.levels], dtype=np.intp)
    values = np.concatenate([old.values, codes[new.values]])
    return Column("category", values, tuple(levels), old.ordered)


def as_prior(
    prior: CoefficientPrior,
    draws: np.ndarray,
    gaussian: Gaussian | None,
    names: Sequence[str],
) -> CoefficientPrior:
    """Return the posterior as a joint Gaussian prior.

    Parameters
    ----------
    prior : CoefficientPrior
        The one before; what it demands of the order of cutpoints stays.
    draws : ndarray, shape (draws, coefficients)
    gaussian : Gaussian, optional
        Used instead of the draws' mean and covariance, where a method has it.
    names : sequence of str

    Raises
    ------
    PriorError
        If there are too few draws for a covariance.
    """
    if gaussian is not None:
        mean, covariance = gaussian.mean, gaussian.covariance
    else:
        if len(draws) <= draws.shape[1] + 1:
            raise PriorError(
                f"{len(draws)} draws of {draws.shape[1]} coefficients are too few for the next "
                f"prior; expected at least {draws.shape[1] + 2}, because their covariance is "
                "needed; fit with more draws, or by 'laplace'"
            )
        mean, covariance = draws.mean(axis=0), np.atleast_2d(np.cov(draws, rowvar=False))
    return CoefficientPrior(
        tuple(names),
        joint=GaussianPrior(mean, covariance),
        increasing=prior.increasing,
        constraints=prior.constraints,
    )


def error_in_sds(batch: LogDensity, updated: LogDensity) -> dict[str, tuple[float, float]] | None:
    """Return how far the updated posterior is from that of all rows together, at their modes.

    Parameters
    ----------
    batch : LogDensity
        Log posterior density of all rows together, in nats.
    updated : LogDensity
        The same of the new rows, with the first posterior as prior.

    Returns
    -------
    dict of str to (float, float)
        For each coefficient the difference of the modes in standard deviations of the batch
        posterior, and the ratio of the standard deviations; None where a mode cannot be found.
    """
    try:
        with np.errstate(all="ignore"):
            one, two = find_mode(batch), find_mode(updated)
            spread = [np.sqrt(np.diag(np.linalg.inv(m.precision))) for m in (one, two)]
    except (FitFailed, np.linalg.LinAlgError):
        return None
    moved, ratio = (two.theta - one.theta) / spread[0], spread[1] / spread[0]
    return {
        name: (float(m), float(r)) for name, m, r in zip(batch.names, moved, ratio, strict=True)
    }
