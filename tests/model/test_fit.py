"""What a user holds after a fit: published figures, mistakes, equal seeds, and what it prints."""

from __future__ import annotations

import numpy as np
import pytest

import bayeslogit as bl
from tests.helpers import exam, exam_model


@pytest.fixture(scope="module")
def fit():
    return exam_model().fit("laplace", draws=500, random_seed=1)


@pytest.fixture(scope="module")
def mle():
    return bl.logistic("passed ~ hours", exam(), priors="flat").fit("map")


def test_article_s_table_of_odds_and_probabilities(mle):
    hours = {"hours": [1, 2, 3, 4, 5]}
    eta = mle.predict(hours, kind="linear")["estimate"]
    np.testing.assert_allclose(
        eta, [-2.573068003, -1.068422574, 0.436222854, 1.940868282, 3.445513711], atol=5e-10
    )
    prob = mle.predict(hours)["estimate"]
    np.testing.assert_allclose(
        prob, [0.0708919599, 0.2557031826, 0.6073586454, 0.8744475024, 0.9690970679], atol=5e-11
    )
    assert mle.solve("hours")["estimate"].item() == pytest.approx(2.710082624, abs=5e-10)


MISTAKES = [
    (lambda f: f.summary("odds_rato"), "scale='odds_rato'.*Did you mean 'odds_ratio'"),
    (lambda f: f.summary(base=3), "base=3"),
    (lambda f: f.summary("odds_ratio", base=2), "does not suit scale='odds_ratio'"),
    (lambda f: f.summary(ci_prob=95), "ci_prob=95"),
    (lambda f: f.summary(ci_kind="hpd"), "ci_kind='hpd'"),
    (lambda f: f.predict(kind="prob"), "kind='prob'"),
    (lambda f: f.predict(kind="class", cutoff=1.5), "cutoff=1.5"),
    (lambda f: f.predict({"hour": [1]}), "no column 'hours'"),
    (lambda f: f.curve("hour"), "'hour' is not a predictor.*Did you mean 'hours'"),
    (lambda f: f.curve("hours", at={"x": 1}), "'x' is not a predictor"),
    (lambda f: f.solve("hours", probability=1), "probability=1 is not"),
    (lambda f: f.extend("likelihood"), "'likelihood' is not a group"),
    (lambda f: exam_model().fit("map").log_evidence, "gives no log evidence"),
]


@pytest.mark.parametrize(("mistake", "sentence"), MISTAKES)
def test_mistakes_get_a_sentence(fit, mistake, sentence):
    with pytest.raises(bl.BayesLogitError, match=sentence):
        mistake(fit)


def test_same_seed_same_draws():
    one, two = (exam_model().fit(random_seed=4).outcome.draws for _ in range(2))
    np.testing.assert_array_equal(one, two)
    fresh = exam_model().fit()
    again = exam_model().fit(random_seed=fresh.seed)
    np.testing.assert_array_equal(fresh.outcome.draws, again.outcome.draws)


def test_repr_says_what_was_done(fit, mle):
    assert "Laplace approximation" in repr(fit)
    assert "an approximation" in repr(fit)
    assert "posterior sd of the mode; no problems" in repr(mle)
