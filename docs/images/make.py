"""Draw the pictures of the pages: python docs/images/make.py."""

from pathlib import Path

import bayeslogit as bl

HERE = Path(__file__).resolve().parent

fit = bl.logistic("passed ~ hours", bl.load_dataset("exam")).fit(random_seed=1)
ax = fit.plot_curve("hours", mark=3, probability=0.9)
ax.figure.savefig(HERE / "exam-curve.png", dpi=120, bbox_inches="tight")
