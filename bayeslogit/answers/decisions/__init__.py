"""Decisions by costs or cut-offs, and what they cost."""
