"""What is printed stays in the width of a terminal, however long the names of the user are."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import bayeslogit as bl
from bayeslogit.text import width

pytestmark = pytest.mark.filterwarnings("ignore::bayeslogit.BayesLogitWarning")

X, G, Y, C = "x" * 120, "g" * 120, "z" * 120, "c" * 120
TABLE = pd.DataFrame(
    {
        X: np.arange(40.0),
        G: list("abcd") * 10,
        Y: [0, 1, 1, 0, 1] * 8,
        C: np.random.default_rng(0).choice(["u" * 120, "v" * 120, "w"], 40),
    }
)
MODELS = {
    "yes/no": lambda: bl.logistic(f"{Y} ~ {X} + {G}", TABLE),
    "nominal": lambda: bl.multinomial(f"{C} ~ {X}", TABLE),
    "groups": lambda: bl.logistic(f"{Y} ~ {X} + (1 | {G})", TABLE),
}
VERBS = (
    *("summary", "classical", "check", "calibration", "loo", "auc", "r_squared", "movement"),
    *("confusion", "predict", "comparisons", "slopes", "predictions", "residuals", "roc"),
    *("net_benefit", "concordance", "group_effects", "binned_residuals"),
)
ASKED = {
    # What follows the first line holds no name.
    "the fit": lambda fit: repr(fit).partition("\n  ")[0],
    "a curve": lambda fit: fit.curve(X, [1.0, 2.0]),
    "an inverse": lambda fit: fit.solve(X, probability=0.4),
    "new rows": lambda fit: fit.predict({X: [1.0], G: ["a"]}),
    "classes by": lambda fit: fit.predictions(by=G),
    "models": lambda fit: bl.compare({"m" * 120: fit, "n" * 120: fit}),
}
# Tables have the width of the terminal; a model, a fit and findings at least these places.
ROOM = {"check": 100, "check of the model": 100, "the model": 120, "the fit": 120, "loo": 120}


@pytest.mark.parametrize("kind", MODELS)
def test_printed_lines_have_the_width_of_a_terminal(kind, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    fit = MODELS[kind]().fit("laplace", draws=100, random_seed=1, progressbar=False)
    calls = {name: getattr(type(fit), name) for name in VERBS} | ASKED
    calls |= {"the model": lambda fit: repr(fit.model)}
    calls |= {"check of the model": lambda fit: fit.model.check()}
    seen = 0
    for name, call in calls.items():
        try:
            text = str(call(fit))
        except bl.BayesLogitError:
            continue
        wide = [line for line in text.splitlines() if width(line) > ROOM.get(name, 80)]
        assert not wide, (name, wide[:3])
        seen += 1
    assert seen >= 12
