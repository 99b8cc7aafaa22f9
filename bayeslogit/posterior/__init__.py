"""A specification with draws, the rows it speaks about, and its groups for ArviZ."""
