"""Words of other packages get the word for the same thing here; odd values get a sentence."""

from __future__ import annotations

import inspect
import pickle
import re

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import bayeslogit as bl
from bayeslogit.answers.effects.contrasts import CATEGORY_STEPS, NUMBER_STEPS
from bayeslogit.answers.effects.measures import MEASURES, SLOPES
from bayeslogit.answers.summaries.coefficients import SCALES
from bayeslogit.cli.parser import build_parser
from bayeslogit.errors.words import neighbours

RNG = np.random.default_rng(0)
TABLE = pd.DataFrame({"x": RNG.normal(size=60), "g": RNG.choice(list("abc"), 60)})
TABLE["unused"] = RNG.normal(size=60)
TABLE["y"] = (RNG.random(60) < 1 / (1 + np.exp(-TABLE.x))).astype(int)


@pytest.fixture(scope="module")
def fit():
    return bl.logistic("y ~ x + g", TABLE).fit("laplace", draws=50, random_seed=1)


ASKED = [
    (lambda f: bl.logistic("y ~ x", data=TABLE), "mean 'data_or_y'"),
    (lambda f: bl.logistic("y ~ x", TABLE, family="bernoulli"), "the function says the family"),
    (lambda f: bl.logistic("y ~ x", TABLE, prior=bl.Normal(0, 1)), "mean 'priors'"),
    (lambda f: bl.logistic("y ~ x", TABLE, penalty="l2"), "mean 'priors'"),
    (lambda f: bl.logistic("y ~ x", TABLE, C=1.0), "mean 'priors'"),
    (lambda f: bl.logistic("y ~ x", TABLE, seed=1), r"given to fit\(random_seed=...\)"),
    (lambda f: bl.logistic("y ~ x", TABLE, link="logistic"), "mean 'logit'"),
    (lambda f: bl.logistic("y ~ x", TABLE, missing="omit"), "mean 'drop'"),
    (lambda f: bl.ordinal("y ~ x", TABLE, family="cumulative"), "the function says the family"),
    (lambda f: f.model.fit(seed=1), "mean 'random_seed'"),
    (lambda f: f.model.fit(samples=100), "mean 'draws'"),
    (lambda f: f.model.fit(warmup=100), r"given to fit\('nuts', tune=...\)"),
    (lambda f: f.model.fit("nuts", warmup=100), "mean 'tune'"),
    (lambda f: f.model.fit("nuts", adapt_delta=0.9), "mean 'target_accept'"),
    (lambda f: f.model.fit("mcmc"), "mean 'nuts' or 'hmc'"),
    (lambda f: f.model.fit(max_iter=100), "Here a mode is climbed to the end"),
    (lambda f: f.kfold(k=3), r"given to kfold\(folds=...\)"),
    (lambda f: f.kfold(n_splits=3), r"given to kfold\(folds=...\)"),
    (lambda f: f.predict(newdata=TABLE), "mean 'new'"),
    (lambda f: f.predict(TABLE, se_fit=True), "Here every answer has its sd"),
    (lambda f: f.predict(TABLE, re_formula=None), "Here groups= says it"),
    (lambda f: f.predict(TABLE, re_form=None), "Here groups= says it"),
    (lambda f: f.model.fit("map", nAGQ=25), "mean 'quadrature_points'"),
    (lambda f: f.predict(new_data=TABLE), "mean 'new'"),
    (lambda f: f.predict(TABLE, type="response"), "mean 'kind'"),
    (lambda f: f.predict(TABLE, kind="response"), "mean 'probability'"),
    (lambda f: f.predict(TABLE, kind="link"), "mean 'linear'"),
    (lambda f: f.predict(TABLE, kind="pps"), "mean 'outcome'"),
    (lambda f: f.comparisons(new_data=TABLE), "mean 'newdata'"),
    (lambda f: f.comparisons(comparison="rr"), "mean 'ratio'"),
    (lambda f: f.summary(credible_interval=0.9), "mean 'ci_prob'"),
    (lambda f: f.summary(hdi_prob=0.9), "mean 'ci_prob'"),
    (lambda f: f.summary(conf_level=0.9), "mean 'ci_prob'"),
    (lambda f: f.summary(alpha=0.05), "mean 'ci_prob'"),
    (lambda f: f.auc(hdi_prob=0.9), "mean 'ci_prob'"),
    (lambda f: f.plot_forest(prob=0.9), "mean 'ci_prob'"),
    (lambda f: f.summary(exponentiate=True), "mean 'scale'"),
    (lambda f: f.summary("or"), "mean 'odds_ratio'"),
    (lambda f: bl.Normal(mean=0, sd=1), "mean 'mu'"),
    (lambda f: bl.StudentT(df=3), "mean 'nu'"),
    (lambda f: f.predict(TABLE, draws=500), "draws=500 is neither True nor False"),
    (lambda f: f.predict(TABLE, "linear", *range(8)), "too many positional arguments; expected"),
    (lambda f: bl.logistic("y ~ x"), "a formula needs a table and found none; expected"),
]


@pytest.mark.parametrize(("ask", "sentence"), ASKED, ids=range(len(ASKED)))
def test_options_and_values_of_neighbours(fit, ask, sentence):
    with pytest.raises(bl.BayesLogitError, match=sentence) as error:
        ask(fit)
    assert "expected" in str(error.value)


def test_names_of_neighbours(fit):
    for name in ("params", "coef_", "predict_proba", "bic", "posterior_predict", "conf_int"):
        with pytest.raises(AttributeError, match=f"a Fit has no '{name}'; .* here by "):
            getattr(fit, name)
    with pytest.raises(AttributeError, match=r"a Model has no 'sample'; .* here by fit\(\)"):
        fit.model.sample
    for name in ("glm", "Logit", "LogisticRegression", "brm", "polr", "MNLogit", "load_model"):
        with pytest.raises(AttributeError, match=f"'bayeslogit' has no '{name}'; .* here by "):
            getattr(bl, name)
    with pytest.raises(AttributeError, match="a Fit has no 'sumary'. Did you mean 'summary'?"):
        fit.sumary
    with pytest.raises(bl.DesignError, match=r"use \.sample\.loo"):
        fit.with_prevalence(0.1).loo
    assert not hasattr(fit, "coef_")
    assert pickle.loads(pickle.dumps(fit)).seed == 1


def _ours():
    """Return every word of ours that a user may write: options, also of the shell, and values."""
    verbs = [
        getattr(kind, name)
        for kind in (bl.Model, bl.Fit)
        for name in dir(kind)
        if not name.startswith("_")
    ]
    verbs += [getattr(bl, name) for name in bl.__all__ if callable(getattr(bl, name))]
    verbs += [*bl.METHODS.values(), *bl.PRIORS.values()]
    found = {"ci_prob", "ci_kind", "event"}
    for verb in verbs:
        if not (inspect.isclass(verb) and issubclass(verb, BaseException | Warning)) and (
            inspect.isfunction(verb) or inspect.isclass(verb)
        ):
            found |= set(inspect.signature(verb).parameters)
    kinds = ("probability", "linear", "class", "outcome")
    words = (kinds, SCALES, MEASURES, SLOPES, CATEGORY_STEPS, NUMBER_STEPS, bl.METHODS, bl.LINKS)
    found |= {word for known in words for word in known} | {"drop", "raise", "hdi", "eti"}
    [commands] = build_parser()._subparsers._group_actions
    found |= set(commands.choices)
    for parser in commands.choices.values():
        found |= {action.dest for action in parser._actions}
        found |= {word for action in parser._actions for word in action.choices or ()}
    found |= {name.lower() for name in bl.PRIORS}
    return found


def test_every_word_of_the_table_leads_to_a_word_there_is(fit):
    ours = _ours()
    table = neighbours()
    assert set(table["meant"]) - ours == set(), "these are not words of ours"
    assert set(table["home"]) <= ours
    here = table["here"]
    verbs = {*dir(bl.Fit), *dir(bl.Model), *bl.__all__, "bayeslogit", "print", "priors", "theta"}
    for name, said in here.items():
        first = re.match(r"\w+", said).group()
        assert first in verbs | {*dir(fit)}, (name, said)
    for name in here:
        assert not (hasattr(fit, name) and hasattr(fit.model, name) and hasattr(bl, name)), name


# ---- odd values -----------------------------------------------------------------------------

_ODD = [["a"], {"a": 1}, lambda x: x, TABLE, np.array([1.0, 2.0]), object()]
_FIRST = {
    "curve": ("x",),
    "solve": ("x",),
    "with_prevalence": (0.1,),
    "cost_curve": ({"false_positive": 1, "false_negative": 2},),
}
_SLOW = {
    *("concordance", "validate", "internal_external"),
    *("kfold", "loo", "refine", "check", "update", "movement", "extend", "save", "warn_of_risks"),
    *(
        "calibration",
        "auc",
        "concordance",
        "validate",
        "confusion",
        "roc",
        "precision_recall",
        "net_benefit",
    ),
}


@pytest.mark.filterwarnings("ignore")
def test_an_odd_value_of_any_option_gets_a_sentence(fit):
    """Lists, dicts, functions, tables, arrays, objects: an answer, or a sentence; nothing raw."""
    raw, asked = [], 0
    for name in dir(bl.Fit):
        verb = getattr(bl.Fit, name)
        if name.startswith(("_", "plot")) or name in _SLOW or not inspect.isfunction(verb):
            continue
        found = list(inspect.signature(verb).parameters.values())[1:]
        options = [p.name for p in found if p.kind is not p.VAR_KEYWORD]
        options += ["ci_prob", "ci_kind"] if len(options) < len(found) else []
        for option in options:
            args = _FIRST.get(name, ())
            if found[0].name == option:
                args = ()
            for value in _ODD:
                asked += 1
                try:
                    getattr(fit, name)(*args, **{option: value})
                except bl.BayesLogitError:
                    pass
                except Exception as error:
                    raw.append((name, option, type(value).__name__, repr(error)[:80]))
    plt.close("all")
    assert asked > 300
    assert not raw, raw


def test_a_column_that_the_model_does_not_use_is_not_said_to_be_missing_in_the_data(fit):
    for ask in (
        lambda: fit.comparisons("x", by="unused"),
        lambda: fit.comparisons("x", weights="unused"),
    ):
        with pytest.raises(bl.DesignError, match="a model keeps the columns that it uses"):
            ask()
    assert len(fit.comparisons("x", by="g")) == 3


def test_functions_and_series_are_answered(fit):
    for variables in ({"x": lambda v: v + 1}, {"g": str.upper}):
        with pytest.raises(bl.DesignError, match="was given a function; expected a number"):
            fit.comparisons(variables)
    for series in (TABLE.iloc[0], TABLE["x"]):
        with pytest.raises(bl.DesignError, match=r"table\.iloc\[\[0\]\] is a row"):
            fit.predict(series)
    assert len(fit.predict(TABLE.iloc[[0]])) == 1
