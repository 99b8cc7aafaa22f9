"""Whether counts scatter more than binomial trials do."""

from __future__ import annotations

import numpy as np

from bayeslogit.answers.checks.findings import Finding, Severity
from bayeslogit.answers.classical.influence import influence_table
from bayeslogit.answers.classical.maximum_likelihood import Maximum
from bayeslogit.response import Response
from bayeslogit.specification.density import Likelihood

__all__ = ["check_dispersion", "predictive_share"]

# Draws that replicated tables are made from, and cells of all these tables together.
_DRAWS = 1000
_LARGEST = 40_000_000
# A variance below this has no inverse that can be multiplied by a weight.
_TINY = 1e-290


def check_dispersion(
    likelihood: Likelihood,
    response: Response,
    weights: np.ndarray | None,
    maximum: Maximum | None,
    predictive: float | None = None,
) -> list[Finding]:
    """Compare the scatter of counts about their probabilities with that of binomial trials.

    Parameters
    ----------
    likelihood : Likelihood
    response : Response
    weights : ndarray, shape (rows,), optional
    maximum : Maximum or None
        The maximum likelihood estimate, where there is one.
    predictive : float, optional
        Share of replicated tables that scatter as much, from :func:`predictive_share`.

    Returns
    -------
    list of Finding
        Empty where trials come one by one: there more scatter cannot be seen.
    """
    if response.kind != "counts" or maximum is None:
        return []
    import pandas as pd
    from scipy.special import chdtrc

    rows = np.ones(len(response.y)) if weights is None else weights
    df = float(rows[likelihood.counts.sum(axis=1) > 0.0].sum()) - len(maximum.names)
    if df < 1.0:
        return []
    table = influence_table(likelihood, maximum, pd.RangeIndex(len(response.y)))
    pearson = float((table["pearson"] ** 2).sum())
    deviance = float((table["deviance"] ** 2).sum())
    ratio = pearson / df
    values = {"pearson": pearson, "deviance": deviance, "df": df, "dispersion": ratio}
    values["p"] = float(chdtrc(df, pearson))
    text = f"Pearson chi-square {pearson:.4g} (deviance {deviance:.4g}) on {df:.6g} df"
    tail = values["p"]
    if predictive is not None:
        values["posterior_predictive_p"] = tail = predictive
        text += f"; {100 * predictive:.2g} % of tables drawn from the posterior scatter as much"
    severity: Severity = "ok"
    action = ""
    sentence = f"counts scatter as binomial trials do: {text}"
    if ratio > 1.2 and tail < 0.05:
        severity = "warning"
        sentence = f"counts scatter {ratio:.3g} times as much as binomial trials do: {text}"
        action = (
            "look for a missing predictor or for groups of rows that belong together; until then "
            f"intervals are too narrow, by a factor of about {np.sqrt(ratio):.2g}"
        )
    elif ratio < 0.8 and tail > 0.95:
        severity = "note"
        sentence = f"counts scatter {ratio:.3g} times as much as binomial trials do: {text}"
        action = "ask how trials were counted: less scatter than chance allows needs a reason"
    return [Finding("dispersion", severity, sentence, action, values=values)]


def predictive_share(
    likelihood: Likelihood, response: Response, theta: np.ndarray, rng: np.random.Generator
) -> float | None:
    """Return how often counts drawn from the posterior scatter at least as much as those seen.

    The scatter is the Pearson chi-square about the probabilities of the same draw.

    Parameters
    ----------
    likelihood : Likelihood
    response : Response
    theta : ndarray, shape (coefficients, draws)
        Up to 1000 of them are used, fewer for very many rows.
    rng : numpy.random.Generator

    Returns
    -------
    float or None
        None where trials come one by one.
    """
    trials = response.trials if response.kind == "counts" else None
    if trials is None:
        return None
    rows = len(trials)
    most = int(np.clip(_LARGEST // max(1, rows), 200, _DRAWS))
    picked = theta[:, :: max(1, -(-theta.shape[1] // most))]
    total, y = trials[:, None], response.y[:, None]
    weights = likelihood.counts.sum(axis=1) / np.maximum(trials, 1)
    beyond, step = 0, max(1, 1_000_000 // rows)
    for start in range(0, picked.shape[1], step):
        part = np.ascontiguousarray(picked[:, start : start + step])
        prob = likelihood.family.probabilities(likelihood.eta(part))[1]
        # Where a chance is below the smallest number that has an inverse, no one comes.
        spread = total * prob * (1.0 - prob)
        scale = np.divide(weights[:, None], spread, out=np.zeros_like(prob), where=spread > _TINY)
        seen = (scale * (y - total * prob) ** 2).sum(axis=0)
        drawn = (scale * (rng.binomial(total, prob) - total * prob) ** 2).sum(axis=0)
        beyond += int(np.sum(drawn >= seen))
    share: float = beyond / picked.shape[1]
    return share
