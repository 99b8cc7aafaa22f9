"""Cross-validation by fitting again, without one fold of rows at a time."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from bayeslogit.answers.comparison.elpd import Elpd
from bayeslogit.answers.comparison.folds import assign, groups_of, held_out
from bayeslogit.errors import BayesLogitWarning
from bayeslogit.posterior.importance import importance
from bayeslogit.posterior.interval_summary import refuse_point
from bayeslogit.runtime.progress import progress
from bayeslogit.specification.subset import on_rows

if TYPE_CHECKING:
    from bayeslogit.fit import Fit

__all__ = ["fold_of_rows", "kfold"]


def fold_of_rows(fit: Fit, folds: Any, groups: Any, random_seed: int) -> np.ndarray:
    """Return the fold of each fitted row; see :func:`.folds.assign`."""
    model = fit.model
    which = groups_of(groups, model.design, model.rows)
    if folds is None:
        folds = 10 if which is None else int(np.clip(len(np.unique(which)), 2, 10))
    return assign(model.response, folds, which, np.random.default_rng(random_seed))


def kfold(
    fit: Fit,
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
    fit : Fit
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
    refuse_point(fit.pieces, "cross-validation")
    chains, draws = fit.outcome.draws.shape[:2]
    elpd_i = np.empty(len(fold))
    number = int(fold.max()) + 1
    troubles: dict[str, int] = {}
    with progress("folds", number, enabled=progressbar) as advance:
        for i in range(number):
            out, kept = np.flatnonzero(fold == i), np.flatnonzero(fold != i)
            with warnings.catch_warnings():
                # Said once, below, for all folds together.
                warnings.simplefilter("ignore", BayesLogitWarning)
                found = on_rows(fit.model, kept).fit(
                    method or fit.method,
                    draws=draws,
                    chains=chains,
                    random_seed=random_seed + 1 + i,
                    progressbar=False,
                    **options,
                )
            refuse_point(found.pieces, "cross-validation")
            for problem in found.problems:
                if problem.severity != "note":
                    troubles[problem.code] = troubles.get(problem.code, 0) + 1
            weights = importance(found.model.density, found.outcome, found.theta)
            tested = replace(found, model=on_rows(fit.model, out))
            elpd_i[out] = held_out(tested.pieces, weights)
            advance(1)
    for code, times in troubles.items():
        warnings.warn(
            f"{times} of {number} fits without a fold had trouble ({code}); expected none; look at "
            "it by fitting without those rows, or choose another method",
            BayesLogitWarning,
            stacklevel=3,
        )
    seen = held_out(fit.pieces, importance(fit.model.density, fit.outcome, fit.theta))
    nothing = np.full(len(elpd_i), -np.inf)
    return Elpd.of(elpd_i, seen, nothing, np.inf, chains * draws, f"{number}-fold")
