"""Proportional odds: whether slopes of an ordinal model differ between boundaries.

Proportional odds means that one slope serves every boundary between neighbouring classes. Here
each boundary gets a yes/no model of its own, "above it or not", and the slopes are compared.
The boundaries share their rows, so the slopes are correlated; that is taken into account.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from bayeslogit import tables
from bayeslogit.answers.checks.partial_slopes import compare_slopes
from bayeslogit.answers.comparison.compared import Comparison
from bayeslogit.errors import DesignError
from bayeslogit.families import LINKS, Bernoulli
from bayeslogit.inference.mode import find_mode
from bayeslogit.numerics.intervals import interval_names, interval_settings
from bayeslogit.priors import default_prior
from bayeslogit.specification.density import Likelihood, LogDensity
from bayeslogit.specification.partial import partial_columns
from bayeslogit.specification.specification import Specification

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ProportionalOdds", "check_proportional_odds"]

# Posterior content of the region that equality must leave before a sentence calls it doubtful.
_DOUBTFUL = 0.95


@dataclass(frozen=True, eq=False)
class ProportionalOdds:
    """Slopes boundary by boundary, and how far each term is from having a single one.

    Parameters
    ----------
    slopes : pandas.DataFrame
        A row for each coefficient and boundary: ``term``, ``boundary``, ``slope`` (on the scale
        of the linear predictor, towards higher classes), ``sd``, ``difference`` (from the mean
        over boundaries), ``difference_sd``, the interval of the difference, and ``p_above``, the
        posterior probability that this slope is above the mean.
    terms : pandas.DataFrame
        A row for each term: ``largest`` (absolute difference per sd of the predictor),
        ``distance`` (squared Mahalanobis distance of all differences from zero), ``df``, and
        ``content``: the posterior probability of the highest-density region that just leaves
        out equal slopes. Near one, a single slope is doubtful.
    comparison : Comparison, optional
        Leave-one-out of the model with one slope against slopes of their own, where asked for.

    See Also
    --------
    bayeslogit.Model.check_proportional_odds : Makes one.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> housing = bl.load_dataset("housing")
    >>> model = bl.ordinal("satisfaction ~ contact", housing, levels=["Low", "Medium", "High"],
    ...     weights="frequency")
    >>> found = model.check_proportional_odds()
    >>> found.slopes["slope"].round(2).tolist(), found.terms["content"].round(1).tolist()
    ([-0.23, -0.11], [0.8])
    >>> found.doubtful, found.comparison
    ((), None)
    """

    slopes: pd.DataFrame
    terms: pd.DataFrame
    comparison: Comparison | None = None

    @property
    def doubtful(self) -> tuple[str, ...]:
        """Terms for which equal slopes are outside of the 95 % region."""
        return tuple(self.terms.index[self.terms["content"] > _DOUBTFUL])

    def __repr__(self) -> str:
        found = ", ".join(repr(t) for t in self.doubtful)
        verdict = (
            f"one slope for all boundaries is doubtful for {found}"
            if found
            else "no term asks for slopes that differ between boundaries"
        )
        text = f"Proportional odds: {verdict}\n{self.terms}"
        return text if self.comparison is None else f"{text}\n{self.comparison}"


def check_proportional_odds(
    specification: Specification,
    *,
    ci_prob: float = 0.94,
    loo: bool = False,
    terms: Sequence[str] | None = None,
    **options: Any,
) -> ProportionalOdds:
    """Ask of an ordinal model whether one slope serves all boundaries, before fitting it.

    Parameters
    ----------
    specification : Specification
        The model.
    ci_prob : float
        Posterior probability of the intervals.
    loo : bool
        Also fit both models, with one slope and with slopes of their own at each boundary,
        and compare them by leave-one-out (of cases, where weights are whole numbers).
    terms : sequence of str, optional
        With ``loo``: whose slopes may differ; all terms by default.
    **options
        With ``loo``: those of :meth:`bayeslogit.Model.fit`, such as ``random_seed``.

    Returns
    -------
    ProportionalOdds
        Slopes of separate yes/no models of being above each boundary, compared, and
        ``comparison`` where ``loo``.

    Raises
    ------
    DesignError
        If the model is not ordinal, or has no slopes; if a name is not a term.

    See Also
    --------
    bayeslogit.ordinal : ``partial=`` gives terms slopes of their own.

    Notes
    -----
    Each boundary has a yes/no model of being above it, with the default priors. The joint posterior
    of all slopes is approximated by a Gaussian at the modes, whose covariance counts that the
    boundaries share their rows.

    References
    ----------
    Brant, R. (1990). Assessing proportionality in the proportional odds model for ordinal logistic
    regression. doi:10.2307/2532457

    Examples
    --------
    >>> import bayeslogit as bl
    >>> housing = bl.load_dataset("housing")
    >>> model = bl.ordinal("satisfaction ~ contact", housing, levels=["Low", "Medium", "High"],
    ...     weights="frequency")
    >>> model.check_proportional_odds().doubtful
    ()
    """
    family, design = specification.family, specification.design
    X, names, classes = design.X, design.names, specification.response.classes
    if family.arrangement != "ordered":
        raise DesignError(
            f"the {family.name} model has no boundaries between ordered classes; "
            "expected an ordinal model; build one with ordinal()"
        )
    interval_settings(ci_prob, "eti")
    if terms is not None:
        partial_columns(terms, design.term_columns, "terms")
    needless = [*(["terms"] if terms is not None else []), *options]
    if needless and not loo:
        raise DesignError(
            f"{needless[0]}= is given without loo=True; expected it with loo=True only, because "
            "nothing is fitted otherwise; leave it out, or pass loo=True"
        )
    if X.shape[1] < 2:
        raise DesignError(
            f"the model has {len(classes)} classes and {X.shape[1] - 1} slopes; expected three or "
            "more classes and a slope to compare between their boundaries; there is nothing to "
            "check"
        )
    from scipy.special import ndtri
    from scipy.stats import chi2, norm

    modes, covariance = _joint(specification)
    cuts, width = modes.shape
    center = np.eye(cuts) - 1.0 / cuts
    mixing = np.kron(center, np.eye(width))
    differences = center @ modes
    spread = mixing @ covariance @ mixing.T
    sd = np.sqrt(np.diag(covariance)).reshape(cuts, width)
    difference_sd = np.sqrt(np.diag(spread)).reshape(cuts, width)
    half = ndtri(0.5 + 0.5 * ci_prob) * difference_sd
    lower, upper = interval_names(ci_prob, "eti")
    boundaries = [f"{a}|{b}" for a, b in pairwise(classes)]
    rows = [
        {
            "term": names[j],
            "boundary": boundaries[k],
            "slope": modes[k, j],
            "sd": sd[k, j],
            "difference": differences[k, j],
            "difference_sd": difference_sd[k, j],
            lower: differences[k, j] - half[k, j],
            upper: differences[k, j] + half[k, j],
            "p_above": float(norm.cdf(differences[k, j] / difference_sd[k, j])),
        }
        for j in range(1, width)
        for k in range(cuts)
    ]
    cases = specification.frequencies
    mean = cases @ X / cases.sum()
    scale = np.sqrt(cases @ (X - mean) ** 2 / cases.sum())
    judged = {}
    for term, members in design.term_columns.items():
        columns = [j for j in members if j > 0]
        if not columns:
            continue
        # Differences from the mean sum to zero over boundaries: leave the last one out.
        places = [k * width + j for k in range(cuts - 1) for j in columns]
        gap = differences[:-1][:, columns].ravel()
        distance = float(gap @ np.linalg.solve(spread[np.ix_(places, places)], gap))
        judged[term] = {
            "largest": float(np.max(np.abs(differences[:, columns]) * scale[columns])),
            "distance": distance,
            "df": len(places),
            "content": float(chi2.cdf(distance, len(places))),
        }
    comparison = compare_slopes(specification, terms, **options) if loo else None
    per_term = tables.Answer.from_dict(judged, orient="index")
    return ProportionalOdds(tables.Answer(rows), per_term, comparison)


def _joint(model: Specification) -> tuple[np.ndarray, np.ndarray]:
    """Return modes (boundaries, columns) and the covariance of all, boundary by boundary."""
    X, y, names = model.design.X, model.response.y, model.design.names
    link, weights, offset = model.family.link, model.weights, model.offset
    cuts = len(model.response.classes) - 1
    n, width = X.shape
    w = np.ones(n) if weights is None else weights.astype(float)
    prior = default_prior(names, X, w, intercept=True)
    family = Bernoulli(link)
    modes, inverses, probs, scores = np.empty((cuts, width)), [], [], []
    own = []
    for k in range(cuts):
        counts = np.where((y > k)[:, None], [0.0, 1.0], [1.0, 0.0]) * w[:, None]
        density = LogDensity(Likelihood(family, X, counts, offset), prior)
        mode = find_mode(density)
        modes[k] = mode.theta
        inverses.append(np.linalg.inv(mode.precision))
        own.append(prior.precision(mode.theta))
        eta = density.likelihood.eta(mode.theta[:, None])[0]
        gain = LINKS[link].slope(eta, np.zeros(1), np.ones(1))[:, 0]
        loss = LINKS[link].slope(eta, np.ones(1), np.zeros(1))[:, 0]
        probs.append(LINKS[link].prob(eta)[:, 0])
        # The score of a row is this times (above or not, minus its probability).
        scores.append(gain - loss)
    covariance = np.zeros((cuts, width, cuts, width))
    for a in range(cuts):
        for b in range(cuts):
            shared = np.minimum(probs[a], probs[b]) - probs[a] * probs[b]
            meat = X.T @ (X * (w * scores[a] * scores[b] * shared)[:, None])
            covariance[a, :, b] = inverses[a] @ (meat + (own[a] if a == b else 0.0)) @ inverses[b]
    return modes, covariance.reshape(cuts * width, cuts * width)
