"""A fit as numbers and words that any language reads: JSON, with a schema."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np

from bayeslogit.errors import DesignError, quoted
from bayeslogit.posterior.posterior import Posterior
from bayeslogit.response.wording import outcome_in_words
from bayeslogit.runtime.version import installed_version
from bayeslogit.specification.as_given import as_given
from bayeslogit.tables.columns import label

__all__ = ["SCHEMA", "schema", "to_dict"]

SCHEMA = Path(__file__).with_name("fit.schema.json")
_VERSION = 1
_SHARES = (0.025, 0.25, 0.5, 0.75, 0.975)


def schema() -> dict[str, Any]:
    """Return the JSON schema (draft 2020-12) of what :func:`to_dict` returns."""
    found: dict[str, Any] = json.loads(SCHEMA.read_text(encoding="utf-8"))
    return found


def to_dict(posterior: Posterior, *, draws: bool = False) -> dict[str, Any]:
    """Return the fit as a dictionary of numbers and words, which is JSON as it is.

    For programs in other languages: what the model is, its coefficients with their spread, and
    what is doubtful. ``json.loads(json.dumps(fit.to_dict()))`` is the same dictionary again. It
    holds no data. The schema is the file ``fit.schema.json`` of the room ``export``. To have the
    fit itself again, with its data, use :meth:`save`.

    Parameters
    ----------
    posterior : Posterior
        The fit.
    draws : bool, default False
        Whether to add all draws of the coefficients.

    Returns
    -------
    dict
        ``model`` (formula, outcome, family, link, terms, predictors with their levels),
        ``coefficients`` (name, prior, mean, sd and quantiles, in the unit of the linear
        predictor, log-odds for the logit link), ``covariance`` of the coefficients in that order,
        ``scales`` that were learned, ``method``, ``seed``, ``problems``, and versions. Effects of
        groups are left out. A number that is not finite is None.

    Raises
    ------
    DesignError
        If ``draws`` is not True or False.

    See Also
    --------
    save : A file that :func:`bayeslogit.load` reads again.
    to_sql : A query that scores rows.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> fit = bl.logistic("passed ~ hours", bl.load_dataset("exam"), priors="flat").fit("map")
    >>> found = fit.to_dict()
    >>> [(c["name"], round(c["mean"], 3)) for c in found["coefficients"]]
    [('Intercept', -4.078), ('hours', 1.505)]
    >>> found["model"]["outcome"]["event"], found["method"]["exact"]
    ('1', False)
    """
    if not isinstance(draws, bool):
        raise DesignError(
            f"draws={quoted(draws)} is neither True nor False; expected one of them; leave it out "
            "for coefficients without their draws"
        )
    model, outcome = posterior.model, posterior.outcome
    fixed = as_given(posterior.layout, outcome.draws, 2)[:, :, posterior.layout.fixed]
    flat = fixed.reshape(-1, fixed.shape[2])
    names = model.fixed_layout.names
    priors = model.prior.describe(model.fixed_layout.given)
    spread = None if posterior.point else np.cov(flat, rowvar=False, ddof=1)
    found: dict[str, Any] = {
        "format": "bayeslogit-fit",
        "format_version": _VERSION,
        "bayeslogit_version": installed_version(),
        "model": _model(posterior),
        "method": {
            "name": posterior.method,
            "label": outcome.label,
            "exact": outcome.exact,
            "chains": posterior.n_chains,
            "draws": outcome.draws.shape[1],
        },
        "seed": posterior.seed,
        "coefficients": [
            {"name": name, "prior": prior, **_spread(values)}
            for name, (_, prior), values in zip(names, priors, flat.T, strict=True)
        ],
        "covariance": None if spread is None else _plain(np.atleast_2d(spread)),
        "scales": {
            name: {
                "mean": _plain(values.mean(axis=(0, 1))),
                "sd": None if posterior.point else _plain(values.std(axis=(0, 1), ddof=0)),
            }
            for name, values in outcome.scales.items()
        },
        "problems": [
            {"code": p.code, "severity": p.severity, "sentence": p.sentence}
            for p in posterior.problems
        ],
    }
    if draws:
        found["draws"] = _plain(fixed)
    return found


def _model(posterior: Posterior) -> dict[str, Any]:
    """Return what the model is."""
    model = posterior.model
    design, response = model.design, model.response
    return {
        "formula": design.formula,
        "outcome": {
            "name": response.name,
            "kind": response.kind,
            "classes": list(response.classes),
            "event": response.event,
            "in_words": outcome_in_words(response),
        },
        "family": model.family.name,
        "link": model.family.link,
        "columns": list(design.fixed.names),
        "terms": {name: list(places) for name, places in design.term_columns.items()},
        "references": dict(design.references),
        "predictors": [
            {
                "name": name,
                "kind": "levels" if name in design.factors else design.source.kind(name),
                "levels": [label(v) for v in design.levels(name)]
                if name in design.factors
                else None,
            }
            for name in design.columns
        ],
        "groups": [
            {"term": group.name, "effects": list(group.effects), "groups": len(group.levels)}
            for group in design.groups
        ],
        "rows": len(response.y),
        "rows_left_out": model.dropped,
        "cases": _plain(model.counts.sum(axis=0)),
        "weighted": model.weights is not None,
        "offset": model.offset is not None,
    }


def _spread(values: np.ndarray) -> dict[str, Any]:
    """Return mean, sd and quantiles of draws; of a single one the mean alone."""
    if len(values) == 1:
        return {"mean": _plain(values[0]), "sd": None, "quantiles": None}
    found = np.quantile(values, _SHARES)
    return {
        "mean": _plain(values.mean()),
        "sd": _plain(values.std(ddof=1)),
        "quantiles": {str(p): _plain(v) for p, v in zip(_SHARES, found, strict=True)},
    }


def _plain(values: Any) -> Any:
    """Return numbers as JSON has them, which has none that are not finite."""
    listed = np.asarray(values, dtype=float).tolist()
    return _finite(listed)


def _finite(values: Any) -> Any:
    if isinstance(values, list):
        return [_finite(value) for value in values]
    return values if math.isfinite(values) else None
