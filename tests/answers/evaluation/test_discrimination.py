"""Parts of ROC curves, Youden's cut-off and decision curves, beside pROC and plain arithmetic."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

import bayeslogit as bl
from tests.helpers import REFERENCES

PROC = json.loads((REFERENCES / "scores.json").read_text())
INFERT = pd.read_csv(REFERENCES / "infert.csv")


@pytest.fixture(scope="module")
def mle():
    """The fit by maximum likelihood, whose forecasts pROC was given."""
    return bl.logistic("case ~ spontaneous + induced + age", INFERT, priors="flat").fit("map")


@pytest.fixture(scope="module")
def fit():
    model = bl.logistic("case ~ spontaneous + induced", INFERT)
    return model.fit("laplace", random_seed=1, progressbar=False)


def test_a_part_of_the_curve_is_that_of_proc(mle):
    # pROC's partial area is not divided by the width of its part.
    found = mle.auc(part=(0, 0.2)).loc["partial_auc", "estimate"]
    assert found * 0.2 == pytest.approx(PROC["partial"], abs=1e-9)


def test_the_whole_is_a_part(fit):
    table = fit.auc(part=(0, 1), progressbar=False)
    assert table.loc["partial_auc", "estimate"] == pytest.approx(table.loc["auc", "estimate"])
    assert table.loc["partial_auc", "in_sample"] == pytest.approx(table.loc["auc", "in_sample"])


def test_two_parts_make_the_whole(mle):
    a, b = (mle.auc(part=p).loc["partial_auc", "estimate"] for p in ((0, 0.3), (0.3, 1)))
    whole = mle.auc().loc["auc", "estimate"]
    assert 0.3 * a + 0.7 * b == pytest.approx(whole, abs=1e-9)


def test_the_cutoff_is_that_of_proc(mle):
    table = mle.confusion("youden")
    estimate = table["estimate"]
    assert estimate["cutoff"] == pytest.approx(PROC["youden_at"], abs=1e-7)
    for name in ("youden", "sensitivity", "specificity"):
        assert estimate[name] == pytest.approx(PROC[name], abs=1e-9)
    assert table.attrs["cutoff"] == estimate["cutoff"]
    lower, upper = table.loc["cutoff"].filter(like="eti")
    assert lower <= estimate["cutoff"] <= upper
    at = mle.confusion(estimate["cutoff"])["estimate"]
    assert at.tolist() == estimate[at.index].tolist()


def test_the_cutoff_of_a_fit_with_draws(fit):
    table = fit.confusion("youden", progressbar=False)
    row = table.loc["youden"]
    total = table.loc[["sensitivity", "specificity"], "estimate"].sum()
    assert row["estimate"] == pytest.approx(total - 1.0)
    own = table.loc[["sensitivity", "specificity"], "in_sample"].sum()
    assert row["in_sample"] == pytest.approx(own - 1.0)


def test_net_benefit_on_other_scales(mle):
    t = np.array([0.2, 0.4])
    table = mle.net_benefit(t)
    p, y = mle.predict()["estimate"].to_numpy()[:, None], INFERT["case"].to_numpy()[:, None]
    true, false = ((p > t) * y).mean(axis=0), ((p > t) * (1 - y)).mean(axis=0)
    benefit = true - false * t / (1 - t)
    np.testing.assert_allclose(table["standardised"], benefit / y.mean(), atol=1e-9)
    # Of the cases without the event, those spared; each event missed is paid for at the odds.
    spared = (1 - y.mean() - false) - (y.mean() - true) * (1 - t) / t
    np.testing.assert_allclose(table["interventions_avoided"], spared, atol=1e-9)


@pytest.mark.parametrize(
    ("verb", "given", "sentence"),
    [
        ("auc", {"part": (0.5, 0.2)}, "is not a part of an ROC curve"),
        ("auc", {"part": "all"}, "is not a part of an ROC curve"),
        ("confusion", {"cutoff": "yuden"}, "did you mean 'youden'"),
    ],
)
def test_what_cannot_be_done_is_said(mle, verb, given, sentence):
    with pytest.raises(bl.DesignError, match="(?i)" + sentence):
        getattr(mle, verb)(**given)


@pytest.mark.parametrize(
    "verb", ["auc", "roc", "precision_recall", "confusion", "net_benefit", "plot_roc"]
)
def test_an_event_that_never_occurs_is_named(verb):
    x = np.linspace(-1.0, 1.0, 30)
    table = {"c": list("aabab") * 6, "x": x}
    fit = bl.ordinal("c ~ x", table, levels=list("abc")).fit("laplace", random_seed=1)
    with pytest.raises(bl.ResponseError, match="no row that counts has the class 'c'"):
        getattr(fit, verb)(event="c", loo=False, progressbar=False)
