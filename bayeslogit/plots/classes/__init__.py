"""Pictures of outcomes with three or more classes."""
