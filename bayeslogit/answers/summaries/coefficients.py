"""Tables and sentences about coefficients: what the model says, what the posterior says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from bayeslogit.errors import DesignError, listing, nearest
from bayeslogit.inference import Outcome
from bayeslogit.numerics.convergence import diagnose, monte_carlo_errors
from bayeslogit.numerics.intervals import interval, interval_names, interval_settings

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["BASES", "SCALES", "UNITS", "point_table", "posterior_table"]

SCALES = ("log_odds", "odds_ratio")
BASES = {"e": 1.0, 2: np.log(2.0), 10: np.log(10.0)}
UNITS: dict[str | int, str] = {"e": "logits", 2: "bits", 10: "bans"}


def check_scale(scale: str, base: str | int, link: str) -> float:
    """Return what log-odds are divided by, or refuse an unknown scale or base.

    Raises
    ------
    DesignError
        Also for odds ratios of a model whose link is not the logit.
    """
    if scale not in SCALES:
        raise DesignError(
            f"scale={scale!r} is not known; expected one of {listing(SCALES)}; choose one of them."
            + nearest(scale, SCALES)
        )
    if base not in BASES:
        raise DesignError(
            f"base={base!r} is not known; expected 'e' (logits), 2 (bits) or 10 (bans); choose "
            "one of them"
        )
    if base != "e" and link != "logit":
        raise DesignError(
            f"base={base!r} came with link={link!r}, whose coefficients are not log-odds; expected "
            "base='e'; leave the base out"
        )
    if scale == "odds_ratio" and base != "e":
        raise DesignError(
            f"base={base!r} came with scale='odds_ratio', which has no base; expected base='e'; "
            "leave the base out, or ask for scale='log_odds'"
        )
    if scale == "odds_ratio" and link != "logit":
        raise DesignError(
            f"the link is {link!r}, whose coefficients are not logarithms of odds ratios; expected "
            "link='logit' for scale='odds_ratio'; use comparisons() for effects on probabilities"
        )
    return float(BASES[base])


def _scaled(draws: np.ndarray, scale: str, divisor: float | np.ndarray) -> np.ndarray:
    return np.exp(draws) if scale == "odds_ratio" else draws / divisor


def posterior_table(
    draws: np.ndarray,
    names: Sequence[str],
    priors: Sequence[str],
    *,
    scale: str,
    divisor: float | np.ndarray,
    ci_prob: float | None,
    ci_kind: str | None,
    round_to: int | None,
) -> pd.DataFrame:
    """Return the columns of ArviZ's summary for each coefficient, and its prior.

    Parameters
    ----------
    draws : ndarray, shape (chains, draws, coefficients)
        In log-odds.
    names, priors : sequence of str
        A row each.
    scale : {"log_odds", "odds_ratio"}
    divisor : float or ndarray of shape (coefficients,)
        Logarithm of the base of the log-odds.
    """
    import pandas as pd

    prob, kind = interval_settings(ci_prob, ci_kind)
    values = _scaled(draws, scale, divisor)
    # One order in memory, so that sums round the same however the draws came.
    flat = np.ascontiguousarray(values.reshape(-1, values.shape[2]).T)
    lower, upper = interval(flat, prob, kind)
    # ArviZ takes its tails where its default interval ends, whatever interval is shown.
    found = diagnose(values, prob=interval_settings(None, None)[0])
    of_mean, of_sd = monte_carlo_errors(values)
    # The columns of ArviZ's own summary, computed without the second that importing it takes.
    columns = dict(zip(interval_names(prob, kind), (lower, upper), strict=True))
    table = pd.DataFrame(
        {
            "mean": flat.mean(axis=1),
            "sd": flat.std(axis=1, ddof=1),
            **columns,
            "ess_bulk": found.ess_bulk,
            "ess_tail": found.ess_tail,
            "r_hat": found.rhat,
            "mcse_mean": of_mean,
            "mcse_sd": of_sd,
        },
        index=list(names),
    )
    if round_to is not None:
        table = table.round(round_to)
    table["prior"] = list(priors)
    return table


def point_table(
    point: np.ndarray,
    sd: np.ndarray | None,
    names: Sequence[str],
    priors: Sequence[str],
    *,
    scale: str,
    divisor: float | np.ndarray,
    round_to: int | None,
) -> pd.DataFrame:
    """Return the mode of each coefficient and the sd that the curvature there implies.

    The sd is in log-odds (in the base asked for) and left out for odds ratios.
    """
    import pandas as pd

    columns: dict[str, object] = {"mode": _scaled(point, scale, divisor)}
    if sd is not None and scale == "log_odds":
        columns["curvature_sd"] = sd / divisor
    table = pd.DataFrame(columns, index=list(names))
    if round_to is not None:
        table = table.round(round_to)
    table["prior"] = list(priors)
    return table


def diagnostics_line(outcome: Outcome, method: str) -> str:
    """Return how far the draws can be trusted, in one line."""
    trouble = "; ".join(p.code for p in outcome.problems if p.severity != "note")
    found = f"problems: {trouble}" if trouble else "no problems found"
    if outcome.draws.shape[:2] == (1, 1):
        info = outcome.info
        return (
            f"point estimate after {info.get('iterations', '?')} iterations, within "
            f"{info.get('distance', float('nan')):.1e} posterior sd of the mode; {found}"
        )
    if not outcome.exact:
        verdict = outcome.info.get("verdict", "its draws carry its error")
        k = outcome.info.get("pareto_k")
        text = f"an approximation, {verdict}" + ("" if k is None else f" (Pareto k-hat {k:.2f})")
        return f"{text}; {found}"
    c = diagnose(outcome.draws)
    line = (
        f"R-hat at most {c.worst_rhat:.3f}, effective sample size at least "
        f"{np.min(c.ess_bulk):.0f} (bulk) and {np.min(c.ess_tail):.0f} (tail)"
    )
    if "diverging" in outcome.stats:
        line += f", {int(outcome.stats['diverging'].sum())} divergences"
    return f"{line}; {found}"
