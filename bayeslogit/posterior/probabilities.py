"""Class probabilities at linear predictors, draw by draw."""

from __future__ import annotations

import numpy as np

from bayeslogit.families import LINKS
from bayeslogit.posterior.posterior import Posterior

__all__ = ["complements", "log_probabilities", "probabilities"]


def probabilities(posterior: Posterior, eta: np.ndarray) -> np.ndarray:
    """Return class probabilities, in [0, 1].

    Parameters
    ----------
    posterior : Posterior
    eta : ndarray, shape (predictors, rows, draws)
        Linear predictors.

    Returns
    -------
    ndarray, shape (classes, rows, draws)
        Of the event alone, or of each of more than two classes.
    """
    family = posterior.model.family
    if posterior.several:
        return family.probabilities(eta)
    return LINKS[family.link].prob(eta[0])[None]


def complements(posterior: Posterior, eta: np.ndarray) -> np.ndarray:
    """Return one minus each class probability, accurate where that is small.

    Parameters
    ----------
    posterior : Posterior
    eta : ndarray, shape (predictors, rows, draws)
        Linear predictors.

    Returns
    -------
    ndarray, shape (classes, rows, draws)
        In [0, 1]; classes as in :func:`probabilities`.
    """
    family = posterior.model.family
    if not posterior.several:
        return LINKS[family.link].complement(eta[0])[None]
    prob = family.probabilities(eta)
    others = 1.0 - np.eye(len(prob))
    complement: np.ndarray = np.einsum("kj,jrc->krc", others, prob)
    return complement


def log_probabilities(posterior: Posterior, eta: np.ndarray) -> np.ndarray:
    """Return log class probabilities, in nats.

    Parameters
    ----------
    posterior : Posterior
    eta : ndarray, shape (predictors, rows, draws)
        Linear predictors.

    Returns
    -------
    ndarray, shape (classes, rows, draws)
        At most 0; classes as in :func:`probabilities`.
    """
    family = posterior.model.family
    if not posterior.several:
        return LINKS[family.link].log_probs(eta[0])[1][None]
    with np.errstate(divide="ignore"):
        return np.log(family.probabilities(eta))
