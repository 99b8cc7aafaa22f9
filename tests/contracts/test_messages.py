"""Messages quote at most 200 characters of what they found, whatever that was."""

from __future__ import annotations

import inspect
import re
import warnings
from contextlib import suppress

import numpy as np
import pandas as pd
import pytest

import bayeslogit as bl
from bayeslogit.cli import main
from bayeslogit.errors import BayesLogitError, Problem, listing, nearest, quoted, shortened, warn

MOST = 200
# The longest sentence of our own that quotes five things in full.
LONGEST = 5 * MOST + 600

HUGE = {
    "text": "a b" * 4000,
    "a word": "q" * 9000,
    "both quotes": "'\"" * 5000,
    "control": "\x1b[31m\n\r\x00" * 2000,
    "an integer": 10**5000,
    "a list": list(range(5000)),
    "a list of text": ["z" * 300] * 300,
    "a tuple": tuple(range(5000)),
    "a dict": {f"k{i}": i for i in range(3000)},
    "a huge key": {"k" * 9000: "v" * 9000},
    "nested": [[[["n" * 900] * 9] * 9] * 9],
    "an array": np.linspace(0, 1, 999),
    "bytes": b"\x00" * 9000,
}


def short(sentence: str) -> None:
    """Assert that a sentence is one that a person reads."""
    assert len(sentence) <= LONGEST, sentence[:300]
    # No piece without a space, and none between quotation marks, is longer than a quotation.
    assert max(map(len, re.split(r"\s", sentence))) <= MOST
    for word in ("q" * (MOST + 1), "a ba ba b" * 23):
        assert word not in sentence
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", sentence)


@pytest.mark.parametrize("what", HUGE)
def test_helpers_cut_what_they_quote(what):
    value = HUGE[what]
    assert len(quoted(value)) <= MOST
    short(str(BayesLogitError(f"found {quoted(value)}; expected less; give less")))
    if what != "an integer":  # Python writes none of so many digits
        short(shortened(f"found {value!r}; expected less; give less"))
        short(Problem("code", f"found {value!r}; expected less").sentence)
        with pytest.warns(bl.BayesLogitWarning) as caught:
            warn(f"found {value!r}; expected less")
        short(str(caught[0].message))
    assert len(listing([value] * 50)) <= MOST + 20
    assert len(nearest(value, ["a", "b" * 10_000])) <= MOST


TABLES = {
    "a series": pd.Series(np.arange(40.0), name="g"),
    "a table": pd.DataFrame({"a": range(40), "b": range(40)}),
    "a matrix": np.zeros((40, 3)),
    "three dimensions": np.zeros((3, 3, 3)),
}


@pytest.mark.parametrize("what", TABLES)
def test_what_is_written_in_lines_is_quoted_on_one(what):
    value = TABLES[what]
    own = quoted(value)
    assert "\n" not in own
    assert own.partition("(")[0] in ("Series", "DataFrame", "array")
    for text in (own, f"{value!r}", f"{value}"):
        said = str(bl.DesignError(f"groups={text} is not a predictor; expected a name"))
        assert said.count("\n") == said.count("\\n") == 0
        assert len(said) < 150
        assert said.startswith("groups=")
        assert said.endswith(" is not a predictor; expected a name")
        assert Problem("code", f"found {text}").sentence.count("\n") == 0


@pytest.mark.parametrize("what", TABLES)
def test_no_option_of_any_verb_spreads_a_sentence_over_lines(fits, what):
    asked = 0
    for owner in (fits[0], fits[0].model):
        for name, verb in inspect.getmembers(type(owner), inspect.isfunction):
            if name.startswith("_") or name in ("save", "update", "fit", "report"):
                continue
            parameters = [
                p
                for p in list(inspect.signature(verb).parameters.values())[1:]
                if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)
            ]
            bare = {p.name: "x" for p in parameters if p.default is p.empty}
            for parameter in parameters:
                if parameter.name in ("ax", "newdata", "new_data", "data", "random_seed"):
                    continue
                for said in attempt(verb, owner, **bare | {parameter.name: TABLES[what]}):
                    assert "\n" not in said, (name, parameter.name, said)
                    assert len(said) < 800, (name, parameter.name, said)
                    asked += 1
    assert asked > 60


def test_a_sentence_of_our_own_is_left_as_it_is():
    sentence = "R's users' 'a' isn't \"b\": [1, 2] (see x, y, z); " * 4
    assert shortened(sentence) == sentence
    assert shortened(f"{'a' * 150!r} and {'b' * 150!r}") == f"{'a' * 150!r} and {'b' * 150!r}"
    assert shortened(shortened("x" * 5000)) == shortened("x" * 5000)


@pytest.fixture(scope="module")
def fits():
    table = pd.DataFrame({"x": [0.0, 1, 2, 3, 4, 5], "g": list("abcabc"), "y": [0, 1, 0, 1, 1, 0]})
    binary = bl.logistic("y ~ x + g", table, priors=bl.Normal(0, 1))
    ordinal = bl.ordinal("g ~ x", table, levels=["a", "b", "c"])
    options = {"method": "laplace", "draws": 20, "chains": 1, "random_seed": 1}
    return [model.fit(**options) for model in (binary, ordinal)]


def attempt(call, *arguments, **options):
    """Return what a call complains of, in words."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            call(*arguments, **options)
        except BayesLogitError as error:
            return [str(error), *(str(w.message) for w in caught)]
        except Exception as error:  # of numpy or pandas: not our sentence
            return [str(error)[:MOST]]
    return [str(w.message) for w in caught if issubclass(w.category, bl.BayesLogitWarning)]


BUILDERS = {
    "logistic": ("y ~ x", {}),
    "binomial": ("y ~ x", {"trials": "n"}),
    "multinomial": ("k ~ x", {}),
    "ordinal": ("o ~ x", {}),
}


@pytest.mark.parametrize("what", ["text", "a list", "a tuple", "a huge key", "an array"])
@pytest.mark.parametrize("builder", BUILDERS)
def test_every_option_of_every_builder(builder, what):
    table = {"x": [0.0, 1, 2, 3, 4, 5], "y": [0, 1] * 3, "n": [2] * 6, "k": list("abcabc")}
    table["o"] = [1, 2, 3, 1, 2, 3]
    formula, options = BUILDERS[builder]
    build = getattr(bl, builder)
    for name in (*inspect.signature(build).parameters, "unknown"):
        given = dict(options)
        arguments = [formula, table]
        if name in ("formula_or_X", "formula", "data_or_y", "data"):
            arguments[name.startswith("data")] = HUGE[what]
        else:
            given[name] = HUGE[what]
        for sentence in attempt(build, *arguments, **given):
            short(sentence)


@pytest.mark.parametrize("what", ["text"])
def test_every_option_of_every_verb(fits, what):
    value = HUGE[what]
    for fit in fits:
        for owner in (fit, fit.model):
            for name, verb in inspect.getmembers(type(owner), inspect.isfunction):
                if name.startswith("_") or name in ("save", "update", "fit") or "plot" in name:
                    continue
                parameters = list(inspect.signature(verb).parameters.values())[1:]
                for parameter in parameters:
                    if parameter.name in ("draws", "replicates", "random_seed", "chains"):
                        continue
                    option = (
                        "unknown" if parameter.kind is parameter.VAR_KEYWORD else parameter.name
                    )
                    bare = {
                        p.name: 1.0
                        for p in parameters
                        if p.default is p.empty and p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)
                    }
                    for sentence in attempt(verb, owner, **bare | {option: value}):
                        short(sentence)


@pytest.mark.parametrize("what", ["text", "a word", "both quotes", "control"])
def test_names_and_levels(what):
    name = HUGE[what]
    table = {name: ["a", "b", "a", "b"], "y": [0, 1, 1, 0], "h": [name, "b", name, "b"]}
    quoted_name = f"`{name}`"
    fit = bl.logistic("y ~ h", table).fit("laplace", draws=10, random_seed=1)
    for call, arguments in (
        (bl.logistic, (f"y ~ {quoted_name}", table)),
        (bl.logistic, ("y ~ nothing", table)),
        (bl.logistic, (table, [1, 2, 3, 4])),
        (fit.predict, ({"h": ["c"]},)),
        (fit.predict, ({"h": [name + "?"]},)),
        (fit.comparisons, (name,)),
        (bl.load, (name,)),
        (fit.save, (name,)),
    ):
        for sentence in attempt(call, *arguments):
            short(sentence)


@pytest.mark.parametrize("what", ["text", "a word", "both quotes", "control"])
def test_the_shell(tmp_path, capsys, what):
    value = HUGE[what].replace("\x00", "")
    for arguments in (
        ["fit", value, "y ~ x"],
        [value],
        ["fit", "t.csv", value],
        ["fit", "t.csv", "y ~ x", "--method", value],
        ["fit", "t.csv", "y ~ x", "--prior", value],
        ["fit", "t.csv", "y ~ x", "--seed", value],
        ["summary", value],
        ["predict", value, value],
        ["plot", value, "--name", value],
    ):
        (tmp_path / "t.csv").write_text("x,y\n1,0\n2,1\n3,0\n")
        given = [str(tmp_path / a) if a == "t.csv" else a for a in arguments]
        with suppress(SystemExit):
            assert main(given) == 1
        for line in capsys.readouterr().err.splitlines():
            short(line)
