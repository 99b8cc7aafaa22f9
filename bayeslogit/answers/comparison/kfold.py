"""Cross-validation by fitting again, without one fold of cases at a time."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from bayeslogit.answers.comparison.by_group import density_given_data, grouping_of
from bayeslogit.answers.comparison.elpd import Elpd
from bayeslogit.answers.comparison.folds import assign, groups_of
from bayeslogit.answers.comparison.units import (
    checked_unit,
    constants_of,
    held_out,
    parts_of,
    units_of,
)
from bayeslogit.errors import BayesLogitWarning, DesignError, warn
from bayeslogit.inference.run import run
from bayeslogit.posterior.posterior import Posterior, refuse_point
from bayeslogit.runtime.progress import progress
from bayeslogit.runtime.seeds import generator
from bayeslogit.specification.specification import Specification
from bayeslogit.specification.subset import on_rows, without

__all__ = ["folds_of", "folds_of_sets", "kfold", "without_folds"]


def kfold(
    posterior: Posterior,
    folds: Any = None,
    *,
    groups: Any = None,
    unit: str | None = None,
    method: str | None = None,
    random_seed: int = 0,
    progressbar: bool = True,
    **options: Any,
) -> Elpd:
    """Return the expected log predictive density (elpd) by K-fold cross-validation.

    What :func:`loo` estimates without fitting again, for cases that it cannot be trusted with,
    and for groups of rows that belong together. Scores are of single cases, as there. With
    group-level terms, folds of cases ask about the groups that the fit has seen; ``groups=`` about
    new ones, of which ``unit="group"`` scores all rows together.

    Parameters
    ----------
    posterior : Posterior
        The fit.
    folds : int or array, optional
        How many; cases, not rows, are dealt out, with classes spread evenly. Or the fold of each
        row, which is then left out whole. By default 10, or as many as there are groups, if these
        are fewer.
    groups : str or array, optional
        Rows of one group are left out together: a grouping or predictor of the model, or a value
        for each row.
    unit : {"case", "row", "group", "set"}, optional
        What is dealt out to folds and scored together, as in :func:`loo`.
    method, **options : optional
        Of the fits without a fold; by default the method of this one.
    random_seed : int
        Of folds and fits.
    progressbar : bool
        Show progress of what takes longer than two seconds.

    Returns
    -------
    Elpd
        As :func:`loo` gives, without Pareto k. For one case a row equal to
        ``arviz_stats.loo_kfold`` on the same folds, but for the standard error, which divides by
        n - 1.

    Raises
    ------
    DesignError
        If folds or groups do not fit the rows.
    MethodRefused
        If this is a point estimate.

    See Also
    --------
    loo : The same without fitting again.
    bayeslogit.compare : Several fits on the same folds.

    References
    ----------
    Vehtari, A., Gelman, A. and Gabry, J. (2017). Practical Bayesian model evaluation using
    leave-one-out cross-validation and WAIC. doi:10.1007/s11222-016-9696-4

    Examples
    --------
    >>> import bayeslogit as bl
    >>> fit = bl.logistic("passed ~ hours", bl.load_dataset("exam")).fit(draws=500, random_seed=1)
    >>> found = fit.kfold(5, progressbar=False)
    >>> found.kind, round(found.elpd)  # in nats; twenty coins would have 20 log(1/2), -14
    ('5-fold', -9)
    """
    unit = checked_unit(posterior.model, unit)
    codes, labels = None, None
    if unit == "set":
        codes, labels = grouping_of(posterior.model, None)
        left = folds_of_sets([posterior.model], folds, groups, random_seed)
    else:
        if unit == "group":
            codes, labels = grouping_of(posterior.model, groups)
            groups = codes
        left = folds_of([posterior.model], folds, groups, random_seed, unit)
    found = without_folds(
        posterior,
        left,
        unit=unit if codes is None else codes,
        method=method,
        random_seed=random_seed,
        progressbar=progressbar,
        **options,
    )
    return found if labels is None else replace(found, labels=labels, unit=unit)


def folds_of_sets(
    fits: Sequence[Specification], folds: Any, groups: Any, random_seed: int
) -> np.ndarray:
    """Return the cases of each fold, (folds, rows, classes), of models of the same matched sets.

    Parameters
    ----------
    fits : sequence of Specification
    folds, groups, random_seed
        As for :func:`folds_of`; without groups each set is one.

    Raises
    ------
    DesignError
        If the members of a set are in different folds.
    """
    sets = fits[0].response.sets
    assert sets is not None
    given = sets.codes if groups is None and np.ndim(folds) != 1 else groups
    left = folds_of(fits, folds, given, random_seed)
    fold = left.any(axis=2).argmax(axis=0)
    first = np.unique(sets.codes, return_index=True)[1]
    apart = np.flatnonzero(fold != fold[first[sets.codes]])
    if apart.size:
        name = sets.labels[sets.codes[apart[0]]]
        raise DesignError(
            f"the rows of the set {name!r} of {sets.name!r} are in different folds; expected sets "
            "left out whole, because a part of one says nothing of the rest; say how many folds, "
            "or give all rows of a set the same"
        )
    return left


def folds_of(
    fits: Sequence[Specification], folds: Any, groups: Any, random_seed: int, unit: str = "case"
) -> np.ndarray:
    """Return the cases of each fold, (folds, rows, classes).

    Parameters
    ----------
    fits : sequence of Specification
        Models of the same rows.
    folds : int, array of shape (rows,), or None
        How many, or the fold of each row; 10 by default, or as many as there are groups.
    groups : str, array or None
        Rows of one group stay together.
    random_seed : int
    unit : {"case", "row"}
        What is dealt out.

    See Also
    --------
    bayeslogit.answers.comparison.folds.assign : How cases are dealt out.
    """
    which = groups_of(groups, fits[0].design, fits[0].rows)
    if folds is None:
        folds = 10 if which is None else int(np.clip(len(np.unique(which)), 2, 10))
    return assign(fits, folds, which, generator(random_seed), unit)


def without_folds(
    posterior: Posterior,
    left: np.ndarray,
    *,
    unit: str | np.ndarray,
    method: str | None = None,
    random_seed: int = 0,
    progressbar: bool = True,
    **options: Any,
) -> Elpd:
    """Fit again without each fold, and score it.

    Parameters
    ----------
    posterior : Posterior
    left : ndarray, shape (folds, rows, classes)
        Weighted cases of each fold.
    unit : {"case", "row"} or ndarray of int, shape (rows,)
        What is scored together, as in :func:`loo`: cases, rows, or groups, of which it is the code.
    method : str, optional
        By default that of the fit.
    random_seed : int
        Of the fits.
    progressbar : bool
    **options
        Of the method.

    Raises
    ------
    MethodRefused
        If the fits are point estimates.
    """
    import pandas as pd

    refuse_point(posterior, "cross-validation")
    model, (chains, draws) = posterior.model, posterior.outcome.draws.shape[:2]
    score = _of_cases(posterior, unit) if isinstance(unit, str) else _of_groups(posterior, unit)
    parts: list[tuple[np.ndarray, ...]] = []
    troubles: dict[str, int] = {}
    with progress("folds", len(left), enabled=progressbar) as advance:
        for i, out in enumerate(left):
            kept = without(model, out)
            with warnings.catch_warnings():
                # Said once, below, for all folds together.
                warnings.simplefilter("ignore", BayesLogitWarning)
                found = Posterior(
                    kept,
                    *run(
                        kept,
                        method or posterior.method,
                        draws=draws,
                        chains=chains,
                        random_seed=random_seed + 1 + i,
                        progressbar=False,
                        **options,
                    ),
                )
            refuse_point(found, "cross-validation")
            for problem in found.problems:
                if problem.severity != "note":
                    troubles[problem.code] = troubles.get(problem.code, 0) + 1
            parts.append(score(found, out))
            advance(1)
    for code, times in troubles.items():
        warn(
            f"{times} of {len(left)} fits without a fold had trouble ({code}); expected none; look "
            "at it by fitting without those rows, or choose another method"
        )
    values, before, held, row = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Elpd(
        values,
        before,
        held,
        row,
        np.full(len(row), -np.inf),
        model.labels if isinstance(unit, str) else pd.RangeIndex(unit.max() + 1),
        np.inf,
        chains * draws,
        f"{len(left)}-fold",
        unit if isinstance(unit, str) else "group",
    )


# What is said of a fold, by the fit without it and the cases that were left out: log densities,
# those of the whole fit, how many cases each is of, and row or group.
type _Score = Callable[[Posterior, np.ndarray], tuple[np.ndarray, ...]]


def _of_cases(posterior: Posterior, unit: str) -> _Score:
    """Return what scores cases or rows."""
    model = posterior.model
    cases, constants = units_of(model, unit), constants_of(model, unit)
    seen = held_out(posterior, cases, posterior.importance)

    def score(found: Posterior, out: np.ndarray) -> tuple[np.ndarray, ...]:
        row, kind, held = parts_of(model, cases, out)
        values = held_out(found, cases, found.importance)
        return values[kind] + constants[row], seen[kind] + constants[row], held, row

    return score


def _of_groups(posterior: Posterior, codes: np.ndarray) -> _Score:
    """Return what scores groups, by the code of each row."""

    def score(found: Posterior, out: np.ndarray) -> tuple[np.ndarray, ...]:
        rows = np.flatnonzero(out.any(axis=1))
        group, own = np.unique(codes[rows], return_inverse=True)
        part = on_rows(posterior.model, rows)
        values = [
            density_given_data(replace(fit, model=part), own.ravel(), len(group), fit.importance)
            for fit in (found, posterior)
        ]
        return *values, np.ones(len(group)), group

    return score
