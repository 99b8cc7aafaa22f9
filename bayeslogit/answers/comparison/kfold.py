"""Cross-validation by fitting again, without one fold of rows at a time."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Any

import numpy as np

from bayeslogit.answers.comparison.elpd import Elpd
from bayeslogit.answers.comparison.folds import assign, groups_of, held_out
from bayeslogit.errors import BayesLogitWarning, warn
from bayeslogit.inference.run import run
from bayeslogit.posterior.posterior import Posterior, refuse_point
from bayeslogit.runtime.progress import progress
from bayeslogit.specification.specification import Specification
from bayeslogit.specification.subset import on_rows

__all__ = ["fold_of_rows", "kfold", "without_folds"]


def kfold(
    posterior: Posterior,
    folds: Any = None,
    *,
    groups: Any = None,
    method: str | None = None,
    random_seed: int = 0,
    progressbar: bool = True,
    **options: Any,
) -> Elpd:
    """Return the expected log predictive density (elpd) by K-fold cross-validation.

    What :func:`loo` estimates without fitting again, for rows that it cannot be trusted with,
    and for groups of rows that belong together.

    Parameters
    ----------
    posterior : Posterior
        The fit.
    folds : int or array, optional
        How many, with classes spread evenly over them; or the fold of each row. By default
        10, or as many as there are groups, if these are fewer.
    groups : str or array, optional
        Rows of one group are left out together: a predictor, or a value for each row.
    method, **options : optional
        Of the fits without a fold; by default the method of this one.
    random_seed : int
        Of folds and fits.
    progressbar : bool
        Show progress of what takes longer than two seconds.

    Returns
    -------
    Elpd
        As :func:`loo` gives, without Pareto k. Equal to ``arviz_stats.loo_kfold`` on the same
        folds, but for the standard error, which divides by n - 1.

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

    Examples
    --------
    >>> import bayeslogit as bl
    >>> fit = bl.logistic("passed ~ hours", bl.load_dataset("exam")).fit(draws=500, random_seed=1)
    >>> fit.kfold(5, progressbar=False).kind
    '5-fold'
    """
    fold = fold_of_rows(posterior.model, folds, groups, random_seed)
    return without_folds(
        posterior, fold, method=method, random_seed=random_seed, progressbar=progressbar, **options
    )


def fold_of_rows(
    specification: Specification, folds: Any, groups: Any, random_seed: int
) -> np.ndarray:
    """Return the fold of each fitted row, from 0.

    Parameters
    ----------
    specification : Specification
    folds : int, array of shape (rows,), or None
        How many, or the fold of each row; 10 by default, or as many as there are groups.
    groups : str, array or None
        Rows of one group stay together.
    random_seed : int

    See Also
    --------
    bayeslogit.answers.comparison.folds.assign : How rows are dealt out.
    """
    which = groups_of(groups, specification.design, specification.rows)
    if folds is None:
        folds = 10 if which is None else int(np.clip(len(np.unique(which)), 2, 10))
    return assign(specification.response, folds, which, np.random.default_rng(random_seed))


def without_folds(
    posterior: Posterior,
    fold: np.ndarray,
    *,
    method: str | None = None,
    random_seed: int = 0,
    progressbar: bool = True,
    **options: Any,
) -> Elpd:
    """Fit again without each fold, and score it.

    Parameters
    ----------
    posterior : Posterior
    fold : ndarray of int, shape (rows,)
        From 0.
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
    refuse_point(posterior, "cross-validation")
    model, (chains, draws) = posterior.model, posterior.outcome.draws.shape[:2]
    elpd_i = np.empty(len(fold))
    number = int(fold.max()) + 1
    troubles: dict[str, int] = {}
    with progress("folds", number, enabled=progressbar) as advance:
        for i in range(number):
            out, kept = np.flatnonzero(fold == i), on_rows(model, np.flatnonzero(fold != i))
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
            tested = replace(found, model=on_rows(model, out))
            elpd_i[out] = held_out(tested, found.importance)
            advance(1)
    for code, times in troubles.items():
        warn(
            f"{times} of {number} fits without a fold had trouble ({code}); expected none; look at "
            "it by fitting without those rows, or choose another method"
        )
    seen = held_out(posterior, posterior.importance)
    nothing = np.full(len(elpd_i), -np.inf)
    return Elpd.of(elpd_i, seen, nothing, np.inf, chains * draws, f"{number}-fold")
