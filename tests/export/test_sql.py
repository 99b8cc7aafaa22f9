"""Queries score rows in DuckDB and sqlite as Python does, whatever names and levels hold."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import duckdb
import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtri

import bayeslogit as bl
from bayeslogit.families import LINKS
from tests.helpers import exam

EXACT = {"rtol": 1e-12, "atol": 1e-12}
ENGINES = ("duckdb", "sqlite")
EVIL = ['a"; DROP TABLE rows; --', "x' OR '1'='1", "é ]`[ %s :p ?1", 'given."x"', "--\n*/ ;"]


def table(n=60):
    rng = np.random.default_rng(4)
    return pd.DataFrame(
        {
            "id": np.arange(n),
            "x": rng.normal(size=n),
            "z": rng.uniform(0.5, 4.0, size=n),
            "g": rng.choice(["a", "b", "c"], size=n),
            "t": rng.random(n) < 0.4,
            "year": rng.choice([2001, 2002, 2005], size=n),
            "n": rng.integers(1, 5, size=n),
            "y": (rng.random(n) < 0.5).astype(int),
            "o": rng.choice(["low", "mid", "high"], size=n),
        }
    )


def run(query, engine, rows):
    """Return what a query gives, in the order of the rows, as columns by name."""
    with closing(sqlite3.connect(":memory:") if engine == "sqlite" else duckdb.connect()) as base:
        if engine == "sqlite":
            rows.to_sql("rows", base, index=False)
        else:
            base.register("held", rows)
            base.execute('CREATE TABLE "rows" AS SELECT * FROM held')
        cursor = base.execute(query)
        names = [column[0] for column in cursor.description]
        found = pd.DataFrame(cursor.fetchall(), columns=names)
        tables = {
            "sqlite": "SELECT count(*) FROM sqlite_master WHERE type = 'table'",
            "duckdb": "SELECT count(*) FROM duckdb_tables()",
        }
        assert base.execute(tables[engine]).fetchone()[0] == 1  # nothing was dropped or made
    return found.sort_values("id", ignore_index=True)


def wanted(fit, rows, prob=0.9, **options):
    """Return the same figures from fit.predict and the link's functions."""
    linear = fit.predict(rows, kind="linear", **options)
    mean, sd = linear["mean"].to_numpy(), linear["sd"].to_numpy()
    link, reach = LINKS[fit.model.family.link], ndtri(0.5 + prob / 2) * sd
    return {
        "linear": mean,
        "sd": sd,
        "probability": link.prob(mean),
        "eti90_lb": link.prob(mean - reach),
        "eti90_ub": link.prob(mean + reach),
    }


def agree(fit, rows, engine, offset=None, **options):
    query = fit.to_sql("rows", dialect=engine, keep=["id"], ci_prob=0.9, offset=offset)
    found = run(query, engine, rows)
    for name, values in wanted(fit, rows, **options).items():
        np.testing.assert_allclose(found[name].astype(float), values, err_msg=name, **EXACT)


FORMULAS = [
    "y ~ 1",
    "y ~ x",
    "y ~ x * g",
    "y ~ 0 + g + t:x",
    "y ~ C(year) + C(g, reference='b', levels=['c', 'b', 'a'])",
    "y ~ log(z) + log2(z) + log10(z + 1) + sqrt(z) + exp(-z) + I(x ** 2) + I(z ** x)",
    "y ~ center(x) * scale(z) + I(x / z - 1 > 0.2)",
    "y ~ I(n / 2) + I(x > 0) + I(x <= z):g",
    "y ~ poly(x, 4) + poly(z, 2):t",
    "y ~ mo(n) + x",
    "y ~ x + offset(log(n))",
]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("formula", FORMULAS)
def test_a_query_gives_the_figures_of_predict(formula, engine) -> None:
    rows = table()
    priors = None if "mo(" in formula else {"slopes": bl.Normal(0, 1)}
    fit = bl.logistic(formula, rows, priors=priors).fit(draws=50, chains=2, random_seed=2)
    agree(fit, table(200).tail(140).reset_index(drop=True), engine)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.filterwarnings("ignore:.*leave the range of the (log|identity) link")
@pytest.mark.parametrize("link", ["logit", "cloglog", "loglog", "cauchit", "log", "identity"])
def test_links(link, engine) -> None:
    fit = bl.logistic("y ~ x", table(), link=link).fit(draws=200, random_seed=1)
    far = pd.DataFrame({"id": range(7), "x": [-900.0, -30.0, -1.0, 0.0, 2.0, 40.0, 900.0]})
    agree(fit, far, engine)


@pytest.mark.parametrize("engine", ENGINES)
def test_names_and_levels_are_data(engine) -> None:
    rng = np.random.default_rng(1)
    rows = pd.DataFrame({name: rng.normal(size=50) for name in EVIL})
    rows["id"] = np.arange(50)
    rows["level'\""] = rng.choice(EVIL, size=50)
    y = rng.integers(0, 2, 50)
    fit = bl.logistic(rows.drop(columns="id"), y).fit(draws=40, chains=2, random_seed=1)
    agree(fit, rows, engine)


@pytest.mark.parametrize("engine", ENGINES)
def test_the_table_and_the_columns_kept_are_quoted_too(engine) -> None:
    fit = bl.logistic("passed ~ hours", exam()).fit("map")
    name = 'rows"; DROP TABLE rows; --'
    query = fit.to_sql(name, dialect=engine, keep=[EVIL[0], EVIL[4]])
    rows = exam().assign(**{EVIL[0]: 1, EVIL[4]: 2})
    quoted = '"' + name.replace('"', '""') + '"'
    if engine == "sqlite":
        base = sqlite3.connect(":memory:")
        rows.to_sql(name, base)
    else:
        base = duckdb.connect()
        base.register("held", rows)
        base.execute(f"CREATE TABLE {quoted} AS SELECT * FROM held")
    assert len(base.execute(query).fetchall()) == len(base.execute(query).fetchall()) == 20
    assert base.execute(f"SELECT count(*) FROM {quoted}").fetchone() == (20,)
    base.close()


@pytest.mark.parametrize("engine", ENGINES)
def test_a_table_named_as_a_step_is_no_step(engine) -> None:
    fit = bl.logistic("passed ~ hours", exam()).fit("map")
    query = fit.to_sql("Step1", dialect=engine)
    base = sqlite3.connect(":memory:") if engine == "sqlite" else duckdb.connect()
    base.execute('CREATE TABLE "Step1" (hours DOUBLE)')
    base.execute('INSERT INTO "Step1" VALUES (2.0)')
    assert base.execute(query).fetchone()[1] == pytest.approx(
        fit.predict({"hours": [2]}).iloc[0, 0]
    )
    base.close()


@pytest.mark.parametrize("engine", ENGINES)
def test_a_row_that_predict_refuses_has_no_score(engine) -> None:
    fit = bl.logistic("y ~ log(z) * g + I(x / n) + t", table()).fit("laplace", random_seed=1)
    good = {"id": 0, "z": 1.0, "g": "a", "x": 1.0, "n": 1, "t": True}
    wrong = [{"g": "A"}, {"g": "a "}, {"g": None}, {"z": 0.0}, {"z": -1.0}, {"n": 0}, {"x": None}]
    wrong += [{"x": 1e200}, {"t": None}]
    rows = pd.DataFrame([good, *({**good, "id": i + 1, **w} for i, w in enumerate(wrong))])
    found = run(fit.to_sql("rows", dialect=engine, keep=["id"]), engine, rows)
    scores = found.drop(columns="id").isna()
    assert not scores.iloc[0].any()
    assert scores.iloc[1:].all(axis=None)
    for i in range(len(wrong)):
        with pytest.raises(bl.DesignError):
            fit.predict(rows.iloc[[i + 1]])


def test_texts_in_a_column_of_numbers_are_no_zeros() -> None:
    fit = bl.logistic("passed ~ hours", exam()).fit("map")
    rows = pd.DataFrame({"id": [0, 1], "hours": ["two", "2"]})
    assert (
        run(fit.to_sql("rows", dialect="sqlite", keep=["id"]), "sqlite", rows).isna().sum().sum()
        == 4
    )


def test_a_column_that_the_table_lacks_is_no_text() -> None:
    fit = bl.logistic("passed ~ hours", exam()).fit("map")
    with pytest.raises(sqlite3.OperationalError, match="hours"):
        run(fit.to_sql("rows", dialect="sqlite", keep=["id"]), "sqlite", pd.DataFrame({"id": [1]}))


SEVERAL = [
    lambda rows: bl.multinomial("o ~ x * g", rows),
    lambda rows: bl.ordinal("o ~ x + g", rows, levels=["low", "mid", "high"]),
    lambda rows: bl.ordinal("o ~ x", rows, levels=["low", "mid", "high"], partial=["x"]),
    lambda rows: bl.ordinal(
        "o ~ x", rows, levels=["low", "mid", "high"], form="sequential", link="cloglog"
    ),
    lambda rows: bl.ordinal("o ~ x + z", rows, levels=["low", "mid", "high"], form="adjacent"),
]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("build", SEVERAL)
def test_several_classes_at_the_mean_of_the_coefficients(build, engine) -> None:
    rows = table()
    model = build(rows)
    # A point estimate, so that predict gives the probability at these coefficients.
    fit = model.fit("map")
    found = run(fit.to_sql("rows", dialect=engine, keep=["id"]), engine, rows)
    table_of = fit.predict(rows)
    for name in model.response.classes:
        values = table_of.loc[table_of["class"] == name, "estimate"].to_numpy()
        np.testing.assert_allclose(found[f"probability {name}"], values, **EXACT)
    many = model.fit("laplace", draws=300, random_seed=1)
    eta = many.model.likelihood.eta(many.theta.mean(axis=1)[:, None], slice(None))
    prob = model.family.probabilities(eta)[:, :, 0]
    found = run(many.to_sql("rows", dialect=engine, keep=["id"]), engine, rows)
    for values, name in zip(prob, model.response.classes, strict=True):
        np.testing.assert_allclose(found[f"probability {name}"], values, **EXACT)


@pytest.mark.parametrize("engine", ENGINES)
def test_columns_far_from_zero(engine) -> None:
    rows = table().assign(x=lambda d: d.x + 1e9)
    fit = bl.logistic("y ~ x", rows).fit("laplace", random_seed=1)
    assert fit.model.design.shift is not None
    found = run(fit.to_sql("rows", dialect=engine, keep=["id"]), engine, rows)
    expected = fit.predict(rows, kind="linear")
    np.testing.assert_allclose(found["linear"], expected["mean"], rtol=1e-12)
    np.testing.assert_allclose(found["sd"], expected["sd"], rtol=1e-12)


@pytest.mark.parametrize("engine", ENGINES)
def test_offsets_counts_categories_and_populations(engine) -> None:
    rows = table().assign(o=lambda d: pd.Categorical(d.o, ["low", "mid", "high"]), e=0.5)
    fit = bl.logistic("y ~ o", rows, offset="x").fit("laplace", random_seed=1)
    query = fit.to_sql("rows", dialect=engine, keep=["id"], offset="x", ci_prob=0.9)
    found = run(query, engine, rows)
    expected = wanted(fit, rows, offset=rows["x"])
    np.testing.assert_allclose(found["eti90_ub"], expected["eti90_ub"], **EXACT)
    query = fit.to_sql("rows", dialect=engine, keep=["id"], offset=0.25, ci_prob=0.9)
    expected = wanted(fit, rows, offset=0.25)
    np.testing.assert_allclose(run(query, engine, rows)["linear"], expected["linear"], **EXACT)

    counts = bl.binomial("y ~ x", rows, trials="n", dispersion="beta").fit(draws=200, random_seed=1)
    agree(counts, rows, engine)
    population = bl.logistic("y ~ x", rows).fit("laplace", random_seed=1).with_prevalence(0.01)
    agree(population, rows, engine)


def test_a_typical_group() -> None:
    rows = table()
    fit = bl.logistic("y ~ x + (1 | g)", rows).fit(draws=100, random_seed=1)
    query = fit.to_sql("rows", groups="typical", keep=["id"], ci_prob=0.9)
    found = run(query, "duckdb", rows)
    expected = fit.predict(rows, kind="linear", groups="typical")
    np.testing.assert_allclose(found["linear"], expected["mean"], **EXACT)
    np.testing.assert_allclose(found["sd"], expected["sd"], **EXACT)
    with pytest.raises(bl.MethodRefused, match="holds no effects of groups"):
        fit.to_sql("rows")


def test_arrays_and_many_coefficients() -> None:
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(400, 60)), rng.integers(0, 2, 400)
    fit = bl.logistic(X, y).fit("laplace", draws=30, random_seed=1)  # fewer draws than columns
    rows = pd.DataFrame(X, columns=[f"x{j}" for j in range(60)]).assign(id=np.arange(400))
    query = fit.to_sql("rows", keep=["id"], ci_prob=0.9)
    found = run(query, "duckdb", rows)
    for name, values in wanted(fit, X).items():
        np.testing.assert_allclose(found[name], values, **EXACT)
    wide = bl.logistic(rng.normal(size=(400, 310)), y).fit("map")
    with pytest.raises(bl.MethodRefused, match="311 coefficients is longer than databases take"):
        wide.to_sql()


def test_a_table_of_a_schema() -> None:
    fit = bl.logistic("passed ~ hours", exam()).fit("map")
    assert 'FROM "sales"."new ones" AS given' in fit.to_sql(("sales", "new ones"))


def fitted(formula="passed ~ hours", rows=None, **options):
    return bl.logistic(formula, exam() if rows is None else rows, **options).fit("map")


REFUSED = [
    (lambda: fitted().to_sql(dialect="duckdbb"), "Did you mean 'duckdb'"),
    (lambda: fitted().to_sql(dialect=3), "dialect=3 is not known"),
    (lambda: fitted().to_sql(""), "cannot be the name of a column or table in a query"),
    (lambda: fitted().to_sql("a\0b"), "cannot be the name of a column or table in a query"),
    (lambda: fitted().to_sql("a\x1b[31m"), "none of them a control character"),
    (lambda: fitted().to_sql(7), "table=7 is no name"),
    (lambda: fitted().to_sql(keep=3), "keep=3 are no names"),
    (lambda: fitted().to_sql(keep=["Linear"]), "a name that the query gives already"),
    (lambda: fitted().to_sql(keep=["id", "ID"]), "a name that the query gives already"),
    (lambda: fitted().to_sql(ci_prob=0.9), "needs many draws"),
    (lambda: fitted(offset=np.ones(20)).to_sql(), "the new rows have none"),
    (lambda: fitted().to_sql(offset=True), "neither a number nor a column"),
    (lambda: fitted(link="probit").to_sql(), "needs the normal distribution function"),
    (lambda: fitted("y ~ cr(x, df=4)", table()).to_sql(), "pieces between knots"),
    (lambda: fitted("y ~ bs(x, df=4)", table()).to_sql(), r"fit a model with poly\(x, 3\)"),
    (lambda: fitted("y ~ s(x)", table()).to_sql(), "pieces between knots"),
    (lambda: fitted("y ~ x + X", table().assign(X=1.5)).to_sql(), "differ in capitals alone"),
    (
        lambda: fitted("y ~ h", table().assign(h=["a\0", "b"] * 30)).to_sql(),
        "has a control character",
    ),
    (
        lambda: fitted(
            "y ~ h", table().assign(h=pd.Categorical.from_codes([0, 1] * 30, [1, "a"]))
        ).to_sql(),
        "are of type int and str",
    ),
    (
        lambda: fitted("y ~ C(year, levels=['2001', 'two', '2002', '2005'])", table()).to_sql(),
        "and the column of the fit holds numbers",
    ),
    (
        lambda: fitted("y ~ " + "h" * 64, table().assign(**{"h" * 64: 1.0 * np.arange(60)})).to_sql(
            dialect="postgres"
        ),
        "has 64 bytes",
    ),
]


@pytest.mark.parametrize(("ask", "sentence"), REFUSED)
def test_what_is_refused(ask, sentence) -> None:
    with pytest.raises((bl.DesignError, bl.MethodRefused), match=sentence):
        ask()


def test_postgres_reads_the_same_in_its_own_words() -> None:
    rows = table()
    query = fitted("y ~ x + X + g + t", rows.assign(X=rows.x**2)).to_sql(dialect="postgres")
    assert 'CAST(given."X" AS DOUBLE PRECISION)' in query
    assert 'CASE WHEN given."t" THEN 1e0 WHEN NOT given."t" THEN 0e0 END' in query
    assert 'CASE CAST(given."g" AS TEXT) COLLATE "C" WHEN \'a\' THEN 0' in query


def test_a_case_control_sample_says_that_risks_need_a_prevalence() -> None:
    fit = fitted(case_control=True)
    with pytest.warns(bl.BayesLogitWarning, match="predicted risks depend on the share of cases"):
        fit.to_sql()
