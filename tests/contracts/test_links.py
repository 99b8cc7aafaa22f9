"""The contract of a link; every entry of ``LINKS`` is tested by itself."""

from __future__ import annotations

import json

import mpmath
import numpy as np
import pytest

from bayeslogit.families.links import LINKS, Link
from tests.differences import derivative
from tests.helpers import REFERENCES

EXPECTED = json.loads((REFERENCES / "links.json").read_text(encoding="utf-8"))
# Below this a double has lost its digits.
TINY = 1e-300

UNBOUNDED = {name: link for name, link in LINKS.items() if not link.bounded}
BOUNDED = {name: link for name, link in LINKS.items() if link.bounded}
links = pytest.mark.parametrize("link", UNBOUNDED.values(), ids=list(UNBOUNDED))
bounded = pytest.mark.parametrize("link", BOUNDED.values(), ids=list(BOUNDED))


def _counts(rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Return failures and successes with zeros, fractions and rows without trials."""
    rng = np.random.default_rng(5)
    failures = rng.integers(0, 4, rows) * rng.choice([1.0, 0.4], rows)
    successes = rng.integers(0, 4, rows) * rng.choice([1.0, 1.7], rows)
    failures[0] = successes[0] = 0.0
    return failures, successes


@links
def test_link_equals_high_precision_references(link: Link) -> None:
    table = np.array([[float(v) for v in row] for row in EXPECTED[link.name]]).T
    eta, one, none = table[0], np.ones(len(table[0])), np.zeros(len(table[0]))
    assert np.max(eta) >= 100.0
    log_failure, log_success = link.log_probs(eta)
    log_density = link.log_density(eta)
    column = eta[:, None]
    found = {
        "F": link.prob(eta),
        "1 - F": link.complement(eta),
        "log F": log_success,
        "log(1 - F)": log_failure,
        "slope of log F": link.slope(column, none, one)[:, 0],
        "slope of log(1 - F)": link.slope(column, one, none)[:, 0],
        "curvature of log F": link.curvature(column, none, one)[:, 0],
        "curvature of log(1 - F)": link.curvature(column, one, none)[:, 0],
        "log f": log_density[0],
        "slope of log f": log_density[1],
        "curvature of log f": log_density[2],
    }
    for (what, values), expected in zip(found.items(), table[1:], strict=True):
        assert np.all(np.isfinite(values)), what
        np.testing.assert_allclose(values, expected, rtol=1e-12, atol=TINY, err_msg=what)


@links
def test_total_equals_high_precision_references(link: Link) -> None:
    table = np.array([[float(v) for v in row] for row in EXPECTED[link.name]])
    one, none = np.ones(1), np.zeros(1)
    for eta, _, _, log_success, log_failure, *_ in table:
        up = link.total(np.array([[eta]]), none, one)
        np.testing.assert_allclose(up, [log_success], rtol=1e-12, atol=1e-15)
        down = link.total(np.array([[eta]]), one, none)
        np.testing.assert_allclose(down, [log_failure], rtol=1e-12, atol=1e-15)


@links
def test_inverse_undoes_the_link(link: Link) -> None:
    prob = np.concatenate([10.0 ** -np.arange(3.0, 300.0, 13.0), np.linspace(0.01, 0.99, 99)])
    eta = link.inverse(prob)
    np.testing.assert_allclose(link.prob(eta), prob, rtol=1e-12)
    assert np.all(np.diff(link.inverse(np.sort(prob))) > 0)
    # Close to one the complement has the digits, and the inverse what is left of them.
    high = 1.0 - 2.0 ** -np.arange(2.0, 40.0)
    np.testing.assert_allclose(link.complement(link.inverse(high)), 1.0 - high, rtol=1e-3)
    np.testing.assert_array_equal(link.inverse(np.array([0.0, 1.0])), [-np.inf, np.inf])
    # From the complement the upper tail has all digits.
    np.testing.assert_allclose(link.complement(link.inverse_complement(prob)), prob, rtol=1e-12)
    np.testing.assert_array_equal(link.inverse_complement(np.array([1.0, 0.0])), [-np.inf, np.inf])


@links
def test_far_beyond_any_data_nothing_breaks(link: Link) -> None:
    eta = np.array([-1e300, -1e160, -1e5, -800.0, 800.0, 1e5, 1e160, 1e300])
    failures, successes = np.ones(8), np.array([0.0, 2.0] * 4)
    none = np.zeros(8)
    for pair in ((failures, successes), (failures, none), (none, successes), (none, none)):
        assert np.all(np.isfinite(link.slope(eta[:, None], *pair)))
        assert np.all(np.isfinite(link.curvature(eta[:, None], *pair)))
        for i in range(8):
            value = link.total(eta[i : i + 1, None].copy(), pair[0][i : i + 1], pair[1][i : i + 1])
            assert np.isfinite(value[0])
            assert value[0] <= 0.0
        assert np.all(link.total(eta[:, None].copy(), none, none) == 0.0)
    assert all(np.all(np.isfinite(piece)) for piece in link.log_density(eta))
    np.testing.assert_allclose(link.prob(eta) + link.complement(eta), 1.0, rtol=1e-15)


@links
def test_total_is_the_sum_of_rows(link: Link) -> None:
    eta = np.random.default_rng(1).normal(size=(700, 3)) * 2.0
    failures, successes = _counts(700)
    log_failure, log_success = link.log_probs(eta)
    expected = (failures[:, None] * log_failure + successes[:, None] * log_success).sum(axis=0)
    found = link.total(eta.copy(), failures, successes)
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    one_each = (successes > 0).astype(float)
    expected = np.where(one_each[:, None] > 0, log_success, log_failure).sum(axis=0)
    found = link.total(eta.copy(), 1.0 - one_each, one_each)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@links
def test_slope_and_curvature_are_linear_in_the_counts(link: Link) -> None:
    eta = np.random.default_rng(2).normal(size=(60, 2)) * 3.0
    failures, successes = _counts(60)
    one, none = np.ones(60), np.zeros(60)
    for method in (link.slope, link.curvature):
        expected = failures[:, None] * method(eta, one, none)
        expected = expected + successes[:, None] * method(eta, none, one)
        np.testing.assert_allclose(method(eta, failures, successes), expected, atol=1e-13)


@links
def test_slope_and_curvature_equal_differences(link: Link) -> None:
    eta = np.linspace(-3.0, 3.0, 49)[:, None]
    failures, successes = _counts(49)

    def rows(at: np.ndarray) -> np.ndarray:
        log_failure, log_success = link.log_probs(at)
        return failures[:, None] * log_failure + successes[:, None] * log_success

    one = np.ones_like(eta)
    slope = derivative(rows, eta, one)
    np.testing.assert_allclose(link.slope(eta, failures, successes), slope, rtol=1e-9, atol=1e-8)
    curvature = -derivative(lambda at: link.slope(at, failures, successes), eta, one)
    found = link.curvature(eta, failures, successes)
    np.testing.assert_allclose(found, curvature, rtol=1e-9, atol=1e-8)


@links
def test_log_concavity_is_as_declared(link: Link) -> None:
    eta = np.linspace(-60.0, 60.0, 2401)[:, None]
    one, none = np.ones(len(eta)), np.zeros(len(eta))
    lowest = min(link.curvature(eta, one, none).min(), link.curvature(eta, none, one).min())
    assert (lowest >= 0.0) == link.log_concave


@links
def test_inputs_are_not_changed(link: Link) -> None:
    eta = np.random.default_rng(3).normal(size=(8, 2))
    counts = np.random.default_rng(3).integers(0, 3, (8, 2)).astype(float)
    kept = eta.copy(), counts.copy()
    link.prob(eta), link.complement(eta), link.log_probs(eta)
    link.slope(eta, *counts.T), link.curvature(eta, *counts.T)
    np.testing.assert_array_equal(eta, kept[0])
    link.total(eta, *counts.T)
    np.testing.assert_array_equal(counts, kept[1])


def test_registry_names_and_scales() -> None:
    assert {"logit", "probit", "cloglog", "loglog", "cauchit", "log", "identity"} <= set(LINKS)
    assert all(name == link.name for name, link in LINKS.items())
    assert LINKS["logit"].scale == "log-odds"
    assert len({link.scale for link in LINKS.values()}) == len(LINKS)


def test_extreme_value_links_mirror_each_other() -> None:
    eta = np.linspace(-5.0, 5.0, 41)
    low, high = LINKS["cloglog"], LINKS["loglog"]
    np.testing.assert_array_equal(low.prob(eta), high.complement(-eta))
    # Neither is symmetric: exchanging the events is not changing the sign.
    assert abs(low.prob(np.array(1.0)) - low.complement(np.array(-1.0))) > 0.1


@links
@pytest.mark.parametrize("whole", [True, False])
def test_total_and_slope_together_equal_each_alone(link: Link, whole: bool) -> None:
    rng = np.random.default_rng(4)
    scale = np.repeat([1.0, 40.0, 800.0], 50)
    eta = scale[:, None] * rng.normal(size=(150, 3))
    successes = rng.integers(0, 2, 150).astype(float)
    failures = 1.0 - successes if whole else rng.random(150)
    for rows in (slice(0, 50), slice(0, 100), slice(None)):
        with np.errstate(over="ignore"):
            total, slope = link.total_and_slope(eta[rows].copy(), failures[rows], successes[rows])
            expected = link.total(eta[rows].copy(), failures[rows], successes[rows])
            slopes = link.slope(eta[rows], failures[rows], successes[rows])
        np.testing.assert_allclose(total, expected, rtol=1e-13)
        np.testing.assert_allclose(slope, slopes, rtol=1e-13)


@links
def test_odds_against_what_happened(link: Link) -> None:
    eta = np.array([[-3.0, 0.0, 2.0], [-3.0, 0.0, 2.0]])
    odds = link.odds_against(eta.copy(), np.array([True, False]))
    expected = link.complement(eta[0]) / link.prob(eta[0])
    np.testing.assert_allclose(odds, [expected, 1.0 / expected], rtol=1e-14)
    far = link.odds_against(np.array([[-1e4], [1e4]]), np.array([True, False]))
    assert (far > 1e3).all()
    assert not np.isnan(far).any()


# The same contract inside a range that ends: F with forty digits, its derivatives by mpmath.
PRECISE = {"log": mpmath.exp, "identity": lambda eta: eta}


def _inside(link: Link) -> np.ndarray:
    """Return linear predictors from one end of the range to the other."""
    near = 10.0 ** -np.arange(1.0, 13.0)
    if link.low == -np.inf:
        return np.concatenate([-(10.0 ** np.arange(2.5, -1.0, -0.5)), -near])
    return np.concatenate([near[::-1], np.linspace(0.15, 0.85, 8), 1.0 - near])


@bounded
def test_a_bounded_link_equals_high_precision(link: Link) -> None:
    eta = _inside(link)
    F, one, none = PRECISE[link.name], np.ones(len(eta)), np.zeros(len(eta))
    with mpmath.workdps(60):
        exact = [mpmath.mpf(float(e)) for e in eta]

        def each(function: object) -> np.ndarray:
            return np.array([float(function(e)) for e in exact])  # type: ignore[operator]

        def up(e: mpmath.mpf) -> mpmath.mpf:
            return mpmath.log(F(e))

        def down(e: mpmath.mpf) -> mpmath.mpf:
            return mpmath.log(1 - F(e))

        def steps(function: object, order: int) -> np.ndarray:
            small = mpmath.mpf(10) ** -25
            return each(lambda e: mpmath.diff(function, e, order, h=small))

        expected = {
            "F": each(F),
            "1 - F": each(lambda e: 1 - F(e)),
            "log F": each(up),
            "log(1 - F)": each(down),
            "slope of log F": steps(up, 1),
            "slope of log(1 - F)": steps(down, 1),
            "curvature of log F": -steps(up, 2),
            "curvature of log(1 - F)": -steps(down, 2),
            "log f": each(lambda e: mpmath.log(mpmath.diff(F, e))),
        }
    log_failure, log_success = link.log_probs(eta)
    column = eta[:, None]
    found = {
        "F": link.prob(eta),
        "1 - F": link.complement(eta),
        "log F": log_success,
        "log(1 - F)": log_failure,
        "slope of log F": link.slope(column, none, one)[:, 0],
        "slope of log(1 - F)": link.slope(column, one, none)[:, 0],
        "curvature of log F": link.curvature(column, none, one)[:, 0],
        "curvature of log(1 - F)": link.curvature(column, one, none)[:, 0],
        "log f": link.log_density(eta)[0],
    }
    for what, values in expected.items():
        np.testing.assert_allclose(found[what], values, rtol=1e-12, atol=1e-14, err_msg=what)
    for i, e in enumerate(eta):
        for pair, value in (((1.0, 0.0), log_failure[i]), ((0.0, 1.0), log_success[i])):
            total = link.total(np.array([[e]]), *(np.array([count]) for count in pair))
            np.testing.assert_allclose(total, [value], rtol=1e-13)
    np.testing.assert_allclose(link.prob(link.inverse(link.prob(eta))), link.prob(eta), rtol=1e-14)
    back = link.complement(link.inverse_complement(link.complement(eta)))
    np.testing.assert_allclose(back, link.complement(eta), rtol=1e-3)


@bounded
def test_beyond_the_range_there_is_no_likelihood_and_nothing_breaks(link: Link) -> None:
    ends = [end for end in (link.low, link.high) if np.isfinite(end)]
    none, one = np.zeros(1), np.ones(1)
    assert ends
    for end in ends:
        way = 1.0 if end == link.high else -1.0
        for far in (1e-9, 0.3, 5.0, 1e5):
            eta = np.array([[end + way * far]])
            assert link.outside(eta).all()
            for pair in ((one, none), (none, one), (one, one), (none, none)):
                assert link.total(eta.copy(), *pair) == -np.inf
                assert np.isfinite(link.slope(eta, *pair)).all()
                assert np.isfinite(link.curvature(eta, *pair)).all()
            assert 0.0 <= link.prob(eta)[0, 0] <= 1.0
            assert link.prob(eta) + link.complement(eta) == 1.0
        # At the end itself a row that can only be so has its whole likelihood.
        certain = (none, one) if end == link.high else (one, none)
        at_end = np.array([[end]])
        assert link.total(at_end, *certain) == 0.0
        assert link.total(at_end, *certain[::-1]) == -np.inf


@bounded
def test_a_bounded_link_is_linear_in_the_counts_and_concave(link: Link) -> None:
    eta = _inside(link)[:, None]
    failures, successes = _counts(len(eta))
    one, none = np.ones(len(eta)), np.zeros(len(eta))
    for method in (link.slope, link.curvature):
        expected = failures[:, None] * method(eta, one, none)
        expected = expected + successes[:, None] * method(eta, none, one)
        np.testing.assert_allclose(method(eta, failures, successes), expected, rtol=1e-13)
    log_failure, log_success = link.log_probs(eta)
    expected = (failures[:, None] * log_failure + successes[:, None] * log_success).sum(axis=0)
    np.testing.assert_allclose(link.total(eta.copy(), failures, successes), expected, rtol=1e-12)
    lowest = min(link.curvature(eta, one, none).min(), link.curvature(eta, none, one).min())
    assert (lowest >= 0.0) == link.log_concave
