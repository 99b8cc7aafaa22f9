"""What the page draws: arrays of prior, posterior and simulated classes, and a few numbers."""

from __future__ import annotations

import threading
import time
import warnings
from typing import Any

import numpy as np

import bayeslogit as bl
from bayeslogit.errors import BayesLogitError, BayesLogitWarning
from bayeslogit.numerics.bins import bin_by
from bayeslogit.numerics.intervals import interval
from bayeslogit.numerics.smoothed import density
from bayeslogit.specification.as_given import as_given
from bayeslogit.specification.prior_draws import prior_draws
from bayeslogit.teach.request import Request, read
from bayeslogit.text import number

__all__ = ["GRID", "HIGHEST", "INNER", "PROB", "Arrays", "answered", "arrays_of", "separated"]

Arrays = dict[str, np.ndarray]

PROB, INNER = 0.89, 0.5  # of the two bands
HIGHEST = 7.0  # hours to which curves are drawn
GRID = np.linspace(0.0, HIGHEST, 106)
DRAWS, CHAINS, SEED = 250, 4, 1  # one seed, so that a picture moves only where the question does
CURVES = 14  # drawn from the prior
CLASSES = 400  # simulated
MOST_BINS = 6
_WIDEST = 5.0  # how many times as wide as the posterior the prior's axis may be

_one_at_a_time = threading.Lock()


def answered(content: Any) -> tuple[dict[str, Any], list[bytes]]:
    """Return the message that answers one of the page, and its buffer.

    Parameters
    ----------
    content : dict
        What the page sent: see :func:`bayeslogit.teach.request.read`; ``seq``, if it has one, is
        sent back.

    Returns
    -------
    content : dict
        ``lengths`` of the arrays by name, in their order in the buffer; ``facts``, pairs of a
        label and a text; ``notes``; ``how`` the posterior was computed. Or ``error``, a sentence.
    buffers : list of bytes
        One, of little-endian numbers of 32 bits.

    Examples
    --------
    >>> asked = {"hours": [1, 2, 4], "passed": [0, 0, 1], "width": 1, "link": "logit", "mark": 3}
    >>> content, buffers = answered(asked)
    >>> content["lengths"]["mean"], len(buffers[0]) == 4 * sum(content["lengths"].values())
    (106, True)
    """
    seq = content.get("seq") if isinstance(content, dict) else None
    try:
        # Pages in several tabs have a thread each; filters of warnings belong to all of them.
        with _one_at_a_time, warnings.catch_warnings():
            warnings.simplefilter("ignore", BayesLogitWarning)
            arrays, words = arrays_of(read(content))
    except BayesLogitError as error:
        return {"seq": seq, "error": str(error)}, []
    lengths = {name: array.size for name, array in arrays.items()}
    buffer = np.concatenate([array.ravel() for array in arrays.values()]).astype("<f4").tobytes()
    return {"seq": seq, "lengths": lengths, **words}, [buffer]


def arrays_of(request: Request) -> tuple[Arrays, dict[str, Any]]:
    """Fit the model that is asked for.

    Parameters
    ----------
    request : Request

    Returns
    -------
    arrays : dict of ndarray
        Probabilities of passing along ``GRID``: ``mean``, ``low``, ``high``, ``inner_low``,
        ``inner_high``, ``likeliest`` (of maximum likelihood; empty where there is none) and
        ``prior``, (curves, points); ``at``, mean and bounds at the mark. Densities of the slope:
        ``slope``, ``after``, ``prior_slope``, ``before``. Shares of simulated classes by hours:
        ``bin``, ``share`` (observed), ``share_low`` and so on.
    words : dict
        ``facts``, ``notes``, ``how``.

    Raises
    ------
    BayesLogitError
        If the posterior cannot be computed.
    """
    begin = time.perf_counter()
    data = {"hours": request.hours, "passed": request.passed}
    options: dict[str, Any] = {"event": 1, "link": request.link}
    prior = {"hours": bl.Normal(0.0, request.width)}
    model = bl.logistic("passed ~ hours", data, priors=prior, **options)
    fit = model.fit(draws=DRAWS, chains=CHAINS, random_seed=SEED, progressbar=False)
    rng = np.random.default_rng(SEED)

    def passing(theta: np.ndarray, hours: np.ndarray) -> np.ndarray:
        """Return probabilities, (hours, columns of theta)."""
        eta = theta[0] + np.multiply.outer(hours, theta[1])
        probabilities: np.ndarray = model.family.probabilities(eta[None])[1]
        return probabilities

    curves = passing(fit.given, GRID)
    arrays = {"mean": curves.mean(axis=1)}
    for name, prob in (("", PROB), ("inner_", INNER)):
        arrays[f"{name}low"], arrays[f"{name}high"] = interval(curves, prob, "eti")
    arrays["prior"] = passing(as_given(model.layout, prior_draws(model, rng, CURVES)), GRID).T
    likeliest = None
    if not separated(request.hours, request.passed):
        likeliest = bl.logistic("passed ~ hours", data, priors="flat", **options).fit("map").given
    arrays["likeliest"] = np.empty(0) if likeliest is None else passing(likeliest, GRID)[:, 0]
    arrays["likeliest_slope"] = np.empty(0) if likeliest is None else likeliest[1]
    arrays |= _densities(fit.given[1], request.width)
    checked, passes = _check(passing(fit.given[:, :CLASSES], request.hours), request, rng)
    at = passing(fit.given, np.array([request.mark]))[0]
    arrays["at"] = np.array([at.mean(), *(v[0] for v in interval(at[None], PROB, "eti"))])
    route = fit.outcome.info.get("route", fit.method)
    seconds = time.perf_counter() - begin
    kind = "exact posterior" if fit.outcome.exact else "approximate posterior"
    return arrays | checked, {
        "facts": [*_facts(fit.given[1], arrays["at"], likeliest, request), passes],
        "notes": [str(problem) for problem in fit.problems],
        "how": f"{kind}: {fit.n_draws} draws, method 'auto' ({route}), {1e3 * seconds:.0f} ms",
    }


def separated(hours: np.ndarray, passed: np.ndarray) -> bool:
    """Return whether maximum likelihood has no finite slope.

    With one predictor it has one exactly where the hours of those who passed and of those who
    failed overlap.

    Parameters
    ----------
    hours : ndarray, shape (students,)
    passed : ndarray of 0 and 1, shape (students,)

    References
    ----------
    Albert, A. and Anderson, J. A. (1984). On the existence of maximum likelihood estimates in
    logistic regression models. doi:10.1093/biomet/71.1.1

    Examples
    --------
    >>> separated(np.array([1, 2, 3]), np.array([0, 0, 1]))
    True
    >>> separated(np.array([1, 2, 3]), np.array([0, 1, 0]))
    False
    """
    no, yes = hours[passed == 0], hours[passed == 1]
    if not (no.size and yes.size):
        return True
    return bool(no.max() <= yes.min() or yes.max() <= no.min())


def _densities(slopes: np.ndarray, width: float) -> Arrays:
    """Return the density of the slope after the data, and before."""
    grid, after = density(slopes, 160)
    reach = min(3.0 * width, max(-grid[0], grid[-1], _WIDEST * (grid[-1] - grid[0])))
    before = np.linspace(-reach, reach, 161)
    return {
        "slope": grid,
        "after": after,
        "prior_slope": before,
        "before": np.exp(-0.5 * (before / width) ** 2) / (width * np.sqrt(2.0 * np.pi)),
    }


def _check(
    passing: np.ndarray, request: Request, rng: np.random.Generator
) -> tuple[Arrays, tuple[str, str]]:
    """Return shares in bins of like hours, observed and simulated, and the number of passes."""
    simulated = (rng.random(passing.shape) < passing).astype(float)
    code, middle = bin_by(request.hours, np.ones(len(passing)), None, most=MOST_BINS)
    if len(middle) > MOST_BINS:  # few students of different hours each
        code, middle = bin_by(request.hours, np.ones(len(passing)), 3)
    member = np.equal.outer(np.arange(len(middle)), code).astype(float)
    member /= member.sum(axis=1, keepdims=True)
    shares = member @ simulated
    found = {"bin": middle, "share": member @ request.passed}
    for name, prob in (("", PROB), ("inner_", INNER)):
        found[f"share_{name}low"], found[f"share_{name}high"] = interval(shares, prob, "eti")
    low, high = (v[0] for v in interval(simulated.sum(axis=0)[None], PROB, "eti"))
    passes = f"{int(request.passed.sum())} observed, {low:.0f} to {high:.0f} simulated"
    return found, ("Passes in the class", passes)


def _facts(
    slopes: np.ndarray, at: np.ndarray, likeliest: np.ndarray | None, request: Request
) -> list[tuple[str, str]]:
    """Return what the pictures say, in numbers."""
    low, high = (float(v[0]) for v in interval(slopes[None], PROB, "eti"))
    ends = f"{number(low, 2)} to {number(high, 2)}"
    facts = [("Slope per hour", f"{number(slopes.mean(), 2)} ({ends})")]
    if request.link == "logit":
        middle = _times(float(np.median(slopes)))
        facts += [("Odds, per hour", f"× {middle} ({_times(low)} to {_times(high)})")]
    mean, below, above = 100 * at
    chance = f"{mean:.0f} % ({below:.0f} to {above:.0f} %, {above - below:.0f} points wide)"
    facts += [(f"Chance after {number(request.mark)} hours", chance)]
    value = "no finite slope" if likeliest is None else f"slope {number(likeliest[1, 0], 2)}"
    return [*facts, ("Maximum likelihood", value)]


def _times(log_odds: float) -> str:
    """Return an odds ratio in words; more than ten thousand is more than anybody can picture."""
    return "over 10 000" if log_odds > np.log(1e4) else number(float(np.exp(log_odds)), 2)
