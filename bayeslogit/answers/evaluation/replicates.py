"""One forecast of an event beside what happened, and replicates that carry the uncertainty.

The posterior is for the population that the cases are a sample of, by random weights on the
cases (Rubin 1981, doi:10.1214/aos/1176345338), or for the coefficients, by the draws.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from bayeslogit.answers.evaluation.cross_validation import LeftOut, Ranking
from bayeslogit.answers.evaluation.forecasting import Forecasting, event_code
from bayeslogit.answers.evaluation.forecasts import Forecasts, asked, unless_rounding
from bayeslogit.errors import ResponseError
from bayeslogit.numerics.intervals import Settings
from bayeslogit.posterior.interval_summary import summarise
from bayeslogit.posterior.posterior import Posterior
from bayeslogit.specification.density import Likelihood

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Replicated", "framed", "replicate"]

_REPLICATES = 1000
_LEAST_REPLICATES = 100
_MOST_VALUES = 50_000_000


@dataclass(frozen=True, eq=False)
class Replicated:
    """One forecast of an event, what happened, and replicates that carry the uncertainty.

    Parameters
    ----------
    posterior : Posterior
        The posterior that the forecast is by.
    forecasts : Forecasts
        Of all classes, with the cases they are of.
    prob : ndarray, shape (cells,)
        Forecast probability of the event.
    failures, successes : ndarray, shape (cells,)
        Weighted cases.
    name : str
        Which forecast figures are of: ``"in_sample"``, ``"corrected"`` or ``"new_data"``.
    spread : {"cases", "draws", "both"}
        What differs between replicates; see :meth:`each`.
    seed : list of int
        Ends with the code of the event.
    settings : Settings
    most : int
        Replicates at most.
    sampled : tuple of ndarray, shape (cells,), optional
        Of a population: failures and successes in the sample, which are what replicates vary;
        ``failures`` and ``successes`` then weigh them as the population has them.
    """

    posterior: Posterior
    forecasts: Forecasts
    prob: np.ndarray
    failures: np.ndarray
    successes: np.ndarray
    name: str
    spread: str
    seed: Any
    settings: Settings
    most: int = _REPLICATES
    sampled: tuple[np.ndarray, np.ndarray] | None = None

    @cached_property
    def left(self) -> LeftOut | None:
        """Forecasts of cases that were left out, where figures are corrected by them."""
        left, counts = self.forecasts.left, self.forecasts.counts
        ranking = Ranking.of_class(self.code, counts.shape[1])
        return None if left is None else left.of(ranking, counts)

    def figures(
        self,
        own: np.ndarray,
        corrected: np.ndarray | None,
        replicates: np.ndarray,
        most: float = 1.0,
        least: float = 0.0,
    ) -> dict[str, np.ndarray]:
        """Return estimate, sd, bounds, and where they are corrected in-sample and optimism.

        Parameters
        ----------
        own : ndarray, shape (figures,)
            Of the forecasts of the cases as they are.
        corrected : ndarray of shape (figures,), or None
            Of cases that were left out.
        replicates : ndarray, shape (figures, replicates)
            Like ``own``; moved by the optimism, within ``least`` and ``most``.
        most, least : float
        """
        if corrected is not None:
            corrected = unless_rounding(corrected, own)
            replicates = np.clip(replicates + (corrected - own)[:, None], least, most)
        columns = summarise(replicates, self.settings, null=None)
        columns["estimate"] = own if corrected is None else corrected
        if corrected is not None:
            columns |= {"in_sample": own, "optimism": own - corrected}
        return columns

    @property
    def code(self) -> int:
        """Code of the class that counts as the event."""
        return int(self.seed[-1])

    @property
    def number(self) -> int:
        """How many replicates there are."""
        most = min(self.most, max(_LEAST_REPLICATES, _MOST_VALUES // len(self.prob)))
        return most if self.spread == "cases" else min(most, self.posterior.n_draws)

    def each(self) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Yield probabilities, failures and successes (cells,) of every replicate."""
        cases = self.forecasts.cases
        rng = np.random.default_rng(self.seed)
        picked = np.linspace(0, self.posterior.n_draws - 1, self.number).round().astype(np.intp)
        code, model = self.code, self.posterior.model
        likelihood = Likelihood(
            model.family, cases.X, cases.counts, cases.offset, basis=model.layout.basis
        )
        done = 0
        while done < self.number:
            prob, failures, successes = self.prob, self.failures, self.successes
            if self.spread != "draws" and self.sampled is None:
                failures, successes = (rng.standard_gamma(v) for v in (failures, successes))
            if self.sampled is not None:
                failures, successes = self._of_population(rng, int(picked[done]))
            if self.spread != "cases":
                eta = likelihood.eta(self.posterior.theta[:, [picked[done]]])
                prob = model.family.probabilities(eta)[code, :, 0]
            done += 1
            if failures.sum() > 0 and successes.sum() > 0:
                yield prob, failures, successes

    def _of_population(self, rng: np.random.Generator, draw: int) -> tuple[np.ndarray, np.ndarray]:
        """Return failures and successes (cells,) of one replicate of a population.

        Cases and controls were sampled apart, so each are varied among themselves, and their
        shares are those of a draw of the prevalence.
        """
        assert self.sampled is not None
        assert self.posterior.population is not None
        share = float(self.posterior.population.shares[self.code, draw])
        found = []
        for own, seen, part in zip(
            (self.failures, self.successes), self.sampled, (1.0 - share, share), strict=True
        ):
            ratio = np.divide(own, seen, out=np.zeros_like(own), where=seen > 0.0)
            varied = ratio * (seen if self.spread == "draws" else rng.standard_gamma(seen))
            total = varied.sum()
            found.append(varied * (part / total) if total > 0.0 else varied)
        return found[0], found[1]


def replicate(posterior: Posterior, **options: Unpack[Forecasting]) -> Replicated:
    """Return the forecast of an event with replicates that carry its uncertainty.

    Parameters
    ----------
    posterior : Posterior
    **options
        See :class:`Forecasting`.

    Raises
    ------
    DesignError
        If an option, the event or the kind of spread is unknown.
    MethodRefused
        If a point estimate is to have a spread over draws.
    ResponseError
        If the event never occurs, or nothing else does.
    """
    forecasts, spread, seed = asked(posterior, **options)
    code = event_code(posterior, options.get("event"))
    yes = forecasts.counts[:, code]
    if not yes.any():
        response = posterior.model.response
        raise ResponseError(
            f"no row that counts has the class {response.classes[code]!r} of the outcome "
            f"{response.name!r}; expected some, because nothing can be told apart otherwise; name "
            "another class as event=, or add rows"
        )
    sampled = None
    if posterior.population is not None and forecasts.name != "new_data":
        counts = forecasts.cases.counts
        sampled = counts.sum(axis=1) - counts[:, code], counts[:, code]
    return Replicated(
        posterior,
        forecasts,
        forecasts.prob[code],
        forecasts.counts.sum(axis=1) - yes,
        yes,
        forecasts.name,
        spread,
        [*seed, code],
        Settings.of(options),
        sampled=sampled,
    )


def framed(table: pd.DataFrame, replicated: Replicated, column: str = "estimate") -> pd.DataFrame:
    """Return a table of figures with the estimate first and its ``attrs`` filled.

    Parameters
    ----------
    table : pandas.DataFrame
    replicated : Replicated
        What the figures are of.
    column : str
        The one that is corrected, if figures are.
    """
    if "estimate" in table:
        others = [c for c in table.columns if c != "estimate"]
        table = table[["estimate", *others]]
    table.attrs.update(
        replicated.posterior.attrs
        | {
            "forecast": replicated.name,
            "which": replicated.forecasts.which(column),
            "spread_over": replicated.spread,
        }
    )
    return table
