"""A formula costs what its columns cost: work and bytes are counted before they are spent."""

from __future__ import annotations

import time
import tracemalloc

import numpy as np
import pandas as pd
import pytest

import bayeslogit as bl
from bayeslogit.cli import main
from bayeslogit.errors import BayesLogitError
from bayeslogit.specification.arrangements import MAX_COEFFICIENTS, layout_of

SECONDS, MEGABYTES = 2.0, 100.0  # of the processor; of memory, where 500 were promised

N = 60
RNG = np.random.default_rng(0)
TABLE = pd.DataFrame(
    {f"x{i}": RNG.normal(size=N) for i in range(40)}
    | {f"g{i}": [f"l{k}" for k in RNG.permutation(N)] for i in range(8)}
    | {"y": [0, 1] * (N // 2), "k": ["a", "b", "c"] * (N // 3), "n": 3, "o": [1, 2, 3] * (N // 3)}
)


bl.logistic("y ~ x0", TABLE)  # what is imported once is not what a formula costs


def x(first, last, sign="+"):
    return sign.join(f"x{i}" for i in range(first, last))


STAR = f"({x(0, 9, '*')})"

# Right-hand sides that ask for more than anybody can read, each in another way.
BOMBS = {
    "star": x(0, 13, "*"),
    "star of everything": x(0, 40, "*"),
    "power": f"({x(0, 20)})**9",
    "power of many": f"({x(0, 40)})**5",
    "power of a product": f"{STAR}**9",
    "sums in a product": ":".join(f"({x(k, k + 6)})" for k in range(0, 36, 6)),
    "the same product": "*".join([STAR] * 20),
    "the same interaction": ":".join([STAR] * 20),
    "a star taken away": x(0, 13, "*") + "".join(f"-x{i}" for i in range(13)),
    "nested": "x0*(x1*(x2*(x3*(x4*(x5*(x6*(x7*(x8*(x9*(x10*(x11*x12)))))))))))",
    "levels by levels": "g0*g1*g2",
    "levels by levels alone": "g0:g1:g2:g3",
    "levels by splines": "g0:bs(x0, df=20):bs(x1, df=20)",
    "numbers as levels": "*".join(f"C(x{i})" for i in range(4)),
    "polynomials": "*".join(f"poly(x{i}, 20)" for i in range(4)),
    "splines": "*".join(f"bs(x{i}, df=50)" for i in range(3)),
    "one wide spline": "bs(x0, df=100000)",
    "knots": f"bs(x0, knots={[i / 1000 for i in range(300)]})",
    "a megabyte": "x0" + "+x0" * 350_000,
    "deep": "(" * 4000 + "x0" + ")" * 4000,
    "deep signs": "x0 + I(" + "-" * 5000 + "x0)",
    "deep calls": "log(" * 2000 + "x0" + ")" * 2000,
    "deep powers": "I(x0" + "**2" * 3000 + ")",
    "deep lists": "bs(x0, knots=" + "[" * 3000 + "]" * 3000 + ")",
    "a long name": "x" * 9000,
    "a long name in ticks": "`" + "x" * 9000 + "`",
    "a long number": "I(x0 + " + "9" * 9000 + ")",
    "a long exponent": "(x0 + x1)**" + "9" * 9000,
    "a long text": "C(g0, reference='" + "a" * 9000 + "')",
}


def refused(call):
    """Assert that a call is refused by a short sentence, soon and in little memory."""
    tracemalloc.start()
    before = time.process_time()
    try:
        with pytest.raises(BayesLogitError) as caught:
            call()
        spent, bytes_ = time.process_time() - before, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert spent < SECONDS
    assert bytes_ < MEGABYTES * 1e6
    assert len(str(caught.value)) < 700


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_formula_that_asks_for_too_much_is_refused_soon(bomb):
    refused(lambda: bl.logistic(f"y ~ {BOMBS[bomb]}", TABLE))


BUILDERS = {
    "logistic": lambda rhs: bl.logistic(f"y ~ {rhs}", TABLE),
    "binomial": lambda rhs: bl.binomial(f"y ~ {rhs}", TABLE, trials="n"),
    "multinomial": lambda rhs: bl.multinomial(f"k ~ {rhs}", TABLE),
    "counts": lambda rhs: bl.multinomial(f"~ {rhs}", TABLE, counts=["y", "n", "o"]),
    "ordinal": lambda rhs: bl.ordinal(f"o ~ {rhs}", TABLE),
}


@pytest.mark.parametrize("bomb", ["star", "levels by levels", "a megabyte", "deep"])
@pytest.mark.parametrize("builder", BUILDERS)
def test_every_builder_refuses_it(builder, bomb):
    refused(lambda: BUILDERS[builder](BOMBS[bomb]))


@pytest.mark.parametrize("bomb", ["star", "levels by levels", "a megabyte"])
def test_the_shell_refuses_it(tmp_path, capsys, bomb):
    TABLE.to_csv(tmp_path / "t.csv")
    before = time.process_time()
    assert main(["fit", str(tmp_path / "t.csv"), f"y ~ {BOMBS[bomb]}"]) == 1
    assert time.process_time() - before < SECONDS
    assert len(capsys.readouterr().err) < 1000


def test_coefficients_are_counted_before_they_have_names():
    wide = pd.DataFrame(
        {"g": [f"l{i}" for i in range(600)], "y": [f"c{i % 90}" for i in range(600)]}
    )
    refused(lambda: bl.multinomial("y ~ g", wide))
    refused(lambda: bl.ordinal("y ~ g", wide, levels=[f"c{i}" for i in range(400)]))
    names = ("Intercept", *map(str, range(MAX_COEFFICIENTS - 1)))
    assert len(layout_of("plain", names, {}, ("a", "b"), intercept=True).names) == MAX_COEFFICIENTS


def test_what_is_allowed_costs_what_its_columns_cost():
    """1 024 columns of 60 rows have half a megabyte; no matrix of all with all is made."""
    tracemalloc.start()
    model = bl.logistic(f"y ~ {x(0, 10, '*')}", TABLE)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert model.design.X.shape == (N, 1024)
    assert peak < 5e6


def test_columns_that_do_not_fit_into_memory_are_refused_before_they_are_made(monkeypatch):
    from bayeslogit.runtime import memory

    monkeypatch.setattr(memory, "available", lambda: 10**7)
    rows = pd.concat([TABLE] * 500, ignore_index=True)
    with pytest.raises(bl.FitFailed, match="would need .* GB of memory"):
        bl.logistic("y ~ g0*x0 + g1*x1 + g2*x2 + g3 * x3", rows)


def test_a_model_is_printed_in_less_than_its_prior_was_drawn_many_times(monkeypatch):
    rng = np.random.default_rng(0)
    table = {"x": rng.normal(size=40), "g": list("abcdefghij") * 4, "y": [0, 1] * 20}
    model = bl.logistic("y ~ s(x, by=g)", table)
    drawn = []
    sample = type(model.prior).sample

    def counted(prior, generator, number):
        drawn.append(number * prior.size)
        return sample(prior, generator, number)

    monkeypatch.setattr(type(model.prior), "sample", counted)
    assert "before the data" in repr(model)
    assert len(drawn) == 1
    assert drawn[0] <= 5_000_000


def test_a_grouping_by_itself_is_that_grouping():
    table = TABLE.assign(g=list("abcdef") * 10, h=list("uv") * 30)
    found = bl.logistic(f"y ~ x0 + (1 | {':'.join(['g', 'h'] * 200)})", table).design.groups
    assert [group.name for group in found] == ["1 | g:h"]
