"""Write cumulative.json: the middle class of three of a cumulative model, to 25 digits, by mpmath.

Run ``python tests/references/make_cumulative.py``. Each entry is [lower boundary a, upper boundary
b, log p, its slopes by a and b, minus its second derivatives by a twice, by b twice, and by both],
where p = F(b) - F(a). They follow from the density f and its derivative: by b the slope is
f(b) / p, and minus the second derivative (f(b) / p)**2 - f'(b) / p. Numbers below 1e-400, which
no double can hold, are written as 0.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import mpmath as mp
from make_links import LINKS, text

PAIRS = [
    (-40.0, -39.5),
    (-40.0, -39.99),
    (-40.0, -20.0),
    (-40.0, 0.0),
    (-40.0, 40.0),
    (-20.0, 40.0),
    (-60.0, -40.0),
    (-3.0, -2.875),
    (-1.0, 1.5),
    (-0.5, 0.0),
    (0.0, 0.5),
    (0.001, 0.002),
    (2.0, 2.5),
    (20.0, 40.0),
    (39.0, 40.0),
    (39.99, 40.0),
    (40.0, 60.0),
]


def row(link: Callable[[mp.mpf], tuple[mp.mpf, ...]], a: float, b: float) -> list[str]:
    """Return one entry."""
    low_a, high_a, density_a, derivative_a = link(mp.mpf(a))
    low_b, high_b, density_b, derivative_b = link(mp.mpf(b))
    # From the smaller tails: 1 - exp(-exp(40)) has no digits that differ from one.
    p = high_a - high_b if a > 0 else low_b - low_a
    u, v = density_b / p, density_a / p
    numbers = (
        mp.log(p),
        -v,
        u,
        v * v + derivative_a / p,
        u * u - derivative_b / p,
        -u * v,
    )
    return [repr(a), repr(b), *map(text, numbers)]


def main() -> None:
    """Compute and write everything."""
    mp.mp.dps = 400
    table = {link.__name__: [row(link, a, b) for a, b in PAIRS] for link in LINKS}
    path = Path(__file__).with_name("cumulative.json")
    path.write_text(json.dumps(table, indent=0) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
