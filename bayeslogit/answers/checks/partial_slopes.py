"""One slope for all boundaries of ordered classes against slopes of their own, by leave-one-out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from bayeslogit.errors import DesignError
from bayeslogit.specification.partial import relaxed

if TYPE_CHECKING:
    from bayeslogit.answers.comparison.elpd import Comparison
    from bayeslogit.model import Model

__all__ = ["cases", "compare_slopes"]

# Cases that are left out one by one; a table of more is left out row by row.
_MOST_CASES = 100_000


def cases(model: Model) -> Model:
    """Return the same model with one row for each case, where weights are whole numbers.

    The posterior is the same, but one case at a time can then be left out: a row that stands for
    many is nothing that anybody would predict without the rest of its kind.
    """
    from bayeslogit.specification.subset import on_rows

    weights = model.weights
    if weights is None or np.any(weights != np.floor(weights)) or weights.sum() > _MOST_CASES:
        return model
    rows = np.repeat(np.arange(len(weights)), weights.astype(np.int64))
    return on_rows(replace(model, weights=None), rows)


def compare_slopes(model: Model, terms: Sequence[str] | None, **options: Any) -> Comparison:
    """Fit a model with one slope for all boundaries and with slopes of their own, and compare.

    Where whole weights say how many cases a row stands for, one case is left out at a time.

    Parameters
    ----------
    model : Model
        Ordinal, without terms of which slopes differ already.
    terms : sequence of str, optional
        Whose slopes may differ; all by default.
    **options
        Of :meth:`Model.fit`.
    """
    from bayeslogit.answers.comparison.compare import compare

    chosen = list(model.design.groups) if terms is None else list(terms)
    if model.family.partial:
        raise DesignError(
            "slopes of the model differ between boundaries already (partial=), and loo=True came "
            "with it; expected a model with one slope for all; build it without partial="
        )
    one, own = cases(model), cases(relaxed(model, chosen))
    fits = {"one slope": one.fit(**options), "own slopes": own.fit(**options)}
    return compare(fits, progressbar=options.get("progressbar", True))
