"""A log posterior as a node of a PyTensor graph; loaded when first asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bayeslogit.runtime.on_demand import on_demand

if TYPE_CHECKING:
    from bayeslogit.inference.graph.op import LogDensityOp

__all__ = ["LogDensityOp"]

__getattr__ = on_demand(__name__, {"LogDensityOp": "op"})
