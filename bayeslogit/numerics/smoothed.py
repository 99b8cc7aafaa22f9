"""The density of draws, smoothed."""

from __future__ import annotations

import numpy as np

__all__ = ["density"]


def density(values: np.ndarray, points: int = 256) -> tuple[np.ndarray, np.ndarray]:
    """Return a grid and the density of draws on it: a histogram smoothed by a Gaussian.

    The width is Silverman's, from the smaller of sd and scaled interquartile range, so that
    heavy tails do not flatten the middle; the outermost thousandth of each side, and what is
    more than six interquartile ranges away, is left out.

    Parameters
    ----------
    values : ndarray, shape (draws,)
        On any scale.
    points : int
        Length of the grid.

    Returns
    -------
    grid, density : ndarray, shape (points,)
        The density is per unit of the values.

    References
    ----------
    Silverman, B. W. (1986). Density Estimation for Statistics and Data Analysis, eq. 3.31.
    doi:10.1201/9781315140919
    """
    low, q1, q3, high = np.quantile(values, [0.001, 0.25, 0.75, 0.999])
    low, high = max(low, q1 - 6 * (q3 - q1)), min(high, q3 + 6 * (q3 - q1))
    inside = values[(values >= low) & (values <= high)]
    spread = min(float(np.std(inside)), (q3 - q1) / 1.349) or float(np.std(inside)) or 1.0
    width = 0.9 * spread * len(inside) ** -0.2
    edges = np.linspace(low - 3 * width, high + 3 * width, points + 1)
    step = edges[1] - edges[0]
    counts, _ = np.histogram(inside, edges)
    reach = min(int(np.ceil(4 * width / step)), points // 2 - 1)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) * step / width) ** 2)
    smooth = np.convolve(counts, kernel / kernel.sum(), mode="same")
    return 0.5 * (edges[1:] + edges[:-1]), smooth / (len(values) * step)
