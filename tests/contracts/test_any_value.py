"""Every option of every verb, given anything: an answer or a sentence of our own."""

from __future__ import annotations

import datetime
import decimal
import inspect
import re
import warnings

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import bayeslogit as bl

pytestmark = pytest.mark.filterwarnings("ignore::bayeslogit.BayesLogitWarning")

TABLE = pd.DataFrame(
    {
        "x": np.arange(8.0),
        "g": list("ababcabc"),
        "y": [0, 1, 0, 1, 0, 1, 1, 1],
        "c": list("abcabcba"),
        "k": [1, 2, 3, 1, 2, 4, 3, 5],
    }
)
PRIOR = {"priors": bl.Normal(0, 1)}
MODELS = {
    "yes/no": lambda: bl.logistic("y ~ x + g", TABLE, **PRIOR),
    "counts": lambda: bl.binomial("k ~ x", TABLE, trials=5, **PRIOR),
    "ordinal": lambda: bl.ordinal("c ~ x", TABLE, levels=list("abc"), **PRIOR),
    "nominal": lambda: bl.multinomial("c ~ x", TABLE, **PRIOR),
    "groups": lambda: bl.logistic("y ~ x + (1 | g)", TABLE, **PRIOR),
}
# Numbers beyond those of a machine, of every kind; collections of the wrong depth; strangers.
VALUES = [
    *(10**30, 10**400, -1, 0, 2, 1e308, float("nan"), float("inf"), 1j, np.int8(3), np.bool_(True)),
    *("x", "zzz", "", b"x", "a\nb", "\x1b[31m", None, True, False),
    *([], [1], ["x"], ["x", "x"], [None], [[1, 2], [3]], (1, 2), (0.0, 1e308), set(), {"x"}),
    *({}, {"x": 10**30}, {"x": None}, {"x": [1, 2]}, {"x": "a"}, {1: 2}, {"x": {}}),
    *(np.array([1.0, 2.0]), np.array(3), np.array(["x"], dtype=object), np.array([])),
    *(np.zeros((2, 2, 2)), pd.Series([1, 2]), pd.DataFrame(), pd.DataFrame({"x": [1.0]})),
    *(object(), len, int, lambda v: v, decimal.Decimal("1.5"), range(3), bl, bl.Normal(0, 1)),
    *(datetime.date(2020, 1, 1), np.datetime64("2020-01-01"), pd.NaT, pd.NA, Ellipsis),
]
# What only Python, numpy or pandas would say.
THEIRS = re.compile(
    r"ufunc|unhashable|sequence element|object is not|unexpected keyword|Traceback|object has no"
    r"|not iterable|not subscriptable|invalid literal|could not|cannot convert|unsupported operand"
    r"|not supported between|broadcast|out of bounds|truth value|inhomogeneous|setting an array"
    r"|(Type|Value|Key|Index|Attribute|Overflow)Error|Errno"
)
NEEDED = {
    "name": "x",
    "values": [0.0, 1.0],
    "prevalence": 0.3,
    "data": TABLE,
    "new_rows": TABLE,
    "variables": "x",
    "costs": None,
}
# What fits again, and arrays of draws that no user makes.
LEFT_OUT = {
    *("fit", "kfold", "refine", "compare_methods", "graph", "save", "update"),
    *("calibrate", "plot_ranks", "plan", "report"),
}
FREE = {"ax", "posterior"}
PICKED = 2  # values of each option, another few for each kind of outcome


@pytest.mark.filterwarnings("ignore:NotImplemented should not:DeprecationWarning")
@pytest.mark.parametrize("kind", MODELS)
def test_any_value_is_answered_or_refused_in_our_words(kind):
    rng, asked = np.random.default_rng(list(MODELS).index(kind)), 0
    fit = MODELS[kind]().fit("laplace", draws=20, chains=1, random_seed=1, progressbar=False)
    for owner in (fit, fit.model):
        for name, verb in inspect.getmembers(type(owner), inspect.isfunction):
            if name.startswith("_") or name in LEFT_OUT:
                continue
            found = list(inspect.signature(verb).parameters.values())[1:]
            spelt = [p for p in found if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)]
            given = {p.name: NEEDED.get(p.name, "x") for p in spelt if p.default is p.empty}
            names = [p.name for p in spelt if p.name not in FREE]
            names += ["ci_prob"] if len(spelt) < len(found) and "ci_prob" not in names else []
            for option in names:
                for value in (VALUES[i] for i in rng.integers(0, len(VALUES), PICKED)):
                    ask(owner, name, {**given, option: value})
                    asked += 1
    assert asked > 200


def ask(owner, name, given):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        said = ""
        try:
            getattr(owner, name)(**given)
        except bl.BayesLogitError as error:
            said = str(error)
    assert not THEIRS.search(said), (name, given, said)
    plt.close("all")
    theirs = [w for w in caught if not issubclass(w.category, bl.BayesLogitWarning)]
    assert not theirs, (name, given, str(theirs[0].message))


FIT = MODELS["yes/no"]().fit("laplace", draws=20, chains=1, random_seed=1)
SAID = {
    "more draws than any memory holds": (
        lambda: FIT.model.prior_predictive(10**30),
        r"draws=10{30} is more than 1,000,000,000,000,000, which no memory holds; expected some",
    ),
    "a list that cannot be hashed": (lambda: FIT.plot_ppc(by=["g"]), r"by=\['g'\] cannot be used;"),
    "a list for a dict": (
        lambda: FIT.curve("x", at=[1]),
        r"at=\[1\] cannot be used; expected dict",
    ),
    "a method": (lambda: FIT.model.fit([]), r"method=\[\] cannot be used; expected str or Method;"),
    "a data set": (lambda: bl.load_dataset([]), r"name=\[\] cannot be used; expected str; see"),
    "no cut-offs": (
        lambda: FIT.net_benefit([]),
        "thresholds= holds no value; expected one or more",
    ),
    "curves without end": (
        lambda: FIT.roc(draws=10**400),
        "is more curves than 10,000; expected as many as can",
    ),
    "another word": (lambda: FIT.net_benefit(cutoffs=[0.1]), "Did you mean 'thresholds'?"),
    "a number": (lambda: FIT.predict({"x": [1e308], "g": ["a"]}), "1e.308, whose squares are"),
    "an offset": (lambda: FIT.curve("x", offset=np.inf), "offset is inf in row 0; a finite number"),
    "a large offset": (lambda: FIT.solve("x", offset=1e300), "at most 1e.140 was expected"),
    "a seed": (lambda: FIT.predict(kind="outcome", random_seed=-1), "random_seed=-1 is not a seed"),
    "a length of time": (
        lambda: FIT.auc(random_seed=np.timedelta64(3, "D")),
        "is not a seed; expected a whole number of at least 0",
    ),
    "a unit": (
        lambda: FIT.in_words("x", units={"x": {}}),
        "the unit of 'x' is {}; expected a word",
    ),
    "a weight": (lambda: FIT.summary(hypothesis=[0.0, 1e308, 0, 0]), "or a finite weight for each"),
    "a content": (
        lambda: MODELS["ordinal"]().check_proportional_odds(ci_prob=3),
        "ci_prob=3 is not a probability",
    ),
}


@pytest.mark.parametrize("what", SAID)
def test_what_is_said_of_a_value(what):
    call, sentence = SAID[what]
    with pytest.raises(bl.BayesLogitError, match=sentence) as caught:
        call()
    assert not THEIRS.search(str(caught.value))


def test_whole_numbers_of_any_length_are_numbers():
    one, other = (FIT.comparisons({"x": step})["estimate"] for step in (10**30, 1e30))
    np.testing.assert_array_equal(one, other)
    bins = FIT.binned_residuals("x", bins=10**400)
    assert len(bins) == len(FIT.binned_residuals("x", bins=1000))


def test_a_word_that_means_something_else_is_no_slip_of_the_pen():
    with pytest.raises(bl.DesignError, match=r"leave it out. It is given to fit\(draws=...\)"):
        FIT.classical(iter=5)
    with pytest.raises(bl.DesignError) as caught:
        bl.logistic("y ~ x", TABLE, distribution="binomial")
    assert "dispersion" not in str(caught.value).partition("leave it out.")[2]


def test_a_long_formula_is_printed_in_lines_and_an_endless_one_is_cut():
    names = [f"predictor_{i}" for i in range(30)]
    wide = {name: RNG.normal(size=40) for name in names} | {"y": RNG.integers(0, 2, 40)}
    text = repr(bl.logistic("y ~ " + " + ".join(names), wide))
    assert all(name in text for name in names)
    assert max(map(len, text.splitlines()[:8])) <= 96
    text = repr(bl.logistic("y ~ " + "-" * 5000 + "x", TABLE))
    assert "(5,005 characters)" in text
    assert len(text) < 2000


RNG = np.random.default_rng(0)
