"""Whether a computation fits into memory, checked before it starts.

Linux kills a process that takes more memory than there is, without a message; other systems swap
until the machine cannot be used. An error beforehand is better than either.
"""

from __future__ import annotations

from pathlib import Path

from bayeslogit.errors import FitFailed

__all__ = ["available", "require"]

# Where a container's limit and use stand, in the second and first version of control groups.
_GROUPS = (
    ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
    (
        "/sys/fs/cgroup/memory/memory.limit_in_bytes",
        "/sys/fs/cgroup/memory/memory.usage_in_bytes",
    ),
)
_GB = 1e9


def available() -> int | None:
    """Return the bytes of memory left for this process, or None where they are unknown.

    Examples
    --------
    >>> found = available()
    >>> found is None or found > 0
    True
    """
    found = []
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        found += [1024 * int(v.split()[1]) for v in lines if v.startswith("MemAvailable:")]
    except (OSError, ValueError):
        return None
    for limit, use in _GROUPS:
        try:
            found.append(
                int(Path(limit).read_text(encoding="ascii"))
                - int(Path(use).read_text(encoding="ascii"))
            )
        except (OSError, ValueError):  # no such group, or "max": no limit
            continue
    return max(0, min(found)) if found else None


def require(needed: float, what: str, advice: str) -> None:
    """Refuse a computation that needs more memory than is available.

    Parameters
    ----------
    needed : float
        Bytes needed at least.
    what : str
        The computation: the subject of the message.
    advice : str
        What to do instead: the end of the message.

    Raises
    ------
    FitFailed
        If fewer bytes are available; where that is unknown, nothing is refused.
    """
    free = available()
    if free is not None and needed > free:
        raise FitFailed(
            f"{what} would need {needed / _GB:,.1f} GB of memory and {free / _GB:,.1f} GB are "
            f"free; expected it to fit; {advice}"
        )
