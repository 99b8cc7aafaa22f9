"""Classifiers for scikit-learn; they need scikit-learn."""

from __future__ import annotations

from bayeslogit.estimator.logistic import LogisticClassifier
from bayeslogit.estimator.ordinal import OrdinalClassifier

__all__ = ["LogisticClassifier", "OrdinalClassifier"]
