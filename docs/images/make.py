"""Draw the pictures of the pages: python -m docs.images.make."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import bayeslogit as bl
from docs.images.small import save

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
    save(ax.figure, HERE / f"exam-{name}.png", tight=True)

housing = bl.load_dataset("housing")
model = bl.ordinal(
    "satisfaction ~ C(influence, levels=['Low', 'Medium', 'High']) + contact",
    housing,
    levels=["Low", "Medium", "High"],
    weights="frequency",
)
ax = model.fit(random_seed=1).plot_curve("influence", kind="stack")
save(ax.figure, HERE / "housing-stack.png", tight=True)

# Seeds on plates (Crowder 1978, doi:10.2307/2346223): groups in order.
REFERENCES = HERE.parents[1] / "tests" / "references"
seeds = pd.read_csv(REFERENCES / "seeds.csv")
plates = bl.binomial("y ~ x1 * x2 + (1 | plate)", seeds, trials="n").fit(random_seed=1)
save(plates.plot_groups().figure, HERE / "groups.png", tight=True)

# Toenails of patients over a year (De Backer et al. 1998): one patient, and the mean of all.
toenail = pd.read_csv(REFERENCES / "toenail.csv")
patients = bl.logistic("y ~ trt * time + (1 | id)", toenail).fit(random_seed=1)
months = np.linspace(0.0, 12.0, 61)
figure, (left, right) = plt.subplots(
    1, 2, figsize=(8.4, 3.9), layout="constrained", width_ratios=(3, 2)
)
known = pd.DataFrame({"time": np.tile(months, 40), "trt": 0})
known["id"] = np.repeat(toenail["id"].unique()[::7][:40], len(months))
each = patients.predict(known, groups="known")["mean"].to_numpy().reshape(40, -1)
left.plot(months, each.T, color="#BBBBBB", linewidth=0.6, zorder=1)
left.plot([], [], color="#BBBBBB", linewidth=0.6, label="40 of the patients")
names = {
    "typical": ("a typical patient", "#0072B2", "-"),
    "average": ("mean of all patients", "#D55E00", "--"),
}
for row, (groups, (label, colour, dash)) in enumerate(names.items()):
    curve = patients.curve("time", months, at={"trt": 0}, groups=groups)
    low, high = (curve[c] for c in curve.columns if c.endswith(("_lb", "_ub")))
    left.fill_between(months, low, high, color=colour, alpha=0.2, linewidth=0)
    left.plot(months, curve["mean"], color=colour, linestyle=dash, linewidth=2, label=label)
    ratio = patients.comparisons(
        {"time": 1.0},
        comparison="odds_ratio",
        newdata={"time": [0.0], "trt": [0]},
        groups=groups,
    ).iloc[0]
    ends = [ratio[c] for c in ratio.index if c.endswith(("_lb", "_ub"))]
    right.plot(ends, [row, row], color=colour, linestyle=dash, linewidth=2)
    right.plot(ratio["estimate"], row, "os"[row], color=colour)
    text = f"{label}\n{ratio['estimate']:.2f} [{ends[0]:.2f}, {ends[1]:.2f}]"
    right.text(ratio["estimate"], row - 0.12, text, ha="center", va="bottom", fontsize="small")
left.set(xlabel="months", ylabel="P(separated nail)", ylim=(0, 1))
left.set_title("Probability", loc="left", fontsize="medium")
left.legend(frameon=False, fontsize="small")
right.set(xlabel="odds ratio of one month (the first)", ylim=(1.6, -0.8), yticks=[])
right.set_title("Odds ratio", loc="left", fontsize="medium")
for ax in (left, right):
    ax.spines[["top", "right"]].set_visible(False)
right.spines["left"].set_visible(False)
save(figure, HERE / "conditional-marginal.png")
