"""Numbers without models: stable functions, intervals, convergence, Pareto smoothing."""
