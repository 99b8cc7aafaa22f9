"""Write links.json: the links and their derivatives to 25 digits, by mpmath.

Run ``python tests/references/make_links.py``. Each entry is [eta, F, 1 - F, log F, log(1 - F),
slope of log F, slope of log(1 - F), minus their second derivatives, log f, its slope, minus its
second derivative]. Derivatives follow from the density f and its derivatives: (log F)' = f / F and
-(log F)'' = (f / F)**2 - f' / F. Numbers
below 1e-400, which no double can hold, are written as 0.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import mpmath as mp

MODERATE = [0, 1e-8, 0.01, 0.3, 0.69, 1, 1.5, 2.5, 3, 3.1, 5, 6.4, 8, 12, 19.9, 20.1, 25, 37]
EXTREME = [40, 60, 100, 500, 700, 1e3, 1e5, 1e10]
# Beyond this, log(1 - F) of the two extreme-value links is not a double.
LIMITS = {"cloglog": 700, "loglog": 700}


def logit(x: mp.mpf) -> tuple[mp.mpf, ...]:
    """Return F, 1 - F, the density and its derivative."""
    low, high = 1 / (1 + mp.exp(-x)), 1 / (1 + mp.exp(x))
    return low, high, low * high, low * high * (high - low)


def probit(x: mp.mpf) -> tuple[mp.mpf, ...]:
    """Return F, 1 - F, the density and its derivative."""
    density = mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi)
    root = mp.sqrt(2)
    return mp.erfc(-x / root) / 2, mp.erfc(x / root) / 2, density, -x * density


def cloglog(x: mp.mpf) -> tuple[mp.mpf, ...]:
    """Return F, 1 - F, the density and its derivative."""
    hazard = mp.exp(x)
    survival = mp.exp(-hazard)
    density = hazard * survival
    return -mp.expm1(-hazard), survival, density, density * (1 - hazard)


def loglog(x: mp.mpf) -> tuple[mp.mpf, ...]:
    """Return F, 1 - F, the density and its derivative."""
    inner = mp.exp(-x)
    share = mp.exp(-inner)
    density = inner * share
    return share, -mp.expm1(-inner), density, density * (inner - 1)


def cauchit(x: mp.mpf) -> tuple[mp.mpf, ...]:
    """Return F, 1 - F, the density and its derivative."""
    density = 1 / (mp.pi * (1 + x * x))
    low, high = mp.atan2(1, -x) / mp.pi, mp.atan2(1, x) / mp.pi
    return low, high, density, -2 * x * density / (1 + x * x)


LINKS: tuple[Callable[[mp.mpf], tuple[mp.mpf, ...]], ...] = (
    logit,
    probit,
    cloglog,
    loglog,
    cauchit,
)


def text(value: mp.mpf) -> str:
    """Return 25 digits, or 0 where a double would be."""
    return "0" if abs(value) < mp.mpf("1e-400") else mp.nstr(value, 25)


def row(link: Callable[[mp.mpf], tuple[mp.mpf, ...]], eta: float) -> list[str]:
    """Return one entry."""
    low, high, density, derivative = link(mp.mpf(eta))
    numbers = (
        low,
        high,
        mp.log(low),
        mp.log(high),
        density / low,
        -density / high,
        (density / low) ** 2 - derivative / low,
        (density / high) ** 2 + derivative / high,
        mp.log(density),
        derivative / density,
        -mp.diff(lambda x: link(x)[3] / link(x)[2], mp.mpf(eta)),
    )
    return [repr(float(eta)), *map(text, numbers)]


def main() -> None:
    """Compute and write everything."""
    # exp(-exp(700)) is a number to mpmath, and exp(1e5) in a sum with 1 needs the digits.
    mp.mp.dps = 400
    table = {}
    for link in LINKS:
        limit = LIMITS.get(link.__name__, float("inf"))
        sizes = [e for e in MODERATE + EXTREME if e <= limit]
        etas = sorted({s * e for e in sizes for s in (-1.0, 1.0)})
        table[link.__name__] = [row(link, eta) for eta in etas]
    path = Path(__file__).with_name("links.json")
    path.write_text(json.dumps(table, indent=0) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
