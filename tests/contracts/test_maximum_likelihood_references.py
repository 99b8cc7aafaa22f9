"""Maximum likelihood of several classes against R and statsmodels, to 1e-5 standard errors."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from scipy import optimize

import bayeslogit as bl
from tests.differences import jacobian
from tests.helpers import REFERENCES
from tests.journeys.test_multiclass import LEVELS, RHS, housing

# R 4.2 with MASS and nnet, by the script beside the file.
R = json.loads((REFERENCES / "classes.json").read_text(encoding="utf-8"))
METHODS = {"logistic": "logit", "probit": "probit", "loglog": "loglog", "cloglog": "cloglog"}


def mode(model: bl.Model) -> tuple[np.ndarray, np.ndarray, float]:
    """Return the mode, standard errors from its curvature, and the deviance."""
    fit = model.fit("map")
    assert fit.outcome.gaussian is not None
    sd = np.sqrt(np.diag(fit.outcome.gaussian.covariance))
    return fit.outcome.draws[0, 0], sd, -2.0 * fit.outcome.info["log_posterior"]


@pytest.mark.parametrize("method", METHODS)
def test_polr(method: str) -> None:
    theirs, k = R[f"polr {method}"], len(LEVELS) - 1
    model = bl.ordinal(
        f"satisfaction ~ {RHS}",
        housing(),
        levels=LEVELS,
        weights="frequency",
        link=METHODS[method],
        priors="flat",
    )
    found, sd, deviance = mode(model)
    estimate, se = (np.roll(theirs[name], k) for name in ("estimate", "se"))
    assert np.max(np.abs(found - estimate) / se) < 1e-5
    # polr's curvature is by differences.
    np.testing.assert_allclose(sd, se, rtol=1e-3)
    assert deviance == pytest.approx(theirs["deviance"], rel=1e-12)


def test_multinom() -> None:
    theirs = R["multinom"]
    model = bl.multinomial(
        f"satisfaction ~ {RHS}",
        housing(),
        reference="Low",
        weights="frequency",
        priors="flat",
    )
    assert model.response.classes == ("Low", "High", "Medium")
    found, sd, deviance = mode(model)
    # R has Medium before High.
    estimate, se = (np.roll(theirs[name], len(found) // 2) for name in ("estimate", "se"))
    assert np.max(np.abs(found - estimate) / se) < 1e-5
    np.testing.assert_allclose(sd, se, rtol=1e-5)
    assert deviance == pytest.approx(theirs["deviance"], rel=1e-12)


@pytest.mark.parametrize("link", ["logit", "probit", "cloglog", "cauchit"])
def test_glm_of_the_exam(link: str) -> None:
    theirs = R[f"glm {link}"]
    model = bl.logistic("passed ~ hours", bl.load_dataset("exam"), link=link, priors="flat")
    found, _, deviance = mode(model)
    assert np.max(np.abs(found - theirs["estimate"]) / theirs["se"]) < 1e-5
    assert deviance == pytest.approx(theirs["deviance"], rel=1e-12)


# ---- statsmodels ----------------------------------------------------------------------------

ANES = ["logpopul", "selfLR", "age", "educ", "income"]
FAIR = ["age", "yrs_married", "religious", "educ"]


def shipped(name: str) -> tuple[Any, str, list[str]]:
    """Return a table that statsmodels ships, its outcome and predictors."""
    import statsmodels.api as sm

    if name == "anes96":
        return sm.datasets.anes96.load_pandas().data, "PID", ANES
    return sm.datasets.fair.load_pandas().data.iloc[::10], "rate_marriage", FAIR


@pytest.mark.parametrize("name", ["anes96", "fair"])
def test_mnlogit(name: str) -> None:
    import statsmodels.api as sm

    table, outcome, predictors = shipped(name)
    table = table.assign(**{outcome: table[outcome].astype(int)})
    found, sd, deviance = mode(
        bl.multinomial(f"{outcome} ~ {' + '.join(predictors)}", table, priors="flat")
    )
    X = sm.add_constant(table[predictors])
    theirs = sm.MNLogit(table[outcome], X).fit(method="newton", disp=0, maxiter=100)
    se = theirs.bse.to_numpy().T.ravel()
    assert np.max(np.abs(found - theirs.params.to_numpy().T.ravel()) / se) < 1e-5
    np.testing.assert_allclose(sd, se, rtol=1e-6)
    assert deviance == pytest.approx(-2.0 * theirs.llf, rel=1e-12)


@pytest.mark.parametrize(
    ("name", "link"),
    [
        ("anes96", "logit"),
        ("anes96", "probit"),
        ("fair", "logit"),
        ("fair", "probit"),
        ("fair", "cloglog"),
        ("fair", "loglog"),
    ],
)
def test_ordered_model(name: str, link: str) -> None:
    from scipy import stats
    from statsmodels.miscmodels.ordinal_model import OrderedModel

    table, outcome, predictors = shipped(name)
    model = bl.ordinal(f"{outcome} ~ {' + '.join(predictors)}", table, priors="flat", link=link)
    found, sd, deviance = mode(model)
    k = model.family.n_eta
    # Its optimiser stops at about 1e-4 of a standard error; from our mode its own log-likelihood
    # is climbed on, by Newton steps with gradients by differences.
    distributions = {"cloglog": stats.gumbel_l, "loglog": stats.gumbel_r}
    theirs = OrderedModel(table[outcome], table[predictors], distr=distributions.get(link, link))
    gaps = np.log(np.diff(found[:k]))
    start = np.concatenate([found[k:], found[:1], gaps])

    def natural(params: np.ndarray) -> np.ndarray:
        return np.concatenate([theirs.transform_threshold_params(params)[1:-1], params[:-k]])

    assert -2.0 * theirs.loglike(start) == pytest.approx(deviance, rel=1e-12)
    steps = np.concatenate([sd[k:], sd[:1], np.full(k - 1, 0.05)]) * 0.5
    gradient = jacobian(lambda at: np.array([theirs.loglike(at)]), start, steps)[:, 0]
    bend = jacobian(lambda at: theirs.score(at), start, steps)
    step = np.linalg.solve(-0.5 * (bend + bend.T), gradient)
    assert np.max(np.abs(natural(start + step) - found) / sd) < 1e-5


# ---- partial proportional odds, without a reference from R -----------------------------------


@pytest.mark.parametrize("link", ["logit", "cloglog"])
def test_partial_odds_by_a_second_optimiser(link: str) -> None:
    table = housing()
    model = bl.ordinal(
        f"satisfaction ~ {RHS}",
        table,
        levels=LEVELS,
        weights="frequency",
        link=link,
        partial=["influence"],
        priors="flat",
    )
    found, sd, deviance = mode(model)
    X, y = model.design.X[:, 1:], model.response.y
    weights = table["frequency"].to_numpy()
    inverse = {
        "logit": lambda t: 1.0 / (1.0 + np.exp(-t)),
        "cloglog": lambda t: -np.expm1(-np.exp(t)),
    }[link]

    def loss(theta: np.ndarray) -> float:
        low = inverse(theta[0] - X @ theta[2:8])
        high = inverse(theta[1] - X @ theta[2:8] - X[:, :2] @ theta[8:])
        prob = np.stack([low, high - low, 1.0 - high])[y, np.arange(len(y))]
        if np.any(prob <= 0.0):
            return np.inf
        return -float(weights @ np.log(prob))

    start = np.concatenate([[-0.5, 0.5], np.zeros(8)])
    best = optimize.minimize(loss, start, method="BFGS", options={"gtol": 1e-9})
    for _ in range(3):
        best = optimize.minimize(
            loss, best.x, method="Nelder-Mead", options={"xatol": 1e-10, "fatol": 0, "maxfev": 4000}
        )
    assert np.max(np.abs(found - best.x) / sd) < 1e-4
    assert deviance <= 2.0 * best.fun + 1e-9
    assert deviance == pytest.approx(2.0 * best.fun, rel=1e-11)
