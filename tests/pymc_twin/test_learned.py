"""Coefficients with learned scales in PyMC have the log density of numpy's."""

import numpy as np
import pytest
from pytensor.compile.mode import Mode

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
        h = np.arcsinh(np.array([sd]) / part.prior._unit)
        known = model.prior.given([h]).log_density(theta[:, None])
        ours = model.grouped_density.base.likelihood.value(theta[:, None]) + known
        # PyMC's density is of z, ours of the coefficients.
        ours += part.size * np.log(sd) + part.prior.sd.log_density(np.array([sd]))
        assert float(compiled(point)) == pytest.approx(float(ours[0]), abs=1e-8)
