"""The table of a fit for a publication: odds ratios by level, with events, side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from bayeslogit import tables
from bayeslogit.answers.summaries.coefficients import summary
from bayeslogit.answers.summaries.odds import odds_in_words
from bayeslogit.design.unseen import categories
from bayeslogit.errors import DesignError, quoted
from bayeslogit.families import LINKS
from bayeslogit.numerics.intervals import Interval
from bayeslogit.posterior.interval_summary import settings_of
from bayeslogit.posterior.posterior import Posterior
from bayeslogit.response.wording import outcome_in_words
from bayeslogit.specification.layout import LOG_PRECISION
from bayeslogit.specification.specification import Specification
from bayeslogit.text import estimate_text, figures

if TYPE_CHECKING:
    from bayeslogit.tables import Written

__all__ = ["table"]

_MOST_PRIORS = 12
# A row by what it is of: its heading, if it stands under one, and its name.
Key = tuple[str, str]


def table(
    posterior: Posterior,
    beside: Mapping[str, Posterior] | None = None,
    *,
    name: str = "this fit",
    per: Mapping[str, Any] | None = None,
    **interval: Unpack[Interval],
) -> Written:
    """Return the table of a fit for a publication: odds ratios, events by level, references.

    Parameters
    ----------
    posterior : Posterior
        The fit.
    beside : dict of str to Fit, optional
        Other fits of the same outcome and kind, by name, with columns beside those of this one.
    name : str
        Of this fit, where there are others.
    per : dict, optional
        Units of predictors, ``{"age": 10, "dose": "sd"}``, as in :func:`summary`.
    **interval
        ``ci_prob`` and ``ci_kind`` of the intervals; by default ArviZ's ``rcParams``.

    Returns
    -------
    bayeslogit.tables.Written
        It prints at the width of the terminal and shows in a notebook, and has ``to_markdown()``,
        ``to_latex()``, ``to_html()`` (for word processors too) and ``to_great_tables()``. A row for
        each coefficient but the intercept, with the median odds ratio and its interval (of other
        links than the logit the mean coefficient, of a point estimate the mode); levels of a
        factor, and of a column of 0 and 1, stand under its name with their cases and, of two
        classes, how many of these have the event. Notes name the method, priors and rows.

    Raises
    ------
    DesignError
        If fits are of different outcomes, or a unit is of no predictor.

    See Also
    --------
    summary : All figures of the coefficients, with diagnostics.
    report : A page about the fit.

    Notes
    -----
    Cases are the fitted ones, weights and trials counted.

    References
    ----------
    von Elm, E. et al. (2007). The Strengthening the Reporting of Observational Studies in
    Epidemiology (STROBE) statement. doi:10.1371/journal.pmed.0040296

    Examples
    --------
    >>> import bayeslogit as bl
    >>> births = bl.load_dataset("birthweight")
    >>> fit = bl.logistic("low ~ age + smoker", births, priors="flat").fit("map")
    >>> for row in fit.table(per={"age": 10}).rows:
    ...     print(row)
    ('age (per 10)', '59 / 189', '0.608')
    ('smoker', '', '')
    ('0', '29 / 115', '1 (reference)')
    ('1', '30 / 74', '2.00')
    """
    if beside is not None and not isinstance(beside, Mapping):
        raise DesignError(
            f"beside={quoted(beside)} is no dict of fits; expected a name for each; write for "
            "example beside={'adjusted': fit}"
        )
    if not isinstance(name, str):
        raise DesignError(
            f"name={quoted(name)} is no text; expected what this fit is called beside others; "
            "write for example name='crude'"
        )
    others = dict(beside or {})
    if name in others:
        raise DesignError(
            f"name={quoted(name)} is also a name in beside=; expected different ones; choose "
            "another name for this fit"
        )
    fits = {name: posterior} | others
    outcomes = {n: f"{fit.attrs['outcome']} ({fit.model.family.link})" for n, fit in fits.items()}
    for other, outcome in outcomes.items():
        if outcome != outcomes[name]:
            raise DesignError(
                f"{quoted(other)} is a fit of {outcome}, and {quoted(name)} of {outcomes[name]}; "
                "expected fits of one outcome and link; leave one out"
            )
    known = {column for fit in fits.values() for column in fit.model.design.columns}
    columns = [_Column(fit, _units(fit, per, known), interval) for fit in fits.values()]
    rows: dict[Key, None] = {}
    for column in columns:
        rows |= dict.fromkeys(column.rows)
    heads, spans, cells = [""], [("", 1)], []
    same = all(
        columns[0].cases.get(key, text) == text
        for column in columns
        for key, text in column.cases.items()
    )
    if same:
        cases = {key: text for column in columns for key, text in column.cases.items()}
        heads.append(columns[0].what)
        spans.append(("", 1))
        cells.append(cases)
    for label, column in zip(fits, columns, strict=True):
        if not same:
            heads.append(column.what)
            cells.append(column.cases)
        for part, texts in column.texts.items():
            heads.append(f"{part}: {column.head}" if part else column.head)
            cells.append(texts)
        spans.append((label, (not same) + len(column.texts)))
    lines, inner = _lines(rows, cells)
    shared = [note for note in columns[0].notes if all(note in c.notes for c in columns)]
    notes = shared + [
        f"{label}: {note}"
        for label, column in zip(fits, columns, strict=True)
        for note in column.notes
        if note not in shared
    ]
    response, link = posterior.model.response, LINKS[posterior.model.family.link]
    what = f"{link.coefficient.capitalize()}s: {outcomes[name]}"
    if link.exponential == "odds_ratio":
        what = f"Odds ratios ({odds_in_words(response, posterior.model.family)})"
    elif link.exponential:
        what = f"{link.exponential.replace('_', ' ').capitalize()}s: {outcomes[name]}"
    return tables.Written(
        tuple(heads),
        tuple(lines),
        what,
        tuple(notes),
        tuple(spans) if len(columns) > 1 else (),
        frozenset(inner),
    )


def _units(fit: Posterior, per: Any, known: set[str]) -> Any:
    """Return the units of the predictors of one fit, with names that no fit has."""
    if not isinstance(per, Mapping):
        return per
    own = fit.model.design.columns
    return {name: size for name, size in per.items() if name in own or name not in known}


def _lines(rows: Mapping[Key, None], cells: list[dict[Key, str]]) -> tuple[list[Any], set[int]]:
    """Return the rows of the table, headings put in, and which of them are indented."""
    lines: list[tuple[str, ...]] = []
    inner: set[int] = set()
    under: dict[str, list[Key]] = {}
    for key in rows:
        under.setdefault(key[0] or f"\0{key[1]}", []).append(key)
    for keys in under.values():
        heading = keys[0][0]
        if heading:
            lines.append((heading, *("" for _ in cells)))
        for key in keys:
            if heading:
                inner.add(len(lines))
            lines.append((key[1], *(column.get(key, "") for column in cells)))
    return lines, inner


@dataclass(frozen=True)
class _Level:
    """A level of a predictor: its text, its column of the design if it has one, its rows."""

    text: str
    column: int | None
    rows: np.ndarray


class _Column:
    """What a fit has in the table: texts and cases by row, and notes."""

    def __init__(self, fit: Posterior, per: Any, interval: Interval) -> None:
        model = fit.model
        link = LINKS[model.family.link]
        self.ratio = bool(link.exponential)
        scale = link.exponential or "log_odds"
        if model.response.alternatives is not None:
            fit.warn_of_risks("tables by level")
        settings = settings_of(fit, interval, table)
        found = summary(fit, scale, per=per, **interval)
        middle = found.columns[0]
        bounds = [c for c in settings.names if c in found]
        null = 1.0 if self.ratio else 0.0
        shown = [
            estimate_text(*row, null=null) if bounds else figures(row[0], null=null)[0]
            for row in found[[middle, *bounds]].to_numpy(dtype=float).tolist()
        ]
        shown = [text.replace(" [", " (").replace(", ", " to ").replace("]", ")") for text in shown]
        prob = f"{100 * settings.prob:.4g} %"
        kind = "equal-tailed" if settings.kind == "eti" else "highest-density"
        word = link.exponential.replace("_", " ") or link.coefficient
        self.head = f"{word} ({prob} interval)" if bounds else word
        self.rows: list[Key] = []  # in the order of the formula
        self.cases: dict[Key, str] = {}
        self.texts: dict[str, dict[Key, str]] = {}
        self._fill(model, found.index.tolist(), shown)
        two = len(model.response.classes) == 2
        self.what = "events / cases" if two else "cases"
        kinds = {"median": "posterior median", "mean": "posterior mean"}
        center = kinds.get(str(middle), "posterior mode, or maximum likelihood under flat priors")
        spread = f" and {prob} {kind} interval" if bounds else ""
        self.notes = [
            f"{word.capitalize()}: {center}{spread}, by method {fit.method!r}: "
            f"{fit.outcome.label}.",
            _priors(model),
            _rows(model),
        ]

    def _fill(self, model: Specification, names: list[str], shown: list[str]) -> None:
        """Put each coefficient into its row: levels of factors first, others by their names."""
        layout, design = model.fixed_layout, model.design.fixed
        classes = model.response.classes[1:] if model.family.arrangement == "several" else ("",)
        self.texts = {label: {} for label in classes}
        terms, order = list(design.term_columns), {}
        total = _cases(model.counts, np.ones(len(model.counts), dtype=bool))
        term_of = {j: term for term, columns in design.term_columns.items() for j in columns}
        by_column: dict[int, _Level] = {}
        for term, columns in design.term_columns.items():
            for level in _levels(model, term, columns):
                key = (term, level.text)
                order[key] = terms.index(term)
                self.cases[key] = _cases(model.counts, level.rows)
                if level.column is not None:
                    by_column[level.column] = level
                    continue
                for texts in self.texts.values():
                    texts[key] = "1 (reference)" if self.ratio else "0 (reference)"
        width = len(layout.names) // len(classes)
        used: set[tuple[str, Key]] = set()
        for spot, (name, text) in enumerate(zip(names, shown, strict=True)):
            fixed = spot < len(layout.names)
            label = classes[spot // width] if fixed and classes[0] else classes[0]
            of = term_of.get(layout.columns[spot]) if fixed else None
            if fixed and of is None and layout.names[spot] != LOG_PRECISION:
                continue  # intercepts and cutpoints
            key = ("", name.removeprefix(f"{label}: ") if classes[0] else name)
            if fixed and layout.columns[spot] in by_column:
                known = (str(of), by_column[layout.columns[spot]].text)
                # Of slopes that differ between boundaries, that of the first is the level's.
                key = key if (label, known) in used else known
            used.add((label, key))
            order.setdefault(key, len(terms) if of is None else terms.index(of))
            self.cases.setdefault(key, total if of in design.columns else "")
            self.texts[label][key] = text
        self.rows = sorted(order, key=order.__getitem__)


def _levels(model: Specification, term: str, columns: tuple[int, ...]) -> list[_Level]:
    """Return the levels of a term that is a factor or a column of 0 and 1; none of others."""
    design = model.design.fixed
    first, products = int(design.intercept), getattr(design.recipe, "products", ())
    alone = [products[j - first] for j in columns if j >= first and products]
    if products and any(len(product) > 1 for product in alone):
        return []
    known = categories(design)
    if alone and all(product[0][0] in known for product in alone):
        factor = known[alone[0][0][0]]
        code = factor.code(design.table())
        at = {product[0][1]: j for product, j in zip(alone, columns, strict=True)}
        return [
            _Level(text, at.get(i), code == i)
            for i, text in enumerate(factor.levels)
            if i in at or text == factor.reference
        ]
    if len(columns) != 1:
        return []
    values = design.X[:, columns[0]] + (0.0 if design.shift is None else design.shift[columns[0]])
    if not np.array_equal(np.unique(values), [0.0, 1.0]):
        return []
    flag = term in design.columns and design.columns[term].dtype.kind == "b"
    texts = ("False", "True") if flag else ("0", "1")
    return [_Level(texts[0], None, values == 0.0), _Level(texts[1], columns[0], values == 1.0)]


def _cases(counts: np.ndarray, rows: np.ndarray) -> str:
    """Return how many cases some rows hold, and of two classes how many have the event."""
    total = counts[rows].sum(axis=0)
    if counts.shape[1] == 2:
        return f"{total[1]:.10g} / {total.sum():.10g}"
    return f"{total.sum():.10g}"


def _priors(model: Specification) -> str:
    """Return the priors of the slopes in a sentence, equal ones together."""
    by_text: dict[str, list[str]] = {}
    for label, text in model.prior.describe(model.fixed_layout.given):
        by_text.setdefault(text, []).append(label)
    parts = [f"{text} ({', '.join(names)})" for text, names in by_text.items()]
    more = len(parts) - _MOST_PRIORS
    said = "; ".join(parts[:_MOST_PRIORS]) + (f"; and {more} more" if more > 0 else "")
    if len(by_text) == 1:
        said = next(iter(by_text))
    return f"Priors of coefficients, on the linear predictor: {said}."


def _rows(model: Specification) -> str:
    """Return how many rows and cases there are, in a sentence."""
    n, total = len(model.response.y), model.counts.sum()
    text = f"{n} rows" if total == n else f"{n} rows, {total:.10g} cases"
    dropped = f"; {model.dropped} with a missing value left out" if model.dropped else ""
    hidden = {"ordered": " The cutpoints are not shown."}.get(model.family.arrangement, "")
    if not hidden and model.design.intercept:
        hidden = " The intercept is not shown."
    return f"{text} of {outcome_in_words(model.response)}{dropped}.{hidden}"
