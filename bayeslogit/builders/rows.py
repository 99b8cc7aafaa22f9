"""The builders of models whose rows are cases, or counts of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from bayeslogit import response as responses
from bayeslogit.errors import DesignError, ResponseError, closed
from bayeslogit.errors.door import at_the_door
from bayeslogit.families import FAMILIES
from bayeslogit.model import Model
from bayeslogit.response import Response
from bayeslogit.specification import choices
from bayeslogit.specification.assemble import Priors, assemble
from bayeslogit.specification.inputs import OutcomeColumn, counted
from bayeslogit.specification.matched import check_strata
from bayeslogit.specification.partial import refuse_unseen

__all__ = ["ORDINAL_FORMS", "binomial", "logistic", "multinomial", "ordinal"]

ORDINAL_FORMS = choices.ORDINAL_FORMS


@at_the_door
def logistic(
    formula_or_X: Any,
    data_or_y: Any = None,
    *,
    priors: Priors = None,
    link: closed.LinkWord = "logit",
    event: Any = None,
    weights: Any = None,
    offset: Any = None,
    intercept: bool = True,
    missing: closed.MissingWord = "raise",
    groups: Any = None,
    case_control: bool = False,
    strata: Any = None,
) -> Model:
    """Build a Bayesian logistic model of a yes/no outcome.

    Parameters
    ----------
    formula_or_X : str, or array or table of shape (obs, columns)
        ``"passed ~ hours"``, or the predictors themselves.
    data_or_y : table, or array of shape (obs,)
        The table of a formula (pandas, polars, pyarrow, dict of lists), or the outcome. A table
        that is not in memory may be a path of Parquet files, a ``pyarrow.dataset``, a polars
        ``LazyFrame`` or a DuckDB relation: equal rows are counted there.
    priors : Prior, GaussianPrior, dict, "flat" or None
        One prior for all slopes; a dict by term name (also ``"Intercept"`` and ``"slopes"``);
        one joint prior; flat for everything (maximum likelihood); by default Normal(0, 2.5 /
        sd(x)) on slopes and Normal(0, 2.5) on the linear predictor at the predictor means.
        Priors given here are on coefficients of the raw columns. All are on the scale of the
        linear predictor: log-odds for the logit link.
    link : str
        A key of ``bl.LINKS``; ``"log"`` gives log risk ratios, ``"identity"`` risk differences.
    event : optional
        The outcome value whose probability is modelled: by default 1, True, or the last of two
        labels in order.
    weights : str or array of shape (obs,), optional
        Frequency weights, fractions allowed: they multiply the log-likelihood.
    offset : str or array of shape (obs,), optional
        Known part of the linear predictor, in log-odds for the logit link.
    intercept : bool
        Whether arrays get an intercept; a formula leaves it out by ``- 1``.
    missing : {"raise", "drop"}
        Whether rows that lack a value are refused or left out.
    groups : dict of str to array of shape (obs,), or column names, optional
        Beside arrays: the group of each row, as ``(1 | g)`` of a formula: ``{"school": ids}``, or
        columns of a table ``formula_or_X``.
    case_control : bool
        Whether cases and controls were sampled separately. Odds ratios are those of the
        population then, and risks are not: answers that need risks warn, and
        ``fit.with_prevalence(0.0001)`` corrects them.
    strata : str or array of shape (obs,), optional
        The matched set of each row. The likelihood is then that of who is a case in a set, given
        how many are (conditional logistic regression): whatever a set shares cancels, there is
        no intercept, and answers are odds ratios, not risks. Sets without a case, or with cases
        only, say nothing and are left out.

    Returns
    -------
    Model

    Raises
    ------
    DesignError, ResponseError, PriorError
        With the column, the row and the value that cannot be used, and what to do.

    See Also
    --------
    binomial : Counts of successes out of trials.
    multinomial, ordinal : Three or more classes, without and with an order.
    bayeslogit.Model.fit : The posterior, by any method.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> model = bl.logistic("passed ~ hours", bl.load_dataset("exam"))
    >>> model.fit("map").predict({"hours": [2, 4]})["estimate"].round(2).tolist()
    [0.27, 0.85]
    """
    choices.check_link(link)
    check_strata(strata, link, case_control, groups, data_or_y)
    chosen = "bernoulli" if strata is None else "conditional"

    def code(outcome: OutcomeColumn, trials: Any) -> Response:
        name, values, kind, levels, _, row_name = outcome
        response = responses.binary(name, values, kind, levels, event, row_name)
        return replace(response, case_control=bool(case_control))

    return _model_of(
        code,
        lambda classes: replace(FAMILIES[chosen](), link=link),  # type: ignore[type-var]
        formula_or_X,
        data_or_y,
        priors=priors,
        weights=weights,
        offset=offset,
        intercept=intercept,
        missing=missing,
        groups=groups,
        strata=strata,
    )


@at_the_door
def binomial(
    formula_or_X: Any,
    data_or_y: Any = None,
    *,
    trials: Any,
    priors: Priors = None,
    link: closed.LinkWord = "logit",
    dispersion: closed.DispersionWord | None = None,
    weights: Any = None,
    offset: Any = None,
    intercept: bool = True,
    missing: closed.MissingWord = "raise",
    groups: Any = None,
) -> Model:
    """Build a Bayesian logistic model of counts: successes out of trials.

    Parameters
    ----------
    formula_or_X, data_or_y, priors, link, weights, offset, intercept, missing, groups
        As in :func:`logistic`; the outcome is the count of successes.
    trials : str, int or array of shape (obs,)
        Number of trials of each row; a row of zero trials does not inform the fit.
    dispersion : {None, "beta"}
        How the probabilities of rows with equal predictors vary: not at all (None), or by a beta
        distribution, for counts that spread more than binomial ones (plates, litters, schools).
        Its precision phi becomes the coefficient ``log_precision``: two trials of a row have the
        correlation ``1 / (1 + phi)``. Its prior is Normal(3, 2) unless given by that name; it
        must be proper, because the likelihood stays positive as phi grows. Rows are then units
        of their own: weights are refused.

    Returns
    -------
    Model

    Raises
    ------
    DesignError, ResponseError, PriorError
        With the column, the row and the value that cannot be used, and what to do.

    See Also
    --------
    logistic : One yes/no outcome per row.
    bayeslogit.Model.fit : The posterior, by any method.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> seeds = bl.load_dataset("seeds")
    >>> fit = bl.binomial("germinated ~ x2", seeds, trials="n").fit("map")
    >>> fit.predict({"x2": [0, 1]})["estimate"].round(2).tolist()  # by root extract
    [0.37, 0.63]
    >>> bl.binomial("germinated ~ x2", seeds, trials="n", dispersion="beta").layout.names
    ('Intercept', 'x2', 'log_precision')
    """
    choices.check_link(link)
    choices.check_dispersion(dispersion, weights, link)
    kind = "binomial" if dispersion is None else "beta_binomial"

    def code(outcome: OutcomeColumn, total: Any) -> Response:
        called = trials if isinstance(trials, str) else "trials"
        return responses.counts(outcome.name, outcome.values, total, called, outcome.row_name)

    return _model_of(
        code,
        lambda classes: FAMILIES[kind](link=link),  # type: ignore[call-arg]
        formula_or_X,
        data_or_y,
        priors=priors,
        weights=weights,
        offset=offset,
        trials=trials,
        intercept=intercept,
        missing=missing,
        groups=groups,
    )


@at_the_door
def multinomial(
    formula_or_X: Any,
    data_or_y: Any = None,
    *,
    priors: Priors = None,
    reference: Any = None,
    counts: Sequence[str] | None = None,
    link: closed.LinkWord = "logit",
    weights: Any = None,
    offset: Any = None,
    intercept: bool = True,
    missing: closed.MissingWord = "raise",
    groups: Any = None,
) -> Model:
    """Build a Bayesian multinomial logistic model: three or more classes without an order.

    Parameters
    ----------
    formula_or_X, data_or_y, weights, offset, intercept, missing, groups
        As in :func:`logistic`; a row is a case with the label of its class, or, with
        ``weights``, as many cases as its weight says.
    priors : Prior, GaussianPrior, ZeroSum, dict, "flat" or None
        As in :func:`logistic`; a term's name stands for that term in every class, and
        ``"class: term"`` for one class. :class:`ZeroSum` treats all classes alike.
    reference : optional
        The class that the others are compared with; the first by default. With independent
        priors, the posterior depends on this choice.
    counts : sequence of str, optional
        Columns that hold how many cases of each class a row has; the formula then has no left
        side: ``multinomial("~ x", data, counts=["left", "centre", "right"])``. A row stays one
        row in every answer about rows. As for labels, a class without cases is left out with a
        note where three others have some.
    link : {"logit"}
        The only link of this model.

    Returns
    -------
    Model

    Raises
    ------
    DesignError, ResponseError, PriorError
        With the column, the row and the value that cannot be used, and what to do.

    See Also
    --------
    ordinal : Classes with an order.
    logistic : Two classes.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> housing = bl.load_dataset("housing")
    >>> model = bl.multinomial("satisfaction ~ contact", housing, weights="frequency")
    >>> table = model.fit("map").predict({"contact": ["Low"]})
    >>> table.set_index("class")["estimate"].round(2).to_dict()
    {'High': 0.38, 'Low': 0.37, 'Medium': 0.25}
    """
    choices.check_link(link)
    if link != "logit":
        raise DesignError(
            f"link={link!r} is given to multinomial(); expected link='logit', the only one it has, "
            "because classes without an order are compared by their odds; leave link= out, or use "
            "ordinal() or logistic()"
        )
    if counts is not None:
        counted(formula_or_X, counts)

    def code(outcome: OutcomeColumn, trials: Any) -> Response:
        if counts is not None:
            each = dict(zip(counts, outcome.values.T, strict=True))
            return responses.counts_of_classes(outcome.name, each, reference)
        name, values, _, levels, _, row_name = outcome
        return responses.nominal(name, values, levels, reference, row_name)

    return _model_of(
        code,
        lambda classes: FAMILIES["multinomial"](classes=classes),  # type: ignore[call-arg]
        formula_or_X,
        data_or_y,
        priors=priors,
        weights=weights,
        offset=offset,
        counts=counts,
        intercept=intercept,
        missing=missing,
        groups=groups,
    )


@at_the_door
def ordinal(
    formula_or_X: Any,
    data_or_y: Any = None,
    *,
    priors: Priors = None,
    levels: Sequence[Any] | None = None,
    form: closed.FormWord = "cumulative",
    link: closed.LinkWord = "logit",
    partial: Sequence[str] = (),
    weights: Any = None,
    offset: Any = None,
    missing: closed.MissingWord = "raise",
    groups: Any = None,
) -> Model:
    """Build a Bayesian ordinal model: three or more classes with an order.

    ``P(y <= k) = F(cutpoint_k - x beta)``: a positive coefficient moves towards higher classes.

    Parameters
    ----------
    formula_or_X, data_or_y, weights, offset, missing, groups
        As in :func:`logistic`; cutpoints take the place of the intercept.
    priors : Prior, GaussianPrior, dict, "flat" or None
        As in :func:`logistic`; ``"cutpoints"`` stands for all cutpoints. They are independent
        on the ordered region, or set together by :class:`Dirichlet` on the class probabilities
        at the predictor means.
    levels : sequence, optional
        Classes from lowest to highest; not needed for numbers, or a column with an ordered
        type. Levels that never occur are kept, with a probability from the prior alone: the
        model's print names them, and a flat prior of cutpoints is refused then.
    form : {"cumulative", "sequential", "adjacent"}
        The probabilities that the linear predictors model: of not exceeding a class, of
        stopping at a class once reached, or of a class against the next (logit only).
    link : str
        A key of ``bl.LINKS``: the link between probability and linear predictor.
    partial : sequence of str
        Terms whose slopes may differ between boundaries (partial proportional odds). Their
        ``beta`` is the slope at the first boundary, and ``beta_partial`` how much the slope at
        each later one exceeds it: prior Normal(0, 0.5 / sd(x)) unless given as ``"partial"``.
        Boundaries of the cumulative form may then cross far from the data: coefficients that
        let them cross in a row of the data have no probability, and new rows where they do are
        refused. :meth:`Model.check_proportional_odds` shows beforehand which terms need it.

    Returns
    -------
    Model

    Raises
    ------
    DesignError, ResponseError, PriorError
        With the column, the row and the value that cannot be used, and what to do.

    See Also
    --------
    multinomial : Classes without an order.
    bayeslogit.Model.check_proportional_odds : Whether one slope serves all boundaries.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> model = bl.ordinal("satisfaction ~ contact", bl.load_dataset("housing"),
    ...     levels=["Low", "Medium", "High"], weights="frequency")
    >>> model.fit("map").predict({"contact": ["Low", "High"]}, kind="exceedance").round(2)
       class   estimate
    0  Medium      0.64
    0  High        0.37
    1  Medium      0.68
    1  High        0.41
    """
    choices.check_form(form, link)
    if isinstance(levels, str):
        raise ResponseError(
            f"levels={levels!r} is a text; expected a list of classes, lowest first; write for "
            "example levels=['low', 'mid', 'high']"
        )

    def code(outcome: OutcomeColumn, trials: Any) -> Response:
        name, values, _, own, ordered, row_name = outcome
        known, ordered = (own, ordered) if levels is None else (levels, True)
        response = responses.ordinal(name, values, known, ordered, row_name)
        if form == "cumulative" and partial:
            refuse_unseen(response)
        return response

    return _model_of(
        code,
        lambda classes: FAMILIES[form](classes=classes, link=link),  # type: ignore[call-arg]
        formula_or_X,
        data_or_y,
        priors=priors,
        weights=weights,
        offset=offset,
        missing=missing,
        groups=groups,
        partial=partial,
    )


def _model_of(*arguments: Any, **options: Any) -> Model:
    """Return what :func:`assemble` specifies, as a model."""
    return Model.of(assemble(*arguments, **options))
