"""Write exam.json: posterior modes of the exam data to 25 digits, by Newton's method in mpmath.

Run ``python tests/references/make_exam.py``. ``logit`` has one entry per pair of prior standard
deviations (null: flat) of intercept and slope: the mode, the square roots of the diagonal of the
inverse curvature (Laplace standard deviations), the log posterior density at the mode with all
constants, and Laplace's log evidence (null where a prior is flat). ``probit`` has the maximum
likelihood estimate with that link. The data are the 20 students (hours of study, passed) of the
encyclopedia article "Logistic regression".
"""

from __future__ import annotations

import json
from pathlib import Path

import mpmath as mp

HOURS = """0.50 0.75 1.00 1.25 1.50 1.75 1.75 2.00 2.25 2.50
           2.75 3.00 3.25 3.50 4.00 4.25 4.50 4.75 5.00 5.50"""
PASSED = [0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 1, 1, 1, 1, 1]
PRIORS = [(None, None), (None, 1), (None, 2.5), (10, 10), (10, 2.5), (2.5, 2.5), (1, 1)]


def mode(sds: tuple[float | None, float | None]) -> dict[str, object]:
    """Return one entry."""
    rows = [mp.matrix([1, mp.mpf(h)]) for h in HOURS.split()]
    precisions = [mp.mpf(0) if s is None else 1 / mp.mpf(s) ** 2 for s in sds]
    beta = mp.matrix([0, 0])
    for _ in range(60):
        gradient = mp.matrix([-q * b for q, b in zip(precisions, beta, strict=True)])
        curvature = mp.diag(precisions)
        for x, y in zip(rows, PASSED, strict=True):
            prob = 1 / (1 + mp.exp(-(x.T * beta)[0]))
            gradient += x * (y - prob)
            curvature += x * x.T * prob * (1 - prob)
        step = mp.lu_solve(curvature, gradient)
        beta += step
        if mp.norm(step) < mp.mpf("1e-35"):
            break
    value = mp.mpf(0)
    for x, y in zip(rows, PASSED, strict=True):
        eta = (x.T * beta)[0]
        value -= mp.log1p(mp.exp(-eta if y else eta))
    for s, b in zip(sds, beta, strict=True):
        if s is not None:
            value -= b * b / (2 * mp.mpf(s) ** 2) + mp.log(s) + mp.log(2 * mp.pi) / 2
    inverse = curvature**-1
    evidence = value + mp.log(2 * mp.pi) - mp.log(mp.det(curvature)) / 2
    return {
        "prior_sds": list(sds),
        "mode": [mp.nstr(b, 25) for b in beta],
        "sds": [mp.nstr(mp.sqrt(inverse[i, i]), 25) for i in range(2)],
        "covariance": mp.nstr(inverse[0, 1], 25),
        "log_posterior": mp.nstr(value, 25),
        "log_evidence": None if None in sds else mp.nstr(evidence, 25),
    }


def probit() -> list[str]:
    """Return the maximum likelihood estimate with the probit link, as a root of the gradient."""

    def gradient(intercept: mp.mpf, slope: mp.mpf) -> list[mp.mpf]:
        total = [mp.mpf(0), mp.mpf(0)]
        for text, y in zip(HOURS.split(), PASSED, strict=True):
            hours = mp.mpf(text)
            eta = intercept + slope * hours
            ratio = mp.npdf(eta) / (mp.ncdf(eta) if y else -mp.ncdf(-eta))
            total = [total[0] + ratio, total[1] + ratio * hours]
        return total

    return [mp.nstr(v, 25) for v in mp.findroot(gradient, (mp.mpf(-2.4), mp.mpf(0.9)))]


def main() -> None:
    """Compute and write everything."""
    mp.mp.dps = 40
    table = {"logit": [mode(sds) for sds in PRIORS], "probit": probit()}
    path = Path(__file__).with_name("exam.json")
    path.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
