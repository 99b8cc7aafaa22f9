"""Smooth curves: their columns, against penalised B-splines; new rows; what is refused."""

import numpy as np
import pytest
from scipy.interpolate import BSpline

import bayeslogit as bl
from bayeslogit.inference.mode import find_mode
from bayeslogit.specification.density import LogDensity

RNG = np.random.default_rng(0)
X = RNG.uniform(2.0, 9.0, 120)
DATA = {
    "y": (RNG.random(120) < 1 / (1 + np.exp(-2 * np.sin(X)))).astype(int),
    "x": X,
    "z": RNG.normal(size=120),
    "g": ["ab"[i] for i in RNG.integers(0, 2, 120)],
}


def splines(x, k):
    """B-splines on equal intervals of the range, and second differences of coefficients."""
    step = (x.max() - x.min()) / (k - 3)
    knots = x.min() + step * (np.arange(k + 4) - 3)
    return BSpline(knots, np.eye(k), 3)(x), np.diff(np.eye(k), 2, axis=0)


def penalised_fit(B, D, y, penalty):
    """Fit with a penalty on second differences of coefficients, by Newton's method."""
    b = np.zeros(B.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-B @ b))
        curvature = B.T @ (B * (p * (1 - p))[:, None]) + penalty * D.T @ D
        b = b + np.linalg.solve(curvature, B.T @ (y - p) - penalty * D.T @ D @ b)
    return B @ b, D @ b


def test_given_its_scale_a_curve_is_a_penalised_spline():
    free = {"Intercept": bl.Flat(), "s(x, k=12)[linear]": bl.Flat()}
    model = bl.logistic("y ~ s(x, k=12)", DATA, priors=free)
    (part,) = model.prior.learned
    h = part.prior.start(part.size)
    sd = float(part.prior.readings(h[:, None], h[:, None])[0, 0])
    mode = find_mode(LogDensity(model.likelihood, model.prior.given([h])))
    assert mode.converged
    u = mode.theta[part.index]
    # Each column is a spline whose second differences are one number at one place.
    B, D = splines(X, 12)
    bent = model.design.X[:, 2:]
    made = D @ np.linalg.lstsq(B, bent, rcond=None)[0]
    unit = made[0, 0]
    np.testing.assert_allclose(made, unit * np.eye(10), atol=1e-6)
    eta, differences = penalised_fit(B, D, DATA["y"], 1.0 / (sd * unit) ** 2)
    np.testing.assert_allclose(differences / unit, u, atol=1e-5)
    np.testing.assert_allclose(model.design.X @ mode.theta, eta, atol=1e-5)


def test_columns_depend_on_the_range_alone_and_have_no_trend():
    design = bl.logistic("y ~ s(x, k=8)", DATA).design
    part = np.flatnonzero((np.sort(X)[[0, -1], None] == X).any(axis=0))
    few = {name: np.asarray(DATA[name])[np.r_[part, :6]] for name in ("y", "x")}
    other = bl.logistic("y ~ s(x, k=8)", few | {"y": [0, 1] * 4}).design
    np.testing.assert_allclose(other.X, design.X[np.r_[part, :6]])
    grid = np.linspace(X.min(), X.max(), 201)
    bent, _, _ = design.code({"x": grid})
    line = np.column_stack([np.ones(201), grid])
    np.testing.assert_allclose(line.T @ bent[:, 2:], 0.0, atol=1e-6)
    assert (bent[:, 2:] ** 2).sum(axis=1).mean() == pytest.approx(1.0)
    np.testing.assert_array_equal(design.X[:, 1], X)


def test_outside_the_range_a_curve_is_a_straight_line():
    design = bl.logistic("y ~ s(x)", DATA).design
    low, high = X.min(), X.max()
    out, _, _ = design.code({"x": [low - 2, low - 1, low, low + 1e-6, high, high + 3, high + 6]})
    np.testing.assert_allclose(out[0] - out[1], out[1] - out[2], atol=1e-9)
    np.testing.assert_allclose((out[3] - out[2]) / 1e-6, out[2] - out[1], atol=1e-4)
    np.testing.assert_allclose(out[6] - out[5], out[5] - out[4], atol=1e-9)


def test_a_curve_for_each_level_has_a_scale_of_its_own():
    for formula in ("y ~ g + s(x, k=6, by=g)", "y ~ g + s(x, k=6):g"):
        model = bl.logistic(formula, DATA)
        assert list(model.design.curves) == ["s(x, k=6):g[a]", "s(x, k=6):g[b]"]
        assert [part.size for part in model.prior.learned] == [4, 4]
    varying = bl.logistic("y ~ s(x, k=6, by=z)", DATA)
    assert varying.design.names[1] == "s(x, k=6)[linear]:z"
    assert list(varying.design.curves) == ["s(x, k=6):z"]
    with pytest.raises(bl.DesignError, match="has the level 'c'"):
        model.design.code({"x": [3.0], "g": ["c"]})


def test_classes_have_curves_of_their_own():
    three = DATA | {"y": RNG.integers(0, 3, 120)}
    model = bl.multinomial("y ~ s(x, k=6)", three)
    assert [part.label for part in model.prior.learned] == ["1: s(x, k=6)", "2: s(x, k=6)"]
    assert [part.index.tolist() for part in model.prior.learned] == [[2, 3, 4, 5], [8, 9, 10, 11]]


def test_priors_of_curves():
    def sets(priors):
        return bl.logistic("y ~ s(x, k=6) + z", DATA, priors=priors).prior

    assert str(sets(None).learned[0].prior) == "Hierarchical(HalfNormal(2.5))"
    assert str(sets({"s(x, k=6)": bl.Exponential(1)}).learned[0].prior.sd) == "Exponential(1)"
    # One prior for every slope is not for what makes a curve of a line.
    plain = sets(bl.Normal(0, 1))
    assert [str(plain.of(i)) for i in (1, 6)] == ["Normal(0, 1)", "Normal(0, 1)"]
    assert plain.learned[0].index.tolist() == [2, 3, 4, 5]
    assert sets({"s(x, k=6)": bl.Normal(0, 1)}).learned == ()
    assert sets("flat").learned == ()
    with pytest.raises(bl.PriorError, match=r"'z'\] is HalfNormal\(1\).*Hierarchical\(HalfNormal"):
        sets({"z": bl.HalfNormal(1)})


@pytest.mark.parametrize(
    ("formula", "sentence"),
    [
        ("y ~ s(few)", r"s\(few\) needs at least 4 different values, but few has 2"),
        ("y ~ s(same)", r"s\(same\) needs at least 4 different values, but same has 1"),
        ("y ~ s(x, k=3)", "Expected a whole number from 5 to 200"),
        ("y ~ s(x, by=g + z)", r"s\(\) is given by=g \+ z.*Expected the name of one column"),
        ("y ~ s(x):s(z)", "product of a curve or monotonic effect and another basis"),
        ("y ~ s(x, 5)", r"s\(\) does not take 5 there.*Write s\(x, by=g\)"),
        ("y ~ s(g)", "numbers"),
    ],
)
def test_what_is_refused(formula, sentence):
    table = DATA | {"few": [0, 1] * 60, "same": [1.0] * 120}
    with pytest.raises(bl.DesignError, match=sentence):
        bl.logistic(formula, table)


def test_a_printed_model_joins_the_parts_of_a_curve():
    text = str(bl.logistic("y ~ s(x)", DATA))
    assert "s(x)[1] to s(x)[18]  Normal(0, sd_s(x))" in text
    assert "learned     sd_s(x) ~ HalfNormal(2.5)" in text
