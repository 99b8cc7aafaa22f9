"""What the user builds: a table, a formula and priors become a :class:`Model`."""

from __future__ import annotations

import time
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from bayeslogit import design as designs
from bayeslogit import response as responses
from bayeslogit import tables
from bayeslogit.density import Likelihood, LogDensity, class_counts
from bayeslogit.design import Design
from bayeslogit.errors import (
    BayesLogitWarning,
    DesignError,
    MethodRefused,
    PriorError,
    listing,
    nearest,
)
from bayeslogit.families import FAMILIES, LINKS, Family
from bayeslogit.fit import Fit
from bayeslogit.inference import METHODS, Method
from bayeslogit.priors import (
    CoefficientPrior,
    GaussianPrior,
    Prior,
    default_prior,
    resolve_prior,
)
from bayeslogit.response import Response
from bayeslogit.separation import improper_direction

if TYPE_CHECKING:
    import pymc as pm
    import xarray as xr

__all__ = ["Model", "binomial", "logistic"]

Priors = Prior | GaussianPrior | Mapping[str, Prior] | str | None


@dataclass(frozen=True, eq=False)
class Model:
    """A Bayesian logistic model of one table; made by :func:`logistic` or :func:`binomial`.

    Attributes
    ----------
    design : Design
        Predictors: ``X`` (obs, coefficients), coefficient names, how to code new rows.
    response : Response
        The coded outcome, its classes and which one is the event.
    family : Family
        Likelihood and link.
    prior : CoefficientPrior
        Density on all coefficients, on the log-odds scale of the raw columns.
    weights : ndarray of shape (obs,), or None
        Frequency weights; they multiply each row's log-likelihood.
    offset : ndarray of shape (obs,), or None
        Added to the linear predictor, in log-odds: ``offset=`` and ``offset(...)`` together.
    rows : ndarray of shape (obs,)
        Positions, in the user's table, of the rows that are used.
    dropped : int
        Rows left out because a value was missing.
    """

    design: Design
    response: Response
    family: Family
    prior: CoefficientPrior
    weights: np.ndarray | None
    offset: np.ndarray | None
    rows: np.ndarray
    dropped: int = 0

    @cached_property
    def density(self) -> LogDensity:
        """The log posterior on arrays."""
        response = self.response
        counts = class_counts(response.y, len(response.classes), response.trials)
        constants = self.family.constants(counts)
        if self.weights is not None:
            counts *= self.weights[:, None]
            constants = constants * self.weights
        likelihood = Likelihood(
            self.family,
            self.design.X,
            counts,
            self.offset,
            constants if constants.any() else None,
        )
        return LogDensity(likelihood, self.prior)

    @cached_property
    def pymc(self) -> pm.Model:
        """The same model in PyMC: ``Intercept``, ``beta``, named coords, data in ``pm.Data``."""
        from bayeslogit import pymc_twin

        return pymc_twin.build(
            self.design, self.response, self.family, self.prior, self.weights, self.offset
        )

    def graph(self) -> str:
        """Return the model as a Mermaid flowchart, a text that notebooks and sites can draw."""
        import pymc as pm

        return pm.model_to_mermaid(self.pymc)

    def prior_predictive(
        self, draws: int = 1000, random_seed: int | np.random.Generator | None = None
    ) -> xr.DataTree:
        """Draw coefficients from the prior and outcomes from the model.

        Parameters
        ----------
        draws : int
        random_seed : int, numpy.random.Generator or None

        Returns
        -------
        xarray.DataTree
            Groups ``prior`` (``Intercept``, ``beta``), ``prior_predictive`` (``y``, (chain,
            draw, obs)) and ``observed_data``; one chain.

        Raises
        ------
        PriorError
            If a prior is flat: there is nothing to draw from.
        """
        import xarray as xr

        from bayeslogit.groups import prior_groups

        rng, _ = _generator(random_seed)
        theta = self.prior.sample(rng, _positive("draws", draws))
        groups = prior_groups(
            self.design, self.response, self.density.likelihood, theta, self.rows, rng
        )
        return xr.DataTree.from_dict(groups)

    def fit(
        self,
        method: str | Method = "auto",
        *,
        draws: int = 1000,
        chains: int = 4,
        random_seed: int | np.random.Generator | None = None,
        progressbar: bool = True,
        **options: Any,
    ) -> Fit:
        """Infer the coefficients.

        Parameters
        ----------
        method : str or Method, default "auto"
            A name in ``bl.METHODS`` or a configured method object.
        draws, chains : int
            Shape of what comes back; ``"map"`` is one chain of one draw.
        random_seed : int, numpy.random.Generator or None
            One seed, one answer, bit for bit. None takes a fresh seed, which ``fit.seed`` keeps.
        progressbar : bool
            Show progress of what takes longer than a moment.
        **options
            Options of the method, such as ``target_accept=0.9`` for ``"nuts"``.

        Returns
        -------
        Fit

        Raises
        ------
        MethodRefused
            If there is no such method or option, or the method cannot do this model.
        PriorError
            If flat priors leave no proper posterior, as under separation or collinearity.
        FitFailed
            If the computation could not be completed.

        Examples
        --------
        >>> import bayeslogit as bl
        >>> model = bl.logistic("passed ~ hours", bl.load_dataset("exam"), priors="flat")
        >>> model.fit("map").summary()["mode"].round(4).tolist()
        [-4.0777, 1.5046]
        """
        chosen = _method(method, options)
        draws, chains = _positive("draws", draws), _positive("chains", chains)
        self._refuse_improper()
        density = self.density
        reason = chosen.refuses(density)
        if reason is not None:
            others = [n for n, m in METHODS.items() if m().refuses(density) is None]
            raise MethodRefused(
                f"method {chosen.name!r} refuses this model: {reason}; expected a model within "
                f"its reach; methods that accept it: {listing(others)}."
            )
        rng, seed = _generator(random_seed)
        begin = time.perf_counter()
        outcome = chosen.run(density, draws=draws, chains=chains, rng=rng, progressbar=progressbar)
        seconds = time.perf_counter() - begin
        for problem in outcome.problems:
            if problem.severity != "note":
                warnings.warn(problem.sentence, BayesLogitWarning, stacklevel=2)
        return Fit(self, chosen.name, outcome, seed, seconds)

    def _refuse_improper(self) -> None:
        """Refuse flat priors that the data leave without a proper posterior (or finite mode)."""
        if self.prior.proper:
            return
        names = improper_direction(self.density)
        if names is None:
            return
        constant = set(designs.constant_columns(self.design)) & set(names.coefficients)
        kind = f"; {listing(sorted(constant))} is constant" if constant else ""
        raise PriorError(
            f"{names.reason} along {listing(names.coefficients)}{kind}, and a prior there is "
            "flat; expected data that bound every flat coefficient, because otherwise no "
            "posterior (and no finite maximum likelihood estimate) exists; give these "
            "coefficients a proper prior, for example Normal(0, 2.5), or leave columns out."
        )

    def __repr__(self) -> str:
        from bayeslogit.summaries import describe

        return describe(
            self.design,
            self.response,
            self.family,
            self.prior,
            weighted=self.weights is not None,
            offset=self.offset is not None,
            dropped=self.dropped,
        )


def logistic(
    formula_or_X: Any,
    data_or_y: Any = None,
    *,
    priors: Priors = None,
    link: str = "logit",
    event: Any = None,
    weights: Any = None,
    offset: Any = None,
    intercept: bool = True,
    missing: str = "raise",
) -> Model:
    """Build a Bayesian logistic model of a yes/no outcome.

    Parameters
    ----------
    formula_or_X : str, or array or table of shape (obs, columns)
        ``"passed ~ hours"``, or the predictors themselves.
    data_or_y : table, or array of shape (obs,)
        The table of a formula (pandas, polars, pyarrow, dict of lists), or the outcome.
    priors : Prior, GaussianPrior, dict, "flat" or None
        One prior for all slopes; a dict by term name (also ``"Intercept"`` and ``"slopes"``);
        one joint prior; flat for everything (maximum likelihood); by default Normal(0, 2.5 /
        sd(x)) on slopes and Normal(0, 2.5) on the log-odds at the predictor means. What the
        user gives is on the raw columns, in log-odds.
    link : str
        A name in ``families.LINKS``.
    event : optional
        The outcome value whose probability is modelled: by default 1, True, or the last of two
        labels in order.
    weights : str or array of shape (obs,), optional
        Frequency weights, fractions allowed: they multiply the log-likelihood.
    offset : str or array of shape (obs,), optional
        Known part of the log-odds.
    intercept : bool
        For arrays; a formula says ``- 1``.
    missing : {"raise", "drop"}
        What to do with rows that lack a value.

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

    Examples
    --------
    >>> import bayeslogit as bl
    >>> model = bl.logistic("passed ~ hours", bl.load_dataset("exam"))
    >>> model.design.names
    ('Intercept', 'hours')
    """
    return _build(
        "bernoulli",
        formula_or_X,
        data_or_y,
        priors=priors,
        link=link,
        event=event,
        weights=weights,
        offset=offset,
        trials=None,
        intercept=intercept,
        missing=missing,
    )


def binomial(
    formula_or_X: Any,
    data_or_y: Any = None,
    *,
    trials: Any,
    priors: Priors = None,
    link: str = "logit",
    weights: Any = None,
    offset: Any = None,
    intercept: bool = True,
    missing: str = "raise",
) -> Model:
    """Build a Bayesian logistic model of counts: successes out of trials.

    Parameters
    ----------
    formula_or_X, data_or_y, priors, link, weights, offset, intercept, missing
        As in :func:`logistic`; the outcome is the count of successes.
    trials : str, int or array of shape (obs,)
        Number of trials of each row; zero is allowed and says nothing.

    Returns
    -------
    Model

    See Also
    --------
    logistic : One yes/no outcome a row.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> seeds = {"germinated": [10, 23, 8], "n": [39, 62, 16], "extract": ["a", "b", "b"]}
    >>> bl.binomial("germinated ~ extract", seeds, trials="n").response.kind
    'counts'
    """
    return _build(
        "binomial",
        formula_or_X,
        data_or_y,
        priors=priors,
        link=link,
        event=None,
        weights=weights,
        offset=offset,
        trials=trials,
        intercept=intercept,
        missing=missing,
    )


def _build(
    family: str,
    formula_or_X: Any,
    data_or_y: Any,
    *,
    priors: Priors,
    link: str,
    event: Any,
    weights: Any,
    offset: Any,
    trials: Any,
    intercept: bool,
    missing: str,
) -> Model:
    if link not in LINKS:
        raise DesignError(
            f"link={link!r} is not known; expected one of {listing(LINKS)}." + nearest(link, LINKS)
        )
    named = {"weights": weights, "offset": offset, "trials": trials}
    if isinstance(formula_or_X, str):
        design, outcome, extra, rows, n_rows = _from_formula(
            formula_or_X, data_or_y, named, missing
        )
    else:
        design, outcome, extra, rows, n_rows = _from_arrays(
            formula_or_X, data_or_y, named, missing, intercept
        )
    name, values, kind, levels = outcome
    if family == "binomial":
        response = responses.counts(name, values, extra["trials"])
    else:
        response = responses.binary(name, values, kind, levels, event=event)
    n = len(response.y)
    row_weights = extra["weights"]
    if row_weights is not None:
        row_weights = responses.check_weights(row_weights, n)
    total_offset = design.offset
    if extra["offset"] is not None:
        given = responses.check_offset(extra["offset"], n)
        total_offset = given if total_offset is None else total_offset + given
    spread = np.ones(n) if row_weights is None else row_weights.astype(float)
    if response.trials is not None:
        spread = spread * response.trials
    default = default_prior(design.names, design.X, spread, intercept=design.intercept)
    prior = resolve_prior(priors, design.names, design.groups, default, intercept=design.intercept)
    return Model(
        design,
        response,
        FAMILIES[family](link=link),  # type: ignore[call-arg]
        prior,
        row_weights,
        total_offset,
        rows,
        n_rows - len(rows),
    )


_Outcome = tuple[str, np.ndarray, str, Sequence[Any]]
_Parts = tuple[Design, _Outcome, dict[str, Any], np.ndarray, int]


def _from_formula(formula: str, data: Any, named: dict[str, Any], missing: str) -> _Parts:
    """Take the columns that a formula and the named arguments use from a table."""
    outcome, rhs = designs.split(formula)
    if outcome is None:
        raise DesignError(
            f"the formula {formula!r} has no outcome; expected 'outcome ~ predictors', such as "
            "'passed ~ hours'; write the outcome's column on the left of ~"
        )
    if data is None:
        raise DesignError(
            "a formula needs a table and found none; expected logistic(formula, data); pass the "
            "data frame or a dict of columns as second argument"
        )
    whole = tables.read(data)
    columns = {k: v for k, v in named.items() if isinstance(v, str)}
    used = (outcome, *designs.variables(rhs), *columns.values())
    whole.check(used)
    table, rows = whole.select(dict.fromkeys(used)).complete(used, missing)
    design = designs.from_formula(rhs, table)
    return (
        design,
        _column(table, outcome),
        _named(named, table, rows),
        rows,
        whole.n_rows,
    )


def _from_arrays(X: Any, y: Any, named: dict[str, Any], missing: str, intercept: bool) -> _Parts:
    """Take predictors and outcome given as arrays, or as a table without formula."""
    if y is None:
        raise DesignError(
            "predictors came without an outcome; expected logistic(X, y) or "
            "logistic(formula, data); pass the outcome as second argument"
        )
    name = str(getattr(y, "name", None) or "y")
    target = tables.read({name: y}, what="outcome")
    if _is_array(X):
        matrix = np.asarray(X)
        _same_length(len(matrix), target.n_rows, "X", "y")
        gaps = (
            np.isnan(matrix).any(axis=1)
            if missing == "drop" and matrix.dtype.kind == "f" and matrix.ndim == 2
            else np.zeros(target.n_rows, dtype=bool)
        )
        gaps |= _gaps(target, name, missing)
        rows = np.flatnonzero(~gaps)
        if gaps.any():
            matrix, target = matrix[rows], target.take(rows)
        design = designs.from_array(matrix, intercept=intercept)
        return design, _column(target, name), _named(named, None, rows), rows, len(gaps)
    table = tables.read(X, what="X")
    _same_length(table.n_rows, target.n_rows, "X", "y")
    total = table.n_rows
    columns = {v for v in named.values() if isinstance(v, str)}
    table.check(columns)
    _, by_X = table.complete(table.names, missing)
    _, by_y = target.complete([name], missing)
    rows = np.intersect1d(by_X, by_y)
    table, target = table.take(rows), target.take(rows)
    design = designs.from_frame(
        table.select([n for n in table.names if n not in columns]), intercept=intercept
    )
    return design, _column(target, name), _named(named, table, rows), rows, total


def _gaps(table: tables.Table, name: str, missing: str) -> np.ndarray:
    """Return the mask of rows without an outcome; refuse them unless they are to be dropped."""
    _, kept = table.complete([name], missing)
    mask = np.ones(table.n_rows, dtype=bool)
    mask[kept] = False
    return mask


def _is_array(X: Any) -> bool:
    return isinstance(X, np.ndarray) or (isinstance(X, list | tuple) and np.ndim(X) >= 1)


def _same_length(found: int, expected: int, one: str, other: str) -> None:
    if found != expected:
        raise DesignError(
            f"{one} has {found} rows and {other} has {expected}; expected as many rows in both; "
            "pass predictors and outcome of the same cases"
        )


def _column(table: tables.Table, name: str) -> _Outcome:
    kind = table.kind(name)
    levels = table.levels(name) if kind == "category" else ()
    return name, table[name], kind, levels


def _named(named: dict[str, Any], table: tables.Table | None, rows: np.ndarray) -> dict[str, Any]:
    """Resolve weights, offset and trials: a column of the table, or an array of all its rows."""
    result: dict[str, Any] = {}
    for key, value in named.items():
        if isinstance(value, str):
            if table is None:
                raise DesignError(
                    f"{key}={value!r} names a column and X is an array; expected an array; pass "
                    f"{key}= the values, or X as a table"
                )
            result[key] = table[value]
        elif value is None or np.ndim(value) == 0:
            result[key] = value
        else:
            array = np.asarray(value)
            # Rows that were dropped are dropped here too; other lengths are for the checks.
            longest = int(rows[-1]) + 1 if len(rows) else 0
            result[key] = array[rows] if len(array) >= longest > len(rows) else array
    return result


def _method(method: str | Method, options: Mapping[str, Any]) -> Method:
    """Return the method object, or a sentence with the nearest names."""
    if isinstance(method, Method):
        if options:
            raise MethodRefused(
                f"options {listing(options)} came with a configured method object; expected them "
                "on the object; write for example Nuts(target_accept=0.9)"
            )
        return method
    if method not in METHODS:
        raise MethodRefused(
            f"method={method!r} is not known; expected one of {listing(METHODS)}."
            + nearest(method, METHODS)
        )
    kind = METHODS[method]
    known = [f.name for f in fields(kind) if f.init]  # type: ignore[arg-type]
    for name in options:
        if name not in known:
            raise MethodRefused(
                f"method {method!r} has no option {name!r}; expected one of {listing(known)}; "
                "leave it out or choose another method." + nearest(name, known)
            )
    return kind(**options)


def _positive(name: str, value: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
        raise MethodRefused(
            f"{name}={value!r} is not a number of {name}; expected a whole number of at least 1; "
            f"write for example {name}=1000"
        )
    return int(value)


def _generator(
    random_seed: int | np.random.Generator | None,
) -> tuple[np.random.Generator, int | None]:
    """Return a generator and the seed that makes it again; None for a generator passed in."""
    if isinstance(random_seed, np.random.Generator):
        return random_seed, None
    if random_seed is None:
        random_seed = int(np.random.SeedSequence().generate_state(1, np.uint32)[0])
    if (
        isinstance(random_seed, bool)
        or not isinstance(random_seed, int | np.integer)
        or random_seed < 0
    ):
        raise MethodRefused(
            f"random_seed={random_seed!r} is not a seed; expected a whole number of at least 0, "
            "a numpy.random.Generator or None; write for example random_seed=1"
        )
    return np.random.default_rng(int(random_seed)), int(random_seed)
