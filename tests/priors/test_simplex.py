"""A Dirichlet on class probabilities as the prior of cutpoints."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pytest
from pytensor.compile.mode import Mode
from scipy import stats
from scipy.special import gammaln

import bayeslogit as bl
from bayeslogit.families import Adjacent, Cumulative, Ordered, Sequential
from bayeslogit.priors import CoefficientPrior, Dirichlet, Normal, Simplex
from bayeslogit.pymc_twin import log_posterior
from tests.differences import jacobian
from tests.helpers import UNBOUNDED

PYTHON = Mode(linker="py", optimizer="fast_run")
LEVELS = list("uvwz")
UNEVEN = np.array([0.5, 1.0, 2.0, 3.5])
FORMS: list[Any] = [
    *[pytest.param(Cumulative, link, id=f"cumulative-{link}") for link in UNBOUNDED],
    *[pytest.param(Sequential, link, id=f"sequential-{link}") for link in UNBOUNDED],
    pytest.param(Adjacent, "logit", id="adjacent"),
]
forms = pytest.mark.parametrize(("kind", "link"), FORMS)


def rows(n: int = 60) -> dict[str, Any]:
    rng = np.random.default_rng(4)
    return {
        "x": rng.standard_normal(n),
        "z": 5 + 2 * rng.standard_normal(n),
        "y": np.array(LEVELS)[np.arange(n) % 4],
    }


def rating(concentration: Any = 1.0, **options: Any) -> bl.Model:
    options = {"levels": LEVELS} | options
    priors = {"cutpoints": bl.Dirichlet(concentration)}
    return bl.ordinal("y ~ x + z", rows(), priors=priors, **options)


def points(columns: int = 5) -> np.ndarray:
    theta = 0.5 * np.random.default_rng(3).standard_normal((5, columns))
    theta[:3] = np.sort(theta[:3], axis=0) + 0.1 * np.arange(3)[:, None]
    return theta


# ---- the density ----------------------------------------------------------------------------


@forms
def test_it_is_the_dirichlet_density_times_the_volume(kind: type[Ordered], link: str) -> None:
    family = kind(classes=4, link=link)
    eta = points()[:3]

    def shares(at: np.ndarray) -> np.ndarray:
        return family.probabilities(at[:, None, None])[:-1, 0, 0]

    for column in eta.T:
        p = family.probabilities(column[:, None, None])[:, 0, 0]
        volume = np.linalg.slogdet(jacobian(shares, column))[1]
        expected = stats.dirichlet(UNEVEN).logpdf(p / p.sum()) + volume
        found = family.simplex(column[:, None], UNEVEN)[0][0]
        assert found == pytest.approx(expected, abs=1e-8)


@forms
def test_derivatives_equal_differences(kind: type[Ordered], link: str) -> None:
    simplex = Simplex((0, 1, 2), UNEVEN, kind(classes=4, link=link))
    center = np.column_stack([np.eye(3), -np.tile([0.3, 2.0], (3, 1))])
    prior = CoefficientPrior(
        tuple("abcde"),
        ((np.array([3, 4]), Normal(0, 2)),),
        center=center,
        moved=(0, 1, 2),
        simplex=simplex,
    )
    for theta in points().T:
        gradient = prior.gradient(theta[:, None])[:, 0]
        found = jacobian(lambda at: prior.log_density(at[:, None]), theta, 0.01)[:, 0]
        np.testing.assert_allclose(gradient, found, rtol=1e-7, atol=1e-7)
        bend = -jacobian(lambda at: prior.gradient(at[:, None])[:, 0], theta, 0.01)
        np.testing.assert_allclose(prior.precision(theta), bend, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(prior.each(points()).sum(axis=0), prior.log_density(points()))


@forms
def test_draws_have_dirichlet_shares_at_the_predictor_means(kind: type[Ordered], link: str) -> None:
    simplex = Simplex((0, 1, 2), UNEVEN, kind(classes=4, link=link))
    eta = simplex.sample(np.random.default_rng(1), 4000)
    shares = simplex.family.probabilities(eta[:, None])[:, 0]  # type: ignore[attr-defined]
    for k, a in enumerate(UNEVEN):
        assert stats.kstest(shares[k], stats.beta(a, UNEVEN.sum() - a).cdf).pvalue > 1e-3
    # The margin of each linear predictor is what a picture of the prior shows.
    for k in range(3):
        margin = simplex.margin(k)
        low, high = np.quantile(eta[k], [0.1, 0.9]).tolist()
        grid = np.linspace(low, high, 2001)
        mass = np.trapezoid(np.exp(margin.log_density(grid)), grid)
        assert mass == pytest.approx(0.8, abs=0.03)


def test_small_concentrations_do_not_run_out_of_numbers() -> None:
    simplex = Simplex((0, 1, 2), np.full(4, 0.02), Cumulative(classes=4))
    eta = simplex.sample(np.random.default_rng(1), 2000)
    assert np.all(np.isfinite(eta))
    # A uniform variable's power: half of the lowest shares are below 2 ** (-1 / 0.06) or so.
    assert np.median(eta[0]) < 0.0


def test_cutpoints_that_cross_have_no_density() -> None:
    family = Cumulative(classes=4)
    assert family.simplex(np.array([[0.0], [0.5], [0.4]]), np.ones(4))[0][0] == -np.inf


@forms
def test_numpy_equals_pymc(kind: type[Ordered], link: str) -> None:
    for options in ({}, {"partial": ["x"]}):
        model = rating(UNEVEN, form=kind().name, link=link, **options)
        theta = points()
        if options:
            theta = np.concatenate([theta, 0.01 * points()[:2]])
        theirs = log_posterior(model.pymc, model.layout, model.prior, mode=PYTHON)(theta)
        ours = model.density.value(theta)
        assert np.all(np.isfinite(ours))
        np.testing.assert_allclose(theirs, ours, rtol=1e-12, atol=1e-9)


@pytest.mark.parametrize("form", ["cumulative", "sequential", "adjacent"])
def test_pymc_can_start_and_draw_from_it(form: str) -> None:
    import pymc as pm

    model = bl.ordinal(
        "y ~ 1", rows(), levels=LEVELS, form=form, priors={"cutpoints": bl.Dirichlet(UNEVEN)}
    )
    twin = model.pymc
    assert np.isfinite(twin.compile_logp(mode=PYTHON)(twin.initial_point()))
    found = pm.draw(twin["cutpoints"], 400, random_seed=1, mode=Mode("py", "fast_compile"))
    shares = model.family.probabilities(found.T[:, None])[:, 0]
    error = np.sqrt(stats.dirichlet(UNEVEN).var() / 400)
    assert np.all(np.abs(shares.mean(axis=1) - UNEVEN / UNEVEN.sum()) < 4 * error)


# ---- the posterior --------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["cumulative", "sequential", "adjacent"])
@pytest.mark.parametrize("counts", [(7, 4, 9), (6, 0, 5), (0, 8, 3)])
def test_without_predictors_it_is_conjugate(form: str, counts: tuple[int, ...]) -> None:
    # The class probabilities are then Dirichlet after the data too, whatever the link.
    prior, seen = np.array([0.8, 1.5, 1.0]), np.array(counts)
    data = {"y": np.repeat([0, 1, 2], seen)}
    after = prior + seen
    link = "logit" if form == "adjacent" else "cloglog"
    model = bl.ordinal(
        "y ~ 1",
        data,
        levels=[0, 1, 2],
        form=form,
        link=link,
        priors={"cutpoints": bl.Dirichlet(prior)},
    )
    fit = model.fit("quadrature", draws=1000, random_seed=1)
    eta = np.concatenate([fit.theta])
    shares = model.family.probabilities(eta[:, None])[:, 0]
    exact = stats.dirichlet(after)
    error = np.sqrt(exact.var() / eta.shape[1])
    assert np.all(np.abs(shares.mean(axis=1) - exact.mean()) < 4 * error)
    log_evidence = gammaln(prior.sum()) - gammaln(prior).sum() + gammaln(after).sum()
    log_evidence -= gammaln(after.sum())
    assert fit.outcome.evidence is not None
    assert fit.outcome.evidence.value == pytest.approx(log_evidence, abs=1e-7)


def test_exact_draws_of_a_regression_do_not_depend_on_the_method() -> None:
    model = rating(1.0)
    one = model.fit("auto", random_seed=1)
    two = model.fit("hmc", random_seed=2)
    spread = one.theta.std(axis=1)
    gap = np.abs(one.theta.mean(axis=1) - two.theta.mean(axis=1)) / spread
    assert gap.max() < 4 * np.sqrt(2 / 1500)


# ---- what users see -------------------------------------------------------------------------


def test_print_summary_and_prior_predictive_say_it() -> None:
    model = rating(2.0)
    text = "Dirichlet(2) on class probabilities at the predictor means"
    assert dict(model.prior.describe())["u|v"] == text
    assert text in repr(model)
    fit = model.fit("laplace", draws=200, random_seed=1)
    assert fit.summary()["prior"].iloc[0] == text
    assert str(bl.Dirichlet([1, 2, 3])) == "Dirichlet([1, 2, 3])"
    flat = bl.ordinal(
        "y ~ 1", rows(), levels=LEVELS, priors={"cutpoints": bl.Dirichlet([40, 20, 20, 20])}
    )
    tree = flat.prior_predictive(draws=400, random_seed=1)
    assert float((tree["prior_predictive"]["y"] == 0).mean()) == pytest.approx(0.4, abs=0.02)
    assert np.all(np.diff(tree["prior/cutpoints"].to_numpy(), axis=-1) > 0)


def test_a_picture_of_it_can_be_drawn() -> None:
    axes = rating(2.0).fit("laplace", draws=200, random_seed=1).plot_prior()
    assert axes.child_axes


def test_saved_and_loaded_again(tmp_path: Any) -> None:
    fit = rating(UNEVEN, form="sequential").fit("laplace", draws=100, random_seed=1)
    again = bl.load(fit.save(tmp_path / "rating.nc"))
    np.testing.assert_array_equal(again.theta, fit.theta)
    assert again.model.prior.describe() == fit.model.prior.describe()
    at = points()
    np.testing.assert_array_equal(again.model.density.value(at), fit.model.density.value(at))


def test_methods_that_need_a_gaussian_prior_name_it() -> None:
    from bayeslogit.inference.refusals import other_prior

    assert other_prior(rating().density) == "the prior Dirichlet is not Gaussian"


MISTAKES: list[Any] = [
    (lambda: bl.Dirichlet(0), "concentration=0; expected a positive finite number"),
    (lambda: bl.Dirichlet([1, -1]), "expected a positive finite number"),
    (lambda: bl.Dirichlet("a"), "expected a positive finite number"),
    (lambda: rating([1.0, 2.0]), "has 2 concentrations; expected one, or 4"),
    (
        lambda: bl.ordinal("y ~ x", rows(), levels=LEVELS, priors=cast(Any, bl.Dirichlet(1))),
        r'not slopes.*write priors=\{"cutpoints": Dirichlet\(1\)\}',
    ),
    (
        lambda: bl.ordinal("y ~ x", rows(), levels=LEVELS, priors={"x": bl.Dirichlet(1)}),
        r"priors\['x'\] is Dirichlet\(1\).*'cutpoints' of an ordinal model",
    ),
    (
        lambda: bl.multinomial("y ~ x", rows(), priors={"Intercept": bl.Dirichlet(1)}),
        "'cutpoints' of an ordinal model",
    ),
    (
        lambda: bl.ordinal(
            "y ~ x",
            rows(),
            levels=LEVELS,
            priors={"cutpoints": bl.Dirichlet(1), "u|v": bl.Normal(0, 1)},
        ),
        r"gives 'u\|v' a prior of its own beside Dirichlet\(1\)",
    ),
]


@pytest.mark.parametrize(("mistake", "sentence"), MISTAKES)
def test_mistakes_get_a_sentence(mistake: Any, sentence: str) -> None:
    with pytest.raises(bl.PriorError, match=sentence):
        mistake()


def test_numbers_are_kept_as_given() -> None:
    assert Dirichlet(1).concentration == 1.0
    np.testing.assert_array_equal(Dirichlet([1, 2]).concentration, [1.0, 2.0])


@forms
@pytest.mark.parametrize("concentration", [[1, 1, 1, 1], UNEVEN, [2, 0.3, 1, 2], [0.2, 3, 1, 0.4]])
def test_log_concavity_is_as_declared(
    kind: type[Ordered], link: str, concentration: np.ndarray
) -> None:
    simplex = Simplex((0, 1, 2), np.array(concentration, float), kind(classes=4, link=link))
    rng = np.random.default_rng(0)
    eta = np.sort(rng.normal(size=(300, 3)) * rng.choice([0.3, 1.0, 4.0], (300, 1)), axis=1)
    values = np.linalg.eigvalsh([simplex.precision(row) for row in eta])
    relative = values[:, 0] / np.maximum(np.abs(values).max(axis=1), 1e-300)
    assert (relative.min() >= -1e-8) == simplex.log_concave
