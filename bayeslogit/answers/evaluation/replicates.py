"""One forecast of an event beside what happened, and replicates that carry the uncertainty.

The posterior is for the population that the cases are a sample of, by random weights on the
cases (Rubin 1981, doi:10.1214/aos/1176345338), or for the coefficients, by the draws.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from bayeslogit.answers.evaluation.forecasts import Forecasts
from bayeslogit.errors import DesignError, listing, nearest
from bayeslogit.posterior.interval_summary import Settings, refuse_point
from bayeslogit.posterior.posterior import Pieces

__all__ = ["SPREADS", "Replicated", "event_code"]

SPREADS = ("cases", "draws", "both")
_REPLICATES = 1000
_LEAST_REPLICATES = 100
_MOST_VALUES = 50_000_000


@dataclass(frozen=True, eq=False)
class Replicated:
    """One forecast of an event, what happened, and replicates that carry the uncertainty.

    Parameters
    ----------
    pieces : Pieces
        The posterior that the forecast is by.
    prob : ndarray, shape (rows,)
        Forecast probability of the event.
    failures, successes : ndarray, shape (rows,)
        Weighted cases.
    name : str
        Which forecast it is: ``"in_sample"``, ``"loo"`` or ``"new_data"``.
    spread : {"cases", "draws", "both"}
        What differs between replicates; see :meth:`each`.
    seed : list of int
        Ends with the code of the event.
    settings : Settings
    most : int
        Replicates at most.
    sampled : tuple of ndarray, shape (rows,), optional
        Of a population: failures and successes in the sample, which are what replicates vary;
        ``failures`` and ``successes`` then weigh them as the population has them.
    """

    pieces: Pieces
    prob: np.ndarray
    failures: np.ndarray
    successes: np.ndarray
    name: str
    spread: str
    seed: Any
    settings: Settings
    most: int = _REPLICATES
    sampled: tuple[np.ndarray, np.ndarray] | None = None

    @classmethod
    def of(
        cls,
        pieces: Pieces,
        outcomes: Forecasts,
        *,
        event: Any,
        spread: str | None,
        settings: Settings,
        seed: Any,
    ) -> Replicated:
        """Choose the forecast and the event, and check how the uncertainty is to be had.

        Raises
        ------
        DesignError
            If the event or the kind of spread is unknown.
        MethodRefused
            If a spread over draws is asked of a point estimate.
        """
        spread = spread or "cases"
        if spread not in SPREADS:
            raise DesignError(
                f"spread={spread!r} is not known; expected one of {listing(SPREADS)}: over cases, "
                "over draws of the coefficients, or both; choose one of them."
                + nearest(spread, SPREADS)
            )
        last = outcomes.last
        if spread != "cases":
            refuse_point(pieces, f"spread={spread!r}")
            last = next(iter(outcomes.forecasts))
            if last == "new_data":
                raise DesignError(
                    f"spread={spread!r} came with new rows; expected spread='cases' there, or the "
                    "fitted rows; leave one out"
                )
        code = event_code(pieces, event)
        yes = outcomes.counts[:, code]
        sampled = None
        if pieces.origin is not None and last != "new_data":
            counts = pieces.sampled.counts
            sampled = counts.sum(axis=1) - counts[:, code], counts[:, code]
        return cls(
            pieces,
            outcomes.forecasts[last][code],
            outcomes.counts.sum(axis=1) - yes,
            yes,
            last,
            spread,
            [*np.atleast_1d(seed).tolist(), code],
            settings,
            sampled=sampled,
        )

    @property
    def code(self) -> int:
        """Code of the class that counts as the event."""
        return int(self.seed[-1])

    @property
    def number(self) -> int:
        """How many replicates there are."""
        most = min(self.most, max(_LEAST_REPLICATES, _MOST_VALUES // len(self.prob)))
        return most if self.spread == "cases" else min(most, self.pieces.draws)

    def each(self) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Yield probabilities, failures and successes (rows,) of every replicate."""
        rng = np.random.default_rng(self.seed)
        picked = np.linspace(0, self.pieces.draws - 1, self.number).round().astype(np.intp)
        code = self.code
        done = 0
        while done < self.number:
            prob, failures, successes = self.prob, self.failures, self.successes
            if self.spread != "draws" and self.sampled is None:
                failures, successes = (rng.standard_gamma(v) for v in (failures, successes))
            if self.sampled is not None:
                failures, successes = self._of_population(rng, int(picked[done]))
            if self.spread != "cases":
                eta = self.pieces.likelihood.eta(self.pieces.theta[:, [picked[done]]])
                prob = self.pieces.family.probabilities(eta)[code, :, 0]
            done += 1
            if failures.sum() > 0 and successes.sum() > 0:
                yield prob, failures, successes

    def _of_population(self, rng: np.random.Generator, draw: int) -> tuple[np.ndarray, np.ndarray]:
        """Return failures and successes (rows,) of one replicate of a population.

        Cases and controls were sampled apart, so each are varied among themselves, and their
        shares are those of a draw of the prevalence.
        """
        assert self.sampled is not None
        assert self.pieces.origin is not None
        share = float(self.pieces.origin.shares[self.code, draw])
        found = []
        for own, seen, part in zip(
            (self.failures, self.successes), self.sampled, (1.0 - share, share), strict=True
        ):
            ratio = np.divide(own, seen, out=np.zeros_like(own), where=seen > 0.0)
            varied = ratio * (seen if self.spread == "draws" else rng.standard_gamma(seen))
            total = varied.sum()
            found.append(varied * (part / total) if total > 0.0 else varied)
        return found[0], found[1]


def event_code(pieces: Pieces, event: Any) -> int:
    """Return the code of the class that counts as the event."""
    classes = pieces.response.classes
    if event is None:
        if pieces.several:
            raise DesignError(
                f"the outcome has the classes {listing(classes)} and none was named; expected the "
                "one that counts as the event, against all others; pass event="
            )
        return 1
    if str(event) not in classes:
        raise DesignError(
            f"event={event!r} is not among the classes of the outcome, which are "
            f"{listing(classes)}; name one of them." + nearest(event, classes)
        )
    return classes.index(str(event))
