"""The lessons: each step shows what its sentence says, and controls can reach every setting."""

from __future__ import annotations

import json

import numpy as np
import pytest

import bayeslogit as bl
from bayeslogit.teach.answer import answered, arrays_of
from bayeslogit.teach.lessons import (
    ENOUGH,
    LESSONS,
    NUMBERS,
    PRIOR,
    SEPARATION,
    TRUTH,
    WIDTHS,
    students,
    to_page,
)
from bayeslogit.teach.request import NARROWEST, WIDEST, read


def shown(lesson, step, seed=1):
    """Return what the page draws after a step."""
    hours, passed = students(lesson, seed)
    if step.move is not None:
        hours[step.move[0]] = step.move[1]
    arrays, words = arrays_of(
        read(
            {
                "hours": hours[: step.number].tolist(),
                "passed": passed[: step.number].tolist(),
                "width": step.width,
                "link": "logit",
                "mark": lesson.mark,
            }
        )
    )
    return arrays, dict(words["facts"])


def mean_slope(arrays):
    return np.average(arrays["slope"], weights=arrays["after"])


def test_controls_reach_every_setting():
    assert min(WIDTHS) == NARROWEST
    assert max(WIDTHS) == WIDEST
    for lesson in LESSONS:
        for one in (lesson, *lesson.steps):
            assert one.width in WIDTHS
            assert one.number in NUMBERS
            assert one.number <= lesson.most
        hours, passed = students(lesson)
        assert len(hours) == len(passed) == lesson.most
        assert len(set(lesson.choices)) == 3
        assert 0 <= lesson.right < 3


def test_the_first_students_are_the_exam():
    hours, passed = students(PRIOR)
    exam = bl.load_dataset("exam")
    assert sorted(zip(hours[:20], passed[:20], strict=True)) == sorted(
        zip(exam["hours"], exam["passed"], strict=True)
    )
    again = students(PRIOR, seed=2)
    np.testing.assert_array_equal(again[0][:20], hours[:20])
    assert (again[0][20:] != hours[20:]).any()


def test_prior_against_data():
    narrow, wide, many = (shown(PRIOR, step)[0] for step in PRIOR.steps)
    likeliest = narrow["likeliest_slope"][0]
    assert abs(mean_slope(narrow)) < 0.25 * likeliest  # "near 0, where the prior is"
    assert abs(mean_slope(wide) - likeliest) < 0.25 * likeliest  # "as large as the data make it"
    assert mean_slope(many) > 0.7 * many["likeliest_slope"][0]  # "the data outweigh"


def test_separation():
    (gentle, words), (steep, _), (overlapping, after) = (
        shown(SEPARATION, step) for step in SEPARATION.steps
    )
    assert words["Maximum likelihood"] == "no finite slope"
    assert mean_slope(steep) > 4 * mean_slope(gentle)  # "several times as large"
    assert after["Maximum likelihood"].startswith("slope ")
    assert mean_slope(overlapping) < 0.4 * mean_slope(steep)
    hours, passed = students(SEPARATION)
    assert hours[passed == 0].max() < 3.0 < hours[passed == 1].min()
    index, to = SEPARATION.steps[2].move
    assert (hours[index], to) == (3.5, 1.5)  # as the sentence has it
    assert passed[index] == 1


def test_how_many_data_are_enough():
    """On the page's own classes, and by the square root of the number on the average of many."""
    widths = np.array(
        [
            [np.ptp(shown(ENOUGH, step, seed)[0]["at"][1:]) for step in ENOUGH.steps]
            for seed in range(1, 9)
        ]
    )
    first, second = widths[0, :-1] / widths[0, 1:]
    assert 1.3 < first < 3.0
    assert 1.5 < second < 2.7
    assert widths.mean(axis=0)[1] / widths.mean(axis=0)[2] == pytest.approx(2.0, abs=0.2)


def test_the_true_curve_is_the_one_that_students_come_from():
    arrays = shown(ENOUGH, ENOUGH.steps[-1])[0]
    truth = np.array(to_page(ENOUGH)["truth"])
    # Six standard errors of a share of 320 would be 0.17.
    assert np.abs(arrays["mean"] - truth).max() < 0.1
    assert -TRUTH[0] / TRUTH[1] == pytest.approx(
        np.interp(0.5, truth, np.linspace(0, 7, 106)), abs=0.01
    )


def test_a_lesson_is_json_that_the_page_can_send_back():
    for lesson in LESSONS:
        page = json.loads(json.dumps(to_page(lesson), allow_nan=False))
        number = page["number"]
        asked = {name: page[name] for name in ("width", "mark")} | {"link": "logit"}
        asked |= {name: page[name][:number] for name in ("hours", "passed")}
        assert "error" not in answered(asked)[0]
