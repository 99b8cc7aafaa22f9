"""From a probability back to the value of a predictor that reaches it, such as a dose (LD50)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from bayeslogit import tables
from bayeslogit.answers.prediction.profile_rows import combined
from bayeslogit.answers.prediction.straight_lines import line_of
from bayeslogit.errors import DesignError, listing, nearest
from bayeslogit.families import LINKS
from bayeslogit.families.conditional import refuse_risks
from bayeslogit.numerics.intervals import (
    Region,
    Settings,
    check_probabilities,
    check_probability,
)
from bayeslogit.posterior.group_views import as_seen, default_along
from bayeslogit.posterior.hypotheses import Hypotheses, hypotheses_of
from bayeslogit.posterior.interval_summary import settings_of, summarise
from bayeslogit.posterior.posterior import Posterior, refuse_point
from bayeslogit.response.wording import heading
from bayeslogit.text import value_text

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = ["inverse_prediction", "solve"]


def solve(
    posterior: Posterior,
    name: str,
    *,
    probability: float | Sequence[float] = 0.5,
    level: Any = None,
    at: Mapping[str, Any] | None = None,
    offset: float | None = None,
    groups: str | None = None,
    hypothesis: Any = None,
    draws: bool = False,
    **interval: Unpack[Region],
) -> pd.DataFrame | xr.DataArray:
    """Return the inverse prediction: the value of a predictor at a given probability.

    Parameters
    ----------
    posterior : Posterior
        The fit.
    name : str
        A numeric predictor that enters as a straight line, or by its logarithm, square
        root, exponential, square or reciprocal, such as ``log(dose)``; the answer is in the
        unit of the predictor itself.
    probability : float or sequence of float
        Strictly between 0 and 1; several, such as ``[0.1, 0.5, 0.9]``, have a row each.
    level : optional
        Of ordered classes (cumulative models): the value at which P(Y >= level) is the
        probability; by default of each class but the first.
    at : dict, optional
        Values of other predictors, which by default are held at the mean row (see
        :func:`predictions`). A list means each of its values, combined with all others: there is
        then a row for each combination, and a column for the predictor.
    offset : float, optional
        Added to the linear predictor; by default the mean offset of the fitted rows, where the
        model has one.
    groups : {"typical", "known", "new"}, optional
        For group-level terms: a group whose effects are zero (the default), one of the fitted
        groups, named in ``at``, or one that was not seen.
    hypothesis : optional
        Contrasts of the rows of the answer, as in :func:`predictions`: of two groups in ``at``,
        ``"a / b"`` is their relative potency.
    draws : bool
        Return draws, with dims ``chain, draw, solution``, instead of a table.
    **interval
        ``ci_prob`` and ``ci_kind`` of the interval; by default ArviZ's ``rcParams``.

    Returns
    -------
    pandas.DataFrame
        One row (for each combination of ``at=``): ``probability``, ``median`` and interval of the
        predictor's value, ``p_slope_positive``, and ``bounded``; of ordered classes also
        ``class``. Where the slope may be zero the set of values is unbounded: the bounds are then
        infinite and ``bounded`` is False. A bound is also infinite where no value of the
        predictor reaches the probability. Names that predictors of ``at=`` have too get an
        underscore at the end.

    Raises
    ------
    DesignError
        If the predictor is unknown, not numeric, or enters in another way, such as a spline, or
        if ``at=`` sets it; if a contrast is of values that some draws do not have.
    MethodRefused
        If draws of a point estimate are asked for.

    See Also
    --------
    curve : From the predictor to the probability.

    References
    ----------
    Fieller, E. C. (1954). Some problems in interval estimation.
    doi:10.1111/j.2517-6161.1954.tb00159.x

    Examples
    --------
    >>> import bayeslogit as bl
    >>> fit = bl.logistic("passed ~ hours", bl.load_dataset("exam"), priors="flat").fit("map")
    >>> float(fit.solve("hours", probability=0.5)["estimate"].iloc[0].round(4))
    2.7101
    """
    posterior = as_seen(posterior, groups, default_along(posterior, at))
    if posterior.nodes is not None:
        raise DesignError(
            "groups='average' has no inverse prediction, because the mean of probabilities over "
            "groups is no function of one linear predictor; expected 'typical', 'known' or 'new'; "
            "choose one of them, or read curve(groups='average')"
        )
    if posterior.model.family.coupled:
        refuse_risks("values of a predictor at a risk", posterior.model.family.arrangement)
    if draws:
        refuse_point(posterior, "an array of draws")
    settings, wanted = settings_of(posterior, interval, solve), hypotheses_of(hypothesis)
    if np.ndim(probability) == 0:
        probabilities = [check_probability("probability", probability)]
    else:
        probabilities = check_probabilities("probability", probability).tolist()
    link = LINKS[posterior.model.family.link]
    records, values = [], []
    for own, shown in combined(posterior, name, at):
        for code, sign in _boundaries(posterior, name, level):
            line = line_of(posterior, name, own, offset, code or 0)
            for target in probabilities:
                # P(Y >= k) is one minus the probability at the boundary below k.
                eta = float(link.inverse(np.array(target if code is None else 1.0 - target)))
                solution = line.back(eta)
                row = _summary_of(solution, sign * line.rise, settings)
                if posterior.point:
                    row = {"estimate": row["median"]}
                row = {"probability": target} | row
                if code is not None:
                    row = {"class": posterior.model.response.classes[code + 1]} | row
                names = tables.beside(shown, row)
                records.append(shown | {names[column]: value for column, value in row.items()})
                values.append(solution)
    attrs = posterior.attrs | ({"columns": names} if shown else {})
    own_names = [*shown, *(names[n] for n in ("class", "probability") if n in names)]
    labels = {n: [record[n] for record in records] for n in own_names}
    if wanted is not None:
        return _contrasts(posterior, wanted, np.stack(values), labels, settings, draws)
    if draws:
        return _drawn(posterior, np.stack(values), labels)
    table = tables.Answer(records, index=[name] * len(records))
    table.columns.name = heading(posterior.model.response, "outcome")
    table.attrs = attrs
    return table


def _boundaries(posterior: Posterior, name: str, level: Any) -> list[tuple[int | None, float]]:
    """Return the linear predictors solved for, and whether the probability rises with each."""
    response, family = posterior.model.response, posterior.model.family
    if family.arrangement in ("plain", "dispersed"):
        if level is not None:
            raise DesignError(
                f"level={level!r} is given for {response.name!r}, which has two classes; expected "
                "it for ordered classes; leave it out"
            )
        return [(None, 1.0)]
    if family.name != "cumulative":
        raise DesignError(
            f"the {family.name} model has a probability for each class, so no single value of "
            f"{name!r} answers; expected a model of two classes, or a cumulative one; read the "
            f"value off curve({name!r})"
        )
    classes = response.classes
    if level is None:
        return [(code, -1.0) for code in range(len(classes) - 1)]
    if str(level) not in classes[1:]:
        raise DesignError(
            f"level={level!r} has no P(Y >= level) between 0 and 1; expected one of "
            f"{listing(classes[1:])}; choose one of them.{nearest(str(level), classes[1:])}"
        )
    return [(classes.index(str(level)) - 1, -1.0)]


def _drawn(
    posterior: Posterior, values: np.ndarray, labels: Mapping[str, Sequence[Any]]
) -> xr.DataArray:
    """Return solutions, (solutions, draws), as an array with chains."""
    import xarray as xr

    flat = values.reshape(len(values), posterior.n_chains, -1)
    taken = tables.beside(("chain", "draw", "solution"), labels)
    coords: dict[str, Any] = {
        taken[name]: ("solution", np.array(column, dtype=object)) for name, column in labels.items()
    }
    coords |= {"chain": np.arange(flat.shape[1]), "draw": np.arange(flat.shape[2])}
    dims, moved = ("chain", "draw", "solution"), np.moveaxis(flat, 0, -1)
    return xr.DataArray(moved, dims=dims, coords=coords, name="solution")


def _contrasts(
    posterior: Posterior,
    wanted: Hypotheses,
    values: np.ndarray,
    labels: Mapping[str, Sequence[Any]],
    settings: Settings,
    draws: bool,
) -> pd.DataFrame | xr.DataArray:
    """Return contrasts of solutions, (solutions, draws)."""
    if not np.isfinite(values).all():
        raise DesignError(
            "hypothesis= is about values that are infinite in some draws, where no value reaches "
            "the probability; expected values that all draws have; read the rows themselves"
        )
    texts = [[value_text(v) for v in column] for column in labels.values()]
    differ = [column for column in texts if len({*column}) > 1]
    rows = range(len(values))
    shown = [", ".join(column[i] for column in differ) or "all" for i in rows]
    places = {c[i]: i for c in (*texts, shown) for i in rows if c.count(c[i]) == 1}
    found = wanted.of(values, places, shown)
    if draws:
        return _drawn(posterior, found.values, {"hypothesis": found.labels})
    columns = summarise(found.values, settings, median=True, null=found.null)
    probability = None if posterior.point else found.probability()
    if probability is not None:
        columns["probability"] = probability
    table = tables.Answer({"hypothesis": np.array(found.labels, dtype=object)} | columns)
    table.attrs = dict(posterior.attrs)
    return table


def inverse_prediction(
    posterior: Posterior,
    name: str,
    eta: float,
    at: Mapping[str, Any] | None,
    offset: float | None,
    settings: Settings,
) -> dict[str, Any]:
    """Solve for the value of one predictor at which the linear predictor is ``eta``.

    The predictor must enter as a straight line, or by one function that has a way back: its
    logarithm (also of the predictor plus a number), square root, exponential, or, where it is
    not negative, its square or reciprocal. Per draw the answer is ``(eta - rest) / slope`` on the
    scale of that function. A ratio whose denominator may be zero has no mean, so the median is
    given; and if the posterior of the slope has more than ``(1 - prob) / 2`` of its mass on each
    side of zero, the set of values that answer the question is unbounded, which is said instead
    of a finite interval.

    Parameters
    ----------
    posterior : Posterior
    name : str
        The predictor.
    eta : float
        Target, on the scale of the linear predictor (log-odds for the logit link).
    at : mapping, optional
        Values of other predictors, one each.
    offset : float, optional
        As for :func:`solve`.
    settings : Settings

    Returns
    -------
    dict
        ``median``, the two bounds, ``p_slope_positive``, ``bounded``; in the unit of the
        predictor.

    References
    ----------
    Fieller, E. C. (1954). Some problems in interval estimation.
    doi:10.1111/j.2517-6161.1954.tb00159.x
    """
    line = line_of(posterior, name, at, offset, 0)
    return _summary_of(line.back(eta), line.rise, settings)


def _summary_of(solution: np.ndarray, rise: np.ndarray, settings: Settings) -> dict[str, Any]:
    """Return median, bounds, direction and boundedness of solutions (draws,)."""
    positive = float(np.mean(rise > 0))
    lower, upper = settings.names
    result: dict[str, Any] = {"median": float(np.median(solution))}
    if len(solution) == 1:
        return result | {"p_slope_positive": np.nan, "bounded": bool(np.isfinite(solution[0]))}
    bounded = min(positive, 1 - positive) <= (1 - settings.prob) / 2
    result |= {lower: -np.inf, upper: np.inf}
    if bounded:
        # Draws without an answer are sorted to its side, so that only bounds there are infinite.
        limit = 1e300
        bounds = settings.bounds(np.clip(solution, -limit, limit)[None])
        ends = [float(v[0]) for v in bounds]
        ends = [v if abs(v) < 1e-3 * limit else float(np.copysign(np.inf, v)) for v in ends]
        result |= dict(zip((lower, upper), ends, strict=True))
        bounded = bool(np.isfinite(ends).all())
    region = {n: float(v) for n, v in settings.region(solution).items()}
    return result | {"p_slope_positive": positive, "bounded": bool(bounded)} | region
