"""Random tables, formulas and verbs: every answer is finite, or a sentence.

``python -m tests.benchmarks.fuzz 2000`` asks 2 000 models, each some verbs, and prints what is
neither; ``--seed`` starts elsewhere. Cases are a function of their number alone, so that a failure
is asked again by ``python -m tests.benchmarks.fuzz --only 137``. With ``--write`` the counts are
kept, one row for each first case.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import bayeslogit as bl
from tests.contracts import verbs

RESULTS = Path(__file__).parent / "results" / "fuzz.json"

# ---- tables -------------------------------------------------------------------------------


def column(rng: np.random.Generator, n: int) -> Any:
    """Return a numeric predictor: usual, or constant, tiny, huge, skewed, tied or of two values."""
    kind = rng.integers(0, 9)
    z = rng.normal(size=n)
    if kind < 3:
        return z
    return [
        np.full(n, 2.5),
        z * 10.0 ** rng.integers(-12, 9),
        np.exp(3.0 * z),
        rng.integers(0, 3, n),
        rng.integers(0, 2, n),
        z + 10.0 ** rng.integers(1, 5),
    ][kind - 3]


def table(rng: np.random.Generator) -> pd.DataFrame:
    """Return a table, often of a few rows, with an outcome of every kind."""
    n = int(rng.choice([2, 3, 4, 5, 8, 12, 22, 40]))
    frame = pd.DataFrame({"x": column(rng, n), "z": column(rng, n)})
    frame["g"] = rng.choice(list("abc")[: rng.integers(1, 4)], n)
    frame["t"] = rng.random(n) < rng.choice([0.0, 0.3, 0.5, 1.0], p=[0.05, 0.4, 0.5, 0.05])
    frame["w"] = rng.choice([0.0, 0.5, 1.0, 3.0, 1e4], n, p=[0.2, 0.1, 0.5, 0.15, 0.05])
    share = rng.choice([0.02, 0.2, 0.5, 0.95])
    frame["y"] = (rng.random(n) < share).astype(int)
    if rng.random() < 0.3:  # separated
        frame["y"] = (frame["x"] > frame["x"].median()).astype(int)
    frame["n"] = rng.choice([0, 1, 5, 10**6], n, p=[0.1, 0.3, 0.5, 0.1])
    frame["k"] = rng.binomial(frame["n"], share)
    frame["c"] = rng.choice(3, n, p=rng.dirichlet(np.full(3, rng.choice([0.2, 1.0, 10.0]))))
    for name, rate in (("left", 0.2), ("mid", 2.0), ("right", 10.0)):
        frame[name] = rng.poisson(rate, n)
    frame["o"] = rng.normal(size=n) * 10.0 ** rng.integers(-1, 3)
    if rng.random() < 0.15:
        frame.loc[rng.integers(0, n), "x"] = np.nan
    return frame


TERMS = (
    "1", "x", "x", "x + z", "x + g", "x * g", "x:t", "x + t", "x * z", "g", "0 + g + x",
    "poly(x, 2)", "bs(x, df=4)", "cr(x, df=3)", "scale(x) + z", "C(t) + x", "log(x)", "sqrt(z) + x",
    "center(x) * t", "I(x > 0) + z",
)  # fmt: skip

PRIORS: tuple[Any, ...] = (
    None, None, None, bl.Normal(0, 1), bl.Normal(0, 1e6), bl.StudentT(1, 0, 2.5), bl.Cauchy(0, 10),
    "flat",
)  # fmt: skip


def model(rng: np.random.Generator, frame: pd.DataFrame) -> bl.Model:
    """Return a model of a table, of any family, or raise a sentence."""
    right = str(rng.choice(TERMS))
    kind = rng.choice(["yes/no", "yes/no", "counts", "nominal", "ordinal", "class counts"])
    options: dict[str, Any] = {"priors": PRIORS[rng.integers(len(PRIORS))], "missing": "drop"}
    if rng.random() < 0.2:
        options["weights"] = "w"
    if rng.random() < 0.15:
        options["offset"] = "o"
    link = str(rng.choice(list(bl.LINKS))) if rng.random() < 0.4 else "logit"
    if kind == "yes/no":
        return bl.logistic(f"y ~ {right}", frame, link=link, **options)
    if kind == "counts":
        if rng.random() < 0.2:
            options.pop("weights", None)
            options["dispersion"] = "beta"
        return bl.binomial(f"k ~ {right}", frame, trials="n", link=link, **options)
    if kind == "nominal":
        return bl.multinomial(f"c ~ {right}", frame, **options)
    if kind == "class counts":
        return bl.multinomial(f"~ {right}", frame, counts=["left", "mid", "right"], **options)
    form = str(rng.choice(["cumulative", "sequential", "adjacent"]))
    link = "logit" if form == "adjacent" else link
    return bl.ordinal(f"c ~ {right}", frame, form=form, link=link, **options)


METHODS = ("map", "laplace", "laplace", "variational", "auto", "auto", "quadrature", "ep")


def fit(rng: np.random.Generator, found: bl.Model, *, quick: bool) -> bl.Fit:
    """Return a fit by one of the methods, with few draws; by a Gaussian or the mode if quick."""
    method = str(rng.choice(METHODS[:4] if quick else METHODS))
    options = {} if method == "map" else {"draws": 40, "chains": 2}
    return found.fit(method, random_seed=1, progressbar=False, **options)


# ---- verbs --------------------------------------------------------------------------------

Ask = Callable[[bl.Fit, str, pd.DataFrame], Any]


def _rows(fit: bl.Fit, frame: pd.DataFrame) -> pd.DataFrame:
    return frame.dropna()[:4]


def _offset(fit: bl.Fit) -> dict[str, Any]:
    return {} if fit.model.offset is None else {"offset": 0.5}


MORE: dict[str, Ask] = {
    **{
        f"comparisons {word}": lambda fit, x, frame, word=word: fit.comparisons(
            comparison=word, **verbs.QUIET
        )
        for word in ("ratio", "odds_ratio", "lnor", "lift", "nnt")
    },
    **{
        f"summary {scale}": lambda fit, x, frame, scale=scale: fit.summary(scale=scale)
        for scale in ("odds_ratio",)
    },
    **{
        f"predict {kind}": lambda fit, x, frame, kind=kind: fit.predict(
            _rows(fit, frame), kind=kind, trials=5 if kind == "outcome" else None, **_offset(fit)
        )
        for kind in ("linear", "class", "outcome", "median", "mean", "exceedance")
    },
    "comparisons by row": lambda fit, x, frame: fit.comparisons(by=False, **verbs.QUIET),
    "predictions by row": lambda fit, x, frame: fit.predictions(
        newdata=_rows(fit, frame), **_offset(fit), **verbs.QUIET
    ),
    "slopes eyex": lambda fit, x, frame: fit.slopes(x, slope="eyex", **verbs.QUIET),
    "in_words ratio": lambda fit, x, frame: fit.in_words(x, comparison="ratio"),
    "in_words nnt": lambda fit, x, frame: fit.in_words(x, comparison="nnt"),
    "solve 0.9": lambda fit, x, frame: fit.solve(x, probability=0.9),
    "curve": lambda fit, x, frame: fit.curve(x),
    "repr": lambda fit, x, frame: repr(fit) + repr(fit.model),
    "update": lambda fit, x, frame: fit.update(
        frame.dropna()[:2],
        **({"trials": "n"} if fit.model.response.kind == "counts" else {}),
        **({"weights": "w"} if fit.model.weights is not None else {}),
        **({"offset": "o"} if fit.model.offset is not None else {}),
    ),
}
ASKS: dict[str, Ask] = {
    **{f"{name}": lambda fit, x, frame, ask=ask: ask(fit, x) for name, ask in verbs.FIT.items()},
    **{
        f"model {name}": lambda fit, x, frame, ask=ask: ask(fit.model, x)
        for name, ask in verbs.MODEL.items()
    },
    **MORE,
    "cost_curve": lambda fit, x, frame: fit.cost_curve(verbs.costs_of(fit), **verbs.QUIET),
    "plot_costs": lambda fit, x, frame: fit.plot_costs(verbs.costs_of(fit), **verbs.QUIET),
}
# Asked more seldom: slow, or without figures of their own.
SLOW = {
    *("kfold", "refine", "model pymc", "model graph", "idata", "save", "with_prevalence"),
    *("update", "extend", "model check_proportional_odds", "model compare_methods"),
    *(name for name in ASKS if name.startswith("plot_")),
}
# Figures that are infinite or blank (NaN, printed "-") where the documentation says so: estimates
# of maximum likelihood under separation and what they are compared by, doses out of reach, numbers
# needed to treat, the first cut-off of a curve, calibration slopes of perfect forecasts, figures of
# rows that hold no case, moments that a posterior with a heavy tail does not have, and what only
# other methods know. Each is a verb and the start of a place.
INFINITE = ("solve", "comparisons nnt", "calibration .", "loo .", "roc .cutoff")
BLANK = (
    "classical", "model classical", "movement", "check .findings", "model check .findings",
    "calibration .forecasts", "calibration .pareto_k", "kfold .k", "kfold .good_k", "loo .k",
    "summary .mean", "summary .sd", "summary .mcse", "model compare_methods .mean",
    "model compare_methods .sd",
)  # fmt: skip


def troubles(answer: Any, where: str = "") -> Iterator[tuple[str, bool]]:
    """Yield the places of an answer that hold no finite number, and whether one is NaN."""
    if isinstance(answer, pd.DataFrame | pd.Series):
        numbers = answer.to_frame() if isinstance(answer, pd.Series) else answer
        for name in numbers.select_dtypes("number"):
            yield from troubles(numbers[name].to_numpy(dtype=float), f"{where}.{name}")
    elif isinstance(answer, np.ndarray | float | np.floating):
        values = np.asarray(answer)
        if values.dtype.kind == "f" and not np.isfinite(values).all():
            yield where or ".", bool(np.isnan(values).any())
    elif isinstance(answer, str):
        if "nan" in answer.lower().split():
            yield where or ".", True
    elif isinstance(answer, Mapping):
        for key, value in answer.items():
            yield from troubles(value, f"{where}.{key}")
    elif isinstance(answer, tuple | list):
        for i, value in enumerate(answer):
            yield from troubles(value, f"{where}[{i}]")
    elif type(answer).__module__.startswith("xarray"):
        variables = answer.data_vars.values() if hasattr(answer, "data_vars") else [answer]
        for value in variables:
            if value.dtype.kind == "f":
                yield from troubles(value.to_numpy(), f"{where}.{value.name}")
    elif dataclasses.is_dataclass(answer) and not isinstance(answer, bl.Fit | bl.Model):
        for part in dataclasses.fields(answer):
            yield from troubles(getattr(answer, part.name), f"{where}.{part.name}")


def judged(verb: str, answer: Any, said: list[str]) -> list[str]:
    """Return the places of an answer that are not finite, and of which nothing says so."""
    wrong = []
    for where, blank in troubles(answer):
        place = f"{verb} {where}"
        known = place.startswith(BLANK) or (not blank and place.startswith(INFINITE))
        if not known and not (not blank and any("shown as inf" in text for text in said)):
            wrong.append(f"{where} is {'NaN' if blank else 'infinite'}")
    return wrong


@dataclasses.dataclass(frozen=True)
class Failure:
    """An answer that is neither finite nor a sentence."""

    case: int
    verb: str
    what: str
    place: str = ""

    def __str__(self) -> str:
        return f"{self.case:5d}  {self.verb}: {self.what} {self.place}"


def _place(error: BaseException) -> str:
    inside = [f for f in traceback.extract_tb(error.__traceback__) if "bayeslogit" in f.filename]
    last = inside[-1] if inside else traceback.extract_tb(error.__traceback__)[-1]
    return f"({last.filename.rpartition('bayeslogit/')[2]}:{last.lineno})"


def asked(
    case: int, number: int, names: list[str] | None = None, *, quick: bool = False
) -> tuple[list[Failure], Counter[str]]:
    """Ask one random model some verbs; return what failed, and how often what happened.

    Parameters
    ----------
    case : int
        Its number, from which all else follows.
    number : int
        How many verbs.
    names : list of str, optional
        Those verbs, instead of random ones.
    quick : bool
        Leave out what is slow: methods that sample, verbs that fit again, pictures.
    """
    import matplotlib.pyplot as plt

    rng = np.random.default_rng([7, case])
    failures: list[Failure] = []
    counts: Counter[str] = Counter()

    def attempt(verb: str, ask: Callable[[], Any]) -> Any:
        said.clear()
        try:
            answer = ask()
        except bl.BayesLogitError as error:
            counts["sentence"] += 1
            if len(str(error)) < 30:
                failures.append(Failure(case, verb, f"short sentence {error}", _place(error)))
        except Exception as error:
            text = " ".join(str(error).split())[:100]
            failures.append(Failure(case, verb, f"{type(error).__name__}: {text}", _place(error)))
        else:
            counts["answer"] += 1
            wrong = judged(verb, answer, [str(w.message) for w in said])
            failures.extend(Failure(case, verb, text) for text in wrong[:2])
            return answer
        return None

    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("error")
        warnings.simplefilter("always", bl.BayesLogitWarning)
        frame = table(rng)
        found = attempt("build", lambda: model(rng, frame))
        made = None
        if found is not None:
            made = attempt("fit", lambda: fit(rng, found, quick=quick))
        if made is not None:
            chosen = names or [str(v) for v in rng.permutation(list(ASKS))]
            if names is None:
                chosen = [
                    v for v in chosen if v not in SLOW or (rng.random() < 0.05 and not quick)
                ][:number]
            columns = made.model.design.columns
            x = next((c for c in ("x", "z") if c in columns), next(iter(columns), "x"))
            for verb in chosen:
                attempt(verb, lambda verb=verb: ASKS[verb](made, x, frame))
                plt.close("all")
    return failures, counts


def main() -> None:
    """Ask many models, and print what is neither finite nor a sentence."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", type=int, nargs="?", default=300)
    parser.add_argument("--seed", type=int, default=0, help="the number of the first case")
    parser.add_argument("--verbs", type=int, default=8, help="asked of each model")
    parser.add_argument("--only", type=int, help="one case, with every verb")
    parser.add_argument("--write", action="store_true", help=f"keep the counts in {RESULTS.name}")
    args = parser.parse_args()
    start, total, failed = time.process_time(), Counter[str](), 0
    cases = [args.only] if args.only is not None else range(args.seed, args.seed + args.cases)
    for case in cases:
        names = list(ASKS) if args.only is not None else None
        failures, counts = asked(case, args.verbs, names)
        total += counts
        failed += len(failures)
        for failure in failures:
            print(failure, flush=True)
    seconds = time.process_time() - start
    print(f"{len(cases)} models, {dict(total)}, {failed} failures, {seconds:.0f} s of processor")
    if args.write:
        kept = json.loads(RESULTS.read_text()) if RESULTS.exists() else []
        row = {"first case": args.seed, "models": args.cases, "answers": total["answer"]}
        row |= {"sentences": total["sentence"], "failures": failed, "seconds": round(seconds)}
        rows = [*(r for r in kept if r["first case"] != args.seed), row]
        rows.sort(key=lambda r: r["first case"])
        RESULTS.write_text(json.dumps(rows, indent=1) + "\n")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
