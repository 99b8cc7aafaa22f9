"""The table of a fit, against summaries, counts of pandas and statsmodels; and its forms."""

from __future__ import annotations

import re
import sys

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

import bayeslogit as bl
from bayeslogit.tables import Written

BIRTHS = bl.load_dataset("birthweight")
NASTY = "<b>&|_*%$\\ [x](y)"


@pytest.fixture(scope="module")
def fit():
    model = bl.logistic("low ~ age + race * smoker + hypertension", BIRTHS)
    return model.fit("laplace", draws=500, random_seed=1)


def row(table: Written, name: str, after: str = "") -> tuple[str, ...]:
    """Return the row of a name, the first behind another."""
    rows = table.rows[1 + [r[0] for r in table.rows].index(after) :] if after else table.rows
    return next(r for r in rows if r[0] == name)


def test_levels_have_their_cases_and_references(fit):
    table = fit.table()
    for column in ("race", "smoker", "hypertension"):
        for level, part in BIRTHS.groupby(column):
            found = row(table, str(level), after=column)
            assert found[1] == f"{part['low'].sum()} / {len(part)}"
    assert row(table, "black")[2] == row(table, "0", after="smoker")[2] == "1 (reference)"
    assert row(table, "age")[1] == "59 / 189"
    assert [table.rows[i][0] for i in sorted(table.inner)] == [
        *("black", "other", "white"),
        *("0", "1") * 2,
    ]
    assert [r[0] for r in table.rows if r[1] == ""] == [
        *("race", "smoker", "hypertension", "race[T.other]:smoker", "race[T.white]:smoker")
    ]


def test_odds_ratios_are_those_of_the_summary(fit):
    table = fit.table(ci_prob=0.95, per={"age": 10})
    summary = fit.summary("odds_ratio", ci_prob=0.95, per={"age": 10})
    shown = {
        "race[T.other]": row(table, "other"),
        "race[T.white]": row(table, "white"),
        "smoker": row(table, "1", after="smoker"),
        "hypertension": row(table, "1", after="hypertension"),
    }
    for name, values in summary.iloc[1:].iterrows():
        text = shown.get(name) or row(table, name)
        found = [float(v) for v in re.findall(r"[\d.]+", text[2])]
        np.testing.assert_allclose(found, values.iloc[:3].astype(float), rtol=5e-3)
    assert "(95 % interval)" in table.columns[2]
    assert table.title == "Odds ratios (odds of low = 1)"
    assert "posterior median and 95 % equal-tailed interval, by method 'laplace'" in table.notes[0]
    assert "Normal(0, 0.4731) (age)" in table.notes[1]
    assert table.notes[2] == "189 rows of low = 1. The intercept is not shown."


def test_maximum_likelihood_is_that_of_statsmodels():
    fit = bl.logistic("low ~ age + race", BIRTHS, priors="flat").fit("map")
    theirs = np.exp(smf.logit("low ~ age + race", BIRTHS).fit(disp=False).params)
    table = fit.table()
    assert float(row(table, "age")[2]) == pytest.approx(theirs["age"], rel=5e-3)
    assert float(row(table, "white")[2]) == pytest.approx(theirs["race[T.white]"], rel=5e-3)
    assert table.columns[2] == "odds ratio"
    assert "by method 'map'" in table.notes[0]


def test_fits_stand_side_by_side(fit):
    crude = bl.logistic("low ~ race", BIRTHS).fit("laplace", draws=500, random_seed=1)
    table = fit.table({"crude": crude}, name="adjusted")
    assert table.spans == (("", 1), ("", 1), ("adjusted", 1), ("crude", 1))
    assert row(table, "white")[1:] == (
        row(fit.table(), "white")[1],
        row(fit.table(), "white")[2],
        row(crude.table(), "white")[2],
    )
    assert row(table, "age")[3] == ""
    # What holds for all is said once.
    assert [note.split(" ")[0] for note in table.notes] == [
        *("Odds", "189"),
        *("adjusted:", "crude:"),
    ]
    # A point estimate has no interval.
    mode = fit.table({"mode": bl.logistic("low ~ race", BIRTHS).fit("map")})
    assert mode.columns[2:] == ("odds ratio (89 % interval)", "odds ratio")
    # Other rows have other counts, so each fit has its own.
    half = bl.logistic("low ~ race", BIRTHS[:100]).fit("laplace", draws=50, random_seed=1)
    table = fit.table({"half": half})
    assert table.columns.count("events / cases") == 2
    assert row(table, "white")[3] == row(half.table(), "white")[1]


@pytest.mark.parametrize("kind", ["nominal", "ordinal", "partial", "probit", "groups", "flags"])
def test_every_kind_of_model_has_one(kind):
    rng = np.random.default_rng(1)
    n = 240
    table = pd.DataFrame({"x": rng.normal(size=n), "g": rng.choice(list("abc"), n)})
    table["s"] = rng.choice(list("uvw"), n)
    table["y"] = rng.integers(0, 3, n)
    table["flag"] = table["x"] > 0.2
    table["b"] = rng.integers(0, 2, n)
    fit = {
        "nominal": lambda: bl.multinomial("y ~ x + g", table),
        "ordinal": lambda: bl.ordinal("y ~ x + g", table, levels=[0, 1, 2]),
        "partial": lambda: bl.ordinal("y ~ x + g", table, levels=[0, 1, 2], partial=["g"]),
        "probit": lambda: bl.logistic("b ~ x + g", table, link="probit"),
        "groups": lambda: bl.logistic("b ~ x + g + (1 | s)", table),
        "flags": lambda: bl.logistic("b ~ flag + g", table),
    }[kind]().fit("map")
    found = fit.table()
    names = [r[0] for r in found.rows]
    assert len(set(map(len, found.rows))) == 1
    assert len(found.columns) == (4 if kind == "nominal" else 3)
    level = (table["g"] == "b") & np.ones(n, dtype=bool)
    events = f"{table['b'][level].sum()} / " if kind in ("probit", "groups", "flags") else ""
    assert row(found, "b")[1] == f"{events}{level.sum()}"
    if kind == "partial":
        assert [n for n in names if n.startswith("1|2: g")] == ["1|2: g[T.b]", "1|2: g[T.c]"]
    if kind == "probit":
        assert found.columns[2] == "coefficient"
        assert row(found, "a")[2] == "0 (reference)"
    if kind == "flags":
        assert row(found, "True")[1] == f"{table['b'][table['flag']].sum()} / {table['flag'].sum()}"
    if kind in ("ordinal", "partial"):
        assert found.notes[-1].endswith("The cutpoints are not shown.")


def test_every_form_holds_texts_of_the_data_as_texts():
    data = BIRTHS.assign(race=BIRTHS["race"].replace("white", NASTY))
    fit = bl.logistic("low ~ race", data).fit("map")
    table = fit.table()
    assert NASTY in repr(table)
    html = table.to_html()
    assert html == table._repr_html_()
    assert "&lt;b&gt;&amp;|" in html
    assert "<b>" not in html
    assert r"\<b\>&amp;\|\_\*%\$\\ \[x\](y)" in table.to_markdown()
    assert r"\textless{}b\textgreater{}\&\textbar{}\_*\%\$\textbackslash{} [x](y)" in (
        table.to_latex()
    )
    lines = [line for line in table.to_markdown().splitlines() if line.startswith("|")]
    assert {line.count("|") - line.count(r"\|") for line in lines} == {4}
    for shown in (fit._repr_html_(), fit.model._repr_html_(), fit.predict(data)._repr_html_()):
        assert "<b>" not in shown
        assert "background:#" not in shown  # the colours of the page, light or dark
    assert "&lt;b&gt;" in fit.model._repr_html_()  # the reference level


def test_an_answer_is_written_whole():
    fit = bl.logistic("low ~ age", BIRTHS).fit("laplace", draws=50, random_seed=1)
    found = fit.predict(BIRTHS.head(80))
    page = found._repr_html_()
    assert page.count("<tr>") == 81
    assert "P(low = 1)" in page
    assert "..." not in page
    assert len(found.to_markdown().splitlines()) == 84
    assert found.to_latex().count(r"\\") == 81
    assert "0 rows" not in found.head(0)._repr_html_()
    assert "no rows" in found.head(0)._repr_html_()
    assert "180 of 200" not in page
    many = fit.predict(pd.concat([BIRTHS] * 2))
    assert "358 of 378 rows are not shown" in many._repr_html_()


def test_the_text_keeps_to_the_width_of_the_terminal(fit, monkeypatch):
    for width in (60, 100):
        monkeypatch.setenv("COLUMNS", str(width))
        assert max(map(len, repr(fit.table()).splitlines())) <= width


def test_great_tables_is_asked_for_where_it_is_not(fit, monkeypatch):
    monkeypatch.setattr("bayeslogit.tables.written.installed", lambda name: False)
    with pytest.raises(bl.MethodRefused, match="great_tables, which is not installed.*to_html"):
        fit.table().to_great_tables()


def test_great_tables_gets_every_cell(fit):
    pytest.importorskip("great_tables")
    html = fit.table({"again": fit}).to_great_tables().as_raw_html()
    for text in ("1 (reference)", "59 / 189", "this fit", "again", "posterior median"):
        assert text in html
    assert sys.modules["great_tables"]


def test_what_is_refused(fit):
    with pytest.raises(bl.DesignError, match="is no dict of fits; expected a name for each"):
        fit.table(fit)
    with pytest.raises(bl.DesignError, match=r"name=\['crude'\] is no text"):
        fit.table(name=["crude"])
    with pytest.raises(bl.DesignError, match="name='this fit' is also a name in beside="):
        fit.table({"this fit": fit})
    other = bl.logistic("smoker ~ age", BIRTHS).fit("map")
    with pytest.raises(bl.DesignError, match="'other' is a fit of smoker = 1.*one outcome"):
        fit.table({"other": other})
    with pytest.raises(bl.DesignError, match="'agee'.*'age'"):
        fit.table(per={"agee": 10})
    with pytest.raises(bl.DesignError, match="is no dict; expected the units"):
        fit.table(per="age")
