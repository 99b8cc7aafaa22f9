"""Two real tables, a case-control study and counts, against R 4.2 (references/make_tables.R)."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from scipy.special import logit

import bayeslogit as bl
from tests.helpers import REFERENCES

INFERT = pd.read_csv(REFERENCES / "infert.csv")
MENARCHE = pd.read_csv(REFERENCES / "menarche.csv")
FORMULA = "case ~ spontaneous + induced + age"


@pytest.fixture(scope="module")
def study():
    """The case-control study at its maximum likelihood estimate, asked as if it were a sample."""
    return bl.logistic(FORMULA, INFERT, priors="flat").fit("map", random_seed=1)


@pytest.fixture(scope="module")
def posterior():
    model = bl.logistic(FORMULA, INFERT, priors="flat", case_control=True)
    return model.fit("laplace", draws=1000, random_seed=1)


@pytest.fixture(scope="module")
def girls():
    model = bl.binomial("Menarche ~ Age", MENARCHE, trials="Total", priors="flat")
    return model.fit("map", random_seed=1)


# ---- the case-control study ---------------------------------------------------------------


def test_study_table(study):
    found = study.classical()
    table = found.coefficients
    assert table["estimate"].tolist() == pytest.approx(
        [-2.4049408286532, 1.2144551721071, 0.4342924660875, 0.0215442562889], abs=1e-9
    )
    assert table["se"].tolist() == pytest.approx(
        [0.9637966584194, 0.2133079163071, 0.2066303627326, 0.0284223102192], rel=1e-6
    )
    # R interpolates profiles, which is good for three digits or so.
    bounds = table[["profile95_lb", "profile95_ub"]].to_numpy()
    wanted = [
        [-4.3363677479420, -0.5452055570823],
        [0.8081745987713, 1.6473784925919],
        [0.0300503092705, 0.8433076632882],
        [-0.0342109998924, 0.0776081193717],
    ]
    assert bounds == pytest.approx(np.array(wanted), abs=2e-3)
    statistics = found.statistics["value"]
    assert statistics["deviance"] == pytest.approx(279.036802519, abs=1e-8)
    assert statistics["null_deviance"] == pytest.approx(316.171110816, abs=1e-8)
    assert statistics["aic"] == pytest.approx(287.036802519, abs=1e-8)
    assert statistics["brier"] == pytest.approx(0.190391525628, abs=1e-10)
    assert statistics["auc"] == pytest.approx(0.731799926981, abs=1e-10)


def test_study_tests_of_terms(study):
    terms = study.classical(intervals="wald").terms
    assert terms["likelihood_ratio"].tolist() == pytest.approx(
        [37.05500939, 4.43215988, 0.57517631], abs=1e-7
    )
    assert terms["p"].tolist() == pytest.approx([1.1484e-09, 0.035268, 0.448209], rel=1e-4)


def test_study_effects(study):
    def effect(**options):
        return study.comparisons("spontaneous", **options)["estimate"].item()

    assert effect() == pytest.approx(0.252567093907, abs=1e-9)
    assert effect(comparison="ratio") == pytest.approx(1.75465830469, abs=1e-9)
    assert effect(comparison="odds_ratio") == pytest.approx(2.82834227269, abs=1e-9)
    assert effect(comparison="nnt") == pytest.approx(1 / 0.252567093907)
    row = effect(comparison="odds_ratio", newdata="mean")
    assert row == pytest.approx(np.exp(1.2144551721071))
    slope = study.slopes("spontaneous")["estimate"].item()
    assert slope == pytest.approx(0.229814419047, abs=1e-8)


def test_study_discrimination(study, posterior):
    table = study.net_benefit([0.2, 0.4])
    assert table["net_benefit"].tolist() == pytest.approx(
        [0.199596774194, 0.0631720430108], abs=1e-12
    )
    # DeLong's 95 % interval of the AUC, and that of resampled cases, in-sample as R's.
    area = study.auc(ci_prob=0.95).loc["auc"]
    assert area["estimate"] == pytest.approx(0.731799926981, abs=1e-10)
    assert [area["eti95_lb"], area["eti95_ub"]] == pytest.approx([0.6654, 0.7982], abs=0.01)


def test_study_influence(study):
    found = study.classical(intervals="wald").residuals()
    largest = found["cook"].sort_values(ascending=False)[:4]
    assert [i + 1 for i in largest.index[:2]] == [7, 43]
    # Two rows say the same and tie for the third place, up to rounding.
    assert {i + 1 for i in largest.index[2:]} == {2, 33}
    assert largest.tolist() == pytest.approx(
        [0.0284798398712, 0.0224373500752, 0.0181510002276, 0.0181510002276], rel=1e-6
    )
    assert found["leverage"].max() == pytest.approx(0.0392313247025, rel=1e-6)


def test_study_carried_to_a_population(study):
    found = study.with_prevalence(1e-4)
    share = INFERT["case"].mean()
    assert found.shift.item() == pytest.approx(logit(1e-4) - logit(share))
    risks = found.predict(INFERT.head(2))["estimate"]
    assert risks.tolist() == pytest.approx([0.000550175531405, 6.84783048792e-05], rel=1e-7)


def test_study_s_risks_are_warned_of_and_its_odds_ratios_are_not(posterior):
    with pytest.warns(bl.BayesLogitWarning, match=r"that share, 0\.3347, was chosen and not"):
        posterior.predict(INFERT.head(1))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ratio = posterior.comparisons("spontaneous", comparison="odds_ratio", newdata="mean")
        posterior.with_prevalence(1e-4).predict(INFERT.head(1))
    assert ratio["estimate"].item() == pytest.approx(np.exp(1.2144551721071), rel=0.05)


def test_study_by_strata_left_out_together(posterior):
    found = posterior.kfold(5, groups=INFERT["stratum"].to_numpy())
    assert found.kind == "5-fold"
    assert found.elpd == pytest.approx(posterior.loo().elpd, abs=4)


# ---- the girls of Warsaw ------------------------------------------------------------------


def test_girls_table(girls):
    found = girls.classical()
    table = found.coefficients
    assert table["estimate"].tolist() == pytest.approx([-21.22639490513, 1.63196834822], abs=1e-8)
    # R's are from the weights one step before the last.
    assert table["se"].tolist() == pytest.approx([0.770684663697, 0.058953080811], rel=5e-6)
    statistics = found.statistics["value"]
    assert statistics["deviance"] == pytest.approx(26.7034516358, abs=1e-7)
    assert statistics["null_deviance"] == pytest.approx(3693.88357479, abs=1e-6)
    assert statistics["pearson"] == pytest.approx(21.8698536754, abs=1e-7)
    assert statistics["auc"] == pytest.approx(0.972129885787, abs=1e-9)


def test_age_at_which_half_of_the_girls_have_menstruated(girls):
    # MASS::dose.p: 13.00662 (0.03867) and 14.35299 (0.06150).
    assert girls.solve("Age")["estimate"].item() == pytest.approx(13.0066216837, abs=1e-8)
    exact = girls.model.fit("quadrature", draws=2000, random_seed=1)
    for probability, dose, error in (
        (0.5, 13.0066216837, 0.0386658231949),
        (0.9, 14.3529863848, 0.0614976350319),
    ):
        row = exact.solve("Age", probability=probability, ci_prob=0.95, ci_kind="eti").iloc[0]
        assert row["median"] == pytest.approx(dose, abs=0.1 * error)
        width = row["eti95_ub"] - row["eti95_lb"]
        assert width == pytest.approx(2 * 1.959964 * error, rel=0.05)


def test_girls_residuals(girls):
    row = girls.classical().residuals().iloc[9]
    assert row[["deviance", "pearson", "standardised"]].tolist() == pytest.approx(
        [1.36753877427, 1.40235004336, 1.47716721466], abs=1e-7
    )
    mine = girls.residuals().iloc[9]
    assert mine[["deviance", "pearson"]].tolist() == pytest.approx(
        [1.36753877427, 1.40235004336], abs=1e-6
    )


def test_girls_scatter_as_trials_do(girls):
    found = girls.check()["dispersion"]
    assert found.severity == "ok"
    assert found.values["pearson"] == pytest.approx(21.8698536754, abs=1e-6)
