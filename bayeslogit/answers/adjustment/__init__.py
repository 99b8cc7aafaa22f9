"""A posterior carried over: to a known prevalence, to more rows."""
