"""Inference for models with group-level effects."""
