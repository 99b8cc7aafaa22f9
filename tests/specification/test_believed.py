"""Priors stated as beliefs: each is met exactly where that is possible, else by least squares."""

from __future__ import annotations

from statistics import NormalDist
from typing import Any

import numpy as np
import pytest

import bayeslogit as bl
from bayeslogit.errors import PriorError

EXAM = bl.load_dataset("exam")
FACTOR = {"y": [0, 1, 1, 0, 1, 0] * 10, "g": list("aabbcc") * 10, "x": np.arange(60.0)}


def margin(model: bl.Model, direction: Any) -> tuple[float, float]:
    """Return the central 90 % range of a combination of the columns as given."""
    joint, c = model.prior.joint, np.asarray(direction, dtype=float)
    assert joint is not None
    z = NormalDist().inv_cdf(0.95)
    middle, reach = c @ joint.mean, z * np.sqrt(c @ joint.covariance @ c)
    return float(middle - reach), float(middle + reach)


@pytest.mark.parametrize("link", ["logit", "probit", "cloglog", "loglog", "cauchit"])
def test_a_probability_is_as_stated(link: str) -> None:
    belief = bl.probability({"hours": 2}, between=(0.1, 0.5))
    model = bl.logistic("passed ~ hours", EXAM, priors=belief, link=link)
    both = bl.LINKS[link].prob(np.array(margin(model, [1, 2])))
    np.testing.assert_allclose(both, [0.1, 0.5], rtol=1e-9)


def test_independent_beliefs_are_all_met_and_independent() -> None:
    beliefs = [
        bl.odds_ratio("g", levels=("b", "c"), between=(0.5, 3)),
        bl.odds_ratio("x", per=10, between=(0.8, 2)),
        bl.probability({"g": "a", "x": 30}, between=(0.2, 0.9)),
    ]
    model = bl.logistic("y ~ g + x", FACTOR, priors=beliefs)
    assert model.design.names == ("Intercept", "g[T.b]", "g[T.c]", "x")
    C = np.array([[0, 1, -1, 0], [0, 0, 0, 10], [1, 0, 0, 30]])
    for row, ends in zip(C, [(0.5, 3), (0.8, 2), (0.2 / 0.8, 9.0)], strict=True):
        np.testing.assert_allclose(np.exp(margin(model, row)), ends, rtol=1e-9)
    assert model.prior.joint is not None
    between = C @ model.prior.joint.covariance @ C.T
    np.testing.assert_allclose(between, np.diag(np.diag(between)), atol=1e-9)
    # What no belief is about is as under the default prior, given the rest.
    default = bl.logistic("y ~ g + x", FACTOR).prior.sample(np.random.default_rng(1), 400_000)
    other = np.array([0, 1, 1, 0])
    weights = np.linalg.lstsq((C @ default).T, other @ default, rcond=None)[0]
    left = (other @ default - weights @ C @ default).std()
    ours = model.prior.sample(np.random.default_rng(2), 400_000)
    assert (other @ ours - weights @ C @ ours).std() == pytest.approx(left, rel=0.01)


def test_columns_far_from_zero_make_no_difference() -> None:
    def stated(shift: float) -> tuple[str, ...]:
        table = {**FACTOR, "x": FACTOR["x"] + shift}
        beliefs = [
            bl.odds_ratio("x", per=10, between=(0.8, 2)),
            bl.probability({"x": 30 + shift}, between=(0.2, 0.9)),
        ]
        model = bl.logistic("y ~ x", table, priors=beliefs)
        assert model.prior.joint is not None
        assert all(line.endswith("as stated") for line in model.prior.joint.stated)
        return tuple(
            f"{value:.6f}" for value in model.fit("map").predict({"x": [shift]})["estimate"]
        )

    assert stated(0.0) == stated(1e6)


def test_too_many_beliefs_are_met_by_least_squares() -> None:
    beliefs = [bl.probability({"hours": h}, between=(0.1 * h, 0.1 * h + 0.3)) for h in (1, 2, 3)]
    model = bl.logistic("passed ~ hours", EXAM, priors=beliefs)
    joint = model.prior.joint
    assert joint is not None
    C = np.array([[1, 1], [1, 2], [1, 3]])
    ends = np.log([[0.1 / 0.9, 0.4 / 0.6], [0.2 / 0.8, 1.0], [0.3 / 0.7, 0.6 / 0.4]])
    spread = np.diff(ends)[:, 0]
    mean = np.linalg.lstsq(C / spread[:, None], ends.mean(axis=1) / spread, rcond=None)[0]
    np.testing.assert_allclose(joint.mean, mean, rtol=1e-6)
    assert sum("stated as" in line for line in joint.stated) >= 2
    # The same belief twice is that belief.
    once, twice = (bl.logistic("passed ~ hours", EXAM, priors=beliefs[:1] * n) for n in (1, 2))
    assert twice.prior.joint is not None
    assert margin(twice, [1, 1]) == pytest.approx(margin(once, [1, 1]), rel=1e-6)


def test_ordered_classes_take_odds_ratios() -> None:
    belief = bl.odds_ratio("contact", levels=("Low", "High"), between=(0.5, 1))
    model = bl.ordinal(
        "satisfaction ~ contact",
        bl.load_dataset("housing"),
        priors=belief,
        levels=["Low", "Medium", "High"],
        weights="frequency",
    )
    np.testing.assert_allclose(np.exp(margin(model, [0, 0, 1])), [0.5, 1.0], rtol=1e-9)


def test_what_was_stated_is_printed_and_saved(tmp_path: Any) -> None:
    belief = bl.odds_ratio("hours", between=(1, 5), prob=0.8)
    model = bl.logistic("passed ~ hours", EXAM, priors=belief)
    line = "stated: odds ratio of hours: 1 to 5 with probability 0.8, as stated"
    assert line in repr(model)
    model.fit("map").save(tmp_path / "fit.nc")
    assert line in repr(bl.load(tmp_path / "fit.nc").model)


R, Q = bl.odds_ratio, bl.probability


@pytest.mark.parametrize(
    ("beliefs", "message"),
    [
        (lambda: R("hours", between=(3, 1)), r"odds_ratio got between=\(3, 1\); expected two num"),
        (lambda: R("hours", between=1), "odds_ratio got between=1; expected two numbers"),
        (lambda: Q({"hours": 2}, between=(0.1, 1)), r"probability got between=.*above 0 and below"),
        (lambda: R("hours", between=(1, 2), prob=1), "odds_ratio got prob=1; expected a number ab"),
        (lambda: R("hours", between=(1, 2), per=0), "odds_ratio got per=0; expected a finite num"),
        (lambda: R("hours", between=(1, 2), levels="ab"), "got levels='ab'; expected two levels"),
        (lambda: Q("hours", between=(0.1, 0.2)), "probability got str as its row; expected a dic"),  # type: ignore[arg-type]
        (lambda: R("hour", between=(1, 2)), "'hour', which is not a coefficient.*mean 'hours'"),
        (lambda: [R("hours", between=(1, 2)), 3], "is a list that holds int; expected beliefs"),
        (
            lambda: [R("hours", between=(1, 2)), R("hours", between=(9, 10), per=2)],
            "two beliefs contradict each other: odds ratio of hours between 1 and 2, and odds rat",
        ),
        (
            lambda: [Q({"hours": h}, between=b) for h, b in [(1, (0.1, 0.2)), (2, (0.8, 0.9)),
                                                             (3, (0.1, 0.2))]],
            "two beliefs contradict each other: probability at hours = 2 .*widen or leave out one",
        ),
        (
            lambda: R("hours", levels=("a", "b"), between=(1, 2)),
            "names the level 'a'; expected two levels .*'hours' is not one",
        ),
    ],
)  # fmt: skip
def test_bad_beliefs_are_refused(beliefs: Any, message: str) -> None:
    with pytest.raises(PriorError, match=message):
        bl.logistic("passed ~ hours", EXAM, priors=beliefs())


def test_beliefs_that_a_model_cannot_have_are_refused() -> None:
    ratio, risk = R("x", between=(1, 2)), Q({"x": 1}, between=(0.1, 0.2))
    table = {"y": [0, 1, 2, 1, 0, 2], "x": np.arange(6.0), "o": [1.0] * 6, "g": list("abcabc")}
    with pytest.raises(PriorError, match="as the prior of a multinomial model; expected a model"):
        bl.multinomial("y ~ x", table, priors=ratio)
    with pytest.raises(PriorError, match="is about a cumulative model; expected a yes/no outcome"):
        bl.ordinal("y ~ x", table, priors=risk)
    with pytest.raises(PriorError, match="is stated for the link 'probit'; expected link='logit'"):
        bl.logistic("passed ~ hours", EXAM, priors=R("hours", between=(1, 2)), link="probit")
    with pytest.raises(PriorError, match="of a model that learns scales; expected coefficients"):
        bl.logistic("passed ~ s(hours)", EXAM, priors=Q({"hours": 1}, between=(0.1, 0.2)))
    binary = {**table, "y": [0, 1, 0, 1, 1, 0]}
    row = {"x": 1, "o": 2}
    with pytest.raises(PriorError, match="a row with an offset; expected a row whose offset is 0"):
        bl.logistic("y ~ x + offset(o)", binary, priors=Q(row, between=(0.1, 0.2)))
    with pytest.raises(PriorError, match="probability at any row leaves 'x' out; expected a val"):
        bl.logistic("y ~ x", binary, priors=Q({}, between=(0.1, 0.2)))
    assert "0.1 to 0.2 with" in repr(bl.logistic("y ~ 1", binary, priors=Q({}, between=(0.1, 0.2))))
    with pytest.raises(PriorError, match=r"'g' has 'g\[T.b\]', 'g\[T.c\]': name one, or give lev"):
        bl.logistic("y ~ g", binary, priors=R("g", between=(1, 2)))
