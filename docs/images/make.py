"""Draw the pictures of the pages: python docs/images/make.py."""

from pathlib import Path

import bayeslogit as bl

HERE = Path(__file__).resolve().parent

fit = bl.logistic("passed ~ hours", bl.load_dataset("exam")).fit(random_seed=1)
pictures = {
    "curve": fit.plot_curve("hours", mark=3, probability=0.9),
    "effects": fit.plot_effects(kind="predictions", variables={"hours": [1, 2, 3, 4, 5]}),
    "benefit": fit.plot_net_benefit(),
    "roc": fit.plot_roc(),
    "reliability": fit.plot_calibration(),
    "movement": fit.plot_movement(),
}
for name, ax in pictures.items():
    ax.figure.savefig(HERE / f"exam-{name}.png", dpi=120, bbox_inches="tight")

housing = bl.load_dataset("housing")
model = bl.ordinal(
    "satisfaction ~ C(influence, levels=['Low', 'Medium', 'High']) + contact",
    housing,
    levels=["Low", "Medium", "High"],
    weights="frequency",
)
ax = model.fit(random_seed=1).plot_curve("influence", kind="stack")
ax.figure.savefig(HERE / "housing-stack.png", dpi=120, bbox_inches="tight")
