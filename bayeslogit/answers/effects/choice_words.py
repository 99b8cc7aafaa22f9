"""Effects on choices in sentences."""

from __future__ import annotations

from bayeslogit.errors import DesignError, listing, nearest
from bayeslogit.numerics.intervals import Settings
from bayeslogit.posterior.interval_summary import exponential, summarise
from bayeslogit.posterior.posterior import Posterior
from bayeslogit.text import figures, one_line

__all__ = ["choices_in_words"]


def choices_in_words(posterior: Posterior, variables: object, settings: Settings) -> str:
    """Return odds ratios of choices as sentences, a line each.

    Parameters
    ----------
    posterior : Posterior
        Of a model of choices.
    variables : None, str or list of str
        Columns of the design; all but intercepts by default.
    settings : Settings
        Of the intervals.

    Raises
    ------
    DesignError
        If a name is not one of them.
    """
    model = posterior.model
    layout, among = model.layout, model.response.alternatives
    assert among is not None
    columns = {i: model.design.names[layout.columns[i]] for i in layout.slopes}
    known = tuple(dict.fromkeys(columns.values()))
    names = [variables] if isinstance(variables, str) else list(variables or known)  # type: ignore[call-overload]
    for name in names:
        if name not in known:
            raise DesignError(
                f"{name!r} has no sentence in this model of choices; expected some of "
                f"{listing(known)}; name one of them.{nearest(str(name), known)}"
            )
    lines = []
    for i in [i for i in columns if columns[i] in names]:
        found = summarise(exponential(posterior.theta[i]), settings, median=True, null=None)
        own = [float(found[k]) for k in ("estimate", *settings.names) if k in found]
        estimate, *ends = figures(*own, null=1.0, least=2)
        span = (
            f"{100 * settings.prob:.6g} % interval {ends[0]} to {ends[1]}"
            if ends
            else ("a point estimate")
        )
        k = layout.alternatives[i]
        what = "an alternative over another"
        if k:
            what = f"{among.labels[k]} over {among.labels[0]}"
        start = columns[i][:1].upper() + columns[i][1:]
        lines.append(
            f"{start}: the odds of choosing {what} multiply by {estimate} ({span}) per unit"
        )
    return "\n".join(map(one_line, lines))
