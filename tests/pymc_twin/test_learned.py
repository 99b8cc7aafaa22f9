"""Coefficients with learned scales in PyMC have the log density of numpy's."""

import numpy as np
import pytest
from pytensor.compile.mode import Mode
from scipy import stats

import bayeslogit as bl

PYTHON = Mode(linker="py", optimizer="fast_run")


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    return {
        "y": rng.integers(0, 2, 30),
        "c": rng.integers(0, 3, 30),
        "x": rng.normal(size=30),
        "g": [f"g{i}" for i in rng.integers(0, 4, 30)],
    }


PRIORS = {"g": bl.Hierarchical(bl.Exponential(0.7)), "x": bl.StudentT(4, 0, 1)}


@pytest.mark.parametrize(
    "make",
    [
        lambda d: bl.logistic("y ~ x + g", d, priors=PRIORS),
        lambda d: bl.ordinal("c ~ x + g", d, priors=PRIORS),
        lambda d: bl.multinomial("c ~ x + g", d, priors=PRIORS),
    ],
    ids=["logistic", "ordinal", "multinomial"],
)
def test_hierarchical_coefficients(make, data):
    model = make(data)
    compiled = model.pymc.compile_logp(jacobian=False, mode=PYTHON)
    (part,), layout = model.prior.learned, model.layout
    rng = np.random.default_rng(1)
    for _ in range(3):
        theta, sd, z = rng.normal(size=model.prior.size), rng.exponential(), rng.normal(size=3)
        z = rng.normal(size=part.size)
        theta[part.index] = sd * z
        cuts = layout.places.get("cutpoints", ())
        theta[list(cuts)] = np.sort(theta[list(cuts)])
        point = {"sd_g_log__": np.log(sd), "z_g": z}
        point["beta_studentt"] = theta[list(layout.places["x"])]
        if cuts:
            gaps = np.log(np.diff(theta[list(cuts)]))
            point["cutpoints_ordered__"] = np.r_[theta[cuts[0]], gaps]
        else:
            intercept = next(v for v in layout.variables if v.name == "Intercept")
            point["Intercept"] = theta[intercept.index]
        # An exponential of mean 0.7.
        h = stats.norm.isf(np.exp(-np.array([sd]) / 0.7))
        known = model.prior.given([h]).log_density(theta[:, None])
        ours = model.grouped_density.base.likelihood.value(theta[:, None]) + known
        # PyMC's density is of z, ours of the coefficients.
        ours += part.size * np.log(sd) + part.prior.sd.log_density(np.array([sd]))
        assert float(compiled(point)) == pytest.approx(float(ours[0]), abs=1e-8)


def test_the_horseshoe(data):
    model = bl.logistic("y ~ x + g", data, priors=bl.Horseshoe(0.3, 2, 5))
    compiled = model.pymc.compile_logp(jacobian=False, mode=PYTHON)
    (part,), rng = model.prior.learned, np.random.default_rng(2)
    for _ in range(3):
        h, z = part.prior.sample(rng, part.size, 1)[:, 0], rng.normal(size=part.size)
        tau, slab = part.prior.readings(h[:, None], z[:, None])[:, 0]
        tau = np.exp(tau)
        local = np.abs(part.prior._parts(h[:, None])[3][:, 0])
        theta = np.r_[rng.normal(), part.unit * np.abs(part.scales(h)) * z]
        point = {
            "Intercept": theta[0],
            "z_slopes": z,
            "global_slopes_log__": np.log(tau),
            "local_slopes_log__": np.log(local),
            "slab_variance_slopes_log__": np.log(slab**2),
        }
        ours = model.grouped_density.base.value(theta[:, None])[0] + stats.norm.logpdf(z).sum()
        ours += stats.halfcauchy(scale=0.3).logpdf(tau) + stats.halfcauchy.logpdf(local).sum()
        ours += stats.invgamma(2.5, scale=2.5 * 4.0).logpdf(slab**2)
        assert float(compiled(point)) == pytest.approx(float(ours), abs=1e-8)


def test_shares_of_r_squared(data):
    model = bl.logistic("y ~ x + g", data, priors=bl.R2D2(0.3, 4, 0.6))
    twin = model.pymc
    compiled = twin.compile_logp(jacobian=False, mode=PYTHON)
    (part,), rng = model.prior.learned, np.random.default_rng(3)
    for _ in range(3):
        logs = rng.normal(size=part.size)
        # PyMC's coordinates of a simplex: logarithms less their mean, without the last.
        share = np.exp(logs) / np.exp(logs).sum()
        odds, z = rng.normal(), rng.normal(size=part.size)
        theta = np.r_[rng.normal(), part.unit * part.scales(np.r_[odds, logs]) * z]
        point = {
            "Intercept": theta[0],
            "z_slopes": z,
            "R2_slopes_logodds__": odds,
            "share_slopes_simplex__": (logs - logs.mean())[:-1],
        }
        ours = model.grouped_density.base.value(theta[:, None])[0] + stats.norm.logpdf(z).sum()
        ours += stats.beta(1.2, 2.8).logpdf(1.0 / (1.0 + np.exp(-odds)))
        ours += stats.dirichlet(np.full(part.size, 0.6)).logpdf(share)
        assert float(compiled(point)) == pytest.approx(float(ours), abs=1e-8)


def test_a_gaussian_process(data):
    priors = {"hsgp(x, m=8)": bl.GaussianProcess(bl.HalfNormal(0.8), length=(0.5, 3))}
    model = bl.logistic("y ~ hsgp(x, m=8) + c", data, priors=priors)
    compiled = model.pymc.compile_logp(jacobian=False, mode=PYTHON)
    (part,), rng = model.prior.learned, np.random.default_rng(4)
    half = np.ptp(data["x"]) / 2
    for _ in range(3):
        sd, length, z = rng.exponential(), rng.uniform(0.5, 3), rng.normal(size=8)
        logs = stats.norm(np.log(np.sqrt(1.5) / half), np.log(6) / (2 * stats.norm.ppf(0.975)))
        h = np.array([-stats.norm.isf(2 * stats.norm.cdf(sd / 0.8) - 1), 0.0])
        h[1] = (np.log(length / half) - logs.mean()) / logs.std()
        theta = rng.normal(size=model.prior.size)
        theta[part.index] = part.scales(h) * z
        point = {
            "Intercept": theta[0],
            "beta_normal": theta[[9]],
            "sd_hsgp(x, m=8)_log__": np.log(sd),
            "length_in_half_ranges_hsgp(x, m=8)_log__": np.log(length / half),
            "z_hsgp(x, m=8)": z,
        }
        ours = model.grouped_density.base.value(theta[:, None])[0] + stats.norm.logpdf(z).sum()
        ours += stats.halfnorm(scale=0.8).logpdf(sd)
        ours += logs.logpdf(np.log(length / half)) - np.log(length / half)
        assert float(compiled(point)) == pytest.approx(float(ours), abs=1e-8)


def test_monotonic_effects(data):
    prior = bl.Monotonic(bl.Normal(0.4, 0.9), [1, 2, 0.5])
    table = data | {"o": np.random.default_rng(5).integers(0, 4, 30)}
    makers = [
        lambda p: bl.logistic("y ~ mo(o) + x", table, priors=p),
        lambda p: bl.ordinal("c ~ mo(o) + x", table, priors=p),
        lambda p: bl.multinomial("c ~ mo(o) + x", table, priors=p),
    ]
    for make in makers:
        model = make({"mo(o)": prior})
        compiled = model.pymc.compile_logp(jacobian=False, mode=PYTHON)
        layout, rng = model.layout, np.random.default_rng(6)
        theta = rng.normal(size=model.prior.size)
        cuts = list(layout.places.get("cutpoints", ()))
        theta[cuts] = np.sort(theta[cuts])
        point, known = {}, 0.0
        for part in model.prior.learned:
            step, logs = rng.normal(), rng.normal(size=3)
            share = np.exp(logs) / np.exp(logs).sum()
            theta[part.index] = 3 * step * share
            point[f"step_{part.label}"] = step
            point[f"share_{part.label}_simplex__"] = (logs - logs.mean())[:-1]
            known += stats.norm(0.4, 0.9).logpdf(step)
            known += stats.dirichlet([1, 2, 0.5]).logpdf(share)
        point["beta_normal"] = theta[list(layout.places["x"])]
        if cuts:
            point["cutpoints_ordered__"] = np.r_[theta[0], np.log(np.diff(theta[cuts]))]
        else:
            point["Intercept"] = theta[next(v.index for v in layout.variables if "Int" in v.name)]
        ours = known + model.grouped_density.base.value(theta[:, None])[0]
        assert float(compiled(point)) == pytest.approx(float(ours), abs=1e-8)
