"""The messages between the classroom page and the posterior, without a browser."""

from __future__ import annotations

import json
import re
import threading

import numpy as np
import pytest

import bayeslogit as bl
from bayeslogit.errors import DesignError
from bayeslogit.numerics.intervals import interval
from bayeslogit.teach.answer import GRID, answered, separated
from bayeslogit.teach.request import MOST, NARROWEST, WIDEST, read
from tests.helpers import HOURS, PASSED, UNBOUNDED

ASKED = {
    "seq": 5,
    "hours": HOURS.tolist(),
    "passed": PASSED.tolist(),
    "width": 2.5,
    "link": "logit",
    "mark": 3.0,
}


def unpacked(content, buffers):
    """Read the arrays as the page does: one after another, 32 bits each."""
    numbers = np.frombuffer(buffers[0], "<f4")
    ends = np.cumsum(list(content["lengths"].values()))
    assert ends[-1] == len(numbers)
    return dict(zip(content["lengths"], np.split(numbers, ends[:-1]), strict=True))


def ask(**changed):
    content, buffers = answered(json.loads(json.dumps(ASKED | changed)))
    assert "error" not in content, content["error"]
    json.dumps(content, allow_nan=False)
    return unpacked(content, buffers), content


def test_a_message_there_and_back_has_the_band_of_the_same_fit():
    arrays, content = ask()
    model = bl.logistic(
        "passed ~ hours", {"hours": HOURS, "passed": PASSED}, priors={"hours": bl.Normal(0, 2.5)}
    )
    fit = model.fit(random_seed=7)  # other draws, and four times as many
    table = fit.curve("hours", GRID[::15])
    np.testing.assert_allclose(arrays["mean"][::15], table["mean"], atol=0.03)
    low, high = table["eti89_lb"], table["eti89_ub"]
    np.testing.assert_allclose(arrays["low"][::15], low, atol=0.06)
    np.testing.assert_allclose(arrays["high"][::15], high, atol=0.06)
    assert (arrays["low"] <= arrays["inner_low"]).all()
    assert (arrays["inner_high"] <= arrays["high"]).all()
    mode = bl.logistic("passed ~ hours", {"hours": HOURS, "passed": PASSED}, priors="flat")
    likeliest = mode.fit("map").curve("hours", GRID)["estimate"]
    np.testing.assert_allclose(arrays["likeliest"], likeliest, atol=1e-6)
    assert content["seq"] == 5
    assert content["how"].startswith("exact posterior: 1000 draws, method 'auto' (independence)")


def test_densities_integrate_to_one_and_the_prior_is_the_one_asked_for():
    arrays, _ = ask(width=0.7)
    for grid, height in (("slope", "after"), ("prior_slope", "before")):
        assert np.trapezoid(arrays[height], arrays[grid]) == pytest.approx(1.0, abs=0.02)
    # A normal density has its top at 1 / (sd sqrt(2 pi)).
    assert arrays["before"].max() == pytest.approx(1 / (0.7 * np.sqrt(2 * np.pi)), rel=1e-5)


def test_prior_curves_are_as_wide_as_the_prior():
    slopes = {}
    for width in (0.1, 5.0):
        curves = ask(width=width)[0]["prior"].reshape(-1, len(GRID)).astype(float)
        middle = np.clip(curves, 1e-6, 1 - 1e-6)
        slopes[width] = np.abs(np.diff(np.log(middle / (1 - middle)), axis=1)).max(axis=1)
    assert np.median(slopes[5.0]) > 10 * np.median(slopes[0.1])


def test_the_check_holds_the_observed_shares_of_bins():
    arrays, content = ask()
    assert arrays["bin"].min() > HOURS.min()
    assert len(arrays["bin"]) == len(arrays["share"]) == len(arrays["share_low"])
    assert (arrays["share_low"] <= arrays["share_inner_low"]).all()
    assert (arrays["share_inner_high"] <= arrays["share_high"]).all()
    assert dict(content["facts"])["Passes in the class"].startswith("10 observed, ")
    # A model that is right holds most of its own bins.
    inside = (arrays["share_low"] <= arrays["share"]) & (arrays["share"] <= arrays["share_high"])
    assert inside.mean() > 0.5


def test_what_is_moved_changes_the_answer():
    before = ask()[0]
    assert ask(width=0.1)[0]["mean"][-1] < before["mean"][-1] - 0.2
    assert np.abs(ask(link="cloglog")[0]["mean"] - before["mean"]).max() > 0.01
    passed = [1 - y for y in ASKED["passed"]]
    assert ask(passed=passed)[0]["mean"][0] > 0.8
    hours = [*ASKED["hours"][:-1], 0.5]
    assert ask(hours=hours)[0]["mean"][-1] < before["mean"][-1]
    twice, _ = ask(hours=ASKED["hours"] * 2, passed=ASKED["passed"] * 2)
    assert (twice["high"] - twice["low"]).mean() < 0.9 * (before["high"] - before["low"]).mean()


def test_one_question_has_one_answer_in_any_thread():
    found = []

    def again():
        found.append(answered(ASKED)[1][0])

    threads = [threading.Thread(target=again) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [answered(ASKED)[1][0]] * 4


@pytest.mark.parametrize("link", UNBOUNDED)
@pytest.mark.parametrize("width", [NARROWEST, WIDEST])
def test_every_link_answers_at_both_ends_of_the_width_where_data_are_separated(link, width):
    arrays, content = ask(
        hours=[1, 2, 2.5, 3.5, 4, 5], passed=[0, 0, 0, 1, 1, 1], link=link, width=width
    )
    assert all(np.isfinite(array).all() for array in arrays.values())
    assert arrays["likeliest"].size == arrays["likeliest_slope"].size == 0
    assert dict(content["facts"])["Maximum likelihood"] == "no finite slope"
    assert ("Odds, per hour" in dict(content["facts"])) == (link == "logit")


def test_a_class_in_which_everybody_passes_is_answered_with_a_note():
    arrays, content = ask(hours=[1, 2, 3], passed=[1, 1, 1])
    assert arrays["mean"].min() > 0.5
    assert "every case of 'passed' is '1'" in content["notes"][0]


def test_students_far_from_zero_are_drawn_where_they_are():
    """Columns far from zero are moved inside; curves must not be."""
    hours = np.linspace(23.9, 24.0, 12).round(3).tolist()
    arrays, _ = ask(hours=hours, passed=[0, 1] * 6, mark=23.95, width=0.1)
    chance = arrays["at"]
    assert chance[0] == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize(
    ("hours", "passed", "expected"),
    [
        ([1, 2, 3, 4], [0, 0, 1, 1], True),
        ([1, 2, 3, 4], [1, 1, 0, 0], True),
        ([1, 2, 2, 3], [0, 0, 1, 1], True),  # touching: still no finite slope
        ([1, 2, 3, 4], [0, 1, 0, 1], False),
        ([1, 2], [1, 1], True),
        ([2, 2, 2], [0, 1, 1], True),
    ],
)
def test_separation_is_what_maximum_likelihood_finds(hours, passed, expected):
    assert separated(np.array(hours, float), np.array(passed)) == expected
    model = bl.logistic(
        "passed ~ hours", {"hours": hours, "passed": passed}, event=1, priors="flat"
    )
    if expected:
        with pytest.raises(bl.PriorError):
            model.fit("map")
    else:
        assert np.isfinite(model.fit("map").theta).all()


REFUSED = {
    "nothing": (None, "the page sent NoneType; expected 'hours', 'passed', 'width', 'link'"),
    "parts": ({"hours": [1]}, "the page sent 'hours'; expected 'hours', 'passed'"),
    "words": ({"hours": ["1"] * 20}, "something else than finite numbers as 'hours'"),
    "truth": ({"passed": [True] * 20}, "something else than finite numbers as 'passed'"),
    "infinity": ({"width": float("inf")}, "something else than finite numbers as 'width'"),
    "lengths": (
        {"hours": [1.0]},
        f"1 hours and 20 outcomes; expected as many of each, from 1 to {MOST}",
    ),
    "many": ({"hours": [1.0] * 501, "passed": [1] * 501}, "501 hours and 501 outcomes"),
    "none": ({"hours": [], "passed": []}, "0 hours and 0 outcomes"),
    "far": ({"hours": [-1.0] * 20}, "'hours' -1; expected 0 to 24"),
    "half": ({"passed": [0.5] * 20}, "outcomes other than 0 and 1; expected 1 for passed"),
    "wide": ({"width": 21}, "'width' 21; expected 0.05 to 20"),
    "mark": ({"mark": 25}, "'mark' 25; expected 0 to 24"),
    "link": ({"link": "logist"}, "the link 'logist'; expected one of 'logit', 'probit'"),
    "list": ({"link": ["logit"]}, "the link ['logit']; expected one of"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_drawn_is_refused_in_a_sentence(case):
    changed, words = REFUSED[case]
    content = changed if changed is None or case == "parts" else ASKED | changed
    with pytest.raises(DesignError) as caught:
        read(content)
    assert words in str(caught.value)
    assert "load the page again" in str(caught.value)
    reply, buffers = answered(content)
    assert reply["error"] == str(caught.value)
    assert buffers == []


def test_the_interval_is_the_packages():
    arrays, content = ask()
    model = bl.logistic(
        "passed ~ hours", {"hours": HOURS, "passed": PASSED}, priors={"hours": bl.Normal(0, 2.5)}
    )
    fit = model.fit(draws=250, random_seed=1)
    chance = 1 / (1 + np.exp(-(fit.theta[0] + 3.0 * fit.theta[1])))
    low, high = interval(chance[None], 0.89, "eti")
    np.testing.assert_allclose(arrays["at"], [chance.mean(), low[0], high[0]], rtol=1e-5)
    mean, low, high = 100 * arrays["at"]
    words = f"{mean:.0f} % ({low:.0f} to {high:.0f} %, {high - low:.0f} points wide)"
    facts = dict(content["facts"])
    assert facts["Chance after 3 hours"] == words
    ends = interval(fit.theta[1:], 0.89, "eti")
    slopes = [fit.theta[1].mean(), *(end[0] for end in ends)]
    assert facts["Slope per hour"] == "{:.2g} ({:.2g} to {:.2g})".format(*slopes)
    times = [np.exp(np.median(fit.theta[1])), *(np.exp(end[0]) for end in ends)]
    found = [float(v) for v in re.findall(r"[\d.]+", facts["Odds, per hour"])]
    np.testing.assert_allclose(found, times, rtol=0.05)
    assert float(facts["Maximum likelihood"].removeprefix("slope ")) == pytest.approx(1.5, abs=0.05)
