"""Forecasts beside what happened: calibration, discrimination, residuals, leave-one-out."""
