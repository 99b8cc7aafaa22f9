"""How many rows a study needs, from the prior, before there are data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from bayeslogit import tables
from bayeslogit.answers.checks.calibrate import Study, check_studies, studies
from bayeslogit.answers.checks.data import INTERCEPT_ROWS
from bayeslogit.errors import DesignError, MethodRefused, listing, nearest, quoted, refuse_unknown
from bayeslogit.inference.base import Method
from bayeslogit.inference.run import at_least_one, generator_of
from bayeslogit.numerics.intervals import Interval, Settings
from bayeslogit.runtime.progress import progress
from bayeslogit.specification.specification import Specification
from bayeslogit.specification.subset import on_rows

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Planning", "plan"]

# Rows of a study, at most.
_MOST = 10_000_000
_SURE = 0.95


class Planning(Interval, total=False):
    """Options of a plan.

    Attributes
    ----------
    sure : float
        Posterior probability that is enough to decide on which side of its bound a coefficient
        is, in (0.5, 1); 0.95 by default.
    progressbar : bool
        Show progress of what takes longer than a moment.
    """

    sure: float
    progressbar: bool


def plan(
    specification: Specification,
    n: int | Sequence[int],
    target: str | Sequence[str] | Mapping[str, float] | None = None,
    *,
    truth: Mapping[str, float] | None = None,
    simulations: int = 200,
    method: str | Method = "auto",
    random_seed: int | np.random.Generator | None = None,
    **options: Unpack[Planning],
) -> pd.DataFrame:
    """Return what studies of so many rows can be expected to show, before there are data.

    Studies are simulated: rows are drawn from those of the model with replacement, coefficients
    from the prior, outcomes given both, and each study is fitted. The prior is that of the model,
    whatever the number of rows.

    Parameters
    ----------
    specification : Specification
        The model; its outcomes are not used.
    n : int or sequence of int
        Rows of a study (of a binomial model, each with its trials).
    target : str, sequence of str, or mapping of str to float, optional
        Coefficients that the study is about, or each with a bound, in its own unit on the log-odds
        scale; the bound is 0 by default. All slopes by default.
    truth : mapping of str to float, optional
        Coefficients whose true value is supposed, such as an effect that must not be missed; the
        others are drawn from the prior.
    simulations : int, default 200
        Studies for each number of rows.
    method : str or Method, default "auto"
        A name in ``bl.METHODS``, or a configured method object.
    random_seed : int, numpy.random.Generator or None
        The same seed gives the same plan; None takes a fresh one.
    **options
        ``ci_prob`` and ``ci_kind`` of intervals, ``sure`` and ``progressbar``: see
        :class:`Planning`.

    Returns
    -------
    pandas.DataFrame
        A row for each number of rows ``n`` and each coefficient, ``target``: ``width``, the mean
        width of its interval, in its unit; ``clear``, the probability that the interval leaves
        out the bound; ``decision``, that the posterior probability of one side of the bound is
        at least ``sure``; ``wrong``, that there is a decision for the wrong side. Beside them, the
        same for all targets, rules of thumb: ``events``, the mean number of cases of the rarest
        class; with predictors ``events_per_variable`` and ``rule_of_ten``, the cases that ten
        events per variable ask for; and ``margin``, half the width of a 95 % interval of a
        probability of one half from as many cases without predictors, which is 0.1 for 96 cases.
        Probabilities have a standard error of at most ``0.5 / sqrt(simulations)``.
        ``attrs["failed"]`` tells for each ``n`` how many simulated studies could not be fitted and
        were drawn anew.

    Raises
    ------
    DesignError
        If ``n`` is not whole numbers, or a coefficient is not in the model.
    MethodRefused
        If the method gives no draws, rows have weights, or rows depend on one another: groups and
        matched sets.
    PriorError
        If a prior is flat: it has no draws.

    See Also
    --------
    calibrate : Whether posteriors of the model hold the truth as often as they say.
    prior_predictive : The outcomes that the prior expects.

    References
    ----------
    Spiegelhalter, D. J., Freedman, L. S. and Blackburn, P. R. (1986). Monitoring clinical trials:
    conditional or predictive power? doi:10.1016/0197-2456(86)90003-6
    van Smeden, M. et al. (2019). Sample size for binary logistic prediction models: beyond events
    per variable criteria. doi:10.1177/0962280218784726

    Examples
    --------
    >>> import bayeslogit as bl
    >>> model = bl.logistic("passed ~ hours", bl.load_dataset("exam"))
    >>> found = model.plan([20, 80], truth={"hours": 1.0}, simulations=50, random_seed=1)
    >>> found[["n", "target"]].values.tolist()
    [[20, 'hours'], [80, 'hours']]
    >>> bool(found["width"][1] < found["width"][0]), found["margin"].round(2).tolist()
    (True, [0.22, 0.11])
    """
    refuse_unknown(options, Planning.__annotations__)
    sizes, bounds = _sizes(n), _bounds(specification, target)
    supposed = dict(truth or {}).items()
    known = {_place(specification, k, "truth"): _number(k, v, "truth") for k, v in supposed}
    chosen = check_studies("simulations", simulations, method, {}, specification)
    _refuse_dependent(specification)
    sure = options.get("sure", _SURE)
    if isinstance(sure, bool) or not isinstance(sure, int | float) or not 0.5 < sure < 1.0:
        raise DesignError(
            f"sure={quoted(sure)} is not a probability to decide by; expected a number between 0.5 "
            "and 1; write for example sure=0.95"
        )
    rng, _ = generator_of(random_seed)
    ask = partial(_shown, bounds=bounds, settings=Settings.of(options), sure=float(sure))
    rows, failed = [], {}
    layout, family = specification.fixed_layout, specification.family
    slopes = len(layout.slopes) // (family.n_eta if layout.basis is None else 1)
    enabled = options.get("progressbar", True)
    with progress("simulating", simulations * len(sizes), enabled=enabled) as advance:
        for size in sizes:

            def drawn(size: int = size) -> Specification:
                return on_rows(specification, rng.integers(0, len(specification.rows), size))

            found, failed[size] = studies(drawn, simulations, chosen, rng, ask, advance, known)
            shown = np.mean([targets for targets, _, _ in found], axis=0)
            events, cases = (float(np.mean(v)) for v in list(zip(*found, strict=True))[1:])
            thumb = {"events": events}
            if slopes:
                # As of half a case in all studies, where the rarest class never occurs.
                share = max(events, 0.5 / simulations) / cases
                thumb |= {
                    "events_per_variable": events / slopes,
                    "rule_of_ten": 10 * slopes / share,
                }
            thumb["margin"] = 0.1 * np.sqrt(INTERCEPT_ROWS / cases)
            for name, each in zip(bounds, shown, strict=True):
                one = dict(zip(("width", "clear", "decision", "wrong"), each, strict=True))
                rows.append({"n": size, "target": name} | one | thumb)
    table = tables.Answer(rows)
    table.attrs.update(failed=failed, simulations=simulations)
    return table


def _shown(
    study: Study, bounds: Mapping[str, float], settings: Settings, sure: float
) -> tuple[np.ndarray, float, float]:
    """Return width, clear, decision and wrong (targets, 4), events, and cases of a study."""
    names = study.data.fixed_layout.names
    places = [names.index(name) for name in bounds]
    bound = np.array(list(bounds.values()))
    values = study.draws[places] - bound[:, None]
    low, high = settings.bounds(values)
    above = (values > 0.0).mean(axis=1)
    up, down = above >= sure, above <= 1.0 - sure
    true = study.truth[places, 0] > bound
    wrong = np.where(true, down, up)
    targets = np.stack([high - low, (low > 0.0) | (high < 0.0), up | down, wrong], axis=1)
    totals = study.data.counts.sum(axis=0)
    return targets, float(totals.min()), float(totals.sum())


def _sizes(n: int | Sequence[int]) -> list[int]:
    given = [n] if isinstance(n, int | np.integer) else n
    try:
        sizes = [at_least_one("n", one, _MOST, "would never end") for one in given]
    except (TypeError, MethodRefused):
        sizes = []
    if not sizes:
        raise DesignError(
            f"n={quoted(n)} is not numbers of rows; expected one whole number from 1 to {_MOST:,} "
            "or several; write for example n=[50, 100, 200]"
        )
    return list(dict.fromkeys(sizes))


def _bounds(
    specification: Specification, target: str | Sequence[str] | Mapping[str, float] | None
) -> dict[str, float]:
    """Return the bound of each coefficient that a plan is about."""
    if target is None:
        layout = specification.fixed_layout
        slopes = [layout.names[k] for k in layout.slopes]
        return dict.fromkeys(slopes or layout.names, 0.0)
    if isinstance(target, Mapping):
        found = {k: _number(k, v, "target") for k, v in target.items()}
    else:
        names = [target] if isinstance(target, str) else target
        if not isinstance(names, Sequence | np.ndarray) or isinstance(names, bytes):
            names = [names]
        found = {k if isinstance(k, str) else quoted(k): 0.0 for k in names}
    for name in found:
        _place(specification, name, "target")
    if not found:
        raise DesignError(
            "target= names no coefficient; expected one of the model; leave target out for all "
            "slopes"
        )
    return found


def _place(specification: Specification, name: Any, said: str) -> int:
    names = specification.fixed_layout.names
    if name not in names:
        raise DesignError(
            f"{said}= names {quoted(name)}, which is not a coefficient of this model; expected one "
            f"of {listing(names)}; name one of them." + nearest(str(name), names)
        )
    return names.index(name)


def _number(name: Any, value: Any, said: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        value = np.nan
    if not np.isfinite(value):
        raise DesignError(
            f"{said}= gives {quoted(name)} something that is not a finite number; expected a "
            f"log-odds per unit; write for example {said}={{{quoted(name)}: 0.5}}"
        )
    return float(value)


def _refuse_dependent(specification: Specification) -> None:
    what = ""
    if specification.design.groups:
        what = "group-level terms, and how many groups there are matters beside the rows"
    elif specification.response.sets is not None:
        what = "matched sets, whose rows belong together"
    if what:
        raise MethodRefused(
            f"the model has {what}; expected rows that can be drawn one by one; simulate such "
            "studies with bl.simulate and fit them"
        )
