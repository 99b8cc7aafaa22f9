"""Predictions, comparisons and slopes averaged over rows, and effects in sentences."""
