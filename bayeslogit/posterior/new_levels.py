"""Levels of a factor that were not fitted: what answers about rows that have them go by."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from bayeslogit.design.encoding.factors import Category
from bayeslogit.design.unseen import Alike, categories, opened, share_of_levels, unseen
from bayeslogit.errors import DesignError, listing, nearest, quoted
from bayeslogit.posterior.posterior import Posterior, refuse_point
from bayeslogit.priors import CoefficientPrior, Normal
from bayeslogit.tables.table import Table

__all__ = ["NEW_LEVELS", "with_new_levels"]

NEW_LEVELS = ("raise", "reference", "average", "prior")
_SEED = 7


def with_new_levels(
    posterior: Posterior, newdata: Any, new_levels: str = "raise"
) -> tuple[Any, Posterior]:
    """Return new rows as a table, and a posterior that has coefficients for all their levels.

    Levels that were not fitted are one more level of their factor. Its coefficients are, draw by
    draw, those of the reference level, the mean over the levels as often as they were fitted (on
    the scale of the linear predictor), or draws from the prior of one of the levels that have a
    coefficient, each as likely.

    Parameters
    ----------
    posterior : Posterior
    newdata : table, array, word or None
        Only new rows can have other levels.
    new_levels : {"raise", "reference", "average", "prior"}

    Returns
    -------
    newdata : Table, word or None
    posterior : Posterior
        The same where all levels are known; else with a ``note`` of what was done.

    Raises
    ------
    DesignError
        If a level is not known and ``"raise"`` is asked for, it is inside a group-level term, or
        the prior of the term is flat.
    MethodRefused
        If draws from the prior are to be put into a point estimate.
    """
    if new_levels not in NEW_LEVELS:
        raise DesignError(
            f"new_levels={quoted(new_levels)} is not known; expected one of {listing(NEW_LEVELS)}; "
            "choose one of them." + nearest(str(new_levels), NEW_LEVELS)
        )
    design = posterior.model.design
    if newdata is None or isinstance(newdata, str):
        return newdata, posterior
    table = design.read_rows(newdata)
    found = unseen(design, table)
    if not found:
        return table, posterior
    if new_levels == "raise":
        _refuse(posterior, table, tuple(found))
    inside = {name for group in design.groups for name in group.recipe.variables}
    for name in found:
        if name in inside:
            raise DesignError(
                f"new_levels={new_levels!r} meets a new level of {name!r}, {found[name][0]!r}, "
                "whose effects also differ between groups; expected a factor that only has "
                "coefficients of its own; leave such rows out"
            )
    wider, alike = opened(design, tuple(found))
    model = replace(posterior.model, design=wider, family=_family(posterior, alike))
    fitted, layout = posterior.layout, replace(posterior, model=model).layout
    columns = _Places(fitted.columns), _Places(layout.columns)
    draws = posterior.outcome.draws
    more = np.empty((*draws.shape[:2], len(layout.names)))
    known = {name: k for k, name in enumerate(layout.names)}
    more[:, :, [known[name] for name in fitted.names]] = draws
    width, taken = len(design.fixed.names), _Taken(posterior, new_levels)
    for k, columns_of_known in enumerate(alike):
        for turn, place in enumerate(columns[1].of(width + k)):
            sources = [(columns[0].of(one.column)[turn], one) for one in columns_of_known]
            more[:, :, place] = taken(sources)
    outcome = replace(posterior.outcome, draws=more, gaussian=None)
    note = _note(posterior, found, new_levels)
    return table, replace(posterior, model=model, outcome=outcome, note=note)


class _Places:
    """Where the coefficients of each column of a design are."""

    def __init__(self, columns: tuple[int, ...]) -> None:
        self._columns = np.array(columns)

    def of(self, column: int) -> list[int]:
        """Return the positions of its coefficients, in the order of classes or boundaries."""
        return [int(i) for i in np.flatnonzero(self._columns == column)]


class _Taken:
    """What the coefficients of a new level are taken from."""

    def __init__(self, posterior: Posterior, how: str) -> None:
        self._draws, design = posterior.outcome.draws, posterior.model.design
        self._how, self._factors = how, categories(design)
        if how == "average":
            self._shares = share_of_levels(design, posterior.model.frequencies)
        if how == "prior":
            refuse_point(posterior, "a coefficient drawn from its prior")
            rng = np.random.default_rng([posterior.seed or 0, _SEED])
            size = posterior.n_draws
            # One level for each draw, so that all coefficients of the draw are of the same one.
            self._picked = {
                number: np.array(_with_coefficient(factor))[
                    rng.integers(len(_with_coefficient(factor)), size=size)
                ]
                for number, factor in self._factors.items()
            }
            self._prior = posterior.model.prior
            self._sample = _proper(self._prior).sample(rng, size)

    def __call__(self, sources: list[tuple[int, Alike]]) -> np.ndarray:
        """Return draws of a coefficient, (chains, draws).

        Parameters
        ----------
        sources : list of (int, Alike)
            The coefficients of known levels in its place, with these levels.
        """
        shape = self._draws.shape[:2]
        total = np.zeros(shape)
        for place, alike in sources:
            if self._how == "prior":
                weight = np.all([self._picked[n] == j for n, j in alike.levels.items()], axis=0)
                if self._prior.flat[place]:
                    name = self._prior.names[place]
                    raise DesignError(
                        f"new_levels='prior' asks for draws from the prior of {name!r}, which is "
                        "flat; expected a prior that can be drawn from; give the term one, such as "
                        "Normal(0, 1), or take new_levels='average'"
                    )
                total += (weight * self._sample[place]).reshape(shape)
                continue
            if self._how == "average":
                parts = [self._shares[n][j] for n, j in alike.levels.items()]
            else:
                parts = [
                    float(self._factors[n].levels[j] == self._factors[n].reference)
                    for n, j in alike.levels.items()
                ]
            total += float(np.prod(parts)) * self._draws[:, :, place]
        return total


def _with_coefficient(factor: Category) -> list[int]:
    return factor.kept(False) or factor.kept(True)


def _proper(prior: CoefficientPrior) -> CoefficientPrior:
    """Return a prior with a density to draw from in place of each flat one, which is not used."""
    parts = tuple((index, part if part.proper else Normal(0.0, 1.0)) for index, part in prior.parts)
    return replace(prior, parts=parts)


def _family(posterior: Posterior, alike: tuple[tuple[Alike, ...], ...]) -> Any:
    """Return the family, with slopes of new levels that differ where those of others do."""
    family: Any = posterior.model.family
    width = len(posterior.model.design.fixed.names)
    partial = tuple(
        width + k
        for k, ones in enumerate(alike)
        if family.partial and all(one.column in family.partial for one in ones)
    )
    return replace(family, partial=family.partial + partial) if partial else family


def _refuse(posterior: Posterior, table: Table, names: tuple[str, ...]) -> None:
    """Raise what coding the rows raises, with the other ways to take them."""
    factors = categories(posterior.model.design).values()
    factor = next(factor for factor in factors if factor.column in names)
    try:
        factor.code(table)
    except DesignError as error:
        raise DesignError(
            f"{error} Or take such levels as the reference level, as the mean over the levels, or "
            "as drawn from the prior: new_levels='reference', 'average' or 'prior' (on the command "
            "line --new-levels)."
        ) from None


def _note(posterior: Posterior, found: dict[str, tuple[str, ...]], how: str) -> str:
    """Return what was done about levels that are not known, in a sentence."""
    references = {f.column: f.reference for f in categories(posterior.model.design).values()}
    texts = []
    for name, levels in found.items():
        texts.append(f"{name} = {listing(levels, 5)}")
        if how == "reference":
            texts[-1] += f" as {references[name]!r}"
    taken = {
        "reference": "taken as the reference level",
        "average": "given the mean over the levels, as often as they were fitted",
        "prior": "given coefficients drawn from the prior of a level",
    }[how]
    return f"levels that were not fitted are {taken}: {', '.join(texts)}"
