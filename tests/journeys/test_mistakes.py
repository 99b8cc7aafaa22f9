"""Mistakes that a new user makes, through the public functions: each gets a sentence that helps."""

import numpy as np
import pandas as pd
import pytest

import bayeslogit as bl
from bayeslogit import DesignError, ResponseError


@pytest.fixture
def table():
    rng = np.random.default_rng(0)
    hours = rng.normal(3.0, 1.0, 30).round(2)
    return pd.DataFrame(
        {
            "passed": rng.integers(0, 2, 30),
            "hours": hours,
            "school": rng.choice(["a", "b", "c"], 30),
            "k": rng.integers(0, 5, 30),
            "n": 5,
            "w": 1.0,
            "o": hours / 10.0,
        }
    )


# -- the row and the column of the caller's table ---------------------------------------------


def _with_gap(table, **wrong):
    """Leave the first row out by a gap in its hours, and put a wrong value into row 7."""
    table = table.astype(dict.fromkeys(wrong, float) | {"hours": float})
    table.loc[0, "hours"] = np.nan
    for name, value in wrong.items():
        table.loc[7, name] = value
    return table


@pytest.mark.parametrize(
    ("wrong", "options", "sentence"),
    [
        ({"passed": 0.5}, {}, r"'passed' is 0\.5 in row 7; 0 and 1"),
        ({"w": -2.0}, {"weights": "w"}, r"Column 'w' \(weights\) is -2 in row 7; weights of 0"),
        ({"k": 9.0}, {"trials": "n"}, r"'k' is 9 and 'n' is 5 in row 7: more successes"),
        ({"k": -1.0}, {"trials": "n"}, r"'k' is -1 in row 7; a count"),
        ({"n": 4.5}, {"trials": "n"}, r"'n' is 4\.5 in row 7; a count"),
    ],
)
def test_rows_are_those_of_the_callers_table_also_when_rows_are_left_out(
    table, wrong, options, sentence
):
    build = bl.binomial if "trials" in options else bl.logistic
    formula = "k ~ hours" if "trials" in options else "passed ~ hours"
    with pytest.raises(ResponseError, match=sentence):
        build(formula, _with_gap(table, **wrong), missing="drop", **options)


def test_index_labels_are_named_too(table):
    table = _with_gap(table, passed=0.5).set_index(pd.Index([f"s{i}" for i in range(30)]))
    with pytest.raises(ResponseError, match=r"in row 7 \(index 's7'\)"):
        bl.logistic("passed ~ hours", table, missing="drop")


def test_a_transformed_predictor_names_the_callers_row(table):
    with pytest.raises(DesignError, match=r"log\(w\) is nan in row 7 of the data"):
        bl.logistic("passed ~ hours + log(w)", _with_gap(table, w=-1.0), missing="drop")


def test_several_classes_name_the_callers_row(table):
    table["passed"] = np.arange(30) % 3
    with pytest.raises(ResponseError, match=r"'passed' is 0\.5 in row 7; classes"):
        bl.multinomial("passed ~ hours", _with_gap(table, passed=0.5), missing="drop")
    with pytest.raises(ResponseError, match=r"'passed' is 0\.5 in row 7; classes"):
        bl.ordinal("passed ~ hours", _with_gap(table, passed=0.5), missing="drop")


def test_columns_beside_the_outcome_are_named(table):
    with pytest.raises(ResponseError, match=r"Column 'school' \(offset\) has the type"):
        bl.logistic("passed ~ hours", table, offset="school")
    with pytest.raises(ResponseError, match=r"Column 'w' \(weights\) is 0 in all 30 rows"):
        bl.logistic("passed ~ hours", table.assign(w=0.0), weights="w")
    with pytest.raises(ResponseError, match=r"'n' is 0 in every one of the 30 rows"):
        bl.binomial("k ~ hours", table.assign(n=0, k=0), trials="n")


# -- new rows ---------------------------------------------------------------------------------


def test_new_rows_get_no_advice_that_they_cannot_follow(table):
    fit = bl.logistic("passed ~ hours", table).fit("map")
    with pytest.raises(DesignError, match=r"leave such rows out\.$"):
        fit.predict({"hours": [1.0, np.nan]})
    with pytest.raises(DesignError, match=r"in the new rows, which have the columns 'x'"):
        fit.predict({"x": [1.0]})
    assert len(fit.predict({"hours": []})) == 0


def test_new_rows_without_the_offset_of_the_model_are_refused(table):
    fit = bl.logistic("passed ~ hours", table, offset="o").fit("laplace", random_seed=1)
    new = {"hours": [1.0, 2.0]}
    sentence = r"has an offset \(from .* in the fitted rows\) and the new rows have none"
    for ask in (fit.predict, lambda new: fit.comparisons("hours", newdata=new), fit.decide):
        with pytest.raises(DesignError, match=sentence):
            ask(new)
    linear = fit.predict(new, kind="linear", offset=0)["mean"]
    assert np.allclose(fit.predict(new, kind="linear", offset=[1, 1])["mean"], linear + 1.0)
    assert fit.predict(table, offset=table["o"]).equals(fit.predict())


def test_curves_are_at_the_mean_offset_or_the_one_given(table):
    fit = bl.logistic("passed ~ hours", table, offset="o").fit("map")
    at_zero = fit.curve("hours", [2.0], kind="linear", offset=0.0)["estimate"]
    mean = fit.curve("hours", [2.0], kind="linear")["estimate"] - at_zero
    assert np.allclose(mean, np.mean(table["o"]))
    assert np.allclose(
        fit.curve("hours", [2.0], kind="linear", offset=1.5)["estimate"] - at_zero, 1.5
    )


def test_an_offset_of_the_formula_comes_with_the_new_rows(table):
    fit = bl.logistic("passed ~ hours + offset(o)", table).fit("map")
    assert fit.predict(table).equals(fit.predict())
    with pytest.raises(DesignError, match="There is no column 'o' in the new rows"):
        fit.predict({"hours": [1.0]})


# -- the outcome in two places, arguments exchanged -------------------------------------------


def test_the_outcome_is_in_one_place_only(table):
    with pytest.raises(DesignError, match="'passed' is the outcome and a predictor at once"):
        bl.logistic("passed ~ hours + passed", table)
    with pytest.raises(DesignError, match="'passed' is the outcome and weights= at once"):
        bl.logistic("passed ~ hours", table, weights="passed")
    with pytest.raises(DesignError, match="'k' is the outcome and trials= at once"):
        bl.binomial("k ~ hours", table, trials="k")
    with pytest.raises(DesignError, match="X has the column 'passed', which is the outcome"):
        bl.logistic(table[["hours", "passed"]], table["passed"])
    assert bl.binomial("k ~ n + hours", table.assign(n=range(5, 35)), trials="n") is not None


def test_exchanged_arguments_are_told(table):
    with pytest.raises(DesignError, match="second argument is the text 'passed ~ hours'"):
        bl.logistic(table, "passed ~ hours")


def test_advice_fits_the_argument(table):
    model = bl.logistic("passed ~ hours + school + w", table.assign(w=range(30)))
    with pytest.raises(bl.MethodRefused, match="chains=-1 is not a number.*for example chains=4"):
        model.fit(chains=-1)
    with pytest.raises(bl.MethodRefused, match="draws=0 is not a number.*for example draws=1000"):
        model.fit(draws=0)
    with pytest.raises(DesignError, match=r"none was chosen.*name='hours'.*--name"):
        model.fit("map").plot_curve()


# -- numbers that a typing error made text ----------------------------------------------------


def test_a_typing_error_does_not_turn_numbers_into_classes(table):
    text = table["hours"].astype(str)
    spoilt = text.where(table.index != 4, "three")
    with pytest.raises(
        DesignError, match=r"is the text 'three' in row 4, and 2\d of its \d\d diff"
    ):
        bl.logistic("passed ~ hours", table.assign(hours=spoilt))
    with pytest.raises(DesignError, match=r"write C\(`study hours`\)"):
        bl.logistic("passed ~ `study hours`", table.assign(**{"study hours": spoilt}))
    with pytest.raises(DesignError, match=r"is the text 'three' in row 4"):
        bl.logistic(pd.DataFrame({"hours": spoilt}), table["passed"])
    commas = text.str.replace(".", ",")
    with pytest.raises(
        DesignError, match=r"'\d,\d+' in row 0, and \d\d of .* decimal comma; a col"
    ):
        bl.logistic("passed ~ hours", table.assign(hours=commas))


def test_numbers_as_names_of_classes_stay_classes(table):
    meant = bl.logistic("passed ~ C(hours)", table.assign(hours=table["hours"].astype(str) + "h"))
    assert len(meant.design.terms) == table["hours"].nunique() - 1
    codes = table.assign(school=[str(i % 12) for i in range(30)])
    assert len(bl.logistic("passed ~ school", codes).design.terms) == 11
    children = table.assign(school=np.array(["0", "1", "2", "3+"])[table["k"] % 4])
    assert bl.logistic("passed ~ school", children).design.terms[-1] == "school[T.3+]"


# -- what is seen of an answer ----------------------------------------------------------------


def test_every_table_of_two_classes_names_the_event(table):
    label = np.where(table["passed"] == 1, "yes", "no")
    fit = bl.logistic("passed ~ hours", table.assign(passed=label), event="no").fit("map")
    assert repr(fit).startswith("Fit of P(passed = no) by map: ")
    assert "map: passed = no" in str(fit.summary())
    new = {"hours": [1.0]}
    for text in (str(fit.predict(new)), str(fit.predict(new, kind="class"))):
        assert text.startswith("P(passed = no)")
    assert str(fit.predict(new, kind="linear")).startswith("log-odds of passed = no")
    assert str(fit.predict(new, kind="outcome")).startswith("passed = no")
    assert str(fit.curve("hours", [1.0])).startswith("P(passed = no)")
    assert str(fit.solve("hours")).startswith("passed = no")
    probit = bl.logistic("passed ~ hours", table, link="probit").fit("map")
    assert str(probit.predict(new, kind="linear")).startswith("linear predictor of passed = 1")


def test_counts_are_named_by_their_column_and_several_classes_by_their_rows(table):
    counts = bl.binomial("k ~ hours", table, trials="n").fit("map")
    assert counts.summary().columns.name == "map: k"
    assert counts.predict().columns.name == "P(k out of trials)"
    several = bl.multinomial("school ~ hours", table).fit("map")
    assert several.summary().columns.name == "map"
    assert several.predict().columns.name is None


def test_the_package_lists_what_is_for_the_user():
    shown = [name for name in dir(bl) if not name.startswith("__")]
    assert shown == sorted(bl.__all__)


def test_columns_line_up_beside_wide_letters(table):
    from bayeslogit.cli.report import posterior_lines
    from bayeslogit.text import width

    data = table.rename(columns={"hours": "勉強時間"})
    fit = bl.logistic("passed ~ 勉強時間 + school", data).fit(random_seed=1)
    rows = posterior_lines(fit, None)[1:5]
    assert len({width(row) for row in rows}) == 1
    priors = [line for line in repr(fit.model).splitlines() if "  Normal(" in line]
    assert len({width(line[: line.index("Normal(")]) for line in priors}) == 1
    rows = str(fit.model.classical()).splitlines()[2:6]
    assert len({width(row) for row in rows}) == 1
