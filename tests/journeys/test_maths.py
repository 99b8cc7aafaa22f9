"""The page of mathematics: each formula of a model or prior, evaluated by hand, beside the code.

Every test names a piece of the page that it evaluates, so that neither changes without the other.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from scipy import special, stats

import bayeslogit as bl
from bayeslogit.families import FAMILIES, LINKS
from bayeslogit.priors.coefficients import CoefficientPrior
from tests.helpers import ROOT

PAGE = " ".join((ROOT / "docs" / "maths.md").read_text(encoding="utf-8").split())
EXAM = bl.load_dataset("exam")
SEEDS = bl.load_dataset("seeds")
RNG = np.random.default_rng(7)


def on_the_page(*formulas):
    for formula in formulas:
        assert " ".join(formula.split()) in PAGE, formula


# ---- models -----------------------------------------------------------------------------------

CURVES = {
    "logit": (r"1 / (1 + e^{-\eta})", lambda eta: 1 / (1 + np.exp(-eta))),
    "probit": (r"\Phi(\eta)", stats.norm.cdf),
    "cloglog": (r"1 - \exp(-e^{\eta})", lambda eta: 1 - np.exp(-np.exp(eta))),
    "loglog": (r"\exp(-e^{-\eta})", lambda eta: np.exp(-np.exp(-eta))),
    "cauchit": (r"1/2 + \arctan(\eta) / \pi", lambda eta: 0.5 + np.arctan(eta) / np.pi),
    "log": (r"e^{\eta}", np.exp),
    "identity": (r"\eta", lambda eta: eta),
}


def test_every_link_is_on_the_page():
    assert set(CURVES) == set(LINKS)


@pytest.mark.parametrize("link", CURVES)
def test_link(link):
    formula, curve = CURVES[link]
    on_the_page(f"| {link} | ${formula}$ |")
    eta = np.linspace(-4, 3, 29)
    eta = eta[~LINKS[link].outside(eta)]
    np.testing.assert_allclose(LINKS[link].prob(eta), curve(eta), rtol=1e-12)


@pytest.mark.parametrize("link", CURVES)
def test_log_likelihood_of_counts(link):
    on_the_page(
        r"\sum_i w_i \left[ k_i \log p_i + (n_i - k_i) \log (1 - p_i)"
        r" + \log \binom{n_i}{k_i} \right]"
    )
    w, o = RNG.uniform(0.5, 2, 21), RNG.normal(size=21)
    theta = np.array([-0.4, 0.1, 0.6, -0.3])
    if LINKS[link].outside(np.array([-5.0, 5.0])).any():  # every row has a probability
        o, theta = 0.01 * o, {"log": theta - 1.0, "identity": 0.1 * theta + np.eye(4)[0] / 2}[link]
    model = bl.binomial(
        "germinated ~ x1 * x2", SEEDS, trials="n", link=link, weights=w, offset=o, priors="flat"
    )
    p = CURVES[link][1](model.design.X @ theta + o)
    k, n = SEEDS["germinated"], SEEDS["n"]
    by_hand = np.sum(w * stats.binom.logpmf(k, n, p))
    assert model.density.value(theta[:, None])[0] == pytest.approx(by_hand, rel=1e-11)


def test_derivatives_of_the_logit():
    on_the_page(r"X^\top (w (k - n p))", r"\mathrm{diag}(w_i n_i p_i (1 - p_i))")
    w = RNG.uniform(0.5, 2, 21)
    model = bl.binomial("germinated ~ x1 * x2", SEEDS, trials="n", weights=w, priors="flat")
    X, theta = model.design.X, np.array([-0.4, 0.1, 0.6, -0.3])
    k, n = SEEDS["germinated"].to_numpy(), SEEDS["n"].to_numpy()
    p = special.expit(X @ theta)
    _, gradient, bend = model.density.newton(theta)
    np.testing.assert_allclose(gradient, X.T @ (w * (k - n * p)), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(bend, X.T @ ((w * n * p * (1 - p))[:, None] * X), rtol=1e-10)


def test_beta_binomial():
    on_the_page(
        r"\frac{B(k_i + p_i \phi,\; n_i - k_i + (1 - p_i) \phi)}{B(p_i \phi,\; (1 - p_i) \phi)}",
        r"$1 / (1 + \phi)$",
        r"`log_precision` is $\log \phi$",
    )
    model = bl.binomial("germinated ~ x1", SEEDS, trials="n", dispersion="beta")
    theta = np.array([-0.4, 0.3, np.log(15.0)])
    p, phi = special.expit(-0.4 + 0.3 * SEEDS["x1"]), 15.0
    k, n = SEEDS["germinated"], SEEDS["n"]
    by_hand = stats.betabinom.logpmf(k, n, p * phi, (1 - p) * phi).sum()
    assert model.density.names[-1] == "log_precision"
    found = model.density.likelihood.value(theta[:, None])[0]
    assert found == pytest.approx(by_hand, rel=1e-11)
    # Two trials: the variance of their number of successes has the correlation in it.
    two = stats.betabinom(2, 0.3 * phi, 0.7 * phi).var() / (2 * 0.3 * 0.7)
    assert two - 1 == pytest.approx(1 / (1 + phi))


THREE = {"y": ["a", "b", "c", "b", "a", "c", "c"], "x": [0.1, -0.4, 1.2, 0.3, -1.0, 0.8, 0.2]}
SHIFT = np.array([0.2, -0.1, 0.4, 0.0, 0.3, -0.5, 0.1])
CODE = np.array(["abc".index(label) for label in THREE["y"]])


def test_softmax():
    on_the_page(r"p_{ic} \propto \exp(\eta_{ic})", r"\eta_{ic} = x_i^\top \theta_c + o_i")
    model = bl.multinomial("y ~ x", THREE, reference="a", offset=SHIFT, priors="flat")
    theta = np.array([0.3, -0.5, 0.1, 0.7])
    own = model.design.X @ theta.reshape(2, 2).T + SHIFT[:, None]
    eta = np.column_stack([np.zeros(7), own])
    by_hand = special.log_softmax(eta, axis=1)[np.arange(7), CODE].sum()
    assert model.density.value(theta[:, None])[0] == pytest.approx(by_hand, rel=1e-12)


def _shares(form, below):
    """Probabilities of three classes, by the three readings of an order; below: F(eta_k)."""
    if form == "cumulative":
        return np.stack([below[0], below[1] - below[0], 1 - below[1]])
    if form == "sequential":
        return np.stack([below[0], (1 - below[0]) * below[1], (1 - below[0]) * (1 - below[1])])
    odds = below / (1 - below)  # of class k against class k + 1
    shares = np.stack([odds[0] * odds[1], odds[1], np.ones_like(odds[0])])
    return shares / shares.sum(axis=0)


@pytest.mark.parametrize("form", ["cumulative", "sequential", "adjacent"])
@pytest.mark.parametrize("partial", [None, ["x"]], ids=["one slope", "own slopes"])
def test_ordered_classes(form, partial):
    on_the_page(
        r"\eta_{ik} = \kappa_k - x_i^\top \beta - o_i",
        r"$P(y \le k) = F(\eta_k)$",
        r"$P(y = k \mid y \ge k) = F(\eta_k)$",
        r"$P(y = k \mid y \in \{k, k + 1\}) = 1 / (1 + e^{-\eta_k})$",
        r"$\beta$ at the first, $\beta + \gamma_k$ at the later ones",
    )
    extra = {} if partial is None else {"partial": partial}
    model = bl.ordinal("y ~ x", THREE, levels=["a", "b", "c"], form=form, offset=SHIFT, **extra)
    theta = np.array([-0.6, 0.5, 0.4, *([] if partial is None else [0.1])])
    slopes = [0.4, 0.4 if partial is None else 0.5]
    x = np.array(THREE["x"])
    eta = np.stack([cut - slope * x - SHIFT for cut, slope in zip(theta, slopes, strict=False)])
    by_hand = np.log(_shares(form, special.expit(eta))[CODE, np.arange(7)]).sum()
    found = model.density.likelihood.value(theta[:, None])[0]
    assert found == pytest.approx(by_hand, rel=1e-11)


def test_every_family_is_on_the_page():
    words = {"bernoulli", "binomial", "beta_binomial", "multinomial", "cumulative", "sequential"}
    assert set(FAMILIES) == words | {"adjacent", "conditional"}


def test_matched_sets():
    on_the_page(
        r"L = \frac{\exp\bigl(\sum_{i \in C} \eta_i\bigr)}{e_k}",
        r"e_k = \sum_{|A| = k} \exp\Bigl(\sum_{i \in A} \eta_i\Bigr)",
    )
    table = {"y": [1, 0, 1, 0, 0, 0, 1, 1], "x": RNG.normal(size=8), "z": RNG.normal(size=8)}
    table["s"] = [1, 1, 1, 1, 1, 2, 2, 2]
    model = bl.logistic("y ~ x + z", table, strata="s", priors="flat")
    theta = np.array([0.8, -0.5])
    columns = np.column_stack([table["x"], table["z"]])
    value, bend = 0.0, np.zeros((2, 2))
    for rows, cases in ((range(5), 2), (range(5, 8), 2)):
        own = [i for i in rows if table["y"][i]]
        sums = np.array([columns[list(some)].sum(axis=0) for some in combinations(rows, cases)])
        odds = np.exp(sums @ theta)
        value += columns[own].sum(axis=0) @ theta - np.log(odds.sum())
        bend += np.cov(sums.T, aweights=odds, ddof=0)  # of the sum over the cases, drawn
    found, _, precision = model.density.newton(theta)
    assert found == pytest.approx(value, rel=1e-10)
    np.testing.assert_allclose(precision, bend, rtol=1e-9)


# ---- priors -----------------------------------------------------------------------------------


def test_default_prior():
    on_the_page(
        r"\beta_j \sim N\left(0, (2.5 / s_j)^2\right)",
        r"\theta_0 + \bar{x}^\top \beta \sim N(0, 2.5^2)",
        r"each row counts $w_i n_i$ times",
        r"$\log \phi \sim N(3, 2^2)$",
    )
    w = RNG.uniform(0.5, 2, 21)
    table = SEEDS.assign(x=RNG.normal(3, 2, 21))
    model = bl.binomial("germinated ~ x", table, trials="n", weights=w)
    mass = w * SEEDS["n"] / (w * SEEDS["n"]).sum()
    mean = mass @ table["x"]
    s = np.sqrt(mass @ (table["x"] - mean) ** 2)
    theta = np.array([0.7, -0.2])
    by_hand = stats.norm.logpdf(theta[1], 0, 2.5 / s)
    by_hand += stats.norm.logpdf(theta[0] + mean * theta[1], 0, 2.5)
    assert model.prior.log_density(theta[:, None])[0] == pytest.approx(by_hand, rel=1e-12)
    dispersed = bl.binomial("germinated ~ 1", table, trials="n", dispersion="beta")
    by_hand = stats.norm.logpdf(0.7, 0, 2.5) + stats.norm.logpdf(2.2, 3, 2)
    found = dispersed.prior.log_density(np.array([[0.7], [2.2]]))[0]
    assert found == pytest.approx(by_hand, rel=1e-12)


@pytest.mark.parametrize("form", ["cumulative", "sequential"])
def test_default_prior_of_boundaries(form):
    on_the_page(
        r"\kappa_k - \bar{x}^\top (\beta + \gamma_k) \sim N(0, 2.5^2)",
        r"\gamma_{kj} \sim N(0, (0.5 / s_j)^2)",
    )
    model = bl.ordinal("y ~ x", THREE, levels=["a", "b", "c"], partial=["x"], form=form)
    x = np.array(THREE["x"])
    cuts, slopes = np.array([-0.6, 0.5]), np.array([0.4, -0.3])
    by_hand = stats.norm.logpdf(cuts - x.mean() * np.cumsum(slopes), 0, 2.5).sum()
    by_hand += stats.norm.logpdf(slopes, 0, np.array([2.5, 0.5]) / x.std()).sum()
    found = model.prior.log_density(np.array([[*cuts, *slopes]]).T)[0]
    assert found == pytest.approx(by_hand, rel=1e-12)


DENSITIES = {
    bl.Normal(0.5, 2): ("$-z^2/2$", lambda z: -(z**2) / 2),
    bl.Laplace(0.5, 2): (r"$-\lvert z \rvert$", lambda z: -np.abs(z)),
    bl.Logistic(0.5, 2): (
        r"$-z - 2 \log(1 + e^{-z})$",
        lambda z: -z - 2 * np.log1p(np.exp(-z)),
    ),
    bl.StudentT(3, 0.5, 2): (
        r"$-\tfrac{\nu + 1}{2} \log(1 + z^2/\nu)$",
        lambda z: -2 * np.log1p(z**2 / 3),
    ),
    bl.Cauchy(0.5, 2): (r"$-\log(1 + z^2)$", lambda z: -np.log1p(z**2)),
}


@pytest.mark.parametrize("prior", DENSITIES, ids=lambda prior: prior.name)
def test_density_of_one_coefficient(prior):
    formula, by_hand = DENSITIES[prior]
    on_the_page(formula)
    beta = np.linspace(-5, 7, 25)
    whole = CoefficientPrior(("b",), ((np.array([0]), prior),))
    gap = whole.log_density(beta[None]) - by_hand((beta - 0.5) / 2)
    assert np.ptp(gap) < 1e-12


def test_beliefs():
    on_the_page(
        r"\frac{g(l) + g(u)}{2}",
        r"\frac{g(u) - g(l)}{2\, \Phi^{-1}((1 + q)/2)}",
        r"$G = \Sigma_0 C^\top (C \Sigma_0 C^\top)^{-1}$",
        r"N\left(\mu_0 + G (m - C \mu_0),\; \Sigma_0 + G (V - C \Sigma_0 C^\top) G^\top\right)",
    )
    table = EXAM.assign(z=np.tile([0.0, 1.0], 10))
    beliefs = [bl.odds_ratio("hours", between=(1, 5), prob=0.8)]
    beliefs += [bl.probability({"hours": 2, "z": 1}, between=(0.1, 0.5))]
    joint = bl.logistic("passed ~ hours + z", table, priors=beliefs).prior.joint
    C = np.array([[0.0, 1, 0], [1, 2, 1]])
    low, high = np.log([1.0, 5.0]), special.logit([0.1, 0.5])
    m = np.array([low.mean(), high.mean()])
    half = np.array([np.diff(low)[0], np.diff(high)[0]]) / 2
    V = np.diag((half / stats.norm.ppf([0.9, 0.95])) ** 2)
    sds = 2.5 / table[["hours", "z"]].std(ddof=0).to_numpy()
    at = np.array([[1, *table[["hours", "z"]].mean()], [0, 1, 0], [0, 0, 1]])  # of independent ones
    whole = np.linalg.inv(at) @ np.diag([2.5, *sds]) ** 2 @ np.linalg.inv(at).T
    G = whole @ C.T @ np.linalg.inv(C @ whole @ C.T)
    np.testing.assert_allclose(joint.mean, G @ m, rtol=1e-9)
    expected = whole + G @ (V - C @ whole @ C.T) @ G.T
    np.testing.assert_allclose(joint.covariance, expected, rtol=1e-8, atol=1e-10)


def test_zero_sum():
    on_the_page(r"$\sigma^2 (I + 1 1^\top)$")
    model = bl.multinomial("y ~ x - 1", THREE, reference="a", priors=bl.ZeroSum(1.5))
    np.testing.assert_allclose(model.prior.joint.covariance, 1.5**2 * (np.eye(2) + 1), rtol=1e-12)


VOLUMES = {
    "cumulative": lambda f, F, p: f.prod(),
    "sequential": lambda f, F, p: (f * (1 - F) ** np.array([1, 0])).prod(),
    "adjacent": lambda f, F, p: p.prod(),
}


@pytest.mark.parametrize("form", VOLUMES)
def test_dirichlet_of_cutpoints(form):
    on_the_page(
        r"\mathrm{Dirichlet}(p(\eta) \mid a)",
        r"\prod_k f(\eta_k)",
        r"\prod_k f(\eta_k) (1 - F(\eta_k))^{K - 1 - k}",
        r"\prod_c p_c",
    )
    priors = {"cutpoints": bl.Dirichlet([1.5, 2, 3]), "x": bl.Normal(0, 1)}
    model = bl.ordinal("y ~ x", THREE, levels=["a", "b", "c"], form=form, priors=priors)
    cuts, slope = np.array([-0.6, 0.5]), 0.4
    eta = cuts - np.mean(THREE["x"]) * slope
    F = special.expit(eta)
    p = _shares(form, F[:, None])[:, 0]
    by_hand = stats.dirichlet.logpdf(p, [1.5, 2, 3]) + np.log(VOLUMES[form](F * (1 - F), F, p))
    by_hand += stats.norm.logpdf(slope)
    found = model.prior.log_density(np.array([[*cuts, slope]]).T)[0]
    assert found == pytest.approx(by_hand, rel=1e-10)


# ---- learned scales ---------------------------------------------------------------------------


def test_horseshoe():
    on_the_page(
        r"\sigma_j s_j = c \, w_j / \sqrt{1 + w_j^2}",
        r"w_j = \tau \lambda_j / c",
        r"\frac{m}{p - m} \cdot \frac{2}{\sqrt n}",
    )
    prior = bl.Horseshoe(0.1, slab=2.0, df=4)
    h = prior.sample(np.random.default_rng(1), 3, 200_000)
    tau, slab = np.exp(prior.readings(h, h)[0]), prior.readings(h, h)[1]
    half = stats.halfcauchy
    assert np.median(tau) == pytest.approx(0.1 * half.median(), rel=0.02)
    spread = stats.invgamma(2, scale=2)
    assert np.median(slab**2 / 4) == pytest.approx(spread.median(), rel=0.02)
    local = half.ppf(stats.norm.cdf(h[2:]))
    wide = tau * local / slab
    np.testing.assert_allclose(prior.scales(h), slab * wide / np.sqrt(1 + wide**2), rtol=1e-6)
    expecting = bl.Horseshoe.expecting(3, of=20, rows=50)
    assert expecting.scale == pytest.approx(3 / 17 * 2 / np.sqrt(50))


def test_r2d2():
    on_the_page(r"\sigma_j^2 s_j^2 = \phi_j \, v \, R^2 / (1 - R^2)")
    prior = bl.R2D2(0.3, 5, 0.7)
    h = prior.sample(np.random.default_rng(1), 3, 100_000)
    share = prior.readings(h, h)[0]
    phi = np.exp(h[1:]) / np.exp(h[1:]).sum(axis=0)
    np.testing.assert_allclose(prior.scales(h) ** 2, phi * share / (1 - share), rtol=1e-9)
    assert share.mean() == pytest.approx(0.3, abs=0.01)
    assert share.var() == pytest.approx(0.3 * 0.7 / 6, rel=0.03)
    assert phi[0].var() == pytest.approx(stats.dirichlet([0.7] * 3).var()[0], rel=0.03)


def test_monotonic():
    on_the_page(r"$D b \sum_{i \le l} \phi_i$")
    table = {"y": [0, 1, 0, 1, 1, 0, 1, 1], "x": [0, 1, 2, 3, 3, 2, 1, 0]}
    fit = bl.logistic("y ~ mo(x)", table).fit(draws=50, chains=1, random_seed=1)
    found = {name: fit.outcome.scales[name] for name in fit.outcome.scales}
    step = found["step_mo(x)"].ravel()
    shares = np.stack([found[f"share_mo(x)[{i}]"].ravel() for i in (1, 2, 3)])
    linear = fit.predict({"x": [0, 1, 2, 3]}, kind="linear", draws=True)
    rises = linear.stack(sample=("chain", "draw")).transpose("obs", "sample").values
    effects = 3 * step * np.cumsum(shares, axis=0)
    np.testing.assert_allclose(rises[1:] - rises[0], effects, rtol=1e-7, atol=1e-9)


def test_gaussian_process():
    on_the_page(
        r"c^{-1/2} \sin(\omega_j (\tilde x + c))",
        r"\omega_j = j \pi / (2 c)",
        r"S(\omega) = \sqrt{2\pi}\, \ell\, e^{-\ell^2 \omega^2 / 2}",
        r"$m = 40$ and $c = 4$",
    )
    x = np.linspace(2, 8, 13)
    model = bl.logistic("y ~ hsgp(x)", {"x": x, "y": np.arange(13) % 2})
    at, c = (x - 5) / 3, 4.0
    omega = np.arange(1, 41) * np.pi / (2 * c)
    waves = np.sin(omega * (at[:, None] + c)) / np.sqrt(c)
    np.testing.assert_allclose(model.design.X[:, 1:], waves, atol=1e-12)
    prior = model.prior.learned[0].prior
    h = np.array([[0.3], [0.2]])
    tau, length = prior.readings(h, h)[:, 0]
    density = np.sqrt(2 * np.pi) * (length / 3) * np.exp(-((length / 3 * omega) ** 2) / 2)
    np.testing.assert_allclose(prior.scales(h)[:, 0], tau * np.sqrt(density), rtol=1e-10)
    near = tau**2 * np.exp(-((at[:, None] - at) ** 2) / (2 * (length / 3) ** 2))
    np.testing.assert_allclose((waves * tau**2 * density) @ waves.T, near, atol=0.01 * tau**2)


def test_smooth_curve():
    on_the_page(r"independent $N(0, (\sigma / r)^2)$, where $r$ is the root mean square")
    x = np.linspace(0, 1, 201)
    X = bl.logistic("y ~ s(x)", {"x": x, "y": np.arange(201) % 2}).design.X
    bent = X[:, 2:]
    line = np.column_stack([np.ones(201), x])
    assert np.abs(line.T @ bent).max() < 1e-8  # departures from the line have no trend
    assert np.sqrt((bent**2).sum(axis=1).mean()) == pytest.approx(1.0)
    assert bent.shape[1] == 20 - 2
    # Second differences: away from its own knot each column is a line, and bends there alone.
    bends = np.diff(bent, 2, axis=0)
    apart = np.argmax(np.abs(bends), axis=0)
    assert np.all(np.diff(apart[1:-1]) > 0)


# ---- answers ----------------------------------------------------------------------------------


def test_laplace_evidence():
    on_the_page(
        r"\log p(y \mid \hat\theta) + \log \pi(\hat\theta) + \tfrac{d}{2} \log 2\pi"
        r" - \tfrac12 \log |H|"
    )
    model = bl.logistic("passed ~ hours", EXAM)
    mode = model.fit("map").theta[:, 0]
    value, _, H = model.density.newton(mode)
    by_hand = value + np.log(2 * np.pi) - 0.5 * np.linalg.slogdet(H)[1]
    assert model.fit("laplace", random_seed=1).log_evidence == pytest.approx(by_hand, rel=1e-10)


def test_remainders_of_tall_data():
    """The mean squares of cubes and fourth powers of a Gaussian, and no product of the two."""
    on_the_page(r"\tfrac{15}{36} t_i^2 h_i^3 + \tfrac{105}{576} f_i^2 h_i^4")
    nodes, weights = special.roots_hermitenorm(40)
    weights = weights / weights.sum()
    t, f, h = 0.7, -0.4, 1.3
    remainder = t * (nodes * np.sqrt(h)) ** 3 / 6 + f * (nodes * np.sqrt(h)) ** 4 / 24
    by_hand = 15 / 36 * t**2 * h**3 + 105 / 576 * f**2 * h**4
    assert weights @ remainder**2 == pytest.approx(by_hand, rel=1e-10)


def test_groups():
    on_the_page(
        r"$\exp(\sqrt 2\, \Phi^{-1}(3/4)\, \tau)$", r"$\tau^2$ over the sum of the $\tau^2$"
    )
    table = SEEDS.assign(plate=range(21))
    fit = bl.binomial("germinated ~ x1 + (1 | plate)", table, trials="n").fit("map")
    tau = float(fit.summary().loc["sd_plate[Intercept]", "mode"])
    icc = float(fit.summary().loc["icc_plate", "mode"])
    odds = float(fit.summary("odds_ratio").loc["median_odds_ratio_plate", "mode"])
    assert icc == pytest.approx(tau**2 / (tau**2 + np.pi**2 / 3))
    assert odds == pytest.approx(np.exp(np.sqrt(2) * stats.norm.ppf(0.75) * tau))


def test_table_of_maximum_likelihood():
    on_the_page(
        "$1 - e^{2 (L_0 - L) / n}$, at most $1 - e^{2 L_0 / n}$",
        r"$1 - \sum (y_i - \hat p_i)^2 / \sum (y_i - \bar y)^2$",
        r"$\mathrm{var}(\hat\eta) / (\mathrm{var}(\hat\eta) + v)$",
        r"$\sum (k_i - n_i \hat p_i)^2 / (n_i \hat p_i (1 - \hat p_i))$",
    )
    table = bl.logistic("passed ~ hours", EXAM).classical()
    found = table.statistics["value"].astype(float)
    X = np.column_stack([np.ones(20), EXAM["hours"]])
    y = EXAM["passed"].to_numpy()
    theta = np.zeros(2)
    for _ in range(30):  # reweighted least squares
        p = special.expit(X @ theta)
        H = X.T @ ((p * (1 - p))[:, None] * X)
        theta = theta + np.linalg.solve(H, X.T @ (y - p))
    L, L0, n = np.log(np.where(y == 1, p, 1 - p)).sum(), 20 * np.log(0.5), 20
    squares = ((y - p) ** 2).sum()
    snell = 1 - np.exp(2 * (L0 - L) / n)
    by_hand = {
        "deviance": -2 * L,
        "null_deviance": -2 * L0,
        "likelihood_ratio": 2 * (L - L0),
        "r2_likelihood": 1 - L / L0,
        "mcfadden": 1 - L / L0,
        "cox_snell": snell,
        "nagelkerke": snell / (1 - np.exp(2 * L0 / n)),
        "tjur": p[y == 1].mean() - p[y == 0].mean(),
        "efron": 1 - squares / ((y - y.mean()) ** 2).sum(),
        "mckelvey_zavoina": np.var(X @ theta) / (np.var(X @ theta) + np.pi**2 / 3),
        "brier": squares / n,
        "pearson": ((y - p) ** 2 / (p * (1 - p))).sum(),
    }
    for name, value in by_hand.items():
        assert found[name] == pytest.approx(value, rel=1e-8), name
    wald = (theta / np.sqrt(np.diag(np.linalg.inv(H)))) ** 2
    np.testing.assert_allclose(table.coefficients["wald"].astype(float), wald, rtol=1e-7)


def test_firth_s_estimate_is_the_highest_point_of_its_objective():
    on_the_page(r"\ell + \tfrac12 \log \lvert X^\top S X \rvert")
    X = np.column_stack([np.ones(20), EXAM["hours"]])
    y = EXAM["passed"].to_numpy()

    def objective(theta):
        p = special.expit(X @ theta)
        bend = X.T @ ((p * (1 - p))[:, None] * X)
        return np.log(np.where(y == 1, p, 1 - p)).sum() + 0.5 * np.linalg.slogdet(bend)[1]

    table = bl.logistic("passed ~ hours", EXAM).classical().coefficients
    best = table["firth"].to_numpy(float)
    for step in 1e-4 * np.array([[1, 0], [0, 1], [1, -0.4]]):
        assert objective(best) > max(objective(best + step), objective(best - step))


def test_bayesian_r_squared():
    on_the_page(r"$\mathrm{var}(p) / (\mathrm{var}(p) + \overline{p (1 - p)})$")
    fit = bl.logistic("passed ~ hours", EXAM).fit(draws=200, chains=1, random_seed=1)
    p = fit.predict(draws=True).values.reshape(-1, 20)
    by_hand = p.var(axis=1) / (p.var(axis=1) + (p * (1 - p)).mean(axis=1))
    assert float(fit.r_squared().loc["bayes", "estimate"]) == pytest.approx(by_hand.mean())


def test_prevalence_decisions_and_inverse_prediction():
    on_the_page(
        r"\theta_0^* = \theta_0 + \log \frac{\pi}{1 - \pi} - \log \frac{\tilde\pi}{1 - \tilde\pi}",
        "$c_+ / (c_+ + c_-)$",
        "$TP/n - (FP/n)\\, t / (1 - t)$",
        r"$(F^{-1}(\pi) - \text{rest}) / \beta_j$",
    )
    fit = bl.logistic("passed ~ hours", EXAM, case_control=True).fit(random_seed=1)
    shifted = fit.with_prevalence(0.1).summary()["mean"].astype(float)
    change = shifted["Intercept"] - fit.summary()["mean"].astype(float)["Intercept"]
    assert change == pytest.approx(special.logit(0.1) - special.logit(0.5), rel=1e-9)
    fit = bl.logistic("passed ~ hours", EXAM).fit(random_seed=1)
    costs = {"false_positive": 3, "false_negative": 1}
    assert fit.decide(costs=costs).attrs["cutoff"] == 3 / (3 + 1)
    at = fit.net_benefit([0.3], newdata=EXAM)["net_benefit"].iloc[0]
    called, y = fit.predict()["mean"].to_numpy() > 0.3, EXAM["passed"].to_numpy()
    by_hand = (called & (y == 1)).mean() - (called & (y == 0)).mean() * 0.3 / 0.7
    assert at == pytest.approx(by_hand)
    draws = fit.solve("hours", probability=0.9, draws=True).values.ravel()
    intercept, slope = fit.theta
    np.testing.assert_allclose(draws, (special.logit(0.9) - intercept) / slope, rtol=1e-9)
