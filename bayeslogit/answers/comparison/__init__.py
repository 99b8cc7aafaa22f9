"""Which model predicts better: leave-one-out, K-fold, stacking, Bayes factors."""

from __future__ import annotations

from bayeslogit.answers.comparison.compare import compare
from bayeslogit.answers.comparison.elpd import loo
from bayeslogit.answers.comparison.kfold import kfold
from bayeslogit.answers.comparison.methods import compare_methods

__all__ = ["compare", "compare_methods", "kfold", "loo"]
