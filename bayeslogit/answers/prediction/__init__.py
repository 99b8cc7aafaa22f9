"""Predictions for rows, along a predictor, and back to a predictor."""
