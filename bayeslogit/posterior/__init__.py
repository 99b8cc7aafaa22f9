"""A specification with draws, the rows that answers are computed on, and groups for ArviZ."""
