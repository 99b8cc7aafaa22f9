"""A fit built again from what its file says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from bayeslogit import design as designs
from bayeslogit.design import Design
from bayeslogit.errors import Problem, StorageError, listing, quoted
from bayeslogit.families import FAMILIES
from bayeslogit.inference import Evidence, Gaussian, Outcome
from bayeslogit.inference.kept import KeptEffects
from bayeslogit.posterior.posterior import Posterior
from bayeslogit.priors import LEARNED, PRIORS, CoefficientPrior, GaussianPrior, Simplex
from bayeslogit.priors.covariance import Covariance
from bayeslogit.priors.learned import Learned
from bayeslogit.priors.scales import LKJ, SCALE_PRIORS
from bayeslogit.response import Alternatives, Response, Sets
from bayeslogit.specification.layout import Layout
from bayeslogit.specification.specification import Specification
from bayeslogit.storage.checks import check_posterior, check_size
from bayeslogit.storage.contents import Contents
from bayeslogit.storage.row_labels import relabelled
from bayeslogit.tables.columns import Column, from_array, label
from bayeslogit.tables.table import Table

__all__ = ["agree", "from_formula", "rebuilt", "sample"]


def rebuilt(words: dict[str, Any], contents: Contents) -> Posterior:
    """Return a fit from what its file says, checked as a builder checks what it is given.

    Parameters
    ----------
    words : dict
        As :mod:`bayeslogit.storage.fit_file` describes a fit.
    contents : Contents
        The arrays of the file.

    Raises
    ------
    StorageError
        If a prior or family is not in the registries, or the formula now gives other columns.
    Exception
        Of other kinds, if anything is not as it was written.
    """
    prior, outcome = words["prior"], words["outcome"]
    draws = _draws(words.pop("variables"), contents)
    family = _from_registry(words["family"], FAMILIES, "family")
    words["response"]["sets"] = _optional(Sets, words["response"].get("sets"))
    among = _optional(Alternatives, words["response"].get("alternatives"))
    words["response"]["alternatives"] = among
    response = Response(**words["response"])
    kept = _optional(KeptEffects, outcome.get("effects"))
    design = words["design"]
    check_size(draws, response, family, design["names"], kept, bool(design["intercept"]))
    parts = [(part["index"], _from_registry(part, PRIORS, "prior")) for part in prior["parts"]]
    prior |= {"parts": tuple(parts), "joint": _optional(GaussianPrior, prior["joint"])}
    outcome |= {
        "draws": draws,
        "problems": tuple(Problem(**problem) for problem in outcome["problems"]),
        "gaussian": _optional(Gaussian, outcome["gaussian"]),
        "evidence": _optional(Evidence, outcome["evidence"]),
        "effects": kept,
    }
    if prior.get("simplex") is not None:
        prior["simplex"] = Simplex(tuple(prior["moved"]), prior["simplex"], family)
    prior["learned"] = tuple(_learned(part) for part in prior.get("learned", ()))
    cases = None if words["weights"] is None else np.asarray(words["weights"], dtype=float)
    if response.trials is not None:
        cases = response.trials * (1.0 if cases is None else cases)
    model = Specification(
        relabelled(_design(words["design"], contents, cases), words.get("labels"), words["rows"]),
        response,
        family,
        CoefficientPrior(**prior),
        words["weights"],
        words["offset"],
        words["rows"],
        words["dropped"],
        tuple(_covariance(one) for one in words.get("covariances", ())),
    )
    if model.layout.given:
        outcome["draws"] = _of_moved(draws, words["intercepts"], model.layout)
    seed, seconds = words["seed"], words["seconds"]
    found = Posterior(model, words["method"], Outcome(**outcome), seed, seconds)
    check_posterior(found)
    return found


def _learned(words: dict[str, Any]) -> Learned:
    fields = {
        name: _from_registry(value, {**SCALE_PRIORS, **PRIORS}, "prior")
        if isinstance(value, dict)
        else value
        for name, value in words["fields"].items()
    }
    prior = _from_registry(words | {"fields": fields}, LEARNED, "prior")
    return Learned(words["index"], str(words["label"]), prior, words["unit"])


def _covariance(words: dict[str, Any]) -> Covariance:
    scales = tuple(_from_registry(scale, SCALE_PRIORS, "prior") for scale in words["scales"])
    return Covariance(scales, _optional(LKJ, words["correlation"]))


def _optional(kind: type, words: dict[str, Any] | None) -> Any:
    return None if words is None else kind(**words)


def _draws(variables: Mapping[str, np.ndarray], contents: Contents) -> np.ndarray:
    """Return draws (chains, draws, coefficients) from the variables that hold them."""
    flat = []
    for name, index in variables.items():
        values = contents.array(f"posterior/{name}")
        if values.ndim < 2 or values.dtype.kind != "f" or values.shape[2:] != index.shape:
            raise ValueError(f"the draws of {quoted(name)} have the shape {values.shape}")
        flat.append(values.reshape(*values.shape[:2], -1))
    draws = np.concatenate(flat, axis=2)
    places = np.concatenate([np.ravel(index) for index in variables.values()])
    if sorted(places.tolist()) != list(range(draws.shape[2])):
        raise ValueError("the places of the coefficients are not each once")
    return np.ascontiguousarray(draws[:, :, np.argsort(places)])


def _of_moved(draws: np.ndarray, intercepts: Any, layout: Layout) -> np.ndarray:
    """Return draws with the intercepts of columns that were moved near zero."""
    places = list(layout.given)
    if np.shape(intercepts) != (*draws.shape[:2], len(places)) or intercepts.dtype.kind != "f":
        raise ValueError("the intercepts of moved columns do not fit the draws")
    draws[:, :, places] = intercepts
    return draws


def _from_registry(words: dict[str, Any], registry: Mapping[str, Any], what: str) -> Any:
    if words["name"] not in registry:
        raise StorageError(
            f"the {what} is {quoted(words['name'])}; expected one of {listing(registry)}; import "
            f"the code that adds this {what} to the registry, or upgrade bayeslogit"
        )
    return registry[words["name"]](**words["fields"])


def _design(words: dict[str, Any], contents: Contents, cases: np.ndarray | None) -> Design:
    """Build the design again and check that it is the one that was saved."""
    if words["kind"] == "array":
        names = words["names"][int(words["intercept"]) :]
        X = contents.array("constant_data/X")
        design = designs.from_array(X, names, words["intercept"])
    else:
        columns = {recipe["name"]: _column(recipe, contents) for recipe in words["columns"]}
        if {len(column.values) for column in columns.values()} - {words["rows"]}:
            raise ValueError("its columns differ in length")
        table = Table(columns, words["rows"])
        if words["kind"] == "formula":
            design = from_formula(words["formula"], table, words["names"], cases)
            if cases is not None and not agree(sample(design.key), _raw(words)):
                # Means and knots were once those of rows.
                design = from_formula(words["formula"], table, words["names"], None)
        else:
            design = designs.from_frame(table, words["intercept"], words.get("groups", ()))
    shift = words.get("shift")
    if shift is not None:
        if shift.shape != (len(design.fixed.names),) or not np.isfinite(shift).all():
            raise ValueError("the shift of the columns does not fit them")
        design = design.moved(shift)
    if design.names != words["names"] or not agree(sample(design.key), words["sample"]):
        raise StorageError(
            f"the formula {quoted(words['formula'])} now gives other columns or values "
            f"({listing(design.names)}) than when it was saved ({listing(words['names'])}); "
            "expected the same; load it with the version of bayeslogit that saved it"
        )
    return replace(design, absent=words.get("absent", {}))


def from_formula(
    formula: str, table: Table, names: Sequence[str], cases: np.ndarray | None
) -> Design:
    """Return the design of a formula; where names differ, with booleans as numbers, as once.

    Parameters
    ----------
    formula : str
        A right-hand side.
    table : Table
    names : sequence of str
        Those of the coefficients when it was saved.
    cases : ndarray of shape (rows,), or None
        How many each row holds.
    """
    today = designs.from_formula(formula, table, cases=cases)
    if today.names == tuple(names):
        return today
    once = designs.from_formula(formula, table, flags=False, cases=cases)
    return once if once.names == tuple(names) else today


def _raw(words: dict[str, Any]) -> np.ndarray:
    """Return the sample of rows that was saved, before columns were moved."""
    found, shift = np.array(words["sample"]), words.get("shift")
    if shift is not None:
        found[:, : len(shift)] += shift
    return found


def _column(recipe: dict[str, Any], contents: Contents) -> Column:
    """Return a column of the table, checked as reading a table does."""
    name, kind = str(recipe["name"]), recipe["kind"]
    if kind != "category":
        values = contents.array(f"constant_data/{recipe['variable']}")
        if values.ndim != 1 or kind != ("boolean" if values.dtype.kind == "b" else "number"):
            raise ValueError(f"the column {quoted(name)} is not one of {quoted(kind)}")
        return from_array(values, name, "file")
    codes, levels = np.asarray(recipe["codes"]), tuple(recipe["levels"])
    known = {label(level) for level in levels}
    if (
        codes.ndim != 1
        or codes.dtype.kind not in "iu"
        or not all(isinstance(level, str | int | float) for level in levels)
        or len(known) != len(levels)
        or codes.max(initial=0) >= max(len(levels), 1)
        or codes.min(initial=0) < 0
    ):
        raise ValueError(f"the levels of the column {quoted(name)} do not fit its rows")
    return Column("category", codes.astype(np.intp), levels, bool(recipe["ordered"]))


def agree(found: np.ndarray, saved: np.ndarray) -> bool:
    """Return whether values are the same but for the rounding of another machine.

    Parameters
    ----------
    found, saved : ndarray, shape (rows, columns)
    """
    scale = np.abs(saved).max(axis=0, initial=0.0)
    return found.shape == saved.shape and bool(np.all(np.abs(found - saved) <= 1e-9 * scale))


def sample(X: np.ndarray) -> np.ndarray:
    """Return a few rows, by which a design built again is compared with the one saved."""
    return X[np.unique(np.linspace(0, len(X) - 1, 16).astype(np.intp))]
