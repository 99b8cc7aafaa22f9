"""Simulated outcomes of latent variables: the logistic, probit and softmax models.

A yes/no outcome is 1 where a latent variable, the linear predictor plus an error, is above a
threshold; a choice is the alternative of the largest latent utility. Fitting the model to such
outcomes estimates the linear predictor.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from bayeslogit.errors import DesignError, listing, nearest, quoted
from bayeslogit.errors.door import at_the_door

__all__ = ["ERRORS", "PARTIES", "ErrorLaw", "choices", "crossings", "election", "probabilities"]


@dataclass(frozen=True)
class ErrorLaw:
    """The distribution of the error of a latent variable, in standard form.

    Parameters
    ----------
    name : str
        Name of the distribution, a key of :data:`ERRORS`.
    link : str
        Link of the model of the outcomes; see ``bl.LINKS``.
    variance : float
        Variance of the error. Coefficients of two links are about in the ratio of the standard
        deviations of their errors.

    See Also
    --------
    crossings : Outcomes with such an error.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> [(law.link, round(law.variance, 2)) for law in bl.simulate.ERRORS.values()]
    [('logit', 3.29), ('probit', 1.0), ('cloglog', 1.64)]
    """

    name: str
    link: str
    variance: float

    def draw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        """Return independent errors, on the scale of the linear predictor.

        Parameters
        ----------
        rng : np.random.Generator
        shape : tuple of int
            Shape of the result.

        Returns
        -------
        ndarray of the given shape

        See Also
        --------
        crossings, choices : Outcomes with such errors.

        Examples
        --------
        >>> import bayeslogit as bl
        >>> errors = bl.simulate.ERRORS["logistic"].draw(np.random.default_rng(1), (100_000,))
        >>> float(errors.var().round(1))
        3.3
        """
        sample = getattr(rng, {"extreme": "gumbel"}.get(self.name, self.name))
        result: np.ndarray = sample(size=shape)
        return result


# The error of a latent variable by name. Where an extreme-value error must exceed -eta, the
# probability is 1 - exp(-exp(eta)), the complementary log-log link.
ERRORS: dict[str, ErrorLaw] = {
    "logistic": ErrorLaw("logistic", "logit", math.pi**2 / 3.0),
    "normal": ErrorLaw("normal", "probit", 1.0),
    "extreme": ErrorLaw("extreme", "cloglog", math.pi**2 / 6.0),
}


def _finite(what: str, values: object, ndim: int) -> np.ndarray:
    array = np.asarray(values, dtype=float)
    if array.ndim != ndim or not np.all(np.isfinite(array)):
        raise DesignError(
            f"{what} has the shape {array.shape} and {int((~np.isfinite(array)).sum())} values "
            f"that are not finite; expected finite numbers in {ndim} dimension"
            f"{'' if ndim == 1 else 's'}; pass an array such as "
            + ("[0.5, -1.0]" if ndim == 1 else "[[0.5, -1.0], [0.0, 2.0]]")
        )
    return array


@at_the_door
def crossings(
    eta: object,
    *,
    error: str = "logistic",
    location: float = 0.0,
    scale: float = 1.0,
    threshold: float = 0.0,
    random_seed: int | np.random.Generator | None = None,
) -> np.ndarray:
    """Simulate yes/no outcomes: 1 where ``eta`` plus an error is above a threshold.

    The outcomes identify ``(eta + location - threshold) / scale`` only: moving the errors moves
    the intercept, and stretching them shrinks every coefficient.

    Parameters
    ----------
    eta : array of shape (rows,)
        Linear predictor, on the scale of the latent variable.
    error : {"logistic", "normal", "extreme"}
        Distribution of the error; the outcomes then follow the logit, probit or complementary
        log-log model. Standard logistic errors have variance ``pi**2 / 3``.
    location, scale : float
        The error is ``location`` plus ``scale`` (positive) times a standard one.
    threshold : float
        Above it the outcome is 1; on the scale of ``eta``.
    random_seed : int, numpy.random.Generator or None
        The same seed gives the same outcomes.

    Returns
    -------
    ndarray of int, shape (rows,)
        Zeros and ones.

    Raises
    ------
    DesignError
        If the error is unknown, the scale not positive, or a value not finite.

    See Also
    --------
    choices : Choices of one alternative out of several.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> float(bl.simulate.crossings([1.0] * 100_000, random_seed=1).mean().round(2))
    0.73
    """
    if error not in ERRORS:
        raise DesignError(
            f"error={error!r} is not known; expected one of {listing(ERRORS)}; choose one of them."
            + nearest(error, ERRORS)
        )
    if not (math.isfinite(scale) and scale > 0.0):
        raise DesignError(
            f"scale={scale!r} cannot be the spread of errors; expected a positive number; write "
            "for example scale=1.0"
        )
    predictor = _finite("eta", eta, 1)
    rng = np.random.default_rng(random_seed)
    standard = ERRORS[error].draw(rng, predictor.shape)
    result: np.ndarray = (predictor + location + scale * standard > threshold).astype(np.int64)
    return result


@at_the_door
def probabilities(utilities: object) -> np.ndarray:
    """Return the probability that each alternative has the largest utility: the softmax.

    Parameters
    ----------
    utilities : array of shape (rows, alternatives)
        Their systematic part, in log-odds; the errors are independent standard extreme-value
        (type 1). An alternative that is not offered has the utility ``-inf``.

    Returns
    -------
    ndarray, shape (rows, alternatives)
        Summing to one in each row. The ratio of two of them depends on their own utilities only
        (independence of irrelevant alternatives), which is doubtful where alternatives are near
        copies of one another.

    Raises
    ------
    DesignError
        If a utility is NaN or plus infinity, or no alternative of a row is offered.

    See Also
    --------
    choices : Choices with these probabilities.

    References
    ----------
    Luce, R. D. (1959). Individual Choice Behavior. Wiley. doi:10.1037/14396-000

    Examples
    --------
    >>> import bayeslogit as bl
    >>> bl.simulate.probabilities([[0.0, 0.0, np.log(2.0)]]).round(2).tolist()
    [[0.25, 0.25, 0.5]]
    """
    values = _offered(utilities)
    shifted = np.exp(values - values.max(axis=1, keepdims=True))
    result: np.ndarray = shifted / shifted.sum(axis=1, keepdims=True)
    return result


def _offered(utilities: object) -> np.ndarray:
    values = np.asarray(utilities, dtype=float)
    if values.ndim != 2 or values.shape[1] < 2:
        raise DesignError(
            f"utilities have the shape {values.shape}; expected a row per case and a column for "
            "each of two or more alternatives; pass an array such as [[0.0, 1.0]]"
        )
    wrong = np.isnan(values) | (values == np.inf)
    wrong |= (values == -np.inf).all(axis=1, keepdims=True)
    if wrong.any():
        row, column = (int(i) for i in np.argwhere(wrong)[0])
        raise DesignError(
            f"utilities hold {values[row, column]} in row {row}, column {column}; expected finite "
            "numbers, with -inf for alternatives that are not offered and at least one offered in "
            "each row; correct that row"
        )
    return values


@at_the_door
def choices(
    utilities: object, *, random_seed: int | np.random.Generator | None = None
) -> np.ndarray:
    """Simulate choices: the alternative of the largest utility plus extreme-value error.

    Parameters
    ----------
    utilities : array of shape (rows, alternatives)
        As for :func:`probabilities`.
    random_seed : int, numpy.random.Generator or None
        The same seed gives the same choices.

    Returns
    -------
    ndarray of int, shape (rows,)
        The column chosen in each row, with the probabilities that :func:`probabilities` gives:
        the difference of two extreme-value errors is logistic.

    Raises
    ------
    DesignError
        As :func:`probabilities`.

    See Also
    --------
    probabilities : The probability of each alternative.
    crossings : Yes/no outcomes.

    References
    ----------
    McFadden, D. (1974). Conditional logit analysis of qualitative choice behavior. In Frontiers
    in Econometrics, Academic Press.
    Train, K. E. (2009). Discrete Choice Methods with Simulation, 2nd ed.
    doi:10.1017/CBO9780511805271

    Examples
    --------
    >>> import bayeslogit as bl
    >>> bl.simulate.choices([[0.0, 100.0], [100.0, 0.0]], random_seed=1).tolist()
    [1, 0]
    """
    values = _offered(utilities)
    errors = ERRORS["extreme"].draw(np.random.default_rng(random_seed), values.shape)
    result: np.ndarray = (values + errors).argmax(axis=1)
    return result


# Utility of each party per unit of each income score, against staying at home.
PARTIES: dict[str, dict[str, float]] = {
    "centre-right": {"high": 2.0, "middle": 1.0, "low": 0.0},
    "centre-left": {"high": -2.0, "middle": 0.5, "low": 2.0},
    "secessionist": {"high": -2.0, "middle": 0.0, "low": 0.0},
}


@at_the_door
def election(
    voters: int = 3000, *, random_seed: int | np.random.Generator | None = None
) -> dict[str, np.ndarray]:
    """Simulate an election: each voter's choice among three parties, given scores of income.

    The utility of a party is a sum over the three scores, each times its coefficient
    (:data:`PARTIES`), plus an extreme-value error. A high income is strongly for the
    centre-right and strongly against the two others; a middle one moderately for the
    centre-right and weakly for the centre-left; a low one strongly for the centre-left.

    Parameters
    ----------
    voters : int
        Number of voters, from 0.
    random_seed : int, numpy.random.Generator or None
        The same seed gives the same election.

    Returns
    -------
    dict of str to ndarray, each of shape (voters,)
        ``high``, ``middle`` and ``low``, independent standard normal scores, and ``party``.
        ``"none"`` is a fourth choice, to stay at home, whose utility is zero at any income: only
        differences of utilities are identified, and those to it are the coefficients.

    Raises
    ------
    DesignError
        If ``voters`` is not a whole number from 0.

    See Also
    --------
    choices : Choices with any utilities.

    Examples
    --------
    Share of the centre-right among those of high and not of low income:

    >>> import bayeslogit as bl
    >>> table = bl.simulate.election(20_000, random_seed=1)
    >>> rich = table["party"][table["high"] - table["low"] > 1.8]
    >>> float(np.mean(rich == "centre-right").round(1))
    0.8
    """
    if isinstance(voters, bool) or not isinstance(voters, int | np.integer) or voters < 0:
        raise DesignError(
            f"voters={quoted(voters)} is no number of voters; expected a whole number from 0; "
            "write for example voters=3000"
        )
    rng = np.random.default_rng(random_seed)
    incomes = {name: rng.standard_normal(voters) for name in ("high", "middle", "low")}
    worth = [sum(step * incomes[k] for k, step in steps.items()) for steps in PARTIES.values()]
    chosen = choices(np.column_stack([np.zeros(voters), *worth]), random_seed=rng)
    return incomes | {"party": np.array(["none", *PARTIES])[chosen]}
