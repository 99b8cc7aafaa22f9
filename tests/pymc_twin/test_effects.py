"""Group-level terms in PyMC have the log density of numpy's."""

import numpy as np
import pytest
from pytensor.compile.mode import Mode

import bayeslogit as bl

# Python's linker needs no compiler.
PYTHON = Mode(linker="py", optimizer="fast_run")


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    g = np.repeat(np.arange(5), 8)
    return {
        "y": rng.integers(0, 2, 40),
        "c": rng.integers(0, 3, 40),
        "x": rng.normal(size=40),
        "g": [f"g{i}" for i in g],
    }


def compiled(model):
    return model.pymc.compile_logp(jacobian=False, mode=PYTHON)


PRIORS = {"1 | g": bl.HalfStudentT(3, 1.5)}


@pytest.mark.parametrize(
    "make",
    [
        lambda d: bl.logistic("y ~ x + (1 | g)", d, priors=PRIORS),
        lambda d: bl.ordinal("c ~ x + (1 | g)", d),
        lambda d: bl.logistic("y ~ x + (x || g)", d, link="probit"),
    ],
    ids=["level", "ordinal", "apart"],
)
def test_independent_effects(make, data):
    model = make(data)
    density, logp = model.grouped_density, compiled(model)
    rng = np.random.default_rng(1)
    block = density.blocks[0]
    q = block.effects
    for _ in range(3):
        theta = rng.normal(size=density.size)
        cuts = model.family.n_eta if model.family.arrangement == "ordered" else 0
        theta[:cuts] = np.sort(theta[:cuts])
        sd, z = np.abs(rng.normal(size=q)), rng.normal(size=(5, q))
        u = (sd * z).T
        point = {"z_g": z, "sd_g_log__": np.log(sd), "beta": theta[max(cuts, 1) :]}
        if cuts:
            point["cutpoints_ordered__"] = np.r_[theta[0], np.log(np.diff(theta[:cuts]))]
        else:
            point["Intercept"] = theta[0]
        # PyMC's density is of z; ours is of u, which differs by the volume of one by the other.
        volume = 5 * np.log(sd).sum()
        ours = density.log_joint(
            theta[:, None], [sd[:, None]], [np.zeros((0, 1))], [u[:, :, None]]
        )[0]
        assert float(logp(point)) == pytest.approx(ours + volume, abs=1e-8)


@pytest.mark.filterwarnings("ignore:PyTensor could not link")
def test_correlated_effects_up_to_the_volume_of_the_factor(data):
    """Differences between effects at one covariance have no volume."""
    model = bl.logistic("y ~ x + (1 + x | g)", data, priors={"g": (bl.HalfNormal(1), bl.LKJ(2))})
    density, twin = model.grouped_density, model.pymc
    logp = twin.compile_logp(jacobian=False, mode=PYTHON)
    start = twin.initial_point()
    rng = np.random.default_rng(2)
    packed = np.array([0.1, 0.3, -0.2])
    factor = np.array([[np.exp(0.1), 0.0], [0.3, np.exp(-0.2)]])
    sd = np.sqrt((factor**2).sum(axis=1))
    partial = np.arctanh(np.array([factor[1, 0] / sd[1]]))
    theirs, ours = [], []
    for _ in range(3):
        theta, z = rng.normal(size=2), rng.normal(size=(5, 2))
        point = dict(start)
        name = next(k for k in point if k.startswith("chol_g"))
        point |= {"z_g": z, name: packed, "beta": theta[1:], "Intercept": theta[0]}
        theirs.append(float(logp(point)))
        u = (z @ factor.T).T
        ours.append(
            density.log_joint(theta[:, None], [sd[:, None]], [partial[:, None]], [u[:, :, None]])[0]
        )
    np.testing.assert_allclose(np.diff(theirs), np.diff(ours), atol=1e-8)


@pytest.mark.filterwarnings("ignore:PyTensor could not link")
def test_it_is_written_as_a_person_would(data):
    twin = bl.logistic("y ~ x + (1 | g)", data).pymc
    assert {v.name for v in twin.free_RVs} == {"Intercept", "beta", "sd_g", "z_g"}
    assert {v.name for v in twin.deterministics} == {"u_g"}
    assert tuple(twin.coords["g_group"]) == ("g0", "g1", "g2", "g3", "g4")
    classes = bl.multinomial("c ~ x + (1 | g)", {**data, "c": [f"c{i}" for i in data["c"]]}).pymc
    logp = classes.compile_logp(mode=PYTHON)
    assert np.isfinite(float(logp(classes.initial_point())))
