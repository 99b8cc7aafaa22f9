"""The lines of a program of PyMC that observe the outcome, for each family."""

from __future__ import annotations

from collections.abc import Callable

from bayeslogit.families import Family
from bayeslogit.specification.layout import LOG_PRECISION

__all__ = ["OUTCOMES"]

_LINKS = {
    "logit": "pm.math.sigmoid({0})",
    "probit": "0.5 * pt.erfc(-({0}) / np.sqrt(2.0))",
    "cloglog": "-pt.expm1(-pt.exp({0}))",
    "loglog": "pt.exp(-pt.exp(-({0})))",
    "log": "pt.exp({0})",
    "identity": "{0}",
    "cauchit": "0.5 + pt.arctan({0}) / np.pi",
}


def _bernoulli(family: Family, trials: bool) -> list[str]:
    p = "logit_p=eta" if family.link == "logit" else f"p={_LINKS[family.link].format('eta')}"
    return [f'y = pm.Bernoulli("y", {p}, observed=y_data)']


def _binomial(family: Family, trials: bool) -> list[str]:
    p = "logit_p=eta" if family.link == "logit" else f"p={_LINKS[family.link].format('eta')}"
    return [f'y = pm.Binomial("y", n=trials, {p}, observed=y_data)']


def _beta_binomial(family: Family, trials: bool) -> list[str]:
    return [
        f"mean = {_LINKS[family.link].format('eta')}",
        f"precision = pt.exp({LOG_PRECISION})",
        'y = pm.BetaBinomial("y", alpha=mean * precision, beta=(1.0 - mean) * precision, '
        "n=trials, observed=y_data)",
    ]


def _multinomial(family: Family, trials: bool) -> list[str]:
    logits = "logits = pt.concatenate([pt.zeros_like(eta[:, :1]), eta], axis=1)"
    if trials:
        p = "p=pm.math.softmax(logits, axis=1)"
        return [logits, f'y = pm.Multinomial("y", n=trials, {p}, observed=y_data)']
    return [logits, 'y = pm.Categorical("y", logit_p=logits, observed=y_data)']


def _cumulative(family: Family, trials: bool) -> list[str]:
    return [
        f"below = {_LINKS[family.link].format('eta')}",
        "none, all_ = pt.zeros_like(below[:, :1]), pt.ones_like(below[:, :1])",
        "p = pt.diff(pt.concatenate([none, below, all_], axis=1), axis=1)",
        'y = pm.Categorical("y", p=p, observed=y_data)',
    ]


def _sequential(family: Family, trials: bool) -> list[str]:
    return [
        f"stops = {_LINKS[family.link].format('eta')}",
        "passes = pt.cumprod(1.0 - stops, axis=1)",
        "inner = stops[:, 1:] * passes[:, :-1]",
        "p = pt.concatenate([stops[:, :1], inner, passes[:, -1:]], axis=1)",
        'y = pm.Categorical("y", p=p, observed=y_data)',
    ]


def _adjacent(family: Family, trials: bool) -> list[str]:
    return [
        "sums = pt.concatenate([pt.zeros_like(eta[:, :1]), -pt.cumsum(eta, axis=1)], axis=1)",
        'y = pm.Categorical("y", logit_p=sums, observed=y_data)',
    ]


# Family name to its lines, from the family and whether there are trials.
OUTCOMES: dict[str, Callable[[Family, bool], list[str]]] = {
    "bernoulli": _bernoulli,
    "binomial": _binomial,
    "beta_binomial": _beta_binomial,
    "multinomial": _multinomial,
    "cumulative": _cumulative,
    "sequential": _sequential,
    "adjacent": _adjacent,
}
