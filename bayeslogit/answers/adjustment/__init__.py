"""A posterior carried over: to a known prevalence, to more rows, to exact draws."""

from __future__ import annotations

from bayeslogit.answers.adjustment.prevalence import in_population, only_of_the_sample
from bayeslogit.answers.adjustment.refine import refine
from bayeslogit.answers.adjustment.update import update

__all__ = ["in_population", "only_of_the_sample", "refine", "update"]
