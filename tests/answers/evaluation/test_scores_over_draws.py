"""The posterior of scores: each draw is scored as its own forecast would be."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score
from statsmodels.api import GLM, families

import bayeslogit as bl

LABOUR = bl.load_dataset("labour")
QUIET = {"progressbar": False}


@pytest.fixture(scope="module")
def fit():
    model = bl.logistic("works ~ age + schooling + children_to_5", LABOUR)
    return model.fit(draws=50, chains=2, random_seed=1, **QUIET)


def _by_hand(prob, y):
    """Return Brier score, log score, AUC, calibration slope and intercept of a forecast."""
    logit = np.log(prob / (1 - prob))
    slope = GLM(y, np.column_stack([np.ones(len(y)), logit]), families.Binomial()).fit().params[1]
    intercept = GLM(y, np.ones((len(y), 1)), families.Binomial(), offset=logit).fit().params[0]
    return [brier_score_loss(y, prob), log_loss(y, prob), roc_auc_score(y, prob), slope, intercept]


NAMES = ["brier", "log_score", "auc", "calibration_slope", "calibration_intercept"]


@pytest.mark.parametrize("new", [False, True])
def test_each_draw_is_scored(fit, new):
    rows = LABOUR.iloc[::3] if new else LABOUR
    found = fit.calibration(rows if new else None, spread="draws", **QUIET)
    prob = fit.predict(rows, draws=True).stack(all=("chain", "draw")).values
    prob = prob if prob.shape[0] == len(rows) else prob.T
    assert found.draws["draw"].tolist() == list(range(100))
    for draw in (0, 57, 99):
        expected = _by_hand(prob[:, draw], rows["works"].to_numpy())
        assert found.draws.loc[draw, NAMES].tolist() == pytest.approx(expected, abs=1e-7)
    table = found.scores
    np.testing.assert_allclose(table["median"], found.draws.drop(columns="draw").median())
    for name in NAMES:
        lower, upper = np.quantile(found.draws[name], [0.055, 0.945])
        assert table.loc[name, ["eti89_lb", "eti89_ub"]].tolist() == pytest.approx([lower, upper])
    name = "new_data" if new else "in_sample"
    own = _by_hand(fit.predict(rows)["mean"].to_numpy(), rows["works"].to_numpy())
    assert table.loc[NAMES, name].tolist() == pytest.approx(own, abs=1e-6)
    assert "optimism" not in table


def test_both_spreads_are_wider_than_one(fit):
    width = {
        spread: fit.calibration(spread=spread, **QUIET).scores.loc[
            "brier", ["eti89_lb", "eti89_ub"]
        ]
        for spread in ("cases", "draws", "both")
    }
    both = np.ptp(width["both"])
    assert both > 0.9 * np.ptp(width["cases"])
    assert both > np.ptp(width["draws"])


def test_of_several_classes_each_is_scored():
    wine = bl.load_dataset("housing")
    model = bl.multinomial("satisfaction ~ influence", wine, weights="frequency")
    found = model.fit(draws=50, random_seed=1).calibration(spread="draws", **QUIET)
    assert found.draws.columns[:4].tolist() == ["draw", "brier", "log_score", "auc, High"]
    assert len(found.scores) == len(found.draws.columns) - 1


def test_a_spread_that_is_not_there_is_refused(fit):
    with pytest.raises(bl.DesignError, match="spread='rows' is not known"):
        fit.calibration(spread="rows")
    with pytest.raises(bl.MethodRefused, match="spread='draws'"):
        fit.model.fit("map").calibration(spread="draws")
