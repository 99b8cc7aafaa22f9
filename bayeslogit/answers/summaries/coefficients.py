"""The table of coefficients, and convergence diagnostics of their draws in one line."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from bayeslogit import tables
from bayeslogit.answers.summaries.groups import scale_rows
from bayeslogit.answers.summaries.odds import against, odds_in_words
from bayeslogit.errors import DesignError, listing, nearest
from bayeslogit.families import LINKS
from bayeslogit.inference.inner_chains import lower_bars
from bayeslogit.inference.tails import Missing, missing_moments
from bayeslogit.numerics.convergence import diagnose, error_of_median, monte_carlo_errors
from bayeslogit.numerics.intervals import Region, Settings, interval_settings
from bayeslogit.posterior.hypotheses import Contrasted, hypotheses_of
from bayeslogit.posterior.interval_summary import (
    exponential,
    settings_of,
    summarise,
    warn_of_infinite,
)
from bayeslogit.posterior.per_units import per_units
from bayeslogit.posterior.posterior import Posterior
from bayeslogit.response.wording import heading
from bayeslogit.specification.as_given import as_given
from bayeslogit.specification.layout import LOG_PRECISION

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["BASES", "SCALES", "UNITS", "check_scale", "diagnostics", "posterior_columns", "summary"]

SCALES = ("log_odds", "odds_ratio", "risk_ratio")
# The link whose coefficients are logarithms of a ratio.
_LINK_OF = {link.exponential: name for name, link in LINKS.items() if link.exponential}
BASES = {"e": 1.0, 2: np.log(2.0), 10: np.log(10.0)}
UNITS: dict[str | int, str] = {"e": "logits", 2: "bits", 10: "bans"}


def check_scale(scale: str, base: str | int, link: str) -> float:
    """Return what log-odds are divided by, or refuse an unknown scale or base.

    Parameters
    ----------
    scale : {"log_odds", "odds_ratio", "risk_ratio"}
    base : {"e", 2, 10}
        Base of the log-odds: logits, bits or bans.
    link : str
        Of the model.

    Raises
    ------
    DesignError
        Also for ratios that the coefficients are not logarithms of, under that link.
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
            f"base={base!r} does not suit link={link!r}, whose coefficients are not log-odds; "
            "expected base='e'; leave the base out"
        )
    if scale != "log_odds" and base != "e":
        raise DesignError(
            f"base={base!r} does not suit scale={scale!r}, which has no base; expected "
            "base='e'; leave the base out, or ask for scale='log_odds'"
        )
    if scale != "log_odds" and link != _LINK_OF[scale]:
        words = scale.replace("_", " ")
        raise DesignError(
            f"the link is {link!r}, whose coefficients are not logarithms of {words}s; expected "
            f"link={_LINK_OF[scale]!r} for scale={scale!r}; use comparisons() for effects on "
            "probabilities"
        )
    return float(BASES[base])


def summary(
    posterior: Posterior,
    scale: str = "log_odds",
    *,
    base: str | int = "e",
    reference: Any = None,
    per: Mapping[str, Any] | None = None,
    hypothesis: Any = None,
    round_to: int | None = None,
    **interval: Unpack[Region],
) -> pd.DataFrame:
    """Return the posterior summary of the coefficients, with the prior of each.

    Parameters
    ----------
    posterior : Posterior
        The fit.
    scale : {"log_odds", "odds_ratio", "risk_ratio"}
        Coefficients as they are: log-odds for the logit link, log risks for ``link="log"``, risk
        differences for ``link="identity"``. Odds ratios, and risk ratios of ``link="log"``, are
        summarised after exponentiating each draw, by their median.
    base : {"e", 2, 10}
        Base of the log-odds: logits, bits or bans.
    reference : optional
        For a multinomial model: compare with this class instead, without fitting again; the
        prior is left out, since it was stated against the other reference.
    per : dict, optional
        Coefficients per so many units of a predictor: ``{"age": 10, "dose": "sd"}``, where
        ``"sd"`` and ``"iqr"`` are its standard deviation and the distance of its quartiles. The
        rows say so; priors stay those of one unit.
    hypothesis : optional
        Contrasts of the coefficients, in place of these: a text such as ``"age > 0"`` or
        ``"b - a = 0"`` in their names (backticks around what is not one word, such as
        ```x:z```), several texts, or a weight for each, as in :func:`predictions`. Of odds ratios
        the names stand for odds ratios, and words compare by ratios.
    round_to : int, optional
        Decimals; all of them by default.
    **interval
        ``ci_prob`` and ``ci_kind`` of the interval; by default ArviZ's ``rcParams``. A point
        estimate has none. ``rope``, a region of practical equivalence on this scale, is as in
        :func:`predictions`.

    Returns
    -------
    pandas.DataFrame
        ArviZ's columns (mean, sd, interval, ESS, R-hat, MCSE) and ``prior``; of odds ratios the
        median and its MCSE; of a point estimate ``mode``, ``curvature_sd`` and ``prior``. A mean
        or sd that the posterior does not have, as under a Cauchy prior that the data leave
        unbounded, is NaN. The table prints whole, at the width of the terminal. The corner and
        ``attrs`` name the method and the outcome (its event); ``attrs["odds"]`` names the odds
        that ratios compare.

    Raises
    ------
    DesignError
        If the scale, base or reference is not known, or does not suit the link or family.
    MethodRefused
        If an interval of a point estimate is asked for.

    See Also
    --------
    plot_forest : The same as a picture.
    bayeslogit.Fit.in_words : Odds ratios as sentences.

    References
    ----------
    Vehtari, A., Gelman, A., Simpson, D., Carpenter, B. and Burkner, P.-C. (2021).
    Rank-normalization, folding, and localization: an improved R-hat. doi:10.1214/20-BA1221

    Examples
    --------
    >>> import bayeslogit as bl
    >>> fit = bl.logistic("passed ~ hours", bl.load_dataset("exam"), priors="flat").fit("map")
    >>> fit.summary("odds_ratio")["mode"].round(3).tolist()
    [0.017, 4.503]
    """
    model = posterior.model
    logarithm = check_scale(scale, base, model.family.link)
    layout, gaussian = model.fixed_layout, posterior.given_gaussian
    names, priors = (list(v) for v in zip(*model.prior.describe(layout.given), strict=True))
    draws = as_given(layout, posterior.outcome.draws[:, :, model.layout.fixed], 2)
    if reference is not None:
        reference, draws, names, gaussian = against(posterior, reference)
        priors = [""] * len(names)
    # The logarithm of a precision is natural, whatever the base of the log-odds.
    divisor = np.where([name == LOG_PRECISION for name in names], 1.0, logarithm)
    if scale != "log_odds":
        # The exponential of a logarithm of the precision is not an odds ratio.
        names = ["precision" if name == LOG_PRECISION else name for name in names]
    factors, names = per_units(model, names, per)
    moved = [bool(p) and f != 1.0 for p, f in zip(priors, factors, strict=True)]
    priors = [f"{p} per unit" if m else p for p, m in zip(priors, moved, strict=True)]
    settings = settings_of(posterior, interval, summary)
    ratio = scale != "log_odds"
    values = draws * factors if ratio else draws * (factors / divisor)
    if model.learns and reference is None:
        more, learned, their_priors = scale_rows(posterior, scale)
        values = np.concatenate([values, learned], axis=2)
        names, priors = names + more, priors + their_priors
    if hypothesis is not None:
        wanted = hypotheses_of(hypothesis)
        assert wanted is not None
        flat = np.ascontiguousarray(values.reshape(-1, values.shape[2]).T)
        places = {name: i for i, name in enumerate(names)}
        found = wanted.of(exponential(flat) if ratio else flat, places, names, None, ratio)
        return _of_hypotheses(posterior, found, settings, scale)
    if posterior.point:
        columns = {"mode": exponential(values[0, 0]) if ratio else values[0, 0]}
        if gaussian is not None and not ratio:
            deviations = np.full(len(names), np.nan)
            spread = np.sqrt(np.diag(gaussian.covariance))
            deviations[: len(divisor)] = spread * factors / divisor
            columns["curvature_sd"] = deviations
    else:
        columns = posterior_columns(values, settings, ratio=ratio)
        plain = reference is None and not ratio and not model.learns
        if plain and not model.density.log_concave:
            _leave_out_missing(columns, missing_moments(model.density).as_given(layout.given))
    table = tables.Answer(columns, index=names)
    if ratio:
        warn_of_infinite(scale.replace("_", " "), table.index, table.to_numpy(dtype=float))
    if round_to is not None:
        table = table.round(operator.index(round_to))  # of a dict pandas would round nothing
    if reference is None:
        table["prior"] = priors
    words = heading(model.response, "outcome")
    words = posterior.method if words is None else f"{posterior.method}: {words}"
    table.columns.name = words if base == "e" else f"{words}, in {UNITS[base]}"
    table.attrs = posterior.attrs | {"scale": scale, "base": base}
    if reference is not None:
        table.attrs["outcome"] = f"{model.response.name} (against {reference})"
    if model.family.link == "logit":
        table.attrs["odds"] = odds_in_words(model.response, model.family, reference)
    return table


def _of_hypotheses(
    posterior: Posterior, found: Contrasted, settings: Settings, scale: str
) -> pd.DataFrame:
    """Return the table of contrasts of coefficients."""
    median = scale != "log_odds" or not found.linear
    columns = summarise(found.values, settings, median=median, null=found.null)
    probability = None if posterior.point else found.probability()
    if probability is not None:
        columns["probability"] = probability
    table = tables.Answer({"hypothesis": np.array(found.labels, dtype=object)} | columns)
    comparison = "ratio" if found.ratio else "difference"
    table.attrs = posterior.attrs | {"scale": scale, "comparison": comparison}
    return table


def _leave_out_missing(columns: dict[str, np.ndarray], missing: Missing) -> None:
    """Replace moments that do not exist by NaN, in place; those of the draws mean nothing."""
    for name, gone in (("mean", missing.mean), ("sd", missing.sd)):
        for column in (name, f"mcse_{name}"):
            columns[column] = np.where(gone, np.nan, columns[column])


def posterior_columns(
    values: np.ndarray, settings: Settings, *, ratio: bool = False
) -> dict[str, np.ndarray]:
    """Return the columns of ArviZ's summary, computed without the second that importing it takes.

    Parameters
    ----------
    values : ndarray, shape (chains, draws, coefficients)
        Log-odds.
    settings : Settings
        Interval of the table.
    ratio : bool
        Of their exponentials: the median instead of the mean, which a ratio may not have, and no
        sd. Diagnostics are those of the log-odds, which have the same ranks.

    Returns
    -------
    dict of str to ndarray of shape (coefficients,)
    """
    # One order in memory, so that sums round the same however the draws are laid out.
    flat = np.ascontiguousarray(values.reshape(-1, values.shape[2]).T)
    # ArviZ takes its tails where its default interval ends, whatever interval is shown.
    found = diagnose(values, prob=interval_settings(None, None)[0])
    health = {"ess_bulk": found.ess_bulk, "ess_tail": found.ess_tail, "r_hat": found.rhat}
    if ratio:
        columns = summarise(exponential(flat), settings, median=True, null=None)
        columns = {"median" if name == "estimate" else name: v for name, v in columns.items()}
        return columns | health | {"mcse_median": error_of_median(values, exponential)}
    of_mean, of_sd = monte_carlo_errors(values)
    columns = {"mean": flat.mean(axis=1), "sd": flat.std(axis=1, ddof=1)}
    columns |= dict(zip(settings.names, settings.bounds(flat), strict=True))
    columns |= settings.region(flat)
    return columns | health | {"mcse_mean": of_mean, "mcse_sd": of_sd}


def diagnostics(posterior: Posterior) -> str:
    """Return convergence diagnostics in one line: R-hat, effective sample size, problems.

    Parameters
    ----------
    posterior : Posterior
        The fit.

    Returns
    -------
    str
        One line; of an approximation its Pareto k-hat, of a point estimate the distance left.

    See Also
    --------
    bayeslogit.Fit.check : A whole table of checks.

    References
    ----------
    Vehtari, A., Gelman, A., Simpson, D., Carpenter, B. and Burkner, P.-C. (2021).
    Rank-normalization, folding, and localization: an improved R-hat. doi:10.1214/20-BA1221

    Examples
    --------
    >>> import bayeslogit as bl
    >>> model = bl.logistic("passed ~ hours", bl.load_dataset("exam"))
    >>> fit = model.fit(random_seed=1)
    >>> print(fit.diagnostics())
    R-hat at most 1.00..., effective sample size at least 2... (bulk) and 1... (tail); no ...
    """
    outcome = posterior.outcome
    found = _found(posterior)
    if posterior.point:
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
    c = diagnose(outcome.every)
    line = (
        f"R-hat at most {c.worst_rhat:.3f}, effective sample size at least "
        f"{np.min(c.ess_bulk):.0f} (bulk) and {np.min(c.ess_tail):.0f} (tail)"
    )
    if "diverging" in outcome.stats:
        line += f", {int(outcome.stats['diverging'].sum())} divergences"
    return f"{line}{lower_bars(outcome.draws)}; {found}"


def _found(posterior: Posterior) -> str:
    """Return the codes of the problems and notes there are."""
    parts = []
    for word, severities in (("problems", ("warning", "severe")), ("notes", ("note",))):
        codes = [p.code for p in posterior.outcome.problems if p.severity in severities]
        parts += [f"{word}: {', '.join(codes)}"] if codes else []
    return "; ".join(parts) or "no problems found"
