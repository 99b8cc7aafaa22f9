"""Draw the pictures of the pages: python docs/images/make.py."""

from pathlib import Path

import bayeslogit as bl

HERE = Path(__file__).resolve().parent

fit = bl.logistic("passed ~ hours", bl.load_dataset("exam")).fit(random_seed=1)
ax = fit.plot_curve("hours", mark=3, probability=0.9)
ax.figure.savefig(HERE / "exam-curve.png", dpi=120, bbox_inches="tight")

housing = bl.load_dataset("housing")
model = bl.ordinal(
    "satisfaction ~ C(influence, levels=['Low', 'Medium', 'High']) + contact",
    housing,
    levels=["Low", "Medium", "High"],
    weights="frequency",
)
ax = model.fit(random_seed=1).plot_curve("influence", kind="stack")
ax.figure.savefig(HERE / "housing-stack.png", dpi=120, bbox_inches="tight")
