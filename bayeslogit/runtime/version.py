"""The version of the package that is installed."""

from __future__ import annotations

__all__ = ["installed_version"]


def installed_version() -> str:
    """Return the version that was installed: pyproject.toml is the one place that states it.

    Examples
    --------
    >>> installed_version()[0].isdigit()
    True
    """
    # Reading it takes longer than importing the package, so it waits until somebody asks.
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("bayeslogit")
    except PackageNotFoundError:  # run from a checkout that was never installed
        return "0+unknown"
