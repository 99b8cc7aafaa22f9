"""Estimands: what is averaged over rows, under which changes, and how it is compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from bayeslogit.answers.effects.contrasts import Contrast
from bayeslogit.answers.effects.measures import Measure
from bayeslogit.answers.prediction.changes import Change, Scenario
from bayeslogit.answers.prediction.class_quantities import Quantity, quantity_of
from bayeslogit.errors import DesignError, listing, nearest
from bayeslogit.posterior.posterior import Posterior
from bayeslogit.posterior.trials import TRIALS
from bayeslogit.tables.table import Table

__all__ = ["KINDS", "Estimand", "Measured", "estimand_of", "measured_of"]

KINDS = ("probability", "cumulative", "exceedance", "mean", "odds", "count", "linear")
_SUMS = ("cumulative", "exceedance", "mean")
_CHANCES = ("probability", "cumulative", "exceedance")


@dataclass(frozen=True, eq=False)
class Measured:
    """The quantity that is averaged over rows and then compared.

    Parameters
    ----------
    kind : str
        One of :data:`KINDS`.
    of : Quantity or None
        The function of class probabilities, where it is not a probability itself.
    labels : tuple of str, or None
        The classes that there is a value for; None for one value.
    """

    kind: str
    of: Quantity | None
    labels: tuple[str, ...] | None

    def scenarios(
        self, changes: tuple[Change, ...], quantity: str = "probability", factor: Any = None
    ) -> list[Scenario]:
        """Return what is added up over rows under changes; odds take a complement more.

        Parameters
        ----------
        changes : tuple of Change
        quantity : {"probability", "complement", "log"}
            Of the quantity itself, one minus it, or its logarithm.
        factor : callable, optional
            As in :class:`Scenario`.
        """
        if self.kind == "linear":
            quantity = "linear"
        if self.kind == "count":
            own = factor

            def factor(table: Table) -> np.ndarray:
                trials: np.ndarray = table[TRIALS]
                return trials if own is None else trials * own(table)

        found = [Scenario(changes, quantity, factor, self.of)]
        if self.kind == "odds":
            found.append(Scenario(changes, "complement", factor, self.of))
        return found

    def refuse_measure(self, measure: Measure) -> None:
        """Refuse a comparison that the quantity does not have.

        Parameters
        ----------
        measure : Measure

        Raises
        ------
        DesignError
        """
        if measure.odds and self.kind not in _CHANCES:
            raise DesignError(
                f"comparison={measure.name!r} does not suit kind={self.kind!r}, which is no "
                f"probability; expected one of {listing(_CHANCES)} with it; choose one of them, or "
                "comparison='difference'"
            )
        if self.kind == "linear" and measure.name != "difference":
            raise DesignError(
                f"comparison={measure.name!r} does not suit kind='linear', whose zero means "
                "nothing; expected comparison='difference'; choose it, or kind='probability'"
            )
        if measure.name == "nnt" and self.kind not in _CHANCES:
            raise DesignError(
                f"comparison='nnt' does not suit kind={self.kind!r}, which is no probability; "
                f"expected one of {listing(_CHANCES)} with it; choose one of them, or "
                "comparison='difference'"
            )

    def refuse_slope(self, slope: str) -> None:
        """Refuse a slope that the quantity does not have.

        Parameters
        ----------
        slope : str
            A word of ``slope=``.

        Raises
        ------
        DesignError
        """
        if self.kind == "odds":
            raise DesignError(
                "kind='odds' has no slope of its own, because odds multiply; expected "
                f"one of {listing([k for k in KINDS if k != 'odds'])}; choose one of them, or ask "
                "for comparisons(comparison='odds_ratio')"
            )
        if slope in ("eyex", "eydx") and self.kind not in (*_CHANCES, "mean"):
            raise DesignError(
                f"slope={slope!r} does not suit kind={self.kind!r}; expected one of "
                f"{listing([*_CHANCES, 'mean'])} with it; choose one of them, or slope='dydx'"
            )


def measured_of(posterior: Posterior, kind: str, scores: Any = None) -> Measured:
    """Return the quantity of a kind, or refuse one that the model does not have.

    Parameters
    ----------
    posterior : Posterior
    kind : str
        One of :data:`KINDS`.
    scores : sequence or mapping, optional
        A number for each class, for ``"mean"``.

    Raises
    ------
    DesignError
    """
    if kind not in KINDS:
        raise DesignError(
            f"kind={kind!r} is not a scale of effects; expected one of {listing(KINDS)}; "
            "choose one of them." + nearest(kind, KINDS)
        )
    model = posterior.model
    if kind == "linear" and posterior.several:
        raise DesignError(
            f"kind='linear' does not suit the {model.family.name} family, which has "
            f"{model.family.n_eta} linear predictors a row; expected kind='probability'; "
            "predict(kind='linear') gives what there is for each row"
        )
    if kind in _SUMS or scores is not None:
        quantity = quantity_of(kind, model.response, scores)
        return Measured(kind, quantity, quantity.labels)
    return Measured(kind, None, posterior.classes if posterior.several else None)


@dataclass(frozen=True, eq=False)
class Estimand:
    """An estimand: scenarios, and how they combine into effects.

    Parameters
    ----------
    scenarios : list of Scenario
        One for each prediction; for a measure a pair for each effect, high and low, and as many
        of the complements for odds.
    columns : dict of str to list
        What names the effects, one entry for each.
    measure : Measure or None
        How pairs are compared; None for predictions as they are.
    measured : Measured
        What is compared. Each prediction of odds has a second scenario, its complement.
    """

    scenarios: list[Scenario]
    columns: dict[str, list[Any]]
    measure: Measure | None
    measured: Measured

    @property
    def null(self) -> float:
        """The value between which and an effect there is nothing: one for ratios and odds."""
        if self.measure is None:
            return 1.0 if self.measured.kind == "odds" else 0.0
        return self.measure.null

    @property
    def median(self) -> bool:
        """Whether the posterior is summarised by its median: ratios may have no mean."""
        return self.measured.kind == "odds" or (self.measure is not None and self.measure.median)

    def combine(self, values: np.ndarray) -> np.ndarray:
        """Return effects from quantities of the scenarios, (effects, classes, cells, draws)."""
        if self.measured.kind == "odds":
            with np.errstate(divide="ignore"):
                values = values[0::2] / values[1::2]
        if self.measure is None:
            return values
        halves = values.reshape(-1, 4 if self.measure.odds else 2, *values.shape[1:])
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            result = self.measure.combine(*(halves[:, i] for i in range(halves.shape[1])))
        wrong = np.isnan(result)
        if wrong.any():
            raise self._undefined("0 / 0", "both probabilities are", wrong)
        wrong = np.isinf(result)
        if wrong.any() and not self.median:  # a mean does not pass over infinite draws
            raise self._undefined("infinite", "a probability is", wrong)
        return result

    def _undefined(self, what: str, because: str, wrong: np.ndarray) -> DesignError:
        assert self.measure is not None
        return DesignError(
            f"the {self.measure.name} is {what} in {int(wrong.sum())} of {wrong.size} draws, "
            f"because {because} 0 or 1 to machine precision; expected probabilities away from 0 "
            "and 1; ask for comparison='difference', or give the coefficients a tighter prior"
        )


def estimand_of(
    contrasts: Sequence[Contrast],
    measure: Measure,
    measured: Measured,
    *,
    cross: bool = False,
    quantity: str = "probability",
    relative: bool = False,
    label: str = "",
) -> Estimand:
    """Return the estimand of contrasts.

    Parameters
    ----------
    contrasts : sequence of Contrast
    measure : Measure
        How the two states are compared.
    measured : Measured
        What is compared.
    cross : bool
        Whether predictors change together: one contrast of each, in every combination.
    quantity : {"probability", "log"}
        What is differentiated, for slopes.
    relative : bool
        Whether a slope is by the logarithm of the predictor.
    label : str
        What a slope is called.

    Raises
    ------
    DesignError
        If one predictor is to change together with others.
    """
    joint: list[tuple[Contrast, ...]] = [(contrast,) for contrast in contrasts]
    if cross:
        by_term: dict[str, list[Contrast]] = {}
        for contrast in contrasts:
            by_term.setdefault(contrast.term, []).append(contrast)
        if len(by_term) < 2:
            raise DesignError(
                f"cross=True changes predictors together, and {next(iter(by_term))!r} is the only "
                "one; expected two or more; name them, for example variables=['x', 'z'], or leave "
                "cross out"
            )
        joint = list(product(*by_term.values()))
    scenarios: list[Scenario] = []
    for together in joint:
        highs = tuple(c.high for c in together if c.high is not None)
        lows = tuple(c.low for c in together if c.low is not None)
        factor = _per_distance(together[0], relative) if together[0].slope else None
        for state in (highs, lows):
            scenarios += measured.scenarios(state, quantity, factor)
        if measure.odds:
            for state in (highs, lows):
                scenarios += measured.scenarios(state, "complement")
    columns = {
        "term": [", ".join(c.term for c in one) for one in joint],
        "contrast": [
            ", ".join(c.label(label if c.slope else measure.operator) for c in one) for one in joint
        ],
    }
    return Estimand(scenarios, columns, measure, measured)


def _per_distance(contrast: Contrast, relative: bool) -> Any:
    def factor(table: Any) -> np.ndarray:
        top = table[contrast.term] if relative else 1.0
        return top / contrast.distance(table)

    return factor
