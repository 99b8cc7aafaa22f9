"""Whether forecasts of new cases are too extreme, or too timid."""

from __future__ import annotations

from typing import Any

import numpy as np

from bayeslogit.answers.checks.findings import Finding, Severity
from bayeslogit.answers.evaluation.cross_validation import Ranking
from bayeslogit.answers.evaluation.forecasts import forecasts_of
from bayeslogit.numerics.intervals import Settings
from bayeslogit.numerics.scores import recalibrate
from bayeslogit.posterior.posterior import Posterior
from bayeslogit.text import number

__all__ = ["check_calibration"]

# Slopes beyond these are remarked even where their interval holds 1.
_FAR = (0.7, 1.5)
# Resampled data sets, and cases times these.
_REPLICATES = (40, 200)
_MOST_VALUES = 4_000_000


def check_calibration(posterior: Posterior, *, progressbar: bool = True) -> Finding | None:
    """Look at the calibration slope of cases that were left out; None where one class occurs.

    Parameters
    ----------
    posterior : Posterior
        With draws.
    progressbar : bool
        Show progress beyond two seconds.
    """
    if (posterior.model.counts.sum(axis=0) > 0.0).sum() < 2:
        return None
    found = forecasts_of(posterior, progressbar=progressbar)
    assert found.left is not None
    counts, several = found.counts, posterior.several
    rng = np.random.default_rng([posterior.seed or 0, 6])
    times = int(np.clip(_MOST_VALUES // counts.size, *_REPLICATES))
    settings = Settings.of({})
    drawn = rng.standard_gamma(np.repeat(counts[:, :, None], times, axis=2))
    worst: tuple[float, str, float, float, float] | None = None
    for code in np.flatnonzero(counts.sum(axis=0) > 0.0) if several else (1,):
        left = found.left.of(Ranking.of_class(int(code), counts.shape[1]), counts)
        slope = float(recalibrate(left.prob, left.failures, left.successes)[0])
        yes, no = drawn[:, code], drawn.sum(axis=1) - drawn[:, code]
        own = counts[:, code]
        inside = float(recalibrate(found.prob[code], counts.sum(axis=1) - own, own)[0])
        if not np.isfinite([slope, inside]).all() or np.ptp(found.prob[code]) <= 1e-9:
            continue
        with np.errstate(invalid="ignore"):
            replicates = recalibrate(found.prob[code], no, yes)[0] + slope - inside
        replicates = replicates[np.isfinite(replicates)]
        if len(replicates) < 2:
            continue
        lower, upper = (float(v) for v in settings.bounds(replicates))
        # The farther from 1 in units of its interval, the worse.
        far = abs(slope - 1.0) / max(upper - lower, 1e-12)
        if worst is None or far > worst[0]:
            name = posterior.model.response.classes[int(code)]
            worst = far, name if several else "", slope, lower, upper
    if worst is None:
        return Finding(
            "calibration",
            "ok",
            "forecasts are the same for all cases, or tell classes apart without error, so that no "
            "calibration slope can be told",
        )
    return _finding(*worst[1:], found.left.kind)


def _finding(name: str, slope: float, lower: float, upper: float, kind: str) -> Finding:
    """Return what a calibration slope and its interval say."""
    apart = upper < 1.0 or lower > 1.0
    severity: Severity = "ok"
    if apart:
        severity = "warning"
    elif not _FAR[0] <= slope <= _FAR[1]:
        severity = "note"
    figures = (
        f"their calibration slope is {number(slope)} [{number(lower)}, {number(upper)}], where 1 "
        f"is best, by {kind} cross-validation"
    )
    values: dict[str, Any] = {"slope": slope, "lower": lower, "upper": upper}
    of = f" of {name}" if name else ""
    if severity == "ok":
        return Finding(
            "calibration",
            severity,
            f"forecasts{of} are neither too extreme nor too timid for new cases: {figures}",
            values=values,
        )
    may = "" if apart else "may be "
    if slope < 1.0:
        sentence = f"forecasts{of} {may or 'are '}too extreme for new cases: {figures}"
        action = (
            "expect new cases nearer to the mean; use fewer predictors or narrower priors, or more "
            "cases, and look at plot_calibration()"
        )
    else:
        sentence = f"forecasts{of} {may or 'are '}too timid for new cases: {figures}"
        action = (
            "look whether priors hold the coefficients nearer to zero than was meant, and at "
            "plot_calibration()"
        )
    return Finding("calibration", severity, sentence, action, values=values)
