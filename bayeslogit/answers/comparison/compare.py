"""Compare fits: ``bl.compare({"a": fit_a, "b": fit_b})``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from bayeslogit.answers.comparison.by_group import grouping_of
from bayeslogit.answers.comparison.compared import (
    Comparison,
    check_comparable,
    compared,
    named_fits,
)
from bayeslogit.answers.comparison.elpd import Elpd, loo
from bayeslogit.answers.comparison.kfold import folds_of, folds_of_sets, without_folds
from bayeslogit.answers.comparison.units import checked_unit, common_unit
from bayeslogit.errors.door import at_the_door
from bayeslogit.posterior.posterior import Posterior
from bayeslogit.specification.specification import Specification

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["compare"]


@at_the_door
def compare(
    fits: Mapping[str, Posterior],
    *,
    folds: Any = None,
    groups: Any = None,
    unit: str | None = None,
    random_seed: int = 0,
    progressbar: bool = True,
) -> Comparison:
    """Compare models of the same rows: cross-validation, stacking weights, Bayes factors.

    Parameters
    ----------
    fits : dict of str to Fit
        Two or more, of the same rows and outcome, from methods that give draws.
    folds : int or array, optional
        Fit again without each of so many folds, the same for all models, instead of leave-one-out
        by importance sampling; or the fold of each row. Classes are spread evenly over folds.
    groups : str or array, optional
        Rows of one group are left out together: for repeated measures of people, places, days.
        10 folds, or as many as there are groups, unless ``folds`` says otherwise. A grouping or
        predictor of one of the models, or a value for each row.
    unit : {"case", "row", "group", "set"}, optional
        What is left out and scored together, as in ``fit.loo()``; by default cases, or rows or
        matched sets where a model needs that. ``"group"`` asks how groups are predicted that were
        not seen, by default those of the first model that has group-level terms; by importance
        sampling, unless there are ``folds``.
    random_seed : int
        Of folds and of fits without them.
    progressbar : bool
        Show progress of leaving rows out, beyond two seconds.

    Returns
    -------
    Comparison
        ``table`` (best first; elpd in nats, stacking weights), ``evidence`` (log evidence and
        Bayes factors, where methods give them), ``notes`` (what to mind).

    Raises
    ------
    DesignError
        If there are fewer than two fits, they are of different rows, outcomes or weights, or
        groups are not known.
    MethodRefused
        If a fit is a point estimate.

    See Also
    --------
    bayeslogit.compare_scores : Differences in AUC, Brier score and net benefit.
    bayeslogit.answers.classical.result.Classical.against : Likelihood-ratio test of nested models.

    References
    ----------
    Vehtari, A., Gelman, A. and Gabry, J. (2017). Practical Bayesian model evaluation using
    leave-one-out cross-validation and WAIC. doi:10.1007/s11222-016-9696-4
    Yao, Y., Vehtari, A., Simpson, D. and Gelman, A. (2018). Using stacking to average Bayesian
    predictive distributions. doi:10.1214/17-BA1091
    Kass, R. E. and Raftery, A. E. (1995). Bayes factors. doi:10.1080/01621459.1995.10476572

    Examples
    --------
    >>> import bayeslogit as bl
    >>> exam = bl.load_dataset("exam")
    >>> fits = {
    ...     f: bl.logistic(f, exam).fit("quadrature", draws=500, random_seed=1)
    ...     for f in ("passed ~ 1", "passed ~ hours")
    ... }
    >>> bl.compare(fits).table[["elpd", "weight"]].round().reset_index().values.tolist()
    [['passed ~ hours', -10.0, 1.0], ['passed ~ 1', -15.0, 0.0]]
    """
    named = named_fits(fits, "compare")
    if folds is None and groups is None and unit is None:
        return compared(named, progressbar=progressbar)
    check_comparable(named)
    models = [fit.model for fit in named.values()]
    chosen = common_unit(named) if unit is None else unit
    for model in models:
        checked_unit(model, chosen)
    matched = chosen == "set"
    by_group = matched or chosen == "group"
    codes, labels = None, None
    if by_group or groups is not None:
        codes, labels = _grouping(models, None if matched else groups)
    if folds is None and (by_group or codes is None) and not (matched and groups is not None):
        own = None if matched else codes
        found = {
            name: loo(fit, unit=chosen, groups=own, progressbar=progressbar)
            for name, fit in named.items()
        }
        return compared(named, _named(found, labels if by_group else None))
    if matched:
        left = folds_of_sets(models, folds, groups, random_seed)
    else:
        left = folds_of(models, folds, codes, random_seed, chosen)
    classes, scored = models[0].response.classes, codes if by_group else None
    elpds = {
        name: without_folds(
            fit,
            left[:, :, [classes.index(name) for name in fit.model.response.classes]],
            unit=chosen if scored is None else scored,
            random_seed=random_seed,
            progressbar=progressbar,
        )
        for name, fit in named.items()
    }
    return compared(named, _named(elpds, labels if by_group else None))


def _named(elpds: dict[str, Elpd], labels: pd.Index | None) -> dict[str, Elpd]:
    """Return elpds of groups, whose codes they are by, with the names of these."""
    if labels is None:
        return elpds
    return {name: replace(elpd, labels=labels) for name, elpd in elpds.items()}


def _grouping(models: Sequence[Specification], groups: Any) -> tuple[np.ndarray, pd.Index]:
    """Return the group of each row as a code, and their names, by the first that knows them."""
    for model in models:
        terms = [term.factor for term in model.design.groups]
        if groups is None and terms:
            return grouping_of(model, None)
        if isinstance(groups, str) and groups in [*terms, *model.design.columns]:
            return grouping_of(model, groups)
    return grouping_of(models[0], groups)
