"""Words and digits: one value has one writing, tables print whole, units read as people write."""

from __future__ import annotations

import re

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import bayeslogit as bl
from bayeslogit import tables
from bayeslogit.cli import main
from bayeslogit.text import counted, figures, width
from tests.contracts.test_questions import QUESTIONS, fit_of

# ---- one odds ratio has one value -----------------------------------------------------------


def _doses(slope):
    """Return a table in which the odds change by a factor that is close to 1, or far from it."""
    rng = np.random.default_rng(3)
    dose = rng.uniform(0, 3.0 / abs(slope), 400)
    dead = rng.random(400) < 1 / (1 + np.exp(1.5 - slope * dose))
    return pd.DataFrame({"dose": dose, "dead": dead.astype(int)})


@pytest.mark.parametrize("slope", [1.5, 0.015, 1.5e-5, -0.02])
@pytest.mark.parametrize("method", ["laplace", "map"])
def test_one_odds_ratio_has_one_value(slope, method, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    fit = bl.logistic("dead ~ dose", _doses(slope)).fit(method, draws=500, random_seed=1)
    table = fit.summary("odds_ratio")
    values = table.loc["dose"].iloc[: 3 if method == "laplace" else 1]
    ratios = np.exp(fit.theta[1])
    assert values.iloc[0] == pytest.approx(np.median(ratios), rel=1e-12)
    estimate, *bounds = figures(*map(float, values), null=1.0)
    spans = [f"[{', '.join(bounds)}]"] if bounds else []

    # Table, shell and picture show the same digits; a sentence may do with one less.
    shown = next(line for line in str(table).splitlines() if line.startswith("dose"))
    assert shown.split()[1:][: len(values)] == [estimate, *bounds]
    fit.save(tmp_path / "fit.nc")
    assert main(["summary", str(tmp_path / "fit.nc")]) == 0
    posterior = capsys.readouterr().out.partition("Posterior by")[2]
    line = next(x for x in posterior.splitlines() if x.startswith("  dose "))
    assert re.split(r"\s{2,}", line.strip())[4 if bounds else 3 :][: 1 + len(spans)] == [
        estimate,
        *spans,
    ]
    assert not bounds or fit.plot_forest().texts[0].get_text() == f"{estimate} {spans[0]}"
    words = figures(*map(float, values), null=1.0, least=2)
    found = re.search(r"multiply by (\S+) \((.*?)\)", fit.in_words())
    assert found.group(1) == words[0]
    assert found.group(2) == (
        f"89 % interval {words[1]} to {words[2]}" if bounds else "a point estimate"
    )
    assert len({*words, "1", "1.0"} - {"1", "1.0"}) == len(values), "they cannot be told apart"


def test_median_of_ratios_has_arviz_s_monte_carlo_error():
    import arviz_stats

    fit = bl.logistic("dead ~ dose", _doses(1.5)).fit("independence", draws=300, random_seed=1)
    table = fit.summary("odds_ratio")
    assert list(table) == [
        *("median", "eti89_lb", "eti89_ub", "ess_bulk", "ess_tail", "r_hat", "mcse_median"),
        "prior",
    ]
    ratios = np.exp(fit.posterior["beta"])
    theirs = arviz_stats.summary(
        ratios.to_dataset(name="beta"), kind="all_median", round_to="none"
    ).iloc[0]
    ours = table.loc["dose"]
    for name in ("median", "eti89_lb", "eti89_ub", "mcse_median"):
        assert ours[name] == pytest.approx(theirs[name], rel=1e-9)
    assert ours["r_hat"] == fit.summary().loc["dose", "r_hat"]


@pytest.fixture(scope="module")
def steep():
    """One odds ratio per unit beyond the largest number, beside one of ordinary size."""
    rng = np.random.default_rng(5)
    x, z = rng.normal(size=60), rng.normal(size=60)
    y = (rng.random(60) < 1 / (1 + np.exp(-2 * x - 0.5 * z))).astype(int)
    data = pd.DataFrame({"tiny": x / 2000, "z": z, "y": y})
    return bl.logistic("y ~ tiny + z", data).fit("laplace", draws=300, random_seed=1)


@pytest.mark.filterwarnings("error")
def test_an_odds_ratio_beyond_the_largest_number_is_said(steep, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    with pytest.warns(
        bl.BayesLogitWarning, match="odds ratio of 'tiny' per unit, or a bound of it, is beyond"
    ):
        table = steep.summary("odds_ratio")
    assert not table.drop(columns="prior").isna().any(axis=None)
    assert table.loc["tiny", "median"] == np.inf
    assert np.isfinite(table.loc["z", "median"])
    assert " inf " in str(table)
    # The others are drawn as ever; its line leads to the end of the axis.
    ax = steep.plot_forest()
    ax.figure.canvas.draw()
    texts = [text.get_text() for text in ax.texts]
    assert "inf" in texts[0]
    assert texts[1] == "{} [{}, {}]".format(*figures(*table.loc["z"].iloc[:3], null=1.0))
    assert np.isfinite(ax.get_xlim()).all()
    mode = steep.model.fit("map")
    with pytest.warns(bl.BayesLogitWarning, match="'tiny' per unit"):
        assert np.isinf(mode.summary("odds_ratio").loc["tiny", "mode"])
    mode.plot_forest().figure.canvas.draw()
    ax = steep.plot_effects("tiny", comparison="odds_ratio", newdata="mean")
    ax.figure.canvas.draw()
    plt.close("all")


# ---- units ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "unit", "words"),
    [
        (1, "hour", "hour"),
        (2, "hour", "2 hours"),
        (100, "mg", "100 mg"),
        (5, "%", "5 %"),
        (10, "years", "10 years"),
        (1, "years", "year"),
        (10, "year", "10 years"),
        (5, "percent", "5 percent"),
        (10, "mmHg", "10 mmHg"),
        (2.5, "kg/m2", "2.5 kg/m2"),
        (5, "cm", "5 cm"),
        (1000, "EUR", "1000 EUR"),
        (10, "°C", "10 °C"),
        (2, "mmol/l", "2 mmol/l"),
        (3, "inch", "3 inches"),
        (1, "inches", "inch"),
        (2, "century", "2 centuries"),
        (2, "child", "2 children"),
        (1, "children", "child"),
        (2, "day", "2 days"),
        (20, "pack-year", "20 pack-years"),
        (10, "cigarette per day", "10 cigarettes per day"),
        (10, "degree Celsius", "10 degrees Celsius"),
        (2, "class", "2 classes"),
        (2, "analysis", "2 analyses"),
        (1, "analyses", "analysis"),
        (1, "boxes", "box"),
        (10, "minute", "10 minutes"),
        (30, "min", "30 min"),
        (2, "mile/h", "2 miles/h"),
        (10, ("Jahr", "Jahre"), "10 Jahre"),
        (1, ("Jahr", "Jahre"), "Jahr"),
        (2, "unit", "2 units"),
    ],
)
def test_units_are_written_as_people_write_them(amount, unit, words):
    assert counted(amount, unit) == words


def test_units_in_a_sentence():
    fit = bl.logistic("dead ~ dose", _doses(0.015)).fit("map")
    assert fit.in_words({"dose": 100}, units={"dose": "mg"}).endswith("per 100 mg, at the mean row")
    assert fit.in_words({"dose": 10}, units={"dose": "years"}).endswith(
        "per 10 years, at the mean row"
    )
    assert fit.in_words("dose", units={"dose": "years"}).endswith("per year, at the mean row")
    assert fit.in_words({"dose": 5}, units={"dose": "%"}).endswith("per 5 %, at the mean row")
    assert fit.in_words({"dose": 2}).endswith("per 2 units, at the mean row")


# ---- tables print whole ---------------------------------------------------------------------

_SLOW = {"kfold", "update", "gaussian update", "compare", "population", "movement"}
_TABLES = sorted(set(QUESTIONS) - _SLOW - {"auc over draws"})


@pytest.mark.filterwarnings("ignore::bayeslogit.BayesLogitWarning")
@pytest.mark.parametrize(("model", "columns"), [("logistic", 80), ("multinomial", 40)])
def test_every_table_prints_whole_at_the_width_of_the_terminal(model, columns, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(columns))
    fit, seen = fit_of(model), 0
    for name in _TABLES:
        try:
            table = QUESTIONS[name](fit)
        except bl.BayesLogitError:
            continue
        if not isinstance(table, pd.DataFrame):
            continue
        seen += 1
        assert isinstance(table, tables.Answer), name
        text = repr(table)
        assert max(map(width, text.splitlines())) <= columns, (name, text)
        words = re.split(r"\s{2,}|\n", text)
        assert "..." not in words, name
        assert {str(c) for c in table.columns} <= set(words), (name, text)
    assert seen > 30


def test_what_pandas_makes_of_an_answer_prints_in_the_same_way(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    table = fit_of("logistic").summary()
    assert "..." not in str(table.round(4))
    assert f"{table.iloc[0, 0]:.4f}" in str(table.round(4))
    assert str(table[["mean"]]).splitlines()[1].split() == ["mean"]
    assert type(pd.DataFrame(table)) is pd.DataFrame
    long = fit_of("logistic").predict(pd.DataFrame({"x": np.linspace(0, 1, 300), "g": "a"}))
    assert str(long).splitlines()[-1] == "(280 of 300 rows are not shown)"


def test_numbers_tell_bounds_from_no_effect_and_from_each_other():
    assert figures(1.0152, 1.0118, 1.0187, null=1.0, least=2) == ["1.015", "1.012", "1.019"]
    assert figures(1.0000152, 1.0000121, 1.0000193, null=1.0) == [
        "1.000015",
        "1.000012",
        "1.000019",
    ]
    assert figures(4.6, 2.1, 14.0, null=1.0, least=2) == ["4.6", "2.1", "14"]
    assert figures(np.inf, 2.0, np.inf) == ["inf", "2.00", "inf"]
