"""How well a likelihood fit describes its data: deviances, indices, the grouped chi-square."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bayeslogit import tables
from bayeslogit.answers.classical import influence
from bayeslogit.answers.classical.maximum_likelihood import Maximum
from bayeslogit.errors import DesignError
from bayeslogit.families import LINKS
from bayeslogit.numerics.scores import auc
from bayeslogit.specification.specification import Specification

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "CAUTION",
    "GroupedTest",
    "fit_statistics",
    "hosmer_lemeshow",
    "likelihood_indices",
    "probability_indices",
]

CAUTION = (
    "Pseudo-R2 values are not shares of explained variance: they depend on the base rate "
    "({rate}) and cannot be compared between data sets; Cox-Snell cannot exceed {ceiling:.4g} here."
)


def likelihood_indices(
    log_likelihood: float, null: float, cases: float, deviance: float, null_deviance: float
) -> dict[str, float]:
    """Return the indices that compare likelihoods.

    Parameters
    ----------
    log_likelihood, null : float
        Of the model and of the model without predictors, case by case: without binomial
        coefficients, in nats.
    cases : float
        Number of cases (trials).
    deviance, null_deviance : float
        Against the saturated model of the rows as they are.

    Returns
    -------
    dict of str to float
        ``r2_likelihood`` (Cohen's R2_L: share of the null deviance), ``mcfadden``,
        ``cox_snell``, ``cox_snell_ceiling`` and ``nagelkerke``; empty where the null model leaves
        nothing to explain.

    References
    ----------
    Cox, D. R. and Snell, E. J. (1989). Analysis of Binary Data, 2nd ed. doi:10.1201/9781315137391
    Nagelkerke, N. J. D. (1991). A note on a general definition of the coefficient of
    determination. doi:10.1093/biomet/78.3.691

    Examples
    --------
    >>> found = likelihood_indices(-8.0, -13.862943611, 20.0, 16.0, 27.725887222)
    >>> {name: round(value, 4) for name, value in found.items()}
    {'r2_likelihood': 0.4229, 'mcfadden': 0.4229, 'cox_snell': 0.4436,
     'cox_snell_ceiling': 0.75, 'nagelkerke': 0.5915}
    """
    if null == 0.0 or null_deviance == 0.0:
        return {}  # one class, or equal shares in all rows: nothing to explain
    ceiling = -np.expm1(2.0 * null / cases)
    cox_snell = -np.expm1(2.0 * (null - log_likelihood) / cases)
    return {
        "r2_likelihood": 1.0 - deviance / null_deviance,
        "mcfadden": 1.0 - log_likelihood / null,
        "cox_snell": float(cox_snell) + 0.0,  # not -0.0
        "cox_snell_ceiling": float(ceiling),
        "nagelkerke": float(cox_snell / ceiling) + 0.0,
    }


def probability_indices(
    prob: np.ndarray, eta: np.ndarray, counts: np.ndarray, link: str
) -> dict[str, float]:
    """Return the indices that compare probabilities with outcomes, each case counted once.

    Parameters
    ----------
    prob, eta : ndarray, shape (rows,)
        Probabilities of the event and linear predictors.
    counts : ndarray, shape (rows, 2)
        Failures and successes, times weights.
    link : str

    Returns
    -------
    dict of str to float
        ``tjur`` (mean probability of events minus that of non-events), ``efron`` (share of the
        squared error), ``mckelvey_zavoina`` (share of the latent variance; left out for a link
        whose latent variance is infinite or a predictor that is), ``brier`` (mean squared error)
        and ``auc``.

    References
    ----------
    Efron, B. (1978). Regression and ANOVA with zero-one data. doi:10.1080/01621459.1978.10480013
    McKelvey, R. D. and Zavoina, W. (1975). A statistical model for the analysis of ordinal level
    dependent variables. doi:10.1080/0022250X.1975.9989847
    Tjur, T. (2009). Coefficients of determination in logistic regression models.
    doi:10.1198/tast.2009.08210
    """
    failures, successes = counts[:, 0], counts[:, 1]
    total = counts.sum()
    rate = successes.sum() / total
    error = float(successes @ (1.0 - prob) ** 2 + failures @ prob**2)
    spread = float(successes.sum() * (1.0 - rate) ** 2 + failures.sum() * rate**2)
    result = {
        "tjur": float(successes @ prob / successes.sum() - failures @ prob / failures.sum()),
        "efron": 1.0 - error / spread,
    }
    seen = counts.sum(axis=1) > 0.0
    variance = LINKS[link].error_variance
    if variance is not None and np.all(np.isfinite(eta[seen])):
        weights = counts[seen].sum(axis=1) / total
        centred = eta[seen] - weights @ eta[seen]
        latent = float(weights @ centred**2)
        result["mckelvey_zavoina"] = latent / (latent + variance)
    result["brier"] = float(error / total)
    result["auc"] = float(auc(prob, failures, successes))
    return result


@dataclass(frozen=True, eq=False)
class GroupedTest:
    """The chi-square of Hosmer and Lemeshow over groups of equal fitted risk.

    Parameters
    ----------
    statistic : float
    df : int
    p : float
    table : pandas.DataFrame
        A row per group: its largest probability, cases, events, and events expected.

    See Also
    --------
    bayeslogit.Fit.calibration : The modern answer to the same question.

    References
    ----------
    Hosmer, D. W. and Lemeshow, S. (1980). Goodness of fit tests for the multiple logistic
    regression model. doi:10.1080/03610928008827941

    Examples
    --------
    >>> import numpy as np
    >>> risk = np.repeat([0.1, 0.4, 0.7], 10)
    >>> events = np.r_[np.zeros(9), 1, np.zeros(6), np.ones(4), np.zeros(3), np.ones(7)]
    >>> test = hosmer_lemeshow(risk, np.column_stack([1 - events, events]), groups=3)
    >>> round(test.statistic, 6), test.df, round(test.p, 2), len(test.table)  # as expected
    (0.0, 1, 1.0, 3)
    """

    statistic: float
    df: int
    p: float
    table: pd.DataFrame

    warning = (
        "the Hosmer-Lemeshow test is obsolete: it depends on the number of groups, has little "
        "power in small data and rejects any model in large data; look at calibration() instead"
    )

    def __str__(self) -> str:
        return (
            f"Hosmer-Lemeshow: chi-square {self.statistic:.6g} on {self.df} df, p = {self.p:.6g}\n"
            f"  Caution: {self.warning}."
        )

    __repr__ = __str__


def hosmer_lemeshow(prob: np.ndarray, counts: np.ndarray, groups: int = 10) -> GroupedTest:
    """Compare events with their expectation in groups cut at quantiles of the fitted risk.

    Parameters
    ----------
    prob : ndarray, shape (rows,)
        Fitted probabilities of the event.
    counts : ndarray, shape (rows, 2)
        Failures and successes, times weights: whole numbers.
    groups : int
        Number of groups.

    Raises
    ------
    DesignError
        For fewer than 3 groups, more groups than distinct probabilities, groups that ties make
        coincide, or fractional weights.

    References
    ----------
    Hosmer, D. W. and Lemeshow, S. (1980). Goodness of fit tests for the multiple logistic
    regression model. doi:10.1080/03610928008827941
    """
    import pandas as pd
    from scipy.special import chdtrc

    if isinstance(groups, bool) or not isinstance(groups, int | np.integer) or groups < 3:
        raise DesignError(
            f"groups={groups!r} is not usable; expected a whole number of at least 3, for the "
            "test has two degrees of freedom less than groups; write for example groups=10"
        )
    trials = counts.sum(axis=1)
    if not np.all(counts == np.round(counts)):
        raise DesignError(
            "the weights are not whole numbers; expected whole numbers of cases to put into "
            "groups; leave the weights out, or look at calibration() instead"
        )
    distinct = len(np.unique(prob[trials > 0]))
    if groups > distinct:
        raise DesignError(
            f"groups={groups} is more than the {distinct} different fitted probabilities; "
            f"expected at most {distinct}; ask for fewer groups"
        )
    each = np.repeat(prob, trials.astype(int))
    edges = np.quantile(each, np.linspace(0.0, 1.0, groups + 1))
    if len(np.unique(edges)) <= groups:
        able = [
            g
            for g in range(3, groups)
            if len(np.unique(np.quantile(each, np.linspace(0.0, 1.0, g + 1)))) == g + 1
        ]
        advice = f"ask for groups={able[-1]}" if able else "look at calibration() instead"
        raise DesignError(
            f"{groups} groups of {len(each)} cases cannot be told apart: many cases share a fitted "
            "probability, as the trials of one row do, and some groups would be empty; expected "
            f"distinct quantiles; {advice}"
        )
    member = np.searchsorted(edges[1:-1], prob, side="left")
    successes, cases, expected = (
        np.bincount(member, v, groups) for v in (counts[:, 1], trials, trials * prob)
    )
    surprise = (successes - expected) ** 2
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = surprise / expected + surprise / (cases - expected)
    statistic = float(np.where(surprise == 0.0, 0.0, parts).sum())
    table = tables.Answer(
        {"up_to": edges[1:], "cases": cases, "events": successes, "expected": expected},
        index=pd.RangeIndex(1, groups + 1, name="group"),
    )
    df = groups - 2
    return GroupedTest(statistic, df, float(chdtrc(df, statistic)), table)


def fit_statistics(
    specification: Specification, maximum: Maximum, null: Maximum, top: float
) -> tuple[pd.DataFrame, list[str]]:
    """Return deviances, information criteria and indices, and cautions.

    Parameters
    ----------
    specification : Specification
    maximum, null : Maximum
        Of the model, and of the model without predictors.
    top : float
        Log-likelihood of the saturated model, in nats.

    Returns
    -------
    pandas.DataFrame
        A row each: ``value``, ``df`` and ``p``, where there are some.
    list of str
        Cautions, a sentence each.
    """
    import pandas as pd
    from scipy.special import chdtrc

    likelihood, weights = specification.density.likelihood, specification.weights
    counts = likelihood.counts
    each = np.ones(len(counts)) if weights is None else weights
    # A row of counts is one observation; a row without trials, or of weight 0, is none.
    observations = float(each[counts.sum(axis=1) > 0.0].sum())
    cases, size = float(counts.sum()), len(maximum.names)
    if likelihood.sets is not None:
        # A set is one observation: it says which of its members are the cases.
        first = np.unique(likelihood.sets, return_index=True)[1]
        observations = cases = float(each[first].sum())
    deviance = max(2.0 * (top - maximum.log_likelihood), 0.0)
    null_deviance = 2.0 * (top - null.log_likelihood)
    ratio = max(2.0 * (maximum.log_likelihood - null.log_likelihood), 0.0)
    df = size - len(null.names)
    found: list[tuple[str, float, float, float]] = []

    def add(name: str, value: float, df: float = np.nan, p: float = np.nan) -> None:
        found.append((name, value, df, p))

    add("observations", observations)
    add("log_likelihood", maximum.log_likelihood, size)
    add("null_log_likelihood", null.log_likelihood, len(null.names))
    add("deviance", deviance, observations - size)
    add("null_deviance", null_deviance, observations - len(null.names))
    if df:
        add("likelihood_ratio", ratio, df, float(chdtrc(df, ratio)))
    add("aic", 2.0 * size - 2.0 * maximum.log_likelihood)
    add("bic", size * np.log(observations) - 2.0 * maximum.log_likelihood)
    add("log_loss", (likelihood.constant - maximum.log_likelihood) / cases)
    indices: dict[str, float] = {}
    shares = counts.sum(axis=0) / counts.sum()
    if likelihood.sets is None:
        indices = likelihood_indices(
            maximum.log_likelihood - likelihood.constant,
            null.log_likelihood - likelihood.constant,
            cases,
            deviance,
            null_deviance,
        )
    if likelihood.family.single:
        table = influence.influence_table(likelihood, maximum, pd.RangeIndex(len(counts)))
        add("pearson", float((table["pearson"] ** 2).sum()), observations - size)
        prob, eta = table["probability"].to_numpy(), table["linear"].to_numpy()
        indices |= probability_indices(prob, eta, counts, likelihood.family.link)
        rate = f"here {100 * shares[1]:.4g} % events"
    else:
        rate = "here " + " / ".join(f"{100 * s:.4g} %" for s in shares)
    for name, value in indices.items():
        add(name, value)
    ceiling = indices.get("cox_snell_ceiling")
    notes = [] if ceiling is None else [CAUTION.format(rate=rate, ceiling=ceiling)]
    if specification.response.kind == "counts":
        notes.append(
            "Deviances, AIC and BIC are of the rows as they are; the other indices count each "
            "trial as a case, so that they do not depend on how trials are grouped into rows."
        )
    if not np.all(each == np.round(each)):
        notes.append(
            "Weights with fractions multiply the log-likelihood; standard errors, tests and "
            "indices are right only as far as the weights are numbers of cases."
        )
    frame = tables.Answer(found, columns=["statistic", "value", "df", "p"]).set_index("statistic")
    return frame, notes
