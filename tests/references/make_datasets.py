"""Tables of bayeslogit/datasets from Python packages, and two short ones: run from the root.

Needs statsmodels (anes96, modechoice) and lifetimes (CDNOW): pip install statsmodels lifetimes.
Sources are in bayeslogit/datasets/catalogue.py; the rest of the tables is made by make_datasets.R.
"""

from importlib.util import find_spec
from pathlib import Path

import pandas as pd
import statsmodels.datasets.anes96 as anes96
import statsmodels.datasets.modechoice as modechoice

HERE = Path(__file__).resolve().parents[2] / "bayeslogit" / "datasets"

# Middle of each bracket of household income in 1996, in thousands of dollars; the highest bracket
# has no upper end, and is taken to be as wide as the one below.
INCOME = [1.5, 4, 6, 8, 9.5, 10.5, 11.5, 12.5, 13.5, 14.5, 16, 18.5, 21, 23.5]
INCOME += [27.5, 32.5, 37.5, 42.5, 47.5, 55, 67.5, 82.5, 97.5, 112.5]
SCHOOLING = ["to grade 8", "some high school", "high school", "some college"]
SCHOOLING += ["college", "master", "doctorate"]
PARTY = ["Democrat"] * 2 + ["Independent"] * 3 + ["Republican"] * 2
CALIBRATION_ENDS = pd.Timestamp("1997-09-30")


def parties():
    """Party identification of voters in 1996: strong and weak partisans, and all between."""
    raw = anes96.load_pandas().data
    return pd.DataFrame(
        {
            "party": [PARTY[int(code)] for code in raw["PID"]],
            "vote": raw["vote"].map({0: "Clinton", 1: "Dole"}),
            "age": raw["age"].astype(int),
            "schooling": [SCHOOLING[int(code) - 1] for code in raw["educ"]],
            "income": [INCOME[int(code) - 1] for code in raw["income"]],
            "news": raw["TVnews"].astype(int),
        }
    )


def travel():
    """The four modes of each trip between two cities, and which was chosen."""
    raw = modechoice.load_pandas().data
    names = {"individual": "trip", "mode": "mode", "choice": "chosen", "ttme": "wait"}
    names |= {"invc": "cost", "invt": "time", "gc": "general_cost", "hinc": "income"}
    table = raw.rename(columns=names | {"psize": "size"}).astype(int)
    table["mode"] = table["mode"].map({1: "air", 2: "train", 3: "bus", 4: "car"})
    return table[[*names.values(), "size"]]


def customers():
    """Each customer of a music shop: orders of the first 39 weeks, and whether more followed."""
    path = Path(find_spec("lifetimes").origin).parent / "datasets" / "CDNOW_sample.txt"
    names = ["all", "customer", "date", "discs", "dollars"]
    orders = pd.read_csv(path, sep=r"\s+", names=names)
    orders["date"] = pd.to_datetime(orders["date"].astype(str))
    early = orders[orders["date"] <= CALIBRATION_ENDS]
    by_customer = early.groupby("customer")
    later = orders.loc[orders["date"] > CALIBRATION_ENDS, "customer"].unique()
    days = {
        name: (CALIBRATION_ENDS - by_customer["date"].agg(which)).dt.days
        for name, which in (("weeks_known", "min"), ("weeks_quiet", "max"))
    }
    table = pd.DataFrame({name: (found / 7).round(1) for name, found in days.items()})
    table["orders"] = by_customer["date"].nunique()
    table["discs"] = by_customer["discs"].sum()
    table["dollars"] = by_customer["dollars"].sum().round(2)
    table["again"] = table.index.isin(later).astype(int)
    return table.reset_index(drop=True)


def beetles():
    """Bliss (1935), as in Dobson (1990, An Introduction to Generalized Linear Models, p. 109)."""
    return pd.DataFrame(
        {
            "log_dose": [1.6907, 1.7242, 1.7552, 1.7842, 1.8113, 1.8369, 1.8610, 1.8839],
            "beetles": [59, 60, 62, 56, 63, 59, 62, 60],
            "killed": [6, 13, 18, 28, 52, 53, 61, 60],
        }
    )


def surgical():
    """Spiegelhalter et al. (1996, BUGS 0.5 Examples Volume 1)."""
    return pd.DataFrame(
        {
            "hospital": list("ABCDEFGHIJKL"),
            "operations": [47, 148, 119, 810, 211, 196, 148, 215, 207, 97, 256, 360],
            "deaths": [0, 18, 8, 46, 8, 13, 9, 31, 14, 8, 29, 24],
        }
    )


if __name__ == "__main__":
    for make in (parties, travel, customers, beetles, surgical):
        make().to_csv(HERE / f"{make.__name__}.csv", index=False)
