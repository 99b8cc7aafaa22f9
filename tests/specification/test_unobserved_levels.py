"""Classes and levels that no row has: what becomes of them, and what is said."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import bayeslogit as bl

X = [0.1, 0.5, -0.3, 1.2, 0.7, -1.0, 0.4, None]
TABLE = {
    "x": X,
    "g": ["a", "b", "a", "b", "c", "c", "a", "lost"],
    "year": [2001, 2002, 2001, 2002, 2003, 2003, 2001, 1900],
    "y": [0, 1, 0, 1, 0, 1, 1, 0],
    "three": ["l", "m", "r", "l", "m", "r", "l", "green"],
    "code": [1, 2, 3, 1, 2, 3, 1, 4],
    "score": [0, 2, 3, 0, 2, 3, 0, 5],
}


def said(model: bl.Model) -> dict[str, str]:
    """Return the notes of a fit by code, which its print has too."""
    notes = {p.code: p.sentence for p in model.fit("map").problems if p.severity == "note"}
    for sentence in notes.values():
        assert sentence.split("; ")[0] in " ".join(repr(model).split())  # its lines are folded
    return notes


AS_COLUMNS = {
    "text": lambda t: t,
    "pandas": pd.DataFrame,
    "category": lambda t: pd.DataFrame(t).astype({"g": "category"}),
}


@pytest.mark.parametrize("kind", AS_COLUMNS)
@pytest.mark.parametrize("rows_out", ["x", "y"])
def test_a_level_that_only_dropped_rows_had_has_no_column(tmp_path, kind, rows_out):
    table = TABLE | {"x": [*X[:-1], 0.0]} if rows_out == "y" else TABLE
    table = table | ({"y": [*table["y"][:-1], None]} if rows_out == "y" else {})
    model = bl.logistic("y ~ x * g + C(year)", AS_COLUMNS[kind](table), missing="drop")
    without = {name: values[:-1] for name, values in TABLE.items()}
    assert model.design.names == bl.logistic("y ~ x * g + C(year)", without).design.names
    assert model.design.absent == {"g": ("lost",), "year": ("1900",)}
    assert "only rows that were left out have the level '1900'" in said(model)["absent_level"]
    fit = model.fit("map")
    again = bl.load(fit.save(tmp_path / "fit.nc"))
    assert again.model.design.absent == model.design.absent
    with pytest.raises(bl.DesignError, match="has the level 'lost' in row 0, which is not"):
        fit.predict({"x": [0.0], "g": ["lost"], "year": [2001]})


def test_the_same_of_a_table_without_a_formula_and_a_lost_reference():
    frame = pd.DataFrame(TABLE)[["x", "g"]].replace({"lost": "A"})
    model = bl.logistic(frame, TABLE["y"], missing="drop")
    assert model.design.names == ("Intercept", "x", "g[T.b]", "g[T.c]")
    assert model.design.references == {"g": "a"}
    assert "level 'A' of 'g'" in said(model)["absent_level"]


def test_declared_levels_stay_and_are_said():
    formula = "y ~ C(g, levels=['a', 'b', 'c', 'lost'])"
    table = TABLE | {"y": [*TABLE["y"][:-1], None]}
    model = bl.logistic(formula, table, missing="drop")
    assert model.design.names[-1] == "g[T.lost]"
    assert model.design.absent == {}
    assert "no row bears on the coefficients 'g[T.lost]'" in said(model)["unseen_column"]
    levels = ["X", "a", "b", "c", "lost"]
    declared = pd.DataFrame(TABLE).assign(g=lambda t: pd.Categorical(t["g"], levels))
    model = bl.logistic("y ~ g", declared)
    assert "no row has 'X', the reference level of 'g'" in said(model)["unseen_reference"]


def test_rows_of_weight_zero_or_no_trials_bear_on_nothing():
    cases = [0 if g == "c" else 2 for g in TABLE["g"]]
    table = TABLE | {"w": cases, "x": [*X[:-1], 0.0]}
    found = said(bl.logistic("y ~ x * g", table, weights="w"))
    assert "coefficients 'g[T.c]', 'x:g[T.c]'" in found["unseen_column"]
    table["k"] = [min(y, n) for y, n in zip(TABLE["y"], cases, strict=True)]
    found = said(bl.binomial("k ~ g", table, trials="w"))
    assert "coefficients 'g[T.c]'" in found["unseen_column"]
    assert bl.logistic("y ~ g", TABLE).fit("map").problems == ()


@pytest.mark.parametrize("name", ["three", "code"])
def test_multinomial_says_which_class_it_leaves_out(tmp_path, name):
    lost = TABLE[name][-1]
    model = bl.multinomial(f"{name} ~ x", TABLE, missing="drop")
    assert model.response.absent == (str(lost),)
    assert (
        f"no row has the class '{lost}' of '{name}', which was left out"
        in (said(model)["absent_class"])
    )
    again = bl.load(model.fit("map").save(tmp_path / "fit.nc"))
    assert again.model.response.absent == model.response.absent
    declared = pd.DataFrame(TABLE)[:-1].assign(
        three=lambda t: pd.Categorical(t["three"], ["l", "never", "m", "r"])
    )
    assert bl.multinomial("three ~ x", declared).response.absent == ("never",)


def test_a_yes_no_outcome_says_which_class_it_leaves_out():
    frame = pd.DataFrame(TABLE)[:-1].assign(
        y=lambda t: pd.Categorical(np.where(t["y"] == 1, "yes", "no"), ["no", "yes", "maybe"])
    )
    model = bl.logistic("y ~ x", frame)
    assert model.response.classes == ("no", "yes")
    assert "no row has the class 'maybe'" in said(model)["absent_class"]


GAPS: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "a gap": ({"score": [0, 2, 3, 0, 2, 3, 0]}, ("1",)),
    "steps of two": ({"score": [1, 3, 5, 1, 3, 5, 1]}, ("2", "4")),
    "negative": ({"score": [-1.0, 0.0, 2.0, 0.0, -1.0, 2.0, 0.0]}, ("1",)),
    "far apart": (
        {"score": [0, 1, 10**9, 0, 1, 10**9, 0]},
        tuple(map(str, range(2, 12))),
    ),
    "none": ({"score": [2, 3, 4, 2, 3, 4, 2]}, ()),
}


@pytest.mark.parametrize("case", GAPS)
def test_numbers_missing_between_ordered_classes_are_said(case):
    change, absent = GAPS[case]
    table = {name: values[:-1] for name, values in TABLE.items()} | change
    model = bl.ordinal("score ~ x", table)
    assert model.response.absent == absent
    notes = said(model)
    assert ("absent_class" in notes) == bool(absent)
    if case == "a gap":
        assert "write levels=[0, 1, 2, 3] to keep a level" in notes["absent_class"]
        kept = bl.ordinal("score ~ x", table, levels=[0, 1, 2, 3])
        assert kept.response.classes == ("0", "1", "2", "3")
        assert kept.response.absent == ()


def test_an_ordered_class_that_only_dropped_rows_had_is_said():
    model = bl.ordinal("score ~ x", TABLE, missing="drop")
    assert model.response.absent == ("1", "4", "5")
    assert "'4', '5'" in said(model)["absent_class"]


@pytest.mark.parametrize("value", [0, 1])
def test_one_class_is_answered_with_a_note(value: int) -> None:
    # Ten cases of one class are the same model as yes/no rows and as counts.
    table = {"y": [value] * 10, "n": [1] * 10}
    plain = bl.logistic("y ~ 1", table).fit(random_seed=1)
    counts = bl.binomial("y ~ 1", table, trials="n").fit(random_seed=1)
    array = bl.logistic(np.arange(10.0)[:, None], np.full(10, value)).fit("map")
    at = np.linspace(-30.0, 15.0, 200_001)
    weights = np.exp(-(at**2) / 12.5 - 10.0 * np.logaddexp(0.0, at))
    mean = (2 * value - 1) * -np.average(at, weights=weights)
    exact = bl.logistic("y ~ 1", table).fit(method="quadrature", random_seed=1)
    np.testing.assert_allclose(exact.outcome.info["mean"], [mean], rtol=1e-7)
    for fit in (plain, counts):
        np.testing.assert_allclose(fit.theta.mean(), mean, atol=0.15)
    for fit in (plain, counts, array):
        assert "one_class" in [problem.code for problem in fit.problems]
        assert [p.severity for p in fit.problems if p.code == "one_class"] == ["note"]
    with pytest.raises(bl.PriorError, match="completely separated"):
        bl.logistic("y ~ 1", table, priors="flat").fit()


def test_one_ordered_class_is_answered_with_a_note() -> None:
    model = bl.ordinal("y ~ x", {"y": ["b"] * 8, "x": range(8)}, levels=["a", "b", "c"])
    fit = model.fit(random_seed=1)
    assert "one_class" in [problem.code for problem in fit.problems]
    shares = fit.predict({"x": [3.5]})["mean"].to_numpy()
    assert shares[1] > 0.7
    assert shares.sum() == pytest.approx(1.0)


@pytest.mark.parametrize("seen", ["b", "ab"])
def test_declared_classes_are_kept_where_fewer_than_three_occur(seen: str) -> None:
    labels = pd.Categorical(list(seen * (8 // len(seen))), categories=["a", "b", "c"])
    table = pd.DataFrame({"y": labels, "x": range(8)})
    model = bl.multinomial("y ~ x", table)
    assert model.response.classes == ("a", "b", "c")
    fit = model.fit("laplace", random_seed=1)
    codes = [problem.code for problem in fit.problems]
    assert ("one_class" in codes) == (seen == "b")
    assert codes.count("unseen_level") == 3 - len(seen)
    shares = fit.predict({"x": [3.5]})["mean"].to_numpy()
    assert shares.sum() == pytest.approx(1.0)
    assert shares[2] < 0.2
    with pytest.raises(bl.PriorError, match="separated"):
        bl.multinomial("y ~ x", table, priors="flat").fit("map")
    if seen == "b":
        with pytest.raises(bl.FitFailed, match="every case of the outcome 'y' is 'b'"):
            model.classical()
    undeclared = {"y": list(seen * 4), "x": range(4 * len(seen))}
    with pytest.raises(
        bl.ResponseError,
        match=r"has . class.*; three or more were expected by multinomial\(\). For two classes use "
        r"logistic\(\); for more .* name them all, as pandas.Categorical\(values, categories",
    ):
        bl.multinomial("y ~ x", undeclared)
    with pytest.raises(bl.ResponseError, match=r"by ordinal\(\).* name them all, levels=\["):
        bl.ordinal("y ~ x", undeclared)


def test_counts_of_one_class_are_answered() -> None:
    table = {"a": [1, 2, 0], "b": [0, 0, 0], "c": [0, 0, 0], "x": [1.0, 2.0, 3.0]}
    model = bl.multinomial("~ x", table, counts=["a", "b", "c"])
    fit = model.fit("map")
    assert "one_class" in [problem.code for problem in fit.problems]
    assert fit.predict({"x": [2.0]})["estimate"].iloc[0] > 0.5
    with pytest.raises(bl.ResponseError, match="are 0 in every row; expected cases of some class"):
        bl.multinomial("~ x", table | {"none": [0, 0, 0]}, counts=["b", "c", "none"])


@pytest.mark.parametrize("declared", ["abcde", "eabcd"])
def test_a_class_without_cases_is_one_rule_for_labels_and_counts(declared: str) -> None:
    """It is left out with a note where three others occur."""
    rng = np.random.default_rng(1)
    table = pd.DataFrame({c: rng.poisson(1.5, 12) for c in "abcd"} | {"x": rng.normal(size=12)})
    table["e"] = 0
    counted = bl.multinomial("~ x", table, counts=list(declared))
    long = table.melt("x", list(declared), "class", "times")
    long["class"] = pd.Categorical(long["class"], categories=list(declared))
    long = long.loc[long.index.repeat(long["times"])]
    labelled = bl.multinomial("class ~ x", long)
    fits = [model.fit("map") for model in (counted, labelled)]
    np.testing.assert_allclose(fits[0].theta, fits[1].theta, atol=1e-8)
    for fit in fits:
        assert fit.model.response.classes == tuple("abcd")
        notes = {problem.code: problem.sentence for problem in fit.problems}
        assert "no row has the class 'e' of 'class', which was left out" in notes["absent_class"]
    other = bl.multinomial("~ x", table, counts=list(declared)).fit("laplace", random_seed=1)
    assert len(other.auc(newdata=table, event="a", progressbar=False)) == 2
    with pytest.raises(bl.ResponseError, match="cases of 'e', a class of which the fitted rows"):
        other.auc(newdata=table.assign(e=1), event="a", progressbar=False)
    with pytest.raises(bl.ResponseError, match="reference='e' is not among the classes"):
        bl.multinomial("~ x", table, counts=list(declared), reference="e")
