"""Levels left out in turn: forecast as by a fit to the others, pooled as a meta-analysis."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import log_loss, roc_auc_score

import bayeslogit as bl
from bayeslogit.numerics.pooling import pool_estimates

BIRTHS = bl.load_dataset("birthweight")
FORMULA = "low ~ age + weight + smoker"
PRIORS = {"Intercept": bl.Normal(0, 2), "slopes": bl.Normal(0, 1)}
QUIET = {"progressbar": False}


def by_hand(prob, y):
    return [roc_auc_score(y, prob), ((prob - y) ** 2).mean(), log_loss(y, prob)]


@pytest.mark.parametrize("method", ["map", "laplace"])
@pytest.mark.parametrize("priors", [None, PRIORS])
def test_a_level_is_forecast_by_a_fit_without_it(method, priors):
    fit = bl.logistic(FORMULA, BIRTHS, priors=priors).fit(method, random_seed=1, **QUIET)
    found = fit.internal_external(BIRTHS["race"], random_seed=1, **QUIET)
    table = found.levels.set_index(["level", "score"])
    exact = "map" if method == "map" else "auto"
    for level in ("black", "other", "white"):
        out = BIRTHS["race"] == level
        again = bl.logistic(FORMULA, BIRTHS[~out], priors=priors)
        prob = again.fit(exact, random_seed=1, **QUIET).predict(BIRTHS[out])
        prob = prob["mean" if "mean" in prob else "estimate"].to_numpy()
        expected = by_hand(prob, BIRTHS.loc[out, "low"].to_numpy())
        estimates = [table.loc[(level, s), "estimate"] for s in ("auc", "brier", "log_score")]
        assert estimates == pytest.approx(expected, abs=1e-6 if method == "map" else 0.012)
        assert table.loc[(level, "auc"), "cases"] == out.sum()
        assert table.loc[(level, "auc"), "events"] == BIRTHS.loc[out, "low"].sum()


def test_scores_and_bounds_are_those_of_new_rows():
    fit = bl.logistic(FORMULA, BIRTHS, priors=PRIORS).fit("map")
    found = fit.internal_external(BIRTHS["race"], random_seed=1).levels
    out = BIRTHS["race"] == "white"
    again = bl.logistic(FORMULA, BIRTHS[~out], priors=PRIORS).fit("map")
    scores = again.calibration(BIRTHS[out], random_seed=2).scores
    own = found[found["level"] == "white"].set_index("score")
    for name in own.index:
        expected = scores.loc[name]
        assert own.loc[name, "estimate"] == pytest.approx(expected["new_data"], abs=1e-6)
        width = expected["eti89_ub"] - expected["eti89_lb"]
        for bound in ("eti89_lb", "eti89_ub"):
            assert own.loc[name, bound] == pytest.approx(expected[bound], abs=0.15 * width)


@pytest.mark.filterwarnings("ignore:the approximation has a Pareto")
def test_groups_of_a_term_are_new_to_the_fit():
    rng = np.random.default_rng(2)
    site = np.repeat(list("abcdef"), 50)
    x = rng.normal(size=300)
    shift = dict(zip("abcdef", rng.normal(0, 0.8, 6), strict=True))
    eta = x + np.array([shift[s] for s in site])
    y = (rng.random(300) < 1 / (1 + np.exp(-eta))).astype(int)
    data = pd.DataFrame({"site": site, "x": x, "y": y})
    fit = bl.logistic("y ~ x + (1 | site)", data).fit("laplace", random_seed=1, **QUIET)
    found = fit.internal_external("site", random_seed=1, **QUIET)
    out = data["site"] == "b"
    again = bl.logistic("y ~ x + (1 | site)", data[~out]).fit("laplace", random_seed=1, **QUIET)
    prob = again.predict(data[out], groups="average")["mean"].to_numpy()
    own = found.levels[found.levels["level"] == "b"].set_index("score")["estimate"]
    expected = by_hand(prob, data.loc[out, "y"].to_numpy())
    assert own[["auc", "brier", "log_score"]].tolist() == pytest.approx(expected, abs=0.02)
    assert found.which.startswith("each level of 'site'")


def test_pooled_estimates_are_those_of_metafor():
    """The trials of BCG vaccine (metafor's dat.bcg, Colditz 1994), log risk ratios by rma()."""
    treated = [(4, 119), (6, 300), (3, 228), (62, 13536), (33, 5036), (180, 1361), (8, 2537)]
    treated += [(505, 87886), (29, 7470), (17, 1699), (186, 50448), (5, 2493), (27, 16886)]
    control = [(11, 128), (29, 274), (11, 209), (248, 12619), (47, 5761), (372, 1079), (10, 619)]
    control += [(499, 87892), (45, 7232), (65, 1600), (141, 27197), (3, 2338), (29, 17825)]
    (a, b), (c, d) = (np.array(v, dtype=float).T for v in (treated, control))
    values = np.log(a / (a + b)) - np.log(c / (c + d))
    se = np.sqrt(1 / a - 1 / (a + b) + 1 / c - 1 / (c + d))
    found = pool_estimates(values, se, 0.95)
    # doi:10.18637/jss.v036.i03, section 3: tau^2 = 0.3132, mean -0.7145.
    assert found.between**2 == pytest.approx(0.3132, abs=5e-5)
    assert found.mean == pytest.approx(-0.7145, abs=5e-5)
    tau = np.linspace(0, 2, 20001)
    weight = 1 / (se**2 + tau[:, None] ** 2)
    mean = (weight @ values) / weight.sum(axis=1)
    fit = (weight * (values - mean[:, None]) ** 2).sum(axis=1)
    restricted = fit - np.log(weight).sum(axis=1) + np.log(weight.sum(axis=1))
    best = restricted.argmin()
    assert found.between == pytest.approx(tau[best], abs=2e-4)
    expected = np.sqrt(fit[best] / 12 / weight[best].sum())
    assert found.se == pytest.approx(expected, abs=1e-4)
    assert found.new[0] < found.lower < found.mean < found.upper < found.new[1]


def test_equal_estimates_have_no_spread():
    found = pool_estimates(np.array([1.0, 1.0]), np.array([0.5, 0.5]), 0.9)
    assert (found.mean, found.between, found.new) == (1.0, 0.0, None)
    assert found.se == pytest.approx(0.5 / np.sqrt(2))


def test_a_level_of_one_outcome_has_proper_scores_only():
    place = np.where(BIRTHS.index < 10, "first", np.where(BIRTHS.index < 160, "middle", "last"))
    fit = bl.logistic(FORMULA, BIRTHS).fit("map")
    found = fit.internal_external(place, random_seed=1)
    first = found.levels[found.levels["level"] == "first"]
    assert first["events"].unique().tolist() == [0.0]
    assert first["score"].tolist() == ["brier", "log_score"]
    assert not found.levels.isna().to_numpy().any()
    assert found.pooled.loc["brier", "levels"] == 3


def test_what_cannot_be_left_out_is_said():
    fit = bl.logistic("low ~ age + race", BIRTHS, priors="flat").fit("map")
    with pytest.raises(bl.FitFailed, match="without the level 'black' the model has no finite"):
        fit.internal_external("race")
    with pytest.raises(bl.DesignError, match="groups='site' is not a predictor"):
        fit.internal_external("site")
    with pytest.raises(bl.DesignError, match="all 189 rows are in one group"):
        fit.internal_external(np.zeros(189))
    with pytest.raises(bl.DesignError, match="groups=None names no levels"):
        fit.internal_external(None)
    with pytest.raises(bl.DesignError, match="groups has the shape"):
        fit.internal_external([1, 2])
