"""Predictions for rows, along a predictor, and back to a predictor."""

from __future__ import annotations

from bayeslogit.answers.prediction.curve import curve
from bayeslogit.answers.prediction.inverse import solve
from bayeslogit.answers.prediction.predict import predict

__all__ = ["curve", "predict", "solve"]
