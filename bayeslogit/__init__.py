"""Bayesian logistic regression: exact posteriors at once, answers with their uncertainty.

Parts load when they are first used, so ``import bayeslogit`` costs next to nothing.

Examples
--------
>>> import bayeslogit as bl
>>> exam = bl.load_dataset("exam")
>>> fit = bl.logistic("passed ~ hours", exam).fit("map")
>>> fit.summary().columns.tolist()
['mode', 'curvature_sd', 'prior']
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOME = {
    "answers.comparison.compare": ("compare",),
    "answers.comparison.score_differences": ("compare_scores",),
    "builders": ("binomial", "choice", "logistic", "multinomial", "ordinal"),
    "datasets": ("DATASETS", "list_datasets", "load_dataset"),
    "errors": (
        "BayesLogitError",
        "BayesLogitWarning",
        "DesignError",
        "FitFailed",
        "MethodRefused",
        "PriorError",
        "Problem",
        "ResponseError",
        "StorageError",
    ),
    "estimator": ("LogisticClassifier", "OrdinalClassifier"),
    "families": ("FAMILIES", "LINKS"),
    "inference": ("METHODS",),
    "loading": ("load",),
    "model": ("Fit", "Model"),
    "priors": (
        "PRIORS",
        "Cauchy",
        "Dirichlet",
        "Flat",
        "GaussianPrior",
        "Normal",
        "StudentT",
        "ZeroSum",
    ),
    "priors.beliefs": ("odds_ratio", "probability"),
    "priors.exponential_tails": ("Laplace", "Logistic"),
    "priors.gaussian_process": ("GaussianProcess",),
    "priors.hierarchical": ("Hierarchical",),
    "priors.monotonic": ("Monotonic",),
    "priors.shrinkage": ("R2D2", "Horseshoe"),
    "priors.scales": ("LKJ", "Exponential", "HalfNormal", "HalfStudentT"),
}
_WHERE = {name: module for module, names in _HOME.items() for name in names}
_MODULES = ("simulate",)

__all__ = [
    "DATASETS",
    "FAMILIES",
    "LINKS",
    "LKJ",
    "METHODS",
    "PRIORS",
    "R2D2",
    "BayesLogitError",
    "BayesLogitWarning",
    "Cauchy",
    "DesignError",
    "Dirichlet",
    "Exponential",
    "Fit",
    "FitFailed",
    "Flat",
    "GaussianPrior",
    "GaussianProcess",
    "HalfNormal",
    "HalfStudentT",
    "Hierarchical",
    "Horseshoe",
    "Laplace",
    "Logistic",
    "LogisticClassifier",
    "MethodRefused",
    "Model",
    "Monotonic",
    "Normal",
    "OrdinalClassifier",
    "PriorError",
    "Problem",
    "ResponseError",
    "StorageError",
    "StudentT",
    "ZeroSum",
    "binomial",
    "choice",
    "compare",
    "compare_scores",
    "list_datasets",
    "load",
    "load_dataset",
    "logistic",
    "multinomial",
    "odds_ratio",
    "ordinal",
    "probability",
    "simulate",
]


def __getattr__(name: str) -> Any:
    """Load the module that holds a public name when it is first asked for."""
    if name == "__version__":
        value: Any = import_module("bayeslogit.runtime.version").installed_version()
    elif name in _MODULES:
        value = import_module(f"bayeslogit.{name}")
    elif name in _WHERE:
        value = getattr(import_module(f"bayeslogit.{_WHERE[name]}"), name)
    else:
        sentence = import_module("bayeslogit.errors.door").no_attribute
        raise AttributeError(sentence("module 'bayeslogit'", name, __all__))
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    dunders = {name for name in globals() if name.startswith("__")}
    return sorted({*__all__, "__version__", *dunders})
