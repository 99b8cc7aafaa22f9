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
from bayeslogit.answers.comparison.folds import held_out
from bayeslogit.answers.comparison.stacking import stacking
from bayeslogit.answers.evaluation.leave_one_out import leave_one_out
from bayeslogit.errors import DesignError, listing
from bayeslogit.numerics.pareto import doubtful_rows, reliable_k
from bayeslogit.posterior.posterior import Posterior

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Comparison", "Elpd", "check_comparable", "compared", "loo"]

# Models beyond this many may be told apart by chance alone.
_MANY = 11


@dataclass(frozen=True, eq=False)
class Elpd:
    """Expected log predictive density of rows that were left out.

    Attributes have the names of ArviZ's results.

    Parameters
    ----------
    elpd : float
        Sum over rows, in nats; higher predicts better.
    se : float
        Its standard error over rows.
    p : float
        Effective number of parameters: what the rows gain by having been seen.
    elpd_i, pareto_k : ndarray, shape (rows,)
        Row by row.
    good_k : float
        Pareto k above which a row's density is unreliable.
    n_samples : int
        Draws used.
    kind : str
        How rows were left out: ``"leave-one-out"``, or such as ``"10-fold"``, by fitting again.
    """

    elpd: float
    se: float
    p: float
    elpd_i: np.ndarray
    pareto_k: np.ndarray
    good_k: float
    n_samples: int
    kind: str = "leave-one-out"

    @classmethod
    def of(
        cls,
        elpd_i: np.ndarray,
        seen: np.ndarray,
        pareto_k: np.ndarray,
        good_k: float,
        n_samples: int,
        kind: str = "leave-one-out",
    ) -> Elpd:
        """Return the sum of log predictive densities of left-out rows, and its standard error.

        Parameters
        ----------
        elpd_i, seen : ndarray, shape (rows,)
            Log predictive density of each row, in nats, by draws without and with that row.
        pareto_k : ndarray, shape (rows,)
        good_k : float
            Pareto k above which a row's density is not reliable.
        n_samples : int
            Draws used.
        kind : str
            How rows were left out.
        """
        effective = float((seen - elpd_i).sum())
        total, error = float(elpd_i.sum()), _error(elpd_i)
        return cls(total, error, effective, elpd_i, pareto_k, good_k, n_samples, kind)

    @property
    def n_data_points(self) -> int:
        """Number of rows."""
        return len(self.elpd_i)

    @property
    def doubtful(self) -> int:
        """Number of rows whose leave-one-out density is unreliable."""
        return int(np.sum(~(self.pareto_k <= self.good_k)))

    def __str__(self) -> str:
        text = (
            f"{self.kind} over {self.n_data_points} rows: elpd {self.elpd:.4g} "
            f"(se {self.se:.2g}), {self.p:.3g} effective parameters"
        )
        if self.doubtful:
            text += f"; {doubtful_rows(self.pareto_k, self.good_k)}"
        return text

    __repr__ = __str__


def loo(posterior: Posterior, *, progressbar: bool = True) -> Elpd:
    """Return the expected log predictive density (elpd), leave-one-out by importance sampling.

    Equal to ``arviz.loo(fit.idata)`` up to its Monte Carlo error, in bounded memory; ``elpd``,
    ``se``, ``p``, ``elpd_i`` and ``pareto_k`` are called as there. Draws of a Gaussian
    approximation are carried to the posterior by importance weights. A row is left out whole,
    with all its trials and its weight.

    Parameters
    ----------
    posterior : Posterior
        The fit.
    progressbar : bool
        Show progress beyond two seconds.

    Returns
    -------
    Elpd
        In nats.

    Raises
    ------
    MethodRefused
        If this is a point estimate.

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
    left = leave_one_out(posterior, progressbar=progressbar)
    constants = posterior.model.density.likelihood.constants
    elpd_i = left.log_prob if constants is None else left.log_prob + constants
    seen = held_out(posterior, posterior.importance)
    n_draws = posterior.n_draws
    return Elpd.of(elpd_i, seen, left.k, reliable_k(n_draws), n_draws)


def _error(rows: np.ndarray) -> float:
    """Return the standard error of a sum over rows."""
    return float(np.sqrt(len(rows) * rows.var(ddof=1))) if len(rows) > 1 else np.inf


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
        elpds = {name: loo(c, progressbar=progressbar) for name, c in fits.items()}
    order = sorted(elpds, key=lambda name: -elpds[name].elpd)
    best = elpds[order[0]]
    weights = stacking(np.column_stack([elpds[name].elpd_i for name in order]))
    records = []
    for rank, name in enumerate(order):
        found = elpds[name]
        diff_i = found.elpd_i - best.elpd_i
        diff, dse = float(diff_i.sum()), _error(diff_i)
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
            f"Rows with a large Pareto k ({counts}) make leave-one-out unreliable there, and "
            "flatter the model that has more of them; look at them with check()."
        )
    rows = len(next(iter(fits.values())).model.rows)
    rest = table["elpd_diff"].to_numpy()[1:]
    if rows < 100:
        notes.append(
            f"With {rows} rows (fewer than 100) the standard errors of differences are too small "
            "to be taken at their word."
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
    if next(iter(elpds.values())).kind != "leave-one-out":
        return notes
    mended = [n for n, c in fits.items() if not c.outcome.exact]
    if mended:
        notes.append(
            f"{listing(mended)} are approximations; where they have a Gaussian their draws were "
            "carried to the posterior by importance weights."
        )
    many = max(float(c.model.frequencies.max()) for c in fits.values())
    if many > 1.0:
        notes.append(
            f"Rows hold up to {many:.6g} cases and are left out whole: this is about new rows, not "
            "new cases."
        )
    return notes
