"""What a fit is asked for beyond its table of coefficients; each answer is a module of its own."""

from __future__ import annotations

from bayeslogit.answers.carrying import Carrying
from bayeslogit.answers.decisions import Decisions
from bayeslogit.answers.drawings import Drawings
from bayeslogit.answers.effects import Effects
from bayeslogit.answers.judgement import Judgement
from bayeslogit.answers.predicting import Predictions

__all__ = ["Answers"]


class Answers(Drawings, Predictions, Effects, Judgement, Decisions, Carrying):
    """The questions that :class:`bayeslogit.fit.Fit` takes; nothing here samples again."""
