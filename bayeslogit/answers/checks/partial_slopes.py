"""One slope for all boundaries of ordered classes against slopes of their own, by leave-one-out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from bayeslogit.answers.comparison.compared import Comparison, compared
from bayeslogit.errors import DesignError
from bayeslogit.inference.run import run
from bayeslogit.posterior.posterior import Posterior
from bayeslogit.specification.partial import relaxed
from bayeslogit.specification.specification import Specification
from bayeslogit.specification.subset import on_rows

__all__ = ["cases", "compare_slopes"]

# Cases that are left out one by one; a table of more is left out row by row.
_MOST_CASES = 100_000


def cases(specification: Specification) -> Specification:
    """Return the same model with one row for each case, where weights are whole numbers.

    The posterior is the same, but one case at a time can then be left out: a row that stands for
    many is nothing that anybody would predict without the rest of its kind.
    """
    weights = specification.weights
    if weights is None or np.any(weights != np.floor(weights)) or weights.sum() > _MOST_CASES:
        return specification
    rows = np.repeat(np.arange(len(weights)), weights.astype(np.int64))
    return on_rows(replace(specification, weights=None), rows)


def compare_slopes(
    specification: Specification, terms: Sequence[str] | None, **options: Any
) -> Comparison:
    """Fit a model with one slope for all boundaries and with slopes of their own, and compare.

    Where whole weights say how many cases a row stands for, one case is left out at a time.

    Parameters
    ----------
    specification : Specification
        Ordinal, with one slope for all boundaries.
    terms : sequence of str, optional
        Whose slopes may differ; all by default.
    **options
        Of :func:`bayeslogit.inference.run.run`.

    Raises
    ------
    DesignError
        If slopes of the model differ between boundaries already.
    """
    chosen = list(specification.design.term_columns) if terms is None else list(terms)
    if specification.family.partial:
        raise DesignError(
            "slopes of the model differ between boundaries already (partial=), so loo=True has "
            "nothing to compare; expected a model with one slope for all; build it without partial="
        )
    models = {"one slope": specification, "own slopes": relaxed(specification, chosen)}
    by_case = {name: cases(model) for name, model in models.items()}
    fits = {name: Posterior(model, *run(model, **options)) for name, model in by_case.items()}
    return compared(fits, progressbar=options.get("progressbar", True))
