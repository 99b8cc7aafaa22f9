"""Monotonic effects: exact answers, every family, what a fit can be asked, what is refused."""

import warnings

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import bayeslogit as bl
from bayeslogit.inference.grouped.start import nested_target

RNG = np.random.default_rng(0)
ROWS = 240
LEVELS = ["none", "school", "college", "degree"]
CODE = RNG.integers(0, 4, ROWS)
ETA = np.array([-0.8, -0.6, 0.7, 0.9])[CODE]
TABLE = pd.DataFrame(
    {
        "y": (RNG.random(ROWS) < 1 / (1 + np.exp(-ETA))).astype(int),
        "c": np.clip(np.round(ETA + RNG.normal(size=ROWS)), -1, 1).astype(int) + 1,
        "n": 3,
        "code": CODE,
        "edu": pd.Categorical([LEVELS[i] for i in CODE], categories=LEVELS, ordered=True),
        "text": [LEVELS[i] for i in CODE],
        "z": RNG.normal(size=ROWS),
        "g": RNG.choice(["a", "b"], ROWS),
        "h": RNG.choice([f"h{i}" for i in range(8)], ROWS),
    }
)
MAKERS = {
    "logistic": lambda f: bl.logistic(f"y ~ {f}", TABLE),
    "probit": lambda f: bl.logistic(f"y ~ {f}", TABLE, link="probit"),
    "binomial": lambda f: bl.binomial(f"y ~ {f}", TABLE, trials="n"),
    "beta-binomial": lambda f: bl.binomial(f"y ~ {f}", TABLE, trials="n", dispersion="beta"),
    "ordinal": lambda f: bl.ordinal(f"c ~ {f}", TABLE),
    "sequential": lambda f: bl.ordinal(f"c ~ {f}", TABLE, form="sequential"),
    "multinomial": lambda f: bl.multinomial(f"c ~ {f}", TABLE),
    "groups": lambda f: bl.logistic(f"y ~ {f} + (1 | h)", TABLE),
    "curve": lambda f: bl.logistic(f"y ~ {f} + s(z)", TABLE),
}


@pytest.mark.parametrize("name", MAKERS)
def test_the_gradient_is_that_of_the_value(name):
    target = nested_target(MAKERS[name]("mo(edu) + z").grouped_density)
    position = 0.5 * np.random.default_rng(1).normal(size=(target.size, 2))
    _, gradient, _ = target.value_and_gradient(position)
    step = 1e-5
    slopes = [
        (target.value_and_gradient(position + m)[0] - target.value_and_gradient(position - m)[0])
        / (2 * step)
        for m in step * np.eye(target.size)[:, :, None]
    ]
    np.testing.assert_allclose(gradient, slopes, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("up", [True, False])
def test_draws_are_those_of_the_posterior_on_a_grid(up):
    """Three levels: an intercept, an average step and a share, with sums alone."""
    counts = np.array([[3, 9], [7, 8], [9, 4]])[:: 1 if up else -1]
    rows = np.repeat(np.arange(3), 12 + np.array([0, 3, 1])[:: 1 if up else -1])
    table = {"x": rows, "y": np.concatenate([[1] * a + [0] * b for a, b in counts])}
    size = bl.Normal(0.3, 1.2)
    prior = {"Intercept": bl.Normal(0, 2), "mo(x)": bl.Monotonic(size, [2.0, 1.5])}
    model = bl.logistic("y ~ mo(x)", table, priors=prior)
    intercept, step = np.linspace(-7, 7, 141)[:, None, None], np.linspace(-5, 5, 201)[:, None]
    share = (np.arange(200) + 0.5) / 200
    eta = [
        intercept + 0 * step * share,
        intercept + 2 * step * share,
        intercept + 2 * step + 0 * share,
    ]
    log = stats.norm(0, 2).logpdf(intercept) + stats.norm(0.3, 1.2).logpdf(step)
    log = log + stats.beta(2.0, 1.5).logpdf(share)
    for at, (yes, no) in zip(eta, counts, strict=True):
        log = log - yes * np.logaddexp(0, -at) - no * np.logaddexp(0, at)
    weight = np.exp(log - log.max())
    weight /= weight.sum()
    exact = {
        "Intercept": (weight * intercept).sum(),
        "mo(x)[1]": (weight * 2 * step * share).sum(),
        "mo(x)[2]": (weight * 2 * step * (1 - share)).sum(),
        "step_mo(x)": (weight * step).sum(),
        "share_mo(x)[1]": (weight * share).sum(),
    }
    spread = np.sqrt((weight * step**2).sum() - exact["step_mo(x)"] ** 2)
    fit = model.fit(draws=4000, random_seed=1, progressbar=False)
    summary = fit.summary()
    away = summary["mean"].loc[list(exact)] - np.array(list(exact.values()))
    assert (away / summary["mcse_mean"].loc[list(exact)]).abs().max() < 4.0
    assert summary.loc["step_mo(x)", "sd"] == pytest.approx(spread, rel=0.05)
    assert fit.problems == ()


@pytest.mark.parametrize("name", MAKERS)
def test_each_draw_rises_or_falls(name):
    fit = MAKERS[name]("mo(edu) + z").fit(draws=250, random_seed=1, progressbar=False)
    for part in fit.model.prior.learned:
        if part.prior.name != "Monotonic":
            continue
        steps = fit.outcome.draws.reshape(-1, fit.outcome.draws.shape[2])[:, part.index]
        assert np.all((steps >= 0).all(axis=1) | (steps <= 0).all(axis=1))
        average = fit.outcome.scales[f"step_{part.label}"].ravel()
        np.testing.assert_allclose(steps.mean(axis=1), average, atol=1e-6)
        shares = [fit.outcome.scales[f"share_{part.label}[{i}]"].ravel() for i in (1, 2, 3)]
        np.testing.assert_allclose(3 * average * np.array(shares), steps.T, atol=1e-6)
    assert fit.outcome.info["rhat"] < 1.02


def test_the_same_levels_written_otherwise_are_the_same_model():
    writings = ["mo(edu)", "mo(code)", f"mo(text, levels={LEVELS})"]
    fits = [
        bl.logistic(f"y ~ {w}", TABLE).fit(random_seed=1, draws=250, progressbar=False)
        for w in writings
    ]
    for one in fits[1:]:
        np.testing.assert_array_equal(one.outcome.draws, fits[0].outcome.draws)
    assert [fit.model.design.names[1] for fit in fits] == [
        "mo(edu)[school]",
        "mo(code)[1]",
        "mo(text)[school]",
    ]


@pytest.fixture(scope="module")
def fitted():
    return bl.logistic("y ~ mo(edu) + mo(edu):g + z", TABLE).fit(
        random_seed=1, draws=500, progressbar=False
    )


def test_products_have_shares_of_their_own(fitted):
    labels = [part.label for part in fitted.model.prior.learned]
    assert labels == ["mo(edu)", "mo(edu):g[T.b]"]
    times = bl.logistic("y ~ mo(edu):z", TABLE)
    assert [part.label for part in times.prior.learned] == ["mo(edu):z"]


def test_answers(fitted, tmp_path):
    curve = fitted.curve("edu")
    assert curve["edu"].tolist() == LEVELS
    assert np.all(np.diff(curve["mean"]) > 0)
    pairs = fitted.comparisons("edu")
    assert len(pairs) == 3
    fitted.plot_curve("edu")
    assert fitted.loo().elpd < 0
    fitted.save(tmp_path / "fit.nc")
    again = bl.load(tmp_path / "fit.nc")
    assert again.summary().equals(fitted.summary())
    assert str(again.model) == str(fitted.model)
    new = {"edu": ["college", "none"], "g": ["a", "b"], "z": [0.0, 1.0]}
    np.testing.assert_array_equal(again.predict(new)["mean"], fitted.predict(new)["mean"])
    more = fitted.update(TABLE.head(30), random_seed=1)
    assert (more.outcome.scales["step_mo(edu)"] > 0).mean() > 0.9
    assert fitted.check(progressbar=False)["scales"].severity in ("ok", "note")
    with pytest.raises(bl.DesignError, match=r"level 'phd'.*mo\(edu, levels=\[\.\.\.\]\)"):
        fitted.predict(new | {"edu": ["phd", "none"]})


def test_two_levels_are_one_step():
    fit = bl.logistic("y ~ mo(b)", TABLE.assign(b=CODE // 2)).fit(
        random_seed=1, draws=500, progressbar=False
    )
    plain = bl.logistic("y ~ b", TABLE.assign(b=CODE // 2)).fit(random_seed=1)
    one, two = fit.summary().loc["mo(b)[1]"], plain.summary().loc["b"]
    assert abs(one["mean"] - two["mean"]) < 4 * np.hypot(one["mcse_mean"], two["mcse_mean"])
    assert list(fit.outcome.scales) == ["step_mo(b)"]


def test_levels_without_rows_keep_their_shares():
    gap = TABLE[TABLE["code"] != 1]
    fit = bl.logistic("y ~ mo(code)", gap).fit(random_seed=1, progressbar=False)
    assert fit.model.design.names[1:] == ("mo(code)[1]", "mo(code)[2]", "mo(code)[3]")
    # Nothing tells the first step from the second.
    first, second = (fit.outcome.scales[f"share_mo(code)[{i}]"].mean() for i in (1, 2))
    assert first == pytest.approx(second, abs=0.03)


def test_priors():
    def prior(priors):
        return bl.logistic("y ~ mo(code) + z", TABLE, priors=priors).prior

    spread = float(np.std(CODE))
    (part,) = prior(None).learned
    assert part.prior.size.sigma == pytest.approx(2.5 / spread)
    assert str(prior({"mo(code)": bl.Normal(0, 1)}).learned[0].prior.size) == "Normal(0, 1)"
    own = bl.Monotonic(bl.Normal(1, 2), concentration=[1, 2, 3])
    assert prior({"mo(code)": own}).learned[0].prior is own
    # One prior for every slope is not for steps, which have theirs together.
    plain = prior(bl.Normal(0, 3))
    assert plain.learned[0].prior.size.sigma == pytest.approx(2.5 / spread)
    assert str(plain.of(4)) == "Normal(0, 3)"
    both = prior({("mo(code)", "z"): bl.Normal(0, 2)})
    assert (str(both.learned[0].prior.size), str(both.of(4))) == ("Normal(0, 2)", "Normal(0, 2)")


@pytest.mark.parametrize(
    ("priors", "sentence"),
    [
        ("flat", r"'mo\(code\)' are given priors of their own or none; expected Monotonic"),
        ({"mo(code)[2]": bl.Normal(0, 1)}, r"priors=\{'mo\(code\)': Normal\(0, 1\)\}"),
        ({"mo(code)": bl.StudentT(4, 0, 1)}, "which they have together"),
        ({"mo(code)": bl.Hierarchical()}, "which they have together"),
        ({"mo(code)": bl.HalfNormal(1)}, "expected it for a smooth curve"),
        ({"z": bl.Monotonic()}, r"the prior of a term such as 'mo\(x\)'"),
        ({"mo(code)": bl.Monotonic(concentration=[1, 2])}, "2 concentrations, and the term has 3"),
        (bl.GaussianPrior(np.zeros(5), np.eye(5)), "which they have together"),
    ],
)
def test_priors_that_are_refused(priors, sentence):
    with pytest.raises(bl.PriorError, match=sentence):
        bl.logistic("y ~ mo(code) + z", TABLE, priors=priors)


@pytest.mark.parametrize("size", [1.0, bl.StudentT(3, 0, 1), bl.Normal([0, 1], 1)])
def test_sizes_that_are_refused(size):
    with pytest.raises(bl.PriorError, match="expected the Normal prior of an average step"):
        bl.Monotonic(size)


@pytest.mark.parametrize("concentration", [0, -1, np.nan, [], "many", [[1.0]]])
def test_concentrations_that_are_refused(concentration):
    with pytest.raises(bl.PriorError, match="expected a positive finite number"):
        bl.Monotonic(concentration=concentration)


@pytest.mark.parametrize(
    ("formula", "sentence"),
    [
        ("y ~ mo(z)", r"mo\(z\) needs ordered levels, but 'z' .* in row 0.*s\(z\)"),
        ("y ~ mo(text)", r"holds 'college'.* without one.*mo\(text, levels=\[\.\.\.\]\)"),
        ("y ~ mo(n)", "needs at least two levels, but 'n' has '3' and no other"),
        ("y ~ mo(wide)", r"has 239 steps, from 0 to 239; at most 100.*s\(wide\)"),
        (
            "y ~ mo(edu, levels=['none', 'school'])",
            "has the level 'degree'|has the level 'college'",
        ),
        ("y ~ mo(edu, levels=['none', 'none'])", "one of them occurs twice"),
        ("y ~ mo(edu):s(z)", "product of a curve or monotonic effect and another basis"),
        ("y ~ mo(code + 1)", r"mo\(\) is given code \+ 1.*Expected the name of one column"),
        ("y ~ mo(log(code))", "mo|log"),
        ("y ~ mo(edu, 3)", r"mo\(\) does not take 3 there"),
        ("y ~ mo(edu, k=3)", r"mo\(\) has no option 'k'"),
        ("y ~ z + (mo(code) | h)", r"has mo\(code\), whose coefficients have a prior together"),
        ("y ~ z + (hsgp(z) | h)", r"has hsgp\(z\), whose coefficients have a prior together"),
        ("y ~ mo()", r"mo\(\) has no column"),
    ],
)
def test_what_is_refused(formula, sentence):
    with pytest.raises(bl.DesignError, match=sentence):
        bl.logistic(formula, TABLE.assign(wide=np.arange(ROWS)))


def test_partial_proportional_odds_are_refused():
    with pytest.raises(bl.DesignError, match=r"'mo\(edu\)'.*the same at all boundaries"):
        bl.ordinal("c ~ mo(edu) + z", TABLE, partial=["mo(edu)"])


def test_the_no_u_turn_sampler_agrees():
    model = bl.logistic("y ~ mo(edu)", TABLE)
    fit = model.fit(random_seed=1, progressbar=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        other = model.fit("nuts", draws=300, tune=150, chains=2, random_seed=1, progressbar=False)
    one, two = fit.summary(), other.summary()
    error = np.hypot(one["mcse_mean"], two["mcse_mean"])
    assert (np.abs(one["mean"] - two["mean"]) / error).max() < 4.5


def test_methods_that_do_not_do_it_name_those_that_do():
    with pytest.raises(bl.MethodRefused, match="'auto', 'hmc'"):
        bl.logistic("y ~ mo(edu)", TABLE).fit("laplace")
