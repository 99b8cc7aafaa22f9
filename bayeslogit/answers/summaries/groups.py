"""Learned scales in summaries: rows of a table, and lines of a printed model."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np

from bayeslogit.families import LINKS
from bayeslogit.posterior.posterior import Posterior
from bayeslogit.priors.scales import ScalePrior
from bayeslogit.specification.specification import Specification

__all__ = ["group_lines", "median_odds_ratio", "scale_rows"]

# The median of the absolute difference of two standard Gaussians: sqrt(2) times the upper quartile.
_LOG_MEDIAN = math.sqrt(2.0) * NormalDist().inv_cdf(0.75)


def median_odds_ratio(sd: np.ndarray) -> np.ndarray:
    """Return the median odds ratio between two groups, the one with higher odds against the other.

    Parameters
    ----------
    sd : ndarray
        Standard deviation of the groups' levels, in log-odds.

    Returns
    -------
    ndarray
        At least 1: ``exp(sqrt(2) sd q)``, with q the upper quartile of the standard Gaussian.

    References
    ----------
    Larsen, K. and Merlo, J. (2005). Appropriate assessment of neighborhood effects on individual
    health. doi:10.1093/aje/kwi017

    Examples
    --------
    >>> import numpy as np
    >>> median_odds_ratio(np.array([0.0, 1.0])).round(3)
    array([1.   , 2.596])
    """
    with np.errstate(over="ignore"):
        ratio: np.ndarray = np.exp(_LOG_MEDIAN * np.asarray(sd))
    return ratio


def scale_rows(posterior: Posterior, scale: str) -> tuple[list[str], np.ndarray, list[str]]:
    """Return what a model learns of scales as rows of a summary: names, draws and priors.

    On the log-odds scale: standard deviations, correlations, and, for one effect on the level,
    the intraclass correlation on the latent scale: the share of the variance of the latent
    outcome that lies between groups. On the odds-ratio scale the logarithm of the median odds
    ratio between two groups.

    Parameters
    ----------
    posterior : Posterior
    scale : {"log_odds", "odds_ratio"}

    Returns
    -------
    names : list of str
    draws : ndarray, shape (chains, draws, rows)
    priors : list of str
    """
    model, found = posterior.model, posterior.outcome.scales
    names: list[str] = []
    priors: list[str] = []
    columns: list[np.ndarray] = []
    variance = LINKS[model.family.link].error_variance
    levels = [
        found[f"sd_{s.suffix}"][:, :, 0] ** 2 for s in model.layout.scales if len(s.effects) == 1
    ]
    for scale_of, covariance in zip(model.layout.scales, model.covariances, strict=True):
        sd, suffix = found[f"sd_{scale_of.suffix}"], scale_of.suffix
        if scale == "odds_ratio":
            for a, effect in enumerate(scale_of.effects):
                if effect.endswith("Intercept"):
                    named = "" if effect == "Intercept" else f"[{effect}]"
                    names.append(f"median_odds_ratio_{suffix}{named}")
                    columns.append(_LOG_MEDIAN * sd[:, :, a])
                    priors.append("")
            continue
        for a, effect in enumerate(scale_of.effects):
            names.append(f"sd_{suffix}[{effect}]")
            columns.append(sd[:, :, a])
            priors.append(str(covariance.scales[a]))
        if covariance.partials:
            matrix = found[f"cor_{suffix}"]
            for a in range(1, len(scale_of.effects)):
                for b in range(a):
                    names.append(f"cor_{suffix}[{scale_of.effects[b]}, {scale_of.effects[a]}]")
                    columns.append(matrix[:, :, a, b])
                    priors.append(str(covariance.correlation))
        if scale_of.effects == ("Intercept",) and variance is not None:
            names.append(f"icc_{suffix}")
            columns.append(sd[:, :, 0] ** 2 / (sum(levels) + variance))
            priors.append("")
    for name, words in (q for part in model.prior.learned for q in part.quantities):
        if scale == "log_odds":
            names.append(name)
            columns.append(found[name])
            priors.append(words)
    shape = (*posterior.outcome.draws.shape[:2], 0)
    stacked = np.stack(columns, axis=2) if columns else np.empty(shape)
    return names, stacked, priors


def group_lines(specification: Specification) -> list[str]:
    """Return what a model learns of scales, and its groups, as lines of text."""
    lines = [
        f"  learned     {name} ~ {words}"
        for part in specification.prior.learned
        for name, words in part.quantities
    ]
    for group, covariance in zip(
        specification.design.groups, specification.covariances, strict=True
    ):
        sizes = np.bincount(group.codes, minlength=len(group.levels))
        lines.append(
            f"  groups      ({group.name}): {len(group.levels)} groups of {sizes.min()} to "
            f"{sizes.max()} rows (median {np.median(sizes):g})"
        )
        for effect, scale in zip(group.effects, covariance.scales, strict=False):
            lines.append(f"    sd of {effect}: {scale}{_in_words(effect, scale, specification)}")
        if covariance.partials:
            lines.append(f"    correlations of the effects: {covariance.correlation}")
    return lines


def _in_words(effect: str, scale: ScalePrior, specification: Specification) -> str:
    """Return what the prior of a standard deviation implies for two groups."""
    if effect != "Intercept" or specification.family.link != "logit" or not scale.proper:
        return ""
    if not scale.learned:
        ratio = median_odds_ratio(scale.sample(np.random.default_rng(0), 1))[0]
        return f", a median odds ratio between two groups of {ratio:.3g}"
    draws = scale.sample(np.random.default_rng(0), 20_000)
    low, middle, high = median_odds_ratio(np.quantile(draws, [0.05, 0.5, 0.95]))
    return (
        f", a median odds ratio between two groups of {low:.3g} / {middle:.3g} / {high:.3g} "
        "(5 / 50 / 95 %)"
    )
