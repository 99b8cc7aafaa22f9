"""The contract of a family; every entry of ``FAMILIES``, with every link it takes, by itself."""

from __future__ import annotations

import itertools
import json

import mpmath
import numpy as np
import pytest
from scipy import stats

from bayeslogit.families import (
    FAMILIES,
    LINKS,
    Adjacent,
    Bernoulli,
    Binomial,
    Cumulative,
    Family,
    Sequential,
)
from tests.differences import derivative
from tests.examples import EXAMPLES, classes_of, ordered, random_counts, random_eta
from tests.helpers import REFERENCES, UNBOUNDED

families = pytest.mark.parametrize("family", EXAMPLES.values(), ids=list(EXAMPLES))
kinds = pytest.mark.parametrize("kind", ["cases", "counts", "weighted"])


@families
def test_probabilities_sum_to_one(family: Family) -> None:
    eta = random_eta(family, 400, 3, scale=6.0)
    prob = family.probabilities(eta)
    assert prob.shape == (classes_of(family), 400, 3)
    assert np.all(prob >= 0.0)
    np.testing.assert_allclose(prob.sum(axis=0), 1.0, rtol=0, atol=1e-12)


@families
def test_log_likelihood_is_the_log_probability_of_the_observed_cell(family: Family) -> None:
    K = classes_of(family)
    eta = random_eta(family, 300, 2)
    prob = family.probabilities(eta)
    for k in range(K):
        counts = np.zeros((300, K))
        counts[:, k] = 1.0
        found = family.row_log_likelihood(eta.copy(), counts) + family.constants(counts)[:, None]
        np.testing.assert_allclose(found, np.log(prob[k]), rtol=1e-12, atol=1e-13)


@families
def test_one_case_in_either_extreme_is_finite(family: Family) -> None:
    K = classes_of(family)
    for size, k in itertools.product([40.0, 300.0, -40.0, -300.0], range(K)):
        eta = ordered(family, np.full((family.n_eta, 1, 1), size))
        counts = np.zeros((1, K))
        counts[0, k] = 1.0
        assert np.all(np.isfinite(family.row_log_likelihood(eta.copy(), counts)))
        assert np.all(np.isfinite(family.log_likelihood(eta.copy(), counts)))
        assert np.all(np.isfinite(family.slope(eta, counts)))
        assert np.all(np.isfinite(family.curvature(eta, counts)))
        assert np.all(np.isfinite(family.probabilities(eta)))


@families
@kinds
def test_total_is_the_sum_of_rows(family: Family, kind: str) -> None:
    eta, counts = random_eta(family, 1200, 3), random_counts(family, 1200, kind)
    rows = family.row_log_likelihood(eta.copy(), counts)
    assert rows.shape == (1200, 3)
    found = family.log_likelihood(eta.copy(), counts)
    assert found.shape == (3,)
    np.testing.assert_allclose(found, rows.sum(axis=0), rtol=1e-12)


@families
@kinds
def test_slope_equals_differences(family: Family, kind: str) -> None:
    eta, counts = random_eta(family, 120, 2), random_counts(family, 120, kind)
    found = family.slope(eta, counts)
    assert found.shape == eta.shape
    for a in range(family.n_eta):
        direction = np.zeros_like(eta)
        direction[a] = 1.0
        expected = derivative(
            lambda at: family.row_log_likelihood(at.copy(), counts), eta, direction
        )
        np.testing.assert_allclose(found[a], expected, rtol=1e-7, atol=1e-7)


@families
@kinds
def test_curvature_equals_differences(family: Family, kind: str) -> None:
    eta, counts = random_eta(family, 120, 1), random_counts(family, 120, kind)
    found = family.curvature(eta, counts)
    assert found.shape == (family.n_eta, family.n_eta, 120)
    for a in range(family.n_eta):
        direction = np.zeros_like(eta)
        direction[a] = 1.0
        expected = -derivative(lambda at: family.slope(at, counts), eta, direction)[:, :, 0]
        np.testing.assert_allclose(found[a], expected, rtol=1e-7, atol=1e-7)
        np.testing.assert_allclose(found[a], found[:, a], atol=1e-12)


@families
@kinds
def test_newton_is_total_slope_and_curvature(family: Family, kind: str) -> None:
    eta, counts = random_eta(family, 120, 1), random_counts(family, 120, kind)
    total, slope, curvature = family.newton(eta.copy(), counts)
    np.testing.assert_allclose(total, family.log_likelihood(eta.copy(), counts), rtol=1e-13)
    np.testing.assert_allclose(slope, family.slope(eta, counts), rtol=1e-13, atol=1e-300)
    np.testing.assert_allclose(curvature, family.curvature(eta, counts), rtol=1e-12, atol=1e-300)


@families
def test_log_concavity_is_as_declared(family: Family) -> None:
    eta, counts = (
        random_eta(family, 4000, 1, seed=3, scale=2.5),
        np.concatenate([random_counts(family, 2000, kind) for kind in ("cases", "counts")]),
    )
    values = np.linalg.eigvalsh(np.moveaxis(family.curvature(eta, counts), -1, 0))
    # Relative to the largest in the row, where two boundaries nearly cancel.
    relative = values[:, 0] / np.maximum(np.abs(values).max(axis=1), 1e-300)
    assert (relative.min() >= -1e-9) == family.log_concave


@families
@kinds
def test_layout_in_memory_makes_no_difference(family: Family, kind: str) -> None:
    eta, counts = random_eta(family, 64, 6), random_counts(family, 64, kind)
    view = eta[:, ::2, ::3]
    piece = np.asfortranarray(counts[::2])
    copy = np.ascontiguousarray(view)
    tidy = np.ascontiguousarray(piece)
    np.testing.assert_allclose(
        family.row_log_likelihood(view, piece), family.row_log_likelihood(copy, tidy), rtol=1e-14
    )
    np.testing.assert_allclose(family.slope(view, piece), family.slope(copy, tidy), rtol=1e-14)
    expected = family.log_likelihood(copy.copy(), tidy)
    np.testing.assert_allclose(family.log_likelihood(view, piece), expected, rtol=1e-13)


@families
def test_no_rows_make_nothing(family: Family) -> None:
    eta, counts = np.zeros((family.n_eta, 0, 3)), np.zeros((0, classes_of(family)))
    np.testing.assert_array_equal(family.log_likelihood(eta.copy(), counts), np.zeros(3))
    assert family.row_log_likelihood(eta, counts).shape == (0, 3)
    assert family.slope(eta, counts).shape == (family.n_eta, 0, 3)
    assert family.constants(counts).shape == (0,)


@families
def test_slope_and_rows_do_not_change_their_inputs(family: Family) -> None:
    eta, counts = random_eta(family, 20, 2), random_counts(family, 20, "counts")
    kept, kept_counts = eta.copy(), counts.copy()
    family.row_log_likelihood(eta, counts), family.slope(eta, counts), family.probabilities(eta)
    family.curvature(eta[:, :, :1], counts), family.constants(counts)
    np.testing.assert_array_equal(eta, kept)
    family.log_likelihood(eta, counts)
    np.testing.assert_array_equal(counts, kept_counts)


@families
def test_densities_of_all_possible_counts_sum_to_one(family: Family) -> None:
    # Five cases fall into the classes in some way, if the family is one of counts at all.
    K, trials = classes_of(family), 5
    if not np.any(family.constants(np.full((1, K), 2.0))):
        trials = 1
    cells = [c for c in itertools.product(range(trials + 1), repeat=K) if sum(c) == trials]
    counts = np.array(cells, dtype=float)
    eta = np.repeat(random_eta(family, 1, 4, seed=8), len(counts), axis=1)
    log_density = family.row_log_likelihood(eta, counts) + family.constants(counts)[:, None]
    np.testing.assert_allclose(np.exp(log_density).sum(axis=0), 1.0, rtol=1e-12)


@families
def test_simulated_frequencies_match_probabilities(family: Family) -> None:
    K, draws, rows = classes_of(family), 20_000, 5
    points = random_eta(family, rows, 1, seed=4)
    eta = np.repeat(points, draws, axis=2)
    trials = np.full(rows, 1)
    found = family.simulate(eta, trials, np.random.default_rng(12))
    assert found.shape[:2] == (rows, draws)
    assert np.issubdtype(found.dtype, np.integer)
    prob = family.probabilities(points)[:, :, 0]
    frequency = np.stack([(found == k).sum(axis=1) for k in range(K)])
    assert frequency.sum() == found.size
    chi2 = ((frequency - draws * prob) ** 2 / (draws * prob)).sum()
    # One in a thousand, on either side: neither too far nor too near.
    assert 0.001 < stats.chi2.sf(chi2, rows * (K - 1)) < 0.999


@families
def test_simulation_repeats_with_its_seed(family: Family) -> None:
    eta, trials = random_eta(family, 9, 4), np.arange(9)
    first = family.simulate(eta, trials, np.random.default_rng(3))
    second = family.simulate(eta, trials, np.random.default_rng(3))
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("link", UNBOUNDED)
def test_simulated_counts_follow_the_binomial_distribution(link: str) -> None:
    family, trials, draws = Binomial(link), 6, 30_000
    eta = np.array([-0.7, 0.4])
    found = family.simulate(
        np.repeat(eta[None, :, None], draws, axis=2), np.array([6, 6]), np.random.default_rng(7)
    )
    chi2 = 0.0
    for row, prob in zip(found, family.probabilities(eta[None, :, None])[1, :, 0], strict=True):
        expected = draws * stats.binom.pmf(np.arange(trials + 1), trials, prob)
        chi2 += ((np.bincount(row, minlength=trials + 1) - expected) ** 2 / expected).sum()
    assert 0.001 < stats.chi2.sf(chi2, 2 * trials) < 0.999


@pytest.mark.parametrize("link", UNBOUNDED)
def test_binomial_log_density_equals_scipy(link: str) -> None:
    family = Binomial(link)
    successes, trials = np.array([0, 3, 7, 12, 0, 1]), np.array([0, 9, 7, 30, 5, 1])
    counts = np.column_stack([trials - successes, successes]).astype(float)
    eta = random_eta(family, 6, 3)
    prob = family.probabilities(eta)[1]
    expected = stats.binom.logpmf(successes[:, None], trials[:, None], prob)
    found = family.row_log_likelihood(eta, counts) + family.constants(counts)[:, None]
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("family", [Bernoulli(), Binomial()])
def test_a_row_without_trials_says_nothing_even_at_infinity(family: Family) -> None:
    eta = np.array([[[-np.inf], [np.inf], [800.0]]])
    np.testing.assert_array_equal(
        family.row_log_likelihood(eta, np.zeros((3, 2))), np.zeros((3, 1))
    )
    impossible = family.row_log_likelihood(eta, np.array([[0.0, 1.0], [1.0, 0.0], [0.0, 1.0]]))
    np.testing.assert_array_equal(impossible[:, 0], [-np.inf, -np.inf, 0.0])


def test_binomial_without_trials_is_refused() -> None:
    with pytest.raises(TypeError, match="need trials; found None; pass one number a row"):
        Binomial().simulate(np.zeros((1, 2, 3)), None, np.random.default_rng(0))


def test_four_bernoulli_statements_agree() -> None:
    # The probability function, the mean, p**y (1 - p)**(1 - y), and the sum with softplus.
    eta = np.linspace(-4, 4, 9)
    prob = 1 / (1 + np.exp(-eta))
    for y in (0, 1):
        counts = np.eye(2)[np.full(9, y)]
        found = Bernoulli().row_log_likelihood(eta[None, :, None], counts)[:, 0]
        np.testing.assert_allclose(found, np.log(prob**y * (1 - prob) ** (1 - y)), rtol=1e-12)
        np.testing.assert_allclose(found, y * eta - np.log1p(np.exp(eta)), rtol=1e-12)
        np.testing.assert_allclose(found, stats.bernoulli.logpmf(y, prob), rtol=1e-12)


@pytest.mark.parametrize("link", UNBOUNDED)
def test_middle_class_of_a_cumulative_model_equals_high_precision_references(link: str) -> None:
    path = REFERENCES / "cumulative.json"
    table = np.array(json.loads(path.read_text(encoding="utf-8"))[link], dtype=float).T
    eta, counts = table[:2, :, None], np.tile([0.0, 1.0, 0.0], (table.shape[1], 1))
    family = Cumulative(classes=3, link=link)
    curvature = family.curvature(eta, counts)
    found = {
        "log p": family.row_log_likelihood(eta, counts)[:, 0],
        "slope by the lower": family.slope(eta, counts)[0, :, 0],
        "slope by the upper": family.slope(eta, counts)[1, :, 0],
        "curvature by the lower": curvature[0, 0],
        "curvature by the upper": curvature[1, 1],
        "mixed": curvature[0, 1],
    }
    for (what, values), expected in zip(found.items(), table[2:], strict=True):
        assert np.all(np.isfinite(values)), what
        np.testing.assert_allclose(values, expected, rtol=1e-11, atol=1e-300, err_msg=what)


@pytest.mark.parametrize("link", UNBOUNDED)
@pytest.mark.parametrize("size", [-40.0, 40.0])
def test_outer_classes_and_sequential_steps_have_the_tails_of_their_link(
    link: str, size: float
) -> None:
    # The links themselves are compared with high precision references in test_links.py.
    low, high = np.array([[size]]), np.array([[size + 1.0]])
    eta, one, none = np.stack([low, high]), np.ones(1), np.zeros(1)
    for counts, k, pair in (([1.0, 0.0, 0.0], 0, (none, one)), ([0.0, 0.0, 1.0], 1, (one, none))):
        family, cell = Cumulative(classes=3, link=link), np.array([counts])
        assert family.slope(eta, cell)[k] == LINKS[link].slope(eta[k], *pair)
        assert family.curvature(eta, cell)[k, k] == LINKS[link].curvature(eta[k], *pair)[:, 0]
        assert np.count_nonzero(family.slope(eta, cell)) <= 1
    sequential = Sequential(classes=3, link=link)
    for k, e in enumerate(eta):
        cell = np.array([[0.0, 0.0, 1.0]])
        assert sequential.slope(eta, cell)[k] == LINKS[link].slope(e, one, none)
        assert sequential.curvature(eta, cell)[k, k] == LINKS[link].curvature(e, one, none)[:, 0]


def test_adjacent_categories_keep_their_digits_far_out() -> None:
    # p is proportional to 1, exp(-a), exp(-a - b): with a = b = 40 the upper classes are rare.
    family, eta, rare = Adjacent(classes=3), np.full((2, 1, 1), 40.0), np.exp(-40.0)
    lowest = np.array([[1.0, 0.0, 0.0]])
    np.testing.assert_allclose(
        family.slope(eta, lowest)[:, 0, 0], [rare, rare**2], rtol=1e-12, atol=0.0
    )
    np.testing.assert_allclose(
        family.curvature(eta, lowest)[:, :, 0],
        [[rare, rare**2], [rare**2, rare**2]],
        rtol=1e-12,
        atol=0.0,
    )


def test_registry_names() -> None:
    assert {"bernoulli", "binomial", "beta_binomial"} <= set(FAMILIES)
    assert all(family.name == key.split("-")[0] for key, family in EXAMPLES.items())


LINK_FUNCTIONS = {
    "logit": lambda e: 1 / (1 + mpmath.exp(-e)),
    "probit": mpmath.ncdf,
    "cloglog": lambda e: 1 - mpmath.exp(-mpmath.exp(e)),
    "loglog": lambda e: mpmath.exp(-mpmath.exp(-e)),
    "cauchit": lambda e: mpmath.mpf(1) / 2 + mpmath.atan(e) / mpmath.pi,
}
FAR = {"logit": 200.0, "probit": 15.0, "cloglog": 5.0, "loglog": 5.0, "cauchit": 1e4}


@pytest.mark.parametrize("link", UNBOUNDED)
@pytest.mark.parametrize("place", [-1.0, -0.2, 0.0, 0.2, 1.0])
def test_ordered_probabilities_have_their_digits_in_both_tails(link: str, place: float) -> None:
    eta = place * FAR[link] + np.array([-1.3, 0.1, 0.7])
    with mpmath.workdps(300):
        f = [LINK_FUNCTIONS[link](mpmath.mpf(float(e))) for e in eta]
        between = {
            Cumulative: [f[0], f[1] - f[0], f[2] - f[1], 1 - f[2]],
            Sequential: [
                f[0],
                (1 - f[0]) * f[1],
                (1 - f[0]) * (1 - f[1]) * f[2],
                (1 - f[0]) * (1 - f[1]) * (1 - f[2]),
            ],
        }
        exact = {kind: np.array([float(v) for v in values]) for kind, values in between.items()}
    for kind, expected in exact.items():
        found = kind(classes=4, link=link).probabilities(eta[:, None, None])[:, 0, 0]
        seen = expected > 1e-300
        np.testing.assert_allclose(found[seen], expected[seen], rtol=1e-12)
        assert np.all(found[~seen] < 1e-299)
        assert found.sum() == pytest.approx(1.0, abs=1e-14)


def test_close_cutpoints_keep_the_digits_of_their_class() -> None:
    for place in (-300.0, -30.0, 0.0, 30.0, 300.0):
        low = place
        high = place + 2.0**-20
        found = Cumulative(classes=3).probabilities(np.array([low, high])[:, None, None])[1, 0, 0]
        with mpmath.workdps(300):
            one, two = (LINK_FUNCTIONS["logit"](mpmath.mpf(e)) for e in (low, high))
            assert found == pytest.approx(float(two - one), rel=1e-14, abs=0.0)
