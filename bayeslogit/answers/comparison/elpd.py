"""Expected log predictive density of cases that were left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bayeslogit.answers.comparison.by_group import grouping_of, leave_groups_out
from bayeslogit.answers.comparison.units import (
    checked_unit,
    constants_of,
    held_out,
    parts_of,
    units_of,
)
from bayeslogit.answers.evaluation.leave_one_out import leave_one_out
from bayeslogit.errors import DesignError
from bayeslogit.numerics.pareto import doubtful_cases, reliable_k
from bayeslogit.posterior.posterior import Posterior

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Elpd", "loo", "spread_of_sum"]


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
    labels : pandas.Index
        Of the rows, as in the user's table.
    good_k : float
        Pareto k above which a case's density is unreliable.
    n_samples : int
        Draws used.
    kind : str
        How cases were left out: ``"leave-one-out"``, or such as ``"10-fold"``, by fitting again.
    unit : {"case", "row", "group", "set"}
        What is left out and scored together; of groups and matched sets, ``row`` is the group, and
        ``labels`` are their names.

    See Also
    --------
    bayeslogit.Fit.loo, bayeslogit.Fit.kfold : Make one.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> model = bl.logistic("passed ~ hours", bl.load_dataset("exam"))
    >>> fit = model.fit(random_seed=1)
    >>> found = fit.loo()
    >>> found.kind, found.unit, round(found.elpd, 1), round(found.se, 1), round(found.p, 1)
    ('leave-one-out', 'case', -9.9, 2.7, 1.7)
    >>> found.n_data_points, len(found.labels), found.n_samples, found.doubtful
    (20, 20, 4000, 0)
    >>> found.elpd_i.shape, bool((found.pareto_k < found.good_k).all())
    ((20,), True)

    Like cases of a row are scored once, and counted:

    >>> round(float(found.times @ found.values), 1), round(float(found.times @ found.seen), 1)
    (-9.9, -8.2)
    >>> found.row.shape, found.k.shape
    ((20,), (20,))
    """

    values: np.ndarray
    seen: np.ndarray
    times: np.ndarray
    row: np.ndarray
    k: np.ndarray
    labels: pd.Index
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
    def elpd_i(self) -> pd.Series:
        """Sum over the cases of each row or group, (rows,), in nats; by the labels of the table."""
        return self._of_rows(
            np.bincount(self.row, self.times * self.values, len(self.labels)), "elpd_i"
        )

    @property
    def pareto_k(self) -> pd.Series:
        """Largest Pareto k of each row's cases, (rows,), by label; -inf without cases."""
        largest = np.full(len(self.labels), -np.inf)
        with np.errstate(invalid="ignore"):  # a Pareto k that is not known stays unknown
            np.maximum.at(largest, self.row, self.k)
        return self._of_rows(largest, "pareto_k")

    def _of_rows(self, values: np.ndarray, name: str) -> pd.Series:
        import pandas as pd

        return pd.Series(values, index=self.labels, name=name)

    @property
    def n_data_points(self) -> int | float:
        """Number of cases; not whole where weights are not."""
        number = float(self.times.sum())
        return round(number) if abs(number - round(number)) <= 1e-9 * number else number

    @property
    def doubtful(self) -> int | float:
        """Number of cases whose leave-one-out density is unreliable."""
        number = float(self.times[~(self.k <= self.good_k)].sum())
        return round(number) if abs(number - round(number)) <= 1e-9 * number else number

    def __str__(self) -> str:
        text = (
            f"{self.kind} over {self.n_data_points:.15g} {self.unit}s: elpd {self.elpd:.4g} "
            f"(se {self.se:.2g}), {self.p:.3g} effective parameters"
        )
        if self.doubtful:
            text += f"; {doubtful_cases(self.k, self.good_k, self.times)}"
        return text

    __repr__ = __str__


def loo(
    posterior: Posterior,
    *,
    unit: str | None = None,
    groups: Any = None,
    progressbar: bool = True,
) -> Elpd:
    """Return the expected log predictive density (elpd), leave-one-out by importance sampling.

    What is left out is one case, however the table writes it: of a row of weight 3 or of three
    trials, one of the three. Of fractional weights it is one unit of weight, or all that like
    cases hold if that is less. Beta-binomial trials are correlated within a row, so the row is
    left out whole. Draws of a Gaussian approximation are carried to the posterior by importance
    weights.

    With group-level terms a case is predicted from the others of its group, and
    ``unit="group"`` asks how a group is predicted that was not seen. In both the effects of the
    group are integrated, draw by draw, by adaptive quadrature: draws of an effect cannot be
    weighted to one without a case that it much depends on. Of several groupings that is so for
    the one with most levels, or that which is left out; effects of others are as drawn.

    Parameters
    ----------
    posterior : Posterior
        The fit.
    unit : {"case", "row", "group", "set"}, optional
        ``"row"`` leaves rows out whole, with all their trials and their weight, and scores what
        each holds together: the question of whether a new row, not a new case, is predicted. By
        default cases, and rows for the beta-binomial. ``"group"`` leaves out all rows of a group
        and scores them together. Of a model with ``strata=`` matched sets are left out, and the
        score is the log probability of who is a case in a set, given how many are.
    groups : str or array, optional
        Of ``unit="group"``: a grouping or predictor of the model, or a value for each row. By
        default the only grouping that the model has.
    progressbar : bool
        Show progress beyond two seconds.

    Returns
    -------
    Elpd
        In nats; ``elpd``, ``se``, ``p``, ``elpd_i`` and ``pareto_k`` are called as in ArviZ.
        The last two are Series by the labels of the table's rows (``.to_xarray()`` gives what
        ArviZ has). For one case a row, and for ``unit="row"``, all equal
        ``arviz.loo(fit.idata, pointwise=True)`` up to its Monte Carlo error.

    Raises
    ------
    MethodRefused
        If this is a point estimate, or the effects of a group are too many, or of groups within
        groups, to be integrated.
    DesignError
        If ``unit`` is another word, cases are asked of the beta-binomial, or it is not known
        which groups are left out.

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
    >>> fit = model.fit(random_seed=1)
    >>> found = fit.loo()
    >>> round(found.elpd, 1), found.n_data_points  # twenty coins would have 20 log(1/2), -13.9
    (-9.9, 20)
    """
    unit = checked_unit(posterior.model, unit)
    if unit != "group" and groups is not None:
        raise DesignError(
            f"groups= was given with unit={unit!r}; expected unit='group', which leaves groups "
            "out; or ask kfold(groups=...) for folds of whole groups"
        )
    if unit in ("group", "set"):
        codes, names = grouping_of(posterior.model, groups)
        number = len(names)
        values, seen, k, used = leave_groups_out(posterior, codes, number, progressbar=progressbar)
        rows, ones = np.arange(number), np.ones(number)
        return Elpd(values, seen, ones, rows, k, names, reliable_k(used), used, unit=unit)
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
        posterior.model.labels,
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
