"""Which model predicts better: leave-one-out, stacking weights, and Bayes factors.

No stepwise search is offered. Choosing predictors by the same data that then estimate them makes
intervals too narrow and effects too large; a prior that expects small effects, or a comparison
of a few models that were thought of beforehand, answers the question instead.
"""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bayeslogit import tables
from bayeslogit.answers.comparison.bayes_factors import bayes_factors
from bayeslogit.answers.comparison.elpd import Elpd, loo, spread_of_sum
from bayeslogit.answers.comparison.stacking import stacking
from bayeslogit.answers.comparison.units import common_unit
from bayeslogit.errors import DesignError, listing
from bayeslogit.posterior.posterior import Posterior
from bayeslogit.response import Sets
from bayeslogit.text import in_width

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Comparison", "check_comparable", "compared", "named_fits"]

# Models beyond this many may be told apart by chance alone.
_MANY = 11


@dataclass(frozen=True, eq=False)
class Comparison:
    """Models side by side.

    Attributes
    ----------
    table : pandas.DataFrame
        A row per model, best first, with ArviZ's columns: ``rank``, ``elpd_diff`` (to the best),
        ``dse`` (its standard error), ``p_worse``, ``p`` (effective parameters), ``elpd``,
        ``se``, ``weight`` (stacking); ``high_k`` (rows whose figure is doubtful).
    evidence : pandas.DataFrame
        ``log_evidence``, its ``kind`` and ``error``, and ``bayes_factor`` against the model of
        the highest, where methods give an evidence; empty else.
    notes : tuple of str
        What to mind, a sentence each.
    elpds : dict of str to Elpd

    See Also
    --------
    bayeslogit.compare : Makes one.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> exam = bl.load_dataset("exam")
    >>> fits = {
    ...     f: bl.logistic(f, exam).fit("quadrature", draws=500, random_seed=1)
    ...     for f in ("passed ~ 1", "passed ~ hours")
    ... }
    >>> found = bl.compare(fits)
    >>> found.kind, found.table["elpd_diff"].round().tolist()
    ('leave-one-out', [0.0, -5.0])
    >>> found.evidence["log_evidence"].round(1).to_dict()
    {'passed ~ hours': -10.9, 'passed ~ 1': -15.6}
    >>> len(found.notes), round(found.elpds["passed ~ 1"].elpd)
    (3, -15)
    """

    table: pd.DataFrame
    evidence: pd.DataFrame
    notes: tuple[str, ...]
    elpds: dict[str, Elpd]

    @property
    def kind(self) -> str:
        """How rows were left out."""
        return next(iter(self.elpds.values())).kind

    def __str__(self) -> str:
        lines = [f"Models compared by {self.kind} (elpd in nats; higher predicts better)"]
        for frame in (self.table, self.evidence):
            if len(frame):
                lines += tables.Answer(frame).in_lines(4, indent="  ")
        notes = [line for note in self.notes for line in in_width(f"note: {note}", "  ")]
        return "\n".join([*lines, *notes])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        frames = [f for f in (self.table, self.evidence) if len(f)]
        body = "".join(f.to_html(float_format=lambda v: f"{v:.4g}", border=0) for f in frames)
        notes = "".join(f"<li>{html.escape(note)}</li>" for note in self.notes)
        return f"{body}<ul>{notes}</ul>" if notes else body


def compared(
    fits: Mapping[str, Posterior],
    elpds: Mapping[str, Elpd] | None = None,
    *,
    progressbar: bool = True,
) -> Comparison:
    """Compare models of the same rows by leave-one-out, or by elpds of cross-validation.

    Parameters
    ----------
    fits : dict of str to Posterior
        Two or more.
    elpds : dict of str to Elpd, optional
        Of each model, on the same folds; leave-one-out by default.
    progressbar : bool
        Show progress beyond two seconds.

    Raises
    ------
    DesignError
        If there are fewer than two, or they are of different rows, outcomes or weights.
    MethodRefused
        If one is a point estimate.
    """
    import pandas as pd
    from scipy.special import ndtr

    check_comparable(fits)
    if elpds is None:
        unit = common_unit(fits)
        elpds = {name: loo(c, unit=unit, progressbar=progressbar) for name, c in fits.items()}
    order = sorted(elpds, key=lambda name: -elpds[name].elpd)
    best = elpds[order[0]]
    weights = stacking(np.column_stack([elpds[name].values for name in order]), best.times)
    records = []
    for rank, name in enumerate(order):
        found = elpds[name]
        each = found.values - best.values
        diff, dse = float(best.times @ each), spread_of_sum(each, best.times)
        worse = float(ndtr(-diff / dse)) if dse > 0.0 else np.nan
        records.append(
            {
                "rank": rank,
                "elpd_diff": diff,
                "dse": dse,
                "p_worse": worse,
                "p": found.p,
                "elpd": found.elpd,
                "se": found.se,
                "weight": float(weights[rank]),
                "high_k": found.doubtful,
            }
        )
    table = tables.Answer(records, index=pd.Index(order, name="model"))
    evidence, more = bayes_factors(fits)
    return Comparison(table, evidence, (*_notes(fits, elpds, table), *more), dict(elpds))


def named_fits(fits: object, verb: str) -> dict[str, Posterior]:
    """Return fits by name, or refuse what is no dict of fits.

    Parameters
    ----------
    fits : object
        What was given.
    verb : str
        The function that it was given to.

    Raises
    ------
    DesignError
    """
    if not isinstance(fits, Mapping):
        raise DesignError(
            f"{verb}() got {type(fits).__name__}; expected a dict of names and fits; write for "
            f"example {verb}({{'small': fit_a, 'large': fit_b}})"
        )
    for name, fit in fits.items():
        if not isinstance(fit, Posterior) or fit.population is not None:
            raise DesignError(
                f"{verb}() got {type(fit).__name__} as {name!r}; expected a fit; pass what "
                "fit() or load() returns"
            )
    return {str(name): fit for name, fit in fits.items()}


def check_comparable(fits: Mapping[str, Posterior]) -> None:
    """Refuse to compare fewer than two models, or models of different data.

    Raises
    ------
    DesignError
        If models differ in their rows, outcome, trials or weights.
    """
    if len(fits) < 2:
        raise DesignError(
            f"there are {len(fits)} models to compare; expected at least two; write for "
            "example compare({'small': fit_a, 'large': fit_b})"
        )
    names = list(fits)
    first = fits[names[0]]
    classes = first.model.response.classes
    for name in names[1:]:
        other = fits[name]
        pair = f"{names[0]!r} and {name!r}"
        if not np.array_equal(first.model.rows, other.model.rows):
            raise DesignError(
                f"{pair} are of different rows ({len(first.model.rows)} and "
                f"{len(other.model.rows)}); expected the same rows in all models; fit "
                "all to the rows that are complete for each"
            )
        if set(classes) != set(other.model.response.classes):
            raise DesignError(
                f"{pair} have different outcomes ({listing(classes)} and "
                f"{listing(other.model.response.classes)}); expected the same; only models of "
                "one outcome can be compared"
            )
        if not _same_sets(first.model.response.sets, other.model.response.sets):
            raise DesignError(
                f"{pair} have different matched sets (strata=), or one has none; expected the same "
                "sets in both; only models of one outcome can be compared"
            )
        align = [other.model.response.classes.index(c) for c in classes]
        if not np.array_equal(first.model.counts, other.model.counts[:, align]):
            raise DesignError(
                f"{pair} differ in the outcome, its trials or the weights; expected the same in "
                "all rows; only models of one outcome can be compared"
            )


def _same_sets(sets: Sets | None, other: Sets | None) -> bool:
    if sets is None or other is None:
        return sets is other
    return np.array_equal(sets.codes, other.codes)


def _notes(
    fits: Mapping[str, Posterior], elpds: Mapping[str, Elpd], table: pd.DataFrame
) -> list[str]:
    notes = []
    bad = {name: e.doubtful for name, e in elpds.items() if e.doubtful}
    if bad:
        counts = ", ".join(f"{name!r}: {n}" for name, n in bad.items())
        notes.append(
            f"Cases with a large Pareto k ({counts}) make leave-one-out unreliable there, and "
            "flatter the model that has more of them; look at them with check()."
        )
    first = next(iter(elpds.values()))
    rest = table["elpd_diff"].to_numpy()[1:]
    if first.n_data_points < 100:
        notes.append(
            f"With {first.n_data_points:.15g} {first.unit}s (fewer than 100) the standard errors "
            "of differences are too small to be taken at their word."
        )
    if np.any(np.abs(rest) < 4.0):
        close = [n for n, d in zip(table.index[1:], rest, strict=True) if abs(d) < 4.0]
        notes.append(
            f"Less than 4 nats from the best: {listing(close)}. They predict about as well, and "
            "p_worse means little there."
        )
    if len(fits) > _MANY:
        notes.append(
            f"The best of {len(fits)} models looks better than it is; average them by the "
            "weights rather than choose."
        )
    if first.kind != "leave-one-out":
        return notes
    mended = [n for n, c in fits.items() if not c.outcome.exact]
    if mended:
        notes.append(
            f"{listing(mended)} are approximations; where they have a Gaussian their draws were "
            "carried to the posterior by importance weights."
        )
    if first.unit == "row" and max(float(c.model.frequencies.max()) for c in fits.values()) > 1.0:
        notes.append(
            "Rows are left out whole, with all their cases, because trials of a row are "
            "correlated in one of the models: this is about new rows, not new cases."
        )
    return notes
