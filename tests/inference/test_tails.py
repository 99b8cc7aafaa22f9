"""Moments that do not exist, and what a fit says of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import bayeslogit as bl
from bayeslogit.families import LINKS
from bayeslogit.inference.tails import missing_moments
from bayeslogit.priors import PRIORS

GROUP = {"y": [0, 1] * 4 + [1] * 6, "g": [0] * 8 + [1] * 6}
# Separated between -1 and 1, wherever zero is.
LINE = np.array([-3.0, -2.0, -1.0, 1.0, 2.0, 3.0])


def group(prior: Any, **options: Any) -> bl.Model:
    return bl.logistic(
        "y ~ g", GROUP, priors={"Intercept": bl.Normal(0, 2.5), "g": prior}, **options
    )


def line(shift: float, y: list[int], prior: Any, **options: Any) -> bl.Model:
    priors = {"Intercept": prior, "x": prior}
    return bl.logistic("y ~ x", {"x": LINE + shift, "y": y}, priors=priors, **options)


@pytest.mark.parametrize(
    ("prior", "mean", "sd"),
    [
        (bl.Cauchy(0, 2.5), False, False),
        (bl.StudentT(1, 0, 2.5), False, False),
        (bl.StudentT(1.5, 0, 2.5), True, False),
        (bl.StudentT(2, 0, 2.5), True, False),
        (bl.StudentT(3, 0, 2.5), True, True),
        (bl.Normal(0, 2.5), True, True),
    ],
    ids=str,
)
def test_a_separated_group_has_the_tail_of_its_prior(prior: Any, mean: bool, sd: bool) -> None:
    found = missing_moments(group(prior).density)
    assert (not found.mean[1], not found.sd[1]) == (mean, sd)
    assert not found.sd[0]


def test_solitary_separators_and_pairs() -> None:
    """Ghosh, Li and Mitra (2018): Cauchy priors leave a mean unless a column separates alone."""
    y = [0, 0, 0, 1, 1, 1]
    alone = missing_moments(line(0.0, y, bl.Cauchy()).density)
    assert alone.mean.tolist() == [False, True]
    # Shifted, the slope separates only together with the intercept: one power more.
    pair = missing_moments(line(5.0, y, bl.Cauchy()).density)
    assert pair.mean.tolist() == [False, False]
    assert pair.sd.tolist() == [True, True]
    overlap = missing_moments(line(0.0, [0, 0, 1, 0, 1, 1], bl.Cauchy()).density)
    assert not overlap.sd.any()


def test_a_heavy_link_lets_data_bound_a_tail_by_a_power_only() -> None:
    overlap = [0, 0, 1, 0, 1, 1]
    found = missing_moments(line(0.0, overlap, bl.Cauchy(), link="cauchit").density)
    # Two rows are on the wrong side of any slope, each of which takes one power more.
    assert found.power[1] == 4.0
    assert np.isinf(missing_moments(line(0.0, overlap, bl.Cauchy()).density).power).all()


def test_precision_of_a_beta_binomial_is_never_bounded_above() -> None:
    table = {"k": [1, 2, 0, 5], "n": [3, 4, 5, 9]}
    priors = {"Intercept": bl.Normal(0, 2), "log_precision": bl.Cauchy(0, 2)}
    model = bl.binomial("k ~ 1", table, trials="n", dispersion="beta", priors=priors)
    assert missing_moments(model.density).mean.tolist() == [False, True]


def test_decay_is_the_slope_far_out() -> None:
    at = np.array([[1e6, 1e7]])
    for kind in PRIORS.values():
        prior = kind()
        if np.isfinite(prior.decay):
            slope = -np.diff(prior.log_density(at))[0, 0] / np.log(10.0)
            assert slope == pytest.approx(prior.decay, abs=1e-6)
        else:
            assert -np.diff(prior.log_density(at))[0, 0] > 1e6
    for link in (link for link in LINKS.values() if not link.bounded):
        for eta in (np.array([-100.0, -1000.0]), np.array([100.0, 1000.0])):
            below, above = link.log_probs(eta)
            slope = -np.diff(np.minimum(below, above))[0] / np.log(10.0)
            if np.isfinite(link.decay):
                assert slope == pytest.approx(link.decay, abs=1e-3)
            else:
                assert slope > 100.0


def test_a_fit_says_so_and_the_summary_shows_no_number() -> None:
    fit = group(bl.Cauchy(0, 2.5)).fit(random_seed=1)
    (problem,) = [p for p in fit.problems if p.code == "no_moments"]
    assert problem.severity == "note"
    assert problem.sentence == (
        "the posterior of 'g' has no mean and no sd: the data set no bound on one side, where the "
        "tail is that of the prior; expected a finite sd; report the median and quantiles, which "
        "exist, or use a prior with lighter tails such as Normal(0, 2.5)."
    )
    table = fit.summary()
    assert np.isnan(table.loc["g", ["mean", "sd", "mcse_mean", "mcse_sd"]].to_numpy(float)).all()
    assert table.loc["Intercept"].drop("prior").notna().all()
    interval = table.loc["g"].iloc[2:4].to_numpy(float)
    assert np.isfinite(interval).all()
    assert np.isfinite(fit.summary("odds_ratio").loc["g", "median"])
    assert not any(p.severity == "severe" for p in fit.problems)


def test_two_sentences_for_two_kinds() -> None:
    (note,) = missing_moments(line(0.0, [0, 0, 0, 1, 1, 1], bl.Cauchy()).density).problems
    assert note.sentence.startswith(
        "the posterior of 'x' has no mean and no sd; the posterior of 'Intercept' has no sd: "
    )


def test_quantiles_are_right_where_moments_do_not_exist() -> None:
    fits = [group(bl.Cauchy(0, 2.5)).fit(random_seed=s).outcome.draws[..., 1] for s in range(4)]
    medians = [np.median(f) for f in fits]
    tails = [np.quantile(f, 0.975) for f in fits]
    assert np.ptp(medians) < 0.05 * np.mean(medians)
    assert np.ptp(tails) < 0.15 * np.mean(tails)
