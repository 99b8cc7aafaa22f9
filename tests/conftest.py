"""What every test process needs before anything heavy is imported."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parents[1]

# No window may open, and matplotlib may not write outside the clone.
os.environ.setdefault("MPLBACKEND", "agg")
os.environ.setdefault("MPLCONFIGDIR", str(ROOT / ".cache" / "matplotlib"))

# PyTensor and numba keep what they compiled; two processes that share the place wait for each
# other, or read half-written files. So each worker has its own, kept from one run to the next.
_compiled = ROOT / ".cache" / "compiled" / os.environ.get("PYTEST_XDIST_WORKER", "alone")
os.environ.setdefault("PYTENSOR_FLAGS", f"base_compiledir={_compiled}")
os.environ.setdefault("NUMBA_CACHE_DIR", str(_compiled / "numba"))

# A busy machine is no reason to fail: neither a slow example nor a slow start is a mistake.
settings.register_profile("any speed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any speed")


@pytest.fixture(autouse=True)
def no_open_figures() -> Iterator[None]:
    """Close what a test drew: matplotlib warns of many open figures, whichever tests left them."""
    yield
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None:
        pyplot.close("all")
