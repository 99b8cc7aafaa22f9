"""What a fit is asked for beyond its table of coefficients; each answer is a module of its own."""

from __future__ import annotations

from bayeslogit.facade.carrying import Carrying
from bayeslogit.facade.decisions import Decisions
from bayeslogit.facade.drawings import Drawings
from bayeslogit.facade.effects import Effects
from bayeslogit.facade.judgement import Judgement
from bayeslogit.facade.predicting import Predictions

__all__ = ["Answers"]


class Answers(Drawings, Predictions, Effects, Judgement, Decisions, Carrying):
    """The questions that :class:`bayeslogit.fit.Fit` takes; nothing here samples again."""
