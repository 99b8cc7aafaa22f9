"""Misspelt options get the nearest name, and warnings point at the line of the caller."""

from __future__ import annotations

import linecache
import warnings

import numpy as np
import pytest

import bayeslogit as bl
from tests.helpers import exam, exam_model


@pytest.fixture(scope="module")
def fit():
    return exam_model().fit("laplace", draws=100, random_seed=1)


@pytest.mark.parametrize(
    ("ask", "wrong", "meant"),
    [
        (lambda f: f.summary(ci_pob=0.9), "ci_pob", "ci_prob"),
        (lambda f: f.comparisons("hours", ci_knd="hdi"), "ci_knd", "ci_kind' or 'kind"),
        (lambda f: f.roc(loop=True), "loop", "loo"),
        (lambda f: f.calibration(ci_prb=0.9), "ci_prb", "ci_prob"),
        (lambda f: f.plot_curve(legnd=False), "legnd", "legend"),
        (lambda f: f.plot_effects("hours", comparisn="ratio"), "comparisn", "comparison"),
    ],
)
def test_a_misspelt_option_gets_the_nearest_name(fit, ask, wrong, meant):
    sentence = rf"^there is no option '{wrong}'; expected some of .*; leave it out\. "
    with pytest.raises(bl.DesignError, match=rf"{sentence}Did you mean '{meant}'\?$"):
        ask(fit)


def test_an_option_like_no_other_gets_the_list(fit):
    known = "'variables', 'comparison', .*, 'ci_prob', 'ci_kind', 'rope'"
    with pytest.raises(
        bl.DesignError,
        match=rf"^there is no option 'xyz'; expected some of {known}; leave it out\.$",
    ):
        fit.comparisons("hours", xyz=1)


def _lines_of_warnings(caught):
    """Return the code that each warning points at; all of it must be in this file."""
    assert caught
    assert {each.category for each in caught} == {bl.BayesLogitWarning}
    assert {each.filename for each in caught} == {__file__}
    return {linecache.getline(each.filename, each.lineno).strip() for each in caught}


def test_a_warning_of_an_answer_points_at_the_question():
    case_control = bl.logistic("passed ~ hours", exam(), case_control=True).fit("map")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        case_control.predict()
    assert _lines_of_warnings(caught) == {"case_control.predict()"}


def test_a_warning_of_a_fit_points_at_the_call_of_fit():
    # Separated, so that the variables of the sampler hold the coefficients where they are.
    x = np.concatenate([np.arange(-5.0, 0.0), np.arange(1.0, 6.0)])
    model = bl.logistic({"x": x}, (x > 0).astype(int), priors=bl.Normal(0, 100))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        fit = model.fit("gibbs", draws=100, random_seed=1)
    assert [str(each.message) for each in caught] == [
        problem.sentence for problem in fit.problems if problem.severity != "note"
    ]
    call = 'fit = model.fit("gibbs", draws=100, random_seed=1)'
    assert _lines_of_warnings(caught) == {call}
