"""Leaving cases and groups out of models with group-level terms, by integrals and by refits."""

import warnings
from dataclasses import replace

import arviz_stats
import numpy as np
import pytest
from scipy.integrate import quad

import bayeslogit as bl
from bayeslogit.answers.comparison.by_group import density_of_groups
from bayeslogit.errors import BayesLogitWarning, DesignError, MethodRefused
from bayeslogit.specification.subset import on_rows
from tests.inference.grouped.test_known_answers import model_of
from tests.inference.grouped.test_quadrature import MODELS, ROWS

RAW = {"Intercept": bl.Normal(0, 2.5), "slopes": bl.Normal(0, 2.5)}


@pytest.fixture(scope="module")
def herds():
    return model_of("cbpp", priors=RAW).fit(random_seed=1)


@pytest.fixture(scope="module")
def children():
    return model_of("bacteria", priors=RAW).fit(random_seed=1)


def roughly(model, draws=60):
    """Return draws that are good enough to ask questions of."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", BayesLogitWarning)
        return model.fit("laplace", draws=draws, random_seed=1)


def conditional(fit, row):
    """Return what each draw says of a row given the others of its group, by SciPy."""
    model = fit.model
    group, scale = model.design.groups[0], model.layout.scales[0]
    theta = fit.theta.copy()
    theta[scale.index.ravel()] = 0.0
    eta = model.likelihood.eta(theta)[0]
    sd = fit.outcome.scales[f"sd_{scale.suffix}"].ravel()
    mates = np.flatnonzero(group.codes == group.codes[row])
    found = []
    for draw in range(0, fit.n_draws, fit.n_draws // 4):

        def height(z, rows, draw=draw):
            moved = eta[rows, draw] + sd[draw] * z
            logs = model.family.row_log_likelihood(moved[None, :, None], model.counts[rows])
            return np.exp(logs.sum() - 0.5 * z * z)

        some = [quad(height, -12, 12, args=(r,))[0] for r in (mates, mates[mates != row])]
        found.append(np.log(some[0] / some[1]))
    return np.array(found)


def few(fit):
    """Return a fit with four of its draws."""
    step = fit.n_draws // 4
    scales = {
        name: values.reshape(-1, *values.shape[2:])[None, ::step]
        for name, values in fit.outcome.scales.items()
    }
    outcome = replace(fit.outcome, draws=fit.theta[:, ::step].T[None], scales=scales)
    return replace(fit, outcome=outcome)


def test_densities_given_the_rest_of_a_group_are_scipy_s(children):
    """Of four draws nothing is smoothed: the estimate is their harmonic mean."""
    for row in (0, 57, 140):
        each = conditional(children, row)
        found = few(children).loo(unit="row", progressbar=False).elpd_i[row]
        assert found == pytest.approx(-np.log(np.mean(np.exp(-each))), abs=1e-3)


def test_no_case_has_a_large_k_though_draws_of_effects_give_one(children):
    found = children.loo(progressbar=False)
    assert found.elpd == pytest.approx(-96.4, abs=0.5)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        flat = arviz_stats.loo(children.extend("log_likelihood"))
    assert float(np.max(flat.pareto_k)) > 0.55 > 0.4 > found.k.max()
    assert children.loo(unit="row", progressbar=False).elpd == pytest.approx(found.elpd, abs=1e-6)


@pytest.mark.slow
def test_a_row_left_out_is_as_a_fit_without_it_says(herds):
    found = herds.loo(unit="row", progressbar=False)
    for row in (2, 36):
        kept = np.delete(np.arange(56), row)
        without = on_rows(herds.model, kept).fit(draws=4000, random_seed=3)
        prob = np.exp(herds.model.likelihood.pointwise(without.theta)[row])
        error = prob.std() / prob.mean() / np.sqrt(prob.size / 10)
        known = np.log(prob.mean())
        assert found.elpd_i[row] == pytest.approx(known, abs=4 * error)


@pytest.mark.slow
def test_groups_left_out_are_as_fits_without_them_say(herds):
    found = herds.loo(unit="group", progressbar=False)
    again = herds.kfold(15, unit="group", progressbar=False)
    assert (found.n_data_points, again.n_data_points) == (15, 15)
    np.testing.assert_allclose(found.elpd_i, again.elpd_i, atol=0.12)
    assert found.elpd == pytest.approx(again.elpd, abs=0.25)


def test_folds_of_groups_score_groups():
    fit = model_of("cbpp", priors=RAW).fit(random_seed=1, draws=250)
    found = fit.loo(unit="group", progressbar=False)
    again = fit.kfold(3, unit="group", progressbar=False)
    assert (again.kind, again.unit, found.unit) == ("3-fold", "group", "group")
    assert again.elpd == pytest.approx(found.elpd, abs=3.0)
    assert 0.0 < found.p < 10.0
    by_rows = fit.kfold(3, groups="herd", progressbar=False)
    assert by_rows.unit == "case"


def test_groups_are_harder_to_predict_than_cases(children):
    by_group = children.loo(unit="group", progressbar=False)
    assert by_group.elpd == pytest.approx(-100.8, abs=0.6)
    assert by_group.k.max() < 0.7
    assert "over 50 groups" in str(by_group)


@pytest.mark.parametrize("name", MODELS)
def test_every_family_leaves_rows_and_groups_out(name):
    fit = roughly(MODELS[name]())
    assert np.isfinite(fit.loo(unit="row", progressbar=False).elpd_i).all()
    found = fit.loo(unit="group", progressbar=False)
    assert found.n_data_points == 8
    assert np.isfinite(found.values).all()


def test_crossed_groups_keep_the_others_as_drawn():
    fit = bl.logistic("y ~ x + (1 | g) + (1 | h)", ROWS).fit(random_seed=1, draws=250)
    by_g, by_h = (fit.loo(unit="group", groups=g, progressbar=False) for g in "gh")
    assert (by_g.n_data_points, by_h.n_data_points) == (8, 3)
    with pytest.raises(DesignError, match="name them, such as groups='school'"):
        fit.loo(unit="group")


def test_groups_within_groups_are_refused():
    rng = np.random.default_rng(2)
    data = {"a": np.repeat(list("uvwxy"), 20), "b": np.tile(np.repeat(list("klmn"), 5), 5)}
    data["y"] = rng.integers(0, 2, 100)
    fit = bl.logistic("y ~ 1 + (1 | a/b)", data).fit(random_seed=1, draws=100)
    with pytest.raises(MethodRefused, match=r"groups of \(1 \| a:b\) lie within those"):
        fit.loo(unit="group", groups="a")
    assert fit.loo(unit="group", groups="a:b", progressbar=False).n_data_points == 20


def test_compared_groups_keep_their_names():
    """By leave-one-out and by folds, for models that know the grouping and that do not."""
    g = np.repeat(["ward 9", "ward 10", "annex", "clinic"], 12)
    data = {"x": np.tile(np.arange(12.0), 4), "y": np.tile([0, 1, 0, 1, 1, 0], 8), "g": g}
    fits = {
        "without": bl.logistic("y ~ x", data).fit("laplace", random_seed=1, draws=100),
        "with": bl.logistic("y ~ x + (1 | g)", data).fit(random_seed=1, draws=100),
    }
    own = fits["with"].loo(unit="group", progressbar=False)
    for options in ({}, {"folds": 2}):
        found = bl.compare(fits, unit="group", random_seed=1, progressbar=False, **options)
        for elpd in found.elpds.values():
            assert elpd.elpd_i.index.equals(own.elpd_i.index)
            assert elpd.elpd_i.index.name == "g"
        assert set(own.elpd_i.index) == set(g)
    found = bl.compare(fits, unit="group", progressbar=False)
    np.testing.assert_allclose(found.elpds["with"].elpd_i, own.elpd_i, rtol=1e-12)


def test_models_with_and_without_a_term_are_compared_by_rows_and_by_groups():
    data = {**ROWS, "y": (np.repeat(np.arange(8) > 3, 6) ^ (np.arange(48) % 6 == 0)).astype(int)}
    fits = {
        "with": bl.logistic("y ~ x + (1 | g)", data).fit(random_seed=1, draws=250),
        "without": bl.logistic("y ~ x", data).fit(random_seed=1, draws=250),
    }
    assert bl.compare(fits, progressbar=False).table.index[0] == "with"
    by_group = bl.compare(fits, unit="group", progressbar=False)
    assert by_group.elpds["without"].n_data_points == 8
    assert by_group.table.index[0] == "with"
    joint = density_of_groups(fits["without"], np.repeat(np.arange(8), 6), 8)
    each = fits["without"].model.likelihood.pointwise(fits["without"].theta)
    np.testing.assert_allclose(joint, each.reshape(8, 6, -1).sum(axis=1))
    folds = bl.compare(fits, folds=4, groups="g", unit="group", progressbar=False)
    assert {e.unit for e in folds.elpds.values()} == {"group"}


def test_what_is_left_out_must_be_known(herds):
    with pytest.raises(DesignError, match="expected unit='group', which leaves groups out"):
        herds.loo(groups="herd")
    with pytest.raises(DesignError, match="no group-level terms"):
        roughly(bl.logistic("y ~ x", ROWS)).loo(unit="group")
    with pytest.raises(DesignError, match="all 48 rows are in one group"):
        roughly(MODELS["logit"]()).loo(unit="group", groups=np.zeros(48))


def test_too_many_effects_are_refused(monkeypatch):
    monkeypatch.setattr("bayeslogit.inference.grouped.integrand._NODES", 4)
    with pytest.raises(MethodRefused, match=r"2 effects of a group .*use kfold\(groups='g'\)"):
        roughly(MODELS["slopes"]()).loo()


def test_integrals_that_do_not_stand_still_are_said(monkeypatch):
    monkeypatch.setattr("bayeslogit.inference.grouped.integrand._POINTS", (1, 2))
    fit = roughly(MODELS["logit"]())
    scales = {name: 8.0 + 0.0 * values for name, values in fit.outcome.scales.items()}
    wide = replace(fit, outcome=replace(fit.outcome, scales=scales))
    with pytest.warns(BayesLogitWarning, match="still changed by"):
        wide.loo(unit="group", progressbar=False)
