"""Predictions, comparisons and slopes averaged over rows, and effects in sentences."""

from __future__ import annotations

from bayeslogit.answers.effects.long_draws import draws_frame
from bayeslogit.answers.effects.marginal import comparisons, predictions, slopes
from bayeslogit.answers.effects.sentences import in_words

__all__ = ["comparisons", "draws_frame", "in_words", "predictions", "slopes"]
