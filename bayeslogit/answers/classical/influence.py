"""Residuals, leverage and influence of each row on a maximum likelihood fit of two classes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bayeslogit import tables
from bayeslogit.answers.classical.maximum_likelihood import Maximum, expected_weights
from bayeslogit.families import LINKS
from bayeslogit.specification.density import Likelihood

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["fitted", "influence_table", "quantile_residuals"]


def fitted(likelihood: Likelihood, maximum: Maximum) -> tuple[np.ndarray, np.ndarray]:
    """Return linear predictors and probabilities of the event, each (rows,).

    Rows that separation decides have an infinite predictor and a probability of 0 or 1.

    Parameters
    ----------
    likelihood : Likelihood
        Of two classes.
    maximum : Maximum
        Of that likelihood.
    """
    eta = likelihood.eta(maximum.theta[:, None])[0, :, 0]
    decided = maximum.decided(likelihood.X)
    eta = np.where(decided == 0.0, eta, np.copysign(np.inf, decided))
    prob = LINKS[likelihood.family.link].prob(np.where(decided == 0.0, eta, 0.0))
    return eta, np.where(decided == 0.0, prob, (decided > 0.0).astype(float))


def deviance_terms(likelihood: Likelihood, maximum: Maximum) -> np.ndarray:
    """Return each row's part of the residual deviance, (rows,), in twice nats.

    Parameters
    ----------
    likelihood : Likelihood
        Row by row; counts times weights.
    maximum : Maximum
        Of that likelihood.
    """
    decided = maximum.decided(likelihood.X) != 0.0
    eta = likelihood.eta(maximum.theta[:, None])[:, :, 0][:, :, None]
    found = likelihood.family.row_log_likelihood(eta, likelihood.counts)[:, 0]
    # Rounding can make a perfect row's deviance negative by a unit of roundoff.
    return np.where(decided, 0.0, np.maximum(2.0 * (saturated(likelihood.counts) - found), 0.0))


def saturated(counts: np.ndarray) -> np.ndarray:
    """Return each row's largest possible log-likelihood without constants, (rows,), in nats."""
    from scipy.special import xlogy

    total = counts.sum(axis=1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(total > 0.0, counts / np.where(total > 0.0, total, 1.0), 0.0)
    result: np.ndarray = xlogy(counts, share).sum(axis=1)
    return result


def influence_table(likelihood: Likelihood, maximum: Maximum, index: pd.Index) -> pd.DataFrame:
    """Return residuals, leverage and Cook's distance of each row.

    Parameters
    ----------
    likelihood : Likelihood
        Row by row, of two classes; counts times weights.
    maximum : Maximum
    index : pandas.Index, shape (rows,)
        Labels of the rows.

    Returns
    -------
    pandas.DataFrame
        ``linear`` (units of the linear predictor), ``probability``, ``deviance`` and ``pearson``
        residuals, ``leverage`` (they sum to the number of coefficients), ``standardised``
        (Pearson residual over the root of one minus leverage) and ``cook`` (Cook's distance:
        how far leaving the row out moves the estimate, in squared units of its covariance per
        coefficient, to first order). Weights count as in the fit: a row of weight 2 is two cases.

    References
    ----------
    Pregibon, D. (1981). Logistic regression diagnostics. doi:10.1214/aos/1176345513
    """
    eta, prob = fitted(likelihood, maximum)
    counts = likelihood.counts
    trials = counts.sum(axis=1)
    surprise = counts[:, 1] - trials * prob
    spread = np.sqrt(trials * prob * (1.0 - prob))
    open_rows = spread > 0.0
    pearson = np.divide(surprise, spread, out=np.zeros(len(prob)), where=open_rows)
    leverage = np.zeros(len(prob))
    if maximum.theta.size:
        finite = np.where(open_rows, eta, 0.0)
        weights = np.where(open_rows, expected_weights(likelihood, finite), 0.0)
        root = likelihood.X * np.sqrt(weights)[:, None]
        scale = np.max(np.abs(root), axis=0)
        scale[scale == 0.0] = 1.0
        left, singular, _ = np.linalg.svd(root / scale, full_matrices=False)
        kept = singular > singular[0] * 1e-11 * max(root.shape)
        leverage = np.einsum("nr,nr->n", left[:, kept], left[:, kept])
    rest = np.maximum(1.0 - leverage, np.finfo(float).eps)
    return tables.Answer(
        {
            "linear": eta,
            "probability": prob,
            "deviance": np.sign(surprise) * np.sqrt(deviance_terms(likelihood, maximum)),
            "pearson": pearson,
            "leverage": leverage,
            "standardised": pearson / np.sqrt(rest),
            "cook": (pearson / rest) ** 2 * leverage / max(1, maximum.theta.size),
        },
        index=index,
    )


def quantile_residuals(
    y: np.ndarray, trials: np.ndarray | None, prob: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Return randomised quantile residuals, (rows,): standard normal if the model is right.

    Parameters
    ----------
    y : ndarray of int, shape (rows,)
        Codes 0 and 1, or counts.
    trials : ndarray of int, shape (rows,), or None
        For counts.
    prob : ndarray, shape (rows,)
        Probabilities of the event.
    rng : numpy.random.Generator
        A discrete outcome covers an interval of probabilities; a point in it is drawn.

    References
    ----------
    Dunn, P. K. and Smyth, G. K. (1996). Randomized quantile residuals.
    doi:10.1080/10618600.1996.10474708
    """
    from scipy.special import ndtri
    from scipy.stats import binom

    total = np.ones(len(y), dtype=np.int64) if trials is None else trials
    low, high = binom.cdf(y - 1, total, prob), binom.cdf(y, total, prob)
    drawn = low + (high - low) * rng.random(len(y))
    # A row the model calls all but impossible has a large residual, not an infinite one.
    residuals: np.ndarray = ndtri(np.clip(drawn, 1e-300, 1.0 - 2.0**-53))
    return residuals
