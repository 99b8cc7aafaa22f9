"""The builder of models of choices among alternatives."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bayeslogit import response as responses
from bayeslogit.errors import closed
from bayeslogit.errors.door import at_the_door
from bayeslogit.families import FAMILIES
from bayeslogit.model import Model
from bayeslogit.response import Response
from bayeslogit.specification.assemble import Priors, assemble
from bayeslogit.specification.choice_sets import Asked, read_choices
from bayeslogit.specification.inputs import OutcomeColumn

__all__ = ["choice"]


@at_the_door
def choice(
    formula: str,
    data: Any = None,
    *,
    alternatives: Any,
    case: str | None = None,
    reference: Any = None,
    counts: str | None = None,
    ranked: bool = False,
    available: str | None = None,
    priors: Priors = None,
    weights: Any = None,
    offset: Any = None,
    missing: closed.MissingWord = "raise",
) -> Model:
    """Build a Bayesian model of choices among alternatives: conditional logit.

    Each alternative of a case has a utility, ``x beta + z gamma_alternative``, and is chosen with
    a probability proportional to its exponential.

    Parameters
    ----------
    formula : str
        ``"chosen ~ cost + time | income"``. Before the bar stands what differs between the
        alternatives of a case, with one coefficient each; after it what belongs to the case, with
        a coefficient for each alternative but the reference. Alternatives have intercepts unless
        it ends in ``| 0`` or ``| income - 1``. For an effect of time that differs by alternative
        write ``mode:time`` before the bar, with the column of alternatives.
    data : table
        Long: a row for each alternative that a case had (sets may differ). The outcome marks
        the chosen row (0 and 1, booleans, no and yes), or names what was chosen in every row of
        the case. Wide: a row for each case, the outcome names what was chosen, and columns such as
        ``cost_car``, ``cost.car`` or ``car_cost`` hold what differs.
    alternatives : str or list of str
        The column of alternatives of a long table, or the alternatives of a wide one.
    case : str, optional
        The column of cases; needed in long form.
    reference : optional
        The alternative that others are compared with; the first by default. With independent
        priors, the posterior depends on this choice.
    counts : str, optional
        A column that says how often each alternative was chosen, in place of an outcome in the
        formula: ``choice("~ price", data, counts="sold", alternatives="brand", case="week")``.
    ranked : bool
        Whether the outcome holds ranks, 1 for the best, and 0 or nothing for alternatives behind
        all that are ranked. Each rank is a choice among what is left (exploded logit), and a
        set of its own in answers about sets.
    available : str, optional
        A column that is 0 where a case could not choose the alternative (wide: ``av_car``, ...).
    priors : Prior, GaussianPrior, dict, "flat" or None
        As in :func:`logistic`; a name after the bar stands for its coefficients of all
        alternatives, and ``"bus: income"`` for one. The default is that of :func:`logistic` before
        the bar, and that of :func:`multinomial` after it.
    weights : str or array of shape (rows,), optional
        Frequency weights, equal within a case; fractions allowed.
    offset : str or array of shape (rows,), optional
        A known part of the utilities.
    missing : {"raise", "drop"}
        Whether cases that lack a value are refused or left out whole.

    Returns
    -------
    Model

    Raises
    ------
    DesignError, ResponseError, PriorError
        With the case that is not one choice, and the column or value that cannot be used.

    See Also
    --------
    multinomial : Classes that have no predictors of their own.
    logistic : With ``strata=``, sets without alternatives.
    bayeslogit.Model.fit : The posterior, by any method.

    References
    ----------
    McFadden, D. (1974). Conditional logit analysis of qualitative choice behavior. In Zarembka, P.
    (ed.), Frontiers in Econometrics. Academic Press.
    Chapman, R. G. and Staelin, R. (1982). Exploiting rank ordered choice set data within the
    stochastic utility model. doi:10.1177/002224378201900302

    Examples
    --------
    >>> import bayeslogit as bl
    >>> travel = {
    ...     "trip": [1, 1, 2, 2, 3, 3, 4, 4],
    ...     "mode": ["bus", "car"] * 4,
    ...     "chosen": [1, 0, 0, 1, 0, 1, 1, 0],
    ...     "cost": [2.0, 5.0, 4.0, 3.0, 3.0, 4.0, 3.0, 5.0],
    ... }
    >>> model = bl.choice("chosen ~ cost", travel, alternatives="mode", case="trip")
    >>> model.layout.names
    ('cost', 'car: Intercept')
    """
    asked = Asked(
        alternatives, case, reference, counts, ranked, available, weights, offset, missing
    )
    choices = read_choices(formula, data, asked)

    def code(outcome: OutcomeColumn, trials: Any) -> Response:
        name, values, kind, levels, _, row_name = outcome
        return responses.binary(name, values, kind, levels, None, row_name)

    return Model.of(
        assemble(
            code,
            lambda classes: replace(FAMILIES["conditional"](), arrangement="choice"),  # type: ignore[type-var]
            choices.formula,
            choices.table,
            priors=priors,
            weights=choices.named.get("weights"),
            offset=choices.named.get("offset"),
            missing=missing,
            strata=choices.sets,
            choices=choices,
        )
    )
