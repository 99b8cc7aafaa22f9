"""A report of a fit, as one page that needs nothing but itself."""

from __future__ import annotations

import hashlib
import os
import platform
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

import numpy as np

from bayeslogit import tables
from bayeslogit.answers.checks.findings import Finding, Findings
from bayeslogit.answers.evaluation.calibration import Calibration
from bayeslogit.answers.evaluation.forecasting import event_code
from bayeslogit.answers.prediction.profile_rows import is_measured
from bayeslogit.errors import BayesLogitError, BayesLogitWarning
from bayeslogit.families import LINKS
from bayeslogit.plots.export import inline_svg
from bayeslogit.posterior.posterior import Posterior
from bayeslogit.report.page import Section, figure, page, paragraph, preformatted, text
from bayeslogit.response.wording import outcome_in_words
from bayeslogit.runtime.files import write_whole
from bayeslogit.runtime.version import installed_version
from bayeslogit.specification.specification import Specification

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["report"]

# Predictors that have a curve each.
_CURVES = 6
# Rows that are named under "what would change this answer".
_INFLUENTIAL = 5
# What is asked of a fit under "what would change this answer".
_DOUBTS = ("sensitivity", "movement", "influence", "prior")
_LIGHTS = {"ok": "fine", "note": "know this", "warning": "take care", "severe": "do not use"}


class Answers(Protocol):
    """What a fit is asked for a page: its numbers, and its pictures of them."""

    calibration: Callable[..., Calibration]
    check: Callable[..., Findings]
    expected_cost: Callable[..., pd.DataFrame]
    in_words: Callable[..., str]
    summary: Callable[..., pd.DataFrame]
    plot_calibration: Callable[..., Axes]
    plot_costs: Callable[..., Axes]
    plot_curve: Callable[..., Axes]
    plot_forest: Callable[..., Axes]
    plot_net_benefit: Callable[..., Axes]
    plot_ppc: Callable[..., Axes]
    plot_prior: Callable[..., Axes]


def _ask(posterior: Posterior) -> Answers:
    """Return the fit that a posterior is, with its verbs."""
    return cast("Answers", posterior)


def report(
    posterior: Posterior,
    path: str | os.PathLike[str],
    *,
    costs: Any = None,
    event: Any = None,
    title: str | None = None,
    progressbar: bool = True,
) -> Path:
    """Write a report of the fit: one HTML page to read, print or send.

    It holds the question, model and priors, coefficients, curves, the predictive check,
    calibration, decisions, diagnostics with what to do, what would change the answer, and how to
    get it again. Pictures are inside; the page loads nothing and runs nothing, and has colours
    for light, dark and paper. Every text that comes from data is escaped.

    Parameters
    ----------
    posterior : Posterior
        The fit.
    path : str or path
        Where the page is written, whole or not at all; the name ends in ``.html``.
    costs : dict or array, optional
        Of wrong decisions, as in :func:`decide`, for the section on decisions; without them it
        shows the net benefit at every threshold.
    event : str, optional
        Of several classes, the one that pictures of forecasts are about; by default the last.
    title : str, optional
        By default the outcome and the formula.
    progressbar : bool
        Show progress of leaving rows out, beyond two seconds.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    StorageError
        If the file cannot be written there.
    DesignError
        If costs or the event are not those of the outcome.

    See Also
    --------
    check : The diagnostics alone.
    save : The fit itself.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import bayeslogit as bl
    >>> fit = bl.logistic("passed ~ hours", bl.load_dataset("exam")).fit(random_seed=1)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     page = fit.report(Path(folder) / "exam.html").read_text(encoding="utf-8")
    >>> page[:15], page.count("<svg"), "<script" in page
    ('<!doctype html>', 6, False)
    """
    about: dict[str, Any] = {}
    if posterior.several:
        about["event"] = posterior.classes[-1] if event is None else event
    elif event is not None:
        about["event"] = event
    event_code(posterior, about.get("event"))
    if costs is not None:
        _ask(posterior).expected_cost(costs=costs, progressbar=False)
    return write_whole(
        path,
        lambda: [_written(posterior, costs, about, title, progressbar).encode()],
        "report.html",
    )


def _written(
    posterior: Posterior, costs: Any, about: dict[str, Any], title: str | None, progressbar: bool
) -> str:
    """Return the page."""
    model = posterior.model
    quiet = {"progressbar": progressbar}
    with warnings.catch_warnings():
        # They stand on the page, among the diagnostics.
        warnings.simplefilter("ignore", BayesLogitWarning)
        found = _ask(posterior).check(progressbar=progressbar)
        judged = _judged(posterior, quiet)
        sections = [
            Section("answer", "The answer in words", _in_words(posterior)),
            Section("model", "Data, model and priors", preformatted(repr(model))),
            Section("coefficients", "Coefficients", _coefficients(posterior)),
            Section("curves", "Along each predictor", _curves(posterior)),
            Section(
                "predictive",
                "Does the model give data like these?",
                _picture(
                    partial(_ask(posterior).plot_ppc, random_seed=posterior.seed),
                    "Outcomes that the model simulates, beside those that were observed",
                    "ppc",
                ),
            ),
            Section(
                "calibration",
                "Are the probabilities right?",
                _forecasts(posterior, judged, about, quiet),
            ),
            Section("decisions", "Decisions", _decisions(posterior, costs, about, quiet)),
            Section("diagnostics", "Can the numbers be trusted?", _lights(found.findings)),
            Section("doubts", "What would change this answer", _doubts(posterior, found, judged)),
            Section("again", "To get this again", _again(posterior)),
        ]
    name = title or f"{outcome_in_words(model.response)}: {_formula(model)}"
    return page(name, _lead(posterior, found), sections)


def _or_reason(answer: Callable[[], str]) -> str:
    """Return a part of the page, or why this fit does not have it."""
    try:
        return answer()
    except BayesLogitError as error:
        return paragraph(f"Not shown: {error}", "soft")


def _picture(draw: Callable[[], Any], words: str, key: str) -> str:
    return _or_reason(lambda: figure(inline_svg(draw, key), words))


def _formula(model: Specification) -> str:
    design = model.design
    return f"{model.response.name} ~ {design.formula or ' + '.join(design.fixed.terms) or '1'}"


def _lead(posterior: Posterior, found: Findings) -> str:
    """Return how many rows and events there are, and how far the numbers can be trusted."""
    model = posterior.model
    cases = zip(model.response.classes, model.counts.sum(axis=0), strict=True)
    counts = ", ".join(f"{n:.10g} are {name!r}" for name, n in cases)
    worst = found.worst
    return paragraph(
        f"{len(model.labels)} rows; outcome {model.response.name!r}: {counts}.", "soft"
    ) + (
        f'<ul class="light"><li class="{worst}"><b>{_LIGHTS[worst]}</b> '
        f'<a href="#diagnostics">{text(_verdict(found))}</a></li></ul>'
    )


def _verdict(found: Findings) -> str:
    """Return in a sentence what the checks came to."""
    doubtful = [f for f in found.findings if f.severity in ("warning", "severe")]
    if not doubtful:
        return f"{len(found.findings)} checks found nothing that the numbers must be doubted for"
    return (
        f"{len(doubtful)} of {len(found.findings)} checks found something: {doubtful[0].sentence}"
    )


def _in_words(posterior: Posterior) -> str:
    def lines() -> str:
        said = _ask(posterior).in_words().splitlines()
        return "<ul>" + "".join(f"<li>{text(line)}</li>" for line in said if line) + "</ul>"

    return _or_reason(lines)


def _coefficients(posterior: Posterior) -> str:
    scale = LINKS[posterior.model.family.link].exponential or "log_odds"

    def numbers() -> str:
        found = _ask(posterior).summary(scale)
        # The health of the draws is among the diagnostics.
        health = [c for c in found if str(c).startswith(("ess_", "r_hat", "mcse"))]
        return tables.Answer(found.drop(columns=health)).in_html()

    parts = [
        _or_reason(numbers),
        _picture(
            partial(_ask(posterior).plot_forest),
            "Each coefficient with its interval",
            "forest",
        ),
        _picture(partial(_ask(posterior).plot_prior), "Prior and posterior", "prior"),
    ]
    return "".join(parts)


def _curves(posterior: Posterior) -> str:
    design = posterior.model.design
    names = [name for name in design.columns if is_measured(design, name)][:_CURVES]
    if not names:
        return paragraph("Not shown: there is no predictor that is a number.", "soft")
    return "".join(
        _picture(
            partial(_ask(posterior).plot_curve, name),
            f"Along {name}, others at typical values",
            f"curve {name}",
        )
        for name in names
    )


def _judged(posterior: Posterior, quiet: dict[str, Any]) -> Calibration | None:
    """Return how right the forecasts are, or None where that cannot be said."""
    try:
        return _ask(posterior).calibration(**quiet)
    except BayesLogitError:
        return None


def _forecasts(
    posterior: Posterior,
    judged: Calibration | None,
    about: dict[str, Any],
    quiet: dict[str, Any],
) -> str:
    scores = "" if judged is None else tables.Answer(judged.scores).in_html()
    drawn = partial(_ask(posterior).plot_calibration, **about, **quiet)
    return scores + _picture(drawn, "Forecast and observed frequencies", "calibration")


def _decisions(
    posterior: Posterior, costs: Any, about: dict[str, Any], quiet: dict[str, Any]
) -> str:
    if costs is None:
        drawn = partial(_ask(posterior).plot_net_benefit, **about, **quiet)
        words = "Net benefit of acting on the forecasts, on everyone, on no one"
        return paragraph(
            "No costs were given. At each threshold, the probability at which acting and not "
            "acting are worth the same, the picture shows whether the forecasts help.",
            "soft",
        ) + _picture(drawn, words, "benefit")
    table = _or_reason(
        lambda: tables.Answer(_ask(posterior).expected_cost(costs=costs, **quiet)).in_html()
    )
    if posterior.several:
        return table
    drawn = partial(_ask(posterior).plot_costs, costs, **quiet)
    return table + _picture(drawn, "What deciding by each cut-off costs", "costs")


def _lights(findings: tuple[Finding, ...] | list[Finding]) -> str:
    """Return findings as traffic lights, each with its advice."""
    lines = []
    for one in findings:
        action = f" {text(one.action[:1].upper() + one.action[1:])}." if one.action else ""
        sentence = text(one.sentence[:1].upper() + one.sentence[1:])
        lines.append(
            f'<li class="{one.severity}"><b>{_LIGHTS[one.severity]}</b> {sentence}.{action}</li>'
        )
    return f'<ul class="light">{"".join(lines)}</ul>'


def _doubts(posterior: Posterior, found: Findings, judged: Calibration | None) -> str:
    """Return what prior and single rows have to do with the answer."""
    some = _lights([f for f in found.findings if f.code in _DOUBTS])
    if judged is None or judged.pareto_k is None:
        return some
    order = np.argsort(-judged.pareto_k.to_numpy(), kind="stable")[:_INFLUENTIAL]
    rows = tables.Answer({"pareto_k": judged.pareto_k.iloc[order]})
    rows.index.name = "row"
    forecast = judged.forecasts["loo"].iloc[order]
    for name in posterior.model.response.classes:
        rows[f"cases of {name}"] = judged.counts[name].iloc[order].to_numpy()
        rows[f"P({name}) without the row"] = forecast[name].to_numpy()
    words = "The rows whose leaving out would move the answer most; above 0.7 it moves much."
    return some + paragraph(words) + rows.in_html()


def _again(posterior: Posterior) -> str:
    """Return versions, seed, the fingerprint of the data, and the call."""
    model = posterior.model
    lines = [
        f"bayeslogit {installed_version()}, numpy {np.__version__}, Python "
        f"{platform.python_version()}",
        f"formula  {_formula(model)}",
        f"method   {posterior.outcome.label}",
        f"fit      fit({posterior.method!r}, draws={posterior.outcome.draws.shape[1]}, "
        f"chains={posterior.n_chains}, random_seed={posterior.seed!r})",
        f"data     SHA-256 {_fingerprint(model)} of the columns as they are coded",
    ]
    return preformatted("\n".join(lines))


def _fingerprint(model: Specification) -> str:
    """Return a hash of design, outcome, weights and offset."""
    found = hashlib.sha256()
    for part in (model.design.X, model.counts, model.offset):
        if part is not None:
            found.update(np.ascontiguousarray(part, dtype="<f8").tobytes())
    return found.hexdigest()
