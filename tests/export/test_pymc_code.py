"""Programs of PyMC run by themselves and have the log density of the model."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from pytensor.compile.mode import Mode

import bayeslogit as bl
from bayeslogit.pymc_twin import log_posterior
from tests.helpers import exam, random_table

PYTHON = Mode(linker="py", optimizer="fast_run")
# Without the products of matrices that look for a library of their own.
PLAIN = Mode(linker="py", optimizer="fast_compile")
TABLE = random_table(30).assign(c=np.array(list("uvwz"))[np.arange(30) % 4], m=np.arange(30) % 3)
LEVELS = {"levels": list("uvwz")}
MIXED = {"Intercept": bl.StudentT(4, 1, 3), "x": bl.Flat(), "g": bl.Normal([0, 1], 2)}
JOINT = bl.GaussianPrior(np.arange(4.0), np.eye(4) + 0.3)
MODELS = {
    "default": lambda: bl.logistic("y ~ x + g", TABLE),
    "mixed": lambda: bl.logistic("y ~ x + g", TABLE, priors=MIXED),
    "joint": lambda: bl.logistic("y ~ x + g", TABLE, priors=JOINT),
    "tails": lambda: bl.logistic("y ~ x", TABLE, priors={"Intercept": bl.Cauchy(0, 2.5)}),
    "laplace": lambda: bl.logistic("y ~ x", TABLE, priors=bl.Laplace(0, 1)),
    "no slope": lambda: bl.logistic("y ~ 1", TABLE, weights="w"),
    "no intercept": lambda: bl.logistic("y ~ 0 + x", TABLE, offset="o"),
    "far": lambda: bl.logistic("y ~ x", TABLE.assign(x=TABLE.x + 1e9), priors=bl.Normal(0, 1)),
    **{link: lambda link=link: bl.logistic("y ~ x", TABLE, link=link) for link in bl.LINKS},
    "binomial": lambda: bl.binomial("k ~ x", TABLE, trials="n", link="cloglog"),
    "binomial, logit": lambda: bl.binomial("k ~ x", TABLE, trials="n", weights="w"),
    "beta-binomial": lambda: bl.binomial("k ~ x", TABLE, trials="n", dispersion="beta"),
    "multinomial": lambda: bl.multinomial("c ~ x + g", TABLE, offset="o"),
    "multinomial, no slope": lambda: bl.multinomial("c ~ 1", TABLE, weights="w"),
    "counts": lambda: bl.multinomial("~ x", TABLE, counts=["n", "k", "m"]),
    "zero sum": lambda: bl.multinomial("c ~ x", TABLE, priors=bl.ZeroSum(1.0)),
    "cumulative": lambda: bl.ordinal("c ~ x + g", TABLE, **LEVELS),
    "cumulative, probit": lambda: bl.ordinal("c ~ x", TABLE, link="probit", **LEVELS),
    "sequential": lambda: bl.ordinal("c ~ x", TABLE, form="sequential", **LEVELS),
    "adjacent": lambda: bl.ordinal("c ~ x", TABLE, form="adjacent", weights="w", **LEVELS),
    "partial": lambda: bl.ordinal(
        "c ~ x + z", TABLE, form="sequential", partial=["z"], offset="o", **LEVELS
    ),
}


def built(code):
    """Return the model that a program makes, which finds nothing of ours."""
    space = {"__name__": "alone"}
    exec(compile(code, "program", "exec"), space)
    return space["model"]


@pytest.mark.parametrize("name", MODELS)
def test_a_program_has_the_log_density_of_its_model(name) -> None:
    model = MODELS[name]()
    theta = np.random.default_rng(3).standard_normal((model.density.size, 4))
    if model.family.arrangement == "ordered":
        cutpoints = model.layout.variables[0].index
        theta[cutpoints] = np.sort(theta[cutpoints], axis=0)
    if name == "far":
        theta[:] *= 0.1
    program = built(model.to_pymc_code())
    evaluate = log_posterior(program, model.layout, model.prior, mode=PYTHON)
    np.testing.assert_allclose(evaluate(theta), model.density.value(theta), rtol=1e-9, atol=1e-9)


GROUPED = {
    "levels": lambda: bl.logistic("y ~ x + (1 | g)", TABLE),
    "correlated": lambda: bl.logistic("y ~ x + (1 + x | g)", TABLE),
    "apart": lambda: bl.logistic(
        "y ~ x + (1 + x || g)", TABLE, priors={"1 + x || g": bl.Exponential(1.0)}
    ),
    "classes": lambda: bl.multinomial("c ~ x + (1 | g)", TABLE),
    "ordered": lambda: bl.ordinal("c ~ x + (1 | g)", TABLE, **LEVELS),
    "counts": lambda: bl.binomial("k ~ x + (1 | g)", TABLE, trials="n"),
}


@pytest.mark.filterwarnings("ignore:PyTensor could not link to a BLAS")
@pytest.mark.parametrize("name", GROUPED)
def test_group_level_terms(name) -> None:
    model = GROUPED[name]()
    ours, theirs = model.pymc, built(model.to_pymc_code())
    start = ours.initial_point(random_seed=1)
    rng = np.random.default_rng(1)
    point = {
        key: value + 0.3 * rng.standard_normal(np.shape(value)) for key, value in start.items()
    }
    assert set(theirs.initial_point()) == set(point)
    wanted = ours.compile_logp(jacobian=False, mode=PLAIN)(point)
    found = theirs.compile_logp(jacobian=False, mode=PLAIN)(point)
    assert np.isfinite(wanted)
    np.testing.assert_allclose(found, wanted, rtol=1e-10)


def test_it_runs_in_a_process_of_its_own(tmp_path) -> None:
    code = bl.logistic("passed ~ hours", exam()).to_pymc_code()
    assert "bayeslogit" not in code
    path = tmp_path / "program.py"
    path.write_text(code + "print([v.name for v in model.free_RVs])\n")
    found = subprocess.run(
        [sys.executable, "-I", str(path)], capture_output=True, text=True, check=True, timeout=240
    )
    assert found.stdout.strip() == "['beta', 'Intercept']"


def test_without_rows_the_program_takes_those_there_are() -> None:
    model = bl.logistic("passed ~ hours", exam(), priors="flat")
    code = model.to_pymc_code(data=False)
    X, y = model.design.X[:, 1:], model.response.y
    space = {"X": X, "y_data": y}
    exec(code, space)
    evaluate = log_posterior(space["model"], model.layout, model.prior, mode=PYTHON)
    theta = np.ones((2, 1))
    np.testing.assert_allclose(evaluate(theta), model.density.value(theta), rtol=1e-12)


def test_names_are_data() -> None:
    evil = '"]) + open("stolen")\n#'
    rows = TABLE.assign(**{evil: TABLE.x, "h": np.where(TABLE.x > 0, "'\n\x1b", '"\\')})
    model = bl.logistic(rows[[evil, "h"]], rows["y"])
    program = built(model.to_pymc_code())
    assert list(program.coords["term"]) == [*model.design.terms]
    grouped = bl.logistic('y ~ (1 | `h]"x`)', TABLE.assign(**{'h]"x': rows["h"]}))
    assert set(built(grouped.to_pymc_code()).coords) >= {'`h]"x`_group'}


REFUSED = [
    (
        lambda: bl.logistic(
            "case ~ spontaneous", bl.load_dataset("infert"), strata="stratum"
        ).to_pymc_code(),
        r"\(conditional\) is of sets of rows; expected a model without strata=",
    ),
    (lambda: bl.logistic("y ~ s(x)", TABLE).to_pymc_code(), r"learned scales of 's\(x\)'"),
    (
        lambda: bl.ordinal(
            "c ~ x", TABLE, priors={"cutpoints": bl.Dirichlet(1)}, **LEVELS
        ).to_pymc_code(),
        "a Dirichlet prior on class probabilities; expected",
    ),
    (lambda: bl.logistic("y ~ x", TABLE).to_pymc_code(data=1), "data=1 is neither True nor False"),
    (
        lambda: bl.logistic(np.zeros((100_001, 1)), np.arange(100_001) % 2).to_pymc_code(),
        "would have 200,002 numbers; expected at most 200,000",
    ),
    (
        lambda: bl.logistic(
            "y ~ x + (1 + x || g)",
            TABLE,
            priors={"1 + x || g": [bl.HalfNormal(1), bl.Exponential(1)]},
        ).to_pymc_code(),
        "expected one kind; take model.pymc",
    ),
]


@pytest.mark.parametrize(("ask", "sentence"), REFUSED)
def test_what_is_refused(ask, sentence) -> None:
    with pytest.raises((bl.DesignError, bl.MethodRefused), match=sentence):
        ask()
