"""Groupings beside arrays: the same model as a formula's, answers, files and refusals."""

import numpy as np
import pandas as pd
import pytest

import bayeslogit as bl
from bayeslogit.errors import DesignError

RNG = np.random.default_rng(8)
N = 60
X = RNG.normal(size=(N, 2))
IDS = np.repeat(np.arange(10), 6)
Y = (RNG.random(N) < 1 / (1 + np.exp(-X[:, 0] - 0.3 * (IDS - 5)))).astype(int)


@pytest.fixture(scope="module")
def model():
    return bl.logistic(X, Y, groups={"school": IDS})


@pytest.fixture(scope="module")
def fit(model):
    return model.fit(draws=50, chains=2, random_seed=1)


def test_it_is_the_model_of_the_formula(model):
    table = {"x0": X[:, 0], "x1": X[:, 1], "school": IDS, "y": Y}
    same = bl.logistic("y ~ x0 + x1 + (1 | school)", table)
    assert model.design.names == same.design.names
    one, other = model.fit("map"), same.fit("map")
    np.testing.assert_array_equal(one.theta, other.theta)


@pytest.mark.parametrize("ids", [list(IDS), pd.Series(IDS), IDS.astype(np.int8), IDS * 1.0])
def test_ids_of_many_kinds_are_the_same_groups(model, ids):
    again = bl.logistic(X, Y, groups={"school": ids})
    assert again.design.groups[0].levels == model.design.groups[0].levels
    assert again.design.groups[0].levels[:3] == ("0", "1", "2")


def test_labels_may_be_text_or_declared_categories():
    names = np.array([f"s{i}" for i in IDS])
    declared = pd.Categorical(names, categories=[f"s{i}" for i in range(11, -1, -1)])
    assert bl.logistic(X, Y, groups={"s": names}).design.groups[0].levels[0] == "s0"
    assert bl.logistic(X, Y, groups={"s": pd.Series(declared)}).design.groups[0].levels[0] == "s9"


def test_a_table_gives_its_own_column_or_takes_one_beside(model):
    table = pd.DataFrame({"x0": X[:, 0], "x1": X[:, 1], "school": IDS}, index=range(100, 100 + N))
    y = pd.Series(Y, index=table.index, name="y")
    within = bl.logistic(table, y, groups="school")
    beside = bl.logistic(table.drop(columns="school"), y, groups={"school": table["school"]})
    assert within.design.names == beside.design.names == model.design.names
    several = bl.logistic(table.assign(ward=np.arange(N) % 7), y, groups=["school", "ward"])
    assert [g.name for g in several.design.groups] == ["1 | school", "1 | ward"]


def test_priors_are_given_by_the_name(model):
    again = bl.logistic(X, Y, groups={"school": IDS}, priors={"school": bl.HalfNormal(1)})
    assert again.covariances[0].scales == (bl.HalfNormal(1),)


def test_other_builders_take_groups_too():
    three = np.arange(N) % 3
    assert bl.binomial(X, Y, trials=3, groups={"g": IDS}).design.groups
    assert bl.multinomial(X, three, groups={"g": IDS}).design.groups
    assert bl.ordinal(X, three, groups={"g": IDS}).design.groups


def test_rows_with_gaps_are_dropped_together():
    holes = X.copy()
    holes[3, 0] = np.nan
    ids = [None if i == 7 else f"s{v}" for i, v in enumerate(IDS)]
    model = bl.logistic(holes, Y, groups={"g": ids}, missing="drop")
    assert len(model.response.y) == N - 2
    assert list(np.setdiff1d(np.arange(N), model.rows)) == [3, 7]
    with pytest.raises(DesignError, match=r"'g'.* missing"):
        bl.logistic(X, Y, groups={"g": ids})


def test_new_rows_name_their_groups_in_a_dict_or_a_table(fit):
    new, ids = X[:4] + 0.1, [0, 3, 3, 9]
    found = fit.predict(new, groups={"school": ids})
    table = {"x0": new[:, 0], "x1": new[:, 1], "school": ids}
    pd.testing.assert_frame_equal(found, fit.predict(table))
    one = fit.predict(new, groups={"school": 3})
    np.testing.assert_array_equal(one["mean"][1:3], found["mean"][1:3])
    assert len(fit.decide(new, groups={"school": ids})) == 4
    assert len(fit.predictions(newdata=new, by=False, groups={"school": ids})) == 4
    assert len(fit.comparisons("x0", newdata=new, groups={"school": ids})) == 1
    assert len(fit.slopes("x0", newdata=new, groups={"school": ids})) == 1


def test_new_rows_without_groups_are_of_a_typical_a_new_or_all_groups(fit):
    for word in ("typical", "new", "average"):
        assert len(fit.predict(X[:3], groups=word)) == 3
    with pytest.raises(
        DesignError, match=r"no column 'school', which tells.*groups=\{'school': ids\}.*'average'"
    ):
        fit.predict(X[:3])


def test_files_and_updates_keep_them(fit, tmp_path):
    again = bl.load(fit.save(tmp_path / "fit.nc"))
    new, ids = X[:4], [0, 3, 3, 9]
    pd.testing.assert_frame_equal(
        again.predict(new, groups={"school": ids}), fit.predict(new, groups={"school": ids})
    )
    table = {"x0": X[:9, 0], "x1": X[:9, 1], "school": IDS[:9], "y": Y[:9]}
    assert len(fit.update(table, how="exact").model.response.y) == N + 9


@pytest.mark.parametrize(
    ("groups", "said"),
    [
        ({"school": IDS[:5]}, r"groups\['school'\] has 5 groups and the X 60 rows"),
        ({"x0": IDS}, "X has the column 'x0', which groups= names too"),
        ("school", r"names columns and X is an array.*groups=\{'school': ids\}"),
        ({"school": IDS + 0.5}, "numbers with fractions"),
        ({"school": np.zeros(N, int)}, "has the group '0' and no other"),
    ],
)
def test_what_does_not_fit_is_said(groups, said):
    with pytest.raises(DesignError, match=said):
        bl.logistic(X, Y, groups=groups)


def test_a_formula_has_its_own_groups():
    table = {"x": X[:, 0], "school": IDS, "y": Y}
    with pytest.raises(DesignError, match=r"beside the formula 'y ~ x'.*\(1 \| school\)"):
        bl.logistic("y ~ x", table, groups={"school": IDS})


def test_ids_for_prediction_name_a_grouping_and_come_with_rows(fit):
    with pytest.raises(DesignError, match=r"'shcool', which is no grouping.*school"):
        fit.predict(X[:2], groups={"shcool": [1, 2]})
    with pytest.raises(DesignError, match="no new rows; expected them together"):
        fit.predict(groups={"school": [1, 2]})
    with pytest.raises(DesignError, match=r"has the school '77', which is none of the 10 groups"):
        fit.predict(X[:2], groups={"school": [1, 77]})
    with pytest.raises(DesignError, match=r"groups\['school'\] has 3 groups"):
        fit.predict(X[:2], groups={"school": [1, 2, 3]})
