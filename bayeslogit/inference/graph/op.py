"""A numpy log posterior as a PyTensor Op; the one module of the package that subclasses PyTensor.

PyMC's samplers ask for a graph. This one has a single node, so that there is nothing to compile.
Importing this module imports PyTensor.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytensor.tensor as pt
from pytensor.graph.basic import Apply
from pytensor.graph.op import Op

from bayeslogit.inference.whitening import Surface

__all__ = ["LogDensityOp"]


class LogDensityOp(Op):
    """Value and gradient of a log posterior at one point, in nats, as the outputs of one node.

    Parameters
    ----------
    density : Surface
        The point is a vector of its coordinates.
    """

    # Two Ops are equal only if they hold the same density; nothing is merged by mistake.
    __props__ = ("density",)

    def __init__(self, density: Surface) -> None:
        self.density = density

    def __str__(self) -> str:
        return "LogDensityOp"

    def make_node(self, *inputs: Any) -> Apply[Any]:
        """Return the node of one vector ``z``, with outputs value () and gradient (like ``z``)."""
        (z,) = inputs
        return Apply(self, [pt.as_tensor_variable(z)], [pt.dscalar(), pt.dvector()])

    def perform(self, node: Apply[Any], inputs: Any, outputs: Any) -> None:
        """Evaluate both outputs at once, so that the gradient needs no second evaluation.

        Parameters
        ----------
        node : Apply
            The node; all nodes of this Op are evaluated alike.
        inputs : sequence of ndarray
            The vector ``z``, (coordinates,).
        outputs : sequence of list
            Storage that takes the value, (), and the gradient, (coordinates,), in nats.
        """
        value, gradient = self.density.value_and_gradient(inputs[0])
        outputs[0][0] = np.asarray(value)
        outputs[1][0] = gradient

    def pullback(self, inputs: Any, outputs: Any, cotangents: Any) -> list[Any]:
        """Return the gradient by ``z`` of a scalar that depends on the value.

        Parameters
        ----------
        inputs, outputs : sequence of variables
            Those of the node: ``z``; value and gradient.
        cotangents : sequence of variables
            Derivatives of the scalar by the outputs; that by the gradient is not used.
        """
        return [cotangents[0] * outputs[1]]
