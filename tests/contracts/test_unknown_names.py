"""No option is left unread: a name that there is not is refused, with the nearest one there is."""

from __future__ import annotations

import inspect

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import bayeslogit as bl

pytestmark = pytest.mark.filterwarnings("ignore::bayeslogit.BayesLogitWarning")

RNG = np.random.default_rng(0)
N = 60
TABLE = pd.DataFrame(
    {
        "age": RNG.normal(size=N),
        "dose": RNG.normal(size=N),
        "sex": RNG.choice(["male", "female"], N),
        "y": RNG.integers(0, 2, N),
        "c": RNG.choice(["low", "mid", "high"], N),
        "k": RNG.integers(0, 4, N),
        "n": 5,
    }
)
RIGHT = "age + dose + sex"
LEVELS = ["low", "mid", "high"]
MODELS = {
    "yes/no": lambda **o: bl.logistic(f"y ~ {RIGHT}", TABLE, **o),
    "counts": lambda **o: bl.binomial(f"k ~ {RIGHT}", TABLE, trials="n", **o),
    "nominal": lambda **o: bl.multinomial(f"c ~ {RIGHT}", TABLE, **o),
    "ordinal": lambda **o: bl.ordinal(f"c ~ {RIGHT}", TABLE, **{"levels": LEVELS} | o),
}
NONE = "nothing_such"
WRITES = ("save", "report")
# Arguments that a verb cannot do without.
NEEDED = {"name": "age", "data": TABLE, "prevalence": 0.2, "groups": "log_likelihood"}
# Words that are free text, whole tables of a caller, or files.
FREE = {
    *(("plot_prior", "note"), ("plot_movement", "note"), ("save", "path")),
    *(("warn_of_risks", "what"),),
    # Names in a database, which only that knows.
    *(("to_sql", "table"), ("to_sql", "keep"), ("to_sql", "offset")),
    *(("fit", "cache"), ("table", "name")),
}


@pytest.fixture(scope="module", params=MODELS)
def fit(request):
    return MODELS[request.param]().fit("laplace", draws=40, chains=2, random_seed=1)


def options_of(verb, fit):
    """Return the options of a verb, and arguments without which it answers nothing."""
    found = list(inspect.signature(verb).parameters.values())[1:]
    plain = [p for p in found if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)]
    given = {p.name: NEEDED.get(p.name, 1.0) for p in plain if p.default is p.empty}
    if fit.several and any(p.name == "event" for p in plain):
        given["event"] = "high"
    costs = np.ones((len(fit.model.response.classes),) * 2)
    if "costs" in given:
        given["costs"] = costs - np.eye(len(costs))
    return [p for p in plain if p.name not in ("random_seed", "progressbar")], given


def sentence_of(call, *arguments, **options):
    """Return what a call is refused with, or nothing."""
    try:
        call(*arguments, **options)
    except bl.BayesLogitError as error:
        return str(error)
    finally:
        plt.close("all")
    return ""


def test_every_option_of_every_verb(fit):
    read = 0
    for owner in (fit, fit.model):
        for name, verb in inspect.getmembers(type(owner), inspect.isfunction):
            if name.startswith("_") or name in (
                "save",
                "report",
                "kfold",
                "update",
                "group_effects",
            ):
                continue
            options, given = options_of(verb, fit)
            values = (NONE, [NONE], {NONE: 1})[: 3 if fit.model.response.kind == "binary" else 1]
            for option in options:
                if (name, option.name) in FREE or (name == "fit" and option.name == "draws"):
                    continue
                for value in values:
                    said = sentence_of(verb, owner, **given | {option.name: value})
                    assert len(said) > 40, f"{name}({option.name}={value!r}) is accepted"
                    read += 1
    assert read > 100


NEAR = {
    "slopes": (lambda f: f.slopes("agee"), "age"),
    "slopes, by": (lambda f: f.slopes("age", by="sexx"), "sex"),
    "slopes, kind": (lambda f: f.slopes("age", slope="eyexx"), "eyex"),
    "comparisons": (lambda f: f.comparisons({"agee": 1}), "age"),
    "comparisons, levels": (lambda f: f.comparisons({"sex": ["male", "femal"]}), "female"),
    "comparisons, measure": (lambda f: f.comparisons("age", comparison="ratioo"), "ratio"),
    "predictions": (lambda f: f.predictions({"agee": [0]}), "age"),
    "predictions, level": (lambda f: f.predictions({"sex": ["femal"]}), "female"),
    "predictions, kind": (lambda f: f.predictions(kind="probabilty"), "probability"),
    "predictions, rows": (lambda f: f.predictions(newdata="meann"), "mean"),
    "curve": (lambda f: f.curve("agee"), "age"),
    "curve, at": (lambda f: f.curve("age", at={"dosee": 1}), "dose"),
    "curve, level": (lambda f: f.curve("age", at={"sex": "femal"}), "female"),
    "solve": (lambda f: f.solve("agee"), "age"),
    "in_words": (lambda f: f.in_words("agee"), "age"),
    "in_words, units": (lambda f: f.in_words("age", units={"agee": "year"}), "age"),
    "summary": (lambda f: f.summary("odds_ratioo"), "odds_ratio"),
    "predict": (lambda f: f.predict(kind="probabilit"), "probability"),
    "extend": (lambda f: f.extend("log_likelihod"), "log_likelihood"),
    "plot_forest": (lambda f: f.plot_forest(terms=["agee"]), "age"),
    "plot_curve": (lambda f: f.plot_curve("agee"), "age"),
    "plot_effects": (lambda f: f.plot_effects("agee"), "age"),
    "plot_effects, kind": (lambda f: f.plot_effects("age", kind="slope"), "slopes"),
    "plot_residuals": (lambda f: f.plot_residuals(kind="bined"), "binned"),
    "kfold, groups": (lambda f: f.kfold(2, groups="sexx"), "sex"),
    "loo": (lambda f: f.loo(unit="rows"), "row"),
    "fit": (lambda f: f.model.fit("laplac"), "laplace"),
}
OF_TWO = {"classical": (lambda f: f.classical(intervals="wal"), "wald")}
OF_CLASSES = {
    "auc": (lambda f: f.auc(event="hig"), "high"),
    "roc": (lambda f: f.roc(event="hig"), "high"),
    "confusion": (lambda f: f.confusion(event="hig"), "high"),
    "residuals": (lambda f: f.residuals(event="hig"), "high"),
    "net_benefit": (lambda f: f.net_benefit(event="hig"), "high"),
    "solve": (lambda f: f.solve("age", probability={"hig": 0.5}), ""),
    "plot_calibration": (lambda f: f.plot_calibration(event="hig"), "high"),
}
OF_ORDER = {
    "proportional odds": (lambda f: f.model.check_proportional_odds(terms=["agee"]), "age"),
    "with loo": (lambda f: f.model.check_proportional_odds(terms=["agee"], loo=True), "age"),
}


def test_the_nearest_name_is_named(fit):
    asked = NEAR | (OF_CLASSES if fit.several else OF_TWO)
    asked |= OF_ORDER if fit.model.family.arrangement == "ordered" else {}
    for what, (call, near) in asked.items():
        said = sentence_of(call, fit)
        assert said, what
        assert f"Did you mean '{near}'" in said or not near, (what, said)


NORMAL = bl.Normal(0, 1)
BUILT = {
    "column": (lambda: bl.logistic("y ~ agee", TABLE), "age"),
    "outcome": (lambda: bl.logistic("yy ~ age", TABLE), "y"),
    "function": (lambda: bl.logistic("y ~ scal(age)", TABLE), "scale"),
    "level": (lambda: bl.logistic("y ~ C(sex, reference='femal')", TABLE), "female"),
    "prior": (lambda: bl.logistic("y ~ age", TABLE, priors={"agee": NORMAL}), "age"),
    "priors": (lambda: bl.logistic("y ~ age", TABLE, priors="flatt"), "flat"),
    "event": (lambda: bl.logistic("sex ~ age", TABLE, event="femal"), "female"),
    "link": (lambda: bl.logistic("y ~ age", TABLE, link="probitt"), "probit"),
    "missing": (lambda: bl.logistic("y ~ age", TABLE, missing="dropp"), "drop"),
    "weights": (lambda: bl.logistic("y ~ age", TABLE, weights="agee"), "age"),
    "offset": (lambda: bl.logistic("y ~ age", TABLE, offset="dosee"), "dose"),
    "trials": (lambda: bl.binomial("k ~ age", TABLE, trials="nn"), "n"),
    "dispersion": (lambda: bl.binomial("k ~ age", TABLE, trials="n", dispersion="bet"), "beta"),
    "reference": (lambda: bl.multinomial("c ~ age", TABLE, reference="hig"), "high"),
    "levels": (lambda: MODELS["ordinal"](levels=["low", "mid", "hig"]), "hig"),
    "form": (lambda: MODELS["ordinal"](form="cumulativ"), "cumulative"),
    "partial": (lambda: MODELS["ordinal"](partial=["agee"]), "age"),
    "cutpoints": (lambda: MODELS["ordinal"](priors={"cutpoint": NORMAL}), "cutpoints"),
    "data set": (lambda: bl.load_dataset("exma"), "exam"),
}


@pytest.mark.parametrize("what", BUILT)
def test_the_nearest_name_is_named_by_builders(what):
    call, near = BUILT[what]
    with pytest.raises(bl.BayesLogitError, match=f"Did you mean '{near}'"):
        call()


def test_what_another_question_would_use_is_refused():
    fit = MODELS["yes/no"]().fit("map")
    with pytest.raises(
        bl.DesignError, match="cutoff= is given with kind='probability'.*kind='clas"
    ):
        fit.predict(cutoff=0.3)
    with pytest.raises(bl.DesignError, match="trials= is given with kind='class', which does not"):
        fit.predict(kind="class", trials=3)
    for ask in (fit.predict, fit.calibration, fit.auc):
        with pytest.raises(bl.DesignError, match="offset= is given without a table of new rows"):
            ask(offset=1.0)
    with pytest.raises(bl.DesignError, match="event='0' is not the event of an outcome of two"):
        fit.plot_calibration(event="0")
    with pytest.raises(bl.DesignError, match="trials= is given without a table of new rows"):
        fit.calibration(trials=3)
    several = MODELS["nominal"]().fit("map")
    with pytest.raises(bl.DesignError, match=r"cutoff=0.3 is given for 3 classes.*pass costs="):
        several.predict(kind="class", cutoff=0.3)
    model = MODELS["ordinal"]()
    for needless in ({"terms": ["age"]}, {"random_seed": 1}):
        with pytest.raises(bl.DesignError, match="is given without loo=True; expected it with"):
            model.check_proportional_odds(**needless)


def test_what_python_refuses_of_a_picture_is_a_sentence():
    fit = MODELS["yes/no"]().fit("map")
    with pytest.raises(bl.DesignError, match="plot_prior: too many positional arguments"):
        fit.plot_prior("age")
    with pytest.raises(bl.DesignError, match="intercept='no' is neither True nor False"):
        fit.plot_forest(intercept="no")
    with pytest.raises(bl.DesignError, match=r"thresholds='x' cannot be used.*see help"):
        fit.plot_net_benefit("x")


FUNCTIONS = [
    *(getattr(bl, name) for name in bl.__all__ if inspect.isfunction(getattr(bl, name))),
    *(getattr(bl.simulate, n) for n in bl.simulate.__all__ if n[0].islower()),
]


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.__name__)
def test_what_python_refuses_of_a_function_is_a_sentence(function):
    with pytest.raises(bl.BayesLogitError, match=r"; expected .*"):
        function(*[None] * 20)
    with pytest.raises(bl.BayesLogitError, match="nothing_such"):
        function(**{NONE: 1})


def test_beliefs_with_ends_in_place_and_a_path_of_none_are_sentences():
    with pytest.raises(bl.DesignError, match=r"odds_ratio: too many.*odds_ratio\(term, between,"):
        bl.odds_ratio(0.5, 2)
    with pytest.raises(bl.DesignError, match="probability: missing.*'between'"):
        bl.probability({"age": 1})
    with pytest.raises(bl.DesignError, match="path=None cannot be used"):
        bl.load(None)


def test_no_probability_to_solve_for_is_a_sentence():
    fit = MODELS["yes/no"]().fit("map")
    with pytest.raises(bl.DesignError, match="probability= holds no value; expected one or more"):
        fit.solve("age", probability=[])
