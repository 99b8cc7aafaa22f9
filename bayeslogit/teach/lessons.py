"""The three lessons: a question, a prediction, steps to see, and the students to begin with."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from functools import cache
from importlib import resources
from typing import Any

import numpy as np

import bayeslogit as bl
from bayeslogit.teach.answer import GRID
from bayeslogit.teach.request import MOST

__all__ = ["LESSONS", "NUMBERS", "TRUTH", "WIDTHS", "Lesson", "Step", "students", "to_page"]

# Where the controls of prior width and number of students stop; each step of a key is a change.
WIDTHS = (0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 5.0, 7.0, 10.0, 15.0, 20.0)
NUMBERS = (*range(2, 21), 25, 30, 40, 50, 60, 80, 100, 120, 160, 200, 250, 320, 400, 500)

# Log-odds at no hours, and per hour, of the curve that lesson three draws its students from.
TRUTH = (-4.0, 1.5)
_ORDER = 20  # seed of the order of the exam's students


@dataclass(frozen=True)
class Step:
    """A sentence on what to see, and the settings that show it.

    ``move`` has a student, counted from 0, and the hours to move that student to.
    """

    says: str
    width: float
    number: int
    move: tuple[int, float] | None = None


@dataclass(frozen=True)
class Lesson:
    """One lesson; ``right`` is the place of the right one of ``choices``."""

    title: str
    question: str
    predict: str
    choices: tuple[str, str, str]
    right: int
    because: str
    steps: tuple[Step, ...]
    about: str
    width: float
    number: int
    most: int
    mark: float = 3.0
    truth: tuple[float, float] | None = field(default=None)


PRIOR = Lesson(
    title="Prior against data",
    question="Two teachers look at the same 20 students. One is sure beforehand that hours of "
    "study hardly matter; the other would believe almost anything. Do they agree afterwards?",
    predict="Make the prior narrow: width 0.2. What becomes of the curve?",
    choices=(
        "It stays: 20 students outweigh any prior",
        "It becomes nearly flat",
        "It becomes steeper",
    ),
    right=1,
    because="A posterior weighs prior and data by what each of them knows. Twenty pass marks know "
    "little; a prior of width 0.2 claims to know the slope well.",
    steps=(
        Step("Width 0.2, 20 students: the slope stays near 0, where the prior is.", 0.2, 20),
        Step("Width 3, 20 students: the mean slope is as large as the data make it.", 3.0, 20),
        Step("Width 0.2 again, 500 students: now the data outweigh the same prior.", 0.2, 500),
    ),
    about="The first 20 students are real, in an arbitrary order (the exam data). From the 21st on "
    "they are simulated from the maximum-likelihood curve of the 20.",
    width=1.0,
    number=20,
    most=MOST,
)

SEPARATION = Lesson(
    title="Separation",
    question="Eight students. Whoever studied less than three hours failed, and all others passed. "
    "How steep is the curve?",
    predict="Make the prior wider and wider. What does the slope do?",
    choices=(
        "It settles at the value that the data have",
        "It grows with the prior, without end",
        "It goes back to 0",
    ),
    right=1,
    because="Every steeper curve fits these eight students better still, so the data set no upper "
    "limit and maximum likelihood has no finite slope. What the limit is, the prior says. The "
    "posterior remains proper at any finite width.",
    steps=(
        Step("Width 1: the prior sets the limit, and the curve is gentle.", 1.0, 8),
        Step("Width 10: the same students, and a slope several times as large.", 10.0, 8),
        Step(
            "One who passed is moved from 3.5 to 1.5 hours, so that hours overlap: now the data "
            "themselves set a limit, and maximum likelihood has a slope.",
            10.0,
            8,
            (4, 1.5),
        ),
    ),
    about="These students are made up. Drag one who passed below one who failed, and back.",
    width=1.0,
    number=8,
    most=8,
)

ENOUGH = Lesson(
    title="How many data are enough",
    question="We want to know how likely a student passes after 3 hours. How many students must "
    "we ask, if 10 points more or less are good enough?",
    predict="Go from 20 students to 80. What becomes of the 89 % interval at 3 hours?",
    choices=(
        "It becomes a quarter as wide",
        "It becomes about half as wide",
        "It stays as wide as it is",
    ),
    right=1,
    because="Uncertainty falls with the square root of the number of students: four times as many "
    "halve it. Precision becomes dear quickly.",
    steps=(
        Step("20 students: read the width of the interval after 3 hours.", 2.0, 20),
        Step("80 students: about half of that.", 2.0, 80),
        Step("320 students: half once more, close about the dashed truth.", 2.0, 320),
    ),
    about="All students are simulated from the dashed curve, which nobody knows in life. Draw "
    "another class, and see how far small classes are from one another.",
    width=2.0,
    number=20,
    most=MOST,
    truth=TRUTH,
)

LESSONS = (PRIOR, SEPARATION, ENOUGH)


def students(lesson: Lesson, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Return the hours of the students of a lesson, and who passed.

    Parameters
    ----------
    lesson : Lesson
    seed : int
        Of what is simulated.

    Returns
    -------
    hours : ndarray, shape (most,)
    passed : ndarray of 0 and 1, shape (most,)
        The first ``number`` of both are in the class at the beginning.

    Examples
    --------
    >>> students(SEPARATION)[1].tolist()
    [0, 0, 0, 0, 1, 1, 1, 1]
    """
    if lesson is SEPARATION:
        return np.array([1.0, 1.6, 2.1, 2.6, 3.5, 4.0, 4.6, 5.2]), np.repeat([0, 1], 4)
    rng = np.random.default_rng(seed)
    if lesson.truth is not None:
        return _simulated(lesson.truth, lesson.most, rng)
    hours, passed, curve = _exam()
    more, outcomes = _simulated(curve, lesson.most - len(hours), rng)
    return np.concatenate([hours, more]), np.concatenate([passed, outcomes])


@cache
def _exam() -> tuple[np.ndarray, np.ndarray, tuple[float, float]]:
    """Return the exam data in an arbitrary order, and the likeliest curve."""
    # As columns: the page needs no data frames, whose library takes a second or two to load.
    with resources.files("bayeslogit.datasets").joinpath("exam.csv").open() as file:
        hours, passed = np.loadtxt(file, delimiter=",", skiprows=1, unpack=True)
    order = np.random.RandomState(_ORDER).permutation(len(hours))
    exam = {"hours": hours[order], "passed": passed[order].astype(int)}
    curve = bl.logistic("passed ~ hours", exam, priors="flat").fit("map").given[:, 0]
    return exam["hours"], exam["passed"], (float(curve[0]), float(curve[1]))


def _simulated(
    curve: tuple[float, float], number: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return students whose hours are spread evenly over those of the exam."""
    hours = rng.uniform(0.5, 5.5, number).round(2)
    chance = 1.0 / (1.0 + np.exp(-(curve[0] + curve[1] * hours)))
    return hours, (rng.random(number) < chance).astype(int)


def to_page(lesson: Lesson) -> dict[str, Any]:
    """Return a lesson as the page has it: texts, settings, students, and the true curve.

    Parameters
    ----------
    lesson : Lesson

    Returns
    -------
    dict
        What JSON can hold; ``truth`` is the curve along ``GRID``, or empty.
    """
    hours, passed = students(lesson)
    found = asdict(lesson) | {"hours": hours.tolist(), "passed": passed.tolist(), "truth": []}
    if lesson.truth is not None:
        low, slope = lesson.truth
        found["truth"] = (1.0 / (1.0 + np.exp(-(low + slope * GRID)))).round(4).tolist()
    return found
