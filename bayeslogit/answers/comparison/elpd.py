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
from bayeslogit.answers.comparison.stacking import stacking
from bayeslogit.answers.comparison.units import (
    checked_unit,
    common_unit,
    constants_of,
    held_out,
    parts_of,
    units_of,
)
from bayeslogit.answers.evaluation.leave_one_out import leave_one_out
from bayeslogit.errors import DesignError, listing
from bayeslogit.numerics.pareto import doubtful_cases, reliable_k
from bayeslogit.posterior.posterior import Posterior

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Comparison", "Elpd", "check_comparable", "compared", "loo"]

# Models beyond this many may be told apart by chance alone.
_MANY = 11


@dataclass(frozen=True, eq=False)
class Elpd:
    """Expected log predictive density of cases that were left out.

    Attributes have the names of ArviZ's results.

    Parameters
    ----------
    values, seen : ndarray, shape (parts,)
        Log predictive density of a case of each kind in each row, in nats, by draws without and
        with it.
    times : ndarray, shape (parts,)
        How many such cases the row holds.
    row : ndarray of int, shape (parts,)
    k : ndarray, shape (parts,)
        Pareto k of leaving such a case out.
    n_rows : int
    good_k : float
        Pareto k above which a case's density is unreliable.
    n_samples : int
        Draws used.
    kind : str
        How cases were left out: ``"leave-one-out"``, or such as ``"10-fold"``, by fitting again.
    unit : {"case", "row"}
        What is left out and scored together.
    """

    values: np.ndarray
    seen: np.ndarray
    times: np.ndarray
    row: np.ndarray
    k: np.ndarray
    n_rows: int
    good_k: float
    n_samples: int
    kind: str = "leave-one-out"
    unit: str = "case"

    @property
    def elpd(self) -> float:
        """Sum over cases, in nats; higher predicts better."""
        return float(self.times @ self.values)

    @property
    def se(self) -> float:
        """Standard error of ``elpd`` over cases."""
        return spread_of_sum(self.values, self.times)

    @property
    def p(self) -> float:
        """Effective number of parameters: what the cases gain by having been seen."""
        return float(self.times @ (self.seen - self.values))

    @property
    def elpd_i(self) -> np.ndarray:
        """Sum over the cases of each row, (rows,), in nats."""
        return np.bincount(self.row, self.times * self.values, self.n_rows)

    @property
    def pareto_k(self) -> np.ndarray:
        """Largest Pareto k of the cases of each row, (rows,); -inf without cases."""
        largest = np.full(self.n_rows, -np.inf)
        with np.errstate(invalid="ignore"):  # a Pareto k that is not known stays unknown
            np.maximum.at(largest, self.row, self.k)
        return largest

    @property
    def n_data_points(self) -> int | float:
        """Number of cases; not whole where weights are not."""
        number = float(self.times.sum())
        return round(number) if abs(number - round(number)) < 1e-9 * number else number

    @property
    def doubtful(self) -> int | float:
        """Number of cases whose leave-one-out density is unreliable."""
        number = float(self.times[~(self.k <= self.good_k)].sum())
        return round(number) if abs(number - round(number)) < 1e-9 * number else number

    def __str__(self) -> str:
        text = (
            f"{self.kind} over {self.n_data_points:.15g} {self.unit}s: elpd {self.elpd:.4g} "
            f"(se {self.se:.2g}), {self.p:.3g} effective parameters"
        )
        if self.doubtful:
            text += f"; {doubtful_cases(self.k, self.good_k, self.times)}"
        return text

    __repr__ = __str__


def loo(posterior: Posterior, *, unit: str | None = None, progressbar: bool = True) -> Elpd:
    """Return the expected log predictive density (elpd), leave-one-out by importance sampling.

    What is left out is one case, however the table writes it: of a row of weight 3 or of three
    trials, one of the three. Of fractional weights it is one unit of weight, or all that like
    cases hold if that is less. Beta-binomial trials are correlated within a row, so the row is
    left out whole. Draws of a Gaussian approximation are carried to the posterior by importance
    weights.

    Parameters
    ----------
    posterior : Posterior
        The fit.
    unit : {"case", "row"}, optional
        ``"row"`` leaves rows out whole, with all their trials and their weight, and scores what
        each holds together: the question of whether a new row, not a new case, is predicted. By
        default cases, and rows for the beta-binomial.
    progressbar : bool
        Show progress beyond two seconds.

    Returns
    -------
    Elpd
        In nats; ``elpd``, ``se``, ``p``, ``elpd_i`` and ``pareto_k`` are called as in ArviZ.
        For one case a row, and for ``unit="row"``, they equal ``arviz.loo(fit.idata)`` up to its
        Monte Carlo error.

    Raises
    ------
    MethodRefused
        If this is a point estimate.
    DesignError
        If ``unit`` is another word, or cases are asked of the beta-binomial.

    See Also
    --------
    kfold : The same by fitting again without each fold.
    bayeslogit.compare : Several fits side by side.

    References
    ----------
    Vehtari, A., Gelman, A. and Gabry, J. (2017). Practical Bayesian model evaluation using
    leave-one-out cross-validation and WAIC. doi:10.1007/s11222-016-9696-4

    Examples
    --------
    >>> import bayeslogit as bl
    >>> model = bl.logistic("passed ~ hours", bl.load_dataset("exam"))
    >>> model.fit(draws=500, random_seed=1).loo().n_data_points
    20
    """
    unit = checked_unit(posterior.model, unit)
    cases = units_of(posterior.model, unit)
    left = leave_one_out(posterior, cases, progressbar=progressbar)
    row, kind, times = parts_of(posterior.model, cases, posterior.model.counts)
    constants = constants_of(posterior.model, unit)[row]
    seen = held_out(posterior, cases, posterior.importance)
    return Elpd(
        left.log_prob[kind] + constants,
        seen[kind] + constants,
        times,
        row,
        left.k[kind],
        len(posterior.model.rows),
        reliable_k(posterior.n_draws),
        posterior.n_draws,
        unit=unit,
    )


def spread_of_sum(values: np.ndarray, times: np.ndarray) -> float:
    """Return the standard error of a sum over cases; infinite for a single one.

    Parameters
    ----------
    values : ndarray, shape (parts,)
        Of one case each.
    times : ndarray, shape (parts,)
        How many such cases there are.
    """
    number = float(times.sum())
    if number <= 1.0:
        return np.inf
    squares = times @ (values - times @ values / number) ** 2
    return float(np.sqrt(number * squares / (number - 1.0)))


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
        return "\n".join([*lines, *(f"  note: {note}" for note in self.notes)])

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
        align = [other.model.response.classes.index(c) for c in classes]
        if not np.array_equal(first.model.counts, other.model.counts[:, align]):
            raise DesignError(
                f"{pair} differ in the outcome, its trials or the weights; expected the same in "
                "all rows; only models of one outcome can be compared"
            )


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
