"""Forecasts of the fitted cases one by one, each without itself, whatever left them out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from bayeslogit.answers.evaluation.cross_validation import Folds
from bayeslogit.answers.evaluation.forecasts import Forecasts
from bayeslogit.answers.evaluation.leave_one_out import LeaveOneOut, leave_one_out
from bayeslogit.answers.evaluation.pairs import Pairs
from bayeslogit.numerics.pareto import UNRELIABLE
from bayeslogit.posterior.posterior import Posterior

__all__ = ["left_one_by_one"]


def left_one_by_one(
    posterior: Posterior, found: Forecasts, groups: str | None = None, *, progressbar: bool = True
) -> LeaveOneOut | None:
    """Return the forecast of each fitted case without it; None where figures are not corrected.

    Parameters
    ----------
    posterior : Posterior
    found : Forecasts
        Of its cases.
    groups : {"known", "new"}, optional
        As the forecasts are by.
    progressbar : bool
        Show progress beyond two seconds.
    """
    if groups == "new" and isinstance(found.left, Folds):
        return _by_folds(found.left)
    if found.left is None:
        return None
    alone = leave_one_out(posterior, progressbar=progressbar)
    return _mended(alone, found.left) if isinstance(found.left, Pairs) else alone


def _mended(alone: LeaveOneOut, left: Pairs) -> LeaveOneOut:
    """Return forecasts in which cases that are hard to leave out are left out by moved draws."""
    prob, log_prob, k = alone.prob.copy(), alone.log_prob.copy(), alone.k.copy()
    held = alone.cases.kinds[1]
    for kind in np.flatnonzero(k > UNRELIABLE).tolist():
        if kind in left.again and held[kind].sum() <= 1.0:
            prob[:, kind], k[kind] = left.again[kind].alone, left.k[kind]
            log_prob[kind] = held[kind] @ np.log(np.maximum(prob[:, kind], np.finfo(float).tiny))
    return replace(alone, prob=prob, log_prob=log_prob, k=k)


def _by_folds(left: Folds) -> LeaveOneOut:
    """Return the forecasts of cases by the fits without them."""
    cell, held = left.cases.kinds
    total = np.zeros(left.cases.counts.shape)
    sums = np.zeros((held.shape[1], *total.shape))
    for here, counts, prob in zip(left.cell, left.counts, left.prob, strict=True):
        total[here] += counts
        sums[:, here] += prob[:, :, None] * counts
    code = held.argmax(axis=1)
    prob = sums[:, cell, code] / np.maximum(total[cell, code], 1e-300)
    log_prob = np.log(np.maximum(prob[code, np.arange(len(code))], 1e-300))
    return LeaveOneOut(left.cases, prob, log_prob, np.full(len(code), -np.inf))
