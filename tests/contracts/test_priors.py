"""The contract of a prior, for every entry of ``PRIORS``."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np
import pytest
from scipy import integrate, stats

from bayeslogit.errors import PriorError
from bayeslogit.priors import PRIORS, Cauchy, Normal, Prior, StudentT
from bayeslogit.priors.exponential_tails import Laplace, Logistic
from tests.differences import derivative

# Values for fields, by name; a field with another name is tried at these multiples of its default.
VALUES = {"mu": [-1.0, 0.3, 2.0], "alpha": [-1.0, 0.3, 2.0], "nu": [1.5, 3.0, 40.0]}
MULTIPLES = np.array([0.4, 1.0, 3.0])


def _arrays(kind: type[Prior]) -> Prior:
    """Return a prior of three coefficients that differ in every field."""
    values: dict[str, Any] = {}
    for field in fields(kind):  # type: ignore[arg-type]
        values[field.name] = VALUES.get(field.name, MULTIPLES * field.default)
    return kind(**values)


kinds = pytest.mark.parametrize("kind", PRIORS.values(), ids=list(PRIORS))
POINTS = np.random.default_rng(0).normal(size=(3, 40)) * 3.0


@kinds
def test_density_integrates_to_one_if_proper(kind: type[Prior]) -> None:
    for i in range(3):
        prior = _arrays(kind).pick(i)

        def density(x: float, prior: Prior = prior) -> float:
            return float(np.exp(prior.log_density(np.array([[x]])))[0, 0])

        if prior.proper:
            mass = integrate.quad(density, -np.inf, 0.0)[0] + integrate.quad(density, 0, np.inf)[0]
            assert abs(mass - 1.0) < 1e-7
        else:
            assert density(-1e6) == density(0.0) == density(1e6) == 1.0


@kinds
def test_gradient_and_curvature_equal_differences(kind: type[Prior]) -> None:
    prior, one = _arrays(kind), np.ones_like(POINTS)
    gradient = derivative(prior.log_density, POINTS, one)
    np.testing.assert_allclose(prior.gradient(POINTS), gradient, rtol=1e-8, atol=1e-7)
    curvature = -derivative(prior.gradient, POINTS, one)
    np.testing.assert_allclose(prior.curvature(POINTS), curvature, rtol=1e-7, atol=1e-6)
    assert prior.curvature(POINTS).shape == prior.gradient(POINTS).shape == POINTS.shape


@kinds
def test_corners_are_as_declared(kind: type[Prior]) -> None:
    prior = _arrays(kind)
    smooth, one = prior.smooth, np.ones_like(POINTS)
    gradient = derivative(smooth.log_density, POINTS, one)
    np.testing.assert_allclose(smooth.gradient(POINTS), gradient, rtol=1e-8, atol=1e-7)
    curvature = -derivative(smooth.gradient, POINTS, one)
    np.testing.assert_allclose(smooth.curvature(POINTS), curvature, rtol=1e-7, atol=1e-6)
    far = np.full((3, 1), 1e5)
    np.testing.assert_allclose(smooth.log_density(far), prior.log_density(far), rtol=1e-4)
    if prior.corner is None:
        assert smooth is prior
        return
    at = np.reshape(prior.corner, (3, 1))
    jump = prior.gradient(at + 1e-9) - prior.gradient(at - 1e-9)
    assert (jump < -0.1).all()
    assert (prior.gradient(at) == 0.0).all()


@kinds
def test_gaussian_priors_have_constant_curvature(kind: type[Prior]) -> None:
    smooth = _arrays(kind).smooth
    curvature = smooth.curvature(POINTS)
    assert np.all(curvature == curvature[:, :1]) == kind.gaussian


@kinds
def test_pick_gives_the_prior_of_one_coefficient(kind: type[Prior]) -> None:
    prior = _arrays(kind)
    for i in range(3):
        single = prior.pick(i)
        row = POINTS[i : i + 1]
        for method in ("log_density", "gradient", "curvature"):
            whole = getattr(prior, method)(POINTS)[i : i + 1]
            # A few operations per number, each of them rounded.
            np.testing.assert_allclose(getattr(single, method)(row), whole, rtol=1e-14, atol=1e-14)
        assert all(isinstance(v, float) for v in single.parameters().values())
        assert single.pick(2).parameters() == single.parameters()


@kinds
def test_default_fields_serve_any_number_of_coefficients(kind: type[Prior]) -> None:
    prior = kind()
    assert prior.log_density(np.zeros((5, 2))).shape == (5, 2)
    assert prior.gradient(np.zeros((0, 2))).shape == (0, 2)


@kinds
def test_far_away_nothing_breaks(kind: type[Prior]) -> None:
    far = np.array([[-1e100, -1e12, 1e12, 1e100]])
    prior = kind()
    for values in (prior.log_density(far), prior.gradient(far), prior.curvature(far)):
        assert np.all(np.isfinite(values))


@kinds
def test_sample_quantiles_match_the_density(kind: type[Prior]) -> None:
    prior, draws = _arrays(kind), 20_000
    if not prior.proper:
        with pytest.raises(PriorError, match=r"has no draws: found Flat\(\).*Normal\(0, 2.5\)"):
            prior.sample(np.random.default_rng(0), (3, 4))
        return
    sample = prior.sample(np.random.default_rng(1), (3, draws))
    assert sample.shape == (3, draws)
    for i in range(3):
        single = prior.pick(i)

        def density(x: float, single: Prior = single) -> float:
            return float(np.exp(single.log_density(np.array([[x]])))[0, 0])

        for level in (0.05, 0.25, 0.5, 0.9):
            point = float(np.quantile(sample[i], level))
            below = integrate.quad(density, -np.inf, point)[0]
            assert abs(below - level) < 4.5 * np.sqrt(level * (1 - level) / draws)


@kinds
def test_numpy_equals_pymc(kind: type[Prior]) -> None:
    import pymc as pm

    for prior, points in ((_arrays(kind), POINTS[:, 0]), (_arrays(kind).pick(1), POINTS[1])):
        # As arrays: PyTensor may take a bare float for single precision.
        arguments = {k: np.asarray(v, dtype=np.float64) for k, v in prior.parameters().items()}
        twin = getattr(pm, prior.name).dist(**arguments)
        theirs = pm.logp(twin, points).eval(mode="FAST_COMPILE")
        ours = prior.log_density(points.reshape(3, -1) if len(points) == 3 else points[None])
        np.testing.assert_allclose(ours.ravel(), np.ravel(theirs), rtol=0, atol=1e-9)


@kinds
def test_text_names_the_kind_and_every_value(kind: type[Prior]) -> None:
    assert str(kind()).startswith(f"{kind.name}(")
    assert str(_arrays(kind)).count("[") == len(_arrays(kind).parameters())


@kinds
@pytest.mark.parametrize(
    "bad", [np.nan, np.inf, None, "2", 1j, np.array([1j]), [], [[1.0]], [1, "a"], [[1], [1, 2]]]
)
def test_fields_that_are_not_finite_numbers_are_refused(kind: type[Prior], bad: Any) -> None:
    for field in fields(kind):  # type: ignore[arg-type]
        message = rf"{kind.name} got {field.name}=.*; expected a (positive )?finite number .*write"
        with pytest.raises(PriorError, match=message):
            kind(**{field.name: bad})


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        (Normal, "sigma"),
        (StudentT, "sigma"),
        (StudentT, "nu"),
        (Cauchy, "beta"),
        (Laplace, "b"),
        (Logistic, "s"),
    ],
)
def test_scales_that_are_not_positive_are_refused(kind: type[Prior], field: str) -> None:
    for bad in (0.0, -1.0, [1.0, -2.0]):
        with pytest.raises(PriorError, match=f"{field}=.*a positive finite number"):
            kind(**{field: bad})


def test_priors_equal_scipy() -> None:
    x = np.linspace(-5, 5, 21)[None]
    for prior, dist in [
        (Normal(0.5, 2.0), stats.norm(0.5, 2.0)),
        (StudentT(4.0, 0.5, 2.0), stats.t(4.0, 0.5, 2.0)),
        (Cauchy(0.5, 2.0), stats.cauchy(0.5, 2.0)),
        (Laplace(0.5, 2.0), stats.laplace(0.5, 2.0)),
        (Logistic(0.5, 2.0), stats.logistic(0.5, 2.0)),
    ]:
        np.testing.assert_allclose(prior.log_density(x), dist.logpdf(x), rtol=1e-12, atol=1e-13)


def test_a_prior_keeps_its_own_copy_of_arrays() -> None:
    scales = np.array([1.0, 2.0])
    prior = Normal(0.0, scales)
    scales[0] = 100.0
    np.testing.assert_array_equal(prior.sigma, [1.0, 2.0])


def test_registry_names() -> None:
    assert set(PRIORS) == {"Normal", "Flat", "StudentT", "Cauchy", "Laplace", "Logistic"}
    assert all(name == kind.name for name, kind in PRIORS.items())


def test_C_of_scikit_learn() -> None:  # noqa: N802
    assert Normal.from_C(4.0).parameters() == {"mu": 0.0, "sigma": 2.0}
    assert Normal(0, 3).to_C() == 9.0
    assert Normal([0, 0], [3, 3]).to_C() == 9.0
    np.testing.assert_allclose(Normal.from_C(0.3).to_C(), 0.3, rtol=1e-15)


@pytest.mark.parametrize("bad", [0.0, -1.0, np.inf, np.nan, "1", None, [1.0], 1j])
def test_C_that_is_not_positive_is_refused(bad: Any) -> None:  # noqa: N802
    with pytest.raises(PriorError, match=r"from_C got C=.*; expected a positive finite.*from_C\(1"):
        Normal.from_C(bad)


@pytest.mark.parametrize("prior", [Normal(1.0, 2.0), Normal(0, [1, 2]), Normal([0, 1], 1)])
def test_priors_without_a_C_are_refused(prior: Normal) -> None:  # noqa: N802
    with pytest.raises(PriorError, match=r"has no C; .*mean zero and one scale.*use Normal\(0, s"):
        prior.to_C()


@kinds
def test_log_concavity_is_as_declared(kind: type[Prior]) -> None:
    lowest = _arrays(kind).curvature(np.linspace(-60.0, 60.0, 2401)[None] * np.ones((3, 1))).min()
    assert (lowest >= 0.0) == kind.log_concave
