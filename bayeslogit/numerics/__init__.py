"""Numerical methods on plain arrays: special functions, intervals, convergence, scores."""
