"""Gaussian processes in a basis: beside dense ones by quadrature; what is said of the basis."""

from itertools import product

import numpy as np
import pytest
from scipy import stats

import bayeslogit as bl
from bayeslogit.inference.grouped.start import nested_target

RNG = np.random.default_rng(0)
X = RNG.uniform(0.0, 10.0, 200)
TABLE = {
    "x": X,
    "y": (RNG.random(200) < 1 / (1 + np.exp(-2 * np.sin(X)))).astype(int),
    "c": RNG.integers(0, 3, 200),
    "z": RNG.normal(size=200),
    "g": RNG.choice(["a", "b"], 200).tolist(),
}


@pytest.mark.parametrize("length", [0.2, 0.5, 1.2])
def test_the_basis_has_the_covariance_of_the_process(length):
    model = bl.logistic("y ~ hsgp(x)", TABLE)
    (part,) = model.prior.learned
    half = np.ptp(X) / 2
    low, high = part.prior.interval
    assert (low / half, high / half) == (pytest.approx(0.175), pytest.approx(1.25))
    spread = np.log(high / low) / (2 * stats.norm.ppf(0.975))
    h = np.array([0.3, (np.log(length * half) - np.log(low * high) / 2) / spread])
    sd, own = part.prior.readings(h[:, None], None)[:, 0]
    assert own == pytest.approx(length * half)
    assert sd == pytest.approx(stats.halfnorm(scale=2.5).ppf(stats.norm.cdf(0.3)))
    waves = model.design.X[:, part.index] * part.scales(h)
    exact = sd**2 * np.exp(-0.5 * ((X[:, None] - X) / own) ** 2)
    np.testing.assert_allclose(waves @ waves.T, exact, atol=0.01 * sd**2)
    assert part.prior.error(own) < 0.01


def dense(at, yes, no, sd_prior, length_prior, nodes):
    """Posterior means of the linear predictor at four points, of sd and of length, by quadrature.

    The process is dense, the intercept Normal(0, 2.5) at the mean of the rows; for each sd and
    length the four linear predictors are integrated by a product rule around their mode.
    """
    rule, rule_weights = np.polynomial.hermite_e.hermegauss(nodes)
    z = np.array(list(product(rule, repeat=4))).T
    log_rule = np.log(np.array(list(product(rule_weights, repeat=4)))).sum(axis=1)
    cases = yes + no
    center = np.eye(4) - cases / cases.sum()
    total, sums = [], []
    quantiles = (np.arange(24) + 0.5) / 24
    for sd, length in product(sd_prior.ppf(quantiles), length_prior.ppf(quantiles)):
        K = sd**2 * np.exp(-0.5 * ((at[:, None] - at) / length) ** 2)
        K = center @ K @ center.T + 2.5**2
        precision = np.linalg.inv(K + 1e-9 * np.eye(4))
        eta = np.zeros(4)
        for _ in range(50):
            p = 1 / (1 + np.exp(-eta))
            curve = precision + np.diag(cases * p * (1 - p))
            eta = eta + np.linalg.solve(curve, yes - cases * p - precision @ eta)
        root = np.linalg.cholesky(np.linalg.inv(curve))
        points = eta[:, None] + root @ z
        log = -0.5 * np.einsum("ic,ij,jc->c", points, precision, points)
        log += (yes @ -np.logaddexp(0, -points)) + (no @ -np.logaddexp(0, points))
        log += 0.5 * (z**2).sum(axis=0) + log_rule + np.linalg.slogdet(root)[1]
        log += 0.5 * np.linalg.slogdet(precision)[1]
        top = log.max()
        weight = np.exp(log - top)
        total.append(top + np.log(weight.sum()))
        sums.append([*(points @ weight / weight.sum()), sd, length])
    share = np.exp(np.array(total) - np.max(total))
    return share @ np.array(sums) / share.sum()


def test_draws_are_those_of_a_dense_process():
    at = np.array([0.0, 2.0, 5.0, 8.0])
    yes, no = np.array([2, 9, 7, 3]), np.array([9, 2, 4, 8])
    table = {"x": at, "y": yes, "n": yes + no}
    own = bl.GaussianProcess(bl.HalfNormal(1.5), length=(1, 5))
    fit = bl.binomial("y ~ hsgp(x)", table, trials="n", priors={"hsgp(x)": own}).fit(
        draws=4000, random_seed=1, progressbar=False
    )
    spread = np.log(5) / (2 * stats.norm.ppf(0.975))
    exact = dense(
        at, yes, no, stats.halfnorm(scale=1.5), stats.lognorm(spread, scale=np.sqrt(5)), 9
    )
    eta = fit.predict(table, kind="linear")
    summary = fit.summary()
    mean = np.r_[eta["mean"], summary["mean"].iloc[-2:]]
    # The sum over 24 x 24 quantiles has an error too, below a hundredth.
    error = np.r_[eta["sd"] / np.sqrt(summary["ess_bulk"].min()), summary["mcse_mean"].iloc[-2:]]
    assert np.all(np.abs(mean - exact) < 4.0 * error + 0.01 * np.abs(exact))
    assert fit.problems == ()


@pytest.mark.parametrize(
    "make",
    [
        lambda f: bl.logistic(f"y ~ {f}", TABLE),
        lambda f: bl.ordinal(f"c ~ {f} + z", TABLE),
        lambda f: bl.multinomial(f"c ~ {f}", TABLE),
        lambda f: bl.logistic(f"y ~ {f} + (1 | g)", TABLE),
    ],
    ids=["logistic", "ordinal", "multinomial", "groups"],
)
def test_the_gradient_is_that_of_the_value(make):
    target = nested_target(make("hsgp(x, m=8, c=1.5)").grouped_density)
    position = 0.5 * np.random.default_rng(1).normal(size=(target.size, 2))
    _, gradient, _ = target.value_and_gradient(position)
    step = 1e-5
    slopes = [
        (target.value_and_gradient(position + m)[0] - target.value_and_gradient(position - m)[0])
        / (2 * step)
        for m in step * np.eye(target.size)[:, :, None]
    ]
    np.testing.assert_allclose(gradient, slopes, rtol=1e-4, atol=1e-4)


@pytest.fixture(scope="module")
def fitted():
    return bl.logistic("y ~ hsgp(x) + z", TABLE).fit(random_seed=1, progressbar=False)


def test_it_finds_the_curve(fitted, tmp_path):
    assert fitted.problems == ()
    at = [1.0, 3.0, 5.0, 7.0, 9.0]
    curve = fitted.curve("x", at)
    truth = 1 / (1 + np.exp(-2 * np.sin(at)))
    assert np.all(np.abs(curve["mean"] - truth) < 3.0 * curve["sd"])
    assert list(fitted.outcome.scales) == ["sd_hsgp(x)", "length_hsgp(x)"]
    fitted.plot_curve("x")
    fitted.save(tmp_path / "fit.nc")
    again = bl.load(tmp_path / "fit.nc")
    assert again.curve("x", at).equals(curve)
    assert again.model.prior.learned[0].prior == fitted.model.prior.learned[0].prior
    assert "hsgp(x)[1] to hsgp(x)[40]" in str(again.model)


def test_new_rows_may_be_a_little_outside(fitted):
    low, high = X.min(), X.max()
    middle, half = (low + high) / 2, (high - low) / 2
    inside = fitted.predict({"x": [middle + 1.74 * half], "z": [0.0]}, kind="linear")
    assert inside["sd"].iloc[0] > 0.5
    with pytest.raises(bl.DesignError, match=r"hsgp\(x\) is known from .* but x is .* in row 0"):
        fitted.predict({"x": [middle + 1.76 * half], "z": [0.0]})


@pytest.mark.parametrize(
    ("call", "length", "sentence"),
    [
        (
            "hsgp(x, m=8, c=4)",
            (0.3, 0.6),
            r"too coarse.*write hsgp\(\.\.\., m=\d+\)",
        ),
        ("hsgp(x, m=20, c=1.3)", (5, 9), r"too narrow for a length scale.*c=\d"),
    ],
)
def test_a_basis_that_is_not_good_enough_says_so(call, length, sentence):
    priors = {call: bl.GaussianProcess(length=length)}
    with pytest.warns(bl.BayesLogitWarning, match=sentence):
        fit = bl.logistic(f"y ~ {call}", TABLE, priors=priors).fit(
            random_seed=1, draws=1000, progressbar=False
        )
    assert "approximation" in {problem.code for problem in fit.problems}


def test_priors():
    def own(priors):
        return bl.logistic("y ~ hsgp(x, by=g) + z", TABLE, priors=priors).prior.learned

    assert [part.label for part in own(None)] == ["hsgp(x):g[a]", "hsgp(x):g[b]"]
    assert str(own({"hsgp(x):g": bl.HalfNormal(1)})[0].prior) == "GaussianProcess(HalfNormal(1))"
    given = own({"hsgp(x):g": bl.GaussianProcess(bl.Exponential(1), (1, 4))})[1].prior
    assert str(given) == "GaussianProcess(Exponential(1), length=(1, 4))"
    assert given.basis[1:] == (4.0, 40)


@pytest.mark.parametrize(
    ("priors", "sentence"),
    [
        ("flat", r"'hsgp\(x\)' are given priors of their own or none; expected GaussianProcess"),
        ({"hsgp(x)": bl.Normal(0, 1)}, r"priors=\{'hsgp\(x\)': HalfNormal\(1\)\}"),
        ({"z": bl.GaussianProcess()}, r"the prior of a term such as 'hsgp\(x\)'"),
    ],
)
def test_priors_that_are_refused(priors, sentence):
    with pytest.raises(bl.PriorError, match=sentence):
        bl.logistic("y ~ hsgp(x) + z", TABLE, priors=priors)


@pytest.mark.parametrize("length", [5, (1,), (3, 2), (0, 1), ("a", "b"), (1, np.inf)])
def test_lengths_that_are_refused(length):
    with pytest.raises(bl.PriorError, match="expected two positive numbers, the smaller first"):
        bl.GaussianProcess(length=length)


def test_only_a_learned_standard_deviation_is_taken():
    with pytest.raises(bl.PriorError, match=r"sd='1'; expected the prior of a standard deviation"):
        bl.GaussianProcess(1)


@pytest.mark.parametrize(
    ("formula", "sentence"),
    [
        ("y ~ hsgp(x, m=3)", "Expected a whole number from 8 to 200"),
        ("y ~ hsgp(x, c=1)", r"Expected a number from 1\.2 to 20"),
        ("y ~ hsgp(few)", r"hsgp\(few\) needs at least 4 different values, but few has 2"),
        ("y ~ hsgp(x):hsgp(z)", "product of a curve or monotonic effect and another basis"),
        ("y ~ hsgp(g)", "numbers"),
        ("y ~ hsgp(x, z)", r"hsgp\(\) does not take z there"),
    ],
)
def test_what_is_refused(formula, sentence):
    with pytest.raises(bl.DesignError, match=sentence):
        bl.logistic(formula, TABLE | {"few": [0, 1] * 100})
