"""Tables and sentences about coefficients: what the model says, what the posterior says."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from bayeslogit.density import Likelihood
from bayeslogit.design import Design
from bayeslogit.errors import DesignError, listing, nearest
from bayeslogit.families import LINKS, Family
from bayeslogit.inference import Outcome
from bayeslogit.inference.diagnostics import diagnose, monte_carlo_errors
from bayeslogit.layout import Layout
from bayeslogit.levels import single, unseen
from bayeslogit.predictions import interval, interval_names, interval_settings
from bayeslogit.priors import CoefficientPrior
from bayeslogit.response import Response
from bayeslogit.textwidth import pad, width

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "BASES",
    "SCALES",
    "UNITS",
    "describe",
    "heading",
    "outcome_in_words",
    "point_table",
    "posterior_table",
    "rebased",
]

_MOST_SHOWN = 30
_TITLES = {
    "bernoulli": "logistic",
    "beta_binomial": "beta-binomial",
    "cumulative": "cumulative ordinal",
    "sequential": "sequential ordinal",
    "adjacent": "adjacent-category ordinal",
}
SCALES = ("log_odds", "odds_ratio")
BASES = {"e": 1.0, 2: np.log(2.0), 10: np.log(10.0)}
UNITS: dict[str | int, str] = {"e": "logits", 2: "bits", 10: "bans"}


def outcome_in_words(response: Response) -> str:
    """Return what the probability is of, such as ``"passed = 1"``."""
    if response.kind == "counts":
        return f"{response.name} out of trials"
    if response.kind == "nominal":
        return f"{response.name} (against {response.classes[0]})"
    if response.kind == "ordinal":
        return f"{response.name} ({' < '.join(response.classes)})"
    return f"{response.name} = {response.event}"


def heading(response: Response, kind: str = "probability", link: str = "logit") -> str | None:
    """Return what stands in the corner of a table of predictions, so that its event is seen.

    None for several classes, which have rows of their own.

    Examples
    --------
    >>> from bayeslogit.response import binary
    >>> passed = binary("passed", [0, 1])
    >>> [heading(passed, kind) for kind in ("probability", "linear", "outcome")]
    ['P(passed = 1)', 'log-odds of passed = 1', 'passed = 1']
    """
    if len(response.classes) != 2:
        return None
    words = outcome_in_words(response)
    if kind == "linear":
        return f"{'log-odds' if link == 'logit' else 'linear predictor'} of {words}"
    if kind == "outcome":
        return response.name if response.kind == "counts" else words
    return f"P({words})"


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


def rebased(
    draws: np.ndarray, layout: Layout, classes: Sequence[str], reference: str
) -> tuple[np.ndarray, list[str]]:
    """Return coefficients of a multinomial model against another class, and their names.

    Subtracting one class's coefficients from all changes no probability.

    Parameters
    ----------
    draws : ndarray, shape (chains, draws, coefficients)
        Against the first class.
    layout : Layout
    classes : sequence of str
        In code order; the first is the reference of the fit.
    reference : str
        The class to compare with instead.

    Raises
    ------
    DesignError
        If the reference is not a class.
    """
    texts = [str(c) for c in classes]
    if str(reference) not in texts:
        raise DesignError(
            f"reference={reference!r} is not a class of the outcome; expected one of "
            f"{listing(texts)}; choose one of them." + nearest(reference, texts)
        )
    each_has = len(layout.names) // (len(texts) - 1)
    each = draws.reshape(*draws.shape[:2], len(texts) - 1, each_has)
    full = np.concatenate([np.zeros_like(each[:, :, :1]), each], axis=2)
    chosen = texts.index(str(reference))
    moved = np.delete(full - full[:, :, chosen : chosen + 1], chosen, axis=2)
    terms = [name.split(": ", 1)[1] for name in layout.names[:each_has]]
    names = [f"{c}: {t}" for c in texts if c != str(reference) for t in terms]
    return moved.reshape(*draws.shape[:2], -1), names


def _quantile_text(values: np.ndarray) -> str:
    return " / ".join(f"{v:.3g}" for v in values)


def _implied(prior: CoefficientPrior, direction: np.ndarray) -> np.ndarray:
    """Return the 5, 50 and 95 % quantiles of ``direction @ theta`` under the prior."""
    if prior.gaussian:
        zero = np.zeros((prior.size, 1))
        covariance = np.linalg.inv(prior.precision(zero[:, 0]))
        center = direction @ covariance @ prior.gradient(zero)[:, 0]
        spread = np.sqrt(direction @ covariance @ direction)
        return center + spread * NormalDist().inv_cdf(0.95) * np.array([-1.0, 0.0, 1.0])
    draws = prior.sample(np.random.default_rng(0), 100_000)
    return np.quantile(direction @ draws, [0.05, 0.5, 0.95])


def describe(
    design: Design,
    response: Response,
    family: Family,
    prior: CoefficientPrior,
    layout: Layout,
    *,
    weighted: bool,
    offset: bool,
    dropped: int,
) -> str:
    """Return the model in words: outcome, references, priors and what the priors imply."""
    title = _TITLES.get(family.name, family.name)
    words = outcome_in_words(response)
    words = words if len(response.classes) > 2 else f"P({words})"
    lines = [
        f"Bayesian {title} model ({family.link} link) of {words}",
        f"  formula     {response.name} ~ {design.formula or ' + '.join(design.terms) or '1'}",
        f"  rows        {len(response.y)}: {_rows_in_words(response)}",
    ]
    lines += [f"  note        {level!r} never occurs: kept" for level in unseen(response)]
    lines += [f"  note        {level!r} has one row" for level in single(response)]
    if response.case_control:
        lines.append("  sample      cases and controls apart: risks need the prevalence")
    if dropped:
        lines.append(f"  dropped     {dropped} rows with a missing value")
    if weighted:
        lines.append("  weights     frequency weights multiply each row's log-likelihood")
    if offset:
        lines.append("  offset      a known part of the linear predictor")
    for factor, level in design.references.items():
        lines.append(f"  reference   {factor} = {level}")
    lines.append("  priors      (on the raw columns, in units of the linear predictor)")
    places = max(width(name) for name in prior.names)
    shown = prior.describe()
    for name, text in shown[:_MOST_SHOWN]:
        lines.append(f"    {pad(name, places)}  {text}")
    if len(shown) > _MOST_SHOWN:
        lines.append(f"    ... and {len(shown) - _MOST_SHOWN} more")
    if prior.default:
        lines.append("    (the default: sd 2.5 per predictor sd; give priors= to choose)")
    lines += _implications(design, response, family, prior, layout)
    return "\n".join(lines)


def _rows_in_words(response: Response) -> str:
    if response.kind == "counts":
        trials = int(response.trials.sum())  # type: ignore[union-attr]
        return f"{int(response.y.sum())} of {trials} trials"
    counts = np.bincount(response.y, minlength=response.n_classes)
    if response.kind == "binary":
        one, other = response.classes[1], response.classes[0]
        return f"{counts[1]} {one!r} (the event), {counts[0]} {other!r}"
    texts = [f"{n} {c!r}" for c, n in zip(response.classes, counts, strict=True)]
    if response.kind == "nominal":
        texts[0] += " (the reference)"
    return ", ".join(texts)


def _implications(
    design: Design, response: Response, family: Family, prior: CoefficientPrior, layout: Layout
) -> list[str]:
    if not prior.proper:
        return ["  implied     nothing before the data: a prior is flat"]
    lines = ["  implied     before the data, as 5 / 50 / 95 % quantiles"]
    mean_row = design.X.mean(axis=0)
    if len(response.classes) == 2:
        direction = np.zeros(prior.size)
        direction[: mean_row.size] = mean_row
        prob = LINKS[family.link].prob(_implied(prior, direction))
        lines.append(f"    probability at the mean row: {_quantile_text(prob)}")
        if family.arrangement == "dispersed":
            ratio = np.exp(_implied(prior, np.eye(prior.size)[-1])[::-1])
            text = _quantile_text(1.0 / (1.0 + ratio))
            lines.append(f"    correlation of two trials of a row: {text}")
    else:
        theta = prior.sample(np.random.default_rng(0), 20_000)
        rows = Likelihood(family, mean_row[None], np.empty((1, 0)), basis=layout.basis)
        probs = family.probabilities(rows.eta(theta))[:, 0]
        for name, draws in zip(response.classes, probs, strict=True):
            text = _quantile_text(np.quantile(draws, [0.05, 0.5, 0.95]))
            lines.append(f"    probability of {name} at the mean row: {text}")
    spread = design.X.std(axis=0)
    word = "odds ratio" if family.link == "logit" else "change of the linear predictor"
    for i in layout.slopes[:_MOST_SHOWN]:
        direction = np.zeros(prior.size)
        direction[i] = spread[layout.columns[i]] or 1.0
        quantiles = _implied(prior, direction)
        if family.link == "logit":
            with np.errstate(over="ignore"):
                quantiles = np.exp(quantiles)
        lines.append(f"    {word} per sd of {layout.names[i]}: {_quantile_text(quantiles)}")
    return lines


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
