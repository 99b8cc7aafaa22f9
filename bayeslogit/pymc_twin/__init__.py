"""The same model in PyMC, as a person would write it; tests compare its log density with numpy's.

Its modules import PyMC, so they load when a name is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bayeslogit.runtime.on_demand import on_demand

if TYPE_CHECKING:
    from bayeslogit.pymc_twin.model import build, log_posterior

__all__ = ["build", "log_posterior"]

__getattr__ = on_demand(__name__, {"build": "model", "log_posterior": "model"})
