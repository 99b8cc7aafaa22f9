"""Saved fits: numbers and text in one file, from which everything is built again.

The file is a netCDF file whose groups ``posterior``, ``sample_stats``, ``fit``,
``observed_data`` and ``constant_data`` xarray and ArviZ read by themselves; the group ``model``
describes the rest. The design is not stored but built again, by the same code, from the formula
and the columns it used. What is read is checked as a builder checks what it is given.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from bayeslogit.design import Design
from bayeslogit.design.arrays import ArrayRecipe
from bayeslogit.errors import StorageError, listing, quoted
from bayeslogit.families import FAMILIES
from bayeslogit.posterior.posterior import Posterior
from bayeslogit.posterior.schema import named_draws, stats_dataset
from bayeslogit.priors import LEARNED, PRIORS, Prior
from bayeslogit.priors.learned import Learned
from bayeslogit.priors.scales import SCALE_PRIORS, ScalePrior
from bayeslogit.runtime.version import installed_version
from bayeslogit.specification.as_given import as_given
from bayeslogit.specification.specification import Specification
from bayeslogit.storage import netcdf
from bayeslogit.storage.checks import check_posterior
from bayeslogit.storage.packing import MODEL_GROUP, pack, unpack, variable_names
from bayeslogit.storage.rebuild import agree, from_formula, rebuilt, sample
from bayeslogit.storage.row_labels import labels_of
from bayeslogit.text import one_line

__all__ = ["read", "save"]


def save(posterior: Posterior, path: str | os.PathLike[str]) -> Path:
    """Write a fit to one netCDF file; :func:`bayeslogit.load` reads it again.

    A file of that name is replaced only by a complete one.

    Parameters
    ----------
    posterior : Posterior
        The fit.
    path : str or path
        Where to; ``.nc`` is the usual ending.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    StorageError
        If the place cannot be written to, or a prior or family is not in the registries, so
        that it could not be built again.

    See Also
    --------
    bayeslogit.load : The way back.

    Examples
    --------
    >>> import bayeslogit as bl, tempfile, pathlib
    >>> fit = bl.logistic("passed ~ hours", bl.load_dataset("exam")).fit("map")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     fit.save(pathlib.Path(folder) / "exam.nc").name
    'exam.nc'
    """
    import xarray as xr

    model, outcome = posterior.model, posterior.outcome
    if "update" in outcome.info:
        _check_rebuilds(model.design, model.frequencies)
    groups, known, design = _data_groups(posterior)
    words = _description(posterior, design)
    words["variables"] = {name: index for name, _, index in posterior.layout.triples}
    if model.layout.given:
        # The posterior has them for the columns as given, which costs digits.
        words["intercepts"] = outcome.draws[:, :, list(model.layout.given)]
    packed, groups[MODEL_GROUP] = pack(words, known)
    try:
        check_posterior(posterior)
    except ValueError as error:
        raise StorageError(
            f"this fit has {error}, with which no file is read again; expected parts as builders "
            "and methods make them; fit the model again"
        ) from error
    formula = f"{model.response.name} ~ {model.design.formula or 'columns of X'}"
    root = {
        "format": netcdf.FORMAT,
        "format_version": netcdf.VERSION,
        "bayeslogit_version": installed_version(),
        "inference_library": "bayeslogit",
        "formula": one_line(formula),
        "method": one_line(posterior.method),
        "label": one_line(outcome.label),
    }
    tree = xr.DataTree.from_dict({"/": xr.Dataset(attrs=root), **groups})
    return netcdf.write(path, tree, packed)


def read(path: str | os.PathLike[str]) -> Posterior:
    """Read a fit from a file.

    Parameters
    ----------
    path : str or path

    Returns
    -------
    Posterior
        Draws bit for bit as they were; the design built again from its columns.

    Raises
    ------
    StorageError
        If the file is not there, is something else, damaged, of a newer format, or names a
        prior or family that this version does not have.
    """
    packed, contents = netcdf.read(path)
    try:
        return rebuilt(unpack(packed, contents), contents)
    except StorageError as error:
        raise StorageError(f"{quoted(str(path))}: {error}") from error
    except Exception as error:
        raise netcdf.damaged(Path(path), error) from error


def _data_groups(
    posterior: Posterior,
) -> tuple[dict[str, Any], dict[int, str], dict[str, Any]]:
    """Return the groups ArviZ knows, where arrays are in them, and the design in words."""
    import xarray as xr

    model, outcome, layout = posterior.model, posterior.outcome, posterior.layout
    design, response = model.design, model.response
    attrs = {
        "inference_library": "bayeslogit",
        "method": one_line(posterior.method),
        "label": one_line(outcome.label),
        "exact": int(outcome.exact),
    }
    groups: dict[str, Any] = {
        "posterior": named_draws(
            as_given(layout, outcome.draws, 2),
            layout.triples,
            {dim: [one_line(label) for label in labels] for dim, labels in layout.coords.items()},
            attrs,
        )
    }
    known: dict[int, str] = {}
    if outcome.stats:
        groups["sample_stats"] = stats_dataset(outcome.stats, outcome.draws.shape[:2])
        known |= {id(v): f"sample_stats/{k}" for k, v in outcome.stats.items()}
    gaussian = posterior.given_gaussian
    if gaussian is not None:
        mean, covariance = gaussian.mean, gaussian.covariance
        names = [one_line(name) for name in model.fixed_layout.names]
        groups["fit"] = xr.Dataset(
            {
                "mean_vector": ("rows", mean),
                "covariance_matrix": (("rows", "columns"), covariance),
            },
            coords={"rows": names, "columns": names},
        )
        known |= {id(mean): "fit/mean_vector", id(covariance): "fit/covariance_matrix"}
    coords = {"obs": model.rows}
    groups["observed_data"] = xr.Dataset(
        {"y": (("obs", "class")[: response.y.ndim], response.y)}, coords=coords
    )
    known |= {id(response.y): "observed_data/y", id(model.rows): "observed_data/obs"}
    variables, columns = _columns(design)
    taken = set(variables)
    for name, values in _per_row(model).items():
        variable = variable_names((name,), taken)[name]
        variables[variable] = ("obs", values)
        known[id(values)] = f"constant_data/{variable}"
    groups["constant_data"] = xr.Dataset(variables, coords=coords)
    return groups, known, columns


def _per_row(model: Specification) -> dict[str, np.ndarray]:
    candidates = {
        "trials": model.response.trials,
        "weights": model.weights,
        "offset": model.offset,
    }
    return {name: values for name, values in candidates.items() if values is not None}


def _columns(design: Design) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the variables that hold the predictors, and how to make the design from them."""
    words: dict[str, Any] = {
        "names": design.names,
        "intercept": design.intercept,
        "absent": design.absent,
        "shift": design.shift,
        "formula": design.formula,
        "sample": sample(design.key),
        "rows": len(design.X),
    }
    if design.formula is None and design.groups:
        words["groups"] = tuple(name for group in design.groups for name in group.columns)
    if isinstance(design.recipe, ArrayRecipe):
        # One matrix, however many columns: X without the constant, which is not data.
        words |= {"kind": "array"}
        X = design.X if design.shift is None else design.X + design.shift
        return {"X": (("obs", "column"), X[:, int(design.intercept) :])}, words
    table = design.table()
    variables: dict[str, Any] = {}
    recipes = []
    for name, variable in variable_names(table.names, set()).items():
        column = table.column(name)
        recipe: dict[str, Any] = {"name": name, "variable": variable, "kind": column.kind}
        values = column.values
        if column.kind == "category":
            codes = values.astype(np.min_scalar_type(max(len(column.levels) - 1, 0)))
            recipe |= {"levels": column.levels, "codes": codes, "ordered": column.ordered}
            values = np.array([one_line(str(level)) for level in column.levels])[values]
        variables[variable] = ("obs", values)
        recipes.append(recipe)
    words |= {"kind": "frame" if design.formula is None else "formula", "columns": recipes}
    return variables, words


def _description(posterior: Posterior, design: dict[str, Any]) -> dict[str, Any]:
    model, outcome = posterior.model, posterior.outcome
    return {
        "design": design,
        "response": _fields(model.response)
        | {
            "sets": _optional_fields(model.response.sets),
            "alternatives": _optional_fields(model.response.alternatives),
        },
        "family": _registered(model.family, FAMILIES, "family"),
        "prior": _fields(model.prior)
        | {
            "parts": [
                {"index": index, **_registered(prior, PRIORS, "prior")}
                for index, prior in model.prior.parts
            ],
            "joint": _optional_fields(model.prior.joint),
            "simplex": None if model.prior.simplex is None else model.prior.simplex.concentration,
            "learned": [_learned(part) for part in model.prior.learned],
        },
        "covariances": [
            {
                "scales": [_registered(s, SCALE_PRIORS, "prior") for s in covariance.scales],
                "correlation": _optional_fields(covariance.correlation),
            }
            for covariance in model.covariances
        ],
        "weights": model.weights,
        "offset": model.offset,
        "rows": model.rows,
        "labels": labels_of(model.design),
        "dropped": model.dropped,
        "method": posterior.method,
        "seed": posterior.seed,
        "seconds": posterior.seconds,
        "outcome": _fields(outcome)
        | {
            "draws": None,  # they are in the posterior
            "problems": [_fields(problem) for problem in outcome.problems],
            "info": _plain(outcome.info),
            "gaussian": _optional_fields(outcome.gaussian),
            "evidence": _optional_fields(outcome.evidence),
            "effects": _optional_fields(outcome.effects),
        },
    }


def _check_rebuilds(design: Design, cases: np.ndarray) -> None:
    """Refuse a design whose means or knots are of other rows than those at hand."""
    if design.formula is None or not design.columns:
        return
    try:
        again = from_formula(design.formula, design.table(), design.names, cases)
        again = again if design.shift is None else again.moved(design.shift)
        same = again.names == design.names and agree(sample(again.key), sample(design.key))
    except ValueError:
        same = False
    if not same:
        raise StorageError(
            f"the formula {design.formula!r} took means, knots or levels from rows before the "
            "update, and a file builds them again from the rows it holds; expected a formula "
            "without center, scale, poly, bs, cr and C() of numbers; save the fit before the "
            "update with the new rows beside it, and update again after loading"
        )


def _fields(value: Any) -> dict[str, Any]:
    return {f.name: getattr(value, f.name) for f in fields(value) if f.init}


def _optional_fields(value: Any) -> dict[str, Any] | None:
    return None if value is None else _fields(value)


def _registered(value: Any, registry: Mapping[str, Any], what: str) -> dict[str, Any]:
    """Return name and fields of a prior or family from which it can be built again."""
    if registry.get(value.name) is not type(value):
        raise StorageError(
            f"the {what} {value.name!r} is not the one of the registry ({listing(registry)}); "
            f"expected a {what} that can be built again from its name; add its class to the "
            "registry before saving and before loading"
        )
    return {"name": value.name, "fields": _fields(value)}


def _learned(part: Learned) -> dict[str, Any]:
    """Return a set of coefficients with learned scales; its fields may be priors themselves."""
    words = _registered(part.prior, LEARNED, "prior")
    for name, value in words["fields"].items():
        if isinstance(value, ScalePrior):
            words["fields"][name] = _registered(value, SCALE_PRIORS, "prior")
        elif isinstance(value, Prior):
            words["fields"][name] = _registered(value, PRIORS, "prior")
    return {"index": part.index, "label": part.label, "unit": part.unit, **words}


def _plain(value: Any) -> Any:
    """Return notes about a run as numbers and words; other objects by their text."""
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, tuple | list):
        return type(value)(_plain(v) for v in value) if type(value) in (tuple, list) else str(value)
    if value is None or isinstance(value, bool | int | float | str | np.generic | np.ndarray):
        return value
    return str(value)
