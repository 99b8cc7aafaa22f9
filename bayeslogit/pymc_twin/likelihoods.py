"""The likelihood of each family in PyMC, with tails as accurate as numpy's.

``pm.Bernoulli(p=...)`` computes ``log(1 - p)`` from ``p`` and has no digits left once ``p`` rounds
to one. Links other than the logit, and ordered classes, therefore give PyMC log probabilities.
Importing this module imports PyMC.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt

from bayeslogit.families import Family

__all__ = ["CLASS_LOG_PROBS", "LINK_LOG_PROBS", "OUTCOMES"]

# exp of this is below the largest double; numpy's links hold their hazard there too.
_LARGEST = 709.0


def _logit(eta: Any) -> tuple[Any, Any]:
    return -pt.softplus(eta), -pt.softplus(-eta)


def _normal_log_cdf(eta: Any) -> Any:
    """Return the logarithm of the standard normal distribution function."""
    # Each branch gets arguments in its range, so that overflow in one spoils no gradient.
    low, high = pt.minimum(eta, -1.0), pt.maximum(eta, -1.0)
    root = math.sqrt(0.5)
    tail = pt.log(0.5 * pt.erfcx(-root * low)) - 0.5 * pt.square(low)
    return pt.switch(eta < -1.0, tail, pt.log1p(-0.5 * pt.erfc(root * high)))


def _probit(eta: Any) -> tuple[Any, Any]:
    return _normal_log_cdf(-eta), _normal_log_cdf(eta)


def _cloglog(eta: Any) -> tuple[Any, Any]:
    hazard = pt.exp(pt.clip(eta, -_LARGEST, _LARGEST))
    return -hazard, pt.log1mexp(-hazard)


def _loglog(eta: Any) -> tuple[Any, Any]:
    log_success, log_failure = _cloglog(-eta)
    return log_failure, log_success


def _cauchy_log_cdf(eta: Any) -> Any:
    """Return the logarithm of the standard Cauchy distribution function."""
    near = pt.log(pt.arctan2(1.0, -pt.minimum(eta, 0.0)) / math.pi)
    far = pt.log1p(-pt.arctan2(1.0, pt.maximum(eta, 0.0)) / math.pi)
    return pt.switch(eta < 0.0, near, far)


def _cauchit(eta: Any) -> tuple[Any, Any]:
    return _cauchy_log_cdf(-eta), _cauchy_log_cdf(eta)


def _within(value: Any, eta: Any, low: float, high: float) -> Any:
    """Return values where the linear predictor is in its range, and ``-inf`` elsewhere."""
    return pt.switch(pt.ge(eta, low) & pt.le(eta, high), value, -np.inf)


def _log(eta: Any) -> tuple[Any, Any]:
    # Arguments in range, so that the other branch spoils no gradient.
    below = pt.minimum(eta, -1e-300)
    return _within(pt.log1mexp(below), eta, -np.inf, 0.0), _within(eta, eta, -np.inf, 0.0)


def _identity(eta: Any) -> tuple[Any, Any]:
    held = pt.clip(eta, 0.0, 1.0)
    return _within(pt.log1p(-held), eta, 0.0, 1.0), _within(pt.log(held), eta, 0.0, 1.0)


# Link name to the function that returns log(1 - F(eta)) and log F(eta), in nats.
LINK_LOG_PROBS: dict[str, Callable[[Any], tuple[Any, Any]]] = {
    "logit": _logit,
    "probit": _probit,
    "cloglog": _cloglog,
    "loglog": _loglog,
    "cauchit": _cauchit,
    "log": _log,
    "identity": _identity,
}


def _bernoulli(family: Family, eta: Any, y: Any, trials: Any) -> Any:
    """Observe one trial a row; ``eta`` is (obs,)."""
    if family.link == "logit":
        return pm.Bernoulli("y", logit_p=eta, observed=y, dims="obs")
    log_probs = LINK_LOG_PROBS[family.link]

    def logp(value: Any, eta: Any) -> Any:
        log_failure, log_success = log_probs(eta)
        return pt.switch(pt.eq(value, 1), log_success, log_failure)

    def dist(eta: Any, size: Any) -> Any:
        return pm.Bernoulli.dist(p=pt.exp(log_probs(eta)[1]), size=size)

    return pm.CustomDist("y", eta, logp=logp, dist=dist, observed=y, dims="obs")


def _binomial(family: Family, eta: Any, y: Any, trials: Any) -> Any:
    """Observe counts of the event; ``eta`` and ``trials`` are (obs,)."""
    log_probs = LINK_LOG_PROBS[family.link]

    def logp(value: Any, trials: Any, eta: Any) -> Any:
        log_failure, log_success = log_probs(eta)
        arrangements = (
            pt.gammaln(trials + 1.0) - pt.gammaln(value + 1.0) - pt.gammaln(trials - value + 1.0)
        )
        # A class with no cases contributes zero, even where its log probability is infinite.
        seen = pt.switch(pt.gt(value, 0), value * log_success, 0.0)
        return (
            arrangements
            + seen
            + pt.switch(pt.lt(value, trials), (trials - value) * log_failure, 0.0)
        )

    def dist(trials: Any, eta: Any, size: Any) -> Any:
        return pm.Binomial.dist(n=trials, p=pt.exp(log_probs(eta)[1]), size=size)

    if family.link == "logit":
        return pm.Binomial("y", n=trials, logit_p=eta, observed=y, dims="obs")
    return pm.CustomDist("y", trials, eta, logp=logp, dist=dist, observed=y, dims="obs")


def _beta_binomial(family: Family, eta: Any, y: Any, trials: Any) -> Any:
    """Observe counts of the event; ``eta`` is (obs, 2), the second the log precision."""
    log_failure, log_success = LINK_LOG_PROBS[family.link](eta[:, 0])
    log_alpha, log_beta = log_success + eta[:, 1], log_failure + eta[:, 1]
    if family.link == "logit":
        alpha, beta = pt.exp(log_alpha), pt.exp(log_beta)
        return pm.BetaBinomial("y", alpha=alpha, beta=beta, n=trials, observed=y, dims="obs")

    def rise(log_x: Any, m: Any) -> Any:
        """Return ``log(Gamma(x + m) / Gamma(x))``, also where x is too small for a double."""
        x = pt.exp(log_x)
        return pt.switch(pt.gt(m, 0), log_x + pt.gammaln(x + m) - pt.gammaln(x + 1.0), 0.0)

    def logp(value: Any, trials: Any, log_alpha: Any, log_beta: Any, log_phi: Any) -> Any:
        failures = trials - value
        arrangements = (
            pt.gammaln(trials + 1.0) - pt.gammaln(value + 1.0) - pt.gammaln(failures + 1.0)
        )
        seen = rise(log_alpha, value) + rise(log_beta, failures)
        return arrangements + seen - rise(log_phi, trials)

    def dist(trials: Any, log_alpha: Any, log_beta: Any, log_phi: Any, size: Any) -> Any:
        return pm.BetaBinomial.dist(
            alpha=pt.exp(log_alpha), beta=pt.exp(log_beta), n=trials, size=size
        )

    parameters = trials, log_alpha, log_beta, eta[:, 1]
    return pm.CustomDist("y", *parameters, logp=logp, dist=dist, observed=y, dims="obs")


def _multinomial(family: Family, eta: Any, y: Any, trials: Any) -> Any:
    """Observe class codes, or counts (obs, classes); ``eta`` is (obs, classes - 1)."""
    logits = pt.concatenate([pt.zeros_like(eta[:, :1]), eta], axis=1)
    if trials is not None:
        prob = pm.math.softmax(logits, axis=1)
        return pm.Multinomial("y", n=trials, p=prob, observed=y, dims=("obs", "outcome"))
    return pm.Categorical("y", logit_p=logits, observed=y, dims="obs")


def _log_difference(log_large: Any, log_small: Any) -> Any:
    """Return ``log(exp(log_large) - exp(log_small))``; ``-inf`` where the order is broken."""
    gap = log_small - log_large
    ordered = pt.lt(gap, 0.0)
    return log_large + pt.switch(ordered, pt.log1mexp(pt.switch(ordered, gap, -1.0)), -np.inf)


def _cumulative_log_probs(link: str, eta: Any) -> Any:
    above, below = LINK_LOG_PROBS[link](eta)
    inner_low = _log_difference(below[:, 1:], below[:, :-1])
    inner_high = _log_difference(above[:, :-1], above[:, 1:])
    inner = pt.switch(pt.gt(eta[:, :-1], 0.0), inner_high, inner_low)
    log_probs = pt.concatenate([below[:, :1], inner, above[:, -1:]], axis=1)
    crossed = pt.any(pt.le(eta[:, 1:] - eta[:, :-1], 0.0), axis=1, keepdims=True)
    return pt.switch(crossed, -np.inf, log_probs)


def _sequential_log_probs(link: str, eta: Any) -> Any:
    above, below = LINK_LOG_PROBS[link](eta)
    none = pt.zeros_like(eta[:, :1])
    reach = pt.concatenate([none, pt.cumsum(above, axis=1)], axis=1)
    return reach + pt.concatenate([below, none], axis=1)


def _adjacent_log_probs(link: str, eta: Any) -> Any:
    sums = pt.concatenate([pt.zeros_like(eta[:, :1]), -pt.cumsum(eta, axis=1)], axis=1)
    return sums - pt.logsumexp(sums, axis=1, keepdims=True)


# Ordinal form to its log class probabilities (obs, classes), from linear predictors.
CLASS_LOG_PROBS: dict[str, Callable[[str, Any], Any]] = {
    "cumulative": _cumulative_log_probs,
    "sequential": _sequential_log_probs,
    "adjacent": _adjacent_log_probs,
}


def _ordered(form: str) -> Callable[..., Any]:
    """Return the builder of the observed variable of an ordinal form."""
    class_log_probs = CLASS_LOG_PROBS[form]

    def observe(family: Family, eta: Any, y: Any, trials: Any) -> Any:
        def logp(value: Any, eta: Any) -> Any:
            log_probs = class_log_probs(family.link, eta)
            return log_probs[pt.arange(value.shape[0]), value]

        def dist(eta: Any, size: Any) -> Any:
            return pm.Categorical.dist(logit_p=class_log_probs(family.link, eta), size=size)

        return pm.CustomDist("y", eta, logp=logp, dist=dist, observed=y, dims="obs")

    return observe


# Family name to the function that adds the observed variable "y" to the model in context, from
# the family, the linear predictors (obs,) or (obs, predictors), the outcome and the trials.
OUTCOMES: dict[str, Callable[[Family, Any, Any, Any], Any]] = {
    "bernoulli": _bernoulli,
    "binomial": _binomial,
    "beta_binomial": _beta_binomial,
    "multinomial": _multinomial,
    **{form: _ordered(form) for form in CLASS_LOG_PROBS},
}
