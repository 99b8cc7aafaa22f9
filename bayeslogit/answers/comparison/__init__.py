"""Which model predicts better: leave-one-out, K-fold, stacking, Bayes factors."""

from __future__ import annotations

from bayeslogit.answers.comparison.compare import compare
from bayeslogit.answers.comparison.elpd import loo
from bayeslogit.answers.comparison.internal_external import internal_external
from bayeslogit.answers.comparison.kfold import kfold
from bayeslogit.answers.comparison.methods import compare_methods
from bayeslogit.answers.comparison.score_differences import compare_scores

__all__ = ["compare", "compare_methods", "compare_scores", "internal_external", "kfold", "loo"]
