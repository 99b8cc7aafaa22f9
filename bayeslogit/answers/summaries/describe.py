"""A model in words: its parts, its priors, and what they imply for probabilities."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from statistics import NormalDist

import numpy as np

from bayeslogit.answers.summaries.coefficients import diagnostics
from bayeslogit.answers.summaries.groups import group_lines
from bayeslogit.errors import listing
from bayeslogit.families import LINKS
from bayeslogit.posterior.posterior import Posterior
from bayeslogit.posterior.rows import fitted_rows, typical_rows
from bayeslogit.priors import CoefficientPrior
from bayeslogit.response import Response
from bayeslogit.response.wording import heading, outcome_in_words
from bayeslogit.specification.density import Likelihood
from bayeslogit.specification.prior_draws import prior_draws
from bayeslogit.specification.specification import Specification
from bayeslogit.specification.unobserved_levels import notes
from bayeslogit.text import in_width, one_line, pad, width

__all__ = ["describe", "describe_fit"]

_MOST_SHOWN = 30
_LONGEST_FORMULA = 1000
_ROOM = 120  # places of a line, however narrow the terminal is
_MOST_VALUES = 5_000_000  # of draws of the prior
# More coefficients than this that share a learned scale are one line.
_LONG_RUN = 8


_TITLES = {
    "bernoulli": "logistic",
    "beta_binomial": "beta-binomial",
    "cumulative": "cumulative ordinal",
    "sequential": "sequential ordinal",
    "adjacent": "adjacent-category ordinal",
    "conditional": "conditional logistic",
}


def _quantile_text(values: np.ndarray) -> str:
    return " / ".join(f"{v:.3g}" for v in values)


def _drawn(prior: CoefficientPrior, most: int) -> np.ndarray:
    """Return draws of the prior, (coefficients, draws); fewer of very many coefficients."""
    few = max(2_000, _MOST_VALUES // prior.size)
    draws: np.ndarray = prior.sample(np.random.default_rng(0), min(most, few))
    return draws


def _implied(
    prior: CoefficientPrior, direction: np.ndarray, draws: np.ndarray | None
) -> np.ndarray:
    """Return the 5, 50 and 95 % quantiles of ``direction @ theta`` under the prior.

    Parameters
    ----------
    prior : CoefficientPrior
    direction : ndarray, shape (coefficients,)
    draws : ndarray, shape (coefficients, draws), or None
        Of a prior that is no Gaussian.
    """
    if draws is None:
        center, spread = prior.combination(direction)
        quantiles: np.ndarray = center + spread * NormalDist().inv_cdf(0.95) * np.array([-1, 0, 1])
    else:
        quantiles = np.quantile(direction @ draws, [0.05, 0.5, 0.95])
    return quantiles


def describe(specification: Specification) -> str:
    """Return the model in words: outcome, references, priors and what the priors imply."""
    m = specification
    design, response, family, prior = m.design, m.response, m.family, m.prior
    title = _TITLES.get(family.name, family.name)
    words = outcome_in_words(response)
    if len(response.classes) == 2 and not family.coupled:
        words = f"P({words})"
    terms = design.formula or " + ".join(design.fixed.terms) or "1"
    among = response.alternatives
    terms = terms if among is None else among.formula
    title = title if among is None else "conditional logit"
    lines = [
        f"Bayesian {title} model ({family.link} link) of {words}",
        *_wrapped(f"{response.name} ~ {terms}"),
        f"  rows        {_rows_in_words(m)}",
    ]
    lines += _sets_in_words(response)
    lines += [f"  note        {note.sentence.split('; ')[0]}" for note in notes(m)]
    if response.case_control:
        lines.append("  sample      cases and controls apart: risks need the prevalence")
    if m.dropped:
        lines.append(f"  dropped     {m.dropped} rows with a missing value")
    if m.weights is not None:
        what = "set" if family.coupled else "row"
        lines.append(f"  weights     frequency weights multiply each {what}'s log-likelihood")
    if m.offset is not None:
        lines.append("  offset      a known part of the linear predictor")
    if design.shift is not None:
        far = [design.names[j] for j in np.flatnonzero(design.shift)]
        lines.append(f"  far         computed with a number subtracted from {listing(far)}")
    for factor, level in design.references.items():
        lines.append(f"  reference   {factor} = {level}")
    lines.append("  priors      (on the raw columns, in units of the linear predictor)")
    shown = _joined(prior, m.fixed_layout.given)
    places = min(max(width(one_line(name)) for name, _ in shown), _ROOM // 2)
    for name, text in shown[:_MOST_SHOWN]:
        lines.append(f"    {pad(one_line(name), places)}  {text}")
    if len(shown) > _MOST_SHOWN:
        lines.append(f"    ... and {len(shown) - _MOST_SHOWN} more")
    if prior.joint is not None:
        lines += [f"    stated: {text}" for text in prior.joint.stated]
    if prior.default:
        lines.append("    (the default: sd 2.5 per predictor sd; give priors= to choose)")
    lines += group_lines(m)
    lines += _implications(m)
    return "\n".join(part for line in lines for part in in_width(line, most=_ROOM))


def _wrapped(formula: str) -> list[str]:
    """Return a formula in lines; one that nobody reads to the end is cut."""
    if len(formula) > _LONGEST_FORMULA:
        formula = f"{formula[:200]} ... ({len(formula):,} characters)"
    start = "  formula     "
    return textwrap.wrap(one_line(formula), 96, initial_indent=start, subsequent_indent=" " * 14)


def _joined(prior: CoefficientPrior, given: Mapping[int, np.ndarray]) -> list[tuple[str, str]]:
    """Return coefficients and priors in words, long runs that share a learned scale as one."""
    rows, found = prior.describe(given), []
    runs = {}
    for part in prior.learned:
        if len(part.index) > _LONG_RUN and np.all(np.diff(part.index) == 1):
            runs[int(part.index[0])] = int(part.index[-1])
    i = 0
    while i < len(rows):
        last = runs.get(i, i)
        name = rows[i][0] if last == i else f"{rows[i][0]} to {rows[last][0]}"
        found.append((name, rows[i][1]))
        i = last + 1
    return found


def _rows_in_words(m: Specification) -> str:
    """Return how many rows there are, and how many cases of each class: weights count."""
    response, counts = m.response, m.counts.sum(axis=0)
    if response.alternatives is not None:
        return f"{len(response.y)}: alternatives, {counts[1]:.10g} of them chosen"
    rows = f"{len(response.y)}: "
    if response.kind == "counts":
        return rows + f"{counts[1]:.10g} of {counts.sum():.10g} trials"
    if m.weights is not None or response.by_class:
        rows = f"{len(response.y)}, {counts.sum():.10g} cases: "
    if response.kind == "binary":
        one, other = response.classes[1], response.classes[0]
        return rows + f"{counts[1]:.10g} {one!r} (the event), {counts[0]:.10g} {other!r}"
    texts = [f"{n:.10g} {c!r}" for c, n in zip(response.classes, counts, strict=True)]
    if response.kind == "nominal":
        texts[0] += " (the reference)"
    return rows + ", ".join(texts)


def _sets_in_words(response: Response) -> list[str]:
    """Return how many rows matched sets have, or how often each alternative was chosen."""
    sets, among = response.sets, response.alternatives
    if sets is None:
        return []
    size = np.bincount(sets.codes)
    span = f"{size.min()}" if size.min() == size.max() else f"{size.min()} to {size.max()}"
    if among is None:
        return [f"  sets        of {sets.name}, with {span} rows each; no intercept: it cancels"]
    texts = [
        f"{one_line(name)} {np.sum(response.y[among.codes == k])} of {np.sum(among.codes == k)}"
        for k, name in enumerate(among.labels)
    ]
    return [
        f"  sets        of {sets.name}, with {span} alternatives each",
        *textwrap.wrap(
            ", ".join(texts[:_MOST_SHOWN]),
            96,
            initial_indent="  chosen      ",
            subsequent_indent=" " * 14,
        ),
    ]


def _implications(m: Specification) -> list[str]:
    response, family, prior = m.response, m.family, m.prior
    design, layout = m.design.fixed, m.fixed_layout
    if not prior.proper:
        return ["  implied     nothing before the data: a prior is flat"]
    lines = ["  implied     before the data, as 5 / 50 / 95 % quantiles"]
    X, offset = typical_rows(fitted_rows(m), m.design).coded(design)
    drawn = None if prior.gaussian else _drawn(prior, 100_000)
    if family.bounded:
        drawn = prior_draws(m, np.random.default_rng(0), 2_000)
    mean_row, offset = X[0], np.zeros(1) if offset is None else offset
    if len(response.classes) == 2 and not family.coupled:
        direction = np.zeros(prior.size)
        direction[: mean_row.size] = mean_row
        prob = LINKS[family.link].prob(offset + _implied(prior, direction, drawn))
        lines.append(f"    probability at the mean row: {_quantile_text(prob)}")
        if family.arrangement == "dispersed":
            ratio = np.exp(_implied(prior, np.eye(prior.size)[-1], drawn)[::-1])
            text = _quantile_text(1.0 / (1.0 + ratio))
            lines.append(f"    correlation of two trials of a row: {text}")
    elif not family.coupled:
        theta = _drawn(prior, 20_000)
        rows = Likelihood(family, mean_row[None], np.empty((1, 0)), offset, basis=layout.basis)
        probs = family.probabilities(rows.eta(theta))[:, 0]
        for name, draws in zip(response.classes, probs, strict=True):
            text = _quantile_text(np.quantile(draws, [0.05, 0.5, 0.95]))
            lines.append(f"    probability of {name} at the mean row: {text}")
    cases = m.frequencies
    middle = cases @ design.X / cases.sum()
    spread = np.sqrt(cases @ (design.X - middle) ** 2 / cases.sum())
    link = LINKS[family.link]
    word = link.exponential.replace("_", " ") or "change of the linear predictor"
    if link.coefficient != "coefficient":
        word = link.coefficient
    bent = {j for curve in design.curves.values() for j in curve.columns}
    for i in [i for i in layout.slopes if layout.columns[i] not in bent][:_MOST_SHOWN]:
        direction = np.zeros(prior.size)
        direction[i] = spread[layout.columns[i]] or 1.0
        quantiles = _implied(prior, direction, drawn)
        if link.exponential:
            with np.errstate(over="ignore"):
                quantiles = np.exp(quantiles)
        lines.append(f"    {word} per sd of {layout.names[i]}: {_quantile_text(quantiles)}")
    return lines


def describe_fit(posterior: Posterior) -> str:
    """Return a fit in words: the outcome, the method, its draws and their health."""
    chains, draws = posterior.outcome.draws.shape[:2]
    response = posterior.model.response
    shape = "one point" if posterior.point else f"{chains} chains x {draws} draws"
    lines = [
        f"Fit of {heading(response) or response.name} by {posterior.method}: "
        f"{posterior.outcome.label}",
        f"  {shape}, seed {posterior.seed}, {posterior.seconds:.3g} s",
        f"  {diagnostics(posterior)}",
    ]
    if posterior.outcome.effects is not None:
        count = len(posterior.outcome.effects.mean)
        lines.append(
            f"  {count:,} effects of groups: moments and quantiles, no draws (keep='scales')"
        )
    return "\n".join([*in_width(lines[0], most=_ROOM), *map(one_line, lines[1:])])
